"""The recogniser of Russian sentences on the model shelf, `sentences-ru`: how it was trained. Chapter 09.

    python -m coursekit.recipes.sentences --minutes 5 --out my-model          a few minutes: a working, worse model
    python -m coursekit.recipes.sentences --steps 16500 --out weights          the one on the shelf
    torchrun --nproc-per-node 2 -m coursekit.recipes.sentences --steps 6000    two processes, half of each batch to each

620 sentences are little for a Conformer: it soon knows them by heart. Three things help. Every batch mixes whole
sentences with new ones, spliced from runs of words of different sentences (mixing.py); SpecAugment hides parts of them;
and an output in the middle of the net learns the phones, whose times the corpus has.

Run by several processes (torchrun), each makes the same plan of the same batch, loads its own share of it, and the
gradients are added up: the losses are those of one process. Dropout, which each draws for itself, is the exception.
"""

import argparse
import contextlib
import copy
import math
import os
import platform
import re
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .. import ctc, data, lm, metrics, pretrained, text, train
from ..models.asr import ConformerConfig, ConformerRecognizer
from .mixing import NOTHING, Mixer, utterances
from .spelling import word_times

N_TEST = 60
SPEEDS = (0.9, 1.0, 1.1)
LM_ORDER = 6
BEAM = {
    "beam_size": 10,
    "lm_weight": 0.5,
    "length_bonus": 1.5,
}  # chosen, as the order, on 30 training sentences
ORIGIN = {
    "corpus": "the course's data set `sentences`: festvox-ru, 620 sentences of Russian prose, one reader",
    "licence": "BSD-like: use, modify and pass on, with the notice kept and changes marked (festvox-ru)",
    "credit": "Nickolay V. Shmyrev (festvox-ru, voice msu_ru_nsh)",
    "split": "data.held_out(items, n_test=60): 560 to train on, 60 to test on, about every tenth",
    "notes": "The phone labels and times of the corpus were used in training, at an output in the middle of the net; "
    "none are needed to use it. It knows one voice, and prose.",
}


def split(items):
    """The 620 sentences as 560 to train on and 60 to test on, about every tenth.

    Parameters
    ----------
    items : sequence of data.Item

    Returns
    -------
    train, test : list of data.Item
    """
    return data.held_out(items, n_test=N_TEST)


def spelling(item):
    """What the recogniser should write: lower case, words and spaces. The corpus marks stress and pauses; we do not."""
    return text.normalise(item.text, inside="")


def language_model(items, *, order=LM_ORDER):
    """An n-gram over the characters of the texts of items: training items only.

    Examples
    --------
    >>> model = language_model([data.Item("a", text="Мама мыла раму.")], order=2)
    >>> model.log_prob("ы", "м") > model.log_prob("р", "м")
    True
    """
    return lm.NGram(order).fit([spelling(item) for item in items])


# --- training ------------------------------------------------------------------------------------------------


def loss(net, batch, *, phone_weight=0.5, world=1):
    """CTC for each symbol, and the phones' cross-entropy for each frame.

    The sums go over this process's share, the divisors over the whole batch. Times `world`,
    because DistributedDataParallel takes the mean of the processes' gradients where the whole
    batch wants the sum.

    Parameters
    ----------
    net : models.asr.ConformerRecognizer
    batch : Batch
    phone_weight : float
    world : int
        Processes.

    Returns
    -------
    Tensor
        One number; its mean over the processes is the loss of the whole batch.
    """
    # (batch, frames, n_classes), (batch,) and (batch, frames, middle_classes)
    log_probs, lengths, phone_log_probs = net(batch.features, batch.lengths, middle=True)
    # torch's, for its speed; ctc.loss of chapter 07 gives the same number. A spliced sentence may
    # have more letters than frames: it is left out (zero_infinity).
    letters = nn.functional.ctc_loss(
        log_probs.transpose(0, 1),  # torch wants time first
        batch.targets,
        lengths,
        batch.target_lengths,
        reduction="sum",
        zero_infinity=True,
    )
    phones = nn.functional.nll_loss(
        phone_log_probs.transpose(1, 2), batch.phones, ignore_index=NOTHING, reduction="sum"
    )
    return world * (letters / batch.n_symbols + phone_weight * phones / batch.n_frames)


def learning_rate(step, steps, *, peak=1.0, warm_up=0.03, flat=0.3):
    """Up in a straight line, flat, then down as half a cosine.

    Parameters
    ----------
    step, steps : int
        Steps done, and to do.
    peak : float
    warm_up, flat : float
        The parts of the training after which the rate is up, and after which it falls.

    Returns
    -------
    float

    Examples
    --------
    >>> [round(learning_rate(step, 100), 2) for step in (0, 3, 29, 65, 100)]
    [0.33, 1.0, 1.0, 0.5, 0.0]
    """
    done = step / steps
    fall = 0.5 * (1 + math.cos(math.pi * (done - flat) / (1 - flat))) if done > flat else 1.0
    return peak * min(1.0, (step + 1) / max(1, warm_up * steps)) * fall


def fit(net, mixer, *, peak=1.5e-3, world=1, on_step=None, every=50):
    """Train a recogniser on all batches of a mixer.

    Parameters
    ----------
    net : models.asr.ConformerRecognizer, or the same within DistributedDataParallel
    mixer : Mixer
    peak : float
        The highest learning rate.
    world : int
    on_step, every
        As in train.fit.

    Returns
    -------
    train.History
    """
    device = next(net.parameters()).device
    optimizer = torch.optim.AdamW(net.parameters(), lr=peak, betas=(0.9, 0.98), weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: learning_rate(step, mixer.steps)
    )
    return train.fit(
        net,
        mixer,
        lambda net, batch: loss(net, batch.to(device), world=world),
        optimizer=optimizer,
        steps=mixer.steps,
        scheduler=scheduler,
        clip=3.0,
        every=every,
        on_step=on_step,
    )


def new_net(n_symbols, n_phones, *, seed=0, **changes):
    """A recogniser with its first weights, as this recipe has it.

    Parameters
    ----------
    n_symbols : int
        Without the blank.
    n_phones : int
    seed : int
    **changes
        Of models.asr.ConformerConfig.

    Returns
    -------
    models.asr.ConformerRecognizer
    """
    plan = {
        "n_features": 80,
        "n_classes": n_symbols + 1,
        "middle": 3,
        "middle_classes": n_phones,
        "dropout": 0.15,
    }
    with train.seeded(seed):
        return ConformerRecognizer(ConformerConfig(**plan | changes))


# --- measuring -----------------------------------------------------------------------------------------------


def heard(net, examples, vocabulary):
    """What a net makes of features, with the best symbol of each frame.

    Parameters
    ----------
    net : models.asr.ConformerRecognizer
        Is left in evaluation mode.
    examples : sequence of ndarray, (frames, n_mels)
    vocabulary : text.Vocabulary

    Returns
    -------
    list of str
    """
    device, texts = next(net.parameters()).device, []
    net.eval()
    for x in examples:
        with torch.no_grad():
            log_probs, _ = net(torch.from_numpy(np.float32(x))[None].to(device), [len(x)])
        texts.append(vocabulary.decode(ctc.greedy_decode(log_probs[0])).strip())
    return texts


def measure(model, items, **how):
    """Character and word error rate of a finished model on items.

    Parameters
    ----------
    model : pretrained.Recognizer
    items : sequence of data.Item
    **how
        Of its transcribe: lm, lm_weight, ...

    Returns
    -------
    dict
        "cer" and "wer", of 1, to four places.
    """
    rate = model.features.sr
    references = [spelling(item) for item in items]
    hypotheses = [model.transcribe(item.load(sr=rate)[0], sr=rate, **how) for item in items]
    return {
        "cer": round(metrics.cer(references, hypotheses), 4),
        "wer": round(metrics.wer(references, hypotheses), 4),
    }


def both_decodings(model, items, train_items):
    """What the card says of a model: measured without and with a language model of the training texts.

    Parameters
    ----------
    model : pretrained.Recognizer
    items, train_items : sequence of data.Item
        To measure on; for the language model.

    Returns
    -------
    list of dict
        "decoding", "cer", "wer".
    """
    beam = {"lm": language_model(train_items), **BEAM}
    settings = ", ".join(f"{name} {value:g}" for name, value in BEAM.items())
    return [
        {"decoding": "greedy", **measure(model, items)},
        {
            "decoding": f"beam search with a {LM_ORDER}-gram of characters, {settings}",
            **measure(model, items, **beam),
        },
    ]


class Curve:
    """The learning curve: called after each step, it measures now and then, and keeps what it measured.

    Parameters
    ----------
    sets : dict of str to sequence of data.Item
        The name of each rate, and what it is measured on. Nothing is chosen by it.
    vocabulary : text.Vocabulary
    steps : sequence of int
        After which it measures.
    """

    def __init__(self, sets, vocabulary, steps):
        settings = pretrained.FeatureSettings()
        self.sets = {
            name: (
                [settings(item.load(sr=settings.sr)[0], sr=settings.sr) for item in items],
                [spelling(item) for item in items],
            )
            for name, items in sets.items()
        }
        self.vocabulary, self.steps, self.points = vocabulary, set(steps), []
        self.start, self.away = time.perf_counter(), 0.0  # away: seconds spent here

    def __call__(self, step, net):
        if step not in self.steps:
            return
        begin = time.perf_counter()
        point = {"minutes": round((begin - self.start - self.away) / 60, 2), "step": step}
        for name, (examples, texts) in self.sets.items():
            point[name] = round(metrics.cer(texts, heard(net, examples, self.vocabulary)), 4)
        self.points.append(point)
        print(
            f"    {point['minutes']} minutes, step {step}: train_cer {point['train_cer']:.3f}",
            flush=True,
        )
        self.away += time.perf_counter() - begin


# --- the program ---------------------------------------------------------------------------------------------


def main(argv=None):
    """Train, save, measure; see --help."""
    parser = argparse.ArgumentParser(
        prog="python -m coursekit.recipes.sentences",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--minutes", type=float, default=5.0, help="of training on this machine (5)"
    )
    length.add_argument(
        "--steps", type=int, help="in place of minutes; repeats a run exactly on the same machine"
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--dev",
        type=int,
        default=0,
        metavar="N",
        help="hold N training sentences out, and measure on them, not on the 60 of the test (0)",
    )
    parser.add_argument(
        "--spliced", type=float, default=0.35, help="the part of spliced sentences (0.35)"
    )
    parser.add_argument(
        "--peak", type=float, default=1.5e-3, help="the highest learning rate (0.0015)"
    )
    parser.add_argument("--layers", type=int, default=6, help="Conformer blocks (6)")
    parser.add_argument("--dropout", type=float, default=0.15)
    parser.add_argument(
        "--start",
        type=Path,
        metavar="CARD",
        help="go on from this model (NAME.json), and keep the mean of its weights and the new ones",
    )
    parser.add_argument("--name", default="sentences-ru")
    parser.add_argument("--out", default="sentences-ru", help="the folder to write the model to")
    args = parser.parse_args(argv)
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    with _processes(world, args.device):
        _run(args, rank, world, " ".join([parser.prog, *(sys.argv[1:] if argv is None else argv)]))


@contextlib.contextmanager
def _processes(world, device):
    if world == 1:
        yield
        return
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    torch.distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()


def _run(args, rank, world, command):
    items = data.load("sentences")
    if not all(item.phones for item in items):
        raise data.DataError(
            "the set `sentences` is not on this machine, and its stand-in teaches nothing; "
            "`coursekit data get sentences` fetches it"
        )
    train_items, held_out = split(items)
    if args.dev:
        train_items, held_out = data.held_out(train_items, n_test=args.dev)
    device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if args.device == "cuda" else "cpu"
    vocabulary = text.Vocabulary.of(spelling(item) for item in train_items)
    phones = sorted({phone.label for item in train_items for phone in item.phones})
    words = word_times(
        [spelling(item) for item in train_items], [item.phones for item in train_items]
    )
    by_speed = [utterances(train_items, words, phones, speed=speed) for speed in SPEEDS]
    net = new_net(
        len(vocabulary) - 1,
        len(phones),
        seed=args.seed,
        n_layers=args.layers,
        middle=max(1, args.layers // 2),
        dropout=args.dropout,
    ).to(device)

    if args.start:
        start = pretrained.read(args.start, device=device).net.state_dict()
        net.load_state_dict(start)

    def mixer(steps):
        return Mixer(
            by_speed,
            vocabulary,
            steps=steps,
            seed=args.seed,
            spliced=args.spliced,
            rank=rank,
            world=world,
        )

    steps = args.steps or _steps_in(args.minutes, net, mixer(100))
    if world > 1:  # the same number in each process, and the same gradients
        agreed = torch.tensor(steps, device=device)
        torch.distributed.broadcast(agreed, src=0)
        steps = int(agreed)
    wrapped = net if world == 1 else nn.parallel.DistributedDataParallel(net)
    measured = {
        "train_cer": train_items[:: max(1, len(train_items) // 30)],
        "dev_cer" if args.dev else "test_cer": held_out,
    }
    curve = Curve(measured, vocabulary, [round(steps * k / 16) for k in (1, 2, *range(4, 17, 2))])
    with train.seeded(1000 * args.seed + rank):  # dropout
        history = fit(
            wrapped,
            mixer(steps),
            peak=args.peak,
            world=world,
            every=0 if rank else 100,
            on_step=None if rank else lambda step, _: curve(step, net),
        )
    if rank:
        return
    if args.start:
        net.load_state_dict(train.average([start, net.state_dict()]))
    card = pretrained.Card(
        name=args.name,
        title="A recogniser of Russian sentences: Conformer, CTC, characters",
        model="ConformerRecognizer",
        config=asdict(net.config),
        features=asdict(pretrained.FeatureSettings()),
        symbols=list(vocabulary.symbols),
        middle_symbols=phones,
        **ORIGIN,
        command=command,
        hardware=_hardware(device, world),
        seed=args.seed,
        steps=steps,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        minutes=round((history.seconds[-1] - curve.away) / 60, 1),
        results=[],
        curve=curve.points,
    )
    model = pretrained.read(
        pretrained.save(args.out, net, card), device=device
    )  # in half precision, as it is used
    on = (
        f"{len(held_out)} {'of the training sentences, held out' if args.dev else 'test sentences'}"
    )
    results = [{"on": on, **result} for result in both_decodings(model, held_out, train_items)]
    path = pretrained.save(args.out, net, replace(card, results=results))
    print(*results, f"written: {path}", sep="\n")


def _steps_in(minutes, net, mixer, *, n=12):
    """How many steps take so many minutes here, from a few steps with a copy of the net."""
    trial, mixer = copy.deepcopy(net), copy.copy(mixer)
    mixer.steps = n
    history = fit(trial, mixer, every=0)
    return max(1, round(minutes * 60 * (n - 2) / (history.seconds[-1] - history.seconds[1])))


def _hardware(device, world):
    if device != "cpu":
        return f"{world} x {torch.cuda.get_device_name()}"
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else []
    return f"{(names or [platform.machine()])[0]}, {world} x {torch.get_num_threads()} threads"


if __name__ == "__main__":
    main()
