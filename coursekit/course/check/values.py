"""Turn whatever a learner's code returns into plain values: numbers, text, arrays, lists and dicts.

This is the boundary of the checks: values cross it, verdicts never do. Nothing behind it calls a method of an
object that the learner made, so an object whose ``==`` is always true gains nothing. A value that cannot
cross becomes a `Foreign`, which keeps only the name of its type.
"""

import math
import numbers
import sys
from dataclasses import dataclass

import numpy as np

NUMERIC_KINDS = "biufc"  # NumPy's letters for bool, int, unsigned, float, complex
LONGEST_TEXT = 60  # characters of a learner's text shown in a message
SHOWN_NUMBERS = 12  # of an input that is shown as it is
SHOWN_TEXT = 100  # characters of all inputs of a call that are shown as they are


@dataclass(frozen=True)
class Foreign:
    """A value that cannot cross the boundary; `type_name` says what it was."""

    type_name: str


def to_plain(value: object) -> object:
    """Return `value` as plain data: None, bool, int, float, complex, str, numeric array, list or dict.

    Parameters
    ----------
    value : object
        Anything; a torch tensor becomes an array, a tuple becomes a list.

    Returns
    -------
    object
        Plain data, or a `Foreign` for everything else. It shares no list or dict with `value`.

    Examples
    --------
    >>> import fractions
    >>> to_plain((1, "a", {"k": None}))
    [1, 'a', {'k': None}]
    >>> to_plain({1, 2})
    Foreign(type_name='set')
    >>> to_plain(fractions.Fraction(3, 4)), to_plain(np.asarray(2**70)) == 2**70
    (0.75, True)
    """
    try:
        return _convert(value)
    except KeyboardInterrupt:
        raise
    except (
        BaseException
    ):  # a learner's __array__ or __iter__ may raise anything, SystemExit included
        return Foreign(type_name(value))


def _convert(value: object) -> object:
    if value is None or type(value) in (bool, int, float, complex, str, Foreign):
        return value
    # Subclasses are rebuilt by the base type's own method, which a subclass cannot replace.
    if isinstance(value, np.ndarray | np.generic):
        array = np.array(value, subok=False)
        if array.dtype == object and array.ndim == 0 and type(array.item()) is int:
            return array.item()  # one that 64 bits do not hold
        return _plain_array(array)
    for base, rebuild in ((str, str.__str__), (int, int.__int__), (float, float.__float__)):
        if isinstance(value, base):
            return rebuild(value)
    if isinstance(value, numbers.Rational):  # a Fraction
        return float.__float__(float(value))
    if isinstance(value, list | tuple):
        return [_convert(item) for item in value]
    if isinstance(value, dict):
        return {str(_convert(key)): _convert(item) for key, item in value.items()}
    if is_tensor(value):
        return _plain_array(_tensor_to_array(value))
    if hasattr(type(value), "__array__"):  # a pandas Series, a JAX array
        return _plain_array(np.array(value, subok=False))
    return Foreign(type_name(value))


def _plain_array(array: np.ndarray) -> object:
    if array.dtype.kind in NUMERIC_KINDS:
        return array
    if array.dtype.kind == "U":
        return array.tolist()
    return Foreign(f"array of {array.dtype}")


def is_tensor(value: object) -> bool:
    """Return whether `value` is a torch tensor, without importing torch.

    Examples
    --------
    >>> is_tensor([1.0])
    False
    """
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _tensor_to_array(tensor) -> np.ndarray:
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    if str(tensor.dtype) == "torch.bfloat16":  # a type that NumPy does not have
        tensor = tensor.float()
    return tensor.numpy().copy()


def as_array(plain: object) -> np.ndarray | None:
    """Return a plain value as a numeric array, or None when it is not one (text, a ragged list).

    Examples
    --------
    >>> as_array([[1, 2], [3, 4]]).shape
    (2, 2)
    >>> as_array([[1, 2], [3]]) is None
    True
    """
    if not isinstance(plain, bool | int | float | complex | list | np.ndarray):
        return None
    try:
        array = np.asarray(plain)
    except (ValueError, OverflowError):  # ragged lists
        return None
    return array if array.dtype.kind in NUMERIC_KINDS else None


def type_name(value: object) -> str:
    """Return the name of the type of `value`; never raises.

    Examples
    --------
    >>> type_name(3.5)
    'float'
    """
    try:
        return str(type(value).__name__)[:LONGEST_TEXT]
    except Exception:  # a metaclass can do that
        return "object"


def describe(plain: object) -> str:
    """Say in a few words what a plain value is.

    Examples
    --------
    >>> describe(np.zeros((2, 3)))
    'an array of shape (2, 3), float64'
    >>> describe("yes")
    "the text 'yes'"
    """
    if plain is None:
        return "None"
    if isinstance(plain, Foreign):
        return f"an object of type {plain.type_name}"
    if isinstance(plain, str):
        return f"the text {quote(plain)}"
    if isinstance(plain, bool):
        return str(plain)
    if isinstance(plain, int | float | complex) or (
        isinstance(plain, np.ndarray) and plain.ndim == 0
    ):
        return f"the number {number(plain)}"
    if isinstance(plain, np.ndarray):
        return f"an array of shape {plain.shape}, {plain.dtype}"
    if isinstance(plain, list):
        array = as_array(plain)
        return (
            f"a list of length {len(plain)}"
            if array is None or array.ndim < 2
            else f"a list of shape {array.shape}"
        )
    return "a dict with the keys " + (", ".join(quote(key) for key in list(plain)[:6]) or "(none)")


def quote(text: str) -> str:
    """Return `text` in quotes on one line, cut to a readable length.

    Examples
    --------
    >>> quote("a" * 70)[-5:]
    "aaa…'"
    """
    return repr(text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…")


def number(value: object, digits: int = 6) -> str:
    """Return a number as short text, with six digits or as many as are asked for.

    Examples
    --------
    >>> number(np.float64(0.123456789)), number(3), number(1 + 2j), number(-0.0)
    ('0.123457', '3', '1+2j', '0')
    """
    value = value.item() if isinstance(value, np.ndarray | np.generic) else value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return (
            str(value) if value.bit_length() <= 64 else f"(an integer of {value.bit_length()} bits)"
        )
    return f"{_without_minus_zero(value):.{digits}g}"


def _without_minus_zero(value: float | complex) -> float | complex:
    if isinstance(value, complex):
        return complex(value.real + 0.0, value.imag + 0.0)
    return value + 0.0


def two_numbers(a: object, b: object) -> tuple[str, str]:
    """Return two numbers as text, with as many digits, from six on, as it takes to see that they differ.

    Examples
    --------
    >>> two_numbers(1.0, 2.0), two_numbers(0.123456789, 0.1234567)
    (('1', '2'), ('0.1234568', '0.1234567'))
    """
    for digits in range(6, 17):
        if number(a, digits) != number(b, digits):
            break
    return number(a, digits), number(b, digits)


def as_code(value: object) -> str:
    """Return an input as code that can be pasted, or in pointed brackets what it is where it is long.

    Examples
    --------
    >>> as_code(np.array([0.1, np.inf])), as_code(np.float32([1.5])), as_code([1, "a"])
    ('np.array([0.1, np.inf])', 'np.array([1.5], dtype=np.float32)', "[1, 'a']")
    >>> as_code(np.zeros((30, 2), dtype=np.int16))
    '<array of shape (30, 2), int16>'
    """
    if is_tensor(value):
        dtype = str(value.dtype)
        try:
            items = _items(_tensor_to_array(value))
        except Exception:  # a sparse tensor, and others that NumPy does not have
            items = None
        if items is None:
            return in_brackets(value)
        plain = ("torch.float32", "torch.int64", "torch.bool")
        return (
            f"torch.tensor({items})" if dtype in plain else f"torch.tensor({items}, dtype={dtype})"
        )
    if isinstance(value, np.ndarray) and value.ndim:
        items = _items(value)
        if items is None:
            return in_brackets(value)
        plain = ("float64", "int64", "complex128", "bool")
        return (
            f"np.array({items})"
            if value.dtype in plain
            else f"np.array({items}, dtype=np.{value.dtype})"
        )
    if isinstance(value, np.ndarray | np.generic):
        return _item(value[()])
    return _plain_code(value)


def in_brackets(value: object) -> str:
    """Return in pointed brackets what an input of several values is; empty text for all others.

    Examples
    --------
    >>> in_brackets(np.zeros(3)), in_brackets([1, 2]), in_brackets(5)
    ('<array of shape (3,), float64>', '<list of length 2>', '')
    """
    if is_tensor(value):
        return f"<tensor of shape {tuple(value.shape)}, {str(value.dtype).removeprefix('torch.')}>"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"<array of shape {value.shape}, {value.dtype}>"
    if type(value) in (list, tuple, dict):
        return f"<{type_name(value)} of length {len(value)}>"
    return ""


def _items(array: np.ndarray) -> str | None:
    """Return the numbers of a small array as nested lists, each with as many digits as tell it from its neighbours."""
    if array.size > SHOWN_NUMBERS or array.dtype.kind not in NUMERIC_KINDS:
        return None
    return _item(array[()]) if array.ndim == 0 else f"[{', '.join(map(_items, array))}]"


def _item(item: object) -> str:
    """Return a NumPy scalar as Python writes it: the shortest text that is read as the same number."""
    if isinstance(item, np.complexfloating):
        return (
            str(complex(item))
            if np.isfinite(item)
            else f"complex({_item(item.real)}, {_item(item.imag)})"
        )
    if isinstance(item, np.floating):
        return str(item) if np.isfinite(item) else f"np.{item}".replace("np.-", "-np.")
    return repr(item.item()) if isinstance(item, np.generic) else repr(item)


def _plain_code(value: object) -> str:
    kind = type_name(value)
    if type(value) in (list, tuple, dict):
        if _leaves(value) > SHOWN_NUMBERS:
            return in_brackets(value)
        if isinstance(value, dict):
            return "{" + ", ".join(f"{as_code(k)}: {as_code(v)}" for k, v in value.items()) + "}"
        items = ", ".join(map(as_code, value))
        if isinstance(value, list):
            return f"[{items}]"
        return f"({items},)" if len(value) == 1 else f"({items})"
    if isinstance(value, float) and not math.isfinite(value):
        return f"np.{value}".replace("np.-", "-np.")
    if value is None or isinstance(value, bool | int | float | complex):
        return repr(value)
    if isinstance(value, str):
        return quote(value)
    return f"<{kind}>"


def _leaves(value: object) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_leaves, value))
    if is_tensor(value):
        return int(value.numel())
    return int(value.size) if isinstance(value, np.ndarray) else 1


def decibels(ratio: float) -> str:
    """Return an amplitude ratio as text in dB.

    Examples
    --------
    >>> decibels(0.1), decibels(0.0), decibels(0.9999)
    ('-20.0 dB', '-inf dB', '0.0 dB')
    """
    return f"{one_decimal(20 * np.log10(ratio))} dB" if ratio > 0 else "-inf dB"


def one_decimal(value: float) -> str:
    """Return a number with one decimal; there is no -0.0.

    Examples
    --------
    >>> one_decimal(-0.04), one_decimal(-12.34), one_decimal(np.inf)
    ('0.0', '-12.3', 'inf')
    """
    return f"{round(float(value), 1) + 0.0:.1f}"
