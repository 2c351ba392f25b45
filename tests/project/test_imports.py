"""Importing coursekit is light and changes nothing; old names of moved modules answer."""

import subprocess
import sys
from pathlib import Path

import pytest

import coursekit

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "torch",
    "torchaudio",
    "librosa",
    "matplotlib",
    "transformers",
    "scipy",
    "numpy",
    "soundfile",
    "IPython",
}


def run(code):
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def seconds_to_import(name):
    """The fastest of five fresh interpreters: other work on the machine only ever adds to a time."""
    code = f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
    return min(float(run(code)) for _ in range(5))


def test_import_is_light():
    loaded = set(run("import coursekit, sys; print(*sys.modules)").split())
    assert loaded & HEAVY == set()


def test_import_is_fast():
    # Against numpy alone, without which no chapter starts: so a slow machine gives the same answer.
    assert seconds_to_import("coursekit") < 1.5 * seconds_to_import("numpy")


def test_every_public_name_loads():
    for name in dir(coursekit):
        assert getattr(coursekit, name) is not None


def test_tab_completion_lists_the_modules():
    assert {"dsp", "audio", "synth", "data", "display", "check", "hint", "__version__"} <= set(
        dir(coursekit)
    )


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'dps'"):
        coursekit.dps  # noqa: B018


@pytest.mark.parametrize("old", sorted(coursekit._MOVED))
def test_a_moved_module_answers_to_its_old_name_with_a_warning(old):
    with pytest.warns(
        FutureWarning, match=f"coursekit.{old} is coursekit.{coursekit._MOVED[old]} now"
    ):
        module = getattr(coursekit, old)
    assert module.__name__ == f"coursekit.{coursekit._MOVED[old]}"


def test_an_old_import_warns_where_it_stands(tmp_path):
    learner = tmp_path / "learner.py"
    learner.write_text("from coursekit import percent\nprint(percent.__name__)\n", encoding="utf-8")
    done = subprocess.run([sys.executable, learner], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "coursekit.course.percent"
    assert (
        f"{learner}:1: FutureWarning: coursekit.percent is coursekit.course.percent now"
        in done.stderr
    )


def test_importing_a_module_seeds_starts_and_writes_nothing(tmp_path):
    names = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "coursekit").rglob("*.py")
        if path.name != "__main__.py"
    )
    code = f"""
import importlib, os, sys, threading
sys.modules["rfc3987_syntax"] = None  # jsonschema does without it; its import takes as long as all of torch
os.environ["COURSEKIT_HOME"] = os.environ["COURSEKIT_DATA"] = {str(tmp_path / "home")!r}
import numpy as np
before = np.random.get_state()[1].tolist(), threading.active_count()
for name in {names}:
    importlib.import_module(name)
after = np.random.get_state()[1].tolist(), threading.active_count()
assert before[0] == after[0], "numpy.random"
assert before[1] == after[1], "threads"
"""
    run(code)
    assert not (tmp_path / "home").exists()
