"""A record, its feeds and its topics without services, and a small projection of two contexts, for tests of runners."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from aiokafka import AIOKafkaProducer

from dossier.contracts import Event, RecordedEvent
from dossier.contracts.recorded import from_line, to_headers, to_line
from dossier.contracts.streams import context_of
from dossier.kafka import KafkaAccess
from dossier.mongo import ASCENDING, Collection, Database, Document, DuplicateKeyError, IndexModel, by_ids
from dossier.projections.guarded import replace_older
from dossier.projections.model import FanOut, Job, Projection, Span
from dossier.testing.recorded import recorded

_BATCH = 500


class Record:
    """Events kept in one collection, shared by processes: what the stores of all services are elsewhere."""

    def __init__(self, database: Database) -> None:
        self.events: Collection = database["record"]

    async def append(self, stream: str, *events: Event) -> list[RecordedEvent]:
        """Record these as the next versions of the stream."""
        after = await self.events.count_documents({"stream": stream})
        made = recorded(stream, *events, after=after)
        await self.store(made)
        return made

    async def store(self, events: Iterable[RecordedEvent]) -> None:
        """Keep events that have their versions already."""
        documents = [
            {
                "_id": f"{event.stream}:{event.version:06}",
                "context": context_of(event.stream),
                "stream": event.stream,
                "version": event.version,
                "line": to_line(event),
            }
            for event in events
        ]
        await self.events.insert_many(documents, ordered=False)

    def feed(self, context: str) -> RecordFeed:
        """The feed of one context."""
        return RecordFeed(self, context)


class RecordFeed:
    """Answers as an owner's feed does. `down` makes it unreachable; `asked` counts the streams asked for."""

    def __init__(self, record: Record, context: str) -> None:
        self._record = record
        self._context = context
        self.down = False
        self.asked = 0

    async def events(self, cursor: str = "") -> AsyncIterator[tuple[list[RecordedEvent], str]]:
        """Every event of the context, stream by stream."""
        after = cursor
        while True:
            self._answer()
            query = {"context": self._context, "_id": {"$gt": after}}
            found = await self._record.events.find(query).sort("_id", ASCENDING).to_list(_BATCH)
            if not found:
                return
            after = found[-1]["_id"]
            yield [from_line(document["line"]) for document in found], after

    async def heads(self) -> AsyncIterator[dict[str, int]]:
        """The version of every stream of the context."""
        self._answer()
        heads: dict[str, int] = {}
        async for document in self._record.events.find({"context": self._context}, {"stream": 1, "version": 1}):
            heads[document["stream"]] = max(heads.get(document["stream"], 0), document["version"])
        yield heads

    async def stream(self, stream: str, after: int = 0) -> list[RecordedEvent]:
        """One stream's events after a version."""
        self._answer()
        self.asked += 1
        query = {"context": self._context, "stream": stream, "version": {"$gt": after}}
        found = self._record.events.find(query).sort("_id", ASCENDING)
        return [from_line(document["line"]) async for document in found]

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The versions of these streams."""
        counts = {stream: len(await self.stream(stream)) for stream in streams}
        return {stream: count for stream, count in counts.items() if count}

    def _answer(self) -> None:
        if self.down:
            raise ConnectionError("the owner does not answer")


class Topics:
    """Puts events on the topics of their contexts, as a relay does. Use it as an async context manager."""

    def __init__(self, kafka: KafkaAccess, prefix: str) -> None:
        self._producer = AIOKafkaProducer(acks="all", **kafka.options())
        self._prefix = prefix

    async def __aenter__(self) -> Topics:
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def publish(self, events: Iterable[RecordedEvent]) -> None:
        """Publish these in this order and wait until they are there."""
        sent = [
            await self.send(
                str(context_of(event.stream)), event.stream.encode(), bytes(event.data), to_headers(event), wait=False
            )
            for event in events
        ]
        for acknowledgement in sent:
            await acknowledgement

    async def send(
        self,
        context: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, Any]] = (),
        *,
        partition: int | None = None,
        wait: bool = True,
    ) -> Any:
        """Put any record on a topic, also one that no relay would send."""
        topic = f"{self._prefix}.{context}"
        acknowledgement = await self._producer.send(topic, value, key, partition=partition, headers=list(headers))
        if wait:
            await acknowledgement
        return acknowledgement


def shuffled(events: Sequence[RecordedEvent], seed: int, *, lost: float = 0.0, doubled: float = 0.2) -> list[Any]:
    """Events as a bad network might bring them: any order, some twice, some never."""
    chance = random.Random(seed)
    kept = [event for event in events if chance.random() >= lost]
    kept += [event for event in kept if chance.random() < doubled]
    chance.shuffle(kept)
    return kept


class Cards(Projection):
    """One card per activity, with the company of its contact: a document derived from two streams."""

    name: ClassVar[str] = "cards"
    sources: ClassVar[tuple[str, ...]] = ("addresses", "activities")
    chunk: ClassVar[int] = 50
    failing: ClassVar[set[str]] = set()
    """Streams that cannot be applied, as if our code had an error; a test gives a subclass a set of its own."""

    @property
    def contacts(self) -> Collection:
        """Own side: contact to company."""
        return self.collection("contacts")

    @property
    def activities(self) -> Collection:
        """Own side: activity to contact and title."""
        return self.collection("activities")

    @property
    def cards(self) -> Collection:
        """Derived, with the versions of what it was derived from."""
        return self.collection("cards")

    async def prepare(self) -> None:
        """Dependents are found by their contact."""
        await self.activities.create_indexes([IndexModel([("contact", ASCENDING), ("_id", ASCENDING)])])

    async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
        """Own sides, then the cards that depend on them; a corrected company moves its cards in a job."""
        for span in spans:
            if span.stream in self.failing:
                raise LookupError(span.stream)
        contacts = [span for span in spans if span.stream.startswith("contact-")]
        activities = [span for span in spans if span.stream.startswith("activity-")]
        await self._fold(self.contacts, contacts)
        await self._fold(self.activities, activities)
        jobs = [FanOut(span.stream) for span in contacts if any(_moves(event) for event in span.events)]
        at_once = {span.stream for span in contacts} - {job.stream for job in jobs}
        found = self.activities.find({"contact": {"$in": sorted(at_once)}}, {"_id": 1})
        dependents = {document["_id"] async for document in found} | {span.stream for span in activities}
        for activity in sorted(dependents):
            await self.derive(activity)
        return jobs

    async def run_job(self, job: Job) -> Any:
        """Derive the next cards of the contact."""
        query = {"contact": job.stream, "_id": {"$gt": job.cursor or ""}}
        found = await self.activities.find(query, {"_id": 1}).sort("_id", ASCENDING).to_list(self.chunk)
        for document in found:
            await self.derive(document["_id"])
        return found[-1]["_id"] if len(found) == self.chunk else None

    async def derive(self, activity: str) -> None:
        """Read the card's versions, then its inputs, and write it unless somebody else did meanwhile."""
        while True:
            card = await self.cards.find_one({"_id": activity})
            own = await self.activities.find_one({"_id": activity}) or {"version": 0}
            contact = await self.contacts.find_one({"_id": own.get("contact")}) or {"version": 0}
            versions = {"activity": own["version"], "contact": contact["version"]}
            new = {"_id": activity, "versions": versions, "title": own.get("title"), "company": contact.get("company")}
            if new == card or await self._swap(card, new):
                return

    async def _swap(self, card: Document | None, new: Document) -> bool:
        if card is None:
            with suppress(DuplicateKeyError):
                await self.cards.insert_one(new)
                return True
            return False
        result = await self.cards.replace_one({"_id": new["_id"], "versions": card["versions"]}, new)
        return result.matched_count == 1

    async def _fold(self, collection: Collection, spans: Sequence[Span]) -> None:
        stored = await by_ids(collection, (span.stream for span in spans))
        await replace_older(collection, [_folded(stored.get(span.stream, {"version": 0}), span) for span in spans])

    async def state(self) -> dict[str, list[Document]]:
        """All it shows, to compare with another's."""
        names = ("contacts", "activities", "cards", "watermarks")
        return {name: await self.collection(name).find().sort("_id", ASCENDING).to_list(None) for name in names}


def expected_state(events: Iterable[RecordedEvent]) -> dict[str, list[Document]]:
    """The slow, independent way to the same: fold everything in order, then join."""
    streams: defaultdict[str, list[RecordedEvent]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.version):
        streams[event.stream].append(event)
    sides = {name: _folded({"version": 0}, Span(name, found)) for name, found in streams.items()}
    contacts = {name: side for name, side in sides.items() if name.startswith("contact-")}
    activities = {name: side for name, side in sides.items() if name.startswith("activity-")}
    cards = [_card(name, side, contacts.get(side["contact"], {"version": 0})) for name, side in activities.items()]
    marks = [{"_id": name, "version": len(found)} for name, found in streams.items()]
    shown = {"contacts": contacts.values(), "activities": activities.values(), "cards": cards, "watermarks": marks}
    return {name: sorted(documents, key=lambda document: document["_id"]) for name, documents in shown.items()}


def _card(name: str, own: Document, contact: Document) -> Document:
    versions = {"activity": own["version"], "contact": contact["version"]}
    return {"_id": name, "versions": versions, "title": own["title"], "company": contact.get("company")}


def _folded(stored: Document, span: Span) -> Document:
    document: Document = {**stored, "_id": span.stream}
    for event in span.events:
        if event.version <= document["version"]:
            continue
        fact: Any = event.event()
        document["version"] = event.version
        if event.type == "crm.activities.activity-recorded":
            document |= {"title": fact.title, "contact": fact.address.stream}
        elif event.type == "crm.activities.activity-corrected":
            document["title"] = fact.changes.title
        elif event.type in ("crm.addresses.contact-registered", "crm.addresses.affiliation-corrected"):
            document["company"] = fact.company
    return document


def _moves(event: RecordedEvent) -> bool:
    return event.type == "crm.addresses.affiliation-corrected"
