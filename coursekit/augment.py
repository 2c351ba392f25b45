"""What makes training data harder to learn by heart. Chapter 09."""

from functools import partial

import torch

from . import arguments
from .arguments import ArgumentError


def _real_frames(x, lengths):
    if not isinstance(x, torch.Tensor) or x.ndim not in (2, 3):
        raise ArgumentError(
            f"x is {type(x).__name__} of shape {tuple(getattr(x, 'shape', ()))}; wanted a tensor "
            "(frames, n_features) or (batch, frames, n_features). An array? torch.from_numpy(x)"
        )
    if lengths is None:
        return None
    n = x.shape[0] if x.ndim == 3 else 1
    lengths = torch.as_tensor(lengths, device=x.device)
    if lengths.shape != (n,) or lengths.max() > x.shape[-2]:
        raise ArgumentError(
            f"lengths are {lengths.tolist()}; wanted {n} of at most {x.shape[-2]} frames"
        )
    return {"lengths": lengths}


@arguments.checks(_real_frames, max_share=partial(arguments.real, low=0, high=1))
def spec_augment(
    x,
    *,
    lengths=None,
    n_time_masks=2,
    max_time=20,
    max_share=0.2,
    n_feature_masks=2,
    max_features=15,
    generator=None,
):
    """Stripes of an utterance set to 0, the mean of normalised features:
    some times, some features.

    Parameters
    ----------
    x : Tensor, (frames, n_features), or (batch, frames, n_features) where each utterance gets stripes of its own
    lengths : Tensor of int64 or None, (batch,)
        Real frames of each; None: all.
    n_time_masks, n_feature_masks : int
        Stripes in each utterance; they may overlap.
    max_time, max_features : int
        A stripe is 0 to this many frames (features) wide, each width as likely.
    max_share : float
        And no wider than this share of the utterance.
    generator : torch.Generator or None
        None: torch's global one.

    Returns
    -------
    Tensor, shape of x
        A new one. torchaudio.functional.mask_along_axis_iid draws widths below the maximum alone, and knows of no
        lengths: a stripe of its may lie in the padding.

    References
    ----------
    Park and others, "SpecAugment", 2019, section 2, without the time warp. Chapter 09, equation 17.

    Examples
    --------
    >>> x = torch.ones(100, 80)
    >>> y = spec_augment(x, generator=torch.Generator().manual_seed(1))
    >>> y.shape, bool(0.3 < y.mean() < 1)
    (torch.Size([100, 80]), True)
    """
    batch = x if x.ndim == 3 else x[None]
    n_utterances, n_frames, n_features = batch.shape
    if lengths is None:
        lengths = torch.full((n_utterances,), n_frames, device=x.device)
    hidden = torch.zeros(batch.shape, dtype=torch.bool, device=x.device)
    widest = (lengths * max_share).long().clamp(max=max_time)
    for _ in range(n_time_masks):
        stripe = stripes(lengths, widest, n=n_frames, generator=generator)
        hidden |= stripe[:, :, None]  # (batch, frames, 1): all features at these times
    whole = torch.full_like(lengths, n_features)
    widest = whole.clamp(max=max_features)
    for _ in range(n_feature_masks):
        stripe = stripes(whole, widest, n=n_features, generator=generator)
        hidden |= stripe[:, None, :]  # (batch, 1, n_features): these features at all times
    return x.masked_fill(hidden.reshape(x.shape), 0.0)


def stripes(lengths, widest, *, n, generator=None):
    """A random stretch in each row.

    Parameters
    ----------
    lengths, widest : Tensor of int64, (batch,)
        The stretch is 0 to `widest` places wide and lies within the first `lengths` places.
    n : int
        Places.

    Returns
    -------
    Tensor of bool, (batch, n)

    Examples
    --------
    >>> stripes(torch.tensor([5]), torch.tensor([0]), n=6)
    tensor([[False, False, False, False, False, False]])
    """
    u = torch.rand(2, len(lengths), generator=generator).to(lengths.device)
    width = torch.minimum((u[0] * (widest + 1)).long(), widest)  # u near 1 may be rounded up to 1
    first = (u[1] * (lengths - width + 1)).long()
    place = torch.arange(n, device=lengths.device)
    return (first[:, None] <= place) & (place < (first + width)[:, None])
