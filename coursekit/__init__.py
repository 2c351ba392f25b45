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

from coursekit import _torchaudio

__version__ = "0.1.0"

_MODULES = {module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")}

# Names that a learner types in every notebook, and the module that each of them comes from.
_SHORTCUTS = {
    "check": "exercise",
    "claim": "exercise",
    "compare": "exercise",
    "hint": "exercise",
    "progress": "exercise",
    "solution": "exercise",
}

_torchaudio.install()


def __getattr__(name):
    if name in _SHORTCUTS:
        return getattr(importlib.import_module(f"coursekit.{_SHORTCUTS[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"coursekit.{name}")
    raise AttributeError(f"module 'coursekit' has no attribute {name!r}")


def __dir__():
    return sorted(_MODULES | set(_SHORTCUTS) | {"__version__"})
