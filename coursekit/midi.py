"""Scores: notes whose times are known exactly, read from MIDI and MusicXML, changed, rendered to audio. Chapter 05.

    bach = midi.read_musicxml("bwv66.6.mxl")
    y = midi.render(midi.with_tempo(bach, bpm=72), sr=22050, soundfont=data.soundfont())

A recording has to be listened to before one knows where its beats are. A score says it: a rendered score is sound with
the whole truth attached. What a score is stands in `coursekit.scores`, how MusicXML is read in `coursekit.musicxml`.
"""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import arguments, audio, units
from . import soundfont as sampler  # `soundfont` is the argument that names a file
from .musicxml import read_musicxml  # noqa: F401  midi.read_musicxml, beside midi.read_midi
from .scores import (  # noqa: F401  among them midi.Score, midi.from_notes
    NOTE,
    Score,
    ScoreError,
    beat_length,
    beats_between,
    from_notes,
    is_compound,
    steady,
    timed,
    tonic_and_mode,
)

PEAK = 0.9  # what `render` and `sonify` scale the loudest sample to
LONGEST = 100_000  # quarter notes that a score may last: half a day


# ---------------------------------------------------------------- reading


def read_midi(path):
    """A score from a Standard MIDI File.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Score
        One part a track, channel and program; channel 10 is drums. Beats and bars come from the tempo map and the time
        signatures; 4/4 and 120 quarters a minute are assumed until the file says otherwise, as the standard wants.
        `gain` is (volume / 100)**2 * (expression / 127)**2 as these stood when the note began (controllers 7 and 11;
        100 and 127 are what they are before a file sets them). Pedals and bends are not read. A note-off ends the
        oldest note of its channel and pitch; a note without one lasts until the end; one of no length is left out.

    Raises
    ------
    ScoreError
        No MIDI file, or one without notes, or one whose tracks or times do not belong together (format 2, SMPTE).
    FileNotFoundError

    Notes
    -----
    Messages are read by mido. Chapter 05.

    Examples
    --------
    >>> read_midi("tune.mid").beats  # doctest: +SKIP
    array([0. , 0.5, 1. , 1.5])
    """
    import mido

    path = Path(path)
    content = io.BytesIO(path.read_bytes())
    try:
        file = mido.MidiFile(file=content, clip=True)
    except Exception as error:  # mido raises many kinds, some of its own
        raise ScoreError(
            f"{path} cannot be read as a MIDI file ({type(error).__name__}: {error})"
        ) from None
    if file.type == 2 or not 0 < file.ticks_per_beat < 32768:
        raise ScoreError(
            f"{path} is of format {file.type} with {file.ticks_per_beat} ticks a quarter; wanted format 0 "
            "or 1, and ticks that divide quarters"
        )
    messages = [
        (tick / file.ticks_per_beat, number, message)
        for number, track in enumerate(file.tracks)
        for tick, message in _absolute(track)
    ]
    messages.sort(
        key=lambda entry: entry[0]
    )  # a stable sort: what is simultaneous stays in the order of the tracks
    rows, sources = _notes_of_messages(messages)
    if not rows:
        raise ScoreError(f"{path} holds no notes")
    notes = np.zeros(len(rows), NOTE)
    for name, column in zip(
        ("onset", "offset", "pitch", "velocity", "gain", "program", "part", "drum"),
        zip(*rows, strict=True),
        strict=True,
    ):
        notes[name] = column
    tempos, metres = {0.0: 0.5}, {0.0: (4, 4)}  # s a quarter; until the file says otherwise
    for at, _, message in messages:  # a clock that stands and a bar without length are passed over
        if message.type == "set_tempo" and message.tempo > 0:
            tempos[at] = message.tempo / 1e6
        elif (
            message.type == "time_signature" and message.numerator > 0 and message.denominator <= 64
        ):
            metres[at] = (message.numerator, message.denominator)
    end = float(notes["offset"].max())
    if end > LONGEST:
        raise ScoreError(
            f"{path} lasts {end:.0f} quarters; wanted at most {LONGEST}: is it damaged?"
        )
    signatures = tuple((at, *metre) for at, metre in sorted(metres.items()) if at < end)
    time_map = _piecewise(sorted(tempos.items()))
    bars = _bars(signatures, end=end)
    names = [
        file.tracks[track].name.strip() or f"part {i + 1}"
        for i, (track, _, _) in enumerate(sources)
    ]
    return Score(
        notes=timed(notes, time_map),
        bar_positions=bars,
        time_map=time_map,
        time_signatures=signatures,
        beat_positions=beats_between(bars, signatures, begin=0.0, end=end),
        parts=tuple(names),
        title=path.stem,
    )


def _absolute(track):
    """The messages of a track with the tick at which they stand."""
    tick = 0
    for message in track:
        tick += message.time
        yield tick, message


def _notes_of_messages(messages):
    """Rows (onset, offset, pitch, velocity, gain, program, part, drum), and the (track, channel, program) of the
    parts. The channel's state is followed as the messages go by."""
    program, volume, expression = [0] * 16, [100] * 16, [127] * 16
    sources, rows, sounding = {}, [], {}
    at = 0.0
    for at, track, message in messages:
        channel = getattr(message, "channel", None)
        if message.type == "program_change":
            program[channel] = message.program
        elif message.type == "control_change" and message.control == 7:
            volume[channel] = message.value
        elif message.type == "control_change" and message.control == 11:
            expression[channel] = message.value
        elif message.type == "note_on" and message.velocity > 0:
            part = sources.setdefault((track, channel, program[channel]), len(sources))
            gain = (volume[channel] / 100) ** 2 * (expression[channel] / 127) ** 2
            row = [
                at,
                None,
                message.note,
                message.velocity,
                gain,
                program[channel],
                part,
                channel == 9,
            ]
            rows.append(row)
            sounding.setdefault((channel, message.note), []).append(row)
        elif message.type in ("note_on", "note_off"):
            waiting = sounding.get((channel, message.note))
            if waiting:
                waiting.pop(0)[1] = at
    for waiting in sounding.values():
        for row in waiting:
            row[1] = at
    return [row for row in rows if row[1] > row[0]], list(sources)


def _piecewise(tempos):
    """The time map of (position, s a quarter) pairs, each of which holds until the next."""
    corners = [(0.0, 0.0)]
    for (position, pace), (following, _) in zip(
        tempos, [*tempos[1:], (tempos[-1][0] + 1.0, 0.0)], strict=True
    ):
        corners.append((following, corners[-1][1] + pace * (following - position)))
    return np.array(corners)


def _bars(signatures, *, end):
    """Where bars begin, when every bar is as long as its time signature says."""
    ends = [start for start, _, _ in signatures[1:]] + [end]
    bars = [
        np.arange(start, stop - 1e-6, 4 * numerator / denominator)
        for (start, numerator, denominator), stop in zip(signatures, ends, strict=True)
    ]
    return np.concatenate(bars)


# ---------------------------------------------------------------- changing


def transpose(score, *, semitones):
    """The same score, higher or lower; drums stay.

    Parameters
    ----------
    score : Score
    semitones : int
        Up, or down where negative.

    Returns
    -------
    Score
        Its key follows (named with sharps, or flats where that is usual).

    Examples
    --------
    >>> score = from_notes([(0, 1, 60)], key="A minor")
    >>> up = transpose(score, semitones=3)
    >>> int(up.notes["pitch"][0]), up.key
    (63, 'C minor')
    """
    semitones = arguments.integer(semitones, "semitones", low=-127, high=127)
    notes = score.notes.copy()
    notes["pitch"] += np.where(notes["drum"], 0, semitones).astype(np.int16)
    if notes["pitch"].min(initial=0) < 0 or notes["pitch"].max(initial=0) > 127:
        raise arguments.ArgumentError(
            f"semitones = {semitones} moves pitches to {notes['pitch'].min()} to "
            f"{notes['pitch'].max()}; MIDI has 0 to 127"
        )
    return replace(score, notes=notes, key=_transposed_key(score.key, semitones))


def _transposed_key(key, semitones):
    if not key:
        return ""
    tonic, mode = tonic_and_mode(key)
    names = {"major": "C Db D Eb E F F# G Ab A Bb B", "minor": "C C# D Eb E F F# G G# A Bb B"}[
        mode
    ].split()
    return f"{names[(tonic + semitones) % 12]} {mode}"


def with_tempo(score, *, bpm):
    """The same score at one steady tempo.

    Parameters
    ----------
    score : Score
    bpm : float
        Beats a minute, of the first time signature's beat; a quarter stays as long where the metre changes.

    Returns
    -------
    Score

    Examples
    --------
    >>> with_tempo(from_notes([(0, 1, 60), (1, 1, 62)]), bpm=30).notes["start"]
    array([0., 2.])
    """
    bpm = arguments.real(bpm, "bpm", above=0)
    _, numerator, denominator = (score.time_signatures or ((0.0, 4, 4),))[0]
    time_map = steady(60 / bpm / beat_length(numerator, denominator))
    return replace(score, notes=timed(score.notes, time_map), time_map=time_map)


def with_programs(score, *, programs):
    """The same score on other instruments.

    Parameters
    ----------
    score : Score
    programs : int or sequence of int
        General MIDI programs, 0 to 127: one for all parts, or one a part, from the beginning again where there are
        more parts. Drums keep their kit.

    Returns
    -------
    Score

    Examples
    --------
    >>> duet = from_notes([(0, 1, 72, 0), (0, 1, 48, 1)])
    >>> with_programs(duet, programs=[73, 70]).notes["program"]  # flute and bassoon
    array([73, 70], dtype=int16)
    """
    programs = [
        arguments.integer(program, "programs", low=0, high=127)
        for program in np.atleast_1d(programs).tolist()
    ]
    if not programs:
        raise arguments.ArgumentError("programs is empty; wanted one for all parts, or one a part")
    notes = score.notes.copy()
    chosen = np.array(programs, dtype=np.int16)[notes["part"] % len(programs)]
    notes["program"] = np.where(notes["drum"], notes["program"], chosen)
    return replace(score, notes=notes)


def with_drums(score, *, velocity=100):
    """The same score with a plain beat: bass drum and snare in turn on the beats, closed hi-hat on beats and halves.

    Parameters
    ----------
    score : Score
    velocity : int
        Of every stroke, 1 to 127.

    Returns
    -------
    Score
        With one more part, "drums". Downbeats get the bass drum.

    Examples
    --------
    >>> drummed = with_drums(from_notes([(0, 4, 60)]))
    >>> drummed.notes["pitch"][drummed.notes["drum"] & (drummed.notes["pitch"] != 42)]
    array([36, 38, 36, 38], dtype=int16)
    """
    velocity = arguments.integer(velocity, "velocity", high=127)
    beats = score.beat_positions
    if not len(beats):
        raise arguments.ArgumentError(
            "the score has no beats; wanted one that midi has read or made"
        )
    steps = (
        np.diff(beats, append=2 * beats[-1] - beats[-2]) if len(beats) > 1 else np.ones(len(beats))
    )
    since_bar = (
        np.arange(len(beats))
        - np.searchsorted(beats, score.bar_positions)[
            np.maximum(np.searchsorted(score.bar_positions, beats + 1e-9) - 1, 0)
        ]
    )
    strokes = [
        (at, 36 if count % 2 == 0 else 38) for at, count in zip(beats, since_bar, strict=True)
    ]
    strokes += [
        (at + half * step, 42) for at, step in zip(beats, steps, strict=True) for half in (0.0, 0.5)
    ]
    drums = np.zeros(len(strokes), NOTE)
    for stroke, (at, pitch) in zip(drums, strokes, strict=True):
        stroke["onset"], stroke["offset"], stroke["pitch"] = at, at + 0.25, pitch
    drums["velocity"], drums["gain"], drums["drum"], drums["part"] = (
        velocity,
        1.0,
        True,
        len(score.parts),
    )
    return replace(
        score,
        notes=timed(np.concatenate([score.notes, drums]), score.time_map),
        parts=(*score.parts, "drums"),
    )


def excerpt(score, *, start=0.0, end=None):
    """What sounds between two times, as a score that begins at 0.

    Parameters
    ----------
    score : Score
    start, end : float
        Times, s; None for the end of the score. Notes that reach beyond them are cut there; of a stretch without
        notes comes a score without notes.

    Returns
    -------
    Score
        With the beats and bars in [start, end).

    Examples
    --------
    >>> score = from_notes([(0, 1, 60), (1, 1, 62), (2, 1, 64)], bpm=60)
    >>> excerpt(score, start=0.5, end=2.0).notes["start"]
    array([0. , 0.5])
    """
    start = arguments.real(start, "start", low=0)
    if end is None and start >= score.duration > 0:
        raise arguments.ArgumentError(
            f"start = {start:g} s; wanted a time before the score's end at {score.duration:g} s"
        )
    end = score.duration if end is None else arguments.real(end, "end", above=start)
    first, last = score.positions([start, end])
    notes = score.notes[
        (score.notes["end"] > start + 1e-9) & (score.notes["start"] < end - 1e-9)
    ].copy()
    notes["onset"] = np.maximum(notes["onset"], first) - first
    notes["offset"] = np.minimum(notes["offset"], last) - first
    corners = score.time_map[:, 0]
    corners = np.concatenate([[first], corners[corners > first], [max(first, corners[-1]) + 1.0]])
    time_map = np.stack([corners - first, score.seconds(corners) - start], axis=1)
    kept = [
        (max(position, first) - first, n, d)
        for position, n, d in score.time_signatures
        if position < last
    ]
    signatures = tuple({position: (position, n, d) for position, n, d in kept}.values())
    inside = {
        name: positions[(positions > first - 1e-9) & (positions < last - 1e-9)] - first
        for name, positions in (
            ("beat_positions", score.beat_positions),
            ("bar_positions", score.bar_positions),
        )
    }
    return replace(
        score, notes=timed(notes, time_map), time_map=time_map, time_signatures=signatures, **inside
    )


# ---------------------------------------------------------------- sound


def render(score, *, sr, soundfont, mono=True, peak=PEAK):
    """The score, played by the recorded instruments of a soundfont.

    Parameters
    ----------
    score : Score
    sr : float
        Sample rate of the result, Hz.
    soundfont : str or Path
        A .sf2 file with General MIDI instruments; `data.soundfont()` fetches one.
    mono : bool
        Average the two channels.
    peak : float
        The largest absolute sample is scaled to this: rendered music has no level of its own.

    Returns
    -------
    ndarray, float32, (n,) or (2, n)
        Sample i is at i / sr seconds of the score. The last notes ring on after its end, for two seconds at most: the
        second of them is faded out.

    Raises
    ------
    arguments.ArgumentError
        The score has no notes.
    FileNotFoundError
        There is no such soundfont.

    Notes
    -----
    Synthesis is in `coursekit.soundfont`. Chapter 05.

    Examples
    --------
    >>> y = render(score, sr=22050, soundfont=data.soundfont())  # doctest: +SKIP
    """
    sr, peak = arguments.sample_rate(sr), arguments.real(peak, "peak", above=0, high=1)
    if not len(score.notes):
        raise arguments.ArgumentError("the score has no notes; wanted at least one to render")
    y = sampler.play(score.notes, font=soundfont)
    y = y.mean(axis=0) if mono else y
    seconds_after = np.arange(y.shape[-1]) / sampler.SR - score.duration
    y = (y * np.clip(2 - seconds_after, 0, 1).astype(np.float32))[..., seconds_after < 2]
    y = audio.resample(y, orig_sr=sampler.SR, target_sr=sr)
    return y * np.float32(peak / max(float(np.abs(y).max()), 1e-9))


def piano_roll(score, *, frame_rate, drums=False):
    """Which pitches sound, frame by frame.

    Parameters
    ----------
    score : Score
    frame_rate : float
        Frames a second; frame i is the moment i / frame_rate. For librosa's frames: sr / hop_length.
    drums : bool
        Count drums too.

    Returns
    -------
    ndarray, (128, frames)
        The velocity of the note that sounds at a pitch, the strongest where there are more; 0 for silence. A note that
        is shorter than a frame is marked in the frame nearest to its start.

    Examples
    --------
    >>> roll = piano_roll(from_notes([(0, 1, 60), (1, 1, 64)], bpm=60), frame_rate=2)
    >>> roll[[60, 64]]
    array([[80., 80.,  0.,  0.],
           [ 0.,  0., 80., 80.]])
    """
    frame_rate = arguments.real(frame_rate, "frame_rate", above=0)
    n_frames = int(np.ceil(score.duration * frame_rate - 1e-6))
    roll = np.zeros((128, n_frames))
    for note in score.notes[~score.notes["drum"] | drums]:
        first = int(np.ceil(note["start"] * frame_rate - 1e-6))
        last = int(np.ceil(note["end"] * frame_rate - 1e-6))
        if last <= first:
            first = min(int(np.round(note["start"] * frame_rate)), n_frames - 1)
            last = first + 1
        sounding = roll[note["pitch"], first:last]
        np.maximum(sounding, note["velocity"], out=sounding)
    return roll


def sonify(score, *, sr, n_harmonics=3, peak=PEAK):
    """The score in sines: needs no soundfont, and holds nothing but the notes. Drums are left out.

    Parameters
    ----------
    score : Score
    sr : float
        Sample rate, Hz.
    n_harmonics : int
        Sines a note, the k-th at k times its frequency with amplitude 1 / k**2; those above sr / 2 are left out.
    peak : float
        The largest absolute sample is scaled to this.

    Returns
    -------
    ndarray, float64, (n,)

    Examples
    --------
    >>> sonify(from_notes([(0, 1, 69)], bpm=60), sr=8000).shape
    (8000,)
    """
    sr, n_harmonics = arguments.sample_rate(sr), arguments.integer(n_harmonics, "n_harmonics")
    y = np.zeros(max(int(np.ceil(score.duration * sr)), 1))
    for note in score.notes[~score.notes["drum"]]:
        first, last = int(np.round(note["start"] * sr)), int(np.round(note["end"] * sr))
        t = np.arange(min(last, len(y)) - first) / sr
        frequency = units.midi_to_hz(int(note["pitch"]))
        tone = sum(
            np.sin(2 * np.pi * k * frequency * t) / k**2
            for k in range(1, n_harmonics + 1)
            if k * frequency < sr / 2
        )
        fade = (
            np.minimum(1, np.minimum(t, t[::-1]) / 0.01) if len(t) else t
        )  # 10 ms, against clicks
        y[first : first + len(t)] += note["velocity"] / 127 * fade * tone
    return y * (peak / max(np.abs(y).max(), 1e-9))
