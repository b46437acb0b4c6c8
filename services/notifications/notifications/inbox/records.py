"""Inbox entries: exactly one per reminder identity, whoever fires it and however often.

An entry is written `pending` before its timer is finished, and opened only once the timer says that the very claim that
wrote it also finished it. So a worker that dies in between loses nothing, and one that was overtaken shows nothing.
While an entry is `loose` its maker, or who comes after it, is not done with it: not opened, or not in the record yet.
An entry holds no text: title and rights are those of the activity at the moment somebody looks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from dossier.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel, InsertOne, UpdateMany, UpdateOne
from dossier.mongo import Collection as Documents
from notifications.bulk import unordered
from notifications.inbox.log import InboxLog
from notifications.timers.records import FIRED, Claim, Timers

State = Literal["pending", "superseded", "open", "read", "dismissed", "ending", "ended"]
SHOWN: tuple[State, ...] = ("open", "read")
SWEEP_AFTER = timedelta(seconds=30)
"""A loose entry this old was left by a worker that died: the lease of its claim is over."""

INDEXES = [
    IndexModel([("usr", ASCENDING), ("told_at", DESCENDING), ("_id", DESCENDING)], name="of_user"),
    IndexModel([("made_at", ASCENDING)], name="loose", partialFilterExpression={"loose": True}),
]


class Inbox:
    """The inboxes of all users."""

    def __init__(self, database: Database, timers: Timers) -> None:
        self.documents: Documents = database["inbox"]
        self.log = InboxLog(database)
        self._timers = timers

    async def prepare(self) -> None:
        """Assert the indexes."""
        await self.documents.create_indexes(INDEXES)
        await self.log.prepare()

    async def prepare_entries(self, claims: Sequence[Claim], *, unsure: bool = False) -> None:
        """Write pending entries for claims. `unsure`: the owner could not be asked whether this still holds.

        An entry of an older claim that was never opened is taken over; one that was opened stays as it is.
        """
        entries = [_pending(claim, unsure=unsure) for claim in claims]
        there = await unordered(self.documents, [InsertOne(entry) for entry in entries])
        await unordered(self.documents, [_taken_over(entries[place]) for place in there])

    async def open(self, identities: Collection[str]) -> int:
        """Open the pending entries among these whose claim has finished its timer; how many there were.

        Opening is one write, and from then on the reminder is told. The user's record follows; it has one place for
        it, so whoever comes after a crash can write it again.
        """
        loose: Document = {"_id": {"$in": list(identities)}, "loose": True}
        entries = [each for each in await self.documents.find(loose).to_list(None) if each["state"] == "pending"]
        timers = {each["_id"]: each for each in await self._finished(entries)}
        ready = [entry for entry in entries if _is_ready(entry, timers.get(entry["_id"]))]
        overtaken = [entry for entry in entries if _is_overtaken(entry, timers.get(entry["_id"]))]
        await unordered(self.documents, [*_opened(ready), *map(_superseded, overtaken)])
        told = await self.documents.find({**loose, "told_at": {"$exists": True}}, {"usr": 1}).to_list(None)
        await self.log.append([(entry["usr"], entry["_id"], "told") for entry in told])
        await self.documents.update_many({"_id": {"$in": [each["_id"] for each in told]}}, {"$unset": {"loose": ""}})
        return len(told)

    async def sweep(self, now: datetime, limit: int = 500) -> int:
        """Finish with entries that their makers left behind; how many were told by that."""
        left = {"loose": True, "made_at": {"$lte": now - SWEEP_AFTER}}
        found = self.documents.find(left, {"_id": 1}).sort("made_at", ASCENDING).limit(limit)
        identities = [each["_id"] async for each in found]
        return await self.open(identities) if identities else 0

    async def end(self, identities: Collection[str]) -> None:
        """What these entries say no longer holds: the task is done, moved, or somebody else's.

        A timer that fired but whose entry nobody was shown has told nothing, so it is taken back.
        """
        named: Document = {"_id": {"$in": list(identities)}}
        alive = {**named, "state": {"$in": ["pending", *SHOWN]}}
        await self.documents.update_many(alive, {"$set": {"state": "ending"}})
        ending = await self.documents.find({**named, "state": "ending"}, {"usr": 1, "told_at": 1}).to_list(None)
        if ending:
            untold = [each["_id"] for each in ending if "told_at" not in each]
            await self._timers.take_back(untold)
            await self.documents.update_many({"_id": {"$in": untold}}, {"$unset": {"loose": ""}})
            await self.log.append([(each["usr"], each["_id"], "ended") for each in ending if "told_at" in each])
            await self.documents.update_many({**named, "state": "ending"}, {"$set": {"state": "ended"}})

    async def mark(self, user: str, identity: str, state: Literal["read", "dismissed"]) -> bool:
        """Note that the user has read or dismissed an entry; false if the user has no such entry to be shown."""
        before: list[State] = ["open"] if state == "read" else ["open", "read"]
        mine: Document = {"_id": identity, "usr": user}
        entry = await self.documents.find_one(mine)
        if entry is None or entry["state"] not in (*SHOWN, state):
            return False
        if entry["state"] in before:
            await self.log.append([(user, identity, state)])
            await self.documents.update_one({**mine, "state": {"$in": before}}, {"$set": {"state": state}})
        return True

    async def of_user(self, user: str, after: Sequence[object] | None, limit: int) -> list[Document]:
        """The user's open and read entries, newest first, after a position (instant and identity)."""
        wanted: Document = {"usr": user, "state": {"$in": list(SHOWN)}}
        if after is not None:
            told_at, identity = after
            wanted["$or"] = [{"told_at": {"$lt": told_at}}, {"told_at": told_at, "_id": {"$lt": identity}}]
        order = [("told_at", DESCENDING), ("_id", DESCENDING)]
        return await self.documents.find(wanted).sort(order).limit(limit).to_list(None)

    async def _finished(self, entries: Sequence[Document]) -> list[Document]:
        wanted = {"_id": {"$in": [entry["_id"] for entry in entries]}}
        return await self._timers.documents.find(wanted, {"why": 1, "fence": 1, "live": 1}).to_list(None)


def _is_ready(entry: Document, timer: Document | None) -> bool:
    return timer is not None and timer.get("why") == FIRED and timer["fence"] == entry["fence"]


def _is_overtaken(entry: Document, timer: Document | None) -> bool:
    """Its claim will never finish the timer. A timer that fires again takes the entry over anyway."""
    return timer is None or timer["fence"] != entry["fence"] or not (timer.get("live") or _is_ready(entry, timer))


def _pending(claim: Claim, *, unsure: bool) -> Document:
    return {
        "_id": claim.identity,
        "act": claim.activity,
        "usr": claim.user,
        "rule": claim.anchor,
        "occ": claim.on.isoformat(),
        "at": claim.at,
        "gen": claim.generation,
        "fence": claim.fence,
        "unsure": unsure,
        "state": "pending",
        "loose": True,
        "made_at": claim.claimed_at,
    }


def _taken_over(entry: Document) -> UpdateOne:
    never_told = {"_id": entry["_id"], "fence": {"$lt": entry["fence"]}, "told_at": {"$exists": False}}
    return UpdateOne(never_told, {"$set": {name: value for name, value in entry.items() if name != "_id"}})


def _opened(entries: Sequence[Document]) -> list[UpdateMany]:
    alike: dict[int, list[str]] = {}
    for entry in entries:
        alike.setdefault(entry["fence"], []).append(entry["_id"])
    change = {"$set": {"state": "open"}, "$currentDate": {"told_at": True}}
    return [
        UpdateMany({"_id": {"$in": identities}, "fence": fence, "state": "pending"}, change)
        for fence, identities in alike.items()
    ]


def _superseded(entry: Document) -> UpdateOne:
    same = {"_id": entry["_id"], "fence": entry["fence"], "state": "pending"}
    return UpdateOne(same, {"$set": {"state": "superseded"}, "$unset": {"loose": ""}})
