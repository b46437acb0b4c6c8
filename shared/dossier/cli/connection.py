"""How commands reach the services' databases and feeds, and how they speak to people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from dossier.mongo import PyMongoError
from dossier.operated import Operated, operated_services
from dossier.projections.model import Projection
from dossier.projections.pointer import Pointers
from dossier.runtime import Service
from dossier.settings import ServiceSettings
from dossier.telemetry import logs

T = TypeVar("T")
console = Console()
_errors = Console(stderr=True)


def fail(words: str) -> NoReturn:
    """Say what is wrong and end with 1."""
    _errors.print(words)
    raise typer.Exit(1)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command; a server that does not answer is a word, not a traceback."""
    logs.configure("operator", "ERROR")
    try:
        return asyncio.run(work)
    except PyMongoError as error:
        fail(f"MongoDB does not answer as it should: {type(error).__name__}")
    except KafkaError as error:
        fail(f"Kafka does not answer as it should: {type(error).__name__}")


def service_named(name: str) -> Operated:
    """An installed service; ends with 1 if there is none of this name."""
    found = operated_services()
    if name not in found:
        fail(f"There is no service {name!r}; there are: {', '.join(found)}.")
    return found[name]


@asynccontextmanager
async def connected(operated: Operated) -> AsyncGenerator[Service[ServiceSettings]]:
    """The service's database and clients, without its roles."""
    service = Service(operated.settings())
    try:
        yield service
    finally:
        await service.stop()


async def live(service: Service[ServiceSettings], projection: Projection) -> Projection:
    """The projection, attached to the generation that is read."""
    pointer = await Pointers(service.database, projection.name).read(projection.version)
    projection.attach(service.database, pointer.live)
    return projection
