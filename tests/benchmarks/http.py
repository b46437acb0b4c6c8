"""A client that costs little: on two cores, whatever the load generator takes is taken from the system under test."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import cycle
from typing import NamedTuple, cast
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """An answer of a server."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, empty if it is not there."""
        for line in self.head.split(b"\r\n"):
            key, _, value = line.partition(b":")
            if key.decode().lower() == name:
                return value.strip().decode()
        return ""


class RefusedError(Exception):
    """The answer was not the expected one."""


class Http:
    """Requests to one server or to its replicas in turn, over as many kept-alive connections as there are under way."""

    def __init__(self, base_url: str, token: str = "", replicas: Sequence[str] = ()) -> None:
        parts = [urlsplit(each) for each in (base_url, *replicas)]
        self._addresses = cycle((each.hostname or "", each.port or 80) for each in parts)
        self._common = f"host: {parts[0].netloc}\r\n" + (f"authorization: Bearer {token}\r\n" if token else "")
        self._idle: deque[_Connection] = deque()

    async def get(self, path: str, headers: str = "") -> Answer:
        """A GET that has to succeed. Raises RefusedError."""
        return await self._request(f"GET {path} HTTP/1.1\r\n{self._common}{headers}\r\n".encode())

    async def post(self, path: str, body: bytes, headers: str = "") -> Answer:
        """A POST of JSON that has to succeed. Raises RefusedError."""
        return await self._send("POST", path, body, headers)

    async def put(self, path: str, body: bytes, headers: str = "") -> Answer:
        """A PUT of JSON that has to succeed. Raises RefusedError."""
        return await self._send("PUT", path, body, headers)

    async def close(self) -> None:
        """Let go of the connections."""
        while self._idle:
            self._idle.pop().close()

    async def _send(self, method: str, path: str, body: bytes, headers: str) -> Answer:
        more = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
        return await self._request(f"{method} {path} HTTP/1.1\r\n{self._common}{more}".encode() + body)

    async def _request(self, raw: bytes) -> Answer:
        connection = self._free() or await self._connect()
        try:
            answer = await connection.ask(raw)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        if not 200 <= answer.status < 300:
            raise RefusedError(f"{answer.status} {answer.body[:150]!r}")
        return answer

    def _free(self) -> _Connection | None:
        while self._idle:
            if (connection := self._idle.popleft()).is_open:
                return connection
        return None

    async def _connect(self) -> _Connection:
        _, protocol = await asyncio.get_running_loop().create_connection(_Connection, *next(self._addresses))
        return protocol


class _Connection(asyncio.Protocol):
    """One request at a time; answers say their length."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[Answer] | None = None  # of the request that is under way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @property
    def is_open(self) -> bool:
        """Whether the server has not closed it meanwhile."""
        return not self._transport.is_closing()

    def ask(self, raw: bytes) -> asyncio.Future[Answer]:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        head, body = self._buffer[:end], self._buffer[end + 4 :]
        if len(body) < int(Answer(0, head, b"").header("content-length") or 0):
            return
        answer, self._answer, self._buffer = self._answer, None, b""
        if not answer.done():
            answer.set_result(Answer(int(head[9:12]), head, body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("closed"))

    def close(self) -> None:
        self._transport.close()
