"""From numbers of samples, bins and frames to seconds and hertz, and back. Chapters 01 to 02b."""

import numpy as np

from . import arguments


@arguments.checks(sr=arguments.sample_rate)
def samples_to_seconds(n, *, sr):
    """Duration in seconds of n samples.

    Parameters
    ----------
    n : int or array
        Number of samples.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    float or array
        n / sr, s.

    Examples
    --------
    >>> float(samples_to_seconds(22050, sr=44100))
    0.5
    """
    return np.asanyarray(n) / sr


@arguments.checks(sr=arguments.sample_rate)
def seconds_to_samples(t, *, sr):
    """The nearest whole number of samples in t seconds.

    Parameters
    ----------
    t : float or array
        Time, s.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    int or array of int
        round(t * sr).

    Examples
    --------
    >>> seconds_to_samples(0.5, sr=44100)
    22050
    """
    n = np.rint(np.asanyarray(t) * sr).astype(int)
    return int(n) if n.ndim == 0 else n


@arguments.checks(n_fft=arguments.integer, sr=arguments.sample_rate)
def fft_frequencies(*, sr, n_fft=2048):
    """Centre frequency of each bin of a real FFT, as librosa.fft_frequencies.

    Parameters
    ----------
    sr : float
        Sample rate, Hz.
    n_fft : int
        Length of the FFT, samples.

    Returns
    -------
    ndarray, (1 + n_fft // 2,)
        k * sr / n_fft, Hz.

    Examples
    --------
    >>> fft_frequencies(sr=8000, n_fft=4)
    array([   0., 2000., 4000.])
    """
    return np.arange(1 + n_fft // 2) * sr / n_fft


@arguments.checks(hop_length=arguments.integer, sr=arguments.sample_rate)
def frames_to_time(frames, *, sr, hop_length=512, n_fft=None):
    """Time of the middle of each frame (center=True), as librosa.frames_to_time.

    Parameters
    ----------
    frames : int or array of int
        Frame numbers.
    sr : float
        Sample rate, Hz.
    hop_length : int
        Samples from one frame to the next.
    n_fft : int or None
        Give it when the frames were not centred (center=False): half a frame is added.

    Returns
    -------
    float or array
        Time, s.

    Examples
    --------
    >>> float(frames_to_time(3, sr=8000, hop_length=400))
    0.15
    """
    offset = 0 if n_fft is None else n_fft // 2
    return (np.asanyarray(frames) * hop_length + offset) / sr


def hz_to_midi(frequency):
    """MIDI note number, 69 at 440 Hz and 12 to the octave, as librosa.hz_to_midi.

    Examples
    --------
    >>> float(hz_to_midi(440.0))
    69.0
    """
    return 12 * np.log2(np.asanyarray(frequency) / 440.0) + 69


def midi_to_hz(note):
    """Frequency in Hz of a MIDI note number, as librosa.midi_to_hz.

    Examples
    --------
    >>> float(midi_to_hz(69))
    440.0
    """
    return 440.0 * 2.0 ** ((np.asanyarray(note) - 69) / 12)
