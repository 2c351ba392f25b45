"""What is wrong with a CTC network's log probabilities and with targets, said well. See `ctc` and `ctc_decode`."""

import math
from typing import NamedTuple

import numpy as np
import torch

from .arguments import ArgumentError, integer

# How far a row's log-sum may be from 0: rounding leaves 1e-6 in single precision and 1e-2 in half precision.
ROW_TOLERANCE, HALF_ROW_TOLERANCE = 1e-3, 5e-2


def log_probabilities(log_probs, *, lengths=None, blank=0, name="log_probs"):
    """Log probabilities as a batch (batch, frames, classes) in single or double precision, and lengths (batch,).

    Raises
    ------
    arguments.ArgumentError
        Not a tensor of real numbers of two or three axes; no frames; NaN or +infinity; rows of real frames that are not
        log probabilities (raw logits, probabilities, the wrong axis); lengths that do not fit (time first?).

    Examples
    --------
    >>> log_probabilities(torch.tensor([[0.5, 0.5]]).log())[1]
    tensor([1])
    """
    _refuse_no_tensor(log_probs, name)
    shape = tuple(log_probs.shape)
    if log_probs.ndim not in (2, 3) or shape[0] == 0 or shape[-2] == 0 or shape[-1] < 2:
        raise ArgumentError(
            f"{name} has shape {shape}; wanted (frames, classes) or (batch, frames, classes), at least "
            "one frame, and two classes: the blank and a symbol. An empty utterance?"
        )
    integer(blank, "blank", low=0, high=shape[-1] - 1)
    batch = log_probs if log_probs.ndim == 3 else log_probs[None]
    lengths = _lengths(lengths, batch, name)
    real_frame = torch.arange(batch.shape[1], device=batch.device) < lengths[:, None]
    _refuse_other_numbers(batch.detach()[real_frame], batch.detach(), name)
    return batch if batch.dtype in (torch.float32, torch.float64) else batch.float(), lengths


def same_axes(log_probs, lengths, blank):
    """As `log_probabilities`, but one utterance keeps its two axes: the rule of a function that takes one or many.

    Examples
    --------
    >>> checked = same_axes(torch.tensor([[0.5, 0.5]]).log(), None, 0)
    >>> checked["log_probs"].shape, checked["lengths"]
    (torch.Size([1, 2]), tensor([1]))
    """
    batch, lengths = log_probabilities(log_probs, lengths=lengths, blank=blank)
    return {"log_probs": batch if log_probs.ndim == 3 else batch[0], "lengths": lengths}


def _refuse_no_tensor(log_probs, name):
    if not isinstance(log_probs, torch.Tensor) or not log_probs.is_floating_point():
        kind = log_probs.dtype if isinstance(log_probs, torch.Tensor) else type(log_probs).__name__
        raise ArgumentError(
            f"{name} is {kind}; wanted a torch tensor of real numbers: torch.as_tensor({name})?"
        )


def _lengths(lengths, batch, name):
    n_utterances, n_frames = batch.shape[:2]
    if lengths is None:
        return torch.full((n_utterances,), n_frames, device=batch.device)
    lengths = _numbers(lengths, "lengths", "frames").to(batch.device)
    hint = f" Time first? Pass {name}.transpose(0, 1)" if len(lengths) == n_frames else ""
    if len(lengths) != n_utterances:
        raise ArgumentError(
            f"{len(lengths)} lengths for {n_utterances} utterances: {name} has shape "
            f"{tuple(batch.shape)}, wanted (batch, frames, classes).{hint}"
        )
    if lengths.min() < 1 or lengths.max() > n_frames:
        raise ArgumentError(
            f"lengths reach from {int(lengths.min())} to {int(lengths.max())}; {name} of shape "
            f"{tuple(batch.shape)} has {n_frames} frames. Lengths before the network's subsampling, "
            "or time first?"
        )
    return lengths


def _numbers(values, name, of):
    """How many frames, or symbols, each utterance has, (batch,)."""
    try:
        values = torch.as_tensor(values)
    except (TypeError, ValueError, RuntimeError):
        raise ArgumentError(
            f"{name} = {values!r:.80}; wanted whole numbers of {of}, one for each utterance"
        ) from None
    if values.is_floating_point() or values.is_complex() or values.dtype == torch.bool:
        raise ArgumentError(f"{name} holds {values.dtype} values; wanted whole numbers of {of}")
    return values.reshape(-1).long()


def _refuse_other_numbers(rows, batch, name):
    if rows.isnan().any() or rows.isposinf().any():
        bad = int((rows.isnan() | rows.isposinf()).sum())
        raise ArgumentError(
            f"{name} has {bad} NaN or +infinite values; log 0 is -infinity. Did training diverge?"
        )
    tolerance = (
        ROW_TOLERANCE if batch.dtype in (torch.float32, torch.float64) else HALF_ROW_TOLERANCE
    )
    sums = rows.float().logsumexp(-1) if batch.dtype != torch.float64 else rows.logsumexp(-1)
    if bool((sums.abs() <= tolerance).all()):
        return
    worst = float(sums[sums.abs().argmax()])
    if rows.min() >= 0 and bool(((rows.sum(-1) - 1).abs() < tolerance).all()):
        hint = f"these are probabilities: take {name}.log(), or better log_softmax of the network's output"
    elif batch.shape[1] > 1 and bool((batch.float().logsumexp(1).abs() <= tolerance).all()):
        hint = "these are normalised over the frames, axis -2: log_softmax wants dim=-1"
    else:
        hint = f"raw logits? Apply {name}.log_softmax(-1)"
    total, highest = math.exp(min(worst, 700.0)), float(rows.max())
    raise ArgumentError(
        f"{name} holds no log probabilities: the exponentials of a frame's classes sum to {total:.4g}, "
        f"wanted 1; the highest value is {highest:.4g}: {hint}"
    )


class Inputs(NamedTuple):
    """What `checked` returns: a batch, whatever came."""

    log_probs: torch.Tensor
    targets: torch.Tensor
    lengths: torch.Tensor
    target_lengths: torch.Tensor


def checked(log_probs, targets, blank, lengths, target_lengths):
    """All inputs of `loss` as a checked batch; what lies beyond a target's length is blank."""
    _refuse_no_tensor(log_probs, "log_probs")
    shape = tuple(log_probs.shape)
    rows, target_lengths = _rows(targets, target_lengths, len(shape) == 2)
    if len(shape) == 3 and len(rows) != shape[0]:
        hint = " Time first? Pass log_probs.transpose(0, 1)" if len(rows) == shape[1] else ""
        raise ArgumentError(
            f"{len(rows)} targets for {shape[0]} utterances: log_probs has shape {shape}, "
            f"wanted (batch, frames, classes).{hint}"
        )
    log_probs, lengths = log_probabilities(log_probs, lengths=lengths, blank=blank)
    rows, target_lengths = rows.to(log_probs.device), target_lengths.to(log_probs.device)
    is_real = torch.arange(rows.shape[1], device=rows.device) < target_lengths[:, None]
    ids = rows[is_real]
    if (ids == blank).any():
        raise ArgumentError(
            f"targets hold the blank, {blank}, {int((ids == blank).sum())} times: padding? Pass "
            "target_lengths. Or do the symbols' ids start at 0? The blank needs an id of its own"
        )
    if ids.numel() and (ids.min() < 0 or ids.max() >= log_probs.shape[2]):
        raise ArgumentError(
            f"targets reach from {int(ids.min())} to {int(ids.max())}; log_probs has classes 0 to "
            f"{log_probs.shape[2] - 1}. A padding value, without target_lengths?"
        )
    return Inputs(log_probs, rows.masked_fill(~is_real, blank), lengths, target_lengths)


def _rows(targets, target_lengths, single):
    """Targets as (batch, n) whole numbers, and how many of each row are real."""
    try:
        if (
            not single
            and target_lengths is None
            and isinstance(targets, (list, tuple))
            and targets
            and all(isinstance(row, list | tuple | np.ndarray | torch.Tensor) for row in targets)
        ):
            rows = [torch.as_tensor(row, dtype=None if len(row) else torch.long) for row in targets]
            target_lengths = torch.tensor([len(row) for row in rows])
            targets = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        targets = torch.as_tensor(targets)
    except (TypeError, ValueError, RuntimeError):
        raise ArgumentError(
            f"targets = {str(targets):.80}; wanted ids: Vocabulary.encode(text) gives them"
        ) from None
    if targets.numel() and (targets.is_floating_point() or targets.dtype == torch.bool):
        raise ArgumentError(
            f"targets holds {targets.dtype} values; wanted whole numbers, ids of symbols"
        )
    if targets.ndim != (1 if single else 2):
        raise ArgumentError(
            f"targets has shape {tuple(targets.shape)}; wanted "
            + (
                "(n,), one row of ids for one utterance"
                if single
                else "(batch, n), a row for each "
                "utterance of the batch (torch's form with all targets in one row is not taken)"
            )
        )
    targets = (targets[None] if single else targets).long()
    if target_lengths is None:
        target_lengths = torch.full((len(targets),), targets.shape[1])
    target_lengths = _numbers(target_lengths, "target_lengths", "symbols").to(targets.device)
    if (
        len(target_lengths) != len(targets)
        or target_lengths.numel()
        and not (0 <= target_lengths.min() <= target_lengths.max() <= targets.shape[1])
    ):
        raise ArgumentError(
            f"target_lengths = {target_lengths.tolist()!s:.80} for targets of shape "
            f"{tuple(targets.shape)}; wanted one for each row, 0 to {targets.shape[1]}"
        )
    return targets, target_lengths


def why_impossible(batch, impossible):
    """A sentence on the first impossible target of `Inputs`; impossible is boolean, (batch,)."""
    i = int(impossible.nonzero()[0])
    n, n_frames = int(batch.target_lengths[i]), int(batch.lengths[i])
    target = batch.targets[i, :n]
    repeats = int((target[1:] == target[:-1]).sum())
    if n + repeats > n_frames:
        reason = (
            f"{n} symbols"
            + (f" and a blank in each of {repeats} repeats" if repeats else "")
            + f" need {n + repeats} frames, there are {n_frames}. Too much subsampling, or the wrong text?"
        )
    else:
        reason = "each of its paths has a frame with probability 0. A -infinity in log_probs?"
    return (
        f"target {i} ({int(impossible.sum())} of {len(impossible)} such) is impossible: {reason} "
        "zero_infinity=True in `loss` leaves such out, silently"
    )
