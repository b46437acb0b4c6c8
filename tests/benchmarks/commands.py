"""Commands over HTTP: recording an activity, beside a head read and a shared majority insert."""

from __future__ import annotations

import json
from functools import partial
from itertools import count

from benchmarks import data
from benchmarks.http import Http
from benchmarks.measuring import Call, Goal, Report, Samples, closed_loop, open_loop
from benchmarks.stack import Installation, Stack
from benchmarks.surroundings import known_to_activities
from dossier.ids import new_id

CALLERS = 64
RATE = 300
_TEXT = "Agreed on the next steps, on who does what and by when. " * 6
_ROUNDS = 3


def activity(number: int, identifier: str) -> bytes:
    """The request that records an activity with a contact."""
    return json.dumps(
        {
            "id": identifier,
            "kind": "call",
            "title": f"Nummer {number}",
            "text": _TEXT,
            "occurred_on": "2026-06-01",
            "address": {"type": "contact", "id": data.CONTACTS[number % len(data.CONTACTS)]},
        }
    ).encode()


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """The process of the API alone: what it costs to be sure, whatever happens to the commit afterwards."""
    seconds = 2.0 if quick else 5.0
    async with stack.installation("commands") as installation:
        await known_to_activities(installation)
        installation.run("activities", "api")
        address = installation.run_bare("api")
        installation.wait()
        http = await installation.http("activities")
        bare = Http(address)
        used = installation.cpu("activities", "api"), installation.cpu("bare", "api")
        numbers = await _capacity(report, partial(_record, http), _bare_call(bare), seconds)
        ours = installation.cpu("activities", "api") - used[0]
        theirs = installation.cpu("bare", "api") - used[1]
        what = "processor time of a command in the API"
        report.add(what, 1000 * ours / numbers[0], "ms", 1000 * theirs / numbers[1])
        await _at_rate(report, partial(_record, http), _bare_call(bare), seconds * 2)
        await http.close()
        await bare.close()
        await _all_there(installation, report)


async def _capacity(report: Report, product: Call, bare: Call, seconds: float) -> tuple[int, int]:
    """How many commands each took in all."""
    warm = [await closed_loop(CALLERS, 1.0, call) for call in (product, bare)]
    rounds = [(await _closed(product, seconds), await _closed(bare, seconds)) for _ in range(_ROUNDS)]
    best, best_bare = (max(samples, key=lambda each: each.rate) for samples in zip(*rounds, strict=True))
    report.add(f"commands, {CALLERS} callers", best.rate, "/s", best_bare.rate, Goal(of_bare=0.7))
    report.add(f"commands, {CALLERS} callers, p50", best.percentile(50), "ms", best_bare.percentile(50))
    report.note("rounds " + ", ".join(f"{ours.rate:,.0f} to {theirs.rate:,.0f}" for ours, theirs in rounds))
    taken = [warm, *rounds]
    return sum(len(pair[0].latencies) for pair in taken), sum(len(pair[1].latencies) for pair in taken)


async def _closed(call: Call, seconds: float) -> Samples:
    samples = await closed_loop(CALLERS, seconds, call)
    if samples.failures:
        raise AssertionError(f"{len(samples.failures)} commands failed: {samples.failures[0]}")
    return samples


async def _at_rate(report: Report, product: Call, bare: Call, seconds: float) -> None:
    ours, theirs = [await open_loop(RATE, seconds, call) for call in (product, bare)]
    report.add(f"commands at {RATE}/s, p50", ours.percentile(50), "ms", theirs.percentile(50), Goal(8, None, "at most"))
    report.add(
        f"commands at {RATE}/s, p99", ours.percentile(99), "ms", theirs.percentile(99), Goal(40, None, "at most")
    )
    if ours.failures:
        report.note(f"{len(ours.failures)} failed: {ours.failures[0]}")


async def _record(http: Http, number: int) -> None:
    await http.post("/v1/activities", activity(number, new_id()))


def _bare_call(bare: Http) -> Call:
    numbers = count()

    async def call(number: int) -> None:
        identifier = new_id()
        await bare.post(f"/commands/activity-{identifier}", activity(next(numbers), identifier))

    return call


async def _all_there(installation: Installation, report: Report) -> None:
    commits = await installation.database("activities")["commits"].count_documents({})
    report.note(f"{commits:,} commits in the store")
