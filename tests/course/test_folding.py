"""What a reader need not see at once: folded code, checks in one line; and the boxes that lead to the questions."""

import re

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from made_course import edit, make

from coursekit.course import percent
from coursekit.course.check import question_bank
from coursekit.course.make import assemble, build
from coursekit.course.percent import BuildError

CHAPTER = "chapters/01_levels/chapter.py"
NOTEBOOK = "notebooks/01_levels.ipynb"
EXERCISES = "exercises/01_levels.ipynb"


@pytest.fixture
def course(tmp_path):
    return make(tmp_path / "course")


def built(root, name=NOTEBOOK):
    build.build(root)
    return nbformat.read(root / name, as_version=4)


def with_cells(root, text):
    """The made course with more cells at the end of its chapter."""
    path = root / CHAPTER
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return root


# --- folded cells -------------------------------------------------------------------------------------------


def test_folded_code_is_hidden_in_jupyterlab_and_marked_for_pages(course):
    notebook = built(with_cells(course, "\n# %% folded\nsquares = [n * n for n in range(9)]\n"))
    (cell,) = [cell for cell in notebook.cells if "squares" in cell.source]
    assert cell.metadata.jupyter.source_hidden is True
    assert cell.metadata.tags == [assemble.FOLDED_TAG]
    assert [c for c in notebook.cells if "jupyter" in c.metadata] == [cell]


def test_a_folded_include_hides_the_imports_that_it_needs_too(course):
    edit(
        course,
        CHAPTER,
        "# %% include: toykit.signals.rms",
        "# %% folded include: toykit.signals.rms",
    )
    hidden = [cell.source for cell in built(course).cells if "jupyter" in cell.metadata]
    assert any("def rms" in source for source in hidden)
    assert all("def rms" in source or "import" in source for source in hidden)


def test_folding_keeps_the_cells_id_and_with_it_its_output(course):
    ids = [cell.id for cell in built(course).cells]
    edit(course, CHAPTER, "# %%\nprint(rms(y))", "# %% folded\nprint(rms(y))")
    assert [cell.id for cell in built(course).cells] == ids


def test_a_tag_of_its_own_stays_beside_the_fold(course):
    notebook = built(with_cells(course, "\n# %% folded tag: raises-exception\n1 / 0\n"))
    assert notebook.cells[-1].metadata.tags == ["raises-exception", assemble.FOLDED_TAG]


def test_a_page_of_nbconvert_folds_too(course):
    """The style names the class that nbconvert makes of the tag; without a folded cell there is no style."""
    from nbconvert import HTMLExporter

    assert "<style>" not in built(course).cells[-1].source
    notebook = built(with_cells(course, "\n# %% folded\nx = 1\n\n# %% [markdown]\n# The end.\n"))
    page, _ = HTMLExporter().from_notebook_node(notebook)
    (selector,) = re.findall(r"<style>(\.[\w-]+) \.jp-Cell-inputWrapper\{max-height", page)
    (classes,) = re.findall(r'<div[^>]* class="([^"]*celltag_[^"]*)"', page)
    assert selector.removeprefix(".") in classes.split()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("# %% [markdown] folded", "text is not folded"),
        ("# %% folded solution: 01.rms", "a solution cell cannot be folded"),
        ("# %% foldet", "unknown directive 'foldet'; there are folded, include"),
    ],
)
def test_what_cannot_be_folded_is_named(course, header, said):
    with pytest.raises(BuildError, match=re.escape(said)):
        built(with_cells(course, f"\n{header}\n"))


# --- boxes --------------------------------------------------------------------------------------------------


def test_a_box_leads_to_the_heading_of_its_question(course):
    notebook = built(with_cells(course, "\n# %% [markdown] try: 01.mend\n# It is the level.\n"))
    box = notebook.cells[-1].source
    heading = "2. Mend it"
    assert box.startswith(
        f"> **Now you** · [question {heading}](../exercises/01_levels.ipynb#cell-id=01-mend-text)"
    )
    assert re.search(r"1 point, about \d+ minutes\n>\n> It is the level\.$", box)
    exercises = nbformat.read(course / EXERCISES, as_version=4)
    (statement,) = [cell for cell in exercises.cells if cell.id == "01-mend-text"]
    assert statement.source.startswith(f"### {heading}\n")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("\n# %% [markdown] try: 01.men\n", "'try: 01.men', but questions.py declares only 01.rms"),
        (
            "\n# %% [markdown] try: 01.mend\n\n# %% [markdown] try: 01.mend\n",
            "question 01.mend has a second box",
        ),
        ("\n# %% try: 01.mend\n", "a try cell is markdown"),
    ],
)
def test_a_wrong_box_is_named(course, cells, said):
    with pytest.raises(BuildError, match=re.escape(said)):
        built(with_cells(course, cells))


# --- checks in one line -------------------------------------------------------------------------------------


@pytest.fixture
def run():
    """Runs a cell in a shell of IPython, in this process, and returns what it shows."""
    shell = InteractiveShell.instance()

    def run(source):
        with capture_output() as shown:
            result = shell.run_cell(f"from coursekit.exercise import claim, compare\n{source}")
        return [output.data for output in shown.outputs], result

    yield run
    InteractiveShell.clear_instance()


def test_the_checks_of_a_cell_are_one_line_below_it_that_opens(run):
    shown, _ = run("claim('a', 1, above=0)\nprint('between')\ncompare([1.0], [1.0], title='<b>')")
    (data,) = shown
    assert data["text/plain"].splitlines()[0] == "✓ 2 checks hold"
    assert [line[:6] for line in data["text/plain"].splitlines()[1:]] == ["  ✓ a:", "  ✓ <b"]
    page = data["text/html"]
    assert page.startswith("<details") and "open" not in page.partition(">")[0]
    assert "<summary>✓ 2 checks hold</summary>" in page and "&lt;b&gt;" in page


def test_a_surprising_check_stands_in_sight(run):
    shown, _ = run("claim('a', 1, above=0)\nclaim('wonder', 2, above=1, surprising=True)")
    assert [data["text/plain"].splitlines()[0] for data in shown] == [
        "✓ wonder: 2, above 1",
        "✓ 1 check holds",
    ]
    assert "<details" not in shown[0]["text/html"]


def test_what_held_before_a_claim_that_fails_is_told(run):
    shown, result = run("claim('a', 1, above=0)\nclaim('b', 1, above=2)\nclaim('c', 1, above=0)")
    assert isinstance(result.error_in_exec, AssertionError) and "claimed above 2" in str(
        result.error_in_exec
    )
    assert [data["text/plain"].splitlines() for data in shown] == [
        ["✓ 1 check holds", "  ✓ a: 1, above 0"]
    ]


def test_each_cell_tells_its_own_checks(run):
    for value in (1, 2):
        (data,), _ = run(f"claim('a', {value}, above=0)")
        assert data["text/plain"] == f"✓ 1 check holds\n  ✓ a: {value}, above 0"
    assert run("1")[0] == []


# --- the real chapters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chapter", [chapter for chapter in question_bank.chapters() if chapter.startswith("02")]
)
def test_each_question_of_a_chapter_in_this_form_has_its_box(chapter):
    """Chapters 02 and 02b so far; those that are told anew join them."""
    cells = percent.cells(question_bank.chapter_folder(chapter) / "chapter.py")
    boxes = [cell.argument for cell in cells if cell.directive == "try"]
    assert boxes == [question.id for question in question_bank.questions(chapter)]


def test_what_a_question_asks_for_is_folded_after_its_box():
    """In chapters with boxes: an include that defines the name that a question asks for."""
    for chapter in question_bank.chapters():
        cells = percent.cells(question_bank.chapter_folder(chapter) / "chapter.py")
        boxes = {cell.argument: cell.line for cell in cells if cell.directive == "try"}
        for question in question_bank.questions(chapter):
            for cell in cells:
                names = [name.rpartition(".")[2] for name in cell.argument.split(", ")]
                if question.id in boxes and cell.directive == "include" and question.name in names:
                    assert cell.folded and cell.line > boxes[question.id], question.id
