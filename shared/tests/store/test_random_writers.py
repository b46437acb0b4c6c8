"""Concurrency (issue: random writers): whatever clients do at once and whatever the server does meanwhile,

streams are contiguous, what was acknowledged is there once, what was refused is not there, what is unknown is there
once or not at all.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossier.ids import new_id
from dossier.mongo import Driver, Mongo
from dossier.store import CommitStore
from dossier.testing.mongod import failing, own_mongod
from dossier.testing.writers import KINDS, Action, Clients

ACTIONS = st.builds(
    Action,
    kind=st.sampled_from(KINDS),
    one=st.integers(0, 2),
    two=st.integers(0, 2),
    events=st.integers(1, 3),
    commits=st.integers(-2, 2),
    versions=st.integers(-3, 3),
    delay=st.integers(0, 40),
)
CLIENTS = st.lists(st.lists(ACTIONS, min_size=1, max_size=5), min_size=2, max_size=10)
FAILURES: list[dict[str, Any]] = [
    {"failCommands": ["insert"], "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}},
    {"failCommands": ["insert"], "errorCode": 50},
    {"failCommands": ["insert", "commitTransaction"], "closeConnection": True},
    {"failCommands": ["commitTransaction"], "writeConcernError": {"code": 64, "errmsg": "no majority in time"}},
    {"failCommands": ["find"], "closeConnection": True},
]
UNHURRIED = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@UNHURRIED
@given(clients=CLIENTS)
async def test_random_writers(mongo: Mongo, database_name: str, clients: list[list[Action]]) -> None:
    store = CommitStore(mongo, mongo.database(f"{database_name}_{new_id()[-6:]}"), "addresses")
    await store.start()
    try:
        assert await Clients(store).run(clients) == []
    finally:
        await store.stop()
        await mongo.client.drop_database(store.database.name)


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory, mongo_driver: Driver) -> AsyncIterator[Mongo]:
    async with own_mongod(tmp_path_factory.mktemp("mongod")) as server:
        client = Mongo(server.url, mongo_driver)
        yield client
        await client.close()


@pytest.mark.slow
@settings(UNHURRIED, max_examples=12)
@given(clients=CLIENTS, failure=st.sampled_from(FAILURES), times=st.integers(1, 12))
async def test_random_writers_on_a_server_that_fails(
    own: Mongo, clients: list[list[Action]], failure: dict[str, Any], times: int
) -> None:
    store = CommitStore(own, own.database(f"test_{new_id()[-12:]}"), "addresses")
    await store.start()
    async with AsyncExitStack() as cleanup:
        cleanup.push_async_callback(own.client.drop_database, store.database.name)
        cleanup.push_async_callback(store.stop)
        how = dict(failure)
        async with failing(own, *how.pop("failCommands"), times=times, **how):
            clients_and_ledger = Clients(store)
            await clients_and_ledger.run(clients)
        assert await clients_and_ledger.ledger.check(store.database) == []
