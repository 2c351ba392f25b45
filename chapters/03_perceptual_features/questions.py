"""Questions of chapter 03. Truth comes from librosa, SciPy, closed forms, and the phone labels of recordings."""

import warnings
from dataclasses import replace

import numpy as np
import scipy.fft
import scipy.signal

from coursekit import data
from coursekit.exercise import Case, Mutant, Question, all_of, close, integers, labels, near

# --- 1 and 2: two scales -------------------------------------------------------------------------------------


def mel(frequency):
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


def hertz(mels):
    return 700 * (10 ** (np.asarray(mels) / 2595) - 1)


def centre_cases(rng):
    fmin = float(rng.integers(20, 200))
    return [
        Case(5, fmin=0.0, fmax=4000.0),
        Case(40, fmin=0.0, fmax=8000.0),
        Case(1, fmin=100.0, fmax=1000.0),
        Case(26, fmin=fmin, fmax=7600.0),
        Case(3, fmin=0.0, fmax=50.0),  # what was rounded shows
        Case(64, fmin=3000.0, fmax=3100.0),
    ]


def librosa_centres(n_mels, fmin, fmax):
    import librosa  # takes a second or two to import: only when a question is checked

    return librosa.mel_frequencies(n_mels + 2, fmin=fmin, fmax=fmax, htk=True)[1:-1]


def slaney_centres(n_mels, fmin, fmax):
    import librosa

    return librosa.mel_frequencies(n_mels + 2, fmin=fmin, fmax=fmax, htk=False)[1:-1]


def natural_centres(n_mels, fmin, fmax):
    """The way to mels with log10, the way back with e."""
    return 700 * (np.exp(np.linspace(mel(fmin), mel(fmax), n_mels + 2)[1:-1] / 2595) - 1)


def middles(n_mels, fmin, fmax, *, in_hertz=False):
    """n_mels pieces of the band, equal in mels, and the middle of each."""
    edges = np.linspace(mel(fmin), mel(fmax), n_mels + 1)
    if in_hertz:
        return (hertz(edges[:-1]) + hertz(edges[1:])) / 2
    return hertz((edges[:-1] + edges[1:]) / 2)


def pitch_cases(rng):
    beside = rng.uniform(-0.4, 0.4, 3)  # semitones beside a note, in tune or not
    # Close to the border another tuning shows, and who takes the nearer note in hertz, where the border lies 0.7
    # hundredths of a semitone higher.
    beside = [*beside, 0.49, -0.49, 0.503, -0.497]
    notes = rng.integers(30, 100, len(beside))
    frequencies = [
        *(261.63, 440.0, 27.5, 4186.0, 452.0, 427.0),
        *440 * 2 ** ((notes + np.array(beside) - 69) / 12),
        *(16.4, 20.0, 15_804.0),  # beyond the keys of a piano
    ]
    return [Case(float(frequency)) for frequency in frequencies]


KEYS = 440 * 2 ** ((np.arange(-12, 140) - 69) / 12)  # frequencies of notes, the first a C


def semitones_above_c(frequency):
    """As a real number, before anything is rounded or folded; 0 is the C below middle C's octave, 60 middle C."""
    return 12 * np.log2(frequency / 440) + 69


# --- 3: MFCC -------------------------------------------------------------------------------------------------


def mel_cases(rng):
    import librosa

    speech, sr = data.load("librivox", quiet=True)["austen-4"].load()
    start = int(rng.integers(10_000, 30_000))
    M = librosa.feature.melspectrogram(
        y=speech[start : start + 12_000].astype(float),
        sr=sr,
        n_fft=512,
        hop_length=160,
        n_mels=40,
        dtype=np.float64,
    )
    noisy = rng.exponential(1.0, (10, 6))  # not 8: sqrt(8 / 2) is 2, as if something were doubled
    noisy[:, 2] = 0.0  # digital silence
    noisy[3, 4] = 1e-13  # no zero, and under the floor
    return [
        Case(noisy, n_mfcc=5),
        Case(M, n_mfcc=13),
        Case(rng.exponential(1.0, (26, 5)) * 1e-4, n_mfcc=20),
        Case(rng.exponential(1.0, (7, 7)), n_mfcc=7),
        Case(rng.exponential(1.0, (5, 1)), n_mfcc=1),
    ]


def cepstra(
    M, n_mfcc, *, log=lambda M: 10 * np.log10(np.maximum(M, 1e-10)), axis=0, type=2, norm="ortho"
):
    return scipy.fft.dct(log(np.asarray(M, dtype=float)), type=type, norm=norm, axis=axis)[:n_mfcc]


def without_floor(M):
    with np.errstate(divide="ignore"):
        return 10 * np.log10(M)


def cut_80_db_below(M):
    level = 10 * np.log10(np.maximum(M, 1e-10))
    return np.maximum(level, level.max() - 80)


def rows_scaled(M, n_mfcc, *, first=1.0, others=1.0):
    c = cepstra(M, n_mfcc)
    c[0] *= first
    c[1:] *= others
    return c


def n_mfcc_for_n_mels(M, n_mfcc):
    """The cosines of a DCT of n_mfcc bands, drawn on over all n_mels."""
    D = np.sqrt(2 / n_mfcc) * np.cos(
        np.pi * np.outer(np.arange(n_mfcc), np.arange(len(M)) + 0.5) / n_mfcc
    )
    D[0] /= np.sqrt(2)
    return D @ (10 * np.log10(np.maximum(M, 1e-10)))


def whole_steps(M, n_mfcc):
    """cos(pi j i / n) in place of cos(pi j (i + 1/2) / n)."""
    n = len(M)
    D = np.sqrt(2 / n) * np.cos(np.pi * np.outer(np.arange(n), np.arange(n)) / n)
    D[0] /= np.sqrt(2)
    return (D @ (10 * np.log10(np.maximum(M, 1e-10))))[:n_mfcc]


# --- 4: deltas -----------------------------------------------------------------------------------------------


def delta_cases(rng):
    return [
        Case(np.array([[0.0, 1.0, 4.0, 9.0, 16.0, 25.0]]), width=3),
        Case(rng.standard_normal((13, 40)), width=9),
        Case(rng.standard_normal((3, 4)), width=5),
        Case(rng.standard_normal((2, 3)) + 40, width=11),
        Case(rng.standard_normal((5, 5)), width=3),
        Case(rng.standard_normal((2, 2)), width=7),
    ]


def slopes(x, width, *, pad="edge", over=lambda i: np.sum(i**2), axis=-1):
    half = width // 2
    x = np.moveaxis(np.asarray(x, dtype=float), axis, -1)
    i = np.arange(-half, half + 1)
    padded = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode=pad)
    total = sum(step * padded[..., half + step : half + step + x.shape[-1]] for step in i)
    return np.moveaxis(total / over(i), -1, axis)


def librosa_delta(x, width):
    import librosa

    return librosa.feature.delta(
        np.asarray(x, dtype=float), width=width, order=1, axis=-1, mode="nearest"
    )


def central_difference(x, width):
    """Two frames in place of all: the outermost ones."""
    half = width // 2
    padded = np.pad(np.asarray(x, dtype=float), [(0, 0), (half, half)], mode="edge")
    return (padded[:, 2 * half :] - padded[:, : -2 * half]) / (2 * half)


def ends_at_zero(x, width):
    half = width // 2
    found = slopes(x, width)
    found[:, :half] = found[:, max(half, found.shape[1] - half) :] = 0
    return found


def only_inside(x, width):
    """At the ends the line goes through the frames that are there."""
    half, n = width // 2, x.shape[1]
    columns = []
    for t in range(n):
        i = np.arange(max(-half, -t), min(half, n - 1 - t) + 1)
        columns.append(x[:, t + i] @ i / max(1, np.sum(i**2)))
    return np.stack(columns, axis=1)


def without_last(x, width):
    """Both sums over range(-n, n)."""
    half = width // 2
    padded = np.pad(np.asarray(x, dtype=float), [(0, 0), (half, half)], mode="edge")
    i = np.arange(-half, half)
    return sum(step * padded[:, half + step : half + step + x.shape[1]] for step in i) / np.sum(
        i**2
    )


def convolved_same(x, width):
    half = width // 2
    weights = np.arange(half, -half - 1, -1) / (2 * np.sum(np.arange(half + 1) ** 2))
    return np.array([np.convolve(row, weights, mode="same") for row in x])


# --- 5: bug clinic -------------------------------------------------------------------------------------------


def bank_cases(rng):
    # of the last the statement's snippet leaves a filter empty that has a bin inside
    return [
        Case(sr=8000, n_fft=256, n_mels=10),
        Case(sr=16000, n_fft=512, n_mels=40),
        Case(sr=22050, n_fft=int(rng.choice([1024, 2048])), n_mels=int(rng.integers(60, 100))),
        Case(sr=16000, n_fft=512, n_mels=76),
        Case(sr=8000, n_fft=255, n_mels=12),  # odd: the last bin lies below sr / 2
        Case(sr=11025, n_fft=64, n_mels=1),
        Case(
            sr=16000, n_fft=128, n_mels=40
        ),  # some filters hold no bin and are zeros, as librosa's are
    ]


def librosa_bank(sr, n_fft, n_mels, *, htk=True, norm=None):
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of empty filters
        return librosa.filters.mel(
            sr=sr, n_fft=n_fft, n_mels=n_mels, htk=htk, norm=norm, dtype=np.float64
        )


def corners(sr, n_mels):
    return hertz(np.linspace(0, mel(sr / 2), n_mels + 2))


def triangles(at, edges):
    """One triangle a row over the corners in edges, read at the places `at`; both in one unit, whichever it is."""
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        rising, falling = (at - left) / (centre - left), (right - at) / (right - centre)
    rising, falling = (
        np.where((at >= left) & (at < centre), rising, 0),
        np.where((at >= centre) & (at < right), falling, 0),
    )
    return np.nan_to_num(rising) + np.nan_to_num(falling)


def rounded_bank(sr, n_fft, n_mels, *, rounded=np.floor, length=1):
    """The snippet of the statement: corners rounded to whole bins."""
    return triangles(
        np.arange(n_fft // 2 + 1), rounded((n_fft + length) * corners(sr, n_mels) / sr)
    )


def pushed_apart(sr, n_fft, n_mels, *, length=1):
    """The snippet, with corners that fall on one bin moved up, each to the next bin."""
    bins = np.floor((n_fft + length) * corners(sr, n_mels) / sr)
    for i in range(1, len(bins)):
        bins[i] = max(bins[i], bins[i - 1] + 1)
    return triangles(np.arange(n_fft // 2 + 1), bins)


def rounded_sides(sr, n_fft, n_mels, *, length=0):
    """Heights at the right places, but rounded corners still say which bins are on which side."""
    edges, k = corners(sr, n_mels), np.arange(n_fft // 2 + 1)
    bins = np.floor((n_fft + length) * edges / sr)
    f = k * sr / n_fft
    W = np.zeros((n_mels, len(k)))
    for i in range(n_mels):
        (left, centre, right), (first, top, end) = edges[i : i + 3], bins[i : i + 3]
        W[i] = np.where((k >= first) & (k < top), (f - left) / (centre - left), 0)
        W[i] += np.where((k >= top) & (k < end), (right - f) / (right - centre), 0)
    return W


def up_to_nyquist(sr, n_fft, n_mels):
    """The last bin set to sr / 2, where it lies for an even n_fft."""
    return triangles(np.linspace(0, sr / 2, n_fft // 2 + 1), corners(sr, n_mels))


def below_zero(sr, n_fft, n_mels):
    edges, f = corners(sr, n_mels), np.arange(n_fft // 2 + 1) * sr / n_fft
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.minimum((f - left) / (centre - left), (right - f) / (right - centre))


def rows_divided(sr, n_fft, n_mels, by):
    W = librosa_bank(sr, n_fft, n_mels)
    return W / by(W, axis=1, keepdims=True)


def straight_in_mel(sr, n_fft, n_mels):
    """Triangles whose sides are straight over mels, as TensorFlow's are."""
    return triangles(
        mel(np.arange(n_fft // 2 + 1) * sr / n_fft), np.linspace(0, mel(sr / 2), n_mels + 2)
    )


# --- 6: experiment -------------------------------------------------------------------------------------------

KINDS = {
    "ee": {"IY", "IH", "EY"},
    "a": {"AE", "EH", "AY", "AW"},
    "s": {"S", "Z", "SH", "ZH"},
    "n": {"M", "N", "NG"},
    "r": {"L", "R", "ER"},
}
SPLITS = ((1, 3, 5), (2, 4, 5), (1, 2, 4))  # sentences that are known; the others are not
PIECE = 960  # samples: 60 ms around the middle of a phone
GAIN = 30  # of a device: no floor hides what comes through, and no common scale brings both sets together


def device(kind, strength, sr):
    """A filter. The wall's slope is gentle, so that neither the floor nor an 80 dB cut hides what comes through."""
    order, cutoff, type = {
        "a wall": (1, 350 * strength, "lowpass"),
        "a tiny loudspeaker": (2, 3000 * strength, "highpass"),
        "a telephone": (2, [500 * strength, 3000 * strength], "bandpass"),
    }[kind]
    return scipy.signal.butter(order, cutoff, type, fs=sr, output="sos")


def pieces(numbers, heard_through=None):
    """60 ms of every phone of the five kinds, and their kinds."""
    found, kinds, sentences = [], [], data.load("librivox", quiet=True)
    for number in numbers:
        item = sentences[f"austen-{number}"]
        y, sr = item.load()
        y = (
            y.astype(float)
            if heard_through is None
            else GAIN * scipy.signal.sosfilt(heard_through, y)
        )
        y = np.pad(y, PIECE)
        for start, end, phone in item.phones:
            middle = round((start + end) / 2 * sr) + PIECE
            for kind in (kind for kind, phones in KINDS.items() if phone in phones):
                found.append(y[middle - PIECE // 2 : middle + PIECE // 2])
                kinds.append(kind)
    return np.array(found), kinds


def phone_cases(rng):
    cases = []
    for split, kind in zip(
        rng.permutation(3), ("a wall", "a tiny loudspeaker", "a telephone"), strict=True
    ):
        known = SPLITS[split]
        unknown = [number for number in range(1, 6) if number not in known]
        through = device(kind, rng.uniform(0.9, 1.1), 16000)
        (known_pieces, labels), (unknown_pieces, truth) = pieces(known), pieces(unknown, through)
        cases.append(
            Case(
                known_pieces,
                labels,
                unknown_pieces,
                sr=16000,
                truth={"device": kind, "labels": truth},
            )
        )
    return cases


class through_a_device(labels):
    """labels, which tells the device, too. Nearly equal lists are one mistake: a few pieces lie half-way."""

    def compare(self, answer, truth):
        verdict = super().compare(answer, truth["labels"])
        if verdict.ok or verdict.of_form:
            return verdict
        return replace(verdict, message=f"through {truth['device']} the {verdict.message}")


def log_mel(pieces, sr, window=np.hanning):
    """Levels in the filter bank that the statement offers."""
    power = np.abs(np.fft.rfft(np.asarray(pieces) * window(PIECE), 1024)) ** 2
    return 10 * np.log10(power @ librosa_bank(sr, 1024, 40, htk=False, norm="slaney").T + 1e-10)


def nearest_centre(known, labels, unknown):
    names = sorted(set(labels))
    centres = np.array([known[np.array(labels) == name].mean(axis=0) for name in names])
    distances = np.linalg.norm(unknown[:, None] - centres, axis=-1)
    return [names[i] for i in distances.argmin(axis=1)]


def nearest_piece(known, labels, unknown):
    distances = np.linalg.norm(unknown[:, None] - known, axis=-1)
    return [labels[i] for i in distances.argmin(axis=1)]


def scaled_together(known, labels, unknown, sr):
    """13 MFCCs, less the mean and over the deviation of all pieces, known and unknown."""
    features = [
        scipy.fft.dct(log_mel(x, sr), axis=1, norm="ortho")[:, :13] for x in (known, unknown)
    ]
    mean, deviation = np.concatenate(features).mean(axis=0), np.concatenate(features).std(axis=0)
    known, unknown = [(x - mean) / deviation for x in features]
    return nearest_centre(known, labels, unknown)


def centred(x, axis=0):
    return x - x.mean(axis=axis, keepdims=True)


# --- 7: prediction -------------------------------------------------------------------------------------------


def twice_as_loud():
    rng = np.random.default_rng(0)
    y = rng.standard_normal(8000)
    c, louder = (
        cepstra(
            (np.abs(np.fft.rfft(gain * y.reshape(10, 800), axis=1)) ** 2)[:, :400]
            .reshape(10, 40, 10)
            .sum(axis=2)
            .T,
            13,
        )
        for gain in (1, 2)
    )
    moved = np.abs(louder - c).max(axis=1) > 1e-6
    return {"changed": int(moved.sum()), "by": float((louder - c)[0].mean())}


CENTRES = (
    "librosa.mel_frequencies",
    "coursekit.mel.mel_frequencies",
    "transformers.audio_utils.mel_filter_bank",
)
NOTES = (
    "coursekit.units.hz_to_midi",
    "librosa.hz_to_midi",
    "librosa.hz_to_note",
    "librosa.hz_to_octs",
)
FRONT_ENDS = (
    "librosa.feature.mfcc",
    "scipy.fft.dct",
    "scipy.fft.dctn",
    "scipy.fft.idct",
    "scipy.fft.idctn",
    "scipy.fftpack.dct",
    "scipy.fftpack.dctn",
    "scipy.fftpack.idct",
    "scipy.fftpack.idctn",
    "scipy.fft._pocketfft.pypocketfft.dct",
    "torchaudio.functional.create_dct",
    "torchaudio.transforms.MFCC",
    "torchaudio.compliance.kaldi.mfcc",
    "coursekit.mel.dct",
    "coursekit.mel.dct_matrix",
    "coursekit.mel.mfcc",
    "coursekit.mel.mfcc_39",
)
DELTAS = (
    "librosa.feature.delta",
    "scipy.signal.savgol_filter",
    "scipy.signal.savgol_coeffs",
    "torchaudio.functional.compute_deltas",
    "torchaudio.transforms.ComputeDeltas",
    "coursekit.mel.delta",
    "coursekit.mel.mfcc_39",
)
BANKS = (
    "librosa.filters.mel",
    "librosa.feature.melspectrogram",
    "torchaudio.functional.melscale_fbanks",
    "torchaudio.transforms.MelScale",
    "torchaudio.transforms.MelSpectrogram",
    "torchaudio.compliance.kaldi.get_mel_banks",
    "transformers.audio_utils.mel_filter_bank",
    "coursekit.mel.mel_filterbank",
    "coursekit.mel.mel_spectrogram",
    "coursekit.mel.triangle",
)

QUESTIONS = [
    Question(
        id="03.centres",
        title="Where do the filters sit?",
        points=1,
        kind="warmup",
        name="mel_centres",
        cases=centre_cases,
        oracle=librosa_centres,
        compare=close(1e-8, quantity="frequency"),
        forbidden=CENTRES,
        spared={
            "np.log10(1 + np.array([fmin, fmax]) / 700) -> np.log10(1 + np.array([fmin, fmax]) / 700 + 1e-08)": (
                "beside the 1 that is added in any case it moves a corner by a hundred-thousandth of a hertz"
            )
        },
        hints=(
            "Equal steps on which axis? Go there, step, and come back.",
            "n_mels filters have n_mels + 2 corners, the first at fmin and the last at fmax; the centres are the "
            "inner ones. From m = 2595 log10(1 + f / 700) follows f = 700 (10^(m / 2595) - 1).",
            "Take fmin and fmax to mels, lay n_mels + 2 points between them with np.linspace, "
            "drop the first and the last, and take the rest back to hertz.",
        ),
        mutants=(
            Mutant(
                "all corners",
                lambda n_mels, fmin, fmax: hertz(np.linspace(mel(fmin), mel(fmax), n_mels + 2)),
                "These are all the corners. The first and the last, fmin and fmax, are no centres: leave them out.",
            ),
            Mutant(
                "centres at the ends",
                lambda n_mels, fmin, fmax: hertz(np.linspace(mel(fmin), mel(fmax), n_mels)),
                "Your first and last centre lie at fmin and fmax. There the first filter begins and the last one "
                "ends: n_mels + 2 corners.",
            ),
            Mutant(
                "equal steps in hertz",
                lambda n_mels, fmin, fmax: np.linspace(fmin, fmax, n_mels + 2)[1:-1],
                "Equal steps in hertz. Change fmin and fmax into mels first, step there, and come back.",
            ),
            Mutant(
                "still in mel",
                lambda n_mels, fmin, fmax: np.linspace(mel(fmin), mel(fmax), n_mels + 2)[1:-1],
                "The steps are right, and still in mels: go back to Hz.",
            ),
            Mutant(
                "Slaney's scale",
                slaney_centres,
                "These are the centres on Slaney's scale. The question asks for HTK's, equation 1.",
            ),
            Mutant(
                "e for 10",
                natural_centres,
                "The way back takes e where the way there took log10: 10 ** (m / 2595).",
            ),
            Mutant(
                "ln for log10",
                lambda n_mels, fmin, fmax: (
                    700
                    * (
                        10
                        ** (np.log(10) * np.linspace(mel(fmin), mel(fmax), n_mels + 2)[1:-1] / 2595)
                        - 1
                    )
                ),
                "The way there takes np.log, the natural logarithm. HTK's formula has log10.",
            ),
            Mutant(
                "1 outside the brackets",
                lambda n_mels, fmin, fmax: (
                    699 + hertz(np.linspace(mel(fmin), mel(fmax), n_mels + 2)[1:-1])
                ),
                "All 699 Hz too high: on the way back 1 is taken off before the factor 700, 700 * (... - 1).",
            ),
            Mutant(
                "fmin left out",
                lambda n_mels, fmin, fmax: hertz(np.linspace(0, mel(fmax), n_mels + 2)[1:-1]),
                "Right where fmin is 0. The first corner is not 0 but fmin.",
            ),
            Mutant(
                "step without fmin",
                lambda n_mels, fmin, fmax: hertz(
                    mel(fmin) + np.arange(1, n_mels + 1) * mel(fmax) / (n_mels + 1)
                ),
                "Right where fmin is 0. The step is the distance from fmin to fmax in mels, divided by n_mels + 1.",
            ),
            Mutant(
                "one corner too few",
                lambda n_mels, fmin, fmax: hertz(np.linspace(mel(fmin), mel(fmax), n_mels + 1)[1:]),
                "The last centre lies at fmax, where the last filter should have ended. n_mels + 2 corners, without "
                "the first and the last.",
            ),
            Mutant(
                "first centre at fmin",
                lambda n_mels, fmin, fmax: hertz(
                    np.linspace(mel(fmin), mel(fmax), n_mels + 2)[:-2]
                ),
                "The first centre lies at fmin, where the first filter should have begun: one step further.",
            ),
            Mutant(
                "first centre at fmin, longer steps",
                lambda n_mels, fmin, fmax: hertz(
                    np.linspace(mel(fmin), mel(fmax), n_mels + 1)[:-1]
                ),
                "The first centre lies at fmin, where the first filter should have begun. n_mels + 2 corners, "
                "without the first and the last.",
            ),
            Mutant(
                "middles of pieces",
                middles,
                "You cut the band into n_mels pieces and took their middles. Here filters overlap, each from one "
                "neighbour's centre to the other's: n_mels + 1 steps.",
            ),
            Mutant(
                "middles of pieces in Hz",
                lambda n_mels, fmin, fmax: middles(n_mels, fmin, fmax, in_hertz=True),
                "You cut the band into n_mels pieces and took their middles in Hz. A centre is itself a corner: "
                "n_mels + 2 corners in equal steps of mel, without the first and the last.",
            ),
        ),
    ),
    Question(
        id="03.pitch_class",
        elementwise=True,
        title="Which note?",
        points=1,
        kind="warmup",
        name="pitch_class",
        cases=pitch_cases,
        oracle=lambda frequency: int(np.rint(semitones_above_c(frequency))) % 12,
        compare=integers(),
        forbidden=NOTES,
        spared={
            "np.log2(frequency / 440) -> np.log2(frequency / 440 + 1e-08)": (
                "of a tone that can be heard it changes the pitch by less than a thousandth of a cent"
            )
        },
        hints=(
            "How many semitones is it above a note that you know? Then forget the octave.",
            "p = 69 + 12 log2(f / 440), rounded to the nearest; MIDI number 60 is a C, and so is every multiple of "
            "12.",
            "Round p first, then take the remainder by 12; return an int. Try it on 261.63 Hz (0)"
            " and on 440 Hz (9).",
        ),
        mutants=(
            Mutant(
                "A is 0",
                lambda frequency: int(np.rint(semitones_above_c(frequency)) - 69) % 12,
                "Counted from A. C is 0, so that A is 9: add 69 (or 9) before the remainder.",
            ),
            Mutant(
                "nearest in hertz",
                lambda frequency: int(np.argmin(np.abs(KEYS - frequency))) % 12,
                "A note just beside a border went to the wrong side, as it does where the nearest note in hertz is "
                "taken. Steps are ratios: the border lies in the middle of the logarithms, a little lower.",
            ),
            Mutant(
                "too high an A",
                lambda frequency: int(np.rint(semitones_above_c(frequency * 440 / 449))) % 12,
                "Notes a little above a border were given to the semitone below it: do you count from too high a "
                "note (A has 440 Hz), or was something cut before the end?",
            ),
            Mutant(
                "B for a flat C",
                lambda frequency: int(
                    np.argmin(np.abs(semitones_above_c(frequency) % 12 - np.arange(12)))
                ),
                "A C that is a little flat became B: from 11.9 it is nearer to 12, which is C again, than to 11. "
                "Round first, then take the remainder.",
            ),
            Mutant(
                "cut instead of rounded",
                lambda frequency: int(np.floor(semitones_above_c(frequency))) % 12,
                "A note that is a little flat was given to the semitone below: round to the nearest.",
            ),
            Mutant(
                "octave kept",
                lambda frequency: int(np.rint(semitones_above_c(frequency))),
                "That is the MIDI number, with its octave. The pitch class is its remainder by 12.",
            ),
            Mutant(
                "natural logarithm",
                lambda frequency: int(np.rint(69 + 12 * np.log(frequency / 440))) % 12,
                "An octave is a factor of 2: the logarithm to base 2, not e.",
            ),
            Mutant(
                "decades",
                lambda frequency: int(np.rint(69 + 12 * np.log10(frequency / 440))) % 12,
                "With log10 a factor of ten has 12 steps. An octave is a factor of two: log2.",
            ),
            Mutant(
                "too low a C",
                lambda frequency: int(np.rint(12 * np.log2(frequency / 256))) % 12,
                "Notes a little below a border were given to the semitone above it: do you count from too low a "
                "note? A has 440 Hz; a C of 256 Hz would have an A of 430.5 Hz.",
            ),
            Mutant(
                "rounded up",
                lambda frequency: int(np.ceil(semitones_above_c(frequency))) % 12,
                "A note that is a little sharp was given to the semitone above: round to the nearest.",
            ),
            Mutant(
                "rounded last",
                lambda frequency: int(np.rint(semitones_above_c(frequency) % 12)),
                "A C that is a little flat became 12. Round first, then take the remainder.",
            ),
            Mutant(
                "not rounded",
                lambda frequency: semitones_above_c(frequency) % 12,
                "That is the place between the notes, not yet the note: round to the nearest, then the remainder.",
            ),
            Mutant(
                "counted from 1",
                lambda frequency: int(np.rint(semitones_above_c(frequency))) % 12 + 1,
                "One too many: C is 0, not 1.",
            ),
            Mutant(
                "octave number",
                lambda frequency: int(np.rint(semitones_above_c(frequency))) // 12,
                "That is the octave, //; the class is the remainder, %.",
            ),
            Mutant(
                "from middle C, folded once",
                lambda frequency: abs(int(np.rint(semitones_above_c(frequency))) - 60) % 12,
                "Below middle C the classes run backwards: an absolute value has hidden the sign. The remainder by "
                "12 is right for negative numbers, too.",
            ),
        ),
    ),
    Question(
        id="03.mfcc",
        title="MFCCs equal to librosa's",
        points=3,
        kind="core",
        name="mfcc",
        cases=mel_cases,
        oracle=cepstra,
        compare=close(1e-10, quantity="frames"),
        forbidden=FRONT_ENDS,
        spared={
            "D[0] /= np.sqrt(2) -> D[0] /= np.sqrt(2) + 1e-08": (
                "the divisor is always the root of 2: one coefficient changes in its ninth digit"
            )
        },
        hints=(
            "Two steps: a logarithm with a floor, and a matrix.",
            "D has n_mfcc rows and len(M) columns; its rows are cosines, np.outer(j, i + 0.5) holds all their "
            "arguments but for pi / len(M). Do not forget what row 0 is divided by.",
            "D in four steps: np.outer of the row numbers and of the band numbers plus a half, "
            "times pi / n; the cosine; the factor; and its row 0 divided once more. Then D @ the "
            "decibels.",
        ),
        mutants=(
            Mutant(
                "natural logarithm",
                lambda M, n_mfcc: cepstra(M, n_mfcc, log=lambda M: np.log(np.maximum(M, 1e-10))),
                "The natural logarithm, as some libraries have it. Here decibels are asked for: 10 log10.",
            ),
            Mutant(
                "20 log10",
                lambda M, n_mfcc: cepstra(
                    M, n_mfcc, log=lambda M: 20 * np.log10(np.maximum(M, 1e-10))
                ),
                "20 log10 is for amplitudes. M is a power: 10 log10.",
            ),
            Mutant(
                "bels",
                lambda M, n_mfcc: cepstra(M, n_mfcc, log=lambda M: np.log10(np.maximum(M, 1e-10))),
                "Those are bels, log10 alone. Decibels are ten times as many.",
            ),
            Mutant(
                "floor added",
                lambda M, n_mfcc: cepstra(M, n_mfcc, log=lambda M: 10 * np.log10(M + 1e-10)),
                "1e-10 was added to every value. A floor leaves alone what lies above it: np.maximum(M, 1e-10).",
            ),
            Mutant(
                "zeros alone",
                lambda M, n_mfcc: cepstra(
                    M, n_mfcc, log=lambda M: 10 * np.log10(np.where(M == 0, 1e-10, M))
                ),
                "The zeros alone were lifted to 1e-10. The floor lifts what is smaller without being 0, too.",
            ),
            Mutant(
                "another floor",
                lambda M, n_mfcc: cepstra(
                    M, n_mfcc, log=lambda M: 10 * np.log10(np.maximum(M, 1e-5))
                ),
                "The floor lies at 1e-5, which is for amplitudes. For power it is 1e-10.",
            ),
            Mutant(
                "relative to the loudest",
                lambda M, n_mfcc: cepstra(
                    M, n_mfcc, log=lambda M: 10 * np.log10(np.maximum(M, 1e-10) / np.max(M))
                ),
                "The loudest point was set to 0 dB: only the first coefficient notices. Here the reference is 1.",
            ),
            Mutant(
                "no logarithm",
                lambda M, n_mfcc: cepstra(M, n_mfcc, log=lambda M: M),
                "The DCT of the power itself. A cepstrum takes the logarithm first.",
            ),
            Mutant(
                "no floor",
                lambda M, n_mfcc: cepstra(M, n_mfcc, log=without_floor),
                "A silent frame has become infinite or NaN: put the floor under M before the logarithm.",
            ),
            Mutant(
                "80 dB cut",
                lambda M, n_mfcc: cepstra(M, n_mfcc, log=cut_80_db_below),
                "The cut of 80 dB was made, too, librosa's top_db: levels far below the loudest were raised. Here "
                "only the floor of 1e-10 counts.",
            ),
            Mutant(
                "not orthonormal",
                lambda M, n_mfcc: cepstra(M, n_mfcc, norm=None),
                "The rows are too long: 2 cos(...), SciPy's DCT without norm='ortho'. Scale them by "
                "sqrt(2 / n), and row 0 by another sqrt(1 / 2).",
            ),
            Mutant(
                "rows not scaled",
                lambda M, n_mfcc: cepstra(M, n_mfcc, norm=None) / 2,
                "Bare cosines. Scale the rows of D by sqrt(2 / n), and row 0 by another sqrt(1 / 2).",
            ),
            Mutant(
                "first row halved",
                lambda M, n_mfcc: rows_scaled(M, n_mfcc, first=np.sqrt(0.5)),
                "All right but for the first coefficient: row 0 is divided by sqrt(2), not by 2.",
            ),
            Mutant(
                "all rows divided",
                lambda M, n_mfcc: rows_scaled(M, n_mfcc, others=np.sqrt(0.5)),
                "Only row 0 is divided by sqrt(2) once more; you divided all.",
            ),
            Mutant(
                "n_mfcc for n_mels",
                n_mfcc_for_n_mels,
                "In D, n is the number of bands, len(M), not that of the coefficients you keep.",
            ),
            Mutant(
                "first row too long",
                lambda M, n_mfcc: rows_scaled(M, n_mfcc, first=np.sqrt(2)),
                "All right but for the first coefficient: row 0 is divided by sqrt(2) once more.",
            ),
            Mutant(
                "no half step",
                whole_steps,
                "The cosines begin at their peak in band 0. Those of the DCT-II stand half a band later: i + 1/2.",
            ),
            Mutant(
                "over time",
                lambda M, n_mfcc: cepstra(np.asarray(M).T, len(M[0])).T[:n_mfcc],
                "The transform went along time. It belongs along the bands of each frame, axis 0.",
            ),
            Mutant(
                "without c0",
                lambda M, n_mfcc: np.concatenate([cepstra(M, len(M)), np.zeros((1, len(M[0])))])[
                    1 : n_mfcc + 1
                ],
                "Your first row is coefficient 1. Some systems drop c0; here it is the first row.",
            ),
        ),
    ),
    Question(
        id="03.delta",
        title="Deltas",
        points=3,
        kind="core",
        name="delta",
        cases=delta_cases,
        oracle=librosa_delta,
        compare=close(1e-10, quantity="frames"),
        forbidden=DELTAS,
        hints=(
            "Each output is a weighted sum of `width` frames. What are the weights?",
            "Pad with np.pad(x, ((0, 0), (n, n)), mode='edge'), n = width // 2. Then frame t + i of x is column "
            "t + n + i of the padded array.",
            "Loop over i from -n to n, both included, and add up i times the columns of the "
            "padded array that begin at n + i, as many as x has. Divide once, by the sum of i "
            "squared over the same i.",
        ),
        mutants=(
            Mutant(
                "along the bands",
                lambda x, width: slopes(x, width, axis=0),
                "The slope was taken from one coefficient to the next. Time is the last axis.",
            ),
            Mutant(
                "backwards",
                lambda x, width: -slopes(x, width),
                "The sign is turned round: np.convolve reverses its weights. What rises has a positive slope.",
            ),
            Mutant(
                "not divided",
                lambda x, width: slopes(x, width, over=lambda i: 1),
                "The sum is not divided by the sum of i squared: that of a straight line must be its slope.",
            ),
            Mutant(
                "half of the divisor",
                lambda x, width: slopes(x, width, over=lambda i: np.sum(i[i > 0] ** 2)),
                "Twice too steep: the divisor sums i squared over both sides, from -n to n.",
            ),
            Mutant(
                "divided by width",
                lambda x, width: slopes(x, width, over=len),
                "Divided by the number of frames. The line of least squares wants the sum of i squared.",
            ),
            Mutant(
                "zeros outside",
                lambda x, width: slopes(x, width, pad="constant"),
                "The first and last frames are wrong: beyond the ends you have zeros. Repeat the end frames.",
            ),
            Mutant(
                "mirrored",
                lambda x, width: slopes(x, width, pad="symmetric"),
                "The first and last frames are wrong: beyond the ends you have the mirror image. Repeat the end "
                "frames.",
            ),
            Mutant(
                "mirrored without the end",
                lambda x, width: slopes(x, width, pad="reflect"),
                "The first and last frames are wrong: beyond the ends you have the mirror image, without the end "
                "frame itself. Repeat the end frames.",
            ),
            Mutant(
                "wrapped round",
                lambda x, width: slopes(x, width, pad="wrap"),
                "The first and last frames are wrong: before the first you have the last (np.roll and negative "
                "indices do so). Repeat the end frames.",
            ),
            Mutant(
                "convolved, same length",
                convolved_same,
                "With mode='same' np.convolve has zeros beyond the ends, and returns `width` values where the row "
                "is shorter. Pad each row with its end frames, then mode='valid'.",
            ),
            Mutant(
                "ends left at zero",
                ends_at_zero,
                "The first and last frames are still zero. There, too, a slope is wanted: repeat the end frames.",
            ),
            Mutant(
                "fewer frames at the ends",
                only_inside,
                "At the ends you fit a line to fewer frames. Here there are always `width`: repeat the end frames.",
            ),
            Mutant(
                "ends cut off",
                lambda x, width: slopes(x, width)[
                    :, width // 2 : max(width // 2, np.shape(x)[1] - width // 2)
                ],
                "The frames at the ends are missing: pad with the end frames first.",
            ),
            Mutant(
                "width on each side",
                lambda x, width: slopes(x, 2 * width + 1),
                "The sums run from -width to width. n is half of the width.",
            ),
            Mutant(
                "last term left out",
                without_last,
                "The sums end before n: range(-n, n) stops at n - 1.",
            ),
            Mutant(
                "from the frame before",
                lambda x, width: np.diff(
                    np.asarray(x, dtype=float), axis=1, prepend=np.asarray(x)[:, :1]
                ),
                "The difference to the frame before, whatever the width: it is noisy, and half a frame late. Fit a "
                "line to `width` frames.",
            ),
            Mutant(
                "np.diff",
                lambda x, width: np.diff(np.asarray(x, dtype=float), axis=1),
                "That is np.diff: it compares neighbours, whatever the width, and loses a frame. Fit a line to "
                "`width` frames around each.",
            ),
            Mutant(
                "outermost frames only",
                central_difference,
                "Only the two outermost frames count. The least-squares line listens to all of them, with the "
                "weights i.",
            ),
            Mutant(
                "neighbours",
                lambda x, width: np.gradient(np.asarray(x, dtype=float), axis=-1),
                "A difference of neighbours, whatever the width: it is noisy. Fit a line to `width` frames.",
            ),
        ),
    ),
    Question(
        id="03.filterbank",
        title="Bug clinic: a filter bank with holes",
        points=2,
        kind="bug",
        name="mel_filterbank",
        cases=bank_cases,
        oracle=librosa_bank,
        compare=close(1e-8),
        forbidden=BANKS,
        spared={
            name: "corners lie hertz apart and 1 is added in any case: heights change in their ninth digit"
            for name in (
                "np.log10(1 + sr / 2 / 700) -> np.log10(1 + sr / 2 / 700 + 1e-08)",
                "(f - left) / (centre - left) -> (f - left) / (centre - left + 1e-08)",
                "(right - f) / (right - centre) -> (right - f) / (right - centre + 1e-08)",
            )
        },
        hints=(
            "Print `bins` for sr=16000, n_fft=512, n_mels=76. What is the matter with the first few?",
            "Corners need not lie on bins. Keep them in Hz, and ask for the height of each triangle at the "
            "frequency of each bin. And what is that frequency: how far apart do bins lie?",
            "For each filter take three corners in Hz. One line rises from 0 at the left one to 1"
            " at the centre, one falls from there to 0 at the right one; the triangle is the "
            "smaller of the two, and nowhere below 0. Read it at the frequencies of the bins, sr "
            "/ n_fft apart.",
        ),
        mutants=(
            Mutant(
                "the snippet as it was",
                rounded_bank,
                "The corners are still rounded down to bins. With sr=8000, n_fft=256, n_mels=10 the first filter "
                "should peak at 132.3 Hz; it does so at bin 4, 125 Hz.",
            ),
            Mutant(
                "rounded to the nearest",
                lambda sr, n_fft, n_mels: rounded_bank(sr, n_fft, n_mels, rounded=np.rint),
                "Rounded to the nearest bin instead of down: half the error, the same fault. Do not round.",
            ),
            Mutant(
                "rounded to the nearest, n_fft",
                lambda sr, n_fft, n_mels: rounded_bank(
                    sr, n_fft, n_mels, rounded=np.rint, length=0
                ),
                "The (n_fft + 1) is mended, and the corners are now rounded to the nearest bin. Do not round.",
            ),
            Mutant(
                "pushed apart",
                pushed_apart,
                "No filter is empty any more, but the lowest ones were pushed to bins where they do not belong. "
                "Corners need not lie on bins: do not round.",
            ),
            Mutant(
                "pushed apart, n_fft",
                lambda sr, n_fft, n_mels: pushed_apart(sr, n_fft, n_mels, length=0),
                "The (n_fft + 1) is mended. But the lowest filters were pushed to bins where they do not belong, "
                "and the others are still rounded. Corners need not lie on bins.",
            ),
            Mutant(
                "rounded sides",
                rounded_sides,
                "The heights are right, but rounded corners still say which bins lie on which side: values above 1 "
                "and below 0 come of it. Compare frequencies in Hz.",
            ),
            Mutant(
                "rounded sides, n_fft + 1",
                lambda sr, n_fft, n_mels: rounded_sides(sr, n_fft, n_mels, length=1),
                "The heights are right, but corners rounded with (n_fft + 1) still say which bins lie on which "
                "side. Compare frequencies in Hz.",
            ),
            Mutant(
                "n_fft without the 1, rounded",
                lambda sr, n_fft, n_mels: rounded_bank(sr, n_fft, n_mels, length=0),
                "The (n_fft + 1) is mended, and the corners are still rounded down to whole bins.",
            ),
            Mutant(
                "not rounded, n_fft + 1",
                lambda sr, n_fft, n_mels: rounded_bank(
                    sr, n_fft, n_mels, rounded=lambda x: x, length=1
                ),
                "Nothing is rounded any more; a second fault is left: bin k lies at k * sr / n_fft, not at "
                "k * sr / (n_fft + 1).",
            ),
            Mutant(
                "straight in mel",
                straight_in_mel,
                "Your triangles have straight sides over mels (as TensorFlow's have). librosa's, and the snippet's, "
                "are straight over Hz.",
            ),
            Mutant(
                "below zero",
                below_zero,
                "Beyond its corners a triangle falls below zero: cut it off there with np.maximum(0, ...).",
            ),
            Mutant(
                "rows scaled to 1",
                lambda sr, n_fft, n_mels: rows_divided(sr, n_fft, n_mels, np.max),
                "Each row was divided by its largest value. The triangle has height 1, and its tip mostly lies "
                "between two bins: then no bin has 1.",
            ),
            Mutant(
                "rows of sum 1",
                lambda sr, n_fft, n_mels: rows_divided(sr, n_fft, n_mels, np.sum),
                "Each row was divided by its sum. Here each triangle has height 1.",
            ),
            Mutant(
                "without the last bin",
                lambda sr, n_fft, n_mels: librosa_bank(sr, n_fft, n_mels)[:, :-1],
                "The last bin is missing, at sr / 2: a frame has 1 + n_fft // 2 of them.",
            ),
            Mutant(
                "bins up to Nyquist",
                up_to_nyquist,
                "Right for an even n_fft. Where it is odd no bin lies at sr / 2: bin k lies at k * sr / n_fft.",
            ),
            Mutant(
                "Slaney's area",
                lambda sr, n_fft, n_mels: librosa_bank(sr, n_fft, n_mels, norm="slaney"),
                "Right, and divided by the triangles' areas. Here each has height 1: norm=None.",
            ),
            Mutant(
                "Slaney's scale",
                lambda sr, n_fft, n_mels: librosa_bank(sr, n_fft, n_mels, htk=False),
                "These triangles stand on Slaney's scale. The snippet has HTK's, and it is asked for.",
            ),
            Mutant(
                "transposed",
                lambda sr, n_fft, n_mels: librosa_bank(sr, n_fft, n_mels).T,
                "One filter a column. One a row is wanted: (n_mels, 1 + n_fft // 2).",
            ),
        ),
    ),
    Question(
        id="03.phones",
        title="Experiment: phones through an unknown device",
        points=3,
        kind="experiment",
        name="recognise",
        cases=phone_cases,
        spared={
            "ignores sr": "the statement says that sr is 16,000 Hz, and that a piece has 960 samples"
        },
        # On each of 15 draws the worst of the three devices has 66 to 81 % by right answers of many kinds. Where the
        # device is left in it has at most 34 %, where both sets were brought to one mean and deviation together at
        # most 64 %, by centres of classes without a window at most 57 %.
        compare=through_a_device(
            above=0.65, name="share of right labels", kinds=tuple(KINDS), alike=0.9
        ),
        hints=(
            "What does a filter do to a spectrum in decibels? It adds something. To which pieces?",
            "Log-mel of each piece: window, power, 40 bands, dB. The device adds the same 40 numbers to every "
            "unknown piece: take the mean over all known pieces off the known, and that over all unknown ones off "
            "the unknown.",
            "Both sets in the same way: window, power of 1024 bins, W, decibels, and off goes the"
            " set's own mean over its pieces. The centre of a class is the mean of its known "
            "pieces; each unknown piece gets the label of the nearest centre.",
        ),
        mutants=(
            Mutant(
                "the device is still there",
                lambda known, labels, unknown, sr: nearest_centre(
                    log_mel(known, sr), labels, log_mel(unknown, sr)
                ),
                "The device is still in it: it adds a constant to each band of the unknown pieces alone. What takes "
                "it off? (The same mean taken off both sets moves both, and no distance changes.)",
            ),
            Mutant(
                "the device is still there, nearest piece",
                lambda known, labels, unknown, sr: nearest_piece(
                    log_mel(known, sr), labels, log_mel(unknown, sr)
                ),
                "The nearest known piece was taken with the device still in: it adds a constant to each band of the "
                "unknown pieces alone. What takes it off?",
            ),
            Mutant(
                "the device is still there, no window",
                lambda known, labels, unknown, sr: nearest_centre(
                    log_mel(known, sr, window=np.ones), labels, log_mel(unknown, sr, window=np.ones)
                ),
                "The device is still in it: it adds a constant to each band of the unknown pieces alone. And the "
                "pieces were cut out without a window: multiply by np.hanning(960).",
            ),
            Mutant(
                "no window",
                lambda known, labels, unknown, sr: nearest_centre(
                    centred(log_mel(known, sr, window=np.ones)),
                    labels,
                    centred(log_mel(unknown, sr, window=np.ones)),
                ),
                "The means are off. But the pieces were cut out without a window: what is strong leaks over what "
                "the device has left of the rest (chapter 02). Multiply by np.hanning(960) first.",
            ),
            Mutant(
                "one mean for both",
                scaled_together,
                "One mean and one deviation were taken over all pieces, known and unknown: that moves both sets "
                "alike, and the device stays in the unknown ones. Each set needs its own mean.",
            ),
            Mutant(
                "mean over the bands",
                lambda known, labels, unknown, sr: nearest_centre(
                    centred(log_mel(known, sr), 1), labels, centred(log_mel(unknown, sr), 1)
                ),
                "From each piece its loudness was taken off (the mean over its bands; c0 is that, too): not the "
                "device. Average over the pieces, band by band.",
            ),
            Mutant(
                "only one mean",
                lambda known, labels, unknown, sr: nearest_centre(
                    log_mel(known, sr), labels, centred(log_mel(unknown, sr))
                ),
                "The mean was taken off the unknown pieces alone: now they lie around 0, and the known ones where "
                "they were. Take off both, each its own.",
            ),
            Mutant(
                "power instead of decibels",
                lambda known, labels, unknown, sr: nearest_centre(
                    centred(10 ** (log_mel(known, sr) / 10)),
                    labels,
                    centred(10 ** (log_mel(unknown, sr) / 10)),
                ),
                "Power, not decibels: there the device multiplies, and the loudest pieces decide everything. Take "
                "the logarithm first.",
            ),
            Mutant(
                "waveforms",
                lambda known, labels, unknown, sr: nearest_centre(
                    np.asarray(known), labels, np.asarray(unknown)
                ),
                "The samples themselves were compared. Two pieces of one vowel have different phases: go to log-mel "
                "levels.",
            ),
            Mutant(
                "the commonest label",
                lambda known, labels, unknown, sr: (
                    [max(sorted(set(labels)), key=list(labels).count)] * len(unknown)
                ),
                "One answer for all pieces: that is what guessing gives.",
            ),
            Mutant(
                "the first label",
                lambda known, labels, unknown, sr: [min(labels)] * len(unknown),
                "All pieces got the first label of the alphabet. Are there NaN among your distances? np.argmin "
                "returns the first of them.",
            ),
        ),
    ),
    Question(
        id="03.louder",
        title="Prediction: twice the amplitude",
        points=1,
        kind="prediction",
        name="louder",
        oracle=twice_as_loud,
        compare=all_of({"changed": integers(), "by": near(0.5, unit="dB")}),
        hints=(
            "By how many dB does each band change? Is it the same for all bands?",
            "Add a constant to L and apply equation 10. Which rows of D see a constant?",
            "Row 0 has forty equal numbers whose squares sum to 1: what is each? Multiply it by "
            "what one band gains, forty times over. And what do the numbers of any other row sum "
            "to?",
        ),
        mutants=(
            Mutant(
                "all, by 6 dB",
                lambda: {"changed": 13, "by": 6.02},
                "6 dB is what each *band* gains. A coefficient is a weighted sum over bands: what do its weights "
                "sum to?",
            ),
            Mutant(
                "one, by 6 dB",
                lambda: {"changed": 1, "by": 6.02},
                "The number of coefficients is right. c0 is not the mean of the bands: its row has length 1.",
            ),
            Mutant(
                "none",
                lambda: {"changed": 0, "by": 0.0},
                "Nothing is normalised here: the level must show somewhere. (After CMVN you would be right.)",
            ),
            Mutant(
                "sum of the bands",
                lambda: {"changed": 1, "by": 40 * 6.0206},
                "That is the plain sum over 40 bands. The rows of D have length 1: what is the value in row 0?",
            ),
            Mutant(
                "by power",
                lambda: {"changed": 1, "by": np.sqrt(40) * 3.0103},
                "Twice the amplitude is four times the power: 6 dB, not 3.",
            ),
            Mutant(
                "all, by the right amount",
                lambda: {"changed": 13, "by": np.sqrt(40) * 6.0206},
                "One of the two is right. Rows 1 to 12 are cosines over the bands: what is their sum?",
            ),
            Mutant(
                "one, by 3 dB",
                lambda: {"changed": 1, "by": 3.0103},
                "The number of coefficients is right. Twice the amplitude is 6 dB, and c0 is no mean of the bands.",
            ),
            Mutant(
                "20 log10 of the power",
                lambda: {"changed": 1, "by": np.sqrt(40) * 12.0412},
                "The power grows by a factor of 4. In decibels that is 10 log10 4, not 20 log10 4.",
            ),
            Mutant(
                "row 0 too long",
                lambda: {"changed": 1, "by": np.sqrt(80) * 6.0206},
                "Nearly: row 0 of D is divided by sqrt(2) once more.",
            ),
            Mutant(
                "divided by the length",
                lambda: {"changed": 1, "by": 6.0206 / np.sqrt(40)},
                "That is one band's share. c0 adds up all 40.",
            ),
            Mutant(
                "all but the first",
                lambda: {"changed": 12, "by": 0.0},
                "The other way round: which rows of D sum to zero, and which does not?",
            ),
            Mutant(
                "twice as large",
                lambda: {"changed": 13, "by": 2.0},
                "Decibels do not double when the amplitude does: something is added.",
            ),
            Mutant(
                "one, twice as large",
                lambda: {"changed": 1, "by": 2.0},
                "The number of coefficients is right. In decibels twice the amplitude adds about 6 to each band.",
            ),
            Mutant(
                "13 in place of 40",
                lambda: {"changed": 1, "by": np.sqrt(13) * 6.0206},
                "The length of the sum is the number of bands, not that of the coefficients.",
            ),
        ),
    ),
]
