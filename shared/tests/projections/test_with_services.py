"""The runner with the real store, relay and feed of a context behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest

from dossier.contracts import RecordedEvent
from dossier.ids import new_id
from dossier.kafka import KafkaAccess
from dossier.mongo import Database, Document
from dossier.projections.parking import Parking
from dossier.projections.rebuild import Rebuild
from dossier.projections.runner import ProjectionRunner
from dossier.projections.tokens import wait
from dossier.projections.views import ViewProjection
from dossier.relay import Relay
from dossier.settings import ServiceSettings
from dossier.store import Head, Metadata, NewCommit
from dossier.testing import feeding
from dossier.testing.projecting import QUICK, contact, promoted, registered, running
from dossier.topics import delete_topics, ensure_topics

pytestmark = pytest.mark.backends


class Functions(ViewProjection):
    """The function of each contact."""

    name: ClassVar[str] = "functions"
    sources: ClassVar[tuple[str, ...]] = ("addresses",)

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        fact: Any = event.event()
        return {"function": fact.function}


class Installation:
    """One context with its store, relay and feed, and a view of another service."""

    def __init__(self, source: feeding.Source, database: Database, bootstrap: str, prefix: str) -> None:
        self.source = source
        self.database = database
        self.settings = ServiceSettings(
            service="views", port=1, mongo_database=database.name, kafka_bootstrap=bootstrap, topic_prefix=prefix
        )
        self.feeds = {"addresses": source.client()}
        self.view = Functions()
        self.view.attach(database, 1)

    def runner(self) -> ProjectionRunner:
        return ProjectionRunner(self.view, self.settings, self.feeds, QUICK)

    async def commit(self, stream: str, *events: Any) -> int:
        head = await self.source.store.head(stream)
        about = Metadata(actor="user:test", channel="user", correlation_id=new_id(), command_id=new_id())
        done = await self.source.store.append(NewCommit(stream, Head(stream, head.commit, head.version), events, about))
        return done.last

    @asynccontextmanager
    async def relaying(self) -> Any:
        service, stop = self.source.service, asyncio.Event()
        topic = f"{self.settings.topic_prefix}.addresses"
        relay = Relay(service.mongo, service.database, "addresses", self.settings.kafka, topic, "one")
        task = asyncio.create_task(relay.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def functions(self, streams: Sequence[str]) -> list[Any]:
        documents = [await self.view.get(stream) for stream in streams]
        return [document and document["function"] for document in documents]


@pytest.fixture
async def installation(mongo_url: str, database: Database, kafka_bootstrap: str, topic_prefix: str) -> Any:
    await ensure_topics(KafkaAccess(kafka_bootstrap), topic_prefix, ["addresses"], partitions=3)
    async with feeding.source(mongo_url, f"{database.name}_addresses") as source:
        yield Installation(source, database, kafka_bootstrap, topic_prefix)
    await delete_topics(KafkaAccess(kafka_bootstrap), [f"{topic_prefix}.addresses"])


async def test_a_command_is_seen_by_who_holds_its_token(installation: Installation) -> None:
    person = contact()
    async with running(installation.runner()), installation.relaying():
        assert await installation.commit(person, registered(), promoted("clerk")) == 2
        assert await wait(installation.view, {person: 2}, 20.0) == {}
        for number in range(5):
            version = await installation.commit(person, promoted(f"{number}"))
            assert await wait(installation.view, {person: version}, 5.0) == {}
            assert await installation.functions([person]) == [f"{number}"]


async def test_without_kafka_the_feed_brings_everything(installation: Installation) -> None:
    people = [contact() for _ in range(20)]
    for person in people:
        await installation.commit(person, registered(), promoted("clerk"))
    async with running(installation.runner()):
        assert await wait(installation.view, dict.fromkeys(people, 2), 20.0) == {}
    await installation.commit(people[0], promoted("head"))
    async with running(installation.runner()):
        assert await wait(installation.view, {people[0]: 3}, 20.0) == {}
    assert await installation.functions(people) == ["head"] + ["clerk"] * 19


async def test_a_rebuild_reads_the_feed_of_the_service(installation: Installation) -> None:
    people = [contact() for _ in range(20)]
    for person in people:
        await installation.commit(person, registered(), promoted("clerk"))
    async with running(installation.runner()), installation.relaying():
        assert await wait(installation.view, dict.fromkeys(people, 2), 20.0) == {}
        report = await Rebuild(Functions, installation.database, installation.settings, installation.feeds, QUICK).run(
            patience=20.0
        )
    assert (report.events, report.compared, report.switched) == (40, True, True)


async def test_an_event_the_owner_itself_cannot_give_out_parks_its_stream_only(installation: Installation) -> None:
    good, bad = contact(), contact()
    for person in (good, bad):
        await installation.commit(person, registered(), promoted("clerk"))
    commits = installation.source.store.commits
    await commits.update_one({"stream": bad}, {"$set": {"events.1.data": "no json"}})

    parking = Parking(installation.view)
    async with running(installation.runner()):
        assert await wait(installation.view, {good: 2}, 20.0) == {}
        async with asyncio.timeout(20):
            while not (holds := await parking.list()):  # noqa: ASYNC110  (another task's work in a database)
                await asyncio.sleep(0.1)
        assert [(hold.stream, hold.version) for hold in holds] == [(bad, 2)]
        await commits.update_one({"stream": bad}, {"$set": {"events.1.data": '{"function":"x","department":""}'}})
        assert await parking.release(bad)
        assert await wait(installation.view, {bad: 2}, 20.0) == {}
