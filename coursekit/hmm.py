"""Hidden Markov models, in logarithms of probabilities. Chapters 05 and 06.

Arrays are (frames, states); log 0 is -inf, and stays so.
"""

import numpy as np

from . import arguments


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
    Chapter 05, equation 15; chapter 06 derives it.

    Examples
    --------
    Healthy or feverish, and how it feels: normal, cold, dizzy.

    >>> start, transition = np.log([0.6, 0.4]), np.log([[0.7, 0.3], [0.4, 0.6]])
    >>> states, log_prob = viterbi(start, transition, np.log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]))
    >>> states, round(log_prob, 3)
    (array([0, 0, 1]), -4.192)
    """
    log_start, log_transition, log_b = _model(log_start, log_transition, log_likelihood)
    n_frames, n_states = log_b.shape
    best = log_start + log_b[0]  # of all rows of states that end in each state
    before = np.zeros((n_frames, n_states), dtype=int)
    to_from = np.ascontiguousarray(log_transition.T)
    for t in range(1, n_frames):
        arrive = to_from + best  # row j, column i: be in i, then go to j
        before[t] = arrive.argmax(axis=1)
        best = arrive.max(axis=1) + log_b[t]
    states = np.zeros(n_frames, dtype=int)
    states[-1] = best.argmax()
    for t in range(n_frames - 1, 0, -1):
        states[t - 1] = before[t, states[t]]
    return states, float(best.max())


def _model(log_start, log_transition, log_likelihood):
    """The three arrays in float64, or an error that names the one that does not fit."""
    log_b = _logs(log_likelihood, "log_likelihood", 2)
    log_start, log_transition = _logs(log_start, "log_start", 1), _logs(log_transition, "log_transition", 2)
    n_states = log_b.shape[1]
    for log_p, name, wanted in ((log_start, "log_start", (n_states,)),
                                (log_transition, "log_transition", (n_states, n_states))):
        if log_p.shape != wanted:
            raise arguments.ArgumentError(f"{name} has shape {log_p.shape}; wanted {wanted}: log_likelihood of shape "
                                          f"{log_b.shape} means {n_states} states. (frames, states) is the order")
        if log_p.max() > 1e-9:  # what rounding leaves of log 1
            raise arguments.ArgumentError(f"{name} reaches {log_p.max():g}; log probabilities are at most 0. "
                                          "Are these probabilities? Take np.log of them")
    return log_start, log_transition, log_b


def _logs(log_p, name, ndim):
    log_p = np.asarray(log_p)
    if log_p.dtype.kind not in "fiu" or log_p.ndim != ndim or log_p.size == 0:
        raise arguments.ArgumentError(f"{name} holds {log_p.dtype} values of shape {log_p.shape}; wanted real numbers, "
                                      f"{ndim} dimensions, at least one state and one frame")
    if np.isnan(log_p).any() or np.isposinf(log_p).any():
        raise arguments.ArgumentError(f"{name} holds NaN or +infinity; log 0 is -infinity. A logarithm of a "
                                      "negative number?")
    return log_p.astype(np.float64)
