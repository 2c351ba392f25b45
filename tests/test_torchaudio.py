"""``import torchaudio`` works after ``import coursekit``, whatever torch it stands beside."""

import importlib.util
import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torchaudio") is None, reason="torchaudio is not installed"
)

# A library file that does not load, and one that was made for another CUDA version.
FAILURES = {
    "no library": "OSError('Could not load this library: _torchaudio.so')",
    "another CUDA": "RuntimeError('Detected that PyTorch and TorchAudio were compiled with different CUDA versions.')",
}
# What both programs begin with; the last line of each prints what they found, by name.
BEGIN = """
import json, logging, sys, traceback, types
import torch

found = {}

def transforms(torchaudio):
    assert torchaudio.transforms.MelSpectrogram()(torch.randn(1, 16000)).shape == (1, 128, 81)
"""

# The order matters: torchaudio first, and coursekit after it.
TORCHAUDIO_FIRST = f"""{BEGIN}
try:
    import torchaudio
    found["alone"] = "works"
except (OSError, RuntimeError) as error:
    found["alone"] = "fails"
    found["alone says"] = str(error)
import coursekit, torchaudio
transforms(torchaudio)
found["coursekit mends"] = True
print(json.dumps(found))
"""

# coursekit first; then torchaudio is forgotten and imported again beside each stand-in for the module that loads its
# library file.
COURSEKIT_FIRST = (
    f"""{BEGIN}
import coursekit, torchaudio
transforms(torchaudio)
found["transforms"] = True

class Lines(logging.Handler):
    def emit(self, record):
        lines.append(record.name + ": " + record.getMessage())

lines = []
logging.basicConfig(level=logging.INFO, handlers=[Lines()])

def stand_in(name, failure):
    global lines
    lines = []
    for module in [module for module in sys.modules if module.partition(".")[0] == "torchaudio"]:
        del sys.modules[module]
    utils = types.ModuleType("torchaudio._extension.utils")
    if failure is None:
        utils._load_lib = lambda name: False
        utils._check_cuda_version = utils._init_dll_path = lambda: None
    else:
        def fail(*args):
            raise failure
        utils._load_lib = utils._check_cuda_version = utils._init_dll_path = fail
    sys.modules["torchaudio._extension.utils"] = utils
    result = found[name] = {{"log": lines}}
    try:
        import torchaudio, torchaudio.models
        import torchaudio.functional
        from torchaudio._extension import fail_if_no_align
        transforms(torchaudio)
        result["from"] = fail_if_no_align.__module__
        try:
            torchaudio.functional.forced_align(torch.zeros(1, 5, 3).log_softmax(-1), torch.tensor([[1]]))
        except RuntimeError as error:
            result["align"] = str(error)
    except BaseException:
        result["error"] = traceback.format_exc()

stand_in("loads", None)
"""
    + "".join(f"stand_in({name!r}, {failure})\n" for name, failure in FAILURES.items())
    + """
print(json.dumps(found))
"""
)


def run(code):
    """What a program prints, and what is wrong where it ends with an error."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if done.returncode == 0 else {"error": done.stderr}


@pytest.fixture(scope="module")
def torchaudio_first():
    return run(TORCHAUDIO_FIRST)


@pytest.fixture(scope="module")
def coursekit_first():
    return run(COURSEKIT_FIRST)


def test_transforms_after_coursekit(coursekit_first):
    assert coursekit_first.get("transforms"), coursekit_first


def test_coursekit_is_what_makes_it_work(torchaudio_first):
    if torchaudio_first.get("alone") == "works":
        pytest.skip("this torchaudio loads by itself")
    assert torchaudio_first.get("alone") == "fails", torchaudio_first
    said = torchaudio_first["alone says"]
    assert "Could not load this library" in said or "CUDA version" in said


def test_torchaudio_first_fails_then_coursekit_mends(torchaudio_first):
    """The order matters, and a session that had it wrong goes on without a restart."""
    if torchaudio_first.get("alone") == "works":
        pytest.skip("this torchaudio loads by itself")
    assert torchaudio_first.get("alone") == "fails", torchaudio_first
    assert torchaudio_first["coursekit mends"]


@pytest.mark.parametrize("failure", FAILURES)
def test_stand_in(coursekit_first, failure):
    """Each way of failing, on any machine: the function that loads the library file is made to fail."""
    result = coursekit_first[failure]
    assert "error" not in result, result["error"]
    assert "forced_align needs torchaudio's compiled part" in result["align"]
    log = "\n".join(result["log"])
    assert log.count("coursekit: torchaudio's compiled part does not load") == 1


def test_a_library_that_loads_is_left_alone(coursekit_first):
    """Nothing of the real module is replaced, and nothing is logged, when it runs to its end."""
    result = coursekit_first["loads"]
    assert "error" not in result, result["error"]
    assert "coursekit" not in "\n".join(result["log"])
    assert "coursekit" not in result["from"]


def test_the_finder_answers_for_one_name_only():
    import coursekit._torchaudio as hook

    assert hook._Finder().find_spec("torchaudio") is None
    assert hook._Finder().find_spec("torch._extension") is None
    before = list(sys.meta_path)
    hook.install()
    assert sys.meta_path == before
