"""Connectionist temporal classification: a text's probability from frames nobody aligned, and its gradient. Chapter 07.

log_probs are natural logarithms, batch first: (frames, classes) or (batch, frames, classes). torch's own CTC loss wants
time first, (frames, batch, classes). Ids: 0 is the blank, symbols start at 1. `ctc_decode` reads texts; what it offers
stands here too: ctc.greedy_decode, ctc.beam_search_decode.
"""

import math
from functools import partial
from typing import NamedTuple

import torch
from torch.nn.functional import pad

from . import arguments
from .arguments import ArgumentError
from .ctc_decode import Hypothesis, PrefixScorer, beam_search_decode, collapse, greedy_decode
from .ctc_inputs import checked, why_impossible

__all__ = [
    "Alignment",
    "Hypothesis",
    "PrefixScorer",
    "Span",
    "align",
    "backward",
    "beam_search_decode",
    "can_skip",
    "collapse",
    "extend",
    "forward",
    "greedy_decode",
    "last_states",
    "loss",
    "occupancy",
]

# --- the states and the two recursions -------------------------------------------------------------------------


def extend(targets, *, blank=0):
    """A blank before, between and after the symbols: Graves's l'.

    Parameters
    ----------
    targets : tensor of int, (..., n)
    blank : int

    Returns
    -------
    tensor of int, (..., 2 n + 1)

    References
    ----------
    Graves et al., "Connectionist temporal classification", 2006, section 4.1. Chapter 07.

    Examples
    --------
    >>> extend(torch.tensor([3, 3, 1]))
    tensor([0, 3, 0, 3, 0, 1, 0])
    """
    extended = targets.new_full((*targets.shape[:-1], 2 * targets.shape[-1] + 1), blank)
    extended[..., 1::2] = targets
    return extended


def can_skip(extended, *, blank=0):
    """Whether a path may enter each state from two before: from a symbol to a different symbol.

    Parameters
    ----------
    extended : tensor of int, (..., states)
        From `extend`.
    blank : int

    Returns
    -------
    tensor of bool, (..., states)

    References
    ----------
    Graves et al., 2006, equation 6. Chapter 07, equation 4.

    Examples
    --------
    Between equal symbols the blank is needed:

    >>> can_skip(torch.tensor([0, 3, 0, 3, 0, 1, 0])).int()
    tensor([0, 0, 0, 0, 0, 1, 0], dtype=torch.int32)
    """
    skip = torch.zeros_like(extended, dtype=torch.bool)
    skip[..., 2:] = (extended[..., 2:] != blank) & (extended[..., 2:] != extended[..., :-2])
    return skip


def forward(log_y, skip):
    """Log probability of all beginnings of paths that are in each state at each frame.

    Parameters
    ----------
    log_y : tensor, (..., frames, states)
        Log probability of each state's class in each frame: log_probs[:, extended].
    skip : tensor of bool, (..., states)
        From `can_skip`.

    Returns
    -------
    log_alpha : tensor, (..., frames, states)
        The last frame's last two states hold the whole paths: their logsumexp is the target's log probability.

    References
    ----------
    Graves et al., 2006, equations 5 to 8. Chapter 07, equations 4 and 5.

    Examples
    --------
    Two frames, the target "1": three paths, 1-, -1 and 11.

    >>> log_y = torch.tensor([[0.6, 0.4, 0.6], [0.6, 0.4, 0.6]]).log()
    >>> forward(log_y, torch.tensor([False, False, False]))[-1, -2:].exp().sum().round(decimals=2)
    tensor(0.6400)
    """
    no_jump = torch.where(skip, 0.0, -math.inf).to(log_y)
    # two states more in front, which are never entered
    log_alpha = pad(torch.full_like(log_y, -math.inf), (2, 0), value=-math.inf)
    log_alpha[..., 0, 2:4] = log_y[..., 0, :2]
    for t in range(1, log_y.shape[-2]):
        before = log_alpha[..., t - 1, :]
        stay, step, jump = before[..., 2:], before[..., 1:-1], before[..., :-2] + no_jump
        arrive = torch.logaddexp(torch.logaddexp(stay, step), jump)
        log_alpha[..., t, 2:] = log_y[..., t, :] + arrive
    return log_alpha[..., 2:]


def backward(log_y, skip, *, lengths=None, target_lengths=None):
    """Log probability of all ways to go on to the end, from each state after each frame.

    Parameters
    ----------
    log_y : tensor, (..., frames, states)
        As in `forward`.
    skip : tensor of bool, (..., states)
    lengths, target_lengths : tensor of int, (...), optional
        Real frames and real symbols, where frames and states are padded.

    Returns
    -------
    log_beta : tensor, (..., frames, states)
        The probability of the frame itself is not in it (it is in alpha), so that alpha * beta / p(target) is the
        probability to be in the state. Graves et al., 2006, counted it twice and divided by y.

    References
    ----------
    Graves, Supervised Sequence Labelling with Recurrent Neural Networks, 2012, section 7.4, defines it so;
    Graves et al., 2006, equations 9 to 11. Chapter 07, equation 6.

    Examples
    --------
    >>> log_y = torch.tensor([[0.6, 0.4, 0.6], [0.6, 0.4, 0.6]]).log()
    >>> backward(log_y, torch.tensor([False, False, False])).exp()
    tensor([[0.4000, 1.0000, 0.6000],
            [0.0000, 1.0000, 1.0000]])
    """
    may_end = last_states(log_y, lengths=lengths, target_lengths=target_lengths)
    log_beta = torch.where(may_end, 0.0, -math.inf).to(log_y)
    no_jump = torch.where(pad(skip, (0, 2))[..., 2:], 0.0, -math.inf).to(log_y)
    for t in range(log_y.shape[-2] - 2, -1, -1):
        ahead = log_y[..., t + 1, :] + log_beta[..., t + 1, :]
        ahead = pad(ahead, (0, 2), value=-math.inf)  # two states more at the end
        stay, step, jump = ahead[..., :-2], ahead[..., 1:-1], ahead[..., 2:] + no_jump
        go_on = torch.logaddexp(torch.logaddexp(stay, step), jump)
        # one of the two is log 0: either utterances end here or they go on
        log_beta[..., t, :] = torch.maximum(log_beta[..., t, :], go_on)
    return log_beta


def last_states(log_y, *, lengths=None, target_lengths=None):
    """Where a path may end: in the last real frame, in the last blank or the last symbol.

    Parameters
    ----------
    log_y, lengths, target_lengths
        As in `backward`.

    Returns
    -------
    tensor of bool, (..., frames, states)

    Examples
    --------
    >>> last_states(torch.zeros(2, 3)).int()
    tensor([[0, 0, 0],
            [0, 1, 1]], dtype=torch.int32)
    """
    t = torch.arange(1, log_y.shape[-2] + 1, device=log_y.device)[:, None]
    s = torch.arange(1, log_y.shape[-1] + 1, device=log_y.device)
    last_frame = log_y.shape[-2] if lengths is None else lengths[..., None, None]
    last_state = (
        log_y.shape[-1] if target_lengths is None else 2 * target_lengths[..., None, None] + 1
    )
    return ((t == last_frame) & ((s == last_state) | (s == last_state - 1))).expand(log_y.shape)


# --- the loss --------------------------------------------------------------------------------------------------


@arguments.checks(reduction=partial(arguments.choice, options=("mean", "sum", "none")))
def loss(
    log_probs,
    targets,
    *,
    blank=0,
    lengths=None,
    target_lengths=None,
    zero_infinity=False,
    reduction="mean",
):
    """How unlikely the targets are: -log of the summed probability of all their paths.

    Parameters
    ----------
    log_probs : tensor, (batch, frames, classes), or (frames, classes) for one utterance
        Log probabilities: the output of log_softmax(-1), not logits.
    targets : tensor of int, (batch, n), or (n,) for one utterance, or a list of lists of ids
        What was said, without blanks.
    blank : int
    lengths : tensor of int, (batch,), optional
        Real frames of each utterance, after the network's subsampling; None: all.
    target_lengths : tensor of int, (batch,), optional
        Real symbols in each row of targets; None: all.
    zero_infinity : bool
        Targets that no path spells give loss 0 and no gradient, instead of an error. Dangerous: one subsampling too
        many, and a part of the data silently teaches nothing while the mean loss looks better.
    reduction : str
        As torch: "mean" divides each loss by its target's length (1 at least), then takes the mean; "sum" adds, so
        that one utterance gives -log p itself; "none" leaves one loss for each.

    Returns
    -------
    tensor, () or (batch,)
        In nats. Its gradient with respect to log_probs is -occupancy, summed over the states of each class; after
        log_softmax this becomes softmax - occupancy for the logits, Graves's equation 16. (torch.nn.CTCLoss already
        returns exp(log_probs) - occupancy with respect to log_probs, which is only right below a log_softmax.)

    Raises
    ------
    arguments.ArgumentError
        Not log probabilities (see `ctc_inputs.log_probabilities`); targets that hold the blank, padding or unknown ids;
        targets that need more frames than there are, or that are impossible otherwise.

    References
    ----------
    Graves et al., 2006, equations 12 to 16. Chapter 07, equations 3 and 8.

    Examples
    --------
    >>> log_probs = torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log()
    >>> loss(log_probs, torch.tensor([1])).exp().round(decimals=4)  # 1 / 0.64
    tensor(1.5625)
    """
    single = isinstance(log_probs, torch.Tensor) and log_probs.ndim == 2
    batch = checked(log_probs, targets, blank, lengths, target_lengths)
    losses = _Loss.apply(*batch, blank)
    impossible = losses.detach().isinf()
    if impossible.any():
        if not zero_infinity:
            raise ArgumentError(why_impossible(batch, impossible))
        losses = losses.masked_fill(impossible, 0.0)
    if reduction == "mean":
        return (losses / batch.target_lengths.clamp(min=1)).mean()
    return losses.sum() if reduction == "sum" else losses[0] if single else losses


class _Loss(torch.autograd.Function):
    """-log p(target) of each utterance, with the gradient by hand."""

    @staticmethod
    def forward(ctx, log_probs, targets, lengths, target_lengths, blank):
        classes, log_y, skip = _lattice(log_probs, targets, blank)
        log_alpha = forward(log_y, skip)
        log_p = _log_prob(log_alpha, lengths, target_lengths)
        ctx.save_for_backward(
            log_probs, classes, log_y, skip, lengths, target_lengths, log_alpha, log_p
        )
        return -log_p.to(log_probs.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_output):
        (log_probs, classes, log_y, skip, lengths, target_lengths, log_alpha, log_p) = (
            ctx.saved_tensors
        )
        log_beta = backward(log_y, skip, lengths=lengths, target_lengths=target_lengths)
        gamma = _gamma(log_alpha, log_beta, log_p).to(log_probs.dtype)
        gradient = torch.zeros_like(log_probs)  # of each class: all states that are this class
        gradient.scatter_add_(2, classes, -grad_output[:, None, None] * gamma)
        return gradient, None, None, None, None


def occupancy(log_probs, targets, *, blank=0, lengths=None, target_lengths=None):
    """Probability to be in each state in each frame, given that the target was said.

    Parameters
    ----------
    log_probs, targets, blank, lengths, target_lengths
        As in `loss`.

    Returns
    -------
    tensor, (frames, states), or (batch, frames, states)
        alpha * beta / p(target): each real frame sums to 1, padding is 0. Numbers to look at: no gradient goes back.

    References
    ----------
    Graves et al., 2006, equations 12 to 14. Chapter 07, equation 7.

    Examples
    --------
    >>> log_probs = torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log()
    >>> occupancy(log_probs, torch.tensor([1]))[0].round(decimals=3)
    tensor([0.3750, 0.6250, 0.0000])
    """
    batch = checked(log_probs, targets, blank, lengths, target_lengths)
    _, log_y, skip = _lattice(batch.log_probs.detach(), batch.targets, blank)
    log_alpha = forward(log_y, skip)
    log_beta = backward(log_y, skip, lengths=batch.lengths, target_lengths=batch.target_lengths)
    log_p = _log_prob(log_alpha, batch.lengths, batch.target_lengths)
    if log_p.isinf().any():
        raise ArgumentError(why_impossible(batch, log_p.isinf()))
    gamma = _gamma(log_alpha, log_beta, log_p).to(log_probs.dtype)
    return gamma[0] if log_probs.ndim == 2 else gamma


def _lattice(log_probs, targets, blank):
    """Each state's class in each frame, its log probability, and where a path may skip.

    In double precision: over 400 frames, log p is near -1000, of which single precision keeps three decimals. Its
    exponential, the gradient, would be a thousandth off.
    """
    extended = extend(targets, blank=blank)
    classes = extended[:, None, :].expand(-1, log_probs.shape[1], -1)
    return classes, log_probs.gather(2, classes).double(), can_skip(extended, blank=blank)


def _log_prob(log_alpha, lengths, target_lengths):
    """log p(target) of each utterance: the last blank or the last symbol, in the last real frame."""
    rows = torch.arange(len(log_alpha), device=log_alpha.device)
    last = log_alpha[rows, lengths - 1]  # (batch, states)
    ends_blank = last[rows, 2 * target_lengths]
    ends_symbol = last[rows, (2 * target_lengths - 1).clamp(min=0)].masked_fill(
        target_lengths == 0, -math.inf
    )
    return torch.logaddexp(ends_blank, ends_symbol)


def _gamma(log_alpha, log_beta, log_p):
    """alpha * beta / p; 0 where p is 0."""
    possible = ~log_p.isinf()[:, None, None]
    return torch.where(possible, (log_alpha + log_beta - log_p[:, None, None]).exp(), 0.0)


# --- forced alignment ------------------------------------------------------------------------------------------


class Span(NamedTuple):
    """Where a symbol stands."""

    symbol: int
    start: int
    """Its first frame."""
    end: int
    """One after its last frame."""
    confidence: float
    """The mean of its probability over these frames."""


class Alignment(NamedTuple):
    """The likeliest path that spells a target."""

    path: torch.Tensor
    """A class for each frame, the blank among them, (frames,)."""
    spans: list
    """A Span for each symbol of the target."""
    log_prob: float
    """Log probability of this one path."""


def _one_utterance(log_probs):
    if isinstance(log_probs, torch.Tensor) and log_probs.ndim == 3:
        raise ArgumentError(
            f"log_probs has shape {tuple(log_probs.shape)}; wanted one utterance "
            "without padding: log_probs[i, :lengths[i]]"
        )


@arguments.checks(_one_utterance)
def align(log_probs, targets, *, blank=0):
    """When each symbol of a known text was said: the likeliest path that spells it.

    Parameters
    ----------
    log_probs : tensor, (frames, classes)
        Of one utterance, without padding.
    targets : tensor of int or list of int, (n,)
        What was said.
    blank : int

    Returns
    -------
    Alignment
        A CTC network puts its symbols as spikes: a span tells where the network has heard enough to be sure, seldom how
        long the sound lasts. path is what torchaudio.functional.forced_align returns.

    Raises
    ------
    arguments.ArgumentError
        As in `loss`.

    References
    ----------
    Kürzinger et al., "CTC-segmentation of large corpora", 2020; Viterbi, 1967. Chapter 07, equation 13.

    Examples
    --------
    >>> log_probs = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.2, 0.1, 0.7]]).log()
    >>> found = align(log_probs, [1, 2])
    >>> found.path.tolist(), [(span.symbol, span.start, span.end) for span in found.spans]
    ([0, 1, 1, 2], [(1, 1, 3), (2, 3, 4)])
    """
    batch = checked(log_probs, targets, blank, None, None)
    extended = extend(batch.targets, blank=blank)[0]
    log_y = batch.log_probs.detach()[0][:, extended].double()
    states, log_prob = best_states(log_y, can_skip(extended, blank=blank))
    if log_prob == -math.inf:
        raise ArgumentError(why_impossible(batch, torch.tensor([True])))
    spans = []
    for s in range(1, len(extended), 2):
        frames = (states == s).nonzero().flatten()
        start, end = int(frames[0]), int(frames[-1]) + 1
        spans.append(Span(int(extended[s]), start, end, float(log_y[start:end, s].exp().mean())))
    return Alignment(extended[states], spans, log_prob)


def best_states(log_y, skip):
    """The likeliest row of states: `forward` with max for the sum, then back from the end.

    Parameters
    ----------
    log_y : tensor, (frames, states)
    skip : tensor of bool, (states,)

    Returns
    -------
    states : tensor of int, (frames,)
    log_prob : float
        -inf where there is no such row; states then mean nothing.

    Examples
    --------
    >>> best_states(torch.tensor([[0.6, 0.4, 0.6], [0.3, 0.7, 0.3]]).log(), torch.tensor([False] * 3))[0]
    tensor([0, 1])
    """
    n_frames, n_states = log_y.shape
    best = torch.full_like(log_y[0], -math.inf)
    best[:2] = log_y[0, :2]
    back = torch.zeros_like(log_y, dtype=torch.long)  # by how many states each came forward
    for t in range(1, n_frames):
        step = pad(best, (1, 0), value=-math.inf)[:-1]
        jump = pad(best, (2, 0), value=-math.inf)[:-2].masked_fill(~skip, -math.inf)
        arrive, back[t] = torch.stack([best, step, jump]).max(dim=0)
        best = log_y[t] + arrive
    ends = best[-2:]
    states = torch.empty(n_frames, dtype=torch.long, device=log_y.device)
    states[-1] = n_states - len(ends) + int(ends.argmax())
    for t in range(n_frames - 1, 0, -1):
        states[t - 1] = states[t] - back[t, states[t]]
    return states, float(ends.max())
