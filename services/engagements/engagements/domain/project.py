"""The project as a reference, with the roles addresses play in it (ROL-01 to ROL-05) and who may see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Principals
from dossier.contracts.engagements import (
    EngagementOpened,
    EngagementRestricted,
    ProjectChanged,
    ProjectRegistered,
    RoleAssigned,
    RoleDatesChanged,
    RoleRemoved,
)
from dossier.contracts.rules import NotFound, RuleViolation

CUSTOMER = "customer"
ROLES = (
    CUSTOMER,
    "ordering_party",
    "invoice_recipient",
    "counterparty",
    "consultant",
    "witness",
    "contact_person",
)
"""The external roles an address can take (ROL-01, ROL-03)."""


@dataclass(frozen=True)
class Role:
    """An address in a role. The dates are inclusive; none means always."""

    id: str
    role: str
    address: AddressRef
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project as it stands; `registered` is none until it exists, `restricted_to` is none while it is open."""

    registered: ProjectRegistered | None = None
    code: str = ""
    title: str = ""
    leader: str | None = None
    is_active: bool = True
    roles: tuple[Role, ...] = ()
    restricted_to: Principals | None = None

    def is_visible_to(self, user: str | None, groups: Collection[str]) -> bool:
        """Whether this user, by name or through a group, may see the project and what is linked to it."""
        if self.restricted_to is None:
            return True
        return user in self.restricted_to.users or any(group in self.restricted_to.groups for group in groups)


def register(state: Project, code: str, title: str, leader: str | None) -> Sequence[Event]:
    """Make a project known. Making the same one known again changes nothing."""
    event = ProjectRegistered(code=_needed(code, "code"), title=_needed(title, "title"), leader=leader)
    if state.registered == event:
        return []
    if state.registered is not None:
        raise RuleViolation("STA-03", "another project has this id", "id")
    return [event]


def change(state: Project, facts: dict[str, Any]) -> Sequence[Event]:
    """Change facts of a project; `facts` holds only what is to change: code, title, leader, is_active."""
    for field in ("code", "title"):
        if field in facts:
            facts = facts | {field: _needed(facts[field], field)}
    changed = {field: value for field, value in facts.items() if getattr(state, field) != value}
    return [ProjectChanged(**changed)] if changed else []


def assign_role(state: Project, new: Role, company_of_contact: str | None = None) -> Sequence[Event]:
    """Give an address a role (ROL-01). Any type can have any role (ROL-04), but the customer is a company or a person.

    A contact or couple as customer is refused with ROL-02; the reason names the contact's company where it is known.
    """
    if new.role not in ROLES:
        raise RuleViolation("ROL-03", f"no such role; there are {', '.join(ROLES)}", "role")
    if new.role == CUSTOMER:
        _customer(new.address, company_of_contact)
    _period(new.valid_from, new.valid_to)
    present = [role for role in state.roles if role.id == new.id]
    if present == [new]:
        return []
    if present:
        raise RuleViolation("ROL-01", "another role assignment has this id", "id")
    return [
        RoleAssigned(
            role_id=new.id, role=new.role, address=new.address, valid_from=new.valid_from, valid_to=new.valid_to
        )
    ]


def change_role_dates(state: Project, role_id: str, valid_from: date | None, valid_to: date | None) -> Sequence[Event]:
    """Change when a role holds. Raises NotFound for a role the project does not have."""
    _period(valid_from, valid_to)
    role = _find(state, role_id)
    if (valid_from, valid_to) == (role.valid_from, role.valid_to):
        return []
    return [RoleDatesChanged(role_id=role_id, valid_from=valid_from, valid_to=valid_to)]


def remove_role(state: Project, role_id: str) -> Sequence[Event]:
    """Take back a role that was assigned by mistake. Raises NotFound for a role the project does not have."""
    return [RoleRemoved(role_id=_find(state, role_id).id)]


def restrict(state: Project, to: Principals) -> Sequence[Event]:
    """Let only these users and groups see the project (RGT-05). It needs at least one of them."""
    if not to.users and not to.groups:
        raise RuleViolation("RGT-05", "name at least one user or group who may see the project", "users")
    return [] if state.restricted_to == to else [EngagementRestricted(to=to)]


def open_to_all(state: Project) -> Sequence[Event]:
    """Let everybody see the project again."""
    return [] if state.restricted_to is None else [EngagementOpened()]


def evolve(state: Project, event: Event) -> Project:
    """The project after the event. Raises TypeError for an event a project cannot have."""
    match event:
        case ProjectRegistered():
            return replace(state, registered=event, code=event.code, title=event.title, leader=event.leader)
        case ProjectChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case RoleAssigned():
            role = Role(event.role_id, event.role, event.address, event.valid_from, event.valid_to)
            return replace(state, roles=(*state.roles, role))
        case RoleDatesChanged():
            return replace(state, roles=tuple(_redated(role, event) for role in state.roles))
        case RoleRemoved():
            return replace(state, roles=tuple(role for role in state.roles if role.id != event.role_id))
        case EngagementRestricted():
            return replace(state, restricted_to=event.to)
        case EngagementOpened():
            return replace(state, restricted_to=None)
        case _:
            raise TypeError(f"{event.event_type} is no event of a project")


def _redated(role: Role, event: RoleDatesChanged) -> Role:
    return replace(role, valid_from=event.valid_from, valid_to=event.valid_to) if role.id == event.role_id else role


def _find(state: Project, role_id: str) -> Role:
    for role in state.roles:
        if role.id == role_id:
            return role
    raise NotFound(role_id)


def _needed(text: str, field: str) -> str:
    if not text.strip():
        raise RuleViolation("STA-03", f"a project needs a {field}", field)
    return text.strip()


def _period(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise RuleViolation("ROL-01", f"the last day {last} lies before the first day {first}", "valid_to")


def _customer(address: AddressRef, company_of_contact: str | None) -> None:
    if address.type == "couple":
        raise RuleViolation("ROL-02", "a couple cannot be customer: use one of its persons", "address")
    if address.type == "contact":
        instead = f": use its company, company-{company_of_contact}" if company_of_contact else ": use its company"
        raise RuleViolation("ROL-02", f"a contact cannot be customer{instead}", "address")
