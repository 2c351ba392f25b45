"""tools/hygiene.py sees what no committed file should hold, and nothing of it is in this repository."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "hygiene.py"


@pytest.fixture(scope="module")
def hygiene():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("hygiene", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_committed_is_clean():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True)
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


# Written in halves, so that this file does not hold what the script looks for.
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("see pypi." + "org\n", "names the package registry pypi." + "org"),
        ("https://files.pythonhosted" + ".org/x\n", "names the package registry files."),
        ("registry.npmjs" + ".org\n", "names the package registry registry."),
        ("deb.debian" + ".org\n", "names the package registry deb."),
        ("download.pytorch" + ".org\n", "names the package registry download."),
        ("/ho" + "me/ada/x.py\n", "names a folder of one machine, /ho" + "me/ada"),
        ("(/wo" + "rk/main)\n", "names a folder of one machine, /wo" + "rk/main"),
        ("C:\\Us" + "ers\n", "names a folder of one machine, C:\\Us" + "ers"),
        ("C:\\\\Us" + "ers\n", "names a folder of one machine, C:\\\\Us" + "ers"),
        ("one\ntwo \nthree\n", "line 2 ends with white space"),
        ("one\t\r\ntwo\r\n", "line 1 ends with white space"),
        ("one\n" + "<" * 7 + " mine\n", "line 2 is the mark of a merge conflict"),
        ("one", "does not end with a line break"),
        ("one\n\n", "ends with an empty line"),
    ],
)
def test_each_kind_is_seen(hygiene, tmp_path, capsys, text, what):
    path = tmp_path / "made.md"
    path.write_bytes(text.encode())
    assert hygiene.main([str(path)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{path.as_posix()}: {what}")


def test_a_registry_is_seen_in_a_binary_file_too(hygiene, tmp_path):
    path = tmp_path / "made.bin"
    path.write_bytes(b"\0 pypi." + b"org \0")
    assert hygiene.complaints(path) == ["names the package registry pypi." + "org"]


@pytest.mark.parametrize(
    ("name", "most"), [("made.ipynb", "2.0 MB"), ("made.safetensors", "10.0 MB")]
)
def test_a_large_file_is_seen(hygiene, tmp_path, monkeypatch, name, most):
    path = tmp_path / name
    path.write_bytes(bytes(hygiene.LARGE.get(path.suffix, hygiene.LARGEST)))
    assert hygiene.complaints(path) == []
    with path.open("ab") as file:
        file.write(bytes(100_000))
    (what,) = hygiene.complaints(path)
    assert what.endswith(f"the most is {most}")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("clean.md", b"a/home/b and ./tmp/x and <tmp>\n\nhttps://example.org/home/\n"),
        ("windows.md", b"one\r\ntwo\r\n"),
        ("empty.py", b""),
        ("columns.tsv", b"one\t\ntwo\t\n"),
        ("picture.png", b"\0 \n \n\n"),
    ],
)
def test_a_clean_file_passes(hygiene, tmp_path, capsys, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert hygiene.main([str(path)]) == 0
    assert capsys.readouterr().out == ""


def test_all_findings_of_all_files_are_said(hygiene, tmp_path, capsys):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_bytes(b"one ")
    assert hygiene.main([str(tmp_path / "a.md"), str(tmp_path / "b.md")]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_a_file_of_the_repository_is_named_from_its_root(hygiene):
    assert hygiene.shown(SCRIPT) == "tools/hygiene.py"


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
def test_git_says_which_files_are_committed(hygiene, tmp_path):
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for name in ("kept é.md", "gone.md", "other.md"):
        (tmp_path / name).write_bytes(b"\n")
    subprocess.run(["git", "add", "kept é.md", "gone.md"], cwd=tmp_path, check=True)
    (tmp_path / "gone.md").unlink()
    assert hygiene.committed_files(tmp_path) == [tmp_path / "kept é.md"]


def test_without_git_all_files_are_looked_at(hygiene, tmp_path, monkeypatch):
    def no_git(*arguments, **options):
        raise FileNotFoundError("git")

    monkeypatch.setattr(hygiene.subprocess, "run", no_git)
    (tmp_path / ".venv").mkdir()
    (tmp_path / "docs").mkdir()
    for name in (".venv/made.py", "docs/made.md"):
        (tmp_path / name).write_bytes(b"\n")
    assert hygiene.committed_files(tmp_path) == [tmp_path / "docs" / "made.md"]
