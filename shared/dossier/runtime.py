"""Running a service: one process, one or several roles, ordered shutdown within a set time.

How a service is put together (`addresses/__main__.py` and `addresses/roles.py`):

    class Settings(ServiceSettings):                      # addresses/settings.py
        service: str = "addresses"
        port: int = 8101
        mongo_database: str = "addresses"

    def roles(service: Service[Settings]) -> Roles:       # addresses/roles.py
        store = CommitStore(service.mongo, service.database, "addresses")
        service.manage(store.start, store.stop)           # started before the roles, stopped after them
        app = create_app(service, [companies.router(store), feed_router(store)], title="Addresses")
        relay = Relay(service.mongo, service.database, "addresses", …)
        return Roles(app, {"relay": relay.run, "consumer": runner.run})

    main(Settings, roles)                                 # addresses/__main__.py

`python -m addresses` runs all roles, `python -m addresses api relay` those two. A role is `async def run(stop:
asyncio.Event)`: it works until `stop` is set, then finishes what it has begun and returns. Its probes and metrics
are on the service's port whichever roles run. In tests: `service = Service(settings, keys=maker.keys)`,
`app = roles(service).app`, and `async with service:` around the requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
import uvloop
from aiokafka.errors import KafkaError
from fastapi import FastAPI

from dossier.http.app import create_app
from dossier.http.protocol import BoundedHttp
from dossier.memory import give_back_what_was_large
from dossier.mongo import ConnectionFailure
from dossier.projections.settings import ProjectionSettings
from dossier.service import S
from dossier.service import Service as Service
from dossier.settings import UnsafeSettings, from_environment, require_production_safety
from dossier.store.errors import StoreUnavailableError
from dossier.telemetry import logs, tracing

log = logs.logger()

Role = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set, then finishes what it has begun and returns."""

API = "api"
_INTAKE = frozenset({API, "smtp"})
_OUTLET = frozenset({"relay"})
_INTAKE_SHARE, _WORK_SHARE, _OUTLET_SHARE, _CLOSE_SHARE = 0.26, 0.32, 0.21, 0.16
"""Of the seconds for stopping. What is left over is for what is slower than its stage."""
_PAUSES = (0.2, 5.0)
_MISCONFIGURED = 2
_KEEP_ALIVE_SECONDS = 75
"""Most proxies give up an idle connection after 60 s: whoever closes it first may meet a request on its way."""


@dataclass(frozen=True)
class Roles:
    """What a service can run: its HTTP application (the role `api`) and further roles by name."""

    app: FastAPI
    tasks: Mapping[str, Role] = field(default_factory=dict)


def transient(error: BaseException) -> bool:
    """Whether a dependency was away, so that trying again makes sense; of a group, whether that is all it holds."""
    if isinstance(error, BaseExceptionGroup):
        return all(transient(member) for member in error.exceptions)
    if isinstance(error, KafkaError):
        return bool(error.retriable)
    return isinstance(error, (ConnectionFailure, StoreUnavailableError, ConnectionError, httpx.TransportError))


def main(settings_type: type[S], build: Callable[[Service[S]], Roles], arguments: Sequence[str] | None = None) -> None:
    """Run the roles named in the arguments (all, if none is) until SIGTERM or SIGINT. Does not return.

    `--help` names the roles.
    Exit codes: 0 after an orderly stop, 1 after a failure, 2 if the settings or arguments are wrong.
    """
    names = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if {"-h", "--help"} & set(names):
            asyncio.run(_help(from_environment(settings_type, environment="test"), build))
            sys.exit(0)
        settings = from_environment(settings_type, ProjectionSettings)
        require_production_safety(settings)
    except UnsafeSettings as error:
        sys.exit(_refuse(f"settings: {error}"))
    give_back_what_was_large()
    logs.configure(settings.service, settings.log_level)
    tracing.configure(settings.service, settings.otlp_endpoint)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_main(settings, build, names))
    sys.exit(code)


async def _help(settings: S, build: Callable[[Service[S]], Roles]) -> None:
    service = Service(settings)
    try:
        names = [API, *build(service).tasks]
    finally:
        await service.stop()
    print(f"python -m {settings.service.replace('-', '_')} [ROLE …]\n\nRoles, all if none is named: {', '.join(names)}")


async def _main(settings: S, build: Callable[[Service[S]], Roles], names: Sequence[str]) -> int:
    try:
        service = Service(settings)
        roles = build(service)
    except Exception as error:  # whose text may quote data
        log.error("process.not-built", exc_info=error)
        return 1
    unknown = set(names) - {API, *roles.tasks}
    if unknown:
        return _refuse(f"roles: {', '.join(sorted(unknown))}; there are: {', '.join([API, *roles.tasks])}")
    chosen = names or [API, *roles.tasks]
    app = roles.app if API in chosen else create_app(service, title=settings.service)
    tasks = {name: role for name, role in roles.tasks.items() if name in chosen}
    return await Process(service, app, tasks, intake=not _INTAKE.isdisjoint(chosen)).run()


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return _MISCONFIGURED


class _Server(uvicorn.Server):
    """Signals are the process's business, because the roles stop in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """See uvicorn.Server."""
        yield


async def serve(app: FastAPI, listener: socket.socket, stop: asyncio.Event, seconds: float = 2.0) -> None:
    """Answer requests until `stop` is set; then finish those that are under way, within so many seconds."""
    config = uvicorn.Config(
        app,
        http=BoundedHttp,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # the frame logs requests, by route and without their queries
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, int(seconds)),
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving


class Process:
    """The roles of one process: started together, watched, stopped in order.

    Order of stopping: what takes work in (api, smtp), what works (consumer, timers and others), what hands it out
    (relay), and at last the clients. A process that takes work in goes on with everything for a while before that,
    and says that it is not ready, so that nobody sends it more.
    """

    def __init__(self, service: Service[Any], app: FastAPI, roles: Mapping[str, Role], *, intake: bool = True) -> None:
        self._service = service
        self._drain_seconds = service.settings.drain_seconds if intake else 0.0
        self._stop_seconds = service.settings.stop_seconds
        self._app = app
        self._roles = roles
        for name in roles:
            service.readiness.add(f"role-{name}", lambda name=name: self._is_running(name))
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._stops: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._code = 0

    async def run(self) -> int:
        """Run until a signal or until a role ends; the exit code."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_loop_error)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_end)
        settings = self._service.settings
        try:
            listener = listen(settings.host, settings.port)
        except OSError as error:
            log.error("process.port-not-free", host=settings.host, port=settings.port, error=error)
            return 1
        # What exists now stays: collections of garbage need not look at it again with every few hundred requests.
        gc.collect()
        gc.freeze()
        seconds = self._stop_seconds * _INTAKE_SHARE
        self._begin(API, lambda stop: serve(self._app, listener, stop, seconds))
        await self._until_stopped(asyncio.create_task(self._start_roles()))
        await self._shut_down()
        return self._code

    def _told_to_end(self) -> None:
        """Whoever says it a second time does not want to wait until nobody sends any more."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def _start_roles(self) -> None:
        await _retrying("service", lambda _stop: self._service.start(), self._stop)
        if self._stop.is_set():
            return
        for name, role in self._roles.items():
            self._begin(name, lambda stop, name=name, role=role: _retrying(name, role, stop))
        log.info("process.started", role=",".join([API, *self._roles]), port=self._service.settings.port)

    async def _is_running(self, name: str) -> None:
        if name not in self._tasks or self._tasks[name].done():
            raise RuntimeError("the role does not run")

    def _begin(self, name: str, role: Role) -> None:
        self._stops[name] = asyncio.Event()
        task = self._tasks[name] = asyncio.create_task(_returning(role, self._stops[name]), name=name)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A role that ends without being told takes the process down: half a service helps nobody."""
        name = task.get_name()
        error = None if task.cancelled() else task.exception()
        if error is not None or not self._stops[name].is_set():
            self._code = 1
            self._stop.set()
            log.error("role.died", role=name, exc_info=error)

    async def _until_stopped(self, starting: asyncio.Task[None]) -> None:
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is not None:
            self._code = 1
            self._stop.set()
            log.error("process.start-failed", exc_info=starting.exception())
        await stopping
        starting.cancel()

    async def _shut_down(self) -> None:
        watchdog = threading.Timer(self._drain_seconds + self._stop_seconds, os._exit, [1])
        watchdog.daemon = True
        watchdog.start()
        await self._drain()
        log.info("process.stopping")
        self._service.stopping.set()
        work = self._tasks.keys() - _INTAKE - _OUTLET
        for names, share in ((_INTAKE, _INTAKE_SHARE), (work, _WORK_SHARE), (_OUTLET, _OUTLET_SHARE)):
            await self._stop_roles([name for name in names if name in self._tasks], share * self._stop_seconds)
        try:
            async with asyncio.timeout(_CLOSE_SHARE * self._stop_seconds):
                await self._service.stop()
        except TimeoutError:
            log.warning("process.close-timeout")
        tracing.shutdown()
        log.info("process.stopped", result="failed" if self._code else "ok")
        watchdog.cancel()

    async def _drain(self) -> None:
        """Go on, and say that it is not for long. Half a service does not go on."""
        self._service.readiness.ending = True
        if self._drain_seconds and not self._code:
            log.info("process.draining")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._drain_seconds)

    async def _stop_roles(self, names: Sequence[str], seconds: float) -> None:
        for name in names:
            self._stops[name].set()
        tasks = {self._tasks[name] for name in names}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            self._code = 1
            log.warning("role.stop-timeout", role=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=0.1)


async def _returning(role: Role, stop: asyncio.Event) -> None:
    await role(stop)


async def _retrying(name: str, role: Role, stop: asyncio.Event) -> None:
    """Run the role; when a dependency was away, run it again after a growing, random pause."""
    shortest, longest = _PAUSES
    pause = shortest
    while True:
        began = time.monotonic()
        try:
            await role(stop)
            return
        except Exception as error:
            if not transient(error):
                raise
            log.warning("role.interrupted", role=name, exc_info=error)
        pause = shortest if time.monotonic() - began > 60 else min(pause * 2, longest)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), random.uniform(pause / 2, pause))
        if stop.is_set():
            return


def listen(host: str, port: int) -> socket.socket:
    """Taken by hand, so that a busy port is a clear word and the number is known."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def _log_loop_error(_loop: asyncio.AbstractEventLoop, circumstances: dict[str, Any]) -> None:
    """The loop's own words may quote an exception's text."""
    log.error("loop.error", exc_info=circumstances.get("exception"))
