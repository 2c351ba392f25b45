"""The Transformer's layers: attention, then a step for each frame alone; nothing is read in order. Chapter 09."""

from torch import nn

from .attention import MultiHeadAttention


class FeedForward(nn.Sequential):
    """Two linear layers with a ReLU between, for each frame alone.

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017, equation 2. Chapter 09, equation 10.

    Examples
    --------
    >>> import torch
    >>> FeedForward(8, 32)(torch.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, d_model, d_ff, *, dropout=0.0):
        super().__init__(
            nn.Linear(d_model, d_ff), nn.ReLU(), nn.Dropout(dropout), nn.Linear(d_ff, d_model)
        )


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward step;
    each reads a normed copy, and is added to what came in.

    Parameters
    ----------
    d_model, n_heads, d_ff : int
    dropout : float

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017, section 3.1; the norm before each part: Xiong and others,
    "On layer normalization in the Transformer architecture", 2020. On the same weights as
    torch.nn.TransformerEncoderLayer(norm_first=True, batch_first=True). Chapter 09, equation 9.

    Examples
    --------
    >>> import torch
    >>> EncoderLayer(8, n_heads=2, d_ff=16)(torch.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, d_model, *, n_heads, d_ff, dropout=0.0):
        super().__init__()
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, d_ff, dropout=dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, *, mask=None):
        """x (batch, frames, d_model); mask as in MultiHeadAttention."""
        normed = self.attention_norm(x)  # (batch, frames, d_model), as all that follows
        x = x + self.dropout(self.attention(normed, normed, normed, mask=mask)[0])
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))


class DecoderLayer(nn.Module):
    """As EncoderLayer, with a second attention between,
    whose keys and values are the encoder's memory.

    Parameters
    ----------
    d_model, n_heads, d_ff : int
    dropout : float

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017, section 3.1. On the same weights as
    torch.nn.TransformerDecoderLayer(norm_first=True, batch_first=True). Chapter 09.

    Examples
    --------
    >>> import torch
    >>> layer = DecoderLayer(8, n_heads=2, d_ff=16)
    >>> y, weights = layer(torch.zeros(3, 4, 8), torch.zeros(3, 9, 8))
    >>> y.shape, weights.shape
    (torch.Size([3, 4, 8]), torch.Size([3, 2, 4, 9]))
    """

    def __init__(self, d_model, *, n_heads, d_ff, dropout=0.0):
        super().__init__()
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.memory_norm = nn.LayerNorm(d_model)
        self.memory_attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, d_ff, dropout=dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, y, memory, *, mask=None, memory_mask=None):
        """y (batch, n, d_model), memory (batch, frames, d_model) -> y,
        and where each symbol looked, (batch, n_heads, n, frames).
        mask: which symbols see which; memory_mask: which frames are real."""
        normed = self.attention_norm(y)
        y = y + self.dropout(self.attention(normed, normed, normed, mask=mask)[0])
        normed = self.memory_norm(y)
        read, weights = self.memory_attention(normed, memory, memory, mask=memory_mask)
        y = y + self.dropout(read)
        return y + self.dropout(self.feed_forward(self.feed_forward_norm(y))), weights
