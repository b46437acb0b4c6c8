"""Servers of our own on free ports, and installations on them: each with its own databases, topics and processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from benchmarks.http import Http
from dossier.kafka import KafkaAccess
from dossier.mongo import Database, Mongo
from dossier.settings import ServiceSettings
from dossier.topics import NAMES, ensure_topics, topic_name
from local_stack import kafka, mongo, processes
from local_stack.ports import LOOPBACK, free_port
from local_stack.programs import answers_http
from local_stack.services import DEFAULT_PORTS, SERVICES, Places, issuer_environment, service_environment

S = TypeVar("S", bound=ServiceSettings)
CACHE_GB = 2.0


class Stack:
    """MongoDB, Kafka and the development issuer, in processes of their own."""

    def __init__(self, folder: Path, *, profile: bool = False) -> None:
        self.folder = folder
        self.profile = profile
        self._ports = {name: free_port() for name in DEFAULT_PORTS}
        self._mongo = mongo.Mongo(folder / "mongo", self._ports["mongo"], cache_gb=CACHE_GB, oplog_mb=1024)
        self._kafka = kafka.Kafka(folder / "kafka", self._ports["kafka"], self._ports["kafka-controller"])
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Bring the servers up. Raises StackError if one does not come."""
        database, broker = self._mongo.start(), self._kafka.start()
        self._running += [database, broker]
        self._mongo.wait_until_ready(database)
        self._kafka.wait_until_ready(broker)
        environment = os.environ | issuer_environment(self.places(self._ports))
        url = f"http://{LOOPBACK}:{self._ports['issuer']}/.well-known/openid-configuration"
        log = self.folder / "logs" / "issuer.log"
        issuer = processes.start([sys.executable, "-m", "dossier.auth.issuer"], log=log, env=environment)
        self._running.append(issuer)
        processes.wait_until(partial(answers_http, url), "issuer", issuer, log)

    def stop(self) -> None:
        """End the servers."""
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            processes.end(process, 20)

    def places(self, ports: dict[str, int]) -> Places:
        """Where everything is, for services at these ports."""
        servers = {name: self._ports[name] for name in ("mongo", "kafka", "kafka-controller", "issuer")}
        return Places(
            mongo_url=self._mongo.url,
            kafka_bootstrap=self._kafka.bootstrap,
            listen_on=LOOPBACK,
            host_of=lambda _: LOOPBACK,
            ports=ports | servers,
            issuer_folder=str(self.folder / "issuer"),
        )

    @asynccontextmanager
    async def installation(self, name: str) -> AsyncGenerator[Installation]:
        """An installation without data; its processes end and its data is dropped afterwards."""
        installation = Installation(self, name)
        await ensure_topics(KafkaAccess(installation.places.kafka_bootstrap), name, [*NAMES, "bare"])
        try:
            yield installation
        finally:
            installation.stop()
            await installation.drop()


class Installation:
    """Services of one benchmark. `name` is in front of its topics and databases."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.name = name
        self.ports = {port: free_port() for port in DEFAULT_PORTS}
        self.bare_lmtp = free_port()
        self.places = stack.places(self.ports)
        self.mongo = Mongo(self.places.mongo_url)
        self.folder = stack.folder
        self._replicas: defaultdict[str, list[str]] = defaultdict(list)
        self._starting: dict[str, str] = {}
        self._profile = stack.profile
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def url(self, service: str) -> str:
        """Where a service's API is."""
        return self.places.url(service)

    def database(self, service: str) -> Database:
        """A service's database."""
        return self.mongo.database(f"{self.name}_{service.replace('-', '_')}")

    def environment(self, service: str) -> dict[str, str]:
        """The variables of a service's processes."""
        described = next(one for one in SERVICES if one.name == service)
        own = {
            "DOSSIER_MONGO_DATABASE": f"{self.name}_{described.module}",
            "DOSSIER_TOPIC_PREFIX": self.name,
            "DOSSIER_LOG_LEVEL": "WARNING",
        }
        return service_environment(described, self.places) | own

    def settings(self, kind: type[S], service: str) -> S:
        """The settings with which a service's processes run."""
        variables: dict[str, Any] = self.environment(service)
        return kind(**{name.removeprefix("DOSSIER_").lower(): value for name, value in variables.items()})

    def run(self, service: str, *roles: str) -> None:
        """Start a process with these roles, unless it runs; one with `api` has the service's port."""
        name = f"{self.name}-{service}-{'-'.join(roles)}"
        if name not in self._processes:
            self._run(name, service, roles, self.ports[service] if "api" in roles else free_port())

    def run_replica(self, service: str) -> None:
        """Start one more process with the service's API; clients that are made from now on ask them in turn."""
        port = free_port()
        self._replicas[service].append(f"http://{LOOPBACK}:{port}")
        self._run(f"{self.name}-{service}-api-{1 + len(self._replicas[service])}", service, ("api",), port)

    def _run(self, name: str, service: str, roles: Sequence[str], port: int) -> None:
        environment = os.environ | self.environment(service) | {"DOSSIER_PORT": str(port)}
        self._start(name, [service.replace("-", "_"), *roles], environment, f"http://{LOOPBACK}:{port}/readyz")

    def run_bare(self, *roles: str) -> str:
        """Start a process of the bare pipe; its address."""
        port = free_port()
        environment = os.environ | {
            "BARE_PORT": str(port),
            "BARE_MONGO": self.places.mongo_url,
            "BARE_KAFKA": self.places.kafka_bootstrap,
            "BARE_NAME": f"{self.name}_bare",
            "BARE_TOPIC": topic_name(self.name, "bare"),
            "BARE_LMTP": str(self.bare_lmtp),
            "BARE_FOLDER": str(self.folder),
        }
        name = f"{self.name}-bare-{'-'.join(roles)}"
        self._start(name, ["benchmarks.bare", *roles], environment, f"http://{LOOPBACK}:{port}/readyz")
        return f"http://{LOOPBACK}:{port}"

    def end(self, service: str, *roles: str) -> None:
        """Stop a process that `run` started, in order."""
        process = self._processes.pop(f"{self.name}-{service}-{'-'.join(roles)}")
        process.terminate()
        processes.end(process, 20)

    def kill(self, service: str, *roles: str) -> None:
        """SIGKILL for a process that `run` started: nothing is finished, nobody is told."""
        process = self._processes.pop(f"{self.name}-{service}-{'-'.join(roles)}")
        process.kill()
        process.wait()

    def pid(self, service: str, *roles: str) -> int:
        """The process that `run` started."""
        return self._processes[f"{self.name}-{service}-{'-'.join(roles)}"].pid

    def cpu(self, service: str, *roles: str) -> float:
        """Processor seconds that a process has used: what a busy machine changes least."""
        times = psutil.Process(self.pid(service, *roles)).cpu_times()
        return times.user + times.system

    def stop(self) -> None:
        """Stop all processes."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            processes.end(process, 20)
        self._processes.clear()

    async def drop(self) -> None:
        """Forget the data."""
        for name in await self.mongo.client.list_database_names():
            if name.startswith(f"{self.name}_"):
                await self.mongo.client.drop_database(name)
        await self.mongo.close()

    async def token(self, login: str = "anna") -> str:
        """A development token."""
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{self.places.url('issuer')}/dev/token", params={"user": login})
        return answer.raise_for_status().text.strip()

    async def http(self, service: str) -> Http:
        """A client of a service, as a consultant."""
        return Http(self.url(service), await self.token(), self._replicas[service])

    def wait(self) -> None:
        """Wait until all processes that were started are ready. Raises StackError."""
        for name, ready_at in self._starting.items():
            log = self.folder / "logs" / f"{name}.log"
            processes.wait_until(partial(answers_http, ready_at), name, self._processes[name], log, 120)
        self._starting.clear()

    def _start(self, name: str, arguments: Sequence[str], environment: dict[str, str], ready_at: str) -> None:
        command = [sys.executable, "-m", *arguments]
        if self._profile:
            profile = self.folder / "profiles" / f"{name}.prof"
            profile.parent.mkdir(parents=True, exist_ok=True)
            command[1:1] = ["-m", "cProfile", "-o", str(profile)]
        log = self.folder / "logs" / f"{name}.log"
        self._processes[name] = processes.start(command, log=log, env=environment)
        self._starting[name] = ready_at
