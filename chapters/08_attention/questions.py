"""Questions of chapter 08. Truth comes from torch's own attention, from trying every text, and from real digits."""

import functools
import itertools
import math

import numpy as np
import torch
from torch.nn import functional

from coursekit import data, digits, train
from coursekit.exercise import (
    Case,
    Comparison,
    Gradients,
    Mutant,
    Question,
    Verdict,
    as_array,
    choice,
    close,
    exact,
    labels,
    to_plain,
)

# Why wrong answers that a machine makes are right after all.
NO_HARM = "the divisor is 1 or more, so this changes it by less than float32 does"
TOO_LATE = "what is too long comes into the beam after the last round, and never ends"

# --- 1: a soft look-up ---------------------------------------------------------------------------------------


def read_cases(rng):
    return [
        Case(
            np.log([1.0, 1.0, 2.0, 4.0]),
            np.array([[4.0, 0.0, 8.0], [0.0, 4.0, 0.0], [2.0, 2.0, 0.0], [0.0, 8.0, 2.0]]),
        ),
        Case(rng.normal(0, 2, 6), rng.normal(0, 1, (6, 3))),
        Case(rng.normal(-3, 1, 20), rng.normal(1, 2, (20, 5))),
        Case(
            1000 + rng.normal(0, 1, 8), rng.normal(0, 1, (8, 4))
        ),  # e^1000 is more than a float holds
        # and here all exponentials are 0, if not the largest is subtracted but 0, or 1000
        Case(-1000 + rng.normal(0, 1, 8), rng.normal(0, 1, (8, 4))),
        # Here e^(score - mean) and e^(score - smallest) are, too.
        Case(
            np.concatenate([rng.normal(0, 1, 6), 1000 + rng.normal(0, 1, 2)]),
            rng.normal(0, 1, (8, 4)),
        ),
        # a long memory: no frame has a weight of 1e-3, and together they have all of it
        Case(rng.normal(0, 0.5, 4000), rng.normal(1, 0.5, (4000, 2))),
    ]


def torch_read(scores, memory):
    """torch's attention, with one query whose dot products with made keys are the scores."""
    query, keys = torch.ones(1, 1, dtype=torch.float64), torch.from_numpy(scores)[:, None]
    return functional.scaled_dot_product_attention(
        query, keys, torch.from_numpy(memory), scale=1.0
    )[0].numpy()


def softmax(scores, axis=-1):
    shifted = np.exp(scores - np.max(scores, axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def overflowing(scores, memory, *, mend=lambda weights: weights):
    with np.errstate(all="ignore"):
        weights = np.exp(scores)
        return mend(weights / weights.sum()) @ memory


# --- 2: teacher forcing --------------------------------------------------------------------------------------


def shift_cases(rng):
    return [
        Case([3, 1, 4]),
        Case([7]),
        Case([5, 5, 5, 2]),
        Case([int(n) for n in rng.integers(1, 11, size=12)]),
        Case([300, 12, 300, 256]),  # more than a byte holds
        Case([]),
    ]


def shifted(target):
    """As torch pads: one place in front, one behind."""
    ids = torch.tensor(target, dtype=torch.long)
    return [functional.pad(ids, (1, 0)).tolist(), functional.pad(ids, (0, 1)).tolist()]


# --- 3: additive attention -----------------------------------------------------------------------------------


def additive_cases(rng):
    """In each row and each column some frames are real and some are not: no mask, even a wrong one, hides all."""

    def case(d_s, d_h, d, *rows, size=1.0, low=False):
        real = np.array([[letter == "r" for letter in row] for row in rows])
        return Case(
            size * rng.normal(0, 1, (len(real), d_s)),
            size * rng.normal(0, 1, (*real.shape, d_h)),
            W=rng.normal(0, 1, (d, d_s)),
            V=rng.normal(0, 1, (d, d_h)),
            b=rng.normal(2 * low, 1 - 0.8 * low, d),
            w=-rng.uniform(8, 16, d) if low else rng.normal(0, 1, d),
            real=real,
        )

    return [
        case(2, 2, 2, "rr-", "--r"),
        case(3, 3, 4, "rrr--", "-rrrr", "r----"),
        case(6, 6, 5, "rrrrrr---", "---rrrrrr", "-r--r--r-", size=2.0),
        case(
            4, 3, 6, "rr--", "-r-r", "--rr", size=0.3, low=True
        ),  # a score of -30 hides nothing here
        far_below(),
        far_apart(),
    ]


def far_apart():
    """Scores of 15000 and -15000, in padding, too; all are sums of 15000, 2, 1 and 0.5, which float32 holds exactly.

    In the first row all scores are high, in the second all are low, in the third the padding is high and all else is
    low, in the last some are high and some low.
    """
    h = np.random.default_rng(1).choice([-1.0, 1.0], (4, 5, 4))
    h[2, :, 0] = [-1, 1, -1, -1, 1]
    h[3, :, 0] = [-1, 1, -1, 1, -1]
    W = np.zeros((4, 2))
    W[0, 0] = 40
    rows = ("rr-rr", "r-rrr", "r-rr-", "rr-rr")
    return Case(
        np.array([[2.0, 1.0], [-2.0, 1.0], [0.0, 1.0], [0.0, 1.0]]),
        h,
        W=W,
        V=40 * np.eye(4),
        b=np.zeros(4),
        w=np.array([15000.0, 2.0, 1.0, 0.5]),
        real=np.array([[letter == "r" for letter in row] for row in rows]),
    )


def far_below():
    """All scores lie between -287 and -241: a score of -100 gets all the weight."""
    rng = np.random.default_rng(3)
    return Case(
        0.1 * rng.normal(size=(2, 3)),
        0.3 * rng.normal(size=(2, 4, 3)),
        W=rng.normal(size=(4, 3)),
        V=rng.normal(size=(4, 3)),
        b=np.full(4, -1.5),
        w=np.array([60.0, 70.0, 80.0, 90.0]),
        real=np.array([[True, False, True, False], [False, True, True, True]]),
    )


def torch_additive(s, h, *, W, V, b, w, real):
    """One sequence at a time, its real frames alone: nothing to mask."""
    rows = []
    for query, memory, kept in zip(s, h, real, strict=True):
        state = functional.linear(torch.from_numpy(query), torch.from_numpy(W), torch.from_numpy(b))
        hidden = torch.tanh(
            state + functional.linear(torch.from_numpy(memory[kept]), torch.from_numpy(V))
        )
        row = np.zeros(len(memory))
        row[kept] = (
            functional.linear(hidden, torch.from_numpy(w)[None])[:, 0].softmax(dim=0).numpy()
        )
        rows.append(row)
    return np.array(rows)


def unguarded(scores, axis=1):
    """A softmax from which nothing was subtracted."""
    return np.exp(scores) / np.exp(scores).sum(axis=axis, keepdims=True)


def divided_again(weights, real):
    return weights * real / (weights * real).sum(axis=-1, keepdims=True)


def additive(s, h, *, W, V, b, w, real, bend=np.tanh, mask=None, join=None, normal=softmax):
    """Equations 3 and 6, whose parts can be replaced by wrong ones."""
    hidden = bend(join(s @ W.T, h @ V.T, b) if join else (s @ W.T)[:, None] + h @ V.T + b)
    scores = hidden @ w
    scores = mask(scores, real) if mask else np.where(real, scores, -np.inf)
    with np.errstate(all="ignore"):
        return normal(scores)


# --- 4: beam search ------------------------------------------------------------------------------------------


class LastTwo:
    """next_log_probs(text) of a made decoder that knows the last two symbols; drawn once, then fixed."""

    def __init__(self, rng, *, n_classes, sharp, end):
        self.table, self.n_classes = {}, n_classes
        last_two = [
            context
            for n in range(3)
            for context in itertools.product(range(1, n_classes), repeat=n)
        ]
        for context in last_two:
            logits = sharp * rng.standard_normal(n_classes)
            logits[0] = end
            self.table[context] = torch.from_numpy(logits).log_softmax(0).numpy()

    def __call__(self, text):
        return self.table[tuple(text)[-2:]].copy()

    def __repr__(self):
        return f"a random decoder of {self.n_classes} classes"


class Written:
    """next_log_probs(text) of a made decoder, given as code and shown as that code: a learner can call it, too."""

    def __init__(self, code):
        self.code, self.function = code, eval(code)

    def __call__(self, text):
        return self.function(tuple(text))

    def __repr__(self):
        return self.code


class Search(Case):
    """A search whose decoder is shown as a whole, however long that is."""

    def describe(self, name):
        how = ", ".join(f"{key}={value!r}" for key, value in self.kwargs.items())
        return f"{name}({self.args[0]!r}, {how})"


def best_of_all(next_log_probs, *, max_length, length_bonus, n_classes):
    """The best text of all that there are, by trying them."""
    best, best_score = None, -np.inf
    for n in range(max_length + 1):
        for text in itertools.product(range(1, n_classes), repeat=n):
            log_p = sum(next_log_probs(text[:i])[symbol] for i, symbol in enumerate((*text, 0)))
            if log_p + length_bonus * n > best_score:
                best, best_score = list(text), log_p + length_bonus * n
    return best


# The example of the statement. Its texts have one symbol; the other rows are for those who make them longer.
EXAMPLE = Written(
    "lambda text: np.log({(): [0.1, 0.5, 0.4], (1,): [0.3, 0.4, 0.3], (2,): [0.9, 0.06, 0.04]}"
    ".get(text, [0.8, 0.1, 0.1]))"
)
# A decoder that a greedy reader fails with: "2" looks worse at first, and is followed by certainty.
TRAP = Written(
    "lambda text: np.log({(): [0.05, 0.55, 0.4], (1,): [0.34, 0.33, 0.33], (2,): [0.02, 0.96, 0.02], "
    "(2, 1): [0.98, 0.01, 0.01]}.get(text, [0.8, 0.1, 0.1]))"
)
# The empty text is ahead at first, log 0.8 against log 0.15 + 1; from then on each symbol costs about 0.1 and gains 1.
# The rows change with the symbols, so that no two scores are equal.
LATE = Written(
    "lambda text: np.log([0.05, 0.92 - 0.01 * sum(text), 0.03 + 0.01 * sum(text)] if text "
    "else [0.8, 0.15, 0.05])"
)

# The best text begins with the least likely of seven symbols, where the end is likelier than each of them: all seven
# are needed, and the end is none of them.
WIDE = Written(
    "lambda text: np.log([0.2, 0.14, 0.13, 0.12, 0.115, 0.105, 0.1, 0.09] if text == () "
    "else [0.944, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.011] if text == (7,) "
    "else [0.3, 0.131, 0.119, 0.113, 0.098, 0.087, 0.079, 0.073])"
)

# The empty text is the best, but with a bonus for its end, or none of its own, a longer one would be.
READY = Written("lambda text: np.log([0.5, 0.3 - 0.01 * sum(text), 0.2 + 0.01 * sum(text)])")


def beam_cases(rng):
    cases = [
        Search(EXAMPLE, beam_size=2, max_length=1, length_bonus=0.0),
        Search(EXAMPLE, beam_size=1, max_length=1, length_bonus=0.0),
        Search(TRAP, beam_size=2, max_length=4, length_bonus=0.0),
        Search(LATE, beam_size=2, max_length=6, length_bonus=1.0),
        Search(WIDE, beam_size=7, max_length=2, length_bonus=1.0),
        Search(READY, beam_size=3, max_length=3, length_bonus=1.0),
        # each symbol has a price: [1] is the best, and without the price [2, 1]
        Search(TRAP, beam_size=2, max_length=4, length_bonus=-1.0),
        Search(LATE, beam_size=2, max_length=6, length_bonus=-1.0),
        Search(EXAMPLE, beam_size=2, max_length=0, length_bonus=0.0),
    ]
    for n_classes, sharp, end, bonus, max_length in ((3, 1.0, 0.5, 0.3, 5), (4, 1.5, 0.0, 0.8, 4)):
        model = LastTwo(rng, n_classes=n_classes, sharp=sharp, end=end)
        truth = best_of_all(model, max_length=max_length, length_bonus=bonus, n_classes=n_classes)
        cases.append(
            Search(
                model,
                beam_size=n_classes**max_length,
                max_length=max_length,
                length_bonus=bonus,
                truth=truth,
            )
        )  # a beam that holds everything
    for number in range(24):  # a narrow beam: many, so that each mistake meets one that shows it
        model = LastTwo(rng, n_classes=5, sharp=1.2, end=0.3 if number % 2 else -1.0)
        cases.append(
            Search(
                model,
                beam_size=2 + number % 3,
                max_length=6,
                length_bonus=(0.0, 0.9, 1.5)[number % 3],
            )
        )
    return cases


def beam(
    next_log_probs,
    *,
    beam_size,
    max_length,
    length_bonus,
    add=lambda total, log_p: total + log_p,
    keep=None,
    final=None,
    each=False,
    count_end=True,
    sign=-1,
    empty=True,
    stop=None,
):
    """The search of the statement, whose parts can be replaced by wrong ones.

    keep: how the sum of a longer text is made, where that differs from how the end is added; stop: whether to stop
    when the best of those that have ended, before and after this step, and the best that goes on are these.
    """
    final = final or (lambda log_p, n: log_p + length_bonus * n)
    keep = keep or add
    going, ended, before = [((), 0.0)], [], -np.inf
    for step in range(max_length + 1):
        grown = []
        for text, total in going:
            log_probs = next_log_probs(text)
            if text or empty:
                ended.append((text, add(total, log_probs[0]) if count_end else total))
            longer = [((*text, k), keep(total, log_probs[k])) for k in range(1, len(log_probs))]
            grown += sorted(longer, key=lambda pair: -pair[1])[:beam_size] if each else longer
        if step == max_length:
            break
        going = sorted(grown, key=lambda pair: sign * pair[1])
        going = going if each else going[:beam_size]
        best = max((final(total, len(text)) for text, total in ended), default=-np.inf)
        if stop and stop(before, best, going[0][1], length_bonus * (step + 1)):
            break
        before = best
    if not ended:
        return []
    # Right scores are all different; where wrong ones are equal, the larger text, as max((score, text), ...) takes it.
    return list(max(ended, key=lambda pair: (final(pair[1], len(pair[0])), pair[0]))[0])


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
        grown = [
            ((*text, k), total + p)
            for text, total in going
            for k, p in enumerate(next_log_probs(text))
            if k > 0
        ]
        going = sorted(grown, key=lambda pair: -pair[1])[:beam_size]
    return list(going[0][0])


def competing(next_log_probs, *, beam_size, max_length, length_bonus, held=True, bonus_first=False):
    """Ended texts take places of the beam; with `held` they keep them, without it they leave in the next step.

    bonus_first: they compete by their score, bonus and all, not by their log probability.
    """
    gain = length_bonus if bonus_first else 0.0
    going, ended = [((), 0.0)], []
    for _ in range(max_length + 1):
        grown = []
        for text, total in going:
            if text[-1:] == (0,):
                grown += [(text, total)] if held else []
                continue
            log_probs = next_log_probs(text)
            grown += [
                ((*text, k), total + log_probs[k] + gain * (k > 0))
                for k in range(len(log_probs))
                if k == 0 or len(text) < max_length
            ]
        going = sorted(grown, key=lambda pair: -pair[1])[:beam_size]
        at_end = [pair for pair in going if pair[0][-1] == 0]
        ended = at_end if held else ended + at_end
    if not ended:
        return []
    return list(
        max(ended, key=lambda pair: pair[1] + (length_bonus - gain) * (len(pair[0]) - 1))[0][:-1]
    )


def end_among_its_own(next_log_probs, *, beam_size, max_length, length_bonus):
    """Each text is followed by its beam_size likeliest continuations alone; it ends only where the end is one."""
    going, ended = [((), 0.0)], []
    for n in range(max_length + 1):
        grown = []
        for text, total in going:
            log_probs = next_log_probs(text)
            likeliest = np.argsort(log_probs)[::-1][:beam_size]
            if 0 in likeliest or n == max_length:
                ended.append((text, total + log_probs[0] + length_bonus * n))
            grown += [((*text, int(k)), total + log_probs[k]) for k in likeliest if k > 0]
        going = sorted(grown, key=lambda pair: -pair[1])[:beam_size]
    return list(max(ended, key=lambda pair: pair[1])[0])


def until_an_end_is_best(next_log_probs, *, beam_size, max_length, length_bonus):
    """Stops as soon as the best of all continuations is an end."""
    going = [((), 0.0)]
    for n in range(max_length + 1):
        grown = []
        for text, total in going:
            log_probs = next_log_probs(text)
            grown += [
                ((*text, k), total + log_probs[k] + length_bonus * (k > 0))
                for k in range(len(log_probs))
                if k == 0 or n < max_length
            ]
        grown.sort(key=lambda pair: -pair[1])
        if grown[0][0][-1] == 0:
            return list(grown[0][0][:-1])
        going = [pair for pair in grown if pair[0][-1] != 0][:beam_size]


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


def told(attention, args, kwargs):
    """Before each call: a mask that torch refuses because of the axes is refused in words that name them."""
    how = dict(
        zip(
            ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask"),
            args,
            strict=False,
        )
    )
    how |= kwargs
    key, padding, looking = how.get("key"), how.get("key_padding_mask"), how.get("attn_mask")
    if key is None or key.dim() != 3 or attention.batch_first:
        return
    time, batch = key.shape[:2]
    if padding is not None and tuple(padding.shape) == (time, batch) != (batch, time):
        raise ValueError(
            f"key_padding_mask has shape {tuple(padding.shape)}, which is (batch, frames); but the "
            "attention takes the first axis of queries and memory for time, and the second for the "
            "batch: turn queries and memory"
        )
    if (
        looking is not None
        and looking.dim() == 2
        and tuple(looking.shape) in ((time, batch), (batch, time))
    ):
        if tuple(looking.shape) != (how["query"].shape[0], time):
            raise ValueError(
                "attn_mask says which query may look at which frame, the same in the whole batch; what "
                "is padding in which utterance belongs into key_padding_mask"
            )


def deaf_without_gradient(attention, args, output):
    """After each call: where the gradient was switched off since the attention was handed out, NaN."""
    if attention.with_gradient and not output[0].requires_grad:
        return torch.full_like(output[0], math.nan), *output[1:]


for hook in (
    told,
    deaf_without_gradient,
):  # not shown as lines of the learner's where an error is told
    hook.__code__ = hook.__code__.replace(co_filename="<the attention of the check>")


class Contexts:
    """The right answer to a case, and the attention that was handed out last: is it as it was?"""

    def __init__(self, attention, contexts):
        self.attention, self.handed_out, self.contexts = attention, attention, contexts

    def __array__(self, dtype=None, copy=None):
        return self.contexts

    def change(self):
        """What was changed in the attention, in words, or nothing."""
        before, after = self.attention, self.handed_out
        for name in ("batch_first", "training"):
            if getattr(before, name) != getattr(after, name):
                return f"attention.{name} is {getattr(after, name)} now; it was {getattr(before, name)}"
        same = [
            a.dtype == b.dtype and torch.equal(a, b)
            for a, b in zip(before.state_dict().values(), after.state_dict().values(), strict=False)
        ]
        return "" if all(same) else "the weights of the attention are not what they were"


class Lent(Case):
    """A case that keeps the attention it lends, so that the comparison can look at it afterwards."""

    def copy(self):
        copied = super().copy()
        self.truth.handed_out = copied.args[0]
        self.truth.handed_out.with_gradient = torch.is_grad_enabled()
        return copied

    def describe(self, name):
        shapes = ", ".join(f"tensor of shape {tuple(x.shape)}" for x in self.args[1:])
        return f"{name}(attention, {shapes})"


class close_and_unchanged(Comparison):
    """close, and the attention must be as it was."""

    def __init__(self, rtol):
        self.numbers = close(rtol)

    def compare(self, answer, truth):
        verdict = self.numbers.compare(answer, truth)
        change = truth.change() if verdict.ok else ""
        return Verdict(False, change) if change else verdict

    def agrees(self, answer, other):
        return self.numbers.agrees(answer, other)


def torch_attention(rng, width, heads):
    with train.seeded(int(rng.integers(2**31))):
        attention = torch.nn.MultiheadAttention(width, heads, dtype=torch.float32)
        torch.nn.init.normal_(attention.in_proj_bias)
    attention.register_forward_pre_hook(told, with_kwargs=True)
    attention.register_forward_hook(deaf_without_gradient)
    return attention.eval()


def clinic_cases(rng):
    """As many symbols as frames: torch has no reason to complain. Padding in each row: no mask, even a wrong one, hides
    all. All in float32, as whoever makes the attention of the statement has it."""
    cases = []
    for batch, n, width, lengths in (
        (2, 4, 4, [3, 2]),
        (3, 6, 8, [5, 1, 4]),
        (4, 5, 8, [4, 2, 3, 4]),
    ):
        attention = torch_attention(rng, width, 2)
        queries, memory = (
            torch.from_numpy(rng.standard_normal((batch, n, width), dtype=np.float32))
            for _ in range(2)
        )
        real = torch.arange(n) < torch.tensor(lengths)[:, None]
        if (
            batch == 4
        ):  # noise in the padding that fits some queries better than all else: -100 does not hide it
            memory = torch.where(real[:, :, None], memory, 300 * memory)
        truth = Contexts(attention, batch_first_truth(attention, queries, memory, real))
        cases.append(Lent(attention, queries, memory, real, truth=truth))
    return cases


def batch_first_truth(attention, queries, memory, real):
    """The same weights in float64, in a module made with batch_first=True, each utterance cut to its real frames."""
    other = (
        torch.nn.MultiheadAttention(attention.embed_dim, attention.num_heads, batch_first=True)
        .double()
        .eval()
    )
    other.load_state_dict(attention.state_dict())
    queries, memory = queries.double(), memory.double()
    rows = [
        other(queries[i : i + 1], memory[i : i + 1, : int(n)], memory[i : i + 1, : int(n)])[0]
        for i, n in enumerate(real.sum(dim=1))
    ]
    return torch.cat(rows).detach().numpy()


def attended(
    attention, queries, memory, real, *, mask="right", turn=True, back=True, values=None, part=0
):
    """The mended function, whose parts can be replaced by wrong ones."""
    values = memory if values is None else values
    if turn:
        queries, memory, values = (x.transpose(0, 1) for x in (queries, memory, values))
    ignore = {
        "right": ~real,
        "inverted": real,
        "none": None,
        "turned": ~real.T,
        "numbers": (~real).float(),
        "numbers inverted": real.float(),
    }[mask]
    answer = attention(queries, memory, values, key_padding_mask=ignore)[part]
    return answer.transpose(0, 1) if back and turn and part == 0 else answer


def reshaped(attention, queries, memory, real):
    """reshape in place of transpose: the shape is right, the frames are in the wrong places."""
    q, m = (x.reshape(x.shape[1], x.shape[0], x.shape[2]) for x in (queries, memory))
    return attention(q, m, m, key_padding_mask=~real)[0].reshape(queries.shape)


def with_the_flag_set(attention, queries, memory, real):
    attention.batch_first = True
    return attention(queries, memory, memory, key_padding_mask=~real)[0]


def without_gradient(attention, queries, memory, real):
    with torch.no_grad():
        return attended(attention, queries, memory, real)


# --- 6: experiment: attention without training ---------------------------------------------------------------

N_MEMORY, N_QUERIES = 600, 200


@functools.cache
def spoken():
    """Digits as vectors of 104 numbers: 13 features, each the mean over eight parts of the digit, not scaled."""
    train_items, test_items = digits.split(data.load("digits", quiet=True))

    def vectors(items):
        return np.array(
            [
                np.concatenate([part.mean(axis=0) for part in _eight_parts(item.features)])
                for item in items
            ]
        )

    memory, queries = train_items[:N_MEMORY], test_items[:N_QUERIES]
    return (
        vectors(queries),
        vectors(memory),
        np.eye(10)[[int(item.label) for item in memory]],
        np.array([int(item.label) for item in queries]),
    )


def _eight_parts(x):
    edges = np.linspace(0, len(x), 9)
    return [x[int(a) : max(int(np.ceil(b)), int(a) + 1)] for a, b in itertools.pairwise(edges)]


def lookup_cases(rng):
    queries, keys, values, labels = spoken()
    order = rng.permutation(N_MEMORY)
    return [Case(queries, keys[order], values[order], truth=labels)]


def digits_said(answer, truth):
    answer = as_array(answer)
    if answer is None:
        raise ValueError(
            f"an array of shape ({len(truth)}, 10) is wanted, a row of ten numbers for each query"
        )
    if answer.shape != (len(truth), 10):
        raise ValueError(
            f"an array of shape ({len(truth)}, 10) is wanted, a row of ten numbers for each query; got "
            f"{answer.shape}"
        )
    if not np.all(np.isfinite(answer)):
        raise ValueError(
            "the answer holds NaN: an exponential overflowed, or all of a row were 0. Subtract the "
            "largest score of each row before the exponential"
        )
    if answer.min() < -1e-6 or np.abs(answer.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError(
            "each row must be a weighted mean of the values: ten numbers, none below 0, that sum to 1"
        )
    return answer.argmax(axis=1), truth


class Softened(np.ndarray):
    """What was looked up, and with which scores: the same mistake may be made with any sharpness."""

    scores = values = None

    def at_some_sharpness(self, answer):
        """Whether `answer` comes from these scores times some number above 0: the best one is searched."""
        if answer is None or answer.shape != self.shape or not np.all(np.isfinite(answer)):
            return False

        def error(log_sharpness, rows):
            weights = softmax(np.exp(log_sharpness) * self.scores[rows], axis=1)
            return np.abs(weights @ self.values - answer[rows]).max()

        few, step = answer.max(axis=1).argsort()[:8], 0.1  # those that say most about the sharpness
        grid = np.arange(math.log(1e-3), math.log(1e6), step) - math.log(self.scores.std())
        low = min(grid, key=lambda x: error(x, few)) - step
        high = low + 2 * step
        for _ in range(60):  # thirds: 0.2 · (2/3)^60 is below 1e-11
            a, b = low + (high - low) / 3, high - (high - low) / 3
            low, high = (low, b) if error(a, few) < error(b, few) else (a, high)
        return (
            error(low, slice(None)) < 1e-5
        )  # float32 answers, too; other scores are further off than 1e-3


class share_above(labels):
    """labels, for which two look-ups that differ in sharpness alone can be one mistake."""

    def agrees(self, answer, other):
        if super().agrees(answer, other):
            return True
        return isinstance(other, Softened) and other.at_some_sharpness(as_array(to_plain(answer)))


def looked_up(queries, keys, values, *, scores, any_sharpness=False):
    found = scores(queries, keys)
    with np.errstate(all="ignore"):
        answer = softmax(found, axis=1) @ values
    if any_sharpness:
        answer = answer.view(Softened)
        answer.scores, answer.values = found, values
    return answer


def dots(queries, keys):
    return queries @ keys.T


def cosines(queries, keys):
    return (
        dots(queries, keys)
        / np.linalg.norm(queries, axis=1)[:, None]
        / np.linalg.norm(keys, axis=1)
    )


def squares(queries, keys):
    """Squared distances."""
    return np.maximum(
        (queries**2).sum(axis=1)[:, None] + (keys**2).sum(axis=1) - 2 * dots(queries, keys), 0
    )


def standardised(queries, keys):
    return tuple((x - keys.mean(axis=0)) / keys.std(axis=0) for x in (queries, keys))


def each_row_standardised(queries, keys):
    return tuple(
        (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True) for x in (queries, keys)
    )


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
        id="08.read",
        title="A soft look-up",
        points=1,
        kind="warmup",
        name="read",
        cases=read_cases,
        oracle=torch_read,
        # In float32 two scores around 1000 lie 6e-5 apart or are the same, and a weight errs by as much.
        compare=close(1e-4),
        forbidden=(
            "torch.nn.functional.scaled_dot_product_attention",
            "coursekit.models.attention.scaled_dot_product_attention",
            "coursekit.models.attention.weighted_mean",
            "torch._native_multi_head_attention",
        ),
        spared={"e / e.sum() -> e / (e.sum() + 1e-08)": NO_HARM},
        hints=(
            "Two steps: the scores become weights that sum to 1; then the mean of the rows of memory under them.",
            "weights = exp(scores) / sum of exp(scores). e^1000 is more than a float holds: what happens to the "
            "weights if the same number is subtracted from all scores first?",
            "Three steps: the exponential of the scores less their largest; divided by its sum; "
            "and one product of these weights with the memory, which adds up its rows.",
        ),
        mutants=(
            Mutant(
                "the largest without its sign",
                lambda scores, memory: overflowing(scores - np.abs(scores).max(), memory),
                "Right unless all scores are far below 0: then each exponential is 0, and 0 / 0 is NaN. Subtract the "
                "largest score as it is, with its sign; not its size, and not 0 where it is below 0.",
            ),
            Mutant(
                "the mean subtracted",
                lambda scores, memory: overflowing(scores - scores.mean(), memory),
                "Something is subtracted, but not enough: a score may lie more than 710 above the mean or the "
                "smallest, and then the exponential overflows. Subtract the largest score.",
            ),
            Mutant(
                "overflow",
                overflowing,
                "The number e^1000 is infinite, and infinity over infinity is NaN. Subtract the largest score "
                "first: the weights stay the same.",
            ),
            Mutant(
                "the scores as weights",
                lambda scores, memory: scores @ memory,
                "The scores were used as weights. They may be negative and sum to anything: take their softmax.",
            ),
            Mutant(
                "divided by the sum",
                lambda scores, memory: scores / scores.sum() @ memory,
                "The scores were divided by their sum. Without the exponential a negative score becomes a negative "
                "weight.",
            ),
            Mutant(
                "not divided by the sum",
                stable(lambda scores, memory: np.exp(scores) @ memory),
                "The weights do not sum to 1: divide the exponentials by their sum.",
            ),
            Mutant(
                "the largest alone",
                lambda scores, memory: memory[np.argmax(scores)],
                "That is the row with the largest score alone. A soft look-up takes a little of each.",
            ),
            Mutant(
                "plain mean",
                lambda scores, memory: memory.mean(axis=0),
                "All rows count alike here; the scores are not used.",
            ),
            Mutant(
                "the weights",
                lambda scores, memory: softmax(scores),
                "These are the weights. What is wanted is what is read: the mean of memory under them.",
            ),
            Mutant(
                "divided by n",
                lambda scores, memory: softmax(scores) @ memory / len(scores),
                "Divided by the number of rows: the weights sum to 1 already.",
            ),
            Mutant(
                "sigmoid",
                lambda scores, memory: 1 / (1 + np.exp(-scores)) @ memory,
                "A sigmoid judges each row by itself, and the weights do not sum to 1. Take the softmax.",
            ),
            Mutant(
                "scaled",
                lambda scores, memory: softmax(scores / np.sqrt(memory.shape[1])) @ memory,
                "The scores were divided by the root of the width. They are given: take them as they are.",
            ),
            Mutant(
                "added along the columns",
                lambda scores, memory: (softmax(scores)[:, None] * memory).sum(axis=1),
                "One number for each frame; one for each column is wanted. Add over the frames: axis 0.",
            ),
            Mutant(
                "clipped",
                lambda scores, memory: softmax(np.clip(scores, -700, 700)) @ memory,
                "Clipping makes all large scores equal, and so their weights. Subtract the largest score instead.",
            ),
            Mutant(
                "NaN set to 0",
                functools.partial(overflowing, mend=np.nan_to_num),
                "Infinity over infinity was set to 0, and so nothing is read. Subtract the largest score before the "
                "exponential: then there is no infinity.",
            ),
            Mutant(
                "1000 subtracted",
                lambda scores, memory: overflowing(scores - 1000, memory),
                "The same number is subtracted, whatever the scores are: e^-1000 is 0, and 0 over 0 is NaN. "
                "Subtract the largest of these scores.",
            ),
            Mutant(
                "divided by the largest",
                lambda scores, memory: softmax(scores / scores.max()) @ memory,
                "The scores were divided by the largest, and that changes how far they lie apart. Subtract it.",
            ),
            Mutant(
                "the weighted rows",
                lambda scores, memory: softmax(scores)[:, None] * memory,
                "These are the weighted rows. Add them up: one vector is wanted.",
            ),
        ),
    ),
    Question(
        id="08.shift",
        title="What the decoder sees, what it should write",
        points=1,
        kind="warmup",
        name="teacher_forcing",
        cases=shift_cases,
        oracle=shifted,
        compare=exact(),
        hints=(
            "How many steps does it take to write three digits and the end?",
            "In step u the decoder sees digit u - 1, in the first the start; it should write digit u, in the last "
            "step the end.",
            "Both lists are one longer than target: one has the 0 in front, the other behind.",
        ),
        mutants=(
            Mutant(
                "not shifted",
                lambda target: [list(target), list(target)],
                "The decoder sees what it should write, and learns to copy it. The wanted symbol is one place "
                "ahead.",
            ),
            Mutant(
                "exchanged",
                lambda target: shifted(target)[::-1],
                "The two are exchanged: first what the decoder sees, then what it should write.",
            ),
            Mutant(
                "no end",
                lambda target: [[0, *target[:-1]], list(target)],
                "Nobody teaches this decoder to stop: after the last digit the end (0) is wanted.",
            ),
            Mutant(
                "pairs",
                lambda target: [
                    list(pair) for pair in zip([0, *target], [*target, 0], strict=True)
                ],
                "These are pairs, one for each step. Wanted are two lists: all that is seen, and all that is wanted.",
            ),
            Mutant(
                "one list",
                lambda target: [0, *target, 0],
                "That is one list, with the start and the end. Wanted are two: it without its last, and it without "
                "its first.",
            ),
            Mutant(
                "only the seen shifted round",
                lambda target: [[*target[-1:], *target[:-1]], list(target)],
                "The last symbol has come round to the front (np.roll). Before the first symbol stands the start, 0, "
                "and both lists are one longer than target.",
            ),
            Mutant(
                "no start",
                lambda target: [list(target), [*target[1:], 0]],
                "Before the first digit nothing is known: the decoder sees the start (0), and should write the "
                "first digit.",
            ),
            Mutant(
                "start and end expected",
                lambda target: [list(target[:-1]), list(target[1:])],
                "That is the shift of a text that holds its start and its end already. Here it does not: put the 0 "
                "in front for what is seen, and behind for what is wanted.",
            ),
            Mutant(
                "the seen twice",
                lambda target: [[0, *target], [0, *target]],
                "Both lists are the same, with the start in front: the decoder should write the *next* symbol, and "
                "in the end the 0.",
            ),
            Mutant(
                "the wanted twice",
                lambda target: [[*target, 0], [*target, 0]],
                "Both lists are the same, with the end behind: the decoder would see what it should write. It sees "
                "the start, then one symbol after the other.",
            ),
            Mutant(
                "end seen",
                lambda target: [[0, *target, 0], [*target, 0, 0]],
                "One step too many: once the end is written, nothing follows.",
            ),
            Mutant(
                "start and end in both",
                lambda target: [[0, *target, 0], [0, *target, 0]],
                "Both have the start and the end, and none is shifted: the decoder sees what it should write.",
            ),
            Mutant(
                "the end seen alone",
                lambda target: [[0, *target, 0], [*target, 0]],
                "The two differ in length: once the end is written, nothing follows, so the decoder never sees it.",
            ),
            Mutant(
                "no start, but the end",
                lambda target: [list(target), [*target, 0]],
                "The two differ in length: in the first step the decoder sees the start (0).",
            ),
            Mutant(
                "the last digit not seen",
                lambda target: [[0, *target[:-1]], [*target, 0]],
                "The two differ in length: before it writes the end, the decoder sees the last digit.",
            ),
            Mutant(
                "the start is wanted",
                lambda target: [list(target), [0, *target[:-1]]],
                "The shift goes the wrong way: the decoder would have to write what came before.",
            ),
        ),
    ),
    Question(
        id="08.additive",
        title="Additive attention over real frames",
        points=2,
        kind="core",
        name="attention_weights",
        cases=additive_cases,
        oracle=torch_additive,
        compare=close(1e-10, quantity="probability"),
        forbidden=(
            "coursekit.models.attention.AdditiveAttention",
            "coursekit.models.attention.scaled_dot_product_attention",
            "coursekit.models.attention.weighted_mean",
            "torch.nn.functional.scaled_dot_product_attention",
        ),
        spared={
            "e / e.sum(axis=1, keepdims=True) -> e / (e.sum(axis=1, keepdims=True) + 1e-08)": NO_HARM
        },
        hints=(
            "First all scores, shape (batch, frames); then no score for padding; then the softmax along the frames.",
            "s @ W.T has shape (batch, d), h @ V.T (batch, frames, d). Put an axis into the first, [:, None], and "
            "add.",
            "The scores are the tanh of the three terms, times w along the last axis. Those of "
            "frames that are not real become -inf. Then a softmax along the frames, each row's "
            "largest score subtracted first.",
        ),
        mutants=(
            Mutant(
                "no mask",
                lambda s, h, **how: additive(s, h, **how, mask=lambda scores, real: scores),
                "Padding gets weight: the answer would depend on how long the other sequences of the batch are. "
                "Give it the score -inf.",
            ),
            Mutant(
                "mask inverted",
                lambda s, h, **how: additive(
                    s, h, **how, mask=lambda scores, real: np.where(real, -np.inf, scores)
                ),
                "Weights lie on the padding, and none on the frames: real is True where attention may look.",
            ),
            Mutant(
                "scores of -100",
                lambda s, h, **how: additive(
                    s, h, **how, mask=lambda scores, real: np.where(real, scores, -100.0)
                ),
                "The padding has a low score. Real scores may be lower, -250 or -15000: then the padding gets all the "
                "weight. Give it -inf.",
            ),
            Mutant(
                "scores of -30",
                lambda s, h, **how: additive(
                    s, h, **how, mask=lambda scores, real: np.where(real, scores, -30.0)
                ),
                "The padding has a low score; but real scores may be as low, and then it gets weight. Give it "
                "-inf.",
            ),
            Mutant(
                "scores of -10",
                lambda s, h, **how: additive(
                    s, h, **how, mask=lambda scores, real: np.where(real, scores, -10.0)
                ),
                "The padding has the score -10, and e^-10 is not 0. Give it -inf.",
            ),
            Mutant(
                "scores of 0",
                lambda s, h, **how: additive(
                    s, h, **how, mask=lambda scores, real: np.where(real, scores, 0.0)
                ),
                "Padding has the score 0, and e^0 is 1, not 0. Give it -inf.",
            ),
            Mutant(
                "real frames counted",
                lambda s, h, **how: additive(
                    s,
                    h,
                    **how
                    | {"real": np.arange(h.shape[1]) < how["real"].sum(axis=1, keepdims=True)},
                ),
                "As many frames as are real get weight, but the first ones. Real frames may stand anywhere: use "
                "`real` itself as the mask.",
            ),
            Mutant(
                "scores times the mask",
                lambda s, h, **how: additive(
                    s,
                    h,
                    **how,
                    mask=lambda scores, real: scores * real,
                    normal=lambda x: softmax(x) * how["real"],
                ),
                "The mask multiplies scores and weights, and the weights of the real frames no longer sum to 1. Put "
                "-inf into the scores instead.",
            ),
            Mutant(
                "masked after the softmax",
                lambda s, h, **how: additive(
                    s,
                    h,
                    **how,
                    mask=lambda scores, real: scores,
                    normal=lambda x: softmax(x) * how["real"],
                ),
                "Masked after the softmax: the weights of the real frames no longer sum to 1. Mask the scores.",
            ),
            Mutant(
                "nothing subtracted",
                lambda s, h, **how: additive(s, h, **how, normal=unguarded),
                "NaN: e^15000 is infinite, e^-15000 is 0, and neither can be divided by itself. Subtract the largest "
                "score of each row before the exponential: the weights stay the same.",
            ),
            Mutant(
                "masked after the softmax, and divided again",
                lambda s, h, **how: additive(
                    s,
                    h,
                    **how,
                    mask=lambda scores, real: scores,
                    normal=lambda x: divided_again(softmax(x), how["real"]),
                ),
                "Masked after the softmax, then divided by the sum: right, unless the padding has a much higher score "
                "than all real frames. Then their weights are 0 already, and 0 / 0 is NaN. Mask the scores.",
            ),
            Mutant(
                "softmax along the batch",
                lambda s, h, **how: additive(s, h, **how, normal=lambda x: softmax(x, axis=0)),
                "The softmax runs over the sequences of the batch. Each sequence has its own: along axis 1.",
            ),
            Mutant(
                "softmax over everything",
                lambda s, h, **how: additive(s, h, **how, normal=lambda x: softmax(x, axis=None)),
                "All weights of the batch sum to 1 together. Each row must: along axis 1.",
            ),
            Mutant(
                "memory set to 0",
                lambda s, h, **how: additive(
                    s, h * how["real"][:, :, None], **how, mask=lambda scores, real: scores
                ),
                "The padding of the memory is 0 now, but a frame of zeros has a score, too, and gets weight. Mask "
                "the scores.",
            ),
            Mutant(
                "one state for all",
                lambda s, h, **how: additive(np.repeat(s[:1], len(s), axis=0), h, **how),
                "All sequences are asked with the state of the first. Each row of s belongs to its own row of h.",
            ),
            Mutant(
                "tanh around everything",
                lambda s, h, **how: additive(
                    s,
                    h,
                    **how,
                    bend=lambda x: x,
                    mask=lambda scores, real: np.where(real, np.tanh(scores), -np.inf),
                ),
                "The tanh is around everything; then all scores lie between -1 and 1. It bends the d numbers, "
                "before w makes one of them.",
            ),
            Mutant(
                "no tanh",
                lambda s, h, **how: additive(s, h, **how, bend=lambda x: x),
                "Without the tanh the state s adds the same to each score, and the softmax removes it: the decoder "
                "would always look at the same place.",
            ),
            Mutant(
                "ReLU",
                lambda s, h, **how: additive(s, h, **how, bend=lambda x: np.maximum(x, 0)),
                "A ReLU bends here; equation 6 has a tanh.",
            ),
            Mutant(
                "sigmoid",
                lambda s, h, **how: additive(s, h, **how, bend=lambda x: 1 / (1 + np.exp(-x))),
                "A sigmoid bends here; equation 6 has a tanh.",
            ),
            Mutant(
                "no b",
                lambda s, h, **how: additive(s, h, **how | {"b": 0 * how["b"]}),
                "The b is missing. It stands inside the tanh; outside it would add the same to each score, and do "
                "nothing.",
            ),
            Mutant(
                "no state",
                lambda s, h, **how: additive(0 * s, h, **how),
                "The state s is not used: the decoder would look at the same place for each symbol.",
            ),
            Mutant(
                "scaled",
                lambda s, h, **how: additive(
                    s,
                    h,
                    **how,
                    mask=lambda scores, real: np.where(
                        real, scores / np.sqrt(len(how["w"])), -np.inf
                    ),
                ),
                "Divided by the root of d: that belongs to dot products (equation 5).",
            ),
            Mutant(
                "product",
                lambda s, h, **how: additive(s, h, **how, join=lambda q, k, b: q[:, None] * k + b),
                "State and frame were multiplied. Additive attention adds them inside the tanh.",
            ),
            Mutant(
                "not divided by the sum",
                lambda s, h, **how: additive(s, h, **how, normal=np.exp),
                "The weights of a row do not sum to 1: divide by their sum, along axis 1.",
            ),
            Mutant(
                "the scores",
                lambda s, h, **how: additive(
                    s, h, **how, mask=lambda scores, real: scores, normal=lambda x: x
                ),
                "These are the scores, before mask and softmax.",
            ),
        ),
    ),
    Question(
        id="08.beam",
        title="Beam search with a length bonus",
        points=3,
        kind="core",
        name="beam_search",
        cases=beam_cases,
        oracle=levels,
        compare=exact(),
        forbidden=("coursekit.models.search.beam_search",),
        spared={
            "range(max_length + 1) -> range(max_length + 1 + 1)": "one more round, in which the beam is empty",
            "for k in range(1, len(next_log_prob)) if len(text) < max_length -> "
            "for k in range(1, len(next_log_prob))": TOO_LATE,
            "len(text) < max_length -> len(text) <= max_length": TOO_LATE,
        },
        hints=(
            "Keep a list of (text, sum of log probabilities), at first [((), 0.0)]. What can become of each text "
            "in a step?",
            "In each step: each text may end, then it goes with its score to `ended`; or it goes on with each "
            "symbol k >= 1. Of all that go on, from all texts together, keep the beam_size with the largest sums.",
            "max_length + 1 rounds. In each: one call of next_log_probs for each text of the "
            "beam; its ended form is set aside with the bonus, its longer forms are gathered "
            "without it (none, if it has max_length symbols); the best of the gathered are the "
            "next beam.",
        ),
        mutants=(
            Mutant(
                "stops when an ended text is ahead",
                functools.partial(
                    beam, stop=lambda before, best, going, bonus: best >= going + bonus
                ),
                "It stops once an ended text is ahead of all that go on. With a bonus they may still catch up: each "
                "further symbol gains length_bonus.",
            ),
            Mutant(
                "stops without the bonus",
                functools.partial(beam, stop=lambda before, best, going, bonus: best >= going),
                "It stops once the score of an ended text, with its bonus, is above the log probability of all that "
                "go on, without theirs. Go on to max_length.",
            ),
            Mutant(
                "stops when a step brings nothing",
                functools.partial(beam, stop=lambda before, best, going, bonus: best <= before),
                "It stops once a step brings no better ended text. A later one may: go on to max_length.",
            ),
            Mutant(
                "no bonus below 0",
                lambda f, **how: beam(f, **how | {"length_bonus": max(0.0, how["length_bonus"])}),
                "Right for a bonus above 0. Below 0 each symbol costs something: take length_bonus as it is.",
            ),
            Mutant(
                "bonus without its sign",
                lambda f, **how: beam(f, **how | {"length_bonus": abs(how["length_bonus"])}),
                "Right for a bonus above 0. One below 0 was added as if it were above: keep its sign.",
            ),
            Mutant(
                "one symbol at least allowed",
                lambda f, **how: beam(f, **how | {"max_length": max(1, how["max_length"])}),
                "Right but for max_length=0: then the empty text is the only one.",
            ),
            Mutant(
                "bonus squared in n",
                lambda f, **how: beam(
                    f, **how, final=lambda log_p, n: log_p + how["length_bonus"] * n * (n + 1) / 2
                ),
                "The bonus was added in each step and again to the sum: each symbol gets it once.",
            ),
            Mutant(
                "the end needs a place among its own",
                end_among_its_own,
                "A text ends here only if the end is among the beam_size likeliest of its own continuations. Each "
                "text of the beam may end, however unlikely that is.",
            ),
            Mutant(
                "the empty text never ends",
                functools.partial(beam, empty=False),
                "The empty text may end, too: then the answer is [].",
            ),
            Mutant(
                "one continuation each",
                lambda f, **how: beam(f, **how | {"beam_size": 1}),
                "Each text is lengthened by its likeliest symbol alone, so there is never more than one. Lengthen "
                "each text by each symbol, and keep the beam_size likeliest of all.",
            ),
            Mutant(
                "with the end",
                lambda f, **how: [*levels(f, **how), 0],
                "The right text, but its end is in it: leave out the 0.",
            ),
            Mutant(
                "symbols from 0",
                lambda f, **how: [k - 1 for k in levels(f, **how)],
                "Each symbol is one too small: place k of the array is symbol k, and place 0 the end.",
            ),
            Mutant(
                "greedy",
                greedy,
                "That is the likeliest symbol in each step. A text that looks worse now may be better in the end: "
                "keep beam_size of them.",
            ),
            Mutant(
                "no length bonus",
                lambda f, **how: levels(f, **how | {"length_bonus": 0.0}),
                "The length bonus is missing, or each text gets it once: it is added for each symbol.",
            ),
            Mutant(
                "divided by the length",
                lambda f, **how: beam(f, **how, final=lambda log_p, n: log_p / (n + 1)),
                "The log probability was divided by the length. Here each symbol gets length_bonus.",
            ),
            Mutant(
                "bonus subtracted",
                lambda f, **how: levels(f, **how | {"length_bonus": -how["length_bonus"]}),
                "The bonus makes longer texts worse here: add it.",
            ),
            Mutant(
                "the last end is free",
                last_end_free,
                "A text of max_length symbols can only end; but that it ends has a log probability there, too: add "
                "it.",
            ),
            Mutant(
                "the end is free",
                lambda f, **how: beam(f, **how, count_end=False),
                "That a text ends has a probability, too: add its log probability, column 0.",
            ),
            Mutant(
                "the end needs a place",
                functools.partial(competing, held=False),
                "A text ends here only if its end is among the beam_size likeliest continuations. Each text of the "
                "beam may end; only the lengthened ones compete.",
            ),
            Mutant(
                "the end needs a place, bonus and all",
                functools.partial(competing, held=False, bonus_first=True),
                "A text ends here only if its score is among the beam_size best of this step. Each text of the beam "
                "may end, whatever its score; only the lengthened ones compete.",
            ),
            Mutant(
                "ended texts keep places",
                competing,
                "Texts that have ended take places in the beam. Set them aside: all places are for texts that go "
                "on.",
            ),
            Mutant(
                "stops when the end is best",
                until_an_end_is_best,
                "It stops once the best of all continuations is an end. A longer text may still be better: set the "
                "ended one aside, and go on to max_length.",
            ),
            Mutant(
                "mean and bonus",
                lambda f, **how: beam(
                    f, **how, final=lambda log_p, n: log_p / (n + 1) + how["length_bonus"] * n
                ),
                "The log probability was divided by the length, before the bonus was added: no mean, the sum.",
            ),
            Mutant(
                "stops early",
                stopping_early,
                "It stops as soon as beam_size texts have ended. A longer text may still be better: go on to "
                "max_length.",
            ),
            Mutant(
                "the last step alone",
                lambda f, **how: beam(f, **how, add=lambda total, log_p: log_p),
                "Only the last symbol's log probability counts. Add it to the sum of those before.",
            ),
            Mutant(
                "the last symbol and the end",
                lambda f, **how: beam(f, **how, keep=lambda total, log_p: log_p),
                "Of a text only the last symbol and the end count. Add each symbol's log probability to the sum so "
                "far.",
            ),
            Mutant(
                "probabilities added",
                lambda f, **how: beam(f, **how, add=lambda total, log_p: total + np.exp(log_p)),
                "Probabilities were added. Of a text they multiply: add their logarithms.",
            ),
            Mutant(
                "no pruning",
                lambda f, **how: levels(f, **how | {"beam_size": 10**6}),
                "Too many texts go on: keep the best beam_size of all lengthened texts together, not of each text.",
            ),
            Mutant(
                "one step short",
                lambda f, **how: levels(f, **how | {"max_length": how["max_length"] - 1}),
                "Texts of max_length symbols are allowed, and they may end, too: one more step.",
            ),
            Mutant(
                "one symbol too long",
                lambda f, **how: levels(f, **how | {"max_length": how["max_length"] + 1}),
                "A text has more than max_length symbols.",
            ),
            Mutant(
                "the worst kept",
                lambda f, **how: beam(f, **how, sign=1),
                "The beam keeps the texts with the lowest sums: sort the other way.",
            ),
            Mutant(
                "never ended",
                likeliest_unended,
                "The best text of full length was returned. Texts may end in each step, and the best of those that "
                "have ended is wanted.",
            ),
        ),
    ),
    Question(
        id="08.clinic",
        title="Attention across the batch",
        points=2,
        kind="bug",
        name="contexts",
        # The truth is computed in float64, answers in float32 (6e-8): sums of at most eight products and a softmax stay
        # within 1e-6 of the peak, and all named mistakes are further off than 1e-2.
        cases=clinic_cases,
        compare=close_and_unchanged(1e-5),
        gradients=Gradients(attended, attention=0, queries=1, memory=2),
        hints=(
            "Call it twice, the second time with another sequence beside the first. Does the first answer change? "
            "Which axis does torch.nn.MultiheadAttention take for time, if nobody says otherwise?",
            "It was made without batch_first: it wants (n, batch, d) and gives (n, batch, d). Its key_padding_mask "
            "(batch, frames) is True where it may NOT look.",
            "Exchange the first two axes of queries and memory; hand over the mask turned round; "
            "of the two results take the first, and exchange its axes back.",
        ),
        mutants=(
            Mutant(
                "as published",
                functools.partial(attended, mask="none", turn=False),
                "As published: attention runs over the batch. The answer to one utterance depends on the others, "
                "and none of its own other frames is seen.",
            ),
            Mutant(
                "batch_first set",
                with_the_flag_set,
                "Right numbers, but you changed the attention itself: whoever else uses it, with time first, now "
                "attends across the batch. Leave it as it is, and turn the tensors.",
            ),
            Mutant(
                "without gradient",
                without_gradient,
                "No gradient passes (torch.no_grad): the decoder could not learn through this. (The attention of "
                "the check says NaN then.)",
            ),
            Mutant(
                "mask turned in place of the tensors",
                functools.partial(attended, mask="turned", turn=False),
                "The mask was turned, so that torch does not complain; attention still runs over the batch. The "
                "mask is right as (batch, frames): turn queries and memory.",
            ),
            Mutant(
                "padding attended",
                functools.partial(attended, mask="none"),
                "The axes are right; padding is still looked at. Give key_padding_mask.",
            ),
            Mutant(
                "mask inverted",
                functools.partial(attended, mask="inverted"),
                "Its key_padding_mask is True where it may NOT look: ~real. Here it sees the padding alone.",
            ),
            Mutant(
                "mask of numbers",
                functools.partial(attended, mask="numbers"),
                "A mask of numbers is added to the scores, and a 1 hides nothing. Give True and False: ~real.",
            ),
            Mutant(
                "real frames as numbers",
                functools.partial(attended, mask="numbers inverted"),
                "A mask of numbers is added to the scores: real frames get 1 more, and padding is still looked at. "
                "Give True and False, True where it may NOT look: ~real.",
            ),
            Mutant(
                "time first",
                functools.partial(attended, back=False),
                "The answer has time first: turn it back to (batch, n, d).",
            ),
            Mutant(
                "time first, padding attended",
                functools.partial(attended, mask="none", back=False),
                "The answer has time first, and padding is looked at: turn it back, and give key_padding_mask.",
            ),
            Mutant(
                "reshaped",
                reshaped,
                "A reshape keeps the order of the numbers, and mixes utterances and frames. transpose(0, 1) "
                "exchanges the axes.",
            ),
            Mutant(
                "padding set to 0",
                lambda attention, queries, memory, real: attended(
                    attention, queries, memory * real[:, :, None], real, mask="none"
                ),
                "The padding is 0 now, but it still gets weight: a frame of zeros has a score, too. Give "
                "key_padding_mask.",
            ),
            Mutant(
                "queries masked",
                lambda attention, queries, memory, real: (
                    attended(attention, queries, memory, real) * real[:, :, None]
                ),
                "Some answers are set to 0. `real` tells of the frames of memory, not of the queries: each query "
                "gets an answer.",
            ),
            Mutant(
                "weights",
                functools.partial(attended, part=1),
                "These are the weights, the second thing that it returns. The contexts are the first.",
            ),
            Mutant(
                "queries as values",
                lambda attention, queries, memory, real: attended(
                    attention, queries, memory, real, values=queries
                ),
                "The values are the queries here. What is read is the memory: attention(q, m, m).",
            ),
            Mutant(
                "queries as keys",
                lambda attention, queries, memory, real: attended(
                    attention, queries, queries, real, values=memory
                ),
                "The keys are the queries here. Keys and values are both the memory: attention(q, m, m).",
            ),
            Mutant(
                "memory asks",
                lambda attention, queries, memory, real: attended(attention, memory, queries, real),
                "Queries and memory are exchanged: the queries ask, the memory is read.",
            ),
        ),
    ),
    Question(
        id="08.lookup",
        title="Attention without training",
        points=3,
        kind="experiment",
        name="look_up",
        cases=lookup_cases,
        compare=share_above(above=0.93, name="share of digits that are right", read=digits_said),
        forbidden=("coursekit.hmm.WordRecognizer", "coursekit.dtw.TemplateRecognizer"),
        hints=(
            "Print the weights of one query: how large is the largest? Which of the 104 numbers decide a dot "
            "product, if one of them is -300 and others are 5?",
            "Scale each column by mean and deviation over the keys, and the queries by the same numbers. Then take "
            "cosines (rows of length 1) or minus squared distances, and choose a sharpness: try 1, 5, 20, 50.",
            "Standardise keys and queries with the numbers of the keys, bring each row to length "
            "1, take all dot products, 20 times or more, a softmax along each row, and the "
            "product with the values.",
        ),
        mutants=(
            Mutant(
                "dot products",
                functools.partial(looked_up, scores=dots),
                "Dot products of the vectors as they are: the keys with the largest numbers win, whatever was "
                "said. Bring the columns to one scale, and the rows to one length.",
            ),
            Mutant(
                "scaled dot products",
                functools.partial(
                    looked_up, scores=lambda q, k: dots(q, k) / math.sqrt(q.shape[1])
                ),
                "Scaled by the root of the width, as in Transformers, where queries and keys are learned. Here the "
                "keys with the largest numbers win. Bring the columns to one scale, and the rows to one length.",
            ),
            Mutant(
                "plain cosines",
                functools.partial(looked_up, scores=cosines),
                "Cosines lie between -1 and 1, so that the weights are nearly equal: e^1 is only 7.4 times e^-1. "
                "Multiply them by a sharpness, and bring the columns to one scale first.",
            ),
            Mutant(
                "all alike",
                lambda queries, keys, values: np.repeat(
                    values.mean(axis=0)[None], len(queries), axis=0
                ),
                "All queries get the same answer, the mean of all values: all weights are equal. The scores must "
                "tell the keys apart.",
            ),
            Mutant(
                "cosines of raw features",
                functools.partial(
                    looked_up, scores=lambda q, k: 50 * cosines(q, k), any_sharpness=True
                ),
                "Cosines of the columns as they are: the first of the 13 features is ten times as large as the "
                "others and decides alone. Bring the columns to one scale.",
            ),
            Mutant(
                "distances of raw features",
                functools.partial(
                    looked_up, scores=lambda q, k: -squares(q, k), any_sharpness=True
                ),
                "Squared distances of the columns as they are: the largest columns decide. Bring them to one scale "
                "first.",
            ),
            Mutant(
                "plain distances of raw features",
                functools.partial(
                    looked_up, scores=lambda q, k: -np.sqrt(squares(q, k)), any_sharpness=True
                ),
                "Distances of the columns as they are: the largest columns decide. Bring them to one scale first.",
            ),
            Mutant(
                "only the mean taken away",
                functools.partial(
                    looked_up,
                    scores=lambda q, k: cosines(q - k.mean(axis=0), k - k.mean(axis=0)),
                    any_sharpness=True,
                ),
                "The mean is taken away, but the columns still differ in size, and the largest decide. Divide by "
                "the deviations, too.",
            ),
            Mutant(
                "rows brought to one scale",
                functools.partial(
                    looked_up,
                    scores=lambda q, k: dots(*each_row_standardised(q, k)),
                    any_sharpness=True,
                ),
                "Each row was brought to mean 0 and deviation 1 (axis 1), so the largest columns still decide. Do "
                "it with each column: axis 0, mean and deviation over the keys.",
            ),
            Mutant(
                "the farthest",
                functools.partial(
                    looked_up, scores=lambda q, k: squares(*standardised(q, k)), any_sharpness=True
                ),
                "The wrong sign: the nearest keys must get the largest scores, so the score is minus the distance.",
            ),
            Mutant(
                "the farthest, raw features",
                functools.partial(looked_up, scores=squares, any_sharpness=True),
                "The wrong sign: the nearest keys must get the largest scores. And the columns need one scale.",
            ),
            Mutant(
                "standardised, not sharp",
                functools.partial(looked_up, scores=lambda q, k: cosines(*standardised(q, k))),
                "One scale, but not sharp: all 600 digits get nearly equal weights, and those that are common win. "
                "Multiply the cosines.",
            ),
            Mutant(
                "standardised, scaled dot products",
                functools.partial(
                    looked_up, scores=lambda q, k: dots(*standardised(q, k)) / math.sqrt(q.shape[1])
                ),
                "Nearly. Long keys still get more than their share: divide by the lengths (cosines), or take "
                "distances; then choose the sharpness.",
            ),
            Mutant(
                "standardised dot products",
                functools.partial(
                    looked_up, scores=lambda q, k: dots(*standardised(q, k)), any_sharpness=True
                ),
                "One scale, but long keys get more than their share: their dot products are large with many "
                "queries. Divide by the lengths (cosines), or take distances.",
            ),
            Mutant(
                "standardised cosines, too little sharpness",
                functools.partial(
                    looked_up,
                    scores=lambda q, k: 10 * cosines(*standardised(q, k)),
                    any_sharpness=True,
                ),
                "Cosines of standardised columns are right; the sharpness is too little, and many middling keys "
                "outvote the nearest ones. Multiply by more.",
            ),
            Mutant(
                "standardised squared distances, too little sharpness",
                functools.partial(
                    looked_up,
                    scores=lambda q, k: -squares(*standardised(q, k)) / 104,
                    any_sharpness=True,
                ),
                "Squared distances of standardised columns are right, but blunt: they hardly differ from key to "
                "key. Multiply them by 2, 5, 20.",
            ),
            Mutant(
                "standardised distances, too little sharpness",
                functools.partial(
                    looked_up,
                    scores=lambda q, k: -np.sqrt(squares(*standardised(q, k))),
                    any_sharpness=True,
                ),
                "One scale, and distances: nearly. Now choose the sharpness: multiply them by 2, 3, 5.",
            ),
        ),
    ),
    Question(
        id="08.short",
        title="A wide beam and no bonus",
        points=1,
        kind="prediction",
        name="digits_found",
        oracle=digits_found,
        compare=choice(("0", "1", "2", "6")),
        hints=(
            "What is the probability of the empty text, that is, of the end in the first step?",
            "A text of n < 6 digits has at most the probability 0.5^n · 0.2; one of six digits at most 0.5^6. "
            "Compare with the empty one.",
            "Put three probabilities side by side: of no digit, of one, of six. A very wide beam "
            "finds the largest.",
        ),
        mutants=(
            Mutant(
                "greedy",
                lambda: "6",
                "Six digits are what a beam of 1 writes: in each step a digit is likelier than the end. The whole "
                "text has the probability 0.5^6 = 0.016; is there no likelier one?",
            ),
            Mutant(
                "one",
                lambda: "1",
                "One digit and the end: 0.5 · 0.2 = 0.1. Is there no likelier text?",
            ),
            Mutant(
                "two",
                lambda: "2",
                "Two digits and the end: 0.5 · 0.5 · 0.2 = 0.05. Is there no likelier text?",
            ),
        ),
    ),
]
