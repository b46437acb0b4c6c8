"""What must hold after the storm. Each checker returns what is wrong, in words."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from dossier.cli.connection import connected
from dossier.cli.projections import rebuild_of
from dossier.mongo import Database, Mongo
from dossier.operated import operated_services
from dossier.projections.rebuild import GenerationsDiffer
from dossier.store.verifying import verify
from dossier.wiring import feeds_of
from faults.load import Notes
from faults.system import System

CONTEXTS = ("addresses", "engagements", "activities", "email_ingest", "notifications", "directory")


async def settled(system: System, notes: Notes, patience: float = 150) -> list[str]:
    """Wait until everything that was acknowledged is published, filed and told."""
    mongo = Mongo(system.places.mongo_url)
    try:
        waits: Sequence[tuple[str, Callable[[], Awaitable[int]]]] = (
            ("commits not on Kafka", lambda: _pending(mongo)),
            ("mails not filed", lambda: mongo.database("email_ingest")["deliveries"].count_documents({"open": True})),
            ("reminders not told", lambda: _untold(mongo, notes)),
        )
        faults: list[str] = []
        deadline = time.monotonic() + patience
        for what, count in waits:
            left = await count()
            while left and time.monotonic() < deadline:
                await asyncio.sleep(0.5)
                left = await count()
            faults += [f"{left} {what} after {patience:.0f} s"] if left else []
        return faults
    finally:
        await mongo.close()


async def _pending(mongo: Mongo) -> int:
    counts = [
        await mongo.database(name)["commits"].count_documents({"pending": {"$exists": True}}) for name in CONTEXTS
    ]
    return sum(counts)


async def _untold(mongo: Mongo, notes: Notes) -> int:
    told = await _inbox(mongo.database("notifications"))
    return sum(1 for activity in notes.reminders if not told[activity])


async def _inbox(database: Database) -> Counter[str]:
    found: Counter[str] = Counter()
    async for entry in database["inbox"].find({"told_at": {"$exists": True}}):
        found[entry["act"].removeprefix("activity-")] += 1
    return found


async def check_all(system: System, notes: Notes) -> list[str]:
    """All checkers, on a system that is quiet again."""
    faults = [*notes.surprises]
    mongo = Mongo(system.places.mongo_url)
    try:
        faults += await _commits(mongo, notes)
        faults += await _stores(mongo)
        faults += await _mails(mongo.database("activities"), notes)
        faults += await _reminders(mongo.database("notifications"), notes)
    finally:
        await mongo.close()
    return [*faults, *await _feeds_and_projections()]


async def _commits(mongo: Mongo, notes: Notes) -> list[str]:
    """Acknowledged commands are there once, at the version that was told; refused ones are not there."""
    present: Counter[str] = Counter()
    ends: dict[str, tuple[str, int]] = {}
    for name in ("activities", "addresses"):
        async for commit in mongo.database(name)["commits"].find({"key": {"$exists": True}}):
            present[commit["key"]] += 1
            ends[commit["key"]] = (commit["stream"], commit["last"])
    faults = [f"command {key} is there {count} times" for key, count in present.items() if count > 1]
    faults += [f"command {key} was refused and is there" for key in notes.refused if key in present]
    for key, told in notes.acknowledged.items():
        # A command that changed nothing answers the head it saw and commits nothing.
        if key in ends and ends[key] != told:
            faults.append(f"command {key} was told {told}, is at {ends[key]}")
    created = {f"activity-{one}" for one in (*notes.activities, *notes.reminders)}
    there = set(await mongo.database("activities")["commits"].distinct("stream", {"first": 1}))
    return faults + [f"{stream} was acknowledged and is lost" for stream in sorted(created - there)]


async def _stores(mongo: Mongo) -> list[str]:
    """Streams are contiguous and their hash chains hold."""
    faults: list[str] = []
    for name in CONTEXTS:
        report = await verify(mongo.database(name))
        faults += [f"{name}: {fault.commit}: {fault.what}" for fault in report.faults]
    return faults


async def _mails(database: Database, notes: Notes) -> list[str]:
    """Every mail that was answered with 250 is one activity."""
    found: Counter[str] = Counter()
    async for commit in database["commits"].find({"channel": "mail"}):
        for event in commit["events"]:
            if event["type"] == "crm.activities.activity-recorded":
                found.update(identifier for identifier in notes.mails if f'"{identifier}"' in event["data"])
    faults = [f"mail {one} was answered with 250 and is lost" for one in sorted(notes.mails - found.keys())]
    return faults + [f"mail {one} is {count} activities" for one, count in found.items() if count > 1]


async def _reminders(database: Database, notes: Notes) -> list[str]:
    """Every reminder was told once."""
    told = await _inbox(database)
    return [f"reminder of {one} came {told[one]} times" for one in notes.reminders if told[one] != 1]


async def _feeds_and_projections() -> list[str]:
    """Feeds equal the stores; every live projection equals one that is built anew from the feeds."""
    faults: list[str] = []
    for name, operated in operated_services().items():
        async with connected(operated) as service:
            if operated.context is not None:
                faults += await _feed(service, operated.context)
            for projection in operated.read_models.keys() - operated.incomparable.keys():
                try:
                    report = await rebuild_of(service, operated, projection).run(switch=False, patience=60)
                except GenerationsDiffer as error:
                    faults.append(f"{name}: live {projection} is not what a rebuild gives: {error}")
                else:
                    await rebuild_of(service, operated, projection).retire(report.generation)
    return faults


async def _feed(service: Any, context: str) -> list[str]:
    heads: dict[str, int] = {}
    async for commit in service.database["commits"].find({}, {"stream": 1, "last": 1}):
        heads[commit["stream"]] = max(commit["last"], heads.get(commit["stream"], 0))
    told: dict[str, int] = {}
    async for batch in feeds_of(service, [context])[context].events():
        for event in batch[0]:
            told[event.stream] = max(event.version, told.get(event.stream, 0))
    return [] if told == heads else [f"{context}: the feed is not the store"]
