"""hmm against librosa, hmmlearn and all paths of small models; the wrong variants it must not be mistaken for.

1e-8 is what the library promises against hmmlearn: ten thousand times what rounding leaves, and ten thousand times less
than the mildest named fault (a test shows both).
"""

import itertools
import warnings

import librosa
import numpy as np
import pytest
import scipy.stats
from hmmlearn.hmm import GMMHMM, CategoricalHMM, GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import data, digits, emissions, hmm
from coursekit.arguments import ArgumentError

property_test = settings(deadline=None, derandomize=True, max_examples=80)
TOLERANCE = 1e-8


def log(p):
    with np.errstate(divide="ignore"):
        return np.log(p)


def model(rng, *, n_states, n_frames, zeros=0.0):
    """Random start, transitions and likelihoods, log; a share of the transitions impossible, but never to stay."""
    transition = rng.random((n_states, n_states)) * (
        rng.random((n_states, n_states)) >= zeros
    ) + 0.1 * np.eye(n_states)
    transition /= transition.sum(axis=1, keepdims=True)
    start = rng.dirichlet(np.ones(n_states))
    return start, transition, rng.uniform(0.01, 1, (n_frames, n_states))


def log_prob_of(states, log_start, log_transition, log_b):
    states = np.asarray(states)
    return (
        log_start[states[0]]
        + log_transition[states[:-1], states[1:]].sum()
        + log_b[np.arange(len(states)), states].sum()
    )


@given(
    n_states=st.integers(1, 4),
    n_frames=st.integers(1, 5),
    zeros=st.sampled_from([0.0, 0.4]),
    seed=st.integers(0, 999),
)
@property_test
def test_the_best_of_all_paths(n_states, n_frames, zeros, seed):
    logs = [
        log(p)
        for p in model(
            np.random.default_rng(seed), n_states=n_states, n_frames=n_frames, zeros=zeros
        )
    ]
    best = max(
        itertools.product(range(n_states), repeat=n_frames),
        key=lambda path: log_prob_of(path, *logs),
    )
    states, log_prob = hmm.viterbi(*logs)
    assert states.tolist() == list(best)
    assert log_prob == pytest.approx(log_prob_of(best, *logs), rel=1e-12)


@given(n_states=st.integers(1, 30), n_frames=st.integers(1, 60), seed=st.integers(0, 999))
@property_test
def test_viterbi_equals_librosa(n_states, n_frames, seed):
    start, transition, b = model(np.random.default_rng(seed), n_states=n_states, n_frames=n_frames)
    reference, log_prob = librosa.sequence.viterbi(b.T, transition, p_init=start, return_logp=True)
    states, ours = hmm.viterbi(log(start), log(transition), log(b))
    assert states.tolist() == reference.tolist()
    assert ours == pytest.approx(np.squeeze(log_prob).item(), rel=1e-12)


def left_to_right(n_states):
    transition = 0.6 * np.eye(n_states) + 0.3 * np.eye(n_states, k=1) + 0.1 * np.eye(n_states, k=2)
    return np.eye(n_states)[0], transition / transition.sum(axis=1, keepdims=True)


@given(
    n_states=st.integers(2, 8),
    n_frames=st.integers(1, 50),
    ordered=st.booleans(),
    seed=st.integers(0, 999),
)
@property_test
def test_viterbi_equals_hmmlearn(n_states, n_frames, ordered, seed):
    rng = np.random.default_rng(seed)
    start, transition, _ = model(rng, n_states=n_states, n_frames=1, zeros=0.5)
    if ordered:
        start, transition = left_to_right(n_states)
    gaussians = GaussianHMM(n_states, covariance_type="diag")
    gaussians.n_features = 3
    gaussians.startprob_, gaussians.transmat_ = start, transition
    gaussians.means_, gaussians.covars_ = (
        rng.standard_normal((n_states, 3)),
        rng.uniform(0.5, 2, (n_states, 3)),
    )
    x = rng.standard_normal((n_frames, 3))
    log_b = scipy.stats.norm.logpdf(
        x[:, None], gaussians.means_, np.sqrt([np.diag(c) for c in gaussians.covars_])
    ).sum(axis=-1)
    log_prob, reference = gaussians.decode(x, algorithm="viterbi")
    states, ours = hmm.viterbi(log(start), log(transition), log_b)
    assert states.tolist() == reference.tolist()
    assert ours == pytest.approx(log_prob, rel=1e-10)


def test_symbols_as_hmmlearn():
    rng = np.random.default_rng(3)
    start, transition, _ = model(rng, n_states=4, n_frames=1)
    symbols = CategoricalHMM(4)
    symbols.startprob_, symbols.transmat_ = start, transition
    symbols.emissionprob_ = rng.dirichlet(np.ones(5), size=4)
    symbols.n_features = 5
    seen = rng.integers(0, 5, 200)
    log_prob, reference = symbols.decode(seen[:, None])
    states, ours = hmm.viterbi(log(start), log(transition), log(symbols.emissionprob_[:, seen].T))
    assert states.tolist() == reference.tolist() and ours == pytest.approx(log_prob, rel=1e-12)


def framewise(log_start, log_transition, log_b):
    return log_b.argmax(axis=1)


def greedy(log_start, log_transition, log_b):
    states = [int(np.argmax(log_start + log_b[0]))]
    for t in range(1, len(log_b)):
        states.append(int(np.argmax(log_transition[states[-1]] + log_b[t])))
    return np.array(states)


def transposed(log_start, log_transition, log_b):
    return hmm.viterbi(log_start, log_transition.T, log_b)[0]


def start_left_out(log_start, log_transition, log_b):
    return hmm.viterbi(0 * log_start, log_transition, log_b)[0]


def first_frame_twice(log_start, log_transition, log_b):
    return hmm.viterbi(np.minimum(0, log_start + log_b[0]), log_transition, log_b)[0]


def link_one_late(log_start, log_transition, log_b):
    """Traces back through before[t] where it should be before[t + 1]."""
    best, before = log_start + log_b[0], [np.arange(len(log_start))]
    for frame in log_b[1:]:
        arrive = best[:, None] + log_transition
        before.append(arrive.argmax(axis=0))
        best = arrive.max(axis=0) + frame
    states = [int(best.argmax())]
    for t in range(len(log_b) - 2, -1, -1):
        states.append(int(before[t][states[-1]]))
    return np.array(states[::-1])


@pytest.mark.parametrize(
    "wrong", [framewise, greedy, transposed, start_left_out, first_frame_twice, link_one_late]
)
def test_named_wrong_variants_find_other_states(wrong):
    different = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        start, transition = rng.dirichlet(0.2 * np.ones(4)), rng.dirichlet(0.5 * np.ones(4), size=4)
        b = rng.uniform(0.2, 1, (12, 4))
        reference = librosa.sequence.viterbi(b.T, transition, p_init=start)
        assert hmm.viterbi(log(start), log(transition), log(b))[0].tolist() == reference.tolist()
        different += wrong(log(start), log(transition), log(b)).tolist() != reference.tolist()
    assert different > 10


def test_thousands_of_frames_do_not_underflow():
    rng = np.random.default_rng(0)
    start, transition, b = model(rng, n_states=3, n_frames=5000)
    states, log_prob = hmm.viterbi(log(start), log(transition), log(1e-30 * b))
    assert np.exp(log_prob) == 0 and np.isfinite(
        log_prob
    )  # the probability itself is below every float
    assert states.tolist() == librosa.sequence.viterbi(b.T, transition, p_init=start).tolist()
    assert log_prob == pytest.approx(
        log_prob_of(states, log(start), log(transition), log(1e-30 * b)), rel=1e-12
    )


def test_a_constant_for_each_frame_changes_nothing_but_the_log_probability():
    rng = np.random.default_rng(1)
    start, transition, b = (log(p) for p in model(rng, n_states=5, n_frames=40))
    shift = rng.normal(0, 50, (40, 1))
    states, log_prob = hmm.viterbi(start, transition, b)
    shifted, higher = hmm.viterbi(start, transition, b + shift)
    assert shifted.tolist() == states.tolist() and higher - log_prob == pytest.approx(
        shift.sum(), rel=1e-9
    )


def test_states_that_cannot_follow_do_not():
    start, transition = left_to_right(3)
    b = np.array(
        [[0.1, 0.1, 0.9], [0.9, 0.1, 0.1], [0.1, 0.1, 0.9]]
    )  # each frame alone says 2, 0, 2
    states, log_prob = hmm.viterbi(log(start), log(transition), log(b))
    assert states.tolist() == [0, 0, 2]
    assert np.exp(log_prob) == pytest.approx(0.1 * 0.6 * 0.9 * 0.1 * 0.9)


def test_no_possible_path_is_minus_infinity_and_never_nan():
    start, transition = left_to_right(3)
    b = np.array([[0.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    states, log_prob = hmm.viterbi(log(start), log(transition), log(b))
    assert log_prob == -np.inf and states.shape == (2,)


def test_of_equals_the_lowest_state():
    even = log(np.full((3, 3), 1 / 3))
    for n_frames in (1, 4):
        assert hmm.viterbi(even[0], even, np.zeros((n_frames, 3)))[0].tolist() == n_frames * [0]
        assert librosa.sequence.viterbi(
            np.ones((3, n_frames)), np.exp(even)
        ).tolist() == n_frames * [0]


def test_one_state_and_one_frame():
    assert hmm.viterbi([0.0], [[0.0]], [[-2.0], [-3.0]])[0].tolist() == [0, 0]
    states, log_prob = hmm.viterbi(log([0.5, 0.5]), log(np.eye(2)), [[-1.0, 3.0]])
    assert states.tolist() == [1] and log_prob == pytest.approx(3 + np.log(0.5))


GOOD = [
    np.log([0.5, 0.5]),
    np.log([[0.9, 0.1], [0.2, 0.8]]),
    np.log([[0.3, 0.7], [0.6, 0.4], [0.5, 0.5]]),
]


@pytest.mark.parametrize(
    "at, value, words",
    [
        (0, np.log([0.2, 0.3, 0.5]), r"log_start has shape \(3,\); wanted \(2,\)"),
        (1, np.log([[0.5, 0.5]]), r"log_transition has shape \(1, 2\); wanted \(2, 2\)"),
        (2, GOOD[2].T, r"\(frames, states\) is the order"),
        (0, np.array([0.5, 0.5]), "log_start reaches 0.5; .* Take np.log"),
        (1, np.array([[0.9, 0.1], [0.2, 0.8]]), "log_transition reaches 0.9"),
        (2, np.full((3, 2), np.nan), "log_likelihood holds NaN"),
        (2, np.full((3, 2), np.inf), "holds NaN or .infinity"),
        (2, np.zeros((0, 2)), "at least one state and one frame"),
        (2, np.zeros(3), "2 dimensions"),
        (2, np.full((3, 2), "a"), "wanted real numbers"),
    ],
)
def test_bad_input_is_named(at, value, words):
    logs = list(GOOD)
    logs[at] = value
    with pytest.raises(ArgumentError, match=words):
        hmm.viterbi(*logs)


def test_nothing_is_changed_in_place():
    kept = [log_p.copy() for log_p in GOOD]
    hmm.viterbi(*GOOD)
    assert all(np.array_equal(a, b) for a, b in zip(GOOD, kept, strict=True))


# --- forward, backward, posteriors -------------------------------------------------------------------------


@given(
    n_states=st.integers(1, 4),
    n_frames=st.integers(1, 5),
    zeros=st.sampled_from([0.0, 0.4]),
    seed=st.integers(0, 999),
)
@property_test
def test_forward_and_posteriors_sum_over_all_paths(n_states, n_frames, zeros, seed):
    logs = [
        log(p)
        for p in model(
            np.random.default_rng(seed), n_states=n_states, n_frames=n_frames, zeros=zeros
        )
    ]
    paths = np.array(list(itertools.product(range(n_states), repeat=n_frames)))
    each = np.exp([log_prob_of(path, *logs) for path in paths])
    gamma, xi, log_prob = hmm.posteriors(*logs)
    assert log_prob == pytest.approx(np.log(each.sum()), rel=1e-12, abs=1e-12)
    at = np.eye(n_states)[paths]  # (paths, frames, states)
    share = each / each.sum()
    np.testing.assert_allclose(gamma, np.einsum("p,pti->ti", share, at), atol=1e-12)
    np.testing.assert_allclose(
        xi, np.einsum("p,pti,ptj->tij", share, at[:, :-1], at[:, 1:]), atol=1e-12
    )


def gaussians(rng, *, n_states, n_features=3, ordered=False, n_iter=0):
    """The same random model here and in hmmlearn, with priors there that say nothing."""
    start, transition, _ = model(rng, n_states=n_states, n_frames=1, zeros=0.0 if n_iter else 0.3)
    if ordered:
        start, transition = left_to_right(n_states)
    means, variances = (
        2 * rng.standard_normal((n_states, n_features)),
        rng.uniform(0.5, 2, (n_states, n_features)),
    )
    theirs = GaussianHMM(
        n_states,
        covariance_type="diag",
        init_params="",
        n_iter=max(n_iter, 1),
        tol=-np.inf,
        covars_prior=0,
        covars_weight=1,
    )
    theirs.n_features = n_features
    theirs.startprob_, theirs.transmat_, theirs.means_, theirs.covars_ = (
        start,
        transition,
        means,
        variances,
    )
    return hmm.Model(log(start), log(transition), emissions.Gaussian(means, variances)), theirs


def symbols(rng, *, n_states, n_symbols=4, ordered=False, n_iter=0):
    start, transition, _ = model(rng, n_states=n_states, n_frames=1)
    if ordered:
        start, transition = left_to_right(n_states)
    probs = rng.dirichlet(np.ones(n_symbols), size=n_states)
    theirs = CategoricalHMM(
        n_states, n_features=n_symbols, init_params="", n_iter=max(n_iter, 1), tol=-np.inf
    )
    theirs.startprob_, theirs.transmat_, theirs.emissionprob_ = start, transition, probs
    return hmm.Model(log(start), log(transition), emissions.Categorical(probs)), theirs


def mixtures(rng, *, n_states, n_mix=3, n_features=2, ordered=False, n_iter=0):
    start, transition, _ = model(rng, n_states=n_states, n_frames=1)
    if ordered:
        start, transition = left_to_right(n_states)
    shape = (n_states, n_mix, n_features)
    weights = rng.dirichlet(np.ones(n_mix), size=n_states)
    means, variances = 2 * rng.standard_normal(shape), rng.uniform(0.5, 2, shape)
    theirs = GMMHMM(
        n_states,
        n_mix,
        covariance_type="diag",
        init_params="",
        n_iter=max(n_iter, 1),
        tol=-np.inf,
        means_prior=0.0,
        means_weight=0.0,
        covars_prior=-1.5,
        covars_weight=0.0,
    )
    theirs.n_features = n_features
    theirs.startprob_, theirs.transmat_, theirs.weights_ = start, transition, weights
    theirs.means_, theirs.covars_ = means, variances
    return hmm.Model(
        log(start), log(transition), emissions.GaussianMixture(weights, means, variances)
    ), theirs


def observed(rng, kind, lengths):
    if kind is symbols:
        return [rng.integers(0, 4, n) for n in lengths]
    return [2 * rng.standard_normal((n, 3 if kind is gaussians else 2)) for n in lengths]


def joined(sequences):
    x = np.concatenate(sequences)
    return x[:, None] if x.ndim == 1 else x


LENGTHS = [9, 1, 14, 2, 30]  # one of a single frame: no step of the chain in it


@pytest.mark.parametrize("kind", [symbols, gaussians, mixtures])
@given(n_states=st.integers(1, 6), ordered=st.booleans(), seed=st.integers(0, 999))
@settings(deadline=None, derandomize=True, max_examples=15)
def test_log_prob_posteriors_and_states_equal_hmmlearn(kind, n_states, ordered, seed):
    rng = np.random.default_rng(seed)
    ours, theirs = kind(rng, n_states=n_states, ordered=ordered)
    sequences = observed(rng, kind, LENGTHS)
    found = [
        hmm.posteriors(ours.log_start, ours.log_transition, ours.log_likelihood(x))
        for x in sequences
    ]
    assert sum(p for _, _, p in found) == pytest.approx(
        theirs.score(joined(sequences), LENGTHS), rel=TOLERANCE
    )
    assert sum(map(ours.log_prob, sequences)) == pytest.approx(
        sum(p for _, _, p in found), rel=1e-12
    )
    np.testing.assert_allclose(
        np.concatenate([gamma for gamma, _, _ in found]),
        theirs.predict_proba(joined(sequences), LENGTHS),
        atol=TOLERANCE,
    )
    log_prob, states = theirs.decode(joined(sequences), LENGTHS)
    assert sum(ours.decode(x)[1] for x in sequences) == pytest.approx(log_prob, rel=TOLERANCE)
    # not the states themselves: the same steps in another order are as likely, and rounding decides
    theirs_by_ours = sum(
        log_prob_of(s, ours.log_start, ours.log_transition, ours.log_likelihood(x))
        for x, s in zip(sequences, np.split(states, np.cumsum(LENGTHS)[:-1]), strict=True)
    )
    assert theirs_by_ours == pytest.approx(log_prob, rel=TOLERANCE)


@given(n_states=st.integers(1, 6), n_frames=st.integers(2, 40), seed=st.integers(0, 999))
@property_test
def test_what_must_hold_of_alpha_beta_gamma_and_xi(n_states, n_frames, seed):
    logs = [
        log(p)
        for p in model(np.random.default_rng(seed), n_states=n_states, n_frames=n_frames, zeros=0.3)
    ]
    log_alpha, log_prob = hmm.forward(*logs)
    log_beta = hmm.backward(*logs[1:])
    np.testing.assert_allclose(
        np.logaddexp.reduce(log_alpha + log_beta, axis=1), log_prob, rtol=1e-11
    )  # any frame
    gamma, xi, _ = hmm.posteriors(*logs)
    np.testing.assert_allclose(gamma.sum(axis=1), 1, rtol=1e-10)
    np.testing.assert_allclose(xi.sum(axis=2), gamma[:-1], atol=1e-10)
    np.testing.assert_allclose(xi.sum(axis=1), gamma[1:], atol=1e-10)
    assert hmm.viterbi(*logs)[1] <= log_prob + 1e-12


def test_best_path_counts_the_steps_of_viterbi():
    logs = [log(p) for p in model(np.random.default_rng(5), n_states=3, n_frames=20)]
    states, log_prob = hmm.viterbi(*logs)
    gamma, xi, same = hmm.best_path(*logs)
    assert (
        gamma.argmax(axis=1).tolist() == states.tolist() and gamma.sum() == 20 and same == log_prob
    )
    assert [tuple(np.argwhere(step)[0]) for step in xi] == list(
        zip(states[:-1], states[1:], strict=True)
    )


def test_ten_thousand_frames_neither_underflow_nor_drift():
    logs = [log(p) for p in model(np.random.default_rng(0), n_states=3, n_frames=10_000)]
    logs[2] = logs[2] - 300  # densities of 1e-130: their product over 3 frames is below every float
    gamma, xi, log_prob = hmm.posteriors(*logs)
    assert np.isfinite(log_prob)
    # log_prob is 3e6, of which float64 keeps 1e-9; the differences taken from it no more
    np.testing.assert_allclose(gamma.sum(axis=1), 1, atol=1e-7)


def test_impossible_frames_are_named_and_never_nan():
    start, transition = left_to_right(3)
    logs = log(start), log(transition), log(np.array([[0.0, 1.0, 1.0], [1.0, 1.0, 1.0]]))
    assert hmm.forward(*logs)[1] == -np.inf
    for e_step in (hmm.posteriors, hmm.best_path):
        with pytest.raises(ArgumentError, match="no row of states can make these frames"):
            e_step(*logs)


@pytest.mark.parametrize(
    "at, value, words",
    [
        (0, np.log([0.2, 0.3, 0.5]), r"log_start has shape \(3,\); wanted \(2,\)"),
        (1, np.array([[0.9, 0.1], [0.2, 0.8]]), "log_transition reaches 0.9; .* Take np.log"),
        (2, GOOD[2].T, r"\(frames, states\) is the order"),
        (2, np.full((3, 2), np.nan), "log_likelihood holds NaN"),
        (2, np.zeros((0, 2)), "at least one state and one frame"),
    ],
)
def test_bad_input_of_the_others_is_named_too(at, value, words):
    logs = list(GOOD)
    logs[at] = value
    for function in (hmm.forward, hmm.posteriors, hmm.best_path):
        with pytest.raises(ArgumentError, match=words):
            function(*logs)
    if at:
        with pytest.raises(ArgumentError, match=words):
            hmm.backward(*logs[1:])


# --- Baum and Welch ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, n_iter", [(symbols, 1), (symbols, 4), (gaussians, 1), (gaussians, 4), (mixtures, 1)]
)
@pytest.mark.parametrize("n_states, seed", [(1, 0), (2, 1), (4, 2), (5, 3)])
def test_training_equals_hmmlearn(kind, n_iter, n_states, seed):
    rng = np.random.default_rng(seed)
    before, theirs = kind(rng, n_states=n_states, n_iter=n_iter)
    sequences = observed(rng, kind, LENGTHS)
    ours, log_probs = hmm.baum_welch(before, sequences, n_iter=n_iter, tol=-np.inf)
    theirs.fit(joined(sequences), LENGTHS)
    np.testing.assert_allclose(log_probs, theirs.monitor_.history, rtol=TOLERANCE)
    np.testing.assert_allclose(np.exp(ours.log_start), theirs.startprob_, atol=TOLERANCE)
    np.testing.assert_allclose(np.exp(ours.log_transition), theirs.transmat_, atol=TOLERANCE)
    if kind is symbols:
        np.testing.assert_allclose(ours.emissions.probs, theirs.emissionprob_, atol=TOLERANCE)
        return
    np.testing.assert_allclose(ours.emissions.means, theirs.means_, atol=TOLERANCE)
    if kind is gaussians:
        np.testing.assert_allclose(
            ours.emissions.variances, [np.diag(c) for c in theirs.covars_], atol=TOLERANCE
        )
    else:  # hmmlearn takes the deviations from the means before the step: too large by the square of the means' step
        np.testing.assert_allclose(ours.emissions.weights, theirs.weights_, atol=TOLERANCE)
        step = ours.emissions.means - before.emissions.means
        np.testing.assert_allclose(
            ours.emissions.variances + step**2, theirs.covars_, atol=TOLERANCE
        )
        assert np.abs(step).max() > 0.1  # so the difference is seen


def test_mixtures_come_to_rest_where_hmmlearn_does():
    rng = np.random.default_rng(4)
    ours, theirs = mixtures(rng, n_states=2, n_mix=2, n_iter=1)
    sequences = [rng.choice([-4.0, 4.0], (30, 1)) + rng.standard_normal((30, 2)) for _ in range(3)]
    ours, log_probs = hmm.baum_welch(ours, sequences, n_iter=2000, tol=1e-11)
    assert len(log_probs) < 2000
    theirs.startprob_, theirs.transmat_ = np.exp(ours.log_start), np.exp(ours.log_transition)
    theirs.weights_ = ours.emissions.weights
    theirs.means_, theirs.covars_ = ours.emissions.means, ours.emissions.variances
    theirs.fit(joined(sequences), [30] * 3)
    # one more turn gains under 1e-11 of a log probability near 400: parameters, its square root, move by 1e-5
    np.testing.assert_allclose(ours.emissions.means, theirs.means_, atol=1e-4)
    np.testing.assert_allclose(ours.emissions.variances, theirs.covars_, atol=1e-4)
    np.testing.assert_allclose(np.exp(ours.log_transition), theirs.transmat_, atol=1e-4)


def one_step(before, sequences, fault=None):
    """Equations 40 and 53 of Rabiner in plain probabilities, one frame at a time; with a fault, if one is named."""
    A, start = np.exp(before.log_transition), np.exp(before.log_start)
    n, frames = len(start), np.concatenate(sequences)
    if fault == "joined without lengths":
        sequences = [frames]
    if fault == "transition turned round":
        A = A.T
    started, moved, left, gammas = np.zeros(n), np.zeros((n, n)), np.zeros(n), []
    for x in sequences:
        b = np.exp(before.log_likelihood(x))
        if fault == "logarithms taken for probabilities":
            b = -before.log_likelihood(x)
        alpha, beta = [start * b[0]], [np.ones(n)]
        for t in range(1, len(x)):
            arrive = alpha[-1][:, None] * A
            alpha.append(
                (arrive.max(axis=0) if fault == "best in place of sum" else arrive.sum(axis=0))
                * b[t]
            )
        for t in range(len(x) - 1, 0, -1):
            beta.insert(0, A @ (beta[0] if fault == "frame left out of beta" else b[t] * beta[0]))
        gamma = np.array(alpha) * beta
        if fault != "posteriors not normalised":
            gamma /= gamma.sum(axis=1, keepdims=True)
        for t in range(1, len(x)):
            xi = alpha[t - 1][:, None] * A * (b[t] * beta[t])
            moved += xi / xi.sum()
        started += gamma[0]
        left += (
            gamma.sum(axis=0) if fault == "last frame counted as left" else gamma[:-1].sum(axis=0)
        )
        gammas.append(gamma)
    gamma = np.concatenate(gammas)
    owned = gamma.sum(axis=0)[:, None]
    means = gamma.T @ frames / owned
    about = before.emissions.means if fault == "variance about the old mean" else means
    variances = np.einsum("ti,tid->id", gamma, (frames[:, None] - about) ** 2) / owned
    if fault == "start from the first sequence alone":
        started = gammas[0][0]
    return started / started.sum(), moved / left[:, None], means, variances


FAULTS = [
    "joined without lengths",
    "transition turned round",
    "logarithms taken for probabilities",
    "best in place of sum",
    "frame left out of beta",
    "posteriors not normalised",
    "last frame counted as left",
    "variance about the old mean",
    "start from the first sequence alone",
]


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_named_wrong_variants_of_training_are_told_apart(fault):
    rng = np.random.default_rng(8)
    before, theirs = gaussians(rng, n_states=3, n_iter=1)
    sequences = observed(rng, gaussians, LENGTHS)
    theirs.fit(joined(sequences), LENGTHS)
    reference = (
        theirs.startprob_,
        theirs.transmat_,
        theirs.means_,
        np.array([np.diag(c) for c in theirs.covars_]),
    )
    off = max(
        np.abs(a - b).max()
        for a, b in zip(one_step(before, sequences, fault), reference, strict=True)
    )
    assert off > 1e4 * TOLERANCE if fault else off < TOLERANCE


@pytest.mark.parametrize("kind", [symbols, gaussians, mixtures])
@pytest.mark.parametrize("ordered", [False, True])
def test_the_log_probability_never_falls(kind, ordered):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        before, _ = kind(rng, n_states=3, ordered=ordered)
        sequences = observed(rng, kind, [40, 25, 33])
        after, log_probs = hmm.baum_welch(before, sequences, n_iter=25, tol=-np.inf)
        assert np.diff(log_probs).min() > -1e-9 * abs(log_probs[0]) and log_probs[-1] > log_probs[0]
        assert (
            (before.log_transition == -np.inf) <= (after.log_transition == -np.inf)
        ).all()  # no way opens


def test_training_stops_by_itself_and_says_how_far_it_came():
    rng = np.random.default_rng(0)
    before, _ = symbols(rng, n_states=2)
    _, log_probs = hmm.baum_welch(before, observed(rng, symbols, LENGTHS), n_iter=500, tol=1e-3)
    assert 2 < len(log_probs) < 500 and log_probs[-1] - log_probs[-2] < 1e-3
    assert (np.diff(log_probs)[:-1] >= 1e-3).all()


def test_viterbi_training_makes_the_best_path_likelier():
    rng = np.random.default_rng(2)
    before, _ = gaussians(rng, n_states=3)
    sequences = observed(rng, gaussians, [40, 25])
    _, log_probs = hmm.baum_welch(before, sequences, n_iter=60, tol=1e-9, e_step=hmm.best_path)
    assert (
        len(log_probs) < 60 and np.diff(log_probs).min() > -1e-9
    )  # finitely many paths: it comes to rest


def test_nothing_that_is_left_without_frames_becomes_nan():
    """The frames are all of state 0: state 1 and its component are never visited; and one frame stands alone."""
    x = np.concatenate(
        [np.zeros((20, 1)), [[50.0]], np.zeros((20, 1))]
    )  # variance 0 but for the floor
    start, transition = (
        np.array([1.0, 0.0, 0.0]),
        np.array([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0.5, 0.5]]),
    )
    for e_step in (hmm.posteriors, hmm.best_path):
        for kind in (
            emissions.Gaussian(np.array([[0.0], [50.0], [9.0]]), np.ones((3, 1)), floor=0.01),
            emissions.GaussianMixture(
                np.full((3, 2), 0.5),
                np.array([[[0.0], [1e6]], [[50.0], [50.0]], [[9.0], [9.0]]]),
                np.ones((3, 2, 1)),
                floor=0.01,
            ),
        ):
            with np.errstate(all="raise", under="ignore"):
                after, log_probs = hmm.baum_welch(
                    hmm.Model(log_quiet(start), log_quiet(transition), kind),
                    [x],
                    n_iter=5,
                    tol=-np.inf,
                    e_step=e_step,
                )
            assert np.isfinite(log_probs).all()
            assert (
                np.isfinite(after.emissions.means).all() and after.emissions.variances.min() >= 0.01
            )
            assert after.emissions.means[2].ravel()[0] == 9.0  # never visited: as before
            np.testing.assert_allclose(np.exp(after.log_transition).sum(axis=1), 1)


def log_quiet(p):
    with np.errstate(divide="ignore"):
        return np.log(p)


def test_without_a_floor_hmmlearn_ends_in_nan_on_the_same_frames():
    """The named wrong variant: no floor. One frame alone in a state gives variance 0."""
    x = np.concatenate([np.zeros((20, 1)), [[50.0]], np.zeros((20, 1))])
    theirs = GaussianHMM(
        2, covariance_type="diag", init_params="", covars_prior=0, covars_weight=1, n_iter=5, tol=-1
    )
    theirs.n_features, theirs.startprob_, theirs.transmat_ = (
        1,
        np.array([1.0, 0.0]),
        np.full((2, 2), 0.5),
    )
    theirs.means_, theirs.covars_ = np.array([[0.0], [50.0]]), np.ones((2, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs.fit(x)
            ended_well = np.isfinite(theirs.score(x)) and theirs._covars_.min() > 1e-6
        except ValueError:
            ended_well = False
    assert not ended_well


@pytest.mark.parametrize(
    "sequences, words",
    [
        ([], "sequences is empty"),
        ([np.zeros((0, 3))], r"sequences\[0\] has shape \(0, 3\): it is empty"),
        ([np.zeros((5, 3)), np.full((4, 3), np.nan)], r"sequences\[1\] has 12 NaN"),
        ([np.zeros((3, 5))], r"shape \(3, 5\): 5 features, wanted 3. Turned round\?"),
        ([np.zeros((5, 2))], r"2 features, wanted 3. Are deltas missing"),
        (
            np.zeros((5, 3)),
            r"sequences\[0\] .* shape \(3,\); .* One sequence alone\? Pass it as a list",
        ),
    ],
)
def test_bad_sequences_are_named(sequences, words):
    before, _ = gaussians(np.random.default_rng(0), n_states=2)
    with pytest.raises(ArgumentError, match=words):
        hmm.baum_welch(before, sequences)


# --- words ---------------------------------------------------------------------------------------------------


def test_left_to_right_by_hand():
    start, transition = hmm.left_to_right(4, max_step=2)
    assert np.exp(start).tolist() == [1, 0, 0, 0]
    third = 1 / 3
    np.testing.assert_allclose(
        np.exp(transition),
        [[third, third, third, 0], [0, third, third, third], [0, 0, 0.5, 0.5], [0, 0, 0, 1]],
    )


def spoken(rng, *, n_words=4, n_each=12, n_features=5, noise=0.6):
    """Made words: each a row of three places in feature space; each utterance stays a while at each."""
    places = 2 * rng.standard_normal((n_words, 3, n_features))
    sequences, labels = [], []
    for word, _ in itertools.product(range(n_words), range(n_each)):
        row = np.repeat(places[word], rng.integers(2, 8, 3), axis=0)
        sequences.append(row + noise * rng.standard_normal(row.shape))
        labels.append(f"word {word}")
    return sequences, labels


@pytest.mark.parametrize(
    "how", [{}, {"e_step": hmm.posteriors}, {"n_mix": 1}, {"n_states": 3, "max_step": 1}]
)
def test_words_are_recognised_that_hmmlearn_recognises_too(how):
    rng = np.random.default_rng(0)
    sequences, labels = spoken(rng)
    recognizer = hmm.WordRecognizer(**{"n_states": 4, "n_mix": 2} | how).fit(
        sequences[::2], labels[::2]
    )
    assert recognizer.score(sequences[1::2], labels[1::2]) == 1.0  # places 4 apart, noise of 0.6
    assert recognizer.words.tolist() == sorted(set(labels))
    assert recognizer.predict(sequences[1::2]).tolist() == labels[1::2]


def test_scores_are_those_of_hmmlearn_by_the_length():
    rng = np.random.default_rng(1)
    sequences, labels = spoken(rng)
    recognizer = hmm.WordRecognizer(n_states=4, n_mix=2).fit(sequences, labels)
    scores = recognizer.log_prob_per_frame(sequences[:5])
    for k, word in enumerate(recognizer.words):
        ours = recognizer.models[word]
        theirs = GMMHMM(4, 2, covariance_type="diag")
        theirs.n_features, theirs.startprob_ = 5, np.exp(ours.log_start)
        theirs.transmat_, theirs.weights_ = np.exp(ours.log_transition), ours.emissions.weights
        theirs.means_, theirs.covars_ = ours.emissions.means, ours.emissions.variances
        for i, x in enumerate(sequences[:5]):
            assert scores[i, k] == pytest.approx(theirs.score(x) / len(x), rel=TOLERANCE)


def test_the_length_of_an_utterance_does_not_change_its_score_much():
    """Ten times the frames: ten times the log probability, but about the same for a frame."""
    rng = np.random.default_rng(3)
    sequences, labels = spoken(rng, noise=0.2)
    recognizer = hmm.WordRecognizer(n_states=3, n_mix=1).fit(sequences, labels)
    slow = [np.repeat(x, 10, axis=0) for x in sequences[:3]]
    fast, drawn = (recognizer.log_prob_per_frame(s).max(axis=1) for s in (sequences[:3], slow))
    np.testing.assert_allclose(
        drawn, fast, atol=1
    )  # the chain's steps: 3 of 0.5 to 1.5 nats, fewer a frame when slow
    totals = fast * [len(x) for x in sequences[:3]], drawn * [len(x) for x in slow]
    assert np.abs(totals[1] - totals[0]).min() > 10


def test_one_example_a_word_and_fewer_frames_than_gaussians_train_without_nan():
    rng = np.random.default_rng(5)
    sequences, labels = spoken(rng, n_each=1)
    with np.errstate(invalid="raise", over="raise"):
        recognizer = hmm.WordRecognizer(n_states=5, n_mix=4).fit(sequences, labels)
        assert np.isfinite(recognizer.log_prob_per_frame(sequences)).all()
    assert recognizer.score(sequences, labels) == 1.0
    still = [np.ones((9, 2)), np.zeros((9, 2))]  # features that never change within a word
    assert (
        hmm.WordRecognizer(n_states=3, n_mix=2)
        .fit(still, ["one", "nought"])
        .score(still, ["one", "nought"])
        == 1.0
    )
    assert np.isfinite(
        hmm.WordRecognizer(n_states=3, n_mix=2).fit(still[:1], ["one"]).log_prob_per_frame(still)
    ).all()


def test_the_generator_decides_and_nothing_is_changed_in_place():
    rng = np.random.default_rng(6)
    sequences, labels = spoken(rng, noise=2.0)
    kept = [x.copy() for x in sequences]
    a, b, c = (
        hmm.WordRecognizer(n_states=3, n_mix=3)
        .fit(sequences, labels, rng=np.random.default_rng(seed))
        .log_prob_per_frame(sequences)
        for seed in (0, 0, 1)
    )
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    assert all(np.array_equal(x, y) for x, y in zip(sequences, kept, strict=True))


def fit(sequences, labels, **how):
    return hmm.WordRecognizer(**{"n_states": 3, "n_mix": 1} | how).fit(sequences, labels)


X = [np.arange(12.0).reshape(6, 2), np.ones((7, 2))]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: fit(X, ["a"]), "2 sequences and 1 labels; wanted one label for each"),
        (lambda: fit([], []), "sequences is empty"),
        (
            lambda: fit([X[0], X[1][:0]], ["a", "b"]),
            r"sequences\[1\] has shape \(0, 2\): it is empty",
        ),
        (
            lambda: fit([X[0], X[1] * np.nan], ["a", "b"]),
            r"sequences\[1\] has 14 NaN or infinite values, the first at",
        ),
        (
            lambda: fit([X[0], np.ones((7, 3))], ["a", "b"]),
            "2 to 3 features; wanted one width. Were deltas added",
        ),
        (
            lambda: fit([x.T for x in X], ["a", "b"]),
            r"6 to 7 features; .* All have 2 rows: turned round\?",
        ),
        (
            lambda: fit(X, ["a", "b"], n_states=8, max_step=1),
            "6 frames; 8 states with steps of at most 1 need 8 frames",
        ),
        (
            lambda: fit(X, ["a", "b"]).predict([np.ones((2, 9))]),
            "9 features, wanted 2. Turned round",
        ),
        (lambda: fit(X, ["a", "b"]).predict(np.ones((9, 2))), "One sequence alone"),
        (lambda: fit(X, ["a", "b"]).score(X, ["a"]), "2 sequences and 1 labels"),
        (lambda: fit(X, [["a"], ["b"]]), r"2 sequences and labels of shape \(2, 1\)"),
        (
            lambda: fit(X, ["1", "2"]).score(X, [1, 2]),
            "labels such as 1 came; those learned are such as '1'",
        ),
        (lambda: hmm.WordRecognizer().predict(X), "no words yet"),
        (lambda: hmm.WordRecognizer(n_states=0), "n_states = 0; wanted at least 1"),
        (lambda: hmm.WordRecognizer(floor=0.0), "floor = 0.0; wanted more than 0"),
    ],
)
def test_bad_words_are_named(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()


def test_tensors_are_taken_as_arrays_are():
    torch = pytest.importorskip("torch")
    for found, wanted in zip(
        hmm.posteriors(*map(torch.from_numpy, GOOD)), hmm.posteriors(*GOOD), strict=True
    ):
        assert np.array_equal(found, wanted)


def test_a_word_shorter_than_its_states_is_recognised_without_complaint():
    """Nothing forces an utterance to reach the last state; only training asks for frames enough to get there."""
    recognizer = fit(X, ["a", "b"], n_states=5)
    assert recognizer.predict([X[0][:2], X[1][:1]]).tolist() == ["a", "b"]


@pytest.mark.thorough
@pytest.mark.shelf
def test_real_digits():
    items = data.load("digits", quiet=True)
    if items[0].path is None:
        pytest.skip("the set is not here")
    (X, labels), (X_test, truth) = (
        ([digits.with_deltas(item.features) for item in part], [item.label for item in part])
        for part in digits.split(items)
    )
    recognizer = hmm.WordRecognizer().fit(X, labels)
    # Measured: 0.990 to 0.993 over five generators. 0.98 is what the course promises, six digits of 600 below that
    assert recognizer.score(X_test, truth) >= 0.98
    one_gaussian = hmm.WordRecognizer(n_mix=1, n_iter=4).fit(X, labels)
    assert (
        0.92 < one_gaussian.score(X_test, truth) < 0.97
    )  # measured: 0.95; the mixtures are what brings the rest
