"""The engagement service for tests over HTTP, with a real owner of what it refers to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from dossier.contracts.addresses import (
    CompanyRegistered,
    ContactRegistered,
    CoupleRegistered,
    Half,
    KeywordAdded,
    KeywordGroupCreated,
    PersonRegistered,
)
from dossier.contracts.base import Event
from dossier.contracts.directory import GroupCreated, UserAdded
from dossier.http.app import create_app
from dossier.ids import new_id
from dossier.references import references_router
from dossier.runtime import Roles, Service
from dossier.settings import ServiceSettings
from dossier.store import CommitStore, Head, Metadata, NewCommit
from dossier.testing.services import ServiceUnderTest, apply_all, running
from engagements.roles import roles
from engagements.settings import Settings


class OwnerSettings(ServiceSettings):
    """A service that owns what engagements refer to."""

    service: str = "addresses"
    port: int = 8101
    mongo_database: str = "addresses"


def owner_roles(service: Service[Any]) -> Roles:
    """Only what a referring service asks of an owner."""
    store = CommitStore(service.mongo, service.database, "addresses")
    service.manage(store.start, store.stop)
    app = create_app(service, [references_router(store)], title="Owner")
    app.state.store = store
    return Roles(app)


@dataclass(frozen=True)
class Owner:
    """The record of the addresses, users and groups that exist."""

    service: ServiceUnderTest

    async def record(self, kind: str, *events: Event, id: str | None = None) -> str:
        """Write a stream; returns the aggregate's id."""
        id = id or new_id()
        metadata = Metadata(actor="rule:test", channel="rule", correlation_id=id, command_id=new_id())
        stream = f"{kind}-{id}"
        await self.service.store.append(NewCommit(stream, Head(stream), events, metadata))
        return id

    async def more(self, kind: str, id: str, *events: Event) -> None:
        """Write on."""
        metadata = Metadata(actor="rule:test", channel="rule", correlation_id=id, command_id=new_id())
        head = await self.service.store.head(f"{kind}-{id}")
        await self.service.store.append(NewCommit(head.stream, head, events, metadata))

    async def company(self, name: str = "Acme", parent: str | None = None) -> str:
        return await self.record("company", CompanyRegistered(name=name, parent=parent))

    async def person(self, name: str = "Muster") -> str:
        return await self.record("person", PersonRegistered(last_name=name))

    async def couple(self, *persons: str) -> str:
        a, b = (Half(person=person) for person in persons)
        return await self.record("couple", CoupleRegistered(a=a, b=b))

    async def keywords(self, *names: str, exclusive: bool = False, owner: str | None = None) -> list[str]:
        """A group for projects and opportunities with these keywords; returns their ids."""
        ids = [new_id() for _ in names]
        types = ("project", "opportunity")
        created = KeywordGroupCreated(name=names[0], is_exclusive=exclusive, types=types, owner=owner)
        added = [KeywordAdded(keyword=id, name=name) for id, name in zip(ids, names, strict=True)]
        await self.record("keyword-group", created, *added)
        return ids

    async def contact(self, company: str) -> str:
        return await self.record("contact", ContactRegistered(company=company, last_name="Muster"))

    async def users(self, names: Sequence[str]) -> list[str]:
        return [await self.record("user", UserAdded(name=n), id=self.service.tokens.user_id(n)) for n in names]

    async def group(self, id: str) -> str:
        return await self.record("group", GroupCreated(name="Group"), id=id)


@pytest.fixture
async def owner(mongo_url: str, database_name: str) -> AsyncIterator[Owner]:
    async with running(OwnerSettings, owner_roles, mongo_url, f"{database_name}_owner") as service:
        yield Owner(service)


@pytest.fixture
async def engagements(mongo_url: str, database_name: str, owner: Owner) -> AsyncIterator[ServiceUnderTest]:
    tokens = owner.service.tokens
    transport = httpx.ASGITransport(owner.service.roles.app)
    http = httpx.AsyncClient(transport=transport, headers=tokens.service_headers("engagements"))
    async with running(Settings, roles, mongo_url, database_name, tokens=tokens, http=http) as service:
        yield service


@pytest.fixture
def caught_up(engagements: ServiceUnderTest, owner: Owner) -> Callable[[], Awaitable[None]]:
    """Brings the own views up to everything that was written here and at the owner's."""

    async def catch_up() -> None:
        state = engagements.roles.app.state
        await apply_all(owner.service.store, state.known)
        await apply_all(engagements.store, state.register)

    return catch_up


@pytest.fixture
async def alone(mongo_url: str, database_name: str) -> AsyncIterator[ServiceUnderTest]:
    """The service while nobody else answers."""
    nobody = "http://127.0.0.1:9"
    away = {"addresses_url": nobody, "directory_url": nobody}
    http = httpx.AsyncClient(trust_env=False)
    async with running(Settings, roles, mongo_url, database_name, http=http, **away) as service:
        yield service
