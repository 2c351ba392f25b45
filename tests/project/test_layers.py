"""The floors of the library, read from its folders: a module imports only what stands below it.

    nouns (coursekit/*.py) <- models <- data, pretrained <- controls, recipes
    course: ground <- check <- make, grade <- doors

Nothing here lists the modules of a floor: a file belongs to the floor of its folder, and a file in a folder that has no
floor fails. Nouns stand on each other in any order that has no circle.
"""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "coursekit"

# What each floor may import of the others, besides its own.
MAY_IMPORT = {
    "nouns": set(),
    "models": {"nouns"},
    "data": {"nouns", "models"},
    "pretrained": {"nouns", "models"},
    "controls": {"nouns", "models", "data", "pretrained", "display"},
    "recipes": {"nouns", "models", "data", "pretrained"},
    "display": {"nouns"},
    "course": {"nouns", "models", "data", "pretrained", "display"},
    "exercise": {"course"},
}
# Four files at the root of the package are no nouns: three of them show, one is the learner's door to course/.
OWN_FLOOR = {
    "display": "display",
    "diagrams": "display",
    "exercise": "exercise",
    "features": "nouns",
}
# Inside course/, from the ground up; a file that stands in course/ itself and is not named is a door.
COURSE_RANKS = {"chapters": 0, "percent": 0, "check": 1, "make": 2, "grade": 2}
DOOR = 3

NUMBERS = {"numpy", "scipy", "platformdirs"}
FIELD = {
    "soundfile",
    "soxr",
    "mido",
    "music21",
    "jiwer",
    "mir_eval",
}  # what nouns hand over to the field's libraries
# The packages of others that a floor may use; not listed: any.
PACKAGES = {
    "nouns": NUMBERS | FIELD,
    "models": {"numpy", "torch"},
    "data": NUMBERS | FIELD | {"filelock", "pypi_simple", "requests", "rich"},
    "pretrained": {"numpy", "torch", "safetensors"},
    "recipes": {"numpy", "torch"},
}
# The nouns that torch itself is the subject of; the others start without it.
TEACH_TORCH = {"augment", "ctc", "ctc_decode", "ctc_inputs", "train"}
ALSO = {"train": {"rich"}}  # its progress bar


def name_of(path):
    """The dotted name of a source below coursekit: "dsp", "models.asr", "data" for data/__init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


SOURCES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
FOLDERS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
STARTERS = {
    "__init__",
    "__main__",
    "_torchaudio",
}  # what runs before anything else; their imports: test_imports.py


def floor(name):
    """The floor of a module; KeyError for a folder that has none."""
    top, _, rest = name.partition(".")
    if top in OWN_FLOOR:
        return OWN_FLOOR[top]
    folder = top if rest or top in FOLDERS else "nouns"
    if folder not in MAY_IMPORT:
        raise KeyError(f"coursekit/{folder} has no floor: say in MAY_IMPORT what it may import")
    return folder


def rank(name):
    """The place of a module of course/ between its ground and its doors."""
    return COURSE_RANKS.get(name.split(".")[1], DOOR) if "." in name else 0


def imports(tree, package):
    """The dotted names that a module imports, those imported inside its functions among them.

    `package` is the package that it stands in, as a list: what "from . import" means depends on that.
    """
    found = []
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = (
                package[: len(package) + 1 - node.level] if node.level else []
            )  # from . import dsp, from .dsp ...
            source = ".".join(filter(None, [*above, node.module]))
            found += [f"{source}.{alias.name}" for alias in node.names]
        elif (
            isinstance(node, ast.Name) and node.id == "__import__"
        ):  # a name that no reader of the source sees
            found.append("importlib.__import__")
        elif isinstance(node, ast.Attribute) and node.attr in ("import_module", "__import__"):
            found.append(f"importlib.{node.attr}")
        waiting += ast.iter_child_nodes(node)
    return found


def package_of(name):
    """The package that a module stands in; a package stands in itself."""
    is_package = name in SOURCES and SOURCES[name].name == "__init__.py"
    return ["coursekit", *name.split(".")][: None if is_package else -1]


def module_of(dotted):
    """The module of coursekit that a dotted name lies in: coursekit.models.asr.X lies in models.asr."""
    parts = dotted.split(".")[1:]
    while parts and ".".join(parts) not in SOURCES:
        parts.pop()
    return ".".join(parts)


def modules_of(names):
    """The modules of coursekit among dotted names."""
    return {module_of(name) for name in names if name.startswith("coursekit.")} - {""}


def packages_of(names):
    """The packages of others among dotted names."""
    tops = {name.split(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"coursekit"}


def parse(name):
    return ast.parse(SOURCES[name].read_text(encoding="utf-8"), filename=str(SOURCES[name]))


def imports_of(name):
    return imports(parse(name), package_of(name))


def broken_floor(name, names):
    """What a module imports and may not, as a list of sentences."""
    own = floor(name)
    wrong = []
    if "coursekit" in names:
        wrong.append("imports coursekit as a whole; name the module")
    for other in sorted(modules_of(names) - STARTERS):
        if floor(other) == own == "course":
            if rank(other) > rank(name):
                wrong.append(f"imports {other}, which is not below it")
        elif floor(other) != own and floor(other) not in MAY_IMPORT[own]:
            wrong.append(f"imports {other}, which is not below it")
    if (
        own != "course"
    ):  # it loads what its reader names: question files, and modules for a check of set-up
        hidden = sorted({"importlib.import_module", "importlib.__import__"} & set(names))
        wrong += [f"calls {call}: write an import that can be read here" for call in hidden]
    if own in PACKAGES:
        allowed = (
            PACKAGES[own] | ALSO.get(name, set()) | ({"torch"} if name in TEACH_TORCH else set())
        )
        wrong += [f"imports {package}" for package in sorted(packages_of(names) - allowed)]
    return wrong


def circle(edges):
    """A circle among modules as a list of names, or None."""
    done = set()

    def walk(name, trail):
        if name in trail:
            return trail[trail.index(name) :] + [name]
        if name in done:
            return None
        for other in sorted(edges.get(name, ())):
            found = walk(other, trail + [name])
            if found:
                return found
        done.add(name)
        return None

    return next((found for name in sorted(edges) if (found := walk(name, []))), None)


@pytest.mark.parametrize("name", sorted(set(SOURCES) - STARTERS))
def test_a_module_imports_only_what_stands_below_it(name):
    assert broken_floor(name, imports_of(name)) == []


def test_every_folder_has_a_floor():
    assert FOLDERS - set(MAY_IMPORT) == set()


def test_the_exceptions_name_real_modules():
    assert (TEACH_TORCH | set(ALSO) | set(OWN_FLOOR) | STARTERS) - set(SOURCES) == set()


def test_nobody_but_the_door_imports_the_course():
    outside = [name for name in set(SOURCES) - STARTERS if floor(name) != "course"]
    users = {
        name
        for name in outside
        if any(floor(m) == "course" for m in modules_of(imports_of(name)) - STARTERS)
    }
    assert users == {"exercise"}


def test_no_circles():
    edges = {name: modules_of(imports_of(name)) & set(SOURCES) - {name} for name in SOURCES}
    assert circle(edges) is None


HIDDEN = "calls importlib.{}: write an import that can be read here"


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("dsp", "def f():\n    import torch", "imports torch"),
        ("dsp", "import matplotlib.pyplot as plt", "imports matplotlib"),
        ("dsp", "from coursekit import display", "imports display, which is not below it"),
        (
            "dsp",
            "def f():\n    from .models import asr",
            "imports models.asr, which is not below it",
        ),
        (
            "dsp",
            "from coursekit.data.fetch import sha256",
            "imports data.fetch, which is not below it",
        ),
        ("dsp", "from coursekit import controls", "imports controls, which is not below it"),
        (
            "hmm",
            "from coursekit.controls.hmm import lattice",
            "imports controls.hmm, which is not below it",
        ),
        (
            "ctc",
            "from coursekit.models.asr import BLSTMRecognizer",
            "imports models.asr, which is not below it",
        ),
        ("models.asr", "from .. import display", "imports display, which is not below it"),
        ("models.asr", "from ..data import load", "imports data, which is not below it"),
        ("models.asr", "import requests", "imports requests"),
        ("data", "from coursekit import pretrained", "imports pretrained, which is not below it"),
        ("data", "from coursekit.exercise import check", "imports exercise, which is not below it"),
        (
            "controls.hmm",
            "from coursekit.recipes import mixing",
            "imports recipes.mixing, which is not below it",
        ),
        (
            "controls.hmm",
            "from coursekit.course import lab",
            "imports course.lab, which is not below it",
        ),
        (
            "course.check.marking",
            "from coursekit.course.make import build",
            "imports course.make.build, which is not",
        ),
        (
            "course.make.build",
            "from coursekit.course import cli",
            "imports course.cli, which is not below it",
        ),
        (
            "course.percent",
            "from coursekit.course.check import values",
            "imports course.check.values, which is not",
        ),
        (
            "units",
            "if True:\n    import coursekit",
            "imports coursekit as a whole; name the module",
        ),
        (
            "dsp",
            "import importlib\nimportlib.import_module('torch')",
            HIDDEN.format("import_module"),
        ),
        (
            "dsp",
            "from importlib import import_module\nimport_module('torch')",
            HIDDEN.format("import_module"),
        ),
        ("dsp", "def f():\n    return __import__('torch')", HIDDEN.format("__import__")),
    ],
)
def test_the_test_sees_a_broken_floor(name, source, complaint):
    (found,) = broken_floor(name, imports(ast.parse(source), package_of(name)))
    assert found.startswith(complaint)


def test_the_test_sees_a_folder_without_a_floor():
    with pytest.raises(KeyError, match="coursekit/misc has no floor"):
        floor("misc.things")


def test_the_test_sees_a_circle():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None
