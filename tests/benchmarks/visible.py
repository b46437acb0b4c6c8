"""From the acknowledged command to the entry in the history, beside doorbell, producer, consumer and upsert."""

from __future__ import annotations

import asyncio
import time

from benchmarks.commands import RATE, activity
from benchmarks.http import Http
from benchmarks.measuring import Goal, Report, Samples, open_loop
from benchmarks.stack import Stack
from benchmarks.surroundings import known_to_activities, known_to_histories
from benchmarks.watching import Watch
from dossier.ids import new_id
from dossier.mongo import Collection

_WARM_SECONDS = 2.0


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """Every process of the way is its own: API, relay, consumer."""
    seconds = 3.0 if quick else 15.0
    async with stack.installation("visible") as installation:
        await known_to_activities(installation)
        installation.run("activities", "api")
        installation.run("activities", "relay")
        installation.run("histories", "consumer")
        installation.wait()
        await known_to_histories(installation)
        ours = await _measured(
            await installation.http("activities"),
            "/v1/activities",
            installation.database("histories")["histories_v1_entries"],
            seconds,
        )
        for service, role in (("activities", "api"), ("activities", "relay"), ("histories", "consumer")):
            installation.end(service, role)
        bare = Http(installation.run_bare("api"))
        installation.run_bare("relay")
        installation.run_bare("consumer")
        installation.wait()
        theirs = await _measured(bare, "/commands/activity-", installation.database("bare")["rows"], seconds)
    for percent, bound in ((50, 15.0), (95, None), (99, 60.0)):
        what = f"acknowledged to visible at {RATE}/s, p{percent}"
        goal = Goal(bound, None, "at most")
        report.add(what, ours.percentile(percent), "ms", theirs.percentile(percent), goal)
    if ours.failures:
        report.note(f"{len(ours.failures)} failed: {ours.failures[0]}")


async def _measured(http: Http, path: str, rows: Collection, seconds: float) -> Samples:
    watch = Watch(rows)
    watching = asyncio.create_task(watch.run())
    ways = Samples()

    async def call(number: int) -> None:
        identifier = new_id()
        target = path + identifier if path.endswith("-") else path
        await http.post(target, activity(number, identifier))
        acknowledged = time.perf_counter()
        seen = await watch.visible(f"activity-{identifier}")
        ways.latencies.append(seen - acknowledged)

    await open_loop(RATE, _WARM_SECONDS, call)
    ways.latencies.clear()
    ways.failures = (await open_loop(RATE, seconds, call)).failures
    watching.cancel()
    await http.close()
    return ways
