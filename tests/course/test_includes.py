"""Every piece of the library that a chapter shows: it is the library's own code, and it runs alone."""

import ast
import builtins
import dis
import inspect
import types
from pathlib import Path

import pytest
from made_course import make

from coursekit.course import percent
from coursekit.course.make import includes
from coursekit.course.make.includes import Import

ROOT = Path(__file__).resolve().parents[2]
SHOWN = sorted(
    {
        name.strip()
        for source in ROOT.glob("chapters/*/*.py")
        if source.name != "questions.py"
        for cell in percent.cells(source)
        if cell.directive == "include"
        for name in cell.argument.split(",")
    }
)


def bare(source):
    """The code as its syntax tree, without docstrings and without the decorator that checks arguments."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.decorator_list = [d for d in node.decorator_list if not includes.is_check(d)]
            if ast.get_docstring(node):
                node.body[0] = ast.Pass()
    return ast.dump(tree)


def codes(code):
    """A code object and those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def unresolved(function, namespace):
    """The global names that a function looks up and that nobody has defined."""
    found = {
        instruction.argval
        for code in codes(function.__code__)
        for instruction in dis.get_instructions(code)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    return found - set(namespace) - set(dir(builtins)) - {"__module__", "__qualname__"}


@pytest.mark.parametrize("name", SHOWN)
def test_a_shown_piece_is_the_librarys_and_runs_alone(name):
    piece = includes.find(ROOT, name)
    namespace = {"__name__": "__main__"}  # as in a notebook
    exec(includes.import_lines(piece.needs), namespace)
    imported = set(namespace)
    exec(compile(piece.source, name, "exec"), namespace)
    assert set(namespace) - imported == {piece.name}

    library = getattr(__import__(piece.module, fromlist=[piece.name]), piece.name)
    shown = namespace[piece.name]
    if not callable(library):  # a constant
        assert repr(shown) == repr(library)
        return
    assert bare(piece.source) == bare(inspect.getsource(library))
    library = inspect.unwrap(library)
    functions = (
        [shown]
        if inspect.isfunction(shown)
        else [
            v
            for v in vars(shown).values()
            if inspect.isfunction(v) and v.__code__.co_filename == name  # its own
        ]
    )
    for function in functions:
        assert unresolved(function, namespace) == set()
    if inspect.isfunction(shown):
        for used in unresolved(
            library, {}
        ):  # each name means in the notebook what it means in the library
            theirs = library.__globals__[used]
            assert used == piece.name or namespace[used] is theirs


@pytest.mark.parametrize("name", SHOWN)
def test_a_shown_piece_can_be_taken_in_at_a_glance(name):
    piece = includes.find(ROOT, name)
    doc = (
        ast.get_docstring(ast.parse(piece.source).body[0])
        if callable_source(piece.source)
        else "a constant"
    )
    assert doc, f"{name} has no docstring"
    assert "\n\n" not in doc  # its first paragraph only
    assert max(len(line) for line in piece.source.splitlines()) <= 100  # as in test_build


def callable_source(source):
    return isinstance(ast.parse(source).body[0], ast.FunctionDef | ast.ClassDef)


# --- the parts, on a made package ---------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path):
    return make(tmp_path)


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("rms", "import numpy as np"),  # not frame: inside it is a local name
        ("level", "import math\nfrom toykit.signals import FULL_SCALE, rms"),
        ("Meter", "from dataclasses import dataclass\nfrom toykit.signals import level"),
        ("frame", "import scipy.fft"),  # not scipy.signal, which the module imports too
        (
            "spectrum",
            "from toykit import scale\nfrom toykit.scale import to_db as decibels\nfrom toykit.signals import frame",
        ),
        ("FULL_SCALE", ""),
    ],
)  # fmt: skip
def test_what_a_piece_needs(root, name, needs):
    assert includes.import_lines(includes.find(root, f"toykit.signals.{name}").needs) == needs


def test_a_piece_is_the_text_of_the_library(root):
    library = (root / "toykit/signals.py").read_text(encoding="utf-8")
    piece = includes.find(root, "toykit.signals.frame")
    assert piece.source == "def frame(y):\n    return scipy.fft.fft(y)"
    assert piece.source in library
    assert includes.find(root, "toykit.signals.FULL_SCALE").source == "FULL_SCALE = 1.0"
    assert includes.find(root, "toykit.signals.Meter").source.startswith(
        "@dataclass\nclass Meter:\n"
    )


@pytest.mark.parametrize(
    ("docstring", "shown"),
    [
        ('"""One line."""', '"""One line."""'),
        ('"""One line.\n\n    More.\n    """', '"""One line."""'),
        ('r"""One line, \\alpha.\n\n    More."""', 'r"""One line, \\alpha."""'),
        ('"""Two\n    lines.\n\n    More.\n    """', '"""Two\n    lines."""'),
        ('"""\n    Begins below.\n\n    More.\n    """', '"""\n    Begins below."""'),
        ("'''Other quotes.\n\n    More.\n    '''", "'''Other quotes.'''"),
        ('"""Two\n    lines.\n    """', '"""Two\n    lines.\n    """'),
    ],
)
def test_a_docstring_is_cut_after_its_first_paragraph(root, docstring, shown):
    code = "def f():\n    {}\n    return '''\n\n    kept'''  # é"
    (root / "toykit/more.py").write_text(code.format(docstring), encoding="utf-8")
    assert includes.find(root, "toykit.more.f").source == code.format(shown)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(x, y=DEFAULT):\n    return g(x)", {"DEFAULT", "g"}),
        ("def f(x: np.ndarray) -> Path:\n    pass", {"np", "Path"}),
        ("def f(g):\n    return g(1)", set()),
        ("def f():\n    def g(x):\n        return x + h\n    return g", {"h"}),
        ("def f():\n    h = 1\n    def g(x):\n        return x + h\n    return g", set()),
        ("def f(n):\n    return f(n - 1)", set()),
        ("@wrap\nclass C(Base):\n    x = A\n    def m(self):\n        return B(self.x)", {"wrap", "Base", "A", "B"}),
        ("def f(xs):\n    return [g(x) for x in xs if len(x)]", {"g"}),
        ("def f():\n    import numpy as np\n    return np.pi", set()),
        ("X = 2 * Y", {"Y"}),
    ],
)  # fmt: skip
def test_global_names(source, names):
    assert includes.global_names(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import numpy as np, scipy.fft", {"np": "import numpy as np", "scipy.fft": "import scipy.fft"}),
        ("from lib import dsp, audio as a", {"dsp": "from lib import dsp", "a": "from lib import audio as a"}),
        ("x, (y, z) = 1, (2, 3)", {"x": "=", "y": "=", "z": "="}),
        ("for i in range(3):\n    w = i", {"i": "=", "w": "="}),
        ("with open('x') as f:\n    pass", {"f": "="}),
        ("[v for v in range(3)]", {}),
        ("print(u := 3)", {"u": "="}),
        ("def f(x):\n    y = x", {"f": "def"}),
        ("class C:\n    x = 1", {"C": "def"}),
    ],
)  # fmt: skip
def test_bound_names(source, names):
    assert includes.bound(source) == names


def test_imports_of_one_module_are_one_line():
    imports = [
        Import("toykit", "b"),
        Import("numpy", alias="np"),
        Import("toykit", "a", "c"),
        Import("math"),
    ]
    assert (
        includes.import_lines(imports)
        == "import math\nimport numpy as np\nfrom toykit import a as c, b"
    )
