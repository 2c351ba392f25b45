"""When the solution opens, what a record remembers of it, and how long a question takes."""

import json

import numpy as np
import pytest
from made_course import make_chapter

from coursekit.course.check import record
from coursekit.course.check.marking import evaluate
from coursekit.course.check.question import Case, Question, QuestionError, choice, close
from coursekit.exercise import check, solution

QUESTIONS = """
import numpy as np
from coursekit.exercise import Case, Question, choice, close

QUESTIONS = [
    Question(
        id="01.half", title="Half", points=2, kind="core", name="half",
        cases=lambda rng: [Case(rng.standard_normal(40), 2), Case(rng.standard_normal(50), 3)],
        oracle=lambda y, k: y / k, compare=close(1e-10), hints=("one", "two", "three")),
]
"""

EXERCISES = '''# %% [markdown] question: 01.half
# Return a part of `y`.

# %% solution: 01.half
def half(y, k):
    """A part of y."""
    ### BEGIN SOLUTION
    return y / k
    ### END SOLUTION

# %% check: 01.half

# %% [markdown] why: 01.half
# Because a part is a part.
'''


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A chapters folder with one chapter of one question."""
    return make_chapter(tmp_path, monkeypatch, questions=QUESTIONS, exercises=EXERCISES)


def is_shut(note):
    return "return y / k" not in repr(note)


def with_first_case_right(y, k):
    return y / 2


DISHONEST = {
    "a constant": lambda y, k: 0.25,
    "a constant array": lambda y, k: np.ones(40),
    "a text": lambda y, k: "done",
    "zeros": lambda y, k: np.zeros(len(y)),
    "the input": lambda y, k: y,
    "the input as a list": lambda y, k: list(y),
    "the other input": lambda y, k: k,
}
HONEST = {
    "twice": lambda y, k: 2 * y,
    "one case right": with_first_case_right,
    "a wrong number": lambda y, k: float(np.mean(y)),
    "an error": lambda y, k: y / nothing,  # noqa: F821
    "right": lambda y, k: y / k,
}


@pytest.mark.parametrize("answer", DISHONEST.values(), ids=DISHONEST)
def test_an_answer_that_ignores_its_inputs_does_not_open_the_solution(course, answer):
    result = check("01.half", answer)
    assert result.status == "wrong" and not result.honest
    assert "is open" not in result.hint
    note = solution("01.half")
    assert is_shut(note)
    assert "gives the same whatever comes in" in repr(note) and "ask once more" in repr(note)


@pytest.mark.parametrize("answer", HONEST.values(), ids=HONEST)
def test_a_try_opens_the_solution(course, answer):
    assert "is open" in check("01.half", answer).hint
    assert not is_shut(solution("01.half"))


def test_a_value_in_place_of_the_function_is_no_try(course):
    check("01.half", np.zeros(40))
    assert is_shut(solution("01.half"))


@pytest.mark.parametrize("answer", [None, DISHONEST["a constant"]])
def test_asking_twice_opens(course, answer):
    check("01.half", answer)
    assert is_shut(solution("01.half"))
    assert not is_shut(solution("01.half"))
    assert not is_shut(solution("01.half"))
    assert "is open" in check("01.half", DISHONEST["zeros"]).hint


def test_an_honest_try_stays_one(course):
    check("01.half", HONEST["twice"])
    check("01.half", DISHONEST["a constant"])
    assert not is_shut(solution("01.half"))
    found = record.entry("01.half")
    assert (found["attempts"], found["honest"], found["asked"]) == (2, 1, 0)


def question(**changes):
    fields = dict(
        id="01.half", title="Half", points=2, kind="core", name="half", compare=close(1e-10), hints=("a", "b", "c"),
        cases=lambda rng: [Case(rng.standard_normal(40))], oracle=lambda y: y / 2,
    )  # fmt: skip
    return Question(**fields | changes)


def test_any_real_answer_counts_with_a_single_case_and_in_a_prediction():
    assert evaluate(question(), lambda y: 0.0).honest
    guess = question(
        kind="prediction", cases=lambda rng: [Case()], oracle=lambda: "b", compare=choice("abc")
    )
    assert evaluate(guess, "a").honest


def test_a_constant_is_a_try_where_the_truth_is_one():
    same = question(
        cases=lambda rng: [Case(np.ones(3)), Case(np.ones(4))], oracle=lambda y: float(np.max(y))
    )
    assert evaluate(same, lambda y: 3.0).honest


# --- the record -----------------------------------------------------------------------------------

OLD = {
    "status": "wrong",
    "points": 0,
    "attempts": 2,
    "hints": 1,
    "first": "2026-01-01T00:00:00+00:00",
    "last": "2026-01-02T00:00:00+00:00",
}


def write(entry):
    record.path().parent.mkdir(parents=True, exist_ok=True)
    record.path().write_text(
        json.dumps({"version": 1, "questions": {"01.half": entry}}), encoding="utf-8"
    )


def test_an_older_record_is_read_and_its_attempts_count(course):
    write(OLD)
    assert record.entry("01.half") == OLD | {"honest": 2, "asked": 0}
    assert not is_shut(solution("01.half"))
    assert check("01.half", HONEST["right"]).passed
    found = record.entry("01.half")
    assert (found["attempts"], found["honest"], found["first"]) == (3, 3, OLD["first"])


def test_an_older_record_without_an_attempt_stays_shut(course):
    write(OLD | {"attempts": 0, "status": "unattempted"})
    assert is_shut(solution("01.half"))
    assert record.entry("01.half")["asked"] == 1


def test_the_format_is_the_old_one_with_more_in_it(course):
    check("01.half", HONEST["twice"])
    kept = json.loads(record.path().read_text(encoding="utf-8"))
    assert kept["version"] == 1 and kept["questions"]["01.half"].keys() >= OLD.keys()


@pytest.mark.parametrize("wrong", [{"honest": "x"}, {"asked": True}])
def test_a_damaged_count_is_set_aside(course, wrong):
    write(OLD | wrong)
    with pytest.warns(UserWarning, match="progress.json.damaged-1"):
        assert record.entry("01.half")["attempts"] == 0


# --- minutes --------------------------------------------------------------------------------------


def test_minutes_follow_kind_and_points_unless_they_are_given():
    assert question().about_minutes == 16
    assert question(kind="warmup", points=1).about_minutes == 5
    assert question(kind="experiment", points=3).about_minutes == 30
    assert question(minutes=25).about_minutes == 25


@pytest.mark.parametrize("minutes", [0, -1, 2.5, "ten", True])
def test_minutes_are_a_positive_whole_number(minutes):
    with pytest.raises(QuestionError, match="minutes is"):
        question(minutes=minutes)
