"""hmm against librosa, hmmlearn and all paths of small models; the wrong variants it must not be mistaken for."""

import itertools

import librosa
import numpy as np
import pytest
import scipy.stats
from hmmlearn.hmm import CategoricalHMM, GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import hmm
from coursekit.arguments import ArgumentError

property_test = settings(deadline=None, derandomize=True, max_examples=80)


def log(p):
    with np.errstate(divide="ignore"):
        return np.log(p)


def model(rng, *, n_states, n_frames, zeros=0.0):
    """Random start, transitions and likelihoods, log; a share of the transitions impossible, but never to stay."""
    transition = rng.random((n_states, n_states)) * (rng.random((n_states, n_states)) >= zeros) + 0.1 * np.eye(n_states)
    transition /= transition.sum(axis=1, keepdims=True)
    start = rng.dirichlet(np.ones(n_states))
    return start, transition, rng.uniform(0.01, 1, (n_frames, n_states))


def log_prob_of(states, log_start, log_transition, log_b):
    states = np.asarray(states)
    return (log_start[states[0]] + log_transition[states[:-1], states[1:]].sum()
            + log_b[np.arange(len(states)), states].sum())


@given(n_states=st.integers(1, 4), n_frames=st.integers(1, 5), zeros=st.sampled_from([0.0, 0.4]),
       seed=st.integers(0, 999))
@property_test
def test_the_best_of_all_paths(n_states, n_frames, zeros, seed):
    logs = [log(p) for p in model(np.random.default_rng(seed), n_states=n_states, n_frames=n_frames, zeros=zeros)]
    best = max(itertools.product(range(n_states), repeat=n_frames), key=lambda path: log_prob_of(path, *logs))
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


@given(n_states=st.integers(2, 8), n_frames=st.integers(1, 50), ordered=st.booleans(), seed=st.integers(0, 999))
@property_test
def test_viterbi_equals_hmmlearn(n_states, n_frames, ordered, seed):
    rng = np.random.default_rng(seed)
    start, transition, _ = model(rng, n_states=n_states, n_frames=1, zeros=0.5)
    if ordered:
        start, transition = left_to_right(n_states)
    gaussians = GaussianHMM(n_states, covariance_type="diag")
    gaussians.n_features = 3
    gaussians.startprob_, gaussians.transmat_ = start, transition
    gaussians.means_, gaussians.covars_ = rng.standard_normal((n_states, 3)), rng.uniform(0.5, 2, (n_states, 3))
    x = rng.standard_normal((n_frames, 3))
    log_b = scipy.stats.norm.logpdf(x[:, None], gaussians.means_,
                                    np.sqrt([np.diag(c) for c in gaussians.covars_])).sum(axis=-1)
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


@pytest.mark.parametrize("wrong", [framewise, greedy, transposed, start_left_out, first_frame_twice, link_one_late])
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
    assert np.exp(log_prob) == 0 and np.isfinite(log_prob)  # the probability itself is below every float
    assert states.tolist() == librosa.sequence.viterbi(b.T, transition, p_init=start).tolist()
    assert log_prob == pytest.approx(log_prob_of(states, log(start), log(transition), log(1e-30 * b)), rel=1e-12)


def test_a_constant_for_each_frame_changes_nothing_but_the_log_probability():
    rng = np.random.default_rng(1)
    start, transition, b = (log(p) for p in model(rng, n_states=5, n_frames=40))
    shift = rng.normal(0, 50, (40, 1))
    states, log_prob = hmm.viterbi(start, transition, b)
    shifted, higher = hmm.viterbi(start, transition, b + shift)
    assert shifted.tolist() == states.tolist() and higher - log_prob == pytest.approx(shift.sum(), rel=1e-9)


def test_states_that_cannot_follow_do_not():
    start, transition = left_to_right(3)
    b = np.array([[0.1, 0.1, 0.9], [0.9, 0.1, 0.1], [0.1, 0.1, 0.9]])  # each frame alone says 2, 0, 2
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
        assert librosa.sequence.viterbi(np.ones((3, n_frames)), np.exp(even)).tolist() == n_frames * [0]


def test_one_state_and_one_frame():
    assert hmm.viterbi([0.0], [[0.0]], [[-2.0], [-3.0]])[0].tolist() == [0, 0]
    states, log_prob = hmm.viterbi(log([0.5, 0.5]), log(np.eye(2)), [[-1.0, 3.0]])
    assert states.tolist() == [1] and log_prob == pytest.approx(3 + np.log(0.5))


GOOD = [np.log([0.5, 0.5]), np.log([[0.9, 0.1], [0.2, 0.8]]), np.log([[0.3, 0.7], [0.6, 0.4], [0.5, 0.5]])]


@pytest.mark.parametrize("at, value, words", [
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
])
def test_bad_input_is_named(at, value, words):
    logs = list(GOOD)
    logs[at] = value
    with pytest.raises(ArgumentError, match=words):
        hmm.viterbi(*logs)


def test_nothing_is_changed_in_place():
    kept = [log_p.copy() for log_p in GOOD]
    hmm.viterbi(*GOOD)
    assert all(np.array_equal(a, b) for a, b in zip(GOOD, kept, strict=True))
