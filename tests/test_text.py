"""Normalising, vocabularies, byte-pair encoding: by hand, round trips, and against Hugging Face's tokenizers."""

import json
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import tokenizers
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coursekit import text
from coursekit.arguments import ArgumentError

anything = st.text(max_size=40)
words = st.lists(st.text("abя", min_size=1, max_size=7), min_size=1, max_size=12)

# --- one spelling --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written, wanted",
    [
        ("Hello, World!", "hello world"),
        ("  a\tb\n c ", "a b c"),
        ("вол+ос, +Окна", "волос окна"),
        ("2+2", "2 2"),
        ("за́мок и замо́к", "замок и замок"),
        ("и\u0306од е\u0308лка", "йод ёлка"),  # й and ё written as letter and mark
        ("кто-то - там", "кто то там"),
        ("don’t 'quote' o'clock'", "don't quote o'clock"),
        ("snake_case", "snake case"),
        ("Ünïcode Straße", "ünïcode straße"),
        ("«…»", ""),
    ],
)
def test_normalise_by_hand(written, wanted):
    assert text.normalise(written) == wanted


def test_normalise_keeps_what_it_is_told_only_inside_words():
    assert text.normalise("Кто-то - don't!", inside="-") == "кто-то don t"
    assert text.normalise("Кто-то - don't!", inside="-'") == "кто-то don't"
    assert text.normalise("a]b^c-d", inside="]^") == "a]b^c d"  # they mean something in a pattern
    assert text.normalise("it's", inside="") == "it s"


def test_normalise_replaces_after_the_change_to_lower_case():
    assert text.normalise("Ёж & ёлка", replace={"ё": "е", "&": "и"}) == "еж и елка"


@given(anything)
@settings(deadline=None)
def test_normalise_leaves_words_and_single_spaces_and_is_done_after_once(written):
    once = text.normalise(written)
    assert once == " ".join(once.split())
    assert all(c in "' " or c.isalnum() for c in once)
    assert text.normalise(once) == once


def test_normalise_wants_a_string():
    with pytest.raises(ArgumentError, match="text is list"):
        text.normalise(["a"])


# --- vocabulary ----------------------------------------------------------------------------------------------


def test_vocabulary_by_hand():
    digits = text.Vocabulary("0123456789")
    assert len(digits) == 11 and digits.blank == 0 and digits.symbols[0] == "0"
    ids = digits.encode("909")
    assert ids.tolist() == [10, 1, 10] and ids.dtype == np.int64
    assert digits.decode(ids) == digits.decode([10, 1, 10]) == "909"
    assert digits.encode("").shape == (0,) and digits.decode([]) == ""
    assert "7" in digits and "x" not in digits
    assert repr(digits) == "Vocabulary('0123456789')"


def test_vocabulary_of_longer_symbols():
    phones = text.Vocabulary(["sil", "a", "sh"])
    assert phones.encode(["sh", "a", "sil"]).tolist() == [3, 2, 1]
    assert phones.decode([3, 2]) == "sha"
    assert repr(phones) == "Vocabulary(('sil', 'a', 'sh'))"


@given(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=4))
@settings(deadline=None)
def test_vocabulary_round_trip(texts):
    vocabulary = text.Vocabulary.of(texts)
    assert list(vocabulary.symbols) == sorted(set("".join(texts)))
    for t in texts:
        ids = vocabulary.encode(t)
        assert vocabulary.decode(ids) == t
        assert t == "" or 1 <= ids.min() <= ids.max() < len(vocabulary)


def test_vocabulary_decodes_tensors():
    torch = pytest.importorskip("torch")
    assert text.Vocabulary("ab").decode(torch.tensor([2, 1])) == "ba"


@pytest.mark.parametrize(
    "written, message",
    [
        (
            "31x4",
            r"'x' \(U\+0078 LATIN SMALL LETTER X\) at position 2 of '31x4' is unknown; known are 3: '1' '3' 'q'",
        ),
        ("3 1", r"' ' \(U\+0020 SPACE\) at position 1 of '3 1'"),
        ("3Q", "A capital letter: call text.normalise"),
        ("3!", "Is the text normalised"),
    ],
)
def test_an_unknown_character_is_named(written, message):
    with pytest.raises(ArgumentError, match=message):
        text.Vocabulary("13q").encode(written)


@pytest.mark.parametrize(
    "ids, message",
    [
        ([1, 0, 2], "id 0 at position 1 is no symbol's; 0 is the blank: collapse"),
        ([4], "ids 1 to 3"),
        ([-1], "id -1 at position 0"),
        ([1.0], "wanted whole numbers"),
        (np.ones((2, 2), dtype=int), "Decode a batch row by row"),
        (1, "one sequence"),
    ],
)
def test_decode_skips_nothing_silently(ids, message):
    with pytest.raises(ArgumentError, match=message):
        text.Vocabulary("abc").decode(ids)


@pytest.mark.parametrize(
    "symbols, message",
    [
        ("", "at least one"),
        (["a", ""], "none of them empty"),
        ([1, 2], "wanted strings"),
        ("aba", "'a' more than once"),
        (set("abc"), r"order changes from run to run.*sorted\(symbols\)"),
        (5, "symbols = 5"),
    ],
)
def test_vocabulary_refuses(symbols, message):
    with pytest.raises(ArgumentError, match=message):
        text.Vocabulary(symbols)


@pytest.mark.parametrize("written", [None, 314])
def test_only_texts_are_encoded(written):
    with pytest.raises(ArgumentError, match="wanted a string, or a sequence of symbols"):
        text.Vocabulary("134").encode(written)


@pytest.mark.parametrize(
    "texts, message",
    [
        ("abc", r"one string, 'abc'; wanted a list"),
        ([], "no character"),
        (["", ""], "no character"),
        ([b"a"], "one of texts is bytes"),
    ],
)
def test_vocabulary_of_refuses(texts, message):
    with pytest.raises(ArgumentError, match=message):
        text.Vocabulary.of(texts)


# --- byte-pair encoding --------------------------------------------------------------------------------------

PAPER = {"low": 5, "lower": 2, "newest": 6, "widest": 3}  # Sennrich, Haddow and Birch, algorithm 1


def textbook_merges(word_counts, n_merges):
    """Algorithm 1 as printed: all pairs are counted anew before each merge. Also whether there was ever a tie."""
    vocabulary = {(*word, "_"): n for word, n in word_counts.items()}
    merges, tie = [], False
    for _ in range(n_merges):
        pairs = Counter()
        for symbols, n in vocabulary.items():
            for pair in pairwise(symbols):
                pairs[pair] += n
        if not pairs:
            break
        best = max(pairs, key=pairs.get)
        tie |= list(pairs.values()).count(pairs[best]) > 1
        merges.append(best)
        joined = {}
        for symbols, n in vocabulary.items():
            out, i = [], 0
            while i < len(symbols):
                step = 2 if symbols[i : i + 2] == best else 1
                out.append("".join(symbols[i : i + step]))
                i += step
            joined[tuple(out)] = n
        vocabulary = joined
    return merges, tie


def test_the_papers_example():
    assert text.learn_merges(PAPER, n_merges=10) == [
        ("e", "s"),
        ("es", "t"),
        ("est", "_"),
        ("l", "o"),
        ("lo", "w"),
        ("n", "e"),
        ("ne", "w"),
        ("new", "est_"),
        ("low", "_"),
        ("w", "i"),
    ]


def test_an_unseen_word_is_cut_into_known_pieces():
    """The paper's point: lowest was never seen, low and est_ were."""
    bpe = text.BPE("deilnorstw", text.learn_merges(PAPER, n_merges=10))
    assert bpe.encode("lowest") == ["low", "est_"]
    assert bpe.encode("newest low") == ["newest_", "low_"]
    assert bpe.encode("wed") == ["w", "e", "d", "_"]


@pytest.mark.parametrize(
    "symbols, joined",
    [
        ("aaaa", ["aa", "aa"]),
        ("aaa", ["aa", "a"]),
        ("baab", ["b", "aa", "b"]),
        ("a", ["a"]),
        ("", []),
    ],
)
def test_merging_runs_from_the_left(symbols, joined):
    assert text.merge_pair(list(symbols), ("a", "a")) == joined


word_counts = st.dictionaries(
    st.text("abя", min_size=1, max_size=6), st.integers(1, 9), min_size=1, max_size=12
)


@given(word_counts, st.integers(0, 30))
@settings(deadline=None)
def test_merges_equal_the_printed_algorithm(counts, n_merges):
    assert text.learn_merges(counts, n_merges=n_merges) == textbook_merges(counts, n_merges)[0]


@given(
    st.lists(words.map(" ".join), min_size=1, max_size=4), words.map(" ".join), st.integers(0, 30)
)
@settings(deadline=None)
def test_round_trip(texts, new, n_merges):
    bpe = text.BPE.train([*texts, "abя"], n_merges=n_merges)
    vocabulary = text.Vocabulary(bpe.symbols)
    for t in (*texts, new):
        pieces = bpe.encode(t)
        assert set(pieces) <= set(bpe.symbols)
        assert bpe.decode(pieces) == t
        assert bpe.decode(vocabulary.decode(vocabulary.encode(pieces))) == t


@given(st.lists(words.map(" ".join), min_size=1, max_size=4), words, st.integers(0, 30))
@settings(deadline=None)
def test_encoding_equals_tokenizers_with_our_merges(texts, new, n_merges):
    bpe = text.BPE.train([*texts, "abя"], n_merges=n_merges)
    model = tokenizers.models.BPE(
        vocab={s: i for i, s in enumerate(bpe.symbols)}, merges=list(bpe.merges)
    )
    for word in new:
        assert bpe.encode(word) == [
            token.value for token in model.tokenize(word + text.END_OF_WORD)
        ]


@given(
    st.dictionaries(
        st.text("abcя", min_size=1, max_size=5), st.integers(1, 400), min_size=2, max_size=8
    ),
    st.integers(1, 6),
)
@settings(deadline=None, max_examples=60)
def test_training_equals_tokenizers_where_no_two_pairs_are_equally_frequent(counts, n_merges):
    merges, tie = textbook_merges(counts, n_merges)
    assume(not tie)  # tokenizers then takes the pair with the lower numbers, we the one met first
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    alphabet = set("".join(counts)) | {text.END_OF_WORD}
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=len(alphabet) + len(merges),
        min_frequency=0,
        special_tokens=[],
        show_progress=False,
    )
    theirs.train_from_iterator(
        ((word + text.END_OF_WORD + " ") * n for word, n in counts.items()), trainer
    )
    bpe = text.BPE.train([(word + " ") * n for word, n in counts.items()], n_merges=n_merges)
    found = [
        tuple(m) if isinstance(m, list) else tuple(m.split(" "))
        for m in json.loads(theirs.to_str())["model"]["merges"]
    ]
    # a merge that makes a piece which is there already adds no symbol: tokenizers then goes on to the next one
    assert found[: len(bpe.merges)] == list(bpe.merges)


def test_wrong_variants_are_seen():
    """Greedy longest match, and merges in any order, cut other pieces than merges in the order learned."""
    bpe = text.BPE("abc", [("b", "c"), ("a", "b")])
    assert bpe.encode("abc") == ["a", "bc", "_"]  # the longest match from the left would be ab, c
    assert text.BPE("abc", [("a", "b"), ("b", "c")]).encode("abc") == ["ab", "c", "_"]
    # without a mark at the end of a word, est in estate and est in newest are one piece
    assert (
        text.BPE("deilnorstwa", text.learn_merges(PAPER, n_merges=3)).encode("estate")[0] == "est"
    )


def test_fewer_merges_when_every_word_is_one_piece():
    bpe = text.BPE.train(["ab ab"], n_merges=100)
    assert bpe.merges == (("a", "b"), ("ab", "_")) and bpe.symbols == ("_", "a", "b", "ab", "ab_")
    assert text.BPE.train(["ab"], n_merges=0).encode("ab") == ["a", "b", "_"]


def test_two_ways_to_one_piece_make_one_symbol():
    bpe = text.BPE("abc", [("a", "b"), ("ab", "c"), ("b", "c"), ("a", "bc")])
    assert Counter(bpe.symbols)["abc"] == 1


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: text.BPE.train("low", n_merges=3), "one string"),
        (lambda: text.BPE.train(["low"], n_merges=-1), "n_merges = -1"),
        (
            lambda: text.BPE.train(["snake_case"], n_merges=1),
            "not '_', which marks the end of a word",
        ),
        (
            lambda: text.BPE.train(["low"], n_merges=1).encode("low lot"),
            r"'t' .* at position 6 of 'low lot' is unknown",
        ),
        (lambda: text.BPE.train(["low"], n_merges=1).encode(["low"]), "text is list"),
        (
            lambda: text.BPE.train(["low"], n_merges=1).decode([1, 2]),
            "one of pieces is int, 1; wanted a string",
        ),
    ],
)
def test_bpe_refuses(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_names_in_messages_are_unicodes():
    assert unicodedata.name("ё") in str(text.unknown_symbol("ё", {"a": 1}))
