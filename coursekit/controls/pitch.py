"""The control of chapter 04: one frame of a sound, and how YIN finds its pitch.

ck.controls.pitch.yin_explorer(y, sr=sr)
"""

import ipywidgets
import numpy as np

from coursekit import arguments, controls, display, pitch, synth

FRAME = 0.064  # s: about four periods of the lowest voice; chapter 04 uses it for speech
TONE = 0.5  # s; of the sound around the frame and of the tone that is compared with it


def yin_explorer(y, *, sr, fmin=60.0, fmax=500.0):
    """Move a frame through a sound and a threshold up and down; see which trough YIN takes, and hear its pitch.

    Parameters
    ----------
    y : array_like, (n,)
        Audio, at most 10 s and at least 64 ms.
    sr : float
        Sample rate, Hz.
    fmin, fmax : float
        The lowest and the highest pitch to look for, Hz.

    Returns
    -------
    Explorer
        controls: "time" (s, the middle of the frame), "threshold". numbers: "lag" (samples, with its fraction), "f0_hz"
        and "aperiodicity" (d' at the nearest sample), as pitch.periods finds them.

    Notes
    -----
    Chapter 04; pitch.periods does the work.

    Examples
    --------
    >>> explorer = yin_explorer(np.sin(2 * np.pi * 200 * np.arange(8000) / 8000), sr=8000)
    >>> explorer.controls["time"].value = 0.3
    >>> round(explorer.numbers["f0_hz"])
    200
    """
    y, sr = controls.short_sound(y, sr=sr), arguments.sample_rate(sr)
    n = round(FRAME * sr)
    if len(y) < n:
        raise arguments.ArgumentError(
            f"y lasts {1000 * len(y) / sr:.0f} ms; wanted at least {1000 * FRAME:.0f} ms, one frame"
        )
    loudest = float(np.argmax(np.convolve(y**2, np.ones(n), mode="same")) / sr)
    first, last = n / 2 / sr, (len(y) - n / 2) / sr
    time = controls.slider(
        ipywidgets.FloatSlider,
        description="Time (s)",
        wide=True,
        value=np.clip(loudest, first, last),
        min=first,
        max=last,
        step=0.01,
    )
    threshold = controls.slider(
        ipywidgets.FloatSlider,
        description="Threshold",
        wide=True,
        value=0.1,
        min=0.0,
        max=1.0,
        step=0.01,
    )
    return controls.Explorer(
        {"time": time, "threshold": threshold},
        lambda time, threshold: yin_view(
            y, sr=sr, fmin=fmin, fmax=fmax, time=time, threshold=threshold
        ),
    )


def yin_view(y, *, sr, fmin, fmax, time, threshold):
    """One frame, its difference function d and the normalised one d', with the trough that is taken."""
    n = round(FRAME * sr)
    start = int(np.clip(round(time * sr) - n // 2, 0, len(y) - n))
    frame = y[start : start + n]
    period, aperiodicity = (
        float(value[0])
        for value in pitch.periods(
            frame,
            fmin=fmin,
            fmax=fmax,
            sr=sr,
            frame_length=n,
            hop_length=n,
            trough_threshold=threshold,
            center=False,
        )
    )
    f0 = sr / period
    longest = int(np.ceil(sr / fmin))
    d = pitch.difference_function(frame, max_lag=longest)
    normalized = pitch.cumulative_mean_normalized_difference(d)

    fig, axes = display.detached_mosaic([["frame"], ["d"], ["normalized"]], height=1.7)
    display.curve(
        axes["frame"], start / sr + np.arange(n) / sr, frame, color=display.COLORS["blue"]
    )
    for edge in (0.0, period):
        axes["frame"].axvline((start + n / 2 + edge) / sr, color=display.COLORS["red"], linewidth=1)
    axes["frame"].set(title="The frame; between the red lines, one period", ylabel="Amplitude")
    display.seconds(axes["frame"], start / sr, (start + n) / sr)
    milliseconds = 1000 * np.arange(longest + 1) / sr
    for ax, values, title, label in (
        (axes["d"], d, "Difference d", "d"),
        (axes["normalized"], normalized, "", "d'"),
    ):
        ax.axvspan(0, 1000 / fmax, color="0.9")  # lags too short for fmax: not searched
        ax.plot(milliseconds, values, color=display.COLORS["blue"])
        ax.axvline(1000 * period / sr, color=display.COLORS["red"], linewidth=1)
        ax.set(title=title, xlabel="Lag (ms)", ylabel=label, xlim=(0, milliseconds[-1]))
    axes["normalized"].axhline(
        threshold, color=display.COLORS["orange"], linestyle="--", label="threshold"
    )
    axes["normalized"].plot(
        1000 * period / sr, aperiodicity, "o", color=display.COLORS["red"], label="taken"
    )
    controls.title_and_legend(axes["normalized"], "Normalised by its running mean: d'")

    below = (
        "below the threshold"
        if aperiodicity < threshold
        else "the lowest of all: none is below the threshold"
    )
    sentence = (
        f"At {time:.2f} s: the trough at {1000 * period / sr:.2f} ms ({period:.1f} samples) is taken, {below}. "
        f"f0 = {f0:.1f} Hz, d' = {aperiodicity:.2f}."
    )
    numbers = {"lag": period, "f0_hz": f0, "aperiodicity": aperiodicity}
    return controls.View(
        fig, numbers, sentence, (pair_player(y, sr=sr, middle=start + n // 2, f0=f0),)
    )


def pair_player(y, *, sr, middle, f0):
    """Half a second of the sound around the frame, a pause, and a tone of the pitch that was found."""
    half = round(TONE / 2 * sr)
    around = y[max(0, middle - half) : middle + half]
    tone = synth.harmonic(f0, [1.0, 0.5, 0.3, 0.2], sr=sr, duration=TONE)
    tone *= (
        np.abs(around).max()
        / np.abs(tone).max()
        * np.sin(np.pi * np.arange(len(tone)) / len(tone)) ** 0.5
    )
    together = np.concatenate([around, np.zeros(round(0.15 * sr)), tone])
    return display.play(
        together,
        sr=sr,
        title=f"The sound around the frame, then a tone of {f0:.0f} Hz",
        caption="does the tone meet the pitch in the middle of the sound?",
    )
