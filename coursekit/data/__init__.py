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
what is on this machine (a mirror's folder, an installed package). How files come is in fetch.py, how items are
read from them in items.py; made sounds are in stand_ins.py.
"""

import functools
import os
import sys
from pathlib import Path

import filelock

from coursekit import arguments, paths, shelf
from coursekit.data import catalogue, fetch, items, stand_ins
from coursekit.data.catalogue import Card, DataError
from coursekit.data.items import ENSEMBLES, MINUTE, SCORE_SR, TEMPI, Dataset, Item, Segment
from coursekit.shelf import Finding

__all__ = [
    "ENSEMBLES",
    "MINUTE",
    "SCORE_SR",
    "TEMPI",
    "Card",
    "DataError",
    "Dataset",
    "Finding",
    "Item",
    "Segment",
    "card",
    "catalog",
    "default_sets",
    "fetch",
    "get",
    "held_out",
    "load",
    "path",
    "soundfont",
    "stand_ins",
    "verify",
]

CARDS = Path(__file__).with_name("cards")


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
    return catalogue.read_cards(CARDS)


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
    if about.files:
        found = items.read_items(about, folder, sound, soundfont=soundfont)
    else:
        found = items.made_items()
    dataset = Dataset(found, about, _source(about, found, folder, sound))
    if not quiet:
        _announce(
            f"{about.title}: {len(dataset)} items, {dataset.source}; licence: {about.licence}; "
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
