"""The control of chapter 07: its slider moves picture, words and numbers, and the numbers are true."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from coursekit import arguments
from coursekit.controls import HINT
from coursekit.controls import ctc as ctc_controls
from coursekit.digits import DigitString

STRINGS = [
    DigitString(np.zeros((12, 13)), "344", np.array([0, 4, 8, 12])),
    DigitString(np.zeros((9, 13)), "10", np.array([0, 5, 9])),
]
PATHS = ["---3---4-4--", "-1----0--"]


@pytest.fixture(autouse=True)
def closed():
    """Each test begins without open figures, and leaves none."""
    plt.close("all")
    yield
    assert plt.get_fignums() == []


def sure(path, p):
    """Log probabilities that give each class of a path the probability p, and the others the rest."""
    probs = np.full((len(path), 11), (1 - p) / 10)
    probs[np.arange(len(path)), [ctc_controls.SYMBOLS.index(symbol) for symbol in path]] = p
    return np.log(probs)


def answers():
    """A network that knows nothing, one that says blank, and one that is sure of the right path."""
    return [
        [np.full((len(path), 11), -np.log(11)) for path in PATHS],
        [sure("-" * len(path), 0.98) for path in PATHS],
        [sure(path, 0.98) for path in PATHS],
    ]


@pytest.fixture
def explorer():
    return ctc_controls.alignment_explorer(answers(), steps=[1, 50, 400], strings=STRINGS)


def test_the_slider_moves_picture_words_and_numbers(explorer):
    seen = []
    for step in (1, 50, 400):
        explorer.controls["step"].value = step
        seen.append((explorer.figure_png, explorer.sentence, dict(explorer.numbers)))
    assert len({png for png, _, _ in seen}) == len({sentence for _, sentence, _ in seen}) == 3
    assert [numbers["errors"] for _, _, numbers in seen] == [3, 3, 0]
    assert seen[1][2]["blank"] == pytest.approx(0.98) and "(nothing)" in seen[1][1]
    assert seen[0][2]["blank"] == pytest.approx(1 / 11)
    assert "it reads 344" in seen[2][1]


def test_the_string_can_be_chosen(explorer):
    explorer.controls["string"].value = "10"
    assert "it reads 10, 10 was said, 0 edits" in explorer.sentence and "10" in explorer.alt


def test_the_loss_is_torchs(explorer):
    # Another sum over the same lattice; the log of 0.98 a frame over three digits would be 0.08.
    for step, number in ((1, 0), (50, 1), (400, 2)):
        explorer.controls["step"].value = step
        log_probs = torch.tensor(answers()[number][0])
        loss = torch.nn.functional.ctc_loss(
            log_probs[:, None],
            torch.tensor([[4, 5, 5]]),
            torch.tensor([12]),
            torch.tensor([3]),
            reduction="mean",
        )
        assert explorer.numbers["loss"] == pytest.approx(loss.item(), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": [1, 50]}, "one each"),
        ({"steps": [400, 50, 1]}, "rising"),
        ({"strings": STRINGS[:1] * 2}, "different"),
        ({"answers": [[row[:-1] for row in rows] for rows in answers()]}, "Padding"),
        ({"answers": [[row.T for row in rows] for rows in answers()]}, "shape"),
        ({"answers": [[np.exp(row) for row in rows] for rows in answers()]}, "log_softmax"),
        ({"answers": [[row + 1 for row in rows] for rows in answers()]}, "log_softmax"),
    ],
)
def test_it_refuses(change, words):
    given = {"answers": answers(), "steps": [1, 50, 400], "strings": STRINGS} | change
    with pytest.raises(arguments.ArgumentError, match=words):
        ctc_controls.alignment_explorer(given.pop("answers"), **given)


def test_it_reads_without_a_front_end(explorer):
    page = explorer._repr_html_()
    assert list(explorer.widget.children) == list(explorer.controls.values())
    assert page.count("<img ") == 1 and HINT in page
