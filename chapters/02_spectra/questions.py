"""Questions of chapter 02. Truth comes from NumPy's FFT, from librosa, and from clean recordings."""

from dataclasses import replace

import numpy as np

from coursekit import data
from coursekit.exercise import Case, Mutant, Question, choice, close, integers, threshold

# An answer to 2 and 3 may call none of these.
FFTS = tuple(
    f"{module}.{name}"
    for module in ("numpy.fft", "scipy.fft")
    for name in ("fft", "ifft", "rfft", "irfft")
)
FFTS += ("coursekit.dsp.dft", "coursekit.dsp.dft_matrix", "coursekit.dsp.fft")

# --- 1 and 2: bins and the definition ------------------------------------------------------------------------


def bin_cases(rng):
    k = int(rng.integers(100, 400))
    return [
        Case(450.0, sr=44100, n_fft=2048),
        Case(1000.0, sr=16000, n_fft=512),
        Case((k + 0.7) * 8000 / 1024, sr=8000, n_fft=1024),
        Case(3990.0, sr=8000, n_fft=256),
    ]


def dft_cases(rng):
    return [
        Case(rng.standard_normal(8)),
        Case(rng.standard_normal(101)),
        Case(rng.standard_normal(64) + 1j * rng.standard_normal(64)),
    ]


# --- 3: the FFT ----------------------------------------------------------------------------------------------


def fft_cases(rng):
    # the last one is too long for an N x N matrix of complex numbers: 17 GB
    return [
        Case(np.array([3.0])),
        Case(rng.standard_normal(8)),
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


def by_halves(x, *, split=even_odd, twist=1.0, joined=np.concatenate):
    """The recursion of equation 6, whose parts can be replaced by wrong ones."""
    n = len(x)
    if n == 1:
        return np.asarray(x, dtype=complex)
    even, odd = (
        by_halves(half, split=split, twist=twist, joined=joined) for half in split(np.asarray(x))
    )
    turned = np.exp(-2j * np.pi * twist * np.arange(n // 2) / n) * odd
    return joined([even + turned, even - turned])


# --- 4: the STFT ---------------------------------------------------------------------------------------------


def stft_cases(rng):
    return [
        Case(rng.standard_normal(1000), n_fft=256, hop_length=64),
        Case(rng.standard_normal(1000), n_fft=128, hop_length=50),
    ]


def librosa_stft(y, **how):
    import librosa  # takes a second or two to import: only when this question is checked

    return librosa.stft(
        np.asarray(y, dtype=float),
        **{"window": "hann", "center": True, "pad_mode": "constant", **how},
    )


def librosa_istft(S, hop_length):
    import librosa

    return librosa.istft(np.asarray(S), hop_length=hop_length, window="hann", center=True)


# --- 5: bug clinic -------------------------------------------------------------------------------------------


def istft_cases(rng):
    speech, sr = data.load("librivox", quiet=True)["austen-2"].load()
    start = int(rng.integers(10_000, 20_000))
    edited = librosa_stft(rng.standard_normal(3000), n_fft=256, hop_length=64)
    edited *= rng.uniform(0, 1, edited.shape)  # no signal has exactly this STFT
    return [
        Case(
            librosa_stft(speech[start : start + 16_000], n_fft=512, hop_length=128), hop_length=128
        ),
        Case(librosa_stft(rng.standard_normal(3000), n_fft=256, hop_length=100), hop_length=100),
        Case(edited, hop_length=64),
        Case(librosa_stft(rng.standard_normal(2048), n_fft=256, hop_length=256), hop_length=256),
    ]  # sum 0 at places


def periodic(n):
    return np.hanning(n + 1)[:-1]


def undivided(S, hop_length, window):
    """The snippet of the statement: frames windowed and added up, nothing divided."""
    n_fft = 2 * (len(S) - 1)
    y = np.zeros(n_fft + hop_length * (S.shape[1] - 1))
    for m in range(S.shape[1]):
        y[m * hop_length : m * hop_length + n_fft] += window(n_fft) * np.fft.irfft(S[:, m])
    return y[n_fft // 2 : -(n_fft // 2)]


def divided(S, hop_length, window, weight):
    """The same, divided by the overlapping sum of `weight`."""
    n_fft = 2 * (len(S) - 1)
    total = np.zeros(n_fft + hop_length * (S.shape[1] - 1))
    for m in range(S.shape[1]):
        total[m * hop_length : m * hop_length + n_fft] += weight(n_fft)
    total = np.where(total > 0, total, 1.0)
    return undivided(S, hop_length, window) / total[n_fft // 2 : -(n_fft // 2)]


# --- 6: experiment -------------------------------------------------------------------------------------------


def whistle_cases(rng):
    cases = []
    for name, n_tones in (("austen-2", 1), ("austen-5", 2), ("austen-3", 2)):
        clean, sr = data.load("librivox", quiet=True)[name].load()
        clean = clean[: len(clean) // 2 * 2 - 1].astype(
            float
        )  # an odd length: irfft has to be told
        t = np.arange(len(clean)) / sr
        frequencies = rng.uniform(600, 1200, n_tones) * (1 + np.arange(n_tones))
        level = np.sqrt(2 * np.mean(clean**2))  # each tone as strong as the speech: 0 dB
        tones = sum(level * np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) for f in frequencies)
        cases.append(Case(clean + tones, sr=sr, truth=clean))
    return cases


def snr(answer, truth):
    if np.shape(answer) != np.shape(truth):
        raise ValueError(
            f"{np.size(answer):,} samples, wanted {len(truth):,}: give np.fft.irfft the length, n=len(y)"
        )
    return 10 * np.log10(np.sum(truth**2) / np.sum((truth - answer) ** 2))


class says_whether_a_tone_is_left(threshold):
    """threshold, which looks whether most of the error lies at one frequency."""

    def compare(self, answer, truth):
        verdict = super().compare(answer, truth)
        if verdict.ok or verdict.of_form:
            return verdict
        error = np.abs(np.fft.rfft(np.asarray(answer, dtype=float) - truth)) ** 2
        k, width = int(np.argmax(error)), int(5 * len(truth) / self.sound)
        share = error[max(0, k - width) : k + width + 1].sum() / error.sum()
        if not share > 0.5:
            return verdict
        why = (
            f"{100 * share:.0f} % of what is wrong lies within 5 Hz of one frequency: a tone, or its leakage, is "
            "still there"
        )
        return replace(verdict, details=(why, *verdict.details))


def low_pass(y, sr):
    Y = np.fft.rfft(y)
    Y[np.fft.rfftfreq(len(y), 1 / sr) > 600] = 0
    return np.fft.irfft(Y, n=len(y))


def highest_peak(y, sr):
    Y = np.fft.rfft(y)
    peak, width = int(np.argmax(np.abs(Y))), int(5 * len(y) / sr)
    Y[max(0, peak - width) : peak + width + 1] = 0
    return np.fft.irfft(Y, n=len(y))


def whole_band(y, sr):
    Y = np.fft.rfft(y)
    f = np.fft.rfftfreq(len(y), 1 / sr)
    Y[(f > 600) & (f < 2400)] = 0
    return np.fft.irfft(Y, n=len(y))


def one_bin(y, sr):
    Y = np.fft.rfft(y)
    Y[np.argmax(np.abs(Y))] = 0
    return np.fft.irfft(Y, n=len(y))


# --- 7: prediction -------------------------------------------------------------------------------------------


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
        cases=bin_cases,
        oracle=lambda frequency, sr, n_fft: int(
            np.argmin(np.abs(np.fft.rfftfreq(n_fft, 1 / sr) - frequency))
        ),
        compare=integers(),
        hints=(
            "Bin k stands for the frequency k * sr / n_fft. Turn this round.",
            "frequency * n_fft / sr is the place, with decimals.",
            "Compute that place, round it to the nearest whole number (not down), and make an int"
            " of it.",
        ),
        mutants=(
            Mutant(
                "cut instead of rounded",
                lambda frequency, sr, n_fft: int(frequency * n_fft / sr),
                "One bin too low in places. Were decimals cut off, as int() and // do? Round to the nearest bin.",
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
                "upside down",
                lambda frequency, sr, n_fft: round(frequency * sr / n_fft),
                "Upside down: the distance of two bins is sr / n_fft, so divide the frequency by that.",
            ),
            Mutant(
                "half",
                lambda frequency, sr, n_fft: round(frequency * n_fft / sr / 2),
                "Half of the right bin. The spacing of bins is sr / n_fft, with n_fft the whole length.",
            ),
        ),
    ),
    Question(
        id="02.dft",
        title="The DFT from its definition",
        points=1,
        kind="warmup",
        name="dft",
        cases=dft_cases,
        oracle=lambda x: np.fft.fft(x),
        compare=close(1e-10, float64=True, quantity="spectrum"),
        forbidden=FFTS,
        hints=(
            "One bin is one inner product. All bins are one matrix product.",
            "W[k, n] = exp(-2j * pi * k * n / N); np.outer(n, n) makes all the products k * n.",
            "np.outer makes the matrix of all products k * n. Put it into the exponential with "
            "its factor, and multiply the matrix by x with @.",
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
        cases=fft_cases,
        oracle=lambda x: np.fft.fft(x),
        compare=close(1e-10, quantity="spectrum"),
        forbidden=FFTS,
        hints=(
            "Write it for length 1 first, then in terms of itself for half the length.",
            "E = fft(x[::2]), O = fft(x[1::2]), and the twist exp(-2j * pi * k / n) for k = 0 ... n/2 - 1.",
            "After the two calls: multiply the odd half by its twists, all at once. The first "
            "half of the result is the sum of both, the second half their difference; join them "
            "end to end.",
        ),
        mutants=(
            Mutant(
                "sign of the twist",
                lambda x: np.fft.ifft(x) * len(x),
                "The twist turns the wrong way: exp(-2j ...), with a minus.",
            ),
            Mutant(
                "even and odd swapped",
                lambda x: by_halves(x, split=lambda x: (x[1::2], x[::2])),
                "Even and odd are swapped: x[::2] are the even-numbered samples, and the odd half is twisted.",
            ),
            Mutant(
                "twist by n/2",
                lambda x: by_halves(x, twist=2.0),
                "The twist turns twice too fast: k / n with n the full length, not the half.",
            ),
            Mutant(
                "no twist",
                lambda x: by_halves(x, twist=0.0),
                "The odd half is not twisted: multiply it by exp(-2j * pi * k / n) before you add and subtract.",
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
                "The second half takes a minus: E - twisted O.",
            ),
            Mutant(
                "interleaved",
                lambda x: by_halves(x, joined=interleave),
                "The two results stand one after the other, not interleaved: np.concatenate.",
            ),
            Mutant(
                "minus first",
                lambda x: by_halves(x, joined=minus_first),
                "The halves of the result are swapped: E + twisted O comes first, E - twisted O second.",
            ),
        ),
    ),
    Question(
        id="02.stft",
        title="An STFT equal to librosa's",
        points=3,
        kind="core",
        name="stft",
        cases=stft_cases,
        oracle=librosa_stft,
        compare=close(1e-10, float64=True, quantity="spectrum"),
        forbidden=("coursekit.dsp.stft",),
        hints=(
            "Three steps: pad, cut into windowed frames, transform each frame.",
            "np.pad(y, n_fft // 2) puts zeros on both sides; there are 1 + len(y) // hop_length frames; the "
            "window is periodic: np.hanning(n_fft + 1)[:-1].",
            "Frame m is n_fft samples of the padded signal from m * hop_length on, times the "
            "window; np.fft.rfft of each, stacked as columns (axis=1).",
        ),
        mutants=(
            Mutant(
                "symmetric window",
                lambda y, n_fft, hop_length: librosa_stft(
                    y, n_fft=n_fft, hop_length=hop_length, window=np.hanning(n_fft)
                ),
                "A symmetric window; the STFT wants a periodic one: np.hanning(n_fft + 1)[:-1].",
            ),
            Mutant(
                "no window",
                lambda y, n_fft, hop_length: librosa_stft(
                    y, n_fft=n_fft, hop_length=hop_length, window="boxcar"
                ),
                "The frames were cut with a rectangle. Multiply each by a Hann window before the FFT.",
            ),
            Mutant(
                "mirrored padding",
                lambda y, n_fft, hop_length: librosa_stft(
                    y, n_fft=n_fft, hop_length=hop_length, pad_mode="reflect"
                ),
                "Only the outermost frames differ: you mirrored the signal (as torch does). Pad with zeros.",
            ),
            Mutant(
                "no centring",
                lambda y, n_fft, hop_length: librosa_stft(
                    y, n_fft=n_fft, hop_length=hop_length, center=False
                ),
                "Frames are not centred: pad n_fft // 2 zeros on both sides first.",
            ),
            Mutant(
                "magnitude",
                lambda y, n_fft, hop_length: np.abs(
                    librosa_stft(y, n_fft=n_fft, hop_length=hop_length)
                ),
                "That is the magnitude. Return the complex spectrum: without phases there is no way back.",
            ),
            Mutant(
                "transposed",
                lambda y, n_fft, hop_length: librosa_stft(y, n_fft=n_fft, hop_length=hop_length).T,
                "Frames lie in rows. Put frequency on the first axis and time on the second: (freq, frames).",
            ),
        ),
    ),
    Question(
        id="02.istft",
        title="Bug clinic: an inverse that is too loud",
        points=2,
        kind="bug",
        name="istft",
        cases=istft_cases,
        oracle=librosa_istft,
        compare=close(1e-9, float64=True, sound=16000),
        forbidden=("coursekit.dsp.istft",),
        hints=(
            "What was each sample multiplied by, before the frames were added up? By w once in the STFT, and ...",
            "Equation 10: divide by the sum of w**2 at each sample. And which Hann window did the STFT use?",
            "In the loop that adds up the frames add up the squared window, too, in an array of "
            "its own. After the loop divide where that sum is above 0, and leave the other "
            "samples. The window: one sample more than n_fft, without its last one.",
        ),
        mutants=(
            Mutant(
                "the snippet as it was",
                lambda S, hop_length: undivided(S, hop_length, np.hanning),
                "Both faults are still there. Look at the level: how much too loud is it, and why?",
            ),
            Mutant(
                "window mended, no division",
                lambda S, hop_length: undivided(S, hop_length, periodic),
                "The window is right. The sum of the squared windows is still in the result: divide by it.",
            ),
            Mutant(
                "division, symmetric window",
                lambda S, hop_length: divided(
                    S, hop_length, np.hanning, lambda n: np.hanning(n) ** 2
                ),
                "The level is right and the third digit is not: the STFT used a periodic Hann window.",
            ),
            Mutant(
                "untrimmed",
                lambda S, hop_length: np.pad(librosa_istft(S, hop_length), len(S) - 1),
                "The padding is still there: n_fft // 2 samples at both ends belong to it. Cut them off.",
            ),
            Mutant(
                "windowed once",
                lambda S, hop_length: divided(S, hop_length, np.ones, periodic),
                "That inverts an untouched STFT; on an edited one it is not the nearest signal. Equation 10: window "
                "again, then divide by the sum of w**2.",
            ),
            Mutant(
                "divided by 1.5",
                lambda S, hop_length: undivided(S, hop_length, periodic) / 1.5,
                "1.5 is right in the middle, for a hop of n_fft / 4. Add up w**2 for each sample and divide by it.",
            ),
            Mutant(
                "divided by the sum of w",
                lambda S, hop_length: divided(S, hop_length, periodic, periodic),
                "Divided by the sum of w. The frames were windowed twice, in the STFT and here: sum w**2.",
            ),
        ),
    ),
    Question(
        id="02.whistle",
        title="Experiment: remove the whistle",
        points=3,
        kind="experiment",
        name="remove_whistle",
        cases=whistle_cases,
        compare=says_whether_a_tone_is_left(
            snr, above=10, name="SNR against the clean recording", unit="dB", sound=16000
        ),
        hints=(
            "A steady tone is narrow in frequency and lasts; speech comes and goes. A long frame shows the first.",
            "Take np.fft.rfft of the whole recording. A whistle is a peak far above its surroundings. Set it and "
            "a few Hz on both sides to zero, and go back with np.fft.irfft.",
            "Repeat until no peak towers any more: find the largest bin; compare it with the "
            "median of the bins within 100 Hz; if it is 20 times as large, set it to 0, with "
            "about 5 Hz on both sides.",
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
                highest_peak,
                "One tone is gone. This recording has two: look for the next peak, until none towers any more.",
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
            "How wide is the main lobe of a Hann window, in bins? And how wide is a bin in Hz?",
            "Two peaks part when they are about two bins or more from each other: half the width of the main lobe.",
            "2 * 8000 / n must not be much more than 20 Hz.",
        ),
        mutants=(
            Mutant(
                "one frame too short",
                lambda: "512",
                "Bins of 15.6 Hz: the tones are 1.3 bins apart, inside one main lobe of a Hann window (4 bins).",
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
