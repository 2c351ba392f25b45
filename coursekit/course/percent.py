"""Reads the sources of the notebooks: Python files in jupytext's "percent" form, with directives of its own.

A cell begins with a header line and ends before the next one:

    # %%                                   code
    # %% [markdown]                        text, every line behind "# "
    # %% include: coursekit.dsp.stft       code, taken from the library by `coursekit.course.make.build`
    # %% folded                            code that a reader opens: of a figure, a table
    # %% folded include: coursekit.dsp.fft the same, taken from the library
    # %% [markdown] question: 01.rms       the statement of a question
    # %% [markdown] try: 01.rms            in a chapter: the box that sends the reader to that question

Any header may end in ``id: NAME`` (the cell's id, where the computed one will not do) and ``tag: NAME``
(``tag: raises-exception`` for a cell that is meant to fail).
"""

import re
from dataclasses import dataclass
from pathlib import Path

HEADER = "# %%"
MARKDOWN = "[markdown]"

# directive: (the kind of its cell, whether it takes an argument)
DIRECTIVES = {
    "include": ("code", True),
    "card": ("markdown", False),
    "map": ("markdown", False),
    "try": ("markdown", True),
    "question": ("markdown", True),
    "solution": ("code", True),
    "check": ("code", True),
    "why": ("markdown", True),
}
OPTIONS = ("id", "tag")
FOLDED = "folded"
BEGIN, END = (
    "### BEGIN SOLUTION",
    "### END SOLUTION",
)  # nbgrader's own: what stands between is the learner's to write


class BuildError(ValueError):
    """A mistake in a source; the message begins with ``file:line:``."""


@dataclass(frozen=True)
class Cell:
    """One cell of a source: what its header says, its text, and where the header stands."""

    kind: str  # "code" or "markdown"
    directive: str  # a key of DIRECTIVES, or "" for a plain cell
    argument: str  # "coursekit.dsp.stft", "01.rms"; "" where the directive takes none
    source: str  # without the header, without "# " in markdown, without blank lines at the ends
    line: int  # of the header, from 1
    first: int  # line of the first line of the text
    id: str = ""  # explicit id, or ""
    tag: str = ""
    folded: bool = False  # the reader sees what the cell shows, and can open its code


def cells(path, *, name: str | None = None) -> list[Cell]:
    """The cells of a source file, in order.

    Parameters: path of the file; name to use for it in messages (default: the path).
    Raises `BuildError` with file and line for an unknown directive or text outside any cell.
    """
    name = name or str(path)
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    starts = [i for i, line in enumerate(lines) if line == HEADER or line.startswith(HEADER + " ")]
    for i, line in enumerate(lines[: starts[0] if starts else len(lines)]):
        if line.strip() and not line.startswith("#"):
            raise BuildError(f"{name}:{i + 1}: text before the first cell; put '# %%' above it")
    ends = starts[1:] + [len(lines)]
    return [
        _cell(lines[start:end], start + 1, name) for start, end in zip(starts, ends, strict=True)
    ]


def _cell(lines: list[str], line: int, name: str) -> Cell:
    try:
        kind, directive, argument, options = parse_header(lines[0])
    except ValueError as error:
        raise BuildError(f"{name}:{line}: {error}") from None
    body = lines[1:]
    if kind == "markdown":
        body = [_uncomment(text, f"{name}:{line + 1 + i}") for i, text in enumerate(body)]
    body = [text.rstrip() for text in body]
    blank = next(
        (i for i, text in enumerate(body) if text), 0
    )  # blank lines at the top are left out
    return Cell(
        kind, directive, argument, "\n".join(body).strip("\n"), line, line + 1 + blank, **options
    )


def parse_header(header: str) -> tuple[str, str, str, dict[str, str | bool]]:
    """The kind, directive, argument and options of a header line.

    >>> parse_header("# %% include: coursekit.dsp.stft id: my-stft")
    ('code', 'include', 'coursekit.dsp.stft', {'id': 'my-stft'})
    >>> parse_header("# %% [markdown] card")
    ('markdown', 'card', '', {})
    >>> parse_header("# %% folded")
    ('code', '', '', {'folded': True})
    """
    rest = header.removeprefix(HEADER).strip()
    kind = "markdown" if rest.startswith(MARKDOWN) else "code"
    rest = rest.removeprefix(MARKDOWN).strip()
    options = {}
    if re.match(rf"{FOLDED}\b", rest):
        if kind == "markdown":
            raise ValueError(f"text is not folded: write '{HEADER} {FOLDED}' above code")
        options[FOLDED] = True
        rest = rest.removeprefix(FOLDED).strip()
    while found := re.search(rf"\b({'|'.join(OPTIONS)}):\s*(\S+)$", rest):  # options stand last
        options[found[1]] = found[2]
        rest = rest[: found.start()].strip()
    if not rest:
        return kind, "", "", options
    directive, colon, argument = (part.strip() for part in rest.partition(":"))
    if directive not in DIRECTIVES:
        raise ValueError(
            f"unknown directive {directive!r}; there are {FOLDED}, {', '.join(DIRECTIVES)}"
        )
    if FOLDED in options and directive != "include":
        raise ValueError(f"a {directive} cell cannot be folded: only plain code and include can")
    wanted_kind, wants_argument = DIRECTIVES[directive]
    if kind != wanted_kind:
        example = (
            f"{HEADER} {MARKDOWN} {directive}"
            if wanted_kind == "markdown"
            else f"{HEADER} {directive}"
        )
        raise ValueError(f"a {directive} cell is {wanted_kind}: write '{example}…'")
    if bool(argument) != wants_argument:
        raise ValueError(
            f"'{directive}' {'needs an argument after a colon' if wants_argument else 'takes none'}"
        )
    return kind, directive, argument, options


def _uncomment(text: str, where: str) -> str:
    if text.startswith("# "):
        return text[2:]
    if text in ("#", "") or not text.strip():
        return ""
    raise BuildError(
        f"{where}: a line of a markdown cell begins with '# '; a code cell needs its own '# %%'"
    )
