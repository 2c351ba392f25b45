"""The result of a check: one card, as plain text and as HTML, with a picture and the sound of the error."""

import html
import re
import textwrap
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from coursekit.course.check.values import as_array

MARKS = {"passed": "✓", "wrong": "✗", "error": "!", "unattempted": "○"}
WORDS = {
    "passed": "passed",
    "wrong": "not right yet",
    "error": "stopped with an error",
    "unattempted": "not tried yet",
}
COLORS = {
    "passed": "#2a9d5c",
    "wrong": "#d1495b",
    "error": "#d98200",
    "unattempted": "#8a8f98",
}  # beside the words
WIDTH = 88  # of the card in plain text
SMALLEST_PLOT = 8  # values; fewer are told better by the message
LONG = 4096  # samples; of a longer sound a waveform shows little, so its spectrum is drawn
LONGEST_SOUND = 10  # seconds of an error that are played


@dataclass(frozen=True)
class Evidence:
    """A wrong answer and the truth, to be drawn and played; `sound` is the sample rate in Hz, or None."""

    answer: object
    truth: object
    sound: int | None = None

    def arrays(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return answer and truth as arrays, or None where they cannot be laid over each other."""
        got, want = as_array(self.answer), as_array(self.truth)
        if got is None or want is None or got.shape != want.shape or want.ndim not in (1, 2):
            return None
        return (got, want) if want.size >= SMALLEST_PLOT else None


@dataclass(frozen=True)
class Result:
    """What a check found; shows itself as a card.

    `status` is "unattempted", "wrong", "error" or "passed"; `headline` is one line, `details` at most four. `honest`
    is False where the answer pays no heed to its inputs: such an answer does not open the solution.
    """

    question_id: str
    title: str
    status: str
    points: int
    max_points: int
    headline: str
    details: tuple[str, ...] = ()
    hint: str = ""
    mutant: str | None = None
    honest: bool = True
    evidence: Evidence | None = field(default=None, repr=False, compare=False)

    @property
    def passed(self) -> bool:
        """Whether the answer has full points."""
        return self.status == "passed"

    def figure(self) -> tuple[bytes, str] | None:
        """Return a picture of answer, truth and error as PNG, and its alt text; None with nothing to draw."""
        arrays = self.evidence.arrays() if self.evidence else None
        if arrays is None:
            return None
        from coursekit import display  # and with it matplotlib: only when something is drawn

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of axes that meet NaN
            if self.evidence.sound and arrays[1].ndim == 1 and len(arrays[1]) > LONG:
                return _error_spectrum(*arrays, sr=self.evidence.sound)
            return display.residual(*arrays)

    def sound(self) -> object | None:
        """Return a player of the error, brought to a good level, or None where the answer is no sound."""
        arrays = self.evidence.arrays() if self.evidence and self.evidence.sound else None
        if arrays is None or arrays[1].ndim != 1:
            return None
        error = np.nan_to_num(np.real(arrays[0] - arrays[1]).astype(float))[
            : LONGEST_SOUND * self.evidence.sound
        ]
        peak = float(np.max(np.abs(error)))
        if peak == 0:
            return None
        from coursekit import display

        gain_db = 20 * np.log10(0.5 / peak)
        title = f"The error alone, played {gain_db:+.0f} dB"
        return display.play(0.5 * error / peak, sr=self.evidence.sound, title=title)

    def __repr__(self) -> str:
        """Return the card as plain text."""
        head = f"{MARKS[self.status]} {self.question_id} {self.title}: {WORDS[self.status]}"
        body = [self.headline, *(f"- {line}" for line in self.details), self.hint]
        lines = textwrap.wrap(f"{head}{self._points()}", WIDTH - 4)
        for line in filter(None, body):
            lines += textwrap.wrap(
                line, WIDTH - 4, subsequent_indent="  " if line.startswith("- ") else ""
            )
        edge = "+" + "-" * (WIDTH - 2) + "+"
        return "\n".join([edge, *(f"| {line.ljust(WIDTH - 4)} |" for line in lines), edge])

    def _points(self) -> str:
        if not self.max_points:  # there is no such question
            return ""
        return f" ({self.points} of {_count(self.max_points, 'point')})"

    def _repr_html_(self) -> str:
        color = COLORS[self.status]
        head = html.escape(
            f"{MARKS[self.status]} {self.question_id} {self.title}: {WORDS[self.status]}"
        )
        details = "".join(f"<li>{_rich(line)}</li>" for line in self.details)
        parts = [
            f'<div style="font-weight:600">{head}<span style="font-weight:400">{self._points()}</span></div>',
            f"<div>{_rich(self.headline)}</div>" if self.headline else "",
            f'<ul style="margin:0.2em 0 0.2em 1.2em;padding:0">{details}</ul>' if details else "",
            self._picture(),
            self._player(),
            f"<div>{_rich(self.hint)}</div>" if self.hint else "",
        ]
        # No text or background colour of its own: it takes those of the notebook's theme, light or dark.
        style = f"border:1px solid {color};border-left-width:6px;border-radius:4px;padding:8px 12px"
        return f'<div role="status" style="{style}">{"".join(parts)}</div>'

    def _picture(self) -> str:
        figure = _or_none(self.figure)
        if figure is None:
            return ""
        from coursekit import display

        return display.image_html(*figure)

    def _player(self) -> str:
        player = _or_none(self.sound)
        return "" if player is None else player._repr_html_()


def _error_spectrum(answer: np.ndarray, truth: np.ndarray, *, sr: int) -> tuple[bytes, str]:
    from coursekit import display

    fig, axes = display.detached_mosaic([["levels"]], width=6.4, height=2.2)
    display.spectrum(truth, sr=sr, ax=axes["levels"], label="right answer")
    display.spectrum(answer - truth, sr=sr, ax=axes["levels"], label="error", title="")
    display.legend_beside(axes["levels"])
    return (
        fig.png(),
        "Your answer's error against the right answer: the level of both at each frequency.",
    )


def _or_none(make: Callable[[], object]) -> object | None:
    """Make a picture or a player; a card comes without them rather than not at all."""
    try:
        return make()
    except Exception:
        return None


def results_table(results: Sequence[Result]) -> str:
    """Return the results of a notebook as a plain text table, with its first detail and the sum of points."""
    lines = []
    for r in results:
        points = f"{r.points} of {r.max_points}"
        lines.append((MARKS[r.status], f"{r.question_id} {r.title}", points, r.headline))
        lines += [("", "", "", f"- {line}") for line in r.details[:1]]
    points, max_points = sum(r.points for r in results), sum(r.max_points for r in results)
    lines.append(("", "total", f"{points} of {max_points}", ""))
    return text_table(("", "question", "points", "what the check says"), lines)


def text_table(headings: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    """Return a table as aligned plain text.

    Examples
    --------
    >>> print(text_table(("n", "square"), [("2", "4"), ("10", "100")]))
    n   square
    --  ------
    2   4
    10  100
    """
    widths = [max(len(line[i]) for line in [headings, *lines]) for i in range(len(headings))]
    rows = [headings, tuple("-" * width for width in widths), *lines]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def html_table(headings: tuple[str, ...], lines: list[tuple[str, ...]], *, note: str = "") -> str:
    """Return a table as HTML, with every text escaped."""

    def row(cells: tuple[str, ...], tag: str) -> str:
        style = "text-align:left;padding:2px 12px 2px 0"
        return (
            "<tr>"
            + "".join(f'<{tag} style="{style}">{html.escape(c)}</{tag}>' for c in cells)
            + "</tr>"
        )

    body = "".join(row(line, "td") for line in lines)
    note = f"<p>{html.escape(note)}</p>" if note else ""
    return f"<table><thead>{row(headings, 'th')}</thead><tbody>{body}</tbody></table>{note}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _rich(text: str) -> str:
    """Escape a text and set what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
