"""The event topics: one table, one admin job that makes them (`python -m dossier.topics`), nobody else does."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

NAMES = ("addresses", "engagements", "activities", "emails", "notifications", "directory")
"""One topic per context, all its event types in it."""

PARTITIONS = 6
"""Fixed for ever: another count would send a stream's later events to another partition, out of order."""

MAX_RECORD_BYTES = (1 << 20) + (64 << 10)
"""A commit is bounded at half of this; the rest is room for headers and for what a later version may need."""

RETENTION = timedelta(days=7)
"""Topics are delivery; the record is the store, and what is older comes from the owner's feed."""

SEGMENT = timedelta(days=1)
"""Only whole segments expire, so a segment may not span more than erasure can wait for."""


class TopicMismatch(Exception):
    """A topic exists with another number of partitions than this installation was made for."""


class TopicSettings(BaseSettings):
    """What the admin job reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="DOSSIER_")

    kafka_bootstrap: str = Field(description="Some of the brokers, with commas")
    topic_prefix: str = Field(default="crm", description="What the names of all topics begin with, before a dot")
    topic_replication: int = Field(default=1, description="Brokers that keep a copy; in production 3")
    topic_retention_hours: float = Field(
        default=RETENTION / timedelta(hours=1), description="How long topics keep what the stores keep for ever"
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
    bootstrap: str,
    prefix: str,
    names: Sequence[str] = NAMES,
    *,
    partitions: int = PARTITIONS,
    replication: int = 1,
    retention: timedelta = RETENTION,
) -> list[str]:
    """Makes the topics that are missing and gives those that exist the settings of today.

    Returns their names on Kafka. Raises TopicMismatch if one has another number of partitions.
    """
    topics = [topic_name(prefix, name) for name in names]
    config = topic_config(retention)
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        await _create(client, [NewTopic(topic, partitions, replication, topic_configs=config) for topic in topics])
        await client.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, configs=config) for topic in topics]
        )
        await _require_partitions(client, topics, partitions)
    finally:
        await client.close()
    return topics


async def delete_topics(bootstrap: str, topics: Iterable[str]) -> None:
    """Deletes these topics with all they hold; for tests and for forgetting a local stack."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        await client.delete_topics(list(topics))
    finally:
        await client.close()


async def _create(client: AIOKafkaAdminClient, topics: list[NewTopic]) -> None:
    answer: Any = await client.create_topics(topics)
    for topic, code, *detail in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"{topic}: {detail}")


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
    """The admin job: makes all topics of this installation and ends."""
    settings = TopicSettings()  # pyright: ignore[reportCallIssue]  (read from the environment)
    topics = ensure_topics(
        settings.kafka_bootstrap,
        settings.topic_prefix,
        replication=settings.topic_replication,
        retention=timedelta(hours=settings.topic_retention_hours),
    )
    print("topics:", *asyncio.run(topics))


if __name__ == "__main__":
    main()
