"""File locks between processes. The kernel drops them with their holder, so none can go stale."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def exclusive(path: Path) -> Generator[None]:
    """Holds the lock at `path`, waiting for whoever has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def try_exclusive(path: Path) -> IO[str] | None:
    """The lock at `path`, held until the returned file is closed; None if somebody else has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("a")
    if _lock_at_once(handle):
        return handle
    handle.close()
    return None


def is_held(path: Path) -> bool:
    """Whether somebody has the lock at `path` now."""
    if not path.exists():
        return False
    handle = try_exclusive(path)
    if handle is None:
        return True
    handle.close()
    return False


def share(path: Path) -> IO[str]:
    """A share of the lock at `path`, held until the returned file is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("a")
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def is_last_holder(handle: IO[str]) -> bool:
    """Whether nobody but `handle` holds a share of its lock; if so, it is held exclusively from now on."""
    return _lock_at_once(handle)


def _lock_at_once(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
