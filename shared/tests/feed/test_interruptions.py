"""A feed that is killed in the middle of its answer is read to the end, without gap or repeat."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from dossier.contracts import RecordedEvent
from dossier.feed import FeedClient
from dossier.store import CommitStore
from dossier.testing.feeding import fill
from dossier.testing.tokens import bearer
from local_stack.ports import free_port

pytestmark = [pytest.mark.backends, pytest.mark.slow]


class Killable(httpx.Auth):
    """The feed in a process of its own, which may be killed and started again; each has its own keys."""

    def __init__(self, mongo_url: str, database: str) -> None:
        self._port = free_port()
        self._command = [sys.executable, "-m", "dossier.testing.feeding", mongo_url, database, str(self._port)]
        self.url = f"http://127.0.0.1:{self._port}"
        self._headers: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def auth_flow(self, request: httpx.Request):
        request.headers.update(self._headers)
        yield request

    async def start(self) -> None:
        self._process = await asyncio.to_thread(subprocess.Popen, self._command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._headers = bearer((await asyncio.to_thread(self._process.stdout.readline)).decode().strip())

    async def kill(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.kill()
        await asyncio.to_thread(self._process.wait)
        self._process.stdout.close()


@pytest.fixture
async def killable(mongo_url: str, database_name: str) -> AsyncIterator[Killable]:
    server = Killable(mongo_url, database_name)
    await server.start()
    yield server
    await server.kill()


async def test_killed_and_started_again_under_a_reader(store: CommitStore, killable: Killable) -> None:
    streams = await fill(store, 1500, size=250)
    seen: list[RecordedEvent] = []
    async with httpx.AsyncClient(auth=killable, trust_env=False) as http:
        batches = 0
        async for batch in FeedClient(killable.url, http).events():
            seen += batch.events
            batches += 1
            if batches in (2, 4):
                await killable.kill()
                await killable.start()
    assert batches > 4, "the answer had several parts"
    assert seen == [event for stream in streams for event in await store.read(stream)]


async def test_a_reader_that_is_killed_goes_on_from_the_cursor_it_kept(store: CommitStore, killable: Killable) -> None:
    streams = await fill(store, 600)
    seen: list[RecordedEvent] = []
    cursor = ""
    async with httpx.AsyncClient(auth=killable, trust_env=False) as http:
        client, finished = FeedClient(killable.url, http), False
        while not finished:
            finished = True
            async for batch in client.events(cursor):
                seen += batch.events
                cursor = batch.cursor
                if batch.events:
                    finished = False
                    break
    assert seen == [event for stream in streams for event in await store.read(stream)]
