"""Questions of chapter 02b. Truth comes from librosa, SciPy, closed forms, and the labels of recorded speech."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from coursekit import audio, data, dsp
from coursekit.exercise import (
    Case,
    Mutant,
    Question,
    Verdict,
    as_array,
    choice,
    close,
    integers,
    labels,
    near,
)

STFTS = (
    "librosa.stft",
    "librosa.reassigned_spectrogram",
    "scipy.signal.stft",
    "scipy.signal.spectrogram",
    "scipy.signal.ShortTimeFFT",
    "torch.stft",
    "coursekit.dsp.stft",
)
INVERSES = (
    "librosa.istft",
    "scipy.signal.istft",
    "scipy.signal.ShortTimeFFT",
    "torch.istft",
    "coursekit.dsp.istft",
)

HALF_IS_WHOLE = "n_fft is even, so that all roundings of n_fft / 2 agree"


def librosa_stft(y, **how):
    import librosa  # takes a second or two to import: only when this question is checked

    return librosa.stft(
        np.asarray(y, dtype=float),
        **{"window": "hann", "center": True, "pad_mode": "constant", **how},
    )


def librosa_istft(S, hop_length):
    import librosa

    return librosa.istft(np.asarray(S), hop_length=hop_length, window="hann", center=True)


def periodic(n):
    return np.hanning(n + 1)[:-1]


# --- which columns hold a moment? --------------------------------------------------------------------------


def column_cases(rng):
    """Samples on both sides of the edges of frames, times between samples, and one that falls short by rounding."""
    m = int(rng.integers(20, 60))
    sides = [(m * 160 + offset, 16000, 512, 160) for offset in (-257, -256, 255, 256, 255.3, 255.7)]
    short = next(n for n in range(20 * 512 + 1024, 10**6, 512) if int(n / 44100 * 44100) < n)
    samples = [
        (8000, 16000, 512, 128),
        (0, 16000, 512, 128),
        (200, 22050, 1024, 256),
        *sides,
        (short, 44100, 2048, 512),  # the first sample that the last of its frames does not hold
        (int(rng.integers(4000, 9000)), 8000, 256, 100),
        (700, 8000, 64, 64),
    ]
    return [
        Case(n / sr, sr=sr, n_fft=n_fft, hop_length=hop_length)
        for n, sr, n_fft, hop_length in samples
    ]


def librosa_columns(t, sr, n_fft, hop_length):
    """The frames, cut by librosa out of the numbers of all samples, that hold the sample's number."""
    import librosa

    sample = round(t * sr)
    numbers = np.pad(np.arange(sample + 2 * n_fft + hop_length), n_fft // 2, constant_values=-1)
    frames = librosa.util.frame(numbers, frame_length=n_fft, hop_length=hop_length)
    holding = np.flatnonzero((frames == sample).any(axis=0))
    return [int(holding[0]), int(holding[-1])]


def columns_with(
    *,
    before=lambda n: n // 2,
    after=lambda n: n // 2 - 1,
    sample=lambda t, sr: round(t * sr),
    lowest=0,
):
    """An answer whose frames reach `before` samples to the left of their centre and `after` to the right."""

    def answer(t, sr, n_fft, hop_length):
        n = sample(t, sr)
        first = -((after(n_fft) - n) // hop_length)
        return [max(lowest, first), (n + before(n_fft)) // hop_length]

    return answer


def first_rounded_down(t, sr, n_fft, hop_length):
    n = round(t * sr)
    return [max(0, (n - n_fft // 2 + 1) // hop_length), (n + n_fft // 2) // hop_length]


def both_rounded(t, sr, n_fft, hop_length):
    n = round(t * sr)
    return [max(0, round((n - n_fft // 2 + 1) / hop_length)), round((n + n_fft // 2) / hop_length)]


def all_columns(t, sr, n_fft, hop_length):
    first, last = librosa_columns(t, sr, n_fft, hop_length)
    return list(range(first, last + 1))


def in_seconds(t, sr, n_fft, hop_length):
    first, last = librosa_columns(t, sr, n_fft, hop_length)
    return [first * hop_length / sr, last * hop_length / sr]


def nearest_column(t, sr, n_fft, hop_length):
    m = round(t * sr / hop_length)
    return [m, m]


# --- ripple ------------------------------------------------------------------------------------------------


def ripple_cases(rng):
    return [
        Case(np.array([1.0, 2.0, 3.0, 2.0]), hop_length=2),
        Case(periodic(512), hop_length=128),
        Case(periodic(512), hop_length=200),
        Case(np.hanning(512), hop_length=256),
        Case(periodic(400), hop_length=400),
        Case(np.round(rng.uniform(0.1, 1.0, 12), 1), hop_length=5),
        Case(np.round(rng.uniform(0.1, 1.0, 37), 2), hop_length=10),
        Case(1e-9 * np.hamming(96), hop_length=50),
        Case(np.array([-0.1, 0.3, 1.0, 0.3, -0.1]), hop_length=2),  # a window may go below zero
        Case(np.hanning(256), hop_length=8),  # 32 copies meet in one place
    ]


@dataclass(frozen=True)
class uneven(near):
    """A ripple; one that is off by little is told what this mostly comes from."""

    def agrees(self, answer: object, other: object) -> bool:
        """Return whether both are one mistake; where the ends count, how many copies there are moves the mean."""
        if super().agrees(answer, other):
            return True
        got, want = as_array(answer), as_array(other)
        if got is None or got.ndim or want.ndim or np.iscomplexobj(got):
            return False
        # Above 1.5 the copies that are missing at the ends are most of what was averaged.
        within = 0.4 if want > 1.5 else 0.08 if want > 0.3 else 0.005
        return bool(want > 0 and abs(got / want - 1) < within)

    def judge(self, answer: object, truth: object) -> Verdict:
        """Judge as a number, and look at the quotient where it is wrong."""
        verdict = super().judge(answer, truth)
        got, want = as_array(answer), as_array(truth)
        if verdict.ok or verdict.of_form or got.ndim or np.iscomplexobj(got) or not want > 0.001:
            return verdict
        off = float(got / want - 1)
        if not abs(off) < 0.005:
            return verdict
        told = f"only {100 * abs(off):.2g} % too {'large' if off > 0 else 'small'}: was the mean taken over a broken"
        return replace(
            verdict,
            message=f"{told} number of periods? One period, hop_length samples, is enough",
            details=(*verdict.details, verdict.message),
        )


def total_of_copies(window, hop_length, n_copies=40):
    """A train of impulses through a filter whose taps are the window: the sum of shifted copies."""
    import scipy.signal

    train = np.zeros(n_copies * hop_length + len(window))
    train[: n_copies * hop_length : hop_length] = 1.0
    return scipy.signal.lfilter(np.asarray(window, dtype=float), [1.0], train)


def steady_part(window, hop_length):
    start = -(-len(window) // hop_length) * hop_length
    return total_of_copies(window, hop_length)[start : start + hop_length]


def middle(window, hop_length, *, cut=0):
    """The sum of many copies without `cut` samples at both ends."""
    total = total_of_copies(window, hop_length)
    end = 39 * hop_length + len(window)  # where the last copy ends
    return total[cut : end - cut]


def relative_range(total):
    return float((np.max(total) - np.min(total)) / np.mean(total))


def few_copies(window, hop_length, *, n_copies):
    """One period from the middle of a fixed number of copies."""
    total = total_of_copies(window, hop_length, n_copies)
    start = (n_copies // 2) * hop_length + len(window) // 2
    return relative_range(total[start : start + hop_length])


def two_copies(window, hop_length):
    w = np.asarray(window, dtype=float)
    total = w[:hop_length].copy()
    total[: max(0, len(w) - hop_length)] += w[hop_length : 2 * hop_length]
    return relative_range(total)


def whole_slices(window, hop_length):
    w = np.asarray(window, dtype=float)
    return relative_range(
        w[: len(w) // hop_length * hop_length].reshape(-1, hop_length).sum(axis=0)
    )


# --- the STFT ----------------------------------------------------------------------------------------------


def stft_cases(rng):
    return [
        Case(rng.standard_normal(1000), n_fft=256, hop_length=64),
        Case(rng.standard_normal(1000), n_fft=128, hop_length=50),
        Case(rng.standard_normal(601), n_fft=250, hop_length=301),
    ]


def stft_with(**how):
    return lambda y, n_fft, hop_length: librosa_stft(y, n_fft=n_fft, hop_length=hop_length, **how)


# --- one round of Griffin-Lim ------------------------------------------------------------------------------


@dataclass(frozen=True)
class angles(close):
    """Angles in radians, equal up to whole turns."""

    def judge(self, answer: object, truth: object) -> Verdict:
        """Turn each angle to within half a turn of the wanted one, compare as numbers, and tell radians."""
        got, want = as_array(answer), as_array(truth)
        if (
            got is None
            or got.shape != want.shape
            or np.iscomplexobj(got)
            or np.iscomplexobj(want)
            or not np.all(np.isfinite(got) & np.isfinite(want))
        ):
            return super().judge(answer, truth)
        turned = got - (2 * np.pi * np.round((got - want) / (2 * np.pi))).astype(got.dtype)
        verdict = super().judge(turned, truth)
        if verdict.ok or verdict.of_form:
            return verdict
        off = np.abs(turned - want)
        wrong = off > self.rtol * np.max(np.abs(want), initial=0.0)
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        return Verdict(
            False,
            f"the largest difference is {np.max(off):.3g} rad, whole turns apart",
            (
                f"first difference at index {at}: got {got[at]:.6g} rad, wanted {want[at]:.6g} rad "
                f"({np.sum(wrong)} of {want.size} angles differ)",
            ),
            at=at,
        )


def round_cases(rng):
    speech = recording("austen-5")
    start = int(rng.integers(10_000, 20_000))
    M = np.abs(librosa_stft(speech[start : start + 4000], n_fft=256, hop_length=64))
    silent = rng.uniform(0.1, 1.0, (33, 40))
    silent[:, 15:26] = 0.0
    wanted = [(rng.uniform(0.1, 1.0, (33, 20)), 16), (M, 64), (rng.uniform(0, 1, (65, 12)), 48)]
    wanted.append((silent, 16))
    return [
        Case(M, rng.uniform(-np.pi, np.pi, M.shape), hop_length=hop_length)
        for M, hop_length in wanted
    ]


def rebuilt(guess, hop_length):
    y = librosa_istft(guess, hop_length)
    return librosa_stft(y, n_fft=2 * (len(guess) - 1), hop_length=hop_length)


def phases_of(S):
    return np.where(S == 0, 0.0, np.angle(S))


def librosa_round(M, phases, hop_length):
    return phases_of(rebuilt(M * np.exp(1j * phases), hop_length))


def with_momentum(M, phases, hop_length):
    guess = M * np.exp(1j * phases)
    S = rebuilt(guess, hop_length)
    return phases_of(S + 0.99 * (S - guess))


def hop_of_a_quarter(M, phases, hop_length):
    n_fft = 2 * (len(M) - 1)
    y = librosa_istft(M * np.exp(1j * phases), n_fft // 4)
    return phases_of(librosa_stft(y, n_fft=n_fft, hop_length=n_fft // 4))


def two_rounds(M, phases, hop_length):
    return librosa_round(M, librosa_round(M, phases, hop_length), hop_length)


def divided(S):
    with np.errstate(all="ignore"):
        return np.angle(S / np.abs(S))


# --- bug clinic --------------------------------------------------------------------------------------------


def istft_cases(rng):
    speech = recording("austen-2")
    start = int(rng.integers(10_000, 20_000))
    edited = librosa_stft(rng.standard_normal(3000), n_fft=256, hop_length=64)
    edited *= rng.uniform(0, 1, edited.shape)  # no signal has exactly this STFT
    return [
        Case(
            librosa_stft(speech[start : start + 16_000], n_fft=512, hop_length=128), hop_length=128
        ),
        Case(librosa_stft(rng.standard_normal(3000), n_fft=256, hop_length=100), hop_length=100),
        Case(edited, hop_length=64),
        # The sum is exactly 0 at places here, and 5e-12 beside them.
        Case(librosa_stft(rng.standard_normal(8192), n_fft=2048, hop_length=2048), hop_length=2048),
    ]


def undivided(S, hop_length, window):
    """The snippet of the statement: frames windowed and added up, nothing divided."""
    n_fft = 2 * (len(S) - 1)
    y = np.zeros(n_fft + hop_length * (S.shape[1] - 1))
    for m in range(S.shape[1]):
        y[m * hop_length : m * hop_length + n_fft] += window(n_fft) * np.fft.irfft(S[:, m])
    return y[n_fft // 2 : -(n_fft // 2)]


def weighted(S, hop_length, window, weight, least=0.0, more=0.0, elsewhere=1.0, lowest=0.0):
    """The same, divided by the overlapping sum of `weight` where this is above `least`, and by `elsewhere`."""
    n_fft = 2 * (len(S) - 1)
    total = np.zeros(n_fft + hop_length * (S.shape[1] - 1))
    for m in range(S.shape[1]):
        total[m * hop_length : m * hop_length + n_fft] += weight(n_fft)
    total = np.maximum(np.where(total > least, total + more, elsewhere), lowest)
    with np.errstate(all="ignore"):
        return undivided(S, hop_length, window) / total[n_fft // 2 : -(n_fft // 2)]


def squared(n):
    return periodic(n) ** 2


# --- experiment --------------------------------------------------------------------------------------------

HISSES = {"S", "Z", "SH", "ZH", "F", "TH"}
VOWELS = set("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())
HELD = (
    "austen-2",
    "austen-3",
    "austen-4",
)  # the statement gives austen-1 and austen-5 to the learner


@cache
def recording(name, sr=None):
    y, rate = data.load("librivox", quiet=True)[name].load()
    return (
        y.astype(float)
        if sr is None
        else audio.resample(y.astype(float), orig_sr=rate, target_sr=sr)
    )


@cache
def phones(kind, sr):
    """Every phone of one kind in the sentences that are held, cut out at its labelled times."""
    items = data.load("librivox", quiet=True)
    return [
        recording(name, sr)[round(start * sr) : round(end * sr)]
        for name in HELD
        for start, end, phone in items[name].phones
        if phone in (HISSES if kind == "hiss" else VOWELS)
    ]


def hiss_cases(rng):
    """Hisses and vowels in unequal numbers, at three sample rates, each sound at a level of its own."""
    cases = []
    for sr, n_hisses, n_vowels in ((16_000, 13, 13), (12_000, 8, 28), (48_000, 13, 6)):
        sounds = [
            (phones(kind, sr)[i], kind)
            for kind, n in (("hiss", n_hisses), ("vowel", n_vowels))
            for i in rng.choice(len(phones(kind, sr)), size=n, replace=False)
        ]
        sounds = [sounds[i] for i in rng.permutation(len(sounds))]
        levels = 10 ** (rng.uniform(-50, -20, len(sounds)) / 20)
        pieces = [level * y / rms(y) for level, (y, _) in zip(levels, sounds, strict=True)]
        cases.append(Case(pieces, sr=sr, truth=[kind for _, kind in sounds]))
    return cases


def rms(y):
    return np.sqrt(np.mean(np.square(y)))


def share_above(y, sr, limit=3000):
    power = np.abs(np.fft.rfft(np.asarray(y) * periodic(len(y)))) ** 2
    return np.sum(power[np.fft.rfftfreq(len(y), 1 / sr) > limit]) / np.sum(power)


def crossings(y):
    """The share of samples at which the sign changes."""
    return np.mean(np.signbit(y[1:]) != np.signbit(y[:-1]))


def upper_half(sounds, sr):
    """An answer that takes the half with more energy above 3 kHz for hisses."""
    shares = [share_above(y, sr) for y in sounds]
    return ["hiss" if share > np.median(shares) else "vowel" for share in shares]


def named(is_hiss):
    """An answer that calls is_hiss(y, sr) for each sound."""
    return lambda sounds, sr: ["hiss" if is_hiss(np.asarray(y), sr) else "vowel" for y in sounds]


# --- prediction --------------------------------------------------------------------------------------------

CHANGES = {
    "delayed": lambda y: np.append(0.0, y[:-1]),
    "upside down": lambda y: -y,
    "backwards": lambda y: y[::-1],
    "alternating": lambda y: y * (-1.0) ** np.arange(len(y)),
}


def unchanged_by():
    y = np.random.default_rng(0).standard_normal(4096)
    before = np.abs(librosa_stft(y, n_fft=256, hop_length=64))
    kept = [
        name
        for name, change in CHANGES.items()
        if np.allclose(np.abs(librosa_stft(change(y), n_fft=256, hop_length=64)), before, rtol=1e-9)
    ]
    (only,) = kept
    return only


QUESTIONS = [
    Question(
        id="02b.columns",
        title="Which columns hold a moment?",
        points=1,
        kind="warmup",
        name="columns",
        minutes=8,
        cases=column_cases,
        oracle=librosa_columns,
        compare=integers(),
        spared={
            "n_fft // 2 -> -(-n_fft // 2)": HALF_IS_WHOLE,
            "n_fft // 2 -> (2 * n_fft + 2) // (2 * 2)": HALF_IS_WHOLE,
            "n_fft // 2 -> -(-n_fft // 2) (2)": HALF_IS_WHOLE,
            "n_fft // 2 -> (2 * n_fft + 2) // (2 * 2) (2)": HALF_IS_WHOLE,
        },
        hints=(
            "Draw three frames and one sample. Which samples does frame m hold, from the first to the last?",
            "Let frame after frame slide over the sample, which stays where it is. With which of its own samples "
            "does the first frame touch it, and with which does the last? Each gives an inequality for m.",
            "Solve both inequalities for m, with decimals at first. One end is then rounded down and the other up: "
            "decide for each which. Last, look at what happens near the beginning, where m would be negative.",
        ),
        mutants=(
            Mutant(
                "all columns in between",
                all_columns,
                "These are all the columns that hold the sample. The first and the last of them are enough: a pair.",
            ),
            Mutant(
                "seconds",
                in_seconds,
                "These are times, in seconds. The numbers of the two columns are asked for.",
            ),
            Mutant(
                "nearest column",
                nearest_column,
                "That is the one frame whose centre is nearest. Frames overlap: several hold the sample.",
            ),
            Mutant(
                "frames that begin at m * hop_length",
                columns_with(before=lambda n: 0, after=lambda n: n - 1),
                "Your frame m begins at sample m * hop_length. Centred frames have this sample in the middle.",
            ),
            Mutant(
                "one sample too many",
                columns_with(after=lambda n: n // 2),
                "A frame of n_fft samples ends at n_fft / 2 - 1 after its centre; n_fft / 2 would be one sample "
                "more.",
            ),
            Mutant(
                "first column rounded down",
                first_rounded_down,
                "The first column is one too low where the division does not come out even: the smallest m that "
                "fulfils its inequality is found by rounding up, and // rounds down.",
            ),
            Mutant(
                "rounded to the nearest",
                both_rounded,
                "Both ends were rounded to the nearest whole number. The largest m that still fits is found by "
                "rounding down, the smallest by rounding up.",
            ),
            Mutant(
                "one sample too few",
                columns_with(before=lambda n: n // 2 - 1),
                "A frame begins n_fft / 2 before its centre, and this sample belongs to it.",
            ),
            Mutant(
                "before the first",
                columns_with(lowest=-(10**9)),
                "Near the beginning your first column is negative. Columns are counted from 0.",
            ),
            Mutant(
                "cut time",
                columns_with(sample=lambda t, sr: int(t * sr)),
                "The product t * sr can come out a little below the whole number that is meant, and int() cuts that "
                "off: round it.",
            ),
            Mutant(
                "half as wide",
                columns_with(before=lambda n: n // 4, after=lambda n: n // 4 - 1),
                "Your frames are half as long: n_fft / 2 samples lie on each side of the centre.",
            ),
            Mutant(
                "the two around it",
                lambda t, sr, n_fft, hop_length: [
                    round(t * sr) // hop_length,
                    round(t * sr) // hop_length + 1,
                ],
                "These are the two frames whose centres lie around the sample. A frame reaches n_fft / 2 samples to "
                "each side, so others may hold the sample, too.",
            ),
            Mutant(
                "twice as wide",
                columns_with(before=lambda n: n, after=lambda n: n - 1),
                "Your frames are twice as long: n_fft / 2 samples lie on each side of the centre, n_fft in all.",
            ),
            Mutant(
                "one too far",
                lambda t, sr, n_fft, hop_length: [
                    a + b
                    for a, b in zip(librosa_columns(t, sr, n_fft, hop_length), (0, 1), strict=True)
                ],
                "The last column is one too high: it is meant to hold the sample, not to be the first that does not.",
            ),
        ),
    ),
    Question(
        id="02b.stft",
        title="An STFT equal to librosa's",
        points=3,
        kind="core",
        name="stft",
        minutes=25,
        cases=stft_cases,
        oracle=librosa_stft,
        compare=close(1e-10, float64=True, quantity="spectrum"),
        forbidden=STFTS,
        spared={
            "n_fft // 2 -> -(-n_fft // 2)": HALF_IS_WHOLE,
            "n_fft // 2 -> (2 * n_fft + 2) // (2 * 2)": HALF_IS_WHOLE,
            "dress: float32 inputs, Python numbers": "the statement asks for double precision",
        },
        hints=(
            "Three steps: pad, cut into windowed frames, transform each frame. What does librosa pad with, and how "
            "much?",
            "Compare with librosa on a signal that tells something: a single 1 among zeros. The magnitudes of a "
            "column are then all alike, the value of the window at that place, so one look shows where your frame "
            "begins and which window it had.",
            "Plan: the padded signal; the number of frames; for each frame its n_fft samples, from m * hop_length "
            "on, times the window; the transform of each, side by side as columns. Of the periodic window: its "
            "largest value, 1, stands at n_fft / 2, and its first value, 0, does not come back at the end.",
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
                stft_with(window="boxcar"),
                "The frames were cut with a rectangle. Multiply each by a Hann window before the FFT.",
            ),
            Mutant(
                "mirrored padding",
                stft_with(pad_mode="reflect"),
                "Only the outermost frames differ: you mirrored the signal (as torch does). Pad with zeros.",
            ),
            Mutant(
                "padding with the edge",
                stft_with(pad_mode="edge"),
                "Only the outermost frames differ: the first and last sample were repeated (mode='edge'). Pad with "
                "zeros.",
            ),
            Mutant(
                "Hamming window",
                stft_with(window="hamming"),
                "That is a Hamming window: it does not fall to 0 at its ends. librosa's default is a Hann window.",
            ),
            Mutant(
                "symmetric Hamming window",
                lambda y, n_fft, hop_length: librosa_stft(
                    y, n_fft=n_fft, hop_length=hop_length, window=np.hamming(n_fft)
                ),
                "That is a Hamming window, and a symmetric one. librosa's default is a periodic Hann window.",
            ),
            Mutant(
                "first sample of the window dropped",
                lambda y, n_fft, hop_length: librosa_stft(
                    y, n_fft=n_fft, hop_length=hop_length, window=np.hanning(n_fft + 1)[1:]
                ),
                "The wrong end of the longer window was dropped: the periodic one begins with 0, "
                "np.hanning(n_fft + 1)[:-1].",
            ),
            Mutant(
                "no centring",
                stft_with(center=False),
                "Frames are not centred: pad n_fft // 2 zeros on both sides first.",
            ),
            Mutant(
                "single precision",
                lambda y, n_fft, hop_length: librosa_stft(
                    np.asarray(y, dtype=np.float32), n_fft=n_fft, hop_length=hop_length
                ).astype(complex),
                "Right to seven digits: single precision (float32). Compute in float64.",
            ),
            Mutant(
                "magnitude",
                lambda y, n_fft, hop_length: np.abs(
                    librosa_stft(y, n_fft=n_fft, hop_length=hop_length)
                ),
                "That is the magnitude. Return the complex spectrum: without phases there is no way back.",
            ),
            Mutant(
                "divided by the window's sum",
                lambda y, n_fft, hop_length: (
                    librosa_stft(y, n_fft=n_fft, hop_length=hop_length) / (n_fft / 2)
                ),
                "Divided by the sum of the window. That suits a drawing in decibels; librosa's STFT has no factor.",
            ),
            Mutant(
                "transposed",
                lambda y, n_fft, hop_length: librosa_stft(y, n_fft=n_fft, hop_length=hop_length).T,
                "Frames lie in rows. Put frequency on the first axis and time on the second: (freq, frames).",
            ),
        ),
    ),
    Question(
        id="02b.istft",
        title="Bug clinic: an inverse that is too loud",
        points=2,
        kind="bug",
        name="istft",
        minutes=15,
        cases=istft_cases,
        oracle=librosa_istft,
        compare=close(1e-9, float64=True, sound=16000),
        forbidden=INVERSES,
        spared={
            "n_fft // 2 -> -(-n_fft // 2)": HALF_IS_WHOLE,
            "n_fft // 2 -> (2 * n_fft + 2) // (2 * 2)": HALF_IS_WHOLE,
            "n_fft // 2 -> -(-n_fft // 2) (2)": HALF_IS_WHOLE,
            "n_fft // 2 -> (2 * n_fft + 2) // (2 * 2) (2)": HALF_IS_WHOLE,
        },
        hints=(
            "What was each sample multiplied with, before the frames were added up? With w once in the STFT, and ...",
            "Each sample is divided by the sum of w**2 over all frames that hold it. And which Hann window did the "
            "STFT use?",
            "Make the window periodic. In the loop that adds up the frames, add up w**2 in a second array as well; "
            "after the loop divide one by the other, where the second is not exactly 0.",
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
                lambda S, hop_length: weighted(
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
                lambda S, hop_length: weighted(S, hop_length, np.ones, periodic),
                "That inverts an untouched STFT; on an edited one it is not the nearest signal. Window again, then "
                "divide by the sum of w**2.",
            ),
            Mutant(
                "divided by 1.5",
                lambda S, hop_length: undivided(S, hop_length, periodic) / 1.5,
                "1.5 is right in the middle, for a hop of n_fft / 4. Add up w**2 for each sample and divide by it.",
            ),
            Mutant(
                "divided by the sum of w",
                lambda S, hop_length: weighted(S, hop_length, periodic, periodic),
                "Divided by the sum of w. The frames were windowed twice, in the STFT and here: sum w**2.",
            ),
            Mutant(
                "0 / 0",
                lambda S, hop_length: weighted(S, hop_length, periodic, squared, elsewhere=0.0),
                "Where the sum of the squared windows is exactly 0, 0 / 0 gives NaN. Leave the sample there as it "
                "is: divide only where the sum is above 0.",
            ),
            *(
                Mutant(
                    f"sums below {least:g} left out",
                    lambda S, hop_length, least=least: weighted(
                        S, hop_length, periodic, squared, least=least
                    ),
                    f"Small sums were left out of the division, as with > {least:g}. Only a sum of exactly 0 is: `> "
                    "0`.",
                )
                for least in (1e-8, 1e-10)
            ),
            *(
                Mutant(
                    f"sums raised to {lowest:g}",
                    lambda S, hop_length, lowest=lowest: weighted(
                        S, hop_length, periodic, squared, lowest=lowest
                    ),
                    f"Small sums were raised to {lowest:g}, as with np.maximum. Divide by the sum as it is, however "
                    f"small, where it is above 0.",
                )
                for lowest in (1e-8, 1e-10)
            ),
            *(
                Mutant(
                    f"{more:g} added to the sum",
                    lambda S, hop_length, more=more: weighted(
                        S, hop_length, periodic, squared, more=more
                    ),
                    f"Something small, as {more:g} is, was added to the sum before dividing. Where the sum is small "
                    "itself, this is not small: divide by the sum as it is.",
                )
                for more in (1e-8, 1e-10, 1e-12)
            ),
        ),
    ),
    Question(
        id="02b.ripple",
        title="How evenly do windows add up?",
        points=1,
        kind="warmup",
        name="ripple",
        minutes=8,
        cases=ripple_cases,
        oracle=lambda window, hop_length: relative_range(steady_part(window, hop_length)),
        compare=uneven(1e-6, unit="of the mean"),
        forbidden=("coursekit.dsp.cola",),
        hints=(
            "Away from the ends the sum repeats itself. After how many samples? So how many values of it are needed?",
            "One period has hop_length samples. Draw a window of 4 and a hop of 2 or 3: which samples of the window "
            "meet at the same place of the sum?",
            "Either fold: one place for each sample of a period, to which all samples of the window are added that "
            "meet there. Or build: add many shifted copies in a long array of zeros, and cut one period out of its "
            "middle, far from both ends. Then the quotient.",
        ),
        mutants=(
            Mutant(
                "with the ends",
                lambda window, hop_length: relative_range(middle(window, hop_length)),
                "The beginning and the end count, where copies are missing. Take the part where the sum repeats "
                "itself.",
            ),
            Mutant(
                "ends cut by a hop only",
                lambda window, hop_length: relative_range(
                    middle(window, hop_length, cut=hop_length)
                ),
                "Of the ends only one hop was cut off. Copies are missing for as long as a window lasts: take one "
                "period from the middle.",
            ),
            Mutant(
                "broken number of periods",
                lambda window, hop_length: relative_range(
                    middle(window, hop_length, cut=len(window))
                ),
                "Largest and smallest are right. The mean is not: it was taken over a broken number of periods. Take "
                "one period, hop_length samples.",
            ),
            Mutant(
                "percent",
                lambda window, hop_length: 100 * relative_range(steady_part(window, hop_length)),
                "These are percent, 100 times too many. The quotient itself is asked for.",
            ),
            Mutant(
                "squared window",
                lambda window, hop_length: relative_range(
                    steady_part(np.square(window), hop_length)
                ),
                "These are the squares of the window, as the inverse STFT adds them up. Here the window itself is "
                "asked for.",
            ),
            Mutant(
                "two copies",
                two_copies,
                "Only two copies were added. Where the hop is less than half the window, more of them overlap.",
            ),
            Mutant(
                "magnitudes of the window",
                lambda window, hop_length: relative_range(steady_part(np.abs(window), hop_length)),
                "Right but where the window goes below zero: its samples were made positive before they were added. "
                "Add them as they are.",
            ),
            Mutant(
                "nine copies",
                lambda window, hop_length: few_copies(window, hop_length, n_copies=9),
                "A fixed number of copies was added. How many meet in one place depends on the window and the hop: "
                "256 samples 8 apart are 32 copies.",
            ),
            Mutant(
                "remainder lost",
                whole_slices,
                "The end of the window is lost where the hop does not divide its length: pad it with zeros.",
            ),
            Mutant(
                "divided by the largest",
                lambda window, hop_length: float(
                    np.ptp(steady_part(window, hop_length))
                    / np.max(steady_part(window, hop_length))
                ),
                "Divided by the largest value. Divide by the mean of the sum.",
            ),
            Mutant(
                "divided by the window's mean",
                lambda window, hop_length: float(
                    np.ptp(steady_part(window, hop_length)) / np.mean(window)
                ),
                "Divided by the mean of the window. Divide by the mean of the sum.",
            ),
            Mutant(
                "not divided",
                lambda window, hop_length: float(np.ptp(steady_part(window, hop_length))),
                "That is largest minus smallest. Divide it by the mean of the sum.",
            ),
            Mutant(
                "standard deviation",
                lambda window, hop_length: float(
                    np.std(steady_part(window, hop_length))
                    / np.mean(steady_part(window, hop_length))
                ),
                "That is the standard deviation over the mean. Take largest minus smallest.",
            ),
            Mutant(
                "one window",
                lambda window, hop_length: relative_range(np.asarray(window)),
                "That is one window alone. Add up all the copies that overlap.",
            ),
        ),
    ),
    Question(
        id="02b.order",
        title="Prediction: what a spectrogram does not see",
        points=1,
        kind="prediction",
        name="unseen_change",
        minutes=4,
        oracle=unchanged_by,
        compare=choice(tuple(CHANGES)),
        hints=(
            "A column of the spectrogram is the magnitude of one frame's DFT. Take one frame: what does each of the "
            "four changes do to its samples?",
            "The window stays where it is while the sound moves or turns beneath it. So ask of each change: is it "
            "the same for every sample, whatever its place?",
            "Moving, reversing and flipping every second sign all depend on the place of a sample. One of the four "
            "multiplies all samples with the same number, and the DFT is linear.",
        ),
        mutants=(
            Mutant(
                "delayed",
                lambda: "delayed",
                "Each frame loses a sample at one end and gains another, and the window weighs all of them anew: the "
                "magnitudes change, if only a little.",
            ),
            Mutant(
                "backwards",
                lambda: "backwards",
                "That holds for one spectrum of the whole sound. A spectrogram has columns, and played backwards "
                "they come in the opposite order.",
            ),
            Mutant(
                "alternating",
                lambda: "alternating",
                "Flipping every other sign multiplies with a tone of half the sample rate: each column is turned "
                "upside down, low frequencies become high ones.",
            ),
        ),
    ),
    Question(
        id="02b.round",
        title="One round of Griffin-Lim",
        points=2,
        kind="core",
        name="next_phases",
        minutes=15,
        cases=round_cases,
        oracle=librosa_round,
        compare=angles(1e-7, float64=True),
        spared={"dress: float32 inputs, Python numbers": "the statement asks for double precision"},
        hints=(
            "What would a complex spectrogram be that has the wanted magnitudes and the present phases? Is there a "
            "signal that has exactly this STFT?",
            "There is none as a rule; the inverse STFT gives the nearest signal. This signal has an STFT of its own, "
            "with other magnitudes and other phases.",
            "Multiply M with exp(1j * phases), go back with dsp.istft and forth again with dsp.stft, both with the "
            "hop that is given and with an n_fft that follows from the number of bins. Keep the angle, drop the "
            "magnitude.",
        ),
        mutants=(
            Mutant(
                "phases as they were",
                lambda M, phases, hop_length: np.asarray(phases),
                "These are the old phases. Take those of the STFT of the inverse.",
            ),
            Mutant(
                "the new STFT",
                lambda M, phases, hop_length: rebuilt(M * np.exp(1j * phases), hop_length),
                "That is the new STFT, with its own magnitudes. Return its phases; the wanted magnitudes come back "
                "in the next round.",
            ),
            Mutant(
                "the next guess",
                lambda M, phases, hop_length: M * np.exp(1j * librosa_round(M, phases, hop_length)),
                "That is the next guess, magnitudes and phases. Return the phases alone, in radians.",
            ),
            Mutant(
                "with momentum",
                with_momentum,
                "That goes beyond the new STFT, as the fast variant does (momentum). Here the plain round is asked "
                "for.",
            ),
            Mutant(
                "a hop of its own",
                lambda M, phases, hop_length: np.angle(
                    dsp.stft(
                        dsp.istft(M * np.exp(1j * phases), length=hop_length * (M.shape[1] - 1)),
                        n_fft=2 * (len(M) - 1),
                        hop_length=hop_length,
                    )
                ),
                "The inverse was made with a hop of n_fft / 4, its default, and not with hop_length.",
            ),
            Mutant(
                "magnitudes left out",
                lambda M, phases, hop_length: phases_of(
                    rebuilt(np.exp(1j * np.asarray(phases)), hop_length)
                ),
                "The wanted magnitudes were left out: the guess is M * exp(1j * phases), not exp(1j * phases).",
            ),
            Mutant(
                "turned the other way",
                lambda M, phases, hop_length: librosa_round(M, -np.asarray(phases), hop_length),
                "The phases went in with the wrong sign: exp(+1j * phases).",
            ),
            Mutant(
                "0 / 0",
                lambda M, phases, hop_length: divided(rebuilt(M * np.exp(1j * phases), hop_length)),
                "Where the new STFT is 0 there is no phase, and S / abs(S) is NaN there. np.angle(S) gives 0.",
            ),
            Mutant(
                "no way there and back",
                lambda M, phases, hop_length: np.angle(M * np.exp(1j * phases)),
                "These are the phases of the guess, turned to within half a turn: the old ones. Go to the signal "
                "with the inverse STFT and back with the STFT.",
            ),
            Mutant(
                "signal",
                lambda M, phases, hop_length: librosa_istft(M * np.exp(1j * phases), hop_length),
                "That is the signal. Take its STFT, and return the phases of that.",
            ),
            Mutant(
                "magnitudes",
                lambda M, phases, hop_length: np.abs(rebuilt(M * np.exp(1j * phases), hop_length)),
                "These are the magnitudes of the new STFT. Return its phases: np.angle, not np.abs.",
            ),
            Mutant("two rounds", two_rounds, "That is two rounds. One is asked for."),
            Mutant(
                "both hops a quarter",
                hop_of_a_quarter,
                "Both transforms had a hop of n_fft / 4, whatever hop_length says.",
            ),
            Mutant(
                "degrees",
                lambda M, phases, hop_length: np.degrees(librosa_round(M, phases, hop_length)),
                "These are degrees. Phases are in radians, as np.angle gives them.",
            ),
            Mutant(
                "change of phase",
                lambda M, phases, hop_length: librosa_round(M, phases, hop_length) - phases,
                "That is how far the phases turned. Return the new phases themselves.",
            ),
        ),
    ),
    Question(
        id="02b.hiss",
        title="Experiment: hiss or vowel?",
        points=3,
        kind="experiment",
        name="hiss_or_vowel",
        minutes=30,
        cases=hiss_cases,
        compare=labels(above=0.85, kinds={"hiss": "hisses", "vowel": "vowels"}),
        hints=(
            "Look at the two kinds in a spectrogram with the labels above it. What is the same about all vowels, and "
            "about all hisses, however loud they are?",
            "One number for each sound is enough: for instance the share of its energy above some frequency. Ratios "
            "do not depend on the level. Draw the number for all sounds of both kinds in austen-1 and austen-5.",
            "Take the magnitudes squared of the whole sound (windowed), with np.fft.rfftfreq for the frequencies; "
            "add up those above 3 kHz and divide by the sum of all. No limit parts the two sentences without a "
            "mistake: one hiss, an F, lies among the vowels. Put it between the highest vowel and the second-lowest "
            "hiss.",
        ),
        mutants=(
            Mutant(
                "one sample rate for all",
                named(lambda y, sr: share_above(y, 16000) > 0.1),
                "Right at 16 kHz only: is a sample rate written into your code, or a number of bins? Take sr.",
            ),
            Mutant("always vowel", named(lambda y, sr: False), "Every sound was called a vowel."),
            Mutant("always hiss", named(lambda y, sr: True), "Every sound was called a hiss."),
            Mutant(
                "the other way round",
                named(lambda y, sr: share_above(y, sr) <= 0.1),
                "The two kinds are swapped: hisses have much energy above 3 kHz, vowels little.",
            ),
            Mutant(
                "half of the energy",
                named(lambda y, sr: share_above(y, sr) > 0.5),
                "Not every hiss has half of its energy above 3 kHz: many have less, and vowels far less. Look where "
                "the two kinds part in the sentences that you have.",
            ),
            Mutant(
                "upper half",
                upper_half,
                "The half with the most energy above 3 kHz was called hiss. There need not be as many of one kind as "
                "of the other: judge each sound by a limit that does not depend on the others.",
            ),
            Mutant(
                "zero crossings a sample",
                named(lambda y, sr: crossings(y) > 0.15),
                "Sign changes were counted for each sample: at another sample rate there are more or fewer. Count "
                "them for each second, times sr.",
            ),
            Mutant(
                "level",
                named(lambda y, sr: rms(y) < 0.02),
                "That judges by loudness, and here each sound has been brought to a level of its own.",
            ),
            Mutant(
                "energy above 3 kHz, not its share",
                named(lambda y, sr: share_above(y, sr) * np.sum(np.square(y)) > 0.5),
                "The energy above 3 kHz depends on how loud and how long the sound is. Divide it by the energy of "
                "all frequencies.",
            ),
            Mutant(
                "length",
                named(lambda y, sr: len(y) > 0.1 * sr),
                "That judges by length: hisses and vowels are both short and long.",
            ),
        ),
    ),
]
