"""dtw against librosa, SciPy and all paths of small grids; the wrong variants it must not be mistaken for.

1e-10, relative to the largest cost, is what the library promises: a thousand times what rounding leaves.
"""

import itertools

import librosa
import numpy as np
import pytest
import scipy.spatial.distance
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import dtw
from coursekit.arguments import ArgumentError

property_test = settings(deadline=None, derandomize=True, max_examples=60)
TOLERANCE = 1e-10
sizes = st.integers(1, 25)


def pair(seed, n, m, n_features=3):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, n_features)), rng.standard_normal((m, n_features))


@given(n=sizes, m=sizes, metric=st.sampled_from(dtw.METRICS), seed=st.integers(0, 999))
@property_test
def test_cost_and_path_equal_librosa(n, m, metric, seed):
    x, y = pair(seed, n, m)
    reference, backwards = librosa.sequence.dtw(x.T, y.T, metric=metric)
    cost, path = dtw.dtw(x, y, metric=metric)
    np.testing.assert_allclose(cost, reference, atol=TOLERANCE * reference.max(), rtol=0)
    assert path.tolist() == backwards[::-1].tolist()


@given(n=sizes, m=sizes, seed=st.integers(0, 999))
@property_test
def test_equal_costs_are_decided_as_librosa_does(n, m, seed):
    rng = np.random.default_rng(seed)
    distance = rng.integers(0, 2, (n, m)).astype(float)  # zeros and ones: full of ties
    reference, backwards = librosa.sequence.dtw(C=distance)
    cost = dtw.accumulate(distance)
    assert np.array_equal(cost, reference)  # whole numbers: exact
    path = dtw.trace_back(cost)
    assert distance[tuple(path.T)].sum() == cost[-1, -1] == distance[tuple(backwards.T)].sum()
    assert path.tolist() == backwards[::-1].tolist()


@given(n=st.integers(2, 25), m=st.integers(2, 25), band=st.integers(0, 6), seed=st.integers(0, 999))
@property_test
def test_the_band_is_librosas(n, m, band, seed):
    x, y = pair(seed, n, m)
    band = min(band, min(n, m) - 1)  # librosa's radius is a share of the shorter side, 1 at most
    reference, backwards = librosa.sequence.dtw(
        x.T, y.T, global_constraints=True, band_rad=(band + 1) / min(n, m)
    )
    cost, path = dtw.dtw(x, y, band=band)
    assert np.array_equal(np.isinf(cost), np.isinf(reference))
    finite = np.isfinite(cost)
    np.testing.assert_allclose(
        cost[finite], reference[finite], atol=TOLERANCE * reference[finite].max(), rtol=0
    )
    assert path.tolist() == backwards[::-1].tolist()
    assert cost[-1, -1] >= dtw.dtw(x, y)[0][-1, -1] - 1e-12  # fewer ways: never cheaper


def all_paths(n, m):
    """Every row of cells from corner to corner, by recursion from the end."""
    if n == 1 and m == 1:
        return [[(0, 0)]]
    before = [(n - 1, m - 1)] * (n > 1 and m > 1) + [(n, m - 1)] * (m > 1) + [(n - 1, m)] * (n > 1)
    return [path + [(n - 1, m - 1)] for size in before for path in all_paths(*size)]


@pytest.mark.parametrize("n, m", list(itertools.product(range(1, 6), repeat=2)))
def test_the_cheapest_of_all_paths(n, m):
    distance = np.random.default_rng(n * 10 + m).random((n, m))
    best = min(all_paths(n, m), key=lambda path: sum(distance[cell] for cell in path))
    cost = dtw.accumulate(distance)
    assert cost[-1, -1] == pytest.approx(sum(distance[cell] for cell in best), rel=1e-12)
    assert dtw.trace_back(cost).tolist() == [list(cell) for cell in best]


@given(n=sizes, m=sizes, band=st.one_of(st.none(), st.integers(0, 5)), seed=st.integers(0, 999))
@property_test
def test_a_path_goes_from_corner_to_corner_and_adds_up(n, m, band, seed):
    x, y = pair(seed, n, m)
    cost, path = dtw.dtw(x, y, band=band)
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [n - 1, m - 1]
    assert {tuple(step) for step in np.diff(path, axis=0)} <= {(1, 1), (0, 1), (1, 0)}
    assert dtw.frame_distances(x, y)[tuple(path.T)].sum() == pytest.approx(cost[-1, -1], rel=1e-12)
    assert dtw.in_band(n, m, band)[tuple(path.T)].all()


@given(n=sizes, m=sizes, seed=st.integers(0, 999))
@property_test
def test_what_must_hold(n, m, seed):
    x, y = pair(seed, n, m)
    cost = dtw.dtw(x, y)[0]
    np.testing.assert_allclose(dtw.dtw(y, x)[0], cost.T, rtol=1e-12)  # it has no direction
    own, path = dtw.dtw(x, x)
    assert own[-1, -1] == 0 and path.tolist() == [[i, i] for i in range(n)]
    slow = np.repeat(x, 3, axis=0)
    assert dtw.dtw(x, slow)[0][-1, -1] == 0  # each frame three times: nothing but warping
    if n == m:
        assert (
            cost[-1, -1] <= np.linalg.norm(x - y, axis=1).sum() + 1e-12
        )  # frame by frame is one of the paths


@given(
    n=sizes,
    lengths=st.lists(sizes, min_size=1, max_size=12),
    metric=st.sampled_from(dtw.METRICS),
    seed=st.integers(0, 999),
)
@property_test
def test_all_at_once_equals_one_at_a_time(n, lengths, metric, seed):
    rng = np.random.default_rng(seed)
    x, templates = rng.standard_normal((n, 2)), [rng.standard_normal((m, 2)) for m in lengths]
    each = np.array([dtw.dtw(x, y, metric=metric)[0][-1, -1] for y in templates])
    np.testing.assert_allclose(dtw.distances(x, templates, metric=metric), each, rtol=1e-12)
    assert np.array_equal(
        dtw.distances(x, dtw.stack(templates), metric=metric),
        dtw.distances(x, templates, metric=metric),
    )


def by_steps(distance, steps):
    D = np.full(distance.shape, np.inf)
    for i, j in np.ndindex(*distance.shape):
        ways = [D[i - a, j - b] for a, b in steps if i >= a and j >= b]
        D[i, j] = distance[i, j] + (min(ways, default=np.inf) if i or j else 0)
    return D


def greedy(distance):
    (n, m), i, j, total = distance.shape, 0, 0, distance[0, 0]
    while (i, j) != (n - 1, m - 1):
        ways = [(a, b) for a, b in ((i + 1, j + 1), (i, j + 1), (i + 1, j)) if a < n and b < m]
        i, j = min(ways, key=lambda cell: distance[cell])
        total += distance[i, j]
    return np.array([[total]])


def start_left_out(distance):
    return by_steps(
        np.where(np.indices(distance.shape).sum(axis=0) == 0, 0, distance), [(1, 1), (0, 1), (1, 0)]
    )


def features_and_frames_turned_round(x, y):
    return by_steps(scipy.spatial.distance.cdist(x.T, y.T), [(1, 1), (0, 1), (1, 0)])


WRONG = {
    "no step along both": lambda d: by_steps(d, [(0, 1), (1, 0)]),
    "no step along one": lambda d: by_steps(d, [(1, 1), (0, 1)]),
    "the next best cell, never back": greedy,
    "first cell not counted": start_left_out,
    "diagonal counted twice": lambda d: by_steps(d, [(1, 1), (0, 1), (1, 0)]) + d[-1, -1],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_named_wrong_variants_cost_something_else(wrong):
    different = 0
    for seed in range(40):
        x, y = pair(seed, 12, 12)
        distance = scipy.spatial.distance.cdist(x, y)
        reference = librosa.sequence.dtw(C=distance)[0][-1, -1]
        assert dtw.accumulate(distance)[-1, -1] == pytest.approx(reference, rel=TOLERANCE)
        different += abs(WRONG[wrong](distance)[-1, -1] / reference - 1) > 1e6 * TOLERANCE
    assert different > 30


def test_frames_and_features_turned_round_is_another_answer_or_an_error():
    x, y = pair(0, 6, 6, n_features=6)
    turned = features_and_frames_turned_round(x, y)[-1, -1]
    assert abs(turned / dtw.dtw(x, y)[0][-1, -1] - 1) > 1e-3
    with pytest.raises(ArgumentError, match="All have 4 rows: turned round"):
        dtw.dtw(np.ones((4, 10)), np.ones((4, 12)))


# --- words ---------------------------------------------------------------------------------------------------


def spoken(rng, n_words=3, n_each=6):
    sequences, labels = [], []
    places = 2 * rng.standard_normal((n_words, 3, 4))
    for word, _ in itertools.product(range(n_words), range(n_each)):
        row = np.repeat(places[word], rng.integers(2, 8, 3), axis=0)
        sequences.append(row + 0.5 * rng.standard_normal(row.shape))
        labels.append(f"word {word}")
    return sequences, labels


@pytest.mark.parametrize("k", [1, 3])
def test_words_are_recognised(k):
    sequences, labels = spoken(np.random.default_rng(0))
    recognizer = dtw.TemplateRecognizer(k=k).fit(sequences[::2], labels[::2])
    assert recognizer.score(sequences[1::2], labels[1::2]) == 1.0  # places 4 apart, noise of 0.5
    assert recognizer.predict(sequences[::2]).tolist() == labels[::2]


def test_the_vote_by_hand():
    """Constant sequences: each frame is as far as the numbers are."""
    flat = [np.full((5, 1), value) for value in (0.0, 1.0, 1.2, 9.0)]
    for k, wanted in (
        (1, "a"),
        (2, "a"),
        (3, "b"),
        (4, "b"),
    ):  # 2: a tie, and a is closest; 3: b has two votes
        assert dtw.TemplateRecognizer(k=k).fit(flat, ["a", "b", "b", "c"]).predict(
            [np.full((5, 1), 0.3)]
        ) == [wanted]


def test_the_length_of_a_template_is_no_handicap():
    """A long template costs more in sum, though each of its frames is closer."""
    short, long = np.full((3, 1), 0.5), np.full((12, 1), 0.2)
    x = np.zeros((3, 1))
    assert dtw.distances(x, [short, long]).argmin() == 0  # 1.5 against 2.4
    assert dtw.TemplateRecognizer().fit([short, long], ["short", "long"]).predict([x]) == [
        "long"
    ]  # 0.25, 0.16


X = [np.arange(12.0).reshape(6, 2), np.ones((7, 2))]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: dtw.dtw(np.ones((5, 2)), np.ones((5, 3))), "x and y have 2 to 3 features"),
        (
            lambda: dtw.dtw(np.ones((4, 10)), np.ones((4, 12))),
            r"\(frames, features\) is the order: pass x.T",
        ),
        (lambda: dtw.dtw(np.ones(5), np.ones(5)), "wanted real numbers, .frames, features."),
        (
            lambda: dtw.dtw(np.ones((0, 2)), np.ones((5, 2))),
            "it is empty; wanted at least one frame",
        ),
        (
            lambda: dtw.dtw(np.ones((3, 2)), np.full((5, 2), np.nan)),
            "NaN or infinite values, the first at",
        ),
        (
            lambda: dtw.dtw(*X, metric="minkowski"),
            "metric = 'minkowski'; wanted one of 'euclidean'",
        ),
        (
            lambda: dtw.dtw(X[0], np.zeros((3, 2)), metric="cosine"),
            "a frame is all zeros: it has no direction",
        ),
        (lambda: dtw.dtw(*X, band=-1), "band = -1; wanted at least 0"),
        (lambda: dtw.dtw(*X, band=0.1), "band = 0.1 .float.; wanted a whole number"),
        (lambda: dtw.accumulate([[1.0, -1.0]]), "distance has negative values"),
        (lambda: dtw.stack([]), "templates is empty"),
        (lambda: dtw.distances(np.ones((3, 3)), X), "3 features, wanted 2"),
        (lambda: dtw.TemplateRecognizer(k=0), "k = 0; wanted at least 1"),
        (lambda: dtw.TemplateRecognizer().fit(X, ["a"]), "2 sequences and 1 labels"),
        (
            lambda: dtw.TemplateRecognizer().fit(X, [1, 2]).score(X, ["1", "2"]),
            "labels such as '1' came",
        ),
        (lambda: dtw.TemplateRecognizer().predict(X), "no templates yet"),
        (
            lambda: dtw.TemplateRecognizer().fit(X, ["a", "b"]).predict([np.ones((2, 9))]),
            "Turned round",
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()


def test_nothing_is_changed_in_place():
    kept = [x.copy() for x in X]
    dtw.dtw(*X)
    dtw.TemplateRecognizer().fit(X, ["a", "b"]).predict(X)
    assert all(np.array_equal(a, b) for a, b in zip(X, kept, strict=True))
