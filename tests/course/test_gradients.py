"""Where a question asks for gradients, a right value without them is no answer, and the card says so."""

import copy

import numpy as np
import pytest
import torch

from coursekit.course.check import question_bank
from coursekit.course.check.attempt import attempt
from coursekit.course.check.gradients import Gradients, gradients_of
from coursekit.course.check.marking import collect, evaluate, judge
from coursekit.course.check.question import Case, Question, close


def cases(rng):
    torch.manual_seed(0)
    return [
        Case(torch.from_numpy(rng.normal(size=(3, 4))), torch.nn.Linear(4, 2).double(), scale=2.0)
        for _ in range(2)
    ]


def right(logits, layer, *, scale):
    return layer(logits.log_softmax(dim=1)) * scale


def plain(logits, layer, *, scale):
    return right(logits, layer, scale=scale).detach().numpy()


def question(reference=right, **changes):
    fields = {
        "id": "01.grad",
        "title": "Gradients",
        "points": 1,
        "kind": "core",
        "name": "answer",
        "compare": close(1e-9),
        "hints": ("one", "two", "three"),
        "cases": cases,
        "oracle": plain,
        "gradients": Gradients(reference, logits=0, layer=1),
    }
    return Question(**{**fields, **changes})


def rewritten(logits, layer, *, scale):
    shifted = logits - logits.logsumexp(dim=1, keepdim=True)
    return scale * (shifted @ layer.weight.T + layer.bias)


@pytest.mark.parametrize("reference", [right, None])
@pytest.mark.parametrize("answer", [right, rewritten])
def test_right_answer_passes(answer, reference):
    result = evaluate(question(reference), answer)
    assert result.passed, result


CUTS = {
    "detached": lambda x, layer, scale: right(x, layer, scale=scale).detach(),
    "NumPy": lambda x, layer, scale: right(x, layer, scale=scale).detach().numpy(),
    "a list": lambda x, layer, scale: right(x, layer, scale=scale).tolist(),
    "a new tensor": lambda x, layer, scale: torch.tensor(
        right(x, layer, scale=scale).tolist(), dtype=x.dtype
    ),
    "detached on the way": lambda x, layer, scale: right(x.detach(), layer, scale=scale),
    "through items": lambda x, layer, scale: right(
        torch.tensor([[v.item() for v in row] for row in x], dtype=x.dtype), layer, scale=scale
    ),
}


@pytest.mark.parametrize("reference", [right, None])
@pytest.mark.parametrize("answer", CUTS.values(), ids=CUTS)
def test_cut_graph_is_told(answer, reference):
    result = evaluate(question(reference), answer)
    assert (result.status, result.points) == ("wrong", 0)
    assert result.headline.startswith("The value is right, but no gradient reaches `logits`")
    assert ".detach()" in result.headline


@pytest.mark.parametrize("reference", [right, None])
def test_copy_of_a_module_is_told(reference):
    def copied(logits, layer, *, scale):
        return right(logits, copy.deepcopy(layer), scale=scale)

    assert "no gradient reaches `layer`" in evaluate(question(reference), copied).headline


def test_some_parameters_out_of_reach():
    def bias_cut(logits, layer, *, scale):
        return scale * (logits.log_softmax(dim=1) @ layer.weight.T + layer.bias.detach())

    headline = evaluate(question(), bias_cut).headline
    assert "no gradient reaches some parameters of `layer`" in headline


def test_gradient_that_is_wrong_is_told():
    def norm_cut(logits, layer, *, scale):
        norm = logits.logsumexp(dim=1, keepdim=True).detach()
        return layer(logits - norm) * scale

    headline = evaluate(question(), norm_cut).headline
    assert headline.startswith(
        "The value is right, but the gradient that reaches `logits` is wrong"
    )


def test_gradient_that_is_not_finite_is_told():
    def rooted(logits, layer, *, scale):
        return right(logits, layer, scale=scale) + 0 * (logits - logits.detach()).sqrt().sum()

    headline = evaluate(question(None), rooted).headline
    assert "the gradient that reaches `logits` is not finite" in headline


def test_without_gradients_a_detached_answer_passes():
    assert evaluate(question(gradients=None), CUTS["detached"]).passed


def test_wrong_value_is_told_before_a_missing_gradient():
    result = evaluate(question(), lambda x, layer, scale: 2 * right(x, layer, scale=scale).detach())
    assert "factor of 2" in result.headline


def test_error_of_numpy_has_advice():
    result = evaluate(question(), lambda x, layer, scale: x.numpy())
    assert result.status == "error" and any(
        "A gradient must pass" in line for line in result.details
    )


def test_what_crosses_is_plain_and_judged_without_the_answer():
    asked = question()
    drawn = asked.draw()
    attempts = collect(asked, right, drawn)
    assert set(attempts[0].gradients) == {"logits", "layer"}
    assert all(
        type(part) is np.ndarray for parts in attempts[0].gradients.values() for part in parts
    )
    assert judge(asked, drawn, attempts).passed


def test_keyword_argument_and_pairs():
    wanted = Gradients(None, x="x")
    tried = attempt(
        lambda *, x: (x * 2, [x.sum()]),
        Case(x=torch.ones(3)),
        question_id="01.grad",
        gradients=wanted,
    )
    assert tried.status == "value" and tried.gradients["x"][0].shape == (3,)


def test_result_without_a_tensor_has_no_gradient():
    x = torch.ones(3, requires_grad=True)
    assert gradients_of({"a": 1}, {"x": [x]}) == {"x": [None]}
    assert gradients_of(torch.arange(3), {"x": [x]}) == {"x": [None]}


def contexts(attention, queries, memory, real):
    q, m = queries.transpose(0, 1), memory.transpose(0, 1)
    return attention(q, m, m, key_padding_mask=~real)[0].transpose(0, 1)


CLINIC_CUTS = {
    "detach": lambda value: value.detach(),
    "NumPy": lambda value: value.detach().numpy(),
    "list": lambda value: value.tolist(),
}


@pytest.mark.parametrize("cut", CLINIC_CUTS.values(), ids=CLINIC_CUTS)
def test_clinic_of_chapter_08_wants_gradients(cut):
    clinic = question_bank.find("08.clinic")
    assert evaluate(clinic, contexts).passed
    result = evaluate(clinic, lambda *args: cut(contexts(*args)))
    assert "no gradient reaches" in result.headline
