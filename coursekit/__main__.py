"""``python -m coursekit`` is the command line, for where the script ``coursekit`` is not on the path."""

from coursekit.course.cli import main

main()
