"""Sound from the digits' features, and features from sound."""

import numpy as np
import pytest
import soundfile

from coursekit import arguments, audio, digit_sound, synth


def vowel(seconds=0.5, f0=120.0):
    return synth.harmonic(f0, [1.0, 0.9, 0.7, 0.8, 0.6, 0.2, 0.1, 0.1], sr=8000, duration=seconds)


def test_features_are_those_of_torchaudio():
    torch, torchaudio = pytest.importorskip("torch"), pytest.importorskip("torchaudio")
    y = digit_sound.trimmed(
        vowel() + synth.white_noise(sr=8000, duration=0.5, rng=np.random.default_rng(0))
    )
    theirs = (
        torchaudio.transforms.MFCC(sample_rate=8000, n_mfcc=13)(
            torch.tensor(y, dtype=torch.float32)
        )
        .numpy()
        .T
    )
    ours = digit_sound.from_sound(y, sr=8000)
    assert ours.shape == theirs.shape == (1 + len(y) // 200, 13)
    # they compute in single precision; with librosa's mel scale or padding the error is above 1
    assert np.abs(ours - theirs).max() < 0.02


def test_the_lengths_of_the_set_fit_the_recordings():
    # the shortest and the longest file of FSDD have 1,148 and 18,262 samples
    assert [1 + n // digit_sound.FEATURES["hop_length"] for n in (1148, 18262)] == [6, 92]


def test_sound_has_the_spectrum_that_the_features_say():
    x = digit_sound.from_sound(vowel(0.6), sr=8000)
    again = digit_sound.from_sound(digit_sound.to_sound(x, rng=np.random.default_rng(0)), sr=8000)
    n = min(len(x), len(again))
    inner = slice(4, n - 4)

    def shape(c):  # without c0, the level
        return c[inner, 1:].mean(axis=0)

    assert (
        np.corrcoef(shape(x), shape(again))[0, 1] > 0.9
    )  # another sound, white noise, is below 0.5
    noise = digit_sound.from_sound(
        synth.white_noise(sr=8000, duration=0.6, rng=np.random.default_rng(1)), sr=8000
    )
    assert np.corrcoef(shape(x), shape(noise)[:12])[0, 1] < 0.7


def test_voiced_frames_buzz_and_hissing_frames_do_not():
    low, high = np.zeros((20, 13)), np.zeros((20, 13))
    low[:, 1], high[:, 1] = 100.0, -100.0  # tilt: energy low, energy high

    def pulses(x):
        y = digit_sound.to_sound(x, rng=np.random.default_rng(0), pitch=100.0)
        return np.mean(y**4) / np.mean(y**2) ** 2  # kurtosis: 3 of noise

    assert pulses(low) > 5 > pulses(high)


def test_it_is_the_same_from_the_same_generator():
    x = np.random.default_rng(0).normal(0, 10, (9, 13))
    a, b = (digit_sound.to_sound(x, rng=np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(a, b) and np.abs(a).max() == pytest.approx(0.5)


def test_thirty_nine_features_sound_like_their_first_thirteen():
    x = np.random.default_rng(0).normal(0, 10, (9, 39))
    a, b = (digit_sound.to_sound(part, rng=np.random.default_rng(3)) for part in (x, x[:, :13]))
    assert np.array_equal(a, b)


def test_silence_is_cut_off_and_rates_do_not_matter():
    y = np.concatenate([np.zeros(8000), vowel(), np.zeros(4000)])
    assert (
        abs(len(digit_sound.from_sound(y, sr=8000)) - len(digit_sound.from_sound(vowel(), sr=8000)))
        <= 2
    )
    at_16k = digit_sound.from_sound(audio.resample(y, orig_sr=8000, target_sr=16000), sr=16000)
    assert abs(len(at_16k) - len(digit_sound.from_sound(y, sr=8000))) <= 1


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((13, 5)), "frames first"),
        (np.zeros((0, 13)), "shape"),
        (np.full((3, 13), np.nan), "NaN"),
    ],
)
def test_to_sound_refuses(x, words):
    with pytest.raises(arguments.ArgumentError, match=words):
        digit_sound.to_sound(x, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("y", "words"),
    [(np.zeros(8000), "microphone"), (np.ones((2, 800)), "to_mono"), (np.ones(100), "50 ms")],
)
def test_from_sound_refuses(y, words):
    with pytest.raises(arguments.ArgumentError, match=words):
        digit_sound.from_sound(y, sr=8000)


def test_recordings_of_a_folder(tmp_path):
    for name in ("7-b.wav", "3.wav", "notes.wav"):
        soundfile.write(tmp_path / name, vowel().astype(np.float32) * 0.2, 8000)
    (tmp_path / "5.txt").write_text("five")
    found = digit_sound.recordings(tmp_path)
    assert [label for label, _ in found] == ["3", "7"] and found[0][1].shape[1] == 13
    assert digit_sound.recordings(tmp_path / "none") == []
    soundfile.write(tmp_path / "9.wav", np.zeros(8000, dtype=np.float32), 8000)
    with pytest.raises(arguments.ArgumentError, match=r"9\.wav.*silent"):
        digit_sound.recordings(tmp_path)
