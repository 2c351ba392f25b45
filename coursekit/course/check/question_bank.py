"""Find questions by their id: the chapters' questions.py files, loaded when they are first needed."""

import difflib
import functools
import importlib.util
import sys
import tomllib
from pathlib import Path

from coursekit import paths
from coursekit.course import percent
from coursekit.course.check.question import Question, QuestionError


def find(question_id: str) -> Question:
    """Return one question.

    Raises
    ------
    QuestionError
        There is no such question; the message names the nearest ones.
    """
    if not isinstance(question_id, str):
        raise QuestionError(
            f"a question's id is text such as '01.rms', not {type(question_id).__name__}"
        )
    of_chapter = {question.id: question for question in questions(question_id[:2])}
    if question_id in of_chapter:
        return of_chapter[question_id]
    known = list(of_chapter) or [question.id for question in all_questions()]
    nearest = difflib.get_close_matches(question_id, known, n=3, cutoff=0.3) or known[:8]
    wanted = (
        f"did you mean {' or '.join(map(repr, nearest))}?"
        if nearest
        else "the course has no questions here"
    )
    raise QuestionError(f"there is no question {question_id!r}: {wanted}")


def questions(chapter: str) -> list[Question]:
    """Return the questions of a chapter ("01"), in order; none where the chapter has no questions.py."""
    folder = chapter_folder(chapter)
    path = folder / "questions.py" if folder else None
    if path is None or not path.is_file():
        return []
    return load(path)


def load(path: Path) -> list[Question]:
    """Return the questions declared in one questions.py; it is read again when it has changed."""
    return list(_load(path, path.stat().st_mtime_ns))


def all_questions() -> list[Question]:
    """Return the questions of all chapters, in order."""
    return [question for chapter in chapters() for question in questions(chapter)]


def chapters() -> list[str]:
    """Return the numbers of the chapters that have questions, in order."""
    return sorted(
        path.parent.name[:2] for path in paths.chapters_dir().glob("[0-9][0-9]_*/questions.py")
    )


def chapter_folder(chapter: str) -> Path | None:
    """Return the source folder of a chapter ("01"), or None."""
    if len(chapter) != 2 or not chapter.isdigit():
        return None
    return next(iter(sorted(paths.chapters_dir().glob(f"{chapter}_*"))), None)


def title(chapter: str) -> str:
    """Return the chapter's title from chapters.toml; its folder's name where that says nothing."""
    path = paths.chapters_dir() / "chapters.toml"
    listed = (
        tomllib.loads(path.read_text(encoding="utf-8")).get("chapter", []) if path.is_file() else []
    )
    titles = {str(entry["number"]): entry["title"] for entry in listed}
    folder = chapter_folder(chapter)
    return titles.get(chapter) or (folder.name[3:].replace("_", " ") if folder else chapter)


def notebook(chapter: str) -> Path:
    """Return the path of a chapter's exercise notebook."""
    folder = chapter_folder(chapter)
    return paths.course_dir() / "exercises" / f"{folder.name if folder else chapter}.ipynb"


def written_solution(question: Question) -> tuple[str, str]:
    """Return the code of the solution, without its markers, and the paragraph that says why."""
    folder = chapter_folder(question.chapter)
    texts = {"solution": "", "why": ""}
    for cell in percent.cells(folder / "exercises.py"):
        if cell.argument == question.id and cell.directive in texts:
            texts[cell.directive] = cell.source
    if not texts["solution"]:
        raise QuestionError(f"question {question.id} has no solution in {folder.name}/exercises.py")
    lines = texts["solution"].splitlines()
    shown = (line for line in lines if line.strip() not in (percent.BEGIN, percent.END))
    return "\n".join(shown), texts["why"]


@functools.lru_cache(maxsize=64)
def _load(path: Path, modified: int) -> tuple[Question, ...]:
    """Run a questions.py; `modified` is part of the cache's key."""
    name = f"_coursekit_questions_{path.parent.name}"  # a name of its own: no chapter sees another's module
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        source = path.read_text(encoding="utf-8")
        exec(
            compile(source, str(path), "exec"), module.__dict__
        )  # not through .pyc files: their clock is coarse
    except Exception as error:
        raise QuestionError(
            f"{path.parent.name}/questions.py: {type(error).__name__}: {error}"
        ) from error
    found = tuple(getattr(module, "QUESTIONS", ()))
    ids = [question.id for question in found]
    problem = next((i for i in ids if ids.count(i) > 1 or i[:2] != path.parent.name[:2]), None)
    if problem:
        raise QuestionError(
            f"{path.parent.name}/questions.py: {problem} stands twice, or belongs elsewhere"
        )
    return found
