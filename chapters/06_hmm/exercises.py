# %% [markdown]
# # Exercises 06 · Hidden Markov models
#
# Seven questions to chapter [06](../notebooks/06_hmm.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the
# cell, then run the check below it. `ck.hint("06.forward")` gives a hint (three for each question); after a try
# `ck.solution("06.forward")` shows a solution. Nothing leaves your computer.

# %%
import numpy as np

import coursekit as ck
# For question 6, and to try things out.
from coursekit import data, digits, dtw, hmm

# %% [markdown] question: 06.stay
# A state of a Markov chain is to last `mean_frames` frames on average (1 or more; not always a whole number). With which
# probability $a_{ii}$ must the chain stay in it from one frame to the next? Return a number.

# %% solution: 06.stay
def stay_probability(mean_frames):
    """Probability to stay in a state that lasts so many frames on average."""
    ### BEGIN SOLUTION
    return 1 - 1 / mean_frames
    ### END SOLUTION

# %% check: 06.stay

# %% [markdown] why: 06.stay
# Equation 4 turned round. In each frame the chain leaves with probability 1 − a; one event in d frames on average means
# 1 − a = 1 / d. A state that lasts one frame is never stayed in.

# %% [markdown] question: 06.chain
# How likely is a row of states, before anything is observed? `start[i]` is the probability to begin in state $i$,
# `transition[i, j]` to go from $i$ to $j$ (probabilities, not logarithms), `states` an array of `int`, one state for each frame, from 0. Return the **natural
# logarithm** of the probability of the row (equation 3). Rows may have a thousand states. All probabilities that they need are above 0, but some are tiny.

# %% solution: 06.chain
def log_prob_of_states(start, transition, states):
    """Log probability of a row of states."""
    ### BEGIN SOLUTION
    steps = transition[states[:-1], states[1:]]
    return np.log(start[states[0]]) + np.log(steps).sum()
    ### END SOLUTION

# %% check: 06.chain

# %% [markdown] why: 06.chain
# A product of a thousand probabilities is below the smallest number of the computer, and its logarithm −∞. The sum of their
# logarithms is an ordinary number. `transition[a, b]` with two arrays takes one entry for each pair.

# %% [markdown] question: 06.forward
# Write the forward algorithm. `log_start[i]` is the log probability to begin in state $i$, `log_transition[i, j]` to go
# from $i$ to $j$, `log_likelihood[t, j]` how likely (log) frame $t$ is in state $j$; shape `(frames, states)`. Return one number: the log probability
# of all frames, over **all** rows of states (equations 6 and 7). Logs of 0 are `-inf`, as in left-to-right chains; some row is always possible.
# Log likelihoods may be around −500 a frame, or tens of thousands apart in one frame, so stay in logarithms. `np.logaddexp.reduce(z, axis=...)` is the log of a sum of
# exponentials, and knows that of `-inf` alone it is `-inf`. Build it from NumPy; do not call a ready-made forward algorithm.

# %% solution: 06.forward
def forward(log_start, log_transition, log_likelihood):
    """Log probability of all frames."""
    ### BEGIN SOLUTION
    log_alpha = log_start + log_likelihood[0]
    for frame in log_likelihood[1:]:
        arrive = log_alpha[:, None] + log_transition
        log_alpha = np.logaddexp.reduce(arrive, axis=0) + frame
    return np.logaddexp.reduce(log_alpha)
    ### END SOLUTION

# %% check: 06.forward

# %% [markdown] why: 06.forward
# `arrive[i, j]` is the log of the probability of having been in i and gone to j; summed over i (axis 0) it says how likely it is to be in j. The last sum is over the
# states in which the row may end.

# %% [markdown] question: 06.update
# The M step of Baum and Welch for Gaussian states. `sequences` is a list of arrays of shape `(frames, features)`, `gammas` a list of the posteriors that belong
# to them, shape `(frames, states)`, rows sum to 1. Return two arrays of shape `(states, features)`: the new means and the new variances (equation 14), from all frames of all sequences together; no variance
# below `floor`, the $v$ of the equation. Every state owns something, if only a part of a frame. In one case the values are around eight million, and their deviations
# about 3. So stay in float64, and take the mean off before you square: do not use E[x²] − mean², which has lost its digits there.
# Build it from NumPy; do not call a ready-made M step.
#
# $$\bar\mu_j = \frac{\sum_u \sum_t \gamma^u_t(j)\, x^u_t}{\sum_u \sum_t \gamma^u_t(j)}, \qquad \bar\sigma^2_j = \max\left( \frac{\sum_u \sum_t \gamma^u_t(j)\, (x^u_t - \bar\mu_j)^2}{\sum_u \sum_t \gamma^u_t(j)},\; v \right)$$

# %% solution: 06.update
def update(sequences, gammas, floor):
    """New means and variances, (states, features) each."""
    ### BEGIN SOLUTION
    x, gamma = np.concatenate(sequences), np.concatenate(gammas)
    share = gamma / gamma.sum(axis=0)
    means = share.T @ x
    variances = np.array([share[:, j] @ (x - means[j]) ** 2 for j in range(len(means))])
    return means, np.maximum(variances, floor)
    ### END SOLUTION

# %% check: 06.update

# %% [markdown] why: 06.update
# Means and variances do not ask in what order frames came, so here, and only here, sequences may be joined. A mean of the sequences'
# means would be another number: long sequences, and those that own much of a state, count for more.

# %% [markdown] question: 06.clinic
# Somebody aligned ten thousand words by hand: for each word there is an array of states, one for each frame. From these the probabilities of a left-to-right chain were counted with this function. The last state leads
# back to the first now, the rows do not sum to 1, and there are warnings; there are four faults.
#
# ```python
# def estimate(paths, n_states):
#     states = np.concatenate(paths)
#     counts = np.zeros((n_states, n_states))
#     for i, j in zip(states[:-1], states[1:]):
#         counts[i, j] += 1
#     transition = counts / counts.sum(axis=0)
#     start = np.zeros(n_states)
#     start[states[0]] = 1
#     return start, transition
# ```
#
# Mend it. Return `start`, shape `(n_states,)`, the share of words that begin in each state; and `transition`, shape `(n_states, n_states)`: row $i$, column $j$
# is the share of the steps from $i$ **inside a word** that go to $j$. The row of a state from which no step is ever made is all zeros. Each word has one frame or more.

# %% solution: 06.clinic
def estimate(paths, n_states):
    """Start and transition probabilities, counted."""
    ### BEGIN SOLUTION
    start, counts = np.zeros(n_states), np.zeros((n_states, n_states))
    for states in paths:
        start[states[0]] += 1
        np.add.at(counts, (states[:-1], states[1:]), 1)
    total = counts.sum(axis=1, keepdims=True)
    return start / len(paths), counts / np.maximum(total, 1)
    ### END SOLUTION

# %% check: 06.clinic

# %% [markdown] why: 06.clinic
# Joined end to end, each word's last state seems to lead to the next word's first: the fault of `fit` without `lengths`. The start was that of one word; the division went down the columns; and a state that is never left
# divided 0 by 0.

# %% [markdown] question: 06.words
# Real speech. `train` is a list of spoken words, each `(frames, 13)`: MFCC of the chapter's set, not scaled; `labels` a list of their digits as
# strings; there are five digits, 40 words each. `test` is a list of 700 other words of the same five digits, with a little noise, a hundredth of their deviation. Return a list of 700 labels. **Get more than 94 % right.** You may call what the
# chapter built: `hmm.WordRecognizer`, `dtw.TemplateRecognizer`, `digits.Standardizer`, `digits.with_deltas`. `digits.Standardizer.fit(words)` measures a list of words and returns a
# function that scales one word; `hmm.WordRecognizer(...).fit(words, labels)` returns the recogniser, and its `.predict(words)` takes all words at once, as a list. Two seconds are enough; 30 are allowed.
# To choose between settings, cut the chapter's test words in two, `digits.split(data.load("digits"))[1]` (each has `.features` and `.label`); none of them is among the words of the check. Do that outside of the function: it learns from `train` alone, and does not load the set.

# %% solution: 06.words
def recognise(train, labels, test):
    """A label for each test word."""
    ### BEGIN SOLUTION
    train, test = ([digits.with_deltas(x) for x in words] for words in (train, test))
    scale = digits.Standardizer.fit(train)
    recognizer = hmm.WordRecognizer(n_states=8, n_mix=4, floor=0.1)
    recognizer.fit([scale(x) for x in train], labels)
    return recognizer.predict([scale(x) for x in test]).tolist()
    ### END SOLUTION

# %% check: 06.words

# %% [markdown] why: 06.words
# Slopes tell a rising formant from a falling one, which single frames cannot, and what a microphone adds to all frames has no slope. Without them none of the models that we tried got 93 % of these words
# right, with them nearly all got 95 %. Several Gaussians know several voices; the floor keeps those that have seen few frames from being too sure of them.

# %% [markdown] question: 06.length
# **Before you run anything:** a recogniser has one model for each of ten words, and answers with the word of the highest log probability; 98 of 100 test words are right. Log probabilities
# are around −50 a frame, so those of long utterances are lower; those of the ten models differ by a few hundred. Somebody wants to be fair to long words, and divides each model's log
# probability by the number of frames that *this model's word* lasts on average ("eight" 25, ..., "seven" 40), before the highest is chosen. How many words are right then? Return `"fewer"`, `"the same"` or `"more"`.

# %% solution: 06.length
def after_dividing():
    """My prediction: "fewer", "the same" or "more"."""
    ### BEGIN SOLUTION
    return "fewer"
    ### END SOLUTION

# %% check: 06.length

# %% [markdown] why: 06.length
# All ten models heard the same frames. Divided by the frames of the *utterance*, their scores are divided by one number, and keep their order. Divided by ten different numbers they do not: −1300 / 25 = −52 for
# the right word is below −1450 / 40 = −36 for a wrong one. The longest word wins nearly always, whatever was said.
