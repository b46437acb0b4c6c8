"""What must hold after the storm. Each checker returns what is wrong, in words."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import httpx

from dossier.cli.connection import connected
from dossier.cli.projections import rebuild_of
from dossier.mongo import Database, Mongo
from dossier.operated import Operated, operated_services
from dossier.projections.rebuild import GenerationsDiffer, Rebuild
from dossier.store.verifying import verify
from dossier.wiring import feeds_of
from faults.client import Clients, Notes
from faults.model import Facts, Place, must_be
from faults.standing import led, seen, standing
from faults.stored import leftovers, papers, strays, successors
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
            ("uploads not swept", lambda: mongo.database("activities")["uploads"].count_documents({})),
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


async def check_all(system: System, tokens: Mapping[str, str], notes: Notes) -> list[str]:
    """All checkers, on a system that is quiet again; each says how long it took."""
    mongo = Mongo(system.places.mongo_url)
    activities = mongo.database("activities")
    try:
        there, doubled = await commits_by_key(mongo.database(name) for name in CONTEXTS)
        expected = must_be((*notes.beginnings, *notes.outcomes), there)
        async with httpx.AsyncClient(timeout=20) as http:
            clients = Clients(http, system.url, tokens, notes)
            checkers: Sequence[tuple[str, Callable[[], Awaitable[list[str]]]]] = (
                ("stores", lambda: _stores(mongo)),
                ("mails", lambda: _mails(activities, notes)),
                ("reminders", lambda: _reminders(mongo.database("notifications"), notes)),
                ("feeds and projections", _feeds_and_projections),
                ("facts and documents", lambda: standing_faults(clients, activities, expected, there)),
                ("rights and pages", lambda: seen(clients, expected)),
                ("teams and deputies", lambda: led(clients, expected)),
            )
            faults = [*notes.surprises, *doubled, *told_otherwise(notes, there)]
            for what, check in checkers:
                began = time.monotonic()
                faults += await check()
                print(f"{what}: checked in {time.monotonic() - began:.1f} s", flush=True)
        return faults
    finally:
        await mongo.close()


async def standing_faults(
    clients: Clients, activities: Database, expected: Mapping[str, Facts], there: Mapping[str, Place]
) -> list[str]:
    """What is wrong by the model: of facts, tasks that came by themselves, documents and their bytes."""
    return [
        *await standing(clients, expected),
        *await successors(clients, activities, there),
        *await strays(activities, expected),
        *await papers(clients, expected),
        *await leftovers(activities),
    ]


async def commits_by_key(databases: Iterable[Database]) -> tuple[dict[str, Place], list[str]]:
    """Where each command with a key is, and which are there more than once. Commits carry the key behind its scope."""
    there: dict[str, Place] = {}
    doubled: list[str] = []
    for database in databases:
        async for commit in database["commits"].find({"key": {"$exists": True}}, {"key": 1, "stream": 1, "last": 1}):
            key = commit["key"].rpartition("|")[2]
            doubled += [f"command {key} is there twice"] if key in there else []
            there[key] = (commit["stream"], commit["last"])
    return there, doubled


def told_otherwise(notes: Notes, there: Mapping[str, Place]) -> list[str]:
    """Acknowledged commands are at the version that was told; refused ones are not there.

    A command that changed nothing answers the version it saw and commits nothing: the model finds what is lost.
    """
    faults = [f"{what} {key} was refused and is there" for key, what in notes.refused.items() if key in there]
    return faults + [
        f"command {key} was told {told}, is at {there[key]}"
        for key, told in notes.acknowledged.items()
        if key in there and there[key] != told
    ]


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
    """Feeds equal the stores; every live projection equals one that is built anew from the feeds.

    All at once: a generation is retired when the session of its last consumer has ended.
    """
    found = await asyncio.gather(*(_of_service(name, operated) for name, operated in operated_services().items()))
    return [fault for faults in found for fault in faults]


async def _of_service(name: str, operated: Operated) -> list[str]:
    async with connected(operated) as service:
        feed = [] if operated.context is None else await _feed(service, operated.context)
        compared = operated.read_models.keys() - operated.incomparable.keys()
        found = await asyncio.gather(*(_projection(rebuild_of(service, operated, one)) for one in compared))
    return feed + [f"{name}: {fault}" for faults in found for fault in faults]


async def _projection(rebuild: Rebuild) -> list[str]:
    try:
        report = await rebuild.run(switch=False, patience=300)
    except GenerationsDiffer as error:
        return [f"what is live is not what a rebuild gives: {error}"]
    await rebuild.retire(report.generation)
    return []


async def _feed(service: Any, context: str) -> list[str]:
    heads: dict[str, int] = {}
    async for commit in service.database["commits"].find({}, {"stream": 1, "last": 1}):
        heads[commit["stream"]] = max(commit["last"], heads.get(commit["stream"], 0))
    told: Counter[str] = Counter()
    async for batch in feeds_of(service, [context])[context].events():
        told.update(event.stream for event in batch[0])
    return [] if told == heads else [f"{context}: the feed is not the store"]
