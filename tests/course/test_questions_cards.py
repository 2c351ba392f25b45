"""Cards of the course's questions that once told something untrue, or nothing."""

import numpy as np
import pytest
import scipy.signal
from test_questions import drawn, solution_of, solutions

from coursekit.course.check import question_bank
from coursekit.course.check.marking import evaluate

pytestmark = pytest.mark.shelf  # cases may be drawn from recordings


def card(question_id, answer):
    result = evaluate(drawn(question_id, None), answer)
    assert result.status == "wrong", result
    return "\n".join((result.headline, *result.details))


def solve(question_id):
    return solution_of(question_bank.find(question_id))


def test_one_level_of_two():
    text = card("01.levels", lambda y: 20 * np.log10(np.max(np.abs(y))))
    assert "a pair is wanted, got one number" in text.lower()


def test_glide_as_a_tuple():
    text = card("01.glide", lambda: (2, 2000.0))
    assert (
        "A dict with the keys 'turns', 'last_hz' is wanted, got a list or a tuple of length 2"
        in text
    )


def with_taps(n, cutoff=0.112):
    return scipy.signal.firwin(n, 2 * cutoff, window="blackman")


def test_a_filter_after_the_samples_were_dropped():
    text = card("01.downsample", lambda y: np.convolve(y[::4], with_taps(101, 0.47), mode="same"))
    assert "treble that has folded down: filter first" in text
    assert "folded down" in card("01.downsample", lambda y: y[::4])


@pytest.mark.parametrize("n", [256, 300])
def test_an_even_number_of_taps(n):
    text = card("01.downsample", lambda y: np.convolve(y, with_taps(n), mode="same")[::4])
    assert "an even number of taps has no middle one" in text


def test_a_filter_that_is_merely_too_short_is_told_neither():
    text = card("01.downsample", lambda y: np.convolve(y, with_taps(41), mode="same")[::4])
    assert "even number" not in text and "SNR in the kept band is" in text


def test_a_whistle_that_is_left():
    def one_of_two(y, sr):
        Y = np.fft.rfft(y)
        k, width = int(np.argmax(np.abs(Y))), int(6 * len(y) / sr)
        Y[k - width : k + width + 1] = 0
        return np.fft.irfft(Y, n=len(y))

    text = card("02.whistle", one_of_two)
    assert "of what is wrong lies within 5 Hz of one frequency: a tone" in text


def test_pitch_class_without_a_sign():
    text = card("03.pitch_class", lambda f: abs(int(round(12 * np.log2(f / 440)))) % 12)
    assert "amplitude" not in text and "root" not in text


def test_mfcc_without_its_factor():
    def unscaled(M, n_mfcc):
        c = solve("03.mfcc")(M, n_mfcc=n_mfcc) / np.sqrt(2 / len(M))
        return c

    text = card("03.mfcc", unscaled)
    assert "one-sided" not in text and "log10" not in text and "twice" not in text


def test_phones_are_told_by_kind_and_device():
    text = card("03.phones", lambda known, labels, unknown, sr: [labels[0]] * len(unknown))
    assert "Through a wall the share" in text or "Through a t" in text
    assert " were called " in text


def test_drums_are_told_by_kind():
    text = card("04.drums", lambda sounds: np.array([[np.std(y[:2000])] for y in sounds]))
    assert " of 36: above 83.3 % is wanted, at least 31" in text and " were called " in text


def test_yin_with_a_threshold_too_low():
    def stricter(x, sr, fmin, fmax):
        """The solution with 0.05 in place of 0.1."""
        longest, shortest = int(np.ceil(sr / fmin)), int(sr / fmax)
        longer = np.append(x, np.zeros(longest))
        d = np.array([np.sum((x - longer[k : k + len(x)]) ** 2) for k in range(longest + 1)])
        v = np.append(1.0, d[1:] * np.arange(1, longest + 1) / np.cumsum(d[1:]))
        best = shortest + int(np.argmin(v[shortest:]))
        for k in range(shortest + 1, longest):
            if v[k] < 0.05 and v[k - 1] > v[k] <= v[k + 1]:
                best = k
                break
        left, centre, right = v[best - 1 : best + 2]
        return sr / (best + (left - right) / (2 * (left - 2 * centre + right)))

    text = card("04.yin", stricter)
    assert "look at your threshold" in text and "deepest" not in text


def test_a_chord_beyond_b():
    def beyond(root, quality):
        steps = {"maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "7": (0, 4, 7, 10)}
        steps |= {"maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10)}
        v = np.zeros(12)
        for step in steps[quality]:
            v[solutions("05")["NAMES"].index(root) + step] = 1
        return v

    result = evaluate(drawn("05.tones", None), beyond)
    assert result.status == "error" and result.mutant == "beyond B"
    assert "modulo 12" in result.details[0] and len(result.details) <= 4


def test_rows_of_beats_are_told_by_their_worth():
    def thinned(score, period, tightness):
        return solve("05.beats")(score, period=period, tightness=tightness)[1:]

    assert "Your row is worth 2, the best one 4" not in card("05.beats", thinned)
    text = card("05.beats", thinned)
    assert text.startswith("Your row is worth") and ", the best one " in text
    text = card("05.beats", lambda score, period, tightness: list(range(len(score))))
    assert "This is no row that is allowed: a gap of 1 frames" in text
    text = card("05.beats", lambda score, period, tightness: [5, 3])
    assert "not in the order of time" in text
    assert "your row is empty" in card("05.beats", lambda score, period, tightness: []).lower()


@pytest.mark.parametrize("question_id", ["06.stay", "06.forward"])
def test_an_array_where_one_number_is_wanted(question_id):
    text = card(question_id, lambda *args: np.ones(3))
    assert "one number is wanted, not an array" in text and "whole signal" not in text


def test_probabilities_that_do_not_sum_to_1():
    def undivided(paths, n_states):
        start, transition = solve("06.clinic")(paths, n_states)
        return start * len(paths) * 3, transition

    text = card("06.clinic", undivided)
    assert "The first of the two values: right but for their sum" in text
    assert "octave" not in text and "dB" not in text


def test_a_look_up_without_division():
    def doubled(scores, memory):
        return 2 * np.asarray(solve("08.read")(scores, memory))

    text = card("08.read", doubled)
    assert "a constant factor of 2 (twice the wanted value)" in text.lower()
    assert "octave" not in text and "dB" not in text


def test_deviations_for_variances():
    def deviations(sequences, gammas, floor):
        means, variances = solve("06.update")(sequences, gammas, floor)
        return means, np.sqrt(variances)

    text = card("06.update", deviations)
    assert "amplitude" not in text and "power" not in text


def test_seen_and_wanted_as_pairs():
    text = card("08.shift", lambda target: list(zip([0, *target], [*target, 0], strict=True)))
    assert "These are pairs" in text


def test_the_longer_text_is_told_from_what_was_read():
    from coursekit import metrics

    def by_the_longer(logits, lengths, texts):
        letters, errors, total = "-abcdefghijklmnopqrstuvwxyz", 0, 0
        for b, text in enumerate(texts):
            path = logits[: lengths[b], b].argmax(axis=1)
            word = "".join(
                letters[k] for i, k in enumerate(path) if k and (i == 0 or k != path[i - 1])
            )
            errors += metrics.edit_distances(text, word)[-1, -1]
            total += max(len(text), len(word))
        return errors / total

    assert "letters of the longer text" in card("07.clinic", by_the_longer)


@pytest.mark.parametrize("question_id", ["06.forward", "07.forward"])
def test_probability_for_its_logarithm(question_id):
    text = card(question_id, lambda *args: float(np.exp(solve(question_id)(*args))))
    assert "a probability where its logarithm is wanted" in text or "ogarithm" in text
