"""Signals whose truth is known exactly, because we make them. Chapter 01 onward.

Every function returns float64 of shape (n,), n = round(duration * sr), with the peak that `amplitude` names.
"""

import numpy as np
import scipy.signal

from . import arguments, units


def time(*, sr, duration):
    """The instants at which samples are taken.

    Parameters
    ----------
    sr : float
        Sample rate, Hz.
    duration : float
        Length, s.

    Returns
    -------
    ndarray, (n,)
        0, 1/sr, 2/sr ..., s.

    Examples
    --------
    >>> time(sr=4, duration=1)
    array([0.  , 0.25, 0.5 , 0.75])
    """
    arguments.real(duration, "duration", above=0)
    return np.arange(units.seconds_to_samples(duration, sr=sr)) / sr


def sine(frequency, *, sr, duration, amplitude=1.0, phase=0.0):
    """A sinusoid, x[n] = amplitude * sin(2 pi frequency n / sr + phase).

    Parameters
    ----------
    frequency : float
        Hz. Above sr / 2 the samples are those of its alias: that is chapter 01's point, so it is allowed.
    sr : float
        Sample rate, Hz.
    duration : float
        Length, s.
    amplitude : float
        Peak, 1.0 is full scale.
    phase : float
        At time 0, rad.

    Returns
    -------
    ndarray, (n,)

    Examples
    --------
    >>> sine(1.0, sr=4, duration=1).round(3) + 0.0
    array([ 0.,  1.,  0., -1.])
    """
    return amplitude * np.sin(2 * np.pi * frequency * time(sr=sr, duration=duration) + phase)


def chirp(f0, f1, *, sr, duration, amplitude=1.0):
    """A tone that glides linearly from f0 to f1.

    Parameters
    ----------
    f0, f1 : float
        First and last instantaneous frequency, Hz.
    sr, duration, amplitude : float
        As in `sine`.

    Returns
    -------
    ndarray, (n,)
        amplitude * sin(2 pi (f0 t + (f1 - f0) t^2 / (2 duration))).

    Examples
    --------
    >>> chirp(0.0, 100.0, sr=1000, duration=1.0).shape
    (1000,)
    """
    t = time(sr=sr, duration=duration)
    return amplitude * np.sin(2 * np.pi * (f0 * t + (f1 - f0) * t**2 / (2 * duration)))


def harmonic(f0, amplitudes, *, sr, duration):
    """A sum of harmonics k * f0, those at or above sr / 2 left out, so that nothing aliases.

    Parameters
    ----------
    f0 : float
        Fundamental, Hz.
    amplitudes : sequence of float
        Peak of harmonic 1, 2, 3 ...
    sr, duration : float
        Sample rate in Hz, length in s.

    Returns
    -------
    ndarray, (n,)

    Examples
    --------
    >>> y = harmonic(100.0, [1.0, 0.5], sr=8000, duration=0.5)
    >>> y.shape
    (4000,)
    """
    t = time(sr=sr, duration=duration)
    audible = [(k, a) for k, a in enumerate(amplitudes, start=1) if k * f0 < sr / 2]
    return sum((a * np.sin(2 * np.pi * k * f0 * t) for k, a in audible), start=np.zeros_like(t))


def square(frequency, *, sr, duration, amplitude=1.0, band_limited=True):
    """A square wave: with every harmonic below sr / 2 and none above, or naive, by the sign of a sine.

    Parameters
    ----------
    frequency, sr, duration, amplitude : float
        As in `sine`.
    band_limited : bool
        False gives sign(sin), whose harmonics above sr / 2 fold back: an audible mistake, chapter 01.

    Returns
    -------
    ndarray, (n,)
        The band-limited one overshoots `amplitude` by about 9 % of the jump at its edges (Gibbs).

    Examples
    --------
    >>> square(100.0, sr=8000, duration=0.1, band_limited=False).max()
    np.float64(1.0)
    """
    if not band_limited:
        return amplitude * np.sign(sine(frequency, sr=sr, duration=duration))
    n_harmonics = int(sr / 2 / frequency)
    odd = [4 / (np.pi * k) if k % 2 else 0.0 for k in range(1, n_harmonics + 1)]
    return amplitude * harmonic(frequency, odd, sr=sr, duration=duration)


def impulse(*, sr, duration, at=0.0, amplitude=1.0):
    """Silence with one sample at time `at` (s): every frequency at once, at one instant.

    Examples
    --------
    >>> impulse(sr=4, duration=1, at=0.5)
    array([0., 0., 1., 0.])
    """
    y = np.zeros_like(time(sr=sr, duration=duration))
    y[units.seconds_to_samples(arguments.real(at, "at", low=0, below=duration), sr=sr)] = amplitude
    return y


def white_noise(*, sr, duration, rng, amplitude=0.1):
    """Gaussian noise with equal power at all frequencies.

    Parameters
    ----------
    sr, duration : float
        Sample rate in Hz, length in s.
    rng : np.random.Generator
        Where the randomness comes from.
    amplitude : float
        Standard deviation (RMS), 1.0 is full scale.

    Returns
    -------
    ndarray, (n,)

    Examples
    --------
    >>> white_noise(sr=8000, duration=1, rng=np.random.default_rng(0)).shape
    (8000,)
    """
    return amplitude * rng.standard_normal(time(sr=sr, duration=duration).shape)


def pink_noise(*, sr, duration, rng, amplitude=0.1):
    """Gaussian noise whose power falls with 1 / f: equal power in each octave.

    Parameters as in `white_noise`; made by weighting the spectrum of white noise by 1 / sqrt(f).

    Examples
    --------
    >>> pink_noise(sr=8000, duration=1, rng=np.random.default_rng(0)).shape
    (8000,)
    """
    white = white_noise(sr=sr, duration=duration, rng=rng, amplitude=1.0)
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0.0
    pink = np.fft.irfft(spectrum, n=len(white))
    return amplitude * pink / np.sqrt(np.mean(pink**2))


def pluck(frequency, *, sr, duration, rng, amplitude=0.8, damping=0.996):
    """A plucked string by a delay line with a lossy average (Karplus and Strong, 1983).

    Parameters
    ----------
    frequency, sr, duration : float
        Pitch in Hz (rounded to a period of whole samples plus a half), sample rate in Hz, length in s.
    rng : np.random.Generator
        Fills the string with noise at the start.
    amplitude : float
        Peak.
    damping : float
        Loss a period, just under 1.

    Returns
    -------
    ndarray, (n,)

    Examples
    --------
    >>> pluck(220.0, sr=8000, duration=0.5, rng=np.random.default_rng(0)).shape
    (4000,)
    """
    n = len(time(sr=sr, duration=duration))
    period = max(2, int(sr / frequency - 0.5))
    excitation = np.zeros(n)
    excitation[: min(period, n)] = rng.uniform(-1, 1, min(period, n))
    # y[n] = x[n] + damping * (y[n - period] + y[n - period - 1]) / 2, an IIR filter
    feedback = np.zeros(period + 2)
    feedback[0], feedback[period], feedback[period + 1] = 1.0, -damping / 2, -damping / 2
    y = scipy.signal.lfilter([1.0], feedback, excitation)
    return amplitude * y / np.abs(y).max()


def drum_hit(*, sr, duration, rng, amplitude=0.8, pitch=60.0, noise=0.3):
    """A drum-like stroke: a tone that falls to `pitch` (Hz) plus a burst of noise, both dying away.

    Parameters
    ----------
    sr, duration : float
        Sample rate in Hz, length in s.
    rng : np.random.Generator
        For the burst.
    amplitude : float
        Peak.
    pitch : float
        Where the tone settles, Hz: 60 for a bass drum, 180 for a snare.
    noise : float
        Share of the burst, 0 to 1.

    Returns
    -------
    ndarray, (n,)

    Examples
    --------
    >>> drum_hit(sr=8000, duration=0.3, rng=np.random.default_rng(0)).shape
    (2400,)
    """
    t = time(sr=sr, duration=duration)
    falling = 2 * np.pi * np.cumsum(pitch * (1 + 3 * np.exp(-t / 0.02))) / sr
    y = (1 - noise) * np.sin(falling) * np.exp(-t / 0.12) + noise * rng.uniform(
        -1, 1, len(t)
    ) * np.exp(-t / 0.05)
    return amplitude * y / np.abs(y).max()
