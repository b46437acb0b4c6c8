"""A service of one projection for the operator's commands."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dossier.kafka import KafkaAccess
from dossier.mongo import Database
from dossier.operated import Operated
from dossier.settings import ServiceSettings
from dossier.testing.projections import Cards
from dossier.topics import delete_topics, ensure_topics

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
async def operated(
    mongo_url: str, database: Database, kafka_bootstrap: str, topic_prefix: str
) -> AsyncIterator[Operated]:
    """It owns nothing yet, and reads the feeds of owners that do not answer."""
    settings = ServiceSettings(
        service="tests",
        port=1,
        environment="test",
        mongo_url=mongo_url,
        mongo_database=database.name,
        kafka_bootstrap=kafka_bootstrap,
        topic_prefix=topic_prefix,
        addresses_url=NOBODY,
        activities_url=NOBODY,
    )
    made = await ensure_topics(KafkaAccess(kafka_bootstrap), topic_prefix, Cards.sources)
    yield Operated(lambda: settings, "addresses", projections={"cards": Cards})
    await delete_topics(KafkaAccess(kafka_bootstrap), made)
