"""The control of chapter 06: its numbers are those of hmm.forward, hmm.backward and hmm.viterbi, and all moves."""

import io

import numpy as np
import pytest

from coursekit import arguments, display, hmm
from coursekit.controls import hmm as hmm_controls
from coursekit.controls.hmm import FORWARD, VITERBI

rng = np.random.default_rng(5)
START, TRANSITION = np.log([0.5, 0.3, 0.2]), np.log(rng.dirichlet(np.ones(3), size=3))
SEEN = rng.normal(-3, 2, (6, 3))
T = len(SEEN)


@pytest.fixture
def unpainted(monkeypatch):
    """For tests of numbers and words: figures are made, and not painted, which takes most of the time."""
    monkeypatch.setattr(display.Figure, "png", lambda self: b"")


@pytest.fixture
def coarse(monkeypatch):
    """Pictures with a third of the pixels, not compressed: what differs there differs in the picture that is shown."""

    def paint(figure):
        pixels = io.BytesIO()
        figure.savefig(pixels, format="raw", dpi=figure.dpi / 3)
        return pixels.getvalue()

    monkeypatch.setattr(display.Figure, "png", paint)


def explorer_at(algorithm, step, model=(START, TRANSITION, SEEN), **options):
    return hmm_controls.lattice_explorer(*model, algorithm=algorithm, step=step, **options)


def left_to_right():
    stay = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]])
    with np.errstate(divide="ignore"):
        return np.log([1.0, 0.0, 0.0]), np.log(stay), SEEN


@pytest.mark.parametrize("t", (1, 2, T))
def test_forward_says_the_probability_of_the_frames_so_far(unpainted, t):
    expected = hmm.forward(START, TRANSITION, SEEN[:t])[1]
    assert explorer_at(FORWARD, t).numbers["log_prob"] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("t", (1, 2, T))
def test_backward_says_the_likeliest_state_of_each_frame(unpainted, t):
    log_alpha, log_prob = hmm.forward(START, TRANSITION, SEEN)
    gamma = log_alpha + hmm.backward(TRANSITION, SEEN)
    numbers = explorer_at(FORWARD, 2 * T - t + 1).numbers
    assert numbers["frame"] == t and numbers["best_state"] == gamma[t - 1].argmax() + 1
    assert numbers["log_prob"] == pytest.approx(log_prob, abs=1e-10)


@pytest.mark.parametrize("t", (1, 2, T))
def test_viterbi_says_the_best_row_so_far(unpainted, t):
    states, log_prob = hmm.viterbi(START, TRANSITION, SEEN[:t])
    numbers = explorer_at(VITERBI, t).numbers
    assert (
        numbers["log_prob"] == pytest.approx(log_prob, abs=1e-10)
        and numbers["best_state"] == states[-1] + 1
    )


def test_the_way_back_is_viterbis_row(unpainted):
    states, log_prob = hmm.viterbi(START, TRANSITION, SEEN)
    explorer = explorer_at(VITERBI, T)
    found = []
    for step in range(T + 1, 2 * T + 1):
        explorer.controls["step"].value = step
        found.append(explorer.numbers["best_state"] - 1)
        assert explorer.numbers["frame"] == 2 * T - step + 1
        assert explorer.numbers["log_prob"] == pytest.approx(log_prob)
    assert found[::-1] == states.tolist()


def test_the_tables_way_back_is_viterbis_row():
    for seed in range(5):
        seen = np.random.default_rng(seed).normal(-3, 2, (9, 3))
        best, before = hmm_controls.best_table(START, TRANSITION, seen)
        row = [best[-1].argmax()]
        for t in range(8, 0, -1):
            row.append(before[t, row[-1]])
        assert row[::-1] == hmm.viterbi(START, TRANSITION, seen)[0].tolist()


def test_each_step_changes_picture_and_words(coarse):
    explorer = explorer_at(FORWARD, 1, (START, TRANSITION, SEEN[:3]))
    sentences, pictures = set(), set()
    for algorithm in (FORWARD, VITERBI):
        explorer.controls["algorithm"].value = algorithm
        for step in range(1, 7):
            explorer.controls["step"].value = step
            sentences.add(explorer.sentence), pictures.add(explorer.figure_png)
    # in the last frame some pictures may be told apart by words only: alpha from alpha + beta, Viterbi's ends
    assert len(sentences) == 12 and len(pictures) >= 10


def test_states_that_cannot_be_reached_are_drawn_without_a_warning(coarse):
    start, transition, seen = left_to_right()
    model = start, transition, seen[:3]  # as short as three states allow
    with np.errstate(all="raise", under="ignore"):
        for algorithm in (FORWARD, VITERBI):
            for step in (1, 2, 3, 4, 6):
                assert np.isfinite(explorer_at(algorithm, step, model).numbers["log_prob"])


def test_names_of_states_are_said(unpainted):
    explorer = explorer_at(VITERBI, 2 * T, left_to_right(), states=["s", "i", "ks"])
    assert "s i" in explorer.sentence or "s s" in explorer.sentence
    assert "3 states over 6 frames" in explorer.alt


def test_one_frame_is_enough(coarse):
    for algorithm in (FORWARD, VITERBI):
        for step in (1, 2):
            assert explorer_at(algorithm, step, (START, TRANSITION, SEEN[:1])).numbers["frame"] == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"log_likelihood": np.zeros((20, 3))}, "at most 14"),
        ({"log_start": np.full(3, -np.inf)}, "no row of states"),
        ({"states": ["a", "b"]}, "2 names for 3"),
        ({"log_start": np.array([0.5, 0.3, 0.2])}, "Are these probabilities"),
        ({"algorithm": "forward"}, "one of"),
    ],
)
def test_it_refuses(change, words):
    given = {"log_start": START, "log_transition": TRANSITION, "log_likelihood": SEEN} | change
    with pytest.raises(arguments.ArgumentError, match=words):
        hmm_controls.lattice_explorer(
            given.pop("log_start"),
            given.pop("log_transition"),
            given.pop("log_likelihood"),
            **given,
        )
