"""Right answers to the course's questions that compute in float32 on the way, and end in whatever they end in."""

import numpy as np
import pytest
import torch
from test_questions import drawn, solution_of

from coursekit.course.check import question_bank
from coursekit.course.check.marking import evaluate

pytestmark = pytest.mark.shelf  # cases may be drawn from recordings

SEEDS = (None, 1, 2)
in_single = ["06.forward", "07.forward", "07.beam", "08.additive", "09.attention", "09.clinic"]
seeds = pytest.mark.parametrize("seed", SEEDS)


def single(value):
    """The value with its float64 arrays in float32."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    return value


def passes(question_id, answer, seed):
    result = evaluate(drawn(question_id, seed), answer)
    assert result.passed, result


@seeds
@pytest.mark.parametrize("question_id", in_single)
def test_float32_inputs(question_id, seed):
    solve = solution_of(question_bank.find(question_id))

    def answer(*args, **kwargs):
        return solve(*map(single, args), **{key: single(value) for key, value in kwargs.items()})

    passes(question_id, answer, seed)


@seeds
def test_read_through_torch(seed):
    def read(scores, memory):
        weights = torch.softmax(torch.tensor(scores, dtype=torch.float32), dim=0)
        return (weights @ torch.tensor(memory, dtype=torch.float32)).tolist()

    passes("08.read", read, seed)


@seeds
def test_encode_with_the_chapters_own_positions(seed):
    from coursekit.models.attention import sinusoidal_positions

    def encode(x, lengths, W_q, W_k, W_v):
        d = x.shape[2]
        x = x + sinusoidal_positions(x.shape[1], d).numpy()
        scores = (x @ W_q) @ (x @ W_k).transpose(0, 2, 1) / np.sqrt(d)
        padding = np.arange(x.shape[1]) >= lengths[:, None]
        scores = np.where(padding[:, None, :], -np.inf, scores)
        weights = torch.softmax(torch.from_numpy(scores), dim=-1).numpy()
        return (weights @ (x @ W_v)) * ~padding[:, :, None]

    passes("09.clinic", encode, seed)


def test_a_choice_by_number():
    assert evaluate(question_bank.find("08.short"), 0).passed
    assert evaluate(question_bank.find("08.short"), np.int64(0)).passed
