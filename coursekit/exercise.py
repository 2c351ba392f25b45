"""Questions answered at once: check an answer, take a hint, open the solution.

    ck.check("01.rms", rms)      # one card: passed, or what is wrong and by how much
    ck.hint("01.rms")            # the next of three hints
    ck.solution("01.rms")        # after an attempt, or asked for twice

It needs no network, account or server. Authors of questions.py take what they need from here: `Question`, `Case`,
`Mutant`, the comparisons. The parts stand in coursekit/course/check: `question` (what a question is), `comparison`
(when an answer is right), `attempt` (calls the learner's function), `limits` (its time and memory), `marking` (puts
these together), `result` (the card), `record` (the file that remembers), `standing` (the table of progress),
`notebook_check` (a whole notebook), `claims`.
"""

import os
from dataclasses import dataclass, replace

from coursekit.course.check import question_bank, record
from coursekit.course.check.attempt import describe_error
from coursekit.course.check.claims import claim, compare
from coursekit.course.check.gradients import Gradients
from coursekit.course.check.marking import evaluate
from coursekit.course.check.notebook_check import check_notebook, watch
from coursekit.course.check.question import (
    Case,
    Comparison,
    Mutant,
    Question,
    QuestionError,
    Verdict,
    all_of,
    choice,
    close,
    exact,
    integers,
    labels,
    near,
    text,
    threshold,
)
from coursekit.course.check.result import Result
from coursekit.course.check.standing import next_step, progress
from coursekit.course.check.values import as_array, to_plain

__all__ = [
    "Case",
    "Comparison",
    "Gradients",
    "Mutant",
    "Note",
    "Question",
    "QuestionError",
    "Result",
    "Verdict",
    "all_of",
    "as_array",
    "check",
    "check_notebook",
    "choice",
    "claim",
    "close",
    "compare",
    "exact",
    "hint",
    "integers",
    "labels",
    "near",
    "next_step",
    "progress",
    "solution",
    "text",
    "threshold",
    "to_plain",
    "watch",
]


@dataclass(frozen=True)
class Note:
    """A short text in Markdown that a notebook shows."""

    markdown: str

    def __repr__(self) -> str:
        """Return the text."""
        return self.markdown

    def _repr_markdown_(self) -> str:
        return self.markdown


def check(question_id: str, answer: object) -> Result:
    """Check an answer on the public cases and return the card that says how it went.

    Parameters
    ----------
    question_id : str
        Chapter and name of the question: "01.rms".
    answer : object
        Your function; for a question without inputs, its value will do.

    Returns
    -------
    Result
        Shown as a card. Wrong answers, errors and unknown ids come as cards too.

    Raises
    ------
    AssertionError
        Only when nbgrader runs the notebook: that is how it learns that an answer is not right.

    Examples
    --------
    >>> check("01.rmss", lambda y: 0).status
    'error'
    """
    result = _evaluated(question_id, answer)
    if not _under_nbgrader():
        return _recorded(result)
    if not result.passed:
        raise AssertionError(f"\n{result!r}")
    return result


def hint(question_id: str) -> Note:
    """Return the hints so far and one more; there are three, from a nudge to nearly the answer."""
    try:
        question = question_bank.find(question_id)
        shown = record.note_hint(question.id)
    except (QuestionError, OSError) as error:
        return Note(str(error))
    hints = [f"**Hint {i + 1} of 3.** {text}" for i, text in enumerate(question.hints[:shown])]
    if shown == 3:
        hints.append(
            f'That was the last hint. `ck.solution("{question.id}")` opens after an attempt, or when you ask twice.'
        )
    return Note("\n\n".join(hints))


def solution(question_id: str) -> Note:
    """Return the solution and why it is right, once the question has been attempted, or when it is asked for twice."""
    try:
        question = question_bank.find(question_id)
        entry = record.entry(question.id)
        if not record.is_open(entry) and not record.is_open(record.note_asked(question.id)):
            return Note(_why_shut(question, entry))
        code, why = question_bank.written_solution(question)
    except (QuestionError, OSError) as error:
        return Note(str(error))
    return Note(
        f"**A solution of {question.id}, {question.title}**\n\n```python\n{code}\n```\n\n{why}".rstrip()
    )


def _why_shut(question: Question, entry: dict) -> str:
    if entry["attempts"]:
        why = (
            f"The solution of {question.id} is still shut: what was checked so far gives the same whatever comes in, "
            f"gives an input back, cannot be called with these arguments, or does nothing but raise. Let "
            f"`{question.name}` compute something from its inputs and check it again."
        )
    else:
        why = (
            f"The solution of {question.id} opens after your first attempt: write something in "
            f'`{question.name}` and run `ck.check("{question.id}", {question.name})`.'
        )
    again = f'Or ask once more: `ck.solution("{question.id}")` opens it then.'
    return f'{why} `ck.hint("{question.id}")` gives a hint. {again}'


def _evaluated(question_id: str, answer: object) -> Result:
    try:
        return evaluate(question_bank.find(question_id), answer)
    except QuestionError as error:
        return Result(str(question_id), "", "error", 0, 0, str(error))
    except Exception as error:
        message = "The check itself failed. That is a fault of the course, not of your answer: please report it."
        return Result(str(question_id), "", "error", 0, 0, message, (describe_error(error),))


def _recorded(result: Result) -> Result:
    """Write the result to the record and add the line that says what can be asked next."""
    if not result.max_points:  # no such question
        return result
    try:
        entry = record.note_result(result)
    except OSError as error:
        return replace(result, details=(*result.details[:3], f"This was not recorded: {error}"))
    offers = []
    if not result.passed:
        does = "gives a hint" if entry["hints"] < 3 else "shows them again"
        offers.append(f'`ck.hint("{result.question_id}")` {does} ({entry["hints"]} of 3 taken)')
    if record.is_open(entry):
        offers.append(f'`ck.solution("{result.question_id}")` is open')
    return replace(result, hint="; ".join(offers) + ".")


def _under_nbgrader() -> bool:
    return bool(os.environ.get("NBGRADER_EXECUTION") or os.environ.get("NBGRADER_VALIDATING"))
