"""The roles that addresses can play in projects (ROL-01, ROL-03, ROL-06): shipped ones, and own ones beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dossier.contracts.base import Event
from dossier.contracts.engagements import RoleTypeChanged, RoleTypeDefined
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.contracts.texts import is_blank

CUSTOMER = "customer"
CONTACT_PERSON = "contact_person"
ORDERING_PARTY = "ordering_party"

SHIPPED = {
    event.code: event
    for event in (
        RoleTypeDefined(code=CUSTOMER, label="Customer", is_adverse=False, position=1),
        RoleTypeDefined(code=ORDERING_PARTY, label="Ordering party", is_adverse=False, position=2),
        RoleTypeDefined(code="invoice_recipient", label="Invoice recipient", is_adverse=False, position=3),
        RoleTypeDefined(code="counterparty", label="Counterparty", is_adverse=True, position=4),
        RoleTypeDefined(code="consultant", label="Consultant", is_adverse=False, position=5),
        RoleTypeDefined(code="witness", label="Witness", is_adverse=False, position=6),
        RoleTypeDefined(code=CONTACT_PERSON, label="Contact person", is_adverse=False, position=7),
    )
}
"""What every installation has from the start, by code. Until one of them is changed it needs no event."""


@dataclass(frozen=True, kw_only=True)
class RoleType:
    """A role as it stands; `defined` is none until it exists. `is_adverse`: it stands against the client (ROL-09)."""

    defined: RoleTypeDefined | None = None
    code: str = ""
    label: str = ""
    is_adverse: bool = False
    position: int = 0
    is_active: bool = True


def define(state: RoleType, new: RoleTypeDefined) -> Sequence[Event]:
    """Offer another role (ROL-06). The code is for ever; the same role defined again changes nothing."""
    _labelled(new.label)
    present = state.defined or SHIPPED.get(new.code)
    if present == new:
        return []
    if present is not None:
        raise RuleViolation("ROL-06", "there is a role with this code", "code")
    return [new]


def change(state: RoleType, code: str | None, facts: dict[str, Any]) -> Sequence[Event]:
    """Rename a role, let it count otherwise, or offer it no longer (ROL-06); `code` is that of a shipped one.

    The customer's role stays offered and on the client's side. Raises NotFound for a role that does not exist.
    """
    shipped = SHIPPED.get(code) if code else None
    if state.defined is None and shipped is None:
        raise NotFound("role type")
    begun: list[Event] = []
    if state.defined is None and shipped is not None:
        begun, state = [shipped], evolve(state, shipped)
    if "label" in facts:
        _labelled(facts["label"])
    if state.code == CUSTOMER and (facts.get("is_active") is False or facts.get("is_adverse")):
        raise RuleViolation("ROL-06", "customers are always on the client's side, and always offered", "is_active")
    changed = {field: value for field, value in facts.items() if getattr(state, field) != value}
    return [*begun, RoleTypeChanged(**changed)] if changed else []


def evolve(state: RoleType, event: Event) -> RoleType:
    """The role after the event. Raises TypeError for an event a role type cannot have."""
    match event:
        case RoleTypeDefined():
            facts = {name: getattr(event, name) for name in ("code", "label", "is_adverse", "position")}
            return replace(state, defined=event, **facts)
        case RoleTypeChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case _:
            raise TypeError(f"{event.event_type} is no event of a role type")


def _labelled(label: str) -> None:
    if is_blank(label):
        raise RuleViolation("ROL-06", "a role needs a label", "label")
