"""The services of a firm on real databases: loaded in bulk, spoken to over HTTP, told of changes one by one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from functools import reduce
from typing import Any

import httpx

from activities.handling import ACTIVITY
from activities.roles import roles as activities_roles
from activities.settings import Settings as ActivitiesSettings
from activities.sight import notes
from addresses.roles import roles as addresses_roles
from addresses.settings import Settings as AddressesSettings
from benchmarks import data
from directory.roles import roles as directory_roles
from directory.settings import Settings as DirectorySettings
from dossier.clock import parse_rfc3339
from dossier.contracts import Event, RecordedEvent
from dossier.contracts.attachments import DocumentAttached, DocumentVersionAdded
from dossier.contracts.streams import context_of
from dossier.feed.client import FeedClient
from dossier.ids import split_stream
from dossier.projections.model import Projection, Span
from dossier.projections.parking import holds_of
from dossier.projections.pointer import CACHED_SECONDS
from dossier.projections.rebuild import BulkApplier
from dossier.projections.sources import Sources
from dossier.store import Head, Metadata, NewCommit
from dossier.store.documents import Draft, draft
from dossier.testing.clock import ManualClock
from dossier.testing.services import ServiceUnderTest, running
from dossier.testing.tokens import TokenMaker
from dossier.wiring import VIEW_GENERATION
from engagements.roles import roles as engagements_roles
from engagements.settings import Settings as EngagementsSettings
from histories.roles import roles as histories_roles
from histories.settings import Settings as HistoriesSettings
from histories.views.projection import Histories
from histories.views.texts import Texts
from leaks.firm import TODAY, Firm
from oracle.recording import apply

PARTS: dict[str, tuple[Any, Any]] = {
    "directory": (DirectorySettings, directory_roles),
    "addresses": (AddressesSettings, addresses_roles),
    "engagements": (EngagementsSettings, engagements_roles),
    "activities": (ActivitiesSettings, activities_roles),
    "histories": (HistoriesSettings, histories_roles),
}
_MOST_SET_ASIDE = 1_000
_SECONDS = 24 * 3_600


@dataclass
class Office:
    """The running services, and what they read from."""

    services: dict[str, ServiceUnderTest]
    tokens: TokenMaker
    histories: Histories
    projections: list[Projection]
    parked: set[str] = field(default_factory=set[str])
    clock: ManualClock = field(default_factory=lambda: ManualClock(datetime.combine(TODAY, time(12), UTC)))

    _filled: set[str] = field(default_factory=set[str])

    def feeds(self) -> dict[str, FeedClient]:
        """The feeds of the services, as histories ask for them."""
        http = self.services["histories"].roles.app.state.service.http
        return {name: FeedClient(f"http://{name}.test", http) for name in PARTS if name != "histories"}

    async def happen(self, told: Iterable[tuple[RecordedEvent, Event]]) -> None:
        """Append these events to the stores of their owners, and apply them as consumers do."""
        for recorded, event in told:
            store = self.services[str(context_of(recorded.subject))].store
            former = [each.event() for each in await store.read(recorded.subject)]
            commit = _commit(recorded, await store.head(recorded.subject), former, event)
            committed = await store.append(commit)
            span = Span(recorded.subject, list(committed.events))
            for projection in self.projections:
                if projection.follows(recorded.subject) and recorded.subject not in self.parked:
                    await apply(projection, [span])

    async def fill(self, activity: str) -> None:
        """Let there be bytes behind the documents of an activity."""
        app = self.services["activities"].roles.app
        for recorded in await app.state.store.read(activity):
            event = recorded.event()
            if (
                isinstance(event, DocumentAttached | DocumentVersionAdded)
                and event.file.stored_object not in self._filled
            ):
                self._filled.add(event.file.stored_object)
                await app.state.documents.files.put(event.file.stored_object, _bytes(event.file.size))

    async def set_aside(self, streams: Iterable[str]) -> None:
        """As if the next event of these streams could not be applied; everybody knows of it when it returns."""
        for stream in streams:
            self.parked.add(stream)
            for projection in self.projections:
                if projection.follows(stream):
                    await holds_of(projection).set_aside(stream, str(context_of(stream)), 99, ValueError("unreadable"))
        await asyncio.sleep(2 * CACHED_SECONDS)


@asynccontextmanager
async def opened(mongo_url: str, name: str) -> AsyncIterator[Office]:
    """The services, with nothing in their stores."""
    services: dict[str, ServiceUnderTest] = {}

    async def network(scope: Any, receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode().removesuffix(".test")
        await services[host].roles.app(scope, receive, send)

    tokens, urls = TokenMaker(), {f"{part}_url": f"http://{part}.test" for part in PARTS}
    async with AsyncExitStack() as stack:
        for part, (settings, roles) in PARTS.items():
            # A million probes take longer than a token usually lives, and nobody renews these.
            headers = tokens.service_headers(part, exp=int(datetime.now(UTC).timestamp()) + _SECONDS)
            http = httpx.AsyncClient(transport=httpx.ASGITransport(network), headers=headers)
            service = running(settings, roles, mongo_url, f"{name}_{part}", tokens=tokens, http=http, **urls)
            services[part] = await stack.enter_async_context(service)
        histories, texts = Histories(), Texts()
        database = services["histories"].roles.app.state.service.database
        for projection in (histories, texts):
            projection.attach(database, VIEW_GENERATION)
        views = (
            (services["activities"], "world"),
            (services["addresses"], "catalogue"),
            (services["engagements"], "known"),
            (services["engagements"], "register"),
            *((services["addresses"], view) for view in ("book", "catalogue", "known")),
        )
        own = [getattr(service.roles.app.state, view) for service, view in views]
        office = Office(services, tokens, histories, [histories, texts, *own])
        services["histories"].roles.app.state.clock = office.clock
        yield office


async def move_in(office: Office, firm: Firm) -> None:
    """Load the firm: commits into the stores, and from their feeds into the projections, as a rebuild does."""
    by_context: dict[str, list[tuple[RecordedEvent, Event]]] = defaultdict(list)
    for recorded, event in firm.told:
        by_context[str(context_of(recorded.subject))].append((recorded, event))
    for context, told in by_context.items():
        await data.load(office.services[context].store.database, _drafts(context, told), published=True)
    feeds = office.feeds()
    for projection in office.projections:
        await _load(projection, feeds)


def _drafts(context: str, told: Sequence[tuple[RecordedEvent, Event]]) -> Iterator[Draft]:
    heads: dict[str, Head] = {}
    former: defaultdict[str, list[Event]] = defaultdict(list)
    for recorded, event in told:
        stream = recorded.subject
        head = heads.get(stream) or Head(stream)
        commit = _commit(recorded, head, former[stream], event)
        made = draft(commit, head, context, parse_rfc3339(recorded.recordedtime))
        heads[stream] = made.committed.head
        former[stream].append(event)
        yield made


def _commit(recorded: RecordedEvent, head: Head, former: Sequence[Event], event: Event) -> NewCommit:
    """The commit of one event after these; one of an activity notes what it does for whoever asks."""
    commit = NewCommit(recorded.subject, head, [event], _metadata(recorded))
    if split_stream(recorded.subject)[0] != ACTIVITY.kind:
        return commit
    return replace(commit, noted=notes(reduce(ACTIVITY.evolve, [*former, event], ACTIVITY.initial())))


async def _bytes(size: int) -> AsyncIterator[bytes]:
    yield b"x" * size


def _metadata(recorded: RecordedEvent) -> Metadata:
    return Metadata(actor=recorded.actor, channel="import", correlation_id="tests", command_id=recorded.id)


async def _load(projection: Projection, feeds: dict[str, FeedClient]) -> None:
    sources = Sources(projection.collection("sources"))
    applier = BulkApplier(projection, feeds, sources, _MOST_SET_ASIDE)
    await projection.prepare_bulk()
    for source in projection.sources:
        carried: dict[str, int] = {}
        async for events, _ in feeds[source].events():
            if events:
                await applier.load(events, source, carried)
                carried = {events[-1].stream: events[-1].version}
    assert not await projection.finish_bulk()
    await projection.prepare()
    for source in projection.sources:
        await sources.mark_loaded(source)
    assert not await holds_of(projection).count_set_aside()
