"""How a decoder that writes symbol by symbol is read: the best next symbol, or a beam of texts. Chapters 08 and 09.

A decoder here has start(memory, lengths) -> state and step(symbol, state) -> (log_probs (batch, n_classes), state); a
state is a NamedTuple of tensors, batch first, among them `weights` (batch, frames): where the decoder looked. Symbol 0
starts a text and ends it.
"""

from functools import partial
from typing import NamedTuple

import torch

from .. import arguments, ctc


class Hypothesis(NamedTuple):
    """A text, how good it is, and where the decoder looked for each symbol.

    Attributes
    ----------
    symbols : tuple of int
        Without the end.
    score : float
        What the search ranked by.
    log_prob : float
        The decoder's: of the symbols and the end.
    ctc_log_prob : float
        The CTC output's; 0 where it was not asked.
    weights : Tensor, (symbols + 1, frames)
        The last row is the look that found the end. One row less where the text was cut off at max_length.
    """

    symbols: tuple
    score: float
    log_prob: float
    ctc_log_prob: float
    weights: torch.Tensor


def _there_is_a_ctc_output(ctc_log_probs, ctc_weight):
    if ctc_weight > 0 and ctc_log_probs is None:
        raise arguments.ArgumentError(
            f"ctc_weight = {ctc_weight}, but there is no CTC output; "
            "wanted ctc=True in the config, and a CTC loss in training"
        )


@arguments.checks(
    _there_is_a_ctc_output,
    beam_size=arguments.integer,
    max_length=arguments.integer,
    ctc_weight=partial(arguments.real, low=0, high=1),
)
def generate(
    decoder,
    memory,
    ctc_log_probs,
    lengths,
    *,
    beam_size=1,
    max_length=None,
    length_bonus=0.0,
    coverage_bonus=0.0,
    ctc_weight=0.0,
):
    """The best text of each utterance.

    Parameters
    ----------
    decoder : object with start and step
    memory : Tensor, (batch, frames, d_memory)
    ctc_log_probs : Tensor or None, (batch, frames, n_classes)
    lengths : Tensor of int64, (batch,)
        Frames of the memory.
    beam_size : int
        1, and no bonus and no CTC: `greedy_search`; else `beam_search`.
    max_length : int or None
        Symbols of a text; None: as many as frames.
    length_bonus, coverage_bonus, ctc_weight : float
        As in `beam_search`.

    Returns
    -------
    list of Hypothesis
    """
    # None: of each utterance by itself, so that its neighbours in the batch change nothing
    longest = lengths if max_length is None else torch.full_like(lengths, max_length)
    if beam_size == 1 and not (length_bonus or coverage_bonus or ctc_weight):
        return greedy_search(decoder, memory, lengths, max_length=longest)
    return [
        beam_search(
            decoder,
            memory[row, :n],
            beam_size=beam_size,
            max_length=int(longest[row]),
            length_bonus=length_bonus,
            coverage_bonus=coverage_bonus,
            ctc_weight=ctc_weight,
            ctc_log_probs=ctc_log_probs[row, :n] if ctc_weight else None,
        )[0]
        for row, n in enumerate(lengths.tolist())
    ]


def greedy_search(decoder, memory, lengths, *, max_length):
    """The likeliest next symbol, again and again, for a whole batch at once.

    Parameters
    ----------
    decoder : object with start and step
    memory : Tensor, (batch, frames, d_memory)
    lengths : Tensor of int64, (batch,)
    max_length : int, or Tensor of int64, (batch,)
        A text without an end is cut off here.

    Returns
    -------
    list of Hypothesis
        One for each utterance.

    References
    ----------
    Chapter 08, section 5.
    """
    state = decoder.start(memory, lengths)
    symbol = torch.zeros(len(memory), dtype=torch.long, device=memory.device)  # the start
    ended = torch.zeros_like(symbol, dtype=torch.bool)
    log_prob = memory.new_zeros(len(memory))
    symbols, weights, max_length = [], [], torch.as_tensor(max_length)
    for n in range(int(max_length.max())):
        log_probs, state = decoder.step(symbol, state)
        best, symbol = log_probs.max(dim=1)
        log_prob = log_prob + best.masked_fill(ended, 0.0)
        symbol = symbol.masked_fill(ended, 0)
        symbols.append(symbol)
        weights.append(state.weights)
        ended = ended | (symbol == 0) | (n + 1 >= max_length)
        if ended.all():
            break
    symbols, weights = torch.stack(symbols, dim=1), torch.stack(weights, dim=1)
    found = []
    for row, n in enumerate((symbols != 0).sum(dim=1).tolist()):
        p = log_prob[row].item()
        looks = weights[row, : n + 1, : lengths[row]]
        found.append(Hypothesis(tuple(symbols[row, :n].tolist()), p, p, 0.0, looks))
    return found


def beam_search(
    decoder,
    memory,
    *,
    beam_size,
    max_length,
    length_bonus=0.0,
    coverage_bonus=0.0,
    ctc_log_probs=None,
    ctc_weight=0.0,
):
    """Several texts of one utterance side by side;
    in each step the best continuations of all of them are kept.

    The score is (1 - ctc_weight) log_prob + ctc_weight ctc_log_prob + length_bonus (symbols) + coverage_bonus (frames
    that got more than half a look in all). A text that ends leaves the beam and narrows it.

    Parameters
    ----------
    decoder : object with start and step
    memory : Tensor, (frames, d_memory)
        Of one utterance, without padding.
    beam_size, max_length : int
    length_bonus, coverage_bonus : float
        Longer texts have lower probabilities: what each symbol, and each frame that was looked at, gives back.
    ctc_log_probs : Tensor or None, (frames, n_classes)
    ctc_weight : float
        From 0, the decoder alone, to 1.

    Returns
    -------
    list of Hypothesis
        Best first, beam_size at most. Texts that were cut off at max_length come in only where none ended.

    References
    ----------
    Coverage: Chorowski and Jaitly, "Towards better decoding and language model integration in sequence to sequence
    models", 2017, equation 11. CTC: Watanabe and others, "Hybrid CTC/attention architecture for end-to-end speech
    recognition", 2017, section III-C. Chapter 08, equations 14 and 15.
    """
    state = decoder.start(memory[None], torch.tensor([len(memory)], device=memory.device))
    scorer = ctc.PrefixScorer(ctc_log_probs) if ctc_weight else None
    ctc_state = scorer.start() if scorer else None
    going, ended = [Hypothesis((), 0.0, 0.0, 0.0, memory.new_zeros(0, len(memory)))], []
    for _ in range(max_length):
        last = torch.tensor([(0, *text.symbols)[-1] for text in going], device=memory.device)
        log_probs, state = decoder.step(last, state)  # (texts, n_classes)
        log_probs = log_probs + log_probs.new_tensor([text.log_prob for text in going])[:, None]
        ctc_scores = scorer.scores(ctc_state, last) if scorer else torch.zeros_like(log_probs)
        # where each text has looked so far, (symbols + 1, frames)
        looks = [torch.cat([text.weights, state.weights[[row]]]) for row, text in enumerate(going)]
        n_symbols = torch.full_like(log_probs[:1], len(going[0].symbols) + 1)
        n_symbols[:, 0] -= 1  # the end is none
        n_covered = torch.stack([(look.sum(dim=0) > 0.5).sum() for look in looks])
        scores = (1 - ctc_weight) * log_probs + ctc_weight * ctc_scores  # (texts, n_classes)
        scores = scores + length_bonus * n_symbols + coverage_bonus * n_covered[:, None]
        best = scores.flatten().topk(min(beam_size - len(ended), scores.numel())).indices
        rows, symbols = best // scores.shape[1], best % scores.shape[1]
        numbers = (part[rows, symbols].tolist() for part in (scores, log_probs, ctc_scores))
        kept = zip(rows.tolist(), symbols.tolist(), *numbers, strict=True)
        grown = [
            Hypothesis((*going[row].symbols, symbol), *how_good, looks[row])
            for row, symbol, *how_good in kept
        ]
        ended += [text._replace(symbols=text.symbols[:-1]) for text in grown if 0 in text.symbols]
        going = [text for text in grown if 0 not in text.symbols]
        if not going:
            break
        rows, symbols = rows[symbols != 0], symbols[symbols != 0]
        state = type(state)(*(part[rows] for part in state))
        ctc_state = scorer.extend(ctc_state[rows], last[rows], symbols) if scorer else None
    return sorted(ended or going, key=lambda text: -text.score)
