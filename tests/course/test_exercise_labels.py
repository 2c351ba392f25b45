"""labels(...): right answers in any dress, what a card says of wrong ones, and what it must not say."""

import numpy as np
import pytest
import torch

from coursekit.course.check.marking import evaluate
from coursekit.course.check.question import Case, Mutant, Question
from coursekit.exercise import labels

TRUTH = ["snare"] * 12 + ["clap"] * 8 + ["kick"] * 16
KINDS = {"snare": "snares", "clap": "claps", "kick": "kicks"}
DRUMS = labels(above=0.8, kinds=KINDS)


def with_slips():
    """29 of 36: four snares are called clap, two claps kick, one kick snare."""
    said = list(TRUTH)
    said[0:4] = ["clap"] * 4
    said[12:14] = ["kick"] * 2
    said[20] = "snare"
    return said


@pytest.mark.parametrize(
    "answer",
    [
        TRUTH,
        tuple(TRUTH),
        np.array(TRUTH),
        [np.str_(label) for label in TRUTH],
        [f" {label}\n" for label in TRUTH],
        ["kick", *TRUTH[1:]],
    ],
    ids=["list", "tuple", "array", "NumPy strings", "white space", "one slip"],
)
def test_right_labels_pass(answer):
    assert DRUMS.compare(answer, TRUTH).ok


@pytest.mark.parametrize(
    "answer",
    [
        [0, 1, 2, 2],
        (0, 1, 2, 2),
        np.array([0, 1, 2, 2], dtype=np.uint8),
        np.array([0.0, 1.0, 2.0, 2.0]),
        [np.int64(0), 1, 2.0, np.float32(2)],
        torch.tensor([0, 1, 2, 2]),
        [torch.tensor(0), torch.tensor(1), 2, 2],
    ],
    ids=["ints", "tuple", "uint8", "floats", "mixed", "tensor", "list of tensors"],
)
def test_numbers_come_as_ints(answer):
    assert labels(above=0.9).compare(answer, [0, 1, 2, 2]).ok


def test_the_card_counts_and_names_what_is_taken_for_what():
    verdict = labels(above=29 / 36, kinds=KINDS).compare(with_slips(), TRUTH)
    assert verdict.message == "accuracy is 80.6 %, 29 of 36: above 80.6 % is wanted, at least 30"
    assert verdict.details == (
        "4 of 12 snares were called clap",
        "2 of 8 claps were called kick",
        "1 of 16 kicks was called snare",
    )
    assert DRUMS.compare(with_slips(), TRUTH).ok


def test_the_card_never_says_which_item_is_which():
    first = labels(above=0.9).compare(with_slips(), TRUTH)
    turned = labels(above=0.9).compare(with_slips()[::-1], TRUTH[::-1])
    assert first == turned
    assert first.at is None and "index" not in repr(first)


def test_the_limit_is_not_included_and_shares_near_it_have_a_decimal():
    share = labels(above=0.5, name="share of right phones")
    verdict = share.compare(["a", "b"], ["a", "a"])
    assert (
        verdict.message == "share of right phones is 50 %, 1 of 2: above 50 % is wanted, at least 2"
    )
    assert verdict.details == ("1 of 2 with the label a was called b",)
    many = labels(above=0.8).compare([1] * 799 + [0] * 201, [1] * 1000)
    assert many.message == "accuracy is 79.9 %, 799 of 1000: above 80 % is wanted, at least 801"


@pytest.mark.parametrize(
    "answer, told",
    [
        (TRUTH[:-1], "36 labels are wanted, one for each item; got 35"),
        ([], "36 labels are wanted, one for each item; got 0"),
        ("snare", "a list of 36 labels is wanted, got the text 'snare'"),
        (None, "got None"),
        (3.5, "got the number 3.5"),
        ({"snare": 12}, "got a dict"),
        (np.zeros((36, 3)), "got an array of shape (36, 3), float64"),
        ([[label] for label in TRUTH], "each label is a list of its own"),
        ([None, *TRUTH[1:]], "a list that holds None"),
        ([0.5, *TRUTH[1:]], "a list that holds the number 0.5"),
        ([True, *TRUTH[1:]], "a list that holds True"),
        ([0] * 36, "labels are texts; one of yours is the number 0"),
        (["hat", *TRUTH[1:]], "the text 'hat' is none of the labels: snare, clap, kick"),
        (np.array(TRUTH, dtype=object), "got an object of type array of object; .tolist()"),
    ],
)
def test_what_is_no_list_of_labels_is_told_in_clear_words(answer, told):
    verdict = DRUMS.compare(answer, TRUTH)
    assert not verdict.ok and verdict.of_form
    assert told in verdict.message


def test_text_where_numbers_are_wanted():
    told = labels(above=0.5).compare(["0", "1"], [0, 1]).message
    assert told == "labels are whole numbers; one of yours is the text '0'"


def test_a_number_is_taken_for_a_label_of_digits():
    assert labels(above=0.9, kinds="0123456789").compare([0, 7, np.int8(3)], ["0", "7", "3"]).ok
    assert not labels(above=0.9).compare([0, 7, 2], ["0", "7", "3"]).ok


def test_two_answers_are_one_mistake_when_they_agree():
    assert DRUMS.agrees(with_slips(), with_slips()) and not DRUMS.agrees(with_slips(), TRUTH)
    nearly = labels(above=0.8, alike=0.8)
    assert nearly.agrees(with_slips(), TRUTH) and not nearly.agrees(with_slips(), ["kick"] * 36)
    assert not DRUMS.agrees(None, TRUTH) and not DRUMS.agrees(TRUTH, TRUTH[:-1])


def test_read_makes_labels_of_an_answer_that_is_none():
    def nearest(rows, truth):
        if np.ndim(rows) != 1:
            raise ValueError("one number a sound is wanted")
        return ["low" if row < 0.5 else "high" for row in rows], truth

    by_number = labels(above=0.6, read=nearest)
    assert by_number.compare(np.array([0.1, 0.9]), ["low", "high"]).ok
    assert by_number.compare(0.1, ["low", "high"]).message == "one number a sound is wanted"
    told = by_number.compare([0.1, 0.2], ["low", "high"])
    assert told.details == ("1 of 1 with the label high was called low",)


@pytest.mark.parametrize("above", [-0.1, 1, 80])
def test_limit_is_a_share(above):
    with pytest.raises(ValueError, match="a share"):
        labels(above=above)


def test_in_a_question():
    question = Question(
        id="04.drums", title="Drums", points=3, kind="experiment", name="name_drums", hints=("a", "b", "c"),
        cases=lambda rng: [Case(np.arange(36), truth=TRUTH), Case(np.arange(36) + 1, truth=TRUTH)],
        compare=labels(above=0.9, kinds=KINDS),
        mutants=(Mutant("all kicks", lambda x: ["kick"] * 36, "One answer for all sounds."),),
    )  # fmt: skip
    right = evaluate(question, lambda x: TRUTH)
    assert right.passed and right.details == ("accuracy: 36 of 36, 36 of 36",)
    card = repr(evaluate(question, lambda x: with_slips()))
    assert "29 of 36" in card and "4 of 12 snares were called clap" in card
    assert evaluate(question, lambda x: np.array(["kick"] * 36)).mutant == "all kicks"
