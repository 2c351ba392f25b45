"""Where things lie: the learner's records, the data shelf and the course itself.

Nothing here creates a folder; whoever writes does that.
"""

import os
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).resolve().parent
PACKAGED_COURSE = PACKAGE / "_course"  # exists only in an installed wheel


def home() -> Path:
    """The folder of the learner's own records: $COURSEKIT_HOME, or the system's place for user data.

    >>> import os
    >>> os.environ["COURSEKIT_HOME"] = "elsewhere"
    >>> home().name
    'elsewhere'
    """
    chosen = os.environ.get("COURSEKIT_HOME")
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_data_dir("coursekit", appauthor=False))


def data_dir() -> Path:
    """The folder of the data shelf: $COURSEKIT_DATA, or ``data`` in `home`."""
    chosen = os.environ.get("COURSEKIT_DATA")
    if chosen:
        return Path(chosen).expanduser()
    return home() / "data"


def course_dir() -> Path:
    """The folder that holds notebooks/ and exercises/: the clone's root, or the copy packed in the wheel."""
    root = PACKAGE.parent
    if (root / "chapters").is_dir() and (root / "pyproject.toml").is_file():
        return root
    return PACKAGED_COURSE


def chapters_dir() -> Path:
    """The folder of the notebooks' sources, one sub-folder a chapter."""
    return course_dir() / "chapters"
