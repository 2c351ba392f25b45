# %% [markdown]
# # Exercises 05 · Rhythm and harmony
#
# Eight questions to chapter [05](../notebooks/05_rhythm_and_harmony.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the
# cell, then run the check below it. `ck.hint("05.beats")` gives a hint (three for each question); after a try `ck.solution("05.beats")`
# shows a solution. Nothing leaves your computer.

# %%
import numpy as np

import coursekit as ck
# To listen, look and try; hmm is for question 7, and so are those in the two last lines.
from coursekit import data, display, hmm, midi, rhythm
from coursekit import chroma as pitch_classes, harmony, score_harmony
from coursekit.chords import majmin_accuracy

# %% [markdown] question: 05.lag
# The onset strength of a piece is most like itself after `lag` frames; frames are `hop_length` samples apart, at `sr` Hz. What
# tempo is that, in beats a minute, if one lag is one beat? Return a number, not rounded. (22 frames of 512 samples at 22,050 Hz: 117.4538...)

# %% solution: 05.lag
def tempo_of_lag(lag, *, sr, hop_length):
    """Beats a minute of a lag in frames."""
    ### BEGIN SOLUTION
    return 60 * sr / (hop_length * lag)
    ### END SOLUTION

# %% check: 05.lag

# %% [markdown] why: 05.lag
# A beat lasts lag · hop_length / sr seconds (equation 4), and a minute has 60.

# %% [markdown] question: 05.tones
# Which of the twelve pitch classes belong to a chord? Return a vector of 12 zeros and ones; place 0 is C, place 1 is C#, ... place 11
# is B. `root` is one of `"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"`. The tones of `quality`, in semitones above
# the root: `"maj"` 0, 4, 7; `"min"` 0, 3, 7; `"dim"` 0, 3, 6; `"7"` is `"maj"` and 10; `"maj7"` is `"maj"` and 11; `"min7"` is `"min"` and 10.
# For `chord_tones("C", "maj")` the ones stand at places 0, 4 and 7. Build it from NumPy; do not call a ready-made function for it.

# %% solution: 05.tones
NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]


def chord_tones(root, quality):
    """Twelve zeros and ones: the pitch classes of a chord, C first."""
    ### BEGIN SOLUTION
    steps = {"maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "7": (0, 4, 7, 10),
             "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10)}[quality]
    tones = np.zeros(12)
    tones[(NAMES.index(root) + np.array(steps)) % 12] = 1
    return tones
    ### END SOLUTION

# %% check: 05.tones

# %% [markdown] why: 05.tones
# Pitch classes go round in a circle of twelve; all chords of one quality are one pattern, turned. That is why twelve roots need only
# one line each.

# %% [markdown] question: 05.flux
# Compute the onset strength (equation 1) from a mel spectrogram in dB, `L`, of shape `(bands, frames)`: how much does each band rise from
# one frame to the next, what falls counting as 0; then the mean over the bands. Return shape `(frames,)`; frame 0, before which nothing is known,
# gets 0. Build it from NumPy; do not call a ready-made function for it.
#
# $$o[m] = \frac{1}{B} \sum_{b=1}^{B} \max\bigl(0,\; L[b, m] - L[b, m-1]\bigr)$$

# %% solution: 05.flux
def onset_strength(L):
    """Mean rise of the bands of L, dB, since the frame before."""
    ### BEGIN SOLUTION
    rise = np.maximum(0, np.diff(L, axis=1))
    return np.append(0.0, rise.mean(axis=0))
    ### END SOLUTION

# %% check: 05.flux

# %% [markdown] why: 05.flux
# The maximum comes before the mean: one band that begins to sound must not be cancelled by another that dies away. That is what
# makes the curve see notes that a change of loudness does not show.

# %% [markdown] question: 05.beats
# Find the best row of beats by dynamic programming. `score[t]` says how much frame $t$ looks like a beat (below 0: it does not), `period`, an
# `int`, is the expected gap in frames. The value of a row of frames $t_1 < t_2 < \dots$ is
#
# $$\sum_i \text{score}[t_i] \;-\; \text{tightness} \cdot \sum_{i \ge 2} \left( \ln \frac{t_i - t_{i-1}}{\text{period}} \right)^2$$
#
# Each gap must be at least `period / 2` (rounded up to a whole frame) and at most `2 * period`. The row may begin and end anywhere, and
# has at least one frame. (This is a little simpler than
# Ellis's version in the chapter, where a row, once begun, must go on.) Return the frames of the row with the largest value as a
# list of `int`, in the order of time. There is only one such row in each case. Build it from NumPy; do not call a ready-made beat tracker or its parts.

# %% solution: 05.beats
def best_beats(score, *, period, tightness):
    """Frames of the best row of beats."""
    ### BEGIN SOLUTION
    gaps = np.arange((period + 1) // 2, 2 * period + 1)
    cost = tightness * np.log(gaps / period) ** 2
    total = np.array(score, dtype=float)
    before = np.full(len(score), -1)
    for t in range(len(score)):
        possible = gaps <= t
        if possible.any():
            candidates = total[t - gaps[possible]] - cost[possible]
            if candidates.max() > 0:
                total[t] += candidates.max()
                before[t] = t - gaps[possible][candidates.argmax()]
    row = [int(np.argmax(total))]
    while before[row[-1]] >= 0:
        row.append(int(before[row[-1]]))
    return row[::-1]
    ### END SOLUTION

# %% check: 05.beats

# %% [markdown] why: 05.beats
# `total[t]` is the value of the best row that ends at t. Whatever the last gap is, the rest must be a best row itself, so one look back
# over the allowed gaps is enough; a predecessor that is worth less than nothing is left out, and the row begins at t.

# %% [markdown] question: 05.viterbi
# Write Viterbi's algorithm. A hidden Markov model has S states. `log_start[i]` is the log probability to begin in state i, `log_transition[i, j]` to go
# from state i to state j, `log_likelihood[t, i]` how likely (log) frame t is in state i; shape `(frames, S)`. Return the states of the likeliest row, and only these, an array of
# `int` of shape `(frames,)`: the row with the largest sum of its start, its transitions and its likelihoods. Work with sums of logarithms, as
# given: likelihoods may be as small as e^−600, and the logarithm of what is impossible is `-np.inf`. There is only one such row in each case. Build it
# from NumPy; do not call a ready-made function for it.

# %% solution: 05.viterbi
def viterbi(log_start, log_transition, log_likelihood):
    """The likeliest row of states, one for each frame."""
    ### BEGIN SOLUTION
    best, before = log_start + log_likelihood[0], []
    for frame in log_likelihood[1:]:
        arrive = best[:, None] + log_transition
        before.append(arrive.argmax(axis=0))
        best = arrive.max(axis=0) + frame
    states = [best.argmax()]
    for row in before[::-1]:
        states.append(row[states[-1]])
    return np.array(states[::-1])
    ### END SOLUTION

# %% check: 05.viterbi

# %% [markdown] why: 05.viterbi
# It is the beat tracker's recursion again: `best[j]` is the value of the best row that ends in state j, and `before` remembers how it got there. Only at
# the end is anything decided; that is why a later frame can still mend an earlier one.

# %% [markdown] question: 05.clinic
# This recogniser of six chords was found in a blog. Somebody who plays C, Am, F, G on a piano gets strange answers: Am is called G, G is never
# called G, and pauses are called C.
#
# ```python
# #              C  C# D  D# E  F  F# G  G# A  A# B
# TEMPLATES = {
#     "C":      [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0],
#     "Dm":     [0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0],
#     "Em":     [0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1],
#     "F":      [1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0],
#     "G":      [1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0],
#     "Am":     [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0],
# }
#
# def recognise(chroma):
#     names, found = list(TEMPLATES), []
#     for frame in chroma.T:
#         r = [np.corrcoef(frame, TEMPLATES[name])[0, 1] for name in names]
#         found.append(names[np.argmax(r)])
#     return found
# ```
#
# Mend it. `chroma` has shape `(12, frames)`, C first. Return a list of names, one for each frame, out of the six above; and `"N"` (no chord) for a frame
# whose twelve values are all the same but for rounding (zeros or not), as in a pause. How loud a frame is does not matter: a quiet chord is a chord.

# %% solution: 05.clinic
def recognise(chroma):
    """The name of the chord in each frame, "N" where there is none."""
    ### BEGIN SOLUTION
    notes = {"C": "C E G", "Dm": "D F A", "Em": "E G B", "F": "F A C", "G": "G B D", "Am": "A C E"}
    order = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
    templates = {name: [float(note in tones.split()) for note in order]
                 for name, tones in notes.items()}
    names, found = list(templates), []
    for frame in chroma.T:
        if np.ptp(frame) < 1e-9:
            found.append("N")
            continue
        r = [np.corrcoef(frame, templates[name])[0, 1] for name in names]
        found.append(names[np.argmax(r)])
    return found
    ### END SOLUTION

# %% check: 05.clinic

# %% [markdown] why: 05.clinic
# "G" held C, E, A, which is A minor, and "Am" held C, D sharp, G, which is C minor. Rows of typed numbers hide such slips; names of notes, or a pattern
# that is turned, do not. In a pause the correlation divides 0 by 0: NaN, which `argmax` takes for the largest.

# %%
# For question 7: chorales with a drum kit, to choose settings on, and the measure of the check.
def drummed(name):
    """Up to 30 s of a chorale with drums: chroma, (12, frames); chords, (intervals, labels)."""
    score = data.load("chorales")[name].score
    score = midi.excerpt(score, end=min(30.0, score.duration))
    y = midi.render(midi.with_drums(score, velocity=127), sr=22050, soundfont=data.soundfont())
    low = 65.40639  # C2, Hz
    how = dict(sr=22050, hop_length=2048, fmin=low, n_bins=180, bins_per_octave=36)
    Q = np.abs(pitch_classes.constant_q(y, **how))
    features = pitch_classes.cq_to_chroma(180, bins_per_octave=36, fmin=low) @ np.sqrt(Q)
    return features, score_harmony.chords_from_score(score)


def accuracy(labels, true_chords):
    """How much of the time the labels of the frames are right."""
    edges = harmony.frame_edges(len(labels), sr=22050, hop_length=2048)
    return majmin_accuracy(*true_chords, *harmony.segments(labels, times=edges))

# %% [markdown] question: 05.smooth
# Three chorales with a drum kit. `chroma`, shape `(12, frames)`, C first, is the pitch-class strength of each frame; frames are 93 ms apart. Return a list of
# chord labels, one for each frame: `"C:maj"`, `"C#:maj"`, ... `"B:maj"`, `"C:min"`, ... `"B:min"` (sharps, as in question 2), or `"N"` for no chord; mir_eval's other spellings, such as `"C"` for
# `"C:maj"` and `"Bb:maj"` for `"A#:maj"`, count as well.
# The check holds the chords of the score and measures how much of the time your label is right (mir_eval's weighted accuracy of major and
# minor chords). **Reach more than 0.80 on each of the three.** Templates frame by frame reach about 0.7. You may call `hmm.viterbi`, which
# takes what your function of question 5 takes and returns two things, the states and their log probability; or your own function. Do not call
# `harmony.recognize_chords`, which does it all.
#
# Choose your settings on chorales of the development set, the first twenty of `data.load("chorales")`: the cell above makes them, for instance
# `features, true_chords = drummed("bwv281")`, and measures labels, `accuracy(chords(features), true_chords)`. The check holds three others, from the
# pieces that the chapter holds out, in keys of their own.

# %% solution: 05.smooth
def chords(chroma):
    """A chord label for each frame."""
    ### BEGIN SOLUTION
    names = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
    labels, templates = [], []
    for quality, steps in (("maj", [0, 4, 7]), ("min", [0, 3, 7])):
        for root, name in enumerate(names):
            template = np.zeros(12)
            template[(root + np.array(steps)) % 12] = 1 / np.sqrt(3)
            templates.append(template)
            labels.append(f"{name}:{quality}")
    unit = chroma / np.maximum(np.linalg.norm(chroma, axis=0), 1e-12)
    cosine = (np.array(templates) @ unit).T
    transition = np.full((24, 24), 0.05 / 23)
    np.fill_diagonal(transition, 0.95)
    states, _ = hmm.viterbi(np.full(24, -np.log(24)), np.log(transition), 20 * cosine)
    return [labels[state] for state in states]
    ### END SOLUTION

# %% check: 05.smooth

# %% [markdown] why: 05.smooth
# One frame speaks weakly and drums speak loudly, but not for long. The transitions make a change cost ln(0.95 · 23 / 0.05) = 6.1; so a
# new chord has to be better by that much in the sum of its frames before it is believed.

# %% [markdown] question: 05.fast
# **Before you run anything:** 30 seconds of clicks, all alike, 200 a minute. What does `rhythm.tempo` (or librosa's, which is the same) say, with
# its usual prior: 120 beats a minute expected, a standard deviation of one octave? Return `"50"`, `"67"`, `"100"` or `"200"`: the nearest to what it says. Then try it with
# `rhythm.clicks` and `rhythm.tempo`.

# %% solution: 05.fast
def tempo_of_clicks():
    """My prediction: "50", "67", "100" or "200"."""
    ### BEGIN SOLUTION
    return "100"
    ### END SOLUTION

# %% check: 05.fast

# %% [markdown] why: 05.fast
# Clicks that are all alike repeat after one, two, three ... of them, nearly equally well. 200 lies 0.74 octaves above 120, 100 only 0.26 below,
# so the prior takes every second click. No tempo is wrong here; people would tap at 100, too.
