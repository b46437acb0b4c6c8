"""Signs of loss, told from a group that is merely busy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient

from dossier.mongo import Database
from dossier.projections import signs
from dossier.projections.signs import Signs
from dossier.projections.sources import Sources
from dossier.projections.topic_ids import TopicState


class Busy:
    """A group that reads everything at once, of a log to which more comes before each answer."""

    def __init__(self) -> None:
        self.end = 100

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self._more() - 50)

    async def committed(self, partition: TopicPartition) -> int:
        return self._more()

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self._more())

    def _more(self) -> int:
        self.end += 1
        return self.end


async def test_a_group_that_goes_on_while_it_is_looked_at_has_lost_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def states(client: AIOKafkaClient, topics: Iterable[str]) -> dict[str, TopicState]:
        return {name: TopicState("same", frozenset({0, 1, 2})) for name in topics}

    monkeypatch.setattr(signs, "topic_states", states)
    sources = Sources(database["sources"])
    looking = Signs("cards", "group", {"crm.addresses": "addresses"}, sources)
    consumer = cast("Any", Busy())
    for _ in range(3):
        await looking.look(cast("AIOKafkaConsumer", consumer), cast("AIOKafkaClient", None))
    assert (await sources.state("addresses")).due == 0
