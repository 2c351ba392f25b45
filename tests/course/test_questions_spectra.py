"""Answers to chapters 02 and 02b that once passed, were once refused, or were once told something untrue."""

import numpy as np
import pytest
from test_questions import drawn, solution_of

from coursekit import dsp
from coursekit.course.check import question_bank
from coursekit.course.check.calls import noted_calls
from coursekit.course.check.marking import evaluate

pytestmark = pytest.mark.shelf  # cases are drawn from recordings

SEEDS = (None, 1, 2)
seeds = pytest.mark.parametrize("seed", SEEDS)


def result_of(question_id, answer, seed=None):
    return evaluate(drawn(question_id, seed), answer)


def card(question_id, answer, seed=None):
    result = result_of(question_id, answer, seed)
    assert result.status == "wrong", result
    return "\n".join((result.headline, *result.details))


def solve(question_id):
    return solution_of(question_bank.find(question_id))


# --- 02 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["scipy.signal.freqz", "numpy.fft.hfft", "scipy.fftpack.ifftn"])
def test_no_other_name_of_a_transform_is_allowed(name):
    for question_id in ("02.dft", "02.fft"):
        assert name in question_bank.find(question_id).forbidden


def test_the_frequencies_of_bins_are_no_transform():
    with noted_calls(question_bank.find("02.dft").forbidden, len) as called:
        np.fft.fftfreq(8)
    assert called == []


@pytest.mark.parametrize("block", [24, 34, 35, 37, 48])
def test_other_blocks_are_told_by_the_broken_sample(block):
    def answer(y, h, n_fft):
        own = block if n_fft == 48 else n_fft - len(h) + 1
        out = np.zeros(len(y) + len(h) + 4 * n_fft)
        for start in range(0, len(y), own):
            y_part = y[start : start + own]
            spectrum = np.fft.rfft(y_part, n_fft) * np.fft.rfft(h, n_fft)
            out[start : start + n_fft] += np.fft.irfft(spectrum, n_fft)
        return out[: len(y) + len(h) - 1]

    for seed in SEEDS:
        assert result_of("02.convolve", answer, seed).status == "wrong"
    if block in (24, 34, 35):
        assert "the broken sample tells" in card("02.convolve", answer)


def clearing(choose, *, gap=5):
    """An answer that clears a few Hz around the bins that `choose(magnitudes, frequencies)` names."""

    def answer(y, sr):
        Y, f = np.fft.rfft(y), np.fft.rfftfreq(len(y), 1 / sr)
        for k in choose(np.abs(Y), f):
            Y[np.abs(f - f[k]) <= gap] = 0
        return np.fft.irfft(Y, n=len(y))

    return answer


def top_peaks(n, low, high):
    def choose(magnitudes, f):
        left, chosen = np.where((f > low) & (f < high), magnitudes, 0), []
        for _ in range(n):
            chosen.append(int(np.argmax(left)))
            left = np.where(np.abs(f - f[chosen[-1]]) <= 5, 0, left)
        return chosen

    return choose


@seeds
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_peaks_that_are_cleared_whether_they_tower_or_not(n, seed):
    assert not result_of("02.whistle", clearing(top_peaks(n, 600, 2400)), seed).passed


@seeds
def test_the_highest_bins_whatever_they_are(seed):
    def forty(magnitudes, f):
        return np.argsort(np.where((f > 600) & (f < 2400), magnitudes, 0))[-40:]

    assert not result_of("02.whistle", clearing(forty, gap=0), seed).passed


def test_a_whistle_where_none_is():
    def nothing_left(y, sr):
        y = solve("02.whistle")(y, sr=sr)
        return y if sr != 11_025 else clearing(top_peaks(1, 600, 2400))(y, sr=sr)

    text = card("02.whistle", nothing_left)
    assert "above 25 dB is wanted: " in text


def test_a_tone_is_told_in_hertz():
    text = card("02.whistle", lambda y, sr: clearing(top_peaks(1, 600, 1190))(y, sr=sr))
    assert " Hz" in text and "bin " not in text and "one frequency: a tone" in text


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda y, sr: y * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(len(y)) / len(y))), "fades in"),
        (lambda y, sr: clearing(lambda m, f: np.flatnonzero(f > 2500), gap=0)(y, sr=sr), "low-pass"),
    ],
)  # fmt: skip
def test_what_a_result_has_suffered_is_told(change, words):
    def answer(y, sr):
        return change(solve("02.whistle")(y, sr=sr) * 0.999, sr)

    assert words in card("02.whistle", answer)


def test_bins_have_no_false_leads():
    text = card("02.bin", lambda frequency, sr, n_fft: int(frequency * n_fft / sr + 0.4))
    assert "linspace" not in text and "cut off" not in text
    cut = result_of("02.bin", lambda frequency, sr, n_fft: int(frequency * n_fft // sr))
    assert cut.mutant == "cut instead of rounded"


# --- 02b ------------------------------------------------------------------------------------------


def sum_of_copies(window, hop_length, n_copies=40):
    total = np.zeros(n_copies * hop_length + len(window))
    for start in range(0, n_copies * hop_length, hop_length):
        total[start : start + len(window)] += window
    return total


def spread(part):
    return (np.max(part) - np.min(part)) / np.mean(part)


@seeds
@pytest.mark.parametrize("periods", [1, 2, 7])
def test_any_whole_number_of_periods_is_right(periods, seed):
    def answer(window, hop_length):
        total = sum_of_copies(window, hop_length)
        return spread(total[len(window) :][: periods * hop_length])

    assert result_of("02b.ripple", answer, seed).passed


@pytest.mark.parametrize("n_copies", [20, 50, 100])
@pytest.mark.parametrize("hops, name", [(0, "with the ends"), (1, "ends cut by a hop only")])
def test_ends_that_count_are_named_however_many_copies_there_are(hops, name, n_copies):
    def answer(window, hop_length):
        total = sum_of_copies(window, hop_length, n_copies)[: -hop_length or None]
        return spread(total[hops * hop_length : len(total) - hops * hop_length])

    assert result_of("02b.ripple", answer).mutant == name


def test_a_mean_over_a_broken_number_of_periods_is_told():
    def answer(window, hop_length):
        total = sum_of_copies(window, hop_length, n_copies=60)
        return spread(total[len(window) + 1 : -len(window) - hop_length])

    assert "broken number of periods" in card("02b.ripple", answer)


@seeds
@pytest.mark.parametrize("limit", [0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25])
def test_zero_crossings_a_sample_do_not_do(limit, seed):
    def answer(sounds, sr):
        shares = [np.mean(np.signbit(y[1:]) != np.signbit(y[:-1])) for y in sounds]
        return ["hiss" if share > limit else "vowel" for share in shares]

    assert not result_of("02b.hiss", answer, seed).passed


@seeds
def test_zero_crossings_a_second_do(seed):
    def answer(sounds, sr):
        rates = [sr * np.mean(np.signbit(y[1:]) != np.signbit(y[:-1])) for y in sounds]
        return ["hiss" if rate > 2200 else "vowel" for rate in rates]

    assert result_of("02b.hiss", answer, seed).passed


def test_angles_are_told_in_radians_as_they_were_returned():
    def answer(M, phases, hop_length):
        return solve("02b.round")(M, phases, hop_length=hop_length) + 4 * np.pi + 0.3

    text = card("02b.round", answer)
    assert "The largest difference is 0.3 rad, whole turns apart" in text
    shown, wanted = text.split("got ")[1].split(" rad, wanted ")
    assert float(shown) - float(wanted.split(" rad")[0]) == pytest.approx(4 * np.pi + 0.3, abs=1e-4)


def test_whole_turns_do_not_count():
    def answer(M, phases, hop_length):
        return solve("02b.round")(M, phases, hop_length=hop_length) - 6 * np.pi

    assert result_of("02b.round", answer).passed


@pytest.mark.parametrize("question_id", ["02b.stft", "02b.istft", "02b.round"])
def test_single_precision_is_refused(question_id):
    def answer(*args, **kwargs):
        value = np.asarray(solve(question_id)(*args, **kwargs))
        return value.astype(np.complex64 if np.iscomplexobj(value) else np.float32)

    assert "The statement asks for double precision; this is " in card(question_id, answer)


def test_the_courses_own_transforms_do_for_a_round():
    def answer(M, phases, hop_length):
        y = dsp.istft(M * np.exp(1j * phases), hop_length=hop_length)
        return np.angle(dsp.stft(y, n_fft=2 * (len(M) - 1), hop_length=hop_length))

    assert result_of("02b.round", answer).passed
