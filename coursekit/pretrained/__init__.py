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
from pathlib import Path

import safetensors.torch

from coursekit import paths, shelf
from coursekit.pretrained.readers import (
    CLASSES,
    Card,
    FeatureSettings,
    ModelError,
    Recognizer,
    read_card,
    read_model,
)
from coursekit.shelf import Finding

__all__ = [
    "CLASSES",
    "Card",
    "FeatureSettings",
    "Finding",
    "ModelError",
    "Recognizer",
    "card",
    "load",
    "names",
    "pins",
    "read",
    "save",
    "size",
    "verify",
]

WEIGHTS = Path(__file__).with_name("weights")


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
    return read_card(_checked(name)[0])


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
    return read_model(*_checked(name), device)


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
    return read_model(path, path.with_suffix(".safetensors"), device)


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
