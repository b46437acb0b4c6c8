"""`dossier verify` says what is wrong and goes on, whatever does not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dossier.cli import verifying
from dossier.mongo import Database
from dossier.operated import Operated
from dossier.projections.pointer import Pointers
from dossier.settings import ServiceSettings
from dossier.testing.projections import Cards
from dossier.topics import delete_topics, ensure_topics

pytestmark = pytest.mark.backends
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
async def operated(
    mongo_url: str, database: Database, kafka_bootstrap: str, topic_prefix: str
) -> AsyncIterator[Operated]:
    """A service that owns nothing and reads the feeds of owners that do not answer."""
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
    made = await ensure_topics(kafka_bootstrap, topic_prefix, Cards.sources)
    yield Operated(lambda: settings, "addresses", projections={"cards": Cards})
    await delete_topics(kafka_bootstrap, made)


async def test_a_feed_that_does_not_answer_is_said_and_the_other_checks_go_on(
    operated: Operated, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verifying, "operated_services", lambda: {"tests": operated})
    monkeypatch.setattr(verifying, "FEED_SECONDS", 0.2)
    assert not await verifying.verify_all(with_projections=True)
    said = capsys.readouterr().out
    assert "sound  tests: store" in said
    assert "WRONG  tests: feed unreachable" in said
    assert "WRONG  tests: projection cards: feed unreachable" in said
    assert list((await Pointers(database, "cards").read(1)).generations) == [1]
