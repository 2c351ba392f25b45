"""Controls to move: a slider, and the picture, the numbers and the sound that follow it.

    ck.controls.aliasing_explorer(sr=8000)

The sliders are ipywidgets and need a running kernel. What they change is an ordinary output below them, replaced in
place: it is saved with the notebook, so the page also reads without a kernel.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ipywidgets
import numpy as np

from coursekit import arguments, audio, display, dsp, metrics, synth, units

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


def aliasing_explorer(*, sr=8000):
    """Move a tone past sr / 2, and see and hear at which frequency it comes back.

    Parameters
    ----------
    sr : int
        Sample rate, Hz.

    Returns
    -------
    Explorer
        controls: "frequency" (Hz, 0 to 2 sr). numbers: "frequency_hz", "predicted_hz" (dsp.alias_frequency) and
        "measured_hz" (the highest peak in the spectrum of one second of samples, so to the nearest Hz).

    Notes
    -----
    Chapter 01.

    Examples
    --------
    >>> explorer = aliasing_explorer(sr=8000)
    >>> explorer.controls["frequency"].value = 7000
    >>> explorer.numbers
    {'frequency_hz': 7000, 'predicted_hz': 1000.0, 'measured_hz': 1000.0}
    """
    sr = arguments.integer(sr, "sr", low=4000, high=96_000)
    tone = slider(
        ipywidgets.IntSlider,
        description="Tone (Hz)",
        wide=True,
        value=5 * sr // 8,
        min=0,
        max=2 * sr,
        step=sr // 80,
    )
    return Explorer({"frequency": tone}, lambda frequency: aliasing_view(frequency, sr=sr))


def aliasing_view(frequency, *, sr):
    """A sampled tone: over time, its spectrum, and where it lies on the zigzag of aliases."""

    def tone(f, t):
        return np.cos(
            2 * np.pi * f * t
        )  # a cosine: its alias passes through the samples with the same sign

    y = synth.sine(frequency, sr=sr, duration=1.0, phase=np.pi / 2)
    alias = float(dsp.alias_frequency(frequency, sr=sr))
    measured = float(np.argmax(np.abs(np.fft.rfft(y))))  # one second: bin k is k Hz

    fig, axes = display.detached_mosaic([["time", "time"], ["spectrum", "zigzag"]], height=2.3)
    few = y[:17]
    display.samples(few, sr=sr, curve=lambda t: tone(frequency, t), ax=axes["time"], title="")
    fine = np.linspace(0, (len(few) - 1) / sr, 1000)
    axes["time"].plot(
        fine, tone(alias, fine), "--", color=display.COLORS["red"], label=f"alias, {alias:g} Hz"
    )
    title_and_legend(axes["time"], f"{frequency:g} Hz, sampled at {sr:g} Hz")

    display.spectrum(
        0.5 * y, sr=sr, ax=axes["spectrum"], window="boxcar", title="Spectrum of the samples"
    )
    _, level = axes["spectrum"].lines[0].get_data()
    axes["spectrum"].plot(
        measured, level.max(), "o", color=display.COLORS["red"], markersize=8, clip_on=False
    )
    axes["spectrum"].set_ylim(-105, 5)

    f = np.linspace(0, 2 * sr, 801)
    axes["zigzag"].plot(f, dsp.alias_frequency(f, sr=sr), color=display.COLORS["sky"])
    axes["zigzag"].plot(
        frequency, measured, "o", color=display.COLORS["red"], markersize=8, clip_on=False
    )
    display.hertz(axes["zigzag"], "x", 0, 2 * sr)
    display.hertz(axes["zigzag"], "y", 0, sr / 2)
    axes["zigzag"].set(
        title="Where a frequency comes out", xlabel="True frequency (kHz)", ylabel="Measured (kHz)"
    )

    sentence = (
        f"A tone at {frequency:g} Hz, sampled at {sr:g} Hz: predicted at {alias:g} Hz, "
        f"measured at {measured:g} Hz."
    )
    player = display.play(
        0.5 * y,
        sr=sr,
        title=f"What the samples hold: {measured:g} Hz",
        caption=None if 20 <= measured <= 20_000 else "outside of what an ear hears",
    )
    numbers = {"frequency_hz": frequency, "predicted_hz": alias, "measured_hz": measured}
    return View(fig, numbers, sentence, (player,))


def bit_depth_explorer(y, *, sr):
    """Take bits away from a sound, and see and hear the noise that this makes, with and without dither.

    Parameters
    ----------
    y : array_like, (n,)
        Audio in [-1, 1], at most 10 s.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    Explorer
        controls: "bits" (1 to 16), "dither". numbers: "snr_db" (metrics.snr; -inf dB would be all noise),
        "noise_dbfs" (RMS of the error).

    Notes
    -----
    Chapter 01; audio.quantize does the work.

    Examples
    --------
    >>> explorer = bit_depth_explorer(0.9 * np.sin(np.arange(8000) / 7), sr=8000)
    >>> explorer.controls["bits"].value = 8
    >>> round(explorer.numbers["snr_db"]) in range(48, 51)      # about 6.02 * 8 + 1.76 - 0.9
    True
    """
    y, sr = short_sound(y, sr=sr), arguments.sample_rate(sr)
    bits = slider(ipywidgets.IntSlider, description="Bits", value=4, min=1, max=16)
    dither = ipywidgets.Checkbox(value=False, description="Dither")
    return Explorer(
        {"bits": bits, "dither": dither},
        lambda bits, dither: bit_depth_view(y, sr=sr, bits=bits, dither=dither),
    )


def bit_depth_view(y, *, sr, bits, dither):
    """A sound and its quantised copy: a few milliseconds of both, and the spectrum of their difference."""
    coarse = audio.quantize(y, bits=bits, dither=dither, rng=np.random.default_rng(0))
    snr, noise = float(metrics.snr(y, coarse)), float(audio.dbfs(audio.rms(coarse - y)))

    fig, axes = display.detached_mosaic([["time"], ["spectra"]])
    middle = int(np.argmax(np.abs(y)))
    around = slice(max(0, middle - round(0.004 * sr)), middle + round(0.004 * sr) + 1)
    times = np.arange(len(y))[around] / sr
    axes["time"].plot(times, y[around], color=display.COLORS["sky"], label="original")
    name = "1 bit" if bits == 1 else f"{bits} bits"
    axes["time"].step(
        times, coarse[around], where="mid", color=display.COLORS["red"], linewidth=1.0, label=name
    )
    axes["time"].set_ylabel("Amplitude")
    display.seconds(axes["time"], times[0], times[-1])
    title_and_legend(axes["time"], "Around the loudest sample")
    display.spectrum(y, sr=sr, ax=axes["spectra"], title="", label="sound")
    display.spectrum(coarse - y, sr=sr, ax=axes["spectra"], title="", label="error")
    axes["spectra"].set_ylim(-105, 5)
    title_and_legend(axes["spectra"], "Spectrum of the sound and of the error")

    sentence = (
        f"{name}, {2**bits} levels, {'with' if dither else 'without'} dither: "
        f"the error lies at {noise:.1f} dBFS, the signal-to-noise ratio is {snr:.1f} dB."
    )
    # WAV: MP3 would leave out of the noise what it takes for inaudible.
    player = display.play(
        coarse, sr=sr, title=name, caption="listen to the noise, and to the pauses", format="wav"
    )
    return View(fig, {"snr_db": snr, "noise_dbfs": noise}, sentence, (player,))


def stft_explorer(y, *, sr):
    """Change window and frame length of a spectrogram: what is won in frequency is lost in time.

    Parameters
    ----------
    y : array_like, (n,)
        Audio, at most 10 s.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    Explorer
        controls: "n_fft" (64 to 8192), "window". numbers: "bin_hz" (sr / n_fft), "main_lobe_hz" (what two tones must be
        apart to be seen as two) and "frame_s" (n_fft / sr).

    Notes
    -----
    Chapter 02; dsp.stft does the work.

    Examples
    --------
    >>> explorer = stft_explorer(np.sin(np.arange(8000) / 7), sr=8000)
    >>> explorer.controls["n_fft"].value = 256
    >>> explorer.numbers
    {'bin_hz': 31.25, 'main_lobe_hz': 125.0, 'frame_s': 0.032}
    """
    y, sr = short_sound(y, sr=sr), arguments.sample_rate(sr)
    n_fft = slider(
        ipywidgets.SelectionSlider,
        description="FFT size",
        value=1024,
        options=[2**k for k in range(6, 14)],
    )
    window = ipywidgets.Dropdown(value="hann", options=list(MAIN_LOBE_BINS), description="Window")
    player = display.play(y, sr=sr, title="The sound")
    return Explorer(
        {"n_fft": n_fft, "window": window},
        lambda n_fft, window: stft_view(y, sr=sr, n_fft=n_fft, window=window, player=player),
    )


MAIN_LOBE_BINS = {
    "boxcar": 2,
    "hann": 4,
    "hamming": 4,
    "blackman": 6,
}  # between the zeros beside the peak


def stft_view(y, *, sr, n_fft, window, player):
    """A spectrogram, and the spectrum of its window: the shape that every pure tone takes in it."""
    bin_hz, frame_s = sr / n_fft, n_fft / sr
    main_lobe = MAIN_LOBE_BINS[window] * bin_hz
    fig, axes = display.detached_mosaic([["sound", "window"]], height=3.4, width_ratios=[2.4, 1])
    display.spectrogram(
        y, sr=sr, n_fft=n_fft, window=window, ax=axes["sound"], title=f"{window}, {n_fft} samples"
    )

    w = dsp.get_window(window, n_fft)
    finely = 32 * n_fft  # an FFT padded with zeros shows what lies between the bins
    response = dsp.amplitude_to_db(np.fft.rfft(w, finely) / w.sum(), amin=1e-6, top_db=None)
    distance = units.fft_frequencies(sr=sr, n_fft=finely)
    near = distance <= sr / 40  # the same at each setting, so that the peak is seen to narrow
    for side in (-1, 1):
        display.curve(
            axes["window"],
            side * distance[near],
            response[near],
            color=display.COLORS["blue"],
            linewidth=0.9,
        )
    axes["window"].axvspan(-main_lobe / 2, main_lobe / 2, color=display.COLORS["orange"], alpha=0.3)
    axes["window"].set(
        title="A pure tone",
        xlabel="Distance from it (Hz)",
        ylabel="Level (dB)",
        ylim=(-105, 5),
        xlim=(-sr / 40, sr / 40),
    )

    sentence = (
        f"{n_fft} samples with a {window} window: a frame lasts {1000 * frame_s:.4g} ms, "
        f"bins are {bin_hz:.4g} Hz apart, and a tone is {main_lobe:.4g} Hz wide."
    )
    numbers = {"bin_hz": bin_hz, "main_lobe_hz": main_lobe, "frame_s": frame_s}
    return View(fig, numbers, sentence, (player,))


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
