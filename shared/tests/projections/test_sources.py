"""What replicas agree on about a source: whose turn it is."""

from __future__ import annotations

from dossier.mongo import Database
from dossier.projections.sources import Sources


async def test_a_turn_is_extended_and_never_shortened(database: Database) -> None:
    sources, other = Sources(database["sources"]), Sources(database["sources"])
    assert await sources.take_turn("addresses", 0.0, at="periodic")
    await sources.extend_turn("addresses", 600, at="periodic")
    await sources.extend_turn("addresses", 0.0, at="periodic")  # sent before, and late
    assert not await other.take_turn("addresses", 600, at="periodic")
    assert await other.take_turn("addresses", 600)
