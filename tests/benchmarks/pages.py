"""The page of a company with a long history, the first one and one far back, beside the bare query; and filtered."""

from __future__ import annotations

import json
from functools import partial
from urllib.parse import quote

from benchmarks import data
from benchmarks.http import Http
from benchmarks.measuring import Goal, Report, Samples, open_loop
from benchmarks.stack import Installation, Stack
from benchmarks.surroundings import load_histories

RATE = 100
PAGE = 50
FAR = 2_000
_PROCESSES = (("histories", "api"), ("bare", "api"))
COMPANY = data.COMPANIES[0]
FILTERS = {
    "from a day": "at=2024-05-01",
    "a kind": "kind=meeting",
    "an author": f"entered_by={data.USER_IDS[1]}",
    "a responsible user, who is none": f"responsible={data.USER_IDS[1]}",
    "a contact": f"person={data.contacts_of(COMPANY)[0]}",
    "author, kind and period": f"entered_by={data.USER_IDS[1]}&kind=call&from=2024-01-01&to=2024-03-31",
    "folded conversations": "fold=conversations",
}
WORDS = {"a word that all have": "q=mandate", "a word of one": "q=4711", "both": "q=mandates 4711"}


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """Only the query API runs while it is asked."""
    size, seconds = (min(size, 10_000), 3) if quick else (size, 10)
    async with stack.installation("pages") as installation:
        await data.load_surroundings(installation, published=True)
        drafts = data.activities(size, later=0, contacts=data.contacts_of(COMPANY))
        await data.load(installation.database("activities"), drafts, published=True)
        await load_histories(installation, with_words=True)
        installation.run("histories", "api")
        bare = Http(installation.run_bare("api"))
        installation.wait()
        http = await installation.http("histories")
        path = f"/v1/companies/{COMPANY}/history?limit={PAGE}"
        far = min(FAR, size // PAGE)
        cursor, last = await walk(http, far)
        dated = await _dated(installation, last)
        query = f"/page?of=company-{COMPANY}&where={installation.name}_histories&collection=histories_v1_entries"
        for page, ours, theirs in (
            ("the first page", path, query),
            (f"page {far:,}", f"{path}&cursor={cursor}", f"{query}&before={quote(dated)}"),
        ):
            used = [installation.cpu(*one) for one in _PROCESSES]
            await _measured(report, f"{size:,} activities, {page}", http, ours, bare, theirs, seconds)
            asked = RATE * (1 + seconds)
            both = [installation.cpu(*one) - before for one, before in zip(_PROCESSES, used, strict=True)]
            report.add(f"processor time of {page}", 1000 * both[0] / asked, "ms", 1000 * both[1] / asked)
        for queries, rate, goal in ((FILTERS, RATE, 50), (WORDS, RATE // 2, 150)):
            for what, query in queries.items():
                await _filtered(report, what, http, f"{path}&{quote(query, safe='=&')}", rate, seconds, goal)
        await http.close()
        await bare.close()


async def _measured(report: Report, what: str, http: Http, ours: str, bare: Http, theirs: str, seconds: float) -> None:
    async def call(client: Http, path: str, number: int) -> None:
        await client.get(path)

    await open_loop(RATE, 1, partial(call, http, ours))
    samples = await open_loop(RATE, seconds, partial(call, http, ours))
    await open_loop(RATE, 1, partial(call, bare, theirs))
    plain = await open_loop(RATE, seconds, partial(call, bare, theirs))
    goal = Goal(25, None, "at most")
    report.add(f"{what}, p95", samples.percentile(95), "ms", plain.percentile(95), goal)
    report.note(f"p50 {samples.percentile(50):.1f} ms, p99 {samples.percentile(99):.1f} ms at {RATE}/s")
    _note_failures(report, samples)


async def _filtered(report: Report, what: str, http: Http, path: str, rate: int, seconds: float, goal: float) -> None:
    """A page with a filter; there is nothing bare to compare it with."""

    async def call(number: int) -> None:
        await http.get(path)

    await open_loop(rate, 1, call)
    samples = await open_loop(rate, seconds, call)
    report.add(f"{what}, p95 at {rate}/s", samples.percentile(95), "ms", None, Goal(goal, None, "at most"))
    report.note(f"p50 {samples.percentile(50):.1f} ms")
    _note_failures(report, samples)


def _note_failures(report: Report, samples: Samples) -> None:
    if samples.failures:
        report.note(f"{len(samples.failures)} failed: {samples.failures[0]}")


async def walk(http: Http, page: int) -> tuple[str, str]:
    """The cursor of a page, got as a reader gets it: from page to page. And the activity it begins after."""
    cursor, behind, last = "", 0, {}
    while behind < (page - 1) * PAGE:
        limit = min(200, (page - 1) * PAGE - behind)
        tail = f"&cursor={cursor}" if cursor else ""
        answer = json.loads((await http.get(f"/v1/companies/{COMPANY}/history?limit={limit}{tail}")).body)
        cursor, behind, last = answer["next"], behind + limit, answer["items"][-1]
    return cursor, f"activity-{last['id']}"


async def _dated(installation: Installation, stream: str) -> str:
    """Where an activity stands, for the bare query."""
    entries = installation.database("histories")["histories_v1_entries"]
    found = await entries.find_one({"_id": stream}, {"dated": 1})
    assert found is not None
    return found["dated"]
