"""The directory for tests over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from directory.roles import roles
from directory.settings import Settings
from dossier.testing.services import ServiceUnderTest, running


@pytest.fixture
async def directory(mongo_url: str, database_name: str) -> AsyncIterator[ServiceUnderTest]:
    async with running(Settings, roles, mongo_url, database_name) as service:
        yield service
