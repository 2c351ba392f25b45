"""How fast are our features, against librosa's? Prints a table; asserts nothing.

    python -m benchmarks.features [--repeats 11] [--only mel]

30 s of mono sound at 22,050 Hz: a plucked note each half second, its pitch in turn A3, C4, E4, and faint noise. Same
arguments; the functions are called in turns in one process, so that all meet the same conditions. The first call of
each is not counted (librosa compiles some of its code then). librosa makes its filters in float64 here, as ours are.

Ours take at most 1.5 times as long (0.2 to 1.2 as measured) in all rows but two: peak_pick, and onset_detect of an
envelope that is there already. librosa's loop over the frames is compiled by numba, ours is Python: two milliseconds
for a tenth of one. Beside the spectrogram, which comes first, that is nothing: onset_detect of audio.

The last column is the largest difference, relative to the peak. Three rows differ by more than rounding, each for a
reason that its docstring gives: mel_to_stft (many spectra have one mel spectrogram, and librosa stops early),
constant_q and chroma_cqt (librosa leaves out the smallest parts of its kernels).
"""

import argparse
import warnings

import librosa
import numpy as np
import scipy.stats

from benchmarks.stft import median_seconds
from coursekit import chroma, descriptors, mel, pitch, rhythm, synth

SR = 22050


def notes(rng):
    """30 s with pitch, onsets and a beat, for each function to have something to find."""
    plucks = [synth.pluck(f, sr=SR, duration=0.5, rng=rng) for f in (220.0, 261.6, 329.6)]
    return np.concatenate(plucks * 20) + 1e-3 * rng.standard_normal(30 * SR)


def rows(y):
    """(name, ours, librosa's) for each function that librosa has too."""
    double = dict(sr=SR, dtype=np.float64)
    feature, how = librosa.feature, dict(sr=SR)
    M, c, envelope = (
        mel.mel_spectrogram(y, sr=SR),
        mel.mfcc(y, sr=SR),
        rhythm.onset_strength(y, sr=SR),
    )
    range_ = dict(sr=SR, fmin=65, fmax=1000)
    peaks = dict(pre_max=1, post_max=1, pre_avg=4, post_avg=5, delta=0.07, wait=1)
    yield (
        "mel.mel_filterbank",
        lambda: mel.mel_filterbank(n_fft=2048, **how),
        lambda: librosa.filters.mel(n_fft=2048, **double),
    )
    yield (
        "mel.mel_spectrogram",
        lambda: mel.mel_spectrogram(y, **how),
        lambda: feature.melspectrogram(y=y, **double),
    )
    yield (
        "mel.log_mel",
        lambda: mel.log_mel(y, **how),
        lambda: librosa.power_to_db(feature.melspectrogram(y=y, **double)),
    )
    yield "mel.mfcc", lambda: mel.mfcc(y, **how), lambda: feature.mfcc(y=y, **double)
    yield "mel.delta", lambda: mel.delta(c), lambda: feature.delta(c)
    yield "mel.delta, order 2", lambda: mel.delta(c, order=2), lambda: feature.delta(c, order=2)
    yield "mel.mfcc_to_mel", lambda: mel.mfcc_to_mel(c), lambda: feature.inverse.mfcc_to_mel(c)
    yield (
        "mel.mel_to_stft, 5 s",
        lambda: mel.mel_to_stft(M[:, :216], **how),
        lambda: feature.inverse.mel_to_stft(M[:, :216], **how),
    )

    yield (
        "chroma.chroma_filterbank",
        lambda: chroma.chroma_filterbank(n_fft=2048, **how),
        lambda: librosa.filters.chroma(n_fft=2048, **double),
    )
    yield (
        "chroma.chroma_stft",
        lambda: chroma.chroma_stft(y, tuning=0.0, **how),
        lambda: feature.chroma_stft(y=y, tuning=0.0, **double),
    )
    yield (
        "chroma.chroma_stft, tuned",
        lambda: chroma.chroma_stft(y, **how),
        lambda: feature.chroma_stft(y=y, **double),
    )
    yield "chroma.piptrack", lambda: chroma.piptrack(y, **how), lambda: librosa.piptrack(y=y, **how)
    yield (
        "chroma.estimate_tuning",
        lambda: chroma.estimate_tuning(y, **how),
        lambda: librosa.estimate_tuning(y=y, **how),
    )
    yield "chroma.constant_q", lambda: chroma.constant_q(y, **how), lambda: librosa.cqt(y, **how)
    yield (
        "chroma.chroma_cqt",
        lambda: chroma.chroma_cqt(y, tuning=0.0, **how),
        lambda: feature.chroma_cqt(y=y, tuning=0.0, **how),
    )

    yield "descriptors.rms", lambda: descriptors.rms(y), lambda: feature.rms(y=y, dtype=np.float64)
    yield (
        "descriptors.zero_crossing_rate",
        lambda: descriptors.zero_crossing_rate(y),
        lambda: feature.zero_crossing_rate(y),
    )
    for name in ("centroid", "bandwidth", "rolloff"):
        name = f"spectral_{name}"
        yield (
            f"descriptors.{name}",
            lambda name=name: getattr(descriptors, name)(y, **how),
            lambda name=name: getattr(feature, name)(y=y, **how),
        )
    yield (
        "descriptors.spectral_flatness",
        lambda: descriptors.spectral_flatness(y),
        lambda: feature.spectral_flatness(y=y),
    )
    yield (
        "descriptors.time_statistics (SciPy)",
        lambda: descriptors.time_statistics(y),
        lambda: (y.mean(), y.std(), scipy.stats.skew(y), scipy.stats.kurtosis(y)),
    )

    yield (
        "pitch.autocorrelation",
        lambda: pitch.autocorrelation(y),
        lambda: librosa.autocorrelate(y),
    )
    yield "pitch.yin", lambda: pitch.yin(y, **range_), lambda: librosa.yin(y, **range_)

    yield (
        "rhythm.onset_strength",
        lambda: rhythm.onset_strength(y, **how),
        lambda: librosa.onset.onset_strength(y=y, **double),
    )
    yield (
        "rhythm.peak_pick",
        lambda: rhythm.peak_pick(envelope, **peaks),
        lambda: librosa.util.peak_pick(envelope, sparse=True, **peaks),
    )
    given = dict(sr=SR, onset_envelope=envelope)
    for name, theirs in (
        ("onset_detect", librosa.onset.onset_detect),
        ("tempogram", feature.tempogram),
        ("tempo", feature.tempo),
        ("beat_track", librosa.beat.beat_track),
    ):
        yield (
            f"rhythm.{name}, of an envelope",
            lambda name=name: getattr(rhythm, name)(**given),
            lambda theirs=theirs: theirs(**given),
        )
    yield (
        "rhythm.onset_detect, of audio",
        lambda: rhythm.onset_detect(y, **how),
        lambda: librosa.onset.onset_detect(y=y, **how),
    )
    yield (
        "rhythm.beat_track, of audio",
        lambda: rhythm.beat_track(y, **how),
        lambda: librosa.beat.beat_track(y=y, **how),
    )


def difference(a, b):
    """Largest difference, relative to the peak of b; of several results the worst."""
    if isinstance(a, tuple):
        return max(map(difference, a, b))
    a, b = np.squeeze(a), np.squeeze(b)
    return np.abs(a - b).max() / np.abs(b).max() if a.shape == b.shape else np.nan


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument(
        "--only", default="", help="the functions whose name begins so: mel, chroma.constant_q ..."
    )
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        f"{'30 s mono':36s} {'ours (ms)':>10s} {'librosa (ms)':>13s} {'ratio':>6s} {'difference':>11s}"
    )
    for name, ours, theirs in rows(notes(np.random.default_rng(0))):
        if name.startswith(options.only):
            took = median_seconds({"ours": ours, "librosa": theirs}, options.repeats)
            print(
                f"{name:36s} {1e3 * took['ours']:10.1f} {1e3 * took['librosa']:13.1f}"
                f" {took['ours'] / took['librosa']:6.2f} {difference(ours(), theirs()):11.1e}",
                flush=True,
            )


if __name__ == "__main__":
    main()
