"""Made sounds for the data shelf: the set "made", and stand-ins for recordings that cannot be fetched.

Each entry is a function without arguments that returns (y, sr), so that a sound is made only when it is loaded.
"""

import functools
import zlib

import numpy as np

from . import synth

SR = 44100

# The pitch (Hz) of a plucked string, and the pitch and share of noise of a drum, that stand in for a class.
STRINGS = {"bass": 55.0, "guitar": 196.0, "choir": 220.0, "piano": 262.0, "bell": 880.0}
DRUMS = {"kick": (60.0, 0.1), "tom": (110.0, 0.2), "tabla": (150.0, 0.1), "snare": (180.0, 0.6),
         "drum roll": (180.0, 0.6), "cymbal": (400.0, 0.9), "hat": (600.0, 0.95)}


def made_signals():
    """The set "made": one signal of each kind that `coursekit.synth` makes, by name.

    Returns
    -------
    dict of str to function
        Each function returns (y, sr): float64 (n,), Hz. The random ones are the same at every call.

    Examples
    --------
    >>> y, sr = made_signals()["sine"]()
    >>> y.shape, sr
    ((44100,), 44100)
    """
    common = {"sr": SR, "duration": 1.0}
    signals = {
        "sine": lambda: synth.sine(440.0, amplitude=0.5, **common),
        "chirp": lambda: synth.chirp(50.0, 10000.0, amplitude=0.5, **common),
        "harmonic": lambda: synth.harmonic(220.0, [0.4, 0.2, 0.1, 0.05], **common),
        "square": lambda: synth.square(220.0, amplitude=0.4, **common),
        "square-aliased": lambda: synth.square(3300.0, amplitude=0.4, band_limited=False, **common),
        "impulse": lambda: synth.impulse(at=0.5, amplitude=0.9, **common),
        "white-noise": lambda: synth.white_noise(rng=np.random.default_rng(1), **common),
        "pink-noise": lambda: synth.pink_noise(rng=np.random.default_rng(2), **common),
        "pluck": lambda: synth.pluck(196.0, rng=np.random.default_rng(3), **common),
        "drum": lambda: synth.drum_hit(rng=np.random.default_rng(4), **common),
    }
    return {name: functools.partial(with_rate, make) for name, make in signals.items()}


def with_rate(make):
    """Make a signal and name its sample rate (Hz)."""
    return make(), SR


def made_instrument(name, label):
    """A stand-in for a recorded instrument: right in kind, not in sound.

    Parameters
    ----------
    name : str
        The recording's name: two recordings of one class get two different stand-ins.
    label : str
        Its class: "guitar", "kick", "loop" ... An unknown one gives a burst of noise.

    Returns
    -------
    y : ndarray, (n,)
    sr : int
        Hz.

    Examples
    --------
    >>> y, sr = made_instrument("guit_em9", "guitar")
    >>> y.shape, sr
    ((88200,), 44100)
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if label in STRINGS:
        return synth.pluck(STRINGS[label], sr=SR, duration=2.0, rng=rng), SR
    if label in DRUMS:
        pitch, noise = DRUMS[label]
        return synth.drum_hit(sr=SR, duration=0.5, rng=rng, pitch=pitch * rng.uniform(0.9, 1.1), noise=noise), SR
    if label == "loop":
        beat = [made_instrument(f"{name} {i}", kind)[0] for i, kind in enumerate(["kick", "hat", "snare", "hat"])]
        return np.concatenate(beat * 2), SR
    return synth.white_noise(sr=SR, duration=0.5, rng=rng), SR
