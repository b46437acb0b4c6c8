"""Order independence: random histories, delivered in any way, end in the same bytes, and in what the oracle says.

HISTORIES and SEED in the environment choose how many worlds and which; `make soak` runs thousands.
"""

from __future__ import annotations

import os
from random import Random

import bson
import pytest

from dossier.mongo import Database
from histories.views import projection
from oracle.comparison import assert_equal_to_oracle, dump, histories
from oracle.delivery import Delivery, load
from oracle.oracle import Oracle
from oracle.worlds import World

pytestmark = pytest.mark.backends

HISTORIES = int(os.environ.get("HISTORIES", "200"))
SEED = int(os.environ.get("SEED", "1"))
TOGETHER = 20
"""Worlds that share a delivery: their streams interleave, and a batch costs one round trip for all of them."""


@pytest.mark.parametrize("group", range((HISTORIES + TOGETHER - 1) // TOGETHER))
async def test_any_order_ends_in_the_same_bytes_and_as_the_oracle_says(
    database: Database, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = range(SEED * 1_000_000 + group * TOGETHER, SEED * 1_000_000 + (group + 1) * TOGETHER)
    worlds = {seed: World(seed) for seed in seeds}
    events = [event for world in worlds.values() for event in world.events]
    dumps: list[dict[str, dict[str, bytes]]] = []
    for generation in (1, 2):
        await histories(database, generation).prepare()
        delivery = Delivery(lambda g=generation: histories(database, g), events, Random(f"{SEED} {group} {generation}"))
        await delivery.run()
        dumps.append(await dump(delivery.projection))
        monkeypatch.setattr(projection, "INLINE", 2)  # from now on many changes are jobs of several chunks
        monkeypatch.setattr(projection, "CHUNK", 3)
    rebuilt = histories(database, 3)
    await load(rebuilt, events, Random(group))
    assert dumps[0] == dumps[1]
    assert await dump(rebuilt) == dumps[0]
    entries = {activity: bson.decode(raw) for activity, raw in dumps[0]["entries"].items()}
    for seed, world in worlds.items():
        assert_equal_to_oracle(Oracle(world.events), entries, world), seed
