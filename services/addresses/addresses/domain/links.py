"""Links between two addresses, and their types with two labelled ends (ROL-07, ROL-08)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from addresses.domain.checks import named, overlaps, period
from dossier.contracts.addresses import (
    AddressesLinked,
    LinkChanged,
    LinkEnd,
    LinkRemoved,
    LinkTypeChanged,
    LinkTypeDefined,
)
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.rules import RuleViolation

Events = Sequence[Event]


@dataclass(frozen=True)
class LinkType:
    """A link type as it stands; `defined` is none until it exists."""

    defined: LinkTypeDefined | None = None
    one: LinkEnd | None = None
    other: LinkEnd | None = None
    is_active: bool = True


@dataclass(frozen=True)
class Link:
    """A link as it stands; `linked` is none until it exists. The dates are inclusive."""

    linked: AddressesLinked | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    remark: str = ""
    is_removed: bool = False

    def is_current(self, today: date) -> bool:
        """Whether it holds on that day."""
        begun = self.valid_from is None or self.valid_from <= today
        return begun and (self.valid_to is None or today <= self.valid_to)


def define(state: LinkType, one: LinkEnd, other: LinkEnd) -> Events:
    """Let addresses be linked in another way. Defining the same one again changes nothing."""
    new = LinkTypeDefined(one=_end(one, "one"), other=_end(other, "other"))
    if state.defined == new:
        return []
    if state.defined is not None:
        raise RuleViolation("ROL-07", "another link type has this id", "id")
    return [new]


def change_type(state: LinkType, wanted: LinkTypeChanged) -> Events:
    """Label the ends otherwise, admit other types, or offer the link no longer. Links that exist stay."""
    given: dict[str, LinkEnd | bool | None] = {
        "one": None if wanted.one is None else _end(wanted.one, "one"),
        "other": None if wanted.other is None else _end(wanted.other, "other"),
        "is_active": wanted.is_active,
    }
    changed = {field: value for field, value in given.items() if value is not None and value != getattr(state, field)}
    return [LinkTypeChanged.model_validate(changed)] if changed else []


def link(state: Link, new: AddressesLinked, link_type: LinkType) -> Events:
    """Link two addresses, each at an end that admits its type (ROL-07). Linking the same again changes nothing."""
    new = new.model_copy(update={"remark": new.remark.strip()})
    if state.linked == new:
        return []
    if state.linked is not None:
        raise RuleViolation("ROL-07", "another link has this id", "id")
    if not link_type.is_active:
        raise RuleViolation("ROL-07", "links of this type are no longer made", "link_type")
    if new.one == new.other:
        raise RuleViolation("ROL-07", "an address is not linked with itself", "other")
    for field, end, address in (("one", link_type.one, new.one), ("other", link_type.other, new.other)):
        if end is None or address.type not in end.types:
            raise RuleViolation("ROL-07", f"this end of the link is not for the type {address.type}", field)
    period(new.valid_from, new.valid_to, "ROL-07")
    return [new]


def change(state: Link, said: Mapping[str, Any]) -> Events:
    """Give the link other dates or another remark; what is not among `said` stays."""
    after = replace(state, **said)
    after = replace(after, remark=after.remark.strip())
    period(after.valid_from, after.valid_to, "ROL-07")
    if after == state:
        return []
    return [LinkChanged(valid_from=after.valid_from, valid_to=after.valid_to, remark=after.remark)]


def facts(state: Link) -> Mapping[str, object]:
    """What the change log compares: what is linked and how, the days and the remark; nothing once it is taken away."""
    if state.linked is None or state.is_removed:
        return {}
    own = {name: getattr(state, name) for name in ("valid_from", "valid_to", "remark")}
    return {name: getattr(state.linked, name) for name in ("link_type", "one", "other")} | own


def remove(state: Link) -> Events:
    """Take away a link that was made by mistake; one that ended gets a last day instead."""
    return [] if state.is_removed else [LinkRemoved()]


def coincide(one: Link, other: Link) -> bool:
    """Whether both link the same two addresses in the same way and share a day."""
    if one.linked is None or other.linked is None or one.is_removed or other.is_removed:
        return False
    same = (one.linked.link_type, one.linked.one, one.linked.other)
    return same == (other.linked.link_type, other.linked.one, other.linked.other) and overlaps(
        one.valid_from, one.valid_to, other.valid_from, other.valid_to
    )


def seen_from(linked: AddressesLinked, link_type: LinkType, address: str) -> tuple[str, AddressRef]:
    """How the link reads on the address (a stream id), and which address is at its other end (ROL-08)."""
    at_one = linked.one.stream == address
    end = link_type.one if at_one else link_type.other
    return (end.label if end is not None else ""), (linked.other if at_one else linked.one)


def evolve_type(state: LinkType, event: Event) -> LinkType:
    """The link type after the event."""
    match event:
        case LinkTypeDefined():
            return replace(state, defined=event, one=event.one, other=event.other)
        case LinkTypeChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case _:
            raise TypeError(f"{event.event_type} is no event of a link type")


def evolve(state: Link, event: Event) -> Link:
    """The link after the event."""
    match event:
        case AddressesLinked():
            dates = {"valid_from": event.valid_from, "valid_to": event.valid_to}
            return replace(state, linked=event, remark=event.remark, **dates)
        case LinkChanged():
            return replace(state, valid_from=event.valid_from, valid_to=event.valid_to, remark=event.remark)
        case LinkRemoved():
            return replace(state, is_removed=True)
        case _:
            raise TypeError(f"{event.event_type} is no event of a link")


def _end(end: LinkEnd, field: str) -> LinkEnd:
    if not end.types:
        raise RuleViolation("ROL-07", "say which types can stand at this end", f"{field}.types")
    label, types = named(end.label, f"{field}.label"), tuple(dict.fromkeys(end.types))
    return end.model_copy(update={"label": label, "types": types})
