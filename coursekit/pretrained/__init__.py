"""The model shelf: trained models that come with the course.

    model = ck.pretrained.load("sentences-ru")  # in evaluation mode
    model.transcribe(y, sr=16000)
    model.card  # trained on what, how long, how good

A model is two files in weights/: NAME.safetensors (numbers only, half precision) and NAME.json (its card: the model's
class and configuration, its features, its symbols, and how it came to be). The SHA-256 of both stand in models.toml,
and every `load` checks them. The recipes make such files; `read` takes a pair that you have made yourself.
"""

import dataclasses
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

from coursekit import arguments, ctc, features, paths, shelf, train
from coursekit.models.asr import ConformerConfig, ConformerRecognizer
from coursekit.shelf import Finding
from coursekit.text import Vocabulary

WEIGHTS = Path(__file__).with_name("weights")
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


def names():
    """The names of all models on the shelf.

    Examples
    --------
    >>> "sentences-ru" in names()
    True
    """
    return list(_pins())


def _pins():
    """NAME -> {file: {size, sha256}}, as models.toml says."""
    return tomllib.loads((WEIGHTS / "models.toml").read_text(encoding="utf-8"))


def _pin(name):
    pins = _pins()
    if name not in pins:
        raise ModelError(f"there is no model {name!r}{shelf.nearest(name, pins)}")
    return pins[name]


def verify(name=None):
    """Check the SHA-256 of the files of a model, or of all models.

    Parameters
    ----------
    name : str or None
        None for all.

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> {finding.state for finding in verify()}
    {'ok'}
    """
    return [
        Finding(each, file, shelf.state(WEIGHTS / file, pin["sha256"]))
        for each in (names() if name is None else [name])
        for file, pin in _pin(each).items()
    ]


def size(name):
    """Bytes of a model's files together, as pinned.

    Parameters
    ----------
    name : str

    Returns
    -------
    int

    Examples
    --------
    >>> size("sentences-ru") < 6e6
    True
    """
    return sum(pin["size"] for pin in _pin(name).values())


def card(name):
    """The card of a model, without its weights.

    Parameters
    ----------
    name : str

    Returns
    -------
    Card

    Raises
    ------
    ModelError
        No such model; a file is missing or damaged.

    Examples
    --------
    >>> card("sentences-ru").features["sr"]
    16000
    """
    return _read_card(_checked(name)[0])


def _checked(name):
    """The paths of card and weights, both of them as the course pins them."""
    for finding in verify(name):
        if finding.state != "ok":
            raise ModelError(
                f"{finding.file} of the model {name!r} is {finding.state}: its SHA-256 is not the one in "
                "models.toml. The file comes with the course: install coursekit again, or, in a clone, "
                f"git checkout coursekit/pretrained/weights/{finding.file}"
            )
    return WEIGHTS / f"{name}.json", WEIGHTS / f"{name}.safetensors"


def load(name, *, device="cpu"):
    """A trained model, in evaluation mode.

    Parameters
    ----------
    name : str
        One of `names`.
    device : str or torch.device

    Returns
    -------
    Recognizer
        With `.card`, `.vocabulary`, `.features`, `.log_probs` and `.transcribe`.

    Raises
    ------
    ModelError
        No such model (the message names the nearest); a file is missing or damaged.

    Examples
    --------
    >>> model = load("sentences-ru")
    >>> model.training, model.card.licence
    (False, 'BSD-like: use, modify and pass on, with the notice kept and changes marked (festvox-ru)')
    """
    return _read(*_checked(name), device)


def read(path, *, device="cpu"):
    """A model from a card of your own, NAME.json with NAME.safetensors beside it, as a recipe writes them.

    Parameters
    ----------
    path : path-like
        Of the card.
    device : str or torch.device

    Returns
    -------
    Recognizer

    Raises
    ------
    ModelError
        A file is missing or no such file; the class is unknown; configuration and weights do not fit.
    """
    path = Path(path)
    return _read(path, path.with_suffix(".safetensors"), device)


def _read(card_path, weights_path, device):
    card = _read_card(card_path)
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


def _read_card(path):
    try:
        return Card(**json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is no model's card: {error}") from error


def pins(path):
    """What models.toml must say about a model that `save` wrote, to put it on the shelf.

    Parameters
    ----------
    path : path-like
        Of the card.

    Returns
    -------
    str
        Lines of TOML.
    """
    lines = [f'["{Path(path).stem}"]']
    for file in (Path(path), Path(path).with_suffix(".safetensors")):
        size = file.stat().st_size
        lines.append(f'"{file.name}" = {{ size = {size}, sha256 = "{shelf.sha256(file)}" }}')
    return "\n".join(lines)


def save(folder, net, card):
    """Write a model's two files, the weights in half precision.

    Parameters
    ----------
    folder : path-like
        Is made where there is none.
    net : torch.nn.Module
    card : Card

    Returns
    -------
    Path
        Of the card; `read` takes it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        key: value.detach().cpu().half().contiguous() for key, value in net.state_dict().items()
    }
    with paths.writing(folder / f"{card.name}.safetensors") as fresh:
        fresh.write_bytes(safetensors.torch.save(weights))
    path = folder / f"{card.name}.json"
    text = json.dumps(dataclasses.asdict(card), ensure_ascii=False, indent=1) + "\n"
    with paths.writing(path) as fresh:
        fresh.write_text(text, encoding="utf-8")
    return path
