"""Call a learner's function safely: with copies of its inputs, within limits, its errors told well."""

import ast
import contextlib
import inspect
import io
import linecache
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coursekit.course.check.calls import BOUNDARY, LIBRARY_FOLDERS, noted_calls
from coursekit.course.check.comparison import exact
from coursekit.course.check.gradients import Gradients, gradients_of
from coursekit.course.check.limits import (
    MOST_MEMORY,
    TimeUp,
    is_out_of_memory,
    memory_limit,
    time_limit,
)
from coursekit.course.check.question import ID, Case
from coursekit.course.check.values import to_plain, type_name

KEPT_OUTPUT = 2000  # characters of what the function prints that are kept, from the end


@dataclass(frozen=True)
class Attempt:
    """What one call gave: a plain value, or the reason why there is none.

    `status` is "value", "unattempted" or "error"; `message` and `details` say what happened in the two last.
    `called` names the functions among `forbidden` that were called; `gradients` holds those of the result with
    respect to the arguments that a question asks them for, as plain arrays. `tried` is False where the function
    cannot be called with these arguments, or does nothing but raise.
    """

    status: str
    value: object = None
    message: str = ""
    details: tuple[str, ...] = ()
    printed: str = ""
    called: tuple[str, ...] = ()
    gradients: Mapping[str, object] = field(default_factory=dict)
    tried: bool = True


def attempt(
    function: Callable,
    case: Case,
    *,
    question_id: str,
    seconds: float | None = None,
    forbidden: Sequence[str] = (),
    gradients: Gradients | None = None,
) -> Attempt:
    """Call `function` with copies of the case's arguments and return what came of it.

    Parameters
    ----------
    function : callable
        The learner's function; it may raise, exit, loop, print and change its inputs.
    case : Case
        The arguments.
    question_id : str
        ``NotImplementedError(question_id)``, raised by the stub, means that nothing has been written yet.
    seconds : float or None
        Time limit. It holds in the main thread on Linux and macOS; elsewhere a call cannot be interrupted.
    forbidden : sequence of str
        Functions such as "numpy.fft.fft" whose calls are noted.
    gradients : Gradients or None
        Arguments whose gradients are wanted, too.

    Returns
    -------
    Attempt
        Never raises, except KeyboardInterrupt: the learner's own way to stop.

    Examples
    --------
    >>> attempt(lambda x: x / 0, Case(1), question_id="01.ratio").message
    'ZeroDivisionError: division by zero'
    """
    given = case.copy()
    leaves = gradients.leaves(given) if gradients else {}
    printed, arrived = _Tail(), {}
    try:
        with (
            quiet(printed),
            noted_calls(forbidden, function) as called,
            memory_limit(),
            time_limit(seconds),
        ):
            result = function(*given.args, **given.kwargs)
            value = to_plain(result)
            if leaves:
                arrived = gradients_of(result, leaves)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and TimeUp are no Exception
        failed = _failed(error, function, question_id, seconds, str(printed))
        return replace(failed, tried=_takes(function, case) and not _only_raises(function))
    if not _same_inputs(given, case):
        details = ("Work on a copy, y = y.copy(), or write y = y * 2 instead of y *= 2.",)
        return Attempt(
            "error", value, "The function changes its input in place.", details, str(printed)
        )
    return Attempt(
        "value", value, printed=str(printed), called=tuple(dict.fromkeys(called)), gradients=arrived
    )


BOUNDARY.add(attempt.__code__)


def _failed(
    error: BaseException, function: Callable, question_id: str, seconds: float | None, printed: str
) -> Attempt:
    if isinstance(error, NotImplementedError) and error.args in ((), (question_id,)):
        message = "Nothing is written here yet."
        if _has_more_than_the_stub(function):
            message = "`raise NotImplementedError` is still there: delete that line."
        return Attempt("unattempted", message=message, printed=printed)
    if isinstance(error, NotImplementedError) and re.fullmatch(ID, str(error.args[0])):
        message = (
            f"This needs your answer to {error.args[0]} first."  # the stub of another question
        )
        return Attempt("unattempted", message=message, printed=printed)
    message, advice = explain_error(error, seconds)
    return Attempt("error", None, message, (*advice, *learner_lines(error)), printed)


def _has_more_than_the_stub(function: Callable) -> bool:
    """Return whether the function's body holds more than its docstring and one statement."""
    return len(_body_of(function)) > 1


def _only_raises(function: Callable) -> bool:
    """Return whether the body is nothing but `raise` or `assert`, with a docstring or `...` at most."""
    body = _body_of(function)
    idle = [isinstance(s, ast.Pass) or _is_constant(s) for s in body]
    left = [statement for statement, skip in zip(body, idle, strict=True) if not skip]
    return bool(body) and all(isinstance(s, ast.Raise | ast.Assert) for s in left)


def _is_constant(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _body_of(function: Callable) -> list[ast.stmt]:
    """Return the statements of a function without its docstring; none where there is no source to read."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0].body
    except (OSError, TypeError, SyntaxError, AttributeError):  # no source, or no plain function
        return []
    if not isinstance(body, list):  # a lambda
        return []
    return body[ast.get_docstring(ast.Module(body, [])) is not None :]


def _takes(function: Callable, case: Case) -> bool:
    """Return whether the function can be called with the case's arguments, by their number and names."""
    try:
        inspect.signature(function).bind(*case.args, **case.kwargs)
    except TypeError:
        return False
    except ValueError:  # a function in C that tells nothing
        pass
    return True


def explain_error(error: BaseException, seconds: float | None) -> tuple[str, tuple[str, ...]]:
    """Return what happened on one line, and lines of advice where the likely cause is known."""
    if isinstance(error, TimeUp):
        advice = "Is there a loop that never ends, or one over samples that an array operation could replace?"
        return f"No answer after {seconds:g} s.", (advice,)
    if is_out_of_memory(error):
        message = f"It asked for more than {MOST_MEMORY} GB of memory: "
        return message + "is a matrix (N x N) built where a recursion or a sum would do?", ()
    if isinstance(error, RecursionError):
        return "The recursion never ends: is there a case for length 1?", ()
    if isinstance(error, TypeError) and "NoneType" in str(error):
        return describe_error(error), ("Something is None here: a `return` may be missing.",)
    if isinstance(error, RuntimeError) and "requires grad" in str(error):
        advice = "A gradient must pass here: stay with torch's own functions, and change nothing in place."
        return describe_error(error), (advice,)
    return describe_error(error), ()


def describe_error(error: BaseException) -> str:
    """Return type and message of an exception on one line; never raises.

    Examples
    --------
    >>> describe_error(ValueError("one\\ntwo"))
    'ValueError: one two'
    """
    if isinstance(error, SystemExit):
        return "The function ends Python: take out exit()"
    try:
        message = " ".join(str(error).split())
    except Exception:  # a learner's exception class can have a broken __str__
        message = ""
    message = message if len(message) <= 200 else message[:200] + "…"
    return f"{type_name(error)}: {message}" if message else type_name(error)


def learner_lines(error: BaseException, *, at_most: int = 2) -> tuple[str, ...]:
    """Return the learner's own last lines of a traceback, without the frames of libraries."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        name, number = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        source = linecache.getline(name, number).strip()
        if source and not name.startswith(LIBRARY_FOLDERS):
            lines.append(f"line {number} of {trace.tb_frame.f_code.co_name}: {source[:120]}")
        trace = trace.tb_next
    return tuple(dict.fromkeys(lines))[-at_most:]


def _same_inputs(given: Case, case: Case) -> bool:
    before, after = to_plain([case.args, case.kwargs]), to_plain([given.args, given.kwargs])
    return exact().judge(after, before).ok


@contextlib.contextmanager
def quiet(printed: io.TextIOBase) -> Iterator[None]:
    """Collect in `printed` what the block prints, and let its warnings pass unseen."""
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # a warning costs no marks
        yield


class _Tail(io.TextIOBase):
    """A text stream that keeps the last characters only, so that printing in a loop fills no memory."""

    def __init__(self) -> None:
        self.kept = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.kept = (self.kept + text[-KEPT_OUTPUT:])[-KEPT_OUTPUT:]
        return len(text)

    def __str__(self) -> str:
        return self.kept
