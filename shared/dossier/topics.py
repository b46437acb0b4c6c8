"""The event topics: one table, one admin job that makes them (`python -m dossier.topics`), nobody else does."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from pydantic import Field

from dossier.kafka import KafkaAccess, KafkaSettings, words_for
from dossier.settings import UnsafeSettings, from_environment

NAMES = ("addresses", "engagements", "activities", "emails", "notifications", "directory")
"""One topic per context, all its event types in it."""

PARTITIONS = 6
"""Fixed for ever: another count would send a stream's later events to another partition, out of order."""

MAX_RECORD_BYTES = (1 << 20) + (64 << 10)
"""A commit is bounded at half of this; the rest is room for headers and for what a later version may need."""

RETENTION = timedelta(days=7)
"""Topics are delivery; the record is the store, and what is older comes from the owner's feed."""

LONGEST_HOURS = 1_000_000
"""Of retention: more than a hundred years."""

SEGMENT = timedelta(days=1)
"""Only whole segments expire, so a segment may not span more than erasure can wait for."""


_MIN_IN_SYNC = "min.insync.replicas"
_SET_ON_THE_TOPIC = 1


class TopicMismatch(Exception):
    """A topic exists with another number of partitions than this installation was made for."""


class TopicSettings(KafkaSettings):
    """What the admin job and `dossier topics` read from the environment."""

    topic_replication: int = Field(
        default=1,
        gt=0,
        description="Copies of each partition, for topics that are made; with three or more, two have to take a record",
    )
    topic_retention_hours: float = Field(
        default=RETENTION / timedelta(hours=1),
        gt=0,
        le=LONGEST_HOURS,
        description="How long records stay on the topics",
    )


def topic_name(prefix: str, name: str) -> str:
    """The name on Kafka, such as `crm.addresses`."""
    return f"{prefix}.{name}"


def topic_config(retention: timedelta = RETENTION) -> dict[str, str]:
    """The settings of every event topic. No compaction: it keeps the last copy of a key, dedupe needs the first."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": _milliseconds(retention),
        "segment.ms": _milliseconds(min(SEGMENT, retention)),
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(MAX_RECORD_BYTES),
    }


async def ensure_topics(
    kafka: KafkaAccess,
    prefix: str,
    names: Sequence[str] = NAMES,
    *,
    partitions: int = PARTITIONS,
    replication: int = 1,
    retention: timedelta = RETENTION,
) -> list[str]:
    """Makes the topics that are missing and gives those that exist the settings of today.

    What somebody else has set on a topic beside these settings stays, and nothing is written where nothing differs.
    Returns their names on Kafka. Raises TopicMismatch if one has another number of partitions.
    """
    topics = [topic_name(prefix, name) for name in names]
    config = topic_config(retention)
    async with _admin(kafka) as client:
        first = config | ({_MIN_IN_SYNC: "2"} if replication > 2 else {})
        made = [NewTopic(topic, partitions, replication, topic_configs=first) for topic in topics]
        existing = await _create(client, made)
        await _require_partitions(client, topics, partitions)
        await _adjust(client, existing, config)
    return topics


async def ensure_all(settings: TopicSettings) -> list[str]:
    """All topics of an installation, as its settings want them."""
    retention = timedelta(hours=settings.topic_retention_hours)
    return await ensure_topics(
        settings.kafka, settings.topic_prefix, replication=settings.topic_replication, retention=retention
    )


async def delete_topics(kafka: KafkaAccess, topics: Iterable[str]) -> None:
    """Deletes these topics with all they hold; for tests and for forgetting a local stack."""
    async with _admin(kafka) as client:
        await client.delete_topics(list(topics))


@asynccontextmanager
async def _admin(kafka: KafkaAccess) -> AsyncGenerator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(**kafka.options())
    try:
        await kafka.reached(client.start())
        yield client
    finally:
        await client.close()


async def _create(client: AIOKafkaAdminClient, topics: list[NewTopic]) -> list[str]:
    """Makes what is missing; returns what was there before."""
    answer: Any = await client.create_topics(topics)
    existing: list[str] = []
    for topic, code, *detail in answer.topic_errors:
        if for_code(code) is TopicAlreadyExistsError:
            existing.append(topic)
        else:
            _require_done(topic, code, detail)
    return existing


async def _adjust(client: AIOKafkaAdminClient, topics: Iterable[str], config: Mapping[str, str]) -> None:
    """An alteration replaces all that was ever set on a topic, so what is there goes into it again."""
    wanted: list[ConfigResource] = []
    for resource in [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]:
        described: list[Any] = await client.describe_configs([resource])
        [(code, detail, _, topic, entries)] = described[0].resources
        _require_done(topic, code, detail)
        own: dict[str, str] = {name: value for name, value, _, source, *_ in entries if source == _SET_ON_THE_TOPIC}
        if (merged := {**own, **config}) != own:
            wanted.append(ConfigResource(ConfigResourceType.TOPIC, topic, configs=merged))
    altered: list[Any] = await client.alter_configs(wanted) if wanted else []
    for answer in altered:
        for code, detail, _, topic in answer.resources:
            _require_done(topic, code, detail)


def _require_done(topic: str, code: int, detail: object) -> None:
    if code:
        raise for_code(code)(f"{topic}: {detail}")


async def _require_partitions(client: AIOKafkaAdminClient, topics: list[str], partitions: int) -> None:
    for topic, found in (await _partition_counts(client, topics)).items():
        if found != partitions:
            raise TopicMismatch(f"{topic} has {found} partitions, not {partitions}")


async def _partition_counts(client: AIOKafkaAdminClient, topics: list[str]) -> dict[str, int]:
    """A topic made a moment ago may not be in the metadata yet, so this waits until all are known."""
    async with asyncio.timeout(30):
        while True:
            described = await client.describe_topics(topics)
            counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
            if all(counts.get(topic) for topic in topics):
                return counts
            await asyncio.sleep(0.05)


def _milliseconds(span: timedelta) -> str:
    return str(span // timedelta(milliseconds=1))


def main() -> None:
    """The admin job: makes all topics of this installation and ends; with 2 if its settings are wrong."""
    try:
        topics = asyncio.run(ensure_all(from_environment(TopicSettings)))
    except UnsafeSettings as error:
        print(f"settings: {error}", file=sys.stderr)
        sys.exit(2)
    except (KafkaError, ssl.SSLError) as error:
        sys.exit(words_for(error))
    except TopicMismatch as error:
        sys.exit(str(error))
    print("topics:", *topics)


if __name__ == "__main__":
    main()
