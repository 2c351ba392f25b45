"""From chroma to chords and keys: templates, and a hidden Markov model that keeps them from flickering. Chapter 05.

A chroma has 12 rows, C first. Chord names are Harte's, which mir_eval reads: "C:maj", "F#:min", "G:7"; "N" is no chord.
"""

from functools import partial

import numpy as np

from . import arguments, hmm
from .arguments import ArgumentError

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

# The tones of each kind of chord, in semitones above its root: root, third, fifth, seventh.
QUALITIES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "7": (0, 4, 7, 10),
    "min7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "hdim7": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
}

# How well each pitch class fits a key, from its tonic up, (major, minor). Krumhansl and Kessler, 1982: the mean of what
# listeners answered. Temperley, "What's key for key?", 1999: theirs, corrected by hand.
KEY_PROFILES = {
    "krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    "temperley": (
        (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    ),
}


def twelve_rows(chroma, name="chroma"):
    """A chroma as a finite float array, or an error that says what it is instead.

    Examples
    --------
    >>> twelve_rows(np.ones((12, 3), dtype=int)).dtype
    dtype('float64')
    """
    chroma = arguments.frames(chroma, name, strength=True)
    if chroma.ndim != 2 or chroma.shape[0] != 12:
        hint = f": transposed? Pass {name}.T" if chroma.shape[-1] == 12 else ""
        raise ArgumentError(f"{name} has shape {chroma.shape}; wanted (12, frames){hint}")
    return chroma


# --- chords ----------------------------------------------------------------------------------------------


def _kinds(qualities, name):
    qualities = (qualities,) if isinstance(qualities, str) else tuple(qualities)
    if not qualities:
        raise ArgumentError(f"{name} is empty; wanted at least one kind of chord")
    return tuple(arguments.choice(one, "quality", tuple(QUALITIES)) for one in qualities)


@arguments.checks(qualities=_kinds)
def chord_templates(*, qualities=("maj", "min")):
    """The pitch classes of every chord, as vectors of length 1.

    Parameters
    ----------
    qualities : sequence of str
        Kinds of chord, of QUALITIES: each on twelve roots.

    Returns
    -------
    labels : list of str
        "C:maj", "C#:maj" ... "B:maj", "C:min" ...
    templates : ndarray, (12 * len(qualities), 12)
        Row k has the same value at each tone of chord k, 0 elsewhere.

    References
    ----------
    Fujishima, "Realtime chord recognition of musical sound", 1999; names: Harte, Sandler, Abdallah and Gomez, "Symbolic
    representation of musical chords", 2005. Chapter 05, equation 11.

    Examples
    --------
    >>> labels, templates = chord_templates(qualities=("maj", "7"))
    >>> labels[7], labels[19], templates[19].nonzero()[0]  # G, B, D and F
    ('G:maj', 'G:7', array([ 2,  5,  7, 11]))
    """
    labels, templates = [], []
    for quality in qualities:
        tones = QUALITIES[quality]
        for root, name in enumerate(PITCH_CLASSES):
            template = np.zeros(12)
            template[[(root + tone) % 12 for tone in tones]] = 1 / np.sqrt(len(tones))
            labels.append(f"{name}:{quality}")
            templates.append(template)
    return labels, np.array(templates)


@arguments.checks(chroma=twelve_rows)
def chord_similarity(chroma, templates):
    """The cosine of the angle of each frame and each template: 1 is a chord and nothing else.

    Parameters
    ----------
    chroma : array_like, (12, frames)
        0 or more, at any level.
    templates : ndarray, (chords, 12)
        Of length 1, as `chord_templates` makes them.

    Returns
    -------
    ndarray, (frames, chords)
        0 to 1; a silent frame is like no chord: 0, not NaN.

    References
    ----------
    Chapter 05, equation 12.

    Examples
    --------
    >>> labels, templates = chord_templates()
    >>> similarity = chord_similarity(np.array([templates[0], np.zeros(12)]).T, templates)
    >>> similarity[:, [0, 21, 6]].round(2)  # C major; A minor: two tones in common; F# major: none
    array([[1.  , 0.67, 0.  ],
           [0.  , 0.  , 0.  ]])
    """
    length = np.linalg.norm(chroma.astype(float), axis=0)  # faint float32: the squares would be 0
    return (templates @ (chroma / np.where(length > 0, length, 1))).T


# The chroma itself is looked at by chord_similarity, and the transitions by `transitions`.
@arguments.checks(concentration=partial(arguments.real, above=0))
def recognize_chords(
    chroma, *, qualities=("maj", "min"), self_transition=None, concentration=10.0, transition=None
):
    """The chord of each frame: the likest template, or the likeliest row of chords.

    Parameters
    ----------
    chroma : array_like, (12, frames)
        0 or more, row 0 is C.
    qualities : sequence of str
        As in `chord_templates`.
    self_transition : float or None
        Probability that a chord goes on in the next frame, between 0 and 1; all changes are equally likely. A chord
        lasts 1 / (1 - self_transition) frames in the mean. None: each frame by itself.
    concentration : float
        How far a frame is trusted: its log likelihood is concentration times its similarity.
    transition : array_like, (chords, chords), or None
        Probabilities of all changes, rows sum to 1, instead of self_transition; in the order of `chord_templates`.

    Returns
    -------
    list of str, (frames,)
        Chord names; "N" where a frame is silent, or all pitch classes are alike: nothing speaks for a chord.

    References
    ----------
    Fujishima, 1999; Sheh and Ellis, "Chord segmentation and recognition using EM-trained hidden Markov models", 2003.
    Chapter 05, equations 12 to 15.

    Examples
    --------
    >>> labels, templates = chord_templates()
    >>> flicker = templates[[0, 0, 0, 12, 0, 0, 0, 7, 7, 7]].T + 0.2  # a frame of C minor among C major
    >>> recognize_chords(flicker)[2:5]
    ['C:maj', 'C:min', 'C:maj']
    >>> recognize_chords(flicker, self_transition=0.9)[5:9]
    ['C:maj', 'C:maj', 'G:maj', 'G:maj']
    """
    labels, templates = chord_templates(qualities=qualities)
    similarity = chord_similarity(chroma, templates)
    if self_transition is None and transition is None:
        best = similarity.argmax(axis=1)
    else:
        A = transitions(len(labels), self_transition=self_transition, transition=transition)
        log_start = np.full(len(labels), -np.log(len(labels)))
        with np.errstate(divide="ignore"):  # log 0 is -inf: a change that never happens
            best, _ = hmm.viterbi(log_start, np.log(A), concentration * similarity)
    flat = np.ptp(chroma, axis=0) <= 1e-12 * np.max(chroma, axis=0)  # silence, or all alike
    return ["N" if nothing else labels[k] for k, nothing in zip(best, flat, strict=True)]


def _one_of_two(n_states, self_transition, transition):
    if transition is None:
        return None
    A = np.asarray(transition, dtype=float)
    if self_transition is not None:
        raise ArgumentError("self_transition and transition were both given; wanted one of them")
    if A.shape != (n_states, n_states) or not np.all(A >= 0) or not np.allclose(A.sum(axis=1), 1):
        raise ArgumentError(
            f"transition has shape {A.shape}; wanted ({n_states}, {n_states}), a row each, "
            "probabilities that sum to 1 in each row. Counts? Divide each row by its sum"
        )
    return {"transition": A}


@arguments.checks(_one_of_two)
def transitions(n_states, *, self_transition=None, transition=None):
    """The one of two ways to say how chords follow each other, as a matrix.

    Parameters
    ----------
    n_states : int
    self_transition, transition
        As in `recognize_chords`, one of them.

    Returns
    -------
    ndarray, (n_states, n_states)

    Raises
    ------
    arguments.ArgumentError
        Both were given; transition has another shape, negative entries, or rows that do not sum to 1.

    Examples
    --------
    >>> transitions(2, transition=[[0.5, 0.5], [0.0, 1.0]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    if transition is None:
        return steady_transition(n_states, self_transition=self_transition)
    return transition


@arguments.checks(
    n_states=partial(arguments.integer, low=2),
    self_transition=partial(arguments.real, above=0, below=1),
)
def steady_transition(n_states, *, self_transition):
    """Stay with one probability; go to each of the others with an equal share of the rest.

    Parameters
    ----------
    n_states : int
        2 or more.
    self_transition : float
        Between 0 and 1.

    Returns
    -------
    ndarray, (n_states, n_states)
        Rows sum to 1.

    References
    ----------
    Chapter 05, equation 14.

    Examples
    --------
    >>> steady_transition(3, self_transition=0.8)
    array([[0.8, 0.1, 0.1],
           [0.1, 0.8, 0.1],
           [0.1, 0.1, 0.8]])
    """
    A = np.full((n_states, n_states), (1 - self_transition) / (n_states - 1))
    np.fill_diagonal(A, self_transition)
    return A


def _one_time_more(labels, times):
    labels, times = list(labels), np.asarray(times, dtype=float)
    if not labels or times.shape != (len(labels) + 1,) or not np.all(np.diff(times) >= 0):
        raise ArgumentError(
            f"{len(labels)} labels and times of shape {times.shape}; "
            "wanted one time more than labels, in rising order: the last is the end"
        )
    return {"labels": labels, "times": times}


@arguments.checks(_one_time_more)
def segments(labels, *, times):
    """Frames to stretches of one chord, the form in which mir_eval wants them.

    Parameters
    ----------
    labels : sequence of str, (frames,)
    times : array_like, (frames + 1,)
        Where each frame begins, and where the last ends, s.

    Returns
    -------
    intervals : ndarray, (n, 2)
        Start and end, s.
    labels : list of str, (n,)
        No two neighbours are equal.

    Examples
    --------
    >>> intervals, names = segments(["C:maj", "C:maj", "G:7"], times=[0.0, 0.5, 1.0, 1.5])
    >>> names, intervals.tolist()
    (['C:maj', 'G:7'], [[0.0, 1.0], [1.0, 1.5]])
    """
    first = [i for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]]
    edges = times[[*first, len(labels)]]
    return np.stack([edges[:-1], edges[1:]], axis=1), [labels[i] for i in first]


def frame_edges(n_frames, *, sr, hop_length):
    """Where frames begin, and where the last ends, s: a frame reaches half a hop to both sides of its time.

    Examples
    --------
    >>> frame_edges(3, sr=1000, hop_length=100)
    array([0.  , 0.05, 0.15, 0.25])
    """
    return np.maximum((np.arange(n_frames + 1) - 0.5) * hop_length / sr, 0.0)


def _within(chroma, beats):
    return {"beats": arguments.indices(beats, "beats", high=chroma.shape[1])}


@arguments.checks(_within, chroma=twelve_rows)
def beat_means(chroma, beats):
    """The mean chroma from each beat to the next.

    Parameters
    ----------
    chroma : array_like, (12, frames)
    beats : array_like of int, (n_beats,)
        Frames, rising.

    Returns
    -------
    ndarray, (12, n_beats + 1)
        First what comes before the first beat, last what comes after the last: with a beat at frame 0, or at the end,
        that piece is empty and left out. As librosa.util.sync.

    References
    ----------
    Bartsch and Wakefield, "To catch a chorus", 2001. Chapter 05.

    Examples
    --------
    >>> beat_means(np.tile([0.0, 0.0, 1.0, 3.0], (12, 1)), [2])[0]
    array([0., 2.])
    """
    edges = np.unique([0, *beats, chroma.shape[1]])
    return np.stack(
        [chroma[:, a:b].mean(axis=1) for a, b in zip(edges[:-1], edges[1:], strict=True)], axis=1
    )


# --- key -------------------------------------------------------------------------------------------------


def _chroma_or_histogram(chroma, name):
    chroma = np.asarray(chroma)
    if chroma.ndim > 1:
        return twelve_rows(chroma, name)
    return twelve_rows(chroma.reshape(-1, 1), name)[:, 0]


@arguments.checks(
    chroma=_chroma_or_histogram, profiles=partial(arguments.choice, options=tuple(KEY_PROFILES))
)
def key_scores(chroma, *, profiles="krumhansl"):
    """How well each of the 24 keys fits: its profile against how much each pitch class sounds.

    Parameters
    ----------
    chroma : array_like, (12, frames) or (12,)
        A chroma, or a histogram of pitch classes; 0 or more.
    profiles : str
        Of KEY_PROFILES.

    Returns
    -------
    names : list of str
        "C major" ... "B major", "C minor" ...: as mir_eval.key wants them.
    scores : ndarray, (24,)
        -1 to 1; all 0 where every pitch class is equally strong, as in silence: nothing speaks for a key.

    References
    ----------
    Krumhansl, Cognitive Foundations of Musical Pitch, 1990 (with Schmuckler). Chapter 05, equation 16.

    Examples
    --------
    >>> names, scores = key_scores([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1])  # the white keys
    >>> names[scores.argmax()], float(scores.max().round(2))
    ('C major', 0.76)
    """
    histogram = chroma if chroma.ndim == 1 else chroma.mean(axis=1)
    names = [f"{name} {mode}" for mode in ("major", "minor") for name in PITCH_CLASSES]
    turned = np.array(
        [np.roll(profile, tonic) for profile in KEY_PROFILES[profiles] for tonic in range(12)]
    )
    if np.ptp(histogram) <= 1e-12 * histogram.max():  # constant: the correlation would be 0 / 0
        return names, np.zeros(24)
    x = histogram / histogram.max()  # at any level: the squares of 1e-200 would all be 0
    x = x - x.mean()
    p = turned - turned.mean(axis=1, keepdims=True)
    return names, p @ x / (np.linalg.norm(p, axis=1) * np.linalg.norm(x))


def estimate_key(chroma, *, profiles="krumhansl"):
    """The key that fits best.

    Parameters
    ----------
    chroma, profiles
        As in `key_scores`.

    Returns
    -------
    str
        As "F# minor"; "" where nothing speaks for a key.

    References
    ----------
    Krumhansl, 1990. Chapter 05, equation 16.

    Examples
    --------
    >>> estimate_key([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]), estimate_key(np.ones(12))
    ('C major', '')
    """
    names, scores = key_scores(chroma, profiles=profiles)
    return names[scores.argmax()] if scores.any() else ""
