"""Lists of entries that have words: read by the rarest word, or along the list if that is shorter.

Words and entries are two collections. Whichever way is taken, an entry is found only if the list would have it anyway,
the reader's rights included, and before anything of it is shown, sorted or counted. Whether words are next to each
other no index knows: of entries that have them and that the reader may see, the texts are looked through.
"""

from __future__ import annotations

from asyncio import gather, to_thread
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dossier.contracts.rules import RuleViolation
from dossier.mongo import ASCENDING, DESCENDING, Document, by_ids
from histories.domain.places import packed
from histories.sought import Phrase, Sought, phrases_in
from histories.views.listing import Listing, only_compared
from histories.views.passages import BATCH, phrases_said
from histories.views.rows import written_in
from histories.views.texts import WORDS, Texts, all_of, none_of
from histories.views.wanted import START, Place

RARE = 500
"""Texts or entries that are fetched one by one in some milliseconds; an index counts so many in a fraction of one."""
STRIDE = 200
LONGEST_STRIDE = 2_000
MOST_LOOKED_THROUGH = 10_000
"""Entries that are looked through for one page: a second or two. Only what the reader may see counts."""
MOST_READ = 100_000
"""Texts that are read by a word for one page, whoever may see them: some seconds."""
COUNTED = MOST_LOOKED_THROUGH
"""Up to so many it is told which are fewer, the entries of a list or the texts with a word: some milliseconds."""
WRITTEN = {f"own.{name}": 1 for name in ("title", "text", "text_cut", "mail", "documents")}
"""Where in an entry there are words."""


class _Part(NamedTuple):
    """A part of the list: the entries that have the words, how many were looked at for that, and where to go on.

    `read` is how many texts had the word that it was read by.
    """

    hits: list[Document]
    looked_at: int
    beyond: Place | None
    read: int = 0


@dataclass(frozen=True)
class Finding:
    """Those entries of a list that have what is sought."""

    listing: Listing
    texts: Texts
    sought: Sought

    async def found(self, place: Place = START, limit: int = 50) -> list[Document]:
        """Up to `limit` entries beyond a place, in the order they are read in.

        Raises RuleViolation SRC-05 where too many are looked through for too few.
        """
        rarest, is_told = await self._rarest(RARE)
        found: list[Document] = []
        looked_at, read, stride = 0, 0, limit  # a word that most have fills the page at once
        beyond: Place | None = place
        while beyond is not None and len(found) < limit:
            if looked_at > MOST_LOOKED_THROUGH or read > MOST_READ:
                raise RuleViolation("SRC-05", "too much has such words: add others, a page, a person or days", "q")
            if not is_told and read >= STRIDE:  # a word that most of the list has fills the page before
                (rarest, _), is_told = await self._rarest(COUNTED), True
            if rarest is None:
                part = await self._along_list(beyond, stride)
            else:
                part = await self._by_word(beyond, stride, rarest)
            found += await self._phrased(part.hits)
            looked_at, read, beyond = looked_at + part.looked_at, read + part.read, part.beyond
            stride = min(LONGEST_STRIDE, max(STRIDE, 2 * stride))
        return found[:limit]

    async def _rarest(self, many: int) -> tuple[int | None, bool]:
        """The word to read by, none where the list is shorter than that; and whether so few tell it.

        A word that is frequent because others wrote it is no way into a list of some hundred.
        """
        words = all_of(self.sought.looked_up)
        counts, shortest = await gather(
            gather(*(self._count(word, many) for word in words)), self.listing.shortest(many)
        )
        if not words or shortest is None:
            return (counts.index(min(counts)) if words else None), True
        least = min(counts)
        return (None if shortest < least else counts.index(least)), min(shortest, least) < many

    async def _by_word(self, place: Place, stride: int, rarest: int) -> _Part:
        conditions = all_of(self.sought.looked_up)
        looked_up = conditions.pop(rarest)
        conditions += none_of(self.sought.without)
        within = [looked_up, *map(only_compared, conditions), *self._within(place)]
        found = self.texts.documents.find({"$and": within}, {"dated": 1})
        order = ASCENDING if place.back else DESCENDING
        texts = await found.sort("place", order).hint(WORDS).limit(stride).to_list(None)
        ids = [text["_id"] for text in texts]
        # Asked for none as well: the time must not tell a word of hidden activities from one that nobody wrote.
        entries = await self.listing.among(ids, place)
        beyond = place._replace(after=texts[-1]["dated"]) if len(texts) == stride else None
        return _Part(entries, len(entries), beyond, len(texts))

    async def _along_list(self, place: Place, stride: int) -> _Part:
        entries = await self.listing.found(place, stride)
        ids = [entry["_id"] for entry in entries]
        conditions = [*all_of(self.sought.looked_up), *none_of(self.sought.without)]
        having = self.texts.documents.find({"$and": [{"_id": {"$in": ids}}, *conditions]}, {"_id": 1})
        hits = {text["_id"] for text in await having.to_list(None)}
        beyond = place._replace(after=entries[-1]["dated"]) if len(entries) == stride else None
        return _Part([entry for entry in entries if entry["_id"] in hits], len(entries), beyond)

    async def _phrased(self, entries: list[Document]) -> list[Document]:
        """Those of these entries that have the phrases, and none that is not to be there."""
        phrases = self.sought.compared
        if not phrases or not entries:
            return entries
        found: dict[str, set[Phrase]] = {}
        undecided: list[str] = []
        for start in range(0, len(entries), BATCH):
            ids = [entry["_id"] for entry in entries[start : start + BATCH]]
            whole = await by_ids(self.listing.entries, ids, WRITTEN)
            found |= await to_thread(_phrases_of_each, whole, phrases)
            undecided += [stream for stream, each in whole.items() if may_say_more(each["own"])]
        undecided = [each for each in undecided if len(found[each]) < len(phrases)]
        for start in range(0, len(undecided), STRIDE):
            said = await phrases_said(self.texts, undecided[start : start + STRIDE], phrases)
            for activity, more in said.items():
                found[activity] |= more
        return [entry for entry in entries if self.sought.allows(found.get(entry["_id"], set()))]

    def _within(self, place: Place) -> list[Document]:
        """The part of the order of places that is still to be read."""
        beyond = [] if place.after is None else [place.condition()]
        bounds = [*self.listing.wanted.days(), *beyond]
        return [{"place": {how: packed(dated)}} for bound in bounds for how, dated in bound["dated"].items() if dated]

    async def _count(self, condition: Document, many: int) -> int:
        texts = self.texts.documents
        command: dict[str, Any] = {"count": texts.name, "query": condition, "limit": many, "hint": dict(WORDS)}
        return (await texts.database.command(command))["n"]


def may_say_more(own: Document) -> bool:
    """Whether there may be words of an activity that its entry does not hold."""
    return bool(own.get("documents") or own.get("text_cut"))


def _phrases_of_each(entries: Mapping[str, Document], phrases: Sequence[Phrase]) -> dict[str, set[Phrase]]:
    return {stream: _phrases_written(each["own"], phrases) for stream, each in entries.items()}


def _phrases_written(own: Document, phrases: Sequence[Phrase]) -> set[Phrase]:
    """The phrases in what is written in an activity itself and in the names of its documents."""
    names = (document["name"] for document in own.get("documents", ()))
    return {phrase for text in (*written_in(own).values(), *names) for phrase in phrases_in(text, phrases)}
