"""How long do the CTC loss, reading texts and aligning take? Prints two tables; asserts nothing.

    python -m benchmarks.ctc [--repeats 5]

The loss: forward and backward, log_softmax among them, in single precision on one thread, beside
torch.nn.functional.ctc_loss, which is compiled. Ours is a loop over frames in which torch works on all utterances and
states at once, in double precision: small batches pay for the calls, large ones for the digits. errors: of the
gradient, relative to its peak, against torch in double precision.

Decoding: made answers, as sure as a trained network's (a blank or a symbol with probability about 0.95 in most frames),
at 25 frames a second and 34 classes. The language model is an NGram of order 4 over characters of made texts.
"""

import argparse

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.stft import median_seconds
from coursekit import ctc, lm, text

SIZES = [(1, 200, 34, 60), (8, 100, 11, 6), (32, 100, 11, 6), (16, 250, 34, 60), (32, 400, 34, 100)]
SECONDS, FRAME_RATE, LETTERS = 10, 25, "абвгдежзийклмнопрстуфхцчшщъыьэюя "


def made_batch(batch, frames, classes, n, *, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(batch, frames, classes, generator=generator).requires_grad_()
    targets = torch.randint(1, classes, (batch, n), generator=generator)
    return logits, targets, torch.full((batch,), frames), torch.full((batch,), n)


def ours(logits, targets, lengths, target_lengths):
    loss = ctc.loss(logits.log_softmax(-1), targets, lengths=lengths, target_lengths=target_lengths)
    return torch.autograd.grad(loss, logits)[0]


def theirs(logits, targets, lengths, target_lengths):
    log_probs = logits.log_softmax(-1).transpose(0, 1)
    return torch.autograd.grad(F.ctc_loss(log_probs, targets, lengths, target_lengths), logits)[0]


def loss_table(repeats):
    print(
        f"{'batch x frames, classes, symbols':34s} {'ours (ms)':>10s} {'torch (ms)':>11s} {'ratio':>6s}"
        f" {'our error':>10s} {'torch error':>12s}"
    )
    for size in SIZES:
        logits, *rest = made_batch(*size)
        took = median_seconds(
            {
                "ours": lambda x=logits, r=rest: ours(x, *r),
                "torch": lambda x=logits, r=rest: theirs(x, *r),
            },
            repeats,
        )
        exact = theirs(logits.detach().double().requires_grad_(), *rest)
        errors = [
            float((f(logits, *rest) - exact).abs().max() / exact.abs().max())
            for f in (ours, theirs)
        ]
        name = f"{size[0]} x {size[1]}, {size[2]}, {size[3]}"
        print(
            f"{name:34s} {1e3 * took['ours']:10.1f} {1e3 * took['torch']:11.1f} {took['ours'] / took['torch']:6.2f}"
            f" {errors[0]:10.1e} {errors[1]:12.1e}",
            flush=True,
        )


def made_answers(rng):
    """(log_probs, ids): half of the frames blank, the others a symbol each."""
    n_frames, n_classes = SECONDS * FRAME_RATE, len(LETTERS) + 1
    path = rng.integers(1, n_classes, n_frames) * (rng.random(n_frames) < 0.5)
    logits = rng.standard_normal((n_frames, n_classes))
    logits[np.arange(n_frames), path] += 7.0
    return torch.from_numpy(logits).log_softmax(-1), ctc.collapse(path)


def decoding_table(repeats):
    rng = np.random.default_rng(0)
    vocabulary = text.Vocabulary(LETTERS)
    texts = ["".join(rng.choice(list(LETTERS), 60)) for _ in range(500)]
    model = lm.NGram(4).fit(texts, symbols=vocabulary.symbols)
    log_probs, ids = made_answers(rng)
    scorer = ctc.PrefixScorer(log_probs)
    states, last = scorer.start().expand(10, -1, -1), torch.arange(1, 11)

    def beam(**options):
        return lambda: ctc.beam_search_decode(log_probs, **options)

    with_lm = {"lm": model, "vocabulary": vocabulary}
    rows = {
        "greedy_decode": lambda: ctc.greedy_decode(log_probs),
        "beam 10": beam(),
        "beam 10, floor -7": beam(floor=-7.0),
        "beam 50, floor -7": beam(beam_size=50, floor=-7.0),
        "beam 10, characters' LM": beam(**with_lm),
        "beam 10, LM, floor -7": beam(floor=-7.0, **with_lm),
        "align": lambda: ctc.align(log_probs, ids),
        "one symbol more for 10 prefixes": lambda: scorer.scores(
            scorer.extend(states, last * 0, last), last
        ),
    }
    took = median_seconds(rows, repeats)
    print(
        f"\n{f'{SECONDS} s of speech, {len(ids)} symbols':34s} {'ms':>10s} {'ms / s of speech':>17s}"
    )
    for name, seconds in took.items():
        print(f"{name:34s} {1e3 * seconds:10.1f} {1e3 * seconds / SECONDS:17.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    loss_table(repeats)
    decoding_table(repeats)
    torch.set_num_threads(threads)


if __name__ == "__main__":
    main()
