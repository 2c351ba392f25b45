"""Questions of chapter 08. Truth comes from torch's own attention, from trying every text, and from real digits."""

import functools
import itertools
import math

import numpy as np
import torch
from torch.nn import functional

from coursekit import data, digits, train
from coursekit.question import Case, Mutant, Question, choice, close, exact, threshold

# --- 1: a soft look-up ---------------------------------------------------------------------------------------


def read_cases(rng):
    return [Case(np.array([0.0, 0.0, math.log(2)]), np.array([[4.0, 0.0], [0.0, 4.0], [2.0, 2.0]])),
            Case(rng.normal(0, 2, 6), rng.normal(0, 1, (6, 3))),
            Case(rng.normal(-3, 1, 20), rng.normal(1, 2, (20, 5))),
            Case(1000 + rng.normal(0, 1, 8), rng.normal(0, 1, (8, 4))),  # e^1000 is more than a float holds
            # Here e^(score - mean) and e^(score - smallest) are, too.
            Case(np.concatenate([rng.normal(0, 1, 6), 1000 + rng.normal(0, 1, 2)]), rng.normal(0, 1, (8, 4)))]


def torch_read(scores, memory):
    """torch's attention, with one query whose dot products with made keys are the scores."""
    query, keys = torch.ones(1, 1, dtype=torch.float64), torch.from_numpy(scores)[:, None]
    return functional.scaled_dot_product_attention(query, keys, torch.from_numpy(memory), scale=1.0)[0].numpy()


def softmax(scores, axis=-1):
    shifted = np.exp(scores - np.max(scores, axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def overflowing(scores, memory):
    with np.errstate(all="ignore"):
        weights = np.exp(scores)
        return weights / weights.sum() @ memory


# --- 2: teacher forcing --------------------------------------------------------------------------------------


def shift_cases(rng):
    return [Case([3, 1, 4]), Case([7]), Case([5, 5, 5, 2]), Case([int(n) for n in rng.integers(1, 11, size=12)])]


def shifted(target):
    """As torch pads: one place in front, one behind."""
    ids = torch.tensor(target)
    return [functional.pad(ids, (1, 0)).tolist(), functional.pad(ids, (0, 1)).tolist()]


# --- 3: additive attention -----------------------------------------------------------------------------------


def additive_cases(rng):
    """In each row and each column some frames are real and some are not: no mask, even a wrong one, hides all."""
    def case(d_s, d_h, d, *rows, size=1.0, low=False):
        real = np.array([[letter == "r" for letter in row] for row in rows])
        return Case(size * rng.normal(0, 1, (len(real), d_s)), size * rng.normal(0, 1, (*real.shape, d_h)),
                    W=rng.normal(0, 1, (d, d_s)), V=rng.normal(0, 1, (d, d_h)),
                    b=rng.normal(2 * low, 1 - 0.8 * low, d),
                    w=-rng.uniform(8, 16, d) if low else rng.normal(0, 1, d), real=real)

    return [case(2, 2, 2, "rr-", "--r"), case(3, 3, 4, "rrr--", "-rrrr", "r----"),
            case(6, 6, 5, "rrrrrr---", "---rrrrrr", "-r--r--r-", size=2.0),
            case(4, 3, 6, "rr--", "-r-r", "--rr", size=0.3, low=True)]  # a score of -30 hides nothing here


def torch_additive(s, h, *, W, V, b, w, real):
    """One sequence at a time, its real frames alone: nothing to mask."""
    rows = []
    for query, memory, kept in zip(s, h, real, strict=True):
        state = functional.linear(torch.from_numpy(query), torch.from_numpy(W), torch.from_numpy(b))
        hidden = torch.tanh(state + functional.linear(torch.from_numpy(memory[kept]), torch.from_numpy(V)))
        row = np.zeros(len(memory))
        row[kept] = functional.linear(hidden, torch.from_numpy(w)[None])[:, 0].softmax(dim=0).numpy()
        rows.append(row)
    return np.array(rows)


def additive(s, h, *, W, V, b, w, real, bend=np.tanh, mask=None, join=None, normal=softmax):
    """Equations 3 and 6, whose parts can be replaced by wrong ones."""
    hidden = bend(join(s @ W.T, h @ V.T, b) if join else (s @ W.T)[:, None] + h @ V.T + b)
    scores = hidden @ w
    scores = mask(scores, real) if mask else np.where(real, scores, -np.inf)
    with np.errstate(all="ignore"):
        return normal(scores)


# --- 4: beam search ------------------------------------------------------------------------------------------


def table_model(rng, *, n_classes, sharp, end):
    """next_log_probs(text) of a made decoder that knows the last two symbols; drawn once, then fixed."""
    table = {}
    last_two = [context for n in range(3) for context in itertools.product(range(1, n_classes), repeat=n)]
    for context in last_two:
        logits = sharp * rng.standard_normal(n_classes)
        logits[0] = end
        table[context] = torch.from_numpy(logits).log_softmax(0).numpy()
    return lambda text: table[tuple(text)[-2:]].copy()


def best_of_all(next_log_probs, *, max_length, length_bonus, n_classes):
    """The best text of all that there are, by trying them."""
    best, best_score = None, -np.inf
    for n in range(max_length + 1):
        for text in itertools.product(range(1, n_classes), repeat=n):
            log_p = sum(next_log_probs(text[:i])[symbol] for i, symbol in enumerate((*text, 0)))
            if log_p + length_bonus * n > best_score:
                best, best_score = list(text), log_p + length_bonus * n
    return best


# A decoder that a greedy reader fails with: "2" looks worse at first, and is followed by certainty.
TRAP = {(): [0.05, 0.55, 0.40], (1,): [0.34, 0.33, 0.33], (2,): [0.02, 0.96, 0.02], (2, 1): [0.98, 0.01, 0.01]}


def trap(text):
    return np.log(TRAP.get(tuple(text), [0.8, 0.1, 0.1]))


def beam_cases(rng):
    cases = [Case(trap, beam_size=2, max_length=4, length_bonus=0.0)]
    for n_classes, sharp, end, bonus, max_length in ((3, 1.0, 0.5, 0.3, 5), (4, 1.5, 0.0, 0.8, 4)):
        model = table_model(rng, n_classes=n_classes, sharp=sharp, end=end)
        truth = best_of_all(model, max_length=max_length, length_bonus=bonus, n_classes=n_classes)
        cases.append(Case(model, beam_size=n_classes**max_length, max_length=max_length, length_bonus=bonus,
                          truth=truth))  # a beam that holds everything
    for number in range(24):  # a narrow beam: many, so that each mistake meets one that shows it
        model = table_model(rng, n_classes=5, sharp=1.2, end=0.3 if number % 2 else -1.0)
        cases.append(Case(model, beam_size=2 + number % 3, max_length=6, length_bonus=(0.0, 0.9, 1.5)[number % 3]))
    return cases


def beam(next_log_probs, *, beam_size, max_length, length_bonus, add=lambda total, log_p: total + log_p,
         final=None, each=False, count_end=True, sign=-1):
    """The search of the statement, whose parts can be replaced by wrong ones."""
    final = final or (lambda log_p, n: log_p + length_bonus * n)
    going, ended = [((), 0.0)], []
    for step in range(max_length + 1):
        grown = []
        for text, total in going:
            log_probs = next_log_probs(text)
            ended.append((text, add(total, log_probs[0]) if count_end else total))
            longer = [((*text, k), add(total, log_probs[k])) for k in range(1, len(log_probs))]
            grown += sorted(longer, key=lambda pair: -pair[1])[:beam_size] if each else longer
        if step == max_length:
            break
        going = sorted(grown, key=lambda pair: sign * pair[1])
        going = going if each else going[:beam_size]
    return list(max(ended, key=lambda pair: final(pair[1], len(pair[0])))[0])


def levels(next_log_probs, *, beam_size, max_length, length_bonus):
    """The oracle for narrow beams: arrays of all continuations, one level of the tree after the other."""
    texts, totals, best = np.zeros((1, 0), dtype=int), np.zeros(1), (-np.inf, None)
    for n in range(max_length + 1):
        log_probs = np.array([next_log_probs(tuple(int(k) for k in text)) for text in texts])
        scores = totals + log_probs[:, 0] + length_bonus * n
        if scores.max() > best[0]:
            best = scores.max(), texts[scores.argmax()].tolist()
        flat = (totals[:, None] + log_probs[:, 1:]).ravel()
        kept = np.argsort(-flat, kind="stable")[:beam_size]
        rows, symbols = np.divmod(kept, log_probs.shape[1] - 1)
        texts, totals = np.column_stack([texts[rows], symbols + 1]), flat[kept]
    return best[1]


def greedy(next_log_probs, *, beam_size, max_length, length_bonus):
    text = []
    while len(text) < max_length:
        k = int(np.argmax(next_log_probs(tuple(text))))
        if k == 0:
            break
        text.append(k)
    return text


def likeliest_unended(next_log_probs, *, beam_size, max_length, length_bonus):
    """The best text of full length, as if no text could end before."""
    going = [((), 0.0)]
    for _ in range(max_length):
        grown = [((*text, k), total + p) for text, total in going
                 for k, p in enumerate(next_log_probs(text)) if k > 0]
        going = sorted(grown, key=lambda pair: -pair[1])[:beam_size]
    return list(going[0][0])


def competing(next_log_probs, *, beam_size, max_length, length_bonus, held=True):
    """Ended texts take places of the beam; with `held` they keep them, without it they leave in the next step."""
    going, ended = [((), 0.0)], []
    for _ in range(max_length + 1):
        grown = []
        for text, total in going:
            if text[-1:] == (0,):
                grown += [(text, total)] if held else []
                continue
            log_probs = next_log_probs(text)
            grown += [((*text, k), total + log_probs[k]) for k in range(len(log_probs))
                      if k == 0 or len(text) < max_length]
        going = sorted(grown, key=lambda pair: -pair[1])[:beam_size]
        at_end = [pair for pair in going if pair[0][-1] == 0]
        ended = at_end if held else ended + at_end
    if not ended:
        return []
    return list(max(ended, key=lambda pair: pair[1] + length_bonus * (len(pair[0]) - 1))[0][:-1])


def stopping_early(next_log_probs, *, beam_size, max_length, length_bonus):
    """Stops as soon as beam_size texts have ended."""
    texts = 0
    for n in range(max_length + 1):
        texts += min(beam_size, (len(next_log_probs(())) - 1) ** n)
        if texts >= beam_size:
            break
    return levels(next_log_probs, beam_size=beam_size, max_length=n, length_bonus=length_bonus)


def last_end_free(next_log_probs, *, beam_size, max_length, length_bonus):
    """Texts of full length stop without an end."""
    def free(text):
        log_probs = next_log_probs(text)
        if len(text) == max_length:
            log_probs[0] = 0.0
        return log_probs

    return levels(free, beam_size=beam_size, max_length=max_length, length_bonus=length_bonus)


# --- 5: bug clinic -------------------------------------------------------------------------------------------


def torch_attention(rng, width, heads, batch_first):
    with train.seeded(int(rng.integers(2**31))):
        attention = torch.nn.MultiheadAttention(width, heads, batch_first=batch_first).double().eval()
        torch.nn.init.normal_(attention.in_proj_bias)
    return attention.requires_grad_(False)


def clinic_cases(rng):
    """As many symbols as frames: torch has no reason to complain. Padding in each row: no mask, even a wrong one, hides
    all."""
    cases = []
    for batch, n, width, lengths in ((2, 4, 4, [3, 2]), (3, 6, 8, [5, 1, 4]), (4, 5, 8, [4, 2, 3, 4])):
        attention = torch_attention(rng, width, 2, batch_first=False)
        queries, memory = (torch.from_numpy(rng.standard_normal((batch, n, width))) for _ in range(2))
        cases.append(Case(attention, queries, memory, torch.arange(n) < torch.tensor(lengths)[:, None]))
    return cases


def batch_first_truth(attention, queries, memory, real):
    """The same weights in a module made with batch_first=True, each utterance alone and cut to its real frames."""
    other = torch.nn.MultiheadAttention(attention.embed_dim, attention.num_heads, batch_first=True).double().eval()
    other.load_state_dict(attention.state_dict())
    rows = [other(queries[i : i + 1], memory[i : i + 1, : int(n)], memory[i : i + 1, : int(n)])[0]
            for i, n in enumerate(real.sum(dim=1))]
    return torch.cat(rows).detach().numpy()


def attended(attention, queries, memory, real, *, mask="right", turn=True, back=True, values=None, part=0):
    """The mended function, whose parts can be replaced by wrong ones."""
    values = memory if values is None else values
    if turn:
        queries, memory, values = (x.transpose(0, 1) for x in (queries, memory, values))
    ignore = {"right": ~real, "inverted": real, "none": None}[mask]
    answer = attention(queries, memory, values, key_padding_mask=ignore)[part]
    return answer.transpose(0, 1) if back and turn and part == 0 else answer


def reshaped(attention, queries, memory, real):
    """reshape in place of transpose: the shape is right, the frames are in the wrong places."""
    q, m = (x.reshape(x.shape[1], x.shape[0], x.shape[2]) for x in (queries, memory))
    return attention(q, m, m, key_padding_mask=~real)[0].reshape(queries.shape)


# --- 6: experiment: attention without training ---------------------------------------------------------------

N_MEMORY, N_QUERIES = 600, 200


@functools.cache
def spoken():
    """Digits as vectors of 104 numbers: 13 features, each the mean over eight parts of the digit, not scaled."""
    train_items, test_items = digits.split(data.load("digits", quiet=True))

    def vectors(items):
        return np.array([np.concatenate([part.mean(axis=0) for part in _eight_parts(item.features)])
                         for item in items])

    memory, queries = train_items[:N_MEMORY], test_items[:N_QUERIES]
    return (vectors(queries), vectors(memory), np.eye(10)[[int(item.label) for item in memory]],
            np.array([int(item.label) for item in queries]))


def _eight_parts(x):
    edges = np.linspace(0, len(x), 9)
    return [x[int(a) : max(int(np.ceil(b)), int(a) + 1)] for a, b in itertools.pairwise(edges)]


def lookup_cases(rng):
    queries, keys, values, labels = spoken()
    order = rng.permutation(N_MEMORY)
    return [Case(queries, keys[order], values[order], truth=labels)]


def share_right(answer, truth):
    answer = np.asarray(answer, dtype=float)
    if answer.shape != (len(truth), 10):
        raise ValueError(f"an array of shape ({len(truth)}, 10) is wanted, a row of ten numbers for each query; got "
                         f"{answer.shape}")
    if not np.all(np.isfinite(answer)):
        raise ValueError("the answer holds NaN: an exponential overflowed, or all of a row were 0. Subtract the "
                         "largest score of each row before the exponential")
    if answer.min() < -1e-6 or np.abs(answer.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("each row must be a weighted mean of the values: ten numbers, none below 0, that sum to 1")
    return float(np.mean(answer.argmax(axis=1) == truth))


def looked_up(queries, keys, values, *, scores):
    with np.errstate(all="ignore"):
        return softmax(scores(queries, keys), axis=1) @ values


def dots(queries, keys):
    return queries @ keys.T


def cosines(queries, keys):
    return dots(queries, keys) / np.linalg.norm(queries, axis=1)[:, None] / np.linalg.norm(keys, axis=1)


def standardised(queries, keys):
    return tuple((x - keys.mean(axis=0)) / keys.std(axis=0) for x in (queries, keys))


# --- 7: prediction -------------------------------------------------------------------------------------------


def digits_found():
    """How many digits the best text has, with a beam that loses nothing: by trying every text."""
    def next_log_probs(text):
        return np.log([0.2, 0.5, 0.3] if len(text) < 6 else [1.0, 1e-300, 1e-300])

    return str(len(best_of_all(next_log_probs, max_length=6, length_bonus=0.0, n_classes=3)))


def stable(f):
    """The same mistake, but with a softmax that does not overflow: the scores of a learner may be large."""
    return lambda scores, memory: f(scores - np.max(scores), memory)


QUESTIONS = [
    Question(
        id="08.read", title="A soft look-up", points=1, kind="warmup", name="read",
        cases=read_cases, oracle=torch_read, compare=close(1e-10),
        hints=("Two steps: the scores become weights that sum to 1; then the mean of the rows of memory under them.",
               "weights = exp(scores) / sum of exp(scores). e^1000 is more than a float holds: what happens to the "
               "weights if the same number is subtracted from all scores first?",
               "e = np.exp(scores - scores.max()); weights = e / e.sum(); return weights @ memory"),
        mutants=(
            Mutant("the mean subtracted", lambda scores, memory: overflowing(scores - scores.mean(), memory),
                   "Something is subtracted, but not enough: a score may lie more than 710 above the mean or the "
                   "smallest, and then the exponential overflows. Subtract the largest score."),
            Mutant("overflow", overflowing,
                   "The number e^1000 is infinite, and infinity over infinity is NaN. Subtract the largest score "
                   "first: the weights stay the same."),
            Mutant("the scores as weights", lambda scores, memory: scores @ memory,
                   "The scores were used as weights. They may be negative and sum to anything: take their softmax."),
            Mutant("divided by the sum", lambda scores, memory: scores / scores.sum() @ memory,
                   "The scores were divided by their sum. Without the exponential a negative score becomes a negative "
                   "weight."),
            Mutant("not divided by the sum", stable(lambda scores, memory: np.exp(scores) @ memory),
                   "The weights do not sum to 1: divide the exponentials by their sum."),
            Mutant("the largest alone", lambda scores, memory: memory[np.argmax(scores)],
                   "That is the row with the largest score alone. A soft look-up takes a little of each."),
            Mutant("plain mean", lambda scores, memory: memory.mean(axis=0),
                   "All rows count alike here; the scores are not used."),
            Mutant("the weights", lambda scores, memory: softmax(scores),
                   "These are the weights. What is wanted is what is read: the mean of memory under them."),
            Mutant("divided by n", lambda scores, memory: softmax(scores) @ memory / len(scores),
                   "Divided by the number of rows: the weights sum to 1 already."),
            Mutant("sigmoid", lambda scores, memory: 1 / (1 + np.exp(-scores)) @ memory,
                   "A sigmoid judges each row by itself, and the weights do not sum to 1. Take the softmax."),
            Mutant("scaled", lambda scores, memory: softmax(scores / np.sqrt(memory.shape[1])) @ memory,
                   "The scores were divided by the root of the width. They are given: take them as they are."),
            Mutant("the weighted rows", lambda scores, memory: softmax(scores)[:, None] * memory,
                   "These are the weighted rows. Add them up: one vector is wanted."))),
    Question(
        id="08.shift", title="What the decoder sees, what it should write", points=1, kind="warmup",
        name="teacher_forcing", cases=shift_cases, oracle=shifted, compare=exact(),
        hints=("How many steps does it take to write three digits and the end?",
               "In step u the decoder sees digit u - 1, in the first the start; it should write digit u, in the last "
               "step the end.",
               "return [0, *target], [*target, 0]"),
        mutants=(
            Mutant("not shifted", lambda target: [list(target), list(target)],
                   "The decoder sees what it should write, and learns to copy it. The wanted symbol is one place "
                   "ahead."),
            Mutant("exchanged", lambda target: shifted(target)[::-1],
                   "The two are exchanged: first what the decoder sees, then what it should write."),
            Mutant("no end", lambda target: [[0, *target[:-1]], list(target)],
                   "Nobody teaches this decoder to stop: after the last digit the end (0) is wanted."),
            Mutant("no start", lambda target: [list(target), [*target[1:], 0]],
                   "Before the first digit nothing is known: the decoder sees the start (0), and should write the "
                   "first digit."),
            Mutant("end seen", lambda target: [[0, *target, 0], [*target, 0, 0]],
                   "One step too many: once the end is written, nothing follows."),
            Mutant("start and end in both", lambda target: [[0, *target, 0], [0, *target, 0]],
                   "Both have the start and the end, and none is shifted: the decoder sees what it should write."),
            Mutant("the end seen alone", lambda target: [[0, *target, 0], [*target, 0]],
                   "The two differ in length: once the end is written, nothing follows, so the decoder never sees it."),
            Mutant("no start, but the end", lambda target: [list(target), [*target, 0]],
                   "The two differ in length: in the first step the decoder sees the start (0)."),
            Mutant("the last digit not seen", lambda target: [[0, *target[:-1]], [*target, 0]],
                   "The two differ in length: before it writes the end, the decoder sees the last digit."),
            Mutant("the start is wanted", lambda target: [list(target), [0, *target[:-1]]],
                   "The shift goes the wrong way: the decoder would have to write what came before."))),
    Question(
        id="08.additive", title="Additive attention over real frames", points=2, kind="core", name="attention_weights",
        cases=additive_cases, oracle=torch_additive, compare=close(1e-10),
        forbidden=("coursekit.models.attention.AdditiveAttention",),
        hints=("First all scores, shape (batch, frames); then no score for padding; then the softmax along the frames.",
               "s @ W.T has shape (batch, d), h @ V.T (batch, frames, d). Put an axis into the first, [:, None], and "
               "add.",
               "scores = np.tanh((s @ W.T)[:, None] + h @ V.T + b) @ w; scores = np.where(real, scores, -np.inf); then "
               "exp(scores - max) over its sum, along axis 1 with keepdims=True"),
        mutants=(
            Mutant("no mask", lambda s, h, **how: additive(s, h, **how, mask=lambda scores, real: scores),
                   "Padding gets weight: the answer would depend on how long the other sequences of the batch are. "
                   "Give it the score -inf."),
            Mutant("mask inverted", lambda s, h, **how: additive(
                   s, h, **how, mask=lambda scores, real: np.where(real, -np.inf, scores)),
                   "Weights lie on the padding, and none on the frames: real is True where attention may look."),
            Mutant("scores of -30", lambda s, h, **how: additive(
                   s, h, **how, mask=lambda scores, real: np.where(real, scores, -30.0)),
                   "The padding has a low score; but real scores may be as low, and then it gets weight. Give it "
                   "-inf."),
            Mutant("scores of 0", lambda s, h, **how: additive(
                   s, h, **how, mask=lambda scores, real: np.where(real, scores, 0.0)),
                   "Padding has the score 0, and e^0 is 1, not 0. Give it -inf."),
            Mutant("real frames counted", lambda s, h, **how: additive(
                   s, h, **how | {"real": np.arange(h.shape[1]) < how["real"].sum(axis=1, keepdims=True)}),
                   "As many frames as are real get weight, but the first ones. Real frames may stand anywhere: use "
                   "`real` itself as the mask."),
            Mutant("scores times the mask", lambda s, h, **how: additive(
                   s, h, **how, mask=lambda scores, real: scores * real, normal=lambda x: softmax(x) * how["real"]),
                   "The mask multiplies scores and weights, and the weights of the real frames no longer sum to 1. Put "
                   "-inf into the scores instead."),
            Mutant("masked after the softmax", lambda s, h, **how: additive(
                   s, h, **how, mask=lambda scores, real: scores, normal=lambda x: softmax(x) * how["real"]),
                   "Masked after the softmax: the weights of the real frames no longer sum to 1. Mask the scores."),
            Mutant("softmax along the batch", lambda s, h, **how: additive(
                   s, h, **how, normal=lambda x: softmax(x, axis=0)),
                   "The softmax runs over the sequences of the batch. Each sequence has its own: along axis 1."),
            Mutant("softmax over everything", lambda s, h, **how: additive(
                   s, h, **how, normal=lambda x: softmax(x, axis=None)),
                   "All weights of the batch sum to 1 together. Each row must: along axis 1."),
            Mutant("no tanh", lambda s, h, **how: additive(s, h, **how, bend=lambda x: x),
                   "Without the tanh the state s adds the same to each score, and the softmax removes it: the decoder "
                   "would always look at the same place."),
            Mutant("ReLU", lambda s, h, **how: additive(s, h, **how, bend=lambda x: np.maximum(x, 0)),
                   "A ReLU bends here; equation 6 has a tanh."),
            Mutant("sigmoid", lambda s, h, **how: additive(s, h, **how, bend=lambda x: 1 / (1 + np.exp(-x))),
                   "A sigmoid bends here; equation 6 has a tanh."),
            Mutant("no b", lambda s, h, **how: additive(s, h, **how | {"b": 0 * how["b"]}),
                   "The b is missing. It stands inside the tanh; outside it would add the same to each score, and do "
                   "nothing."),
            Mutant("no state", lambda s, h, **how: additive(0 * s, h, **how),
                   "The state s is not used: the decoder would look at the same place for each symbol."),
            Mutant("scaled", lambda s, h, **how: additive(
                   s, h, **how, mask=lambda scores, real: np.where(real, scores / np.sqrt(len(how["w"])), -np.inf)),
                   "Divided by the root of d: that belongs to dot products (equation 5)."),
            Mutant("product", lambda s, h, **how: additive(s, h, **how, join=lambda q, k, b: q[:, None] * k + b),
                   "State and frame were multiplied. Additive attention adds them inside the tanh."),
            Mutant("not divided by the sum", lambda s, h, **how: additive(s, h, **how, normal=np.exp),
                   "The weights of a row do not sum to 1: divide by their sum, along axis 1."),
            Mutant("the scores", lambda s, h, **how: additive(
                   s, h, **how, mask=lambda scores, real: scores, normal=lambda x: x),
                   "These are the scores, before mask and softmax."))),
    Question(
        id="08.beam", title="Beam search with a length bonus", points=3, kind="core", name="beam_search",
        cases=beam_cases, oracle=levels, compare=exact(),
        forbidden=("coursekit.models.search.beam_search",),
        hints=("Keep a list of (text, sum of log probabilities), at first [((), 0.0)]. What can become of each text "
               "in a step?",
               "In each step: each text may end, then it goes with its score to `ended`; or it goes on with each "
               "symbol k >= 1. Of all that go on, from all texts together, keep the beam_size with the largest sums.",
               "for _ in range(max_length + 1): for text, total in going: log_p = next_log_probs(text); "
               "ended.append((text, total + log_p[0] + length_bonus * len(text))); grown += [((*text, k), total + "
               "log_p[k]) for k in range(1, len(log_p))]; then going = sorted(grown, key=..., "
               "reverse=True)[:beam_size]"),
        mutants=(
            Mutant("greedy", greedy,
                   "That is the likeliest symbol in each step. A text that looks worse now may be better in the end: "
                   "keep beam_size of them."),
            Mutant("no length bonus", lambda f, **how: levels(f, **how | {"length_bonus": 0.0}),
                   "The length bonus is missing: compare texts that have ended by their score."),
            Mutant("divided by the length", lambda f, **how: beam(
                   f, **how, final=lambda log_p, n: log_p / (n + 1)),
                   "The log probability was divided by the length. Here each symbol gets length_bonus."),
            Mutant("bonus subtracted", lambda f, **how: levels(f, **how | {"length_bonus": -how["length_bonus"]}),
                   "The bonus makes longer texts worse here: add it."),
            Mutant("bonus squared in n", lambda f, **how: beam(
                   f, **how, final=lambda log_p, n: log_p + how["length_bonus"] * n * (n + 1) / 2),
                   "The bonus was added in each step and again to the sum: each symbol gets it once."),
            Mutant("the last end is free", last_end_free,
                   "A text of max_length symbols can only end; but that it ends has a log probability there, too: add "
                   "it."),
            Mutant("the end is free", lambda f, **how: beam(f, **how, count_end=False),
                   "That a text ends has a probability, too: add its log probability, column 0."),
            Mutant("the end needs a place", functools.partial(competing, held=False),
                   "A text ends here only if its end is among the beam_size likeliest continuations. Each text of the "
                   "beam may end; only the lengthened ones compete."),
            Mutant("ended texts keep places", competing,
                   "Texts that have ended take places in the beam. Set them aside: all places are for texts that go "
                   "on."),
            Mutant("stops early", stopping_early,
                   "It stops as soon as beam_size texts have ended. A longer text may still be better: go on to "
                   "max_length."),
            Mutant("the last step alone", lambda f, **how: beam(f, **how, add=lambda total, log_p: log_p),
                   "Only the last symbol's log probability counts. Add it to the sum of those before."),
            Mutant("probabilities added", lambda f, **how: beam(
                   f, **how, add=lambda total, log_p: total + np.exp(log_p)),
                   "Probabilities were added. Of a text they multiply: add their logarithms."),
            Mutant("no pruning", lambda f, **how: levels(f, **how | {"beam_size": 10**6}),
                   "Too many texts go on: keep the best beam_size of all lengthened texts together, not of each text."),
            Mutant("one step short", lambda f, **how: levels(f, **how | {"max_length": how["max_length"] - 1}),
                   "Texts of max_length symbols are allowed, and they may end, too: one more step."),
            Mutant("one symbol too long", lambda f, **how: levels(f, **how | {"max_length": how["max_length"] + 1}),
                   "A text has more than max_length symbols."),
            Mutant("the worst kept", lambda f, **how: beam(f, **how, sign=1),
                   "The beam keeps the texts with the lowest sums: sort the other way."),
            Mutant("never ended", likeliest_unended,
                   "The best text of full length was returned. Texts may end in each step, and the best of those that "
                   "have ended is wanted."))),
    Question(
        id="08.clinic", title="Attention across the batch", points=2, kind="bug", name="contexts",
        cases=clinic_cases, oracle=batch_first_truth, compare=close(1e-9),
        hints=("Call it twice, the second time with another sequence beside the first. Does the first answer change? "
               "Which axis does torch.nn.MultiheadAttention take for time, if nobody says otherwise?",
               "It was made without batch_first: it wants (n, batch, d) and gives (n, batch, d). Its key_padding_mask "
               "(batch, frames) is True where it may NOT look.",
               "q, m = queries.transpose(0, 1), memory.transpose(0, 1); context, _ = attention(q, m, m, "
               "key_padding_mask=~real); return context.transpose(0, 1)"),
        mutants=(
            Mutant("as published", functools.partial(attended, mask="none", turn=False),
                   "As published: attention runs over the batch. The answer to one utterance depends on the others, "
                   "and none of its own other frames is seen."),
            Mutant("padding attended", functools.partial(attended, mask="none"),
                   "The axes are right; padding is still looked at. Give key_padding_mask."),
            Mutant("mask inverted", functools.partial(attended, mask="inverted"),
                   "Its key_padding_mask is True where it may NOT look: ~real. Here it sees the padding alone."),
            Mutant("time first", functools.partial(attended, back=False),
                   "The answer has time first: turn it back to (batch, n, d)."),
            Mutant("time first, padding attended", functools.partial(attended, mask="none", back=False),
                   "The answer has time first, and padding is looked at: turn it back, and give key_padding_mask."),
            Mutant("reshaped", reshaped,
                   "A reshape keeps the order of the numbers, and mixes utterances and frames. transpose(0, 1) "
                   "exchanges the axes."),
            Mutant("padding set to 0", lambda attention, queries, memory, real: attended(
                   attention, queries, memory * real[:, :, None], real, mask="none"),
                   "The padding is 0 now, but it still gets weight: a frame of zeros has a score, too. Give "
                   "key_padding_mask."),
            Mutant("queries masked", lambda attention, queries, memory, real: attended(
                   attention, queries, memory, real) * real[:, :, None],
                   "Some answers are set to 0. `real` tells of the frames of memory, not of the queries: each query "
                   "gets an answer."),
            Mutant("weights", functools.partial(attended, part=1),
                   "These are the weights, the second thing that it returns. The contexts are the first."),
            Mutant("queries as values", lambda attention, queries, memory, real: attended(
                   attention, queries, memory, real, values=queries),
                   "The values are the queries here. What is read is the memory: attention(q, m, m)."),
            Mutant("memory asks", lambda attention, queries, memory, real: attended(
                   attention, memory, queries, real),
                   "Queries and memory are exchanged: the queries ask, the memory is read."))),
    Question(
        id="08.lookup", title="Attention without training", points=3, kind="experiment", name="look_up",
        cases=lookup_cases, compare=threshold(share_right, above=0.93, name="share of digits that are right"),
        forbidden=("coursekit.hmm.WordRecognizer", "coursekit.dtw.TemplateRecognizer"),
        hints=("Print the weights of one query: how large is the largest? Which of the 104 numbers decide a dot "
               "product, if one of them is -300 and others are 5?",
               "Scale each column by mean and deviation over the keys, and the queries by the same numbers. Then take "
               "cosines (rows of length 1) or minus squared distances, and choose a sharpness: try 1, 5, 20, 50.",
               "k = (keys - keys.mean(0)) / keys.std(0), q likewise with the keys' numbers; scores = 20 * cosine(q, "
               "k); softmax along axis 1; return weights @ values"),
        mutants=(
            Mutant("dot products", functools.partial(looked_up, scores=dots),
                   "Dot products of the vectors as they are: the keys with the largest numbers win, whatever was "
                   "said. Bring the columns to one scale, and the rows to one length."),
            Mutant("scaled dot products", functools.partial(
                   looked_up, scores=lambda q, k: dots(q, k) / math.sqrt(q.shape[1])),
                   "Scaled by the root of the width, as in Transformers, where queries and keys are learned. Here the "
                   "keys with the largest numbers win. Bring the columns to one scale, and the rows to one length."),
            Mutant("plain cosines", functools.partial(looked_up, scores=cosines),
                   "Cosines lie between -1 and 1, so that the weights are nearly equal: e^1 is only 7.4 times e^-1. "
                   "Multiply them by a sharpness, and bring the columns to one scale first."),
            Mutant("sharp cosines of raw features", functools.partial(
                   looked_up, scores=lambda q, k: 50 * cosines(q, k)),
                   "Sharp enough. But the first of the 13 features is ten times as large as the others and decides "
                   "alone: bring the columns to one scale."),
            Mutant("distances of raw features", functools.partial(
                   looked_up, scores=lambda q, k: -((q[:, None] - k) ** 2).sum(axis=2)),
                   "The largest columns decide the distance: bring the columns to one scale first."),
            Mutant("standardised, not sharp", functools.partial(
                   looked_up, scores=lambda q, k: cosines(*standardised(q, k))),
                   "One scale, but not sharp: all 600 digits get nearly equal weights, and those that are common win. "
                   "Multiply the cosines."),
            Mutant("standardised, scaled dot products", functools.partial(
                   looked_up, scores=lambda q, k: dots(*standardised(q, k)) / math.sqrt(q.shape[1])),
                   "Nearly. Long keys still get more than their share: divide by the lengths (cosines), or take "
                   "distances; then choose the sharpness."),
            Mutant("standardised dot products", functools.partial(
                   looked_up, scores=lambda q, k: dots(*standardised(q, k))),
                   "One scale, but long keys get more than their share: their dot products are large with many "
                   "queries. Divide by the lengths (cosines), or take distances."),
            Mutant("standardised, a sharpness of 10", functools.partial(
                   looked_up, scores=lambda q, k: 10 * cosines(*standardised(q, k))),
                   "Cosines of standardised columns are right; a sharpness of 10 is still too little, and many "
                   "middling keys outvote the nearest ones. Try more."),
            Mutant("standardised, blunt distances", functools.partial(
                   looked_up, scores=lambda q, k: -((standardised(q, k)[0][:, None] - standardised(q, k)[1]) ** 2)
                   .mean(axis=2)),
                   "The mean squared distance is blunt: it hardly differs from key to key. Multiply it."))),
    Question(
        id="08.short", title="A wide beam and no bonus", points=1, kind="prediction", name="digits_found",
        oracle=digits_found, compare=choice(("0", "1", "2", "6")),
        hints=("What is the probability of the empty text, that is, of the end in the first step?",
               "A text of n < 6 digits has at most the probability 0.5^n · 0.2; one of six digits at most 0.5^6. "
               "Compare with the empty one.",
               "0.2 for the empty text, 0.1 for one digit, 0.05 for two, 0.016 for six"),
        mutants=(
            Mutant("greedy", lambda: "6",
                   "Six digits are what a beam of 1 writes: in each step a digit is likelier than the end. The whole "
                   "text has the probability 0.5^6 = 0.016; is there no likelier one?"),
            Mutant("one", lambda: "1",
                   "One digit and the end: 0.5 · 0.2 = 0.1. Is there no likelier text?"),
            Mutant("two", lambda: "2",
                   "Two digits and the end: 0.5 · 0.5 · 0.2 = 0.05. Is there no likelier text?"))),
]
