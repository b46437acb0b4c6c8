"""Lists of entries that have words: read by the rarest word, or along the list if that is shorter.

Words and entries are two collections. Whichever way is taken, an entry is found only if the list would have it anyway,
the reader's rights included, and before anything of it is shown, sorted or counted.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dossier.mongo import ASCENDING, DESCENDING, Collection, Document
from histories.views.listing import RARE, Listing, only_compared
from histories.views.texts import WORDS, all_of, place_of
from histories.views.wanted import START, Place

STRIDE = 200
LONGEST_STRIDE = 2_000


@dataclass(frozen=True)
class Finding:
    """A list of those entries that have all words; of each word one of its stems."""

    listing: Listing
    texts: Collection
    words: Sequence[Several[str]]

    async def found(self, place: Place = START, limit: int = 50) -> list[Document]:
        """Up to `limit` entries beyond a place, in the order they are read in."""
        counts, shortest = await gather(gather(*map(self._count, all_of(self.words))), self.listing.shortest())
        rarest = min(counts)
        by_list = shortest is not None and shortest < min(rarest, RARE)
        read = self._along_list if by_list else self._by_word
        found: list[Document] = []
        stride = max(limit, STRIDE)
        beyond: Place | None = place
        while beyond is not None and len(found) < limit:
            hits, beyond = await read(beyond, stride, counts.index(rarest))
            found += hits
            stride = min(LONGEST_STRIDE, 2 * stride)
        return found[:limit]

    async def _by_word(self, place: Place, stride: int, rarest: int) -> tuple[list[Document], Place | None]:
        conditions = all_of(self.words)
        looked_up = conditions.pop(rarest)
        within = [looked_up, *map(only_compared, conditions), *self._within(place)]
        found = self.texts.find({"$and": within}, {"dated": 1})
        order = ASCENDING if place.back else DESCENDING
        texts = await found.sort("place", order).hint(WORDS).limit(stride).to_list(None)
        ids = [text["_id"] for text in texts]
        # Asked for none as well: the time must not tell a word of hidden activities from one that nobody wrote.
        entries = await self.listing.among(ids, place)
        return entries, place._replace(after=texts[-1]["dated"]) if len(texts) == stride else None

    async def _along_list(self, place: Place, stride: int, rarest: int) -> tuple[list[Document], Place | None]:
        entries = await self.listing.found(place, stride)
        ids = [entry["_id"] for entry in entries]
        having = self.texts.find({"$and": [{"_id": {"$in": ids}}, *all_of(self.words)]}, {"_id": 1})
        hits = {text["_id"] for text in await having.to_list(None)}
        last = place._replace(after=entries[-1]["dated"]) if len(entries) == stride else None
        return [entry for entry in entries if entry["_id"] in hits], last

    def _within(self, place: Place) -> list[Document]:
        """The part of the order of places that is still to be read."""
        beyond = [] if place.after is None else [place.condition()]
        bounds = [*self.listing.wanted.days(), *beyond]
        return [{"place": {how: place_of(dated)}} for bound in bounds for how, dated in bound["dated"].items() if dated]

    async def _count(self, condition: Document) -> int:
        command: dict[str, Any] = {"count": self.texts.name, "query": condition, "limit": RARE, "hint": dict(WORDS)}
        return (await self.texts.database.command(command))["n"]
