"""A service under test: its real application on a real database, spoken to over HTTP without a socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from dossier.projections.model import Projection, Span
from dossier.runtime import Roles, Service
from dossier.settings import ServiceSettings
from dossier.store import CommitStore
from dossier.telemetry import logs
from dossier.testing.tokens import TokenMaker


@dataclass(frozen=True)
class ServiceUnderTest:
    """The application, a client that speaks to it, and what makes tokens for it."""

    roles: Roles
    http: httpx.AsyncClient
    tokens: TokenMaker

    @property
    def store(self) -> CommitStore:
        """The commit store behind the application."""
        return self.roles.app.state.store

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        expect: int | None = None,
    ) -> httpx.Response:
        """Send a request, as a consultant unless `token` says otherwise; fail unless the status is `expect`."""
        authorization = {"Authorization": f"Bearer {token or self.tokens.user()}"}
        json = {} if body is None else {"json": body}
        answer = await self.http.request(method, path, headers={**authorization, **(headers or {})}, **json)
        assert expect is None or answer.status_code == expect, f"{answer.status_code} {answer.text}"
        return answer


@asynccontextmanager
async def running(
    settings: type[ServiceSettings],
    roles: Callable[[Service[Any]], Roles],
    mongo_url: str,
    database_name: str,
    *,
    tokens: TokenMaker | None = None,
    http: httpx.AsyncClient | None = None,
    **more: Any,
) -> AsyncGenerator[ServiceUnderTest]:
    """The service's HTTP application, without its other roles.

    `http` is what it asks other services with: by default a client to real addresses, where nobody needs to answer.
    """
    tokens = tokens or TokenMaker()
    own = settings(
        environment="test",
        mongo_url=mongo_url,
        mongo_database=database_name,
        issuer_url=tokens.issuer,
        audience=tokens.audience,
        **more,
    )
    logs.configure(own.service, "WARNING")
    service = Service(own, keys=tokens.keys)
    if http is not None:
        await service.http.aclose()
        service.http = http
    built = roles(service)
    transport = httpx.ASGITransport(built.app, raise_app_exceptions=False)
    async with service, httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        yield ServiceUnderTest(built, client, tokens)


async def apply_all(store: CommitStore, *projections: Projection) -> None:
    """Bring own views up to the store at once: what relay, Kafka and consumer do in between is not under test."""
    streams = await store.commits.distinct("stream")
    for projection in projections:
        applied = await projection.positions(streams)
        spans = [Span(stream, await store.read(stream, applied.get(stream, 0))) for stream in streams]
        spans = [span for span in spans if span.events]
        for job in await projection.apply(spans):
            await projection.run_job_to_the_end(job, spans)
        await projection.advance({span.stream: span.last for span in spans})
