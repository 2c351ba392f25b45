# %% [markdown]
# # Exercises 02 · Spectra
#
# Seven questions to chapter [02](../notebooks/02_spectra.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the cell,
# then run the check below it. `ck.hint("02.fft")` gives a hint (three for each question); after a try `ck.solution("02.fft")` shows a
# solution. Nothing leaves your computer.

# %%
import numpy as np

import coursekit as ck
# To listen, look and try; the answers need NumPy alone.
from coursekit import audio, data, display, dsp, synth, units

# %% [markdown] question: 02.bin
# Which bin of a DFT of `n_fft` samples lies nearest to `frequency` (Hz), at the sample rate `sr` (Hz)? Bin $k$ stands for
# $k f_s / N$, with $N$ = `n_fft`. Return a whole number (an `int`). For 450 Hz at 44,100 Hz and `n_fft=2048` it is bin 21, at 452.2 Hz;
# bin 20 would be at 430.7 Hz. `frequency` lies between 0 and `sr / 2`, and never in the middle between two bins.

# %% solution: 02.bin
def nearest_bin(frequency, *, sr, n_fft):
    """Number of the DFT bin nearest to `frequency` Hz."""
    ### BEGIN SOLUTION
    return int(round(frequency * n_fft / sr))
    ### END SOLUTION

# %% check: 02.bin

# %% [markdown] why: 02.bin
# The frequency of bin k, turned round. The `n_fft` bins of the full DFT span one sample rate, so they are sr / n_fft apart, and that does
# not change when `rfft` keeps only half of them.

# %% [markdown] question: 02.dft
# Compute the discrete Fourier transform of `x` from its definition, for any length and without any FFT function or ready-made DFT
# matrix:
#
# $$X[k] = \sum_{n=0}^{N-1} x[n]\, e^{-2\pi i k n / N}, \qquad k = 0 \dots N-1$$
#
# `x` has shape `(N,)` and may be complex; return a complex array of shape `(N,)`.

# %% solution: 02.dft
def dft(x):
    """All N bins of the DFT of x."""
    ### BEGIN SOLUTION
    n = np.arange(len(x))
    W = np.exp(-2j * np.pi * np.outer(n, n) / len(x))
    return W @ x
    ### END SOLUTION

# %% check: 02.dft

# %% [markdown] why: 02.dft
# `np.outer(n, n)` holds every product k·n, so row k of the matrix is the tone of bin k, and the product with `x` is the sum for all
# k at once.

# %% [markdown] question: 02.fft
# Now write the **fast** Fourier transform: the same numbers as in the question before, by divide and conquer. Call yourself for the
# even-numbered samples, which gives $E$, and for the odd-numbered ones, which gives $O$; then join them:
#
# $$X[k] = E[k] + e^{-2\pi i k/N}\, O[k], \qquad X[k + \tfrac{N}{2}] = E[k] - e^{-2\pi i k/N}\, O[k], \qquad k = 0 \dots \tfrac{N}{2} - 1$$
#
# with the **twiddle factors** $e^{-2\pi i k/N}$. `x` has shape `(N,)` and may be complex; $N$ is a power of two, possibly 1. Return a complex array of
# shape `(N,)`, for $N = 1$ too: an array of shape `(1,)`, not a number. The check includes
# 32,768 samples, for which a matrix would not fit in memory. Do not call a ready-made FFT.

# %% solution: 02.fft
def fft(x):
    """DFT of x, len(x) a power of two, by recursion."""
    ### BEGIN SOLUTION
    N = len(x)
    if N == 1:
        return np.asarray(x, dtype=complex)
    even, odd = fft(x[::2]), fft(x[1::2])
    turned = np.exp(-2j * np.pi * np.arange(N // 2) / N) * odd
    return np.concatenate([even + turned, even - turned])
    ### END SOLUTION

# %% check: 02.fft

# %% [markdown] why: 02.fft
# Each level of the recursion does N/2 complex multiplications, and there are log2(N) levels. The minus sign of the second half
# is the same turn half a cycle later: exp(−2πi (k + N/2) / N) = −exp(−2πi k / N).

# %% [markdown] question: 02.convolve
# A product of two DFTs of $N$ points is a convolution, but a *circular* one: what does not fit into $N$ samples comes back at the
# beginning. Zeros at the end make room. And a long signal need not be transformed in one piece: cut it into blocks, convolve
# each, and add the results where they overlap (**overlap-add**). This is how a reverberation of two seconds is put on a
# concert while it is being played.
#
# Convolve the signal `y`, shape `(n,)`, with the short filter `h`, shape `(L,)`, by FFTs of exactly `n_fft` samples. `n_fft` is even and at
# least $L$. A block has `n_fft - L + 1` samples, the first one begins with sample 0, and the last one may be shorter. Return all
# $n + L - 1$ samples of the convolution, $\sum_j h[j]\, y[i - j]$ for $i = 0 \dots n + L - 2$.
# For `y = [1, 2, 3, 4, 5]`, `h = [1, 1]` and `n_fft = 4` the blocks are `[1, 2, 3]` and `[4, 5]`, their results `[1, 3, 5, 3]` and
# `[4, 9, 5, 0]`, and together they give `[1, 3, 5, 7, 9, 5]`.
#
# `np.fft.rfft` and `np.fft.irfft` are allowed, ready-made convolutions are not. One case holds a broken sample (NaN): it spoils the
# `n_fft` samples of its own block's result and must leave all others alone. So the check sees whether you work in blocks.

# %% solution: 02.convolve
def convolve_in_blocks(y, h, *, n_fft):
    """The full convolution of y and h by overlap-add, len(y) + len(h) - 1 samples."""
    ### BEGIN SOLUTION
    n_out = len(y) + len(h) - 1
    block = n_fft - len(h) + 1
    H = np.fft.rfft(h, n=n_fft)
    result = np.zeros(n_out + n_fft)  # the last block's result may reach beyond the end
    for start in range(0, len(y), block):
        Y = np.fft.rfft(y[start : start + block], n=n_fft)
        result[start : start + n_fft] += np.fft.irfft(Y * H, n=n_fft)
    return result[:n_out]
    ### END SOLUTION

# %% check: 02.convolve

# %% [markdown] why: 02.convolve
# Convolution is linear, so the results of the blocks may be added. `n_fft - L + 1` samples and `L` taps give exactly `n_fft` samples:
# nothing wraps round, and no room is wasted. Where n_fft is several times L, the cost is a few times log2(n_fft) multiplications a sample, in place of L.

# %% [markdown] question: 02.clinic
# This snippet says which tone is the strongest in a recording. It looks right: for a whistle it gives about the right frequency,
# and a louder whistle gives a larger number.
#
# ```python
# def strongest_tone(y, *, sr):
#     n = len(y)
#     w = np.hanning(n + 1)[:-1]                # a periodic Hann window
#     magnitude = np.abs(np.fft.rfft(w * y)) / n
#     frequencies = np.linspace(0, sr / 2, n // 2)
#     k = np.argmax(magnitude[: n // 2])
#     return frequencies[k], magnitude[k]
# ```
#
# There are two faults, one in each of the two numbers. Mend them, and return a pair: the frequency in Hz of the bin with the largest
# magnitude (of the bin itself: nothing is interpolated), and the amplitude, such that
# $a \sin(2\pi f n / f_s)$ gives $a$ when $f$ falls on a bin. Keep the window. `y` has shape `(n,)`, n may be odd, and `sr` is in
# Hz. The strongest bin is neither the first nor the last.

# %% solution: 02.clinic
def strongest_tone(y, *, sr):
    """Frequency in Hz and amplitude of the strongest bin of the windowed y."""
    ### BEGIN SOLUTION
    n = len(y)
    w = np.hanning(n + 1)[:-1]
    magnitude = np.abs(np.fft.rfft(w * y))
    k = np.argmax(magnitude)
    return k * sr / n, 2 * magnitude[k] / np.sum(w)
    ### END SOLUTION

# %% check: 02.clinic

# %% [markdown] why: 02.clinic
# `np.linspace` spreads n // 2 numbers so that the last *is* sr / 2; bins are sr / n apart whatever is done with them. At 440 Hz the
# difference is small, and it grows to a whole bin at the top of the spectrum; in hertz that is the more, the shorter the frame. A sine of amplitude a is half a turning to the left and half a turning to the right, and the window lets through the sum of its values: |X| = a · sum(w) / 2.

# %% [markdown] question: 02.whistle
# Somebody recorded speech near a whistling device: in a recording there are one or two steady tones, each as loud as the speech itself, at
# unknown frequencies between 600 Hz and 2.4 kHz; **or none**, while the device was off. Remove them. A steady tone above or below that band, even
# 60 Hz from a whistle (the time signal of a radio, say), belongs to the recording and stays. `y` is a recording at `sr` Hz, shape `(n,)`; return the cleaned signal,
# same shape. The recordings have different sample rates, from 8 kHz to 22.05 kHz.
#
# Choose your settings on recordings that you build yourself, from a sentence of `data.load("librivox")` and `synth.sine`; then you can also hear and
# measure what you do. The check holds five recordings that you do not see, and their clean versions. It measures the SNR of your result
# against those. **More than 12 dB is wanted on each that has a whistle** (without doing anything it is about 0 dB or less), and **more than 25 dB where there is
# none**: there next to nothing may be removed.

# %% solution: 02.whistle
def remove_whistle(y, *, sr):
    """y without its steady tones between 600 Hz and 2.4 kHz."""
    ### BEGIN SOLUTION
    Y = np.fft.rfft(y)
    frequencies = np.fft.rfftfreq(len(y), 1 / sr)
    where_whistles_are = (frequencies > 580) & (frequencies < 2420)
    bins_per_hz = len(y) / sr
    around, width = int(100 * bins_per_hz), int(5 * bins_per_hz)
    for _ in range(4):
        peak = int(np.argmax(np.abs(Y) * where_whistles_are))
        surroundings = np.abs(Y[max(0, peak - around) : peak + around])
        if np.abs(Y[peak]) < 20 * np.median(surroundings):
            break
        Y[max(0, peak - width) : peak + width + 1] = 0
    return np.fft.irfft(Y, n=len(y))
    ### END SOLUTION

# %% check: 02.whistle

# %% [markdown] why: 02.whistle
# Over three seconds a steady tone gathers in a few bins and towers over the speech, whose energy is spread. Clearing a few hertz
# takes nearly all of the tone and almost nothing of the speech. Leakage decides how wide the gap must be; the comparison with the surroundings
# decides whether there is anything to clear.

# %% [markdown] question: 02.resolution
# **Before you run anything:** two equally loud tones, 1000 Hz and 1020 Hz, at a sample rate of 8000 Hz. You take one frame, multiply it
# with a Hann window and draw its spectrum finely, with many zeros appended. Which is the *shortest* of these frame lengths whose
# spectrum shows two separate peaks, with a dip of at least 3 dB between them, *whatever the phases of the two tones*: `"256"`, `"512"`,
# `"1024"` or `"2048"` samples? Return the text. Then draw it with `display.spectrum`, for several phases.

# %% solution: 02.resolution
def frame_length():
    """My prediction: "256", "512", "1024" or "2048"."""
    ### BEGIN SOLUTION
    return "1024"
    ### END SOLUTION

# %% check: 02.resolution

# %% [markdown] why: 02.resolution
# The distance of the bins, f_s / N, is not the resolution. The main lobe of a Hann window is 4 bins wide, and two of them, added with
# unlucky phases, show a dip of 3 dB from about 2.45 bins on; at 2 bins the dip can be as small as 0.2 dB. With 1,024 samples the bins are 7.8 Hz apart, so the tones
# are 2.56 bins from each other: just enough. With 512 samples it is 1.28 bins, and the two lobes melt into one.
