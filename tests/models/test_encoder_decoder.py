"""models.encoder_decoder and models.search: what padding and later symbols may not change, every search against all
texts, torch's cross-entropy. Tolerances as in test_asr.py.
"""

import dataclasses
import functools
from itertools import product

import pytest
import torch
from test_asr import NARROW, SHORT, SMALL, build, marked_batch
from test_attention import SINGLE, difference

from coursekit import ctc, train
from coursekit.arguments import ArgumentError
from coursekit.models import asr, encoder_decoder, inputs, search

LISTENER = SMALL | dict(
    hidden=12, d_attention=12, d_decoder=16, d_embedding=8, n_filters=4, filter_size=5, dropout=0.0
)
WRITING_MODELS = {
    kind: (
        encoder_decoder.AttentionRecognizer,
        encoder_decoder.AttentionConfig(**LISTENER, attention=kind, ctc=True),
    )
    for kind in ("location", "additive", "dot")
} | {
    "speech-transformer": (
        encoder_decoder.SpeechTransformer,
        asr.TransformerConfig(**NARROW, n_decoder_layers=2),
    )
}


@pytest.fixture
def batch():
    return marked_batch()


@pytest.mark.parametrize("name", WRITING_MODELS)
def test_neighbours_and_padding_change_nothing_for_a_writer(name, batch):
    model = build(WRITING_MODELS[name])
    spelled = model(batch.features, batch.lengths, batch.targets, batch.target_lengths)
    for row, (n, m) in enumerate(zip(spelled.lengths, batch.target_lengths, strict=True)):
        alone = model(
            batch.features[row : row + 1, : batch.lengths[row]],
            batch.lengths[row : row + 1],
            batch.targets[row : row + 1, :m],
            batch.target_lengths[row : row + 1],
        )
        assert difference(alone.log_probs[0], spelled.log_probs[row, : m + 1]) < SINGLE
        assert difference(alone.weights[0], spelled.weights[row, : m + 1, :n]) < SINGLE
        assert difference(alone.ctc_log_probs[0], spelled.ctc_log_probs[row, :n]) < SINGLE
        assert spelled.weights[row, :, n:].abs().sum() == 0


@pytest.mark.parametrize("name", WRITING_MODELS)
def test_a_symbol_does_not_see_those_after_it(name, batch):
    model = build(WRITING_MODELS[name])
    other = batch.targets.clone()
    other[0, 2] = 1  # was 2
    one, two = (
        model(batch.features, batch.lengths, targets, batch.target_lengths).log_probs[0]
        for targets in (batch.targets, other)
    )
    assert torch.equal(
        one[:3], two[:3]
    )  # the third symbol's own probabilities come from the first two
    assert difference(one[3:], two[3:]) > 1e-4


def joint_loss(model, batch):
    spelled = model(batch.features, batch.lengths, batch.targets, batch.target_lengths)
    writing = encoder_decoder.smoothed_cross_entropy(
        spelled.log_probs, batch.targets, batch.target_lengths
    )
    reading = ctc.loss(
        spelled.ctc_log_probs,
        batch.targets,
        lengths=spelled.lengths,
        target_lengths=batch.target_lengths,
    )
    return 0.7 * writing + 0.3 * reading


@pytest.mark.parametrize(
    "name",
    [
        "location",  # it is the additive kind, and filters beside that
        pytest.param("additive", marks=pytest.mark.thorough),
        "dot",
        "speech-transformer",
    ],
)
def test_a_writer_learns_one_batch_by_heart_and_every_search_reads_it(name):
    model, batch = build(WRITING_MODELS[name]), marked_batch(SHORT)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    train.fit(model, [batch], joint_loss, optimizer=optimizer, steps=40, clip=5.0, every=0)
    model.eval()
    for how in (
        {},
        {"beam_size": 3},
        {"beam_size": 3, "ctc_weight": 0.3},
        {"beam_size": 2, "ctc_weight": 1.0},
        {"beam_size": 3, "length_bonus": 0.1, "coverage_bonus": 0.01},
    ):
        texts = model.generate(batch.features, batch.lengths, max_length=8, **how)
        assert [text.symbols for text in texts] == [(1, 3, 2, 4), (2, 2), (4, 1, 3)], how
        assert [len(text.weights) for text in texts] == [5, 3, 4]


@pytest.mark.parametrize("name", WRITING_MODELS)
def test_a_config_goes_through_a_dictionary(name):
    kind, config = WRITING_MODELS[name]
    again = type(config)(**dataclasses.asdict(config))
    assert again == config
    build((kind, again)).load_state_dict(
        build((kind, config)).state_dict()
    )  # it says all that the shapes need


def test_smoothed_cross_entropy_equals_torch(batch):
    g = torch.Generator().manual_seed(1)
    logits = torch.randn(3, 5, 5, generator=g)
    truth = torch.tensor([[1, 3, 2, 4, 0], [2, 2, 0, -100, -100], [4, 1, 3, 0, -100]])
    for smoothing in (0.0, 0.1):
        ours = encoder_decoder.smoothed_cross_entropy(
            logits.log_softmax(2), batch.targets, batch.target_lengths, smoothing=smoothing
        )
        theirs = torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), truth, label_smoothing=smoothing
        )
        assert abs(ours - theirs) < SINGLE
    counted = truth.clamp(min=0)  # padding learnt as if it were symbols
    wrong = torch.nn.functional.cross_entropy(logits.transpose(1, 2), counted, label_smoothing=0.1)
    assert abs(wrong - ours) > 100 * SINGLE


def test_scheduled_sampling_shows_the_speller_its_own_symbols(batch):
    model = build(WRITING_MODELS["location"])
    arguments = batch.features, batch.lengths, batch.targets, batch.target_lengths
    told = model(*arguments).log_probs
    with train.seeded(0):
        heard = model(*arguments, sampling=1.0).log_probs
    with train.seeded(0):
        again = model(*arguments, sampling=1.0).log_probs
    assert torch.equal(heard, again)
    assert torch.equal(told[:, 0], heard[:, 0])  # the first symbol sees the start either way
    assert difference(told[:, 1:], heard[:, 1:]) > 1e-4


def test_joined_frames_lose_nothing():
    x = torch.arange(10.0).reshape(1, 5, 2) + 1
    joined, lengths = encoder_decoder.join_pairs(x, torch.tensor([3]))
    assert joined.tolist() == [[[1, 2, 3, 4], [5, 6, 0, 0], [0, 0, 0, 0]]]
    assert lengths.tolist() == [2]


@functools.cache
def all_texts(name):
    """A model, what it is given, and every text of at most 3 symbols: (log_prob, CTC's log_prob, frames covered)."""
    model, batch = build(WRITING_MODELS[name]), marked_batch()
    features, lengths = batch.features[1:2, :20], torch.tensor([20])
    _, ctc_log_probs, _ = model.encode(features, lengths)
    parts = {}
    for text in (text for n in range(4) for text in product(range(1, 5), repeat=n)):
        targets = torch.tensor([text], dtype=torch.long)
        spelled = model(features, lengths, targets, torch.tensor([len(text)]))
        truth = torch.tensor([*text, 0])
        log_prob = spelled.log_probs[0, torch.arange(len(truth)), truth].sum().item()
        if text:
            read = -ctc.loss(ctc_log_probs, targets, reduction="sum").item()
        else:
            read = ctc_log_probs[0, :, 0].sum().item()  # the empty text: blanks alone
        parts[text] = log_prob, read, (spelled.weights[0].sum(dim=0) > 0.5).sum().item()
    return model, features, lengths, parts


@pytest.mark.parametrize("name", ["location", "speech-transformer"])
@pytest.mark.parametrize(
    "how", [{}, {"length_bonus": 0.5}, {"ctc_weight": 0.4}, {"coverage_bonus": 0.2}]
)
def test_a_wide_beam_finds_the_best_of_all_texts(name, how):
    """Against every text of at most 3 symbols, scored by the model in one pass; the wide beam drops none of them."""
    model, features, lengths, parts = all_texts(name)
    found = model.generate(features, lengths, beam_size=400, max_length=4, **how)[0]
    weight = how.get("ctc_weight", 0.0)
    scores = {
        text: (1 - weight) * log_prob
        + (weight * read if weight else 0.0)
        + how.get("length_bonus", 0.0) * len(text)
        + how.get("coverage_bonus", 0.0) * covered
        for text, (log_prob, read, covered) in parts.items()
    }
    best = max(scores, key=scores.get)
    if len(found.symbols) == 4:  # a longer text is better still: then it must be better
        assert found.score > scores[best]
    else:
        assert found.symbols == best
        assert found.score == pytest.approx(scores[best], abs=1e-4)


def test_a_wider_beam_is_not_worse_and_greedy_is_a_beam_of_one(batch):
    model = build(WRITING_MODELS["location"])
    greedy = model.generate(batch.features, batch.lengths, max_length=6)
    memory, _, lengths = model.encode(batch.features, batch.lengths)
    for row, n in enumerate(lengths):
        one = search.beam_search(model.speller, memory[row, :n], beam_size=1, max_length=6)[0]
        assert one.symbols == greedy[row].symbols
        assert one.log_prob == pytest.approx(greedy[row].log_prob, abs=1e-4)
        assert difference(one.weights, greedy[row].weights) < SINGLE


@pytest.mark.parametrize(
    "targets, n, says",
    [
        ([[1, 5], [2, 0]], [2, 1], "reach from 1 to 5; wanted ids from 1 to 4"),
        ([[1, 0], [2, 0]], [2, 1], "reach from 0 to 2"),
        ([[1, 2], [2, 0]], [3, 1], r"target_lengths are \[3, 1\]; wanted 0 to 2"),
        ([[1, 2]], [2], "with batch = 2"),
    ],
)
def test_bad_targets_say_what_is_wrong(targets, n, says):
    with pytest.raises(ArgumentError, match=says):
        inputs.targets(torch.tensor(targets), torch.tensor(n), n_classes=5, batch=2)


def test_what_cannot_be_searched_says_why(batch):
    model = build(
        (encoder_decoder.AttentionRecognizer, encoder_decoder.AttentionConfig(**LISTENER))
    )
    with pytest.raises(ArgumentError, match="there is no CTC output"):
        model.generate(batch.features, batch.lengths, beam_size=2, ctc_weight=0.3)
    with pytest.raises(ArgumentError, match="beam_size = 0"):
        model.generate(batch.features, batch.lengths, beam_size=0)
    with pytest.raises(ArgumentError, match="attention = 'soft'"):
        encoder_decoder.AttentionRecognizer(
            encoder_decoder.AttentionConfig(**SMALL, attention="soft")
        )


@pytest.mark.parametrize("beam_size", [1, 2])
def test_a_text_without_an_end_is_cut_where_it_is_cut_alone(beam_size, batch):
    model = build(WRITING_MODELS["location"]).eval()
    with torch.no_grad():
        model.speller.out.bias[0] = -100.0  # never an end
        texts = model.generate(batch.features, batch.lengths, beam_size=beam_size)
        for row, n in enumerate(batch.lengths):
            alone = model.generate(
                batch.features[row : row + 1, :n], batch.lengths[row : row + 1], beam_size=beam_size
            )
            assert alone[0].symbols == texts[row].symbols
