"""``import torchaudio`` works after ``import coursekit``, whatever torch it stands beside."""

import importlib.util
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torchaudio") is None, reason="torchaudio is not installed"
)

MEL = "assert torchaudio.transforms.MelSpectrogram()(torch.randn(1, 16000)).shape == (1, 128, 81)\n"
ALIGN = """
try:
    torchaudio.functional.forced_align(torch.zeros(1, 5, 3).log_softmax(-1), torch.tensor([[1]]))
except RuntimeError as error:
    print(error)
"""
# A library file that does not load, and one that was made for another CUDA version.
FAILURES = {
    "no library": "OSError('Could not load this library: _torchaudio.so')",
    "another CUDA": "RuntimeError('Detected that PyTorch and TorchAudio were compiled with different CUDA versions.')",
}


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def works_alone():
    return run("import torchaudio").returncode == 0


def test_transforms_after_coursekit():
    done = run("import coursekit, torch, torchaudio\n" + MEL)
    assert done.returncode == 0, done.stderr


def test_coursekit_is_what_makes_it_work(works_alone):
    if works_alone:
        pytest.skip("this torchaudio loads by itself")
    done = run("import torch, torchaudio\n" + MEL)
    assert done.returncode != 0
    assert "Could not load this library" in done.stderr or "CUDA version" in done.stderr


def test_torchaudio_first_fails_then_coursekit_mends(works_alone):
    """The order matters, and a session that had it wrong goes on without a restart."""
    if works_alone:
        pytest.skip("this torchaudio loads by itself")
    code = """
try:
    import torchaudio
except (OSError, RuntimeError):
    print("failed first")
import coursekit, torch, torchaudio
"""
    done = run(code + MEL)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "failed first\n"


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_stand_in(failure):
    """Each way of failing, on any machine: the function that loads the library file is made to fail."""
    code = f"""
import logging
logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
import importlib.util, sys, types
import coursekit, torch
utils = types.ModuleType("torchaudio._extension.utils")
def fail(*args):
    raise {failure}
utils._load_lib = utils._check_cuda_version = utils._init_dll_path = fail
sys.modules["torchaudio._extension.utils"] = utils
import torchaudio, torchaudio.models
import torchaudio.functional
{MEL}
{ALIGN}
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert "forced_align needs torchaudio's compiled part" in done.stdout
    assert done.stderr.count("coursekit: torchaudio's compiled part does not load") == 1


def test_a_library_that_loads_is_left_alone():
    """Nothing of the real module is replaced, and nothing is logged, when it runs to its end."""
    code = f"""
import logging
logging.basicConfig(level=logging.INFO)
import sys, types
import coursekit, torch
utils = types.ModuleType("torchaudio._extension.utils")
utils._load_lib = lambda name: False
utils._check_cuda_version = utils._init_dll_path = lambda: None
sys.modules["torchaudio._extension.utils"] = utils
import torchaudio
from torchaudio._extension import fail_if_no_align
{MEL}
print(fail_if_no_align.__module__)
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert "coursekit" not in done.stderr
    assert "coursekit" not in done.stdout


def test_the_finder_answers_for_one_name_only():
    import coursekit._torchaudio as hook

    assert hook._Finder().find_spec("torchaudio") is None
    assert hook._Finder().find_spec("torch._extension") is None
    before = list(sys.meta_path)
    hook.install()
    assert sys.meta_path == before
