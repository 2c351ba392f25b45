"""Which phones each letter of a text stands for: so word boundaries follow from phone times. Chapter 09.

A text and its phones are two spellings of one utterance. Here each letter, the space too, writes no phone, one or
two; which ones is learned from the corpus alone, by the Viterbi training of chapter 06.
"""

import numpy as np

from .. import arguments
from ..data import Segment

MOST = 2  # phones that one letter may stand for


@arguments.checks(rounds=arguments.integer)
def word_times(texts, phones, *, rounds=4):
    """Where each word of each utterance starts and ends, from the times of its phones.

    Parameters
    ----------
    texts : sequence of str
        Words with a space between.
    phones : sequence of sequences of Segment
        (start, end, label) of each utterance's phones, pauses among them.
    rounds : int
        Of the training; the alignment of the 620 sentences no longer changes after three.

    Returns
    -------
    list of list of Segment
        For each text its words, in order, in seconds. A word that was run into the next may be empty.

    Raises
    ------
    arguments.ArgumentError
        An utterance has no text, no phones, or more than two phones to a letter.

    Examples
    --------
    >>> ta = [Segment(0.0, 0.2, "t"), Segment(0.2, 0.5, "a")]
    >>> at = [Segment(0.0, 0.3, "a"), Segment(0.3, 0.4, "t"), Segment(0.4, 0.6, "a")]
    >>> word_times(["та", "а та"], [ta, at])[1]
    [Segment(start=0.0, end=0.3, label='а'), Segment(start=0.3, end=0.6, label='та')]
    """
    letters = {letter: number for number, letter in enumerate(sorted(set(" ".join(texts)) | {" "}))}
    labels = {
        label: number
        for number, label in enumerate(sorted({p.label for row in phones for p in row}))
    }
    # A space at either end takes the pauses there.
    spelled = [np.array([letters[c] for c in f" {text} "]) for text in texts]
    spoken = [np.array([labels[p.label] for p in row]) for row in phones]
    for text, written, heard in zip(texts, spelled, spoken, strict=True):
        if not text.split() or not 0 < len(heard) <= MOST * len(written):
            raise arguments.ArgumentError(
                f"{len(heard)} phones for {text!r}; wanted at least one word, and at most "
                f"{MOST} phones to a letter. Do texts and phones belong together?"
            )
    log_p = _first_guess(spelled, spoken, len(letters), len(labels))
    for _ in range(rounds):
        cuts = [
            _best_path(written, heard, log_p)
            for written, heard in zip(spelled, spoken, strict=True)
        ]
        log_p = _estimate(spelled, spoken, cuts, len(letters), len(labels))
    return [_words(text, row, cut) for text, row, cut in zip(texts, phones, cuts, strict=True)]


def _first_guess(spelled, spoken, n_letters, n_labels):
    """A letter and a phone belong together where they stand near each other more than by chance."""
    near = np.full((n_letters, n_labels), 1e-3)
    for written, heard in zip(spelled, spoken, strict=True):
        at = (np.arange(len(written)) + 0.5)[:, None] / len(written) - (
            np.arange(len(heard)) + 0.5
        ) / len(heard)
        np.add.at(
            near, (written[:, None], heard), np.exp(-0.5 * (at * len(written) / 2) ** 2)
        )  # within two letters
    chance = near.sum(axis=1, keepdims=True) * near.sum(axis=0) / near.sum()
    fit = np.log(near / chance)
    # One phone to a letter is the rule; none, or two, cost as much as a phone that fits e^-2 times worse.
    return np.full(n_letters, -2.0), fit, fit[:, :, None] + fit[:, None, :] - 2.0


def _best_path(written, heard, log_p):
    """cuts: letter i stands for the phones heard[cuts[i] : cuts[i + 1]], so that the whole is most probable."""
    none, one, two = log_p
    score = np.full((MOST + 1, len(heard) + 1), -np.inf)
    best, taken = np.full(len(heard) + 1, -np.inf), []
    best[0] = 0.0
    for letter in written:
        score[0] = best + none[letter]
        score[1, 1:] = best[:-1] + one[letter, heard]
        score[2, 2:] = best[:-2] + two[letter, heard[:-1], heard[1:]]
        taken.append(score.argmax(axis=0))
        best = score.max(axis=0)
    cuts = [len(heard)]
    for row in reversed(taken):
        cuts.append(cuts[-1] - row[cuts[-1]])
    return np.array(cuts[::-1])


def _estimate(spelled, spoken, cuts, n_letters, n_labels):
    """Log probabilities of no phone, of each phone and of each pair, to each letter, from counts and a little more."""
    none = np.full(n_letters, 0.1)
    one = np.full((n_letters, n_labels), 0.1 / n_labels)
    two = np.full((n_letters, n_labels, n_labels), 0.1 / n_labels**2)
    for written, heard, cut in zip(spelled, spoken, cuts, strict=True):
        start, count = cut[:-1], np.diff(cut)
        np.add.at(none, written[count == 0], 1)
        np.add.at(one, (written[count == 1], heard[start[count == 1]]), 1)
        pair = start[count == 2]
        np.add.at(two, (written[count == 2], heard[pair], heard[pair + 1]), 1)
    total = np.log(none + one.sum(axis=1) + two.sum(axis=(1, 2)))
    return np.log(none) - total, np.log(one) - total[:, None], np.log(two) - total[:, None, None]


def _words(text, phones, cuts):
    times = [phone.start for phone in phones] + [phones[-1].end]
    words, first = [], 1  # the first letter is the space at the start
    for word in text.split(" "):
        start, end = cuts[first], cuts[first + len(word)]
        words.append(Segment(times[start], times[end] if end > start else times[start], word))
        first += len(word) + 1
    return words
