"""models.transformer and models.conformer against torch's and torchaudio's layers on the same weights.

1e-5 in float32: ten times what rounding leaves after a layer. What is wrong on purpose is a hundred times further off.
"""

import pytest
import torch
from test_attention import SINGLE, copied, difference

from coursekit.arguments import ArgumentError
from coursekit.models import conformer, transformer
from coursekit.models.attention import causal_mask, padding_mask
from coursekit.train import seeded

torchaudio = pytest.importorskip("torchaudio")


@pytest.fixture
def g():
    return torch.Generator().manual_seed(6)  # any seed will do: nothing below depends on the draw


def shaken(module):
    """Every parameter moved, so that no norm is 1 and no bias 0, which would hide a missing one."""
    with seeded(3), torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.1 * torch.randn(parameter.shape)
    return module.eval()


def copy_feed_forward(theirs, ours):
    ours[0].load_state_dict(theirs.linear1.state_dict())
    ours[3].load_state_dict(theirs.linear2.state_dict())


def test_encoder_layer_equals_torch(g):
    theirs = shaken(torch.nn.TransformerEncoderLayer(12, 3, 20, batch_first=True, norm_first=True))
    ours = transformer.EncoderLayer(12, n_heads=3, d_ff=20, dropout=0.1).eval()
    copied(theirs.self_attn, ours.attention)
    copy_feed_forward(theirs, ours.feed_forward)
    ours.attention_norm.load_state_dict(theirs.norm1.state_dict())
    ours.feed_forward_norm.load_state_dict(theirs.norm2.state_dict())
    x, real = torch.randn(3, 7, 12, generator=g), padding_mask(torch.tensor([7, 3, 5]))
    expected = theirs(x, src_key_padding_mask=~real)  # theirs: True where a frame is padding
    found = ours(x, mask=real[:, None, None, :])
    assert difference(found[real], expected[real]) < SINGLE
    post = torch.nn.TransformerEncoderLayer(12, 3, 20, batch_first=True, norm_first=False).eval()
    post.load_state_dict(theirs.state_dict())
    assert (
        difference(found[real], post(x, src_key_padding_mask=~real)[real]) > 100 * SINGLE
    )  # the norm after


def test_decoder_layer_equals_torch(g):
    theirs = shaken(torch.nn.TransformerDecoderLayer(12, 3, 20, batch_first=True, norm_first=True))
    ours = transformer.DecoderLayer(12, n_heads=3, d_ff=20, dropout=0.1).eval()
    copied(theirs.self_attn, ours.attention)
    copied(theirs.multihead_attn, ours.memory_attention)
    copy_feed_forward(theirs, ours.feed_forward)
    for norm, name in (
        (ours.attention_norm, "norm1"),
        (ours.memory_norm, "norm2"),
        (ours.feed_forward_norm, "norm3"),
    ):
        norm.load_state_dict(getattr(theirs, name).state_dict())
    y, memory = torch.randn(3, 5, 12, generator=g), torch.randn(3, 7, 12, generator=g)
    real = padding_mask(torch.tensor([7, 3, 5]))
    expected = theirs(y, memory, tgt_mask=~causal_mask(5), memory_key_padding_mask=~real)
    found, weights = ours(y, memory, mask=causal_mask(5), memory_mask=real[:, None, None, :])
    assert difference(found, expected) < SINGLE
    assert weights.shape == (3, 3, 5, 7)
    sees_the_future, _ = ours(y, memory, memory_mask=real[:, None, None, :])
    assert difference(sees_the_future, expected) > 100 * SINGLE


def conformer_pair():
    """torchaudio's Conformer of two layers, and ours with its weights."""
    theirs = shaken(torchaudio.models.Conformer(12, 3, 20, 2, 5))
    ours = [
        conformer.ConformerBlock(12, n_heads=3, d_ff=20, kernel_size=5, norm="batch").eval()
        for _ in range(2)
    ]
    for block, layer in zip(ours, theirs.conformer_layers, strict=True):
        batch_norm = layer.conv_module.sequential[3]
        with seeded(4), torch.no_grad():  # as if trained
            batch_norm.running_mean += torch.randn(12)
            batch_norm.running_var *= 1 + torch.rand(12)
        for half, part in ((block.feed_forward1, layer.ffn1), (block.feed_forward2, layer.ffn2)):
            half.load_state_dict(
                {
                    f"{name.removeprefix('sequential.')}": value
                    for name, value in part.state_dict().items()
                }
            )
        copied(layer.self_attn, block.attention)
        block.attention_norm.load_state_dict(layer.self_attn_layer_norm.state_dict())
        block.norm.load_state_dict(layer.final_layer_norm.state_dict())
        module, filters = block.convolution, layer.conv_module.sequential
        module.norm.load_state_dict(layer.conv_module.layer_norm.state_dict())
        for linear, pointwise in ((module.gate, filters[0]), (module.out, filters[5])):
            linear.weight.data = pointwise.weight.data[
                :, :, 0
            ].clone()  # a filter of one frame is a linear layer
            linear.bias.data = pointwise.bias.data.clone()
        module.depthwise.load_state_dict(filters[2].state_dict())
        module.inner_norm.load_state_dict(batch_norm.state_dict())
    return theirs, ours


def test_conformer_equals_torchaudio_where_nothing_is_padding(g):
    theirs, ours = conformer_pair()
    x, lengths = torch.randn(2, 9, 12, generator=g), torch.tensor([9, 9])
    expected, found = theirs(x, lengths)[0], x
    for block in ours:
        found = block(found, padding_mask(lengths))
    assert difference(found, expected) < SINGLE


def test_padding_reaches_torchaudios_conformer_through_its_filter_and_not_ours(g):
    theirs, ours = conformer_pair()
    x, lengths = torch.randn(2, 9, 12, generator=g), torch.tensor([9, 6])

    def read(x, lengths):
        for block in ours:
            x = block(x, padding_mask(lengths))
        return x

    assert difference(read(x, lengths)[1, :6], read(x[1:, :6], lengths[1:])[0]) < SINGLE
    assert (
        difference(theirs(x, lengths)[0][1, :6], theirs(x[1:, :6], lengths[1:])[0][0])
        > 100 * SINGLE
    )


@pytest.mark.parametrize(
    "stride, frames, left", [(1, 7, 7), (2, 7, 4), (4, 7, 2), (4, 8, 2), (4, 9, 3), (4, 1, 1)]
)
def test_subsampling_counts_frames_and_leaves_padding_out(g, stride, frames, left):
    with seeded(1):
        subsample = conformer.ConvSubsampling(5, 6, stride=stride)
    x, lengths = torch.randn(2, 12, 5, generator=g), torch.tensor([12, frames])
    y, lengths = subsample(x, lengths)
    assert lengths[1] == left
    alone, _ = subsample(x[1:, :frames], torch.tensor([frames]))
    assert alone.shape[1] == left
    assert difference(alone[0], y[1, :left]) < SINGLE


def test_what_cannot_be_built_says_why():
    with pytest.raises(ArgumentError, match="kernel_size = 4; wanted an odd number"):
        conformer.ConvolutionModule(8, 4)
    with pytest.raises(ArgumentError, match="norm = 'group'"):
        conformer.ConvolutionModule(8, 3, norm="group")
    with pytest.raises(ArgumentError, match="stride = 3"):
        conformer.ConvSubsampling(8, 8, stride=3)
