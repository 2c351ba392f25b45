"""ck.check, hint, solution, progress, claim and compare, on a course of one made chapter."""

import json
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from made_course import make_chapter

from coursekit import paths
from coursekit.course.check import question_bank, record
from coursekit.course.check.attempt import attempt
from coursekit.course.check.limits import TimeUp, memory_limit, time_limit
from coursekit.course.check.marking import evaluate
from coursekit.course.check.question import (
    Case,
    Mutant,
    Question,
    QuestionError,
    close,
    exact,
    integers,
    near,
    threshold,
)
from coursekit.course.check.result import Evidence, Result
from coursekit.exercise import check, claim, compare, hint, next_step, progress, solution

QUESTIONS = """
import numpy as np
from coursekit.exercise import Case, Mutant, Question, choice, close

QUESTIONS = [
    Question(
        id="01.half", title="Half the level", points=2, kind="core", name="half", time_limit=0.5,
        cases=lambda rng: [Case(rng.standard_normal(400)), Case(rng.standard_normal(50))],
        oracle=lambda y: y / 2, compare=close(1e-10, sound=8000), hints=("one", "two", "three"),
        mutants=(Mutant("double", lambda y: 2 * y, "You doubled: divide by 2 instead."),
                 Mutant("first half", lambda y: y[: len(y) // 2], "That is the first half of the samples."))),
    Question(
        id="01.guess", title="Up or down?", points=1, kind="prediction", name="guess",
        oracle=lambda: "b", compare=choice("abc"), hints=("h1", "h2", "h3"),
        mutants=(Mutant("a", lambda: "a", "It does not go up."),)),
    Question(
        id="01.whole", title="Scale both", points=3, kind="core", name="scale",
        cases=lambda rng: [Case(np.arange(4.0), gain=2.0)], oracle=lambda y, gain: gain * y,
        compare=close(1e-10), hints=("h1", "h2", "h3")),
]
"""

EXERCISES = '''# %% [markdown]
# # Made chapter

# %% [markdown] question: 01.half
# Return half of `y`.

# %% solution: 01.half
def half(y):
    """Half of y."""
    ### BEGIN SOLUTION
    return y / 2
    ### END SOLUTION

# %% check: 01.half

# %% [markdown] why: 01.half
# Because a half is a half.
'''


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A chapters folder with one chapter of three questions."""
    return make_chapter(tmp_path, monkeypatch, questions=QUESTIONS, exercises=EXERCISES)


def half(y):
    return y / 2


def half_question(**changes):
    fields = dict(
        id="01.half", title="Half", points=2, kind="core", name="half", compare=close(1e-10),
        hints=("a", "b", "c"), cases=lambda rng: [Case(rng.standard_normal(40))], oracle=half, time_limit=0.5,
    )  # fmt: skip
    return Question(**fields | changes)


# --- status ---------------------------------------------------------------------------------------


def test_right_answer_passes_with_all_points(course):
    result = check("01.half", half)
    assert (result.status, result.points, result.max_points) == ("passed", 2, 2)
    assert "All 2 cases are right" in result.headline


def stub(y):
    raise NotImplementedError("01.half")


def bare_stub(y):
    raise NotImplementedError


@pytest.mark.parametrize("answer", [stub, bare_stub, lambda y: None, lambda y: ..., None, ...])
def test_stub_is_unattempted(course, answer):
    result = check("01.half", answer)
    assert (result.status, result.points) == ("unattempted", 0)
    assert record.entry("01.half")["attempts"] == 0


def test_answer_that_needs_another_question_says_which(course):
    def needs_other(y):
        raise NotImplementedError("01.whole")

    result = check("01.half", needs_other)
    assert result.status == "unattempted"
    assert "01.whole" in result.headline


def test_not_implemented_by_a_library_is_an_error(course):
    def uses_missing_feature(y):
        raise NotImplementedError("no kernel for this type")

    assert check("01.half", uses_missing_feature).status == "error"


def test_known_mistake_is_named(course):
    result = check("01.half", lambda y: 2 * y)
    assert (result.status, result.mutant) == ("wrong", "double")
    assert result.headline == "You doubled: divide by 2 instead."
    assert any("factor of 4" in line for line in result.details)


def test_known_mistake_is_named_where_the_shape_is_wrong(course):
    assert check("01.half", lambda y: y[: len(y) // 2]).mutant == "first half"


def test_mistake_must_explain_all_wrong_cases(course):
    """Doubling on one case and something else on the other is no doubling."""
    result = check("01.half", lambda y: 2 * y if len(y) == 400 else 3 * y)
    assert (result.status, result.mutant) == ("wrong", None)


def test_one_wrong_case_of_two_is_told(course):
    result = check("01.half", lambda y: y / 2 if len(y) == 400 else y)
    assert result.status == "wrong"
    assert (
        "array of shape (50,)" in result.details[-1]
        and "1 of 2 cases is right" in result.details[-1]
    )


def test_value_will_do_where_there_are_no_inputs(course):
    assert check("01.guess", "b").passed
    assert check("01.guess", lambda: "B").passed
    wrong = check("01.guess", "a")
    assert (wrong.status, wrong.headline) == ("wrong", "It does not go up.")


def test_value_where_a_function_is_wanted(course):
    result = check("01.half", np.zeros(400))
    assert result.status == "error"
    assert "Give the function itself, half" in result.headline


@pytest.mark.parametrize("unknown", ["01.hlaf", "07.none", "half", "", 3, None])
def test_unknown_question_is_a_card(course, unknown):
    result = check(unknown, half)
    assert (result.status, result.max_points) == ("error", 0)
    assert "points" not in repr(result) and "points" not in result._repr_html_()
    assert record.read() == {}


def test_unknown_question_names_the_nearest(course):
    assert "'01.half'" in check("01.hlaf", half).headline


def test_fault_of_the_course_is_called_so(course):
    path = course / "chapters" / "01_made" / "questions.py"
    path.write_text(QUESTIONS.replace("lambda y: y / 2", "lambda y: y / nothing"), encoding="utf-8")
    result = check("01.half", half)
    assert result.status == "error"
    assert "fault of the course" in result.headline and "nothing" in result.details[0]


def test_broken_questions_file_is_told_with_its_name(course):
    (course / "chapters" / "01_made" / "questions.py").write_text("QUESTIONS = [", encoding="utf-8")
    assert "01_made/questions.py: SyntaxError" in check("01.half", half).headline


def test_questions_file_without_questions_is_told_with_its_name(course):
    (course / "chapters" / "01_made" / "questions.py").write_text("ASKED = []", encoding="utf-8")
    said = check("01.half", half).headline
    assert "01_made/questions.py: QuestionError: it declares no QUESTIONS" in said


def test_changed_questions_are_read_again(course):
    path = course / "chapters" / "01_made" / "questions.py"
    assert check("01.half", half).max_points == 2
    path.write_text(QUESTIONS.replace("points=2", "points=5"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert check("01.half", half).max_points == 5


# --- the learner's code ---------------------------------------------------------------------------


def test_error_shows_type_message_and_own_line_only():
    def broken(y):
        return np.linalg.inv(y)

    result = evaluate(half_question(), broken)
    assert result.status == "error"
    assert result.headline.startswith("LinAlgError: ")
    own = [line for line in result.details if line.startswith("line ")]
    assert len(own) == 1 and own[0].endswith("of broken: return np.linalg.inv(y)")
    assert "Traceback" not in repr(result)


def test_input_changed_in_place_is_an_error():
    def in_place(y):
        y /= 2
        return y

    result = evaluate(half_question(), in_place)
    assert result.status == "error"
    assert "changes its input in place" in result.headline


def test_each_call_gets_inputs_of_its_own():
    question = half_question(cases=lambda rng: [SHARED, SHARED])

    def in_place_inside_a_list(items):
        items[0] *= 0
        return 0

    assert evaluate(question, in_place_inside_a_list).status == "error"
    assert SHARED.args[0][0][0] == 1.0


SHARED = Case([np.ones(3)])


def endless(y):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass


def endless_and_stubborn(y):
    stop = time.monotonic() + 20
    while time.monotonic() < stop:
        try:
            time.sleep(0.01)
        except:  # noqa: E722  the time limit rings again after this
            time.sleep(0.01)
            raise


posix_only = pytest.mark.skipif(
    not hasattr(__import__("signal"), "setitimer"), reason="no interval timer"
)


@posix_only
@pytest.mark.parametrize("function", [endless, endless_and_stubborn])
def test_endless_loop_ends(function):
    result = evaluate(half_question(), function)
    assert result.status == "error" and "No answer after 0.5 s" in result.headline


@posix_only
def test_an_alarm_in_the_clean_up_does_not_stop_it(monkeypatch):
    import signal

    set_timer = signal.setitimer

    def ring_late(which, seconds, *interval):
        if seconds == 0:
            signal.raise_signal(signal.SIGALRM)
        return set_timer(which, seconds, *interval)

    before = signal.getsignal(signal.SIGALRM)
    with monkeypatch.context() as patch:
        patch.setattr(signal, "setitimer", ring_late)
        with time_limit(5):
            pass
    assert signal.getsignal(signal.SIGALRM) is before


@posix_only
def test_time_limit_counts_seconds_of_computing_and_waits_for_a_busy_computer():
    with time_limit(0.2):
        time.sleep(0.3)  # as a call that is not given the processor
    for endless in (lambda: [0 for _ in iter(int, 1)], lambda: time.sleep(60)):
        with pytest.raises(TimeUp), time_limit(0.2):
            endless()


def test_time_limit_gives_back_an_earlier_timer():
    import signal

    rang = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rang.append(True))
    before = signal.setitimer(signal.ITIMER_REAL, 100)
    try:
        with time_limit(5):
            pass
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        assert 90 < left <= 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
        signal.signal(signal.SIGALRM, handler)


linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux keeps a limit of memory"
)


def outer_product(y):
    return np.outer(np.arange(2**15), np.arange(2**15))  # 8 GiB


def endless_append(y):
    kept = []
    while True:
        kept.append(np.empty(2**22))  # 32 MiB each


def large_tensor(y):
    return torch.zeros(2**31)  # 8 GiB


@linux_only
@pytest.mark.parametrize("function", [outer_product, endless_append, large_tensor])
def test_too_much_memory_is_an_error_at_once(function):
    result = evaluate(half_question(time_limit=30.0), function)
    assert result.status == "error"
    assert result.headline.startswith(
        "It asked for more than 4 GB of memory: is a matrix (N x N) built"
    )
    assert any(f"of {function.__name__}" in line for line in result.details)


@linux_only
def test_memory_limit_is_put_back_and_leaves_torch_and_threads_alone():
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)

    def much_but_not_too_much(y):
        threads = [threading.Thread(target=np.ones, args=(1000,)) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert resource.getrlimit(resource.RLIMIT_DATA) != before
        torch.ones(300, 300) @ torch.ones(300, 300)
        np.zeros(2**27)  # 1 GiB
        return y / 2

    assert evaluate(half_question(time_limit=30.0), much_but_not_too_much).passed
    evaluate(half_question(), outer_product)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@linux_only
def test_memory_limit_of_the_system_is_kept_where_it_is_lower():
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (2**40, hard))
    try:
        with memory_limit(4096):
            assert resource.getrlimit(resource.RLIMIT_DATA)[0] == 2**40
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def test_no_time_limit_in_another_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(evaluate(half_question(), half)))
    thread.start()
    thread.join()
    assert results[0].passed


def test_keyboard_interrupt_passes_through():
    def interrupted(y):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(interrupted, Case(1), question_id="01.half")


@pytest.mark.parametrize("leave", [sys.exit, exit])
def test_exit_is_an_error_not_an_exit(leave):
    result = evaluate(half_question(), lambda y: leave())
    assert result.status == "error" and "exit()" in result.headline


def test_printing_is_kept_off_the_screen_and_shown_in_short(capsys):
    def chatty(y):
        print("x" * 100_000)
        print("got this far", file=sys.stderr)
        return y

    result = evaluate(half_question(), chatty)
    assert result.details[-1] == "it printed: got this far"
    assert capsys.readouterr() == ("", "")


def test_warnings_cost_no_marks_and_do_not_show(capsys):
    def warns(y):
        np.log(np.zeros(1))
        return y / 2

    assert evaluate(half_question(), warns).passed
    assert capsys.readouterr().err == ""


def test_endless_recursion_and_a_forgotten_return_are_explained():
    def endless_halves(y):
        return endless_halves(y[::2])

    def no_return(y):
        if len(y) > 1:
            return 2 * no_return(y[::2])

    result = evaluate(half_question(), endless_halves)
    assert result.headline == "The recursion never ends: is there a case for length 1?"
    result = evaluate(half_question(), no_return)
    assert (
        result.headline.startswith("TypeError") and "a `return` may be missing" in result.details[0]
    )


def test_stub_left_beside_an_answer_is_named():
    def below(y):
        """Half of y."""
        y = y / 2
        raise NotImplementedError("01.half")

    def above(y):
        raise NotImplementedError("01.half")
        return y / 2

    def documented_stub(y):
        """Half of y."""
        raise NotImplementedError("01.half")

    for function in (below, above):
        result = evaluate(half_question(), function)
        assert result.status == "unattempted"
        assert result.headline == "`raise NotImplementedError` is still there: delete that line."
    for function in (stub, documented_stub):
        assert evaluate(half_question(), function).headline == "Nothing is written here yet."


# --- what the card says about wrong values --------------------------------------------------------


def test_input_at_the_first_difference_is_shown():
    question = half_question(
        cases=lambda rng: [Case(np.array([100.0, 13000.0, 200.0]))], elementwise=True
    )
    result = evaluate(question, lambda y: np.where(y > 1000, 5000.0, y / 2))
    assert any(
        "index 1, at the input value 13000: got 5000, wanted 6500" in line
        for line in result.details
    )
    long = half_question(cases=lambda rng: [Case(np.arange(200.0))], elementwise=True)
    assert "input value" not in repr(evaluate(long, lambda y: np.where(y > 100, 0.0, y / 2)))


def test_wrong_prediction_shows_nothing_of_the_truth():
    question = half_question(
        kind="prediction", cases=lambda rng: [Case()], compare=near(1.0, unit="Hz"), oracle=lambda: 2345.0,
        mutants=(Mutant("octave", lambda: 4690.0, "It is not an octave higher."),),
    )  # fmt: skip
    result = evaluate(question, lambda: 1000.0)
    assert (result.headline, result.details) == ("That is not what happens", ())
    assert result.evidence is None
    known = evaluate(question, lambda: 4690.0)
    assert (known.headline, known.details) == ("It is not an octave higher.", ())
    assert "A number is wanted, got the text" in evaluate(question, lambda: "up").headline


def test_mistake_made_in_floats_is_recognised_where_integers_are_wanted():
    question = half_question(
        cases=lambda rng: [Case(60.0)], oracle=lambda x: int(x) * 8, compare=integers(),
        mutants=(Mutant("once", lambda x: int(x), "Bytes, not bits."),),
    )  # fmt: skip
    assert evaluate(question, lambda x: x).headline == "Bytes, not bits."
    right = evaluate(question, lambda x: x * 8)
    assert right.status == "wrong" and "got the float 480.0" in right.headline


def test_measured_values_are_shown_on_a_pass():
    question = half_question(
        cases=lambda rng: [Case(np.array([1.0, 2.0])), Case(np.array([3.0, 4.0]))],
        compare=threshold(lambda y, truth: 10 * np.max(y), above=5, name="SNR", unit="dB"),
    )
    assert evaluate(question, half).details == ("SNR: 10.0, 20.0 dB",)


def test_data_sets_print_nothing_into_the_card(capsys):
    def cases(rng):
        print("made: licence CC0")
        return [Case(np.ones(3))]

    assert evaluate(half_question(cases=cases), half).passed
    assert capsys.readouterr().out == ""


def uses_fft(y):
    return np.fft.fft(y)


def own_dft(y):
    n = np.arange(len(y))
    return np.exp(-2j * np.pi * np.outer(n, n) / len(y)) @ y


def test_forbidden_function_is_noted_and_put_back():
    original = np.fft.fft
    question = half_question(
        oracle=lambda y: np.fft.fft(y), forbidden=("numpy.fft.rfft", "numpy.fft.fft")
    )
    result = evaluate(question, uses_fft)
    assert (result.status, result.points) == ("wrong", 0)
    assert result.headline.startswith("Right numbers, but numpy.fft.fft was called")
    assert evaluate(question, own_dft).passed
    evaluate(question, lambda y: np.fft.fft(y) / 0 + nothing)  # noqa: F821  an error puts it back, too
    assert np.fft.fft is original
    wrong = evaluate(question, lambda y: 2 * np.fft.fft(y))
    assert "factor of 2" in wrong.headline


ALIASES = {
    "imported under another name": "from numpy.fft import fft as f\ndef answer(y):\n    return f(y)",
    "by its inner module": "import numpy.fft._pocketfft as p\ndef answer(y):\n    return p.fft(y)",
    "handed over itself": "from numpy.fft import fft as answer",
}


@pytest.mark.parametrize("source", ALIASES.values(), ids=ALIASES)
def test_forbidden_function_is_noted_under_its_other_names(source):
    original, notebook = np.fft.fft, {}
    exec(source, notebook)
    question = half_question(oracle=lambda y: np.fft.fft(y), forbidden=("numpy.fft.fft",))
    result = evaluate(question, notebook["answer"])
    assert result.headline.startswith("Right numbers, but numpy.fft.fft was called")
    assert np.fft.fft is np.fft._pocketfft.fft is original
    assert notebook.get("f", original) is original


def test_exception_with_a_broken_message():
    class Mean(Exception):
        def __str__(self):
            raise ValueError

    def raises_mean(y):
        raise Mean

    assert evaluate(half_question(), raises_mean).headline == "Mean"


def test_truth_of_a_case_is_not_given_to_the_function():
    question = half_question(
        cases=lambda rng: [Case(np.ones(3), truth=np.full(3, 7.0))], oracle=None
    )
    received = []

    def seven(*args, **kwargs):
        received.append((args, kwargs))
        return [7.0, 7.0, 7.0]

    assert evaluate(question, seven).passed
    assert len(received[0][0]) == 1 and received[0][1] == {}


# --- questions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, message",
    [
        ({"id": "1.half"}, "two digits"),
        ({"kind": "hard"}, "warmup"),
        ({"points": 0}, "positive integer"),
        ({"points": 1.5}, "positive integer"),
        ({"name": "not a name"}, "name of a function"),
        ({"compare": 1e-10}, "compare"),
        ({"hints": ("one", "two")}, "three texts"),
        ({"hints": "abc"}, "three texts"),
        ({"forbidden": "numpy.fft.fft"}, "a tuple of names"),
        ({"mutants": (Mutant("m", half, "x"), Mutant("m", half, "y"))}, "same name"),
    ],
)
def test_question_declared_wrongly_is_refused(change, message):
    with pytest.raises(QuestionError, match=message):
        half_question(**change)


def test_case_without_truth_and_without_oracle():
    with pytest.raises(QuestionError, match="needs an oracle"):
        evaluate(half_question(oracle=None), half)


def test_public_cases_are_the_same_in_every_process():
    # From SHA-256 of the id: hash() would differ between processes, and so would the public check.
    program = "from coursekit.course.check.question import public_rng; print(public_rng('01.half').integers(10**9))"
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    from coursekit.course.check.question import public_rng

    assert int(done.stdout) == public_rng("01.half").integers(10**9)
    assert public_rng("01.half").integers(10**9) != public_rng("01.hole").integers(10**9)


def test_two_questions_with_one_id_are_refused(course):
    path = course / "chapters" / "01_made" / "questions.py"
    path.write_text(QUESTIONS.replace("01.whole", "01.half"), encoding="utf-8")
    with pytest.raises(QuestionError, match="01.half stands twice"):
        question_bank.questions("01")


# --- the card -------------------------------------------------------------------------------------

EVIL = "<script>alert('x')</script>"


def test_plain_card_is_a_box_with_status_and_points_and_says_nothing_of_hidden_checks(course):
    card = repr(check("01.half", lambda y: 2 * y))
    lines = card.splitlines()
    assert {len(line) for line in lines} == {88}
    assert lines[0] == lines[-1] == "+" + "-" * 86 + "+"
    assert "✗ 01.half Half the level: not right yet (0 of 2 points)" in card
    assert "hidden" not in card
    assert 'ck.hint("01.half")' in card


@pytest.mark.parametrize(
    "status, mark", [("passed", "✓"), ("wrong", "✗"), ("error", "!"), ("unattempted", "○")]
)
def test_status_is_told_by_a_symbol_and_words_not_by_colour_alone(status, mark):
    result = Result("01.half", "Half", status, 0, 1, "Headline")
    for card in (repr(result), result._repr_html_()):
        assert mark in card
        assert {
            "passed": "passed",
            "wrong": "not right",
            "error": "error",
            "unattempted": "not tried",
        }[status] in card


def test_html_card_escapes_what_the_learner_made():
    def evil(y):
        raise ValueError(EVIL)

    page = evaluate(half_question(), evil)._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page

    class Answer:
        pass

    Answer.__name__ = EVIL
    assert "<script>" not in evaluate(half_question(), lambda y: Answer())._repr_html_()


def test_card_sets_no_text_or_background_colour_of_its_own(course):
    page = check("01.half", half)._repr_html_()
    assert "background" not in page and ";color:" not in page.replace(" ", "")


def test_details_are_at_most_four(course):
    def everything(y):
        print("noise")
        return 2 * y

    assert len(check("01.half", everything).details) == 4


@pytest.mark.parametrize(
    "answer, truth",
    [
        (np.ones(100), np.zeros(100)),
        (np.ones((20, 9)), np.zeros((20, 9))),
        (np.ones(50, dtype=complex), 1j * np.ones(50)),
        (np.full(50, np.nan), np.ones(50)),
    ],
)
def test_picture_of_the_error(answer, truth):
    result = Result("01.half", "Half", "wrong", 0, 1, "Headline", evidence=Evidence(answer, truth))
    png, alt = result.figure()
    assert png.startswith(b"\x89PNG") and "difference" in alt
    assert '<img alt="Your answer' in result._repr_html_()


def test_picture_of_a_long_sound_shows_spectra():
    y = np.random.default_rng(0).normal(0, 0.1, 5000)
    result = Result(
        "01.half", "Half", "wrong", 0, 1, "Headline", evidence=Evidence(y, 0.5 * y, 8000)
    )
    png, alt = result.figure()
    assert png.startswith(b"\x89PNG") and "at each frequency" in alt


@pytest.mark.parametrize(
    "answer, truth", [("a", "b"), (1.0, 2.0), (np.ones(3), np.ones(4)), ([1, 2], [1, 3])]
)
def test_no_picture_where_there_is_nothing_to_draw(answer, truth):
    result = Result("01.half", "Half", "wrong", 0, 1, "Headline", evidence=Evidence(answer, truth))
    assert result.figure() is None
    assert "<img" not in result._repr_html_()


def test_error_of_a_sound_can_be_heard(course):
    pytest.importorskip("coursekit.display")
    result = check("01.half", lambda y: 2 * y)
    assert result.sound() is not None
    assert "<audio" in result._repr_html_()


def test_checking_loads_no_matplotlib():
    program = (
        "import sys, coursekit as ck; ck.check('01.none', 1); "
        "print([m for m in ('matplotlib', 'torch', 'librosa', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# --- hints and solutions --------------------------------------------------------------------------


def test_hints_come_one_by_one(course):
    assert repr(hint("01.half")) == "**Hint 1 of 3.** one"
    second = repr(hint("01.half"))
    assert "two" in second and "three" not in second
    assert "three" in repr(hint("01.half"))
    after_the_last = repr(hint("01.half"))
    assert all(text in after_the_last for text in ("one", "two", "three"))
    assert record.entry("01.half")["hints"] == 3
    assert "shows them again (3 of 3 taken)" in check("01.half", lambda y: y).hint


def test_hint_for_an_unknown_question(course):
    assert "did you mean '01.half'" in repr(hint("01.hal"))


def test_solution_opens_after_an_attempt(course):
    check("01.half", stub)
    closed = repr(solution("01.half"))
    assert "y / 2" not in closed and "opens after your first attempt" in closed
    assert "is open" in check("01.half", lambda y: 3 * y).hint
    shown = solution("01.half")._repr_markdown_()
    assert "    return y / 2" in shown and "Because a half is a half." in shown
    assert "BEGIN SOLUTION" not in shown


@pytest.mark.parametrize("answer", [half, lambda y: 1 / 0])
def test_solution_opens_after_a_pass_or_an_error_too(course, answer):
    check("01.half", answer)
    assert "return y / 2" in repr(solution("01.half"))


def test_question_without_a_written_solution(course):
    check("01.whole", lambda y, gain: y)
    assert "no solution" in repr(solution("01.whole"))


# --- the record -----------------------------------------------------------------------------------


def test_record_keeps_the_best(course):
    check("01.half", lambda y: y)
    check("01.half", half)
    check("01.half", lambda y: y)
    found = record.entry("01.half")
    assert (found["status"], found["points"], found["attempts"]) == ("passed", 2, 3)
    assert found["first"] <= found["last"]


def record_with(**wrong):
    return json.dumps(
        {"version": record.FORMAT, "questions": {"01.half": record.NEW_ENTRY | wrong}}
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{not json",
        "[]",
        '{"version": 1}',
        '{"version": 1, "questions": {"01.half": 3}}',
        "\x00\x01",
        *(
            record_with(**wrong)
            for wrong in ({"attempts": "x"}, {"points": None}, {"hints": True}, {"status": 3})
        ),
    ],
)
def test_damaged_record_is_set_aside_with_a_word(course, content):
    record.path().parent.mkdir(parents=True, exist_ok=True)
    for number in (1, 2):
        record.path().write_text(content, encoding="utf-8")
        with pytest.warns(UserWarning, match=f"progress.json.damaged-{number}"):
            assert check("01.half", half).passed
        assert (
            record.path().with_name(f"progress.json.damaged-{number}").read_text(encoding="utf-8")
            == content
        )
        assert record.entry("01.half")["points"] == 2


def test_record_of_a_newer_version_is_left_alone(course):
    record.path().parent.mkdir(parents=True, exist_ok=True)
    newer = json.dumps({"version": record.FORMAT + 1, "questions": [], "more": 1})
    record.path().write_text(newer, encoding="utf-8")
    result = check("01.half", half)
    assert (
        result.passed
        and "not recorded" in result.details[-1]
        and "newer coursekit" in result.details[-1]
    )
    assert "newer coursekit" in repr(hint("01.half"))
    assert record.path().read_text(encoding="utf-8") == newer


def test_failed_write_leaves_the_old_record(course, monkeypatch):
    check("01.half", half)
    before, beside = record.path().read_bytes(), sorted(record.path().parent.iterdir())

    def full_disk(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(record.json, "dump", full_disk)
    result = check("01.guess", "b")
    assert result.passed and "no space left" in result.details[-1]
    assert record.path().read_bytes() == before
    assert sorted(record.path().parent.iterdir()) == beside


def test_two_processes_lose_no_entry(course):
    program = "from coursekit.course.check import record\nfor i in range(40): record.note_hint(f'0{%d}.q{i}')"
    children = [subprocess.Popen([sys.executable, "-c", program % n]) for n in (1, 2)]
    assert [child.wait(timeout=60) for child in children] == [0, 0]
    assert len(record.read()) == 80


def test_progress_is_a_table_with_a_total(course):
    (course / "chapters" / "chapters.toml").write_text(
        '[[chapter]]\nnumber = "01"\ntitle = "Made & <measured>"\n', encoding="utf-8"
    )
    check("01.half", half)
    check("01.guess", "a")
    table = progress()
    assert (table.points, table.max_points) == (2, 6)
    assert table.rows[0].marks == "✓ ✗ ○"
    assert "Made & <measured>" in repr(table) and "2 of 6" in repr(table)
    assert "Made &amp; &lt;measured&gt;" in table._repr_html_()


def test_next_step_is_the_first_question_not_passed(course):
    assert next_step().question_id == "01.half"
    check("01.half", half)
    step = next_step()
    assert (step.question_id, step.file.name) == ("01.guess", "01_made.ipynb")
    assert step.command == "coursekit lab" and "Up or down?" in repr(step)
    check("01.guess", "b")
    check("01.whole", lambda y, gain: gain * y)
    assert next_step().question_id is None
    assert repr(next_step()) == "All questions are passed."


def test_course_without_questions(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "chapters_dir", lambda: tmp_path)
    assert progress().max_points == 0
    assert next_step().question_id is None
    assert check("01.half", half).status == "error"


# --- nbgrader -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, value", [("NBGRADER_EXECUTION", "autograde"), ("NBGRADER_VALIDATING", "1")]
)
def test_nbgrader_gets_an_assertion_error(course, monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    for answer in (stub, lambda y: y, lambda y: 1 / 0):
        with pytest.raises(AssertionError, match="01.half"):
            check("01.half", answer)
    with pytest.raises(AssertionError, match="no question"):
        check("01.hal", half)
    assert check("01.half", half).passed
    assert capsys.readouterr().err == ""  # nbgrader takes anything on stderr for a failure
    assert record.read() == {}


# --- claim and compare ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, criterion",
    [
        (1.0, {"below": 2}),
        (3, {"above": 2}),
        (2.4, {"near": (2, 0.5)}),
        (np.float32(1), {"below": 2}),
    ],
)
def test_claim_that_holds_shows_one_line(capsys, value, criterion):
    claim("level, dB", value, **criterion)
    line = capsys.readouterr().out
    assert line.startswith("✓ level, dB: ") and line.count("\n") == 1


@pytest.mark.parametrize(
    "value, criterion",
    [(2.0, {"below": 2}), (2.0, {"above": 2}), (2.6, {"near": (2, 0.5)}), (np.nan, {"below": 2}),
     (np.nan, {"near": (2, 1)}), (np.inf, {"near": (2, 1)})],
)  # fmt: skip
def test_claim_that_does_not_hold_fails(value, criterion):
    with pytest.raises(AssertionError, match="level, dB"):
        claim("level, dB", value, **criterion)


def test_claim_of_made_stand_ins_is_shown_and_need_not_hold(capsys):
    recording, made = SimpleNamespace(path="kick.flac"), SimpleNamespace(path=None)
    claim("share right", 0.3, above=0.9, of=[recording, made])
    assert (
        capsys.readouterr().out
        == "– share right: 0.3, measured on made stand-ins; of the recordings: above 0.9\n"
    )
    with pytest.raises(AssertionError, match="claimed above 0.9"):
        claim("share right", 0.3, above=0.9, of=[recording, recording])
    with pytest.raises(AssertionError, match="NaN"):
        claim("share right", np.nan, above=0.9, of=[made])


@pytest.mark.parametrize("criterion", [{}, {"below": 1, "above": 0}, {"below": 1, "near": (1, 1)}])
def test_claim_takes_exactly_one_criterion(criterion):
    with pytest.raises(ValueError, match="exactly one"):
        claim("level", 0.5, **criterion)


@pytest.mark.parametrize("value", ["1", [1, 2], 1j, None, np.zeros(0)])
def test_claim_takes_one_real_number(value):
    with pytest.raises(ValueError, match="one real number"):
        claim("level", value, below=2)


@pytest.mark.parametrize(
    "mine", [[1.0, 2.0], (1, 2), np.array([1, 2]), torch.tensor([1.0, 2.0], requires_grad=True)]
)
def test_compare_takes_lists_arrays_and_tensors(capsys, mine):
    compare(mine, np.array([1.0, 2.0]), title="pair")
    line = capsys.readouterr().out
    assert "pair" in line and "(2,)" in line and "float64" in line


def test_compare_of_complex_numbers(capsys):
    compare([1 + 1j], np.array([1 + 1j]))
    with pytest.raises(AssertionError, match="1.41"):
        compare([1 - 1j], np.array([1 + 1j]))


@pytest.mark.parametrize(
    "mine, reference, message",
    [
        ([1.0, 2.0], [1.0, 2.1], "allowed 1e-10"),
        ([1.0, 2.0], [[1.0, 2.0]], r"shapes differ: mine \(2,\), reference \(1, 2\)"),
        ([1.0, np.nan], [1.0, np.nan], "1 of 2 values of mine are NaN"),
        ([1.0, 2.0], [1.0, np.inf], "1 of 2 values of reference are NaN or infinite"),
        (np.float32([1 / 3]), np.array([1 / 3]), "rtol=1e-5"),
    ],
)
def test_compare_fails_with_a_reason(mine, reference, message):
    with pytest.raises(AssertionError, match=message):
        compare(mine, reference)


@pytest.mark.parametrize("mine", [[], "text", None, [[1], [1, 2]], {1.0}])
def test_compare_needs_numbers(mine):
    with pytest.raises(ValueError, match="mine is"):
        compare(mine, [1.0])


def test_compare_counts_the_error_relative_to_the_peak(capsys):
    compare([100.0, 1.0], [100.0, 1.5], rtol=0.0051)
    with pytest.raises(AssertionError):
        compare([100.0, 1.0], [100.0, 1.5], rtol=0.0049)


def test_lines_in_a_notebook_are_escaped():
    from coursekit.course.check.claims import Line

    assert Line(EVIL)._repr_html_().count("<script>") == 0


def test_exact_is_exported_beside_the_questions():
    assert exact().compare(1, 1).ok
