# %% [markdown]
# # Exercises 07 · CTC
#
# Seven questions to chapter [07](../notebooks/07_ctc.ipynb). Replace `# YOUR CODE HERE` and the line below it, run the
# cell, then run the check below it. `ck.hint("07.beam")` gives a hint (three for each question); after a try `ck.solution("07.beam")`
# shows a solution. Nothing leaves your computer.
#
# In all questions the blank is class 0 and symbols are the classes from 1; `log_probs` are natural logarithms in a NumPy array of shape `(frames, classes)`.

# %%
import math

import numpy as np

import coursekit as ck
from coursekit import lm, metrics  # metrics is for question 5, lm for question 6

# %% [markdown] question: 07.collapse
# A path is a list of classes, one for each frame. Return the text that it spells (equation 1), a list of `int`: repeats in neighbouring frames become one, then the
# blanks go. `[0, 3, 3, 0, 1, 1, 4, 4, 0, 4]` spells `[3, 1, 4, 4]`, `[0, 0, 0]` spells `[]`. Build it yourself; do not call a ready-made collapse.

# %% solution: 07.collapse
def read_path(path):
    """The text of a path, as a list of ids."""
    ### BEGIN SOLUTION
    return [k for before, k in zip([0, *path], path, strict=False) if k != before and k != 0]
    ### END SOLUTION

# %% check: 07.collapse

# %% [markdown] why: 07.collapse
# The order is everything: a blank between two equal symbols has to be there still when repeats are merged. Compared with the frame before, a symbol
# counts where it begins.

# %% [markdown] question: 07.count
# How many paths of `n_frames` frames spell `word`, a string of symbols? (How many classes there are besides does not matter.) Return an exact `int`; 0 if there is none.
# Equation 2: with $U$ symbols, of which $r$ equal the one just before, in $T$ frames,
#
# $$N = \binom{T + U - r}{2U}$$
#
# `"12"` in 4 frames: 15. `"11"` in 4 frames: 5. The empty text has one path.

# %% solution: 07.count
def n_paths(n_frames, word):
    """The number of paths that spell a word."""
    ### BEGIN SOLUTION
    r = sum(a == b for a, b in zip(word, word[1:], strict=False))
    return math.comb(n_frames + len(word) - r, 2 * len(word))
    ### END SOLUTION

# %% check: 07.count

# %% [markdown] why: 07.count
# Of the places, two are chosen for each symbol: where it begins and where it ends. With $T < U + r$ there are too few places, and `math.comb` says 0: the
# loss of such a text is infinite.

# %% [markdown] question: 07.forward
# Return $\ln P(\mathbf{y} \mid \mathbf{x})$, the natural logarithm of the summed probability of all paths that spell `target`, a list of ids (one or more): a `float`; `-inf` if no path
# does. Use the forward recursion over the states blank, $y_1$, blank, $y_2$, ..., blank:
#
# $$\alpha_t(s) = p_t(y'_s) \bigl[\alpha_{t-1}(s) + \alpha_{t-1}(s-1) + \alpha_{t-1}(s-2)\bigr]$$
#
# where the last term counts only if $y'_s$ is not blank and differs from $y'_{s-2}$. A path begins in the first blank or the first symbol, and ends in the last symbol or the
# last blank. One case has 600 frames, in some there are log probabilities below −1000, in one all are around −20,000, and rows need not sum to 1: work in logarithms (`np.logaddexp`), and take `log_probs` as they are. Build it from NumPy; do not call
# a ready-made CTC loss.

# %% solution: 07.forward
def log_prob(log_probs, target):
    """Log of the probability that the network gives to a target."""
    ### BEGIN SOLUTION
    states = np.zeros(2 * len(target) + 1, dtype=int)
    states[1::2] = target
    skip = np.zeros(len(states), dtype=bool)
    skip[2:] = (states[2:] != 0) & (states[2:] != states[:-2])
    alpha = np.full(len(states), -np.inf)
    alpha[:2] = log_probs[0, states[:2]]
    for frame in log_probs[1:]:
        step = np.concatenate([[-np.inf], alpha[:-1]])
        jump = np.where(skip, np.concatenate([[-np.inf, -np.inf], alpha[:-2]]), -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, step), jump) + frame[states]
    return float(np.logaddexp(alpha[-1], alpha[-2]))
    ### END SOLUTION

# %% check: 07.forward

# %% [markdown] why: 07.forward
# All beginnings that are in the same state in the same frame go on alike, so one number stands for all of them. In 600 frames there are more paths than atoms in the world, and
# the recursion takes 600 steps.

# %% [markdown] question: 07.beam
# Write the prefix beam search. Return two things: the likeliest text, a list of ids, and the natural logarithm of its probability, the sum over all paths that spell it. After each
# frame keep the `beam_size` best prefixes, no more. For each prefix keep two sums: of its paths that end in blank, and that end in its last
# symbol (equations 9 and 10); the best prefixes are those for which both together are largest. In two cases they are around −700 and −20,000 a frame, and do not sum to 1: stay in logarithms, and take them as they are. Build it from NumPy; do not call a ready-made decoder. For two frames with 0.6 for the blank and 0.4 for symbol 1 the answer is `[1]` and `ln 0.64`.
#
# In all cases but two the beam loses nothing that matters. In those it is too small, and what the search finds is wanted. One is the example above with `beam_size=1`: the answer is `[]` and `ln 0.36`. The other: two frames, first 0.35 for the blank, 0.4 for symbol 1, 0.25 for symbol 2, then
# (nearly) 1 for symbol 2. The text `[2]` has 0.35 + 0.25; but with `beam_size=2` the prefix `[2]` is dropped after the first frame, and the answer is `[1, 2]` and `ln 0.4`.

# %% solution: 07.beam
def best_text(log_probs, *, beam_size):
    """The likeliest text and its log probability."""
    ### BEGIN SOLUTION
    beam = {(): (0.0, -np.inf)}
    for frame in log_probs:
        new = {}

        def add(prefix, which, value, new=new):
            ends = new.setdefault(prefix, [-np.inf, -np.inf])
            ends[which] = np.logaddexp(ends[which], value)

        for prefix, (ends_blank, ends_symbol) in beam.items():
            both = np.logaddexp(ends_blank, ends_symbol)
            add(prefix, 0, both + frame[0])
            for k in range(1, len(frame)):
                if prefix and k == prefix[-1]:
                    add(prefix, 1, ends_symbol + frame[k])
                    add((*prefix, k), 1, ends_blank + frame[k])
                else:
                    add((*prefix, k), 1, both + frame[k])
        ranked = sorted(new, key=lambda prefix, new=new: np.logaddexp(*new[prefix]), reverse=True)
        beam = {prefix: new[prefix] for prefix in ranked[:beam_size]}
    best = max(beam, key=lambda prefix: np.logaddexp(*beam[prefix]))
    return list(best), float(np.logaddexp(*beam[best]))
    ### END SOLUTION

# %% check: 07.beam

# %% [markdown] why: 07.beam
# Two paths with the same text so far may differ in one thing that matters for what comes: whether a blank came last. Hence two numbers. All else about
# a path can be forgotten, and that is why sums can be kept while searching.

# %% [markdown] question: 07.clinic
# This measure was found in a repository. Its readers were proud of their error rate.
#
# ```python
# def character_error_rate(logits, lengths, texts):
#     letters = "-abcdefghijklmnopqrstuvwxyz"          # class 0 is the blank
#     errors, total = 0, 0
#     for row, text in zip(logits, texts):
#         path = row.argmax(axis=1)
#         path = [k for k in path if k != 0]
#         word = "".join(letters[k] for i, k in enumerate(path) if i == 0 or k != path[i - 1])
#         errors += metrics.edit_distances(text, word)[-1, -1]
#         total += len(word)
#     return errors / total
# ```
#
# `logits` is a NumPy array of shape `(frames, batch, classes)`, the order of axes that `torch.nn.CTCLoss` wants; `lengths` is a list with the number of real frames of each recording, what follows is
# padding; `texts` is a list of what was said. Wanted is the character error rate of greedy decoding: all edits of the batch by all letters that were said. Mend it; there are four faults.
# (`metrics.edit_distances` is right: its last entry is the edit distance.)

# %% solution: 07.clinic
def character_error_rate(logits, lengths, texts):
    """Edits of all texts together, for each letter that was said."""
    ### BEGIN SOLUTION
    letters = "-abcdefghijklmnopqrstuvwxyz"
    errors, total = 0, 0
    for b, text in enumerate(texts):
        path = logits[: lengths[b], b].argmax(axis=1)
        word = "".join(letters[k] for i, k in enumerate(path)
                       if k != 0 and (i == 0 or k != path[i - 1]))
        errors += metrics.edit_distances(text, word)[-1, -1]
        total += len(text)
    return errors / total
    ### END SOLUTION

# %% check: 07.clinic

# %% [markdown] why: 07.clinic
# The loop ran over frames and took each for a recording; the padding was read; blanks were gone before repeats were merged; and a reader who reads too much made the denominator large. Of
# these only the first can be seen in a shape.

# %% [markdown] question: 07.choose
# A network has heard 400 dates over a bad line, six digits each: day, month, year (`240507` is 24 May 2007), any day from 1930 to 2009. (The network is made: its answers
# are drawn by a program.) `heard` has a list for each recording: pairs `(text, log_prob)`, the likeliest texts that CTC found with their log probabilities, best first; some lack a digit. `known` is a
# list of 8,000 other dates, as text. Return a list of 400 texts, one from each list. The network's favourites, the first of each list, have about 17 % of the digits wrong. Count the digit edits (wrong, missing, too many)
# in your texts, and those in the favourites: **yours must be fewer than 80 % of the favourites'**. `lm.NGram` is allowed and helpful: `lm.NGram(order, smoothing="witten-bell").fit(known)`, and `.score(text)` is the natural
# logarithm of the probability of a text. The two log probabilities need not count alike: see equation 12.

# %% solution: 07.choose
def choose(heard, known):
    """The best text of each list."""
    ### BEGIN SOLUTION
    model = lm.NGram(4, smoothing="witten-bell").fit(known)
    return [max(texts, key=lambda item: item[1] + 0.5 * model.score(item[0]))[0] for texts in heard]
    ### END SOLUTION

# %% check: 07.choose

# %% [markdown] why: 07.choose
# Bayes' rule: the probability of a text given the sound goes with the sound's say times the text's own probability, so log probabilities are added. A true language model would have weight 1. This one has
# seen fewer than a third of all days and takes the others for rarer than they are, the more so the longer its memory: hence order 4 and half the weight.

# %% [markdown] question: 07.first
# **Before you run anything:** a network is trained with CTC from random weights. Before the first step it reads some nonsense. After a few dozen steps, when the loss has fallen steeply and
# stands still for the first time, what does greedy decoding read for each recording? Return `"nothing"` (the empty text), `"one symbol"` (the same symbol, perhaps
# several times), `"many symbols"` or `"the right text"`. Then look at section 5 of the chapter.

# %% solution: 07.first
def first_reading():
    """My prediction: "nothing", "one symbol", "many symbols" or "the right text"."""
    ### BEGIN SOLUTION
    return "nothing"
    ### END SOLUTION

# %% check: 07.first

# %% [markdown] why: 07.first
# The blank stands all along every lattice, each symbol only in some. A network that cannot tell frames apart yet lowers the loss most by saying blank everywhere, and greedy decoding
# reads a path of blanks as nothing.
