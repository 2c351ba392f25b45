"""Starts JupyterLab on the course's start page, and ends it cleanly."""

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from contextlib import contextmanager
from pathlib import Path

from coursekit import paths

START_PAGE = "notebooks/00_start_here.ipynb"
LEARNERS_FOLDERS = ("notebooks", "exercises")
SETTINGS = Path(__file__).with_name("jupyter")


def has_screen() -> bool:
    """Whether a browser can be opened here: not over SSH, not in CI, and on Linux only beside a display."""
    if os.environ.get("CI") or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def open_course(here: Path) -> Path:
    """The folder to work in: a clone as it is; for an installed wheel, a copy of its notebooks beneath `here`.

    A file that the learner already has is never written over.
    """
    course = paths.course_dir()
    if course != paths.PACKAGED_COURSE:
        return course
    copy = here if (here / START_PAGE).is_file() else here / "coursekit-course"
    for folder in LEARNERS_FOLDERS:
        for source in sorted((course / folder).rglob("*.ipynb")):
            target = copy / source.relative_to(course)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
    return copy


def free_port(wanted: int | None = None) -> int:
    """`wanted` where it is given and free; else the first free port from 8888 upward.

    Raises
    ------
    OSError
        The wanted port, or every port up to 8987, is taken.
    """
    candidates = [wanted] if wanted else range(8888, 8988)
    for port in candidates:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(
        f"port {wanted} is in use: leave out --port, or give another"
        if wanted
        else "no free port found"
    )


def command(course: Path, port: int) -> list[str]:
    """The command line of JupyterLab: this Python, this folder, and nothing that is looked up in the network."""
    line = [sys.executable, "-m", "jupyterlab", "--no-browser"]
    line += [f"--ServerApp.root_dir={course}", "--ServerApp.ip=127.0.0.1"]
    line += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    line.append("--LabApp.extension_manager=readonly")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        line.append("--allow-root")
    return line


def environment(token: str) -> dict[str, str]:
    """What JupyterLab is told by environment: the token, which other users of the machine cannot read there, and a
    folder of settings (neither news nor updates are fetched or asked about), beside the learner's own."""
    folders = [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH")]
    return {
        **os.environ,
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, folders)),
    }


def answers(port: int) -> bool:
    """Whether the server on `port` answers yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):  # silent, or something else than a web server
        return False
    finally:
        connection.close()


@contextmanager
def stopped_by_signals():
    """A closed terminal or a polite kill ends the block like Ctrl-C, so that no server is left behind."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def start(*, port: int | None = None, browser: bool = True) -> int:
    """Runs JupyterLab on the course's start page until Ctrl-C.

    Parameters
    ----------
    port : int, optional
        The port to listen on; the first free one from 8888 upward where it is left out.
    browser : bool
        Open the page in a browser where there is a screen.

    Returns
    -------
    int
        The exit status: 0 after Ctrl-C, the server's own where it ended by itself.

    Raises
    ------
    FileNotFoundError
        The notebooks are not there.
    OSError
        The port is taken.
    """
    course = open_course(Path.cwd())
    if not (course / START_PAGE).is_file():
        raise FileNotFoundError(
            f"no {START_PAGE} in {course}: 'coursekit build' writes the notebooks"
        )
    port = free_port(port)
    token = secrets.token_urlsafe(24)
    url = f"http://localhost:{port}/lab/tree/{START_PAGE}?token={token}"

    log = paths.home() / "jupyterlab.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream, stopped_by_signals():
        # Its own session: Ctrl-C reaches this process alone, which then stops the server without a question asked.
        server = subprocess.Popen(
            command(course, port),
            env=environment(token),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while server.poll() is None and not answers(port):
                time.sleep(0.2)
            if server.poll() is None:
                announce(url, course, open_it=browser and has_screen())
            status = server.wait()
            print(f"JupyterLab ended by itself, with status {status}; its log is {log}", flush=True)
            return status
        except KeyboardInterrupt:
            print(
                "\nJupyterLab is ending. Your notebooks are kept as you last saved them.",
                flush=True,
            )
            return 0
        finally:
            stop(server)


def announce(url: str, course: Path, *, open_it: bool) -> None:
    """Says where the course is, and opens it where there is a screen."""
    print(
        f"\nThe course is open in JupyterLab ({course}):\n\n    {url}\n\nCtrl-C here ends it.\n",
        flush=True,
    )
    if open_it:
        webbrowser.open(url)


def stop(server: subprocess.Popen) -> None:
    """Asks the server to end its kernels and itself; after ten seconds it is ended."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(timeout=10)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        server.kill()
        server.wait()
