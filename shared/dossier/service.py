"""One service: its settings, its clients, who it is, and what starts and stops with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from dossier.auth.keys import IssuerKeys, KeySource
from dossier.auth.tokens import TokenVerifier, Verifies
from dossier.http.client import TokenSource, plain_client, service_client
from dossier.http.health import Readiness
from dossier.mongo import Mongo
from dossier.settings import ServiceSettings, require_production_safety
from dossier.telemetry import logs

S = TypeVar("S", bound=ServiceSettings)
Step = Callable[[], Awaitable[object]]
log = logs.logger()


class Service(Generic[S]):
    """What all parts of one service share: settings, clients, identity, readiness. Make it inside the event loop."""

    def __init__(self, settings: S, *, keys: KeySource | None = None) -> None:
        """`keys` stands in for the issuer in tests. Raises UnsafeSettings."""
        require_production_safety(settings)
        self.settings = settings
        self.max_in_flight = settings.max_in_flight
        self.request_seconds = settings.request_seconds
        self.token_key = settings.token_key.get_secret_value().encode() or b"development-only"
        self.mongo = Mongo(settings.mongo_url, settings.mongo_driver)
        self.database = self.mongo.database(settings.mongo_database)
        self._plain = plain_client(settings.ca_file)
        self.tokens = TokenSource(settings, self._plain)
        self.http = service_client(self.tokens, settings.ca_file)
        https_only = settings.environment == "production"
        keys = keys or IssuerKeys(settings.issuer_url, self._plain, https_only=https_only)
        self.verifier: Verifies = TokenVerifier(settings, keys)
        self.readiness = Readiness()
        self.readiness.add("mongo", self.mongo.ping)
        self.stopping = asyncio.Event()
        """Set as soon as the process begins to stop: long answers (event streams) end then."""
        self._managed: list[tuple[Step, Step]] = []
        self._started = 0
        self._up = False

    @property
    def serving(self) -> bool:
        """Whether requests are answered: between the start of all managed parts and their stop."""
        return self._up

    def manage(self, start: Step, stop: Step) -> None:
        """Start this with the service, in the order of registration, and stop it in the reverse order."""
        self._managed.append((start, stop))

    async def start(self) -> None:
        """Start what is managed; after a failure, go on with the part that failed."""
        while self._started < len(self._managed):
            await self._managed[self._started][0]()
            self._started += 1
        self._up = True

    async def stop(self) -> None:
        """Stop what was started and close all clients; one failure does not keep the rest from closing."""
        self._up = False
        self.stopping.set()
        started = [stop for _, stop in self._managed[: self._started]]
        self._started = 0
        for step in [*reversed(started), self.http.aclose, self._plain.aclose, self.mongo.close]:
            try:
                await step()
            except Exception as error:  # the process ends anyway; what matters is that the others close
                log.warning("service.close-failed", exc_info=error)

    async def __aenter__(self) -> Service[S]:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()
