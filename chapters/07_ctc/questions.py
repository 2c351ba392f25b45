"""Questions of chapter 07. Truth comes from torch's CTC loss, jiwer, and from trying every path."""

import functools
import itertools
import math

import numpy as np

from coursekit.exercise import (
    Case,
    Mutant,
    Question,
    Verdict,
    all_of,
    as_array,
    choice,
    close,
    exact,
    integers,
    threshold,
)

# --- 1: the collapse -----------------------------------------------------------------------------------------


def collapse_cases(rng):
    return [
        Case([0, 3, 3, 0, 1, 1, 4, 4, 0, 4]),
        Case([0, 0, 0]),
        Case([2, 2, 2]),
        Case([1, 0, 1, 1, 0, 0, 1]),
        Case([5, 0, 5, 2, 2, 5]),
        Case(
            [12, 12, 0, 1, 2, 10, 10, 0, 10, 21]
        ),  # ids of two digits: written side by side they are others
        Case([*(int(k) for k in rng.integers(0, 4, 40)), 3, 3, 0, 3]),
        # More than a byte holds. Each is an object of its own: equal is not the same as identical.
        Case([int(k) for k in "300 300 0 300 44 44 556 556 300".split()]),
    ]


def collapsed(path):
    return [int(k) for k, _ in itertools.groupby(path) if k != 0]


class ids(exact):
    """A list of whole numbers, all equal; right floats are refused: no class can be looked up with them."""

    def judge(self, answer, truth):
        verdict, got = super().judge(answer, truth), as_array(answer)
        if verdict.ok and got is not None and got.size and got.dtype.kind == "f":
            return Verdict(
                False, "ids are whole numbers; yours are right, but floats", of_form=True
            )
        return verdict


# --- 2: how many paths ---------------------------------------------------------------------------------------


def count_cases(rng):
    word = "".join(rng.choice(list("123"), int(rng.integers(3, 6))))
    return [
        Case(4, "12"),
        Case(4, "11"),
        Case(5, "1221"),
        Case(3, "111"),
        Case(9, "1113"),
        Case(30, "144"),
        Case(8, ""),
        Case(9, "1111"),
        # so many paths that what was divided or rounded on the way is off by some
        Case(37, "1221212121212"),
        Case(39, "1221121212121"),
        # more than 64 bits hold, NumPy's whole numbers too
        Case(100, "1221212" + "213" * 11),
        Case(int(rng.integers(8, 25)), word),
    ]


def paths_by_forward(n_frames, word):
    """The forward recursion with all probabilities 1, in whole numbers."""
    states = "-" + "".join(f"{symbol}-" for symbol in word)
    alpha = [1 if s < 2 else 0 for s in range(len(states))]
    for _ in range(n_frames - 1):
        alpha = [
            sum(
                alpha[s - d]
                for d in (0, 1, 2)
                if s >= d and (d < 2 or states[s] != "-" and states[s] != states[s - 2])
            )
            for s in range(len(states))
        ]
    return sum(alpha[-2:])


def repeats(word):
    return sum(a == b for a, b in itertools.pairwise(word))


# --- 3: the forward recursion --------------------------------------------------------------------------------


def random_log_probs(rng, n_frames, n_classes, scale=1.0):
    logits = scale * rng.standard_normal((n_frames, n_classes))
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def forward_cases(rng):
    return [
        Case(np.log([[0.6, 0.4], [0.6, 0.4]]), [1]),
        Case(np.log([[0.2, 0.8], [0.9, 0.1]]), [1]),  # most paths end in the blank here
        Case(random_log_probs(rng, 5, 3), [1, 2]),
        Case(random_log_probs(rng, 6, 3), [2, 2]),
        Case(random_log_probs(rng, 30, 6, 2.0), [1, 1, 5, 3, 3, 3]),
        Case(random_log_probs(rng, 600, 11, 2.0), [int(k) for k in rng.integers(1, 11, 30)]),
        Case(random_log_probs(rng, 4, 3), [1, 1, 2]),
        Case(random_log_probs(rng, 3, 3), [1, 1, 2]),
        Case(random_log_probs(rng, 2, 4), [1, 2, 3]),
        # A network that is sure of other things: this text has e^-113. Always this draw: in others an epsilon may
        # happen to do no harm.
        Case(random_log_probs(np.random.default_rng(5), 12, 4, 25.0), [1, 2, 3]),
        # And one that is so sure that the exponential of a log probability is 0: this text has e^-16000.
        Case(random_log_probs(np.random.default_rng(5), 12, 4, 3000.0), [1, 2, 3]),
        # rows that do not sum to 1; and so far below that no number stands for -inf that is near 0
        Case(random_log_probs(rng, 8, 4) + rng.normal(0, 2, (8, 1)), [1, 3, 3]),
        Case(random_log_probs(rng, 8, 4) - 20000.0, [2, 1]),
    ]


def torch_log_prob(log_probs, target):
    import torch

    loss = torch.nn.functional.ctc_loss(
        torch.tensor(log_probs)[:, None],
        torch.tensor([target]),
        torch.tensor([len(log_probs)]),
        torch.tensor([len(target)]),
        reduction="sum",
    )
    return -float(loss)


def recursion(
    log_probs,
    target,
    *,
    skip=lambda a, b: a != b,
    join=np.logaddexp,
    ends=2,
    start=2,
    blank=0,
    emit=True,
    stay=True,
    end_join=None,
    wrap=False,
    in_place=False,
    over_blanks=False,
    wrap_skip=False,
    overwrite=False,
    nothing=-np.inf,
):
    """Equation 4, whose parts can be replaced by wrong ones."""
    states = [blank]
    for symbol in target:
        states += [symbol, blank]
    log_y = np.asarray(log_probs, dtype=float)[:, states]
    alpha = np.full(len(states), nothing)
    begin = start if isinstance(start, slice) else slice(0, start)
    alpha[begin] = log_y[0, begin]
    allowed = np.zeros(len(states), dtype=bool)
    for s in range(0 if wrap_skip else 2, len(states)):  # states[-1] and states[-2] are at the end
        allowed[s] = over_blanks if states[s] == blank else skip(states[s], states[s - 2])
    for frame in log_y[1:]:
        if in_place:  # one after the other, and alpha[s - 1] is of this frame already
            for s in range(len(states)):
                come = [
                    alpha[s],
                    *alpha[max(s - 1, 0) : s],
                    *([alpha[s - 2]] if allowed[s] else []),
                ]
                alpha[s] = np.logaddexp.reduce(come) + frame[s]
            continue
        step, jump = np.roll(alpha, 1), np.where(allowed, np.roll(alpha, 2), -np.inf)
        step[:1] = step[:1] if wrap else -np.inf
        step = np.where(allowed & overwrite, -np.inf, step)
        alpha = join(join(alpha if stay else np.full(len(states), -np.inf), step), jump) + (
            frame if emit else 0
        )
    end = ends if isinstance(ends, slice) else slice(-ends, None)
    return float(functools.reduce(end_join or join, alpha[end]))


def unguarded(a, b):
    """Log of a sum of two exponentials, where both may be 0."""
    with np.errstate(invalid="ignore"):
        highest = np.maximum(a, b)
        return highest + np.log(np.exp(a - highest) + np.exp(b - highest))


def in_probabilities(log_probs, target):
    with np.errstate(divide="ignore"):
        states = [0, *itertools.chain.from_iterable((k, 0) for k in target)]
        y = np.exp(log_probs)[:, states]
        alpha = np.zeros(len(states))
        alpha[:2] = y[0, :2]
        for frame in y[1:]:
            shifted = np.append(0, alpha[:-1])
            jump = np.concatenate([[0, 0], alpha[:-2]])
            allowed = [
                s > 1 and states[s] != 0 and states[s] != states[s - 2] for s in range(len(states))
            ]
            alpha = (alpha + shifted + jump * allowed) * frame
        return float(np.log(alpha[-2:].sum()))


def without_blanks(log_probs, target):
    """The lattice of the symbols alone."""
    log_y = np.asarray(log_probs)[:, list(target)]
    alpha = np.full(len(target), -np.inf)
    alpha[0] = log_y[0, 0]
    for frame in log_y[1:]:
        alpha = np.logaddexp(alpha, np.append(-np.inf, alpha[:-1])) + frame
    return float(alpha[-1])


# --- 4: prefix beam search -----------------------------------------------------------------------------------


def beam_cases(rng):
    return [
        Case(np.log([[0.6, 0.4], [0.6, 0.4]]), beam_size=10),
        Case(np.log([[0.3, 0.4, 0.3], [0.7, 0.2, 0.1], [0.3, 0.4, 0.3]]), beam_size=50),
        Case(np.log([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]), beam_size=50),
        # two prefixes hold all but 1e-14 in every frame: a small beam, and nothing is lost, if the best are kept
        Case(
            np.log(
                np.maximum(
                    [[0.8, 0.2, 0], [0.8, 0.2, 0], [0, 0, 1], [1, 0, 0], [0.3, 0.7, 0]], 1e-14
                )
            ),
            beam_size=2,
        ),
        # nothing is lost here either, if the best are those of the largest sums: ranked by the larger of the two
        # numbers, by the first or by the second, the search finds less; the first draws of which this is true
        *(
            Case(random_log_probs(np.random.default_rng(seed), n, 3, 1.5), beam_size=size)
            for seed, n, size in ((169, 5, 2), (973, 6, 3))
        ),
        # too small a beam, on purpose: [2] loses its 0.25 in the first frame, and [1, 2] wins, by 0.4 to 0.35
        Case(np.log([[0.35, 0.4, 0.25], [1e-14, 1e-14, 1.0]]), beam_size=2),
        # and the first case again with a beam of one: the empty text is ahead by 0.6 to 0.4, then by 0.36 to 0.24
        Case(np.log([[0.6, 0.4], [0.6, 0.4]]), beam_size=1),
        # silence; and texts that are nearly equally likely, so that the sum needs all that a large beam holds
        Case(np.log([[0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.9, 0.05, 0.05]]), beam_size=20),
        Case(random_log_probs(rng, 6, 4, 0.3), beam_size=5000),
        # the least likely class of the second frame, in a text that wins: not the classes are thrown away, but prefixes
        Case(
            np.log(
                np.maximum(
                    [
                        [0, 1, 0, 0, 0, 0, 0],
                        [0.18, 0.17, 0.15, 0.14, 0.13, 0.12, 0.11],
                        [0.2, 0, 0, 0, 0, 0, 0.8],
                    ],
                    1e-14,
                )
            ),
            beam_size=6,
        ),
        *(Case(random_log_probs(rng, n, 3), beam_size=1000) for n in (5, 6, 7)),
        Case(random_log_probs(rng, 7, 4, 1.5), beam_size=5000),
        # as an HMM's frames would be: the probability of each path is below the smallest number of the computer
        Case(np.log([[0.3, 0.4, 0.3], [0.7, 0.2, 0.1], [0.3, 0.4, 0.3]]) - 700.0, beam_size=50),
        # far below all that might stand for -inf
        Case(np.log([[0.3, 0.4, 0.3], [0.7, 0.2, 0.1], [0.3, 0.4, 0.3]]) - 20000.0, beam_size=50),
    ]


def by_trying(log_probs, beam_size):
    """The likeliest text and its log probability, from single paths; those of the best beginnings go on."""
    paths = [((), 0, 1.0)]  # what was read, the last class, the probability
    highest = np.max(log_probs, axis=1, keepdims=True)
    for frame in np.exp(log_probs - highest).tolist():
        paths = [
            ((*read, k) if k not in (0, last) else read, k, p * y)
            for read, last, p in paths
            for k, y in enumerate(frame)
        ]
        sums = {}
        for read, _, p in paths:
            sums[read] = sums.get(read, 0.0) + p
        kept = set(sorted(sums, key=sums.get, reverse=True)[:beam_size])
        paths = [path for path in paths if path[0] in kept]
    best = max(kept, key=sums.get)
    return [list(best), math.log(sums[best]) + float(highest.sum())]


def beam_of_probabilities(log_probs, beam_size):
    """The prefix search without logarithms, but for the last one."""
    beam = {(): (1.0, 0.0)}
    for frame in np.exp(log_probs):
        new = {}
        for prefix, (blank, symbol) in beam.items():
            ways = [(prefix, 0, (blank + symbol) * frame[0])]
            for k in range(1, len(frame)):
                again = prefix[-1:] == (k,)
                ways += [(prefix, 1, symbol * frame[k])] if again else []
                ways += [((*prefix, k), 1, (blank if again else blank + symbol) * frame[k])]
            for longer, which, p in ways:
                new.setdefault(longer, [0.0, 0.0])[which] += p
        beam = dict(sorted(new.items(), key=lambda item: -sum(item[1]))[:beam_size])
    best = max(beam, key=lambda prefix: sum(beam[prefix]))
    with np.errstate(divide="ignore"):
        return [list(best), float(np.log(sum(beam[best])))]


def best_path(log_probs, beam_size):
    path = np.argmax(log_probs, axis=1).tolist()
    return [collapsed(path), float(np.max(log_probs, axis=1).sum())]


def best_paths(log_probs, beam_size):
    """The beam holds paths; those that spell one text are added up at the end."""
    paths = [((), 0.0)]
    for frame in np.asarray(log_probs, dtype=float).tolist():
        paths = [((*path, k), p + y) for path, p in paths for k, y in enumerate(frame)]
        paths = sorted(paths, key=lambda item: -item[1])[:beam_size]
    sums = {}
    for path, p in paths:
        text = tuple(collapsed(path))
        sums[text] = np.logaddexp(sums.get(text, -np.inf), p)
    best = max(sums, key=sums.get)
    return [list(best), float(sums[best])]


def prefix_search(
    log_probs,
    beam_size,
    *,
    again="blank",
    merge=True,
    longer="both",
    keep_last=True,
    blank_from="both",
    join=np.logaddexp,
    prune=lambda size: size,
    rank=None,
    kept_from="symbol",
    begin=-np.inf,
    end_join=None,
    repeats=True,
    likeliest=None,
):
    """Equations 9 and 10, whose parts can be replaced by wrong ones."""
    beam = {(): (0.0, begin)}
    for frame in np.asarray(log_probs, dtype=float):
        new, tried = {}, np.argsort(-frame)[:likeliest].tolist()

        def add(prefix, which, value, new=new, way="longer"):
            ends = new.setdefault(prefix, [-np.inf, -np.inf])
            if merge == "entry":
                ends[1 - which] = -np.inf
            ends[which] = (
                value
                if merge in ("overwrite", "entry", way)
                else join(ends[which], value)
                if merge
                else max(ends[which], value)
            )

        for prefix, (ends_blank, ends_symbol) in beam.items():
            of = {"blank": ends_blank, "symbol": ends_symbol, "both": join(ends_blank, ends_symbol)}
            add(prefix, 0, of[blank_from] + frame[0], way="kept")
            for k in range(1, len(frame)):
                if k not in tried and prefix[-1:] != (k,):
                    continue
                if repeats and prefix and k == prefix[-1]:
                    if keep_last:
                        add(prefix, 1, of[kept_from] + frame[k], way="kept")
                    if again != "never":
                        add((*prefix, k), 1, of[again] + frame[k])
                else:
                    add((*prefix, k), 1, of[longer] + frame[k])
        ranked = sorted(
            new, key=lambda prefix, new=new: rank(*new[prefix]) if rank else -join(*new[prefix])
        )
        beam = {prefix: new[prefix] for prefix in ranked[: prune(beam_size)]}
    end_join = end_join or join
    best = max(beam, key=lambda prefix: end_join(*beam[prefix]))
    return [list(best), float(end_join(*beam[best]))]


# --- 5: bug clinic -------------------------------------------------------------------------------------------

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = (
    "hello",
    "letter",
    "speech",
    "call",
    "noon",
    "sound",
    "apple",
    "audio",
    "frames",
    "success",
)


def clinic_cases(rng):
    def one(texts, n_frames, wrong, tight=False):
        rows, lengths = [], []
        for text in texts:
            path = []
            for before, symbol in zip(" " + text, text, strict=False):
                path += [0] * int(rng.integers(1 if symbol == before else 0, 3))
                path += [LETTERS.index(symbol) + 1] * int(rng.integers(1, 4))
            path += [0] * int(rng.integers(0, 3))
            if tight:  # a letter in the first frame, and one that lasts the last frame alone
                ids = [LETTERS.index(symbol) + 1 for symbol in text]
                path = [k for symbol in ids[:-1] for k in (symbol, symbol, 0)] + ids[-1:]
            lengths.append(len(path))
            noise = rng.integers(0, 27, n_frames - len(path)).tolist()  # what stands in the padding
            if tight and not rows:  # a frame too many costs less than one too few
                noise[0] = 0
            rows.append(path + noise)
        logits = rng.normal(0, 1, (n_frames, len(texts), 27))
        for b, row in enumerate(rows):
            for t, k in enumerate(row):
                k = int(rng.integers(1, 27)) if rng.random() < wrong and t < lengths[b] else k
                logits[t, b, k] += 9.0
        return Case(logits, lengths, list(texts))

    worse = rng.normal(0, 1, (8, 1, 27))  # an a, heard as bcde: four errors for one letter
    worse[np.arange(8), 0, [2, 3, 4, 5, 5, 0, 9, 9]] += 9.0
    silent = rng.normal(
        0, 1, (9, 1, 27)
    )  # abcd, heard as ab: fewer letters are read than were said
    silent[np.arange(9), 0, [0, 1, 1, 0, 2, 0, 0, 4, 4]] += 9.0
    drawn = rng.choice(WORDS, (2, 4))
    return [
        one(("hello", "sound", "noon"), 40, 0.0, tight=True),
        one(drawn[0].tolist(), 48, 0.1),
        one(drawn[1].tolist(), 48, 0.25),
        Case(worse, [6], ["a"]),
        Case(silent, [7], ["abcd"]),
    ]


def words_of(logits, lengths, *, time_first=True, cut=True, rule="right", less=0, reshaped=False):
    logits = np.asarray(logits)
    rows = logits.transpose(1, 0, 2) if time_first else logits
    if reshaped:
        rows = logits.reshape(rows.shape)
    found = []
    for row, n in zip(rows, lengths, strict=False):
        path = row.argmax(axis=1)[: n - less if cut else None].tolist()
        if rule == "right":
            ids = collapsed(path)
        elif rule == "blanks first":
            ids = [k for k, _ in itertools.groupby(k for k in path if k != 0)]
        elif rule == "first after last":
            ids = [k for i, k in enumerate(path) if k != 0 and k != path[i - 1]]
        elif rule == "first lost":
            ids = [k for before, k in itertools.pairwise(path) if k not in (0, before)]
        elif rule == "no merging":
            ids = [k for k in path if k != 0]
        else:  # the blank stays
            ids = [k for k, _ in itertools.groupby(path)]
        found.append("".join(("-" + LETTERS)[k] for k in ids))
    return found


def jiwer_rate(logits, lengths, texts):
    import jiwer

    return float(jiwer.cer(list(texts), words_of(logits, lengths)))


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (x != y)))
        row = new
    return row[-1]


def by_place(a, b):
    return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))


def rate(logits, lengths, texts, *, divide="truth", each=False, edits=distance, **how):
    words = words_of(logits, lengths, **how)
    pairs = list(zip(texts, words, strict=False))
    if each:
        return float(np.mean([edits(a, b) / len(a) for a, b in pairs]))
    longer = sum(max(len(a), len(b)) for a, b in pairs)
    total = sum(len(a) if divide == "truth" else len(b) for a, b in pairs)
    total = longer if divide == "longer" else total
    total = sum(lengths) if divide == "frames" else total
    return sum(edits(a, b) for a, b in pairs) / max(total, 1)


# --- 6: experiment: a language model chooses -----------------------------------------------------------------

DAYS = np.arange("1930-01-01", "2010-01-01", dtype="datetime64[D]")
N_DATES, N_BEST, CLEAR = 400, 30, 2.6


def dates(n, rng):
    days = [str(day) for day in rng.choice(DAYS, n)]
    return [day[8:10] + day[5:7] + day[2:4] for day in days]


class Heard(list):
    """Lists of (text, number), copied for each call in a tenth of the time: the pairs themselves cannot be changed."""

    def __deepcopy__(self, memo):
        return [list(texts) for texts in self]


def choose_cases(rng):
    said = dates(N_DATES, rng)
    heard = Heard(n_best(text, rng) for text in said)
    return [Case(heard, dates(8000, rng), truth=(said, [texts[0][0] for texts in heard]))]


# of each digit one of the four likeliest, in all ways in which their ranks sum to 5 at most
RANKS = np.array([ranks for ranks in itertools.product(range(4), repeat=6) if sum(ranks) <= 5])


def n_best(text, rng):
    """What a network may have heard: the likeliest texts with their log probabilities, some a digit short."""
    heard = rng.normal(0, 1, (6, 10))
    heard[np.arange(6), [int(digit) for digit in text]] += CLEAR
    logits = CLEAR * heard  # log likelihood ratios: this network is as sure as it should be
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    ids = np.argsort(-log_p, axis=1)[np.arange(6), RANKS]
    values = log_p[np.arange(6), ids].sum(axis=1)
    found = {"".join(map(str, ids[i])): float(values[i]) for i in np.argsort(-values)[:N_BEST]}
    best = max(found, key=found.get)
    for u in range(6):
        found[best[:u] + best[u + 1 :]] = found[best] - float(rng.uniform(3.0, 6.0))
    return sorted(found.items(), key=lambda item: -item[1])[:N_BEST]


def errors_left(answer, truth):
    """Edits that are left, in % of those of the network's favourites."""
    said, favourites = truth
    if (
        not isinstance(answer, list)
        or len(answer) != len(said)
        or not all(isinstance(a, str) for a in answer)
    ):
        raise ValueError(f"a list of {len(said)} texts is wanted, one for each recording")
    left, before = (sum(map(distance, said, texts)) for texts in (answer, favourites))
    return 100 * left / before


@functools.lru_cache(
    maxsize=32
)  # the proofs ask for three draws and all orders of the mutants, again and again
def _scores(texts, known, order):
    """What a model of the known dates says of each text."""
    from coursekit import lm

    model = lm.NGram(order, smoothing="witten-bell").fit(known, symbols="0123456789")
    return {text: model.score(text) for text in texts}


def chosen(
    heard, known, *, weight=0.5, order=4, pick=max, join=lambda sound, language: sound + language
):
    scores = _scores(frozenset(text for texts in heard for text, _ in texts), tuple(known), order)
    return [
        pick(texts, key=lambda item: join(item[1], weight * scores[item[0]]))[0] for texts in heard
    ]


def first_of(heard, known):
    return [next((text for text, _ in texts if text in known), texts[0][0]) for texts in heard]


# --- 7: prediction -------------------------------------------------------------------------------------------


@functools.cache
def what_is_read_first():
    """Train a small network on four classes for a while, and see what it reads when the loss has first settled."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = torch.Generator().manual_seed(1)
        means = torch.randn(4, 8, generator=generator)
        net = torch.nn.LSTM(8, 16, batch_first=True, bidirectional=True)
        out = torch.nn.Linear(32, 5)
    weights = [*net.parameters(), *out.parameters()]
    mean, square = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    for step in range(1, 61):
        targets = torch.randint(1, 5, (8, 4), generator=generator)
        x = means[targets - 1].repeat_interleave(8, dim=1)
        x = x + torch.randn(x.shape, generator=generator)
        log_probs = out(net(x)[0]).log_softmax(-1)
        loss = torch.nn.functional.ctc_loss(
            log_probs.transpose(0, 1), targets, torch.full((8,), 32), torch.full((8,), 4)
        )
        # Adam by hand: torch.optim takes seconds to load, and the learner waits for a prediction
        with torch.no_grad():
            for w, m, v, g in zip(
                weights, mean, square, torch.autograd.grad(loss, weights), strict=True
            ):
                m.lerp_(g, 0.1)
                v.lerp_(g**2, 0.001)
                w -= 0.005 * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
    read = [collapsed(path) for path in log_probs.argmax(-1).tolist()]
    if not any(read):
        return "nothing"
    return (
        "the right text"
        if read == targets.tolist()
        else "one symbol"
        if all(len(set(text)) == 1 for text in read)
        else "many symbols"
    )


QUESTIONS = [
    Question(
        id="07.collapse",
        title="From path to text",
        points=1,
        kind="warmup",
        name="read_path",
        cases=collapse_cases,
        oracle=collapsed,
        compare=ids(),
        forbidden=("coursekit.ctc.collapse", "coursekit.ctc_decode.collapse"),
        hints=(
            "Two steps, in this order: merge repeats, remove blanks.",
            "A symbol is kept if it differs from the class of the frame before, and is not the blank.",
            "Go through the path with the class before at hand (0 before the first), and keep "
            "what is no blank and differs from it.",
        ),
        mutants=(
            Mutant(
                "blanks first",
                lambda path: [k for k, _ in itertools.groupby(k for k in path if k)],
                "Blanks were removed before repeats were merged: then a blank cannot part two equal symbols.",
            ),
            Mutant(
                "no merging",
                lambda path: [k for k in path if k],
                "Repeats are still there. A symbol that lasts three frames is one symbol: merge first.",
            ),
            Mutant(
                "blanks kept",
                lambda path: [k for k, _ in itertools.groupby(path)],
                "Repeats are merged; the blanks (0) are still there.",
            ),
            Mutant(
                "each symbol once",
                lambda path: list(dict.fromkeys(k for k in path if k)),
                "Each symbol appears once at most. Only repeats in neighbouring frames are merged: 1 0 1 is 1 1.",
            ),
            Mutant(
                "sorted",
                lambda path: sorted(set(k for k in path if k)),
                "The symbols are sorted, and each is there once. A text keeps its order.",
            ),
            Mutant(
                "first frame lost",
                lambda path: [k for a, k in itertools.pairwise(path) if k != a and k],
                "A symbol in the first frame is lost. Before it stands nothing: compare it with the blank.",
            ),
            Mutant(
                "last of each run",
                lambda path: [a for a, k in itertools.pairwise(path) if k != a and a],
                "A symbol that lasts to the last frame is lost.",
            ),
            Mutant("the path", lambda path: list(path), "This is the path itself."),
            Mutant(
                "identical in place of equal",
                lambda path: [
                    k for a, k in itertools.pairwise([0, *path]) if k and (k != a or k > 256)
                ],
                "Right for ids up to 256. `is` asks whether two are the same object; equal numbers need not be: "
                "take != and ==.",
            ),
            Mutant(
                "in a byte",
                lambda path: collapsed([k % 256 for k in path]),
                "Ids above 255 do not fit in a byte (uint8): 300 becomes 44. Take int.",
            ),
        ),
    ),
    Question(
        id="07.count",
        title="How many paths?",
        points=1,
        kind="warmup",
        name="n_paths",
        cases=count_cases,
        oracle=paths_by_forward,
        compare=integers(),
        hints=(
            "Count the symbols that equal the one before, r; then equation 2.",
            "r = sum(a == b for a, b in zip(word, word[1:])); math.comb(n, k) is the number of "
            "choices.",
            "Count the pairs of equal neighbours, and put T, U and r into the formula; math.comb "
            "says 0 where there are too few places.",
        ),
        mutants=(
            Mutant(
                "at least one",
                lambda t, w: max(1, math.comb(t + len(w) - repeats(w), 2 * len(w))),
                "Where there are too few frames there is no path: 0, and math.comb says so itself.",
            ),
            Mutant(
                "repeats forgotten",
                lambda t, w: math.comb(t + len(w), 2 * len(w)),
                "Between two equal symbols a blank is needed; that takes paths away. Subtract r.",
            ),
            Mutant(
                "all symbols that occur again",
                lambda t, w: math.comb(t + len(w) - (len(w) - len(set(w))), 2 * len(w)),
                "Only symbols that equal the one just before count in r, not all that occur twice: 121 has r = 0.",
            ),
            Mutant(
                "runs counted once",
                lambda t, w: math.comb(
                    t + len(w) - sum(len(list(run)) > 1 for _, run in itertools.groupby(w)),
                    2 * len(w),
                ),
                "Three equal symbols in a row hold two repeats: r counts each symbol that equals the one just "
                "before (and str.count does not count pairs that overlap).",
            ),
            Mutant(
                "last compared with first",
                lambda t, w: math.comb(
                    t + len(w) - sum(w[i] == w[i - 1] for i in range(len(w))), 2 * len(w)
                ),
                "Nothing stands before the first symbol; w[0 - 1] is the last one. Begin with the second.",
            ),
            Mutant(
                "places of symbols",
                lambda t, w: math.comb(t, len(w)),
                "That is in how many ways len(word) frames can be chosen. A symbol may last several frames, too.",
            ),
            Mutant(
                "added in place of subtracted",
                lambda t, w: math.comb(t + len(w) + repeats(w), 2 * len(w)),
                "Repeats leave fewer paths, not more: subtract r.",
            ),
            Mutant(
                "all paths",
                lambda t, w: (len(set(w)) + 1) ** t,
                "That is the number of all paths, whatever they spell.",
            ),
            Mutant(
                "without blanks",
                lambda t, w: math.comb(t - 1, len(w) - 1) if w else 1,
                "That counts paths without blanks. Blanks may stand before, between and after the symbols.",
            ),
            Mutant(
                "one symbol chosen twice",
                lambda t, w: math.comb(t + len(w) - repeats(w), len(w)),
                "Each symbol has a beginning and an end: choose 2 U places, not U.",
            ),
            Mutant(
                "nothing has no path",
                lambda t, w: 0 if not w else math.comb(t + len(w) - repeats(w), 2 * len(w)),
                "The empty text has a path, too: all blanks. math.comb(n, 0) is 1.",
            ),
            Mutant(
                "through a float",
                lambda t, w: int(float(math.comb(t + len(w) - repeats(w), 2 * len(w)))),
                "Right as long as the number is small. A float has 53 bits, and what is beyond is rounded: stay with "
                "Python's int all the way.",
            ),
            Mutant(
                "in 64 bits",
                lambda t, w: (
                    (math.comb(t + len(w) - repeats(w), 2 * len(w)) + 2**63) % 2**64 - 2**63
                ),
                "Right as long as the number is small. NumPy's int64 begins again from below where 64 bits are not "
                "enough: take Python's int.",
            ),
        ),
    ),
    Question(
        id="07.forward",
        title="The sum over all paths",
        points=3,
        kind="core",
        name="log_prob",
        cases=forward_cases,
        oracle=torch_log_prob,
        compare=close(1e-9, quantity="log probability"),
        forbidden=(
            "torch.nn.functional.ctc_loss",
            "torch.nn.CTCLoss",
            "torch.ctc_loss",
            "torch._ctc_loss",
            "coursekit.ctc.loss",
            "coursekit.ctc.forward",
            "coursekit.ctc.backward",
        ),
        spared={
            "(states[2:] != 0) & (states[2:] != states[:-2]) -> states[2:] != states[:-2]": "a blank has a blank two "
            "states before it, so the second condition holds the first",
            **{
                f"-np.inf -> {value} ({place})": "it stands where no way comes from, and nothing reads it"
                for value in (-20.0, -100.0, -1000.0)
                for place in (4, 5)
            },
        },
        hints=(
            "Put blanks around the symbols, 2 U + 1 states; keep the log of the sum over all beginnings that end in "
            "each state.",
            "In each frame a state is reached from itself, from the one before, and from two before if it is a "
            "symbol that differs from that one. np.logaddexp adds; np.logaddexp(-np.inf, -np.inf) is -inf.",
            "Keep alpha as an array over the states. In each frame shift it by one and by two "
            "places, -inf in front, the second only where a skip is allowed; np.logaddexp of the "
            "three, plus the frame's log probabilities of the states. A path may end in the last "
            "two states.",
        ),
        mutants=(
            Mutant(
                "always past the blank",
                lambda p, y: recursion(p, y, skip=lambda a, b: True),
                "Between two equal symbols the blank was skipped; such a path would merge to one symbol.",
            ),
            Mutant(
                "never past the blank",
                lambda p, y: recursion(p, y, skip=lambda a, b: False),
                "The blank between two symbols was never skipped. Between different symbols it may be.",
            ),
            Mutant(
                "always from two before",
                lambda p, y: recursion(p, y, skip=lambda a, b: True, over_blanks=True),
                "A state was skipped everywhere. Only a blank may be skipped, and only between two symbols that "
                "differ.",
            ),
            Mutant(
                "best path",
                lambda p, y: recursion(p, y, join=np.maximum),
                "The best path alone (max). The sum over all paths is wanted: np.logaddexp.",
            ),
            Mutant(
                "best path to each end",
                lambda p, y: recursion(p, y, join=np.maximum, end_join=np.logaddexp),
                "Only the two ends are added; inside the recursion the larger was taken (max). There, too, the sum "
                "over all paths is wanted: np.logaddexp.",
            ),
            Mutant(
                "last state alone",
                lambda p, y: recursion(p, y, ends=1),
                "A path may end in the last blank or in the last symbol: add both.",
            ),
            Mutant(
                "last symbol alone",
                lambda p, y: recursion(p, y, ends=slice(-2, -1)),
                "Only paths that end in the last symbol were counted. Add those that end in the last blank.",
            ),
            Mutant(
                "the larger end",
                lambda p, y: recursion(p, y, end_join=max),
                "At the end the larger of two sums was taken. Paths of both end well: np.logaddexp.",
            ),
            Mutant(
                "logarithms of the ends added",
                lambda p, y: recursion(p, y, end_join=lambda a, b: a + b),
                "At the end two logarithms were added; that multiplies probabilities. np.logaddexp adds them.",
            ),
            Mutant(
                "must begin with the symbol",
                lambda p, y: recursion(p, y, start=slice(1, 2)),
                "A path may begin with a blank, too: alpha[0] = log_probs[0, 0].",
            ),
            Mutant(
                "begins anywhere",
                lambda p, y: recursion(p, y, start=2 * len(y) + 1),
                "A path may begin in the first two states only; all others are -inf in the first frame.",
            ),
            Mutant(
                "from the end to the beginning",
                lambda p, y: recursion(p, y, wrap=True),
                "Right while no path is at its end yet. alpha[s - 1] with s = 0 is the last state (np.roll does "
                "so, too): nothing comes before the first blank.",
            ),
            Mutant(
                "two before the first symbol",
                lambda p, y: recursion(p, y, wrap_skip=True),
                "With s = 1, alpha[s - 2] is Python's alpha[-1], the last state: ask for s >= 2 first.",
            ),
            Mutant(
                "both before the beginning",
                lambda p, y: recursion(p, y, wrap=True, wrap_skip=True),
                "With s = 0, alpha[s - 1] is Python's alpha[-1], the last state, and so is alpha[s - 2] with s = 1: "
                "ask for s >= 1, and for s >= 2, first.",
            ),
            Mutant(
                "skip in place of step",
                lambda p, y: recursion(p, y, overwrite=True),
                "Where a blank may be skipped, the way from alpha[s - 1] is lost: three numbers are to be added "
                "there, alpha[s], alpha[s - 1] and alpha[s - 2].",
            ),
            Mutant(
                "an epsilon",
                lambda p, y: recursion(np.log(np.exp(p) + 1e-12), y),
                "Right unless a class is nearly impossible: 1e-12 was added to the probabilities. log_probs are "
                "logarithms already; take them as they are.",
            ),
            Mutant(
                "another epsilon",
                lambda p, y: recursion(np.log(np.exp(p) + 1e-10), y),
                "Right unless a class is nearly impossible: 1e-10 was added to the probabilities. log_probs are "
                "logarithms already; take them as they are.",
            ),
            Mutant(
                "cut off",
                lambda p, y: recursion(np.maximum(p, -50.0), y),
                "Right unless a class is nearly impossible: log probabilities were cut off at -50. They may be "
                "as low as they like; take them as they are.",
            ),
            Mutant(
                "rows made to sum to 1",
                lambda p, y: recursion(p - np.logaddexp.reduce(p, axis=1, keepdims=True), y),
                "Right where each row of log_probs sums to 1. The rows are not to be divided by their sums: take "
                "them as they are.",
            ),
            Mutant(
                "NaN",
                lambda p, y: recursion(p, y, join=unguarded),
                "-inf minus -inf is NaN: at first most states are impossible, and the largest of their logarithms "
                "is -inf. np.logaddexp knows that.",
            ),
            Mutant(
                "-1e30",
                lambda p, y: recursion(p, y, nothing=-1e30),
                "Right where there is a path. A text that is too long has none: its log probability is -inf, and "
                "-1e30 is a number. Begin with -np.inf.",
            ),
            Mutant(
                "last frame left out",
                lambda p, y: recursion(p[:-1], y),
                "The last frame is missing: the loop goes over all frames after the first.",
            ),
            Mutant(
                "overwritten while it is read",
                lambda p, y: recursion(p, y, in_place=True),
                "The old alpha is overwritten while it is read: alpha[s - 1] is of this frame already. A new array "
                "for each frame.",
            ),
            Mutant(
                "symbols skipped",
                lambda p, y: recursion(p, y, over_blanks=True),
                "From blank to blank the symbol between them was skipped. Only a blank may be skipped.",
            ),
            Mutant(
                "divided by the frames",
                lambda p, y: recursion(p, y) / len(p),
                "Divided by the number of frames. The log probability itself is wanted.",
            ),
            Mutant(
                "must begin with blank",
                lambda p, y: recursion(p, y, start=1),
                "A path may begin with the first symbol, too: alpha[1] = log_probs[0, target[0]].",
            ),
            Mutant(
                "ends anywhere",
                lambda p, y: recursion(p, y, ends=2 * len(y) + 1),
                "All states of the last frame were added up. A path must have said the whole text.",
            ),
            Mutant(
                "loss in place of log probability",
                lambda p, y: -recursion(p, y),
                "The sign is turned round: the log probability is wanted, not the loss.",
            ),
            Mutant(
                "in probabilities",
                in_probabilities,
                "In 600 frames products of probabilities fall below the smallest number there is: stay in "
                "logarithms (np.logaddexp).",
            ),
            Mutant(
                "without blanks",
                without_blanks,
                "A lattice of the symbols alone. The blanks before, between and after are missing.",
            ),
            Mutant(
                "no frames counted after the first",
                lambda p, y: recursion(p, y, emit=False),
                "Only the first frame's probabilities are in it. Add log_probs[t, states] in each frame.",
            ),
            Mutant(
                "no staying",
                lambda p, y: recursion(p, y, stay=False),
                "A path may stay in its state: a symbol or a blank may last several frames.",
            ),
            Mutant(
                "blank is the last class",
                lambda p, y: recursion(p, y, blank=np.shape(p)[1] - 1),
                "The blank is class 0 here, not the last one.",
            ),
            Mutant(
                "divided by the length",
                lambda p, y: recursion(p, y) / len(y),
                "Divided by the text's length, as a mean loss is. The log probability itself is wanted.",
            ),
            Mutant(
                "a probability",
                lambda p, y: float(np.exp(recursion(p, y))),
                "This is the probability; its natural logarithm is wanted.",
            ),
        ),
    ),
    Question(
        id="07.beam",
        title="Prefix beam search",
        points=3,
        kind="core",
        name="best_text",
        cases=beam_cases,
        oracle=by_trying,
        compare=all_of([exact(), close(1e-9, quantity="log probability")]),
        time_limit=20.0,
        forbidden=(
            "coursekit.ctc.beam_search_decode",
            "coursekit.ctc_decode.beam_search_decode",
            "coursekit.ctc_decode.prefix_beam_search",
            "coursekit.ctc.loss",
            "torch.nn.functional.ctc_loss",
        ),
        spared={
            f"-np.inf -> {value}": "the empty text begins with probability 1, beside which this is nothing"
            for value in (-20.0, -100.0, -1000.0)
        },
        hints=(
            "A dict from prefix (a tuple) to two numbers: log p of its paths that end in blank, and that end in its "
            "last symbol. Begin with {(): (0.0, -np.inf)}.",
            "For each prefix and frame: blank keeps it (both sums, into the first number); its last symbol again "
            "keeps it (from the second number), or makes it longer (from the first); any other symbol makes it "
            "longer (from both).",
            "Write a helper that adds a log probability to one of the two numbers of a prefix, "
            "with np.logaddexp, and call it for each of these ways. After each frame sort the "
            "prefixes by the sum of their two numbers and keep beam_size; the answer is the best "
            "of the last.",
        ),
        mutants=(
            Mutant(
                "two at least",
                lambda p, beam_size: prefix_search(p, beam_size, prune=lambda size: max(2, size)),
                "Right for a beam of two or more. With beam_size=1 one prefix alone goes on.",
            ),
            Mutant(
                "best path",
                best_path,
                "This is the best path. The best text may have many middling paths: sum them.",
            ),
            Mutant(
                "the right text of the wrong sum",
                lambda p, beam_size: [by_trying(p, beam_size)[0], best_path(p, beam_size)[1]],
                "The text is right; its log probability is that of the best path. Sum over its paths.",
            ),
            Mutant(
                "the likeliest classes alone",
                lambda p, beam_size: prefix_search(p, beam_size, likeliest=beam_size),
                "Only the beam_size likeliest classes of a frame were tried. Each prefix may go on with each class; "
                "it is prefixes of which beam_size are kept, after the frame.",
            ),
            Mutant(
                "again without blank",
                lambda p, beam_size: prefix_search(p, beam_size, again="both"),
                "The last symbol once more makes a longer text only after a blank: take ends_blank alone.",
            ),
            Mutant(
                "never twice",
                lambda p, beam_size: prefix_search(p, beam_size, again="never"),
                "A symbol never comes twice in a row. After a blank it may.",
            ),
            Mutant(
                "in probabilities",
                beam_of_probabilities,
                "Right where probabilities are not too small. e^-700 in each frame makes 0 of every product, as a "
                "long recording would: stay in logarithms (np.logaddexp).",
            ),
            Mutant(
                "never kept",
                lambda p, beam_size: prefix_search(p, beam_size, keep_last=False),
                "The last symbol in the next frame again keeps the text as it is; these paths are missing.",
            ),
            Mutant(
                "one too few",
                lambda p, beam_size: prefix_search(
                    p, beam_size, prune=lambda size: max(1, size - 1)
                ),
                "Right where the beam is large. One prefix too few is kept: ranked[:beam_size].",
            ),
            Mutant(
                "not merged",
                lambda p, beam_size: prefix_search(p, beam_size, merge=False),
                "A prefix can be reached in several ways; the likeliest of them was kept. Add them.",
            ),
            Mutant(
                "overwritten",
                lambda p, beam_size: prefix_search(p, beam_size, merge="overwrite"),
                "A prefix can be reached in several ways; the last of them has overwritten the others. Add them: "
                "np.logaddexp with what is there.",
            ),
            Mutant(
                "both overwritten",
                lambda p, beam_size: prefix_search(p, beam_size, merge="entry"),
                "A prefix can be reached in several ways, and has two numbers. The last way has set both anew, and "
                "what was there is lost. Begin each prefix once, and add to one number at a time: np.logaddexp.",
            ),
            Mutant(
                "kept ones overwritten",
                lambda p, beam_size: prefix_search(p, beam_size, merge="kept"),
                "A prefix that stays as it is may have been reached from a shorter one before, in the same frame: "
                "that sum was overwritten. Add to it: np.logaddexp.",
            ),
            Mutant(
                "longer ones overwritten",
                lambda p, beam_size: prefix_search(p, beam_size, merge="longer"),
                "A prefix that is reached from a shorter one may be in the new beam already, because it stayed as "
                "it is: that sum was overwritten. Add to it: np.logaddexp.",
            ),
            Mutant(
                "begun twice",
                lambda p, beam_size: prefix_search(p, beam_size, begin=0.0),
                "The search begins with probability 2: 0 is log 1, and log 0 is -inf. The empty prefix ends in "
                "blank, so to speak: (0.0, -np.inf).",
            ),
            Mutant(
                "the larger of two at the end",
                lambda p, beam_size: prefix_search(p, beam_size, end_join=max),
                "At the end the larger of the two numbers was taken. Paths of both spell the text: np.logaddexp.",
            ),
            Mutant(
                "longer from blanks only",
                lambda p, beam_size: prefix_search(p, beam_size, longer="blank"),
                "Another symbol may come right after a symbol, too, without a blank: take both numbers.",
            ),
            Mutant(
                "the two exchanged",
                lambda p, beam_size: prefix_search(p, beam_size, kept_from="blank", again="symbol"),
                "For the last symbol once more the two numbers are exchanged: right after the symbol "
                "(ends_symbol) the text stays as it is, after a blank (ends_blank) it gets longer.",
            ),
            Mutant(
                "repeats as new symbols",
                lambda p, beam_size: prefix_search(p, beam_size, repeats=False),
                "The last symbol in the next frame again always made the text longer. Without a blank between it "
                "is the same symbol still.",
            ),
            Mutant(
                "not pruned",
                lambda p, beam_size: prefix_search(p, beam_size, prune=lambda size: None),
                "Right where the beam is large enough. Where it is not, this is still the exact answer, and the "
                "search must lose it: keep no more than beam_size prefixes after each frame.",
            ),
            Mutant(
                "best paths",
                best_paths,
                "Right where the beam is large. It holds the best paths; let it hold the best prefixes: after each "
                "frame add up all paths that have the same text so far.",
            ),
            Mutant(
                "probability first",
                lambda p, beam_size: prefix_search(p, beam_size)[::-1],
                "Both are right, in the other order: the text first, then its log probability.",
            ),
            Mutant(
                "longer from symbols only",
                lambda p, beam_size: prefix_search(p, beam_size, longer="symbol"),
                "A new symbol may come after a blank, too: take both numbers.",
            ),
            Mutant(
                "blank after blank only",
                lambda p, beam_size: prefix_search(p, beam_size, blank_from="blank"),
                "A blank may come after a symbol, too: take both numbers.",
            ),
            Mutant(
                "the worst kept",
                lambda p, beam_size: prefix_search(p, beam_size, rank=np.logaddexp),
                "Right as long as nothing is thrown away. sorted puts the smallest first: reverse=True.",
            ),
            Mutant(
                "ranked by the larger",
                lambda p, beam_size: prefix_search(p, beam_size, rank=lambda b, s: -max(b, s)),
                "Right as long as nothing is thrown away. Prefixes are ranked by the larger of the two numbers: "
                "take the sum of both.",
            ),
            Mutant(
                "ranked by the blank",
                lambda p, beam_size: prefix_search(p, beam_size, rank=lambda b, s: -b),
                "Right as long as nothing is thrown away. Prefixes are ranked by the first number alone: take "
                "the sum of both.",
            ),
            Mutant(
                "ranked by the symbol",
                lambda p, beam_size: prefix_search(p, beam_size, rank=lambda b, s: -s),
                "Right as long as nothing is thrown away. Prefixes are ranked by the second number alone: take "
                "the sum of both.",
            ),
            Mutant(
                "one sum for both",
                lambda p, beam_size: prefix_search(p, beam_size, kept_from="both", again="never"),
                "One sum for both: whether a blank came last is forgotten. After a blank the last symbol makes the "
                "text longer, else it keeps it; that takes two numbers for each prefix.",
            ),
            Mutant(
                "kept after a blank",
                lambda p, beam_size: prefix_search(p, beam_size, kept_from="both"),
                "The last symbol again keeps the text only if no blank came between: take ends_symbol alone. "
                "After a blank it makes the text longer.",
            ),
            Mutant(
                "beam of one",
                lambda p, beam_size: prefix_search(p, beam_size, prune=lambda size: 1),
                "Only one prefix is kept after each frame. Keep beam_size of them.",
            ),
            Mutant(
                "probability",
                lambda p, beam_size: [
                    by_trying(p, beam_size)[0],
                    math.exp(by_trying(p, beam_size)[1]),
                ],
                "The text is right; its probability is given. The natural logarithm is wanted.",
            ),
            Mutant(
                "blank in the text",
                lambda p, beam_size: [[0, *by_trying(p, beam_size)[0]], by_trying(p, beam_size)[1]],
                "The text holds the blank (0). It is no symbol.",
            ),
        ),
    ),
    Question(
        id="07.clinic",
        title="Bug clinic: an error rate that is too good",
        points=2,
        kind="bug",
        name="character_error_rate",
        cases=clinic_cases,
        oracle=jiwer_rate,
        compare=close(1e-9),
        hints=(
            "Print what is read for the first batch, whose truth is hello, sound, noon. What "
            "happens to the double l?",
            "Four faults: which axis is time; what stands after lengths[b]; the order of merging and removing; by "
            "what the errors are divided.",
            "Recording b is logits[: lengths[b], b]. Merge repeats before the blanks go. Add up "
            "edits, and letters of the truth, over the whole batch, and divide once at the end.",
        ),
        mutants=(
            Mutant(
                "one at most",
                lambda x, n, t: min(1.0, rate(x, n, t)),
                "Right but for one case. An error rate may be above 1: who reads four letters for one makes "
                "four errors a letter.",
            ),
            Mutant(
                "the snippet as it was",
                lambda x, n, t: rate(
                    x, n, t, time_first=False, cut=False, rule="blanks first", divide="read"
                ),
                "As it was. The first axis is time: logits[:, b] is one recording.",
            ),
            Mutant(
                "axes mended",
                lambda x, n, t: rate(x, n, t, cut=False, rule="blanks first", divide="read"),
                "The recordings are right now. They are read beyond their lengths; and hello is read as helo.",
            ),
            Mutant(
                "axes and lengths mended",
                lambda x, n, t: rate(x, n, t, rule="blanks first", divide="read"),
                "Blanks are still removed before repeats are merged, so hello is read as helo; and the errors are "
                "divided by what was read.",
            ),
            Mutant(
                "divided by the longer",
                lambda x, n, t: rate(x, n, t, divide="longer"),
                "The reading is right. The errors are divided by the letters of the longer text, what was said or "
                "what was read; wanted: always those that were said.",
            ),
            Mutant(
                "divided by what was read",
                lambda x, n, t: rate(x, n, t, divide="read"),
                "The reading is right. The errors are divided by the letters that were read; wanted: that were "
                "said.",
            ),
            Mutant(
                "blanks first",
                lambda x, n, t: rate(x, n, t, rule="blanks first"),
                "Blanks are removed before repeats are merged: the two l of hello become one.",
            ),
            Mutant(
                "padding read",
                lambda x, n, t: rate(x, n, t, cut=False),
                "What stands after lengths[b] is padding, and was read.",
            ),
            Mutant(
                "time still first",
                lambda x, n, t: rate(x, n, t, time_first=False),
                "The loop still runs over frames: the first axis is time.",
            ),
            Mutant(
                "reshaped",
                lambda x, n, t: rate(x, n, t, reshaped=True),
                "Axes are not exchanged by reshape: it cuts the same row of numbers otherwise, and mixes the "
                "recordings. Take logits[:, b], or np.transpose.",
            ),
            Mutant(
                "per cent",
                lambda x, n, t: 100 * rate(x, n, t),
                "In per cent. The rate itself is wanted, errors / letters.",
            ),
            Mutant(
                "divided by frames",
                lambda x, n, t: rate(x, n, t, divide="frames"),
                "The reading is right. The errors are divided by the frames; wanted: by the letters that were "
                "said.",
            ),
            Mutant(
                "place by place",
                lambda x, n, t: rate(x, n, t, edits=by_place),
                "Letters were compared place by place: after one that is missing, all others count as wrong. Take "
                "the edit distance.",
            ),
            Mutant(
                "one frame too many",
                lambda x, n, t: rate(x, n, t, less=-1),
                "One frame of the padding was read: recording b has the frames [: lengths[b]].",
            ),
            Mutant(
                "one frame too few",
                lambda x, n, t: rate(x, n, t, less=1),
                "The last frame of each recording was not read: path[: lengths[b]] ends before index lengths[b].",
            ),
            Mutant(
                "first after last",
                lambda x, n, t: rate(x, n, t, rule="first after last"),
                "With i = 0, path[i - 1] is the last frame: the first letter is lost where both are the same. "
                "Nothing stands before the first.",
            ),
            Mutant(
                "first lost",
                lambda x, n, t: rate(x, n, t, rule="first lost"),
                "A letter in the first frame is lost. Nothing stands before it: it counts.",
            ),
            Mutant(
                "no merging",
                lambda x, n, t: rate(x, n, t, rule="no merging"),
                "Repeats are not merged at all: a letter of three frames is read three times.",
            ),
            Mutant(
                "blanks stay",
                lambda x, n, t: rate(x, n, t, rule="blanks stay"),
                "The blank is counted as a letter.",
            ),
            Mutant(
                "mean of the rates",
                lambda x, n, t: rate(x, n, t, each=True),
                "This is the mean of the words' error rates. Wanted: all errors by all letters, as jiwer does.",
            ),
        ),
    ),
    Question(
        id="07.choose",
        title="Experiment: a language model chooses",
        points=3,
        kind="experiment",
        name="choose",
        cases=choose_cases,
        compare=threshold(
            errors_left,
            below=80.0,
            name="the part of the favourites' wrong digits that is left",
            unit="%",
        ),
        time_limit=60.0,
        hints=(
            "The network's favourite is right too seldom. Dates have no day 45 and no month 17.",
            "Fit lm.NGram on known; its score is the log probability of a whole text. Two things to try: its order "
            "(too short knows no dates, too long only those of the list) and its weight.",
            "An NGram of order 4 at half its weight is a good start: of each list take the text "
            "with the largest sum of its own log probability and the weighted score.",
        ),
        mutants=(
            Mutant(
                "the network's favourite",
                lambda heard, known: [texts[0][0] for texts in heard],
                "The likeliest text by the network alone. Let a language model of known have its say. (This comes, "
                "too, of adding the probabilities, exp(...), and not their logarithms: the larger then decides alone.)",
            ),
            Mutant(
                "the language's favourite",
                lambda heard, known: chosen(heard, known, weight=1e6),
                "The likeliest date of the list, whatever was heard. Add both log probabilities.",
            ),
            Mutant(
                "weight 1, order 3",
                lambda heard, known: chosen(heard, known, weight=1.0, order=3),
                "Near. In the plain sum the language overrules too much, and short texts have the advantage: give "
                "it less weight, or each symbol a bonus (equation 12).",
            ),
            Mutant(
                "multiplied",
                lambda heard, known: chosen(
                    heard, known, weight=1.0, join=lambda sound, language: sound * language
                ),
                "The log probabilities were multiplied. Probabilities are multiplied; their logarithms are added.",
            ),
            Mutant(
                "the least of the sums",
                lambda heard, known: chosen(heard, known, weight=1.0, pick=min),
                "The least likely by both. Log probabilities are negative: the largest is the likeliest, max.",
            ),
            Mutant(
                "memory too long",
                lambda heard, known: chosen(heard, known, weight=1.0, order=6),
                "With six symbols the model remembers the dates of the list, and distrusts all others. Try a "
                "shorter memory, or less weight.",
            ),
            Mutant(
                "memory too short",
                lambda heard, known: chosen(heard, known, weight=1.0, order=2),
                "Pairs of digits hardly know what a date is. Try a longer memory.",
            ),
            Mutant(
                "trusted too much",
                lambda heard, known: chosen(heard, known, weight=3.0),
                "The language overrules what was heard. Give it less weight.",
            ),
            Mutant(
                "hardly asked",
                lambda heard, known: chosen(heard, known, weight=0.02),
                "The language model is hardly asked: give it more weight.",
            ),
            Mutant(
                "single digits",
                lambda heard, known: chosen(heard, known, order=1),
                "A model of single digits does not know what a date is. Take a longer memory.",
            ),
            Mutant(
                "known dates only",
                lambda heard, known: first_of(heard, set(known)),
                "The first text that occurs in known. Many dates never occurred there: a model that generalises "
                "does better.",
            ),
            Mutant(
                "the least likely",
                lambda heard, known: [texts[-1][0] for texts in heard],
                "The least likely of the list: a sign turned round?",
            ),
            Mutant(
                "the language against",
                lambda heard, known: chosen(heard, known, weight=-1.0),
                "The language model was subtracted. Its log probability is added.",
            ),
        ),
    ),
    Question(
        id="07.first",
        title="Prediction: what is read first?",
        points=1,
        kind="prediction",
        name="first_reading",
        oracle=what_is_read_first,
        compare=choice(("nothing", "one symbol", "many symbols", "the right text")),
        hints=(
            "What does the gradient ask for in every frame of every recording?",
            "Look at the occupancy of a network that knows nothing: which class has half of it?",
            "The blank wins in all frames. What does a path of blanks spell?",
        ),
        mutants=(
            Mutant(
                "one symbol",
                lambda: "one symbol",
                "No symbol is in all texts; one class is in all lattices.",
            ),
            Mutant(
                "many symbols",
                lambda: "many symbols",
                "That is what is read before the training. After some steps the gradient's first wish is granted.",
            ),
            Mutant(
                "the right text",
                lambda: "the right text",
                "In the end. Before the symbols are told apart, one class wins in all frames.",
            ),
        ),
    ),
]
