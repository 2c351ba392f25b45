"""The harmony of a score: its chords by a written rule, and by experts. Chapter 05.

Chord names are Harte's, which mir_eval reads: "C:maj", "F#:min", "G:7"; "N" is no chord, "X" one without a name here.
"""

from pathlib import Path

import numpy as np

from . import arguments, midi
from .arguments import ArgumentError
from .harmony import PITCH_CLASSES, QUALITIES, segments

# What counts for and against a chord, in shares of what sounds; see chords_from_score.
ABSENT = 0.2  # its root, third or seventh does not sound
RARER = {"dim": 0.1, "7": 0.2, "min7": 0.2, "maj7": 0.3, "hdim7": 0.2, "dim7": 0.2}
BASS = 0.05  # for it: its root is the lowest note
CHANGE = 0.5  # a new chord on a beat; twice that between beats


def _has_beats(score, name):
    if not len(score.beat_positions):
        raise ArgumentError(f"the {name} has no beats; wanted one that midi has read or made")
    return score


@arguments.checks(score=_has_beats)
def chords_from_score(score):
    """The chords of a score, found in its notes by a rule.

    The score is cut into half beats (thirds of a beat in compound metres). In each, the share of each pitch class in
    what sounds is taken: how long it sounds, in all parts together. The fit of a chord is the share of its tones, less
    the share of all others, which are suspensions, passing notes and the like; less 0.2 for each of root, third and
    seventh that does not sound; less 0.1 if it is diminished, 0.2 if it has a seventh (0.3 for a major one); and 0.05
    more if its root is the lowest note. A chord lasts until another fits better by more than a change costs: 0.5, and
    1.0 where it would come between two beats. Of all ways through the piece the best is found by dynamic programming.

    Parameters
    ----------
    score : midi.Score
        Drums are not heard.

    Returns
    -------
    intervals : ndarray, (n, 2)
        Start and end of each chord, s; the first starts at 0, each ends where the next starts.
    labels : list of str
        Major, minor and diminished triads, and sevenths of five kinds (QUALITIES); "N" where nothing sounds.

    Raises
    ------
    arguments.ArgumentError
        The score has no beats.

    Notes
    -----
    On 18 chorales it agrees with analyses by experts (`expert_chords`) for 92 % of the time, counted by
    mir_eval.chord.majmin; tests/test_scores.py measures it. What differs is mostly which of two notes a tied-over or
    passing tone belongs to, and V against vii diminished. Chapter 05.

    Examples
    --------
    >>> from coursekit import midi
    >>> bar = [(0, 2, 48), (0, 2, 64), (0, 2, 67), (2, 2, 43), (2, 2, 62), (2, 2, 65), (2, 2, 71)]
    >>> intervals, labels = chords_from_score(midi.from_notes(bar, bpm=60))
    >>> labels, intervals.tolist()
    (['C:maj', 'G:7'], [[0.0, 2.0], [2.0, 4.0]])
    """
    edges, on_beat = _pieces(score)
    sounding, lowest = _shares(score.notes[~score.notes["drum"]], edges)
    names, fit = _fit(sounding, lowest)
    chosen = _best_path(fit, np.where(on_beat, CHANGE, 2 * CHANGE))
    labels = [
        names[k] if heard else "N" for k, heard in zip(chosen, sounding.any(axis=1), strict=True)
    ]
    return segments(labels, times=score.seconds(edges))


def _pieces(score):
    """Edges (quarter notes) of the pieces of beats, n + 1 of them, and which of the n pieces begin with a beat."""
    _, numerator, denominator = (score.time_signatures or ((0.0, 4, 4),))[0]
    n_pieces = 3 if midi.is_compound(numerator, denominator) else 2
    end = max(float(score.notes["offset"].max(initial=0.0)), score.beat_positions[-1] + 1e-3)
    beats = np.append(score.beat_positions, end)
    edges = np.linspace(beats[:-1], beats[1:], n_pieces, endpoint=False).T.ravel()
    on_beat = np.arange(len(edges)) % n_pieces == 0
    if beats[0] > 1e-6:  # what sounds before the first beat
        edges, on_beat = np.append(0.0, edges), np.append(True, on_beat)
    return np.append(edges, end), on_beat


def _shares(notes, edges):
    """How much of each piece each pitch class sounds (rows: pieces; sums over notes, in pieces), and the lowest
    pitch class of each piece (-1: silence)."""
    start, end = edges[:-1, None], edges[1:, None]
    overlap = np.clip(
        np.minimum(end, notes["offset"]) - np.maximum(start, notes["onset"]), 0, None
    ) / (end - start)
    overlap[overlap < 1e-6] = 0
    classes = np.eye(12)[notes["pitch"] % 12].reshape(-1, 12)
    pitch = np.where(overlap > 0, notes["pitch"], 1000).min(axis=1, initial=1000)
    return overlap @ classes, np.where(pitch < 1000, pitch % 12, -1)


def _fit(sounding, lowest):
    """The names of the chords, and how well each fits each piece: (pieces, chords)."""
    share = sounding / np.maximum(sounding.sum(axis=1, keepdims=True), 1e-9)
    names, columns = [], []
    for quality, tones in QUALITIES.items():
        for root in range(12):
            own = [(root + tone) % 12 for tone in tones]
            fit = 2 * share[:, own].sum(axis=1) - 1  # its tones, less all others
            needed = [own[0], own[1], *own[3:]]
            fit -= ABSENT * (sounding[:, needed] < 0.25).sum(axis=1)
            columns.append(fit - RARER.get(quality, 0) + BASS * (lowest == root))
            names.append(f"{PITCH_CLASSES[root]}:{quality}")
    return names, np.stack(columns, axis=1)


def _best_path(fit, change):
    """The chord of each piece, for the largest sum of fits less the costs of changes."""
    total, came_from = fit[0], []
    for i in range(1, len(fit)):
        best = total.argmax()
        stay = total >= total[best] - change[i]
        came_from.append(np.where(stay, np.arange(len(total)), best))
        total = np.maximum(total, total[best] - change[i]) + fit[i]
    path = [int(total.argmax())]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return path[::-1]


def _analysed_and_in_a_key(analysis, score):
    if analysis is None:
        raise ArgumentError(
            "analysis is None: no expert has analysed this piece; wanted a .rntxt file. "
            "chords_from_score needs none"
        )
    if not score.key:
        raise ArgumentError(
            "the score has no key; wanted one such as 'F# minor', to know where I is: "
            "dataclasses.replace(score, key=...)"
        )


@arguments.checks(_analysed_and_in_a_key)
def expert_chords(analysis, score):
    """The chords of a score as an expert has analysed them, in Roman numerals (a .rntxt file).

    Parameters
    ----------
    analysis : str or Path
        Such as `data.load("chorales")["bwv269"].analysis`. If it is written in another key than the score, as some
        editions are, it is moved to the score's.
    score : midi.Score
        With its key; each bar and beat that the analysis names is looked up in it.

    Returns
    -------
    intervals : ndarray, (n, 2)
        Start and end of each chord, s, without gaps, from the first chord that the expert names.
    labels : list of str
        As in `chords_from_score`; "X" for a chord that is none of QUALITIES.

    Raises
    ------
    arguments.ArgumentError
        There is no analysis (most chorales have none); the score has no key, or other bars than the analysis.
    midi.ScoreError
        The file is no such analysis.
    FileNotFoundError

    Notes
    -----
    Parsed by music21. Where an analysis offers variants, the first reading counts. Format: Tymoczko, Gotham,
    Cuthbert and Ariza, "The RomanText format: a flexible and standard method for representing Roman numeral
    analyses", ISMIR 2019. Chapter 05.

    Examples
    --------
    >>> intervals, labels = expert_chords(chorale.analysis, chorale.score)  # doctest: +SKIP
    """
    import music21

    content = Path(analysis).read_bytes()
    try:
        parsed = music21.converter.parseData(content.decode(), format="romantext")
    except Exception as error:  # its parsers raise many kinds
        raise midi.ScoreError(
            f"{analysis} cannot be read as an analysis in Roman numerals "
            f"({type(error).__name__}: {error})"
        ) from None
    numerals = list(parsed.recurse().getElementsByClass("RomanNumeral"))
    bars = len(score.bar_positions)
    if not numerals or numerals[-1].measureNumber != bars:
        last = numerals[-1].measureNumber if numerals else 0
        raise ArgumentError(
            f"{Path(analysis).name} ends in bar {last}, the score in bar {bars}: "
            "do they belong together, and are repeats written out in one of them?"
        )
    tonic = music21.pitch.Pitch(score.key.split()[0].replace("b", "-")).pitchClass
    shift = tonic - numerals[0].key.tonic.pitchClass
    positions, labels = [], []
    for numeral in numerals:
        positions.append(_position(score, numeral.measureNumber, float(numeral.beat)))
        root = numeral.root().pitchClass
        tones = tuple(sorted({(pitch.pitchClass - root) % 12 for pitch in numeral.pitches}))
        quality = next((name for name, own in QUALITIES.items() if own == tones), None)
        labels.append(f"{PITCH_CLASSES[(root + shift) % 12]}:{quality}" if quality else "X")
    positions.append(float(score.notes["offset"].max()))
    return segments(labels, times=score.seconds(positions))


def _position(score, bar, beat):
    """Where a beat (1 is the first; counted in the notes that the time signature names) stands, quarter notes."""
    starts = [start for start, _, _ in score.time_signatures]
    first = score.bar_positions[max(bar, 1) - 1]
    _, numerator, denominator = score.time_signatures[
        max(np.searchsorted(starts, first, side="right") - 1, 0)
    ]
    if bar == 0:  # the pick-up: its last beat is that before bar 1
        first = first - 4 * numerator / denominator
    return first + (beat - 1) * 4 / denominator
