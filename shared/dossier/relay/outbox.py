"""The pending flag as outbox: which commits are not on Kafka yet, and taking the flag off those that are.

Order within a stream: a commit can only exist after its predecessor could be seen by its writer, and the index is
walked in key order over what the majority has. So a page never holds a commit while missing an earlier pending one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dossier.clock import parse_rfc3339
from dossier.mongo import ASCENDING, Collection, Database, Document, aggregate, first_batch, within
from dossier.relay.aside import SetAside
from dossier.relay.leases import LEASES, Leases
from dossier.store.documents import COMMITS

READ_SECONDS = 5.0
_INDEX = "pending"
_UNUSED: Document = {
    "hash": 0,
    "prev_hash": 0,
    "salt": 0,
    "digest": 0,
    "command_id": 0,
    "key": 0,
    "fingerprint": 0,
    "noted": 0,
}


@dataclass(frozen=True, slots=True)
class Lag:
    """What is not on Kafka yet, exactly. `pending` commits are on their way; `held_back` ones wait with their streams,
    of which `set_aside` are set aside. The age is that of the oldest commit on its way, 0 if there is none."""

    pending: int
    oldest_age_seconds: float
    set_aside: int = 0
    held_back: int = 0


class Outbox:
    """The unpublished commits of one service."""

    def __init__(self, database: Database) -> None:
        self._commits: Collection = database[COMMITS]
        self._leases: Collection = database[LEASES]
        self._aside = SetAside(database)

    async def page(self, shards: Sequence[int], without: Sequence[str], limit: int) -> list[Document]:
        """The first pending commits of these shards in key order, at most `limit` (or 16 MB) of them.

        Streams in `without` are left out. Every stream's commits begin with its first pending one.
        """
        wanted: Document = {"pending": {"$in": list(shards)}}
        if without:
            wanted["stream"] = {"$nin": list(without)}
        order = [("pending", ASCENDING), ("_id", ASCENDING)]
        with within(READ_SECONDS):
            return await first_batch(self._commits, wanted, _UNUSED, sort=order, hint=_INDEX, limit=limit)

    async def clear(self, commits: Sequence[Document], fences: Mapping[int, int], leases: Leases) -> None:
        """Take the flag off commits that are on Kafka, as far as their shards are still held with these fences.

        One command does both on the server: it begins at the leases that are valid there and then, and goes on from
        them to the commits. A client that is paused at any point cannot clear what it no longer holds.
        """
        keys: defaultdict[int, list[str]] = defaultdict(list)
        for document in commits:
            keys[document["pending"]].append(document["_id"])
        of_shard = [
            {"case": {"$eq": ["$_id", shard]}, "then": {"$literal": some}} for shard, some in sorted(keys.items())
        ]
        pipeline: list[Document] = [
            {"$match": leases.valid({shard: fences[shard] for shard in keys})},
            {"$project": {"key": {"$switch": {"branches": of_shard, "default": []}}}},
            {"$unwind": "$key"},
            {"$project": {"_id": "$key"}},
            {
                "$merge": {
                    "into": COMMITS,
                    "on": "_id",
                    "whenMatched": [{"$unset": "pending"}],
                    "whenNotMatched": "discard",
                }
            },
        ]
        await (await aggregate(self._leases, pipeline)).to_list(None)

    async def lag(self) -> Lag:
        """See Lag. Its cost grows with the number of pending commits only."""
        waiting = await self._aside.streams()
        pipeline: list[Document] = [
            {"$match": {"pending": {"$exists": True}}},
            {
                "$group": {
                    "_id": {"$in": ["$stream", waiting]},
                    "count": {"$sum": 1},
                    "oldest": {"$min": "$recorded_at"},
                }
            },
            {"$addFields": {"now": "$$NOW"}},
        ]
        pending = held_back = 0
        age = 0.0
        async for group in await aggregate(self._commits, pipeline, hint=_INDEX):
            if group["_id"]:
                held_back = group["count"]
            else:
                pending = group["count"]
                age = max(0.0, (group["now"] - parse_rfc3339(group["oldest"])).total_seconds())
        return Lag(pending, age, len(waiting), held_back)
