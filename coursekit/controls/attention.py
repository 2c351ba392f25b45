"""The control of chapter 08: where a decoder looks for each symbol that it writes, step by step.

ck.controls.attention.attention_explorer(features, {"location-aware": ("3144", weights)}, stride=2)
"""

import ipywidgets
import numpy as np

from coursekit import arguments, controls, display

END = "end"
MOST_FRAMES, MOST_SYMBOLS = 600, 60  # more cannot be seen in one picture


def attention_explorer(features, looks, *, stride=1, boundaries=None, step=None):
    """Step through a text that a decoder has written, and see which frames it looked at for each symbol.

    Parameters
    ----------
    features : array_like, (frames, n_features)
        What the encoder heard; the first 13 are drawn.
    looks : mapping of str to (str, array_like (n, memory frames))
        For each decoder, by name: the text that it wrote and its attention weights, a row for each symbol and, if the
        text came to its end, one for the end.
    stride : int
        Frames that the encoder makes into one.
    boundaries : array_like of int or None
        Frames where a digit ends and the next begins: thin lines.
    step : int or None
        Where it stands first, from 1; None: in the middle of the first text.

    Returns
    -------
    Explorer
        controls: "decoder", "step" (from 1 to the longest text's rows; a shorter text stays at its last). numbers:
        "step", "peak_frame" (of the features, counted from 0, the middle of the memory frame that got most), "spread"
        (how many memory frames the look is spread over: the inverse of the sum of the squared weights).

    Raises
    ------
    arguments.ArgumentError
        No text, weights that are not non-negative or do not sum to 1, more rows than symbols and one, or a memory that
        does not fit to features and stride.

    Notes
    -----
    Chapter 08, equations 3 and 4; sections 6 to 9.

    Examples
    --------
    >>> explorer = attention_explorer(np.zeros((4, 13)), {"one": ("37", [[1, 0], [0.5, 0.5], [0, 1]])}, stride=2)
    >>> explorer.controls["step"].value = 2
    >>> explorer.numbers
    {'step': 2, 'peak_frame': 0.5, 'spread': 2.0}
    """
    features = arguments.frames(features, "features")
    stride = arguments.integer(stride, "stride")
    if features.ndim != 2 or len(features) > MOST_FRAMES:
        raise arguments.ArgumentError(
            f"features have shape {features.shape}; wanted (frames, n_features), at most "
            f"{MOST_FRAMES} frames to be seen in one picture"
        )
    if not looks:
        raise arguments.ArgumentError('looks is empty; wanted {"name": (text, weights)}')
    checked = {
        name: _checked(name, *look, n_memory=-(-len(features) // stride))
        for name, look in looks.items()
    }
    edges = None if boundaries is None else np.asarray(boundaries)
    most = max(len(weights) for _, weights in checked.values())
    first = next(iter(checked))
    step = arguments.integer(
        (len(checked[first][1]) + 1) // 2 if step is None else step, "step", high=most
    )
    which = ipywidgets.Dropdown(description="Decoder", options=list(checked), value=first)
    steps = controls.slider(
        ipywidgets.IntSlider, description="Symbol", wide=True, value=step, min=1, max=most
    )
    return controls.Explorer(
        {"decoder": which, "step": steps},
        lambda decoder, step: attention_view(
            features,
            *checked[decoder],
            stride=stride,
            boundaries=edges,
            step=min(step, len(checked[decoder][1])),
        ),
    )


def _checked(name, text, weights, *, n_memory):
    """One decoder's text and weights, or an error that says what is wrong."""
    weights = np.asarray(weights, dtype=float)
    if (
        weights.ndim != 2
        or weights.shape[1] != n_memory
        or not len(text) <= len(weights) <= len(text) + 1
    ):
        hint = ": transposed?" if weights.ndim == 2 and weights.shape[0] == n_memory else ""
        raise arguments.ArgumentError(
            f"weights of {name!r} have shape {weights.shape}; wanted ({len(text)} or "
            f"{len(text) + 1}, {n_memory}): a row for each symbol and the end, a column "
            f"for each frame of the memory{hint}"
        )
    if not 1 <= len(weights) <= MOST_SYMBOLS:
        raise arguments.ArgumentError(
            f"weights of {name!r} have {len(weights)} rows; wanted 1 to {MOST_SYMBOLS}"
        )
    if not (weights.min() >= 0 and np.allclose(weights.sum(axis=1), 1, atol=1e-3)):
        raise arguments.ArgumentError(
            f"weights of {name!r} reach from {weights.min():g} to {weights.max():g}, and a "
            f"row sums to {weights.sum(axis=1)[0]:g}; wanted 0 or more, rows that sum to 1. "
            "Are these scores, before the softmax?"
        )
    return text, weights


def attention_view(features, text, weights, *, stride, boundaries, step):
    """The features, one look over them, and the map of all looks with this one marked."""
    row = weights[step - 1]
    at = stride * np.arange(len(row)) + (stride - 1) / 2  # middles of the memory frames, in frames
    peak, spread = float(at[row.argmax()]), float(1 / np.sum(row**2))
    labels = [*text, END][: len(weights)]

    fig, axes = display.detached_mosaic(
        [["features"], ["look"], ["map"]],
        height=1.55 + 0.02 * len(weights),
        height_ratios=[1, 0.8, 1.6],
    )
    shown = features[:, :13]
    display.heatmap(
        shown.T,
        ax=axes["features"],
        cmap=display.DIVERGING_MAP,
        vmin=-3,
        vmax=3,
        ylabel="Coefficient",
    )
    axes["features"].set_title("What is heard", loc="left")
    axes["look"].fill_between(at, row, step="mid", color=display.COLORS["orange"], alpha=0.8)
    axes["look"].set(ylabel="Weight", ylim=(0, 1.05 * max(0.25, row.max())))
    axes["look"].set_title(
        f"Where the decoder looks for symbol {step}: {labels[step - 1]}", loc="left"
    )
    display.heatmap(
        weights,
        x=at,
        y=np.arange(1, len(weights) + 1),
        ax=axes["map"],
        vmin=0,
        ylabel="Written",
        xlabel="Frame (25 ms)",
    )
    axes["map"].set_yticks(
        range(1, len(weights) + 1), labels=labels, fontsize=8 if len(weights) < 16 else 6
    )
    axes["map"].set_ylim(len(weights) + 0.5, 0.5)  # read from the top
    axes["map"].axhspan(
        step - 0.5, step + 0.5, fill=False, edgecolor=display.COLORS["orange"], linewidth=2
    )
    for ax in axes.values():
        ax.set_xlim(-0.5, len(features) - 0.5)
        for edge in [] if boundaries is None else boundaries[1:-1]:
            ax.axvline(edge - 0.5, color="0.5", linewidth=0.6)
    what = "found the end" if labels[step - 1] == END else f"wrote {labels[step - 1]}"
    sentence = (
        f"Step {step} of {len(weights)}: the decoder {what}, and looked at frame {peak:g} most "
        f"(weight {row.max():.2f}); its look is spread over {spread:.1f} frames of the memory."
    )
    fig.alt = (
        f"Features over time, the attention weights of step {step} below them, and the map of all "
        f"{len(weights)} steps over the frames. {sentence}"
    )
    return controls.View(fig, {"step": step, "peak_frame": peak, "spread": spread}, sentence)
