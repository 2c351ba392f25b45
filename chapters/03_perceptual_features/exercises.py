# %% [markdown]
# # Exercises 03 · Perceptual features
#
# Seven questions to chapter [03](../notebooks/03_perceptual_features.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the
# cell, then run the check below it. `ck.hint("03.mfcc")` gives a hint (three for each question); after a try `ck.solution("03.mfcc")` shows a
# solution. Nothing leaves your computer.

# %%
import numpy as np

import coursekit as ck
# To listen, look and try; the answers need NumPy, and question 6 a mel filter bank.
from coursekit import data, display, dsp, mel, synth, units

# %% [markdown] question: 03.centres
# `n_mels` triangular filters share the band from `fmin` to `fmax` (Hz). On HTK's scale,
#
# $$m(f) = 2595 \log_{10}(1 + f / 700),$$
#
# their corners lie in equal steps: the first filter begins at `fmin`, the last one ends at `fmax`, and each has its two neighbours' centres as its outer
# corners. Return the *centres*, in Hz and not rounded, as an array of shape `(n_mels,)`. For 5 filters from 0 to 4000 Hz they are about 261.5, 620.6,
# 1113.8, 1791.3 and 2721.9 Hz. Build them from NumPy; do not call a ready-made `mel_frequencies` or filter bank.

# %% solution: 03.centres
def mel_centres(n_mels, *, fmin, fmax):
    """Centre frequencies of n_mels filters on HTK's mel scale, Hz."""
    ### BEGIN SOLUTION
    lowest, highest = 2595 * np.log10(1 + np.array([fmin, fmax]) / 700)
    inner_corners = np.linspace(lowest, highest, n_mels + 2)[1:-1]
    return 700 * (10 ** (inner_corners / 2595) - 1)
    ### END SOLUTION

# %% check: 03.centres

# %% [markdown] why: 03.centres
# Equation 3 without its two ends. The distance of the centres in Hz grows with frequency, though in mels it is constant: that is the whole idea.

# %% [markdown] question: 03.pitch_class
# Which of the twelve pitch classes does a tone of `frequency` Hz belong to? C is 0, C sharp 1, … B 11. A is tuned to 440 Hz, and a tone beside the scale belongs to
# the nearest semitone. Return an `int`. 440 Hz is 9 (A), and so is 27.5 Hz; 261.63 Hz is 0 (C); 452 Hz is still 9, for it is 47 cents
# above A. Build it from NumPy or `math`; do not call a ready-made `hz_to_midi`, `hz_to_note` or `hz_to_octs`.

# %% solution: 03.pitch_class
def pitch_class(frequency):
    """Number of the nearest pitch class, 0 (C) to 11 (B)."""
    ### BEGIN SOLUTION
    semitones = 69 + 12 * np.log2(frequency / 440)
    return int(round(semitones)) % 12
    ### END SOLUTION

# %% check: 03.pitch_class

# %% [markdown] why: 03.pitch_class
# Equation 15, rounded, modulo 12. The remainder folds all octaves onto one; Python's `%` does so for negative numbers as well. A chroma filter bank does the
# same, softly: a bin between two notes counts for both.

# %% [markdown] question: 03.mfcc
# Turn a mel spectrogram into MFCCs. `M` has shape `(n_mels, frames)` and holds power, with zeros in places. First take decibels,
# $L = 10 \log_{10} \max(M, 10^{-10})$, without any other cut (no `top_db`). Then the first `n_mfcc` coefficients of the orthonormal DCT of each frame:
#
# $$c_{jt} = \sum_{i=0}^{n-1} D_{ji}\, L_{it}, \qquad D_{ji} = \sqrt{\tfrac{2}{n}}\; \cos\!\left( \frac{\pi j\,(i + \tfrac12)}{n} \right), \qquad n = \texttt{n\_mels}$$
#
# where row $j = 0$ of $D$ is divided by $\sqrt 2$ once more. Return an array of shape `(n_mfcc, frames)`; `n_mfcc` is at most `n_mels`. Build $D$ from NumPy; do not call a ready-made
# DCT, its inverse, or `mfcc`.

# %% solution: 03.mfcc
def mfcc(M, *, n_mfcc):
    """MFCCs of a mel power spectrogram, (n_mfcc, frames)."""
    ### BEGIN SOLUTION
    level = 10 * np.log10(np.maximum(M, 1e-10))
    n_mels = len(M)
    j, i = np.arange(n_mfcc)[:, None], np.arange(n_mels)
    D = np.sqrt(2 / n_mels) * np.cos(np.pi * j * (i + 0.5) / n_mels)
    D[0] /= np.sqrt(2)
    return D @ level
    ### END SOLUTION

# %% check: 03.mfcc

# %% [markdown] why: 03.mfcc
# A matrix with orthonormal rows is all that a DCT is. It acts on each column by itself, so that one product does all frames; and its transpose leads back to a
# smoothed log-mel spectrum.

# %% [markdown] question: 03.delta
# Compute the deltas of a feature matrix `x` of shape `(rows, frames)`: the slope of the least-squares line through `width` frames around each frame,
#
# $$\Delta_t = \frac{\sum_{i=-n}^{n} i\; x_{t+i}}{\sum_{i=-n}^{n} i^2}, \qquad n = \lfloor \texttt{width} / 2 \rfloor,$$
#
# for each row by itself. `width` is odd and at least 3. Beyond the ends the first and the last frame are repeated as often as needed. Return an array of
# the shape of `x`. There may be fewer frames than `width`. For the row 0, 1, 4, 9, 16, 25 and `width=3` the answer is 0.5, 2, 4, 6, 8, 4.5. Do not call a ready-made delta or
# Savitzky–Golay filter.

# %% solution: 03.delta
def delta(x, *, width):
    """Slope of each row over time, from lines fitted to `width` frames."""
    ### BEGIN SOLUTION
    x = np.asarray(x)
    half, n_frames = width // 2, x.shape[1]
    steps = range(-half, half + 1)
    padded = np.pad(x, ((0, 0), (half, half)), mode="edge")
    shifted = [i * padded[:, half + i : half + i + n_frames] for i in steps]
    return sum(shifted) / sum(i**2 for i in steps)
    ### END SOLUTION

# %% check: 03.delta

# %% [markdown] why: 03.delta
# The loop runs over the few frames of a fit, not over time. The weights $i$ sum to zero, so that a constant has slope 0, and dividing by the sum of their squares gives a straight
# line exactly its slope.

# %% [markdown] question: 03.filterbank
# This mel filter bank stands, nearly word for word, in many tutorials. With few filters it looks right. With many, the lowest filters come out crooked,
# and now and then one holds nothing but zeros though there is a bin inside (`sr=16000, n_fft=512, n_mels=76`: row 3).
#
# ```python
# def mel_filterbank(*, sr, n_fft, n_mels):
#     top = 2595 * np.log10(1 + sr / 2 / 700)
#     hz = 700 * (10 ** (np.linspace(0, top, n_mels + 2) / 2595) - 1)
#     bins = np.floor((n_fft + 1) * hz / sr).astype(int)
#     W = np.zeros((n_mels, n_fft // 2 + 1))
#     for i in range(n_mels):
#         left, centre, right = bins[i : i + 3]
#         for k in range(left, centre):
#             W[i, k] = (k - left) / (centre - left)
#         for k in range(centre, right):
#             W[i, k] = (right - k) / (right - centre)
#     return W
# ```
#
# Find the two faults (the second is small) and mend them: triangles of height 1 on HTK's mel scale, from 0 to `sr / 2`, straight over Hz, with bin $k$ at
# `k * sr / n_fft`. The result, of shape `(n_mels, 1 + n_fft // 2)`, equals
# `librosa.filters.mel(sr=sr, n_fft=n_fft, n_mels=n_mels, htk=True, norm=None)`. `n_fft` may be odd. Do not call a ready-made bank, a mel spectrogram or
# `mel.triangle`. The check draws the difference.

# %% solution: 03.filterbank
def mel_filterbank(*, sr, n_fft, n_mels):
    """Triangles of height 1 on HTK's mel scale, (n_mels, 1 + n_fft // 2)."""
    ### BEGIN SOLUTION
    top = 2595 * np.log10(1 + sr / 2 / 700)
    hz = 700 * (10 ** (np.linspace(0, top, n_mels + 2) / 2595) - 1)
    f = np.arange(n_fft // 2 + 1) * sr / n_fft
    W = np.zeros((n_mels, n_fft // 2 + 1))
    for i in range(n_mels):
        left, centre, right = hz[i : i + 3]
        rising = (f - left) / (centre - left)
        falling = (right - f) / (right - centre)
        W[i] = np.maximum(0, np.minimum(rising, falling))
    return W
    ### END SOLUTION

# %% check: 03.filterbank

# %% [markdown] why: 03.filterbank
# The bins are where the triangles are *read*, not where they stand. Rounding moves each corner by up to a bin, which is nothing at 4 kHz and a whole filter at 100 Hz;
# where two corners fall on one bin a side is lost, where three do the filter is gone. And bins lie sr / n_fft apart: the 1 in (n_fft + 1) shifts all of them a little.

# %% [markdown] question: 03.phones
# You hear short pieces of speech and have to say what they are: `"ee"` (the phones IY, IH, EY), `"a"` (AE, EH, AY, AW), `"s"` (S, Z, SH, ZH), `"n"` (M, N, NG)
# or `"r"` (L, R, ER). `known` has shape `(n, 960)`: pieces of 60 ms, one a row, around the middle of a phone, from studio recordings; `labels` is the list of
# their n labels. `unknown`, `(m, 960)`, holds pieces from other sentences, and was heard through a device: a wall, a tiny loudspeaker or a telephone. A device is
# one filter, which may amplify, the same for all m pieces, and you are not told which. Return the list of the m labels. `sr` is 16,000 Hz. The check knows the true labels. **Get more than
# 65 % right on each of three devices** (one answer for all pieces gives at most 32 %). Take each piece as a single frame; for the filter bank you may call
# `mel.mel_filterbank(sr=sr, n_fft=1024, n_mels=40)`. To try it on cases of your own: `item = data.load("librivox")["austen-1"]` has the sound,
# `y, sr = item.load()`, and in `item.phones` the start and end (s) and the label of every phone.

# %% solution: 03.phones
def recognise(known, labels, unknown, *, sr):
    """The label of each unknown piece."""
    ### BEGIN SOLUTION
    W = mel.mel_filterbank(sr=sr, n_fft=1024, n_mels=40)

    def features(pieces):
        power = np.abs(np.fft.rfft(pieces * np.hanning(pieces.shape[1]), n=1024)) ** 2
        level = 10 * np.log10(power @ W.T + 1e-10)
        return level - level.mean(axis=0)  # a device adds one constant to each band

    known_features, unknown_features = features(known), features(unknown)
    names = sorted(set(labels))
    centres = [known_features[np.array(labels) == name].mean(axis=0) for name in names]
    distances = [np.linalg.norm(unknown_features - centre, axis=1) for centre in centres]
    return [names[i] for i in np.argmin(distances, axis=0)]
    ### END SOLUTION

# %% check: 03.phones

# %% [markdown] why: 03.phones
# A filter adds its response, in dB, to every piece; the mean over all pieces holds it and nothing of a single piece. Each set needs its own mean: the known pieces went through another
# device. It works because both sets hold about the same mixture of phones; with a single word it would take part of the word away. Bringing each piece to one loudness first
# does harm: after a filter that factor is another one for each piece, and no mean takes it off.

# %% [markdown] question: 03.louder
# **Before you run anything:** you multiply every sample of a recording by 2 and compute its 13 MFCCs again, as in question 3: 40 mel bands of power, decibels, the
# orthonormal DCT (each row of $D$ has length 1), nothing normalised. (No band lies at the floor.) How many of the 13 coefficients change, and by how many dB does the first one, $c_0$, grow (0 if it
# does not)? Return `{"changed": ..., "by": ...}`: an `int`, and a number good to half a dB. Then try it:
# `mel.mfcc(y, sr=sr, n_mfcc=13, n_mels=40)`.

# %% solution: 03.louder
def louder():
    """My prediction: {"changed": how many of 13, "by": growth of c0 in dB}."""
    ### BEGIN SOLUTION
    return {"changed": 1, "by": np.sqrt(40) * 20 * np.log10(2)}
    ### END SOLUTION

# %% check: 03.louder

# %% [markdown] why: 03.louder
# Each band gains 6.02 dB, a constant over the bands. Rows 1 to 12 of the DCT are cosines that sum to zero over the bands and do not see it. Row 0 has the value 1/√40 everywhere:
# 40 · 6.02 / √40 = 38.1. That is why c0 is left out where the level should not count.
