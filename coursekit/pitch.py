"""The pitch of a sound: autocorrelation, and the YIN algorithm step by step. Chapter 04.

YIN is of de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for speech and music", 2002: "the paper"
below. `yin` equals librosa.yin (0.11), which differs from the paper in five places:

- The paper compares W samples with the W samples one lag later, so its frame reaches W + lag. librosa takes a frame
  of fixed length and zeros after it. A frame that is exactly periodic then has d(period) = the energy of its last
  period, not 0, and d' there is about period / (2 frame_length).
- At lag 1 librosa leaves the square of the frame's first sample in d.
- The paper finds the abscissa of the minimum by a parabola through d, librosa through d'.
- The paper compares the parabola's lowest point with the threshold, librosa the lowest sample of d'.
- The paper's last step, the best local estimate (a second search near each frame), is left out.

The functions of single steps turn time on the last axis into lags; `periods`, `yin` and `track` turn it into frames.
"""

from functools import partial

import numpy as np
import scipy.fft

from . import arguments, dsp


@arguments.checks(y=arguments.signal, max_size=arguments.integer)
def autocorrelation(y, *, max_size=None):
    """How like a signal is to itself, some samples later:
    r[lag] = sum over n of y[n] y[n + lag].

    Parameters
    ----------
    y : array_like, (..., n)
        Audio, or frames of it.
    max_size : int or None
        How many lags, from 0; None, or more than n: all n.

    Returns
    -------
    ndarray, (..., min(n, max_size))
        r[..., 0] is the energy. As librosa.autocorrelate.

    References
    ----------
    The paper's equation 2; by the FFT: the inverse transform of the power spectrum (Wiener and Khinchin).
    Chapter 04, equations 9 and 10.

    Examples
    --------
    >>> autocorrelation([1.0, 2.0, 0.0, 1.0]).round(6) + 0.0
    array([6., 2., 2., 1.])
    """
    n = y.shape[-1]
    max_size = n if max_size is None else min(n, max_size)
    # zeros enough that the end never meets the start
    n_fft = scipy.fft.next_fast_len(2 * n - 1, real=True)
    Y = scipy.fft.rfft(y, n=n_fft)
    return scipy.fft.irfft(Y.real**2 + Y.imag**2, n=n_fft)[..., :max_size]


def _inside(y, max_lag):
    arguments.integer(max_lag, "max_lag", high=y.shape[-1] - 1)


@arguments.checks(_inside, y=arguments.signal)
def difference_function(y, *, max_lag):
    """How unlike a frame is to itself, some samples later:
    d[lag] = sum over n of (y[n] - y[n + lag])^2.

    Parameters
    ----------
    y : array_like, (..., n)
        Frames, time on the last axis; zeros are assumed after the end.
    max_lag : int
        The longest lag, at most n - 1.

    Returns
    -------
    ndarray, (..., 1 + max_lag)
        0 or more; d[..., 0] = 0. In a periodic frame d[period] is the energy of the frame's last period.

    References
    ----------
    The paper's equations 6 and 7: the square multiplied out, two energies less twice the autocorrelation.
    Chapter 04, equations 12 and 13.

    Examples
    --------
    >>> difference_function([1.0, -1.0, 1.0, -1.0], max_lag=3).round(6)
    array([ 0., 13.,  2.,  7.])
    """
    r = autocorrelation(y, max_size=max_lag + 1)
    # of the energy of the later piece, what lies before the lag is missing
    missing = np.cumsum(y**2, axis=-1)[..., :max_lag]
    d = np.zeros_like(r)
    d[..., 1:] = 2 * (r[..., :1] - r[..., 1:]) - missing
    return d


@arguments.checks(d=partial(arguments.frames, min_ndim=1, min_length=2))
def cumulative_mean_normalized_difference(d):
    """d'[lag] = d[lag] / (mean of d[1] ... d[lag]): a difference without unit, 1 at lag 0.

    Parameters
    ----------
    d : array_like, (..., 1 + max_lag)
        As `difference_function` returns it.

    Returns
    -------
    ndarray, (..., 1 + max_lag), float64
        Near 0: lag is a period. Near 1: no likeness. Silence gives 1 at all lags.

    References
    ----------
    The paper's equation 8. Chapter 04, equation 14.

    Examples
    --------
    >>> cumulative_mean_normalized_difference([0.0, 4.0, 2.0, 3.0]).round(3)
    array([1.   , 1.   , 0.667, 1.   ])
    """
    lags = np.arange(1, d.shape[-1])
    mean = np.cumsum(d[..., 1:], axis=-1) / lags
    normalized = np.ones(d.shape)
    np.divide(d[..., 1:], mean, out=normalized[..., 1:], where=mean > 0)
    return normalized


@arguments.checks(
    d=partial(arguments.frames, min_ndim=1, min_length=2), threshold=partial(arguments.real, low=0)
)
def first_trough(d, *, threshold=0.1):
    """The first local minimum that is below the threshold;
    the lowest point of all if there is none.

    Parameters
    ----------
    d : array_like, (..., n_lags)
        d' at the lags that are searched.
    threshold : float
        0 or more; 0 gives the lowest point of all.

    Returns
    -------
    ndarray of int, (...)
        Index into d. An end counts as a local minimum if it is below its one neighbour.

    References
    ----------
    The paper's step 4, the absolute threshold. Chapter 04, section 7.

    Examples
    --------
    >>> d = [1.0, 0.3, 0.08, 0.4, 0.9, 0.05, 0.6]
    >>> int(first_trough(d)), int(first_trough(d, threshold=0.06)), int(first_trough(d, threshold=0))
    (2, 5, 5)
    """
    falls = np.ones(d.shape, dtype=bool)
    rises = np.ones(d.shape, dtype=bool)
    falls[..., 1:] = d[..., 1:] < d[..., :-1]
    rises[..., :-1] = d[..., :-1] <= d[..., 1:]
    rises[..., 0] = d[..., 0] < d[..., 1]
    trough = falls & rises & (d < threshold)
    return np.where(trough.any(axis=-1), trough.argmax(axis=-1), d.argmin(axis=-1))


@arguments.checks(x=partial(arguments.frames, min_ndim=1), index=arguments.array)
def parabolic_interpolation(x, *, index):
    """Where between the samples the minimum (or maximum) lies:
    the vertex of a parabola through three points.

    Parameters
    ----------
    x : array_like, (..., n)
    index : array_like of int, (...)
        The middle one of the three points.

    Returns
    -------
    ndarray, (...)
        The vertex less `index`, between -1 and 1; 0 at the ends of x, and where the vertex is further off.

    References
    ----------
    The paper's step 5. Chapter 04, equation 15.

    Examples
    --------
    >>> x = (np.arange(5) - 2.25) ** 2
    >>> float(parabolic_interpolation(x, index=2))
    0.25
    """
    if x.shape[-1] < 3:
        return np.zeros(np.shape(index))
    middle = np.clip(index, 1, x.shape[-1] - 2)
    left, centre, right = (
        np.take_along_axis(x, (middle + step)[..., None], axis=-1)[..., 0] for step in (-1, 0, 1)
    )
    curvature = right + left - 2 * centre
    slope = (right - left) / 2
    near = (np.abs(slope) < np.abs(curvature)) & (middle == index)
    return np.divide(-slope, curvature, out=np.zeros_like(slope), where=near)


def _searchable(fmin, fmax, sr, frame_length):
    if fmax > sr / 2:
        raise arguments.ArgumentError(
            f"fmax = {fmax} Hz; wanted at most sr / 2 = {sr / 2:g} Hz. "
            "Is sr the rate that audio.load returned?"
        )
    if fmin >= fmax:
        raise arguments.ArgumentError(
            f"fmin = {fmin} Hz; wanted less than fmax = {fmax} Hz. Were the two swapped?"
        )
    if sr / fmin >= frame_length - 1:
        raise arguments.ArgumentError(
            f"fmin = {fmin} Hz has a period of {sr / fmin:.0f} samples, "
            f"more than frame_length = {frame_length} holds; "
            f"wanted fmin above {sr / (frame_length - 1):.1f} Hz, or a longer frame"
        )
    if sr / fmin >= frame_length // 2:
        arguments.warn(
            f"frame_length = {frame_length} holds less than two periods of fmin = {fmin} "
            "Hz: low pitches will be inexact; "
            f"{2 * int(np.ceil(sr / fmin)) + 1} samples would do"
        )


@arguments.checks(
    _searchable,
    sr=arguments.sample_rate,
    frame_length=partial(arguments.integer, low=4),
    fmax=partial(arguments.real, above=0),
    fmin=partial(arguments.real, above=0),
)
def lag_range(fmin, fmax, *, sr, frame_length):
    """The lags that are searched for a pitch between fmin and fmax:
    whole samples, just outside sr / fmax and sr / fmin.

    Parameters
    ----------
    fmin, fmax, sr, frame_length
        As in `yin`.

    Returns
    -------
    shortest, longest : int
        Samples.

    Raises
    ------
    arguments.ArgumentError
        As in `yin`.

    Examples
    --------
    >>> lag_range(65, 1000, sr=8000, frame_length=2048)
    (8, 124)
    """
    return int(sr / fmax), int(np.ceil(sr / fmin))


@arguments.checks(y=arguments.signal)
def periods(
    y,
    *,
    fmin,
    fmax,
    sr,
    frame_length=2048,
    hop_length=None,
    trough_threshold=0.1,
    center=True,
    pad_mode="constant",
):
    """The period of each frame by YIN, and how far from periodic the frame is.

    Parameters
    ----------
    y, fmin, fmax, sr, frame_length, hop_length, trough_threshold, center, pad_mode
        As in `yin`.

    Returns
    -------
    period : ndarray, (..., n_frames), float64
        Samples, with a fraction.
    aperiodicity : ndarray, (..., n_frames), float64
        d' at the period's nearest sample: near 0 for a periodic frame, near 1 for noise, 1 for silence.

    References
    ----------
    The paper's steps 2 to 5. Chapter 04.

    Examples
    --------
    >>> y = np.sin(2 * np.pi * np.arange(8000) / 40)
    >>> period, aperiodicity = periods(y, fmin=100, fmax=1000, sr=8000)
    >>> float(period[8].round(1)), float(aperiodicity[8].round(2))
    (40.0, 0.01)
    """
    shortest, longest = lag_range(fmin, fmax, sr=sr, frame_length=frame_length)
    if center:
        sides = [(0, 0)] * (y.ndim - 1) + [(frame_length // 2, frame_length // 2)]
        y = np.pad(y, sides, mode=pad_mode)
    hop_length = frame_length // 4 if hop_length is None else hop_length
    frames = dsp.frame(y, frame_length=frame_length, hop_length=hop_length).swapaxes(-1, -2)
    period = np.empty(frames.shape[:-1])
    aperiodicity = np.empty_like(period)
    # a block of frames at a time stays in the processor's cache
    for i in range(0, frames.shape[-2], 64):
        block = frames[..., i : i + 64, :]
        d = difference_function(block, max_lag=longest)
        d[..., 1] += block[..., 0] ** 2  # librosa's d[1], to agree with it to the last digit
        d = cumulative_mean_normalized_difference(d)[..., shortest:]
        best = first_trough(d, threshold=trough_threshold)
        period[..., i : i + 64] = shortest + best + parabolic_interpolation(d, index=best)
        aperiodicity[..., i : i + 64] = np.take_along_axis(d, best[..., None], axis=-1)[..., 0]
    return period, aperiodicity


@arguments.checks(y=arguments.signal)
def yin(
    y,
    *,
    fmin,
    fmax,
    sr,
    frame_length=2048,
    hop_length=None,
    trough_threshold=0.1,
    center=True,
    pad_mode="constant",
):
    """The fundamental frequency of each frame, by YIN; a number for every frame, voiced or not.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio; channels are taken one by one.
    fmin, fmax : float
        The lowest and highest pitch to look for, Hz; fmax at most sr / 2. Whole lags are searched, so a result may
        lie a little outside.
    sr : float
        Sample rate, Hz.
    frame_length : int
        Samples in a frame: more than one period of fmin, better two or more.
    hop_length : int or None
        Samples between frames; None: frame_length // 4.
    trough_threshold : float
        The first local minimum of d' below this is taken; the paper has 0.1 too.
    center : bool
        Pad frame_length // 2 on both sides, so that frame i is centred on sample i * hop_length.
    pad_mode : str
        How to pad, as np.pad.

    Returns
    -------
    ndarray, (..., n_frames)
        f0, Hz. As librosa.yin. Silence, and a constant, give sr / int(sr / fmax), about fmax; noise and single clicks
        give anything: use `track` to leave them out.

    Raises
    ------
    arguments.ArgumentError
        fmax above sr / 2, fmin not below fmax, a frame that cannot hold one period of fmin. Less than two: a warning.

    References
    ----------
    de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for speech and music", 2002. Chapter 04.

    Examples
    --------
    >>> y = np.sin(2 * np.pi * 200 * np.arange(8000) / 8000)
    >>> yin(y, fmin=65, fmax=1000, sr=8000)[4:8].round()
    array([200., 200., 200., 200.])
    """
    period, _ = periods(
        y,
        fmin=fmin,
        fmax=fmax,
        sr=sr,
        frame_length=frame_length,
        hop_length=hop_length,
        trough_threshold=trough_threshold,
        center=center,
        pad_mode=pad_mode,
    )
    return (sr / period).astype(y.dtype)


@arguments.checks(y=arguments.signal, voicing_threshold=partial(arguments.real, low=0))
def track(
    y,
    *,
    fmin,
    fmax,
    sr,
    frame_length=2048,
    hop_length=None,
    trough_threshold=0.1,
    voicing_threshold=0.5,
    center=True,
    pad_mode="constant",
):
    """The fundamental frequency where there is one, and how far from periodic each frame is.

    Parameters
    ----------
    y, fmin, fmax, sr, frame_length, hop_length, trough_threshold, center, pad_mode
        As in `yin`.
    voicing_threshold : float
        A frame with an aperiodicity of this or more is called unvoiced.

    Returns
    -------
    f0 : ndarray, (..., n_frames)
        Hz, as `yin`; NaN where unvoiced.
    aperiodicity : ndarray, (..., n_frames)
        d' at the period: near 0 for a periodic frame (not below about period / (2 frame_length)), near 1 for noise,
        1 for silence.

    References
    ----------
    The paper's step 4: d' at the period is a measure of the share of aperiodic power. Chapter 04.

    Examples
    --------
    >>> y = np.sin(2 * np.pi * 200 * np.arange(8000) / 8000)
    >>> f0, aperiodicity = track(np.append(y, np.zeros(8000)), fmin=65, fmax=1000, sr=8000)
    >>> f0[[8, 24]].round(), aperiodicity[[8, 24]].round(2)
    (array([200.,  nan]), array([0.01, 1.  ]))
    """
    period, aperiodicity = periods(
        y,
        fmin=fmin,
        fmax=fmax,
        sr=sr,
        frame_length=frame_length,
        hop_length=hop_length,
        trough_threshold=trough_threshold,
        center=center,
        pad_mode=pad_mode,
    )
    f0 = np.where(aperiodicity < voicing_threshold, sr / period, np.nan)
    return f0.astype(y.dtype), aperiodicity.astype(y.dtype)
