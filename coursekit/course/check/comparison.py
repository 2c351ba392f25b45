"""Comparisons: small objects that decide whether an answer equals the truth, and say what differs.

Each has ``compare(answer, truth)``, which returns a `Verdict` and does not raise whatever the answer is, and
``agrees(answer, other)``, which finds the named mistake whose answer was given. Both first make the answer
plain (see `coursekit.course.check.values`). The classes have lower-case names because
questions.py writes them as calls: ``compare=close(1e-10)``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace

import numpy as np

from coursekit.course.check import mistakes
from coursekit.course.check.values import (
    as_array,
    decibels,
    describe,
    number,
    one_decimal,
    quote,
    to_plain,
    two_numbers,
)

# What float32 can do, relative to the peak. It carries 24 bits, so one operation errs by up to 6e-8 of its result, and
# a chain of some hundreds (a sum over frames, a filter, an angle of some hundred radians) by some 1e-6 to 1e-5 of the
# largest number on the way. A wrong formula is further off than that, or its case is too tame.
FLOAT32_RTOL = 2e-5
SMALL = 50  # values; so few are told as they are, more by a level in dB
QUANTITY_OF_UNIT = {"dB": "decibels", "Hz": "frequency", "s": "time"}
DUST = 1e-12  # of the peak: less than this is rounding of what ought to be 0
LOOSEST = 0.02  # with a wider tolerance than 2 %, near() would call chance a mistake with a name


@dataclass(frozen=True)
class Verdict:
    """What a comparison found: `message` is one line, `details` are further lines.

    `of_form` says that the answer has the wrong form (type, shape …): then nothing is told about its value.
    `at` is the index of the first value that differs, `measured` what a threshold measured. `settled` says that
    nothing else is wrong, so that no named mistake is looked for.
    """

    ok: bool
    message: str = ""
    details: tuple[str, ...] = ()
    of_form: bool = False
    at: tuple[int, ...] | None = None
    measured: float | None = None
    settled: bool = False


RIGHT = Verdict(True)


class Comparison:
    """Base of all comparisons; a subclass defines `judge`."""

    sound: int | None = (
        None  # sample rate of the answer in Hz, where it is a sound that can be played
    )

    def compare(self, answer: object, truth: object) -> Verdict:
        """Judge `answer` against `truth`; whatever the answer is, this returns a `Verdict`."""
        return self.judge(to_plain(answer), to_plain(truth))

    def agrees(self, answer: object, other: object) -> bool:
        """Return whether `answer` is the same as `other`, the answer of a named mistake."""
        return self.compare(answer, other).ok

    def judge(self, answer: object, truth: object) -> Verdict:
        """Judge a plain answer against a plain truth."""
        raise NotImplementedError

    def summary(self, verdicts: Sequence[Verdict]) -> str:
        """Return one line about right answers to all cases, where there is more to say than that."""
        return ""


@dataclass(frozen=True)
class close(Comparison):
    """Numbers equal up to a relative error: max|answer - truth| <= rtol * max|truth|.

    Parameters
    ----------
    rtol : float
        Largest error relative to the truth's peak; what float32 can do (FLOAT32_RTOL) is granted in any case.
    float64 : bool
        Grant rtol alone, and refuse a result that is itself in single precision. Only for a question whose
        statement asks for float64 or double precision in words.
    quantity : str
        What the numbers are, one of `mistakes.QUANTITIES`: which stories are told about a wrong factor or shape.
    sound : int or None
        Sample rate in Hz where the answer is a sound; the card then plays the error.
    allow_list : bool
        Accept a list where an array is wanted.

    Examples
    --------
    >>> close(1e-10).compare([2.0, 4.0, 2.0], np.array([1.0, 2.0, 1.0])).message
    'a constant factor of 2 (twice the wanted value)'
    """

    rtol: float
    _: KW_ONLY
    float64: bool = False
    quantity: str = ""
    sound: int | None = None
    allow_list: bool = True

    def __post_init__(self) -> None:
        """Refuse a quantity that nothing is known about."""
        _refuse_quantity(self.quantity)

    def judge(self, answer: object, truth: object) -> Verdict:
        """Judge by type, shape, dtype, NaN and infinity, then values."""
        want = as_array(truth)
        if want is None:
            raise TypeError(f"close() compares numbers, and the truth is {describe(truth)}")
        quantity = self.quantity or ("amplitude" if self.sound else "")
        got, fault = _array_like(answer, want, allow_list=self.allow_list, quantity=quantity)
        fault = fault or _wrong_dtype(got, want) or _wrong_specials(got, want)
        return fault or self._judge_values(got, want, quantity)

    def agrees(self, answer: object, other: object) -> bool:
        """Return whether both are the same values; of one in single precision no more is asked than that can do."""
        answer = to_plain(answer)
        single = isinstance(answer, np.ndarray) and _is_single(answer)
        return (replace(self, float64=False) if single else self).compare(answer, other).ok

    def _judge_values(self, got: np.ndarray, want: np.ndarray, quantity: str) -> Verdict:
        single, dtype = _is_single(got), got.dtype
        got, want = _finite(got), _finite(want)
        plain = not single and (
            self.float64 or not np.any(want)
        )  # of silence float32 errs by nothing
        rtol = self.rtol if plain else max(self.rtol, FLOAT32_RTOL)
        peak = (
            float(np.max(np.abs(want), initial=0.0)) or 1.0
        )  # a silent truth: the error itself counts
        error = np.abs(got - want)
        worst = float(np.max(error, initial=0.0)) / peak
        if worst <= rtol:
            return _too_coarse(dtype) if single and self.float64 else RIGHT
        wrong = error > rtol * peak
        off = (
            f"off by up to {number(np.max(error))}"
            if self.sound is None and want.size < SMALL
            else f"the largest error is {decibels(worst)} relative to the peak of the right answer "
            f"(allowed: {decibels(rtol)})"
        )
        within = max(mistakes.SAME, 0.0 if self.float64 else FLOAT32_RTOL)
        explained = mistakes.of_values(got, want, within=within, quantity=quantity)
        return _wrong_values(explained, off, wrong, got, want)


def _is_single(array: np.ndarray) -> bool:
    return array.dtype in (np.float16, np.float32, np.complex64)


def _too_coarse(dtype: np.dtype) -> Verdict:
    wide = "complex128" if dtype.kind == "c" else "float64"
    return replace(
        _wrong_form(
            f"the statement asks for double precision; this is {dtype}, which has about "
            f"{3 if dtype == np.float16 else 7} digits: compute in {wide} from the first step on"
        ),
        settled=True,
    )


@dataclass(frozen=True)
class integers(Comparison):
    """Whole numbers, all equal; a float is not accepted even when it is right, because it cannot be an index.

    Examples
    --------
    >>> integers().compare([1, 2, 4], np.array([1, 2, 3])).message
    'off by up to 1'
    >>> integers().compare(2**70 + 1, 2**70).message
    'off by 1: it is to be exact to the last digit'
    """

    def judge(self, answer: object, truth: object) -> Verdict:
        """Judge by type, shape and values, and the type of right values last."""
        if _beyond_64_bits(truth):
            return _compared_exactly(answer, truth)
        want = as_array(truth)
        if want is None or want.dtype.kind not in "iu":
            raise TypeError(f"integers() compares integers, and the truth is {describe(truth)}")
        got, fault = _array_like(answer, want, allow_list=True)
        if fault:
            return fault
        if got.size and got.dtype.kind not in "iuf":
            return _wrong_form(f"whole numbers are wanted, got {got.dtype}")
        wrong = got != want
        if np.any(wrong):
            got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
            off = f"off by up to {number(np.max(np.abs(got - want)))}"
            whole = {"within": 1e-9}  # they are exact: nothing is right to some digits
            explained = mistakes.of_values(got, want, **whole) if np.all(np.isfinite(got)) else None
            return _wrong_values(explained, off, wrong, got, want)
        if got.size and got.dtype.kind == "f":
            return _float_where_integer(got)
        return RIGHT

    def agrees(self, answer: object, other: object) -> bool:
        """Return whether both hold the same numbers; a named mistake may be made in floats, too."""
        answer, other = to_plain(answer), to_plain(other)
        if _beyond_64_bits(answer) or _beyond_64_bits(other):
            return isinstance(answer, int) and isinstance(other, int) and answer == other
        got, want = as_array(answer), as_array(other)
        if got is None or want is None or (got.dtype == bool) != (want.dtype == bool):
            return False
        return got.shape == want.shape and bool(np.all(got == want))


def _beyond_64_bits(plain: object) -> bool:
    """Return whether this is a whole number that no array of integers holds."""
    return isinstance(plain, int) and not -(2**63) <= plain < 2**64


def _compared_exactly(answer: object, truth: int) -> Verdict:
    got = answer.item() if isinstance(answer, np.ndarray) and answer.ndim == 0 else answer
    if isinstance(got, float):
        return _wrong_form(
            f"a whole number is wanted, got the float {number(got)}: it has 53 bits, and this number more"
        )
    if isinstance(got, bool) or not isinstance(got, int):
        return _wrong_form(f"a whole number is wanted, got {describe(answer)}")
    if got == truth:
        return RIGHT
    off = abs(got - truth)
    return Verdict(
        False,
        f"off by {number(float(off) if off.bit_length() < 1000 else off)}: it is to be exact to the last digit",
        ("beyond 64 bits Python's own int is exact; floats and NumPy's integers are not",),
    )


def _float_where_integer(got: np.ndarray) -> Verdict:
    why = "/ always gives a float, and // gives one where one of its arguments is a float"
    if got.ndim:
        return _wrong_form(f"whole numbers are wanted, got {got.dtype}: {why}. Use x.astype(int)")
    return _wrong_form(
        f"a whole number is wanted, got the float {float(got)}: {why}. Wrap it in int(...)"
    )


@dataclass(frozen=True)
class exact(Comparison):
    """Plain data equal in every part: numbers, text, lists, dicts and arrays, nested as they come.

    Examples
    --------
    >>> exact().compare(["a", "b"], ["a", "c"]).message
    "item [1] differs: got the text 'b', wanted the text 'c'"
    """

    def judge(self, answer: object, truth: object) -> Verdict:
        """Walk through both and stop at the first difference."""
        return _first_unequal(answer, truth, where="")


@dataclass(frozen=True)
class text(Comparison):
    """One piece of text; white space at the ends does not count.

    Parameters
    ----------
    ignore_case : bool
        Take capital and small letters as equal.

    Examples
    --------
    >>> text().compare("Yes", "yes").message
    'only capital and small letters differ'
    """

    _: KW_ONLY
    ignore_case: bool = False

    def judge(self, answer: object, truth: object) -> Verdict:
        """Judge by type, then characters."""
        if not isinstance(answer, str):
            return _wrong_form(f"text is wanted, got {describe(answer)}")
        got, want = answer.strip(), truth.strip()
        if self.ignore_case:
            got, want = got.casefold(), want.casefold()
        if got == want:
            return RIGHT
        if got.casefold() == want.casefold():
            return Verdict(False, "only capital and small letters differ")
        if got.split() == want.split() or "".join(got.split()) == "".join(want.split()):
            return Verdict(False, "only white space differs")
        at = next(
            (i for i, (a, b) in enumerate(zip(got, want, strict=False)) if a != b),
            min(len(got), len(want)),
        )
        shown = f"got {quote(got[at:])} where {quote(want[at:])} is wanted"
        return Verdict(False, f"the text differs from character {at}", (shown,))


@dataclass(frozen=True)
class choice(Comparison):
    """One of a few options, for predictions; a wrong option does not show the right one.

    Parameters
    ----------
    options : sequence of str
        The letters, words or numbers to choose from; capital letters and white space do not count, and 0 is taken
        for "0".

    Examples
    --------
    >>> choice("abc").compare(" B ", "b").ok, choice("abc").compare("d", "b").message
    (True, "choose one of 'a', 'b', 'c': got the text 'd'")
    """

    options: Sequence[str]

    def judge(self, answer: object, truth: object) -> Verdict:
        """Judge a choice."""
        written = _as_written(answer)
        chosen = None if written is None else written.strip().casefold()
        if chosen not in [option.casefold() for option in self.options]:
            listed = ", ".join(repr(option) for option in self.options)
            return _wrong_form(f"choose one of {listed}: got {describe(answer)}")
        if chosen == truth.strip().casefold():
            return RIGHT
        return Verdict(False, f"{quote(written.strip())} is not what happens")


def _as_written(answer: object) -> str | None:
    """Return a choice as text; a whole number as its digits, and a bool, which is no number here, as None."""
    if isinstance(answer, np.ndarray) and answer.ndim == 0:
        answer = answer.item()  # a NumPy number
    if isinstance(answer, str):
        return answer
    if isinstance(answer, bool) or not isinstance(answer, int | float) or answer != answer // 1:
        return None
    return str(int(answer)) if abs(answer) < 2**53 else None


@dataclass(frozen=True)
class near(Comparison):
    """Numbers within an absolute tolerance that has a unit.

    Parameters
    ----------
    tolerance : float
        Largest difference, in `unit`.
    unit : str
        Name of the unit, for the message.
    quantity : str
        What the numbers are, one of `mistakes.QUANTITIES`; left out, the unit says it where it is dB, Hz or s.

    Examples
    --------
    >>> near(1.0, unit="Hz").compare(443, 440).message
    'off by 3 Hz (allowed: 1 Hz)'
    """

    tolerance: float
    _: KW_ONLY
    unit: str = "Hz"
    quantity: str = ""

    def __post_init__(self) -> None:
        """Refuse a quantity that nothing is known about."""
        _refuse_quantity(self.quantity)

    def judge(self, answer: object, truth: object) -> Verdict:
        """Judge by type, shape, dtype, NaN and infinity, then distance."""
        want = as_array(truth)
        if want is None:
            raise TypeError(f"near() compares numbers, and the truth is {describe(truth)}")
        quantity = self.quantity or QUANTITY_OF_UNIT.get(self.unit, "")
        got, fault = _array_like(answer, want, allow_list=True, quantity=quantity)
        fault = fault or _wrong_dtype(got, want) or _wrong_specials(got, want)
        if fault:
            return fault
        got, want = _finite(got), _finite(want)
        error = np.abs(got - want)
        tolerance = max(self.tolerance, FLOAT32_RTOL * float(np.max(np.abs(want), initial=0.0)))
        if np.max(error, initial=0.0) <= tolerance:
            return RIGHT
        off = f"off by {number(np.max(error))} {self.unit} (allowed: {number(self.tolerance)} {self.unit})"
        within = min(self.tolerance / (float(np.max(np.abs(want))) or 1.0), LOOSEST)
        explained = mistakes.of_values(got, want, within=within, quantity=quantity)
        return _wrong_values(explained, off, error > tolerance, got, want)


@dataclass(frozen=True)
class threshold(Comparison):
    """A measure of the answer that must lie above or below a limit, for experiments.

    Parameters
    ----------
    metric : callable
        ``metric(answer, truth) -> float``; lists of numbers and tensors come as arrays, the truth as it is.
    above, below : float or None
        The limit, not included; exactly one of them.
    name, unit : str
        What is measured, for the message.
    sound : int or None
        Sample rate in Hz where answer and truth are sounds; the card then plays the error.

    Examples
    --------
    >>> snr = threshold(lambda answer, truth: answer - truth, above=10, name="SNR", unit="dB")
    >>> snr.compare(12.5, 4).message
    'SNR is 8.5 dB: above 10 dB is wanted'
    """

    metric: Callable[[object, object], float]
    _: KW_ONLY
    above: float | None = None
    below: float | None = None
    name: str = "the measure"
    unit: str = ""
    sound: int | None = None

    def __post_init__(self) -> None:
        """Refuse a threshold with no limit or with two."""
        if (self.above is None) == (self.below is None):
            raise ValueError("threshold() takes exactly one of above=... and below=...")

    def compare(self, answer: object, truth: object) -> Verdict:
        """Measure the answer; a measure that cannot be taken is a wrong answer that says why."""
        answer = to_plain(answer)
        got, want = as_array(answer), as_array(to_plain(truth))
        if (
            got is not None
            and want is not None
            and np.iscomplexobj(got)
            and not np.iscomplexobj(want)
        ):
            rounding = np.max(np.abs(got.imag), initial=0.0) < 1e-9 * np.max(
                np.abs(got.real), initial=0.0
            )
            mend = "the imaginary part is only rounding: return y.real"
            if not rounding:
                mend = "with np.fft.fft clear both halves, or use rfft/irfft"
            return _wrong_form(f"real samples are wanted, got {got.dtype}: {mend}")
        try:
            value = float(
                self.metric(got if isinstance(answer, list) and got is not None else answer, truth)
            )
        except ValueError as error:  # a metric says in this way what it cannot take
            return _wrong_form(str(error)[:200])
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            return _wrong_form(f"{self.name} cannot be measured on {describe(answer)}", reason)
        if not np.isfinite(value) and got is not None and not np.all(np.isfinite(got)):
            return Verdict(False, _specials(got))
        if value > self.above if self.above is not None else value < self.below:
            return Verdict(True, measured=value)
        side, limit = ("above", self.above) if self.above is not None else ("below", self.below)
        shown = self._shown(value)
        if shown == self._shown(limit):  # 9.98 dB is not above 10 dB
            shown = number(value)
        unit = f" {self.unit}" if self.unit else ""
        return Verdict(
            False, f"{self.name} is {shown}{unit}: {side} {number(limit)}{unit} is wanted"
        )

    def summary(self, verdicts: Sequence[Verdict]) -> str:
        """Return what was measured in each case."""
        values = ", ".join(self._shown(verdict.measured) for verdict in verdicts)
        return f"{self.name}: {values} {self.unit}".strip()

    def _shown(self, value: float) -> str:
        return one_decimal(value) if self.unit == "dB" else number(value)

    def agrees(self, answer: object, other: object) -> bool:
        """Return whether both are the same values; the measure alone does not tell two mistakes apart."""
        return same_values(answer, other)


@dataclass(frozen=True)
class all_of(Comparison):
    """Several parts, each with a comparison of its own: a dict by key, a tuple or list by position.

    Parameters
    ----------
    parts : dict of str to Comparison, or sequence of Comparison
        What to compare in each part of the answer.

    Examples
    --------
    >>> both = all_of({"f0": near(1.0), "voiced": exact()})
    >>> both.compare({"f0": 100.0, "voiced": True}, {"f0": 110.0, "voiced": True}).message
    "part 'f0': off by 10 Hz (allowed: 1 Hz)"
    """

    parts: Mapping[str, Comparison] | Sequence[Comparison]

    def compare(self, answer: object, truth: object) -> Verdict:
        """Judge part by part and stop at the first that is wrong."""
        return self._each(to_plain(answer), truth, Comparison.compare)

    def agrees(self, answer: object, other: object) -> bool:
        """Return whether every part agrees, each by its own comparison."""

        def agreement(comparison: Comparison, got: object, want: object) -> Verdict:
            return Verdict(comparison.agrees(got, want))

        return self._each(to_plain(answer), to_plain(other), agreement).ok

    def _each(self, answer: object, truth: object, verdict_of: Callable) -> Verdict:
        named = isinstance(self.parts, Mapping)
        keys = list(self.parts) if named else list(range(len(self.parts)))
        if isinstance(answer, np.ndarray) and answer.ndim and not named:
            answer = list(answer)  # a tuple of equal parts may come as one array
        if not isinstance(answer, dict if named else list):
            kind = (
                f"a dict with the keys {', '.join(map(repr, keys))}"
                if named
                else f"a tuple of {len(keys)}"
            )
            got = describe(answer)
            if isinstance(answer, list):  # a tuple has become one on the way here
                got = f"a list or a tuple of length {len(answer)}"
            return _wrong_form(f"{kind} is wanted, got {got}")
        missing = [key for key in keys if (key not in answer if named else key >= len(answer))]
        if missing:
            return _wrong_form(f"{_part(missing[0], len(keys))} is missing: got {describe(answer)}")
        if len(answer) > len(keys):
            return _wrong_form(f"{len(keys)} parts are wanted, got {describe(answer)}")
        for key in keys:
            verdict = verdict_of(self.parts[key], answer[key], truth[key])
            if not verdict.ok:
                return replace(verdict, message=f"{_part(key, len(keys))}: {verdict.message}")
        return RIGHT


def _part(key: object, n: int) -> str:
    """Return the words for one part of several: its key, or its place.

    Examples
    --------
    >>> _part("f0", 2), _part(0, 2), _part(6, 7)
    ("part 'f0'", 'the first of the two values', 'value 7 of 7')
    """
    if isinstance(key, str):
        return f"part {key!r}"
    ordinals, numbers = ("first", "second", "third", "fourth"), ("one", "two", "three", "four")
    if n > len(numbers):
        return f"value {key + 1} of {n}"
    return f"the {ordinals[key]} of the {numbers[n - 1]} values"


def same_values(answer: object, other: object) -> bool:
    """Return whether two values are the same: numbers to 1e-9 of their peak, everything else exactly.

    Examples
    --------
    >>> same_values([1.0, 2.0], np.array([1.0, 2.0])), same_values("a", 1)
    (True, False)
    """
    answer, other = to_plain(answer), to_plain(other)
    comparison = exact() if as_array(other) is None else close(1e-9, float64=True)
    return comparison.agrees(answer, other)


def _refuse_quantity(quantity: str) -> None:
    if quantity not in mistakes.QUANTITIES:
        known = ", ".join(repr(name) for name in mistakes.QUANTITIES if name)
        raise ValueError(f"quantity is {quantity!r}: wanted one of {known}")


def _array_like(
    answer: object, want: np.ndarray, *, allow_list: bool, quantity: str = ""
) -> tuple[np.ndarray | None, Verdict | None]:
    """Return the answer as an array of the wanted shape, or a verdict that says why it is none."""
    kind = f"an array of shape {want.shape}" if want.ndim else "a number"
    got = as_array(answer)
    if got is None:
        return None, _wrong_form(f"{kind} is wanted, got {describe(answer)}", *_type_hint(answer))
    if isinstance(answer, list) and not allow_list:
        return None, _wrong_form(
            f"a NumPy array is wanted, got {describe(answer)}", "use np.array(...)"
        )
    if got.shape != want.shape:
        hint = mistakes.of_shape(got.shape, want.shape, quantity)
        if got.ndim == 0 and want.ndim == 1:
            return None, _one_for_several(got, len(want))
        return None, _wrong_form(
            f"the shape is {got.shape}, wanted {want.shape}", *([hint] if hint else [])
        )
    return got, None


def _one_for_several(got: np.ndarray, n: int) -> Verdict:
    """Return the verdict on one number where an array of n numbers is wanted."""
    if n < 2:
        return _wrong_form(f"an array of shape ({n},) is wanted, got the number {number(got)}")
    if n == 2:
        return _wrong_form("a pair is wanted, got one number")
    return _wrong_form(
        f"{n} numbers are wanted, got one number", "a sum or a mean may have lost its axis=..."
    )


def _type_hint(answer: object) -> tuple[str, ...]:
    hints = {
        "function": "call the function: f(x), not f",
        "generator": "collect a generator with list(...)",
        "range": "a range is no array: list(...) makes a list of it",
        "set": "a set has no order: return a list or an array",
    }
    if answer is None:
        return ("a function without a return statement returns None",)
    if isinstance(answer, list):
        return ("its items are not all numbers, or its rows differ in length",)
    hint = hints.get(getattr(answer, "type_name", ""))
    return (hint,) if hint else ()


def _wrong_dtype(got: np.ndarray, want: np.ndarray) -> Verdict | None:
    if np.iscomplexobj(got) == np.iscomplexobj(want):
        return None
    if np.iscomplexobj(got):
        wanted = f"real numbers are wanted, got {got.dtype}"
        explanations = [
            (got.real, want, "the real part is right: return x.real"),
            (np.abs(got), want, "its magnitude is right: np.abs(x)"),
        ]
    else:
        wanted = f"complex numbers are wanted, got {got.dtype}"
        parts = [
            (np.abs(want), "this is the magnitude of the right answer"),
            (np.abs(want) ** 2, "this is the power of the right answer"),
            (want.real, "this is the real part of the right answer"),
        ]
        if not np.any(want.imag):
            parts = [(want.real, "return complex numbers: x.astype(complex)")]
        explanations = [(got, part, text) for part, text in parts]
    return _wrong_form(wanted, *[text for a, b, text in explanations if _matches(a, b)][:1])


def _matches(got: np.ndarray, want: np.ndarray) -> bool:
    return bool(got.size) and bool(np.allclose(got, want, rtol=mistakes.SAME, equal_nan=True))


def _wrong_specials(got: np.ndarray, want: np.ndarray) -> Verdict | None:
    """Compare where NaN and infinities stand; they are right only in the places where the truth has them."""
    for name, found in (("NaN", np.isnan), ("infinite", np.isinf)):
        wrong = found(got) != found(want)
        if np.any(wrong):
            n_got, n_want = int(np.sum(found(got))), int(np.sum(found(want)))
            if n_got == n_want:
                return _elsewhere("infinities" if name == "infinite" else name, wrong, got, want)
            wanted = f"wanted {n_want}" if n_want else "finite numbers are wanted"
            message = f"{n_got} of {got.size} values are {name}, {wanted}"
            if got.size == 1:
                message = (
                    f"the number is {name}; a finite one is wanted"
                    if n_got
                    else f"the number is not {name}"
                )
            return Verdict(False, message, (_first_difference(wrong, got, want),), at=_first(wrong))
    infinite = np.isinf(want)
    wrong = infinite & (np.where(infinite, got, 0) != np.where(infinite, want, 0))
    if np.any(wrong):
        line = _first_difference(wrong, got, want)
        return Verdict(False, "an infinity has the wrong sign", (line,), at=_first(wrong))
    return None


def _finite(x: np.ndarray) -> np.ndarray:
    """Return `x` in double precision, with 0 where it is NaN or infinite (equal in both by now)."""
    x = x.astype(np.complex128 if np.iscomplexobj(x) else np.float64)
    return np.where(np.isfinite(x), x, 0.0)


def _wrong_form(message: str, *details: str) -> Verdict:
    return Verdict(False, message, details, of_form=True)


def _wrong_values(
    explained: str | None, off: str, wrong: np.ndarray, got: np.ndarray, want: np.ndarray
) -> Verdict:
    """Return the verdict on wrong values: the mistake's name if it has one, the first of them, by how much."""
    peak = float(np.max(np.abs(want), initial=0.0))
    first = _first_difference(wrong, _without_dust(got, peak), _without_dust(want, peak))
    told = (first, off) if explained else (first,)
    return Verdict(False, explained or off, told, at=_first(wrong))


def _without_dust(x: np.ndarray, peak: float) -> np.ndarray:
    """Return `x` with 0 where rounding alone stands, so that a card says 0 and not 3.33e-16."""
    if np.iscomplexobj(x):
        return _without_dust(x.real, peak) + 1j * _without_dust(x.imag, peak)
    return np.where(np.abs(x) < DUST * peak, 0.0, x)


def _specials(got: np.ndarray) -> str:
    """Say how many values are NaN, or infinite."""
    n_nan, n_infinite = int(np.sum(np.isnan(got))), int(np.sum(np.isinf(got)))
    if n_nan:
        return f"your result holds {n_nan} NaN: 0/0 somewhere?"
    return f"your result holds {n_infinite} times infinity: a division by 0, or a logarithm of 0?"


def _first(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(wrong)[0])


def place(index: tuple[int, ...]) -> str:
    """Return the words for the place of the first difference.

    Examples
    --------
    >>> place((5,)), place((5, 2))
    ('first difference at index 5', 'first difference at index (5, 2)')
    """
    return f"first difference at index {index[0] if len(index) == 1 else index}"


def _first_difference(wrong: np.ndarray, got: np.ndarray, want: np.ndarray) -> str:
    index = _first(wrong)
    shown = "got {}, wanted {}".format(*two_numbers(got[index], want[index]))
    if not wrong.ndim:
        return shown
    count = f" ({int(np.sum(wrong))} of {wrong.size} values differ)" if wrong.size > 1 else ""
    return f"{place(index)}: {shown}{count}"


def _elsewhere(name: str, wrong: np.ndarray, got: np.ndarray, want: np.ndarray) -> Verdict:
    """Return the verdict on as many NaN or infinities as are wanted, at other places."""
    index = _first(wrong)
    shown = "got {}, wanted {}".format(*two_numbers(got[index], want[index]))
    here = f"first at index {index[0] if len(index) == 1 else index}"
    message = f"{name} stand at other places than wanted: {here}"
    return Verdict(False, message, (f"there: {shown}",), at=index)


def _first_unequal(got: object, want: object, *, where: str) -> Verdict:
    place = f"item {where} " if where else "the answer "
    if isinstance(want, dict) and isinstance(got, dict):
        if got.keys() != want.keys():
            odd = sorted(got.keys() ^ want.keys())[0]
            return Verdict(
                False, f"{place}has {'no' if odd in want else 'an unwanted'} key {quote(odd)}"
            )
        pairs = [(f"{where}[{quote(key)}]", got[key], want[key]) for key in want]
    elif isinstance(want, list) and isinstance(got, list):
        if len(got) != len(want):
            return Verdict(False, f"{place}has length {len(got)}, wanted {len(want)}")
        pairs = [(f"{where}[{i}]", a, b) for i, (a, b) in enumerate(zip(got, want, strict=True))]
    else:
        return RIGHT if _equal_leaves(got, want) else _unequal_leaves(got, want, place)
    verdicts = (_first_unequal(a, b, where=inner) for inner, a, b in pairs)
    return next((verdict for verdict in verdicts if not verdict.ok), RIGHT)


def _equal_leaves(got: object, want: object) -> bool:
    a, b = as_array(got), as_array(want)
    if a is None or b is None:
        return type(got) is type(want) and got == want
    both_bool = (a.dtype == bool) == (b.dtype == bool)  # True is not the number 1
    return both_bool and a.shape == b.shape and bool(np.all((a == b) | (np.isnan(a) & np.isnan(b))))


def _unequal_leaves(got: object, want: object, place: str) -> Verdict:
    a, b = as_array(got), as_array(want)
    if a is not None and b is not None and a.ndim and (a.dtype == bool) != (b.dtype == bool):
        wanted = "True and False" if b.dtype == bool else "numbers"
        return Verdict(False, f"{place}holds {a.dtype} values, wanted {wanted}")
    if a is not None and b is not None and a.ndim and a.shape == b.shape:
        return Verdict(False, f"{place}differs", (_first_difference(a != b, a, b),))
    return Verdict(False, f"{place}differs: got {describe(got)}, wanted {describe(want)}")
