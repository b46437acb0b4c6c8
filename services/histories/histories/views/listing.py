"""Lists of entries in the order of their days, read by whichever index gets there soonest.

A page alone is read in the order of its index. What terms or a further address narrow down is looked up by them while
they are rare, and otherwise compared along the page: what many have fills a page quickly, what few have is fetched
quickly.
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

RARE = 2_000
"""Entries that are fetched one by one in some ten milliseconds; an index counts so many keys in one or two."""

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
        return await self.query(await self.way(), place, limit).to_list(None)

    async def among(self, activities: Sequence[str], place: Place = START) -> list[Document]:
        """Those of these activities that are in the list beyond a place, in the order they are read in."""
        way = Way([("_id", ASCENDING)], {"_id": {"$in": list(activities)}})
        return await self.query(way, place, len(activities)).to_list(None)

    async def shortest(self) -> int | None:
        """How many entries the way that reads least would read, up to what is rare; none if it reads all there are."""
        return min(await self._counts(list(self._ways())), default=None)

    def query(self, way: Way, place: Place = START, limit: int = 50) -> Cursor:
        """The query by one of the ways."""
        found = self.entries.find({"$and": self.conditions(way, place)}, self.fields)
        return found.sort("dated", ASCENDING if place.back else DESCENDING).hint(way.index).limit(limit)

    def conditions(self, way: Way, place: Place = START) -> list[Document]:
        """All that entries of the list meet, the reader's rights included."""
        beyond = [] if place.after is None else [place.condition()]
        looked_up = [] if way.condition is None else [way.condition]
        compared = [only_compared(other.condition) for other in self._ways() if other.condition not in looked_up]
        own = [*self._kinds(way), *self.wanted.completion(), *self.wanted.days()]
        return [*looked_up, *compared, *own, *beyond, *self.further, *self.reader.seen()]

    async def way(self) -> Way:
        """The way that reads least: the rarest condition, or along the page if none is rare."""
        ways = list(self._ways())
        if len(ways) < 2:
            return ways[0] if ways else Way(DATED, None)
        counts = await self._counts(ways)
        rarest = min(zip(counts, range(len(ways)), strict=True))
        return ways[-1 if rarest[0] >= RARE else rarest[1]]

    def counting(self, way: Way) -> Document:
        """The command that counts what a way would read, up to what is rare: from the index alone."""
        second, _ = way.index[1]
        asked = {"own.kind": self.wanted.kinds, "own.medium": self.wanted.media}.get(second)
        kinds = [{second: {"$in": list(asked)}}] if asked else []
        query = {"$and": [way.condition, *kinds, *self.wanted.days()]}
        return {"count": self.entries.name, "query": query, "limit": RARE, "hint": dict(way.index)}

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

    async def _counts(self, ways: Sequence[Way]) -> list[int]:
        commands = (self.entries.database.command(self.counting(way)) for way in ways)
        return [counted["n"] for counted in await gather(*commands)]


def only_compared(condition: Document | None) -> Document:
    """The same condition, in words that the database does not look up: it would try several ways, and sort."""
    return {"$nor": [{"$nor": [condition]}]}
