"""Attention: scaled dot products, several heads, masks and positions. Chapters 08 and 09.

Every mask is True where attention may look, as in torch's scaled_dot_product_attention. The key_padding_mask of
torch.nn.MultiheadAttention is the opposite: True where it may not.
"""

import math

import numpy as np
import torch
from torch import nn

from .. import arguments


def padding_mask(lengths, *, n_frames=None):
    """Which frames of a padded batch are real.

    Parameters
    ----------
    lengths : Tensor of int, (batch,)
    n_frames : int or None
        The width of the mask; None: the longest length.

    Returns
    -------
    Tensor of bool, (batch, n_frames)
        True where the frame is real.

    Examples
    --------
    >>> padding_mask(torch.tensor([3, 1]))
    tensor([[ True,  True,  True],
            [ True, False, False]])
    """
    n_frames = int(lengths.max()) if n_frames is None else n_frames
    return torch.arange(n_frames, device=lengths.device) < lengths[:, None]  # (batch, n_frames)


def causal_mask(n, *, device=None):
    """Who may look at whom where the future is hidden: position i sees positions 0 to i.

    Parameters
    ----------
    n : int
        Positions.

    Returns
    -------
    Tensor of bool, (n, n)
        Row: who looks. Column: at whom.

    Examples
    --------
    >>> causal_mask(3)
    tensor([[ True, False, False],
            [ True,  True, False],
            [ True,  True,  True]])
    """
    return torch.ones(n, n, dtype=torch.bool, device=device).tril()


def _in_pairs(d_model):
    arguments.divides(2, d_model, "a sine and a cosine", "d_model")


@arguments.checks(_in_pairs)
def sinusoidal_positions(n, d_model):
    """A row of sines and cosines for each position:
    PE[pos, 2i] = sin(pos / 10000^(2i / d_model)), PE[pos, 2i + 1] = cos of the same.

    Parameters
    ----------
    n : int
        Positions.
    d_model : int
        Even.

    Returns
    -------
    Tensor, (n, d_model)

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017, section 3.5. Chapter 09, equation 5.

    Examples
    --------
    >>> sinusoidal_positions(2, 4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    position = torch.arange(n)[:, None]  # (n, 1)
    rate = 10000.0 ** (-torch.arange(0, d_model, 2) / d_model)  # (d_model / 2,), radians
    table = torch.zeros(n, d_model)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)
    return table


def alibi_bias(n, n_heads, *, device=None):
    """What is added to the scores so that near frames count more:
    -slope |i - j|, a slope to each head.

    Parameters
    ----------
    n : int
        Positions.
    n_heads : int
        Head h of H has the slope 2^(-8 (h + 1) / H): from steep (sees its neighbours) to flat (sees all).

    Returns
    -------
    Tensor, (n_heads, n, n)
        0 on the diagonal. Depends on i - j alone, so that it fits any length.

    References
    ----------
    Press, Smith and Lewis, "Train short, test long", 2022, section 3, there for the past alone; here to both
    sides. Chapter 09, equation 7.

    Examples
    --------
    >>> alibi_bias(3, 2)[0]
    tensor([[-0.0000, -0.0625, -0.1250],
            [-0.0625, -0.0000, -0.0625],
            [-0.1250, -0.0625, -0.0000]])
    """
    slope = 2.0 ** (-8 * torch.arange(1, n_heads + 1, device=device) / n_heads)
    position = torch.arange(n, device=device)
    distance = (position[:, None] - position).abs()  # (n, n)
    return -slope[:, None, None] * distance  # (n_heads, n, n)


def score_mask(real, *, n_heads=None):
    """What is added to the scores: -inf for keys that are padding;
    with n_heads, the ALiBi bias too.

    Parameters
    ----------
    real : Tensor of bool, (batch, frames)
    n_heads : int or None
        None: no bias.

    Returns
    -------
    Tensor, (batch, 1 or n_heads, 1 or frames, frames)

    Examples
    --------
    >>> score_mask(torch.tensor([[True, False]]))
    tensor([[[[0., -inf]]]])
    """
    mask = torch.zeros(real.shape, device=real.device).masked_fill(~real, -math.inf)
    mask = mask[:, None, None, :]  # the same for all heads and queries
    if n_heads is not None:
        mask = mask + alibi_bias(real.shape[1], n_heads, device=real.device)
    return mask


def scaled_dot_product_attention(query, key, value, *, mask=None):
    """Each query takes a weighted mean of the values: softmax(Q K^T / sqrt(d_k)) V.

    Parameters
    ----------
    query : Tensor, (..., n_queries, d_k)
    key : Tensor, (..., n_keys, d_k)
    value : Tensor, (..., n_keys, d_v)
    mask : Tensor or None, broadcast to (..., n_queries, n_keys)
        bool, or 0 and 1: True where the query may look at the key. Float: added to the scores (-inf: may not look). A
        query that may look nowhere gives NaN.

    Returns
    -------
    context : Tensor, (..., n_queries, d_v)
        As torch.nn.functional.scaled_dot_product_attention.
    weights : Tensor, (..., n_queries, n_keys)
        0 or more; each row sums to 1.

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017, equation 1. Chapter 09, equation 1.

    Examples
    --------
    >>> query, key = torch.tensor([[0.0, 9.0]]), torch.tensor([[9.0, 0.0], [0.0, 9.0]])
    >>> scaled_dot_product_attention(query, key, torch.tensor([[1.0], [2.0]]))[0]
    tensor([[2.]])
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (..., n_queries, n_keys)
    if mask is not None and mask.is_floating_point():
        scores = scores + mask
    elif mask is not None:
        scores = scores.masked_fill(~mask.bool(), -math.inf)
    weights = scores.softmax(dim=-1)
    return weights @ value, weights  # (..., n_queries, d_v) and as the scores


def _equal_heads(d_model, n_heads):
    arguments.divides(n_heads, d_model, "n_heads", "d_model")


class MultiHeadAttention(nn.Module):
    """Several small attentions side by side:
    each head has its own projections of query, key and value.

    Parameters
    ----------
    d_model : int
        Width of what goes in and comes out.
    n_heads : int
        Divides d_model; each head works in d_model / n_heads dimensions.

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017, section 3.2.2. On the same weights as
    torch.nn.MultiheadAttention(batch_first=True), whose in_proj holds our three projections one above the other
    (and which can drop out weights in training; here the layers around drop out the result, at a third of the
    cost). Chapter 09, equation 3.

    Examples
    --------
    >>> attention = MultiHeadAttention(8, 2)
    >>> x = torch.zeros(3, 5, 8)
    >>> context, weights = attention(x, x, x)
    >>> context.shape, weights.shape
    (torch.Size([3, 5, 8]), torch.Size([3, 2, 5, 5]))
    """

    @arguments.checks(_equal_heads)
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.to_query = nn.Linear(d_model, d_model)
        self.to_key = nn.Linear(d_model, d_model)
        self.to_value = nn.Linear(d_model, d_model)
        self.to_out = nn.Linear(d_model, d_model)

    def forward(self, query, key, value, *, mask=None):
        """(batch, n, d_model) each; mask broadcasts to (batch, n_heads, n_queries, n_keys)."""
        query = self.split(self.to_query(query))  # (batch, heads, n_queries, d_k)
        key = self.split(self.to_key(key))  # (batch, heads, n_keys, d_k)
        value = self.split(self.to_value(value))
        context, weights = scaled_dot_product_attention(query, key, value, mask=mask)
        joined = context.transpose(1, 2).flatten(2)  # (batch, n_queries, d_model)
        return self.to_out(joined), weights

    def split(self, x):
        """(batch, n, d_model) -> (batch, n_heads, n, d_k)"""
        return x.unflatten(2, (self.n_heads, -1)).transpose(1, 2)


class DotAttention(nn.Module):
    """One look of a decoder at what the encoder remembers: scores are dot products.

    Parameters
    ----------
    d_query, d_memory, d_attention : int
        Widths of the decoder's state, of a frame of the memory, and of what the two are brought to.

    References
    ----------
    Luong, Pham and Manning, "Effective approaches to attention-based neural machine translation", 2015, "general";
    Chan and others, "Listen, attend and spell", 2016, equation 9. Chapter 08, equation 5.

    Examples
    --------
    >>> attention, memory = DotAttention(4, 6, 5), torch.zeros(2, 7, 6)
    >>> context, weights = attention(torch.zeros(2, 4), attention.to_key(memory), memory)
    >>> context.shape, weights.shape
    (torch.Size([2, 6]), torch.Size([2, 7]))
    """

    def __init__(self, d_query, d_memory, d_attention):
        super().__init__()
        self.to_query = nn.Linear(d_query, d_attention)
        self.to_key = nn.Linear(d_memory, d_attention)

    def forward(self, query, keys, memory, *, mask=None, previous=None):
        """query (batch, d_query), memory (batch, frames, d_memory), keys = to_key(memory),
        mask (batch, frames)."""
        query = self.to_query(query)  # (batch, d_attention)
        scores = (keys @ query[:, :, None])[:, :, 0] / math.sqrt(query.shape[1])  # (batch, frames)
        return weighted_mean(scores, memory, mask)


class AdditiveAttention(nn.Module):
    """As DotAttention, but a small network scores how query and key fit:
    w . tanh(W s + V h + b).

    Parameters
    ----------
    d_query, d_memory, d_attention : int

    References
    ----------
    Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate", 2015,
    section A.1.2. Chapter 08, equation 6.

    Examples
    --------
    >>> attention, memory = AdditiveAttention(4, 6, 5), torch.zeros(2, 7, 6)
    >>> context, weights = attention(torch.zeros(2, 4), attention.to_key(memory), memory)
    >>> context.shape, weights.shape
    (torch.Size([2, 6]), torch.Size([2, 7]))
    """

    def __init__(self, d_query, d_memory, d_attention):
        super().__init__()
        self.to_query = nn.Linear(d_query, d_attention, bias=False)  # W
        self.to_key = nn.Linear(d_memory, d_attention)  # V and b
        self.to_score = nn.Linear(d_attention, 1, bias=False)  # w

    def forward(self, query, keys, memory, *, mask=None, previous=None):
        """query (batch, d_query), memory (batch, frames, d_memory), keys = to_key(memory),
        mask (batch, frames)."""
        fit = torch.tanh(self.to_query(query)[:, None] + keys)  # (batch, frames, d_attention)
        scores = self.to_score(fit)[:, :, 0]  # (batch, frames)
        return weighted_mean(scores, memory, mask)


class LocationAttention(nn.Module):
    """As AdditiveAttention, and it sees where it looked last:
    w . tanh(W s + V h + U f + b), f = F * previous weights.

    Parameters
    ----------
    d_query, d_memory, d_attention : int
    n_filters, filter_size : int
        Filters F along the frames, and the frames that each spans (odd).

    References
    ----------
    Chorowski and others, "Attention-based models for speech recognition", 2015, equations 8 and 9. Chapter 08,
    equation 13.

    Examples
    --------
    >>> attention, memory = LocationAttention(4, 6, 5), torch.zeros(2, 7, 6)
    >>> context, weights = attention(torch.zeros(2, 4), attention.to_key(memory), memory, previous=torch.ones(2, 7) / 7)
    >>> context.shape, weights.shape
    (torch.Size([2, 6]), torch.Size([2, 7]))
    """

    @arguments.checks(filter_size=arguments.odd)
    def __init__(self, d_query, d_memory, d_attention, *, n_filters=16, filter_size=15):
        super().__init__()
        self.to_query = nn.Linear(d_query, d_attention, bias=False)  # W
        self.to_key = nn.Linear(d_memory, d_attention)  # V and b
        padding = filter_size // 2
        self.filters = nn.Conv1d(1, n_filters, filter_size, padding=padding, bias=False)  # F
        self.to_location = nn.Linear(n_filters, d_attention, bias=False)  # U
        self.to_score = nn.Linear(d_attention, 1, bias=False)  # w

    def forward(self, query, keys, memory, *, mask=None, previous=None):
        """As AdditiveAttention; previous (batch, frames): the weights of the last look."""
        f = self.filters(previous[:, None]).transpose(1, 2)  # (batch, frames, n_filters)
        fit = torch.tanh(self.to_query(query)[:, None] + keys + self.to_location(f))
        scores = self.to_score(fit)[:, :, 0]  # (batch, frames)
        return weighted_mean(scores, memory, mask)


def weighted_mean(scores, memory, mask=None):
    """What was read, and where: the softmax of the scores, and the mean of the memory under it.

    Parameters
    ----------
    scores : Tensor, (batch, frames)
    memory : Tensor, (batch, frames, d_memory)
    mask : Tensor of bool or None, (batch, frames)
        False where a frame is padding.

    Returns
    -------
    context : Tensor, (batch, d_memory)
    weights : Tensor, (batch, frames)

    References
    ----------
    Chapter 08, equations 3 and 4.

    Examples
    --------
    >>> weighted_mean(torch.zeros(1, 3), torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[True, True, False]]))
    (tensor([[2.]]), tensor([[0.5000, 0.5000, 0.0000]]))
    """
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=1)  # (batch, frames)
    return (weights[:, None] @ memory)[:, 0], weights  # the first: (batch, d_memory)


def attention_distances(weights):
    """How far each frame looks, on the average.

    Parameters
    ----------
    weights : array_like, (..., n, n)
        Self-attention: row i says where frame i looks; each row sums to 1.

    Returns
    -------
    ndarray, (..., n)
        In frames.

    Examples
    --------
    >>> attention_distances([[0.5, 0.5], [0.0, 1.0]])
    array([0.5, 0. ])
    """
    weights = np.asarray(weights, dtype=float)
    frame = np.arange(weights.shape[-1])
    return np.sum(weights * np.abs(frame - frame[:, None]), axis=-1)
