"""One number a frame, or a recording, that says what a sound is like: how loud, how bright, how noisy. Chapter 04.

Functions that librosa also has take the same arguments with the same defaults, and give the same numbers.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from . import arguments, dsp, units

# --- from the samples ------------------------------------------------------------------------------------


@arguments.checks(y=arguments.signal, frame_length=arguments.integer)
def rms(y, *, frame_length=2048, hop_length=512, center=True, pad_mode="constant"):
    """Root mean square of each frame: the level of a sound over time.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio.
    frame_length, hop_length : int
        Samples in a frame, and from one frame to the next.
    center : bool
        Pad frame_length // 2 on both sides, so that frame i is centred on sample i * hop_length.
    pad_mode : str
        How to pad, as np.pad. Zeros (the default) make the first and the last frames quieter than the sound is.

    Returns
    -------
    ndarray, (..., 1, n_frames)
        In the unit of y; silence gives 0, a constant gives its absolute value. As librosa.feature.rms with
        dtype=y.dtype (librosa rounds to float32 when not told otherwise).

    References
    ----------
    Peeters, "A large set of audio features for sound description", 2004. Chapter 04, equation 1.

    Examples
    --------
    >>> rms(np.full(4000, -0.5), frame_length=1000, hop_length=1000, center=False)
    array([[0.5, 0.5, 0.5, 0.5]])
    """
    if center:
        sides = [(0, 0)] * (y.ndim - 1) + [(frame_length // 2, frame_length // 2)]
        y = np.pad(y, sides, mode=pad_mode)
    frames = dsp.frame(y, frame_length=frame_length, hop_length=hop_length)
    return np.sqrt(np.mean(frames**2, axis=-2, keepdims=True))


@arguments.checks(
    y=arguments.signal, frame_length=arguments.integer, threshold=partial(arguments.real, low=0)
)
def zero_crossing_rate(y, *, frame_length=2048, hop_length=512, center=True, threshold=1e-10):
    """The share of samples in each frame whose sign differs from that of the sample before.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio.
    frame_length, hop_length, center
        As in `rms`; the ends are padded with the first and the last sample, which adds no crossing.
    threshold : float
        Samples at or above -threshold count as positive, so zeros are no crossing: a silence, or a sample that
        happens to be 0 on the way, is not counted.

    Returns
    -------
    ndarray, (..., 1, n_frames)
        Crossings / frame_length, from 0 to 1; silence and constants give 0. A tone of f Hz gives about 2 f / sr.
        As librosa.feature.zero_crossing_rate.

    References
    ----------
    Kedem, "Spectral analysis and discrimination by zero-crossings", 1986. Chapter 04, equation 2.

    Examples
    --------
    >>> zero_crossing_rate([1.0, -1.0, 0.0, 0.0, 1.0], frame_length=5, hop_length=5, center=False)
    array([[0.4]])
    """
    if center:
        sides = [(0, 0)] * (y.ndim - 1) + [(frame_length // 2, frame_length // 2)]
        y = np.pad(y, sides, mode="edge")
    negative = dsp.frame(y, frame_length=frame_length, hop_length=hop_length) < -threshold
    crossings = np.diff(negative, axis=-2)  # True where two neighbours differ
    return (crossings.sum(axis=-2, keepdims=True) / frame_length).astype(y.dtype)


class TimeStatistics(NamedTuple):
    """The first four moments of the samples; each of shape (...)."""

    mean: float
    std: float
    skewness: float
    kurtosis: float


@arguments.checks(y=arguments.signal)
def time_statistics(y):
    """Mean, standard deviation, skewness and kurtosis of the samples.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio. For the statistics of each frame: time_statistics(dsp.frame(y, ...).swapaxes(-1, -2)).

    Returns
    -------
    TimeStatistics
        mean, std: in the unit of y (std divides by n, as np.std). skewness: 0 for a symmetric signal. kurtosis: the
        excess over a Gaussian's 3, so 0 for Gaussian noise, -1.5 for a sine, more for rare large peaks. As scipy.stats.
        skew and kurtosis (biased, Fisher). A constant (silence, one sample) has no shape: skewness and kurtosis are 0
        by definition here, where scipy gives NaN.

    References
    ----------
    Joanes and Gill, "Comparing measures of sample skewness and kurtosis", 1998 (g1 and g2). Chapter 04, equation 3.

    Examples
    --------
    >>> time_statistics([0.0, 0.0, 0.0, 4.0])
    TimeStatistics(mean=1.0, std=1.7320508..., skewness=1.1547005..., kurtosis=-0.6666666...)
    """
    x = y.astype(np.float64)  # third and fourth powers need the digits
    mean = x.mean(axis=-1, keepdims=True)
    constant = np.ptp(x, axis=-1, keepdims=True) == 0  # then the mean's rounding error is no signal
    deviation = np.where(constant, 0.0, x - mean)
    std = np.sqrt(np.mean(deviation**2, axis=-1, keepdims=True))
    z = deviation / np.where(std > 0, std, 1.0)
    # ten times as fast as z**3: NumPy has a short cut for squares only
    skewness = np.mean(z * z**2, axis=-1)
    kurtosis = np.mean((z**2) ** 2, axis=-1) - 3 * (std[..., 0] > 0)
    moments = mean[..., 0], std[..., 0], skewness, kurtosis
    return TimeStatistics(*(float(m) if m.ndim == 0 else m.astype(y.dtype) for m in moments))


# --- from the spectrum -----------------------------------------------------------------------------------


def _y_or_S(y, S):
    arguments.either(y, S, "S")


@arguments.checks(_y_or_S, S=partial(arguments.frames, strength=True))
def magnitude(
    y=None,
    *,
    S=None,
    n_fft=2048,
    hop_length=512,
    win_length=None,
    window="hann",
    center=True,
    pad_mode="constant",
):
    """The magnitude spectrogram of y; or S, checked, when that is there already.

    Parameters
    ----------
    y : array_like, (..., n), or None
        Audio.
    S : array_like, (..., freq, frames), or None
        A magnitude, 0 or more, instead of y; the arguments below are not used then.
    n_fft, hop_length, win_length, window, center, pad_mode
        As in `dsp.stft`.

    Returns
    -------
    ndarray, (..., freq, frames)

    Raises
    ------
    arguments.ArgumentError
        Neither y nor S, or both; S complex, negative (decibels?), not finite, or without a frame axis.

    Examples
    --------
    >>> magnitude(np.ones(4096)).shape
    (1025, 9)
    """
    if S is not None:
        return S
    S = dsp.stft(
        y,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    return np.abs(S)


def _has_bins(S, n_fft):
    if S.shape[-2] == 1 != 1 + n_fft // 2:
        raise arguments.ArgumentError(
            f"S has one row (shape {S.shape}); wanted the bins of a spectrum"
        )


@arguments.checks(_has_bins, n_fft=arguments.integer)
def bin_frequencies(S, *, sr, n_fft=2048):
    """The frequency of each row of a spectrogram S.

    Parameters
    ----------
    S : ndarray, (..., freq, frames)
    sr : float
        Sample rate, Hz.
    n_fft : int
        Length of the FFT; where S has not 1 + n_fft // 2 rows, the even length that fits is taken, as librosa does.

    Returns
    -------
    ndarray, (freq, 1)
        Hz, in a column, ready to multiply with S.

    Examples
    --------
    >>> bin_frequencies(np.ones((3, 10)), sr=8000)
    array([[   0.], [2000.], [4000.]])
    """
    if S.shape[-2] != 1 + n_fft // 2:
        n_fft = 2 * (S.shape[-2] - 1)
    return units.fft_frequencies(sr=sr, n_fft=n_fft)[:, None]


def spectral_centroid(y=None, *, sr, S=None, n_fft=2048, **how):
    """The centre of gravity of each spectrum: how bright a sound is.

    Parameters
    ----------
    y : array_like, (..., n), or None
        Audio.
    sr : float
        Sample rate, Hz.
    S : array_like, (..., freq, frames), or None
        The magnitude, instead of y.
    n_fft : int
        Length of a frame and of its FFT, samples.
    **how
        hop_length=512, win_length=None, window="hann", center=True, pad_mode="constant", as in `magnitude`.

    Returns
    -------
    ndarray, (..., 1, n_frames)
        sum f S / sum S over the bins from 0 to sr / 2, Hz; 0 for silence. As librosa.feature.spectral_centroid.

    References
    ----------
    Grey and Gordon, "Perceptual effects of spectral modifications on musical timbres", 1978. Chapter 04, equation 4.

    Examples
    --------
    >>> spectral_centroid(S=[[1.0], [1.0], [0.0]], sr=8000)
    array([[1000.]])
    """
    S = magnitude(y, S=S, n_fft=n_fft, **how)
    f = bin_frequencies(S, sr=sr, n_fft=n_fft)
    total = S.sum(axis=-2, keepdims=True)
    total[total < np.finfo(S.dtype).tiny] = 1  # silence: 0 / 1
    return (f.T @ (S / total)).astype(S.dtype)


@arguments.checks(p=partial(arguments.real, above=0))
def spectral_bandwidth(y=None, *, sr, S=None, n_fft=2048, p=2, norm=True, **how):
    """How far a spectrum reaches to both sides of its centroid.

    Parameters
    ----------
    y, sr, S, n_fft, **how
        As in `spectral_centroid`.
    p : float
        Power of the distance; 2 gives the standard deviation.
    norm : bool
        Weight with S / sum S, so that the level does not count.

    Returns
    -------
    ndarray, (..., 1, n_frames)
        (sum of S |f - centroid|^p)^(1/p), Hz; 0 for silence and for one bin alone. As
        librosa.feature.spectral_bandwidth.

    References
    ----------
    Peeters, 2004 ("spectral spread"). Chapter 04, equation 5.

    Examples
    --------
    >>> spectral_bandwidth(S=[[1.0], [0.0], [1.0]], sr=8000)
    array([[2000.]])
    """
    S = magnitude(y, S=S, n_fft=n_fft, **how)
    centroid = spectral_centroid(S=S.astype(np.float64), sr=sr, n_fft=n_fft)
    distance = np.abs(bin_frequencies(S, sr=sr, n_fft=n_fft) - centroid)
    weight = S
    if norm:
        total = S.sum(axis=-2, keepdims=True)
        total[total < np.finfo(S.dtype).tiny] = 1  # silence: 0 / 1
        weight = S / total
    bandwidth = np.sum(weight * distance**p, axis=-2, keepdims=True) ** (1 / p)
    return bandwidth.astype(S.dtype)


@arguments.checks(roll_percent=partial(arguments.real, above=0, below=1))
def spectral_rolloff(y=None, *, sr, S=None, n_fft=2048, roll_percent=0.85, **how):
    """The frequency below which most of a spectrum lies.

    Parameters
    ----------
    y, sr, S, n_fft, **how
        As in `spectral_centroid`.
    roll_percent : float
        The share that lies at or below it, between 0 and 1: 0.85 is 85 %, of the summed magnitude.

    Returns
    -------
    ndarray, (..., 1, n_frames)
        The lowest bin whose running sum reaches the share, Hz; 0 for silence. As librosa.feature.spectral_rolloff.

    References
    ----------
    Scheirer and Slaney, "Construction and evaluation of a robust multifeature speech/music discriminator", 1997.
    Chapter 04, equation 6.

    Examples
    --------
    >>> spectral_rolloff(S=[[6.0], [3.0], [1.0]], sr=8000)
    array([[2000.]])
    """
    S = magnitude(y, S=S, n_fft=n_fft, **how)
    f = bin_frequencies(S, sr=sr, n_fft=n_fft)
    running = np.cumsum(S, axis=-2)
    reached = running >= roll_percent * running[..., -1:, :]
    first = np.argmax(reached, axis=-2)  # argmax of booleans: the first True
    return f[first, 0][..., None, :].astype(S.dtype)


@arguments.checks(amin=partial(arguments.real, above=0), power=partial(arguments.real, above=0))
def spectral_flatness(y=None, *, S=None, amin=1e-10, power=2.0, **how):
    """Geometric over arithmetic mean of each power spectrum: 1 if flat, near 0 for a tone.

    Parameters
    ----------
    y, S, **how
        As in `spectral_centroid` (n_fft=2048 among **how). No sr: frequency plays no part.
    amin : float
        Smaller powers count as this: the geometric mean of anything and 0 is 0.
    power : float
        Exponent of the magnitude; 2: power.

    Returns
    -------
    ndarray, (..., 1, n_frames)
        From 0 to 1. Silence gives 1, up to rounding: amin in all bins. White noise gives about 0.56, not 1, as its
        power scatters from bin to bin. As librosa.feature.spectral_flatness.

    References
    ----------
    Gray and Markel, "A spectral-flatness measure for studying the autocorrelation method of linear prediction of
    speech analysis", 1974. Chapter 04, equation 7.

    Examples
    --------
    >>> spectral_flatness(S=[[1.0], [2.0]])
    array([[0.8]])
    """
    S = magnitude(y, S=S, **how)
    P = np.maximum(amin, S**power)
    geometric = np.exp(np.mean(np.log(P), axis=-2, keepdims=True, dtype=np.float64))
    arithmetic = np.mean(P, axis=-2, keepdims=True, dtype=np.float64)
    return (geometric / arithmetic).astype(S.dtype)
