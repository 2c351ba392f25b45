"""Sets up .venv for the course: python3 tools/environment.py course|test|pins

Standard library only. It starts on any Python from 3.6, so that one too old is told so in words. A second run finds
its stamp in .venv and does nothing; changed requirements are installed over; an environment that was moved,
or whose Python is gone, is made anew.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WANTED = {"course": ".", "test": ".[test]"}
TESTED = ((3, 11), (3, 12), (3, 13))
PINS_HEADER = """\
# The exact versions that the course is tested with, made from a fresh environment by `make pins` (Python 3.11):
# it installs the course and its tests by the ranges in pyproject.toml, keeping the packages listed as HELD in
# tools/environment.py, and writes down what came. Run `make test` after it. pip install -c constraints.txt .
"""
# Held at versions that were tried together; move them by hand, one at a time (torchaudio names no torch version).
HELD = ("torch==2.13.0", "torchaudio==2.11.0", "numpy==2.4.*")


def main(what):
    os.chdir(str(ROOT))
    if what == "pins":
        return write_pins()
    python = find_python()
    stamps = [VENV / f"stamp-{name}" for name in WANTED]
    if not is_sound(python, stamps):
        make(python, VENV)
    stamp = VENV / f"stamp-{what}"
    if read(stamp) == fingerprint():
        return 0
    print("Installing the course into .venv; the first time this takes some minutes.", flush=True)
    # Not compiled: Python compiles what it imports, when it does, and a third of the time is saved.
    pip(VENV, "install", "--no-compile", "-c", "constraints.txt", "-e", WANTED[what])
    if what == "test":
        install_browser()
    stamp.write_text(fingerprint(), encoding="utf-8")
    return 0


def find_python():
    """This Python where the course is tested with it, else a tested one on the path."""
    if sys.version_info[:2] in TESTED:
        return sys.executable
    for major, minor in TESTED:
        found = shutil.which(f"python{major}.{minor}")
        if found:
            return found
    have = f"{sys.version_info[0]}.{sys.version_info[1]}"
    stop(
        f"Python {have} is not one that the course is tested with: install Python 3.11, 3.12 or 3.13."
    )


def is_sound(python, stamps):
    """Whether .venv runs, on the same version of Python, and stands where it was made."""
    if any(stamp.is_file() and not read(stamp).startswith(str(VENV) + "\n") for stamp in stamps):
        return False
    try:
        return ask(inside(VENV), "import pip, sys; print(sys.version_info[:2])") == ask(
            python, "import sys; print(sys.version_info[:2])"
        )
    except (OSError, subprocess.CalledProcessError):
        return False


def ask(python, code):
    return subprocess.check_output([str(python), "-c", code], stderr=subprocess.DEVNULL)


def make(python, folder):
    if folder.exists():
        print(
            f"The environment in {folder.name} was moved or does not run: making it anew.",
            flush=True,
        )
        shutil.rmtree(str(folder))
    if subprocess.call([python, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL):
        stop("This Python cannot make environments. On Debian and Ubuntu: apt install python3-venv")
    run([python, "-m", "venv", str(folder)])


def fingerprint():
    """The environment's place, and a hash that changes when what should be installed changes."""
    texts = [read(ROOT / "pyproject.toml"), read(ROOT / "constraints.txt")]
    return str(VENV) + "\n" + hashlib.sha256("\0".join(texts).encode("utf-8")).hexdigest()


def pip(venv, *arguments):
    line = [str(inside(venv)), "-m", "pip"] + list(arguments)
    if arguments[0] == "install" and os.environ.get("TORCH_INDEX"):
        line += ["--extra-index-url", os.environ["TORCH_INDEX"]]
    run(line)


def install_browser():
    """A CI machine gets Debian's browser for the browser test; a person is left to choose."""
    if shutil.which("chromium") or shutil.which("google-chrome") or not os.environ.get("CI"):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"]
    for line in (["apt-get", "update", "-q"], install):
        if subprocess.call(line, env=environment):
            print("No browser could be installed: the browser test will be skipped.", flush=True)
            return


def write_pins():
    with tempfile.TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        make(find_python(), venv)
        pip(venv, "install", ".[test]", *HELD)
        listed = subprocess.check_output(
            [str(inside(venv)), "-m", "pip", "freeze", "--exclude", "coursekit"]
        )
    pins = [line.partition("+")[0] for line in listed.decode("utf-8").splitlines() if "==" in line]
    new = ROOT / "constraints.txt.new"
    new.write_text(PINS_HEADER + "\n".join(pins) + "\n", encoding="utf-8")
    new.replace(ROOT / "constraints.txt")
    return 0


def inside(venv):
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def read(path):
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def run(line):
    status = subprocess.call(line)
    if status:
        stop("this did not work (see above): " + " ".join(line))


def stop(message):
    sys.exit("make: " + message)


if __name__ == "__main__":
    try:
        if len(sys.argv) != 2 or sys.argv[1] not in ("course", "test", "pins"):
            stop("usage: environment.py course|test|pins")
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit("\nStopped. What was installed so far is kept; run it again to go on.")
