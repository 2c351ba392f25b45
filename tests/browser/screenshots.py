"""Makes the README's pictures, docs/screenshots/*.png, with the browser of this machine: make screenshots"""

import sys
import tempfile
from pathlib import Path

import driver

from coursekit.course import lab
from coursekit.course.check import question_bank

PICTURES = driver.ROOT / "docs" / "screenshots"
CHAPTER = "notebooks/01_digital_audio.ipynb"
EXERCISES = "exercises/01_digital_audio.ipynb"


def main() -> None:
    if driver.find_browser() is None:
        sys.exit("no Chromium or Chrome on the path")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        course = driver.copy_course(Path(folder) / "course")
        with (
            driver.serve(course, Path(folder) / "state") as address,
            driver.open_browser() as browser,
        ):
            page = driver.new_page(browser, width=1280, height=860)
            start_page(page, address)
            chapter(page, address)
            exercises(page, address)


def picture(page, name: str) -> None:
    page.wait_for_timeout(1500)  # until formulas and pictures have found their places
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/screenshots/{name}.png")


def to_top(locator) -> None:
    """Scrolls so that what is wanted begins at the top of the page."""
    locator.evaluate("element => element.scrollIntoView({block: 'start'})")


def hide_sidebar(page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("Control+b")


def start_page(page, address: str) -> None:
    driver.open_notebook(page, address, lab.START_PAGE)
    picture(page, "start")


def chapter(page, address: str) -> None:
    driver.open_notebook(page, address, CHAPTER)
    driver.run_all(page)
    hide_sidebar(page)
    to_top(
        page.locator(".jp-CodeCell")
        .filter(has=page.locator("audio"))
        .first.locator(".jp-Cell-outputWrapper")
    )
    picture(page, "chapter")
    to_top(page.locator(".jp-CodeCell").filter(has=page.locator(".widget-slider")).first)
    picture(page, "control")


def exercises(page, address: str) -> None:
    """A quantiser that cuts off instead of rounding, and one that rounds: the two cards."""
    question = question_bank.find("01.quantize")
    right, _ = question_bank.written_solution(question)
    driver.open_notebook(page, address, EXERCISES)
    driver.run_cell(page, 1)  # the imports
    cell = page.locator(".jp-CodeCell").filter(has_text=f"def {question.name}(")
    number = cell.evaluate(
        "cell => [...cell.parentElement.querySelectorAll('.jp-Cell')].indexOf(cell)"
    )
    hide_sidebar(page)
    for answer, name in ((right.replace("np.round", "np.floor"), "wrong"), (right, "passed")):
        driver.rewrite_and_run(page, number, answer)
        driver.run_cell(page, number + 1)  # its check stands below it
        to_top(driver.cell(page, number))
        picture(page, name)


if __name__ == "__main__":
    main()
