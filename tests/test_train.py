"""train: batches, the loop against one written by hand, rates against the paper, what it refuses."""

import copy
import math

import numpy as np
import pytest
import torch

from coursekit import train
from coursekit.arguments import ArgumentError


def examples(n=20):
    rng = np.random.default_rng(4)  # any seed will do: nothing below depends on the draw
    return [
        (rng.standard_normal((int(frames), 3)), [1 + k % 3] * (1 + k % 2))
        for k, frames in enumerate(rng.integers(5, 60, size=n))
    ]


def squared_error(model, batch):
    return (model(batch.features).mean(dim=(1, 2)) - batch.target_lengths).square().mean()


def linear():
    with train.seeded(0):
        return torch.nn.Linear(3, 1)


# --- batches -------------------------------------------------------------------------------------------------


def test_collate_pads_with_zeros_and_keeps_the_rest():
    given = examples(5)
    batch = train.collate(given)
    assert len(batch) == 5
    assert batch.features.dtype == torch.float32
    for row, (x, ids) in enumerate(given):
        assert batch.lengths[row] == len(x) and batch.target_lengths[row] == len(ids)
        np.testing.assert_array_equal(batch.features[row, : len(x)].numpy(), x.astype(np.float32))
        assert batch.features[row, len(x) :].abs().sum() == 0
        assert batch.targets[row].tolist() == ids + [0] * (batch.targets.shape[1] - len(ids))
    assert torch.equal(batch.to("cpu").features, batch.features)


def test_an_empty_text_is_an_example_too():
    batch = train.collate([(np.ones((4, 2)), []), (np.ones((3, 2)), [1])])
    assert batch.targets.tolist() == [[0], [1]] and batch.target_lengths.tolist() == [0, 1]


def test_batches_in_order_and_every_example_once():
    given = examples()
    batches = list(train.batches(given, batch_size=8))
    assert [len(batch) for batch in batches] == [8, 8, 4]
    assert torch.cat([batch.lengths for batch in batches]).tolist() == [len(x) for x, _ in given]


def test_shuffled_batches_hold_like_lengths_and_each_epoch_another_order():
    given = examples(200)
    generator = torch.Generator().manual_seed(0)
    batches = list(train.batches(given, batch_size=10, generator=generator, epochs=2))
    assert len(batches) == 40
    one, two = ([batch.lengths.tolist() for batch in half] for half in (batches[:20], batches[20:]))
    assert sorted(sum(one, [])) == sorted(sum(two, [])) == sorted(len(x) for x, _ in given)
    assert one != two
    padding = np.mean([1 - batch.lengths.sum() / batch.features.shape[1] / 10 for batch in batches])
    in_order = list(train.batches(given, batch_size=10))
    assert (
        padding
        < 0.15
        < np.mean([1 - batch.lengths.sum() / batch.features.shape[1] / 10 for batch in in_order])
    )
    again = train.batches(
        given, batch_size=10, generator=torch.Generator().manual_seed(0), epochs=None
    )
    assert [next(again).lengths.tolist() for _ in range(40)] == one + two
    assert len(next(again)) == 10  # and so on without end


@pytest.mark.parametrize(
    "wrong, says",
    [
        ([], r"0 examples with \[\] features"),
        ([(np.ones((4, 2)), [1]), (np.ones((4, 3)), [1])], r"\[2, 3\] features to a frame"),
        ([(np.ones((0, 2)), [1])], r"example 0 have shape \(0, 2\); .* An empty utterance"),
        ([(np.ones(4), [1])], r"shape \(4,\)"),
        ([(np.ones((4, 2)), [1]), (np.full((4, 2), np.nan), [1])], "example 1 hold NaN"),
        ([(np.ones((4, 2)), [1, 0])], r"ids of example 0 are \[1, 0\]; .*0 is the blank"),
    ],
)
def test_collate_says_what_is_wrong(wrong, says):
    with pytest.raises(ArgumentError, match=says):
        train.collate(wrong)


# --- the loop ------------------------------------------------------------------------------------------------


def test_fit_is_the_loop_that_one_writes_by_hand():
    batches = list(train.batches(examples(), batch_size=5))
    ours, theirs = linear(), linear()
    optimizer = torch.optim.SGD(ours.parameters(), lr=0.05, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3, 0.5)
    history = train.fit(
        ours,
        batches,
        squared_error,
        optimizer=optimizer,
        steps=10,
        scheduler=schedule,
        clip=0.1,
        every=0,
    )
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.05, momentum=0.9)
    for step in range(10):
        for group in optimizer.param_groups:
            group["lr"] = 0.05 * 0.5 ** (step // 3)
        assert history.learning_rates[step] == pytest.approx(group["lr"])
        loss = squared_error(theirs, batches[step % 4])
        assert history.losses[step] == loss.item()
        optimizer.zero_grad()
        loss.backward()
        norm = math.sqrt(sum(p.grad.square().sum() for p in theirs.parameters()))
        for p in theirs.parameters():
            p.grad *= min(1, 0.1 / norm)
        optimizer.step()
    for one, two in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)
    assert history.seconds == sorted(history.seconds) and len(history.seconds) == 10


def test_on_step_measures_in_evaluation_mode_and_training_goes_on_in_its_own():
    modes = []

    def loss(model, batch):
        modes.append(model.training)
        return squared_error(model, batch)

    def on_step(step, model):
        model.eval()
        return {"step": step} if step % 2 == 0 else None

    model = linear()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    batch = train.collate(examples(3))
    history = train.fit(
        model, [batch], loss, optimizer=optimizer, steps=5, every=0, on_step=on_step
    )
    assert modes == [True] * 5 and model.training
    assert history.notes == [(2, {"step": 2}), (4, {"step": 4})]


def test_the_progress_line_says_where_it_stands(capsys):
    model = linear()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    batch = train.collate(examples(3))
    train.fit(model, [batch], squared_error, optimizer=optimizer, steps=5, every=2)
    out = capsys.readouterr().out
    assert [part.split("  ")[0] for part in out.strip().split("\r")] == [
        "step 2/5",
        "step 4/5",
        "step 5/5",
    ]
    train.fit(model, [batch], squared_error, optimizer=optimizer, steps=5, every=0)
    assert capsys.readouterr().out == ""


def fit(loss, batches=None, steps=3):
    model = linear()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    batches = [train.collate(examples(3))] if batches is None else batches
    return train.fit(model, batches, loss, optimizer=optimizer, steps=steps, every=0)


def test_a_loss_that_is_no_number_stops_the_training_and_says_why():
    with pytest.raises(
        ArgumentError, match=r"the loss is nan at step 1; .* learning rate too high \(now 0.5\)"
    ):
        fit(lambda model, batch: squared_error(model, batch) * math.nan)
    with pytest.raises(ArgumentError, match="the loss is inf at step 1"):
        fit(lambda model, batch: squared_error(model, batch) + math.inf)
    with pytest.raises(ArgumentError, match=r"a loss of shape \(3,\); .* Take the mean"):
        fit(lambda model, batch: model(batch.features).mean(dim=(1, 2)))
    with pytest.raises(ArgumentError, match="a loss float"):
        fit(lambda model, batch: 1.0)


def test_batches_that_end_too_soon_are_named():
    one = train.collate(examples(3))
    with pytest.raises(ArgumentError, match="ended after 2 of 3 steps"):
        fit(squared_error, (one for _ in range(2)))
    with pytest.raises(ArgumentError, match="ended after 0 of 3 steps"):
        fit(squared_error, [])
    assert len(fit(squared_error, (one for _ in range(9))).losses) == 3


# --- seeds, rates, averages ----------------------------------------------------------------------------------


def test_seeded_gives_the_same_and_leaves_the_world_alone():
    torch.manual_seed(11)
    expected = torch.rand(2)
    torch.manual_seed(11)
    with train.seeded(0):
        one = torch.rand(3)
    assert torch.equal(torch.rand(2), expected)
    with train.seeded(0):
        assert torch.equal(torch.rand(3), one)
    with train.seeded(1):
        assert not torch.equal(torch.rand(3), one)


def rates(schedule, steps):
    found = []
    for _ in range(steps):
        found.append(schedule.optimizer.param_groups[0]["lr"])
        schedule.optimizer.step()
        schedule.step()
    return found


def test_noam_is_the_papers_formula():
    found = rates(
        train.noam(torch.optim.SGD(linear().parameters(), lr=0.3), d_model=64, warmup=10), 40
    )
    paper = [64**-0.5 * min(step**-0.5, step * 10**-1.5) for step in range(1, 41)]
    assert found == pytest.approx(paper)
    assert np.argmax(found) == 9


def test_warmup_cosine_rises_and_falls():
    found = rates(
        train.warmup_cosine(torch.optim.SGD(linear().parameters(), lr=0.3), steps=50, warmup=10), 60
    )
    assert found[:10] == pytest.approx([0.03 * n for n in range(1, 11)])
    theirs = torch.optim.SGD(linear().parameters(), lr=0.3)
    cosine = rates(torch.optim.lr_scheduler.CosineAnnealingLR(theirs, 40), 40)
    assert found[10:50] == pytest.approx(cosine)
    assert found[50:] == pytest.approx([0.0] * 10)  # and stays there


def test_average_is_the_mean_and_counters_are_the_last():
    states = []
    model = torch.nn.BatchNorm1d(3)
    for step in range(3):
        model(torch.full((4, 3), float(step)) + torch.arange(4)[:, None])
        states.append(copy.deepcopy(model.state_dict()))
    mean = train.average(states)
    assert torch.allclose(mean["running_mean"], sum(state["running_mean"] for state in states) / 3)
    assert mean["num_batches_tracked"] == 3
    model.load_state_dict(mean)
    for wrong in ([], [states[0], {"weight": torch.ones(3)}]):
        with pytest.raises(ArgumentError, match="copy.deepcopy"):
            train.average(wrong)


@pytest.mark.parametrize("ids", [[1.7], ["3", "1"], [True]])
def test_ids_are_whole_numbers_and_never_cut(ids):
    with pytest.raises(ArgumentError, match="Vocabulary.encode"):
        train.collate([(np.zeros((5, 2)), ids)])


def test_clipping_at_zero_would_stop_all_learning():
    model = torch.nn.Linear(1, 1)
    with pytest.raises(ArgumentError, match="clip"):
        train.fit(
            model,
            [],
            None,
            optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
            steps=1,
            clip=0.0,
        )
