"""Two million activities: what readers ask for while more arrive, and then all of it rebuilt under them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

import psutil

from benchmarks import data
from benchmarks.http import Http, RefusedError
from benchmarks.measuring import Goal, Report, Samples, open_loop
from benchmarks.pages import COMPANY, FAR, FILTERS, PAGE, RATE, WORDS, walk
from benchmarks.stack import Installation, Stack
from benchmarks.surroundings import OTHERS, known_to_activities, load_histories
from benchmarks.watching import Way, bare_way, product_way
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
_IDLE = 0.1
"""Of a processor: what consumers take that wait."""
_AT_REST = 0.2
"""Seconds within which somebody is answered who is alone."""
TASK_DAYS = 20
TODAY = date(2026, 6, 1)
READERS = 20
"""Pages a second that are read during the rebuild."""
_PARTS = (("activities", "api"), ("activities", "relay"), ("histories", "api"), ("histories", "consumer"))
_BARE = ("api", "relay", "consumer")
_MEGABYTE = 1024 * 1024


class Beside(NamedTuple):
    """What else goes on while readers ask at a share of all rates, and p95 of a bare page beside it in milliseconds."""

    words: str
    share: float
    bare_page: float | None = None


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
        installation.run_replica("histories")  # two, as they are deployed
        installation.run("histories", "consumer")
        installation.wait()
        async with _arriving(await _product(installation), READERS):
            await asyncio.sleep(1)
        await _at_rest(installation)
        http = await installation.http("histories")
        far = min(FAR, size // PAGE)
        await _asked(http, report, Beside("nothing arriving", 1), far, seconds)
        for share in _SHARES:
            bare, bare_page = await _bare(installation, share, seconds)
            arrivals = ARRIVALS * share
            async with _arriving(await _product(installation), arrivals) as ours:
                beside = Beside(f"{arrivals:.0f}/s arriving", share, bare_page.percentile(95))
                await _asked(http, report, beside, far, seconds)
            what = f"acknowledged to visible meanwhile at {arrivals:.0f}/s, p99"
            report.add(what, ours.percentile(99), "ms", bare.percentile(99), _most(75))
            report.note(f"p50 {ours.percentile(50):.0f} ms of {len(ours.latencies):,}, {len(ours.failures)} failed")
        await _rebuilt(installation, http, report)
        await http.close()
        for service, role in _PARTS:
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


async def _at_rest(installation: Installation) -> None:
    """Wait until nobody works: consumers that start, and that see their first record, compare all heads."""
    async with asyncio.timeout(300):
        before, now = 0.0, sum(installation.cpu(*part) for part in _PARTS)
        while now - before > _IDLE * 3:
            await asyncio.sleep(3)
            before, now = now, sum(installation.cpu(*part) for part in _PARTS)


async def _bare(installation: Installation, share: float, seconds: float) -> tuple[Samples, Samples]:
    """The same arrivals through the bare pipe, and the first page by the bare query meanwhile."""
    address = installation.run_bare("api")
    installation.run_bare("relay")
    installation.run_bare("consumer")
    installation.wait()
    http, where = Http(address), f"{installation.name}_histories"
    path = f"/page?of=company-{COMPANY}&where={where}&collection=histories_v1_entries"
    async with _arriving(bare_way(address, installation.database("bare")), ARRIVALS * share) as ways:
        await open_loop(RATE * share, 1, partial(_get, http, path))
        pages = await open_loop(RATE * share, seconds, partial(_get, http, path))
    await http.close()
    for role in _BARE:
        installation.end("bare", role)
    return ways, pages


async def _asked(http: Http, report: Report, beside: Beside, far: int, seconds: float) -> None:
    """One question after the other, at the rates of the goals or a share of them."""
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
        rate *= beside.share
        await _settled(http, asked)
        await open_loop(rate, 1, partial(_get, http, asked))
        psutil.cpu_percent()
        samples = await open_loop(rate, seconds, partial(_get, http, asked))
        bare = beside.bare_page if what == "first page" else None
        report.add(f"{what}, p95 at {rate:.0f}/s, {beside.words}", samples.percentile(95), "ms", bare, _most(bound))
        report.note(f"p50 {samples.percentile(50):.1f} ms, processors {psutil.cpu_percent():.0f} % at work")
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


async def _product(installation: Installation) -> Way:
    return product_way(await installation.http("activities"), installation.database("histories"))


@asynccontextmanager
async def _arriving(way: Way, rate: float) -> AsyncGenerator[Samples]:
    """Activities that are recorded all the time, and how long each is on its way."""
    async with way.watched(), _meanwhile(lambda: _for_ever(rate, way)):
        yield way.samples


async def _for_ever(rate: float, way: Way) -> None:
    while True:
        way.samples.failures += (await open_loop(rate, 20, way.record)).failures


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
    for failure in read.failures[:3]:
        report.note(failure)


@asynccontextmanager
async def _meanwhile(work: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()


def _most(bound: float) -> Goal:
    return Goal(bound, None, "at most")
