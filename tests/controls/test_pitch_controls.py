"""The control of chapter 04: what it says is what pitch.periods finds, and everything follows the sliders."""

import numpy as np
import pytest

from coursekit import arguments, pitch, synth
from coursekit.controls import pitch as pitch_controls

SR = 8000
LOW = synth.harmonic(100.0, [1.0, 0.6, 0.4], sr=SR, duration=1.0)
TWO = np.append(
    LOW, synth.harmonic(250.0, [1.0, 0.6, 0.4], sr=SR, duration=1.0)
)  # 100 Hz, then 250 Hz


def test_the_pitch_follows_the_time_slider():
    explorer = pitch_controls.yin_explorer(TWO, sr=SR)
    for time, f0 in ((0.5, 100.0), (1.5, 250.0)):
        explorer.controls["time"].value = time
        # 64 ms frames hold six periods of 100 Hz: the parabola's error stays far below half a per cent (9 cents)
        assert explorer.numbers["f0_hz"] == pytest.approx(f0, rel=5e-3)
        assert explorer.numbers["lag"] == pytest.approx(SR / f0, rel=5e-3)
        assert explorer.numbers["aperiodicity"] < 0.1


def test_the_numbers_are_those_of_periods():
    explorer = pitch_controls.yin_explorer(TWO, sr=SR, fmin=80.0, fmax=400.0)
    explorer.controls["time"].value = 0.9
    n = round(pitch_controls.FRAME * SR)
    start = round(0.9 * SR) - n // 2
    period, aperiodicity = pitch.periods(
        TWO[start : start + n],
        fmin=80.0,
        fmax=400.0,
        sr=SR,
        frame_length=n,
        hop_length=n,
        center=False,
    )
    assert explorer.numbers["lag"] == period[0]
    assert explorer.numbers["aperiodicity"] == aperiodicity[0]


def test_the_threshold_decides_between_two_troughs():
    # every second period a little different: the trough at 10 ms is deeper than the one at 5 ms
    pairs = synth.harmonic(200.0, [1.0, 0.5, 0.3], sr=SR, duration=1.0) + 0.25 * synth.sine(
        100.0, sr=SR, duration=1.0
    )
    explorer = pitch_controls.yin_explorer(pairs, sr=SR)
    explorer.controls["threshold"].value = 0.2
    assert (
        explorer.numbers["f0_hz"] == pytest.approx(200, rel=5e-3)
        and "below the threshold" in explorer.sentence
    )
    explorer.controls["threshold"].value = 0.0
    assert (
        explorer.numbers["f0_hz"] == pytest.approx(100, rel=5e-3)
        and "none is below" in explorer.sentence
    )


def test_picture_sound_and_words_move():
    explorer = pitch_controls.yin_explorer(TWO, sr=SR)
    explorer.controls["time"].value = 0.5
    before = (
        explorer.figure_png,
        explorer.players[0].data,
        explorer.sentence,
        explorer._repr_html_(),
    )
    explorer.controls["time"].value = 1.5
    after = explorer.figure_png, explorer.players[0].data, explorer.sentence, explorer._repr_html_()
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert "d'" in explorer.alt and "Lag (ms)" in explorer.alt


def test_it_starts_where_the_sound_is_loudest():
    y = np.concatenate([0.1 * LOW, LOW, 0.1 * LOW])
    assert 1.0 < pitch_controls.yin_explorer(y, sr=SR).controls["time"].value < 2.0


def test_the_ends_can_be_reached():
    explorer = pitch_controls.yin_explorer(TWO, sr=SR)
    slider = explorer.controls["time"]
    for end in (slider.min, slider.max):
        slider.value = end
        assert np.isfinite(list(explorer.numbers.values())).all()


def test_silent_and_constant_frames_are_drawn():
    explorer = pitch_controls.yin_explorer(np.append(LOW, np.zeros(SR)), sr=SR)
    explorer.controls["time"].value = 1.5
    assert explorer.numbers["aperiodicity"] == 1.0


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.ones(11 * SR), "10 s"),
        (np.zeros(SR), "silent"),
        (np.ones((2, SR)), "to_mono"),
        (np.ones(100), "64 ms"),
    ],
)
def test_it_refuses(y, words):
    with pytest.raises(arguments.ArgumentError, match=words):
        pitch_controls.yin_explorer(y, sr=SR)
