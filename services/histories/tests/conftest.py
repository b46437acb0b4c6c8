"""The history service for tests: its real API over what a real projection has applied to a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dossier.mongo import Database
from dossier.runtime import Roles, Service
from dossier.testing.services import ServiceUnderTest, running
from histories.api.requests import Live
from histories.roles import application
from histories.settings import Settings
from histories.views.projection import Histories
from histories.views.texts import Texts
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
async def api(
    mongo_url: str, database_name: str, present: Present, parked: set[str]
) -> AsyncIterator[ServiceUnderTest]:
    async def find_live() -> Live:
        assert present.texts is not None
        return Live(present.projection, frozenset(parked), present.texts)

    def roles(service: Service[Settings]) -> Roles:
        return Roles(application(service, find_live))

    async with running(Settings, roles, mongo_url, database_name) as service:
        yield service
