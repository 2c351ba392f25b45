"""The controls of chapter 05: they move picture, sound and numbers, and their numbers are true."""

import io

import matplotlib.pyplot as plt
import mir_eval
import numpy as np
import pytest
import soundfile as sf

from coursekit import arguments, harmony, rhythm
from coursekit.chords import chord_sound, majmin_accuracy
from coursekit.controls import HINT
from coursekit.controls import music as music_controls

SR, HOP = 8000, 160
# Four seconds: a click each half second, a softer one between, as of a hi-hat.
BEATS = np.arange(0.25, 7.9, 0.5)
CLICKS = rhythm.clicks(BEATS, sr=SR, length=8 * SR) + 0.4 * rhythm.clicks(
    BEATS[:-1] + 0.25, sr=SR, length=8 * SR
)
# Four chords, a second each, as sines; "drums" make a few frames say something else.
CHORDS = (
    np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]),
    ["C:maj", "G:maj", "C:7", "A:min"],
)
_, TEMPLATES = harmony.chord_templates()
FRAMES = np.repeat([0, 7, 0, 21], 50)
FRAMES[[10, 11, 12, 70, 71, 120]] = [5, 5, 5, 14, 14, 3]
CHROMA = TEMPLATES[np.append(FRAMES, 21)].T + 0.05
SOUND = chord_sound(*CHORDS, sr=SR)


@pytest.fixture(autouse=True)
def closed():
    """Each test begins without open figures, and leaves none."""
    plt.close("all")
    yield
    assert plt.get_fignums() == []


@pytest.fixture(scope="module")
def beats():
    return music_controls.beat_explorer(CLICKS, sr=SR, beats=BEATS, hop_length=80)


@pytest.fixture(scope="module")
def chords():
    return music_controls.chord_explorer(
        SOUND, sr=SR, chroma=CHROMA, hop_length=HOP, intervals=CHORDS[0], labels=CHORDS[1]
    )


def set_to(explorer, **values):
    for name, value in values.items():
        explorer.controls[name].value = value


def decoded(player):
    return sf.read(io.BytesIO(player.data))


def seen(explorer):
    return (
        explorer.figure_png,
        explorer.players[0].data,
        explorer.sentence,
        tuple(explorer.numbers.values()),
    )


# ---- beats ----


def test_the_expected_tempo_moves_picture_sound_words_and_numbers(beats):
    set_to(beats, start_bpm=120, tightness=100)
    right = seen(beats)
    assert (
        beats.numbers["tempo_bpm"] == pytest.approx(120, rel=0.02)
        and beats.numbers["f_measure"] > 0.9
    )
    set_to(beats, start_bpm=240)
    double = seen(beats)
    assert (
        beats.numbers["tempo_bpm"] == pytest.approx(240, rel=0.02)
        and 0.5 < beats.numbers["f_measure"] < 0.8
    )
    assert all(a != b for a, b in zip(right, double, strict=True))
    assert "tempo 240.0" in beats.sentence and "F-measure 0.6" in beats.sentence


def test_tightness_is_passed_on(beats):
    found = []
    for tightness in (0.1, 10_000):
        set_to(beats, start_bpm=120, tightness=tightness)
        found.append(beats.numbers["n_beats"])
    assert found[0] > found[1]  # a loose row takes in more notes; a stiff one keeps the tempo


def test_the_numbers_of_the_beats_are_mir_evals(beats):
    set_to(beats, start_bpm=120, tightness=100)
    envelope = rhythm.onset_strength(CLICKS, sr=SR, n_fft=320, hop_length=80, center=False)
    _, frames = rhythm.beat_track(onset_envelope=envelope, sr=SR, hop_length=80, start_bpm=120)
    assert beats.numbers["f_measure"] == pytest.approx(
        mir_eval.beat.f_measure(BEATS, frames * 80 / SR)
    )


@pytest.mark.parametrize(
    ("y", "true", "words"),
    [
        (np.ones(11 * SR), BEATS, "10 s"),
        (np.zeros(SR), BEATS, "silent"),
        (CLICKS, [1.0], "two or more"),
        (CLICKS, [2.0, 1.0], "rise"),
        (np.ones((2, SR)), BEATS, "to_mono"),
    ],
)
def test_beat_explorer_refuses(y, true, words):
    with pytest.raises(arguments.ArgumentError, match=words):
        music_controls.beat_explorer(y, sr=SR, beats=true)


# ---- chords ----


def test_staying_ends_the_flicker(chords):
    set_to(chords, self_transition=music_controls.ALONE, concentration=2)
    flicker = seen(chords)
    assert chords.numbers["accuracy"] < 0.98 and "by itself" in chords.sentence
    set_to(chords, self_transition=0.97)
    smooth = seen(chords)
    assert chords.numbers["accuracy"] > 0.99  # but for half a frame at each change
    assert chords.numbers["chords_per_s"] == pytest.approx(1.0, abs=0.02)
    assert all(a != b for a, b in zip(flicker, smooth, strict=True))
    set_to(chords, concentration=100)
    assert chords.numbers["chords_per_s"] > 1.5  # every frame is trusted again


def test_each_frame_by_itself_is_the_best_template(chords):
    set_to(chords, self_transition=music_controls.ALONE, concentration=20)
    alone = harmony.recognize_chords(CHROMA)
    found = harmony.segments(
        alone, times=harmony.frame_edges(CHROMA.shape[1], sr=SR, hop_length=HOP)
    )
    assert chords.numbers["accuracy"] == pytest.approx(majmin_accuracy(*CHORDS, *found))


def test_truth_after_the_end_of_the_sound_does_not_count():
    longer = np.vstack([CHORDS[0], [[4.0, 400.0]]]), [*CHORDS[1], "F:maj"]
    explorer = music_controls.chord_explorer(
        SOUND, sr=SR, chroma=CHROMA, hop_length=HOP, intervals=longer[0], labels=longer[1]
    )
    set_to(explorer, concentration=2)
    assert explorer.numbers["accuracy"] > 0.99


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"chroma": CHROMA[:, :50]}, "50 frames"),
        ({"labels": CHORDS[1][:3]}, "3 labels"),
        ({"chroma": CHROMA.T}, "transposed"),
        ({"y": np.zeros(SR)}, "silent"),
    ],
)
def test_chord_explorer_refuses(change, words):
    given = dict(y=SOUND, chroma=CHROMA, intervals=CHORDS[0], labels=CHORDS[1]) | change
    with pytest.raises(arguments.ArgumentError, match=words):
        music_controls.chord_explorer(given.pop("y"), sr=SR, hop_length=HOP, **given)


# ---- what both are made of ----


def test_they_read_without_a_front_end(beats, chords):
    for explorer in (beats, chords):
        page = explorer._repr_html_()
        assert list(explorer.widget.children) == list(explorer.controls.values())
        assert page.count("<img ") == page.count("<audio ") == 1 and HINT in page


def test_what_is_heard_holds_music_and_clicks(beats):
    set_to(beats, start_bpm=120, tightness=100)
    heard, rate = decoded(beats.players[0])
    assert len(heard) / rate == pytest.approx(8, abs=0.1) and 0.3 < np.abs(heard).max() <= 1.0
