"""midi against files written by hand, mido's own clock, music21, closed forms, and damaged files."""

import dataclasses
import re

import mido
import music21
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import data, midi, musicxml
from coursekit.arguments import ArgumentError

TINY = 1e-9  # s and quarter notes: positions are sums of a few float64 products


def close(a, b, tolerance=TINY):
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=0, atol=tolerance)


# ---- a score made of rows ----


def test_from_notes_by_hand():
    score = midi.from_notes([(0, 1, 60), (1, 2, 64), (3, 3, 67)], bpm=90, time_signature="3/4")
    assert close(score.notes["start"], [0, 2 / 3, 2]) and close(score.notes["end"], [2 / 3, 2, 4])
    assert close(score.beats, np.arange(6) * 2 / 3) and close(score.downbeats, [0, 2])
    assert close(score.duration, 4) and close(score.tempo, 90)


@pytest.mark.parametrize(
    "metre, pickup, bars, beats",
    [
        ("4/4", 1, [1, 5], range(8)),
        ("3/4", 0, [0, 3, 6], range(8)),
        ("3/2", 0, [0, 6], [0, 2, 4, 6]),  # a half is the beat
        (
            "6/8",
            0.5,
            [0.5, 3.5, 6.5],
            [0.5, 2, 3.5, 5, 6.5],
        ),  # a dotted quarter; the eighth before the bar is no beat
        ("6/8", 1.5, [1.5, 4.5, 7.5], [0, 1.5, 3, 4.5, 6, 7.5]),
        ("6/4", 0, [0, 6], range(8)),
        ("5/4", 0, [0, 5], range(8)),
    ],
)
def test_beats_and_bars_of_metres(metre, pickup, bars, beats):
    score = midi.from_notes([(0, 8, 60)], time_signature=metre, pickup=pickup)
    assert close(score.bar_positions, bars) and close(score.beat_positions, list(beats))
    assert set(score.bar_positions) <= set(score.beat_positions)


def test_an_empty_score():
    score = midi.from_notes([])
    assert len(score.notes) == len(score.beats) == len(score.downbeats) == 0
    assert score.duration == score.tempo == 0
    assert midi.piano_roll(score, frame_rate=10).shape == (128, 0)
    assert not midi.sonify(score, sr=8000).any()
    for refused in (
        lambda: midi.with_drums(score),
        lambda: midi.render(score, sr=8000, soundfont="none.sf2"),
    ):
        with pytest.raises(ArgumentError, match="the score has no"):
            refused()


@pytest.mark.parametrize(
    "row, complaint",
    [
        ((0, 1), r"a row is \(0, 1\); wanted \(onset, duration, pitch\)"),
        ((0, 1, 60, 0, 80), "a row is"),
        ((-1, 1, 60), "onset = -1; wanted at least 0"),
        ((np.nan, 1, 60), "onset = nan"),
        ((0, 0, 60), "duration = 0; wanted more than 0"),
        ((0, 1, 128), "pitch = 128; wanted at most 127"),
        ((0, 1, 60.5), "pitch = 60.5"),
        ((0, 1, 60, -1), "part = -1"),
    ],
)
def test_rows_that_are_no_notes_are_refused(row, complaint):
    with pytest.raises(ArgumentError, match=complaint):
        midi.from_notes([(0, 1, 60), row])


@pytest.mark.parametrize(
    "how, complaint",
    [
        *(
            (dict(time_signature=wrong), "wanted a number of notes and their kind, as in '3/4'")
            for wrong in ("4", "0/4", "4/0", "4/3", "waltz", None)
        ),
        *(
            (dict(key=wrong), "wanted a name such as 'F# minor'")
            for wrong in ("c minor", "H minor", "D dorian", "Dm")
        ),
        (dict(pickup=-1), "pickup = -1"),
    ],
)
def test_metres_and_keys_that_are_none_are_refused(how, complaint):
    with pytest.raises(ArgumentError, match=complaint):
        midi.from_notes([(0, 1, 60)], **how)


# ---- MIDI files ----


def write(path, *tracks, ticks=480, kind=1):
    """A MIDI file of tracks of (tick, message), ticks counted from the beginning."""
    file = mido.MidiFile(type=kind, ticks_per_beat=ticks)
    for messages in tracks:
        track, before = mido.MidiTrack(), 0
        for tick, message in sorted(messages, key=lambda entry: entry[0]):
            track.append(message.copy(time=tick - before))
            before = tick
        file.tracks.append(track)
    file.save(path)
    return path


def on(pitch, channel=0, velocity=80):
    return mido.Message("note_on", note=pitch, velocity=velocity, channel=channel)


def off(pitch, channel=0):
    return mido.Message("note_off", note=pitch, channel=channel)


def metre(numerator, denominator):
    return mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)


def tempo(bpm):
    return mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))


def test_read_midi_by_hand(tmp_path):
    """Two bars of 3/4 at 60, then 4/4 at 120 from quarter 6; an instrument that changes, drums, a channel made
    quieter."""
    path = write(
        tmp_path / "hand.mid",
        [(0, tempo(60)), (0, metre(3, 4)), (6 * 480, metre(4, 4)), (6 * 480, tempo(120))],
        [
            (0, mido.MetaMessage("track_name", name="lead")),
            (0, mido.Message("program_change", program=40)),
            (0, on(60)),
            (480, off(60)),
            (7 * 480, mido.Message("program_change", program=73)),
            (5 * 480, on(62)),
            (7 * 480, on(62, velocity=0)),
            (8 * 480, on(64)),
            (10 * 480, off(64)),
        ],
        [
            (0, mido.Message("control_change", channel=9, control=7, value=50)),
            (0, on(36, 9)),
            (240, off(36, 9)),
            (480, mido.Message("control_change", channel=9, control=11, value=0)),
            (480, on(38, 9)),
            (720, off(38, 9)),
        ],
    )
    score = midi.read_midi(path)
    lead = score.notes[~score.notes["drum"]]
    assert close(lead["start"], [0, 5, 7]) and close(
        lead["end"], [1, 6.5, 8]
    )  # quarter 7 is half a second after 6
    assert lead["program"].tolist() == [40, 40, 73] and lead["part"].tolist() == [0, 0, 2]
    drums = score.notes[score.notes["drum"]]
    assert close(drums["start"], [0, 1]) and close(drums["gain"], [0.25, 0])
    assert score.parts == ("lead", "part 2", "lead") and score.title == "hand"
    assert close(score.bar_positions, [0, 3, 6]) and close(score.downbeats, [0, 3, 6])
    assert close(score.beats, [0, 1, 2, 3, 4, 5, 6, 6.5, 7, 7.5])
    assert score.time_signatures == ((0.0, 3, 4), (6.0, 4, 4))


def test_notes_of_one_pitch_end_in_the_order_in_which_they_began(tmp_path):
    path = write(
        tmp_path / "a.mid",
        [
            (0, on(60)),
            (480, on(60)),
            (960, off(60)),
            (1440, off(60)),
            (1440, off(60)),
            (1500, on(72)),
            (1500, off(72)),
            (1600, on(65)),
            (1920, off(1)),
        ],
    )
    notes = midi.read_midi(path).notes
    assert close(notes["onset"], [0, 1, 1600 / 480]) and close(
        notes["offset"], [2, 3, 4]
    )  # the last never ended


def test_without_tempo_and_metre_the_standard_s_own_hold(tmp_path):
    score = midi.read_midi(
        write(tmp_path / "a.mid", [(0, on(60)), (8 * 96, off(60))], ticks=96, kind=0)
    )
    assert close(score.duration, 4) and close(score.downbeats, [0, 2]) and score.tempo == 120


def test_a_metre_without_length_and_a_clock_that_stands_are_passed_over(tmp_path):
    path = write(
        tmp_path / "a.mid",
        [
            (0, tempo(60)),
            (0, on(60)),
            (480, mido.MetaMessage("set_tempo", tempo=0)),
            (480, metre(0, 4)),
            (960, off(60)),
        ],
    )
    assert close(midi.read_midi(path).beats, [0, 1])


@pytest.mark.parametrize(
    "content, complaint",
    [
        (b"", "cannot be read as a MIDI file"),
        (b"RIFF1234WAVE", "cannot be read as a MIDI file"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0", "holds no notes"),
        (b"MThd\0\0\0\6\0\2\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0", "format 2"),
        (b"MThd\0\0\0\6\0\1\0\1\xe7\x28MTrk\0\0\0\4\0\xff\x2f\0", "ticks"),
        (
            b"MThd\0\0\0\6\0\1\0\1\0\1MTrk\0\0\0\x0f\0\x90\x3c\x40\xff\xff\xff\x7f\x80\x3c\x40\0\xff\x2f\0",
            "is it damaged",
        ),
    ],
)
def test_what_is_no_midi_file_is_refused_by_name(tmp_path, content, complaint):
    (tmp_path / "bad.mid").write_bytes(content)
    with pytest.raises(midi.ScoreError, match=f"bad.mid.*{complaint}"):
        midi.read_midi(tmp_path / "bad.mid")
    with pytest.raises(FileNotFoundError):
        midi.read_midi(tmp_path / "none.mid")


@settings(derandomize=True, max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cut=st.booleans())
def test_a_damaged_file_is_a_score_or_a_score_error(tmp_path_factory, seed, cut):
    rng = np.random.default_rng(seed)
    folder = tmp_path_factory.mktemp("damaged")
    whole = write(
        folder / "a.mid",
        [(0, tempo(100)), (0, metre(6, 8))]
        + [(i * 100, on(60 + i)) for i in range(9)]
        + [(i * 100 + 90, off(60 + i)) for i in range(9)],
    ).read_bytes()
    bad = bytearray(whole[: rng.integers(len(whole))] if cut else whole)
    for _ in range(rng.integers(1, 8)):
        if bad:
            bad[rng.integers(len(bad))] = rng.integers(256)
    (folder / "b.mid").write_bytes(bytes(bad))
    try:
        score = midi.read_midi(folder / "b.mid")
    except midi.ScoreError:
        return
    assert (
        np.isfinite(score.notes["start"]).all()
        and (score.notes["end"] > score.notes["start"]).all()
    )
    assert np.isfinite(score.beats).all() and (np.diff(score.beats) > 0).all()


@pytest.mark.shelf
@pytest.mark.parametrize(
    "name", ["be_sharp", "chuggachugga", "midnight_snow_run", "hobo", "skydive"]
)
def test_times_are_those_of_mido_s_own_clock(name):
    """mido adds up seconds from message to message; we read them off a time map. These tunes change tempo or metre."""
    path = data.load("band", quiet=True)[name].path
    now, starts = 0.0, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity > 0:
            starts.append(now)
    ours = np.sort(midi.read_midi(path).notes["start"])
    assert (
        np.abs(ours - np.sort(starts)[: len(ours)]).max() < 1e-6
    )  # s; mido's sum has up to 1e4 terms
    assert len(starts) == len(ours)


# ---- MusicXML ----


NOTE_XML = (
    "<note><pitch><step>{0}</step><octave>{1}</octave></pitch><duration>{2}</duration>{3}</note>"
)


def write_musicxml(path, *, repeat=False):
    """In 3/4: a pick-up; a note tied over the bar line; a bar that a repeat sign may cut in two; a fermata."""
    tie, tied = '<tie type="start"/>', '<tie type="stop"/>'
    fermata = "<notations><fermata/></notations>"
    bars = [["C41"], ["D41", "E42" + tie], ["E41" + tied, "F41"], ["G41"], ["C53" + fermata]]
    measures = []
    for number, notes in enumerate(bars):
        head = "<attributes><divisions>1</divisions><time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
        sign = (
            '<barline location="right"><repeat direction="backward"/></barline>'
            if repeat and number == 2
            else ""
        )
        body = "".join(NOTE_XML.format(note[0], note[1], note[2], note[3:]) for note in notes)
        measures.append(
            f'<measure number="{number}">{"" if number else head}{body}{sign}</measure>'
        )
    names = '<part-list><score-part id="P1"><part-name>Soprano</part-name></score-part></part-list>'
    path.write_text(
        f'<score-partwise>{names}<part id="P1">{"".join(measures)}</part></score-partwise>'
    )
    return path


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "shelf"))
    return tmp_path / "shelf"


@pytest.mark.parametrize("repeat", [False, True])
def test_read_musicxml_by_hand(tmp_path, shelf, repeat):
    score = midi.read_musicxml(write_musicxml(tmp_path / "hand.musicxml", repeat=repeat))
    assert score.notes["pitch"].tolist() == [60, 62, 64, 65, 67, 72]
    assert close(score.notes["onset"], [0, 1, 2, 5, 6, 7]) and close(
        score.notes["offset"], [1, 2, 5, 6, 7, 10]
    )
    assert close(
        score.bar_positions, [1, 4, 7]
    )  # not the pick-up, and not the last quarter of the cut bar
    assert close(score.beat_positions, range(10)) and close(score.tempo, 100)
    assert (
        score.time_signatures == ((0.0, 3, 4),)
        and score.title == "hand"
        and score.parts == ("Soprano",)
    )


def test_what_is_not_to_be_played_is_left_out(tmp_path, shelf):
    """A chord symbol, a grace note and a drum stand beside two notes; without the two there is no score."""
    symbol = "<harmony><root><root-step>G</root-step></root><kind>major</kind></harmony>"
    grace = "<note><grace/><pitch><step>A</step><octave>4</octave></pitch></note>"
    drum = "<note><unpitched><display-step>C</display-step><display-octave>4</display-octave></unpitched>"
    others = symbol + grace + f"{drum}<duration>1</duration></note>"
    whole = write_musicxml(tmp_path / "whole.musicxml").read_text()
    path = tmp_path / "a.musicxml"
    path.write_text(whole.replace("</attributes>", "</attributes>" + others))
    score = midi.read_musicxml(path)
    assert (
        score.notes["pitch"].tolist()
        == midi.read_musicxml(tmp_path / "whole.musicxml").notes["pitch"].tolist()
    )
    assert (score.notes["offset"] > score.notes["onset"]).all()
    path.write_text(
        re.sub("<note>.*?</note>", "", whole).replace("</attributes>", "</attributes>" + others)
    )
    with pytest.raises(
        midi.ScoreError, match="a.musicxml holds no notes that have a pitch and a length"
    ):
        midi.read_musicxml(path)


@pytest.mark.parametrize("content", ["", "<html/>", "<score-partwise></score-partwise>", "no xml"])
def test_what_is_no_score_is_refused_by_name(tmp_path, shelf, content):
    (tmp_path / "bad.musicxml").write_text(content)
    with pytest.raises(midi.ScoreError, match="bad.musicxml"):
        midi.read_musicxml(tmp_path / "bad.musicxml")
    assert not shelf.exists()


def test_a_score_is_parsed_once_and_kept_by_content(tmp_path, shelf, monkeypatch):
    first = midi.read_musicxml(write_musicxml(tmp_path / "a.musicxml"))
    (tmp_path / "b.musicxml").write_bytes((tmp_path / "a.musicxml").read_bytes())
    monkeypatch.setattr(
        musicxml, "_parse_musicxml", lambda path: pytest.fail("it was parsed again")
    )
    for name in ("a", "b"):
        again = midi.read_musicxml(tmp_path / f"{name}.musicxml")
        assert (again.notes == first.notes).all() and again.title == name
        for field in ("beat_positions", "bar_positions", "time_map"):
            assert np.array_equal(getattr(again, field), getattr(first, field))
        assert (again.time_signatures, again.parts) == (first.time_signatures, first.parts)
    (kept,) = (shelf / "parsed").iterdir()
    assert (
        kept.suffix == ".npz" and music21.__version__ in kept.name and musicxml.READER in kept.name
    )
    monkeypatch.setattr(musicxml, "READER", "another")
    with pytest.raises(pytest.fail.Exception, match="parsed again"):
        midi.read_musicxml(tmp_path / "a.musicxml")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: bytes(len(content)),
        lambda content: content[:200] + b"????" + content[204:],
        lambda content: b"not a zip",
    ],
)
def test_a_damaged_cache_is_parsed_anew(tmp_path, shelf, spoil):
    path = write_musicxml(tmp_path / "a.musicxml")
    first = midi.read_musicxml(path)
    (kept,) = (shelf / "parsed").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(spoil(whole))
    assert (midi.read_musicxml(path).notes == first.notes).all()
    assert kept.read_bytes() == whole and [kept] == list((shelf / "parsed").iterdir())


def test_whatever_bytes_are_changed_a_cache_is_read_whole_or_not_at_all(tmp_path):
    """Flipped bytes make zipfile and NumPy raise errors of a dozen kinds, none of which may stop the reader."""
    score = midi.from_notes([(i, 1, 60 + i) for i in range(8)], title="a")
    musicxml._keep(score, tmp_path / "whole.npz")
    whole, rng = (tmp_path / "whole.npz").read_bytes(), np.random.default_rng(1)
    for position in rng.integers(
        len(whole), size=800
    ):  # enough to meet unknown compressions, flags and versions
        (tmp_path / "bad.npz").write_bytes(
            whole[:position] + bytes([rng.integers(256)]) + whole[position + 1 :]
        )
        read = musicxml._cached(tmp_path / "bad.npz")
        assert read is None or (read.notes == score.notes).all()


def test_a_cache_of_other_fields_is_parsed_anew(tmp_path, shelf):
    path = write_musicxml(tmp_path / "a.musicxml")
    first = midi.read_musicxml(path)
    (kept,) = (shelf / "parsed").iterdir()
    np.savez(
        kept,
        about='{"time_signatures": [], "parts": [], "title": ""}',
        notes=np.zeros(3),
        beat_positions=np.zeros(1),
        bar_positions=np.zeros(1),
        time_map=np.zeros((2, 2)),
    )
    assert (midi.read_musicxml(path).notes == first.notes).all()


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "file" / "shelf"))
    assert len(midi.read_musicxml(write_musicxml(tmp_path / "a.musicxml")).notes) == 6


def test_no_cache_where_none_is_wanted(tmp_path, shelf):
    midi.read_musicxml(write_musicxml(tmp_path / "a.musicxml"), cache=False)
    assert not shelf.exists()


# ---- changing a score ----


@st.composite
def scores(draw):
    """Up to twelve notes with drums among them, under a tempo that changes once."""
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 31), st.integers(1, 8), st.integers(30, 90), st.integers(0, 2)
            ),
            min_size=1,
            max_size=12,
        )
    )
    rows = [(onset / 4, duration / 4, pitch, part) for onset, duration, pitch, part in rows]
    score = midi.from_notes(
        rows, time_signature=draw(st.sampled_from(["4/4", "3/4", "6/8", "3/2"]))
    )
    time_map = np.array(
        [[0, 0], [draw(st.integers(1, 6)), 2.5], [9, draw(st.integers(3, 9))]], dtype=float
    )
    notes = score.notes.copy()
    notes["drum"] = notes["part"] == 2
    return dataclasses.replace(score, time_map=time_map, notes=midi.timed(notes, time_map))


def same_notes(a, b):
    a, b = (np.sort(score.notes, order=["start", "pitch", "end", "part"]) for score in (a, b))
    return len(a) == len(b) and all(close(a[name], b[name], 1e-6) for name in midi.NOTE.names)


@settings(derandomize=True, max_examples=50, deadline=None)
@given(score=scores(), positions=st.lists(st.floats(-5, 50), min_size=1))
def test_positions_and_seconds_are_inverse(score, positions):
    assert close(score.positions(score.seconds(positions)), positions, 1e-6)
    assert (np.diff(score.seconds(np.sort(positions))) >= 0).all()


@settings(derandomize=True, max_examples=50, deadline=None)
@given(score=scores(), bpm=st.floats(20, 300))
def test_with_tempo_keeps_positions_and_sets_the_beat(score, bpm):
    steady = midi.with_tempo(score, bpm=bpm)
    assert np.array_equal(np.sort(steady.notes["onset"]), np.sort(score.notes["onset"]))
    assert np.allclose(np.diff(steady.beats), 60 / bpm)
    assert np.array_equal(score.time_map[1], score.time_map[1]) and steady is not score


@settings(derandomize=True, max_examples=50, deadline=None)
@given(score=scores(), up=st.integers(-30, 30))
def test_transposing_there_and_back_is_the_score(score, up):
    moved = midi.transpose(score, semitones=up)
    assert same_notes(midi.transpose(moved, semitones=-up), score)
    pitched = ~score.notes["drum"]
    assert np.array_equal(
        moved.notes["pitch"][pitched] - score.notes["pitch"][pitched], np.full(pitched.sum(), up)
    )
    assert np.array_equal(moved.notes["pitch"][~pitched], score.notes["pitch"][~pitched])


@pytest.mark.parametrize(
    "key, up, moved",
    [
        ("C major", 1, "Db major"),
        ("F# minor", -1, "F minor"),
        ("", 3, ""),
        ("Bb major", 2, "C major"),
        ("A minor", 15, "C minor"),
    ],
)
def test_the_key_moves_along(key, up, moved):
    assert midi.transpose(midi.from_notes([(0, 1, 60)], key=key), semitones=up).key == moved


@settings(derandomize=True, max_examples=80, deadline=None)
@given(score=scores(), cut=st.tuples(st.floats(0, 4), st.floats(0.1, 6)))
def test_an_excerpt_sounds_as_its_stretch_of_the_score(score, cut):
    start, end = cut[0], cut[0] + cut[1]
    part = midi.excerpt(score, start=start, end=end)
    inside = (score.notes["end"] > start + 1e-6) & (score.notes["start"] < end - 1e-6)
    assert (
        abs(len(part.notes) - inside.sum())
        <= (np.abs(score.notes["start"] - end) < 1e-6).sum()
        + (np.abs(score.notes["end"] - start) < 1e-6).sum()
    )
    assert (part.notes["start"] > -TINY).all() and (part.notes["end"] < end - start + 1e-6).all()
    beats = score.beats[(score.beats > start + 1e-6) & (score.beats < end - 1e-6)] - start
    assert close(part.beats[part.beats > 2e-6], beats, 1e-6)
    whole_again = np.minimum(score.notes["end"][inside], end) - np.maximum(
        score.notes["start"][inside], start
    )
    assert np.isclose((part.notes["end"] - part.notes["start"]).sum(), whole_again.sum(), atol=1e-5)


def test_an_excerpt_of_all_is_the_score():
    score = midi.from_notes(
        [(0, 1, 60), (1, 2, 64), (3, 3, 67)], time_signature="3/4", title="a", key="C major"
    )
    assert same_notes(midi.excerpt(score), score) and close(midi.excerpt(score).beats, score.beats)
    assert midi.excerpt(score).key == "C major"


def test_an_excerpt_keeps_the_tempo_and_metre_of_its_place():
    score = midi.from_notes([(i, 1, 60) for i in range(12)], bpm=60)
    score = dataclasses.replace(
        score,
        time_map=np.array([[0, 0], [4, 4], [5, 4.5]]),
        time_signatures=((0.0, 4, 4), (8.0, 2, 4)),
    )
    score = dataclasses.replace(score, notes=midi.timed(score.notes, score.time_map))
    part = midi.excerpt(score, start=3.0, end=7.0)  # quarters 3 to 10
    assert close(part.notes["start"], [0, 1, 1.5, 2, 2.5, 3, 3.5])
    assert part.time_signatures == ((0.0, 4, 4), (5.0, 2, 4))


def test_programs_go_round_the_parts_and_leave_drums():
    score = midi.with_drums(midi.from_notes([(0, 1, 72, 0), (0, 1, 60, 1), (0, 1, 48, 2)]))
    chosen = midi.with_programs(score, programs=[73, 70])
    pitched = chosen.notes[~chosen.notes["drum"]]
    assert {int(n["part"]): int(n["program"]) for n in pitched} == {0: 73, 1: 70, 2: 73}
    assert (chosen.notes["program"][chosen.notes["drum"]] == 0).all()
    for wrong in ([128], [-1], [1.5], ["piano"], [], None):
        with pytest.raises(ArgumentError, match="programs"):
            midi.with_programs(score, programs=wrong)


def test_drums_stand_on_the_beats_and_the_bass_drum_on_downbeats():
    score = midi.with_drums(
        midi.from_notes([(0, 7, 60)], time_signature="3/4", pickup=1), velocity=90
    )
    drums = score.notes[score.notes["drum"]]
    assert close(drums["onset"][np.isin(drums["pitch"], [36, 38])], score.beat_positions)
    assert close(np.unique(drums["onset"][drums["pitch"] == 42]), np.arange(14) / 2)
    at = {round(float(n["onset"])): int(n["pitch"]) for n in drums if n["pitch"] != 42}
    assert at == {0: 38, 1: 36, 2: 38, 3: 36, 4: 36, 5: 38, 6: 36}
    assert score.parts[-1] == "drums" and set(drums["velocity"]) == {90}


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda s: midi.transpose(s, semitones=0.5), "semitones = 0.5"),
        (lambda s: midi.transpose(s, semitones=65536), "semitones = 65536; wanted at most 127"),
        (
            lambda s: midi.transpose(s, semitones=100),
            "moves pitches to 160 to 160; MIDI has 0 to 127",
        ),
        (lambda s: midi.with_tempo(s, bpm=0), "bpm = 0; wanted more than 0"),
        (lambda s: midi.excerpt(s, start=2, end=1), "end = 1; wanted more than 2"),
        (lambda s: midi.excerpt(s, start=-1), "start = -1"),
        (
            lambda s: midi.excerpt(s, start=9),
            "start = 9 s; wanted a time before the score's end at 0.5 s",
        ),
        (lambda s: midi.piano_roll(s, frame_rate=0), "frame_rate = 0"),
        (lambda s: midi.sonify(s, sr=None), "sr is None"),
        (lambda s: midi.sonify(s, sr=8000, n_harmonics=0), "n_harmonics = 0"),
        (lambda s: midi.with_drums(s, velocity=200), "velocity = 200"),
        (lambda s: midi.with_drums(s, velocity=1.5), "velocity = 1.5"),
        (lambda s: midi.from_notes([], bpm=-1), "bpm = -1"),
        (lambda s: midi.render(s, sr=22050, soundfont="x.sf2", peak=2), "peak = 2"),
    ],
)
def test_bad_arguments(call, complaint):
    with pytest.raises(ArgumentError, match=complaint):
        call(midi.from_notes([(0, 1, 60)]))


def test_nothing_is_changed_in_place():
    score = midi.with_drums(midi.from_notes([(0, 1, 60), (1, 1, 62)]))
    before = score.notes.copy()
    for change in (
        lambda: midi.transpose(score, semitones=1),
        lambda: midi.with_tempo(score, bpm=50),
        lambda: midi.with_programs(score, programs=5),
        lambda: midi.excerpt(score, start=0.2),
        lambda: midi.with_drums(score),
        lambda: midi.sonify(score, sr=8000),
    ):
        change()
        assert (score.notes == before).all()


# ---- pictures and sounds ----


def test_piano_roll_by_hand():
    score = midi.with_drums(midi.from_notes([(0, 1, 60), (1, 0.25, 64), (1.45, 0.01, 67)], bpm=60))
    roll = midi.piano_roll(score, frame_rate=4)
    expected = np.zeros((128, 7))
    expected[60, :4] = expected[64, 4] = expected[67, 6] = (
        80  # the last is shorter than a frame: in the nearest
    )
    assert roll.shape == (128, 7) and np.array_equal(roll, expected)
    assert midi.piano_roll(score, frame_rate=4, drums=True)[36].any()


@settings(derandomize=True, max_examples=30, deadline=None)
@given(score=scores(), frame_rate=st.floats(50, 200))
def test_piano_roll_marks_each_moment_that_a_note_sounds(score, frame_rate):
    roll = midi.piano_roll(score, frame_rate=frame_rate)
    pitched = score.notes[~score.notes["drum"]]
    t = np.arange(roll.shape[1]) / frame_rate
    for pitch in np.unique(pitched["pitch"]):
        own = pitched[pitched["pitch"] == pitch]
        sounds = ((own["start"] <= t[:, None]) & (t[:, None] < own["end"])).any(axis=1)
        edge = (np.abs(t[:, None] - np.concatenate([own["start"], own["end"]])) < 1e-5).any(axis=1)
        assert ((roll[pitch] > 0) == sounds)[~edge].all()


def test_sonify_is_the_sines_that_it_says():
    score = midi.from_notes([(0, 2, 69)], bpm=60)
    y = midi.sonify(score, sr=8000)
    assert y.dtype == np.float64 and np.isclose(np.abs(y).max(), midi.PEAK) and y[0] == y[-1] == 0
    spectrum = np.abs(np.fft.rfft(y[4000:12000]))  # a second: bin k is k Hz
    peaks = spectrum[[440, 880, 1320]] / spectrum[440]
    assert (
        close(peaks, [1, 1 / 4, 1 / 9], 1e-3)
        and np.delete(spectrum, [440, 880, 1320]).max() < 1e-6 * spectrum[440]
    )
    high = midi.sonify(
        midi.from_notes([(0, 2, 105)], bpm=60), sr=8000
    )  # 3520 Hz: its second harmonic would alias
    assert np.abs(np.fft.rfft(high[4000:12000]))[:3500].max() < 1e-6 * 4000


@pytest.fixture(scope="module")
def soundfont():
    return data.soundfont()


def onset_of(y, sr):
    """When the sound first passes a tenth of its peak, s."""
    return float(np.argmax(np.abs(y) > 0.1 * np.abs(y).max()) / sr)


@pytest.mark.shelf
def test_render_keeps_the_score_s_times(soundfont):
    hits = np.array([0.5, 1.137, 1.9])
    score = midi.from_notes([(0, 0.1, 42)] + [(t, 0.1, 42) for t in hits], bpm=60)
    score.notes["drum"] = True
    y = midi.render(score, sr=22050, soundfont=soundfont)
    for t in hits:
        piece = y[int((t - 0.05) * 22050) : int((t + 0.05) * 22050)]
        assert abs(onset_of(piece, 22050) - 0.05) < 0.005  # s: a hi-hat is there within that


@pytest.mark.shelf
def test_render_gives_what_it_promises(soundfont):
    score = midi.with_programs(midi.from_notes([(0, 1, 60), (0, 1, 64), (1, 1, 67)]), programs=19)
    mono = midi.render(score, sr=22050, soundfont=soundfont)
    stereo = midi.render(score, sr=44100, soundfont=soundfont, mono=False, peak=0.5)
    assert mono.dtype == stereo.dtype == np.float32 and mono.ndim == 1 and stereo.shape[0] == 2
    assert np.isclose(np.abs(mono).max(), midi.PEAK) and np.isclose(np.abs(stereo).max(), 0.5)
    assert len(mono) / 22050 >= score.duration
    assert np.array_equal(mono, midi.render(score, sr=22050, soundfont=soundfont))
    with pytest.raises(FileNotFoundError):
        midi.render(score, sr=22050, soundfont="none.sf2")


@pytest.mark.shelf
def test_a_softer_note_is_softer_by_the_square_of_its_velocity(soundfont):
    score = midi.with_programs(midi.from_notes([(0, 1, 60), (8, 1, 60)], bpm=120), programs=19)
    score.notes["velocity"] = [100, 50]
    y = midi.render(score, sr=22050, soundfont=soundfont)
    loud, soft = (np.abs(y[int(t * 22050) : int((t + 0.4) * 22050)]).max() for t in (0, 4))
    assert abs(soft / loud - 0.25) < 0.01
    score.notes["velocity"], score.notes["gain"] = 100, [1, 0.5]
    y = midi.render(score, sr=22050, soundfont=soundfont)
    loud, soft = (np.abs(y[int(t * 22050) : int((t + 0.4) * 22050)]).max() for t in (0, 4))
    assert abs(soft / loud - 0.5) < 0.01
