"""What lies in the store after the storm: tasks that came by themselves, documents, and the bytes behind them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from dossier.contracts.attachments import DocumentAttached, DocumentVersionAdded
from dossier.contracts.tasks import RecurrenceSet
from dossier.mongo import Database
from faults.cast import TRUSTED
from faults.client import Clients
from faults.model import Facts, Place
from faults.standing import all_of

BROUGHT = (DocumentAttached.event_type, DocumentVersionAdded.event_type)
RECURS = RecurrenceSet.event_type


async def successors(clients: Clients, database: Database, there: Mapping[str, Place]) -> list[str]:
    """Each recurring task that was done has opened the next one, and nothing else belongs to its series."""
    members: dict[str, set[str]] = {}
    async for commit in database["commits"].find({"events.type": RECURS}):
        for event in commit["events"]:
            if event["type"] == RECURS:
                members.setdefault(json.loads(event["data"])["series"], set()).add(commit["stream"][-36:])
    done = {
        stream[-36:]
        for outcome in clients.notes.outcomes
        for stream in outcome.means
        if outcome.what == "complete" and (outcome.told or outcome.key in there)
    }
    return await all_of(_series(clients, first, those, done) for first, those in members.items())


async def _series(clients: Clients, first: str, members: set[str], done: set[str]) -> list[str]:
    chain: list[str] = []
    task: str | None = first
    while task is not None:
        chain.append(task)
        answer = await clients.ask("activities", f"/v1/activities/{task}", by=TRUSTED)
        task = answer.json().get("next_occurrence")
    opened, wanted = len(chain) - 1, len(members & done)
    faults = [f"series {first}: {wanted} were done and opened {opened}"] if opened != wanted else []
    return faults + [f"series {first}: nobody opened {one}" for one in sorted(members - set(chain))]


async def strays(database: Database, expected: Iterable[str]) -> list[str]:
    """Nothing is there that nobody asked for: what was recorded is there once. Mails and series are counted apart."""
    begun = database["commits"]
    found = set(await begun.distinct("stream", {"first": 1}))
    found -= set(await begun.distinct("stream", {"first": 1, "channel": "mail"}))
    found -= set(await begun.distinct("stream", {"first": 1, "events.type": RECURS}))
    found -= set(expected)
    return [f"nobody asked for {stream}" for stream in sorted(found) if stream.startswith("activity-")]


async def papers(clients: Clients, expected: Mapping[str, Facts]) -> list[str]:
    """Every version of every document comes down as it went up."""
    return await all_of(
        _comes_down(clients, f"/v1/activities/{stream[-36:]}/documents/{document}/content?version={number}", sha256)
        for stream, facts in expected.items()
        for document, versions in facts.get("documents", {}).items()
        for number, sha256 in enumerate(versions, 1)
    )


async def _comes_down(clients: Clients, path: str, sha256: str) -> list[str]:
    answer = await clients.ask("activities", path, by=TRUSTED)
    if not answer.is_success:
        return [f"{path} was acknowledged and is answered with {answer.status_code}"]
    found = hashlib.sha256(answer.content).hexdigest()
    return [] if found == sha256 else [f"{path} is {found} and must be {sha256}"]


async def leftovers(database: Database) -> list[str]:
    """After the sweep the files are those that events refer to, whole, and no other bytes are there."""
    referred: dict[str, int] = {}
    async for commit in database["commits"].find({"events.type": {"$in": BROUGHT}}):
        for event in commit["events"]:
            if event["type"] in BROUGHT:
                file = json.loads(event["data"])["file"]
                referred[file["stored_object"]] = file["size"]
    files = {file["_id"]: file["length"] async for file in database["documents.files"].find({})}
    sizes = {"_id": "$files_id", "bytes": {"$sum": {"$binarySize": "$data"}}}
    parts: Any = database["documents.chunks"].aggregate([{"$group": sizes}])
    stored = {part["_id"]: part["bytes"] async for part in parts}
    faults = [f"file {name} is {files.get(name)} bytes by its name" for name in _unlike(referred, files)]
    return faults + [f"file {name} is {stored.get(name)} bytes in parts" for name in _unlike(referred, stored)]


def _unlike(wanted: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
