"""What a learner hears and sees: players, plots in one style, tables. Every picture carries alternative text.

    ck.display.play(y, sr=sr, title="Middle C")
    ck.display.spectrogram(y, sr=sr)
    fig, axes = ck.display.subplots(2, 1, alt="Two waveforms; the second is a delayed copy of the first")

A plot is drawn into `ax`, or into a new figure, and returns its Axes, as matplotlib users expect. The style holds
for the course's figures only: rcParams stay as they are.
"""

import base64
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib
import matplotlib.axes
import matplotlib.figure
import matplotlib.pyplot as plt
import numpy as np
import PIL.Image
import soundfile as sf
from matplotlib.ticker import FuncFormatter

from coursekit import arguments, audio, dsp, units

# Okabe and Ito, "Color universal design", 2008: told apart with every kind of colour vision. Its yellow is left out:
# it is too pale for a line on white.
COLORS = {
    "blue": "#0072B2",
    "red": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "black": "#000000",
}
MAP = "magma"  # for levels: perceptually uniform, and dark to bright also in grey
DIVERGING_MAP = "PuOr_r"  # for values of both signs: orange and purple, white at zero
COLOR_STEPS = 64  # of a map: finer ones look alike, and make the picture's file half as large again
STYLE = {  # what matplotlib reads when Axes are made; all else is its default
    "axes.prop_cycle": matplotlib.cycler(color=list(COLORS.values())),
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
}
DPI = 100
WIDTH = 8.0  # inches; at 100 dots an inch, about the width of a notebook's page
COLUMNS = (
    2000  # a longer curve is drawn by its smallest and largest value in each of so many columns
)

LONGEST = 30.0  # s of sound in one player: a notebook should stay small
SHORTEST = 0.3  # s; browsers swallow much of a shorter sound
OVERSHOOT = 1.01  # 0.1 dB above full scale, which a sine gets from resampling alone, is let through
# MP3 rates that every browser decodes, and up to which frequency our encoder keeps the sound (both in Hz; measured
# with white noise). A sound is resampled to the lowest rate that keeps its whole band: speech at 16 kHz, encoded as it
# is, would end at 7.2 kHz; at 24 kHz nothing is lost, for 10 % more bytes. Measured in the same way, the SNR of speech
# rises from 31 to 35 dB, and that of telephone speech (8 kHz, played at 16 kHz) from 21 to 27 dB.
MP3_BANDS = {16_000: 7_200, 24_000: 11_250, 32_000: 15_250, 44_100: 18_600, 48_000: 18_000}
MP3_LEVEL = 0.2  # of compression, variable bit rate (LAME's V2): 3 s of speech take 27 kB


# ---------------------------------------------------------------- figures


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure with alternative text, shown as an HTML image.

    JupyterLab 4 and nbconvert's default template drop the `alt` that an image/png output has in its metadata. Both
    prefer text/html and keep the attribute there, JupyterLab even in a notebook that is not trusted yet.
    """

    _alt = None

    @property
    def alt(self):
        """What the picture shows, for those who do not see it; composed from titles and labels until it is set."""
        return self._alt or describe(self)

    @alt.setter
    def alt(self, text):
        self._alt = text

    def png(self):
        """The picture as the bytes of a PNG file, with at most 256 colours: a third of the size."""
        full, small = io.BytesIO(), io.BytesIO()
        with matplotlib.rc_context(STYLE):
            self.savefig(full, format="png", pil_kwargs={"compress_level": 1})
        picture = PIL.Image.open(full).convert("RGB").quantize(256, dither=PIL.Image.Dither.NONE)
        picture.save(small, format="png", optimize=True)
        return small.getvalue()

    def _repr_html_(self):
        return image_html(self.png(), self.alt)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self._repr_html_(), "text/plain": f"Figure: {self.alt}"}

    def _ipython_display_(self):
        # Published here, because IPython would add the image/png that it has registered for all figures. Closed,
        # because the inline backend shows what is open at the end of the cell: the same picture again.
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        plt.close(self)


class Axes(matplotlib.axes.Axes):
    """Axes that, as the last value of a cell, stand for their figure instead of a line of text."""

    def _ipython_display_(self):
        figure = self.get_figure(root=True)
        if not plt.fignum_exists(
            getattr(figure, "number", None)
        ):  # an open one is shown at the end of the cell
            figure._ipython_display_()


def subplots(nrows=1, ncols=1, *, alt=None, height=2.6, width=WIDTH, **options):
    """A figure in the course's style, with one or more Axes: plt.subplots with alternative text.

    Parameters
    ----------
    nrows, ncols : int
        How many Axes.
    alt : str or None
        What the figure shows, in a sentence or two; `fig.alt` can be set later. None: composed from titles, axis
        labels and legends.
    height : float
        Of one row, inches.
    width : float
        Of the figure, inches.
    **options
        As for Figure.subplots: sharex, width_ratios, ...

    Returns
    -------
    fig : Figure
    axes : Axes or ndarray of Axes
        As plt.subplots.

    Examples
    --------
    >>> fig, ax = subplots(alt="A falling line")
    >>> _ = ax.plot([1, 0])
    >>> fig.alt
    'A falling line'
    >>> plt.close(fig)
    """
    # Outside of rc_context: the first figure loads the notebook's back end, which sets rcParams["interactive"], and the
    # context would put it back. No figure would be shown from then on.
    fig = plt.figure(
        FigureClass=Figure, figsize=(width, height * nrows), dpi=DPI, layout="constrained"
    )
    fig.alt = alt
    with matplotlib.rc_context(STYLE):
        return fig, fig.subplots(nrows, ncols, **with_axes_class(options))


def detached_mosaic(mosaic, *, height=2.6, width=WIDTH, **options):
    """Axes by name, as plt.subplot_mosaic, in a picture that is a part of something else: pyplot never shows it."""
    fig = Figure(figsize=(width, height * len(mosaic)), dpi=DPI, layout="constrained")
    with matplotlib.rc_context(STYLE):
        return fig, fig.subplot_mosaic(mosaic, **with_axes_class(options))


def with_axes_class(options):
    """Options of Figure.subplots, asking for our Axes unless another kind is asked for (projection="polar")."""
    subplot_kw = options.get("subplot_kw") or {}
    return options | {
        "subplot_kw": subplot_kw
        if "projection" in subplot_kw
        else {"axes_class": Axes} | subplot_kw
    }


def describe(fig):
    """Alternative text made of what is written in a figure: titles, axis labels, legends.

    Examples
    --------
    >>> fig, ax = subplots()
    >>> _ = ax.set(title="Waveform", xlabel="Time (s)", ylabel="Amplitude")
    >>> describe(fig)
    'Waveform: Amplitude against Time (s).'
    >>> plt.close(fig)
    """
    sentences = [fig.get_suptitle()]
    for ax in fig.axes:
        x, y = ax.get_xlabel(), ax.get_ylabel()
        if ax.get_label() == "<colorbar>":
            sentences.append(f"Colour shows {y or x}")
            continue
        axes = f"{y} against {x}" if x and y else x or y
        sentences.append(
            ": ".join(filter(None, [ax.get_title() or ax.get_title(loc="left"), axes]))
        )
        if ax.get_legend():
            sentences.append(
                "Curves: " + ", ".join(text.get_text() for text in ax.get_legend().get_texts())
            )
    said_once = dict.fromkeys(f"{sentence}." for sentence in sentences if sentence)
    return " ".join(" ".join(said_once).split()) or "A plot."


def image_html(png, alt):
    """An HTML <img> that holds the picture itself.

    Examples
    --------
    >>> image_html(b"...", 'a "b"')
    '<img alt="a &quot;b&quot;" src="data:image/png;base64,Li4u">'
    """
    return f'<img alt="{html.escape(alt)}" src="{data_uri(png, "image/png")}">'


def data_uri(data, mime):
    """Bytes as an address that needs no file."""
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


# ---------------------------------------------------------------- plots


def waveform(y, *, sr, ax=None, title="Waveform", span=None):
    """Amplitude against time; a long sound is drawn by its envelope.

    Parameters
    ----------
    y : array_like, (n,) or (channels, n)
        Audio; channels are drawn over each other.
    sr : float
        Sample rate, Hz.
    ax : Axes or None
        Where to draw; None: a new figure.
    title : str
    span : (float, float) or None
        Show only from .. to, s.

    Returns
    -------
    Axes
        Its x axis counts in seconds, also where its labels are in milliseconds.

    Notes
    -----
    Chapter 01.

    Examples
    --------
    >>> ax = waveform(np.sin(np.arange(8000) / 10), sr=8000, title="A tone", span=(0.5, 0.7))
    >>> ax.get_xlabel(), ax.get_title()
    ('Time (s)', 'A tone')
    >>> plt.close(ax.figure)
    """
    y, sr = arguments.signal(y), arguments.sample_rate(sr)
    if y.ndim > 2:
        raise arguments.ArgumentError(f"y has shape {y.shape}; wanted (n,) or (channels, n)")
    start, stop = 0, y.shape[-1]
    if span is not None:
        start, stop = units.seconds_to_samples(span, sr=sr).clip(0, y.shape[-1])
        if start >= stop:
            raise arguments.ArgumentError(
                f"span = {span} holds nothing of y, which lasts {y.shape[-1] / sr:.6g} s"
            )
    ax = ax or subplots()[1]
    for number, channel in enumerate(np.atleast_2d(y)):
        curve(
            ax,
            np.arange(start, stop) / sr,
            channel[start:stop],
            label=f"channel {number}",
            linewidth=0.9,
            alpha=1.0 if y.ndim == 1 else 0.7,
        )
    if y.ndim == 2 and len(y) > 1:
        ax.legend(loc="upper right", ncols=len(y))
    loudest = np.abs(y[..., start:stop]).max() or 1.0
    ax.set(title=title, ylabel="Amplitude", ylim=(-1.08 * loudest, 1.08 * loudest))
    seconds(ax, start / sr, stop / sr)
    return ax


def samples(y, *, sr, curve=None, ax=None, title="Samples"):
    """A few samples as stems, on the continuous curve that they were taken from.

    Parameters
    ----------
    y : array_like, (n,)
        Samples, 400 at most.
    sr : float
        Sample rate, Hz.
    curve : callable or None
        From an array of times (s) to amplitudes; None: the band-limited curve through the samples,
        dsp.sinc_interpolate.
    ax : Axes or None
        Where to draw; None: a new figure.
    title : str

    Returns
    -------
    Axes

    Notes
    -----
    Chapter 01.

    Examples
    --------
    >>> ax = samples([0.0, 1.0, 0.0, -1.0], sr=4, curve=lambda t: np.sin(2 * np.pi * t))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['continuous', 'samples']
    >>> plt.close(ax.figure)
    """
    y, sr = one_channel(y), arguments.sample_rate(sr)
    if len(y) > 400:
        raise arguments.ArgumentError(
            f"y has {len(y)} samples, too many to tell apart; wanted at most 400: y[:100]?"
        )
    if curve is None:

        def curve(t):
            return dsp.sinc_interpolate(y, sr=sr, times=t)

    ax = ax or subplots()[1]
    times = np.arange(len(y)) / sr
    fine = np.linspace(0, times[-1], 50 * len(y))
    ax.plot(fine, curve(fine), color=COLORS["sky"], linewidth=1.2, label="continuous")
    ax.vlines(times, 0, y, color=COLORS["blue"], linewidth=1)
    ax.plot(times, y, "o", color=COLORS["blue"], markersize=4, label="samples")
    ax.axhline(0, color="black", linewidth=0.6)
    legend_beside(ax)
    ax.set(title=title, ylabel="Amplitude")
    seconds(ax, -0.5 / sr, times[-1] + 0.5 / sr)
    return ax


def spectrum(
    y, *, sr, ax=None, db=True, window="hann", fmax=None, floor=-100.0, title="Spectrum", label=None
):
    """Level, or amplitude, against frequency: one spectrum of the whole sound.

    Parameters
    ----------
    y : array_like, (n,)
        Audio.
    sr : float
        Sample rate, Hz.
    ax : Axes or None
        Where to draw; None: a new figure. Several spectra may share one.
    db : bool
        True: dBFS. False: amplitude.
    window : str
        See dsp.get_window.
    fmax : float or None
        Draw up to here, Hz; None: sr / 2.
    floor : float
        Levels below this are drawn here, dB.
    title, label : str
        Of the Axes; of the curve, for a legend.

    Returns
    -------
    Axes
        Its x axis counts in Hz, also where its labels are in kHz. Scaled so that a sine of amplitude 1 peaks at
        1, or 0 dBFS (between two bins a little lower: chapter 02, leakage).

    Notes
    -----
    Chapters 01 to 02b.

    Examples
    --------
    >>> ax = spectrum(np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000), sr=8000)
    >>> f, level = ax.lines[0].get_data()
    >>> float(f[level.argmax()]), bool(abs(level.max()) < 0.01)
    (1000.0, True)
    >>> plt.close(ax.figure)
    """
    y, sr = one_channel(y), arguments.sample_rate(sr)
    fmax = sr / 2 if fmax is None else arguments.real(fmax, "fmax", above=0)
    w = dsp.get_window(window, len(y))
    amplitude = np.abs(np.fft.rfft(w * y)) * 2 / w.sum()
    f = units.fft_frequencies(sr=sr, n_fft=len(y))
    shown = f <= fmax
    if db:
        amplitude = dsp.amplitude_to_db(amplitude, amin=dsp.db_to_amplitude(floor), top_db=None)
    ax = ax or subplots()[1]
    curve(ax, f[shown], amplitude[shown], label=label, linewidth=0.9, alpha=0.8 if label else 1.0)
    ax.set(title=title, ylabel="Level (dBFS)" if db else "Amplitude")
    if label:
        ax.legend(loc="upper right")
    hertz(ax, "x", 0, min(fmax, sr / 2))
    return ax


def spectrogram(
    y,
    *,
    sr,
    n_fft=None,
    hop_length=None,
    window="hann",
    fmax=None,
    top_db=80.0,
    vmax=None,
    ax=None,
    title="Spectrogram",
    colorbar=True,
):
    """Level against time and frequency, of a sound or of a magnitude spectrogram.

    Parameters
    ----------
    y : array_like, (n,) or (freq, frames)
        Audio; or an STFT, complex or its magnitude.
    sr : float
        Sample rate, Hz.
    n_fft : int or None
        Frame length, samples; None: 2048 for a sound (less, if it is shorter), 2 * (freq - 1) for an STFT.
    hop_length : int or None
        Samples between frames; None: n_fft // 4.
    window : str
        For a sound, see dsp.get_window.
    fmax : float or None
        Draw up to here, Hz; None: sr / 2.
    top_db : float
        How many dB the colours span.
    vmax : float or None
        Level of the brightest colour, dB; None: of the loudest point. Give it to compare two pictures.
    ax : Axes or None
        Where to draw; None: a new figure.
    title : str
    colorbar : bool

    Returns
    -------
    Axes
        Counts in seconds and Hz. A sound's levels are in dBFS, a sine of amplitude 1 being 0; an STFT's in dB below
        its loudest point, because its window is not known here.

    Notes
    -----
    Chapter 02b.

    Examples
    --------
    >>> ax = spectrogram(np.sin(np.arange(8000) / 2), sr=8000, n_fft=512)
    >>> ax.get_ylabel(), ax.images[0].get_array().shape
    ('Frequency (kHz)', (257, 63))
    >>> plt.close(ax.figure)
    """
    sr, S = arguments.sample_rate(sr), np.asarray(y)
    if S.ndim == 2 and S.shape[0] > 8:
        if S.dtype.kind != "c" and S.min() < 0:
            raise arguments.ArgumentError(
                f"y, {S.shape}, has negative values: is it in dB already? Draw the magnitude"
                " it came from, or use display.heatmap"
            )
        n_fft = 2 * (len(S) - 1) if n_fft is None else n_fft
        hop_length = n_fft // 4 if hop_length is None else hop_length
        loudest, unit = np.abs(S).max() or 1.0, "dB below the loudest"
        duration = S.shape[1] * hop_length / sr
    else:
        y = one_channel(y)
        n_fft = min(2048, 2 * (len(y) // 2) or 2) if n_fft is None else n_fft
        hop_length = max(1, n_fft // 4) if hop_length is None else hop_length
        S = dsp.stft(y, n_fft=n_fft, hop_length=hop_length, window=window)
        loudest, unit = dsp.get_window(window, n_fft).sum() / 2, "dBFS"
        duration = len(y) / sr
    # 200 dB below the loudest: far below what is drawn, and it keeps silence finite.
    level = dsp.amplitude_to_db(S, ref=loudest, amin=1e-10 * loudest, top_db=None)
    fmax = sr / 2 if fmax is None else min(arguments.real(fmax, "fmax", above=0), sr / 2)
    vmax = max(level.max(), -100.0) if vmax is None else vmax  # so that silence is dark
    f = units.fft_frequencies(sr=sr, n_fft=n_fft)
    t = units.frames_to_time(np.arange(level.shape[-1]), sr=sr, hop_length=hop_length)
    label = f"Level ({unit})" if colorbar else None
    ax = heatmap(
        level[f <= fmax],
        x=t,
        y=f[f <= fmax],
        ax=ax,
        title=title,
        label=label,
        vmin=vmax - top_db,
        vmax=vmax,
    )
    ax.set_facecolor(matplotlib.colormaps[MAP](0.0))
    seconds(ax, 0, duration)
    hertz(ax, "y", 0, fmax)
    return ax


def heatmap(
    values,
    *,
    x=None,
    y=None,
    ax=None,
    title="",
    xlabel="",
    ylabel="",
    label=None,
    cmap=MAP,
    vmin=None,
    vmax=None,
):
    """A matrix as colours, row 0 at the bottom: mel spectrograms, posteriors, attention, confusions.

    Parameters
    ----------
    values : array_like, (rows, columns)
    x, y : array_like or None
        Evenly spaced positions of the columns and rows; None: 0, 1, 2 ...
    ax : Axes or None
        Where to draw; None: a new figure.
    title, xlabel, ylabel : str
        With units.
    label : str or None
        What the colours mean; None: no colour bar.
    cmap : str
        MAP for levels, DIVERGING_MAP for values of both signs: perceptually uniform, as is "cividis".
    vmin, vmax : float or None
        Values of the first and last colour.

    Returns
    -------
    Axes

    Examples
    --------
    >>> ax = heatmap(np.eye(3), xlabel="Recognised digit", ylabel="Spoken digit", label="Share")
    >>> ax.images[0].get_extent()
    [-0.5, 2.5, -0.5, 2.5]
    >>> plt.close(ax.figure)
    """
    values = np.asarray(values)
    if values.ndim != 2 or values.dtype.kind not in "fiub" or values.size == 0:
        raise arguments.ArgumentError(
            f"values are {values.dtype} of shape {values.shape}; wanted a matrix of real "
            "numbers (rows, columns)"
        )
    x, y = (
        np.arange(n) if at is None else np.asarray(at)
        for at, n in ((x, values.shape[1]), (y, values.shape[0]))
    )
    if (len(y), len(x)) != values.shape:
        raise arguments.ArgumentError(
            f"values have shape {values.shape}; y has {len(y)} positions, x {len(x)}: "
            "do you mean values.T?"
        )
    ax = ax or subplots(height=3.2)[1]
    image = ax.imshow(
        values,
        origin="lower",
        aspect="auto",
        extent=[*cell_edges(x), *cell_edges(y)],
        vmin=vmin,
        vmax=vmax,
        cmap=matplotlib.colormaps[cmap].resampled(COLOR_STEPS),
        interpolation_stage="data",
    )
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.grid(False)
    if label:
        ax.get_figure().colorbar(image, ax=ax, label=label, pad=0.02)
    return ax


def bars(values, *, xlabel, title="", ax=None, digits=3):
    """Named numbers as horizontal bars, each with its value.

    Parameters
    ----------
    values : mapping of str to float
    xlabel : str
        What the numbers are, with the unit.
    title : str
    ax : Axes or None
        Where to draw; None: a new figure.
    digits : int
        Significant digits of the values.

    Returns
    -------
    Axes

    Examples
    --------
    >>> ax = bars({"ours": 2.1, "baseline": 9.5}, xlabel="Word error rate (%)")
    >>> [text.get_text() for text in ax.texts]
    ['2.1', '9.5']
    >>> plt.close(ax.figure)
    """
    ax = ax or subplots(height=0.8 + 0.32 * len(values))[1]
    drawn = ax.barh(list(values), list(values.values()), height=0.65)
    ax.bar_label(drawn, labels=[f"{value:.{digits}g}" for value in values.values()], padding=3)
    ax.invert_yaxis()
    ax.margins(x=0.12)
    ax.grid(False)
    ax.set(title=title, xlabel=xlabel)
    return ax


def residual(answer, truth):
    """A small picture of where an answer differs from the truth, for the card of a check.

    Parameters
    ----------
    answer, truth : array_like, (n,) or (rows, columns)
        Of one shape; of complex values the magnitudes are drawn.

    Returns
    -------
    png : bytes
    alt : str

    Raises
    ------
    arguments.ArgumentError
        The shapes differ, or have more than two axes.

    Examples
    --------
    >>> png, alt = residual([0.0, 1.0, 0.5], [0.0, 1.0, 0.0])
    >>> alt
    'Your answer and the truth, and below it their difference: at most 0.5, at index 2.'
    """
    answer, truth = np.asarray(answer), np.asarray(truth)
    arguments.same_shape(truth, answer, names=("truth", "answer"))
    if truth.ndim not in (1, 2) or truth.size == 0:
        raise arguments.ArgumentError(
            f"answer has shape {answer.shape}; wanted (n,) or (rows, columns)"
        )
    difference = np.abs(answer - truth)
    worst = np.unravel_index(
        np.nanargmax(np.where(np.isnan(difference), np.inf, difference)), truth.shape
    )
    where = int(worst[0]) if truth.ndim == 1 else tuple(map(int, worst))
    alt = (
        "Your answer and the truth, and below it their difference: "
        f"at most {difference[worst]:.3g}, at index {where}."
    )
    seen = [np.abs(values) if np.iscomplexobj(values) else values for values in (truth, answer)]
    if truth.ndim == 2:
        fig, axes = detached_mosaic([["answer", "difference"]], width=6.4, height=2.2, sharey=True)
        heatmap(seen[1], ax=axes["answer"], title="your answer", label=" ")
        heatmap(difference, ax=axes["difference"], title="difference", label=" ")
        return fig.png(), alt.replace(", and below it", " as colours, and beside it")
    fig, axes = detached_mosaic([["both"], ["difference"]], width=6.4, height=1.3, sharex=True)
    for values, label, line in zip(seen, ("truth", "your answer"), ("-", "--"), strict=True):
        curve(
            axes["both"],
            np.arange(len(truth)),
            values,
            fmt=line,
            label=label,
            linewidth=1.0,
            alpha=0.8,
        )
    curve(
        axes["difference"], np.arange(len(truth)), difference, color=COLORS["purple"], linewidth=1.0
    )
    legend_beside(axes["both"])
    axes["difference"].set(xlabel="index", ylabel="difference")
    return fig.png(), alt


def one_channel(y):
    """A signal of one channel, or an error that says how to get one."""
    y = arguments.signal(y)
    if y.ndim != 1:
        raise arguments.ArgumentError(
            f"y has shape {y.shape}; one channel is drawn at a time: y[0], audio.to_mono(y)"
        )
    return y


def curve(ax, x, y, *, fmt="-", **options):
    """A line; a long one by the smallest and the largest value in each column, so that no peak is lost."""
    size = -(-len(y) // COLUMNS)
    if size > 4:
        columns = np.pad(y, (0, -len(y) % size), mode="edge").reshape(-1, size)
        extremes = np.sort(
            [columns.argmin(axis=1), columns.argmax(axis=1)], axis=0
        ).T  # in the order of time
        kept = (extremes + size * np.arange(len(columns))[:, None]).ravel()
        x, y = x[kept], y[kept]
    ax.plot(x, y, fmt, **options)


def cell_edges(centres):
    """Where the first cell begins and the last one ends."""
    half = (centres[-1] - centres[0]) / (2 * (len(centres) - 1)) if len(centres) > 1 else 0.5
    return float(centres[0] - half), float(centres[-1] + half)


def seconds(ax, start, stop):
    """Limits and labels of a time axis in seconds; short spans are labelled in milliseconds."""
    ax.set_xlim(start, stop)
    short = stop - start < 0.1
    covered = (
        len(ax.get_shared_x_axes().get_siblings(ax)) > 1 and not ax.get_subplotspec().is_last_row()
    )
    if not covered:  # by the Axes below, which share its ticks
        ax.set_xlabel("Time (ms)" if short else "Time (s)")
    if short:
        ax.xaxis.set_major_formatter(FuncFormatter(lambda t, _: f"{1000 * t:g}"))


def hertz(ax, which, low, high):
    """Limits and labels of a frequency axis in Hz; from 2 kHz on it is labelled in kHz."""
    axis = {"x": ax.xaxis, "y": ax.yaxis}[which]
    ax.set(
        **{
            f"{which}lim": (low, high),
            f"{which}label": "Frequency (kHz)" if high >= 2000 else "Frequency (Hz)",
        }
    )
    if high >= 2000:
        axis.set_major_formatter(FuncFormatter(lambda f, _: f"{f / 1000:g}"))


def legend_beside(ax):
    """A legend at the right of the Axes, where it covers nothing."""
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


# ---------------------------------------------------------------- players


@dataclass(frozen=True)
class Player:
    """A sound with its title and caption, as a notebook shows it."""

    data: bytes  # the encoded file
    mime: str  # "audio/mpeg" or "audio/wav"
    title: str
    caption: str  # what to listen for, and what had to be changed to play it
    duration: float  # of the sound that was given, s

    def _repr_html_(self):
        # In a notebook that is not trusted yet, JupyterLab removes aria-label and keeps title.
        name = html.escape(self.title)
        return (
            f'<figure style="margin: 0 0 8px 0"><figcaption><strong>{name}</strong>'
            f"{' &ndash; ' if self.caption else ''}{html.escape(self.caption)}</figcaption>"
            f'<audio controls preload="metadata" aria-label="{name}" title="{name}" '
            f'style="width: 100%; max-width: 360px" src="{data_uri(self.data, self.mime)}"></audio></figure>'
        )

    def __repr__(self):
        kind = {"audio/mpeg": "MP3", "audio/wav": "WAV"}[self.mime]
        notes = f" ({self.caption})" if self.caption else ""
        return (
            f"▶ {self.title}, {self.duration:.3g} s, {kind} {len(self.data) / 1000:.0f} kB{notes}"
        )


def play(y, *, sr, title, caption=None, format="mp3", gain_db=0.0):
    """A player for a short sound, with a caption that says what to listen for.

    Parameters
    ----------
    y : array_like, (n,) or (channels, n)
        Audio, mono or stereo, at most 30 s. What is shorter than 0.3 s is followed by silence up to there.
    sr : float
        Sample rate, Hz.
    title : str
        What it is.
    caption : str or None
        What to listen for.
    format : str
        "mp3": small; it is resampled to a rate that keeps its band (nothing above 18 kHz is kept), and what the ear
        would miss is lost. "wav": every sample, in 16 bits at its own rate, about ten times as large.
    gain_db : float
        Play it louder or quieter, dB.

    Returns
    -------
    Player
        Shown when it is the last value of a cell; show several with IPython's display(a, b). The level is changed
        only by gain_db, or where the sound would clip; the caption then says by how much.

    Raises
    ------
    arguments.ArgumentError
        Longer than 30 s, more than two channels, or no signal.

    Notes
    -----
    MP3 with a variable bit rate, LAME's V2. The decoder removes the encoder's delay: nothing is shifted.

    Examples
    --------
    >>> play(np.sin(2 * np.pi * 440 * np.arange(16000) / 8000), sr=8000, title="A4")
    ▶ A4, 2 s, MP3 ... kB
    >>> play([0.0, 2.0, -2.0], sr=3, title="Three samples", format="wav")
    ▶ Three samples, 1 s, WAV 0 kB (played 6.0 dB quieter: it would clip)
    """
    y, sr = arguments.signal(y), arguments.sample_rate(sr)
    arguments.choice(format, "format", ("mp3", "wav"))
    if y.ndim > 2 or (y.ndim == 2 and len(y) > 2):
        raise arguments.ArgumentError(
            f"y has shape {y.shape}; wanted mono (n,) or stereo (2, n): audio.to_mono(y)?"
        )
    duration = y.shape[-1] / sr
    if duration > LONGEST:
        raise arguments.ArgumentError(
            f"y lasts {duration:.1f} s; a player holds {LONGEST:.0f} s, so that the notebook"
            f" stays small: play(y[..., :int({LONGEST:.0f} * sr)], ...)"
        )
    notes = [caption] if caption else []
    rate = mp3_rate(sr) if format == "mp3" else sr
    if rate < sr:
        notes.append(f"played at {rate / 1000:g} kHz")
    y = audio.resample(y, orig_sr=sr, target_sr=rate)

    loudest = audio.peak(y) * dsp.db_to_amplitude(gain_db)
    clips = loudest > OVERSHOOT
    if clips:
        gain_db = gain_db - audio.dbfs(loudest)
    if abs(gain_db) >= 0.05:
        notes.append(
            f"played {abs(gain_db):.1f} dB {'louder' if gain_db > 0 else 'quieter'}"
            f"{': it would clip' if clips else ''}"
        )
    y = y * dsp.db_to_amplitude(gain_db)

    missing = max(0, int(np.ceil(SHORTEST * rate)) - y.shape[-1])
    y = np.pad(y, [(0, 0)] * (y.ndim - 1) + [(0, missing)])
    data = encode_mp3(y, sr=rate) if format == "mp3" else encode_wav(y, sr=rate)
    return Player(
        data=data,
        mime={"mp3": "audio/mpeg", "wav": "audio/wav"}[format],
        title=title,
        caption="; ".join(notes),
        duration=duration,
    )


def mp3_rate(sr):
    """The lowest sample rate, Hz, at which MP3 keeps the whole band of a sound at sr; of high rates the next best.

    Examples
    --------
    >>> [mp3_rate(sr) for sr in (8000, 16000, 22050, 44100, 96000)]
    [16000, 24000, 24000, 44100, 48000]
    """
    wide_enough = [rate for rate, band in MP3_BANDS.items() if band >= sr / 2]
    return wide_enough[0] if wide_enough else 44_100 if sr <= 44_100 else 48_000


def encode_mp3(y, *, sr):
    """The bytes of an MP3 file; y is (n,) or (channels, n)."""
    file = io.BytesIO()
    with sf.SoundFile(
        file,
        "w",
        samplerate=sr,
        channels=len(np.atleast_2d(y)),
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="VARIABLE",
        compression_level=MP3_LEVEL,
    ) as sound:
        sound.write(y.T)
    return file.getvalue()


def encode_wav(y, *, sr):
    """The bytes of a 16-bit WAV file; y is (n,) or (channels, n)."""
    file = io.BytesIO()
    sf.write(file, audio.to_int16(y).T, int(sr), format="WAV", subtype="PCM_16")
    return file.getvalue()


# ---------------------------------------------------------------- several sounds, tables


@dataclass(frozen=True)
class Page:
    """Something that a notebook shows as HTML, and a terminal as text."""

    html: str
    text: str

    def _repr_html_(self):
        return self.html

    def __repr__(self):
        return self.text


def compare_sounds(
    sounds, *, sr, show=("wave", "spectrogram"), captions=None, fmax=None, n_fft=None
):
    """Sounds side by side: for each a player and a picture, all on the same scales and with the same gain.

    Parameters
    ----------
    sounds : mapping of str to array_like, or sequence of array_like
        Titles and sounds, (n,) or (channels, n). Of several channels the average is drawn.
    sr : float
        Sample rate of all, Hz.
    show : sequence of str
        Of "wave", "spectrum", "spectrogram".
    captions : sequence of str or None
        What to listen for in each.
    fmax : float or None
        Draw up to here, Hz; None: sr / 2.
    n_fft : int or None
        Frame length of the spectrograms, samples; None: 2048.

    Returns
    -------
    Page

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    >>> compare_sounds({"loud": tone, "quiet": 0.1 * tone}, sr=8000)
    ▶ loud, 1 s, MP3 ... kB
    ▶ quiet, 1 s, MP3 ... kB
    """
    if not isinstance(sounds, Mapping):
        sounds = {f"Sound {number}": y for number, y in enumerate(sounds, start=1)}
    if not sounds:
        raise arguments.ArgumentError("there are no sounds; wanted {'title': y, ...}")
    captions = captions or [None] * len(sounds)
    if len(captions) != len(sounds):
        raise arguments.ArgumentError(
            f"there are {len(sounds)} sounds and {len(captions)} captions"
        )
    for what in show:
        arguments.choice(what, "show", ("wave", "spectrum", "spectrogram"))
    sounds = {title: arguments.signal(y, repr(title)) for title, y in sounds.items()}
    gain_db = -float(audio.dbfs(max(1.0, *map(audio.peak, sounds.values()))))

    cards, lines = [], []
    pictures = shared_pictures(
        [audio.to_mono(y) for y in sounds.values()], sr=sr, show=show, fmax=fmax, n_fft=n_fft
    )
    for (title, y), caption, fig in zip(sounds.items(), captions, pictures, strict=True):
        player = play(y, sr=sr, title=title, caption=caption, gain_db=gain_db)
        fig.alt = f"{title}. {describe(fig)}"
        cards.append(
            f'<div style="flex: 0 1 400px">{player._repr_html_()}{fig._repr_html_()}</div>'
        )
        lines.append(repr(player))
    return Page(
        f'<div style="display: flex; flex-wrap: wrap; gap: 12px">{"".join(cards)}</div>',
        "\n".join(lines),
    )


def shared_pictures(sounds, *, sr, show, fmax, n_fft):
    """One small figure a sound, then every axis widened to what the widest of them needs."""
    heights = [1.2 if what == "wave" else 2.0 for what in show]
    figures = []
    for y in sounds:
        fig, axes = detached_mosaic(
            [[what] for what in show], width=4.0, height=np.mean(heights), height_ratios=heights
        )
        for what, ax in axes.items():
            if what == "wave":
                waveform(y, sr=sr, ax=ax, title="")
            elif what == "spectrum":
                spectrum(y, sr=sr, ax=ax, title="", fmax=fmax)
            else:
                spectrogram(y, sr=sr, ax=ax, title="", fmax=fmax, n_fft=n_fft)
        figures.append(fig)
    for row in zip(*(fig.axes for fig in figures), strict=True):
        xlims, ylims = (
            np.array([ax.get_xlim() for ax in row]),
            np.array([ax.get_ylim() for ax in row]),
        )
        vmax = max((image.norm.vmax for ax in row for image in ax.images), default=None)
        for ax in row:
            if ax.get_label() != "<colorbar>":
                ax.set(xlim=(xlims.min(), xlims.max()), ylim=(ylims.min(), ylims.max()))
            for image in ax.images:
                image.set_clim(vmax - 80.0, vmax)
    return figures


def table(rows, *, title="", digits=3):
    """Rows of results as a table.

    Parameters
    ----------
    rows : sequence of mapping
        One mapping a row, column name to value; all with the same columns.
    title : str
    digits : int
        Significant digits of numbers.

    Returns
    -------
    Page

    Examples
    --------
    >>> table([{"system": "ours", "error (%)": 2.1234}, {"system": "baseline", "error (%)": 19.5}])
    system    error (%)
    ours           2.12
    baseline       19.5
    """
    if not rows or any(list(row) != list(rows[0]) for row in rows):
        raise arguments.ArgumentError(
            "rows are empty or differ in their columns; wanted [{'column': value, ...}, ...]"
        )
    is_number = [
        all(isinstance(row[name], int | float | np.number) for row in rows) for name in rows[0]
    ]
    cells = [list(rows[0])] + [[cell_text(value, digits) for value in row.values()] for row in rows]

    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in cells
    ]

    sides = ["right" if number else "left" for number in is_number]
    tags = ["th"] + ["td"] * len(rows)
    body = "".join(
        "<tr>"
        + "".join(
            f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag}>'
            for cell, side in zip(line, sides, strict=True)
        )
        + "</tr>"
        for line, tag in zip(cells, tags, strict=True)
    )
    caption = f"<caption>{html.escape(title)}</caption>" if title else ""
    return Page(f"<table>{caption}{body}</table>", "\n".join(([title] if title else []) + lines))


def cell_text(value, digits):
    """A number with so many significant digits, never in powers of ten where it can be helped; all else as it is."""
    if (
        isinstance(value, bool | np.bool_)
        or not isinstance(value, float | np.floating)
        or not np.isfinite(value)
    ):
        return str(value)
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))) if value else 0)
    return f"{value:,.{decimals}f}".replace(",", " ")
