"""Noting where topics end, and letting a group begin there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from dossier.kafka import KafkaAccess
from dossier.projections.topic_ids import topic_states

_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class TopicEnds:
    """The end offsets of all partitions of some topics, and the topics' ids, at one moment."""

    ids: Mapping[str, str]
    offsets: Mapping[TopicPartition, int]


async def note_ends(kafka: KafkaAccess, topics: Iterable[str]) -> TopicEnds:
    """Where the topics end now; a topic that does not exist yet is left out."""
    client = AIOKafkaClient(**kafka.options())
    async with _consumer(kafka, None) as consumer:
        try:
            await kafka.reached(client.bootstrap())
            states = await topic_states(client, topics)
        finally:
            await client.close()
        partitions = [TopicPartition(name, number) for name, state in states.items() for number in state.partitions]
        offsets = await consumer.end_offsets(partitions) if partitions else {}
    return TopicEnds({name: state.id for name, state in states.items()}, offsets)


async def begin_at(kafka: KafkaAccess, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Let a group without members begin at these offsets."""
    if not offsets:
        return
    async with _consumer(kafka, group) as consumer:
        consumer.assign(list(offsets))
        await consumer.commit(dict(offsets))


async def wait_until_left(kafka: KafkaAccess, group: str, seconds: float) -> None:
    """Wait until the group has no members. Raises TimeoutError."""
    admin = AIOKafkaAdminClient(**kafka.options())
    await kafka.reached(admin.start())
    try:
        async with asyncio.timeout(seconds):
            while await _has_members(admin, group):  # noqa: ASYNC110  (members elsewhere)
                await asyncio.sleep(_POLL_SECONDS)
    finally:
        await admin.close()


async def _has_members(admin: AIOKafkaAdminClient, group: str) -> bool:
    try:
        answers: Any = await admin.describe_consumer_groups([group])
    except GroupCoordinatorNotAvailableError:  # a fresh broker makes its list of groups when it is first asked
        return True
    groups = [group for answer in answers for group in answer.to_object()["groups"]]
    return any(group["members"] for group in groups)


@asynccontextmanager
async def _consumer(kafka: KafkaAccess, group: str | None) -> AsyncGenerator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(group_id=group, enable_auto_commit=False, **kafka.options())
    await kafka.reached(consumer.start())
    try:
        yield consumer
    finally:
        await consumer.stop()
