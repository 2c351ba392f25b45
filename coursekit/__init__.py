"""coursekit: the helper library of the audio and speech course.

    import coursekit as ck
    ck.dsp.stft(y)            # a module is loaded when its name is first used
    ck.check("01.rms", rms)

Importing coursekit is light: the modules, and the libraries that they need, are loaded on first use. One
thing happens at import time: `coursekit._torchaudio` offers a stand-in for a part of torchaudio that does
not load beside a CPU build of torch; it acts only when torchaudio is imported later.
"""

import importlib
import pkgutil
import warnings

from coursekit import _torchaudio

__version__ = "0.2.0"

_MODULES = {
    module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
}

# Names that a learner types in every notebook, and the module that each of them comes from.
_SHORTCUTS = {
    "check": "exercise",
    "claim": "course.check.claims",
    "compare": "course.check.claims",
    "hint": "exercise",
    "progress": "course.check.standing",
    "solution": "exercise",
}

# Modules that version 0.2 moved, by their old names: these answer for that one version, with a warning.
_MOVED = {
    "course": "chapters cli doctor lab percent",
    "course.check": "attempt claims comparison limits marking mistakes notebook_check question question_bank record"
    " result standing values",
    "course.make": "assemble build execute includes notebooks",
    "data": "fetch stand_ins",
}
_MOVED = {old: f"{folder}.{old}" for folder, names in _MOVED.items() for old in names.split()}
_MOVED |= {
    f"{old}_controls": f"controls.{old}"
    for old in ("attention", "ctc", "hmm", "music", "pitch", "transformer")
}
_MOVED["feature_controls"] = "controls.mel"

_torchaudio.install()


def __getattr__(name):
    if name in _MOVED:
        new = f"coursekit.{_MOVED[name]}"
        folder, _, last = new.rpartition(".")
        warnings.warn(
            f"coursekit.{name} is {new} now: write 'from {folder} import {last}'; the old name goes with version 0.3",
            FutureWarning,
            stacklevel=2,
        )
        return importlib.import_module(new)
    if name in _SHORTCUTS:
        return getattr(importlib.import_module(f"coursekit.{_SHORTCUTS[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"coursekit.{name}")
    raise AttributeError(f"module 'coursekit' has no attribute {name!r}")


def __dir__():
    return sorted(_MODULES | set(_SHORTCUTS) | {"__version__"})
