"""The control of chapter 09: which frames each head of a Transformer or Conformer looks at.

ck.controls.transformer.heads_explorer(features, weights, stride=2, boundaries=[0, 18, 37], text="31")
"""

import ipywidgets
import numpy as np

from coursekit import arguments, controls, display
from coursekit.models.attention import attention_distances

MOST_FRAMES = 600  # more cannot be seen in one picture


def _of_these_features(features, weights, stride):
    weights = np.asarray(weights, dtype=float)
    n = -(-len(features) // stride)
    if (
        len(features) > MOST_FRAMES
        or weights.ndim != 4
        or weights.shape[2:] != (n, n)
        or 0 in weights.shape
    ):
        raise arguments.ArgumentError(
            f"weights have shape {weights.shape}, features {features.shape}, stride is "
            f"{stride}; wanted (blocks, heads, {n}, {n}) and at most {MOST_FRAMES} frames. "
            "A batch? Take one utterance, without its padding"
        )
    if not (weights.min() >= 0 and np.allclose(weights.sum(axis=3), 1, atol=1e-3)):
        raise arguments.ArgumentError(
            f"weights reach from {weights.min():g} to {weights.max():g}, and a row sums to "
            f"{weights[0, 0, 0].sum():g}; wanted 0 or more, rows that sum to 1. Are these "
            "scores, before the softmax?"
        )
    return {"weights": weights}


def _one_more_than_symbols(boundaries, text):
    if boundaries is None:
        return None
    boundaries = np.asarray(boundaries)
    if text and len(boundaries) != len(text) + 1:
        raise arguments.ArgumentError(
            f"there are {len(boundaries)} boundaries for {len(text)} symbols; wanted one more "
            "than symbols"
        )
    return {"boundaries": boundaries}


def _there_is_such(weights, block, head, frame):
    n_blocks, n_heads, n, _ = weights.shape
    arguments.integer(block, "block", high=n_blocks)
    arguments.integer(head, "head", high=n_heads)
    if frame is not None:
        arguments.integer(frame, "frame", low=0, high=n - 1)


@arguments.checks(
    _of_these_features,
    _one_more_than_symbols,
    _there_is_such,
    features=arguments.frames,
    stride=arguments.integer,
)
def heads_explorer(
    features, weights, *, stride=1, boundaries=None, text="", block=1, head=1, frame=None
):
    """Choose a block, a head and a frame, and see whom the frame looks at.

    Parameters
    ----------
    features : array_like, (frames, n_features)
        What the network hears; the first 13 are drawn.
    weights : array_like, (blocks, heads, n, n)
        Attention weights of one utterance: row i says where frame i looks.
    stride : int
        Frames of the features that the network makes into one: n is frames / stride, rounded up.
    boundaries : array_like of int or None
        Where symbols begin and end, in frames of the features, one more than symbols: thin lines.
    text : str
        The symbols between them.
    block, head : int
        What is shown first, from 1.
    frame : int or None
        The frame that asks first, from 0, in frames of the network; None: the middle one.

    Returns
    -------
    Explorer
        controls: "block", "head", "frame". numbers: "frame", "peak_frame" (whom it looks at most, from 0), "offset"
        (the mean of where it looks, minus itself: below 0 is back), "distance" (the mean distance of its look), and
        "mean_distance" (of all frames of this head), all in frames of the network.

    Raises
    ------
    arguments.ArgumentError
        Weights that are no such array, are negative or do not sum to 1, or do not fit to features and stride.

    Notes
    -----
    Chapter 09, equations 1 and 3.

    Examples
    --------
    >>> look_back = np.eye(4)[[0, 0, 1, 2]]
    >>> explorer = heads_explorer(np.zeros((8, 13)), [[look_back]], stride=2)
    >>> explorer.controls["frame"].value = 3
    >>> explorer.numbers
    {'frame': 3, 'peak_frame': 2, 'offset': -1.0, 'distance': 1.0, 'mean_distance': 0.75}
    """
    n_blocks, n_heads, n, _ = weights.shape
    starts = {
        "block": (block, 1, n_blocks, "Block"),
        "head": (head, 1, n_heads, "Head"),
        "frame": (n // 2 if frame is None else frame, 0, n - 1, "Frame that asks"),
    }
    sliders = {
        name: controls.slider(
            ipywidgets.IntSlider,
            description=label,
            wide=name == "frame",
            value=value,
            min=low,
            max=high,
            style={"description_width": "110px"},
        )
        for name, (value, low, high, label) in starts.items()
    }
    return controls.Explorer(
        sliders,
        lambda block, head, frame: heads_view(
            features,
            weights[block - 1, head - 1],
            stride=stride,
            boundaries=boundaries,
            text=text,
            block=block,
            head=head,
            frame=frame,
        ),
    )


def heads_view(features, weights, *, stride, boundaries, text, block, head, frame):
    """The features, the look of one frame over them, and the head's whole map with this frame marked."""
    row, n = weights[frame], len(weights)
    peak, far = int(row.argmax()), attention_distances(weights)
    offset = float(row @ np.arange(n) - frame)

    def place(frame):
        """A frame of the features, counted in frames of the network, each of which stands for `stride` of them."""
        return (frame - (stride - 1) / 2) / stride

    fig, axes = display.detached_mosaic(
        [["features"], ["look"], ["map"]], height=1.9, height_ratios=[1, 0.8, 2.6], sharex=True
    )
    display.heatmap(
        features[:, :13].T,
        x=place(np.arange(len(features))),
        ax=axes["features"],
        vmin=-3,
        vmax=3,
        cmap=display.DIVERGING_MAP,
        ylabel="Coefficient",
    )
    axes["features"].set_title("What is heard", loc="left")
    axes["look"].fill_between(
        np.arange(n), row, step="mid", color=display.COLORS["orange"], alpha=0.8
    )
    axes["look"].axvline(frame, color=display.COLORS["blue"], linewidth=1.5)
    axes["look"].set(ylabel="Weight", ylim=(0, max(0.2, 1.05 * row.max())))
    axes["look"].set_title(f"Where frame {frame} looks (blue: itself)", loc="left")
    display.heatmap(
        np.sqrt(weights),
        ax=axes["map"],
        vmin=0,
        vmax=1,
        ylabel="Frame that asks",
        xlabel="Frame that answers (colour: √ weight)",
    )
    axes["map"].axhspan(
        frame - 0.5, frame + 0.5, fill=False, linewidth=1.5, edgecolor=display.COLORS["orange"]
    )
    for ax in axes.values():
        ax.set_xlim(place(-0.5), place(len(features) - 0.5))
        for edge in [] if boundaries is None else boundaries[1:-1]:
            ax.axvline(place(edge - 0.5), color="0.6", linewidth=0.7)
    for k, symbol in enumerate(text if boundaries is not None else ""):
        axes["look"].text(
            place((boundaries[k] + boundaries[k + 1] - 1) / 2),
            0.9,
            symbol,
            ha="center",
            va="top",
            transform=axes["look"].get_xaxis_transform(),
        )
    sentence = (
        f"Block {block}, head {head}: frame {frame} looks at frame {peak} most (weight {row.max():.2f}), on "
        f"the average {far[frame]:.1f} frames away; all frames of this head look {far.mean():.1f} frames away."
    )
    fig.alt = f"Features over time, the look of one frame below them, and the map of all looks of this head. {sentence}"
    return controls.View(
        fig,
        {
            "frame": frame,
            "peak_frame": peak,
            "offset": round(offset, 12),
            "distance": float(far[frame]),
            "mean_distance": float(far.mean()),
        },
        sentence,
    )
