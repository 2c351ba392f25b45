"""Dynamic time warping: the cheapest way to lay one sequence along another, and words recognised by it. Chapter 06.

Sequences are (frames, features): time first. librosa.sequence.dtw wants features first, and gives its path backwards.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from . import arguments
from .arguments import ArgumentError

METRICS = ("euclidean", "sqeuclidean", "cityblock", "cosine")
_metric = partial(arguments.choice, options=METRICS)


@arguments.checks(distance=partial(arguments.frames, strength=True))
def accumulate(distance, *, band=None):
    """The cost of the cheapest path from the first cell to each cell.

    Parameters
    ----------
    distance : array_like, (n, m)
        Between frame i of one sequence and frame j of the other, 0 or more.
    band : int or None
        Cells farther from the diagonal than this are closed, as `in_band`; None: none are.

    Returns
    -------
    ndarray, (n, m)
        D[i, j] = distance[i, j] + min(D[i-1, j-1], D[i, j-1], D[i-1, j]); inf in closed cells.

    References
    ----------
    Vintsyuk, "Speech discrimination by dynamic programming", 1968; Sakoe and Chiba, "Dynamic programming algorithm
    optimization for spoken word recognition", 1978. Chapter 06, equation 1.

    Examples
    --------
    >>> accumulate([[1.0, 2.0, 1.0], [3.0, 1.0, 1.0]])
    array([[1., 3., 4.],
           [4., 2., 3.]])
    """
    n, m = distance.shape
    is_open = in_band(n, m, band).tolist()  # lists: a cell at a time is faster than in an array
    d = distance.tolist()
    D = [[np.inf] * (m + 1) for _ in range(n + 1)]  # one row and one column around: no way in
    D[0][0] = 0.0
    for i in range(n):
        for j in range(m):
            if is_open[i][j]:
                D[i + 1][j + 1] = d[i][j] + min(D[i][j], D[i + 1][j], D[i][j + 1])
    return np.array(D)[1:, 1:]


@arguments.checks(band=arguments.optional(arguments.integer, low=0))
def in_band(n, m, band):
    """Which cells of an n by m grid lie in the band around the diagonals that start in its two corners.

    Parameters
    ----------
    n, m : int
    band : int or None
        How many frames farther than the corners' own diagonals a path may stray, 0 or more; None: as far as it likes.

    Returns
    -------
    ndarray of bool, (n, m)
        The corners are always in it, and a path between them. As librosa.sequence.dtw(global_constraints=True,
        band_rad=(band + 1) / min(n, m)).

    References
    ----------
    Sakoe and Chiba, 1978, equation 8. Chapter 06.

    Examples
    --------
    >>> in_band(3, 4, 0).astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """
    if band is None:
        return np.ones((n, m), dtype=bool)
    ahead = np.arange(m) - np.arange(n)[:, None]  # row i, column j: j - i
    return (ahead <= band + max(m - n, 0)) & (ahead >= -band - max(n - m, 0))


@arguments.checks(D=arguments.array)
def trace_back(D):
    """The cheapest path, from the accumulated cost.

    Parameters
    ----------
    D : array_like, (n, m)
        As `accumulate` returns it.

    Returns
    -------
    ndarray of int, (k, 2)
        Rows (i, j) from (0, 0) to (n - 1, m - 1). Of equal ways the diagonal one, then the one along j: as librosa.

    References
    ----------
    Chapter 06.

    Examples
    --------
    >>> trace_back([[1.0, 3.0, 4.0], [4.0, 2.0, 3.0]]).tolist()
    [[0, 0], [1, 1], [1, 2]]
    """
    i, j = D.shape[0] - 1, D.shape[1] - 1
    path = [(i, j)]
    while i > 0 or j > 0:
        before = [(i - 1, j - 1), (i, j - 1), (i - 1, j)]
        i, j = min((cell for cell in before if min(cell) >= 0), key=lambda cell: D[cell])
        path.append((i, j))
    return np.array(path[::-1])


def _of_one_width(x, y):
    x, y = arguments.sequences([x, y], name="x and y")
    return {"x": x, "y": y}


@arguments.checks(_of_one_width)
def dtw(x, y, *, metric="euclidean", band=None):
    """Warp one sequence onto another: which frame goes with which, and what that costs.

    Parameters
    ----------
    x : array_like, (n, n_features)
    y : array_like, (m, n_features)
    metric : str
        Between two frames: "euclidean", "sqeuclidean", "cityblock" or "cosine", as SciPy's cdist.
    band : int or None
        As `in_band`.

    Returns
    -------
    cost : ndarray, (n, m)
        Accumulated; the last one, cost[-1, -1], is the distance between x and y. As librosa.sequence.dtw(x.T, y.T).
    path : ndarray of int, (k, 2)
        Rows (frame of x, frame of y) from the first to the last.

    Raises
    ------
    arguments.ArgumentError
        Empty, NaN, not two axes, or different widths (turned round?).

    References
    ----------
    Sakoe and Chiba, 1978; librosa's steps: all of weight 1. Chapter 06, equation 1.

    Examples
    --------
    >>> cost, path = dtw([[0.0], [1.0], [2.0]], [[0.0], [1.0], [1.0], [2.0]])
    >>> float(cost[-1, -1]), path.tolist()
    (0.0, [[0, 0], [1, 1], [1, 2], [2, 3]])
    """
    D = accumulate(frame_distances(x, y, metric=metric), band=band)
    return D, trace_back(D)


@arguments.checks(metric=_metric)
def frame_distances(x, y, *, metric="euclidean"):
    """The distance of each frame of x to each frame of y.

    Parameters
    ----------
    x : array_like, (n, n_features)
    y : array_like, (m, n_features)
    metric : str
        As `dtw`.

    Returns
    -------
    ndarray, (n, m)

    Raises
    ------
    arguments.ArgumentError
        Another metric; frames of zeros with "cosine", which have no direction.

    References
    ----------
    Chapter 06.

    Examples
    --------
    >>> frame_distances([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]])
    array([[5., 1.]])
    """
    distance = cdist(np.asarray(x, dtype=float), np.asarray(y, dtype=float), metric)
    if np.isnan(distance).any():
        raise ArgumentError(f"metric = {metric!r}, but a frame is all zeros: it has no direction")
    return np.maximum(distance, 0)  # cosine of a frame with itself: 0, less rounding


class Stack(NamedTuple):
    """Templates laid side by side, the longest first: see `stack`."""

    frames: np.ndarray  # (all frames, n_features): all first frames, all second frames, ...
    reach: list  # how many templates have a frame j
    order: np.ndarray  # the templates' numbers, longest first


def _templates(templates, name):
    return arguments.sequences(templates, name=name)


@arguments.checks(templates=_templates)
def stack(templates):
    """Lay templates side by side, so that `distances` can go through all of them at once.

    Parameters
    ----------
    templates : list of array_like, (m_k, n_features)

    Returns
    -------
    Stack
        The first frames of all templates, then the second frames of those that have one, and so on. As the longest
        template stands first, those that have a frame j are always the first few.

    References
    ----------
    Chapter 06.

    Examples
    --------
    >>> side_by_side = stack([[[1.0]], [[2.0], [3.0]]])
    >>> side_by_side.frames.ravel(), side_by_side.reach, side_by_side.order
    (array([2., 1., 3.]), [2, 1], array([1, 0]))
    """
    lengths = np.array([len(y) for y in templates])
    order = np.argsort(-lengths, kind="stable")
    reach = [int((lengths > j).sum()) for j in range(lengths.max())]
    frames = np.array([templates[k][j] for j, r in enumerate(reach) for k in order[:r]])
    return Stack(frames, reach, order)


def _stacked(x, templates):
    if not isinstance(templates, Stack):
        templates = stack(templates)
    return {
        "x": arguments.sequence(x, n_features=templates.frames.shape[1]),
        "templates": templates,
    }


@arguments.checks(_stacked)
def distances(x, templates, *, metric="euclidean"):
    """The distance of one sequence to many, all at once: cost[-1, -1] of `dtw` for each.

    Parameters
    ----------
    x : array_like, (n, n_features)
    templates : Stack, or list of array_like, (m_k, n_features)
    metric : str
        As `dtw`.

    Returns
    -------
    ndarray, (n_templates,)

    References
    ----------
    The same recursion as `accumulate`, cell by cell, but a cell holds a number for each template that reaches so far.
    Chapter 06.

    Examples
    --------
    >>> distances([[0.0], [1.0]], [[[0.0], [1.0], [1.0]], [[3.0]]])
    array([0., 5.])
    """
    frames, reach, order = templates
    d = frame_distances(x, frames, metric=metric)
    start, total = 0, np.empty(len(order))
    before = np.full((len(x) + 1, len(order)), np.inf)  # the last column of D, a row for each i
    before[0] = 0.0
    for r in reach:
        column = np.full((len(x) + 1, r), np.inf)
        for i in range(len(x)):
            way = np.minimum(np.minimum(before[i, :r], before[i + 1, :r]), column[i])
            column[i + 1] = d[i, start : start + r] + way
        before, start = column, start + r
        total[order[:r]] = column[-1]  # a template's last frame has the last word
    return total


def _labelled(sequences, labels):
    return {"sequences": arguments.sequences(sequences, labels), "labels": np.asarray(labels)}


@arguments.checks(k=arguments.integer, metric=_metric)
class TemplateRecognizer:
    """Which word was said: that of the closest recorded examples.

    Parameters
    ----------
    k : int
        How many of the closest vote; of equal votes, the word that is closest of all.
    metric : str
        As `dtw`.

    Attributes
    ----------
    labels : ndarray, (n_templates,)

    References
    ----------
    Sakoe and Chiba, 1978. Distances are divided by n + m, or long templates would never be closest.
    Chapter 06, equation 2.

    Examples
    --------
    >>> up, down = np.linspace([0.0], [9.0], 10), np.linspace([9.0], [0.0], 10)
    >>> recognizer = TemplateRecognizer().fit([up, down], ["up", "down"])
    >>> recognizer.predict([up[::2], down + 0.5]), recognizer.score([up], ["down"])
    (array(['up', 'down'], dtype='<U4'), 0.0)
    """

    def __init__(self, *, k=1, metric="euclidean"):
        self.k, self.metric = k, metric
        self.templates, self.labels = None, None

    @arguments.checks(_labelled)
    def fit(self, sequences, labels):
        """Keep the sequences, (n_frames, n_features) each; returns self. Nothing is learned, not even a scale."""
        self.labels, self.templates = labels, stack(sequences)
        self.lengths = np.array([len(x) for x in sequences])
        return self

    def predict(self, sequences):
        """The word of the k closest templates, for each sequence."""
        if self.templates is None:
            raise ArgumentError("no templates yet: call fit(sequences, labels) first")
        words = []
        for x in arguments.sequences(sequences, n_features=self.templates.frames.shape[1]):
            far = distances(x, self.templates, metric=self.metric) / (len(x) + self.lengths)
            closest = self.labels[np.argsort(far, kind="stable")[: self.k]].tolist()
            words.append(max(closest, key=closest.count))  # of equal votes max keeps the first
        return np.array(words, dtype=self.labels.dtype)

    @arguments.checks(_labelled)
    def score(self, sequences, labels):
        """Share of sequences recognised right."""
        found = self.predict(sequences)
        return float(np.mean(found == arguments.labels_like(labels, self.labels)))
