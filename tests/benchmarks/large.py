"""Two million activities: what readers ask for while more arrive, and then all of it rebuilt under them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from functools import partial
from itertools import count

import psutil

from benchmarks import data
from benchmarks.commands import activity
from benchmarks.http import Http, RefusedError
from benchmarks.measuring import Goal, Report, Samples, open_loop
from benchmarks.pages import COMPANY, FAR, FILTERS, PAGE, RATE, WORDS, walk
from benchmarks.stack import Installation, Stack
from benchmarks.surroundings import OTHERS, known_to_activities, load_histories
from benchmarks.watching import Watch
from dossier.ids import new_id
from dossier.projections.rebuild import Rebuild
from dossier.runtime import Service
from dossier.wiring import feeds_of
from histories.settings import Settings
from histories.views.projection import Histories

TOTAL = 2_000_000
ARRIVALS = 200
"""Activities a second that are recorded while readers ask."""
_SHARES = (0.5, 1.0)
"""Of all rates: beside everything else, two cores may have time for half of it only."""
_AT_REST = 0.2
"""Seconds within which somebody is answered who is alone."""
TASK_DAYS = 20
TODAY = date(2026, 6, 1)
READERS = 20
"""Pages a second that are read during the rebuild."""
_MEGABYTE = 1024 * 1024


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """All processes of the way from a command to a page are at work."""
    total, size, seconds = (20_000, 5_000, 3) if quick else (TOTAL, size, 10)
    async with stack.installation("large") as installation:
        await known_to_activities(installation)
        events = await _load(installation, total, size)
        began = time.monotonic()
        await load_histories(installation, with_words=True)
        report.add("histories and words of all, first load", events / (time.monotonic() - began), "events/s")
        for service in OTHERS:
            installation.run(service, "api")
        installation.run("activities", "api")
        installation.run("activities", "relay")
        installation.run("histories", "api")
        installation.run("histories", "consumer")
        installation.wait()
        http = await installation.http("histories")
        far = min(FAR, size // PAGE)
        await _asked(http, report, "nothing arriving", far, seconds)
        for share in _SHARES:
            arrivals = ARRIVALS * share
            async with _arriving(installation, arrivals) as ways:
                await _asked(http, report, f"{arrivals:.0f}/s arriving", far, seconds, share)
            what = f"acknowledged to visible meanwhile at {arrivals:.0f}/s, p99"
            report.add(what, ways.percentile(99), "ms", None, _most(75))
            report.note(f"p50 {ways.percentile(50):.0f} ms of {len(ways.latencies):,}, {len(ways.failures)} failed")
        await _rebuilt(installation, http, report)
        await http.close()
        for service, role in (
            ("activities", "api"),
            ("activities", "relay"),
            ("histories", "api"),
            ("histories", "consumer"),
        ):
            used = psutil.Process(installation.pid(service, role)).memory_info().rss / _MEGABYTE
            report.add(f"memory of {service} {role}", used, "MB", None, _most(200))


async def _load(installation: Installation, total: int, size: int) -> int:
    """`size` activities with the one company's contacts, the rest with all others, and tasks that are open."""
    database = installation.database("activities")
    own = data.contacts_of(COMPANY)
    others = [contact for contact in data.CONTACTS if contact not in own]
    events = await data.load(database, data.activities(size, later=0, contacts=own), published=True)
    events += await data.load(database, data.activities(total - size, contacts=others, seed=2), published=True)
    for day in range(TASK_DAYS):
        tasks = data.tasks(total // 2_000, TODAY + timedelta(days=day))
        events += await data.load(database, tasks, published=True)
    return events


async def _asked(http: Http, report: Report, beside: str, far: int, seconds: float, share: float = 1) -> None:
    """One question after the other, at the rates of the goals or a share of them, `beside` what else goes on."""
    path = f"/v1/companies/{COMPANY}/history?limit={PAGE}"
    cursor, _ = await walk(http, far)
    month = f"until={TODAY}"
    for what, asked, rate, bound in (
        ("first page", path, RATE, 25),
        (f"page {far:,}", f"{path}&cursor={cursor}", RATE, 25),
        *((f"page filtered by {what}", f"{path}&{query}", RATE, 50) for what, query in FILTERS.items()),
        ("touchpoints", f"/v1/companies/{COMPANY}/touchpoints", RATE, 20),
        ("work list", f"/v1/work-lists/mine?{month}", RATE, 25),
        *(
            (f"search for {what}", f"/v1/activities?{query.replace(' ', '%20')}", RATE // 2, 150)
            for what, query in WORDS.items()
        ),
    ):
        await _settled(http, asked)
        await open_loop(rate * share, 1, partial(_get, http, asked))
        samples = await open_loop(rate * share, seconds, partial(_get, http, asked))
        report.add(f"{what}, p95 at {rate * share:.0f}/s, {beside}", samples.percentile(95), "ms", None, _most(bound))
        if samples.failures:
            report.note(f"{len(samples.failures)} failed: {samples.failures[0]}")


async def _settled(http: Http, path: str) -> None:
    """Wait until what was asked before is done with: the next figure is to tell of itself alone."""
    for _ in range(120):
        began = time.perf_counter()
        with suppress(RefusedError, ConnectionError):
            await http.get(path)
            if time.perf_counter() - began < _AT_REST:
                return
        await asyncio.sleep(0.5)


async def _get(http: Http, path: str, number: int) -> None:
    await http.get(path)


@asynccontextmanager
async def _arriving(installation: Installation, rate: float) -> AsyncGenerator[Samples]:
    """Activities that are recorded all the time, and how long each is on its way."""
    http = await installation.http("activities")
    watch = Watch(installation.database("histories")["histories_v1_entries"])
    ways, numbers = Samples(), count()

    async def record(_: int) -> None:
        identifier = new_id()
        await http.post("/v1/activities", activity(next(numbers), identifier))
        acknowledged = time.perf_counter()
        ways.latencies.append(await watch.visible(f"activity-{identifier}") - acknowledged)

    async with _meanwhile(watch.run), _meanwhile(lambda: _for_ever(rate, record, ways)):
        yield ways
    await http.close()


async def _for_ever(rate: float, record: Callable[[int], Awaitable[None]], ways: Samples) -> None:
    while True:
        ways.failures += (await open_loop(rate, 20, record)).failures


async def _rebuilt(installation: Installation, http: Http, report: Report) -> None:
    """All of it anew, compared and switched to, while pages are read."""
    service = Service(installation.settings(Settings, "histories"))
    read = Samples()

    async def reading() -> None:
        while True:
            some = await open_loop(READERS, 5, partial(_get, http, f"/v1/companies/{COMPANY}/history?limit={PAGE}"))
            read.latencies += some.latencies
            read.failures += some.failures

    async with service, _meanwhile(reading):
        done = await Rebuild(Histories, service.database, service.settings, feeds_of(service, Histories.sources)).run(
            patience=600
        )
    if not (done.compared and done.switched):
        raise AssertionError("the rebuild was not compared with the live histories, or not switched to")
    report.add("rebuild of all, equal to the live ones", done.events / done.seconds, "events/s", None, Goal(30_000))
    report.add(f"pages read meanwhile at {READERS}/s, p99", read.percentile(99), "ms", None)
    report.note(f"{done.events:,} events; {len(read.latencies):,} pages read, {len(read.failures)} failed")


@asynccontextmanager
async def _meanwhile(work: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()


def _most(bound: float) -> Goal:
    return Goal(bound, None, "at most")
