"""The fence: it only grows, and who holds no lease any more can neither renew nor clear."""

from __future__ import annotations

import asyncio

import pytest

from dossier.mongo import Database
from dossier.relay.leases import LEASES, Leases, fair_share
from dossier.store import SHARDS
from dossier.testing.relaying import Outlet, company

pytestmark = pytest.mark.backends

SHORT = 1.0


class Unfenced(Leases):
    """Whoever once held a shard may clear it for ever."""

    def valid(self, fences):
        return {"_id": {"$in": list(fences)}}


async def fences(database: Database) -> list[int]:
    return [lease["fence"] async for lease in database[LEASES].find().sort("_id", 1)]


async def taken(database: Database, owner: str, *, seconds: float = 5.0, of: type[Leases] = Leases) -> Leases:
    leases = of(database, owner, seconds=seconds)
    await leases.prepare()
    await leases.beat()
    return leases


async def superseded(database: Database, of: type[Leases] = Leases) -> tuple[dict[int, int], Leases]:
    """One that held all shards and slept, and the fences it remembers; another holds them now."""
    stale = await taken(database, "stale", seconds=SHORT, of=of)
    remembered = stale.held()
    assert len(remembered) == SHARDS
    await asyncio.sleep(SHORT + 0.1)
    fresh = await taken(database, "fresh", seconds=60)
    await database["relay_members"].delete_one({"_id": "stale"})
    await fresh.beat()
    assert len(fresh.held()) == SHARDS
    return remembered, stale


async def test_every_change_of_holder_raises_the_fence_and_release_keeps_it(database: Database) -> None:
    seen = [0] * SHARDS
    for round_number in range(3):
        leases = await taken(database, f"relay-{round_number}")
        now = await fences(database)
        assert all(after == before + 1 for before, after in zip(seen, now, strict=True))
        await leases.release()
        assert await fences(database) == now
        assert leases.held() == {}
        seen = now


async def test_a_stale_holder_cannot_renew(database: Database) -> None:
    remembered, stale = await superseded(database)
    before = await database[LEASES].find().to_list(None)
    assert await stale.renew(remembered) == {}
    assert await database[LEASES].find().to_list(None) == before


async def test_a_stale_holder_cannot_release_what_is_anothers(database: Database) -> None:
    _, stale = await superseded(database)
    before = await database[LEASES].find().to_list(None)
    await stale.release()
    assert await database[LEASES].find().to_list(None) == before


async def test_a_stale_holder_believes_itself_that_it_holds_nothing(database: Database) -> None:
    _, stale = await superseded(database)
    assert stale.held() == {}


@pytest.mark.parametrize(("variant", "left"), [(Leases, 3), (Unfenced, 0)])
async def test_a_stale_holder_cannot_clear(outlet: Outlet, variant: type[Leases], left: int) -> None:
    """And the check can fail: without the fence the flags are gone."""
    for _ in range(3):
        await outlet.commit(company())
    outbox = outlet.relay().outbox
    remembered, stale = await superseded(outlet.database, variant)
    page = await outbox.page(list(remembered), [], 10)
    await outbox.clear(page, remembered, stale)
    assert await outlet.pending() == left


async def test_an_expired_lease_that_nobody_took_does_not_clear_either(outlet: Outlet) -> None:
    await outlet.commit(company())
    outbox = outlet.relay().outbox
    sleeper = await taken(outlet.database, "sleeper", seconds=SHORT)
    remembered = sleeper.held()
    await asyncio.sleep(SHORT + 0.1)
    await outbox.clear(await outbox.page(list(remembered), [], 10), remembered, sleeper)
    assert await outlet.pending() == 1


async def test_a_relay_that_starts_again_under_its_name_resumes_at_once(database: Database) -> None:
    before = await taken(database, "same", seconds=60)
    old = before.held()
    after = await taken(database, "same", seconds=60)
    assert after.held() == {shard: fence + 1 for shard, fence in old.items()}
    assert await before.renew(old) == {}
    await before.beat()
    assert before.held() == {}, "of two with one name the later one has the shards"


async def test_a_lease_of_somebody_else_is_not_taken_before_it_expires(database: Database) -> None:
    await taken(database, "one", seconds=60)
    other = await taken(database, "two", seconds=60)
    assert other.held() == {}


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 20])
def test_shares_are_fair_and_cover_all_shards(count: int) -> None:
    members = [f"relay-{number}" for number in range(count)]
    shares = [fair_share(member, members) for member in members]
    assert sum(shares) == SHARDS
    assert max(shares) - min(shares) <= 1
