"""The address service for tests over HTTP, with a real directory behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest

from addresses.roles import roles
from addresses.settings import Settings
from dossier.contracts.base import Event
from dossier.contracts.directory import UserAdded
from dossier.http.app import create_app
from dossier.ids import new_id
from dossier.references import references_router
from dossier.runtime import Roles, Service
from dossier.settings import ServiceSettings
from dossier.store import CommitStore, Metadata, NewCommit
from dossier.testing.services import ServiceUnderTest, running

Record = Callable[[ServiceUnderTest, str, Sequence[Event]], Awaitable[None]]


class DirectorySettings(ServiceSettings):
    """The owner of users."""

    service: str = "directory"
    port: int = 8107
    mongo_database: str = "directory"


def directory_roles(service: Service[Any]) -> Roles:
    """Only what a referring service asks of an owner."""
    store = CommitStore(service.mongo, service.database, "directory")
    service.manage(store.start, store.stop)
    app = create_app(service, [references_router(store)], title="Directory")
    app.state.store = store
    return Roles(app)


async def recorded(service: ServiceUnderTest, stream: str, events: Sequence[Event]) -> None:
    """Append to a stream what somebody else would."""
    metadata = Metadata(actor="rule:test", channel="rule", correlation_id=new_id(), command_id=new_id())
    await service.store.append(NewCommit(stream, await service.store.head(stream), events, metadata))


@pytest.fixture
def record() -> Record:
    return recorded


@pytest.fixture
async def addresses(mongo_url: str, database_name: str) -> AsyncIterator[ServiceUnderTest]:
    async with running(Settings, roles, mongo_url, database_name, shipped_lists=False) as service:
        yield service


@pytest.fixture
async def with_directory(mongo_url: str, database_name: str) -> AsyncIterator[ServiceUnderTest]:
    """The service beside a directory that knows anna and bruno."""
    async with running(DirectorySettings, directory_roles, mongo_url, f"{database_name}_directory") as directory:
        tokens = directory.tokens
        for name in ("anna", "bruno"):
            await recorded(directory, f"user-{tokens.user_id(name)}", [UserAdded(name=name)])
        transport = httpx.ASGITransport(directory.roles.app)
        http = httpx.AsyncClient(transport=transport, headers=tokens.service_headers("addresses"))
        async with running(
            Settings, roles, mongo_url, database_name, tokens=tokens, http=http, shipped_lists=False
        ) as service:
            yield service
