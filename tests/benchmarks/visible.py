"""From the acknowledged command to the entry in the history, beside doorbell, producer, consumer and upsert."""

from __future__ import annotations

from benchmarks.commands import RATE
from benchmarks.measuring import Goal, Report, Samples, open_loop
from benchmarks.stack import Stack
from benchmarks.surroundings import known_to_activities, known_to_histories
from benchmarks.watching import Way, bare_way, product_way

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
        database = installation.database("histories")
        ours = await _measured(product_way(await installation.http("activities"), database), seconds)
        for service, role in (("activities", "api"), ("activities", "relay"), ("histories", "consumer")):
            installation.end(service, role)
        bare = bare_way(installation.run_bare("api"), installation.database("bare"))
        installation.run_bare("relay")
        installation.run_bare("consumer")
        installation.wait()
        theirs = await _measured(bare, seconds)
    for percent, bound in ((50, 15.0), (95, None), (99, 60.0)):
        what = f"acknowledged to visible at {RATE}/s, p{percent}"
        goal = Goal(bound, None, "at most")
        report.add(what, ours.percentile(percent), "ms", theirs.percentile(percent), goal)
    if ours.failures:
        report.note(f"{len(ours.failures)} failed: {ours.failures[0]}")


async def _measured(way: Way, seconds: float) -> Samples:
    async with way.watched():
        await open_loop(RATE, _WARM_SECONDS, way.record)
        way.samples.latencies.clear()
        way.samples.failures = (await open_loop(RATE, seconds, way.record)).failures
    return way.samples
