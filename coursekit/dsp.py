"""Sampling, filtering, the discrete Fourier transform and the short-time one. Chapters 01 to 02b.

Functions that librosa also has take the same arguments with the same defaults, and give the same numbers.
"""

from functools import partial

import numpy as np
import scipy.fft
import scipy.signal

from . import arguments
from .arguments import ArgumentError

# --- sampling and filtering (chapter 01) -----------------------------------------------------------------


@arguments.checks(sr=arguments.sample_rate)
def alias_frequency(frequency, *, sr):
    """The frequency that a tone seems to have after sampling: folded into [0, sr / 2].

    Parameters
    ----------
    frequency : float or array_like
        True frequency, Hz.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    float or ndarray
        |frequency - sr * round(frequency / sr)|, Hz.

    References
    ----------
    Shannon, "Communication in the presence of noise", 1949. Chapter 01, equation 3.

    Examples
    --------
    >>> float(alias_frequency(5000.0, sr=8000))
    3000.0
    """
    return np.abs(frequency - sr * np.round(np.asarray(frequency) / sr))


@arguments.checks(samples=arguments.signal, sr=arguments.sample_rate, times=arguments.array)
def sinc_interpolate(samples, *, sr, times):
    """The band-limited curve through the samples, read off at any times.

    Parameters
    ----------
    samples : array_like, (n,)
        Taken at 0, 1/sr, 2/sr ... seconds; silence is assumed before and after.
    sr : float
        Sample rate, Hz.
    times : array_like, (m,)
        Where to read the curve, s.

    Returns
    -------
    ndarray, (m,)
        sum over n of samples[n] * sinc(sr * t - n).

    References
    ----------
    Shannon, 1949, theorem 1. Chapter 01, equation 2. Costs n * m: for looking at short pieces.

    Examples
    --------
    >>> sinc_interpolate([0.0, 1.0, 0.0], sr=1, times=[1.0]).round(6)
    array([1.])
    """
    n = np.arange(len(samples))
    return np.sinc(sr * times[:, None] - n) @ samples


def _holds_cutoff(cutoff, sr):
    arguments.real(cutoff, "cutoff", above=0, below=sr / 2)


@arguments.checks(_holds_cutoff, sr=arguments.sample_rate, n_taps=partial(arguments.odd, low=3))
def lowpass_fir(cutoff, *, sr, n_taps=101, window="hann"):
    """Taps of a linear-phase low-pass filter: an ideal one (a sinc), cut off gently by a window.

    Parameters
    ----------
    cutoff : float
        Where the response has fallen to one half (-6 dB), Hz; below sr / 2.
    sr : float
        Sample rate, Hz.
    n_taps : int
        Odd, so that the delay is a whole number of samples, (n_taps - 1) / 2. More taps: a steeper edge.
    window : str
        See `get_window`; the symmetric form is used, as is right for a filter.

    Returns
    -------
    ndarray, (n_taps,)
        Taps with sum 1 (gain 1 at 0 Hz).

    References
    ----------
    Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., section 7.5. Chapter 01, equation 5.

    Examples
    --------
    >>> h = lowpass_fir(1000.0, sr=8000, n_taps=101)
    >>> h.shape, float(h.sum().round(6))
    ((101,), 1.0)
    """
    n = np.arange(n_taps) - (n_taps - 1) / 2
    taps = np.sinc(2 * cutoff / sr * n) * get_window(window, n_taps, fftbins=False)
    return taps / taps.sum()


@arguments.checks(y=arguments.signal, factor=arguments.integer)
def decimate(y, *, factor, n_taps=None, antialias=True):
    """Keep every factor-th sample, after removing what the lower rate cannot hold.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio.
    factor : int
        How many times fewer samples, 1 or more.
    n_taps : int or None
        Length of the anti-alias filter, odd; None: 64 * factor + 1.
    antialias : bool
        False drops samples without the filter, to hear what the filter is for.

    Returns
    -------
    ndarray, (..., ceil(n / factor))
        In step with y (the filter's delay is taken out).

    References
    ----------
    Chapter 01, equations 4 and 5. For work, audio.resample: any ratio, faster.

    Examples
    --------
    >>> decimate(np.ones(1000), factor=4).shape
    (250,)
    """
    if antialias and factor > 1:
        n_taps = 64 * factor + 1 if n_taps is None else n_taps
        # sr = 1: frequencies in cycles a sample; the new Nyquist frequency is 0.5 / factor. Cut a
        # little below it.
        taps = lowpass_fir(0.45 / factor, sr=1, n_taps=n_taps)
        y = scipy.signal.convolve(y, taps.reshape((1,) * (y.ndim - 1) + (-1,)), mode="full")
        delay = (n_taps - 1) // 2
        y = y[..., delay : y.shape[-1] - delay]
    return y[..., ::factor]


# --- one spectrum (chapter 02) ---------------------------------------------------------------------------


def _has_length(window, win_length):
    if not isinstance(window, (str, tuple)) and np.shape(window) != (win_length,):
        raise ArgumentError(f"the window has shape {np.shape(window)}; wanted ({win_length},)")


@arguments.checks(_has_length, win_length=arguments.integer)
def get_window(window, win_length, *, fftbins=True):
    """A window of the cosine family, sum of a_p cos(2 pi p n / N);
    other names are passed to SciPy.

    Parameters
    ----------
    window : str, tuple or array_like
        "hann", "hamming", "blackman", "boxcar" (rectangle); any name that scipy.signal.get_window knows; or the
        values themselves.
    win_length : int
        Length, samples.
    fftbins : bool
        True: periodic, N = win_length, for spectra and the STFT. False: symmetric, N = win_length - 1, for filters.

    Returns
    -------
    ndarray, (win_length,)

    References
    ----------
    Harris, "On the use of windows for harmonic analysis with the DFT", 1978. Chapter 02, equation 11.

    Examples
    --------
    >>> get_window("hann", 4)
    array([0. , 0.5, 1. , 0.5])
    """
    cosines = {
        "boxcar": [1.0],
        "hann": [0.5, -0.5],
        "hamming": [0.54, -0.46],
        "blackman": [0.42, -0.5, 0.08],
    }
    if not isinstance(window, (str, tuple)):
        return np.asarray(window)
    if window not in cosines or win_length == 1:
        return scipy.signal.get_window(window, win_length, fftbins=fftbins)
    period = win_length if fftbins else win_length - 1
    n = np.arange(win_length)
    return sum(a * np.cos(2 * np.pi * p * n / period) for p, a in enumerate(cosines[window]))


@arguments.checks(n=arguments.integer)
def dft_matrix(n):
    """The matrix of the discrete Fourier transform, W[k, m] = exp(-2j pi k m / n).

    Parameters
    ----------
    n : int
        Length of the transform.

    Returns
    -------
    ndarray, (n, n), complex

    References
    ----------
    Chapter 02, section 2: the table of factors.

    Examples
    --------
    >>> dft_matrix(2).real
    array([[ 1.,  1.],
           [ 1., -1.]])
    """
    k = np.arange(n)
    # k * m modulo n is the same angle, kept small: of large ones cos and sin lose digits.
    return np.exp(-2j * np.pi * (np.outer(k, k) % n) / n)


@arguments.checks(x=partial(arguments.signal, allow_complex=True))
def dft(x):
    """The discrete Fourier transform by its definition,
    X[k] = sum over m of x[m] exp(-2j pi k m / n).

    Parameters
    ----------
    x : array_like, (..., n)
        Real or complex.

    Returns
    -------
    ndarray, (..., n), complex
        Bin k is frequency k * sr / n; costs n^2 multiplications.

    References
    ----------
    Chapter 02, equation 3.

    Examples
    --------
    >>> dft([1.0, 0.0, 0.0, 0.0]).real
    array([1., 1., 1., 1.])
    """
    return x @ dft_matrix(x.shape[-1])


def _power_of_two(x):
    if (n := x.shape[-1]) & (n - 1):
        raise ArgumentError(
            f"x has {n} samples; wanted a power of two. Pad with zeros, or use np.fft.fft"
        )


@arguments.checks(_power_of_two, x=partial(arguments.signal, allow_complex=True))
def fft(x):
    """The same transform by divide and conquer: two halves, then one butterfly.

    Parameters
    ----------
    x : array_like, (..., n)
        Real or complex, n a power of two.

    Returns
    -------
    ndarray, (..., n), complex
        Equal to `dft`, in n log2(n) multiplications.

    References
    ----------
    Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965.
    Chapter 02, equation 7.

    Examples
    --------
    >>> fft([1.0, 0.0, 0.0, 0.0]).real
    array([1., 1., 1., 1.])
    """
    n = x.shape[-1]
    if n == 1:
        return x.astype(complex)
    even, odd = fft(x[..., ::2]), fft(x[..., 1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + turned, even - turned], axis=-1)


# --- the short-time Fourier transform (chapter 02b) ------------------------------------------------------


def _holds_a_frame(y, frame_length):
    if y.shape[-1] < frame_length:
        raise ArgumentError(
            f"y has {y.shape[-1]} samples, less than one frame of {frame_length}: pad it"
        )


# Its samples are not looked at: a view takes no time, and whoever computes with it has looked.
@arguments.checks(
    _holds_a_frame,
    y=partial(arguments.array, min_ndim=1),
    frame_length=arguments.integer,
    hop_length=arguments.integer,
)
def frame(y, *, frame_length, hop_length):
    """Overlapping pieces of a signal, as a view: nothing is copied.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio.
    frame_length : int
        Samples in a frame, at most n.
    hop_length : int
        Samples from the start of one frame to the start of the next.

    Returns
    -------
    ndarray, (..., frame_length, 1 + (n - frame_length) // hop_length), read-only
        Frame i holds y[i * hop_length : i * hop_length + frame_length]. As librosa.util.frame.

    References
    ----------
    Chapter 02b, section 1.

    Examples
    --------
    >>> frame(np.arange(5.0), frame_length=3, hop_length=2)
    array([[0., 2.],
           [1., 3.],
           [2., 4.]])
    """
    windows = np.lib.stride_tricks.sliding_window_view(y, frame_length, axis=-1)
    return windows[..., ::hop_length, :].swapaxes(-1, -2)


@arguments.checks(frames=partial(arguments.array, min_ndim=2), hop_length=arguments.integer)
def overlap_add(frames, *, hop_length):
    """Lay frames one hop apart and add them up: the reverse of `frame`.

    Parameters
    ----------
    frames : array_like, (..., frame_length, n_frames)
    hop_length : int
        Samples from the start of one frame to the start of the next.

    Returns
    -------
    ndarray, (..., frame_length + hop_length * (n_frames - 1))

    References
    ----------
    Chapter 02b, equation 3. Works a hop-long slice of all frames at a time, so the loop is short.

    Examples
    --------
    >>> overlap_add(np.ones((4, 3)), hop_length=2)
    array([1., 1., 2., 2., 2., 2., 1., 1.])
    """
    *batch, frame_length, n_frames = frames.shape
    n_slices = -(-frame_length // hop_length)
    y = np.zeros((*batch, n_frames + n_slices - 1, hop_length), dtype=frames.dtype)
    for i in range(n_slices):
        piece = frames[..., i * hop_length : (i + 1) * hop_length, :].swapaxes(-1, -2)
        y[..., i : i + n_frames, : piece.shape[-1]] += piece
    return y.reshape(*batch, -1)[..., : frame_length + hop_length * (n_frames - 1)]


def _fits_in_frame(win_length, n_fft):
    if win_length is not None:
        arguments.integer(win_length, "win_length", high=n_fft)


@arguments.checks(
    _fits_in_frame, y=arguments.signal, n_fft=arguments.integer, hop_length=arguments.integer
)
def stft(
    y,
    *,
    n_fft=2048,
    hop_length=None,
    win_length=None,
    window="hann",
    center=True,
    pad_mode="constant",
):
    """Short-time Fourier transform: a spectrum of each windowed frame.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio.
    n_fft : int
        Length of a frame and of its FFT, samples.
    hop_length : int or None
        Samples between frames; None: win_length // 4.
    win_length : int or None
        Length of the window, at most n_fft; None: n_fft. A shorter one stands in the middle of zeros.
    window : str, tuple or array_like
        See `get_window` (periodic).
    center : bool
        Pad n_fft // 2 on both sides, so that frame i is centred on sample i * hop_length.
    pad_mode : str
        How to pad, as np.pad: "constant" (zeros) as librosa, "reflect" as torch.

    Returns
    -------
    ndarray, (..., 1 + n_fft // 2, n_frames), complex
        n_frames = 1 + n // hop_length when centred (n_fft even). As librosa.stft.

    Raises
    ------
    arguments.ArgumentError
        A frame longer than the signal (center=False), a window longer than the frame, a hop below 1.

    References
    ----------
    Allen, "Short term spectral analysis, synthesis, and modification by discrete Fourier transform", 1977.
    Chapter 02b, equation 1.

    Examples
    --------
    >>> stft(np.ones(4000), n_fft=512).shape
    (257, 32)
    """
    win_length = n_fft if win_length is None else win_length
    hop_length = win_length // 4 if hop_length is None else hop_length
    w = pad_center(get_window(window, win_length), size=n_fft).astype(y.dtype)
    if center:
        sides = [(0, 0)] * (y.ndim - 1) + [(n_fft // 2, n_fft // 2)]
        y = np.pad(y, sides, mode=pad_mode)
    frames = frame(y, frame_length=n_fft, hop_length=hop_length).swapaxes(-1, -2)
    S = np.empty((*frames.shape[:-1], 1 + n_fft // 2), dtype=np.result_type(y, 1j))
    # a block of frames at a time stays in the processor's cache
    for i in range(0, frames.shape[-2], 64):
        S[..., i : i + 64, :] = scipy.fft.rfft(w * frames[..., i : i + 64, :])
    return S.swapaxes(-1, -2)


def _is_stft(S, n_fft, win_length):
    if S.dtype.kind != "c" or S.ndim < 2:
        raise ArgumentError(
            f"S is {S.dtype} of shape {S.shape}; wanted a complex STFT "
            "(..., freq, frames). A magnitude alone? Try griffin_lim"
        )
    if n_fft is not None and S.shape[-2] != 1 + n_fft // 2:
        raise ArgumentError(f"S has {S.shape[-2]} bins; n_fft = {n_fft} has {1 + n_fft // 2}")
    _fits_in_frame(win_length, 2 * (S.shape[-2] - 1) if n_fft is None else n_fft)


@arguments.checks(
    _is_stft,
    S=arguments.array,
    n_fft=arguments.integer,
    hop_length=arguments.integer,
    length=arguments.integer,
)
def istft(
    S, *, hop_length=None, win_length=None, n_fft=None, window="hann", center=True, length=None
):
    """Inverse STFT: the signal whose STFT is nearest to S in the least-squares sense.

    Parameters
    ----------
    S : array_like, (..., 1 + n_fft // 2, n_frames), complex
    hop_length, win_length, n_fft, window, center
        As they were given to `stft`; n_fft None: 2 * (number of bins - 1).
    length : int or None
        Cut or pad the result to so many samples; None: what the frames cover.

    Returns
    -------
    ndarray, (..., n)
        sum of w * ifft(S) over frames / sum of w^2 over frames. As librosa.istft.

    Raises
    ------
    arguments.ArgumentError
        S is real (a magnitude has lost its phase: use griffin_lim), or the arguments do not fit together.

    References
    ----------
    Griffin and Lim, "Signal estimation from modified short-time Fourier transform", 1984, equation 6.
    Chapter 02b, equation 3.

    Examples
    --------
    >>> y = np.sin(np.arange(4000) / 10)
    >>> bool(np.abs(istft(stft(y), length=4000) - y).max() < 1e-12)
    True
    """
    n_fft = 2 * (S.shape[-2] - 1) if n_fft is None else n_fft
    win_length = n_fft if win_length is None else win_length
    hop_length = win_length // 4 if hop_length is None else hop_length
    start = n_fft // 2 if center else 0
    if length is not None:  # frames that start after the end add nothing
        S = S[..., : max(1, -(-(length + 2 * start) // hop_length))]
    w = pad_center(get_window(window, win_length), size=n_fft).astype(S.real.dtype)
    n_frames = S.shape[-1]
    y = np.zeros((*S.shape[:-2], n_fft + hop_length * (n_frames - 1)), dtype=w.dtype)
    for i in range(0, n_frames, 64):  # a block of frames at a time stays in the processor's cache
        frames = w * scipy.fft.irfft(S[..., i : i + 64].swapaxes(-1, -2), n=n_fft)
        block = overlap_add(frames.swapaxes(-1, -2), hop_length=hop_length)
        y[..., i * hop_length : i * hop_length + block.shape[-1]] += block
    weight = overlap_add(np.broadcast_to(w[:, None] ** 2, (n_fft, n_frames)), hop_length=hop_length)
    covered = weight > np.finfo(weight.dtype).tiny
    y[..., covered] /= weight[covered]
    stop = y.shape[-1] - start if length is None else start + length
    y = y[..., start:stop]
    missing = 0 if length is None else length - y.shape[-1]
    return np.pad(y, [(0, 0)] * (y.ndim - 1) + [(0, missing)])


def _at_least_its_own(y, size):
    arguments.integer(size, "size", low=len(y))


@arguments.checks(_at_least_its_own, y=arguments.array)
def pad_center(y, *, size):
    """Put y in the middle of `size` zeros.

    Parameters
    ----------
    y : array_like, (n,)
    size : int
        At least n.

    Returns
    -------
    ndarray, (size,)

    Examples
    --------
    >>> pad_center(np.ones(2), size=5)
    array([0., 1., 1., 0., 0.])
    """
    before = (size - len(y)) // 2
    return np.pad(y, (before, size - len(y) - before))


@arguments.checks(hop_length=arguments.integer)
def cola(window, *, win_length, hop_length):
    """How evenly windows one hop apart add up (constant overlap-add).

    Parameters
    ----------
    window : str, tuple or array_like
        See `get_window`.
    win_length, hop_length : int
        Samples.

    Returns
    -------
    total : ndarray, (hop_length,)
        One period of sum over i of w[n - i * hop_length].
    ripple : float
        (max - min) / mean of it; below 1e-12 the pair is COLA.

    References
    ----------
    Allen, 1977. Chapter 02b, equation 4.

    Examples
    --------
    >>> bool(cola("hann", win_length=1024, hop_length=256)[1] < 1e-12)
    True
    """
    w = get_window(window, win_length)
    n_slices = -(-win_length // hop_length)
    padded = np.pad(w, (0, n_slices * hop_length - win_length))
    total = padded.reshape(n_slices, hop_length).sum(axis=0)
    return total, float(np.ptp(total) / total.mean())


# --- decibels (chapters 01 to 02b) -----------------------------------------------------------------------


@arguments.checks(
    S=partial(arguments.power, mend="np.abs(S) ** 2"),
    amin=partial(arguments.real, above=0),
    top_db=arguments.optional(arguments.real, low=0),
)
def power_to_db(S, *, ref=1.0, amin=1e-10, top_db=80.0):
    """Power to decibels, 10 log10(S / ref), with a floor.

    Parameters
    ----------
    S : array_like
        Power (a squared magnitude), 0 or more.
    ref : float or callable
        What 0 dB is; np.max puts the loudest at 0 dB.
    amin : float
        Smaller powers count as this: log of 0 has no value.
    top_db : float or None
        Nothing is shown more than this far below the loudest; None: no limit.

    Returns
    -------
    ndarray
        Level, dB; float32 if S is. As librosa.power_to_db.

    References
    ----------
    Chapter 01, equation 7.

    Examples
    --------
    >>> power_to_db(np.array([1.0, 0.1, 0.0]))
    array([  0., -10., -80.])
    """
    reference = np.abs(ref(S) if callable(ref) else ref)
    db = 10 * np.log10(np.maximum(amin, S))
    db = db - (10 * np.log10(np.maximum(amin, reference))).astype(db.dtype)
    return db if top_db is None else np.maximum(db, db.max() - top_db)


@arguments.checks(amin=partial(arguments.real, above=0))
def amplitude_to_db(S, *, ref=1.0, amin=1e-5, top_db=80.0):
    """Amplitude to decibels, 20 log10(|S| / ref), with a floor.

    Parameters
    ----------
    S : array_like
        Amplitude or magnitude; of a complex S the magnitude is taken.
    ref, amin, top_db
        As in `power_to_db`, in units of amplitude.

    Returns
    -------
    ndarray
        Level, dB. As librosa.amplitude_to_db.

    References
    ----------
    Chapter 01, equation 7.

    Examples
    --------
    >>> amplitude_to_db(np.array([1.0, 0.1]))
    array([  0., -20.])
    """
    magnitude = np.abs(np.asarray(S))
    reference = np.abs(ref(magnitude) if callable(ref) else ref)
    return power_to_db(magnitude**2, ref=reference**2, amin=amin**2, top_db=top_db)


def db_to_power(db, *, ref=1.0):
    """Decibels to power, ref * 10^(db / 10).

    Examples
    --------
    >>> float(db_to_power(-10.0))
    0.1
    """
    return ref * 10.0 ** (np.asarray(db) / 10)


def db_to_amplitude(db, *, ref=1.0):
    """Decibels to amplitude, ref * 10^(db / 20).

    Examples
    --------
    >>> float(db_to_amplitude(-20.0))
    0.1
    """
    return ref * 10.0 ** (np.asarray(db) / 20)


# --- a phase for a magnitude (chapter 02b) ---------------------------------------------------------------


@arguments.checks(S=partial(arguments.power, mend="np.abs(S)", kind="magnitude"))
def griffin_lim(
    S,
    *,
    rng,
    n_iter=32,
    hop_length=None,
    win_length=None,
    n_fft=None,
    window="hann",
    center=True,
    length=None,
    momentum=0.99,
):
    """A signal whose STFT magnitude is near S:
    guess the phase, and let each STFT correct the guess.

    Parameters
    ----------
    S : array_like, (..., freq, frames)
        Magnitude, 0 or more.
    rng : np.random.Generator
        Draws the first phases.
    n_iter : int
        Rounds.
    hop_length, win_length, n_fft, window, center, length
        As in `istft`.
    momentum : float
        How far each step goes beyond where it should land. 0: the original algorithm; 0.99: the fast one.

    Returns
    -------
    ndarray, (..., n)

    References
    ----------
    Griffin and Lim, 1984; Perraudin, Balazs and Sondergaard, "A fast Griffin-Lim algorithm", 2013. Chapters 02, 14.

    Examples
    --------
    >>> S = np.abs(stft(np.sin(np.arange(4000) / 10)))
    >>> griffin_lim(S, rng=np.random.default_rng(0), n_iter=2).shape
    (3584,)
    """
    n_fft = 2 * (S.shape[-2] - 1) if n_fft is None else n_fft
    how = dict(
        hop_length=hop_length, win_length=win_length, n_fft=n_fft, window=window, center=center
    )
    guess = S * np.exp(2j * np.pi * rng.random(S.shape))
    previous = np.zeros_like(guess)
    for _ in range(n_iter):
        rebuilt = stft(istft(guess, **how), **how)
        ahead = rebuilt + momentum * (rebuilt - previous)
        guess = S * np.exp(1j * np.angle(ahead))
        previous = rebuilt
    return istft(guess, length=length, **how)
