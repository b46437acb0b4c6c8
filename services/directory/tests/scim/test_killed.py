"""The process is killed while a large group is written: once the provider asks again, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from directory.aggregates import USER
from directory.domain import user
from dossier.auth.principals import directory_id
from dossier.commands import execute
from dossier.contracts.directory import MemberAdded, UserAdded
from dossier.ids import new_id
from dossier.mongo import Mongo
from dossier.store import CommitStore, Metadata

pytestmark = [pytest.mark.backends, pytest.mark.slow]

TOKEN = f"provider-{new_id()}"
MEMBERS = 1_500
NAME = "Everybody"
STREAM = f"group-{directory_id('group', NAME)}"


@asynccontextmanager
async def process(mongo_url: str, database: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """The service as a process of its own, and a client that speaks with it; killed in the end, if it still runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "DOSSIER_ENVIRONMENT": "test",
        "DOSSIER_MONGO_URL": mongo_url,
        "DOSSIER_MONGO_DATABASE": database,
        "DOSSIER_PORT": str(port),
        "DOSSIER_SCIM_TOKENS": json.dumps([TOKEN]),
        "DOSSIER_LOG_LEVEL": "ERROR",
    }
    running = await asyncio.create_subprocess_exec(sys.executable, "-m", "directory", "api", env=environment)
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {TOKEN}"})
    async with client:
        try:
            async with asyncio.timeout(60):
                while not await _ready(client):
                    assert running.returncode is None, "the service did not start"
                    await asyncio.sleep(0.05)
            yield running, client
        finally:
            if running.returncode is None:
                running.kill()
            await running.wait()


async def _ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def users_in(store: CommitStore) -> list[str]:
    """Makes the users known."""

    async def add(id: str) -> str:
        who = Metadata(actor="service:test", channel="api", correlation_id=new_id(), command_id=new_id())
        await execute(store, USER, f"user-{id}", lambda u: user.add(u, UserAdded(name="User")), who, create=True)
        return id

    return await asyncio.gather(*(add(new_id()) for _ in range(MEMBERS)))


async def test_a_large_group_is_whole_after_the_process_was_killed(mongo_url: str, database_name: str) -> None:
    mongo = Mongo(mongo_url)
    store = CommitStore(mongo, mongo.database(database_name), "directory")
    await store.start()
    members = await users_in(store)
    body: dict[str, Any] = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": NAME,
        "members": [{"value": each} for each in members],
    }
    async with process(mongo_url, database_name) as (running, client):
        request = asyncio.create_task(client.post("/scim/v2/Groups", json=body, timeout=60))
        while (await store.head(STREAM)).commit < 3:  # noqa: ASYNC110  (a process has no event to wait for)
            await asyncio.sleep(0.002)
        running.send_signal(signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            await request
    half = await store.head(STREAM)
    assert 3 <= half.commit < MEMBERS // 100, "it was killed in the middle"
    async with process(mongo_url, database_name) as (_, client):
        again = await client.post("/scim/v2/Groups", json=body, timeout=60)
        assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
        put = await client.put(f"/scim/v2/Groups/{STREAM.removeprefix('group-')}", json=body, timeout=60)
        assert [each["value"] for each in put.json()["members"]] == members
    joined = [event.event() for event in await store.read(STREAM) if event.type == MemberAdded.event_type]
    assert joined == [MemberAdded(user=each) for each in members], "everybody joined once"
    await store.stop()
    await mongo.close()
