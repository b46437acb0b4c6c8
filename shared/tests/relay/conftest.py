"""A store and a topic of the test's own."""

from collections.abc import AsyncIterator

import pytest

from dossier.kafka import KafkaAccess
from dossier.mongo import Database, Mongo
from dossier.store import CommitStore
from dossier.testing.backends import MakeTopics
from dossier.testing.relaying import CONTEXT, PARTITIONS, Outlet


@pytest.fixture
async def outlet(
    mongo: Mongo, database: Database, kafka_bootstrap: str, make_topics: MakeTopics
) -> AsyncIterator[Outlet]:
    [topic] = await make_topics(CONTEXT, partitions=PARTITIONS)
    store = CommitStore(mongo, database, CONTEXT)
    await store.start()
    yield Outlet(mongo, database, store, KafkaAccess(kafka_bootstrap), topic)
    await store.stop()
