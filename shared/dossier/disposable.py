"""Reading what strangers sent, in a child process that may become slow, hungry or dead: `Child` asks, `serve` answers.

The child has limits of memory and of processor time (not of time: on a busy machine honest work would be given up,
too), gets one request at a time over a pipe, and is replaced when a request has ended it. Protocol: 4-byte big-endian
length and the request; answer: 4-byte length and the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import pkgutil
import resource
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterable, Callable, Iterable

from dossier.memory import give_back_what_was_large


class ChildDisturbed(Exception):
    """The child was stopped or killed from outside. It says nothing about the request: try again later."""


class ChildBroke(Exception):
    """The request was more than the child could bear."""

    def __init__(self, *, slow: bool) -> None:
        """`slow`: it took too much processor time."""
        super().__init__("slow" if slow else "broke")
        self.slow = slow


class Child:
    """A child process that runs `python -m MODULE ARGUMENT…` while there is something to ask it."""

    def __init__(self, module: str, *arguments: str, wait_seconds: float, most_requests: int) -> None:
        """`wait_seconds` for an answer; after `most_requests` a fresh child takes over, whatever it has gathered."""
        self.wait_seconds = wait_seconds
        self._command = (sys.executable, "-m", module, *arguments)
        self._most_requests = most_requests
        self._process: Process | None = None
        self._asked = 0
        self._turn = asyncio.Lock()

    async def ask(self, request: bytes, more: AsyncIterable[bytes] | None = None, size: int = 0) -> bytes:
        """The answer to a request, which is followed by `size` bytes of `more`, if that is given.

        Raises ChildBroke, ChildDisturbed, and what reading `more` raises.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self.wait_seconds):
                    return await self._answer(request, more, size)
            except TimeoutError:
                await self._end()
                raise ChildDisturbed("no answer") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                ended_by = await self._died()
                if ended_by in (-signal.SIGKILL, -signal.SIGTERM):
                    raise ChildDisturbed("killed") from None
                raise ChildBroke(slow=ended_by == -signal.SIGPROF) from None
            except BaseException:
                # The answer of an abandoned request must not be taken for the next one's.
                await self._end()
                raise

    async def close(self) -> None:
        """End the child."""
        async with self._turn:
            await self._end()

    async def _answer(self, request: bytes, more: AsyncIterable[bytes] | None, size: int) -> bytes:
        child = await self._ready()
        assert child.stdin is not None and child.stdout is not None  # noqa: PT018 (both were asked for)
        child.stdin.write((len(request) + size).to_bytes(4, "big") + request)
        await child.stdin.drain()
        if more is not None:
            async for part in more:
                child.stdin.write(part)
                await child.stdin.drain()
        length = int.from_bytes(await child.stdout.readexactly(4), "big")
        return await child.stdout.readexactly(length)

    async def _ready(self) -> Process:
        self._asked += 1
        if self._asked > self._most_requests:
            await self._end()
        if self._process is None or self._process.returncode is not None:
            self._asked = 1
            # What libraries complain of quotes what they read: it belongs into nobody's log.
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
            )
        return self._process

    async def _died(self) -> int | None:
        """How the child ended, by itself or by another's hand; None if it is alive and has to be ended."""
        child = self._process
        try:
            # The pipe breaks a moment before the end is known.
            return None if child is None else await asyncio.wait_for(child.wait(), 1.0)
        except TimeoutError:
            return None
        finally:
            await self._end()

    async def _end(self) -> None:
        child, self._process = self._process, None
        if child is not None and child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


def serve(answer: Callable[[bytes], bytes], cpu_seconds: float, memory: int) -> None:
    """Answer requests from standard input until it closes. One that takes too long ends the process (SIGPROF)."""
    give_back_what_was_large()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(size := source.read(4)) == 4:
        request = source.read(int.from_bytes(size, "big"))
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        said = answer(request)
        signal.setitimer(signal.ITIMER_PROF, 0)
        sink.write(len(said).to_bytes(4, "big") + said)
        sink.flush()


def keep_to_itself(packages: Iterable[str]) -> None:
    """From now on this process opens no file, no connection and no process: it has its three pipes.

    What it may need of these packages is imported before.
    """
    for name in packages:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
