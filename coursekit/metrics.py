"""How good is it? One number a function, the truth first.

Chapter 01: signal-to-noise ratio. Chapter 03: mismatch of STFT magnitudes. Chapter 07: edit distance, word and
character error rates.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np

from . import arguments, dsp
from .arguments import ArgumentError


def _comparable(reference, estimate):
    arguments.same_shape(reference, estimate)


@arguments.checks(_comparable, reference=arguments.signal, estimate=arguments.signal)
def snr(reference, estimate):
    """Signal-to-noise ratio of an estimate, in dB; the noise is all that differs from the reference.

    Parameters
    ----------
    reference : array_like, (..., n)
        The true signal.
    estimate : array_like, (..., n)
        What became of it: quantised, decoded, denoised. Same shape and in step to the sample.

    Returns
    -------
    float or ndarray, (...)
        10 log10(sum reference^2 / sum (reference - estimate)^2), dB; inf for two equal signals.

    Raises
    ------
    arguments.ArgumentError
        Shapes differ, or the reference is silent (its SNR has no meaning).

    Notes
    -----
    Chapter 01. A delay of one sample or a changed level counts as noise.

    Examples
    --------
    >>> float(round(snr([1.0, -1.0, 1.0, -1.0], [0.9, -0.9, 0.9, -0.9]), 6))
    20.0
    """
    reference, estimate = reference.astype(np.float64), estimate.astype(np.float64)
    signal_energy = np.sum(reference**2, axis=-1)
    if np.any(signal_energy == 0):
        raise ArgumentError("reference is silent (all zeros): a ratio to it has no meaning")
    noise_energy = np.sum((reference - estimate) ** 2, axis=-1)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(signal_energy / noise_energy)


def mismatch_db(reference, estimate, *, n_fft=512, hop_length=128):
    """How far the STFT magnitudes of two sounds are apart, relative to the first one's; dB.

    Parameters
    ----------
    reference, estimate : array_like, (n,)
        The true sound, and what became of it. Phases do not count: a rebuilt sound may have others.
    n_fft, hop_length : int
        As in `dsp.stft`.

    Returns
    -------
    float
        20 log10(norm of the difference of the magnitudes / norm of the reference's), dB; -inf for two equal sounds,
        0 for a silent estimate.

    References
    ----------
    Sturmel and Daudet, "Signal reconstruction from STFT magnitude: a state of the art", 2011 (spectral convergence).
    Chapter 02b, section 5, and chapter 03, section 4.

    Examples
    --------
    >>> y = np.sin(np.arange(4000) / 5)
    >>> round(mismatch_db(y, 1.1 * y), 6)
    -20.0
    """
    wanted, got = (
        np.abs(dsp.stft(y, n_fft=n_fft, hop_length=hop_length)) for y in (reference, estimate)
    )
    with np.errstate(divide="ignore"):
        return float(20 * np.log10(np.linalg.norm(got - wanted) / np.linalg.norm(wanted)))


# --- text: edit distance and error rates (chapter 07) ------------------------------------------------------------


def _symbols(values, name):
    return arguments.symbols(values)


@arguments.checks(reference=_symbols, hypothesis=_symbols)
def edit_distances(reference, hypothesis):
    """D[i, j]: fewest edits from the reference's first i symbols to the hypothesis' first j.

    Parameters
    ----------
    reference, hypothesis : str or sequence of hashable, n and m long
        A string is its characters; for words, text.split().

    Returns
    -------
    ndarray of int, (n + 1, m + 1)
        An edit substitutes, deletes or inserts one symbol; the last entry is the edit distance of the two.

    Raises
    ------
    arguments.ArgumentError
        Not a row of symbols.

    References
    ----------
    Levenshtein, 1966; Wagner and Fischer, "The string-to-string correction problem", 1974. Chapter 07, equation 14.

    Examples
    --------
    >>> edit_distances("cat", "at")
    array([[0, 1, 2],
           [1, 1, 2],
           [2, 1, 2],
           [3, 2, 1]])
    """
    number = defaultdict(itertools.count().__next__)  # each symbol's own
    a = np.array([number[symbol] for symbol in reference], dtype=int)
    b = np.array([number[symbol] for symbol in hypothesis], dtype=int)
    j = np.arange(len(b) + 1)
    D = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    D[0] = j
    for i in range(1, len(a) + 1):
        D[i] = D[i - 1] + 1  # delete
        D[i, 1:] = np.minimum(D[i, 1:], D[i - 1, :-1] + (a[i - 1] != b))  # hit or substitute
        # insert: D[i, j] <= D[i, j - 1] + 1, from the left to the right at once
        D[i] = np.minimum.accumulate(D[i] - j) + j
    return D


class Edit(NamedTuple):
    """One step from the reference to the hypothesis: "hit", "substitute", "delete" or "insert"."""

    kind: str
    reference: Hashable  # the symbol; None where one is inserted
    hypothesis: Hashable  # None where one is deleted


@arguments.checks(reference=_symbols, hypothesis=_symbols)
def edit_operations(reference, hypothesis):
    """The edits of an alignment with the fewest errors, in order, hits among them.

    Parameters
    ----------
    reference, hypothesis : str or sequence of hashable
        A string is its characters; for words, text.split().

    Returns
    -------
    list of Edit
        Of equally good alignments: going back from the end, a hit before a deletion before a substitution before an
        insertion. jiwer may choose another one of them; the number of errors is the same.

    Raises
    ------
    arguments.ArgumentError
        As `edit_distances`.

    References
    ----------
    Wagner and Fischer, 1974. Chapter 07.

    Examples
    --------
    >>> [edit.kind for edit in edit_operations("cat", "at")]
    ['delete', 'hit', 'hit']
    """
    D = edit_distances(reference, hypothesis)
    i, j = len(reference), len(hypothesis)
    edits = []
    while i or j:
        if i and j and reference[i - 1] == hypothesis[j - 1]:
            i, j = i - 1, j - 1
            edits.append(Edit("hit", reference[i], hypothesis[j]))
        elif i and D[i, j] == D[i - 1, j] + 1:
            i -= 1
            edits.append(Edit("delete", reference[i], None))
        elif i and j and D[i, j] == D[i - 1, j - 1] + 1:
            i, j = i - 1, j - 1
            edits.append(Edit("substitute", reference[i], hypothesis[j]))
        else:
            j -= 1
            edits.append(Edit("insert", None, hypothesis[j]))
    return edits[::-1]


def _pairs(references, hypotheses):
    if isinstance(references, str) or isinstance(hypotheses, str):
        raise ArgumentError(
            "one string came; wanted two lists of utterances: [reference], [hypothesis]"
        )
    references, hypotheses = list(references), list(hypotheses)
    if len(references) != len(hypotheses):
        raise ArgumentError(
            f"{len(references)} references, {len(hypotheses)} hypotheses; wanted one for "
            "each. An utterance in which nothing was recognised is an empty one"
        )
    if sum(map(len, references)) == 0:
        raise ArgumentError(
            f"{len(references)} references without any symbol; a rate of errors for each "
            "symbol has no meaning"
        )
    return {"references": references, "hypotheses": hypotheses}


@arguments.checks(_pairs)
def error_rate(references, hypotheses):
    """Edits of all pairs together, for each symbol of the references.

    Parameters
    ----------
    references, hypotheses : list of sequences of hashable
        Utterance by utterance: strings (their characters), lists of words, of phones, of ids.

    Returns
    -------
    float
        0 when all is right; above 1 when more was wrong than there was to say.

    Raises
    ------
    arguments.ArgumentError
        Not two lists of one length; references without any symbol. An empty utterance among others is well.

    Notes
    -----
    The rate of a corpus, not the mean of the utterances' rates: long ones count more. Chapter 07.

    Examples
    --------
    >>> error_rate(["31", "4159"], ["31", "415"])
    0.16666666666666666
    """
    pairs = zip(references, hypotheses, strict=True)
    edits = sum(int(edit_distances(said, heard)[-1, -1]) for said, heard in pairs)
    return edits / sum(map(len, references))


def _two_texts(reference, hypothesis):
    if isinstance(reference, str) != isinstance(hypothesis, str):
        raise ArgumentError(
            f"reference is {type(reference).__name__}, hypothesis is "
            f"{type(hypothesis).__name__}; wanted two texts or two lists of texts"
        )
    both = (
        ([reference], [hypothesis])
        if isinstance(reference, str)
        else (list(reference), list(hypothesis))
    )
    for text in (*both[0], *both[1]):
        if not isinstance(text, str):
            raise ArgumentError(
                f"one text is {type(text).__name__}, {text!r:.60}; wanted strings. For lists "
                "of words, phones or ids call error_rate"
            )
    return {"reference": both[0], "hypothesis": both[1]}


@arguments.checks(_two_texts)
def wer(reference, hypothesis):
    """Word error rate: substituted, deleted and inserted words, for each word of the reference.

    Parameters
    ----------
    reference, hypothesis : str or list of str
        A text, or the texts of a corpus (then the rate of all together). Words stand between spaces; case and
        punctuation count: see text.normalise.

    Returns
    -------
    float
        0.25 is 25 %. Above 1 when much was inserted. As jiwer.wer.

    Raises
    ------
    arguments.ArgumentError
        A text against a list, lists of different lengths, no word in the reference.

    References
    ----------
    Chapter 07. `error_rate` takes lists of other symbols.

    Examples
    --------
    >>> wer("the cat sat down", "a cat sat")
    0.5
    """
    return error_rate([text.split() for text in reference], [text.split() for text in hypothesis])


@arguments.checks(_two_texts)
def cer(reference, hypothesis):
    """Character error rate: as `wer`, with characters in the place of words.

    Parameters
    ----------
    reference, hypothesis : str or list of str
        A text, or the texts of a corpus (then the rate of all together). Spaces inside count as characters, those
        at both ends do not.

    Returns
    -------
    float
        0.05 is 5 %. As jiwer.cer.

    Raises
    ------
    arguments.ArgumentError
        A text against a list, lists of different lengths, no character in the reference.

    References
    ----------
    Chapter 07.

    Examples
    --------
    >>> cer("31440", "3144")
    0.2
    """
    return error_rate([text.strip() for text in reference], [text.strip() for text in hypothesis])


@arguments.checks(_pairs)
def confusions(references, hypotheses, *, hits=False):
    """What was taken for what, and how often.

    Parameters
    ----------
    references, hypotheses : list of sequences of hashable
        As in `error_rate`.
    hits : bool
        Count what was right, too.

    Returns
    -------
    Counter
        counts[reference symbol, hypothesis symbol]; None for the missing side of a deletion (reference, None) or an
        insertion (None, hypothesis).

    Notes
    -----
    Which symbols stand against each other is `edit_operations`'s choice. Chapter 07.

    Examples
    --------
    >>> confusions(["159", "19"], ["155", "15"]).most_common()
    [(('9', '5'), 2)]
    """
    pairs = zip(references, hypotheses, strict=True)
    edits = [edit for said, heard in pairs for edit in edit_operations(said, heard)]
    return Counter(edit[1:] for edit in edits if hits or edit.kind != "hit")


@arguments.checks(_pairs)
def edit_counts(references, hypotheses):
    """How many hits, substitutions, deletions and insertions.

    Parameters
    ----------
    references, hypotheses : list of sequences of hashable
        As in `error_rate`.

    Returns
    -------
    dict of str to int
        "hit", "substitute", "delete", "insert". The last three sum to the edit distance; the first three to the length
        of the references.

    Examples
    --------
    >>> edit_counts([["a", "cat", "sat"]], [["the", "cat"]])
    {'hit': 1, 'substitute': 1, 'delete': 1, 'insert': 0}
    """
    counts = dict.fromkeys(("hit", "substitute", "delete", "insert"), 0)
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        for edit in edit_operations(reference, hypothesis):
            counts[edit.kind] += 1
    return counts


def alignment_table(reference, hypothesis, *, width=96):
    """An alignment to read: the reference above the hypothesis, and below each error its letter.

    Parameters
    ----------
    reference, hypothesis : str or sequence of str
        A string is its characters; for words, text.split().
    width : int
        Characters in a line; what is longer goes on below.

    Returns
    -------
    str
        S: substituted, D: deleted, I: inserted; * where nothing stands, and ␣ for a space.

    Examples
    --------
    >>> print(alignment_table("the cat sat down".split(), "a cat sat".split()))
    reference   the cat sat down
    hypothesis  a   cat sat *
                S           D
    >>> print(alignment_table("31440", "3140"))
    reference   31440
    hypothesis  31*40
                  D
    """
    columns = []
    for edit in edit_operations(reference, hypothesis):
        said, heard = ("*" if s is None else str(s).replace(" ", "␣") for s in edit[1:])
        mark = "" if edit.kind == "hit" else edit.kind[0].upper()
        size = max(len(said), len(heard))
        columns.append((said.ljust(size), heard.ljust(size), mark.ljust(size)))
    gap = "" if all(len(said) == 1 for said, _, _ in columns) else " "
    blocks, used = [[]], 0
    for column in columns:
        used += len(column[0] + gap)
        if blocks[-1] and used > width - 12:
            blocks.append([])
            used = len(column[0] + gap)
        blocks[-1].append(column)
    names = ("reference   ", "hypothesis  ", " " * 12)
    lines = []
    for block in filter(None, blocks):
        rows = zip(names, zip(*block, strict=True), strict=True)
        lines.append("\n".join((name + gap.join(row)).rstrip() for name, row in rows))
    return "\n\n".join(lines)
