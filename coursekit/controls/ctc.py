"""The control of chapter 07: a CTC network's answers while it is trained, step by step, beside what the text makes of
them.

    ck.controls.ctc.alignment_explorer(answers, steps=[1, 10, 100], strings=strings)
"""

import ipywidgets
import numpy as np
import torch

from coursekit import arguments, controls, ctc, display, metrics

SYMBOLS = "-0123456789"  # class 0 is the blank


def alignment_explorer(answers, *, steps, strings):
    """Move through a training, and see what the network says in each frame and what the text makes of it.

    Parameters
    ----------
    answers : sequence of sequences of array_like, (frames, 11)
        answers[i][j]: log probabilities at steps[i] for strings[j]; class 0 is the blank, class k the digit k - 1.
    steps : sequence of int
        When the answers were given, rising.
    strings : sequence of digits.DigitString
        Their text, and where their digits are joined; of their features the number of frames counts.

    Returns
    -------
    Explorer
        controls: "step", "string" (a text). numbers: "loss" (nats a digit: -ln P of the text by its length), "blank"
        (mean probability), "errors" (edits from the text to what greedy decoding reads).

    Notes
    -----
    Chapter 07; ctc.occupancy, ctc.loss and ctc.greedy_decode do the work.

    Examples
    --------
    >>> from coursekit.digits import DigitString
    >>> string = DigitString(np.zeros((6, 13)), "31", np.array([0, 3, 6]))
    >>> explorer = alignment_explorer([[np.full((6, 11), -np.log(11))]], steps=[1], strings=[string])
    >>> round(explorer.numbers["blank"], 3), explorer.numbers["errors"]
    (0.091, 2)
    """
    steps = [arguments.integer(step, "steps", low=0) for step in steps]
    if not steps or steps != sorted(set(steps)) or len(answers) != len(steps):
        raise arguments.ArgumentError(
            f"steps are {steps} for {len(answers)} rows of answers; wanted one each, rising"
        )
    texts = [string.text for string in strings]
    if not texts or len(set(texts)) < len(texts):
        raise arguments.ArgumentError(f"the strings say {texts}; wanted one or more, all different")
    kept = [
        [_log_probs(row, string) for row, string in zip(rows, strings, strict=True)]
        for rows in answers
    ]
    step = controls.slider(
        ipywidgets.SelectionSlider, description="Step", wide=True, value=steps[-1], options=steps
    )
    choose = ipywidgets.Dropdown(value=texts[0], options=texts, description="String")

    def draw(step, string):
        number = texts.index(string)
        return alignment_view(kept[steps.index(step)][number], step=step, string=strings[number])

    return controls.Explorer({"step": step, "string": choose}, draw)


def _log_probs(answer, string):
    """One answer as a tensor in double precision, or an error that says what does not fit."""
    log_probs = torch.as_tensor(np.asarray(answer, dtype=np.float64))
    wanted = (len(string.features), len(SYMBOLS))
    if tuple(log_probs.shape) != wanted:
        raise arguments.ArgumentError(
            f"an answer has shape {tuple(log_probs.shape)}; wanted {wanted} for the string "
            f"{string.text}. Padding? Cut it: log_probs[:len(string.features)]"
        )
    if not (log_probs.logsumexp(-1).abs() < 0.05).all():  # half precision leaves a hundredth
        raise arguments.ArgumentError(
            f"an answer to {string.text} holds no log probabilities, or NaN; wanted the "
            "log_softmax of the network's output"
        )
    return log_probs.log_softmax(
        -1
    )  # exact log probabilities, where they were kept in single precision


def alignment_view(log_probs, *, step, string):
    """What the network says, over what it should have said given the text; the joins are dotted."""
    ids = torch.tensor([SYMBOLS.index(digit) for digit in string.text])
    gamma = ctc.occupancy(log_probs, ids)
    loss = float(ctc.loss(log_probs, ids, reduction="sum")) / len(ids)
    said = "".join(SYMBOLS[k] for k in ctc.greedy_decode(log_probs))
    errors = sum(edit.kind != "hit" for edit in metrics.edit_operations(string.text, said))
    blank = float(log_probs[:, 0].exp().mean())

    fig, axes = display.detached_mosaic([["says"], ["should"]], height=2.6, sharex=True)
    states = "-" + "".join(f"{digit}-" for digit in string.text)
    for ax, values, rows, ylabel in (
        (axes["says"], log_probs.exp(), SYMBOLS, "Class"),
        (axes["should"], gamma, states, "State"),
    ):
        display.heatmap(values.T.numpy(), ax=ax, ylabel=ylabel, label="Probability", vmin=0, vmax=1)
        ax.set_yticks(range(len(rows)), labels=rows, fontsize=8)
        ax.invert_yaxis()
        ax.grid(False)
        ax.vlines(
            string.boundaries[1:-1] - 0.5,
            -0.5,
            len(rows) - 0.5,
            color="white",
            linestyle=":",
            linewidth=1,
        )
    axes["says"].set_title(f"Step {step}: what the network says", loc="left")
    axes["should"].set_title(f"What the text {string.text} makes of it (occupancy)", loc="left")
    axes["should"].set_xlabel("Frame")
    fig.alt = (
        f"Step {step}. Above: the probability of each class in each frame. Below: the occupancy of the states "
        f"of {string.text}. Dotted: the true joins."
    )

    sentence = (
        f"Step {step}: it reads {said or '(nothing)'}, {string.text} was said, {errors} edits; {loss:.3g} nats "
        f"a digit; the blank has {blank:.0%} of the probability."
    )
    return controls.View(fig, {"loss": loss, "blank": blank, "errors": errors}, sentence)
