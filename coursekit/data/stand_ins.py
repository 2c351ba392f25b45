"""Made sounds, scores and features for the data shelf: the set "made", and stand-ins for what cannot be fetched.

Each entry is a function, so that a sound is made only when it is loaded.
"""

import functools
import zlib
from dataclasses import replace

import numpy as np

from coursekit import midi, synth

SR = 44100

# The pitch (Hz) of a plucked string, and the pitch and share of noise of a drum, that stand in for a class.
STRINGS = {"bass": 55.0, "guitar": 196.0, "choir": 220.0, "piano": 262.0, "bell": 880.0}
DRUMS = {
    "kick": (60.0, 0.1),
    "tom": (110.0, 0.2),
    "tabla": (150.0, 0.1),
    "snare": (180.0, 0.6),
    "drum roll": (180.0, 0.6),
    "cymbal": (400.0, 0.9),
    "hat": (600.0, 0.95),
}


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
        return synth.drum_hit(
            sr=SR, duration=0.5, rng=rng, pitch=pitch * rng.uniform(0.9, 1.1), noise=noise
        ), SR
    if label == "loop":
        beat = [
            made_instrument(f"{name} {i}", kind)[0]
            for i, kind in enumerate(["kick", "hat", "snare", "hat"])
        ]
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
        rows += [
            (4 * bar + half, 1.9, pitch, 1) for half in (0, 2) for pitch in (root, third, root + 7)
        ]
        rows += [
            (4 * bar + beat, 0.5, 36 if beat % 2 == 0 else 38, 2) for beat in range(4)
        ]  # kick, snare
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


def made_digits(name, label, *, n=3000):
    """A stand-in for the spoken digits as features: each digit a course of its own through five places.

    Parameters
    ----------
    name, label : str
        Not used: the one file of the set is all of its digits.
    n : int
        Sequences to make.

    Returns
    -------
    X : ndarray, (frames of all sequences, 13)
        In the range of the real features.
    lengths : ndarray of int, (n,)
        Frames of each.
    labels : ndarray of int, (n,)
        0 to 9, in mixed order.

    Examples
    --------
    >>> X, lengths, labels = made_digits("digit", "", n=20)
    >>> X.shape[1], bool(lengths.sum() == len(X)), sorted(set(labels.tolist()))
    (13, True, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    rng = np.random.default_rng(0)
    centre = np.array(
        [-300.0, 26, -5, -19, -38, -20, -18, -10, -14, -8, -12, -11, -12]
    )  # means of the real features,
    spread = np.array(
        [144.0, 51, 39, 29, 30, 25, 19, 15, 16, 15, 14, 13, 13]
    )  # and their standard deviations
    places = centre + spread * rng.standard_normal((10, 5, 13))
    labels = rng.permutation(np.arange(n) % 10)
    lengths = rng.integers(8, 30, size=n)
    courses = []
    for label, length in zip(labels, lengths, strict=True):
        at = 4 * np.linspace(0, 1, length) ** rng.uniform(
            0.7, 1.4
        )  # faster or slower at the beginning
        before = np.minimum(at.astype(int), 3)
        share = (at - before)[:, None]
        speaker = 0.3 * spread * rng.standard_normal(13)
        course = (1 - share) * places[label, before] + share * places[label, before + 1]
        courses.append(course + speaker + 0.4 * spread * rng.standard_normal((length, 13)))
    return np.concatenate(courses), lengths, labels


LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"


def made_spelling(name):
    """What `made_sentence` says, and when: four to eight random words, a letter at a time.

    Parameters
    ----------
    name : str
        The recording's name, from which the words come.

    Returns
    -------
    list of (float, float, str)
        Start and end in seconds, and the letter, or "pau" before, between and behind the words.

    Examples
    --------
    >>> [label for _, _, label in made_spelling("ru_0001")][:5]
    ['pau', 'г', 'ы', 'е', 'с']
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    words = [
        "".join(rng.choice(list(LETTERS), size=rng.integers(2, 8)))
        for _ in range(rng.integers(4, 9))
    ]
    labels = ["pau" if letter == " " else letter for letter in f" {' '.join(words)} "]
    ends = np.cumsum(rng.uniform(0.06, 0.14, size=len(labels))).round(3).tolist()
    return list(zip([0.0, *ends], ends, labels, strict=False))


def made_sentence(name, label):
    """A stand-in for a spoken sentence: each letter two tones of its own, as a vowel has two formants.

    Parameters
    ----------
    name : str
        The recording's name, from which `made_spelling` takes the words.
    label : str
        Not used.

    Returns
    -------
    y : ndarray, (n,)
    sr : int
        Hz.

    Examples
    --------
    >>> y, sr = made_sentence("ru_0001", "")
    >>> sr, bool(abs(len(y) / sr - made_spelling("ru_0001")[-1][1]) < 1e-4)
    (16000, True)
    """
    sr, spelling = 16000, made_spelling(name)
    y = np.zeros(round(spelling[-1][1] * sr))
    for start, end, letter in spelling:
        if letter in LETTERS:
            number = LETTERS.index(letter)
            n = np.arange(round(start * sr), round(end * sr))
            fade = np.minimum(1, np.minimum(n - n[0], n[-1] - n) / (0.01 * sr))
            low, high = (
                250 * 2 ** (number % 6 / 4),
                1000 * 2 ** (number // 6 / 4),
            )  # Hz: six of each, 36 pairs
            y[n] = fade * (
                0.3 * np.sin(2 * np.pi * low * n / sr) + 0.15 * np.sin(2 * np.pi * high * n / sr)
            )
    return y, sr


# By the name that a card gives as its stand_in: a function of an item's name and label.
STAND_INS = {
    "made_digits": made_digits,
    "made_instrument": made_instrument,
    "made_sentence": made_sentence,
    "made_syllable": made_syllable,
    "made_tune": made_tune,
}
SPOKEN = {"made_sentence": made_spelling}  # what they say, and when
