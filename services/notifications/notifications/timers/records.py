"""The timers themselves, in one collection, and the one index that decides.

A timer's `_id` is the reminder's identity. `at` is when it is to fire, `vis` the next instant at which somebody may
touch it: `at` while it is armed, the end of the lease while it is claimed. So a claim that a dead worker left behind is
found by the very range that finds what is due; there is no second index and nobody who rescues. `live` is there only
while it is armed or claimed. `fence` grows with every claim and every change of plan, so that whoever was overtaken can
finish nothing. `gen` is the version of the activity that called for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dossier.ids import new_id
from dossier.mongo import ASCENDING, Database, Document, IndexModel, InsertOne, UpdateMany, UpdateOne
from dossier.mongo import Collection as Documents
from notifications.bulk import unordered
from notifications.domain.planning import AnchorKind, Reminder

BUCKETS = 256
IN_ONE_QUERY = 128
"""The planner merges sorted scans only for fewer than 200 values."""
LEASE = timedelta(seconds=30)
FIRED, WITHHELD = "fired", "withheld"
FINAL = (FIRED, WITHHELD)
"""Why a timer ended for ever: it was said, or its user may not see the activity. Everything else may be armed again."""

Why = Literal["fired", "withheld", "done", "changed"]

INDEXES = [
    IndexModel([("b", ASCENDING), ("vis", ASCENDING)], name="due", partialFilterExpression={"live": True}),
    IndexModel([("usr", ASCENDING), ("at", ASCENDING)], name="of_user", partialFilterExpression={"live": True}),
    IndexModel([("act", ASCENDING)], name="of_activity"),
]


@dataclass(frozen=True)
class Claim:
    """A timer this worker may fire: nobody else may for the length of the lease."""

    identity: str
    activity: str
    user: str
    anchor: AnchorKind
    on: date
    generation: int
    fence: int
    at: datetime
    held_since: datetime | None
    claimed_at: datetime


class Timers:
    """The timers of an installation. `owner` names the worker, in claims."""

    def __init__(self, database: Database, owner: str = "") -> None:
        self.documents: Documents = database["timers"]
        self._owner = owner

    async def prepare(self) -> None:
        """Assert the indexes."""
        await self.documents.create_indexes(INDEXES)

    async def arm(self, reminders: Iterable[Reminder]) -> None:
        """Arm reminders that have no timer yet; those that have one stay as they are."""
        writes = [InsertOne(_armed(reminder)) for reminder in reminders]
        await unordered(self.documents, writes)

    async def of(self, activities: Collection[str]) -> list[Document]:
        """All timers of these activities, ended ones too."""
        return await self.documents.find({"act": {"$in": list(activities)}}).to_list(None)

    async def rearm(self, changes: Sequence[tuple[Document, Reminder]]) -> None:
        """Let stored timers fire as the reminder says, unless somebody touched them since they were read."""
        await unordered(self.documents, [_moved(stored, reminder) for stored, reminder in changes])

    async def end(self, ended: Sequence[Document], why: Why) -> None:
        """Let stored timers not fire at all, unless somebody touched them since they were read."""
        await unordered(
            self.documents,
            [_ended([stored["_id"]], stored["fence"], stored["gen"], why, overtake=1) for stored in ended],
        )

    async def claim(self, buckets: Sequence[int], limit: int, now: datetime) -> list[Claim]:
        """Claim what is due in these buckets, nearest first.

        `now` only selects candidates; whether one is due, the database says by its own clock while it claims.
        """
        candidates: list[Document] = []
        for start in range(0, len(buckets), IN_ONE_QUERY):
            due = {"live": True, "b": {"$in": list(buckets[start : start + IN_ONE_QUERY])}, "vis": {"$lte": now}}
            found = self.documents.find(due, {"vis": 1}).sort("vis", ASCENDING).limit(limit)
            candidates += await found.to_list(None)
        candidates.sort(key=lambda each: each["vis"])
        chosen = [each["_id"] for each in candidates[:limit]]
        return await self._claim(chosen) if chosen else []

    async def _claim(self, identities: Sequence[str]) -> list[Claim]:
        token = new_id()
        await self.documents.update_many(
            {"_id": {"$in": list(identities)}, "live": True, "$expr": {"$lte": ["$vis", "$$NOW"]}},
            [
                {
                    "$set": {
                        "token": token,
                        "owner": self._owner,
                        "fence": {"$add": ["$fence", 1]},
                        "vis": {"$add": ["$$NOW", _milliseconds(LEASE)]},
                    }
                }
            ],
        )
        found = self.documents.find({"_id": {"$in": list(identities)}, "token": token})
        return [_claimed(document) async for document in found]

    async def finish(self, claims: Sequence[Claim], why: Why) -> None:
        """End what was claimed, where fence and generation are still those of the claim."""
        alike: dict[tuple[int, int], list[str]] = {}
        for claim in claims:
            alike.setdefault((claim.fence, claim.generation), []).append(claim.identity)
        await unordered(
            self.documents,
            [_ended(identities, fence, gen, why, overtake=0) for (fence, gen), identities in alike.items()],
        )

    async def take_back(self, identities: Collection[str]) -> None:
        """Let timers that fired count as not told after all: they may be armed again."""
        fired = {"_id": {"$in": list(identities)}, "why": FIRED}
        await self.documents.update_many(fired, {"$set": {"why": "changed"}, "$inc": {"fence": 1}})

    async def hold(self, claims: Sequence[Claim], span: timedelta) -> None:
        """Give claims back for a while, and remember since when they have been held."""
        await unordered(self.documents, [_held(claim, span) for claim in claims])

    async def of_user(self, user: str, after: Sequence[object] | None, limit: int) -> list[Document]:
        """The user's armed timers, nearest first, after a position (instant and identity)."""
        wanted: Document = {"usr": user, "live": True}
        if after is not None:
            at, identity = after
            wanted["$or"] = [{"at": {"$gt": at}}, {"at": at, "_id": {"$gt": identity}}]
        return (
            await self.documents.find(wanted).sort([("at", ASCENDING), ("_id", ASCENDING)]).limit(limit).to_list(None)
        )


def bucket(activity: str) -> int:
    """The bucket of an activity: all its timers sit together."""
    return hashlib.blake2b(activity.encode(), digest_size=1).digest()[0]


def _armed(reminder: Reminder) -> Document:
    return {
        "_id": reminder.identity,
        "act": reminder.activity,
        "usr": reminder.user,
        "rule": reminder.anchor,
        "occ": reminder.on.isoformat(),
        "gen": reminder.generation,
        "fence": 0,
        "b": bucket(reminder.activity),
        "at": reminder.at,
        "vis": reminder.at,
        "live": True,
    }


def _moved(stored: Document, reminder: Reminder) -> UpdateOne:
    return UpdateOne(
        {"_id": stored["_id"], "fence": stored["fence"]},
        {
            "$set": {"gen": reminder.generation, "at": reminder.at, "vis": reminder.at, "live": True},
            "$inc": {"fence": 1},
            "$unset": {"token": "", "owner": "", "held": "", "done_at": "", "why": ""},
        },
    )


def _ended(identities: Sequence[str], fence: int, generation: int, why: Why, *, overtake: int) -> UpdateMany:
    return UpdateMany(
        {"_id": {"$in": list(identities)}, "fence": fence, "gen": generation, "live": True},
        {
            "$set": {"why": why},
            "$currentDate": {"done_at": True},
            "$inc": {"fence": overtake},
            "$unset": {"live": "", "vis": "", "token": "", "owner": "", "held": ""},
        },
    )


def _held(claim: Claim, span: timedelta) -> UpdateOne:
    visible = {"$add": ["$$NOW", _milliseconds(span)]}
    return UpdateOne(
        {"_id": claim.identity, "fence": claim.fence, "live": True},
        [
            {"$set": {"vis": visible, "held": {"$ifNull": ["$held", "$$NOW"]}, "fence": {"$add": ["$fence", 1]}}},
            {"$unset": ["token", "owner"]},
        ],
    )


def _claimed(document: Document) -> Claim:
    return Claim(
        identity=document["_id"],
        activity=document["act"],
        user=document["usr"],
        anchor=document["rule"],
        on=date.fromisoformat(document["occ"]),
        generation=document["gen"],
        fence=document["fence"],
        at=document["at"],
        held_since=document.get("held"),
        claimed_at=document["vis"] - LEASE,
    )


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
