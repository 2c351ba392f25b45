"""The controls of chapter 03: they move picture, sound and numbers, and their numbers are true."""

import base64
import io
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile as sf

from coursekit import arguments, dsp, mel, metrics, synth
from coursekit.controls import HINT
from coursekit.controls import mel as feature_controls

SR = 8000
# A voice-like sound: harmonics of 120 Hz that fall by 6 dB an octave.
VOICE = synth.harmonic(120.0, 0.3 / np.arange(1, 34), sr=SR, duration=1.0)


@pytest.fixture(autouse=True)
def closed():
    """Each test begins without open figures, and leaves none."""
    plt.close("all")
    yield
    assert plt.get_fignums() == []


@pytest.fixture(scope="module")
def explorer():
    return feature_controls.mel_explorer(VOICE, sr=SR)


def set_to(explorer, **values):
    for name, value in values.items():
        explorer.controls[name].value = value


def decoded(player):
    return sf.read(io.BytesIO(player.data))


def test_bands_and_fft_size_move_picture_sound_words_and_numbers(explorer):
    seen = []
    for n_mels, n_fft in ((20, 512), (4, 512), (4, 1024)):
        set_to(explorer, n_mels=n_mels, n_fft=n_fft)
        seen.append(
            (
                explorer.figure_png,
                explorer.players[0].data,
                explorer.sentence,
                explorer.numbers["mismatch_db"],
            )
        )
        assert explorer.numbers["numbers_per_s"] == n_mels * SR / (n_fft // 4)
        assert f"{n_mels} bands of {n_fft} samples" in explorer.sentence
    for values in zip(*seen, strict=True):
        assert len(set(values)) == 3


def test_more_bands_keep_more_of_the_sound(explorer):
    missed = []
    for n_mels in (4, 13, 40):
        set_to(explorer, n_mels=n_mels, n_fft=1024)
        missed.append(explorer.numbers["mismatch_db"])
    assert missed[0] > missed[1] > missed[2]


def test_the_rebuilt_sound_is_as_loud_as_the_sound(explorer):
    set_to(explorer, n_mels=40, n_fft=512)
    heard, _ = decoded(explorer.players[0])
    # Rebuilt from bands that keep the power: a few dB, not ten.
    assert 20 * np.log10(heard.std() / VOICE.std()) == pytest.approx(0, abs=3)


def test_empty_filters_are_counted_and_no_warning_is_left():
    explorer = feature_controls.mel_explorer(
        VOICE, sr=22050
    )  # bins of 86 Hz: 128 filters are too narrow for them
    with pytest.warns(UserWarning, match="empty"):
        W = mel.mel_filterbank(sr=22050, n_fft=256, n_mels=128)
    empty = int(np.sum(~W.any(axis=1)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        set_to(explorer, n_mels=128, n_fft=256)
        assert (
            explorer.numbers["empty_filters"] == empty > 1
            and f"{empty} filters are empty" in explorer.sentence
        )
        set_to(explorer, n_mels=20, n_fft=512)
    assert explorer.numbers["empty_filters"] == 0 and "empty" not in explorer.sentence


def test_mismatch_is_what_its_name_says():
    assert metrics.mismatch_db(VOICE, np.zeros_like(VOICE)) == pytest.approx(0)
    assert metrics.mismatch_db(VOICE, 1.1 * VOICE) == pytest.approx(-20)
    assert metrics.mismatch_db(VOICE, VOICE + 1e-6 * dsp.get_window("hann", SR)) < -60


def test_it_reads_without_a_front_end(explorer):
    page = explorer._repr_html_()
    assert list(explorer.widget.children) == list(explorer.controls.values())
    assert page.count("<img ") == page.count("<audio ") == 1 and HINT in page
    assert base64.b64encode(explorer.figure_png).decode() in page
    assert "Band against Time (s)" in explorer.alt and "Its filters" in explorer.alt


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.ones(11 * SR), "10 s"),
        (np.zeros(SR), "silent"),
        (np.ones((2, SR)), "to_mono"),
        (np.full(SR, np.nan), "NaN"),
    ],
)
def test_it_refuses(y, words):
    with pytest.raises(arguments.ArgumentError, match=words):
        feature_controls.mel_explorer(y, sr=SR)
