"""Claims that a notebook makes about its own numbers, and an error when one does not hold.

Those of a cell that hold are told below it in one line that a reader can open: "7 checks hold". One that is
surprising stands in sight where it is made.
"""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coursekit.course.check.values import as_array, decibels, describe, number, to_plain


@dataclass(frozen=True)
class Line:
    """One line of output, as plain text and as HTML."""

    text: str

    def __repr__(self) -> str:
        """Return the line."""
        return self.text

    def _repr_html_(self) -> str:
        style = "border-left:4px solid #2a9d5c;padding:2px 10px"
        return f'<div style="{style}">{html.escape(self.text)}</div>'


@dataclass(frozen=True)
class Checks:
    """All routine checks of a cell as one line, which opens as HTML; as plain text the lines follow it."""

    texts: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the line and, below it, the checks."""
        return "\n".join([self._summary(), *(f"  {text}" for text in self.texts)])

    def _repr_html_(self) -> str:
        style = "border-left:4px solid #2a9d5c;padding:2px 10px"
        lines = "".join(f"<div>{html.escape(text)}</div>" for text in self.texts)
        return f'<details style="{style}"><summary>{self._summary()}</summary>{lines}</details>'

    def _summary(self) -> str:
        return "✓ 1 check holds" if len(self.texts) == 1 else f"✓ {len(self.texts)} checks hold"


def claim(
    text: str,
    value: float,
    *,
    below: float | None = None,
    above: float | None = None,
    near: tuple[float, float] | None = None,
    of: Sequence | None = None,
    surprising: bool = False,
) -> None:
    """Show a number that the text relies on, and fail when it is not as claimed.

    Parameters
    ----------
    text : str
        What the number is, with its unit: "SNR of 8 bits, dB".
    value : float
        The number as measured here.
    below, above : float
        A limit that is not included.
    near : (float, float)
        A target and the largest difference from it. Exactly one of the three criteria is given.
    of : Dataset or sequence of Item, optional
        The recordings that it was measured on. Where a made stand-in is among them, because the recording could not be
        fetched, the number is shown, but need not hold.
    surprising : bool
        Show it in sight, at once; all others of a cell are folded into one line below it.

    Raises
    ------
    AssertionError
        The claim does not hold, or the value is NaN.
    ValueError
        No criterion, or more than one; a value that is not one real number.

    Examples
    --------
    >>> claim("SNR of 8 bits, dB", 49.8, near=(49.92, 0.5))
    ✓ SNR of 8 bits, dB: 49.8, within 0.5 of 49.92
    """
    given = [
        name
        for name, limit in (("below", below), ("above", above), ("near", near))
        if limit is not None
    ]
    if len(given) != 1:
        raise ValueError(
            f"claim({text!r}) takes exactly one of below, above and near; got {given or 'none'}"
        )
    measured = _real(value, f"claim({text!r})")
    if below is not None:
        holds, criterion = measured < below, f"below {number(below)}"
    elif above is not None:
        holds, criterion = measured > above, f"above {number(above)}"
    else:
        target, tolerance = near
        holds, criterion = (
            abs(measured - target) <= tolerance,
            f"within {number(tolerance)} of {number(target)}",
        )
    if of is not None and any(item.path is None for item in of):
        _show(
            f"– {text}: {number(measured)}, measured on made stand-ins; of the recordings: {criterion}",
            in_sight=True,
        )
        return
    if not holds:  # NaN compares as False, so it never holds
        raise AssertionError(f"✗ {text}: {number(measured)}, claimed {criterion}")
    _show(f"✓ {text}: {number(measured)}, {criterion}", in_sight=surprising)


def compare(
    mine: object,
    reference: object,
    *,
    rtol: float = 1e-10,
    title: str = "",
    surprising: bool = False,
) -> None:
    """Show how far two arrays are apart, max|mine - reference| / max|reference|, and fail beyond `rtol`.

    Parameters
    ----------
    mine, reference : array_like, shape (...)
        Numbers, lists, arrays or tensors, real or complex.
    rtol : float
        Largest relative error. Single precision reaches about 1e-5, double precision 1e-10.
    title : str
        What is compared.
    surprising : bool
        As in `claim`.

    Raises
    ------
    AssertionError
        Shapes differ, a value is NaN or infinite, or the error is larger than `rtol`.
    ValueError
        One of the two is empty or is no array of numbers.

    Examples
    --------
    >>> compare([1.0, 2.0], np.array([1.0, 2.0]), title="twice the same")
    ✓ twice the same: max|a-b|/max|b| = 0 (-inf dB), allowed 1e-10; shape (2,), float64 and float64
    """
    a, b = _numbers(mine, "mine"), _numbers(reference, "reference")
    name = f"{title}: " if title else ""
    if a.shape != b.shape:
        raise AssertionError(f"✗ {name}the shapes differ: mine {a.shape}, reference {b.shape}")
    for x, whose in ((a, "mine"), (b, "reference")):
        if not np.all(np.isfinite(x)):
            count = int(np.sum(~np.isfinite(x)))
            raise AssertionError(
                f"✗ {name}{count} of {x.size} values of {whose} are NaN or infinite"
            )
    double = np.complex128 if np.iscomplexobj(a) or np.iscomplexobj(b) else np.float64
    error = float(np.max(np.abs(a.astype(double) - b.astype(double))))
    peak = (
        float(np.max(np.abs(b.astype(double)))) or 1.0
    )  # a silent reference: the error itself counts
    ratio = error / peak
    facts = f"shape {a.shape}, {a.dtype} and {b.dtype}"
    line = f"{name}max|a-b|/max|b| = {ratio:.3g} ({decibels(ratio)}), allowed {rtol:g}; {facts}"
    if not ratio <= rtol:
        single = np.float32 in (a.dtype, b.dtype) or np.complex64 in (a.dtype, b.dtype)
        tip = ". One of them is in single precision: rtol=1e-5?" if single and ratio < 1e-4 else ""
        raise AssertionError(f"✗ {line}{tip}")
    _show(f"✓ {line}", in_sight=surprising)


def _real(value: object, where: str) -> float:
    array = as_array(to_plain(value))
    if array is None or array.size != 1 or np.iscomplexobj(array):
        raise ValueError(f"{where}: value is {describe(to_plain(value))}; wanted one real number")
    measured = float(array.reshape(()))
    if math.isnan(measured):
        raise AssertionError(f"✗ {where}: the value is NaN")
    return measured


def _numbers(value: object, name: str) -> np.ndarray:
    array = as_array(to_plain(value))
    if array is None:
        raise ValueError(f"{name} is {describe(to_plain(value))}; wanted numbers")
    if array.size == 0:
        raise ValueError(f"{name} is empty, shape {array.shape}: there is nothing to compare")
    return array


class _Held:
    """The lines of the cell that is running, to be told when it has ended."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._events = None  # of the shell that runs the cell

    def add(self, text: str, shell) -> None:
        if not self._texts:
            self._events = shell.events
            self._events.register("post_run_cell", self._tell)
        self._texts.append(text)

    def _tell(self, result: object = None) -> None:
        """Show the lines; IPython calls this at the end of a cell, also of one that failed."""
        self._events.unregister("post_run_cell", self._tell)
        checks = Checks(tuple(self._texts))
        self._texts.clear()
        _display(checks)


_HELD = _Held()


def _show(text: str, *, in_sight: bool) -> None:
    """Show a line at once, or hold it for the line below the cell; outside a notebook, print it."""
    try:
        shell = get_ipython()  # IPython puts this name among the builtins
    except NameError:
        shell = None
    if shell is None:
        print(text)
    elif in_sight:
        _display(Line(text))
    else:
        _HELD.add(text, shell)


def _display(thing: object) -> None:
    from IPython.display import display

    display(thing)
