"""How many activities of a month an object shows, by the doors before them: counted once, and again when it changed.

Counting 250,000 entries takes longer than a page may. So what was counted is kept, with the `stamp` that the month had
before: whoever writes an entry gives another stamp to every month of every object that shows it or ever did, after the
write and before the watermark. A tally whose stamp is another one now is not believed, but counted anew. Nothing is
added up, so repetition, order and crashes make no difference; a tally can be thrown away at any time, is no part of
what is compared between generations, and exists for what was asked for only.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, get_args

from dossier.contracts.activities import ActivityKind
from dossier.mongo import Document, UpdateOne, aggregate, by_ids
from histories.domain.derivation import Map
from histories.domain.documents import Gate
from histories.views.collections import PAGE, Collections

MOST_DOORS = 1_000
"""Different sets of readers among the activities of a month. With more of them the month is counted each time."""

Doors = Sequence[tuple[Sequence[Gate], int]]
"""What stands before activities, and how many of them."""


class Tallies:
    """The tallies of one generation."""

    def __init__(self, collections: Collections) -> None:
        self._tallies = collections.cache
        self._entries = collections.entries

    async def outdate(self, touched: Set[str]) -> None:
        """Let none of these tallies be believed that was made before entries that they count were written."""
        # Few are ever asked for, and a write that finds nothing waits for the journal all the same. A tally that is not
        # there yet is counted later than this, and so with these entries.
        if known := await by_ids(self._tallies, touched, {"_id": 1}):
            await self._tallies.update_many({"_id": {"$in": list(known)}}, {"$inc": {"stamp": 1}})

    async def read(self, stream: str, months: Sequence[str]) -> dict[str, Doors]:
        """The activities of these months (`2026-05`) that the object shows."""
        known = await self._known(stream, months)
        if missing := [month for month in months if month not in known]:
            await self._begin(stream, missing)
            known |= await self._known(stream, missing)
        counted = await gather(*(self._counted(stream, month, known[month]) for month in months))
        return dict(zip(months, counted, strict=True))

    async def _known(self, stream: str, months: Sequence[str]) -> dict[str, Document]:
        found = await by_ids(self._tallies, (_key(stream, month) for month in months))
        return {key[-7:]: tally for key, tally in found.items()}

    async def _begin(self, stream: str, months: Sequence[str]) -> None:
        """Let there be a stamp, before anything is counted."""
        first = {"$setOnInsert": {"stamp": 0, "counted": -1, "doors": []}}
        begun = [UpdateOne({"_id": _key(stream, month)}, first, upsert=True) for month in months]
        await self._tallies.bulk_write(begun, ordered=False)

    async def _counted(self, stream: str, month: str, tally: Document) -> Doors:
        if tally["counted"] == tally["stamp"]:
            return [(door["gates"], door["n"]) for door in tally["doors"]]
        # Above every day of the month and below the next month: a digit is less than a colon.
        dated = {"$gte": month, "$lt": f"{month}:"}
        wanted = {"shown_on": stream, "own.kind": {"$in": list(get_args(ActivityKind))}, "dated": dated}
        grouped = [{"$match": wanted}, {"$group": {"_id": "$gates", "n": {"$sum": 1}}}]
        cursor = await aggregate(self._entries, grouped, hint=dict(PAGE))
        doors = [{"gates": group["_id"], "n": group["n"]} for group in await cursor.to_list(None)]
        if len(doors) <= MOST_DOORS:
            unchanged = {"_id": tally["_id"], "stamp": tally["stamp"]}
            await self._tallies.update_one(unchanged, {"$set": {"counted": tally["stamp"], "doors": doors}})
        return [(door["gates"], door["n"]) for door in doors]


def months_until(month: str, number: int) -> list[str]:
    """So many months in a row, the given one last."""
    year, last = int(month[:4]), int(month[5:])
    numbered = range(year * 12 + last - number, year * 12 + last)
    return [f"{each // 12:04}-{each % 12 + 1:02}" for each in numbered]


def _key(stream: str, month: str) -> str:
    return f"{stream} {month}"


def touched(entries: Iterable[Mapping[str, Any]], ways: Map) -> set[str]:
    """The tallies that may count these entries, or did: on all that their links ever led to.

    Reasons would not do: one that ended in the moment in which it began is none.
    """
    return {
        _key(stream, month)
        for entry in entries
        for stream in ways.reach(link["to"] for link in entry["links"])
        for month in _ever_in(entry)
    }


def _ever_in(entry: Mapping[str, Any]) -> set[str]:
    return {entry["dated"][:7], *(day["on"][:7] for day in entry["dates"])}


def admitted(doors: Doors, tokens: Iterable[str]) -> int:
    """How many of the activities somebody with these tokens sees."""
    held = set(tokens)
    return sum(n for gates, n in doors if all(not held.isdisjoint(gate["who"]) for gate in gates))
