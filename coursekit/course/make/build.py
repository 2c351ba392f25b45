"""Builds notebooks/, exercises/, solutions/ and the README's map from the sources in chapters/.

The sources of a chapter are chapters/NN_slug/chapter.py and, where it has exercises, exercises.py and
questions.py; their form is told in `coursekit.course.percent`. What is built depends on the sources alone: two builds
are equal byte for byte. Only the outputs of code cells come from elsewhere (`coursekit.course.make.execute`), and a
rebuild keeps those of each cell whose id and source are unchanged.
"""

from dataclasses import dataclass
from pathlib import Path

from coursekit.course import chapters
from coursekit.course.make import freshness
from coursekit.course.make.assemble import assemble
from coursekit.course.make.notebooks import notebook_text, read_notebook, write_text
from coursekit.course.percent import BuildError

__all__ = ["BuildError", "Change", "build", "check", "run"]

FOLDERS = ("notebooks", "exercises", "solutions")
MAP_BEGIN, MAP_END = "<!-- map:begin -->", "<!-- map:end -->"


@dataclass(frozen=True)
class Change:
    """A file that the build wrote, or with check=True one that is not as the build would write it."""

    path: Path  # below the root
    reason: str

    def __str__(self):
        return f"{self.path.as_posix()}: {self.reason}"


def build(root, *, only=None, check=False, execute=()) -> list[Change]:
    """Brings the notebooks and the README's map up to date with the sources.

    Parameters
    ----------
    root : path
        The root of a clone of the course.
    only : list of chapter numbers, optional
        Limits the build to these chapters.
    check : bool
        Write nothing; report what is not as it would be built. Outputs are not compared.
    execute : list of chapter numbers
        Run the notebook and the solutions of these chapters first; store their outputs and their cost.

    Returns
    -------
    list of Change
        The files written, or with check=True the drifted, missing and superfluous ones.

    Raises
    ------
    BuildError
        A mistake in a source, or a cell that fails; the message begins with ``file:line:``.
    """
    root = Path(root)
    every_chapter = chapters.load(root)
    chosen = (
        every_chapter if only is None else [chapters.find(every_chapter, number) for number in only]
    )
    executed = {}
    for number in () if check else execute:
        # here, so that a plain build needs no Jupyter client
        from coursekit.course.make.execute import execute_chapter

        executed |= execute_chapter(root, chapters.find(every_chapter, number), every_chapter)

    built = assembled(root, chosen, every_chapter)
    if check:
        return _drift(root, every_chapter, built, whole=only is None)
    changes = []
    for path, new in built.items():
        if path.parts[0] != "exercises":
            keep_outputs(new.notebook, executed.get(path) or read_notebook(root / path))
        changes += _write(root, path, new.notebook)
    return changes + _readme(root, every_chapter, False)


def assembled(root: Path, chosen, every_chapter) -> dict:
    """The notebooks of some chapters as their sources make them, by their paths below the root."""
    built = {}
    for chapter in chosen:
        built |= assemble(root, chapter, every_chapter)
    return built


def check(root) -> tuple[list[Change], list[Change]]:
    """What is not as `build` would write it, and what is stale; the sources are read once for both.

    Stale is an executed notebook whose outputs are older than something that they come from: see `freshness`.
    """
    root = Path(root)
    every_chapter = chapters.load(root)
    built = assembled(root, every_chapter, every_chapter)
    stale = [
        Change(path, f"its outputs are older than {_listed(names)}" if names else "never executed")
        for path, names in freshness.stale(root, built, every_chapter).items()
    ]
    return _drift(root, every_chapter, built, whole=True), stale


def _listed(names: list[str], most: int = 4) -> str:
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left} more" if left > 0 else "")


def run(chapter, *, html=None, on_cell=None) -> dict:
    """Executes a chapter's notebook from the top; the notebook itself is not changed.

    Parameters
    ----------
    chapter : int or str
        Its number: 7, "07".
    html : path, optional
        Also write the executed notebook as one HTML page that holds its pictures and sounds.
    on_cell : callable, optional
        ``on_cell(done, total)``, called before each code cell and after the last.

    Returns
    -------
    dict
        minutes and memory_mb (the peak of the kernel and its children).

    Raises
    ------
    BuildError
        There is no such notebook, or a cell fails.
    """
    from coursekit.course.make.execute import run_chapter

    return run_chapter(chapter, html=html, on_cell=on_cell)


# --- files ------------------------------------------------------------------------------------------------


def keep_outputs(new, old) -> None:
    """Gives each code cell of a new notebook the outputs of the old cell with the same id and source."""
    known = {cell.get("id"): cell for cell in old.cells} if old else {}
    for cell in new.cells:
        before = known.get(cell.id)
        if cell.cell_type == "code" and before and before.source == cell.source:
            cell.outputs = before.get("outputs", [])
            cell.execution_count = before.get("execution_count")


def _write(root: Path, path: Path, notebook) -> list[Change]:
    text = notebook_text(notebook)
    if (root / path).is_file() and (root / path).read_bytes() == text.encode():
        return []
    write_text(root / path, text)
    return [Change(path, "written")]


def _readme(root: Path, every_chapter, check: bool) -> list[Change]:
    path = root / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    before, begin, rest = text.partition(MAP_BEGIN)
    _, end, after = rest.partition(MAP_END)
    if not end:
        return (
            [Change(Path("README.md"), f"has no place for the map: {MAP_BEGIN} {MAP_END}")]
            if check
            else []
        )
    new = f"{before}{begin}\n{chapters.map_table(root, every_chapter, up='')}\n{end}{after}"
    if new == text:
        return []
    if not check:
        write_text(path, new)
    return [Change(Path("README.md"), "the map differs" if check else "written")]


# --- check ------------------------------------------------------------------------------------------------


def _drift(root: Path, every_chapter, built: dict, *, whole: bool) -> list[Change]:
    """What is not as the build would write it; of the whole course, what is missing and superfluous too."""
    found = []
    for path, new in built.items():
        stored = read_notebook(root / path)
        if path.parts[0] != "exercises":
            keep_outputs(new.notebook, stored)
        found += _check(path, new.notebook, stored)
    if whole:
        found += _missing_and_superfluous(root, every_chapter, built)
    return found + _readme(root, every_chapter, True)


def _check(path: Path, wanted, stored) -> list[Change]:
    difference = (
        first_difference(wanted, stored) if stored else "missing; coursekit build writes it"
    )
    return [Change(path, difference)] if difference else []


def first_difference(wanted, stored) -> str:
    """What first tells a stored notebook from the wanted one, in words; "" where they agree."""
    for key in sorted((set(wanted) | set(stored)) - {"cells"}):
        if wanted.get(key) != stored.get(key):
            return f"{key} {_difference(wanted.get(key), stored.get(key))}"
    for i, (new, old) in enumerate(zip(wanted.cells, stored.cells, strict=False), 1):
        for key in ("cell_type", "id", "source", "metadata"):
            if new[key] != old.get(key):
                return f"cell {i} ({new.id}) {key} {_difference(new[key], old.get(key))}"
        if new.get("outputs") != old.get(
            "outputs"
        ):  # elsewhere than in exercises/ they were taken from the stored one
            return f"cell {i} ({new.id}) has outputs; a cell of an exercise has none"
    if len(wanted.cells) != len(stored.cells):
        return f"has {len(stored.cells)} cells; the build makes {len(wanted.cells)}"
    return ""


def _difference(wanted, stored) -> str:
    if isinstance(wanted, str) and isinstance(stored, str):
        pairs = zip(wanted.splitlines() + [""], stored.splitlines() + [""], strict=False)
        wanted, stored = next((pair for pair in pairs if pair[0] != pair[1]), (wanted, stored))
    return f"is {stored!r}; the build makes {wanted!r}"


def _missing_and_superfluous(root: Path, every_chapter, built) -> list[Change]:
    found = [
        Change(
            Path(chapter.folder, "chapter.py"),
            f"missing, though {chapters.LIST} calls the chapter ready",
        )
        for chapter in every_chapter
        if chapter.state == "ready" and not (root / chapter.folder / "chapter.py").is_file()
    ]
    for folder in FOLDERS:
        stored = [path.relative_to(root) for path in sorted((root / folder).glob("*.ipynb"))]
        found += [
            Change(path, "has no source in chapters/: delete it")
            for path in stored
            if path not in built
        ]
    return found
