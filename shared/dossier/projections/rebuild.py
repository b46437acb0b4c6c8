"""Building a new generation of a projection beside the live one, from the feeds, and switching to it.

The order matters: the ends of all topics are noted before the first feed is read, so that everything that happens
meanwhile is read from the topics afterwards. Reads are served by the live generation all the time, and nothing with a
side effect runs: a projection only writes its own collections.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from dossier.contracts import RecordedEvent
from dossier.contracts.streams import context_of
from dossier.mongo import Collection, Database, ReadConcern, WriteConcern
from dossier.projections.applier import Applier, TooManySetAside, gather
from dossier.projections.checksum import Checksum, checksums, differences, still_different
from dossier.projections.feeds import Feed, Feeds, FeedUnreachable
from dossier.projections.heads import compare, truly_ahead
from dossier.projections.model import Projection, Span
from dossier.projections.offsets import begin_at, note_ends, wait_until_left
from dossier.projections.outages import is_outage
from dossier.projections.parking import holds_of
from dossier.projections.pointer import Pointer, Pointers
from dossier.projections.runner import ProjectionRunner, group_of
from dossier.projections.settings import ProjectionSettings
from dossier.projections.signs import contexts
from dossier.projections.sources import Sources
from dossier.projections.tokens import wait
from dossier.settings import ServiceSettings

_MACHINERY = ("holds", "sources", "cache")
"""Collections of a generation that hold no read model: what was set aside, how far it was read, and what a projection
may keep to answer sooner, and make anew at any time."""
_FEED_SECONDS = 30.0
"""After so long without an answer a feed is given up."""
_PAUSE_SECONDS = 1.0
_BEAT_SECONDS = 5.0
_INDEX_SECONDS = 3600.0
_LEAVE_SECONDS = 40.0


class RebuildInterrupted(Exception):
    """The database changed its primary during the load: what was written without waiting may be lost. Start anew."""


class GenerationsDiffer(Exception):
    """The new generation does not become equal to the live one. Nothing was switched; both are kept up to date."""

    def __init__(self, differing: Mapping[str, Sequence[Any]]) -> None:
        counts = ", ".join(f"{name}: {len(ids)}" for name, ids in differing.items())
        super().__init__(f"documents that differ: {counts}")
        self.differing = differing


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is. `done` and `total` count events while loading, and are 0 in the other phases."""

    phase: str
    source: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did. `seconds` is for reading the feeds and building the indexes."""

    generation: int
    events: int
    seconds: float
    parked: int = 0
    """Streams that could not be applied in the new generation."""
    ahead: int = 0
    """Streams of which the live generation shows more than their owners have."""
    checksums: Mapping[str, Checksum] = field(default_factory=dict[str, Checksum])
    compared: bool = False
    equal: bool = False
    """Whether no document differs, where they were compared."""
    switched: bool = False


class BulkApplier(Applier):
    """Loads whole streams; what cannot be loaded in bulk is applied span by span, and set aside if it must be."""

    def __init__(self, projection: Projection, feeds: Feeds, sources: Sources, max_set_aside: int) -> None:
        super().__init__(projection, feeds, holds_of(projection), sources, max_set_aside=max_set_aside)
        self._aside: set[str] = set()

    async def load(self, events: Sequence[RecordedEvent], source: str, carried: Mapping[str, int]) -> None:
        """Load the next piece of a feed; `carried` is up to where streams were loaded that go on in this piece."""
        loaded: list[tuple[Span, str]] = []
        for item in gather(events, source):
            if item.stream in self._aside:
                continue
            run, _ = self.next_events(carried.get(item.stream, 0), item.events)
            loaded.append((Span(item.stream, run), source))
        await self.apply_all([(span, source) for span, source in loaded if span.events])

    async def set_aside(self, stream: str, source: str, version: int, error: Exception) -> None:
        """Once: later pieces of the stream are passed by."""
        self._aside.add(stream)
        await super().set_aside(stream, source, version, error)

    async def write(self, spans: Sequence[Span], sources: Mapping[str, str]) -> None:
        """In bulk, else with the guards that make repeats harmless."""
        try:
            await self._projection.bulk(spans)
        except Exception as error:
            if is_outage(error):
                raise
            await super().write(spans, sources)
        else:
            await self._projection.bulk_advance({span.stream: span.last for span in spans})


class Rebuild:
    """One rebuild of one projection."""

    def __init__(
        self,
        make: Callable[[], Projection],
        database: Database,
        settings: ServiceSettings,
        feeds: Feeds,
        options: ProjectionSettings | None = None,
        report: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """`make` gives a projection that is not attached yet; `report` is told of progress."""
        self._make = make
        self._database = database
        self._settings = settings
        self._feeds = feeds
        self._options = options or ProjectionSettings()
        self._report = report
        self._sample = make()
        self._pointers = Pointers(database, self._sample.name)

    async def run(
        self, *, switch: bool = True, accept_differences: bool = False, patience: float = 120.0
    ) -> RebuildReport:
        """Load, catch up, compare with the live generation for at most `patience` seconds, and switch.

        Raises RebuildRunning; RebuildInterrupted, FeedUnreachable, TooManySetAside and (for one that does not catch up)
        TimeoutError, after which the new generation is gone; and GenerationsDiffer, after which it is there to be
        looked at. A generation of other code is not compared: its documents mean something else. Nor is one that is
        ahead of the feeds: it is known to be wrong, and the new one is the mend.
        """
        before = await self._pointers.ensure(self._sample.version)
        number = await self._pointers.begin(self._sample.version)
        try:
            async with self._alive(number):
                return await self._build(number, before, switch, accept_differences, patience)
        except (FeedUnreachable, RebuildInterrupted, TooManySetAside, TimeoutError):
            await self.retire(number)  # it is not whole, and nobody goes on with it
            raise

    async def retire(self, number: int) -> None:
        """Forget a generation that is not live, and drop its collections when its consumers have stopped.

        Raises ValueError for the live one, and TimeoutError if its consumers do not stop; then it may be asked again.
        """
        await self._pointers.forget(number)
        group = group_of(self._attached(number), self._settings)
        await wait_until_left(self._settings.kafka, group, _LEAVE_SECONDS)
        await self._drop(number)

    async def roll_back(self) -> Pointer:
        """Read the generation that was live before. Raises ValueError if there is none."""
        pointer = await self._pointers.read(self._sample.version)
        if pointer.previous is None or pointer.previous not in pointer.generations:
            raise ValueError(f"{self._sample.name} has no earlier generation to go back to")
        return await self._pointers.switch(pointer.previous)

    async def _build(
        self, number: int, before: Pointer, switch: bool, accept_differences: bool, patience: float
    ) -> RebuildReport:
        for dead in [one for one, what in before.generations.items() if what.state == "building"]:
            await self.retire(dead)
        events, seconds = await self._load(number)
        target = self._attached(number)
        async with self._kept_up_to_date(target) as runner:
            await self._pointers.activate(number)
            await _caught_up(runner, patience)
            live = self._attached(before.live)
            same_code = before.generations[before.live].code == self._sample.version
            ahead = await self._ahead(live) if same_code else 0
            compared = same_code and not ahead
            equal = compared and await self._equal(live, target, patience, accept_differences)
            sums = await checksums(await self._collections(target))
            if switch:
                self._report(Progress("switch"))
                await self._pointers.switch(number)
            parked = await runner.holds.count_set_aside()
        return RebuildReport(
            number, events, seconds, parked, ahead, sums, compared=compared, equal=equal, switched=switch
        )

    async def _load(self, number: int) -> tuple[int, float]:
        self._report(Progress("note"))
        await self._drop(number)
        target = self._attached(number)
        topics = contexts(self._settings.topic_prefix, target.sources)
        ends = await note_ends(self._settings.kafka, topics)
        began, primary = time.monotonic(), await self._primary()
        relaxed = self._make()
        relaxed.attach(_relaxed(self._database), number)
        sources = Sources(target.collection("sources"))
        await relaxed.prepare_bulk()
        events = 0
        for source in target.sources:
            events += await self._load_source(relaxed, source, sources)
        await self._set_aside(relaxed, sources, await relaxed.finish_bulk())
        self._report(Progress("index"))
        await _patiently(target.prepare)
        for source in target.sources:
            await sources.mark_loaded(source)
        await sources.save_topic_ids({topics[name]: topic_id for name, topic_id in ends.ids.items()})
        if await self._primary() != primary:
            raise RebuildInterrupted(target.name)
        await begin_at(self._settings.kafka, group_of(target, self._settings), ends.offsets)
        return events, time.monotonic() - began

    async def _set_aside(self, relaxed: Projection, sources: Sources, refused: Mapping[str, Exception]) -> None:
        applier = BulkApplier(relaxed, self._feeds, sources, self._options.max_parked)
        for stream, error in refused.items():
            await applier.set_aside(stream, context_of(stream) or "", 1, error)

    async def _load_source(self, relaxed: Projection, source: str, sources: Sources) -> int:
        feed = self._feeds[source]
        total = await _count(feed, source)
        applier = BulkApplier(relaxed, self._feeds, sources, self._options.max_parked)
        done, carried = 0, dict[str, int]()
        async for events in _all_events(feed, source):
            await applier.load(events, source, carried)
            # Streams come whole or in pieces that follow each other, so only the last of a batch may go on.
            carried = {events[-1].stream: events[-1].version}
            done += len(events)
            self._report(Progress("load", source, done, max(done, total)))
        return done

    async def _ahead(self, live: Projection) -> int:
        marked = set[str](hold.stream for hold in await holds_of(live).list("ahead"))
        for source in live.sources:
            found = await compare(live, source, self._feeds[source])
            marked |= set(await truly_ahead(self._feeds[source], found.ahead))
        return len(marked)

    async def _equal(self, live: Projection, target: Projection, patience: float, accept: bool) -> bool:
        """Wait until every document was seen equal in both generations: under load they are never so all at once.

        Documents that differ and of which none changes for a tenth of the patience will never be equal.
        """
        self._report(Progress("compare"))
        without = live.fetched
        ends = [suffix for one in await self._collections(live) if (suffix := _suffix(one, live)) not in without]
        pairs = [(live.collection(suffix), target.collection(suffix)) for suffix in ends]
        found = {one.name: await differences(one, other, without) for one, other in pairs}
        differing = {one.name: await still_different(one, other, found[one.name], without) for one, other in pairs}
        began = changed = time.monotonic()
        while any(differing.values()) and time.monotonic() < min(began + patience, changed + patience / 10):
            await asyncio.sleep(_PAUSE_SECONDS / 4)
            before = differing
            differing = {one.name: await still_different(one, other, before[one.name], without) for one, other in pairs}
            changed = changed if differing == before else time.monotonic()
        differ = {name: list(ids) for name, ids in differing.items() if ids}
        if differ and not accept:
            raise GenerationsDiffer(differ)
        return not differ

    async def _collections(self, projection: Projection) -> list[Collection]:
        prefix = f"{projection.name}_v{projection.generation}_"
        machinery = {f"{prefix}{suffix}" for suffix in _MACHINERY}
        names = await self._database.list_collection_names(filter={"name": {"$regex": f"^{prefix}"}})
        return [self._database[name] for name in sorted(names) if name not in machinery]

    async def _drop(self, number: int) -> None:
        projection = self._attached(number)
        for collection in await self._collections(projection):
            await collection.drop()
        for suffix in _MACHINERY:
            await projection.collection(suffix).drop()

    async def _primary(self) -> Any:
        """Changes with every election, so also with every restart of a single node."""
        answer = await self._database.client.admin.command("hello")
        return answer.get("electionId")

    def _attached(self, number: int) -> Projection:
        projection = self._make()
        projection.attach(self._database, number)
        return projection

    @asynccontextmanager
    async def _alive(self, number: int) -> AsyncGenerator[None]:
        async def beat() -> None:
            while True:
                await asyncio.sleep(_BEAT_SECONDS)
                await self._pointers.beat(number)

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()

    @asynccontextmanager
    async def _kept_up_to_date(self, target: Projection) -> AsyncGenerator[ProjectionRunner]:
        """A runner of our own: whether the service's consumers run does not matter; they share the group."""
        self._report(Progress("catch-up"))
        stop = asyncio.Event()
        runner = ProjectionRunner(target, self._settings, self._feeds, self._options)
        running = asyncio.create_task(runner.run(stop))
        try:
            yield runner
        finally:
            stop.set()
            await running


async def _patiently(prepare: Callable[[], Awaitable[None]]) -> None:
    """Build indexes, however long that takes: asking again joins a build that outlived the connection's patience."""
    deadline = time.monotonic() + _INDEX_SECONDS
    while True:
        try:
            return await prepare()
        except Exception as error:
            if not is_outage(error) or time.monotonic() > deadline:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)


async def _caught_up(runner: ProjectionRunner, patience: float) -> None:
    """Wait until everything that is in the feeds now is applied or set aside. Raises TimeoutError."""
    async with asyncio.timeout(patience):
        for comparison in runner.comparisons:
            lacking = await comparison.lacking()
            while lacking:
                held = await runner.holds.holding(lacking)
                lacking = {stream: head for stream, head in lacking.items() if stream not in held}
                lacking = await wait(runner.projection, lacking, _PAUSE_SECONDS)


async def _all_events(feed: Feed, source: str) -> AsyncGenerator[Sequence[RecordedEvent]]:
    """The whole feed; a broken connection is taken up again where it broke. Raises FeedUnreachable."""
    cursor = ""
    progress = time.monotonic()
    while True:
        try:
            async for events, following in feed.events(cursor):
                cursor = following
                if events:
                    yield events
                progress = time.monotonic()
        except Exception as error:
            if time.monotonic() - progress > _FEED_SECONDS:
                raise FeedUnreachable(f"{source}: {type(error).__name__}") from error
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


async def _count(feed: Feed, source: str) -> int:
    """How many events the feed has: the sum of all heads. Raises FeedUnreachable."""
    try:
        return sum([sum(heads.values()) async for heads in feed.heads()])
    except Exception as error:
        raise FeedUnreachable(f"{source}: {type(error).__name__}") from error


def _relaxed(database: Database) -> Database:
    """Writes that do not wait for the journal; `RebuildInterrupted` says if that was too optimistic."""
    return database.with_options(read_concern=ReadConcern("local"), write_concern=WriteConcern(w=1))


def _suffix(collection: Collection, projection: Projection) -> str:
    return collection.name.removeprefix(f"{projection.name}_v{projection.generation}_")
