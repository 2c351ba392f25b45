"""What is wrong with a batch, said well: `batch` is the rule above each model's forward. Chapters 07 to 09."""

import torch

from ..arguments import ArgumentError


def padded(x, lengths, *, width):
    """A batch of feature sequences and their lengths, as a model can use them.

    Parameters
    ----------
    x : Tensor, (batch, frames, width), floating point
    lengths : Tensor or sequence of int, (batch,)
        How many frames of each sequence are real.
    width : int
        Features in a frame.

    Returns
    -------
    x : Tensor, (batch, frames, width)
        As given.
    lengths : Tensor of int64, (batch,)
        On the device of x.

    Raises
    ------
    ArgumentError
        Not three axes, another width, not floating point, NaN or infinite, no frames, lengths that do not fit.

    Examples
    --------
    >>> x, lengths = padded(torch.zeros(2, 5, 3), [5, 4], width=3)
    >>> lengths
    tensor([5, 4])
    """
    if not isinstance(x, torch.Tensor) or x.ndim != 3 or not x.is_floating_point():
        came = (
            f"{x.dtype} of shape {tuple(x.shape)}"
            if isinstance(x, torch.Tensor)
            else type(x).__name__
        )
        raise ArgumentError(
            f"features are {came}; wanted a floating-point tensor (batch, frames, {width}). "
            "One utterance? x[None]. An array? torch.from_numpy(x).float()"
        )
    if x.shape[2] != width:
        hint = ". Are frames last? Transpose the last two axes" if x.shape[1] == width else ""
        raise ArgumentError(
            f"features have shape {tuple(x.shape)}: {x.shape[2]} to a frame, this model takes "
            f"{width}{hint}"
        )
    if lengths is None:
        raise ArgumentError(
            f"lengths are None; wanted how many frames of each of {len(x)} utterances are real"
        )
    lengths = torch.as_tensor(lengths, device=x.device)
    if lengths.shape != x.shape[:1] or lengths.is_floating_point():
        raise ArgumentError(
            f"lengths are {lengths.dtype} of shape {tuple(lengths.shape)}; wanted whole numbers of "
            f"frames, one for each of {len(x)} utterances"
        )
    if len(x) == 0 or lengths.min() < 1 or lengths.max() > x.shape[1]:
        raise ArgumentError(
            f"lengths are {lengths.tolist()} for features of {x.shape[1]} frames; wanted at least one "
            f"utterance, and 1 to {x.shape[1]} frames in each. An empty recording? Leave it out"
        )
    if not torch.isfinite(x).all():
        row, frame = (int(i) for i in torch.nonzero(~torch.isfinite(x))[0, :2])
        raise ArgumentError(
            f"features hold NaN or infinite values, the first in utterance {row}, frame {frame}. "
            "The logarithm of a silent frame? A deviation of 0 divided by?"
        )
    return x, lengths.long()


def batch(self, features, lengths):
    """The rule, for `arguments.checks`, of a model whose config has n_features: its features and lengths fit."""
    features, lengths = padded(features, lengths, width=self.config.n_features)
    return {"features": features, "lengths": lengths}


def targets(y, target_lengths, *, n_classes, batch):
    """Symbols to learn, padded, and how many of each row are real.

    Parameters
    ----------
    y : Tensor of int, (batch, n)
        Ids from 1 to n_classes - 1; what lies after the end of a row is not read.
    target_lengths : Tensor or sequence of int, (batch,)
    n_classes, batch : int

    Returns
    -------
    y : Tensor of int64, (batch, n)
        0 after the end of each row.
    target_lengths : Tensor of int64, (batch,)

    Raises
    ------
    ArgumentError
        Shapes that do not fit, ids that no class has, 0 within a row.

    Examples
    --------
    >>> targets(torch.tensor([[3, 1], [2, 9]]), [2, 1], n_classes=4, batch=2)[0]
    tensor([[3, 1],
            [2, 0]])
    """
    y = torch.as_tensor(y)
    target_lengths = torch.as_tensor(target_lengths, device=y.device)
    whole = not any(t.is_floating_point() or t.dtype == torch.bool for t in (y, target_lengths))
    if y.ndim != 2 or len(y) != batch or target_lengths.shape != (batch,) or not whole:
        raise ArgumentError(
            f"targets are {y.dtype} of shape {tuple(y.shape)}, target_lengths {target_lengths.dtype} "
            "of shape "
            f"{tuple(target_lengths.shape)}; wanted ids (batch, n) and (batch,) with batch = {batch}"
        )
    if target_lengths.min() < 0 or target_lengths.max() > y.shape[1]:
        raise ArgumentError(
            f"target_lengths are {target_lengths.tolist()}; wanted 0 to {y.shape[1]}, the width of "
            "the targets"
        )
    real = torch.arange(y.shape[1], device=y.device) < target_lengths[:, None]
    if real.any() and not 1 <= y[real].min() <= y[real].max() < n_classes:
        raise ArgumentError(
            f"targets reach from {int(y[real].min())} to {int(y[real].max())}; wanted ids from 1 to "
            f"{n_classes - 1} (0 is the blank, the start and the end). An unknown character, or "
            "another vocabulary?"
        )
    return y.long() * real, target_lengths.long()
