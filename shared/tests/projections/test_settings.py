"""The settings that would lose or double data if a default took their place."""

from __future__ import annotations

import importlib.metadata

import pytest
from faststream import AckPolicy

from dossier.mongo import Mongo
from dossier.projections.records import pass_through, tolerant_parser
from dossier.projections.runner import ProjectionRunner
from dossier.projections.settings import ProjectionSettings
from dossier.settings import ServiceSettings
from dossier.testing.projections import Cards, Record


@pytest.fixture
async def runner() -> ProjectionRunner:
    database = Mongo("mongodb://127.0.0.1:1").database("nowhere")
    projection = Cards()
    projection.attach(database, 7)
    settings = ServiceSettings(service="tests", port=1, mongo_database="nowhere", topic_prefix="crm")
    feeds = {context: Record(database).feed(context) for context in Cards.sources}
    return ProjectionRunner(projection, settings, feeds, ProjectionSettings(instance="tests-0"))


async def test_the_subscriber_has_every_setting_explicitly(runner: ProjectionRunner) -> None:
    subscriber = runner.subscriber
    assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
    arguments = subscriber._connection_args
    assert arguments["enable_auto_commit"] is False
    assert arguments["auto_offset_reset"] == "earliest"
    assert arguments["group_instance_id"] == "tests-0"
    assert 5 <= subscriber.batch_timeout_ms <= 10
    assert subscriber.max_records == ProjectionSettings().max_records
    assert subscriber.topic_names == ["crm.addresses", "crm.activities"]
    assert subscriber.group_id == "crm.tests.cards.v7"


async def test_the_broker_makes_no_topics_and_no_producer(runner: ProjectionRunner) -> None:
    config = runner.broker.config.broker_config
    assert config.allow_auto_create_topics is False
    assert config.consumer_only is True


async def test_messages_are_built_by_the_tolerant_parser_and_not_decoded(runner: ProjectionRunner) -> None:
    (call,) = runner.subscriber.calls
    assert runner.subscriber._call_options.parser is tolerant_parser
    assert runner.subscriber._call_options.decoder is pass_through
    assert call.handler is not None


def test_the_library_rewinds_every_partition_of_a_rejected_batch() -> None:
    version = tuple(int(part) for part in importlib.metadata.version("faststream").split(".")[:3])
    assert version >= (0, 7, 8)


@pytest.mark.parametrize("milliseconds", [4, 11, 200])
def test_a_batch_timeout_that_delays_reading_is_refused(milliseconds: int) -> None:
    with pytest.raises(ValueError, match="batch_timeout_ms"):
        ProjectionSettings(batch_timeout_ms=milliseconds)
