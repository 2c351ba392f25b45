"""Looks for what no committed file should hold: python tools/hygiene.py [FILE ...]

Without files, all that git keeps are looked at. Each finding is one line, "file: what"; the exit status is 1 when there
is one. Standard library only, so that it runs before anything is installed.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {
    ".git",
    ".venv",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    "__pycache__",
    ".ipynb_checkpoints",
}

# Written in halves, here and below, so that this file does not hold what it looks for.
# Where to fetch from is the user's setting.
REGISTRIES = [
    "pypi." + "org",
    "files.pythonhosted" + ".org",
    "registry.npmjs" + ".org",
    "deb.debian" + ".org",
    "download.pytorch" + ".org",
]
FOLDER = re.compile(
    r"(?<![\w.])/(?:home|root|Users|tmp|var|opt|work)" + r"/\w+|[A-Z]:\\{1,2}" + "Users"
)
SPACE_AT_LINE_END = re.compile(rb"[ \t]+\r?$", re.MULTILINE)
CONFLICT = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
EMPTY_FIELDS = {".tsv"}  # a tab at a line's end is an empty last column
LARGEST = 2_000_000  # bytes; an executed notebook is held to 1.5 MB where it is built
LARGE = {".safetensors": 10_000_000}  # trained weights


def main(names):
    files = [Path(name) for name in names] or committed_files(ROOT)
    found = [f"{shown(path)}: {what}" for path in files for what in complaints(path)]
    for line in found:
        print(line)
    return 1 if found else 0


def complaints(path):
    """What is wrong with a file, as a list of phrases."""
    content = path.read_bytes()
    found = [
        f"names the package registry {host}" for host in REGISTRIES if host.encode() in content
    ]
    largest = LARGE.get(path.suffix, LARGEST)
    if len(content) > largest:
        found.append(f"has {len(content) / 1e6:.1f} MB; the most is {largest / 1e6:.1f} MB")
    if b"\0" not in content:
        found += complaints_about_text(content, path.suffix)
    return found


def complaints_about_text(content, suffix):
    folders = sorted(set(FOLDER.findall(content.decode("utf-8", errors="replace"))))
    found = [f"names a folder of one machine, {folder}" for folder in folders]
    space = None if suffix in EMPTY_FIELDS else SPACE_AT_LINE_END.search(content)
    if space:
        found.append(f"line {line_of(space, content)} ends with white space")
    conflict = CONFLICT.search(content)
    if conflict:
        found.append(f"line {line_of(conflict, content)} is the mark of a merge conflict")
    if content and not content.endswith(b"\n"):
        found.append("does not end with a line break")
    if content.endswith((b"\n\n", b"\n\r\n")):
        found.append("ends with an empty line")
    return found


def line_of(match, content):
    return content.count(b"\n", 0, match.start()) + 1


def committed_files(root):
    """The files that git keeps, and those added but not yet committed; where there is no git, all that lie here."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in sorted(root.rglob("*")) if is_ours(path.relative_to(root))]
    else:
        paths = [root / name for name in listed.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def is_ours(path):
    return not NOT_OURS & set(path.parts)


def shown(path):
    """The path as a reader of the repository knows it."""
    path = path.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
