"""The control of chapter 09: its numbers are those of the weights that it was given, and all moves."""

import io

import numpy as np
import pytest
import torch

from coursekit import arguments, display
from coursekit.controls import transformer as transformer_controls
from coursekit.models.attention import MultiHeadAttention

rng = np.random.default_rng(9)
FEATURES = rng.normal(size=(19, 39))
WEIGHTS = rng.dirichlet(np.ones(10), size=(2, 3, 10))  # stride 2: 19 frames are 10


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


def explorer(**options):
    return transformer_controls.heads_explorer(FEATURES, WEIGHTS, stride=2, **options)


@pytest.mark.parametrize("block, head, frame", [(1, 1, 0), (2, 3, 9), (2, 1, 4)])
def test_numbers_are_those_of_the_weights(unpainted, block, head, frame):
    row = WEIGHTS[block - 1, head - 1, frame]
    numbers = explorer(block=block, head=head, frame=frame).numbers
    assert numbers["frame"] == frame and numbers["peak_frame"] == row.argmax()
    assert numbers["offset"] == pytest.approx(sum(w * (j - frame) for j, w in enumerate(row)))
    assert numbers["distance"] == pytest.approx(sum(w * abs(j - frame) for j, w in enumerate(row)))


def test_mean_distance_is_that_of_all_frames_of_the_head(unpainted):
    rows = [explorer(block=2, head=2, frame=frame).numbers for frame in range(10)]
    assert len({row["mean_distance"] for row in rows}) == 1
    assert np.mean([row["distance"] for row in rows]) == pytest.approx(rows[0]["mean_distance"])


def test_a_head_that_looks_back_has_a_negative_offset(unpainted):
    back = np.eye(10)[[0, 0, *range(1, 9)]]
    forth = back[::-1, ::-1]
    found = transformer_controls.heads_explorer(FEATURES, [[back, forth]], stride=2, frame=5)
    assert found.numbers["offset"] == -1
    found.controls["head"].value = 2
    assert found.numbers["offset"] == 1


def test_each_control_changes_picture_and_words(coarse):
    moved = explorer()
    seen = {(moved.sentence, moved.figure_png)}
    for name, value in (("block", 2), ("head", 3), ("frame", 0)):
        moved.controls[name].value = value
        seen.add((moved.sentence, moved.figure_png))
    assert len(seen) == 4 and len({png for _, png in seen}) == 4


def test_weights_of_our_attention_fit():
    attention = MultiHeadAttention(8, 2)
    x = torch.zeros(1, 10, 8)
    weights = attention(x, x, x)[1].detach()
    numbers = transformer_controls.heads_explorer(
        FEATURES, weights, stride=2, boundaries=[0, 9, 19], text="31"
    ).numbers
    assert numbers["distance"] == pytest.approx(
        2.5
    )  # frame 5 of 10, all alike: (5+4+3+2+1 + 0 + 1+2+3+4) / 10


@pytest.mark.parametrize(
    "change, said",
    [
        (dict(weights=WEIGHTS[:, :, :, :9]), r"wanted \(blocks, heads, 10, 10\)"),
        (dict(weights=WEIGHTS[0]), "A batch"),
        (dict(stride=1), r"wanted \(blocks, heads, 19, 19\)"),
        (dict(weights=np.log(WEIGHTS)), "before the softmax"),
        (dict(block=3), "block"),
        (dict(frame=10), "frame"),
        (dict(head=0), "head"),
        (dict(boundaries=[0, 9, 19], text="314"), "3 boundaries for 3 symbols"),
    ],
)
def test_what_does_not_fit_is_said(change, said):
    with pytest.raises(arguments.ArgumentError, match=said):
        transformer_controls.heads_explorer(
            **{"features": FEATURES, "weights": WEIGHTS, "stride": 2} | change
        )
