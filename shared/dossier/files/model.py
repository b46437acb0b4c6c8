"""What a place for files has to do."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol

PART = 1 << 20
"""Bytes that are in hand at a time, on the way in and out."""


class MissingFileError(Exception):
    """There is no file of that name."""


class StoredFiles(Protocol):
    """Files by name. A name is given once; what was stored under it never changes.

    Methods raise StoreUnavailableError if the place does not answer.
    """

    async def prepare(self) -> None:
        """Make ready what storing needs; may be repeated."""
        ...

    async def put(self, name: str, parts: AsyncIterable[bytes]) -> None:
        """Store what the parts make up, durably. If anything fails, or the caller is gone, there is no such file."""
        ...

    async def open(self, name: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `stop` (none: to the end), in parts. Raises MissingFileError."""
        ...

    async def size(self, name: str) -> int:
        """How many bytes it has. Raises MissingFileError."""
        ...

    async def names(self, after: str, most: int) -> list[str]:
        """Names of up to so many files, in order, from the first one after this name."""
        ...

    async def delete(self, name: str) -> None:
        """Take back the file, or what an unfinished `put` left of it; one that is not there is no error."""
        ...


async def regrouped(parts: AsyncIterable[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes in parts of `size`, the last one shorter; nothing of nothing."""
    held = bytearray()
    async for part in parts:
        held += part
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)
