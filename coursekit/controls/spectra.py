"""The control of chapter 02b: window and frame length of a spectrogram.

ck.controls.stft_explorer(y, sr=sr)
"""

import ipywidgets
import numpy as np

from coursekit import arguments, display, dsp, units
from coursekit.controls.base import Explorer, View, short_sound, slider

MAIN_LOBE_BINS = {
    "boxcar": 2,
    "hann": 4,
    "hamming": 4,
    "blackman": 6,
}  # between the zeros beside the peak


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
        controls: "n_fft" (64 to 8192), "window". numbers: "bin_hz" (sr / n_fft), "main_lobe_hz" (how wide
        a tone is drawn, between the zeros beside its peak) and "frame_s" (n_fft / sr).

    Notes
    -----
    Chapter 02b; dsp.stft does the work.

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
