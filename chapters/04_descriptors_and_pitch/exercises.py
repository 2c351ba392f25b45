# %% [markdown]
# # Exercises 04 · Descriptors and pitch
#
# Eight questions to chapter [04](../notebooks/04_descriptors_and_pitch.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the
# cell, then run the check below it. `ck.hint("04.yin")` gives a hint (three for each question); after a try `ck.solution("04.yin")` shows a
# solution. Nothing leaves your computer.

# %%
import numpy as np

import coursekit as ck
# To listen, look and try; the answers need NumPy alone.
from coursekit import data, descriptors, display, dsp, pitch, synth

# %% [markdown] question: 04.cents
# How far is it from the pitch `f1` up to the pitch `f2`, in cents? An octave up (twice the frequency) is 1200 cents, a semitone 100, an
# octave down −1200. Both are in Hz: two numbers, or two NumPy arrays of one shape `(n,)`. Return the distance as it comes, not rounded.

# %% solution: 04.cents
def cents(f1, f2):
    """Distance from f1 to f2, both in Hz, in cents."""
    ### BEGIN SOLUTION
    return 1200 * np.log2(np.asarray(f2) / f1)
    ### END SOLUTION

# %% check: 04.cents

# %% [markdown] why: 04.cents
# Equation 11. Pitch goes by ratios, so equal ratios must be equal distances: a logarithm. To base 2 it counts octaves, and an
# octave has 12 semitones of 100 cents.

# %% [markdown] question: 04.zcr
# Return the zero-crossing rate of a frame `y` of shape `(n,)`: the number of samples whose sign differs from that of the sample before, divided by
# `n`. **Zero counts as positive**, so that `[1, 0, 1]` has no crossing, `[1, -1, 0]` has two and `[0, 0, 0]` has none. The first sample has no sample before it, and is no
# crossing. Build it from NumPy; do not call a ready-made function for it.

# %% solution: 04.zcr
def zero_crossing_rate(y):
    """Share of samples of y at which the sign changes, zero being positive."""
    ### BEGIN SOLUTION
    negative = np.asarray(y) < 0
    crossings = negative[1:] != negative[:-1]
    return np.sum(crossings) / len(y)
    ### END SOLUTION

# %% check: 04.zcr

# %% [markdown] why: 04.zcr
# Two kinds of sample, negative and not: then every change between neighbours is one crossing. `np.sign` knows three kinds, and so counts a wave that
# passes through an exact 0 twice, and one that only touches it twice as well.

# %% [markdown] question: 04.moments
# Return the skewness and the kurtosis of the samples `y`, shape `(n,)`, as a pair: equation 3,
#
# $$\gamma_1 = \frac1n \sum \left(\frac{y - \mu}{\sigma}\right)^{3}, \qquad \gamma_2 = \frac1n \sum \left(\frac{y - \mu}{\sigma}\right)^{4} - 3,$$
#
# with $\mu$ the mean and $\sigma$ the standard deviation (divided by $n$). If all samples are equal, for instance in digital silence, return `(0.0, 0.0)`; but only
# then: a very quiet sound has a shape, too, and so have samples that are nearly equal, such as 1 and 1.000000001: so stay in double
# precision (`float64`). Write it with NumPy alone; do not call a ready-made function.

# %% solution: 04.moments
def moments(y):
    """Skewness and excess kurtosis of y; (0, 0) if all samples are equal."""
    ### BEGIN SOLUTION
    y = np.asarray(y, dtype=float)
    if np.all(y == y[0]):
        return 0.0, 0.0
    z = (y - y.mean()) / y.std()
    return np.mean(z**3), np.mean(z**4) - 3
    ### END SOLUTION

# %% check: 04.moments

# %% [markdown] why: 04.moments
# Standardise once, then average the third and fourth powers. The test for equal samples looks at the samples and not at $\sigma$: the
# standard deviation of a thousand times 0.1 is 10⁻¹⁷, not 0, because the mean is rounded, and dividing by that makes a shape out of nothing.

# %% [markdown] question: 04.difference
# Compute the difference function of a frame `x`, shape `(n,)`: equation 12,
#
# $$d[\tau] = \sum_{j=0}^{n-1} \big( x[j] - x[j + \tau] \big)^2, \qquad \tau = 0, 1 \dots L,$$
#
# with zeros after the end of the frame ($x[j] = 0$ for $j \ge n$). $L$ is `max_lag`, less than `n`. Return an array of shape `(max_lag + 1,)`. A loop over the
# lags is fast enough. For `x = [1, -1, 1, -1]` and `max_lag=2` it is `[0, 13, 2]`. Build it from NumPy; do not
# call a ready-made function, such as those of `coursekit.pitch`.

# %% solution: 04.difference
def difference(x, *, max_lag):
    """d[0] ... d[max_lag] of the frame x, zeros after its end."""
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    n = len(x)
    longer = np.append(x, np.zeros(max_lag))
    return np.array([np.sum((x - longer[lag : lag + n]) ** 2) for lag in range(max_lag + 1)])
    ### END SOLUTION

# %% check: 04.difference

# %% [markdown] why: 04.difference
# The frame is lengthened by `max_lag` zeros, so that at each lag all n samples have a partner. With $\tau$ zeros as partners the last $\tau$ samples stand
# alone; their energy is what lifts the troughs at long lags.

# %% [markdown] question: 04.yin
# Now YIN, for one frame `x` of shape `(n,)`, sampled at `sr` Hz and taken as it is. Return its pitch in Hz, one number:
#
# 1. $d[\tau]$ as in the question before (you may call your `difference`), for $\tau = 0 \dots$ `ceil(sr / fmin)`;
# 2. $d'[\tau] = d[\tau] \,/\, \big(\frac1\tau \sum_{j=1}^{\tau} d[j]\big)$, $d'[0] = 1$;
# 3. among the lags from `int(sr / fmax)` to `ceil(sr / fmin)`, both included: the first local minimum of $d'$ (lower than the value before it, not
#    higher than the one after it) that is below 0.1; if there is none, the lag with the lowest $d'$;
# 4. a parabola through it and its two neighbours has its vertex at
#    $\hat\tau = \tau + \dfrac{d'[\tau-1] - d'[\tau+1]}{2\,(d'[\tau-1] - 2 d'[\tau] + d'[\tau+1])}$; the pitch is `sr` $/\ \hat\tau$.
#
# In the frames of the check the lag that is found is never the first or the last of that range. Build it from NumPy; do not call a ready-made function, such as those of `coursekit.pitch` or `librosa.yin`.

# %% solution: 04.yin
def yin(x, *, sr, fmin, fmax):
    """Pitch of the frame x in Hz, by YIN."""
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    shortest, longest = int(sr / fmax), int(np.ceil(sr / fmin))
    longer = np.append(x, np.zeros(longest))
    d = np.array([np.sum((x - longer[lag : lag + len(x)]) ** 2) for lag in range(longest + 1)])
    normalized = np.ones_like(d)
    lags = np.arange(1, longest + 1)
    normalized[1:] = d[1:] * lags / np.cumsum(d[1:])

    best = shortest + int(np.argmin(normalized[shortest:]))
    for lag in range(shortest + 1, longest):
        left, centre, right = normalized[lag - 1 : lag + 2]
        if centre < 0.1 and left > centre <= right:
            best = lag
            break

    left, centre, right = normalized[best - 1 : best + 2]
    period = best + (left - right) / (2 * (left - 2 * centre + right))
    return sr / period
    ### END SOLUTION

# %% check: 04.yin

# %% [markdown] why: 04.yin
# The deepest lag is the answer unless an earlier trough is good enough: so begin with it and let the first trough below 0.1 replace
# it. The parabola is worth a factor of about seven in accuracy: without it the pitch moves in steps of one sample.

# %% [markdown] question: 04.shape
# This snippet from a tutorial shall say how bright a sound is. It returns the same two numbers for a bass drum and for a hi-hat.
#
# ```python
# def brightness(y, *, sr):
#     spectrum = np.abs(np.fft.fft(y))
#     frequencies = np.fft.fftfreq(len(y), 1 / sr)
#     centroid = np.sum(frequencies * spectrum) / np.sum(spectrum)
#     rolloff = np.percentile(frequencies, 85)
#     return centroid, rolloff
# ```
#
# There are two faults. Mend it, so that it returns, in Hz, the centroid (the mean of the bin frequencies, weighted with the magnitudes) and the rolloff (the lowest bin frequency
# at or below which 85 % of the summed magnitude lies). `y` is one frame of shape `(n,)`, n even; the bins are 0 to n/2. No window, no padding;
# NumPy alone, no ready-made function.

# %% solution: 04.shape
def brightness(y, *, sr):
    """Spectral centroid and 85 % rolloff of the frame y, both in Hz."""
    ### BEGIN SOLUTION
    spectrum = np.abs(np.fft.rfft(y))
    frequencies = np.fft.rfftfreq(len(y), 1 / sr)
    centroid = np.sum(frequencies * spectrum) / np.sum(spectrum)
    running = np.cumsum(spectrum)
    rolloff = frequencies[np.argmax(running >= 0.85 * running[-1])]
    return centroid, rolloff
    ### END SOLUTION

# %% check: 04.shape

# %% [markdown] why: 04.shape
# The bins of a full FFT come in pairs, f and −f, equally strong: their centre of gravity is about 0 Hz whatever the sound. And a percentile of
# the *frequencies* looks at the axis alone; the share has to be counted along the axis in *magnitude*, hence the running sum.

# %% [markdown] question: 04.drums
# Find numbers that tell a kick, a tom, a snare and a cymbal apart. `sounds` is a list of 36 one-shots (arrays of different lengths, 44,100 Hz, each
# begins where it first exceeds 1 % of its peak; the check changes their loudness and their order). Return an array of shape `(36, k)`, one row a sound, with **one to four numbers each**. (More is
# not better: each number counts alike, and one that says little about the drum drowns one that says much.)
#
# The check, which holds the labels, classifies your rows as in section 5: each column is standardised, each sound is named by the nearest centroid, while all
# strokes of the same drum are left out. **Reach more than 30 right of 36.** (The chapter's two descriptors reach 30.) To try it yourself: the sounds are
# `[item for item in data.load("instruments") if item.label in {"kick", "snare", "tom", "hat", "cymbal"}]`, hats counting as cymbals. The
# check says how many are right, and which kinds are taken for which. There are no other sounds to test on, so whoever changes numbers until it passes has tuned on the test (section 5):
# think first what a kick has that a tom has not, and try few things.

# %% solution: 04.drums
def describe(sounds):
    """At most four numbers for each sound, (36, k)."""
    ### BEGIN SOLUTION
    rows = []
    for y in sounds:
        power = np.abs(np.fft.rfft(y[:8192], n=8192)) ** 2
        frequencies = np.fft.rfftfreq(8192, 1 / 44100)
        centroid = np.sum(frequencies * power) / np.sum(power)
        rows.append([np.log(centroid)])
    return np.array(rows)
    ### END SOLUTION

# %% check: 04.drums

# %% [markdown] why: 04.drums
# A centroid weighted with *power* looks at what is loudest: the skin of a kick or a tom, and not the click of the beater, whose many weak bins pull a
# centroid of magnitudes up: 34 of 36 with this one number. (In hertz, without the logarithm, it is 32.) Each further number must earn its place: together with
# zero crossings and length it falls to 29.

# %% [markdown] question: 04.missing
# **Before you run anything:** a sound is the sum of three sines at 600, 800 and 1000 Hz, equally strong. Which pitch does YIN find, searching from 60 to 1500 Hz: `"200"`, `"600"`, `"800"` or `"1000"` Hz? Return the
# text. Then listen to it: `display.play(sum(0.2 * synth.sine(f, sr=16000, duration=1) for f in (600, 800, 1000)), sr=16000, title="three sines")`, and compare it with a single sine
# of each of the four.

# %% solution: 04.missing
def found_pitch():
    """My prediction: "200", "600", "800" or "1000"."""
    ### BEGIN SOLUTION
    return "200"
    ### END SOLUTION

# %% check: 04.missing

# %% [markdown] why: 04.missing
# After 5 ms the three sines have made 3, 4 and 5 whole cycles: only then does their sum repeat. It is the sound of 200 Hz with its fundamental missing, and the ear
# agrees with YIN: so a telephone, which cuts off what lies below 300 Hz, does not turn men into children.
