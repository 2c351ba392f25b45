"""Made sounds and scores for the data shelf: the set "made", and stand-ins for what cannot be fetched.

Each entry is a function, so that a sound is made only when it is loaded.
"""

import functools
import zlib
from dataclasses import replace

import numpy as np

from . import midi, synth

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


def made_tune(name, label):
    """A stand-in for a score with drums: thirty-two bars of four chords, bass, chords and a plain beat.

    Parameters
    ----------
    name : str
        The piece's name: from it come the tempo (80 to 160 beats a minute), the key and the chords.
    label : str
        Its key; not used, a stand-in has its own.

    Returns
    -------
    midi.Score

    Examples
    --------
    >>> made_tune("say_what", "")
    Score('say_what (made)', 712 notes in 3 parts, 4/4, 79.1 s, 97 beats a minute)
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    tonic = 48 + int(rng.integers(12))
    degrees = rng.permutation([0, 5, 7, 9])  # I, IV, V, vi of a major key
    rows = []
    for bar in range(32):
        root = tonic + int(degrees[bar % 4])
        third = root + (3 if degrees[bar % 4] == 9 else 4)
        rows += [(4 * bar + beat, 0.9, root - 12, 0) for beat in range(4)]
        rows += [(4 * bar + half, 1.9, pitch, 1) for half in (0, 2) for pitch in (root, third, root + 7)]
        rows += [(4 * bar + beat, 0.5, 36 if beat % 2 == 0 else 38, 2) for beat in range(4)]  # kick, snare
        rows += [(4 * bar + eighth / 2, 0.25, 42, 2) for eighth in range(8)]  # closed hi-hat
        rows += [(4 * bar, 1.0, 49, 2)] if bar % 4 == 0 else []  # crash
    score = midi.from_notes(rows, bpm=float(rng.integers(80, 161)), title=f"{name} (made)")
    score = midi.with_programs(score, programs=[33, int(rng.choice([0, 4, 25, 48])), 0])
    notes = score.notes.copy()
    notes["drum"] = notes["part"] == 2
    return replace(score, notes=notes)


# A voice's middle pitch (Hz), and the course of a tone as textbooks draw it: levels from 1, low, to 5, high (Chao, "A
# system of tone letters", 1930), here two semitones apart.
VOICES = {"speaker3": 120.0, "speaker5": 240.0}
TONES = {"1": [5, 5], "2": [3, 5], "3": [2, 1, 4], "4": [5, 1]}


def made_syllable(name, label):
    """A stand-in for a spoken syllable: a buzz whose pitch glides as a textbook draws its tone. Without a vowel.

    Parameters
    ----------
    name : str
        The recording's name, such as "ma3-speaker5": the voice, and what moves its pitch and length by up to 5 %.
    label : str
        The tone: "1", "2", "3" or "4".

    Returns
    -------
    y : ndarray, (n,)
    sr : int
        Hz.

    Examples
    --------
    >>> y, sr = made_syllable("ma3-speaker5", "3")
    >>> sr, bool(0.3 < len(y) / sr < 0.4)
    (44100, True)
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    t = synth.time(sr=SR, duration=0.35 * rng.uniform(0.95, 1.05))
    levels = np.interp(t / t[-1], np.linspace(0, 1, len(TONES[label])), TONES[label])
    middle = VOICES[name.partition("-")[2]] * rng.uniform(0.95, 1.05)
    phase = 2 * np.pi * np.cumsum(middle * 2 ** ((levels - 3) / 6)) / SR
    y = sum(np.sin(k * phase) / k for k in range(1, 21))  # the 20th of the highest pitch: 7.1 kHz
    fade = np.minimum(1, np.minimum(t, t[-1] - t) / 0.02)
    return 0.5 * fade * y / np.abs(y).max(), SR


# By the name that a card gives as its stand_in: a function of an item's name and label.
STAND_INS = {"made_instrument": made_instrument, "made_syllable": made_syllable, "made_tune": made_tune}
