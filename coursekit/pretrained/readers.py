"""What a model of the shelf is in memory: its card, the features in front of the net, the letters behind it."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

from coursekit import arguments, ctc, features, train
from coursekit.models.asr import ConformerConfig, ConformerRecognizer
from coursekit.text import Vocabulary

CLASSES = {"ConformerRecognizer": (ConformerConfig, ConformerRecognizer)}


class ModelError(RuntimeError):
    """A model cannot be had; the message names it, what was found, and the mend."""


@dataclass(frozen=True)
class FeatureSettings:
    """Log-mel features: each band of an utterance shifted and scaled to mean 0 and deviation 1.

    Attributes
    ----------
    sr : int
        Hz.
    n_fft, hop_length : int
        Samples: 25 ms and 10 ms at 16 kHz.
    n_mels : int
    amin : float
        Power under which all is silence.

    Examples
    --------
    >>> FeatureSettings()(np.zeros(16000), sr=16000).shape
    (101, 80)
    """

    sr: int = 16000
    n_fft: int = 400
    hop_length: int = 160
    n_mels: int = 80
    amin: float = 1e-8

    def __call__(self, y, *, sr):
        """Features of a mono recording, (n,) -> (frames, n_mels), float32."""
        y = arguments.signal(y)
        if y.ndim != 1:
            raise arguments.ArgumentError(
                f"y has shape {y.shape}; wanted one channel, (n,): y.mean(axis=0)?"
            )
        if arguments.sample_rate(sr) != self.sr:
            raise arguments.ArgumentError(
                f"sr = {sr:g} Hz; this model was trained at {self.sr} Hz. "
                f"audio.resample(y, orig_sr={sr:g}, target_sr={self.sr})"
            )
        log_mel = features.log_mel(
            y,
            sr=sr,
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            n_mels=self.n_mels,
            amin=self.amin,
            top_db=None,
        )
        return features.cmvn(log_mel).T.astype(np.float32)


@dataclass(frozen=True)
class Card:
    """What is known about a model.

    Attributes
    ----------
    name, title : str
    model : str
        Its class, one of CLASSES.
    config : dict
        Of the class's configuration.
    features : dict
        Of FeatureSettings.
    symbols : list of str
        Of the vocabulary: class k is symbols[k - 1], class 0 the blank.
    middle_symbols : list of str
        Of the second output in the middle, class k is middle_symbols[k]; empty where there is none.
    corpus, licence, credit, split, command, hardware : str
    seed, steps, parameters : int
    minutes : float
        Of training.
    results : list of dict
        What was measured, and how.
    curve : list of dict
        minutes, step, and what was measured there.
    notes : str
    """

    name: str
    title: str
    model: str
    config: dict = field(repr=False)
    features: dict = field(repr=False)
    symbols: list = field(repr=False)
    middle_symbols: list = field(repr=False)
    corpus: str
    licence: str
    credit: str
    split: str
    command: str
    hardware: str
    seed: int
    steps: int
    parameters: int
    minutes: float
    results: list
    curve: list = field(repr=False)
    notes: str = ""

    def summary(self):
        """Some lines for people: what it is, how it was made, how good it is, whom to credit."""
        measured = [
            f"CER {100 * result['cer']:.1f} %, WER {100 * result['wer']:.1f} %: {result['on']}, "
            f"{result['decoding']}"
            for result in self.results
        ]
        return "\n".join(
            [
                self.title,
                *measured,
                f"trained {self.minutes:g} minutes on {self.hardware}",
                f"on {self.corpus}",
                f"licence: {self.licence}",
                f"credit: {self.credit}",
            ]
        )


class Recognizer(nn.Module):
    """A trained recogniser with what belongs to it: features in front, letters behind.

    Parameters
    ----------
    net : torch.nn.Module
        (features, lengths) -> (log_probs, lengths).
    card : Card

    Attributes
    ----------
    net, card
    vocabulary : text.Vocabulary
    features : FeatureSettings
        model.features(y, sr=sr) is what the net hears, (frames, n_mels).
    """

    def __init__(self, net, card):
        super().__init__()
        self.net, self.card = net, card
        self.vocabulary = Vocabulary(card.symbols)
        self.features = FeatureSettings(**card.features)

    def forward(self, features, lengths, **how):
        return self.net(features, lengths, **how)

    @torch.no_grad()
    def log_probs(self, y, *, sr):
        """The log probability of each symbol in each frame of one recording.

        Parameters
        ----------
        y : array_like, (n,)
        sr : float
            Hz; must be the model's, card.features["sr"].

        Returns
        -------
        Tensor, (frames, classes)
            On the CPU. Class 0 is the blank.
        """
        device = next(self.net.parameters()).device
        x = torch.from_numpy(self.features(y, sr=sr))[None].to(device)
        log_probs, lengths = self.net(x, [x.shape[1]])
        return log_probs[0, : int(lengths[0])].cpu()

    def transcribe(self, y, *, sr, lm=None, **how):
        """The text of one recording.

        Parameters
        ----------
        y : array_like, (n,)
            One utterance of some seconds; long recordings should be cut at pauses first.
        sr : float
            Hz; must be the model's.
        lm : lm.NGram or None
            None: the best symbol of each frame. Else a beam search with this language model.
        **how
            Of ctc.beam_search_decode: beam_size, lm_weight, length_bonus, words.

        Returns
        -------
        str

        Raises
        ------
        arguments.ArgumentError
            Empty, NaN, several channels, another rate.
        """
        log_probs = self.log_probs(y, sr=sr)
        if lm is None and not how:
            return self.vocabulary.decode(ctc.greedy_decode(log_probs)).strip()
        best = ctc.beam_search_decode(log_probs, lm=lm, vocabulary=self.vocabulary, **how)[0]
        return self.vocabulary.decode(best.symbols).strip()


def read_card(path):
    """A model's card from its file."""
    try:
        return Card(**json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is no model's card: {error}") from error


def read_model(card_path, weights_path, device):
    """A Recognizer from its two files, in evaluation mode."""
    card = read_card(card_path)
    if card.model not in CLASSES:
        raise ModelError(
            f"{card_path.name}: its model is {card.model!r}; this course knows {', '.join(CLASSES)}"
        )
    config_class, net_class = CLASSES[card.model]
    try:
        with train.seeded(
            0
        ):  # the first weights are replaced at once; the caller's random numbers stay as they were
            net = net_class(config_class(**card.config))
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"{card_path.name}: config does not fit {config_class.__name__}: {error}"
        ) from error
    try:
        weights = safetensors.torch.load_file(weights_path)
    except (OSError, safetensors.SafetensorError) as error:
        raise ModelError(f"{weights_path} is no safetensors file, or none: {error}") from error
    try:
        net.load_state_dict({key: value.float() for key, value in weights.items()})
    except RuntimeError as error:
        raise ModelError(
            f"{weights_path.name} does not fit the configuration in {card_path.name}: "
            f"{' '.join(str(error).split()):.300}"
        ) from error
    return Recognizer(net, card).to(device).eval()
