"""The command line: it says errors in one line, and its exit status tells scripts what it tells people."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from coursekit import data, paths
from coursekit.course import cli, doctor, lab
from coursekit.course.check import notebook_check, question_bank
from coursekit.course.check.result import Result
from coursekit.course.doctor import Finding
from coursekit.course.make import build

NOT_THE_LEARNERS = [
    f"nbgrader.server_extensions.{part}"
    for part in ("formgrader", "validate_assignment", "assignment_list", "course_list")
]
NEWS = "@jupyterlab/apputils-extension:notification"
COMMANDS = ["doctor", "lab", "run", "data", "check", "next", "watch", "progress", "build"]


def invoke(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def run(*arguments, **options):
    """The command as a user starts it."""
    line = [sys.executable, "-m", "coursekit", *map(str, arguments)]
    return subprocess.run(
        line, capture_output=True, text=True, encoding="utf-8", timeout=120, **options
    )


def test_help_names_every_command():
    done = run("--help", env={**os.environ, "COLUMNS": "200"})
    assert [
        name for name in COMMANDS if not re.search(rf"^\W*{name}\s", done.stdout, re.MULTILINE)
    ] == []


QUESTIONS = """
from coursekit.course.check.question import Case, Question, close
QUESTIONS = [Question(id="01.half", title="Half", points=1, kind="core", name="half", cases=lambda rng: [Case(2.0)],
                      oracle=lambda y: y / 2, compare=close(1e-10), hints=("one", "two", "three"))]
"""


@pytest.fixture
def one_question(tmp_path):
    """The chapters of a course of one question: to read those of the real one takes seconds."""
    folder = tmp_path / "chapters" / "01_made"
    folder.mkdir(parents=True)
    (folder / "questions.py").write_text(QUESTIONS, encoding="utf-8")
    return folder.parent


def test_tables_come_through_a_pipe_that_is_not_utf_8(one_question):
    code = (
        "from pathlib import Path\nfrom coursekit import paths\nfrom coursekit.course import cli\n"
        f"paths.chapters_dir = lambda: Path({str(one_question)!r})\ncli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "progress"],
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "○ not tried yet" in done.stdout


def test_help_loads_nothing_heavy():
    code = "import sys\nfrom coursekit.course import cli\nprint(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split()
    )
    assert "typer" in loaded
    assert (
        loaded & {"numpy", "torch", "librosa", "matplotlib", "jupyter_client", "nbformat"} == set()
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name):
    done = invoke(name, "--help")
    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 5


def test_unknown_command_is_a_usage_error():
    assert invoke("lsit").exit_code == 2


def test_error_is_one_line_and_no_traceback(tmp_path):
    (tmp_path / "01.ipynb").write_text("not JSON")
    done = run("check", tmp_path / "01.ipynb")
    assert done.returncode == 1
    assert done.stderr.startswith("coursekit: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_debugging_shows_the_traceback():
    done = run("check", "none.ipynb", env={**os.environ, "COURSEKIT_DEBUG": "1"})
    assert done.returncode == 1
    assert "Traceback" in done.stderr


# doctor


@pytest.mark.parametrize(("state", "status"), [("ok", 0), ("warn", 0), ("broken", 1)])
def test_doctor(monkeypatch, state, status):
    monkeypatch.setattr(
        doctor, "examine", lambda: [Finding("disk", state, "1 GiB [free]", "free some")]
    )
    done = invoke("doctor")
    assert done.exit_code == status
    assert "1 GiB [free]" in done.output  # brackets are text, not markup
    assert "free some" in done.output
    done = invoke("doctor", "--json")
    assert done.exit_code == status
    assert json.loads(done.stdout)["well"] == (status == 0)


# data


@pytest.fixture
def shelf(monkeypatch):
    """A shelf of two sets: without a source, `bells` stops a chapter and `drums` has a stand-in."""
    fetched = []
    cards = {
        "bells": SimpleNamespace(
            name="bells", stand_in="", download=1e6, minutes=2, holds="bells", licence="CC0-1.0"
        ),
        "drums": SimpleNamespace(
            name="drums", stand_in="made", download=2e6, minutes=1, holds="drums", licence="MIT"
        ),
    }
    state = {"bells": "missing", "drums": "ok"}
    monkeypatch.setattr(data, "catalog", lambda: list(cards.values()))
    monkeypatch.setattr(data, "card", cards.__getitem__)
    monkeypatch.setattr(data, "default_sets", lambda: ["drums"])
    monkeypatch.setattr(data, "get", fetched.append)

    def verify(name=None):
        return [
            data.Finding(each, "a.wav", state[each], False) for each in ([name] if name else cards)
        ]

    monkeypatch.setattr(data, "verify", verify)
    return SimpleNamespace(fetched=fetched, state=state)


def test_data_list(shelf):
    done = invoke("data", "list")
    assert done.exit_code == 0
    assert re.search(r"bells\s+missing\s+1\.0 MB\s+bells; 2 minutes", done.output)
    assert re.search(r"drums\s+ok", done.output)


@pytest.mark.parametrize(
    ("arguments", "fetched"),
    [
        ([], ["drums"]),
        (["--default"], ["drums"]),
        (["--all"], ["bells", "drums"]),
        (["bells"], ["bells"]),
        (["bells", "--default"], ["bells", "drums"]),
    ],
)
def test_data_get(shelf, arguments, fetched):
    assert invoke("data", "get", *arguments).exit_code == 0
    assert shelf.fetched == fetched


@pytest.mark.parametrize(("name", "status"), [("bells", 1), ("drums", 0)])
def test_data_get_without_a_source_tries_the_others_too(monkeypatch, shelf, name, status):
    def get(asked):
        shelf.fetched.append(asked)
        if asked == name:
            raise data.DataError(f"{asked}: no source answers")

    monkeypatch.setattr(data, "get", get)
    done = invoke("data", "get", "--all")
    assert shelf.fetched == ["bells", "drums"]
    assert "no source answers" in done.output
    assert done.exit_code == status  # a set that has a stand-in does not stop the course


def test_data_verify(shelf):
    assert invoke("data", "verify").exit_code == 0
    shelf.state["drums"] = "damaged"
    done = invoke("data", "verify")
    assert done.exit_code == 1
    assert "damaged drums/a.wav" in done.output
    assert invoke("data", "verify", "bells").exit_code == 0


def test_data_verify_of_a_large_set_that_is_not_here_is_short(monkeypatch):
    lacking = [data.Finding("bells", f"{n}.wav", "missing", False) for n in range(1000)]
    monkeypatch.setattr(data, "verify", lambda name: lacking)
    done = invoke("data", "verify")
    assert "missing bells/9.wav" in done.output and "missing bells: 990 files more" in done.output
    assert len(done.output.splitlines()) == 12 and "1000 missing" in done.output


# exercises


def result(status):
    return Result("01.rms", "The RMS level", status, 2 if status == "passed" else 0, 2, "3 dB off")


@pytest.mark.parametrize(
    ("states", "exit_code"),
    [(["passed", "passed"], 0), (["passed", "unattempted"], 1), (["wrong"], 1), (["error"], 1)],
)
def test_check(monkeypatch, tmp_path, states, exit_code):
    notebook = tmp_path / "01.ipynb"
    notebook.write_text("{}")
    monkeypatch.setattr(
        notebook_check, "check_notebook", lambda path: [result(state) for state in states]
    )
    done = invoke("check", notebook)
    assert done.exit_code == exit_code
    assert "01.rms The RMS level" in done.output


def test_check_of_a_file_that_is_not_there(tmp_path):
    for missing in (tmp_path / "no.ipynb", "77"):
        done = invoke("check", missing)
        assert done.exit_code == 1
        assert "there is no file" in str(done.exception)


def test_check_finds_the_exercises_of_a_chapter_by_its_number(monkeypatch):
    checked = []
    monkeypatch.setattr(
        notebook_check, "check_notebook", lambda path: checked.append(path) or [result("passed")]
    )
    assert invoke("check", "01").exit_code == 0
    assert checked == [question_bank.notebook("01")] and checked[0].name == "01_digital_audio.ipynb"


def test_next_and_progress_answer_before_anything_was_tried(monkeypatch, one_question):
    monkeypatch.setattr(paths, "chapters_dir", lambda: one_question)
    done = invoke("next")
    assert done.exit_code == 0
    assert "01.half" in done.output
    done = invoke("progress")
    assert done.exit_code == 0
    assert "points" in done.output


def test_watch_hands_over_the_notebook(monkeypatch, tmp_path):
    watched = []
    monkeypatch.setattr(notebook_check, "watch", watched.append)
    (tmp_path / "01.ipynb").write_text("{}")
    assert invoke("watch", tmp_path / "01.ipynb").exit_code == 0
    assert watched == [tmp_path / "01.ipynb"]


# notebooks


def test_run(monkeypatch, tmp_path):
    def run_chapter(chapter, *, html, on_cell):
        on_cell(1, 2)
        return {"minutes": 0.5, "memory_mb": 300}

    monkeypatch.setattr(build, "run", run_chapter)
    done = invoke("run", "01", "--html", tmp_path / "01.html")
    assert done.exit_code == 0
    assert "0.5 minutes" in done.output
    assert "300 MB" in done.output


def test_run_of_a_chapter_that_is_not_there():
    done = invoke("run", "99")
    assert done.exit_code == 1
    assert isinstance(done.exception, build.BuildError)


DRIFT = "notebooks/01.ipynb: drifted"
STALE = build.Change(Path("notebooks/02_x.ipynb"), "its outputs are older than coursekit/dsp.py")


@pytest.mark.parametrize(
    ("arguments", "changes", "stale", "exit_code"),
    [
        ([], [], [], 0),
        ([], ["a"], [], 0),
        (["--check"], [], [], 0),
        (["--check"], [DRIFT], [], 1),
        (["--check"], [], [STALE], 0),  # said, and no failure
        (["--check", "--fresh"], [], [STALE], 1),
        (["--check", "--fresh"], [], [], 0),
    ],
)
def test_build(monkeypatch, arguments, changes, stale, exit_code):
    monkeypatch.setattr(build, "build", lambda root, execute: changes)
    monkeypatch.setattr(build, "check", lambda root: (changes, stale))
    done = invoke("build", *arguments)
    assert done.exit_code == exit_code
    assert all(change in done.output for change in changes)
    assert all(f"stale: {change}" in done.output for change in stale)
    assert ("coursekit build --execute 02" in done.output) == bool(stale)


def test_build_of_an_installed_package_says_that_it_needs_a_clone(monkeypatch):
    monkeypatch.setattr(paths, "course_dir", lambda: paths.PACKAGED_COURSE)
    done = invoke("build")
    assert isinstance(done.exception, FileNotFoundError)
    assert "a clone" in str(done.exception)


# lab


@pytest.fixture
def small_course(tmp_path):
    """A course of one empty notebook, in a folder with a space in its name."""
    course = tmp_path / "my course"
    (course / "notebooks").mkdir(parents=True)
    (course / lab.START_PAGE).write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    return course


def start_lab(course, *arguments):
    code = (
        "import sys\nfrom pathlib import Path\nfrom coursekit import paths\nfrom coursekit.course import cli\n"
        f"paths.course_dir = lambda: Path({str(course)!r})\ncli.main()"
    )
    # A group of its own, so that the test can send Ctrl-C to all of it, as a terminal does.
    # nbgrader comes with the tests; the course does without it, and its parts of the server take seconds to start.
    config = course.parent / "jupyter"
    config.mkdir()
    extensions = dict.fromkeys(NOT_THE_LEARNERS, False)
    (config / "jupyter_server_config.json").write_text(
        json.dumps({"ServerApp": {"jpserver_extensions": extensions}})
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, "lab", *arguments],
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(config)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def read_address(process):
    """The address that it prints, once it has: within the test's own time limit."""
    for line in process.stdout:
        if line.strip().startswith("http://"):
            return line.strip()
    raise AssertionError("no address was printed")


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="sends the signals of Unix")
@pytest.mark.parametrize(
    "signal_",
    ["SIGINT", *(pytest.param(name, marks=pytest.mark.thorough) for name in ("SIGTERM", "SIGHUP"))],
)
def test_lab_opens_the_start_page_and_ends_cleanly(small_course, signal_):
    process = start_lab(small_course)
    try:
        address = read_address(process)
        assert lab.START_PAGE in address
        port = int(re.search(r"localhost:(\d+)", address)[1])
        token = address.partition("token=")[2]
        with urllib.request.urlopen(
            f"http://localhost:{port}/api/contents/notebooks?token={token}"
        ) as reply:
            assert [entry["name"] for entry in json.load(reply)["content"]] == [
                "00_start_here.ipynb"
            ]
        with urllib.request.urlopen(address) as reply:
            assert b"jupyter-config-data" in reply.read()
        with urllib.request.urlopen(
            f"http://localhost:{port}/lab/api/settings/{NEWS}?token={token}"
        ) as reply:
            defaults = json.load(reply)["schema"]["properties"]
        assert defaults["fetchNews"]["default"] == "false"
        assert defaults["checkForUpdates"]["default"] is False
        os.killpg(process.pid, getattr(signal, signal_))
        printed, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "y/[n]" not in printed
    assert "ending" in printed
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server was left running"


def test_another_service_on_the_port_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet():
            with other.accept()[0] as connection:
                connection.sendall(b"220 mail\r\n")
                connection.recv(1000)

        thread = threading.Thread(target=greet)
        thread.start()
        assert not lab.answers(other.getsockname()[1])
        thread.join()


def test_lab_without_notebooks_says_what_makes_them(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "course_dir", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match="coursekit build"):
        lab.start()


def test_lab_says_that_its_port_is_taken(monkeypatch, small_course):
    monkeypatch.setattr(paths, "course_dir", lambda: small_course)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError, match="is in use: leave out --port"):
            lab.start(port=other.getsockname()[1])


def test_an_installed_course_is_copied_and_never_written_over(monkeypatch, small_course, tmp_path):
    monkeypatch.setattr(paths, "PACKAGED_COURSE", small_course)
    monkeypatch.setattr(paths, "course_dir", lambda: small_course)
    (small_course / "exercises").mkdir()
    (small_course / "exercises" / "01.ipynb").write_text("asked")
    here = tmp_path / "here"

    copy = lab.open_course(here)
    assert copy == here / "coursekit-course"
    (copy / "exercises" / "01.ipynb").write_text("answered")
    (copy / lab.START_PAGE).unlink()

    assert lab.open_course(here) == copy
    assert (copy / "exercises" / "01.ipynb").read_text() == "answered"
    assert (copy / lab.START_PAGE).is_file()
    assert lab.open_course(copy) == copy  # started inside the copy: no copy in the copy


def test_a_clone_is_opened_as_it_is(monkeypatch, small_course):
    monkeypatch.setattr(paths, "course_dir", lambda: small_course)
    assert lab.open_course(Path("anywhere")) == small_course
