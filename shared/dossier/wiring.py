"""The roles that services have in common: publishing their own events, and consuming others'."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterable
from typing import Any

from dossier.contracts.documents import CONTEXTS
from dossier.feed.client import FeedClient
from dossier.http.health import Check
from dossier.projections.feeds import Feeds
from dossier.projections.model import Projection
from dossier.projections.runner import ProjectionRunner
from dossier.relay import Relay
from dossier.runtime import Role, Service

_SERVICE_OF = {context: context for context in CONTEXTS} | {"emails": "email_ingest"}
VIEW_GENERATION = 1
"""Small views of a service's own have one generation: where the documents change, another `name` begins them anew."""


def instance_name() -> str:
    """This process among the replicas of its service."""
    return f"{socket.gethostname()}-{os.getpid()}"


def relay_role(service: Service[Any], context: str) -> Role:
    """Publishes the service's commits to its topic."""
    settings = service.settings
    topic = f"{settings.topic_prefix}.{context}"
    relay = Relay(service.mongo, service.database, context, settings.kafka, topic, instance_name())
    return relay.run


def feeds_of(service: Service[Any], sources: Iterable[str], patience: float = 60.0) -> Feeds:
    """The feeds of these contexts, asked with the service's own token; `patience` as of FeedClient, in seconds."""
    urls = {source: getattr(service.settings, f"{_SERVICE_OF[source]}_url") for source in sources}
    return {source: FeedClient(url, service.http, patience=patience) for source, url in urls.items()}


def consumer_role(service: Service[Any], *projections: Projection) -> Role:
    """Keeps these (attached) projections equal to the record."""

    async def consume(stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            for projection in projections:
                runner = ProjectionRunner(projection, service.settings, feeds_of(service, projection.sources))
                service.readiness.add(f"projection-{projection.name}", _checked(runner))
                tasks.create_task(runner.run(stop))

    return consume


def _checked(runner: ProjectionRunner) -> Check:
    async def check() -> None:
        runner.check()

    return check


def together(*parts: Role) -> Role:
    """One role of several parts; the failure of one ends all."""

    async def run(stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            for part in parts:
                tasks.create_task(_as_coroutine(part, stop))

    return run


async def _as_coroutine(part: Role, stop: asyncio.Event) -> None:
    await part(stop)
