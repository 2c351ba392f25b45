"""The controls of chapter 01: they move picture, sound and numbers, and their numbers are true."""

import io

import numpy as np
import pytest
import soundfile as sf

from coursekit import arguments, controls, synth

SR = 8000
TONE = synth.sine(440.0, sr=SR, duration=1.0, amplitude=0.5)


def decoded(player):
    """What a browser gets to hear: (channels, n) and the sample rate."""
    y, sr = sf.read(io.BytesIO(player.data), always_2d=True)
    return y.T, sr


def test_the_alias_is_measured_where_it_is_predicted():
    explorer = controls.aliasing_explorer(sr=SR)
    slider = explorer.controls["frequency"]
    assert (slider.min, slider.max) == (0, 2 * SR)
    for frequency in (0, 3900, 4000, 4100, 8000, 16_000):
        slider.value = frequency
        # One second of samples: the nearest bin is at most 0.5 Hz away.
        assert abs(explorer.numbers["measured_hz"] - explorer.numbers["predicted_hz"]) <= 0.5
        assert explorer.numbers["frequency_hz"] == frequency
    assert explorer.numbers["predicted_hz"] == 0


def test_the_aliasing_slider_moves_picture_sound_and_words():
    explorer = controls.aliasing_explorer(sr=SR)
    before = (
        explorer.figure_png,
        explorer.players[0].data,
        explorer.sentence,
        explorer._repr_html_(),
    )
    explorer.controls["frequency"].value = 7000
    after = explorer.figure_png, explorer.players[0].data, explorer.sentence, explorer._repr_html_()
    assert all(a != b for a, b in zip(before, after, strict=True))
    (heard,), sr = decoded(explorer.players[0])
    assert np.abs(np.fft.rfft(heard)).argmax() * sr / len(heard) == pytest.approx(
        1000, abs=1
    )  # a bin


def test_bits_and_dither_move_the_noise():
    explorer = controls.bit_depth_explorer(2 * TONE, sr=SR)
    bits, dither = explorer.controls["bits"], explorer.controls["dither"]
    bits.value = 9
    clean, undithered = explorer.numbers["snr_db"], explorer.figure_png
    # A tone at full scale: 6.02 bits + 1.76 dB. It repeats after 200 samples, so the error is not quite spread as the
    # rule assumes.
    assert clean == pytest.approx(6.02 * 9 + 1.76, abs=1.0)
    dither.value = True
    assert clean - explorer.numbers["snr_db"] == pytest.approx(
        4.77, abs=1.0
    )  # triangular dither: 3 times the power
    assert explorer.figure_png != undithered
    (heard,), _ = decoded(explorer.players[0])
    assert len(np.unique(heard)) <= 2**9  # WAV: the levels arrive as they are
    bits.value = 1
    assert "1 bit, 2 levels, with dither" in explorer.sentence


@pytest.mark.parametrize(
    ("y", "words"),
    [(np.ones(11 * SR), "10 s"), (np.zeros(SR), "silent"), (np.ones((2, SR)), "to_mono")],
)
def test_controls_refuse(y, words):
    for explorer in (controls.bit_depth_explorer, controls.stft_explorer):
        with pytest.raises(arguments.ArgumentError, match=words):
            explorer(y, sr=SR)
