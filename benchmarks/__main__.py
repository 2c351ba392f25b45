"""Runs every benchmark in this folder: python -m benchmarks."""

import runpy
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    print(f"\n{path.name}")
    runpy.run_path(str(path), run_name="__main__")
