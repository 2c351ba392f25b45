# %% [markdown]
# # Exercises 02b · Spectrograms
#
# Seven questions to chapter [02b](../notebooks/02b_spectrograms.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the cell,
# then run the check below it. `ck.hint("02b.stft")` gives a hint (three for each question); after a try `ck.solution("02b.stft")` shows a
# solution. Nothing leaves your computer.

# %%
import numpy as np

import coursekit as ck
# To listen, look and try. The answers need NumPy alone; "One round of Griffin-Lim" needs
# dsp.stft and dsp.istft, too.
from coursekit import audio, data, display, dsp, synth, units

# %% [markdown] question: 02b.columns
# A spectrogram has one column for each frame. Its frames are *centred*: frame $m$ = 0, 1, 2 … holds the `n_fft` samples from
# $m H - N/2$ up to and including $m H + N/2 - 1$, with $H$ = `hop_length` and $N$ = `n_fft`, which is even. Something happens at the time `t`, in seconds:
# in sample `round(t * sr)` (`t` may lie between two samples). In which columns does it show? Return a pair of whole numbers, the first and the last
# frame that hold this sample. A frame holds all its samples, also those where a window would be 0. The sound goes on for
# long enough after `t`, and it begins at sample 0: there are no frames before frame 0.
#
# For `t=0.5`, `sr=16000`, `n_fft=512`, `hop_length=128` it is sample 8,000, and the answer is `(61, 64)`: frame 61 ends at sample
# 61 · 128 + 255 = 8,063, and frame 64 begins at sample 64 · 128 − 256 = 7,936.

# %% solution: 02b.columns
def columns(t, *, sr, n_fft, hop_length):
    """The first and the last centred frame that hold the sample at t seconds."""
    ### BEGIN SOLUTION
    sample = round(t * sr)
    last = (sample + n_fft // 2) // hop_length
    first = -(-(sample - n_fft // 2 + 1) // hop_length)
    return max(0, first), last
    ### END SOLUTION

# %% check: 02b.columns

# %% [markdown] why: 02b.columns
# The two inequalities m H − N/2 ≤ s and s ≤ m H + N/2 − 1, each solved for m; the largest whole number is found by rounding down, the
# smallest by rounding up. Between them lie N / H columns on average: where the hop divides the frame exactly so many, away from the beginning, and
# otherwise one more at some samples and one less at others. With N / 2 < H < N a click lies in two columns or in one, and with H ≤ N / 2 always in several, however short it is.

# %% [markdown] question: 02b.stft
# Write a short-time Fourier transform that equals `librosa.stft(y, n_fft=n_fft, hop_length=hop_length)` with librosa's defaults: a
# periodic Hann window of length `n_fft`; centred frames, with `n_fft // 2` zeros padded on both sides; complex output of shape
# `(1 + n_fft // 2, 1 + len(y) // hop_length)`. `n_fft` is even. Compute in double precision (float64): ten digits are wanted. Use `np.fft.rfft` for
# the frames, and no ready-made STFT; `np.hanning` gives a *symmetric* window.

# %% solution: 02b.stft
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

# %% check: 02b.stft

# %% [markdown] why: 02b.stft
# A symmetric window of one sample more, without its last sample, is the periodic one. The index `starts + arange[:, None]` picks all
# frames at once, one a column.

# %% [markdown] question: 02b.istft
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
# `S` is a centred STFT, complex, of shape `(1 + n_fft // 2, frames)`, made with a periodic Hann window. There are two faults. Mend it, so that it equals
# `librosa.istft(S, hop_length=hop_length)`, for hops that do not divide `n_fft` and for an `S` that somebody has changed. Do not call a ready-made inverse
# STFT, and compute in double precision (float64). Where the sum that you divide by is *exactly* 0, leave the sample as it is; beside such places it can be as
# small as 5 · 10⁻¹² and is divided by like any other. The check plays you the error.

# %% solution: 02b.istft
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

# %% check: 02b.istft

# %% [markdown] why: 02b.istft
# Every sample was windowed twice, so the overlapping frames add up to the sum of w². For Hann windows at a quarter hop that is the
# constant 1.5, which explains the level; at N/2, and at hops that do not divide the frame, it is not even constant. The symmetric window was the smaller fault.

# %% [markdown] question: 02b.ripple
# Copies of a window, each `hop_length` samples after the one before, are added up: $s[n] = \sum_m w[n - m H]$. If the sum is constant
# away from its ends, the window and the hop have the property **COLA** (constant overlap-add). If not, how uneven is it? Return
#
# $$\text{ripple} = \frac{\max s - \min s}{\text{mean}\ s}$$
#
# of **one period, `hop_length` samples, in the middle**, where $s$ repeats itself: not at the beginning or the end, where copies are missing. (A whole
# number of periods gives the same; over a broken number the mean is another.) `window` has shape `(n,)`, its sum is above 0, and
# `hop_length` is at most n and need not divide it. For `window = [1, 2, 3, 2]` and `hop_length = 2` the sum is 4, 4, 4 …, and its ripple 0; for
# `hop_length = 3` it is 3, 2, 3, 3, 2, 3 … and the ripple (3 − 2) / (8 / 3) = 0.375.

# %% solution: 02b.ripple
def ripple(window, *, hop_length):
    """(max - min) / mean of the sum of copies of the window, one hop apart."""
    ### BEGIN SOLUTION
    total = np.zeros(hop_length)
    for i, value in enumerate(window):
        total[i % hop_length] += value
    return (total.max() - total.min()) / total.mean()
    ### END SOLUTION

# %% check: 02b.ripple

# %% [markdown] why: 02b.ripple
# All samples of the window that lie a whole number of hops apart meet at the same place of the sum, so one period of it is the window,
# folded at every `hop_length` samples.

# %% [markdown] question: 02b.order
# **Before you run anything:** you have a spectrogram of a sound, the magnitudes of an STFT with a Hann window, and you change the sound in one of
# four ways: `"delayed"` (by one sample), `"upside down"` (`-y`), `"backwards"` (`y[::-1]`) or `"alternating"` (every other sample changes its sign).
# After which of them is *every* number of the spectrogram exactly as it was, for any sound? Return the text. Then try all four: which of them do you
# hear?

# %% solution: 02b.order
def unseen_change():
    """My prediction: "delayed", "upside down", "backwards" or "alternating"."""
    ### BEGIN SOLUTION
    return "upside down"
    ### END SOLUTION

# %% check: 02b.order

# %% [markdown] why: 02b.order
# The DFT is linear: −y has the spectrum −X in every frame, the same magnitudes and all phases half a turn further. A delay by one sample
# lets other samples into each frame; backwards, the columns come in the opposite order; alternating signs turn each column upside down.
# So what a spectrogram does not see is little: it is nearly enough to find the sound again, but for the sign of each stretch between silences.

# %% [markdown] question: 02b.round
# Only the magnitudes of a spectrogram are known, `M`, and phases are looked for that fit: this is what Griffin and Lim's method does,
# in rounds that are all alike. Write one round. From the wanted magnitudes `M` and the present phases
# (radians), both of shape `(1 + n_fft // 2, frames)`, make a complex spectrogram; take its inverse STFT; take the STFT of this signal;
# return the **phases of that**, in radians, of the same shape. It is the plain round, without momentum. Where the new STFT is exactly 0 it has no
# phase: return 0 there, as `np.angle` does.
#
# The frames are centred, the window is a periodic Hann window of length `n_fft`, and the hop is `hop_length`. You may call `dsp.stft` and
# `dsp.istft`. Compute in double precision (float64). Angles that differ by whole turns count as equal.

# %% solution: 02b.round
def next_phases(M, phases, *, hop_length):
    """The phases after one more round of Griffin-Lim, (freq, frames)."""
    ### BEGIN SOLUTION
    n_fft = 2 * (len(M) - 1)
    y = dsp.istft(M * np.exp(1j * phases), hop_length=hop_length)
    S = dsp.stft(y, n_fft=n_fft, hop_length=hop_length)
    return np.angle(S)
    ### END SOLUTION

# %% check: 02b.round

# %% [markdown] why: 02b.round
# Overlapping frames share samples, so they cannot have any phases they like. The inverse STFT averages what the frames say about each
# sample, and the STFT of the result has phases that agree with each other better than before. The next round puts `M` back in place of the magnitudes.

# %% [markdown] question: 02b.hiss
# A spectrogram tells at a glance what the air does in a mouth: in a **vowel** the vocal folds sing, in a **hiss** air rushes through a
# narrow place. Let a program look. `sounds` is a list of arrays, each one sound of speech that was cut out of a sentence, 30 to 300 ms long, and
# `sr` their sample rate in Hz. Return a list with one label for each, in order: `"hiss"` for the phones S, Z, SH, ZH, F and TH, `"vowel"` for
# AA, AE, AH, AO, AW, AY, EH, ER, EY, IH, IY, OW, OY, UH and UW. Any method will do.
#
# Choose your method and its settings on the sentences `austen-1` and `austen-5` of `data.load("librivox")`: `y, sr = item.load()`, and
# `item.phones` holds the start and the end (s) and the label of every phone. The check holds sounds of the other sentences, three lists of them, each sound
# brought to a level of its own: at 16 kHz, at 12 kHz, and at 48 kHz (made from the 16 kHz, so that it is empty above 8 kHz). A list may hold many more of one kind than
# of the other. **More than 85 % must be right in each.** Whoever always says the same stays below 80 %.

# %% solution: 02b.hiss
def hiss_or_vowel(sounds, *, sr):
    """A list of "hiss" or "vowel", one for each sound."""
    ### BEGIN SOLUTION
    found = []
    for y in sounds:
        power = np.abs(np.fft.rfft(y * np.hanning(len(y)))) ** 2
        high = np.fft.rfftfreq(len(y), 1 / sr) > 3000
        found.append("hiss" if power[high].sum() > 0.1 * power.sum() else "vowel")
    return found
    ### END SOLUTION

# %% check: 02b.hiss

# %% [markdown] why: 02b.hiss
# A share of the energy does not depend on the level. In austen-1 and austen-5 every vowel has less than 3 % of its energy above 3 kHz, and every hiss but one F
# more than 25 %; 10 % lies between. Zero crossings a second or the centre of gravity of the spectrum (chapter 04) do as well. The hard ones are F, which
# is weak, and Z, where the voice goes on below the hiss.
