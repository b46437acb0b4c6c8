"""Watermarks in the order in which an owner tells its heads."""

from __future__ import annotations

from dossier.mongo import Database
from dossier.projections.watermarks import Watermarks


async def test_streams_come_once_and_in_order_also_where_a_kind_begins_with_another(database: Database) -> None:
    watermarks = Watermarks(database["marks"])
    ids = ("e0000000-0000-7000-8000-000000000001", "f0000000-0000-7000-8000-000000000001")
    streams = [f"{kind}-{id}" for kind in ("folder", "folder-entry", "company", "link", "link-type") for id in ids]
    await watermarks.insert(dict.fromkeys(streams, 1))
    assert [stream async for stream, _ in watermarks.of("addresses")] == sorted(streams)
