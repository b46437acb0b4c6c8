"""The address service for tests over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from addresses.roles import roles
from addresses.settings import Settings
from dossier.testing.services import ServiceUnderTest, running


@pytest.fixture
async def addresses(mongo_url: str, database_name: str) -> AsyncIterator[ServiceUnderTest]:
    async with running(Settings, roles, mongo_url, database_name, shipped_lists=False) as service:
        yield service
