"""The decorator that keeps input checks out of the equations."""

import doctest
import importlib
import inspect
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from coursekit import arguments, dsp
from coursekit.arguments import ArgumentError, checks

PACKAGE = Path(arguments.__file__).parent


def shorter(n_fft, y):
    if len(y) < n_fft:
        raise ArgumentError(f"y has {len(y)} samples, less than n_fft = {n_fft}")


@checks(shorter, y=arguments.signal, n_fft=arguments.integer, top=partial(arguments.real, low=0))
def start(y, *, n_fft=2, top=None):
    """The first samples."""
    return y[:n_fft], top


def test_values_come_in_the_form_that_the_body_wants():
    y, top = start([1, 2, 3])
    assert y.dtype == np.float64 and y.tolist() == [1.0, 2.0] and top is None


@pytest.mark.parametrize(
    ("arguments_", "how", "message"),
    [
        (([1.0, np.nan],), {}, "y has 1 NaN"),
        (([1.0, 2.0],), {"n_fft": 2.5}, "n_fft = 2.5"),
        (
            ([1.0, 2.0],),
            {"n_fft": None},
            "n_fft = None",
        ),  # None is not its default: not passed over
        (([1.0, 2.0],), {"n_fft": 3}, "y has 2 samples, less than n_fft = 3"),
        (([1.0],), {}, "less than n_fft = 2"),  # defaults are weighed too
        (([1.0, 2.0],), {"top": -1}, "top = -1"),
    ],
)
def test_each_argument_and_then_several_together(arguments_, how, message):
    with pytest.raises(ArgumentError, match=message):
        start(*arguments_, **how)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: start(), "missing 1 required positional argument: 'y'"),
        (lambda: start([1.0], 2), "takes 1 positional argument but 2"),
        (lambda: start([1.0], n_ftt=2), "unexpected keyword argument 'n_ftt'"),
    ],
)
def test_a_call_that_does_not_fit_is_pythons_own_error(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_signature_docstring_and_the_bare_function_stay():
    assert str(inspect.signature(start)) == "(y, *, n_fft=2, top=None)"
    assert start.__doc__ == "The first samples." and start.__name__ == "start"
    assert start.__wrapped__([1, 2, 3]) == ([1, 2], None)  # no check, nothing put into form


def test_a_rule_can_replace_arguments():
    @checks(lambda a, b: {"a": min(a, b), "b": max(a, b)})
    def in_order(a, b):
        return a, b

    assert in_order(3, b=1) == (1, 3)


def test_a_class_is_checked_where_it_is_made():
    @checks(size=arguments.integer)
    @dataclass(frozen=True)
    class Box:
        size: int = 1

    assert Box(2).size == 2 and Box() == Box(1)
    with pytest.raises(ArgumentError, match="size = 0"):
        Box(0)


def test_a_check_of_an_argument_that_does_not_exist_shows_when_the_module_is_loaded():
    with pytest.raises(TypeError, match="start has no argument hop to check"):
        checks(hop=arguments.integer)(start.__wrapped__)


def test_an_optional_argument_may_be_none():
    check = arguments.optional(arguments.real, low=0)
    assert check(None, "top_db") is None and check(3.0, "top_db") == 3.0
    with pytest.raises(ArgumentError, match="top_db = -1"):
        check(-1, "top_db")


def test_the_signal_of_an_stft_is_looked_at_once(monkeypatch):
    looked = []
    real = dsp.arguments.np.isfinite
    monkeypatch.setattr(
        dsp.arguments.np, "isfinite", lambda x: (looked.append(np.size(x)), real(x))[1]
    )
    dsp.stft(np.ones(5000), n_fft=512)
    assert [size for size in looked if size >= 5000] == [5000]


def test_examples_of_checked_functions_are_found():
    """Without conftest.py, doctest would take a decorated function for one of coursekit.arguments, and pass it over."""
    lost = []
    for path in sorted(PACKAGE.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        module = importlib.import_module(f"coursekit.{path.stem}")
        found = {test.name for test in doctest.DocTestFinder().find(module) if test.examples}
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and inspect.unwrap(value).__module__ == module.__name__
            if own and ">>>" in (value.__doc__ or "") and f"{module.__name__}.{name}" not in found:
                lost.append(f"{module.__name__}.{name}")
    assert lost == []
