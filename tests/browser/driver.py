"""JupyterLab as a learner sees it: the course's own `coursekit lab`, on a copy of the course, in a real browser."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from coursekit import paths

ROOT = Path(__file__).resolve().parents[2]
COURSE = ("chapters", "coursekit", "notebooks", "exercises", "pyproject.toml", "constraints.txt")
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
FLAGS = [
    "--no-sandbox",  # a container's root has no sandbox; the pages are the course's own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    # All cells stay in the page, so that a test can count them; nothing asks whether to save on leaving.
    "@jupyterlab/notebook-extension/tracker": {
        "windowingMode": "none",
        "kernelStatus": {"showOnStatusBar": True},
    },
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
# nbgrader comes with the tests; the course does without it, and its parts of the server take seconds to start.
NOT_THE_LEARNERS = {"@jupyter/nbgrader": True}
NOT_IN_THE_SERVER = {
    f"nbgrader.server_extensions.{part}": False
    for part in ("formgrader", "validate_assignment", "assignment_list", "course_list")
}
CELL_SECONDS = 180


def find_browser() -> str | None:
    """The browser that this machine has, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def copy_course(folder: Path) -> Path:
    """A copy of the course to work in, so that no test writes into the clone."""
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COURSE:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copyfile(source, target)
    return folder


@contextmanager
def serve(course: Path, state: Path):
    """Runs `coursekit lab` on `course`; gives the address that it prints. What it remembers goes to `state`."""
    for name, values in SETTINGS.items():
        write(state / "settings" / f"{name}.jupyterlab-settings", values)
    write(
        state / "config" / "labconfig" / "page_config.json",
        {"disabledExtensions": NOT_THE_LEARNERS},
    )
    write(
        state / "config" / "jupyter_server_config.json",
        {"ServerApp": {"jpserver_extensions": NOT_IN_THE_SERVER}},
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(course),  # the copy's library, in the server and in the kernels
        "COURSEKIT_HOME": str(state / "home"),
        "COURSEKIT_DATA": str(paths.data_dir().absolute()),
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "coursekit", "lab", "--no-browser"],
        cwd=course, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for line in process.stdout:
            if line.strip().startswith("http://"):
                yield line.strip()
                break
        else:
            raise RuntimeError("coursekit lab ended without printing an address")
    finally:
        process.terminate()
        process.wait(timeout=30)


def write(file: Path, values: dict) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values), encoding="utf-8")


@contextmanager
def open_browser():
    """The machine's browser, with no earlier user's data."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, *, width: int = 1400, height: int = 1000) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(60_000)
    return page


def open_notebook(page: Page, address: str, path: str) -> None:
    """Opens a notebook of the course, and no other, and waits until its kernel is ready."""
    server, token = re.fullmatch(r"(.*)/lab/tree/.*\?(token=.*)", address).groups()
    page.goto(f"{server}/lab/tree/{path}?reset&{token}")
    cell(page, 0).wait_for()
    page.get_by_text(re.compile(r"Python 3.* \| Idle")).first.wait_for()


def run_all(page: Page) -> None:
    """Clears the stored outputs, runs all cells by the menus, and waits for the last, or for the first that fails."""
    choose(page, "Edit", "Clear Outputs of All Cells")
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(
        """() => {
            const prompts = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputArea-prompt')];
            const text = prompts.map(prompt => prompt.textContent).join('');
            return /\\d/.test(text) && !text.includes('*');
        }""",
        timeout=CELL_SECONDS * 1000,
    )


def choose(page: Page, menu: str, item: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def save(page: Page, file: Path) -> dict:
    """Saves as a learner does, and gives the notebook as it then lies on disk."""
    before = file.stat().st_mtime_ns
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    for _ in range(100):
        if file.stat().st_mtime_ns != before:
            page.wait_for_timeout(300)
            return json.loads(file.read_text(encoding="utf-8"))
        page.wait_for_timeout(100)
    raise AssertionError(f"{file.name} was not saved")


def cell(page: Page, index: int):
    """The notebook's cell of this number, from 0."""
    return page.locator(".jp-Notebook .jp-Cell").nth(index)


def rewrite_and_run(page: Page, index: int, source: str) -> None:
    """Types new source into a cell and runs it."""
    cell(page, index).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)
    run_cell(page, index)


def run_cell(page: Page, index: int) -> None:
    """Runs one code cell and waits until it has a new number."""
    prompt = cell(page, index).locator(".jp-InputArea-prompt")
    before = prompt.text_content()
    cell(page, index).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(prompt).not_to_have_text(before)
    expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=CELL_SECONDS * 1000)
