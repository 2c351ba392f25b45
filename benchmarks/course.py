"""How long until a learner can begin? Prints a table; asserts nothing.

    python benchmarks/course.py [--fresh]

Times `import coursekit`, `coursekit run 01` and `02`; with --fresh also `make course` in a copy of the tree, with no
environment and no data, until JupyterLab gives its address. That downloads some hundred packages: what it takes
depends on the network.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", "build", "dist")


def seconds_of(command, **options):
    """Run a command to its end and return the seconds it took."""
    start = time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    return time.perf_counter() - start


def seconds_to_address(folder):
    """Seconds from `make course` in a fresh copy until an address is printed."""
    course = Path(folder) / "course"
    shutil.copytree(ROOT, course, ignore=NOT_COPIED)
    environment = {**os.environ, "COURSEKIT_HOME": str(Path(folder) / "home"), "CI": "true"}
    environment.pop("COURSEKIT_DATA", None)
    start = time.perf_counter()
    process = subprocess.Popen(
        ["make", "course"],
        cwd=course,
        env=environment,
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        for line in process.stdout:
            if "http://" in line:
                return time.perf_counter() - start
        raise RuntimeError(
            f"make course ended with status {process.wait()} before JupyterLab was ready"
        )
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--fresh", action="store_true", help="also time make course in a fresh copy"
    )
    if parser.parse_known_args()[0].fresh:
        with tempfile.TemporaryDirectory() as folder:
            print(
                f"{'make course, nothing there yet':34s} {seconds_to_address(folder):6.0f} s",
                flush=True,
            )
    nothing, imported = (
        min(seconds_of([sys.executable, "-c", code]) for _ in range(5))
        for code in ("pass", "import coursekit")
    )
    print(f"{'import coursekit':34s} {imported - nothing:6.3f} s", flush=True)
    for chapter in ("01", "02"):
        took = seconds_of([sys.executable, "-m", "coursekit", "run", chapter], cwd=ROOT)
        print(f"{'coursekit run ' + chapter:34s} {took:6.0f} s", flush=True)


if __name__ == "__main__":
    main()
