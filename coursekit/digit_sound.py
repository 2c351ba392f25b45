"""Between sound and the features of the set "digits": make a word heard again, and bring in one's own voice.

How that set's features were made is nowhere written down. FEATURES is what fits them: torchaudio's MFCC with its
defaults makes 6 to 92 frames, as in the set, of 0.15 to 2.3 s at 8 kHz, the shortest and the longest recording.
"""

from functools import partial
from pathlib import Path

import numpy as np

from coursekit import arguments, audio, dsp, features, mel, units
from coursekit.arguments import ArgumentError

SR = 8000  # Hz
FEATURES = {
    "n_mfcc": 13,
    "n_fft": 400,
    "hop_length": 200,
    "n_mels": 128,
    "htk": True,
    "norm": None,
    "pad_mode": "reflect",
}
N_FFT, HOP = (
    512,
    40,
)  # samples, of the sound that is made: finer than the features, so that they glide
SHARPEN = 1.3  # 13 coefficients blur the formants; so much more contrast made a recogniser of others read them best
QUIET = 35.0  # dB below the loudest frame: what is quieter before and after a word is cut off


def _mfcc(x, name):
    x = arguments.frames(x, name)
    if x.ndim != 2 or x.shape[1] not in (13, 39):
        raise ArgumentError(
            f"{name} has shape {x.shape}; wanted (frames, 13), MFCC with the frames first"
        )
    return x


@arguments.checks(x=_mfcc, pitch=partial(arguments.real, above=0))
def to_sound(x, *, rng, pitch=110.0):
    """A word to be heard, from its MFCC alone: a buzz and a noise, shaped as the features say.

    Pitch and voice are not in the features: everybody speaks with one falling pitch here, like a machine.

    Parameters
    ----------
    x : array_like, (frames, 13)
        MFCC as in the set "digits", 25 ms a frame; of 39 features the first 13 are taken.
    rng : numpy.random.Generator
        Draws the noise.
    pitch : float
        Of the buzz, Hz.

    Returns
    -------
    ndarray, (200 * frames,)
        At 8,000 Hz, peak 0.5.

    Notes
    -----
    Chapter 06. A vocoder: excitation times envelope. pocketsphinx, given a grammar of ten digits, read 80 % of 200
    words back (chance: 10 %).

    Examples
    --------
    >>> to_sound(np.zeros((8, 13)), rng=np.random.default_rng(0)).shape
    (1600,)
    """
    n = len(x) * FEATURES["hop_length"]
    frequency = units.fft_frequencies(sr=SR, n_fft=N_FFT)
    level = envelope(x[:, :13], frequency)  # (frames, bins), natural logarithm of power
    times = np.arange(n // HOP + 1) * HOP / FEATURES["hop_length"]
    level = np.array([np.interp(times, np.arange(len(x)), row) for row in level.T])

    glide = pitch * np.linspace(1.1, 0.85, n)
    beat = np.diff(np.floor(np.cumsum(glide / SR)), prepend=0.0)
    buzz, noise = beat * np.sqrt(SR / glide), rng.standard_normal(n)  # both of power 1
    low, high = (
        np.logaddexp.reduce(level[band], axis=0) - np.log(band.sum())
        for band in ((frequency > 100) & (frequency < 1000), frequency > 2500)
    )
    voiced = np.interp(
        np.arange(n), np.arange(len(times)) * HOP, 1 / (1 + np.exp(2 * (high - low)))
    )
    excitation = np.sqrt(voiced) * buzz + np.sqrt(1 - voiced) * noise
    S = dsp.stft(excitation, n_fft=N_FFT, hop_length=HOP)
    y = dsp.istft(S * np.exp(0.5 * SHARPEN * level), hop_length=HOP, length=n)
    return 0.5 * y / max(np.abs(y).max(), 1e-12)


def envelope(c, frequency):
    """Log power (natural) at each frequency, Hz, of MFCC (frames, 13); returns (frames, frequencies)."""
    how = {key: FEATURES[key] for key in ("n_mels", "htk", "norm")}
    bands = mel.mfcc_to_mel(c.T, n_mels=how["n_mels"])
    width = mel.mel_filterbank(sr=SR, n_fft=8192, **how).sum(
        axis=1
    )  # a wider band holds more power
    centres = mel.mel_frequencies(how["n_mels"] + 2, fmax=SR / 2, htk=how["htk"])[1:-1]
    density = np.log(np.maximum(bands, 1e-30) / width[:, None])
    return np.array([np.interp(frequency, centres, column) for column in density.T])


def _one_channel(y, name):
    y = arguments.signal(y, name, min_length=2)
    if y.ndim != 1:
        raise ArgumentError(
            f"{name} has shape {y.shape}; wanted one channel: audio.to_mono({name})"
        )
    return y


@arguments.checks(y=_one_channel, sr=arguments.sample_rate)
def from_sound(y, *, sr):
    """The features of a spoken word, as in the set "digits".

    Parameters
    ----------
    y : array_like, (n,)
        One word, with or without silence around it.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    ndarray, (frames, 13)
        MFCC, 25 ms a frame.

    Raises
    ------
    arguments.ArgumentError
        Silent, or shorter than 50 ms.

    Notes
    -----
    Chapter 06; as torchaudio.transforms.MFCC(sample_rate=8000, n_mfcc=13) of the trimmed sound.

    Examples
    --------
    >>> y = np.concatenate([np.zeros(8000), np.sin(np.arange(4000) / 3), np.zeros(8000)])
    >>> from_sound(y, sr=8000).shape
    (22, 13)
    """
    y = trimmed(audio.resample(y, orig_sr=sr, target_sr=SR))
    if len(y) < FEATURES["n_fft"]:
        raise ArgumentError(f"the word lasts {1000 * len(y) / SR:.0f} ms; wanted 50 ms or more")
    return features.mfcc(y, sr=SR, **FEATURES).T.astype(float)


def trimmed(y):
    """Sound at 8 kHz without the quiet before and after it; from a little before to a little after the word."""
    frame = SR // 100
    if not np.any(y):
        raise ArgumentError("y is silent (all zeros): is the microphone switched on?")
    power = np.add.reduceat(y**2, np.arange(0, len(y), frame))
    loud = np.flatnonzero(power > power.max() * 10 ** (-QUIET / 10))
    return y[max(0, loud[0] - 2) * frame : (loud[-1] + 3) * frame]


def recordings(folder):
    """Own recordings: one spoken digit a file, whose name begins with the digit ("3.wav", "3-second.flac").

    Parameters
    ----------
    folder : str or Path
        Not there, or empty: no recordings.

    Returns
    -------
    list of (str, ndarray)
        Label and features of each, in the order of the names.

    Raises
    ------
    audio.AudioFileError, arguments.ArgumentError
        A file that is no sound, or is silent; the message names it.

    Examples
    --------
    >>> recordings("no such folder")
    []
    """
    folder, found = Path(folder), []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name[0] in "0123456789" and path.suffix.lower() in (
            ".wav",
            ".flac",
            ".ogg",
            ".mp3",
        ):
            y, sr = audio.load(path)
            try:
                found.append((path.name[0], from_sound(y, sr=sr)))
            except ArgumentError as error:
                raise ArgumentError(f"{path.name}: {error}") from error
    return found
