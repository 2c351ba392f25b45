"""n-gram models: by hand, against NLTK's figures and a literal recursion; they sum to 1."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import lm, text
from coursekit.arguments import ArgumentError

SMOOTHINGS = ["witten-bell", "kneser-ney"]
sentences = st.lists(st.text("abc", min_size=1, max_size=7), min_size=1, max_size=6)
contexts = st.text("abcd", max_size=6)  # d never occurs


# --- by hand -------------------------------------------------------------------------------------------------


def test_counts_by_hand():
    assert lm.count(["ab", "a"], order=3) == {
        (): Counter({"a": 2, "b": 1, lm.END: 2}),
        (lm.START,): Counter(a=2),
        ("a",): Counter({"b": 1, lm.END: 1}),
        ("b",): Counter({lm.END: 1}),
        (lm.START, "a"): Counter({"b": 1, lm.END: 1}),
        ("a", "b"): Counter({lm.END: 1}),
    }


def test_witten_bell_by_hand():
    """ab, a: five symbols were drawn, three kinds; after a came two, of two kinds."""
    model = lm.NGram(2, smoothing="witten-bell").fit(["ab", "a"])
    p_b = 1 / 8 + 3 / 8 * 1 / 3
    assert model.log_prob("b", "a") == pytest.approx(math.log(1 / 4 + 2 / 4 * p_b), rel=1e-12)
    assert model.log_prob("b", "b") == pytest.approx(math.log(0 + 1 / 2 * p_b), rel=1e-12)


def test_kneser_ney_by_hand():
    """aab, ab: of the bigrams <s>a 2, aa 1, ab 2, b</s> 2 one was seen once and three twice: D = 1 / (1 + 2 * 3).

    As continuations a came after two kinds (<s>, a), b after one, the end after one: n1 = 2, n2 = 1, D = 1/2.
    """
    model = lm.NGram(2, smoothing="kneser-ney").fit(["aab", "ab"])
    p_b = (1 - 1 / 2) / 4 + 1 / 2 * 3 / 4 * 1 / 3
    assert model.log_prob("b", "a") == pytest.approx(
        math.log((2 - 1 / 7) / 3 + 1 / 7 * 2 / 3 * p_b), rel=1e-12
    )
    assert model.log_prob("b") == pytest.approx(
        model.log_prob("b", ""), rel=1e-12
    )  # no context: the beginning
    assert model.log_prob("b", "") == pytest.approx(math.log(1 / 7 * 1 / 2 * p_b), rel=1e-12)


def test_san_francisco():
    """Chen and Goodman's example: francisco is frequent, but follows one word alone; it is expected nowhere else."""
    corpus = [["san", "francisco"]] * 50 + [
        [city, word] for city in "abcdefgh" for word in ("glasses", "bread")
    ]
    after_new = {}
    for smoothing in SMOOTHINGS:
        model = lm.NGram(2, smoothing=smoothing, open_vocabulary=True).fit(corpus)
        after_new[smoothing] = {
            w: model.log_prob(w, ["never", "met"]) for w in ("francisco", "glasses")
        }
    assert after_new["kneser-ney"]["glasses"] > after_new["kneser-ney"]["francisco"]
    assert after_new["witten-bell"]["glasses"] < after_new["witten-bell"]["francisco"]


def test_perplexity_by_hand():
    """One symbol and the end, no counts to go by but their own: p(a) = p(end) = 1/2 at order 1."""
    model = lm.NGram(1, smoothing="witten-bell").fit(["a"])
    assert model.perplexity(["a", "aa"]) == pytest.approx(2.0, rel=1e-12)
    assert model.score("aa") == pytest.approx(3 * math.log(1 / 2), rel=1e-12)


# --- against others ------------------------------------------------------------------------------------------

# NLTK 3.10.4, WittenBellInterpolated(2) and KneserNeyInterpolated(2, discount=7/11), fitted on CORPUS with one <s>; it
# ends at relative frequencies (of continuations) of single symbols, without a base below.
CORPUS = ["abab", "aabc", "bca"]
NLTK = [  # context, symbol, Witten-Bell, Kneser-Ney
    ("a", "b", 0.48214285714285715, 0.5490909090909092),
    ("b", lm.END, 0.2346938775510204, 0.2340909090909091),
    (lm.START, "a", 0.5428571428571428, 0.6242424242424243),
    ("c", "c", 0.07142857142857142, 0.06363636363636364),
    ("a", "c", 0.05357142857142857, 0.038181818181818185),
]


@pytest.mark.parametrize("context, symbol, witten_bell, kneser_ney", NLTK)
def test_bigrams_equal_nltk(context, symbol, witten_bell, kneser_ney):
    counts = lm.count(CORPUS, order=2)
    once = counts[()]
    continuations = Counter(s for c, followers in counts.items() if c for s in followers)
    for table, singles, wanted in (
        (lm.witten_bell(counts), once, witten_bell),
        (lm.kneser_ney(counts), continuations, kneser_ney),
    ):
        table[()] = {s: c / singles.total() for s, c in singles.items()}, 0.0
        assert lm.interpolate(table, symbol, (context,), base=0.0) == pytest.approx(
            wanted, rel=1e-12
        )


def literal(sequences, order, smoothing):
    """p(w | h) as Chen and Goodman write it, from lists of all n-grams, by recursion."""
    grams = {n: [] for n in range(1, order + 1)}
    for sequence in sequences:
        s = [lm.START, *sequence, lm.END]
        for n in grams:
            grams[n] += [tuple(s[i : i + n]) for i in range(len(s) - n + 1) if n > 1 or i > 0]
    symbols = {lm.END}.union(*sequences)
    # kneser-ney's counts: occurrences at the top and at the beginning, else different symbols before
    adjusted = {order: Counter(grams[order])}
    for n in range(1, order):
        adjusted[n] = Counter(g[1:] for g in set(grams[n + 1]))
        adjusted[n].update({g: c for g, c in Counter(grams[n]).items() if g[0] == lm.START})
    counts = adjusted if smoothing == "kneser-ney" else {n: Counter(grams[n]) for n in grams}

    def p(w, h):
        n = len(h) + 1
        lower = p(w, h[1:]) if h else 1 / len(symbols)
        here = {g[-1]: c for g, c in counts[n].items() if g[:-1] == h}
        if not here:
            return lower
        total, kinds = sum(here.values()), len(here)
        if smoothing == "witten-bell":
            return (here.get(w, 0) + kinds * lower) / (total + kinds)
        n1, n2 = (sum(c == k for c in counts[n].values()) for k in (1, 2))
        d = n1 / (n1 + 2 * n2) if n1 and n2 else 0.75
        return max(here.get(w, 0) - d, 0) / total + d * kinds / total * lower

    return p


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@given(sequences=sentences, order=st.integers(1, 4), context=contexts)
@settings(deadline=None)
def test_equals_the_literal_recursion(smoothing, sequences, order, context):
    # at least one sentence as long as the order: shorter ones have no n-gram of that length to define D with
    sequences = [*sequences, "abcabc"]
    model, p = (
        lm.NGram(order, smoothing=smoothing).fit(sequences),
        literal(sequences, order, smoothing),
    )
    past = (lm.START, *context)[-(order - 1) :] if order > 1 else ()
    for symbol in model.symbols:
        assert math.exp(model.log_prob(symbol, context)) == pytest.approx(
            p(symbol, past), rel=1e-10
        )


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@given(sequences=sentences, order=st.integers(1, 5), context=contexts)
@settings(deadline=None)
def test_sums_to_one_in_every_context_and_rows_equal_single_values(
    smoothing, sequences, order, context
):
    model = lm.NGram(order, smoothing=smoothing).fit(sequences, symbols="cbaxyz")
    row = model.log_probs(context)
    assert np.exp(row).sum() == pytest.approx(1, abs=1e-12)
    assert row == pytest.approx(
        [model.log_prob(symbol, context) for symbol in model.symbols], abs=1e-12
    )
    assert np.isfinite(row).all()  # nothing is impossible
    opened = lm.NGram(order, smoothing=smoothing, open_vocabulary=True).fit(sequences)
    assert np.exp(opened.log_probs(context)).sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "wrong", ["kneser-ney with plain counts below", "witten-bell without T below the line"]
)
def test_wrong_variants_are_seen(wrong):
    """Absolute discounting in the place of Kneser-Ney; weights that do not leave the sum at 1."""
    counts = lm.count(CORPUS, order=2)
    base = 1 / 4
    if wrong.startswith("kneser"):
        right, table = lm.kneser_ney(counts), {}
        for context, followers in counts.items():
            n, kinds = followers.total(), len(followers)
            table[context] = {s: (c - 7 / 11) / n for s, c in followers.items()}, 7 / 11 * kinds / n
    else:
        right, table = lm.witten_bell(counts), {}
        for context, followers in counts.items():
            n, kinds = followers.total(), len(followers)
            table[context] = {s: c / (n + kinds) for s, c in followers.items()}, kinds / n
    pairs = [(context, symbol) for context, symbol, *_ in NLTK]
    errors = [
        abs(
            lm.interpolate(table, s, (c,), base=base) / lm.interpolate(right, s, (c,), base=base)
            - 1
        )
        for c, s in pairs
    ]
    assert max(errors) > 0.02  # the tolerances above are 1e-10 and less


# --- in use --------------------------------------------------------------------------------------------------


def test_the_score_is_the_sum_over_the_sentence_and_its_end():
    model = lm.NGram(3).fit(["abra", "cadabra"])
    by_hand = sum(model.log_prob(s, "abr"[:i]) for i, s in enumerate("abr")) + model.log_prob(
        model.end, "abr"
    )
    assert model.score("abr") == model.score(["a", "b", "r"]) == pytest.approx(by_hand, rel=1e-12)
    assert model.perplexity(["abr"]) == pytest.approx(math.exp(-by_hand / 4), rel=1e-12)
    assert model.score("") == model.log_prob(model.end)


def test_only_the_last_symbols_count_and_the_form_of_the_context_does_not():
    model = lm.NGram(3).fit(["abra", "cadabra"])
    assert (
        model.log_prob("r", "xyzab")
        == model.log_prob("r", ["a", "b"])
        == model.log_prob("r", ("b", "a", "b"))
    )
    assert model.log_prob("r", "b") != model.log_prob(
        "r", "ab"
    )  # the sentence began with b, or with ab
    assert model.log_probs("xyzab") is model.log_probs("ab")  # kept


def test_rows_follow_the_vocabularys_ids():
    vocabulary = text.Vocabulary("cab ")
    model = lm.NGram(2).fit(["ab", "ca"], symbols=vocabulary.symbols)
    row = model.log_probs("c")
    assert row.shape == (len(vocabulary),)
    assert row[vocabulary.encode("a")[0]] == pytest.approx(model.log_prob("a", "c"))
    assert row[vocabulary.blank] == pytest.approx(model.log_prob(model.end, "c"))
    with pytest.raises(ValueError):
        row[0] = 0  # a kept row is nobody's to change


def test_ids_are_symbols_too():
    vocabulary = text.Vocabulary("ab")
    letters = lm.NGram(2).fit(["ab", "ba", "abb"], symbols=vocabulary.symbols)
    ids = lm.NGram(2).fit([vocabulary.encode(t) for t in ("ab", "ba", "abb")], symbols=range(1, 3))
    assert np.array_equal(letters.log_probs("a"), ids.log_probs([1]))
    assert ids.log_prob(2, np.array([1])) == letters.log_prob("b", "a")
    torch = pytest.importorskip("torch")  # whose numbers are not equal as keys of a dictionary
    rows = [torch.from_numpy(vocabulary.encode(t)) for t in ("ab", "ba", "abb")]
    tensors = lm.NGram(2).fit(rows, symbols=range(1, 3))
    assert tensors.table == ids.table
    assert tensors.log_prob(2, torch.tensor([1])) == ids.log_prob(2, [1])
    assert (
        tensors.score(torch.tensor([1, 2]))
        == ids.score([1, 2])
        == pytest.approx(letters.score("ab"), rel=1e-12)
    )


def test_unknown_words_share_what_was_kept_for_the_never_seen():
    """a rose is a rose: 5 words and an end, 4 kinds; Witten-Bell at order 1 keeps 4 of 10 for new ones."""
    model = lm.NGram(1, smoothing="witten-bell", open_vocabulary=True).fit(
        ["a rose is a rose".split()]
    )
    assert model.log_prob("tulip") == model.log_prob(lm.UNKNOWN) == pytest.approx(math.log(4 / 10))
    assert model.symbols == (lm.END, "a", "is", "rose", lm.UNKNOWN)


def test_unknown_words_are_spelled_if_there_is_a_model_for_it():
    corpus = ["a rose is a rose".split()]
    spelling = lm.NGram(3).fit(["a", "rose", "is"], symbols="aeioprst")
    model = lm.NGram(2, open_vocabulary=True, spelling=spelling).fit(corpus)
    plain = lm.NGram(2, open_vocabulary=True).fit(corpus)
    assert model.log_prob("rise", ["a"]) == pytest.approx(
        plain.log_prob("rise", ["a"]) + spelling.score("rise")
    )
    assert model.log_prob("rise", ["a"]) > model.log_prob("pttt", ["a"])
    assert model.log_prob("rose", ["a"]) == plain.log_prob("rose", ["a"])  # known: not spelled


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_longer_contexts_help_where_language_has_them(smoothing):
    rng = np.random.default_rng(3)  # any seed: the words follow in a circle, three times of four

    def circle(n):
        walk = np.cumsum(rng.choice([1, 2], size=n, p=[0.75, 0.25])) % 10
        return "".join(map(str, walk))

    train, test = [circle(30) for _ in range(50)], [circle(30) for _ in range(10)]
    one, two, four = (
        lm.NGram(order, smoothing=smoothing).fit(train).perplexity(test) for order in (1, 2, 4)
    )
    # log2 of the true perplexity inside is 0.81 bits, 1.75 symbols; the end costs the rest
    assert one > 9 and two < 2.5 and four < 1.3 * two


def test_samples_follow_the_model():
    model = lm.NGram(2).fit(["ab", "ab", "aab"])
    rng = np.random.default_rng(0)
    drawn = [model.sample(rng=rng) for _ in range(2000)]
    share = np.mean([sample[:1] == ["a"] for sample in drawn])
    p = math.exp(model.log_prob("a"))
    assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / 2000)  # five standard deviations
    assert drawn[:20] == [
        model.sample(rng=r) for r in [np.random.default_rng(0)] for _ in range(20)
    ]
    assert len(model.sample(rng=rng, max_length=1)) <= 1


def test_fitting_again_forgets():
    model = lm.NGram(2).fit(["ab"])
    before = model.log_probs("a")
    assert not np.array_equal(model.fit(["aab"]).log_probs("a"), before)
    assert np.array_equal(model.log_probs("a"), lm.NGram(2).fit(["aab"]).log_probs("a"))


def test_counting_changes_nothing_it_is_given():
    counts = lm.count(CORPUS, order=3)
    before = {context: Counter(followers) for context, followers in counts.items()}
    lm.kneser_ney(counts), lm.witten_bell(counts)
    assert counts == before and isinstance(counts, defaultdict)


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: lm.NGram(0), "order = 0"),
        (lambda: lm.NGram(2, smoothing="laplace"), "wanted one of 'witten-bell', 'kneser-ney'"),
        (lambda: lm.NGram(2, spelling=lm.NGram(2)), "only an open vocabulary has unknown words"),
        (lambda: lm.NGram(2).fit("abc"), r"one string came, 'abc'; wanted a list of sentences"),
        (lambda: lm.NGram(2).fit([]), "no sentences came"),
        (lambda: lm.NGram(2).fit(["ab", ""]), "sentence 1 of 2 is empty"),
        (
            lambda: lm.NGram(2).fit(["ab", "ax"], symbols="ab"),
            r"'x' .* at position 1 of 'ax' is unknown",
        ),
        (lambda: lm.NGram(2).fit([["a", "</s>"]]), "which the model adds by itself"),
        (
            lambda: lm.NGram(2, open_vocabulary=True).fit([["a"]], symbols=["a"]),
            "takes those that it meets",
        ),
        (lambda: lm.NGram(2).log_prob("a"), "call fit"),
        (lambda: lm.NGram(2).log_probs("a"), "call fit"),
        (lambda: lm.NGram(2).fit(["ab"]).log_prob("x", "ab"), "'x' after 'ab' is unknown"),
        (lambda: lm.NGram(2).fit(["ab"]).log_prob(lm.START, "ab"), "'<s>' after 'ab' is unknown"),
        (lambda: lm.NGram(2).fit([["the", "cat"]]).log_prob("cat", "the"), "context.split"),
        (lambda: lm.NGram(2).fit(["ab"]).perplexity("ab"), "one string came"),
        (
            lambda: lm.NGram(2).fit([["the", "cat"]]).score("the cat"),
            r"sequence = 'the cat' is a string.*sequence.split",
        ),
        (lambda: lm.NGram(2).score("ab"), "call fit"),
        (lambda: lm.NGram(2).fit(["ab"], symbols="aab"), "hold one twice"),
        (lambda: lm.NGram(2).fit([1, 2]), "a sentence = 1 .int."),
        (lambda: lm.NGram(2).fit(["ab"]).log_prob("a", None), "context = None"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
