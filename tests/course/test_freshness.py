"""What outputs come from: the right things, all of them and no others; and whose turn it is to be executed."""

import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from coursekit.course import chapters
from coursekit.course.make import build, freshness
from coursekit.course.make.freshness import Tree, fingerprint, imported

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = chapters.Chapter("02", "spectra", "Spectra", "Part I", "", "ready")
FILES = {
    "constraints.txt": "numpy==2.4.1\nmir_eval==0.8.2\nscikit-learn==1.7\nunused==1.0\n",
    "chapters/02_spectra/chapter.py": "# %% [markdown] card\n# {minutes}\n# data: voices\n",
    "chapters/02_spectra/questions.py": "from coursekit import metrics\n",
    "coursekit/__init__.py": '_SHORTCUTS = {"claim": "course.check.claims"}\n',
    "coursekit/dsp.py": '"""Spectra."""\n\nimport numpy\n\n\ndef stft(y):\n    return y\n',
    "coursekit/mel.py": "from .dsp import stft\n",
    "coursekit/hmm.py": "def fit():\n    from coursekit import dtw\n",
    "coursekit/dtw.py": "",
    "coursekit/metrics.py": "import mir_eval\n",
    "coursekit/models/__init__.py": "",
    "coursekit/models/asr.py": "from ..mel import log_mel\n",
    "coursekit/data/__init__.py": "",
    "coursekit/data/cards/voices.toml": "licence = 'CC0'\n",
    "coursekit/data/cards/horns.toml": "licence = 'CC0'\n",
    "coursekit/pretrained/weights/models.toml": "[small]\nsha256 = 'ab'\n\n[large]\nsha256 = 'cd'\n",
    "coursekit/course/__init__.py": "",
    "coursekit/course/check/__init__.py": "",
    "coursekit/course/check/claims.py": "",
}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def needs(root, code, *, folder="notebooks", changed=None):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    path = Path(folder, "02_spectra.ipynb")
    return freshness.needs(Tree(root, changed), CHAPTER, path, notebook)


ALWAYS = {"its code", "data voices"}
CK = {"coursekit/__init__.py"}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = 1", set()),
        ("%matplotlib inline\nx = 1", set()),
        ("import numpy as np", {"numpy"}),
        ("import coursekit as ck", CK),
        ("import coursekit as ck\nck.dsp.stft(y)", CK | {"coursekit/dsp.py", "numpy"}),
        ("from coursekit import dsp", CK | {"coursekit/dsp.py", "numpy"}),
        ("from coursekit.dsp import stft", CK | {"coursekit/dsp.py", "numpy"}),
        ("from coursekit import mel", CK | {"coursekit/mel.py", "coursekit/dsp.py", "numpy"}),
        (
            "from coursekit import hmm",
            CK | {"coursekit/hmm.py", "coursekit/dtw.py"},
        ),  # inside a function
        (
            "from coursekit import models\nmodels.asr.Net()",
            CK
            | {"coursekit/models/__init__.py", "coursekit/models/asr.py"}
            | {"coursekit/mel.py", "coursekit/dsp.py", "numpy"},
        ),
        ("import sklearn.cluster", {"scikit-learn"}),  # the distribution has another name
        ("import os, json", set()),
        ("data.load('horns')", {"data horns"}),
        ("pretrained.load('small')", {"model small"}),
        (
            "import coursekit as ck\nck.claim('x', 1, below=2)",
            CK
            | {f"coursekit/course/{f}.py" for f in ("__init__", "check/__init__", "check/claims")},
        ),
    ],
)
def test_what_a_notebook_needs(root, code, names):
    assert set(needs(root, code)) == ALWAYS | names


def test_solutions_need_the_questions_and_what_those_reach(root):
    assert set(needs(root, "x = 1", folder="solutions")) == ALWAYS | CK | {
        "chapters/02_spectra/questions.py",
        "coursekit/metrics.py",
        "mir-eval",
    }


@pytest.mark.parametrize(
    ("file", "new", "changes"),
    [
        ("coursekit/dsp.py", "import numpy\ndef stft(y):\n    return 2 * y\n", ["coursekit/dsp.py"]),
        ("coursekit/dsp.py", FILES["coursekit/dsp.py"] + "# a comment\n", []),
        ("coursekit/dsp.py", FILES["coursekit/dsp.py"].replace("Spectra.", "Better words."), []),
        ("coursekit/hmm.py", "", []),  # not reached
        ("coursekit/data/cards/voices.toml", "licence = 'MIT'\n", ["data voices"]),
        ("coursekit/data/cards/horns.toml", "licence = 'MIT'\n", []),
        ("constraints.txt", "numpy==2.4.2\nunused==9\n", ["numpy 2.4.1 -> 2.4.2"]),
        (freshness.MODELS, "[small]\nsha256 = 'ee'\n[large]\nsha256 = 'cd'\n", ["model small"]),
        (freshness.MODELS, "[small]\nsha256 = 'ab'\n[large]\nsha256 = 'ee'\n", []),
    ],
)  # fmt: skip
def test_what_a_change_makes_stale(root, file, new, changes):
    code = "from coursekit import mel\npretrained.load('small')"
    before, after = needs(root, code), needs(root, code, changed={file: new})
    assert freshness.changes(after, before) == changes


def test_new_text_around_the_code_makes_nothing_stale(root):
    assert needs(root, "x = 1  # one\n") == needs(root, "# why\nx = 1\n")
    assert needs(root, "x = 1") != needs(root, "x = 2")


def test_the_record_says_what_has_changed_and_keeps_the_other_notebooks(root, monkeypatch):
    one, other = Path("notebooks/02_spectra.ipynb"), Path("solutions/02_spectra.ipynb")
    place = root / CHAPTER.folder / freshness.RECORD
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import numpy")])
    built = {path: SimpleNamespace(notebook=notebook) for path in (one, other)}
    built[Path("exercises/02_spectra.ipynb")] = SimpleNamespace(notebook=notebook)
    assert freshness.stale(root, built, [CHAPTER]) == {one: [], other: []}  # never executed
    for path in (one, other):
        found = {path: freshness.needs(Tree(root), CHAPTER, path, notebook)}
        place.write_text(freshness.record(root, CHAPTER, found), encoding="utf-8")
    assert set(json.loads(place.read_text(encoding="utf-8"))) == {one.as_posix(), other.as_posix()}
    assert freshness.stale(root, built, [CHAPTER]) == {}
    changed = {"coursekit/metrics.py": "import mir_eval, numpy\n"}
    assert freshness.stale(root, built, [CHAPTER], changed=changed) == {
        other: ["coursekit/metrics.py"]
    }


# --- the real course ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course():
    every_chapter = chapters.load(ROOT)
    built = build.assembled(ROOT, every_chapter, every_chapter)
    executed = {path: new for path, new in built.items() if path.parts[0] != "exercises"}
    tree = Tree(ROOT)

    def all_needs(tree):
        return {
            path: freshness.needs(tree, chapters.find(every_chapter, path.name), path, new.notebook)
            for path, new in executed.items()
        }

    return all_needs, all_needs(tree)


def touched(course, file):
    """The notebooks and solutions that a change in a file of the library makes stale, whatever is stale already."""
    all_needs, before = course
    text = (ROOT / file).read_text(encoding="utf-8") + "\nSOMETHING = 1\n"
    after = all_needs(Tree(ROOT, {file: text}))
    return {path.as_posix() for path in before if before[path] != after[path]}


def test_a_change_in_dsp_makes_exactly_those_stale_that_reach_it(course):
    # By hand: display and audio stand on dsp, and every page shows or plays something.
    _, every = course
    assert touched(course, "coursekit/dsp.py") == {path.as_posix() for path in every}


@pytest.mark.parametrize(
    ("file", "numbers"),
    [
        ("coursekit/dtw.py", {"notebooks/06_hmm", "solutions/06_hmm"}),
        (
            "coursekit/rhythm.py",
            {"notebooks/05_rhythm_and_harmony", "solutions/05_rhythm_and_harmony"},
        ),
        ("coursekit/recipes/mixing.py", {"notebooks/09_transformer"}),
        ("coursekit/controls/ctc.py", {"notebooks/07_ctc"}),
        ("coursekit/course/cli.py", set()),
        ("coursekit/course/make/execute.py", set()),
    ],
)
def test_a_change_makes_those_stale_that_reach_it(course, file, numbers):
    assert touched(course, file) == {f"{number}.ipynb" for number in numbers}


def test_the_start_page_and_the_solutions_reach_the_engine_and_the_chapters_do_not(course):
    found = touched(course, "coursekit/course/check/notebook_check.py")
    assert {path for path in found if path.startswith("notebooks")} == {
        "notebooks/00_start_here.ipynb"
    }
    solutions = {f"solutions/{path.name}" for path in ROOT.glob("solutions/*.ipynb")}
    assert {path for path in found if path.startswith("solutions")} == solutions


# --- whose turn it is -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runner():
    spec = importlib.util.spec_from_file_location("run_notebooks", ROOT / "tools/run_notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_thirds_are_everything_once_and_alike(runner, monkeypatch):
    paths = ["2.5", "2.4", "2.2", "1.7", "1.6", "0.5", "0.5 too", "0.4", "0.2"]
    monkeypatch.setattr(runner, "minutes", lambda path: float(path[:3]))
    thirds = {frozenset(runner.turns(paths, f"commit {i}")) for i in range(50)}
    lengths = [sum(runner.minutes(path) for path in third) for third in thirds]
    assert len(thirds) == 3 and max(lengths) - min(lengths) < 0.3  # 12 minutes in all
    assert frozenset.union(*thirds) == set(paths)
    assert runner.turns(paths, "commit 1") == runner.turns(paths, "commit 1")
    assert runner.turns(paths, "") == set(paths)  # no commit: nothing can be put off


def test_what_is_due_is_stale_or_has_its_turn(runner, monkeypatch):
    paths = ["notebooks/a.ipynb", "notebooks/b.ipynb", "notebooks/c.ipynb"]
    stale = [build.Change(Path("notebooks/b.ipynb"), "its outputs are older than coursekit/dsp.py")]
    monkeypatch.setattr(runner, "notebooks", lambda: paths)
    monkeypatch.setattr(runner, "turns", lambda paths, commit: {"notebooks/a.ipynb"})
    assert runner.due(stale, "some commit") == {
        "notebooks/a.ipynb": "its turn",
        "notebooks/b.ipynb": "its outputs are older than coursekit/dsp.py",
    }


@pytest.mark.parametrize(
    ("arguments", "drift", "stale", "status", "executed"),
    [
        ([], ["drifted"], [], 1, None),
        (["--all"], ["drifted"], [], 1, None),
        ([], [], ["b"], 0, ["b"]),
        (["--all"], [], ["b"], 1, None),
        (["--all", "-q"], [], [], 0, ["a", "b"]),
        ([], [], [], 0, None),  # nothing is due: pytest without a path would run everything else
    ],
)
def test_a_run_begins_with_a_look_at_the_sources(
    runner, monkeypatch, arguments, drift, stale, status, executed
):
    stale = [build.Change(Path(path), "its outputs are older than numpy 2.4.0") for path in stale]
    ran = []
    monkeypatch.setattr(runner, "notebooks", lambda: ["a", "b"])
    monkeypatch.setattr(runner, "turns", lambda paths, commit: set())
    monkeypatch.setattr(runner.build, "check", lambda root: (drift, stale))
    monkeypatch.setattr(runner.subprocess, "call", lambda line, cwd: ran.append(line) or 0)
    monkeypatch.setattr(runner, "commit", lambda: "some commit")
    assert runner.main(arguments) == status
    assert [line[-len(executed) :] for line in ran] == ([executed] if executed else [])
    assert all("--all" not in line for line in ran)


def test_relative_imports_are_seen_from_their_package():
    assert imported("from .. import dsp\nfrom .asr import Net", "coursekit.models") == {
        "coursekit.dsp",
        "coursekit.models.asr.Net",
    }


def test_a_hash_sign_in_a_string_is_no_comment():
    assert fingerprint("x = '#1'") != fingerprint("x = '#2'")
    assert fingerprint("x = '''\n# one\n'''") != fingerprint("x = '''\n# two\n'''")


def case(name, text="", tag="failure"):
    inside = f'<{tag} message="{text}"/>' if text else "<system-out>printed</system-out>"
    return f'<testcase classname="notebooks.{name}.ipynb" name="Cell 1">{inside}</testcase>'


@pytest.mark.parametrize(
    ("cases", "again"),
    [
        ([case("05_a"), case("05_a", "Cell 5: Timeout of 240 seconds exceeded")], ["05_a"]),
        ([case("05_a", "Kernel dead on test start"), case("03_b", "xfail", "skipped")], ["05_a"]),
        ([case("05_a", "Timeout of 240 seconds"), case("03_b", "AssertionError: 1 check")], []),
        ([case("05_a", "Cell execution caused an exception")], []),
    ],
)
def test_only_notebooks_whose_kernel_fell_silent_are_tried_again(runner, tmp_path, cases, again):
    """And none of them where a cell of any notebook failed by itself."""
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    paths = ["notebooks/03_b.ipynb", "notebooks/05_a.ipynb"]
    assert runner.stuck(report, paths) == [f"notebooks/{name}.ipynb" for name in again]
