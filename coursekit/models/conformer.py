"""The Conformer: attention for the whole utterance, convolution for the neighbourhood. Chapter 09."""

from functools import partial

import torch
from torch import nn

from .. import arguments
from .attention import MultiHeadAttention, padding_mask


class ConvSubsampling(nn.Module):
    """Two convolutions along time that make fewer frames, each d_model wide.

    Parameters
    ----------
    n_features, d_model : int
        Features are the channels of the first convolution.
    stride : {1, 2, 4}
        How many frames become one: of a quarter, each convolution halves.
    kernel_size : int
        Odd.

    References
    ----------
    Gulati and others, "Conformer", 2020, section 2, with convolutions along time alone (the paper's go along
    frequency too, and take several times as long on a CPU). Chapter 09, equation 12.

    Examples
    --------
    >>> x, lengths = ConvSubsampling(80, 8)(torch.zeros(1, 10, 80), torch.tensor([10]))
    >>> x.shape, lengths
    (torch.Size([1, 3, 8]), tensor([3]))
    """

    @arguments.checks(
        stride=partial(arguments.choice, options=(1, 2, 4)), kernel_size=arguments.odd
    )
    def __init__(self, n_features, d_model, *, stride=4, kernel_size=3):
        super().__init__()
        first, second = {1: (1, 1), 2: (2, 1), 4: (2, 2)}[stride]
        padding = kernel_size // 2
        self.conv1 = nn.Conv1d(n_features, d_model, kernel_size, stride=first, padding=padding)
        self.conv2 = nn.Conv1d(d_model, d_model, kernel_size, stride=second, padding=padding)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, lengths):
        """(batch, frames, n_features) -> (batch, about frames / stride, d_model), lengths."""
        for conv in (self.conv1, self.conv2):
            # zeros after the end, as the convolution itself assumes them there
            x = x * padding_mask(lengths, n_frames=x.shape[1])[..., None]
            x = conv(x.transpose(1, 2))  # (batch, d_model, frames / conv.stride)
            x = torch.nn.functional.silu(x).transpose(1, 2)
            lengths = (lengths - 1) // conv.stride[0] + 1
        return self.norm(x), lengths


class NormedFeedForward(nn.Sequential):
    """Layer norm, then two linear layers with a SiLU between, for each frame alone.

    References
    ----------
    Gulati and others, "Conformer", 2020, section 2.3.

    Examples
    --------
    >>> NormedFeedForward(8, 32)(torch.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, d_model, d_ff, *, dropout=0.0):
        super().__init__(
            nn.LayerNorm(d_model),
            nn.Linear(d_model, d_ff),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(d_ff, d_model),
            nn.Dropout(dropout),
        )


class ConvolutionModule(nn.Module):
    """A gate for each frame, then a filter along time for each channel.

    Parameters
    ----------
    d_model : int
    kernel_size : int
        Frames that the filter spans; odd.
    norm : {"layer", "batch"}
        "layer": over the channels of each frame, so that the other utterances of a batch, and its padding, change
        nothing. "batch": the paper's, over all frames of the batch (in training: the padding among them).

    References
    ----------
    Gulati and others, "Conformer", 2020, section 2.2. Chapter 09, equation 14.

    Examples
    --------
    >>> real = torch.ones(3, 5, dtype=torch.bool)
    >>> ConvolutionModule(8, 3)(torch.zeros(3, 5, 8), real).shape
    torch.Size([3, 5, 8])
    """

    @arguments.checks(
        kernel_size=arguments.odd, norm=partial(arguments.choice, options=("layer", "batch"))
    )
    def __init__(self, d_model, kernel_size, *, dropout=0.0, norm="layer"):
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.gate = nn.Linear(d_model, 2 * d_model)
        self.depthwise = nn.Conv1d(
            d_model, d_model, kernel_size, padding=kernel_size // 2, groups=d_model
        )  # each channel has its own filter
        self.inner_norm = nn.BatchNorm1d(d_model) if norm == "batch" else nn.LayerNorm(d_model)
        self.out = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, real):
        """x (batch, frames, d_model); real (batch, frames): False where a frame is padding."""
        value, openness = self.gate(self.norm(x)).chunk(2, dim=-1)
        x = value * openness.sigmoid()  # (batch, frames, d_model)
        x = x * real[..., None]  # or the filter would read the padding
        x = self.depthwise(x.transpose(1, 2))  # (batch, d_model, frames)
        if isinstance(self.inner_norm, nn.BatchNorm1d):
            x = self.inner_norm(x).transpose(1, 2)
        else:
            x = self.inner_norm(x.transpose(1, 2))
        return self.dropout(self.out(torch.nn.functional.silu(x)))


class ConformerBlock(nn.Module):
    """Half a feed-forward step, attention, convolution, half a feed-forward step;
    each is added to what came in.

    Parameters
    ----------
    d_model, n_heads, d_ff, kernel_size : int
    dropout : float
    norm : {"layer", "batch"}
        Of the convolution module.

    References
    ----------
    Gulati and others, "Conformer", 2020, equation 1. Chapter 09, equation 13. On the same weights as
    torchaudio.models.Conformer, where no frame is padding; torchaudio's filter reads the padding, ours does not.

    Examples
    --------
    >>> real = torch.ones(3, 5, dtype=torch.bool)
    >>> ConformerBlock(8, n_heads=2, d_ff=16, kernel_size=3)(torch.zeros(3, 5, 8), real).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, d_model, *, n_heads, d_ff, kernel_size, dropout=0.0, norm="layer"):
        super().__init__()
        self.feed_forward1 = NormedFeedForward(d_model, d_ff, dropout=dropout)
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.dropout = nn.Dropout(dropout)
        self.convolution = ConvolutionModule(d_model, kernel_size, dropout=dropout, norm=norm)
        self.feed_forward2 = NormedFeedForward(d_model, d_ff, dropout=dropout)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, real, *, mask=None):
        """x (batch, frames, d_model); real (batch, frames): False where a frame is padding;
        mask as in MultiHeadAttention, None: from real."""
        mask = real[:, None, None, :] if mask is None else mask
        x = x + 0.5 * self.feed_forward1(x)
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed, normed, mask=mask)[0])
        x = x + self.convolution(x, real)
        x = x + 0.5 * self.feed_forward2(x)
        return self.norm(x)
