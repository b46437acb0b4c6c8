"""Phases of a project: streams of their own, so that activities can refer to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dossier.contracts.base import Event
from dossier.contracts.engagements import PhaseAdded, PhaseChanged, Source
from dossier.contracts.rules import RuleViolation
from engagements.domain import outside
from engagements.domain.texts import needed


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase as it stands; `added` is none until it exists. It never changes its project."""

    added: PhaseAdded | None = None
    project: str | None = None
    code: str = ""
    title: str = ""
    position: int = 0
    is_active: bool = True
    source: Source | None = None


def add(state: Phase, new: PhaseAdded) -> Sequence[Event]:
    """Add a phase to a project. Adding the same one again changes nothing."""
    event = new.model_copy(update={"title": needed(new.title, "title", "a phase")})
    if state.added == event:
        return []
    if state.added is not None:
        raise RuleViolation("STA-03", "another phase has this id", "id")
    return [event]


def change(state: Phase, facts: Mapping[str, Any]) -> Sequence[Event]:
    """Change facts of a phase; `facts` holds only what is to change: code, title, position, is_active."""
    changed = {field: value for field, value in _texts(facts).items() if getattr(state, field) != value}
    return [PhaseChanged(**changed)] if changed else []


def keep_in_step(state: Phase, source: Source, project: str, facts: Mapping[str, Any]) -> Sequence[Event]:
    """Take over what another system says of the phase; nothing if that is not newer (EXT-01)."""
    if not outside.is_news(state, source):
        return []
    facts = _texts(facts)
    if state.added is not None:
        return outside.changed(state, source, facts, PhaseChanged)
    begun = {name: value for name, value in facts.items() if name != "is_active"}
    ended = [PhaseChanged(is_active=False)] if facts.get("is_active") is False else []
    return [PhaseAdded(project=project, **begun, source=source), *ended]


def evolve(state: Phase, event: Event) -> Phase:
    """The phase after the event. Raises TypeError for an event a phase cannot have."""
    match event:
        case PhaseAdded():
            return replace(state, added=event, **{field: getattr(event, field) for field in PhaseAdded.model_fields})
        case PhaseChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case _:
            raise TypeError(f"{event.event_type} is no event of a phase")


def _texts(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**facts, "title": needed(facts["title"], "title", "a phase")} if "title" in facts else facts
