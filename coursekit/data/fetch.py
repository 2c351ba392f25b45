"""Bring the files of a data set to this machine: from a mirror, a package, or the corpus's own address.

`fetch` tries the sources of a set in their order. A source only lays files into a working folder beside the set;
`fetch` checks the SHA-256 of each one and moves it into place. So, whatever goes wrong, the set's folder holds whole
files and nothing else. Archives are read, never built, installed or imported, and no name that stands in an archive
becomes a path: the card's own paths do.

pooch does the same for single files, but it starts a broken download from the beginning; `download` goes on.
"""

import ast
import functools
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import quote, urlsplit

import pypi_simple
import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from coursekit import shelf

TIMEOUT = (5, 20)  # seconds: to connect, and between two pieces of an answer
PROGRAM_TIMEOUT = 900  # seconds that apt-get or npm may take for a package
PIECE = 8192  # bytes read at a time: what a download that breaks off can lose
ATTEMPTS = 3  # times that a download which breaks off is taken up again


class SourceError(Exception):
    """A source cannot give the files; the message says why."""


@dataclass(frozen=True)
class File:
    """One file of a set, as its card lists it; with `item` it is a sound, a score or many sequences of features,
    the rest are its labels."""

    path: str
    size: int
    sha256: str
    optional: bool = False
    item: str = ""
    label: str = ""
    text: str = ""
    words: str = ""
    phones: str = ""
    analysis: str = ""


class Reporter:
    """What the learner sees while files come: a line a step, and a bar where there is a terminal to draw it on."""

    def __init__(self, progress):
        self.console = Console(stderr=True, quiet=not progress, highlight=False, markup=False)

    def say(self, line):
        self.console.print(line, soft_wrap=True)

    def bar(self):
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
        )
        return Progress(
            *columns,
            console=self.console,
            transient=True,
            disable=not (self.console.is_terminal or self.console.is_jupyter),
        )


def state(file, folder):
    """How a file stands in the set's folder: "ok", "missing" or "damaged" (there, with another SHA-256)."""
    return shelf.state(folder / file.path, file.sha256)


def fetch(files, sources, folder, reporter):
    """Bring the files that are missing or damaged into `folder`, from the first sources that give them.

    Parameters
    ----------
    files : sequence of File
        All files of the set.
    sources : sequence of dict
        As the card lists them: `kind` and what that kind needs.
    folder : Path
        The set's folder; the working folder lies beside it.
    reporter : Reporter
        Says what happens.

    Returns
    -------
    used : list of str
        The sources that gave files.
    troubles : list of str
        Why the others did not.
    """
    used, troubles = [], []
    work = folder.with_name(f"{folder.name}.partial")  # beside the set: a rename stays on one disk
    for source in sources:
        wanted = [file for file in files if state(file, folder) != "ok"]
        if not wanted:
            break
        reporter.say(f"{folder.name}: trying {describe(source)}")
        work.mkdir(parents=True, exist_ok=True)
        try:
            GIVERS[source["kind"]](source, wanted, work, reporter)
            trouble = ""
        except (
            SourceError,
            OSError,
            ValueError,
            subprocess.SubprocessError,
            tarfile.TarError,
            zipfile.BadZipFile,
            EOFError,
            zlib.error,
            lzma.LZMAError,
            RuntimeError,  # archives cut off, damaged, encrypted
            pypi_simple.NoSuchProjectError,
        ) as error:
            trouble = in_words(error) or type(error).__name__
        refused = [file.path for file in wanted if not keep(file, work, folder)]
        if len(refused) < len(wanted):
            used.append(describe(source))
        if refused:
            trouble = (
                trouble
                or f"lacks {len(refused)} of {len(wanted)} files, or has others under their names"
            )
            troubles.append(f"{describe(source)}: {trouble}")
    if all(state(file, folder) == "ok" for file in files):
        shutil.rmtree(work, ignore_errors=True)
    return used, troubles


def keep(file, work, folder):
    """Move a file from the working folder into the set if its SHA-256 is right; say whether it was."""
    given = work / "files" / file.path
    if state(file, work / "files") != "ok":
        given.unlink(missing_ok=True)
        return False
    (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
    os.replace(given, folder / file.path)
    return True


def describe(source):
    """A source in a few words."""
    kind = source["kind"]
    if kind == "installed":
        return f"the installed Python package {source['project']}"
    if kind == "pypi":
        return f"Python package {source['project']} {source['version']}"
    if kind == "npm":
        return f"npm package {source['package']} {source['version']}"
    if kind == "apt":
        return f"Debian package {source['package']}"
    if kind == "url":
        return str(
            urlsplit(source["base"]).hostname
        )  # the host alone: an address may hold a password
    return f"folder {source['folder']}"


def in_words(error):
    """What went wrong, without the layers of a network library's message."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.HTTPError):
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return "no connection, or it broke off"
    return str(error)


# One function a kind of source: (source, wanted files, working folder, reporter) -> files in work/files.


def from_folder(source, wanted, work, reporter):
    """Copy the files from a folder on this machine or a mounted disk."""
    for file in wanted:
        original = Path(source["folder"]) / file.path
        if original.is_file():
            shutil.copyfile(original, place(file, work))


def from_installed(source, wanted, work, reporter):
    """Copy the files out of a Python package that is installed here; nothing in it is imported."""
    try:
        distribution = metadata.distribution(source["project"])
    except metadata.PackageNotFoundError as error:
        raise SourceError(f"{source['project']} is not installed") from error
    from_folder({"folder": str(distribution.locate_file(source["folder"]))}, wanted, work, reporter)


def from_url(source, wanted, work, reporter):
    """Download the files one by one from the address under which they all lie."""
    refusals = []
    with requests.Session() as session, reporter.bar() as bar:
        for file in wanted:
            url = f"{source['base'].rstrip('/')}/{quote(file.path)}"
            try:
                download(
                    url,
                    place(file, work),
                    size=file.size,
                    digest=file.sha256,
                    session=session,
                    bar=bar,
                )
            except (
                SourceError,
                requests.HTTPError,
            ) as error:  # this file only; without a connection, all is over
                refusals.append(f"{file.path}: {in_words(error)}")
    if refusals:
        raise SourceError(
            f"{len(refusals)} of {len(wanted)} files refused, the first {refusals[0]}"
        )


def from_pypi(source, wanted, work, reporter):
    """Download one file of a Python package, found in the package index that pip is set to, and unpack it."""
    settings = pip_settings()
    with requests.Session() as session:
        session.verify = settings["cert"] or True
        index = pypi_simple.PyPISimple(
            settings["index-url"] or pypi_simple.PYPI_SIMPLE_ENDPOINT, session=session
        )
        page = index.get_project_page(source["project"], timeout=TIMEOUT)
        urls = [package.url for package in page.packages if package.filename == source["filename"]]
        if not urls:
            raise SourceError(f"the package index does not list {source['filename']}")
        archive = work / source["filename"]
        with reporter.bar() as bar:
            download(
                urls[0],
                archive,
                size=source["size"],
                digest=source["sha256"],
                session=session,
                bar=bar,
            )
    unpack(archive, source["folder"], wanted, work)
    archive.unlink()


def from_npm(source, wanted, work, reporter):
    """Let npm download a package, and unpack it; nothing in it is run."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        run(
            "npm",
            "pack",
            f"{source['package']}@{source['version']}",
            "--ignore-scripts",
            folder=folder,
        )
        unpack(only_file(folder, "*.tgz"), source["folder"], wanted, work)


def from_apt(source, wanted, work, reporter):
    """Let apt-get download a Debian package (no administrator needed), and unpack it; nothing in it is run."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        try:
            run(
                "apt-get",
                "download",
                source["package"],
                "-o",
                f"Acquire::http::Timeout={TIMEOUT[1]}",
                folder=folder,
            )
        except SourceError as error:
            raise SourceError(
                f"{error} (if its lists are old or absent: apt-get update)"
            ) from error
        # dpkg-deb comes with apt-get and knows every compression that Debian uses
        run(
            "dpkg-deb",
            "--fsys-tarfile",
            only_file(folder, "*.deb"),
            folder=folder,
            output="data.tar",
        )
        unpack(Path(folder, "data.tar"), source["folder"], wanted, work)


GIVERS = {
    "folder": from_folder,
    "installed": from_installed,
    "url": from_url,
    "pypi": from_pypi,
    "npm": from_npm,
    "apt": from_apt,
}
ON_THIS_MACHINE = ("folder", "installed")  # the kinds of source that need no network


def place(file, work):
    """Where a source lays a file, its folder made."""
    target = work / "files" / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def download(url, target, *, size, digest, session, bar):
    """Download one file, going on where an earlier attempt broke off, and check it.

    Parameters
    ----------
    url : str
    target : Path
        Where the file lies when it is whole; until then its beginning lies beside it as ``target.part``.
    size : int
        Bytes; what comes beyond them is not read.
    digest : str
        The SHA-256 that the file must have.
    session : requests.Session
    bar : rich.progress.Progress

    Raises
    ------
    SourceError
        The server sends another file.
    requests.RequestException
        It does not answer, refuses, or keeps breaking off.
    """
    part = target.with_name(f"{target.name}.part")
    task = bar.add_task(target.name, total=size)
    for attempt in range(1, ATTEMPTS + 1):
        begun = part.stat().st_size if part.exists() else 0
        try:
            receive(
                url, part, size=size, session=session, report=functools.partial(bar.update, task)
            )
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ):
            grown = part.exists() and part.stat().st_size > begun
            if attempt == ATTEMPTS or not grown:
                raise
            continue
        if shelf.sha256(part) == digest:
            part.replace(target)
            return
        part.unlink()
        if not begun:  # otherwise the old beginning may be at fault: once more, from the start
            break
    raise SourceError("it came with another SHA-256 than the card lists")


def receive(url, part, *, size, session, report):
    """Ask for what `part` still lacks and append it; a server that cannot do that sends everything anew."""
    begun = part.stat().st_size if part.exists() else 0
    headers = {
        "Accept-Encoding": "identity"
    }  # the bytes as they are hashed, not a compressed form of them
    if begun:
        headers["Range"] = f"bytes={begun}-"
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is lacking; the SHA-256 says whether what there is is right
        answer.raise_for_status()
        goes_on = answer.status_code == requests.codes.partial_content
        with open(part, "ab" if goes_on else "wb") as stream:
            for piece in answer.iter_content(PIECE):
                stream.write(piece)
                report(completed=stream.tell())
                if stream.tell() > size:
                    return


def unpack(archive, folder, wanted, work):
    """Copy the wanted files, and no others, out of a zip or tar archive, where they lie in `folder`."""
    files = {f"{folder}/{file.path}": file for file in wanted}
    for name, stream in entries(archive):
        file = files.get(name.removeprefix("./"))
        if file is not None:
            # No more than is listed, so that a small archive cannot fill the memory or the disk.
            place(file, work).write_bytes(stream.read(file.size))


def entries(archive):
    """The regular files of a zip or tar archive: pairs of name and open stream. Links and devices are left out."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for entry in opened.infolist():
                with opened.open(entry) as stream:
                    yield entry.filename, stream
    else:
        with tarfile.open(archive) as opened:
            for entry in opened:
                if entry.isfile():
                    yield entry.name, opened.extractfile(entry)


def run(program, *arguments, folder, output=None):
    """Run a program in `folder`, what it prints going to the file `output` there, or raise SourceError."""
    found = shutil.which(program)
    if found is None:
        raise SourceError(f"{program} is not on this machine")
    with open(Path(folder, output) if output else os.devnull, "wb") as printed:
        done = subprocess.run(
            [found, *map(str, arguments)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.PIPE,
            timeout=PROGRAM_TIMEOUT,
        )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [
            f"it ended with {done.returncode}"
        ]
        raise SourceError(f"{program} failed: {lines[-1]}")


def only_file(folder, pattern):
    """The file that a program has left in `folder`."""
    found = sorted(Path(folder).glob(pattern))
    if not found:
        raise SourceError(f"the package manager left no {pattern} file")
    return found[0]


def pip_settings():
    """The settings of pip that matter here ("index-url", "cert"): its environment variables, or else its files."""
    # `pip config get` reads only one of pip's configuration files; `list` merges them all.
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    pairs = [line.partition("=") for line in done.stdout.splitlines() if line.startswith("global.")]
    listed = {
        key: ast.literal_eval(value) for key, _, value in pairs
    }  # each value is printed as a Python string
    return {
        name: os.environ.get(variable) or listed.get(f"global.{name}")
        for name, variable in {"index-url": "PIP_INDEX_URL", "cert": "PIP_CERT"}.items()
    }
