"""The control of chapter 08: its numbers are those of the weights that it is given, and all moves."""

import io

import numpy as np
import pytest

from coursekit import arguments, display
from coursekit.controls import attention as attention_controls

rng = np.random.default_rng(8)
FEATURES = rng.standard_normal((21, 39))
STRIDE = 2  # 21 frames become 11
WEIGHTS = rng.dirichlet(np.full(11, 0.3), size=5)
LOOKS = {"content": ("3144", WEIGHTS), "location": ("31", rng.dirichlet(np.ones(11), size=3))}


@pytest.fixture
def unpainted(monkeypatch):
    """For tests of numbers and words: figures are made, and not painted, which takes most of the time."""
    monkeypatch.setattr(display.Figure, "png", lambda self: b"")


@pytest.fixture
def coarse(monkeypatch):
    """Pictures with a third of the pixels, not compressed: what differs there differs in the picture that is shown."""

    def paint(figure):
        pixels = io.BytesIO()
        figure.savefig(pixels, format="raw", dpi=figure.dpi / 3)
        return pixels.getvalue()

    monkeypatch.setattr(display.Figure, "png", paint)


def explorer(looks=LOOKS, **options):
    return attention_controls.attention_explorer(FEATURES, looks, **{"stride": STRIDE} | options)


def test_the_numbers_are_those_of_the_weights(unpainted):
    shown = explorer()
    for step, row in enumerate(WEIGHTS, start=1):
        shown.controls["step"].value = step
        assert shown.numbers["step"] == step
        assert (
            shown.numbers["peak_frame"] == 2 * row.argmax() + 0.5
        )  # the middle of frames 2 k and 2 k + 1
        assert shown.numbers["spread"] == pytest.approx(1 / (row**2).sum())


@pytest.mark.parametrize(("row", "spread"), [(np.eye(11)[4], 1.0), (np.full(11, 1 / 11), 11.0)])
def test_spread_counts_frames(unpainted, row, spread):
    assert explorer({"one": ("", row[None])}).numbers["spread"] == pytest.approx(spread)


def test_each_step_and_decoder_changes_picture_and_words(coarse):
    shown = explorer(boundaries=[0, 6, 12, 21], step=1)
    sentences, pictures = set(), set()
    for decoder, (_, weights) in LOOKS.items():
        shown.controls["decoder"].value = decoder
        for step in range(1, len(weights) + 1):
            shown.controls["step"].value = step
            sentences.add(shown.sentence), pictures.add(shown.figure_png)
    assert len(sentences) == len(pictures) == 8


def test_a_shorter_text_stays_at_its_last_row(unpainted):
    shown = explorer(step=5)
    shown.controls["decoder"].value = "location"
    assert shown.numbers["step"] == 3 and "found the end" in shown.sentence


def test_a_text_that_was_cut_off_has_no_row_for_the_end(unpainted):
    shown = explorer({"one": ("31440", WEIGHTS)}, step=5)
    assert "wrote 0" in shown.sentence


def test_the_picture_says_what_it_shows(unpainted):
    alt = explorer(step=3).alt
    assert "Step 3 of 5" in alt and "wrote 4" in alt


@pytest.mark.parametrize(
    ("looks", "options", "words"),
    [
        ({}, {}, "looks is empty"),
        ({"one": ("3144", WEIGHTS.T)}, {}, "transposed"),
        ({"one": ("31", WEIGHTS)}, {}, "2 or 3, 11"),
        ({"one": ("3144", 5 * WEIGHTS - 1)}, {}, "before the softmax"),
        ({"one": ("3144", 2 * WEIGHTS)}, {}, "sum to 1"),
        ({"one": ("3144", np.full((5, 11), np.nan))}, {}, "sum to 1"),
        (LOOKS, {"stride": 1}, "21"),
        (LOOKS, {"step": 6}, "step"),
    ],
)
def test_it_refuses(looks, options, words):
    with pytest.raises(arguments.ArgumentError, match=words):
        explorer(looks, **options)


def test_it_refuses_what_cannot_be_seen():
    with pytest.raises(arguments.ArgumentError, match="at most 600"):
        attention_controls.attention_explorer(np.zeros((601, 13)), LOOKS)
