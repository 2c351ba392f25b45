"""The control of chapter 06: the lattice of a hidden Markov model, walked through frame by frame.

ck.controls.hmm.lattice_explorer(log_start, log_transition, log_likelihood, states=["s", "i", "k", "s"])
"""

import ipywidgets
import numpy as np

from coursekit import arguments, controls, display, hmm

MOST_STATES, MOST_FRAMES = 8, 14  # more numbers than that cannot be read in one picture
FORWARD, VITERBI = "forward, then backward", "Viterbi, then the way back"


def lattice_explorer(
    log_start, log_transition, log_likelihood, *, states=None, algorithm=VITERBI, step=None
):
    """Step through a lattice: the sums of the forward and backward pass, or Viterbi's best arrows and the way back.

    Parameters
    ----------
    log_start, log_transition, log_likelihood : array_like
        As `hmm.viterbi` takes them; at most 8 states and 14 frames.
    states : sequence of str or None
        Their names; None: 1, 2, 3 ...
    algorithm : str
        What is shown first: FORWARD or VITERBI.
    step : int or None
        Where it stands first; None: in the middle of the first pass.

    Returns
    -------
    Explorer
        controls: "algorithm", "step" (1 to twice the number of frames T: step t fills in frame t, step T + 1 begins at
        the end and goes back). numbers: "frame" (from 1), "best_state" (from 1) and "log_prob": forward, of the frames
        so far; all the way back, of the whole observation; Viterbi: of the best row of states so far.

    Raises
    ------
    arguments.ArgumentError
        As `hmm.viterbi`; or too many states or frames to be drawn; or no row of states is possible.

    Notes
    -----
    Chapter 06, equations 6 to 11; hmm.forward, hmm.backward and `best_table` do the work.

    Examples
    --------
    >>> start, transition = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> explorer = lattice_explorer(start, transition, np.log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]))
    >>> explorer.controls["step"].value = 6
    >>> explorer.numbers["frame"], explorer.numbers["best_state"], round(explorer.numbers["log_prob"], 3)
    (1, 1, -4.192)
    """
    _, log_prob = hmm.viterbi(log_start, log_transition, log_likelihood)
    log_start, log_transition, log_b = (
        np.asarray(x, dtype=float) for x in (log_start, log_transition, log_likelihood)
    )
    n_frames, n_states = log_b.shape
    if n_frames > MOST_FRAMES or n_states > MOST_STATES:
        raise arguments.ArgumentError(
            f"log_likelihood has shape {log_b.shape}: {n_frames} frames, {n_states} states; "
            f"at most {MOST_FRAMES} of {MOST_STATES} can be read in a picture: x[:10]?"
        )
    if not np.isfinite(log_prob):
        raise arguments.ArgumentError(
            "no row of states is possible: its log probability is -infinity. Does the model "
            "need more frames than there are?"
        )
    states = [str(number) for number in range(1, n_states + 1)] if states is None else list(states)
    if len(states) != n_states:
        raise arguments.ArgumentError(f"there are {len(states)} names for {n_states} states")
    arguments.choice(algorithm, "algorithm", (FORWARD, VITERBI))
    step = (
        (n_frames + 1) // 2 if step is None else arguments.integer(step, "step", high=2 * n_frames)
    )
    which = ipywidgets.Dropdown(
        value=algorithm, options=[FORWARD, VITERBI], description="Algorithm"
    )
    steps = controls.slider(
        ipywidgets.IntSlider, description="Step", wide=True, value=step, min=1, max=2 * n_frames
    )
    view = {FORWARD: forward_view, VITERBI: viterbi_view}
    return controls.Explorer(
        {"algorithm": which, "step": steps},
        lambda algorithm, step: view[algorithm](
            log_start, log_transition, log_b, states=states, step=step
        ),
    )


def best_table(log_start, log_transition, log_likelihood):
    """Viterbi's table: the best log probability of a row that ends in each state, and where it came from.

    Returns
    -------
    best : ndarray, (n_frames, n_states)
    before : ndarray of int, (n_frames, n_states)
        The state one frame earlier; row 0 means nothing.

    Notes
    -----
    Chapter 06, equation 8: what `hmm.viterbi` computes and does not keep.

    Examples
    --------
    >>> start, transition = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> best, before = best_table(start, transition, np.log([[0.5, 0.1], [0.4, 0.3]]))
    >>> best[-1].round(2), before[-1]
    (array([-2.48, -3.61]), array([0, 0]))
    """
    best = [log_start + log_likelihood[0]]
    before = [np.zeros(len(log_start), dtype=int)]
    for log_b in log_likelihood[1:]:
        arrive = best[-1][:, None] + log_transition
        before.append(arrive.argmax(axis=0))
        best.append(arrive.max(axis=0) + log_b)
    return np.array(best), np.array(before)


def forward_view(log_start, log_transition, log_b, *, states, step):
    """The forward pass up to a frame; in the second half, the backward pass and what both say of each state."""
    n_frames = len(log_b)
    log_alpha, log_prob = hmm.forward(log_start, log_transition, log_b)
    t = step - 1 if step <= n_frames else 2 * n_frames - step
    if step <= n_frames:
        values = np.where(np.arange(n_frames)[:, None] <= t, log_alpha, np.nan)
        reached = float(np.logaddexp.reduce(log_alpha[t]))
        title = "log α: how likely it is to have seen the frames so far and to be here"
    else:
        log_beta = hmm.backward(log_transition, log_b)
        values = np.where(np.arange(n_frames)[:, None] >= t, log_alpha + log_beta, np.nan)
        reached = log_prob
        title = "log α + log β: how likely it is to see all frames and to be here"
    with np.errstate(invalid="ignore"):  # frames that are still empty are NaN
        shares = np.exp(values - np.logaddexp.reduce(values, axis=1, keepdims=True))
    fig, axes = lattice(values, shares, log_transition, log_b, states=states, title=title)
    if step <= n_frames and t > 0:
        flow = log_alpha[t - 1][:, None] + log_transition + log_b[t]  # what each arrow brings
        with np.errstate(invalid="ignore"):
            flow = np.nan_to_num(
                np.exp(flow - log_alpha[t])
            )  # its share in the state that it enters
        for i, j in np.argwhere(flow > 0.01):
            arrow(
                axes["lattice"], t, i, j, color=display.COLORS["orange"], width=0.5 + 4 * flow[i, j]
            )
    best = int(np.nanargmax(shares[t]))
    if step <= n_frames:
        sentence = (
            f"Forward, frame {t + 1} of {n_frames}: log p of the frames so far is {reached:.2f}; with "
            f"probability {shares[t, best]:.2f} the model is in state {states[best]} now."
        )
    else:
        sentence = (
            f"Backward, frame {t + 1} of {n_frames}: log p of all frames is {reached:.2f}, the same sum in "
            f"every column; knowing all of them, the state was {states[best]} with probability "
            f"{shares[t, best]:.2f}."
        )
    return controls.View(
        fig, {"frame": t + 1, "best_state": best + 1, "log_prob": reached}, sentence
    )


def viterbi_view(log_start, log_transition, log_b, *, states, step):
    """Viterbi's table up to a frame, with the arrows that were kept; in the second half, the way back in red."""
    n_frames = len(log_b)
    table, before = best_table(log_start, log_transition, log_b)
    t = step - 1 if step <= n_frames else 2 * n_frames - step
    filled = t if step <= n_frames else n_frames - 1
    values = np.where(np.arange(n_frames)[:, None] <= filled, table, np.nan)
    with np.errstate(invalid="ignore"):
        shares = np.exp(values - values.max(axis=1, keepdims=True))
    fig, axes = lattice(
        values,
        shares,
        log_transition,
        log_b,
        states=states,
        title="log δ: the best row of states so far that ends here",
    )
    for s in range(1, filled + 1):
        for j in np.flatnonzero(np.isfinite(table[s])):
            arrow(axes["lattice"], s, before[s, j], j, color=display.COLORS["orange"], width=1.8)
    if step <= n_frames:
        best = int(table[t].argmax())
        came = ""
        if t:
            i = before[t, best]
            came = (
                f": reached from {states[i]}, {table[t - 1, i]:.2f} {_signed(log_transition[i, best])} "
                f"{_signed(log_b[t, best])} = {table[t, best]:.2f}"
            )
        sentence = f"Viterbi, frame {t + 1} of {n_frames}: the best row so far ends in state {states[best]}{came}."
        return controls.View(
            fig,
            {"frame": t + 1, "best_state": best + 1, "log_prob": float(table[t, best])},
            sentence,
        )
    row = [int(table[-1].argmax())]
    for s in range(n_frames - 1, t, -1):
        row.append(int(before[s, row[-1]]))
    row.reverse()
    for s in range(t + 1, n_frames):
        arrow(
            axes["lattice"], s, row[s - t - 1], row[s - t], color=display.COLORS["red"], width=4.0
        )
    axes["lattice"].plot(
        np.arange(t, n_frames) + 1,
        row,
        "o",
        color="none",
        markeredgecolor=display.COLORS["red"],
        markeredgewidth=2.5,
        markersize=27,
    )
    sentence = (
        f"The way back has reached frame {t + 1} of {n_frames}: "
        + " ".join(states[s] for s in row)
        + f". Log probability of the best row with all frames: {table[-1].max():.2f}."
    )
    return controls.View(
        fig,
        {"frame": t + 1, "best_state": row[0] + 1, "log_prob": float(table[-1].max())},
        sentence,
    )


def lattice(values, shares, log_transition, log_b, *, states, title):
    """Nodes with their numbers over the emissions: a node's colour is its share in its frame."""
    n_frames, n_states = values.shape
    fig, axes = display.detached_mosaic(
        [["lattice"], ["emissions"]], height=2.1 + 0.12 * n_states, height_ratios=[2.2, 1]
    )
    ax = axes["lattice"]
    for t in range(1, n_frames):
        for i, j in np.argwhere(np.isfinite(log_transition)):
            ax.plot([t, t + 1], [i, j], color="0.85", linewidth=0.7, zorder=1)
    for (t, j), value in np.ndenumerate(values):
        known, possible = not np.isnan(value), np.isfinite(value)
        share = shares[t, j] if possible else 0.0
        face = (1 - 0.75 * share, 1 - 0.35 * share, 1.0) if possible else "white"
        ax.plot(
            t + 1,
            j,
            "o",
            markersize=26,
            color=face,
            zorder=3,
            markeredgecolor="0.3" if possible else "0.8",
            linestyle="--",
        )
        text = (
            ""
            if not known
            else "−∞"
            if not possible
            else f"{value:.1f}"
            if abs(value) < 99.95
            else f"{value:.0f}"
        )
        ax.text(t + 1, j, text.replace("-", "−"), ha="center", va="center", fontsize=7, zorder=4)
    for each in (ax, axes["emissions"]):
        each.set(xlim=(0.5, n_frames + 0.5), ylabel="State")
        each.set_xticks(range(1, n_frames + 1))
        each.set_yticks(range(n_states), labels=states)
        each.grid(False)
    ax.set_ylim(-0.6, n_states - 0.4)
    ax.set_title(title, loc="left")
    relative = np.maximum(log_b - log_b.max(axis=1, keepdims=True), -20)
    display.heatmap(
        relative.T,
        x=np.arange(n_frames) + 1,
        y=np.arange(n_states),
        ax=axes["emissions"],
        cmap="cividis",
        vmin=-20,
        vmax=0,
    )
    axes["emissions"].set_yticks(range(n_states), labels=states)
    axes["emissions"].set(xlabel="Frame", ylabel="State")
    axes["emissions"].set_title(
        "log b: how well each state explains each frame (bright: best of its frame; dark: "
        "20 below)",
        loc="left",
        fontsize=9,
    )
    fig.alt = f"Lattice of {n_states} states over {n_frames} frames. {title}. Below, the emissions as colours."
    return fig, axes


def arrow(ax, t, i, j, *, color, width):
    """From state i in frame t - 1 to state j in frame t, both counted from 0; under the nodes."""
    ax.plot([t, t + 1], [i, j], color=color, linewidth=width, zorder=2, solid_capstyle="butt")


def _signed(value):
    return f"{'+' if value >= 0 else '−'} {abs(value):.2f}"
