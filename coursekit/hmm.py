"""Hidden Markov models, in logarithms of probabilities. Chapters 05 and 06.

Arrays are (frames, states); log 0 is -inf, and stays so. The algorithms see nothing but log_start, log_transition and
log_likelihood; what the states send out stands in emissions.py.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from . import arguments, emissions
from .arguments import ArgumentError

# --- the three arrays, and what can be asked of them ------------------------------------------------------


def _logs(log_p, name, *, ndim):
    log_p = np.asarray(log_p)
    if log_p.dtype.kind not in "fiu" or log_p.ndim != ndim or log_p.size == 0:
        raise ArgumentError(
            f"{name} holds {log_p.dtype} values of shape {log_p.shape}; wanted real numbers, "
            f"{ndim} dimensions, at least one state and one frame"
        )
    if np.isnan(log_p).any() or np.isposinf(log_p).any():
        raise ArgumentError(
            f"{name} holds NaN or +infinity; log 0 is -infinity. A logarithm of a negative number?"
        )
    return log_p.astype(np.float64)


_row, _rows = partial(_logs, ndim=1), partial(_logs, ndim=2)


def _fits(log_p, name, log_b):
    wanted = (log_b.shape[1],) * log_p.ndim
    if log_p.shape != wanted:
        raise ArgumentError(
            f"{name} has shape {log_p.shape}; wanted {wanted}: log_likelihood of shape "
            f"{log_b.shape} means {log_b.shape[1]} states. (frames, states) is the order"
        )
    if log_p.max() > 1e-9:  # what rounding leaves of log 1
        raise ArgumentError(
            f"{name} reaches {log_p.max():g}; log probabilities are at most 0. "
            "Are these probabilities? Take np.log of them"
        )


def _start_fits(log_start, log_likelihood):
    _fits(log_start, "log_start", log_likelihood)


def _steps_fit(log_transition, log_likelihood):
    _fits(log_transition, "log_transition", log_likelihood)


@arguments.checks(
    _start_fits, _steps_fit, log_likelihood=_rows, log_start=_row, log_transition=_rows
)
def forward(log_start, log_transition, log_likelihood):
    """How likely the frames up to each one are, by the state that the row of states has reached.

    Parameters
    ----------
    log_start : array_like, (n_states,)
        Log probability to begin in each state; -inf: impossible.
    log_transition : array_like, (n_states, n_states)
        Row i, column j: log probability to go from i to j.
    log_likelihood : array_like, (n_frames, n_states)
        Log of how likely each state makes what was observed in each frame.

    Returns
    -------
    log_alpha : ndarray, (n_frames, n_states)
        Log probability of frames 0 to t together with being in state j at t.
    log_prob : float
        Log probability of all frames, over all rows of states; -inf when none is possible.

    Raises
    ------
    arguments.ArgumentError
        As `viterbi`.

    References
    ----------
    Baum and Eagon, 1967; Rabiner, "A tutorial on hidden Markov models", 1989, equations 19 to 21.
    Chapter 06, equations 6 and 7.

    Examples
    --------
    >>> start, transition = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> log_alpha, log_prob = forward(start, transition, np.log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]))
    >>> np.exp(log_alpha).round(4)
    array([[0.3   , 0.04  ],
           [0.0904, 0.0342],
           [0.0077, 0.0286]])
    >>> round(log_prob, 3)
    -3.316
    """
    log_alpha = np.empty_like(log_likelihood)
    log_alpha[0] = log_start + log_likelihood[0]
    for t in range(1, len(log_likelihood)):
        arrive = log_alpha[t - 1][:, None] + log_transition  # row i, column j: from i to j
        log_alpha[t] = np.logaddexp.reduce(arrive, axis=0) + log_likelihood[t]
    return log_alpha, float(np.logaddexp.reduce(log_alpha[-1]))


@arguments.checks(_steps_fit, log_likelihood=_rows, log_transition=_rows)
def backward(log_transition, log_likelihood):
    """How likely the frames after each one are, by the state that the row of states is in.

    Parameters
    ----------
    log_transition : array_like, (n_states, n_states)
        Row i, column j: log probability to go from i to j.
    log_likelihood : array_like, (n_frames, n_states)
        Log of how likely each state makes what was observed in each frame.

    Returns
    -------
    log_beta : ndarray, (n_frames, n_states)
        Log probability of frames t + 1 to the last, given state i at t; the last row is log 1 = 0.

    Raises
    ------
    arguments.ArgumentError
        As `viterbi`.

    References
    ----------
    Rabiner, 1989, equations 24 and 25. Chapter 06, equation 10.

    Examples
    --------
    >>> transition = np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> np.exp(backward(transition, np.log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]))).round(4)
    array([[0.106, 0.112],
           [0.25 , 0.4  ],
           [1.   , 1.   ]])
    """
    log_beta = np.zeros_like(log_likelihood)
    for t in range(len(log_likelihood) - 2, -1, -1):
        # row i, column j: from i to j
        leave = log_transition + log_likelihood[t + 1] + log_beta[t + 1]
        log_beta[t] = np.logaddexp.reduce(leave, axis=1)
    return log_beta


@arguments.checks(
    _start_fits, _steps_fit, log_likelihood=_rows, log_start=_row, log_transition=_rows
)
def viterbi(log_start, log_transition, log_likelihood):
    """The likeliest row of states behind what was observed.

    Parameters
    ----------
    log_start : array_like, (n_states,)
        Log probability to begin in each state; -inf: impossible.
    log_transition : array_like, (n_states, n_states)
        Row i, column j: log probability to go from i to j.
    log_likelihood : array_like, (n_frames, n_states)
        Log of how likely each state makes what was observed in each frame: a probability or a density, up to
        a constant for each frame.

    Returns
    -------
    states : ndarray of int, (n_frames,)
        Of equally likely rows: the last state with the lowest number, and before each state again the lowest.
    log_prob : float
        Log probability of these states together with what was observed; -inf when no row of states is possible (the
        states then mean nothing). As librosa.sequence.viterbi (which takes probabilities, turned round) and hmmlearn.

    Raises
    ------
    arguments.ArgumentError
        Shapes do not fit, NaN or +inf, or log probabilities above 0: are they probabilities?

    References
    ----------
    Viterbi, 1967; Rabiner, "A tutorial on hidden Markov models", 1989, equations 32 to 35.
    Chapter 05, equation 15; chapter 06, equations 8 and 9.

    Examples
    --------
    Healthy or feverish, and how it feels: normal, cold, dizzy.

    >>> start, transition = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> states, log_prob = viterbi(start, transition, np.log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]))
    >>> states, round(log_prob, 3)
    (array([0, 0, 1]), -4.192)
    """
    n_frames, n_states = log_likelihood.shape
    best = log_start + log_likelihood[0]  # of all rows of states that end in each state
    before = np.zeros((n_frames, n_states), dtype=int)
    to_from = np.ascontiguousarray(log_transition.T)
    for t in range(1, n_frames):
        arrive = to_from + best  # row j, column i: be in i, then go to j
        before[t] = arrive.argmax(axis=1)
        best = arrive.max(axis=1) + log_likelihood[t]
    states = np.zeros(n_frames, dtype=int)
    states[-1] = best.argmax()
    for t in range(n_frames - 1, 0, -1):
        states[t - 1] = before[t, states[t]]
    return states, float(best.max())


# --- training ---------------------------------------------------------------------------------------------


# What they hold, forward looks at.
@arguments.checks(log_transition=arguments.array, log_likelihood=arguments.array)
def posteriors(log_start, log_transition, log_likelihood):
    """Where the row of states was, given all frames: the E step of Baum and Welch.

    Parameters
    ----------
    log_start, log_transition, log_likelihood : array_like
        As `forward`.

    Returns
    -------
    gamma : ndarray, (n_frames, n_states)
        Probability of state i in frame t; rows sum to 1.
    xi : ndarray, (n_frames - 1, n_states, n_states)
        Probability of state i in frame t and state j in frame t + 1; summed over j: gamma.
    log_prob : float
        As `forward` returns it.

    Raises
    ------
    arguments.ArgumentError
        As `viterbi`; and where no row of states is possible, as all would be 0 / 0.

    References
    ----------
    Rabiner, 1989, equations 27 and 37. Chapter 06, equation 11.

    Examples
    --------
    >>> start, transition = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> gamma, xi, log_prob = posteriors(start, transition, np.log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]))
    >>> gamma.round(3)
    array([[0.877, 0.123],
           [0.623, 0.377],
           [0.212, 0.788]])
    """
    log_alpha, log_prob = forward(log_start, log_transition, log_likelihood)
    require_possible(log_prob)
    log_beta = backward(log_transition, log_likelihood)
    gamma = np.exp(log_alpha + log_beta - log_prob)
    arrive = (log_likelihood + log_beta)[1:, None, :]  # (frames, 1, j)
    xi = np.exp(log_alpha[:-1, :, None] + log_transition + arrive - log_prob)
    return gamma, xi, log_prob


def best_path(log_start, log_transition, log_likelihood):
    """The same three answers as if the likeliest row of states were the only one: the E step of Viterbi training.

    Parameters
    ----------
    log_start, log_transition, log_likelihood : array_like
        As `forward`.

    Returns
    -------
    gamma : ndarray, (n_frames, n_states)
        1 for the state of the frame, else 0.
    xi : ndarray, (n_frames - 1, n_states, n_states)
        1 for the step after the frame, else 0.
    log_prob : float
        As `viterbi` returns it.

    Raises
    ------
    arguments.ArgumentError
        As `posteriors`.

    References
    ----------
    Juang and Rabiner, "The segmental K-means algorithm for estimating parameters of hidden Markov models", 1990.
    Chapter 06.

    Examples
    --------
    >>> start, transition = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> gamma, xi, log_prob = best_path(start, transition, np.log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]))
    >>> gamma
    array([[1., 0.],
           [1., 0.],
           [0., 1.]])
    """
    states, log_prob = viterbi(log_start, log_transition, log_likelihood)
    require_possible(log_prob)
    gamma = np.eye(np.shape(log_likelihood)[1])[states]
    return gamma, gamma[:-1, :, None] * gamma[1:, None, :], log_prob


def require_possible(log_prob):
    """Refuse to share out frames that no row of states can make: every share would be 0 / 0.

    Examples
    --------
    >>> require_possible(-3.3)
    >>> require_possible(-np.inf)
    Traceback (most recent call last):
    coursekit.arguments.ArgumentError: log_prob = -inf: no row of states can make these frames. A symbol or ...
    """
    if log_prob == -np.inf:
        raise ArgumentError(
            "log_prob = -inf: no row of states can make these frames. "
            "A symbol or a transition with probability 0?"
        )


@dataclass(frozen=True, eq=False)
class Model:
    """A hidden Markov model: a chain of states, and what they send out.

    Parameters
    ----------
    log_start : array_like, (n_states,)
    log_transition : array_like, (n_states, n_states)
    emissions : emissions.Categorical, emissions.Gaussian or emissions.GaussianMixture
        Anything with log_likelihood(x), reestimate(x, gamma) and observed(x, name).

    References
    ----------
    Rabiner, 1989, equation 11: lambda = (A, B, pi). Chapter 06, equation 5.

    Examples
    --------
    >>> chain = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> model = Model(*chain, emissions.Categorical([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]))
    >>> round(model.log_prob([0, 1, 2]), 3), model.decode([0, 1, 2])[0]
    (-3.316, array([0, 0, 1]))
    """

    log_start: np.ndarray
    log_transition: np.ndarray
    emissions: Any

    def log_likelihood(self, x):
        """Log of how likely each state makes each frame, (n_frames, n_states)."""
        return self.emissions.log_likelihood(x)

    def log_prob(self, x):
        """Log probability of a sequence, over all rows of states."""
        return forward(self.log_start, self.log_transition, self.log_likelihood(x))[1]

    def decode(self, x):
        """The likeliest row of states and its log probability, as `viterbi`."""
        return viterbi(self.log_start, self.log_transition, self.log_likelihood(x))


@arguments.checks(counts=arguments.array)
def log_shares(counts, before):
    """Log of each row's shares; a row of zeros, never visited, stays what it was before.

    Parameters
    ----------
    counts : array_like, (..., n)
        0 or more.
    before : array_like, (..., n)
        Logarithms.

    Returns
    -------
    ndarray, (..., n)
        -inf for a count of 0 among others.

    References
    ----------
    Chapter 06, equation 13.

    Examples
    --------
    >>> np.exp(log_shares([[3.0, 1.0], [0.0, 0.0]], np.log([[0.5, 0.5], [0.2, 0.8]])))
    array([[0.75, 0.25],
           [0.2 , 0.8 ]])
    """
    total = counts.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore"):
        return np.where(total > 0, np.log(counts) - np.log(total + (total == 0)), before)


def _observed(model, sequences):
    sequences = [model.emissions.observed(x, f"sequences[{i}]") for i, x in enumerate(sequences)]
    if not sequences:
        raise ArgumentError("sequences is empty; wanted at least one")
    return {"sequences": sequences}


@arguments.checks(_observed, n_iter=arguments.integer)
def baum_welch(model, sequences, *, n_iter=10, tol=1e-2, e_step=posteriors):
    """Make a model likelier to send out the sequences: turns of E step and M step.

    Parameters
    ----------
    model : Model
        Where to start. What is impossible in it (-inf) stays so: a left-to-right model stays one.
    sequences : list of array_like
        Each (n_frames, n_features), or (n_frames,) symbols. They are not joined: no step leads from the end of one to
        the start of the next.
    n_iter : int
        Turns at most.
    tol : float
        Stop when the log probability of all sequences has grown by less than this since the turn before.
    e_step : callable
        `posteriors` (Baum and Welch) or `best_path` (Viterbi training: faster, and about as good for recognition).

    Returns
    -------
    model : Model
        After the last turn.
    log_probs : list of float
        Log probability of all sequences together before each turn. It never falls, but for a variance that the floor
        holds up.

    Raises
    ------
    arguments.ArgumentError
        No sequences, an empty one, one of another width, NaN, or one that the model cannot make.

    References
    ----------
    Baum, Petrie, Soules and Weiss, 1970; Rabiner, 1989, equations 40, 52 to 54, and 109 to 111 for many sequences.
    Chapter 06, equations 12 to 14. As hmmlearn's fit(X, lengths) with priors that say nothing.

    Examples
    --------
    >>> chain = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> model = Model(*chain, emissions.Categorical([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]))
    >>> model, log_probs = baum_welch(model, [[0, 0, 1], [2, 1, 2, 2]], n_iter=3)
    >>> np.round(log_probs, 2)
    array([-7.47, -6.87, -6.29])
    """
    frames, ends = np.concatenate(sequences), np.cumsum([len(x) for x in sequences])
    log_probs = []
    for _ in range(n_iter):
        log_b = np.split(model.log_likelihood(frames), ends[:-1])
        found = [e_step(model.log_start, model.log_transition, b) for b in log_b]
        gamma, xi, log_prob = zip(*found, strict=True)
        log_probs.append(sum(log_prob))
        started = sum(g[0] for g in gamma)
        moved = sum(x.sum(axis=0) for x in xi)
        model = Model(
            log_shares(started, model.log_start),
            log_shares(moved, model.log_transition),
            model.emissions.reestimate(frames, np.concatenate(gamma)),
        )
        if len(log_probs) > 1 and log_probs[-1] - log_probs[-2] < tol:
            break
    return model, log_probs


# --- one model a word -------------------------------------------------------------------------------------


@arguments.checks(n_states=arguments.integer, max_step=arguments.integer)
def left_to_right(n_states, *, max_step=1):
    """The chain of a word: begin in the first state, then stay or go on, never back.

    Parameters
    ----------
    n_states : int
    max_step : int
        How many states a step may go on: 1 skips none, so that fewer frames than states never reach the last state;
        2 may skip one at a time.

    Returns
    -------
    log_start : ndarray, (n_states,)
    log_transition : ndarray, (n_states, n_states)
        All allowed steps equally likely; the last state is never left.

    References
    ----------
    Bakis, 1976; Rabiner, 1989, equations 45 to 48. Chapter 06, equation 3.

    Examples
    --------
    >>> np.exp(left_to_right(3)[1])
    array([[0.5, 0.5, 0. ],
           [0. , 0.5, 0.5],
           [0. , 0. , 1. ]])
    """
    step = np.arange(n_states) - np.arange(n_states)[:, None]  # row i, column j: j - i
    impossible = np.full((n_states, n_states), -np.inf)
    log_transition = log_shares((step >= 0) & (step <= max_step), impossible)
    return log_shares(np.eye(n_states)[0], impossible[0]), log_transition


def _reach_the_last_state(sequences, n_states, max_step):
    fewest = 1 + -(-(n_states - 1) // max_step)  # rounded up
    shortest = min(len(x) for x in sequences)
    if shortest < fewest:
        raise ArgumentError(
            f"an utterance has {shortest} frames; {n_states} states with steps of at most "
            f"{max_step} need {fewest} frames to reach the last one. Fewer states, or "
            f"max_step={max_step + 1}?"
        )


@arguments.checks(_reach_the_last_state)
def word_start(sequences, *, n_states, n_mix, max_step, floor, rng):
    """Where the training of a word begins: each utterance cut into n_states equal pieces.

    Parameters
    ----------
    sequences : list of array_like, (n_frames, n_features)
        Utterances of one word, each long enough to reach the last state.
    n_states, max_step : int
        The chain, as `left_to_right`.
    n_mix : int
        Gaussians a state: centres by k-means among the frames of piece j of all utterances, each with the variances of
        the whole piece.
    floor : float or array_like, (n_features,)
        Smallest variances.
    rng : numpy.random.Generator
        For k-means.

    Returns
    -------
    Model

    Raises
    ------
    arguments.ArgumentError
        An utterance too short to reach the last state.

    References
    ----------
    Rabiner, 1989, section V.C: segmental k-means. Chapter 06.

    Examples
    --------
    >>> x = np.array([[0.0], [0.1], [5.0], [5.1]])
    >>> start = word_start([x], n_states=2, n_mix=1, max_step=1, floor=0.01, rng=np.random.default_rng(0))
    >>> start.emissions.means.ravel().round(2)
    array([0.05, 5.05])
    """
    frames = np.concatenate(sequences)
    states = np.concatenate([np.arange(len(x)) * n_states // len(x) for x in sequences])
    means, variances = [], []
    for j in range(n_states):
        piece = frames[states == j] if np.any(states == j) else frames  # all words very short
        means.append(emissions.k_means(piece, n_mix, rng=rng))
        variances.append(np.tile(np.maximum(piece.var(axis=0), floor), (n_mix, 1)))
    mixtures = emissions.GaussianMixture(
        np.full((n_states, n_mix), 1 / n_mix), np.array(means), np.array(variances), floor
    )
    return Model(*left_to_right(n_states, max_step=max_step), mixtures)


def _labelled(sequences, labels):
    return {"sequences": arguments.sequences(sequences, labels), "labels": np.asarray(labels)}


@arguments.checks(
    n_states=arguments.integer,
    n_mix=arguments.integer,
    max_step=arguments.integer,
    n_iter=arguments.integer,
    floor=partial(arguments.real, above=0),
)
class WordRecognizer:
    """Which word was said: one left-to-right model a word, the likeliest wins.

    Parameters
    ----------
    n_states, n_mix : int
        States a word, Gaussians a state.
    max_step : int
        How far a step may go on, as `left_to_right`: with 2, words of few frames skip states.
    n_iter : int
        Turns of training.
    floor : float
        Smallest variances, as a share of the variance of all training frames, feature by feature.
    e_step : callable
        As `baum_welch`: `best_path` or `posteriors`.

    Attributes
    ----------
    words : ndarray, (n_words,)
        The labels, sorted.
    models : dict
        From label to Model.

    References
    ----------
    Rabiner, 1989, section VI: isolated word recognition. Chapter 06, equation 17.

    Examples
    --------
    >>> up, down = np.linspace([0.0], [9.0], 10), np.linspace([9.0], [0.0], 10)
    >>> recognizer = WordRecognizer(n_states=3, n_mix=1).fit([up, down, up[::2]], ["up", "down", "up"])
    >>> recognizer.predict([up[1:], down + 0.5]), recognizer.score([up], ["down"])
    (array(['up', 'down'], dtype='<U4'), 0.0)
    """

    def __init__(self, *, n_states=8, n_mix=6, max_step=2, n_iter=8, floor=0.03, e_step=best_path):
        self.chain = {"n_states": n_states, "n_mix": n_mix, "max_step": max_step}
        self.n_iter, self.floor, self.e_step = n_iter, floor, e_step
        self.models, self.words = {}, None

    @arguments.checks(_labelled)
    def fit(self, sequences, labels, *, rng=None):
        """Train a model for each word from its utterances, (n_frames, n_features) each; returns self.

        rng starts k-means; None: np.random.default_rng(0)."""
        rng = np.random.default_rng(0) if rng is None else rng
        variances = np.concatenate(sequences).var(axis=0)
        floor = np.maximum(self.floor * variances, 1e-12)  # a feature that never changes
        self.words, self.models = np.unique(labels), {}
        for word in self.words:
            own = [x for x, label in zip(sequences, labels, strict=True) if label == word]
            start = word_start(own, **self.chain, floor=floor, rng=rng)
            model, _ = baum_welch(start, own, n_iter=self.n_iter, e_step=self.e_step)
            self.models[word] = model
        return self

    def log_prob_per_frame(self, sequences):
        """Log probability of each utterance under each word, by its length: (n_sequences, n_words)."""
        if not self.models:
            raise ArgumentError("no words yet: call fit(sequences, labels) first")
        n_features = self.models[self.words[0]].emissions.means.shape[-1]
        sequences = arguments.sequences(sequences, n_features=n_features)
        lengths = np.array([len(x) for x in sequences])
        frames, ends = np.concatenate(sequences), np.cumsum(lengths)[:-1]
        log_probs = np.empty((len(sequences), len(self.words)))
        for k, word in enumerate(self.words):
            model = self.models[word]
            for i, log_b in enumerate(np.split(model.log_likelihood(frames), ends)):
                log_probs[i, k] = forward(model.log_start, model.log_transition, log_b)[1]
        return log_probs / lengths[:, None]

    def predict(self, sequences):
        """The likeliest word of each utterance."""
        return self.words[self.log_prob_per_frame(sequences).argmax(axis=1)]

    @arguments.checks(_labelled)
    def score(self, sequences, labels):
        """Share of utterances recognised right."""
        found = self.predict(sequences)
        return float(np.mean(found == arguments.labels_like(labels, self.words)))
