"""Where things lie: the learner's records, the data shelf and the course itself; and how a file is written whole.

Nothing here creates a folder; whoever writes does that.
"""

import os
import secrets
import stat
from contextlib import contextmanager
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


@contextmanager
def writing(path, *, mode=0o666):
    """A fresh, empty file beside `path`, which takes its place when the block ends without an error.

    So nobody meets half a file: not a reader meanwhile, not the next one after an error, and not one of two writers
    at once, each of whom has a fresh file of its own. An error removes the fresh file and leaves an older one as it
    was. What a killed process leaves behind is called .NAME.SIXTEEN_HEX_DIGITS.part.

    Parameters
    ----------
    path : str or Path
        Its folder exists. A link is replaced, not followed.
    mode : int
        Permission bits of a file that is new, less the umask; where there is one already, its bits are kept.

    Yields
    ------
    Path
        To write to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     note = Path(folder, "note.txt")
    ...     with writing(note) as fresh:
    ...         written = fresh.write_text("A whole sentence.")
    ...         exists_meanwhile = note.exists()
    ...     exists_meanwhile, note.read_text()
    (False, 'A whole sentence.')
    """
    path = Path(path)
    fresh = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}.part")
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield fresh
        if path.exists() and _bits(path) != _bits(fresh):
            fresh.chmod(_bits(path))
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _bits(path):
    return stat.S_IMODE(path.stat().st_mode)
