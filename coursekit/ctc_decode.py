"""Texts read from a network that answers in each frame: the best path, prefix beam search, prefix scores. Chapter 07.

log_probs are natural logarithms of probabilities, (frames, classes) or (batch, frames, classes); torch's own CTC loss
and torchaudio's decoders of batches partly want time first, (frames, batch, classes). `ctc` has the training side.
"""

import heapq
import math
from collections import defaultdict
from typing import NamedTuple

import torch

from . import arguments, ctc_inputs
from .arguments import ArgumentError


def collapse(path, *, blank=0):
    """The text that a path spells: repeats become one, then blanks go. Graves's B.

    Parameters
    ----------
    path : sequence of int, (frames,)
        A class for each frame.
    blank : int
        The class that means "no new symbol".

    Returns
    -------
    list of int

    References
    ----------
    Graves et al., "Connectionist temporal classification", 2006, section 3.1. Chapter 07, equation 1.

    Examples
    --------
    A repeated symbol needs a blank between:

    >>> collapse([0, 1, 1, 0, 2, 0, 2, 2])
    [1, 2, 2]
    """
    path = [int(symbol) for symbol in path]
    pairs = zip([blank, *path], path, strict=False)
    return [symbol for before, symbol in pairs if symbol not in (before, blank)]


@arguments.checks(ctc_inputs.same_axes)
def greedy_decode(log_probs, *, blank=0, lengths=None):
    """The likeliest class of each frame, collapsed: the best path's text, not always the best.

    Parameters
    ----------
    log_probs : tensor, (frames, classes) or (batch, frames, classes)
        Log probabilities, as log_softmax makes them.
    blank : int
    lengths : tensor of int, (batch,), optional
        Real frames of each utterance; the rest is padding.

    Returns
    -------
    list of int, or a list of them for a batch

    Raises
    ------
    arguments.ArgumentError
        Not log probabilities (see `ctc_inputs.log_probabilities`), or lengths that do not fit.

    References
    ----------
    Graves et al., 2006, section 3.2, equation 4. Chapter 07.

    Examples
    --------
    >>> greedy_decode(torch.tensor([[0.1, 0.8, 0.1], [0.9, 0.1, 0.0], [0.2, 0.5, 0.3]]).log())
    [1, 1]
    """
    batch = log_probs if log_probs.ndim == 3 else log_probs[None]
    paths = [path[:n].tolist() for path, n in zip(batch.argmax(-1), lengths, strict=True)]
    texts = [collapse(path, blank=blank) for path in paths]
    return texts if log_probs.ndim == 3 else texts[0]


class Hypothesis(NamedTuple):
    """A text and what speaks for it, in natural logarithms."""

    symbols: tuple
    """Ids of the text."""
    score: float
    """log_prob + lm_weight * lm_log_prob + length_bonus * length: what the beam sorts by."""
    log_prob: float
    """CTC's log probability: of the text's paths, those that stayed in the beam."""
    lm_log_prob: float
    """The language model's log probability, the end of the text among it; 0 without one."""


def _may_be_spelled(log_probs, blank, lm, vocabulary, words):
    """Whether language model, vocabulary and classes belong together."""
    n_classes = log_probs.shape[-1]
    if words and (lm is None or vocabulary is None):
        raise ArgumentError("words=True needs lm, an NGram over words, and vocabulary to spell ids")
    if vocabulary is not None and (len(vocabulary) != n_classes or blank != vocabulary.blank):
        raise ArgumentError(
            f"vocabulary has {len(vocabulary)} classes, its blank is {vocabulary.blank}; log_probs "
            f"have {n_classes}, the blank is {blank}. Is it the vocabulary of this network?"
        )
    if words and " " not in vocabulary:
        raise ArgumentError(
            f"words=True, but {vocabulary!r} has no space to end a word; leave words=True out?"
        )
    if lm is not None and not words and getattr(lm, "open_vocabulary", False):
        raise ArgumentError(
            "lm has an open vocabulary, as models of words have; wanted words=True with it, or a model "
            "of characters"
        )


def _below_0(floor, name):
    if not floor < 0:
        raise ArgumentError(
            f"{name} = {floor!r}; wanted a log probability below 0, such as -7, or -inf for all symbols"
        )
    return floor


@arguments.checks(
    ctc_inputs.same_axes,
    _may_be_spelled,
    beam_size=arguments.integer,
    lm_weight=arguments.real,
    length_bonus=arguments.real,
    floor=_below_0,
)
def beam_search_decode(
    log_probs,
    *,
    beam_size=10,
    blank=0,
    lengths=None,
    lm=None,
    lm_weight=0.5,
    length_bonus=0.0,
    vocabulary=None,
    words=False,
    floor=-math.inf,
):
    """The likeliest texts, each with the sum over its paths, helped by a language model.

    Parameters
    ----------
    log_probs : tensor, (frames, classes) or (batch, frames, classes)
        Log probabilities, as log_softmax makes them.
    beam_size : int
        Prefixes kept after each frame. As many as there are texts: exact.
    blank : int
    lengths : tensor of int, (batch,), optional
        Real frames of each utterance.
    lm : lm.NGram, optional
        Needs log_prob(unit, units before it) and end. Its units are ids or, with a vocabulary, characters.
    lm_weight : float
        Of the language model's log probability ("shallow fusion").
    length_bonus : float
        For each symbol (words: each word), since a language model likes short texts. Half a symbol's typical
        -lm_weight * log_prob is a start.
    vocabulary : text.Vocabulary, optional
        What each id spells, for the language model; its blank is 0.
    words : bool
        The language model knows words, and is asked when one is complete: at a space and at the end. Needs vocabulary.
    floor : float
        Symbols with a lower log probability in a frame are not tried there. -inf is exact; -7, a thousandth, is two to
        three times as fast and hardly changes a text.

    Returns
    -------
    list of Hypothesis, the best first, at most beam_size; for a batch a list of these lists

    Raises
    ------
    arguments.ArgumentError
        Not log probabilities (see `ctc_inputs.log_probabilities`), or numbers that make no sense.

    References
    ----------
    Graves and Jaitly, "Towards end-to-end speech recognition with recurrent neural networks", 2014, algorithm 1;
    Hannun et al., "First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs",
    2014, algorithm 1. Chapter 07, equations 9, 10 and 12.

    Examples
    --------
    The best path is two blanks (0.36), but three paths spell "1" (0.64):

    >>> best, second = beam_search_decode(torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log(), beam_size=2)[:2]
    >>> best.symbols, round(math.exp(best.log_prob), 2), second.symbols, round(math.exp(second.log_prob), 2)
    ((1,), 0.64, (), 0.36)
    """
    batch = log_probs if log_probs.ndim == 3 else log_probs[None]
    found = []
    for frames, n in zip(batch.double().tolist(), lengths.tolist(), strict=True):
        prior = TextScore(
            lm, lm_weight=lm_weight, length_bonus=length_bonus, vocabulary=vocabulary, words=words
        )
        beam = prefix_beam_search(
            frames[:n], prior.prefix, beam_size=beam_size, blank=blank, floor=floor
        )
        if not beam:
            raise ArgumentError(
                f"floor = {floor:g}: a frame has no symbol above it, and no blank; wanted it lower"
            )
        texts = [
            Hypothesis(text, log_p + prior.whole(text), log_p, prior.lm_log_prob(text))
            for text, log_p in beam.items()
        ]
        found.append(sorted(texts, key=lambda text: -text.score))
    return found if log_probs.ndim == 3 else found[0]


def prefix_beam_search(frames, prior, *, beam_size, blank=0, floor=-math.inf):
    """Log probabilities of the best prefixes after the last frame, as {ids: log probability}.

    Parameters
    ----------
    frames : list of lists of float
        Log probabilities, a list of classes for each frame.
    prior : callable
        prior(ids) is added to a prefix's log probability when the beam is cut. See `TextScore`.
    beam_size, blank, floor
        As in `beam_search_decode`.

    References
    ----------
    Graves and Jaitly, 2014, algorithm 1; Hannun et al., 2014, algorithm 1. Chapter 07, equations 9 and 10.

    Examples
    --------
    >>> beam = prefix_beam_search(torch.tensor([[0.6, 0.4]] * 2).log().tolist(), lambda ids: 0.0, beam_size=2)
    >>> {ids: round(math.exp(log_p), 2) for ids, log_p in beam.items()}
    {(1,): 0.64, (): 0.36}
    """
    # prefix: log p of its paths that end in a blank, and of those that end in its last symbol
    beam = {(): (0.0, -math.inf)}
    for log_y in frames:
        new = defaultdict(lambda: [-math.inf, -math.inf])
        symbols = [(k, p) for k, p in enumerate(log_y) if k != blank and p > floor]
        for prefix, (ends_blank, ends_symbol) in beam.items():
            both = log_add(ends_blank, ends_symbol)
            last = prefix[-1] if prefix else None
            same = new[prefix]
            same[0] = both + log_y[blank]
            if prefix:
                same[1] = log_add(same[1], ends_symbol + log_y[last])
            for k, p in symbols:
                longer = new[(*prefix, k)]
                # the last symbol again: only a blank between makes it a second one
                longer[1] = log_add(longer[1], p + (ends_blank if k == last else both))
        score = {
            prefix: log_add(*ends) + prior(prefix)
            for prefix, ends in new.items()
            if max(ends) > -math.inf
        }
        beam = {prefix: new[prefix] for prefix in heapq.nlargest(beam_size, score, key=score.get)}
    return {prefix: log_add(*ends) for prefix, ends in beam.items()}


def log_add(a, b):
    """log(exp a + exp b) of two floats, where -inf is log 0.

    Examples
    --------
    >>> log_add(-math.inf, -1.0)
    -1.0
    """
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))


def _one_utterance(log_probs, blank):
    batch, _ = ctc_inputs.log_probabilities(log_probs, blank=blank)
    if log_probs.ndim != 2:
        raise ArgumentError(
            f"log_probs has shape {tuple(log_probs.shape)}; wanted (frames, classes), one utterance"
        )
    return {"log_probs": batch[0]}


class PrefixScorer:
    """CTC's opinion on a text that grows symbol by symbol, for a decoder that writes it so.

    Parameters
    ----------
    log_probs : tensor, (frames, classes)
        Of one utterance.
    blank : int
        Its column of `scores` is the end of the text.

    References
    ----------
    Watanabe et al., "Hybrid CTC/attention architecture for end-to-end speech recognition", 2017, algorithm 2;
    Hori et al., "Joint CTC/attention decoding", 2017. Chapter 08.

    Examples
    --------
    A text begins with symbol 1, or is empty:

    >>> scorer = PrefixScorer(torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log())
    >>> scorer.scores(scorer.start(), torch.tensor([0])).exp().round(decimals=2)
    tensor([[0.3600, 0.6400]], dtype=torch.float64)
    """

    @arguments.checks(_one_utterance)
    def __init__(self, log_probs, *, blank=0):
        self.log_probs, self.blank = log_probs.double(), blank

    def start(self):
        """Of the empty prefix: log p after each frame, ending in a symbol and in a blank.

        Returns
        -------
        tensor, (1, frames + 1, 2)
            The first row is before the first frame.
        """
        state = self.log_probs.new_full((1, len(self.log_probs) + 1, 2), -math.inf)
        state[0, 0, 1] = 0.0
        state[0, 1:, 1] = self.log_probs[:, self.blank].cumsum(0)
        return state

    def scores(self, state, last):
        """How likely the text begins with each longer prefix.

        Parameters
        ----------
        state : tensor, (prefixes, frames + 1, 2)
            From `start` or `extend`.
        last : tensor of int, (prefixes,)
            The last symbol of each; blank for the empty prefix.

        Returns
        -------
        tensor, (prefixes, classes)
            Log probability that the text begins with the prefix and then this symbol; column blank: that the text
            is the prefix and ends.
        """
        both = state.logsumexp(-1)
        # before each frame, for each next symbol
        ready = both[:, :-1, None].repeat(1, 1, self.log_probs.shape[1])
        rows = torch.arange(len(state), device=state.device)
        ready[rows, :, last] = state[:, :-1, 1]
        scores = (ready + self.log_probs).logsumexp(1)
        scores[:, self.blank] = both[:, -1]
        return scores

    def extend(self, state, last, symbol):
        """The states of the prefixes with one symbol more.

        Parameters
        ----------
        state, last
            As in `scores`; choose rows first: one for each extension that is kept.
        symbol : tensor of int, (prefixes,)
            What is appended to each; not blank.

        Returns
        -------
        tensor, (prefixes, frames + 1, 2)
        """
        ready = torch.where((symbol == last)[:, None], state[..., 1], state.logsumexp(-1))
        log_y, log_blank = self.log_probs[:, symbol], self.log_probs[:, self.blank]
        new = torch.full_like(state, -math.inf)
        for t in range(len(log_y)):
            new[:, t + 1, 0] = log_y[t] + torch.logaddexp(new[:, t, 0], ready[:, t])
            new[:, t + 1, 1] = log_blank[t] + torch.logaddexp(new[:, t, 0], new[:, t, 1])
        return new


class TextScore:
    """What a language model and a text's length add to its CTC score.

    Parameters
    ----------
    lm, lm_weight, length_bonus, vocabulary, words
        As in `beam_search_decode`.

    References
    ----------
    Hannun et al., 2014. Chapter 07.

    Examples
    --------
    >>> score = TextScore(length_bonus=2.0)
    >>> score.prefix((1, 2)), score.lm_log_prob((1, 2)), score.whole((1, 2))
    (4.0, 0.0, 4.0)
    """

    def __init__(self, lm=None, *, lm_weight=0.5, length_bonus=0.0, vocabulary=None, words=False):
        self.lm, self.lm_weight, self.length_bonus = lm, lm_weight, length_bonus
        self.vocabulary, self.words = vocabulary, words
        self.read = {(): ((), "", 0.0)}  # ids: complete units, the word begun, log p of the units
        self.scores = {}

    def prefix(self, ids):
        """Of a text that goes on: its complete characters or words."""
        if self.lm is None:
            return self.length_bonus * len(ids)
        if ids not in self.scores:
            units, _, log_p = self._read(ids)
            self.scores[ids] = self.lm_weight * log_p + self.length_bonus * len(units)
        return self.scores[ids]

    def whole(self, ids):
        """Of a text that has ended: its last word counts too, and that it ends."""
        if self.lm is None:
            return self.length_bonus * len(ids)
        units, begun, _ = self._read(ids)
        n = len(units) + bool(begun)
        return self.lm_weight * self.lm_log_prob(ids) + self.length_bonus * n

    def lm_log_prob(self, ids):
        """The language model's log probability of a text that has ended; 0 without a model."""
        if self.lm is None:
            return 0.0
        units, begun, log_p = self._read(ids)
        if begun:
            log_p += self.lm.log_prob(begun, units)
            units = (*units, begun)
        return log_p + self.lm.log_prob(self.lm.end, units)

    def _read(self, ids):
        if ids not in self.read:
            units, begun, log_p = self._read(ids[:-1])
            unit = ids[-1] if self.vocabulary is None else self.vocabulary.symbols[ids[-1] - 1]
            if self.words and unit != " ":
                begun += unit
            elif begun or not self.words:  # a word is complete, or each character is
                unit = begun or unit
                units, begun, log_p = (*units, unit), "", log_p + self.lm.log_prob(unit, units)
            self.read[ids] = units, begun, log_p
        return self.read[ids]
