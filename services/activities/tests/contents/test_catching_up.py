"""Documents that came before they were read, or whose record was lost, are read as well, and none twice (SRC-01)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from activities.contents import catching_up
from activities.contents.catching_up import CatchingUp
from activities.contents.keeping import Keeping
from activities.contents.worker import Reading, Worker
from activities.documents import Documents
from dossier.ids import stream_id
from dossier.mongo import Collection
from dossier.store import CommitStore
from dossier.testing import papers
from dossier.testing.documents import Desk


@pytest.fixture
def reading(client: Any, store: CommitStore) -> Reading:
    documents: Documents = client.app.state.documents
    return Reading(store, Keeping(store.database), documents.files, documents.find, documents.uploads.under_way)


def catching(reading: Reading) -> CatchingUp:
    return CatchingUp(reading.files, reading.keeping, reading.find)


async def read_all(reading: Reading, records: Collection, readers: int = 1) -> None:
    """So many readers at once catch up, until everything is read."""
    stop = asyncio.Event()
    workers = [asyncio.create_task(Worker(reading, patient=False).run(stop)) for _ in range(readers)]
    async with asyncio.timeout(120):
        await asyncio.gather(*(catching(reading).catch_up(stop) for _ in range(readers)))
        while await records.count_documents({"open": True}):  # noqa: ASYNC110  (told by the database alone)
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*workers)


async def outcomes(desk: Desk, document: str) -> list[str | None]:
    versions = (await desk.shown(document))["versions"]
    return [version["contents"] and version["contents"]["outcome"] for version in versions]


async def said(store: CommitStore, records: Collection) -> list[int]:
    """How often it was said of each file what reading it came to."""
    streams = [stream_id("contents", record["_id"]) for record in await records.find({}).to_list(None)]
    return [len(await store.read(stream)) for stream in streams]


async def test_src_01_each_version_without_contents_is_read_once_by_readers_that_catch_up_together(
    desk: Desk, store: CommitStore, records: Collection, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "AT_ONCE", 2)
    monkeypatch.setattr(catching_up, "IDLE_SECONDS", 0.02)
    documents = [await desk.attach(papers.pdf(f"Dach {number}"), name=f"{number}.pdf") for number in range(5)]
    await desk.call("POST", f"/{documents[0]}/versions?based_on=1", papers.word("Keller"), name="a.docx")
    await records.delete_many({})  # as if all had come before
    assert await outcomes(desk, documents[0]) == [None, None]
    await read_all(reading, records, readers=2)
    assert await outcomes(desk, documents[0]) == ["read", "read"]
    assert [await outcomes(desk, each) for each in documents[1:]] == [["read"]] * 4
    assert await said(store, records) == [1] * 6


async def test_src_01_who_catches_up_anew_passes_by_what_was_read_and_what_is_no_document(
    desk: Desk, store: CommitStore, records: Collection, reading: Reading
) -> None:
    document = await desk.attach(papers.pdf("Dach"))
    await reading.files.put(f"activity-{desk.activity}/nothing", _bytes(b"of an upload that no event came to refer to"))
    await records.delete_many({})
    await read_all(reading, records)
    (before,) = await records.find({}).to_list(None)
    await catching(reading).catch_up(asyncio.Event())
    assert await records.find({}).to_list(None) == [before]
    assert await outcomes(desk, document) == ["read"]


async def test_src_01_a_document_that_was_removed_is_caught_up_on_as_it_may_be_restored(
    desk: Desk, records: Collection, reading: Reading
) -> None:
    removed = await desk.attach(papers.pdf("Dach"))
    await desk.call("POST", f"/{removed}/remove", {"reason": "wrong"})
    await records.delete_many({})
    await read_all(reading, records)
    await desk.call("POST", f"/{removed}/restore")
    assert await outcomes(desk, removed) == ["read"]


async def test_src_01_a_record_that_is_there_by_now_is_left_alone(desk: Desk, reading: Reading) -> None:
    await desk.attach(papers.pdf("Dach"))
    record = await reading.keeping.claim(patient=False)
    assert record is not None
    await reading.keeping.add(record["file"], record["stream"])
    assert await reading.keeping.claim(patient=False) is None


async def test_src_01_no_more_than_a_few_wait_at_a_time(
    desk: Desk, records: Collection, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "AT_ONCE", 2)
    for number in range(5):
        await desk.attach(papers.pdf(f"Dach {number}"), name=f"{number}.pdf")
    await records.delete_many({})
    stop = asyncio.Event()
    waiting = asyncio.create_task(catching(reading).catch_up(stop))
    async with asyncio.timeout(60):
        while await records.count_documents({"open": True}) < 2:  # noqa: ASYNC110  (told by the database alone)
            await asyncio.sleep(0.02)
    stop.set()
    await waiting
    assert await records.count_documents({}) == 2


async def _bytes(whole: bytes) -> Any:
    yield whole
