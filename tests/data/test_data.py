"""The data shelf against servers that lie, archives that attack, disks that rot, and two processes at once."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import soundfile

from coursekit import data
from coursekit.data import fetch, stand_ins
from coursekit.shelf import sha256

HALF = (
    2 * fetch.PIECE
)  # bytes after which a server breaks off; the recordings of the test set are longer


def wav(frequency):
    """A second of a tone, as the bytes of a WAV file."""
    buffer = io.BytesIO()
    y = 0.5 * np.sin(2 * np.pi * frequency * np.arange(16000) / 16000)
    soundfile.write(buffer, y, 16000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


ALIGNMENT = {
    "t": "was",
    "w": [
        {"b": 0.0, "d": 0.1, "t": "<sil>", "w": [{"b": 0.0, "d": 0.1, "t": "SIL"}]},
        {
            "b": 0.1,
            "d": 0.15,
            "t": "was(2)",
            "w": [{"b": 0.1, "d": 0.05, "t": "W"}, {"b": 0.15, "d": 0.1, "t": "AH"}],
        },
    ],
}
FILES = {"low.wav": wav(220), "sub/high.wav": wav(880), "low.json": json.dumps(ALIGNMENT).encode()}
ABOUT = {
    "low.wav": {
        "item": "low",
        "label": "guitar",
        "text": "was",
        "words": "low.json",
        "phones": "low.json",
    },
    "sub/high.wav": {"item": "high", "label": "kick"},
    "low.json": {"optional": True},
}
SOUNDS = [name for name in FILES if name.endswith(".wav")]


# ---- a card, a server, and programs that pretend ----


def toml(value):
    """A value as TOML; of a table only what these tests need."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {toml(each)}' for key, each in value.items()) + " }"
    return json.dumps(value)  # strings, numbers and booleans are written alike


def write_card(path, sources, **changes):
    card = {
        "title": "Two tones",
        "holds": "tones",
        "licence": "CC0-1.0",
        "credit": "nobody",
        "minutes": 0.01,
        "download": 1000,
        "default": True,
    } | changes
    lines = ["chapters = [1]", *(f"{key} = {toml(value)}" for key, value in card.items())]
    lines.append("sources = [" + ", ".join(map(toml, sources)) + "]")
    for name, content in FILES.items():
        about = ABOUT[name] | {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        lines.append(f'files."{name}" = {toml(about)}')
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An empty shelf of our own, and nothing set that would change where files come from."""
    for name in (
        "COURSEKIT_MIRROR",
        "COURSEKIT_OFFLINE",
        "PIP_INDEX_URL",
        "PIP_CERT",
        "PIP_CONFIG_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "shelf"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "shelf"


@pytest.fixture
def catalog(shelf, tmp_path, monkeypatch):
    """A function that puts the card of the one set "tones", with these sources, in place of our cards."""
    cards = tmp_path / "cards"
    cards.mkdir()
    monkeypatch.setattr(data, "CARDS", cards)
    return lambda *sources, **changes: write_card(cards / "tones.toml", sources, **changes)


class Server(ThreadingHTTPServer):
    """Serves `pages` by path; `manners[path]` is a function of the handler that answers in another way."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.manners, self.asked, self.sent = {}, {}, [], 0
        self.address = f"http://127.0.0.1:{self.server_port}"

    def ranges(self, path):
        """The Range of each request for a path; None where the whole was asked for."""
        return [range_ for asked, range_ in self.asked if asked == path]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Range"]))
        manner = self.server.manners.get(self.path, honest)
        try:
            manner(self)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the other side has had enough

    def content(self):
        return self.server.pages[self.path]

    def begin(self, status, length, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args):
        pass


def honest(handler):
    """The whole file, or what lies behind the start of the Range."""
    if handler.path not in handler.server.pages:
        return handler.begin(404, 0)
    content, range_ = handler.content(), handler.headers["Range"]
    if range_ is None:
        return whole(handler)
    start = int(range_.removeprefix("bytes=").removesuffix("-"))
    if start >= len(content):
        return handler.begin(416, 0)
    handler.begin(
        206,
        len(content) - start,
        **{"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"},
    )
    handler.wfile.write(content[start:])


def whole(handler):
    """A server that knows no Range."""
    handler.begin(200, len(handler.content()))
    handler.wfile.write(handler.content())


def half(handler):
    """Promises all, sends a half, and closes."""
    handler.begin(200, len(handler.content()))
    handler.wfile.write(handler.content()[:HALF])


def status(number):
    return lambda handler: handler.begin(number, 0)


def slow(handler):
    time.sleep(1.0)
    whole(handler)


def endless(handler):
    """Names no length and sends for ever, until the client hangs up."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.server.sent += handler.wfile.write(bytes(1 << 16))


def in_turn(*manners):
    """One manner a request, the last for all that follow."""
    waiting = list(manners)
    return lambda handler: (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler)


@pytest.fixture
def server():
    server = Server()
    server.pages = {f"/tones/{name}": content for name, content in FILES.items()}
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def served(catalog, server):
    """The test set, served by the server, its files one by one."""
    catalog({"kind": "url", "base": f"{server.address}/tones"})
    return server


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A function that puts a program made of Python lines in place of a real one; all others are gone from PATH."""
    if os.name == "nt":
        pytest.skip("these programs pretend by their first line, which Windows does not read")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(name, lines):
        # The first line of a program cannot hold a path with a space: a shell starts Python on this very file, and
        # what the shell reads is a string to Python.
        start = f"#!/bin/sh\n'''exec' \"{sys.executable}\" \"$0\" \"$@\"\n' '''\n"
        (folder / name).write_text(f"{start}import shutil, sys\n{lines}\n", encoding="utf-8")
        (folder / name).chmod(0o755)

    return write


def make_tar(path, folder, contents=FILES, extra=(), mode="w:gz"):
    """A tar archive with `contents` in `folder` and `extra` entries (TarInfo, bytes)."""
    entries = []
    for name, content in contents.items():
        entry = tarfile.TarInfo(f"{folder}/{name}")
        entry.size = len(content)
        entries.append((entry, content))
    with tarfile.open(path, mode) as archive:
        for entry, content in [*extra, *entries]:
            archive.addfile(entry, io.BytesIO(content))
    return path


def on_disk(shelf, name):
    return (shelf / "tones" / name).read_bytes()


def sound(shelf):
    return {finding.file: finding.state for finding in data.verify("tones")} == dict.fromkeys(
        FILES, "ok"
    )


# ---- the shelf as a learner sees it ----


def test_load_fetches_once_and_reads_items_with_their_labels(served, shelf, capsys):
    tones = data.load("tones")
    assert (
        tones.names == ["low", "high"]
        and len(tones) == 2
        and "low" in tones
        and "lower" not in tones
    )
    y, sr = tones["high"].load()
    # 16-bit PCM: half a step of rounding, and 32767 or 32768 as full scale
    np.testing.assert_allclose(
        y, 0.5 * np.sin(2 * np.pi * 880 * np.arange(16000) / 16000), atol=2 / 32768
    )
    assert sr == 16000 and y.dtype == np.float32
    assert tones[0].text == "was" and tones[0].label == "guitar"
    assert tones[0].words == ((0.0, 0.1, ""), (0.1, 0.25, "was"))
    assert tones[0].phones == ((0.0, 0.1, "SIL"), (0.1, 0.15, "W"), (0.15, 0.25, "AH"))
    assert tones.source == "from 127.0.0.1"
    requests = len(served.asked)
    data.load("tones")
    assert len(served.asked) == requests == len(FILES)
    out = capsys.readouterr().out
    assert (
        out.count("Two tones") == 1 and "CC0-1.0" in out and "nobody" in out and "127.0.0.1" in out
    )
    assert "CC0-1.0" in repr(tones) and "nobody" in repr(tones) and "from 127.0.0.1" in repr(tones)
    assert not (shelf / "tones.partial").exists()


def test_load_of_a_whole_set_writes_nothing(served, shelf):
    data.get("tones")
    (shelf / "tones.lock").unlink(missing_ok=True)
    before = sorted(shelf.rglob("*"))
    data.load("tones")
    assert (
        sorted(shelf.rglob("*")) == before
    )  # so a class can share a shelf that nobody may write to


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(data.DataError, match="no set 'librivoks'; did you mean 'librivox'"):
        data.load("librivoks")
    with pytest.raises(data.DataError, match="there are instruments, librivox"):
        data.load("xyz")
    with pytest.raises(data.DataError, match="made has no item 'sin'; did you mean 'sine'"):
        data.load("made")["sin"]


def test_progress_can_be_silenced(served, capsys):
    data.get("tones", progress=False)
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_a_step_is_a_line(served, capsys):
    data.get("tones")
    assert capsys.readouterr().err.splitlines() == [
        "tones: fetching, about 0 MB",
        "tones: trying 127.0.0.1",
        "tones: from 127.0.0.1",
    ]


def test_a_shelf_that_cannot_be_written_says_so(served, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "file" / "shelf"))
    with pytest.raises(data.DataError, match="cannot be written.*set COURSEKIT_DATA"):
        data.load("tones")


# ---- servers ----


def test_wrong_bytes_are_refused_and_the_good_ones_kept(served, shelf):
    served.pages["/tones/low.wav"] = bytes(len(FILES["low.wav"]))
    with pytest.raises(data.DataError) as caught:
        data.get("tones")
    assert not (shelf / "tones" / "low.wav").exists()
    assert on_disk(shelf, "sub/high.wav") == FILES["sub/high.wav"]
    message = str(caught.value)
    for part in (
        "tones",
        "low.wav is missing",
        "127.0.0.1",
        "SHA-256",
        "coursekit data get tones",
        "COURSEKIT_MIRROR",
    ):
        assert part in message
    assert "\n" not in message


def test_a_download_that_breaks_off_goes_on_where_it_stopped(served, shelf):
    served.manners["/tones/low.wav"] = in_turn(half, honest)
    data.get("tones")
    assert served.ranges("/tones/low.wav") == [None, f"bytes={HALF}-"]
    assert sound(shelf)


def test_a_server_that_ignores_the_range_is_read_from_the_start(served, shelf):
    served.manners["/tones/low.wav"] = in_turn(half, whole)
    data.get("tones")
    assert served.ranges("/tones/low.wav") == [None, f"bytes={HALF}-"]
    assert sound(shelf)


def test_what_came_is_kept_for_the_next_call(served, shelf):
    served.manners["/tones/low.wav"] = half  # breaks off at the same place every time
    with pytest.raises(data.DataError, match="broke off"):
        data.get("tones")
    assert (shelf / "tones.partial" / "files" / "low.wav.part").stat().st_size == HALF
    assert not (shelf / "tones" / "low.wav").exists()
    served.manners.clear()
    data.get("tones")
    assert served.ranges("/tones/low.wav")[-1] == f"bytes={HALF}-"
    assert sound(shelf)


@pytest.mark.parametrize("length", [100, len(FILES["low.wav"]), len(FILES["low.wav"]) + 9])
def test_a_beginning_of_another_file_is_thrown_away(served, shelf, length):
    part = shelf / "tones.partial" / "files" / "low.wav.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(
        b"?" * length
    )  # shorter than the file: joined wrongly; as long or longer: the server answers 416
    data.get("tones")
    assert served.ranges("/tones/low.wav") == [f"bytes={length}-", None]
    assert sound(shelf)


@pytest.mark.parametrize("number", [403, 404, 500, 503])
def test_a_refusal_is_reported_with_its_number(served, number):
    served.manners["/tones/low.wav"] = status(number)
    with pytest.raises(data.DataError, match=f"low.wav: the server answered {number}"):
        data.get("tones")


def test_a_server_that_does_not_answer_is_left_after_the_time_out(served, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT", (0.2, 0.2))
    for name in FILES:
        served.manners[f"/tones/{name}"] = slow
    with pytest.raises(data.DataError, match="no answer in time"):
        data.get("tones")
    assert len(served.asked) == 1  # one time-out for the source, not one a file


def test_no_server_at_all(catalog, server):
    server.server_close()
    server.shutdown()
    catalog({"kind": "url", "base": f"{server.address}/tones"})
    with pytest.raises(data.DataError, match="127.0.0.1: no connection"):
        data.get("tones")


def test_an_endless_answer_does_not_fill_the_disk(served, shelf):
    served.manners["/tones/low.wav"] = endless
    with pytest.raises(data.DataError, match="SHA-256"):
        data.get("tones")
    assert not list(shelf.rglob("low.wav*"))
    assert (
        served.sent < 50e6
    )  # bytes: the file's 32 kB and what the system's buffers on the way hold


def test_an_address_with_a_password_is_not_shown(catalog, server, capsys):
    catalog({"kind": "url", "base": f"http://me:secret@127.0.0.1:{server.server_port}/nothing"})
    with pytest.raises(data.DataError) as caught:
        data.get("tones")
    assert "secret" not in str(caught.value) + capsys.readouterr().err


# ---- packages ----


def pypi(archive, **changes):
    return {
        "kind": "pypi",
        "project": "demo",
        "version": "1.0",
        "filename": archive.name,
        "folder": "demo-1.0/audio",
        "size": archive.stat().st_size,
        "sha256": sha256(archive),
    } | changes


def put_in_index(server, archive):
    server.pages["/simple/demo/"] = (
        f'<!DOCTYPE html><a href="/files/{archive.name}">{archive.name}</a>'.encode()
    )
    server.manners["/simple/demo/"] = send_html
    server.pages[f"/files/{archive.name}"] = archive.read_bytes()


def send_html(handler):
    handler.begin(200, len(handler.content()), **{"Content-Type": "text/html"})
    handler.wfile.write(handler.content())


@pytest.fixture
def index(server, monkeypatch):
    """The server as pip's index; pip itself, a process, is asked in test_the_index_is_the_one_of_pip."""
    settings = {"index-url": f"{server.address}/simple", "cert": None}
    monkeypatch.setattr(fetch, "pip_settings", lambda: settings)
    return server


def test_a_source_archive_is_only_unpacked(catalog, index, shelf, tmp_path):
    outside = tmp_path / "shelf" / "evil.txt"
    setup = f"open({str(tmp_path / 'built')!r}, 'w')".encode()
    extra = [
        (tarfile.TarInfo("demo-1.0/audio/../../../evil.txt"), b""),
        (tarfile.TarInfo("../evil.txt"), b""),
        (tarfile.TarInfo(str(outside)), b""),
        (tarfile.TarInfo("demo-1.0/audio/unlisted.wav"), b""),
        (tarfile.TarInfo("demo-1.0/setup.py"), setup),
    ]
    extra[-1][0].size = len(setup)
    archive = make_tar(tmp_path / "demo-1.0.tar.gz", "demo-1.0/audio", extra=extra)
    put_in_index(index, archive)
    catalog(pypi(archive))
    data.get("tones")
    written = {path.relative_to(shelf).as_posix() for path in shelf.rglob("*") if path.is_file()}
    assert written == {f"tones/{name}" for name in FILES} | {"tones/SOURCE.txt", "tones.lock"}
    assert not (tmp_path / "built").exists()
    assert data.load("tones").source == "from Python package demo 1.0"


def test_a_link_in_the_place_of_a_file_is_refused(catalog, index, shelf, tmp_path):
    link = tarfile.TarInfo("demo-1.0/audio/low.wav")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "cards" / "tones.toml")
    rest = {name: content for name, content in FILES.items() if name != "low.wav"}
    archive = make_tar(tmp_path / "demo-1.0.tar.gz", "demo-1.0/audio", rest, extra=[(link, b"")])
    put_in_index(index, archive)
    catalog(pypi(archive))
    with pytest.raises(data.DataError, match="low.wav is missing.*lacks 1 of 3 files"):
        data.get("tones")
    assert not (shelf / "tones" / "low.wav").exists()


def test_a_wheel_is_unzipped(catalog, index, shelf, tmp_path):
    archive = tmp_path / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in FILES.items():
            wheel.writestr(f"demo/{name}", content)
        wheel.writestr("../evil.txt", "")
    put_in_index(index, archive)
    catalog(pypi(archive, folder="demo"))
    data.get("tones")
    assert sound(shelf) and not list(tmp_path.rglob("evil.txt"))


def test_an_archive_with_another_hash_is_not_opened(catalog, index, tmp_path, monkeypatch):
    archive = make_tar(tmp_path / "demo-1.0.tar.gz", "demo-1.0/audio")
    put_in_index(index, archive)
    catalog(pypi(archive, sha256="0" * 64))
    monkeypatch.setattr(fetch, "unpack", lambda *args: pytest.fail("it was opened"))
    with pytest.raises(
        data.DataError, match="Python package demo 1.0: it came with another SHA-256"
    ):
        data.get("tones")


def test_an_archive_that_breaks_off_goes_on(catalog, index, shelf, tmp_path):
    filler = tarfile.TarInfo("demo-1.0/filler")
    filler.size = 2 * HALF
    random = np.random.default_rng(0).bytes(
        filler.size
    )  # does not compress, so that a half is left to break off at
    archive = make_tar(tmp_path / "demo-1.0.tar.gz", "demo-1.0/audio", extra=[(filler, random)])
    put_in_index(index, archive)
    index.manners[f"/files/{archive.name}"] = in_turn(half, honest)
    catalog(pypi(archive))
    data.get("tones")
    assert index.ranges(f"/files/{archive.name}") == [None, f"bytes={HALF}-"] and sound(shelf)


def test_a_package_that_the_index_does_not_have(catalog, index, tmp_path):
    archive = make_tar(tmp_path / "demo-1.0.tar.gz", "demo-1.0/audio")
    put_in_index(index, archive)
    catalog(pypi(archive, filename="demo-0.9.tar.gz"), pypi(archive, project="other"))
    with pytest.raises(data.DataError, match="does not list demo-0.9.tar.gz.*other"):
        data.get("tones")


def test_the_index_is_the_one_of_pip(shelf, tmp_path, monkeypatch):
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = http://127.0.0.1:9/from-file\n", encoding="utf-8"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert fetch.pip_settings()["index-url"] == "http://127.0.0.1:9/from-file"
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/from-environment")
    assert fetch.pip_settings()["index-url"] == "http://127.0.0.1:9/from-environment"


def test_a_debian_package(catalog, program, shelf, tmp_path):
    archive = make_tar(tmp_path / "data.tar", "./usr/share/tones", mode="w")
    program(
        "apt-get",
        f"assert sys.argv[1:3] == ['download', 'tones-data']; shutil.copy({str(archive)!r}, 't_1.deb')",
    )
    program(
        "dpkg-deb",
        "assert sys.argv[1] == '--fsys-tarfile'\n"
        "sys.stdout.buffer.write(open(sys.argv[2], 'rb').read())",
    )
    catalog({"kind": "apt", "package": "tones-data", "folder": "usr/share/tones"})
    data.get("tones")
    assert sound(shelf) and not (shelf / "tones.partial").exists()


def test_an_apt_that_does_not_know_the_package(catalog, program):
    program("apt-get", "sys.exit('E: Unable to locate package tones-data')")
    catalog({"kind": "apt", "package": "tones-data", "folder": "usr/share/tones"})
    with pytest.raises(
        data.DataError, match="Unable to locate package tones-data .*apt-get update"
    ):
        data.get("tones")


def test_an_npm_package(catalog, program, shelf, tmp_path):
    archive = make_tar(tmp_path / "made.tgz", "package/samples")
    program(
        "npm",
        f"assert sys.argv[1:3] == ['pack', 'tones@1.2.3'] and '--ignore-scripts' in sys.argv\n"
        f"shutil.copy({str(archive)!r}, 'tones-1.2.3.tgz')",
    )
    catalog({"kind": "npm", "package": "tones", "version": "1.2.3", "folder": "package/samples"})
    data.get("tones")
    assert sound(shelf)


def test_programs_that_are_absent_or_leave_nothing(catalog, program):
    program("npm", "")
    catalog(
        {"kind": "apt", "package": "tones-data", "folder": "x"},
        {"kind": "npm", "package": "tones", "version": "1.2.3", "folder": "x"},
    )
    with pytest.raises(data.DataError, match="apt-get is not on this machine.*left no .*tgz file"):
        data.get("tones")


def test_a_package_that_is_no_archive(catalog, program):
    program("npm", "open('tones-1.2.3.tgz', 'w').write('sorry')")
    catalog({"kind": "npm", "package": "tones", "version": "1.2.3", "folder": "x"})
    with pytest.raises(data.DataError, match="npm package tones 1.2.3: "):
        data.get("tones")


def cut_off(content):
    return content[: len(content) // 2]


def damaged(content):
    return content[: len(content) // 2] + b"\xff" * 200 + content[len(content) // 2 + 200 :]


def encrypted(content):
    """A zip whose entries say that they need a password."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("package/low.wav", FILES["low.wav"])
    said = bytearray(buffer.getvalue())
    said[6] |= 1
    said[said.index(b"PK\x01\x02") + 8] |= 1
    return bytes(said)


@pytest.mark.parametrize("spoil", [cut_off, damaged, encrypted])
def test_after_an_archive_that_cannot_be_read_comes_the_next_source(
    catalog, program, server, shelf, tmp_path, spoil
):
    archive = make_tar(tmp_path / "made.tgz", "package")
    archive.write_bytes(spoil(archive.read_bytes()))
    program("npm", f"shutil.copy({str(archive)!r}, 'tones-1.2.3.tgz')")
    catalog(
        {"kind": "npm", "package": "tones", "version": "1.2.3", "folder": "package"},
        {"kind": "url", "base": f"{server.address}/tones"},
    )
    data.get("tones")
    assert sound(shelf)


def test_what_one_source_lacks_the_next_one_gives(catalog, program, server, shelf, tmp_path):
    archive = make_tar(
        tmp_path / "made.tgz", "package", {"low.wav": FILES["low.wav"], "low.json": b"{}"}
    )
    program("npm", f"shutil.copy({str(archive)!r}, 'tones-1.2.3.tgz')")
    catalog(
        {"kind": "npm", "package": "tones", "version": "1.2.3", "folder": "package"},
        {"kind": "url", "base": f"{server.address}/tones"},
    )
    data.get("tones")
    assert sorted(path for path, _ in server.asked) == ["/tones/low.json", "/tones/sub/high.wav"]
    assert sound(shelf)
    assert data.load("tones").source == "from npm package tones 1.2.3 and 127.0.0.1"


# ---- packages that are installed, and scores ----


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder that stands for an installed package "demo", and a source that names it."""
    folder = tmp_path / "site-packages"
    (folder / "demo-1.0.dist-info").mkdir(parents=True)
    (folder / "demo-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
    )
    (folder / "demo" / "corpus" / "sub").mkdir(parents=True)
    (folder / "demo" / "__init__.py").write_text("raise SystemExit('it was imported')")
    monkeypatch.syspath_prepend(str(folder))
    return folder / "demo" / "corpus", {
        "kind": "installed",
        "project": "demo",
        "folder": "demo/corpus",
    }


def test_files_of_an_installed_package_are_copied_without_a_network(catalog, installed, shelf):
    corpus, source = installed
    for name, content in FILES.items():
        (corpus / name).write_bytes(content)
    catalog(source)
    assert data.load("tones").source == "from the installed Python package demo"
    assert sound(shelf)


def test_an_installed_package_of_another_version_is_no_danger(catalog, installed, server, shelf):
    """Other bytes under a listed name are refused, and the next source gives the file."""
    corpus, source = installed
    (corpus / "low.wav").write_bytes(FILES["low.wav"])
    (corpus / "sub" / "high.wav").write_bytes(b"another version")
    catalog(source, {"kind": "url", "base": f"{server.address}/tones"})
    assert data.load("tones").source == "from the installed Python package demo and 127.0.0.1"
    assert sound(shelf) and sorted(path for path, _ in server.asked) == [
        "/tones/low.json",
        "/tones/sub/high.wav",
    ]
    assert (corpus / "sub" / "high.wav").read_bytes() == b"another version"


def test_offline_an_installed_package_is_still_there(
    catalog, installed, server, shelf, monkeypatch
):
    corpus, source = installed
    (corpus / "low.wav").write_bytes(FILES["low.wav"])
    catalog(source, {"kind": "url", "base": f"{server.address}/tones"})
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    with pytest.raises(
        data.DataError,
        match="package demo: lacks 2 of 3 files.*; COURSEKIT_OFFLINE is set, so no one",
    ):
        data.load("tones")
    for name, content in FILES.items():
        (corpus / name).write_bytes(content)
    assert data.load("tones").source == "from the installed Python package demo"
    assert sound(shelf) and server.asked == []


def test_a_package_that_is_not_installed(catalog):
    catalog({"kind": "installed", "project": "no-such-package", "folder": "x"})
    with pytest.raises(data.DataError, match="no-such-package is not installed"):
        data.get("tones")


def test_a_recording_has_no_score():
    item = data.load("made", quiet=True)["sine"]
    assert item.score is None and item.analysis is None


def test_each_score_of_a_set_is_played_in_its_own_way():
    ways = {(i % len(data.ENSEMBLES), i % len(data.TEMPI)) for i in range(56)}
    assert len(ways) == 56  # 8 and 7 have no common factor


def test_scores_that_cannot_be_fetched_have_a_stand_in(shelf, monkeypatch):
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    band = data.load("band", quiet=True)
    assert "made stand-in" in band.source and band[0].path is None
    assert band[0].score.title.endswith("(made)") and len(band[0].score.beats) == 128
    with pytest.raises(
        data.DataError, match="soundfont cannot be loaded: .*coursekit data get soundfont"
    ):
        band[0].load(sr=22050)


@pytest.mark.shelf
def test_an_item_s_sound_is_its_score():
    item = data.load("chorales", quiet=True)["bwv66.6"]
    y, sr = item.load()
    stereo, _ = item.load(sr=22050, mono=False)
    assert sr == data.SCORE_SR and y.ndim == 1 and stereo.shape[0] == 2
    assert abs(stereo.shape[1] / 22050 - len(y) / sr) < 1e-3
    assert (
        item.score.key == item.label == "F# minor" and (item.score.notes == item.score.notes).all()
    )
    assert data.load("chorales", quiet=True)["bwv269"].analysis.name == "riemenschneider001.rntxt"


# ---- features, and sets with a list of files ----


def put_in_mirror(tmp_path, monkeypatch, name, files, card):
    """The card of one set and a mirror's folder that holds its files."""
    for path, content in files.items():
        target = tmp_path / "mirror" / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    about = {
        "title": "T",
        "holds": "h",
        "licence": "CC0-1.0",
        "credit": "nobody",
        "minutes": 1,
        "download": 0,
        "chapters": [6],
        "default": True,
    } | card
    lines = [f"{key} = {toml(value)}" for key, value in about.items()]
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(data, "CARDS", tmp_path / "cards")
    monkeypatch.setenv("COURSEKIT_MIRROR", str(tmp_path / "mirror"))


def listed(content, **about):
    return about | {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.fixture
def features(shelf, tmp_path, monkeypatch):
    """A function that puts a set of features in place of our cards: one file, many items."""

    def put(content):
        files = {"digits.npz": listed(content, item="digit")}
        put_in_mirror(
            tmp_path,
            monkeypatch,
            "digits",
            {"digits.npz": content},
            {"files": files, "stand_in": "made_digits"},
        )

    return put


X = np.arange(24, dtype=np.float32).reshape(8, 3)


def test_a_file_of_features_becomes_an_item_a_sequence(features):
    features(npz(X=X, lengths=np.array([2, 5, 1]), y=np.array([7, 0, 7])))
    digits = data.load("digits")
    assert digits.names == ["digit-0000", "digit-0001", "digit-0002"]
    assert [item.label for item in digits] == ["7", "0", "7"]
    for item, (start, end) in zip(digits, [(0, 2), (2, 7), (7, 8)], strict=True):
        assert (
            item.features.dtype == np.float64 and item.path.name == "digits.npz" and item.text == ""
        )
        np.testing.assert_array_equal(item.features, X[start:end])
    with pytest.raises(ValueError, match="read-only"):
        digits[0].features[0] = 0
    with pytest.raises(
        data.DataError,
        match=r"digit-0001 is .* without its sound; .*item.features, of shape \(5, 3\)",
    ):
        digits["digit-0001"].load(sr=8000)
    assert digits[0] in digits and "array" not in repr(digits[0])


def test_features_are_read_without_pickle(features):
    features(npz(X=np.array([[{}]], dtype=object), lengths=np.array([1]), y=np.array([0])))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        data.load("digits")


def test_features_that_cannot_be_fetched_have_a_stand_in(features, shelf, monkeypatch):
    features(b"no archive")
    monkeypatch.delenv("COURSEKIT_MIRROR")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    digits = data.load("digits")
    assert digits.source == "made stand-in, not the recordings" and len(digits) == 3000
    assert {item.label for item in digits} == set("0123456789") and digits[0].path is None
    assert all(item.features.shape[1] == 13 and np.isfinite(item.features).all() for item in digits)
    np.testing.assert_array_equal(digits[9].features, data.load("digits")[9].features)


SENTENCES = {
    "etc/txt.done.data": '( one "Окн+а, до\u043c\u043eв." )\n( two "Да." )\n'.encode(),
    "wav/one.wav": wav(300),
    "wav/two.wav": wav(400),
    "lab/one.lab": b"#\n0.25000 125 pau\n0.40000 125 aa\n1.00000 125 pau\n",
    "lab/two.lab": b"#\n1.0 125 pau\n",
}


@pytest.fixture
def sentences(shelf, tmp_path, monkeypatch):
    """A set whose files stand in a list, for which its card has no room."""
    rows = ["path\tsize\tsha256\titem\tphones\toptional"]
    for path, content in SENTENCES.items():
        kind, name = path.split("/")[0], Path(path).stem
        more = {"wav": [name, f"lab/{name}.lab", ""], "lab": ["", "", "yes"]}.get(
            kind, ["", "", ""]
        )
        rows.append("\t".join([path, *map(str, listed(content).values()), *more]))
    (tmp_path / "sentences.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    put_in_mirror(
        tmp_path,
        monkeypatch,
        "sentences",
        SENTENCES,
        {"list": "sentences.tsv", "texts": "etc/txt.done.data", "stand_in": "made_sentence"},
    )
    return tmp_path / "mirror" / "sentences"


def test_a_list_of_files_texts_and_festival_s_phones(sentences):
    said = data.load("sentences")
    assert said.names == ["one", "two"] and [item.text for item in said] == ["Окна, домов.", "Да."]
    assert said["one"].phones == ((0.0, 0.25, "pau"), (0.25, 0.4, "aa"), (0.4, 1.0, "pau"))
    assert said["two"].phones == ((0.0, 1.0, "pau"),) and said["one"].words == ()
    assert len(data.verify("sentences")) == 5 and said["one"].load()[1] == 16000


def test_sentences_without_phones_or_texts(sentences):
    (sentences / "lab" / "one.lab").unlink()
    said = data.load("sentences")
    assert said["one"].phones == () and said["one"].text == "Окна, домов."
    assert "without 1 files of labels" in said.source
    (data.path("sentences") / "etc" / "txt.done.data").unlink()
    (sentences / "etc" / "txt.done.data").unlink()
    said = data.load("sentences")  # the recordings stay, without their texts
    assert (
        said["one"].text == ""
        and said["one"].path is not None
        and "without 2 files of labels" in said.source
    )


def test_made_sentences_say_their_own_text(sentences, monkeypatch):
    monkeypatch.delenv("COURSEKIT_MIRROR")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    one, two = data.load("sentences")
    assert one.path is None and one.text != two.text
    spoken = [phone for phone in one.phones if phone.label != "pau"]
    assert "".join(phone.label for phone in spoken) == one.text.replace(" ", "")
    y, sr = one.load(sr=16000)
    assert np.abs(y).max() <= 0.45 and abs(len(y) / sr - one.phones[-1].end) < 1e-3
    for (
        start,
        end,
        label,
    ) in one.phones:  # sound where there is a letter, silence where there is none
        middle = y[round((start + 0.02) * sr) : round((end - 0.02) * sr)]
        assert (np.abs(middle).max() > 0.3) == (label != "pau")


def test_a_set_that_lacks_much_counts_what_is_made(sentences, monkeypatch):
    data.get("sentences")
    monkeypatch.delenv("COURSEKIT_MIRROR")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    (data.path("sentences") / "wav" / "two.wav").unlink()
    said = data.load("sentences")
    assert (
        said.source.endswith("but a made stand-in for two") and said["one"].text == "Окна, домов."
    )
    made = [data.Item(f"item-{i}") for i in range(11)] + [data.Item("real", Path("real.wav"))]
    assert data._source(data.card("sentences"), made, Path("none"), set(SENTENCES)).endswith(
        "for 11 of 12 items"
    )


@pytest.mark.parametrize(("n", "n_test"), [(620, 60), (10, 3), (7, 6), (2, 1), (100, 1)])
def test_what_is_held_out_lies_at_even_distances(n, n_test):
    train, test = data.held_out(range(n), n_test=n_test)
    assert sorted(train + test) == list(range(n)) and len(test) == n_test
    assert train == sorted(train) and test == sorted(test)
    assert set(np.diff([-1, *test])) <= {n // n_test, -(-n // n_test)}


@pytest.mark.parametrize("n_test", [0, 5, 2.0])
def test_something_must_be_held_out_and_something_left(n_test):
    with pytest.raises(ValueError, match="n_test"):
        data.held_out(range(5), n_test=n_test)


# ---- what is on disk, mirrors, no network ----


@pytest.mark.parametrize("content", [b"", bytes(len(FILES["low.wav"])), FILES["low.wav"] + b"\0"])
def test_a_damaged_file_is_named_and_fetched_again(served, shelf, capsys, content):
    data.get("tones")
    victim = shelf / "tones" / "low.wav"
    times = victim.stat()
    victim.write_bytes(content)
    os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))  # rot does not change the date
    assert [f.file for f in data.verify("tones") if f.state == "damaged"] == ["low.wav"]
    served.asked.clear()
    data.load("tones")
    assert [path for path, _ in served.asked] == ["/tones/low.wav"] and sound(shelf)
    assert "low.wav is damaged on disk" in capsys.readouterr().err


def test_offline_a_damaged_file_is_an_error_and_stays(served, shelf, monkeypatch):
    data.get("tones")
    (shelf / "tones" / "low.wav").write_bytes(b"half")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    with pytest.raises(data.DataError, match="low.wav is damaged.*COURSEKIT_OFFLINE is set"):
        data.load("tones")
    assert on_disk(shelf, "low.wav") == b"half"


def test_offline_nobody_is_asked(served, monkeypatch):
    monkeypatch.setenv("COURSEKIT_MIRROR", f"{served.address}/")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    with pytest.raises(data.DataError, match="tones cannot be loaded: .*COURSEKIT_OFFLINE is set"):
        data.load("tones")
    assert served.asked == []
    monkeypatch.setenv("COURSEKIT_OFFLINE", "0")
    data.get("tones")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    assert len(data.load("tones")) == 2  # what is on disk needs nobody


def test_a_mirror_is_asked_before_the_sources(served, shelf, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror" / "tones"
    mirror.mkdir(parents=True)
    (mirror / "low.wav").write_bytes(FILES["low.wav"])
    (mirror / "low.json").write_bytes(b"not the one that is listed")
    monkeypatch.setenv("COURSEKIT_MIRROR", str(tmp_path / "mirror"))
    data.get("tones")
    assert sorted(path for path, _ in served.asked) == ["/tones/low.json", "/tones/sub/high.wav"]
    assert sound(shelf) and (mirror / "low.wav").exists()


def test_wrong_bytes_in_a_mirror_never_reach_the_set(catalog, shelf, tmp_path, monkeypatch):
    catalog()
    mirror = tmp_path / "mirror" / "tones"
    mirror.mkdir(parents=True)
    (mirror / "low.wav").write_bytes(FILES["low.wav"][:-1])
    monkeypatch.setenv("COURSEKIT_MIRROR", str(tmp_path / "mirror"))
    with pytest.raises(data.DataError, match="low.wav is missing.*folder .*mirror.*lacks 3 of 3"):
        data.get("tones")
    assert not list(shelf.rglob("low.wav"))


def test_a_mirror_can_be_an_address(catalog, server, shelf, monkeypatch):
    catalog()  # no source of its own
    monkeypatch.setenv("COURSEKIT_MIRROR", f"{server.address}/")
    data.get("tones")
    assert sound(shelf)


def test_a_set_loads_without_its_optional_files_and_says_so(served):
    served.manners["/tones/low.json"] = status(404)
    tones = data.load("tones")
    assert tones["low"].words == () and tones["low"].phones == ()
    assert "without 1 files of labels" in tones.source


def test_labels_that_are_damaged_are_not_read(served, shelf, monkeypatch):
    data.get("tones")
    (shelf / "tones" / "low.json").write_text('{"w": []', encoding="utf-8")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    assert data.load("tones")["low"].words == ()


# ---- stand-ins ----


def test_a_stand_in_is_the_last_resort_and_says_so(catalog, monkeypatch, capsys):
    catalog(stand_in="made_instrument")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    tones = data.load("tones")
    assert tones.source == "made stand-in, not the recordings" and tones.names == ["low", "high"]
    out = capsys.readouterr().out
    assert "made stand-in" in out and "coursekit data get tones" in out
    y, sr = tones["low"].load(sr=16000)
    assert sr == 16000 and y.dtype == np.float32 and 0.1 < np.abs(y).max() <= 1.0
    np.testing.assert_array_equal(y, data.load("tones")["low"].load(sr=16000)[0])


def test_a_stand_in_fills_only_the_gaps(served, catalog, shelf, monkeypatch):
    data.get("tones")
    (shelf / "tones" / "low.wav").unlink()
    catalog(stand_in="made_instrument")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    tones = data.load("tones")
    assert tones["low"].path is None and tones["high"].path is not None
    assert tones.source == "from 127.0.0.1, but a made stand-in for low"


def test_a_line_that_the_console_cannot_write_is_no_error(catalog, monkeypatch):
    catalog(stand_in="made_instrument", credit="羅竺")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")  # a pipe of Windows
    monkeypatch.setattr(sys, "stdout", console)
    assert data.load("tones").names == ["low", "high"]
    console.flush()
    assert b"credit: ??" in console.buffer.getvalue()


def test_made_signals_are_in_range_and_the_same_each_time():
    for item in data.load("made"):
        y, sr = item.load()
        assert sr == stand_ins.SR and y.dtype == np.float32 and y.shape == (sr,)
        assert np.isfinite(y).all() and 0.1 < np.abs(y).max() <= 1.0, item.name
        np.testing.assert_array_equal(y, item.load()[0])


def test_stand_ins_differ_by_name_and_class():
    labels = {file.label for file in data.card("instruments").files}
    made = [
        stand_ins.made_instrument(name, label)[0]
        for label in sorted(labels)
        for name in (label, label * 2)
    ]
    assert all(np.isfinite(y).all() and 0.1 < np.abs(y).max() <= 1.0 for y in made)
    assert len({y.tobytes() for y in made}) == len(made)


# ---- two processes ----

GET = """
import sys
from pathlib import Path
from coursekit import data
data.CARDS = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
data.get("tones")
"""


@pytest.fixture
def getter():
    """A function that starts a process which fetches "tones" once it is told to."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", GET, str(data.CARDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=Path(data.__file__).parents[2],
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_processes_fetch_a_set_once(served, shelf, getter, capsys):
    """The other process, and this one."""

    def while_both_run(handler):
        time.sleep(1.0)  # long against the moment between the two starts below
        honest(handler)

    served.manners["/tones/low.wav"] = while_both_run
    process = getter()
    assert process.stdout.readline() == "ready\n"
    go(process)
    data.get("tones")
    said = [process.communicate(timeout=30)[1], capsys.readouterr().err]
    assert process.returncode == 0, said
    assert sorted(path for path, _ in served.asked) == sorted(f"/tones/{name}" for name in FILES)
    assert sum("another process is fetching it" in text for text in said) == 1
    assert sound(shelf)


def test_a_process_that_is_killed_leaves_a_beginning_and_no_lock(served, shelf, getter):
    hang_up = threading.Event()

    def stall(handler):
        handler.begin(200, len(handler.content()))
        handler.wfile.write(handler.content()[:HALF])
        handler.wfile.flush()
        hang_up.wait(20)

    served.manners["/tones/low.wav"] = in_turn(stall, honest)
    process = getter()
    process.stdout.readline()
    go(process)
    part = shelf / "tones.partial" / "files" / "low.wav.part"
    while not part.exists():
        time.sleep(0.02)
    process.kill()
    process.wait()
    hang_up.set()
    begun = part.stat().st_size  # what was in the program's own buffer is lost
    data.get("tones")
    assert served.ranges("/tones/low.wav")[1] == (f"bytes={begun}-" if begun else None)
    assert sound(shelf)


# ---- our own cards ----

NEEDED = {
    "pypi": {"project", "version", "filename", "size", "sha256", "folder"},
    "url": {"base"},
    "apt": {"package", "folder"},
    "npm": {"package", "version", "folder"},
    "installed": {"project", "folder"},
}


def test_sets_stand_in_the_order_of_the_chapters():
    cards = data.catalog()
    assert {card.name for card in cards} == {path.stem for path in data.CARDS.glob("*.toml")}
    first = [min(card.chapters) for card in cards]
    assert first == sorted(first) and cards == data.catalog()


@pytest.mark.parametrize("card", data.catalog(), ids=lambda card: card.name)
def test_a_card_is_complete(card):
    assert (
        card.title
        and card.holds
        and card.licence
        and card.credit
        and card.chapters
        and card.minutes > 0
    )
    assert bool(card.files) == bool(card.sources)
    assert not card.stand_in or card.stand_in in stand_ins.STAND_INS or not card.files
    for source in card.sources:
        assert set(source) == NEEDED[source["kind"]] | {"kind"}
        assert fetch.describe(source)
        assert re.fullmatch("[0-9a-f]{64}", source.get("sha256", "0" * 64))
    listed = {file.path for file in card.files}
    for file in card.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256) and file.size > 0
        assert not file.path.startswith("/") and ".." not in file.path and "\\" not in file.path
        assert {file.words, file.phones, file.analysis} - {""} <= listed
        assert not (file.item and file.optional)
    names = [file.item for file in card.files if file.item]
    assert len(set(names)) == len(names)


def test_the_default_sets_are_small():
    cards = [data.card(name) for name in data.default_sets()]
    assert {card.name for card in cards} >= {"librivox", "instruments", "made"}
    # What `make course` may cost on a slow line. The sentences alone are 179e6: a model cannot learn Russian from less.
    assert sum(card.download for card in cards) < 300e6


# ---- the real sources ----

# A set of 100 MB or more is left to `coursekit data get --default`, with which `make test` begins.
# Of each kind of source, make test asks for one set.
ASKED_DAILY = {("band", "apt"), ("instruments", "npm"), ("digits", "pypi")}
REAL = [
    pytest.param(
        card.name,
        source,
        marks=() if (card.name, source["kind"]) in ASKED_DAILY else pytest.mark.thorough,
    )
    for card in data.catalog()
    for source in card.sources
    if source["kind"] != "url" and card.download < 100e6
]


@pytest.mark.shelf
@pytest.mark.parametrize(
    ("name", "source"), REAL, ids=lambda value: value if isinstance(value, str) else value["kind"]
)
def test_each_package_still_gives_what_the_card_lists(name, source, shelf):
    for program in {"apt": ["apt-get", "dpkg-deb"], "npm": ["npm"]}.get(source["kind"], []):
        if fetch.shutil.which(program) is None:
            pytest.skip(f"{program} is not on this machine")
    files = data.card(name).files
    used, troubles = fetch.fetch(files, [source], shelf / name, fetch.Reporter(False))
    assert used, troubles
    assert all(fetch.state(file, shelf / name) == "ok" for file in files if not file.optional), (
        troubles
    )


@pytest.mark.shelf
@pytest.mark.parametrize("name", data.default_sets())
def test_the_default_sets_load(name):
    items = data.load(name)
    if len(items) and items[0].features is not None:
        assert all(np.isfinite(item.features).all() and item.label for item in items)
        return
    for item in (
        items[:1] if len(items) and items[0].score else items
    ):  # a score takes a second: see test_scores.py
        y, sr = item.load()
        assert y.ndim == 1 and len(y) > 0 and np.abs(y).max() <= 1.0 and sr > 0
        if item.words:
            assert "".join(word.label for word in item.words) == item.text.replace(" ", "")
        if item.phones:
            assert (
                item.phones[0].start == 0 and abs(item.phones[-1].end - len(y) / sr) < 0.1
            )  # s, one frame or two
