"""The whole way: topics that lose, repeat and shuffle, two replicas, one killed, then a rebuild; as the oracle says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dossier.contracts.activities import EntryPinned
from dossier.kafka import KafkaAccess
from dossier.mongo import Database
from dossier.projections.feeds import Feeds
from dossier.projections.pointer import Pointers
from dossier.projections.rebuild import GenerationsDiffer, Rebuild
from dossier.projections.runner import ProjectionRunner
from dossier.projections.tokens import wait
from dossier.settings import ServiceSettings
from dossier.testing.backends import MakeTopics
from dossier.testing.projecting import QUICK, kill, running
from dossier.testing.projections import Record, Topics, shuffled
from histories.settings import Settings
from histories.views.projection import Histories
from oracle.comparison import assert_equal_to_oracle, dump, histories
from oracle.oracle import Oracle
from oracle.test_corrections_outlive_rebuilds import Forgetful
from oracle.worlds import World

pytestmark = pytest.mark.backends


@pytest.fixture
async def topics(kafka_bootstrap: str, topic_prefix: str, make_topics: MakeTopics) -> AsyncIterator[Topics]:
    await make_topics(*Histories.sources, partitions=3)
    async with Topics(KafkaAccess(kafka_bootstrap), topic_prefix) as topics:
        yield topics


@pytest.fixture
def settings(mongo_url: str, database: Database, kafka_bootstrap: str, topic_prefix: str) -> ServiceSettings:
    return Settings(
        environment="test",
        mongo_url=mongo_url,
        mongo_database=database.name,
        kafka_bootstrap=kafka_bootstrap,
        topic_prefix=topic_prefix,
    )


async def test_histories_through_bad_topics_and_a_rebuild_are_what_the_oracle_says(
    database: Database, settings: ServiceSettings, topics: Topics
) -> None:
    worlds = [World(7_000_000 + number) for number in range(10)]
    events = [event for world in worlds for event in world.events]
    record = Record(database)
    feeds: Feeds = {context: record.feed(context) for context in Histories.sources}

    def runner() -> ProjectionRunner:
        return ProjectionRunner(histories(database, 1), settings, feeds, QUICK)

    arriving = shuffled(events, 1, lost=0.1)
    await record.store(events)
    async with running(runner()):
        doomed = asyncio.create_task(runner().run(asyncio.Event()))
        await topics.publish(arriving[::2])
        await kill(doomed)
        await topics.publish(arriving[1::2])
        live = histories(database, 1)
        heads = {event.subject: event.sequence for event in events}
        assert await wait(live, heads, seconds=60) == {}
    report = await Rebuild(Histories, database, settings, feeds, QUICK).run()
    assert (report.events, report.compared, report.switched) == (len(events), True, True)
    assert await dump(histories(database, report.generation)) == await dump(live)
    entries = {entry["_id"]: entry async for entry in live.collections.entries.find({})}
    for world in worlds:
        assert_equal_to_oracle(Oracle(world.events), entries, world)


async def test_a_rebuild_that_loses_pins_is_not_switched_to(
    database: Database, settings: ServiceSettings, topics: Topics
) -> None:
    events = [event for number in range(3) for event in World(7_100_000 + number).events]
    record = Record(database)
    feeds: Feeds = {context: record.feed(context) for context in Histories.sources}
    await record.store(events)

    def forgetful() -> Histories:
        made = Forgetful()
        made.lost = EntryPinned
        return made

    async with running(ProjectionRunner(histories(database, 1), settings, feeds, QUICK)):
        await topics.publish(events)
        assert await wait(histories(database, 1), {event.subject: event.sequence for event in events}, seconds=60) == {}
        with pytest.raises(GenerationsDiffer) as found:
            await Rebuild(forgetful, database, settings, feeds, QUICK).run(patience=3.0)
    assert [name.rpartition("_")[2] for name in found.value.differing] == ["entries"]
    assert (await Pointers(database, Histories.name).read(1)).live == 1
