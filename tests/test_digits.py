"""Strings of digits by hand, slopes against torchaudio and SciPy, and what each input is refused for."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.signal
import torch
import torchaudio

from coursekit import arguments, data, digits
from coursekit.data import stand_ins


def item(label, n_frames, n_features=13):
    """A digit whose every value says which digit and which frame it is: 3.02 is frame 2 of a three."""
    frames = int(label) + np.arange(n_frames) / 100
    return SimpleNamespace(label=label, features=np.repeat(frames[:, None], n_features, axis=1))


ITEMS = [item("3", 4), item("1", 2), item("4", 6), item("0", 1)]


@pytest.fixture(scope="module")
def made():
    """Items like those of the set, but made."""
    X, lengths, labels = stand_ins.made_digits("digit", "", n=200)
    parts = np.split(X, np.cumsum(lengths)[:-1])
    return [
        SimpleNamespace(label=str(label), features=x)
        for x, label in zip(parts, labels, strict=True)
    ]


# ---- parts ----


def test_the_split_keeps_the_order_and_loses_nothing():
    train, test = digits.split(range(3000))
    assert (len(train), len(test)) == (2400, 600) and train + test == list(range(3000))
    with pytest.raises(arguments.ArgumentError, match="number of items = 4; wanted at least 5"):
        digits.split(range(4))


@pytest.mark.shelf
def test_the_real_set_is_what_its_card_says():
    items = data.load("digits", quiet=True)
    if items[0].path is None:
        pytest.skip("the set is not here")
    train, test = digits.split(items)
    assert (len(train), len(test)) == (2400, 600)
    labels = [item.label for item in items]
    assert {label: labels.count(label) for label in labels} == dict.fromkeys("0123456789", 300)
    assert (
        min(labels[2400:].count(label) for label in "0123456789") > 40
    )  # the mixed order makes about 60 of each
    lengths = [len(item.features) for item in items]
    assert (min(lengths), max(lengths), sum(lengths)) == (6, 92, 53999)
    # 25 ms a frame, as digit_sound.FEATURES says; each recording is half a frame shorter than its frames, on average
    assert (sum(lengths) - 1500) * 0.025 / 60 == pytest.approx(items.card.minutes, abs=0.05)


# ---- slopes and scaling ----


def test_slopes_are_torchaudio_s_and_curvatures_scipy_s():
    x = np.random.default_rng(0).standard_normal((12, 13))
    both = digits.with_deltas(x)
    assert both.shape == (12, 39)
    np.testing.assert_array_equal(both[:, :13], x)
    slope = torchaudio.functional.compute_deltas(torch.tensor(x.T), win_length=5).numpy().T
    np.testing.assert_allclose(both[:, 13:26], slope, atol=1e-12)  # float64, sums of five
    curvature = scipy.signal.savgol_filter(x, 5, 2, deriv=2, axis=0, mode="nearest")
    np.testing.assert_allclose(both[:, 26:], curvature, atol=1e-12)
    over_features = torchaudio.functional.compute_deltas(torch.tensor(x), win_length=5).numpy()
    of_slope = (
        torchaudio.functional.compute_deltas(torch.tensor(slope.T), win_length=5).numpy().T
    )  # HTK's second
    for wrong, right in ((over_features, slope), (of_slope, curvature)):
        assert np.abs(wrong - right).max() > 1e-2


def test_one_frame_has_slopes_too():
    np.testing.assert_allclose(
        digits.with_deltas(np.full((1, 2), 7.0)), [[7, 7, 0, 0, 0, 0]], atol=1e-12
    )


def test_slopes_of_a_string_cross_its_seams():
    string = digits.strings(ITEMS[:2], n=1, low=2, high=2, rng=np.random.default_rng(3))[0]
    seam = string.boundaries[1]
    apart = np.concatenate([digits.with_deltas(part) for part in np.split(string.features, [seam])])
    together = digits.with_deltas(string.features)
    assert string.text in ("31", "13") and np.abs(together - apart)[seam, 13] > 0.1


def test_scaling_is_over_all_frames_of_the_training_part():
    rng = np.random.default_rng(1)
    sequences = [rng.normal(loc, 3.0, size=(n, 13)) for loc, n in ((0, 5), (10, 20), (-4, 9))]
    scale = digits.Standardizer.fit(sequences)
    frames = np.concatenate(sequences)
    np.testing.assert_allclose(scale.mean, frames.mean(axis=0))
    np.testing.assert_allclose(scale.deviation, frames.std(axis=0))
    scaled = np.concatenate([scale(x) for x in sequences])
    np.testing.assert_allclose(
        [scaled.mean(axis=0), scaled.std(axis=0)], [np.zeros(13), np.ones(13)], atol=1e-12
    )
    each = np.mean([x.mean(axis=0) for x in sequences], axis=0)  # the mean of the means is another
    assert np.abs(each - scale.mean).max() > 0.5


def test_a_feature_that_never_changes_becomes_zero_not_nan():
    scale = digits.Standardizer.fit([[[1.0, 2.0]], [[3.0, 2.0]]])
    np.testing.assert_array_equal(scale([[1.0, 2.0]]), [[-1.0, 0.0]])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((3, 2)), r"shape \(3, 2\): 2 features, wanted 13"),
        (np.full((3, 13), np.nan), "NaN"),
        (np.ones((2, 3, 13)), r"wanted .*\(frames, features\)"),
        (np.ones((0, 13)), "it is empty"),
        (np.ones((13, 3)), "pass x.T"),
    ],
)
def test_scaling_refuses(x, message):
    scale = digits.Standardizer.fit([np.arange(26.0).reshape(2, 13)])
    with pytest.raises(arguments.ArgumentError, match=message):
        scale(x)


def test_scaling_needs_sequences_of_one_kind():
    with pytest.raises(arguments.ArgumentError, match="sequences is empty"):
        digits.Standardizer.fit([])
    with pytest.raises(arguments.ArgumentError, match="One sequence alone"):
        digits.Standardizer.fit(np.ones((20, 13)))
    with pytest.raises(arguments.ArgumentError, match="13 to 20 features.*pass x.T"):
        digits.Standardizer.fit([np.ones((20, 13)), np.ones((13, 20))])


# ---- strings ----


def test_a_string_is_its_digits_end_to_end():
    for string in digits.strings(ITEMS, n=50, low=1, high=5, rng=np.random.default_rng(0)):
        assert 1 <= len(string.text) <= 5
        lengths = [
            {"3": 4, "1": 2, "4": 6, "0": 1}[digit] for digit in string.text
        ]  # as ITEMS lists them
        assert string.boundaries.tolist() == np.cumsum([0, *lengths]).tolist()
        assert len(string.features) == string.boundaries[-1]
        for digit, start, end in zip(
            string.text, string.boundaries[:-1], string.boundaries[1:], strict=True
        ):
            np.testing.assert_array_equal(
                string.features[start:end], item(digit, end - start).features
            )


def test_lengths_and_digits_are_drawn_evenly(made):
    drawn = digits.strings(made, n=5000, low=3, high=7, rng=np.random.default_rng(0))
    lengths = np.bincount([len(string.text) for string in drawn], minlength=8)
    # of 5,000: 1,000 of each length with a deviation of 28, and 2,500 of each digit with 47; five deviations
    assert lengths[:3].sum() == 0 and np.abs(lengths[3:] - 1000).max() < 140
    text = "".join(string.text for string in drawn)
    assert max(abs(text.count(digit) - len(text) / 10) for digit in "0123456789") < 240
    assert "00" in text and "11" in text  # a digit can follow itself


def test_the_same_state_draws_the_same_strings(made):
    first, again, other = (
        digits.strings(made, n=20, rng=np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert [string.text for string in first] == [string.text for string in again]
    assert all(np.array_equal(a.features, b.features) for a, b in zip(first, again, strict=True))
    assert [string.text for string in first] != [string.text for string in other]


def test_strings_are_of_the_items_given_and_leave_them_alone(made):
    train, test = digits.split(made)
    before = [each.features.copy() for each in train]
    known = {each.features.tobytes() for each in train}
    string = digits.strings(train, n=1, low=7, high=7, rng=np.random.default_rng(0))[0]
    pieces = np.split(string.features, string.boundaries[1:-1])
    assert {piece.tobytes() for piece in pieces} <= known
    assert not known & {each.features.tobytes() for each in test}
    string.features[:] = 0  # a copy: what is done to it does not reach the set
    assert all(np.array_equal(each.features, old) for each, old in zip(train, before, strict=True))


@pytest.mark.parametrize(
    ("items", "how", "message"),
    [
        ([], {}, "features of items is empty; wanted at least one"),
        (
            [SimpleNamespace(label="3", features=None)],
            {},
            r"items\[0\] has no features.*data.load\('digits'\)",
        ),
        ([SimpleNamespace(label="3")], {}, "has no features"),
        (
            [item("3", 4), SimpleNamespace(label="31", features=np.ones((4, 13)))],
            {},
            r"items\[1\] has the label '31'",
        ),
        ([SimpleNamespace(label="", features=np.ones((4, 13)))], {}, "label ''"),
        (
            [SimpleNamespace(label="3", features=np.ones((0, 13)))],
            {},
            r"features of items\[0\] has shape \(0, 13\)",
        ),
        ([SimpleNamespace(label="3", features=np.full((2, 13), np.nan))], {}, "26 NaN"),
        ([item("3", 4), item("4", 6, n_features=39)], {}, "13 to 39 features.*Were deltas added"),
        (ITEMS, {"low": 5, "high": 4}, "high = 4; wanted at least 5"),
        (ITEMS, {"low": 0}, "low = 0; wanted at least 1"),
        (ITEMS, {"high": 4.0}, "high = 4.0.*whole number"),
        (ITEMS, {"n": -1}, "n = -1; wanted at least 0"),
    ],
)
def test_strings_refuse(items, how, message):
    with pytest.raises(arguments.ArgumentError, match=message):
        digits.strings(items, **{"n": 1, "rng": np.random.default_rng(0)} | how)
