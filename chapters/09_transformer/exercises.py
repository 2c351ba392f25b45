# %% [markdown]
# # Exercises 09 · Transformer and Conformer
#
# Seven questions to chapter [09](../notebooks/09_transformer.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the
# cell, then run the check below it. `ck.hint("09.attention")` gives a hint (three for each question); after a try `ck.solution("09.attention")`
# shows a solution. Nothing leaves your computer. All arrays here are NumPy's.

# %%
import numpy as np

import coursekit as ck

# %% [markdown] question: 09.shortest
# A network puts its frames through `halvings` convolutions, each of which makes $\lceil T / 2 \rceil$ frames of $T$, and then CTC writes `text` (not empty), a character at a time. How many frames must the
# *recording* have at least, so that CTC can write the text at all? Return an `int`. (`"31440"` without halvings: 6; with one: 11.)

# %% solution: 09.shortest
def shortest_recording(text, *, halvings):
    """The fewest frames of a recording whose text CTC can write."""
    ### BEGIN SOLUTION
    frames = len(text) + sum(a == b for a, b in zip(text, text[1:], strict=False))
    for _ in range(halvings):
        frames = 2 * frames - 1
    return frames
    ### END SOLUTION

# %% check: 09.shortest

# %% [markdown] why: 09.shortest
# CTC needs a frame for each character, and one for the blank between two equal ones (equation 19). Rounding up, 2m − 1 frames are the
# fewest that a halving turns into m.

# %% [markdown] question: 09.mask
# A decoder is trained on a batch of texts that are padded to `n` positions; `lengths` is a list of how many positions of each are real. Return a mask, an array of `bool` of shape
# `(len(lengths), n, n)`: `mask[b, i, j]` is **True** where position `i` of text `b` **may** look at position `j`: not at what comes after `i`, and not at padding. (What rows of
# padding may look at follows from the same two rules.) Build it from NumPy; do not call a ready-made mask.

# %% solution: 09.mask
def decoder_mask(lengths, *, n):
    """Causal and padding mask, True where looking is allowed."""
    ### BEGIN SOLUTION
    i, j = np.arange(n)[:, None], np.arange(n)
    real = j < np.array(lengths)[:, None, None]
    return (i >= j) & real
    ### END SOLUTION

# %% check: 09.mask

# %% [markdown] why: 09.mask
# The causal part, (n, n), is the same for all texts; the real part, (texts, 1, n), the same for all rows. `&` of the two spreads both to (texts, n, n).

# %% [markdown] question: 09.attention
# Write self-attention with several heads (equation 3), for one utterance. `X` has shape `(n, d)`; `W_q`, `W_k`, `W_v`, `W_o` have shape `(d, d)`; there are no biases. Queries are `X @ W_q`, and so on; head $h$
# has columns $h \cdot w$ to $(h + 1) \cdot w - 1$ of them, $w = d / $ `n_heads`. `mask`, shape `(n, n)`, is True where row `i` may look at frame `j`; every row may look somewhere. Scores may lie tens of thousands apart, and as far below 0, hidden ones, too.
# Return shape `(n, d)`. Build it from NumPy; do not call a ready-made attention.

# %% solution: 09.attention
def self_attention(X, W_q, W_k, W_v, W_o, *, n_heads, mask):
    """Attention of several heads, their results side by side, times W_o."""
    ### BEGIN SOLUTION
    n, d = X.shape
    width = d // n_heads
    q, k, v = ((X @ W).reshape(n, n_heads, width).transpose(1, 0, 2) for W in (W_q, W_k, W_v))
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(width)
    scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights @ v).transpose(1, 0, 2).reshape(n, d) @ W_o
    ### END SOLUTION

# %% check: 09.attention

# %% [markdown] why: 09.attention
# The reshape cuts each row into heads, and only then the transpose brings the heads to the front; the way back is the same in reverse. The mask works before the softmax, so that
# every row still sums to 1.

# %% [markdown] question: 09.bpe
# Learn byte-pair encoding (equation 18). `counts` says how often each word occurs. Each word begins as its letters and `"_"` for its end. `n_merges` times: count all pairs of neighbours within words, each as often as its word
# occurs; take the most frequent, of equally frequent ones the one that is **met first**, going through the words in the order of `counts` and each from the left; join it, from the left, wherever it stands. Return the
# merges in order, a list of tuples `(left, right)`; fewer than `n_merges` if no pairs are left. Build it yourself; do not call a ready-made trainer.
#
# `learn_bpe({"low": 5, "lower": 2, "newest": 6, "widest": 3}, n_merges=2)` is `[("e", "s"), ("es", "t")]`.

# %% solution: 09.bpe
def learn_bpe(counts, *, n_merges):
    """The merges of byte-pair encoding, in the order in which they are learned."""
    ### BEGIN SOLUTION
    words = {word: [*word, "_"] for word in counts}
    merges = []
    while len(merges) < n_merges:
        pairs = {}
        for word, symbols in words.items():
            for pair in zip(symbols, symbols[1:], strict=False):
                pairs[pair] = pairs.get(pair, 0) + counts[word]
        if not pairs:
            break
        best = max(pairs, key=pairs.get)
        merges.append(best)
        for word, symbols in words.items():
            joined, i = [], 0
            while i < len(symbols):
                step = 2 if tuple(symbols[i : i + 2]) == best else 1
                joined.append("".join(symbols[i : i + step]))
                i += step
            words[word] = joined
    return merges
    ### END SOLUTION

# %% check: 09.bpe

# %% [markdown] why: 09.bpe
# A dictionary keeps the order in which its keys came, and `max` takes the first of equals; so the order of the words decides. The library's `text.learn_merges` does the same and only updates the counts that
# a merge changes.

# %% [markdown] question: 09.clinic
# The first layer of an encoder, put together from tutorials. It runs, and trains badly: the same utterance gives another answer in another place of the batch; alone in a batch, without padding, it hardly depends on its order;
# and what stands in the padding changes the answer.
#
# ```python
# def positions(n, d):
#     angle = np.arange(n)[:, None] / 10000 ** (np.arange(0, d, 2) / d)
#     pe = np.zeros((n, d))
#     pe[:, 0::2], pe[:, 1::2] = np.sin(angle), np.cos(angle)
#     return pe
#
# def encode(x, lengths, W_q, W_k, W_v):
#     d = x.shape[2]
#     pe = positions(500, d)[:, None, :]
#     x = x + pe[: x.shape[0]]
#     scores = (x @ W_q) @ (x @ W_k).transpose(0, 2, 1) / np.sqrt(d)
#     padding = np.arange(x.shape[1]) >= lengths[:, None]
#     scores = np.where(padding[:, None, :], scores, -1e9)
#     e = np.exp(scores - scores.max(axis=1, keepdims=True))
#     weights = e / e.sum(axis=1, keepdims=True)
#     return (weights @ (x @ W_v)) * ~padding[:, :, None]
# ```
#
# It has **three** faults. Mend them. `x` has shape `(batch, frames, d)`, with at most 500 frames; `d` is even; `lengths`, shape `(batch,)`, says how many frames are real; the matrices have
# shape `(d, d)`. `positions` is right. Frames of padding return 0, as in the last line.

# %% solution: 09.clinic
def positions(n, d):
    """Sinusoidal positions, (n, d); right as it is."""
    angle = np.arange(n)[:, None] / 10000 ** (np.arange(0, d, 2) / d)
    pe = np.zeros((n, d))
    pe[:, 0::2], pe[:, 1::2] = np.sin(angle), np.cos(angle)
    return pe


def encode(x, lengths, W_q, W_k, W_v):
    """Positions, one head of self-attention, zeros in the padding."""
    ### BEGIN SOLUTION
    d = x.shape[2]
    x = x + positions(x.shape[1], d)
    scores = (x @ W_q) @ (x @ W_k).transpose(0, 2, 1) / np.sqrt(d)
    padding = np.arange(x.shape[1]) >= lengths[:, None]
    scores = np.where(padding[:, None, :], -1e9, scores)
    e = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights = e / e.sum(axis=2, keepdims=True)
    return (weights @ (x @ W_v)) * ~padding[:, :, None]
    ### END SOLUTION

# %% check: 09.clinic

# %% [markdown] why: 09.clinic
# The table was made for time first: its rows went along the batch. `np.where` takes its second argument where the condition holds, so padding was *kept*. And the sum over axis 1 runs over who asks; each query must share out
# its weights among the keys, axis 2.

# %% [markdown] question: 09.look
# Build a head by hand. `pe = positions(n, d)` is the table of question 5 (sine in even columns, cosine in odd ones). Return a matrix `W` of shape `(d, d)` so that the weights `softmax(pe @ W @ pe.T)`, each row a frame that asks, look $k$ frames **back**:
# row $t$ gives nearly all its weight to frame $t - k$, for all $t$, with one matrix that does not depend on $t$. ($k$ below 0: ahead.) The check takes 300 frames and measures the mean weight on the right frame, where there is one.
# **Reach 0.9 for each `d` and `k`.**

# %% solution: 09.look
def look_back(d, k):
    """A matrix (d, d) with which every frame looks k frames back."""
    ### BEGIN SOLUTION
    W = np.zeros((d, d))
    for i in range(d // 2):
        angle = 10000 ** (-2 * i / d) * k
        block = slice(2 * i, 2 * i + 2)
        W[block, block] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return 20 * W
    ### END SOLUTION

# %% check: 09.look

# %% [markdown] why: 09.look
# The rotation (6) takes row t to row t − k, because sin and cos of ω(t − k) are sums of products of those of ωt and of ωk. What fits row t − k best is row t − k itself; the factor makes the softmax sharp. A network can learn such a matrix as
# the product of W^Q and the transposed W^K.

# %% [markdown] question: 09.nowhere
# **Before you run anything:** many programs hide scores with −1e9 in place of −∞: `scores.masked_fill(~mask, -1e9)`, then the softmax. What are the weights of a row that may look **nowhere**, all of whose scores are hidden? Return `"nan"` (not numbers), `"zero"` (all 0),
# `"uniform"` (all the same) or `"largest"` (all weight where the score was largest before). Then try it, with −∞ too.

# %% solution: 09.nowhere
def weights_of_nowhere():
    """My prediction: "nan", "zero", "uniform" or "largest"."""
    ### BEGIN SOLUTION
    return "uniform"
    ### END SOLUTION

# %% check: 09.nowhere

# %% [markdown] why: 09.nowhere
# A softmax sees differences alone, and the differences of equal numbers are 0. So the row quietly reads the mean of everything that it was forbidden to see, padding too. With −∞ it would be NaN, which is loud, and so better.
