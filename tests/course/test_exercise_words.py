"""Words of the cards: what they say where, and what they leave out because it would mislead."""

import numpy as np
import pytest
import torch

from coursekit.course.check.comparison import same_values
from coursekit.course.check.marking import evaluate
from coursekit.course.check.question import SHOWN_TEXT, Case, Mutant, Question
from coursekit.course.check.values import number
from coursekit.exercise import choice, close, integers, near

RNG = np.random.default_rng(0)
ROW = RNG.uniform(0.5, 2, 64)
DOUBLE = close(1e-10, float64=True)


def question(**changes):
    fields = dict(
        id="01.half", title="Half", points=2, kind="core", name="half", compare=close(1e-10), hints=("a", "b", "c"),
        cases=lambda rng: [Case(np.array([1.0, 2.0, 4.0]))], oracle=lambda y: y / 2,
    )  # fmt: skip
    return Question(**fields | changes)


# --- single precision where double is wanted ------------------------------------------------------


@pytest.mark.parametrize(
    "answer, dtype",
    [(ROW.astype(np.float32), "float32"), (torch.from_numpy(ROW).float(), "float32")],
)
def test_a_result_in_single_precision_is_refused_where_double_is_asked_for(answer, dtype):
    verdict = DOUBLE.compare(answer, ROW)
    assert not verdict.ok and verdict.of_form
    assert f"the statement asks for double precision; this is {dtype}, " in verdict.message
    assert "compute in float64" in verdict.message
    assert close(1e-10).compare(answer, ROW).ok


def test_a_complex_result_in_single_precision_is_told_of_complex128():
    z = ROW * np.exp(1j * ROW)
    message = DOUBLE.compare(z.astype(np.complex64), z).message
    assert "this is complex64" in message and "complex128" in message


def test_even_numbers_that_float32_holds_exactly_are_refused():
    assert not DOUBLE.compare(np.float32([1, 2, 4]), np.array([1.0, 2.0, 4.0])).ok
    assert not DOUBLE.compare(np.zeros(3, np.float32), np.zeros(3)).ok


def test_another_mistake_in_single_precision_is_told_by_its_name():
    assert "a constant factor of 2 " in DOUBLE.compare(np.float32(2 * ROW), ROW).message
    asked = question(
        compare=DOUBLE,
        mutants=(Mutant("not halved", lambda y: y, "Divide by two."),),
        cases=lambda rng: [Case(ROW)],
    )
    assert evaluate(asked, lambda y: y.astype(np.float32)).mutant == "not halved"


def test_the_same_values_in_single_precision_are_the_same():
    assert same_values(ROW.astype(np.float32), ROW) and not same_values(2 * ROW, ROW)


# --- predictions ----------------------------------------------------------------------------------


def test_below_the_explanation_of_a_known_mistake_nothing_seems_to_deny_it():
    guess = question(
        kind="prediction", cases=lambda rng: [Case()], oracle=lambda: "b", compare=choice("abc"),
        mutants=(Mutant("a", lambda: "a", "That holds for a single tone."),),
    )  # fmt: skip
    known = evaluate(guess, lambda: "a")
    assert (known.headline, known.details) == ("That holds for a single tone.", ())
    assert evaluate(guess, lambda: "c").headline == "That is not what happens"


# --- the first difference -------------------------------------------------------------------------


def test_the_input_is_named_only_where_the_question_is_elementwise():
    def wrong(y):
        return np.where(y > 1.5, 9.0, y / 2)

    assert "input value" not in repr(evaluate(question(), wrong))
    assert "at the input value 2: got 9" in repr(evaluate(question(elementwise=True), wrong))


@pytest.mark.parametrize("special, name", [(np.nan, "NaN"), (np.inf, "infinities")])
def test_as_many_nan_as_wanted_at_other_places(special, name):
    want, got = np.arange(6.0), np.arange(6.0)
    want[[1, 2]], got[[1, 4]] = special, special
    verdict = close(1e-10).compare(got, want)
    assert verdict.message == f"{name} stand at other places than wanted: first at index 2"
    assert verdict.details == (f"there: got 2, wanted {special}",)
    got[5] = special
    assert "3 of 6 values are" in close(1e-10).compare(got, want).message


def test_rounding_of_zero_reads_zero():
    want = np.array([1.0, 3.33067e-16, -2e-17, 0.5])
    line = close(1e-10).compare([1.0, 0.25, 7.0, 1.0], want).details[0]
    assert "got 0.25, wanted 0 (" in line
    turned = close(1e-10).compare(np.array([1.0, 0.5j]), np.array([1.0, 1e-17 + 1j])).details[0]
    assert "got 0+0.5j, wanted 0+1j" in turned
    tiny = close(1e-10).compare([1e-20, 3e-20], np.array([1e-20, 2e-20])).details[0]
    assert "got 3e-20, wanted 2e-20" in tiny


def test_there_is_no_minus_zero():
    assert number(-0.0) == "0" and number(complex(-0.0, -0.0)) == "0+0j"
    assert "-0.0 dB" not in repr(DOUBLE.compare(np.append(ROW, 0) * -0.999, np.append(ROW, 0)))


# --- one number for several -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "n, message, details",
    [
        (1, "an array of shape (1,) is wanted, got the number 3", ()),
        (2, "a pair is wanted, got one number", ()),
        (
            5,
            "5 numbers are wanted, got one number",
            ("a sum or a mean may have lost its axis=...",),
        ),
    ],
)
def test_one_number_where_several_are_wanted(n, message, details):
    verdict = close(1e-10).compare(3.0, np.ones(n))
    assert (verdict.message, verdict.details) == (message, details)


# --- factors --------------------------------------------------------------------------------------


def test_a_factor_of_two_small_numbers_is_chance():
    for comparison in (integers(), close(1e-10), near(0.01, unit="turns")):
        answer, truth = np.array([0, 1]), np.array([0, 2])
        assert "factor" not in comparison.compare(answer, truth).message
    assert "factor of 0.5" in close(1e-10).compare([1.0, 2.0, 3.0], np.array([2.0, 4, 6])).message
    assert (
        "an octave too low" in near(0.01, unit="Hz").compare([1.0, 2.0], np.array([2, 4.0])).message
    )


# --- what is a try --------------------------------------------------------------------------------


def raising(y):
    """A docstring."""
    raise ValueError("not done")


def asserting(y):
    ...
    assert y is None, "later"


def too_few():
    return 1


def other_names(y, extra):
    return y


def failing(y):
    z = y + 1
    return z[100]


@pytest.mark.parametrize("answer", [raising, asserting, too_few, other_names, len, lambda: 1])
def test_a_call_that_cannot_be_made_and_a_body_that_only_raises_are_no_try(answer):
    cases = (lambda rng: [Case(np.ones(3), 2)]) if answer is len else question().cases
    result = evaluate(question(cases=cases), answer)
    assert result.status == "error" and not result.honest


def test_an_error_on_the_way_is_a_try():
    result = evaluate(question(), failing)
    assert result.status == "error" and result.honest
    assert evaluate(question(), lambda y: y / nothing).honest  # noqa: F821


# --- the inputs that a card shows -----------------------------------------------------------------


def test_long_inputs_are_told_by_shape_until_the_rest_fits():
    long, short = RNG.standard_normal(8), np.array([0.5, -1.0])
    told = Case(long, short, k=3).describe("f")
    assert told == "f(<array of shape (8,), float64>, np.array([0.5, -1.0]), k=3)"
    rounded = np.round(long, 2)
    assert "np.array([" in Case(rounded, k=3).describe("f")
    assert len(Case(rounded, rounded, rounded).describe("f")) <= SHOWN_TEXT + 10
    assert "<list of length 9>" in Case([1 / 7] * 9).describe("f")
    assert "<tensor of shape (9,), float64>" in Case(torch.from_numpy(ROW[:9])).describe("f")
