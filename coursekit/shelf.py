"""What the shelves of data and of models have in common: files known by their SHA-256, and names to choose from.

A shelf pins every file that belongs to it: size and SHA-256 stand in a list that comes with the course. What lies on
the disk under that name is used only if it is that file, byte for byte.
"""

import difflib
import hashlib
from typing import NamedTuple


class Finding(NamedTuple):
    """What `verify` says about one file of a set or a model.

    Attributes
    ----------
    name : str
        Of the set or the model.
    file : str
    state : str
        "ok", "missing" or "damaged".
    optional : bool
        Whether it can be used without this file.
    """

    name: str
    file: str
    state: str
    optional: bool = False


def sha256(path):
    """The SHA-256 of a file, 64 hexadecimal digits.

    Examples
    --------
    >>> sha256(__file__) == sha256(__file__), len(sha256(__file__))
    (True, 64)
    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def state(path, digest):
    """How a file stands: "ok", "missing", or "damaged" where it is there and has another SHA-256 than `digest`.

    Examples
    --------
    >>> state(__file__, sha256(__file__)), state(__file__, "0" * 64), state("no such file", "0" * 64)
    ('ok', 'damaged', 'missing')
    """
    try:
        return "ok" if sha256(path) == digest else "damaged"
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError:  # a folder in its place, or not ours to read
        return "damaged"


def nearest(name, names):
    """The end of a message about a name that is not among `names`: the one that was meant, or all there are.

    Examples
    --------
    >>> nearest("chorale", ["band", "chorales"]), nearest("jazz", ["band", "chorales"])
    ("; did you mean 'chorales'?", '; there are band, chorales')
    """
    close = difflib.get_close_matches(str(name), names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(names)}"
