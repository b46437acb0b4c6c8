"""The query API over a projection as it stands, spoken to over HTTP without a socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import asynccontextmanager

from dossier.clock import Clock, system_clock
from dossier.contracts import RecordedEvent
from dossier.runtime import Roles, Service
from dossier.testing.services import ServiceUnderTest, running
from dossier.testing.tokens import TokenMaker
from histories.api.requests import Live
from histories.roles import application
from histories.settings import Settings
from histories.views.projection import Histories
from histories.views.texts import Texts

Recorded = Callable[[str, int], Sequence[RecordedEvent]]


def _nothing(stream: str, after: int) -> Sequence[RecordedEvent]:
    return ()


@asynccontextmanager
async def reading(
    mongo_url: str,
    database_name: str,
    projection: Histories,
    texts: Texts,
    *,
    parked: Collection[str] = (),
    recorded: Recorded = _nothing,
    clock: Clock = system_clock,
    tokens: TokenMaker | None = None,
) -> AsyncGenerator[ServiceUnderTest]:
    """The service. `parked` are set aside in it; `recorded` is what the directory has, applied here or not."""

    async def find_live() -> Live:
        return Live(projection, frozenset(parked), texts)  # more may be set aside from one question to the next

    async def newer(stream: str, after: int) -> Sequence[RecordedEvent]:
        return recorded(stream, after)

    def roles(service: Service[Settings]) -> Roles:
        return Roles(application(service, find_live, newer, clock))

    async with running(Settings, roles, mongo_url, database_name, tokens=tokens) as service:
        yield service
