"""Questions of chapter 09. Truth comes from PyTorch, and for byte-pair encoding from the program in the paper."""

import functools
import re
from dataclasses import replace

import numpy as np

from coursekit.exercise import (
    Case,
    Mutant,
    Question,
    as_array,
    choice,
    close,
    exact,
    integers,
    threshold,
    to_plain,
)

# Why wrong answers that a machine makes are right after all.
NO_HARM = "the divisor is 1 or more, so this changes it by less than float32 does"
EVEN = "n_heads divides d without a rest"

# --- 1: how long must a recording be -------------------------------------------------------------------------


def shortest_cases(rng):
    doubled = (
        "".join(rng.choice(list("аеиоу"), 4)) + "нн" + "".join(rng.choice(list("бвгд"), 2)) + "ссс"
    )
    return [
        Case("31440", halvings=0),
        Case("31440", halvings=1),
        Case("мама", halvings=1),
        Case("oo", halvings=2),
        Case("aaa", halvings=3),
        Case(doubled, halvings=int(rng.integers(1, 4))),
        Case("весна", halvings=2),
        Case("Oo  aa", halvings=1),  # a capital letter is another character, and a space is one
        # here small letters in place of capitals are not the same as halvings that round down
        Case("Oo aa", halvings=2),
        Case("a", halvings=3),
        Case("no", halvings=5),
    ]


@functools.cache
def torch_shortest(text, halvings):
    """The shortest recording for which torch's CTC loss is finite, through torch's own strided convolutions."""
    import torch

    ids = torch.tensor([[1 + sorted(set(text)).index(c) for c in text]])
    halve = torch.nn.Conv1d(1, 1, 3, stride=2, padding=1)
    for n in range(1, 1000):
        x = torch.zeros(1, 1, n)
        for _ in range(halvings):
            x = halve(x)
        frames = x.shape[2]
        log_probs = torch.full((frames, 1, 1 + len(set(text))), -np.log(1 + len(set(text))))
        lengths = torch.tensor([frames]), torch.tensor([len(text)])
        if torch.isfinite(torch.nn.functional.ctc_loss(log_probs, ids, *lengths)):
            return n


def repeats(text):
    return sum(a == b for a, b in zip(text, text[1:], strict=False))


# --- 2: who may look at whom ---------------------------------------------------------------------------------


def mask_cases(rng):
    return [
        Case([3, 1], n=3),
        Case([2, 4, 1], n=4),
        Case([int(m) for m in rng.integers(1, 8, 5)], n=8),
        Case([5, 2], n=6),
    ]


def torch_mask(lengths, n):
    import torch

    causal = torch.nn.Transformer.generate_square_subsequent_mask(n) == 0  # its -inf: may not look
    real = (
        torch.nn.utils.rnn.pad_sequence([torch.ones(m) for m in [n, *lengths]], batch_first=True)[
            1:
        ]
        > 0
    )
    return (causal & real[:, None, :]).numpy()


def mask_of(
    lengths,
    n,
    *,
    causal=lambda n: np.tril(np.ones((n, n), dtype=bool)),
    side=1,
    join=np.logical_and,
):
    """The mask, whose parts can be replaced by wrong ones."""
    real = np.arange(n) < np.asarray(lengths)[:, None]
    return join(causal(n), np.broadcast_to(np.expand_dims(real, side), (len(lengths), n, n)))


# --- 3: attention with several heads -------------------------------------------------------------------------


def attention_cases(rng):
    def case(n, d, n_heads, allowed):
        X = rng.normal(size=(n, d))
        W = rng.normal(size=(4, d, d)) * 1.5 / np.sqrt(d)
        return Case(X, *W, n_heads=n_heads, mask=allowed)

    some = rng.random((7, 7)) < 0.6
    np.fill_diagonal(some, True)
    padded = np.broadcast_to(np.arange(9) < 6, (9, 9)).copy()
    return [
        case(4, 6, 1, np.ones((4, 4), dtype=bool)),
        case(5, 8, 2, np.ones((5, 5), dtype=bool)),
        far_below(),
        case(7, 12, 3, some),
        case(9, 8, 4, padded),
        case(6, 12, 2, np.tril(np.ones((6, 6), dtype=bool))),
        far_apart(),
    ]


def far_apart():
    """Scores from -28800 to 28800 in steps of 14400, in hidden places, too: whole numbers, exact in float32."""
    rng = np.random.default_rng(3)
    X = rng.choice([-1.0, 1.0], (6, 8))
    W_q = 120 * np.eye(8)
    mask = np.tril(np.ones((6, 6), dtype=bool))
    mask[[0, 5]] = np.eye(6, dtype=bool)[[0, 5]]  # these two see themselves alone, with -28800
    return Case(X, W_q, -W_q, *rng.normal(size=(2, 8, 8)), n_heads=2, mask=mask)


def far_below():
    """Keys are queries times -1, so a frame's score with itself is low, down to -375; and it may look nowhere else."""
    rng = np.random.default_rng(7)
    W_q = rng.normal(size=(8, 8))
    X = 2 * rng.normal(size=(5, 8))
    mask = np.eye(5, dtype=bool)
    mask[0, 1] = True
    return Case(X, W_q, -W_q, *rng.normal(size=(2, 8, 8)), n_heads=2, mask=mask)


def torch_attention(X, W_q, W_k, W_v, W_o, n_heads, mask):
    import torch

    module = torch.nn.MultiheadAttention(
        X.shape[1], n_heads, bias=False, batch_first=True, dtype=torch.float64
    )
    tensor = torch.from_numpy
    with torch.no_grad():
        module.in_proj_weight.copy_(tensor(np.concatenate([W_q.T, W_k.T, W_v.T])))
        module.out_proj.weight.copy_(tensor(np.ascontiguousarray(W_o.T)))
        x = tensor(X)[None]
        return module(x, x, x, attn_mask=tensor(~mask), need_weights=False)[0][0].numpy()


def softmax(scores, axis=-1):
    e = np.exp(scores - np.max(scores, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def by_hand(
    X,
    W_q,
    W_k,
    W_v,
    W_o,
    n_heads,
    mask,
    *,
    scale=None,
    axis=-1,
    hide=-np.inf,
    flip=False,
    turned=False,
    interleaved=False,
    out=True,
    transposed=False,
    after=False,
    added=False,
    stay=False,
    dealt_back=False,
    again=False,
    unguarded=False,
):
    """Equation 3 with all its parts, each of which can be made wrong."""
    n, d = X.shape
    width = d // n_heads
    if transposed:
        W_q, W_k, W_v = W_q.T, W_k.T, W_v.T

    def split(x):
        if interleaved:
            return x.reshape(n, width, n_heads).transpose(2, 0, 1)
        if turned:
            return x.reshape(n_heads, n, width)
        return x.reshape(n, n_heads, width).transpose(1, 0, 2)

    q, k, v = (split(X @ W) for W in (W_q, W_k, W_v))
    scores = q @ k.transpose(0, 2, 1) / (np.sqrt(width) if scale is None else scale(d, width))
    allowed = ~mask if flip else mask
    with np.errstate(all="ignore"):
        if after:
            weights = softmax(scores, axis) * allowed
            weights = weights / weights.sum(axis=axis, keepdims=True) if again else weights
        elif unguarded:
            weights = np.exp(np.where(allowed, scores, hide))
            weights = weights / weights.sum(axis=axis, keepdims=True)
        elif added:
            weights = softmax(scores + allowed, axis)
        else:
            weights = softmax(np.where(allowed, scores, hide), axis)
    heads = weights @ v
    joined = (
        heads if stay else heads.transpose(1, 2, 0) if dealt_back else heads.transpose(1, 0, 2)
    ).reshape(n, d)
    return joined @ W_o if out else joined


# --- 4: byte-pair encoding -----------------------------------------------------------------------------------


class RunsOut(Case):
    """A case that says why it may stop with an error."""

    def describe(self, name):
        return super().describe(name) + ", where after four merges no pairs are left"


def bpe_cases(rng):
    words = ["".join(rng.choice(list("абв"), int(rng.integers(2, 7)))) for _ in range(12)]
    counts = {
        word: int(n) for word, n in zip(words, rng.permutation(np.arange(1, 13)), strict=True)
    }
    return [
        Case({"low": 5, "lower": 2, "newest": 6, "widest": 3}, n_merges=4),
        Case({"anna": 3, "banana": 2, "nan": 4}, n_merges=5),
        Case({"aaaa": 4, "aaab": 3, "ba": 1}, n_merges=3),
        Case({"cd": 3, "abab": 2}, n_merges=3),  # twice in a word
        Case({"bc": 4, "aaa": 3}, n_merges=5),  # two pairs that overlap, and a join from the left
        # Ties: between words that do not stand in the alphabet's order, and between a short pair and a longer one.
        Case({"zu": 1, "ab": 1}, n_merges=1),
        Case({"xy": 2, "abc": 2, "ab": 1}, n_merges=2),
        Case(
            {"cccc": 2, "ac": 6}, n_merges=5
        ),  # "c c" stands in "cc c" and in "c cc", too, as text
        # one word that occurs five times, four that occur once: their pair is in more words, but in fewer places
        Case({"cde": 1, "cdf": 1, "cdg": 1, "cdh": 1, "ab": 5}, n_merges=3),
        Case(
            {"a": 4, "bc": 3, "i": 2}, n_merges=4
        ),  # a word of one letter has a pair, with its end
        Case({"Zoo": 3, "zip": 2, "OZ": 2}, n_merges=4),  # capitals
        RunsOut({"ab": 1, "cd": 1}, n_merges=50),
        Case(counts, n_merges=12),
    ]


def papers_program(counts, n_merges):
    """The program printed in Sennrich, Haddow and Birch (2016), with `_` for </w>."""
    vocab = {" ".join(word) + " _": n for word, n in counts.items()}
    merges = []
    for _ in range(n_merges):
        pairs = {}
        for word, n in vocab.items():
            symbols = word.split()
            for i in range(len(symbols) - 1):
                pairs[symbols[i], symbols[i + 1]] = pairs.get((symbols[i], symbols[i + 1]), 0) + n
        if not pairs:
            break
        best = max(pairs, key=pairs.get)
        merges.append(best)
        bigram = re.compile(r"(?<!\S)" + re.escape(" ".join(best)) + r"(?!\S)")
        vocab = {bigram.sub("".join(best), word): n for word, n in vocab.items()}
    return merges


def merges_of(
    counts,
    n_merges,
    *,
    mark=True,
    count=lambda n: n,
    across=False,
    choose=max,
    once=False,
    stop=0,
    seen=lambda pairs: pairs,
    turned=False,
    join=None,
    never=False,
):
    """The loop of equation 18, whose parts can be replaced by wrong ones."""
    marked = {
        True: lambda word: [*word, "_"],
        False: list,
        "in front": lambda word: ["_", *word],
        "glued": lambda word: [*word[:-1], word[-1] + "_"],
    }[mark]
    words = [(marked(word), count(n)) for word, n in counts.items()]
    if across == "repeated":
        words = [([symbol for symbols, n in words for symbol in n * symbols], 1)]
    elif across:
        words = [([symbol for symbols, _ in words for symbol in symbols], 1)]
    merges = []
    while len(merges) < n_merges:
        pairs = {}
        for symbols, n in words:
            for pair in seen(list(zip(symbols, symbols[1:], strict=False))):
                pairs[pair] = pairs.get(pair, 0) + n
        if not pairs or max(pairs.values()) <= stop:
            break
        best = choose(pairs, key=pairs.get)
        merges.append(best)
        if never:
            continue
        words = [
            (
                join(symbols, best)
                if join
                else _merged(symbols[::-1], best[::-1], once, turned)[::-1]
                if turned
                else _merged(symbols, best, once),
                n,
            )
            for symbols, n in words
        ]
    return merges


def _apart(pairs):
    """Without those that overlap an equal one before them: as str.count counts."""
    kept = []
    for i, pair in enumerate(pairs):
        if not (kept and kept[-1] == (i - 1, pair)):
            kept.append((i, pair))
    return [pair for _, pair in kept]


def _merged(symbols, pair, once, turned=False):
    result, i, done = [], 0, False
    while i < len(symbols):
        if tuple(symbols[i : i + 2]) == pair and not (once and done):
            result.append("".join(pair[::-1] if turned else pair))
            i, done = i + 2, True
        else:
            result.append(symbols[i])
            i += 1
    return result


def _replaced(symbols, pair):
    return " ".join(symbols).replace(" ".join(pair), "".join(pair)).split(" ")


def first_ever():
    """A choice, anew for each call, that takes of equally frequent pairs the one that came first in any count."""
    order = {}

    def choose(pairs, key):
        for pair in pairs:
            order.setdefault(pair, len(order))
        return max(pairs, key=lambda pair: (key(pair), -order[pair]))

    return choose


def chosen_among_equals(by):
    return lambda pairs, key: max(pairs, key=lambda pair: (key(pair), by(pair)))


def without_merging(counts, n_merges):
    pairs = {}
    for word, n in counts.items():
        symbols = [*word, "_"]
        for pair in zip(symbols, symbols[1:], strict=False):
            pairs[pair] = pairs.get(pair, 0) + n
    return sorted(pairs, key=pairs.get, reverse=True)[:n_merges]


# --- 5: bug clinic -------------------------------------------------------------------------------------------


def clinic_cases(rng):
    def case(lengths, n, d):
        x = rng.normal(size=(len(lengths), n, d))
        x[np.arange(n) >= np.array(lengths)[:, None]] = 0
        return Case(x, np.array(lengths), *(rng.normal(size=(3, d, d)) * 1.2 / np.sqrt(d)))

    return [
        case([5, 3], 5, 4),
        case([6, 6, 2], 6, 8),
        case([7, 4, 1, 5], 7, 6),
        case([40, 12], 45, 4),
        case([70, 30], 70, 4),
        far_from_0(rng),
    ]


def far_from_0(rng):
    """A frame alone that scores itself with -14000, frames that score each other with 14000, noise in the padding."""
    x = rng.normal(size=(3, 6, 8))
    x[0, 0] = x[1, :4] = 0
    x[0, 0, 0] = x[1, 0, 0] = x[1, 2, 1] = 200
    x[1, 1, 0] = x[1, 3, 1] = -200
    return Case(x, np.array([1, 4, 3]), np.eye(8), -np.eye(8), rng.normal(size=(8, 8)) / np.sqrt(8))


def torch_clinic(x, lengths, W_q, W_k, W_v):
    import torch

    x, W_q, W_k, W_v = (torch.from_numpy(np.ascontiguousarray(a)) for a in (x, W_q, W_k, W_v))
    batch, n, d = x.shape
    angle = torch.arange(n)[:, None] / 10000 ** (torch.arange(0, d, 2, dtype=torch.float64) / d)
    x = x + torch.view_as_real(torch.polar(torch.ones_like(angle), torch.pi / 2 - angle)).flatten(1)
    real = torch.arange(n) < torch.from_numpy(lengths)[:, None]
    out = torch.nn.functional.scaled_dot_product_attention(
        x @ W_q, x @ W_k, x @ W_v, attn_mask=real[:, None, :]
    )
    return (out * real[:, :, None]).numpy()


def table(n, d):
    angle = np.arange(n)[:, None] / 10000 ** (np.arange(0, d, 2) / d)
    pe = np.zeros((n, d))
    pe[:, 0::2], pe[:, 1::2] = np.sin(angle), np.cos(angle)
    return pe


def snippet(
    x,
    lengths,
    W_q,
    W_k,
    W_v,
    *,
    along_batch=False,
    positions=True,
    inverted=False,
    axis=2,
    rows=False,
    masked=True,
    hidden=-1e9,
    late=False,
    both=False,
    peak_axis=None,
    zero=True,
    scale=True,
    values_with_positions=True,
    first=0,
):
    """The snippet of the statement, each fault of which can be mended."""
    n, d = x.shape[1:]
    pe, bare = table(500, d)[first:], x
    if along_batch:
        x = x + pe[: len(x), None]
    elif positions:
        x = x + pe[:n]
    scores = (x @ W_q) @ (x @ W_k).transpose(0, 2, 1) / (np.sqrt(d) if scale else 1)
    padding = np.arange(n) >= lengths[:, None]
    where = padding[:, :, None] if rows else padding[:, None, :]
    where = where | padding[:, :, None] if both else where
    where = ~where if inverted else where
    if masked and not late:
        scores = np.where(where, hidden, scores)
    with np.errstate(all="ignore"):
        e = np.exp(
            scores - scores.max(axis=axis if peak_axis is None else peak_axis, keepdims=True)
        )
        weights = e / e.sum(axis=axis, keepdims=True)
    if late:
        weights = np.where(where, 0, weights)
    heard = weights @ ((x if values_with_positions else bare) @ W_v)
    return heard * ~padding[:, :, None] if zero else heard


# --- 6: a head that looks back -------------------------------------------------------------------------------


def look_cases(rng):
    return [
        Case(d, k, truth=(d, k))
        for d, k in (
            (32, 1),
            (64, 3),
            (64, 0),
            (48, -2),
            (64, int(rng.integers(5, 30))),
            (128, int(-rng.integers(5, 30))),
        )
    ]


def found_weight(answer, truth):
    """Mean weight, over 300 frames, of the frame that is to be looked at."""
    d, k = truth
    W = np.asarray(answer, dtype=float)
    if W.shape != (d, d):
        raise ValueError(f"the matrix has shape {W.shape}; ({d}, {d}) is wanted")
    if not np.all(np.isfinite(W)):
        raise ValueError("the matrix holds NaN or infinite values")
    pe = table(300, d)
    weights = softmax(pe @ W @ pe.T)
    t = np.arange(max(0, k), min(300, 300 + k))
    return weights[t, t - k].mean()


def looked_at(W):
    """The frame that each of 300 frames likes best."""
    pe = table(300, len(W))
    return (pe @ W @ pe.T).argmax(axis=1)


class where_it_looks(threshold):
    """threshold, which says where most frames look; two heads that look at the same frames are one mistake."""

    def compare(self, answer, truth):
        verdict = super().compare(answer, truth)
        if verdict.ok or verdict.of_form:
            return verdict
        W, k = as_array(to_plain(answer)).astype(float), truth[1]
        if not np.any(W):
            return verdict
        inner = slice(60, -60)  # no |k| is larger: each of these frames has its right frame
        back, counts = np.unique((np.arange(300) - looked_at(W))[inner], return_counts=True)
        most = back[counts.argmax()]
        if counts.max() < 0.8 * counts.sum():
            said = (
                "the frames do not agree on a distance: each pair of columns has its own ω = 10000^(−2i/d), with "
                "sine and cosine in columns 2i and 2i + 1"
            )
        elif most == k:
            said = "most frames look at the right frame, the others elsewhere, or the weight is too small"
        else:
            said = f"most frames look at {_place(most)}, where {_place(k)} is wanted"
        return replace(verdict, message=said, details=(verdict.message, *verdict.details))

    def agrees(self, answer, other):
        if super().agrees(answer, other):
            return True
        pair = [as_array(to_plain(W)) for W in (answer, other)]
        if (
            not all(
                W is not None
                and W.ndim == 2
                and W.shape[0] == W.shape[1]
                and len(W) % 2 == 0
                and np.all(np.isfinite(W))
                and np.any(W)
                for W in pair
            )
            or pair[0].shape != pair[1].shape
        ):
            return False
        return (
            np.mean(np.equal(*map(looked_at, pair))) >= 0.95
        )  # at the ends of the table some may differ


def _place(back):
    return "themselves" if back == 0 else f"the frame {abs(back)} {'back' if back > 0 else 'ahead'}"


def rotations(d, k, *, factor=20.0, sign=1, rates=None, pairs=None, halves=False):
    """Blocks of rotations, which can be made wrong."""
    rates = 10000.0 ** (-np.arange(0, d, 2) / d) if rates is None else rates(d)
    W = np.zeros((d, d))
    for i, rate in enumerate(rates[:pairs]):
        c, s = np.cos(rate * k), np.sin(rate * k)
        a, b = (i, i + d // 2) if halves else (2 * i, 2 * i + 1)
        W[a, a] = W[b, b] = c
        W[a, b], W[b, a] = sign * s, -sign * s
    return factor * W


# --- 7: prediction -------------------------------------------------------------------------------------------


@functools.cache
def torch_nowhere():
    """What becomes of a row of scores that is filled with -1e9 throughout."""
    import torch

    scores = torch.tensor([0.3, -2.0, 5.0, 1.0]).masked_fill(torch.ones(4, dtype=torch.bool), -1e9)
    weights = scores.softmax(dim=0)
    if weights.isnan().any():
        return "nan"
    return (
        "uniform"
        if torch.allclose(weights, torch.tensor(0.25))
        else "zero"
        if weights.sum() == 0
        else "largest"
    )


QUESTIONS = [
    Question(
        id="09.shortest",
        title="How long must the recording be?",
        points=1,
        kind="warmup",
        name="shortest_recording",
        cases=shortest_cases,
        oracle=torch_shortest,
        compare=integers(),
        hints=(
            "First the frames that CTC needs (equation 19), then go back through the halvings.",
            "A halving makes ⌈T / 2⌉ of T frames: 1 and 2 give 1, 3 and 4 give 2. Which is the smallest T that "
            "gives m?",
            "The smallest T with ⌈T / 2⌉ = m is 2m − 1. Start with m = len(text) + repeats, and do that `halvings` "
            "times.",
        ),
        mutants=(
            Mutant(
                "repeats forgotten",
                lambda text, halvings: (len(text) - 1) * 2**halvings + 1,
                "Between two equal symbols CTC needs a blank, and so a frame more: without it, they collapse into "
                "one.",
            ),
            Mutant(
                "twice as many",
                lambda text, halvings: (len(text) + repeats(text)) * 2**halvings,
                "That is enough, but not the least: ⌈T / 2⌉ rounds up, so the last frame may stand alone.",
            ),
            Mutant(
                "small letters",
                lambda text, halvings: (len(text) + repeats(text.lower()) - 1) * 2**halvings + 1,
                "Capitals were made small, and so Oo became a repeat. They are characters of their own: take the text "
                "as it is.",
            ),
            Mutant(
                "rounded down",
                lambda text, halvings: functools.reduce(
                    lambda m, _: 2 * m + 1, range(halvings), len(text) + repeats(text)
                ),
                "That is for halvings that round down. Here they round up, so fewer frames are enough.",
            ),
            Mutant(
                "blank everywhere",
                lambda text, halvings: (2 * len(text)) * 2**halvings + 1,
                "2n + 1 are the states of CTC's extended text. Blanks may be skipped, except between equal "
                "symbols.",
            ),
            Mutant(
                "blank between all",
                lambda text, halvings: (2 * len(text) - 2) * 2**halvings + 1,
                "A blank between any two symbols is possible; it is needed only between equal ones.",
            ),
            Mutant(
                "symbols met again",
                lambda text, halvings: (
                    (len(text) + len(text) - len(set(text)) - 1) * 2**halvings + 1
                ),
                "A symbol that comes again later needs no blank: only one that follows itself at once.",
            ),
            Mutant(
                "runs counted once",
                lambda text, halvings: (
                    (len(text) + len(re.findall(r"(.)\1+", text)) - 1) * 2**halvings + 1
                ),
                "Three equal symbols in a row need two blanks: count each neighbour that is equal.",
            ),
            Mutant(
                "one blank at most",
                lambda text, halvings: (len(text) + (repeats(text) > 0) - 1) * 2**halvings + 1,
                "There is one blank for the whole text, if it has equal neighbours at all. Each two equal "
                "neighbours need one of their own: count them.",
            ),
            Mutant(
                "2^h m - h",
                lambda text, halvings: (len(text) + repeats(text)) * 2**halvings - halvings,
                "Not 2^h · m − h: what is left out in one halving doubles in the next. Go back step by step, m to "
                "2m − 1.",
            ),
            Mutant(
                "2^h m - 1",
                lambda text, halvings: (len(text) + repeats(text)) * 2**halvings - 1,
                "Not 2^h · m − 1: each halving rounds up, not only one of them; and without any nothing is left "
                "out. Go back step by step, m to 2m − 1.",
            ),
            Mutant(
                "2 h m",
                lambda text, halvings: (len(text) + repeats(text)) * max(2 * halvings, 1),
                "Two halvings are a division by 4, three by 8: 2^h, not 2h. And each of them rounds up.",
            ),
            Mutant(
                "runs as one symbol",
                lambda text, halvings: (len(re.sub(r"(.)\1+", r"\1", text)) - 1) * 2**halvings + 1,
                "Equal neighbours were taken for one symbol. The text has both, so CTC writes both, with a blank "
                "between.",
            ),
            Mutant(
                "repeats not halved",
                lambda text, halvings: (len(text) - 1) * 2**halvings + 1 + repeats(text),
                "The frames for the blanks come out of the network, too: add them before you go back through the "
                "halvings.",
            ),
            Mutant(
                "halved",
                lambda text, halvings: -(-(len(text) + repeats(text)) // 2**halvings),
                "The text's frames were halved. They are what comes *out*; the recording must have more.",
            ),
            Mutant(
                "one halving",
                lambda text, halvings: (len(text) + repeats(text)) * 2 - 1,
                "That is right for one halving: do it as often as `halvings` says.",
            ),
            Mutant(
                "no halving",
                lambda text, halvings: len(text) + repeats(text),
                "So many frames must come out of the network. How many must go in, with the halvings?",
            ),
        ),
    ),
    Question(
        id="09.mask",
        title="Who may look at whom?",
        points=1,
        kind="warmup",
        name="decoder_mask",
        cases=mask_cases,
        oracle=torch_mask,
        compare=exact(),
        forbidden=(
            "coursekit.models.attention.causal_mask",
            "coursekit.models.attention.padding_mask",
            "torch.nn.Transformer",
            "torch.nn.modules.transformer._generate_square_subsequent_mask",
        ),
        hints=(
            "Two masks, joined with &: one is the same for all texts, one depends on the length.",
            "Causal: i >= j, with i a column of numbers and j a row. Real: j < length, the same for every i.",
            "Compare a column of numbers with a row for the causal part, and the row with the "
            "lengths, which need two more axes so that they run along the batch. Join both with "
            "&.",
        ),
        mutants=(
            Mutant(
                "True hides",
                lambda lengths, n: ~mask_of(lengths, n),
                "Everything is turned round: True must stand where looking is allowed. (nn.MultiheadAttention wants "
                "it your way.)",
            ),
            Mutant(
                "not even itself",
                lambda lengths, n: mask_of(
                    lengths, n, causal=lambda n: np.tril(np.ones((n, n), dtype=bool), -1)
                ),
                "No position sees itself, and the first sees nothing: NaN in the softmax. i may look at j = i, "
                "too.",
            ),
            Mutant(
                "sees the future",
                lambda lengths, n: mask_of(
                    lengths, n, causal=lambda n: np.triu(np.ones((n, n), dtype=bool))
                ),
                "Positions see what comes after them and not what came before: the triangle is the other one.",
            ),
            Mutant(
                "causal alone",
                lambda lengths, n: mask_of(
                    lengths, n, join=lambda causal, real: causal & np.ones_like(real)
                ),
                "Padding is seen: positions after the end of a text look at other positions after it. In no column "
                "j ≥ length may there be a True.",
            ),
            Mutant(
                "one mask for all",
                lambda lengths, n: np.tril(np.ones((n, n), dtype=bool)),
                "One mask for all texts, (n, n), and padding is seen. Each text has a length of its own, and so a "
                "mask of its own: (texts, n, n).",
            ),
            Mutant(
                "rows of padding True",
                lambda lengths, n: (
                    mask_of(lengths, n) | (np.arange(n) >= np.asarray(lengths)[:, None])[:, :, None]
                ),
                "The rows of padding are True throughout. They follow the same two rules as the others: do not set "
                "them.",
            ),
            Mutant(
                "as long as the longest",
                lambda lengths, n: mask_of(lengths, max(lengths)),
                "Each text is padded to n positions, also where the longest text is shorter than n.",
            ),
            Mutant(
                "padding alone",
                lambda lengths, n: mask_of(
                    lengths, n, causal=lambda n: np.ones((n, n), dtype=bool)
                ),
                "The future is seen: j may not be greater than i.",
            ),
            Mutant(
                "padding asks",
                lambda lengths, n: mask_of(lengths, n, side=2),
                "You forbid padding to look; wanted is that nobody looks *at* it: the columns, not the rows.",
            ),
            Mutant(
                "padding sees itself",
                lambda lengths, n: mask_of(lengths, n) | np.eye(n, dtype=bool),
                "Positions of padding look at themselves. Nobody looks at padding; their rows have the real "
                "positions to look at.",
            ),
            Mutant(
                "one too few",
                lambda lengths, n: mask_of([m - 1 for m in lengths], n),
                "The last real position is not seen: j < length, and j counts from 0.",
            ),
            Mutant(
                "one ahead",
                lambda lengths, n: mask_of(
                    lengths, n, causal=lambda n: np.tril(np.ones((n, n), dtype=bool), 1)
                ),
                "Each position sees the next one, which it is to foretell: j may be i, not i + 1.",
            ),
            Mutant(
                "padding turned round",
                lambda lengths, n: mask_of(lengths, n, join=lambda causal, real: causal & ~real),
                "Only padding is seen: the part for the lengths is the wrong way round. Real is j < length.",
            ),
            Mutant(
                "rows and columns",
                lambda lengths, n: mask_of(lengths, n).transpose(0, 2, 1),
                "Rows and columns are exchanged: i, who looks, is the axis in the middle, and j the last.",
            ),
            Mutant(
                "either",
                lambda lengths, n: mask_of(lengths, n, join=np.logical_or),
                "Allowed is what both masks allow: and, not or.",
            ),
            Mutant(
                "one too many",
                lambda lengths, n: mask_of([m + 1 for m in lengths], n),
                "One position of padding is seen: positions count from 0, so the last real one is length - 1.",
            ),
        ),
    ),
    Question(
        id="09.attention",
        title="Attention with several heads",
        points=3,
        kind="core",
        name="self_attention",
        cases=attention_cases,
        oracle=torch_attention,
        compare=close(1e-9),
        forbidden=(
            "torch.nn.MultiheadAttention",
            "torch.nn.functional.multi_head_attention_forward",
            "torch.nn.functional.scaled_dot_product_attention",
            "torch._native_multi_head_attention",
            "coursekit.models.attention.MultiHeadAttention",
            "coursekit.models.attention.scaled_dot_product_attention",
        ),
        spared={
            "weights /= weights.sum(axis=-1, keepdims=True) -> "
            "weights /= weights.sum(axis=-1, keepdims=True) + 1e-08": NO_HARM,
            "d // n_heads -> -(-d // n_heads)": EVEN,
            "d // n_heads -> (2 * d + n_heads) // (2 * n_heads)": EVEN,
            "q @ k.transpose(0, 2, 1) / np.sqrt(width) -> q @ k.transpose(0, 2, 1) / (np.sqrt(width) + 1e-08)": NO_HARM,
        },
        hints=(
            "One head first: equation 1. Then split queries, keys and values, and put the heads side by side.",
            "(X @ W_q).reshape(n, n_heads, width).transpose(1, 0, 2) has shape (heads, n, width); @ then works on "
            "all heads at once. np.where(mask, scores, -np.inf) before the softmax.",
            "The scores of all heads at once, over the root of the width; hidden ones -inf; a "
            "softmax along the last axis, its largest subtracted first; times the values. Then "
            "bring the heads beside each other again, in the reverse order of the cut, and "
            "multiply by W_o.",
        ),
        mutants=(
            Mutant(
                "not divided",
                functools.partial(by_hand, scale=lambda d, width: 1.0),
                "The scores are not divided by √(width of a head).",
            ),
            Mutant(
                "divided by the whole width",
                functools.partial(by_hand, scale=lambda d, width: np.sqrt(d)),
                "Divided by √d. Each head has queries of width d / n_heads: take the root of that.",
            ),
            Mutant(
                "not the root",
                functools.partial(by_hand, scale=lambda d, width: width),
                "Divided by the width, not by its root: the *deviation* of a dot product grows with the root.",
            ),
            Mutant(
                "wrong axis",
                functools.partial(by_hand, axis=-2),
                "The columns of your weights sum to 1. Each query, a row, must give its weights to the keys.",
            ),
            Mutant(
                "mask forgotten",
                lambda X, W_q, W_k, W_v, W_o, n_heads, mask: by_hand(
                    X, W_q, W_k, W_v, W_o, n_heads, np.ones_like(mask)
                ),
                "The mask changes nothing: frames look where they may not.",
            ),
            Mutant(
                "mask turned round",
                functools.partial(by_hand, flip=True, hide=-1e9),
                "Frames look only where they may *not*: True means allowed.",
            ),
            Mutant(
                "mask turned round, with NaN",
                functools.partial(by_hand, flip=True),
                "All frames that may be looked at are hidden: True means allowed. A row that may look everywhere "
                "has nothing left, and 0/0 is NaN.",
            ),
            Mutant(
                "hidden scores are -100",
                functools.partial(by_hand, hide=-100.0),
                "Hidden frames have a low score. A real one may be lower, −300 or −28800, and then the hidden ones get "
                "all the weight. Set them to −∞ (or −1e9).",
            ),
            Mutant(
                "hidden scores are -10",
                functools.partial(by_hand, hide=-10.0),
                "Hidden frames have the score −10, and e⁻¹⁰ is not 0. Set them to −∞ (or −1e9).",
            ),
            Mutant(
                "hidden scores are 0",
                functools.partial(by_hand, hide=0.0),
                "Scores that are set to 0 still get weight: e⁰ is 1. Set them to −∞.",
            ),
            Mutant(
                "mask added",
                functools.partial(by_hand, added=True),
                "The mask is added to the scores as 0 and 1, which hides nothing. Add 0 and −∞, or use np.where.",
            ),
            Mutant(
                "masked after the softmax",
                functools.partial(by_hand, after=True),
                "Masked after the softmax: the weights of a row no longer sum to 1. Mask the scores.",
            ),
            Mutant(
                "masked after the softmax, and divided again",
                functools.partial(by_hand, after=True, again=True),
                "Masked after the softmax, then divided by the sum: right, unless hidden frames have much higher "
                "scores than all others. Then the others' weights are 0 already, and 0 / 0 is NaN. Mask the scores.",
            ),
            Mutant(
                "nothing subtracted",
                functools.partial(by_hand, unguarded=True),
                "NaN: e^28800 is infinite, e^-28800 is 0, and neither can be divided by itself. Subtract the largest "
                "score of each row before the exponential: the weights stay the same.",
            ),
            Mutant(
                "heads by reshape, and back by reshape",
                functools.partial(by_hand, turned=True, stay=True),
                "Twice a reshape alone: to (n_heads, n, width) and back. Both mix frames and heads. First "
                "reshape(n, n_heads, width), then transpose; and on the way back transpose first.",
            ),
            Mutant(
                "heads from reshape alone",
                functools.partial(by_hand, turned=True),
                "A reshape to (n_heads, n, width) mixes frames and heads. First reshape(n, n_heads, width), then "
                "transpose.",
            ),
            Mutant(
                "heads not brought back",
                functools.partial(by_hand, stay=True),
                "The heads are split well, but at the end a reshape alone mixes frames and heads: first transpose "
                "back to (n, n_heads, width).",
            ),
            Mutant(
                "rows and columns of the mask",
                lambda X, W_q, W_k, W_v, W_o, n_heads, mask: by_hand(
                    X, W_q, W_k, W_v, W_o, n_heads, mask.T
                ),
                "The mask is transposed: its row i says where frame i may look.",
            ),
            Mutant(
                "keys ask",
                lambda X, W_q, W_k, W_v, W_o, n_heads, mask: by_hand(
                    X, W_k, W_q, W_v, W_o, n_heads, mask
                ),
                "Queries and keys are exchanged: row i of the scores belongs to query i, q @ k.T.",
            ),
            Mutant(
                "W_o transposed",
                lambda X, W_q, W_k, W_v, W_o, n_heads, mask: by_hand(
                    X, W_q, W_k, W_v, W_o.T, n_heads, mask
                ),
                "The heads are right; W_o is transposed. Here it is `heads @ W_o`.",
            ),
            Mutant(
                "X added",
                lambda X, W_q, W_k, W_v, W_o, n_heads, mask: (
                    X + by_hand(X, W_q, W_k, W_v, W_o, n_heads, mask)
                ),
                "X was added, as the block around the attention does. Here the attention alone is wanted.",
            ),
            Mutant(
                "columns dealt out and back",
                functools.partial(by_hand, interleaved=True, dealt_back=True),
                "The columns are dealt out to the heads in turn, and back in the same way. Head 0 must have the "
                "first `width` columns, head 1 the next ones: reshape(n, n_heads, width).",
            ),
            Mutant(
                "columns dealt out",
                functools.partial(by_hand, interleaved=True),
                "Head 0 must have the first `width` columns, head 1 the next ones; you deal the columns out in "
                "turn.",
            ),
            Mutant(
                "weights transposed",
                functools.partial(by_hand, transposed=True),
                "X @ W.T: here it is X @ W, as in the equation. (torch.nn.Linear keeps its matrix transposed.)",
            ),
            Mutant(
                "all matrices transposed",
                lambda X, W_q, W_k, W_v, W_o, n_heads, mask: by_hand(
                    X, W_q, W_k, W_v, W_o.T, n_heads, mask, transposed=True
                ),
                "All four matrices are transposed. Queries are X @ W_q, and so on; the transpose of torch.nn.Linear "
                "is not wanted.",
            ),
            Mutant(
                "no output projection",
                functools.partial(by_hand, out=False),
                "The heads stand side by side, but W_o is missing at the end.",
            ),
            Mutant(
                "one head",
                lambda X, W_q, W_k, W_v, W_o, n_heads, mask: by_hand(
                    X, W_q, W_k, W_v, W_o, 1, mask
                ),
                "That is one head of the whole width. Split into n_heads, each with a softmax of its own.",
            ),
        ),
    ),
    Question(
        id="09.bpe",
        title="Byte-pair encoding",
        points=2,
        kind="core",
        name="learn_bpe",
        cases=bpe_cases,
        oracle=papers_program,
        compare=exact(),
        forbidden=("coursekit.text.learn_merges", "tokenizers.trainers.BpeTrainer"),
        hints=(
            "Keep for each word its list of symbols, at first its letters and `_`. Count, choose, join, repeat.",
            "Count pairs in a dictionary, adding the word's count. max(pairs, key=pairs.get) takes the first of "
            "equal ones in the order in which they were put in.",
            "Joining: go through the symbols with an index; if the pair stands at i, append a + b and go on by 2, "
            "else append the symbol and go on by 1. Stop when there are no pairs.",
        ),
        mutants=(
            Mutant(
                "words counted once",
                functools.partial(merges_of, count=lambda n: 1),
                "Each word counts as often as it occurs: add its count, not 1.",
            ),
            Mutant(
                "one letter is no word",
                lambda counts, n_merges: merges_of(
                    {word: n for word, n in counts.items() if len(word) > 1}, n_merges
                ),
                "Words of one letter were left out. They have a pair, too: the letter and `_`.",
            ),
            Mutant(
                "small letters",
                lambda counts, n_merges: merges_of(
                    {word.lower(): n for word, n in counts.items()}, n_merges
                ),
                "Capitals were made small. They are letters of their own: take the words as they are.",
            ),
            Mutant(
                "mark in front",
                functools.partial(merges_of, mark="in front"),
                'The "_" stands before the letters. It marks the end of a word: put it behind them.',
            ),
            Mutant(
                "mark glued",
                functools.partial(merges_of, mark="glued"),
                'The "_" is glued to the last letter. It is a symbol of its own, to be joined like any other.',
            ),
            Mutant(
                "no end of word",
                functools.partial(merges_of, mark=False),
                'The end of a word is a symbol of its own, "_": without it "est" at the end and in the middle are '
                "one.",
            ),
            Mutant(
                "across words",
                functools.partial(merges_of, across=True),
                "Pairs are counted across the borders of words (and each word once). A pair stands within one "
                "word.",
            ),
            Mutant(
                "across words, repeated",
                functools.partial(merges_of, across="repeated"),
                "Pairs are counted across the borders of words. No pair spans two words: go through each word by "
                "itself.",
            ),
            Mutant(
                "longest of equals",
                functools.partial(
                    merges_of, choose=chosen_among_equals(lambda pair: len(pair[0] + pair[1]))
                ),
                "Of equally frequent pairs you take the longest. Take the one that is met first.",
            ),
            Mutant(
                "shortest of equals",
                functools.partial(
                    merges_of, choose=chosen_among_equals(lambda pair: -len(pair[0] + pair[1]))
                ),
                "Of equally frequent pairs you take the shortest. Take the one that is met first.",
            ),
            Mutant(
                "words by the alphabet",
                lambda counts, n_merges: merges_of(dict(sorted(counts.items())), n_merges),
                "Go through the words in the order of counts, not in the alphabet's.",
            ),
            Mutant(
                "frequent words first",
                lambda counts, n_merges: merges_of(
                    dict(sorted(counts.items(), key=lambda item: -item[1])), n_merges
                ),
                "Go through the words in the order of counts, as they stand there, not the most frequent first.",
            ),
            Mutant(
                "met first in any count",
                lambda counts, n_merges: merges_of(counts, n_merges, choose=first_ever()),
                "Of equally frequent pairs you take the one that came first in an earlier count. Met first is meant "
                "in this count: go through the words anew after each merge.",
            ),
            Mutant(
                "last in the alphabet",
                functools.partial(
                    merges_of,
                    choose=lambda pairs, key: max(pairs, key=lambda pair: (pairs[pair], pair)),
                ),
                "Of equally frequent pairs you take the last in the alphabet. Take the one that is met first.",
            ),
            Mutant(
                "last of equals",
                functools.partial(
                    merges_of, choose=lambda pairs, key: max(reversed(list(pairs)), key=key)
                ),
                "Of equally frequent pairs take the one that is met first, not last.",
            ),
            Mutant(
                "first in the alphabet",
                functools.partial(
                    merges_of,
                    choose=lambda pairs, key: min(pairs, key=lambda pair: (-pairs[pair], pair)),
                ),
                "Of equally frequent pairs take the one that is met first going through the words, not the first in "
                "the alphabet.",
            ),
            Mutant(
                "rarest pair",
                functools.partial(merges_of, choose=min),
                "The rarest pair was joined: the most frequent one is wanted.",
            ),
            Mutant(
                "once a word",
                functools.partial(merges_of, once=True),
                "A pair is joined only once in each word: it may stand there several times.",
            ),
            Mutant(
                "overlaps not counted",
                functools.partial(merges_of, seen=_apart),
                '"aaa" holds the pair (a, a) twice, though only one of the two can be joined: count all pairs of '
                "neighbours.",
            ),
            Mutant(
                "once for each word",
                functools.partial(merges_of, seen=dict.fromkeys),
                "A pair that stands twice in a word counts twice there, times the word's count.",
            ),
            Mutant(
                "joined from the right",
                functools.partial(merges_of, turned=True),
                'In "aaa" the first two are joined, not the last two: go from the left.',
            ),
            Mutant(
                "counted only once",
                without_merging,
                "These are the most frequent pairs of letters. After each merge the pairs are others: count anew.",
            ),
            Mutant(
                "never joined",
                functools.partial(merges_of, never=True),
                "The same pair comes again and again: join it in the words before you count again.",
            ),
            Mutant(
                "replaced as text",
                functools.partial(merges_of, join=_replaced),
                'Joined text is replaced: "c c" is found inside "cc c", too. Compare whole symbols.',
            ),
            Mutant(
                "pairs with a space",
                lambda counts, n_merges: [" ".join(pair) for pair in merges_of(counts, n_merges)],
                "Right pairs, but each is one text with a space in it: return tuples of the two parts.",
            ),
            Mutant(
                "joined strings",
                lambda counts, n_merges: [a + b for a, b in merges_of(counts, n_merges)],
                "Right pairs, but joined: return tuples of the two parts.",
            ),
            Mutant(
                "stops at one",
                functools.partial(merges_of, stop=1),
                "You stop when no pair occurs twice. Here it goes on until n_merges, or until there are no "
                "pairs.",
            ),
        ),
    ),
    Question(
        id="09.clinic",
        title="Bug clinic: an encoder from a tutorial",
        points=2,
        kind="bug",
        name="encode",
        cases=clinic_cases,
        oracle=torch_clinic,
        compare=close(1e-8),
        spared={
            "x @ W_q @ (x @ W_k).transpose(0, 2, 1) / np.sqrt(d) -> "
            "x @ W_q @ (x @ W_k).transpose(0, 2, 1) / (np.sqrt(d) + …": NO_HARM,
            "e / e.sum(axis=2, keepdims=True) -> e / (e.sum(axis=2, keepdims=True) + 1e-08)": NO_HARM,
            "np.arange(0, d, 2) -> np.arange(0, d - 1, 2)": "d is even, so both end at d - 2",
            "np.arange(n)[:, None] / 10000 ** (np.arange(0, d, 2) / d) -> "
            "np.arange(n)[:, None] / (10000 ** (np.arange(0, d, 2) / d) …": NO_HARM,
        },
        hints=(
            "Print shapes: which axis of x do the rows of `pe` run along? Which axis of `weights` sums to 1?",
            "Try the same utterance twice in a batch: both must give the same. Then change what stands in the "
            "padding: nothing may change.",
            "The table's rows run along the frames, axis 1. np.where takes its second argument "
            "where the condition holds. And what one query gives to all keys, along the last "
            "axis, must sum to 1.",
        ),
        mutants=(
            Mutant(
                "as published",
                functools.partial(snippet, along_batch=True, inverted=True, axis=1),
                "That is the snippet as it was: three faults. Start with the axis of the positions.",
            ),
            Mutant(
                "positions left",
                functools.partial(snippet, along_batch=True),
                "One fault is left: the positions. All frames of an utterance get the same row, that of its place "
                "in the batch.",
            ),
            Mutant(
                "mask left",
                functools.partial(snippet, inverted=True),
                "One fault is left: the mask. Frames look at padding, and only at padding.",
            ),
            Mutant(
                "softmax left",
                functools.partial(snippet, axis=1),
                "One fault is left: the softmax. Its sum over the *keys*, the last axis, must be 1.",
            ),
            Mutant(
                "positions mended only",
                functools.partial(snippet, inverted=True, axis=1),
                "The positions are right now; two faults are left, both in the weights.",
            ),
            Mutant(
                "mask mended only",
                functools.partial(snippet, along_batch=True, axis=1),
                "The mask is right now; two faults are left.",
            ),
            Mutant(
                "softmax mended only",
                functools.partial(snippet, along_batch=True, inverted=True),
                "The softmax is right now; two faults are left.",
            ),
            Mutant(
                "sum left",
                functools.partial(snippet, peak_axis=2, axis=1),
                "One half of the softmax is mended, the maximum. The sum must run along the keys, too: axis 2.",
            ),
            Mutant(
                "maximum left",
                functools.partial(snippet, peak_axis=1),
                "One half of the softmax is mended, the sum. The maximum must run along the keys, too: a column of "
                "padding is all −1e9, and with its own maximum taken away it is all 0.",
            ),
            Mutant(
                "zeros lost",
                functools.partial(snippet, zero=False),
                "Real frames are right. Of the last line something is lost: frames of padding return 0.",
            ),
            Mutant(
                "mask on rows, too, with infinity",
                functools.partial(snippet, both=True, hidden=-np.inf),
                "A row of padding may look nowhere now, 0/0 is NaN, and NaN times 0 is NaN. Mask the keys alone.",
            ),
            Mutant(
                "not divided",
                functools.partial(snippet, scale=False),
                "The division by √d is lost. The snippet has only three faults; this line was right.",
            ),
            Mutant(
                "values without positions",
                functools.partial(snippet, values_with_positions=False),
                "The values are without positions. The snippet has only three faults; that x @ W_v comes after the "
                "positions were added was right.",
            ),
            Mutant(
                "positions from 1",
                functools.partial(snippet, first=1),
                "The first frame has position 0, as in the table; yours begins with row 1.",
            ),
            Mutant(
                "positions taken out",
                functools.partial(snippet, positions=False),
                "Without positions the order is lost. Add them, along the frames.",
            ),
            Mutant(
                "mask without effect",
                functools.partial(snippet, masked=False),
                "Frames look at padding, as if there were no mask. It must lie on the keys, the columns: "
                "padding[:, None, :].",
            ),
            Mutant(
                "hidden scores are 0",
                functools.partial(snippet, hidden=0.0),
                "Scores that are set to 0 still get weight: e⁰ is 1.",
            ),
            Mutant(
                "masked after the softmax",
                functools.partial(snippet, late=True),
                "Masked after the softmax: the weights no longer sum to 1. Mask the scores.",
            ),
        ),
    ),
    Question(
        id="09.look",
        title="Experiment: a head that looks back",
        points=3,
        kind="experiment",
        name="look_back",
        cases=look_cases,
        compare=where_it_looks(found_weight, above=0.9, name="mean weight on the right frame"),
        hints=(
            "Equation 6: k frames on is a rotation in each pair of columns. Which matrix makes of row t something "
            "that fits row t − k best?",
            "The score of t and j should be a constant times the sum over pairs of cos(ω (t − k − j)): largest at j "
            "= t − k. With sine first: W has the block [[cos ωk, sin ωk], [−sin ωk, cos ωk]] in rows and columns "
            "2i, 2i + 1.",
            "If the right frame is the best but its weight is small, the softmax is too soft: multiply W by 20.",
        ),
        mutants=(
            Mutant(
                "nothing",
                lambda d, k: np.zeros((d, d)),
                "All scores are 0, so all frames get the same weight.",
            ),
            Mutant(
                "looks at itself",
                lambda d, k: 20.0 * np.eye(d),
                "Each frame looks at itself: pe @ pe.T is largest on the diagonal. Rotate the pairs by ω k.",
            ),
            Mutant(
                "abs(k)",
                lambda d, k: rotations(d, abs(k)),
                "Right for k above 0. A k below 0 looks ahead: do not take abs(k); the sine of a negative angle is "
                "negative by itself.",
            ),
            Mutant(
                "looks the other way",
                functools.partial(rotations, sign=-1),
                "It looks k frames *on* where it should look back: the rotation goes the other way. Exchange the "
                "signs of the sines.",
            ),
            Mutant(
                "too soft",
                functools.partial(rotations, factor=1.0),
                "The right frame is the best, but its neighbours are nearly as good. Multiply the matrix by a "
                "number, to make the softmax sharper.",
            ),
            Mutant(
                "one rate",
                functools.partial(rotations, rates=lambda d: np.ones(d // 2)),
                "All pairs are rotated by the same angle. Each has its own rate, 10000^(−2i/d).",
            ),
            Mutant(
                "rates of half the width",
                functools.partial(rotations, rates=lambda d: 10000.0 ** (-np.arange(d // 2) / d)),
                "The exponent is −2i/d for pair i = 0, 1, 2 …; yours falls half as fast.",
            ),
            Mutant(
                "first pair alone",
                functools.partial(rotations, pairs=1),
                "One pair repeats every 6.3 frames, and so does your head. Use all pairs: only together do they "
                "tell all frames apart.",
            ),
            Mutant(
                "halves",
                functools.partial(rotations, halves=True),
                "Your pairs are columns i and i + d/2. In this table sine and cosine of a rate stand side by side, "
                "in columns 2i and 2i + 1.",
            ),
            Mutant(
                "columns shifted",
                lambda d, k: 20.0 * np.roll(np.eye(d), k, axis=1),
                "You shift the columns. k counts frames: the columns must be rotated in pairs.",
            ),
        ),
    ),
    Question(
        id="09.nowhere",
        title="Prediction: nothing to look at",
        points=1,
        kind="prediction",
        name="weights_of_nowhere",
        oracle=torch_nowhere,
        compare=choice(("nan", "zero", "uniform", "largest")),
        hints=(
            "A softmax does not know −1e9 from any other number: it sees differences alone.",
            "Take four scores that are all the same number. What are the weights? Does it matter which number it "
            "is?",
            "e^a / (e^a + e^a + e^a + e^a), after the largest is subtracted from all.",
        ),
        mutants=(
            Mutant(
                "nan",
                lambda: "nan",
                "That is what −∞ would give, −∞ minus −∞. Here all scores are the same *finite* number.",
            ),
            Mutant(
                "zero",
                lambda: "zero",
                "Weights of a softmax always sum to 1 (if they are numbers): they cannot all be 0.",
            ),
            Mutant(
                "largest",
                lambda: "largest",
                "The old scores are overwritten, not lowered: nothing of them is left to compare.",
            ),
        ),
    ),
]
