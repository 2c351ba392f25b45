"""The build, on a small made course and then on the real one."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
import traitlets.config
from made_course import FILES, edit, make

from coursekit.course import chapters, percent
from coursekit.course.make import assemble, build, execute

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "chapters/01_levels/chapter.py"
EXERCISES = "chapters/01_levels/exercises.py"
QUESTIONS = "chapters/01_levels/questions.py"
NOTEBOOK = "notebooks/01_levels.ipynb"
EXERCISES_OF_MEND = FILES[EXERCISES][FILES[EXERCISES].index("# %% [markdown] question: 01.mend") :]
SOLUTION_OF_MEND = EXERCISES_OF_MEND[
    EXERCISES_OF_MEND.index("# %% solution") : EXERCISES_OF_MEND.index("# %% check")
]
REGION_OF_MEND = SOLUTION_OF_MEND[
    SOLUTION_OF_MEND.index("    ### BEGIN") : SOLUTION_OF_MEND.rindex("\n\n") + 1
]
STREAM = {"output_type": "stream", "name": "stdout", "text": "kept"}


@pytest.fixture
def course(tmp_path):
    return make(tmp_path / "course")


def read(root, name):
    return nbformat.read(root / name, as_version=4)


def cell_with(notebook, text):
    """The one cell whose source holds the text."""
    (found,) = [cell for cell in notebook.cells if text in cell.source]
    return found


def everything_built(root):
    paths = [root / "README.md", *sorted(root.glob("*/*.ipynb"))]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


# --- what is built ------------------------------------------------------------------------------------------


def test_two_builds_are_equal_byte_for_byte(tmp_path):
    one, other = make(tmp_path / "one"), make(tmp_path / "other" / "place")
    build.build(one)
    build.build(other)
    assert everything_built(one) == everything_built(other)
    assert sorted(everything_built(one)) == [
        "README.md",
        "exercises/01_levels.ipynb",
        "notebooks/00_start_here.ipynb",
        NOTEBOOK,
        "solutions/01_levels.ipynb",
    ]


def test_a_second_build_changes_nothing(course):
    assert len(build.build(course)) == 5
    assert build.build(course) == []
    assert build.build(course, check=True) == []


def test_only_builds_what_is_asked_for(course):
    build.build(course, only=[0])
    assert not (course / NOTEBOOK).exists()
    assert (course / "notebooks/00_start_here.ipynb").exists()


def test_the_notebook_is_stored_in_one_form(course):
    build.build(course)
    text = (course / NOTEBOOK).read_bytes().decode()
    notebook = json.loads(text)
    assert text == json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert "\r" not in text
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert "version" not in notebook["metadata"]["language_info"]
    assert notebook["metadata"]["coursekit"]["note"] == f"built from {CHAPTER}; do not edit"


def test_includes_stand_in_the_notebook_with_what_they_need(course):
    build.build(course)
    sources = [cell.source for cell in read(course, NOTEBOOK).cells if cell.cell_type == "code"]
    rms = sources.index('''\
def rms(y):
    """Root mean square,
    of all samples."""
    frame = np.asarray(y)  # a local name, not the function below
    return np.sqrt(np.mean(frame**2))''')
    assert sources[rms - 1].startswith(
        "import numpy as np"
    )  # the author's: no import of np, nor of frame, is added
    (level,) = [i for i, source in enumerate(sources) if source.startswith("def level(y):")]
    assert (
        sources[level - 1]
        == "import math\nfrom dataclasses import dataclass\nfrom toykit.signals import FULL_SCALE"
    )
    assert '"""Level in dB."""\n    return' in sources[level]
    assert "\n\n\n@dataclass\nclass Meter:" in sources[level]
    assert '"""One line."""\n        return' in sources[level]


def test_an_insertion_leaves_the_ids_of_other_sections(course):
    build.build(course)
    before = {cell.source: cell.id for cell in read(course, NOTEBOOK).cells}
    edit(
        course, CHAPTER, "# ## RMS\n", "# ## RMS\n\n# %%\nx = 1\n\n# %% [markdown]\n# More words.\n"
    )
    build.build(course)
    after = {cell.source: cell.id for cell in read(course, NOTEBOOK).cells}
    moved = {source for source, id in before.items() if after.get(source) != id}
    assert moved == {"print(rms(y))"}  # the second plain code cell under its heading now
    assert after["print(round(level(y), 3))"] == "last"
    assert len(set(after.values())) == len(after)


def test_a_rebuild_keeps_the_outputs_of_unchanged_cells(course):
    build.build(course)
    notebook = read(course, NOTEBOOK)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [nbformat.from_dict(STREAM)], 3
    (course / NOTEBOOK).write_text(build.notebook_text(notebook), encoding="utf-8", newline="\n")
    edit(course, CHAPTER, "print(rms(y))", "print(2 * rms(y))")
    assert [change.path.as_posix() for change in build.build(course)] == [NOTEBOOK]
    after = read(course, NOTEBOOK)
    changed = cell_with(after, "print(2 * rms(y))")
    assert (changed.outputs, changed.execution_count) == ([], None)
    others = [cell for cell in after.cells if cell.cell_type == "code" and cell is not changed]
    assert all(cell.outputs == [STREAM] and cell.execution_count == 3 for cell in others)


def test_tags_reach_the_notebook(course):
    edit(course, CHAPTER, "# %% id: last", "# %% tag: raises-exception id: last")
    build.build(course)
    (tagged,) = [cell for cell in read(course, NOTEBOOK).cells if cell.metadata.get("tags")]
    assert (tagged.id, tagged.metadata.tags) == ("last", ["raises-exception"])


# --- card and map -------------------------------------------------------------------------------------------


def test_the_card_shows_the_measured_cost(course):
    build.build(course)
    assert "Takes ?, ?, ?." in cell_with(read(course, NOTEBOOK), "Takes").source
    cost = {"minutes": 1.0, "memory_mb": 1540.0, "download_mb": 0, "machine": "2 cores"}
    (course / "chapters/01_levels/cost.json").write_text(json.dumps(cost), encoding="utf-8")
    changed = {change.path.as_posix() for change in build.build(course)}
    assert changed == {NOTEBOOK, "notebooks/00_start_here.ipynb", "README.md"}
    assert cell_with(read(course, NOTEBOOK), "Takes").source == "Takes 1 minute, 1.5 GB, nothing."


def test_the_map(course):
    build.build(course)
    readme = (course / "README.md").read_text(encoding="utf-8")
    row = "| 01 | [Levels](notebooks/01_levels.ipynb) | RMS, dB | [exercises](exercises/01_levels.ipynb) | ? | ? | ? |"
    assert f"{row} ready |\n" in readme
    assert "| 02 | Filters | FIR, IIR |  |  |  |  | planned |" in readme
    assert readme.startswith("# Made\n\n<!-- map:begin -->\n| No |")
    assert readme.endswith("planned |\n<!-- map:end -->\n\nThe end.\n")
    page = cell_with(read(course, "notebooks/00_start_here.ipynb"), "All chapters:").source
    assert page.startswith("All chapters:\n\n| No | Chapter |")
    for target in re.findall(r"\]\((.*?)\)", page):
        assert (course / "notebooks" / target).is_file(), target


# --- exercises and solutions --------------------------------------------------------------------------------


def test_an_exercise_has_a_stub_and_its_solution_has_the_reason(course):
    build.build(course)
    exercises, solutions = (
        read(course, "exercises/01_levels.ipynb"),
        read(course, "solutions/01_levels.ipynb"),
    )
    assert (
        cell_with(exercises, "def rms").source
        == '''\
def rms(y):
    """RMS of y."""
    # YOUR CODE HERE
    raise NotImplementedError("01.rms")'''
    )
    assert (
        cell_with(solutions, "def rms").source
        == '''\
def rms(y):
    """RMS of y."""
    ### BEGIN SOLUTION
    # Why: The mean of the squares is the power of the signal, and its root has the unit of the signal.
    power = np.mean(np.square(y))
    return np.sqrt(power)
    ### END SOLUTION'''
    )
    assert (
        cell_with(exercises, "level of `y`").source
        == "### 1. RMS\n\n*2 points, about 16 minutes*\n\nReturn the RMS level of `y`."
    )
    assert cell_with(exercises, "Mend it:").source.startswith(
        "### 2. Mend it\n\n*1 point, about 8 minutes*\n"
    )
    assert [cell.id for cell in exercises.cells] == [cell.id for cell in solutions.cells]


def test_exercises_carry_the_metadata_of_nbgrader(course):
    build.build(course)
    cells = {cell.id: cell for cell in read(course, "exercises/01_levels.ipynb").cells}
    common = {"schema_version": 3, "task": False}
    assert cells["01-rms-text"].metadata.nbgrader == common | {
        "grade_id": "01-rms-text", "grade": False, "solution": False, "locked": True}  # fmt: skip
    assert cells["01-rms"].metadata.nbgrader == common | {
        "grade_id": "01-rms", "grade": False, "solution": True, "locked": False}  # fmt: skip
    assert cells["01-rms-check"].metadata.nbgrader == common | {
        "grade_id": "01-rms-check", "grade": True, "solution": False, "locked": True, "points": 2}  # fmt: skip
    assert cells["01-rms-check"].source == 'ck.check("01.rms", rms)'


def test_the_head_of_the_exercises_says_once_what_is_not_run(course):
    for name in ("exercises", "solutions"):
        build.build(course)
        cells = read(course, f"{name}/01_levels.ipynb").cells
        said = [i for i, cell in enumerate(cells) if "hidden checks are not run" in cell.source]
        assert said == [0] and cells[0].cell_type == "markdown"
        assert cells[0].source.startswith("# Exercises")
    assert "hidden checks" not in "".join(cell.source for cell in read(course, NOTEBOOK).cells)


def test_all_regions_of_a_solution_are_cut_out(course):
    edit(course, EXERCISES, "    power = np.mean(np.square(y))\n", """\
    power = np.mean(np.square(y))
    ### END SOLUTION
    a_line_that_is_given = 1
    ### BEGIN SOLUTION
""")  # fmt: skip
    build.build(course)
    lines = cell_with(read(course, "exercises/01_levels.ipynb"), "def rms").source.splitlines()
    stub = ["    # YOUR CODE HERE", '    raise NotImplementedError("01.rms")']
    assert lines[2:] == [*stub, "    a_line_that_is_given = 1", *stub]


def test_outputs_in_exercises_are_drift_and_are_cleared(course):
    build.build(course)
    notebook = read(course, "exercises/01_levels.ipynb")
    cell_with(notebook, "def rms").outputs = [nbformat.from_dict(STREAM)]
    (course / "exercises/01_levels.ipynb").write_text(
        build.notebook_text(notebook), encoding="utf-8"
    )
    (change,) = build.build(course, check=True)
    assert str(change).startswith("exercises/01_levels.ipynb: cell 4 (01-rms) has outputs")
    build.build(course)
    assert build.build(course, check=True) == []


def failures(path):
    """The cells that fail when nbgrader validates a notebook: in this process, which has read most of it already."""
    validator = pytest.importorskip("nbgrader.validator", reason="nbgrader is not installed")
    found = validator.Validator().validate(str(path))
    assert set(found) <= {"failed"}  # nothing was changed
    return [failed["source"] for failed in found.get("failed", [])]


def release(root, folder, *, database):
    """The versions for students that nbgrader makes of all notebooks in solutions/, by file name.

    With its database, for which it starts alembic, as a teacher would; the notebooks are the same without.
    """
    source = folder / "source" / "ps1"
    shutil.copytree(root / "solutions", source)
    apps = pytest.importorskip("nbgrader.apps", reason="nbgrader is not installed")
    config = traitlets.config.Config()
    config.CourseDirectory.root = str(folder)
    config.Exchange.root = config.Exchange.cache = str(folder / "exchange")
    config.GenerateAssignment.no_database = not database
    config.SaveCells.enabled = database
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", programs)
        done = apps.NbGraderAPI(config=config).generate_assignment("ps1", create=True)
    assert done["success"], done
    return {path.name: read(folder, f"release/ps1/{path.name}") for path in source.glob("*.ipynb")}


def test_nbgrader_validates_the_solutions(course, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(course))
    build.build(course)
    assert failures(course / "solutions/01_levels.ipynb") == []
    edit(course, EXERCISES, "return 20 * np.log10(ratio)", "return 21 * np.log10(ratio)")
    build.build(course)
    assert failures(course / "solutions/01_levels.ipynb") == ['ck.check("01.mend", peak_level)']


def test_nbgrader_makes_a_version_for_students_that_leaks_nothing(course, tmp_path):
    build.build(course)
    released = release(course, tmp_path / "nbgrader", database=False)["01_levels.ipynb"]
    shown = "\n".join(cell.source for cell in released.cells)
    assert [cell.id for cell in released.cells] == [
        cell.id for cell in read(course, "solutions/01_levels.ipynb").cells
    ]
    for hidden in ("np.square", "20 * np.log10", "Why", "has the unit", "SOLUTION"):
        assert hidden not in shown
    assert sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in released.cells) == 3


# --- mistakes in the sources --------------------------------------------------------------------------------

# what is wrong: (file, what stands there, what is written instead, the line that the error names, what it says)
CHAPTERS = chapters.LIST
MISTAKES = {
    "an unknown directive": (
        CHAPTER, "] card", "] cart", "# %% [markdown] cart", "unknown directive 'cart'; there are folded, include",
    ),
    "a directive of exercises": (
        CHAPTER, "# %% id: last", "# %% check: 01.rms", "# %% check: 01.rms", "a 'check' cell belongs in exercises.py",
    ),
    "a directive of chapters": (
        EXERCISES, "# # Exercises", "# %% [markdown] map", "# %% [markdown] map", "a 'map' cell belongs in chapter.py",
    ),
    "code that should be markdown": (
        CHAPTER, "[markdown] card", "card", "# %% card", "a card cell is markdown: write '# %% [markdown] card",
    ),
    "no argument": (
        CHAPTER, "include: toykit.signals.rms", "include", "# %% include", "'include' needs an argument",
    ),
    "an argument too many": (
        CHAPTER, "] card", "] card: x", "# %% [markdown] card: x", "'card' takes none",
    ),
    "text outside cells": (
        CHAPTER, "# %% [markdown]\n# # Levels", "x = 1", "x = 1", "text before the first cell",
    ),
    "code in markdown": (
        CHAPTER, "# ## Level", "# ## Level\nx = 1", "x = 1", "a line of a markdown cell begins with '# '",
    ),
    "a syntax error": (
        CHAPTER, "print(rms(y))", "\n\nprint(rms(y)))", "print(rms(y)))", "unmatched ')'",
    ),
    "an unknown module": (
        CHAPTER, "signals.rms", "signal.rms", "# %% include: toykit.signal.rms", "no module toykit.signal;",
    ),
    "an unknown name": (
        CHAPTER, "signals.rms", "signals.r", "# %% include: toykit.signals.r", "toykit.signals defines no r; it",
    ),
    "an import, no piece": (
        CHAPTER, "signals.rms", "signals.np", "# %% include: toykit.signals.np", "toykit.signals defines no np",
    ),
    "not the full name": (
        CHAPTER, "toykit.signals.rms", "rms", "# %% include: rms", "no module rms; write the full name",
    ),
    "a relative import inside": (
        CHAPTER, "signals.rms", "signals.careless", "# %% include: toykit.signals.careless",
        "toykit.signals.careless has a relative import inside",
    ),
    "an unbound name inside": (
        CHAPTER, "signals.rms", "signals.broken", "# %% include: toykit.signals.broken",
        "toykit.signals.broken uses nowhere, which toykit.signals does not bind",
    ),
    "too long a piece": (
        CHAPTER, "signals.rms", "signals.LONG", "# %% include: toykit.signals.LONG", "includes 62 lines of code",
    ),
    "a needed name with another meaning": (
        CHAPTER, "print(rms(y))", "FULL_SCALE = 2", "# %% include: toykit.signals.level, toykit.signals.Meter",
        "toykit.signals.level, toykit.signals.Meter needs 'from toykit.signals import FULL_SCALE', but further up",
    ),
    "an id twice": (
        CHAPTER, "# %%\nprint", "# %% id: last\nprint", "# %% id: last", "the id 'last' is taken by the cell at",
    ),
    "a bad id": (
        CHAPTER, "id: last", "id: läst", "# %% id: läst", "the id 'läst' may hold only",
    ),
    "a card without cost": (
        CHAPTER, "{minutes}", "a while", "# %% [markdown] card", "a card says what the chapter costs",
    ),
    "a unit twice": (
        CHAPTER, "{minutes}", "{minutes} minutes", "# %% [markdown] card", "{minutes} comes with its unit",
    ),
    "an unlisted chapter": (
        CHAPTERS, '"levels"', '"level"', None, "01_levels is not in chapters/chapters.toml",
    ),
    "a bad state": (
        CHAPTERS, '"planned"', '"done"', None, "chapter 02 (filters): state is 'done'; wanted 'ready' or 'planned'",
    ),
    "a bad number": (
        CHAPTERS, '"02"', "2", None, "chapter 2 (filters): number is 2; wanted a text",
    ),
    "a field too few": (
        CHAPTERS, 'covers = "RMS, dB"', "", None, "chapter 01 (levels): covers is None; wanted a text",
    ),
    "bad toml": (
        CHAPTERS, '"02"', '"02', None, "Illegal character",
    ),
    "a part without question": (
        QUESTIONS, 'id="01.mend"', 'id="01.bend"', "# %% [markdown] question: 01.mend",
        "'question: 01.mend', but questions.py declares only 01.rms, 01.bend",
    ),
    "a question without parts": (
        EXERCISES, EXERCISES_OF_MEND, "", '    Question(id="01.mend", title="Mend it", points=1, kind="bug",'
        ' name="peak_level", compare=close(rtol=1e-10),', "question 01.mend has no cells in exercises.py",
    ),
    "no statement": (
        EXERCISES, "] question: 01.rms", "]", "# %% solution: 01.rms", "question 01.rms has no 'question' cell",
    ),
    "no solution": (
        EXERCISES, SOLUTION_OF_MEND, "", "# %% [markdown] question: 01.mend", "question 01.mend has no 'solution' cell",
    ),
    "no check": (
        EXERCISES, "# %% check: 01.rms", "", "# %% [markdown] question: 01.rms", "question 01.rms has no 'check' cell",
    ),
    "no reason": (
        EXERCISES, "] why: 01.mend", "]", "# %% [markdown] question: 01.mend", "question 01.mend has no 'why' cell",
    ),
    "a part twice": (
        EXERCISES, "# %% check: 01.mend", "# %% check: 01.rms", "# %% check: 01.rms",
        "question 01.rms has a second 'check' cell; the first is at line 20",
    ),
    "a question twice": (
        QUESTIONS, 'id="01.mend"', 'id="01.rms"', '    Question(id="01.rms", title="Mend it", points=1, kind="bug",'
        ' name="peak_level", compare=close(rtol=1e-10),', "two questions have the id 01.rms",
    ),
    "a question of another chapter": (
        QUESTIONS, 'id="01.mend"', 'id="02.mend"', '    Question(id="02.mend", title="Mend it", points=1, kind="bug",'
        ' name="peak_level", compare=close(rtol=1e-10),', "question 02.mend belongs elsewhere: this is chapter 01",
    ),
    "no questions": (
        QUESTIONS, "QUESTIONS = ", "ASKED = ", None, "QuestionError: it declares no QUESTIONS",
    ),
    "a bad question": (
        QUESTIONS, 'kind="bug"', 'kind="bag"', '    Question(id="01.mend", title="Mend it", points=1, kind="bag",'
        ' name="peak_level", compare=close(rtol=1e-10),', "QuestionError: question 01.mend: kind is 'bag'",
    ),
    "questions that cannot be read": (
        QUESTIONS, '("one", "two", "three")', '("one"))', 'HINTS = ("one"))', "SyntaxError: unmatched ')'",
    ),
    "another name": (
        QUESTIONS, 'name="rms"', 'name="root"', "# %% solution: 01.rms", "solution 01.rms does not define root()",
    ),
    "no region": (
        EXERCISES, REGION_OF_MEND, "    pass\n", "# %% solution: 01.mend", "solution 01.mend has no ### BEGIN SOLUTION",
    ),
    "begin without end": (
        EXERCISES, "(power)\n    ### END SOLUTION", "(power)", "    ### BEGIN SOLUTION", "### BEGIN SOLUTION without",
    ),
    "end without begin": (
        EXERCISES, "    ### BEGIN SOLUTION\n    ratio", "    ratio", "    ### END SOLUTION", "### END SOLUTION without",
    ),
    "a region elsewhere": (
        EXERCISES, "import toykit as ck", "### BEGIN SOLUTION", "### BEGIN SOLUTION", "### BEGIN SOLUTION outside",
    ),
    "a leak in a cell": (
        EXERCISES, "import toykit as ck", "def f(y):\n    power = np.mean(np.square(y))",
        "    power = np.mean(np.square(y))", "the exercises show this line of the solution of 01.rms: power = np.mean",
    ),
    "a leak in a docstring": (
        EXERCISES, "RMS of y.", "Do return np.sqrt(power).", "    return np.sqrt(power)",
        "the exercises show this line of the solution of 01.rms: return np.sqrt(power)",
    ),
    "a leak of a reason": (
        EXERCISES, "level of `y`.", "level of `y`. An amplitude takes twenty times the logarithm.",
        "# An amplitude takes twenty times the logarithm.", "the exercises show this line of the why of 01.mend: An",
    ),
    "a bug already mended": (
        EXERCISES, "return 10 *", "return 20 *", "    ratio = np.max(np.abs(y))",
        "the exercises show this line of the solution of 01.mend: ratio",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_file_and_line(course, mistake):
    name, old, new, line, message = MISTAKES[mistake]
    edit(course, name, old, new)
    with pytest.raises(build.BuildError) as raised:
        build.build(course)
    file, number, said = str(raised.value).split(":", 2)
    assert said.strip().startswith(message)
    if line is None:  # about the file as a whole
        assert number == "1" and (course / file).is_file()
    else:
        assert (course / file).read_text(encoding="utf-8").splitlines()[int(number) - 1] == line
    assert not (course / NOTEBOOK).exists()  # nothing is written before all is read


def test_what_a_bug_clinic_shows_of_its_own_code_is_no_leak(course):
    lines = assemble.telling_lines(
        next(
            cell
            for cell in percent.cells(course / EXERCISES)
            if cell.argument == "01.mend" and cell.kind == "code"
        )
    )
    assert [line for _, line in lines] == [
        "ratio = np.max(np.abs(y))",
        "return 20 * np.log10(ratio)",
    ]
    build.build(course)
    assert lines[0][1] in cell_with(read(course, "exercises/01_levels.ipynb"), "Mend it:").source


def test_a_folder_that_is_no_course(tmp_path):
    with pytest.raises(build.BuildError, match="is this the root of a clone"):
        build.build(tmp_path)


@pytest.mark.parametrize("number", ["09", 9, "09_x"])
def test_an_unknown_chapter(course, number):
    with pytest.raises(build.BuildError, match="no chapter 09; there are 00, 01, 02"):
        build.build(course, only=[number])


# --- drift --------------------------------------------------------------------------------------------------


def change_source(notebook):
    notebook.cells[1].source = "import numpy as np\n\ny = 5"


def change_id(notebook):
    notebook.cells[1].id = "other"


def add_metadata(notebook):
    notebook.cells[1].metadata["collapsed"] = True


def add_notebook_metadata(notebook):
    notebook.metadata.language_info.version = "3.11"


def drop_cell(notebook):
    notebook.cells.pop()


def add_output(notebook):
    notebook.cells[1].outputs = [nbformat.from_dict(STREAM)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            change_source,
            r"cell 2 \(\w+\) source is 'y = 5'; the build makes 'y = np.array\(\[3.0, 4.0\]\)'",
        ),
        (change_id, r"cell 2 \(\w+\) id is 'other'; the build makes '\w+'"),
        (add_metadata, r"cell 2 \(\w+\) metadata is {'collapsed': True}; the build makes {}"),
        (add_notebook_metadata, "metadata is .*'version': '3.11'"),
        (drop_cell, "has 9 cells; the build makes 10"),
        (add_output, None),  # outputs are not compared
    ],
)
def test_check_names_a_drifted_notebook_and_the_first_difference(course, change, said):
    build.build(course)
    notebook = read(course, NOTEBOOK)
    change(notebook)
    before = build.notebook_text(notebook)
    (course / NOTEBOOK).write_text(before, encoding="utf-8", newline="\n")
    found = [str(change) for change in build.build(course, check=True)]
    assert len(found) == (0 if said is None else 1)
    assert said is None or re.match(f"{NOTEBOOK}: {said}", found[0])
    assert (course / NOTEBOOK).read_text(encoding="utf-8") == before  # a check writes nothing


def test_check_names_missing_and_superfluous_files_and_an_old_map(course):
    build.build(course)
    (course / "solutions/01_levels.ipynb").unlink()
    (course / "exercises/99_old.ipynb").write_bytes((course / NOTEBOOK).read_bytes())
    edit(course, "README.md", "FIR, IIR", "FIR")
    edit(course, "chapters/chapters.toml", '"planned"', '"ready"')
    found = dict(str(change).split(": ", 1) for change in build.build(course, check=True))
    assert found.pop("notebooks/00_start_here.ipynb").startswith(
        "cell 2"
    )  # its map has no link for chapter 02
    assert found == {
        "solutions/01_levels.ipynb": "missing; coursekit build writes it",
        "exercises/99_old.ipynb": "has no source in chapters/: delete it",
        "chapters/02_filters/chapter.py": "missing, though chapters/chapters.toml calls the chapter ready",
        "README.md": "the map differs",
    }


def test_check_wants_a_place_for_the_map(course):
    build.build(course)
    (course / "README.md").write_text("# Made\n", encoding="utf-8")
    (change,) = build.build(course, check=True)
    assert str(change) == "README.md: has no place for the map: <!-- map:begin --> <!-- map:end -->"


# --- execution ----------------------------------------------------------------------------------------------


@pytest.fixture
def runnable(course, monkeypatch):
    """The made course, whose kernels find its package; its data set takes 34.2 MB."""
    edit(
        course, "toykit/signals.py", "import scipy.fft\nimport scipy.signal\n", ""
    )  # seconds in a kernel
    monkeypatch.setenv("PYTHONPATH", str(course))
    monkeypatch.setattr(execute, "_fetch", lambda names: 34.2 if names == ["made"] else 0)
    return course


def test_execute_stores_outputs_and_cost(runnable):
    edit(runnable, CHAPTER, "print(rms(y))", """\
import os, sys
print("in", os.getcwd())
print(rms(y), end="\\r")
print("done")
print("a warning", file=sys.stderr)""")  # fmt: skip
    build.build(runnable, execute=[1])
    notebook = read(runnable, NOTEBOOK)
    assert cell_with(notebook, "y = np.array").outputs[0].data["text/plain"] == "array([3., 4.])"
    out, err = cell_with(notebook, "print(rms").outputs
    assert (out.name, out.text) == ("stdout", "in …/notebooks\ndone\n")
    assert (err.name, err.text) == ("stderr", "a warning\n")
    solved = read(runnable, "solutions/01_levels.ipynb")
    assert cell_with(solved, 'ck.check("01.mend"').outputs[0].data["text/plain"] == "'passed'"
    assert all(
        cell.outputs == []
        for cell in read(runnable, "exercises/01_levels.ipynb").cells
        if "outputs" in cell
    )
    assert notebook.metadata == read(runnable, "exercises/01_levels.ipynb").metadata | {
        "coursekit": {"source": CHAPTER, "note": f"built from {CHAPTER}; do not edit"}
    }
    assert build.build(runnable, check=True) == []

    cost = json.loads((runnable / "chapters/01_levels/cost.json").read_text(encoding="utf-8"))
    assert sorted(cost) == ["download_mb", "machine", "memory_mb", "minutes"]
    assert 0.1 <= cost["minutes"] <= 1
    assert 50 <= cost["memory_mb"] <= 500  # an interpreter with NumPy
    assert cost["download_mb"] == 34.2
    assert "34.2 MB." in cell_with(notebook, "Takes").source
    assert "| 34.2 MB | ready |" in (runnable / "README.md").read_text(encoding="utf-8")


def test_a_cell_that_fails_stops_the_build(runnable):
    build.build(runnable)
    before = everything_built(runnable)
    edit(runnable, CHAPTER, "print(rms(y))", "z = y / 2\nz.nothing")
    with pytest.raises(build.BuildError) as raised:
        build.build(runnable, execute=["01"])
    assert str(raised.value).startswith(
        f"{CHAPTER}:20: AttributeError: 'numpy.ndarray' object has no attribute"
    )
    assert "----> 2 z.nothing" in str(raised.value)
    assert everything_built(runnable) == before
    assert not (runnable / "chapters/01_levels/cost.json").exists()


def test_a_dear_chapter_is_warned_of(course, monkeypatch):
    (chapter,) = [chapter for chapter in chapters.load(course) if chapter.number == "01"]
    with pytest.warns(execute.CostWarning) as warned:
        execute._store_cost(course, chapter, seconds=240, megabytes=5003, download=0)
    assert [str(one.message) for one in warned] == [
        "chapter 01 takes 4.0 minutes; at most 3 are wanted",
        "chapter 01 takes 5000 MB of memory; at most 4000 are wanted",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x" * 1_600_000)])
    with pytest.warns(
        execute.CostWarning, match="notebooks/a.ipynb holds 1.6 MB; at most 1.5 are wanted"
    ):
        execute._warn_of_size(Path("notebooks/a.ipynb"), notebook)


def test_run_leaves_the_notebook_and_writes_a_page(runnable, monkeypatch, tmp_path):
    edit(runnable, CHAPTER, "print(rms(y))", """\
from IPython.display import Image, display
display(Image(bytes.fromhex("89504e470d0a1a0a"), format="png", alt="a <red> dot"))
display({"text/html": '<audio controls src="data:audio/mpeg;base64,SUQz"></audio>'}, raw=True)""")  # fmt: skip
    build.build(runnable)
    before = everything_built(runnable)
    monkeypatch.setattr("coursekit.paths.course_dir", lambda: runnable)
    seen = []
    page = tmp_path / "page.html"
    cost = build.run("01", html=page, on_cell=lambda done, total: seen.append((done, total)))
    assert everything_built(runnable) == before
    assert seen == [(done, 6) for done in range(7)]
    assert sorted(cost) == ["memory_mb", "minutes"]
    text = page.read_text(encoding="utf-8")
    assert re.search(r'<img[^>]*alt="a &lt;red&gt; dot"', text)
    assert 'src="data:audio/mpeg;base64,SUQz"' in text
    with pytest.raises(build.BuildError, match="no notebook of chapter 09"):
        build.run(9)


def test_what_differs_from_run_to_run_is_taken_out(tmp_path):
    def stream(text, name="stdout"):
        return nbformat.v4.new_output("stream", name=name, text=text)

    widget = {
        execute.WIDGET: {"model_id": "9f" * 16, "version_major": 2},
        "text/plain": "interactive()",
    }
    picture = {"text/html": f'<img src="data:image/png;base64,AAA{tmp_path.as_posix()}AAA">'}
    outputs = [
        stream("one\n"),
        stream(f"two {tmp_path / 'x.wav'} {tmp_path}-beside\n"),
        stream("10%\r50%\r100%\n", "stderr"),
        stream("gone\r", "stderr"),
        stream("<A object at 0x7f0011223344> 0xdeadbeef\n"),
        stream("/somewhere/ipykernel_123/456.py:3: UserWarning: careful\n", "stderr"),
        nbformat.v4.new_output("display_data", data=widget),
        nbformat.v4.new_output("display_data", data=picture),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=outputs)])
    execute.tidy_outputs(notebook, tmp_path)
    texts = [
        output.get("text") or output.data.get("text/html") or output.data
        for output in notebook.cells[0].outputs
    ]
    parent = (
        "…"
        if tmp_path.is_relative_to(Path(execute.tempfile.gettempdir()))
        else str(tmp_path.parent)
    )
    assert texts[0].startswith("one\ntwo …" + str(Path("/x.wav")) + f" {parent}")
    assert texts[0].endswith("-beside\n")
    assert texts[1:3] == ["100%\ngone\r", "<A object at 0x…> 0xdeadbeef\n"]
    assert texts[3] == "<cell>:3: UserWarning: careful\n"
    assert texts[4][execute.WIDGET] == {"model_id": "", "version_major": 2}
    assert texts[5] == picture["text/html"]


# --- the real course ----------------------------------------------------------------------------------------


def built(folder):
    return sorted((ROOT / folder).glob("*.ipynb"))


def images(notebook):
    """Every picture of a notebook's outputs, as its alt text; "" where it has none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data, metadata = output.get("data", {}), output.get("metadata", {})
            for kind in [kind for kind in data if kind.startswith("image/")]:
                yield metadata.get(kind, {}).get("alt") or metadata.get("alt") or ""
            for tag in re.findall(r"<img[^>]*>", data.get("text/html", "")):
                found = re.search(r'alt="([^"]*)"', tag)
                yield found[1] if found else ""


@pytest.mark.thorough  # tools/run_notebooks.py, with which make test begins, asks the same
def test_the_course_is_as_its_sources_say():
    assert [str(change) for change in build.build(ROOT, check=True)] == []


@pytest.mark.parametrize(
    "path", [*built("notebooks"), *built("solutions")], ids=lambda path: "/".join(path.parts[-2:])
)
def test_a_notebook_was_run_is_small_and_its_pictures_can_be_read_aloud(path):
    notebook = nbformat.read(path, as_version=4)
    assert path.stat().st_size <= execute.MAX_FILE_MB * 1e6
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.execution_count is None] == [], (
        "never run: coursekit build --execute"
    )
    failed = [cell.id for cell in code if any(output.output_type == "error" for output in cell.outputs)
              and "raises-exception" not in cell.metadata.get("tags", [])]  # fmt: skip
    assert failed == []
    assert [alt for alt in images(notebook) if len(alt) < 10] == []  # shorter says nothing
    assert str(Path.home()) + "/" not in path.read_text(encoding="utf-8")


# JupyterLab shows about a hundred characters of a line on a laptop's screen and scrolls the rest sideways; a cell of
# more than some forty lines cannot be seen there at once.
MAX_LINE_LENGTH, MAX_CELL_LINES = 100, 45


@pytest.mark.parametrize(
    "path", [*built("notebooks"), *built("exercises")], ids=lambda path: "/".join(path.parts[-2:])
)
def test_code_fits_on_a_laptops_screen(path):
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    lines = [(cell.id, line) for cell in code for line in cell.source.splitlines()]
    assert [(id, line) for id, line in lines if len(line) > MAX_LINE_LENGTH] == []
    if path.parent.name == "notebooks":  # an exercise's answer may be as long as it likes
        lengths = {cell.id: len(cell.source.splitlines()) for cell in code}
        assert {id: length for id, length in lengths.items() if length > MAX_CELL_LINES} == {}


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("chapters/*/cost.json")), ids=lambda path: path.parent.name
)
def test_a_chapter_keeps_within_its_cost(path):
    cost = json.loads(path.read_text(encoding="utf-8"))
    assert cost["minutes"] <= execute.MAX_MINUTES
    assert cost["memory_mb"] <= execute.MAX_MEMORY_MB


@pytest.mark.parametrize("path", built("exercises"), ids=lambda path: path.name)
def test_exercises_show_no_output_and_no_solution(path, tmp_path):
    """The build itself refuses a leak; here every line of every solution is looked for, without its rules."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    solved = {
        cell.id: cell for cell in nbformat.read(ROOT / "solutions" / path.name, as_version=4).cells
    }
    for cell in code:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            region = re.search(
                r"### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", solved[cell.id].source, re.DOTALL
            )[1]
            assert region not in cell.source
            assert "raise NotImplementedError(" in cell.source
    assert "SOLUTION" not in path.read_text(encoding="utf-8")


@pytest.mark.thorough
@pytest.mark.skipif(not built("solutions"), reason="the notebooks are not built")
def test_nbgrader_makes_the_same_exercises(tmp_path):
    for name, released in release(ROOT, tmp_path / "nbgrader", database=True).items():
        exercises = nbformat.read(ROOT / "exercises" / name, as_version=4)
        for ours, theirs in zip(exercises.cells, released.cells, strict=True):
            stub = re.sub(
                r"raise NotImplementedError\(.*\)", "raise NotImplementedError()", ours.source
            )
            assert theirs.source == stub


# What begins with an underscore is nobody's to read but its module's; NamedTuple's own methods are public all the same.
PRIVATE = re.compile(r"(?<![\w\"'])_(?!_)[a-z]\w*")
PUBLIC_UNDERSCORES = {"_replace", "_asdict", "_fields"}


@pytest.mark.parametrize(
    "path",
    [*built("notebooks"), *built("exercises"), *built("solutions")],
    ids=lambda path: "/".join(path.parts[-2:]),
)
def test_a_notebook_shows_the_equation_and_not_its_checks(path):
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    named = {cell.id: set(PRIVATE.findall(cell.source)) - PUBLIC_UNDERSCORES for cell in code}
    assert {id: names for id, names in named.items() if names} == {}
    assert [cell.id for cell in code if "arguments." in cell.source] == []
