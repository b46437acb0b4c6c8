"""The topics job corrects what is ours and leaves alone what others have set."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError, KafkaError

from dossier.kafka import KafkaAccess
from dossier.testing.backends import MakeTopics
from dossier.topics import ensure_topics, topic_config

pytestmark = pytest.mark.backends
OPERATORS = {"min.insync.replicas": "1", "compression.type": "zstd"}


async def set_on(kafka: KafkaAccess, topic: str, settings: dict[str, str]) -> None:
    client = AIOKafkaAdminClient(**kafka.options())
    await client.start()
    await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])
    await client.close()


async def settings_of(kafka: KafkaAccess, topic: str) -> dict[str, str]:
    """What was set on the topic itself."""
    client = AIOKafkaAdminClient(**kafka.options())
    await client.start()
    [answer] = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await client.close()
    return {name: value for name, value, _, source, *_ in answer.resources[0][4] if source == 1}


@pytest.fixture
def kafka(kafka_bootstrap: str) -> KafkaAccess:
    return KafkaAccess(kafka_bootstrap)


async def test_what_an_operator_has_set_stays_and_what_is_ours_is_corrected(
    kafka: KafkaAccess, topic_prefix: str, make_topics: MakeTopics
) -> None:
    [topic] = await make_topics("emails")
    await set_on(kafka, topic, OPERATORS | {"retention.ms": "1000"})
    await ensure_topics(kafka, topic_prefix, ["emails"])
    assert await settings_of(kafka, topic) == OPERATORS | topic_config()


async def test_nothing_is_written_where_nothing_differs(
    kafka: KafkaAccess, topic_prefix: str, make_topics: MakeTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    [topic] = await make_topics("emails")
    await set_on(kafka, topic, OPERATORS | topic_config())

    async def refuse(*_: object) -> None:
        raise AssertionError("written")

    monkeypatch.setattr(AIOKafkaAdminClient, "alter_configs", refuse)
    await ensure_topics(kafka, topic_prefix, ["emails"])


async def test_settings_that_the_broker_refuses_are_a_failure(
    kafka: KafkaAccess, topic_prefix: str, make_topics: MakeTopics
) -> None:
    [topic] = await make_topics("emails")
    with pytest.raises(KafkaError, match="emails"):
        await ensure_topics(kafka, topic_prefix, ["emails"], retention=timedelta(milliseconds=-5))
    assert await settings_of(kafka, topic) == topic_config()


@pytest.mark.parametrize(("replication", "in_sync"), [(2, None), (3, "2"), (5, "2")])
async def test_of_three_copies_two_have_to_take_a_record(
    kafka: KafkaAccess, topic_prefix: str, monkeypatch: pytest.MonkeyPatch, replication: int, in_sync: str | None
) -> None:
    asked: list[Any] = []
    create = AIOKafkaAdminClient.create_topics

    async def remember(client: AIOKafkaAdminClient, topics: list[Any]) -> Any:
        asked.extend(topics)
        return await create(client, topics)

    monkeypatch.setattr(AIOKafkaAdminClient, "create_topics", remember)
    with pytest.raises(InvalidReplicationFactorError):  # by the one broker of tests
        await ensure_topics(kafka, topic_prefix, ["emails"], replication=replication)
    assert [topic.replication_factor for topic in asked] == [replication]
    assert [topic.topic_configs.get("min.insync.replicas") for topic in asked] == [in_sync]


async def test_the_command_reads_the_settings_of_the_job(
    kafka: KafkaAccess, topic_prefix: str, make_topics: MakeTopics
) -> None:
    [topic, *_] = await make_topics()
    variables = os.environ | {
        "DOSSIER_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "DOSSIER_TOPIC_PREFIX": topic_prefix,
        "DOSSIER_TOPIC_RETENTION_HOURS": "12",
    }
    command = [sys.executable, "-c", "from dossier.cli.app import app; app(['topics'])"]
    done = await asyncio.to_thread(subprocess.run, command, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (await settings_of(kafka, topic))["retention.ms"] == str(12 * 3600 * 1000)
