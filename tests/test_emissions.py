"""emissions against SciPy's densities and scikit-learn's mixtures; its errors. Training with them: test_hmm.py.

1e-10, relative, is what the library promises of a density; 1e-8 of a step of training.
"""

import warnings

import numpy as np
import pytest
import scipy.special
import scipy.stats
import sklearn.cluster
import sklearn.mixture
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import emissions
from coursekit.arguments import ArgumentError

property_test = settings(deadline=None, derandomize=True, max_examples=50)


def density(x, means, variances):
    """Log densities by SciPy: (frames, ...) for means (..., n_features)."""
    x = x.reshape(len(x), *(1,) * (means.ndim - 1), -1)
    return scipy.stats.norm.logpdf(x, means, np.sqrt(variances)).sum(axis=-1)


@given(
    n_frames=st.integers(1, 20),
    k=st.integers(1, 6),
    n_features=st.integers(1, 39),
    far=st.sampled_from([0.0, -300.0, 1e5]),
    seed=st.integers(0, 999),
)
@property_test
def test_log_density_equals_scipy_also_far_from_zero(n_frames, k, n_features, far, seed):
    rng = np.random.default_rng(seed)
    means, variances = (
        far + rng.standard_normal((k, n_features)),
        rng.uniform(0.1, 3, (k, n_features)),
    )
    x = far + 3 * rng.standard_normal((n_frames, n_features))
    # at 1e5 the frames themselves keep 1e-11 of their distances to the means
    np.testing.assert_allclose(
        emissions.log_density(x, means, variances),
        density(x, means, variances),
        rtol=1e-9,
        atol=1e-9,
    )


def test_squares_multiplied_out_about_zero_would_not_do():
    """The named wrong variant: the same two matrix products without moving the frames close to the means first."""
    rng = np.random.default_rng(0)
    means, x = 1e5 + rng.standard_normal((3, 39)), 1e5 + rng.standard_normal((9, 39))
    squares = (x**2).sum(axis=1)[:, None] - 2 * x @ means.T + (means**2).sum(axis=1)
    wrong = -0.5 * (39 * np.log(2 * np.pi) + squares)
    reference = density(x, means, np.ones((3, 39)))
    assert np.abs(emissions.log_density(x, means, np.ones((3, 39))) / reference - 1).max() < 1e-9
    assert np.abs(wrong / reference - 1).max() > 1e-7


@given(
    n_frames=st.integers(2, 30),
    k=st.integers(1, 5),
    far=st.sampled_from([0.0, 1e4]),
    seed=st.integers(0, 999),
)
@property_test
def test_moments_equal_numpys_weighted_average(n_frames, k, far, seed):
    rng = np.random.default_rng(seed)
    x, gamma = far + rng.standard_normal((n_frames, 3)), rng.dirichlet(np.ones(k), size=n_frames)
    n, means, variances = emissions.moments(x, gamma)
    np.testing.assert_allclose(n, gamma.sum(axis=0))
    for j in range(k):
        mean = np.average(x, axis=0, weights=gamma[:, j])
        np.testing.assert_allclose(means[j], mean, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(
            variances[j], np.average((x - mean) ** 2, axis=0, weights=gamma[:, j]), atol=1e-8
        )
        cov = np.cov(x.T, aweights=gamma[:, j], ddof=0)
        np.testing.assert_allclose(variances[j], np.diag(cov), atol=1e-8)


def mixture(rng, n_states=2, n_mix=3, n_features=2, **how):
    return emissions.GaussianMixture(
        rng.dirichlet(np.ones(n_mix), size=n_states),
        2 * rng.standard_normal((n_states, n_mix, n_features)),
        rng.uniform(0.5, 2, (n_states, n_mix, n_features)),
        **how,
    )


@given(n_states=st.integers(1, 4), n_mix=st.integers(1, 4), seed=st.integers(0, 999))
@property_test
def test_mixture_density_equals_scipy(n_states, n_mix, seed):
    rng = np.random.default_rng(seed)
    ours, x = mixture(rng, n_states, n_mix), rng.standard_normal((9, 2))
    each = density(x, ours.means, ours.variances) + np.log(ours.weights)
    np.testing.assert_allclose(ours.components(x), each, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        ours.log_likelihood(x), scipy.special.logsumexp(each, axis=-1), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_step_of_training_equals_scikit_learns(seed):
    """One state: a mixture by itself. Its variances are about the new means, as in Rabiner's equation 54."""
    rng = np.random.default_rng(seed)
    ours, x = mixture(rng, n_states=1), 3 * rng.standard_normal((50, 2))
    theirs = sklearn.mixture.GaussianMixture(
        3,
        covariance_type="diag",
        max_iter=1,
        reg_covar=0,
        tol=0,
        weights_init=ours.weights[0],
        means_init=ours.means[0],
        precisions_init=1 / ours.variances[0],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not come to rest: one step was asked for
        theirs.fit(x)
    after = ours.reestimate(x, np.ones((50, 1)))
    np.testing.assert_allclose(after.weights[0], theirs.weights_, rtol=1e-8)
    np.testing.assert_allclose(after.means[0], theirs.means_, rtol=1e-8)
    np.testing.assert_allclose(after.variances[0], theirs.covariances_, rtol=1e-8)
    about_old = after.variances[0] + (after.means[0] - ours.means[0]) ** 2
    assert np.abs(about_old / theirs.covariances_ - 1).max() > 1e-3  # the named wrong variant


def test_a_mixture_of_one_is_a_gaussian():
    rng = np.random.default_rng(1)
    x, gamma = rng.standard_normal((30, 3)), rng.dirichlet(np.ones(2), size=30)
    means, variances = rng.standard_normal((2, 3)), rng.uniform(0.5, 2, (2, 3))
    one = emissions.Gaussian(means, variances)
    same = emissions.GaussianMixture(np.ones((2, 1)), means[:, None], variances[:, None])
    np.testing.assert_allclose(one.log_likelihood(x), same.log_likelihood(x), rtol=1e-12)
    a, b = one.reestimate(x, gamma), same.reestimate(x, gamma)
    np.testing.assert_allclose(a.means, b.means[:, 0], rtol=1e-12)
    np.testing.assert_allclose(a.variances, b.variances[:, 0], rtol=1e-12)


def test_symbols_are_counted():
    symbols = emissions.Categorical([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
    gamma = np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [1, 0, 0]])
    after = symbols.reestimate([0, 1, 2, 0], gamma)
    np.testing.assert_allclose(
        after.probs, [[0.8, 0.2, 0], [0, 1 / 3, 2 / 3], [1, 0, 0]]
    )  # the last: never visited
    assert symbols.log_likelihood([2])[0, 0] == -np.inf


def test_floors_hold_and_what_owns_no_frames_stays():
    x = np.repeat([[1.0, 5.0]], 10, axis=0)
    gamma = np.eye(2)[np.zeros(10, dtype=int)]
    before = emissions.Gaussian(np.zeros((2, 2)), np.ones((2, 2)), floor=[0.01, 0.2])
    after = before.reestimate(x, gamma)
    assert after.means.tolist() == [[1, 5], [0, 0]] and after.variances.tolist() == [
        [0.01, 0.2],
        [1, 1],
    ]
    far = emissions.GaussianMixture(
        [[0.5, 0.5]], [[[0.0, 0.0], [1e4, 1e4]]], np.ones((1, 2, 2)), floor=0.01
    )
    after = far.reestimate(x, np.ones((10, 1)))
    assert after.weights.tolist() == [[1, 0]] and after.means[0, 1].tolist() == [1e4, 1e4]
    assert np.isfinite(after.log_likelihood(x)).all()  # a weight of 0 is -inf among others
    again = after.reestimate(x, np.ones((10, 1)))
    assert np.array_equal(again.means, after.means) and again.weights.tolist() == [[1, 0]]


def test_k_means_ends_where_scikit_learns_does():
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.standard_normal((40, 2)) + place for place in ([0, 0], [9, 0], [0, 9])])
    x /= x.std(axis=0)  # our distances are in standard deviations: make them 1
    ours = emissions.k_means(x, 3, rng=np.random.default_rng(0), n_iter=50)
    theirs = sklearn.cluster.KMeans(3, init=ours, n_init=1).fit(x)
    np.testing.assert_allclose(
        ours, theirs.cluster_centers_, rtol=1e-10
    )  # it finds nothing to move
    scaled = emissions.k_means(x * [1, 1000], 3, rng=np.random.default_rng(0), n_iter=50)
    np.testing.assert_allclose(
        scaled, ours * [1, 1000], rtol=1e-8
    )  # no feature is louder than another


def test_k_means_of_few_or_equal_frames():
    few = emissions.k_means([[1.0, 2.0], [3.0, 2.0]], 5, rng=np.random.default_rng(0))
    assert few.shape == (5, 2) and np.isfinite(few).all()
    assert emissions.k_means(np.ones((4, 2)), 2, rng=np.random.default_rng(0)).tolist() == [
        [1, 1],
        [1, 1],
    ]


ONE = np.ones((2, 3))


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: emissions.Categorical([[0.5, 0.4]]), "rows that sum to 0.9 to 0.9; wanted 1"),
        (lambda: emissions.Categorical(np.log([[0.5, 0.5]])), "Are these logarithms"),
        (lambda: emissions.Categorical([0.5, 0.5]), "wanted 2 axes"),
        (
            lambda: emissions.Categorical([[0.5, 0.5]]).log_likelihood([0, 2]),
            "x reaches from 0 to 2; wanted symbols",
        ),
        (
            lambda: emissions.Categorical([[0.5, 0.5]]).log_likelihood([0.5]),
            "wanted whole numbers, one symbol a frame",
        ),
        (
            lambda: emissions.Categorical([[0.5, 0.5]]).log_likelihood([]),
            r"shape \(0,\); wanted whole",
        ),
        (
            lambda: emissions.Gaussian(ONE, ONE[:1]),
            r"means have shape \(2, 3\), variances \(1, 3\)",
        ),
        (lambda: emissions.Gaussian(ONE, 0 * ONE), "variances reach from 0 to 0; .* no density"),
        (lambda: emissions.Gaussian(ONE, ONE, floor=0), "floor reach from 0"),
        (
            lambda: emissions.Gaussian(ONE, ONE, floor=np.ones(2)),
            r"floor has shape \(2,\); wanted one number, or \(3,\)",
        ),
        (lambda: emissions.Gaussian(ONE * np.nan, ONE), "means hold NaN"),
        (lambda: emissions.Gaussian(ONE, ONE).log_likelihood(np.ones((3, 7))), "Turned round"),
        (
            lambda: emissions.GaussianMixture(np.full((2, 3), 1 / 3), ONE[None], ONE[None]),
            "weights .2, 3.",
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()
