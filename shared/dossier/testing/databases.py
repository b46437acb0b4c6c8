"""A client and a database for a test, as a pytest plugin. The only place that chooses the driver of the tests."""

import os
from collections.abc import AsyncIterator
from typing import cast

import pytest

from dossier.mongo import Database, Driver, Mongo


@pytest.fixture(scope="session")
def mongo_driver() -> Driver:
    """The driver that DOSSIER_MONGO_DRIVER names: the whole suite has to pass with both."""
    return cast("Driver", os.environ.get("DOSSIER_MONGO_DRIVER", "motor"))


@pytest.fixture(scope="session")
async def mongo(mongo_url: str, mongo_driver: Driver) -> AsyncIterator[Mongo]:
    """One client for all tests."""
    client = Mongo(mongo_url, mongo_driver)
    yield client
    await client.close()


@pytest.fixture
def database(mongo: Mongo, database_name: str) -> Database:
    """A database of this test alone."""
    return mongo.database(database_name)
