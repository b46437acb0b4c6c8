"""The same pair of servers in containers, where an engine answers."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from local_stack import kafka, mongo
from local_stack.errors import StackError
from local_stack.images import KAFKA_IMAGE, MONGO_IMAGE
from local_stack.ports import LOOPBACK, free_port
from local_stack.processes import wait_until
from local_stack.shared_servers import Servers

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer


def engine_answers() -> bool:
    """Whether there is a container engine to talk to."""
    try:
        import docker

        client = docker.from_env(timeout=5)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except Exception:  # no library, no engine, no permission: all mean that there is none for us
        return False


@contextmanager
def started() -> Generator[Servers]:
    """A MongoDB and a Kafka for this session alone, thrown away afterwards."""
    # Both tell clients their own address, so it has to be the same inside and outside.
    mongo_port, kafka_port = free_port(), free_port()
    servers = Servers(mongo.mongo_url(mongo_port), f"{LOOPBACK}:{kafka_port}")
    with ExitStack() as stack:
        try:
            stack.enter_context(_mongo(mongo_port))
            stack.enter_context(_kafka(kafka_port))
        except Exception as error:
            raise StackError(f"the containers did not start: {error}") from error
        wait_until(lambda: mongo.is_primary_after_nudge(mongo_port), "MongoDB in a container")
        wait_until(lambda: kafka.answers(servers.kafka_bootstrap), "Kafka in a container")
        yield servers


def _mongo(port: int) -> "DockerContainer":
    from testcontainers.core.container import DockerContainer

    command = f"--replSet {mongo.REPLICA_SET} --port {port} --bind_ip_all"
    return DockerContainer(MONGO_IMAGE).with_bind_ports(port, port).with_command(command)


def _kafka(port: int) -> "DockerContainer":
    from testcontainers.core.container import DockerContainer

    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(port, port)
    # The image formats its storage for a fixed quorum.
    settings = kafka.SETTINGS | {"controller.quorum.voters": f"1@{LOOPBACK}:9093"}
    settings |= kafka.addresses(f"0.0.0.0:{port}", f"{LOOPBACK}:{port}", f"{LOOPBACK}:9093")
    for name, value in settings.items():
        container = container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    return container
