"""Executes notebooks as tests (nbval): python tools/run_notebooks.py [--all] [options of pytest]

First it looks whether the notebooks are as their sources say, as ``coursekit build --check`` does, and ends if they are
not; with --all also if outputs are stale. Then it executes. Without --all: those whose outputs are stale, that is,
older than something that they come from, and of the others every third. They take turns by the hash of the commit, so
that three commits, as a rule, execute each of them once.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from coursekit.course.make import build

ROOT = Path(__file__).resolve().parent.parent
NBVAL = (
    "--nbval-lax",
    "--nbval-current-env",
    "--nbval-cell-timeout=240",  # below pytest's own limit: nbval then names the cell and interrupts the kernel
    "--nbval-kernel-startup-timeout=120",
)


STOPPED = (
    "Kernel dead",
    "Timeout (>",
    "Timeout of",
)  # what nbval and pytest-timeout say of a silent kernel


# librosa compiles some functions at their first call and keeps them. In a fresh environment two workers compile the
# same ones at once, and twice a kernel was seen to stop answering in such a call. Compiled before, they are only read.
COMPILE = """
import librosa
import numpy as np
y = np.sin(np.arange(8000) / 3.0)
librosa.yin(y, fmin=80, fmax=400, sr=8000)
librosa.zero_crossings(y)
librosa.util.localmax(y)
librosa.util.localmin(y)
librosa.util.abs2(y + 0j)
librosa.util.phasor(y)
librosa.sequence.dtw(y[None, :20], y[None, :30])
librosa.onset.onset_detect(y=y, sr=8000, backtrack=True)
librosa.beat.beat_track(y=y, sr=8000)
"""


def main(arguments):
    everything = "--all" in arguments
    drift, stale = build.check(ROOT)
    for change in [*drift, *stale]:
        print(change, flush=True)
    if drift or everything and stale:
        print("coursekit build --check says what is to be done")
        return 1
    reasons = {path: "all" for path in notebooks()} if everything else due(stale, commit())
    for path, reason in reasons.items():
        print(f"{path}: {reason}", flush=True)
    if not reasons:
        print("no notebook is due")
        return 0
    options = [argument for argument in arguments if argument != "--all"]
    compile_once()
    status, stuck = execute(reasons, options)
    if stuck:
        print(f"no cell failed, but a kernel stopped answering in {', '.join(stuck)}: once more")
        status, stuck = execute(stuck, options)
    return status


def compile_once():
    """Has librosa compile what the notebooks call; without it they compile it themselves."""
    try:
        subprocess.run([sys.executable, "-c", COMPILE], cwd=ROOT, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        print("librosa did not finish compiling; the notebooks are run all the same")


def execute(paths, options):
    """Runs pytest on notebooks: its exit status, and the notebooks to try again.

    A kernel can stop answering between two cells, with nothing of the notebook's to blame (seen once in a hundred
    runs, on a busy machine). A notebook is tried again only for that, and only if nothing else failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", *NBVAL, *options, f"--junitxml={report}", *paths]
        status = subprocess.call(command, cwd=ROOT)
        return status, stuck(report, paths) if status and report.is_file() else []


def stuck(report, paths):
    """The notebooks whose kernels stopped answering, by pytest's report; none where a cell failed in any other way."""
    cases = ElementTree.parse(report).iter("testcase")
    failed = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
    found = set()
    for case in failed:
        said = " ".join("".join(part.itertext()) + part.get("message", "") for part in case)
        if not any(words in said for words in STOPPED):
            return []
        found.update(path for path in paths if Path(path).stem in case.get("classname", ""))
    return sorted(found)


def notebooks():
    """The executed notebooks, those that take longest first: so two workers end at about the same time."""
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in ("notebooks", "solutions")
        for path in sorted((ROOT / folder).glob("*.ipynb"))
    ]
    return sorted(found, key=lambda path: -minutes(path))


def minutes(path):
    """What a chapter's notebook took when it was last executed; solutions take what starting them does."""
    cost = ROOT / "chapters" / Path(path).stem / "cost.json"
    is_chapter = path.startswith("notebooks/") and cost.is_file()
    return json.loads(cost.read_text(encoding="utf-8"))["minutes"] if is_chapter else 0.2


def due(stale, commit):
    """What a run executes, each with the reason in words."""
    stale = {change.path.as_posix(): change.reason for change in stale}
    turn = turns(notebooks(), commit)
    return {p: stale.get(p, "its turn") for p in notebooks() if p in stale or p in turn}


def turns(paths, commit):
    """The third of the paths whose turn it is, each third about as long as the others; all where there is no commit."""
    if not commit:
        return set(paths)
    thirds = [[], [], []]
    for path in paths:  # the longest first, each to the third that is the shortest so far
        min(thirds, key=lambda third: sum(map(minutes, third))).append(path)
    return set(thirds[int(hashlib.sha256(commit.encode()).hexdigest(), 16) % 3])


def commit():
    """The hash of the commit that is checked out; "" where there is no git."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        return subprocess.check_output(command, cwd=ROOT, stderr=subprocess.DEVNULL, text=True)
    except (OSError, subprocess.CalledProcessError):
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
