"""What the states of a hidden Markov model send out: symbols, or vectors from Gaussians or mixtures. Chapter 06.

Each kind knows two things. `log_likelihood(x)` says how likely each state makes each frame: all that the forward,
backward and Viterbi algorithms ask. `reestimate(x, gamma)` gives the parameters that fit the frames best, once gamma
says which state each frame belongs to: the M step. Neither asks in what order the frames came; the order is the chain's
affair. So the frames of many sequences may stand one after the other here, and only here.

Training never ends in NaN, for three reasons. A variance has a floor: without one, a Gaussian that is left with a
single frame takes variance 0 and density infinity, and then posteriors are infinity / infinity. A state or a component
that owns no frames keeps the parameters it had: 0 / 0 is never formed. And densities stay logarithms: in 39 dimensions
they lie beyond both ends of float64 before long.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from . import arguments
from .arguments import ArgumentError

FEWEST = 1e-8  # frames: what owns less than this of all frames owns none

# --- Gaussians, without any states ------------------------------------------------------------------------


@arguments.checks(x=arguments.array, means=arguments.array, variances=arguments.array)
def log_density(x, means, variances):
    """Log density of each frame under each of K Gaussians without covariances.

    Parameters
    ----------
    x : array_like, (n_frames, n_features)
    means, variances : array_like, (K, n_features)
        Variances in the features' units squared, more than 0.

    Returns
    -------
    ndarray, (n_frames, K)
        -(D log 2 pi + sum log variance + sum (x - mean)^2 / variance) / 2, with the square multiplied out: two matrix
        products in place of an array (n_frames, K, n_features).

    References
    ----------
    Rabiner, "A tutorial on hidden Markov models", 1989, equation 49. Chapter 06, equation 15.

    Examples
    --------
    >>> log_density([[0.0], [2.0]], [[0.0]], [[1.0]]).round(4)
    array([[-0.9189],
           [-2.9189]])
    """
    centre = means.mean(axis=0)  # far from 0 the squares would cancel: bring all close to it
    x, means = x - centre, means - centre
    weight = 1 / variances
    squares = x**2 @ weight.T - 2 * x @ (weight * means).T + (weight * means**2).sum(axis=1)
    return -0.5 * (np.log(2 * np.pi * variances).sum(axis=1) + squares)


@arguments.checks(x=arguments.array, gamma=arguments.array)
def moments(x, gamma):
    """Frames, mean and variance of each class; a frame counts by how much it belongs to it.

    Parameters
    ----------
    x : array_like, (n_frames, n_features)
    gamma : array_like, (n_frames, K)
        0 to 1.

    Returns
    -------
    n : ndarray, (K,)
        Sum of the weights.
    means, variances : ndarray, (K, n_features)
        Zeros where n is 0; variance is sum gamma (x - mean)^2 / n, never below 0.

    References
    ----------
    Rabiner, 1989, equations 53 and 54. Chapter 06, equation 14.

    Examples
    --------
    >>> n, means, variances = moments([[1.0], [3.0], [7.0]], [[1, 0], [1, 0], [0, 1]])
    >>> n, means.ravel(), variances.ravel()
    (array([2, 1]), array([2., 7.]), array([1., 0.]))
    """
    centre = x.mean(axis=0)
    x = x - centre
    n = gamma.sum(axis=0)
    share = gamma.T / np.maximum(n, FEWEST)[:, None]
    means = share @ x
    variances = np.maximum(share @ x**2 - means**2, 0)
    return n, np.where(n[:, None] > 0, means + centre, 0), variances


def k_means(x, k, *, rng, n_iter=10):
    """k centres, each the mean of the frames that are closest to it.

    Parameters
    ----------
    x : array_like, (n_frames, n_features)
        Distances are taken in units of each feature's standard deviation.
    k : int
        How many; more than there are frames makes some centres equal.
    rng : numpy.random.Generator
        Draws the frames that the centres start from.
    n_iter : int
        Turns: find the closest centre of each frame, then move each centre to the mean of its frames.

    Returns
    -------
    ndarray, (k, n_features)

    References
    ----------
    Lloyd, "Least squares quantization in PCM", 1957 (printed 1982). Chapter 06.

    Examples
    --------
    >>> np.sort(k_means([[0.0], [1.0], [10.0], [11.0]], 2, rng=np.random.default_rng(0)), axis=0)
    array([[ 0.5],
           [10.5]])
    """
    x = np.asarray(x, dtype=float)
    scale = np.maximum(x.std(axis=0), np.finfo(float).tiny)
    centres = x[rng.choice(len(x), k, replace=len(x) < k)]
    for _ in range(n_iter):
        far = (((x[:, None] - centres) / scale) ** 2).sum(axis=-1)  # (frames, centres)
        n, means, _ = moments(x, np.eye(k)[far.argmin(axis=1)])
        centres = np.where(n[:, None] > 0, means, centres)  # no frame is closest: stay
    return centres


# --- what states send out ---------------------------------------------------------------------------------


def _shares(probs, name, *, ndim):
    probs = np.asarray(probs, dtype=float)
    if probs.ndim != ndim or probs.size == 0 or not (probs >= 0).all():
        hint = (
            " Are these logarithms? Take np.exp of them"
            if probs.size and (probs <= 0).all()
            else ""
        )
        raise ArgumentError(
            f"{name} has shape {probs.shape} and reaches down to {probs.min(initial=0):g}; "
            f"wanted {ndim} axes, 0 or more everywhere.{hint}"
        )
    sums = probs.sum(axis=-1)
    if np.abs(sums - 1).max() > 1e-6:  # what rounding in float32 leaves
        raise ArgumentError(
            f"{name} has rows that sum to {sums.min():g} to {sums.max():g}; wanted 1: "
            "row j holds the shares of state j. Turned round?"
        )
    return probs


def _observed(self, x):
    return {"x": self.observed(x)}


@arguments.checks(probs=partial(_shares, ndim=2))
@dataclass(frozen=True, eq=False)
class Categorical:
    """Each state draws one of M symbols: b[j, m] is the probability of symbol m in state j.

    Parameters
    ----------
    probs : array_like, (n_states, n_symbols)
        Rows sum to 1.

    References
    ----------
    Rabiner, 1989, equations 8 and 40c. Chapter 06. As hmmlearn.hmm.CategoricalHMM.

    Examples
    --------
    >>> symbols = Categorical([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]])
    >>> np.exp(symbols.log_likelihood([0, 1])).round(3)
    array([[0.5 , 0.  ],
           [0.5 , 0.25]])
    """

    probs: np.ndarray

    def observed(self, x, name="x"):
        """x as whole numbers, (n_frames,), each a symbol; or an error."""
        x, n_symbols = np.asarray(x), self.probs.shape[1]
        if x.ndim != 1 or x.size == 0 or x.dtype.kind not in "iu":
            raise ArgumentError(
                f"{name} holds {x.dtype} values of shape {x.shape}; "
                "wanted whole numbers, one symbol a frame"
            )
        if x.min() < 0 or x.max() >= n_symbols:
            raise ArgumentError(
                f"{name} reaches from {x.min()} to {x.max()}; wanted "
                f"symbols from 0 to {n_symbols - 1}"
            )
        return x

    @arguments.checks(_observed)
    def log_likelihood(self, x):
        """Log probability of what was seen in each frame, (n_frames, n_states); -inf where it cannot be."""
        with np.errstate(divide="ignore"):
            return np.log(self.probs[:, x].T)

    @arguments.checks(_observed)
    def reestimate(self, x, gamma):
        """The M step: how often each state made each symbol, of all frames it owned."""
        counts = gamma.T @ np.eye(self.probs.shape[1])[x]
        n = counts.sum(axis=1, keepdims=True)
        return Categorical(np.where(n > FEWEST, counts / np.maximum(n, FEWEST), self.probs))


class Vectors:
    """What the states of a class send out when it is vectors, as wide as its `means`."""

    def observed(self, x, name="x"):
        """x in float64, (n_frames, n_features) of the right width; or an error."""
        return arguments.sequence(x, name, n_features=self.means.shape[-1])


def _fit_together(means, variances, floor, *, weights=None):
    """Means, variances and floor in float64 and of fitting shapes, or an error."""
    ndim = 2 if weights is None else 3
    means, variances = (np.asarray(values, dtype=float) for values in (means, variances))
    if (
        means.ndim != ndim
        or means.shape != variances.shape
        or means.size == 0
        or (weights is not None and weights.shape != means.shape[:2])
    ):
        wanted = (
            "(n_states, n_features)"
            if weights is None
            else "(n_states, n_mix, n_features), weights (n_states, n_mix)"
        )
        raise ArgumentError(
            f"means have shape {means.shape}, variances {variances.shape}"
            + (f", weights {weights.shape}" if weights is not None else "")
            + f"; wanted both {wanted}"
        )
    floor = np.asarray(floor, dtype=float)
    if floor.shape not in ((), means.shape[-1:]):
        raise ArgumentError(
            f"floor has shape {floor.shape}; wanted one number, or {means.shape[-1:]}"
        )
    for values, name in ((variances, "variances"), (floor, "floor")):
        if not (np.isfinite(values).all() and values.min() > 0):
            raise ArgumentError(
                f"{name} reach from {values.min():g} to {values.max():g}; wanted finite "
                "numbers above 0: a Gaussian without width has no density"
            )
    if not np.isfinite(means).all():
        raise ArgumentError("means hold NaN or infinite values")
    return {"means": means, "variances": variances, "floor": floor}


def _gaussians(means, variances, floor):
    return _fit_together(means, variances, floor)


def _mixtures(weights, means, variances, floor):
    return _fit_together(means, variances, floor, weights=weights)


@arguments.checks(_gaussians)
@dataclass(frozen=True, eq=False)
class Gaussian(Vectors):
    """Each state draws vectors from one Gaussian without covariances.

    Parameters
    ----------
    means, variances : array_like, (n_states, n_features)
    floor : float or array_like, (n_features,)
        No re-estimated variance falls below this, in the features' units squared; more than 0.

    References
    ----------
    Rabiner, 1989, equations 49, 53 and 54 with one component. Chapter 06, equations 14 and 15. As
    hmmlearn.hmm.GaussianHMM(covariance_type="diag", covars_prior=0, covars_weight=1).

    Examples
    --------
    >>> states = Gaussian([[0.0], [5.0]], [[1.0], [1.0]])
    >>> states.log_likelihood([[0.0], [5.0]]).argmax(axis=1)
    array([0, 1])
    """

    means: np.ndarray
    variances: np.ndarray
    floor: float | np.ndarray = 1e-6

    @arguments.checks(_observed)
    def log_likelihood(self, x):
        """Log density of each frame in each state, (n_frames, n_states)."""
        return log_density(x, self.means, self.variances)

    @arguments.checks(_observed)
    def reestimate(self, x, gamma):
        """The M step: mean and variance of the frames, weighted by gamma (n_frames, n_states)."""
        n, means, variances = moments(x, gamma)
        owns = n[:, None] > FEWEST
        return replace(
            self,
            means=np.where(owns, means, self.means),
            variances=np.where(owns, np.maximum(variances, self.floor), self.variances),
        )


@arguments.checks(_mixtures, weights=partial(_shares, ndim=2))
@dataclass(frozen=True, eq=False)
class GaussianMixture(Vectors):
    """Each state draws one of K Gaussians by its weights c[j, k], then a vector from that one.

    Parameters
    ----------
    weights : array_like, (n_states, n_mix)
        Rows sum to 1.
    means, variances : array_like, (n_states, n_mix, n_features)
    floor : float or array_like, (n_features,)
        No re-estimated variance falls below this, in the features' units squared; more than 0.

    References
    ----------
    Rabiner, 1989, equations 50 to 54. Chapter 06, equation 16. hmmlearn 0.3.3's GMMHMM is the same but for its
    variances: it takes the deviations from the means before the step; equation 54 takes them from the new ones. Both
    stop at one place.

    Examples
    --------
    >>> two_humps = GaussianMixture([[0.5, 0.5]], [[[-1.0], [1.0]]], [[[0.1], [0.1]]])
    >>> two_humps.log_likelihood([[-1.0], [0.0], [1.0]]).round(2)
    array([[-0.46],
           [-4.77],
           [-0.46]])
    """

    weights: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    floor: float | np.ndarray = 1e-6

    @arguments.checks(_observed)
    def components(self, x):
        """Log of weight times density, (n_frames, n_states, n_mix); a weight of 0 gives -inf."""
        n_states, n_mix, n_features = self.means.shape
        log_b = log_density(
            x, self.means.reshape(-1, n_features), self.variances.reshape(-1, n_features)
        )
        with np.errstate(divide="ignore"):
            return np.log(self.weights) + log_b.reshape(-1, n_states, n_mix)

    def log_likelihood(self, x):
        """Log density of each frame in each state, (n_frames, n_states)."""
        return np.logaddexp.reduce(self.components(x), axis=-1)

    def reestimate(self, x, gamma):
        """The M step: each state's frames (gamma) are shared out among its components, then counted."""
        log_c = self.components(x)
        share = np.exp(log_c - np.logaddexp.reduce(log_c, axis=-1, keepdims=True))
        gamma = (gamma[:, :, None] * share).reshape(len(x), -1)  # (frames, states * components)
        n, means, variances = moments(x, gamma)
        n, means = n.reshape(self.weights.shape), means.reshape(self.means.shape)
        variances = np.maximum(variances.reshape(self.means.shape), self.floor)
        owns, total = n[..., None] > FEWEST, n.sum(axis=1, keepdims=True)
        weights = n / np.maximum(total, FEWEST)
        return replace(
            self,
            weights=np.where(total > FEWEST, weights, self.weights),
            means=np.where(owns, means, self.means),
            variances=np.where(owns, variances, self.variances),
        )
