"""How long do rendering a score and recognising chords take? Prints two tables; asserts nothing.

    python -m benchmarks.music [--repeats 5]

Rendering: coursekit.soundfont.play at 44,100 Hz in stereo, the soundfont being in memory; what counts is the time for
a second of music. The chorales are a choir's, an organ's, strings' and brass, the tunes some with many notes and some
with few.

Chords: 30 s at 22,050 Hz in hops of 512 are 1,292 frames. librosa.sequence.viterbi is compiled by numba; ours is a loop
over frames in NumPy, which spends some microseconds a frame on being called, whatever the size. That is most of it at
24 chords (five to seven times librosa's time, some milliseconds in all), and little at 200 states (no slower).
"""

import argparse

import librosa
import numpy as np

from benchmarks.stft import median_seconds
from coursekit import data, harmony, hmm, soundfont

N_FRAMES = 1 + 30 * 22050 // 512
TUNES = [
    ("chorales", "bwv269"),
    ("chorales", "bwv347"),
    ("chorales", "bwv153.1"),
    ("chorales", "bwv86.6"),
    ("band", "be_sharp"),
    ("band", "say_what"),
    ("band", "wood_whistles"),
]


def render_table(repeats):
    font = soundfont.load(str(data.soundfont()))
    sets = {name: data.load(name, quiet=True) for name in ("chorales", "band")}
    print(
        f"{'soundfont.play':36s} {'notes':>6s} {'music (s)':>10s} {'ours (s)':>9s} {'s / s of music':>15s}"
    )
    for set_name, name in TUNES:
        score = sets[set_name][name].score
        took = median_seconds(
            {"play": lambda notes=score.notes: soundfont.play(notes, font=font)}, repeats
        )["play"]
        print(
            f"{set_name + '/' + name:36s} {len(score.notes):6d} {score.duration:10.1f} {took:9.2f}"
            f" {took / score.duration:15.4f}",
            flush=True,
        )


def chord_rows(rng):
    """(name, ours, librosa's) for each way to find a row of states."""
    for n_states in (24, 96, 200):
        b = rng.uniform(0.01, 1, (N_FRAMES, n_states))
        A = librosa.sequence.transition_loop(n_states, 0.9)
        start = np.full(n_states, 1 / n_states)
        logs, turned = (np.log(start), np.log(A), np.log(b)), np.ascontiguousarray(b.T)
        yield (
            f"hmm.viterbi, {n_states} states",
            lambda logs=logs: hmm.viterbi(*logs)[0],
            lambda turned=turned, A=A: librosa.sequence.viterbi(turned, A),
        )
    chroma = rng.random((12, N_FRAMES))
    for qualities in (("maj", "min"), tuple(harmony.QUALITIES)):
        labels, templates = harmony.chord_templates(qualities=qualities)
        names, A = np.array(labels), librosa.sequence.transition_loop(len(labels), 0.9)

        def theirs(templates=templates, names=names, A=A):
            b = np.exp(10 * (harmony.chord_similarity(chroma, templates).T - 1))
            return names[librosa.sequence.viterbi(b, A)]

        yield (
            f"harmony.recognize_chords, {len(labels)} chords",
            lambda qualities=qualities: harmony.recognize_chords(
                chroma, qualities=qualities, self_transition=0.9
            ),
            theirs,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    render_table(repeats)
    print(
        f"\n{f'{N_FRAMES} frames':36s} {'ours (ms)':>10s} {'librosa (ms)':>13s} {'ratio':>6s} {'the same':>9s}"
    )
    for name, ours, theirs in chord_rows(np.random.default_rng(0)):
        took = median_seconds({"ours": ours, "librosa": theirs}, repeats)
        same = np.mean(np.asarray(ours()) == np.asarray(theirs()))
        print(
            f"{name:36s} {1e3 * took['ours']:10.1f} {1e3 * took['librosa']:13.1f}"
            f" {took['ours'] / took['librosa']:6.2f} {same:9.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
