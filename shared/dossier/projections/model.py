"""What a read model is to the machinery: how spans of events are applied, and what marks them as applied.

Order of acknowledged writes (design, "Reading: projections"): own sides, derived documents, the stream's watermark, the
Kafka offset. The watermark alone decides what is skipped; guards in documents make repeats harmless. Repeats do happen:
after a crash, after a rebalance, and while two replicas overlap. So a projection may be given a span again, or a longer
one that begins at the same version, and must end in the same documents.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dossier.contracts import RecordedEvent
from dossier.contracts.streams import context_of
from dossier.mongo import Collection, Database, Document
from dossier.projections.watermarks import Watermarks


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive events of one stream; the first has the version after the stream's watermark."""

    stream: str
    events: list[RecordedEvent]

    @property
    def first(self) -> int:
        """Version of the first event."""
        return self.events[0].version

    @property
    def last(self) -> int:
        """Version of the last event: the watermark, once the span is applied."""
        return self.events[-1].version


@dataclass(frozen=True, slots=True)
class FanOut:
    """The wish of `Projection.apply` to finish a span in a job, because it touches more documents than a batch should.

    `payload` is what `run_job` needs to know (BSON values, no personal data). Whether a span needs a job must follow
    from its events alone, never from a difference to what is stored: after a crash the span comes again.
    """

    stream: str
    payload: Document = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Job:
    """A job that is open: its stream's watermark becomes `version` when it ends. `cursor` is none at the beginning."""

    stream: str
    version: int
    payload: Document
    cursor: Any = None


class Projection(ABC):
    """A read model of the streams of some contexts. One object serves one version of its collections.

    `name` begins the names of its collections. `version` is raised by the programmer when the documents get another
    shape or meaning. `sources` are the contexts whose topics and feeds it reads.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    sources: ClassVar[tuple[str, ...]]
    fetched: ClassVar[frozenset[str]] = frozenset()
    """Fields, and collections by the end of their names, that hold what was fetched beside the events. They come later
    than all events, so generations are compared without them."""

    database: Database
    generation: int
    """The number in the names of the collections: it grows with every rebuild, also without another `version`."""
    watermarks: Watermarks

    def attach(self, database: Database, generation: int) -> None:
        """Say in which database and generation of collections this object reads and writes. Called once."""
        self.database = database
        self.generation = generation
        self.watermarks = Watermarks(self.collection("watermarks"))

    def collection(self, suffix: str) -> Collection:
        """The collection `<name>_v<generation>_<suffix>`."""
        return self.database[f"{self.name}_v{self.generation}_{suffix}"]

    def follows(self, stream: str) -> bool:
        """Whether the stream will ever have a watermark here. A kind nobody knows counts as followed."""
        context = context_of(stream)
        return context is None or context in self.sources

    async def prepare(self) -> None:  # noqa: B027  (a hook: many projections need no index)
        """Build the indexes that live reading and writing need. Called at every start, and late in a rebuild."""

    async def positions(self, streams: Iterable[str]) -> dict[str, int]:
        """The watermarks of these streams; a stream that was never seen is absent."""
        return await self.watermarks.read(streams)

    def all_positions(self, source: str) -> AsyncIterator[tuple[str, int]]:
        """The streams of this source with their watermarks, in order of the streams."""
        return self.watermarks.of(source)

    async def begin_anew(self, stream: str, events: Sequence[RecordedEvent]) -> bool:
        """Say of a stream only what these events say, all its owner has, although more was applied.

        For a stream that is ahead of its owner. False: this projection cannot take back what it applied, as other
        documents were derived from it.
        """
        return False

    async def advance(self, marks: Mapping[str, int]) -> None:
        """Raise the watermarks of streams whose spans are applied. A watermark never sinks."""
        await self.watermarks.advance(marks)

    @abstractmethod
    async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
        """Write what the spans say, each stream at most once, acknowledged when this returns.

        A stream for which a FanOut is returned keeps its watermark until the job ends. Raises whatever it likes for an
        event that it cannot apply: the machinery finds the stream that is to blame and sets it aside.
        """

    async def run_job(self, job: Job) -> Any:
        """Do one chunk of a job, a few hundred documents, and return the cursor of the next or none at the end.

        It runs beside `apply`, may be repeated from any earlier cursor, and finds dependents by own-side documents.
        """
        raise NotImplementedError(f"{self.name} has no jobs, but {job.stream} needs one")

    async def prepare_bulk(self) -> None:
        """Build only what `bulk` needs. A projection with a `bulk` of its own makes this nothing."""
        await self.prepare()

    async def bulk(self, spans: Sequence[Span]) -> None:
        """Load spans into collections that nobody reads yet. A stream comes whole, or in pieces in order.

        Streams come in any order, also those of different contexts; nothing is applied twice within one rebuild, so
        inserting is enough. What needs several streams may wait for `finish_bulk`.
        """
        for job in await self.apply(spans):
            await self.run_job_to_the_end(job, spans)

    async def finish_bulk(self) -> Mapping[str, Exception]:
        """Called once after the last `bulk` of a rebuild, before `prepare` builds the indexes.

        Returns the streams that were accepted by `bulk` and could not be stored after all, each with what stood against
        it; they have left no trace, and the machinery sets them aside.
        """
        return {}

    async def bulk_advance(self, marks: Mapping[str, int]) -> None:
        """Write watermarks of streams that have none yet, in a rebuild."""
        await self.watermarks.insert(marks)

    async def run_job_to_the_end(self, wish: FanOut, spans: Sequence[Span]) -> None:
        """Do all of a job at once, where nobody waits for other streams."""
        version = next(span.last for span in spans if span.stream == wish.stream)
        cursor: Any = None
        while True:
            cursor = await self.run_job(Job(wish.stream, version, wish.payload, cursor))
            if cursor is None:
                return
