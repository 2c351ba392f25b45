"""Whole notebooks: check_notebook and watch, on a course of one made chapter."""

import json
import os
import signal
import time
from types import SimpleNamespace

import pytest

from coursekit import paths
from coursekit.course.check import notebook_check, record
from coursekit.course.check.notebook_check import NotebookError, find_notebook, without_magics
from coursekit.exercise import check_notebook, watch

QUESTIONS = """
from coursekit.exercise import Case, Mutant, Question, close

def question(name, factor):
    return Question(
        id="01." + name, title="Times " + str(factor), points=factor, kind="core", name=name,
        cases=lambda rng: [Case(rng.standard_normal(20))], oracle=lambda y: factor * y, compare=close(1e-10),
        hints=("one", "two", "three"), mutants=(Mutant("plus", lambda y: factor + y, "You added."),))

QUESTIONS = [question("double", 2), question("triple", 3), question("four", 4)]
"""
DOUBLE = "def double(y):\n    return 2 * y"
TRIPLE = "def triple(y):\n    return 3 * y"
FOUR = "def four(y):\n    return 4 * y"


def check_cell(name):
    return f'ck.check("01.{name}", {name})'


@pytest.fixture
def course(tmp_path, monkeypatch):
    folder = tmp_path / "chapters" / "01_made"
    folder.mkdir(parents=True)
    (folder / "questions.py").write_text(QUESTIONS, encoding="utf-8")
    monkeypatch.setattr(paths, "chapters_dir", lambda: tmp_path / "chapters")
    return tmp_path


def write_notebook(folder, *sources):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": ["# Made\n"]}]
    for source in ("import coursekit as ck\nimport numpy as np", *sources):
        lines = source.splitlines(keepends=True)
        metadata = {"nbgrader": {"solution": True}} if "def " in source else {}
        cell = {"cell_type": "code", "metadata": metadata, "source": lines, "outputs": []}
        cells.append(cell | {"execution_count": None})
    path = folder / "01_made.ipynb"
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}),
        encoding="utf-8",
    )
    return path


def statuses(results):
    return [result.status for result in results]


def tried():
    """The questions with an attempt in the record."""
    return sorted(question for question, entry in record.read().items() if entry["attempts"])


def test_every_status_in_the_order_of_the_chapter(course):
    path = write_notebook(
        course,
        "def four(y):\n    raise NotImplementedError('01.four')",
        check_cell("four"),
        "def triple(y):\n    return 3 + y",
        check_cell("triple"),
        DOUBLE,
        check_cell("double"),
    )
    results = check_notebook(path)
    assert [r.question_id for r in results] == ["01.double", "01.triple", "01.four"]
    assert statuses(results) == ["passed", "wrong", "unattempted"]
    assert results[1].headline == "You added."
    assert record.entry("01.double")["points"] == 2
    assert record.entry("01.triple")["status"] == "wrong"


def test_a_renamed_notebook_is_known_by_its_check_cells_and_need_not_be_remembered(course):
    path = write_notebook(course, DOUBLE, check_cell("double")).rename(
        course / "copy of mine.ipynb"
    )
    assert check_notebook(path, remember=False)[0].passed
    assert record.read() == {}


def test_answers_are_found_by_the_check_cell_or_by_name(course):
    path = write_notebook(course, "mine = lambda y: y + y", 'ck.check("01.double", mine)', TRIPLE)
    assert statuses(check_notebook(path)) == ["passed", "passed", "unattempted"]


def test_failing_cells_do_not_stop_the_others(course, capfd):
    path = write_notebook(
        course,
        "1 / 0",
        "def double(y) return 2 * y",
        "raise SystemExit",
        "undefined_name\n" + FOUR,
        TRIPLE,
        "import sys\nsys.exit(3)",
        check_cell("double"),
    )
    double, triple, four = check_notebook(path)
    assert (
        double.status == "error" and "the cell of 01.double fails: SyntaxError" in double.headline
    )
    assert triple.passed
    assert four.status == "error" and "the cell of 01.four fails: NameError" in four.headline
    assert four.details == ("line 1 of <module>: undefined_name",)
    assert "code cell 2 fails: ZeroDivisionError" in capfd.readouterr().err


def test_what_a_notebook_does_beside_its_answers(course, capfd):
    """One notebook with all of it: each takes a process."""
    (course / "factor.txt").write_text("3", encoding="utf-8")
    noisy = "def double(y):\n    print('x' * 100_000)\n    return 2 * y\nprint('y' * 300_000)\ndisplay(1)"
    path = write_notebook(
        course,
        "%matplotlib inline\n" + noisy,
        "!ls",
        "%%timeit\nx = 1",
        "np.mean?",
        "factor = float(open('factor.txt').read())\ndef triple(y):\n    return factor * y",
        "def four(y):\n    return input()",
        'ck.hint("01.double")',
        "ck.progress()",
    )
    double, triple, four = check_notebook(path)
    said = capfd.readouterr()
    assert double.passed and said.out == ""  # noise does not disturb
    assert triple.passed  # cells run in the folder of the notebook
    assert four.headline.startswith("EOFError")  # input is closed
    assert record.entry("01.double")["hints"] == 0  # a hint of the notebook is not taken again
    for magic in ("%matplotlib inline", "!ls", "%%timeit", "np.mean?"):
        assert f"not run here: {magic}" in said.err


def test_percent_sign_of_an_expression_is_no_magic():
    source = "x = (7\n% 4)"
    assert without_magics(source) == (source, [])


def test_crash_in_an_answer_leaves_the_others(course):
    path = write_notebook(course, DOUBLE, "def triple(y):\n    import os\n    os._exit(7)", FOUR)
    results = check_notebook(path)
    assert statuses(results) == ["passed", "error", "passed"]
    assert "Python ended (exit status 7), in 01.triple" in results[1].headline


def test_crash_in_a_cell_leaves_nothing_to_mark(course):
    results = check_notebook(write_notebook(course, DOUBLE, "import os\nos._exit(7)"))
    assert statuses(results) == ["unattempted"] * 3  # no answer is to blame
    assert "exit status 7), in code cell 3" in results[0].headline
    assert tried() == []


def test_a_crash_before_the_first_cell_says_why(course):
    path = write_notebook(course, DOUBLE)
    results = check_notebook(path, cell_timeout="no number")
    assert "exit status 1), in its start (ValueError: could not convert" in results[0].headline


def test_crash_in_the_cell_of_an_answer_is_its_error_alone(course):
    path = write_notebook(course, TRIPLE, DOUBLE + "\nimport os\nos._exit(7)")
    results = check_notebook(path)
    assert statuses(results) == ["error", "unattempted", "unattempted"]
    assert "in the cell of 01.double" in results[0].headline
    assert tried() == ["01.double"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer")
def test_slow_cell_is_left_and_the_others_run(course, capfd):
    waiting = "time.sleep(20)\n"
    path = write_notebook(course, "import time\n" + waiting, waiting + DOUBLE, TRIPLE)
    results = check_notebook(path, cell_timeout=0.2)
    assert statuses(results) == ["error", "passed", "unattempted"]
    assert results[0].headline.startswith("the cell of 01.double fails: ")
    assert "code cell 2 fails: No answer after 0.2 s" in capfd.readouterr().err


def test_time_out_in_an_answer_is_its_error_alone(course):
    (course / "chapters" / "01_made" / "questions.py").write_text(
        QUESTIONS.replace('kind="core"', 'kind="core", time_limit=30'), encoding="utf-8"
    )
    path = write_notebook(
        course, DOUBLE, "def triple(y):\n    import time\n    time.sleep(100)", FOUR
    )
    results = check_notebook(path, timeout=3)
    assert statuses(results) == ["passed", "error", "unattempted"]
    assert "stopped after 3 s, in 01.triple" in results[1].headline
    assert tried() == ["01.double", "01.triple"]


def test_chapter_to_read_is_refused(course):
    with pytest.raises(NotebookError, match="its exercises are in exercises/01_made.ipynb"):
        check_notebook(write_notebook(course, "x = 1"))


def test_notebook_is_found_by_path_or_by_number(course, monkeypatch):
    monkeypatch.setattr(paths, "course_dir", lambda: course)
    (course / "exercises").mkdir()
    made = write_notebook(course / "exercises", DOUBLE)
    assert find_notebook("01") == find_notebook("1") == find_notebook(str(made)) == made
    with pytest.raises(
        NotebookError, match="give the notebook or its chapter: coursekit check 01$"
    ):
        find_notebook("01.double")
    for missing in ("02", "none.ipynb"):
        with pytest.raises(NotebookError, match="there is no file"):
            find_notebook(missing)


def test_endless_cell_is_stopped_with_all_that_it_started(course):
    """The cell starts a process that would write a file 2.5 s later; it must not live to do so."""
    later = "import time; time.sleep(2.5); open('alive', 'w')"
    start = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {later!r}])\nopen('started', 'w')"
    path = write_notebook(course, DOUBLE, start, "import time\ntime.sleep(100)")
    begin = time.monotonic()
    results = check_notebook(path, timeout=2.5)
    assert statuses(results) == ["unattempted"] * 3
    assert "stopped after 2.5 s, in code cell 4" in results[0].headline
    time.sleep(max(0.0, begin + 2.5 + 3.0 - time.monotonic()))
    assert (course / "started").exists() and not (course / "alive").exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"cells": 3}',
        '{"cells": [{"source": "x"}]}',
        '{"cells": [{"cell_type": "code"}]}',
    ],
)
def test_what_is_no_notebook(course, content):
    path = course / "01_made.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(NotebookError, match="is no notebook"):
        check_notebook(path)


def test_missing_file_and_folder(course):
    with pytest.raises(NotebookError, match="there is no file"):
        check_notebook(course / "none.ipynb")
    with pytest.raises(NotebookError, match="is no notebook"):
        check_notebook(course)


def test_notebook_of_something_else(course):
    path = write_notebook(course, DOUBLE).rename(course / "my_notes.ipynb")
    with pytest.raises(NotebookError, match="answers no question"):
        check_notebook(path)


def test_watch_once_prints_the_table(course, capsys):
    path = write_notebook(course, DOUBLE, "def four(y):\n    return 6 * y")
    watch(path, once=True)
    table = capsys.readouterr().out
    assert "✓" in table and "01.double Times 2" in table and "2 of 9" in table
    assert "hidden" not in table
    assert "constant factor of 1.5" in table and "- first difference at index 0" in table


def test_watch_checks_again_at_each_save(course, capsys, monkeypatch):
    path = write_notebook(course, DOUBLE)
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 2:  # the first nap found nothing new
            path.write_text("half saved", encoding="utf-8")
            os.utime(path, ns=(1, 1))
        if len(naps) == 3:
            raise KeyboardInterrupt

    clock = SimpleNamespace(sleep=nap, monotonic=time.monotonic, strftime=time.strftime)
    monkeypatch.setattr(notebook_check, "time", clock)  # this module's only: subprocess sleeps too
    watch(path)
    shown = capsys.readouterr().out
    assert shown.count("01.double Times 2") == 1
    assert shown.count("is no notebook") == 1
