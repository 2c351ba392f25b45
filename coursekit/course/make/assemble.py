"""Makes the notebooks of one chapter from its sources: the chapter, its exercises, and their solutions."""

import dataclasses
import hashlib
import re
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode, v4

from coursekit.course import chapters, percent
from coursekit.course.chapters import Chapter
from coursekit.course.check import question_bank
from coursekit.course.make import includes
from coursekit.course.percent import BEGIN, END, BuildError, Cell

MAX_INCLUDED_LINES = 60
FOLDED_TAG = "hide-input"  # Jupyter Book looks at it, and nbconvert makes it a class of its pages
# nbconvert's pages show all code. This line at the end of a chapter leaves of a folded cell its first line, which opens
# when the pointer rests on it. JupyterLab, which folds by itself, takes styles out of text.
FOLDED_STYLE = (
    "<style>.celltag_hide-input .jp-Cell-inputWrapper{max-height:1.8em;overflow:hidden;opacity:.5;"
    "transition:max-height 0s .4s}.celltag_hide-input .jp-Cell-inputWrapper:hover{max-height:200em;opacity:1}</style>"
)
PUBLIC_ONLY = (
    "A check tries your function on the public cases. Where a course is graded, other cases are drawn from the same "
    "recipe; these hidden checks are not run here."
)
QUESTION_PARTS = ("question", "solution", "check", "why")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass
class Built:
    """One notebook as assembled, and for each cell's id the line of the source that it comes from."""

    source: str  # "chapters/07_ctc/chapter.py"
    notebook: NotebookNode
    lines: dict[str, int] = field(default_factory=dict)


def assemble(root: Path, chapter: Chapter, every_chapter: list[Chapter]) -> dict[Path, Built]:
    """The notebooks of one chapter, without outputs, by their path below root.

    A chapter without sources has none; one without exercises.py has no exercises and no solutions.
    """
    name = f"{chapter.name}.ipynb"
    found = {}
    if (root / chapter.folder / "chapter.py").is_file():
        found[Path("notebooks", name)] = chapter_notebook(root, chapter, every_chapter)
    if (root / chapter.folder / "exercises.py").is_file():
        questions = load_questions(root, chapter)
        exercises = exercise_notebook(root, chapter, questions, solved=False)
        refuse_leaks(root, exercises, questions)
        found[Path("exercises", name)] = exercises
        found[Path("solutions", name)] = exercise_notebook(root, chapter, questions, solved=True)
    return found


class Assembly:
    """Gathers the cells of one notebook; knows which names they bind, and gives each an id."""

    def __init__(self, root: Path, source: str):
        self.root = root
        self.cells = percent.cells(root / source, name=source)
        note = {"source": source, "note": f"built from {source}; do not edit"}
        self.built = Built(source, v4.new_notebook(metadata=METADATA | {"coursekit": note}))
        self.names: dict[str, str] = {}  # what the cells so far bind, as in includes.bound
        self._headings: list[str] = []
        self._ordinals = Counter()

    def error(self, cell: Cell, message: str, *, row: int | None = None) -> BuildError:
        """The error to raise about a cell, or about one row of its text, counted from 0."""
        line = cell.line if row is None else cell.first + row
        return BuildError(f"{self.built.source}:{line}: {message}")

    def plain(self, cell: Cell) -> None:
        """Adds a cell as it stands in the source."""
        if cell.kind == "markdown":
            self.markdown(cell, cell.source)
        else:
            self.code(cell, cell.source)

    def markdown(self, cell: Cell, text: str, *, id: str = "", **metadata) -> None:
        """Adds a markdown cell."""
        for level, title in headings(text):
            self._headings = [*self._headings[: level - 1], title]
        self._add(cell, v4.new_markdown_cell(text, metadata=metadata), id)

    def append_to_text(self, line: str) -> None:
        """Adds a paragraph to the last markdown cell."""
        text = [cell for cell in self.built.notebook.cells if cell.cell_type == "markdown"]
        if text:
            text[-1].source += f"\n\n{line}"

    def code(self, cell: Cell, text: str, *, id: str = "", **metadata) -> None:
        """Adds a code cell."""
        try:
            self.names |= includes.bound(text)
        except SyntaxError as error:
            raise self.error(cell, error.msg, row=(error.lineno or 1) - 1) from None
        self._add(cell, v4.new_code_cell(text, metadata=metadata), id)

    def include(self, cell: Cell) -> None:
        """Adds library code, and before it a cell with the imports that the notebook has not had yet."""
        pieces = [self._piece(cell, name.strip()) for name in cell.argument.split(",")]
        text = "\n\n\n".join(piece.source for piece in pieces)
        length = text.count("\n") + 1
        if length > MAX_INCLUDED_LINES:
            raise self.error(
                cell, f"includes {length} lines of code; a cell has at most {MAX_INCLUDED_LINES}"
            )
        own = [includes.Import(piece.module, piece.name) for piece in pieces]
        needs = {item for piece in pieces for item in piece.needs if item not in own}
        missing = [item for item in sorted(needs) if not self._has(cell, item)]
        id = self._new_id(cell)
        if missing:
            self.code(cell, includes.import_lines(missing), id=f"{id}-imports")
        self.code(cell, text, id=id)
        self.names |= {item.key: item.statement for item in own}

    def _piece(self, cell: Cell, name: str) -> includes.Piece:
        try:
            return includes.find(self.root, name)
        except (LookupError, ValueError) as error:
            raise self.error(cell, error.args[0]) from None

    def _has(self, cell: Cell, item: includes.Import) -> bool:
        """Whether the notebook has this name already, from the same place or by a definition of its own."""
        have = self.names.get(item.key)
        if have not in (None, "def", item.statement):
            meaning = "a variable" if have == "=" else f"'{have}'"
            raise self.error(
                cell,
                f"{cell.argument} needs '{item.statement}', but further up {item.key} is {meaning}: rename that",
            )
        return have is not None

    def _add(self, cell: Cell, node: NotebookNode, id: str) -> None:
        node.id = id or self._new_id(cell)
        if node.id in self.built.lines:
            other = self.built.lines[node.id]
            raise self.error(cell, f"the id {node.id!r} is taken by the cell at line {other}")
        tags = [cell.tag] if cell.tag else []
        if cell.folded and node.cell_type == "code":
            node.metadata["jupyter"] = {"source_hidden": True}  # what JupyterLab looks at
            tags.append(FOLDED_TAG)
        if tags:
            node.metadata["tags"] = tags
        self.built.lines[node.id] = cell.line
        self.built.notebook.cells.append(node)

    def _new_id(self, cell: Cell) -> str:
        """The cell's own id, or one made of the headings above it and its place among its like under them.

        So an id stays, and with it the cell's output, when cells are put in or taken out in another section.
        """
        if cell.id:
            if not re.fullmatch(r"[a-zA-Z0-9_-]{1,50}", cell.id):
                raise self.error(
                    cell, f"the id {cell.id!r} may hold only letters, digits, - and _, at most 50"
                )
            return cell.id
        key = "\n".join(
            [self.built.source, *self._headings, cell.kind, cell.directive, cell.argument]
        )
        self._ordinals[key] += 1
        return hashlib.sha1(f"{key}\n{self._ordinals[key]}".encode()).hexdigest()[:8]


def headings(markdown: str) -> list[tuple[int, str]]:
    """The headings of a markdown text as (level, title), blocks of code left out.

    >>> headings("# One\\n```\\n# a comment\\n```\\n## Two")
    [(1, 'One'), (2, 'Two')]
    """
    prose = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return [
        (len(marks), title)
        for marks, title in re.findall(r"^(#{1,6}) +(.*?)\s*$", prose, re.MULTILINE)
    ]


# --- chapters ---------------------------------------------------------------------------------------------


def chapter_notebook(root: Path, chapter: Chapter, every_chapter: list[Chapter]) -> Built:
    """The notebook of chapter.py."""
    assembly = Assembly(root, f"{chapter.folder}/chapter.py")
    boxes = _Boxes(root, chapter)
    for cell in assembly.cells:
        if cell.directive == "":
            assembly.plain(cell)
        elif cell.directive == "include":
            assembly.include(cell)
        elif cell.directive == "card":
            assembly.markdown(cell, _card(assembly, cell, chapters.cost_in_words(root, chapter)))
        elif cell.directive == "try":
            assembly.markdown(cell, boxes.box(assembly, cell))
        elif cell.directive == "map":
            table = chapters.map_table(root, every_chapter, up="../")
            assembly.markdown(cell, f"{cell.source}\n\n{table}".strip())
        else:
            raise assembly.error(cell, f"a '{cell.directive}' cell belongs in exercises.py")
    if any(cell.folded for cell in assembly.cells):
        assembly.append_to_text(FOLDED_STYLE)
    return assembly.built


class _Boxes:
    """The boxes between a chapter's sections, each of which sends the reader to a question."""

    def __init__(self, root: Path, chapter: Chapter):
        self._chapter, self._root = chapter, root
        self._lines: dict[str, int] = {}  # by question: where its box stands

    @cached_property
    def _questions(self) -> dict:
        return load_questions(self._root, self._chapter)

    def box(self, assembly: Assembly, cell: Cell) -> str:
        """The text of a box, as a quotation: so it stands out as a page, in JupyterLab and as plain text."""
        if cell.argument not in self._questions:
            raise assembly.error(
                cell,
                f"'try: {cell.argument}', but questions.py declares only {', '.join(self._questions)}",
            )
        if cell.argument in self._lines:
            other = self._lines[cell.argument]
            raise assembly.error(
                cell, f"question {cell.argument} has a second box; the first is at line {other}"
            )
        self._lines[cell.argument] = cell.line
        question = self._questions[cell.argument]
        heading = question_heading(self._questions, question)
        # JupyterLab scrolls to a cell that is named by its id, and to a heading only if it is drawn already.
        cell_id = f"{question.id.replace('.', '-')}-text"
        link = f"../exercises/{self._chapter.name}.ipynb#cell-id={cell_id}"
        head = f"**Now you** · [question {heading}]({link}) · {question_facts(question)}"
        body = f"\n\n{cell.source}" if cell.source else ""
        return "\n".join(f"> {line}".rstrip() for line in f"{head}{body}".splitlines())


def question_heading(questions: dict, question) -> str:
    """A question's heading in the exercises, without marks: "2. The DFT from its definition"."""
    return f"{list(questions).index(question.id) + 1}. {question.title}"


def question_facts(question) -> str:
    """What a question is worth and takes: "1 point, about 5 minutes"."""
    points = "1 point" if question.points == 1 else f"{question.points} points"
    return f"{points}, about {question.about_minutes} minutes"


def card_data(card: str) -> list[str]:
    """The data sets that a card names in its line ``data: one, two``.

    >>> card_data("Takes {minutes}.\\ndata: librivox, instruments")
    ['librivox', 'instruments']
    """
    found = re.search(r"^data:(.*)$", card, re.MULTILINE)
    return [name.strip() for name in found[1].split(",") if name.strip()] if found else []


def data_of(root: Path, chapter: Chapter) -> list[str]:
    """The data sets that a chapter's card names."""
    source = root / chapter.folder / "chapter.py"
    cards = (
        [cell for cell in percent.cells(source) if cell.directive == "card"]
        if source.is_file()
        else []
    )
    return [name for card in cards for name in card_data(card.source)]


def _card(assembly: Assembly, cell: Cell, cost: dict[str, str]) -> str:
    text = re.sub(r"^data:.*\n?", "", cell.source, flags=re.MULTILINE).strip("\n")
    if "{minutes}" not in text:
        raise assembly.error(
            cell, "a card says what the chapter costs: {minutes}, {memory} and {download}"
        )
    if found := re.search(r"\{(minutes|memory|download)\} *(min|MB|GB)", text):
        raise assembly.error(
            cell,
            f"{{{found[1]}}} comes with its unit (1.4 minutes, 620 MB): leave out '{found[2]}'",
        )
    for key, words in cost.items():
        text = text.replace(f"{{{key}}}", words)
    return text


# --- exercises --------------------------------------------------------------------------------------------


def load_questions(root: Path, chapter: Chapter) -> dict:
    """The questions that the chapter's questions.py declares, by id."""
    where = f"{chapter.folder}/questions.py"
    if not (root / where).is_file():
        raise BuildError(f"{where}:1: no such file; exercises.py wants one beside it")
    try:
        declared = question_bank.load(root / where)
    except question_bank.QuestionsFileError as error:
        raise BuildError(f"{where}:{error.line}: {error.reason}") from error
    return {question.id: question for question in declared}


def exercise_notebook(root: Path, chapter: Chapter, questions: dict, *, solved: bool) -> Built:
    """The notebook of exercises.py, with stubs or with solutions, with the metadata that nbgrader wants."""
    assembly = Assembly(root, f"{chapter.folder}/exercises.py")
    _require_all_parts(root, chapter, assembly, questions)
    why = {cell.argument: cell.source for cell in assembly.cells if cell.directive == "why"}
    _add_note(assembly)
    for cell in assembly.cells:
        question, id = questions.get(cell.argument), cell.argument.replace(".", "-")
        if cell.directive == "":
            _refuse_region(assembly, cell)
            assembly.plain(cell)
        elif cell.directive == "include":
            assembly.include(cell)
        elif cell.directive == "question":
            heading = question_heading(questions, question)
            text = f"### {heading}\n\n*{question_facts(question)}*\n\n{cell.source}"
            assembly.markdown(
                cell, text, id=f"{id}-text", nbgrader=_nbgrader(f"{id}-text", locked=True)
            )
        elif cell.directive == "solution":
            regions = _regions(assembly, cell, question.name)
            text = (
                with_why(cell.source, why[question.id])
                if solved
                else stub(cell.source, regions, question.id)
            )
            assembly.code(cell, text, id=id, nbgrader=_nbgrader(id, solution=True))
        elif cell.directive == "check":
            nbgrader = _nbgrader(f"{id}-check", grade=True, locked=True) | {
                "points": question.points
            }
            assembly.code(
                cell,
                f'ck.check("{question.id}", {question.name})',
                id=f"{id}-check",
                nbgrader=nbgrader,
            )
        elif cell.directive != "why":  # that stands in the solution
            raise assembly.error(cell, f"a '{cell.directive}' cell belongs in chapter.py")
    return assembly.built


def _add_note(assembly: Assembly) -> None:
    """Say once, in the head of the notebook, what a check does not run."""
    for i, cell in enumerate(assembly.cells):
        if cell.kind == "markdown":
            text = f"{cell.source.rstrip()}\n\n{PUBLIC_ONLY}"
            assembly.cells[i] = dataclasses.replace(cell, source=text)
            return


def _nbgrader(grade_id: str, *, grade=False, solution=False, locked=False) -> dict:
    """One cell's nbgrader metadata, in its schema 3."""
    return {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }


def _require_all_parts(root: Path, chapter: Chapter, assembly: Assembly, questions: dict) -> None:
    """Every question has each of its parts once, and no part lacks its question."""
    seen = {}
    for cell in assembly.cells:
        part = cell.directive
        if part not in QUESTION_PARTS:
            continue
        if cell.argument not in questions:
            raise assembly.error(
                cell,
                f"'{part}: {cell.argument}', but questions.py declares only {', '.join(questions) or 'nothing'}",
            )
        if (cell.argument, part) in seen:
            other = seen[cell.argument, part].line
            raise assembly.error(
                cell,
                f"question {cell.argument} has a second '{part}' cell; the first is at line {other}",
            )
        seen[cell.argument, part] = cell
    for id in questions:
        present = [part for part in QUESTION_PARTS if (id, part) in seen]
        if not present:
            where = f"{chapter.folder}/questions.py"
            line = question_bank.declared_at(root / where, id)[0]
            raise BuildError(f"{where}:{line}: question {id} has no cells in exercises.py")
        for part in QUESTION_PARTS:
            if part not in present:
                raise assembly.error(seen[id, present[0]], f"question {id} has no '{part}' cell")


# --- solutions --------------------------------------------------------------------------------------------


def _regions(assembly: Assembly, cell: Cell, name: str) -> list[tuple[int, int]]:
    """The solution regions of a cell, as the indices of their marker lines; at least one."""
    if not re.search(rf"^(async )?def {name}\(", cell.source, re.MULTILINE):
        raise assembly.error(
            cell, f"solution {cell.argument} does not define {name}(), the name in questions.py"
        )
    found, begun = [], None
    for i, line in enumerate(cell.source.splitlines()):
        if line.strip() == BEGIN and begun is None:
            begun = i
        elif line.strip() == END and begun is not None:
            found.append((begun, i))
            begun = None
        elif line.strip() in (BEGIN, END):
            raise assembly.error(cell, f"{line.strip()} without the other marker before it", row=i)
    if begun is not None:
        raise assembly.error(cell, f"{BEGIN} without {END}", row=begun)
    if not found:
        raise assembly.error(
            cell, f"solution {cell.argument} has no {BEGIN}: all of it would be in the exercises"
        )
    return found


def _refuse_region(assembly: Assembly, cell: Cell) -> None:
    for i, line in enumerate(cell.source.splitlines()):
        if line.strip() in (BEGIN, END):
            raise assembly.error(cell, f"{line.strip()} outside a solution cell", row=i)


def stub(solution: str, regions: list[tuple[int, int]], id: str) -> str:
    """What the learner finds: the solution cell with its regions cut out."""
    lines = solution.splitlines()
    for begin, end in reversed(regions):
        indent = lines[begin][: lines[begin].index("#")]
        lines[begin : end + 1] = [
            f"{indent}# YOUR CODE HERE",
            f'{indent}raise NotImplementedError("{id}")',
        ]
    return "\n".join(lines)


def with_why(solution: str, why: str) -> str:
    """The solution cell with the reason as a comment at the top of its first region.

    It stands inside because nbgrader makes its students' version by cutting the regions out: a cell of its own
    would be left in.
    """
    before, marker, after = solution.partition(BEGIN)
    indent = before[before.rfind("\n") + 1 :]
    comment = textwrap.wrap(f"Why: {' '.join(why.split())}", 100)
    return (
        f"{before}{marker}\n"
        + "".join(f"{indent}# {line}\n" for line in comment)
        + after.removeprefix("\n")
    )


def telling_lines(cell: Cell) -> list[tuple[int, str]]:
    """The lines that give away a solution, of its regions or its why cell, each with its line in the source.

    Left out is what may well stand elsewhere: short lines, comments, docstrings, imports, headers of blocks and
    the return of a bare name.
    """
    found, inside = [], cell.directive == "why"
    for i, line in enumerate(text.strip() for text in cell.source.splitlines()):
        if line in (BEGIN, END):
            inside = line == BEGIN
        elif (
            inside
            and len(line) >= 12
            and not re.match(r"""#|@|import |from |["']{3}|.*:$|return \w+$""", line)
        ):
            found.append((cell.first + i, line))
    return found


def refuse_leaks(root: Path, exercises: Built, questions: dict) -> None:
    """No telling line of a solution or a reason can be read in the exercises.

    A bug clinic shows the faulty code, which shares with its solution all lines but the faulty one: there it
    takes the whole solution to make a leak.
    """
    shown = "\n".join(cell.source for cell in exercises.notebook.cells)
    for cell in percent.cells(root / exercises.source, name=exercises.source):
        if cell.directive not in ("solution", "why"):
            continue
        telling = telling_lines(cell)
        left = [(number, line) for number, line in telling if line in shown]
        if (
            cell.directive == "solution"
            and questions[cell.argument].kind == "bug"
            and len(left) < len(telling)
        ):
            continue
        if left:
            number, line = left[0]
            raise BuildError(
                f"{exercises.source}:{number}: the exercises show this line of the {cell.directive} of "
                f"{cell.argument}: {line}"
            )
