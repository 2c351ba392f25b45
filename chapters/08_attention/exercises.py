# %% [markdown]
# # Exercises 08 · Attention
#
# Seven questions to chapter [08](../notebooks/08_attention.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the
# cell, then run the check below it. `ck.hint("08.beam")` gives a hint (three for each question); after a try `ck.solution("08.beam")`
# shows a solution. Nothing leaves your computer.

# %%
import numpy as np
import torch

import coursekit as ck
# To look and try.
from coursekit import data, digits, display

# %% [markdown] question: 08.read
# Read from a memory by attention. `scores`, shape `(frames,)`, says how well each frame fits; `memory`, shape `(frames, d)`, holds what is
# known of each frame. The weights are the softmax of the scores,
#
# $$a_t = \frac{e^{e_t}}{\sum_{t'} e^{e_{t'}}}$$
#
# ($e_t$: the score of frame $t$). Return what is read, $\sum_t a_t \mathbf{h}_t$, shape `(d,)`, where $\mathbf{h}_t$ is row $t$ of `memory`. Scores may be as far from 0 as 1000, above and below. Build it from NumPy; do not call a
# ready-made attention.

# %% solution: 08.read
def read(scores, memory):
    """The mean of the rows of memory, weighted by the softmax of the scores."""
    ### BEGIN SOLUTION
    e = np.exp(scores - scores.max())
    return e / e.sum() @ memory
    ### END SOLUTION

# %% check: 08.read

# %% [markdown] why: 08.read
# Subtracting the same number from all scores divides numerator and denominator by the same factor, so the weights do not change; but now the largest exponential is
# 1, and nothing overflows.

# %% [markdown] question: 08.shift
# In teacher forcing a decoder is told the text. `target` is a list of ids from 1 on, such as `[3, 1, 4]`, or empty; id 0 stands for the start of a text and for its end. Return two lists:
# what the decoder sees in each step, and what it should write in each step, the end included.

# %% solution: 08.shift
def teacher_forcing(target):
    """What the decoder sees, and what it should write, step by step."""
    ### BEGIN SOLUTION
    return [0, *target], [*target, 0]
    ### END SOLUTION

# %% check: 08.shift

# %% [markdown] why: 08.shift
# In each step the decoder knows all that was written before, and nothing of what it should write now. Three symbols make four steps: the end has to be learned, too.

# %% [markdown] question: 08.additive
# Compute the weights of additive attention for a batch (equations 3 and 6):
#
# $$e_t = \mathbf{w}^\top \tanh(\mathbf{W} \mathbf{s} + \mathbf{V} \mathbf{h}_t + \mathbf{b})$$
#
# `s`, shape `(batch, d_s)`, is the state of the decoder; `h`, shape `(batch, frames, d_h)`, the memory; `W` `(d, d_s)`, `V` `(d, d_h)`, `b` `(d,)`, `w` `(d,)`. `real`, shape `(batch, frames)`, is True where
# attention may look; the other frames get the weight 0. (Here they may stand anywhere, not only at the end. Each row has a real frame.) Scores may lie 15,000 above or below 0, and twice as far apart, those of
# the other frames, too. Return the weights, shape `(batch, frames)`; each row sums to 1. Everything is a NumPy array. Build it from NumPy; do not call a ready-made attention.

# %% solution: 08.additive
def attention_weights(s, h, *, W, V, b, w, real):
    """Where each sequence of the batch is looked at."""
    ### BEGIN SOLUTION
    scores = np.tanh((s @ W.T)[:, None] + h @ V.T + b) @ w
    scores = np.where(real, scores, -np.inf)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION

# %% check: 08.additive

# %% [markdown] why: 08.additive
# The mask comes before the softmax: e^−∞ is 0, and the real frames share the whole weight. The tanh is what lets the state matter at all: without it, W s adds the same number to
# each score, and a softmax does not see that.

# %% [markdown] question: 08.beam
# Write a beam search. `next_log_probs(text)` takes a tuple of symbols and returns an array of log probabilities of what comes next: place 0 is the end of the text, places 1, 2, … are the symbols.
# A text's score is the sum of the log probabilities of its symbols *and of its end*, plus `length_bonus` for each symbol (below 0 it is a price). The search:
#
# 1. At first the beam holds the empty text `()`.
# 2. In each step, each text of the beam may end: then it is set aside with its score. And each is lengthened by each symbol.
# 3. Of all lengthened texts, from all texts of the beam together, the `beam_size` likeliest are the next beam (fewer, if there are fewer). Texts that have ended take no place in it.
# 4. A text has at most `max_length` symbols, 0 or more; one of that length can only end.
#
# Return the best of all texts that were set aside, as a list of `int` without the end. No two scores are equal.
#
# With `table = {(): [0.1, 0.5, 0.4], (1,): [0.3, 0.4, 0.3], (2,): [0.9, 0.06, 0.04]}`,
# `beam_search(lambda text: np.log(table[text]), beam_size=2, max_length=1, length_bonus=0.0)` is `[2]`; with `beam_size=1` it is `[1]`.

# %% solution: 08.beam
def beam_search(next_log_probs, *, beam_size, max_length, length_bonus):
    """The best text that a beam of this size finds."""
    ### BEGIN SOLUTION
    beam, ended = [((), 0.0)], []
    for _ in range(max_length + 1):
        longer = []
        for text, log_prob in beam:
            next_log_prob = next_log_probs(text)
            ended.append((log_prob + next_log_prob[0] + length_bonus * len(text), text))
            longer += [((*text, k), log_prob + next_log_prob[k])
                       for k in range(1, len(next_log_prob)) if len(text) < max_length]
        beam = sorted(longer, key=lambda pair: pair[1], reverse=True)[:beam_size]
    return list(max(ended)[1])
    ### END SOLUTION

# %% check: 08.beam

# %% [markdown] why: 08.beam
# The beam compares texts of one length, so the bonus plays no part in it; it decides among those that have ended, which differ in length. (The chapter's search lets ended and
# unended texts compete for places, as most programs do; that is faster, and a little less thorough.)

# %% [markdown] question: 08.clinic
# A decoder from a blog. The network learns, slowly; and whoever recognises a recording alone gets another text than in a batch.
#
# ```python
# attention = torch.nn.MultiheadAttention(d_model, n_heads)
#
# def contexts(attention, queries, memory, real):
#     # queries, memory: (batch, n, d_model) and (batch, frames, d_model)
#     # real: (batch, frames), True where the memory is no padding
#     context, weights = attention(queries, memory, memory)
#     return context
# ```
#
# Mend `contexts`. `attention` comes as it is made here (its `key_padding_mask` is True where it may **not** look); do not change it. Return a tensor `(batch, n, d_model)`: for each
# query of each utterance what it reads from the real frames of *its own* utterance. Gradients must pass through it: the decoder is to learn. (In the check n equals the
# number of frames, as it did in the blog: otherwise torch would have complained.)

# %% solution: 08.clinic
def contexts(attention, queries, memory, real):
    """What the queries read, (batch, n, d_model)."""
    ### BEGIN SOLUTION
    q, m = queries.transpose(0, 1), memory.transpose(0, 1)
    context, _ = attention(q, m, m, key_padding_mask=~real)
    return context.transpose(0, 1)
    ### END SOLUTION

# %% check: 08.clinic

# %% [markdown] why: 08.clinic
# Without `batch_first=True` the first axis is time. Each frame then looked at the same frame of *the other utterances*. The shapes fit, nothing stops, and the training makes
# the best of it. And torch's `key_padding_mask` is True where it may not look.

# %% [markdown] question: 08.lookup
# A recogniser without any training: attention over spoken digits that it remembers. `keys`, shape `(600, 104)`, are 600 spoken digits, each as a vector: 13 features, each the mean over
# eight parts of the word. `values`, shape `(600, 10)`, say which digit each was: a 1 at its place. `queries`, shape `(200, 104)`, are 200 other digits. Return shape
# `(200, 10)`: for each query the mean of the values, weighted by attention; the largest of the ten numbers is the answer. The scores are up to you. **More than 93 % must be right.** To choose between scores, look up a part of the keys among the others; the
# check counts the 200 queries, whose digits you do not get.
# (Dot products of the vectors as they are reach 11 %.)

# %% solution: 08.lookup
def look_up(queries, keys, values):
    """For each query ten numbers: how much of each digit it read."""
    ### BEGIN SOLUTION
    mean, deviation = keys.mean(axis=0), keys.std(axis=0)
    q, k = (queries - mean) / deviation, (keys - mean) / deviation
    cosine = (q / np.linalg.norm(q, axis=1, keepdims=True)) @ (k / np.linalg.norm(k, axis=1, keepdims=True)).T
    e = np.exp(40 * cosine)
    return e / e.sum(axis=1, keepdims=True) @ values
    ### END SOLUTION

# %% check: 08.lookup

# %% [markdown] why: 08.lookup
# Attention is a soft search for the nearest neighbours, and is as good as its scores. What is done here by hand (one scale for all features, one length for all keys, a sharpness)
# a trained network does with its matrices W and V.

# %% [markdown] question: 08.short
# **Before you run anything:** a decoder writes, in each of its first six steps, the end with probability 0.2, digit A with 0.5 and digit B with 0.3; after six digits it always ends. A
# beam search with a very wide beam and no length bonus looks for the likeliest text. How many digits has the text that it returns? `"0"`, `"1"`, `"2"` or `"6"`.

# %% solution: 08.short
def digits_found():
    """My prediction: "0", "1", "2" or "6"."""
    ### BEGIN SOLUTION
    return "0"
    ### END SOLUTION

# %% check: 08.short

# %% [markdown] why: 08.short
# The empty text has the probability 0.2; "A" only 0.5 · 0.2 = 0.1, "AAAAAA" 0.5⁶ = 0.016. A greedy reader writes six digits, and never sees that. So a wider beam can make a recogniser
# *worse*, if its decoder is too ready to end; that is what the bonus is for.
