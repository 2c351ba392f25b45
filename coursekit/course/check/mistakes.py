"""Likely mistakes: the convention that explains a wrong shape or wrong values, in the words of the field."""

import math

import numpy as np

SAME = 1e-6  # an explanation holds when it leaves less than this part of the peak unexplained
FEWEST = 3  # values that a remark on their factor needs, where nothing is known about them
TINY = 1e-5  # an error below this part of the peak comes from the way of computing, not from a wrong formula

# What a question may say that its numbers are. A story about a factor or a shape is told for these only: twice the
# wanted value means another thing in a spectrum than in a row of probabilities.
QUANTITIES = {
    "": "numbers of no such kind: the bare fact is told",
    "spectrum": "a spectrum (bins) or a spectrogram (bins, frames), complex or its magnitude",
    "frames": "features, (numbers, frames)",
    "amplitude": "samples of a sound, or linear levels",
    "pcm": "samples that come from 16-bit codes",
    "power": "powers, a power spectrum among them",
    "decibels": "levels in dB",
    "frequency": "hertz",
    "time": "seconds",
    "probability": "probabilities, weights that sum to 1",
    "log probability": "natural logarithms of probabilities",
}
SPECTRA = ("spectrum", "power")
FRAMED = ("spectrum", "power", "frames")
SOUNDS = ("amplitude", "pcm")
LINEAR = ("spectrum", "amplitude", "pcm")  # a factor of 2 is 6 dB in these

NAMED_FACTORS = (
    (-1.0, "the sign is flipped"),
    (2.0, "twice the wanted value"),
    (0.5, "half the wanted value"),
    (math.sqrt(2), "√2 times the wanted value"),
    (math.sqrt(0.5), "1/√2 of the wanted value"),
    (2 * math.pi, "2π times the wanted value"),
    (1 / (2 * math.pi), "1/2π of the wanted value"),
    (1000.0, "1000 times the wanted value"),
    (0.001, "1/1000 of the wanted value"),
    (32768.0, "32768 times the wanted value"),
    (1 / 32768.0, "1/32768 of the wanted value"),
    (1 / math.log(10), "1/ln 10 of the wanted value"),
    (1 / math.log(2), "1/ln 2 of the wanted value"),
)
PHASE = {-1.0: "a phase of 180°"}
ONE_SIDED = {2.0: "two-sided against one-sided?", 0.5: "one-sided against two-sided?"}
PEAK = {math.sqrt(2): "peak against RMS", math.sqrt(0.5): "RMS against peak"}
SECONDS = {1000.0: "milliseconds against seconds", 0.001: "seconds against milliseconds"}
CODES = {
    32768.0: "16-bit integers against floats in [-1, 1)",
    1 / 32768.0: "floats in [-1, 1) against 16-bit integers",
}
HERTZ = {
    2.0: "an octave too high",
    0.5: "an octave too low",
    2 * math.pi: "radians per second against hertz",
    1 / (2 * math.pi): "hertz against radians per second",
    1000.0: "Hz against kHz",
    0.001: "kHz against Hz",
}
LOGARITHMS = {
    1 / math.log(10): "np.log10 in place of np.log",
    1 / math.log(2): "np.log2 in place of np.log",
}
STORIES = {
    "spectrum": PHASE | ONE_SIDED,
    "power": ONE_SIDED,
    "amplitude": PHASE | PEAK,
    "pcm": PHASE | PEAK | CODES,
    "frequency": HERTZ,
    "time": SECONDS,
    "log probability": LOGARITHMS,
}

DECIBEL_FACTORS = (
    (-1.0, "the sign is flipped: the ratio is upside down"),
    (2.0, "twice as many decibels: 20·log10 is for amplitudes, 10·log10 for powers"),
    (0.5, "half as many decibels: 10·log10 is for powers, 20·log10 for amplitudes"),
    (math.log(10), "the natural logarithm: decibels take np.log10, not np.log"),
)


def of_shape(got: tuple[int, ...], want: tuple[int, ...], quantity: str = "") -> str | None:
    """Name the mistake that turns the wanted shape into the one received, or None.

    Parameters
    ----------
    got, want : tuple of int
        Two different shapes.
    quantity : str
        What the numbers are, one of QUANTITIES; bins and frames are spoken of only where there are some.

    Examples
    --------
    >>> of_shape((1024, 9), (513, 9), "spectrum")
    'negative frequencies included: keep the first n_fft // 2 + 1 bins (np.fft.rfft does)'
    """
    if want == ():
        over = ": average or sum over the whole signal, or take one element"
        return "one number is wanted" + (over if quantity in SOUNDS else ", not an array")
    if got == ():
        return "an array is wanted: a sum or a mean may have lost its axis=..."
    if len(got) > 1 and got == want[::-1]:
        return "transposed: x.T has the wanted shape"
    if _without_ones(got) == _without_ones(want):
        return "an axis of length 1 too many or too few: see np.squeeze and x[np.newaxis]"
    if len(got) == len(want):
        found = _of_one_axis(got, want, quantity)
        if found is not None:
            return found
    if math.prod(got) == math.prod(want):
        return "the right number of values in another shape"
    return None


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _of_one_axis(got: tuple[int, ...], want: tuple[int, ...], quantity: str) -> str | None:
    axes = [axis for axis in range(len(want)) if got[axis] != want[axis]]
    if len(axes) != 1:
        return None
    n_got, n_want = got[axes[0]], want[axes[0]]
    if abs(n_got - n_want) == 1:
        return _one_off(axes[0], len(want), "many" if n_got > n_want else "few", quantity)
    if quantity in SPECTRA and n_want > 2 and n_got in (2 * (n_want - 1), 2 * n_want - 1):
        return (
            "negative frequencies included: keep the first n_fft // 2 + 1 bins (np.fft.rfft does)"
        )
    return None


def _one_off(axis: int, ndim: int, more: str, quantity: str) -> str:
    if ndim == 1:
        return f"one value too {more}: look at the ends of ranges, at endpoint=... and at rounding"
    if axis < ndim - 1:
        bins = ": the transform of a real signal has n_fft // 2 + 1 bins"
        return f"one row too {more}" + (bins if quantity in SPECTRA else "")
    if quantity in SPECTRA:
        return (
            f"one frame too {more}: a signal of n samples has "
            "1 + (n - frame_length) // hop_length frames, n counted after padding"
        )
    return f"one {'frame' if quantity in FRAMED else 'column'} too {more}"


def of_values(
    got: np.ndarray, want: np.ndarray, *, within: float = SAME, quantity: str = ""
) -> str | None:
    """Name the mistake that turns the wanted values into those received, or None.

    Parameters
    ----------
    got, want : np.ndarray, shape (...)
        Finite arrays of one shape.
    within : float
        An explanation holds when it leaves at most this part of the peak unexplained.
    quantity : str
        What the numbers are, one of QUANTITIES; without it the bare fact is told.

    Examples
    --------
    A factor is told for three values or more, or where the quantity is known: (0, 1) is half of (0, 2) by chance.

    >>> want = np.array([1.0, 2.0, -3.0])
    >>> of_values(2 * want, want)
    'a constant factor of 2 (twice the wanted value)'
    >>> of_values(2 * want, want, quantity="spectrum")
    'a constant factor of 2 (+6.02 dB): twice the wanted value: two-sided against one-sided?'
    >>> of_values(want + 5, want)
    'a constant offset of 5'
    """
    if quantity == "decibels":
        return of_decibels(got, want, within=within)
    if not got.size or not np.any(want):
        return None
    if not np.any(got):
        return "all values are zero" if got.size > 1 else None
    if within == SAME and _same(got, want, TINY):
        digits = int(-math.log10(max(np.max(np.abs(got - want)) / np.max(np.abs(want)), 1e-16)))
        return f"right to {digits} digits: float32 or rounding on the way, or an epsilon added to a divisor?"
    if _same(got, want, within):
        return None
    for explain in (_swapped, _sum, _exponential, _factor, _conjugate, _power, _offset, _shift):
        found = explain(got, want, within, quantity)
        if found is not None:
            return found
    return _reversed(got, want, within)


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
    offset = _offset(got, want, within, "")
    return f"{offset} dB" if offset else _swapped(got, want, within, "")


def _same(a: np.ndarray, b: np.ndarray, within: float) -> bool:
    return bool(np.max(np.abs(a - b)) <= within * np.max(np.abs(b)))


def _swapped(got: np.ndarray, want: np.ndarray, within: float, quantity: str) -> str | None:
    if want.shape == (2,) and _same(got, want[::-1], within):
        return "the two are swapped"
    return None


def _sum(got: np.ndarray, want: np.ndarray, within: float, quantity: str) -> str | None:
    """Tell probabilities that are right but for their sum."""
    if quantity != "probability" or not want.ndim or want.shape[-1] < 2:
        return None
    sums = got.sum(axis=-1, keepdims=True)
    if np.any(sums == 0) or not _same(want.sum(axis=-1), np.ones(want.shape[:-1]), 1e-5):
        return None
    if not _same(got / sums, want, max(within, TINY)):
        return None
    if np.max(np.abs(got / sums - want)) > np.max(np.abs(sums - 1)) / 10:  # coarse numbers, float16
        return None
    return f"right but for their sum, which is {sums.ravel()[0]:.6g} and must be 1: divide by it"


def _exponential(got: np.ndarray, want: np.ndarray, within: float, quantity: str) -> str | None:
    if quantity == "log probability" and _same(got, np.exp(want), within):
        return "the exponential of the wanted value: a probability where its logarithm is wanted"
    if quantity == "probability" and np.min(want) > 0 and _same(got, np.log(want), within):
        return "the logarithm of the wanted value: take np.exp of it"
    return None


def _factor(got: np.ndarray, want: np.ndarray, within: float, quantity: str) -> str | None:
    least = 2 if quantity else FEWEST
    if want.size < least:  # one number is always a factor of another, and two small ones often are
        return None
    factor = complex(np.vdot(want, got) / np.vdot(want, want))  # least squares
    if factor == 0 or not _same(got, factor * want, within):
        return None
    if abs(factor.imag) > within * abs(factor):
        degrees = math.degrees(np.angle(factor))
        return f"a constant phase of {degrees:.4g}° and a constant factor of {abs(factor):.4g}"
    factor = factor.real
    fact, story = _told_of_factor(factor, want.shape[-1] if want.ndim else 1, within, quantity)
    level = 20 * math.log10(abs(factor))
    digits = ".2f" if level == 0 or abs(level) >= 0.005 else ".1g"
    if quantity in LINEAR:
        words = f"a constant factor of {factor:.6g} ({level:+{digits}} dB)"
        return ": ".join(filter(None, (words, fact, story)))
    words = f"a constant factor of {factor:.6g}" + (f" ({fact})" if fact else "")
    return f"{words}: {story}" if story else words


def _told_of_factor(factor: float, n: int, within: float, quantity: str) -> tuple[str, str]:
    """Return a factor in words, and the story that belongs to it in this quantity, if there is one."""
    stories = STORIES.get(quantity, {})
    for known, fact in NAMED_FACTORS:
        if abs(factor / known - 1) <= within:
            return fact, stories.get(known, "")
    signal = quantity in SPECTRA + SOUNDS
    if n > 2 and abs(factor / n - 1) <= within:
        return f"n = {n} times the wanted value", "a missing 1/n" if signal else ""
    if n > 2 and abs(factor * n - 1) <= within:
        return f"1/n of the wanted value, n = {n}", "one 1/n too many" if signal else ""
    return "", ""


def _conjugate(got: np.ndarray, want: np.ndarray, within: float, quantity: str) -> str | None:
    if np.iscomplexobj(want) and _same(got, np.conj(want), within):
        why = ": the exponent is exp(-2πi·k·n/N)" if quantity == "spectrum" else ""
        return f"the complex conjugate{why}"
    return None


def _power(got: np.ndarray, want: np.ndarray, within: float, quantity: str) -> str | None:
    """Tell squares and roots; of one or two numbers, and of zeros and ones, chance can make them."""
    if np.iscomplexobj(got) or np.iscomplexobj(want) or len(np.unique(np.abs(want))) < 3:
        return None
    if _same(got, want**2, within):
        why = ": power where amplitude is wanted" if quantity in LINEAR else ""
        return f"the squares of the wanted values{why}"
    if np.min(want) >= 0 and _same(got, np.sqrt(want), within):
        why = ": amplitude where power is wanted" if quantity == "power" else ""
        return f"the square roots of the wanted values{why}"
    return None


def _offset(got: np.ndarray, want: np.ndarray, within: float, quantity: str) -> str | None:
    offset = np.mean(got - want)
    if abs(offset) <= within * np.max(
        np.abs(want)
    ):  # within the tolerance, so that something else is wrong
        return None
    if want.size > 1 and _same(got, want + offset, within):
        return f"a constant offset of {offset:.6g}"
    return None


def _shift(got: np.ndarray, want: np.ndarray, within: float, quantity: str) -> str | None:
    if want.ndim == 0 or want.shape[-1] < 3:
        return None
    if np.any(want[..., :-1]) and _same(got[..., 1:], want[..., :-1], within):
        return f"one {_step(want, quantity)} late"
    if np.any(want[..., 1:]) and _same(got[..., :-1], want[..., 1:], within):
        return f"one {_step(want, quantity)} early"
    return None


def _step(want: np.ndarray, quantity: str) -> str:
    if quantity in FRAMED and want.ndim > 1:
        return "frame"
    if quantity in SPECTRA:
        return "bin"
    return "sample" if quantity in SOUNDS else "place"


def _reversed(got: np.ndarray, want: np.ndarray, within: float) -> str | None:
    if want.ndim and want.shape[-1] > 1 and _same(got, want[..., ::-1], within):
        return "the last axis is reversed"
    return None
