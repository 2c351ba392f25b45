"""The control of chapter 02b: it moves picture and numbers, and its numbers are true."""

import numpy as np
import pytest

from coursekit import controls, dsp, synth

SR = 8000
TONE = synth.sine(440.0, sr=SR, duration=1.0, amplitude=0.5)


def test_window_and_fft_size_move_the_spectrogram():
    explorer = controls.stft_explorer(TONE, sr=SR)
    pictures = [explorer.figure_png]
    explorer.controls["n_fft"].value = 256
    assert explorer.numbers == {"bin_hz": 31.25, "main_lobe_hz": 125.0, "frame_s": 0.032}
    pictures.append(explorer.figure_png)
    explorer.controls["window"].value = "boxcar"
    assert explorer.numbers["main_lobe_hz"] == 62.5
    pictures.append(explorer.figure_png)
    assert len(set(pictures)) == 3


@pytest.mark.parametrize("window", controls.MAIN_LOBE_BINS)
def test_main_lobes_are_as_wide_as_they_are_said_to_be(window):
    n, finely = 256, 64
    level = np.abs(np.fft.rfft(dsp.get_window(window, n), finely * n))
    first_zero = (
        np.argmax(np.diff(level) > 0) / finely
    )  # where the level rises for the first time, in bins
    assert 2 * first_zero == pytest.approx(
        controls.MAIN_LOBE_BINS[window], abs=0.1
    )  # a few steps of 1/64 bin
