# %% [markdown]
# # 08 · Attention
#
# Two strings of spoken digits, in the hoarse voice that features can be turned back into (chapter 06). Write the digits down while you listen.
#
# **The question of this chapter:** while you wrote, you listened on; you knew which digit you had just written, and where in the sound the next one was. CTC (chapter 07) has neither: its answers in
# different frames do not know of each other. How can a network write symbol by symbol, reading what it has written, and choose for itself where to listen? And what
# happens when it loses its place, as you perhaps did in the second string?

# %%
import math

import numpy as np
import torch
from torch.nn import functional

import coursekit as ck
from coursekit import ctc, data, digit_sound, digits, display, metrics, text, train
from coursekit.controls import attention as attention_controls
from coursekit.models import encoder_decoder, search

train_items, test_items = digits.split(data.load("digits"))
test_strings = digits.strings(test_items, n=400, low=3, high=7, rng=np.random.default_rng(7))
long_strings = digits.strings(test_items, n=60, low=12, high=12, rng=np.random.default_rng(8))
rng = np.random.default_rng(0)
sounds = {f"{len(string.text)} digits": digit_sound.to_sound(string.features, rng=rng)
          for string in (test_strings[0], long_strings[0])}
display.compare_sounds(sounds, sr=digit_sound.SR, show=("spectrogram",),
                       captions=["which digits?", "how many ones, how many fours?"])

# %% [markdown] card
# > **After this chapter you can**
# >
# > - read from a memory by attention, with dot-product and additive scores, over real frames only (questions 1, 3 and 6);
# > - train a decoder by teacher forcing, and measure what it costs that it never saw its own mistakes (question 2);
# > - write a beam search, and say why a wider beam can find a worse text (questions 4 and 7);
# > - find the fault in an attention that runs over the wrong axis (question 5);
# > - recognise in an attention map a decoder that has lost its place, and let CTC lead it.
# >
# > **Know before:** chapter [07](07_ctc.ipynb): CTC, beam search, the BLSTM, `train.fit`, the strings of digits and their error rate.
# >
# > **Cost:** {minutes} to run on two cores, {memory} of memory, {download} of recordings (fetched once).
#
# data: digits

# %% [markdown]
# ## 1. What CTC cannot say
#
# Suppose a sound is either `11` or `77`, both equally likely, and never anything else: one speaker, one word, said twice. CTC gives each frame its own probabilities, so the best that it can say is "1 or 7" at
# the first spike and "1 or 7" at the second:

# %%
one, seven = 2, 8  # ids: 0 is the blank, 1 to 10 are the digits 0 to 9
frames = torch.full((3, 11), 1e-9)
frames[[0, 2], one] = frames[[0, 2], seven] = 0.5
frames[1, 0] = 1.0
vocabulary = text.Vocabulary("0123456789")
found = ctc.beam_search_decode(frames.log().log_softmax(-1), beam_size=4)
said = {vocabulary.decode(hypothesis.symbols): math.exp(hypothesis.log_prob)
        for hypothesis in found}
print("  ".join(f"{word}: {p:.2f}" for word, p in sorted(said.items())))
ck.claim("CTC: probability of 17, which is never said", said["17"], near=(0.25, 0.01))

# %% [markdown]
# Half of its probability goes to texts that do not exist. Any distribution over texts, however, is a product in which each symbol is given *those before it*:
#
# $$P(\mathbf{y} \mid \mathbf{x}) = \prod_{u=1}^{U+1} P(y_u \mid y_1, \dots, y_{u-1}, \mathbf{x}), \qquad y_{U+1} = \text{end} \tag{1}$$
#
# - $\mathbf{x}$: the sound; $\mathbf{y} = y_1 \dots y_U$: its text of $U$ symbols. The **end** is a symbol, too: otherwise nobody would know when to stop.
#
# A network that computes these factors is called a **decoder**. It writes the first symbol, reads it, writes the second. There is no blank, no path and no sum. In exchange it
# needs something that CTC got for free: for each symbol it must find *where in the sound* to look.
#
# ## 2. A soft look-up
#
# An **encoder** turns the sound into a **memory**: a row of vectors $\mathbf{h}_1 \dots \mathbf{h}_T$, one for each frame (from section 3 on one for every four frames; we then say **place**). The decoder has a state $\mathbf{s}$: what it has
# written and what it looks for. **Attention** gives each frame a score, turns the scores into weights, and reads the weighted mean:
#
# $$e_t = \operatorname{score}(\mathbf{s}, \mathbf{h}_t) \tag{2}$$
#
# $$a_t = \frac{\exp e_t}{\sum_{t'} \exp e_{t'}} \quad \text{over real frames; 0 for padding} \tag{3}$$
#
# $$\mathbf{c} = \sum_t a_t \mathbf{h}_t \tag{4}$$
#
# - $e_t$: the **score** of frame $t$; $a_t$: its **weight**, 0 or more, summing to 1; $\mathbf{c}$: the **context**, what is read.
#
# It is a look-up in which every entry answers a little, and those that fit answer most. Because the answer is smooth in the scores, gradients pass through it: nobody has to say which frame was right. Two scores
# are common. The **dot product** of the two, brought to the same width $d$ by learned matrices $\mathbf{W}$ and $\mathbf{V}$; and **additive attention**, a small network with one hidden layer:
#
# $$e_t = \frac{(\mathbf{W}\mathbf{s})^\top (\mathbf{V}\mathbf{h}_t)}{\sqrt{d}} \tag{5}$$
#
# $$e_t = \mathbf{w}^\top \tanh(\mathbf{W}\mathbf{s} + \mathbf{V}\mathbf{h}_t + \mathbf{b}) \tag{6}$$
#
# What the state becomes, $\mathbf{W}\mathbf{s}$, is called the **query**; what a frame becomes, $\mathbf{V}\mathbf{h}_t$, is its **key**. Additive attention is the older of the two (Bahdanau, Cho and Bengio, 2015).
# (The dot product of two vectors of independent random numbers with mean 0 and variance 1 has variance $d$; $\sqrt{d}$ takes that out. The code adds a bias to each of the two matrices of equation 5.)
#
# A look-up needs no training to be tried. Here the memory is twenty spoken digits, two of each, and four others take the place of the state, one after the other; each is a vector of
# 104 numbers (13 features in eight parts of the word), standardised, and the score is their cosine times a **sharpness**.

# %%
def as_vector(item):
    """A spoken digit as 104 numbers: each feature's mean over eight parts of the word."""
    edges = np.linspace(0, len(item.features), 9)
    parts = [item.features[int(a): max(int(math.ceil(b)), int(a) + 1)]
             for a, b in zip(edges, edges[1:], strict=False)]
    return np.concatenate([part.mean(axis=0) for part in parts])


known = np.array([as_vector(item) for item in train_items])
mean, deviation = known.mean(axis=0), known.std(axis=0)
remembered = [item for digit in "0123456789"
              for item in [item for item in train_items if item.label == digit][:2]]
asked = [next(item for item in test_items if item.label == digit) for digit in "2478"]
keys, queries = ((np.array([as_vector(item) for item in items]) - mean) / deviation
                 for items in (remembered, asked))
cosine = np.array([[q @ k / np.linalg.norm(q) / np.linalg.norm(k) for k in keys] for q in queries])
fig, axes = display.subplots(1, 3, height=2.4, sharey=True, alt="Weights of four spoken digits "
                             "over twenty remembered ones at sharpness 1, 10 and 50: nearly even, "
                             "then on the same digit and like ones, then on one or two entries.")
axes[0].set_ylabel("Spoken digit")
for ax, sharpness in zip(axes, (1, 10, 50), strict=True):
    weights = torch.softmax(torch.from_numpy(sharpness * cosine), dim=1).numpy()
    display.heatmap(weights, ax=ax, vmin=0, vmax=1, title=f"Sharpness {sharpness}",
                    xlabel="Remembered digit")
    ax.set_xticks(range(20), labels=[item.label for item in remembered], fontsize=6)
    ax.set_yticks(range(4), labels=[item.label for item in asked])
    print(f"sharpness {sharpness:2d}: largest weight {weights.max():.2f}")
right = sum(remembered[k].label == item.label
            for k, item in zip(cosine.argmax(axis=1), asked, strict=True))
print(f"the largest weight is on the right digit for {right} of {len(asked)}")

# %% [markdown]
# Black is the weight 0, the brightest colour 1. The largest weight lies on the same entry at any sharpness, but what is read changes: dull weights mix
# everything, sharp ones choose. A network learns the matrices, and with them the sharpness. In code, the part that all scores share:

# %% include: coursekit.models.attention.weighted_mean

# %% include: coursekit.models.attention.DotAttention, coursekit.models.attention.AdditiveAttention

# %% [markdown]
# The keys (in additive attention with $\mathbf{b}$ in them) are the same for each symbol, so the decoder computes them once. Against PyTorch's own attention, with padding:

# %%
with train.seeded(0):
    dot, additive = DotAttention(6, 8, 5), AdditiveAttention(6, 8, 5)
    state, memory = torch.randn(3, 6), torch.randn(3, 9, 8)
real = torch.arange(9) < torch.tensor([9, 4, 1])[:, None]
with torch.no_grad():
    context, _ = dot(state, dot.to_key(memory), memory, mask=real)
    theirs = functional.scaled_dot_product_attention(
        dot.to_query(state)[:, None], dot.to_key(memory), memory, attn_mask=real[:, None])
    ck.compare(context, theirs[:, 0], rtol=1e-5, title="dot attention against torch's")
    W, V = additive.to_query.weight, additive.to_key.weight
    w, b = additive.to_score.weight[0], additive.to_key.bias
    by_hand = torch.stack([w @ torch.tanh(W @ state[0] + V @ h + b) for h in memory[0]])
    _, weights = additive(state, additive.to_key(memory), memory, mask=real)
    ck.compare(weights[0], by_hand.softmax(0), rtol=1e-5, title="additive, frame by frame")
    ck.claim("weight on padding", weights[~real].max(), near=(0, 0))

# %% [markdown]
# ## 3. Listen, attend and spell
#
# Chan and others (2016) called the two parts **listener** and **speller**. The listener is chapter 07's BLSTM, with one change: each layer reads two frames of what is below as one. So the memory has a quarter
# as many places to look at, 100 ms each here, and a digit has about four. (Chan and others found that a BLSTM without this learned slowly, and was worse even after a month of training.)

# %% include: coursekit.models.encoder_decoder.join_pairs

# %% include: coursekit.models.encoder_decoder.Listener

# %% [markdown]
# The speller is an LSTM that takes one step for each *symbol*, not for each frame. Its input is what it wrote and what it read last; with the new state it looks, and then writes:
#
# $$\mathbf{s}_u = \operatorname{LSTM}\bigl(\mathbf{s}_{u-1},\, [\mathbf{E}_{y_{u-1}};\, \mathbf{c}_{u-1}]\bigr), \qquad \mathbf{c}_u = \operatorname{attend}(\mathbf{s}_u) \tag{7}$$
#
# $$P(y_u \mid y_{<u}, \mathbf{x}) = \operatorname{softmax}\bigl(\mathbf{O}\, [\mathbf{s}_u;\, \mathbf{c}_u] + \mathbf{o}\bigr) \tag{8}$$
#
# - $\mathbf{E}_y$: a learned vector for each symbol (**embedding**); $[\,;\,]$: one vector below the other; $\mathbf{O}, \mathbf{o}$: the output layer; $y_0$ is the **start**. Class 0 stands for start and end here, and for the blank of CTC.
# - The code knows a third score, `location`, which also sees the weights of the last look (`previous`); section 9 explains it. Before the first symbol all of that weight is on the first place.

# %% include: coursekit.models.encoder_decoder.SpellerState

# %% include: coursekit.models.encoder_decoder.Speller

# %% [markdown]
# ## 4. Teacher forcing
#
# In training the text is known. So each step is given the *true* symbol before it, whatever the network would have written: **teacher forcing**. The loss is minus the logarithm of equation 1,
# per symbol:
#
# $$L_{\text{att}} = -\frac{1}{U+1} \sum_{u=1}^{U+1} \ln P(y_u \mid y_{<u}, \mathbf{x}) \tag{9}$$
#
# In a batch the mean goes over all its symbols and ends.
#
# One refinement. Equation 9 rewards every step of a probability towards 1, so the scores grow without end, and the network becomes surer than it
# should be. **Label smoothing** (Szegedy and others, 2016) asks it to leave a share $\varepsilon$ for all $K$ classes together:
#
# $$L_{\text{att}} = -\frac{1}{U+1} \sum_{u} \Bigl[(1 - \varepsilon) \ln P(y_u) + \frac{\varepsilon}{K} \sum_{k} \ln P(k)\Bigr] \tag{10}$$
#
# The best answer then is not 1, but $1 - \varepsilon + \varepsilon / K$: 0.91 for $\varepsilon = 0.1$ and 11 classes. (In both, $P(\cdot)$ is given $y_{<u}$ and $\mathbf{x}$.)

# %% include: coursekit.models.encoder_decoder.teacher_forcing

# %% include: coursekit.models.encoder_decoder.smoothed_cross_entropy

# %%
STRIDE = 4  # frames that become one place of the memory
CONFIG = dict(n_features=39, n_classes=len(vocabulary), hidden=96, n_layers=2, stride=STRIDE,
              d_attention=96, d_decoder=128, dropout=0.25, ctc=True)
with train.seeded(0):
    tiny = encoder_decoder.AttentionRecognizer(encoder_decoder.AttentionConfig(**CONFIG)).eval()
    x, lengths = torch.randn(2, 40, 39), torch.tensor([40, 31])
targets, n_symbols = torch.tensor([[3, 1, 4, 4], [2, 7, 0, 0]]), torch.tensor([4, 2])
changed = targets.clone()
changed[0, 2] = 9  # the third symbol of the first text
with torch.no_grad():
    log_probs = tiny(x, lengths, targets, n_symbols).log_probs
    others = tiny(x, lengths, changed, n_symbols).log_probs
moved = (log_probs - others).abs().amax(dim=2)[0]
print("change of the answers in steps 1 to 5:", [f"{value:.4f}" for value in moved.tolist()])
ck.claim("change before the changed symbol is seen", moved[:3].max(), near=(0, 0))
ck.claim("change right after", moved[3], above=1e-3)

wanted = torch.tensor([[3, 1, 4, 4, 0], [2, 7, 0, -100, -100]])  # -100: torch leaves it out
ck.compare(smoothed_cross_entropy(log_probs, targets, n_symbols, smoothing=0.1),
           functional.cross_entropy(log_probs.flatten(0, 1), wanted.flatten(),
                                    ignore_index=-100, label_smoothing=0.1),
           rtol=1e-5, title="smoothed loss against torch's")

# %% [markdown]
# The test says what teacher forcing must not do: no answer may depend on the symbol that it should give, nor on a later one.
#
# ## 5. Two teachers, and a training
#
# At the beginning the weights are even, every context is the mean of the whole recording, and the gradient tells the decoder little about *where*. Such trainings sit on a plateau for long. Kim, Hori and Watanabe (2017) put
# chapter 07's loss on the listener, so that the memory has to show the digits in their order, whether or not the decoder looks at the right place, and train both together:
#
# $$L = (1 - \lambda)\, L_{\text{att}} + \lambda\, L_{\text{CTC}} \tag{11}$$
#
# $\lambda = 0.3$ here. `encoder_decoder.AttentionRecognizer` holds listener and speller, and one linear layer more, which turns each place
# of the memory into the probabilities of CTC. As in chapter 07 each step has 32 new strings of 3 to 7 training digits,
# `train.batches` puts strings of like length into one batch, and the learning rate goes through one cycle. Other than there no string is
# stretched or shifted, the noise on the features is a little weaker (0.4 standard deviations), and dropout takes a quarter instead of three tenths.

# %%
STEPS, NOISE, SMOOTHING, LAMBDA = 600, 0.4, 0.1, 0.3
scale = digits.Standardizer.fit([digits.with_deltas(item.features) for item in train_items])


def example(string):
    """What the training sees of a string: features and ids."""
    return scale(digits.with_deltas(string.features)), vocabulary.encode(string.text)


def training_batches(seed):
    """Batches of 32 new strings without end, those of like length together, with noise."""
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    while True:
        pairs = map(example, digits.strings(train_items, n=256, low=3, high=7, rng=rng))
        noisy = [(x + NOISE * rng.standard_normal(x.shape), ids) for x, ids in pairs]
        yield from train.batches(noisy, batch_size=32, generator=generator)


def joint_loss(model, batch):
    """Equation 11."""
    said = model(batch.features, batch.lengths, batch.targets, batch.target_lengths)
    attention = smoothed_cross_entropy(said.log_probs, batch.targets, batch.target_lengths,
                                       smoothing=SMOOTHING)
    return (1 - LAMBDA) * attention + LAMBDA * ctc.loss(
        said.ctc_log_probs, batch.targets, lengths=said.lengths,
        target_lengths=batch.target_lengths)


def trained(attention, seed):
    """A recogniser with a kind of attention, trained with a seed, and the record of it."""
    config = encoder_decoder.AttentionConfig(**CONFIG, attention=attention)
    with train.seeded(seed):
        model = encoder_decoder.AttentionRecognizer(config)
        optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=STEPS)
        history = train.fit(model, training_batches(seed), joint_loss, optimizer=optimizer,
                            steps=STEPS, scheduler=cycle, clip=5.0, every=50)
    return model.eval(), history


content, content_history = trained("additive", seed=0)

# %%
def in_batches(strings, noise=0.0):
    """Strings in batches of 50, in their order, with noise on the features."""
    rng = np.random.default_rng(0)
    noisy = [(x + noise * rng.standard_normal(x.shape), ids) for x, ids in map(example, strings)]
    return train.batches(noisy, batch_size=50)


def spelled(model, strings, *, noise=0.0, **how):
    """What a model writes for each string: search.Hypothesis."""
    found = []
    for batch in in_batches(strings, noise):
        found += model.generate(batch.features, batch.lengths, **{"max_length": 30} | how)
    return found


def texts(found):
    """Hypotheses as texts."""
    return [vocabulary.decode(hypothesis.symbols) for hypothesis in found]


def error_rate(strings, found):
    """Digit error rate of hypotheses, over all strings together."""
    return metrics.cer([string.text for string in strings], texts(found))


content_found = spelled(content, test_strings)
content_errors = error_rate(test_strings, content_found)
wrong = [(string.text, said)
         for string, said in zip(test_strings, texts(content_found), strict=True)
         if string.text != said]
print(f"{len(wrong)} of {len(test_strings)} strings have an error, among them "
      + ", ".join(f"{said} for {true}" for true, said in wrong[:4]))
ck.claim("additive attention: digit error rate, 3 to 7 digits", content_errors, below=0.03,
         surprising=True)

# %% [markdown]
# This is **greedy** reading: in each step the likeliest symbol, until the end. It is the simplest search there is. How does the network know where to look?
#
# ## 6. Attention maps
#
# The weights of all steps make a **map**: a row for each symbol that was written, a column for each place of the memory. Nobody told the network where the digits are.

# %%
def draw_map(hypothesis, string, ax, title):
    """The weights of a text, a row a symbol, with the true joins."""
    labels = [*texts([hypothesis])[0], "end"][: len(hypothesis.weights)]
    at = STRIDE * np.arange(hypothesis.weights.shape[1]) + (STRIDE - 1) / 2  # middles of places
    display.heatmap(hypothesis.weights.numpy(), x=at, y=np.arange(len(labels)), ax=ax, vmin=0,
                    title=title, xlabel="Frame (25 ms)", ylabel="Written")
    ax.set_yticks(range(len(labels)), labels=labels, fontsize=8 if len(labels) < 12 else 6)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.vlines(string.boundaries[1:-1] - 0.5, -0.5, len(labels) - 0.5, color="white", linewidth=0.6)


chosen = next(i for i, string in enumerate(test_strings) if len(string.text) == 6)
fig, axes = display.subplots(1, 2, height=3.0, alt="Left: the attention map of a string of six "
                             "digits, a staircase from upper left to lower right, somewhat "
                             "blurred. "
                             "Right: the losses of the training: 4 at first, nearly level "
                             "above 2 up to step 100, a fall up to step 400, then level at 0.43.")
draw_map(content_found[chosen], test_strings[chosen], axes[0], f"Said: {test_strings[chosen].text}")
axes[1].semilogy(content_history.losses, linewidth=0.9)
axes[1].set(title="Loss of each batch (eq. 11)", xlabel="Step", ylabel="Loss (nats a symbol)")
axes[1].set_yticks([0.5, 1, 2, 4], labels=["0.5", "1", "2", "4"])
axes[1].minorticks_off()
ck.claim("the last losses, mean of 50", np.mean(content_history.losses[-50:]), below=0.6)

# %% [markdown]
# A staircase. White lines are the true joins, the brightest colour is the largest weight of the map. Most looks fall mainly into their digit, and a little on its neighbours.
#
# The loss on the right cannot come to 0: what label smoothing asks for costs at least 0.51 nats a symbol in equation 10, so $0.7 \cdot 0.51 = 0.36$ in equation 11.
#
# To say "staircase" in a number: the **centre** $m_u$ of a look is the mean place of its weights, and a map is **monotonic** if the centres of its $U$ symbols rise without exception (the look that finds the end does not count).
#
# $$m_u = \sum_t t\, a_{u,t}, \qquad m_1 < m_2 < \dots < m_U \tag{12}$$
#
# - $a_{u,t}$: the weight of place $t$ in the look for symbol $u$.
#
# How broad a look is, we measure as $1 / \sum_t a_{u,t}^2$: 1 if all weight is in one place, $n$ if it is spread evenly over $n$.

# %%
def is_monotonic(hypothesis):
    """Equation 12."""
    weights = hypothesis.weights[: len(hypothesis.symbols)].numpy()
    centres = weights @ np.arange(weights.shape[1])
    return bool(np.all(np.diff(centres) > 0))


def monotonic_share(found):
    """The share of monotonic maps."""
    return np.mean([is_monotonic(hypothesis) for hypothesis in found])


def breadth(found):
    """Over how many places a look is spread, a mean over all looks."""
    return np.mean([1 / row.square().sum() for h in found for row in h.weights])


print(f"a look is spread over {breadth(content_found):.1f} places; a digit has about four")
ck.claim("additive attention: share of monotonic maps", monotonic_share(content_found), above=0.95,
         surprising=True)

batch = train.collate([example(string) for string in test_strings])
with torch.no_grad():
    forced = content(batch.features, batch.lengths, batch.targets, batch.target_lengths)
steps = torch.arange(forced.log_probs.shape[1]) <= batch.target_lengths[:, None]
surest = np.median(forced.log_probs.exp().amax(dim=2)[steps].numpy())
print(f"label smoothing (equation 10) asks for {1 - SMOOTHING + SMOOTHING / 11:.2f}")
ck.claim("median probability of the likeliest class", surest, near=(0.91, 0.05), surprising=True)

# %% [markdown]
# The network's answers are nearly as unsure as label smoothing asks: their median is 0.94 for 0.91, not 1.
#
# ## 7. Exposure bias
#
# A decoder that was always told the truth has never read one of its own mistakes. What does it do after one? We can ask directly. Take the true text, put a wrong digit at a random place of it, and look at
# the step that follows. The sound is the same, and the digits are drawn at random, so the digit before says *nothing* about the next one.

# %%
def errors_after(model, strings, *, wrong, seed=0):
    """Share of wrong answers in the step after a random place, and later; at that place the model
    is told the truth or a wrong digit."""
    rng = np.random.default_rng(seed)
    batch = train.collate([example(string) for string in strings])
    told, at = batch.targets.clone(), []
    for row, string in enumerate(strings):
        at.append(rng.integers(len(string.text) - 1))
        other = (told[row, at[-1]] - 1 + rng.integers(1, 10)) % 10 + 1  # drawn in both cases
        if wrong:
            told[row, at[-1]] = other
    with torch.no_grad():
        said = model(batch.features, batch.lengths, told, batch.target_lengths).log_probs.argmax(2)
    missed = (said != functional.pad(batch.targets, (0, 1))).numpy()
    n = batch.target_lengths.tolist()
    after = np.mean([missed[row, k + 1] for row, k in enumerate(at)])
    later = np.concatenate([missed[row, k + 2: n[row] + 1] for row, k in enumerate(at)]).mean()
    return after, later


TOLD = ("the truth", "one wrong digit")
bias = {told: errors_after(content, test_strings, wrong=told != "the truth") for told in TOLD}
ck.claim("after the truth: wrong in the next step", bias["the truth"][0], below=0.04)
ck.claim("after a mistake: wrong in the next step", bias["one wrong digit"][0], above=0.05)
display.table([{"told": told, "wrong in the next step": f"{after:.1%}",
                "wrong later": f"{later:.1%}"} for told, (after, later) in bias.items()],
              title="Additive attention, teacher forcing, with and without a mistake")

# %% [markdown]
# This is **exposure bias**: in training only true histories were seen, and after a mistake the next one is many times as likely. The decoder has learned to use the last symbol, not as a hint at what comes,
# but as a mark of *where it is*: "I have just written a 4, so look behind the 4." Told a wrong digit, it misses its place more than once in four times. After that it is
# told the truth again here, and mostly finds back; in use nobody tells it. The usual mend is to feed the decoder some of its own symbols in training
# (**scheduled sampling**, the `sampling` of `teacher_forcing`). Another is a sense of place that does not hang on the text. Section 9 has one.
#
# ## 8. Losing the place
#
# The network was trained on strings of 3 to 7 digits. Here are twelve, and the same digit six times:

# %%
same = [string for digit in "0123456789" for string in digits.strings(
    [item for item in test_items if item.label == digit], n=6, low=6, high=6,
    rng=np.random.default_rng(int(digit)))]
sets = {"3 to 7 digits": test_strings, "6 equal digits": same, "12 digits": long_strings}


def kinds_of_errors(strings, found):
    """Missing, extra and exchanged digits, in percent of what was said."""
    pairs = zip([string.text for string in strings], texts(found), strict=True)
    kinds = [edit.kind for a, b in pairs for edit in metrics.edit_operations(a, b)]
    n = sum(len(string.text) for string in strings)
    return {name: f"{kinds.count(kind) / n:.1%}" for name, kind in (
        ("missing", "delete"), ("extra", "insert"), ("exchanged", "substitute"))}


def report(model, name):
    """Error rates and hypotheses for each set of strings, and rows for a table."""
    found = {what: spelled(model, strings) for what, strings in sets.items()}
    rates = {what: error_rate(strings, found[what]) for what, strings in sets.items()}
    rows = [{"attention": name, "strings": what, "error rate": f"{rates[what]:.1%}",
             **kinds_of_errors(strings, found[what]),
             "monotonic maps": f"{monotonic_share(found[what]):.0%}"}
            for what, strings in sets.items()]
    return found, rates, rows


content_by_set, content_rates, content_rows = report(content, "additive")
for string, said in list(zip(long_strings, texts(content_by_set["12 digits"]), strict=True))[:3]:
    print(metrics.alignment_table(string.text, said), end="\n\n")
ck.claim("additive, 12 digits: error rate", content_rates["12 digits"], above=0.12)
display.table(content_rows, title="Additive attention, read greedily")

# %% [markdown]
# **Twelve digits break it**, and equal ones trouble it. Hardly a digit is taken for another; digits are *missing*, here one and there several. The scores of equations 5 and 6 see *what* is in a place, not where the place is. The decoder can
# look for "what stands behind a four", not for "the next place"; how far it has come, only the LSTMs' memories tell, and they were trained on seven digits at most. The three texts above reach the last digit, but in fewer steps than there
# are digits: with the digits the decoder has learned *how long texts are*.
#
# (Nearly all these maps are still monotonic. That is a sign of a decoder that goes forward, and no proof that it leaves nothing out.)
#
# ## 9. Seeing where one looked last
#
# Chorowski and others (2015) let the score see the weights of the last look. Filters $\mathbf{F}$ slide over them, and what they give enters the sum:
#
# $$e_{u,t} = \mathbf{w}^\top \tanh(\mathbf{W}\mathbf{s}_u + \mathbf{V}\mathbf{h}_t + \mathbf{U}\mathbf{f}_{u,t} + \mathbf{b}), \qquad \mathbf{f}_u = \mathbf{F} * \mathbf{a}_{u-1} \tag{13}$$
#
# - $*$: convolution along the places; 16 filters of 15 places each, so that each place sees 7 places (0.7 s) to either side; $\mathbf{f}_{u,t}$: what the 16 filters give at place $t$; $\mathbf{U}$: a learned matrix (not the length $U$).
#
# A filter can say "a little to the right of the last look". This is **location-aware attention**. Before the first symbol $\mathbf{a}_0$ is 1 in the first place.

# %% include: coursekit.models.attention.LocationAttention

# %%
located, located_history = trained("location", seed=0)

# %%
located_by_set, located_rates, located_rows = report(located, "location-aware")
located_bias = {told: errors_after(located, test_strings, wrong=told != "the truth")
                for told in TOLD}
print(f"wrong in the next step after the truth {located_bias['the truth'][0]:.1%}, "
      f"after a mistake {located_bias['one wrong digit'][0]:.1%}")
ck.claim("location-aware: digit error rate, 3 to 7 digits", located_rates["3 to 7 digits"],
         below=0.04)
ck.claim("location-aware: share of monotonic maps",
         monotonic_share(located_by_set["3 to 7 digits"]), above=0.95)
ck.claim("12 digits: error rate, location-aware over additive",
         located_rates["12 digits"] / content_rates["12 digits"], below=0.6)
ck.claim("location-aware, after a mistake: wrong in the next step",
         located_bias["one wrong digit"][0], below=0.1)
pairs = list(zip([string.text for string in test_strings],
                 texts(located_by_set["3 to 7 digits"]), strict=True))
longest = max(pairs, key=lambda pair: len(pair[1]))
without = [pair for pair in pairs if pair != longest]
print(f"location-aware: {longest[1]} for {longest[0]}; error rate, 3 to 7 digits, without this "
      f"string: {metrics.cer(*map(list, zip(*without, strict=True))):.1%}")
display.table(content_rows + located_rows, title="Both, read greedily")

# %% [markdown]
# One term more in the score, and the collapse is all but gone; equal digits are no longer harder than others. The exposure bias is gone with it: this decoder keeps its place by its last look, not by its last symbol, so that a wrong
# symbol does not lead it astray. (5 mistakes in 400 after the truth, 7 after a wrong digit: such differences are chance.)
#
# On strings like those of the training it makes more mistakes than the additive decoder, nearly half of them in a single string: at the last digit it does not end, but turns back and reads the same four digits again and again, until the limit of 30
# symbols stops it. Nothing in equation 13 forbids going back. On the other strings the two are about equally good: what seeing the last look has brought is not accuracy there, but a hold in longer strings.
#
# Step through the maps of the string that the additive decoder reads worst:

# %%
worst = max(range(len(long_strings)), key=lambda i: metrics.cer(
    long_strings[i].text, texts([content_by_set["12 digits"][i]])[0]))
string = long_strings[worst]
looks = {name: (texts([found[worst]])[0], found[worst].weights.numpy())
         for name, found in (("additive", content_by_set["12 digits"]),
                             ("location-aware", located_by_set["12 digits"]))}
attention_controls.attention_explorer(example(string)[0], looks, stride=STRIDE,
                                      boundaries=string.boundaries)

# %% [markdown]
# The same without a kernel, and the sound:

# %%
fig, axes = display.subplots(1, 2, height=3.6, alt="Attention maps of a string of twelve digits. "
                             "Additive: too few looks, in the middle blurred over several "
                             "digits, each like the one before. "
                             "Location-aware: a sharp staircase of twelve steps to the end.")
for ax, (name, found) in zip(axes, (("additive", content_by_set),
                                    ("location-aware", located_by_set)),
                             strict=True):
    draw_map(found["12 digits"][worst], string, ax, name)
print(f"said           {string.text}")
for name, (word, _) in looks.items():
    print(f"{name:14s} {word}")
print("breadth of a look:  " + "   ".join(
    f"{name} {breadth(found['3 to 7 digits']):.1f}, of 12 digits {breadth(found['12 digits']):.1f}"
    for name, found in (("additive", content_by_set), ("location-aware", located_by_set))))
display.play(digit_sound.to_sound(string.features, rng=rng), sr=digit_sound.SR,
             title=f"{string.text}",
             caption="at which digit did the additive decoder lose its place?")

# %% [markdown]
# (Each map has its own scale of brightness.) In short strings a look of the additive decoder takes 4 places, in strings of twelve digits 12, nearly three digits. What it reads there is a mixture, and neither that nor the last symbol tells it
# exactly where to look next. The looks of the location-aware decoder hardly become broader.
#
# ## 10. Searching: beams, bonuses, windows
#
# Greedy reading cannot take a symbol back. A **beam search** keeps several texts and extends them all, as in chapter 07; here a text's probability is one product, so a beam needs only one number for each. Two corrections are
# usual. Each symbol makes a product smaller, so a search through many texts prefers *short* ones (question 7): a **length bonus** gives some of it back for each symbol. And a text that left parts of the sound unread should pay:
# the **coverage** bonus counts the places of the memory that got more than half a look in all (Chorowski and Jaitly, 2017).
#
# $$\operatorname{score}(\mathbf{y}) = \ln P_{\text{att}}(\mathbf{y}) + \beta\, |\mathbf{y}| + \gamma \sum_t \Bigl[\textstyle\sum_u a_{u,t} > \tfrac{1}{2}\Bigr] \tag{14}$$
#
# - $\beta$: length bonus for each of the $|\mathbf{y}|$ symbols; $\gamma$: coverage bonus; $[\cdot]$: 1 if true, else 0.
#
# In each step each text of the beam is lengthened by each symbol and by the end, and the best of all these stay. A text that has ended keeps its place, so the beam for the
# others becomes narrower by one; the search stops when no other is left. (Question 4 asks for the more thorough way, in which ended texts take no place.)

# %% include: coursekit.models.search.beam_search

# %%
settings = {"greedy": {}, "beam 4": dict(beam_size=4), "beam 16": dict(beam_size=16),
            "beam 4, length bonus 1": dict(beam_size=4, length_bonus=1.0),
            "beam 4, length bonus 2": dict(beam_size=4, length_bonus=2.0),
            "beam 4, length bonus 4": dict(beam_size=4, length_bonus=4.0),
            "beam 4, coverage bonus 1": dict(beam_size=4, coverage_bonus=1.0),
            "beam 4, coverage bonus 3": dict(beam_size=4, coverage_bonus=3.0)}
beam_rows, by_setting = [], {}
for name, how in settings.items():
    found = spelled(content, long_strings, **how)
    by_setting[name] = error_rate(long_strings, found)
    beam_rows.append({"search": name, "error rate": f"{by_setting[name]:.1%}",
                      "mean length": f"{np.mean([len(h.symbols) for h in found]):.1f}",
                      "mean log P": f"{np.mean([h.log_prob for h in found]):.2f}"})
ck.claim("error rate of beam 16 minus that of greedy reading",
         by_setting["beam 16"] - by_setting["greedy"], above=0)
ck.claim("the best of these searches: error rate", min(by_setting.values()), above=0.08)
display.table(beam_rows, title="Additive attention, 12 digits")

# %% [markdown]
# A beam finds texts that are *likelier* (last column), but no better ones: a beam of 4 makes as many mistakes as greedy reading, a beam of 16 makes
# *more*. Its texts are shorter still. The search is not to blame, the probabilities are: for this decoder texts with too few digits are
# the likeliest, and the wider the beam, the more surely it finds them. The length bonus brings digits back; too large, it also brings
# digits that nobody said. The coverage bonus does less: where looks are broad, hardly a place gets more than half a look.
# Neither shows a decoder its place.
#
# A **window** does: forbid looks more than some places ahead of the centre of the last one, or more than 2 behind it. It is a mask, so it works on any trained speller.

# %%
class Windowed:
    """A speller that may look from `back` places before the centre of its last look to `ahead`
    places after it."""

    def __init__(self, speller, *, back=2, ahead=8):
        self.speller, self.back, self.ahead = speller, back, ahead

    def start(self, memory, lengths):
        return self.speller.start(memory, lengths)

    def step(self, symbol, state):
        place = torch.arange(state.real.shape[1])
        centre = (state.weights * place).sum(dim=1, keepdim=True)
        near = (place >= centre - self.back) & (place <= centre + self.ahead)
        log_probs, new = self.speller.step(symbol, state._replace(real=state.real & near))
        return log_probs, new._replace(real=state.real)


def spelled_in_windows(model, strings, ahead):
    """Greedy reading with a window."""
    batch = train.collate([example(string) for string in strings])
    with torch.no_grad():
        memory, _, lengths = model.encode(batch.features, batch.lengths)
        speller = Windowed(model.speller, ahead=ahead)
        return search.generate(speller, memory, None, lengths, max_length=30)


by_width = {ahead: {what: error_rate(strings, spelled_in_windows(content, strings, ahead))
                    for what, strings in sets.items()} for ahead in (6, 8, 12)}
windowed = by_width[8]
ck.claim("window, 12 digits: error rate over that without",
         windowed["12 digits"] / content_rates["12 digits"], below=0.7)
display.table([{"places ahead": str(ahead)} | {what: f"{rate:.1%}" for what, rate in rates.items()}
               for ahead, rates in (by_width | {"no window": content_rates}).items()],
              title="Additive attention in a window, read greedily")

# %% [markdown]
# Eight places are 0.8 s, nearly two digits. That leaves less than a quarter of the mistakes on twelve digits. But the width has to be tuned: in six
# places there is no room for a long digit, and short strings suffer too; in twelve there is room to lose the place. There is
# a better mend, and it is in the network already.
#
# ## 11. Reading with both
#
# The CTC output on the listener can neither pass over a part of the sound nor read it twice: each of its paths goes through all frames, once. So ask it about each
# text of the beam. For a text that is not finished, CTC's probability that the text **begins with** $\mathbf{y}$ is the sum over all texts that do
# (Watanabe and others, 2017); `ctc.PrefixScorer` computes it with chapter 07's forward recursion, symbol by symbol: each new symbol adds two rows to the lattice, itself and a blank, over all frames.
#
# $$\operatorname{score}(\mathbf{y}) = (1 - \mu) \ln P_{\text{att}}(\mathbf{y}) + \mu \ln P_{\text{CTC}}(\mathbf{y} \dots) \tag{15}$$
#
# - $\mu$: the weight of CTC in reading (in chapter 07 the letter of the length bonus), from 0 (attention alone) to 1; $P_{\text{CTC}}(\mathbf{y} \dots)$: of all texts that begin with $\mathbf{y}$; of $\mathbf{y}$ itself, once the end is written.

# %%
def ctc_alone(model, strings, noise=0.0):
    """The CTC output of the same network, read greedily."""
    said = []
    for batch in in_batches(strings, noise):
        with torch.no_grad():
            _, log_probs, lengths = model.encode(batch.features, batch.lengths)
        said += ctc.greedy_decode(log_probs, lengths=lengths)
    return metrics.cer([string.text for string in strings],
                       [vocabulary.decode(ids) for ids in said])


weights = [0.0, 0.3, 0.5, 0.7, 0.9]
models = {"additive": content, "location-aware": located}
by_weight = {name: [error_rate(long_strings, spelled(model, long_strings, beam_size=4,
                                                     ctc_weight=mu))
                    for mu in weights] for name, model in models.items()}
fig, ax = display.subplots(1, 1, height=2.8, alt="Error rate on strings of twelve digits against "
                           "the weight of CTC. Additive: from 31 percent down to about one; "
                           "location-aware: from 5 percent to less than two already at the "
                           "weight 0.3. Dashed: both CTC outputs alone, between one and two.")
for (name, rates), color, start in zip(by_weight.items(), ("blue", "orange"), (0, 4), strict=True):
    color, alone = display.COLORS[color], ctc_alone(models[name], long_strings)
    ax.plot(weights, 100 * np.array(rates), "o-", color=color, label=f"{name} and CTC, beam 4")
    ax.axhline(100 * alone, linestyle=(start, (3, 5)), color=color, label=f"{name}: its CTC alone")
    print(f"{name:15s}", "  ".join(f"{mu:g}: {rate:.1%}"
                                   for mu, rate in zip(weights, rates, strict=True)),
          f"  CTC alone: {alone:.1%}")
ax.legend(fontsize=8, handlelength=3)
ax.set(title="12 digits", xlabel="Weight of CTC in reading, μ", ylabel="Digit error rate (%)",
       ylim=(0, None))
ck.claim("12 digits, additive: error rate with CTC's weight 0.9 over that without CTC",
         by_weight["additive"][-1] / by_weight["additive"][0], below=0.3)

# %% [markdown]
# CTC keeps the additive decoder in its place, the better the larger its weight. On strings of twelve the CTC output alone is as good as any of these. Where *both*
# are fit, they need not fail at the same digits, and together they can fail less often than either. That shows best where there are mistakes
# enough to count: on a **bad line**, with noise of 1.2 standard deviations on every feature. The location-aware network, read in three ways, with equal weights ($\mu = 0.5$, not tuned):

# %%
BAD = 1.2
conditions = {"3 to 7 digits": (test_strings, 0.0), "3 to 7, bad line": (test_strings, BAD),
              "12 digits": (long_strings, 0.0)}
readings = {"attention alone, greedy": {}, "CTC alone, greedy": {}, "both, beam 4": {}}
for what, (strings, noise) in conditions.items():
    readings["attention alone, greedy"][what] = error_rate(
        strings, spelled(located, strings, noise=noise))
    readings["CTC alone, greedy"][what] = ctc_alone(located, strings, noise)
    readings["both, beam 4"][what] = error_rate(
        strings, spelled(located, strings, noise=noise, beam_size=4, ctc_weight=0.5))
attention_bad, ctc_bad, both_bad = (row["3 to 7, bad line"] for row in readings.values())
ck.claim("both, 3 to 7 digits: error rate", readings["both, beam 4"]["3 to 7 digits"], below=0.03)
ck.claim("both, 12 digits: error rate", readings["both, beam 4"]["12 digits"], below=0.08)
ck.claim("bad line: both over the better of the two", both_bad / min(attention_bad, ctc_bad),
         below=0.97)
display.table([{"reading": name} | {what: f"{rate:.2%}" for what, rate in row.items()}
               for name, row in readings.items()], title="Digit error rate, one network")

# %% [markdown]
# On the bad line the two together make a tenth fewer mistakes than the better of them; on the clean strings they do about as well as CTC alone. ESPnet, for one, trains and reads with both.
#
# ## 12. What goes wrong
#
# **Attention over the batch.** `torch.nn.MultiheadAttention` wants time first, unless it is told `batch_first=True`. Given `(batch, time, width)` it attends from each utterance to *all of the batch*, frame by frame. The shapes
# fit whenever queries and memory are equally long, as in every self-attention, and the loss may even fall. The test is the one of chapter 07: is the answer the same in other company?

# %%
with train.seeded(0):
    batch_first = torch.nn.MultiheadAttention(16, 2, batch_first=True).eval()
    time_first = torch.nn.MultiheadAttention(16, 2).eval()
    time_first.load_state_dict(batch_first.state_dict())
    memory = torch.randn(4, 20, 16)
    others = torch.randn(3, 20, 16)
company = torch.cat([memory[:1], others])  # the first utterance in other company
for name, attention in (("batch_first", batch_first), ("time first", time_first)):
    with torch.no_grad():
        answer, weights = attention(memory, memory, memory)
        other, _ = attention(company, company, company)
    difference = float((answer[0] - other[0]).abs().max())
    print(f"{name:12s} weights {tuple(weights.shape)}; in other company the first answer "
          f"changes by {difference:.3f}")
    limit = dict(below=1e-6) if name == "batch_first" else dict(above=0.01)
    ck.claim(f"{name}: change in other company", difference, **limit)

# %% [markdown]
# The shape of the weights gives it away: 4 × 20 × 20 is a map for each utterance; 20 × 4 × 4 is a map of the batch for each frame.
#
# **A decoder that never reads what it wrote.** A published "attention model" for speech has a second LSTM, named decoder, that runs over the *encoder's frames*, attention beside it, and an output in each frame. Whatever it is called, it answers
# in each frame, independently given the sound: it is the network of section 1, without CTC's sum. It cannot tell `11` or `77` from `17`, needs a text as long as the sound, and has no end to learn. How to
# notice: its output has as many rows as there are frames, and no symbol goes *into* it.

# %%
class NoDecoder(torch.nn.Module):
    """The fault: a "decoder" along the frames."""

    def __init__(self, width=16):
        super().__init__()
        self.decoder = torch.nn.LSTM(width, width, batch_first=True)
        self.attention = torch.nn.MultiheadAttention(width, 2, batch_first=True)
        self.out = torch.nn.Linear(2 * width, 11)

    def forward(self, memory):
        states, _ = self.decoder(memory)
        context, _ = self.attention(states, memory, memory)
        return self.out(torch.cat([states, context], dim=2))


answers = NoDecoder()(memory)
print(f"NoDecoder: {tuple(answers.shape)}, for 4 utterances of 20 frames, whatever their texts; "
      f"the speller: {tuple(log_probs.shape)}, for texts of 4 and 2 symbols and their ends")
ck.claim("answers of NoDecoder for each frame", answers.shape[1] / memory.shape[1], near=(1, 0))

# %% [markdown]
# (The same publication made the attention twice as wide as the decoder, because the encoder was bidirectional. Learned matrices for query and key, equations 5 and 6, are there so that the widths need not agree.)
#
# **Padding that is looked at.** Without the mask the softmax gives padding its share, and the more of it, the longer the neighbours in
# the batch are. In training, where strings of like length share a batch, there is little padding, and nobody notices.

# %%
def first_digit(model, string, n_padding, *, masked):
    """Probability of the right first digit, with some padding behind the sound."""
    x = torch.from_numpy(example(string)[0]).float()[None]
    with torch.no_grad():
        memory, _, lengths = model.encode(x, torch.tensor([x.shape[1]]))
        memory = functional.pad(memory, (0, 0, 0, n_padding))
        real_places = lengths if masked else lengths + n_padding
        first = vocabulary.encode(string.text[:1])
        log_probs, _ = teacher_forcing(model.speller, memory, real_places,
                                       torch.from_numpy(first)[None])
    return log_probs[0, 0, first[0]].exp().item()


paddings = [0, 20, 50, 100, 200]
rows = [{"padding (places)": n} | {
    name: first_digit(content, test_strings[chosen], n, masked=name == "masked")
    for name in ("masked", "not masked")} for n in paddings]
ck.compare([row["masked"] for row in rows], [rows[0]["masked"]] * 5, rtol=1e-5,
           title="with the mask: the same, whatever follows")
display.table(rows, title="Additive attention: probability of the right first digit")

# %% [markdown]
# ## 13. Results
#
# Strings of the test, one run, nothing tuned on them but the window (8 places ahead). The baseline, CTC alone, is the CTC output of the location-aware network. The bad line was
# measured only in section 11. (Chapter 07's network, which keeps all frames, has read the same 400 strings of 3 to 7 digits. Differences of a few tenths of a percent are chance.)

# %%
final = {"CTC alone": readings["CTC alone, greedy"],
         "additive attention, greedy": content_rates,
         "additive attention, window": windowed,
         "location-aware, greedy": readings["attention alone, greedy"],
         "location-aware and CTC": readings["both, beam 4"]}
ck.claim("12 digits: additive attention alone over location-aware with CTC",
         content_rates["12 digits"] / readings["both, beam 4"]["12 digits"], above=3)
display.table([{"system": name} | {what: f"{row[what]:.2%}" if what in row else ""
                                   for what in conditions}
               for name, row in final.items()], title="Digit error rate")

# %% [markdown]
# ## Recap
#
# 1. A decoder writes symbol by symbol and reads what it wrote; attention tells it, for each symbol, where to look: scores, softmax, mean.
# 2. Teacher forcing trains all steps at once. Its price is exposure bias: if the decoder tells by the last symbol where it is, one mistake makes the next many times as likely.
# 3. An attention map shows what the network does. On strings like those of the training it is a staircase; on longer ones it blurs, and digits go missing.
# 4. A beam and bonuses do little for a decoder that has lost its place; seeing its last look mends that, and so does CTC.
# 5. Attention knows what was written; CTC goes through the sound once, from left to right. Read together they were about as good as the better of the two, and better than either on the bad line.
#
# **Answer to the opening question.** The network listens first, keeps the whole sound as a memory, and for each symbol reads from the
# places that fit what it has written before. In strings longer than those of its training it loses its place and leaves
# digits out. Two things hold it: a score that sees where it looked last, and a CTC output, whose every path goes through the whole sound.
#
# ## Going further
#
# - Dzmitry Bahdanau, Kyunghyun Cho and Yoshua Bengio, "Neural machine translation by jointly learning to align and translate", *ICLR*, 2015.
# - Jan Chorowski, Dzmitry Bahdanau, Dmitriy Serdyuk, Kyunghyun Cho and Yoshua Bengio, "Attention-based models for speech recognition", *NeurIPS*, 2015.
# - William Chan, Navdeep Jaitly, Quoc Le and Oriol Vinyals, "Listen, attend and spell", *ICASSP*, 2016.
# - Christian Szegedy, Vincent Vanhoucke, Sergey Ioffe, Jonathon Shlens and Zbigniew Wojna, "Rethinking the inception architecture for computer vision", *CVPR*, 2016.
# - Samy Bengio, Oriol Vinyals, Navdeep Jaitly and Noam Shazeer, "Scheduled sampling for sequence prediction with recurrent neural networks", *NeurIPS*, 2015.
# - Jan Chorowski and Navdeep Jaitly, "Towards better decoding and language model integration in sequence to sequence models", *Interspeech*, 2017.
# - Suyoun Kim, Takaaki Hori and Shinji Watanabe, "Joint CTC-attention based end-to-end speech recognition using multi-task learning", *ICASSP*, 2017.
# - Shinji Watanabe, Takaaki Hori, Suyoun Kim, John Hershey and Tomoki Hayashi, "Hybrid CTC/attention architecture for end-to-end speech recognition", *IEEE Journal of Selected Topics in Signal Processing*, 2017.
#
# Now do the exercises: [exercises/08_attention.ipynb](../exercises/08_attention.ipynb). The LSTMs here go frame by frame or symbol by symbol,
# and no step can begin before the last has ended. Chapter 09 lets every frame look at every other, by attention alone.
