"""Scores in memory: notes whose times are known exactly, and the metre and tempo that give them. Chapter 05.

A recording has to be listened to before one knows where its beats are. A score says it. Positions in a score count
quarter notes; `Score.seconds` turns them into times. `coursekit.midi` reads scores, changes and plays them.
"""

import re
from dataclasses import dataclass

import numpy as np

from . import arguments

NOTE = np.dtype(
    [
        ("start", np.float64),  # s
        ("end", np.float64),  # s
        ("onset", np.float64),  # quarter notes from the score's beginning
        ("offset", np.float64),  # quarter notes
        ("pitch", np.int16),  # MIDI number, 60 is middle C
        ("velocity", np.int16),  # 1 to 127
        (
            "gain",
            np.float64,
        ),  # the channel's volume: a factor on the amplitude, 1 unless the file says otherwise
        ("program", np.int16),  # General MIDI instrument, 0 to 127
        ("part", np.int16),  # which of Score.parts
        ("drum", bool),  # the pitch names a drum, and program a kit
    ]
)


class ScoreError(ValueError):
    """A file that holds no score that can be read; the message names it and says why."""


@dataclass(frozen=True, eq=False)
class Score:
    """Notes, and the metre and tempo that give their times.

    Attributes
    ----------
    notes : structured ndarray of dtype NOTE, (n,)
        In the order of their starts. ``score.notes["pitch"]`` is one column of it.
    beat_positions, bar_positions : ndarray
        Where beats and downbeats (first beats of bars) stand, in quarter notes.
    time_map : ndarray, (k, 2)
        Corners (quarter notes, s) of the line from positions to times; its last piece goes on for ever.
    time_signatures : tuple of (position, numerator, denominator)
        Position in quarter notes.
    parts : tuple of str
        Names of the parts.
    title : str
    key : str
        As "F# minor", the form that mir_eval.key wants; "" where it is not known.
    """

    notes: np.ndarray
    beat_positions: np.ndarray
    bar_positions: np.ndarray
    time_map: np.ndarray
    time_signatures: tuple = ()
    parts: tuple = ()
    title: str = ""
    key: str = ""

    def __repr__(self):
        metres = ", ".join(dict.fromkeys(f"{n}/{d}" for _, n, d in self.time_signatures))
        return (
            f"Score({self.title!r}, {len(self.notes)} notes in {len(self.parts)} parts, {metres}, "
            f"{self.duration:.1f} s, {self.tempo:.0f} beats a minute"
            + (f", {self.key})" if self.key else ")")
        )

    def seconds(self, positions):
        """Times (s) of positions (quarter notes)."""
        return _along(positions, *self.time_map.T)

    def positions(self, seconds):
        """Positions (quarter notes) of times (s)."""
        return _along(seconds, *self.time_map.T[::-1])

    @property
    def beats(self):
        """Times of the beats, s. A beat is a quarter in 4/4 and 3/4, a half in 3/2, a dotted quarter in 6/8."""
        return self.seconds(self.beat_positions)

    @property
    def downbeats(self):
        """Times of the first beats of bars, s. A pick-up before the first bar has none."""
        return self.seconds(self.bar_positions)

    @property
    def duration(self):
        """When the last note ends, s."""
        return float(self.notes["end"].max(initial=0.0))

    @property
    def tempo(self):
        """Beats a minute: from the median distance of two beats; 0.0 where there is no second beat."""
        return float(60 / np.median(np.diff(self.beats))) if len(self.beat_positions) > 1 else 0.0


def _along(x, x_corners, y_corners):
    """y on the line through the corners; beyond the first and the last, on with the slope there."""
    x = np.asarray(x, dtype=np.float64)
    piece = np.clip(np.searchsorted(x_corners, x, side="right") - 1, 0, len(x_corners) - 2)
    slope = np.diff(y_corners) / np.diff(x_corners)
    return y_corners[piece] + slope[piece] * (x - x_corners[piece])


def timed(notes, time_map):
    """Notes with their start and end (s) computed from their positions, in the order of their starts."""
    notes = notes.copy()
    notes["start"] = _along(notes["onset"], *time_map.T)
    notes["end"] = _along(notes["offset"], *time_map.T)
    return notes[np.lexsort((notes["pitch"], notes["part"], notes["start"]))]


def from_notes(rows, *, bpm=120.0, time_signature="4/4", pickup=0.0, title="", key=""):
    """A score from a few notes, for examples and tests.

    Parameters
    ----------
    rows : iterable of (onset, duration, pitch) or (onset, duration, pitch, part)
        In quarter notes, from the score's beginning; MIDI pitch; parts count from 0.
    bpm : float
        Beats a minute.
    time_signature : str
        As "3/4"; what a beat is, see `Score.beats`.
    pickup : float
        How long the incomplete bar at the beginning is, quarter notes.
    title : str
    key : str
        As "F# minor", or "".

    Returns
    -------
    Score
        Velocity 80, piano.

    Examples
    --------
    >>> score = from_notes([(0, 1, 60), (1, 1, 64), (2, 2, 67)], bpm=60)
    >>> score.notes["start"], score.beats
    (array([0., 1., 2.]), array([0., 1., 2., 3.]))
    """
    bpm, pickup = arguments.real(bpm, "bpm", above=0), arguments.real(pickup, "pickup", low=0)
    rows = [_note_of_row(row) for row in rows]
    numerator, denominator = _metre(time_signature)
    if key:
        tonic_and_mode(key)
    notes = np.zeros(len(rows), NOTE)
    for note, (onset, duration, pitch, part) in zip(notes, rows, strict=True):
        note["onset"], note["offset"], note["pitch"], note["part"] = (
            onset,
            onset + duration,
            pitch,
            part,
        )
    notes["velocity"], notes["gain"] = 80, 1.0
    end = max((row[0] + row[1] for row in rows), default=0.0)
    bars = np.arange(pickup, end - 1e-9, 4 * numerator / denominator)
    signatures = ((0.0, numerator, denominator),)
    time_map = steady(60 / bpm / beat_length(numerator, denominator))
    return Score(
        notes=timed(notes, time_map),
        bar_positions=bars,
        time_map=time_map,
        title=title,
        key=key,
        beat_positions=beats_between(bars, signatures, begin=0.0, end=end),
        time_signatures=signatures,
        parts=tuple(f"part {i + 1}" for i in range(max((row[3] for row in rows), default=-1) + 1)),
    )


def _note_of_row(row):
    """(onset, duration, pitch, part) of a row, each of them checked."""
    row = tuple(row)
    if len(row) not in (3, 4):
        raise arguments.ArgumentError(
            f"a row is {row}; wanted (onset, duration, pitch) or (onset, duration, pitch, part)"
        )
    onset, duration, pitch, part = (*row, 0)[:4]
    return (
        arguments.real(onset, "onset", low=0),
        arguments.real(duration, "duration", above=0),
        arguments.integer(pitch, "pitch", low=0, high=127),
        arguments.integer(part, "part", low=0),
    )


def _metre(time_signature):
    """Numerator and denominator of a time signature such as "3/4"."""
    match = re.fullmatch(r"([1-9]\d?)/(1|2|4|8|16|32|64)", str(time_signature))
    if match is None:
        raise arguments.ArgumentError(
            f"time_signature = {time_signature!r}; wanted a number of notes and their kind, "
            "as in '3/4' or '6/8'"
        )
    return int(match[1]), int(match[2])


def tonic_and_mode(key):
    """Pitch class of the tonic, not reduced to 0 ... 11, and "major" or "minor"."""
    match = re.fullmatch(r"([A-G])([#b]*) (major|minor)", str(key))
    if match is None:
        raise arguments.ArgumentError(
            f"key = {key!r}; wanted a name such as 'F# minor' or 'Bb major', or '' for none"
        )
    letter, accidentals, mode = match.groups()
    return "C D EF G A B".index(letter) + accidentals.count("#") - accidentals.count("b"), mode


def beat_length(numerator, denominator):
    """How long a beat is, in quarter notes.

    In a compound metre (6, 9 or 12 eighths or shorter notes) three of the notes make a beat; in all others one does.

    Examples
    --------
    >>> beat_length(3, 4), beat_length(3, 2), beat_length(12, 8)
    (1.0, 2.0, 1.5)
    """
    return (3 if is_compound(numerator, denominator) else 1) * 4 / denominator


def is_compound(numerator, denominator):
    """Whether three notes of a time signature make a beat: in 6, 9 or 12 eighths or shorter notes.

    Examples
    --------
    >>> is_compound(6, 8), is_compound(6, 4), is_compound(3, 8)
    (True, False, False)
    """
    return numerator in (6, 9, 12) and denominator >= 8


def steady(seconds_a_quarter):
    """The time map of one steady tempo."""
    return np.array([[0.0, 0.0], [1.0, seconds_a_quarter]])


def beats_between(bars, signatures, *, begin, end):
    """Beat positions in [begin, end): steps from each downbeat to the next, and back from the first to `begin`."""
    starts = np.array([start for start, _, _ in signatures])
    found = []
    for bar, following in zip(bars, np.append(bars, end)[1:], strict=True):
        _, numerator, denominator = signatures[
            max(np.searchsorted(starts, bar, side="right") - 1, 0)
        ]
        found.append(np.arange(bar, following - 1e-6, beat_length(numerator, denominator)))
    if len(bars):
        step = beat_length(*signatures[0][1:])
        found.insert(0, bars[0] - step * np.arange(int((bars[0] - begin) / step + 1e-6), 0, -1))
    return np.concatenate(found) if found else np.zeros(0)
