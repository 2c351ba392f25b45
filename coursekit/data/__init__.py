"""The data shelf: the recordings and scores that the chapters work with.

    speech = ck.data.load("librivox")
    y, sr = speech["austen-2"].load()
    chorale = ck.data.load("chorales")["bwv66.6"]
    y, sr = chorale.load(sr=22050)  # rendered: chorale.score.beats are exact
    digit = ck.data.load("digits")[0]
    digit.label, digit.features.shape  # no sound: only its features are published

Every set has a card, cards/NAME.toml: what it holds, its licence, whom to credit, where it comes from, and the SHA-256
of each file. `load` checks every file every time. What is not on disk comes from $COURSEKIT_MIRROR (a folder or an
address that holds NAME/FILE), a package, or the corpus's own address, in that order; COURSEKIT_OFFLINE=1 leaves only
what is on this machine (a mirror's folder, an installed package). How files come is in fetch.py; made sounds are in
stand_ins.py.
"""

import csv
import functools
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import filelock
import numpy as np

from coursekit import arguments, audio, midi, paths, shelf
from coursekit.data import fetch, stand_ins
from coursekit.shelf import Finding

CARDS = Path(__file__).with_name("cards")

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


class DataError(RuntimeError):
    """A set or an item cannot be had; the message names it, what was tried, and the mend."""


class Segment(NamedTuple):
    """A labelled stretch of a recording: (start, end, label), times in seconds."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Card:
    """What is known about a set before anything of it is fetched."""

    name: str
    title: str
    holds: str
    licence: str
    credit: str
    minutes: float  # of sound
    download: int  # bytes that its first source sends
    chapters: tuple[int, ...]
    default: bool
    stand_in: str = ""
    texts: str = ""  # the file in which the texts of the items stand
    sources: tuple[dict, ...] = field(default=(), repr=False)
    files: tuple[fetch.File, ...] = field(default=(), repr=False)


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
        >>> y, sr = load("made", quiet=True)["sine"].load(sr=8000)
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
            return midi.render(self.score, sr=sr, soundfont=soundfont(), mono=mono), sr
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


def catalog():
    """The cards of all sets.

    Returns
    -------
    list of Card
        In the order of the chapters that begin to use them.

    Examples
    --------
    >>> [card.name for card in catalog()][:3]
    ['instruments', 'librivox', 'made']
    """
    cards = map(_read_card, CARDS.glob("*.toml"))
    return sorted(cards, key=lambda card: (min(card.chapters), card.name))


def _read_card(path):
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    files = tuple(fetch.File(path=path, **about) for path, about in table.pop("files", {}).items())
    if "list" in table:
        files += _read_list(path.parents[1] / table.pop("list"))
    return Card(
        name=path.stem,
        chapters=tuple(table.pop("chapters")),
        sources=tuple(table.pop("sources", ())),
        files=files,
        **table,
    )


def _read_list(file):
    """The files of a set that has too many for its card: a table, whose columns are named like fetch.File's."""
    with open(file, encoding="utf-8", newline="") as stream:
        return tuple(
            fetch.File(**row | {"size": int(row["size"]), "optional": bool(row["optional"])})
            for row in csv.DictReader(stream, delimiter="\t")
        )


def card(name):
    """The card of one set.

    Parameters
    ----------
    name : str
        A name that `catalog` lists.

    Returns
    -------
    Card

    Raises
    ------
    DataError
        There is no such set; the message names the nearest.

    Examples
    --------
    >>> card("instruments").licence
    'CC0-1.0'
    """
    cards = {each.name: each for each in catalog()}
    if name not in cards:
        raise DataError(f"there is no set {name!r}{shelf.nearest(name, cards)}")
    return cards[name]


def default_sets():
    """The names of the sets that the course starts with: what `coursekit data get` fetches when no name is given.

    Examples
    --------
    >>> default_sets()[:2]
    ['instruments', 'librivox']
    """
    return [each.name for each in catalog() if each.default]


def path(name):
    """The folder of a set on this machine, whether or not it has been fetched.

    Parameters
    ----------
    name : str

    Returns
    -------
    Path

    Examples
    --------
    >>> path("librivox").name
    'librivox'
    """
    return paths.data_dir() / card(name).name


def verify(name=None):
    """Check the SHA-256 of every file of a set, or of all sets.

    Parameters
    ----------
    name : str or None
        None for all sets.

    Returns
    -------
    list of Finding
        (name, file, state, optional), state "ok", "missing" or "damaged". A set loads without its optional files.

    Examples
    --------
    >>> {finding.state for finding in verify("librivox")} <= {"ok", "missing", "damaged"}
    True
    """
    cards = catalog() if name is None else [card(name)]
    return [
        Finding(
            each.name, file.path, fetch.state(file, paths.data_dir() / each.name), file.optional
        )
        for each in cards
        for file in each.files
    ]


def get(name, *, progress=True):
    """Fetch what a set lacks on this machine: missing files and damaged ones.

    Two processes may ask for the same set: the second waits for the first and uses what it brought. A download that
    breaks off is taken up again by the next call.

    Parameters
    ----------
    name : str
    progress : bool
        Say on stderr what happens.

    Returns
    -------
    Path
        The set's folder.

    Raises
    ------
    DataError
        Files that the set needs are neither on disk nor to be had: which, what was tried, and the mend.

    Examples
    --------
    >>> get("made").name  # nothing to fetch
    'made'
    """
    about, folder = card(name), path(name)
    if _unsound(about):
        reporter = fetch.Reporter(progress)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with _alone(folder, reporter):
                troubles = _bring(about, folder, reporter)
        except OSError as error:
            raise DataError(
                f"{name} cannot be fetched, because {folder.parent} cannot be written: {error.strerror}; "
                "set COURSEKIT_DATA to a folder of your own"
            ) from error
        if _needed(_unsound(about)):
            raise DataError(_complaint(about, troubles))
    return folder


def _unsound(about):
    """The findings of a set's files that are missing or damaged."""
    return [finding for finding in verify(about.name) if finding.state != "ok"]


def _needed(findings):
    """Those without which the set does not load."""
    return [finding for finding in findings if not finding.optional]


def _alone(folder, reporter):
    """A lock that one process holds at a time; the system frees it when the process ends, however it ends."""
    lock = filelock.FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        return lock.acquire(timeout=0)
    except filelock.Timeout:
        reporter.say(f"{folder.name}: another process is fetching it; waiting")
        return lock.acquire()


def _bring(about, folder, reporter):
    """Ask the mirror and the sources, and write beside the files where they came from; why the others failed."""
    for finding in _unsound(about):
        if finding.state == "damaged":
            reporter.say(f"{about.name}: {finding.file} is damaged on disk (its SHA-256 is wrong)")
    sources = [*_mirror(about.name), *about.sources]
    offline = os.environ.get("COURSEKIT_OFFLINE", "0") not in ("", "0")
    if offline:
        sources = [source for source in sources if source["kind"] in fetch.ON_THIS_MACHINE]
    reporter.say(
        f"{about.name}: fetching"
        + (f", about {about.download / 1e6:.0f} MB" if about.download else "")
    )
    used, troubles = fetch.fetch(about.files, sources, folder, reporter)
    if offline:
        troubles.append("COURSEKIT_OFFLINE is set, so no one else was asked")
    if used:
        _write_origin(folder, used)
        reporter.say(f"{about.name}: from {' and '.join(used)}")
    return troubles


def _mirror(name):
    """The learner's own mirror as a source, if there is one."""
    mirror = os.environ.get("COURSEKIT_MIRROR")
    if not mirror:
        return []
    if mirror.startswith(("http://", "https://")):
        return [{"kind": "url", "base": f"{mirror.rstrip('/')}/{name}"}]
    return [{"kind": "folder", "folder": str(Path(mirror).expanduser() / name)}]


def _complaint(about, troubles):
    """One sentence: which set, what it lacks, what was tried, and the mend."""
    lacking = _needed(_unsound(about))
    reasons = "; ".join(troubles) or "it has no source"
    return (
        f"{about.name} cannot be loaded: {len(lacking)} of {len(about.files)} files are missing or damaged "
        f"({lacking[0].file} is {lacking[0].state}), because of this: {reasons}. To mend it, connect and run "
        f"`coursekit data get {about.name}`, or set COURSEKIT_MIRROR to a folder or an address that holds "
        f"{about.name}/"
    )


def _write_origin(folder, used):
    """Note the sources in SOURCE.txt, one a line, beside those that gave other files earlier."""
    lines = _origin(folder) + used
    with paths.writing(folder / "SOURCE.txt") as fresh:
        fresh.write_text("\n".join(dict.fromkeys(lines)) + "\n", encoding="utf-8")


def _origin(folder):
    note = folder / "SOURCE.txt"
    return note.read_text(encoding="utf-8", errors="replace").splitlines() if note.is_file() else []


def load(name, *, quiet=False):
    """A set as a sequence of items; fetched first if it is not on disk.

    Prints, once a process, where it comes from, its licence and whom to credit.

    Parameters
    ----------
    name : str
        A name that `catalog` lists.
    quiet : bool
        Print nothing.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        There is no such set, or it can be neither found nor fetched nor made.

    Examples
    --------
    >>> made = load("made", quiet=True)
    >>> made[0].name, len(made)
    ('sine', 10)
    """
    about, folder, trouble = card(name), path(name), ""
    unsound = _unsound(about)
    if _needed(unsound) or any(finding.state == "damaged" for finding in unsound):
        try:
            get(name, progress=not quiet)
        except DataError as error:
            if not about.stand_in:
                raise
            trouble = f"\n{error}"
        unsound = _unsound(about)  # what is still not as it should be
    sound = {file.path for file in about.files} - {finding.file for finding in unsound}
    items = _items(about, folder, sound) if about.files else _made_items()
    dataset = Dataset(items, about, _source(about, items, folder, sound))
    if not quiet:
        _announce(
            f"{about.title}: {len(items)} items, {dataset.source}; licence: {about.licence}; "
            f"credit: {about.credit}{trouble}"
        )
    return dataset


def held_out(items, *, n_test):
    """Items to train on and items to test on, the latter taken at even distances.

    Parameters
    ----------
    items : sequence
    n_test : int
        How many to hold out, fewer than there are.

    Returns
    -------
    train, test : list
        In their order. Of the 620 sentences 60 are held out by the course: about every tenth.

    Raises
    ------
    arguments.ArgumentError
        n_test is not from 1 to the number of items less one.

    Examples
    --------
    >>> held_out("abcdefg", n_test=2)
    (['a', 'b', 'c', 'e', 'f'], ['d', 'g'])
    """
    items = list(items)
    n = len(items)
    arguments.integer(n_test, "n_test", high=n - 1)
    # One is held out wherever the number of test items due so far, i * n_test / n, passes a whole number.
    is_test = [(i + 1) * n_test // n > i * n_test // n for i in range(n)]
    return (
        [item for item, out in zip(items, is_test, strict=True) if not out],
        [item for item, out in zip(items, is_test, strict=True) if out],
    )


def _made_items():
    return [Item(name, make=make) for name, make in stand_ins.made_signals().items()]


def _items(about, folder, sound):
    """The recordings and scores whose files are among `sound`, with their labels, and stand-ins for the others."""
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
            items.append(_stand_in(about.stand_in, file, is_score=is_score))
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
                file.item, folder / file.path, file.label, text, words, phones, analysis, read=read
            )
        )
    return items


def _stand_in(how, file, *, is_score):
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
        **{"read" if is_score else "make": make},
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


def soundfont():
    """The soundfont that scores are rendered with, fetched if it is not on disk.

    Returns
    -------
    Path
        For `midi.render`.

    Raises
    ------
    DataError
        It can neither be found nor fetched.

    Examples
    --------
    >>> soundfont().name  # doctest: +SKIP
    'TimGM6mb.sf2'
    """
    return get("soundfont", progress=False) / card("soundfont").files[0].path


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


def _source(about, items, folder, sound):
    """Where the sounds of a set come from, in words, and what is not as it should be."""
    if not about.files:
        return "made by coursekit.synth"
    made = [item.name for item in items if item.path is None]
    if items and len(made) == len(items):
        return "made stand-in, not the recordings"
    origin = "from " + (" and ".join(_origin(folder)) or "files already on disk")
    if made:
        named = ", ".join(made) if len(made) <= 10 else f"{len(made)} of {len(items)} items"
        origin += f", but a made stand-in for {named}"
    absent = sum(file.path not in sound for file in about.files if not file.item)
    if absent:
        origin += (
            f", without {absent} files of labels (`coursekit data get {about.name}` tries again)"
        )
    return origin


@functools.cache  # so that one line is printed once a process
def _announce(line):
    encoding = (
        getattr(sys.stdout, "encoding", None) or "utf-8"
    )  # a pipe of Windows is cp1252, which lacks some names
    print(line.encode(encoding, errors="replace").decode(encoding))
