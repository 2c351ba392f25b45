"""Questions: what is asked, the cases it is tried on, its truth, and the mistakes that people make.

Every chapter declares its questions in ``chapters/NN_name/questions.py``, as a list called QUESTIONS.
"""

import copy
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coursekit.course.chapters import NUMBER
from coursekit.course.check.comparison import (
    Comparison,
    Verdict,
    all_of,
    choice,
    close,
    exact,
    integers,
    near,
    text,
    threshold,
)
from coursekit.course.check.comparison_labels import labels
from coursekit.course.check.gradients import Gradients
from coursekit.course.check.values import SHOWN_TEXT, as_code, in_brackets

__all__ = [
    "Case",
    "Comparison",
    "Mutant",
    "Question",
    "QuestionError",
    "Verdict",
    "all_of",
    "choice",
    "close",
    "exact",
    "integers",
    "labels",
    "near",
    "text",
    "threshold",
]

# The kinds of question, and about how many minutes a point of each takes.
KINDS = {"warmup": 5, "core": 8, "bug": 8, "experiment": 10, "prediction": 4}
NO_TRUTH = object()
ID = rf"{NUMBER}\.[a-z][a-z0-9_]*"  # "01.rms"
# Questions that have moved to another chapter, so that a learner's notebook and record go on with them.
RENAMED = {"02.stft": "02b.stft", "02.istft": "02b.istft"}


class QuestionError(ValueError):
    """A question is unknown, or is declared wrongly."""


class Case:
    """The arguments of one call of the learner's function.

    Parameters
    ----------
    *args, **kwargs
        Arguments of the call.
    truth : object, optional
        The right answer, where it cannot be computed from the arguments (labels, a clean signal). The
        learner's function does not receive it. Left out, the question's oracle computes the truth.

    Examples
    --------
    >>> Case(np.array([0.5, -1.0]), n_bits=3).describe("quantize")
    'quantize(np.array([0.5, -1.0]), n_bits=3)'
    >>> Case(np.zeros(800), n_bits=3).describe("quantize")
    'quantize(<array of shape (800,), float64>, n_bits=3)'
    >>> Case(np.arange(10) / 7, n_bits=3).describe("quantize")
    'quantize(<array of shape (10,), float64>, n_bits=3)'
    """

    def __init__(self, *args: object, truth: object = NO_TRUTH, **kwargs: object) -> None:
        self.args = args
        self.kwargs = kwargs
        self.truth = truth

    def copy(self) -> "Case":
        """Return a case whose arguments can be changed without changing these."""
        return Case(*copy.deepcopy(self.args), truth=self.truth, **copy.deepcopy(self.kwargs))

    def call(self, function: Callable) -> object:
        """Call `function` with copies of the arguments and return what it returns."""
        case = self.copy()
        return function(*case.args, **case.kwargs)

    def describe(self, name: str) -> str:
        """Return the call as text that can be pasted; what is long is given by its shape and type.

        The longest inputs give way first, until what is shown has about SHOWN_TEXT characters.
        """
        names = ["" for _ in self.args] + [f"{key}=" for key in self.kwargs]
        values = [*self.args, *self.kwargs.values()]
        parts = [as_code(value) for value in values]
        for i in sorted(range(len(parts)), key=lambda i: -len(parts[i])):
            if sum(map(len, parts)) > SHOWN_TEXT:
                parts[i] = min(parts[i], in_brackets(values[i]) or parts[i], key=len)
        return f"{name}({', '.join(map(''.join, zip(names, parts, strict=True)))})"


@dataclass(frozen=True)
class Mutant:
    """A named wrong answer.

    Parameters
    ----------
    name : str
        The mistake in a few words; unique within the question.
    answer : callable
        What a learner who made the mistake would have written, called like the learner's function.
    message : str
        What this learner should read.
    raises : type or None
        The exception that the mistake ends in, where it gives no value; the message then stands below the error's.
    """

    name: str
    answer: Callable
    message: str
    raises: type[Exception] | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of a chapter.

    Parameters
    ----------
    id : str
        Chapter number and name: "01.rms".
    title : str
        Heading in the notebook, without its number.
    points : int
        Points for a right answer; there are no half points.
    kind : str
        One of "warmup", "core", "bug", "experiment", "prediction".
    name : str
        Name of the learner's function in the notebook.
    compare : Comparison
        How an answer is compared to the truth.
    hints : sequence of 3 str
        From a nudge to a plan; none is the code itself.
    cases : callable
        ``cases(rng) -> list of Case``, from small to large; draws what is random from `rng`. Left out: one
        call without arguments.
    oracle : callable or None
        ``oracle(*args, **kwargs) -> truth``; None where every case holds its truth.
    mutants : sequence of Mutant
        Named wrong answers, most specific first.
    time_limit : float
        Seconds that one call may take.
    forbidden : sequence of str
        Functions that the statement forbids to call: "numpy.fft.fft".
    minutes : int or None
        About how long the question takes; left out, its kind and its points say it (`about_minutes`).
    elementwise : bool
        Value i of the result belongs to value i of the first argument, and to no other: then the card names the
        input at the first difference. Never for spectra, convolutions, or anything that sums over its input.
    gradients : Gradients or None
        Arguments that a gradient must reach through the answer (see `coursekit.course.check.gradients`).
    spared : mapping of str to str
        Wrong answers made by machine that rightly pass, by name, each with the reason: it is right, or nothing
        can tell it apart. Only the proofs read it (tests/course/wrong_answers.py).

    Raises
    ------
    QuestionError
        A field is missing or makes no sense.
    """

    id: str
    title: str
    points: int
    kind: str
    name: str
    compare: Comparison
    hints: Sequence[str]
    cases: Callable[[np.random.Generator], Sequence[Case]] = lambda rng: [Case()]
    oracle: Callable | None = None
    mutants: Sequence[Mutant] = ()
    time_limit: float = 10.0
    forbidden: Sequence[str] = ()
    minutes: int | None = None
    elementwise: bool = False
    gradients: Gradients | None = None
    spared: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what was declared, so that a slip shows when the file is read and not when a learner asks."""
        if not re.fullmatch(ID, self.id):
            raise QuestionError(
                f"id is {self.id!r}: wanted two digits, a dot and a name, such as '01.rms'"
            )
        problems = {
            f"kind is {self.kind!r}: wanted one of {', '.join(KINDS)}": self.kind not in KINDS,
            f"points is {self.points!r}: wanted a positive integer": type(self.points) is not int
            or self.points < 1,
            f"name is {self.name!r}: wanted the name of a function": not str(
                self.name
            ).isidentifier(),
            f"compare is {self.compare!r}: wanted close(...), exact() …": not isinstance(
                self.compare, Comparison
            ),
            "forbidden: a tuple of names such as 'numpy.fft.fft' is wanted": isinstance(
                self.forbidden, str
            )
            or not all("." in name for name in self.forbidden),
            f"minutes is {self.minutes!r}: wanted a positive integer": self.minutes is not None
            and (type(self.minutes) is not int or self.minutes < 1),
            "hints: three texts are wanted": isinstance(self.hints, str) or len(self.hints) != 3,
            "spared: a dict is wanted that gives a reason for each name": not isinstance(
                self.spared, Mapping
            )
            or not all(len(str(reason)) >= 10 for reason in self.spared.values()),
            "two mutants have the same name": len({m.name for m in self.mutants})
            < len(self.mutants),
        }
        for problem, present in problems.items():
            if present:
                raise QuestionError(f"question {self.id}: {problem}")

    @property
    def chapter(self) -> str:
        """The chapter's number: "01", "02b"."""
        return self.id.partition(".")[0]

    @property
    def about_minutes(self) -> int:
        """About how many minutes the question takes."""
        return self.minutes or KINDS[self.kind] * self.points

    def draw(self, rng: np.random.Generator | None = None) -> list[Case]:
        """Return the cases drawn from `rng`, or those of the public check."""
        return list(self.cases(public_rng(self.id) if rng is None else rng))

    def truth(self, case: Case) -> object:
        """Return the right answer to one case."""
        if case.truth is not NO_TRUTH:
            return case.truth
        if self.oracle is None:
            raise QuestionError(f"question {self.id}: a case without truth needs an oracle")
        return case.call(self.oracle)


def public_rng(question_id: str) -> np.random.Generator:
    """Return the generator that draws the cases of the public check: the same in every session.

    Examples
    --------
    >>> int(public_rng("01.rms").integers(100)) == int(public_rng("01.rms").integers(100))
    True
    """
    digest = hashlib.sha256(question_id.encode("utf-8")).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
