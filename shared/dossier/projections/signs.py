"""Signs that Kafka may have lost something this group has not read: looked for regularly and with every batch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient

from dossier.projections import metrics
from dossier.projections.records import Records
from dossier.projections.sources import Sources
from dossier.projections.topic_ids import TopicState, topic_states
from dossier.telemetry import logs

log = logs.logger()

_ANSWER_SECONDS = 10.0

NO_OFFSET = "no-offset"
BELOW_LOG_START = "below-log-start"
BEYOND_LOG_END = "beyond-log-end"
JUMP = "offset-jump"
NEW_TOPIC = "new-topic"
UNREADABLE = "unreadable-record"


class Signs:
    """The signs of one group. Event topics have no gaps in their offsets (no compaction, no transactions)."""

    def __init__(self, projection: str, group: str, topics: Mapping[str, str], sources: Sources) -> None:
        """`topics` are the names on Kafka with their contexts."""
        self._projection = projection
        self._group = group
        self._topics = topics
        self._sources = sources
        self._expected: dict[TopicPartition, int] = {}
        self._told: set[tuple[str, TopicPartition, int]] = set()

    def forget(self) -> None:
        """The partitions are assigned anew: the next batch begins where the group's offsets say."""
        self._expected.clear()

    async def check_batch(self, records: Records, consumer: AIOKafkaConsumer) -> None:
        """Note a jump between what was read before and this batch, before anything of it is applied."""
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        for partition, offset in first.items():
            expected = self._expected.get(partition)
            if expected is None:
                expected = await consumer.committed(partition)
            if expected is None:
                await self._tell(NO_OFFSET, partition, offset)
            elif expected != offset:
                await self._tell(JUMP, partition, offset)

    def batch_done(self, records: Records) -> None:
        """The batch is applied: the next one goes on behind it."""
        for record in records:
            self._expected[TopicPartition(record.topic, record.partition)] = record.offset + 1

    async def passed_by(self, partition: TopicPartition, offset: int) -> None:
        """Note that records before this offset could not be read."""
        metrics.EVENTS.labels(self._projection, metrics.HOSTILE).inc()
        await self._tell(UNREADABLE, partition, offset)

    async def dropped(self, topics: Iterable[str]) -> None:
        """Note that records of any of these topics may have been dropped unread: their offsets will be committed."""
        for topic in topics:
            log.warning("projection.sign", projection=self._projection, topic=topic, reason=UNREADABLE)
            await self._sources.mark_due(self._topics[topic], UNREADABLE)

    async def look(self, consumer: AIOKafkaConsumer, client: AIOKafkaClient) -> None:
        """Compare the group's offsets with the logs, and the topics' ids with those seen before."""
        async with asyncio.timeout(_ANSWER_SECONDS):
            states = await topic_states(client, self._topics)
            await self._compare_ids(states)
            partitions = [TopicPartition(name, number) for name, state in states.items() for number in state.partitions]
            if not partitions:
                return
            # In this order: a log grows at its end and shrinks at its start, and a busy group goes on meanwhile.
            starts = await consumer.beginning_offsets(partitions)
            committed = {partition: await consumer.committed(partition) for partition in partitions}
            ends = await consumer.end_offsets(partitions)
        await self._compare_offsets(starts, ends, committed)

    async def _compare_ids(self, states: Mapping[str, TopicState]) -> None:
        now = {self._topics[name]: state.id for name, state in states.items()}
        before = await self._sources.topic_ids()
        changed = {source: topic_id for source, topic_id in now.items() if before.get(source) != topic_id}
        for source in changed:
            if source in before:
                log.warning("projection.sign", projection=self._projection, context=source, reason=NEW_TOPIC)
                await self._sources.mark_due(source, NEW_TOPIC)
        await self._sources.save_topic_ids(changed)

    async def _compare_offsets(
        self, starts: Mapping[Any, int], ends: Mapping[Any, int], committed: Mapping[Any, int | None]
    ) -> None:
        behind = dict.fromkeys(self._topics, 0)
        for partition, offset in committed.items():
            start, end = starts[partition], ends[partition]
            behind[partition.topic] += max(0, end - max(start, offset or 0))
            if offset is None:
                if start > 0:  # everything up to here was dropped, and this group never saw it
                    await self._tell(NO_OFFSET, partition, start)
            elif offset < start:
                await self._tell(BELOW_LOG_START, partition, start)
            elif offset > end:
                await self._tell(BEYOND_LOG_END, partition, end)
        for topic, records in behind.items():
            metrics.RECORDS_BEHIND.labels(self._group, topic).set(records)
        if not any(behind.values()):
            metrics.LAG.labels(self._projection).set(0)

    async def _tell(self, sign: str, partition: TopicPartition, offset: int) -> None:
        """Once for each offset: the sign stays until the group commits again, the comparison is needed once."""
        if (sign, partition, offset) in self._told:
            return
        log.warning("projection.sign", projection=self._projection, topic=partition.topic, reason=sign)
        await self._sources.mark_due(self._topics[partition.topic], sign)
        self._told.add((sign, partition, offset))


def show_lag(projection: str, records: Records) -> None:
    """The age of the newest record of a batch that is applied. `Signs.look` sets it to 0 when nothing is left."""
    newest = max(record.timestamp for record in records)
    metrics.LAG.labels(projection).set(max(0.0, time.time() - newest / 1000))


def contexts(prefix: str, sources: Iterable[str]) -> dict[str, str]:
    """The topics of these contexts on Kafka, with the contexts."""
    return {f"{prefix}.{source}": source for source in sources}
