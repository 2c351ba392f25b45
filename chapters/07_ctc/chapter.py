# %% [markdown]
# # 07 · CTC
#
# Eight words of Jane Austen, read for LibriVox. The text has 44 letters and spaces, the recording lasts 3.3 seconds. Which part of the sound is which letter?
# The simplest guess spreads the letters evenly over the time. The second player holds what is then cut out for "made", the third what the
# reader says for it.
#
# **The question of this chapter:** in nearly all recordings of speech somebody has written down *what* was said, and nobody *when*. How can a network learn to
# write from such pairs?

# %%
import itertools
import math

import jiwer
import numpy as np
import torch
from torch.nn.functional import ctc_loss

import coursekit as ck
from coursekit import ctc, data, digit_sound, digits, display, hmm, lm, metrics, text, train
from coursekit.controls import ctc as ctc_controls
from coursekit.models import asr

sentence = data.load("librivox")["austen-5"]
y, sr = sentence.load()
at = sentence.text.index("made") / len(sentence.text) * len(y)
evenly = y[int(at) : int(at + 4 / len(sentence.text) * len(y))]
begin, end, _ = next(word for word in sentence.words if word.label == "made")
display.compare_sounds({sentence.text: y, "“made”, if letters were spread evenly": evenly,
                        "“made”, where it is": y[int(begin * sr) : int(end * sr)]}, sr=sr,
                       show=("wave",), captions=["the sentence", "what do you hear?",
                                                 "nearly half a second earlier"])

# %% [markdown] card
# > **After this chapter you can**
# >
# > - turn a path of frames into its text, and say how many paths spell a text (questions 1 and 2);
# > - sum over all of them with the forward recursion (question 3), and say what the gradient of this sum tells the network;
# > - write the prefix beam search, and say when it reads something else than the best path (question 4);
# > - find the faults in a CTC program that runs without an error (question 5);
# > - bring a language model in (question 6), and choose its weight on strings that are not those of the test;
# > - say what a CTC network learns first, and why (question 7).
# >
# > **Know before:** chapter [06](06_hmm.ipynb) (forward, backward, Viterbi in logarithms; the spoken digits); of networks: what a layer, a loss and a gradient step are.
# > PyTorch is explained as it comes.
# >
# > **Cost:** {minutes} to run on two cores, {memory} of memory, {download} of recordings (fetched once).
#
# data: librivox, digits

# %% [markdown]
# ## 1. Nobody says when
#
# Chapter 06 recognised digits that came alone. Here they come in rows: 3 to 7 recordings of single digits, drawn at random and joined end to end. Real speakers blend
# neighbours and pause; here nothing blends. In return we know to the frame where one digit ends and the next begins. **The training never sees this.** It gets the
# features and a text such as `31440`; the joins are kept for measuring. As in chapter 06, the recordings of the test are new but their six voices are not, and the voice may change from
# one digit to the next.
#
# The recordings are known as features only: 13 MFCC every 25 ms (from chapter 06), with slopes and curvatures 39. They can be made audible again in a machine's voice.

# %%
train_items, test_items = digits.split(data.load("digits"))
vocabulary = text.Vocabulary("0123456789")  # ids 1 to 10; 0 stays free, section 2 says for what
scale = digits.Standardizer.fit([digits.with_deltas(item.features) for item in train_items])


def features(string):
    """39 features a frame, each with mean 0 and deviation 1 over the training digits."""
    return scale(digits.with_deltas(string.features))


test_strings = digits.strings(test_items, n=400, low=3, high=7, rng=np.random.default_rng(7))
chosen = next(i for i, s in enumerate(test_strings)
              if len(s.text) == 5 and s.text[2] == s.text[3])  # with a digit said twice
string = test_strings[chosen]
joins = string.boundaries
even = np.linspace(0, joins[-1], len(string.text) + 1)

fig, ax = display.subplots(1, 1, height=2.8, alt="Thirteen features of a string of five digits "
                             "over time; solid lines at the true joins, dotted lines where an "
                             "even spreading puts them, two to nine frames away.")
display.heatmap(features(string)[:, :13].T, ax=ax, cmap=display.DIVERGING_MAP, vmin=-3, vmax=3,
                xlabel="Frame (25 ms each)", ylabel="MFCC", label="Standard deviations")
ax.set_title(f"The string {string.text}", loc="left")
ax.vlines(joins[1:-1] - 0.5, -0.5, 12.5, color="black", label="true joins")
ax.vlines(even[1:-1] - 0.5, -0.5, 12.5, color="black", linestyle=":", label="spread evenly")
ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
away = np.concatenate([np.linspace(0, s.boundaries[-1], len(s.text) + 1)[1:-1]
                       - s.boundaries[1:-1] for s in test_strings])
ck.claim("spread evenly: share of joins within 2 frames", np.mean(np.abs(away) <= 2),
         below=0.4, surprising=True)
display.play(digit_sound.to_sound(string.features, rng=np.random.default_rng(0)), sr=digit_sound.SR,
             title=string.text, caption="a buzz shaped by the features: count the digits")

# %% [markdown]
# A third of the joins are within 2 frames (50 ms) of where an even spreading puts them. To train a network frame by frame on that would be to teach it mistakes. Hidden Markov models
# solved the problem by turns: share out the frames among the states with the model there is (chapter 06, equation 11), improve the model, share out again.
# **Connectionist temporal classification** (CTC; Graves, Fernández, Gomez and Schmidhuber, 2006) keeps the sum over all ways to lay the text along the frames, all **alignments**, and makes it
# the loss of a network. Sharing out and improving then become one step: following the gradient of that sum (section 4).
#
# ## 2. Paths and the collapse
#
# The network answers in every frame, with a probability for each of the ten digits (classes 1 to 10) and for one class more, the **blank** (class 0), written `-`: "nothing new here". One class per
# frame, written one after the other, is a **path** $\pi$. A path is read by a rule $\mathcal{B}$ in two steps, in this order:
#
# $$\mathcal{B}(\pi) = \text{remove blanks}\bigl(\text{merge repeats}(\pi)\bigr), \qquad \mathcal{B}(\texttt{-33-1144-4}) = \texttt{3144} \tag{1}$$
#
# Merging lets a digit last as long as it likes. The blank has two tasks: it fills frames in which nothing is decided, and it parts two equal digits: without it `44` could not be
# said, it would always merge to `4`.

# %% include: coursekit.ctc_decode.collapse

# %%
symbols = "-12"
spelled = {}
for path in itertools.product(range(3), repeat=4):  # all paths of four frames
    word = "".join(symbols[k] for k in collapse(path))
    spelled.setdefault(word, []).append("".join(symbols[k] for k in path))
display.table([{"text": word or "(nothing)", "paths": len(paths),
                "some of them": " ".join(paths[:7])}
               for word, paths in sorted(spelled.items(), key=lambda item: -len(item[1]))],
              title="All 81 paths of four frames over the classes -, 1, 2")

# %% [markdown]
# A text of $U$ symbols, of which $r$ equal the one before, in $T$ frames, has
#
# $$N(T, U, r) = \binom{T + U - r}{2U} \tag{2}$$
#
# paths. Why: $T$ frames have $T + 1$ edges. Each symbol takes two of them, where it begins and where it ends. A symbol may begin on the edge on which the one before it ends,
# unless the two are equal. At each of these $U - 1 - r$ places push all that follows one edge on: now the $2U$ edges are different, and are chosen out of
# $T + 1 + (U - 1 - r) = T + U - r$. In particular a text needs $T \ge U + r$ frames, or there is no path at all.

# %%
def n_paths(n_frames, word):
    """Equation 2."""
    repeats = sum(a == b for a, b in itertools.pairwise(word))
    return math.comb(n_frames + len(word) - repeats, 2 * len(word))


ck.compare([n_paths(4, word) for word in spelled], [len(paths) for paths in spelled.values()],
           rtol=0, title="equation 2 against counting")
print(f"{string.text} in {joins[-1]} frames: {n_paths(joins[-1], string.text):,} paths")
ck.claim("digits of this number", len(str(n_paths(joins[-1], string.text))), above=10)

# %% [markdown]
# The network's answers in different frames are taken as independent given the sound, so a path's probability is a product, and a text's is the sum over its paths:
#
# $$P(\mathbf{y} \mid \mathbf{x}) = \sum_{\pi \,:\, \mathcal{B}(\pi) = \mathbf{y}} \; \prod_{t=1}^{T} p_t(\pi_t) \tag{3}$$
#
# - $\mathbf{x}$: the features; $\mathbf{y}$: the text; $p_t(k)$: the network's probability of class $k$ in frame $t$.
#
# The loss of one recording is $-\ln P(\mathbf{y} \mid \mathbf{x})$, in **nats**, the unit of natural logarithms. How to add up $10^{12}$ paths, chapter 06 has shown: frame by frame.
#
# ## 3. All paths at once: forward
#
# Put a blank before, between and after the symbols: $\mathbf{y}$ becomes $\mathbf{y}'$ of $2U + 1$ **states**. A path that spells $\mathbf{y}$ walks through $\mathbf{y}'$ from left to
# right. In each frame it may stay, go on by one state, or go on by two: past a blank, unless the blank parts two equal symbols.
#
# The figure shows it for `144`: states from top to bottom, white dots for blanks. Only what lies on some whole path is drawn. (Equations count frames and states from 1, figures and code from 0.)

# %%
def draw_lattice(word, n_frames, path, ax):
    """States over frames; dots on some path that spells the word, one such path in colour."""
    states = "-" + "".join(f"{symbol}-" for symbol in word)
    skip = [s >= 2 and states[s] != "-" and states[s] != states[s - 2] for s in range(len(states))]
    ways = {(t, s): [(t + 1, s + d) for d in (0, 1, 2) if s + d < len(states)
                     and (d < 2 or skip[s + d])]
            for t in range(n_frames) for s in range(len(states))}
    come, go = {(0, 0), (0, 1)}, {(n_frames - 1, len(states) - k) for k in (1, 2)}
    for t in range(n_frames - 1):
        come |= {b for a in come if a[0] == t for b in ways[a]}
    for t in range(n_frames - 2, -1, -1):
        go |= {a for a in ways if a[0] == t and go & set(ways[a])}
    for a in come & go:
        for b in ways[a]:
            if b in go and b[0] < n_frames:
                ax.plot(*zip(a, b, strict=True), color="0.8", linewidth=1)
        ax.plot(*a, "o", color="white" if states[a[1]] == "-" else "0.3", markeredgecolor="0.3")
    ax.plot(range(n_frames), path, "o-", color=display.COLORS["red"], linewidth=2.5, alpha=0.8)
    ax.set_yticks(range(len(states)), labels=states)
    ax.invert_yaxis()
    said = "".join(states[s] for s in path)
    n_ways = n_paths(n_frames, word)
    ax.set(title=f"{n_ways} ways to say {word} in {n_frames} frames; one is {said}",
           xlabel="Frame", ylabel="State")


fig, ax = display.subplots(1, 1, height=3.4, alt="A lattice of 7 states over 8 frames for the "
                             "text 144; ways go to the right and down; between the two fours no "
                             "way skips the blank. One path is marked.")
draw_lattice("144", 8, [0, 1, 1, 3, 4, 5, 5, 6], ax)

# %% [markdown]
# $\alpha_t(s)$ is the sum over all beginnings of paths that are in state $s$ in frame $t$. It is chapter 06's forward variable, of a left-to-right model without transition probabilities:
#
# $$\alpha_t(s) = p_t(y'_s) \Bigl[\alpha_{t-1}(s) + \alpha_{t-1}(s-1) + \underbrace{\alpha_{t-1}(s-2)}_{\text{if } y'_s \ne \text{blank and } y'_s \ne y'_{s-2}}\Bigr] \tag{4}$$
#
# $$P(\mathbf{y} \mid \mathbf{x}) = \alpha_T(2U+1) + \alpha_T(2U) \tag{5}$$
#
# with $\alpha_1(1) = p_1(\text{blank})$, $\alpha_1(2) = p_1(y_1)$ and 0 elsewhere. An untrained network gives each path of a hundred frames the probability $11^{-100} \approx 10^{-104}$. That is 0 in
# single precision, in which networks compute (its smallest number is near $10^{-45}$), and some three hundred frames are too many for double precision, too. So the code adds logarithms, as in
# chapter 06.

# %% include: coursekit.ctc.extend, coursekit.ctc.can_skip, coursekit.ctc.forward

# %%
generator = torch.Generator().manual_seed(0)
log_probs = torch.randn(8, 4, generator=generator, dtype=torch.float64).log_softmax(-1)
target = torch.tensor([1, 3, 3])

extended = extend(target)
log_alpha = forward(log_probs[:, extended], can_skip(extended))
log_p = log_alpha[-1, -2:].logsumexp(0)

p = log_probs.exp().tolist()
paths = itertools.product(range(4), repeat=8)
by_trying = sum(math.prod(p[t][k] for t, k in enumerate(path)) for path in paths
                if collapse(path) == [1, 3, 3])
ck.compare(log_p.exp(), by_trying, rtol=1e-12, title="forward against the sum over 65,536 paths")
# torch's loss wants time first: (frames, batch, classes)
theirs = ctc_loss(log_probs[:, None], target[None], torch.tensor([8]), torch.tensor([3]),
                  blank=0, reduction="sum")
ck.compare(-log_p, theirs, rtol=1e-12, title="forward against torch's CTC loss")

# %% [markdown]
# ## 4. Backward, and the gradient by hand
#
# $\beta_t(s)$ is the sum over all ways to go on from state $s$ after frame $t$ to an end. It runs from right to left:
#
# $$\beta_t(s) = \beta_{t+1}(s)\, p_{t+1}(y'_s) + \beta_{t+1}(s+1)\, p_{t+1}(y'_{s+1}) + \underbrace{\beta_{t+1}(s+2)\, p_{t+1}(y'_{s+2})}_{\text{if } y'_{s+2} \ne \text{blank and } y'_{s+2} \ne y'_s} \tag{6}$$
#
# with $\beta_T(2U+1) = \beta_T(2U) = 1$ and 0 elsewhere. The probability of frame $t$ itself is in $\alpha_t$ only. Then $\alpha_t(s)\, \beta_t(s)$ is the
# sum over all whole paths that are in state $s$ in frame $t$, and its share of all paths is the **occupancy**
#
# $$\gamma_t(s) = \frac{\alpha_t(s)\, \beta_t(s)}{P(\mathbf{y} \mid \mathbf{x})}, \qquad \sum_s \gamma_t(s) = 1 \tag{7}$$
#
# the probability to be in state $s$ in frame $t$, given that $\mathbf{y}$ was said: a soft alignment. The gradient is one line away. Every path through state $s$ in frame $t$ holds the
# factor $p_t(y'_s)$ once, so $\partial P / \partial \ln p_t(k)$ is the sum over the paths that are in class $k$ in frame $t$:
#
# $$\frac{\partial (-\ln P)}{\partial \ln p_t(k)} = -\!\!\sum_{s \,:\, y'_s = k}\!\! \gamma_t(s), \qquad \frac{\partial (-\ln P)}{\partial z_t(k)} = p_t(k) - \!\!\sum_{s \,:\, y'_s = k}\!\! \gamma_t(s) \tag{8}$$
#
# - $z_t(k)$: the **logits**, the network's numbers before the softmax. A logit acts on all classes of its frame, $\partial \ln p_t(j) / \partial z_t(k) = [j = k] - p_t(k)$, where $[j = k]$ is 1
#   if $j = k$ and 0 otherwise; and the occupancies of a frame sum to 1. Hence the right half.
#
# The right half reads: *what the network says, minus what it should have said*, as in any classifier. What it should have said is itself an opinion of the network, corrected by
# the text. That is how CTC learns without being told when.

# %% include: coursekit.ctc.backward

# %%
def gradient_by_hand(logits, target):
    """The right half of equation 8, for one utterance."""
    log_probs = logits.log_softmax(-1)
    extended = extend(target)
    log_y, skip = log_probs[:, extended], can_skip(extended)
    log_alpha, log_beta = forward(log_y, skip), backward(log_y, skip)
    gamma = (log_alpha + log_beta - log_alpha[-1, -2:].logsumexp(0)).exp()
    should_say = torch.zeros_like(logits).index_add_(1, extended, gamma)
    return log_probs.exp() - should_say


def gradient(loss_of, logits):
    """What autograd makes of a loss of log probabilities."""
    leaf = logits.clone().requires_grad_()
    return torch.autograd.grad(loss_of(leaf.log_softmax(-1)), leaf)[0]


logits = torch.randn(60, 11, generator=generator, dtype=torch.float64)
target = torch.tensor([3, 1, 4, 4, 10])
of_torch = gradient(lambda log_probs: ctc_loss(log_probs[:, None], target[None], torch.tensor([60]),
                                               torch.tensor([5]), reduction="sum"), logits)
ck.compare(gradient_by_hand(logits, target), of_torch, rtol=1e-10,
           title="gradient by hand against torch's")
for dtype, rtol in ((torch.float64, 1e-10), (torch.float32, 1e-5)):
    ours = gradient(lambda log_probs: ctc.loss(log_probs, target, reduction="sum"),
                    logits.to(dtype))
    ck.compare(ours, of_torch, rtol=rtol, title=f"gradient of ctc.loss in {str(dtype)[6:]}")

# %% [markdown]
# `ctc.loss` wraps the two recursions for batches of unequal lengths; like torch's it divides each loss by the length of its text and takes the mean. The loops run over frames, the rest is vectorised;
# the recursions run in double precision also where the network does not, because over many frames the logarithms become large and their rounding with them.
# (A trap for those who compare: below a `log_softmax` the two give the same gradient; with respect to `log_probs` itself torch already returns the right half of equation 8, and ours the left.)
#
# ### What a network that knows nothing is told
#
# Before training all classes are about equally likely. Then all paths are, and the occupancy only counts them:

# %%
uniform = torch.full((int(joins[-1]), 11), -math.log(11))
target = torch.tensor(vocabulary.encode(string.text))
gamma = ctc.occupancy(uniform, target)
blank_share = gamma[:, ::2].sum(1)
fig, ax = display.subplots(1, 1, height=2.8, alt="Occupancy of a string's states under a network "
                             "that knows nothing: a broad band from the upper left to the lower "
                             "right, in which blanks and digits share each frame.")
display.heatmap(gamma.T.numpy(), ax=ax, title=f"Occupancy of {string.text} before training",
                xlabel="Frame", ylabel="State", label="Probability")
ax.set_yticks(range(len(gamma[0])), labels="-" + "".join(f"{c}-" for c in string.text))
ax.invert_yaxis()
ax.grid(False)
ck.claim("share of the blank in the occupancy", float(blank_share.mean()), above=0.5,
         surprising=True)
ck.claim("share of the blank in the network's answers", float(uniform[:, 0].exp().mean()),
         near=(0.091, 0.001))

# %% [markdown]
# The blank has an eleventh, and in each frame of each recording about a half is wanted, at the ends more. The rest goes to the digits of the text, spread over many frames; over all texts that makes a twentieth
# for each digit, less than the eleventh it has. A network that does not yet tell frames apart is told one thing: *more blank*. Remember this when the training begins.
#
# ## 5. A training loop, by hand
#
# The network: two layers of **bidirectional LSTM** (BLSTM). An LSTM (long short-term memory; Hochreiter and Schmidhuber, 1997) reads frame by frame and keeps a memory, here of 80 numbers; one runs
# from the start and one from the end, so that each frame is judged with all that comes before and after. A linear layer makes 11 logits of the two memories. (The recordings of a batch are filled up with
# zeros to the length of the longest, the **padding**. Reading backwards must begin at the last *real* frame; hence `reverse`.) In PyTorch a network is an `nn.Module`: it holds the weights, and its
# `forward` computes the answer.

# %% include: coursekit.models.asr.reverse, coursekit.models.asr.BLSTM

# %% include: coursekit.models.asr.BLSTMRecognizer

# %% [markdown]
# Before a long training comes a short test that costs seconds: *can it learn eight recordings by heart?* If not, something is wrong, and a long training would not
# mend it. Here is the whole loop: answer, loss, gradient, step. PyTorch notes what is computed from the weights, and `backward()` goes through these notes from the loss to every weight
# (**autograd**; at the logits it gets equation 8). **Adam** (Kingma and Ba, 2015) is a gradient step whose size is adapted to each weight. `train.collate` puts recordings into one batch, padded, with their
# lengths.

# %%
CONFIG = asr.BLSTMConfig(n_features=39, n_classes=len(vocabulary), hidden=80, n_layers=2)


def example(string):
    """What the training sees of a string: features and ids. No times."""
    return features(string), vocabulary.encode(string.text)


def read(ids):
    """Ids as text."""
    return vocabulary.decode(ids)


eight = digits.strings(train_items, n=8, low=3, high=4, rng=np.random.default_rng(1))
batch = train.collate([example(s) for s in eight])
with train.seeded(0):
    model = asr.BLSTMRecognizer(CONFIG)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

by_hand = []
for step in range(301):
    log_probs, lengths = model(batch.features, batch.lengths)
    loss = ctc.loss(log_probs, batch.targets, lengths=lengths, target_lengths=batch.target_lengths)
    optimizer.zero_grad()  # gradients add up until they are cleared
    loss.backward()
    optimizer.step()
    by_hand.append(loss.item())
    if step in (0, 5, 15, 30, 50, 70, 100, 200, 300):
        said = [read(ids) or "·" for ids in ctc.greedy_decode(log_probs.detach(), lengths=lengths)]
        print(f"step {step:3d}   loss {loss.item():6.3f}   {'  '.join(said)}")
print(f"the truth               {'  '.join(s.text for s in eight)}")
ck.claim("loss at the end, nats a digit", by_hand[-1], below=0.1)
ck.claim("strings known by heart", sum(a == b.text for a, b in zip(said, eight, strict=True)),
         near=(8, 0))

# %% [markdown]
# It does what the gradient said: a few steps of anything, then silence (·: blanks only), and the digits grow out of the blank one by one. `ctc.greedy_decode` takes the
# likeliest class of each frame and collapses; section 8 comes back to it.
#
# ## 6. A recogniser, trained here
#
# The loop gets what every training needs, once and for all: a learning rate that changes, a limit on the gradient's length, a stop when the loss is not a number, a record.

# %% include: coursekit.train.fit

# %%
def loss_fn(model, batch):
    """CTC's loss of a batch, nats a digit."""
    log_probs, lengths = model(batch.features, batch.lengths)
    return ctc.loss(log_probs, batch.targets, lengths=lengths, target_lengths=batch.target_lengths)


def torch_loss_fn(model, batch):
    """The same by torch, which wants time first."""
    log_probs, lengths = model(batch.features, batch.lengths)
    return ctc_loss(log_probs.transpose(0, 1), batch.targets, lengths, batch.target_lengths)


def ten_steps(loss_fn):
    """The losses of the first ten steps on the eight strings, from the weights of section 5."""
    with train.seeded(0):
        model = asr.BLSTMRecognizer(CONFIG)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    return train.fit(model, [batch], loss_fn, optimizer=optimizer, steps=10, every=0).losses


ck.compare(ten_steps(loss_fn), by_hand[:10], rtol=1e-5, title="train.fit against the loop by hand")
ck.compare(ten_steps(loss_fn), ten_steps(torch_loss_fn), rtol=1e-3,
           title="trained with our loss and with torch's")

# %% [markdown]
# Now for the real thing. Each step takes 32 new strings, drawn from the 2,400 training digits. Four measures keep the network from learning these recordings by heart: no string
# comes twice; each digit of a string is made up to a fifth longer or shorter, and shifted by a constant, as if another voice had said it; each feature gets noise of half its standard deviation; and three in ten of
# the numbers that a layer hands on are set to 0 at random (**dropout**).
#
# `train.batches` puts strings of like length into one batch: a batch is as long as its longest string, and with strings in any order about four frames in ten would be padding. The learning rate rises
# to 0.004 in the first tenth of the steps, then falls to 0 (**one cycle**); `AdamW` is Adam that also draws every weight a little towards 0. While it trains, we look over its shoulder: at some steps
# it answers three strings of the test, and we keep the answers.

# %%
STEPS = 560


def varied(x, rng):
    """MFCC of a digit, longer or shorter, and shifted by a constant vector: another voice."""
    at = np.linspace(0, len(x) - 1, round(len(x) * rng.uniform(0.8, 1.2)))  # between frames
    left = at.astype(int).clip(max=len(x) - 2)
    x = x[left] + (at - left)[:, None] * (x[left + 1] - x[left])
    return x + 0.4 * scale.deviation[:13] * rng.standard_normal(13)


def training_batches(seed):
    """Batches of 32 new strings without end, those of like length together."""
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    while True:
        examples = []
        for s in digits.strings(train_items, n=512, low=3, high=7, rng=rng):
            parts = np.split(s.features, s.boundaries[1:-1])
            voices = np.concatenate([varied(part, rng) for part in parts])
            x = scale(digits.with_deltas(voices))
            examples.append((x + 0.5 * rng.standard_normal(x.shape), vocabulary.encode(s.text)))
        yield from train.batches(examples, batch_size=32, generator=generator)


def padding(lengths):
    """Share of the frames that are padding; a row of lengths for each batch."""
    return 1 - lengths.sum() / (lengths.shape[1] * lengths.max(axis=1).sum())


one_draw = list(itertools.islice(training_batches(seed=1), 16))  # 512 strings
alike = np.array([some.lengths.numpy() for some in one_draw])
mixed = np.random.default_rng(0).permutation(alike.ravel()).reshape(alike.shape)
ck.claim("share of padding, strings in any order", padding(mixed), near=(0.4, 0.06),
         surprising=True)
ck.claim("share of padding, strings of like length together", padding(alike), below=0.2,
         surprising=True)

# %%
watched = [string, *test_strings[:2]]
watched_batch = train.collate([example(s) for s in watched])
LOOK_AT = [1, 10, 20, 25, 30, 40, 60, 80, 100, 120, 130, 140, 150, 160, 170, 180, 190, 200, 220,
           250, 300, 400, STEPS]


def look(step, model):
    """The answers to the watched strings, at some steps."""
    if step in LOOK_AT:
        model.eval()  # dropout off
        with torch.no_grad():  # nothing noted for a gradient
            return model(watched_batch.features, watched_batch.lengths)[0].numpy()


def trained_recogniser(seed, steps=STEPS):
    """A BLSTM recogniser trained with a seed, and the record of it."""
    with train.seeded(seed):
        config = asr.BLSTMConfig(n_features=39, n_classes=11, hidden=80, n_layers=2, dropout=0.3)
        model = asr.BLSTMRecognizer(config)
        optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps,
                                                    pct_start=0.1)
        history = train.fit(model, training_batches(seed), loss_fn, optimizer=optimizer,
                            steps=steps, scheduler=cycle, clip=5.0, every=100, on_step=look)
    return model.eval(), history


recogniser, history = trained_recogniser(seed=1)

# %%
def answers_to(strings, noise=0.0, rng=None):
    """The network's log probabilities for each string; noise is added to the features."""
    answers, pairs = [], [example(s) for s in strings]
    if noise:
        pairs = [(x + noise * rng.standard_normal(x.shape), ids) for x, ids in pairs]
    for batch in train.batches(pairs, batch_size=50):
        with torch.no_grad():
            log_probs, lengths = recogniser(batch.features, batch.lengths)
        answers += [row[:n] for row, n in zip(log_probs, lengths, strict=True)]
    return answers


answers = answers_to(test_strings)
truth = [s.text for s in test_strings]
greedy = [read(ctc.greedy_decode(log_probs)) for log_probs in answers]
greedy_errors = metrics.cer(truth, greedy)
wrong_strings = np.mean([a != b for a, b in zip(truth, greedy, strict=True)])
print(f"{len(truth)} strings, {sum(map(len, truth))} digits; "
      f"{wrong_strings:.1%} of the strings have an error")
ck.claim("digit error rate on the test strings", greedy_errors, below=0.02, surprising=True)

# %% [markdown]
# The error rate counts wrong, missing and superfluous digits against the digits that were said; section 11 shows how. Part of it is chance: the 400 strings are made of 600 recordings, used several times
# each; and with other seeds, with somewhat less noise on the features, or on another processor, whose sums are rounded otherwise, the same network ended between 0.9 and 1.6 %. A difference of a few tenths between two systems is therefore no difference, unless many seeds show it.
#
# ## 7. Watched, alignment by alignment
#
# Move the slider from the first step to the last. The upper picture is what the network says, $p_t(k)$; the lower one is the occupancy (7), what the text makes of it, and so the
# goal of the next step. Its rows are the states of this text, so each digit has a row of its own, and the blank several. Find the step at which the blank has
# everything; the first digit that stands out, and where in its recording; and the step from which the lower picture hardly differs from the upper one. The string shown first has two equal digits in a row: from which step on are they told apart?

# %%
kept_steps = [step for step, _ in history.notes]
kept = [[log_probs[i, : len(s.features)] for i, s in enumerate(watched)]
        for _, log_probs in history.notes]
ctc_controls.alignment_explorer(kept, steps=kept_steps, strings=watched)

# %% [markdown]
# For readers who cannot move the slider: the loss, and the blank's share in the three strings. The dotted line is the lowest loss that one can have with the same answer in
# every frame of every recording, equal for all digits; it is measured on 256 training strings.

# %%
blank = np.array([[np.exp(log_probs[:, 0]).mean() for log_probs in row] for row in kept])


def constant_loss(share):
    """Loss of the same answer in every frame: this share for the blank, the rest for all digits."""
    answer = torch.tensor([share] + [(1 - share) / 10] * 10).log()
    return np.mean([float(loss_fn(lambda x, lengths: (answer.expand(*x.shape[:2], 11), lengths),
                                  some)) for some in one_draw[:8]])


shares = np.arange(0.90, 0.985, 0.01)
constant = [constant_loss(share) for share in shares]
fig, axes = display.subplots(1, 2, height=2.8, alt="Left: the loss falls within thirty steps from "
                             "nearly 40 to 3, stays at the dotted line of the best constant answer "
                             "for some eighty steps, and is at a tenth of it soon after step 200. "
                             "Right: the blank's probability rises to nearly 1 by step 30, and "
                             "falls to below 0.9.")
axes[0].semilogy(history.losses, linewidth=0.9)
axes[0].axhline(min(constant), color="black", linestyle=":", linewidth=1,
                label="best constant answer")
axes[0].legend(fontsize=8)
axes[0].set(title="Loss of each batch", xlabel="Step", ylabel="Nats a digit")
axes[1].plot(kept_steps, blank, "o-", markersize=3, label=[s.text for s in watched])
axes[1].set(title="The blank's mean probability", xlabel="Step", ylabel="Probability",
            ylim=(0, 1.03))
axes[1].legend(loc="lower right", fontsize=8)
plateau = np.mean(history.losses[40:80])
print(f"mean loss of steps 40 to 80: {plateau:.2f} nats a digit; best constant answer: "
      f"{min(constant):.2f}, with {shares[np.argmin(constant)]:.2f} for the blank")
ck.claim("loss on the plateau minus that of the best constant answer", plateau - min(constant),
         near=(0, 0.1))
ck.claim("largest share of the blank while training", blank.mean(axis=1).max(), above=0.9)
ck.claim("share of the blank at the end", blank.mean(axis=1)[-1], near=(0.87, 0.08))

# %% [markdown]
# First the nonsense goes: within thirty steps the blank takes nearly everything. Then comes a plateau, on which the network answers blank whatever it hears. Its height is what one gets without
# listening: to guess each of ten digits costs $\ln 10 = 2.3$ nats, and to guess how many there are, another 0.4. Then the first digits are told apart. From there it goes fast: where some digits
# are known, the occupancy (7) places the others better, and better placed they are learned sooner.
#
# ### Peaks
#
# In the end, the blank still has most frames. Each digit is a **spike** of one to three frames:

# %%
log_probs = answers[chosen]
fig, ax = display.subplots(1, 1, height=2.6, alt="Probabilities over frames: the blank near 1 "
                             "almost always; for each digit one narrow spike, between the joins "
                             "of its digit.")
ax.plot(log_probs[:, 0].exp(), color="0.6", linewidth=0.9, label="blank")
for digit in sorted(set(string.text)):
    ax.plot(log_probs[:, vocabulary.encode(digit)[0]].exp(), label=digit)
ax.vlines(string.boundaries[1:-1] - 0.5, 0, 1, color="black", linestyle=":", label="true joins")
ax.set(title=f"{string.text}, as the network hears it", xlabel="Frame", ylabel="Probability")
display.legend_beside(ax)

spans = [ctc.align(row, vocabulary.encode(word)).spans
         for row, word in zip(answers, truth, strict=True)]
width = np.mean([span.end - span.start for row in spans for span in row])
place = np.concatenate([
    (np.array([(span.start + span.end) / 2 for span in row]) - s.boundaries[:-1])
    / np.diff(s.boundaries) for row, s in zip(spans, test_strings, strict=True)])
blank_frames = np.mean(np.concatenate([row.argmax(1) == 0 for row in answers]))
lasts = np.mean(np.concatenate([np.diff(s.boundaries) for s in test_strings]))
print(f"a spike lasts {width:.1f} frames, a digit {lasts:.0f}; "
      f"it stands at {np.median(place):.0%} of the digit (median)")
ck.claim("frames in which the blank wins", blank_frames, above=0.8)
ck.claim("mean length of a spike, frames", width, below=4)

# %% [markdown]
# Nothing in the loss asks for spikes. They follow from what is learned first: once the blank is likely in all frames, a path loses with each frame in which it says something else. So the paths
# that say each digit in few frames have the largest share of the sum, and the gradient makes it larger still. (Zeyer and others, 2021, prove it for a small example.)
#
# Nor does anything ask *where* in its digit the spike stands. Forward and backward memory together have the whole recording in every frame, so each frame of the digit would do. The median is
# a fifth of the digit, but the second 3 above is said in its middle; and another start of the same training put most of its spikes near the end of the digits.
#
# ## 8. Reading the answer
#
# **Greedy decoding** takes the likeliest class of each frame and collapses the path. It finds the best *path*. But a text is a sum of paths, and the best text may have many middling ones. Two frames are enough,
# 0.6 for the blank and 0.4 for `1` in each:

# %%
two = torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log()
print(f"greedy: {ctc.greedy_decode(two)}, probability of its path 0.6 * 0.6 = 0.36")
for found in ctc.beam_search_decode(two, beam_size=2):
    print(f"text {found.symbols}: probability {math.exp(found.log_prob):.2f}")
best = ctc.beam_search_decode(two, beam_size=2)[0]
ck.claim("probability of 1: paths 1-, -1 and 11", math.exp(best.log_prob), near=(0.64, 1e-6))

# %% [markdown]
# **Prefix beam search** sums while it searches. It goes from frame to frame with a **beam**, a small set of the best beginnings of texts, and keeps two numbers for each beginning $\mathbf{y}$: the sum of its paths that end in blank,
# $b_t(\mathbf{y})$, and in its last symbol, $e_t(\mathbf{y})$. Two numbers are needed, because the same symbol once more means two things: after a blank it is a second one, without a blank the
# first goes on.
#
# $$b_t(\mathbf{y}) = p_t(\text{blank})\,\bigl[b_{t-1}(\mathbf{y}) + e_{t-1}(\mathbf{y})\bigr] \tag{9}$$
#
# $$e_t(\mathbf{y}k) = p_t(k)\,\Bigl[e_{t-1}(\mathbf{y}k) + b_{t-1}(\mathbf{y}) + \underbrace{e_{t-1}(\mathbf{y})}_{\text{if } \mathbf{y} \text{ does not end in } k}\Bigr] \tag{10}$$
#
# - $\mathbf{y}k$: the text $\mathbf{y}$ with the symbol $k$ behind it. At the start the empty text has $b_0 = 1$; all else is 0.
#
# After each frame only the best `beam_size` stay. (`prior` is added when they are ranked: 0 here, the language model in section 9.)

# %% include: coursekit.ctc_decode.log_add, coursekit.ctc_decode.prefix_beam_search

# %%
small = torch.randn(6, 3, generator=generator, dtype=torch.float64).log_softmax(-1)
by_trying = {}
for path in itertools.product(range(3), repeat=6):
    word = tuple(collapse(path))
    by_trying[word] = by_trying.get(word, 0.0) + math.prod(
        small[t, k].exp().item() for t, k in enumerate(path))
found = prefix_beam_search(small.tolist(), lambda prefix: 0.0, beam_size=1000)
ck.compare([math.exp(found[word]) for word in by_trying], list(by_trying.values()), rtol=1e-12,
           title=f"a wide beam against all 729 paths, {len(by_trying)} texts")

HOW = dict(beam_size=8, floor=-9.0)  # floor: symbols below e^-9 in a frame are not tried there
beams = [ctc.beam_search_decode(row, **HOW) for row in answers]
beam = [read(row[0].symbols) for row in beams]
beam_errors = metrics.cer(truth, beam)
differ = [i for i in range(len(truth)) if greedy[i] != beam[i]]
print(f"greedy {greedy_errors:.2%}, beam search {beam_errors:.2%}; "
      f"they differ in {len(differ)} of {len(truth)} strings")
minus_log_p = [[float(ctc.loss(answers[i], vocabulary.encode(said[i]), reduction="sum"))
                for said in (greedy, beam)] for i in differ]
ck.claim("where they differ: least gain of the beam's text over the greedy one, nats",
         min(one - other for one, other in minus_log_p), above=-1e-9)
ck.claim("errors of beam search minus errors of greedy decoding", beam_errors - greedy_errors,
         near=(0, 0.003))
unsure = min(range(len(beams)), key=lambda i: beams[i][0].log_prob)
display.table([{"text": read(found.symbols), "probability": math.exp(found.log_prob)}
               for found in beams[unsure][:4]],
              title=f"The least sure answer of all: {truth[unsure]} was said")

# %% [markdown]
# After this training the two hardly differ: where nearly all probability sits in one path, the best path is the best text. Where they differ, the beam's text is the likelier one, which is all that a search can promise: whether it is also
# the right one is up to the network. The beam pays when the network is unsure, and when a second model takes part.
#
# ## 9. A language model
#
# Which digits were said is not only in the sound. A **language model** knows which texts are likely. Random digits have no language; so from here on people say something: *dates*, as six digits for
# day, month and year (`240507`), every day from 1930 to 2009 equally likely. The recordings are still real digits of the test, the texts are drawn by a program; we say so, because such a language is tidier than any that people speak.
#
# An **n-gram** model guesses the next symbol from the $n - 1$ symbols before it, by counting. What was never seen needs a probability, too. Witten and Bell (1991): a context $h$ in which $N$ symbols came, $D$ different ones,
# leaves the share $D / (N + D)$ to a shorter context $h'$:
#
# $$P(k \mid h) = \frac{c(hk)}{N + D} + \frac{D}{N + D}\, P(k \mid h') \tag{11}$$
#
# - $c(hk)$: how often $k$ followed $h$; the shortest context of all leaves its share to equal chances, 1/11 for each digit and for the end of the text.

# %% include: coursekit.lm.count, coursekit.lm.witten_bell, coursekit.lm.interpolate

# %%
DAYS = np.arange("1930-01-01", "2010-01-01", dtype="datetime64[D]")


def dates(n, rng):
    """Dates as six digits: day, month, year."""
    days = [str(day) for day in rng.choice(DAYS, n)]
    return [day[8:10] + day[5:7] + day[2:4] for day in days]


known = dates(8000, np.random.default_rng(0))
fresh = dates(500, np.random.default_rng(1))
by_order = {n: lm.NGram(n, smoothing="witten-bell").fit(known, symbols="0123456789")
            for n in range(1, 7)}
perplexity = {n: model.perplexity(fresh) for n, model in by_order.items()}
order = min(perplexity, key=perplexity.get)
language = by_order[order]
print("perplexity of fresh dates by order:", {n: round(p, 2) for n, p in perplexity.items()})
print("P(next | 31) =", {k: round(math.exp(language.log_prob(k, "31")), 3) for k in "0123"})
print("drawn from it:", " ".join("".join(language.sample(rng=np.random.default_rng(k)))
                                 for k in range(5)))
few = dates(100, np.random.default_rng(2))
small_model = lm.NGram(3, smoothing="witten-bell").fit(few, symbols="0123456789")
ck.compare(math.exp(small_model.log_prob("1", "3")),
           interpolate(witten_bell(count(few, order=3)), "1", ("<s>", "3"), base=1 / 11),
           rtol=1e-12, title="NGram.log_prob against equation 11")
ck.claim("perplexity of dates, best order", perplexity[order], near=(len(DAYS) ** (1 / 7), 1))
ck.claim("what a longer memory costs", perplexity[6] - perplexity[order], above=0)
ck.claim("perplexity of random digits under it",
         language.perplexity([s.text for s in test_strings]), above=20)

# %% [markdown]
# **Perplexity** is the number of equally likely symbols that would be as hard to guess; with 29,220 days and seven guesses (six digits and the end) it cannot be below
# $29220^{1/7} = 4.34$. Longer memories know dates better, until they know only the dates that they have seen: some 7,000 different ones, a quarter of all days. The order with the
# smallest perplexity on fresh dates is taken. (Two of the five drawn dates have seven digits: a model of order 5 sees four symbols back, and four symbols do not tell which digit of six is due.) The search now ranks texts by
#
# $$\ln P(\mathbf{y} \mid \mathbf{x}) + \lambda \ln P_{\text{LM}}(\mathbf{y}) + \mu\, |\mathbf{y}| \tag{12}$$
#
# - $\lambda$: the weight of the language model; $\mu$: a bonus for each symbol, because each costs some $\lambda \ln P_{\text{LM}}$ and short texts would win. With $\mu = \lambda \ln(\text{perplexity})$ a symbol of average likelihood costs nothing.
#
# The weight is chosen on **development** dates made of the first half of the test digits, once, and used on dates made of the other half. Two conditions: features as they are, and with noise of
# 1.25 standard deviations added, as over a bad line.

# %%
def spoken(word, items, rng):
    """A text, said with recordings drawn from items."""
    chosen = [rng.choice([i for i in range(len(items)) if items[i].label == digit])
              for digit in word]
    frames = [items[i].features for i in chosen]
    ends = np.cumsum([0] + [len(x) for x in frames])
    return digits.DigitString(np.concatenate(frames), word, ends)


def spoken_dates(items, n, seed):
    """Dates, said with recordings drawn from items."""
    rng = np.random.default_rng(seed)
    return [spoken(word, items, rng) for word in dates(n, rng)]


def error_rate(strings, answers, weight=0.0):
    """Digit error rate of the beam search, with the language model at some weight."""
    how = dict(lm=language, vocabulary=vocabulary, lm_weight=weight,
               length_bonus=weight * math.log(perplexity[order]))
    found = [ctc.beam_search_decode(row, **HOW, **how)[0] for row in answers]
    return metrics.cer([s.text for s in strings], [read(best.symbols) for best in found])

# %%
development = spoken_dates(test_items[:300], 80, seed=3)
held_out = spoken_dates(test_items[300:], 200, seed=4)
LINES = {"as they are": 0.0, "bad line": 1.25}
WEIGHTS = (0.0, 0.3, 0.6, 1.0, 1.5, 2.5)
curve = {}
for line, noise in LINES.items():
    heard = answers_to(development, noise, np.random.default_rng(5))
    curve[line] = [error_rate(development, heard, weight) for weight in WEIGHTS]
weight = WEIGHTS[int(np.argmin(np.sum(list(curve.values()), axis=0)))]

dates_table = {}
for line, noise in LINES.items():
    heard = answers_to(held_out, noise, np.random.default_rng(6))
    said = [s.text for s in held_out]
    dates_table[line] = {
        "greedy": metrics.cer(said, [read(ctc.greedy_decode(row)) for row in heard]),
        "beam": error_rate(held_out, heard),
        "beam + LM": error_rate(held_out, heard, weight)}
fig, ax = display.subplots(1, 1, height=2.6, alt="Error rate on development dates against the "
                             "weight of the language model: with noise it falls by nearly half, is "
                             "lowest between 0.6 and 1, and rises again; without noise it is low "
                             "and nearly level.")
for (line, values), mark in zip(curve.items(), "os", strict=True):
    ax.plot(WEIGHTS, np.array(values) * 100, f"{mark}-", label=line)
ax.set(title="Development dates", xlabel="Weight of the language model, λ",
       ylabel="Digit errors (%)")
ax.legend()
print(f"chosen: weight {weight}")
for line, row in dates_table.items():
    print(f"{line:12s}", {name: f"{value:.2%}" for name, value in row.items()})
clean = dates_table["as they are"]
ck.claim("as they are: beam + LM minus greedy", clean["beam + LM"] - clean["greedy"], below=0.005)
ck.claim("bad line: share of the errors that the LM removes",
         1 - dates_table["bad line"]["beam + LM"] / dates_table["bad line"]["greedy"], above=0.15)

# %% [markdown]
# On the bad line the beam search with the language model makes four errors in ten fewer than greedy decoding. On the other greedy decoding had only four of 1,200 digits wrong, and the two together have three: that may be chance. A model of the wrong language does harm; here is
# the same one on strings that are *not* dates:

# %%
some = slice(0, 150)
foreign = error_rate(test_strings[some], answers[some], weight)
print(f"random strings with the language of dates: {foreign:.1%} "
      f"(without: {metrics.cer(truth[some], greedy[some]):.1%})")
ck.claim("what the wrong language costs", foreign - metrics.cer(truth[some], greedy[some]),
         above=0.005)

# %% [markdown]
# ## 10. When was it said? Forced alignment
#
# If the text is known, the lattice of section 3 answers the question of the beginning: the likeliest single path, Viterbi's algorithm of chapter 06,
#
# $$\pi^\ast = \arg\max_{\pi \,:\, \mathcal{B}(\pi) = \mathbf{y}} \; \prod_t p_t(\pi_t), \qquad \operatorname{conf}(u) = \frac{1}{|S_u|} \sum_{t \in S_u} p_t(y_u) \tag{13}$$
#
# - $S_u$: the frames of $\pi^\ast$ that belong to symbol $u$, its **span**; conf: its **confidence**, the mean probability of the symbol over the span.
#
# `ctc.align` returns both. Confidence is good for checking transcripts. Let us plant an error in each test text: change one digit, and align the wrong text.

# %%
rng = np.random.default_rng(8)
right, planted = [], []
for row, word in zip(answers, truth, strict=True):
    u = int(rng.integers(len(word)))
    false = rng.choice([c for c in "0123456789" if c not in word[max(0, u - 1) : u + 2]])
    for text_, kept_ in ((word, right), (word[:u] + false + word[u + 1 :], planted)):
        kept_.append(ctc.align(row, vocabulary.encode(text_)).spans[u].confidence)
right, planted = np.array(right), np.array(planted)
print(f"confidence below 0.5: {np.mean(planted < 0.5):.1%} of the planted errors, "
      f"{np.mean(right < 0.5):.1%} of the right digits")
ck.claim("planted errors with confidence below 0.5", np.mean(planted < 0.5), above=0.95)
ck.claim("right digits with confidence below 0.5", np.mean(right < 0.5), below=0.05)

# %% [markdown]
# And the times? A spike tells *that* a digit was heard, not where it begins. A rule is needed: say that the join before a digit lies $c$ frames before its span begins, with one number $c$ for
# all, the median over training strings. What is measured: the joins inside a string, found minus true, in frames of 25 ms.
#
# Beside it the same dynamic programme on scores of another kind. Chapter 06's models, one HMM a digit, hear nothing but the frame itself. Chained in the order of the text, they leave
# Viterbi one choice: in which frame to go on to the next digit. (They have four Gaussians a state here, to save time, and an advantage: they were trained
# on digits that came alone, so they were told where each begins and ends.)

# %%
def chain(models, follows):
    """Several HMMs as one; word j may come after word i where follows[i, j]."""
    sizes = [len(model.log_start) for model in models]
    first = np.cumsum([0, *sizes])[:-1]
    last = first + sizes - 1
    A = np.full((sum(sizes), sum(sizes)), -np.inf)
    for model, at in zip(models, first, strict=True):
        here = slice(at, at + len(model.log_start))
        A[here, here] = model.log_transition
    for i, j in np.argwhere(follows):
        # to leave a word: 0.5, not learned, shared by the words that may follow
        A[last[i], first[j]] = np.log(0.5 / follows[i].sum())
    return A, first, last


def hmm_words(x, models, follows, begin):
    """Which word begins in which frame: pairs (index into models, frame), by Viterbi."""
    A, first, last = chain(models, follows)
    log_start = np.full(len(A), -np.inf)
    log_start[first[begin]] = 0.0
    score = np.hstack([model.log_likelihood(x) for model in models])
    score[-1, np.setdiff1d(np.arange(len(A)), last)] = -np.inf  # ends at a word's end
    states, _ = hmm.viterbi(log_start, A, score)
    entered = np.append(True, np.diff(states) != 0) & np.isin(states, first)
    return [(int(np.searchsorted(first, states[t])), int(t)) for t in np.flatnonzero(entered)]


isolated = [digits.with_deltas(item.features) for item in train_items]
words = hmm.WordRecognizer(n_states=8, n_mix=4).fit(isolated, [item.label for item in train_items])

# %%
def hmm_joins(string):
    """Where the HMMs of a text's digits are joined, frames."""
    n = len(string.text)
    in_order = np.eye(n, k=1, dtype=bool)
    x = digits.with_deltas(string.features)
    found = hmm_words(x, [words.models[c] for c in string.text], in_order, begin=[0])
    return np.array([frame for _, frame in found])[1:]


def spike_starts(strings, answers):
    """Where each span begins minus the true join before it, frames; the first digit has none."""
    return np.concatenate([
        [span.start for span in ctc.align(row, vocabulary.encode(s.text)).spans[1:]]
        - s.boundaries[1:-1] for s, row in zip(strings, answers, strict=True)])


some_training = digits.strings(train_items, n=100, low=3, high=7, rng=np.random.default_rng(2))
c = np.median(spike_starts(some_training, answers_to(some_training)))
off = {f"CTC: span begins, minus {c:g}": spike_starts(test_strings, answers) - c,
       "HMMs": np.concatenate([hmm_joins(s) - s.boundaries[1:-1] for s in test_strings])}
fig, ax = display.subplots(1, 1, height=2.6, alt="Histograms of found minus true joins: the HMM's "
                             "narrow, nearly all within two frames; that of CTC wider, with a "
                             "tail to late.")
for name, values in off.items():
    ax.hist(np.clip(values, -5, 12), bins=np.arange(-5.5, 13.5), alpha=0.6,
            label=f"{name}: {np.mean(np.abs(values) <= 2):.1%} within 2 frames")
ax.set(title=f"{len(values)} joins of the test strings", ylabel="Joins",
       xlabel="Found minus true (frames; what lies beyond is in the outermost bars)")
ax.legend(loc="upper right")
within = [np.mean(np.abs(values) <= 2) for values in off.values()]
inside = np.mean((place > -0.1) & (place < 1.1))
ck.claim("CTC: spans that stand in their own digit", inside, above=0.95)
ck.claim("HMMs: joins within 2 frames", within[1], above=0.95)
ck.claim("joins within 2 frames: HMMs minus CTC", within[1] - within[0], above=0.05)

# %% [markdown]
# Here the old model is better, for two reasons. It was told the ends of the digits while it learned. And it hears locally: a Gaussian knows one frame (and its slopes), so its digit must begin where
# the sound begins. Each of the BLSTM's answers knows the whole recording, so any frame of the digit is as good as any other, and the loss does not care. (The start that put its spikes near the ends of the digits had about 40 % of the joins within 2 frames.) CTC knows *what* and roughly where; for *when*
# to the frame, take a model that hears locally. To cut audiobooks into sentences CTC is exact enough; single speech sounds are mostly timed with HMMs.
#
# ## 11. Which errors?
#
# The **edit distance** of two texts is the fewest substitutions, deletions and insertions that turn the one that was said, $\mathbf{y}$, into the one that was read, $\hat{\mathbf{y}}$, again by
# dynamic programming; $D[i, j]$ is that of their first $i$ and first $j$ symbols, with $D[i, 0] = i$ and $D[0, j] = j$:
#
# $$D[i, j] = \min\bigl(D[i-1, j-1] + [y_i \ne \hat y_j],\; D[i-1, j] + 1,\; D[i, j-1] + 1\bigr), \qquad \text{error rate} = \frac{n_\text{sub} + n_\text{del} + n_\text{ins}}{n} \tag{14}$$
#
# - $n_\text{sub}, n_\text{del}, n_\text{ins}$: substituted, deleted and inserted symbols of all recordings together; $n$: symbols that were said. Of characters it is the **CER** (character error rate), of
#   words the **WER** (word error rate).
#
# For digits both are one: each digit is a word. The professional tool is jiwer.

# %% include: coursekit.metrics.edit_distances, coursekit.metrics.edit_operations

# %%
spaced = [" ".join(word) for word in truth], [" ".join(word) for word in greedy]
n_sub, n_del, n_ins, hits = (sum(edit.kind == kind for a, b in zip(truth, greedy, strict=True)
                                 for edit in edit_operations(a, b))
                             for kind in ("substitute", "delete", "insert", "hit"))
ck.compare([(n_sub + n_del + n_ins) / (hits + n_sub + n_del), metrics.wer(*spaced)],
           [jiwer.cer(truth, greedy), jiwer.wer(*spaced)], rtol=1e-12,
           title="CER by hand and WER against jiwer's")
print(f"{n_sub} substituted, {n_del} deleted, {n_ins} inserted, {hits} right")

confused = metrics.confusions(truth, greedy)
display.table([{"said": a or "(nothing)", "read as": b or "(nothing)", "times": n,
                "of": sum(word.count(a) for word in truth) if a else ""}
               for (a, b), n in confused.most_common(6)], title="The most frequent errors")

# %%
repeats = [(a, b) for a, b in zip(truth, greedy, strict=True)
           if any(x == y for x, y in itertools.pairwise(a))]
others = [(a, b) for a, b in zip(truth, greedy, strict=True)
          if not any(x == y for x, y in itertools.pairwise(a))]
for name, pairs in (("with a repeated digit", repeats), ("without", others)):
    print(f"strings {name:22s} {metrics.cer(*map(list, zip(*pairs, strict=True))):.2%} "
          f"of {sum(len(a) for a, _ in pairs)} digits")
worst = max(zip(truth, greedy, strict=True), key=lambda pair: jiwer.cer(*pair))
print(metrics.alignment_table(*worst))

# %% [markdown]
# Four errors in ten are substitutions; missing and added digits share the rest. (Each recording was drawn three or four times, so one that is hard to hear makes several errors.) Two equal digits in a row, for which the
# blank was invented, are no harder than others. Below the percentages stands the worst string: `*` is a gap; S, D and I mark what was substituted, deleted and inserted.
#
# ## 12. What goes wrong
#
# Each of these runs in PyTorch without an error.
#
# **Raw logits.** `CTCLoss` wants log probabilities. Given logits it computes something. Here are the eight strings of section 5 again, learned by heart as there, but
# without `log_softmax`:

# %%
class RawLogits(asr.BLSTMRecognizer):
    """The fault: no log_softmax at the end."""

    def forward(self, x, lengths):
        for layer in self.layers:
            x = layer(x, lengths)
        return self.out(x), lengths


def by_heart(make_model, steps=200):
    """A model and its losses, trained on the eight strings like the loop of section 5."""
    with train.seeded(0):
        model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    return model, train.fit(model, [batch], torch_loss_fn, optimizer=optimizer, steps=steps,
                            every=0).losses


raw, raw_losses = by_heart(lambda: RawLogits(CONFIG))
with torch.no_grad():
    logits, lengths = raw(batch.features, batch.lengths)
said = [read(ids) for ids in ctc.greedy_decode(logits.log_softmax(-1), lengths=lengths)]
print(f"“loss” at first {raw_losses[0]:.2f}, at the end {raw_losses[-1]:.2f}; "
      f"by the loop of section 5 {by_hand[-1]:.3f}; read: {said}")
knows_nothing = np.mean([(len(s.features) * math.log(11)
                          - math.log(n_paths(len(s.features), s.text))) / len(s.text)
                         for s in eight])
print(f"first loss by the loop of section 5 {by_hand[0]:.2f}, by counting {knows_nothing:.2f}")
ck.claim("first loss of section 5 over that of equal chances", by_hand[0] / knows_nothing,
         near=(1, 0.05))  # without the paths, ln N, it would be 0.87
ck.claim("first “loss” on raw logits", raw_losses[0], below=0)
ck.claim("last “loss” on raw logits, nats a digit", raw_losses[-1], above=1)
try:
    loss_fn(raw, batch)
except ValueError as error:
    print("ours:", error)

# %% [markdown]
# The first loss is below 0: a "probability" above 1. The last looks like a plateau, and one waits in vain. Print the first loss. A network that knows nothing gives all paths the
# same probability, so by equations 2 and 3 the loss should be near $(T \ln 11 - \ln N) / U$: for 70 frames and 4 digits 36 nats a digit.
#
# **Batch first, where time first is wanted.** `nn.LSTM` takes `(time, batch, features)` unless it is told `batch_first=True`. Given `(batch, time, features)` it reads *along the batch*: each frame is
# followed by the same frame of the next recording. The shapes fit; the loss even falls.

# %%
class BatchReader(torch.nn.Module):
    """The fault: an LSTM without batch_first=True."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(39, 80, num_layers=2, bidirectional=True)
        self.out = torch.nn.Linear(160, 11)

    def forward(self, features, lengths):
        return self.out(self.lstm(features)[0]).log_softmax(-1), lengths


def heart_errors(model, order, alone=False):
    """Digit error rate on the eight strings, in some order, or one by one."""
    groups = [[i] for i in order] if alone else [order]
    said = []
    for group in groups:
        with torch.no_grad():
            log_probs, lengths = model(batch.features[group], batch.lengths[group])
        said += [read(ids) for ids in ctc.greedy_decode(log_probs, lengths=lengths)]
    return metrics.cer([eight[i].text for i in order], said)


reader, reader_losses = by_heart(BatchReader)
order = list(range(8))
rows = [{"the eight strings": name, "along the batch": heart_errors(reader, *how),
         "along time": heart_errors(model, *how)}
        for name, how in {"as trained": (order,), "in reverse order": (order[::-1],),
                          "one by one": (order, True)}.items()]
print(f"loss of the faulty network: {reader_losses[0]:.1f}, later {reader_losses[-1]:.3f}")
ck.claim("along the batch, one by one: error rate", rows[2]["along the batch"], above=0.4)
ck.claim("along time, one by one: error rate", rows[2]["along time"], below=0.01)
display.table(rows, title="Digit error rate")

# %% [markdown]
# It has learned the eight by heart, in their order and in company. The test is cheap: the answer to a recording must not depend on its neighbours. With CTC's loss itself the same slip happens in the other
# direction: `log_probs.view(frames, batch, classes)` in place of `transpose(0, 1)` mixes the recordings without complaint.
#
# **The blank among the characters.** Two faults from decoding: the blank counted as a character, and no collapse before the edit distance; and one from the vocabulary: digits whose ids begin at 0, so that
# zero *is* the blank.

# %%
paths = [row.argmax(1).tolist() for row in answers]
as_is = ["".join("-0123456789"[k] for k in path) for path in paths]
no_collapse = [path.replace("-", "") for path in as_is]
no_zero = [word.replace("0", "") for word in truth]
ends = {"collapsed (right)": greedy_errors, "not collapsed": metrics.cer(truth, no_collapse),
        "blank as a character": metrics.cer(truth, as_is),
        "zero is the blank, else perfect": metrics.cer(truth, no_zero)}
for name, rate in ends.items():
    print(f"{name:32s} {rate:8.1%}")
ck.claim("not collapsed: digit error rate", ends["not collapsed"], above=0.5)
ck.claim("blank as a character: digit error rate", ends["blank as a character"], above=5)
ck.claim("zero is the blank: digit error rate, at best", ends["zero is the blank, else perfect"],
         near=(0.07, 0.02))
log_probs = torch.full((30, 11), -math.log(11))
torch_takes_it = ctc_loss(log_probs[:, None], torch.tensor([[3, 0, 5]]), torch.tensor([30]),
                          torch.tensor([3])).item()
print(f"torch's loss of a target that holds the blank: {torch_takes_it:.2f}")
try:
    ctc.loss(log_probs, torch.tensor([3, 0, 5]))
except ValueError as error:
    print("ours:", error)

# %% [markdown]
# Error rates of 100 % and more are a sign of the first two. The third hides better: 7 % may be taken for a network that needs more training. Count the errors by digit, as in section 11: every 0 is deleted.
#
# **`zero_infinity`.** A text that needs more frames than there are has no path: $P = 0$, loss $\infty$, gradient NaN, and after one step the weights are NaN, too. PyTorch's remedy `zero_infinity=True` gives such
# recordings loss 0 and no gradient. That keeps a training alive, and hides why it was ill. Suppose that somebody, to save time, merges 8, 16 or 32 frames into one:

# %%
batch_of_32 = train.collate([example(s) for s in test_strings[:32]])
needed = batch_of_32.target_lengths + torch.tensor(
    [sum(a == b for a, b in itertools.pairwise(row[:n].tolist()))
     for row, n in zip(batch_of_32.targets, batch_of_32.target_lengths, strict=True)])
rows = []
for factor in (1, 8, 16, 32):
    frames = batch_of_32.lengths // factor
    log_probs = torch.full((int(frames.max()), 32, 11), -math.log(11))
    how = dict(input_lengths=frames, target_lengths=batch_of_32.target_lengths, reduction="none")
    losses = ctc_loss(log_probs, batch_of_32.targets, **how)
    zeroed = ctc_loss(log_probs, batch_of_32.targets, zero_infinity=True, **how)
    digit_losses = zeroed / batch_of_32.target_lengths
    rows.append({"frames become": f"1 in {factor}", "texts too long": int((needed > frames).sum()),
                 "infinite losses": int(losses.isinf().sum()),
                 "mean loss with zero_infinity": float(digit_losses.mean())})
ck.claim("1 in 16: texts that silently teach nothing", rows[2]["texts too long"], above=5)
ck.compare([row["texts too long"] for row in rows], [row["infinite losses"] for row in rows],
           rtol=0, title="equation 2's condition against infinite losses")
display.table(rows, title="32 strings under a network that knows nothing")

# %% [markdown]
# Fewer frames make an untrained network's loss smaller in any case. But of the 1.32 a part is zeros, and the last row, in which no text teaches anything, looks perfect. The recordings that drop out are not
# just any: they are those spoken fast, and the texts with repeats. `ctc.loss` refuses impossible texts by an error that
# counts them, unless `zero_infinity=True` is asked for; if you ask, print how many losses are 0.
#
# ## 13. Results
#
# Random strings of the test, one run; and the dates of section 9. The baseline is chapter 06's HMMs (four Gaussians a state) in a loop, where any digit may follow any, read with Viterbi
# as above. Empty: not measured.

# %%
models = [words.models[c] for c in "0123456789"]
anything = np.ones((10, 10), dtype=bool)


def hmm_reads(string):
    """The digits of the likeliest row of states through ten HMMs in a loop."""
    x = digits.with_deltas(string.features)
    found = hmm_words(x, models, anything, begin=np.arange(10))
    return "".join(str(word) for word, _ in found)


hmm_errors = metrics.cer(truth, [hmm_reads(s) for s in test_strings])
bad_line = dates_table["bad line"]
hmm_dates = metrics.cer([s.text for s in held_out], [hmm_reads(s) for s in held_out])
systems = {"HMMs in a loop": (hmm_errors, hmm_dates, ""),
           "BLSTM, greedy": (greedy_errors, clean["greedy"], bad_line["greedy"]),
           "BLSTM, prefix beam search": (beam_errors, clean["beam"], bad_line["beam"]),
           "BLSTM, beam + language model": ("", clean["beam + LM"], bad_line["beam + LM"])}
ck.claim("error rate of the HMMs in a loop", hmm_errors, below=0.04)
columns = ("random strings", "dates", "dates, bad line")
display.table([{"system": name} | {column: f"{value:.2%}" if value != "" else ""
                                   for column, value in zip(columns, row, strict=True)}
               for name, row in systems.items()], title="Digit error rate")

# %% [markdown]
# On random strings the network makes seven errors where the HMMs make ten, although these were told each digit's ends in training; on dates it makes four where they make nineteen. Beam search alone
# brings nothing on recordings as they are, and one point on the bad line; the language model brings nearly four points more there.
#
# ## Recap
#
# 1. A path says one class a frame; collapsing reads it. A text's probability is the sum over all its paths, and one recursion computes it.
# 2. The gradient is what the network says minus the occupancy: what it should have said, by its own opinion corrected by the text.
# 3. CTC learns blank first, then spikes. It knows what was said, and only roughly when.
# 4. The best path need not be the best text. Prefix beam search sums, and gives a language model its say; it can help only where the sound leaves a doubt.
# 5. A loss below 0, an answer that depends on its neighbours, error rates above 100 %, losses that are exactly 0: look for these first.
#
# **Answer to the opening question.** It need not be told when. All ways to place the text are summed, each weighted by how likely the network finds it; the likelier ones get more of the gradient,
# and become likelier still.
#
# ## Going further
#
# - Alex Graves, Santiago Fernández, Faustino Gomez and Jürgen Schmidhuber, "Connectionist temporal classification: labelling unsegmented sequence data with recurrent neural networks", *ICML*, 2006.
# - Sepp Hochreiter and Jürgen Schmidhuber, "Long short-term memory", *Neural Computation*, 1997.
# - Diederik Kingma and Jimmy Ba, "Adam: a method for stochastic optimization", *ICLR*, 2015.
# - Alex Graves and Navdeep Jaitly, "Towards end-to-end speech recognition with recurrent neural networks", *ICML*, 2014.
# - Awni Hannun, Andrew Maas, Daniel Jurafsky and Andrew Ng, "First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs", 2014.
# - Albert Zeyer, Ralf Schlüter and Hermann Ney, "Why does CTC result in peaky behavior?", 2021.
# - Ludwig Kürzinger, Dominik Winkelbauer, Lujun Li, Tobias Watzel and Gerhard Rigoll, "CTC-segmentation of large corpora for German end-to-end speech recognition", *SPECOM*, 2020.
# - Ian Witten and Timothy Bell, "The zero-frequency problem", *IEEE Transactions on Information Theory*, 1991.
# - Stanley Chen and Joshua Goodman, "An empirical study of smoothing techniques for language modeling", 1998.
#
# Now do the exercises: [exercises/07_ctc.ipynb](../exercises/07_ctc.ipynb). CTC takes its answers in different frames as independent: it cannot know that it has just said a digit. Chapter 08 gives
# the network its own last word to read.
