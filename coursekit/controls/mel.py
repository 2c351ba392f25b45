"""Controls of chapter 03: what a feature keeps of a sound, to see and to hear.

ck.controls.mel.mel_explorer(y, sr=sr)
"""

import warnings

import ipywidgets
import numpy as np
from matplotlib.ticker import MaxNLocator

from coursekit import arguments, controls, display, dsp, mel, units
from coursekit.metrics import mismatch_db

BANDS = (4, 8, 13, 20, 40, 80, 128)
FFT_SIZES = (256, 512, 1024, 2048)


def mel_explorer(y, *, sr):
    """Change the number of mel bands and the FFT size, and hear the sound that can be rebuilt from them.

    Parameters
    ----------
    y : array_like, (n,)
        Audio, at most 10 s.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    Explorer
        controls: "n_mels" (4 to 128), "n_fft" (256 to 2048; the hop is a quarter of it). numbers: "numbers_per_s"
        (n_mels values a frame), "mismatch_db" (see `metrics.mismatch_db`; silence would have 0 dB) and "empty_filters".

    Notes
    -----
    Chapter 03; mel.mel_spectrogram, mel.mel_to_stft and dsp.griffin_lim do the work.

    Examples
    --------
    >>> explorer = mel_explorer(np.sin(np.arange(8000) / 7), sr=8000)
    >>> explorer.controls["n_mels"].value = 8
    >>> explorer.numbers["numbers_per_s"], explorer.numbers["empty_filters"]
    (500.0, 0)
    """
    y, sr = controls.short_sound(y, sr=sr), arguments.sample_rate(sr)
    n_mels = controls.slider(
        ipywidgets.SelectionSlider, description="Mel bands", value=20, options=BANDS
    )
    n_fft = controls.slider(
        ipywidgets.SelectionSlider, description="FFT size", value=512, options=FFT_SIZES
    )
    return controls.Explorer(
        {"n_mels": n_mels, "n_fft": n_fft},
        lambda n_mels, n_fft: mel_view(y, sr=sr, n_mels=n_mels, n_fft=n_fft),
    )


def mel_view(y, *, sr, n_mels, n_fft):
    """The filters, the mel spectrogram of a sound, and the sound that can be rebuilt from it."""
    hop = n_fft // 4
    how = dict(sr=sr, n_fft=n_fft)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # empty filters are a part of what is shown
        W = mel.mel_filterbank(n_mels=n_mels, norm=None, **how)
        M = mel.mel_spectrogram(y, hop_length=hop, n_mels=n_mels, **how)
        magnitude = mel.mel_to_stft(M, **how)
    rebuilt = dsp.griffin_lim(
        magnitude, rng=np.random.default_rng(0), hop_length=hop, length=len(y)
    )
    empty, mismatch = int(np.sum(~W.any(axis=1))), mismatch_db(y, rebuilt)
    per_second = n_mels * sr / hop

    fig, axes = display.detached_mosaic([["bands", "filters"]], height=3.0, width_ratios=[2.4, 1])
    fig.get_layout_engine().set(
        w_pad=0.1
    )  # inches: the colour bar's label stands beside the filters' one
    level = dsp.power_to_db(M, ref=np.max, top_db=80)
    display.heatmap(
        level,
        x=units.frames_to_time(np.arange(M.shape[1]), sr=sr, hop_length=hop),
        ax=axes["bands"],
        title=f"{n_mels} mel bands, {n_fft} samples",
        xlabel="Time (s)",
        ylabel="Band",
        label="Level (dB below the loudest)",
    )
    axes["bands"].yaxis.set_major_locator(MaxNLocator(integer=True))
    f = units.fft_frequencies(**how)
    for gain in W:
        axes["filters"].plot(gain, f, linewidth=0.9)
    axes["filters"].set(title="Its filters", xlabel="Gain", xlim=(0, 1.05))
    display.hertz(axes["filters"], "y", 0, sr / 2)

    name = f"{n_mels} bands of {n_fft} samples"
    holes = {0: "", 1: " 1 filter is empty."}.get(empty, f" {empty} filters are empty.")
    sentence = (
        f"{name}: {per_second:,.0f} numbers a second in place of {sr:,.0f} samples. STFT mismatch of the "
        f"sound rebuilt from them: {mismatch:.1f} dB.{holes}"
    )
    player = display.play(
        rebuilt,
        sr=sr,
        title=f"Rebuilt from {name}",
        caption="listen for the words, then the melody",
    )
    numbers = {"numbers_per_s": float(per_second), "mismatch_db": mismatch, "empty_filters": empty}
    return controls.View(fig, numbers, sentence, (player,))
