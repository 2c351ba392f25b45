"""What the outputs of a notebook come from, and whether that has changed since they were made.

An executed notebook depends on its own code, on the modules of the library that it reaches, on the cards of its data,
the pins of its models, and the versions of the distributions that all of those import. Everything is read from the
source files, through the syntax tree; nothing is imported. ``coursekit build --execute`` writes what it found to
executed.json, beside cost.json; later the same question is asked again, and the two answers are compared.
"""

import ast
import functools
import hashlib
import importlib.metadata
import io
import json
import re
import sys
import tokenize
import tomllib
from pathlib import Path

from coursekit.course import chapters
from coursekit.course.chapters import Chapter
from coursekit.course.make.assemble import data_of

RECORD = "executed.json"
PACKAGE = "coursekit"
CARDS = f"{PACKAGE}/data/cards"
MODELS = f"{PACKAGE}/pretrained/weights/models.toml"
PINS = "constraints.txt"


class Tree:
    """The library's sources as text, each parsed once.

    `changed` gives other texts to some of the files, by their paths below the root: what would that make stale?
    """

    def __init__(self, root, changed=None):
        self.root = Path(root)
        self.changed = changed or {}
        self._reads = {}

    def text(self, path: str) -> str:
        """A file's text; "" where there is none."""
        if path in self.changed:
            return self.changed[path]
        file = self.root / path
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def file_of(self, dotted: str) -> str:
        """The file of a module, as a path below the root; "" for what is no module of the library."""
        base = dotted.replace(".", "/")
        for path in (f"{base}.py", f"{base}/__init__.py"):
            if (self.root / path).is_file():
                return path
        return ""

    @functools.cached_property
    def shortcuts(self) -> dict[str, str]:
        """The module behind each name that `coursekit` itself offers: {"claim": "course.check.claims"}."""
        for node in ast.parse(self.text(f"{PACKAGE}/__init__.py")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_SHORTCUTS":
                return ast.literal_eval(node.value)
        return {}

    def reached(self, code: str) -> tuple[set[str], set[str]]:
        """The library's files that code reaches through its imports, and the packages of others on the way."""
        files, others = set(), set()
        waiting = [(code, "")]
        while waiting:
            text, package = waiting.pop()
            for dotted in imported(text, package):
                if dotted.partition(".")[0] != PACKAGE:
                    others.add(dotted.partition(".")[0])
                    continue
                for file in self._files(dotted) - files:
                    files.add(file)
                    waiting.append((self.text(file), ".".join(Path(file).parts[:-1])))
        return files, others - set(sys.stdlib_module_names)

    def _files(self, dotted: str) -> set[str]:
        """The file that a dotted name lies in, with those of the packages around it."""
        parts = dotted.split(".")
        if len(parts) == 2 and parts[1] in self.shortcuts:  # ck.claim
            parts = [PACKAGE, *self.shortcuts[parts[1]].split(".")]
        found = {self.file_of(".".join(parts[:i])) for i in range(1, len(parts) + 1)}
        return found - {""}


@functools.lru_cache(maxsize=1024)
def imported(code: str, package: str = "") -> frozenset[str]:
    """The dotted names that code imports or looks up in what it has imported.

    >>> sorted(imported("import coursekit as ck\\nimport numpy as np\\nck.dsp.stft(np.ones(3))"))
    ['coursekit', 'coursekit.dsp', 'coursekit.dsp.stft', 'numpy', 'numpy.ones']
    >>> sorted(imported("from . import dsp", "coursekit"))
    ['coursekit.dsp']
    """
    tree = ast.parse(code)
    found, names = set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                found.add(item.name)
                whole = item.name if item.asname else item.name.partition(".")[0]
                names[item.asname or whole] = whole
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = parts[: len(parts) + 1 - node.level] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            for item in node.names:
                found.add(f"{source}.{item.name}")
                names[item.asname or item.name] = f"{source}.{item.name}"
    for node in ast.walk(tree):
        chain = []
        while isinstance(node, ast.Attribute):
            chain.append(node.attr)
            node = node.value
        if chain and isinstance(node, ast.Name) and node.id in names:
            found.add(".".join([names[node.id], *reversed(chain)]))
    return frozenset(found)


@functools.lru_cache(maxsize=1024)
def fingerprint(code: str) -> str:
    """A short hash of what code does: comments, docstrings and blank lines do not count.

    >>> fingerprint("x = 1") == fingerprint("# why\\n\\nx = 1  # one") != fingerprint("x = 2")
    True
    """
    lines = code.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node) is not None:
                doc = node.body[0]
                lines[doc.lineno - 1 : doc.end_lineno] = [""] * (doc.end_lineno - doc.lineno + 1)
    return short_hash("\n".join(line.rstrip() for line in lines if line.strip()))


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def needs(tree: Tree, chapter: Chapter, path: Path, notebook) -> dict[str, str]:
    """What the outputs of a notebook come from: the name of each thing, and its hash or version.

    Parameters
    ----------
    tree : Tree
        The library.
    chapter : Chapter
        The notebook's.
    path : Path
        Of the notebook, below the root: solutions/ depend on the chapter's questions too.
    notebook : NotebookNode
        As the build makes it.
    """
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    code = "\n".join(re.sub(r"(?m)^\s*[%!].*$", "", cell) for cell in cells)
    found = {"its code": fingerprint(code)}
    questions = f"{chapter.folder}/questions.py"
    if path.parts[0] == "solutions":
        found[questions] = fingerprint(tree.text(questions))
        code += "\n" + tree.text(questions)
    files, packages = tree.reached(code)
    found |= {file: fingerprint(tree.text(file)) for file in files}
    texts = names_in(code)
    found |= _data(tree, texts | set(data_of(tree.root, chapter)))
    found |= _models(tree, texts)
    return found | _pins(tree, packages)


@functools.lru_cache(maxsize=1024)
def names_in(code: str) -> frozenset[str]:
    """The strings in code that may be the name of a data set or a model.

    >>> sorted(names_in("data.load('digits', quiet=1)['a sentence.']"))
    ['digits']
    """
    found = (node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant))
    return frozenset(t for t in found if isinstance(t, str) and re.fullmatch(r"[\w-]+", t))


def _data(tree: Tree, names: set) -> dict[str, str]:
    cards = {name: tree.text(f"{CARDS}/{name}.toml") for name in names}
    return {f"data {name}": short_hash(card) for name, card in cards.items() if card}


def _models(tree: Tree, names: set) -> dict[str, str]:
    pins = tomllib.loads(tree.text(MODELS))
    return {f"model {n}": short_hash(repr(pins[n])) for n in names if n in pins}


def _pins(tree: Tree, packages: set[str]) -> dict[str, str]:
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)", tree.text(PINS), re.MULTILINE))
    pins = {_normal(name): version for name, version in pins.items()}
    names = {_normal(d) for package in packages for d in _distributions().get(package, [package])}
    return {name: pins[name] for name in names if name in pins}


@functools.cache
def _distributions():
    return importlib.metadata.packages_distributions()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# --- the record -----------------------------------------------------------------------------------


def record(root: Path, chapter: Chapter, found: dict[Path, dict[str, str]]) -> str:
    """The text of a chapter's executed.json after some of its notebooks were executed."""
    whole = recorded(root, chapter) | {path.as_posix(): needs for path, needs in found.items()}
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"


def recorded(root: Path, chapter: Chapter) -> dict[str, dict[str, str]]:
    """What the stored outputs of a chapter's notebooks come from; empty before the first execution."""
    path = Path(root) / chapter.folder / RECORD
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def changes(now: dict[str, str], then: dict[str, str]) -> list[str]:
    """The names of what differs between now and then.

    >>> changes({"its code": "a", "numpy": "2.4.1", "scipy": "1.15"}, {"its code": "a", "numpy": "2.4.0"})
    ['numpy 2.4.0 -> 2.4.1', 'scipy']
    """
    different = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    in_words = []
    for name in different:
        is_pin = name in now and name in then and "." in now[name]
        in_words.append(f"{name} {then[name]} -> {now[name]}" if is_pin else name)
    return in_words


def stale(root, built, every_chapter, *, changed=None) -> dict[Path, list[str]]:
    """The notebooks whose stored outputs come from something that is no longer so, with what has changed.

    Parameters
    ----------
    root : path
        The course's root folder.
    built : dict of Path to assemble.Built
        The notebooks as the sources make them.
    every_chapter : list of Chapter
    changed : dict, optional
        Other texts for some of the files: see `Tree`.

    Returns
    -------
    dict of Path to list of str
        The list is empty where a notebook was never executed.
    """
    tree = Tree(root, changed)
    found = {}
    for path, new in built.items():
        if path.parts[0] == "exercises":
            continue
        chapter = chapters.find(every_chapter, path.name)
        then = recorded(root, chapter).get(path.as_posix())
        now = needs(tree, chapter, path, new.notebook)
        different = changes(now, then or now)
        if different or then is None:
            found[path] = different
    return found
