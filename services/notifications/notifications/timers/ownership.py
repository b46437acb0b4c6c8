"""Who fires which buckets: every live worker can tell for itself, from the heartbeats of all.

This only keeps workers from claiming the same timers. Nothing goes wrong if two think a bucket is theirs, nor for long
if nobody does: the shares follow the heartbeats within seconds.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dossier.mongo import Collection as Documents
from dossier.mongo import Database, ReturnDocument
from notifications.timers.records import BUCKETS

BEAT_SECONDS = 2.0
SILENT_SECONDS = 10.0
"""A worker that has not been heard of for so long has no share."""


class Ownership:
    """The share of one worker, and the database's time as of its last heartbeat."""

    def __init__(self, database: Database, owner: str) -> None:
        self._owners: Documents = database["timer_owners"]
        self._owner = owner
        self._beaten = float("-inf")
        self._time = (datetime.min.replace(tzinfo=UTC), 0.0)
        self._share: Sequence[int] = ()

    def now(self) -> datetime:
        """The database's time, measured from the last heartbeat by a clock that is never set."""
        moment, measured = self._time
        return moment + timedelta(seconds=time.monotonic() - measured)

    def buckets(self) -> Sequence[int]:
        """The buckets of this worker."""
        return self._share

    async def beat(self) -> None:
        """Say that this worker lives, and take the share that is its own now; at most once in two seconds."""
        if time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        own = await self._owners.find_one_and_update(
            {"_id": self._owner}, [{"$set": {"seen": "$$NOW"}}], upsert=True, return_document=ReturnDocument.AFTER
        )
        assert own is not None
        self._beaten = time.monotonic()
        self._time = (own["seen"], self._beaten)
        living = {"seen": {"$gt": own["seen"] - timedelta(seconds=SILENT_SECONDS)}}
        owners = [each["_id"] async for each in self._owners.find(living, {"_id": 1})]
        self._share = [bucket for bucket in range(BUCKETS) if owner_of(bucket, owners) == self._owner]

    async def leave(self) -> None:
        """Give up the share at once."""
        await self._owners.delete_one({"_id": self._owner})


def owner_of(bucket: int, owners: Sequence[str]) -> str:
    """The one of the owners with the highest hash for the bucket: a change of owners moves no more than it must."""
    return max(owners, key=lambda owner: hashlib.blake2b(f"{bucket}|{owner}".encode(), digest_size=8).digest())
