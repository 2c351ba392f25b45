"""The cards of the sets, read from cards/NAME.toml; what their keys mean is told in cards/README.md."""

import csv
import tomllib
from dataclasses import dataclass, field

from coursekit.data import fetch


class DataError(RuntimeError):
    """A set or an item cannot be had; the message names it, what was tried, and the mend."""


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


def read_cards(folder):
    """The cards in a folder, in the order of the chapters that begin to use them."""
    cards = map(_read_card, folder.glob("*.toml"))
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
