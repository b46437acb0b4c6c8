"""Who publishes which shard: one lease document a shard, judged by the database's clock.

A lease says until when its holder may clear commits of the shard, and carries a fence: a number that grows with every
change of holder and never shrinks. So documents are matched by `_id` alone and are never deleted; a condition that does
not hold leaves the document as it is, and releasing a lease keeps its fence. `$$NOW` is the server's time, the same for
all relays; a relay's own clock only ever shortens what it believes to hold.

Two holders at the same moment would be harmless (each publishes in order, from a point not later than what is already
published), so the fence guards what is not: a holder from the past can neither renew a lease nor clear commits.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from dossier.ids import new_id
from dossier.mongo import (
    ASCENDING,
    BulkWriteError,
    Collection,
    Database,
    Document,
    InsertOne,
    UpdateOne,
)
from dossier.store.documents import SHARDS
from dossier.telemetry import logs

log = logs.logger()

LEASES = "relay_leases"

LEASE_SECONDS = 5.0
"""How long a relay that was killed can keep others from its shards."""
_FORGET_SECONDS = 3600
_PAST = datetime(2000, 1, 1, tzinfo=UTC)
_NOW = "$$NOW"


class Leases:
    """The shards of one relay. `owner` is its name; one that starts again under the same name resumes its leases."""

    def __init__(self, database: Database, owner: str, *, seconds: float = LEASE_SECONDS) -> None:
        self._leases: Collection = database[LEASES]
        self._members: Collection = database["relay_members"]
        self._owner = owner
        self._holder = new_id()  # tells this process from an earlier one of the same name
        self._seconds = seconds
        self._held: dict[int, tuple[int, float]] = {}
        self._adopts = True

    @property
    def seconds(self) -> float:
        """How long a lease lasts after it was taken or renewed."""
        return self._seconds

    def held(self) -> dict[int, int]:
        """The shards that are certainly held now, each with its fence."""
        now = time.monotonic()
        return {shard: fence for shard, (fence, deadline) in self._held.items() if now < deadline}

    async def prepare(self) -> None:
        """Make the lease documents that are missing."""
        await self._members.create_index([("seen", ASCENDING)], name="gone", expireAfterSeconds=_FORGET_SECONDS)
        blank: Document = {"owner": "", "holder": "", "fence": 0, "expires": _PAST}
        with suppress(BulkWriteError):  # they exist: only duplicate keys can fail here
            await self._leases.bulk_write(
                [InsertOne({"_id": shard, **blank}) for shard in range(SHARDS)], ordered=False
            )

    async def beat(self) -> None:
        """Show presence, renew what is held, and take or give up shards until the share is fair.

        To be called several times within the seconds of a lease.
        """
        share = fair_share(self._owner, await self._present())
        held = await self.renew(self.held())
        for shard in sorted(held)[share:]:
            await self.release([shard])
        if len(held) < share:
            await self._take(share - len(held))
        self._adopts = False

    async def renew(self, fences: Mapping[int, int]) -> dict[int, int]:
        """Prolong the leases that are still held with these fences; answers those."""
        if not fences:
            return {}
        asked_at = time.monotonic()
        prolong = [UpdateOne({"_id": shard}, self._prolong(fence)) for shard, fence in fences.items()]
        await self._leases.bulk_write(prolong, ordered=False)
        found = await self._leases.find(self.valid(fences), {"fence": 1}).to_list(None)
        still: dict[int, int] = {lease["_id"]: lease["fence"] for lease in found}
        self._believe(still, asked_at, of=fences)
        if lost := fences.keys() - still.keys():
            log.warning("relay.lease-lost", owner=self._owner, shards=" ".join(map(str, sorted(lost))))
        return still

    def valid(self, fences: Mapping[int, int]) -> Document:
        """The filter for the leases that are still held with these fences, by the database's own clock."""
        held = [{"$and": [{"$eq": ["$_id", shard]}, *self._mine(fence)]} for shard, fence in fences.items()]
        return {"_id": {"$in": list(fences)}, "$expr": {"$and": [{"$gt": ["$expires", _NOW]}, {"$or": held}]}}

    async def release(self, shards: Iterable[int] | None = None) -> None:
        """Give up these shards, or all and the relay's presence, so that others need not wait for the expiry."""
        if shards is None:
            await self._members.delete_one({"_id": self._owner})
        given = {shard: fence for shard, (fence, _) in self._held.items() if shards is None or shard in shards}
        if given:
            expire = [UpdateOne({"_id": shard}, self._expire(fence)) for shard, fence in given.items()]
            self._believe({}, 0.0, of=given)
            await self._leases.bulk_write(expire, ordered=False)

    async def _present(self) -> list[str]:
        await self._members.update_one({"_id": self._owner}, [{"$set": {"seen": _NOW}}], upsert=True)
        recent = {"$expr": {"$gt": ["$seen", {"$subtract": [_NOW, self._milliseconds]}]}}
        return [member["_id"] for member in await self._members.find(recent).to_list(None)]

    async def _take(self, wanted: int) -> None:
        mine = self.held()
        free = [
            lease
            for lease in await self._all()
            if lease["_id"] not in mine and (lease["free"] or (self._adopts and lease["owner"] == self._owner))
        ][:wanted]
        if not free:
            return
        asked_at = time.monotonic()
        seize = [UpdateOne({"_id": lease["_id"]}, self._seize(lease["fence"])) for lease in free]
        await self._leases.bulk_write(seize, ordered=False)
        fences = {lease["_id"]: lease["fence"] + 1 for lease in free}
        taken = await self._leases.find(self.valid(fences), {"fence": 1}).to_list(None)
        self._believe({lease["_id"]: lease["fence"] for lease in taken}, asked_at, of=fences)

    async def _all(self) -> list[Document]:
        wanted = {"owner": 1, "fence": 1, "free": {"$lte": ["$expires", _NOW]}}
        return await self._leases.find({}, wanted).sort("_id", ASCENDING).to_list(None)

    def _believe(self, held: Mapping[int, int], since: float, *, of: Iterable[int]) -> None:
        for shard in of:
            self._held.pop(shard, None)
        for shard, fence in held.items():
            self._held[shard] = (fence, since + self._seconds)

    @property
    def _milliseconds(self) -> int:
        return int(self._seconds * 1000)

    @property
    def _until(self) -> Document:
        return {"$add": [_NOW, self._milliseconds]}

    def _prolong(self, fence: int) -> list[Document]:
        valid = {"$and": [*self._mine(fence), {"$gt": ["$expires", _NOW]}]}
        return [{"$set": {"expires": {"$cond": [valid, self._until, "$expires"]}}}]

    def _expire(self, fence: int) -> list[Document]:
        return [{"$set": {"expires": {"$cond": [{"$and": self._mine(fence)}, _PAST, "$expires"]}}}]

    def _seize(self, fence: int) -> list[Document]:
        """Nobody took it since it was read (the fence), and it is free or held by an earlier process of ours."""
        own = [{"$eq": ["$owner", self._owner]}] if self._adopts else []
        may = {"$and": [{"$eq": ["$fence", fence]}, {"$or": [{"$lte": ["$expires", _NOW]}, *own]}]}
        new: dict[str, Any] = {
            "owner": {"$literal": self._owner},
            "holder": {"$literal": self._holder},
            "fence": {"$add": ["$fence", 1]},
            "expires": self._until,
        }
        return [{"$set": {name: {"$cond": [may, value, f"${name}"]} for name, value in new.items()}}]

    def _mine(self, fence: int) -> list[Document]:
        return [{"$eq": ["$holder", self._holder]}, {"$eq": ["$fence", fence]}]


def fair_share(owner: str, members: Sequence[str]) -> int:
    """How many shards the owner should hold, so that the shares of all members differ by one at most."""
    rank = sorted({owner, *members}).index(owner)
    count = len({owner, *members})
    return SHARDS // count + (1 if rank < SHARDS % count else 0)
