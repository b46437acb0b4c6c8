"""The disposable child that parses: `python -m email_ingest.parsing.child`.

Hostile mail can make any parser slow, hungry or dead. So it runs in a process of its own with a memory limit, gets one
mail at a time over a pipe, and is killed and replaced when it takes too long. Protocol: 4-byte big-endian length, a
mode byte and the mail; answer: 4-byte length and the ParsedMail as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sys
from asyncio.subprocess import PIPE, Process

import msgspec

from email_ingest.parsing.message import headers_only, parse
from email_ingest.parsing.model import ParsedMail

SECONDS_MOST = 5.0
MEMORY_MOST = 512 * 1024 * 1024
MAILS_PER_CHILD = 2000
_decoder = msgspec.json.Decoder(ParsedMail)


class Parser:
    """Parses in a child process; a mail that breaks the child is read by its headers only, then not at all."""

    def __init__(self, seconds: float = SECONDS_MOST) -> None:
        self._seconds = seconds
        self._child: Process | None = None
        self._done = 0
        self._turn = asyncio.Lock()

    async def parse(self, raw: bytes) -> ParsedMail:
        """Understand a mail; never raises for what the mail says."""
        async with self._turn:
            for mode, defect in ((b"F", ""), (b"H", "the parser gave up")):
                answer = await self._ask(mode + raw)
                if answer is not None:
                    extra = (defect,) if defect else ()
                    return msgspec.structs.replace(answer, defects=answer.defects + extra)
        return ParsedMail(defects=("unreadable",))

    async def close(self) -> None:
        """End the child."""
        async with self._turn:
            await self._end()

    async def _ask(self, request: bytes) -> ParsedMail | None:
        try:
            async with asyncio.timeout(self._seconds):
                child = await self._ready()
                assert child.stdin is not None and child.stdout is not None  # noqa: PT018 (both were asked for)
                child.stdin.write(len(request).to_bytes(4, "big") + request)
                await child.stdin.drain()
                size = int.from_bytes(await child.stdout.readexactly(4), "big")
                return _decoder.decode(await child.stdout.readexactly(size))
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError):
            await self._end()
            return None
        except asyncio.CancelledError:
            # The answer of an abandoned request must not be taken for the next one's.
            await self._end()
            raise

    async def _ready(self) -> Process:
        self._done += 1
        if self._done > MAILS_PER_CHILD:
            await self._end()
        if self._child is None or self._child.returncode is not None:
            self._done = 1
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "email_ingest.parsing.child", stdin=PIPE, stdout=PIPE
            )
        return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


def main() -> None:
    """Serve requests from standard input until it closes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(size := source.read(4)) == 4:
        request = source.read(int.from_bytes(size, "big"))
        mode, raw = request[:1], request[1:]
        mail = parse(raw) if mode == b"F" else headers_only(raw, ())
        answer = msgspec.json.encode(mail)
        sink.write(len(answer).to_bytes(4, "big") + answer)
        sink.flush()


if __name__ == "__main__":
    main()
