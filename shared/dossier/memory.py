"""Memory of what was large goes back to the system when it is not needed any more."""

from __future__ import annotations

import contextlib
import ctypes

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE = 512 * 1024
_ARENAS = 2


def give_back_what_was_large() -> None:
    """Have the C library take large blocks from the system one by one, and keep few pools for small ones.

    Left to itself it learns from the first large mail or file that is freed to keep such blocks, in each thread's pool.
    """
    with contextlib.suppress(AttributeError, OSError):  # another C library than that of GNU
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_ARENA_MAX, _ARENAS)
