"""The archive: records, documents, and a page to read them by, written while they come.

The standard library writes ZIP to what cannot be sought in, so at no time more than a part of one file is held. The
records pass by once; they are kept packed, in a file without a name, for the page, which is written last because it
tells which documents did not come.
"""

from __future__ import annotations

import gzip
import tempfile
from asyncio import to_thread
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TypeVar, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import httpx
import msgspec

from histories.export.dossier import Dossier
from histories.export.others import Fields
from histories.export.page import page

T = TypeVar("T")

RECORDS, PAGE, MISSING = "dossier.ndjson", "index.html", "missing.ndjson"
PART = 1 << 17
"""Bytes that are compressed at once, by a thread: the others are answered meanwhile."""


@dataclass(frozen=True)
class Member:
    """A file of the archive; no size: it may be larger than a plain ZIP can say."""

    name: str
    parts: AsyncIterator[bytes]
    size: int | None = None


async def lines(dossier: Dossier) -> AsyncGenerator[bytes]:
    """The records as NDJSON."""
    async with aclosing(dossier.records()) as records:
        async for record in records:
            yield _line(record)


async def archive(dossier: Dossier, moment: datetime) -> AsyncGenerator[bytes]:
    """The ZIP, its files dated with this moment.

    What fails on the way, but for single documents, ends it without the directory that every ZIP has at its end.
    """
    with tempfile.TemporaryFile() as file:
        async with aclosing(_zipped(_members(dossier, _Kept(file)), moment)) as parts:
            async for part in parts:
                yield part


async def _members(dossier: Dossier, kept: _Kept) -> AsyncGenerator[Member]:
    yield Member(RECORDS, kept.passing(_batches(lines(dossier))))
    async for record in _each(kept.documents()):
        async with aclosing(_document(dossier, kept, record)) as members:
            async for member in members:
                yield member
    if kept.missing:
        yield Member(MISSING, _each(map(_line, kept.missing.values())))
    yield Member(PAGE, _each(page(kept.records(), kept.missing)))


async def _document(dossier: Dossier, kept: _Kept, record: Fields) -> AsyncGenerator[Member]:
    """The file of a document, unless it is not to be had."""
    asked = dossier.others.document(record["activity"], record["id"], record["version"])
    try:
        async with asked as answer:
            if answer.status_code == 200:
                yield Member(record["path"], kept.noticing(answer.aiter_bytes(PART), record), record["size"])
            else:
                kept.lacks(record, "gone" if answer.status_code == 404 else "not-delivered")
    except httpx.HTTPError:
        kept.lacks(record, "not-delivered")


class _Kept:
    """The records that passed by, and by their path the documents that did not come."""

    def __init__(self, file: IO[bytes]) -> None:
        self.missing: dict[str, Fields] = {}
        self._file = file

    async def passing(self, parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """The same parts, kept as well."""
        with gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=1) as packed:
            async for part in parts:
                await to_thread(packed.write, part)
                yield part

    def records(self) -> Iterator[Fields]:
        """All records, one after the other."""
        return map(msgspec.json.decode, self._lines())

    def documents(self) -> Iterator[Fields]:
        """Those of documents."""
        return map(msgspec.json.decode, filter(_is_document, self._lines()))

    async def noticing(self, parts: AsyncIterator[bytes], record: Fields) -> AsyncIterator[bytes]:
        """The bytes of a document, as far as they come."""
        size = 0
        try:
            async for part in parts:
                size += len(part)
                yield part
        except httpx.HTTPError:
            pass
        if size != record["size"]:
            self.lacks(record, "cut-short")

    def lacks(self, record: Fields, because: str) -> None:
        """The document of this record did not come, or not whole."""
        self.missing[record["path"]] = {**record, "record": "missing", "because": because}

    def _lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        with gzip.GzipFile(fileobj=self._file) as packed:
            yield from packed


class _Outlet:
    """What the archive is written to, and taken from: it cannot be sought in, so nothing is ever gone back to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        """Takes the bytes."""
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """There is nothing to do."""

    def taken(self) -> bytes:
        """What was written since it was last taken."""
        taken, self._parts = b"".join(self._parts), []
        return taken


async def _zipped(members: AsyncGenerator[Member], moment: datetime) -> AsyncGenerator[bytes]:
    outlet = _Outlet()
    async with aclosing(members):
        with ZipFile(cast("IO[bytes]", outlet), "w") as written:
            async for member in members:
                info = ZipInfo(member.name, moment.timetuple()[:6])
                info.compress_type, info.file_size = ZIP_DEFLATED, member.size or 0
                with written.open(info, "w", force_zip64=member.size is None) as target:
                    yield outlet.taken()
                    async for part in member.parts:
                        await to_thread(target.write, part)
                        if ready := outlet.taken():
                            yield ready
        yield outlet.taken()


async def _batches(parts: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The same bytes in fewer parts."""
    async with aclosing(parts):
        batch = bytearray()
        async for part in parts:
            batch += part
            if len(batch) >= PART:
                yield bytes(batch)
                batch.clear()
        yield bytes(batch)


async def _each(items: Iterator[T]) -> AsyncGenerator[T]:
    """The items, each made by a thread."""
    while (item := await to_thread(next, items, None)) is not None:
        yield item


def _line(record: Fields) -> bytes:
    return msgspec.json.encode(record) + b"\n"


def _is_document(line: bytes) -> bool:
    return line.startswith(b'{"record":"document"')
