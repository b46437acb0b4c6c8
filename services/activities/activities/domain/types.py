"""The types an activity can be of: what it is about (domain 7.2). Shipped ones, and what an installation makes of it.

An activity carries a type's code, which is for ever. What makes a deadline is one of two codes (DLN-01), whatever their
labels are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dossier.contracts.activities import ActivityKind
from dossier.contracts.activity_types import DEADLINE as DEADLINE
from dossier.contracts.activity_types import REVIEWED_DEADLINE as REVIEWED_DEADLINE
from dossier.contracts.activity_types import SHIPPED as SHIPPED
from dossier.contracts.activity_types import ActivityTypeChanged, ActivityTypeDefined
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.contracts.texts import is_blank

DEADLINES = frozenset({DEADLINE, REVIEWED_DEADLINE})


@dataclass(frozen=True, kw_only=True)
class ActivityType:
    """A type as it stands; `defined` is none until it exists. No `kinds`: it is for activities of all kinds."""

    defined: ActivityTypeDefined | None = None
    code: str = ""
    label: str = ""
    kinds: tuple[ActivityKind, ...] = ()
    position: int = 0
    is_active: bool = True


def define(state: ActivityType, new: ActivityTypeDefined, others: Iterable[str]) -> Sequence[Event]:
    """Let activities be of another type; the same type defined again changes nothing.

    `others` are the labels of all others. Raises RuleViolation ACT-21.
    """
    present = state.defined or SHIPPED.get(new.code)
    if present == new:
        return []
    if present is not None:
        raise RuleViolation("ACT-21", "there is a type with this code", "code")
    _labelled(new.label, others)
    return [new]


def change(state: ActivityType, code: str | None, facts: dict[str, Any], others: Iterable[str]) -> Sequence[Event]:
    """Rename a type, offer it for other kinds, or offer it no longer; `code` is that of a shipped one.

    Raises NotFound for a type that does not exist, and RuleViolation ACT-21.
    """
    shipped = SHIPPED.get(code) if code else None
    if state.defined is None and shipped is None:
        raise NotFound("activity type")
    begun: list[Event] = []
    if state.defined is None and shipped is not None:
        begun, state = [shipped], evolve(state, shipped)
    if "label" in facts:
        _labelled(facts["label"], others)
    changed = {field: value for field, value in facts.items() if getattr(state, field) != value}
    return [*begun, ActivityTypeChanged(**changed)] if changed else []


def evolve(state: ActivityType, event: Event) -> ActivityType:
    """The type after the event. Raises TypeError for an event an activity type cannot have."""
    match event:
        case ActivityTypeDefined():
            facts = {name: getattr(event, name) for name in ActivityTypeDefined.model_fields}
            return replace(state, defined=event, **facts)
        case ActivityTypeChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case _:
            raise TypeError(f"{event.event_type} is no event of an activity type")


def offered(state: ActivityType | None, kind: ActivityKind, field: str) -> None:
    """Raise RuleViolation ACT-21 unless the type is there, active, and for activities of this kind."""
    if state is None:
        raise RuleViolation("ACT-21", "no type has this code; `GET /v1/activity-types` lists their codes", field)
    if not state.is_active:
        raise RuleViolation("ACT-21", "this type is no longer offered", field)
    if state.kinds and kind not in state.kinds:
        raise RuleViolation("ACT-21", f"this type is for activities of the kinds {', '.join(state.kinds)}", field)


def _labelled(label: str, others: Iterable[str]) -> None:
    if is_blank(label):
        raise RuleViolation("ACT-21", "a type needs a label", "label")
    if label.strip().casefold() in {other.strip().casefold() for other in others}:
        raise RuleViolation("ACT-21", "another type is called so", "label")
