"""A service with a feed, on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest

from dossier.testing import feeding


@pytest.fixture
async def source(mongo_url: str, database_name: str) -> AsyncIterator[feeding.Source]:
    async with feeding.source(mongo_url, database_name) as running:
        yield running
