"""ctc, ctc_decode and ctc_inputs against torch, torchaudio, sums over all paths and hmm; wrong variants.

Tolerances are relative to the reference's peak: 1e-10 in double and 1e-5 in single precision. Rounding leaves 1e-12 and
1e-6; the mildest wrong variant below changes a loss by 1e-2.
"""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from coursekit import ctc, ctc_inputs, hmm
from coursekit.arguments import ArgumentError
from coursekit.lm import NGram
from coursekit.text import Vocabulary

DOUBLE, SINGLE = 1e-10, 1e-5


def relative_error(ours, reference):
    ours, reference = ours.detach().double(), reference.detach().double()
    assert ours.shape == reference.shape, (ours.shape, reference.shape)
    return float((ours - reference).abs().max() / reference.abs().max())


def made(seed, *, batch=None, frames=20, classes=6, spread=2.0, dtype=torch.float64):
    """Logits of the size that networks give; any seed will do."""
    shape = (frames, classes) if batch is None else (batch, frames, classes)
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(shape, generator=generator, dtype=torch.float64) * spread).to(dtype)


def made_batch(seed, *, batch=5, frames=20, classes=6, n=6, dtype=torch.float64):
    """Logits, targets (padded with -1), lengths, target_lengths; few classes, so that symbols repeat."""
    generator = torch.Generator().manual_seed(seed + 1000)
    targets = torch.randint(1, classes, (batch, n), generator=generator)
    target_lengths = torch.randint(0, n + 1, (batch,), generator=generator)
    lengths = torch.randint(2 * n, frames + 1, (batch,), generator=generator)
    targets[torch.arange(n) >= target_lengths[:, None]] = -1
    return (
        made(seed, batch=batch, frames=frames, classes=classes, dtype=dtype),
        targets,
        lengths,
        target_lengths,
    )


def torch_loss(log_probs, targets, lengths, target_lengths, **options):
    return F.ctc_loss(
        log_probs.transpose(0, 1), targets.clamp(min=1), lengths, target_lengths, **options
    )


def nats(log_probs, target, **options):
    """-log p(target) of one utterance, as a float."""
    return float(ctc.loss(log_probs, target, reduction="sum", **options))


def text_probabilities(log_probs):
    """Every text's probability, from every path: what the recursions and the beam must add up to."""
    found = {}
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        text = tuple(s for s, _ in itertools.groupby(path) if s != 0)
        p = math.exp(sum(float(log_probs[t, k]) for t, k in enumerate(path)))
        found[text] = found.get(text, 0.0) + p
    return found


TINY = made(3, frames=5, classes=3).log_softmax(-1)  # 243 paths
TINY_TEXTS = text_probabilities(TINY)

# --- the loss and its gradient ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TINY_TEXTS, ids=str)
def test_loss_is_the_sum_over_all_paths(text):
    assert math.isclose(nats(TINY, list(text)), -math.log(TINY_TEXTS[text]), rel_tol=DOUBLE)


@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, DOUBLE), (torch.float32, SINGLE)])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("seed", range(4))
def test_loss_and_gradient_equal_torch(dtype, tolerance, reduction, seed):
    # short: torch's own gradient in single precision gets worse with the frames, see the next test
    logits, targets, lengths, target_lengths = made_batch(seed, frames=12, n=4, dtype=dtype)
    found = []
    for loss in (
        lambda *a: ctc.loss(*a[:2], lengths=a[2], target_lengths=a[3], reduction=reduction),
        lambda *a: torch_loss(*a, reduction=reduction),
    ):
        leaf = logits.clone().requires_grad_()
        value = loss(leaf.log_softmax(-1), targets, lengths, target_lengths)
        value.sum().backward()
        found.append((value, leaf.grad))
    assert found[0][0].dtype == found[0][1].dtype == dtype
    assert relative_error(found[0][0], found[1][0]) < tolerance
    assert relative_error(found[0][1], found[1][1]) < tolerance


def test_long_utterances_in_single_precision_keep_their_gradient():
    """torch's own gradient in single precision is 1e-3 off here; so the reference is torch in double precision."""
    logits, targets, lengths, target_lengths = made_batch(
        0, batch=2, frames=400, classes=30, n=60, dtype=torch.float32
    )
    ours, theirs = logits.clone().requires_grad_(), logits.double().requires_grad_()
    ctc.loss(
        ours.log_softmax(-1), targets, lengths=lengths, target_lengths=target_lengths
    ).backward()
    torch_loss(theirs.log_softmax(-1), targets, lengths, target_lengths).backward()
    assert relative_error(ours.grad, theirs.grad) < SINGLE


def test_gradient_with_respect_to_log_probs_is_minus_occupancy_and_torch_adds_the_softmax():
    logits, targets, lengths, target_lengths = made_batch(7)
    log_probs = logits.log_softmax(-1).requires_grad_()
    of = dict(lengths=lengths, target_lengths=target_lengths)
    (ours,) = torch.autograd.grad(ctc.loss(log_probs, targets, reduction="sum", **of), log_probs)
    (theirs,) = torch.autograd.grad(
        torch_loss(log_probs, targets, lengths, target_lengths, reduction="sum"), log_probs
    )
    is_real = (torch.arange(20) < lengths[:, None])[..., None]
    assert relative_error(ours, theirs - log_probs.exp() * is_real) < DOUBLE
    gamma = ctc.occupancy(log_probs.detach(), targets, **of)
    assert torch.allclose(gamma.sum(-1), is_real[..., 0].double(), atol=1e-10)
    assert torch.allclose(-ours.sum(-1), is_real[..., 0].double(), atol=1e-10)


def test_gradcheck_passes_for_ours_and_fails_for_one_that_is_only_right_below_log_softmax():
    targets, target_lengths = torch.tensor([[1, 1, 2], [2, 0, 0]]), torch.tensor([3, 1])
    lengths = torch.tensor([6, 4])
    log_probs = made(1, batch=2, frames=6, classes=3).log_softmax(-1).requires_grad_()

    def ours(x):
        return ctc.loss(x, targets, lengths=lengths, target_lengths=target_lengths)

    assert torch.autograd.gradcheck(ours, log_probs)
    assert torch.autograd.gradcheck(lambda x: ours(x.log_softmax(-1)), log_probs)
    assert not torch.autograd.gradcheck(
        lambda x: torch_loss(x, targets, lengths, target_lengths), log_probs, raise_exception=False
    )


def wrong_loss(log_probs, target, *, variant):
    extended = ctc.extend(target)
    skip = ctc.can_skip(extended)
    if variant == "skips between equal symbols":
        skip = skip | (extended > 0) & (torch.arange(len(extended)) > 1)
    if variant == "never skips a blank":
        skip = torch.zeros_like(skip)
    if variant == "no blank at the ends":
        extended, skip = extended[1:-1], skip[1:-1]
    log_alpha = ctc.forward(log_probs[:, extended], skip)
    if variant == "ends in the last blank only":
        return -log_alpha[-1, -1]
    return -log_alpha[-1, -2:].logsumexp(0)


def test_the_tolerance_rejects_wrong_variants():
    log_probs, target = made(2, frames=8).log_softmax(-1), torch.tensor([1, 1, 2, 3])
    truth = torch_loss(
        log_probs[None], target[None], torch.tensor([8]), torch.tensor([4]), reduction="sum"
    )
    assert relative_error(wrong_loss(log_probs, target, variant=None), truth) < DOUBLE
    for variant in (
        "skips between equal symbols",
        "never skips a blank",
        "no blank at the ends",
        "ends in the last blank only",
    ):
        assert relative_error(wrong_loss(log_probs, target, variant=variant), truth) > 1e-2, variant


def test_by_hand():
    log_probs = torch.tensor([[0.6, 0.4], [0.6, 0.4]], dtype=torch.float64).log()
    assert math.isclose(nats(log_probs, [1]), -math.log(0.64))  # 1-, -1, 11: 0.24 + 0.24 + 0.16
    assert math.isclose(nats(log_probs, []), -math.log(0.36))
    # first frame: blank is 24 of 64, of the first symbol 40
    assert torch.allclose(
        ctc.occupancy(log_probs, [1])[0], torch.tensor([0.375, 0.625, 0.0], dtype=torch.float64)
    )


def test_a_target_as_long_as_the_input_has_one_path():
    log_probs = made(4, frames=4).log_softmax(-1)
    assert math.isclose(
        nats(log_probs, [1, 2, 1, 3]),
        -float(log_probs[range(4), [1, 2, 1, 3]].sum()),
        rel_tol=DOUBLE,
    )
    assert math.isclose(
        nats(log_probs, [1, 1, 3]), -float(log_probs[range(4), [1, 0, 1, 3]].sum()), rel_tol=DOUBLE
    )


def test_alpha_and_beta_agree_in_every_frame():
    log_probs = made(5).log_softmax(-1)
    extended = ctc.extend(torch.tensor([2, 2, 1]))
    log_y, skip = log_probs[:, extended], ctc.can_skip(extended)
    log_p = (ctc.forward(log_y, skip) + ctc.backward(log_y, skip)).logsumexp(-1)
    assert (
        relative_error(log_p, torch.full((20,), -nats(log_probs, [2, 2, 1]), dtype=torch.float64))
        < DOUBLE
    )
    # with the frame's own probability also in beta, as in 2006, it takes a division that is missed easily
    assert (log_p - (log_p + log_y.logsumexp(-1))).abs().min() > 1e-2


def as_hmm(log_y, skip):
    """The extended target as a hidden Markov model whose last frame must be in one of the last two states."""
    n = len(skip)
    log_A = np.full((n, n), -np.inf)
    for s in range(n):
        log_A[s, s] = 0
        if s > 0:
            log_A[s - 1, s] = 0
        if skip[s]:
            log_A[s - 2, s] = 0
    log_start, log_b = np.full(n, -np.inf), log_y.numpy().copy()
    log_start[:2] = 0
    log_b[-1, :-2] = -np.inf
    return log_start, log_A, log_b


def test_align_equals_viterbi_of_the_same_graph():
    for seed in range(10):
        log_probs = made(seed, frames=30).log_softmax(-1)
        extended = ctc.extend(torch.tensor([1, 1, 2, 5, 2]))
        log_y, skip = log_probs[:, extended], ctc.can_skip(extended)
        states, log_prob = ctc.best_states(log_y, skip)
        reference, reference_log_prob = hmm.viterbi(*as_hmm(log_y, skip))
        assert states.tolist() == reference.tolist() and math.isclose(
            log_prob, reference_log_prob, rel_tol=DOUBLE
        )


@given(
    seed=st.integers(0, 10**6), frames=st.integers(1, 12), classes=st.integers(2, 4), data=st.data()
)
@settings(deadline=None, max_examples=40)
def test_any_small_case_equals_torch(seed, frames, classes, data):
    target = data.draw(st.lists(st.integers(1, classes - 1), max_size=frames))
    log_probs = made(seed, frames=frames, classes=classes).log_softmax(-1)
    theirs = torch_loss(
        log_probs[None],
        torch.tensor([target], dtype=torch.long),
        torch.tensor([frames]),
        torch.tensor([len(target)]),
        reduction="none",
    )
    if theirs.isinf():
        with pytest.raises(ArgumentError, match="is impossible"):
            ctc.loss(log_probs, target)
    else:
        assert math.isclose(nats(log_probs, target), float(theirs), rel_tol=DOUBLE)


def test_padding_order_and_direction_change_nothing():
    logits, targets, lengths, target_lengths = made_batch(8)
    log_probs = logits.log_softmax(-1)
    log_probs[torch.arange(20) >= lengths[:, None]] = math.nan  # nobody reads the padding
    losses = ctc.loss(
        log_probs, targets, lengths=lengths, target_lengths=target_lengths, reduction="none"
    )
    for i, (n, m) in enumerate(zip(lengths, target_lengths, strict=True)):
        alone, target = log_probs[i, :n], targets[i, :m]
        assert math.isclose(nats(alone, target), float(losses[i]), rel_tol=DOUBLE)
        assert math.isclose(nats(alone.flip(0), target.flip(0)), float(losses[i]), rel_tol=DOUBLE)
    rows = [row[:m].tolist() for row, m in zip(targets, target_lengths, strict=True)]
    assert torch.equal(ctc.loss(log_probs, rows, lengths=lengths, reduction="none"), losses)


def test_another_blank_is_another_order_of_classes():
    log_probs = made(9).log_softmax(-1)
    assert math.isclose(
        nats(log_probs.roll(-1, 1), [0, 0, 2], blank=5), nats(log_probs, [1, 1, 3]), rel_tol=DOUBLE
    )


def test_impossible_targets():
    logits = made(6, batch=3, frames=4).requires_grad_()
    log_probs, targets = logits.log_softmax(-1), torch.tensor([[1, 2, 3], [1, 1, 1], [2, 2, 2]])
    with pytest.raises(
        ArgumentError,
        match=r"target 1 \(2 of 3 such\).*3 symbols and a blank in each of 2 repeats "
        r"need 5 frames, there are 4",
    ):
        ctc.loss(log_probs, targets)
    with pytest.raises(ArgumentError, match="is impossible"):
        ctc.occupancy(log_probs, targets)
    value = ctc.loss(log_probs, targets, zero_infinity=True)
    (gradient,) = torch.autograd.grad(value, logits, retain_graph=True)
    theirs = torch_loss(
        log_probs, targets, torch.full((3,), 4), torch.full((3,), 3), zero_infinity=True
    )
    assert relative_error(value, theirs) < DOUBLE
    assert (gradient[1:] == 0).all() and gradient[0].abs().min() > 0
    assert relative_error(gradient, torch.autograd.grad(theirs, logits)[0]) < DOUBLE


def test_a_class_that_is_impossible_in_a_frame_gives_no_nan():
    log_probs = (
        torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.3, 0.7], [0.5, 0.0, 0.5]])
        .double()
        .log()
        .requires_grad_()
    )
    value = ctc.loss(log_probs, [1, 2], reduction="sum")
    assert math.isclose(
        value.item(), -math.log(text_probabilities(log_probs.detach())[1, 2]), rel_tol=DOUBLE
    )
    assert torch.autograd.grad(value, log_probs)[0].isfinite().all()
    with pytest.raises(ArgumentError, match="probability 0"):
        ctc.loss(log_probs, [2, 2])


# --- reading texts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, text",
    [
        ([], []),
        ([0, 0], []),
        ([1, 1, 1], [1]),
        ([1, 0, 1], [1, 1]),
        ([0, 3, 3, 0, 0, 3, 2, 2, 0], [3, 3, 2]),
    ],
)
def test_collapse_by_hand(path, text):
    assert ctc.collapse(path) == text
    assert ctc.collapse(torch.tensor(path, dtype=torch.long)) == text


def test_greedy_is_the_best_path_not_the_best_text():
    log_probs = torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log()
    assert ctc.greedy_decode(log_probs) == []
    assert ctc.beam_search_decode(log_probs)[0].symbols == (1,)


def test_batches_are_read_row_by_row():
    logits, _, lengths, _ = made_batch(3)
    log_probs = logits.log_softmax(-1)
    alone = [row[:n] for row, n in zip(log_probs, lengths, strict=True)]
    assert ctc.greedy_decode(log_probs, lengths=lengths) == [
        ctc.greedy_decode(row) for row in alone
    ]
    assert ctc.beam_search_decode(log_probs, lengths=lengths, beam_size=3) == [
        ctc.beam_search_decode(row, beam_size=3) for row in alone
    ]


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_every_text_with_its_probability(seed):
    log_probs = made(seed, frames=5, classes=3).log_softmax(-1)
    texts = text_probabilities(log_probs)
    found = ctc.beam_search_decode(log_probs, beam_size=1000)
    assert {h.symbols for h in found} == set(texts)
    assert all(math.isclose(math.exp(h.log_prob), texts[h.symbols], rel_tol=1e-9) for h in found)
    assert math.isclose(sum(math.exp(h.log_prob) for h in found), 1.0, rel_tol=1e-9)
    assert found[0].symbols == max(texts, key=texts.get)
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_the_beam_sums_no_more_than_there_is_and_finds_no_worse_than_greedy():
    better = 0
    for seed in range(20):
        log_probs = made(seed, frames=25).log_softmax(-1)
        best = ctc.beam_search_decode(log_probs, beam_size=30)[0]
        exact, greedy = (
            -nats(log_probs, list(best.symbols)),
            -nats(log_probs, ctc.greedy_decode(log_probs)),
        )
        assert best.log_prob <= exact + 1e-9 and greedy <= exact + 1e-9
        better += greedy < exact - 1e-9
    assert better > 10  # the frames are so unsure that the best path is seldom the best text


VOCABULARY = Vocabulary("ab ")
TEXTS = ["ab ba", "a bab", "abba", "b a b"]
CHARACTERS = NGram(3).fit(TEXTS, symbols=VOCABULARY.symbols)
WORDS = NGram(2, open_vocabulary=True).fit([text.split() for text in TEXTS])


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_language_model_scores_as_the_whole_texts_would(words, seed):
    log_probs, lm = made(seed, frames=5, classes=4).log_softmax(-1), WORDS if words else CHARACTERS
    found = ctc.beam_search_decode(
        log_probs,
        beam_size=10**4,
        lm=lm,
        lm_weight=0.7,
        length_bonus=0.4,
        vocabulary=VOCABULARY,
        words=words,
    )
    scores = {}
    for ids, p in text_probabilities(log_probs).items():
        units = VOCABULARY.decode(ids).split() if words else VOCABULARY.decode(ids)
        scores[ids] = math.log(p) + 0.7 * lm.score(units) + 0.4 * len(units)
        if ids == found[0].symbols:
            assert math.isclose(found[0].lm_log_prob, lm.score(units), rel_tol=1e-9)
    assert len(found) == len(scores)
    assert all(math.isclose(h.score, scores[h.symbols], rel_tol=1e-9) for h in found)
    assert found[0].symbols == max(scores, key=scores.get)


def test_ids_are_the_units_where_there_is_no_vocabulary():
    log_probs = made(1, frames=8, classes=4).log_softmax(-1)
    ids = NGram(3).fit([VOCABULARY.encode(text).tolist() for text in TEXTS], symbols=[1, 2, 3])
    assert ctc.beam_search_decode(log_probs, lm=ids) == ctc.beam_search_decode(
        log_probs, lm=CHARACTERS, vocabulary=VOCABULARY
    )


def test_weight_zero_is_no_language_model_and_a_bonus_makes_texts_longer():
    log_probs = made(1, frames=8, classes=4).log_softmax(-1)
    plain = ctc.beam_search_decode(log_probs)
    silent = ctc.beam_search_decode(log_probs, lm=CHARACTERS, lm_weight=0.0, vocabulary=VOCABULARY)
    assert [h.symbols for h in silent] == [h.symbols for h in plain]
    assert all(h.score == h.log_prob and h.lm_log_prob == 0 for h in plain)
    assert len(ctc.beam_search_decode(log_probs, length_bonus=5.0)[0].symbols) > len(
        plain[0].symbols
    )


def test_a_floor_leaves_out_what_is_hardly_possible():
    log_probs = made(2, frames=30, classes=12, spread=4.0).log_softmax(-1)
    exact, fast = (
        ctc.beam_search_decode(log_probs)[0],
        ctc.beam_search_decode(log_probs, floor=-7.0)[0],
    )
    assert (
        fast.symbols == exact.symbols and abs(fast.log_prob - exact.log_prob) < 1e-2
    )  # e ** -7 is 1e-3


def test_prefix_scores_are_sums_over_texts():
    scorer = ctc.PrefixScorer(TINY)
    for prefix in [(), (1,), (2,), (1, 1), (1, 2), (2, 1, 2), (1, 2, 2)]:
        state, last = scorer.start(), torch.tensor([0])
        for symbol in prefix:
            symbol = torch.tensor([symbol])
            state, last = scorer.extend(state, last, symbol), symbol
        p = scorer.scores(state, last)[0].exp()
        assert math.isclose(float(p[0]), TINY_TEXTS[prefix], rel_tol=DOUBLE)
        for k in (1, 2):
            longer = (*prefix, k)
            begins = sum(q for text, q in TINY_TEXTS.items() if text[: len(longer)] == longer)
            assert math.isclose(float(p[k]), begins, rel_tol=DOUBLE, abs_tol=1e-15)


def test_prefix_scores_of_several_prefixes_are_those_of_each():
    scorer = ctc.PrefixScorer(made(4, frames=12).log_softmax(-1))
    start, symbols = scorer.start().expand(3, -1, -1), torch.tensor([1, 2, 5])
    states = scorer.extend(start, torch.zeros(3, dtype=torch.long), symbols)
    together = scorer.scores(states, symbols)
    for i in range(3):
        assert torch.allclose(scorer.scores(states[i : i + 1], symbols[i : i + 1])[0], together[i])
    # what begins with a prefix goes on somehow or ends there
    whole = scorer.scores(scorer.start(), torch.tensor([0]))[0, symbols]
    assert relative_error(together.logsumexp(-1), whole) < DOUBLE


# --- forced alignment ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [t for t in TINY_TEXTS if len(t) > 0], ids=str)
def test_align_finds_the_best_of_all_paths(text):
    paths = [p for p in itertools.product(range(3), repeat=5) if tuple(ctc.collapse(p)) == text]
    of = {path: float(TINY[range(5), path].sum()) for path in paths}
    found = ctc.align(TINY, text)
    assert tuple(found.path.tolist()) == max(of, key=of.get)
    assert math.isclose(found.log_prob, max(of.values()), rel_tol=DOUBLE)


def test_align_by_hand():
    p = torch.tensor(
        [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.7, 0.1, 0.2], [0.1, 0.8, 0.1]]
    )
    found = ctc.align(p.log(), [1, 1])
    assert found.path.tolist() == [0, 1, 1, 0, 1]
    assert [tuple(span[:3]) for span in found.spans] == [(1, 1, 3), (1, 4, 5)]
    assert [round(span.confidence, 6) for span in found.spans] == [0.7, 0.8]
    assert math.isclose(math.exp(found.log_prob), 0.8 * 0.8 * 0.6 * 0.7 * 0.8, rel_tol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_align_equals_torchaudio(seed):
    functional = pytest.importorskip("torchaudio.functional", exc_type=(ImportError, OSError))
    log_probs, targets = (
        made(seed, frames=60, classes=10).log_softmax(-1),
        torch.tensor([[1, 1, 4, 9, 9, 2, 4]]),
    )
    try:
        labels, scores = functional.forced_align(log_probs[None], targets)
    except RuntimeError as error:
        pytest.skip(str(error))
    found = ctc.align(log_probs, targets[0])
    assert found.path.tolist() == labels[0].tolist()
    spans = functional.merge_tokens(labels[0], scores[0].exp())
    assert [tuple(span[:3]) for span in found.spans] == [(s.token, s.start, s.end) for s in spans]
    assert np.allclose([span.confidence for span in found.spans], [s.score for s in spans])


def test_occupancy_is_numbers_to_look_at():
    log_probs = made(1).requires_grad_().log_softmax(-1)
    gamma = ctc.occupancy(log_probs, [1, 2])
    assert not gamma.requires_grad and torch.equal(gamma, ctc.occupancy(log_probs.detach(), [1, 2]))


def test_align_takes_an_empty_text_and_leaves_the_graph_alone():
    logits = made(1).requires_grad_()
    assert ctc.align(logits.log_softmax(-1), []).path.tolist() == [0] * 20
    assert ctc.align(logits.log_softmax(-1), []).spans == []


# --- what is wrong with the input ------------------------------------------------------------------------------

GOOD = made(0, batch=3, frames=8).log_softmax(-1)
ROWS = torch.ones(3, 2, dtype=torch.long)


def with_nan(x):
    x = x.clone()
    x[1, 2, 3] = math.nan
    return x


@pytest.mark.parametrize(
    "log_probs, targets, options, message",
    [
        (made(0, batch=3, frames=8), ROWS, {}, r"raw logits\? Apply log_probs.log_softmax\(-1\)"),
        (GOOD.exp(), ROWS, {}, "these are probabilities"),
        (-GOOD, ROWS, {}, "holds no log probabilities"),
        (made(0, batch=3, frames=8).log_softmax(1), ROWS, {}, "normalised over the frames"),
        (with_nan(GOOD), ROWS, {}, "1 NaN"),
        (GOOD.transpose(0, 1), ROWS, {}, r"Time first\? Pass log_probs.transpose"),
        (GOOD.numpy(), ROWS, {}, "wanted a torch tensor"),
        (GOOD[:, :0], ROWS, {}, "An empty utterance"),
        (GOOD[None], ROWS, {}, "wanted .frames, classes. or"),
        (GOOD, ROWS[:2], {}, "2 targets for 3 utterances"),
        (GOOD, ROWS.flatten(), {}, r"wanted \(batch, n\)"),
        (GOOD[0], ROWS, {}, "one row of ids for one utterance"),
        (GOOD, ROWS * 0, {}, "hold the blank, 0, 6 times: padding"),
        (GOOD, ROWS * 6, {}, "classes 0 to 5"),
        (GOOD, ROWS.double(), {}, "wanted whole numbers"),
        (GOOD, ["ab", "c", "d"], {}, "Vocabulary.encode"),
        (GOOD, [["a", "b"], ["c"], ["d"]], {}, "Vocabulary.encode"),
        (GOOD.tolist(), ROWS, {}, "log_probs is list"),
        (
            GOOD,
            ROWS,
            {"lengths": [8, None, 8]},
            r"lengths = \[8, None, 8\]; wanted whole numbers of frames",
        ),
        (GOOD, ROWS, {"target_lengths": [2.0, 1.5, 1.0]}, "whole numbers of symbols"),
        (GOOD, ROWS, {"lengths": [8, 8]}, "2 lengths for 3 utterances"),
        (GOOD, ROWS, {"lengths": [8, 8, 9]}, "before the network's subsampling"),
        (GOOD, ROWS, {"lengths": [8, 0, 8]}, "reach from 0"),
        (GOOD, ROWS, {"lengths": [8.0, 8.0, 8.0]}, "whole numbers of frames"),
        (GOOD, ROWS, {"target_lengths": [2, 3, 1]}, "wanted one for each row, 0 to 2"),
        (GOOD, ROWS, {"lengths": [8, 2, 8]}, r"need 3 frames, there are 2. Too much subsampling"),
        (GOOD, ROWS, {"blank": 6}, "blank = 6"),
        (GOOD, ROWS, {"reduction": "max"}, "reduction = 'max'"),
    ],
)
def test_what_the_loss_refuses(log_probs, targets, options, message):
    with pytest.raises(ArgumentError, match=message):
        ctc.loss(log_probs, targets, **options)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ctc.greedy_decode(made(0)), "raw logits"),
        (lambda: ctc.greedy_decode(GOOD, lengths=[1] * 8), "Time first"),
        (lambda: ctc.beam_search_decode(GOOD[0], beam_size=0), "beam_size = 0"),
        (lambda: ctc.beam_search_decode(GOOD[0], lm_weight=math.nan), "lm_weight"),
        (lambda: ctc.beam_search_decode(GOOD[0], words=True, lm=WORDS), "needs lm"),
        (
            lambda: ctc.beam_search_decode(
                GOOD[0], words=True, lm=WORDS, vocabulary=Vocabulary("abcde")
            ),
            "no space",
        ),
        (
            lambda: ctc.beam_search_decode(GOOD[0], lm=WORDS, vocabulary=Vocabulary("abcd ")),
            "wanted words=True",
        ),
        (
            lambda: ctc.beam_search_decode(GOOD[0], lm=CHARACTERS, vocabulary=VOCABULARY),
            "4 classes.* log_probs have 6",
        ),
        (
            lambda: ctc.beam_search_decode(GOOD[0], blank=5, vocabulary=Vocabulary("abcd ")),
            "its blank is 0",
        ),
        (
            lambda: ctc.beam_search_decode(GOOD[0], floor=7),
            "floor = 7; wanted a log probability below 0",
        ),
        (lambda: ctc.beam_search_decode(GOOD[0], floor=math.nan), "floor = nan"),
        (
            lambda: ctc.beam_search_decode(torch.tensor([[0.0, 0.5, 0.5]]).log(), floor=-0.1),
            "wanted it lower",
        ),
        (lambda: ctc.align(GOOD, [1]), r"log_probs\[i, :lengths\[i\]\]"),
        (lambda: ctc.align(GOOD[0], [1] * 5), "need 9 frames"),
        (lambda: ctc.PrefixScorer(GOOD), "one utterance"),
    ],
)
def test_what_the_decoders_refuse(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_half_precision_is_taken_as_it_is():
    """A half has 3 digits: log_softmax in it is normalised to 1e-2, which is no reason to suspect raw logits."""
    for dtype in (torch.float16, torch.bfloat16):
        log_probs = made(0).to(dtype).log_softmax(-1)
        assert ctc.loss(log_probs, [1, 2]).dtype == torch.float32
        assert ctc_inputs.log_probabilities(log_probs)[0].dtype == torch.float32
