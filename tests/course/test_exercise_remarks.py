"""Remarks stand where they are true, tolerances follow float32, small inputs can be pasted."""

import time

import numpy as np
import pytest
import torch

from coursekit.course.check.comparison import FLOAT32_RTOL
from coursekit.course.check.marking import evaluate
from coursekit.course.check.question import Case, Mutant, Question
from coursekit.course.check.values import as_code
from coursekit.exercise import all_of, choice, close, exact, integers, near

RNG = np.random.default_rng(0)
ROW = RNG.uniform(0.5, 2, 64)
TABLE = RNG.uniform(0.5, 2, (33, 9))
WEIGHTS = ROW / ROW.sum()

STORIES = (
    "one-sided", "two-sided", "octave", "log10", "RMS", "peak against", "integers", "phase", "hertz", "kHz", "seconds",
    "power", "amplitude", "1/n", "bins", "frame", "sample", "dB", "whole signal", "exponent",
)  # fmt: skip


def told(comparison, answer, truth):
    verdict = comparison.compare(answer, truth)
    assert not verdict.ok
    return "\n".join((verdict.message, *verdict.details))


MISTAKES = {
    "twice": 2 * ROW,
    "half": ROW / 2,
    "root of two": ROW * np.sqrt(2),
    "root of a half": ROW / np.sqrt(2),
    "two pi": ROW * 2 * np.pi,
    "milli": ROW * 1000,
    "flipped": -ROW,
    "codes": ROW * 32768,
    "n times": ROW * 64,
    "a factor": ROW * 0.3,
    "squares": ROW**2,
    "roots": np.sqrt(ROW),
    "late": np.roll(ROW, 1),
    "one too many": np.append(ROW, 1),
    "twice as many": np.append(ROW, ROW[:-2]),
}


@pytest.mark.parametrize("answer", MISTAKES.values(), ids=MISTAKES)
def test_without_a_quantity_the_bare_fact_is_told(answer):
    message = close(1e-10).compare(answer, ROW).message
    assert not [story for story in STORIES if story in message], message


@pytest.mark.parametrize(
    "answer", [TABLE[:, :-1], TABLE[:-1], np.vstack([TABLE, TABLE[:31]]), np.roll(TABLE, 1, axis=1)]
)
def test_shapes_without_a_quantity_have_rows_and_columns(answer):
    text = told(close(1e-10), answer, TABLE)
    assert not [story for story in ("bins", "n_fft", "frame", "frequencies") if story in text]


def test_one_number_wanted():
    plain = close(1e-10).compare(ROW, 1.0).details
    assert plain == ("one number is wanted, not an array",)
    sound = close(1e-10, quantity="amplitude").compare(ROW, 1.0).details
    assert "over the whole signal" in sound[0]


@pytest.mark.parametrize(
    "quantity, answer, words",
    [
        ("", 2 * ROW, "a constant factor of 2 (twice the wanted value)"),
        ("", ROW / 2, "a constant factor of 0.5 (half the wanted value)"),
        ("", 64 * ROW, "a constant factor of 64 (n = 64 times the wanted value)"),
        ("", -ROW, "a constant factor of -1 (the sign is flipped)"),
        ("spectrum", 2 * ROW, "(+6.02 dB): twice the wanted value: two-sided against one-sided?"),
        ("spectrum", 64 * ROW, "n = 64 times the wanted value: a missing 1/n"),
        ("spectrum", ROW**2, "the squares of the wanted values: power where amplitude is wanted"),
        ("power", np.sqrt(ROW), "the square roots of the wanted values: amplitude where power is"),
        ("power", 2 * ROW, "a constant factor of 2 (twice the wanted value): two-sided"),
        ("amplitude", ROW * np.sqrt(2), "√2 times the wanted value: peak against RMS"),
        ("amplitude", -ROW, "the sign is flipped: a phase of 180°"),
        ("amplitude", np.roll(ROW, 1), "one sample late"),
        ("pcm", 32768 * ROW, "16-bit integers against floats"),
        (
            "frequency",
            2 * ROW,
            "a constant factor of 2 (twice the wanted value): an octave too high",
        ),
        ("frequency", 2 * np.pi * ROW, "radians per second against hertz"),
        ("time", ROW * 1000, "milliseconds against seconds"),
        ("decibels", ROW + 3, "a constant offset of 3 dB"),
        ("log probability", np.exp(ROW), "a probability where its logarithm is wanted"),
        ("log probability", ROW / np.log(10), "np.log10 in place of np.log"),
    ],
)
def test_a_quantity_has_its_own_stories(quantity, answer, words):
    assert words in close(1e-10, quantity=quantity).compare(answer, ROW).message


def test_probabilities_that_are_not_divided():
    weights = close(1e-10, quantity="probability")
    assert (
        "right but for their sum, which is 2 and must be 1"
        in weights.compare(2 * WEIGHTS, WEIGHTS).message
    )
    rows = np.stack([WEIGHTS, WEIGHTS[::-1]])
    assert "divide by it" in weights.compare(rows * [[2.0], [3.0]], rows).message
    assert "the logarithm of the wanted value" in weights.compare(np.log(WEIGHTS), WEIGHTS).message


def test_frames_and_bins_of_spectra_and_features():
    assert "one frame too few" in told(close(1e-10, quantity="frames"), TABLE[:, :-1], TABLE)
    assert "n counted after padding" in told(
        close(1e-10, quantity="spectrum"), TABLE[:, :-1], TABLE
    )
    assert "n_fft // 2 + 1 bins" in told(close(1e-10, quantity="spectrum"), TABLE[:-1], TABLE)
    assert told(close(1e-10, quantity="frames"), TABLE[:-1], TABLE).endswith("one row too few")


def test_few_numbers_are_no_squares_by_chance():
    zeros_and_ones = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    assert "root" not in told(close(1e-10), np.sqrt(2 * zeros_and_ones), zeros_and_ones)
    assert "squares" not in told(close(1e-10), [1.0, 16.0], np.array([1.0, 4.0]))
    assert "root" not in told(integers(), [2], np.array([4]))


def test_units_say_the_quantity():
    f = np.array([110.0, 220.0, 330.0])
    assert "an octave too low" in near(0.01, unit="Hz").compare(f / 2, f).message
    assert "octave" not in near(0.01, unit="turns").compare(f / 2, f).message
    assert "seconds against" in near(1e-4, unit="s").compare(f / 1000, f).message


def test_unknown_quantity_is_refused():
    for comparison in (close, near):
        with pytest.raises(ValueError, match="quantity is 'loudness': wanted one of 'spectrum'"):
            comparison(1e-3, quantity="loudness")


# --- what float32 can do --------------------------------------------------------------------------


@pytest.mark.parametrize("dress", [list, tuple, np.array, lambda x: np.float32(x).astype(float)])
def test_float32_arithmetic_passes_in_any_dress(dress):
    computed = [float(np.float32(x)) for x in ROW]
    assert close(1e-10).compare(dress(computed), ROW).ok
    assert not close(1e-10, float64=True).compare(dress(computed), ROW).ok


def test_a_number_from_float32():
    total = float(np.sum(ROW.astype(np.float32)))
    assert close(1e-10).compare(total, ROW.sum()).ok and near(1e-9).compare(total, ROW.sum()).ok


def test_ten_digits_where_the_statement_asks_for_them():
    off = ROW * (1 + 1e-7 * np.cos(np.arange(64)))
    verdict = close(1e-10, float64=True).compare(off, ROW)
    assert "right to 7 digits: float32 or rounding" in verdict.message
    assert close(1e-10).compare(off, ROW).ok
    assert not close(1e-10, float64=True).compare(ROW.astype(np.float32), ROW).ok
    assert close(1e-10).compare(ROW.astype(np.float32), ROW).ok


def test_more_than_float32_is_wrong():
    assert not close(1e-10).compare(ROW * (1 + 3 * FLOAT32_RTOL), ROW).ok
    assert close(1e-3).compare(ROW * (1 + 5e-4), ROW).ok


# --- choices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", ["0", " 0 ", 0, 0.0, np.int64(0), np.uint8(0), np.str_("0"), np.array(0)]
)
def test_a_number_is_a_choice(answer):
    assert choice(("0", "1")).compare(answer, "0").ok


@pytest.mark.parametrize(
    "answer", [True, np.True_, 1.5, np.nan, np.inf, [1], None, 10**400, 1 + 0j]
)
def test_what_is_no_choice(answer):
    verdict = choice(("0", "1")).compare(answer, "1")
    assert not verdict.ok and "choose one of '0', '1'" in verdict.message


def test_a_wrong_number_is_quoted():
    assert choice(("0", "1")).compare(0, "1").message == "'0' is not what happens"


# --- parts and inputs -----------------------------------------------------------------------------


def test_parts_are_counted_in_words():
    pair = all_of((close(1e-9), close(1e-9)))
    assert pair.compare((ROW, 2 * ROW), (ROW, ROW)).message.startswith(
        "the second of the two values: "
    )
    assert (
        "the third of the three values is missing"
        in all_of([exact()] * 3).compare([1, 2], [1, 2, 3]).message
    )
    assert (
        all_of([exact()] * 6)
        .compare([1, 2, 3, 4, 5, 0], [1, 2, 3, 4, 5, 6])
        .message.startswith("value 6 of 6: ")
    )


SMALL = [
    np.array([0.5, -0.25, 1 / 3, 1e-300]),
    np.array([[1, 2], [3, 4]]),
    np.array([1.1, 2.2], dtype=np.float32),
    np.array([1, 2], dtype=np.int16),
    np.array([0.1 + 2j, 3]),
    np.array([np.nan, np.inf, -np.inf]),
    np.array([True, False]),
    np.zeros((0,)),
    np.array(3.5),
    np.float64(0.1),
    [1, 2.5, "a", None, True],
    (1, [2, np.array([3.0])]),
    ("one",),
    {"a": [1, 2]},
    float("-inf"),
    torch.tensor([1.5, 2.5]),
    torch.tensor([[1, 2], [3, 4]]),
    torch.tensor([1.5], dtype=torch.float64),
    torch.tensor([True, False]),
]


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b) and a.dtype == b.dtype
    if isinstance(a, np.ndarray) and a.ndim:
        return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") and a.dtype == b.dtype
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


@pytest.mark.parametrize("value", SMALL, ids=as_code)
def test_small_inputs_can_be_pasted(value):
    assert same(value, eval(as_code(value), {"np": np, "torch": torch}))


@pytest.mark.parametrize(
    "value, shown",
    [
        (np.zeros(400), "<array of shape (400,), float64>"),
        (np.zeros((3, 5), dtype=np.int16), "<array of shape (3, 5), int16>"),
        (torch.zeros(3, 5), "<tensor of shape (3, 5), float32>"),
        (list(range(50)), "<list of length 50>"),
        ([np.zeros(40), np.zeros(3)], "<list of length 2>"),
        (print, "<builtin_function_or_method>"),
        (object(), "<object>"),
    ],
)
def test_longer_inputs_are_told_by_shape_and_type(value, shown):
    assert as_code(value) == shown


def test_the_card_shows_the_case():
    question = Question(
        id="01.half", title="Half", points=2, kind="core", name="half", compare=close(1e-10), hints=("a", "b", "c"),
        cases=lambda rng: [Case(np.array([1.0, 2.5]), k=2), Case(np.zeros(400), k=3)], oracle=lambda y, k: y / k,
    )  # fmt: skip
    result = evaluate(question, lambda y, k: y * k)
    assert result.details[-1] == "in half(np.array([1.0, 2.5]), k=2); 1 of 2 cases is right"


# --- mistakes that give no value ------------------------------------------------------------------


def raising(answer, raises, **changes):
    fields = dict(
        id="01.half", title="Half", points=2, kind="core", name="half", compare=close(1e-10), hints=("a", "b", "c"),
        cases=lambda rng: [Case(np.ones(4))], oracle=lambda y: y / 2, time_limit=0.3,
        mutants=(Mutant("beyond", answer, "After the last place comes the first.", raises=raises),),
    )  # fmt: skip
    return Question(**fields | changes)


def test_a_known_mistake_that_ends_in_an_error_is_named():
    question = raising(lambda y: y[7], IndexError)
    result = evaluate(question, lambda y: y[7])
    assert (result.status, result.mutant) == ("error", "beyond")
    assert result.headline.startswith("IndexError: ")
    assert result.details[0] == "After the last place comes the first."
    other = evaluate(question, lambda y: y[8])
    assert (other.status, other.mutant) == ("error", None)
    assert evaluate(question, lambda y: y / 2).passed


def test_a_known_mistake_that_never_ends_is_named():
    def endless(y):
        while True:
            time.sleep(0.01)

    def gives_up(y):
        raise TimeoutError("it would never end")

    result = evaluate(raising(gives_up, TimeoutError), endless)
    assert result.mutant == "beyond" and "No answer after" in result.headline
    assert evaluate(raising(lambda y: y[7], IndexError), endless).mutant is None
