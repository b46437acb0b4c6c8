"""What comes over a connection before there is a request: bounded in size and time, and answered by a problem."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request

from dossier.auth.guard import public
from dossier.http import protocol
from dossier.http.app import create_app
from dossier.http.routing import Router
from dossier.runtime import Service, serve
from dossier.settings import ServiceSettings
from dossier.testing.tokens import TokenMaker

HEAD = b"GET /here HTTP/1.1\r\nHost: service.test\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Settings(ServiceSettings):
    service: str = "sample"
    port: int = 0
    mongo_database: str = "sample"


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A service that listens."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.5)
    service, stop = Service(Settings(environment="test"), keys=TokenMaker().keys), asyncio.Event()
    router = Router(dependencies=[public])

    @router.get("/here")
    async def here() -> str:
        return "here"

    @router.post("/there")
    async def there(request: Request) -> int:
        return len(await request.body())

    listener = socket.create_server(("127.0.0.1", 0))
    async with service:
        serving = asyncio.create_task(serve(create_app(service, [router], title="Sample"), listener, stop))
        yield listener.getsockname()[1]
        stop.set()
        await serving


async def answer_to(port: int, *pieces: bytes) -> tuple[int, Any]:
    """Status and document of what is answered before the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(body)


async def test_a_head_that_never_ends_is_refused_and_others_are_answered(port: int) -> None:
    status, problem = await answer_to(port, HEAD, b"X: ", b"a" * (protocol.HEAD_BYTES + 1))
    assert (status, problem["rule"]) == (431, "max-headers")
    assert (await answer_to(port, HEAD + b"Connection: close\r\n\r\n"))[0] == 200


@pytest.mark.parametrize("path", [b"/there", b"/nowhere"])
async def test_who_sends_all_before_listening_hears_that_the_body_is_refused(port: int, path: bytes) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\nHost: service.test\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n"
    status, problem = await answer_to(port, head, *[b" " * 1_000_000] * 20)
    assert (status, problem["rule"]) == ((413, "max-body") if path == b"/there" else (404, "known-route"))


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + b"\r\n" + HEAD])
async def test_who_never_finishes_a_head_does_not_keep_the_connection(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(10):
        received = await reader.read()
    assert b'"rule":"header-time"' in received
    writer.close()


async def test_what_is_no_http_is_answered_by_a_problem(port: int) -> None:
    status, problem = await answer_to(port, b"\x16\x03\x01\r\n\r\n")
    assert (status, problem["rule"]) == (400, "http")


async def test_a_connection_is_kept_between_requests_for_the_next_one(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for pause in (0.3, 0.3, 5.5):  # the server's own default is 5 s, less than proxies keep theirs
        writer.write(HEAD + b"\r\n")
        assert (await reader.readuntil(b'"here"')).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(pause)
    assert not reader.at_eof()
    writer.close()
