"""Proofs for every question: its solution passes, its stub is unattempted, its mutants are recognised."""

import contextlib
import dataclasses
import functools
import inspect
import io
import json
import pickle
import re
from collections import Counter

import numpy as np
import pytest
import wrong_answers as machine

from coursekit import paths
from coursekit.course import chapters, percent
from coursekit.course.check import notebook_check, question_bank, record
from coursekit.course.check.comparison import close, integers, near
from coursekit.course.check.marking import evaluate
from coursekit.course.check.question import RENAMED, Question
from coursekit.course.check.values import as_array, to_plain

pytestmark = pytest.mark.shelf  # cases may be drawn from recordings

QUESTIONS = question_bank.all_questions()
CHAPTERS = question_bank.chapters()
SEEDS = [None, 1, 2, 3, 4, 5]  # None: the public check's own; the others stand for hidden draws
MUTANT_SEEDS = SEEDS[:3]

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS)
each_mutant = pytest.mark.parametrize(
    "question, mutant",
    [(question, mutant) for question in QUESTIONS for mutant in question.mutants],
    ids=[f"{question.id} {mutant.name}" for question in QUESTIONS for mutant in question.mutants],
)


@functools.cache
def source_cells(chapter):
    return percent.cells(question_bank.chapter_folder(chapter) / "exercises.py")


@functools.cache
def solutions(chapter):
    """The names that a chapter's exercises define when its solutions are run."""
    namespace = {"__name__": "solutions"}
    for cell in source_cells(chapter):
        if cell.kind == "code" and cell.directive in ("", "solution"):
            exec(compile(cell.source, f"{chapter} exercises.py:{cell.line}", "exec"), namespace)
    return namespace


def solution_of(question):
    return solutions(question.chapter)[question.name]


def pytest_generate_tests(metafunc):
    """In make test one seed for a mistake and two for a solution; all of them in make test-all."""
    thorough = metafunc.config.getoption("--thorough")
    if "mutant_seed" in metafunc.fixturenames:
        metafunc.parametrize("mutant_seed", MUTANT_SEEDS if thorough else MUTANT_SEEDS[:1])
    if "solution_seed" in metafunc.fixturenames:
        metafunc.parametrize("solution_seed", SEEDS if thorough else SEEDS[:2])


def remembering(function):
    """The function, called once for the same arguments; what it raised is raised again."""
    known = {}

    @functools.wraps(function)
    def recall(*args, **kwargs):
        try:
            key = pickle.dumps((args, kwargs))
        except Exception:  # an argument that holds a function
            return function(*args, **kwargs)
        if key not in known:
            try:
                known[key] = function(*args, **kwargs), None
            except Exception as error:
                known[key] = None, error
        value, error = known[key]
        if error is not None:
            raise error
        return value

    return recall


@functools.lru_cache(
    maxsize=2
)  # tests of one question follow each other; cases may hold a whole data set
def drawn(question_id, seed):
    """A question with its cases drawn, its truths and named mistakes computed once for all who are compared with them.

    Marking the tenth mistake tries the nine before it: that must not mean to compute each of them ten times.
    """
    question = question_bank.find(question_id)
    with contextlib.redirect_stdout(io.StringIO()):  # loading a data set prints its licence
        cases = question.draw(None if seed is None else np.random.default_rng(seed))
    return dataclasses.replace(
        question,
        cases=lambda rng: cases,
        oracle=question.oracle and remembering(question.oracle),
        mutants=[dataclasses.replace(m, answer=remembering(m.answer)) for m in question.mutants],
    )


def evaluate_with(question: Question, answer, seed):
    return evaluate(drawn(question.id, seed), answer)


def texts(question, directive):
    return [
        c.source
        for c in source_cells(question.chapter)
        if c.directive == directive and c.argument == question.id
    ]


# --- every question -------------------------------------------------------------------------------


@each_question
def test_solution_scores_full_points(question, solution_seed):
    result = evaluate_with(question, solution_of(question), solution_seed)
    assert result.passed and result.points == question.points, result


@each_question
def test_stub_is_unattempted(question):
    """The stub has the solution's own signature and raises NotImplementedError with the question's id."""

    def stub(*args, **kwargs):
        inspect.signature(solution_of(question)).bind(*args, **kwargs)
        raise NotImplementedError(question.id)

    assert evaluate(question, stub).status == "unattempted"


@each_mutant
def test_mutant_fails_and_reads_its_own_message(question, mutant, mutant_seed):
    result = evaluate_with(question, mutant.answer, mutant_seed)
    ends = "error" if mutant.raises else "wrong"
    assert (result.status, result.points) == (ends, 0), result
    assert result.mutant == mutant.name, result
    assert mutant.message == (result.details[0] if mutant.raises else result.headline)


@each_question
def test_right_answer_in_another_style_passes(question):
    """Lists where arrays are taken, float32 where there is a tolerance for it, NumPy scalars for numbers."""
    solve = solution_of(question)

    def as_list(*args, **kwargs):
        value = to_plain(solve(*args, **kwargs))
        return value.tolist() if isinstance(value, np.ndarray) else value

    def as_float32(*args, **kwargs):
        array = as_array(to_plain(solve(*args, **kwargs)))
        return array.astype(np.complex64 if np.iscomplexobj(array) else np.float32)

    def as_numpy(*args, **kwargs):
        return np.asarray(solve(*args, **kwargs))

    styles = []
    if isinstance(question.compare, close | near | integers):
        styles.append(as_numpy)
        if getattr(question.compare, "allow_list", True):
            styles.append(as_list)
    if isinstance(question.compare, close):
        styles.append(as_float32)
    for style in styles:
        refused = style is as_float32 and needs_float64(question.compare)
        result = evaluate(question, style)
        assert result.passed != refused, style.__name__
        assert not refused or "double precision; this is" in result.headline


@functools.lru_cache(maxsize=2)
def subject(question_id):
    question = drawn(question_id, None)
    code, _ = question_bank.written_solution(question)
    namespace = dict(solutions(question.chapter))
    if (
        question.kind == "experiment"
    ):  # it may train for seconds, and is asked the same several times
        namespace[question.name] = remembering(namespace[question.name])
    with contextlib.redirect_stdout(io.StringIO()):
        return machine.Subject(question, code, namespace)


@each_question
def test_wrong_answers_made_by_machine_fail(question):
    """Those that rightly pass are declared with a reason, and nothing else is."""
    if question.kind == "prediction":  # each wrong option is as good as another
        return
    made = subject(question.id)
    passed = machine.passing(made, machine.wrong_answers(made))
    others = [
        name
        for name in question.spared
        if name not in passed
        and name not in machine.dresses(question, made.solve)
        and not name.startswith(f"{machine.READY_MADE} ")
    ]
    assert {"pass": [name for name in passed if name not in question.spared], "stale": others} == {
        "pass": [],
        "stale": [],
    }


@pytest.mark.thorough
@each_question
def test_one_call_of_a_professional_library_is_no_answer(question):
    """Where it is one, `forbidden` names that function, or `spared` says why it is allowed."""
    if question.kind == "prediction":
        return
    made = subject(question.id)
    passed = machine.passing(made, machine.professional(made))
    assert [name for name in passed if name not in question.spared] == []


@each_question
def test_right_answer_in_another_dress_passes(question):
    made = subject(question.id)
    dressed = machine.dresses(question, made.solve)
    with machine.memory_limit(machine.MEMORY):
        refused = {
            name: machine.refusal(made, answer)
            for name, answer in dressed.items()
            if name not in question.spared
        }
    assert {name: why for name, why in refused.items() if why} == {}


@each_question
def test_float64_is_wanted_only_where_the_statement_asks_for_it(question):
    (statement,) = texts(question, "question")
    asked = re.search(r"\bfloat64\b|\bdouble precision\b", statement) is not None
    assert needs_float64(question.compare) == asked


def needs_float64(comparison):
    """Whether a comparison, or a part of it, grants no more than its own tolerance."""
    parts = getattr(comparison, "parts", ())
    parts = parts.values() if isinstance(parts, dict) else parts
    return getattr(comparison, "float64", False) or any(map(needs_float64, parts))


@each_question
def test_hints_are_three_and_different(question):
    assert len({hint.strip() for hint in question.hints}) == 3
    assert all(len(hint.strip()) >= 10 for hint in question.hints)


@each_question
def test_statement_solution_check_and_reason_are_written(question):
    for directive in ("question", "solution", "why"):
        found = texts(question, directive)
        assert len(found) == 1 and found[0].strip(), directive
    assert len(texts(question, "check")) == 1


@each_question
def test_solution_that_learners_see_is_the_code_alone(question):
    code, why = question_bank.written_solution(question)
    assert f"def {question.name}(" in code and "SOLUTION" not in code
    compile(code, question.id, "exec")
    assert why


@each_question
def test_mutants_have_names_and_messages_of_their_own(question):
    assert question.mutants, "name at least one mistake"
    messages = [mutant.message.strip() for mutant in question.mutants]
    assert len(set(messages)) == len(messages) and all(len(message) >= 10 for message in messages)
    assert len({mutant.name for mutant in question.mutants}) == len(messages)


def test_questions_that_moved_are_found_by_their_old_names(tmp_path, monkeypatch):
    """In notebooks and records from before: what was passed stays passed."""
    monkeypatch.setenv("COURSEKIT_HOME", str(tmp_path))
    for old, new in RENAMED.items():
        assert question_bank.find(old).id == new
    old, new = next(iter(RENAMED.items()))
    entry = record.NEW_ENTRY | {"status": "passed", "points": 3, "attempts": 1}
    record.path().write_text(json.dumps({"version": record.FORMAT, "questions": {old: entry}}))
    assert record.entry(new)["status"] == "passed" and old not in record.read()


# --- every chapter --------------------------------------------------------------------------------


def test_ids_are_unique():
    assert [i for i, n in Counter(question.id for question in QUESTIONS).items() if n > 1] == []


def test_every_ready_chapter_has_questions():
    course = chapters.load(paths.course_dir())
    ready = [
        each.number for each in course[1:] if each.state == "ready"
    ]  # the first is the start page
    assert ready
    assert [number for number in ready if not question_bank.questions(number)] == []


@each_chapter
def test_spread_of_kinds(chapter):
    kinds = Counter(question.kind for question in question_bank.questions(chapter))
    assert 5 <= sum(kinds.values()) <= 8
    wanted = {"warmup": 2, "core": 2, "bug": 1, "experiment": 1, "prediction": 1}
    assert {kind: n for kind, n in wanted.items() if kinds[kind] < n} == {}


@each_chapter
def test_notebook_asks_no_question_that_is_not_declared(chapter):
    declared = {question.id for question in question_bank.questions(chapter)}
    asked = {
        cell.argument
        for cell in source_cells(chapter)
        if cell.directive in ("question", "solution", "check", "why")
    }
    assert asked == declared


@each_chapter
def test_built_notebook_starts_unattempted_with_no_error(chapter, monkeypatch):
    """As the child process of `coursekit check` runs it, but here: nine of them would load torch nine times."""
    path = question_bank.notebook(chapter)
    monkeypatch.chdir(path.parent)
    asked = question_bank.questions(chapter)
    cells = [cell["source"] for cell in notebook_check.code_cells(path)]
    names = {question.name: question.id for question in asked}
    answers = notebook_check.run_cells(cells, names, lambda **entry: None, seconds=30)
    assert answers.failures == {} and set(names) <= set(answers.namespace)
    results = [notebook_check.mark(question, answers) for question in asked]
    assert [result.status for result in results] == ["unattempted"] * len(asked)


@pytest.mark.thorough
def test_built_notebooks_start_unattempted_in_a_process_of_their_own():
    for chapter in CHAPTERS:
        results = notebook_check.check_notebook(question_bank.notebook(chapter))
        assert {result.status for result in results} == {"unattempted"}


def test_proofs_look_at_every_questions_file():
    found = {
        path.parent.name.partition("_")[0] for path in paths.chapters_dir().glob("*/questions.py")
    }
    assert found == set(CHAPTERS)
    assert all(re.fullmatch(chapters.NUMBER, chapter) for chapter in CHAPTERS)
