"""Reminders: how late they come while many come due, and how many are claimed, fired and finished in a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import psutil

from benchmarks import data
from benchmarks.measuring import Goal, Report, Samples
from benchmarks.stack import Installation, Stack
from dossier.mongo import Collection, Database, Document, InsertOne, UpdateOne
from dossier.projections.model import Span
from dossier.store.documents import Draft
from dossier.wiring import VIEW_GENERATION
from notifications.inbox.records import Inbox
from notifications.timers.planner import Planner
from notifications.timers.records import Timers
from notifications.views.reminders import ReminderProjection

RATE = 500
_BATCH = 500
_PARKED = datetime(2100, 1, 1, tzinfo=UTC)
_PATIENCE = 120.0


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """The owner of the activities is asked before each firing, as always."""
    steady, burst, later = (1_000, 1_000, 3_000) if quick else (8_000, 12_000, 80_000)
    async with stack.installation("reminders") as installation:
        database = installation.database("notifications")
        timers = database["timers"]
        armed = await _arm(installation, steady + burst, later)
        report.note(f"{armed:,} timers armed")
        due = [each["_id"] for each in await timers.find({"at": {"$lt": _now()}}, {"_id": 1}).to_list(None)]
        await timers.update_many({"_id": {"$in": due}}, {"$set": {"vis": _PARKED}})
        installation.run("activities", "api")
        installation.run("notifications", "timers")
        installation.wait()
        await _idle(installation)
        await _lateness(report, timers, due[:steady])
        fired = await _burst(timers, due[steady:])
        installation.end("notifications", "timers")
        bare = await _bare(database, due[steady:])
        report.add("reminders, claim-fire-finish", fired, "/s", bare, Goal(1_500))
        told = await database["inbox"].count_documents({"told_at": {"$exists": True}})
        report.note(f"{told:,} of {len(due):,} told, once each")


async def _arm(installation: Installation, due: int, later: int) -> int:
    """Timers made by the service's own planning: `due` of today, `later` of a far day."""
    database = installation.database("notifications")
    await database["timer_state"].insert_one({"_id": "live_since", "at": data.NOW - timedelta(days=1)})
    timers = Timers(database)
    inbox = Inbox(database, timers)
    view = ReminderProjection(Planner(database, timers, inbox))
    view.attach(database, VIEW_GENERATION)
    for prepared in (timers, inbox, view):
        await prepared.prepare()
    await _fold(view, data.users())
    for drafts in (data.tasks(due, datetime.now(UTC).date()), data.tasks(later, date(2090, 1, 1))):
        while batch := list(islice(drafts, 4 * _BATCH)):
            await data.load(installation.database("activities"), batch, published=True)
            await _fold(view, batch)
    return await timers.documents.count_documents({"live": True})


async def _fold(view: ReminderProjection, drafts: Iterable[Draft]) -> None:
    spans = [Span(each.committed.stream, list(each.committed.events)) for each in drafts]
    await view.apply(spans)
    await view.advance({span.stream: span.last for span in spans})


async def _idle(installation: Installation) -> None:
    """Wait until the worker has gone through all activities, as it does at its start."""
    process = psutil.Process(installation.pid("notifications", "timers"))
    give_up = time.monotonic() + _PATIENCE
    while await asyncio.to_thread(process.cpu_percent, 2.0) > 15:
        if time.monotonic() > give_up:
            raise TimeoutError("the timers' worker does not come to rest")


async def _lateness(report: Report, timers: Collection, identities: list[str]) -> None:
    """Reminders that come due one after the other, at a steady rate; late by when they are finished."""
    began = _now() + timedelta(seconds=10)
    due = {identity: began + timedelta(seconds=number / RATE) for number, identity in enumerate(identities)}
    moves = [UpdateOne({"_id": identity}, {"$set": {"vis": at}}) for identity, at in due.items()]
    await timers.bulk_write(moves, ordered=False)
    finished = await _finished(timers, identities)
    samples = Samples([(finished[each] - at).total_seconds() for each, at in due.items()])
    rate = len(identities) / (max(finished.values()) - began).total_seconds()
    report.add(f"reminders at {RATE}/s, lateness p99", samples.percentile(99), "ms", None, Goal(3_000, None, "at most"))
    report.note(f"p50 {samples.percentile(50):.0f} ms; {rate:,.0f} firings/s until the last")


async def _burst(timers: Collection, identities: list[str]) -> float:
    """Reminders that come due all at once: how many are finished in a second."""
    at = _now() + timedelta(seconds=2)
    await timers.update_many({"_id": {"$in": identities}}, {"$set": {"vis": at}})
    finished = await _finished(timers, identities)
    return len(identities) / (max(finished.values()) - at).total_seconds()


async def _finished(timers: Collection, identities: list[str]) -> dict[str, datetime]:
    give_up = time.monotonic() + _PATIENCE
    waiting = {"_id": {"$in": identities}, "live": True}
    while left := await timers.count_documents(waiting):
        if time.monotonic() > give_up:
            raise TimeoutError(f"{left} of {len(identities)} reminders are not fired")
        await asyncio.sleep(1)
    found = timers.find({"_id": {"$in": identities}}, {"done_at": 1})
    return {document["_id"]: document["done_at"] async for document in found}


async def _bare(database: Database, identities: list[str]) -> float:
    """The same documents found, claimed, entered and finished, and nothing asked and nothing judged: how many a
    second."""
    timers, inbox = database["timers"], database["bare_inbox"]
    again: Document = {"$set": {"live": True, "vis": _now()}, "$unset": {"done_at": ""}}
    await timers.update_many({"_id": {"$in": identities}}, again)
    began = time.monotonic()
    done = 0
    while done < len(identities):
        due: Any = {"live": True, "b": {"$in": list(range(128))}, "vis": {"$lte": _now()}}
        found = await timers.find(due, {"_id": 1}).sort("vis", 1).limit(_BATCH).to_list(None)
        if not found:
            due["b"] = {"$in": list(range(128, 256))}
            found = await timers.find(due, {"_id": 1}).sort("vis", 1).limit(_BATCH).to_list(None)
        keys = [each["_id"] for each in found]
        lease = _now() + timedelta(seconds=30)
        await timers.update_many({"_id": {"$in": keys}, "live": True}, {"$set": {"vis": lease, "token": done}})
        claimed = await timers.find({"_id": {"$in": keys}, "token": done}).to_list(None)
        entries = [InsertOne({"_id": each["_id"], "usr": each["usr"], "act": each["act"]}) for each in claimed]
        await inbox.bulk_write(entries, ordered=False)
        ends: Document = {"$unset": {"live": "", "vis": ""}, "$currentDate": {"done_at": True}}
        await timers.bulk_write([UpdateOne({"_id": each["_id"]}, ends) for each in claimed], ordered=False)
        done += len(claimed)
    return done / (time.monotonic() - began)


def _now() -> datetime:
    return datetime.now(UTC)
