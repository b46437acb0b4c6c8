"""Deleting what others in the same store may refer to, and referring to what may be deleted at the same moment.

Who refers to a stream holds one of its guards in the transaction of the commit; who deletes the stream changes all of
them. So of a reference and a deletion that did not see each other only one is committed; the other is decided anew and
sees the first. Those who refer do not exclude one another. Each process holds a guard of its own, so that what one
commits together seldom waits for what another does.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import randrange

from dossier.store.model import Shared

GUARDS = 64
"""Guards of each stream: with fewer, processes wait for each other; more make deleting dearer. Changed only while
nothing runs."""
_OWN = randrange(GUARDS)


def referring(to: Iterable[str]) -> list[Shared]:
    """The guards of a command that makes a stream refer to these streams."""
    return [Shared(_guard(stream, _OWN)) for stream in to]


def deleting(stream: str) -> list[str]:
    """The guards of the command that deletes the stream."""
    return [_guard(stream, number) for number in range(GUARDS)]


def _guard(stream: str, number: int) -> str:
    return f"references:{stream}:{number}"
