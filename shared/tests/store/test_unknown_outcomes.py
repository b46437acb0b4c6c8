"""Unknown outcomes, made on a real server: what was acknowledged is there once, what failed is not, nothing doubles."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from dossier.ids import new_id
from dossier.mongo import Driver, Mongo
from dossier.store import (
    CommitStore,
    ConflictError,
    GuardChangedError,
    IdempotencyKey,
    NewCommit,
    OutcomeUnknownError,
    Shared,
    StoreUnavailableError,
    commits,
    group,
    reads,
)
from dossier.testing.ledger import Ledger
from dossier.testing.mongod import OwnMongod, failing, own_mongod
from dossier.testing.store_behaviour import commit, company, metadata, renamed, together

TIMED_OUT = 50
WRITE_CONCERN_FAILED = {"code": 64, "errmsg": "waiting for replication timed out"}


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnMongod]:
    async with own_mongod(tmp_path_factory.mktemp("mongod")) as server:
        yield server


@pytest.fixture
async def own(server: OwnMongod, mongo_driver: Driver) -> AsyncIterator[Mongo]:
    client = Mongo(server.url, mongo_driver, timeout_ms=2_000)
    yield client
    await client.close()


@pytest.fixture
async def store(own: Mongo) -> AsyncIterator[CommitStore]:
    store = CommitStore(own, own.database(f"test_{new_id()[-12:]}"), "addresses")
    await store.start()
    yield store
    await store.stop()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter waits than in production, so that tests end."""
    monkeypatch.setattr(commits, "WRITE_SECONDS", 0.5)
    monkeypatch.setattr(commits, "PATIENCE_SECONDS", 1.5)
    monkeypatch.setattr(reads, "READ_SECONDS", 0.5)


async def count(store: CommitStore) -> int:
    return await store.commits.count_documents({})


class TestOneCommit:
    async def test_written_but_not_confirmed_is_found_again(self, store: CommitStore, own: Mongo) -> None:
        async with failing(own, "insert", times=1, writeConcernError=WRITE_CONCERN_FAILED):
            committed = await store.append(commit(company(), None))
        assert not committed.replayed
        assert await count(store) == 1

    @pytest.mark.parametrize("how", [{"errorCode": TIMED_OUT}, {"closeConnection": True}])
    async def test_lost_before_it_was_written_is_tried_again_under_the_same_key(
        self, store: CommitStore, own: Mongo, how: dict[str, Any]
    ) -> None:
        async with failing(own, "insert", times=2, **how):
            committed = await store.append(commit(company(), None))
        assert committed.commit == 1
        assert await count(store) == 1

    async def test_never_confirmed_is_unknown_and_the_key_finds_out(
        self, store: CommitStore, own: Mongo, hasty: None
    ) -> None:
        key = IdempotencyKey("user:1|POST /companies", new_id(), "print")
        async with failing(own, "insert", closeConnection=True):
            with pytest.raises(OutcomeUnknownError):
                await store.append(commit(company(), None, key=key))
        assert await store.answered(key) is None
        again = await store.append(commit(company(), None, key=key))
        assert not again.replayed
        assert await count(store) == 1

    async def test_written_but_not_to_be_read_is_unknown_and_the_key_finds_it(
        self, store: CommitStore, own: Mongo, hasty: None
    ) -> None:
        key = IdempotencyKey("user:1|POST /companies", new_id(), "print")
        async with (
            failing(own, "insert", "find", closeConnection=True),
        ):
            with pytest.raises(OutcomeUnknownError):
                await store.append(commit(company(), None, key=key))
        assert await store.append(commit(company(), None, key=key))
        assert await count(store) == 1

    async def test_an_unconfirmed_loser_is_told_of_the_conflict(self, store: CommitStore, own: Mongo) -> None:
        stream = company()
        async with failing(own, "insert", times=1, writeConcernError=WRITE_CONCERN_FAILED):
            results = await asyncio.gather(
                store.append(commit(stream, None)), store.append(commit(stream, None)), return_exceptions=True
            )
        assert sorted(type(result).__name__ for result in results) == ["Committed", "ConflictError"]
        assert await count(store) == 1

    async def test_of_an_unconfirmed_group_everybody_gets_the_own_answer(self, store: CommitStore, own: Mongo) -> None:
        taken = company()
        await store.append(commit(taken, None))
        new = [commit(company(), None) for _ in range(20)]
        async with failing(own, "insert", times=1, writeConcernError=WRITE_CONCERN_FAILED):
            results = await asyncio.gather(*map(store.append, [*new, commit(taken, None)]), return_exceptions=True)
        assert [type(result).__name__ for result in results] == ["Committed"] * 20 + ["ConflictError"]
        assert await count(store) == 21

    async def test_a_database_that_cannot_be_read_is_unavailable(
        self, store: CommitStore, own: Mongo, hasty: None
    ) -> None:
        async with failing(own, "find", closeConnection=True):
            with pytest.raises(StoreUnavailableError):
                await store.history(company())
            with pytest.raises(StoreUnavailableError):
                await store.answered(IdempotencyKey("scope", "key", "print"))


TROUBLE = [
    ("commitTransaction", 1, {"writeConcernError": WRITE_CONCERN_FAILED}),
    ("commitTransaction", 1, {"closeConnection": True}),
    ("commitTransaction", 2, {"closeConnection": True}),
    ("commitTransaction", 5, {"closeConnection": True}),
    ("insert", 1, {"closeConnection": True}),
    ("insert", 1, {"errorCode": TIMED_OUT}),
    ("commitTransaction", 1, {"errorCode": TIMED_OUT}),
    ("insert", 3, {"closeConnection": True}),
    ("commitTransaction", 1, {"errorCode": 251, "errorLabels": ["TransientTransactionError"]}),
]
"""Of transactions: what fails, how often, and how."""


class TestSeveralStreams:
    @pytest.mark.parametrize(("command", "times", "how"), TROUBLE)
    async def test_committed_together_once(
        self, store: CommitStore, own: Mongo, command: str, times: int, how: dict[str, Any]
    ) -> None:
        seen = await store.guard("set")
        async with failing(own, command, times=times, **how):
            both = await store.append_all(together((company(), None), (company(), None)), {"set": seen})
        assert [one.commit for one in both] == [1, 1]
        assert await count(store) == 2
        assert await store.guard("set") == seen + 1

    @pytest.mark.parametrize(("command", "times", "how"), TROUBLE)
    async def test_those_who_hold_a_guard_are_each_committed_once(
        self, store: CommitStore, own: Mongo, command: str, times: int, how: dict[str, Any]
    ) -> None:
        held, seen = await store.guards([Shared("set"), "set"])
        async with failing(own, command, times=times, **how):
            attempts = [store.append_all([commit(company(), None)], {Shared("set"): held}) for _ in range(5)]
            results = await asyncio.gather(*attempts)
        assert [one.commit for (one,) in results] == [1] * 5
        assert await count(store) == 5
        with pytest.raises(GuardChangedError):
            await store.append_all([commit(company(), None)], {"set": seen})

    async def test_never_confirmed_is_unknown_and_the_key_finds_out(
        self, store: CommitStore, own: Mongo, hasty: None
    ) -> None:
        key = IdempotencyKey("user:1|POST /moves", new_id(), "print")
        command = together((company(), None), (company(), None), key=key)
        async with failing(own, "commitTransaction", closeConnection=True):
            with pytest.raises(OutcomeUnknownError):
                await store.append_all(command)
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(OutcomeUnknownError):  # until the server ends what was left open
                    assert len(await store.append_all(command)) == 2
                    break
        assert await count(store) == 2


async def write(store: CommitStore, ledger: Ledger, until: Callable[[], bool]) -> None:
    """A client that appends to its own stream, and with the same key again when it heard nothing certain."""
    stream = company()
    while not until():
        marker = new_id()
        key = IdempotencyKey("user:1|POST /names", marker, marker)
        try:
            head = await store.head(stream)
            committed = await store.append(NewCommit(stream, head, renamed(marker), metadata(key)))
        except OutcomeUnknownError:
            ledger.unknown.add(marker)
        except (ConflictError, StoreUnavailableError):
            pass
        else:
            ledger.acknowledge(marker, [committed])


@pytest.mark.slow
class TestTheServerItself:
    """Under writers, the server stops answering or dies. Acknowledged is durable, nothing doubles, no gap."""

    async def hurt(self, store: CommitStore, ledger: Ledger, server: OwnMongod, how: str) -> None:
        for pause in (0.2, 1.5, 0.7):
            await asyncio.sleep(0.4)
            enough = len(ledger.acknowledged) + 50
            if how == "pause":
                server.pause()
                await asyncio.sleep(pause)
                server.resume()
            else:
                await server.kill()
                await server.start()
            async with asyncio.timeout(60):
                while len(ledger.acknowledged) < enough:  # noqa: ASYNC110  (the writers are many and simple)
                    await asyncio.sleep(0.05)

    @pytest.mark.parametrize("how", ["pause", "kill"])
    async def test_every_promise_is_kept(self, store: CommitStore, server: OwnMongod, how: str, hasty: None) -> None:
        ledger, over = Ledger(), asyncio.Event()
        writers = [asyncio.create_task(write(store, ledger, over.is_set)) for _ in range(16)]
        try:
            await self.hurt(store, ledger, server, how)
        finally:
            over.set()
            await asyncio.gather(*writers)
        assert await ledger.check(store.database) == []
        assert len(ledger.acknowledged) > 100


async def test_outcomes_of_a_shared_insert_are_read_one_by_one(store: CommitStore, own: Mongo) -> None:
    """A duplicate is the own error of one; a write concern error leaves all others unknown."""
    first = commits.draft(
        commit(company(), None), commit(company(), None).expected, "addresses", commits.system_clock()
    )
    other = commits.draft(
        commit(company(), None), commit(company(), None).expected, "addresses", commits.system_clock()
    )
    await group.insert_unordered(store.commits, [first], 5)
    async with failing(own, "insert", times=1, writeConcernError=WRITE_CONCERN_FAILED):
        outcomes = await group.insert_unordered(store.commits, [first, other], 5)
    assert outcomes == [group.Outcome.DUPLICATE, group.Outcome.UNKNOWN]
