"""Find questions by their id: the chapters' questions.py files, loaded when they are first needed."""

import difflib
import functools
import importlib.util
import re
import sys
import traceback
from pathlib import Path

from coursekit import paths
from coursekit.course import percent
from coursekit.course.chapters import NUMBER, listed
from coursekit.course.check.question import RENAMED, Question, QuestionError


class QuestionsFileError(QuestionError):
    """A questions.py that cannot be used. The message is for a learner; `line` and `reason` are for its author."""

    def __init__(self, path: Path, message: str, *, line: int, reason: str):
        super().__init__(f"{path.parent.name}/questions.py: {message}")
        self.line, self.reason = line, reason


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
    question_id = RENAMED.get(question_id, question_id)
    of_chapter = {question.id: question for question in questions(question_id.partition(".")[0])}
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
    """Return the questions declared in one questions.py; it is read again when it has changed.

    Raises
    ------
    QuestionsFileError
        It cannot be run, declares no QUESTIONS, two with one id, or one of another chapter.
    """
    return list(_load(path, path.stat().st_mtime_ns))


def all_questions() -> list[Question]:
    """Return the questions of all chapters, in order."""
    return [question for chapter in chapters() for question in questions(chapter)]


def chapters() -> list[str]:
    """Return the numbers of the chapters that have questions, in order."""
    return sorted(
        path.parent.name.partition("_")[0]
        for path in paths.chapters_dir().glob("[0-9][0-9]*_*/questions.py")
    )


def chapter_folder(chapter: str) -> Path | None:
    """Return the source folder of a chapter ("01"), or None."""
    if not re.fullmatch(NUMBER, chapter):
        return None
    return next(iter(sorted(paths.chapters_dir().glob(f"{chapter}_*"))), None)


def title(chapter: str) -> str:
    """Return the chapter's title from chapters.toml; its folder's name where that says nothing."""
    titles = {str(entry["number"]): entry["title"] for entry in listed(paths.chapters_dir())}
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


def declared_at(path: Path, question_id: str) -> list[int]:
    """Return the lines of a questions.py that name a question; the first line of all where none does."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if f'"{question_id}"' in line] or [1]


@functools.lru_cache(maxsize=64)
def _load(path: Path, modified: int) -> tuple[Question, ...]:
    """Run a questions.py and look at what it declares; `modified` is part of the cache's key."""
    try:
        names = _run(path)
        if "QUESTIONS" not in names:
            raise QuestionError("it declares no QUESTIONS")
        found = tuple(names["QUESTIONS"])
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        said = error.msg if isinstance(error, SyntaxError) else error
        raise QuestionsFileError(
            path,
            f"{type(error).__name__}: {error}",
            line=lines[-1] if lines else getattr(error, "lineno", 1),
            reason=f"{type(error).__name__}: {said}",
        ) from error
    chapter, ids = path.parent.name.partition("_")[0], [question.id for question in found]
    for id in ids:
        if ids.count(id) > 1 or id.partition(".")[0] != chapter:
            raise QuestionsFileError(
                path,
                f"{id} stands twice, or belongs elsewhere",
                line=declared_at(path, id)[-1],
                reason=f"two questions have the id {id}"
                if ids.count(id) > 1
                else f"question {id} belongs elsewhere: this is chapter {chapter}",
            )
    return found


def _run(path: Path) -> dict:
    """Run a questions.py and return its names."""
    name = f"_coursekit_questions_{path.parent.name}"  # a name of its own: no chapter sees another's module
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    exec(code, module.__dict__)  # not through .pyc files: their clock is coarse
    return module.__dict__
