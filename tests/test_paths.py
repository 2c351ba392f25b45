"""Files are written whole or not at all: `paths.writing`. Where things lie is tested by the doctests of paths."""

import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from coursekit import paths

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="no permission bits there")


class Interrupted(BaseException):
    """As KeyboardInterrupt, which pytest would take for the user's own."""


def bits(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_the_file_appears_when_the_block_ends(tmp_path):
    note = tmp_path / "note.txt"
    with paths.writing(note) as fresh:
        fresh.write_text("new")
        assert not note.exists() and fresh.parent == tmp_path
    assert note.read_text() == "new" and os.listdir(tmp_path) == ["note.txt"]


def test_a_reader_meets_the_old_file_until_the_new_one_is_whole(tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("old")
    with paths.writing(note) as fresh:
        fresh.write_text("ne")
        assert note.read_text() == "old"
        fresh.write_text("new")
    assert note.read_text() == "new"


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyError("a bug"), Interrupted()])
@pytest.mark.parametrize("existing", [True, False])
def test_failure_in_the_middle_leaves_all_as_it_was(tmp_path, error, existing):
    note = tmp_path / "note.txt"
    if existing:
        note.write_text("old")
    with pytest.raises(type(error)), paths.writing(note) as fresh:
        fresh.write_text("ne")
        raise error
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"] * existing


def test_failing_move_leaves_all_as_it_was(tmp_path):
    """A folder stands where the file should go."""
    (tmp_path / "note.txt").mkdir()
    with pytest.raises(OSError), paths.writing(tmp_path / "note.txt") as fresh:
        fresh.write_text("new")
    assert os.listdir(tmp_path) == ["note.txt"] and (tmp_path / "note.txt").is_dir()


def test_no_folder_is_made(tmp_path):
    with pytest.raises(FileNotFoundError), paths.writing(tmp_path / "none" / "note.txt"):
        pytest.fail("there is nothing to write to")
    assert os.listdir(tmp_path) == []


def test_two_writers_at_once_have_a_file_each(tmp_path):
    note = tmp_path / "note.txt"
    with paths.writing(note) as first:
        first.write_text("first")
        with paths.writing(note) as second:
            assert second != first and second.read_text() == ""
            second.write_text("second")
        assert note.read_text() == "second" and first.read_text() == "first"
    assert note.read_text() == "first" and os.listdir(tmp_path) == ["note.txt"]


def test_of_many_writers_at_once_one_has_written_all(tmp_path):
    note = tmp_path / "note.txt"

    def write(letter):
        for _ in range(20):
            with paths.writing(note) as fresh, open(fresh, "w") as file:
                for _ in range(100):
                    file.write(letter)
                    file.flush()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    assert re.fullmatch(r"a{100}|b{100}|c{100}|d{100}", note.read_text())
    assert os.listdir(tmp_path) == ["note.txt"]


def test_a_kill_leaves_the_old_file_and_one_to_be_recognised(tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("old")
    program = f"""
import os
from coursekit import paths
with paths.writing({str(note)!r}) as fresh:
    fresh.write_text("ne")
    os._exit(3)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 3
    left, kept = sorted(os.listdir(tmp_path))
    assert (kept, note.read_text()) == ("note.txt", "old")
    assert re.fullmatch(r"\.note\.txt\.[0-9a-f]{16}\.part", left)


def test_the_longest_name_can_be_written(tmp_path):
    note = tmp_path / f"{'ў' * 120}.txt"
    with paths.writing(note) as fresh:
        fresh.write_text("new")
    assert note.read_text() == "new"


@POSIX
def test_a_new_file_has_the_usual_bits_or_those_asked_for(tmp_path, usual_umask):
    for name, how in (("open", {}), ("private", {"mode": 0o600})):
        with paths.writing(tmp_path / name, **how) as fresh:
            fresh.write_text("new")
    assert (bits(tmp_path / "open"), bits(tmp_path / "private")) == (0o644, 0o600)


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755, 0o444])
def test_an_older_file_s_bits_are_kept(tmp_path, usual_umask, mode):
    note = tmp_path / "note.txt"
    note.write_text("old")
    note.chmod(mode)
    with paths.writing(note) as fresh:
        fresh.write_text("new")
    assert (note.read_text(), bits(note)) == ("new", mode)
