"""labels(...): the comparison for classification, which counts right labels and says what is taken for what."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from coursekit.course.check.comparison import Comparison, Verdict, same_values
from coursekit.course.check.values import Foreign, describe, to_plain

MOST_CONFUSIONS = 3  # told in a card; the commonest say where to look


@dataclass(frozen=True)
class labels(Comparison):
    """A share of right labels above a limit, for classification experiments; the card never says which item is which.

    Text may be NumPy's and have white space around it, whole numbers may come in any integer type, and as floats.

    Parameters
    ----------
    above : float
        The limit, a share from 0 to 1, not included.
    name : str
        What is measured, for the message.
    kinds : collection or mapping or None
        The labels that there are; a mapping gives each one's plural for the message. Left out, any label is taken.
    read : callable or None
        ``read(answer, truth) -> (labels said, labels wanted)``, where answer or truth are not yet lists of labels; a
        ValueError from it says what is wrong with the answer. The truth comes as the case holds it.
    alike : float
        The share of equal labels from which on two answers are one mistake.

    Examples
    --------
    >>> drums = labels(above=0.8, kinds={"clap": "claps", "snare": "snares"})
    >>> found = drums.compare(["clap", "clap", "snare"], ["clap", "snare", "snare"])
    >>> found.message, found.details
    ('accuracy is 66.7 %, 2 of 3: above 80 % is wanted, at least 3', ('1 of 2 snares was called clap',))
    """

    above: float
    _: KW_ONLY
    name: str = "accuracy"
    kinds: Collection[str | int] | Mapping[str | int, str] | None = None
    read: Callable[[object, object], tuple[object, object]] | None = None
    alike: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a limit that is not a share."""
        if not 0 <= self.above < 1:
            raise ValueError(f"above is {self.above!r}: wanted a share from 0 to below 1")

    def compare(self, answer: object, truth: object) -> Verdict:
        """Count the right labels; an answer that is no list of labels is told what it is."""
        try:
            said, wanted = self._labels(to_plain(answer), truth)
        except ValueError as error:
            return Verdict(False, str(error)[:200], of_form=True)
        n_right, n = sum(map(_equal, said, wanted)), len(wanted)
        share = n_right / n if n else 0.0
        if share > self.above:
            return Verdict(True, measured=n_right, message=f"{n_right} of {n}")
        enough = next((k for k in range(n) if k / n > self.above), n)
        return Verdict(
            False,
            f"{self.name} is {_percent(share)}, {n_right} of {n}: above {_percent(self.above)} is wanted, at least "
            f"{enough}",
            confusions(said, wanted, plurals=self.kinds),
        )

    def summary(self, verdicts: Sequence[Verdict]) -> str:
        """Return how many labels are right in each case."""
        return f"{self.name}: {', '.join(verdict.message for verdict in verdicts)}"

    def agrees(self, answer: object, other: object) -> bool:
        """Return whether both give the same labels, or nearly the same where `alike` says so."""
        if self.read is not None:  # what is labelled there, not the labels, tells mistakes apart
            return same_values(answer, other)
        try:
            said, others = _as_labels(to_plain(answer)), _as_labels(to_plain(other))
        except ValueError:
            return False
        if len(said) != len(others) or not said:
            return False
        return sum(map(_equal, said, others)) >= self.alike * len(said)

    def _labels(self, answer: object, truth: object) -> tuple[list, list]:
        if self.read is not None:
            answer, truth = self.read(answer, truth)
        wanted = _as_labels(to_plain(truth))
        kind = "texts" if any(isinstance(label, str) for label in wanted) else "whole numbers"
        try:
            said = _as_labels(to_plain(answer))
        except ValueError as error:
            raise ValueError(f"a list of {len(wanted)} labels is wanted, {error}") from None
        if len(said) != len(wanted):
            raise ValueError(f"{len(wanted)} labels are wanted, one for each item; got {len(said)}")
        if kind == "texts":  # 7 is taken for the label "7"
            said = [str(x) if str(x) in wanted else x for x in said]
        odd = [x for x in said if isinstance(x, str) != (kind == "texts")]
        if odd:
            raise ValueError(f"labels are {kind}; one of yours is {describe(odd[0])}")
        if self.kinds is not None and (odd := [x for x in said if x not in self.kinds]):
            known = ", ".join(str(kind) for kind in self.kinds)
            raise ValueError(f"{describe(odd[0])} is none of the labels: {known}")
        return said, wanted


def confusions(
    said: Sequence, wanted: Sequence, *, plurals: object = None, most: int = MOST_CONFUSIONS
) -> tuple[str, ...]:
    """Return which kinds were taken for which most often, one line each, the commonest first.

    Examples
    --------
    >>> confusions([1, 1, 2, 3], [1, 2, 2, 3])
    ('1 of 2 with the label 2 was called 1',)
    """
    pairs = Counter((b, a) for a, b in zip(said, wanted, strict=True) if not _equal(a, b))
    totals, lines = Counter(wanted), []
    for (kind, called), count in sorted(pairs.items(), key=lambda p: (-p[1], str(p[0])))[:most]:
        named = plurals[kind] if isinstance(plurals, Mapping) else f"with the label {kind}"
        lines.append(
            f"{count} of {totals[kind]} {named} {'was' if count == 1 else 'were'} called {called}"
        )
    return tuple(lines)


def _as_labels(plain: object) -> list:
    """Return a list of texts without white space around them, or of ints; ValueError for everything else."""
    if isinstance(plain, np.ndarray):
        if plain.ndim != 1:
            raise ValueError(f"got {describe(plain)}")
        plain = plain.tolist()
    if not isinstance(plain, list):
        hint = "; .tolist() makes it a list" if _is_object_array(plain) else ""
        raise ValueError(f"got {describe(plain)}{hint}")
    return [_as_label(item) for item in plain]


def _as_label(item: object) -> str | int:
    if isinstance(item, np.ndarray) and item.ndim == 0:
        item = item.item()
    if isinstance(item, str):
        return item.strip()
    if isinstance(item, float) and item.is_integer():
        return int(item)
    if isinstance(item, int) and not isinstance(item, bool):
        return item
    if isinstance(item, list):
        raise ValueError("got a list in which each label is a list of its own")
    raise ValueError(f"got a list that holds {describe(item)}")


def _is_object_array(plain: object) -> bool:
    return isinstance(plain, Foreign) and plain.type_name == "array of object"


def _equal(a: object, b: object) -> bool:
    return type(a) is type(b) and a == b


def _percent(share: float) -> str:
    """Return a share in percent, with a decimal where there is one.

    Examples
    --------
    >>> _percent(0.8), _percent(29 / 36)
    ('80 %', '80.6 %')
    """
    return f"{round(100 * share, 1):.4g} %"
