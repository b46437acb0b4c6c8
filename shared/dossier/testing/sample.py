"""The smallest whole service, for the tests of what all services share: groups that can be named.

It also has routes that misbehave on purpose. Run it with `python -m dossier.testing.sample [api|worker|…]`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from dossier.auth.guard import Caller, public, require
from dossier.commands import Aggregate
from dossier.contracts import Event, Id
from dossier.contracts.common import Principals
from dossier.contracts.directory import GroupCreated, GroupRenamed
from dossier.contracts.rules import RuleViolation
from dossier.http.app import create_app
from dossier.http.models import Answer, Page, Request
from dossier.http.paging import Paging
from dossier.http.routes import body_limit
from dossier.http.routing import Router
from dossier.http.writing import Write
from dossier.mongo import ConnectionFailure
from dossier.runtime import Roles, Service, main
from dossier.settings import ServiceSettings
from dossier.store import CommitStore
from dossier.telemetry import logs

log = logs.logger()

Name = Annotated[str, Field(min_length=1, max_length=200)]


class SampleSettings(ServiceSettings):
    """Settings of the sample."""

    service: str = "sample"
    port: int = 0
    mongo_database: str = "sample"
    worker: Literal["works", "dies", "returns", "hangs", "stumbles"] = "works"


@dataclass(frozen=True)
class Group:
    """A group with a name."""

    name: str = ""


def evolve(state: Group, event: Event) -> Group:
    """The fold."""
    return replace(state, name=event.name) if isinstance(event, (GroupCreated, GroupRenamed)) else state


GROUP = Aggregate("group", Group, evolve)


class NewGroup(Request):
    """A group to make, under the caller's id or a new one."""

    id: Id | None = None
    name: Name
    members: tuple[Id, ...] = ()
    size: int = Field(default=0, ge=0, le=10)


class NewName(Request):
    """Another name."""

    name: Name


def rename(group: Group, name: str) -> Sequence[Event]:
    """A group is never called nothing (rule SAMPLE-01)."""
    if name == "nothing":
        raise RuleViolation("SAMPLE-01", "A group is not called that.", "name")
    return [] if name == group.name else [GroupRenamed(name=name)]


def groups_router() -> Router:
    """Commands and queries on groups."""
    router = Router(prefix="/groups", tags=["groups"])

    @router.post("", status_code=201, dependencies=[require("create")])
    async def create(body: NewGroup, write: Write) -> Answer:
        return await write.create(GROUP, body.id, lambda _group: [GroupCreated(name=body.name)])

    @router.put("/{id}/name", dependencies=[require("write")])
    async def name(id: Id, body: NewName, write: Write) -> Answer:
        return await write.change(GROUP, id, lambda group: rename(group, body.name))

    @router.get("", dependencies=[require("read")])
    async def numbers(paging: Paging, below: Annotated[int, Query(ge=0, le=1_000)] = 100) -> Page[int]:
        position = paging.position("numbers", below)
        first = 0 if position is None else position[0] + 1
        return paging.page(range(first, min(below, first + paging.limit + 1)), lambda n: [n], "numbers", below)

    return router


def misbehaving_router(service: Service[SampleSettings]) -> Router:
    """Routes that do what no route should."""
    router = Router(prefix="/odd", tags=["odd"])

    @router.post("/break/{what}", dependencies=[require("write")])
    async def break_down(what: str, body: NewName, caller: Caller) -> None:
        log.warning("sample.breaking", name=body.name, text=body.name, body=body, principal=caller, kind=what)
        logging.getLogger("some.library").error("cannot send to %s", body.name)
        if what == "model":
            Principals.model_validate({"users": [body.name]})
        raise ConnectionFailure(body.name) if what == "database" else ValueError(f"{body.name} in {what}")

    @router.get("/slow", dependencies=[public])
    async def slow() -> None:
        await asyncio.sleep(60)

    @router.get("/stream", dependencies=[public])
    async def stream() -> StreamingResponse:
        async def lines() -> AsyncGenerator[bytes]:
            while not service.stopping.is_set():
                yield b"line\n"
                await asyncio.sleep(0.05)

        return StreamingResponse(lines())

    @router.post("/large", dependencies=[require("write")])
    @body_limit(3 << 20)
    async def large(body: dict[str, str]) -> int:
        return sum(map(len, body.values()))

    return router


def roles(service: Service[SampleSettings]) -> Roles:
    """The HTTP application and two roles that write down when they end."""
    store = CommitStore(service.mongo, service.database, "sample")
    service.manage(store.start, store.stop)
    app = create_app(service, [groups_router(), misbehaving_router(service)], title="Sample")
    app.state.store = store
    attempts: list[int] = []

    async def worker(stop: asyncio.Event) -> None:
        attempts.append(1)
        match service.settings.worker:
            case "dies":
                raise ValueError("secret of Zebulon")
            case "returns":
                return
            case "hangs":
                await asyncio.sleep(60)
            case "stumbles" if len(attempts) < 3:
                raise ConnectionFailure("secret of Zebulon")
            case _:
                await stop.wait()
                await asyncio.sleep(0.2)
        log.info("sample.worker-ended", step="worker")

    async def relay(stop: asyncio.Event) -> None:
        await stop.wait()
        log.info("sample.relay-ended", step="relay")

    return Roles(app, {"worker": worker, "relay": relay})


if __name__ == "__main__":
    main(SampleSettings, roles)
