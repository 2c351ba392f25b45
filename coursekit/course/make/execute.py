"""Runs notebooks without a browser, keeps what they show, and measures what they cost.

An output is stored without what differs from run to run for no good reason: absolute paths, addresses of objects, ids
of widgets, a bar's way to its end.
"""

import html as html_
import json
import os
import re
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from coursekit import paths
from coursekit.course import chapters
from coursekit.course.chapters import Chapter
from coursekit.course.make import freshness
from coursekit.course.make.assemble import assemble, data_of
from coursekit.course.make.notebooks import notebook_text, read_notebook, write_text
from coursekit.course.percent import BuildError

CELL_SECONDS = 600
MAX_MINUTES, MAX_MEMORY_MB, MAX_FILE_MB = 3, 4000, 1.5
WIDGET = "application/vnd.jupyter.widget-view+json"


class CostWarning(UserWarning):
    """A chapter takes more time, memory or disk than a chapter should."""


def execute_chapter(
    root: Path, chapter: Chapter, every_chapter: list[Chapter]
) -> dict[Path, nbformat.NotebookNode]:
    """Runs a chapter's notebook and its solutions and writes the chapter's cost.json.

    Parameters
    ----------
    root : Path
        The course's root folder.
    chapter : Chapter
        What to run; the notebooks on disk are left alone.
    every_chapter : list of Chapter
        As `chapters.load` gives them.

    Returns
    -------
    dict of Path to notebook
        The executed notebooks, by their path below the root.

    Raises
    ------
    BuildError
        A cell fails; the message has its file, its line and what happened.
    """
    names = data_of(root, chapter)
    download = _fetch(names) if names else 0  # before the clock starts
    executed, sources = {}, {}
    tree = freshness.Tree(root)
    for path, built in assemble(root, chapter, every_chapter).items():
        if path.parts[0] == "exercises":
            continue
        places = {id: f"{built.source}:{line}" for id, line in built.lines.items()}
        seconds, megabytes = run_notebook(built.notebook, (root / path).parent, places)
        tidy_outputs(built.notebook, root)
        executed[path] = built.notebook
        sources[path] = freshness.needs(tree, chapter, path, built.notebook)
        _warn_of_size(path, built.notebook)
        if path.parts[0] == "notebooks":
            _store_cost(root, chapter, seconds, megabytes, download)
    write_text(root / chapter.folder / freshness.RECORD, freshness.record(root, chapter, sources))
    return executed


def run_chapter(chapter, *, html=None, on_cell=None) -> dict:
    """What `coursekit.course.make.build.run` does."""
    number = chapters.normal_number(chapter)
    folder = paths.course_dir() / "notebooks"
    path = next(iter(sorted(folder.glob(f"{number}_*.ipynb"))), None)
    if path is None:
        raise BuildError(f"{folder} has no notebook of chapter {number}")
    notebook = read_notebook(path)
    places = {cell.id: f"{path.name}, cell {i}" for i, cell in enumerate(notebook.cells, 1)}
    seconds, megabytes = run_notebook(notebook, folder, places, on_cell=on_cell)
    if html:
        write_text(Path(html), to_html(notebook, title=path.stem))
    return {"minutes": round(seconds / 60, 2), "memory_mb": 10 * round(megabytes / 10)}


def run_notebook(
    notebook, folder: Path, places: dict[str, str], *, on_cell=None
) -> tuple[float, float]:
    """Executes a notebook in place, in a kernel of its own.

    Parameters
    ----------
    notebook : NotebookNode
        Its cells get outputs.
    folder : Path
        The kernel's working folder.
    places : dict
        For each cell's id, what to call the place in an error.
    on_cell : callable, optional
        ``on_cell(done, total)``, called before each code cell and after the last.

    Returns
    -------
    (float, float)
        Seconds, the kernel's start among them; peak memory of the kernel and its children, MB.

    Raises
    ------
    BuildError
        A cell fails, runs longer than CELL_SECONDS or takes the kernel down.
    """
    code = [cell.id for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    running = "the start of the kernel"

    def before_cell(cell, cell_index):
        nonlocal running
        running = places[cell.id]
        if on_cell and cell.id in code:
            on_cell(code.index(cell.id), len(code))

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        extra_arguments=[
            "--log-level=ERROR"
        ],  # the kernel's own remarks do not belong in the output of a command
        store_widget_state=False,
        record_timing=False,
        on_cell_start=before_cell,
        on_notebook_start=lambda notebook: memory.watch(client.km.provisioner.pid),
    )
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with PeakMemory() as memory, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        try:
            client.execute(cwd=str(folder), env=_kernel_environment(home))
        except CellExecutionError as error:
            raise BuildError(
                f"{running}: {error.ename}: {error.evalue}\n{_plain(error.traceback)}"
            ) from None
        except CellTimeoutError:
            raise BuildError(f"{running}: runs longer than {CELL_SECONDS} seconds") from None
        except DeadKernelError:
            raise BuildError(f"{running}: the kernel died; out of memory?") from None
    if on_cell:
        on_cell(len(code), len(code))
    return time.perf_counter() - start, memory.megabytes


def _kernel_environment(home: str) -> dict[str, str]:
    """The same for every run: one hash seed, width of text and thread, and records that are not the learner's own."""
    fixed = {
        "COURSEKIT_HOME": home,
        "COURSEKIT_DATA": str(paths.data_dir().absolute()),
        "COLUMNS": "100",
        "JUPYTER_PLATFORM_DIRS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",  # trainings round by it; and two threads on busy cores wait more than they compute
        "PYTHONHASHSEED": "0",
    }
    return os.environ | fixed


class PeakMemory:
    """Watches the memory of a process and its children; `megabytes` is the most that they held at once."""

    INTERVAL = 0.1  # s; a peak shorter than that may be missed

    def __init__(self):
        self.megabytes = 0.0
        self._ended = threading.Event()
        self._thread = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._ended.set()
        if self._thread:
            self._thread.join()

    def watch(self, pid: int) -> None:
        """Begins to watch a process."""
        self._thread = threading.Thread(target=self._poll, args=(psutil.Process(pid),), daemon=True)
        self._thread.start()

    def _poll(self, process) -> None:
        while not self._ended.wait(self.INTERVAL):
            try:
                family = [process, *process.children(recursive=True)]
                held = sum(member.memory_info().rss for member in family)
            except psutil.Error:  # one of them has just ended
                continue
            self.megabytes = max(self.megabytes, held / 1e6)


# --- cost ---------------------------------------------------------------------------------------------------


def _fetch(names: list[str]) -> float:
    """Fetches the data sets that are not here yet; returns the size of all their downloads, MB."""
    from coursekit import data

    for name in names:
        data.get(name)
    return round(sum(data.card(name).download for name in names) / 1e6, 1)


def _store_cost(
    root: Path, chapter: Chapter, seconds: float, megabytes: float, download: float
) -> None:
    before = chapters.cost(root, chapter) or {}
    cost = {
        "download_mb": download,
        "machine": f"{os.cpu_count()} cores",
        "memory_mb": steady(10 * round(megabytes / 10), before.get("memory_mb")),
        "minutes": steady(max(0.1, round(seconds / 60, 1)), before.get("minutes")),
    }
    if cost["minutes"] > MAX_MINUTES:
        _warn(
            f"chapter {chapter.number} takes {cost['minutes']} minutes; at most {MAX_MINUTES} are wanted"
        )
    if cost["memory_mb"] > MAX_MEMORY_MB:
        _warn(
            f"chapter {chapter.number} takes {cost['memory_mb']:g} MB of memory; at most {MAX_MEMORY_MB} are wanted"
        )
    write_text(
        root / chapter.folder / "cost.json", json.dumps(cost, indent=1, sort_keys=True) + "\n"
    )


def steady(new: float, old: float | None) -> float:
    """The old number while the new one is within a quarter of it, so that a rerun changes no file.

    >>> steady(1.2, 1.0), steady(1.4, 1.0), steady(1.4, None)
    (1.0, 1.4, 1.4)
    """
    if old is not None and abs(new - old) <= max(0.25 * old, 0.1):
        return old
    return new


def _warn_of_size(path: Path, notebook) -> None:
    size = len(notebook_text(notebook).encode()) / 1e6
    if size > MAX_FILE_MB:
        _warn(f"{path.as_posix()} holds {size:.1f} MB; at most {MAX_FILE_MB} are wanted")


def _warn(message: str) -> None:
    warnings.warn(message, CostWarning, stacklevel=3)


# --- outputs ------------------------------------------------------------------------------------------------


def tidy_outputs(notebook, root: Path) -> None:
    """Takes out of a notebook's outputs what differs from run to run."""
    hidden = _hidden_folders(root)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = _merge_streams(cell.outputs)
        for output in cell.outputs:
            if "text" in output:
                output.text = tidy_text(output.text, hidden)
            if "traceback" in output:
                output.traceback = [tidy_text(line, hidden) for line in output.traceback]
            data = output.get("data", {})
            for kind in data:
                if kind.startswith("text/"):
                    data[kind] = tidy_text(data[kind], hidden)
            if WIDGET in data:
                data[WIDGET]["model_id"] = (
                    ""  # JupyterLab then shows nothing; of an id it has no model for, an error
                )


def _merge_streams(outputs: list) -> list:
    """Neighbouring pieces of the same stream as one, each line as it stood at its end."""
    merged = []
    for output in outputs:
        if output.output_type == "stream" and merged and merged[-1].get("name") == output.name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    for output in merged:
        if output.output_type == "stream":
            output.text = re.sub(r"[^\n]*\r(?!\n)(?=[^\n])", "", output.text)
    return [output for output in merged if output.output_type != "stream" or output.text.strip()]


def _hidden_folders(root: Path) -> list[str]:
    """The folders of this machine that no output may name, longest first."""
    folders = [
        root.resolve(),
        Path.home(),
        Path(tempfile.gettempdir()),
        Path(sys.prefix),
        paths.data_dir(),
    ]
    spellings = {
        text
        for folder in folders
        if len(folder.parts) > 1
        for text in (str(folder), folder.as_posix())
    }
    return sorted(spellings, key=len, reverse=True)


def tidy_text(text: str, hidden: list[str]) -> str:
    """A text without absolute paths and addresses; sounds and pictures inside it are left alone.

    >>> tidy_text("<Plot at 0x7f31d0a2> from /mnt/ada/x.py", ["/mnt/ada"])
    '<Plot at 0x…> from …/x.py'
    """
    parts = re.split(r"(base64,[A-Za-z0-9+/=]+)", text)
    for i in range(0, len(parts), 2):  # what stands between, and not the encoded pieces
        parts[i] = re.sub(r"\S*ipykernel_\d+[/\\]\d+\.py", "<cell>", parts[i])
        parts[i] = re.sub(r"(?<= at )0x[0-9a-fA-F]{6,}", "0x…", parts[i])
        for folder in hidden:
            parts[i] = re.sub(re.escape(folder) + r"(?![\w-])", "…", parts[i])
    return "".join(parts)


def _plain(traceback: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", traceback)


# --- as a web page ------------------------------------------------------------------------------------------


def to_html(notebook, *, title: str) -> str:
    """The notebook as one HTML page that holds its pictures and sounds; pictures keep their alt text."""
    from nbconvert import HTMLExporter

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            _alt_text_into_html(output)
    exporter = HTMLExporter(template_name="lab", embed_images=True)
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
    return page


def _alt_text_into_html(output) -> None:
    """Turns a picture into an <img> of HTML: of the alt text in an output's metadata, nbconvert takes no notice."""
    data, metadata = output.get("data", {}), output.get("metadata", {})
    alt = metadata.get("image/png", {}).get("alt") or metadata.get("alt")
    if "image/png" in data and "text/html" not in data and alt:
        source = f"data:image/png;base64,{data.pop('image/png').strip()}"
        data["text/html"] = (
            f'<img src="{source}" alt="{html_.escape(alt)}" style="max-width: 100%">'
        )
