"""The queries: a page of a history, last touchpoints, and why an activity is where it is.

Every query carries the reader's rights in its filter: nothing is counted, sorted or cut before it is allowed.
"""

from __future__ import annotations

from asyncio import gather, to_thread
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

from dossier.contracts.rules import NotFound
from dossier.mongo import DESCENDING, Cursor, Document, by_ids, read_all
from histories.domain.documents import Entry, Fields, Node
from histories.domain.engagements import GOVERNED, governed_by
from histories.domain.placing import HIDDEN, standing
from histories.domain.rules import UNASSIGNED, kind_of
from histories.sought import sought
from histories.views.collections import PINNED, TOUCHPOINTS, Collections
from histories.views.conversations import folded
from histories.views.customers import Customers
from histories.views.families import Family, with_subsidiaries
from histories.views.finding import WRITTEN, Finding, may_say_more
from histories.views.folders import Folders
from histories.views.known import require_known
from histories.views.listing import Listing
from histories.views.names import Names
from histories.views.passages import passages_with
from histories.views.people import People
from histories.views.pulse import Pulse
from histories.views.readers import Reader
from histories.views.rows import ROW_FIELDS, document_hits, hits_in, named_in, people, row, taking_part, told, whole
from histories.views.texts import Texts
from histories.views.wanted import KINDS, MEDIA, START, Place, Wanted

PART = 200 // len(KINDS)
"""Objects in one query. The database merges up to 200 scans in the order of the index, one for each object and kind;
beyond that it would read all histories and sort them."""


class Pages:
    """Questions of one reader to one generation of the histories."""

    def __init__(self, collections: Collections, reader: Reader, texts: Texts | None = None) -> None:
        self._collections = collections
        self._entries = collections.entries
        self._nodes = collections.nodes
        self._reader = reader
        self._texts = texts
        self.people = People(collections.nodes, reader.parked)
        self.pulse = Pulse(collections, reader)

    async def family(self, target: str, *, subsidiaries: bool) -> Family:
        """Whose histories a page of the object shows. Raises RuleViolation RUP-04."""
        return await with_subsidiaries(self._nodes, target) if subsidiaries else Family.alone(target)

    async def require_known(self, wanted: Wanted) -> None:
        """Raises RuleViolation for a filter by what there is not."""
        await require_known(self._nodes, wanted)

    async def require_seen(self, target: str) -> None:
        """Raises NotFound unless the object is there and to be seen: for others both look the same.

        A phase or invoice is to be seen by whoever sees its project; while nobody has told of that one, by nobody.
        What is refused took as many commands, whyever it is: of what may have a project, there are always two.
        """
        node = await self._known(target)
        project = governed_by(target, node["facts"]) if node else None
        above = await self._known(project or target) if kind_of(target) in GOVERNED else node
        if not all(each is not None and self._reader.admitted_to(each["readers"]) for each in (node, above)):
            raise NotFound

    async def history(
        self,
        family: Family,
        wanted: Wanted,
        place: Place = START,
        limit: int = 50,
        *,
        fold: bool = False,
        fields: Document = ROW_FIELDS,
    ) -> list[Entry]:
        """Up to `limit` entries beyond a place, in the order they are read in; `fold`: one for each conversation.

        `fields` are what of each is read. Raises NotFound for a page that is not to be seen.
        """

        apart = family.conditions()

        async def read(place: Place, limit: int) -> list[Document]:
            listings = (self.listing(part, wanted, apart, fields) for part in family.parts(PART))
            parts = await gather(*(self._found(each, place, limit) for each in listings))
            return parts[0] if len(parts) == 1 else _merged(parts, place, limit)

        found = folded(read, self.listing(list(family.up), wanted, apart), place, limit) if fold else read(place, limit)
        target = next(iter(family.up), UNASSIGNED)
        wait_for = () if target == UNASSIGNED else (self.require_seen(target),)
        entries, told, *_ = await gather(found, self._tells_of_follow_ups(wanted), *wait_for)
        return cast("list[Entry]", entries) if told else []

    async def _tells_of_follow_ups(self, wanted: Wanted) -> bool:
        """Whether the reader may know what follows up the activity that is asked for, if any is."""
        if wanted.follow_up_of is None:
            return True
        seen = self._reader.seen(withdrawn_too=True)
        earlier = {"$and": [{"_id": f"activity-{wanted.follow_up_of}"}, *seen]}
        return await self._entries.find_one(earlier, {"_id": 1}) is not None

    async def _found(self, listing: Listing, place: Place, limit: int) -> list[Document]:
        if not listing.wanted.text:
            return await listing.found(place, limit)
        assert self._texts is not None
        return await Finding(listing, self._texts, sought(listing.wanted.text)).found(place, limit)

    def listing(
        self,
        objects: Sequence[str],
        wanted: Wanted,
        further: Sequence[Document] = (),
        fields: Document = ROW_FIELDS,
    ) -> Listing:
        """What is read for pages of up to `PART` objects: about as many entries as are shown, however long the
        histories. `further` conditions are compared."""
        return Listing(self._entries, self._reader, wanted, objects, further, fields)

    def folders(self, user: str | None) -> Folders:
        """Questions about folders."""
        return Folders(self._collections, self._reader, user)

    def customers(self, keyword: str) -> Customers:
        """Questions about customers."""
        return Customers(self._collections, self._reader, keyword)

    async def facts(self, stream: str) -> Fields:
        """What is known of something that is no matter of pages; nothing, if it is not there or set aside."""
        if stream in self._reader.parked:
            return {}
        node = await self._nodes.find_one({"_id": stream}, {"facts": 1})
        return node["facts"] if node else {}

    async def pinned(self, target: str, before: str | None, limit: int) -> list[Entry]:
        """Up to `limit` entries that stand at the top of the object's page, newest first. Raises NotFound."""
        _, found = await gather(self.require_seen(target), self.pins(target, before, limit).to_list(None))
        return _newest([found], limit)

    def pins(self, target: str, before: str | None, limit: int) -> Cursor:
        """The query behind what is pinned to an object: it reads what it shows, however long the history."""
        further = [{"dated": {"$lt": before}}] if before else []
        conditions = [{"pinned": target}, *further, *self._reader.seen()]
        found = self._entries.find({"$and": conditions}, ROW_FIELDS).sort("dated", DESCENDING)
        return found.hint(PINNED).limit(limit)

    async def rows(
        self, entries: Collection[Entry], family: Family
    ) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """Whose page it is, none for a list that is nobody's, and the entries as its rows."""
        told = [(entry, list(family.holding(entry))) for entry in entries]
        of = next(iter(family.up), "")
        whose = {of} - {"", UNASSIGNED}
        names = await self._names(whose.union(*(named_in(entry, paths) for entry, paths in told)))
        head = names.reference(of) if whose else None
        return head, [row(entry, paths, names, self._reader, of) for entry, paths in told]

    async def told_whole(self, entries: Collection[Entry], target: str) -> list[dict[str, Any]]:
        """Entries of an object's page that were read whole, each with the reasons for being there and who took part."""
        held = [(entry, list(Family.alone(target).holding(entry))) for entry in entries]
        named = {stream for entry, paths in held for stream in (*named_in(entry, paths), *entry["shown_on"])}
        names = await self._names(named | {person for entry in entries for person in taking_part(entry)})
        return [
            whole(entry, paths, names, self._reader, target)
            | {"shown_on": told(entry["shown_on"], names)}
            | people(entry, names)
            for entry, paths in held
        ]

    async def hits(self, entries: Sequence[Entry], text: str) -> list[list[dict[str, Any]]]:
        """For each entry where in it is what is sought, with excerpts; it is read whole, as rows hold beginnings."""
        ids = [entry["_id"] for entry in entries]
        found = await by_ids(self._entries, ids, WRITTEN)
        wanted = sought(text)
        having = [stream for stream, entry in found.items() if may_say_more(entry["own"])]
        assert self._texts is not None
        said = await passages_with(self._texts, having, wanted)

        def told(entry: Document) -> list[dict[str, Any]]:
            own, here = entry["own"], said[entry["_id"]]
            return [*hits_in(own, here, wanted), *document_hits(own, here, wanted)]

        # In a thread, since texts may be long; in one, since handing each over takes longer than most are.
        hits = await to_thread(lambda: {stream: told(entry) for stream, entry in found.items()})
        return [hits.get(each, []) for each in ids]

    async def head(self, target: str) -> dict[str, Any]:
        """Whose page it is."""
        names = await self._names({target})
        return names.reference(target)

    async def references(self, targets: set[str]) -> dict[str, dict[str, Any]]:
        """What these objects and users are called."""
        names = await self._names(targets)
        return {target: names.reference(target) for target in targets}

    async def touchpoints(self, family: Family, today: date) -> list[Entry]:
        """The last activity of each medium up to today that the reader sees, the latest first."""
        until: Document = {"dated": {"$lt": (today + timedelta(days=1)).isoformat()}}
        seen = [*family.conditions(), *self._reader.seen()]
        queries = [self._last(part, medium, until, seen) for medium in MEDIA for part in family.parts(PART)]
        last: dict[str, Entry] = {}
        for entry in _newest(await read_all(queries), len(queries)):
            last.setdefault(entry["own"]["medium"], entry)
        return list(last.values())

    async def activity(self, activity: str) -> dict[str, Any]:
        """One entry, whole, with all reasons it is or was anywhere. Raises NotFound for what is not to be seen."""
        seen = self._reader.seen(withdrawn_too=True)
        found = await self._entries.find_one({"$and": [{"_id": activity}, *seen]})
        if found is None:
            raise NotFound
        entry = cast("Entry", found)
        hidden = standing(entry["corrections"], HIDDEN)
        names = await self._names({*named_in(entry, entry["paths"]), *hidden})
        paths = [path for path in entry["paths"] if not any(names.withheld(hop["to"]) for hop in path["hops"])]
        ends = {path["hops"][-1]["to"] for path in paths if "until" not in path}
        # What only a reason leads to that is not told is not told either.
        shown_on, pinned_on = ([each for each in entry[name] if each in ends] for name in ("shown_on", "pinned"))
        places = {"shown_on": shown_on, "pinned_on": pinned_on, "hidden_on": hidden}
        told_places = {name: told(streams, names) for name, streams in places.items()}
        return whole(entry, paths, names, self._reader) | told_places

    def _last(self, objects: Sequence[str], medium: str, until: Document, seen: list[Document]) -> Cursor:
        query = {"$and": [{**_shown_on(objects), "own.medium": medium}, until, *seen]}
        return self._entries.find(query, ROW_FIELDS).sort("dated", DESCENDING).hint(TOUCHPOINTS).limit(1)

    async def _known(self, stream: str) -> Node | None:
        return cast("Node | None", await self._nodes.find_one({"_id": stream}, {"facts": 1, "readers": 1}))

    async def _names(self, streams: set[str]) -> Names:
        names = Names(self._nodes, self._reader)
        await names.load(streams)
        return names


def _shown_on(objects: Sequence[str]) -> Document:
    return {"shown_on": objects[0] if len(objects) == 1 else {"$in": list(objects)}}


def _merged(parts: Iterable[Iterable[Document]], place: Place, limit: int) -> list[Document]:
    """What comes first of several lists, each entry once."""
    entries = {document["_id"]: document for part in parts for document in part}
    return sorted(entries.values(), key=lambda entry: entry["dated"], reverse=not place.back)[:limit]


def _newest(parts: Iterable[Iterable[Mapping[str, Any]]], limit: int) -> list[Entry]:
    """The newest of several lists, each entry once."""
    entries = {document["_id"]: cast("Entry", document) for part in parts for document in part}
    return sorted(entries.values(), key=lambda entry: entry["dated"], reverse=True)[:limit]
