"""From the mel scale to MFCCs, and back: how loud is each band that the ear tells apart? Chapter 03.

Functions that librosa also has take the same arguments with the same defaults, and give the same numbers; only the
sample rate has no default. (librosa.filters.mel rounds its filters to float32 unless it is asked for
dtype=np.float64. Ours are float64; a float32 signal gives float32 features.)
"""

import math
from functools import partial

import numpy as np
import scipy.sparse

from . import arguments, dsp, units

# --- the mel scale ---------------------------------------------------------------------------------------

# Slaney's scale: linear up to 1000 Hz, 15 mels there; from there on 27 mels for each factor of 6.4.
HZ_PER_MEL = 200 / 3
BREAK_HZ = 1000.0
BREAK_MEL = BREAK_HZ / HZ_PER_MEL
LOG_STEP = math.log(6.4) / 27


@arguments.checks(frequency=arguments.nonnegative)
def hz_to_mel(frequency, *, htk=False):
    """Frequency in Hz to mels: equal steps of a mel sound about equally large.

    Parameters
    ----------
    frequency : float or array_like
        Hz, 0 or more.
    htk : bool
        False: Slaney's scale, linear below 1000 Hz and logarithmic above. True: HTK's single formula,
        2595 log10(1 + f / 700), on which 1000 Hz are 1000 mel.

    Returns
    -------
    float or ndarray
        Mels. As librosa.hz_to_mel.

    References
    ----------
    Stevens, Volkmann and Newman, "A scale for the measurement of the psychological magnitude pitch", 1937;
    O'Shaughnessy, Speech Communication, 1987 (HTK's formula); Slaney, Auditory Toolbox, 1998.
    Chapter 03, equations 1 and 2.

    Examples
    --------
    >>> hz_to_mel([0.0, 1000.0, 6400.0])
    array([ 0., 15., 42.])
    >>> round(float(hz_to_mel(1000.0, htk=True)), 2)
    999.99
    """
    if htk:
        return 2595 * np.log10(1 + frequency / 700)
    above = BREAK_MEL + np.log(np.maximum(frequency, BREAK_HZ) / BREAK_HZ) / LOG_STEP
    return np.where(frequency < BREAK_HZ, frequency / HZ_PER_MEL, above)[()]


@arguments.checks(mel=arguments.nonnegative)
def mel_to_hz(mel, *, htk=False):
    """Mels to Hz: the reverse of `hz_to_mel`.

    Parameters
    ----------
    mel : float or array_like
        0 or more.
    htk : bool
        As in `hz_to_mel`.

    Returns
    -------
    float or ndarray
        Frequency, Hz. As librosa.mel_to_hz.

    References
    ----------
    Chapter 03, equations 1 and 2.

    Examples
    --------
    >>> mel_to_hz([0.0, 15.0, 42.0])
    array([   0., 1000., 6400.])
    """
    if htk:
        return 700 * (10 ** (mel / 2595) - 1)
    above = BREAK_HZ * np.exp(LOG_STEP * (np.maximum(mel, BREAK_MEL) - BREAK_MEL))
    return np.where(mel < BREAK_MEL, HZ_PER_MEL * mel, above)[()]


def _rises(fmin, fmax):
    arguments.real(fmax, "fmax", above=fmin)


@arguments.checks(_rises, n_mels=arguments.integer, fmin=partial(arguments.real, low=0))
def mel_frequencies(n_mels=128, *, fmin=0.0, fmax=11025.0, htk=False):
    """Frequencies in equal steps of a mel, from fmin to fmax.

    Parameters
    ----------
    n_mels : int
        How many.
    fmin, fmax : float
        The first and the last, Hz.
    htk : bool
        As in `hz_to_mel`.

    Returns
    -------
    ndarray, (n_mels,)
        Hz. As librosa.mel_frequencies.

    References
    ----------
    Chapter 03, equation 3.

    Examples
    --------
    >>> mel_frequencies(4, fmin=0.0, fmax=1000.0).round(1)
    array([   0. ,  333.3,  666.7, 1000. ])
    """
    mels = np.linspace(hz_to_mel(fmin, htk=htk), hz_to_mel(fmax, htk=htk), n_mels)
    return mel_to_hz(mels, htk=htk)


# --- the filter bank -------------------------------------------------------------------------------------


def _corners_rise(left, centre, right):
    if not np.all((np.less(left, centre)) & (np.less(centre, right))):
        raise arguments.ArgumentError(
            "the corners of a triangle are not in rising order; wanted "
            "left < centre < right. Is the band too narrow?"
        )


@arguments.checks(_corners_rise, frequency=arguments.array)
def triangle(frequency, *, left, centre, right):
    """Gain of a triangular filter: 0 up to left, 1 at centre, 0 again from right on.

    Parameters
    ----------
    frequency : array_like, (k,)
        Where the gain is wanted, Hz.
    left, centre, right : float or array_like, (n, 1)
        Corners, Hz, left < centre < right. Columns of n corners give n triangles at once.

    Returns
    -------
    ndarray, (k,) or (n, k)
        Gain, 0 to 1.

    Raises
    ------
    arguments.ArgumentError
        The corners are not in rising order, or two of them are the same.

    References
    ----------
    Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word recognition in
    continuously spoken sentences", 1980. Chapter 03, equation 4.

    Examples
    --------
    >>> triangle([0.0, 100.0, 150.0, 200.0, 300.0], left=100.0, centre=200.0, right=300.0)
    array([0. , 0. , 0.5, 1. , 0. ])
    """
    rising = (frequency - left) / (centre - left)
    falling = (right - frequency) / (right - centre)
    return np.maximum(0, np.minimum(rising, falling))


def _below_nyquist(fmax, sr):
    if fmax is not None:
        arguments.real(fmax, "fmax", high=sr / 2)


def _no_filter_is_empty(sr, n_fft, n_mels, fmin, fmax, htk):
    """Warns where no bin lies between the two ends of a filter, so that its band would always be 0."""
    fmax = sr / 2 if fmax is None else fmax
    edges = mel_frequencies(n_mels + 2, fmin=fmin, fmax=fmax, htk=htk)
    left, right = edges[:-2], edges[2:]
    bins = units.fft_frequencies(sr=sr, n_fft=n_fft)
    empty = np.searchsorted(bins, left, side="right") >= np.searchsorted(bins, right)
    if empty.any() and np.all(left < right):
        enough = int(sr / (right - left).min()) + 1
        arguments.warn(
            f"{empty.sum()} of {n_mels} mel filters are empty: no FFT bin falls inside. "
            f"Take fewer n_mels, or n_fft = {enough} or more"
        )


@arguments.checks(
    _below_nyquist,
    _no_filter_is_empty,
    sr=arguments.sample_rate,
    norm=partial(arguments.choice, options=("slaney", 1, 2, np.inf, None)),
    n_mels=arguments.integer,
)
def mel_filterbank(*, sr, n_fft, n_mels=128, fmin=0.0, fmax=None, htk=False, norm="slaney"):
    """Triangular filters, evenly spaced in mels, from one neighbour's centre to the other's.

    Parameters
    ----------
    sr : float
        Sample rate, Hz.
    n_fft : int
        Length of the FFT, samples.
    n_mels : int
        How many filters.
    fmin, fmax : float
        Where the first begins and the last ends, Hz; fmax None: sr / 2.
    htk : bool
        The mel scale, as in `hz_to_mel`.
    norm : "slaney", 1, 2, np.inf or None
        "slaney": each triangle has area 1 (in Hz), so that white noise gives all bands the same level; its values
        are small, 1/Hz. A number: each row of the matrix has that norm 1. None: each triangle has height 1.

    Returns
    -------
    ndarray, (n_mels, 1 + n_fft // 2), float64
        One filter a row: mel_filterbank(...) @ power. As librosa.filters.mel(..., dtype=np.float64).

    Warns
    -----
    UserWarning
        A filter is so narrow that no bin falls inside: its band would always be 0.

    References
    ----------
    Slaney, Auditory Toolbox, 1998. Chapter 03, equations 3 to 5.

    Examples
    --------
    >>> W = mel_filterbank(sr=16000, n_fft=512, n_mels=40)
    >>> W.shape, bool(np.allclose(W.sum(axis=1) * 16000 / 512, 1, atol=0.1))
    ((40, 257), True)
    """
    fmax = sr / 2 if fmax is None else fmax
    edges = mel_frequencies(n_mels + 2, fmin=fmin, fmax=fmax, htk=htk)
    # each edge in turn ends one triangle, is the top of the next and begins the one after that
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    W = triangle(units.fft_frequencies(sr=sr, n_fft=n_fft), left=left, centre=centre, right=right)
    if norm == "slaney":
        return W * 2 / (right - left)
    if norm is None:
        return W
    length = np.linalg.norm(W, ord=norm, axis=1, keepdims=True)
    return W / np.where(length > 0, length, 1)  # a filter without a bin stays 0


# --- mel spectrograms ------------------------------------------------------------------------------------


@arguments.checks(power=partial(arguments.real, above=0))
def mel_spectrogram(
    y,
    *,
    sr,
    n_fft=2048,
    hop_length=512,
    win_length=None,
    window="hann",
    center=True,
    pad_mode="constant",
    power=2.0,
    n_mels=128,
    fmin=0.0,
    fmax=None,
    htk=False,
    norm="slaney",
):
    """Power in mel bands, frame by frame: the filter bank times |STFT|^2.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio; each channel by itself.
    sr : float
        Sample rate, Hz.
    n_fft, hop_length, win_length, window, center, pad_mode
        As in `dsp.stft`.
    power : float
        Exponent of the magnitude: 2 power, 1 amplitude.
    n_mels, fmin, fmax, htk, norm
        As in `mel_filterbank`.

    Returns
    -------
    ndarray, (..., n_mels, n_frames)
        Float32 if y is. As librosa.feature.melspectrogram; for torchaudio's numbers pass htk=True, norm=None,
        pad_mode="reflect" and its n_fft and hop_length (400 and 200). Silence gives 0; a signal shorter than a frame,
        one sample even, is padded with zeros while center is True.

    References
    ----------
    Chapter 03, equation 6.

    Examples
    --------
    >>> mel_spectrogram(np.ones(16000), sr=16000, n_fft=512, hop_length=160, n_mels=40).shape
    (40, 101)
    """
    W = mel_filterbank(sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm)
    S = dsp.stft(
        y,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    P = np.abs(S) ** power
    return W.astype(P.dtype) @ P


def log_mel(y, *, sr, ref=1.0, amin=1e-10, top_db=80.0, **how):
    """Level in mel bands, dB: the ear judges levels by their ratios.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio.
    sr : float
        Sample rate, Hz.
    ref, amin, top_db
        As in `dsp.power_to_db`. The loudest value is that of all channels together, as in librosa.
    **how
        As in `mel_spectrogram`.

    Returns
    -------
    ndarray, (..., n_mels, n_frames)
        dB. As librosa.power_to_db(librosa.feature.melspectrogram(...)). Silence gives 10 log10(amin / ref), -100.

    References
    ----------
    Chapter 03, equation 7.

    Examples
    --------
    >>> float(log_mel(np.zeros(16000), sr=16000).max())
    -100.0
    """
    M = mel_spectrogram(y, sr=sr, **how)
    return dsp.power_to_db(M, ref=ref, amin=amin, top_db=top_db).astype(M.dtype, copy=False)


# --- cepstra ---------------------------------------------------------------------------------------------


def _no_more_than_came_in(n_out, n_in):
    arguments.integer(n_out, "n_out", high=n_in)


@arguments.checks(_no_more_than_came_in, n_in=arguments.integer)
def dct_matrix(n_out, n_in):
    """The first rows of the orthonormal DCT-II: cosines of 0, 1/2, 1, 3/2 ... periods.

    Parameters
    ----------
    n_out, n_in : int
        Rows and columns, n_out <= n_in.

    Returns
    -------
    ndarray, (n_out, n_in)
        Rows have length 1 and are at right angles: the transpose takes the transform back.

    References
    ----------
    Ahmed, Natarajan and Rao, "Discrete cosine transform", 1974. Chapter 03, equation 10.

    Examples
    --------
    >>> D = dct_matrix(3, 8)
    >>> bool(np.allclose(D @ D.T, np.eye(3)))
    True
    """
    k, n = np.arange(n_out)[:, None], np.arange(n_in)
    D = np.sqrt(2 / n_in) * np.cos(np.pi * k * (n + 0.5) / n_in)
    D[0] /= np.sqrt(2)
    return D


@arguments.checks(x=partial(arguments.frames, min_ndim=1))
def dct(x, *, n_out=None):
    """Orthonormal discrete cosine transform (type II) over the bands of each frame.

    Parameters
    ----------
    x : array_like, (..., n, frames) or (n,)
    n_out : int or None
        How many coefficients to keep, the slowest cosines first; None: all n.

    Returns
    -------
    ndarray, (..., n_out, frames) or (n_out,)
        As scipy.fft.dct(x, type=2, norm="ortho", axis=-2)[..., :n_out, :].

    References
    ----------
    Chapter 03, equation 10.

    Examples
    --------
    >>> dct([1.0, 1.0, 1.0, 1.0], n_out=1)
    array([2.])
    """
    n = x.shape[-2] if x.ndim > 1 else len(x)
    return dct_matrix(n if n_out is None else n_out, n).astype(x.dtype) @ x


@arguments.checks(n=arguments.integer, lifter=partial(arguments.real, low=0))
def lifter_weights(n, *, lifter=22):
    """Weights 1 + lifter / 2 * sin(pi * k / lifter) for coefficients k = 1 ... n.

    Parameters
    ----------
    n : int
        How many coefficients.
    lifter : float
        The period; 0: all weights are 1.

    Returns
    -------
    ndarray, (n,)

    References
    ----------
    Juang, Rabiner and Wilpon, "On the use of bandpass liftering in speech recognition", 1987.
    Chapter 03, equation 14. HTK counts from k = 0 (its c0 keeps weight 1); librosa, and so this, from 1.

    Examples
    --------
    >>> lifter_weights(3, lifter=2).round(6)
    array([2., 1., 0.])
    """
    k = np.arange(1, n + 1)
    return np.ones(n) if lifter == 0 else 1 + lifter / 2 * np.sin(np.pi * k / lifter)


@arguments.checks(c=arguments.frames)
def lifter(c, *, lifter=22):
    """Weight cepstral coefficients, so that the small high ones count as much as the low ones.

    Parameters
    ----------
    c : array_like, (..., n_mfcc, frames)
        MFCCs.
    lifter : float
        As in `lifter_weights`.

    Returns
    -------
    ndarray, (..., n_mfcc, frames)
        As librosa.feature.mfcc(..., lifter=lifter).

    References
    ----------
    Chapter 03, equation 14.

    Examples
    --------
    >>> lifter(np.ones((3, 1)), lifter=2).round(6).ravel()
    array([2., 1., 0.])
    """
    return c * lifter_weights(c.shape[-2], lifter=lifter)[:, None].astype(c.dtype)


def _no_more_than_bands(n_mfcc, how):
    n_mels = arguments.integer(how.get("n_mels", 128), "n_mels")
    arguments.integer(n_mfcc, "n_mfcc", high=n_mels)


@arguments.checks(_no_more_than_bands)
def mfcc(y, *, sr, n_mfcc=20, lifter=0, **how):
    """Mel-frequency cepstral coefficients: the first terms of the DCT of each log-mel frame.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio.
    sr : float
        Sample rate, Hz.
    n_mfcc : int
        How many coefficients to keep, at most n_mels.
    lifter : float
        As in `lifter_weights`; 0: none.
    **how
        As in `log_mel` and `mel_spectrogram`.

    Returns
    -------
    ndarray, (..., n_mfcc, n_frames)
        dB (times a constant). As librosa.feature.mfcc; as torchaudio.transforms.MFCC with `mel_spectrogram`'s
        torchaudio settings.

    References
    ----------
    Davis and Mermelstein, 1980. Chapter 03, equations 7, 10 and 14.

    Examples
    --------
    >>> mfcc(np.ones(16000), sr=16000, n_mfcc=13, n_fft=512, hop_length=160).shape
    (13, 101)
    """
    S = log_mel(y, sr=sr, **how)
    c = dct(S, n_out=n_mfcc)
    return c * lifter_weights(n_mfcc, lifter=lifter)[:, None].astype(c.dtype)


# --- over time -------------------------------------------------------------------------------------------

# What np.pad calls the ways in which SciPy and librosa go on beyond the ends.
PAD_MODES = {"nearest": "edge", "mirror": "reflect", "constant": "constant", "wrap": "wrap"}


def _can_be_fitted(x, width, order, mode):
    arguments.integer(order, "order", high=width - 1)
    if width % 2 == 0:
        raise arguments.ArgumentError(f"width = {width}; wanted an odd number, to have a middle")
    if mode == "interp" and x.shape[-1] < width:
        raise arguments.ArgumentError(
            f"x has {x.shape[-1]} frames, fewer than width = {width}: "
            "take a smaller width, or mode='nearest'"
        )


@arguments.checks(
    _can_be_fitted,
    x=partial(arguments.frames, min_ndim=1),
    width=partial(arguments.integer, low=3),
    mode=partial(arguments.choice, options=("interp", *PAD_MODES)),
)
def delta(x, *, width=9, order=1, mode="interp"):
    """Slope over time: of the polynomial that fits the frames around each frame best.

    Parameters
    ----------
    x : array_like, (..., frames)
        Features, time last.
    width : int
        Frames in a fit, odd, 3 or more.
    order : int
        1: the slope of a line. 2: the second derivative of a parabola. And so on; less than width.
    mode : str
        What the first and last width // 2 frames get: "interp", the derivative of the polynomial that fits the first
        (last) width frames; "nearest" repeats the end frames (torchaudio's way, and HTK's), "mirror", "wrap",
        "constant" (zeros) continue them so.

    Returns
    -------
    ndarray, (..., frames)
        Per frame (to the power of order). As librosa.feature.delta; as torchaudio's compute_deltas(win_length=width)
        with mode="nearest".

    Raises
    ------
    arguments.ArgumentError
        mode="interp" and fewer than width frames.

    References
    ----------
    Furui, "Speaker-independent isolated word recognition using dynamic features of speech spectrum", 1986;
    Savitzky and Golay, 1964. Chapter 03, equation 11.

    Examples
    --------
    >>> delta(np.array([[0.0, 3.0, 6.0, 9.0, 12.0]]), width=3).round(6)
    array([[3., 3., 3., 3., 3.]])
    """
    half = width // 2
    n = np.arange(-half, half + 1) / half  # powers of numbers up to 1 stay well-conditioned
    fit = np.linalg.pinv(n[:, None] ** np.arange(order + 1))  # frames to coefficients
    taps = fit[order] * math.factorial(order) / half**order
    sides = [(0, 0)] * (x.ndim - 1) + [(half, half)]
    padded = x if mode == "interp" else np.pad(x, sides, mode=PAD_MODES[mode])
    n_valid = padded.shape[-1] - width + 1
    slope = sum(tap * padded[..., k : k + n_valid] for k, tap in enumerate(taps))
    # the last derivative that a polynomial has is constant: the end frames repeat their neighbour's
    slope = np.pad(slope, sides, mode="edge") if mode == "interp" else slope
    return slope.astype(x.dtype)


def mfcc_39(y, *, sr, n_mfcc=13, lifter=0, width=9, mode="interp", **how):
    """The classic front end: 13 MFCCs, their slopes and their curvatures, 39 numbers a frame.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio, long enough for width frames (or mode="nearest").
    sr : float
        Sample rate, Hz.
    n_mfcc, lifter
        As in `mfcc`.
    width, mode
        As in `delta`.
    **how
        As in `log_mel` and `mel_spectrogram`.

    Returns
    -------
    ndarray, (..., 3 * n_mfcc, n_frames)
        mfcc, delta(order=1), delta(order=2). (HTK takes the slope of the slope for the last, over a wider stretch.)

    References
    ----------
    Furui, 1986. Chapter 03, equations 7, 10 and 11.

    Examples
    --------
    >>> mfcc_39(np.ones(16000), sr=16000, n_fft=512, hop_length=160).shape
    (39, 101)
    """
    c = mfcc(y, sr=sr, n_mfcc=n_mfcc, lifter=lifter, **how)
    slopes = [delta(c, width=width, order=order, mode=mode) for order in (1, 2)]
    return np.concatenate([c, *slopes], axis=-2)


@arguments.checks(x=partial(arguments.frames, min_ndim=1), eps=partial(arguments.real, above=0))
def cmvn(x, *, eps=1e-8):
    """Mean and variance normalisation: each row gets mean 0 and standard deviation 1 over time.

    Parameters
    ----------
    x : array_like, (..., frames)
        Features, time last; of MFCCs the mean holds what the microphone and the room add to every frame.
    eps : float
        The smallest standard deviation to divide by: a row that never changes becomes 0, not NaN.

    Returns
    -------
    ndarray, (..., frames)

    References
    ----------
    Atal, "Effectiveness of linear prediction characteristics of the speech wave for automatic speaker
    identification and verification", 1974; Viikki and Laurila, "Cepstral domain segmental feature vector
    normalization for noise robust speech recognition", 1998. Chapter 03, equation 13.

    Examples
    --------
    >>> cmvn(np.array([[1.0, 3.0], [5.0, 5.0]]))
    array([[-1.,  1.],
           [ 0.,  0.]])
    """
    centred = x - x.mean(axis=-1, keepdims=True, dtype=np.float64)
    deviation = np.sqrt(np.mean(centred**2, axis=-1, keepdims=True))
    return (centred / np.maximum(deviation, eps)).astype(x.dtype)


# --- and back --------------------------------------------------------------------------------------------


@arguments.checks(
    M=partial(arguments.frames, strength=True), power=partial(arguments.real, above=0)
)
def mel_to_stft(
    M, *, sr, n_fft=2048, power=2.0, fmin=0.0, fmax=None, htk=False, norm="slaney", n_iter=100
):
    """A magnitude spectrogram whose mel spectrogram is M, as nearly as values of 0 or more can.

    Parameters
    ----------
    M : array_like, (..., n_mels, frames)
        Mel spectrogram, 0 or more (not dB: see dsp.db_to_power).
    sr : float
        Sample rate, Hz.
    n_fft, power, fmin, fmax, htk, norm
        As `mel_spectrogram` got them.
    n_iter : int
        Steps downhill.

    Returns
    -------
    ndarray, (..., 1 + n_fft // 2, frames)
        Magnitude. There are more bins than bands, so many spectra fit: this is the one nearest the pseudo-inverse's.

    Notes
    -----
    What librosa.feature.inverse.mel_to_stft is for. Both minimise |W x - M|^2 over x >= 0 from the same start, but
    librosa's search ends when the gradient is below an absolute 1e-5, and recordings are so quiet that it often ends
    at the start. This one takes n_iter steps at any level.

    References
    ----------
    Beck and Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear inverse problems", 2009.
    Chapter 03, equation 8.

    Examples
    --------
    >>> S = np.abs(dsp.stft(np.sin(np.arange(4000) / 5), n_fft=512))
    >>> mel_to_stft(mel_filterbank(sr=8000, n_fft=512, n_mels=40) @ S**2, sr=8000, n_fft=512).shape == S.shape
    True
    """
    W = mel_filterbank(
        sr=sr, n_fft=n_fft, n_mels=M.shape[-2], fmin=fmin, fmax=fmax, htk=htk, norm=norm
    )
    frames = np.moveaxis(M, -2, 0).reshape(M.shape[-2], -1)
    x = nonnegative_least_squares(W, frames, n_iter=n_iter).astype(M.dtype)
    x = np.moveaxis(x.reshape(-1, *M.shape[:-2], M.shape[-1]), 0, -2)
    return x ** (1 / power)


@arguments.checks(A=arguments.frames, B=arguments.frames, n_iter=partial(arguments.integer, low=0))
def nonnegative_least_squares(A, B, *, n_iter=100):
    """X >= 0 that makes |A X - B|^2 small: steps downhill with momentum, cut off at 0.

    Parameters
    ----------
    A : array_like, (m, n)
        Mostly zeros, as a filter bank is: only the others are used.
    B : array_like, (m, k)
        Each column is a problem of its own.
    n_iter : int
        Steps.

    Returns
    -------
    ndarray, (n, k), float64

    References
    ----------
    Beck and Teboulle, 2009. Chapter 03, equation 8.

    Examples
    --------
    >>> nonnegative_least_squares(np.eye(2), np.array([[3.0], [-1.0]]))
    array([[3.],
           [0.]])
    """
    X = ahead = np.maximum(np.linalg.pinv(A) @ B, 0)
    # the longest step that never overshoots; an A of zeros moves nothing
    step = 1 / max(np.linalg.norm(A, ord=2) ** 2, np.finfo(float).tiny)
    A = scipy.sparse.csr_array(A)
    A_transposed = A.T.tocsr()
    for i in range(n_iter):
        last, X = X, np.maximum(ahead - step * (A_transposed @ (A @ ahead - B)), 0)
        ahead = X + i / (i + 3) * (X - last)
    return X


def _can_be_taken_back(c, lifter):
    if np.any(np.abs(lifter_weights(c.shape[-2], lifter=lifter).astype(c.dtype)) < 1e-6):
        raise arguments.ArgumentError(
            f"lifter = {lifter} weighs a coefficient with 0: it cannot be taken back"
        )


@arguments.checks(_can_be_taken_back, c=arguments.frames)
def mfcc_to_mel(c, *, n_mels=128, ref=1.0, lifter=0):
    """The smooth mel spectrogram that a few cepstral coefficients stand for.

    Parameters
    ----------
    c : array_like, (..., n_mfcc, frames)
        MFCCs.
    n_mels, ref, lifter
        As `mfcc` got them.

    Returns
    -------
    ndarray, (..., n_mels, frames)
        Power. As librosa.feature.inverse.mfcc_to_mel.

    References
    ----------
    Chapter 03, equation 10, with the transposed matrix.

    Examples
    --------
    >>> c = mfcc(np.sin(np.arange(4000) / 5), sr=8000, n_mfcc=40, n_mels=40, n_fft=512)
    >>> M = mel_spectrogram(np.sin(np.arange(4000) / 5), sr=8000, n_mels=40, n_fft=512)
    >>> bool(np.allclose(mfcc_to_mel(c, n_mels=40), np.maximum(M, M.max() * 1e-8)))
    True
    """
    weights = lifter_weights(c.shape[-2], lifter=lifter)[:, None].astype(c.dtype)
    D = dct_matrix(c.shape[-2], n_mels).astype(c.dtype)
    return dsp.db_to_power(D.T @ (c / weights), ref=ref)
