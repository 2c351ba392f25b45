"""Where the learner stands: the table of progress, and the next step."""

from dataclasses import dataclass
from pathlib import Path

from coursekit.course.check import question_bank, record
from coursekit.course.check.result import MARKS, WORDS, html_table, text_table


@dataclass(frozen=True)
class Row:
    """One chapter's line in the table of progress."""

    chapter: str
    title: str
    marks: str
    passed: int
    questions: int
    points: int
    max_points: int


@dataclass(frozen=True)
class Progress:
    """Where the learner stands, chapter by chapter; shows itself as a table."""

    rows: tuple[Row, ...]

    @property
    def points(self) -> int:
        """Points so far."""
        return sum(row.points for row in self.rows)

    @property
    def max_points(self) -> int:
        """All points of the course as it stands."""
        return sum(row.max_points for row in self.rows)

    def _lines(self) -> list[tuple[str, ...]]:
        lines = [
            (
                r.chapter,
                r.title,
                r.marks,
                f"{r.passed} of {r.questions}",
                f"{r.points} of {r.max_points}",
            )
            for r in self.rows
        ]
        passed, questions = sum(r.passed for r in self.rows), sum(r.questions for r in self.rows)
        return [
            *lines,
            ("", "total", "", f"{passed} of {questions}", f"{self.points} of {self.max_points}"),
        ]

    def __repr__(self) -> str:
        """Return the table as plain text."""
        return text_table(HEADINGS, self._lines()) + f"\n{LEGEND}"

    def _repr_html_(self) -> str:
        return html_table(HEADINGS, self._lines(), note=LEGEND)


HEADINGS = ("", "chapter", "questions", "passed", "points")
LEGEND = "   ".join(f"{MARKS[status]} {WORDS[status]}" for status in MARKS)


def progress() -> Progress:
    """Return where you stand: every chapter's questions, passed and points.

    Examples
    --------
    >>> progress().points
    0
    """
    entries = record.read()
    rows = []
    for chapter in question_bank.chapters():
        asked = question_bank.questions(chapter)
        found = [record.NEW_ENTRY | entries.get(question.id, {}) for question in asked]
        rows.append(
            Row(
                chapter=chapter,
                title=question_bank.title(chapter),
                marks=" ".join(MARKS.get(e["status"], "?") for e in found),
                passed=sum(e["status"] == "passed" for e in found),
                questions=len(asked),
                points=sum(e["points"] for e in found),
                max_points=sum(question.points for question in asked),
            )
        )
    return Progress(tuple(rows))


@dataclass(frozen=True)
class NextStep:
    """What to do now: a question, the notebook it stands in, and the command that opens it."""

    question_id: str | None
    title: str
    file: Path | None
    command: str

    def __repr__(self) -> str:
        """Return the step as plain text."""
        if self.question_id is None:
            return self.title
        return f"next: {self.question_id} {self.title}\n  in {self.file}\n  {self.command}"


def next_step() -> NextStep:
    """Return the first question, in the order of the chapters, that has not been passed."""
    entries = record.read()
    for question in question_bank.all_questions():
        if entries.get(question.id, record.NEW_ENTRY)["status"] != "passed":
            file = question_bank.notebook(question.chapter)
            return NextStep(question.id, question.title, file, "coursekit lab")
    return NextStep(None, "All questions are passed.", None, "")
