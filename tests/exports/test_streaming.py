"""A large dossier: it begins at once, nothing of it is kept, and it stays true while it is read."""

from __future__ import annotations

import io
import json
from zipfile import BadZipFile, ZipFile

import httpx
import pytest

from exports.world import World

pytestmark = [pytest.mark.backends, pytest.mark.slow]

MANY = 5_000
PAGES = MANY // 50


@pytest.fixture(scope="module")
async def large(office: World) -> str:
    """The path of a company with many long activities: more than lies between two sockets."""
    return f"companies/{await office.large(MANY, 'What was said. ' * 140)}"


async def test_a_dossier_of_5000_activities_begins_before_it_is_read(office: World, large: str) -> None:
    before = office.asked
    async with office.streamed(large, "ndjson") as answer:
        lines = answer.aiter_lines()
        first = json.loads(await anext(lines))
        begun = office.asked - before
        records = [json.loads(line) async for line in lines]
    assert first["record"] == "header"
    assert begun < PAGES < office.asked - before
    assert records[-1]["counts"]["activity"] == MANY == len({each["id"] for each in records[1:-1]})


async def test_an_archive_begins_before_it_is_read(office: World, large: str) -> None:
    before = office.asked
    async with office.streamed(large, "zip") as answer:
        parts = answer.aiter_bytes()
        received = await anext(parts)
        assert received.startswith(b"PK")
        assert office.asked - before < PAGES
        received += b"".join([part async for part in parts])
    archive = ZipFile(io.BytesIO(received))
    assert archive.testzip() is None
    assert archive.read("index.html").count(b"<article>") == MANY


async def test_what_is_set_aside_while_a_dossier_is_read_is_left_out_of_the_rest(office: World, large: str) -> None:
    rows = await office.asks(f"/v1/{large}/history?limit=1&at=2019-12-31")
    previous = rows.json()["previous"]
    (oldest,) = (await office.asks(f"/v1/{large}/history?limit=1&cursor={previous}")).json()["items"]
    async with office.streamed(large, "ndjson") as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        office.parked.add(f"activity-{oldest['id']}")
        told = {json.loads(line).get("id") async for line in lines}
    office.parked.clear()
    assert oldest["id"] not in told
    assert len(told) > MANY - 10


async def test_who_goes_away_in_the_middle_has_no_archive_that_opens_and_keeps_nothing_busy(
    office: World, large: str
) -> None:
    async with office.streamed(large, "zip") as answer:
        received = await anext(answer.aiter_bytes())
    asked = office.asked
    with pytest.raises(BadZipFile):
        ZipFile(io.BytesIO(received))
    await office.asks(f"/v1/{large}/history")
    assert office.asked - asked < PAGES


async def test_a_service_that_ends_in_the_middle_cuts_the_dossier_off(office: World, large: str) -> None:
    received = b""
    async with office.streamed(large, "ndjson") as answer:
        parts = answer.aiter_bytes()
        received = await anext(parts)
        async with office.away("histories"):
            with pytest.raises(httpx.RemoteProtocolError):
                received += b"".join([part async for part in parts])
    assert b'{"record":"complete"' not in received
