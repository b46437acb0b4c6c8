"""The servers that tests get are real, shared and cheap to isolate in."""

from contextlib import nullcontext

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from dossier import topics
from dossier.kafka import KafkaAccess
from dossier.testing import backends
from dossier.testing.backends import MakeTopics
from local_stack import containers, mongo, shared_servers
from local_stack.shared_servers import Servers

PAIR = Servers("mongodb://somewhere/", "somewhere:9092")


@pytest.mark.parametrize(
    ("runs_already", "engine_answers", "chosen"),
    [(True, True, "joined"), (True, False, "joined"), (False, True, "container"), (False, False, "joined")],
)
def test_what_runs_already_is_taken_before_containers_and_those_before_processes(
    monkeypatch: pytest.MonkeyPatch, runs_already: bool, engine_answers: bool, chosen: str
) -> None:
    monkeypatch.setattr(shared_servers, "running", lambda: PAIR if runs_already else None)
    monkeypatch.setattr(shared_servers, "joined", lambda: nullcontext("joined"))
    monkeypatch.setattr(containers, "engine_answers", lambda: engine_answers)
    monkeypatch.setattr(containers, "started", lambda: nullcontext("container"))
    with backends.servers_of_this_machine() as servers:
        assert servers == chosen


def test_without_servers_tests_fail_where_they_are_required_and_are_skipped_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUIRE_BACKENDS", "1")
    with pytest.raises(pytest.fail.Exception, match="no MongoDB and Kafka: no disk"):
        backends.do_without("no disk")
    monkeypatch.delenv("REQUIRE_BACKENDS")
    with pytest.raises(pytest.skip.Exception, match="no MongoDB and Kafka: no disk"):
        backends.do_without("no disk")


@pytest.mark.backends
def test_mongo_is_a_primary_that_takes_writes(mongo_url: str, database_name: str) -> None:
    assert mongo.answers(mongo_url)
    assert database_name.startswith("test_")


@pytest.mark.backends
async def test_a_record_makes_the_round_trip(kafka_bootstrap: str, make_topics: MakeTopics) -> None:
    [topic] = await make_topics("addresses", partitions=1)
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, b"value", key=b"contact-1")
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()
    assert (record.key, record.value, record.timestamp_type) == (b"contact-1", b"value", 1)  # 1 = LogAppendTime


@pytest.mark.backends
async def test_event_topics_have_the_settings_of_the_table(
    kafka_bootstrap: str, topic_prefix: str, make_topics: MakeTopics
) -> None:
    made = await make_topics()
    assert made == [f"{topic_prefix}.{name}" for name in topics.NAMES]
    assert await make_topics() == made, "making topics again changes nothing"
    async with _admin(kafka_bootstrap) as admin:
        described = await admin.describe_topics(made)
        resource = ConfigResource(ConfigResourceType.TOPIC, made[0], configs=topics.topic_config())
        [answer] = await admin.describe_configs([resource])
    assert {len(topic["partitions"]) for topic in described} == {topics.PARTITIONS}
    found = {name: value for name, value, *_ in answer.resources[0][4]}
    assert found == topics.topic_config()


@pytest.mark.backends
async def test_another_partition_count_is_refused(
    kafka_bootstrap: str, topic_prefix: str, make_topics: MakeTopics
) -> None:
    await make_topics("emails", partitions=2)
    with pytest.raises(topics.TopicMismatch, match=r"emails has 2 partitions, not 6"):
        await topics.ensure_topics(KafkaAccess(kafka_bootstrap), topic_prefix, ["emails"])


class _admin:  # noqa: N801  (reads as a function)
    def __init__(self, bootstrap: str) -> None:
        self._client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)

    async def __aenter__(self) -> AIOKafkaAdminClient:
        await self._client.start()
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
