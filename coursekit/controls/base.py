"""What every control is made of: sliders, a view of what they change, and the sentence below it."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ipywidgets

from coursekit import arguments, display, units

LONGEST = 10.0  # s: the picture should follow the hand
HINT = "Run this cell to move the control."


@dataclass(frozen=True)
class View:
    """What a control shows at one setting."""

    figure: display.Figure
    numbers: Mapping[str, float]  # what the picture and the sentence say, with the unit in the name
    sentence: str
    players: tuple[display.Player, ...] = ()


class Explorer:
    """Sliders, and below them what they change.

    Parameters
    ----------
    controls : mapping of str to ipywidgets widget
        By the names of draw's arguments.
    draw : callable
        From the values of the controls to a View.
    """

    def __init__(self, controls: Mapping[str, ipywidgets.Widget], draw: Callable[..., View]):
        self.controls = dict(controls)
        self.widget = ipywidgets.VBox(list(self.controls.values()))
        self._draw = draw
        self._shown = None  # the output in the notebook, once there is one
        for control in self.controls.values():
            control.observe(self._update, names="value")
        self._update()

    def _update(self, change=None):
        view = self._draw(**{name: control.value for name, control in self.controls.items()})
        self.figure_png, self.alt = view.figure.png(), view.figure.alt
        self.numbers, self.sentence, self.players = dict(view.numbers), view.sentence, view.players
        if self._shown is not None:
            self._shown.update(self._bundle(), raw=True)

    def _repr_html_(self):
        players = "".join(player._repr_html_() for player in self.players)
        return (
            f"{display.image_html(self.figure_png, self.alt)}<p>{html.escape(self.sentence)}</p>{players}"
            f"<p><em>{HINT}</em></p>"
        )

    def __repr__(self):
        return "\n".join([self.sentence, *map(repr, self.players), HINT])

    def _bundle(self):
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def _ipython_display_(self):
        from IPython.display import display as show

        # Where the sliders cannot be drawn, in a notebook that was only opened, their names stand in their place.
        names = ", ".join(control.description for control in self.controls.values())
        show(self.widget._repr_mimebundle_() | {"text/plain": f"Control: {names}"}, raw=True)
        self._shown = show(self._bundle(), raw=True, display_id=True)


def slider(kind, *, description, wide=False, **options):
    """A slider that draws anew when it is let go, not on the way: a view takes a moment.

    Parameters
    ----------
    kind : class
        Of ipywidgets: IntSlider, FloatSlider, SelectionSlider.
    description : str
        What stands before it.
    wide : bool
        For a long range.
    **options
        value, min, max, step, options: what the kind takes.

    Examples
    --------
    >>> slider(ipywidgets.IntSlider, description="Bits", value=4, min=1, max=16).value
    4
    """
    width = "560px" if wide else "460px"
    return kind(
        description=description, continuous_update=False, layout={"width": width}, **options
    )


def short_sound(y, *, sr):
    """One channel of at most LONGEST seconds, not silent."""
    y = display.one_channel(y)
    duration = units.samples_to_seconds(len(y), sr=sr)
    if duration > LONGEST:
        raise arguments.ArgumentError(
            f"y lasts {duration:.1f} s; a control follows the hand up to {LONGEST:.0f} s: "
            f"y[:int({LONGEST:.0f} * sr)]"
        )
    if not y.any():
        raise arguments.ArgumentError("y is silent (all zeros): there is nothing to see or hear")
    return y


def title_and_legend(ax, title):
    """Title on the left above the Axes, legend on the right of it: neither covers a curve."""
    ax.set_title(title, loc="left")
    ax.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, borderaxespad=0.2, frameon=False
    )
