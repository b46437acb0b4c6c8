"""Real MongoDB and Kafka for tests, as a pytest plugin, with cheap isolation: names nobody else has.

Each is looked for in this order: an explicit address (DOSSIER_TEST_MONGO_URL, DOSSIER_TEST_KAFKA_BOOTSTRAP);
the servers that run on this machine for all test sessions; containers, where an engine answers; local processes.
Without any, tests are skipped, or fail if REQUIRE_BACKENDS=1.
"""

import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import pytest

from dossier import topics as event_topics
from dossier.kafka import KafkaAccess

if TYPE_CHECKING:
    from local_stack.shared_servers import Servers

MakeTopics = Callable[..., Coroutine[Any, Any, list[str]]]


@pytest.fixture(scope="session")
def backend_servers() -> Iterator["Servers"]:
    """The pair of servers for tests without an explicit address."""
    from local_stack.errors import StackError

    with ExitStack() as stack:
        try:
            servers = stack.enter_context(servers_of_this_machine())
        except StackError as error:
            do_without(str(error))
        yield servers


def servers_of_this_machine() -> AbstractContextManager["Servers"]:
    """The pair that runs here already, else one in containers, else one of processes."""
    from local_stack import containers, shared_servers

    if shared_servers.running() is None and containers.engine_answers():
        return containers.started()
    return shared_servers.joined()


@pytest.fixture(scope="session")
def mongo_url(request: pytest.FixtureRequest) -> str:
    """The address of a MongoDB replica set."""
    explicit = os.environ.get("DOSSIER_TEST_MONGO_URL")
    return explicit or request.getfixturevalue("backend_servers").mongo_url


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> str:
    """The address of a Kafka broker."""
    explicit = os.environ.get("DOSSIER_TEST_KAFKA_BOOTSTRAP")
    return explicit or request.getfixturevalue("backend_servers").kafka_bootstrap


@pytest.fixture
def database_name(mongo_url: str) -> Iterator[str]:
    """A database name of this test alone; it and all databases whose names begin with it are dropped afterwards."""
    from local_stack import mongo

    name = f"test_{uuid4().hex[:12]}"
    yield name
    mongo.drop_databases(mongo_url, name)


@pytest.fixture
def topic_prefix() -> str:
    """A topic prefix of this test alone."""
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture
async def make_topics(kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[MakeTopics]:
    """Makes event topics under `topic_prefix`: `await make_topics("addresses", partitions=2)`; all, if none is named.

    Returns their names on Kafka. They are deleted after the test.
    """
    made: set[str] = set()
    kafka = KafkaAccess(kafka_bootstrap)

    async def make(*names: str, partitions: int = event_topics.PARTITIONS) -> list[str]:
        wanted = names or event_topics.NAMES
        topics = await event_topics.ensure_topics(kafka, topic_prefix, wanted, partitions=partitions)
        made.update(topics)
        return topics

    yield make
    if made:
        await event_topics.delete_topics(kafka, made)


def do_without(reason: str) -> NoReturn:
    """Fails or skips the test that needs servers, with the reason for there being none."""
    if os.environ.get("REQUIRE_BACKENDS") == "1":
        pytest.fail(f"REQUIRE_BACKENDS=1, but there is no MongoDB and Kafka: {reason}")
    pytest.skip(f"no MongoDB and Kafka: {reason}")
