"""The disposable child that parses: `python -m email_ingest.parsing.child`.

Hostile mail can make any parser slow, hungry or dead. So it runs in a process of its own with a memory limit, gets one
mail at a time over a pipe, and ends and is replaced when a mail takes too much processor time (not time: on a busy
machine an honest mail would be given up too). Protocol: 4-byte big-endian length, a mode byte and the mail; answer:
4-byte length and the ParsedMail as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import sys
from asyncio.subprocess import PIPE, Process

import msgspec

from email_ingest.parsing.message import headers_only, parse
from email_ingest.parsing.model import ParsedMail

CPU_SECONDS_MOST = 5.0
WAIT_SECONDS_MOST = 60.0
MEMORY_MOST = 512 * 1024 * 1024
MAILS_PER_CHILD = 2000
GAVE_UP = "the parser gave up"
_decoder = msgspec.json.Decoder(ParsedMail)


class ParserDisturbed(Exception):
    """The child was stopped or killed from outside. It says nothing about the mail: try again later."""


class Parser:
    """Parses in a child process; a mail that breaks the child is read by its headers only, then not at all."""

    def __init__(self, cpu_seconds: float = CPU_SECONDS_MOST, wait_seconds: float = WAIT_SECONDS_MOST) -> None:
        self._cpu_seconds = cpu_seconds
        self.wait_seconds = wait_seconds
        self._child: Process | None = None
        self._done = 0
        self._turn = asyncio.Lock()

    async def parse(self, raw: bytes) -> ParsedMail:
        """Understand a mail; never raises for what the mail says. Raises ParserDisturbed."""
        return await self.whole(raw) or await self.by_headers(raw, GAVE_UP)

    async def whole(self, raw: bytes) -> ParsedMail | None:
        """Understand a mail; None if it breaks the child or takes it too long. Raises ParserDisturbed."""
        async with self._turn:
            return await self._ask(b"F" + raw)

    async def by_headers(self, raw: bytes, defect: str) -> ParsedMail:
        """Understand the headers only, and say why. Raises ParserDisturbed."""
        async with self._turn:
            answer = await self._ask(b"H" + raw)
        if answer is None:
            return ParsedMail(defects=("unreadable",))
        return msgspec.structs.replace(answer, defects=(*answer.defects, defect))

    async def close(self) -> None:
        """End the child."""
        async with self._turn:
            await self._end()

    async def _ask(self, request: bytes) -> ParsedMail | None:
        try:
            async with asyncio.timeout(self.wait_seconds):
                child = await self._ready()
                assert child.stdin is not None and child.stdout is not None  # noqa: PT018 (both were asked for)
                child.stdin.write(len(request).to_bytes(4, "big") + request)
                await child.stdin.drain()
                size = int.from_bytes(await child.stdout.readexactly(4), "big")
                return _decoder.decode(await child.stdout.readexactly(size))
        except TimeoutError:
            await self._end()
            raise ParserDisturbed("no answer") from None
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError):
            if await self._died() in (-signal.SIGKILL, -signal.SIGTERM):
                raise ParserDisturbed("killed") from None
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
                sys.executable, "-m", "email_ingest.parsing.child", str(self._cpu_seconds), stdin=PIPE, stdout=PIPE
            )
        return self._child

    async def _died(self) -> int | None:
        """How the child ended, by itself or by another's hand; None if it is alive and has to be ended."""
        child = self._child
        try:
            # The pipe breaks a moment before the end is known.
            return None if child is None else await asyncio.wait_for(child.wait(), 1.0)
        except TimeoutError:
            return None
        finally:
            await self._end()

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


def main(cpu_seconds: float) -> None:
    """Serve requests from standard input until it closes. A request that takes too long ends the process (SIGPROF)."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(size := source.read(4)) == 4:
        request = source.read(int.from_bytes(size, "big"))
        mode, raw = request[:1], request[1:]
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        mail = parse(raw) if mode == b"F" else headers_only(raw, ())
        signal.setitimer(signal.ITIMER_PROF, 0)
        answer = msgspec.json.encode(mail)
        sink.write(len(answer).to_bytes(4, "big") + answer)
        sink.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]))
