"""The system as separate processes, one per role, so that each can be killed and frozen on its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dossier.kafka import KafkaAccess
from dossier.topics import ensure_topics
from local_stack import kafka, mongo, processes
from local_stack.ports import LOOPBACK, free_port
from local_stack.programs import answers_http
from local_stack.services import DEFAULT_PORTS, SERVICES, Places, issuer_environment, service_environment

_HASTE = {
    "DOSSIER_PROJECTION_HEADS_PERIOD": "10",
    "DOSSIER_PROJECTION_HEADS_PATIENCE": "1",
    "DOSSIER_PROJECTION_LEASE": "5",
    "DOSSIER_UNUSED_FILE_SECONDS": "15",
    "DOSSIER_LOG_LEVEL": "WARNING",
}
"""Waiting is shorter than in production, so that a storm of a minute sees many turns of everything."""


@dataclass
class Part:
    """One process: how to start it, how it says that it is ready, and whether the storm may hit it."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    ready: Callable[[], bool]
    target: bool = True
    process: subprocess.Popen[bytes] | None = None
    frozen: bool = False

    def ensure(self) -> None:
        """Start it, if it does not run."""
        if self.process is None or self.process.poll() is not None:
            self.process = self.start()
            self.frozen = False

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nobody is told."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        """SIGSTOP: it holds what it holds, and answers nobody."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)
            self.frozen = True

    def thaw(self) -> None:
        """SIGCONT."""
        if self.frozen and self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
        self.frozen = False


@dataclass
class System:
    """All parts, in the order of their start."""

    folder: Path
    parts: dict[str, Part] = field(default_factory=dict[str, Part])

    def __post_init__(self) -> None:
        self.ports = {name: free_port() for name in DEFAULT_PORTS}
        self.places = Places(
            mongo_url=mongo.mongo_url(self.ports["mongo"]),
            kafka_bootstrap=f"{LOOPBACK}:{self.ports['kafka']}",
            listen_on=LOOPBACK,
            host_of=lambda _: LOOPBACK,
            ports=self.ports,
            issuer_folder=str(self.folder / "issuer"),
        )
        for part in self._planned():
            self.parts[part.name] = part

    def url(self, service: str) -> str:
        """Where a service's API is."""
        return self.places.url(service)

    def start(self) -> None:
        """Bring everything up. Raises StackError if a part does not come."""
        for name in ("mongo", "kafka"):
            self._ready(name)
        asyncio.run(ensure_topics(KafkaAccess(self.places.kafka_bootstrap), "crm"))
        for name in self.parts:
            self.parts[name].ensure()
        for name in self.parts:
            self._ready(name)

    def ensure_all(self) -> None:
        """Start again what has ended: what an orchestrator does."""
        for part in self.parts.values():
            part.ensure()

    def calm(self, patience: float = 120) -> None:
        """Everything runs and is ready again. Raises TimeoutError."""
        deadline = time.monotonic() + patience
        for part in self.parts.values():
            part.thaw()
        while True:
            self.ensure_all()
            late = [part.name for part in self.parts.values() if not part.ready()]
            if not late:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready again: {', '.join(late)}; logs in {self.folder}")
            time.sleep(0.5)

    def stop(self) -> None:
        """End everything, in the reverse order."""
        for part in reversed(self.parts.values()):
            part.thaw()
            part.kill()

    def environment(self, service: str) -> dict[str, str]:
        """The variables of a service's processes."""
        described = next(one for one in SERVICES if one.name == service)
        return os.environ | service_environment(described, self.places) | _HASTE

    def _ready(self, name: str) -> None:
        part = self.parts[name]
        part.ensure()
        processes.wait_until(part.ready, name, part.process, self.folder / "logs" / f"{name}.log", 120)

    def _planned(self) -> Iterator[Part]:
        database = mongo.Mongo(self.folder / "mongo", self.ports["mongo"], cache_gb=0.5)
        yield Part("mongo", database.start, lambda: mongo.is_primary_after_nudge(database.port))
        broker = kafka.Kafka(self.folder / "kafka", self.ports["kafka"], self.ports["kafka-controller"])
        yield Part("kafka", broker.start, lambda: kafka.answers(broker.bootstrap))
        issuer = os.environ | issuer_environment(self.places)
        found = f"{self.url('issuer')}/.well-known/openid-configuration"
        yield self._python("issuer", ["dossier.auth.issuer"], issuer, found, target=False)
        for service, roles in (
            ("directory", "api relay"),
            ("addresses", "api relay consumer"),
            ("engagements", "api relay consumer"),
            ("activities", "api"),
            ("email-ingest", "api relay consumer smtp worker"),
            ("notifications", "api relay consumer timers"),
            ("histories", "api"),
        ):
            yield self._role(service, service, roles, self.ports[service])
        for name, service, roles in (
            ("activities relay 1", "activities", "relay"),
            ("activities relay 2", "activities", "relay"),
            ("activities consumer", "activities", "consumer sweep"),
            ("histories consumer 1", "histories", "consumer"),
            ("histories consumer 2", "histories", "consumer"),
        ):
            yield self._role(name, service, roles, free_port())

    def _role(self, name: str, service: str, roles: str, port: int) -> Part:
        own = {"DOSSIER_PORT": str(port), "DOSSIER_PROJECTION_INSTANCE": name.replace(" ", "-")}
        environment = self.environment(service) | own
        module = service.replace("-", "_")
        return self._python(name, [module, *roles.split()], environment, f"http://{LOOPBACK}:{port}/readyz")

    def _python(
        self, name: str, arguments: list[str], environment: dict[str, str], ready_at: str, *, target: bool = True
    ) -> Part:
        command, log = [sys.executable, "-m", *arguments], self.folder / "logs" / f"{name}.log"
        return Part(
            name, lambda: processes.start(command, log=log, env=environment), lambda: answers_http(ready_at), target
        )
