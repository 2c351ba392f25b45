"""Block diagrams: what a system does, as boxes and arrows, drawn with schemdraw in the course's style.

    diagrams.chain(["window", "FFT"], ["frame", "", "spectrum"], alt="A frame is windowed, then transformed.")

Most systems are a chain. For others a chapter builds a `schemdraw.Drawing` of its own, with the elements of
`schemdraw.flow` and `schemdraw.dsp`, and hands it to `show`.
"""

import re
from collections.abc import Sequence

import schemdraw
from schemdraw import flow

from coursekit import arguments, display

INCHES = 0.36  # of one of schemdraw's units
FONT_SIZE = 10  # points, as the labels of the course's figures
LETTER = 0.235  # units that a letter of that size takes, on average
LINE = 0.62  # units that a line of text takes
MARGIN = 0.25  # units around a drawing


def show(drawing, *, alt, ax=None):
    """A drawing of schemdraw as a figure in the course's style.

    Parameters
    ----------
    drawing : schemdraw.Drawing
        Made by `blank`, or with ``show=False``.
    alt : str
        What the diagram shows, in a sentence or two.
    ax : Axes or None
        Where to draw it; None for a new figure of the size that the drawing needs.

    Returns
    -------
    Axes
        Without an axis: a diagram has no scale.

    Examples
    --------
    >>> drawing = blank()
    >>> _ = drawing.add(flow.Box(w=2, h=1).label("FFT"))
    >>> show(drawing, alt="A box named FFT").get_figure().alt
    'A box named FFT'
    """
    box = drawing.get_bbox()
    width, height = (box.xmax - box.xmin + 2 * MARGIN), (box.ymax - box.ymin + 2 * MARGIN)
    if ax is None:
        shrink = min(1.0, display.WIDTH / (width * INCHES))
        size = {"width": width * INCHES * shrink, "height": height * INCHES * shrink}
        _, ax = display.subplots(1, 1, alt=alt, **size)
    ax.axis("off")
    drawing.draw(canvas=ax, show=False)
    ax.set(xlim=(box.xmin - MARGIN, box.xmax + MARGIN), ylim=(box.ymin - MARGIN, box.ymax + MARGIN))
    ax.set_aspect("equal")
    return ax


def blank(*, font_size=FONT_SIZE):
    """An empty drawing with the course's line width and letters, to which a chapter adds elements."""
    drawing = schemdraw.Drawing(show=False, canvas="matplotlib")
    drawing.config(fontsize=font_size, lw=1.3, inches_per_unit=INCHES)
    return drawing


def chain(blocks: Sequence[str], signals: Sequence[str], *, alt, ax=None):
    """A chain of blocks from left to right, with what flows between them.

    Parameters
    ----------
    blocks : sequence of str
        What stands in the boxes; "\\n" begins a new line.
    signals : sequence of str, one more than blocks
        What comes in, what flows between two blocks, what comes out: a name, and on a second line its shape.
    alt : str
        What the diagram shows.
    ax : Axes or None
        Where to draw it.

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError
        The number of signals is not one more than that of blocks.

    Examples
    --------
    >>> ax = chain(["window", "FFT"], ["frame", "", "spectrum"], alt="A frame is windowed, then transformed.")
    """
    if len(signals) != len(blocks) + 1:
        raise arguments.ArgumentError(
            f"{len(blocks)} blocks and {len(signals)} signals: between and around n blocks flow n + 1 signals; "
            'where one has no name, give ""'
        )
    arrows = [_width(signal, least=0.9) for signal in signals]
    boxes = [_width(block, least=1.6) for block in blocks]
    units = sum(arrows) + sum(boxes) + 2 * MARGIN
    drawing = blank(font_size=FONT_SIZE * min(1.0, display.WIDTH / (units * INCHES)))
    for signal, block, arrow, box in zip(
        signals, [*blocks, None], arrows, [*boxes, None], strict=True
    ):
        arrow = flow.Arrow().right(arrow)
        name, _, shape = signal.partition("\n")
        drawing += arrow.label(name, "top").label(shape, "bottom")
        if block is not None:
            lines = block.count("\n") + 1
            size = {"w": box, "h": max(1.5, 0.7 + LINE * lines)}
            drawing += flow.Box(**size, fill="#EAF2F8").anchor("W").drop("E").label(block)
    return show(drawing, alt=alt, ax=ax)


def _width(text, *, least):
    """Units that the longest line of a text takes, with room around it."""
    letters = re.sub(r"[$_^{}]|\\\w+", "", text)  # a formula's marks take no room
    return max(least, 0.6 + LETTER * max(map(len, letters.split("\n"))))
