"""Rebuilding the company history from the feeds, beside reading the same bytes and inserting the same documents."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks import data
from benchmarks.measuring import Goal, Report
from benchmarks.stack import Installation, Stack
from dossier.mongo import Collection, Document, WriteConcern, aggregate
from dossier.projections.rebuild import Rebuild
from dossier.runtime import Service
from dossier.wiring import feeds_of
from histories.settings import Settings
from histories.views.collections import Collections
from histories.views.projection import Histories

_BATCH = 2_000
_ROUNDS = 2
_PATIENCE = 180.0
OWNERS = ("directory", "addresses", "engagements", "activities")


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """The live histories come over Kafka; each rebuild is compared with them, document by document."""
    count = 8_000 if quick else 54_000
    async with stack.installation("rebuild") as installation:
        await data.load_surroundings(installation, published=False)
        drafts = data.activities(count)
        await data.load(installation.database("activities"), drafts, published=False)
        for service in OWNERS:
            installation.run(service, "api")
        installation.wait()
        report.add("histories over Kafka, a backlog", await _become_live(installation), "events/s")
        await _measure(installation, report)


async def _become_live(installation: Installation) -> float:
    """Events a second from the first that was applied to the last, with all relays and the consumer at work."""
    for service in OWNERS:
        installation.run(service, "relay")
    installation.run("histories", "consumer")
    total = sum([await _sum(installation.database(service)["commits"], _EVENTS) for service in OWNERS])
    database = installation.database("histories")
    give_up = time.monotonic() + _PATIENCE
    began, first, there = 0.0, 0, 0
    while there < total:
        if time.monotonic() > give_up:
            raise TimeoutError(f"the live histories do not come up: {there:,} of {total:,} events")
        await asyncio.sleep(0.5)
        there = await _applied(database)
        if there and not began:
            began, first = time.monotonic(), there
    seconds = time.monotonic() - began
    installation.end("histories", "consumer")
    for service in OWNERS:
        installation.end(service, "relay")
    return (total - first) / seconds


async def _measure(installation: Installation, report: Report) -> None:
    service = Service(installation.settings(Settings, "histories"))
    feeds = feeds_of(service, Histories.sources)
    rebuild = Rebuild(Histories, service.database, service.settings, feeds)
    entries = 0
    rates: list[float] = []
    bare: list[float] = []
    live = Histories()
    live.attach(service.database, 1)
    async with service:
        for _ in range(_ROUNDS):
            done = await rebuild.run(switch=False)
            if not done.compared:
                raise AssertionError("the rebuild was not compared with the live histories")
            rates.append(done.events / done.seconds)
            await rebuild.retire(done.generation)
            documents = await live.collections.entries.find({}).to_list(None)
            bare.append(done.events / await _bare(service, documents))
            entries = len(documents)
            del documents  # a heap that is not the rebuild's own would make its collections of garbage dear
    goal = Goal(30_000, of_bare=0.5)
    report.add("rebuild of the histories, equal to the live ones", max(rates), "events/s", max(bare), goal)
    report.note(f"{done.events:,} events, {entries:,} entries; rounds {_rounded(rates)}, bare {_rounded(bare)}")


async def _bare(service: Service[Any], documents: list[Document]) -> float:
    """Seconds to read the feeds' bytes, and meanwhile to insert the documents and to build their indexes."""
    collection = service.database.get_collection("bare_entries", write_concern=WriteConcern(w=1))
    await collection.drop()
    began = time.monotonic()
    await asyncio.gather(_read_feeds(service), _insert(collection, documents))
    await Collections(collection, collection, collection).index()
    return time.monotonic() - began


async def _read_feeds(service: Service[Any]) -> None:
    for name in OWNERS:
        url = getattr(service.settings, f"{name}_url")
        async with service.http.stream("GET", f"{url}/feed") as answer:
            answer.raise_for_status()
            async for _ in answer.aiter_raw():
                pass


async def _insert(collection: Collection, documents: list[Document]) -> None:
    for start in range(0, len(documents), _BATCH):
        await collection.insert_many(documents[start : start + _BATCH], ordered=False)


async def _applied(database: Any) -> int:
    sums: list[Callable[[], Awaitable[int]]] = [
        lambda name=name: _sum(database[f"histories_v1_{name}"], "$applied") for name in ("nodes", "entries")
    ]
    return sum([await each() for each in sums])


async def _sum(collection: Collection, expression: Any) -> int:
    grouped = await aggregate(collection, [{"$group": {"_id": None, "sum": {"$sum": expression}}}])
    found = await grouped.to_list(1)
    return found[0]["sum"] if found else 0


_EVENTS = {"$add": [{"$subtract": ["$last", "$first"]}, 1]}


def _rounded(rates: list[float]) -> str:
    return ", ".join(f"{rate:,.0f}" for rate in rates)
