"""What is refused: a hidden thing is refused like one that there is not, in the same words, and after as much work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from dossier.ids import new_id
from leaks.firm import TODAY, canary
from leaks.office import Office
from leaks.probing import PLURAL, Probes, Reader

ACTIVITY = "/v1/activities/{id}"
READ: list[tuple[str, str]] = [
    ("histories", ACTIVITY),
    *(("activities", f"{ACTIVITY}{content}") for content in ("", "/text", "/changes", "/readers")),
    ("activities", f"{ACTIVITY}/documents/{new_id()}"),
    ("activities", f"{ACTIVITY}/documents/{new_id()}/content"),
]
"""Where an activity is read."""
COMMANDS: list[tuple[str, str, Any]] = [
    ("PUT", "/visibility", {"visibility": "granted"}),
    ("POST", "/grants", {"grants": []}),
    ("POST", "/corrections", {"changes": {"title": "Other"}}),
    ("POST", "/complete", {}),
    ("POST", "/reopen", {}),
    ("PUT", "/due", {"on": TODAY.isoformat()}),
    ("POST", "/withdraw", {"reason": "wrong"}),
    ("POST", "/restore", {}),
    ("POST", "/undo", {}),
]
"""What is done with one."""
PAGES = ("history", "pinned", "touchpoints")


@dataclass
class Work:
    """How many commands the databases were asked for."""

    commands: int = 0


@asynccontextmanager
async def counted(office: Office, still_at_work: float) -> AsyncIterator[Work]:
    """Count what the databases of all services do inside, as they say themselves."""
    databases = [service.roles.app.state.service.database for service in office.services.values()]
    for database in databases:
        await database.command({"profile": 2})
    work = Work()
    try:
        yield work
    finally:
        await asyncio.sleep(still_at_work)
        for database in databases:
            await database.command({"profile": 0})
            work.commands += await database["system.profile"].count_documents(_OF_A_REQUEST)
            await database["system.profile"].drop()


_STILL_AT_WORK = (0.03, 0.3, 1.0)
"""Seconds in which queries end that were asked at the same time as the one that told that nothing is there: on a busy
machine it may take a longer try."""
_OF_A_REQUEST = {
    "ns": {"$not": {"$regex": r"\.(system\.profile|projections)$|_(holds|sources)$"}},
    "command.profile": {"$exists": False},
}
"""Without what a process looks up once a second, whoever asks for what."""


async def alike(probes: Probes, reader: Reader, service: str, path: str, hidden: str, **how: Any) -> list[str]:
    """What tells a hidden thing from one that there is not, each time; path and body have a place for the `id`.

    On a busy machine a query of the request before may end late, and is counted with this one.
    """
    found: list[str] = []
    for still_at_work in _STILL_AT_WORK:
        if not (found := await _compared(probes, reader, service, path, hidden, still_at_work, **how)):
            break
    return found


async def _compared(
    probes: Probes, reader: Reader, service: str, path: str, hidden: str, still_at_work: float, **how: Any
) -> list[str]:
    nothing = new_id()
    answers: list[tuple[Any, ...]] = []
    for id in (hidden, nothing):
        asked = path.format(id=id), json.loads(json.dumps(how.get("json")).replace('"{id}"', f'"{id}"'))
        await _sent(probes, reader, service, *asked, how.get("method", "GET"))  # what is looked up once is known now
        await asyncio.sleep(still_at_work)
        async with counted(probes.office, still_at_work) as work:
            answer = await _sent(probes, reader, service, *asked, how.get("method", "GET"))
        probes.decisions["refusals"] += 1
        answers.append((answer.status_code, _text(answer, id), _headers(answer), work.commands))
    return [] if answers[0] == answers[1] else [f"{service} {path}: {answers[0]} instead of {answers[1]}"]


async def _sent(
    probes: Probes, reader: Reader, service: str, path: str, body: Any = None, method: str = "GET"
) -> httpx.Response:
    probes.requests += 1
    return await probes.office.services[service].http.request(method, path, headers=reader.headers, json=body)


def _text(answer: httpx.Response, id: str) -> str:
    """What it says, but for the id that was asked for and the number of the request."""
    told: dict[str, Any] = answer.json()
    for own in ("correlation_id", "instance", "trace_id"):
        told.pop(own, None)
    return str(told).replace(id, "ID")


def _headers(answer: httpx.Response) -> list[str]:
    return sorted(name for name in answer.headers if name != "content-length")


async def everywhere(probes: Probes, reader: Reader, activities: list[str], engagements: list[str]) -> list[str]:
    """All that tells hidden activities and engagements from none."""
    found: list[str] = []
    for stream in activities:
        for service, path in READ:
            found += await alike(probes, reader, service, path, stream[-36:])
        for method, path, body in COMMANDS:
            path = f"{ACTIVITY}{path}"
            found += await alike(probes, reader, "activities", path, stream[-36:], method=method, json=body)
        found += await _of_words(probes, reader, stream)
    for stream in engagements:
        at = f"/v1/{PLURAL[stream[:-37]]}/{{id}}"
        for page in PAGES:
            found += await alike(probes, reader, "histories", f"{at}/{page}", stream[-36:])
        for content in ("", "/changes"):
            found += await alike(probes, reader, "engagements", f"{at}{content}", stream[-36:])
        found += await alike(probes, reader, "engagements", at, stream[-36:], method="PATCH", json={})
        linked = {"kind": "note", "title": "Note", stream[:-37]: "{id}"}
        found += await alike(probes, reader, "activities", ACTIVITY[:-5], stream[-36:], method="POST", json=linked)
    return found + await of_folders(probes, reader)


async def of_folders(probes: Probes, reader: Reader) -> list[str]:
    """All that tells hidden things from none where they are put into a folder, or taken out of one they lie in."""
    found: list[str] = []
    folder = next(folder for folder, owner in sorted(probes.firm.folders.items()) if owner is None)
    hidden: dict[str, list[str]] = {}
    for stream in probes.firm.lying[folder]:
        if stream in probes.rights.known and not probes.rights.may_be_named(stream, reader.tokens):
            hidden.setdefault(stream[:-37], []).append(stream)
    for stream in (each for kind in hidden.values() for each in kind[:2]):
        path = f"/v1/folders/{folder}/entries/{stream[:-37]}-{{id}}"
        for method in ("PUT", "DELETE"):
            found += await alike(probes, reader, "addresses", path, stream[-36:], method=method)
    return found


async def _of_words(probes: Probes, reader: Reader, activity: str) -> list[str]:
    """A word or phrase that is in hidden activities alone is searched for as one that nobody wrote."""
    found: list[str] = []
    for form in ("{}", '"{}"', '"{} talk"'):
        answers: list[tuple[str, int]] = []
        for word in (canary(activity), canary(f"activity-{new_id()}")):
            async with counted(probes.office, _STILL_AT_WORK[1]) as work:
                answer = await _sent(probes, reader, "histories", f"/v1/activities?q={form.format(word)}")
            probes.decisions["refusals"] += 1
            answers.append((answer.text, work.commands))
        if answers[0] != answers[1]:
            found.append(f"{form.format('a word')} of {activity}: {answers[0]} instead of {answers[1]}")
    return found
