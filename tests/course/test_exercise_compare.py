"""The comparisons: right answers in several styles, named wrong answers, and answers made to deceive."""

import fractions

import numpy as np
import pytest
import torch

from coursekit.course.check.comparison import (
    all_of,
    choice,
    close,
    exact,
    integers,
    near,
    text,
    threshold,
)
from coursekit.course.check.values import Foreign, as_array, describe, to_plain

RNG = np.random.default_rng(0)
SIGNAL = RNG.standard_normal(64)
SPECTRUM = RNG.standard_normal((33, 9)) + 1j * RNG.standard_normal((33, 9))
POWER = np.abs(SPECTRUM) ** 2


# --- close: right answers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        SIGNAL,
        SIGNAL + 1e-11 * np.max(np.abs(SIGNAL)),
        SIGNAL.tolist(),
        tuple(SIGNAL),
        list(SIGNAL),
        SIGNAL.astype(np.float32),
        torch.from_numpy(SIGNAL),
        torch.from_numpy(SIGNAL).float().requires_grad_(),
        SIGNAL[::-1][::-1],
        np.ma.masked_array(SIGNAL),
    ],
    ids=[
        "same",
        "rounding",
        "list",
        "tuple",
        "list of scalars",
        "float32",
        "tensor",
        "float32 tensor",
        "view",
        "masked",
    ],
)
def test_close_accepts(answer):
    assert close(1e-10).compare(answer, SIGNAL).ok


def test_close_takes_numbers_of_any_kind():
    for answer in (2, 2.0, np.float64(2), np.int16(2), np.array(2.0), torch.tensor(2.0)):
        assert close(1e-10).compare(answer, 2.0).ok


def test_close_takes_bfloat16():
    assert (
        close(1e-10)
        .compare(torch.tensor([1.0, 2.0], dtype=torch.bfloat16), np.array([1.0, 2.0]))
        .ok
    )


def test_close_compares_infinities_and_nan_by_place():
    log_probs = np.array([0.0, -np.inf, np.nan])
    assert close(1e-10).compare(log_probs.copy(), log_probs).ok
    assert not close(1e-10).compare(np.array([0.0, np.inf, np.nan]), log_probs).ok
    assert not close(1e-10).compare(np.array([0.0, -np.inf, 0.0]), log_probs).ok


def test_close_of_silence_counts_the_error_itself():
    assert close(1e-10).compare(np.full(4, 1e-11), np.zeros(4)).ok
    assert not close(1e-10).compare(np.full(4, 1e-9), np.zeros(4)).ok


def test_close_of_empty_arrays():
    assert close(1e-10).compare([], np.zeros(0)).ok


def test_float32_has_its_own_tolerance_and_not_more():
    off = (SIGNAL + 1e-4 * np.max(np.abs(SIGNAL))).astype(np.float32)
    assert not close(1e-10).compare(off, SIGNAL).ok
    assert not close(1e-10).compare(off.astype(float), SIGNAL).ok


def test_one_number_is_not_called_all_values():
    verdict = close(1e-10).compare(0.0, 0.25)
    assert not verdict.ok and "got 0, wanted 0.25" in verdict.details[0]
    assert not any("all values" in line for line in (verdict.message, *verdict.details))


def test_list_can_be_refused():
    verdict = close(1e-10, allow_list=False).compare(SIGNAL.tolist(), SIGNAL)
    assert not verdict.ok and "NumPy array is wanted" in verdict.message


# --- close: what is told about wrong ones ---------------------------------------------------------


@pytest.mark.parametrize(
    "answer, truth, told",
    [
        ("text", SIGNAL, "an array of shape (64,) is wanted, got the text 'text'"),
        (None, SIGNAL, "got None"),
        ({"y": 1}, SIGNAL, "got a dict with the keys 'y'"),
        (np.array(["a"]), SIGNAL, "got a list of length 1"),
        (lambda: 1, SIGNAL, "call the function"),
        ((x for x in SIGNAL), SIGNAL, "collect a generator"),
        ({1, 2}, SIGNAL, "a set has no order"),
        ([[1], [1, 2]], SIGNAL, "rows differ in length"),
        (object(), SIGNAL, "an object of type object"),
        (SIGNAL, 3.0, "one number is wanted"),
        (3.0, POWER, "lost its axis"),
        (SPECTRUM.T, SPECTRUM, "transposed"),
        (SPECTRUM[None], SPECTRUM, "axis of length 1"),
        (SPECTRUM[:, :-1], SPECTRUM, "one frame too few"),
        (np.pad(SPECTRUM, ((0, 0), (0, 1))), SPECTRUM, "one frame too many"),
        (np.pad(SPECTRUM, ((0, 31), (0, 0))), SPECTRUM, "negative frequencies included"),
        (SPECTRUM[:-1], SPECTRUM, "one row too few"),
        (SIGNAL[:-1], SIGNAL, "one value too few"),
        (SIGNAL.reshape(8, 8), SIGNAL, "right number of values"),
        (SIGNAL + 0j, SIGNAL, "the real part is right"),
        (SIGNAL * 1j, SIGNAL, "real numbers are wanted, got complex128"),
        (np.abs(SPECTRUM), SPECTRUM, "the magnitude of the right answer"),
        (POWER, SPECTRUM, "the power of the right answer"),
        (SPECTRUM.real, SPECTRUM, "the real part of the right answer"),
        (np.where(np.arange(64) == 5, np.nan, SIGNAL), SIGNAL, "1 of 64 values are NaN"),
        (np.where(np.arange(64) == 5, np.inf, SIGNAL), SIGNAL, "1 of 64 values are infinite"),
        (
            np.where(np.arange(64) == 5, np.inf, SIGNAL),
            SIGNAL,
            "infinite, finite numbers are wanted",
        ),
        (
            SIGNAL,
            np.where(np.arange(64) == 5, np.inf, SIGNAL),
            "0 of 64 values are infinite, wanted 1",
        ),
        (-np.inf, -3.0, "the number is infinite; a finite one is wanted"),
        (-3.0, -np.inf, "the number is not infinite"),
        (
            np.where(np.arange(64) == 5, 9.0, SIGNAL),
            SIGNAL,
            "first difference at index 5: got 9, wanted ",
        ),
        (np.where(np.arange(64) == 5, 9.0, SIGNAL), SIGNAL, "(1 of 64 values differ)"),
        (
            SIGNAL + 0.1 * np.max(np.abs(SIGNAL)) * np.cos(np.arange(64)),
            SIGNAL,
            "-20.0 dB relative",
        ),
        (2 * SIGNAL, SIGNAL, "a constant factor of 2 (+6.02 dB)"),
        (-SIGNAL, SIGNAL, "sign is flipped"),
        (SIGNAL * 32768, SIGNAL, "16-bit integers"),
        (SIGNAL / 64, SIGNAL, "one 1/n too many"),
        (0.3 * SIGNAL, SIGNAL, "a constant factor of 0.3 (-10.46 dB)"),
        (SIGNAL * 32768 / 32767, SIGNAL, "a constant factor of 1.00003 (+0.0003 dB)"),
        (SPECTRUM * 1j, SPECTRUM, "a constant phase of 90°"),
        (np.conj(SPECTRUM), SPECTRUM, "complex conjugate"),
        (POWER**2, POWER, "the squares of the wanted values"),
        (np.sqrt(POWER), POWER, "the square roots of the wanted values"),
        (SIGNAL + 3, SIGNAL, "a constant offset of 3"),
        (np.roll(SIGNAL, 1), SIGNAL, "one sample late"),
        (np.roll(SIGNAL, -1), SIGNAL, "one sample early"),
        (np.roll(SPECTRUM, 1, axis=1), SPECTRUM, "one frame late"),
        (SIGNAL[::-1], SIGNAL, "reversed"),
        (np.zeros(64), SIGNAL, "all values are zero"),
        (
            SIGNAL * (1 + 1e-8 * np.cos(np.arange(64))),
            SIGNAL,
            "right to 8 digits: float32 or rounding",
        ),
        (440.1, 440.0, "got 440.1, wanted 440"),
    ],
)
def test_close_says_what_is_wrong(answer, truth, told):
    quantity = {id(SIGNAL): "pcm", id(SPECTRUM): "spectrum"}.get(id(truth), "")
    verdict = close(1e-10, float64=True, quantity=quantity).compare(answer, truth)
    assert not verdict.ok
    lines = [verdict.message, *verdict.details]
    assert any(told in line for line in lines), lines
    assert len(lines) <= 4 and all("\n" not in line for line in lines)


def test_real_answer_where_complex_is_wanted():
    told = close(1e-10).compare(np.array([3.0]), np.array([3.0 + 0j])).details
    assert told == ("return complex numbers: x.astype(complex)",)


def test_numbers_are_shown_with_the_digits_that_differ():
    told = close(1e-10, float64=True).compare(np.array([1.00000001, 5.0]), np.array([1.0, 5.0]))
    assert "got 1.00000001, wanted 1" in told.details[0]


def test_small_answers_have_plain_errors_and_sounds_have_decibels():
    few, many = np.arange(1.0, 5.0), np.arange(1.0, 61.0)
    assert close(1e-10).compare(few**3, few).message == "off by up to 60"
    for verdict in (
        close(1e-10, float64=True).compare(many**3, many),
        close(1e-10, sound=8000, float64=True).compare(few**3, few),
    ):
        assert "dB relative to the peak of the right answer (allowed: -200.0 dB)" in verdict.message


def test_pairs():
    assert close(1e-10).compare((2.0, 5.0), np.array([5.0, 2.0])).message == "the two are swapped"
    assert near(0.01, unit="dB").compare((2.0, 5.0), [5.0, 2.0]).message == "the two are swapped"
    assert (
        close(1e-10).compare(2.0, np.array([5.0, 2.0])).message
        == "a pair is wanted, got one number"
    )
    assert close(1e-10).compare(2.0, np.arange(3)).message == "3 numbers are wanted, got one number"


LEVELS = np.array([-6.0, -20.0, -31.0])


@pytest.mark.parametrize(
    "answer, told",
    [
        (LEVELS + 3.01, "a constant offset of 3.01 dB"),
        (10 ** (LEVELS / 20), "look like amplitudes, not decibels"),
        (10 ** (LEVELS / 10), "look like powers, not decibels"),
        (LEVELS * np.log(10), "the natural logarithm"),
        (LEVELS / 2, "10·log10 is for powers"),
        (LEVELS * 1.7, "off by "),
        (LEVELS[::-1] * 1.7, "off by "),
    ],
)
def test_near_in_decibels_names_mistakes_of_decibels(answer, told):
    verdict = near(0.01, unit="dB").compare(answer, LEVELS)
    assert told in verdict.message
    assert "factor" not in verdict.message and "octave" not in verdict.message


def test_frames_are_counted_after_padding_and_spectra_have_bins():
    spectral = close(1e-10, quantity="spectrum")
    assert "n counted after padding" in spectral.compare(SPECTRUM[:, :-1], SPECTRUM).details[0]
    assert spectral.compare(np.roll(SPECTRUM[:, 0], 1), SPECTRUM[:, 0]).message == "one bin late"


def test_one_number_has_no_arbitrary_factor():
    for answer in (1.37, 2.0, -1.0):
        assert "got 1.37, wanted 1" in close(1e-10).compare(1.37, 1.0).details
        assert close(1e-10).compare(answer, 1.0).message == f"off by up to {abs(answer - 1):.6g}"


def test_close_refuses_a_truth_that_is_no_number():
    with pytest.raises(TypeError, match="the truth is the text"):
        close(1e-10).compare(1.0, "one")


# --- the other comparisons ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [[1, 2, 3], (1, 2, 3), np.array([1, 2, 3], dtype=np.int16), torch.tensor([1, 2, 3])]
)
def test_integers_accepts(answer):
    assert integers().compare(answer, np.array([1, 2, 3])).ok


@pytest.mark.parametrize(
    "answer, told",
    [
        ([1.0, 2.0, 3.0], "whole numbers are wanted, got float64"),
        ([True, True, True], "got bool"),
        ([1, 2, 4], "got 4, wanted 3 (1 of 3 values differ)"),
        ([2, 3, 4], "a constant offset of 1"),
        ([1, 2], "one value too few"),
        ("123", "got the text '123'"),
    ],
)
def test_integers_says_what_is_wrong(answer, told):
    verdict = integers().compare(answer, np.array([1, 2, 3]))
    assert not verdict.ok
    assert any(told in line for line in (verdict.message, *verdict.details))


@pytest.mark.parametrize(
    "answer, truth",
    [
        (1, 1), (1.0, 1), (np.float64(0.5), 0.5), ("a", "a"), (np.str_("a"), "a"), ([1, 2], np.array([1, 2])),
        ([("a", 1)], [["a", 1]]), ({"k": [1, None]}, {"k": (1, None)}), (True, np.True_), (10**30, 10**30),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])), ([], []), (None, None),
    ],
)  # fmt: skip
def test_exact_accepts(answer, truth):
    assert exact().compare(answer, truth).ok


@pytest.mark.parametrize(
    "answer, truth, told",
    [
        (1, True, "got the number 1, wanted True"),
        ("1", 1, "got the text '1', wanted the number 1"),
        ([1, 2], [1, 2, 3], "length 2, wanted 3"),
        ([["a", "b"], ["c"]], [["a", "b"], ["d"]], "item [1][0] differs"),
        ({"a": 1}, {"b": 1}, "key 'a'"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "item ['a'][1] differs"),
        (np.array([1, 2]), np.array([1, 3]), "first difference at index 1"),
        (np.array([1, 0]), np.array([True, False]), "wanted True and False"),
        (np.array([True, False]), np.array([1, 0]), "wanted numbers"),
        (0.1 + 0.2, 0.3, "differs"),
        (10**30, 10**30 + 1, "differs"),
        ({"a"}, ["a"], "an object of type set"),
    ],
)
def test_exact_says_what_is_wrong(answer, truth, told):
    verdict = exact().compare(answer, truth)
    assert not verdict.ok
    assert any(told in line for line in (verdict.message, *verdict.details))


@pytest.mark.parametrize(
    "answer, truth, told",
    [
        ("Hello", "hello", "only capital"),
        ("he llo", "hello", "only white space"),
        ("help", "hello", "from character 3"),
        ("hell", "hello", "from character 4"),
        (5, "hello", "text is wanted, got the number 5"),
        (b"hello", "hello", "an object of type bytes"),
    ],
)
def test_text_says_what_is_wrong(answer, truth, told):
    verdict = text().compare(answer, truth)
    assert not verdict.ok and told in verdict.message


def test_text_accepts():
    assert text().compare(" hello\n", "hello").ok
    assert text(ignore_case=True).compare("Hello", "hello").ok


def test_choice():
    assert choice(("up", "down")).compare("Up ", "up").ok
    wrong = choice("abc").compare("a", "b")
    assert not wrong.ok and "'b'" not in wrong.message  # does not give the answer away
    for answer in ("d", 1, None, ["a"]):
        assert "choose one of 'a', 'b', 'c'" in choice("abc").compare(answer, "b").message


def test_near():
    assert near(1.0).compare(440.9, 440).ok
    assert near(0.1, unit="s").compare([1.05, 2.0], np.array([1.0, 2.0])).ok
    assert near(1.0).compare(442, 440).message == "off by 2 Hz (allowed: 1 Hz)"
    assert near(1.0).compare(220.3, 440.0).message == "off by 219.7 Hz (allowed: 1 Hz)"
    assert "index 1" in near(0.1, unit="s").compare([1.0, 2.5], np.array([1.0, 2.0])).details[0]
    assert "NaN" in near(1.0).compare(np.nan, 440.0).message
    assert not near(1.0).compare("440", 440.0).ok


def test_wide_tolerance_finds_no_mistakes_by_chance():
    assert "factor" not in near(50.0).compare(310.0, 130.0).message


def test_threshold():
    accuracy = threshold(lambda answer, truth: np.mean(answer == truth), above=0.7, name="accuracy")
    labels = np.array([1, 0, 1, 1])
    assert accuracy.compare([1, 0, 1, 1], labels).ok
    assert accuracy.compare([1, 1, 1, 0], labels).message == "accuracy is 0.5: above 0.7 is wanted"
    error = threshold(lambda answer, truth: abs(answer - truth), below=2, name="error", unit="Hz")
    assert error.compare(441, 440).ok
    assert error.compare(442, 440).message == "error is 2 Hz: below 2 Hz is wanted"


@pytest.mark.parametrize("answer", ["text", None, [1, "a"], object(), np.zeros((2, 2)), np.nan])
def test_threshold_of_what_cannot_be_measured_is_wrong(answer):
    measure = threshold(
        lambda answer, truth: float(np.asarray(answer) @ truth), above=1, name="SNR"
    )
    assert not measure.compare(answer, np.ones(3)).ok


@pytest.mark.parametrize("limits", [{}, {"above": 1, "below": 2}])
def test_threshold_has_exactly_one_limit(limits):
    with pytest.raises(ValueError, match="exactly one"):
        threshold(lambda answer, truth: 0.0, **limits)


def test_threshold_agrees_by_value_not_by_measure():
    measure = threshold(lambda answer, truth: 100.0, above=1)
    assert measure.agrees([1.0, 2.0], np.array([1.0, 2.0]))
    assert not measure.agrees([1.0, 2.0], np.array([2.0, 1.0]))


def test_all_of_a_dict_and_of_a_tuple():
    parts = all_of({"f0": near(1.0), "name": text()})
    truth = {"f0": 440.0, "name": "a"}
    assert parts.compare({"f0": 440.5, "name": "a"}, truth).ok
    assert parts.compare({"f0": 440.5}, truth).message.startswith("part 'name' is missing")
    assert (
        "part 'name': the text differs" in parts.compare({"f0": 440.0, "name": "b"}, truth).message
    )
    assert "a dict with the keys 'f0', 'name' is wanted" in parts.compare(440.0, truth).message
    assert "2 parts are wanted" in parts.compare(truth | {"more": 1}, truth).message
    pair = all_of([close(1e-10), exact()])
    assert pair.compare((SIGNAL, 8000), (SIGNAL, 8000)).ok
    assert pair.compare(SIGNAL, (SIGNAL, 8000)).message.startswith("2 parts are wanted")
    assert "a tuple of 2 is wanted" in pair.compare(3.0, (SIGNAL, 8000)).message
    assert pair.compare((SIGNAL, 4000), (SIGNAL, 8000)).message.startswith(
        "the second of the two values: "
    )


# --- answers made to deceive ----------------------------------------------------------------------


class AlwaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None
    __array_priority__ = 1e9

    def __array_ufunc__(self, *args, **kwargs):
        return True


class ChosenFloat:
    def __float__(self):
        return 440.0


class ChosenFloatSubclass(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    def __float__(self):
        return 440.0

    __hash__ = float.__hash__


class EqualArray(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(self.shape)

    __hash__ = None


class EqualText(str):
    def __eq__(self, other):
        return True

    def strip(self):
        return self

    def casefold(self):
        return self

    __hash__ = str.__hash__


class EvilRepr:
    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __repr__


class EvilIteration(list):
    def __iter__(self):
        raise SystemExit(3)


class EvilArray:
    def __array__(self, *args, **kwargs):
        raise SystemExit(3)


class EvilMeta(type):
    @property
    def __name__(cls):
        raise RuntimeError("no")


class EvilName(metaclass=EvilMeta):
    pass


nested = []
nested.append(nested)

HOSTILE = [
    AlwaysEqual(), ChosenFloat(), ChosenFloatSubclass(1.0), np.zeros(3).view(EqualArray), EqualText("zzz"),
    EvilRepr(), EvilIteration([1, 2, 3]), EvilArray(), EvilName(), nested, [AlwaysEqual()] * 3,
    {"f0": AlwaysEqual()}, {AlwaysEqual: 1}, np.array([AlwaysEqual()] * 3, dtype=object), 10**5000,
    float("nan"), -float("inf"), np.zeros(0), np.array("2020-01-01", dtype="datetime64[D]"), b"bytes", type,
    range(3), memoryview(b"abc"),
]  # fmt: skip
COMPARISONS = [
    (close(1e-10), np.array([1.0, 2.0, 4.0])), (close(1e-10), 440.0), (near(1.0), 440.0),
    (integers(), np.array([1, 2, 4])), (exact(), ["a", 1, None]), (exact(), 440), (text(), "hello"),
    (choice("abc"), "b"), (all_of({"f0": near(1.0)}), {"f0": 440.0}),
    (all_of([close(1e-10), exact()]), (np.ones(3), "a")),
    (threshold(lambda got, want: 100 - np.sum((got - want) ** 2), above=99), np.array([1.0, 2.0, 4.0])),
]  # fmt: skip


@pytest.mark.parametrize("comparison, truth", COMPARISONS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_no_answer_made_to_deceive_is_right_or_raises(comparison, truth, answer):
    verdict = comparison.compare(answer, truth)
    assert not verdict.ok
    assert verdict.message
    assert sum(map(len, (verdict.message, *verdict.details))) < 1000
    assert comparison.agrees(answer, truth) is False


def test_threshold_refuses_complex_samples_and_names_nan():
    snr = threshold(
        lambda got, want: 10 * np.log10(np.sum(want**2) / np.sum((got - want) ** 2)),
        above=10,
        unit="dB",
    )
    assert "real samples are wanted, got complex128" in snr.compare(SIGNAL + 0j, SIGNAL).message
    holes = np.where(np.arange(64) < 12, np.nan, SIGNAL)
    assert snr.compare(holes, SIGNAL).message == "your result holds 12 NaN: 0/0 somewhere?"
    assert (
        "1 times infinity"
        in snr.compare(np.where(np.arange(64) < 1, np.inf, SIGNAL), SIGNAL).message
    )
    assert snr.compare(SIGNAL.astype(np.float32), SIGNAL).ok


def test_threshold_shows_one_decimal_of_decibels_and_what_the_metric_says():
    level = threshold(lambda got, want: got, above=10, name="SNR", unit="dB")
    assert level.compare(8.4567, 0).message == "SNR is 8.5 dB: above 10 dB is wanted"
    assert level.compare(9.98, 0).message == "SNR is 9.98 dB: above 10 dB is wanted"

    def strict(got, want):
        raise ValueError("wanted 5 samples")

    assert threshold(strict, above=1).compare(SIGNAL, SIGNAL).message == "wanted 5 samples"


def test_integers_judge_the_value_before_the_type():
    told = integers().compare(10584000.0, 10584000).message
    assert (
        told.startswith("a whole number is wanted, got the float 10584000.0: ")
        and "int(...)" in told
    )
    wrong = integers().compare(21.5, 10)
    assert (wrong.message, wrong.details) == ("off by up to 11.5", ("got 21.5, wanted 10",))
    assert (
        integers().agrees(3.0, 3)
        and not integers().agrees(3.5, 3)
        and not integers().agrees(True, 1)
    )


def test_threshold_measures_plain_values_only():
    seen = []
    threshold(lambda answer, truth: seen.append(type(answer)) or 0.0, above=1).compare(
        np.zeros(3).view(EqualArray), 0
    )
    assert seen == [np.ndarray]


# --- plain values ---------------------------------------------------------------------------------


def test_plain_values_are_rebuilt():
    assert (
        type(to_plain(ChosenFloatSubclass(1.0))) is float
        and to_plain(ChosenFloatSubclass(1.0)) == 1.0
    )
    assert type(to_plain(EqualText("a"))) is str
    assert type(to_plain(np.zeros(3).view(EqualArray))) is np.ndarray
    original = [np.zeros(2)]
    to_plain(original)[0][0] = 1
    assert original[0][0] == 0  # a copy


def test_plain_is_plain_already():
    for value in (None, 1, [1, "a"], {"a": 1.0}, Foreign("set")):
        assert to_plain(to_plain(value)) == to_plain(value)


@pytest.mark.parametrize(
    "value", ["a", None, {"a": 1}, ["a"], [None], Foreign("set"), [1, [2]], [2**70]]
)
def test_what_is_no_array(value):
    assert as_array(value) is None


def test_descriptions_are_short():
    for plain in (None, 10**5000, "x" * 10**6, ["a"] * 10**5, {str(i): 1 for i in range(1000)}):
        assert len(describe(plain)) < 120


def test_threshold_names_an_imaginary_part_that_is_only_rounding():
    comparison = threshold(lambda answer, truth: 0.0, above=10)
    y = np.ones(8)
    assert "return y.real" in comparison.compare(y + 1e-15j, y).message
    assert "clear both halves" in comparison.compare(y + 0.5j, y).message


def test_whole_numbers_beyond_64_bits_are_compared_to_the_last_digit():
    big = 2**130 + 1
    for right in (big, np.asarray(big)):
        assert integers().compare(right, big).ok and integers().agrees(right, big)
    for wrong in (big - 1, int(float(big)), -big, np.int64(1), 0):
        verdict = integers().compare(wrong, big)
        assert not verdict.ok and "to the last digit" in verdict.message
        assert not integers().agrees(wrong, big) and not integers().agrees(big, wrong)
    for other in (float(big), None, "1", True, [big], np.array([1, 2])):
        verdict = integers().compare(other, big)
        assert verdict.of_form and "a whole number is wanted" in verdict.message


def test_fraction_is_a_number():
    assert close(1e-9).compare(fractions.Fraction(3, 4), 0.75).ok
    assert not close(1e-9).compare(fractions.Fraction(3, 5), 0.75).ok


def test_shares_in_float16_are_not_told_to_be_divided_by_their_sum():
    want = np.array([[0.7, 0.3], [0.1, 0.9]])
    shares = close(1e-9, quantity="probability")
    assert "divide by it" in shares.compare(1.01 * want, want).message
    assert "divide by it" not in shares.compare(want.astype(np.float16), want).message
