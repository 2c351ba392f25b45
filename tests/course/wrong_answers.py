"""Wrong answers made by machine from a question and its solution, and right ones in another dress.

Each has a name. A question that rightly lets one pass declares it with the reason, ``spared={"name": "reason"}``.
"""

import contextlib
import copy
import dataclasses
import functools
import importlib
import inspect
import io
import pkgutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from slips import WATCHED, Watch, slips, zeros_like

import coursekit
from coursekit.course.check.calls import named
from coursekit.course.check.comparison import choice
from coursekit.course.check.limits import TimeUp, memory_limit, time_limit
from coursekit.course.check.marking import evaluate
from coursekit.course.check.question import Case, Question
from coursekit.course.check.values import as_array, to_plain

READY_MADE = "ready-made"
MEMORY = 1  # GiB for all of them
BRIEF = 0.1  # seconds for a function of the library that is tried
PATIENCE = 1.0  # seconds for a call with a slip, which can make a loop endless
# Nouns of the library that read files, draw or play: no answer to a question, and not to be called with its arguments.
LEFT_OUT = (
    "course",
    "controls",
    "data",
    "display",
    "exercise",
    "paths",
    "pretrained",
    "recipes",
    "shelf",
    "train",
)
PROFESSIONAL = (
    *("librosa", "librosa.feature", "librosa.onset", "librosa.beat", "librosa.sequence"),
    *("librosa.effects", "librosa.filters", "librosa.util", "numpy.fft", "numpy.linalg"),
    *("scipy.fft", "scipy.signal", "scipy.linalg", "scipy.special", "scipy.stats"),
    *("torch.nn.functional", "torch.fft", "torchaudio.functional", "mir_eval.chord"),
)
# get_samplerate: a number is a file that is open already, and it closes that one, standard output among them.
FILES = (
    "load",
    "save",
    "read",
    "write",
    "record",
    "play",
    "fetch",
    "ex",
    "cite",
    "show",
    "stream",
    "get_samplerate",
)
FILES += ("set_",)  # librosa.set_fftlib would change the library for all who come after


@dataclass(frozen=True)
class WrongAnswer:
    """A named wrong answer; `watch` has seen what a slip concerns, `marked` asks for the whole marking,
    because the value alone does not show what is wrong. `brief`: the first case shows it as well as all."""

    name: str
    answer: Callable
    watch: Watch | None = None
    marked: bool = False
    brief: bool = False


class Subject:
    """A question with its cases, their truths and its solution: what wrong answers are made from."""

    def __init__(self, question: Question, source: str, namespace: Mapping[str, object]) -> None:
        self.question, self.source, self.namespace = question, source, namespace
        self.cases = question.draw()
        self.truths = [question.truth(case) for case in self.cases]
        self.solve = namespace[question.name]
        self.bound = [inspect.signature(self.solve).bind(*c.args, **c.kwargs) for c in self.cases]

    def passes(self, wrong: WrongAnswer) -> bool:
        """Return whether all cases take this answer for right; it stops at the first that does not."""
        cases = self.cases[:1] if wrong.brief else self.cases
        for case, truth in zip(cases, self.truths, strict=False):
            seconds = PATIENCE if wrong.watch else self.question.time_limit
            value, failed = called(wrong.answer, case, seconds=seconds)
            if failed or not self.question.compare.compare(value, truth).ok:
                return False
        if wrong.watch and wrong.watch.called and not wrong.watch.saw_float:
            return False  # between whole numbers there is nothing to round and no small number
        tried = dataclasses.replace(self.question, cases=lambda rng: cases)
        return not wrong.marked or evaluate(tried, wrong.answer).passed


def called(answer: Callable, case: Case, *, seconds: float) -> tuple[object, bool]:
    """Return the plain value that an answer gives, and whether it failed."""
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
            time_limit(seconds),
        ):
            warnings.simplefilter("ignore")
            return to_plain(case.call(answer)), False
    except (Exception, TimeUp):
        return None, True


def passing(subject: Subject, wrong: Iterable[WrongAnswer]) -> list[str]:
    """Return the names of the wrong answers that pass, in the order in which they are made."""
    with memory_limit(MEMORY):  # some functions of a library make a matrix of n x n
        return [each.name for each in wrong if subject.passes(each)]


def wrong_answers(subject: Subject) -> Iterator[WrongAnswer]:
    """Yield the wrong answers to a question; none to a prediction."""
    kind = subject.question.kind
    if kind == "prediction":
        return
    yield from ignored_arguments(subject)
    yield from constants(subject)
    yield from ready_made(subject, library_functions())
    yield from forbidden(subject)
    yield from cut_gradients(subject)
    if kind != "experiment":  # many methods are right there, and a slip need not harm
        yield from slipped(subject)


# --- answers without an idea --------------------------------------------------------------------------------


def ignored_arguments(subject: Subject) -> Iterator[WrongAnswer]:
    """Each argument in turn frozen at the value of the first call."""
    if len(subject.cases) == 1:
        return
    for name, frozen in subject.bound[0].arguments.items():

        def answer(*args, name=name, frozen=frozen, **kwargs):
            bound = inspect.signature(subject.solve).bind(*args, **kwargs)
            bound.arguments[name] = Case(frozen).copy().args[0]
            return subject.solve(*bound.args, **bound.kwargs)

        yield WrongAnswer(f"ignores {name}", answer)


def constants(subject: Subject) -> Iterator[WrongAnswer]:
    """The first right answer for all cases, zeros in its form, and the input itself."""
    first = to_plain(subject.cases[0].call(subject.solve))
    if len(subject.cases) > 1:
        yield WrongAnswer("constant", lambda *args, **kwargs: first)
    yield WrongAnswer(
        "zeros", lambda *args, **kwargs: zeros_like(to_plain(subject.solve(*args, **kwargs)))
    )
    if subject.bound[0].arguments:
        first_name = next(iter(subject.bound[0].arguments))

        def same(*args, **kwargs):
            return inspect.signature(subject.solve).bind(*args, **kwargs).arguments[first_name]

        yield WrongAnswer("input", same)


# --- the ready-made thing -----------------------------------------------------------------------------------


def ready_made(subject: Subject, functions: Mapping[str, Callable]) -> Iterator[WrongAnswer]:
    """Each of these functions, called with the arguments of the question as they fit."""
    form = as_array(to_plain(subject.cases[0].call(subject.solve)))
    for name, function in functions.items():
        for answer in natural_calls(function, subject):
            value, failed = called(answer, subject.cases[0], seconds=BRIEF)
            if not failed and np.shape(as_array(value)) == np.shape(form):
                yield WrongAnswer(f"{READY_MADE} {name}", answer, marked=True)
                break


def professional(subject: Subject) -> Iterator[WrongAnswer]:
    """Each function of the professional libraries, with arrays and with tensors."""
    functions = professional_functions()
    tensors = {name: on_tensors(f) for name, f in functions.items() if "torch" in name}
    yield from ready_made(subject, {**functions, **tensors})


def forbidden(subject: Subject) -> Iterator[WrongAnswer]:
    """The solution, which also calls one of the functions that the question forbids."""
    for name in subject.question.forbidden:
        for function, full_name in functions_called(name):
            unwrapped = bare(function)

            def answer(*args, function=unwrapped, **kwargs):
                with contextlib.suppress(
                    Exception
                ):  # None is not what it wants; it is called nevertheless
                    by_place, by_name = nothing_for(function)
                    function(*by_place, **by_name)
                return subject.solve(*args, **kwargs)

            yield WrongAnswer(f"calls {full_name}", answer, marked=True, brief=True)


def functions_called(name: str) -> list[tuple[Callable, str]]:
    """The function of that name; for "numpy.fft.*" the functions that the module offers."""
    found = named(name)
    if not name.endswith(".*"):
        return [(found, name)]
    offered = {key: getattr(found, key) for key in getattr(found, "__all__", dir(found))}
    return [
        (value, f"{name[:-1]}{key}")
        for key, value in offered.items()
        if callable(value) and not isinstance(value, type) and not key.startswith(("_", *FILES))
    ]


def bare(function: Callable) -> Callable:
    """The function without a wrapper that looks at its arguments first."""
    return inspect.unwrap(function) if inspect.isfunction(function) else function


def nothing_for(function: Callable) -> tuple[list, dict]:
    """None for each argument that a function must have, so that a call of it begins."""
    signature = signature_of(function)
    needed = [
        p for p in (signature.parameters.values() if signature else ()) if p.default is p.empty
    ]
    by_place = [None for p in needed if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return by_place, {p.name: None for p in needed if p.kind is p.KEYWORD_ONLY}


@functools.cache
def library_functions() -> dict[str, Callable]:
    """The public functions of coursekit's nouns, by their full name."""
    found = {}
    for module in pkgutil.walk_packages(coursekit.__path__, "coursekit."):
        parts = module.name.split(".")
        if parts[1] in LEFT_OUT or any(part.startswith("_") for part in parts):
            continue
        space = vars(importlib.import_module(module.name))
        for name, value in space.items():
            own = inspect.isfunction(value) and value.__module__ == module.name
            if own and not name.startswith(("_", *FILES)):
                found[f"{module.name}.{name}"] = value
    return found


@functools.cache
def professional_functions() -> dict[str, Callable]:
    """The public functions of the libraries that professionals take, by their full name; it imports them all."""
    found, known = {}, set()
    for module_name in PROFESSIONAL:
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", dir(module)):
            value = getattr(module, name, None)
            if (
                callable(value)
                and not isinstance(value, type)
                and not name.startswith(("_", *FILES))
                and id(value) not in known
            ):
                known.add(id(value))
                found[f"{module_name}.{name}"] = value
    return found


def on_tensors(function: Callable) -> Callable:
    """The function with arrays given as tensors."""
    torch = importlib.import_module("torch")

    def answer(*args, **kwargs):
        args = [torch.from_numpy(v) if isinstance(v, np.ndarray) else v for v in args]
        kwargs = {
            k: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()
        }
        return function(*args, **kwargs)

    return functools.wraps(function)(answer)


def natural_calls(function: Callable, subject: Subject) -> Iterator[Callable]:
    """The ways to hand a question's arguments to a function: all of them, those that it knows, in their order."""
    signature, case = signature_of(function), subject.cases[0]
    known = signature.parameters if signature else {}

    def fits(*args, **kwargs):
        with contextlib.suppress(TypeError):
            return signature is None or bool(signature.bind(*args, **kwargs))

    def as_they_come(*args, **kwargs):
        return function(*args, **kwargs)

    def those_known(*args, **kwargs):
        return function(*args, **{key: value for key, value in kwargs.items() if key in known})

    def in_order(*args, **kwargs):
        return function(*args, *kwargs.values())

    if fits(*case.args, **case.kwargs):
        yield as_they_come
    if case.kwargs and fits(*case.args, **{k: v for k, v in case.kwargs.items() if k in known}):
        yield those_known
    if case.kwargs and fits(*case.args, *case.kwargs.values()):
        yield in_order


@functools.cache
def signature_of(function: Callable) -> inspect.Signature | None:
    """Its signature, or None for a function in C that has none."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


# --- a gradient cut -----------------------------------------------------------------------------------------


def cut_gradients(subject: Subject) -> Iterator[WrongAnswer]:
    """The solution behind a cut in the graph, where the question asks for gradients."""
    wanted = subject.question.gradients
    if wanted is None:
        return
    leave = {
        ".detach()": lambda tensor: tensor.detach(),
        ".numpy()": lambda tensor: tensor.detach().numpy(),
        ".tolist()": lambda tensor: tensor.tolist(),
    }
    for name, cut in leave.items():
        yield WrongAnswer(name, lambda *a, cut=cut, **k: cut(subject.solve(*a, **k)), marked=True)
    for name, place in wanted.places.items():

        def answer(*args, place=place, **kwargs):
            given = dict(enumerate(args)) | kwargs
            given[place] = separate(given[place])
            by_place = [given.pop(number) for number in range(len(args))]
            return subject.solve(*by_place, **given)

        yield WrongAnswer(f"a copy of {name}", answer, marked=True)


def separate(value: object) -> object:
    """A copy of a module, or of a tensor, that no gradient leaves."""
    return value.detach().clone() if hasattr(value, "detach") else copy.deepcopy(value)


# --- slips in the solution ----------------------------------------------------------------------------------


def slipped(subject: Subject) -> Iterator[WrongAnswer]:
    """The solution with one slip of the pen each."""
    for name, tree in slips(subject.source):
        watch = Watch()
        namespace = {**subject.namespace, WATCHED: watch}
        namespace.setdefault("np", np)
        try:
            exec(compile(tree, name, "exec"), namespace)
        except Exception:  # a slip in a default argument
            continue
        yield WrongAnswer(name, namespace[subject.question.name], watch)


# --- right answers in another dress -------------------------------------------------------------------------


def dresses(question: Question, solve: Callable) -> dict[str, Callable]:
    """Right answers whose form is another: these must pass, unless the question spares itself one."""
    torch = sys.modules.get("torch")

    def in_form(change: Callable) -> Callable:
        return lambda *args, **kwargs: change(solve(*args, **kwargs))

    def single(*args, **kwargs):
        args = [to_single(value) for value in args]
        kwargs = {key: to_single(value) for key, value in kwargs.items()}
        return to_python(solve(*args, **kwargs))

    if question.gradients:  # a list or an array carries none
        return {}
    made = {
        "lists": in_form(to_python),
        "tuples": in_form(lambda value: to_tuples(to_python(value))),
        "NumPy": in_form(to_numpy),
        "float32 inputs, Python numbers": single,
    }
    if isinstance(question.compare, choice):
        made["a number for a digit"] = in_form(
            lambda value: int(value) if value.isdigit() else value
        )
    if torch is not None:
        made["torch"] = in_form(lambda value: to_torch(value, torch))
    return {f"dress: {name}": answer for name, answer in made.items()}


def to_python(value: object) -> object:
    """Arrays as lists, NumPy's numbers as Python's."""
    plain = to_plain(value)
    if isinstance(plain, np.ndarray):
        return plain.tolist()
    if isinstance(plain, list):
        return [to_python(item) for item in plain]
    return plain


def to_tuples(value: object) -> object:
    """Lists as tuples, all the way down."""
    return tuple(to_tuples(item) for item in value) if isinstance(value, list) else value


def to_numpy(value: object) -> object:
    """Numbers as NumPy's scalars, lists of numbers as arrays."""
    array = as_array(to_plain(value))
    return value if array is None else array[()]


def to_torch(value: object, torch) -> object:
    """Numbers and lists of numbers as tensors."""
    array = as_array(to_plain(value))
    return value if array is None else torch.from_numpy(np.array(array))


def to_single(value: object) -> object:
    """An array of double precision in single precision."""
    double = isinstance(value, np.ndarray) and value.dtype == np.float64
    return value.astype(np.float32) if double else value


def refusal(subject: Subject, answer: Callable) -> str:
    """Return why a case refuses this answer; empty where all take it."""
    for number, (case, truth) in enumerate(zip(subject.cases, subject.truths, strict=True)):
        value, failed = called(answer, case, seconds=subject.question.time_limit)
        if failed:
            return f"case {number}: it fails"
        verdict = subject.question.compare.compare(value, truth)
        if not verdict.ok:
            return f"case {number}: {verdict.message}"
    return ""
