"""Questions of chapter 01. Truth comes from closed forms and from filters much longer than an answer needs."""

from dataclasses import replace

import numpy as np
import scipy.signal

from coursekit import data, synth
from coursekit.exercise import (
    Case,
    Mutant,
    Question,
    all_of,
    as_array,
    close,
    integers,
    near,
    threshold,
    to_plain,
)

# --- 1 and 2: levels and sizes -------------------------------------------------------------------------------


def level_cases(rng):
    y = rng.normal(0, 0.1, 2000)
    y[700] = -0.9  # the peak is negative
    return [
        Case(synth.sine(440, sr=8000, duration=0.5)),
        Case(y),
        Case(np.array([0.5, -0.25, 0.0, 0.1])),
        Case(np.array([3e-10, -5e-10, 1e-10, 0.0])),  # any small number that is added shows here
        Case(3 * rng.normal(0, 0.5, 50)),  # above full scale
        Case(np.array([-0.25])),
    ]


def levels(y):
    y = np.asarray(y, dtype=float)
    return [20 * np.log10(np.linalg.norm(y, np.inf)), 10 * np.log10(y @ y / len(y))]


def size_cases(rng):
    seconds = int(rng.integers(2, 20))
    return [
        Case(60.0, sr=44100, channels=2, bits=16),
        Case(0.5, sr=16000, channels=1, bits=8),
        Case(2.01, sr=8000, channels=1, bits=16),  # 16,080 samples; the product is 16,079.999...
        Case(
            0.10004, sr=8000, channels=2, bits=24
        ),  # 800.32 samples; the bytes would round to 4802
        Case(0.12347, sr=44_100, channels=1, bits=24),  # 5445.027 samples
        Case(
            86_399.9, sr=192_000, channels=8, bits=32
        ),  # more than 32 bits can count, or float32 hold
        Case(seconds + 0.25, sr=48000, channels=6, bits=24),
    ]


# --- 3: aliasing ---------------------------------------------------------------------------------------------


def alias_cases(rng):
    return [
        Case(np.array([100.0, 3000.0, 5000.0, 7900.0, 8100.0, 13000.0]), sr=8000),
        Case(13000, sr=8000),
        Case(
            np.array([0.0, 4000.0, 8000.0, 12000.0, 123_456.0, 1_000_100.0]), sr=8000
        ),  # turns, and far
        Case(np.array([[0.25, 99.5, 440.4], [1499.75, 1500.5, 2000.25]]), sr=1000),
        Case(rng.uniform(10, 90_000, 20), sr=44100.0),
        Case(np.array([5000.0]), sr=8000),  # shapes with an axis of length 1
        Case(np.array([[300.0, 5100.0, 13_000.0]]), sr=8000),
        Case(np.array([[700.0], [9000.0]]), sr=8000),
    ]


def alias(frequency, sr):
    # cos does not know its sign nor whole turns: arccos gives back the angle in [0, pi] that the samples show
    return np.arccos(np.cos(2 * np.pi * np.asarray(frequency) / sr)) * sr / (2 * np.pi)


# --- 4: quantisation -----------------------------------------------------------------------------------------


def quantize_cases(rng):
    return [
        Case(np.array([-1.0, -0.6, -0.3, 0.0, 0.3, 0.6, 0.9, 1.0]), bits=3),
        Case(off_ties(rng, 64, bits=4), bits=4),
        Case(off_ties(rng, 64, bits=8), bits=8),
        Case(np.array([[0.6, -0.7, 1.2], [-0.3, 0.3, -1.2]]), bits=1),
        Case(off_ties(rng, (2, 32), bits=16), bits=16),
        Case(off_ties(rng, 64, bits=24), bits=24),
    ]


def off_ties(rng, shape, bits):
    """Values in [-1.2, 1.2] none of which lies half-way between two levels: rounding in float32 takes the same one."""
    half = 2 ** (bits - 1)
    return (np.rint(rng.uniform(-1.2, 1.2, shape) * half) + rng.uniform(-0.4, 0.4, shape)) / half


def quantize(y, bits, *, rounded=np.rint, low=None, high=None):
    half = 2 ** (bits - 1)
    codes = rounded(np.asarray(y, dtype=float) * half)
    return np.clip(codes, -half if low is None else low, half - 1 if high is None else high) / half


# --- 5: bug clinic -------------------------------------------------------------------------------------------


def stereo_cases(rng):
    quiet = rng.integers(-2000, 2000, (400, 2)).astype(np.int16)
    t = np.arange(4000) / 44100
    loud = np.stack([np.sin(2 * np.pi * 440 * t), np.sin(2 * np.pi * 440 * t + 0.3)], axis=1)
    return [
        Case((30000 * loud).round().astype(np.int16)),
        Case(quiet),
        Case(np.array([[-32768, -32768], [32767, 32767], [100, -100]], dtype=np.int16)),
        Case(rng.integers(-30_000, 30_000, (2, 2)).astype(np.int16)),
        Case(np.array([[7, -8]], dtype=np.int16)),
        Case(np.zeros((3, 2), dtype=np.int16)),
    ]


def wrapped_sum(pcm):
    with np.errstate(over="ignore"):
        return (pcm[:, 0] + pcm[:, 1]) / 2


def mean_of_channels(pcm):
    return pcm.astype(float).mean(axis=1)


# --- 6: experiment -------------------------------------------------------------------------------------------

FACTOR = 4
BAND = 0.8  # of the new Nyquist frequency


def recordings(rng):
    sounds = data.load("instruments", quiet=True)
    cases = []
    for name, length in (
        ("drum_cymbal_open", 40_001),
        ("drum_splash_hard", 40_002),
        ("loop_breakbeat", 40_003),
    ):
        start = int(rng.integers(0, 2000))
        cases.append(Case(sounds[name].load()[0][start : start + length].astype(float)))
    return cases


def long_filter(y, factor=FACTOR, n_taps=1601):
    """The recording at the new rate, by a filter that is flat to BAND and shut at the new Nyquist frequency."""
    taps = scipy.signal.firwin(n_taps, 0.95 / factor, window="blackman")
    return scipy.signal.convolve(y, taps, mode="same")[::factor]


def snr_in_band(answer, truth):
    if np.shape(answer) != np.shape(truth):
        raise ValueError(
            f"{np.size(answer):,} samples, wanted ceil(n / {FACTOR}) = {len(truth):,}: filter with "
            "mode='same', which keeps the length, then take every 4th sample"
        )
    narrow = scipy.signal.firwin(401, BAND, window="blackman")
    wanted, got = (scipy.signal.convolve(x, narrow, mode="same")[200:-200] for x in (truth, answer))
    likeness = scipy.signal.correlate(got, wanted, method="fft")
    late = int(np.argmax(likeness)) - (len(wanted) - 1)
    if late and likeness.max() > 0.9 * np.linalg.norm(got) * np.linalg.norm(wanted):
        raise ValueError(
            f"{abs(late)} samples too {'late' if late > 0 else 'early'}: take out the filter's delay, "
            "(taps - 1) / 2 samples before dropping"
        )
    gain = (got @ wanted) / (wanted @ wanted)
    if (
        likeness.max() > 0.99 * np.linalg.norm(got) * np.linalg.norm(wanted)
        and abs(gain - 1) > 0.05
    ):
        raise ValueError(f"{gain:.3g} times as loud as it should be: divide the taps by their sum")
    return 10 * np.log10(np.sum(wanted**2) / np.sum((wanted - got) ** 2))


class Kept(np.ndarray):
    """The right answer, and the recording from which it comes: what is wrong with another one can be looked for."""

    recording = None


def kept_band(y):
    wanted = long_filter(y).view(Kept)
    wanted.recording = np.asarray(y)
    return wanted


def what_is_left(answer, wanted):
    """Say where the error comes from, if it is treble that folded down, or half a sample of delay."""
    narrow = scipy.signal.firwin(401, BAND, window="blackman")
    dropped = wanted.recording[::FACTOR]
    want, got, folded = (
        scipy.signal.convolve(x, narrow, mode="same")[200:-200]
        for x in (np.asarray(wanted), answer, dropped - np.asarray(wanted))
    )
    error = got - want
    half = np.exp(2j * np.pi * np.fft.rfftfreq(len(want)) / (2 * FACTOR))
    moved = [np.fft.irfft(np.fft.rfft(want) * turn, n=len(want)) for turn in (half, half.conj())]
    if min(np.sum((got - x)[50:-50] ** 2) for x in moved) < 0.1 * np.sum(error[50:-50] ** 2):
        return (
            "it is half a sample of the old rate off: an even number of taps has no middle one, so take an odd "
            "number"
        )
    likeness = (error @ folded) / np.sqrt((error @ error) * (folded @ folded))
    if likeness > 0.7:
        return "what is wrong is treble that has folded down: filter first, then drop samples"
    return ""


class says_what_is_left(threshold):
    """threshold, which looks at what is wrong, too."""

    def compare(self, answer, truth):
        verdict = super().compare(answer, truth)
        if verdict.ok or verdict.of_form or not isinstance(truth, Kept):
            return verdict
        why = what_is_left(as_array(to_plain(answer)), truth)
        return replace(verdict, details=(why, *verdict.details)) if why else verdict


def moving_average(y):
    return np.convolve(y, np.ones(FACTOR) / FACTOR, mode="same")[::FACTOR]


def windowed_sinc(cutoff=0.112, n_taps=257):
    """Taps of a low-pass filter; cutoff in units of the old rate."""
    n = np.arange(n_taps) - (n_taps - 1) / 2
    taps = np.sinc(2 * cutoff * n) * np.hanning(n_taps)
    return taps / taps.sum()


def filtered(y, *, gain=1.0, **design):
    return gain * np.convolve(y, windowed_sinc(**design), mode="same")


def filtered_too_late(y):
    return filtered(np.asarray(y)[::FACTOR], cutoff=0.45)


def delayed(y):
    return np.convolve(y, windowed_sinc())[: len(y) : FACTOR]


# --- 7: prediction -------------------------------------------------------------------------------------------


def glide():
    frequency = alias(np.linspace(0, 10_000, 10_001), sr=8000)
    direction = np.sign(np.diff(frequency))
    return {"turns": int(np.sum(direction[1:] != direction[:-1])), "last_hz": float(frequency[-1])}


LEVELS = (
    "coursekit.audio.peak",
    "coursekit.audio.rms",
    "coursekit.audio.dbfs",
    "coursekit.dsp.amplitude_to_db",
    "coursekit.dsp.power_to_db",
    "librosa.feature.rms",
    "librosa.amplitude_to_db",
    "librosa.power_to_db",
)
RESAMPLERS = (
    "coursekit.dsp.decimate",
    "coursekit.audio.resample",
    "librosa.resample",
    "scipy.signal.decimate",
    "scipy.signal.resample",
    "scipy.signal.resample_poly",
    "soxr.resample",
    "soxr.ResampleStream",
    "torchaudio.functional.resample",
    "torchaudio.transforms.Resample",
)

QUESTIONS = [
    Question(
        id="01.levels",
        title="Peak and RMS in dBFS",
        points=1,
        kind="warmup",
        name="levels",
        cases=level_cases,
        oracle=levels,
        compare=near(0.01, unit="dB"),
        forbidden=LEVELS,
        hints=(
            "Two numbers of the signal, then one formula for both.",
            "The peak is the largest absolute value; the RMS is the root of the mean of the squares.",
            "Two lines: the largest of the absolute values, and the root of the mean of the "
            "squares. Then one formula for both: 20 times the logarithm to base 10.",
        ),
        mutants=(
            Mutant(
                "10 log of an amplitude",
                lambda y: [x / 2 for x in levels(y)],
                "10 log10 is for powers. Peak and RMS are amplitudes: 20 log10.",
            ),
            Mutant(
                "peak without abs",
                lambda y: [20 * np.log10(np.max(y)), levels(y)[1]],
                "The peak of a signal may be negative: take the absolute value before the maximum.",
            ),
            Mutant(
                "RMS without root",
                lambda y: [levels(y)[0], 2 * levels(y)[1]],
                "The mean of the squares is a power. Take its root first, or use 10 log10 for it.",
            ),
            Mutant(
                "peak by 10 log",
                lambda y: [levels(y)[0] / 2, levels(y)[1]],
                "Half the decibels for the peak: it is an amplitude, 20 log10.",
            ),
            Mutant(
                "standard deviation",
                lambda y: [levels(y)[0], 20 * np.log10(np.std(y))],
                "That is the standard deviation, which takes the mean off first. RMS does not.",
            ),
            Mutant("swapped", lambda y: levels(y)[::-1], "The two are swapped: (peak, rms)."),
            Mutant(
                "mean of absolute values",
                lambda y: [levels(y)[0], 20 * np.log10(np.mean(np.abs(y)))],
                "That is the mean of |y|. RMS squares first, then averages, then takes the root.",
            ),
            Mutant(
                "a sine at 0",
                lambda y: [levels(y)[0], levels(y)[1] + 20 * np.log10(np.sqrt(2))],
                "The RMS level is 3.01 dB too high: on the scale that gives a full-scale sine 0. Here it has -3.01.",
            ),
            Mutant(
                "a small number added",
                lambda y: [20 * np.log10(10 ** (level / 20) + 1e-10) for level in levels(y)],
                "A small number was added before the logarithm. It raises the level of what is quiet: y is not "
                "silent, and nothing need be added.",
            ),
        ),
    ),
    Question(
        id="01.size",
        title="How many bytes?",
        points=1,
        kind="warmup",
        name="pcm_bytes",
        cases=size_cases,
        oracle=lambda duration, sr, channels, bits: round(duration * sr) * channels * bits // 8,
        compare=integers(),
        spared={
            name: "bits is a multiple of 8: the number of bits is one, too, and leaves no remainder"
            for name in (
                "samples_per_channel * channels * bits // 8 -> -(-(samples_per_channel * channels * bits) // 8)",
                "samples_per_channel * channels * bits // 8 -> "
                "(2 * (samples_per_channel * channels * bits) + 8) // (2 * 8)",
            )
        },
        hints=(
            "Count samples first, then bytes.",
            "duration * sr sample instants, a sample for every channel at each, bits // 8 bytes a sample.",
            "Round the product of seconds and rate to a whole number first. Then multiply by "
            "channels and bits, and divide by 8 with //, which keeps whole numbers whole.",
        ),
        mutants=(
            Mutant(
                "bits, not bytes",
                lambda duration, sr, channels, bits: round(duration * sr) * channels * bits,
                "That is the number of bits. A byte has eight of them.",
            ),
            Mutant(
                "header",
                lambda duration, sr, channels, bits: (
                    round(duration * sr) * channels * bits // 8 + 44
                ),
                "44 bytes too many: that is the header of a WAV file. Leave it out.",
            ),
            Mutant(
                "cut, not rounded",
                lambda duration, sr, channels, bits: int(duration * sr) * channels * bits // 8,
                "One sample is missing: int() cuts 16,079.999... down to 16,079. Round to the nearest first.",
            ),
            Mutant(
                "whole seconds",
                lambda duration, sr, channels, bits: int(duration) * sr * channels * bits // 8,
                "The fraction of a second is lost: multiply by sr before you round.",
            ),
            Mutant(
                "rounded up",
                lambda duration, sr, channels, bits: (
                    int(np.ceil(duration * sr)) * channels * bits // 8
                ),
                "800.32 sample instants became 801: round to the nearest, not up.",
            ),
            Mutant(
                "bytes rounded",
                lambda duration, sr, channels, bits: round(duration * sr * channels * bits / 8),
                "The number of bytes was rounded. There are no parts of a sample: round duration * sr first.",
            ),
            Mutant(
                "one channel",
                lambda duration, sr, channels, bits: round(duration * sr) * bits // 8,
                "Stereo has two samples at every instant: multiply by the number of channels.",
            ),
        ),
    ),
    Question(
        id="01.alias",
        elementwise=True,
        title="Where does a tone land?",
        points=2,
        kind="core",
        name="alias",
        cases=alias_cases,
        oracle=alias,
        forbidden=("coursekit.dsp.alias_frequency",),
        compare=close(1e-6, quantity="frequency"),  # arccos near its ends keeps half the digits
        hints=(
            "Which whole multiple of sr lies nearest to the tone?",
            "The alias is the distance from the tone to the nearest multiple of sr: equation 3.",
            "Divide by sr and round: that is the number of the nearest multiple. How far the tone"
            " is from it, without the sign, is what is heard. np.round and np.abs take arrays, "
            "too.",
        ),
        mutants=(
            Mutant(
                "remainder by sr",
                lambda frequency, sr: np.asarray(frequency) % sr,
                "That is the distance to the multiple of sr below: it reaches up to sr. The nearest one may lie "
                "above: np.round, not floor.",
            ),
            Mutant(
                "remainder by Nyquist",
                lambda frequency, sr: np.asarray(frequency) % (sr / 2),
                "A remainder by sr / 2 jumps from Nyquist to 0. Real aliases turn round there: they fold, they do "
                "not jump.",
            ),
            Mutant(
                "one fold only",
                lambda frequency, sr: np.abs(sr - np.asarray(frequency)),
                "|sr - f| holds between sr / 2 and 3/2 sr only. Which multiple of sr is nearest to this tone?",
            ),
            Mutant(
                "one fold, signed",
                lambda frequency, sr: np.where(
                    np.asarray(frequency) <= sr / 2, frequency, sr - np.asarray(frequency)
                ),
                "Above sr this turns negative, and no tone is heard at -100 Hz: take the distance to the nearest "
                "multiple of sr.",
            ),
            Mutant(
                "no absolute value",
                lambda frequency, sr: (
                    np.asarray(frequency) - sr * np.round(np.asarray(frequency) / sr)
                ),
                "The distance has lost its absolute value: no tone is heard at -3000 Hz.",
            ),
            Mutant(
                "whole hertz",
                lambda frequency, sr: np.rint(alias(frequency, sr)),
                "Rounded to whole hertz: only the number of the multiple is rounded, the distance is not.",
            ),
            Mutant(
                "stops at Nyquist",
                lambda frequency, sr: np.minimum(frequency, sr / 2),
                "Nothing stops at Nyquist: without a filter the tone comes back down.",
            ),
        ),
    ),
    Question(
        id="01.quantize",
        elementwise=True,
        title="A quantiser",
        points=2,
        kind="core",
        name="quantize",
        cases=quantize_cases,
        oracle=quantize,
        compare=close(1e-10, float64=True, quantity="amplitude"),
        forbidden=(
            "coursekit.audio.quantize",
            "torch.fake_quantize_per_tensor_affine",
            "torch.quantize_per_tensor",
        ),
        spared={"dress: float32 inputs, Python numbers": "the statement asks for double precision"},
        hints=(
            "Go to whole numbers, stay there for rounding and clipping, come back.",
            "With 2**bits levels on [-1, 1) the step is 2 / 2**bits; the largest code is 2**(bits - 1) - 1.",
            "Three steps: divide by the step and round; clip these whole numbers to the smallest "
            "and the largest code; multiply by the step.",
        ),
        mutants=(
            Mutant(
                "truncation",
                lambda y, bits: quantize(y, bits, rounded=np.floor),
                "Every value went down: floor instead of round. The error then has a mean of half a step.",
            ),
            Mutant(
                "towards zero",
                lambda y, bits: quantize(y, bits, rounded=np.trunc),
                "Cut towards zero, as astype(int) and trunc do. Round to the nearest level instead.",
            ),
            Mutant(
                "half added, then cut",
                lambda y, bits: quantize(y, bits, rounded=lambda x: np.trunc(x + 0.5)),
                "Half a step was added, and the rest cut off towards zero: right above zero, one step too high below "
                "it. np.round does both.",
            ),
            Mutant(
                "mid-rise",
                lambda y, bits: quantize(
                    y,
                    bits,
                    rounded=lambda x: np.floor(x) + 0.5,
                    low=0.5 - 2 ** (bits - 1),
                    high=2 ** (bits - 1) - 0.5,
                ),
                "Levels lie half a step off: silence would not stay silence. Zero must be a level (mid-tread).",
            ),
            Mutant(
                "no clipping",
                lambda y, bits: quantize(y, bits, low=-np.inf, high=np.inf),
                "Some results have no code: with b bits there are 2**b levels from -1 to 1 - step. Clip.",
            ),
            Mutant(
                "clips at +1",
                lambda y, bits: quantize(y, bits, high=2 ** (bits - 1)),
                "+1 itself is one level too many: 2**b codes end at 1 - step.",
            ),
            Mutant(
                "levels that include both ends",
                lambda y, bits: (
                    np.round((np.clip(y, -1, 1) + 1) * (2**bits - 1) / 2) * 2 / (2**bits - 1) - 1
                ),
                "Levels from -1 to +1 with both ends leave out zero: silence would hum. The step is 2 / 2**bits.",
            ),
            Mutant(
                "no more than 16 bits",
                lambda y, bits: quantize(y, min(bits, 16)),
                "Right up to 16 bits; above, the steps stay as large as those of 16. The step is 2 / 2**bits for all.",
            ),
            Mutant(
                "nothing rounded above 16 bits",
                lambda y, bits: quantize(y, bits, rounded=np.rint if bits <= 16 else np.array),
                "Right up to 16 bits; above, nothing is rounded. A step of 24 bits is small, and still a step.",
            ),
            Mutant(
                "nothing rounded",
                lambda y, bits: np.clip(y, -1, 1 - 2 / 2**bits),
                "Clipped, but not rounded: every value has to go to the nearest level.",
            ),
            Mutant(
                "codes",
                lambda y, bits: quantize(y, bits) * 2 ** (bits - 1),
                "These are the codes, whole numbers. Multiply them by the step to get back to amplitudes.",
            ),
            Mutant(
                "one bit too few",
                lambda y, bits: quantize(y, bits - 1),
                "The step is twice what it should be: 2**bits levels on a scale 2 wide, step = 2 / 2**bits.",
            ),
            Mutant(
                "as many levels below as above",
                lambda y, bits: quantize(y, bits, low=1 - 2 ** (bits - 1)),
                "-1 is a level, too: of the 2**bits codes the smallest is -(2**(bits - 1)). Below zero there is one "
                "more than above.",
            ),
        ),
    ),
    Question(
        id="01.mono",
        title="Bug clinic: a crackling mix",
        points=2,
        kind="bug",
        name="to_mono",
        cases=stereo_cases,
        oracle=lambda pcm: mean_of_channels(pcm) / 32768,
        compare=close(1e-10, quantity="pcm", sound=44100),
        hints=(
            "Try the snippet on pcm = np.array([[30000, 10000]], dtype=np.int16).",
            "There are two faults: an integer sum that wraps round, and a division that hides the level.",
            "Make floats of the codes and divide by 32768 first; take the mean of the two columns"
            " after that; and divide by nothing else.",
        ),
        mutants=(
            Mutant(
                "the snippet as it was",
                lambda pcm: wrapped_sum(pcm) / np.abs(wrapped_sum(pcm)).max(),
                "Both faults are still there: listen to the error. What is 30000 + 10000 in int16?",
            ),
            Mutant(
                "still wraps",
                lambda pcm: wrapped_sum(pcm) / 32768,
                "The scale is right now; the sum still wraps round in int16: convert before adding.",
            ),
            Mutant(
                "still normalises",
                lambda pcm: mean_of_channels(pcm) / np.abs(mean_of_channels(pcm)).max(),
                "No crackle any more, but every recording now has a peak of 1: its level is lost. Divide by 32768.",
            ),
            Mutant(
                "32767",
                lambda pcm: mean_of_channels(pcm) / 32767,
                "Divided by 32767: then -32768 lies below -1. 16-bit codes are multiples of 1/32768.",
            ),
            Mutant(
                "one channel",
                lambda pcm: pcm[:, 0] / 32768,
                "That is the left channel alone. Mono is the mean of both.",
            ),
            Mutant(
                "still integers",
                mean_of_channels,
                "The mean is right, its scale is not: the code k means k / 32768.",
            ),
            Mutant(
                "sum, not mean",
                lambda pcm: 2 * mean_of_channels(pcm) / 32768,
                "A sum of two full channels reaches ±2. Take the mean.",
            ),
        ),
    ),
    Question(
        id="01.downsample",
        title="Experiment: a cymbal at a quarter of the rate",
        points=3,
        kind="experiment",
        name="downsample",
        cases=recordings,
        oracle=kept_band,
        compare=says_what_is_left(
            snr_in_band, above=70, name="SNR in the kept band", unit="dB", sound=11025
        ),
        forbidden=RESAMPLERS,
        hints=(
            "Dropping samples alone gives a few decibels. What has to happen before?",
            "A low-pass filter with a cutoff between the band's edge (0.1 of sr) and the new Nyquist frequency "
            "(0.125 of sr), then every 4th sample. More taps make the edge steeper; 257 do.",
            "Taps: np.sinc over a row of numbers that is symmetric about 0, an odd number of them"
            " (257 do), times a Hann window, divided by their sum; the cutoff midway between the "
            "two edges. Convolve with mode='same', and only then drop samples.",
        ),
        mutants=(
            Mutant(
                "drop samples",
                lambda y: y[::FACTOR],
                "Samples dropped without a filter: everything above 5.5 kHz has folded down into the band.",
            ),
            Mutant(
                "average of four",
                moving_average,
                "The mean of four samples is a filter, but a poor one: it lets much of the high end through and "
                "dulls what should stay.",
            ),
            Mutant(
                "cutoff too high",
                lambda y: filtered(y, cutoff=0.25)[::FACTOR],
                "The cutoff lies at sr / 4. The new rate is sr / 4; its Nyquist frequency is half of that.",
            ),
            Mutant(
                "filter after dropping",
                filtered_too_late,
                "The filter comes after the samples were dropped, when the treble has folded down. Filter first.",
            ),
            Mutant(
                "delayed",
                delayed,
                "The result is late: a filter of M taps delays by (M - 1) / 2 samples. mode='same' takes that out.",
            ),
            Mutant(
                "gain",
                lambda y: filtered(y, gain=1 / 0.224)[::FACTOR],
                "The filter is right but for its gain: divide the taps by their sum.",
            ),
            Mutant(
                "too few taps",
                lambda y: filtered(y, n_taps=65)[::FACTOR],
                "The right filter with too few taps: its edge is so wide that it dulls the band and leaks.",
            ),
        ),
    ),
    Question(
        id="01.glide",
        title="Prediction: a glide from 0 to 10 kHz",
        points=1,
        kind="prediction",
        name="glide",
        oracle=glide,
        compare=all_of({"turns": integers(), "last_hz": near(1.0, unit="Hz")}),
        hints=(
            "Follow equation 3 with a pencil: what is heard at true 4, 6, 8 and 10 kHz?",
            "It turns at every multiple of the Nyquist frequency, 4 kHz.",
            "It rises to 4 kHz, falls to 0 at true 8 kHz, and rises again: how far is 10 kHz from 8 kHz?",
        ),
        mutants=(
            Mutant(
                "no alias",
                lambda: {"turns": 0, "last_hz": 10000.0},
                "At 8 kHz no samples can show 10 kHz: everything lands between 0 and 4 kHz.",
            ),
            Mutant(
                "stops at Nyquist",
                lambda: {"turns": 0, "last_hz": 4000.0},
                "Nothing holds the tone at Nyquist without a filter. It turns round.",
            ),
            Mutant(
                "one turn",
                lambda: {"turns": 1, "last_hz": 2000.0},
                "One of the two is right. Follow equation 3 from 0 to 10 kHz with a pencil.",
            ),
            Mutant(
                "one turn, wrong end",
                lambda: {"turns": 1, "last_hz": 0.0},
                "At true 8 kHz it has fallen to 0 Hz; there are 2 kHz more to go.",
            ),
        ),
    ),
]
