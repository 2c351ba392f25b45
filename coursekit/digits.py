"""Spoken digits as sequences of features: parts to train and to test on, slopes, scaling, strings of digits.
Chapters 06 to 09. How they sound: digit_sound.py.

A sequence is (frames, features). An item has `features`, such a sequence, and `label`, its digit: see the set
"digits" in `data.load`.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from . import arguments, features
from .arguments import ArgumentError

TRAIN_SHARE = 0.8  # of the items, in file order, which is mixed: 2,400 of 3,000


class DigitString(NamedTuple):
    """Several digits, joined end to end."""

    features: np.ndarray  # (frames, features)
    text: str  # "31440", one character a digit
    boundaries: (
        np.ndarray
    )  # ints (digits + 1,): digit k is features[boundaries[k]:boundaries[k + 1]]


def _five_or_more(items, name):
    items = list(items)
    arguments.integer(len(items), f"the number of {name}", low=5)
    return items


@arguments.checks(items=_five_or_more)
def split(items):
    """The items to train on and those to test on: the first four fifths and the last, in their order.

    Parameters
    ----------
    items : sequence
        Five or more; of the set "digits" all 3,000.

    Returns
    -------
    train, test : list
        2,400 and 600 of 3,000. The speakers of the set are not known, and occur in both: this measures how well
        known voices are recognised.

    Raises
    ------
    arguments.ArgumentError
        Fewer than five items.

    Examples
    --------
    >>> split(range(10))
    ([0, 1, 2, 3, 4, 5, 6, 7], [8, 9])
    """
    n_train = int(TRAIN_SHARE * len(items))
    return items[:n_train], items[n_train:]


@arguments.checks(x=arguments.sequence)
def with_deltas(x, *, width=5):
    """Features with their slopes and curvatures over time beside them: 13 become 39.

    Parameters
    ----------
    x : array_like, (frames, features)
        Time first. Of a string of digits join the digits first: slopes over the seams belong to it.
    width : int
        Frames in a fit, odd: see `features.delta`. The first and the last frame are repeated outwards.

    Returns
    -------
    ndarray, (frames, 3 * features)
        x, its slope and its second derivative, per frame and per frame squared.

    Raises
    ------
    arguments.ArgumentError
        Empty, NaN, or not two axes.

    References
    ----------
    Furui, "Speaker-independent isolated word recognition using dynamic features of speech spectrum", 1986.
    Chapter 06; the slopes are chapter 03, equation 11.

    Examples
    --------
    >>> with_deltas([[0.0], [2.0], [4.0], [6.0], [8.0]])[2].round(6) + 0.0
    array([4., 2., 0.])
    """
    slopes = [features.delta(x.T, width=width, order=order, mode="nearest").T for order in (1, 2)]
    return np.concatenate([x, *slopes], axis=1)


def _sequences(sequences, name):
    return arguments.sequences(sequences, name=name)


def _of_known_width(self, x):
    return {"x": arguments.sequence(x, n_features=len(self.mean))}


@dataclass(frozen=True)
class Standardizer:
    """Scales features to mean 0 and standard deviation 1, as measured over the sequences that one trains on.

    Attributes
    ----------
    mean, deviation : ndarray, (features,)
        A feature that never changes has deviation 1, and becomes 0.

    Examples
    --------
    >>> scale = Standardizer.fit([[[1.0, 5.0]], [[3.0, 5.0], [5.0, 5.0]]])
    >>> scale.mean
    array([3., 5.])
    >>> scale([[3.0, 6.0]])
    array([[0., 1.]])
    """

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    @arguments.checks(sequences=_sequences)
    def fit(cls, sequences):
        """Measure over all frames of several sequences, each (frames, features)."""
        frames = np.concatenate(sequences)
        deviation = frames.std(axis=0)
        return cls(frames.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    @arguments.checks(_of_known_width)
    def __call__(self, x):
        """The sequence x, (frames, features), scaled."""
        return (x - self.mean) / self.deviation


def _spoken_digits(items, name):
    items = list(items)
    sequences = [getattr(item, "features", None) for item in items]
    labels = [item.label for item in items]
    for number, (x, label) in enumerate(zip(sequences, labels, strict=True)):
        if x is None:
            raise ArgumentError(
                f"{name}[{number}] has no features; wanted spoken digits: data.load('digits')"
            )
        if label not in list("0123456789"):
            raise ArgumentError(
                f"{name}[{number}] has the label {label!r}; wanted one digit, '0' to '9'"
            )
    sequences = arguments.sequences(sequences, name=f"features of {name}")
    return list(zip(sequences, labels, strict=True))


def _shortest_first(low, high):
    arguments.integer(high, "high", low=low)


@arguments.checks(
    _shortest_first,
    items=_spoken_digits,
    n=partial(arguments.integer, low=0),
    low=arguments.integer,
)
def strings(items, *, n, low=3, high=7, rng):
    """Connected digits: spoken digits, drawn at random and joined end to end.

    Real ones are not spoken like that: here no digit changes the sound of its neighbours, no one pauses, and each
    digit may be of another speaker.

    Parameters
    ----------
    items : sequence of data.Item
        From which to draw, with replacement: those to train on, or those to test on.
    n : int
        How many strings.
    low, high : int
        The shortest and the longest, in digits; all lengths between are equally likely.
    rng : numpy.random.Generator
        Draws them; the same state, the same strings.

    Returns
    -------
    list of DigitString
        Of (features (frames, features), text, boundaries).

    Raises
    ------
    arguments.ArgumentError
        No items, an item without features or whose label is not one digit, NaN, low > high.

    Examples
    --------
    >>> from types import SimpleNamespace as Item
    >>> one, two = Item(label="1", features=np.zeros((2, 13))), Item(label="2", features=np.ones((3, 13)))
    >>> string = strings([one, two], n=1, low=4, high=4, rng=np.random.default_rng(0))[0]
    >>> string.text, string.boundaries, string.features.shape
    ('2221', array([ 0,  3,  6,  9, 11]), (11, 13))
    """
    made = []
    for length in rng.integers(low, high + 1, size=n):
        drawn = [items[i] for i in rng.integers(len(items), size=length)]
        frames, labels = zip(*drawn, strict=True)
        boundaries = np.cumsum([0] + [len(x) for x in frames])
        made.append(DigitString(np.concatenate(frames), "".join(labels), boundaries))
    return made
