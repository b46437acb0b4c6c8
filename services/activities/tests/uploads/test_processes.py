"""Real processes: how much memory a large document takes, and what is left of one whose process is killed."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from activities.contents.keeping import Keeping
from activities.documents import Documents
from activities.handling import Activities
from dossier.files import Uploads
from dossier.files.gridfs import GridFiles
from dossier.mongo import Database, Driver, Mongo
from dossier.store import CommitStore
from dossier.testing.memory import extra_memory

pytestmark = pytest.mark.slow

MEGABYTE = 1 << 20
LARGE = 100 * MEGABYTE
EXTRA = 30 * MEGABYTE
SERVER = Path(__file__).with_name("server.py")


class Server:
    """A process of the service, and a user who speaks to it."""

    def __init__(self, process: Process, http: httpx.AsyncClient) -> None:
        self.process = process
        self.http = http

    async def record(self) -> str:
        answer = await self.http.post("/v1/activities", json={"kind": "note", "title": "Plans"})
        assert answer.status_code == 201, answer.text
        return f"/v1/activities/{answer.json()['id']}"

    async def attach(self, activity: str, parts: AsyncIterator[bytes]) -> httpx.Response:
        name = {"Content-Disposition": "attachment; filename=plan.bin"}
        return await self.http.post(f"{activity}/documents", content=parts, headers=name)

    async def sha256(self, path: str) -> str:
        digest = hashlib.sha256()
        async with self.http.stream("GET", path) as answer:
            assert answer.status_code == 200
            async for part in answer.aiter_bytes():
                digest.update(part)
        return digest.hexdigest()


@asynccontextmanager
async def server(mongo_url: str, database: str, driver: Driver) -> AsyncIterator[Server]:
    command = [sys.executable, str(SERVER), mongo_url, database, driver]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    try:
        assert process.stdout is not None
        port, token = (await process.stdout.readline()).decode().split()
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as http:
            yield Server(process, http)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def part(number: int) -> bytes:
    """A part of 64 KB that is like no other."""
    return number.to_bytes(8, "big") * 8192


async def parts(size: int) -> AsyncIterator[bytes]:
    for number in range(size // 65536):
        yield part(number)


async def test_act_15_a_large_document_takes_little_memory(
    mongo_url: str, database_name: str, mongo_driver: Driver
) -> None:
    digest = hashlib.sha256(b"".join(part(number) for number in range(LARGE // 65536))).hexdigest()
    async with server(mongo_url, database_name, mongo_driver) as running:
        activity = await running.record()
        small = await running.attach(activity, parts(MEGABYTE))
        await running.sha256(f"{activity}/documents/{small.json()['document']}/content")
        with extra_memory(running.process.pid, EXTRA):
            answer = await running.attach(activity, parts(LARGE))
            assert answer.status_code == 201, answer.text
        path = f"{activity}/documents/{answer.json()['document']}/content"
        with extra_memory(running.process.pid, EXTRA):
            assert await running.sha256(path) == digest


async def test_act_15_a_process_killed_in_the_middle_leaves_nothing_half_visible(
    mongo_url: str, database_name: str, mongo_driver: Driver, database: Database
) -> None:
    for _ in range(3):
        async with server(mongo_url, database_name, mongo_driver) as running:
            activity = await running.record()
            whole = await running.attach(activity, parts(2 * MEGABYTE))
            assert whole.status_code == 201
            with pytest.raises(httpx.TransportError):
                await running.attach(activity, _until_killed(running, database))
        async with server(mongo_url, database_name, mongo_driver) as running:
            (document,) = (await running.http.get(activity)).json()["documents"]
            assert document["id"] == whole.json()["document"]
            await running.sha256(f"{activity}/documents/{document['id']}/content")
    chunks = database["documents.chunks"]
    assert await chunks.count_documents({}) > 3 * 2
    assert await _swept(mongo_url, database_name, mongo_driver) == 3
    assert await chunks.count_documents({}) == 3 * 2
    assert await database["uploads"].count_documents({}) == 0


async def _until_killed(running: Server, database: Database) -> AsyncIterator[bytes]:
    """Parts of a file, until some of them are stored and the process is killed."""
    stored = database["documents.chunks"]
    before, killed = await stored.count_documents({}), False
    async for each in parts(LARGE):
        yield each
        if not killed and await stored.count_documents({}) >= before + 3:
            running.process.kill()
            killed = True


async def _swept(mongo_url: str, database_name: str, driver: Driver) -> int:
    """How many files a sweep removes when the time for uploads is over."""
    mongo = Mongo(mongo_url, driver)
    database = mongo.database(database_name)
    store, files = CommitStore(mongo, database, "activities"), GridFiles(database, "documents")
    later = datetime.now(UTC) + timedelta(days=2)
    uploads = Uploads(store, database, files, 24 * 3600.0, lambda: later)
    unused: Activities = None  # pyright: ignore[reportAssignmentType]  (nothing is decided here)
    removed = await uploads.sweep(Documents(store, unused, files, uploads, 0, Keeping(database)).refers)
    await mongo.close()
    return removed
