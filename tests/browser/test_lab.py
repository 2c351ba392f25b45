"""The course in a real browser: the start page, a chapter run from top to bottom, a control moved, a question answered.

These tests take what the clone holds (the built notebooks) and work on a copy of it.
"""

import json

import driver
import pytest
from playwright.sync_api import expect

from coursekit.course import lab
from coursekit.course.check import question_bank

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),  # a chapter run on two busy cores takes minutes
    pytest.mark.skipif(
        driver.find_browser() is None, reason="no Chromium or Chrome on this machine's path"
    ),
]
CHAPTER = "notebooks/01_digital_audio.ipynb"
EXERCISES = "exercises/01_digital_audio.ipynb"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course, in a folder with a space in its name."""
    return driver.copy_course(tmp_path_factory.mktemp("browser") / "my course")


@pytest.fixture(scope="module")
def address(course, tmp_path_factory):
    with driver.serve(course, tmp_path_factory.mktemp("state")) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with driver.open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def chapter(browser, address, course):
    """Chapter 01, run from top to bottom by the menus and saved: its page, and the notebook as it then lies on disk."""
    page = driver.new_page(browser)
    driver.open_notebook(page, address, CHAPTER)
    driver.run_all(page)
    return page, driver.save(page, course / CHAPTER)


def test_start_page_and_its_links(browser, address):
    page = driver.new_page(browser)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    # The server's first page: on two busy cores that takes longer than the usual five seconds.
    expect(page.locator(".jp-Notebook h1").first).to_be_visible(timeout=60_000)
    assert lab.START_PAGE in page.url
    expect(page.get_by_role("cell", name="Digital audio").get_by_role("link")).to_be_visible()
    page.wait_for_timeout(3000)  # the question about news came two seconds after the page
    expect(page.get_by_text("Would you like")).to_have_count(0)
    elsewhere = [
        url for url in asked if not url.startswith(("http://localhost:", "data:", "blob:"))
    ]
    assert elsewhere == []
    page.get_by_role("cell", name="Digital audio").get_by_role("link").click()
    expect(page.get_by_role("tab", name="01_digital_audio.ipynb")).to_be_visible()
    page.close()


@pytest.mark.thorough
def test_every_cell_of_the_chapter_runs(chapter):
    _, notebook = chapter
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in cells for output in cell["outputs"]]
    failed = [
        f"{output['ename']}: {output['evalue']}"
        for output in outputs
        if output["output_type"] == "error"
    ]
    assert failed == []
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@pytest.mark.thorough
def test_the_chapter_can_be_heard(chapter):
    page, _ = chapter
    players = page.locator(".jp-OutputArea audio")
    assert players.count() >= 2
    # The browser has decoded the sound: it knows how long it lasts.
    page.wait_for_function("() => document.querySelector('.jp-OutputArea audio').duration > 0.5")


@pytest.mark.thorough
def test_every_picture_has_a_text_in_its_place(chapter):
    page, _ = chapter
    texts = page.locator(".jp-OutputArea img").evaluate_all(
        "pictures => pictures.map(picture => picture.alt)"
    )
    assert len(texts) >= 4
    assert [text for text in texts if len(text) < 20] == []


@pytest.mark.thorough
def test_moving_a_slider_changes_the_figure(chapter):
    page, _ = chapter
    cell = (
        page.locator(".jp-CodeCell")
        .filter(has_text="aliasing_explorer")
        .filter(has=page.locator(".widget-slider"))
    )
    picture = cell.locator(".jp-OutputArea img").first
    before, source = picture.get_attribute("alt"), picture.get_attribute("src")
    handle = cell.get_by_role("slider").first
    handle.focus()
    handle.press("ArrowRight")
    expect(picture).not_to_have_attribute("alt", before)
    expect(picture).not_to_have_attribute("src", source)
    assert cell.locator("audio").count() >= 1


def test_a_wrong_and_a_right_answer(browser, address, course):
    question = question_bank.questions("01")[0]
    right, _ = question_bank.written_solution(question)
    wrong = f"def {question.name}(*args, **kwargs):\n    return -1.0"
    ids = [
        cell["metadata"].get("nbgrader", {}).get("grade_id")
        for cell in json.loads((course / EXERCISES).read_text(encoding="utf-8"))["cells"]
    ]
    grade_id = question.id.replace(".", "-")
    answer, check = ids.index(grade_id), ids.index(f"{grade_id}-check")

    page = driver.new_page(browser)
    driver.open_notebook(page, address, EXERCISES)
    driver.run_cell(page, 1)  # the imports
    card = driver.cell(page, check).locator(".jp-OutputArea [role=status]")

    driver.run_cell(page, check - 1)
    driver.run_cell(page, check)
    expect(card).to_contain_text("not tried yet")

    driver.rewrite_and_run(page, answer, wrong)
    driver.run_cell(page, check)
    expect(card).to_contain_text("not right yet")
    expect(card).not_to_contain_text("hidden")

    driver.rewrite_and_run(page, answer, right)
    driver.run_cell(page, check)
    expect(card).to_contain_text("passed")
    expect(card).to_contain_text(f"{question.points} of {question.points}")
    page.close()
