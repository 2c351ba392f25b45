"""Questions of chapter 02. Truth comes from NumPy's FFT and convolution, SciPy, and clean recordings."""

import numpy as np

from coursekit import audio, data
from coursekit.exercise import (
    Case,
    Mutant,
    Question,
    all_of,
    choice,
    close,
    integers,
    near,
    threshold,
)

# Answers to 02.dft and 02.fft may call none of these, nor build the matrix ready-made. (fftfreq is no FFT.)
TRANSFORMS = ("fft", "ifft", "rfft", "irfft", "fft2", "ifft2", "fftn", "ifftn")
MORE = ("rfft2", "irfft2", "rfftn", "irfftn", "hfft", "ihfft")
FFTS = tuple(
    f"{module}.{name}"
    for module in ("numpy.fft", "scipy.fft", "torch.fft")
    for name in TRANSFORMS + MORE
)
FFTS += tuple(f"scipy.fftpack.{name}" for name in TRANSFORMS)
FFTS += tuple(
    f"{module}.{name}"
    for module in ("scipy.fft", "torch.fft")
    for name in ("hfft2", "ihfft2", "hfftn", "ihfftn")
)
FFTS += (
    "scipy.linalg.dft",
    "scipy.signal.czt",
    "scipy.signal.CZT",
    "scipy.signal.zoom_fft",
    "scipy.signal.ZoomFFT",
    "scipy.signal.freqz",
    "scipy.signal.freqz_zpk",
    "scipy.signal.sosfreqz",
    "scipy.signal.dfreqresp",
    "scipy.signal.dbode",
    "torch.stft",
    "coursekit.dsp.dft",
    "coursekit.dsp.dft_matrix",
    "coursekit.dsp.fft",
    # What these are made of. (What torch.ops reaches cannot be told from any other operator.)
    "numpy.fft._pocketfft._raw_fft",
    "torch._C._fft.fft_fft",
    "torch._C._fft.fft_rfft",
)
FFTS += tuple(
    f"numpy.fft._pocketfft_umath.{name}"
    for name in ("fft", "ifft", "rfft_n_even", "rfft_n_odd", "irfft")
)
FFTS += tuple(
    f"scipy.fft._pocketfft.{name}"
    for name in ("basic.c2c", "basic.r2c", "basic.c2cn", "basic.r2cn")
    + tuple(f"pypocketfft.{name}" for name in ("c2c", "r2c", "c2r", "r2r_fftpack"))
    + tuple(f"pypocketfft.{name}" for name in ("genuine_hartley", "separable_hartley"))
)
# Nor may an answer to 02.convolve call one of these.
CONVOLUTIONS = (
    "numpy.convolve",
    "numpy.correlate",
    "scipy.signal.convolve",
    "scipy.signal.correlate",
    "scipy.signal.fftconvolve",
    "scipy.signal.oaconvolve",
    "scipy.signal.choose_conv_method",
    "scipy.signal.lfilter",
    "scipy.signal.upfirdn",
    "scipy.ndimage.convolve1d",
    "scipy.ndimage.correlate1d",
    "torch.nn.functional.conv1d",
    "torch.conv1d",
)

HALF_IS_WHOLE = "N is a power of two, so that all roundings of N / 2 agree"

# --- bins and the definition ------------------------------------------------------------------------


def bin_cases(rng):
    """Frequencies on a bin, a little below and above it, and on both sides of the middle between two."""
    k = int(rng.integers(100, 400))
    return [
        Case(450.0, sr=44100, n_fft=2048),
        Case(1000.0, sr=16000, n_fft=512),
        Case(0.0, sr=48000, n_fft=1024),
        Case(round((k + 0.02) * 16000 / 1000, 2), sr=16000, n_fft=1000),
        Case(round((k + 0.48) * 8000 / 1024, 2), sr=8000, n_fft=1024),
        Case(round((k + 0.52) * 8000 / 1024, 2), sr=8000, n_fft=1024),
        Case(round((k + 0.98) * 22050 / 4096, 2), sr=22050, n_fft=4096),
        Case(3990.0, sr=8000, n_fft=256),
        Case(7000.0, sr=16000, n_fft=101),  # an odd n_fft has no bin at sr / 2: 44.19 steps
        Case(3700.0, sr=8000, n_fft=555),  # 256.69 steps
    ]


def on_wrong_axis(frequency, sr, n_fft):
    return int(np.argmin(np.abs(np.linspace(0, sr / 2, n_fft // 2) - frequency)))


def at_16_khz(frequency, sr, n_fft):
    return round(frequency * n_fft / 16000)


def dft_cases(rng):
    return [
        Case(np.round(rng.standard_normal(8), 2)),
        Case(rng.standard_normal(101)),
        Case(rng.standard_normal(64) + 1j * rng.standard_normal(64)),
    ]


# --- the FFT ----------------------------------------------------------------------------------------------


def fft_cases(rng):
    # the last one is too long for an N x N matrix of complex numbers: 17 GB
    return [
        Case(np.array([3.0])),
        Case(np.round(rng.standard_normal(8), 2)),
        Case(rng.standard_normal(64) + 1j),
        Case(rng.standard_normal(2**15)),
    ]


def even_odd(x):
    return x[::2], x[1::2]


def interleave(halves):
    return np.stack(halves, axis=1).ravel()


def plus_plus(halves):
    return np.concatenate([halves[0], halves[0]])


def minus_first(halves):
    return np.concatenate(halves[::-1])


def by_halves(x, *, split=even_odd, turns=1.0, joined=np.concatenate):
    """The FFT's recursion, whose parts can be replaced by wrong ones."""
    n = len(x)
    if n == 1:
        return np.asarray(x, dtype=complex)
    even, odd = (
        by_halves(half, split=split, turns=turns, joined=joined) for half in split(np.asarray(x))
    )
    turned = np.exp(-2j * np.pi * turns * np.arange(n // 2) / n) * odd
    return joined([even + turned, even - turned])


# --- convolution in blocks --------------------------------------------------------------------------------


def convolution_cases(rng):
    """Signal, filter and FFT length, from hand size on; in one of them a sample is NaN."""
    broken = rng.standard_normal(400)
    # Blocks of 36 samples: in the last third of one, blocks of other lengths begin elsewhere.
    broken[4 * 36 + int(rng.integers(24, 36))] = np.nan
    return [
        Case(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 1.0]), n_fft=4),
        Case(rng.standard_normal(1000), rng.standard_normal(33), n_fft=128),
        Case(rng.standard_normal(960), rng.standard_normal(33), n_fft=128),  # ten whole blocks
        Case(rng.standard_normal(50), rng.standard_normal(100), n_fft=256),  # less than one block
        Case(rng.standard_normal(300), np.array([0.5]), n_fft=64),
        Case(rng.standard_normal(40), rng.standard_normal(16), n_fft=16),  # blocks of one sample
        Case(broken, rng.standard_normal(13), n_fft=48),
        Case(rng.standard_normal(100_000), rng.standard_normal(301), n_fft=1024),
    ]


def numpy_convolution(y, h, n_fft):
    """NumPy's convolution; where a sample is NaN, its block and this block's tail are NaN."""
    y = np.asarray(y, dtype=float)
    out = np.convolve(np.where(np.isnan(y), 0.0, y), h)
    block = n_fft - len(h) + 1
    for place in np.flatnonzero(np.isnan(y)):
        start = place // block * block
        out[start : start + n_fft] = np.nan
    return out


def put(z, place, piece):
    z[place] = piece


def add(z, place, piece):
    z[place] += piece


def by_blocks(y, h, n_fft, *, block=None, write=add, keep=None, whole_only=False, turn=lambda H: H):
    """Overlap-add whose parts can be replaced by wrong ones."""
    y = np.asarray(y, dtype=float)
    block = n_fft - len(h) + 1 if block is None else block
    H = turn(np.fft.rfft(h, n=n_fft))
    z = np.zeros(len(y) + len(h) + 2 * n_fft)
    for start in range(0, len(y) - block + 1 if whole_only else len(y), block):
        piece = np.fft.irfft(np.fft.rfft(y[start : start + block], n=n_fft) * H, n=n_fft)[:keep]
        write(z, slice(start, start + len(piece)), piece)
    return z[: len(y) + len(h) - 1]


def saved(y, h, n_fft):
    """Overlap-save: blocks that overlap in the input, of whose results the beginning is thrown away."""
    L, n_out = len(h), len(y) + len(h) - 1
    padded = np.concatenate([np.zeros(L - 1), y, np.zeros(n_fft + L)])
    H = np.fft.rfft(h, n=n_fft)
    pieces = [
        np.fft.irfft(np.fft.rfft(padded[start : start + n_fft]) * H, n=n_fft)[L - 1 :]
        for start in range(0, n_out, n_fft - L + 1)
    ]
    return np.concatenate(pieces)[:n_out]


def at_once(y, h, n=None):
    n = len(y) + len(h) - 1 if n is None else n
    return np.fft.irfft(np.fft.rfft(y, n=n) * np.fft.rfft(h, n=n), n=n)


# --- bug clinic -------------------------------------------------------------------------------------------


def tone_cases(rng):
    def sine(amplitude, frequency, sr, n):
        return amplitude * np.sin(2 * np.pi * frequency * np.arange(n) / sr + rng.uniform(0, 6))

    chord, chord_sr = data.load("instruments", quiet=True)["guit_em9"].load()
    start = int(rng.integers(2 * chord_sr, 3 * chord_sr))
    noisy = 0.01 * rng.standard_normal(1001)
    return [
        Case(sine(0.5, 1000.0, 8000, 256), sr=8000),
        Case(sine(0.25, 2600.0, 8000, 512) + sine(0.1, 700.0, 8000, 512), sr=8000),
        Case(noisy + sine(0.8, rng.uniform(5000, 7000), 16000, 1001), sr=16000),
        Case(sine(0.02, rng.uniform(9000, 20000), 44100, 1024), sr=44100),
        Case(chord[start : start + 2048].astype(float), sr=chord_sr),
    ]


def scipy_tone(y, sr):
    """The strongest line of SciPy's periodogram, which gives a sine of amplitude a the power a**2 / 2."""
    import scipy.signal

    f, power = scipy.signal.periodogram(
        np.asarray(y, dtype=float), sr, window="hann", detrend=False, scaling="spectrum"
    )
    k = int(np.argmax(power))
    return [float(f[k]), float(np.sqrt(2 * power[k]))]


def axis_of_snippet(n, sr):
    return np.linspace(0, sr / 2, n // 2)


def axis_of_bins(n, sr):
    return np.arange(n // 2 + 1) * sr / n


def axis_to_nyquist(n, sr):
    return np.linspace(0, sr / 2, n // 2 + 1)


def axis_to_sr(n, sr):
    return np.linspace(0, sr, n // 2 + 1)


def tone(axis=axis_of_bins, level=lambda S, w: 2 * S / np.sum(w)):
    """An answer to the clinic with this axis and this amplitude."""

    def answer(y, sr):
        w = periodic(len(y))
        S = np.abs(np.fft.rfft(w * y))
        k = int(np.argmax(S[: len(y) // 2]))
        return [float(axis(len(y), sr)[k]), float(level(S[k], w))]

    return answer


def over_n(S, w):
    return S / len(w)


def periodic(n):
    return np.hanning(n + 1)[:-1]


# --- experiment -------------------------------------------------------------------------------------------

LEAST_SNR = 12  # dB: clearing a few Hz reaches 16 and more, clearing the whole band 9 on the first recording
UNTOUCHED = 25  # dB: where no tone whistles nothing need be lost


class Clean(np.ndarray):
    """A clean recording with its sample rate, and the SNR in dB that a result must exceed."""

    sr, least = 16_000, LEAST_SNR


def whistle_cases(rng):
    """Speech at four sample rates with tones that whistle and tones that must stay; the third has none at all."""
    beside = rng.uniform(605, 625)  # of a tone that stays, as near as the statement allows
    # name, sample rate, frequencies of the whistles, those of the tones that stay with their levels in dB
    recordings = (
        ("austen-2", 16_000, [rng.uniform(620, 1180)], {}),
        ("austen-5", 8_000, [rng.uniform(620, 1180), 2 * rng.uniform(620, 1180)], {}),
        ("austen-1", 11_025, [], {}),
        ("austen-4", 12_000, [beside], {beside - rng.uniform(60, 62): -4}),
        (
            "austen-3",
            22_050,
            [rng.uniform(620, 1180), 2 * rng.uniform(620, 1180)],
            {rng.uniform(2700, 3200): 0},
        ),
    )
    cases = []
    for name, sr, whistles, kept in recordings:
        clean, rate = data.load("librivox", quiet=True)[name].load()
        clean = audio.resample(clean.astype(float), orig_sr=rate, target_sr=sr)
        clean = clean[: len(clean) // 2 * 2 - 1]  # an odd length: irfft has to be told
        t = np.arange(len(clean)) / sr
        level = np.sqrt(2 * np.mean(clean**2))  # each whistle as strong as the speech: 0 dB

        def hum(f, decibels=0, t=t, level=level):
            gain = level * 10 ** (decibels / 20)
            return gain * np.sin(2 * np.pi * f * t + rng.uniform(0, 6))

        clean = clean + sum(hum(f, decibels) for f, decibels in kept.items())
        truth = clean.view(Clean)
        truth.sr, truth.least = sr, LEAST_SNR if whistles else UNTOUCHED
        cases.append(Case(clean + sum(hum(f) for f in whistles), sr=sr, truth=truth))
    return cases


def snr(answer, truth):
    """The SNR in dB; where it is too low and the reason shows in the result, this is said."""
    if np.shape(answer) != np.shape(truth):
        raise ValueError(
            f"{np.size(answer):,} samples, wanted {len(truth):,}: give np.fft.irfft the length, n=len(y)"
        )
    sr, least, truth = truth.sr, truth.least, np.asarray(truth)
    error = answer - truth
    measured = 10 * np.log10(np.sum(truth**2) / np.sum(error**2)) if np.any(error) else np.inf
    if measured <= least and np.any(answer):
        told = why_low(error, answer, truth, sr)
        if least == UNTOUCHED:
            told = told or "this recording has no whistle, and something was removed"
        if told:
            raise ValueError(
                f"SNR is {round(measured, 1) + 0.0:.1f} dB, above {least} dB is wanted: {told}"
            )
    return measured


def why_low(error, answer, truth, sr):
    """Say what a result has suffered, or which steady tone makes up much of the error; "" where nothing shows."""
    window = np.hanning(len(truth))
    if np.sum((answer - window * truth) ** 2) < 0.5 * np.sum(error**2):
        return "it fades in and out, as a Hann window does: transform y itself, without one"
    A, T = (np.abs(np.fft.rfft(x * window)) ** 2 for x in (answer, truth))
    high = np.fft.rfftfreq(len(truth), 1 / sr) > 2600
    if np.sum(A[high]) < 0.02 * np.sum(T[high]):
        return "nothing is left above 2.6 kHz, where no whistle is: a low-pass filter?"
    return about_a_line(np.abs(np.fft.rfft(error * window)), np.sqrt(A), np.sqrt(T), sr)


def about_a_line(E, A, T, sr):
    """Say at what frequency a tone is left or gone, where it makes up much of the error; "" elsewhere."""
    hertz = sr / (2 * (len(E) - 1) + 1)  # the recordings have odd lengths
    k, width = int(np.argmax(E)), int(np.ceil(5 / hertz))
    share = np.sum(E[max(0, k - width) : k + width + 1] ** 2) / np.sum(E**2)
    if share < 0.4:  # of two tones that are left the stronger has about half
        return ""
    told = f"{100 * share:.0f} % of what is wrong lies within 5 Hz of one frequency: a tone that "
    told += "is still there" if A[k] > T[k] else "belongs to the recording and was removed"
    return f"{told}, at about {k * hertz:.0f} Hz"


def low_pass(y, sr):
    Y = np.fft.rfft(y)
    Y[np.fft.rfftfreq(len(y), 1 / sr) > 600] = 0
    return np.fft.irfft(Y, n=len(y))


def notched(y, sr, *, low=600, high=2400, rounds=4, sure=20, gap=5, window=np.ones):
    """Clears the highest peaks between two frequencies, while they tower over their surroundings."""
    Y = np.fft.rfft(y * window(len(y)))
    f = np.fft.rfftfreq(len(y), 1 / sr)
    around, width = int(100 * len(y) / sr), int(gap * len(y) / sr)
    for _ in range(rounds):
        magnitude = np.abs(Y)
        peak = int(np.argmax(np.where((f > low - 20) & (f < high + 20), magnitude, 0)))
        if magnitude[peak] < sure * np.median(magnitude[max(0, peak - around) : peak + around]):
            break
        Y[max(0, peak - width) : peak + width + 1] = 0
    return np.fft.irfft(Y, n=len(y))


def whole_band(y, sr):
    Y = np.fft.rfft(y)
    f = np.fft.rfftfreq(len(y), 1 / sr)
    Y[(f > 600) & (f < 2400)] = 0
    return np.fft.irfft(Y, n=len(y))


def highest_bins(y, sr, *, n=40):
    Y = np.fft.rfft(y)
    f = np.fft.rfftfreq(len(y), 1 / sr)
    Y[np.argsort(np.where((f > 600) & (f < 2400), np.abs(Y), 0))[-n:]] = 0
    return np.fft.irfft(Y, n=len(y))


def one_bin(y, sr):
    Y = np.fft.rfft(y)
    Y[np.argmax(np.abs(Y))] = 0
    return np.fft.irfft(Y, n=len(y))


# --- prediction -------------------------------------------------------------------------------------------


def dip(n, phase):
    """How far the spectrum falls between tones at 1000 and 1020 Hz, below the weaker of their two peaks; dB."""
    two = np.sin(2 * np.pi * 1000 * np.arange(n) / 8000) + np.sin(
        2 * np.pi * 1020 * np.arange(n) / 8000 + phase
    )
    spectrum = np.abs(np.fft.rfft(two * periodic(n), n=2**16))
    low, middle, high = (round(f / 8000 * 2**16) for f in (990, 1010, 1030))
    between = spectrum[low:high]
    return 20 * np.log10(
        min(spectrum[low:middle].max(), spectrum[middle:high].max()) / between[40:-40].min()
    )


def shortest_frame():
    """The first of the offered frame lengths whose spectrum shows two peaks."""
    for n in (256, 512, 1024, 2048):
        if min(dip(n, phase) for phase in np.linspace(0, 2 * np.pi, 16, endpoint=False)) > 3:
            return str(n)
    raise AssertionError("none of the frame lengths separates the tones")


QUESTIONS = [
    Question(
        id="02.bin",
        title="Which bin?",
        points=1,
        kind="warmup",
        name="nearest_bin",
        minutes=4,
        cases=bin_cases,
        oracle=lambda frequency, sr, n_fft: int(
            np.argmin(np.abs(np.fft.rfftfreq(n_fft, 1 / sr) - frequency))
        ),
        compare=integers(),
        hints=(
            "How far apart, in Hz, are two neighbouring bins?",
            "Think of a ruler whose marks are the bins. How many of its steps does the frequency measure? The answer "
            "has decimals: what do those below one half say, and those above?",
            "First the length of a step in Hz; then the number of steps, with decimals; then the nearest whole "
            "number. Try your way of rounding on the example of the statement, which lies at 20.9 steps.",
        ),
        mutants=(
            Mutant(
                "wrong axis",
                on_wrong_axis,
                "The axis of np.linspace(0, sr / 2, n_fft // 2) was searched: its numbers lie too far apart, because "
                "its last one is sr / 2. Bin k is at k * sr / n_fft.",
            ),
            Mutant(
                "n_fft halved first",
                lambda frequency, sr, n_fft: round(frequency * (n_fft // 2) / (sr / 2)),
                "Right but for an odd n_fft: half of it was cut to a whole number, n_fft // 2. Bin k is at "
                "k * sr / n_fft.",
            ),
            Mutant(
                "cut instead of rounded",
                lambda frequency, sr, n_fft: int(frequency * n_fft / sr),
                "One bin too low in places. Were decimals cut off, as int() and // do? Round to the nearest bin.",
            ),
            Mutant(
                "rounded up",
                lambda frequency, sr, n_fft: int(np.ceil(frequency * n_fft / sr)),
                "One bin too high in places: np.ceil always goes up. Round to the nearest bin.",
            ),
            Mutant(
                "one more",
                lambda frequency, sr, n_fft: int(frequency * n_fft / sr) + 1,
                "One bin too high in places: cut off and one added is the next bin, not the nearest.",
            ),
            Mutant(
                "bins up to Nyquist",
                lambda frequency, sr, n_fft: round(frequency * n_fft / (sr / 2)),
                "Twice too high: n_fft bins span the whole sample rate, not half of it.",
            ),
            Mutant(
                "number of rfft bins",
                lambda frequency, sr, n_fft: round(frequency * (n_fft // 2 + 1) / (sr / 2)),
                "You counted n_fft // 2 + 1 bins: rfft keeps so many, but their spacing is still sr / n_fft.",
            ),
            Mutant(
                "counted from 1",
                lambda frequency, sr, n_fft: round(frequency * n_fft / sr) + 1,
                "Bins are counted from 0: bin 0 is 0 Hz.",
            ),
            Mutant(
                "upside down",
                lambda frequency, sr, n_fft: round(frequency * sr / n_fft),
                "Upside down: the distance of two bins is sr / n_fft, so divide the frequency by that.",
            ),
            Mutant(
                "half",
                lambda frequency, sr, n_fft: round(frequency * n_fft / sr / 2),
                "Half of the right bin. The spacing of bins is sr / n_fft, with n_fft the whole length.",
            ),
            Mutant(
                "one sample rate for all",
                at_16_khz,
                "Right at 16 kHz only: is a sample rate written into your code? Take sr.",
            ),
        ),
    ),
    Question(
        id="02.dft",
        title="The DFT from its definition",
        points=1,
        kind="warmup",
        name="dft",
        minutes=8,
        cases=dft_cases,
        oracle=lambda x: np.fft.fft(x),
        compare=close(1e-10, quantity="spectrum"),
        forbidden=FFTS,
        hints=(
            "One bin is one inner product of x with a turning tone. What does it take to have all of them?",
            "Put the tones into the rows of a matrix: row k holds the tone of bin k. Then all bins together are one "
            "matrix product. (A loop over k with one sum in it does as well.)",
            "Two steps: first a table of all products k n, of N rows and N columns, which the exponential turns into "
            "tones all at once; then the product with x. Try it on a single impulse: what must come out?",
        ),
        mutants=(
            Mutant(
                "sign of the exponent",
                lambda x: np.fft.ifft(x) * len(x),
                "The exponent has the wrong sign: this is the sum of the inverse transform.",
            ),
            Mutant(
                "divided by N",
                lambda x: np.fft.fft(x) / len(x),
                "Divided by N. In NumPy's convention (and ours) the 1/N belongs to the inverse.",
            ),
            Mutant(
                "orthonormal",
                lambda x: np.fft.fft(x, norm="ortho"),
                "Divided by the root of N: the orthonormal convention. Here the forward transform has no factor.",
            ),
            Mutant(
                "half the bins",
                lambda x: np.fft.fft(x)[: len(x) // 2 + 1],
                "Only the first half of the bins: rfft does that for real signals. Return all N.",
            ),
            Mutant(
                "real part of x",
                lambda x: np.fft.fft(np.real(x)),
                "The imaginary part of x was dropped on the way: x may be complex.",
            ),
            Mutant(
                "counted from 1",
                lambda x: np.fft.fft(x) * np.exp(-2j * np.pi * np.arange(len(x)) / len(x)),
                "The samples were counted from 1: the first is number 0.",
            ),
            Mutant(
                "magnitude",
                lambda x: np.abs(np.fft.fft(x)),
                "That is the magnitude; the phase is gone. Return the complex numbers.",
            ),
        ),
    ),
    Question(
        id="02.fft",
        title="The FFT by divide and conquer",
        points=3,
        kind="core",
        name="fft",
        minutes=20,
        cases=fft_cases,
        oracle=lambda x: np.fft.fft(x),
        compare=close(1e-10, quantity="spectrum"),
        forbidden=FFTS,
        time_limit=30.0,  # a recursion in torch, on a busy machine
        spared={
            "N // 2 -> -(-N // 2)": HALF_IS_WHOLE,
            "N // 2 -> (2 * N + 2) // (2 * 2)": HALF_IS_WHOLE,
        },
        hints=(
            "For which length is the DFT known without computing anything? Write that case first.",
            "Do N = 2 by hand: which E and which O are there, which twiddle factor, and what becomes of X[0] and "
            "X[1]? Then suppose that N / 2 is solved already, by a call of the same function, and write only the "
            "joining.",
            "Four steps: the case without work; two calls, each for every second sample; all N/2 twiddle factors in "
            "one array, times O; sums for the first half of the result and differences for the second, put one "
            "after the other.",
        ),
        mutants=(
            Mutant(
                "sign of the twiddle factor",
                lambda x: np.fft.ifft(x) * len(x),
                "The twiddle factor turns the wrong way: exp(-2j ...), with a minus.",
            ),
            Mutant(
                "even and odd swapped",
                lambda x: by_halves(x, split=lambda x: (x[1::2], x[::2])),
                "Even and odd are swapped: x[::2] are the even-numbered samples, and the odd half takes the twiddle "
                "factor.",
            ),
            Mutant(
                "twiddle factor of N/2",
                lambda x: by_halves(x, turns=2.0),
                "The twiddle factor turns twice too fast: k / N with N the full length, not the half.",
            ),
            Mutant(
                "no twiddle factor",
                lambda x: by_halves(x, turns=0.0),
                "The twiddle factor is missing: multiply the odd half by exp(-2j * pi * k / N) before you add and "
                "subtract.",
            ),
            Mutant(
                "first and second half",
                lambda x: by_halves(x, split=lambda x: (x[: len(x) // 2], x[len(x) // 2 :])),
                "Split into the even-numbered and the odd-numbered samples, x[::2] and x[1::2], not into first "
                "and second half.",
            ),
            Mutant(
                "no minus",
                lambda x: by_halves(x, joined=plus_plus),
                "The second half takes a minus: E minus twiddle factor times O.",
            ),
            Mutant(
                "interleaved",
                lambda x: by_halves(x, joined=interleave),
                "The two results stand one after the other, not interleaved: np.concatenate.",
            ),
            Mutant(
                "minus first",
                lambda x: by_halves(x, joined=minus_first),
                "The halves of the result are swapped: first E plus twiddle factor times O, then E minus it.",
            ),
            Mutant(
                "real part of x",
                lambda x: np.fft.fft(np.real(x)),
                "The imaginary part of x was dropped on the way: x may be complex, and so is what each half returns.",
            ),
            Mutant(
                "real part of the result",
                lambda x: np.real(np.fft.fft(x)).astype(complex),
                "The imaginary part of the result was dropped: an array made for real numbers cannot hold it.",
            ),
        ),
    ),
    Question(
        id="02.convolve",
        title="A long signal, a short filter",
        points=3,
        kind="core",
        name="convolve_in_blocks",
        minutes=25,
        cases=convolution_cases,
        oracle=numpy_convolution,
        compare=close(1e-9),
        forbidden=CONVOLUTIONS,
        spared={
            "range(0, len(y), block) -> range(0, len(y) + 1, block)": "a block without samples adds zeros"
        },
        hints=(
            "A block of B samples, convolved with L taps, gives B + L - 1 samples: L - 1 more than the step to the "
            "next block. What is to be done where they overlap?",
            "The transform of the filter is made once, padded to n_fft. Each block is padded to n_fft as well, "
            "transformed, multiplied with it and transformed back: n_fft samples, which is exactly B + L - 1.",
            "Make a result of zeros that is long enough. Walk through y in steps of B = n_fft - L + 1, and ADD the "
            "n_fft samples of each block's result at the block's own start. In the end keep len(y) + L - 1 samples. "
            "(rfft's second argument pads.)",
        ),
        mutants=(
            Mutant(
                "one transform for all",
                lambda y, h, n_fft: at_once(y, h),
                "The signal was transformed in one piece: one broken sample spoils all. Take blocks, and transform "
                "each with n_fft points.",
            ),
            Mutant(
                "wrapped round",
                lambda y, h, n_fft: by_blocks(y, h, n_fft, block=n_fft),
                "The end of each block wraps round to its beginning: n_fft samples were transformed with n_fft "
                "points. Leave len(h) - 1 zeros at the end of the block.",
            ),
            Mutant(
                "block one too long",
                lambda y, h, n_fft: by_blocks(y, h, n_fft, block=n_fft - len(h) + 2),
                "One sample of each block wraps round: a block of n_fft - len(h) + 1 samples just fits.",
            ),
            Mutant(
                "tails lost",
                lambda y, h, n_fft: by_blocks(y, h, n_fft, keep=n_fft - len(h) + 1),
                "The tail of each block is lost: the last len(h) - 1 samples of its result belong to the next "
                "block's beginning, where they are added.",
            ),
            Mutant(
                "tails overwritten",
                lambda y, h, n_fft: by_blocks(y, h, n_fft, write=put),
                "Each block overwrites the tail of the one before: add (+=) where they overlap.",
            ),
            Mutant(
                "last block lost",
                lambda y, h, n_fft: by_blocks(y, h, n_fft, whole_only=True),
                "The last block is missing where it is short. Its transform pads it with zeros like the others.",
            ),
            Mutant(
                "same length",
                lambda y, h, n_fft: numpy_convolution(y, h, n_fft)[(len(h) - 1) // 2 :][
                    : max(len(y), len(h))
                ],
                "This is the middle of the result, as mode='same' gives it. Return all len(y) + len(h) - 1 samples.",
            ),
            Mutant(
                "end cut off",
                lambda y, h, n_fft: numpy_convolution(y, h, n_fft)[: len(y)],
                "The filter's last tail is cut off. Return all len(y) + len(h) - 1 samples.",
            ),
            Mutant(
                "correlation",
                lambda y, h, n_fft: by_blocks(y, h, n_fft, turn=np.conj),
                "The filter runs backwards in time: multiply the two transforms as they are, neither conjugated.",
            ),
            Mutant(
                "reversed filter",
                lambda y, h, n_fft: by_blocks(y, h[::-1], n_fft),
                "The filter stands back to front. A convolution turns it round by itself: take h as it is.",
            ),
            Mutant(
                "one circular transform",
                lambda y, h, n_fft: at_once(y, h, len(y)),
                "One transform of len(y) samples: the end of the convolution comes back at the beginning. Cut y into "
                "blocks, and leave each room for len(h) - 1 samples more.",
            ),
            Mutant(
                "n_fft samples only",
                lambda y, h, n_fft: at_once(y, h, n_fft),
                "That is one transform of n_fft samples, for the first n_fft samples of y. All blocks of y take "
                "their turn, and their results are added where they belong.",
            ),
            Mutant(
                "NaN made 0",
                lambda y, h, n_fft: np.convolve(np.nan_to_num(y), h),
                "The broken sample has become 0, and with it the sign that something is broken. Leave it: it spoils "
                "the result of its own block.",
            ),
            Mutant(
                "transforms of twice n_fft",
                lambda y, h, n_fft: by_blocks(y, h, 2 * n_fft, block=n_fft),
                "The sums are right, but the transforms have 2 * n_fft samples: the broken sample tells. Take blocks "
                "of n_fft - len(h) + 1 samples, so that n_fft is enough.",
            ),
            Mutant(
                "blocks two too short",
                lambda y, h, n_fft: by_blocks(y, h, n_fft, block=max(1, n_fft - len(h) - 1)),
                "The sums are right, but the blocks have n_fft - len(h) - 1 samples: the broken sample tells. Two "
                "more fit: + 1, not - 1.",
            ),
            Mutant(
                "blocks of half n_fft",
                lambda y, h, n_fft: by_blocks(
                    y, h, n_fft, block=min(n_fft // 2, n_fft - len(h) + 1)
                ),
                "The sums are right, but the blocks have n_fft / 2 samples: the broken sample tells. That is "
                "customary, and here n_fft - len(h) + 1 samples are asked for.",
            ),
            Mutant(
                "longer transforms",
                lambda y, h, n_fft: by_blocks(y, h, n_fft + len(h) - 1, block=n_fft),
                "The sums are right, but the transforms are longer than n_fft: the broken sample tells. Take shorter "
                "blocks, n_fft - len(h) + 1 samples, so that n_fft is enough.",
            ),
            Mutant(
                "no transform",
                lambda y, h, n_fft: np.convolve(y, h),
                "The broken sample spoils len(h) samples alone: nothing was transformed. Work in blocks, by "
                "transforms of n_fft samples.",
            ),
            Mutant(
                "overlap-save",
                saved,
                "That is overlap-save: the blocks overlap in the input, and nothing is added. It is as good, but "
                "here the blocks follow each other and their results overlap.",
            ),
            Mutant(
                "half-filled blocks",
                lambda y, h, n_fft: by_blocks(y, h, n_fft, block=max(1, n_fft - len(h))),
                "The sums are right, but the blocks are shorter than they could be: the broken sample tells. A block "
                "has n_fft - len(h) + 1 samples, the first one begins at sample 0.",
            ),
        ),
    ),
    Question(
        id="02.clinic",
        title="Bug clinic: the strongest tone",
        points=2,
        kind="bug",
        name="strongest_tone",
        minutes=15,
        cases=tone_cases,
        oracle=scipy_tone,
        compare=all_of((near(0.01, unit="Hz"), close(1e-9, quantity="amplitude"))),
        spared={
            "2 * magnitude[k] / np.sum(w) -> 2 * magnitude[k] / (np.sum(w) + 1e-08)": "the sum of a window of hundreds "
            "of samples is far larger: nothing can tell"
        },
        hints=(
            "Try it on a sine that you make yourself, of 1,000 Hz and amplitude 0.5, with 256 samples at 8 kHz: "
            "1,000 Hz is bin 32. Which two numbers come out?",
            "How far apart are the bins, and how far apart are the numbers of np.linspace? And a sine of amplitude a "
            "gives, after the window and the division by n, a * sum(w) / n in all; half of it stands at the negative "
            "frequency, which rfft does not show.",
            "Take the frequency from the number of the bin, k * sr / n, which is right for odd n, too. Divide the "
            "magnitude by what a sine of amplitude 1 would give: half the sum of the window.",
        ),
        mutants=(
            Mutant(
                "the snippet as it was",
                tone(axis_of_snippet, over_n),
                "Both faults are still there: the frequency is a little too high, the amplitude a quarter of the "
                "right one.",
            ),
            Mutant(
                "axis mended, amplitude not",
                tone(level=over_n),
                "The frequency is right. The amplitude is a quarter of the right one: half is at the negative "
                "frequency, and the window takes half of the rest.",
            ),
            Mutant(
                "amplitude mended, axis not",
                tone(axis_of_snippet),
                "The amplitude is right. The frequency is a little too high: n // 2 numbers from 0 to sr / 2 are not "
                "sr / n apart.",
            ),
            Mutant(
                "right for even lengths",
                tone(axis_to_nyquist),
                "Right for even lengths only: with an odd n the last bin lies below sr / 2. Bin k is at k * sr / n.",
            ),
            Mutant(
                "axis to the sample rate",
                tone(axis_to_sr),
                "Twice too high: rfft's bins end at half the sample rate.",
            ),
            Mutant(
                "half of the amplitude",
                tone(level=lambda S, w: S / np.sum(w)),
                "The amplitude is half of the right one. Two things are missing in the snippet, each a factor of 2: "
                "the negative frequency holds the other half, and the window lets through sum(w), not n.",
            ),
            Mutant(
                "no window",
                lambda y, sr: [
                    float(np.argmax(np.abs(np.fft.rfft(y))) * sr / len(y)),
                    float(2 * np.abs(np.fft.rfft(y)).max() / len(y)),
                ],
                "The window is gone, and between two bins the amplitude comes out lower than with it. Keep the "
                "window.",
            ),
            Mutant(
                "divided by the energy of the window",
                tone(level=lambda S, w: 2 * S / np.sqrt(np.sum(w**2) * len(w))),
                "Divided by the root of the window's energy: that is for noise. A tone adds up in step: divide by "
                "the sum of w.",
            ),
            Mutant(
                "effective value",
                tone(level=lambda S, w: np.sqrt(2) * S / np.sum(w)),
                "That is the RMS value of the tone. Its amplitude, the peak, is sqrt(2) times as large.",
            ),
            Mutant(
                "symmetric window",
                lambda y, sr: [
                    scipy_tone(y, sr)[0],
                    float(
                        2
                        * np.abs(np.fft.rfft(np.hanning(len(y)) * y)).max()
                        / np.hanning(len(y)).sum()
                    ),
                ],
                "The window of the snippet, np.hanning(n + 1)[:-1], was right; np.hanning(n) is a symmetric one.",
            ),
            Mutant(
                "number of the bin",
                tone(lambda n, sr: np.arange(n // 2 + 1)),
                "The first number is that of the bin. In hertz bin k is at k * sr / n.",
            ),
            Mutant(
                "power",
                tone(level=lambda S, w: (2 * S / np.sum(w)) ** 2),
                "That is the square of the amplitude. Take the magnitude as it is.",
            ),
            Mutant(
                "power of a sine",
                tone(level=lambda S, w: (2 * S / np.sum(w)) ** 2 / 2),
                "That is the power of the tone, a * a / 2. Its amplitude a is asked for.",
            ),
            Mutant(
                "the wrong half",
                tone(lambda n, sr: sr - axis_of_bins(n, sr)),
                "That is the bin of the negative frequency, in the upper half of the DFT: sr - f in place of f. Look "
                "in the lower half only.",
            ),
            Mutant(
                "swapped",
                lambda y, sr: scipy_tone(y, sr)[::-1],
                "The two are swapped: (frequency, amplitude).",
            ),
        ),
    ),
    Question(
        id="02.whistle",
        title="Experiment: remove the whistle",
        points=3,
        kind="experiment",
        name="remove_whistle",
        minutes=30,
        cases=whistle_cases,
        compare=threshold(snr, above=LEAST_SNR, name="SNR against the clean recording", unit="dB"),
        hints=(
            "A steady tone is narrow in frequency and lasts; speech comes and goes. Over which length of time do the "
            "two differ most in a spectrum?",
            "Take np.fft.rfft of the whole recording. A whistle is a peak far above its surroundings; set it and a "
            "few Hz on both sides to zero, and go back with np.fft.irfft.",
            "Look for the highest bin between 600 Hz and 2.4 kHz. If it is many times as high as the median of the "
            "magnitudes within 100 Hz of it, clear it with about 5 Hz on both sides, and look again; else stop. "
            "Hertz become bins by len(y) / sr.",
        ),
        mutants=(
            Mutant(
                "low-pass",
                low_pass,
                "Everything above 600 Hz is gone, the whistle and the consonants with it.",
            ),
            Mutant(
                "one bin",
                one_bin,
                "One bin is not enough: the tone lies between bins and leaks. Clear a few Hz around each tone.",
            ),
            Mutant(
                "one tone",
                lambda y, sr: notched(y, sr, rounds=1),
                "One tone is left: it was looked for once only. Look for the next peak until none towers any more.",
            ),
            Mutant(
                "everywhere",
                lambda y, sr: notched(y, sr, low=0, high=sr),
                "A tone above 2.4 kHz is gone, too. It belongs to the recording: look between 600 Hz and 2.4 kHz.",
            ),
            Mutant(
                "wider band",
                lambda y, sr: notched(y, sr, low=500, high=2500),
                "A tone a little below 600 Hz is gone, too. It belongs to the recording: look between 600 Hz and "
                "2.4 kHz only.",
            ),
            Mutant(
                "wide gaps",
                lambda y, sr: notched(y, sr, gap=100),
                "Gaps of 100 Hz on both sides take speech, and tones that belong to the recording. A steady tone is "
                "a few Hz wide.",
            ),
            Mutant(
                "always two",
                lambda y, sr: notched(y, sr, rounds=2, sure=0),
                "Peaks were cleared whether they tower or not: where fewer whistles are, speech is lost. Compare a "
                "peak with its surroundings.",
            ),
            Mutant(
                "forty highest bins",
                highest_bins,
                "The highest bins were cleared, as many in every recording. Where no whistle is, these are speech: "
                "compare a peak with its surroundings first.",
            ),
            Mutant(
                "faded",
                lambda y, sr: notched(y, sr, window=np.hanning),
                "The result fades in and out: it was multiplied with a Hann window, and that was never undone. Take "
                "the window for looking only, or leave it out.",
            ),
            Mutant(
                "one sample rate for all",
                lambda y, sr: notched(y, 16000),
                "Right at 16 kHz only: is a sample rate written into your code? Take sr.",
            ),
            Mutant(
                "whole band",
                whole_band,
                "Everything from 600 Hz to 2.4 kHz is gone, most of the speech with it. A tone is a few Hz wide.",
            ),
            Mutant(
                "silence",
                lambda y, sr: np.zeros_like(y),
                "The whistle is gone, and so is the speech.",
            ),
            Mutant(
                "untouched",
                lambda y, sr: np.asarray(y),
                "This is the input. The whistle is still there.",
            ),
        ),
    ),
    Question(
        id="02.resolution",
        title="Prediction: how long a frame?",
        points=1,
        kind="prediction",
        name="frame_length",
        oracle=shortest_frame,
        compare=choice(("256", "512", "1024", "2048")),
        hints=(
            "How wide is a bin in Hz, for each of the four lengths? So how many bins are the tones apart?",
            "Bins that are narrow enough do not suffice. Each tone draws the window's main lobe, and that of a Hann "
            "window is 4 bins wide between its zeros. Two lobes that overlap too far become one.",
            "Two Hann lobes that are 2 bins apart can still melt into one, if the phases are unlucky; section 7 of "
            "the chapter measures that about 2.5 bins are enough whatever the phases. Which is the first length that "
            "has as many between the tones?",
        ),
        mutants=(
            Mutant(
                "one frame too short",
                lambda: "512",
                "Bins of 15.6 Hz: the tones are 1.3 bins apart, and with a Hann window two tones melt at that "
                "distance.",
            ),
            Mutant(
                "far too short",
                lambda: "256",
                "Bins of 31 Hz are wider than the distance of the tones.",
            ),
            Mutant(
                "longer than needed",
                lambda: "2048",
                "It separates them well; a shorter one does, too.",
            ),
        ),
    ),
]
