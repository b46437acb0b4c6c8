"""Who may see an engagement: a restricted one does not exist for the others (RGT-05).

Projects and opportunities are restricted themselves; phases and invoices follow their project.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from dossier.auth.principals import Principal
from dossier.commands import Aggregate, Loaded, load
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound, Unseen
from dossier.http.models import Answer
from dossier.http.writing import Writer
from dossier.ids import stream_id
from dossier.store import CommitStore
from engagements.aggregates import PROJECT
from engagements.domain.engagement import Engagement
from engagements.domain.project import Project

_AT_ONCE = 100
"""How many streams are folded at the same time."""


class Part(Protocol):
    """What follows a project in who may see it."""

    @property
    def project(self) -> str | None:
        """The project; what has none is open to everybody."""
        ...


E = TypeVar("E", bound=Engagement)
P = TypeVar("P", bound=Part)
S = TypeVar("S")


def may_see(state: Engagement, caller: Principal) -> bool:
    """Users and groups by name; services that are trusted with all events see all."""
    return state.is_visible_to(caller.user, caller.groups) or caller.may("feed")


def visible(state: E, caller: Principal) -> E:
    """The engagement. Raises NotFound for a caller who may not see it."""
    if not may_see(state, caller):
        raise NotFound("engagement")
    return state


async def _standing(write: Writer, aggregate: Aggregate[S], id: str) -> S:
    loaded = await load(write.store, aggregate, stream_id(aggregate.kind, id))
    if not loaded.head.exists:
        raise NotFound(id)
    return loaded.state


async def present(write: Writer, aggregate: Aggregate[E], id: str) -> E:
    """The engagement that a command is about. Raises NotFound if there is none that the caller may see."""
    return visible(await _standing(write, aggregate, id), write.command.principal)


def restrictable_state(state: E, caller: Principal) -> E:
    """What the caller may see; to administrators also what nobody else might be left to hand over. Else NotFound."""
    return state if caller.may("administer") else visible(state, caller)


async def restrictable(write: Writer, aggregate: Aggregate[E], id: str) -> E:
    """The engagement whose readers are to change. Raises NotFound as `restrictable_state` does."""
    return restrictable_state(await _standing(write, aggregate, id), write.command.principal)


async def change(
    write: Writer,
    aggregate: Aggregate[E],
    id: str,
    decide: Callable[[E], Sequence[Event]],
    *,
    adds: tuple[str, str] | None = None,
) -> Answer:
    """Change an engagement that the caller may see. Others hear "not found", whatever else they got wrong."""
    caller = write.command.principal
    # Before the version is compared: a conflict would tell that it exists, and what happened to it.
    await present(write, aggregate, id)
    return await write.change(aggregate, id, lambda state: decide(visible(state, caller)), adds=adds)


async def project_of(store: CommitStore, part: Part) -> Project | None:
    """The project that something is part of; one that is not known yet is open to everybody."""
    return None if part.project is None else (await load(store, PROJECT, stream_id("project", part.project))).state


async def visible_part(store: CommitStore, part: P, caller: Principal) -> P:
    """The phase or invoice. Raises NotFound for a caller who may not see its project."""
    project = await project_of(store, part)
    if project is not None:
        visible(project, caller)
    return part


async def known_part(store: CommitStore, aggregate: Aggregate[P], id: str, caller: Principal) -> Loaded[P]:
    """The phase or invoice with this id. Raises NotFound if there is none that the caller may see.

    A project is looked up for one that there is not, too: the time must not tell it from one that is hidden.
    """
    loaded = await load(store, aggregate, stream_id(aggregate.kind, id))
    project = await load(store, PROJECT, stream_id("project", loaded.state.project or id))
    if not loaded.head.exists or not (loaded.state.project is None or may_see(project.state, caller)):
        raise NotFound(id)
    return loaded


async def present_part(write: Writer, aggregate: Aggregate[P], id: str) -> P:
    """The phase or invoice that a command is about. Raises NotFound if there is none that the caller may see."""
    return (await known_part(write.store, aggregate, id, write.command.principal)).state


async def change_part(
    write: Writer, aggregate: Aggregate[P], id: str, decide: Callable[[P], Sequence[Event]]
) -> Answer:
    """Change a phase or an invoice of a project that the caller may see."""
    await present_part(write, aggregate, id)
    return await write.change(aggregate, id, decide)


async def require_free(write: Writer, aggregate: Aggregate[Any], id: str) -> None:
    """Nothing is begun under the id of a phase or invoice that the caller may not see: it hears "not found"."""
    loaded = await load(write.store, aggregate, stream_id(aggregate.kind, id))
    if loaded.head.exists:
        await visible_part(write.store, loaded.state, write.command.principal)


async def visible_project(store: CommitStore, id: str, caller: Principal, field: str = "project") -> Project:
    """A project that a request refers to. Raises RuleViolation REF-01 if there is none that the caller may see."""
    state = (await load(store, PROJECT, stream_id("project", id))).state
    if state.registered is None or not may_see(state, caller):
        raise Unseen("REF-01", "there is no such project", field)
    return state


async def states(store: CommitStore, aggregate: Aggregate[Any], streams: Sequence[str]) -> list[Any]:
    """The states of several streams of a kind, as they stand."""
    found: list[Any] = []
    for start in range(0, len(streams), _AT_ONCE):
        several = streams[start : start + _AT_ONCE]
        found += [one.state for one in await asyncio.gather(*(load(store, aggregate, each) for each in several))]
    return found


async def hidden_projects(store: CommitStore, ids: Sequence[str | None], caller: Principal) -> set[str]:
    """Which of these projects the caller may not see."""
    wanted = sorted({id for id in ids if id is not None})
    found = await states(store, PROJECT, [stream_id("project", id) for id in wanted])
    return {id for id, state in zip(wanted, found, strict=True) if not may_see(state, caller)}


def own_rights(caller: Principal) -> Callable[[Sequence[Engagement]], Awaitable[Sequence[bool]]]:
    """Judges projects and opportunities."""

    async def judge(engagements: Sequence[Engagement]) -> Sequence[bool]:
        return [may_see(state, caller) for state in engagements]

    return judge


def rights_of_project(
    store: CommitStore, caller: Principal, project: Callable[[Any], str | None] = lambda state: state.project
) -> Callable[[Sequence[Any]], Awaitable[Sequence[bool]]]:
    """Judges what follows its `project`."""

    async def judge(parts: Sequence[Any]) -> Sequence[bool]:
        hidden = await hidden_projects(store, [project(part) for part in parts], caller)
        return [project(part) not in hidden for part in parts]

    return judge
