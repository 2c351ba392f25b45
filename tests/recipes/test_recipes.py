"""The recipe behind the model shelf: its data, its batches, its loop, alone and in two processes."""

import functools
import json
import os
import runpy
import subprocess
import sys

import numpy as np
import pytest
import torch

from coursekit import data, pretrained, text, train
from coursekit.arguments import ArgumentError
from coursekit.data import Item, Segment
from coursekit.recipes import mixing, sentences, spelling
from coursekit.recipes.mixing import NOTHING, Mixer, Utterance

# A made language: some letters are one phone, one is two, one is none, and one is either of two.
SOUNDS = {
    "а": [["a"]],
    "б": [["b"]],
    "в": [["v"], ["f"]],
    "я": [["j", "a"]],
    "ь": [[]],
    "т": [["t"]],
    "о": [["o"]],
}


def made_language(n, rng):
    """Texts, their phones with times, and where their words really are."""
    texts, phones, words = [], [], []
    for _ in range(n):
        spelled = [
            "".join(rng.choice(list("абвятоь"), size=rng.integers(2, 6)))
            for _ in range(rng.integers(2, 6))
        ]
        spelled = ["т" + word for word in spelled]  # no word without a phone
        row, found, time = [Segment(0.0, 0.3, "pau")], [], 0.3
        for word in spelled:
            start = time
            for letter in word:
                for phone in SOUNDS[letter][rng.integers(len(SOUNDS[letter]))]:
                    row.append(Segment(time, round(time + 0.1, 1), phone))
                    time = round(time + 0.1, 1)
            found.append(Segment(start, time, word))
            if rng.random() < 0.3:
                row.append(Segment(time, round(time + 0.2, 1), "pau"))
                time = round(time + 0.2, 1)
        row.append(Segment(time, round(time + 0.3, 1), "pau"))
        texts.append(" ".join(spelled))
        phones.append(row)
        words.append(found)
    return texts, phones, words


# Letters and phones


def wrong_edges(found, true):
    pairs = [
        (a, b)
        for row, other in zip(found, true, strict=True)
        for a, b in zip(row, other, strict=True)
    ]
    return np.mean([abs(a.start - b.start) > 1e-9 or abs(a.end - b.end) > 1e-9 for a, b in pairs])


def test_word_times_finds_the_words_of_a_made_language():
    texts, phones, words = made_language(200, np.random.default_rng(0))
    found = spelling.word_times(texts, phones)
    assert [[word.label for word in row] for row in found] == [text.split() for text in texts]
    # All words are determined by the phones, so nearly all must be right; the wrong variant, which deals the
    # phones out by the number of letters, has most of them wrong.
    assert wrong_edges(found, words) < 0.01
    dealt = []
    for line, row in zip(texts, phones, strict=True):
        times = [phone.start for phone in row] + [row[-1].end]
        places = np.cumsum([0, *(len(word) + 1 for word in line.split())])
        cut = [times[round(place / places[-1] * len(row))] for place in places]
        dealt.append(
            [
                Segment(a, b, word)
                for a, b, word in zip(cut[:-1], cut[1:], line.split(), strict=True)
            ]
        )
    assert wrong_edges(dealt, words) > 0.5


def test_word_times_is_the_best_path():
    """Against all ways to deal two letters' phones out, by hand."""
    log_p = (
        np.array([-5.0, -5.0]),
        np.array([[-1.0, -2.0], [-2.0, -1.5]]),
        np.full((2, 2, 2), -4.0),
    )
    written, heard = np.array([0, 1]), np.array([0, 1])
    # (0 | 1): -1 - 1.5; (01 | -): -4 - 5; (- | 01): -5 - 4
    assert spelling._best_path(written, heard, log_p).tolist() == [0, 1, 2]
    dear = (np.array([-5.0, -0.1]), log_p[1], np.full((2, 2, 2), -1.0))
    assert spelling._best_path(written, heard, dear).tolist() == [0, 2, 2]  # now -1 - 0.1


def test_phones_that_do_not_belong_to_the_text_are_refused():
    some = [Segment(0.0, 0.1, "a")] * 9
    with pytest.raises(ArgumentError, match="9 phones for 'а'.*belong together"):
        spelling.word_times(["а"], [some])
    with pytest.raises(ArgumentError, match="at least one word"):
        spelling.word_times([""], [some])


@pytest.mark.parametrize("n", [120, pytest.param(620, marks=pytest.mark.thorough)])
def test_word_times_on_the_corpus(n):
    items = data.load("sentences")
    if "stand-in" in items.source or len(items) < 620:
        pytest.skip("the set `sentences` is not on this machine")
    items = items[:n]
    words = spelling.word_times(
        [sentences.spelling(item) for item in items], [item.phones for item in items]
    )
    for item, row in zip(items, words, strict=True):
        times = [time for word in row for time in (word.start, word.end)]
        assert times == sorted(times) and times[-1] <= item.phones[-1].end
        assert not any(word.start == word.end for word in row)
        pauses = {phone.start for phone in item.phones if phone.label == "pau"}
        assert not {word.start for word in row} & pauses, item.name  # no word begins with a pause
    first = {word.label: word for word in words[0]}
    # by ear and eye: the pause between these two lasts from 2.87 to 3.25 s
    assert abs(first["газеты"].end - 2.87) < 0.05 and abs(first["арчибальд"].start - 3.25) < 0.05


# Batches


def made_utterances(n=12, *, n_phones=5, seed=0):
    """Utterances in which each letter is a bump in a band of its own, eight frames long: quickly learned."""
    rng, made = np.random.default_rng(seed), []
    for _ in range(n):
        words = [
            "".join(rng.choice(list("абв"), size=rng.integers(1, 4)))
            for _ in range(rng.integers(2, 5))
        ]
        line = " ".join(words)
        ids = np.array([" абв".index(letter) for letter in f" {line} "])
        x = 0.1 * rng.standard_normal((8 * len(ids), 80))
        x[np.arange(len(x)), 20 * np.repeat(ids, 8)] += 5
        ends = 8 * (1 + np.cumsum([len(word) + 1 for word in words]))
        edges = np.array(
            [[end - 8 * (len(word) + 1), end - 8] for end, word in zip(ends, words, strict=True)]
        )
        made.append(Utterance(x.astype(np.float16), np.repeat(ids, 8), words, edges))
    return made


VOCABULARY = text.Vocabulary(" абв")
TINY = {
    "d_model": 16,
    "n_layers": 2,
    "n_heads": 2,
    "d_ff": 32,
    "kernel_size": 3,
    "middle": 1,
    "dropout": 0.0,
}


def test_split_holds_every_tenth_sentence_out():
    training, test = sentences.split(range(620))
    assert (len(training), len(test)) == (560, 60) and sorted(training + test) == list(range(620))
    assert set(np.diff(test)) == {10, 11}


def test_spliced_sentences_are_made_of_whole_words():
    made, rng = made_utterances(), np.random.default_rng(1)
    for _ in range(50):
        pieces = mixing.splice(made, rng, n_frames=150, margin=4)
        assert sum(piece.end - piece.start for piece in pieces) >= 150
        for piece in pieces:
            x = piece.utterance.features[piece.start : piece.end].astype(float)
            letters = " абв"
            loudest = [letters[band] for band in x[:, ::20].argmax(axis=1)]
            seen = "".join(a for i, a in enumerate(loudest) if i % 8 == 0 or i == 0)
            # each word keeps its eight frames a letter, what lies around it is silence
            assert sum(a != " " for a in loudest) == 8 * sum(map(len, piece.words)), (
                seen,
                piece.words,
            )


def test_mask_hides_with_the_mean_and_leaves_the_original_alone():
    x = np.random.default_rng(0).standard_normal((500, 80)) + 10
    before = x.copy()
    y = mixing.mask(x, np.random.default_rng(0))
    assert np.array_equal(x, before) and ((y == 0) | (y == x)).all()
    shares = [np.mean(mixing.mask(x, np.random.default_rng(seed)) == 0) for seed in range(200)]
    # bands: 2 x 11.5 of 80, times: 8 in 1000 frames x 14.5 of them; together 1 - (1 - .27)(1 - .11) less overlap
    assert 0.25 < np.mean(shares) < 0.40
    assert np.all(mixing.mask(x, np.random.default_rng(0), n_freq=0, n_time=0) == x)


def test_a_batch_holds_so_many_seconds():
    mixer = Mixer([made_utterances()], VOCABULARY, steps=100, seconds=10.0)
    for step in range(100):
        batch = mixer.batch(step)
        assert batch.features.shape[0] * batch.features.shape[1] <= 1000
        assert batch.n_symbols == batch.target_lengths.sum()
        assert (batch.phones != NOTHING).sum() == batch.n_frames == ((batch.lengths + 3) // 4).sum()


def test_batches_repeat_with_their_seed_and_change_with_it():
    def features(seed, step=30):
        return Mixer([made_utterances()], VOCABULARY, steps=100, seed=seed).batch(step).features

    assert torch.equal(features(3), features(3))
    assert not torch.equal(features(3)[0, :100], features(4)[0, :100])


def test_the_processes_share_one_batch_out():
    def batches(world):
        return [
            Mixer(
                [made_utterances()], VOCABULARY, steps=100, seconds=40.0, rank=rank, world=world
            ).batch(30)
            for rank in range(world)
        ]

    (one,), shares = batches(1), batches(2)
    assert sum(map(len, shares)) == len(one)
    for number in range(len(one)):
        share, row = shares[number % 2], number // 2
        n = int(one.lengths[number])
        assert share.lengths[row] == n
        assert torch.equal(
            share.features[row, :n], one.features[number, :n]
        )  # the same stretches hidden, too
    assert all(
        share.n_symbols == one.n_symbols and share.n_frames == one.n_frames for share in shares
    )


# The loop


def test_the_losses_of_the_shares_have_the_loss_of_the_batch_for_mean():
    net = sentences.new_net(4, 4, **TINY)
    made = made_utterances()
    whole = Mixer([made], VOCABULARY, steps=100, seconds=20.0).batch(30)
    shares = [
        Mixer([made], VOCABULARY, steps=100, seconds=20.0, rank=rank, world=2).batch(30)
        for rank in range(2)
    ]
    expected = sentences.loss(net, whole).item()
    got = np.mean([sentences.loss(net, share, world=2).item() for share in shares])
    assert got == pytest.approx(expected, rel=1e-5)  # float32 sums in another order
    # The wrong variant: each process divides by the symbols of its own share.
    alone = [sentences.loss(net, train_alone(share)).item() for share in shares]
    assert abs(np.mean(alone) - expected) > 1e-4 * expected


def train_alone(share):
    return type(share)(
        share.features,
        share.lengths,
        share.targets,
        share.target_lengths,
        share.phones,
        share.target_lengths.sum(),
        ((share.lengths + 3) // 4).sum(),
    )


def test_the_loss_is_that_of_ctc_and_cross_entropy_by_hand():
    net = sentences.new_net(4, 4, **TINY)
    batch = Mixer([made_utterances()], VOCABULARY, steps=100).batch(30)
    log_probs, lengths, phones = net(batch.features, batch.lengths, middle=True)
    from coursekit import ctc

    letters = sum(
        ctc.loss(
            log_probs[k, : lengths[k]], batch.targets[k, : batch.target_lengths[k]], reduction="sum"
        )
        for k in range(len(batch))
    )
    named = sum(
        -phones[k, t, batch.phones[k, t]] for k in range(len(batch)) for t in range(int(lengths[k]))
    )
    expected = letters / batch.n_symbols + 0.5 * named / batch.n_frames
    assert sentences.loss(net, batch).item() == pytest.approx(expected.item(), rel=1e-4)


def test_a_few_steps_learn_the_made_language():
    net = sentences.new_net(4, 4, **TINY | {"n_layers": 1})
    mixer = Mixer([made_utterances()], VOCABULARY, steps=120, seconds=3.0, spliced=0.1)
    history = sentences.fit(net, mixer, peak=2e-2, every=0)
    # masks hide a good part, and it goes on falling: 0.28 to 0.44 of the first losses with five seeds
    assert np.mean(history.losses[-10:]) < 0.6 * np.mean(history.losses[:10])
    assert len(history.losses) == 120


def test_training_repeats_itself():
    def losses():
        net = sentences.new_net(4, 4, **TINY | {"dropout": 0.1})
        with train.seeded(1):
            return sentences.fit(
                net, Mixer([made_utterances()], VOCABULARY, steps=5), every=0
            ).losses

    assert losses() == losses()


def short_training(rank, world):
    """The losses and the weights of 6 steps, as one of `world` processes."""
    net = sentences.new_net(4, 4, **TINY)
    wrapped = torch.nn.parallel.DistributedDataParallel(net) if world > 1 else net
    mixer = Mixer([made_utterances()], VOCABULARY, steps=6, seconds=40.0, rank=rank, world=world)
    history = sentences.fit(wrapped, mixer, peak=5e-3, world=world, every=0)
    return history.losses, torch.cat(
        [parameter.detach().flatten() for parameter in net.parameters()]
    ).tolist()


PROGRAM = """
import json, os, sys
sys.path.insert(0, {tests!r})
import test_recipes
rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
with test_recipes.sentences._processes(world, "cpu"):
    result = test_recipes.short_training(rank, world)
with open(os.path.join({out!r}, f"{{rank}}.json"), "w") as file:
    json.dump(result, file)
"""


# gloo's own choice of an interface is the address of the host's name, which need not be reachable.
LOOP_BACK = {"GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo"}


@pytest.mark.thorough
@pytest.mark.skipif(
    sys.platform == "win32", reason="torchrun has no gloo rendezvous by interface name on Windows"
)
def test_two_processes_train_as_one(tmp_path):
    """torchrun with gloo, over this machine's loop-back: losses and weights are those of one process."""
    program = tmp_path / "program.py"
    program.write_text(
        PROGRAM.format(tests=os.path.dirname(__file__), out=str(tmp_path)), encoding="utf-8"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--nproc-per-node",
            "2",
            "--rdzv-backend",
            "c10d",
            "--rdzv-endpoint",
            "127.0.0.1:0",
            "--local-addr",
            "127.0.0.1",
            str(program),
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1"} | LOOP_BACK,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    losses, weights = short_training(0, 1)
    (first, first_weights), (second, second_weights) = (
        json.loads((tmp_path / f"{rank}.json").read_bytes()) for rank in range(2)
    )
    # float32 sums in another order, 6 steps long; the processes' own losses differ by some percent
    assert np.allclose(np.mean([first, second], axis=0), losses, rtol=1e-3)
    assert not np.allclose(first, second, rtol=1e-2)
    assert first_weights == second_weights
    start = torch.cat(
        [parameter.detach().flatten() for parameter in sentences.new_net(4, 4, **TINY).parameters()]
    )
    moved = np.abs(start.numpy() - weights).mean()
    assert np.abs(np.subtract(first_weights, weights)).mean() < 0.05 * moved


# The program


def made_item(number):
    """A made recording: a tone of its own for each letter, and its phones."""
    sr, line = 16000, "аб ва" if number % 2 else "ба абв"
    tones = {" ": 0, "а": 400, "б": 900, "в": 1500}
    y = np.concatenate(
        [np.sin(2 * np.pi * tones[c] * np.arange(sr // 10) / sr) for c in f" {line} "]
    )
    y = 0.3 * y + 0.01 * np.random.default_rng(number).standard_normal(len(y))
    phones = [
        Segment(k / 10, (k + 1) / 10, "pau" if c == " " else c) for k, c in enumerate(f" {line} ")
    ]
    return Item(
        f"made-{number}",
        text=line.capitalize() + ".",
        phones=tuple(phones),
        make=lambda: (y.astype(np.float32), sr),
    )


@pytest.fixture
def made_corpus(monkeypatch):
    """20 made recordings; and a narrow net and short batches, as what it learns is not asked."""
    items = [made_item(number) for number in range(20)]
    narrow = {name: TINY[name] for name in ("d_model", "n_heads", "d_ff", "kernel_size")}
    monkeypatch.setattr(sentences, "new_net", functools.partial(sentences.new_net, **narrow))
    monkeypatch.setattr(sentences, "Mixer", functools.partial(Mixer, seconds=3.0))
    monkeypatch.setattr(sentences, "N_TEST", 4)
    monkeypatch.setattr(data, "load", lambda name: items)
    return items


@pytest.mark.parametrize("length", [["--steps", "16"], ["--minutes", "0.002"]])
def test_the_program_writes_a_model_that_the_shelf_reads(made_corpus, tmp_path, capsys, length):
    sentences.main([*length, "--layers", "2", "--out", str(tmp_path), "--name", "made"])
    assert "greedy" in capsys.readouterr().out
    model = pretrained.read(tmp_path / "made.json")
    card = model.card
    assert card.steps == 16 or length[0] == "--minutes"
    assert (
        card.config["n_layers"] == 2
        and card.symbols == [" ", "а", "б", "в"]
        and "pau" in card.middle_symbols
    )
    assert [result["decoding"].split(" with")[0] for result in card.results] == [
        "greedy",
        "beam search",
    ]
    assert all({"minutes", "step", "train_cer", "test_cer"} <= set(point) for point in card.curve)
    # What the card says was measured on the weights as they were saved.
    _, test = sentences.split(made_corpus)
    assert sentences.measure(model, test)["cer"] == card.results[0]["cer"]


def test_dev_sentences_are_held_out_of_training(made_corpus, tmp_path):
    sentences.main(["--steps", "1", "--layers", "1", "--dev", "4", "--out", str(tmp_path)])
    card = pretrained.read(tmp_path / "sentences-ru.json").card
    assert card.results[0]["on"].startswith("4 of the training sentences")
    assert "test_cer" not in card.curve[-1]


def test_the_program_goes_on_from_a_model_and_keeps_the_mean(made_corpus, tmp_path):
    small = ["--steps", "3", "--layers", "1"]
    sentences.main([*small, "--out", str(tmp_path / "first")])
    first = tmp_path / "first" / "sentences-ru.json"

    def weights(*line, out):
        sentences.main([*small, "--start", str(first), "--out", str(tmp_path / out), *line])
        return pretrained.read(tmp_path / out / "sentences-ru.json").net.out.weight

    start = pretrained.read(first).net.out.weight
    assert torch.equal(
        weights("--peak", "0", out="still"), start
    )  # no rate, no step: the mean of twice the same
    assert 0 < (weights("--seed", "1", out="on") - start).abs().max() < 0.1


def test_the_program_wants_the_recordings(monkeypatch, tmp_path):
    monkeypatch.setattr(
        data, "load", lambda name: [Item("made", make=made_item(0).make, text="аб")]
    )
    with pytest.raises(data.DataError, match="coursekit data get sentences"):
        sentences.main(["--steps", "1", "--out", str(tmp_path)])


@pytest.mark.filterwarnings("ignore:.*found in sys.modules.*:RuntimeWarning")
def test_help_says_what_can_be_chosen(monkeypatch, capsys):
    """As `python -m coursekit.recipes.sentences --help`, in this process."""
    monkeypatch.setattr(sys, "argv", ["sentences.py", "--help"])
    with pytest.raises(SystemExit) as done:
        runpy.run_module("coursekit.recipes.sentences", run_name="__main__", alter_sys=True)
    assert done.value.code == 0
    said = capsys.readouterr().out
    assert all(
        option in said
        for option in ("--minutes", "--steps", "--device", "--seed", "--out", "torchrun")
    )
