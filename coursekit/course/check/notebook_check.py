"""Check a whole exercise notebook: run its cells in another process, mark all questions of its chapter.

``python -m coursekit.course.check.notebook_check`` is that process; `check_notebook` starts it, stops it in time, and
reads what it wrote. A cell that fails does not stop the others.
"""

import ast
import dataclasses
import json
import linecache
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coursekit.course import chapters
from coursekit.course.check import question_bank, record
from coursekit.course.check.attempt import describe_error, explain_error, learner_lines
from coursekit.course.check.limits import memory_limit, time_limit
from coursekit.course.check.marking import evaluate
from coursekit.course.check.question import ID, Question
from coursekit.course.check.result import Result, results_table

NOT_RUN = {
    "check",
    "hint",
    "solution",
    "progress",
}  # calls of the course's own that a second run must not repeat
CELL_SECONDS = 30.0
QUESTION_ID = re.compile(ID)
MAGIC = re.compile(r"\s*(\w+\s*=\s*)?[%!]|\s*\?|.*\w\?+\s*$")  # %pip, x = %time, !ls, ?name, name?


class NotebookError(ValueError):
    """The file is no notebook, or no exercise notebook of the course."""


def find_notebook(name: str | Path) -> Path:
    """Return the path of a notebook given by its path, or by its chapter's number ("01", "1").

    Raises
    ------
    NotebookError
        There is no such file, and no such chapter with exercises.
    """
    path = Path(name)
    if not path.exists() and QUESTION_ID.fullmatch(str(name)):
        chapter = chapters.normal_number(name)
        raise NotebookError(
            f"{name} is one question: give the notebook or its chapter: coursekit check {chapter}"
        )
    if not path.exists() and re.fullmatch(r"\d+[a-z]?(_\w*)?", str(name)):
        path = question_bank.notebook(chapters.normal_number(name))
    if not path.is_file():
        raise NotebookError(f"there is no file {path}")
    return path


def check_notebook(
    path: str | Path,
    timeout: float = 300.0,
    *,
    cell_timeout: float = CELL_SECONDS,
    remember: bool = True,
) -> list[Result]:
    """Run an exercise notebook and return one result a question, in the order of the chapter.

    Parameters
    ----------
    path : str or Path
        The notebook as it lies on disk.
    timeout : float
        Seconds for the whole of it. What runs longer is stopped, with all processes that it started.
    cell_timeout : float
        Seconds for one cell (on Linux and macOS); the cells after it still run.
    remember : bool
        Write the results to the record of progress.

    Raises
    ------
    NotebookError
        The file is no notebook, or not one of exercises.
    """
    path = Path(path).resolve()
    asked = _questions_of(path)
    deadline = time.monotonic() + timeout
    results: dict[str, Result] = {}
    while pending := [question for question in asked if question.id not in results]:
        run = _run_child(path, pending, deadline, cell_timeout)
        results |= run.results
        if run.finished:
            break
        end = (
            f"stopped after {timeout:g} s"
            if run.timed_out
            else f"Python ended (exit status {run.exit_status})"
        )
        message = f"The notebook did not finish: {end}, in {run.at}."
        left = [question for question in pending if question.id not in results]
        guilty = [question for question in left if question.id == run.question_id]
        for question in guilty:
            results[question.id] = _without_answer(question, "error", message)
        if run.timed_out or not guilty:  # another run would end in the same place
            for question in left:
                skipped = _without_answer(question, "unattempted", f"Not checked. {message}")
                results.setdefault(question.id, skipped)
    ordered = [results[question.id] for question in asked]
    if remember:
        _remember(ordered)
    return ordered


def _remember(results: list[Result]) -> None:
    try:
        for result in results:
            record.note_result(result)
    except OSError as error:  # no reason to withhold the results
        print(f"the results were not recorded: {error}", file=sys.stderr)


def watch(path: str | Path, once: bool = False, *, interval: float = 1.0) -> None:
    """Check a notebook now and at each save, and print the table; Ctrl+C ends it.

    Parameters
    ----------
    path : str or Path
        The notebook.
    once : bool
        Check once and return.
    interval : float
        Seconds between two looks at the file.
    """
    path, seen = Path(path), None
    try:
        while True:
            saved = path.stat().st_mtime_ns if path.exists() else None
            if saved != seen or once:
                seen = saved
                print(_checked_now(path), flush=True)
            if once:
                return
            time.sleep(interval)
    except KeyboardInterrupt:
        return


def _checked_now(path: Path) -> str:
    clock = time.strftime("%H:%M:%S")
    try:
        return f"{path.name}, {clock}\n{results_table(check_notebook(path))}\n"
    except (NotebookError, OSError) as error:  # perhaps in the middle of a save
        return f"{path.name}, {clock}: {error}\n"


def code_cells(path: Path) -> list[dict]:
    """Return the code cells of a notebook, the source of each as one text.

    Raises
    ------
    NotebookError
        The file is missing, or is no notebook of format 4.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        return [cell | {"source": "".join(cell["source"])} for cell in cells]
    except FileNotFoundError:
        raise NotebookError(f"there is no file {path}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = describe_error(error)
        raise NotebookError(
            f"{path} is no notebook of format 4 ({reason}); open it in JupyterLab and save it"
        ) from None


def _questions_of(path: Path) -> list[Question]:
    cells = code_cells(path)
    sources = "\n".join(cell["source"] for cell in cells)
    ids = re.findall(rf"check\(\s*['\"]({QUESTION_ID.pattern})['\"]", sources)
    chapter = (ids[0] if ids else path.name).partition("." if ids else "_")[0]
    asked = question_bank.questions(chapter)
    if not asked:
        raise NotebookError(
            f"{path.name} answers no question of the course: no ck.check(...) cell is in it"
        )
    if not ids and not any(
        cell.get("metadata", {}).get("nbgrader", {}).get("solution") for cell in cells
    ):
        exercises = question_bank.notebook(chapter).name
        raise NotebookError(
            f"{path.name} is a chapter to read; its exercises are in exercises/{exercises}"
        )
    return asked


def _without_answer(
    question: Question, status: str, headline: str, details: tuple[str, ...] = ()
) -> Result:
    return Result(question.id, question.title, status, 0, question.points, headline, details)


# The parent's side of the child process


@dataclass(frozen=True)
class Run:
    """What a child process left: results, whether it came to its end, and where it was when it did not.

    `question_id` is that of the question being marked or answered there, or None.
    """

    results: dict[str, Result]
    finished: bool
    timed_out: bool
    exit_status: int | None
    at: str
    question_id: str | None


def _run_child(path: Path, pending: list[Question], deadline: float, cell_timeout: float) -> Run:
    questions_file = question_bank.chapter_folder(pending[0].chapter) / "questions.py"
    with tempfile.TemporaryDirectory() as folder:
        log, errors = Path(folder, "log.jsonl"), Path(folder, "errors.txt")
        files = [str(path), str(questions_file), str(log)]
        command = [
            sys.executable,
            "-m",
            "coursekit.course.check.notebook_check",
            *files,
            str(cell_timeout),
        ]
        with errors.open("wb") as stream:
            child = subprocess.Popen(
                command + [question.id for question in pending],
                cwd=path.parent,  # as in JupyterLab
                env=os.environ | {"MPLBACKEND": "Agg", "PYTHONUTF8": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stream,
                start_new_session=True,
            )
        try:
            status = child.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _kill_all(child)
        return _read_log(log, status, errors.read_text(encoding="utf-8", errors="replace"))


def _kill_all(child: subprocess.Popen) -> None:
    """End the child and everything that it started."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(child.pid, signal.SIGKILL)  # the child leads a group of its own
        except ProcessLookupError:
            pass
    elif child.poll() is None:
        subprocess.run(
            ["taskkill", "/F", "/T", "/PID", str(child.pid)], capture_output=True, check=False
        )
    child.wait()


def _read_log(log: Path, status: int | None, errors: str) -> Run:
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    entries = [
        json.loads(line) for line in lines if line.endswith("}")
    ]  # the last line may be cut off
    for entry in entries:
        if "note" in entry:
            print(entry["note"], file=sys.stderr)
    found = [entry["result"] for entry in entries if "result" in entry]
    results = {
        fields["question_id"]: Result(**fields | {"details": tuple(fields["details"])})
        for fields in found
    }
    places = [entry for entry in entries if "at" in entry]
    said = errors.strip().splitlines()[-1:]
    start = f"its start ({said[0]})" if said else "its start"
    last = places[-1] if places else {"at": start, "question_id": None}
    finished = {"finished": True} in entries
    return Run(results, finished, status is None, status, last["at"], last["question_id"])


# The child's side


@dataclass
class Answers:
    """What the cells left: their names, the expressions given to ck.check, and what failed."""

    namespace: dict[str, object]
    expressions: dict[str, str]
    failures: dict[
        str, tuple[str, tuple[str, ...]]
    ]  # by the name that the failed cell would have defined


def main(arguments: list[str]) -> None:
    """Run the cells, mark the questions and write a log, line by line, that survives a crash."""
    path, questions_file, log, cell_timeout, *ids = arguments
    asked = {question.id: question for question in question_bank.load(Path(questions_file))}
    seconds = float(cell_timeout)
    with open(log, "a", encoding="utf-8", buffering=1) as file:

        def write(**entry: object) -> None:
            file.write(json.dumps(entry) + "\n")

        cells = [cell["source"] for cell in code_cells(Path(path))]
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a cell that prints without end fills no disk
        names = {question.name: question_id for question_id, question in asked.items()}
        answers = run_cells(cells, names, write, seconds=seconds)
        for question_id in ids:
            write(at=question_id, question_id=question_id)
            result = dataclasses.replace(mark(asked[question_id], answers), evidence=None)
            write(result=dataclasses.asdict(result))
        write(finished=True)


def run_cells(
    cells: list[str], names: dict[str, str], write: Callable[..., None], *, seconds: float
) -> Answers:
    """Run code cells in one namespace, `seconds` each; `write` is told where it is and what is left out.

    `names` gives the question id of each function asked for: a cell that defines one is called by it.
    """
    answers = Answers({"__name__": "__main__", "display": lambda *shown, **options: None}, {}, {})
    for number, cell in enumerate(cells, start=1):
        source, magics = without_magics(cell)
        file_name = f"<code cell {number}>"
        linecache.cache[file_name] = (
            len(source),
            None,
            source.splitlines(keepends=True),
            file_name,
        )
        tree, failure = _parsed(source, file_name)
        defined = defined_names(tree, source)
        question_id = next((names[name] for name in defined if name in names), None)
        place = f"the cell of {question_id}" if question_id else f"code cell {number}"
        write(at=place, question_id=question_id)
        for magic in magics:
            write(note=f"{place}: not run here: {magic}")
        if tree is not None:
            answers.expressions |= take_course_calls(tree)
            failure = _run_cell(tree, file_name, answers.namespace, seconds)
        if failure is not None:
            message, advice = explain_error(failure, seconds)
            told = (f"{place} fails: {message}", (*advice, *learner_lines(failure)))
            write(note=told[0])
            answers.failures |= dict.fromkeys(defined, told)
    return answers


def _parsed(source: str, file_name: str) -> tuple[ast.Module | None, Exception | None]:
    try:
        return ast.parse(source, file_name), None
    except (SyntaxError, ValueError) as error:
        return None, error


def _run_cell(
    tree: ast.Module, file_name: str, namespace: dict, seconds: float
) -> BaseException | None:
    """Run a cell; return what stopped it, or None."""
    try:
        with memory_limit(), time_limit(seconds):
            exec(compile(tree, file_name, "exec"), namespace)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() in a cell ends the cell, as in JupyterLab
        return error
    return None


def without_magics(source: str) -> tuple[str, list[str]]:
    """Return a cell without IPython's magics and shell lines, and those lines; line numbers stay.

    Examples
    --------
    >>> without_magics("%matplotlib inline\\nx = 1")
    ('pass\\nx = 1', ['%matplotlib inline'])
    """
    if source.lstrip().startswith("%%"):
        return "", [source.lstrip().splitlines()[0]]
    if _is_python(source):
        return source, []
    kept, magics = [], []
    for line in source.splitlines():
        if MAGIC.match(line):
            magics.append(line.strip())
            line = line[: len(line) - len(line.lstrip())] + "pass"
        kept.append(line)
    return "\n".join(kept), magics


def _is_python(source: str) -> bool:
    """Return whether the cell is Python as it stands: then % at the start of a line is the operator."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def take_course_calls(tree: ast.Module) -> dict[str, str]:
    """Remove calls such as ck.check(...) from a cell; return what each check was given, by question id.

    Examples
    --------
    >>> tree = ast.parse('x = 1\\nck.check("01.rms", rms)')
    >>> take_course_calls(tree), ast.unparse(tree)
    ({'01.rms': 'rms'}, 'x = 1')
    """
    given, kept = {}, []
    for statement in tree.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        name = _course_call(call)
        if name == "check" and len(call.args) == 2:
            given[call.args[0].value] = ast.unparse(call.args[1])
        if name is None:
            kept.append(statement)
    tree.body[:] = kept
    return given


def _course_call(node: ast.expr | None) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    name = getattr(node.func, "attr", getattr(node.func, "id", None))
    first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    about_question = isinstance(first, str) and QUESTION_ID.fullmatch(first)
    return name if name in NOT_RUN and (about_question or name == "progress") else None


def defined_names(tree: ast.Module | None, source: str) -> list[str]:
    """Return the names that a cell would have defined; found by pattern where it does not parse."""
    if tree is None:
        return re.findall(r"^(?:def\s+)?(\w+)\s*[(=]", source, flags=re.MULTILINE)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    targets = [
        target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
    ]
    return names + [target.id for target in targets if isinstance(target, ast.Name)]


def mark(question: Question, answers: Answers) -> Result:
    expression = answers.expressions.get(question.id, question.name)
    missing = {
        node.id for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name)
    } - set(answers.namespace)
    failed = next(
        (answers.failures[name] for name in sorted(missing) if name in answers.failures), None
    )
    if failed:
        return _without_answer(question, "error", *failed)
    if question.name in missing:
        return _without_answer(
            question, "unattempted", f"The notebook does not define {question.name}."
        )
    try:
        return evaluate(question, eval(expression, answers.namespace))
    except Exception as error:
        return _without_answer(question, "error", describe_error(error), learner_lines(error))


if __name__ == "__main__":
    main(sys.argv[1:])
