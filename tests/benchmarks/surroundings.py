"""Users, companies, contacts and projects, known where activities refer to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import groupby

from activities.views.world import WorldView
from benchmarks import data
from benchmarks.stack import Installation
from dossier.contracts import RecordedEvent
from dossier.mongo import Collection
from dossier.projections.model import Span
from dossier.projections.pointer import Pointers
from dossier.projections.sources import Sources
from dossier.runtime import Service
from dossier.wiring import VIEW_GENERATION, feeds_of
from histories.settings import Settings
from histories.views.projection import Histories
from histories.views.texts import Texts

OTHERS = ("directory", "addresses", "engagements")
_STREAMS = len(data.USER_IDS) + len(data.COMPANIES) + len(data.CONTACTS) + len(data.PROJECTS)


async def known_to_activities(installation: Installation) -> None:
    """Load them, and let the activities service learn of them; its consumer is stopped again."""
    await data.load_surroundings(installation, published=True)
    for service in OTHERS:
        installation.run(service, "api")
    installation.run("activities", "consumer")
    installation.wait()
    world = WorldView()
    world.attach(installation.database("activities"), VIEW_GENERATION)
    await _filled(world.documents)
    installation.end("activities", "consumer")


async def known_to_histories(installation: Installation) -> None:
    """Wait until the histories, whose consumer runs, know them."""
    await _filled(installation.database("histories")["histories_v1_nodes"])


async def load_histories(installation: Installation, *, with_words: bool = False) -> None:
    """The live generation, loaded from the feeds as a rebuild loads one, but not compared with anything."""
    services = (*OTHERS, "activities")
    for name in services:
        installation.run(name, "api")
    installation.wait()
    service = Service(installation.settings(Settings, "histories"))
    await Pointers(service.database, Histories.name).ensure(Histories.version)
    histories, texts = Histories(), Texts()
    histories.attach(service.database, 1)
    texts.attach(service.database, VIEW_GENERATION)
    async with service:
        for feed in feeds_of(service, Histories.sources).values():
            async for events, _ in feed.events():
                spans = _spans(events)
                await histories.bulk(spans)
                if with_words:
                    await texts.bulk([span for span in spans if texts.follows(span.stream)])
        await histories.finish_bulk()
        await histories.prepare()
        await texts.prepare()
        # Whoever consumes does not read everything again, beside what is measured.
        for source in Histories.sources:
            await Sources(histories.collection("sources")).mark_loaded(source)
        if with_words:
            await Sources(texts.collection("sources")).mark_loaded("activities")
    for name in services:
        installation.end(name, "api")


def _spans(events: Sequence[RecordedEvent]) -> list[Span]:
    return [Span(stream, list(each)) for stream, each in groupby(events, key=lambda event: event.subject)]


async def _filled(collection: Collection) -> None:
    give_up = time.monotonic() + 60
    while (there := await collection.count_documents({})) < _STREAMS:
        if time.monotonic() > give_up:
            raise TimeoutError(f"only {there} of {_STREAMS} streams are known in {collection.name}")
        await asyncio.sleep(0.2)
