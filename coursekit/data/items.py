"""The items of a set: recordings, scores and sequences of features, read with their labels, or made in their place."""

import functools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from coursekit import audio, midi, shelf
from coursekit.data import stand_ins
from coursekit.data.catalogue import DataError

# How a score without instruments and tempo of its own is played: the i-th item of its set by the ensemble i modulo 8
# (General MIDI programs, from the highest part to the lowest), at the tempo i modulo 7 (beats a minute). So 56 items
# differ in one or the other. Of long pieces the first minute is played.
ENSEMBLES = {
    "choir": (52, 52, 52, 52),
    "organ": (19, 19, 19, 19),
    "strings": (48, 48, 48, 48),
    "brass": (56, 60, 57, 58),
    "woodwinds": (73, 68, 71, 70),
    "piano": (0, 0, 0, 0),
    "harpsichord": (6, 6, 6, 6),
    "saxophones": (64, 65, 66, 67),
}
TEMPI = (66.0, 72.0, 80.0, 88.0, 96.0, 104.0, 112.0)
MINUTE = 60.0  # s
SCORE_SR = 44100  # Hz, of a rendered score where no other rate is asked for
SCORES = (".mxl", ".mid")  # files that are read as scores
PAUSE = "pau"  # the label of silence in Festival's phones
SEQUENCES = ".npz"  # a file of many sequences of features, an item each


class Segment(NamedTuple):
    """A labelled stretch of a recording: (start, end, label), times in seconds."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Item:
    """One recording, score or sequence of features: its sound, and what is known about it (empty where nothing is)."""

    name: str
    path: Path | None = None  # None: made, not recorded
    label: str = ""
    text: str = ""
    words: tuple[Segment, ...] = field(default=(), repr=False)
    phones: tuple[Segment, ...] = field(default=(), repr=False)
    analysis: Path | None = (
        None  # of a score: its chords by an expert, for score_harmony.expert_chords
    )
    make: Callable | None = field(default=None, repr=False)
    read: Callable | None = field(default=None, repr=False)
    soundfont: Callable | None = field(default=None, repr=False)  # () -> its path, for a score
    features: np.ndarray | None = field(
        default=None, repr=False, compare=False
    )  # (frames, features), read-only

    @property
    def score(self):
        """The midi.Score that `load` renders, at the tempo and with the instruments of the sound; None for a
        recording."""
        return self.read() if self.read else None

    def load(self, *, sr=None, mono=True):
        """The samples and their rate; a score is rendered.

        Parameters
        ----------
        sr : float or None
            Resample to this rate, Hz; None keeps the recording's own (44100 for scores).
        mono : bool
            Mix the channels down; False keeps them.

        Returns
        -------
        y : ndarray, float32, (n,) or (channels, n)
        sr : float
            Hz.

        Raises
        ------
        DataError
            The item has features and no sound.

        Examples
        --------
        >>> from coursekit import data
        >>> y, sr = data.load("made", quiet=True)["sine"].load(sr=8000)
        >>> y.shape, y.dtype, sr
        ((8000,), dtype('float32'), 8000)
        """
        if self.features is not None:
            raise DataError(
                f"{self.name} is a sequence of features without its sound; take item.features, of shape "
                f"{self.features.shape}: (frames, features)"
            )
        if self.read is not None:
            sr = SCORE_SR if sr is None else sr
            return midi.render(self.score, sr=sr, soundfont=self.soundfont(), mono=mono), sr
        if self.make is None:
            return audio.load(self.path, sr=sr, mono=mono)
        y, made_sr = self.make()
        if sr is not None:
            y = audio.resample(y, orig_sr=made_sr, target_sr=sr)
        return y.astype(np.float32), sr or made_sr


class Dataset(Sequence):
    """The items of a set, by number (``ds[0]``) or by name (``ds["austen-1"]``), with its card and its source."""

    def __init__(self, items, card, source):
        self.items = tuple(items)
        self.card = card
        self.source = source

    @property
    def names(self):
        """The names of the items, in their order."""
        return [item.name for item in self.items]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, key):
        if not isinstance(key, str):
            return self.items[key]
        if key not in self.names:
            raise DataError(f"{self.card.name} has no item {key!r}{shelf.nearest(key, self.names)}")
        return self.items[self.names.index(key)]

    def __contains__(self, key):
        return key in self.names or key in self.items

    def __repr__(self):
        shown = ", ".join(self.names[:6]) + (f" … {self.names[-1]}" if len(self) > 6 else "")
        card = self.card
        return "\n".join(
            [
                f"{card.title}: {len(self)} items ({shown})",
                f"holds    {card.holds}",
                f"source   {self.source}",
                f"licence  {card.licence}",
                f"credit   {card.credit}",
            ]
        )


def made_items():
    """The items of the set that has no files: signals made by coursekit.synth."""
    return [Item(name, make=make) for name, make in stand_ins.made_signals().items()]


def read_items(about, folder, sound, *, soundfont):
    """The items of a set: those whose files are among `sound`, with their labels, and stand-ins for the others.

    Parameters
    ----------
    about : catalogue.Card
    folder : Path
        The set's.
    sound : set of str
        Paths in it of the files that are as they should be.
    soundfont : callable
        () -> Path of the soundfont to play scores with.

    Returns
    -------
    list of Item
    """
    items = []
    texts = _read_texts(folder / about.texts) if about.texts in sound else {}
    for file in about.files:
        if not file.item:
            continue
        if file.path.endswith(SEQUENCES):
            items += _sequences(about, file, folder / file.path if file.path in sound else None)
            continue
        is_score = file.path.endswith(SCORES)
        if file.path not in sound:
            items.append(_stand_in(about.stand_in, file, soundfont if is_score else None))
            continue
        read = (
            functools.partial(_read_score, folder / file.path, len(items), file.label)
            if is_score
            else None
        )
        analysis = folder / file.analysis if file.analysis in sound else None
        words = _read_words(folder / file.words) if file.words in sound else ()
        phones = _read_phones(folder / file.phones) if file.phones in sound else ()
        text = texts.get(file.item, file.text)
        items.append(
            Item(
                file.item,
                folder / file.path,
                file.label,
                text,
                words,
                phones,
                analysis,
                read=read,
                soundfont=soundfont if read else None,
            )
        )
    return items


def _stand_in(how, file, soundfont):
    """A made item in the place of a recording or a score, with its own text and times where it says something."""
    make = functools.partial(stand_ins.STAND_INS[how], file.item, file.label)
    phones = tuple(
        Segment(*segment) for segment in stand_ins.SPOKEN.get(how, lambda name: ())(file.item)
    )
    text = (
        "".join(" " if phone.label == PAUSE else phone.label for phone in phones).strip()
        or file.text
    )
    return Item(
        file.item,
        label=file.label,
        text=text,
        phones=phones,
        soundfont=soundfont,
        **{"read" if soundfont else "make": make},
    )


def _sequences(about, file, path):
    """The items of one file of features: X (frames of all, features), each one's length and class; or its stand-in."""
    if path is None:
        X, lengths, labels = stand_ins.STAND_INS[about.stand_in](file.item, file.label)
    else:
        with np.load(path, allow_pickle=False) as arrays:
            X, lengths, labels = arrays["X"], arrays["lengths"], arrays["y"]
    X = X.astype(np.float64)
    X.flags.writeable = False  # the items are views of it
    sequences = np.split(X, np.cumsum(lengths)[:-1])
    return [
        Item(f"{file.item}-{number:04d}", path, str(label), features=sequence)
        for number, (sequence, label) in enumerate(zip(sequences, labels, strict=True))
    ]


def _read_score(path, number, key):
    """The number-th score of a set as it is played: with instruments, tempo and length by the rule at ENSEMBLES."""
    if path.suffix == ".mid":
        return replace(midi.excerpt(midi.read_midi(path), end=MINUTE), key=key)
    score = midi.read_musicxml(path)
    ensemble = list(ENSEMBLES.values())[number % len(ENSEMBLES)]
    score = midi.with_programs(score, programs=ensemble)
    return replace(midi.with_tempo(score, bpm=TEMPI[number % len(TEMPI)]), key=key)


def _read_texts(file):
    """The texts of a set by item, from a file of Festival's: ( name "text" ), without the + before a stressed vowel."""
    rows = re.findall(
        r'\(\s*(\S+)\s+"(.*?)"\s*\)', file.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    return {name: text.replace("+", "") for name, text in rows}


def _read_words(alignment):
    """Words and their times from an alignment by pocketsphinx, a silence as ""."""
    # Its second pronunciation of "was" is "was(2)"; silences and the sentence's ends stand in angle brackets.
    return tuple(
        _segment(word, re.sub(r"\(\d+\)$|<.*>", "", word["t"]))
        for word in _read_json(alignment)["w"]
    )


def _read_phones(alignment):
    """Phones and their times: of pocketsphinx (ARPAbet, silence as "SIL") or of Festival (.lab, silence as "pau")."""
    if alignment.suffix == ".lab":
        rows = [
            line.split() for line in alignment.read_text(encoding="ascii").splitlines()[1:]
        ]  # end, colour, label
        ends = [float(row[0]) for row in rows]
        return tuple(map(Segment, [0.0, *ends], ends, [row[2] for row in rows]))
    return tuple(
        _segment(phone, phone["t"]) for word in _read_json(alignment)["w"] for phone in word["w"]
    )


def _read_json(file):
    return json.loads(file.read_text(encoding="utf-8"))


def _segment(entry, label):
    """An alignment's entry has its beginning "b" and its duration "d", in seconds."""
    return Segment(entry["b"], round(entry["b"] + entry["d"], 3), label)
