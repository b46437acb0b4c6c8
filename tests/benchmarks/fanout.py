"""A correction that moves 100,000 activities: killed in the middle, resumed, and meanwhile nobody else waits."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

from benchmarks import data
from benchmarks.commands import activity
from benchmarks.http import Http
from benchmarks.measuring import Goal, Report, Samples, open_loop
from benchmarks.stack import Installation, Stack
from benchmarks.surroundings import known_to_activities, load_histories
from benchmarks.watching import Watch
from dossier.ids import new_id
from dossier.mongo import Database
from dossier.projections.rebuild import Rebuild
from dossier.runtime import Service
from dossier.wiring import feeds_of
from histories.settings import Settings
from histories.views.projection import Histories

RATE = 20
"""Activities of other contacts that are recorded meanwhile, in a second."""
_PATIENCE = 600.0
MOVED = data.CONTACTS[0]


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """What is compared at the end, document by document, is a rebuild from the feeds."""
    count = 5_000 if quick else 100_000
    async with stack.installation("fanout") as installation:
        await known_to_activities(installation)
        drafts = data.activities(count, later=0, contacts=[MOVED])
        await data.load(installation.database("activities"), drafts, published=True)
        await load_histories(installation)
        for service in ("addresses", "activities"):
            installation.run(service, "api", "relay")
        for service in ("directory", "engagements"):
            installation.run(service, "api")
        installation.run("histories", "consumer")
        installation.wait()
        await _correct(installation)
        await _killed_in_the_middle(installation, report)
        seconds, samples = await _to_the_end(installation)
        report.add(f"a correction that moves {count:,} activities", count / seconds, "/s", None)
        goal = Goal(1_000, None, "at most")
        report.add("meanwhile others are visible, p99", samples.percentile(99), "ms", None, goal)
        await _compare(installation)


async def _correct(installation: Installation) -> None:
    http = await installation.http("addresses")
    body = json.dumps({"company": data.COMPANIES[1], "reason": "mixed up"}).encode()
    await http.post(f"/v1/contacts/{MOVED}/correct-company", body)
    await http.close()


async def _killed_in_the_middle(installation: Installation, report: Report) -> None:
    database = installation.database("histories")
    await _until(lambda: _cursor(database))
    installation.kill("histories", "consumer")
    report.note(f"killed with {await _moved(database):,} moved")
    installation.run("histories", "consumer")
    installation.wait()


async def _to_the_end(installation: Installation) -> tuple[float, Samples]:
    """Seconds until the job is done, and how late others were meanwhile."""
    database = installation.database("histories")
    watch = Watch(database["histories_v1_entries"])
    http = await installation.http("activities")
    ways = Samples()
    watching = asyncio.create_task(watch.run())
    await _recorded(http, watch, 0)  # Kafka gives a killed consumer's partitions away when its session has ended
    recording = asyncio.create_task(_record_for_ever(http, watch, ways))
    began = time.monotonic()
    await _until(lambda: _ended(database))
    seconds = time.monotonic() - began
    for task in (recording, watching):
        task.cancel()
    await http.close()
    return seconds, ways


async def _record_for_ever(http: Http, watch: Watch, ways: Samples) -> None:
    async def call(number: int) -> None:
        ways.latencies.append(await _recorded(http, watch, number))

    while True:
        await open_loop(RATE, 5.0, call)


async def _recorded(http: Http, watch: Watch, number: int) -> float:
    """Seconds from the answer to the entry that can be read."""
    identifier = new_id()
    await http.post("/v1/activities", activity(number + 1, identifier))
    acknowledged = time.perf_counter()
    return await watch.visible(f"activity-{identifier}") - acknowledged


async def _compare(installation: Installation) -> None:
    """Raises GenerationsDiffer if the live histories are not what a rebuild gives."""
    service = Service(installation.settings(Settings, "histories"))
    async with service:
        feeds = feeds_of(service, Histories.sources)
        done = await Rebuild(Histories, service.database, service.settings, feeds).run(switch=False)
    if not done.compared:
        raise AssertionError("the rebuild was not compared with the live histories")


async def _cursor(database: Database) -> object:
    hold = await database["histories_v1_holds"].find_one({"_id": f"contact-{MOVED}"})
    return hold and hold.get("cursor")


async def _ended(database: Database) -> bool:
    return await database["histories_v1_holds"].find_one({"_id": f"contact-{MOVED}"}) is None


async def _moved(database: Database) -> int:
    to = f"company-{data.COMPANIES[1]}"
    return await database["histories_v1_entries"].count_documents({"shown_on": to, "links.to": f"contact-{MOVED}"})


async def _until(done: Callable[[], Awaitable[object]]) -> None:
    give_up = time.monotonic() + _PATIENCE
    while not await done():
        if time.monotonic() > give_up:
            raise TimeoutError("the correction does not come to its end")
        await asyncio.sleep(0.05)
