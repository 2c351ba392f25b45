"""Edit distance and error rates against jiwer, hand-worked cases and brute force.

metrics.snr: test_dsp.py. metrics.mismatch_db: controls/test_feature_controls.py.
"""

import functools

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import metrics
from coursekit.arguments import ArgumentError

# few symbols and short texts: many alignments are then equally good, and many symbols equal
words = st.text("ab", min_size=0, max_size=9)
sentences = st.lists(st.text("abя", min_size=1, max_size=2), min_size=1, max_size=7).map(" ".join)


def brute_force(a, b):
    """The edit distance from its definition: every first step, and the best of what is left."""

    @functools.cache
    def rest(i, j):
        if i == len(a) or j == len(b):
            return len(a) - i + len(b) - j
        return min(1 + rest(i + 1, j), 1 + rest(i, j + 1), (a[i] != b[j]) + rest(i + 1, j + 1))

    return rest(0, 0)


# --- by hand -------------------------------------------------------------------------------------------------


def test_kitten_becomes_sitting():
    """Wagner and Fischer's table of the best-known pair, worked on paper."""
    assert metrics.edit_distances("kitten", "sitting").tolist() == [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [1, 1, 2, 3, 4, 5, 6, 7],
        [2, 2, 1, 2, 3, 4, 5, 6],
        [3, 3, 2, 1, 2, 3, 4, 5],
        [4, 4, 3, 2, 1, 2, 3, 4],
        [5, 5, 4, 3, 2, 2, 3, 4],
        [6, 6, 5, 4, 3, 3, 2, 3],
    ]


@pytest.mark.parametrize(
    "reference, hypothesis, kinds",
    [
        ("cat", "cat", "hit hit hit"),
        ("cat", "cut", "hit substitute hit"),
        ("cat", "at", "delete hit hit"),
        ("at", "cat", "insert hit hit"),
        ("", "ab", "insert insert"),
        ("ab", "", "delete delete"),
        ("aa", "a", "delete hit"),  # of two equally good ones: hits at the end
        ("ab", "ba", "insert hit delete"),  # a deletion before two substitutions
        ("abc", "xa", "insert hit delete delete"),  # not: substitute, substitute, delete
    ],
)
def test_edits_by_hand(reference, hypothesis, kinds):
    assert [edit.kind for edit in metrics.edit_operations(reference, hypothesis)] == kinds.split()


def test_an_edit_says_what_was_said_and_what_was_heard():
    edits = metrics.edit_operations("the cat sat".split(), "a cat sat down".split())
    assert edits[0] == ("substitute", "the", "a")
    assert edits[-1] == ("insert", None, "down")


def test_rates_by_hand():
    assert metrics.wer("one two three four", "one too three") == 2 / 4
    assert metrics.cer("31440", "314400") == 1 / 5
    assert metrics.wer("a", "b c d") == 3  # more wrong than there was to say
    assert metrics.error_rate([[1, 2], [3]], [[1], [3, 4]]) == 2 / 3
    assert metrics.error_rate([np.array([1, 2])], [np.array([1, 3])]) == 1 / 2


def test_a_corpus_is_one_long_text_not_a_mean_of_rates():
    references, hypotheses = ["a", "b c d e"], ["x", "b c d e"]
    assert metrics.wer(references, hypotheses) == 1 / 5
    mean = np.mean([metrics.wer(r, h) for r, h in zip(references, hypotheses, strict=True)])
    assert mean == 1 / 2  # the wrong variant


def test_confusions_and_counts():
    references, hypotheses = ["159", "19", "7"], ["155", "15", "77"]
    assert metrics.confusions(references, hypotheses) == {("9", "5"): 2, (None, "7"): 1}
    assert metrics.confusions(references, hypotheses, hits=True).total() == 7
    assert metrics.edit_counts(references, hypotheses) == {
        "hit": 4,
        "substitute": 2,
        "delete": 0,
        "insert": 1,
    }


def test_the_alignment_stands_in_columns():
    assert metrics.alignment_table(
        "она читала вслух".split(), "она читает".split()
    ).splitlines() == [
        "reference   она читала вслух",
        "hypothesis  она читает *",
        "                S      D",
    ]
    assert metrics.alignment_table("a b", "ab").splitlines() == [
        "reference   a␣b",
        "hypothesis  a*b",
        "             D",
    ]
    assert metrics.alignment_table("", "") == ""


def test_a_long_alignment_goes_on_below():
    table = metrics.alignment_table("ab" * 50, "ab" * 49 + "a", width=50)
    assert max(map(len, table.splitlines())) <= 50
    assert (
        "".join(line[12:] for line in table.splitlines() if line.startswith("reference"))
        == "ab" * 50
    )
    assert table.splitlines()[-1].endswith("D")


# --- properties ----------------------------------------------------------------------------------------------


@given(words, words)
@settings(deadline=None, max_examples=300)
def test_the_distance_is_the_fewest_edits_for_every_beginning(a, b):
    D = metrics.edit_distances(a, b)
    assert D.shape == (len(a) + 1, len(b) + 1)
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            assert D[i, j] == brute_force(a[:i], b[:j])


@given(words, words)
@settings(deadline=None)
def test_the_edits_lead_from_one_to_the_other_at_the_least_cost(a, b):
    edits = metrics.edit_operations(a, b)
    assert "".join(edit.reference for edit in edits if edit.kind != "insert") == a
    assert "".join(edit.hypothesis for edit in edits if edit.kind != "delete") == b
    assert sum(edit.kind != "hit" for edit in edits) == brute_force(a, b)
    for edit in edits:
        assert (edit.kind == "hit") == (edit.reference == edit.hypothesis)


@given(st.lists(st.tuples(sentences, st.one_of(sentences, st.just(""))), min_size=1, max_size=5))
@settings(deadline=None, max_examples=200)
def test_rates_equal_jiwer(pairs):
    references, hypotheses = map(list, zip(*pairs, strict=True))
    assert metrics.wer(references, hypotheses) == pytest.approx(
        jiwer.wer(references, hypotheses), rel=1e-12
    )
    assert metrics.cer(references, hypotheses) == pytest.approx(
        jiwer.cer(references, hypotheses), rel=1e-12
    )
    assert metrics.wer(*pairs[0]) == pytest.approx(jiwer.wer(*pairs[0]), rel=1e-12)


@given(sentences, sentences)
@settings(deadline=None)
def test_counts_fit_together_and_have_jiwers_sums(reference, hypothesis):
    ours = metrics.edit_counts([reference.split()], [hypothesis.split()])
    theirs = jiwer.process_words(reference, hypothesis)
    assert ours["substitute"] + ours["delete"] + ours["insert"] == (
        theirs.substitutions + theirs.deletions + theirs.insertions
    )
    assert ours["hit"] + ours["substitute"] + ours["delete"] == len(reference.split())
    assert ours["hit"] + ours["substitute"] + ours["insert"] == len(hypothesis.split())


def test_counts_are_jiwers_on_sentences_with_some_errors():
    """Where errors are rare, hardly any alignments are equally good."""
    rng = np.random.default_rng(
        7
    )  # seeds 0 to 5 and 7 tried; one word in ten is wrong, one in twenty missing
    references = [[f"w{k}" for k in rng.integers(0, 100, 20)] for _ in range(200)]
    hypotheses = [
        [w if rng.random() < 0.9 else f"w{rng.integers(0, 100)}" for w in r if rng.random() < 0.95]
        for r in references
    ]
    ours = metrics.edit_counts(references, hypotheses)
    theirs = jiwer.process_words(
        [" ".join(r) for r in references], [" ".join(h) for h in hypotheses]
    )
    jiwers = {
        "hit": theirs.hits,
        "substitute": theirs.substitutions,
        "delete": theirs.deletions,
        "insert": theirs.insertions,
    }
    assert ours == jiwers


@given(words, words)
@settings(deadline=None)
def test_the_distance_is_a_metric(a, b):
    distance = metrics.edit_distances(a, b)[-1, -1]
    assert distance == metrics.edit_distances(b, a)[-1, -1]
    assert (distance == 0) == (a == b)
    assert abs(len(a) - len(b)) <= distance <= max(len(a), len(b))


def test_wrong_variants_are_seen():
    """What people also call an error rate, on one pair: none of it equals ours."""
    reference, hypothesis = "one two three", "two three four five"  # one deletion, two insertions
    right = metrics.wer(reference, hypothesis)
    r, h = reference.split(), hypothesis.split()
    by_position = sum(a != b for a, b in zip(r, h, strict=False)) / len(r)  # no alignment
    by_hypothesis = metrics.edit_distances(r, h)[-1, -1] / len(h)
    without_insertions = 1 / len(r)
    assert right == 3 / 3
    assert by_hypothesis == 3 / 4 and without_insertions == 1 / 3
    assert (
        metrics.wer("a b c d", "b c d") == 1 / 4
        and 3 / 4 == sum(a != b for a, b in zip("abcd", "bcd", strict=False)) / 4
    )
    assert by_position == 1  # right by chance here, wrong in the line above


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reference, hypothesis, message",
    [
        ("", "a", "1 references without any symbol"),
        (" ", "", "without any symbol"),
        (["", ""], ["a", ""], "2 references without any symbol"),
        ([], [], "0 references"),
        ("a", ["a"], "reference is str, hypothesis is list"),
        (["a"], ["a", "b"], "1 references, 2 hypotheses; wanted one for each"),
        ([["a"]], [["a"]], "call error_rate"),
        (["a"], [None], "one text is NoneType"),
    ],
)
@pytest.mark.parametrize("rate", [metrics.wer, metrics.cer])
def test_what_is_no_pair_of_texts_is_refused(rate, reference, hypothesis, message):
    with pytest.raises(ArgumentError, match=message):
        rate(reference, hypothesis)


def test_an_empty_utterance_among_others_counts():
    assert metrics.wer(["", "a b"], ["x", "a b"]) == 1 / 2
    assert metrics.cer(["ab", "c"], ["", "c"]) == 2 / 3


def test_ids_in_tensors_are_the_same_ids():
    """Two tensors of the same number are two keys of a dictionary; as such nothing would ever be right."""
    torch = pytest.importorskip("torch")
    reference, hypothesis = torch.tensor([3, 1, 4]), [3, 4]
    assert metrics.error_rate([reference], [hypothesis]) == 1 / 3
    assert metrics.error_rate([list(reference)], [torch.tensor(hypothesis)]) == 1 / 3
    assert metrics.edit_operations(reference, reference) == metrics.edit_operations(
        [3, 1, 4], np.array([3, 1, 4])
    )


@pytest.mark.parametrize(
    "reference, message",
    [
        (None, "symbols = None"),
        (5, "symbols = 5 .int.; wanted a string"),
        ([[1, 2]], r"symbols hold \[1, 2\]"),
        (np.ones((2, 2), dtype=int), "wanted one row of symbols"),
    ],
)
def test_what_is_no_row_of_symbols_is_refused(reference, message):
    for distance in (metrics.edit_distances, metrics.edit_operations):
        with pytest.raises(ArgumentError, match=message):
            distance(reference, [1, 2])


def test_one_string_is_no_list_of_utterances():
    with pytest.raises(ArgumentError, match="one string came"):
        metrics.error_rate("31440", "3144")
