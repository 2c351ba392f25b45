"""What is installed: the pins are those of this environment, and a built wheel works away from any clone."""

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import coursekit
from coursekit.course import doctor

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RANGES = [
    Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
]
# Where constraints.txt was made. Elsewhere some of its packages are not wanted (overrides only before Python 3.12,
# pexpect not on Windows), and a few come unpinned (pywinpty on Windows, standard-aifc from Python 3.13).
MADE_HERE = sys.platform == "linux" and sys.version_info[:2] == (3, 11)
GRAPHICS = ("nvidia-", "cuda-", "triton")  # come with the torch for graphics cards, at its own pins


def needed():
    """Every package that the course and its tests bring with them here, found by asking the installed ones."""
    found, waiting = set(), list(RANGES)
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        extras = need.extras or {""}
        if name in found or (need.marker and not need.marker.evaluate({"extra": ""})):
            continue
        if name.startswith(GRAPHICS):
            continue
        found.add(name)
        for text in metadata.requires(name) or []:
            inner = Requirement(text)
            if inner.marker is None or any(
                inner.marker.evaluate({"extra": extra}) for extra in extras
            ):
                inner.marker = None
                waiting.append(inner)
    return found - {"setuptools", "pip"}  # pip's own, which `pip freeze` leaves out


def test_pins_are_what_is_installed():
    """Says which pins are behind, or ahead of, the environment that the tests run in."""
    pins = doctor.pins()
    installed = {name: doctor.installed_version(name) for name in pins}
    if not MADE_HERE:
        pins = {name: pin for name, pin in pins.items() if installed[name] is not None}
    assert {
        name: (pin, installed[name]) for name, pin in pins.items() if installed[name] != pin
    } == {}


@pytest.mark.skipif(not MADE_HERE, reason="the pins were made on Linux with Python 3.11")
def test_everything_that_is_needed_is_pinned():
    assert needed() - set(doctor.pins()) == set()


def test_pins_are_in_their_ranges():
    pins = doctor.pins()
    behind = [
        str(need)
        for need in RANGES
        if not need.specifier.contains(pins[canonicalize_name(need.name)])
    ]
    assert behind == []


def test_pins_name_no_build_of_one_machine():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "+" in line.partition("==")[2]] == []
    assert "torch==2.13.0" in lines
    assert "torchaudio==2.11.0" in lines


@pytest.mark.thorough
@pytest.mark.shelf
def test_the_pins_resolve_from_wheels_alone():
    """A learner has no compiler: every package, at its pin, has a wheel. Nothing is installed."""
    line = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    line += ["--only-binary", ":all:", "-c", "constraints.txt", *PROJECT["dependencies"]]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_version_is_said_once():
    assert metadata.version("coursekit") == coursekit.__version__


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    line = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*line, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("coursekit-*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """An environment that holds the wheel, and sees the packages of this one but not the clone.

    A path file lends it this environment's packages; the path file of the editable install there is not read.
    """
    folder = tmp_path_factory.mktemp("an empty environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", str(wheel)], check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([str(python), "-c", code], text=True).strip())
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


ELSEWHERE = """
import contextlib, io, json, runpy, sys
import coursekit as ck
from coursekit.course import doctor
from coursekit.course.check import question_bank

question = question_bank.all_questions()[0]
right = ck.check(question.id, question.oracle)
sys.argv[1:] = ["next"]
with contextlib.redirect_stdout(io.StringIO()) as said:
    try:
        runpy.run_module("coursekit", run_name="__main__")
    except SystemExit as end:
        status = end.code
checked = [question.id, right.status, right.points, right.max_points]
print(json.dumps({"file": ck.__file__, "checked": checked, "torch": doctor.pins()["torch"],
                  "next": said.getvalue(), "status": status}))
"""


@pytest.fixture(scope="module")
def said_elsewhere(elsewhere, tmp_path_factory):
    """What the wheel's parts say in one process of that environment, which imports the library once."""
    folder = tmp_path_factory.mktemp("away from any clone")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["COURSEKIT_HOME"] = str(folder / "home")
    done = subprocess.run(
        [str(elsewhere), "-c", ELSEWHERE],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_wheel_carries_the_course(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    shelf = ROOT / "coursekit" / "data"
    for file in [*shelf.glob("cards/*.toml"), *shelf.glob("*.tsv")]:
        assert file.relative_to(ROOT).as_posix() in names
    course = [
        name.removeprefix("coursekit/_course/")
        for name in names
        if name.startswith("coursekit/_course/")
    ]
    assert {"chapters/chapters.toml", "notebooks/00_start_here.ipynb"} <= set(course)
    for folder in ("notebooks", "exercises"):
        here = [f"{folder}/{path.name}" for path in (ROOT / folder).glob("*.ipynb")]
        assert sorted(here) == sorted(name for name in course if name.startswith(folder + "/"))
    tops = {name.split("/")[0] for name in names}
    assert tops == {"coursekit", f"coursekit-{coursekit.__version__}.dist-info"}


def test_the_wheel_checks_a_question_away_from_any_clone(elsewhere, said_elsewhere):
    assert Path(said_elsewhere["file"]).is_relative_to(elsewhere.parent.parent)
    question, status, points, max_points = said_elsewhere["checked"]
    assert question.startswith("01.")
    assert status == "passed" and points == max_points > 0


def test_the_wheel_knows_the_tested_versions(said_elsewhere):
    assert said_elsewhere["torch"] == "2.13.0"


def test_the_wheel_has_its_command(elsewhere, said_elsewhere):
    assert said_elsewhere["status"] == 0
    assert "01." in said_elsewhere["next"]
    assert (elsewhere.parent / ("coursekit.exe" if os.name == "nt" else "coursekit")).is_file()


# tools/environment.py, which make calls


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """The script as a module, on an empty folder with a space in its name; what it would run is only noted."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "tools" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    root = tmp_path / "a clone"
    root.mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        (root / name).write_text(name)
    monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(module, "VENV", root / ".venv")
    monkeypatch.setattr(module, "install_browser", lambda: None)
    module.ran = []

    def run(line):
        module.ran.append(line)
        if "venv" in line:
            subprocess.run([*line, "--without-pip"], check=True)
            packages = next(module.VENV.rglob("site-packages"))
            (packages / "pip.py").write_text("")  # enough to be found

    monkeypatch.setattr(module, "run", run)
    monkeypatch.chdir(tmp_path)
    return module


def steps(module):
    """What was run since the last look: `venv`, and `course` or `test` for an installation."""
    names = [
        "venv" if "venv" in line else {".": "course", ".[test]": "test"}[line[-1]]
        for line in module.ran
    ]
    module.ran.clear()
    return names


def test_a_second_run_does_nothing(environment):
    environment.main("course")
    assert steps(environment) == ["venv", "course"]
    environment.main("course")
    assert steps(environment) == []


def test_tests_are_installed_beside_the_course(environment):
    environment.main("course")
    environment.main("test")
    assert steps(environment) == ["venv", "course", "test"]
    environment.main("course")
    environment.main("test")
    assert steps(environment) == []


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_are_installed_over(environment, changed):
    environment.main("course")
    steps(environment)
    (environment.ROOT / changed).write_text("other")
    environment.main("course")
    assert steps(environment) == ["course"]


def test_an_installation_that_was_interrupted_is_taken_up_again(environment, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(environment, "pip", lambda *arguments: environment.stop("no connection"))
        with pytest.raises(SystemExit, match="no connection"):
            environment.main("course")
    environment.main("course")
    assert steps(environment) == ["venv", "course"]


def test_a_stamp_that_was_cut_off_is_made_anew(environment):
    environment.main("course")
    steps(environment)
    (environment.VENV / "stamp-course").write_text("")
    environment.main("course")
    assert steps(environment) == ["venv", "course"]
    environment.main("course")
    assert steps(environment) == []


def test_a_moved_clone_gets_a_new_environment(environment):
    environment.main("course")
    steps(environment)
    moved = environment.ROOT.with_name("moved")
    environment.ROOT.rename(moved)
    environment.ROOT, environment.VENV = moved, moved / ".venv"
    environment.main("course")
    assert steps(environment) == ["venv", "course"]


@pytest.mark.skipif(os.name == "nt", reason="breaks the environment's link to its Python")
def test_an_environment_whose_python_is_gone_is_made_anew(environment):
    environment.main("course")
    steps(environment)
    (environment.VENV / "bin" / "python").unlink()
    environment.main("course")
    assert steps(environment) == ["venv", "course"]


def test_old_python_is_told_which_ones_will_do(environment, monkeypatch):
    monkeypatch.setattr(environment.sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    with pytest.raises(
        SystemExit, match="Python 3.9 is not one .* install Python 3.11, 3.12 or 3.13"
    ):
        environment.main("course")
    monkeypatch.setattr(
        environment.shutil,
        "which",
        lambda name: f"/usr/bin/{name}" if name == "python3.12" else None,
    )
    assert environment.find_python() == "/usr/bin/python3.12"


def test_a_python_without_venv_names_the_package(environment, monkeypatch):
    monkeypatch.setattr(environment.subprocess, "call", lambda line, **options: 1)
    with pytest.raises(SystemExit, match="python3-venv"):
        environment.main("course")


def test_the_index_for_torch_is_the_users_choice(environment, monkeypatch):
    monkeypatch.setenv("TORCH_INDEX", "https://example.org/cpu")
    environment.pip(Path("venv"), "install", ".")
    assert environment.ran[0][-2:] == ["--extra-index-url", "https://example.org/cpu"]
