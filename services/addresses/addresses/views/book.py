"""The address book: one own side per stream, one derived line per address (design: "Reading: projections").

What an address is found by and called depends on its company, its persons and a setting, so its line is derived from
all their own sides. Everything else is joined when it is read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar

from addresses.domain.book import own_sides
from addresses.domain.checks import overlaps
from addresses.views.derivation import CHUNK, LOT, Deriver
from addresses.views.vocabulary import Vocabulary
from dossier.contracts import RecordedEvent
from dossier.mongo import ASCENDING, Collection, Database, Document, IndexModel, by_ids
from dossier.projections.fanning import fan_out, settle_next
from dossier.projections.guarded import replace_older
from dossier.projections.model import FanOut, Job, Projection, Span
from dossier.projections.views import ViewProjection
from dossier.store.gathering import Gathering, room_for

INLINE = LOT
"""Up to so many dependents are derived with the event itself; more of them are a job."""

TERMS, SORT, CALLED, COMPANY, MANUAL = "terms", "sort", "called", "company", "manual"
"""Indexes of lines, by name."""

_LEADING = ("company", "person", "parent", "draws_on", "ends", "keyword_ids", "changed_at")
_MOST, _LANES = 64, 2
"""Lines of one read that many share, and such reads at the same time."""
_LOADED = 2_000
"""Lines derived in one go while nobody reads."""


class AddressBook(ViewProjection):
    """Own sides are the documents of the view; lines lie beside them. Watermarks are apart, as lines come after."""

    name: ClassVar[str] = "book"
    sources: ClassVar[tuple[str, ...]] = ("addresses",)
    view: ClassVar[str] = "own_sides"

    def attach(self, database: Database, generation: int) -> None:
        """See Projection."""
        super().attach(database, generation)
        self.vocabulary = Vocabulary(self.collection("cache"))  # a rebuild has no words of names that are no more
        self.deriver = Deriver(self.documents, self.lines, self.vocabulary)
        self._lines_asked = Gathering(self._read_lines, room_for(_MOST), _LANES)

    @property
    def lines(self) -> Collection:
        """One line per address: what search finds it by, and what lists show."""
        return self.collection("lines")

    async def line(self, stream: str) -> Document | None:
        """The line of one address, or none. What many ask at the same moment is one read."""
        return await self._lines_asked.ask(stream)

    async def prepare(self) -> None:
        """Lines by term and name, by alias, by name; own sides by what they draw on, are linked to, and last change."""
        await index_lines(self.lines)
        await self.documents.create_indexes([_index_of_own(field) for field in _LEADING])

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The own side after the event."""
        return own_sides.fold(document, event)

    async def positions(self, streams: Iterable[str]) -> dict[str, int]:
        """The watermarks: an own side may be written before the lines that follow from it."""
        return await Projection.positions(self, streams)

    def all_positions(self, source: str) -> AsyncIterator[tuple[str, int]]:
        """The watermarks."""
        return Projection.all_positions(self, source)

    async def advance(self, marks: Mapping[str, int]) -> None:
        """Raise the watermarks."""
        await Projection.advance(self, marks)

    async def bulk_advance(self, marks: Mapping[str, int]) -> None:
        """Write first watermarks."""
        await Projection.bulk_advance(self, marks)

    async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
        """Own sides, then the lines that are derived from them."""
        folded = await self._own_sides(spans)
        reshaped = [span.stream for side, span in zip(folded, spans, strict=True) if side.get("shape", 0) >= span.first]
        jobs, dependents = await fan_out(reshaped, self.deriver.dependents, INLINE)
        await self.deriver.settle(dependents.union(span.stream for span in spans))
        return jobs

    async def run_job(self, job: Job) -> str | None:
        """Derive the next lines that draw on a stream. The cursor is the last address done."""
        return await settle_next(self.deriver, job, CHUNK)

    async def prepare_bulk(self) -> None:
        """Loading finds what draws on what, and nothing else."""
        await self.documents.create_indexes([_index_of_own("draws_on")])

    async def bulk(self, spans: Sequence[Span]) -> None:
        """Own sides only: lines are derived once, when all are there."""
        await self._own_sides(spans)

    async def begin_anew(self, stream: str, events: Sequence[RecordedEvent]) -> bool:
        """Lines of others were derived from the stream: a rebuild puts that right."""
        return False

    async def finish_bulk(self) -> Mapping[str, Exception]:
        """Derive all lines."""
        for kind in own_sides.ADDRESS_KINDS:
            after = f"{kind}-"
            while streams := await self._following(kind, after):
                await self.deriver.settle(streams)
                after = streams[-1]
        return {}

    async def coinciding(
        self, contact_id: str, person: str, company: str, first: date | None, last: date | None
    ) -> list[str]:
        """Ids of the person's other contacts in the company that share a day with the period."""
        found = self.documents.find({"person": person, "company": company, "deleted": False})
        return [
            other["_id"].removeprefix("contact-")
            async for other in found
            if other["_id"] != f"contact-{contact_id}"
            and overlaps(first, last, _day(other["valid_from"]), _day(other["valid_to"]))
        ]

    async def names_of_persons(self, ids: Iterable[str]) -> dict[str, Document]:
        """`last_name` and `first_name` of these persons by id, as far as they are known here."""
        fields = {"last_name": 1, "first_name": 1}
        found = await by_ids(self.documents, (f"person-{id}" for id in ids), fields)
        return {person.pop("_id").removeprefix("person-"): person for person in found.values()}

    async def _read_lines(self, streams: Sequence[str]) -> list[Document | None]:
        stored = await by_ids(self.lines, streams, {"terms": 0})
        return [stored.get(stream) for stream in streams]

    async def _own_sides(self, spans: Sequence[Span]) -> list[Document]:
        """Write the own sides after these spans, and return them."""
        stored = await by_ids(self.documents, (span.stream for span in spans))
        folded = [self._folded(stored.get(span.stream), span) for span in spans]
        await replace_older(self.documents, folded)
        return folded

    async def _following(self, kind: str, after: str) -> list[str]:
        within: Document = {"_id": {"$gt": after, "$lt": f"{kind}."}}
        found = self.documents.find(within, {"_id": 1}).sort("_id", ASCENDING).limit(_LOADED)
        return [document["_id"] for document in await found.to_list(None)]


async def index_lines(lines: Collection) -> None:
    """Build the indexes of lines."""
    await lines.create_indexes(
        [
            IndexModel([("terms", ASCENDING), ("called", ASCENDING)], name=TERMS),
            IndexModel([("sort", ASCENDING)], name=SORT),
            IndexModel([("called", ASCENDING)], name=CALLED),
            IndexModel([("company", ASCENDING), ("sort", ASCENDING)], name=COMPANY),
            IndexModel([("sort", ASCENDING)], name=MANUAL, partialFilterExpression={"manual": True}),
        ]
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _index_of_own(field: str) -> IndexModel:
    """Of those that have the field: where most have none, the index is small."""
    return IndexModel(
        [(field, ASCENDING), ("_id", ASCENDING)], name=field, partialFilterExpression={field: {"$gt": ""}}
    )
