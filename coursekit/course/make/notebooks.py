"""Notebooks and other built files on disk: how they are read, and how they are written."""

from pathlib import Path

import nbformat

from coursekit import paths


def read_notebook(path: Path) -> nbformat.NotebookNode | None:
    """The notebook at path, or None where there is none."""
    return nbformat.read(path, as_version=nbformat.NO_CONVERT) if path.is_file() else None


def notebook_text(notebook) -> str:
    """A notebook as it is stored: keys sorted, one space of indent, a newline at the end."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def write_text(path: Path, text: str) -> None:
    """Writes a file and the folders above it; an interrupted build leaves the old one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with paths.writing(path) as fresh:
        fresh.write_text(text, encoding="utf-8", newline="\n")
