"""Fixtures of all tests of projections."""

from collections.abc import AsyncIterator

import pytest

from dossier.kafka import KafkaAccess
from dossier.mongo import Database
from dossier.settings import ServiceSettings
from dossier.testing.projecting import World
from dossier.testing.projections import Cards, Record, Topics
from dossier.topics import delete_topics


@pytest.fixture
def partitions() -> int:
    """Partitions of each topic; a module overrides it."""
    return 3


@pytest.fixture
async def world(
    mongo_url: str, database: Database, kafka_bootstrap: str, topic_prefix: str, partitions: int
) -> AsyncIterator[World]:
    """Topics of two contexts without any event."""
    settings = ServiceSettings(
        service="tests",
        port=1,
        mongo_url=mongo_url,
        mongo_database=database.name,
        kafka_bootstrap=kafka_bootstrap,
        topic_prefix=topic_prefix,
    )
    record = Record(database)
    feeds = {context: record.feed(context) for context in Cards.sources}
    async with Topics(KafkaAccess(kafka_bootstrap), topic_prefix) as topics:
        made = World(database, settings, topics, partitions, record, feeds)
        await made.make_topics()
        yield made
    await delete_topics(KafkaAccess(kafka_bootstrap), [f"{topic_prefix}.{context}" for context in feeds])
