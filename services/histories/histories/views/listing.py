"""Lists of entries in the order of their days, read by whichever index gets there soonest.

A page alone is read in the order of its index. What terms or a further address narrow down is read a stretch at a time,
each by whichever way has least in it, and each four times as long: what many have fills a page in the first one, what
is rare in what is left of the list is looked up, and two things that many have and none together cost a small multiple
of the rarer one, and not the whole page.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dossier.mongo import ASCENDING, DESCENDING, Collection, Cursor, Document
from histories.views.collections import DATED, PAGE, TERMS, TOUCHPOINTS
from histories.views.readers import Reader
from histories.views.rows import ROW_FIELDS
from histories.views.wanted import KINDS, START, Place, Wanted

STRETCH = 400
"""Entries that are fetched one by one in some milliseconds; an index passes so many keys in a fraction of one."""
_GROWTH = 4
"""How much longer each stretch is than the one before."""

Index = list[tuple[str, int]]


@dataclass(frozen=True)
class Way:
    """An index, and the condition that it answers. The other ways' conditions are only compared."""

    index: Index
    condition: Document | None


@dataclass(frozen=True)
class Listing:
    """A list that one reader asks for: of these objects' pages (none: of all activities).

    `further` conditions are compared, `fields` are what of an entry is read.
    """

    entries: Collection
    reader: Reader
    wanted: Wanted
    objects: Sequence[str] = ()
    further: Sequence[Document] = ()
    fields: Document = field(default_factory=lambda: ROW_FIELDS)

    async def found(self, place: Place = START, limit: int = 50) -> list[Document]:
        """Up to `limit` entries beyond a place, in the order they are read in."""
        found: list[Document] = []
        length = STRETCH
        while True:
            way, end = await self.way(place, length)
            found += await self.query(way, place, limit - len(found), end).to_list(None)
            if end is None or len(found) == limit:
                return found
            place, length = place._replace(after=end), length * _GROWTH

    async def among(self, activities: Sequence[str], place: Place = START) -> list[Document]:
        """Those of these activities that are in the list beyond a place, in the order they are read in."""
        way = Way([("_id", ASCENDING)], {"_id": {"$in": list(activities)}})
        return await self.query(way, place, len(activities)).to_list(None)

    async def shortest(self, many: int) -> int | None:
        """How many entries the way that reads least would read, up to so many; none if it reads all there are."""
        commands = (self.entries.database.command(self.counting(way, many)) for way in self._ways())
        return min([counted["n"] for counted in await gather(*commands)], default=None)

    def query(self, way: Way, place: Place = START, limit: int = 50, end: str | None = None) -> Cursor:
        """The query by one of the ways, up to the end of a stretch."""
        found = self.entries.find({"$and": [*self.conditions(way), *stretch(place, end)]}, self.fields)
        return found.sort("dated", _order(place)).hint(way.index).limit(limit)

    def conditions(self, way: Way) -> list[Document]:
        """All that entries of the list meet, the reader's rights included."""
        looked_up = [] if way.condition is None else [way.condition]
        compared = [only_compared(other.condition) for other in self._ways() if other.condition not in looked_up]
        own = [*self._kinds(way), *self.wanted.completion(), *self.wanted.days()]
        return [*looked_up, *compared, *own, *self.further, *self.reader.seen(withdrawn_too=self.wanted.withdrawn)]

    async def way(self, place: Place = START, length: int | None = None) -> tuple[Way, str | None]:
        """The way by which a stretch of so many entries reaches furthest, and where it ends: nowhere if that is all.

        Ways are asked one after the other: most terms are rare, and of such a list the page need not be looked at.
        """
        ways = list(self._ways()) or [Way(DATED, None)]
        if len(ways) == 1:
            return ways[0], None
        ends: list[str] = []
        for way in ways:
            end = await self._end_of_stretch(way, place, length or STRETCH)
            if end is None:
                return way, None
            ends.append(end)
        furthest = (max if place.back else min)(ends)
        return ways[ends.index(furthest)], furthest

    def counting(self, way: Way, many: int) -> Document:
        """The command that counts what a way would read, up to `many`: from the index alone."""
        query = {"$and": [way.condition, *self._indexed(way, self.wanted.kinds), *self.wanted.days()]}
        return {"count": self.entries.name, "query": query, "limit": many, "hint": dict(way.index)}

    async def _end_of_stretch(self, way: Way, place: Place, length: int) -> str | None:
        """The place of the last of the next `length` entries of a way; none if there are fewer."""
        last = await self.stretching(way, place, length).to_list(1)
        return last[0]["dated"] if last else None

    def stretching(self, way: Way, place: Place, length: int) -> Cursor:
        """The query for it: from the index alone."""
        kinds = self._indexed(way, self.wanted.kinds or KINDS)
        met = [way.condition, *kinds, *self.wanted.days(), *stretch(place)]
        found = self.entries.find({"$and": met}, {"_id": 0, "dated": 1}).sort("dated", _order(place))
        return found.hint(way.index).skip(length - 1).limit(1)

    def _ways(self) -> Iterator[Way]:
        """All ways there are; along the page is the last."""
        for terms in self.wanted.terms:
            yield Way(TERMS, {"terms": {"$in": terms}})
        if self.wanted.with_person:
            yield Way(PAGE, {"shown_on": {"$in": self.wanted.with_person}})
        if self.objects:
            by_medium = self.wanted.media and not self.wanted.kinds
            shown_on = self.objects[0] if len(self.objects) == 1 else {"$in": list(self.objects)}
            yield Way(TOUCHPOINTS if by_medium else PAGE, {"shown_on": shown_on})

    def _kinds(self, way: Way) -> list[Document]:
        """Kinds and media; the index of pages is read kind by kind."""
        kinds = self.wanted.kinds or (KINDS if way.index is PAGE else ())
        return [
            {name: {"$in": list(wanted)}}
            for name, wanted in (("own.kind", kinds), ("own.medium", self.wanted.media))
            if wanted
        ]

    def _indexed(self, way: Way, kinds: Sequence[str]) -> list[Document]:
        """The kinds or media, whichever the index of the way holds."""
        second, _ = way.index[1]
        held = {"own.kind": kinds, "own.medium": self.wanted.media}.get(second)
        return [{second: {"$in": list(held)}}] if held else []


def stretch(place: Place, end: str | None = None) -> list[Document]:
    """What entries meet beyond a place, up to an end that belongs to it."""
    beyond = [] if place.after is None else [place.condition()]
    return beyond if end is None else [*beyond, {"dated": {"$lte" if place.back else "$gte": end}}]


def _order(place: Place) -> int:
    return ASCENDING if place.back else DESCENDING


def only_compared(condition: Document | None) -> Document:
    """The same condition, in words that the database does not look up: it would try several ways, and sort."""
    return {"$nor": [{"$nor": [condition]}]}
