"""models.attention against torch, by hand, and against the wrong variants that its tolerance must reject.

1e-5 in float32: ten times what rounding leaves of sums over some tens of numbers near 1.
"""

import math

import pytest
import torch

from coursekit.arguments import ArgumentError
from coursekit.models import attention
from coursekit.train import seeded

SINGLE = 1e-5


def difference(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    return (a - b).abs().max().item()


@pytest.fixture
def g():
    return torch.Generator().manual_seed(5)  # any seed will do: nothing below depends on the draw


def test_masks_by_hand():
    lengths = torch.tensor([2, 3])
    assert attention.padding_mask(lengths).tolist() == [[True, True, False], [True, True, True]]
    assert attention.padding_mask(lengths, n_frames=4).sum(dim=1).tolist() == [2, 3]
    assert attention.causal_mask(2).tolist() == [[True, False], [True, True]]


@pytest.mark.parametrize("kind", ["none", "bool", "float"])
def test_scaled_dot_product_equals_torch(g, kind):
    query, key, value = (torch.randn(2, 3, n, 8, generator=g) for n in (5, 7, 7))
    mask = {
        "none": None,
        "bool": torch.rand(2, 1, 5, 7, generator=g) < 0.6,
        "float": torch.randn(3, 5, 7, generator=g),
    }
    mask = mask[kind]
    if kind == "bool":
        mask[..., 0] = True  # everyone may look somewhere
    ours, weights = attention.scaled_dot_product_attention(query, key, value, mask=mask)
    theirs = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    assert difference(ours, theirs) < SINGLE
    assert difference(weights.sum(dim=-1), torch.ones(2, 3, 5)) < SINGLE
    if kind == "bool":
        assert (weights * ~mask).max() == 0
        inverted, _ = attention.scaled_dot_product_attention(
            query, key, value, mask=~mask | (torch.arange(7) == 0)
        )
        assert difference(inverted, theirs) > 100 * SINGLE
    unscaled = (query @ key.transpose(-2, -1)).softmax(dim=-1) @ value
    assert kind != "none" or difference(unscaled, theirs) > 100 * SINGLE


def copied(theirs, ours):
    """torch.nn.MultiheadAttention's weights in our MultiHeadAttention."""
    for part, weight, bias in zip(
        (ours.to_query, ours.to_key, ours.to_value),
        theirs.in_proj_weight.chunk(3),
        theirs.in_proj_bias.chunk(3),
        strict=True,
    ):
        part.weight.data, part.bias.data = weight.data.clone(), bias.data.clone()
    ours.to_out.load_state_dict(theirs.out_proj.state_dict())
    return ours


@pytest.mark.parametrize("n_heads", [1, 2, 4])
def test_multi_head_attention_equals_torch_on_the_same_weights(g, n_heads):
    with seeded(1):
        theirs = torch.nn.MultiheadAttention(12, n_heads, batch_first=True)
        torch.nn.init.normal_(
            theirs.in_proj_bias
        )  # torch starts them at 0, which would hide a wrong one
    ours = copied(theirs, attention.MultiHeadAttention(12, n_heads))
    query, memory = torch.randn(3, 4, 12, generator=g), torch.randn(3, 6, 12, generator=g)
    real = attention.padding_mask(torch.tensor([6, 2, 5]))
    # theirs: True where one may NOT look
    expected, looks = theirs(
        query, memory, memory, key_padding_mask=~real, average_attn_weights=False
    )
    context, weights = ours(query, memory, memory, mask=real[:, None, None, :])
    assert difference(context, expected) < SINGLE
    assert difference(weights, looks) < SINGLE
    wrong, _ = ours(query, memory, memory, mask=~real[:, None, None, :] | (torch.arange(6) == 0))
    assert difference(wrong, expected) > 100 * SINGLE


def test_a_future_key_changes_nothing_behind_a_causal_mask(g):
    with seeded(1):
        layer = attention.MultiHeadAttention(8, 2)
    x = torch.randn(1, 6, 8, generator=g)
    other = x.clone()
    other[:, 4:] += 1
    mask = attention.causal_mask(6)
    one, two = (layer(y, y, y, mask=mask)[0] for y in (x, other))
    assert torch.equal(one[:, :4], two[:, :4])
    assert difference(one[:, 4:], two[:, 4:]) > 0.01


def test_attention_without_positions_does_not_know_the_order(g):
    with seeded(1):
        layer = attention.MultiHeadAttention(8, 2)
    x, order = torch.randn(1, 6, 8, generator=g), torch.tensor([3, 1, 5, 0, 4, 2])
    turned = layer(x[:, order], x[:, order], x[:, order])[0]
    assert difference(turned, layer(x, x, x)[0][:, order]) < SINGLE
    placed = x + attention.sinusoidal_positions(6, 8)
    turned = x[:, order] + attention.sinusoidal_positions(6, 8)
    assert (
        difference(layer(turned, turned, turned)[0], layer(placed, placed, placed)[0][:, order])
        > 100 * SINGLE
    )


def test_sinusoidal_positions_are_the_papers():
    table = attention.sinusoidal_positions(50, 16)
    for position, i in ((0, 0), (7, 3), (49, 7)):
        angle = position / 10000 ** (2 * i / 16)
        assert table[position, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
        assert table[position, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)
    # the product of two rows depends on how far apart they stand alone
    assert (table[3] @ table[10]).item() == pytest.approx((table[30] @ table[37]).item(), abs=1e-3)
    with pytest.raises(ArgumentError, match="d_model = 7"):
        attention.sinusoidal_positions(3, 7)


def test_alibi_is_the_papers_slopes_on_both_sides():
    bias = attention.alibi_bias(5, 8)
    assert bias[:, 1, 0].tolist() == [
        -(2.0**-n) for n in range(1, 9)
    ]  # the paper's slopes for 8 heads
    assert torch.equal(bias, bias.transpose(1, 2))
    assert torch.equal(bias[:, 0, :4], bias[:, 1, 1:])
    mask = attention.score_mask(torch.tensor([[True, True, False]]), n_heads=2)
    assert mask[0, :, 0, 2].tolist() == [-math.inf, -math.inf]
    assert mask[0, 0, 0, 1].item() == -(2.0**-4)


def test_heads_must_divide_the_width():
    with pytest.raises(ArgumentError, match="d_model = 10, n_heads = 4"):
        attention.MultiHeadAttention(10, 4)


def test_distances_are_those_of_a_row_at_a_time():
    weights = torch.rand(2, 3, 7, 7, generator=torch.Generator().manual_seed(0)).softmax(dim=3)
    far = attention.attention_distances(weights)
    assert far.shape == (2, 3, 7)
    by_hand = sum(float(weights[1, 2, 4, k]) * abs(k - 4) for k in range(7))
    assert far[1, 2, 4] == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize(
    "kind", [attention.DotAttention, attention.AdditiveAttention, attention.LocationAttention]
)
def test_a_decoders_look_is_a_mean_over_the_real_frames(g, kind):
    with seeded(2):
        look = kind(4, 6, 5)
    query, memory = torch.randn(2, 4, generator=g), torch.randn(2, 9, 6, generator=g)
    mask = attention.padding_mask(torch.tensor([9, 4]))
    previous = torch.rand(2, 9, generator=g) * mask
    context, weights = look(query, look.to_key(memory), memory, mask=mask, previous=previous)
    assert difference(weights.sum(dim=1), torch.ones(2)) < SINGLE
    assert weights[1, 4:].max() == 0
    assert difference(context, torch.einsum("bt,btd->bd", weights, memory)) < SINGLE
    alone, _ = look(
        query[1:], look.to_key(memory[1:, :4]), memory[1:, :4], previous=previous[1:, :4]
    )
    assert difference(alone, context[1:]) < SINGLE


def test_the_scores_are_the_papers_equations(g):
    query, memory, previous = (
        torch.randn(shape, generator=g) for shape in ((1, 4), (1, 9, 6), (1, 9))
    )
    with seeded(2):
        dot, additive, location = (
            kind(4, 6, 5)
            for kind in (
                attention.DotAttention,
                attention.AdditiveAttention,
                attention.LocationAttention,
            )
        )
    s, h = query[0], memory[0]
    scores = torch.stack([dot.to_query(s) @ dot.to_key(frame) / math.sqrt(5) for frame in h])
    assert difference(dot(query, dot.to_key(memory), memory)[1][0], scores.softmax(0)) < SINGLE
    scores = torch.stack(
        [additive.to_score(torch.tanh(additive.to_query(s) + additive.to_key(x))) for x in h]
    )[:, 0]
    assert (
        difference(additive(query, additive.to_key(memory), memory)[1][0], scores.softmax(0))
        < SINGLE
    )
    # F * previous: torch's convolution is a correlation, here written out
    padded = torch.nn.functional.pad(previous[0], (7, 7))
    f = torch.stack([location.filters.weight[:, 0] @ padded[t : t + 15] for t in range(9)])
    inner = location.to_query(s) + location.to_key(h) + location.to_location(f)
    scores = location.to_score(torch.tanh(inner))[:, 0]
    found = location(query, location.to_key(memory), memory, previous=previous)[1][0]
    assert difference(found, scores.softmax(0)) < SINGLE
