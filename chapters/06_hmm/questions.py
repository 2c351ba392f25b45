"""Questions of chapter 06. Truth comes from hmmlearn, SciPy's and NumPy's statistics, and from labels."""

import functools
import logging
from contextlib import contextmanager

import numpy as np

from coursekit import data, digits, dtw, hmm
from coursekit.exercise import Case, Mutant, Question, all_of, choice, close, labels


@contextmanager
def quiet_hmmlearn():
    """hmmlearn warns of rows without counts and of training that was stopped: both are meant here."""
    logger = logging.getLogger("hmmlearn")
    level = logger.level
    logger.setLevel("CRITICAL")
    try:
        yield
    finally:
        logger.setLevel(level)


# --- 1: how long a state lasts -------------------------------------------------------------------------------


def stay_cases(rng):
    """Two means of which no few decimals are enough, and a very long one: nothing may be cut off near 1."""
    drawn = float(rng.uniform(13, 40))
    return [Case(5.0), Case(1.0), Case(2.5), Case(7.0), Case(drawn), Case(20000.0)]


def scipy_stay(mean_frames):
    """Probability to leave with which SciPy's geometric distribution has this mean, turned round."""
    import scipy.optimize
    import scipy.stats

    leave = scipy.optimize.brentq(
        lambda p: scipy.stats.geom(p).mean() - mean_frames, 1e-9, 1.0, xtol=1e-15
    )
    return 1 - leave


# --- 2: the probability of a row of states -------------------------------------------------------------------


def chain_cases(rng):
    cases = []
    for n_states, n_frames in ((2, 1), (2, 4), (4, 12), (3, 1000)):
        start = rng.dirichlet(np.ones(n_states))
        transition = rng.dirichlet(np.full(n_states, 0.7), size=n_states) * 0.94 + 0.06 / n_states
        cases.append(Case(start, transition, rng.integers(0, n_states, n_frames)))
    ordered = np.array([[0.8, 0.2, 0.0], [0.0, 0.7, 0.3], [0.0, 0.0, 1.0]])
    likely, rare = np.array([[0.75, 0.25], [0.5, 0.5]]), np.array([[1.0, 1e-35], [1e-35, 1.0]])
    return [
        Case(np.array([1.0, 0.0, 0.0]), ordered, np.array([0, 0, 1, 1, 1, 2, 2])),
        # a rare beginning, then rare steps: whoever adds an epsilon to them, or cuts them off, makes them likely
        Case(np.array([1.0, 1e-35]), likely, np.array([1, 0, 0, 1, 1])),
        Case(np.array([0.5, 0.5]), rare, np.arange(1000) % 2),
        *cases,
    ]


def hmmlearn_chain(start, transition, states):
    """The score of an HMM whose states can be seen: state i makes symbol i."""
    from hmmlearn.hmm import CategoricalHMM

    model = CategoricalHMM(len(start), implementation="log")
    model.n_features = len(start)
    model.startprob_, model.transmat_, model.emissionprob_ = start, transition, np.eye(len(start))
    with np.errstate(divide="ignore"):
        return model.score(np.asarray(states)[:, None])


def chain(start, transition, states, *, log=np.log, first=0, steps=slice(None), begin=True):
    """Equation 3, whose parts can be replaced by wrong ones."""
    with np.errstate(divide="ignore"):
        moved = log(transition[states[:-1], states[1:]][steps]).sum()
        return float(moved + (log(start[states[first]]) if begin else 0.0))


def chain_product(start, transition, states):
    with np.errstate(divide="ignore"):
        return float(np.log(start[states[0]] * np.prod(transition[states[:-1], states[1:]])))


# --- 3: forward ----------------------------------------------------------------------------------------------


def log(p):
    with np.errstate(divide="ignore"):
        return np.log(p)


def forward_cases(rng):
    def distribution(*shape):
        return rng.dirichlet(np.full(shape[-1], 0.8), size=shape[:-1])

    ordered = np.array([[0.6, 0.4, 0.0], [0.0, 0.7, 0.3], [0.0, 0.0, 1.0]])
    return [
        Case(
            log([0.6, 0.4]),
            log([[0.7, 0.3], [0.4, 0.6]]),
            log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]),
        ),
        Case(log(distribution(1, 3)[0]), log(distribution(3, 3)), rng.normal(-2, 1, (1, 3))),
        Case(log([1.0, 0.0, 0.0]), log(ordered), rng.normal(-3, 1, (9, 3))),
        Case(log(distribution(1, 5)[0]), log(distribution(5, 5)), rng.normal(-1, 0.5, (20, 5))),
        # states whose log likelihoods lie thousands apart, and change places
        Case(
            log([1.0, 0.0, 0.0]),
            log(ordered),
            np.repeat([[-100.0, -1000.0, -1000.0], [-5000.0, -5000.0, -100.0]], (4, 5), axis=0),
        ),
        # state 2 fits all frames and cannot be reached: whatever stands for -inf, it must weigh more than 60 bad frames
        Case(
            log([1.0, 0.0, 0.0]),
            log([[0.6, 0.4, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
            np.tile([-30000.0, -31000.0, -1.0], (60, 1)),
        ),
        # nobody changes places here: state 1 is 80,000 behind after four frames, and wins
        Case(
            log([0.5, 0.5]),
            log(np.eye(2)),
            np.repeat([[-100.0, -20000.0], [-60000.0, -100.0]], 4, axis=0),
        ),
        Case(log(distribution(1, 8)[0]), log(distribution(8, 8)), rng.normal(-500.0, 2.0, (40, 8))),
    ]


def hmmlearn_forward(log_start, log_transition, log_likelihood):
    """The score of an HMM of hmmlearn's whose emissions are handed over as they are."""
    from hmmlearn.base import BaseHMM

    class Given(BaseHMM):
        def _compute_log_likelihood(self, X):
            return X

    model = Given(len(log_start), implementation="log")
    model.startprob_, model.transmat_ = np.exp(log_start), np.exp(log_transition)
    with np.errstate(divide="ignore"):
        return model.score(np.asarray(log_likelihood))


def forward(
    log_start,
    log_transition,
    log_likelihood,
    *,
    join=np.logaddexp.reduce,
    end=np.logaddexp.reduce,
    axis=0,
    source=False,
    late=0,
    left=False,
    entered=False,
):
    """Equation 7, whose parts can be replaced by wrong ones.

    source: the emission of the state that is left; late: that of so many frames before; left: this frame's, of the
    state that is left; entered: log_alpha of the state that is entered.
    """
    with np.errstate(invalid="ignore"):
        log_alpha = log_start + (0 if source else log_likelihood[0])
        for t in range(1, len(log_likelihood)):
            if source:
                log_alpha = join(
                    (log_alpha + log_likelihood[t - 1])[:, None] + log_transition, axis=axis
                )
            elif left:
                log_alpha = join(
                    (log_alpha + log_likelihood[t])[:, None] + log_transition, axis=axis
                )
            else:
                before = log_alpha[None, :] if entered else log_alpha[:, None]
                log_alpha = join(before + log_transition, axis=axis) + log_likelihood[t - late]
        return float(end(log_alpha))


def in_probabilities(log_start, log_transition, log_likelihood):
    with np.errstate(all="ignore"):
        alpha = np.exp(log_start) * np.exp(log_likelihood[0])
        for frame in log_likelihood[1:]:
            alpha = alpha @ np.exp(log_transition) * np.exp(frame)
        return float(np.log(alpha.sum()))


def given_up(log_start, log_transition, log_likelihood, within=20000.0):
    """A state that is so far behind the best is dropped."""
    log_alpha = log_start + log_likelihood[0]
    for frame in log_likelihood[1:]:
        log_alpha = np.logaddexp.reduce(log_alpha[:, None] + log_transition, axis=0) + frame
        log_alpha = np.where(log_alpha < log_alpha.max() - within, -np.inf, log_alpha)
    return float(np.logaddexp.reduce(log_alpha))


def maximum_per_state(z, axis):
    """Log of a sum of exponentials whose maximum may be -inf."""
    with np.errstate(all="ignore"):
        highest = z.max(axis=axis)
        return highest + np.log(np.exp(z - highest).sum(axis=axis))


def maximum_of_all(z, axis):
    with np.errstate(all="ignore"):
        return z.max() + np.log(np.exp(z - z.max()).sum(axis=axis))


def moved_before(log_start, log_transition, log_likelihood, first):
    """A step of the chain before the first frame is heard; first: after it was heard once."""
    log_alpha = log_start + (log_likelihood[0] if first else 0)
    for frame in log_likelihood:
        log_alpha = np.logaddexp.reduce(log_alpha[:, None] + log_transition, axis=0) + frame
    return float(np.logaddexp.reduce(log_alpha))


def read_while_written(log_start, log_transition, log_likelihood):
    log_alpha = log_start + log_likelihood[0]
    for frame in log_likelihood[1:]:
        for j in range(len(log_alpha)):
            log_alpha[j] = np.logaddexp.reduce(log_alpha + log_transition[:, j]) + frame[j]
    return float(np.logaddexp.reduce(log_alpha))


def zeros_at_first(log_start, log_transition, log_likelihood):
    """Each sum begins with log 1."""
    return forward(
        log_start,
        log_transition,
        log_likelihood,
        join=lambda z, axis: np.logaddexp(np.logaddexp.reduce(z, axis=axis), 0.0),
    )


def of_all_frames(log_start, log_transition, log_likelihood):
    """All log_alpha of all frames added up."""
    each = [
        forward(log_start, log_transition, log_likelihood[: t + 1])
        for t in range(len(log_likelihood))
    ]
    return float(np.logaddexp.reduce(each))


def from_the_first_state(log_start, log_transition, log_likelihood):
    return forward(
        np.where(np.arange(len(log_start)) == 0, 0.0, -np.inf), log_transition, log_likelihood
    )


def to_the_next_state(log_start, log_transition, log_likelihood):
    """Steps to the same state and to the next, no others."""
    n = len(log_start)
    return forward(
        log_start, np.where(np.eye(n) + np.eye(n, k=1) > 0, log_transition, -np.inf), log_likelihood
    )


def without_first_frame(log_start, log_transition, log_likelihood):
    return forward(
        log_start, log_transition, np.vstack([0 * log_likelihood[:1], log_likelihood[1:]])
    )


def emissions_left_out(log_start, log_transition, log_likelihood):
    return forward(
        log_start, log_transition, np.vstack([log_likelihood[:1], 0 * log_likelihood[1:]])
    )


# --- 4: the M step -------------------------------------------------------------------------------------------


def update_cases(rng):
    def draw(lengths, n_states, n_features, sharp):
        gammas = [rng.dirichlet(np.full(n_states, sharp), size=n) for n in lengths]
        centres = rng.normal(0, 3, (n_states, n_features))
        return [g @ centres + rng.normal(0, 0.5, (len(g), n_features)) for g in gammas], gammas

    def far():
        """Means of eight million, variances of some 6; E[x^2] - mean^2 is off by up to 4e-3 (1e-4 is allowed).

        All sums are exact in whatever order they are taken (whole numbers, eighths, and each state owns 16 frames, a
        power of two): all who take the squares in this way get the same wrong numbers, from mean^2 rounded, and read
        why.
        """
        x = 2.0**23 + rng.integers(-4, 5, (32, 2))
        own = rng.integers(1, 8, 16) / 8
        own = rng.permutation(np.concatenate([own, 1 - own]))
        return [x], [np.stack([own, 1 - own], axis=1)]

    still = draw((12, 5), 2, 3, 0.7)
    still[0][0][:, 1] = still[0][1][:, 1] = (
        2.0  # a feature that never changes: the floor holds it up
    )
    one_held = [np.array([[0.0, 0.0], [1.0, 3.0]]), np.array([[4.0, 0.0], [8.0, 5.0], [0.5, 1.0]])]
    its_gammas = [
        np.array([[0.9, 0.1], [1.0, 0.0]]),
        np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]),
    ]
    rare = draw((20, 6), 3, 2, 0.7)
    for gamma in rare[1]:  # all that state 2 owns is some 2e-4 of a frame
        gamma[:, 2] *= 2.5e-5
        gamma[:, 0] = 1 - gamma[:, 1] - gamma[:, 2]
    quiet = [1e-2 * x for x in rare[0]]
    loud = draw((15, 8), 2, 2, 0.7)
    return [
        Case(
            [np.array([[0.0], [4.0]]), np.array([[2.0], [6.0], [8.0]])],
            [np.array([[1.0, 0.0], [0.25, 0.75]]), np.array([[0.5, 0.5], [0.0, 1.0], [0.0, 1.0]])],
            0.5,
        ),
        Case(*draw((4, 30, 9), 3, 4, 0.5), 0.01),
        Case(*still, 0.3),
        Case(*draw((25,), 4, 2, 0.3), 1.0),
        # of feature 0 the floor holds up the variance of state 0 (0.2), and not that of state 1 (6)
        Case(one_held, its_gammas, 1.0),
        Case(quiet, rare[1], 1e-7),
        Case([100 * x for x in loud[0]], loud[1], 1.0),  # variances of thousands
        Case(*far(), 1e-6),
    ]


def numpy_update(sequences, gammas, floor):
    """Weighted means and variances as NumPy has them."""
    x, gamma = np.concatenate(sequences), np.concatenate(gammas)
    means = [np.average(x, axis=0, weights=weight) for weight in gamma.T]
    variances = [[np.cov(column, aweights=weight, ddof=0) for column in x.T] for weight in gamma.T]
    return np.array(means), np.maximum(np.array(variances), floor)


def moments(
    sequences,
    gammas,
    floor,
    *,
    hold=np.maximum,
    power=1,
    spread=lambda v: v,
    centre=None,
    less=0.0,
    total=None,
):
    """The M step, whose parts can be replaced by wrong ones."""
    x, gamma = np.concatenate(sequences), np.concatenate(gammas)
    n = (gamma.sum(axis=0) if total is None else np.full(gamma.shape[1], float(total(gamma))))[
        :, None
    ]
    means = gamma.T @ x / n
    around = means if centre is None else centre(x, means)
    square = np.array(
        [weight**power @ (x - a) ** 2 for weight, a in zip(gamma.T, around, strict=True)]
    )
    return means, hold(spread(square / (n - less)), floor)


def squares_less_square(sequences, gammas, floor, *, total=None):
    """E[x^2] - mean^2: right on paper."""
    x, gamma = np.concatenate(sequences), np.concatenate(gammas)
    n = (gamma.sum(axis=0) if total is None else np.full(gamma.shape[1], float(total(gamma))))[
        :, None
    ]
    means = gamma.T @ x / n
    return means, np.maximum(gamma.T @ x**2 / n - means**2, floor)


def whole_feature_held(sequences, gammas, floor):
    means, variances = numpy_update(sequences, gammas, 0.0)
    return means, np.where((variances < floor).any(axis=0), floor, variances)


def divided_within_sequences(sequences, gammas, floor, *, around=True):
    """gamma / gamma.sum(axis=0) in each sequence by itself, then all sequences added up."""
    x, share = np.concatenate(sequences), np.concatenate([g / g.sum(axis=0) for g in gammas])
    means = share.T @ x
    if not around:
        return means, np.maximum(share.T @ x**2 - means**2, floor)
    return means, np.maximum(
        [weight @ (x - m) ** 2 for weight, m in zip(share.T, means, strict=True)], floor
    )


def moved_away(sequences, gammas, floor):
    """x -= means[j] in the loop over states."""
    x, gamma = np.concatenate(sequences), np.concatenate(gammas)
    n = gamma.sum(axis=0)
    means, variances = gamma.T @ x / n[:, None], []
    for j in range(len(n)):
        x = x - means[j]
        variances.append(gamma[:, j] @ x**2 / n[j])
    return means, np.maximum(variances, floor)


def of_each_sequence(sequences, gammas, floor):
    each = [numpy_update([x], [g], 0.0) for x, g in zip(sequences, gammas, strict=True)]
    return np.mean([m for m, _ in each], axis=0), np.maximum(
        np.mean([v for _, v in each], axis=0), floor
    )


def of_each_sequence_squares(sequences, gammas, floor):
    each = [squares_less_square([x], [g], -np.inf) for x, g in zip(sequences, gammas, strict=True)]
    return np.mean([m for m, _ in each], axis=0), np.maximum(
        np.mean([v for _, v in each], axis=0), floor
    )


def around_each_sequence(sequences, gammas, floor):
    """The means are right; the deviations are those from the mean of the same sequence."""
    total, square = 0.0, 0.0
    for x, g in zip(sequences, gammas, strict=True):
        own = g.T @ x / g.sum(axis=0)[:, None]
        square = square + np.array(
            [weight @ (x - m) ** 2 for weight, m in zip(g.T, own, strict=True)]
        )
        total = total + g.sum(axis=0)[:, None]
    return numpy_update(sequences, gammas, floor)[0], np.maximum(square / total, floor)


def one_of(which, sequences, gammas, floor):
    return numpy_update([sequences[which]], [gammas[which]], floor)


def hard(sequences, gammas, floor):
    """Each frame to its likeliest state alone; where a state gets none, 0 / 0."""
    sharp = [np.eye(g.shape[1])[g.argmax(axis=1)] for g in gammas]
    with np.errstate(invalid="ignore"):
        return moments(sequences, sharp, floor)


# --- 5: bug clinic -------------------------------------------------------------------------------------------


def clinic_cases(rng):
    cases = [Case([np.array([0, 0, 1]), np.array([0, 1, 1, 1])], 2)]
    for n_states, n_words in ((4, 12), (5, 40)):
        paths = []
        for _ in range(n_words):
            steps = rng.choice([0, 1, 2], p=[0.5, 0.4, 0.1], size=rng.integers(1, 10))
            first = int(rng.choice([0, 1], p=[0.75, 0.25]))
            path = np.minimum(
                first + np.cumsum(np.append(0, steps[1:])), n_states - 2
            )  # the last one is never seen
            paths.append(path.astype(int))
        cases.append(Case([np.array([1]), *paths], n_states))
    # steps that are more than a byte can count
    long = [np.repeat([0, 1, 2], [700, 300, 2]), np.array([0, 1, 1])]
    return [*cases, Case(long, 4)]


def hmmlearn_counts(paths, n_states):
    """One M step of an HMM whose states can be seen."""
    from hmmlearn.hmm import CategoricalHMM

    model = CategoricalHMM(n_states, n_iter=1, init_params="", params="st", implementation="log")
    model.n_features = n_states
    model.startprob_ = np.full(n_states, 1 / n_states)
    model.transmat_, model.emissionprob_ = (
        np.full((n_states, n_states), 1 / n_states),
        np.eye(n_states),
    )
    with np.errstate(divide="ignore"), quiet_hmmlearn():
        model.fit(np.concatenate(paths)[:, None], [len(path) for path in paths])
    return model.startprob_, model.transmat_


def counted(
    paths,
    n_states,
    *,
    joined=False,
    begin="each",
    axis=1,
    never="zeros",
    shares=True,
    start_shares=True,
    by_frames=False,
    add=0.0,
    last_step=True,
    count="all",
    forward_only=False,
    skip=0,
):
    """The counts of the statement, whose faults can be mended one by one."""
    paths = [np.asarray(path, dtype=int) for path in paths if len(path) > skip]
    counts = np.full((n_states, n_states), add)
    for path in [np.concatenate(paths)] if joined else paths:
        path = path if last_step else path[:-1]
        pairs = (path[:-1], path[1:])
        if count == "once":
            counts[pairs] += 1
        elif count == "circle":
            np.add.at(counts, (np.roll(path, 1), path), 1)
        else:
            np.add.at(counts, pairs[::-1] if count == "back" else pairs, 1)
    counts = np.triu(counts) if forward_only else counts
    firsts = [path[0] for path in (paths[:1] if begin == "first" else paths)]
    if begin == "frames":
        firsts = np.concatenate(paths)
    start = np.bincount(firsts, minlength=n_states).astype(float)
    start = start / start.sum() if start_shares else start
    total = counts.sum(axis=axis, keepdims=axis is not None)
    if by_frames:
        total = np.bincount(np.concatenate(paths), minlength=n_states).astype(float)[:, None]
    with np.errstate(all="ignore"):
        transition = counts / total if shares else counts.copy()
    empty = counts.sum(axis=1) == 0
    if never == "zeros":
        transition[~np.isfinite(transition)] = 0.0
    elif never == "even":
        transition[empty] = 1 / n_states
    elif never == "stay":
        transition[empty] = np.eye(n_states)[empty]
    return start, transition


def _divided_wrongly(paths, n_states, *, zeros=True):
    """The sums of the rows divide the columns."""
    counts = np.zeros((n_states, n_states))
    for path in paths:
        np.add.at(counts, (path[:-1], path[1:]), 1)
    with np.errstate(all="ignore"):
        transition = counts / counts.sum(axis=1)
    return counted(paths, n_states)[0], np.nan_to_num(
        transition, posinf=0.0
    ) if zeros else transition


def _divided_by_the_wrong_row(paths, n_states):
    return _divided_wrongly(paths, n_states, zeros=False)


def _divided_together(start, transition):
    return start, transition / transition.sum()


# --- 6: experiment -------------------------------------------------------------------------------------------

WORDS = ("0", "1", "3", "8", "9")  # of all fives, the one that slopes help most
# Of each digit, in the set's order. The twenty words between are left out: nearly all of them are always right.
N_TRAIN, TEST = 40, slice(60, 200)
# Tried with several seeds of k-means and orders of the words: 48 recognisers of the 13 coefficients alone (6 to 15
# states, 4 to 12 Gaussians, floors 0.03 to 0.3) got 89.4 to 92.7 % of the 700 words right; 70 with slopes (8 to 12
# states and 3 Gaussians or more, or 6 states and 4) 95.0 to 98.7 %, and 25 smaller ones with slopes (5 states, or one
# or two Gaussians) 94.4 to 97.0 %. So luck carries nobody over 94 %, nor does it hold back anybody who knows of slopes.
WANTED = 0.94


@functools.cache
def spoken():
    """Features of the digits to train on and to test on, by label."""
    items, _ = digits.split(data.load("digits", quiet=True))
    return {
        word: [np.array(item.features) for item in items if item.label == word] for word in WORDS
    }


@functools.cache
def heard_again(word):
    """The words to test on, each number moved by a hundredth of its deviation: no word is in the set as it is here.

    A model does not notice, and a look-up in the set does. Always moved alike: what is learned is remembered.
    """
    rng = np.random.default_rng(int(word))
    return [x + 0.01 * x.std(axis=0) * rng.standard_normal(x.shape) for x in spoken()[word][TEST]]


def words_cases(rng):
    """Always the same words, in another order: their accuracy hardly moves, and the threshold can be close."""
    parts = []
    for part in (lambda word: spoken()[word][:N_TRAIN], heard_again):
        pairs = [(word, x) for word in WORDS for x in part(word)]
        parts.append([pairs[i] for i in rng.permutation(len(pairs))])
    (train_labels, train), (test_labels, test) = (
        map(list, zip(*part, strict=True)) for part in parts
    )
    return [Case(train, train_labels, test, truth=test_labels)]


_answers = {}  # of each mutant for each word: it is asked several times, and trained once, in the order met first


def recognised(
    train,
    labels,
    test,
    *,
    deltas=True,
    scale=True,
    scale_test=True,
    templates=False,
    shift=0,
    **how,
):
    """A recogniser, any part of which can be left out."""
    names = [float(x.sum()) for x in test]  # no two words have the same sum
    key = (deltas, scale, scale_test, templates, shift, *sorted(how.items()))
    if key not in _answers:
        if deltas:
            train, test = ([digits.with_deltas(x) for x in words] for words in (train, test))
        if scale:
            standard = digits.Standardizer.fit(train)
            train, test = (
                [standard(x) for x in train],
                [standard(x) for x in test] if scale_test else test,
            )
        labels = list(np.roll(labels, shift))
        model = (
            dtw.TemplateRecognizer()
            if templates
            else hmm.WordRecognizer(**{"n_states": 8, "n_mix": 4, "floor": 0.1} | how)
        )
        said = model.fit(train, labels).predict(test).tolist()
        _answers[key] = dict(zip(names, said, strict=True))
    return [_answers[key][name] for name in names]


# --- 7: prediction -------------------------------------------------------------------------------------------


def divided_or_not():
    """Ten scores for each of 100 words, 98 of which are right: divided by what the models' words last, how many?"""
    rng = np.random.default_rng(0)
    said, means = np.arange(100) % 10, np.linspace(25, 40, 10)
    scores = -50.0 * rng.normal(means[said], 3)[:, None] - rng.uniform(20, 200, (100, 10))
    scores[np.arange(100), said] += 200
    scores[:2] = np.roll(scores[:2], 1, axis=1)  # two are taken for the word after theirs
    before, after = (np.sum(s.argmax(axis=1) == said) for s in (scores, scores / means))
    return "the same" if after == before else "fewer" if after < before else "more"


QUESTIONS = [
    Question(
        id="06.stay",
        title="How long does a state last?",
        points=1,
        kind="warmup",
        name="stay_probability",
        cases=stay_cases,
        oracle=scipy_stay,
        compare=close(1e-9, quantity="probability"),
        hints=(
            "With which probability does the chain leave the state, in each frame?",
            "A state that lasts d frames on average is left, on average, once in d frames.",
            "The probability to leave is one over the mean; the chain stays with the rest.",
        ),
        mutants=(
            Mutant(
                "to leave",
                lambda mean_frames: 1 / mean_frames,
                "That is the probability to leave. The chain stays with the rest.",
            ),
            Mutant(
                "first frame not counted",
                lambda mean_frames: mean_frames / (mean_frames + 1),
                "One frame too many: the first frame in the state counts, too. (The geometric distribution has two "
                "forms; this is the mean of the one that begins at 0.)",
            ),
            Mutant(
                "exponential",
                lambda mean_frames: float(np.exp(-1 / mean_frames)),
                "That is the decay of a process in continuous time. Frames come one by one: (4) gives the mean.",
            ),
            Mutant(
                "half-life",
                lambda mean_frames: 0.5 ** (1 / mean_frames),
                "That is the chain of which half has left after mean_frames: the median, not the mean.",
            ),
            Mutant(
                "steps, not frames",
                lambda mean_frames: 1 - 1 / (mean_frames - 1) if mean_frames > 1 else -np.inf,
                "One frame was taken off. The frame on which the state is entered counts, too: the mean is "
                "1 / (1 - a) frames.",
            ),
            Mutant(
                "whole numbers",
                lambda mean_frames: 1 - 1 // mean_frames,
                "Two slashes cut the fraction off. Use /.",
            ),
            Mutant(
                "rounded",
                lambda mean_frames: round(1 - 1 / mean_frames, 2),
                "The right probability, rounded to two decimals: return all of its digits.",
            ),
            Mutant(
                "squared",
                lambda mean_frames: float(np.sqrt(1 - 1 / mean_frames)),
                "A root too many: the mean is 1 / (1 - a), solve it for a.",
            ),
        ),
    ),
    Question(
        id="06.chain",
        title="The probability of a row of states",
        points=1,
        kind="warmup",
        name="log_prob_of_states",
        cases=chain_cases,
        oracle=hmmlearn_chain,
        compare=close(1e-10, quantity="log probability"),
        hints=(
            "The row begins somewhere, then makes one step from each frame to the next.",
            "The logarithm of a product is a sum of logarithms: take logarithms first, then add.",
            "One logarithm for the first state. For the steps pair each state with the next, "
            "states[:-1] with states[1:], look all of them up at once, and add up the logarithms.",
        ),
        mutants=(
            Mutant(
                "without the start",
                lambda start, transition, states: chain(start, transition, states, begin=False),
                "The steps are right. The probability to begin in states[0] is missing.",
            ),
            Mutant(
                "turned round",
                lambda start, transition, states: chain(start, np.transpose(transition), states),
                "The transitions are turned round: row i, column j is from i to j.",
            ),
            Mutant(
                "backwards",
                lambda start, transition, states: chain(start, transition, states[::-1]),
                "The row was read from its end. It begins at states[0].",
            ),
            Mutant(
                "start of the last state",
                lambda start, transition, states: chain(start, transition, states, first=-1),
                "The start was taken of the last state. The row begins in states[0].",
            ),
            Mutant(
                "start of state 0",
                lambda start, transition, states: (
                    chain(start, transition, states, begin=False) + float(log(start[0]))
                ),
                "The start was taken of state 0. The row begins in states[0].",
            ),
            Mutant(
                "logarithm of a product",
                chain_product,
                "Right for short rows. The product of a thousand probabilities is 0 for the computer: take "
                "logarithms first, then add.",
            ),
            Mutant(
                "an epsilon",
                lambda start, transition, states: chain(
                    start, transition, states, log=lambda p: np.log(p + 1e-12)
                ),
                "Right where nothing is rare. 1e-12 was added to each probability, and a step that happens once in "
                "1e35 became a likely one. All that is needed is above 0: take np.log as it is.",
            ),
            Mutant(
                "start without logarithm",
                lambda start, transition, states: (
                    chain(start, transition, states, begin=False) + float(start[states[0]])
                ),
                "The start was added as a probability: take its logarithm, too.",
            ),
            Mutant(
                "last state before the first",
                lambda start, transition, states: (
                    chain(start, transition, states) + float(log(transition[states[-1], states[0]]))
                ),
                "One step too many, from the last state to the first: states[t - 1] with t = 0 is the last one. "
                "Steps begin at t = 1.",
            ),
            Mutant(
                "the probability itself",
                lambda start, transition, states: float(np.exp(chain(start, transition, states))),
                "That is the probability. Its logarithm is wanted.",
            ),
            Mutant(
                "base 10",
                lambda start, transition, states: chain(start, transition, states, log=np.log10),
                "Logarithms to base 10. The natural ones are wanted: np.log.",
            ),
            Mutant(
                "base 2",
                lambda start, transition, states: chain(start, transition, states, log=np.log2),
                "Logarithms to base 2. The natural ones are wanted: np.log.",
            ),
            Mutant(
                "last step left out",
                lambda start, transition, states: chain(
                    start, transition, states, steps=slice(None, -1)
                ),
                "The last step is missing: T frames have T - 1 steps.",
            ),
            Mutant(
                "first step left out",
                lambda start, transition, states: chain(
                    start, transition, states, steps=slice(1, None)
                ),
                "The first step is missing: from states[0] to states[1].",
            ),
            Mutant(
                "a frame's mean",
                lambda start, transition, states: chain(start, transition, states) / len(states),
                "That is the mean for a frame. The logarithm of the whole row is wanted.",
            ),
            Mutant(
                "without the sign",
                lambda start, transition, states: -chain(start, transition, states),
                "The sign is turned round: the logarithm of a probability is never positive.",
            ),
        ),
    ),
    Question(
        id="06.forward",
        title="Forward, in logarithms",
        points=3,
        kind="core",
        name="forward",
        cases=forward_cases,
        oracle=hmmlearn_forward,
        compare=close(1e-10, quantity="log probability"),
        forbidden=(
            "coursekit.hmm.forward",
            "coursekit.hmm.backward",
            "coursekit.hmm.posteriors",
            "coursekit.hmm.Model",
            "hmmlearn.base.BaseHMM",
        ),
        hints=(
            "For each state: how likely is it to have seen the frames so far and to be here now?",
            "arrive[i, j] = log_alpha[i] + log_transition[i, j]; the log of the sum over i, plus the frame's log "
            "likelihood, is the new log_alpha.",
            "Begin with the start plus the first frame. For each further frame make the table "
            "arrive, take np.logaddexp.reduce along the axis that one comes from, and add the "
            "frame. At the end reduce once more, over the states.",
        ),
        mutants=(
            Mutant(
                "given up",
                given_up,
                "Right unless the state that wins in the end was far behind before: it was given up. Frames that come "
                "later may decide: keep all states.",
            ),
            Mutant(
                "maximum for sum",
                lambda s, a, b: forward(s, a, b, join=np.max, end=np.max),
                "That is the best row of states alone: Viterbi. Forward adds all of them up.",
            ),
            Mutant(
                "maximum at the end",
                lambda s, a, b: forward(s, a, b, end=np.max),
                "At the end the largest log_alpha was taken. The row may end in any state: add them all up.",
            ),
            Mutant(
                "end in the last state",
                lambda s, a, b: forward(s, a, b, end=lambda z: z[-1]),
                "Only rows that end in the last state were counted. Here a row may end anywhere: add all up.",
            ),
            Mutant(
                "maximum on the way",
                lambda s, a, b: forward(s, a, b, join=np.max),
                "On the way the best arrow into each state was taken, not the sum of all arrows.",
            ),
            Mutant(
                "turned round",
                lambda s, a, b: forward(s, np.transpose(a), b),
                "The transitions are turned round: row i, column j is from i to j. With log_alpha[:, None] + "
                "log_transition the sum is over axis 0.",
            ),
            Mutant(
                "wrong axis",
                lambda s, a, b: forward(s, a, b, axis=1),
                "The sum runs over j, the state that one goes to. Sum over i, where one comes from: axis 0.",
            ),
            Mutant(
                "without the start",
                lambda s, a, b: forward(0 * np.where(np.isfinite(s), s, 0), a, b),
                "The start is missing: begin with log_start + log_likelihood[0].",
            ),
            Mutant(
                "first frame left out",
                without_first_frame,
                "The first frame's likelihood is missing: begin with log_start + log_likelihood[0].",
            ),
            Mutant(
                "later frames left out",
                emissions_left_out,
                "Only the first frame was looked at. Add log_likelihood[t] after each sum.",
            ),
            # Before the next one, which gives the same where the rows of transitions sum to 1 and there are two frames.
            Mutant(
                "last frame left out",
                lambda s, a, b: forward(s, a, b[:-1] if len(b) > 1 else b),
                "The last frame was never used: the loop ends a frame early. It goes over all frames after the "
                "first.",
            ),
            Mutant(
                "emission of the state that is left",
                lambda s, a, b: forward(s, a, b, source=True),
                "Each step used the frame of the state that is left, and the last frame was never used. Add "
                "log_likelihood[t] after the sum, to the state that is entered.",
            ),
            Mutant(
                "the frame before",
                lambda s, a, b: forward(s, a, b, late=1),
                "Step t used log_likelihood[t - 1]: the first frame is heard twice, the last one never. Use "
                "log_likelihood[t].",
            ),
            Mutant(
                "this frame, of the state that is left",
                lambda s, a, b: forward(s, a, b, left=True),
                "The frame's log_likelihood[t] was added to the state that is left. It belongs to the state that is "
                "entered: add it after the sum.",
            ),
            Mutant(
                "log_alpha of the state that is entered",
                lambda s, a, b: forward(s, a, b, entered=True),
                "The old log_alpha was added to the columns, the states that are entered. It is of the states that "
                "are left, the rows: log_alpha[:, None].",
            ),
            Mutant(
                "read while it is written",
                read_while_written,
                "The old log_alpha is overwritten while it is read: for state 1, log_alpha[0] is of this frame "
                "already. A new array for each frame.",
            ),
            Mutant(
                "zeros for -inf",
                zeros_at_first,
                "The sums begin with 0, and 0 is log 1. Log of nothing is -inf: np.full(..., -np.inf).",
            ),
            Mutant(
                "all frames",
                of_all_frames,
                "The log_alpha of all frames were added up. The last one holds all frames already: sum it alone.",
            ),
            Mutant(
                "from the first state alone",
                from_the_first_state,
                "All rows of states were begun in state 0. log_start says how likely each state is at first.",
            ),
            Mutant(
                "to the next state alone",
                to_the_next_state,
                "Only steps to the same state and to the next were taken. log_transition may allow all others, "
                "too: sum over all i.",
            ),
            Mutant(
                "in probabilities",
                in_probabilities,
                "Right as long as the numbers are not too small. In the last case e^-500 a frame is 0 for the "
                "computer: stay in logarithms (np.logaddexp).",
            ),
            Mutant(
                "an epsilon",
                lambda s, a, b: forward(log(np.exp(s) + 1e-12), log(np.exp(a) + 1e-12), b),
                "1e-12 was added to the probabilities of the chain: then nothing is impossible, and the way through "
                "the impossible may be the likeliest. Keep log 0 = -inf; np.logaddexp takes it.",
            ),
            Mutant(
                "a small epsilon",
                lambda s, a, b: forward(log(np.exp(s) + 1e-300), log(np.exp(a) + 1e-300), b),
                "An epsilon makes log 0 some -690, and where log likelihoods lie thousands apart that is much. Keep "
                "-inf; np.logaddexp takes it.",
            ),
            Mutant(
                "NaN",
                lambda s, a, b: forward(s, a, b, join=maximum_per_state),
                "NaN, from -inf minus -inf or from 0 / 0: in a left-to-right chain all ways into a state may be "
                "impossible, and the likeliest state of a frame may be one that cannot be reached. "
                "np.logaddexp.reduce knows that.",
            ),
            Mutant(
                "one maximum for all",
                lambda s, a, b: forward(s, a, b, join=maximum_of_all),
                "One maximum was taken off all states. Those that are a thousand below it become -inf, and may be "
                "needed later: each state its own, or np.logaddexp.reduce.",
            ),
            Mutant(
                "first frame twice",
                lambda s, a, b: moved_before(s, a, b, True),
                "The first frame was used twice: the loop goes over log_likelihood[1:].",
            ),
            Mutant(
                "a step before the first frame",
                lambda s, a, b: moved_before(s, a, b, False),
                "The chain made a step before the first frame. It begins in log_start, and hears the first frame "
                "there.",
            ),
            Mutant(
                "logarithms of the ends added",
                lambda s, a, b: forward(s, a, b, end=np.sum),
                "At the end logarithms were added; that multiplies probabilities. np.logaddexp.reduce adds them.",
            ),
            Mutant(
                "a frame's mean",
                lambda s, a, b: forward(s, a, b) / len(b),
                "Divided by the number of frames. The log probability of all of them is wanted.",
            ),
            Mutant(
                "logarithms added up",
                lambda s, a, b: forward(
                    s, a, b, join=lambda z, axis: np.where(np.isfinite(z), z, 0).sum(axis=axis)
                ),
                "Logarithms were added where probabilities are: the log of a sum is not the sum of logs. "
                "np.logaddexp.reduce does it.",
            ),
            Mutant(
                "without transitions",
                lambda s, a, b: float(np.logaddexp.reduce(b, axis=1).sum()),
                "Each frame by itself, all states added up. The chain has not been used.",
            ),
        ),
    ),
    Question(
        id="06.update",
        title="The M step",
        points=3,
        kind="core",
        name="update",
        cases=update_cases,
        oracle=numpy_update,
        compare=all_of((close(1e-8, float64=True), close(1e-8, float64=True))),
        forbidden=(
            "coursekit.emissions.moments",
            "coursekit.emissions.Gaussian",
            "coursekit.emissions.GaussianMixture",
            "hmmlearn.hmm.GaussianHMM",
        ),
        hints=(
            "A mean in which each frame counts by how much it belongs to the state. Sequences may be joined; "
            "why?",
            "share = gamma / gamma.sum(axis=0); then the mean of state j is sum over t of share[t, j] * x[t].",
            "Join all sequences, and all gammas. First the means. Then, state by state, the "
            "weighted mean of the squared deviations from that state's mean; at last the floor.",
        ),
        mutants=(
            Mutant(
                "squares less square",
                squares_less_square,
                "Right where means are small. Where the mean is large, E[x^2] - mean^2 is a small difference of "
                "large numbers, and its digits are lost: subtract the mean first, as (14) does.",
            ),
            Mutant(
                "mean of the sequences' means",
                of_each_sequence,
                "Each sequence by itself, then the mean of the results. A long sequence must count for more than a "
                "short one: put all frames together first.",
            ),
            Mutant(
                "mean of the sequences' means, squares less square",
                of_each_sequence_squares,
                "Each sequence by itself, then the mean of the results. Put all frames together first: a long "
                "sequence counts for more. And take the squares of x - mean.",
            ),
            Mutant(
                "the first sequence alone",
                lambda sequences, gammas, floor: one_of(0, sequences, gammas, floor),
                "Only the first sequence was used.",
            ),
            Mutant(
                "the last sequence alone",
                lambda sequences, gammas, floor: one_of(-1, sequences, gammas, floor),
                "Only the last sequence was used: is something overwritten in a loop?",
            ),
            Mutant(
                "whole frames",
                hard,
                "Each frame was given to its likeliest state alone. Use gamma itself, the fractions.",
            ),
            Mutant(
                "no floor",
                lambda sequences, gammas, floor: numpy_update(sequences, gammas, 0.0),
                "Some variances are below the floor: np.maximum(variances, floor).",
            ),
            Mutant(
                "floor added",
                lambda sequences, gammas, floor: moments(sequences, gammas, floor, hold=np.add),
                "The floor was added to all variances. It only holds up those that are below it: np.maximum.",
            ),
            Mutant(
                "floor as ceiling",
                lambda sequences, gammas, floor: moments(sequences, gammas, floor, hold=np.minimum),
                "The floor holds the variances down. It is a lower limit: np.maximum.",
            ),
            Mutant(
                "whole features held up",
                whole_feature_held,
                "Where one state's variance is below the floor, those of the other states in this feature were "
                "set to it, too. Each number by itself: np.maximum(variances, floor).",
            ),
            Mutant(
                "floor set everywhere",
                lambda sequences, gammas, floor: moments(
                    sequences, gammas, floor, hold=lambda v, f: np.where(v > f, f, v) * 0 + f
                ),
                "All variances are the floor.",
            ),
            Mutant(
                "standard deviations",
                lambda sequences, gammas, floor: moments(sequences, gammas, floor, spread=np.sqrt),
                "These are standard deviations. Variances are wanted: no root.",
            ),
            Mutant(
                "around the mean of all",
                lambda sequences, gammas, floor: moments(
                    sequences,
                    gammas,
                    floor,
                    centre=lambda x, means: np.tile(x.mean(axis=0), (len(means), 1)),
                ),
                "The deviations were taken from the mean of all frames. Take them from the new mean of the state.",
            ),
            Mutant(
                "around the sequence's mean",
                around_each_sequence,
                "The means are right. The deviations were taken from the mean of each sequence; take them from the "
                "new mean of the state, over all sequences.",
            ),
            Mutant(
                "around zero",
                lambda sequences, gammas, floor: moments(
                    sequences, gammas, floor, centre=lambda x, means: 0 * means
                ),
                "That is the mean square. The variance is the mean square of x - mean.",
            ),
            Mutant(
                "divided by n - 1",
                lambda sequences, gammas, floor: moments(sequences, gammas, floor, less=1.0),
                "Divided by n - 1. The likeliest variance, which (14) gives, divides by the sum of gamma.",
            ),
            Mutant(
                "gamma squared",
                lambda sequences, gammas, floor: moments(sequences, gammas, floor, power=2),
                "The weights went into the variances squared: gamma * (x - mean) ** 2 is wanted.",
            ),
            Mutant(
                "divided by all frames",
                lambda sequences, gammas, floor: moments(sequences, gammas, floor, total=len),
                "Divided by the number of all frames. Each state divides by what it owns: gamma.sum(axis=0).",
            ),
            Mutant(
                "not divided",
                lambda sequences, gammas, floor: moments(
                    sequences, gammas, floor, total=lambda gamma: 1.0
                ),
                "These are sums. Divide by the sum of gamma over all frames of all sequences, gamma.sum(axis=0). "
                "(Over the states, axis 1, gamma sums to 1 already.)",
            ),
            Mutant(
                "not divided, squares less square",
                lambda sequences, gammas, floor: squares_less_square(
                    sequences, gammas, floor, total=lambda gamma: 1.0
                ),
                "The means are sums: divide by the sum of gamma over all frames, gamma.sum(axis=0); over the "
                "states, axis 1, it is 1 already. And take the squares of x - mean.",
            ),
            Mutant(
                "divided by all frames, squares less square",
                lambda sequences, gammas, floor: squares_less_square(
                    sequences, gammas, floor, total=len
                ),
                "Divided by the number of all frames. Each state divides by what it owns, gamma.sum(axis=0). And "
                "take the squares of x - mean.",
            ),
            Mutant(
                "divided within sequences",
                divided_within_sequences,
                "Each gamma was divided by its own sum, then all were added: the shares of a state sum to the "
                "number of sequences. Divide by the sum over all frames of all sequences.",
            ),
            Mutant(
                "divided within sequences, squares less square",
                lambda sequences, gammas, floor: divided_within_sequences(
                    sequences, gammas, floor, around=False
                ),
                "Each gamma was divided by its own sum. Divide by the sum over all frames of all sequences; then "
                "take the squares of x - mean.",
            ),
            Mutant(
                "x moved away",
                moved_away,
                "The first state is right. x -= mean changes x for all states that follow: write (x - mean).",
            ),
            Mutant(
                "not weighted",
                lambda sequences, gammas, floor: moments(
                    sequences, [np.ones_like(g) for g in gammas], floor
                ),
                "All states got the same numbers: gamma has not been used.",
            ),
            Mutant(
                "variances first",
                lambda sequences, gammas, floor: numpy_update(sequences, gammas, floor)[::-1],
                "Both are right, in the other order: means first, then variances.",
            ),
            Mutant(
                "turned round",
                lambda sequences, gammas, floor: tuple(
                    part.T for part in numpy_update(sequences, gammas, floor)
                ),
                "Shape (features, states). Wanted: (states, features).",
            ),
        ),
    ),
    Question(
        id="06.clinic",
        title="Bug clinic: counting a chain",
        points=2,
        kind="bug",
        name="estimate",
        cases=clinic_cases,
        oracle=hmmlearn_counts,
        forbidden=("hmmlearn.hmm.CategoricalHMM",),
        spared={
            "counts / np.maximum(total, 1) -> counts / (np.maximum(total, 1) + 1e-08)": "a row's sum is 0 or a whole "
            "number, so this changes a share by less than float32 does, and 0 stays 0"
        },
        compare=all_of(
            (close(1e-9, quantity="probability"), close(1e-9, quantity="probability"))
        ),  # 1e-10 in the divisor against 0 / 0 is off by less, and no fault
        hints=(
            "After a word's last frame comes the next word's first: did anybody go from one to the other?",
            "Four things are wrong: the joints between words, the start, the axis of the division, and 0 / 0.",
            "Go through the words one by one: count the first state, and the pairs inside this "
            "word. Divide each row by its own sum, kept as a column; where the sum is 0, by 1.",
        ),
        mutants=(
            Mutant(
                "the snippet as it was",
                lambda paths, n_states: counted(
                    paths, n_states, joined=True, begin="first", axis=0, never="nan"
                ),
                "The last state still leads to the first. Which pairs does the loop count at the end of a word?",
            ),
            Mutant(
                "words still joined",
                lambda paths, n_states: counted(paths, n_states, joined=True),
                "Start, rows and zeros are right. But steps from the end of one word to the start of the next are "
                "still counted.",
            ),
            Mutant(
                "words joined, start of the first",
                lambda paths, n_states: counted(paths, n_states, joined=True, begin="first"),
                "The rows sum to 1 now. But steps from one word to the next are still counted, and the start is "
                "that of the first word alone.",
            ),
            Mutant(
                "start of the first word",
                lambda paths, n_states: counted(paths, n_states, begin="first"),
                "The transitions are right. The start is that of the first word alone: count all words'.",
            ),
            Mutant(
                "start by frames",
                lambda paths, n_states: counted(paths, n_states, begin="frames"),
                "The transitions are right. The start counts all frames; count the first frame of each word only.",
            ),
            Mutant(
                "columns",
                lambda paths, n_states: counted(paths, n_states, axis=0),
                "The columns sum to 1. Row i says where one goes from i: sum over axis 1, and keep the dimension.",
            ),
            Mutant(
                "rows without keepdims",
                lambda paths, n_states: _divided_wrongly(paths, n_states),
                "The sums are those of the rows, but they divide the columns: counts.sum(axis=1, keepdims=True).",
            ),
            Mutant(
                "rows without keepdims, 0 / 0",
                _divided_by_the_wrong_row,
                "The columns are divided by the sums of the rows: counts.sum(axis=1, keepdims=True). And a state "
                "that is never left still divides 0 by 0: np.maximum(total, 1).",
            ),
            Mutant(
                "words of one frame skipped",
                lambda paths, n_states: counted(paths, n_states, skip=1),
                "The transitions are right. start leaves out the words of one frame; they begin somewhere, too.",
            ),
            Mutant(
                "states as many as seen",
                lambda paths, n_states: counted(
                    paths, 1 + max(int(np.max(path)) for path in paths)
                ),
                "Too small: there are n_states states, also if no word visits the last ones.",
            ),
            Mutant(
                "divided by all steps",
                lambda paths, n_states: counted(paths, n_states, axis=None),
                "Divided by the number of all steps. Each row by its own sum: counts.sum(axis=1, keepdims=True).",
            ),
            Mutant(
                "all rows together",
                lambda paths, n_states: _divided_together(*counted(paths, n_states)),
                "The whole of transition sums to 1. Each of its rows should, by itself.",
            ),
            Mutant(
                "words joined, steps back cut off",
                lambda paths, n_states: counted(paths, n_states, joined=True, forward_only=True),
                "Joints that lead back are cut off (np.triu?); others, from one word's end to the same or a later "
                "state, are still counted. Take the words one by one.",
            ),
            Mutant(
                "0 / 0",
                lambda paths, n_states: counted(paths, n_states, never="nan"),
                "Nearly: the row of a state that is never left is NaN, 0 / 0. It should be zeros.",
            ),
            Mutant(
                "even rows",
                lambda paths, n_states: counted(paths, n_states, never="even"),
                "States from which no step is made got even rows. Nothing is known of them: zeros are wanted.",
            ),
            Mutant(
                "stays",
                lambda paths, n_states: counted(paths, n_states, never="stay"),
                "States from which no step is made stay for ever. The statement wants zeros there.",
            ),
            Mutant(
                "counts",
                lambda paths, n_states: counted(paths, n_states, shares=False),
                "The steps are counted, but not divided: each row should sum to 1.",
            ),
            Mutant(
                "start as counts",
                lambda paths, n_states: counted(paths, n_states, start_shares=False),
                "The transitions are right. start holds counts: divide by the number of words.",
            ),
            Mutant(
                "divided by frames",
                lambda paths, n_states: counted(paths, n_states, by_frames=True),
                "Divided by the frames of each state. A word's last frame is not followed by a step: divide by the "
                "number of steps.",
            ),
            Mutant(
                "one added",
                lambda paths, n_states: counted(paths, n_states, add=1.0),
                "One was added to each count. Then nothing is impossible, and the chain is not left-to-right.",
            ),
            Mutant(
                "pairs counted once",
                lambda paths, n_states: counted(paths, n_states, count="once"),
                "With arrays, counts[a, b] += 1 adds 1 to a pair once, however often it is in them. Use np.add.at, "
                "or a loop.",
            ),
            Mutant(
                "round in a circle",
                lambda paths, n_states: counted(paths, n_states, count="circle"),
                "From the last frame of a word a step to its own first was counted: states[t - 1] with t = 0 is the "
                "last one.",
            ),
            Mutant(
                "turned round",
                lambda paths, n_states: counted(paths, n_states, count="back"),
                "Rows and columns are exchanged: counts[from, to].",
            ),
            Mutant(
                "last step left out",
                lambda paths, n_states: counted(paths, n_states, last_step=False),
                "The last step of each word is missing: pairs are (states[:-1], states[1:]).",
            ),
        ),
    ),
    Question(
        id="06.words",
        title="Experiment: five words, six voices",
        points=3,
        kind="experiment",
        name="recognise",
        cases=words_cases,
        compare=labels(above=WANTED, name="share right", kinds=WORDS),
        forbidden=("coursekit.data.load",),
        time_limit=30.0,
        hints=(
            "What does the chapter add to the 13 coefficients?",
            "with_deltas, then a Standardizer fitted on the training words (and used on both), then WordRecognizer: "
            "six to ten states, four or more Gaussians in each, a floor of 0.1.",
            "In this order: slopes for train and test; a Standardizer fitted on train alone, used"
            " on both; a WordRecognizer of eight states with four Gaussians; fit; predict.",
        ),
        mutants=(
            Mutant(
                "as they come",
                lambda train, labels, test: recognised(
                    train, labels, test, deltas=False, scale=False, n_mix=6, floor=0.03
                ),
                "The recogniser of the chapter on the 13 coefficients alone. What does section 1 put beside them?",
            ),
            Mutant(
                "no slopes",
                lambda train, labels, test: recognised(train, labels, test, deltas=False, n_mix=6),
                "Good models, but of 13 coefficients that each know one moment. How fast they change is missing: "
                "digits.with_deltas, before they are scaled.",
            ),
            Mutant(
                "test not scaled",
                lambda train, labels, test: recognised(
                    train, labels, test, scale_test=False, n_mix=6, floor=0.03
                ),
                "The training words are scaled, the test words are not. Use the same Standardizer on both.",
            ),
            Mutant(
                "one state",
                lambda train, labels, test: recognised(train, labels, test, n_states=1, n_mix=1),
                "One state and one Gaussian a word: the mean of all its frames, as if their order did not matter. "
                "More states.",
            ),
            Mutant(
                "one state, no slopes",
                lambda train, labels, test: recognised(
                    train, labels, test, deltas=False, n_states=1, n_mix=1
                ),
                "One state, and no slopes: nothing here knows in what order the frames came.",
            ),
            Mutant(
                "one Gaussian, no slopes",
                lambda train, labels, test: recognised(train, labels, test, deltas=False, n_mix=1),
                "One Gaussian a state on 13 coefficients. Slopes (digits.with_deltas) and a mixture are missing.",
            ),
            Mutant(
                "templates, not scaled",
                lambda train, labels, test: recognised(
                    train, labels, test, deltas=False, scale=False, templates=True
                ),
                "DTW on the coefficients as they come: the first, the level, is ten times as large as the others "
                "and decides nearly alone. And there are enough examples here for a model.",
            ),
            Mutant(
                "templates",
                lambda train, labels, test: recognised(train, labels, test, templates=True),
                "Good features and DTW: near, but with 40 examples a word a mixture HMM knows more.",
            ),
            Mutant(
                "labels shifted",
                lambda train, labels, test: recognised(train, labels, test, shift=1, n_mix=1),
                "Labels and words are out of step by one. Zip them before anything is sorted or dropped.",
            ),
            Mutant(
                "always the same",
                lambda train, labels, test: [labels[0]] * len(test),
                "One answer for all words.",
            ),
        ),
    ),
    Question(
        id="06.length",
        title="Prediction: divided by a word's length",
        points=1,
        kind="prediction",
        name="after_dividing",
        oracle=divided_or_not,
        compare=choice(("fewer", "the same", "more")),
        hints=(
            "Which numbers are compared with each other, and by what is each of them divided?",
            'One utterance: the model of "eight" says −1300 and that of "seven" −1450. Divide by 25 and by 40.',
            "Which of the ten words has the largest divisor? What does it make of a large negative number?",
        ),
        mutants=(
            Mutant(
                "more",
                lambda: "more",
                "It would have to mend one of the two words that are wrong, and spoil none. Divide −1300 by 25 and "
                "−1450 by 40: which is larger?",
            ),
            Mutant(
                "the same",
                lambda: "the same",
                "So it would be if all ten were divided by one number, the frames of the utterance. Here each model "
                "has a divisor of its own.",
            ),
        ),
    ),
]
