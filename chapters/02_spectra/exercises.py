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
# Which bin of an FFT of `n_fft` samples lies nearest to `frequency` (Hz), at the sample rate `sr` (Hz)? Return a whole number (an
# `int`). For 450 Hz at 44,100 Hz and `n_fft=2048` it is bin 21, at 452.2 Hz; bin 20 would be at 430.7 Hz.

# %% solution: 02.bin
def nearest_bin(frequency, *, sr, n_fft):
    """Number of the FFT bin nearest to `frequency` Hz."""
    ### BEGIN SOLUTION
    return int(round(frequency * n_fft / sr))
    ### END SOLUTION

# %% check: 02.bin

# %% [markdown] why: 02.bin
# Equation 3 turned round. The `n_fft` bins of the full DFT span one sample rate, so they are sr / n_fft apart, and that does not
# change when `rfft` keeps only half of them.

# %% [markdown] question: 02.dft
# Compute the discrete Fourier transform of `x` from its definition, equation 2, for any length and without any FFT function:
#
# $$X[k] = \sum_{n=0}^{N-1} x[n]\, e^{-2\pi i k n / N}, \qquad k = 0 \dots N-1$$
#
# `x` has shape `(N,)` and may be complex; return a complex array of shape `(N,)`. Ten digits are compared: compute in double precision, as NumPy does unless it is told
# otherwise.

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
# `np.outer(n, n)` holds every product k·n, so the matrix is equation 4 and the product is equation 2 for all k at once.

# %% [markdown] question: 02.fft
# Now write the FFT: the same numbers by divide and conquer (equation 6). `x` has shape `(n,)`, n is a power of two, possibly 1; return complex numbers, for n = 1 too. Call
# yourself for the even-numbered and the odd-numbered samples and join the halves. The check includes 32,768 samples, for which a
# matrix would not fit in memory. Do not call a ready-made FFT.

# %% solution: 02.fft
def fft(x):
    """DFT of x, len(x) a power of two, by recursion."""
    ### BEGIN SOLUTION
    n = len(x)
    if n == 1:
        return np.asarray(x, dtype=complex)
    even_half, odd_half = fft(x[::2]), fft(x[1::2])
    twisted = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd_half
    return np.concatenate([even_half + twisted, even_half - twisted])
    ### END SOLUTION

# %% check: 02.fft

# %% [markdown] why: 02.fft
# Each level of the recursion does n/2 complex multiplications, and there are log2(n) levels. The minus sign of the second half
# is the twist half a turn later: exp(−2πi (k + n/2) / n) = −exp(−2πi k / n).

# %% [markdown] question: 02.stft
# Write an STFT that equals `librosa.stft(y, n_fft=n_fft, hop_length=hop_length)` with librosa's defaults: a periodic Hann window of
# length `n_fft`; centred frames, with `n_fft // 2` zeros padded on both sides; complex output of shape
# `(1 + n_fft // 2, 1 + len(y) // hop_length)`. `n_fft` is even. Ten digits are compared, so compute in double precision. Use `np.fft.rfft` for the frames; `np.hanning` gives a
# *symmetric* window.

# %% solution: 02.stft
def stft(y, *, n_fft, hop_length):
    """Centred STFT of y with a periodic Hann window, (freq, frames)."""
    ### BEGIN SOLUTION
    window = np.hanning(n_fft + 1)[:-1]
    padded = np.pad(y, n_fft // 2)
    n_frames = 1 + len(y) // hop_length
    starts = hop_length * np.arange(n_frames)
    frames = padded[starts + np.arange(n_fft)[:, None]]
    return np.fft.rfft(window[:, None] * frames, axis=0)
    ### END SOLUTION

# %% check: 02.stft

# %% [markdown] why: 02.stft
# A symmetric window of one sample more, without its last sample, is the periodic one. The index `starts + arange[:, None]` picks all
# frames at once, one a column.

# %% [markdown] question: 02.istft
# This inverse STFT was found in a tutorial. It gives a sound; but with a hop of `n_fft // 4` it is half as loud again as the original, and even
# after turning it down it does not equal it.
#
# ```python
# def istft(S, *, hop_length):
#     n_fft = 2 * (len(S) - 1)
#     w = np.hanning(n_fft)
#     y = np.zeros(n_fft + hop_length * (S.shape[1] - 1))
#     for m in range(S.shape[1]):
#         y[m * hop_length : m * hop_length + n_fft] += w * np.fft.irfft(S[:, m])
#     return y[n_fft // 2 : -(n_fft // 2)]
# ```
#
# `S` is a centred STFT as in the question before, made with a periodic Hann window. There are two faults. Mend it, so that it equals
# `librosa.istft(S, hop_length=hop_length)`, for hops that do not divide `n_fft` and for
# an `S` that somebody has changed. (Where the sum that you divide by is exactly 0, and only there, leave the sample as it
# is; nothing is added to the divisor. Nine digits are compared: compute in double precision.) The check plays you the error.

# %% solution: 02.istft
def istft(S, *, hop_length):
    """The signal of a centred STFT made with a periodic Hann window."""
    ### BEGIN SOLUTION
    n_fft = 2 * (len(S) - 1)
    window = np.hanning(n_fft + 1)[:-1]
    y = np.zeros(n_fft + hop_length * (S.shape[1] - 1))
    weight = np.zeros_like(y)
    for m in range(S.shape[1]):
        place = slice(m * hop_length, m * hop_length + n_fft)
        y[place] += window * np.fft.irfft(S[:, m])
        weight[place] += window**2
    y = y / np.where(weight > 0, weight, 1.0)
    return y[n_fft // 2 : -(n_fft // 2)]
    ### END SOLUTION

# %% check: 02.istft

# %% [markdown] why: 02.istft
# Every sample was windowed twice, so the overlapping frames add up to the sum of w². For Hann windows at a quarter hop that is the
# constant 1.5, which explains the level; at other hops it is not even constant. The symmetric window was the smaller fault.

# %% [markdown] question: 02.whistle
# Somebody recorded speech near a whistling device: in each recording one or two steady tones, each as loud as the speech itself, at
# unknown frequencies between 600 Hz and 2.4 kHz. Remove them. `y` is a recording at `sr` Hz, shape `(n,)`; return the cleaned signal, same shape. The check holds
# the clean recordings and measures the SNR of your result against them. **Reach 10 dB on each of three recordings** (without
# doing anything it is 0 dB or less). To hear a case: build one yourself from `data.load("librivox")` and `synth.sine`.

# %% solution: 02.whistle
def remove_whistle(y, *, sr):
    """y without its steady tones."""
    ### BEGIN SOLUTION
    Y = np.fft.rfft(y)
    bins_per_hz = len(y) / sr
    around, width = int(100 * bins_per_hz), int(5 * bins_per_hz)
    for _ in range(4):
        peak = int(np.argmax(np.abs(Y)))
        surroundings = np.abs(Y[max(0, peak - around) : peak + around])
        if np.abs(Y[peak]) < 20 * np.median(surroundings):
            break
        Y[max(0, peak - width) : peak + width + 1] = 0
    return np.fft.irfft(Y, n=len(y))
    ### END SOLUTION

# %% check: 02.whistle

# %% [markdown] why: 02.whistle
# Over three seconds a steady tone gathers in a few bins and towers over the speech, whose energy is spread. Clearing a few hertz
# takes nearly all of the tone and almost nothing of the speech. Leakage decides how wide the gap must be.

# %% [markdown] question: 02.resolution
# **Before you run anything:** two equally loud tones, 1000 Hz and 1020 Hz, at a sample rate of 8000 Hz. You take one frame with a Hann
# window. Which is the *shortest* of these frame lengths whose spectrum shows two separate peaks, with a dip of at least 3 dB
# between them, *whatever the phases of the two tones*: `"256"`, `"512"`, `"1024"` or `"2048"` samples? Return the text. Then draw it with `display.spectrum`.

# %% solution: 02.resolution
def frame_length():
    """My prediction: "256", "512", "1024" or "2048"."""
    ### BEGIN SOLUTION
    return "1024"
    ### END SOLUTION

# %% check: 02.resolution

# %% [markdown] why: 02.resolution
# With 1,024 samples bins are 7.8 Hz apart and the tones 2.6 bins from each other: more than half the main lobe of a Hann window. With 512
# samples it is 1.3 bins, and the two lobes melt into one.
