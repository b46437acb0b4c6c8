"""Order independence: random histories, delivered in any way, end in the same bytes, and in what the oracle says.

HISTORIES and SEED in the environment choose how many worlds and which; `make soak` runs thousands.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import bson
import pytest

from dossier.mongo import Database, Mongo
from histories.domain.rules import UNASSIGNED
from histories.views.projection import Histories
from oracle.delivery import Delivery, load
from oracle.oracle import Oracle
from oracle.worlds import World

pytestmark = pytest.mark.backends

HISTORIES = int(os.environ.get("HISTORIES", "200"))
SEED = int(os.environ.get("SEED", "1"))
TOGETHER = 20
"""Worlds that share a delivery: their streams interleave, and a batch costs one round trip for all of them."""


@pytest.fixture
async def database(mongo_url: str, database_name: str) -> AsyncIterator[Database]:
    mongo = Mongo(mongo_url)
    yield mongo.database(database_name)
    await mongo.close()


def histories(database: Database, generation: int) -> Histories:
    projection = Histories()
    projection.attach(database, generation)
    return projection


async def dump(projection: Histories) -> dict[str, dict[str, bytes]]:
    """Every document as bytes, order of fields included."""
    collections = {"nodes": projection.collections.nodes, "entries": projection.collections.entries}
    return {
        name: {document["_id"]: bson.encode(document) async for document in collection.find({})}
        for name, collection in collections.items()
    }


def assert_equal_to_oracle(oracle: Oracle, entries: dict[str, dict[str, Any]], world: World) -> None:
    """Same reasons with the same causes for the same recorded time, same pages, same readers."""
    for activity, presences in oracle.presences.items():
        entry = entries[activity]
        reasons: dict[Any, list[Any]] = defaultdict(list)
        for path in entry["paths"]:
            why = tuple((hop["code"], hop["to"]) for hop in path["hops"])
            causes = tuple(tuple(hop["events"]) for hop in path["hops"])
            reasons[why].append((causes, path.get("since", entry["recorded_at"]), path.get("until")))
        assert reasons == {why: [(p.causes, p.since, p.until) for p in told] for why, told in presences.items()}
        assert set(entry["shown_on"]) - {UNASSIGNED} == oracle.shown_on(activity)
        assert (UNASSIGNED in entry["shown_on"]) == oracle.unassigned(activity)
        for tokens in world.tokens:
            assert all(tokens & set(gate["who"]) for gate in entry["gates"]) == oracle.visible(activity, tokens)


@pytest.mark.parametrize("group", range((HISTORIES + TOGETHER - 1) // TOGETHER))
async def test_any_order_ends_in_the_same_bytes_and_as_the_oracle_says(database: Database, group: int) -> None:
    seeds = range(SEED * 1_000_000 + group * TOGETHER, SEED * 1_000_000 + (group + 1) * TOGETHER)
    worlds = {seed: World(seed) for seed in seeds}
    events = [event for world in worlds.values() for event in world.events]
    dumps: list[dict[str, dict[str, bytes]]] = []
    for generation in (1, 2):
        await histories(database, generation).prepare()
        delivery = Delivery(lambda g=generation: histories(database, g), events, Random(f"{SEED} {group} {generation}"))
        await delivery.run()
        dumps.append(await dump(delivery.projection))
    rebuilt = histories(database, 3)
    await load(rebuilt, events, Random(group))
    assert dumps[0] == dumps[1]
    assert await dump(rebuilt) == dumps[0]
    entries = {activity: bson.decode(raw) for activity, raw in dumps[0]["entries"].items()}
    for seed, world in worlds.items():
        assert_equal_to_oracle(Oracle(world.events), entries, world), seed
