"""Prove that nothing was changed, lost or added in the middle: the hash chain of every stream, and its numbering.

What a chain cannot show is a tail that was cut off; the heads that consumers keep show that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from dossier.mongo import ASCENDING, Collection, Database, Document
from dossier.store import hashing
from dossier.store.documents import COMMITS, commit_key, key_range


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a commit. `commit` is its primary key."""

    commit: str
    what: str


@dataclass(slots=True)
class Report:
    """What was read, and what is wrong."""

    streams: int = 0
    commits: int = 0
    events: int = 0
    faults: list[Fault] = field(default_factory=list[Fault])

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


async def verify(database: Database) -> Report:
    """Read every commit of a service and check chain, numbers, times and the completeness of commands on several
    streams. Writers may go on meanwhile."""
    commits: Collection = database[COMMITS]
    report = Report()
    parts: dict[str, int] = {}
    async for stream in _streams(commits):
        if faults := _faults_of_stream(stream):
            # The stream may have grown between two reads of the cursor; one more look, at once.
            stream = await commits.find(key_range(stream[0]["stream"])).sort("_id", ASCENDING).to_list(None)
            faults = _faults_of_stream(stream)
        report.faults += faults
        report.streams += 1
        report.commits += len(stream)
        report.events += sum(len(document["events"]) for document in stream)
        _tick_off(parts, stream)
    report.faults += await _faults_of_commands(commits, parts)
    return report


async def _streams(commits: Collection) -> AsyncIterator[list[Document]]:
    stream: list[Document] = []
    async for document in commits.find({}).sort("_id", ASCENDING):
        if stream and stream[0]["stream"] != document["stream"]:
            yield stream
            stream = []
        stream.append(document)
    if stream:
        yield stream


def _faults_of_stream(stream: Sequence[Document]) -> list[Fault]:
    faults: list[Fault] = []
    commit, version, previous, recorded_at = 0, 0, hashing.GENESIS, ""
    for document in stream:
        checks = {
            "does not follow the commit before": document["commit"] == commit + 1,
            "has another number in its key": document["_id"] == commit_key(document["stream"], document["commit"]),
            "does not follow the version before": document["first"] == version + 1,
            "has another number of events": document["last"] - document["first"] + 1 == len(document["events"]),
            "was recorded before the commit before": document["recorded_at"] >= recorded_at,
            "does not chain to the commit before": document["prev_hash"] == previous,
            "has no salt, so that nothing proves its payload": "salt" in document,
            "has another payload": _payload_holds(document),
            "has another envelope": document["hash"] == hashing.chained(document, document["digest"]),
        }
        faults += [Fault(document["_id"], what) for what, holds in checks.items() if not holds]
        commit, version = document["commit"], document["last"]
        previous, recorded_at = document["hash"], document["recorded_at"]
    return faults


def _payload_holds(document: Document) -> bool:
    if "salt" not in document:
        return True  # a fault of its own, until there are erasures on record that it could be one of
    return document["digest"] == hashing.digest(document["salt"], [item["data"] for item in document["events"]])


def _tick_off(parts: dict[str, int], stream: Sequence[Document]) -> None:
    """Count down the missing parts of commands on several streams; whoever is complete leaves."""
    for document in stream:
        if "of" in document:
            command = document["command_id"]
            left = parts.pop(command, document["of"]) - 1
            if left:
                parts[command] = left


async def _faults_of_commands(commits: Collection, suspects: dict[str, int]) -> list[Fault]:
    faults: list[Fault] = []
    for command in suspects:
        found = (
            await commits.find({"command_id": command, "of": {"$exists": True}}).sort("part", ASCENDING).to_list(None)
        )
        if [document["part"] for document in found] != list(range(1, found[0]["of"] + 1)):
            faults.append(Fault(found[0]["_id"], "lacks other commits of its command"))
    return faults
