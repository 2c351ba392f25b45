"""augment: stripes as SpecAugment's paper and torchaudio describe them."""

import numpy as np
import pytest
import torch

from coursekit import augment
from coursekit.arguments import ArgumentError


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_stripes_are_as_wide_and_lie_where_they_may():
    lengths, widest = torch.full((20000,), 6), torch.full((20000,), 3)
    stripes = augment.stripes(lengths, widest, n=8, generator=generator())
    widths = stripes.sum(dim=1)
    # each width from 0 to 3 a quarter of the time: 5,000, give or take 61
    assert all(abs(int((widths == width).sum()) - 5000) < 5 * 61 for width in range(4))
    assert not stripes[:, 6:].any()
    assert (stripes.int().diff(dim=1) == 1).sum(dim=1).max() <= 1  # in one piece
    first = stripes[widths == 3].int().argmax(dim=1)
    counts = torch.bincount(first, minlength=4)  # 0 to 3: as likely each
    assert len(counts) == 4 and (counts - counts.sum() / 4).abs().max() < 5 * 31


def test_widths_are_the_papers_and_torchaudio_leaves_out_the_widest():
    torchaudio = pytest.importorskip("torchaudio")
    ones = torch.ones(2000, 30, 10)
    torch.manual_seed(0)
    theirs = torchaudio.functional.mask_along_axis_iid(ones, 4, 0.0, 1)
    assert set((theirs[:, :, 0] == 0).sum(dim=1).tolist()) == {0, 1, 2, 3}
    ours = augment.spec_augment(
        ones, n_time_masks=1, max_time=4, n_feature_masks=0, generator=generator()
    )
    assert set((ours[:, :, 0] == 0).sum(dim=1).tolist()) == {0, 1, 2, 3, 4}


def test_stripes_differ_between_utterances_and_stay_out_of_the_padding():
    x, lengths = torch.ones(50, 60, 12), torch.arange(10, 60)
    y = augment.spec_augment(x, lengths=lengths, max_time=8, max_features=3, generator=generator())
    assert x.min() == 1  # as it was
    times = (y == 0).all(dim=2)
    assert not any(times[row, n:].any() for row, n in enumerate(lengths))
    assert all(times[row].sum() <= 2 * int(0.2 * n) for row, n in enumerate(lengths))
    assert ((y == 0).all(dim=1).sum(dim=1) <= 6).all()
    assert len({tuple(row.tolist()) for row in times}) > 25


def test_one_utterance_is_a_batch_of_one_and_the_generator_decides():
    x = torch.randn(40, 12, generator=generator(3))
    one = augment.spec_augment(x, generator=generator(1))
    assert torch.equal(one, augment.spec_augment(x[None], generator=generator(1))[0])
    assert not torch.equal(one, augment.spec_augment(x, generator=generator(2)))
    kept = augment.spec_augment(x, n_time_masks=0, n_feature_masks=0, generator=generator())
    assert torch.equal(kept, x)


def test_what_has_no_frames_is_refused():
    with pytest.raises(ArgumentError, match=r"Tensor of shape \(5,\)"):
        augment.spec_augment(torch.ones(5))
    with pytest.raises(ArgumentError, match=r"lengths are \[9\]; wanted 1 of at most 5"):
        augment.spec_augment(torch.ones(1, 5, 3), lengths=torch.tensor([9]))
    with pytest.raises(ArgumentError, match="max_share = 2"):
        augment.spec_augment(torch.ones(5, 3), max_share=2)


def test_an_array_is_refused_and_a_list_of_lengths_is_not():
    with pytest.raises(ArgumentError, match="torch.from_numpy"):
        augment.spec_augment(np.ones((5, 3)))
    x, generator = torch.ones(2, 9, 4), torch.Generator
    as_list = augment.spec_augment(x, lengths=[9, 5], generator=generator().manual_seed(0))
    as_tensor = augment.spec_augment(
        x, lengths=torch.tensor([9, 5]), generator=generator().manual_seed(0)
    )
    assert torch.equal(as_list, as_tensor)
