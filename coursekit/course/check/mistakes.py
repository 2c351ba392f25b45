"""Likely mistakes: the convention that explains a wrong shape or wrong values, in the words of the field."""

import math

import numpy as np

SAME = 1e-6  # an explanation holds when it leaves less than this part of the peak unexplained
TINY = 1e-5  # an error below this part of the peak comes from the way of computing, not from a wrong formula

KNOWN_FACTORS = (
    (-1.0, "the sign is flipped (a phase of 180°)"),
    (
        2.0,
        "twice the wanted value: one-sided against two-sided, an octave, or 20·log10 against 10·log10",
    ),
    (
        0.5,
        "half the wanted value: one-sided against two-sided, an octave, or 10·log10 against 20·log10",
    ),
    (math.sqrt(2), "√2 times the wanted value: peak against RMS"),
    (math.sqrt(0.5), "1/√2 of the wanted value: RMS against peak"),
    (2 * math.pi, "2π times the wanted value: radians per second against hertz"),
    (1 / (2 * math.pi), "1/2π of the wanted value: hertz against radians per second"),
    (1000.0, "1000 times the wanted value: milliseconds against seconds, or kHz against Hz"),
    (0.001, "1/1000 of the wanted value: seconds against milliseconds, or Hz against kHz"),
    (32768.0, "32768 times the wanted value: 16-bit integers against floats in [-1, 1)"),
    (1 / 32768.0, "1/32768 of the wanted value: floats in [-1, 1) against 16-bit integers"),
)

DECIBEL_FACTORS = (
    (-1.0, "the sign is flipped: the ratio is upside down"),
    (2.0, "twice as many decibels: 20·log10 is for amplitudes, 10·log10 for powers"),
    (0.5, "half as many decibels: 10·log10 is for powers, 20·log10 for amplitudes"),
    (math.log(10), "the natural logarithm: decibels take np.log10, not np.log"),
)


def of_shape(got: tuple[int, ...], want: tuple[int, ...]) -> str | None:
    """Name the mistake that turns the wanted shape into the one received, or None.

    Parameters
    ----------
    got, want : tuple of int
        Two different shapes.

    Examples
    --------
    >>> of_shape((1024, 9), (513, 9))
    'negative frequencies included: keep the first n_fft // 2 + 1 bins (np.fft.rfft does)'
    """
    if want == ():
        return "one number is wanted: average or sum over the whole signal, or take one element"
    if got == ():
        return "an array is wanted: a sum or a mean may have lost its axis=..."
    if len(got) > 1 and got == want[::-1]:
        return "transposed: x.T has the wanted shape"
    if _without_ones(got) == _without_ones(want):
        return "an axis of length 1 too many or too few: see np.squeeze and x[np.newaxis]"
    if len(got) == len(want):
        found = _of_one_axis(got, want)
        if found is not None:
            return found
    if math.prod(got) == math.prod(want):
        return "the right number of values in another shape"
    return None


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _of_one_axis(got: tuple[int, ...], want: tuple[int, ...]) -> str | None:
    axes = [axis for axis in range(len(want)) if got[axis] != want[axis]]
    if len(axes) != 1:
        return None
    n_got, n_want = got[axes[0]], want[axes[0]]
    if abs(n_got - n_want) == 1:
        more = "many" if n_got > n_want else "few"
        if len(want) == 1:
            return (
                f"one value too {more}: look at the ends of ranges, at endpoint=... and at rounding"
            )
        if axes[0] == len(want) - 1:
            return (
                f"one frame too {more}: a signal of n samples has "
                "1 + (n - frame_length) // hop_length frames, n counted after padding"
            )
        return f"one row too {more}: if these are bins, the transform of a real signal has n_fft // 2 + 1"
    if n_want > 2 and n_got in (2 * (n_want - 1), 2 * n_want - 1):
        if len(want) == 1:  # a spectrum, or any other row
            return "about twice as many values: of a spectrum, keep the first n_fft // 2 + 1 bins (np.fft.rfft does)"
        return (
            "negative frequencies included: keep the first n_fft // 2 + 1 bins (np.fft.rfft does)"
        )
    return None


def of_values(got: np.ndarray, want: np.ndarray, *, within: float = SAME) -> str | None:
    """Name the mistake that turns the wanted values into those received, or None.

    Parameters
    ----------
    got, want : np.ndarray, shape (...)
        Finite arrays of one shape.
    within : float
        An explanation holds when it leaves at most this part of the peak unexplained.

    Examples
    --------
    >>> want = np.array([1.0, 2.0, -3.0])
    >>> of_values(2 * want, want)[:35]
    'a constant factor of 2 (+6.02 dB): '
    >>> of_values(want + 5, want)
    'a constant offset of 5'
    """
    if not got.size or not np.any(want):
        return None
    if not np.any(got):
        return "all values are zero" if got.size > 1 else None
    if within == SAME and _same(got, want, TINY):
        digits = int(-math.log10(max(np.max(np.abs(got - want)) / np.max(np.abs(want)), 1e-16)))
        return f"right to {digits} digits: float32 or rounding on the way, or an epsilon added to a divisor?"
    if _same(got, want, within):
        return None
    for explain in (_swapped, _factor, _conjugate, _power, _offset, _shift, _reversed):
        found = explain(got, want, within)
        if found is not None:
            return found
    return None


def of_decibels(got: np.ndarray, want: np.ndarray, *, within: float = SAME) -> str | None:
    """Name the mistake that turns the wanted decibels into the values received, or None.

    Parameters
    ----------
    got, want : np.ndarray, shape (...)
        Finite arrays of one shape; `want` in dB.
    within : float
        An explanation holds when it leaves at most this part of the peak unexplained.

    Examples
    --------
    >>> of_decibels(np.array(0.5), np.array(-6.0206), within=1e-3)
    'these look like amplitudes, not decibels: 20·log10 of them is wanted'
    >>> of_decibels(np.array([-3.0, -1.0]), np.array([-6.0, -4.0]))
    'a constant offset of 3 dB'
    """
    if not got.size or not np.any(want) or _same(got, want, within):
        return None
    linear = (
        (10 ** (want / 20), "these look like amplitudes, not decibels: 20·log10 of them is wanted"),
        (10 ** (want / 10), "these look like powers, not decibels: 10·log10 of them is wanted"),
    )
    factors = tuple((factor * want, text) for factor, text in DECIBEL_FACTORS)
    for mistaken, text in linear + factors:
        if _same(got, mistaken, within):
            return text
    offset = _offset(got, want, within)
    return f"{offset} dB" if offset else _swapped(got, want, within)


def _same(a: np.ndarray, b: np.ndarray, within: float) -> bool:
    return bool(np.max(np.abs(a - b)) <= within * np.max(np.abs(b)))


def _swapped(got: np.ndarray, want: np.ndarray, within: float) -> str | None:
    if want.shape == (2,) and _same(got, want[::-1], within):
        return "the two are swapped"
    return None


def _factor(got: np.ndarray, want: np.ndarray, within: float) -> str | None:
    if want.size == 1:  # one number is always a factor of another
        return None
    factor = complex(np.vdot(want, got) / np.vdot(want, want))  # least squares
    if factor == 0 or not _same(got, factor * want, within):
        return None
    if abs(factor.imag) > within * abs(factor):
        degrees = math.degrees(np.angle(factor))
        return f"a constant phase of {degrees:.4g}° and a constant factor of {abs(factor):.4g}"
    factor = factor.real
    n = want.shape[-1] if want.ndim else 1
    lengths = (
        (float(n), f"n = {n} times the wanted value: a missing 1/n"),
        (1 / n, f"1/n, n = {n}: one 1/n too many"),
    )
    known = next(
        (text for c, text in KNOWN_FACTORS + lengths if abs(factor / c - 1) <= within), None
    )
    level = 20 * math.log10(abs(factor))
    digits = ".2f" if level == 0 or abs(level) >= 0.005 else ".1g"
    return f"a constant factor of {factor:.6g} ({level:+{digits}} dB)" + (
        f": {known}" if known else ""
    )


def _conjugate(got: np.ndarray, want: np.ndarray, within: float) -> str | None:
    if np.iscomplexobj(want) and _same(got, np.conj(want), within):
        return "the complex conjugate: the exponent is exp(-2πi·k·n/N)"
    return None


def _power(got: np.ndarray, want: np.ndarray, within: float) -> str | None:
    if np.iscomplexobj(got) or np.iscomplexobj(want):
        return None
    if _same(got, want**2, within):
        return "the squares of the wanted values: power where amplitude is wanted"
    if np.min(want) >= 0 and _same(got, np.sqrt(want), within):
        return "the square roots of the wanted values: amplitude where power is wanted"
    return None


def _offset(got: np.ndarray, want: np.ndarray, within: float) -> str | None:
    offset = np.mean(got - want)
    if want.size > 1 and _same(got, want + offset, within):
        return f"a constant offset of {offset:.6g}"
    return None


def _shift(got: np.ndarray, want: np.ndarray, within: float) -> str | None:
    if want.ndim == 0 or want.shape[-1] < 3:
        return None
    unit = "frame" if want.ndim > 1 else "bin" if np.iscomplexobj(want) else "sample"
    if np.any(want[..., :-1]) and _same(got[..., 1:], want[..., :-1], within):
        return f"one {unit} late"
    if np.any(want[..., 1:]) and _same(got[..., :-1], want[..., 1:], within):
        return f"one {unit} early"
    return None


def _reversed(got: np.ndarray, want: np.ndarray, within: float) -> str | None:
    if want.ndim and want.shape[-1] > 1 and _same(got, want[..., ::-1], within):
        return "the last axis is reversed"
    return None
