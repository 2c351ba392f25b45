"""A small course to build: two chapters, a package to include from, three questions."""

from pathlib import Path

from coursekit import paths

FILES = {
    "README.md": "# Made\n\n<!-- map:begin -->\n<!-- map:end -->\n\nThe end.\n",
    "chapters/chapters.toml": """\
[[chapter]]
number = "01"
slug = "levels"
title = "Levels"
part = "Part I"
covers = "RMS, dB"
state = "ready"

[[chapter]]
number = "02"
slug = "filters"
title = "Filters"
part = "Part II"
covers = "FIR, IIR"
state = "planned"
""",
    "chapters/00_start_here/chapter.py": """\
# %% [markdown]
# # Start here

# %% [markdown] map
# All chapters:
""",
    "chapters/01_levels/chapter.py": """\
# %% [markdown]
# # Levels

# %%
import numpy as np

y = np.array([3.0, 4.0])
y

# %% [markdown] card
# Takes {minutes}, {memory}, {download}.
#
# data: made

# %% [markdown]
# ## RMS

# %% include: toykit.signals.rms

# %%
print(rms(y))

# %% [markdown]
# ## Level

# %% include: toykit.signals.level, toykit.signals.Meter

# %% id: last
print(round(level(y), 3))
""",
    "chapters/01_levels/exercises.py": '''\
# %% [markdown]
# # Exercises

# %%
import numpy as np

import toykit as ck

# %% [markdown] question: 01.rms
# Return the RMS level of `y`.

# %% solution: 01.rms
def rms(y):
    """RMS of y."""
    ### BEGIN SOLUTION
    power = np.mean(np.square(y))
    return np.sqrt(power)
    ### END SOLUTION

# %% check: 01.rms

# %% [markdown] why: 01.rms
# The mean of the squares is the power of the signal,
# and its root has the unit of the signal.

# %% [markdown] question: 01.mend
# This should be the level in dB. Mend it:
#
#     ratio = np.max(np.abs(y))
#     return 10 * np.log10(ratio)

# %% solution: 01.mend
def peak_level(y):
    ### BEGIN SOLUTION
    ratio = np.max(np.abs(y))
    return 20 * np.log10(ratio)
    ### END SOLUTION

# %% check: 01.mend

# %% [markdown] why: 01.mend
# An amplitude takes twenty times the logarithm.
''',
    "chapters/01_levels/questions.py": """\
from coursekit.course.check.question import Case, Question, close

HINTS = ("one", "two", "three")
QUESTIONS = [
    Question(id="01.rms", title="RMS", points=2, kind="core", name="rms", compare=close(rtol=1e-10), hints=HINTS,
             cases=lambda rng: [Case([3.0, 4.0], truth=12.5**0.5)]),
    Question(id="01.mend", title="Mend it", points=1, kind="bug", name="peak_level", compare=close(rtol=1e-10),
             hints=HINTS, cases=lambda rng: [Case([0.1], truth=-20.0)]),
]
""",
    "toykit/__init__.py": """\
def check(question_id, answer):
    assert abs(answer([3.0, 4.0]) - {"01.rms": 12.5**0.5, "01.mend": 12.041199826559248}[question_id]) < 1e-9
    return "passed"
""",
    "toykit/scale.py": "def to_db(ratio):\n    return 20 * np.log10(ratio)\n",
    "toykit/signals.py": '''\
"""Levels of signals."""

import math
from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.signal

from . import scale
from .scale import to_db as decibels

FULL_SCALE = 1.0


def rms(y):
    """Root mean square,
    of all samples.

    Parameters
    ----------
    y : ndarray
    """
    frame = np.asarray(y)  # a local name, not the function below
    return np.sqrt(np.mean(frame**2))


def frame(y):
    return scipy.fft.fft(y)


def level(y):
    """Level in dB.

    >>> level(1)
    0.0
    """
    return 20 * math.log10(rms(y) / FULL_SCALE)


@dataclass
class Meter:
    """Shows a level."""

    unit: str = "dB"

    def show(self, y):
        """One line.

        And more.
        """
        return f"{level(y)} {self.unit}"


def spectrum(y):
    return decibels(abs(frame(y))) + scale.to_db(2)


def careless(y):
    from . import scale

    return scale


def broken(y):
    return nowhere(y)


LONG = [
'''
    + "    0,\n" * 60
    + "]\n",
}


def make(root: Path) -> Path:
    """Writes the course below root."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return root


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Replaces a piece of text, which must stand in the file, once."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def make_chapter(root, monkeypatch, *, questions, exercises):
    """One chapter, 01_made, with these sources; for this test it is the course. Returns the root."""
    folder = root / "chapters" / "01_made"
    folder.mkdir(parents=True)
    (folder / "questions.py").write_text(questions, encoding="utf-8")
    (folder / "exercises.py").write_text(exercises, encoding="utf-8")
    monkeypatch.setattr(paths, "chapters_dir", lambda: root / "chapters")
    monkeypatch.setattr(paths, "course_dir", lambda: root)
    return root
