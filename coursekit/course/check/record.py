"""The learner's record: what was tried, what was passed, which hints were taken, in one local file."""

import datetime
import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import filelock

from coursekit import paths
from coursekit.course.check.question import RENAMED
from coursekit.course.check.result import Result

FORMAT = 1
# What every entry holds, and what older records may lack: `honest` counts the attempts that looked at their inputs
# (in an older record all did), `asked` how often the solution was asked for while it was shut.
NEW_ENTRY = {
    "status": "unattempted",
    "points": 0,
    "attempts": 0,
    "hints": 0,
    "first": None,
    "last": None,
}
ADDED = {"honest": 0, "asked": 0}


class RecordError(OSError):
    """The record cannot be read or written."""


def path() -> Path:
    """Return the path of the record."""
    return paths.home() / "progress.json"


def read() -> dict[str, dict]:
    """Return all entries by question id: status, best points, attempts, hints, first and last time.

    A damaged file is set aside, as progress.json.damaged-1, and said in a warning; nothing of it is lost.
    """
    if not path().exists():
        return {}
    with _lock():
        return _read()["questions"]


def entry(question_id: str) -> dict:
    """Return one question's entry; that of a question never tried where there is none."""
    return _completed(read().get(question_id, {}))


def note_result(result: Result) -> dict:
    """Add the result of a check and return the entry. A question once passed stays passed."""

    def change(found: dict) -> None:
        if result.status == "unattempted":
            return
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        found["attempts"] += 1
        found["honest"] += result.honest
        found["first"] = found["first"] or now
        found["last"] = now
        found["points"] = max(found["points"], result.points)
        if found["status"] != "passed":
            found["status"] = result.status

    return _update(result.question_id, change)


def note_hint(question_id: str) -> int:
    """Count one more hint, up to three, and return how many have been shown."""

    def change(found: dict) -> None:
        found["hints"] = min(found["hints"] + 1, 3)

    return _update(question_id, change)["hints"]


def note_asked(question_id: str) -> dict:
    """Count that the solution was asked for while it was shut, and return the entry."""

    def change(found: dict) -> None:
        found["asked"] += 1

    return _update(question_id, change)


def is_open(entry: dict) -> bool:
    """Return whether the solution may be read: after an honest attempt, or asked for twice."""
    return entry["honest"] > 0 or entry["asked"] > 1


def _completed(found: dict) -> dict:
    """Return an entry with all that is counted today."""
    known = NEW_ENTRY | found
    return ADDED | {"honest": known["attempts"]} | known


def _update(question_id: str, change: Callable[[dict], None]) -> dict:
    paths.home().mkdir(parents=True, exist_ok=True)
    with _lock():
        record = _read()
        found = _completed(record["questions"].get(question_id, {}))
        change(found)
        record["questions"][question_id] = found
        _write(record)
    return dict(found)


def _lock() -> filelock.FileLock:
    return filelock.FileLock(f"{path()}.lock", timeout=10)


def _read() -> dict:
    try:
        record = json.loads(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"version": FORMAT, "questions": {}}
    except ValueError:
        record = None
    version = record.get("version") if isinstance(record, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise RecordError(
            f"{path()} was written by a newer coursekit (format {version}); it is left as it is"
        )
    if version != FORMAT or not _are_entries(record.get("questions")):
        _set_aside()
        return {"version": FORMAT, "questions": {}}
    for old, new in RENAMED.items():
        if old in record["questions"]:
            moved = record["questions"].pop(old)
            record["questions"].setdefault(new, moved)
    return record


def _are_entries(questions: object) -> bool:
    if not isinstance(questions, dict):
        return False
    return all(_is_entry(found) for found in questions.values())


def _is_entry(found: object) -> bool:
    if not isinstance(found, dict) or not found.keys() >= NEW_ENTRY.keys():
        return False
    numbers = [found[key] for key in ("points", "attempts", "hints")]
    numbers += [found[key] for key in ADDED if key in found]
    return isinstance(found["status"], str) and all(
        type(number) is int for number in numbers
    )  # a bool is none


def _set_aside() -> None:
    number = 1
    while (aside := path().with_name(f"{path().name}.damaged-{number}")).exists():
        number += 1
    os.replace(path(), aside)
    warnings.warn(
        f"the record of your progress was damaged: it is kept as {aside}, a new one begins",
        stacklevel=2,
    )


def _write(record: dict) -> None:
    with paths.writing(path(), mode=0o600) as fresh, open(fresh, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1, sort_keys=True)
