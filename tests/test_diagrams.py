"""Block diagrams: all that is asked for is drawn, inside the picture, without an overlap."""

import itertools

import pytest

from coursekit import diagrams
from coursekit.arguments import ArgumentError

BLOCKS = ["cut into\nframes", "× window", "DFT"]
SIGNALS = ["sound\n(n,)", "frames", "", "spectra\n(1 + N/2, M)"]


@pytest.fixture
def ax():
    return diagrams.chain(BLOCKS, SIGNALS, alt="Frames are cut, windowed and transformed.")


def boxes_of_text(ax):
    """Where each text stands, by its words, in pixels."""
    figure = ax.get_figure()
    figure.draw_without_rendering()
    return {text.get_text(): text.get_window_extent() for text in ax.texts if text.get_text()}


def test_a_chain_names_every_block_and_signal(ax):
    wanted = {*BLOCKS, "sound", "(n,)", "frames", "spectra", "(1 + N/2, M)"}
    assert set(boxes_of_text(ax)) == wanted
    assert ax.get_figure().alt.startswith("Frames are cut")


def test_the_words_of_a_chain_stand_in_order_apart_and_inside(ax):
    found = boxes_of_text(ax)
    for one, other in itertools.combinations(found.values(), 2):
        assert not one.overlaps(other)
    order = ["sound", "cut into\nframes", "frames", "× window", "DFT", "spectra"]
    assert [found[name].x0 for name in order] == sorted(found[name].x0 for name in order)
    picture = ax.get_figure().bbox
    assert all(picture.x0 <= box.x0 and box.x1 <= picture.x1 for box in found.values())
    assert all(picture.y0 <= box.y0 and box.y1 <= picture.y1 for box in found.values())


def test_a_diagram_goes_into_axes_that_are_given():
    from coursekit import display

    fig, axes = display.subplots(1, 2, alt="Two chains")
    assert diagrams.chain(["FFT"], ["x", "X"], alt="one", ax=axes[1]) is axes[1]
    assert fig.alt == "Two chains" and not axes[1].axison


def test_a_diagram_has_the_size_that_it_needs_and_at_most_a_pages_width():
    narrow = diagrams.chain(["FFT"], ["x", "X"], alt="one").get_figure()
    wide = diagrams.chain(["a long name of a block"] * 6, [""] * 7, alt="six").get_figure()
    assert narrow.get_figwidth() < 4 < wide.get_figwidth() <= 8.0 + 1e-9


def test_signals_that_do_not_fit_the_blocks_are_told():
    with pytest.raises(ArgumentError, match="2 blocks and 2 signals"):
        diagrams.chain(["a", "b"], ["x", "y"], alt="")
