"""What every place for files must do. A test class inherits it and gives the fixture `files`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dossier.files import MissingFileError, StoredFiles
from dossier.files.model import PART
from dossier.ids import new_id

SIZES = (0, 1, PART - 1, PART, PART + 1, 6 * PART, 11 * PART + 7)
"""Around the borders of parts, and beyond the smallest part that S3 takes."""


def content(size: int) -> bytes:
    """Bytes of which no two parts are alike."""
    return b"".join(number.to_bytes(8, "big") for number in range(size // 8 + 1))[:size]


async def pieces(whole: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    """The bytes as a connection brings them."""
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


async def read(files: StoredFiles, name: str, start: int = 0, stop: int | None = None) -> bytes:
    """All that is read."""
    return b"".join([part async for part in await files.open(name, start, stop)])


class StoredFilesBehaviour:
    """The behaviour; every name is new, so that all tests can share one place."""

    @pytest.mark.parametrize("size", SIZES)
    async def test_what_was_stored_is_read(self, files: StoredFiles, size: int) -> None:
        name, whole = f"note/{new_id()}", content(size)
        await files.put(name, pieces(whole))
        assert await read(files, name) == whole
        assert await files.size(name) == size

    async def test_a_range_is_read(self, files: StoredFiles) -> None:
        name, whole = f"note/{new_id()}", content(2 * PART + 5)
        await files.put(name, pieces(whole))
        borders = (0, 1, PART - 1, PART, PART + 1, 2 * PART, len(whole) - 1, len(whole))
        for start in borders:
            for stop in (border for border in borders if border >= start):
                assert await read(files, name, start, stop) == whole[start:stop], (start, stop)
            assert await read(files, name, start) == whole[start:]

    async def test_what_is_not_there_is_missing(self, files: StoredFiles) -> None:
        with pytest.raises(MissingFileError):
            await files.size("nothing")
        with pytest.raises(MissingFileError):
            await read(files, "nothing")

    async def test_a_deleted_file_is_gone_and_can_be_deleted_again(self, files: StoredFiles) -> None:
        name = f"note/{new_id()}"
        await files.put(name, pieces(content(2 * PART)))
        await files.delete(name)
        await files.delete(name)
        with pytest.raises(MissingFileError):
            await read(files, name)

    async def test_names_are_told_in_order_some_at_a_time(self, files: StoredFiles) -> None:
        names = sorted(f"note/{new_id()}" for _ in range(5))
        for name in reversed(names):
            await files.put(name, pieces(b"x"))
        await files.delete(names.pop(1))
        assert await files.names("note/", 3) == names[:3]
        assert await files.names(names[2], 3) == names[3:]
        assert await files.names(names[-1], 3) == []
        assert set(names) <= set(await files.names("", 1000))

    async def test_what_breaks_off_is_no_file(self, files: StoredFiles) -> None:
        name = f"note/{new_id()}"

        async def broken() -> AsyncIterator[bytes]:
            async for piece in pieces(content(7 * PART)):
                yield piece
            raise EOFError

        with pytest.raises(EOFError):
            await files.put(name, broken())
        with pytest.raises(MissingFileError):
            await files.size(name)
        await files.delete(name)

    async def test_what_is_cancelled_is_no_file(self, files: StoredFiles) -> None:
        name, waiting = f"note/{new_id()}", asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield content(7 * PART)
            waiting.set()
            await asyncio.Event().wait()

        putting = asyncio.create_task(files.put(name, endless()))
        await waiting.wait()
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        with pytest.raises(MissingFileError):
            await files.size(name)
