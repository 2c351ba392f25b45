"""Controls of chapter 01: a tone moved past half the sample rate, and bits taken away from a sound.

ck.controls.aliasing_explorer(sr=8000)
ck.controls.bit_depth_explorer(y, sr=sr)
"""

import ipywidgets
import numpy as np

from coursekit import arguments, audio, display, dsp, metrics, synth
from coursekit.controls.base import Explorer, View, short_sound, slider, title_and_legend


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
