"""How commands reach the services' databases and feeds, and how they speak to people."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from dossier.kafka import KafkaSettings, words_for
from dossier.mongo import PyMongoError
from dossier.operated import Operated, operated_services
from dossier.projections.model import Projection
from dossier.projections.pointer import Pointers
from dossier.runtime import Service
from dossier.settings import ServiceSettings, UnsafeSettings, from_environment
from dossier.telemetry import logs
from dossier.topics import TopicMismatch

T = TypeVar("T")
S = TypeVar("S", bound=KafkaSettings)
HINT = 'For the local stack: eval "$(.venv/bin/python -m local_stack env)"'
console = Console()
_errors = Console(stderr=True)


def fail(words: str) -> NoReturn:
    """Say what is wrong and end with 1."""
    _errors.print(words, soft_wrap=True, markup=False)
    raise typer.Exit(1)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command; a server that does not answer is a word, not a traceback."""
    logs.configure("operator", "ERROR", sys.stderr)
    try:
        return asyncio.run(work)
    except PyMongoError as error:
        fail(f"MongoDB does not answer as it should: {type(error).__name__}.\n{HINT}")
    except (KafkaError, ssl.SSLError) as error:
        fail(f"{words_for(error)}\n{HINT}")
    except TopicMismatch as error:
        fail(str(error))
    except UnsafeSettings as error:
        fail(f"settings: {error}\n{HINT}")


def settings_of(model: Callable[..., S]) -> S:
    """Settings from the environment; what is missing or wrong there is a word, not a traceback."""
    try:
        return from_environment(model)
    except UnsafeSettings as error:
        fail(f"settings: {error}\n{HINT}")


def service_named(name: str) -> Operated:
    """An installed service; ends with 1 if there is none of this name."""
    found = operated_services()
    if name not in found:
        fail(f"There is no service {name!r}; there are: {', '.join(found)}.")
    return found[name]


@asynccontextmanager
async def connected(operated: Operated) -> AsyncGenerator[Service[ServiceSettings]]:
    """The service's database and clients, without its roles."""
    service = Service(settings_of(operated.settings))
    try:
        yield service
    finally:
        await service.stop()


async def live(service: Service[ServiceSettings], projection: Projection) -> Projection:
    """The projection, attached to the generation that is read."""
    pointer = await Pointers(service.database, projection.name).read(projection.version)
    projection.attach(service.database, pointer.live)
    return projection
