"""Users, companies, contacts and projects, known where activities refer to them."""

from __future__ import annotations

import asyncio
import time

from activities.views.world import WorldView
from benchmarks import data
from benchmarks.stack import Installation
from dossier.mongo import Collection
from dossier.wiring import VIEW_GENERATION

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


async def _filled(collection: Collection) -> None:
    give_up = time.monotonic() + 60
    while (there := await collection.count_documents({})) < _STREAMS:
        if time.monotonic() > give_up:
            raise TimeoutError(f"only {there} of {_STREAMS} streams are known in {collection.name}")
        await asyncio.sleep(0.2)
