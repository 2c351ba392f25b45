"""Rows of chords, found and true: how much of the time they agree, and what they sound like. Chapter 05.

A row of chords is intervals, (n, 2) in seconds, and as many names, Harte's, as harmony.segments makes them.
"""

import mir_eval
import numpy as np

from . import arguments, midi
from .arguments import ArgumentError

# As mir_eval.chord.majmin counts them.
TRIADS = {"maj": "maj", "7": "maj", "maj7": "maj", "min": "min", "min7": "min"}


def triad(label):
    """The major or minor chord in a seventh chord: G:7 counts as G:maj.

    Examples
    --------
    >>> triad("G:7"), triad("A:min")
    ('G:maj', 'A:min')
    """
    root, _, quality = label.partition(":")
    return f"{root}:{TRIADS.get(quality, quality)}"


def _pairs(intervals, name):
    return np.asarray(intervals, dtype=float).reshape(-1, 2)


def _names(labels, name):
    return list(labels)


@arguments.checks(true_intervals=_pairs, true_labels=_names, intervals=_pairs, labels=_names)
def majmin_accuracy(true_intervals, true_labels, intervals, labels):
    """Share of the time for which major and minor chords are right (mir_eval).

    Parameters
    ----------
    true_intervals, intervals : array_like, (n, 2)
        Start and end, s.
    true_labels, labels : sequence of str
        In Harte's notation.

    Returns
    -------
    float
        0 to 1. Diminished chords and the like do not count; what lies outside of the true chords is cut off.

    References
    ----------
    Raffel and others, "mir_eval: a transparent implementation of common MIR metrics", 2014. Chapter 05.

    Examples
    --------
    >>> majmin_accuracy([[0.0, 2.0]], ["C:maj"], [[0.0, 1.5], [1.5, 2.0]], ["C:7", "G:maj"])
    0.75
    """
    start, end = true_intervals.min(), true_intervals.max()
    intervals, labels = mir_eval.util.adjust_intervals(intervals, labels, start, end, "N", "N")
    pieces, true, said = mir_eval.util.merge_labeled_intervals(
        true_intervals, true_labels, intervals, labels
    )
    right, seconds = mir_eval.chord.majmin(true, said), mir_eval.util.intervals_to_durations(pieces)
    return float(mir_eval.chord.weighted_accuracy(right, seconds))


def _as_many(intervals, labels):
    if len(intervals) != len(labels):
        raise ArgumentError(f"there are {len(intervals)} intervals and {len(labels)} labels")


@arguments.checks(_as_many, intervals=_pairs, sr=arguments.sample_rate, length=arguments.integer)
def chord_sound(intervals, labels, *, sr, length=None):
    """Chords as sine tones, to hear beside the music: the root low, all tones above middle C.

    Parameters
    ----------
    intervals : array_like, (n, 2)
        Start and end of each chord, s.
    labels : sequence of str
        In Harte's notation, as "C:maj"; "N" and "X" are silent.
    sr : float
        Sample rate, Hz.
    length : int or None
        Samples of the result; None: to the end of the last chord.

    Returns
    -------
    ndarray, (length,)
        Peak 0.9, or silence.

    Examples
    --------
    >>> chord_sound([[0.0, 0.5], [0.5, 1.0]], ["C:maj", "N"], sr=8000).shape
    (8000,)
    """
    length = round(intervals.max(initial=0) * sr) if length is None else length
    notes = []
    for (start, end), label in zip(intervals, labels, strict=True):
        root, tones, _ = mir_eval.chord.encode(label)  # tones: twelve of 0 and 1, from the root up
        if root >= 0 and end > start:
            pitches = [48 + root, *(60 + (root + np.flatnonzero(tones)) % 12)]
            notes += [(start, end - start, int(pitch)) for pitch in pitches]
    y = midi.sonify(midi.from_notes(notes, bpm=60), sr=sr) if notes else np.zeros(length)
    return np.pad(y, (0, max(0, length - len(y))))[:length]
