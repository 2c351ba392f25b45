"""From sound to a pulse: onset strength, onsets, tempo and beats. Chapter 05.

The beat tracker is that of Ellis, "Beat tracking by dynamic programming", 2007, one function a step. Functions that
librosa also has take the same arguments with the same defaults, and give the same numbers; only the sample rate has
no default. Frame i of an envelope stands at i * hop_length / sr seconds.
"""

from functools import partial

import numpy as np
import scipy.ndimage
import scipy.signal

from . import arguments, dsp, mel, pitch
from .arguments import ArgumentError

# --- what the functions below are given ------------------------------------------------------------------


def _one_channel(x, name, *, min_length=1):
    """A single row of frames, or an error that says what to do with several."""
    x = arguments.frames(x, name, min_ndim=1, min_length=min_length)
    if x.ndim > 1:
        raise ArgumentError(
            f"{name} has shape {x.shape}: several channels. One at a time: mix y down with "
            "y.mean(axis=0), or take each by itself"
        )
    return x


_rows = partial(arguments.frames, min_ndim=1)


def _sound_or_spectrogram(y, S):
    arguments.either(y, S, "S")


def _sound_or_envelope(y, onset_envelope):
    arguments.either(y, onset_envelope, "onset_envelope")


# --- onsets ----------------------------------------------------------------------------------------------


@arguments.checks(
    _sound_or_spectrogram,
    sr=arguments.sample_rate,
    S=arguments.frames,
    lag=arguments.integer,
    max_size=arguments.integer,
    n_fft=arguments.integer,
    hop_length=arguments.integer,
)
def onset_strength(
    y=None,
    *,
    sr,
    S=None,
    lag=1,
    max_size=1,
    detrend=False,
    center=True,
    aggregate=np.mean,
    n_fft=2048,
    hop_length=512,
    **how,
):
    """Spectral flux: how much louder the mel bands have become, in dB, since `lag` frames ago.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio; each channel by itself. (Silence is relative to the loudest of all: nothing lower than 80 dB below it.)
    sr : float
        Sample rate, Hz.
    S : array_like, (..., bands, n_frames), or None
        Instead of y: a spectrogram in dB, of the kind you like.
    lag : int
        Frames to look back.
    max_size : int
        Bands of the earlier frame, side by side, of which the loudest counts: odd, 1 for none. 3 keeps a vibrato,
        that moves from band to band, from looking like onsets (SuperFlux).
    detrend : bool
        Take out the slow part, by y[t] = x[t] - x[t-1] + 0.99 y[t-1].
    center : bool
        Move the envelope by n_fft // (2 * hop_length) frames: frames of the STFT are centred, and see an onset that
        early. The number of frames stays that of S.
    aggregate : callable
        How the bands become one number: np.mean, np.median (as in `beat_track`), np.max.
    n_fft, hop_length, **how
        As in `mel.mel_spectrogram`.

    Returns
    -------
    ndarray, (..., n_frames)
        Mean over bands of max(0, S[t] - S[t - lag]), dB; its first frames are 0. As librosa.onset.onset_strength with
        dtype=np.float64 (which by default rounds the mel filters to single precision). Silence and one sample give
        zeros; a constant gives one onset at its start, 0.004 dB high, where the zeros before it end.

    References
    ----------
    Masri, 1996 (flux); Boeck and Widmer, "Maximum filter vibrato suppression for onset detection", 2013 (max_size).
    Chapter 05, equation 1.

    Examples
    --------
    >>> hits = np.zeros(16000)
    >>> hits[[4000, 12000]] = 1.0
    >>> envelope = onset_strength(hits, sr=16000, n_fft=512, hop_length=160)
    >>> envelope.shape, bool(envelope[20:30].max() > 10 * envelope[40:70].max())
    ((101,), True)
    """
    if S is None:
        S = mel.mel_spectrogram(y, sr=sr, n_fft=n_fft, hop_length=hop_length, **how)
        S = dsp.power_to_db(S).astype(S.dtype)
    before = scipy.ndimage.maximum_filter1d(S, max_size, axis=-2) if max_size > 1 else S
    rise = np.maximum(0, S[..., lag:] - before[..., :-lag])
    late = lag + (n_fft // (2 * hop_length) if center else 0)
    envelope = np.pad(aggregate(rise, axis=-2), [(0, 0)] * (S.ndim - 2) + [(late, 0)])
    if detrend:
        envelope = scipy.signal.lfilter([1.0, -1.0], [1.0, -0.99], envelope).astype(S.dtype)
    return envelope[..., : S.shape[-1]] if center else envelope


@arguments.checks(
    x=_one_channel,
    pre_max=partial(arguments.integer, low=0),
    post_max=arguments.integer,
    pre_avg=partial(arguments.integer, low=0),
    post_avg=arguments.integer,
    delta=partial(arguments.real, low=0),
    wait=partial(arguments.integer, low=0),
)
def peak_pick(x, *, pre_max, post_max, pre_avg, post_avg, delta, wait):
    """Peaks: the largest around, `delta` above the mean around, not too soon after the last.

    Parameters
    ----------
    x : array_like, (n,)
        One curve, such as an onset strength.
    pre_max, post_max : int
        x[i] has to be the largest of x[i - pre_max : i + post_max]; post_max is at least 1.
    pre_avg, post_avg : int
        x[i] has to be at least the mean of x[i - pre_avg : i + post_avg], plus delta; post_avg is at least 1.
    delta : float
        In units of x, 0 or more.
    wait : int
        After a peak at i the next one is at i + wait + 1 or later.

    Returns
    -------
    ndarray of int, (n_peaks,)
        Their positions. Windows end where x does. Equal neighbours are both the largest; the first is taken and the
        other too, if wait = 0. As librosa.util.peak_pick (which rounds delta to single precision, and rounds numbers
        of frames up: here they have to be whole).

    References
    ----------
    Boeck, Krebs and Schedl, "Evaluating the online capabilities of onset detection methods", 2012.
    Chapter 05, equation 2.

    Examples
    --------
    >>> peak_pick([0.0, 1.0, 0.0, 0.0, 3.0, 2.0], pre_max=1, post_max=2, pre_avg=2, post_avg=2, delta=0.5, wait=1)
    array([1, 4])
    """
    padded = np.pad(x, (pre_max, post_max - 1), constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, pre_max + post_max)
    peaks, earliest = [], 0
    for i in np.flatnonzero(x == around.max(axis=-1)):
        if i >= earliest and x[i] >= x[max(0, i - pre_avg) : i + post_avg].mean() + delta:
            peaks.append(i)
            earliest = i + wait + 1
    return np.array(peaks, dtype=int)


@arguments.checks(
    _sound_or_envelope,
    sr=arguments.sample_rate,
    onset_envelope=_rows,
    hop_length=arguments.integer,
    units=partial(arguments.choice, options=("frames", "samples", "time")),
)
def onset_detect(
    y=None,
    *,
    sr,
    onset_envelope=None,
    hop_length=512,
    backtrack=False,
    units="frames",
    normalize=True,
    **peaks,
):
    """Where notes begin: the peaks of the onset strength.

    Parameters
    ----------
    y : array_like, (n,)
        Audio, one channel; for stereo, mix it down or take the channels in turn.
    sr : float
        Sample rate, Hz.
    onset_envelope : array_like, (n_frames,), or None
        Instead of y: the onset strength, made with this hop_length.
    hop_length : int
        Samples from frame to frame.
    backtrack : bool
        Move each onset back to the last minimum before it: where to cut, not where the ear says "now".
    units : str
        "frames", "samples" or "time" (s).
    normalize : bool
        Scale the envelope to [0, 1] first, so that delta = 0.07 means 7 % of the largest onset.
    **peaks
        Other values for `peak_pick`: by default the largest within 30 ms before, 0.07 above the mean
        of 100 ms before and after, and 30 ms after the last.

    Returns
    -------
    ndarray, (n_onsets,)
        As librosa.onset.onset_detect. Silence, one sample, and a constant envelope have none.

    References
    ----------
    Boeck, Krebs and Schedl, 2012; the default values are librosa's, found by search. Chapter 05, equation 2.

    Examples
    --------
    >>> onset_detect(onset_envelope=[0, 0, 9, 1, 0, 0, 0, 5, 0], sr=16000, hop_length=320, units="time")
    array([0.04, 0.14])
    """
    if onset_envelope is None:
        onset_envelope = onset_strength(y, sr=sr, hop_length=hop_length)
    envelope = _one_channel(onset_envelope, "the onset envelope")
    if normalize:
        envelope = envelope - envelope.min()
        envelope = envelope / (envelope.max() + np.finfo(envelope.dtype).tiny)
    short, long = int(0.03 * sr // hop_length), int(0.1 * sr // hop_length)
    rule = dict(pre_max=short, post_max=1, pre_avg=long, post_avg=long + 1, delta=0.07, wait=short)
    onsets = peak_pick(envelope, **(rule | peaks)) if envelope.any() else np.array([], dtype=int)
    if backtrack:
        onsets = onset_backtrack(onsets, envelope)
    samples = onsets * hop_length
    return {"frames": onsets, "samples": samples, "time": samples / sr}[units]


def _has_frames(events, energy):
    return {"events": arguments.indices(events, "events", high=len(energy) - 1)}


@arguments.checks(_has_frames, energy=_one_channel)
def onset_backtrack(events, energy):
    """Each event moved back to the last local minimum of `energy` at or before it.

    Parameters
    ----------
    events : array_like of int, (n_events,)
        Frames.
    energy : array_like, (n_frames,)
        The onset strength, or the RMS.

    Returns
    -------
    ndarray of int, (n_events,)
        Frame 0 for an event with no minimum before it. As librosa.onset.onset_backtrack.

    References
    ----------
    Jehan, Creating Music by Listening, 2005. Chapter 05.

    Examples
    --------
    >>> onset_backtrack([3, 6], [1, 0, 2, 3, 1, 1, 5])
    array([1, 5])
    """
    inner = energy[1:-1]
    minima = np.flatnonzero((inner <= energy[:-2]) & (inner < energy[2:])) + 1
    minima = np.concatenate([[0], minima])
    return minima[np.searchsorted(minima, events, side="right") - 1]


# --- tempo -----------------------------------------------------------------------------------------------


@arguments.checks(
    _sound_or_envelope,
    sr=arguments.sample_rate,
    onset_envelope=_rows,
    hop_length=arguments.integer,
    win_length=arguments.integer,
    norm=partial(arguments.choice, options=(np.inf, None)),
)
def tempogram(
    y=None,
    *,
    sr,
    onset_envelope=None,
    hop_length=512,
    win_length=384,
    center=True,
    window="hann",
    norm=np.inf,
):
    """How like the onset strength around each frame is to itself, some frames later.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio; each channel by itself.
    sr : float
        Sample rate, Hz.
    onset_envelope : array_like, (..., n_frames), or None
        Instead of y: the onset strength, made with this hop_length.
    hop_length : int
        Samples from frame to frame.
    win_length : int
        Frames around each frame that count (384: 8.9 s at 22,050 Hz and a hop of 512).
    center : bool
        The window stands round its frame; at the ends the envelope is led to 0 in a straight line.
    window : str, tuple or array_like
        See `dsp.get_window`.
    norm : float or None
        np.inf: the largest of each frame, at lag 0, becomes 1; None: as it is.

    Returns
    -------
    ndarray, (..., win_length, n_frames)
        Row k is lag k: a period of k frames, 60 sr / (hop_length k) beats a minute (`tempo_frequencies`). As
        librosa.feature.tempogram (which gives float64 for float32 too). Silence gives zeros.

    References
    ----------
    Grosche, Mueller and Kurth, "Cyclic tempogram: a mid-level tempo representation for music signals", 2010.
    Chapter 05, equation 4.

    Examples
    --------
    >>> pulse = np.tile([1.0, 0, 0, 0], 50)
    >>> tempogram(onset_envelope=pulse, sr=100, hop_length=10, win_length=16)[[2, 4], 100].round(2)
    array([0. , 0.67])
    """
    o = onset_envelope
    if o is None:
        o = onset_strength(y, sr=sr, hop_length=hop_length)
    w, n = dsp.get_window(window, win_length), o.shape[-1]
    if center:
        sides = [(0, 0)] * (o.ndim - 1) + [(win_length // 2, win_length // 2)]
        o = np.pad(o, sides, mode="linear_ramp")
    frames = dsp.frame(o, frame_length=win_length, hop_length=1).swapaxes(-1, -2)[..., :n, :]
    R = np.empty(frames.shape, dtype=o.dtype)
    for i in range(0, frames.shape[-2], 64):  # a block of frames stays in the processor's cache
        block = pitch.autocorrelation(w * frames[..., i : i + 64, :])
        if norm is not None:
            largest = np.abs(block).max(axis=-1, keepdims=True)
            block = block / np.where(largest < np.finfo(block.dtype).tiny, 1, largest)
        R[..., i : i + 64, :] = block
    return R.swapaxes(-1, -2)


@arguments.checks(n_bins=arguments.integer, hop_length=arguments.integer, sr=arguments.sample_rate)
def tempo_frequencies(n_bins, *, sr, hop_length=512):
    """Beats a minute of each row of a tempogram, as librosa.tempo_frequencies; row 0: inf.

    Examples
    --------
    >>> tempo_frequencies(5, sr=8000, hop_length=800)
    array([ inf, 600., 300., 200., 150.])
    """
    lags = np.arange(1, n_bins)
    return np.concatenate([[np.inf], 60 * sr / (hop_length * lags)])


def _window_holds_a_tempo(sr, hop_length, ac_size, max_tempo):
    longest = int(ac_size * sr) // hop_length - 1  # lag, frames
    arguments.integer(longest + 1, "ac_size in frames", low=2)  # one lag alone is no tempo
    slowest = 60 * sr / (hop_length * longest)
    if max_tempo is not None and slowest >= arguments.real(max_tempo, "max_tempo", above=0):
        raise ArgumentError(
            f"max_tempo = {max_tempo:g} and ac_size = {ac_size:g} s: "
            f"so short a window holds nothing below {slowest:.1f}"
        )


@arguments.checks(
    _sound_or_envelope,
    _window_holds_a_tempo,
    start_bpm=partial(arguments.real, above=0),
    std_bpm=partial(arguments.real, above=0),
    sr=arguments.sample_rate,
    hop_length=arguments.integer,
    onset_envelope=_rows,
    ac_size=partial(arguments.real, above=0),
)
def tempo(
    y=None,
    *,
    sr,
    onset_envelope=None,
    hop_length=512,
    start_bpm=120.0,
    std_bpm=1.0,
    ac_size=8.0,
    max_tempo=320.0,
    aggregate=np.mean,
):
    """Beats a minute: the lag at which onsets are most like themselves, and likely as a tempo.

    Parameters
    ----------
    y : array_like, (..., n)
        Audio; each channel by itself.
    sr : float
        Sample rate, Hz.
    onset_envelope : array_like, (..., n_frames), or None
        Instead of y: the onset strength, made with this hop_length.
    hop_length : int
        Samples from frame to frame.
    start_bpm : float
        The likeliest tempo before anything is heard.
    std_bpm : float
        Standard deviation of what we expect, in octaves of tempo: 1 lets half and double be e^(-1/2) as likely.
    ac_size : float
        Length of the tempogram's window, s.
    max_tempo : float or None
        Nothing faster, beats a minute.
    aggregate : callable or None
        Of the tempogram over time. None: a tempo for each frame.

    Returns
    -------
    float, or ndarray (...) for several channels, or (..., n_frames) for aggregate=None
        Beats a minute. The same numbers as librosa.feature.tempo, which returns an array with one axis more: of
        shape (1,) for one channel (as does librosa.beat.beat_track since 0.10.2), so that f"{tempo:.1f}" fails
        there. Silence and single samples give what the prior says, 117 at the default rates: there is no evidence
        against it. A negative likeness (a detrended envelope has some) counts as none; librosa makes NaN of it.

    References
    ----------
    Ellis, 2007, equations 5 and 6. Chapter 05, equation 5.

    Examples
    --------
    >>> pulse = np.tile([1.0] + 19 * [0.0], 50)  # every 20 frames of 1/40 s
    >>> tempo(onset_envelope=pulse, sr=8000, hop_length=200)
    120.0
    """
    o = onset_envelope
    if o is None:
        o = onset_strength(y, sr=sr, hop_length=hop_length)
    n = int(ac_size * sr) // hop_length
    R = tempogram(onset_envelope=o.astype(float), sr=sr, hop_length=hop_length, win_length=n)
    if aggregate is not None:
        R = aggregate(R, axis=-1, keepdims=True)
    bpm = tempo_frequencies(n, sr=sr, hop_length=hop_length)
    log_prior = -0.5 * ((np.log2(bpm) - np.log2(start_bpm)) / std_bpm) ** 2
    if max_tempo is not None:
        log_prior[bpm >= max_tempo] = -np.inf
    best = np.argmax(np.log1p(1e6 * np.maximum(R, 0)) + log_prior[:, None], axis=-2)
    if aggregate is None:
        return bpm[best]
    return float(bpm[best[0]]) if best.ndim == 1 else bpm[best[..., 0]]


# --- beats -----------------------------------------------------------------------------------------------


@arguments.checks(
    _sound_or_envelope, sr=arguments.sample_rate, hop_length=arguments.integer, onset_envelope=_rows
)
def beat_track(
    y=None,
    *,
    sr,
    onset_envelope=None,
    hop_length=512,
    start_bpm=120.0,
    tightness=100.0,
    trim=True,
    bpm=None,
):
    """Where the beats are: on strong onsets, and about one period apart.

    Parameters
    ----------
    y : array_like, (n,)
        Audio, one channel; for stereo, mix it down.
    sr : float
        Sample rate, Hz.
    onset_envelope : array_like, (n_frames,), or None
        Instead of y: the onset strength, made with this hop_length. From y it is made with aggregate=np.median.
    hop_length : int
        Samples from frame to frame.
    start_bpm : float
        The likeliest tempo, for `tempo`.
    tightness : float
        How much an uneven beat costs, against a strong onset; Ellis' alpha.
    trim : bool
        Leave out weak beats at the beginning and at the end (silence before the music, a fading end).
    bpm : float or None
        The tempo, if it is known. (librosa also takes one for each frame.)

    Returns
    -------
    tempo : float
        Beats a minute (librosa: an array of shape (1,)). 0 when there is no onset at all, as librosa.
    beats : ndarray of int, (n_beats,)
        Frames: `units.frames_to_time` gives seconds. As librosa.beat.beat_track 0.11. Empty for silence, for one
        sample, and where nothing stands out (a constant envelope).

    References
    ----------
    Ellis, "Beat tracking by dynamic programming", 2007. Chapter 05, equations 6 to 9.

    Examples
    --------
    >>> pulse = np.tile([1.0] + 19 * [0.0], 10)
    >>> beat_track(onset_envelope=np.roll(pulse, 19), sr=8000, hop_length=200)
    (120.0, array([ 19,  39,  59,  79,  99, 119, 139, 159, 179, 199]))
    """
    if onset_envelope is None:
        onset_envelope = onset_strength(y, sr=sr, hop_length=hop_length, aggregate=np.median)
    envelope = _one_channel(onset_envelope, "the onset envelope").astype(float)
    none = np.array([], dtype=int)
    if not envelope.any():
        return 0.0, none
    if bpm is None:
        bpm = tempo(onset_envelope=envelope, sr=sr, hop_length=hop_length, start_bpm=start_bpm)
    bpm = float(arguments.real(bpm, "bpm", above=0))
    period = round(sr / hop_length * 60 / bpm)  # frames
    if period < 1:
        raise ArgumentError(
            f"bpm = {bpm:g}: a beat lasts less than half a frame of "
            f"{hop_length} samples. Take a smaller hop_length?"
        )
    if len(envelope) < 2 or np.ptp(envelope) == 0:
        return bpm, none
    score = local_score(envelope, period=period)
    total, backlink = beat_scores(score, period=period, tightness=tightness)
    beats = trace_back(backlink, last=last_beat(total))
    return bpm, trim_beats(beats, score, trim=trim)


def _has_peaks(onset_envelope):
    if np.ptp(onset_envelope) == 0:
        raise ArgumentError(f"onset_envelope is {onset_envelope[0]:g} throughout: nothing to scale")


@arguments.checks(
    _has_peaks, onset_envelope=partial(_one_channel, min_length=2), period=arguments.integer
)
def local_score(onset_envelope, *, period):
    """The onset strength, its standard deviation made 1, smoothed over 1/32 of a beat.

    Parameters
    ----------
    onset_envelope : array_like, (n_frames,)
        At least two frames, not all the same.
    period : int
        Frames from beat to beat.

    Returns
    -------
    ndarray, (n_frames,)
        How much each frame looks like a beat, by itself. The first frame is left out of the sums, as in librosa
        0.11; onset strength is 0 there anyway.

    References
    ----------
    Ellis, 2007, section 3.1. Chapter 05, equation 7.

    Examples
    --------
    >>> local_score([0, 0, 1, 0, 0, 0, 1, 0], period=4).round(2)
    array([0. , 0. , 2.16, 0. , 0. , 0. , 2.16, 0. ])
    """
    scaled = onset_envelope / onset_envelope.std(ddof=1)
    scaled[0] = 0
    bump = np.exp(-0.5 * (np.arange(-period, period + 1) * 32 / period) ** 2)
    return np.convolve(scaled, bump)[period : period + len(scaled)]


@arguments.checks(
    score=_one_channel, period=arguments.integer, tightness=partial(arguments.real, above=0)
)
def beat_scores(score, *, period, tightness=100.0):
    """The best total score of a row of beats that ends at each frame, and the beat before it.

    Parameters
    ----------
    score : array_like, (n_frames,)
        Local score of each frame.
    period : int
        Frames from beat to beat.
    tightness : float
        Cost of an uneven beat: a gap of d frames costs tightness * log(d / period)^2.

    Returns
    -------
    total : ndarray, (n_frames,)
        C*(t) = score(t) + max over d of {C*(t - d) - tightness * log(d / period)^2}, d from half to twice the
        period; score(t) alone when t is so early that nothing can stand before it.
    backlink : ndarray of int, (n_frames,)
        The t - d that was best (of equals the nearest); -1: none, or before the first frame whose score
        reaches 1 % of the largest.

    References
    ----------
    Ellis, 2007, equations 2 to 4. Chapter 05, equations 6, 8 and 9.

    Examples
    --------
    >>> total, backlink = beat_scores([0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0], period=3, tightness=10.0)
    >>> total.round(1), backlink
    (array([ 0. , 1. , -1.6, 0. , 2. , 0.2, 0.4, 3. ]), array([-1, -1, 0, 0, 1, 1, 4, 4]))
    """
    gaps = np.arange(max(1, round(period / 2)), 2 * period + 1)
    cost = tightness * (np.log(gaps) - np.log(period)) ** 2
    longest = 2 * period
    total = np.full(longest + len(score), -np.inf)  # frame 0 is total[longest]: nothing before it
    backlink = np.full(len(score), -1)
    for t in range(len(score)):
        candidates = total[t : t + len(gaps)][::-1] - cost  # the beat before stands at t - gaps
        best = candidates.argmax()
        if candidates[best] > -np.inf:
            backlink[t] = t - gaps[best]
            total[longest + t] = score[t] + candidates[best]
        else:
            total[longest + t] = score[t]
    begun = np.logical_or.accumulate(score >= 0.01 * score.max())
    return total[longest:], np.where(begun, backlink, -1)


@arguments.checks(total=_one_channel)
def last_beat(total):
    """The last peak of the total score that is at least half the median peak.

    Examples
    --------
    >>> last_beat([0.0, 4.0, 0.0, 6.0, 0.0, 1.0, 0.0])
    3
    """
    rises = total > np.append(np.inf, total[:-1])
    falls = total >= np.append(total[1:], -np.inf)
    peaks = np.flatnonzero(rises & falls)
    if len(peaks) > 0:
        peaks = peaks[total[peaks] >= 0.5 * np.median(total[peaks])]
    return int(peaks[-1]) if len(peaks) > 0 else len(total) - 1


def trace_back(backlink, *, last):
    """From the last beat to the one before it, and so on, to a frame with none (-1) before it.

    Examples
    --------
    >>> trace_back([-1, -1, 0, 1, 2, 3], last=5)
    array([1, 3, 5])
    """
    beats = [last]
    while backlink[beats[-1]] >= 0:
        beats.append(backlink[beats[-1]])
    return np.array(beats[::-1], dtype=int)


def _are_frames(beats, score):
    return {"beats": arguments.indices(beats, "beats", high=len(score) - 1)}


@arguments.checks(_are_frames, score=_one_channel)
def trim_beats(beats, score, *, trim=True):
    """The beats from the first frame to the last whose score exceeds half the beats' usual one.

    Parameters
    ----------
    beats : array_like of int, (n_beats,)
        Frames.
    score : array_like, (n_frames,)
        Local score.
    trim : bool
        False: only beats before the first and after the last score above 0 go.

    Returns
    -------
    ndarray of int
        Usual: root mean square of the scores at the beats, smoothed over 3 beats.

    References
    ----------
    As librosa 0.11. Chapter 05.

    Examples
    --------
    >>> trim_beats([1, 3, 5, 7], [0, 0.1, 0, 2, 0, 2, 0, 0.1])
    array([3, 5])
    """
    if len(beats) == 0:
        return beats
    usual = np.convolve(score[beats], np.hanning(5))[2 : len(score) + 2]
    loud = np.flatnonzero(score > (0.5 * np.sqrt(np.mean(usual**2)) if trim else 0))
    return beats[(beats >= loud[0]) & (beats <= loud[-1])] if len(loud) > 0 else beats[:0]


def _seconds(times, name):
    times = np.atleast_1d(np.asarray(times, dtype=float))
    if times.ndim != 1 or not np.isfinite(times).all() or np.any(times < 0):
        raise ArgumentError(
            f"{name} has shape {times.shape}; wanted a list of seconds, finite and 0 or more"
        )
    return times


def _last_long_enough(times, sr, length, click_freq, click_duration):
    if length is None and len(times) == 0:
        raise ArgumentError("times is empty and length is None; how long shall the silence be?")
    arguments.real(click_duration, "click_duration", low=1 / sr)
    arguments.real(click_freq, "click_freq", above=0, below=sr / 2)


@arguments.checks(
    _last_long_enough, sr=arguments.sample_rate, times=_seconds, length=arguments.integer
)
def clicks(times, *, sr, length=None, click_freq=1000.0, click_duration=0.1):
    """A short tone at each time, to lay over the music and listen.

    Parameters
    ----------
    times : array_like, (n_clicks,)
        Seconds, 0 or more.
    sr : float
        Sample rate, Hz.
    length : int or None
        Samples of the result; clicks beyond it are left out. None: to the end of the last click.
    click_freq : float
        Frequency of the tone, Hz.
    click_duration : float
        Length of a click, s; in it, the tone dies away by 60 dB.

    Returns
    -------
    ndarray, (length,)
        As librosa.clicks (which gives float32). No times and a length: silence.

    References
    ----------
    Chapter 05.

    Examples
    --------
    >>> clicks([0.1, 0.5], sr=8000).shape
    (4800,)
    """
    n = int(sr * click_duration)
    click = np.logspace(0, -10, n, base=2) * np.sin(2 * np.pi * click_freq / sr * np.arange(n))
    starts = (times * sr).astype(int)
    length = starts.max() + n if length is None else length
    y = np.zeros(length)
    for start in starts[starts < length]:
        y[start : start + n] += click[: length - start]
    return y
