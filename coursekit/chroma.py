"""From frequency to pitch class: the chroma filter bank, tuning, and the constant-Q transform. Chapter 03.

Functions that librosa also has take the same arguments with the same defaults, and give the same numbers; only the
sample rate has no default. (librosa.filters.chroma rounds to float32 unless it is asked for dtype=np.float64; ours is
float64, and a float32 signal gives float32 features.) `constant_q` is 0.6 % from librosa.cqt: its notes say why.
"""

from functools import partial

import numpy as np

from . import arguments, audio, dsp, units

# --- twelve pitch classes from an STFT -------------------------------------------------------------------


def _octaves_count(ctroct, octwidth):
    if octwidth is not None:
        arguments.real(octwidth, "octwidth", above=0)
        arguments.real(ctroct, "ctroct")


@arguments.checks(
    _octaves_count,
    sr=arguments.sample_rate,
    n_fft=partial(arguments.integer, low=2),
    n_chroma=arguments.integer,
    tuning=arguments.real,
)
def chroma_filterbank(
    *, sr, n_fft, n_chroma=12, tuning=0.0, ctroct=5.0, octwidth=2, norm=2, base_c=True
):
    """Which pitch class does a bin belong to? A bump around each, the same in every octave.

    Parameters
    ----------
    sr : float
        Sample rate, Hz.
    n_fft : int
        Length of the FFT, samples; 2 or more.
    n_chroma : int
        Pitch classes in an octave.
    tuning : float
        How far the A lies above 440 Hz, in steps of the scale (semitones, for 12).
    ctroct, octwidth : float
        Centre and width (standard deviation) of the octaves that count, in octaves above 27.5 Hz (A0); octwidth None:
        all count alike.
    norm : float, np.inf or None
        Each bin's weights have this norm 1, before the octaves are weighted; None: as they are.
    base_c : bool
        True: row 0 is C. False: row 0 is A.

    Returns
    -------
    ndarray, (n_chroma, 1 + n_fft // 2), float64
        chroma_filterbank(...) @ power. As librosa.filters.chroma(..., dtype=np.float64).

    References
    ----------
    Ellis, "Chroma feature analysis and synthesis", 2007. Chapter 03, equation 16.

    Examples
    --------
    >>> W = chroma_filterbank(sr=22050, n_fft=4096)
    >>> W.shape, int(W[:, round(440 * 4096 / 22050)].argmax())  # 440 Hz: A, nine semitones above C
    ((12, 2049), 9)
    """
    a0 = 27.5 * 2 ** (tuning / n_chroma)
    position = n_chroma * np.log2(np.arange(1, n_fft) * sr / n_fft / a0)  # in steps above A0
    position = np.append(position[0] - 1.5 * n_chroma, position)  # 0 Hz: far below
    width = np.append(np.maximum(np.diff(position), 1), 1)  # low bins are wider than a step
    half = np.round(n_chroma / 2)
    # round the circle: from -half to half
    distance = (position - np.arange(n_chroma)[:, None] + half) % n_chroma - half
    W = normalize_columns(np.exp(-0.5 * (2 * distance / width) ** 2), norm=norm)
    if octwidth is not None:
        W *= np.exp(-0.5 * ((position / n_chroma - ctroct) / octwidth) ** 2)
    if base_c:
        W = np.roll(W, -3 * (n_chroma // 12), axis=0)
    return np.ascontiguousarray(W[:, : 1 + n_fft // 2])


def _norm(norm, name):
    return norm if norm is None or norm == np.inf else arguments.real(norm, name, above=0)


@arguments.checks(norm=_norm)
def normalize_columns(x, *, norm=np.inf):
    """Each column divided by its norm; a column of zeros stays as it is, and never becomes NaN.

    Parameters
    ----------
    x : ndarray, (..., rows, columns)
    norm : float, np.inf or None
        np.inf: the largest absolute value becomes 1; 2: the length; 1: the sum; None: nothing is done.

    Returns
    -------
    ndarray, (..., rows, columns)
        As librosa.util.normalize(x, norm=norm, axis=-2).

    Examples
    --------
    >>> normalize_columns(np.array([[1.0, 0.0], [-4.0, 0.0]]))
    array([[ 0.25,  0.  ],
           [-1.  ,  0.  ]])
    """
    if norm is None:
        return x
    length = np.linalg.norm(x, ord=norm, axis=-2, keepdims=True)
    return x / np.where(length < np.finfo(length.dtype).tiny, 1, length)


def chroma_stft(
    y,
    *,
    sr,
    norm=np.inf,
    n_fft=2048,
    hop_length=512,
    win_length=None,
    window="hann",
    center=True,
    pad_mode="constant",
    tuning=None,
    n_chroma=12,
    **how,
):
    """Power in each pitch class, frame by frame: the filter bank times |STFT|^2.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio; each channel by itself, but one tuning for all.
    sr : float
        Sample rate, Hz.
    norm : float, np.inf or None
        As in `normalize_columns`: by default the strongest pitch class of each frame is 1.
    n_fft, hop_length, win_length, window, center, pad_mode
        As in `dsp.stft`.
    tuning : float or None
        In steps of the scale; None: `estimate_tuning` of this signal (of its power, as librosa does).
    n_chroma : int
        Pitch classes in an octave.
    **how
        ctroct=5.0, octwidth=2, base_c=True, as in `chroma_filterbank`.

    Returns
    -------
    ndarray, (..., n_chroma, n_frames)
        Row 0 is C. As librosa.feature.chroma_stft(..., dtype=np.float64). Silent frames are 0.

    References
    ----------
    Fujishima, "Realtime chord recognition of musical sound", 1999. Chapter 03, equation 17.

    Examples
    --------
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> chroma_stft(y, sr=22050, tuning=0.0).argmax(axis=0)[:5]
    array([9, 9, 9, 9, 9])
    """
    S = dsp.stft(
        y,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    power = np.abs(S) ** 2
    if tuning is None:
        tuning = estimate_tuning(S=power, sr=sr, n_fft=n_fft, bins_per_octave=n_chroma)
    W = chroma_filterbank(sr=sr, n_fft=n_fft, tuning=tuning, n_chroma=n_chroma, **how)
    return normalize_columns(W.astype(power.dtype) @ power, norm=norm)


# --- tuning ----------------------------------------------------------------------------------------------


def _y_or_S(y, S):
    arguments.either(y, S, "S")


@arguments.checks(
    _y_or_S,
    S=partial(arguments.frames, strength=True),
    n_fft=arguments.integer,
    fmin=arguments.real,
    fmax=arguments.real,
    threshold=partial(arguments.real, low=0),
)
def piptrack(y=None, *, sr, S=None, n_fft=2048, fmin=150.0, fmax=4000.0, threshold=0.1, **how):
    """The peaks of each spectrum, and where between the bins they lie: the top of a parabola.

    Parameters
    ----------
    y : array_like, (..., n), or None
        Audio.
    sr : float
        Sample rate, Hz.
    S : array_like, (..., freq, frames), or None
        A magnitude (or power) spectrogram, instead of y.
    n_fft : int
        Length of the FFT; where S has not 1 + n_fft // 2 rows, the even length that fits is taken.
    fmin, fmax : float
        Peaks at bins from fmin up to, but without, fmax count, Hz.
    threshold : float
        Lower peaks than this, relative to the frame's highest value, do not count.
    **how
        hop_length, win_length, window, center, pad_mode, as in `dsp.stft`.

    Returns
    -------
    pitches, magnitudes : ndarray, (..., freq, frames)
        Frequency (Hz) and height of the peak at each bin that is higher than its left and not lower than its right
        neighbour; 0 at all others. As librosa.piptrack. Silence has no peaks.

    References
    ----------
    Smith, Spectral Audio Signal Processing, 2011, "Quadratic interpolation of spectral peaks".
    Chapter 03, equation 18.

    Examples
    --------
    >>> S = np.array([0.0, 1.0, 3.0, 2.0, 0.0])[:, None]
    >>> pitches, magnitudes = piptrack(S=S, sr=8000)
    >>> pitches.ravel().round(1), magnitudes.ravel().round(3)
    (array([   0. ,    0. , 2166.7,    0. ,    0. ]), array([0.   , 0.   , 3.042, 0.   , 0.   ]))
    """
    S = np.abs(dsp.stft(y, n_fft=n_fft, **how)) if S is None else S
    if S.shape[-2] < 3:
        raise arguments.ArgumentError(
            f"S has shape {S.shape}; wanted (..., freq, frames), "
            "with three bins or more for a peak to have neighbours"
        )
    if S.shape[-2] != 1 + n_fft // 2:
        n_fft = 2 * (S.shape[-2] - 1)
    f = units.fft_frequencies(sr=sr, n_fft=n_fft)[1:-1, None]
    middle = S[..., 1:-1, :]
    left, right = middle - S[..., :-2, :], S[..., 2:, :] - middle  # the slopes to both sides
    highest = S.max(axis=-2, keepdims=True)
    peak = (left > 0) & (right <= 0) & (middle > threshold * highest) & (fmin <= f) & (f < fmax)
    up, down = left[peak], right[peak]
    shift = 0.5 * (up + down) / (up - down)  # in bins, from -1/2 to 1/2
    pitches, magnitudes = np.zeros_like(S), np.zeros_like(S)
    pitches[..., 1:-1, :][peak] = (np.nonzero(peak)[-2] + 1 + shift) * sr / n_fft
    magnitudes[..., 1:-1, :][peak] = middle[peak] + 0.25 * (up + down) * shift
    return pitches, magnitudes


@arguments.checks(
    resolution=partial(arguments.real, above=0, high=1), bins_per_octave=arguments.integer
)
def pitch_tuning(frequencies, *, resolution=0.01, bins_per_octave=12):
    """How far frequencies lie beside the scale on 440 Hz: the fullest bin of a histogram.

    Parameters
    ----------
    frequencies : array_like
        Hz; values of 0, and NaN, where there is no pitch, are left out.
    resolution : float
        Width of the histogram's bins, steps of the scale.
    bins_per_octave : int
        Steps in an octave.

    Returns
    -------
    float
        Steps of the scale, from -0.5 up to, but without, 0.5. As librosa.pitch_tuning; 0 for no frequencies.

    References
    ----------
    Chapter 03, equation 18.

    Examples
    --------
    >>> round(pitch_tuning([443.0, 886.0, 1329.0]), 2)  # 443 Hz: 12 log2(443 / 440) = 0.118
    0.11
    """
    f = np.atleast_1d(frequencies)
    f = f[(f > 0) & (f < np.inf)]
    steps = bins_per_octave * np.log2(f / 27.5)
    beside = steps % 1.0
    beside[beside >= 0.5] -= 1.0  # 0.95 above one note is 0.05 below the next
    edges = np.linspace(-0.5, 0.5, int(np.ceil(1 / resolution)) + 1)
    counts, _ = np.histogram(beside, edges)
    return float(edges[np.argmax(counts)]) if len(f) else 0.0


def estimate_tuning(y=None, *, sr, S=None, n_fft=2048, resolution=0.01, bins_per_octave=12, **how):
    """How far a recording is tuned above 440 Hz: `pitch_tuning` of its stronger peaks.

    Parameters
    ----------
    y : array_like, (..., n), or None
        Audio.
    sr : float
        Sample rate, Hz.
    S : array_like, (..., freq, frames), or None
        A magnitude (or power) spectrogram, instead of y.
    n_fft, resolution, bins_per_octave
        As in `piptrack` and `pitch_tuning`.
    **how
        fmin=150.0, fmax=4000.0, threshold=0.1 and the rest of `piptrack`.

    Returns
    -------
    float
        Steps of the scale, from -0.5 up to, but without, 0.5. As librosa.estimate_tuning; silence gives 0.

    References
    ----------
    Chapter 03, equation 18.

    Examples
    --------
    >>> y = np.sin(2 * np.pi * 443 * np.arange(22050) / 22050)
    >>> round(estimate_tuning(y, sr=22050), 2)  # truly 0.118; a parabola is not quite a Hann window's peak
    0.1
    """
    pitches, magnitudes = piptrack(y, sr=sr, S=S, n_fft=n_fft, **how)
    found = pitches > 0
    typical = np.median(magnitudes[found]) if found.any() else 0.0
    return pitch_tuning(
        pitches[found & (magnitudes >= typical)],
        resolution=resolution,
        bins_per_octave=bins_per_octave,
    )


# --- the constant-Q transform ----------------------------------------------------------------------------


@arguments.checks(
    fmin=partial(arguments.real, above=0),
    n_bins=arguments.integer,
    bins_per_octave=arguments.integer,
)
def constant_q_frequencies(*, fmin=None, n_bins=84, bins_per_octave=12):
    """Centre frequencies in equal musical steps, fmin * 2^(k / bins_per_octave).

    Parameters
    ----------
    fmin : float or None
        The lowest, Hz; None: C1, 32.7 Hz.
    n_bins, bins_per_octave : int
        How many in all, and in an octave.

    Returns
    -------
    ndarray, (n_bins,)
        Hz. As librosa.cqt_frequencies.

    References
    ----------
    Brown, "Calculation of a constant Q spectral transform", 1991, equation 1. Chapter 03, equation 19.

    Examples
    --------
    >>> constant_q_frequencies(fmin=110.0, n_bins=3, bins_per_octave=1)
    array([110., 220., 440.])
    """
    fmin = units.midi_to_hz(24) if fmin is None else fmin
    return fmin * 2.0 ** (np.arange(n_bins) / bins_per_octave)


@arguments.checks(bins_per_octave=arguments.integer, filter_scale=partial(arguments.real, above=0))
def quality(bins_per_octave=12, *, filter_scale=1.0):
    """Frequency over bandwidth, the same for each bin: how many cycles long a kernel is.

    Parameters
    ----------
    bins_per_octave, filter_scale
        As in `constant_q_kernels`.

    Returns
    -------
    float
        Q = filter_scale (r^2 + 1) / (r^2 - 1), with neighbours r = 2^(1 / bins_per_octave) apart. Brown has
        1 / (r - 1), 16.8 for semitones.

    References
    ----------
    Brown, 1991, equation 2. Chapter 03, equation 20.

    Examples
    --------
    >>> round(quality(12), 1)
    17.3
    """
    r = 2 ** (1 / bins_per_octave)
    return filter_scale * (r**2 + 1) / (r**2 - 1)


def _highest_fits(sr, fmin, n_bins, bins_per_octave, filter_scale):
    f = constant_q_frequencies(fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave)
    Q = quality(bins_per_octave, filter_scale=filter_scale)
    if f[-1] * (1 + 0.75 / Q) > sr / 2:  # a Hann window of L samples lets 1.5 sr / L Hz through
        raise arguments.ArgumentError(
            f"the highest bin, {f[-1]:.1f} Hz and its bandwidth, reaches "
            f"beyond sr / 2 = {sr / 2} Hz: fewer n_bins, or a lower fmin"
        )


@arguments.checks(_highest_fits, sr=arguments.sample_rate)
def constant_q_kernels(
    *, sr, fmin=None, n_bins=84, bins_per_octave=12, filter_scale=1.0, window="hann"
):
    """One windowed complex tone a bin, all with the same number of cycles: low tones are long.

    Parameters
    ----------
    sr : float
        Sample rate, Hz.
    fmin, n_bins, bins_per_octave
        As in `constant_q_frequencies`.
    filter_scale : float
        Below 1: shorter kernels, sharper in time and wider in frequency.
    window : str or tuple
        As in `dsp.get_window`.

    Returns
    -------
    kernels : ndarray, (n_bins, N), complex
        Time 0 in column N / 2; N is the power of two that holds the longest. The absolute values of each sum to 1.
        As librosa.filters.wavelet(..., dtype=np.complex128).
    lengths : ndarray, (n_bins,)
        Q sr / f, samples, before they are rounded; Q is the `quality`.

    Raises
    ------
    arguments.ArgumentError
        The highest bin and its bandwidth do not fit below sr / 2.

    References
    ----------
    Brown, 1991, equations 2 to 5. Chapter 03, equations 19 and 20.

    Examples
    --------
    >>> kernels, lengths = constant_q_kernels(sr=22050, fmin=110.0, n_bins=13)
    >>> kernels.shape, lengths[[0, 12]].round(1)  # an octave up: half as long
    ((13, 4096), array([3474.2, 1737.1]))
    """
    f = constant_q_frequencies(fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave)
    lengths = quality(bins_per_octave, filter_scale=filter_scale) * sr / f
    kernels = np.zeros((n_bins, int(2 ** np.ceil(np.log2(lengths.max())))), dtype=complex)
    for k, length in enumerate(lengths):
        n = np.arange(np.floor(-length / 2), np.floor(length / 2))
        w = dsp.get_window(window, len(n))
        tone = np.exp(2j * np.pi * f[k] * n / sr)
        kernels[k] = dsp.pad_center(w / np.abs(w).sum() * tone, size=kernels.shape[1])
    return kernels, lengths


@arguments.checks(y=arguments.signal, sr=arguments.sample_rate, hop_length=arguments.integer)
def constant_q(
    y, *, sr, hop_length=512, fmin=None, n_bins=84, bins_per_octave=12, filter_scale=1.0
):
    """A spectrum in equal musical steps: each bin is a filter whose response is its kernel.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio; zeros are assumed before and after.
    sr : float
        Sample rate, Hz.
    hop_length : int
        Samples from one frame to the next. Rich in factors of two (512, not 441): see the notes.
    fmin, n_bins, bins_per_octave, filter_scale
        As in `constant_q_kernels`.

    Returns
    -------
    ndarray, (..., n_bins, 1 + n // hop_length), complex
        C[k, i] = sqrt(length_k) * sum over m of kernel_k[m] y[i * hop_length - m]. A tone of amplitude a at the centre
        of a bin gives a / 2 * sqrt(length_k); white noise is equally strong in all bins.

    Notes
    -----
    The lower octaves are computed from the signal at half, a quarter, ... of the rate, for as long as ten samples a
    cycle are left and the hop is even: the low kernels would be thousands of samples long. At a lower rate a
    kernel's length is rounded to whole samples more coarsely: 1.2 % from the sum above (norm of the difference over
    norm, on noise). With an odd hop nothing is halved, and the sum is computed as it stands.

    librosa.cqt halves too, and also sets to 0 the smallest values of each kernel's spectrum, 1 % of their sum: 0.6 %
    between the two (0.006 % without that: sparsity=0). Where they halve at different octaves (a top bin far from
    sr / 5, as at 16 kHz), it is up to 2.5 %, and ours is the nearer one to the sum above.

    References
    ----------
    Brown, 1991; Schoerkhuber and Klapuri, "Constant-Q transform toolbox for music processing", 2010 (the lower
    rates). Chapter 03, equation 21.

    Examples
    --------
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> C = np.abs(constant_q(y, sr=22050))
    >>> C.shape, int(C[:, 20].argmax())  # A4: three octaves and nine semitones above C1
    ((84, 44), 45)
    """
    rate, hop = sr, hop_length
    f = constant_q_frequencies(fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave)
    n_frames = 1 + y.shape[-1] // hop
    C = np.empty((*y.shape[:-1], n_bins, n_frames), dtype=np.result_type(y, 1j))
    for high in range(n_bins, 0, -bins_per_octave):  # octave by octave, from the top
        low = max(0, high - bins_per_octave)
        while hop % 2 == 0 and f[high - 1] < rate / 10:
            y, rate, hop = audio.resample(y, orig_sr=2, target_sr=1), rate / 2, hop // 2
        kernels, lengths = constant_q_kernels(
            sr=rate,
            fmin=f[low],
            n_bins=high - low,
            bins_per_octave=bins_per_octave,
            filter_scale=filter_scale,
        )
        half = kernels.shape[1] // 2
        sides = [(0, 0)] * (y.ndim - 1) + [(half - 1, half + hop)]
        frames = dsp.frame(np.pad(y, sides), frame_length=2 * half, hop_length=hop)[..., :n_frames]
        backwards = (np.sqrt(lengths * sr / rate)[:, None] * kernels[:, ::-1]).astype(C.dtype)
        for i in range(0, n_frames, 128):  # a block of frames at a time, to save memory
            C[..., low:high, i : i + 128] = backwards @ frames[..., i : i + 128]
    return C


def _steps_divide(n_chroma, bins_per_octave):
    if bins_per_octave % n_chroma:
        raise arguments.ArgumentError(
            f"bins_per_octave = {bins_per_octave}; wanted a multiple of n_chroma = {n_chroma}"
        )


@arguments.checks(
    _steps_divide,
    n_input=arguments.integer,
    bins_per_octave=arguments.integer,
    n_chroma=arguments.integer,
)
def cq_to_chroma(n_input, *, bins_per_octave=12, n_chroma=12, fmin=None, base_c=True):
    """Which pitch class does a constant-Q bin belong to? The nearest, with weight 1.

    Parameters
    ----------
    n_input : int
        Bins of the constant-Q transform.
    bins_per_octave : int
        A multiple of n_chroma.
    n_chroma : int
        Pitch classes in an octave.
    fmin : float or None
        Frequency of the lowest bin, Hz; None: C1.
    base_c : bool
        True: row 0 is C. False: row 0 is A.

    Returns
    -------
    ndarray, (n_chroma, n_input), float64
        cq_to_chroma(...) @ abs(constant_q(...)). As librosa.filters.cq_to_chroma.

    References
    ----------
    Chapter 03, equation 22.

    Examples
    --------
    >>> cq_to_chroma(3, bins_per_octave=24).argmax(axis=0)  # C, half way to C sharp, C sharp
    array([0, 1, 1])
    """
    n_merge = bins_per_octave // n_chroma
    fmin = constant_q_frequencies(fmin=fmin, n_bins=1)[0]
    first = units.hz_to_midi(fmin) % 12 - (0 if base_c else 9)
    k = np.arange(n_input)
    row = (k + n_merge // 2) // n_merge + int(np.round(first * (n_chroma / 12)))
    W = np.zeros((n_chroma, n_input))
    W[row % n_chroma, k] = 1
    return W


@arguments.checks(
    bins_per_octave=arguments.integer, n_octaves=arguments.integer, tuning=arguments.real
)
def chroma_cqt(
    y,
    *,
    sr,
    hop_length=512,
    fmin=None,
    norm=np.inf,
    tuning=None,
    n_chroma=12,
    n_octaves=7,
    bins_per_octave=36,
):
    """Magnitude in each pitch class, frame by frame, from the constant-Q transform.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio; each channel by itself, but one tuning for all.
    sr : float
        Sample rate, Hz.
    hop_length, fmin, bins_per_octave
        As in `constant_q`.
    norm : float, np.inf or None
        As in `normalize_columns`.
    tuning : float or None
        In steps of 1 / bins_per_octave octave; None: `estimate_tuning` of this signal.
    n_chroma : int
        Pitch classes in an octave.
    n_octaves : int
        Octaves that count, from fmin up.

    Returns
    -------
    ndarray, (..., n_chroma, 1 + n // hop_length)
        Row 0 is C. As librosa.feature.chroma_cqt, but for what the notes of `constant_q` say. Silent frames are 0.

    References
    ----------
    Chapter 03, equation 22.

    Examples
    --------
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> chroma_cqt(y, sr=22050, tuning=0.0).argmax(axis=0)[:5]
    array([9, 9, 9, 9, 9])
    """
    if tuning is None:
        tuning = estimate_tuning(y, sr=sr, bins_per_octave=bins_per_octave)
    lowest = constant_q_frequencies(fmin=fmin, n_bins=1)[0]
    n_bins = n_octaves * bins_per_octave
    C = constant_q(
        y,
        sr=sr,
        hop_length=hop_length,
        n_bins=n_bins,
        fmin=lowest * 2 ** (tuning / bins_per_octave),
        bins_per_octave=bins_per_octave,
    )
    W = cq_to_chroma(n_bins, bins_per_octave=bins_per_octave, n_chroma=n_chroma, fmin=lowest)
    return normalize_columns(W.astype(C.real.dtype) @ np.abs(C), norm=norm)


# --- and back, for listening -----------------------------------------------------------------------------


def _one_frequency_a_row(amplitudes, frequencies, sr):
    f = frequencies
    if amplitudes.ndim != 2 or f.shape != amplitudes.shape[:1]:
        raise arguments.ArgumentError(
            f"amplitudes has shape {amplitudes.shape}, frequencies {f.shape}; "
            "wanted (rows, frames) and (rows,)"
        )
    if not np.all((f > 0) & (f < sr / 2)):
        raise arguments.ArgumentError(
            f"frequencies go from {f.min()} to {f.max()} Hz; "
            f"wanted above 0 and below sr / 2 = {sr / 2}"
        )


@arguments.checks(
    _one_frequency_a_row,
    amplitudes=arguments.frames,
    frequencies=arguments.array,
    sr=arguments.sample_rate,
    hop_length=arguments.integer,
)
def sines(amplitudes, *, frequencies, sr, hop_length=512):
    """A sine for each row, as loud as the row says: to hear what a feature has kept.

    Parameters
    ----------
    amplitudes : array_like, (rows, frames)
        0 or more: chroma, or the magnitude of a constant-Q transform.
    frequencies : array_like, (rows,)
        Hz, below sr / 2. For a chroma: units.midi_to_hz(60 + np.arange(12)), the octave from middle C; for a
        constant-Q transform: `constant_q_frequencies`.
    sr : float
        Sample rate, Hz.
    hop_length : int
        Samples from one frame to the next; between frames the amplitude goes in a straight line.

    Returns
    -------
    ndarray, (hop_length * (frames - 1) + 1,), float64
        The sum of all sines, whatever its peak: nothing is normalised.

    Examples
    --------
    >>> sines(np.eye(12), frequencies=units.midi_to_hz(60 + np.arange(12)), sr=22050).shape
    (5633,)
    """
    at = np.arange(amplitudes.shape[1]) * hop_length
    n = np.arange(at[-1] + 1)
    y = np.zeros(len(n))
    for row, frequency in zip(amplitudes, frequencies, strict=True):
        y += np.interp(n, at, row) * np.sin(2 * np.pi * frequency * n / sr)
    return y
