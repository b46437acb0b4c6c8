"""Reading another service's feed. Interrupted answers are resumed: nothing is missing and nothing comes twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

import httpx
import msgspec

from dossier.contracts.recorded import RecordedEvent
from dossier.feed.lines import CURSOR_MARK, CursorLine, Version, readable_events
from dossier.telemetry import logs

log = logs.logger()

_PAUSES = (0.1, 5.0)
_MAX_STREAMS = 500
_cursors = msgspec.json.Decoder(CursorLine)
_versions = msgspec.json.Decoder(Version)
_counts = msgspec.json.Decoder(dict[str, int])


class FeedError(Exception):
    """The feed refused the request (its status is in the text); asking again does not help."""


class FeedUnavailable(FeedError):
    """The feed could not be read within the client's patience."""


class Batch(NamedTuple):
    """Events with the cursor that goes on behind them. Keep the cursor together with what was made of the events."""

    events: Sequence[RecordedEvent]
    cursor: str


class _Part(NamedTuple):
    """The lines of an answer up to a cursor line."""

    lines: bytes
    cursor: str
    end: bool


class _Interrupted(Exception):
    """Worth another try."""


class FeedClient:
    """The feed at `base_url`. `http` authenticates as a service that may read it (`dossier.http.client`).

    `patience`: seconds without any progress after which `events` and `heads` give up. `stream` and `versions` are
    asked by who waits for the answer and try twice.
    """

    def __init__(self, base_url: str, http: httpx.AsyncClient, *, patience: float = 60.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._patience = patience

    async def events(self, cursor: str = "") -> AsyncGenerator[Batch]:
        """All events behind the cursor, stream by stream, up to the end. Raises FeedError."""
        async with aclosing(self._parts("/feed", cursor)) as parts:
            async for part in parts:
                yield Batch(_read(part.lines), part.cursor)

    async def heads(self) -> AsyncGenerator[dict[str, int]]:
        """The version of every stream, in batches. Raises FeedError."""
        async with aclosing(self._parts("/feed/heads", "")) as parts:
            async for part in parts:
                if part.lines:
                    yield {head.stream: head.version for head in _versions.decode_lines(part.lines)}

    async def stream(self, stream: str, after: int = 0) -> list[RecordedEvent]:
        """The events of one stream after a version; none if there is no such stream. Raises FeedError."""
        for attempt in (1, 2):
            try:
                async with aclosing(self._answer(f"/feed/streams/{stream}", {"after": after})) as parts:
                    return [event async for part in parts for event in _read(part.lines)]
            except _Interrupted as error:
                await _before_retry(attempt, error)
        raise AssertionError("unreachable")

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The versions of these streams; one that does not exist is absent. Raises FeedError."""
        found: dict[str, int] = {}
        for start in range(0, len(streams), _MAX_STREAMS):
            found |= await self._ask({"streams": list(streams[start : start + _MAX_STREAMS])})
        return found

    async def _ask(self, body: Mapping[str, Any]) -> dict[str, int]:
        for attempt in (1, 2):
            try:
                answer = await self._http.post(f"{self._base_url}/feed/heads", json=body)
                _check(answer)
                return _counts.decode(answer.content)
            except (_Interrupted, httpx.HTTPError) as error:
                await _before_retry(attempt, error)
        raise AssertionError("unreachable")

    async def _parts(self, path: str, cursor: str) -> AsyncGenerator[_Part]:
        """The parts of an answer, resumed as often as it is interrupted and goes on."""
        pause, longest = _PAUSES
        progress = time.monotonic()
        while True:
            try:
                async with aclosing(self._answer(path, {"cursor": cursor})) as parts:
                    async for part in parts:
                        yield part
                        cursor, pause, progress = part.cursor, _PAUSES[0], time.monotonic()
                return
            except _Interrupted as error:
                if time.monotonic() - progress > self._patience:
                    raise FeedUnavailable(f"{path}: {error}") from error
                log.warning("feed.interrupted", reason=str(error))
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(pause * 2, longest)

    async def _answer(self, path: str, parameters: Mapping[str, str | int]) -> AsyncGenerator[_Part]:
        """One answer. Lines behind the last cursor line of one that was cut off are dropped: they come again."""
        buffer = bytearray(b"\n")
        try:
            async with self._http.stream("GET", self._base_url + path, params=parameters) as answer:
                _check(answer)
                async for chunk in answer.aiter_raw():
                    searched = max(0, len(buffer) - len(CURSOR_MARK) - 200)
                    buffer += chunk
                    while (found := _first_part(buffer, searched)) is not None:
                        part, size = found
                        del buffer[:size]
                        searched = 0
                        yield part
                        if part.end:
                            return
        except httpx.HTTPError as error:
            raise _Interrupted(type(error).__name__) from error
        raise _Interrupted("the answer was cut off")


def _first_part(buffer: bytearray, searched: int) -> tuple[_Part, int] | None:
    """The first part in the buffer, and how much of the buffer it takes; its line end stays, for the next part."""
    mark = buffer.find(CURSOR_MARK, searched)
    end = buffer.find(b"\n", mark + 1) if mark >= 0 else -1
    if end < 0:
        return None
    line = _cursors.decode(buffer[mark + 1 : end])
    return _Part(bytes(buffer[1 : mark + 1]), line.cursor, line.end), end


def _read(lines: bytes) -> Sequence[RecordedEvent]:
    events, unreadable = readable_events(lines)
    if unreadable:
        log.error("feed.lines-unreadable", count=unreadable)
    return events


def _check(answer: httpx.Response) -> None:
    if answer.status_code in (429, 500, 502, 503, 504):
        raise _Interrupted(f"status {answer.status_code}")
    if answer.status_code != 200:
        raise FeedError(f"status {answer.status_code}")


async def _before_retry(attempt: int, error: Exception) -> None:
    if attempt > 1:
        raise FeedUnavailable(str(error) or type(error).__name__) from error
    await asyncio.sleep(_PAUSES[0])
