"""Lets ``import torchaudio`` succeed where its compiled part does not load.

torchaudio's Linux wheel is linked to CUDA. Beside a CPU build of torch its library file cannot be loaded
(OSError), and beside a torch of another CUDA version torchaudio refuses it (RuntimeError): in both cases
``import torchaudio`` fails, although transforms, functional and models are plain Python and work without
it. Only forced alignment and the RNN-T loss need the compiled part.

`install` puts a finder in front of Python's own. It answers for one name, ``torchaudio._extension``: the
real module is tried first, and where it cannot load, the three names that torchaudio asks it for take its
place (nothing is compiled; aligning is refused, with the reason). Nothing is imported before torchaudio
itself is, and no file of torchaudio is changed.

The finder has to be there first: ``import coursekit``, then ``import torchaudio``.
"""

import importlib.abc
import importlib.machinery
import logging
import sys

NAME = "torchaudio._extension"


class _Loader(importlib.abc.Loader):
    """Runs the real module; a library file that does not load leaves the stand-in's names instead."""

    def __init__(self, real):
        self.real = real

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        try:
            self.real.exec_module(module)
        except (OSError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            logging.getLogger("coursekit").info(
                "torchaudio's compiled part does not load (%s); its Python parts are used without it, "
                "forced_align and rnnt_loss are not available",
                reason,
            )
            module._IS_TORCHAUDIO_EXT_AVAILABLE = False
            module._IS_ALIGN_AVAILABLE = False
            module.fail_if_no_align = _refuse_with(reason)


def _refuse_with(reason):
    """The decorator that torchaudio puts on its aligner, saying why there is none."""

    def decorate(function):
        def refuse(*args, **kwargs):
            raise RuntimeError(
                f"torchaudio.functional.{function.__name__} needs torchaudio's compiled part, which does not "
                f"load beside this torch ({reason}); it would with a torch and a torchaudio built for the same "
                "CUDA version"
            )

        return refuse

    return decorate


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname != NAME:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


def install():
    """Offers the stand-in from now on (once; a second call changes nothing)."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
