"""Does a gradient pass through an answer, and is it the right one?

Where a question declares `Gradients`, the learner's function is called with tensors that record what happens to
them. Its result, weighted at random (always in the same way), gives one number; what crosses the boundary to the
comparison is the gradient of that number, as plain arrays.
"""

import sys
from collections.abc import Callable, Sequence

import numpy as np

from coursekit.course.check.comparison import close
from coursekit.course.check.question import Case
from coursekit.course.check.values import to_plain

CUT = ".detach(), .numpy(), .item(), .tolist(), torch.no_grad or a copy cuts the graph"


class Gradients:
    """The arguments that a gradient must reach.

    Parameters
    ----------
    reference : callable or None
        A right answer in torch, called like the learner's function, whose gradients are the truth. None: it is enough
        that a gradient arrives that is finite.
    rtol : float
        Largest error of a gradient relative to its peak.
    **places : int or str
        Name of the argument, as the statement has it, and where it stands: its position, or its keyword. A tensor
        of floats, or a module: then all its parameters.

    Examples
    --------
    >>> Gradients(None, logits=0, scale="scale").places
    {'logits': 0, 'scale': 'scale'}
    """

    def __init__(
        self, reference: Callable | None, *, rtol: float = 1e-4, **places: int | str
    ) -> None:
        self.reference, self.rtol, self.places = reference, rtol, places

    def leaves(self, case: Case) -> dict[str, list]:
        """Make the case's tensors record what happens to them; return these, and the parameters of modules."""
        found = {}
        for name, place in self.places.items():
            values = list(case.args) if isinstance(place, int) else case.kwargs
            if hasattr(values[place], "parameters"):
                found[name] = list(values[place].parameters())
                continue
            values[place] = values[place].detach().clone().requires_grad_(True)
            if isinstance(place, int):
                case.args = tuple(values)
            found[name] = [values[place]]
        return found

    def truth(self, case: Case) -> dict[str, object] | None:
        """Return the right gradients for a case; None where there is no reference."""
        if self.reference is None:
            return None
        given = case.copy()
        leaves = self.leaves(given)
        return gradients_of(self.reference(*given.args, **given.kwargs), leaves)

    def fault(self, cases: Sequence[Case], found: Sequence[dict]) -> str:
        """Return what is wrong with the gradients of right values; empty where nothing is."""
        for case, got in zip(cases, found, strict=False):
            want = self.truth(case)
            for name in self.places:
                told = self._fault_of(name, got.get(name), want and want[name])
                if told:
                    return f"the value is right, but {told}"
        return ""

    def _fault_of(self, name: str, got: list | None, want: list | None) -> str:
        got = got or []
        needed = [want is None or part is not None for part in want or got]
        missing = [part is None for part in got] or [True]
        if want is None and all(missing):
            return f"no gradient reaches `{name}`: {CUT}"
        if want is not None:
            lacks = [m for m, wanted in zip(missing, needed, strict=False) if wanted]
            if all(lacks):
                return f"no gradient reaches `{name}`: {CUT}"
            if any(lacks):
                return f"no gradient reaches some parameters of `{name}`: {CUT}"
        if not all(np.all(np.isfinite(part)) for part in got if part is not None):
            return f"the gradient that reaches `{name}` is not finite: a square root or a logarithm of 0?"
        if want is not None and not all(
            close(self.rtol).judge(a, b).ok
            for a, b in zip(got, want, strict=True)
            if a is not None and b is not None
        ):
            return f"the gradient that reaches `{name}` is wrong: a part of the graph is cut. {CUT}"
        return ""


def gradients_of(value: object, leaves: dict[str, list]) -> dict[str, object]:
    """Return the gradients of a result, weighted at random, as plain arrays; None where none arrives."""
    torch = sys.modules["torch"]
    numbers = torch.Generator().manual_seed(1)
    total = None
    for part in _tensors(value, torch):
        weights = torch.randn(part.shape, generator=numbers, dtype=torch.float64)
        summed = (part * weights.to(part.dtype)).sum()
        total = summed if total is None else total + summed
    if total is None or not total.requires_grad:
        return {name: [None] * len(tensors) for name, tensors in leaves.items()}
    found = {}
    for name, tensors in leaves.items():
        with_gradient = [tensor for tensor in tensors if tensor.requires_grad]
        parts = iter(
            torch.autograd.grad(total, with_gradient, retain_graph=True, allow_unused=True)
            if with_gradient
            else ()
        )
        found[name] = [
            to_plain(next(parts)) if tensor.requires_grad else None for tensor in tensors
        ]
    return found


def _tensors(value: object, torch) -> list:
    if isinstance(value, torch.Tensor):
        return [value] if value.is_floating_point() and value.requires_grad else []
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in _tensors(item, torch)]
    return []
