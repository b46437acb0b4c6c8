"""A process of its own: what a large document and a large dossier take of it."""

from __future__ import annotations

import hashlib
import json
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest

from dossier.testing.memory import extra_memory
from dossier.testing.tokens import bearer
from exports.test_records import acme, note
from exports.world import World

pytestmark = [pytest.mark.backends, pytest.mark.slow]

PART = 1 << 20
LARGE = 100 * PART
EXTRA = 30 * PART
SERVER = Path(__file__).with_name("server.py")


@asynccontextmanager
async def histories(office: World) -> AsyncIterator[tuple[int, str]]:
    """The process, by its id, and where it answers."""
    settings = office.services["histories"].roles.app.state.service.settings.model_dump_json()
    key = json.dumps(office.tokens.key.as_dict(private=False))
    process = await create_subprocess_exec(sys.executable, str(SERVER), settings, key, stdout=PIPE)
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield process.pid, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


def part(number: int) -> bytes:
    """A megabyte that is like no other, and that cannot be packed."""
    return hashlib.shake_256(number.to_bytes(4, "big")).digest(PART)


async def parts(size: int) -> AsyncIterator[bytes]:
    for number in range(size // PART):
        yield part(number)


async def saved(office: World, url: str, path: Path) -> ZipFile:
    """The archive of a dossier, as a browser saves it."""
    async with office.http.stream("GET", url, headers=bearer(office.clara()), timeout=300) as answer:
        assert answer.status_code == 200
        with path.open("wb") as file:
            async for received in answer.aiter_bytes():
                file.write(received)
    return ZipFile(path)


async def small(office: World) -> str:
    """A dossier by which a process learns what it needs for any."""
    company = await acme(office)
    await office.attaches(await note(office, "company", company), "Offer.pdf")
    return f"companies/{company}"


async def test_act_15_an_archive_with_a_document_of_100_mb_takes_little_memory(office: World, tmp_path: Path) -> None:
    first, company = await small(office), await acme(office)
    activity = await note(office, "company", company, "Plans")
    url = f"{office.urls['activities']}/v1/activities/{activity}/documents"
    headers = bearer(office.clara()) | {"Content-Disposition": "attachment; filename=plan.bin"}
    sent = await office.http.post(url, content=parts(LARGE), headers=headers, timeout=300)
    assert sent.status_code == 201, sent.text
    await office.settle()
    async with histories(office) as (process, base):
        await saved(office, f"{base}/v1/{first}/dossier.zip", tmp_path / "small.zip")
        with extra_memory(process, EXTRA):
            archive = await saved(office, f"{base}/v1/companies/{company}/dossier.zip", tmp_path / "large.zip")
    (name,) = (each for each in archive.namelist() if each.endswith("/plan.bin"))
    with archive.open(name) as file:
        assert all(file.read(PART) == part(number) for number in range(LARGE // PART))
        assert file.read() == b""


async def test_an_archive_of_5000_activities_takes_little_memory(office: World, tmp_path: Path) -> None:
    first, company = await small(office), await office.large(5_000, "What was said. " * 140)
    async with histories(office) as (process, base):
        await saved(office, f"{base}/v1/{first}/dossier.zip", tmp_path / "small.zip")
        with extra_memory(process, EXTRA):
            archive = await saved(office, f"{base}/v1/companies/{company}/dossier.zip", tmp_path / "large.zip")
    assert archive.read("index.html").count(b"<article>") == 5_000
