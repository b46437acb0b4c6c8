"""The history service for tests: its real API over what a real projection has applied to a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from dossier.contracts import RecordedEvent
from dossier.mongo import Database
from dossier.testing.clock import ManualClock
from dossier.testing.services import ServiceUnderTest
from histories.views.projection import Histories
from histories.views.texts import Texts
from oracle.reading import reading
from oracle.recording import Present


@pytest.fixture
async def present(database: Database) -> Present:
    projection = Histories()
    projection.attach(database, 1)
    await projection.prepare()
    texts = Texts()
    texts.attach(database, 1)
    await texts.prepare()
    return Present(projection, texts)


@pytest.fixture
def parked() -> set[str]:
    """Streams that are set aside; a test adds to them."""
    return set()


@pytest.fixture
def clock() -> ManualClock:
    """The clock of the service: the evening of 4 May 2026 in Zurich."""
    return ManualClock(datetime(2026, 5, 4, 18, tzinfo=UTC))


@pytest.fixture
async def api(
    mongo_url: str, database_name: str, present: Present, parked: set[str], clock: ManualClock
) -> AsyncIterator[ServiceUnderTest]:
    assert present.texts is not None

    def recorded(stream: str, after: int) -> list[RecordedEvent]:
        """What the directory recorded, applied here or not."""
        return present.streams[stream][after:]

    async with reading(
        mongo_url, database_name, present.projection, present.texts, parked=parked, recorded=recorded, clock=clock
    ) as service:
        yield service
