"""Mark an answer: try it on a question's cases, compare with the truth, name the mistake where it is known.

The two halves can run apart: `collect` calls the learner's code and returns plain values; `judge` compares
values and never runs the learner's code.
"""

import contextlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coursekit.course.check.attempt import Attempt, attempt
from coursekit.course.check.comparison import SMALL, Verdict, place, same_values
from coursekit.course.check.question import Case, Mutant, Question
from coursekit.course.check.result import Evidence, Result
from coursekit.course.check.values import Foreign, as_array, number, to_plain

MOST_DETAILS = 4
# How the message of a stopped call begins. A named mistake that would run for ever raises TimeoutError instead.
OUT_OF_BOUNDS = ("No answer after", "It asked for more than")
SILENT = Verdict(False)
NOT_SO = Verdict(False, "that is not what happens")  # all that is told about a wrong prediction


def evaluate(
    question: Question, answer: object, *, rng: np.random.Generator | None = None
) -> Result:
    """Mark one answer.

    Parameters
    ----------
    question : Question
        What was asked.
    answer : object
        The learner's function; a plain value where the question has no inputs.
    rng : np.random.Generator or None
        Draws the cases; None for those of the public check.

    Returns
    -------
    Result
        Records nothing.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # loading a data set prints its licence
        cases = question.draw(rng)
        return judge(question, cases, collect(question, answer, cases))


def collect(question: Question, answer: object, cases: Sequence[Case]) -> list[Attempt]:
    """Call the learner's function on each case, up to the first one that gives no value."""
    if not callable(answer):
        return [_given_value(question, answer, cases)]
    attempts = []
    for case in cases:
        attempts.append(
            attempt(
                answer,
                case,
                question_id=question.id,
                seconds=question.time_limit,
                forbidden=question.forbidden,
                gradients=question.gradients,
            )
        )
        if attempts[-1].status != "value":
            break
    return attempts


def judge(question: Question, cases: Sequence[Case], attempts: Sequence[Attempt]) -> Result:
    """Compare the values that the learner's function gave with the truth."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of a comparison that meets NaN or overflow; its verdict says so
        return _judge(question, cases, attempts)


def _judge(question: Question, cases: Sequence[Case], attempts: Sequence[Attempt]) -> Result:
    last = attempts[-1]
    if last.status != "value":
        case = cases[len(attempts) - 1]
        where = _where(question, case) if last.status == "error" else ()
        known = _known_error(question, case, last) if last.status == "error" else None
        details = (*((known.message,) if known else ()), *last.details, *where, *_printed(last))
        more = {"mutant": known.name if known else None}
        honest = last.tried and last.message != _function_wanted(question)
        return _result(question, last.status, last.message, details, honest=honest, **more)
    truths = [question.truth(case) for case in cases]
    if _is_nothing(attempts[0].value) and not _is_nothing(to_plain(truths[0])):
        return _result(
            question, "unattempted", "Nothing comes back: a `return` may still be missing."
        )
    verdicts = [
        question.compare.compare(a.value, truth) for a, truth in zip(attempts, truths, strict=True)
    ]
    wrong = [i for i, verdict in enumerate(verdicts) if not verdict.ok]
    if not wrong:
        return _right(question, cases, attempts, verdicts)
    mutant = None
    if not all(verdicts[i].settled for i in wrong):
        tried = [(case, a.value) for case, a in zip(cases, attempts, strict=True)]
        mutant = recognise(question, tried)
    first = wrong[0]
    verdict = verdicts[first]
    if question.elementwise:
        verdict = _with_input(verdict, cases[first], truths[first])
    evidence = Evidence(attempts[first].value, to_plain(truths[first]), question.compare.sound)
    if question.kind == "prediction" and not verdict.of_form:
        # Below the true explanation of a known mistake these words would seem to deny it.
        verdict, evidence = (NOT_SO if mutant is None else SILENT), None
    right = _right_cases(len(cases), len(wrong))
    where = (*_where(question, cases[first], right), *_printed(attempts[first]))
    honest = _looks_at_its_inputs(cases, [a.value for a in attempts], truths)
    return replace(_wrong(question, verdict, mutant, where, evidence), honest=honest)


def _looks_at_its_inputs(
    cases: Sequence[Case], values: Sequence[object], truths: Sequence[object]
) -> bool:
    """Return whether a wrong answer is more than a constant, zeros, or one of its own inputs.

    With a single case, or where the truths are all the same, a constant is as good a try as any other.
    """
    if len(cases) == 1 or all(same_values(truth, truths[0]) for truth in truths[1:]):
        return True
    if all(same_values(value, values[0]) for value in values[1:]):
        return False
    arrays = [as_array(value) for value in values]
    if all(array is not None and not np.any(array) for array in arrays):
        return False
    return not any(
        all(_is_given_back(case, i, value) for case, value in zip(cases, values, strict=True))
        for i in range(min(len(case.args) for case in cases))
    )


def _is_given_back(case: Case, i: int, value: object) -> bool:
    given = to_plain(case.args[i])
    return not isinstance(given, Foreign) and same_values(value, given)


def _right(
    question: Question,
    cases: Sequence[Case],
    attempts: Sequence[Attempt],
    verdicts: Sequence[Verdict],
) -> Result:
    called = next((name for tried in attempts for name in tried.called), None)
    if called:
        headline = f"right numbers, but {called} was called: this question asks you to write it."
        return _result(question, "wrong", headline)
    cut = question.gradients and question.gradients.fault(cases, [a.gradients for a in attempts])
    if cut:
        return _result(question, "wrong", cut)
    headline = "Right." if len(verdicts) == 1 else f"All {len(verdicts)} cases are right."
    return _result(
        question, "passed", headline, tuple(filter(None, [question.compare.summary(verdicts)]))
    )


def _known_error(question: Question, case: Case, failed: Attempt) -> Mutant | None:
    """Return the first named mistake that fails on this case in the same way: with the same words, or without end."""
    for mutant in question.mutants:
        if mutant.raises is None:
            continue
        try:
            case.call(mutant.answer)
        except mutant.raises as error:
            endless = isinstance(error, TimeoutError) and failed.message.startswith(OUT_OF_BOUNDS)
            if endless or failed.message == f"{type(error).__name__}: {error}":
                return mutant
        except Exception:  # another error than the one that is declared: not this mistake
            continue
    return None


def _right_cases(n_cases: int, n_wrong: int) -> str:
    n_right = n_cases - n_wrong
    return (
        f"{n_right} of {n_cases} cases {'is' if n_right == 1 else 'are'} right"
        if n_cases > 1
        else ""
    )


def _with_input(verdict: Verdict, case: Case, truth: object) -> Verdict:
    """Name the input at the first difference too, where input and truth are small arrays of one shape."""
    given = as_array(to_plain(case.args[0])) if case.args else None
    want = as_array(to_plain(truth))
    if (
        not verdict.at
        or given is None
        or want is None
        or given.shape != want.shape
        or given.size >= SMALL
    ):
        return verdict
    here = place(verdict.at)
    with_input = f"{here}, at the input value {number(given[verdict.at])}"
    return replace(
        verdict, details=tuple(line.replace(here, with_input) for line in verdict.details)
    )


def recognise(question: Question, tried: Sequence[tuple[Case, object]]) -> Mutant | None:
    """Return the first named mistake that gives the learner's value in every case, in those that are right too.

    One that gives the wrong values alone may be another mistake, which looks the same there by chance.
    """
    for mutant in question.mutants:
        if all(_agrees(question, mutant, case, value) for case, value in tried):
            return mutant
    return None


def _agrees(question: Question, mutant: Mutant, case: Case, value: object) -> bool:
    try:
        other = case.call(mutant.answer)
    except Exception:  # a mistake that fails on this case did not give this value
        return False
    return question.compare.agrees(value, other)


def _given_value(question: Question, answer: object, cases: Sequence[Case]) -> Attempt:
    value = to_plain(answer)
    if _is_nothing(value):
        return Attempt("unattempted", message="Nothing is given yet.")
    if len(cases) > 1 or cases[0].args or cases[0].kwargs:
        return Attempt("error", message=_function_wanted(question))
    return Attempt("value", value)


def _function_wanted(question: Question) -> str:
    return f"Give the function itself, {question.name}, not a value that it returned."


def _is_nothing(value: object) -> bool:
    return value is None or (isinstance(value, Foreign) and value.type_name == "ellipsis")


def _wrong(
    question: Question,
    verdict: Verdict,
    mutant: Mutant | None,
    where: tuple[str, ...],
    evidence: Evidence | None,
) -> Result:
    told = [line for line in (verdict.message, *verdict.details) if line]
    if mutant is not None:
        told.insert(0, mutant.message)
    details = (*told[1 : 1 + MOST_DETAILS - len(where)], *where)
    return _result(
        question,
        "wrong",
        told[0],
        details,
        mutant=mutant.name if mutant else None,
        evidence=evidence,
    )


def _where(question: Question, case: Case, right: str = "") -> tuple[str, ...]:
    called = f"in {case.describe(question.name)}" if case.args or case.kwargs else ""
    line = "; ".join(filter(None, (called, right)))
    return (line,) if line else ()


def _printed(tried: Attempt) -> tuple[str, ...]:
    lines = tried.printed.strip().splitlines()
    return (f"it printed: {lines[-1][-120:]}",) if lines else ()


def _result(
    question: Question, status: str, headline: str, details: tuple[str, ...] = (), **more
) -> Result:
    return Result(
        question_id=question.id,
        title=question.title,
        status=status,
        points=question.points if status == "passed" else 0,
        max_points=question.points,
        headline=headline[:1].upper() + headline[1:],
        details=details[:MOST_DETAILS],
        **more,
    )
