"""MusicXML: scores as they stand on paper, read into `scores.Score`. Chapter 05."""

import io
import json
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np

from . import paths, shelf
from .scores import NOTE, Score, ScoreError, beat_length, beats_between, steady, timed

READER = "2"  # counts up when what read_musicxml returns changes, so that what an older one cached is read anew


def read_musicxml(path, *, cache=True):
    """A score from a MusicXML file (.musicxml, .xml, compressed .mxl), as it stands on paper.

    Parameters
    ----------
    path : str or Path
    cache : bool
        Keep what was read in the data folder, and read it from there next time: parsing takes up to a second.

    Returns
    -------
    Score
        Tied notes are one note. Repeats are played once, in the order of the page. A fermata does not stop the beat.
        Ornaments, chord symbols and unpitched drums are not played. Transposing instruments sound as they are written.
        The tempo is 100 beats a minute, unless the first bar has a metronome mark. Velocity is 80 throughout, the
        program 0: see `with_programs`. `key` is "": a signature leaves open which of two it is.

    Raises
    ------
    ScoreError
        It cannot be parsed, or has no notes.
    FileNotFoundError

    Notes
    -----
    Parsed by music21. What is cached is named by the file's SHA-256 and the versions of the readers; a damaged cache
    is parsed anew. Chapter 05.

    Examples
    --------
    >>> read_musicxml("bwv66.6.mxl").time_signatures  # doctest: +SKIP
    ((0.0, 4, 4),)
    """
    path = Path(path)
    place = (
        paths.data_dir()
        / "parsed"
        / f"{shelf.sha256(path)[:32]}-music21-{metadata.version('music21')}-{READER}.npz"
    )
    if cache:
        score = _cached(place)
        if score is not None:
            return replace(score, title=path.stem)
    score = _parse_musicxml(path)
    if cache:
        _keep(score, place)
    return score


def _parse_musicxml(path):
    import music21

    try:
        # music21 keeps pickles of what it parses; these two arguments keep it from doing so.
        parsed = music21.converter.parse(path, forceSource=True, storePickle=False)
    except Exception as error:  # its parsers raise many kinds
        raise ScoreError(
            f"{path} cannot be read as MusicXML ({type(error).__name__}: {error})"
        ) from None
    parts = [part for part in parsed.parts if len(part.recurse().notes)]
    if not parts:
        raise ScoreError(f"{path} holds no notes")
    rows = []
    for number, part in enumerate(parts):
        for element in part.stripTies().flatten().notes:
            # no pitches: drums; no length: grace notes and chord symbols, which may also have one
            if (
                not hasattr(element, "pitches")
                or not element.quarterLength
                or "Harmony" in element.classes
            ):
                continue
            onset = float(element.offset)
            rows += [
                (onset, onset + float(element.quarterLength), pitch.midi, number)
                for pitch in element.pitches
            ]
    if not rows:
        raise ScoreError(f"{path} holds no notes that have a pitch and a length")
    notes = np.zeros(len(rows), NOTE)
    notes["onset"], notes["offset"], notes["pitch"], notes["part"] = np.array(rows).T
    notes["velocity"], notes["gain"] = 80, 1.0
    measures = list(parts[0].getElementsByClass("Measure"))
    signatures = tuple(
        (float(measure.offset), measure.timeSignature.numerator, measure.timeSignature.denominator)
        for measure in measures
        if measure.timeSignature is not None
    ) or ((0.0, 4, 4),)
    end = float(notes["offset"].max())
    bars = _downbeats(
        [(float(measure.offset), float(measure.duration.quarterLength)) for measure in measures],
        signatures,
    )
    marks = parsed.recurse().getElementsByClass("MetronomeMark")
    first = next((mark for mark in marks if mark.getOffsetInHierarchy(parsed) == 0), None)
    pace = 60 / first.getQuarterBPM() if first else 0.6 / beat_length(*signatures[0][1:])
    return Score(
        notes=timed(notes, steady(pace)),
        bar_positions=bars,
        time_map=steady(pace),
        beat_positions=beats_between(bars, signatures, begin=0.0, end=end),
        time_signatures=signatures,
        parts=tuple(part.partName or f"part {i + 1}" for i, part in enumerate(parts)),
        title=path.stem,
    )


def _downbeats(measures, signatures):
    """The measures (position, length) that begin with a first beat: not a pick-up, nor the rest of a bar that a
    repeat sign has cut in two."""
    starts = np.array([start for start, _, _ in signatures])
    found, lacking = [], None  # what the bar before lacks, quarter notes
    for position, length in measures:
        _, numerator, denominator = signatures[
            max(np.searchsorted(starts, position, side="right") - 1, 0)
        ]
        whole = 4 * numerator / denominator
        if length > whole - 1e-6:
            found.append(position)
            lacking = 0.0
        elif (
            lacking is None or position in starts[1:]
        ):  # a pick-up, to the piece or to a part in another metre
            lacking = 0.0
        elif abs(length - lacking) < 1e-6:  # the rest of a cut bar
            lacking = 0.0
        else:
            found.append(position)
            lacking = whole - length
    return np.array(found)


def _cached(place):
    """The score that `_keep` wrote, or None where there is none that can be read."""
    try:
        # from memory: np.load leaves a damaged file open, and then Windows cannot replace it
        with np.load(io.BytesIO(place.read_bytes()), allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            arrays = {
                name: stored[name]
                for name in ("notes", "beat_positions", "bar_positions", "time_map")
            }
        signatures = tuple(map(tuple, about["time_signatures"]))
        score = Score(
            **arrays, time_signatures=signatures, parts=tuple(about["parts"]), title=about["title"]
        )
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
    ):  # zipfile's, for a kind of archive that it cannot read
        return None
    return score if score.notes.dtype == NOTE else None


def _keep(score, place):
    """Keep a score for the next reader; a full or foreign disk is no error, that reader parses again."""
    about = json.dumps(
        {"time_signatures": score.time_signatures, "parts": score.parts, "title": score.title}
    )
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        about=about,
        notes=score.notes,
        beat_positions=score.beat_positions,
        bar_positions=score.bar_positions,
        time_map=score.time_map,
    )
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with paths.writing(place) as fresh:
            fresh.write_bytes(buffer.getvalue())
