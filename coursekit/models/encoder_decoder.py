"""Recognisers that write: an encoder listens, a decoder looks at what it heard and spells. Chapters 08 and 09.

Class 0 starts a text and ends it; in a CTC output beside the decoder it is the blank. After the end of a row, targets
hold 0, as train.collate makes them.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import nn

from .. import arguments
from . import inputs
from .asr import BLSTM, TransformerEncoder
from .attention import (
    AdditiveAttention,
    DotAttention,
    LocationAttention,
    causal_mask,
    padding_mask,
    sinusoidal_positions,
)
from .search import generate
from .transformer import DecoderLayer


class Spelled(NamedTuple):
    """What an encoder-decoder says of a batch whose text it is told.

    Attributes
    ----------
    log_probs : Tensor, (batch, n + 1, n_classes)
        Of the n symbols and the end.
    weights : Tensor, (batch, n + 1, frames)
        Where the decoder looked.
    ctc_log_probs : Tensor or None, (batch, frames, n_classes)
        Of the CTC output, if there is one.
    lengths : Tensor of int64, (batch,)
        Frames of the memory.
    """

    log_probs: torch.Tensor
    weights: torch.Tensor
    ctc_log_probs: torch.Tensor | None
    lengths: torch.Tensor


@arguments.checks(smoothing=partial(arguments.real, low=0, below=1))
def smoothed_cross_entropy(log_probs, targets, target_lengths, *, smoothing=0.0):
    """The loss of a decoder: minus the log probability of the true symbols and the end,
    a mean over all of them.

    Parameters
    ----------
    log_probs : Tensor, (batch, n + 1, n_classes)
    targets : Tensor of int64, (batch, n)
        0 after the end, as train.collate makes it.
    target_lengths : Tensor of int64, (batch,)
    smoothing : float
        The share of the probability that is to be spread over all classes.

    Returns
    -------
    Tensor, one number
        As torch.nn.functional.cross_entropy(label_smoothing=smoothing).

    References
    ----------
    Label smoothing: Szegedy and others, "Rethinking the inception architecture", 2016, section 7. Chapter 08,
    equations 9 and 10.

    Examples
    --------
    >>> log_probs = torch.tensor([[[0.25, 0.75], [0.5, 0.5]]]).log()
    >>> smoothed_cross_entropy(log_probs, torch.tensor([[1]]), torch.tensor([1])).exp().square().round(decimals=3)
    tensor(2.6670)
    """
    truth = nn.functional.pad(targets, (0, 1))  # (batch, n + 1): the end follows
    real = padding_mask(target_lengths + 1, n_frames=truth.shape[1])
    true = log_probs.gather(2, truth[..., None])[..., 0]  # (batch, n + 1)
    return -((1 - smoothing) * true + smoothing * log_probs.mean(dim=2))[real].mean()


def _enough_layers(n_layers, stride):
    arguments.integer(n_layers, "n_layers", low=max(1, stride // 2))


@arguments.checks(
    _enough_layers,
    stride=partial(arguments.choice, options=(1, 2, 4)),
    attention=partial(arguments.choice, options=("location", "additive", "dot")),
)
@dataclass(frozen=True)
class AttentionConfig:
    """What an AttentionRecognizer is made of.

    Attributes
    ----------
    n_features : int
        In a frame that goes in.
    n_classes : int
        Symbols and class 0: the start and the end of a text, and the blank of the CTC output.
    hidden, n_layers : int
        Of the listener's BLSTMs.
    stride : {1, 2, 4}
        How many frames become one in the listener.
    attention : {"location", "additive", "dot"}
    d_attention : int
        Width in which query and key meet.
    n_filters, filter_size : int
        Of location-aware attention.
    d_embedding, d_decoder : int
        Width of a symbol and of the speller's LSTM.
    dropout : float
    ctc : bool
        A CTC output on the listener, to train and to read along with the speller.
    """

    n_features: int
    n_classes: int
    hidden: int = 96
    n_layers: int = 2
    stride: int = 2
    attention: str = "location"
    d_attention: int = 96
    n_filters: int = 16
    filter_size: int = 15
    d_embedding: int = 32
    d_decoder: int = 128
    dropout: float = 0.1
    ctc: bool = False


def join_pairs(x, lengths):
    """Two neighbouring frames as one of twice the width; zeros beside the last of an odd number.

    Parameters
    ----------
    x : Tensor, (batch, frames, n)
    lengths : Tensor of int, (batch,)

    Returns
    -------
    x : Tensor, (batch, ceil(frames / 2), 2 n)
    lengths : Tensor of int, (batch,)

    Examples
    --------
    >>> join_pairs(torch.tensor([[[1], [2], [3]]]), torch.tensor([3]))
    (tensor([[[1, 2],
              [3, 0]]]), tensor([2]))
    """
    x = x * padding_mask(lengths, n_frames=x.shape[1])[..., None]
    x = nn.functional.pad(x, (0, 0, 0, x.shape[1] % 2))
    return x.unflatten(1, (-1, 2)).flatten(2), (lengths + 1) // 2


class Listener(nn.Module):
    """The encoder: BLSTMs; the upper ones read two frames of the one below as one,
    until `stride` frames are one.

    Parameters
    ----------
    config : AttentionConfig

    References
    ----------
    Chan and others, "Listen, attend and spell", 2016, equation 5. Chapter 08, section 3.

    Examples
    --------
    >>> listen = Listener(AttentionConfig(n_features=39, n_classes=11, stride=2))
    >>> memory, lengths = listen(torch.zeros(2, 51, 39), torch.tensor([51, 30]))
    >>> memory.shape, lengths
    (torch.Size([2, 26, 192]), tensor([26, 15]))
    """

    def __init__(self, config):
        super().__init__()
        n_joins = {1: 0, 2: 1, 4: 2}[config.stride]
        self.first_join = config.n_layers - n_joins
        self.layers = nn.ModuleList()
        for n in range(config.n_layers):
            width = 2 * config.hidden if n > 0 else config.n_features
            self.layers.append(BLSTM(2 * width if n >= self.first_join else width, config.hidden))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x, lengths):
        """(batch, frames, n_features) -> memory (batch, frames / stride, 2 hidden), lengths."""
        for n, layer in enumerate(self.layers):
            if n >= self.first_join:
                x, lengths = join_pairs(x, lengths)
            x = self.dropout(layer(x, lengths))  # (batch, frames, or half, or a quarter, 2 hidden)
        return x, lengths


class SpellerState(NamedTuple):
    """What a Speller has before it when it writes a symbol; everything is batch first.

    Attributes
    ----------
    memory, keys : Tensor, (batch, frames, d_memory) and (batch, frames, d_attention)
    real : Tensor of bool, (batch, frames)
    hidden, cell : Tensor, (batch, d_decoder)
        Of the LSTM.
    context, weights : Tensor, (batch, d_memory) and (batch, frames)
        What it read last, and where.
    """

    memory: torch.Tensor
    keys: torch.Tensor
    real: torch.Tensor
    hidden: torch.Tensor
    cell: torch.Tensor
    context: torch.Tensor
    weights: torch.Tensor


class Speller(nn.Module):
    """The decoder: an LSTM that writes a symbol, looks at the memory, and writes the next.

    Parameters
    ----------
    config : AttentionConfig
    d_memory : int
        Width of a frame of the memory.

    References
    ----------
    Chan and others, "Listen, attend and spell", 2016, equations 6 to 8. Chapter 08, equations 7 and 8.

    Examples
    --------
    >>> speller = Speller(AttentionConfig(n_features=39, n_classes=11), 192)
    >>> state = speller.start(torch.zeros(2, 26, 192), torch.tensor([26, 15]))
    >>> log_probs, state = speller.step(torch.tensor([0, 0]), state)
    >>> log_probs.shape, state.weights.shape
    (torch.Size([2, 11]), torch.Size([2, 26]))
    """

    def __init__(self, config, d_memory):
        super().__init__()
        self.embedding = nn.Embedding(config.n_classes, config.d_embedding)
        self.cell = nn.LSTMCell(config.d_embedding + d_memory, config.d_decoder)
        widths = config.d_decoder, d_memory, config.d_attention
        if config.attention == "location":
            self.attention = LocationAttention(
                *widths, n_filters=config.n_filters, filter_size=config.filter_size
            )
        elif config.attention == "additive":
            self.attention = AdditiveAttention(*widths)
        else:
            self.attention = DotAttention(*widths)
        self.dropout = nn.Dropout(config.dropout)
        self.out = nn.Linear(config.d_decoder + d_memory, config.n_classes)

    def start(self, memory, lengths):
        """The state before the first symbol: nothing read yet, the finger on the first frame."""
        batch, frames, d_memory = memory.shape
        hidden = memory.new_zeros(batch, self.cell.hidden_size)
        weights = memory.new_zeros(batch, frames)
        weights[:, 0] = 1.0
        real = padding_mask(lengths, n_frames=frames)
        return SpellerState(
            memory=memory,
            keys=self.attention.to_key(memory),
            real=real,
            hidden=hidden,
            cell=hidden,
            weights=weights,
            context=memory.new_zeros(batch, d_memory),
        )

    def step(self, symbol, state):
        """The last symbol (batch,) -> log probabilities of the next (batch, n_classes), state."""
        x = torch.cat([self.embedding(symbol), state.context], dim=1)  # (batch, both widths)
        hidden, cell = self.cell(x, (state.hidden, state.cell))  # (batch, d_decoder) each
        context, weights = self.attention(
            hidden, state.keys, state.memory, mask=state.real, previous=state.weights
        )
        log_probs = self.out(self.dropout(torch.cat([hidden, context], dim=1))).log_softmax(dim=1)
        return log_probs, state._replace(hidden=hidden, cell=cell, context=context, weights=weights)


@arguments.checks(sampling=partial(arguments.real, low=0, high=1))
def teacher_forcing(speller, memory, lengths, targets, *, sampling=0.0):
    """Have a speller write a text that it is told: each symbol sees the true one before it.

    Parameters
    ----------
    speller : Speller
    memory : Tensor, (batch, frames, d_memory)
    lengths : Tensor of int64, (batch,)
        Frames of the memory that are real.
    targets : Tensor of int64, (batch, n)
    sampling : float
        How often a symbol sees, in place of the true one, one drawn from what the speller itself wrote there.

    Returns
    -------
    log_probs : Tensor, (batch, n + 1, n_classes)
        Of the symbols and the end.
    weights : Tensor, (batch, n + 1, frames)

    References
    ----------
    Sampling: Bengio and others, "Scheduled sampling for sequence prediction with recurrent neural networks", 2015.
    Chapter 08, section 4.

    Examples
    --------
    >>> speller = Speller(AttentionConfig(n_features=39, n_classes=11), 192)
    >>> memory, lengths = torch.zeros(2, 26, 192), torch.tensor([26, 15])
    >>> log_probs, weights = teacher_forcing(speller, memory, lengths, torch.tensor([[3, 1, 4], [2, 0, 0]]))
    >>> log_probs.shape, weights.shape
    (torch.Size([2, 4, 11]), torch.Size([2, 4, 26]))
    """
    state = speller.start(memory, lengths)
    before = nn.functional.pad(targets, (1, 0))  # (batch, n + 1): 0 starts the text
    log_probs, weights = [], []
    for n in range(before.shape[1]):
        symbol = before[:, n]
        if n > 0 and sampling > 0:
            drawn = torch.multinomial(log_probs[-1].detach().exp(), 1)[:, 0]
            own = torch.rand(len(symbol), device=symbol.device) < sampling
            symbol = torch.where(own, drawn, symbol)
        log_p, state = speller.step(symbol, state)  # (batch, n_classes)
        log_probs.append(log_p)
        weights.append(state.weights)
    return torch.stack(log_probs, dim=1), torch.stack(weights, dim=1)


class AttentionRecognizer(nn.Module):
    """Listen, attend and spell: an encoder, and a decoder that chooses where to look.

    Parameters
    ----------
    config : AttentionConfig

    References
    ----------
    Chan and others, "Listen, attend and spell", 2016; with config.ctc: Kim, Hori and Watanabe, "Joint CTC-attention
    based end-to-end speech recognition", 2017. Chapter 08.

    Examples
    --------
    >>> model = AttentionRecognizer(AttentionConfig(n_features=39, n_classes=11, ctc=True))
    >>> features, lengths = torch.zeros(2, 51, 39), torch.tensor([51, 30])
    >>> spelled = model(features, lengths, torch.tensor([[3, 1, 4], [2, 0, 0]]), torch.tensor([3, 1]))
    >>> spelled.log_probs.shape, spelled.ctc_log_probs.shape
    (torch.Size([2, 4, 11]), torch.Size([2, 26, 11]))
    >>> [type(text).__name__ for text in model.generate(features, lengths, max_length=3)]
    ['Hypothesis', 'Hypothesis']
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.listener = Listener(config)
        self.speller = Speller(config, 2 * config.hidden)
        self.ctc_out = nn.Linear(2 * config.hidden, config.n_classes) if config.ctc else None

    @arguments.checks(inputs.batch)
    def encode(self, features, lengths):
        """(batch, frames, n_features) -> memory, CTC log probabilities or None, lengths."""
        memory, lengths = self.listener(features, lengths)
        ctc_log_probs = self.ctc_out(memory).log_softmax(dim=2) if self.config.ctc else None
        return memory, ctc_log_probs, lengths

    def forward(self, features, lengths, targets, target_lengths, *, sampling=0.0):
        """Teacher forcing: the text is given (ids from 1); returns `Spelled`."""
        memory, ctc_log_probs, lengths = self.encode(features, lengths)
        targets, _ = inputs.targets(
            targets, target_lengths, n_classes=self.config.n_classes, batch=len(memory)
        )
        log_probs, weights = teacher_forcing(
            self.speller, memory, lengths, targets, sampling=sampling
        )
        return Spelled(log_probs, weights, ctc_log_probs, lengths)

    @torch.no_grad()
    def generate(self, features, lengths, **how):
        """The text of each utterance: a list of search.Hypothesis; `how` as in search.generate."""
        return generate(self.speller, *self.encode(features, lengths), **how)


class WriterState(NamedTuple):
    """What a TransformerSpeller has before it; everything is batch first.

    Attributes
    ----------
    memory : Tensor, (batch, frames, d_model)
    real : Tensor of bool, (batch, frames)
    before : Tensor of int64, (batch, symbols)
        All that was written.
    weights : Tensor, (batch, frames)
        Where the last layer looked last, a mean over its heads.
    """

    memory: torch.Tensor
    real: torch.Tensor
    before: torch.Tensor
    weights: torch.Tensor


class TransformerSpeller(nn.Module):
    """A decoder without recurrence: all symbols of a known text at once,
    each blind to what follows it.

    Parameters
    ----------
    config : TransformerConfig

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017; Dong, Xu and Xu, "Speech-Transformer", 2018. Chapter 09.

    Examples
    --------
    >>> from coursekit.models.asr import TransformerConfig
    >>> speller = TransformerSpeller(TransformerConfig(n_features=39, n_classes=11))
    >>> memory, lengths = torch.zeros(2, 26, 144), torch.tensor([26, 15])
    >>> log_probs, weights = speller(memory, lengths, torch.tensor([[3, 1, 4], [2, 0, 0]]))
    >>> log_probs.shape, weights.shape
    (torch.Size([2, 4, 11]), torch.Size([2, 4, 26]))
    """

    def __init__(self, config):
        super().__init__()
        self.d_model = config.d_model
        self.embedding = nn.Embedding(config.n_classes, config.d_model)
        self.layers = nn.ModuleList(
            DecoderLayer(
                config.d_model, n_heads=config.n_heads, d_ff=config.d_ff, dropout=config.dropout
            )
            for _ in range(config.n_decoder_layers)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.norm = nn.LayerNorm(config.d_model)
        self.out = nn.Linear(config.d_model, config.n_classes)

    def read(self, before, memory, real):
        """All symbols so far (batch, n) -> log probabilities of the next (batch, n, n_classes),
        and weights (batch, n, frames)."""
        n = before.shape[1]
        y = self.embedding(before) + sinusoidal_positions(n, self.d_model).to(memory)
        y, mask = self.dropout(y), causal_mask(n, device=before.device)
        for layer in self.layers:
            y, weights = layer(y, memory, mask=mask, memory_mask=real[:, None, None, :])
        return self.out(self.norm(y)).log_softmax(dim=2), weights.mean(dim=1)

    def forward(self, memory, lengths, targets):
        """Targets (batch, n) -> log probabilities of them and their end, (batch, n + 1, n_classes),
        and weights (batch, n + 1, frames)."""
        before = nn.functional.pad(targets, (1, 0))  # 0 starts the text
        return self.read(before, memory, padding_mask(lengths, n_frames=memory.shape[1]))

    def start(self, memory, lengths):
        """The state before the first symbol."""
        before = torch.zeros(len(memory), 0, dtype=torch.long, device=memory.device)
        real = padding_mask(lengths, n_frames=memory.shape[1])
        return WriterState(memory, real, before, memory.new_zeros(real.shape))

    def step(self, symbol, state):
        """The last symbol (batch,) -> log probabilities of the next (batch, n_classes), state."""
        before = torch.cat([state.before, symbol[:, None]], dim=1)
        log_probs, weights = self.read(before, state.memory, state.real)
        return log_probs[:, -1], state._replace(before=before, weights=weights[:, -1])


class SpeechTransformer(nn.Module):
    """A Transformer encoder with a CTC output, and a Transformer decoder.

    Parameters
    ----------
    config : TransformerConfig

    References
    ----------
    Dong, Xu and Xu, "Speech-Transformer", 2018; with CTC: Karita and others, "Improving Transformer-based end-to-end
    speech recognition with connectionist temporal classification and language model integration", 2019. Chapter 09.

    Examples
    --------
    >>> from coursekit.models.asr import TransformerConfig
    >>> model = SpeechTransformer(TransformerConfig(n_features=39, n_classes=11, n_layers=1, n_decoder_layers=1))
    >>> features, lengths = torch.zeros(2, 51, 39), torch.tensor([51, 30])
    >>> spelled = model(features, lengths, torch.tensor([[3, 1, 4], [2, 0, 0]]), torch.tensor([3, 1]))
    >>> spelled.log_probs.shape, spelled.ctc_log_probs.shape
    (torch.Size([2, 4, 11]), torch.Size([2, 26, 11]))
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.encoder = TransformerEncoder(config)
        self.speller = TransformerSpeller(config)
        self.ctc_out = nn.Linear(config.d_model, config.n_classes)

    def encode(self, features, lengths):
        """(batch, frames, n_features) -> memory, CTC log probabilities, lengths."""
        memory, lengths = self.encoder(features, lengths)
        return memory, self.ctc_out(memory).log_softmax(dim=2), lengths

    def forward(self, features, lengths, targets, target_lengths):
        """Teacher forcing: the text is given (ids from 1); returns `Spelled`."""
        memory, ctc_log_probs, lengths = self.encode(features, lengths)
        targets, _ = inputs.targets(
            targets, target_lengths, n_classes=self.config.n_classes, batch=len(memory)
        )
        return Spelled(*self.speller(memory, lengths, targets), ctc_log_probs, lengths)

    @torch.no_grad()
    def generate(self, features, lengths, **how):
        """The text of each utterance: a list of search.Hypothesis; `how` as in search.generate."""
        return generate(self.speller, *self.encode(features, lengths), **how)
