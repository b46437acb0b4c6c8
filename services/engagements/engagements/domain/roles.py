"""Addresses in external roles of a project: who can play which, from when to when (ROL-01 to ROL-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.engagements import RoleAssigned, RoleDatesChanged, RoleRemoved
from dossier.contracts.rules import NotFound, RuleViolation
from engagements.domain.role_types import CUSTOMER, RoleType

CustomerRule = Literal["refuse", "warn"]
Roles = tuple["Role", ...]


@dataclass(frozen=True)
class Role:
    """An address in a role. The dates are inclusive; none means always.

    `against` is the rule that it breaks, where it stands all the same; `system` keeps it, if another system does.
    """

    id: str
    role: str
    address: AddressRef
    valid_from: date | None = None
    valid_to: date | None = None
    against: str | None = None
    system: str | None = None


def assign(
    present: Roles,
    new: Role,
    offered: RoleType | None,
    *,
    rule: CustomerRule = "refuse",
    instead: Sequence[AddressRef] = (),
) -> Sequence[Event]:
    """Give an address a role (ROL-01) that is `offered`: any type of address any role (ROL-04), except customer.

    A contact or couple as customer is refused with ROL-02, or recorded as being against it where the installation only
    warns. `instead` are the addresses that the reason names: the contact's company, the couple's persons.
    """
    if [each for each in present if each.id == new.id]:
        return _again(present, new)
    broken = broken_rule(new, offered)
    if broken is not None and (broken != "ROL-02" or rule == "refuse"):
        raise _refusal(broken, new, instead)
    return [assigned(replace(new, against=broken))]


def broken_rule(new: Role, offered: RoleType | None) -> str | None:
    """The first rule that the role breaks: ROL-03 no such role, ROL-02 customer, ROL-06 inactive, ROL-01 dates."""
    if offered is None:
        return "ROL-03"
    if new.role == CUSTOMER and new.address.type in ("contact", "couple"):
        return "ROL-02"
    if not offered.is_active:
        return "ROL-06"
    return "ROL-01" if _backwards(new.valid_from, new.valid_to) else None


def overlapping(present: Roles, one: Role) -> list[Role]:
    """The other assignments of the same role to the same address on some of the same days (ROL-01)."""
    same = [each for each in present if (each.role, each.address) == (one.role, one.address) and each.id != one.id]
    return [
        each
        for each in same
        if not _backwards(each.valid_from, one.valid_to) and not _backwards(one.valid_from, each.valid_to)
    ]


def change_dates(present: Roles, role_id: str, said: Mapping[str, date | None]) -> Sequence[Event]:
    """Change when a role holds; a day not among `said` stays. Raises NotFound for a role the project does not have."""
    role = find(present, role_id)
    dated = replace(role, **said)
    if _backwards(dated.valid_from, dated.valid_to):
        raise _wrong_dates()
    if dated == role:
        return []
    return [RoleDatesChanged(role_id=role_id, valid_from=dated.valid_from, valid_to=dated.valid_to)]


def remove(present: Roles, role_id: str) -> Sequence[Event]:
    """Take back a role that was assigned by mistake. Raises NotFound for a role the project does not have."""
    return [RoleRemoved(role_id=find(present, role_id).id)]


def in_step(present: Roles, wanted: Sequence[Role], system: str) -> Sequence[Event]:
    """Make the roles that the other system keeps those it says; roles that people assigned here stay."""
    own = {role.id: role for role in present if role.system == system}
    events: list[Event] = [RoleRemoved(role_id=id) for id in own if id not in {role.id for role in wanted}]
    for role in wanted:
        known = own.get(role.id)
        if known is None:
            events.append(assigned(role))
        elif (known.valid_from, known.valid_to) != (role.valid_from, role.valid_to):
            events.append(RoleDatesChanged(role_id=role.id, valid_from=role.valid_from, valid_to=role.valid_to))
    return events


def evolve(present: Roles, event: Event) -> Roles | None:
    """The roles after the event; none for an event that is not about roles."""
    match event:
        case RoleAssigned():
            dates = (event.valid_from, event.valid_to)
            return (*present, Role(event.role_id, event.role, event.address, *dates, event.against, event.system))
        case RoleDatesChanged():
            return tuple(
                replace(role, valid_from=event.valid_from, valid_to=event.valid_to)
                if role.id == event.role_id
                else role
                for role in present
            )
        case RoleRemoved():
            return tuple(role for role in present if role.id != event.role_id)
        case _:
            return None


def find(present: Roles, role_id: str) -> Role:
    """The role. Raises NotFound for a role the project does not have."""
    for role in present:
        if role.id == role_id:
            return role
    raise NotFound(role_id)


def _again(present: Roles, new: Role) -> Sequence[Event]:
    known = find(present, new.id)
    if replace(known, against=None, system=None) != new:
        raise RuleViolation("ROL-01", "another role assignment has this id", "id")
    return []


def assigned(role: Role) -> RoleAssigned:
    """The event of an assignment that stands."""
    flags = {name: value for name in ("against", "system") if (value := getattr(role, name)) is not None}
    return RoleAssigned(
        role_id=role.id,
        role=role.role,
        address=role.address,
        valid_from=role.valid_from,
        valid_to=role.valid_to,
        **flags,
    )


def _backwards(first: date | None, last: date | None) -> bool:
    return first is not None and last is not None and last < first


def _wrong_dates() -> RuleViolation:
    return RuleViolation("ROL-01", "the last day lies before the first day", "valid_to")


def _refusal(rule: str, new: Role, instead: Sequence[AddressRef]) -> RuleViolation:
    match rule:
        case "ROL-03":
            return RuleViolation(rule, "there is no such role; GET /v1/role-types lists them", "role")
        case "ROL-06":
            return RuleViolation(rule, "this role is no longer offered", "role")
        case "ROL-02":
            return RuleViolation(rule, customer_reason(new.address, instead), "address")
        case _:
            return _wrong_dates()


def customer_reason(address: AddressRef, instead: Sequence[AddressRef]) -> str:
    """Why a contact or couple is no customer, and whom to use, as far as that is known (ROL-02)."""
    use = "its company" if address.type == "contact" else "one of its persons"
    named = f", {' or '.join(each.stream for each in instead)}" if instead else ""
    return f"a {address.type} cannot be customer: use {use}{named}"
