"""Questions of chapter 05. Truth comes from librosa, mir_eval and SciPy's shortest paths, and from scores."""

import functools
import itertools

import numpy as np

from coursekit import chroma, data, midi, score_harmony
from coursekit.exercise import (
    Case,
    Mutant,
    Question,
    Verdict,
    as_array,
    choice,
    close,
    exact,
    integers,
    threshold,
    to_plain,
)

SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

# --- 1: from lag to tempo ------------------------------------------------------------------------------------


def lag_cases(rng):
    return [
        Case(22, sr=22050, hop_length=512),
        Case(50, sr=16000, hop_length=160),
        Case(207, sr=16000, hop_length=320),  # 14.4928: two decimals are far off here
        Case(1, sr=8000, hop_length=480),
        Case(int(rng.integers(1901, 1999)), sr=8000, hop_length=441),
        Case(int(rng.integers(10, 100)), sr=44100, hop_length=int(rng.choice([256, 441, 1024]))),
    ]


def librosa_tempo(lag, sr, hop_length):
    import librosa  # takes a second or two to import: only when this question is checked

    return float(librosa.tempo_frequencies(lag + 1, sr=sr, hop_length=hop_length)[lag])


# --- 2: the tones of a chord ---------------------------------------------------------------------------------


def tones_cases(rng):
    """Each root once, each quality twice."""
    qualities = [*rng.permutation(list(STEPS)), *rng.permutation(list(STEPS))]
    others = zip(SHARPS, qualities, strict=True)
    return [Case("C", "maj"), *(Case(root, str(quality)) for root, quality in others)]


def mir_eval_tones(root, quality):
    import mir_eval

    number, from_root, _ = mir_eval.chord.encode(f"{root}:{quality}")
    return np.roll(from_root, number)


STEPS = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
}


def tones(root, quality, *, steps=STEPS, place=lambda root, step: (root + step) % 12, strict=False):
    """The vector of a chord, whose parts can be replaced by wrong ones."""
    vector = np.zeros(12)
    for step in steps[quality]:
        at = place(SHARPS.index(root), step)
        if at < 12 or strict:
            vector[at] = 1
    return vector


# --- 3: onset strength ---------------------------------------------------------------------------------------


def flux_cases(rng):
    dying = np.cumsum(rng.normal(-1.0, 2.0, (5, 8)), axis=1)
    dying[0] += 12.0  # begins above 0 dB: a frame of zeros put in front would show
    return [
        Case(np.array([[-60.0, -20.0, -30.0, -30.0], [-40.0, -50.0, -10.0, -40.0]])),
        Case(dying),
        Case(rng.uniform(-80, 0, (40, 100))),
        Case(rng.uniform(-200, 60, (60, 7))),  # more than 80 dB, more bands than frames
        Case(1e-3 * rng.standard_normal((3, 5))),
    ]


def librosa_flux(L):
    import librosa

    return librosa.onset.onset_strength(
        S=np.asarray(L, dtype=float), sr=22050, lag=1, max_size=1, center=False
    )


# --- 4: the best row of beats --------------------------------------------------------------------------------


def beats_cases(rng):
    uneven = np.abs(rng.normal(0, 0.3, 80))
    uneven[np.array([5, 14, 25, 33, 47, 53, 62, 75])] += (
        2.0  # beats that breathe, and strong notes between them
    )
    uneven[[20, 41, 58]] += 1.6
    loud_end = np.abs(rng.normal(0, 0.2, 60))
    loud_end[[4, 12, 20, 28, 36, 44, 52]] += 1.5
    loud_end[57] += 0.6
    return [
        Case(
            np.array([0.0, 2.0, 0.0, 0.0, 2.0, 0.0, 0.0, 2.0, 0.0, 0.0]), period=3, tightness=10.0
        ),
        Case(np.array([2.0, 0.0, 0.5, 2.0, 0.0, 0.0, 2.0]), period=3, tightness=10.0),  # end to end
        Case(uneven, period=10, tightness=6.0),
        Case(loud_end, period=8, tightness=20.0),
        Case(np.abs(rng.normal(0, 1, 150)), period=7, tightness=3.0),
        _at_the_limits(rng, 5),
        _at_the_limits(rng, 6),
        Case(1e-20 * uneven, period=10, tightness=6e-20),  # nothing is too little to count
        Case(np.array([0.2, 0.9, 0.4]), period=10, tightness=1.0),  # shorter than a gap
        Case(-rng.uniform(0.5, 1.5, 40), period=4, tightness=2.0),  # one frame is better than two
    ]


def _at_the_limits(rng, period):
    """Beats as near and as far as is allowed, others too near or too far; then nothing for long."""
    low, high = -(-period // 2), 2 * period
    gaps = [2, high, high + 1, low, high, 1, high, low, high + 1, high + 3]
    strong = 3 + np.cumsum([0, *gaps])
    score = -rng.uniform(0.8, 1.2, strong[-1] + 33)
    score[strong] = rng.uniform(2.0, 2.5, len(strong))
    score[5] = 2.6
    return Case(score, period=period, tightness=0.3)


class Row(list):
    """Frames of a row of beats, and what a row is worth in that case: `worth(frames)`."""

    worth = None


def best_row(score, period, tightness):
    row = Row(longest_path(score, period, tightness))
    row.worth = functools.partial(
        worth, score=np.asarray(score, dtype=float), period=period, tightness=tightness
    )
    return row


def worth(frames, score, period, tightness):
    """The value of a row; ValueError where it is none."""
    frames = np.asarray(frames)
    gaps = np.diff(frames)
    if len(frames) and not (frames.min() >= 0 and frames.max() < len(score)):
        raise ValueError(
            f"frames go from 0 to {len(score) - 1}; yours from {frames.min()} to {frames.max()}"
        )
    if np.any(gaps <= 0):
        raise ValueError("the frames are not in the order of time, or one comes twice")
    low, high = -(-period // 2), 2 * period
    odd = gaps[(gaps < low) | (gaps > high)]
    if odd.size:
        raise ValueError(f"a gap of {odd[0]} frames, where {low} to {high} are allowed")
    return float(score[frames].sum() - tightness * np.sum(np.log(gaps / period) ** 2))


class worth_of_a_row(integers):
    """integers, which tells what a wrong row is worth: that decides, not how many frames it has."""

    def compare(self, answer, truth):
        verdict = super().compare(answer, truth)
        frames = as_array(to_plain(answer))
        if verdict.ok or not isinstance(truth, Row) or frames is None or frames.ndim != 1:
            return verdict
        if not frames.size:
            return Verdict(
                False, f"your row is empty; the best one is worth {truth.worth(truth):.4g}"
            )
        if frames.dtype.kind not in "iu":
            return verdict
        try:
            value = truth.worth(frames)
        except ValueError as error:
            return Verdict(False, f"this is no row that is allowed: {error}")
        return Verdict(
            False, f"your row is worth {value:.4g}, the best one {truth.worth(truth):.4g}"
        )


def longest_path(score, period, tightness):
    """The best row as a shortest path through a graph whose nodes are frames; SciPy finds it."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import bellman_ford

    n = len(score)
    starts, ends, lengths = (
        [n] * n,
        list(range(n)),
        list(-np.asarray(score, dtype=float)),
    )  # node n: before the row
    for a in range(n):
        for b in range(a + -(-period // 2), min(n, a + 2 * period + 1)):
            starts.append(a), ends.append(b)
            lengths.append(tightness * np.log((b - a) / period) ** 2 - score[b])
    lengths = np.where(
        np.asarray(lengths) == 0, 1e-300, lengths
    )  # a sparse graph has no edge of length 0
    graph = csr_array((lengths, (starts, ends)), shape=(n + 1, n + 1))
    distance, before = bellman_ford(graph, indices=n, return_predecessors=True)
    row = [int(np.argmin(distance[:n]))]
    while before[row[-1]] != n:
        row.append(int(before[row[-1]]))
    return row[::-1]


def by_recursion(
    score, period, tightness, *, cost=None, shortest=None, longest=None, last=np.argmax, alone=True
):
    """The recursion of equation 8, whose parts can be replaced by wrong ones."""
    score, n = np.asarray(score, dtype=float), len(score)
    cost = cost or (lambda gap: np.log(gap / period) ** 2)
    shortest, longest = shortest or -(-period // 2), longest or 2 * period
    total, before = score.copy(), np.full(n, -1)
    for t in range(n):
        best = 0.0 if alone else -np.inf
        for gap in range(shortest, min(longest, t) + 1):
            candidate = total[t - gap] - tightness * cost(gap)
            if candidate > best:
                best, before[t] = candidate, t - gap
        total[t] += best if np.isfinite(best) else 0.0
    row = [int(last(total))]
    while before[row[-1]] >= 0:
        row.append(int(before[row[-1]]))
    return row[::-1]


def greedy(score, period, tightness, periods=2):
    """From the strongest early frame on: the best next beat, never looking further."""
    row = [int(np.argmax(score[: periods * period]))]
    while row[-1] + -(-period // 2) < len(score):
        gaps = np.arange(-(-period // 2), min(2 * period, len(score) - 1 - row[-1]) + 1)
        row.append(
            int(
                row[-1]
                + gaps[np.argmax(score[row[-1] + gaps] - tightness * np.log(gaps / period) ** 2)]
            )
        )
    return row


# --- 5: Viterbi ----------------------------------------------------------------------------------------------


def viterbi_cases(rng):
    def distribution(*shape):
        return rng.dirichlet(np.full(shape[-1], 0.8), size=shape[:-1])

    sticky = 0.9 * np.eye(3) + 0.1 * distribution(3, 3)
    # a stretch of one state, another, a third; single frames say otherwise, the last one too: smoothing mends them
    seen = np.array([0, 0, 0, 1, 0, 0, 2, 2, 2, 2, 0, 2, 2, 1, 1, 1, 1, 0, 1, 0])
    likelihood = 0.2 + 0.4 * np.eye(3)[seen] + rng.uniform(0, 0.05, (20, 3))
    ring = np.array(
        [[0.05, 0.9, 0.05], [0.05, 0.05, 0.9], [0.85, 0.1, 0.05]]
    )  # round and round: who begins, decides
    vague = np.vstack([[0.01, 1.0, 0.01], rng.uniform(0.9, 1.0, (14, 3))])
    return [
        Case(
            np.log([0.6, 0.4]),
            np.log([[0.7, 0.3], [0.4, 0.6]]),
            np.log([[0.5, 0.1], [0.4, 0.3], [0.1, 0.6]]),
        ),
        # two ways into state 1 outweigh, together, the one that is best
        Case(
            np.log([0.4, 0.3, 0.3]),
            np.log([[0.9, 0.05, 0.05], [0.01, 0.98, 0.01], [0.01, 0.98, 0.01]]),
            np.log([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]),
        ),
        Case(
            np.log([0.3, 0.7]), np.log([[0.7, 0.3], [0.4, 0.6]]), np.log([[0.8, 0.2]])
        ),  # one frame
        _one_step_at_a_time(rng),
        _always_unlikely(rng),
        _late_to_be_right(rng),
        Case(np.log([0.05, 0.15, 0.8]), np.log(sticky), np.log(likelihood)),
        Case(np.log([0.2, 0.3, 0.5]), np.log(ring), np.log(vague)),
        Case(
            np.log(distribution(1, 12)[0]),
            np.log(distribution(12, 12)),
            rng.normal(-500.0, 2.0, (40, 12)),
        ),
    ]


def _one_step_at_a_time(rng):
    """From state 0 through 1 and 2 to 3, no state left out, however much the second frame looks like 3."""
    transition = np.array([[0.6, 0.4, 0, 0], [0, 0.6, 0.4, 0], [0, 0, 0.6, 0.4], [0, 0, 0, 1.0]])
    with np.errstate(divide="ignore"):
        log_start, log_transition = np.log([1.0, 0, 0, 0]), np.log(transition)
    log_likelihood = rng.uniform(-2.0, -1.0, (6, 4))
    log_likelihood[1:4, :3] -= 600.0
    rows = np.array(list(itertools.product(range(4), repeat=6)))  # so few that all can be tried
    values = log_start[rows[:, 0]] + log_likelihood[np.arange(6), rows].sum(axis=1)
    values += log_transition[rows[:, :-1], rows[:, 1:]].sum(axis=1)
    return Case(log_start, log_transition, log_likelihood, truth=rows[np.argmax(values)])


def _always_unlikely(rng):
    """States 0 and 1 look wrong for 300 frames, state 2 right; but 2 cannot be reached, and no price buys it."""
    n_frames, change = 300, int(rng.integers(100, 200))
    with np.errstate(divide="ignore"):
        log_start, log_transition = (
            np.log([1.0, 0, 0]),
            np.log([[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]]),
        )
    first = np.arange(n_frames) < change
    log_likelihood = np.stack(
        [np.where(first, -597.0, -600.0), np.where(first, -600.0, -597.0), np.full(n_frames, -1.0)],
        axis=1,
    )
    log_likelihood[
        int(rng.integers(10, 290)), 2
    ] = -610.0  # so that each frame by itself says something else
    return Case(log_start, log_transition, log_likelihood, truth=np.where(first, 0, 1))


def _late_to_be_right(rng):
    """States that never change: the right one is behind by e^-1200 before it catches up."""
    right, n_states = int(rng.integers(2)), 2
    log_likelihood = np.full((5, n_states), 0.0)
    log_likelihood[:2, right] = -600.0
    log_likelihood[2:, 1 - right] = -600.0
    with np.errstate(divide="ignore"):
        log_transition = np.log(np.eye(n_states))
    return Case(
        np.log([0.5, 0.5]),
        log_transition,
        log_likelihood,
        truth=np.full(len(log_likelihood), right),
    )


def librosa_viterbi(log_start, log_transition, log_likelihood):
    import librosa

    likelihood = np.exp(log_likelihood - np.max(log_likelihood, axis=1, keepdims=True))
    return librosa.sequence.viterbi(likelihood.T, np.exp(log_transition), p_init=np.exp(log_start))


def trellis(log_start, log_transition, log_likelihood, *, join=np.max, trace=True, last=None):
    """The forward pass, then the way back; both can be replaced by wrong ones."""
    best, before = log_start + log_likelihood[0], []
    chosen = [int(np.argmax(best))]
    for frame in log_likelihood[1:]:
        arrive = best[:, None] + log_transition
        before.append(np.argmax(arrive, axis=0))
        best = join(arrive, axis=0) + frame
        chosen.append(int(np.argmax(best)))
    if not trace:
        return np.array(chosen)
    states = [int(np.argmax(best)) if last is None else last(log_likelihood)]
    for row in before[::-1]:
        states.append(int(row[states[-1]]))
    return np.array(states[::-1])


def step_by_step(log_start, log_transition, log_likelihood):
    states = [int(np.argmax(log_start + log_likelihood[0]))]
    for frame in log_likelihood[1:]:
        states.append(int(np.argmax(log_transition[states[-1]] + frame)))
    return np.array(states)


def in_probabilities(log_start, log_transition, log_likelihood, *, scaled=False):
    """Products in place of sums; scaled: each frame's likelihoods by their largest, and what is best by its sum."""
    if scaled:
        log_likelihood = log_likelihood - np.max(log_likelihood, axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        best, before = np.exp(log_start) * np.exp(log_likelihood[0]), []
        for frame in log_likelihood[1:]:
            best = best / np.sum(best) if scaled else best
            arrive = best[:, None] * np.exp(log_transition)
            before.append(np.argmax(arrive, axis=0))
            best = np.max(arrive, axis=0) * np.exp(frame)
    states = [int(np.argmax(best))]
    for row in before[::-1]:
        states.append(int(row[states[-1]]))
    return np.array(states[::-1])


# --- 6: bug clinic -------------------------------------------------------------------------------------------

PUBLISHED = {
    "C": "100010010000",
    "Dm": "001001000100",
    "Em": "000010010001",
    "F": "100001000100",
    "G": "100010000100",
    "Am": "100100010000",
}  # G holds C, E, A; Am holds C, E flat, G
HARTE = {"C": "C:maj", "Dm": "D:min", "Em": "E:min", "F": "F:maj", "G": "G:maj", "Am": "A:min"}


def right_templates(names=tuple(HARTE)):
    import mir_eval

    encoded = {name: mir_eval.chord.encode(HARTE[name]) for name in names}
    return {name: np.roll(tones, root).astype(float) for name, (root, tones, _) in encoded.items()}


def clinic_cases(rng):
    """Frames of chords: tones of unequal strength, a little of the rest; between them pauses, all twelve alike."""
    templates, cases = right_templates(), []
    for length in (6, 12, 30):
        names = list(templates) if length == 6 else list(rng.choice(list(templates), length))
        frames = [
            templates[name] * rng.uniform(0.8, 1.0, 12) + rng.uniform(0, 0.1, 12) for name in names
        ]
        if length > 6:
            for pause, level in ((3, 0.0), (7, 0.05)):
                names[pause], frames[pause] = "N", np.full(12, level)
        cases.append(Case(np.array(frames).T, truth=names))
    return [
        *cases,
        quiet_and_loud(rng, templates),
        hardly_chords(rng, templates),
        alike_but_for_rounding(),
    ]


def quiet_and_loud(rng, templates):
    """Quiet chords, loud pauses, and a chord above a loud floor: how loud a frame is does not tell a pause."""
    first, second, third = rng.choice(list(templates), 3, replace=False)

    def chord(name, level):
        return level * (templates[name] * rng.uniform(0.8, 1.0, 12) + rng.uniform(0, 0.1, 12))

    frames = [
        (first, chord(first, 1e-5)),
        ("N", np.full(12, 3.0)),
        (second, 2.0 + chord(second, 0.01)),
        ("N", np.full(12, 0.1)),
        (third, chord(third, 0.02)),
        ("N", np.zeros(12)),
        ("Dm", templates["Dm"]),  # ones and zeros alone
    ]
    names, columns = zip(*frames, strict=True)
    return Case(np.array(columns).T, truth=[str(name) for name in names])


def hardly_chords(rng, templates):
    """Chords with a seventh, a loud foreign tone and noise: their correlation is about 0.45, any other less."""
    names, frames = list(templates), []
    patterns = np.array(list(templates.values()))
    for name in names:
        others = np.flatnonzero(templates[name] == 0)
        while True:
            frame = templates[name] * rng.uniform(0.7, 1.0, 12) + rng.uniform(0, 0.3, 12)
            seventh, foreign = rng.choice(others, 2, replace=False)
            frame[seventh] += rng.uniform(0.4, 0.6)
            frame[foreign] += rng.uniform(0.9, 1.8)
            r = np.corrcoef(frame, patterns)[0, 1:]
            best = r[names.index(name)]
            if 0.42 < best < 0.49 and np.sort(r)[-2] < best - 0.08:
                break
        frames.append(frame)
    return Case(np.array(frames).T, truth=names)


def alike_but_for_rounding():
    """Frames of a pause in which one value was computed in another way: 0.1 + 0.2 is not quite 0.3."""
    frames = np.full((3, 12), 0.3)
    frames[0, 4] = frames[2, 0] = 0.1 + 0.2
    return Case(frames.T, truth=["N", "N", "N"])


def recognise(
    chroma, *, templates, silent="N", least=-1.0, alike=lambda frame: np.ptp(frame) < 1e-9
):
    """The snippet of the statement, with other templates, and with or without a way out of a pause."""
    names, found = list(templates), []
    for frame in np.asarray(chroma, dtype=float).T:
        if silent is not None and alike(frame):
            found.append(silent)
            continue
        with np.errstate(all="ignore"):
            r = [np.corrcoef(frame, templates[name])[0, 1] for name in names]
        found.append(silent if max(r) < least else names[int(np.argmax(r))])
    return found


def published(**mended):
    return {
        name: np.array([int(one) for one in ones], dtype=float) for name, ones in PUBLISHED.items()
    } | mended


def mended(*names):
    return published(**right_templates(names))


# --- 7: experiment -------------------------------------------------------------------------------------------

HOP, SR = 2048, 22050
DRUMMED = ("bwv57.8", "bwv13.6", "bwv153.9")  # of the chorales that the chapter holds out


@functools.cache
def drummed(name):
    """Chroma of a chorale with a drum kit, and the chords of its score: (12, frames), intervals, labels."""
    item = data.load("chorales", quiet=True)[name]
    score = midi.excerpt(item.score, end=min(30.0, item.score.duration))
    y = midi.render(midi.with_drums(score, velocity=127), sr=SR, soundfont=data.soundfont()).astype(
        float
    )
    fmin = 65.40639132514966  # C2
    C = np.abs(
        chroma.constant_q(y, sr=SR, hop_length=HOP, fmin=fmin, n_bins=180, bins_per_octave=36)
    )
    W = chroma.cq_to_chroma(180, bins_per_octave=36, fmin=fmin)
    return W @ np.sqrt(C), *score_harmony.chords_from_score(score)


def smooth_cases(rng):
    cases = []
    for name in DRUMMED:
        features, intervals, labels = drummed(name)
        up = int(rng.integers(12))  # in another key
        moved = [label if label in "NX" else _moved(label, up) for label in labels]
        cases.append(
            Case(np.roll(features, up, axis=0), truth=(intervals, moved, features.shape[1]))
        )
    return cases


def _moved(label, up):
    import mir_eval

    root, quality = label.split(":")
    return f"{SHARPS[(mir_eval.chord.encode(label)[0] + up) % 12]}:{quality}"


def chord_accuracy(answer, truth):
    """Weighted accuracy of major and minor chords; the answer has a label for each frame."""
    import mir_eval

    if not isinstance(answer, list) or not all(isinstance(label, str) for label in answer):
        raise ValueError('a list of labels is wanted, one for each frame: "C:maj", "A:min" or "N"')
    intervals, labels, n_frames = truth
    if len(answer) != n_frames:
        raise ValueError(
            f"{len(answer)} labels; one for each of the {n_frames} columns of chroma is wanted"
        )
    edges = np.maximum((np.arange(n_frames + 1) - 0.5) * HOP / SR, 0)
    try:
        [mir_eval.chord.encode(label) for label in set(answer)]
    except mir_eval.chord.InvalidChordException as error:
        raise ValueError(f'{error}: labels are "C:maj", "F#:min" and so on, or "N"') from None
    estimate = np.stack([edges[:-1], edges[1:]], axis=1)
    estimate, answer = mir_eval.util.adjust_intervals(
        estimate, answer, intervals.min(), intervals.max(), "N", "N"
    )
    pieces, true, said = mir_eval.util.merge_labeled_intervals(intervals, labels, estimate, answer)
    return mir_eval.chord.weighted_accuracy(
        mir_eval.chord.majmin(true, said), mir_eval.util.intervals_to_durations(pieces)
    )


MAJMIN = [f"{root}:{quality}" for quality in ("maj", "min") for root in SHARPS]


def similarity(features, steps=STEPS, unit=True):
    T = np.array([tones(*label.split(":"), steps=steps) for label in MAJMIN]) / np.sqrt(3)
    return T @ (
        features / np.maximum(np.linalg.norm(features, axis=0), 1e-12) if unit else features
    )


def decoded(features, *, stay=0.95, concentration=20.0, steps=STEPS):
    transition = np.full((24, 24), (1 - stay) / 23)
    np.fill_diagonal(transition, stay)
    states = trellis(
        np.full(24, -np.log(24)), np.log(transition), concentration * similarity(features, steps).T
    )
    return [MAJMIN[state] for state in states]


def frame_wise(features, steps=STEPS):
    return [MAJMIN[state] for state in similarity(features, steps).argmax(axis=0)]


def averaged(features, width=45):
    """Chroma averaged over four seconds: the chords run into each other."""
    smooth = np.apply_along_axis(
        lambda row: np.convolve(row, np.ones(width) / width, mode="same"), 1, features
    )
    return frame_wise(smooth)


# --- 8: prediction -------------------------------------------------------------------------------------------


def tempo_of_fast_clicks():
    """What librosa says of clicks at 200 a minute, as one of the offered answers."""
    import librosa

    sr, hop = 22050, 512
    clicks = librosa.clicks(times=np.arange(0.3, 29.5, 60 / 200), sr=sr, length=30 * sr)
    envelope = librosa.onset.onset_strength(y=clicks, sr=sr, hop_length=hop)
    bpm = float(
        librosa.feature.tempo(
            onset_envelope=envelope, sr=sr, hop_length=hop, start_bpm=120, std_bpm=1.0
        )[0]
    )
    return min(("50", "67", "100", "200"), key=lambda text: abs(np.log(float(text) / bpm)))


QUESTIONS = [
    Question(
        id="05.lag",
        title="From lag to tempo",
        points=1,
        kind="warmup",
        name="tempo_of_lag",
        cases=lag_cases,
        oracle=librosa_tempo,
        compare=close(1e-9),
        hints=(
            "How many seconds is one lag of one frame?",
            "The period is lag * hop_length / sr seconds; how many periods fit into a minute?",
            "A minute has 60 seconds: divide them by the seconds of one period. Try it: 22 frames"
            " of 512 samples at 22,050 Hz give 117.45...",
        ),
        mutants=(
            Mutant(
                "beats a second",
                lambda lag, sr, hop_length: sr / (hop_length * lag),
                "That is beats a second. A tempo counts the beats of a minute.",
            ),
            Mutant(
                "the period",
                lambda lag, sr, hop_length: hop_length * lag / sr,
                "That is the period in seconds. The tempo is how many of them fill a minute.",
            ),
            Mutant(
                "without the hop",
                lambda lag, sr, hop_length: 60 * sr / lag,
                "The lag was taken for samples. It counts frames, hop_length samples apart.",
            ),
            Mutant(
                "upside down",
                lambda lag, sr, hop_length: 60 * hop_length * lag / sr,
                "Upside down: a longer lag is a slower tempo.",
            ),
            Mutant(
                "rounded",
                lambda lag, sr, hop_length: round(60 * sr / (hop_length * lag)),
                "The right tempo, rounded to a whole number: return all of its digits.",
            ),
            Mutant(
                "lag counted from 1",
                lambda lag, sr, hop_length: 60 * sr / (hop_length * (lag + 1)),
                "One frame too long: lag 0 is the curve against itself, lag 1 is one frame.",
            ),
            Mutant(
                "multiplied by the hop",
                lambda lag, sr, hop_length: 60 * sr / lag * hop_length,
                "The hop multiplies here: in a / b * c, c is above the line. Write a / (b * c).",
            ),
            Mutant(
                "numbers of the example",
                lambda lag, sr, hop_length: 60 * 22050 / (512 * lag),
                "22,050 and 512 are the numbers of the example. Take sr and hop_length.",
            ),
            Mutant(
                "two decimals",
                lambda lag, sr, hop_length: round(60 * sr / (hop_length * lag), 2),
                "The right tempo, rounded to two decimals: return all of its digits.",
            ),
            Mutant(
                "whole frames a second",
                lambda lag, sr, hop_length: 60 * (sr // hop_length) / lag,
                "A fraction is cut off in sr // hop_length: frames a second need not be a whole number. Use /.",
            ),
        ),
    ),
    Question(
        id="05.tones",
        title="The tones of a chord",
        points=1,
        kind="warmup",
        name="chord_tones",
        cases=tones_cases,
        oracle=mir_eval_tones,
        compare=close(1e-12),
        forbidden=(
            "coursekit.harmony.chord_templates",
            "mir_eval.chord.encode",
            "mir_eval.chord.encode_many",
            "mir_eval.chord.quality_to_bitmap",
        ),
        hints=(
            "Number the root by its place in NAMES: A is 9. Which numbers have the tones of A:min, and what comes "
            "after 11?",
            "Place = (number of the root + semitones) % 12. A dict holds the semitones of each quality, such as "
            '{"maj": (0, 4, 7), ...}.',
            "Begin with twelve zeros. For each of the chord's steps: add it to the number of the "
            "root, take the remainder by 12, and set that place to 1.",
        ),
        mutants=(
            Mutant(
                "all from C",
                lambda root, quality: tones("C", quality),
                "Every chord stands on C. Add the number of its root: C is 0, C# is 1, ... B is 11.",
            ),
            Mutant(
                "maj7 and min7 without seventh",
                lambda root, quality: tones(root, quality[:3]),
                '"maj7" begins with "maj", and "min7" with "min", and have a fourth tone. Compare whole names.',
            ),
            Mutant(
                "beyond B",
                lambda root, quality: tones(
                    root, quality, place=lambda root, step: root + step, strict=True
                ),
                "A tone above B has no place of its own: after B comes C again. Take the number modulo 12.",
                raises=IndexError,
            ),
            Mutant(
                "cut off at B",
                lambda root, quality: tones(root, quality, place=lambda root, step: root + step),
                "Tones above B are lost. After B comes C again: take the number modulo 12.",
            ),
            Mutant(
                "downwards",
                lambda root, quality: tones(root, quality, place=lambda r, step: (r - step) % 12),
                "The tones are counted down from the root. They stand above it.",
            ),
            Mutant(
                "one seventh for all",
                lambda root, quality: tones(root, quality, steps=STEPS | {"7": (0, 4, 7, 11)}),
                "G7 has an F, 10 semitones above its root; 11 is the major seventh of Gmaj7.",
            ),
            Mutant(
                "diminished with a perfect fifth",
                lambda root, quality: tones(root, quality, steps=STEPS | {"dim": (0, 3, 7)}),
                "A diminished chord has a low fifth, 6 semitones above the root; with 7 it is a minor chord.",
            ),
            Mutant(
                "counted from 1",
                lambda root, quality: np.roll(tones(root, quality), 1),
                "Every tone is one place too high: C is place 0, not 1.",
            ),
            Mutant(
                "sevenths left out",
                lambda root, quality: tones(root, quality[:3] if quality != "7" else "maj"),
                "The seventh is missing: 7, maj7 and min7 have four tones.",
            ),
            Mutant(
                "numbers of the tones",
                lambda root, quality: [(SHARPS.index(root) + step) % 12 for step in STEPS[quality]],
                "These are the numbers of the tones. Put ones at these places of twelve zeros.",
            ),
        ),
    ),
    Question(
        id="05.flux",
        title="Onset strength",
        points=2,
        kind="core",
        name="onset_strength",
        cases=flux_cases,
        oracle=librosa_flux,
        compare=close(1e-10),
        forbidden=(
            "coursekit.rhythm.onset_strength",
            "librosa.onset.onset_strength",
            "librosa.onset.onset_strength_multi",
        ),
        hints=(
            "Three steps: difference from frame to frame, keep what rises, average over the bands.",
            "np.diff(L, axis=1) has one frame less than L; put a 0 in front, for nothing is known before frame 0.",
            "In this order: differences from frame to frame, what is below 0 set to 0, the mean "
            "over the bands, a 0 in front.",
        ),
        mutants=(
            Mutant(
                "falls kept",
                lambda L: np.append(0.0, np.diff(L, axis=1).mean(axis=0)),
                "What falls is counted against what rises. Set each negative difference to 0 first.",
            ),
            Mutant(
                "average before the maximum",
                lambda L: np.append(0.0, np.maximum(0, np.diff(L, axis=1).mean(axis=0))),
                "Averaged first, cut at 0 afterwards: a band that dies away hides one that begins. First the "
                "maximum in each band, then the mean.",
            ),
            Mutant(
                "absolute value",
                lambda L: np.append(0.0, np.abs(np.diff(L, axis=1)).mean(axis=0)),
                "The absolute value takes the end of a note for an onset, too. Keep only what rises.",
            ),
            Mutant(
                "falls instead of rises",
                lambda L: np.append(0.0, np.maximum(0, -np.diff(L, axis=1)).mean(axis=0)),
                "That is how much falls: the frame before is subtracted from this one, not the other way round.",
            ),
            Mutant(
                "sum",
                lambda L: np.append(0.0, np.maximum(0, np.diff(L, axis=1)).sum(axis=0)),
                "The sum over the bands; the mean is wanted, so that the number of bands does not matter.",
            ),
            Mutant(
                "zero at the end",
                lambda L: np.append(np.maximum(0, np.diff(L, axis=1)).mean(axis=0), 0.0),
                "Every onset comes one frame early: the 0 belongs in front, where there is no frame before.",
            ),
            Mutant(
                "along frequency",
                lambda L: np.maximum(0, np.diff(L, axis=0)).mean(axis=0),
                "The difference runs from band to band. Time is the second axis: np.diff(L, axis=1).",
            ),
            Mutant(
                "zeros in front of L",
                lambda L: np.maximum(0, np.diff(L, axis=1, prepend=0)).mean(axis=0),
                "Frame 0 was compared with a frame of 0 dB, which is loud. Put the 0 in front of the result.",
            ),
            Mutant(
                "round the end",
                lambda L: np.maximum(0, L - np.roll(L, 1, axis=1)).mean(axis=0),
                "Frame 0 was compared with the last frame, which np.roll puts before it. Frame 0 gets 0.",
            ),
            Mutant(
                "gradient",
                lambda L: np.maximum(0, np.gradient(L, axis=1)).mean(axis=0),
                "Half the difference of the frames on both sides, as np.gradient takes it. Wanted: this frame minus "
                "the one before, np.diff.",
            ),
        ),
    ),
    Question(
        id="05.beats",
        title="The best row of beats",
        points=3,
        kind="core",
        name="best_beats",
        cases=beats_cases,
        oracle=best_row,
        compare=worth_of_a_row(),
        forbidden=(
            "coursekit.rhythm.beat_scores",
            "coursekit.rhythm.beat_track",
            "coursekit.rhythm.trace_back",
            "librosa.beat.beat_track",
        ),
        spared={
            "np.log(gaps / period) -> np.log(gaps / period + 1e-08)": "no gap is so much shorter than the period that "
            "this could change a row",
            "candidates.max() > 0 -> candidates.max() >= 0": "a beat that is worth exactly nothing may stand in front "
            "or not, and the statement rules out such ties",
        },
        hints=(
            "Let total[t] be the value of the best row that ends at t. What must the row without its last beat be?",
            "total[t] = score[t] + max(0, the best of total[t - gap] - tightness * np.log(gap / period) ** 2 over "
            "the allowed gaps); remember which gap won, or that none did.",
            "After the loop begin at the frame with the largest total, and go back from each "
            "frame to the one that you remembered for it, until there is none. Then turn the row "
            "round.",
        ),
        mutants=(
            Mutant(
                "greedy",
                greedy,
                "Each beat was chosen as the best after the one before. A weak beat now may lead to strong ones "
                "later: that is what total[t] keeps.",
            ),
            Mutant(
                "no cost",
                lambda score, period, tightness: by_recursion(score, period, 0.0),
                "Uneven gaps cost nothing here. Subtract tightness * np.log(gap / period) ** 2.",
            ),
            Mutant(
                "not squared",
                lambda score, period, tightness: by_recursion(
                    score, period, tightness, cost=lambda gap: abs(np.log(gap / period))
                ),
                "The logarithm is not squared: small deviations cost too much, large ones too little.",
            ),
            Mutant(
                "difference for ratio",
                lambda score, period, tightness: by_recursion(
                    score, period, tightness, cost=lambda gap: ((gap - period) / period) ** 2
                ),
                "The cost grows with the difference gap - period. With the ratio, np.log(gap / period) ** 2, half "
                "and double cost the same.",
            ),
            Mutant(
                "logarithm to base 2",
                lambda score, period, tightness: by_recursion(
                    score, period, tightness, cost=lambda gap: np.log2(gap / period) ** 2
                ),
                "The logarithm to base 2 makes uneven gaps twice as dear. The natural one is wanted: np.log.",
            ),
            Mutant(
                "from the last frame",
                lambda score, period, tightness: by_recursion(
                    score, period, tightness, last=lambda total: len(total) - 1
                ),
                "The way back starts at the last frame. Start where total is largest.",
            ),
            Mutant(
                "always a predecessor",
                lambda score, period, tightness: by_recursion(
                    score, period, tightness, alone=False
                ),
                "A row may begin anywhere. Where every predecessor would lower the value, take none: max(0, ...).",
            ),
            Mutant(
                "shortest gap rounded down",
                lambda score, period, tightness: by_recursion(
                    score, period, tightness, shortest=period // 2
                ),
                "Some gaps are shorter than half a period. Round period / 2 up: np.ceil, or (period + 1) // 2 "
                "(round and // may give the number below).",
            ),
            Mutant(
                "longest gap left out",
                lambda score, period, tightness: by_recursion(
                    score, period, tightness, longest=2 * period - 1
                ),
                "A gap of exactly 2 * period is allowed, and never tried: range and slices stop before their end.",
            ),
            Mutant(
                "backwards",
                lambda score, period, tightness: by_recursion(score, period, tightness)[::-1],
                "The row is right, and runs backwards in time. Turn it round.",
            ),
        ),
    ),
    Question(
        id="05.viterbi",
        title="Viterbi's algorithm",
        points=3,
        kind="core",
        name="viterbi",
        cases=viterbi_cases,
        oracle=librosa_viterbi,
        compare=integers(),
        forbidden=(
            "coursekit.hmm.viterbi",
            "coursekit.hmm.best_path",
            "librosa.sequence.viterbi",
            "librosa.sequence.viterbi_discriminative",
        ),
        hints=(
            "For each state: what is the best that a row of states can reach that ends there, now?",
            "arrive[i, j] = best[i] + log_transition[i, j]; its maximum over i, plus the frame's log likelihood, is "
            "the new best; its argmax over i has to be kept.",
            "In each frame keep two things: the new best, and for each state which one it came "
            "from. At the end take the best last state, follow what you kept from the last frame "
            "to the first, and turn the row round.",
        ),
        mutants=(
            Mutant(
                "each frame by itself",
                lambda s, t, b: np.argmax(b, axis=1),
                "The likeliest state of each frame by itself. The transitions have not been used.",
            ),
            Mutant(
                "in probabilities, scaled",
                lambda s, t, b: in_probabilities(s, t, b, scaled=True),
                "Products of probabilities, scaled in each frame: a state that is e^1200 times less likely than the "
                "best becomes 0 for good, and may yet be the right one. Stay in logarithms and add.",
            ),
            Mutant(
                "step by step",
                step_by_step,
                "Each state was chosen as the best after the one before, for good. What comes later cannot change "
                "it then: keep the best row for every state, and decide at the end.",
            ),
            Mutant(
                "no way back",
                lambda s, t, b: trellis(s, t, b, trace=False),
                "The best end of each moment is not the best row: its parts may not belong together. Remember where "
                "each state came from, and walk back from the last.",
            ),
            Mutant(
                "transposed",
                lambda s, t, b: trellis(s, np.transpose(t), b),
                "The transitions are turned round: row i, column j is from i to j.",
            ),
            Mutant(
                "the impossible only dear",
                lambda s, t, b: trellis(np.maximum(s, -1e4), np.maximum(t, -1e4), b),
                "What has the log probability -inf is impossible. A large negative number in its place is a price, and "
                "300 frames of e^-600 are dearer than that. Leave -np.inf as it is.",
            ),
            Mutant(
                "the impossible made possible",
                lambda s, t, b: trellis(np.maximum(s, -100.0), np.maximum(t, -100.0), b),
                "What has the log probability -inf is impossible. Clipped, or with a little added before a logarithm, "
                "it becomes possible, and beats a frame whose likelihood is e^-600. Leave -np.inf as it is.",
            ),
            Mutant(
                "without the start",
                lambda s, t, b: trellis(np.zeros_like(s), t, b),
                "The start is missing: begin with log_start + log_likelihood[0].",
            ),
            Mutant(
                "end by the last frame",
                lambda s, t, b: trellis(s, t, b, last=lambda b: int(np.argmax(b[-1]))),
                "The way back starts where the last frame by itself is likeliest. Start where best is largest.",
            ),
            Mutant(
                "sum for maximum",
                lambda s, t, b: trellis(s, t, b, join=np.logaddexp.reduce),
                "The ways into a state were added up. That is the forward algorithm (chapter 06); here the best one "
                "counts: max.",
            ),
            Mutant(
                "in probabilities",
                in_probabilities,
                "Products of probabilities: in the last case they fall below the smallest number there is, and all "
                "states are equal. Stay in logarithms and add.",
            ),
            Mutant(
                "backwards",
                lambda s, t, b: trellis(s, t, b)[::-1],
                "The row is right, and runs backwards in time. Turn it round.",
            ),
        ),
    ),
    Question(
        id="05.clinic",
        title="Bug clinic: a recogniser that likes minor",
        points=2,
        kind="bug",
        name="recognise",
        cases=clinic_cases,
        compare=exact(),
        spared={
            "np.ptp(frame) < 1e-09 -> np.ptp(frame) <= 1e-09": "no frame's values are spread by exactly 1e-9; any "
            "limit that is above rounding and below a very quiet chord is right"
        },
        hints=(
            "Write the notes beside the ones of each template: C, C#, D, D#, E, F, F#, G, G#, A, A#, B.",
            "Two templates are other chords than they say. And what is the correlation with a frame whose twelve "
            "values are all the same?",
            "Write down the notes of each chord and count their places: G is G, B, D, and Am is "
            "A, C, E. Before the correlation ask whether the largest and the smallest value of "
            "the frame are the same, but for rounding.",
        ),
        mutants=(
            Mutant(
                "the snippet as it was",
                lambda chroma: recognise(chroma, templates=published(), silent=None),
                "G is still not called G, and pauses are still called C. Which notes does the template of G hold?",
            ),
            Mutant(
                "templates as they were, pauses mended",
                lambda chroma: recognise(chroma, templates=published()),
                "Pauses are right. A template is another chord than its name says: which notes does G hold?",
            ),
            Mutant(
                "G and Am swapped",
                lambda chroma: recognise(
                    chroma, templates=published(G=published()["Am"], Am=published()["G"])
                ),
                "Am is right now, G is not: which notes does its template hold? To exchange the two is not enough: "
                "what was called Am is C minor, not G.",
            ),
            Mutant(
                "only G mended",
                lambda chroma: recognise(chroma, templates=mended("G")),
                "G is right now, Am is not: which notes does its template hold? C, D#, G are C minor.",
            ),
            Mutant(
                "only G mended, pauses as before",
                lambda chroma: recognise(chroma, templates=mended("G"), silent=None),
                "G is right now. Am still holds C, D#, G: that is C minor; and pauses are still called C.",
            ),
            Mutant(
                "pauses as before",
                lambda chroma: recognise(chroma, templates=mended("G", "Am"), silent=None),
                "The templates are right. In a pause the correlation is 0 / 0, NaN, and argmax takes the first NaN "
                'for the largest (made 0, all chords tie, and the first is taken): return "N" there.',
            ),
            Mutant(
                "quiet frames as pauses",
                lambda chroma: [
                    "N"
                    if frame.sum() < 1
                    else recognise(frame[:, None], templates=mended("G", "Am"), silent=None)[0]
                    for frame in np.asarray(chroma, dtype=float).T
                ],
                "You ask how loud a frame is. A quiet chord is a chord, and a loud frame whose twelve values are all "
                "the same is none: compare the largest value with the smallest.",
            ),
            Mutant(
                "only pauses of zeros",
                lambda chroma: [
                    "N"
                    if not np.any(frame)
                    else recognise(frame[:, None], templates=mended("G", "Am"), silent=None)[0]
                    for frame in np.asarray(chroma, dtype=float).T
                ],
                "A pause in which all twelve are 0.05 is still called a chord. It is not all zeros; and by "
                "rounding, its standard deviation may come out as 1e-17, and its correlation as a number, not NaN. "
                "Compare the largest value with the smallest.",
            ),
            Mutant(
                "all the same to the last bit",
                lambda chroma: recognise(
                    chroma, templates=mended("G", "Am"), alike=lambda frame: np.ptp(frame) == 0
                ),
                "A pause in which one value is 0.1 + 0.2 and the others 0.3 is still called a chord: these differ by "
                "rounding, 5e-17. Allow the largest and the smallest value a difference like 1e-9.",
            ),
            Mutant(
                "unclear chords as pauses",
                lambda chroma: recognise(chroma, templates=mended("G", "Am"), least=0.6),
                "You ask how clear a chord is. With a seventh, a loud foreign tone and noise it is still the nearest "
                'of the six; "N" is for frames whose twelve values are all the same.',
            ),
            Mutant(
                "pauses left out",
                lambda chroma: [
                    name for name in recognise(chroma, templates=mended("G", "Am")) if name != "N"
                ],
                'The pauses are left out, and what follows is shifted. Return a name for each frame, "N" there.',
            ),
        ),
    ),
    Question(
        id="05.smooth",
        title="Experiment: chords under drums",
        points=3,
        kind="experiment",
        name="chords",
        cases=smooth_cases,
        compare=threshold(chord_accuracy, above=0.80, name="weighted accuracy"),
        time_limit=30.0,
        forbidden=("coursekit.harmony.recognize_chords",),
        hints=(
            "Templates alone reach about 0.7: drums make single frames wrong. A chord lasts ten frames or so.",
            "24 templates and the cosine with each frame; then Viterbi, with 20 times the cosine as log likelihood "
            "and a transition matrix that mostly stays.",
            "Staying gets a probability of about 0.95, the 23 others share the rest; all chords "
            "begin alike. Hand logarithms to hmm.viterbi, with the scaled cosines as (frames, "
            "24), and translate its states into labels.",
        ),
        mutants=(
            Mutant(
                "frame by frame",
                frame_wise,
                "This is the best template of each frame. A drum stroke changes it, but not the chord: smooth.",
            ),
            Mutant(
                "major chords alone",
                lambda chroma: [MAJMIN[k] for k in similarity(chroma)[:12].argmax(axis=0)],
                "Only major chords are ever said. A good part of these pieces is minor: 24 templates.",
            ),
            Mutant(
                "major and minor exchanged",
                lambda chroma: decoded(
                    chroma, steps=STEPS | {"maj": STEPS["min"], "min": STEPS["maj"]}
                ),
                "Smooth, and every minor chord is called major: the templates are exchanged.",
            ),
            Mutant(
                "averaged over five frames",
                lambda chroma: averaged(chroma, width=5),
                "Chroma averaged over five frames: better, but drums still come through. Longer averages mix "
                "chords; Viterbi does not.",
            ),
            Mutant(
                "no chord at all",
                lambda chroma: ["N"] * chroma.shape[1],
                '"N" throughout. There is a chord nearly all the time.',
            ),
            Mutant(
                "too sticky",
                lambda chroma: decoded(chroma, stay=1 - 1e-9, concentration=10.0),
                "It hardly ever changes. A change must cost less than the frames of a short chord say for it: lower "
                "the probability to stay, or scale the cosines up.",
            ),
            Mutant(
                "averaged too long",
                averaged,
                "Chroma averaged over seconds: chords here last about one second, and run into each other.",
            ),
            Mutant(
                "one chord",
                lambda chroma: (
                    [frame_wise(chroma.mean(axis=1, keepdims=True))[0]] * chroma.shape[1]
                ),
                "One chord for the whole piece is the key, more or less. Chords change about once a second. If this "
                "comes from Viterbi, a change costs more than the cosines say for it: scale them up.",
            ),
        ),
    ),
    Question(
        id="05.fast",
        title="Prediction: fast clicks",
        points=1,
        kind="prediction",
        name="tempo_of_clicks",
        oracle=tempo_of_fast_clicks,
        compare=choice(("50", "67", "100", "200")),
        hints=(
            "Even clicks are like themselves after one click, two clicks, three: which tempi are those?",
            "The likeness at these lags is nearly the same. So the prior decides: which of the tempi is nearest to "
            "120, counted in octaves?",
            "Compare |log2(bpm / 120)| of 200, 200 / 2, 200 / 3, 200 / 4.",
        ),
        mutants=(
            Mutant(
                "the clicks themselves",
                lambda: "200",
                "That is what is played. But every second click repeats, too, and the prior has its say.",
            ),
            Mutant(
                "every third",
                lambda: "67",
                "Every third click repeats as well. Is its tempo the nearest to 120, in octaves?",
            ),
            Mutant(
                "every fourth",
                lambda: "50",
                "Every fourth click repeats as well, but its tempo is more than an octave below 120.",
            ),
        ),
    ),
]
