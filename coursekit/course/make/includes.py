"""Takes one function, class or constant out of the library as text, with the imports that it needs.

Everything is read from the source files; nothing is imported, so a notebook can show code that needs torch on
a machine that has none.
"""

import ast
import builtins
import symtable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Import(NamedTuple):
    """One name that one import statement brings in."""

    module: str  # "numpy", "coursekit.dsp"
    name: str = ""  # what is taken from the module; "" for the module itself
    alias: str = ""  # what stands after "as"

    @property
    def key(self) -> str:
        """What the statement adds to a namespace: "np", "frame", "scipy.signal"."""
        return self.alias or self.name or self.module

    @property
    def statement(self) -> str:
        """The import as one line.

        >>> Import("numpy", alias="np").statement
        'import numpy as np'
        >>> Import("coursekit.dsp", "frame").statement
        'from coursekit.dsp import frame'
        """
        rename = f" as {self.alias}" if self.alias else ""
        if self.name:
            return f"from {self.module} import {self.name}{rename}"
        return f"import {self.module}{rename}"


@dataclass(frozen=True)
class Piece:
    """A named piece of the library: where it stands, its text, and what it needs from outside itself."""

    module: str
    name: str
    source: str
    needs: tuple[Import, ...]


def find(root, dotted: str) -> Piece:
    """The piece called ``coursekit.module.name`` in the package below root.

    The text is the library's own, but for two things: each docstring ends after its first paragraph, and the
    decorator that checks arguments (`coursekit.arguments.checks`) is left out.
    Raises LookupError when there is no such module or name, ValueError when the piece cannot stand alone.
    """
    module, path = _module_file(Path(root), dotted)
    name = dotted.removeprefix(module + ".")
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    nodes = [node for node in tree.body if name in _bound_names(node)]
    if not nodes or isinstance(nodes[-1], ast.Import | ast.ImportFrom):
        known = sorted(
            n
            for node in tree.body
            if not isinstance(node, ast.Import | ast.ImportFrom)
            for n in _bound_names(node)
        )
        raise LookupError(f"{module} defines no {name}; it defines {', '.join(known) or 'nothing'}")
    source = _node_text(text, nodes[-1])
    for node in ast.walk(nodes[-1]):
        if isinstance(node, ast.ImportFrom) and node.level:
            raise ValueError(
                f"{dotted} has a relative import inside, which fails in a notebook; name the package"
            )
    return Piece(module, name, source, _needs(tree, module, source, dotted))


def global_names(source: str) -> set[str]:
    """The names that a piece of code looks up outside itself, builtins left out.

    >>> sorted(global_names("def f(x, frame):\\n    return np.abs(g(x)) + len(frame)"))
    ['g', 'np']
    """
    top = symtable.symtable(source, "<piece>", "exec")
    own = {
        symbol.get_name()
        for symbol in top.get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    }

    def looked_up(table):
        found = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
        return found.union(*(looked_up(child) for child in table.get_children()))

    return looked_up(top) - own - set(dir(builtins)) - {"__name__", "__file__"}


def bound(source: str) -> dict[str, str]:
    """What the code binds at its top level: each name with its import statement, "def" or "=".

    >>> bound("import numpy as np\\ny = np.ones(3)\\ndef f(): pass")
    {'np': 'import numpy as np', 'y': '=', 'f': 'def'}
    """
    tree = ast.parse(source)
    names = {}
    top = symtable.symtable(source, "<cell>", "exec")
    assigned = [s.get_name() for s in top.get_symbols() if s.is_assigned()]
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update({item.key: item.statement for item in _imports(node, "")})
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[node.name] = "def"
        else:
            inside = {
                n.id
                for n in ast.walk(node)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            names.update({name: "=" for name in assigned if name in inside})
    return names


def import_lines(imports) -> str:
    """The text of an import cell: modules first, then "from" lines, the course's own last.

    >>> print(import_lines([Import("coursekit.dsp", "stft"), Import("numpy"), Import("coursekit.dsp", "fft")]))
    import numpy
    from coursekit.dsp import fft, stft
    """
    groups = {}
    for item in imports:
        head, _, tail = (
            item.statement.rpartition(" import ") if item.name else (item.statement, "", "")
        )
        groups.setdefault(head, set()).add(tail)
    order = sorted(groups, key=lambda head: (" coursekit" in head, head.startswith("from"), head))
    return "\n".join(
        head + (f" import {', '.join(sorted(groups[head]))}" if groups[head] != {""} else "")
        for head in order
    )


def _module_file(root: Path, dotted: str) -> tuple[str, Path]:
    module, _, name = dotted.rpartition(".")
    base = root.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if module and name.isidentifier() and path.is_file():
            return module, path
    raise LookupError(
        f"no module {module or dotted}; write the full name, as in coursekit.dsp.stft"
    )


def _bound_names(node) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [
            n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)
        ]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [item.asname or item.name.partition(".")[0] for item in node.names]
    return []


def _imports(node, module: str) -> list[Import]:
    """The names of one import statement, relative ones made absolute as seen from module."""
    if isinstance(node, ast.Import):
        return [Import(item.name, alias=item.asname or "") for item in node.names]
    package = ".".join(module.split(".")[: -node.level]) if node.level else ""
    origin = ".".join(filter(None, (package, node.module)))
    return [Import(origin, item.name, item.asname or "") for item in node.names]


def _needs(tree, module: str, source: str, dotted: str) -> tuple[Import, ...]:
    sources = {}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for item, name in zip(_imports(node, module), _bound_names(node), strict=True):
                sources.setdefault(name, []).append(item)
        else:
            sources.update({name: [Import(module, name)] for name in _bound_names(node)})
    wanted = global_names(source)
    missing = sorted(wanted - set(sources))
    if missing:
        raise ValueError(
            f"{dotted} uses {', '.join(missing)}, which {module} does not bind at its top level"
        )
    # `import scipy.fft` and `import scipy.signal` both bind "scipy": take those that the piece names
    return tuple(
        item
        for name in sorted(wanted)
        for item in sources[name]
        if item.key == name or item.key in source
    )


def _node_text(text: str, node) -> str:
    """The node's lines, decorators with them but for checks, each docstring cut after its first paragraph."""
    lines = text.splitlines()
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
    kept = lines[first : node.end_lineno]
    holders = [
        n
        for n in ast.walk(node)
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    changes = {doc: _first_paragraph for n in holders if (doc := _docstring(n))}
    changes |= {d: lambda _: [] for n in holders for d in n.decorator_list if is_check(d)}
    for part in sorted(changes, key=lambda part: -part.lineno):  # so that line numbers stay true
        start, end = part.lineno - 1 - first, part.end_lineno - first
        kept[start:end] = changes[part](kept[start:end])
    return "\n".join(kept)


def is_check(decorator) -> bool:
    """Whether a decorator, as syntax, is `coursekit.arguments.checks`.

    >>> is_check(ast.parse("arguments.checks(y=arguments.signal)", mode="eval").body)
    True
    """
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func) in (
        "checks",
        "arguments.checks",
    )


def _docstring(node):
    return node.body[0] if ast.get_docstring(node) is not None else None


def _first_paragraph(docstring: list[str]) -> list[str]:
    for i, line in enumerate(docstring):
        if (
            i > 1
            and not line.strip()
            or i == 1
            and not line.strip()
            and docstring[0].strip(" rRuU\"'")
        ):
            quotes = docstring[-1].rstrip()[-3:]
            return [*docstring[: i - 1], docstring[i - 1].rstrip() + quotes]
    return docstring
