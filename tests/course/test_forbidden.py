"""What a question forbids to call is noted, whatever it is called by; and what is allowed is not."""

import functools
import sys
import threading

import numpy as np
import pytest
import torch

from coursekit.course.check.attempt import attempt
from coursekit.course.check.calls import named, noted_calls
from coursekit.course.check.question import Case

FORBIDDEN = (
    *("numpy.fft.fft", "scipy.fft.fft", "torch.softmax", "torch.nn.functional.softmax"),
    *("torch.nn.MultiheadAttention", "numpy.add", "numpy.dot", "torch.cumsum"),
    *("coursekit.dsp.stft", "coursekit.hmm.WordRecognizer"),
)

CALLS = {
    "numpy.fft.fft": {
        "directly": "import numpy as np\ndef answer(y): return np.fft.fft(y)",
        "imported in the function": "def answer(y):\n    from numpy.fft import fft as f\n    return f(y)",
        "in a list": "import numpy as np\nways = [np.fft.fft]\ndef answer(y): return ways[0](y)",
        "in a dict in a dict": "import numpy as np\nways = {'a': {'b': np.fft.fft}}\n"
        "def answer(y): return ways['a']['b'](y)",
        "in a closure": "import numpy as np\ndef make(f):\n    def answer(y): return f(y)\n    return answer\n"
        "answer = make(np.fft.fft)",
        "as a default": "import numpy as np\ndef answer(y, f=np.fft.fft): return f(y)",
        "as a default by name": "import numpy as np\ndef answer(y, *, f=np.fft.fft): return f(y)",
        "partial": "import functools, numpy as np\nf = functools.partial(np.fft.fft)\ndef answer(y): return f(y)",
        "getattr": "import numpy as np\ndef answer(y): return getattr(np.fft, 'f' + 'ft')(y)",
        "__import__": "def answer(y): return __import__('numpy').fft.fft(y)",
        "a helper": "import numpy as np\ndef helper(y): return np.fft.fft(y)\ndef answer(y): return helper(y)",
        "handed to map": "import numpy as np\ndef answer(y): return list(map(np.fft.fft, [y]))[0]",
        "handed to NumPy": "import numpy as np\ndef answer(y): return np.apply_along_axis(np.fft.fft, 0, y)",
        "an attribute": "import numpy as np\nclass Mine:\n    f = staticmethod(np.fft.fft)\n"
        "def answer(y): return Mine.f(y)",
        "in a thread": "import numpy as np, threading\ndef answer(y):\n"
        "    t = threading.Thread(target=np.fft.fft, args=(y,)); t.start(); t.join()\n    return y",
        "handed over itself": "from numpy.fft import fft as answer",
        "a method of an object": "import numpy as np\nclass Mine:\n    def __call__(self, y): return np.fft.fft(y)\n"
        "answer = Mine()",
    },
    "scipy.fft.fft": {"another package's": "import scipy.fft as s\ndef answer(y): return s.fft(y)"},
    "torch.softmax": {
        "a method": "import torch\ndef answer(y): return torch.tensor(y).softmax(0)",
        "directly": "import torch\ndef answer(y): return torch.softmax(torch.tensor(y), 0)",
        "partial made before": "import functools, torch\nf = functools.partial(torch.softmax, dim=0)\n"
        "def answer(y): return f(torch.tensor(y))",
        "map": "import torch\ndef answer(y): return list(map(torch.softmax, [torch.tensor(y)], [0]))[0]",
        "an operator": "import torch\ndef answer(y): return torch.ops.aten.softmax(torch.tensor(y), 0)",
        "an operator's overload": "import torch\n"
        "def answer(y): return torch.ops.aten.softmax.int(torch.tensor(y), 0)",
        "in a tuple": "import torch\nways = (torch.softmax,)\ndef answer(y): return ways[0](torch.tensor(y), 0)",
    },
    "torch.nn.functional.softmax": {
        "functional": "from torch.nn import functional as F\nimport torch\n"
        "def answer(y): return F.softmax(torch.tensor(y), dim=0)"
    },
    "torch.cumsum": {
        "a method by name": "import torch\ndef answer(y): return torch.Tensor.cumsum(torch.tensor(y), 0)"
    },
    "torch.nn.MultiheadAttention": {
        "made in the function": "import torch\ndef answer(y):\n"
        "    x = torch.ones(2, 1, 4)\n    return torch.nn.MultiheadAttention(4, 1)(x, x, x)[0].detach()",
        "made beforehand": "import torch\nm = torch.nn.MultiheadAttention(4, 1)\ndef answer(y):\n"
        "    x = torch.ones(2, 1, 4)\n    return m(x, x, x)[0].detach()",
        "a subclass": "import torch\nclass Mine(torch.nn.MultiheadAttention): pass\nm = Mine(4, 1)\n"
        "def answer(y):\n    x = torch.ones(2, 1, 4)\n    return m(x, x, x)[0].detach()",
    },
    "numpy.add": {
        "a ufunc": "import numpy as np\ndef answer(y): return np.add(y, y)",
        "a ufunc under another name": "from numpy import add as plus\ndef answer(y): return plus(y, y)",
        "a ufunc in a dict": "import numpy as np\nways = {'+': np.add}\ndef answer(y): return ways['+'](y, y)",
        "a ufunc as a default": "import numpy as np\ndef answer(y, f=np.add): return f(y, y)",
    },
    "numpy.dot": {
        "C behind a dispatcher": "import numpy as np\ndef answer(y): return np.dot(y, y)",
        "in a closure": "import numpy as np\ndef make(f):\n    return lambda y: f(y, y)\nanswer = make(np.dot)",
    },
    "coursekit.dsp.stft": {
        "the course's own": "from coursekit import dsp\n"
        "def answer(y): return dsp.stft(y, n_fft=4, hop_length=2)"
    },
    "coursekit.hmm.WordRecognizer": {
        "a class of the course": "from coursekit import hmm\ndef answer(y): return repr(hmm.WordRecognizer())[:0]"
    },
}


def called_by(source, forbidden=FORBIDDEN):
    """What is noted while the answer in this source runs, which has to end well."""
    notebook = {"__name__": "__main__"}
    exec(source, notebook)
    before = dict(notebook)
    case = Case(np.arange(1.0, 9.0))
    tried = attempt(notebook["answer"], case, question_id="01.sum", forbidden=forbidden)
    assert tried.status == "value", tried
    del before["__builtins__"]
    assert all(notebook[name] is value for name, value in before.items())
    return tried.called


@pytest.mark.parametrize(
    "name, source",
    [(name, source) for name, ways in CALLS.items() for source in ways.values()],
    ids=[f"{name} {way}" for name, ways in CALLS.items() for way in ways],
)
def test_call_is_noted(name, source):
    assert name in [called.partition(" ")[0] for called in called_by(source)]


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\ndef answer(y): return np.fft.fftfreq(8)",
        "import numpy as np\nheld = [np.fft.fft, np.add]\ndef answer(y): return y + len(held)",
        "def answer(y):\n    import numpy.fft\n    return y",
        "def fft(y): return y\ndef answer(y): return fft(y)",
        "class Mine:\n    def softmax(self): return 1.0\ndef answer(y): return Mine().softmax()",
        "import numpy as np\ndef answer(y): return np.fft.rfft(y)",
    ],
)
def test_what_is_allowed_is_not_noted(source):
    assert called_by(source) == ()


def test_call_inside_a_library_function_counts_and_that_function_is_named():
    source = "from coursekit import dsp\ndef answer(y): return dsp.stft(y, n_fft=4, hop_length=2)"
    (called,) = called_by(source, ("scipy.fft.rfft",))
    assert called == "scipy.fft.rfft (inside coursekit.dsp.stft)"


def test_call_inside_what_the_question_hands_over_does_not_count():
    of_question = {"__name__": "_coursekit_questions_01_made"}
    exec("import numpy as np\ndef given(y): return np.fft.fft(y)", of_question)
    case = Case(of_question["given"])
    tried = attempt(
        lambda given: given(np.ones(4)), case, question_id="01.sum", forbidden=("numpy.fft.fft",)
    )
    assert (tried.status, tried.called) == ("value", ())


@pytest.mark.parametrize(
    "source, noted",
    [
        ("import numpy as np\ndef answer(y): return np.fft.rfft(y)", "numpy.fft.rfft"),
        ("import scipy.fft\ndef answer(y): return scipy.fft.dct(y)", "scipy.fft.dct"),
        ("import numpy as np\ndef answer(y): return np.cumsum(y)", None),
    ],
)
def test_all_that_a_package_holds(source, noted):
    called = called_by(source, ("numpy.fft.*", "scipy.fft.*"))
    assert (called[0] if called else None) == noted


def test_package_that_is_not_loaded_is_not_imported_and_is_noted_once_the_answer_loads_it(
    tmp_path, monkeypatch
):
    folder = tmp_path / "ready_made_things"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "sums.py").write_text(
        "def other(y): return y\n@lambda f: f\ndef total(y): return sum(y)\ntotal([1])\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ("ready_made_things.sums.total", "not_there.at.all")
    assert called_by("def answer(y): return sum(y)", names) == ()
    assert "ready_made_things" not in sys.modules
    imports = "def answer(y):\n    from ready_made_things.sums import total, other\n"
    assert called_by(f"{imports}    return other(y)", names) == ()
    assert called_by(f"{imports}    return total(y)", names) == (names[0],)
    for name in list(sys.modules):
        if name.startswith("ready_made_things"):
            del sys.modules[name]
    assert called_by(f"{imports}    return total(y)", names) == (names[0],)
    assert called_by(f"{imports}    return total(y)", ("ready_made_things.*",))[0] == names[0]


def test_who_listened_before_listens_again():
    heard = []

    def listener(frame, event, arg):
        heard.append(event)

    threading.setprofile(listener)
    sys.setprofile(listener)
    try:
        with noted_calls(["numpy.fft.fft"], len) as called:
            np.fft.fft(np.ones(4))
        again, in_threads = sys.getprofile(), threading.getprofile()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert again is in_threads is listener and called[0] == "numpy.fft.fft"


def test_an_error_puts_everything_back():
    ufunc, dot = np.add, np.dot
    tried = attempt(lambda y: y / 0 + nothing, Case(1), question_id="01.sum", forbidden=FORBIDDEN)  # noqa: F821
    assert tried.status == "error"
    assert np.add is ufunc and np.dot is dot and sys.getprofile() is None


@pytest.mark.parametrize("name", ["numpy.fft.ftf", "no_such_package.f", "numpy.ftf.*"])
def test_name_of_nothing(name):
    with pytest.raises((ImportError, AttributeError)):
        named(name)


def test_functions_of_one_factory_are_told_apart():
    assert (
        called_by(
            "import torch\ndef answer(y):\n"
            "    return torch.nn.functional.max_pool1d(torch.ones(1, 1, 8), 2)",
            ("torch.nn.functional.max_pool2d",),
        )
        == ()
    )


def test_partial_of_the_answer_itself():
    answer = functools.partial(np.fft.fft, n=4)
    tried = attempt(answer, Case(np.ones(4)), question_id="01.sum", forbidden=("numpy.fft.fft",))
    assert tried.called == ("numpy.fft.fft",)


def test_torch_loads_as_before():
    assert torch.softmax(torch.zeros(2), 0).tolist() == [0.5, 0.5]
