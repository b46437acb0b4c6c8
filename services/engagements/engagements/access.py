"""Who may see a project: a restricted one does not exist for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dossier.auth.principals import Principal
from dossier.commands import load
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound
from dossier.http.models import Answer
from dossier.http.writing import Writer
from dossier.ids import stream_id
from engagements.aggregates import PROJECT
from engagements.domain.project import Project

Decide = Callable[[Project], Sequence[Event]]


def may_see(state: Project, caller: Principal) -> bool:
    """Users and groups by name; services that are trusted with all events see all."""
    return state.is_visible_to(caller.user, caller.groups) or caller.may("feed")


def visible(state: Project, caller: Principal) -> Project:
    """The project. Raises NotFound for a caller who may not see it."""
    if not may_see(state, caller):
        raise NotFound("project")
    return state


async def present(write: Writer, id: str) -> Project:
    """The project that a command is about. Raises NotFound if there is none that the caller may see."""
    loaded = await load(write.store, PROJECT, stream_id("project", id))
    if not loaded.head.exists:
        raise NotFound(id)
    return visible(loaded.state, write.command.principal)


async def change(write: Writer, id: str, decide: Decide, *, adds: tuple[str, str] | None = None) -> Answer:
    """Change a project that the caller may see. Others hear "not found", whatever else they got wrong."""
    caller = write.command.principal
    # Before the version is compared: a conflict would tell that the project exists, and what happened to it.
    await present(write, id)
    return await write.change(PROJECT, id, lambda state: decide(visible(state, caller)), adds=adds)
