"""The project as a reference: its facts, the roles addresses play in it, and the other system that may keep it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dossier.contracts.base import Event
from dossier.contracts.engagements import ProjectChanged, ProjectRegistered, ProjectState, Source
from dossier.contracts.rules import RuleViolation
from engagements.domain import engagement, outside, roles
from engagements.domain.engagement import Engagement
from engagements.domain.roles import Role
from engagements.domain.texts import needed


@dataclass(frozen=True, kw_only=True)
class Project(Engagement):
    """A project as it stands; `registered` is none until it exists. `opportunity` is the one it was made from."""

    registered: ProjectRegistered | None = None
    code: str = ""
    title: str = ""
    leader: str | None = None
    state: ProjectState = "running"
    team: tuple[str, ...] = ()
    opportunity: str | None = None
    source: Source | None = None
    is_active: bool = True
    roles: tuple[Role, ...] = ()


def register(state: Project, new: ProjectRegistered) -> Sequence[Event]:
    """Make a project known. Making the same one known again changes nothing."""
    event = new.model_copy(update=_texts({"code": new.code, "title": new.title}))
    if state.registered == event:
        return []
    if state.registered is not None:
        raise RuleViolation("STA-03", "another project has this id", "id")
    return [event]


def change(state: Project, facts: Mapping[str, Any]) -> Sequence[Event]:
    """Change facts of a project; `facts` holds only what is to change: code, title, leader, state, team, is_active."""
    changed = {field: value for field, value in _texts(facts).items() if getattr(state, field) != value}
    return [ProjectChanged(**changed)] if changed else []


def keep_in_step(
    state: Project, source: Source, facts: Mapping[str, Any], kept: Sequence[Role] | None = None
) -> Sequence[Event]:
    """Take over what another system says of the project (EXT-01); its roles too, unless it keeps none (`kept` none).

    Nothing if the update is not newer than what that system said before.
    """
    if not outside.is_news(state, source):
        return []
    facts = _texts(facts)
    role_events = [] if kept is None else roles.in_step(state.roles, kept, source.system)
    if state.registered is not None:
        return [*outside.changed(state, source, facts, ProjectChanged), *role_events]
    begun = ProjectRegistered(**{name: value for name, value in facts.items() if name != "is_active"}, source=source)
    ended = [ProjectChanged(is_active=False)] if facts.get("is_active") is False else []
    return [begun, *ended, *role_events]


def evolve(state: Project, event: Event) -> Project:
    """The project after the event. Raises TypeError for an event a project cannot have."""
    match event:
        case ProjectRegistered():
            facts = {field: getattr(event, field) for field in ProjectRegistered.model_fields}
            return replace(state, registered=event, **facts)
        case ProjectChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case _:
            pass
    if (after := roles.evolve(state.roles, event)) is not None:
        return replace(state, roles=after)
    if (common := engagement.evolve(state, event)) is not None:
        return common
    raise TypeError(f"{event.event_type} is no event of a project")


def _texts(facts: Mapping[str, Any]) -> dict[str, Any]:
    named = {field: needed(facts[field], field, "a project") for field in ("code", "title") if field in facts}
    return {**facts, **named}
