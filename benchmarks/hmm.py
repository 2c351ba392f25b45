"""How long do hidden Markov models and time warping take, and how well do they know digits? Prints two tables.

    python -m benchmarks.hmm [--repeats 5] [--without-words]

Models: hmmlearn's loops over frames are compiled, ours are NumPy's, and spend some microseconds a frame on being
called, whatever the number of states. The densities decide more: hmmlearn forms an array (frames, components, features)
for each state, ours are two matrix products. With mixtures ours take a tenth to a third of hmmlearn's time.
Warping: librosa.sequence.dtw is compiled by numba, ours a plain loop over cells in Python, four to forty times slower;
`dtw.distances`, which goes through many templates at once and is what the recogniser uses, is as fast or faster.

Words: the data set `digits`, the first 2,400 for training and the last 600 for testing, 39 features; the recognisers
over three generators, hmmlearn's GaussianHMM with its defaults and templates. Asserts nothing.
"""

import argparse
import time

import hmmlearn.hmm
import librosa
import numpy as np

from benchmarks.stft import median_seconds
from coursekit import data, digits, dtw, emissions, hmm


def print_rows(rows, repeats):
    for name, ours, theirs in rows:
        took = median_seconds({"ours": ours, "theirs": theirs}, repeats)
        ratio = took["ours"] / took["theirs"]
        print(
            f"{name:52s} {1e3 * took['ours']:10.2f} {1e3 * took['theirs']:12.2f} {ratio:7.2f}",
            flush=True,
        )


def pair_of_models(rng, n_states, n_mix, n_features):
    """The same random mixture model here and in hmmlearn; training there starts from it too."""
    start, transition = (
        rng.dirichlet(np.ones(n_states)),
        rng.dirichlet(np.ones(n_states), size=n_states),
    )
    shape = (n_states, n_mix, n_features)
    weights = rng.dirichlet(np.ones(n_mix), size=n_states)
    means, variances = rng.standard_normal(shape), rng.uniform(0.5, 2, shape)
    theirs = hmmlearn.hmm.GMMHMM(n_states, n_mix, covariance_type="diag", init_params="", n_iter=1)
    theirs.n_features = n_features
    theirs.startprob_, theirs.transmat_, theirs.weights_ = start, transition, weights
    theirs.means_, theirs.covars_ = means, variances
    return hmm.Model(
        np.log(start), np.log(transition), emissions.GaussianMixture(weights, means, variances)
    ), theirs


def model_rows(rng):
    for n_states, n_mix in ((8, 1), (8, 4), (30, 4)):
        ours, theirs = pair_of_models(rng, n_states, n_mix, 39)
        x = rng.standard_normal((1000, 39))
        lengths = [20] * 50
        sequences = np.split(x, 50)
        size = f"{n_states} states x {n_mix}"
        yield (
            f"{size}: log probability, 1,000 frames",
            lambda o=ours, x=x: o.log_prob(x),
            lambda t=theirs, x=x: t.score(x),
        )
        yield (
            f"{size}: Viterbi, 1,000 frames",
            lambda o=ours, x=x: o.decode(x),
            lambda t=theirs, x=x: t.decode(x),
        )
        yield (
            f"{size}: a turn of Baum-Welch, 50 x 20 frames",
            lambda o=ours, s=sequences: hmm.baum_welch(o, s, n_iter=1),
            lambda t=theirs, x=x, n=lengths: t.fit(x, n),
        )


def warping_rows(rng):
    for n, m in ((17, 17), (100, 120), (400, 400)):
        x, y = rng.standard_normal((n, 39)), rng.standard_normal((m, 39))
        yield (
            f"dtw.dtw, {n} x {m} frames",
            lambda x=x, y=y: dtw.dtw(x, y),
            lambda x=x, y=y: librosa.sequence.dtw(x.T, y.T),
        )
    for n_templates in (100, 500):
        x, templates = (
            rng.standard_normal((17, 39)),
            [rng.standard_normal((n, 39)) for n in rng.integers(8, 30, n_templates)],
        )
        turned, stacked = [y.T for y in templates], dtw.stack(templates)
        yield (
            f"dtw.distances, 17 frames, {n_templates} templates",
            lambda x=x, s=stacked: dtw.distances(x, s),
            lambda x=x, t=turned: [librosa.sequence.dtw(x.T, y, backtrack=False) for y in t],
        )


def word_rows():
    """(name, share right, s to train, s to test)"""
    train, test = digits.split(data.load("digits", quiet=True).items)
    normalise = digits.Standardizer.fit([digits.with_deltas(item.features) for item in train])
    (X, labels), (X_test, truth) = (
        (
            [normalise(digits.with_deltas(item.features)) for item in part],
            np.array([item.label for item in part]),
        )
        for part in (train, test)
    )

    def timed(name, fit, predict):
        start = time.process_time()
        model = fit()
        trained = time.process_time()
        right = np.mean(predict(model) == truth)
        return name, right, trained - start, time.process_time() - trained

    for how in ({"n_mix": 1}, {"n_mix": 4}, {}, {"e_step": hmm.posteriors}):
        for seed in range(3):
            said = ", ".join(f"{k}={getattr(v, '__name__', v)}" for k, v in how.items())
            yield timed(
                f"hmm.WordRecognizer({said}), generator {seed}",
                lambda how=how, seed=seed: hmm.WordRecognizer(**how).fit(
                    X, labels, rng=np.random.default_rng(seed)
                ),
                lambda model: model.predict(X_test),
            )

    def theirs():
        models = {}
        for word in np.unique(labels):
            own = [x for x, label in zip(X, labels, strict=True) if label == word]
            model = hmmlearn.hmm.GaussianHMM(8, random_state=0)
            models[word] = model.fit(np.concatenate(own), [len(x) for x in own])
        return models

    yield timed(
        "hmmlearn.GaussianHMM(8)",
        theirs,
        lambda models: np.array(
            [max(models, key=lambda word: models[word].score(x)) for x in X_test]
        ),
    )
    for n in (10, 50, len(X)):
        chosen = np.sort(
            np.concatenate([np.flatnonzero(labels == word)[:n] for word in np.unique(labels)])
        )
        yield timed(
            f"dtw.TemplateRecognizer(), {len(chosen)} templates",
            lambda chosen=chosen: dtw.TemplateRecognizer().fit(
                [X[i] for i in chosen], labels[chosen]
            ),
            lambda model: model.predict(X_test),
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--without-words", action="store_true", help="leave out the digits, which take some minutes"
    )
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    print(f"{'':52s} {'ours (ms)':>10s} {'theirs (ms)':>12s} {'ratio':>7s}")
    print_rows(model_rows(rng), given.repeats)
    print_rows(warping_rows(rng), given.repeats)
    if not given.without_words:
        print(f"\n{'600 digits':62s} {'right':>7s} {'train (s)':>10s} {'test (s)':>9s}")
        for name, right, training, testing in word_rows():
            print(f"{name:62s} {right:7.2%} {training:10.1f} {testing:9.1f}", flush=True)


if __name__ == "__main__":
    main()
