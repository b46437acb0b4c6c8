"""The checkers can fail: each safeguard of the store, deliberately broken, makes them go red."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dossier.ids import new_id
from dossier.mongo import DESCENDING, Driver, Mongo, ReadConcern
from dossier.store import CommitStore, Committed, ConflictError, Guard, Head, NewCommit, Reservation, verify
from dossier.store.commits import Again
from dossier.store.documents import Draft, head_from, key_range
from dossier.store.group import Outcome
from dossier.testing.mongod import OwnMongod, failing, own_mongod
from dossier.testing.store_behaviour import commit, company, metadata, renamed
from dossier.testing.writers import Clients, random_actions

NOT_CONFIRMED = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
TIMED_OUT = {"errorCode": 50}


class BelievesEveryHead(CommitStore):
    async def _checked_head(self, commit: NewCommit) -> Head:
        return commit.expected


class TakesUnknownForRefused(CommitStore):
    async def _settle(self, drafts: Sequence[Draft], outcome: Outcome, again: Again) -> list[Committed]:
        if outcome is Outcome.UNKNOWN:
            stream = drafts[0].commit.stream
            raise ConflictError(stream, drafts[0].commit.expected, await self.head(stream))
        return await super()._settle(drafts, outcome, again)


class TakesUnknownForWritten(CommitStore):
    async def _settle(self, drafts: Sequence[Draft], outcome: Outcome, again: Again) -> list[Committed]:
        if outcome is Outcome.UNKNOWN:
            return [new.committed for new in drafts]
        return await super()._settle(drafts, outcome, again)


class HasOneOutcomeForAll(CommitStore):
    async def _insert(self, drafts: Sequence[Draft]) -> list[Outcome]:
        outcomes = await super()._insert(drafts)
        return [outcomes[-1]] * len(drafts)


class WritesOneStreamAfterTheOther(CommitStore):
    async def append_all(
        self,
        commits: Sequence[NewCommit],
        guards: Mapping[Guard, int] | None = None,
        reservations: Sequence[Reservation] = (),
    ) -> list[Committed]:
        keyless = [replace(commit, metadata=replace(commit.metadata, key=None)) for commit in commits]
        return [await self.append(commit) for commit in keyless]


class ForgetsTheKeyIndex(CommitStore):
    async def start(self) -> None:
        pass


async def faults(mongo: Mongo, broken: type[CommitStore], how: Mapping[str, Any], kinds: Sequence[str]) -> list[str]:
    """What the checker says after random writers with a fixed seed; up to five tries, as timing is not ours."""
    for seed in range(5):
        store = broken(mongo, mongo.database(f"test_{new_id()[-12:]}"), "addresses")
        await store.start()
        random = Random(seed)
        clients = Clients(store)
        async with failing(mongo, "insert", times=6 if how else 0, **how):
            found = await clients.run([random_actions(random, 6, kinds) for _ in range(10)])
        await store.stop()
        if found:
            return found
    return []


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnMongod]:
    async with own_mongod(tmp_path_factory.mktemp("mongod")) as server:
        yield server


@pytest.fixture
async def own(server: OwnMongod, mongo_driver: Driver) -> AsyncIterator[Mongo]:
    client = Mongo(server.url, mongo_driver)
    yield client
    await client.close()


@pytest.mark.parametrize(
    ("broken", "how", "kinds"),
    [
        (BelievesEveryHead, {}, ["claim"]),
        (TakesUnknownForRefused, NOT_CONFIRMED, ["command"]),
        (TakesUnknownForWritten, TIMED_OUT, ["command"]),
        (HasOneOutcomeForAll, {}, ["command", "expect"]),
        (WritesOneStreamAfterTheOther, {}, ["both", "command"]),
        (ForgetsTheKeyIndex, {}, ["retry"]),
    ],
)
async def test_a_broken_safeguard_is_noticed(
    own: Mongo, broken: type[CommitStore], how: dict[str, Any], kinds: list[str]
) -> None:
    assert await faults(own, broken, how, kinds)


@pytest.mark.parametrize("how", [{}, NOT_CONFIRMED, TIMED_OUT])
async def test_the_same_writers_find_nothing_wrong_with_the_store_itself(own: Mongo, how: dict[str, Any]) -> None:
    kinds = ["claim", "command", "expect", "both", "retry"]
    assert await faults(own, CommitStore, how, kinds) == []


class ReadsHeadsThatMayVanish(CommitStore):
    async def head(self, stream: str) -> Head:
        local = self.commits.with_options(read_concern=ReadConcern("local"))
        document = await local.find_one(key_range(stream), sort=[("_id", DESCENDING)])
        return Head(stream) if document is None else head_from(document)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "sound"), [(CommitStore, True), (ReadsHeadsThatMayVanish, False)])
async def test_a_head_that_could_be_rolled_back_is_never_built_upon(
    tmp_path: Path, mongo_driver: Driver, kind: type[CommitStore], sound: bool
) -> None:
    """A commit in memory, not yet durable, is seen by another client. Writer and server die; the other one appends."""
    async with own_mongod(tmp_path) as server:
        client, dying = Mongo(server.url, mongo_driver), Mongo(server.url, mongo_driver)
        store = kind(client, client.database("addresses"), "addresses")
        writer = CommitStore(dying, dying.database("addresses"), "addresses")
        await store.start()
        stream = company()
        await store.append(commit(stream, None))
        await client.client.admin.command({"configureFailPoint": "pauseJournalFlusherBeforeFlush", "mode": "alwaysOn"})
        vanishing = asyncio.create_task(writer.append(commit(stream, await store.head(stream))))
        local = store.commits.with_options(read_concern=ReadConcern("local"))
        async with asyncio.timeout(5):
            while await local.count_documents({"stream": stream}) < 2:  # noqa: ASYNC110  (a server has no event)
                await asyncio.sleep(0.01)
        seen = await store.head(stream)
        await dying.close()
        await server.kill()
        await asyncio.gather(vanishing, return_exceptions=True)
        await server.start()
        assert len(await store.read(stream)) == 1, "it has vanished"
        await store.append(NewCommit(stream, seen, renamed("x"), metadata()))
        assert (await verify(store.database)).sound is sound
        await store.stop()
        await client.close()
