"""The doctor: a well machine is well, and each thing that can be broken is found and comes with a mend."""

import builtins
import json
import sys
from collections import namedtuple

import jupyter_client.manager
import psutil
import pytest
import soundfile
from typer.testing import CliRunner

from coursekit import data, paths
from coursekit.course import cli, doctor, lab
from coursekit.course.doctor import Finding


@pytest.fixture(scope="module")
def examination():
    """The command, on this machine as it is."""
    return CliRunner().invoke(cli.app, ["doctor", "--json"])


def test_what_this_machine_needs_works(examination):
    """Only looks that do not depend on what this machine has fetched or has free."""
    findings = {finding["name"]: finding for finding in json.loads(examination.stdout)["findings"]}
    for name in (
        "Python",
        "packages",
        "torch",
        "sound files",
        "course",
        "your records",
        "Jupyter kernel",
    ):
        assert findings[name]["state"] == "ok", findings[name]


def test_python(monkeypatch):
    Version = namedtuple("Version", "major minor micro releaselevel serial")
    monkeypatch.setattr(sys, "version_info", Version(3, 10, 4, "final", 0))
    assert doctor.python_version("Python").state == "broken"
    monkeypatch.setattr(sys, "version_info", Version(3, 14, 0, "final", 0))
    assert doctor.python_version("Python").state == "warn"
    monkeypatch.setattr(sys, "version_info", Version(3, 12, 1, "final", 0))
    assert doctor.python_version("Python").state == "ok"


@pytest.mark.parametrize(
    ("version", "state", "what"),
    [
        (None, "broken", "not installed: scipy"),
        ("1.2.0", "broken", "outside the range: scipy 1.2.0 (wanted <2,>=1.15)"),
        ("1.99.0", "warn", "not the tested version: scipy 1.99.0"),
    ],
)
def test_packages(monkeypatch, version, state, what):
    real = doctor.installed_version
    monkeypatch.setattr(
        doctor, "installed_version", lambda name: version if name == "scipy" else real(name)
    )
    finding = doctor.packages("packages")
    assert finding.state == state
    assert what in finding.what
    assert "pip install -c constraints.txt" in finding.mend


def test_a_local_label_is_no_other_version(monkeypatch):
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "2.13.0+cpu")
    assert doctor.installed_version("torch") == "2.13.0"


@pytest.mark.parametrize(
    "error", [ImportError("no torchaudio"), OSError("libtorch.so"), RuntimeError("CUDA")]
)
def test_torch_pair(monkeypatch, error):
    real = builtins.__import__

    def fail(name, *args, **kwargs):
        if name == "torchaudio":
            raise error
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", fail)
    finding = doctor.torch_pair("torch")
    assert finding.state == "broken"
    assert str(error) in finding.what


def test_sound_format_that_cannot_be_written(monkeypatch):
    real = soundfile.write

    def write(file, y, sr, format):
        if format == "MP3":
            raise ValueError("Unknown format: 'MP3'")
        real(file, y, sr, format=format)

    monkeypatch.setattr(soundfile, "write", write)
    finding = doctor.sound_formats("sound files")
    assert finding.state == "broken"
    assert "MP3 (Unknown format" in finding.what
    assert "WAV" not in finding.what


def test_sound_that_comes_back_wrong(monkeypatch):
    real = soundfile.read
    monkeypatch.setattr(soundfile, "read", lambda file: (real(file)[0] * 0.5, 16000))
    assert doctor.sound_formats("sound files").state == "broken"


@pytest.mark.parametrize(
    ("state", "grade"), [("damaged", "broken"), ("missing", "warn"), ("ok", "ok")]
)
def test_data_shelf(monkeypatch, state, grade):
    monkeypatch.setattr(data, "default_sets", lambda: ["bells"])
    monkeypatch.setattr(data, "verify", lambda name: [data.Finding(name, "a.wav", state, False)])
    finding = doctor.data_shelf("data")
    assert finding.state == grade
    assert finding.mend == ("" if state == "ok" else "coursekit data get bells")


def test_an_optional_file_may_be_missing(monkeypatch):
    monkeypatch.setattr(
        data, "verify", lambda name: [data.Finding(name, "words.json", "missing", True)]
    )
    assert doctor.data_shelf("data").state == "ok"


# 0.5 GiB do while nothing is to be fetched; a fetch of all sets needs three times their 0.2 GB for a while
@pytest.mark.parametrize(
    ("free", "fetched", "grade"),
    [
        (0.1, True, "broken"),
        (0.5, True, "warn"),
        (10, True, "ok"),
        (0.5, False, "broken"),
        (1, False, "warn"),
        (10, False, "ok"),
    ],
)
def test_disk(monkeypatch, tmp_path, free, fetched, grade):
    if fetched:
        monkeypatch.setattr(doctor, "bytes_lacking", lambda: 0)
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "not" / "yet" / "made"))
    Usage = namedtuple("Usage", "total used free")
    sizes = {
        tmp_path: Usage(0, 0, free * doctor.GIB)
    }  # the nearest folder that exists, and no other
    monkeypatch.setattr(doctor.shutil, "disk_usage", sizes.__getitem__)
    assert doctor.disk_space("disk").state == grade
    assert ("fetching" in doctor.disk_space("disk").what) is not fetched


@pytest.mark.parametrize(("total", "grade"), [(2, "warn"), (16, "ok")])
def test_memory(monkeypatch, total, grade):
    Memory = namedtuple("Memory", "total available")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(total * doctor.GIB, doctor.GIB))
    assert doctor.memory("memory").state == grade


def test_kernel_that_does_not_start(monkeypatch):
    def fail(**kwargs):
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(jupyter_client.manager, "start_new_kernel", fail)
    finding = doctor.kernel("kernel")
    assert finding.state == "broken"
    assert "Kernel died" in finding.what
    assert "ipykernel install" in finding.mend


class FakeKernel:
    """In place of a kernel's manager and client: answers with what it was told to."""

    def __init__(self, **answers):
        self.answers = answers
        self.ended = []

    def execute_interactive(self, code, user_expressions, **kwargs):
        if not self.answers:
            raise TimeoutError("Timeout waiting for reply")
        values = {key: {"data": {"text/plain": self.answers[key]}} for key in user_expressions}
        return {"content": {"user_expressions": values}}

    def stop_channels(self):
        self.ended.append("channels")

    def shutdown_kernel(self, now):
        self.ended.append("kernel")


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ({}, "does not compute"),
        ({"sum": "3", "prefix": repr(sys.prefix)}, "1 + 1 = 3"),
        ({"sum": "2", "prefix": "'/usr'"}, "another Python"),
    ],
)
def test_kernel_that_does_not_compute_here(monkeypatch, answers, what):
    fake = FakeKernel(**answers)
    monkeypatch.setattr(jupyter_client.manager, "start_new_kernel", lambda **kwargs: (fake, fake))
    finding = doctor.kernel("kernel")
    assert finding.state == "broken"
    assert what in finding.what
    assert fake.ended == ["channels", "kernel"]


def test_course_files(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "course_dir", lambda: tmp_path)
    assert doctor.course_files("course").state == "broken"
    for path in (lab.START_PAGE, "exercises/01_digital_audio.ipynb"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("{}")
    assert doctor.course_files("course").state == "ok"


def test_records_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSEKIT_HOME", str(tmp_path / "file" / "below"))
    finding = doctor.records("your records")
    assert finding.state == "broken"
    assert "COURSEKIT_HOME" in finding.mend


def test_screen(monkeypatch):
    for name in ("CI", "SSH_CONNECTION", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert "prints the address" in doctor.screen("screen").what
    monkeypatch.setenv("DISPLAY", ":0")
    assert "opens the course" in doctor.screen("screen").what


def test_a_look_that_fails_is_a_finding(monkeypatch):
    def fail(name):
        raise KeyError("surprise")

    monkeypatch.setattr(
        doctor, "LOOKS", {"odd": fail, "fine": lambda name: Finding(name, "ok", "")}
    )
    odd, fine = doctor.examine()
    assert (odd.state, fine.state) == ("broken", "ok")
    assert "surprise" in odd.what
    assert not doctor.is_well([odd, fine])
    assert doctor.is_well([fine, Finding("slow", "warn", "")])


def test_json_of_a_whole_examination(examination):
    """Findings about this machine's disk or shelf may be anything."""
    report = json.loads(examination.stdout)
    assert [finding["name"] for finding in report["findings"]] == list(doctor.LOOKS)
    assert report["well"] == (examination.exit_code == 0)
    assert {finding["state"] for finding in report["findings"]} <= {"ok", "warn", "broken"}
