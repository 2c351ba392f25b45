"""Batches in which few recordings go a long way: whole sentences, spliced ones, masks, several speeds. Chapter 09."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from .. import audio, pretrained, train

SUBSAMPLING = 4  # frames that go in for each that comes out of a Conformer
NOTHING = -100  # in place of a phone: padding


# --- utterances ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Utterance:
    """A sentence as the net hears it, and where its words and phones are.

    Attributes
    ----------
    features : ndarray of float16, (frames, n_mels)
    phones : ndarray of int, (frames,)
        The number of the phone in each frame.
    words : list of str
    edges : ndarray of int, (words, 2)
        The frames where each word starts and ends.
    """

    features: np.ndarray
    phones: np.ndarray
    words: list
    edges: np.ndarray


def utterances(items, words, labels, *, speed=1.0, settings=None):
    """Items with phone times as Utterances, played faster or slower.

    Parameters
    ----------
    items : sequence of data.Item
    words : list of list of data.Segment
        Their words, of `word_times`.
    labels : list of str
        All phones.
    speed : float
        1.1 is a tenth faster, and higher.
    settings : pretrained.FeatureSettings or None
        None: the default.

    Returns
    -------
    list of Utterance
    """
    settings = pretrained.FeatureSettings() if settings is None else settings
    number = {label: k for k, label in enumerate(labels)}
    rate = (
        settings.sr / settings.hop_length / speed
    )  # frames of the new recording in a second of the old one
    made = []
    for item, row in zip(items, words, strict=True):
        y, sr = item.load(sr=settings.sr)
        if speed != 1.0:
            y = audio.resample(y, orig_sr=round(sr * speed), target_sr=sr)
        x = settings(y, sr=sr)
        ends = [round(phone.end * rate) for phone in item.phones]
        phones = np.repeat([number[phone.label] for phone in item.phones], np.diff([0, *ends]))
        phones = np.pad(phones, (0, max(0, len(x) - len(phones))), mode="edge")[: len(x)]
        edges = np.array([[round(word.start * rate), round(word.end * rate)] for word in row])
        made.append(Utterance(x.astype(np.float16), phones, [word.label for word in row], edges))
    return made


# --- batches -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """Frames start to end of an utterance, and the words in them."""

    utterance: Utterance
    start: int
    end: int
    words: list


def whole(utterances, rng):
    """One sentence as it was read, as a list of one Piece."""
    chosen = utterances[rng.integers(len(utterances))]
    return [Piece(chosen, 0, len(chosen.features), chosen.words)]


def splice(utterances, rng, *, n_frames, most_words=8, margin=25):
    """A new sentence: runs of one to eight words from anywhere, until there are n_frames.

    Parameters
    ----------
    utterances : sequence of Utterance
        Of one speed.
    rng : numpy.random.Generator
    n_frames : int
    most_words : int
        In a run.
    margin : int
        Frames of silence kept before a first word and after a last one, at most.

    Returns
    -------
    list of Piece
    """
    pieces, length = [], 0
    while length < n_frames:
        chosen = utterances[rng.integers(len(utterances))]
        first = rng.integers(len(chosen.words))
        last = min(first + rng.integers(1, most_words + 1), len(chosen.words)) - 1
        start, end = chosen.edges[first, 0], chosen.edges[last, 1]
        # Half of the runs keep the pause before them, half the one after.
        at_end = last + 1 == len(chosen.words)
        before = chosen.edges[first - 1, 1] if first else max(0, start - rng.integers(margin + 1))
        after = end + rng.integers(margin + 1) if at_end else chosen.edges[last + 1, 0]
        start = before if rng.random() < 0.5 else start
        end = min(after if rng.random() < 0.5 else end, len(chosen.features))
        if end - start > SUBSAMPLING:
            pieces.append(Piece(chosen, int(start), int(end), chosen.words[first : last + 1]))
            length += end - start
    return pieces


def mask(x, rng, *, n_freq=2, freq_width=24, n_time=8, time_width=30):
    """SpecAugment: bands and stretches of time set to 0, the mean.

    As augment.spec_augment, but in NumPy, so that what is hidden follows from the numbers of the step and of the
    utterance, whatever process holds it; and with as many stretches as the length asks for.

    Parameters
    ----------
    x : ndarray, (frames, n_mels)
    rng : numpy.random.Generator
    n_freq, freq_width : int
        Bands, each narrower than freq_width.
    n_time, time_width : int
        Stretches in 1000 frames, on the average, each shorter than time_width.

    Returns
    -------
    ndarray, (frames, n_mels)
        A copy.

    References
    ----------
    Park and others, "SpecAugment", 2019, section 2, without its time warping.
    """
    x = x.copy()
    for _ in range(n_freq):
        width = rng.integers(freq_width)
        start = rng.integers(x.shape[1] - width + 1)
        x[:, start : start + width] = 0
    for _ in range(rng.poisson(n_time * len(x) / 1000)):
        width = rng.integers(min(time_width, len(x)))
        start = rng.integers(len(x) - width + 1)
        x[start : start + width] = 0
    return x


@dataclass(frozen=True)
class Batch(train.Batch):
    """One process's share of a batch, with what the loss needs to know of the whole.

    Attributes
    ----------
    phones : Tensor of int64, (batch, frames / 4)
        Of every fourth frame, as they come out of the net; NOTHING after the end.
    n_symbols, n_frames : Tensor of int64
        Symbols to write and frames to name in the whole batch.
    """

    phones: torch.Tensor
    n_symbols: torch.Tensor
    n_frames: torch.Tensor


class Mixer:
    """Batches without end: whole sentences and spliced ones, at all speeds, some of each hidden.

    Parameters
    ----------
    by_speed : list of list of Utterance
    vocabulary : text.Vocabulary
    steps : int
        Of the training: short utterances come in its first 25th part, masks after it.
    seed : int
    seconds : float
        Of sound in a batch, its padding too.
    spliced : float
        How many of the utterances are spliced, of 1.
    rank, world : int
        This process takes every world-th utterance of each batch, from number `rank` on. A batch has at least one
        for each process, even where that takes it beyond `seconds`.
    """

    def __init__(
        self, by_speed, vocabulary, *, steps, seed=0, seconds=28.0, spliced=0.35, rank=0, world=1
    ):
        self.by_speed, self.vocabulary, self.steps, self.seed = by_speed, vocabulary, steps, seed
        self.frames, self.spliced, self.rank, self.world = int(100 * seconds), spliced, rank, world

    def __iter__(self):
        for step in range(self.steps):
            yield self.batch(step)

    def plan(self, step):
        """The utterances of a batch, each a list of Pieces: the same in each process."""
        rng = np.random.default_rng([self.seed, step])
        rows, longest = [], 0
        while True:
            choice = self.by_speed[rng.integers(len(self.by_speed))]
            if step < self.steps // 25:
                row = splice(choice, rng, n_frames=rng.integers(150, 300))
            elif rng.random() < self.spliced:
                row = splice(choice, rng, n_frames=rng.integers(300, 900))
            else:
                row = whole(choice, rng)
            longest = max(longest, sum(piece.end - piece.start for piece in row))
            if len(rows) >= self.world and longest * (len(rows) + 1) > self.frames:
                return rows
            rows.append(row)

    def batch(self, step):
        """This process's share of batch number `step`."""
        rows = self.plan(step)
        examples, phones = [], []
        for number in range(self.rank, len(rows), self.world):
            x = np.concatenate(
                [piece.utterance.features[piece.start : piece.end] for piece in rows[number]]
            )
            if step >= self.steps // 25:
                x = mask(x, np.random.default_rng([self.seed, step, number]))
            examples.append((x, self.vocabulary.encode(_words(rows[number]))))
            heard = np.concatenate(
                [piece.utterance.phones[piece.start : piece.end] for piece in rows[number]]
            )
            phones.append(torch.from_numpy(heard[::SUBSAMPLING].astype(np.int64)))
        phones = nn.utils.rnn.pad_sequence(phones, batch_first=True, padding_value=NOTHING)
        n_symbols = sum(len(_words(row)) for row in rows)
        n_frames = sum(
            math.ceil(sum(piece.end - piece.start for piece in row) / SUBSAMPLING) for row in rows
        )
        own = train.collate(examples)
        return Batch(
            own.features,
            own.lengths,
            own.targets,
            own.target_lengths,
            phones,
            torch.tensor(n_symbols),
            torch.tensor(n_frames),
        )


def _words(row):
    return " ".join(word for piece in row for word in piece.words)
