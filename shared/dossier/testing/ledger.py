"""What clients of a commit store were told, against what the store holds: the checker of every fault test.

Each command carries a marker in its events. A client notes what became of it; afterwards `check` reads the store.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dossier.mongo import ASCENDING, Database
from dossier.store import Committed, recorded_events, verify
from dossier.store.documents import COMMITS


@dataclass
class Ledger:
    """Commands by marker. A command on several streams has one marker for all.

    `acknowledged` says where a command is. One that is `unknown` (outcome unknown, client gone) may be there or not.
    All others were refused and must not be there.
    """

    acknowledged: dict[str, list[Committed]] = field(default_factory=dict[str, list[Committed]])
    unknown: set[str] = field(default_factory=set[str])
    contradictions: list[str] = field(default_factory=list[str])

    def acknowledge(self, marker: str, commits: Sequence[Committed]) -> None:
        """The client was told where its command is; told twice, it must be the same."""
        before = self.acknowledged.setdefault(marker, list(commits))
        places = [[(one.stream, one.commit, one.first, one.last) for one in told] for told in (before, commits)]
        if places[0] != places[1]:
            self.contradictions.append(f"{marker} was said to be at {places[0]} and at {places[1]}")

    async def check(self, database: Database) -> list[str]:
        """What is wrong; empty if every promise was kept."""
        present: Counter[tuple[str, str]] = Counter()
        places: dict[tuple[str, str], tuple[int, int, int]] = {}
        async for document in database[COMMITS].find({}).sort("_id", ASCENDING):
            markers = {json.loads(bytes(event.data)).get("name", "") for event in recorded_events(document)}
            for marker in markers:
                present[marker, document["stream"]] += 1
                places[marker, document["stream"]] = document["commit"], document["first"], document["last"]
        faults = [f"{fault.commit} {fault.what}" for fault in (await verify(database)).faults]
        faults += self.contradictions
        for marker, commits in self.acknowledged.items():
            told = {(marker, one.stream): (one.commit, one.first, one.last) for one in commits if one.last >= one.first}
            there = {place: where for place, where in places.items() if place[0] == marker}
            if told != there:
                faults.append(f"{marker} was acknowledged at {told}, is at {there}")
        faults += [f"{marker} is {count} times in {stream}" for (marker, stream), count in present.items() if count > 1]
        allowed = self.acknowledged.keys() | self.unknown
        faults += [f"{marker} was refused, is in {stream}" for marker, stream in present if marker not in allowed]
        return faults
