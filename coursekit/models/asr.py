"""CTC recognisers: features in, the log probability of each symbol in each frame out. Chapters 07 and 09.

Class 0 is CTC's blank. Encoders that a decoder reads as well (`encoder_decoder`) stand here too.
"""

from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from .. import arguments
from . import inputs
from .attention import padding_mask, score_mask, sinusoidal_positions
from .conformer import ConformerBlock, ConvSubsampling
from .transformer import EncoderLayer


def reverse(x, lengths):
    """Each sequence turned round, its padding left at the end.

    Parameters
    ----------
    x : Tensor, (batch, frames, n)
    lengths : Tensor of int, (batch,)

    Returns
    -------
    Tensor, (batch, frames, n)

    Examples
    --------
    >>> reverse(torch.tensor([[[1], [2], [3]], [[4], [5], [0]]]), torch.tensor([3, 2]))[..., 0]
    tensor([[3, 2, 1],
            [5, 4, 0]])
    """
    frame = torch.arange(x.shape[1], device=x.device)
    mirrored = lengths[:, None] - 1 - frame  # (batch, frames); below 0 in the padding
    source = torch.where(mirrored >= 0, mirrored, frame)
    return x.gather(1, source[..., None].expand_as(x))


class BLSTM(nn.Module):
    """Two LSTMs: one reads from the start, one from the end; each frame knows both sides.

    Parameters
    ----------
    n_inputs, hidden : int
        Features in; each LSTM gives `hidden`, the two together 2 hidden.

    References
    ----------
    Graves and Schmidhuber, "Framewise phoneme classification with bidirectional LSTM", 2005. As
    torch.nn.LSTM(bidirectional=True) on a packed sequence, which takes several times as long to train on a CPU.
    Chapter 07.

    Examples
    --------
    >>> BLSTM(3, 4)(torch.zeros(2, 5, 3), torch.tensor([5, 2])).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, n_inputs, hidden):
        super().__init__()
        self.forwards = nn.LSTM(n_inputs, hidden, batch_first=True)
        self.backwards = nn.LSTM(n_inputs, hidden, batch_first=True)

    def forward(self, x, lengths):
        """(batch, frames, n_inputs) -> (batch, frames, 2 hidden); after the end: no meaning."""
        past, _ = self.forwards(x)  # (batch, frames, hidden)
        future, _ = self.backwards(reverse(x, lengths))
        return torch.cat([past, reverse(future, lengths)], dim=-1)


@dataclass(frozen=True)
class BLSTMConfig:
    """What a BLSTMRecognizer is made of.

    Attributes
    ----------
    n_features : int
        In a frame that goes in.
    n_classes : int
        Symbols, the blank among them.
    hidden : int
        Of each LSTM.
    n_layers : int
    dropout : float
        After each layer.
    """

    n_features: int
    n_classes: int
    hidden: int = 96
    n_layers: int = 2
    dropout: float = 0.0


class BLSTMRecognizer(nn.Module):
    """Layers of BLSTM and a CTC output: as many frames out as in.

    Parameters
    ----------
    config : BLSTMConfig

    References
    ----------
    Graves, Mohamed and Hinton, "Speech recognition with deep recurrent neural networks", 2013. Chapter 07.

    Examples
    --------
    >>> model = BLSTMRecognizer(BLSTMConfig(n_features=39, n_classes=11))
    >>> log_probs, lengths = model(torch.zeros(2, 50, 39), torch.tensor([50, 31]))
    >>> log_probs.shape, lengths
    (torch.Size([2, 50, 11]), tensor([50, 31]))
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        widths = [config.n_features] + [2 * config.hidden] * config.n_layers
        self.layers = nn.ModuleList(BLSTM(width, config.hidden) for width in widths[:-1])
        self.dropout = nn.Dropout(config.dropout)
        self.out = nn.Linear(widths[-1], config.n_classes)

    @arguments.checks(inputs.batch)
    def forward(self, features, lengths):
        """(batch, frames, n_features) -> log_probs (batch, frames, n_classes), lengths."""
        x = features
        for layer in self.layers:
            x = self.dropout(layer(x, lengths))  # (batch, frames, 2 hidden)
        return self.out(x).log_softmax(dim=-1), lengths


@arguments.checks(positions=partial(arguments.choice, options=("sinusoidal", "alibi", "none")))
@dataclass(frozen=True)
class TransformerConfig:
    """What a TransformerRecognizer, or a SpeechTransformer, is made of.

    Attributes
    ----------
    n_features : int
        In a frame that goes in.
    n_classes : int
        Symbols and class 0: the blank, and for a decoder the start and the end of a text.
    d_model, n_layers, n_heads, d_ff : int
    dropout : float
    stride : {1, 2, 4}
        How many frames become one (`conformer.ConvSubsampling`).
    positions : {"sinusoidal", "alibi", "none"}
        How the encoder knows where a frame stands: by what is added to the frames, by what is added to the scores.
    n_decoder_layers : int
        Of a SpeechTransformer.
    """

    n_features: int
    n_classes: int
    d_model: int = 144
    n_layers: int = 4
    n_heads: int = 4
    d_ff: int = 288
    dropout: float = 0.1
    stride: int = 2
    positions: str = "sinusoidal"
    n_decoder_layers: int = 2


class TransformerEncoder(nn.Module):
    """Fewer frames, positions, layers of self-attention.

    Parameters
    ----------
    config : TransformerConfig

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017. Chapter 09.

    Examples
    --------
    >>> encoder = TransformerEncoder(TransformerConfig(n_features=39, n_classes=11, n_layers=1))
    >>> memory, lengths = encoder(torch.zeros(2, 50, 39), torch.tensor([50, 31]))
    >>> memory.shape, lengths
    (torch.Size([2, 25, 144]), tensor([25, 16]))
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.n_biased = config.n_heads if config.positions == "alibi" else None
        self.subsample = ConvSubsampling(config.n_features, config.d_model, stride=config.stride)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(
            EncoderLayer(
                config.d_model, n_heads=config.n_heads, d_ff=config.d_ff, dropout=config.dropout
            )
            for _ in range(config.n_layers)
        )
        self.norm = nn.LayerNorm(config.d_model)

    @arguments.checks(inputs.batch)
    def forward(self, features, lengths):
        """(batch, frames, n_features) -> (batch, frames / stride, d_model), lengths."""
        x, lengths = self.subsample(features, lengths)
        if self.config.positions == "sinusoidal":
            x = x + sinusoidal_positions(x.shape[1], self.config.d_model).to(x)
        real = padding_mask(lengths, n_frames=x.shape[1])
        mask = score_mask(real, n_heads=self.n_biased)
        x = self.dropout(x)
        for layer in self.layers:
            x = layer(x, mask=mask)
        return self.norm(x), lengths


class TransformerRecognizer(nn.Module):
    """A Transformer encoder and a CTC output.

    Parameters
    ----------
    config : TransformerConfig

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017; Graves and others, 2006. Chapter 09.

    Examples
    --------
    >>> model = TransformerRecognizer(TransformerConfig(n_features=39, n_classes=11, n_layers=1))
    >>> log_probs, lengths = model(torch.zeros(2, 50, 39), torch.tensor([50, 31]))
    >>> log_probs.shape, lengths
    (torch.Size([2, 25, 11]), tensor([25, 16]))
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.encoder = TransformerEncoder(config)
        self.out = nn.Linear(config.d_model, config.n_classes)

    def forward(self, features, lengths):
        """(batch, frames, n_features) -> log_probs (batch, frames / stride, n_classes), lengths."""
        x, lengths = self.encoder(features, lengths)
        return self.out(x).log_softmax(dim=-1), lengths


def _after_a_block(middle, n_layers):
    arguments.integer(middle, "middle", low=0, high=n_layers)


@arguments.checks(_after_a_block, positions=partial(arguments.choice, options=("alibi", "none")))
@dataclass(frozen=True)
class ConformerConfig:
    """What a ConformerRecognizer is made of.

    Attributes
    ----------
    n_features : int
        In a frame that goes in.
    n_classes : int
        Symbols, the blank among them.
    d_model, n_layers, n_heads, d_ff, kernel_size : int
    dropout : float
    stride : {1, 2, 4}
        How many frames become one (`conformer.ConvSubsampling`).
    layer_drop : float
        How often the last block is left out in training; the one before it less often, and so on in even steps.
    positions : {"alibi", "none"}
        Relative positions (`attention.alibi_bias`); "none": the convolutions alone tell where a frame stands.
    norm : {"layer", "batch"}
        Of the convolution modules.
    middle : int
        After this many blocks a second output stands, trained too, whose answer is added to what goes on; 0: none.
    middle_classes : int or None
        Of the second output; None: n_classes.
    """

    n_features: int
    n_classes: int
    d_model: int = 144
    n_layers: int = 6
    n_heads: int = 4
    d_ff: int = 288
    kernel_size: int = 15
    dropout: float = 0.1
    layer_drop: float = 0.0
    stride: int = 4
    positions: str = "alibi"
    norm: str = "layer"
    middle: int = 0
    middle_classes: int | None = None


class ConformerRecognizer(nn.Module):
    """Conformer blocks on fewer frames, and a CTC output.

    Parameters
    ----------
    config : ConformerConfig

    References
    ----------
    Gulati and others, "Conformer", 2020. The second output in the middle, and its answer added to what goes on:
    Lee and Watanabe, "Intermediate loss regularization for CTC", 2021; Nozaki and Komatsu, "Relaxing the
    conditional independence assumption of CTC-based ASR", 2021, equation 15 (who use one output layer for both).
    Chapter 09.

    Examples
    --------
    >>> model = ConformerRecognizer(ConformerConfig(n_features=80, n_classes=33, d_model=16, n_layers=1))
    >>> log_probs, lengths = model(torch.zeros(2, 50, 80), torch.tensor([50, 31]))
    >>> log_probs.shape, lengths
    (torch.Size([2, 13, 33]), tensor([13,  8]))
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        d_model = config.d_model
        self.subsample = ConvSubsampling(config.n_features, d_model, stride=config.stride)
        self.dropout = nn.Dropout(config.dropout)
        self.n_biased = config.n_heads if config.positions == "alibi" else None
        self.blocks = nn.ModuleList(
            ConformerBlock(
                d_model,
                n_heads=config.n_heads,
                d_ff=config.d_ff,
                norm=config.norm,
                kernel_size=config.kernel_size,
                dropout=config.dropout,
            )
            for _ in range(config.n_layers)
        )
        self.out = nn.Linear(d_model, config.n_classes)
        if config.middle:
            n_middle = config.middle_classes or config.n_classes
            self.middle_out = nn.Linear(d_model, n_middle)
            self.middle_back = nn.Linear(n_middle, d_model)

    @arguments.checks(inputs.batch)
    def forward(self, features, lengths, *, middle=False):
        """(batch, frames, n_features) -> log_probs (batch, frames / stride, n_classes), lengths;
        middle=True: those of the second output too, (batch, frames / stride, middle_classes)."""
        x, lengths = self.subsample(features, lengths)  # (batch, n, d_model), n = frames / stride
        real = padding_mask(lengths, n_frames=x.shape[1])  # (batch, n)
        mask = score_mask(real, n_heads=self.n_biased)  # (batch, 1 or heads, 1 or n, n)
        x, middle_log_probs = self.dropout(x), None
        for number, block in enumerate(self.blocks, start=1):
            # in training a block is left out now and then (layer_drop; by default never)
            drop = self.config.layer_drop * number / self.config.n_layers
            if not (self.training and torch.rand(()) < drop):
                x = block(x, real, mask=mask)
            if number == self.config.middle:
                middle_log_probs = self.middle_out(x).log_softmax(dim=-1)
                x = x + self.middle_back(middle_log_probs.exp())
        log_probs = self.out(x).log_softmax(dim=-1)
        return (log_probs, lengths, middle_log_probs) if middle else (log_probs, lengths)
