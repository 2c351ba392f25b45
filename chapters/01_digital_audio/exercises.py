# %% [markdown]
# # Exercises 01 · Digital audio
#
# Seven questions to chapter [01](../notebooks/01_digital_audio.ipynb). In each, replace
# `# YOUR CODE HERE` and the line below it, run the cell, then run the check below it. `ck.hint("01.alias")` gives a hint (there are three for each
# question), and after a try `ck.solution("01.alias")` shows a solution and why it is right. Nothing leaves your computer.

# %%
import numpy as np

import coursekit as ck
# To listen, look and try; the answers need NumPy alone.
from coursekit import audio, data, display, dsp, metrics, synth

# %% [markdown] question: 01.levels
# Return the peak level and the RMS level of `y`, both in dBFS, as a pair `(peak, rms)`. Full scale is 1.0, so a
# full-scale sine has the levels 0 and −3.01 dBFS. `y` is an array of shape `(n,)` and not silent; it may be so quiet that a
# number added before the logarithm, however small, would show. Build the answer from NumPy; do not call a ready-made `rms`,
# `peak`, `dbfs`, `amplitude_to_db` or `power_to_db`.

# %% solution: 01.levels
def levels(y):
    """Peak and RMS level of y, in dBFS."""
    ### BEGIN SOLUTION
    peak_amplitude = np.max(np.abs(y))
    rms_amplitude = np.sqrt(np.mean(np.square(y)))
    return 20 * np.log10(peak_amplitude), 20 * np.log10(rms_amplitude)
    ### END SOLUTION

# %% check: 01.levels

# %% [markdown] why: 01.levels
# Both are amplitudes, so both take 20 log10. The absolute value matters: the extreme of a wave is as often below zero as
# above.

# %% [markdown] question: 01.size
# How many bytes do `duration` seconds of uncompressed sound take, at `sr` samples a second, with `channels` channels and
# `bits` bits a sample? Return a whole number (an `int`), without the file's header. One minute of CD sound, 44,100 Hz,
# stereo, 16 bits, takes 10,584,000 bytes. `duration` is a float and may hold a fraction of a second:
# the number of samples of a channel is rounded to the nearest. `bits` is a multiple of 8.

# %% solution: 01.size
def pcm_bytes(duration, *, sr, channels, bits):
    """Size in bytes of uncompressed audio; duration in seconds."""
    ### BEGIN SOLUTION
    samples_per_channel = round(duration * sr)
    return samples_per_channel * channels * bits // 8
    ### END SOLUTION

# %% check: 01.size

# %% [markdown] why: 01.size
# `round` makes the number of samples an integer, and `//` keeps the product one: sizes count things. Nothing here depends on what is heard; that is why silence in a
# WAV file costs as much as music.

# %% [markdown] question: 01.alias
# A tone of `frequency` Hz is sampled at `sr` Hz without any filter. Return the frequency that is heard when the samples are
# played, between 0 and `sr / 2`. `frequency` may be far above `sr`, and may be a number or an array (for which `if` does not
# work): return the same shape. Build it from NumPy; do not call `dsp.alias_frequency`.
# Examples at `sr=8000`: 3000 → 3000, 5000 → 3000, 8100 → 100, 13000 → 3000.

# %% solution: 01.alias
def alias(frequency, *, sr):
    """Heard frequency in Hz of a tone of `frequency` Hz sampled at sr Hz."""
    ### BEGIN SOLUTION
    nearest_multiple = sr * np.round(np.asarray(frequency) / sr)
    return np.abs(frequency - nearest_multiple)
    ### END SOLUTION

# %% check: 01.alias

# %% [markdown] why: 01.alias
# Samples cannot tell f from f plus a whole number of sample rates, nor from its negative. Of all these the one between
# 0 and sr / 2 is heard: the distance to the nearest multiple of sr.

# %% [markdown] question: 01.quantize
# Write the quantiser of equation 8: `2**bits` levels, one step $\Delta = 2 / 2^{b}$ apart, from $-1$ to $1 - \Delta$, zero
# being one of them. Take the nearest level; what lies outside goes to the last one. `y` is an array of floats; return an
# array of the same shape. `bits` may be 1, and as many as 24. With `bits=3` the levels are −1, −0.75, … 0.75, and 0.3 becomes
# 0.25. Stay in double precision (`float64`): with 24 bits the steps are too fine for less. Build it from NumPy; do not call
# `audio.quantize` or a quantiser of torch.

# %% solution: 01.quantize
def quantize(y, *, bits):
    """y rounded to the nearest of 2**bits levels in [-1, 1)."""
    ### BEGIN SOLUTION
    step = 2 / 2**bits
    codes = np.round(np.asarray(y) / step)
    codes = np.clip(codes, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return codes * step
    ### END SOLUTION

# %% check: 01.quantize

# %% [markdown] why: 01.quantize
# Clipping is done on the codes, where the limits are exact integers. Clipping `y` at ±1 before rounding would leave one code
# too many: +1 has no code.

# %% [markdown] question: 01.mono
# This snippet turns the samples of a stereo file into mono. `pcm` has shape `(n, 2)` and type `int16`, as
# `scipy.io.wavfile.read` returns it. On quiet recordings it does not crackle, on loud ones it does; and all its results have
# the same peak, even those of nearly silent recordings.
#
# ```python
# def to_mono(pcm):
#     mono = (pcm[:, 0] + pcm[:, 1]) / 2
#     return mono / np.abs(mono).max()
# ```
#
# Find both faults and write it so that it returns floats of shape `(n,)`: the mean of the channels, with the 16-bit code
# $k$ meaning $k / 32768$. The check plays you the error.

# %% solution: 01.mono
def to_mono(pcm):
    """Mono floats in [-1, 1) from int16 stereo of shape (n, 2)."""
    ### BEGIN SOLUTION
    channels = pcm.astype(np.float64) / 32768
    return channels.mean(axis=1)
    ### END SOLUTION

# %% check: 01.mono

# %% [markdown] why: 01.mono
# The sum of two `int16` is an `int16`: it wraps at ±32768, and the division by 2 comes too late. Floats have room. And a
# fixed scale keeps recordings comparable; a division by the maximum makes each its own yardstick.

# %% [markdown] question: 01.downsample
# Bring a recording from 44.1 kHz to 11.025 kHz: return every 4th sample of a suitably filtered `y`, `ceil(n / 4)` of them, in
# step with the input (a filter's delay removed; `np.convolve(..., mode="same")` with an odd number of taps does that). The
# check takes three real recordings full of treble and measures the SNR below 4.4 kHz (80 % of the new Nyquist frequency)
# against a filter with 1,601 taps. **Reach 70 dB on each.** Build the filter yourself (equation 5) or with
# `dsp.lowpass_fir`; a few hundred taps are plenty. Do not call what resamples in one go: `dsp.decimate`, `audio.resample`,
# or the `resample` and `decimate` of other libraries.

# %% solution: 01.downsample
def downsample(y):
    """y, sampled at 44,100 Hz, brought to 11,025 Hz."""
    ### BEGIN SOLUTION
    half_length = 128
    n = np.arange(-half_length, half_length + 1)
    cutoff = 0.112  # in units of the old rate; the new Nyquist is 0.125
    taps = np.sinc(2 * cutoff * n) * np.hanning(len(n))
    taps /= taps.sum()
    return np.convolve(y, taps, mode="same")[::4]
    ### END SOLUTION

# %% check: 01.downsample

# %% [markdown] why: 01.downsample
# The cutoff lies between the edge of the band that is judged (0.1 of the old rate) and the new Nyquist frequency (0.125), so
# that the filter's edge, about 3.1 / 257 wide to each side, fits in between.

# %% [markdown] question: 01.glide
# **Before you run anything:** a tone glides from 0 to 10 kHz. It is sampled at 8 kHz, with no filter. How often does what you
# hear change its direction (from rising to falling or back), and which frequency in Hz do you hear at the very end? Return
# `{"turns": ..., "last_hz": ...}`, an `int` and a number. Then listen: `display.play(synth.chirp(0, 10_000, sr=8000, duration=5), sr=8000, title="glide")`.

# %% solution: 01.glide
def glide():
    """My prediction: a dict with the keys "turns" and "last_hz"."""
    ### BEGIN SOLUTION
    return {"turns": 2, "last_hz": 2000.0}
    ### END SOLUTION

# %% check: 01.glide

# %% [markdown] why: 01.glide
# Up to 4 kHz at true 4 kHz, down to 0 at true 8 kHz, up again to 2 kHz at true 10 kHz: two turns.
