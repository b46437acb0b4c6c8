"""A broker that asks for credentials: everything that speaks to Kafka brings them, or says what is wrong."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.errors import SaslAuthenticationFailed, UnsupportedSaslMechanismError

from dossier.kafka import KafkaAccess
from dossier.mongo import Database, Mongo
from dossier.projections import runner as running_projections
from dossier.projections.offsets import begin_at, note_ends, wait_until_left
from dossier.projections.runner import ProjectionRunner
from dossier.projections.sources import Sources
from dossier.relay import relay as relaying
from dossier.settings import ServiceSettings
from dossier.store import CommitStore
from dossier.testing import projecting
from dossier.testing.certificates import Authority
from dossier.testing.projecting import QUICK, World, contact, moved, promoted, registered
from dossier.testing.projections import Cards, Record, Topics
from dossier.testing.relaying import CONTEXT, PARTITIONS, Outlet, company, eventually, nothing_pending, running
from dossier.testing.secured_kafka import SecuredKafka
from dossier.topics import ensure_topics

pytestmark = [pytest.mark.backends, pytest.mark.slow]

WAYS: dict[str, Callable[[SecuredKafka], KafkaAccess]] = {
    "plain": lambda secured: secured.by_password("PLAIN"),
    "scram": lambda secured: secured.by_password("SCRAM-SHA-512"),
    "certificate": lambda secured: secured.by_certificate(),
}


@pytest.fixture(params=WAYS)
def access(secured: SecuredKafka, request: pytest.FixtureRequest) -> KafkaAccess:
    return WAYS[request.param](secured)


def settings_for(access: KafkaAccess, mongo_url: str, database: Database) -> ServiceSettings:
    return ServiceSettings(
        service="tests",
        port=1,
        mongo_url=mongo_url,
        mongo_database=database.name,
        topic_prefix=f"test-{uuid4().hex[:8]}",
        **{f"kafka_{name}": value for name, value in fields(access).items()},
    )


def fields(access: KafkaAccess) -> dict[str, Any]:
    return {name: getattr(access, name) for name in access.__slots__ if getattr(access, name)}


async def test_the_relay_publishes_what_is_committed(access: KafkaAccess, mongo: Mongo, store: CommitStore) -> None:
    [topic] = await ensure_topics(access, f"test-{uuid4().hex[:8]}", [CONTEXT], partitions=PARTITIONS)
    outlet = Outlet(mongo, store.database, store, access, topic)
    async with running(outlet.relay()):
        await outlet.commit(company(), "a", "b")
        await eventually(nothing_pending(outlet))
    assert await outlet.faults() == []


async def test_a_projection_applies_what_is_published(access: KafkaAccess, mongo_url: str, database: Database) -> None:
    settings = settings_for(access, mongo_url, database)
    record = Record(database)
    feeds = {context: record.feed(context) for context in Cards.sources}
    async with AsyncExitStack() as stack:
        topics = await stack.enter_async_context(Topics(access, settings.topic_prefix))
        world = World(database, settings, topics, 2, record, feeds)
        await world.make_topics()
        person = contact()
        await world.happen(person, registered())
        await stack.enter_async_context(projecting.running(world.runner()))
        await world.complete()
        for feed in feeds.values():
            feed.down = True  # from here on only Kafka brings anything
        await topics.publish([*await record.append(person, moved()), *await record.append(person, promoted())])

        async def applied() -> bool:
            return await world.attached().positions([person]) == {person: 3}

        async def looked_at() -> bool:
            known = await Sources(world.attached().collection("sources")).topic_ids()
            return known.keys() == feeds.keys()

        await world.eventually(applied)
        await world.eventually(looked_at)


async def test_a_rebuild_finds_ends_groups_and_offsets(access: KafkaAccess) -> None:
    prefix = f"test-{uuid4().hex[:8]}"
    made = await ensure_topics(access, prefix, [CONTEXT], partitions=2)
    ends = await note_ends(access, made)
    assert len(ends.offsets) == 2
    await begin_at(access, f"{prefix}.group", ends.offsets)
    await wait_until_left(access, f"{prefix}.group", 10)


async def test_what_the_broker_refuses_is_told_as_it_is(secured: SecuredKafka, tmp_path: Path) -> None:
    refusals: list[tuple[KafkaAccess, type[Exception]]] = [
        (secured.by_password("PLAIN", "wrong"), SaslAuthenticationFailed),
        (secured.by_password("SCRAM-SHA-512", "wrong"), SaslAuthenticationFailed),
        (secured.by_password("SCRAM-SHA-256"), UnsupportedSaslMechanismError),
        (secured.by_certificate(Authority(tmp_path, "another")), ssl.SSLCertVerificationError),
    ]
    for access, refusal in refusals:
        with pytest.raises(refusal):
            await ensure_topics(access, "test", [CONTEXT])


async def test_the_relay_and_the_consumer_say_that_the_password_is_wrong(
    secured: SecuredKafka, mongo: Mongo, mongo_url: str, store: CommitStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    class Log:
        def __getattr__(self, level: str) -> Callable[..., None]:
            return lambda event, **facts: said.append(f"{event} {facts.get('reason') or repr(facts.get('error'))}")

    monkeypatch.setattr(relaying, "log", Log())
    monkeypatch.setattr(running_projections, "log", Log())
    wrong = secured.by_password("PLAIN", "wrong")
    settings = settings_for(wrong, mongo_url, store.database)
    outlet = Outlet(mongo, store.database, store, wrong, "any")
    projection = Cards()
    projection.attach(store.database, 1)
    record = Record(store.database)
    feeds = {context: record.feed(context) for context in Cards.sources}
    async with running(outlet.relay()), projecting.running(ProjectionRunner(projection, settings, feeds, QUICK)):
        await outlet.commit(company(), "a")

        async def told() -> bool:
            return all(
                any(line.startswith(event) and "SaslAuthenticationFailed" in line for line in said)
                for event in ("relay.interrupted", "projection.outage")
            )

        await eventually(told)


def job(program: str, access: KafkaAccess) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("DOSSIER_")}
    variables |= {f"DOSSIER_KAFKA_{name.upper()}": value for name, value in fields(access).items()}
    variables["DOSSIER_TOPIC_PREFIX"] = f"test-{uuid4().hex[:8]}"
    return subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "program",
    [
        "from dossier.topics import main; main()",
        "import sys; sys.argv[1:] = ['topics']; from dossier.cli import app; app()",
    ],
    ids=["job", "command"],
)
def test_the_topics_job_and_command_are_let_in_or_say_why_not(secured: SecuredKafka, program: str) -> None:
    made = job(program, secured.by_password("SCRAM-SHA-512"))
    assert made.returncode == 0, made.stderr
    refused = job(program, secured.by_password("SCRAM-SHA-512", "wrong"))
    assert refused.returncode == 1
    assert "Kafka refuses DOSSIER_KAFKA_USER with DOSSIER_KAFKA_PASSWORD." in refused.stderr
    assert "Traceback" not in refused.stderr
