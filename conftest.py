"""What every test stands on: no network, no screen, and never the learner's own records."""

import doctest
import inspect
import itertools
import os
import shutil
import socket
import tempfile
from pathlib import Path

import matplotlib
import pytest

from coursekit import paths

pytest_plugins = ["tools.cpu_times"]

# The data shelf that this machine already has is read, so that no test fetches real recordings again.
# A test that writes to a shelf sets COURSEKIT_DATA to a folder of its own.
os.environ.setdefault("COURSEKIT_DATA", str(paths.data_dir().absolute()))

# For what is no test function (doctests, notebooks run by nbval) this one folder is home; tests get their own.
SESSION_HOME = Path(tempfile.mkdtemp(prefix="coursekit-tests-"))
os.environ["COURSEKIT_HOME"] = str(SESSION_HOME)

matplotlib.use("Agg")

_is_of_module = doctest.DocTestFinder._from_module


def _unwrapped_is_of_module(finder, module, found):
    """A decorated function belongs to the module of the bare one; doctest alone would pass over its example."""
    return _is_of_module(
        finder, module, inspect.unwrap(found) if inspect.isfunction(found) else found
    )


doctest.DocTestFinder._from_module = _unwrapped_is_of_module


def pytest_addoption(parser):
    parser.addoption(
        "--thorough",
        action="store_true",
        help="all seeds of the proofs of questions, and the tests marked `thorough`: make test-all",
    )


def pytest_collection_modifyitems(config, items):
    """What is marked `thorough` is left to make test-all."""
    if config.getoption("--thorough"):
        return
    left = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]


def pytest_unconfigure():
    shutil.rmtree(SESSION_HOME, ignore_errors=True)


NUMBER = itertools.count(1)


@pytest.fixture(autouse=True)
def own_home(monkeypatch):
    """Each test keeps its records in a fresh folder; programs that it starts inherit that."""
    # Not by tmp_path_factory, which looks through all the folders made so far: thousands, in a whole run.
    home = SESSION_HOME / str(next(NUMBER))
    home.mkdir()
    monkeypatch.setenv("COURSEKIT_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """A test reaches this machine only, unless it is marked `shelf`."""
    if request.node.get_closest_marker("shelf"):
        return
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse_elsewhere(sock, address):
        host = address[0] if sock.family in (socket.AF_INET, socket.AF_INET6) else "localhost"
        if host not in ("localhost", "127.0.0.1", "::1"):
            raise OSError(f"a test without the marker `shelf` tried to reach {host}")

    def guarded_connect(sock, address):
        refuse_elsewhere(sock, address)
        return connect(sock, address)

    def guarded_connect_ex(sock, address):
        refuse_elsewhere(sock, address)
        return connect_ex(sock, address)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
