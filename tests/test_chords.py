"""chords against mir_eval, by hand and by ear: what sounds is what the names say."""

import mir_eval
import numpy as np
import pytest

from coursekit import chords, midi
from coursekit.arguments import ArgumentError

SR = 8000


@pytest.mark.parametrize("label", ["C:maj", "F#:min", "Bb:7", "D:dim"])
def test_a_chord_sounds_its_own_tones_and_no_others(label):
    y = chords.chord_sound([[0.0, 1.0]], [label], sr=SR)
    root, tones, _ = mir_eval.chord.encode(label)
    power = np.abs(np.fft.rfft(y)) ** 2  # one second: bin k is k Hz
    wanted = set((root + np.flatnonzero(tones)) % 12)
    for note in range(
        60, 72
    ):  # the octave above middle C; harmonics of lower notes lie 40 dB lower or are chord tones
        near = round(440 * 2 ** ((note - 69) / 12))
        strong = power[near - 2 : near + 3].max() > 0.05 * power.max()
        assert strong == (note % 12 in wanted), note


def test_no_chord_is_silent_and_length_is_kept():
    y = chords.chord_sound(
        [[0.0, 0.5], [0.5, 1.0], [1.0, 1.5]], ["N", "C:maj", "X"], sr=SR, length=2 * SR
    )
    assert y.shape == (2 * SR,)
    assert not y[: SR // 2 - 1].any() and y[SR // 2 : SR].any() and not y[SR:].any()
    assert not chords.chord_sound([], [], sr=SR, length=100).any()
    with pytest.raises(ArgumentError, match="labels"):
        chords.chord_sound([[0.0, 1.0]], [], sr=SR)


def test_accuracy_by_hand():
    true = [[0.0, 1.0], [1.0, 2.0], [2.0, 4.0]], ["C:maj", "D:dim", "G:7"]
    # C right for 0.5 of 1 s; the diminished chord does not count; G seventh counts as G major: 1.5 of 2 s
    said = [[0.0, 0.5], [0.5, 2.5], [2.5, 9.0]], ["C:maj", "E:min", "G:maj"]
    assert chords.majmin_accuracy(*true, *said) == pytest.approx((0.5 + 1.5) / 3)


def test_a_score_can_be_sung_back():
    score = midi.from_notes([(0, 1, 60), (0, 1, 64), (0, 1, 67)], bpm=60)
    y = chords.chord_sound([[0.0, score.duration]], ["C:maj"], sr=SR)
    assert len(y) == SR and np.abs(y).max() <= 0.9 + 1e-9
