"""The chapters of the course: what chapters.toml says of them, what they cost to run, and their map."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from coursekit.course.percent import BuildError

LIST = "chapters/chapters.toml"
FIELDS = ("number", "slug", "title", "part", "covers", "state")
NUMBER = r"\d\d[a-z]?"  # "02"; "02b" for one that was added between two others


@dataclass(frozen=True)
class Chapter:
    """One chapter, as chapters.toml declares it."""

    number: str  # two digits, and a letter for one that was added between two others
    slug: str
    title: str
    part: str
    covers: str
    state: str  # "ready" or "planned"

    @property
    def name(self) -> str:
        """The name of the chapter's folder and of its notebooks: "07_ctc"."""
        return f"{self.number}_{self.slug}"

    @property
    def folder(self) -> str:
        """The folder of its sources, below the root."""
        return f"chapters/{self.name}"


START_PAGE = Chapter("00", "start_here", "Start here", part="", covers="", state="ready")


def load(root: Path) -> list[Chapter]:
    """The chapters in order, the start page before them.

    Parameters
    ----------
    root : Path
        The course's root folder.

    Raises
    ------
    BuildError
        chapters.toml is missing or says something else than it should, or a folder is not in it.
    """
    if not (root / LIST).is_file():
        raise BuildError(
            f"{LIST}:1: no such file below {root}; is this the root of a clone of the course?"
        )
    try:
        chapters = [_chapter(entry) for entry in listed((root / LIST).parent)]
    except ValueError as error:  # a TOMLDecodeError is one, and names its line
        raise BuildError(f"{LIST}:1: {error}") from None
    chapters = [START_PAGE, *sorted(chapters, key=lambda chapter: chapter.number)]
    known = {chapter.name for chapter in chapters}
    for source in sorted(root.glob("chapters/*/*.py")):
        if source.parent.name not in known:
            raise BuildError(
                f"{source.relative_to(root).as_posix()}:1: {source.parent.name} is not in {LIST}"
            )
    return chapters


def listed(folder: Path) -> list[dict]:
    """What chapters.toml in this folder lists, as it stands there; nothing where there is no such file."""
    path = folder / "chapters.toml"
    if not path.is_file():
        return []
    return tomllib.loads(path.read_text(encoding="utf-8")).get("chapter", [])


def _chapter(entry: dict) -> Chapter:
    name = f"chapter {entry.get('number')} ({entry.get('slug')})"
    for key in FIELDS:
        if not isinstance(entry.get(key), str):
            raise ValueError(f"{name}: {key} is {entry.get(key)!r}; wanted a text")
    if not re.fullmatch(NUMBER, entry["number"]):
        raise ValueError(
            f"{name}: number is {entry['number']!r}; wanted two digits, or two and a letter"
        )
    if entry["state"] not in ("ready", "planned"):
        raise ValueError(f"{name}: state is {entry['state']!r}; wanted 'ready' or 'planned'")
    return Chapter(**{key: entry[key] for key in FIELDS})


def normal_number(number) -> str:
    """A chapter's number with two digits, from the number, a folder's or a notebook's name, or a question's id.

    >>> normal_number(7), normal_number("07_ctc"), normal_number("2b"), normal_number("07.beam")
    ('07', '07', '02b', '07')
    """
    found = re.fullmatch(r"(\d+)([a-z]?)([._].*)?", str(number))
    if not found:
        raise ValueError(f"{number!r} is no chapter's number; wanted one such as 07 or 02b")
    return f"{int(found[1]):02d}{found[2]}"


def find(chapters: list[Chapter], number) -> Chapter:
    """The chapter of this number, given as 7, "07" or "07_ctc"."""
    wanted = normal_number(number)
    for chapter in chapters:
        if chapter.number == wanted:
            return chapter
    raise BuildError(
        f"{LIST}:1: no chapter {wanted}; there are {', '.join(c.number for c in chapters)}"
    )


# --- cost -------------------------------------------------------------------------------------------------


def cost(root: Path, chapter: Chapter) -> dict | None:
    """What ``coursekit build --execute`` measured: minutes, memory_mb, download_mb; None before the first."""
    path = root / chapter.folder / "cost.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def cost_in_words(root: Path, chapter: Chapter) -> dict[str, str]:
    """The cost as a card shows it, each number with its unit; "?" where not yet measured."""
    measured = cost(root, chapter)
    if measured is None:
        return dict.fromkeys(("minutes", "memory", "download"), "?")
    return {
        "minutes": "1 minute" if measured["minutes"] == 1 else f"{measured['minutes']:g} minutes",
        "memory": size_in_words(measured["memory_mb"]),
        "download": size_in_words(measured["download_mb"]),
    }


def size_in_words(megabytes: float) -> str:
    """A size with its unit.

    >>> size_in_words(34.2), size_in_words(1540), size_in_words(0)
    ('34.2 MB', '1.5 GB', 'nothing')
    """
    if megabytes >= 1000:
        return f"{megabytes / 1000:.1f} GB"
    return f"{megabytes:g} MB" if megabytes else "nothing"


# --- the map ----------------------------------------------------------------------------------------------


def map_table(root: Path, chapters: list[Chapter], *, up: str) -> str:
    """The table of all chapters, in markdown.

    Parameters
    ----------
    root : Path
        The course's root folder.
    chapters : list of Chapter
        As `load` gives them; the start page is left out.
    up : str
        The way from the page that shows the table to the root: "" for the README, "../" for a notebook.
    """
    head = ["No", "Chapter", "Covers", "Exercises", "Minutes", "Memory", "Download", "State"]
    rows = [head, ["---:", "---", "---", "---", "---:", "---:", "---:", "---"]]
    part = None
    for chapter in chapters:
        if chapter == START_PAGE:
            continue
        if chapter.part != part:
            part = chapter.part
            rows.append(["", f"**{part}**", *[""] * 6])
        rows.append([chapter.number, *_map_cells(root, chapter, up)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _map_cells(root: Path, chapter: Chapter, up: str) -> list[str]:
    if chapter.state == "planned":
        return [chapter.title, chapter.covers, "", "", "", "", "planned"]
    title = f"[{chapter.title}]({up}notebooks/{chapter.name}.ipynb)"
    has_exercises = (root / chapter.folder / "exercises.py").is_file()
    exercises = f"[exercises]({up}exercises/{chapter.name}.ipynb)" if has_exercises else ""
    words = cost_in_words(root, chapter)
    minutes = words["minutes"].partition(" ")[0]  # the column's head has the unit
    return [title, chapter.covers, exercises, minutes, words["memory"], words["download"], "ready"]
