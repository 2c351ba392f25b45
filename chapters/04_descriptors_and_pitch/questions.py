"""Questions of chapter 04. Truth comes from librosa, SciPy, closed forms, and the labels of recorded drums."""

from functools import cache

import numpy as np

from coursekit import data
from coursekit.exercise import Case, Mutant, Question, as_array, choice, close, labels, near


@cache
def recording(name, item):
    return data.load(name, quiet=True)[item].load()[0].astype(float)


# --- 1 and 2: cents, zero crossings --------------------------------------------------------------------------


def cents_cases(rng):
    """Up and down, many octaves and a few cents, equal pitches, very low ones, whole numbers of Hz."""
    far = np.array([55.0, 20_000.0, 300.0, 440.0])
    return [
        Case(440.0, 880.0),
        Case(261.63, 246.94),
        Case(100, 150),
        Case(0.5, 0.8),
        Case(np.full(6, 440.0), rng.uniform(440.1, 440.9, 6)),
        Case(far, np.array([1760.0, 20.0, 300.0, 110.0])),
        Case(rng.uniform(60, 500, 5), rng.uniform(60, 500, 5)),
    ]


def librosa_cents(f1, f2):
    import librosa  # takes a second or two to import: only when this question is checked

    return 100 * (librosa.hz_to_midi(f2) - librosa.hz_to_midi(f1))


def crossing_cases(rng):
    speech = recording("librivox", "austen-2")
    start = int(rng.integers(10_000, 30_000))
    loud = speech[start : start + 512]
    coarse = rng.integers(-2, 3, 400).astype(float)  # many exact zeros
    coarse[[0, -2, -1]] = (
        1.0,
        1.0,
        -1.0,
    )  # the last sample crosses; what comes before the first does not matter
    return [
        Case(np.array([-1.0, 0.0, -1.0, 2.0, 0.0, 1.0, -1.0, 0.0])),
        Case(np.array([1, -1, 0])),
        Case(np.array([1.0, -0.0, 0.0, -0.5, 2.0, 3.0, -0.0])),  # -0.0 is zero, too
        Case(np.array([-0.5])),
        Case(np.zeros(64)),
        Case(1e-13 * rng.standard_normal(50)),  # quiet, not silent
        Case(coarse),
        Case(np.round(2 * loud / np.std(loud))),
    ]


def is_negative(y):
    return np.asarray(y) < 0


def librosa_crossings(y):
    import librosa

    return np.sum(
        librosa.zero_crossings(np.asarray(y, dtype=float), threshold=0, pad=False, zero_pos=True)
    ) / len(y)


# --- 3: moments ----------------------------------------------------------------------------------------------


def moment_cases(rng):
    speech = recording("librivox", "austen-5")
    return [
        Case(np.array([0.0, 1.0, -1.0, 0.0])),  # the mean is the first sample, and the last
        Case(rng.exponential(1.0, 40)),
        Case(1.0 - rng.exponential(1.0, 41)),
        Case(0.3 + 0.1 * rng.standard_normal(200)),
        Case(speech[8000:24_000]),
        Case(1e-9 * rng.exponential(1.0, 100)),  # quiet, not silent
        Case(1e-17 * rng.exponential(1.0, 100)),
        Case(np.array([1.0, 1.0, 1.0 + 2.0**-21, 1.0])),  # all but equal, and the mean is exact
        Case(np.array([1.0, 1.0 - 2.0**-30, 1.0, 1.0])),
        Case(np.array([0.7])),
        Case(np.zeros(256)),
        Case(np.full(1000, 0.1)),
    ]


def scipy_moments(y):
    import scipy.stats

    y = np.asarray(y, dtype=float)
    return [0.0, 0.0] if np.ptp(y) == 0 else [scipy.stats.skew(y), scipy.stats.kurtosis(y)]


def powers_of(z, mean=np.mean):
    return [mean(z**3), mean(z**4) - 3]


def guarded(y, standardise, mean=np.mean):
    """The moments of standardise(y), 0 where all samples are equal."""
    y = np.asarray(y, dtype=float)
    return [0.0, 0.0] if np.ptp(y) == 0 else powers_of(standardise(y), mean)


def unguarded(y):
    with np.errstate(all="ignore"):
        return powers_of((y - np.mean(y)) / np.std(y))


def silent_below(y, limit):
    return [0.0, 0.0] if np.std(y) < limit else unguarded(y)


def kurtosis_of_silence(y):
    return [0.0, -3.0] if np.ptp(y) == 0 else unguarded(y)


def raw_moments(y):
    m = [np.mean(np.asarray(y, dtype=float) ** k) for k in range(5)]
    with np.errstate(all="ignore"):
        variance = m[2] - m[1] ** 2
        third = m[3] - 3 * m[1] * m[2] + 2 * m[1] ** 3
        fourth = m[4] - 4 * m[1] * m[3] + 6 * m[1] ** 2 * m[2] - 3 * m[1] ** 4
        both = [third / variance**1.5, fourth / variance**2 - 3]
    return [0.0, 0.0] if np.ptp(y) == 0 else both


def guarded_by_deviation(y):
    return [0.0, 0.0] if np.std(y) == 0 else unguarded(y)


# --- 4: the difference function ------------------------------------------------------------------------------


def difference_cases(rng):
    return [
        Case(np.array([1.0, -1.0, 1.0, -1.0]), max_lag=2),
        Case(np.array([3.0, 1.0, 2.0]), max_lag=1),
        Case(rng.standard_normal(64), max_lag=63),
        Case(1e-6 * rng.standard_normal(65), max_lag=17),
        Case(np.sin(2 * np.pi * np.arange(400) / 40) + 0.1 * rng.standard_normal(400), max_lag=200),
    ]


def squared_distances(x, max_lag):
    """Distances of the frame to its shifted copies, by SciPy's distance of points."""
    from scipy.spatial.distance import cdist

    x = np.asarray(x, dtype=float)
    longer = np.append(x, np.zeros(max_lag))
    copies = np.lib.stride_tricks.sliding_window_view(longer, len(x))
    return cdist(x[None], copies, "sqeuclidean")[0]


def by_lag(term):
    """An answer that calls term(x, lag) for each lag."""
    return lambda x, max_lag: np.array(
        [term(np.asarray(x, dtype=float), lag) for lag in range(max_lag + 1)]
    )


def shifted(x, lag):
    return np.append(x[lag:], np.zeros(lag))


def overlapping(x, lag):
    return x[: len(x) - lag] - x[lag:]


# --- 5: YIN --------------------------------------------------------------------------------------------------


def yin_cases(rng):
    """Voices and noise at several sample rates, then short frames that lie at the edge of a rule."""
    t = np.arange(2048) / 16_000

    def voice(f0, n_harmonics):
        return sum(
            np.sin(2 * np.pi * k * f0 * t + rng.uniform(0, 6)) / k
            for k in range(1, n_harmonics + 1)
        )

    f0 = rng.uniform(110, 140)
    low = voice(f0, 11)
    # d is low at short lags, d' is not
    rippled = np.sin(2 * np.pi * f0 * t) + 0.3 * np.sin(2 * np.pi * 16 * f0 * t)
    # every second period is a little different: the trough at two periods is deeper than the first one
    pulse = rng.uniform(310, 350)
    pairs = sum(np.sin(2 * np.pi * k * pulse * t) / k for k in range(1, 9))
    every_second = np.sin(np.pi * pulse * t)
    noise = rng.standard_normal(len(t))
    shrill = voice(rng.uniform(1200, 1400), 2) + 0.4 * noise + 0.5
    cases = [
        (low[:1024], 16_000, 70, 500),
        (pairs + 0.12 * every_second, 16_000, 70, 700),  # d' is below 0.05 at one period
        (low + 0.6 * noise, 8_000, 40, 250),  # no trough below 0.1
        (low[:1024], 16_000, 80, 6000),
        (rippled[:1024], 32_000, 160, 12_000),
        # few samples a period, a trough far above 0, a mean that is not 0: what is a little off elsewhere, here shows
        (shrill[:512], 16_000, 800, 3000),
    ]
    made = [Case(first_to_zero(x), sr=sr, fmin=fmin, fmax=fmax) for x, sr, fmin, fmax in cases]
    return made + at_the_edges(rng)


class Search:
    """What the third step of YIN meets: d', the first and the last lag, the troughs between them, the lowest lag."""

    def __init__(self, values, first, last):
        self.values, self.first, self.last = values, first, last
        inside = [lag for lag in troughs(values) if first < lag < last]
        self.deep = [lag for lag in inside if values[lag] < 0.1]
        self.inside = inside
        self.lowest = lowest(values[: last + 1], first)
        self.found = (self.deep or [self.lowest])[0]

    def depth(self, lag):
        return self.values[lag]

    def is_clear(self):
        """Whether no end of the range is at stake and no rounding decides."""
        falls = self.depth(self.first + 1) < self.depth(self.first)
        rises = self.depth(self.last) > self.depth(self.last - 1)
        near_limit = [lag for lag in self.inside if abs(self.depth(lag) - 0.1) < 5e-4]
        second = np.partition(self.values[self.first : self.last + 1], 1)[1]
        return (
            self.first < self.lowest < self.last
            and (falls or self.depth(self.first) > 0.11)
            and (rises or self.depth(self.last) > 0.11)
            and not near_limit
            and second - self.depth(self.lowest) > 1e-3
        )


# Each is a frame, and two ends of the search, in which one slip in the third step gives another lag.
EDGES = (
    # the first lag after the shortest is a trough, and deeper ones follow
    lambda s: s.deep and s.deep[0] == s.first + 1 and s.lowest != s.found,
    # one lag before the shortest is a deep trough, and deep ones follow
    lambda s: s.deep and s.first - 1 in troughs(s.values) and s.depth(s.first - 1) < 0.09,
    # no trough is deep, and d' is lower still one lag before the shortest
    lambda s: not s.deep and s.depth(s.first - 1) < s.depth(s.found) - 0.01,
    # the same, one lag after the longest
    lambda s: not s.deep and s.depth(s.last + 1) < s.depth(s.found) - 0.01,
    # the last lag but one is the lowest
    lambda s: s.found == s.last - 1,
    # a trough just below 0.1 before a deeper one; one just above it
    lambda s: s.deep and s.depth(s.deep[0]) > 0.09 and s.lowest != s.found,
    lambda s: any(0.1 < s.depth(lag) < 0.11 and lag < s.found for lag in s.inside),
)
MOST_LAGS = 64


def at_the_edges(rng):
    """A short frame for each of EDGES, drawn until one fits, at a sample rate of its own; one of them is very quiet."""
    waiting, found = list(EDGES), []
    while waiting:
        x = short_frame(rng)
        values = normalized(squared_distances(x, MOST_LAGS))
        for first, last in ends_of_search(rng, troughs(values)):
            search = Search(values, first, last)
            fits = next((edge for edge in waiting if search.is_clear() and edge(search)), None)
            if fits:
                waiting.remove(fits)
                found.append((EDGES.index(fits), x, first, last))
                break
    rates = (8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 12_000)
    return [
        Case(
            x * (1e-6 if edge == 3 else 1.0), sr=sr, fmin=sr / (last - 0.7), fmax=sr / (first + 0.7)
        )
        for (edge, x, first, last), sr in zip(sorted(found, key=lambda f: f[0]), rates, strict=True)
    ]


def short_frame(rng):
    """Three harmonics, something at half of their pitch, noise, an offset."""
    clean = rng.uniform() < 0.7
    t = np.arange(int(rng.integers(300, 400)))
    turns = 2 * np.pi * t / rng.uniform(7, 15)
    tone = sum(rng.uniform(0.2, 1) * np.sin(k * turns + rng.uniform(0, 6)) for k in (1, 2, 3))
    half = rng.uniform(0.15, 0.5) * np.sin(turns / 2)
    noise = (rng.uniform(0.02, 0.1) if clean else 1.0) * rng.standard_normal(len(t))
    return first_to_zero(tone + half + noise + rng.uniform(0, 0.3))


def ends_of_search(rng, lags):
    """Pairs of a first and a last lag, many of them beside a trough."""
    for lag in lags:
        for first in (lag - 1, lag + 1):
            last = int(rng.choice([int(rng.choice(lags)) + 1, rng.integers(15, MOST_LAGS)]))
            if 3 <= first < last - 6 and last < MOST_LAGS:
                yield first, last


def troughs(values):
    before, here, after = values[:-2], values[1:-1], values[2:]
    return [int(lag) for lag in 1 + np.flatnonzero((before > here) & (here <= after))]


def first_to_zero(x):
    # librosa leaves the square of the first sample in d[1]; so that square is made 0
    return np.append(0.0, x[1:])


def librosa_yin(x, sr, fmin, fmax):
    import librosa

    return librosa.yin(
        np.asarray(x, dtype=float), fmin=fmin, fmax=fmax, sr=sr, frame_length=len(x), center=False
    )[0]


def normalized(d):
    return np.append(1.0, d[1:] * np.arange(1, len(d)) / np.cumsum(d[1:]))


def lowest(values, shortest):
    return shortest + int(np.argmin(values[shortest:]))


def first_trough(values, shortest, threshold=0.1, otherwise=lowest):
    """The first local minimum below the threshold, or the lowest point."""
    for lag in range(shortest + 1, len(values) - 1):
        if values[lag] < threshold and values[lag - 1] > values[lag] <= values[lag + 1]:
            return lag
    return otherwise(values, shortest)


def first_below(values, shortest):
    below = np.flatnonzero(values[shortest:] < 0.1)
    return shortest + int(below[0]) if len(below) else lowest(values, shortest)


def parabola(values, lag):
    left, centre, right = values[lag - 1 : lag + 2]
    return lag + (left - right) / (2 * (left - 2 * centre + right))


def yin_with(*, difference=squared_distances, curve=normalized, pick=first_trough, refine=parabola):
    """YIN whose steps can be replaced by wrong ones."""

    def answer(x, sr, fmin, fmax):
        values = curve(difference(np.asarray(x, dtype=float), int(np.ceil(sr / fmin))))
        return sr / refine(values, pick(values, int(sr / fmax)))

    return answer


def in_index_of_slice(values, shortest):
    return first_trough(values, shortest) - shortest


# --- 6: bug clinic -------------------------------------------------------------------------------------------


def shape_cases(rng):
    drum, cymbal = (
        recording("instruments", name)[:8192] for name in ("drum_bass_hard", "drum_cymbal_closed")
    )
    click = np.zeros(38)
    click[0] = 1.0  # its 20 magnitudes are 1: bin 16 reaches 85 % exactly
    return [
        Case(click, sr=1000),
        Case(drum, sr=44100),
        Case(cymbal, sr=44100),
        Case(rng.standard_normal(1000), sr=8000),
        Case(1e-13 * rng.standard_normal(500), sr=16000),
    ]


def librosa_shape(y, sr):
    import librosa

    S = np.abs(np.fft.rfft(y))[:, None]
    return [
        float(librosa.feature.spectral_centroid(S=S, sr=sr, n_fft=len(y))[0, 0]),
        float(librosa.feature.spectral_rolloff(S=S, sr=sr, n_fft=len(y), roll_percent=0.85)[0, 0]),
    ]


def weighted_shape(
    y,
    sr,
    *,
    power=1,
    fft=np.fft.rfft,
    freq=np.fft.rfftfreq,
    bins=slice(None),
    find=lambda f, k: f[k],
    reached=np.greater_equal,
):
    """Centroid and rolloff of whichever spectrum, whose parts can be replaced by wrong ones."""
    S, f = np.abs(fft(y))[bins] ** power, freq(len(y), 1 / sr)[bins]
    running = np.cumsum(S)
    return [np.sum(f * S) / np.sum(S), find(f, np.argmax(reached(running, 0.85 * running[-1])))]


def snippet_centroid(y, sr):
    S = np.abs(np.fft.fft(y))
    return np.sum(np.fft.fftfreq(len(y), 1 / sr) * S) / np.sum(S)


def snippet_rolloff(y, sr):
    return np.percentile(np.fft.fftfreq(len(y), 1 / sr), 85)


def absolute_frequencies(n, d):
    return np.abs(np.fft.fftfreq(n, d))


# --- 7: experiment -------------------------------------------------------------------------------------------

CLASSES = {"kick": "kick", "snare": "snare", "tom": "tom", "hat": "cymbal", "cymbal": "cymbal"}


@cache
def strokes():
    """Sound, drum and class of each one-shot, from its stroke on."""
    found = []
    for item in data.load("instruments", quiet=True):
        if item.label in CLASSES:
            y = item.load()[0].astype(float)
            begin = int(np.argmax(np.abs(y) > 0.01 * np.abs(y).max()))
            found.append(
                (
                    y[begin:],
                    item.name.removesuffix("_hard").removesuffix("_soft"),
                    CLASSES[item.label],
                )
            )
    return found


def drum_cases(rng):
    drawn = [strokes()[i] for i in rng.permutation(len(strokes()))]
    sounds = [rng.uniform(0.2, 1.0) * y for y, _, _ in drawn]
    return [Case(sounds, truth=[(drum, label) for _, drum, label in drawn])]


KINDS = {"kick": "kicks", "tom": "toms", "snare": "snares", "cymbal": "cymbals"}


def named_by_centroids(answer, truth):
    """What a nearest centroid calls each sound that has not heard the same drum, and what each is."""
    rows = as_array(answer)
    groups, kinds = np.array(truth).T
    if rows is None:
        raise ValueError(
            f"an array of numbers is wanted, one row a sound; got {type(answer).__name__}"
        )
    if rows.ndim != 2 or len(rows) != len(kinds):
        raise ValueError(f"the shape is {rows.shape}; wanted ({len(kinds)}, k), one row a sound")
    if not 1 <= rows.shape[1] <= 4:
        raise ValueError(f"{rows.shape[1]} numbers a sound; wanted one to four")
    if not np.isfinite(rows).all():
        raise ValueError(
            "some numbers are NaN or infinite: the logarithm of 0, or a division by 0?"
        )
    rows = rows.astype(float)
    classes, called = np.unique(kinds), np.empty_like(kinds)
    for group in np.unique(groups):
        test = groups == group
        train = rows[~test]
        scale = train.std(axis=0)
        scale[scale == 0] = 1
        centroids = np.array([train[kinds[~test] == c].mean(axis=0) for c in classes])
        distance = (((rows[test][:, None] - centroids) / scale) ** 2).sum(axis=-1)
        called[test] = classes[distance.argmin(axis=-1)]
    return called.tolist(), kinds.tolist()


def each(*numbers):
    """An answer that puts numbers of each sound side by side."""
    return lambda sounds: np.array([[number(np.asarray(y)) for number in numbers] for y in sounds])


def first_frame(y):
    return np.pad(y[:8192], (0, max(0, 8192 - len(y))))


def rms(y):
    return np.sqrt(np.mean(y**2))


def seconds(y):
    return len(y) / 44100


def crossings(y):
    negative = first_frame(y) < -1e-10
    return np.sum(negative[1:] != negative[:-1]) / 8192


def centroid(y, *, power=1):
    window = np.hanning(8193)[:-1]  # as in the chapter
    S = np.abs(np.fft.rfft(first_frame(y) * window)) ** power
    return np.sum(np.fft.rfftfreq(8192, 1 / 44100) * S) / np.sum(S)


def power_centroid(y):
    S = np.abs(np.fft.rfft(first_frame(y))) ** 2
    return np.sum(np.fft.rfftfreq(8192, 1 / 44100) * S) / np.sum(S)


def log(number):
    return lambda y: np.log(number(y))


# --- 8: prediction -------------------------------------------------------------------------------------------


def pitch_of_three_sines():
    t = np.arange(4096) / 16_000
    y = sum(np.sin(2 * np.pi * f * t) for f in (600, 800, 1000))
    return str(round(float(librosa_yin(y, sr=16_000, fmin=60, fmax=1500))))


QUESTIONS = [
    Question(
        id="04.cents",
        elementwise=True,
        title="How far apart are two pitches?",
        points=1,
        kind="warmup",
        name="cents",
        cases=cents_cases,
        oracle=librosa_cents,
        compare=near(0.001, unit="cents"),
        spared={
            "np.log2(np.asarray(f2) / f1) -> np.log2(np.asarray(f2) / f1 + 1e-08)": "between the lowest and the "
            "highest pitch that can be heard, this moves a distance by less than 0.02 of 12,000 cents"
        },
        hints=(
            "Which function turns ratios into differences?",
            "The logarithm to base 2 counts octaves; an octave has 1200 cents.",
            "The ratio of the second pitch to the first, its logarithm to base 2, and that times "
            "1200. An octave down must come out as -1200.",
        ),
        mutants=(
            Mutant(
                "natural logarithm",
                lambda f1, f2: 1200 * np.log(np.divide(f2, f1)),
                "The natural logarithm. Octaves are powers of 2: np.log2.",
            ),
            Mutant(
                "logarithm to base 10",
                lambda f1, f2: 1200 * np.log10(np.divide(f2, f1)),
                "The logarithm to base 10 is for decibels. Octaves are powers of 2: np.log2.",
            ),
            Mutant(
                "absolute value",
                lambda f1, f2: np.abs(1200 * np.log2(np.divide(f2, f1))),
                "The direction is lost: down is negative.",
            ),
            Mutant(
                "turned round",
                lambda f1, f2: 1200 * np.log2(np.divide(f1, f2)),
                "The sign is wrong: from f1 up to a higher f2 it is a positive distance, log2(f2 / f1).",
            ),
            Mutant(
                "semitones",
                lambda f1, f2: 12 * np.log2(np.divide(f2, f1)),
                "These are semitones. A semitone has 100 cents.",
            ),
            Mutant(
                "octaves",
                lambda f1, f2: np.log2(np.divide(f2, f1)),
                "These are octaves. An octave has 1200 cents.",
            ),
            Mutant(
                "100 an octave",
                lambda f1, f2: 100 * np.log2(np.divide(f2, f1)),
                "A hundred to the octave. A cent is a hundredth of a semitone, and an octave has 12 of those.",
            ),
            Mutant(
                "rounded",
                lambda f1, f2: np.round(1200 * np.log2(np.divide(f2, f1))),
                "Rounded to whole cents. Return the number as it comes.",
            ),
            Mutant(
                "linear",
                lambda f1, f2: 1200 * (np.divide(f2, f1) - 1),
                "Right for an octave up and wrong elsewhere: two octaves are 2400 cents, and the ratio is 4. "
                "It takes a logarithm.",
            ),
            Mutant(
                "difference in hertz",
                lambda f1, f2: np.subtract(f2, f1),
                "That is the difference in Hz. From 100 to 200 Hz and from 1000 to 2000 Hz it is an octave: what "
                "counts is the ratio.",
            ),
        ),
    ),
    Question(
        id="04.zcr",
        title="Zero crossings, zeros included",
        points=1,
        kind="warmup",
        name="zero_crossing_rate",
        cases=crossing_cases,
        oracle=librosa_crossings,
        compare=near(1e-9, unit="(share)"),
        forbidden=(
            "librosa.zero_crossings",
            "librosa.feature.zero_crossing_rate",
            "coursekit.descriptors.zero_crossing_rate",
        ),
        hints=(
            "There are only two kinds of samples here: negative ones and all others.",
            "negative = y < 0 is an array of booleans; compare each with its neighbour: negative[1:], "
            "negative[:-1].",
            "Compare two arrays that are shifted by one sample: where do they differ? Count these"
            " places, and divide by the length of the frame, not by the number of pairs.",
        ),
        mutants=(
            Mutant(
                "np.sign",
                lambda y: np.sum(np.diff(np.sign(y)) != 0) / len(y),
                "The function np.sign has three values, so a wave that passes through an exact 0 is counted twice, "
                "and one that only touches it twice as well. Zero is positive here: compare y < 0.",
            ),
            Mutant(
                "sign bit",
                lambda y: np.sum(np.diff(np.signbit(y))) / len(y),
                "There is a -0.0 among the samples, and np.signbit calls it negative. It is zero, and zero counts as "
                "positive: compare y < 0.",
            ),
            Mutant(
                "rolled",
                lambda y: np.mean(is_negative(y) != np.roll(is_negative(y), 1)),
                "The first sample was compared with the last: np.roll brings the end back at the beginning.",
            ),
            Mutant(
                "product",
                lambda y: np.sum(np.asarray(y)[1:] * np.asarray(y)[:-1] < 0) / len(y),
                "A product of neighbours below 0 misses a crossing that has an exact 0 on the way: -1, 0, 1 is "
                "one.",
            ),
            Mutant(
                "zero is negative",
                lambda y: np.sum(np.diff(np.asarray(y) > 0)) / len(y),
                "You counted zero as negative: y > 0 where y >= 0 is meant.",
            ),
            Mutant(
                "small values taken for zero",
                lambda y: np.sum(np.diff(np.asarray(y) < -1e-10)) / len(y),
                "A quiet frame has crossings, too. Samples between -1e-10 and 0 are negative: compare with 0 itself.",
            ),
            Mutant(
                "ups and downs cancel",
                lambda y: np.sum(np.diff((np.asarray(y) >= 0).astype(int))) / len(y),
                "Up counts 1 and down -1 in your sum, so that they cancel. Compare with != or take np.abs.",
            ),
            Mutant(
                "divided by n - 1",
                lambda y: np.mean(np.diff(is_negative(y))),
                "Divided by the n - 1 pairs: np.mean of the crossings. The rate is the share of all n samples.",
            ),
            Mutant(
                "count",
                lambda y: np.sum(np.diff(is_negative(y))),
                "That is the number of crossings. Divide by n.",
            ),
            Mutant(
                "first sample counted",
                lambda y: (1 + np.sum(np.diff(is_negative(y)))) / len(y),
                "One crossing too many: the first sample has none before it. (librosa.zero_crossings counts it "
                "unless you say pad=False.)",
            ),
        ),
    ),
    Question(
        id="04.moments",
        title="Skewness and kurtosis, silence included",
        points=2,
        kind="core",
        name="moments",
        cases=moment_cases,
        oracle=scipy_moments,
        compare=close(1e-8, float64=True),
        forbidden=(
            "scipy.stats.skew",
            "scipy.stats.kurtosis",
            "scipy.stats.describe",
            "scipy.stats.moment",
            "scipy.stats.zscore",
            "coursekit.descriptors.time_statistics",
        ),
        spared={"dress: float32 inputs, Python numbers": "the statement asks for double precision"},
        hints=(
            "Standardise the samples first; then both are means of powers.",
            "z = (y - y.mean()) / y.std(); the third power for skewness, the fourth less 3 for kurtosis. And before "
            "that: what is y.std() of silence?",
            "Ask first whether all samples are the same, exactly, and return two zeros then. "
            "Otherwise standardise y once, and take the means of two of its powers.",
        ),
        mutants=(
            Mutant(
                "guarded by the deviation",
                guarded_by_deviation,
                "Silence is right. But the standard deviation of a constant 0.1 is not exactly 0, because the mean "
                "is rounded: compare the samples, np.all(y == y[0]).",
            ),
            Mutant(
                "no guard",
                unguarded,
                "Where all samples are equal your formula divides 0 by 0, or rounding errors by rounding errors. "
                "Look at the samples first: np.all(y == y[0]).",
            ),
            Mutant(
                "all but equal taken for equal",
                lambda y: [0.0, 0.0] if np.ptp(y) <= 1e-6 * abs(np.mean(y)) else unguarded(y),
                "Samples that differ by little beside their mean were taken for equal. They have a shape, however "
                "little it is: np.all(y == y[0]) asks whether all are the same.",
            ),
            Mutant(
                "quiet taken for silent",
                lambda y: silent_below(y, 1e-8),
                "A very quiet sound is no silence: its samples differ, and so it has a shape. Compare the samples "
                "with one another, np.all(y == y[0]), not with a limit.",
            ),
            Mutant(
                "np.allclose",
                lambda y: [0.0, 0.0] if np.allclose(y, y[0]) else unguarded(y),
                "Nearly equal is not equal (np.allclose, for one, takes differences up to a 100,000th of the value for "
                "none). Only samples that are all the same have no shape: np.all(y == y[0]).",
            ),
            Mutant(
                "raw moments",
                raw_moments,
                "This takes means of powers of y itself and combines them. Where the samples are nearly equal it "
                "subtracts large numbers that agree in all their digits. Take the mean off first.",
            ),
            Mutant(
                "-3 in silence",
                kurtosis_of_silence,
                "Where all samples are equal the kurtosis is 0 here, not -3: return (0.0, 0.0) before anything is "
                "computed.",
            ),
            Mutant(
                "not less 3",
                lambda y: (
                    [0.0, 0.0] if np.ptp(y) == 0 else [scipy_moments(y)[0], scipy_moments(y)[1] + 3]
                ),
                "The kurtosis is 3 too large: a Gaussian's 3 is taken off, so that it has 0.",
            ),
            Mutant(
                "n - 1",
                lambda y: guarded(y, lambda y: (y - y.mean()) / y.std(ddof=1)),
                "The standard deviation was divided by n - 1. Here it is n: np.std without ddof.",
            ),
            Mutant(
                "mean left in",
                lambda y: guarded(y, lambda y: y / y.std()),
                "The mean was not taken off before the powers.",
            ),
            Mutant(
                "swapped",
                lambda y: scipy_moments(y)[::-1],
                "The two are swapped: (skewness, kurtosis).",
            ),
        ),
    ),
    Question(
        id="04.difference",
        title="The difference function",
        points=2,
        kind="core",
        name="difference",
        cases=difference_cases,
        oracle=squared_distances,
        compare=close(1e-9),
        forbidden=(
            "coursekit.pitch.difference_function",
            "coursekit.pitch.periods",
            "coursekit.pitch.yin",
            "coursekit.pitch.track",
            "coursekit.pitch.autocorrelation",
        ),
        hints=(
            "For one lag: what stands opposite of x[j]? And what, when j + lag is past the end?",
            "Append max_lag zeros to x. For each lag take the n samples that begin there, subtract, square, add.",
            "Loop over the lags from 0 to max_lag: from the longer array take as many samples as "
            "x has, beginning at the lag; the sum of the squared differences to x is d at this "
            "lag.",
        ),
        mutants=(
            Mutant(
                "overlap only",
                by_lag(lambda x, lag: np.sum(overlapping(x, lag) ** 2)),
                "Only the overlapping part is added up: x[:n - lag] - x[lag:]. The last samples stand opposite of "
                "zeros; their squares belong to the sum.",
            ),
            Mutant(
                "circular",
                by_lag(lambda x, lag: np.sum((x - np.roll(x, -lag)) ** 2)),
                "Rolled: np.roll brings the frame's beginning back at its end. After the end there are zeros.",
            ),
            Mutant(
                "two whole energies",
                by_lag(lambda x, lag: 2 * np.sum(x * x) - 2 * np.sum(x * shifted(x, lag))),
                "This is 2 r[0] - 2 r[lag]: it counts the energy of the whole frame twice. The shifted copy has "
                "lost its first samples (equation 13).",
            ),
            Mutant(
                "fixed number of pairs",
                lambda x, max_lag: np.array(
                    [
                        np.sum((x[: len(x) - max_lag] - x[lag : lag + len(x) - max_lag]) ** 2)
                        for lag in range(max_lag + 1)
                    ]
                ),
                "Only the first n - L samples are compared, so that no zeros are needed. Here all n samples are, "
                "with zeros after the end.",
            ),
            Mutant(
                "mean taken off",
                lambda x, max_lag: squared_distances(x - np.mean(x), max_lag),
                "The mean was taken off. That is a good habit (section 10), but it is not asked for here.",
            ),
            Mutant(
                "absolute value",
                by_lag(lambda x, lag: np.sum(np.abs(x - shifted(x, lag)))),
                "Absolute differences: that is an older method (AMDF). YIN squares them.",
            ),
            Mutant(
                "mean",
                by_lag(lambda x, lag: np.mean((x - shifted(x, lag)) ** 2)),
                "That is the mean over the frame. The difference function is the sum.",
            ),
            Mutant(
                "shifted the other way",
                by_lag(
                    lambda x, lag: np.sum((x - np.append(np.zeros(lag), x[: len(x) - lag])) ** 2)
                ),
                "Zeros came in at the beginning: x[j - lag]. Here the partner of x[j] is x[j + lag], later.",
            ),
            Mutant(
                "without lag 0",
                lambda x, max_lag: squared_distances(x, max_lag)[1:],
                "Lag 0 is missing: d[0] = 0 is the first of max_lag + 1 values.",
            ),
            Mutant(
                "one lag short",
                lambda x, max_lag: squared_distances(x, max_lag)[:-1],
                "The last lag is missing: range(max_lag + 1).",
            ),
        ),
    ),
    Question(
        id="04.yin",
        title="YIN for one frame",
        points=3,
        kind="core",
        name="yin",
        cases=yin_cases,
        oracle=librosa_yin,
        compare=close(1e-7, quantity="frequency"),  # librosa's d comes by the FFT: rounding alone
        forbidden=(
            "librosa.yin",
            "librosa.pyin",
            "coursekit.pitch.yin",
            "coursekit.pitch.track",
            "coursekit.pitch.periods",
            "coursekit.pitch.difference_function",
            "coursekit.pitch.first_trough",
            "coursekit.pitch.cumulative_mean_normalized_difference",
            "coursekit.pitch.parabolic_interpolation",
        ),
        spared={
            "range(shortest + 1, longest) -> range(shortest + 1 - 1, longest)": "a trough at the first lag of the "
            "range, which the statement rules out",
            "shortest + 1 -> shortest": "a trough at the first lag of the range, which the statement rules out",
            "range(shortest + 1, longest) -> range(shortest + 1, longest - 1)": "a trough at longest - 1 that is the "
            "first below 0.1 is the lowest point, too",
            "sr / period -> sr / (period + 1e-08)": "a period has two samples or more",
            "int(np.ceil(sr / fmin)) -> int(np.ceil(np.ceil(sr / fmin)))": "a whole number rounded again",
            "int(np.ceil(sr / fmin)) -> int(np.round(np.ceil(sr / fmin)))": "a whole number rounded again",
            "(left - right) / (2 * (left - 2 * centre + right)) -> (left - right) / "
            "(2 * (left - 2 * centre + right) + 1e-08)": "at a trough d' bends by far more than 1e-8 from lag to lag",
            "centre < 0.1 -> centre <= 0.1": "whether d' is exactly 0.1 is up to the rounding",
        },
        hints=(
            "Steps 1 and 2: d = difference(x, max_lag=longest) of question 4; then d' is 1 at lag 0, and from lag 1 "
            "on d[1:] * lags / np.cumsum(d[1:]), with lags = 1 ... longest. Draw it.",
            "Step 3: best = shortest + np.argmin(d'[shortest:]) is the answer if no trough is deep enough. A loop "
            "over the lags, with a break at the first one where centre < 0.1 and left > centre <= right, replaces "
            "it.",
            "Step 4: put the three values of d' around the lag that you chose into the formula of"
            " the statement, and mind its brackets. The pitch is sr over the refined period.",
        ),
        mutants=(
            Mutant(
                "whole lags",
                yin_with(refine=lambda values, lag: lag),
                "The pitch of the whole lag. Lay the parabola through d' at the trough and its two neighbours.",
            ),
            Mutant(
                "first lag rounded up",
                lambda x, sr, fmin, fmax: yin_with()(x, sr, fmin, sr / (int(sr / fmax) + 1)),
                "The search begins one lag late: the first lag is int(sr / fmax), cut off and not rounded, and the lag "
                "after it may be a trough.",
            ),
            Mutant(
                "threshold too high",
                yin_with(pick=lambda values, s: first_trough(values, s, threshold=0.15)),
                "In some of the frames d' at the first trough is a little above 0.1, which is not below it. You took "
                "that trough: look at your threshold.",
            ),
            Mutant(
                "threshold too low",
                yin_with(pick=lambda values, s: first_trough(values, s, threshold=0.05)),
                "In some of the frames d' at the first trough is between 0.05 and 0.1, which is below 0.1. You passed "
                "it by: look at your threshold.",
            ),
            Mutant(
                "deepest trough",
                yin_with(pick=lowest),
                "You took the deepest of all. In some of the frames that is at two periods or more. The first trough "
                "below 0.1 comes first.",
            ),
            Mutant(
                "first value below",
                yin_with(pick=first_below),
                "You took the first lag at which d' is below 0.1. That is on the way down: go on to the local "
                "minimum.",
            ),
            Mutant(
                "all lags searched",
                yin_with(pick=lambda values, s: first_trough(values, 0)),
                "You searched lags shorter than int(sr / fmax), too. Some of the frames have a trough there, above "
                "fmax, and the answer has to lie among the lags that are searched.",
            ),
            Mutant(
                "index of the slice",
                yin_with(pick=in_index_of_slice),
                "An index into d'[shortest:] counts from shortest on. Add shortest = int(sr / fmax) to it before "
                "you go on.",
            ),
            Mutant(
                "overlap only",
                yin_with(difference=by_lag(lambda x, lag: np.sum(overlapping(x, lag) ** 2))),
                "Your d adds up the overlapping part alone. The last samples stand opposite of zeros, as in "
                "question 4.",
            ),
            Mutant(
                "running sum",
                yin_with(curve=lambda d: np.append(1.0, d[1:] / np.cumsum(d[1:]))),
                "Divided by the running sum, not by the running mean: the factor tau is missing.",
            ),
        ),
    ),
    Question(
        id="04.shape",
        title="Bug clinic: everything is equally bright",
        points=2,
        kind="bug",
        name="brightness",
        cases=shape_cases,
        oracle=librosa_shape,
        compare=close(1e-8, quantity="frequency"),
        forbidden=(
            "librosa.feature.spectral_centroid",
            "librosa.feature.spectral_rolloff",
            "coursekit.descriptors.spectral_centroid",
            "coursekit.descriptors.spectral_rolloff",
        ),
        hints=(
            "Print np.fft.fftfreq(8, 1 / 8). Which frequencies does a real sound have, and how often?",
            "np.fft.rfft and np.fft.rfftfreq keep the bins from 0 to n/2. And of what is "
            "np.percentile(frequencies, 85) a share? Does the sound occur in it?",
            "Take the running sum of the spectrum. The rolloff is the frequency of the first bin "
            "where it reaches 85 % of its last value; np.argmax of a row of booleans finds the "
            "first True.",
        ),
        mutants=(
            Mutant(
                "the snippet as it was",
                lambda y, sr: [snippet_centroid(y, sr), snippet_rolloff(y, sr)],
                "Both faults are still there: 0 Hz and 35 % of the sample rate, for every sound.",
            ),
            Mutant(
                "rolloff mended",
                lambda y, sr: [snippet_centroid(y, sr), librosa_shape(y, sr)[1]],
                "The rolloff is right. The centroid still counts negative frequencies, which cancel the positive "
                "ones.",
            ),
            Mutant(
                "centroid mended",
                lambda y, sr: [
                    librosa_shape(y, sr)[0],
                    np.percentile(np.fft.rfftfreq(len(y), 1 / sr), 85),
                ],
                "The centroid is right. The rolloff is a percentile of the frequency axis: the sound does not "
                "occur in it. Count 85 % of the magnitude.",
            ),
            Mutant(
                "centroid mended, old axis",
                lambda y, sr: [librosa_shape(y, sr)[0], snippet_rolloff(y, sr)],
                "The centroid is right. The rolloff still looks at the axis alone, with its negative half: 35 % of "
                "the sample rate for every sound.",
            ),
            Mutant(
                "both over all bins",
                lambda y, sr: weighted_shape(y, sr, fft=np.fft.fft, freq=np.fft.fftfreq),
                "The rolloff counts magnitude now, which is right. But the second half of a full FFT has negative "
                "frequencies, and both numbers still count it.",
            ),
            Mutant(
                "bin n/2 left out",
                lambda y, sr: weighted_shape(y, sr, bins=slice(-1)),
                "The bin n/2 is missing: the slice [: n // 2] ends one bin early. rfft has all n/2 + 1.",
            ),
            Mutant(
                "rolloff one bin early",
                lambda y, sr: weighted_shape(y, sr, find=lambda f, k: f[k - 1]),
                "The centroid is right, the rolloff one bin too low: that is the last bin before 85 % are reached. "
                "Take the first at which they are.",
            ),
            Mutant(
                "absolute frequencies",
                lambda y, sr: [
                    weighted_shape(y, sr, fft=np.fft.fft, freq=absolute_frequencies)[0],
                    librosa_shape(y, sr)[1],
                ],
                "Nearly: with |f| every bin is counted twice, but the bins 0 and n/2 once. Take rfft: bins 0 to "
                "n/2, each once.",
            ),
            Mutant(
                "above 85 %",
                lambda y, sr: weighted_shape(y, sr, reached=np.greater),
                "The rolloff is the first bin at or below which 85 % of the magnitude lies, and in one of the frames a "
                "bin reaches 85 % exactly. Yours is the first above it: > where >= is meant.",
            ),
            Mutant(
                "power",
                lambda y, sr: weighted_shape(y, sr, power=2),
                "Weighted with the power. Here both are of the magnitude: no square.",
            ),
        ),
    ),
    Question(
        id="04.drums",
        title="Experiment: four kinds of drum",
        points=3,
        kind="experiment",
        name="describe",
        cases=drum_cases,
        compare=labels(
            above=30 / 36, name="share named right", kinds=KINDS, read=named_by_centroids
        ),
        hints=(
            "What is the loudest part of a kick, and of a tom? Its click is short, and spread over the whole axis.",
            "A centroid of the magnitudes is pulled up by many weak bins. What weight makes the strong ones count "
            "for more? And compare frequencies by their ratio: take the logarithm.",
            "One number may do: the centre of gravity of the frequencies in the first 8192 "
            "samples, weighted with the power in place of the magnitude, and of it the logarithm.",
        ),
        mutants=(
            Mutant(
                "level",
                each(rms),
                "The loudness of a recording says nothing about the drum: the check changes it.",
            ),
            Mutant(
                "length",
                each(seconds),
                "The length of the recording depends on where somebody cut it. Describe the sound itself.",
            ),
            Mutant(
                "zero crossings",
                each(log(crossings)),
                "The zero-crossing rate alone: 28 of 36. It mixes up kicks and toms.",
            ),
            Mutant(
                "the chapter's two",
                each(log(crossings), log(centroid)),
                "These are the chapter's two: 30. Think about the click of the beater, which pulls the centroid of "
                "a kick up to that of a tom.",
            ),
            Mutant(
                "centroid of magnitudes",
                each(log(centroid)),
                "A centroid of magnitudes is pulled up by the many weak bins of the click. Give the strong bins "
                "more weight.",
            ),
            Mutant(
                "centroid of magnitudes in hertz",
                each(centroid),
                "A centroid of magnitudes is pulled up by the many weak bins of the click, and in hertz a kick and "
                "a tom lie close together. Give the strong bins more weight, and compare ratios.",
            ),
            Mutant(
                "power and more",
                each(log(power_centroid), log(crossings), seconds),
                "One of these numbers would do alone; the others drown it. Each number has the same weight: leave "
                "out those that say nothing.",
            ),
        ),
    ),
    Question(
        id="04.missing",
        title="Prediction: three sines",
        points=1,
        kind="prediction",
        name="found_pitch",
        oracle=pitch_of_three_sines,
        compare=choice(("200", "600", "800", "1000")),
        hints=(
            "YIN looks for the time after which the sound repeats. Which of the three sines repeats how often?",
            "The periods are 1/600, 1/800 and 1/1000 s. After which time has each made a whole number of cycles?",
            "600, 800 and 1000 are the third, fourth and fifth multiple of which frequency?",
        ),
        mutants=(
            Mutant(
                "the lowest",
                lambda: "600",
                "After 1/600 s the other two are in the middle of a cycle: the sum does not repeat yet.",
            ),
            Mutant(
                "the middle",
                lambda: "800",
                "After 1/800 s the other two are not back where they were. YIN looks for a period of the whole "
                "sum.",
            ),
            Mutant(
                "the highest",
                lambda: "1000",
                "After 1/1000 s only the highest of the three has made a whole cycle.",
            ),
        ),
    ),
]
