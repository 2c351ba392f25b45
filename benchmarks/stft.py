"""How fast are our STFT and its inverse, against librosa's? Prints a table; asserts nothing.

    python benchmarks/stft.py [--repeats 25]

30 s of mono noise at 22,050 Hz, same arguments, functions called in turns in one process, so that all meet the same
conditions. The first call of each is not counted (librosa compiles some of its code then).
"""

import argparse
import time
from functools import partial

import librosa
import numpy as np

from coursekit import dsp


def median_seconds(functions, repeats):
    """Median run time of each function, in s."""
    seconds = {name: [] for name in functions}
    for turn in range(repeats + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=25)
    repeats = parser.parse_args().repeats
    noise = np.random.default_rng(0).standard_normal(30 * 22050)
    print(
        f"{'30 s mono':26s} {'ours (ms)':>10s} {'librosa (ms)':>13s} {'ratio':>6s} {'rel. error':>11s}"
    )
    for dtype in (np.float64, np.float32):
        y = noise.astype(dtype)
        for how in (
            dict(n_fft=2048, hop_length=512),
            dict(n_fft=512, hop_length=160, win_length=400),
        ):
            S = librosa.stft(y, **how)
            for name, x, kwargs in (("stft", y, how), ("istft", S, how | {"length": len(y)})):
                ours, theirs = (
                    partial(getattr(dsp, name), x, **kwargs),
                    partial(getattr(librosa, name), x, **kwargs),
                )
                took = median_seconds({"ours": ours, "librosa": theirs}, repeats)
                a, b = ours(), theirs()
                label = f"{name} {dtype.__name__} {how['n_fft']}/{how['hop_length']}"
                print(
                    f"{label:26s} {1e3 * took['ours']:10.1f} {1e3 * took['librosa']:13.1f}"
                    f" {took['ours'] / took['librosa']:6.2f} {np.abs(a - b).max() / np.abs(b).max():11.1e}"
                )


if __name__ == "__main__":
    main()
