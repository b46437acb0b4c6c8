"""A commit store on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest

from dossier.mongo import Database, Mongo
from dossier.store import CommitStore

pytest.register_assert_rewrite("dossier.testing.store_behaviour")


@pytest.fixture
async def store(mongo: Mongo, database: Database) -> AsyncIterator[CommitStore]:
    store = CommitStore(mongo, database, "addresses", reservation_key=b"only for tests")
    await store.start()
    yield store
    await store.stop()
