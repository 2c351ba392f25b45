"""The library's layers, read from its source: a module imports only from layers below its own."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "coursekit"

# From the ground up. A module that is not listed is a leaf (plots, questions, the build, commands): it may import
# anything, and no layer may import it.
LAYERS = [
    {"paths", "arguments"},
    {"units"},
    {"audio", "synth", "dsp", "emissions"},
    {"metrics", "mel", "chroma", "descriptors", "pitch", "hmm", "dtw", "text", "soundfont"},
    {"features", "harmony", "midi", "lm"},
    {"rhythm", "score_harmony", "digits"},
    {"fetch", "stand_ins"},
    {"data"},
    {"ctc_inputs", "augment", "models.inputs"},
    {"ctc_decode", "models.attention"},
    {"ctc", "models.transformer", "models.conformer"},
    {"models.search", "models.asr"},
    {"models.encoder_decoder"},
    {"train"},
    {"pretrained"},
]
# The packages of others that a layer may use, besides the standard library.
PACKAGES = [
    {"numpy", "platformdirs"},
    {"numpy"},
    {"numpy", "scipy", "soundfile", "soxr"},
    {"numpy", "scipy", "soundfile", "soxr", "librosa", "jiwer", "mir_eval", "hmmlearn", "mido"},
    {"numpy", "music21", "mido"},
    {"numpy", "scipy", "music21"},
    {"numpy", "pypi_simple", "requests", "rich"},
    {"numpy", "filelock"},
    {"numpy", "torch"},
    {"numpy", "torch"},
    {"numpy", "torch"},
    {"numpy", "torch"},
    {"numpy", "torch"},
    {"numpy", "torch", "rich"},
    {"numpy", "torch", "safetensors"},
]
FOLDERS = {"models", "recipes"}  # packages inside the package: a module of theirs goes by both names
LAYER_OF = {name: number for number, layer in enumerate(LAYERS) for name in layer}
SOURCES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("models/*.py"), *PACKAGE.glob("recipes/*.py")])
    if not path.stem.startswith("_")
}  # __init__, __main__ and _torchaudio import nothing of the course at import time: test_imports.py


def imports(tree, name=""):
    """The dotted names that a module imports, those imported inside its functions among them.

    `name` is the module's own: what "from . import" means depends on the package that it stands in.
    """
    package = ["coursekit", *name.split(".")[:-1]]
    found = []
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []  # from . import dsp, from .dsp ...
            source = ".".join(filter(None, [*above, node.module]))
            found += [f"{source}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Name) and node.id == "__import__":  # a name that no reader of the source sees
            found.append("importlib.__import__")
        elif isinstance(node, ast.Attribute) and node.attr in ("import_module", "__import__"):
            found.append(f"importlib.{node.attr}")
        waiting += ast.iter_child_nodes(node)
    return found


def modules_of(names):
    """The modules of coursekit among dotted names: coursekit.dsp.stft is dsp, coursekit.models.asr.X is models.asr."""
    parts = [name.split(".") for name in names if name.startswith("coursekit.")]
    return {".".join(part[1:3]) if part[1] in FOLDERS else part[1] for part in parts}


def packages_of(names):
    """The packages of others among dotted names."""
    tops = {name.split(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"coursekit"}


def parse(name):
    return ast.parse(SOURCES[name].read_text(encoding="utf-8"), filename=str(SOURCES[name]))


def broken_layer(name, names):
    """What a module of the layers imports and may not, as a list of sentences."""
    layer = LAYER_OF[name]
    wrong = []
    if "coursekit" in names:
        wrong.append("imports coursekit as a whole; name the module")
    for other in sorted(modules_of(names)):
        if LAYER_OF.get(other, len(LAYERS)) >= layer and not other.startswith("_"):
            wrong.append(f"imports {other}, which is not below it")
    hidden = sorted({"importlib.import_module", "importlib.__import__"} & set(names))
    wrong += [f"calls {call}: write an import that can be read here" for call in hidden]
    wrong += [f"imports {package}" for package in sorted(packages_of(names) - PACKAGES[layer])]
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


def test_the_layers_name_real_modules():
    assert set(LAYER_OF) - set(SOURCES) == set()


@pytest.mark.parametrize("name", sorted(LAYER_OF))
def test_layer(name):
    assert broken_layer(name, imports(parse(name), name)) == []


def test_no_circles():
    edges = {name: modules_of(imports(parse(name), name)) & set(SOURCES) - {name} for name in SOURCES}
    assert circle(edges) is None


HIDDEN = "calls importlib.{}: write an import that can be read here"


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("dsp", "def f():\n    import torch", "imports torch"),
        ("dsp", "import matplotlib.pyplot as plt", "imports matplotlib"),
        ("dsp", "from coursekit import display", "imports display, which is not below it"),
        ("dsp", "from coursekit.audio import load", "imports audio, which is not below it"),
        ("dsp", "from . import audio", "imports audio, which is not below it"),
        ("dsp", "from .audio import load", "imports audio, which is not below it"),
        ("dsp", "def f():\n    from .models import asr", "imports models.asr, which is not below it"),
        ("ctc", "from coursekit.models.asr import BLSTMRecognizer", "imports models.asr, which is not below it"),
        ("models.attention", "from . import asr", "imports models.asr, which is not below it"),
        ("models.attention", "from ..train import fit", "imports train, which is not below it"),
        ("models.asr", "from .. import display", "imports display, which is not below it"),
        ("units", "if True:\n    import coursekit", "imports coursekit as a whole; name the module"),
        ("data", "from coursekit.exercise import check", "imports exercise, which is not below it"),
        ("dsp", "import importlib\nimportlib.import_module('torch')", HIDDEN.format("import_module")),
        ("dsp", "from importlib import import_module\nimport_module('torch')", HIDDEN.format("import_module")),
        ("dsp", "def f():\n    return __import__('torch')", HIDDEN.format("__import__")),
    ],
)
def test_the_test_sees_a_broken_layer(name, source, complaint):
    assert broken_layer(name, imports(ast.parse(source), name)) == [complaint]


def test_the_test_sees_a_circle():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None
