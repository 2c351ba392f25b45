"""Looks over the machine: is everything there that the course needs, and what mends what is not?"""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Literal

from coursekit import paths
from coursekit.course import lab

GIB = 2**30
TESTED_PYTHONS = ((3, 11), (3, 12), (3, 13))
KERNEL_TIMEOUT = 60  # seconds; a first start on a slow disk takes about ten


@dataclass(frozen=True)
class Finding:
    """What one look found: ok, warn (the course runs, with a limit) or broken (something needed does not work)."""

    name: str
    state: Literal["ok", "warn", "broken"]
    what: str
    mend: str = ""


def examine() -> list[Finding]:
    """Looks at everything in turn; a look that itself fails is a broken finding, never a traceback."""
    findings = []
    for name, look in LOOKS.items():
        try:
            findings.append(look(name))
        except Exception as error:
            findings.append(
                Finding(
                    name, "broken", f"{type(error).__name__}: {error}", "reinstall: make course"
                )
            )
    return findings


def is_well(findings: list[Finding]) -> bool:
    """Whether nothing that the course needs is broken."""
    return all(finding.state != "broken" for finding in findings)


def as_json(findings: list[Finding]) -> dict:
    """The findings as plain values, for --json."""
    return {"well": is_well(findings), "findings": [asdict(finding) for finding in findings]}


def python_version(name: str) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    what = f"{version} at {sys.executable}"
    if sys.version_info[:2] in TESTED_PYTHONS:
        return Finding(name, "ok", what)
    mend = "the course is tested with Python 3.11, 3.12 and 3.13; make a new environment with one of them"
    return Finding(name, "broken" if sys.version_info < (3, 11) else "warn", what, mend)


def pins() -> dict[str, str]:
    """The exact version of each package that the course is tested with: name -> version, from constraints.txt."""
    from packaging.utils import canonicalize_name

    file = paths.course_dir() / "constraints.txt"
    if file.is_file():
        text = file.read_text(encoding="utf-8")
    else:  # installed from a wheel, which carries it beside its metadata
        text = metadata.distribution("coursekit").read_text("extra_metadata/constraints.txt")
    pairs = [
        line.split("==") for line in text.splitlines() if "==" in line and not line.startswith("#")
    ]
    return {canonicalize_name(package): version.strip() for package, version in pairs}


def installed_version(package: str) -> str | None:
    """The installed version without its local label (2.13.0+cpu is 2.13.0), or None."""
    try:
        return metadata.version(package).partition("+")[0]
    except metadata.PackageNotFoundError:
        return None


def packages(name: str) -> Finding:
    """Missing or out of range: broken. In range but not the tested version: a warning."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    tested = pins()
    missing, outside, other = [], [], []
    needed = [Requirement(text) for text in metadata.requires("coursekit") or []]
    needed = [need for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})]
    for need in needed:
        version = installed_version(need.name)
        if version is None:
            missing.append(need.name)
        elif not need.specifier.contains(version, prereleases=True):
            outside.append(f"{need.name} {version} (wanted {need.specifier})")
        elif version != tested.get(canonicalize_name(need.name), version):
            other.append(f"{need.name} {version} (tested: {tested[canonicalize_name(need.name)]})")
    mend = "make course, or: pip install -c constraints.txt -e ."
    if missing:
        return Finding(name, "broken", "not installed: " + ", ".join(missing + outside), mend)
    if outside:
        return Finding(name, "broken", "outside the range: " + ", ".join(outside), mend)
    if other:
        return Finding(name, "warn", "not the tested version: " + ", ".join(other), mend)
    return Finding(
        name, "ok", f"{len(needed)} packages, each the version that the course is tested with"
    )


def torch_pair(name: str) -> Finding:
    """torch and torchaudio work together: a mel spectrogram of a second of silence."""
    mend = "install the pair that constraints.txt names: pip install -c constraints.txt torch torchaudio"
    try:
        import torch
        import torchaudio

        torchaudio.transforms.MelSpectrogram(n_mels=40)(torch.zeros(1, 16000))
    except (ImportError, OSError, RuntimeError) as error:
        return Finding(
            name, "broken", f"{type(error).__name__}: {str(error).splitlines()[0]}", mend
        )
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    what = f"torch {torch.__version__} on {device}, torchaudio {torchaudio.__version__}"
    if not torchaudio._extension._IS_TORCHAUDIO_EXT_AVAILABLE:
        what += "; its compiled part does not load here, and the course does without it"
    return Finding(name, "ok", what)


def sound_formats(name: str) -> Finding:
    """Writes and reads a tone in each format that the course uses, in memory."""
    import numpy as np
    import soundfile

    sr = 16000
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(sr) / sr)
    failed = []
    for kind in ("WAV", "FLAC", "OGG", "MP3"):
        try:
            file = io.BytesIO()
            soundfile.write(file, tone, sr, format=kind)
            file.seek(0)
            back, _ = soundfile.read(file)
        except (soundfile.LibsndfileError, ValueError) as error:
            failed.append(f"{kind} ({error})")
            continue
        # A lossy coder may pad and delay; the loudness of a steady tone survives it within a few percent.
        if not np.isclose(back.std(), tone.std(), rtol=0.1):
            failed.append(f"{kind} (the sound that came back is another)")
    if failed:
        return Finding(name, "broken", "; ".join(failed), "pip install --force-reinstall soundfile")
    return Finding(
        name, "ok", f"WAV FLAC OGG MP3, by libsndfile {soundfile.__libsndfile_version__}"
    )


def data_shelf(name: str) -> Finding:
    """A damaged file is broken; a set that is not here yet is fetched when a chapter first asks for it."""
    from coursekit import data

    names = data.default_sets()
    findings = [finding for set_ in names for finding in data.verify(set_) if not finding.optional]
    for state, grade in (("damaged", "broken"), ("missing", "warn")):
        sets = sorted({finding.name for finding in findings if finding.state == state})
        if sets:
            return Finding(
                name, grade, f"{state}: {', '.join(sets)}", f"coursekit data get {' '.join(sets)}"
            )
    return Finding(name, "ok", f"{', '.join(names)} in {paths.data_dir()}")


def bytes_lacking() -> int:
    """Of the files of the default sets, those that are not on disk."""
    from coursekit import data

    return sum(file.size for card in data.catalog() if card.default for file in card.files
               if not (paths.data_dir() / card.name / file.path).exists())  # fmt: skip


def disk_space(name: str) -> Finding:
    place = paths.data_dir().absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / GIB
    fetching = 3 * bytes_lacking() / GIB  # the package, what is unpacked from it, and the files
    what = f"{free:.1f} GiB free at {place}"
    what += f"; fetching the recordings takes {fetching:.1f} GiB for a while" if fetching else ""
    mend = "free some space, or set COURSEKIT_DATA to a folder on a larger disk"
    if free < 0.2 + fetching:
        return Finding(name, "broken", what, mend)
    return Finding(name, "warn" if free < 2 else "ok", what, mend if free < 2 else "")


def memory(name: str) -> Finding:
    import psutil

    total, free = (psutil.virtual_memory().total / GIB, psutil.virtual_memory().available / GIB)
    what = f"{total:.1f} GiB, {free:.1f} GiB of it free; {os.cpu_count()} processor cores"
    if total < 4:
        return Finding(
            name, "warn", what, "the chapters with models want 4 GiB: close other programs"
        )
    return Finding(name, "ok", what)


def kernel(name: str) -> Finding:
    """Starts the kernel that the notebooks ask for, has it add 1 + 1, and sees which Python it is."""
    from jupyter_client.manager import start_new_kernel

    mend = f"{sys.executable} -m ipykernel install --sys-prefix --name python3"
    try:
        manager, client = start_new_kernel(
            kernel_name="python3",
            startup_timeout=KERNEL_TIMEOUT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except Exception as error:
        return Finding(name, "broken", f"the kernel python3 does not start: {error}", mend)
    try:
        reply = client.execute_interactive(
            "", user_expressions={"sum": "1 + 1", "prefix": "__import__('sys').prefix"},
            timeout=KERNEL_TIMEOUT, allow_stdin=False, output_hook=lambda message: None,
        )  # fmt: skip
        values = {
            key: value["data"]["text/plain"]
            for key, value in reply["content"]["user_expressions"].items()
        }
    except Exception as error:
        return Finding(
            name, "broken", f"the kernel python3 starts but does not compute: {error!r}", mend
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if values["sum"] != "2":
        return Finding(name, "broken", f"the kernel python3 computes 1 + 1 = {values['sum']}", mend)
    if values["prefix"] != repr(sys.prefix):
        what = f"the kernel python3 is another Python: {values['prefix']}, not {sys.prefix}"
        return Finding(name, "broken", what, mend)
    return Finding(name, "ok", "the kernel python3 starts and computes, with this Python")


def course_files(name: str) -> Finding:
    course = paths.course_dir()
    counts = {
        folder: len(list((course / folder).glob("*.ipynb"))) for folder in lab.LEARNERS_FOLDERS
    }
    what = (
        f"{counts['notebooks']} notebooks and {counts['exercises']} exercise notebooks in {course}"
    )
    if not (course / lab.START_PAGE).is_file() or not counts["exercises"]:
        return Finding(
            name, "broken", what, "in a clone: coursekit build. Else install coursekit again"
        )
    return Finding(name, "ok", what)


def records(name: str) -> Finding:
    """The folder of the learner's progress can be written."""
    home = paths.home()
    probe = home / ".probe"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        mend = "set COURSEKIT_HOME to a folder that you may write to"
        return Finding(name, "broken", f"{home} cannot be written: {error.strerror}", mend)
    return Finding(name, "ok", str(home))


def screen(name: str) -> Finding:
    if lab.has_screen():
        return Finding(name, "ok", "coursekit lab opens the course in your browser")
    return Finding(name, "ok", "none here: coursekit lab prints the address to open")


LOOKS: dict[str, Callable[[str], Finding]] = {
    "Python": python_version,
    "packages": packages,
    "torch": torch_pair,
    "sound files": sound_formats,
    "course": course_files,
    "data": data_shelf,
    "your records": records,
    "disk": disk_space,
    "memory": memory,
    "Jupyter kernel": kernel,
    "screen": screen,
}
