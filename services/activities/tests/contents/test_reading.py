"""Every document that came is read once, whoever dies over it, and none holds up others (SRC-01)."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from activities.contents import worker as working
from activities.contents.keeping import Keeping
from activities.contents.worker import Reading, Worker
from activities.documents import Documents
from dossier.contents import contents_id
from dossier.contracts.attachments import DocumentContentsRead
from dossier.files import MissingFileError
from dossier.ids import stream_id
from dossier.mongo import Collection, Database, Driver
from dossier.store import CommitStore
from dossier.testing import papers
from dossier.testing.documents import Desk

READER = Path(__file__).with_name("reader.py")
SOON = 0.3
"""Seconds of a lease, so that nobody waits long for what a killed worker left."""


@pytest.fixture
def reading(client: Any, store: CommitStore) -> Reading:
    documents: Documents = client.app.state.documents
    keeping = Keeping(store.database, SOON)
    return Reading(store, keeping, documents.files, documents.find, documents.uploads.under_way)


@asynccontextmanager
async def at_work(*workers: Worker) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.create_task(worker.run(stop)) for worker in workers]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def none_of(records: Collection, wanted: dict[str, Any]) -> None:
    """Wait until there is no such record."""
    async with asyncio.timeout(240):
        while await records.count_documents(wanted):  # noqa: ASYNC110  (told by the database alone)
            await asyncio.sleep(0.02)


async def outcomes(desk: Desk, document: str) -> list[tuple[str, str]]:
    """What became of reading the versions of a document, the newest first."""
    versions = (await desk.shown(document))["versions"]
    return [(version["contents"]["outcome"], version["contents"]["reason"]) for version in versions]


async def told(store: CommitStore, records: Collection) -> list[DocumentContentsRead]:
    """All that was published about contents."""
    streams = [stream_id("contents", record["_id"]) for record in await records.find({}).sort("file", 1).to_list(None)]
    histories = [await store.read(stream) for stream in streams]
    return [event.event() for events in histories for event in events]  # type: ignore[misc]


async def test_src_01_each_version_is_read_and_said_once_whoever_reads_it(
    desk: Desk, store: CommitStore, records: Collection, reading: Reading
) -> None:
    document = await desk.attach(papers.pdf("Dach"))
    assert await outcomes(desk, document) == [("waiting", "")]
    await desk.call("POST", f"/{document}/versions?based_on=1", papers.word("Keller" * 3), name="a.docx")
    async with at_work(*(Worker(reading, patient=False) for _ in range(3))):
        await none_of(records, {"open": True})
    assert await outcomes(desk, document) == [("read", ""), ("read", "")]
    said = await told(store, records)
    assert sorted((event.number, event.outcome, event.characters) for event in said) == [
        (1, "read", 4),
        (2, "read", 18),
    ]
    assert {(event.activity, event.document) for event in said} == {(desk.activity, document)}


async def test_src_01_a_document_that_hangs_its_reader_holds_up_no_other(
    desk: Desk, records: Collection, reading: Reading
) -> None:
    slow = [await desk.attach(papers.slow_pdf(), name="slow.pdf") for _ in range(2)]
    quick = await desk.attach(papers.pdf("Dach"))
    async with at_work(Worker(reading, patient=False, cpu_seconds=1.0)):
        await none_of(records, {"open": True, "patient": None})
        assert await outcomes(desk, quick) == [("read", "")]
        assert [await outcomes(desk, each) for each in slow] == [[("waiting", "")]] * 2
    async with at_work(Worker(reading, patient=True, cpu_seconds=1.0)):
        await none_of(records, {"open": True})
    assert [await outcomes(desk, each) for each in slow] == [[("read", "")]] * 2
    assert [record["is_cut"] async for record in records.find({"file": {"$regex": "."}}).sort("file", 1)] == [
        True,
        True,
        False,
    ]


async def test_src_01_what_is_larger_than_any_text_is_not_even_fetched(
    desk: Desk, records: Collection, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "MOST_BYTES", 100)
    document = await desk.attach(papers.pdf("Dach"))
    async with at_work(Worker(reading, patient=False)):
        await none_of(records, {"open": True})
    assert await outcomes(desk, document) == [("too_large", "")]


async def test_src_01_bytes_that_are_gone_are_said_to_be_missing(
    desk: Desk, records: Collection, reading: Reading
) -> None:
    document = await desk.attach(papers.pdf("Dach"))
    (record,) = await records.find({}).to_list(None)
    await reading.files.delete(record["file"])
    with pytest.raises(MissingFileError):
        await reading.files.open(record["file"])
    async with at_work(Worker(reading, patient=False)):
        await none_of(records, {"open": True})
    assert await outcomes(desk, document) == [("not_readable", "missing")]


async def test_src_01_an_upload_that_failed_is_forgotten(desk: Desk, records: Collection, reading: Reading) -> None:
    refused = await desk.call("POST", "", b"", name="empty.txt")
    assert refused.status_code == 422
    await records.update_many({}, [{"$set": {"due": "$$NOW"}}])
    async with at_work(Worker(reading, patient=False)):
        await none_of(records, {})


async def test_src_01_a_document_that_was_removed_before_it_was_read_has_been_read_when_it_is_restored(
    desk: Desk, records: Collection, reading: Reading
) -> None:
    removed = await desk.attach(papers.pdf("Dach"))
    await desk.call("POST", f"/{removed}/remove", {"reason": "wrong"})
    async with at_work(Worker(reading, patient=False)):
        await none_of(records, {"open": True})
    await desk.call("POST", f"/{removed}/restore")
    assert await outcomes(desk, removed) == [("read", "")]


async def test_src_01_an_upload_whose_event_is_still_to_come_is_waited_for(
    desk: Desk, records: Collection, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "WAIT_SECONDS", 0.05)
    documents: Documents = desk.client.app.state.documents
    upload = await documents.uploads.begin(f"activity-{desk.activity}")
    await documents.contents.expect(upload.name, upload.stream)
    await documents.contents.arrived(upload.name)
    async with at_work(Worker(reading, patient=False)):
        await asyncio.sleep(0.5)
        assert await records.count_documents({"_id": contents_id(upload.name), "open": True}) == 1
        await documents.uploads.finish(upload, used=False)
        await none_of(records, {})


@asynccontextmanager
async def reader_process(mongo_url: str, database: str, driver: Driver) -> AsyncIterator[Process]:
    command = [sys.executable, str(READER), mongo_url, database, driver, str(SOON)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.slow
async def test_src_01_a_worker_that_is_killed_in_the_middle_leaves_its_document_to_another(
    desk: Desk, store: CommitStore, records: Collection, reading: Reading, mongo_url: str, mongo_driver: Driver
) -> None:
    document = await desk.attach(papers.slow_pdf(), name="slow.pdf")
    async with reader_process(mongo_url, store.database.name, mongo_driver) as process:
        await none_of(records, {"claim": None})
        child = await _busy_child(process)
        process.kill()
        await process.wait()
        child.kill()  # it hears of the end when it answers, which takes this one hours
    quick, patient = Worker(reading, patient=False, cpu_seconds=1.0), Worker(reading, patient=True, cpu_seconds=1.0)
    async with at_work(quick, patient):
        await none_of(records, {"open": True})
    assert await outcomes(desk, document) == [("read", "")]
    assert len(await told(store, records)) == 1


async def _busy_child(process: Process) -> psutil.Process:
    """The child of a process, once it has worked for a while: the beginning is imports."""
    async with asyncio.timeout(240):
        while True:
            for child in psutil.Process(process.pid).children():
                if child.cpu_times().user > 3.0:
                    return child
            await asyncio.sleep(0.05)


async def test_src_01_a_worker_that_dies_before_it_has_said_what_it_read_says_it_later(
    desk: Desk, store: CommitStore, records: Collection, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await desk.attach(papers.pdf("Dach"))

    async def dies(*_: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(Worker, "_publish", dies)
        with pytest.raises(asyncio.CancelledError):
            await Worker(reading, patient=False).run(asyncio.Event())
    assert await outcomes(desk, document) == [("waiting", "")]
    with monkeypatch.context() as patched:
        patched.setattr(reading.files, "open", dies)  # it is not read once more
        async with at_work(Worker(reading, patient=False)):
            await none_of(records, {"open": True})
    assert await outcomes(desk, document) == [("read", "")]
    assert len(await told(store, records)) == 1


async def test_src_01_a_child_that_is_killed_over_a_document_again_and_again_is_not_asked_for_ever(
    desk: Desk, database: Database, records: Collection, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LONGEST_PAUSE", 0.01)
    document = await desk.attach(papers.slow_pdf(), name="slow.pdf")
    worker = Worker(reading, patient=False, cpu_seconds=600.0)

    async def killing() -> None:
        while True:
            for child in psutil.Process().children():
                if any("contents.child" in word for word in child.cmdline()):
                    child.kill()
            await asyncio.sleep(0.05)

    killer = asyncio.create_task(killing())
    async with at_work(worker):
        await none_of(records, {"open": True})
    killer.cancel()
    assert await outcomes(desk, document) == [("not_readable", "time")]
