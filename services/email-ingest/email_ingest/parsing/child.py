"""The disposable child that parses: `python -m email_ingest.parsing.child`.

Hostile mail can make any parser slow, hungry or dead. So it runs in a process of its own (`dossier.disposable`). A
request is a mode byte and the mail, the answer the ParsedMail as JSON, or the attachments as MessagePack.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec

from dossier.disposable import Child, ChildBroke, serve
from email_ingest.parsing.message import files, headers_only, parse
from email_ingest.parsing.model import ParsedMail

CPU_SECONDS_MOST = 5.0
CPU_SECONDS_QUICK = 1.0
"""Enough for almost any mail, where others wait."""
WAIT_SECONDS_MOST = 60.0
MEMORY_MOST = 512 * 1024 * 1024
MAILS_PER_CHILD = 2000
GAVE_UP = "the parser gave up"
_decoder = msgspec.json.Decoder(ParsedMail)
_files_decoder = msgspec.msgpack.Decoder(list[bytes])


class Parts(NamedTuple):
    """A mail that is read in parts, so that it is never in memory as a whole."""

    size: int
    parts: Callable[[], AsyncIterable[bytes]]


Raw = bytes | Parts


class Parser:
    """Parses in a child process; a mail that breaks the child is read by its headers only, then not at all."""

    def __init__(self, cpu_seconds: float = CPU_SECONDS_MOST, wait_seconds: float = WAIT_SECONDS_MOST) -> None:
        self.child = Child(__name__, str(cpu_seconds), wait_seconds=wait_seconds, most_requests=MAILS_PER_CHILD)

    async def parse(self, raw: Raw) -> ParsedMail:
        """Understand a mail; never raises for what the mail says. Raises ChildDisturbed."""
        return await self.whole(raw) or await self.by_headers(raw, GAVE_UP)

    async def whole(self, raw: Raw) -> ParsedMail | None:
        """Understand a mail; None if it breaks the child or takes it too long. Raises ChildDisturbed."""
        return await self._understood(b"F", raw)

    async def by_headers(self, raw: Raw, defect: str) -> ParsedMail:
        """Understand the headers only, and say why. Raises ChildDisturbed."""
        answer = await self._understood(b"H", raw)
        if answer is None:
            return ParsedMail(defects=("unreadable",))
        return msgspec.structs.replace(answer, defects=(*answer.defects, defect))

    async def files(self, raw: Raw) -> list[bytes] | None:
        """The bytes of the attachments, in order; None if that breaks the child or takes too long.

        Raises ChildDisturbed.
        """
        try:
            return _files_decoder.decode(await self._ask(b"A", raw))
        except (ChildBroke, msgspec.MsgspecError):
            return None

    async def close(self) -> None:
        """End the child."""
        await self.child.close()

    async def _understood(self, mode: bytes, raw: Raw) -> ParsedMail | None:
        try:
            return _decoder.decode(await self._ask(mode, raw))
        except (ChildBroke, msgspec.MsgspecError):
            return None

    async def _ask(self, mode: bytes, raw: Raw) -> bytes:
        if isinstance(raw, bytes):
            return await self.child.ask(mode + raw)
        return await self.child.ask(mode, raw.parts(), raw.size)


class Parsers:
    """Several parsers, each lent for one mail at a time."""

    def __init__(self, count: int, cpu_seconds: float) -> None:
        self._free: asyncio.Queue[Parser] = asyncio.Queue()
        for _ in range(count):
            self._free.put_nowait(Parser(cpu_seconds))

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[Parser]:
        """One that is free, as soon as there is one."""
        parser = await self._free.get()
        try:
            yield parser
        finally:
            self._free.put_nowait(parser)

    async def close(self) -> None:
        """End those that are not lent."""
        while not self._free.empty():
            await self._free.get_nowait().close()


def answer(request: bytes) -> bytes:
    """The mail of a request, understood."""
    mode, raw = request[:1], request[1:]
    del request
    if mode == b"A":
        return msgspec.msgpack.encode(files(raw))
    return msgspec.json.encode(parse(raw) if mode == b"F" else headers_only(raw, ()))


if __name__ == "__main__":
    serve(answer, float(sys.argv[1]), MEMORY_MOST)
