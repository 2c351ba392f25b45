"""models.asr: what neighbours, padding and order may not change; that each model can learn; clear errors.

1e-5 in float32 for log probabilities of some units: ten times what rounding leaves after some layers.
"""

import dataclasses
import math

import pytest
import torch
from test_attention import SINGLE, difference

from coursekit import ctc, train
from coursekit.arguments import ArgumentError
from coursekit.models import asr

SMALL = dict(n_features=6, n_classes=5)
NARROW = SMALL | dict(d_model=16, n_layers=2, n_heads=2, d_ff=24, dropout=0.0)
CTC_MODELS = {
    "blstm": (asr.BLSTMRecognizer, asr.BLSTMConfig(**SMALL, hidden=8)),
    "transformer": (asr.TransformerRecognizer, asr.TransformerConfig(**NARROW)),
    "transformer-alibi": (
        asr.TransformerRecognizer,
        asr.TransformerConfig(**NARROW, positions="alibi", stride=1),
    ),
    "conformer": (
        asr.ConformerRecognizer,
        asr.ConformerConfig(**NARROW, kernel_size=5, middle=1, stride=2),
    ),
    "conformer-4": (
        asr.ConformerRecognizer,
        asr.ConformerConfig(**NARROW, kernel_size=5, positions="none"),
    ),
}


def build(made_of):
    kind, config = made_of
    with train.seeded(0):
        return kind(config).eval()


def marked_batch(lengths=(40, 23, 32), *, seed=8):
    """Three utterances of unequal length; symbols leave a mark in the frames, so that a model can find them."""
    g = torch.Generator().manual_seed(seed)  # any will do: nothing below depends on the draw
    examples = []
    for n_frames, text in zip(lengths, ([1, 3, 2, 4], [2, 2], [4, 1, 3]), strict=True):
        x = 0.3 * torch.randn(n_frames, 6, generator=g)
        for place, symbol in enumerate(text):
            start = round((place + 0.25) * n_frames / len(text))
            x[start : start + 5, symbol] += 2.0
        examples.append((x, text))
    return train.collate(examples)


SHORT = (24, 13, 18)  # frames: what is learnt step by step takes half the time


@pytest.fixture
def batch():
    return marked_batch()


# --- what may not matter ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CTC_MODELS)
def test_neighbours_padding_and_order_change_nothing(name, batch):
    model = build(CTC_MODELS[name])
    log_probs, lengths = model(batch.features, batch.lengths)
    assert difference(log_probs.exp().sum(dim=2), torch.ones(log_probs.shape[:2])) < SINGLE
    wide = torch.nn.functional.pad(batch.features, (0, 0, 0, 9), value=7.0)  # whatever lies there
    back, back_lengths = model(wide.flip(0), batch.lengths.flip(0))
    for row, n in enumerate(lengths):
        alone, alone_length = model(
            batch.features[row : row + 1, : batch.lengths[row]], batch.lengths[row : row + 1]
        )
        assert alone_length[0] == n == alone.shape[1]
        assert difference(alone[0], log_probs[row, :n]) < SINGLE
        assert back_lengths[2 - row] == n
        assert difference(back[2 - row, :n], log_probs[row, :n]) < SINGLE


def test_blstm_equals_torch_on_packed_sequences(batch):
    theirs = torch.nn.LSTM(6, 8, batch_first=True, bidirectional=True)
    ours = asr.BLSTM(6, 8)
    for name, value in theirs.state_dict().items():
        half = ours.backwards if name.endswith("_reverse") else ours.forwards
        half.load_state_dict({name.removesuffix("_reverse"): value}, strict=False)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        batch.features, batch.lengths, batch_first=True, enforce_sorted=False
    )
    expected, _ = torch.nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    found = ours(batch.features, batch.lengths)
    unpacked, _ = theirs(batch.features)  # its second LSTM begins in the padding
    for row, n in enumerate(batch.lengths):
        assert difference(found[row, :n], expected[row, :n]) < SINGLE
    assert difference(unpacked[1, :23], expected[1, :23]) > 100 * SINGLE


def test_the_second_output_of_the_conformer_feeds_the_rest(batch):
    model = build(CTC_MODELS["conformer"])
    log_probs, lengths, middle = model(batch.features, batch.lengths, middle=True)
    assert middle.shape == log_probs.shape
    assert difference(middle.exp().sum(dim=2), torch.ones(middle.shape[:2])) < SINGLE
    with torch.no_grad():
        model.middle_out.bias[2] += 3
    assert difference(model(batch.features, batch.lengths)[0], log_probs) > 1e-4
    phones = asr.ConformerRecognizer(dataclasses.replace(model.config, middle_classes=9))
    assert phones(batch.features, batch.lengths, middle=True)[2].shape == (*log_probs.shape[:2], 9)


def test_layer_drop_leaves_blocks_out_in_training_alone(batch):
    model = build(
        (asr.ConformerRecognizer, asr.ConformerConfig(**NARROW, layer_drop=1.0))
    )  # the last one always
    evaluated = model(batch.features, batch.lengths)[0]
    model.blocks[1] = torch.nn.Identity()  # would fail if called: it takes no mask
    with train.seeded(0):
        trained = model.train()(batch.features, batch.lengths)[0]
    assert difference(trained, evaluated) > 1e-4


# --- learning ------------------------------------------------------------------------------------------------


def ctc_loss(model, batch):
    log_probs, lengths = model(batch.features, batch.lengths)
    return ctc.loss(log_probs, batch.targets, lengths=lengths, target_lengths=batch.target_lengths)


@pytest.mark.parametrize(
    "name, steps, rate", [("blstm", 80, 4e-2), ("transformer", 40, 1e-2), ("conformer", 30, 2e-2)]
)
def test_a_ctc_model_learns_one_batch_by_heart(name, steps, rate):
    batch = marked_batch(SHORT)
    if name == "blstm":  # wide enough to leave the plateau of blanks in some seconds
        model = build((asr.BLSTMRecognizer, asr.BLSTMConfig(**SMALL, hidden=32, n_layers=1)))
    else:
        model = build(CTC_MODELS[name])
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    history = train.fit(
        model, [batch], ctc_loss, optimizer=optimizer, steps=steps, clip=5.0, every=0
    )
    log_probs, lengths = model.eval()(batch.features, batch.lengths)
    assert ctc.greedy_decode(log_probs, lengths=lengths) == [[1, 3, 2, 4], [2, 2], [4, 1, 3]]
    assert history.losses[-1] < 0.1 * history.losses[0]


def test_the_same_seed_gives_the_same_training(batch):
    def run(seed):
        with train.seeded(seed):
            model = asr.TransformerRecognizer(
                dataclasses.replace(CTC_MODELS["transformer"][1], dropout=0.2)
            )
            optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
            return train.fit(model, [batch], ctc_loss, optimizer=optimizer, steps=3, every=0).losses

    assert run(0) == run(0)
    assert run(0) != run(1)


@pytest.mark.parametrize("name", CTC_MODELS)
def test_a_config_goes_through_a_dictionary(name, batch):
    kind, config = CTC_MODELS[name]
    again = type(config)(**dataclasses.asdict(config))
    assert again == config
    with pytest.raises(dataclasses.FrozenInstanceError):
        again.n_classes = 7
    one, two = build((kind, config)), build((kind, again))
    two.load_state_dict(one.state_dict())  # the config says all that the shapes need


# --- what goes wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, says",
    [
        (
            lambda x, n: (x[0], n),
            r"features are torch.float32 of shape \(40, 6\); wanted .* x\[None\]",
        ),
        (lambda x, n: (x.numpy(), n), "features are ndarray; wanted .*from_numpy"),
        (lambda x, n: (x.long(), n), "features are torch.int64"),
        (lambda x, n: (x[..., :4], n), "4 to a frame, this model takes 6"),
        (lambda x, n: (x.transpose(1, 2), n), "Are frames last"),
        (lambda x, n: (x, n * 0), r"lengths are \[0, 0, 0\] .* An empty recording"),
        (lambda x, n: (x, n + 1), r"lengths are \[41, 24, 33\] for features of 40 frames"),
        (lambda x, n: (x, n[:2]), "one for each of 3 utterances"),
        (lambda x, n: (x, n / 40), "lengths are torch.float32"),
        (lambda x, n: (x[:0], n[:0]), "at least one utterance"),
        (
            lambda x, n: (x.index_fill(1, torch.tensor([7]), math.nan), n),
            "NaN .* the first in utterance 0, frame 7",
        ),
    ],
)
@pytest.mark.parametrize("name", ["blstm", "conformer"])
def test_bad_features_say_what_is_wrong(name, change, says, batch):
    with pytest.raises(ArgumentError, match=says):
        build(CTC_MODELS[name])(*change(batch.features, batch.lengths))


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: asr.TransformerConfig(**NARROW, positions="rotary"), "positions = 'rotary'"),
        (lambda: asr.ConformerConfig(**NARROW, positions="sinusoidal"), "'alibi', 'none'"),
        (lambda: asr.ConformerConfig(**NARROW | {"n_layers": 2}, middle=3), "middle = 3"),
    ],
)
def test_a_model_that_cannot_be_is_refused_where_it_is_planned(make, says):
    with pytest.raises(ArgumentError, match=says):
        make()


def test_a_text_longer_than_the_frames_left_is_refused(batch):
    model = build(CTC_MODELS["conformer-4"])  # a quarter of 40 frames: 10
    ones = torch.ones(3, 12, dtype=torch.long)
    long = dataclasses.replace(batch, targets=ones, target_lengths=torch.tensor([12] * 3))
    with pytest.raises(ArgumentError, match="12"):
        ctc_loss(model, long)
