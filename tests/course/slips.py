"""Slips of the pen, made by machine: a solution's source with one natural change each.

    for name, tree in slips("def half(x):\\n    return x // 2"):
        ...  # "x // 2 -> -(-x // 2)", "x // 2 -> x // 2 + 1", ...

A slip's name says what stood there and what stands there now; a question that lets one pass declares that name.
"""

import ast
import copy
import textwrap
from collections import Counter
from collections.abc import Iterator

import numpy as np

MINUS_INFINITIES = {"-np.inf", "-math.inf", "-torch.inf", "float('-inf')", "-float('inf')"}
FINITE = (-20.0, -100.0, -1000.0)
SMALL = (1e-10, 1e-3)
EPSILON = 1e-8
OTHER_SIDE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
LOGARITHMS = ("log", "log2", "log10")
WATCHED = "_watched"  # in a slip's source: a call that notes whether its argument is a float
LONGEST = 60  # characters of an expression that a slip's name shows


class Watch:
    """Called with values that pass through; remembers whether one of them was no whole number by type."""

    def __init__(self) -> None:
        self.called = self.saw_float = False

    def __call__(self, value: object) -> object:
        """Return the value itself."""
        self.called = True
        dtype = getattr(value, "dtype", None)
        kind = str(dtype) if dtype is not None else type(value).__name__
        self.saw_float |= kind.startswith(("float", "complex", "torch.float"))
        return value


def slips(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the name of each slip and the whole source with it, as a tree that can be compiled."""
    tree, names = ast.parse(source), Counter()
    parameters = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for place, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.expr | ast.AugAssign | ast.If | ast.comprehension):
            continue
        for new in _replacements(node, parameters):
            name = f"{_shown(node)} -> {_shown(new)}"
            names[name] += 1
            numbered = f"{name} ({names[name]})" if names[name] > 1 else name
            changed = _Exchange(place, new).visited(copy.deepcopy(tree))
            yield numbered, ast.fix_missing_locations(changed)


class _Exchange(ast.NodeTransformer):
    """Puts another node in the place of one; places are counted as `ast.walk` counts them."""

    def __init__(self, place: int, new: ast.AST) -> None:
        self.place, self.new, self.old = place, new, None

    def visited(self, tree: ast.Module) -> ast.Module:
        self.old = list(ast.walk(tree))[self.place]
        return self.visit(tree)

    def visit(self, node: ast.AST) -> ast.AST:
        return copy.deepcopy(self.new) if node is self.old else self.generic_visit(node)


def _shown(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {_shown(node.test)}"
    if isinstance(node, ast.comprehension):
        return " ".join(ast.unparse(node).split())
    bare = _Unwatched().visit(copy.deepcopy(node))
    return textwrap.shorten(ast.unparse(bare), LONGEST, placeholder=" …")


class _Unwatched(ast.NodeTransformer):
    """Takes the watching calls out again, for a name that reads as a learner would write it."""

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802  ast's own name
        self.generic_visit(node)
        watched = isinstance(node.func, ast.Name) and node.func.id == WATCHED
        return node.args[0] if watched else node


def _made(pattern: str, **parts: ast.AST) -> ast.AST:
    """An expression from its text, with the capital letters in it replaced by other expressions."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:  # noqa: N802
            return copy.deepcopy(parts.get(node.id, node))

    return Fill().visit(ast.parse(pattern.replace("watched(", f"{WATCHED}("), mode="eval").body)


def _replacements(node: ast.AST, parameters: set[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.expr) and ast.unparse(node) in MINUS_INFINITIES:
        yield from (_made(repr(value)) for value in FINITE)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _of_comparison(node)
    elif isinstance(node, ast.BinOp):
        yield from _of_operator(node, parameters)
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
        yield from _with(node, value=_of_divisor(node.value, parameters))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if not isinstance(node.operand, ast.Constant):
            yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.If):
        yield from _with(node, test=[ast.Constant(True), ast.Constant(False)])
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield from _with(node, ifs=[[]])
    elif isinstance(node, ast.Subscript):
        yield from _of_subscript(node)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)


def _with(node: ast.AST, **field) -> Iterator[ast.AST]:
    ((name, values),) = field.items()
    for value in values:
        new = copy.copy(node)
        setattr(new, name, value)
        yield new


def _is_number(node: ast.AST, *values: float) -> bool:
    return (
        isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value in values
    )


def _of_comparison(node: ast.Compare) -> Iterator[ast.AST]:
    (op,), (right,) = node.ops, node.comparators
    other = OTHER_SIDE.get(type(op))
    if other:
        yield ast.Compare(node.left, [other()], [right])
    if not _is_number(right, 0):
        return
    signs = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}
    for small in SMALL:
        if isinstance(op, ast.Eq | ast.NotEq):
            sign = "<=" if isinstance(op, ast.Eq) else ">"
            yield _made(f"abs(watched(A)) {sign} {small}", A=node.left)
        elif other:
            yield _made(f"watched(A) {signs[type(op)]} {small}", A=node.left)


def _of_operator(node: ast.BinOp, parameters: set[str]) -> Iterator[ast.AST]:
    left, right, op = node.left, node.right, node.op
    parts = {"A": left, "B": right}
    if isinstance(op, ast.Add | ast.Sub):
        yield _made("A - B" if isinstance(op, ast.Add) else "A + B", **parts)
        if _is_number(right, 1):
            yield left
    elif isinstance(op, ast.Div):
        yield from _with(node, right=_of_divisor(right, parameters))
    elif isinstance(op, ast.FloorDiv):
        for pattern in ("-(-A // B)", "(2 * A + B) // (2 * B)", "A // B + 1", "A // B - 1"):
            yield _made(pattern, **parts)
    elif isinstance(op, ast.BitAnd | ast.BitOr):
        yield from (left, right)
    elif isinstance(op, ast.Mod):
        yield left


def _of_divisor(node: ast.expr, parameters: set[str]) -> Iterator[ast.AST]:
    """An epsilon, where the divisor is computed: nobody adds one to a number that was given."""
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    given = isinstance(node, ast.Name) and node.id in parameters
    if names and not given:
        yield _made(f"watched(A) + {EPSILON}", A=node)


def _one_off(node: ast.expr | None) -> Iterator[ast.expr | None]:
    """A bound of a slice or an index, one up and one down; none at all is one further than -1."""
    if node is None:
        return
    try:
        value = ast.literal_eval(node)
    except ValueError:
        yield from (_made("A + 1", A=node), _made("A - 1", A=node))
        return
    if isinstance(value, int) and not isinstance(value, bool):
        yield None if value == -1 else ast.parse(repr(value + 1), mode="eval").body
        if value != 0:
            yield ast.parse(repr(value - 1), mode="eval").body


def _of_subscript(node: ast.Subscript) -> Iterator[ast.AST]:
    axes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for number, axis in enumerate(axes):
        for new in _other_bounds(axis):
            changed = [*axes[:number], new, *axes[number + 1 :]]
            inner = ast.Tuple(changed, ast.Load()) if len(changed) > 1 else new
            yield ast.Subscript(node.value, inner, node.ctx)


def _other_bounds(axis: ast.expr) -> Iterator[ast.expr]:
    if isinstance(axis, ast.Slice):
        yield from _with(axis, lower=[new for new in _one_off(axis.lower) if new])
        yield from _with(axis, upper=list(_one_off(axis.upper)))
    elif isinstance(axis, ast.Constant | ast.UnaryOp):
        yield from (new for new in _one_off(axis) if new)


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    args = dict(zip("ABC", node.args, strict=False))
    method = isinstance(node.func, ast.Attribute) and name.partition(".")[0] not in (
        *("np", "numpy", "math", "torch", "functional"),
    )
    if method:
        args = dict(zip("ABC", [node.func.value, *node.args], strict=False))
    for pattern in _patterns(name, last, len(args), method):
        yield _made(pattern, **args)
    if name in ("range", "np.arange", "torch.arange"):
        for number, arg in enumerate(node.args[:2]):
            for new in _one_off(arg):
                if new:
                    yield from _with(
                        node, args=[[*node.args[:number], new, *node.args[number + 1 :]]]
                    )
    if last in LOGARITHMS and len(node.args) == 1 and not method:
        yield _made(f"F(watched(A) + {EPSILON})", F=node.func, **args)
    for number, keyword in enumerate(node.keywords):
        if keyword.arg in ("axis", "dim"):
            other = ast.Constant(1 if _is_number(keyword.value, 0) else 0)
            keywords = list(node.keywords)
            keywords[number] = ast.keyword(keyword.arg, other)
            yield from _with(node, keywords=[keywords])


ROUNDINGS = {
    "round": ("int(np.floor(watched(A)))", "int(np.ceil(A))", "F(A) + 1", "F(A) - 1"),
    "int": ("int(np.ceil(watched(A)))", "int(np.round(watched(A)))", "int(A) + 1", "int(A) - 1"),
    "math.floor": ("math.ceil(A)", "round(A)", "math.floor(A) + 1", "math.floor(A) - 1"),
    "math.ceil": ("math.floor(A)", "round(A)", "math.ceil(A) + 1", "math.ceil(A) - 1"),
    "np.floor": ("np.ceil(A)", "np.round(A)", "np.floor(A) + 1", "np.floor(A) - 1"),
    "np.ceil": ("np.floor(A)", "np.round(A)", "np.ceil(A) + 1", "np.ceil(A) - 1"),
    "np.round": ("np.floor(A)", "np.ceil(A)", "np.round(A) + 1", "np.round(A) - 1"),
}
ROUNDINGS["np.rint"] = ROUNDINGS["np.round"]


def _patterns(name: str, last: str, n_args: int, method: bool) -> tuple[str, ...]:
    """The slips of a call to a function with a known name, in terms of its arguments A, B, C."""
    if n_args == 1 and name in ROUNDINGS:
        return tuple(pattern.replace("F(", f"{name}(") for pattern in ROUNDINGS[name])
    if n_args == 1 and last in ("round", "rint") and method:
        return ("np.floor(A)", "np.ceil(A)")
    if n_args == 1 and last in ("abs", "absolute", "fabs"):
        return ("A",)
    if last == "astype" and n_args == 2:
        return ("np.ceil(watched(A)).astype(B)", "np.round(watched(A)).astype(B)")
    if last == "clip" and n_args == 3:
        return ("np.maximum(A, B)", "np.minimum(A, C)")
    if name in ("max", "min", "np.maximum", "np.minimum", "np.fmax", "np.fmin") and n_args == 2:
        return ("A", "B")
    if last == "where" and n_args == 3 and not method:
        return ("B", "C")
    return ()


def zeros_like(value: object) -> object:
    """Zeros in the form of a plain value; empty text for text."""
    if isinstance(value, list):
        return [zeros_like(item) for item in value]
    if isinstance(value, dict):
        return {key: zeros_like(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return type(value)() if isinstance(value, bool | int | float | complex | str) else value
