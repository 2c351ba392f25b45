"""Which of the functions that a question forbids does an answer call?

The interpreter reports each call while the answer runs (``sys.setprofile``), whatever the function is called by
then: an alias, a closure, a container, ``getattr``, a tensor's method, a class made beforehand. What makes no such
report, NumPy's ufuncs and what C calls for C, is replaced wherever the answer can find it.

A call counts wherever it happens in that time. A library function that calls a forbidden one inside is the
ready-made thing under another name, and is named: "scipy.fft.rfft (inside coursekit.dsp.stft)". Two kinds of calls
are nobody's cheating: those that an import makes, and those made inside objects that the question itself hands over.
"""

import contextlib
import functools
import importlib
import inspect
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType, FunctionType

from coursekit import paths

LIBRARY_FOLDERS = (
    str(paths.PACKAGE),
    *{sysconfig.get_path(k) for k in ("stdlib", "purelib", "platlib")},
)
OF_A_QUESTION = "_coursekit_questions_"  # how the modules begin that question_bank makes
MADE_OR_CALLED = ("__init__", "__new__", "__call__")  # of a class; its other dunders say nothing
DEEPEST = 3  # containers within containers that are searched for a function
LARGEST = 1000  # items of a container that is searched


@contextlib.contextmanager
def noted_calls(names: Sequence[str], answer: Callable) -> Iterator[list[str]]:
    """Note in the list that is yielded which of the named functions are called in the block.

    Parameters
    ----------
    names : sequence of str
        Functions and classes by their full name, "numpy.fft.fft"; "librosa.*" for all that a package holds. A
        package that is not loaded is not imported for that.
    answer : callable
        The learner's function.

    Examples
    --------
    >>> import numpy as np
    >>> with noted_calls(["numpy.fft.*"], np.fft.fft) as called:
    ...     _ = np.fft.fft(np.ones(4))
    >>> called[0]
    'numpy.fft.fft'
    """
    if not names:
        yield []
        return
    ear = _Ear(names, answer)
    before, before_in_threads = sys.getprofile(), threading.getprofile()
    with contextlib.ExitStack() as put_back:
        ear.replace(put_back)
        put_back.callback(threading.setprofile, before_in_threads)
        put_back.callback(_listen_again, before)
        threading.setprofile(ear)
        sys.setprofile(ear)
        yield ear.called


def _listen_again(before: object) -> None:
    """Put back who listened before; cProfile is no function and is switched on by its own method."""
    sys.setprofile(None)
    if before is not None:
        getattr(before, "enable", lambda: sys.setprofile(before))()


def named(name: str) -> object:
    """Return what a full name such as "numpy.fft.fft" stands for; its module is imported, for "numpy.*" that alone.

    Raises
    ------
    ImportError, AttributeError
        There is nothing of that name.
    """
    module_name, _, attribute = name.rpartition(".")
    module = importlib.import_module(module_name)
    return module if attribute == "*" else getattr(module, attribute)


class _Ear:
    """The function that the interpreter tells of each call; `called` lists what was forbidden."""

    def __init__(self, names: Sequence[str], answer: Callable) -> None:
        self.called: list[str] = []
        self.answer = answer
        self.codes: dict[CodeType, str] = {}
        self.builtins: dict[Callable, str] = {}
        self.methods: dict[str, str] = {}  # of tensors
        self.operators: dict[str, str] = {}  # in torch.ops.aten
        self.silent: list[tuple[str, Callable]] = []  # what has no code of Python
        self.waiting: dict[str, list[str]] = {}  # by their last part: names of what is not loaded
        self.packages = tuple(name[:-2] for name in names if name.endswith(".*"))
        for name in names:
            if not name.endswith(".*"):
                self._know(name)

    def _know(self, name: str) -> None:
        module_name, _, attribute = name.rpartition(".")
        function = vars(sys.modules.get(module_name, sys)).get(attribute)
        if module_name.partition(".")[0] == "torch" and attribute.islower():
            self.operators.setdefault(attribute, name)
            if not attribute.startswith("_"):
                self.methods.setdefault(attribute, name)
        if module_name not in sys.modules or function is None:
            self.waiting.setdefault(attribute, []).append(name)
        else:
            self._add(name, function)

    def _add(self, name: str, function: Callable) -> None:
        if function is self.answer and not isinstance(function, FunctionType):
            self.called.append(name)
        found = codes_of(function)
        self.codes.update(dict.fromkeys(found, name))
        if found:
            return
        self.silent.append((name, function))
        if inspect.isbuiltin(function):
            self.builtins[function] = name

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        """Note a call that counts; the interpreter calls this, and does not report what happens in it."""
        if event == "call":
            name = self._name_of(frame)
            if name:
                self.note(name, frame.f_back)
        elif event == "c_call":
            name = self._name_of_builtin(arg)
            if name:
                self.note(name, frame)

    def _name_of(self, frame: FrameType) -> str | None:
        code = frame.f_code
        if code in self.codes:
            return self.codes[code]
        if self.operators and code.co_name == "__call__":
            return self._name_of_operator(frame)
        waiting = self.waiting.get(code.co_name)
        if waiting or self.packages:
            module = str(frame.f_globals.get("__name__", ""))
            for name in waiting or ():
                self._meet(name, module)
            if code in self.codes:
                return self.codes[code]
            if _belongs(module, self.packages) and not code.co_name.startswith(("<", "_")):
                return _public(module, code.co_name)
        return None

    def _name_of_operator(self, frame: FrameType) -> str | None:
        """Of torch.ops.aten.softmax, or of one of its overloads: all share their code, and know what they are."""
        if frame.f_globals.get("__name__") != "torch._ops":
            return None
        space, _, rest = str(frame.f_locals.get("self")).partition(".")
        return self.operators.get(rest.partition(".")[0]) if space == "aten" else None

    def _meet(self, name: str, module: str) -> None:
        """Look at what bears a name, once code of its package runs that is called so."""
        if module.partition(".")[0] != name.partition(".")[0]:
            return
        with contextlib.suppress(ImportError, AttributeError):
            self._add(name, named(name))

    def _name_of_builtin(self, function: Callable) -> str | None:
        with contextlib.suppress(TypeError):
            if function in self.builtins:
                return self.builtins[function]
        name = self.methods.get(getattr(function, "__name__", ""))
        torch = sys.modules.get("torch")
        own = getattr(function, "__self__", None)
        if name and torch is not None and isinstance(own, torch.Tensor):
            return name
        module = getattr(function, "__module__", None)
        if self.packages and isinstance(module, str) and _belongs(module, self.packages):
            return _public(module, function.__name__)
        return None

    def note(self, name: str, caller: FrameType | None) -> None:
        """Note a call, unless an import makes it or an object that belongs to the question."""
        inside = ""
        learner = False
        while caller is not None and caller.f_code not in BOUNDARY:
            file, module = caller.f_code.co_filename, str(caller.f_globals.get("__name__", ""))
            if file.startswith("<frozen importlib") or module.startswith(OF_A_QUESTION):
                return
            learner = learner or not file.startswith(LIBRARY_FOLDERS)
            shown = caller.f_code.co_name
            if not learner and caller.f_code in codes_of(caller.f_globals.get(shown)):
                inside = _public(module, shown)
            caller = caller.f_back
        self.called.append(f"{name} (inside {inside})" if inside and learner else name)

    def replace(self, put_back: contextlib.ExitStack) -> None:
        """Put functions that note their calls in the place of those that the interpreter is silent about."""
        if not self.silent:
            return
        noting = {id(function): self._noting(name, function) for name, function in self.silent}
        packages = {name.partition(".")[0] for name, _ in self.silent}
        for loaded, module in list(sys.modules.items()):
            if loaded.partition(".")[0] in packages:
                _exchange(getattr(module, "__dict__", {}), noting, put_back, depth=0, seen=set())
        _exchange_in_function(self.answer, noting, put_back, depth=0, seen=set())

    def _noting(self, name: str, function: Callable) -> Callable:
        @functools.wraps(function, updated=())
        def noted(*args, **kwargs):
            self.note(name, sys._getframe(1))
            return function(*args, **kwargs)

        return noted


def codes_of(function: object) -> list[CodeType]:
    """Return the code that runs only when this function, or an object of this class, is called."""
    if isinstance(function, type):
        methods = [getattr(value, "__func__", value) for value in vars(function).values()]
        plain = [method for method in methods if isinstance(method, FunctionType)]
        names = [
            m for m in plain if not m.__name__.startswith("__") or m.__name__ in MADE_OR_CALLED
        ]
        return [method.__code__ for method in names]
    function = getattr(function, "_implementation", function)  # of NumPy's dispatchers
    with contextlib.suppress(ValueError):  # a circle of wrappers
        function = inspect.unwrap(function) if isinstance(function, FunctionType) else function
    # What a factory makes shares its code with all that the factory makes.
    if isinstance(function, FunctionType) and function.__code__.co_name == function.__name__:
        return [function.__code__]
    return []


def _belongs(module: str, packages: Sequence[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _public(module: str, function: str) -> str:
    """A full name without the private modules in it: numpy.fft.fft, not numpy.fft._pocketfft.fft."""
    return ".".join([part for part in module.split(".") if not part.startswith("_")] + [function])


# --- what the interpreter does not report -------------------------------------------------------------------


def _exchange(
    space: dict | list, noting: dict, put_back: contextlib.ExitStack, *, depth: int, seen: set
) -> None:
    """Exchange functions in a container and in what it holds; `put_back` takes them back."""
    if id(space) in seen:
        return
    seen.add(id(space))
    items = list(space.items() if isinstance(space, dict) else enumerate(space))
    for key, value in items:
        new = _exchanged(value, noting)
        if new is not None:
            put_back.callback(space.__setitem__, key, value)
            space[key] = new
        elif 0 < depth <= DEEPEST:
            _exchange_in(value, noting, put_back, depth=depth + 1, seen=seen)


def _exchanged(value: object, noting: dict) -> object | None:
    if id(value) in noting:
        return noting[id(value)]
    if type(value) is functools.partial and id(value.func) in noting:
        return functools.partial(noting[id(value.func)], *value.args, **value.keywords)
    if type(value) is tuple and len(value) <= LARGEST:
        new = [_exchanged(item, noting) for item in value]
        if any(item is not None for item in new):
            return tuple(b if b is not None else a for a, b in zip(value, new, strict=True))
    return None


def _exchange_in(
    value: object, noting: dict, put_back: contextlib.ExitStack, *, depth: int, seen: set
) -> None:
    if isinstance(value, FunctionType):
        _exchange_in_function(value, noting, put_back, depth=depth, seen=seen)
    elif type(value) in (dict, list) and len(value) <= LARGEST:
        _exchange(value, noting, put_back, depth=depth, seen=seen)


def _exchange_in_function(
    function: object, noting: dict, put_back: contextlib.ExitStack, *, depth: int, seen: set
) -> None:
    """Exchange functions among the globals of a learner's function, in its closure and its default arguments."""
    if not isinstance(function, FunctionType) or id(function) in seen:
        return
    if function.__code__.co_filename.startswith(LIBRARY_FOLDERS):
        return
    seen.add(id(function))
    inner = {"put_back": put_back, "depth": depth + 1, "seen": seen}
    _exchange(function.__globals__, noting, **inner)
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # an empty cell
            value = cell.cell_contents
            new = _exchanged(value, noting)
            if new is not None:
                put_back.callback(setattr, cell, "cell_contents", value)
                cell.cell_contents = new
            else:
                _exchange_in(value, noting, **inner)
    new = _exchanged(function.__defaults__ or (), noting)
    if new is not None:
        put_back.callback(setattr, function, "__defaults__", function.__defaults__)
        function.__defaults__ = new
    _exchange(function.__kwdefaults__ or {}, noting, **inner)


BOUNDARY: set[CodeType] = (
    set()
)  # the code that calls the learner's function: no frame beyond it is looked at
