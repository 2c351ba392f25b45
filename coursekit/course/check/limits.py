"""Limits of time and memory for a learner's code, where the system can set them."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

try:
    import resource
except ImportError:  # Windows
    resource = None

GIB = 2**30
MOST_MEMORY = 4  # GiB that a call may take beyond what its process already holds
BUSY = 3  # times the limit that a call may take while the computer is busy with other things
RESERVE = 4 * 2**20  # bytes given back before the limit is lifted, so that this itself finds room


class TimeUp(BaseException):
    """The time limit is reached. Not an Exception: ``except Exception`` in a learner's loop lets it pass."""


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `TimeUp` in the block after `seconds`, where the system can interrupt it.

    They are seconds in which this thread computes: where others keep the processor busy, or a library is read from
    a slow disk, the block may take up to `BUSY` times as long.
    """
    can_interrupt = (
        hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    )
    if seconds is None or not can_interrupt:
        yield
        return

    armed = True

    def ring(signal_number: int, frame: FrameType | None) -> None:
        computed, passed = time.thread_time() - computed_before, time.monotonic() - start
        if armed and (computed >= 0.9 * seconds or passed >= BUSY * seconds):
            raise TimeUp

    start, computed_before = time.monotonic(), time.thread_time()
    handler_before = signal.signal(signal.SIGALRM, ring)
    # It rings again every second: to look once more, and for loops that swallow everything with a bare "except:".
    left_before, interval_before = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        try:
            yield
        finally:
            armed = False  # from here on a late ring does not cut the clean-up short
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler_before)
        if left_before:  # give a timer that somebody else had set the rest of its time
            left = max(left_before - (time.monotonic() - start), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left, interval_before)


@contextlib.contextmanager
def memory_limit(gib: float = MOST_MEMORY) -> Iterator[None]:
    """Let an allocation in the block fail at once that would take `gib` GiB more than the process now holds.

    A signal cannot interrupt one long NumPy call; this keeps such a call from filling the machine. It holds
    on Linux only: macOS keeps no such limit, and Windows has none of this kind.
    """
    held = _held_bytes()
    if held is None:
        yield
        return
    # Of data, not of address space: torch and CUDA reserve far more addresses than they use.
    before = soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bounds = [
        held + int(gib * GIB),
        *(bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY),
    ]
    reserve = bytearray(RESERVE)
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        del reserve
        resource.setrlimit(resource.RLIMIT_DATA, before)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that there is no more memory; torch says it by a RuntimeError.

    Examples
    --------
    >>> is_out_of_memory(MemoryError()), is_out_of_memory(ValueError("no"))
    (True, False)
    """
    return isinstance(error, MemoryError) or (
        type(error) is RuntimeError and "can't allocate memory" in str(error)
    )


def _held_bytes() -> int | None:
    """Return the bytes of data that this process holds, or None where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[5]
    except (OSError, IndexError):
        return None
    return int(pages) * resource.getpagesize()
