"""The address book at size: search as you type, the page of an address, and a rename that thousands of lines show."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from itertools import groupby
from urllib.parse import quote, urlencode

from addresses.settings import Settings
from addresses.views.book import AddressBook, index_lines
from addresses.views.catalogue import Catalogue
from addresses.views.likeness import Likeness
from addresses.views.referring import Referring
from benchmarks import data
from benchmarks.book_data import LARGE, BookOf
from benchmarks.http import Http
from benchmarks.measuring import Call, Goal, Report, Samples, open_loop
from benchmarks.stack import Installation, Stack
from dossier.contracts import RecordedEvent
from dossier.folding import words
from dossier.mongo import ReplaceOne
from dossier.projections.model import Span
from dossier.projections.sources import Sources
from dossier.runtime import Service
from dossier.wiring import VIEW_GENERATION, feeds_of

ADDRESSES, CROWD = 200_000, 5_000
SEARCHES, PAGES = 50, 100
"""Offered each second."""
_WARM = 2
_PROCESSES = (("addresses", "api"), ("bare", "api"))
_ROWS = 20
_CHUNK = 500
_ROUNDS = 3
_PATIENCE, _LOADING_PATIENCE = 120.0, 600.0


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """Searches and pages with the query API alone; the rename with every process of the way."""
    count, crowd, seconds = (10_000, 1_000, 3) if quick else (ADDRESSES, CROWD, 10)
    content = BookOf(count, crowd)
    async with stack.installation("addresses") as installation:
        await data.load(installation.database("addresses"), content.commits(), published=True)
        installation.run("addresses", "api")
        installation.wait()
        book = await _load(installation, report)
        bare = Http(installation.run_bare("api"))
        installation.wait()
        http = await installation.http("addresses")
        where = {"where": f"{installation.name}_addresses", "collection": book.lines.name}
        await _search(report, http, bare, where, content, seconds, count)
        used = [installation.cpu(*one) for one in _PROCESSES]
        await _pages(report, http, bare, where, content, seconds, count)
        both = [installation.cpu(*one) - before for one, before in zip(_PROCESSES, used, strict=True)]
        asked = PAGES * (_WARM + seconds)
        report.add("processor time of a page of an address", 1000 * both[0] / asked, "ms", 1000 * both[1] / asked)
        await _rename(installation, report, http, book, crowd)
        await _duplicates(report, http, bare, where, content, seconds, count)
        await http.close()
        await bare.close()


async def _search(
    report: Report, http: Http, bare: Http, where: dict[str, str], content: BookOf, seconds: int, count: int
) -> None:
    """By relevance, as a form that proposes addresses asks; the bare pipe reads one range of one index."""

    async def ours(number: int) -> None:
        await http.get(f"/v1/addresses?q={quote(content.typed(number))}&order=relevance&limit={_ROWS}")

    async def theirs(number: int) -> None:
        begin = " ".join(words(content.typed(number))[:1])
        await bare.get(f"/range?{urlencode({**where, 'field': 'called', 'begin': begin, 'limit': _ROWS})}")

    samples, plain = await _loads(SEARCHES, seconds, ours, theirs)
    _told(report, f"{count:,} addresses, search as you type", samples, plain, Goal(50, None, "at most"), SEARCHES)


async def _duplicates(
    report: Report, http: Http, bare: Http, where: dict[str, str], content: BookOf, seconds: int, count: int
) -> None:
    """What a new address may be a duplicate of, as a form asks while it is typed; the bare pipe reads one range."""

    async def ours(number: int) -> None:
        await http.post("/v1/duplicates", json.dumps(content.newcomer(number)).encode())

    async def theirs(number: int) -> None:
        begin = " ".join(words(content.typed(number))[:1])
        await bare.get(f"/range?{urlencode({**where, 'field': 'called', 'begin': begin, 'limit': _ROWS})}")

    samples, plain = await _loads(SEARCHES, seconds, ours, theirs)
    _told(report, f"{count:,} addresses, duplicates of a new one", samples, plain, Goal(50, None, "at most"), SEARCHES)


async def _pages(
    report: Report, http: Http, bare: Http, where: dict[str, str], content: BookOf, seconds: int, count: int
) -> None:
    """Any address, each two hundredth the large company; the bare pipe reads one document."""

    async def ours(number: int) -> None:
        await http.get(f"/v1/addresses/{content.address(number)}")

    async def theirs(number: int) -> None:
        await bare.get(f"/document?{urlencode({**where, 'id': content.address(number)})}")

    samples, plain = await _loads(PAGES, seconds, ours, theirs)
    _told(report, f"{count:,} addresses, page of an address", samples, plain, Goal(20, None, "at most"), PAGES)


async def _loads(rate: int, seconds: int, ours: Call, theirs: Call) -> tuple[Samples, Samples]:
    await open_loop(rate, _WARM, ours)
    samples = await open_loop(rate, seconds, ours)
    await open_loop(rate, _WARM, theirs)
    return samples, await open_loop(rate, seconds, theirs)


def _told(report: Report, what: str, samples: Samples, plain: Samples, goal: Goal, rate: int) -> None:
    report.add(f"{what}, p95", samples.percentile(95), "ms", plain.percentile(95), goal)
    report.note(f"p50 {samples.percentile(50):.1f} ms, p99 {samples.percentile(99):.1f} ms at {rate}/s")
    if samples.failures or plain.failures:
        report.note(f"{len(samples.failures)} failed: {[*samples.failures, *plain.failures][0]}")


async def _rename(installation: Installation, report: Report, http: Http, book: AddressBook, crowd: int) -> None:
    """From the answer until all contacts are found by the new name; bare, the same lines written in the same chunks."""
    installation.run("addresses", "relay")
    installation.run("addresses", "consumer")
    installation.wait()
    await _loaded(installation)
    await http.close()  # what was idle meanwhile may be about to be closed at the other end
    await _renamed(http, book, "Vorher AG", crowd)  # the consumer has joined its group and compared all heads
    taken = [await _renamed(http, book, f"Umbenannt{number} AG", crowd) for number in range(_ROUNDS)]
    plain = [await _written(book) for _ in range(_ROUNDS)]
    goal = Goal(2_000, None, "at most")
    report.add(f"rename of a company with {crowd:,} contacts, visible", max(taken), "ms", max(plain), goal)
    rounds = [f"{ours:,.0f} to {theirs:,.0f} ms" for ours, theirs in zip(taken, plain, strict=True)]
    report.note(f"rounds {', '.join(rounds)}")


async def _loaded(installation: Installation) -> None:
    """Wait until the service's other views have read the feed for the first time: they do so in the same process."""
    database, began = installation.database("addresses"), time.perf_counter()
    for view in (Catalogue(), Likeness(), Referring()):
        view.attach(database, VIEW_GENERATION)
        sources = Sources(view.collection("sources"))
        while not (await sources.state("addresses")).loaded:
            if time.perf_counter() - began > _LOADING_PATIENCE:
                raise TimeoutError(f"{view.name} was not loaded")
            await asyncio.sleep(0.5)


async def _renamed(http: Http, book: AddressBook, name: str, crowd: int) -> float:
    await http.put(f"/v1/companies/{LARGE}/name", json.dumps({"name": name}).encode())
    began = time.perf_counter()
    wanted = {"terms": f"w:{words(name)[0]}"}
    while await book.lines.count_documents(wanted) < crowd + 1:
        if time.perf_counter() - began > _PATIENCE:
            raise TimeoutError("the rename did not become visible")
        await asyncio.sleep(0.01)
    return 1000 * (time.perf_counter() - began)


async def _written(book: AddressBook) -> float:
    """The lines of the contacts, written again with another name into a copy with the same indexes."""
    copy = book.collection("lines_bare")
    lines = await book.lines.find({"company": f"company-{LARGE}"}).to_list(None)
    await copy.drop()
    await index_lines(copy)
    await copy.insert_many(lines)
    for line in lines:
        line["sort"], line["terms"] = f"x{line['sort']}", sorted({*line["terms"], "w:x"})
    began = time.perf_counter()
    for start in range(0, len(lines), _CHUNK):
        writes = [ReplaceOne({"_id": line["_id"]}, line) for line in lines[start : start + _CHUNK]]
        await copy.bulk_write(writes, ordered=False)
    return 1000 * (time.perf_counter() - began)


async def _load(installation: Installation, report: Report) -> AddressBook:
    """The book, loaded from the feed as a rebuild loads one."""
    service = Service(installation.settings(Settings, "addresses"))
    book = AddressBook()
    book.attach(service.database, VIEW_GENERATION)
    began, number = time.perf_counter(), 0
    async with service:
        await book.prepare_bulk()
        async for events, _ in feeds_of(service, book.sources)["addresses"].events():
            spans = _spans(events)
            await book.bulk(spans)
            await book.bulk_advance({span.stream: span.last for span in spans})
            number += len(events)
        await book.finish_bulk()
        await book.prepare()
        await Sources(book.collection("sources")).mark_loaded("addresses")
    report.note(f"loaded in {time.perf_counter() - began:.0f} s: {number:,} events")
    book.attach(installation.database("addresses"), VIEW_GENERATION)
    return book


def _spans(events: Sequence[RecordedEvent]) -> list[Span]:
    return [Span(stream, list(each)) for stream, each in groupby(events, key=lambda event: event.subject)]
