"""Own postal addresses of an address (POS-01, POS-02). Inherited ones are a matter of reading (POS-03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from addresses.domain.checks import overlaps, period
from dossier.contracts.addresses import (
    DefaultPostalAddressSet,
    PostalAddressAdded,
    PostalAddressChanged,
    PostalAddressRemoved,
    PostalKind,
)
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound, RuleViolation


@dataclass(frozen=True, kw_only=True)
class PostalAddress:
    """A postal address as it stands. `country` is an ISO 3166 code; the dates are inclusive."""

    id: str
    kind: PostalKind
    label: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str
    supplement: str = ""
    is_default: bool = False
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def private(self) -> bool:
        """Whether it is private data."""
        return self.kind == "private"

    @property
    def reads_as(self) -> tuple[str, ...]:
        """What is printed of it, whatever case."""
        return tuple(
            text.casefold() for text in (self.street, self.postal_code, self.city, self.country, self.supplement)
        )


PostalAddresses = tuple[PostalAddress, ...]
PostalEvent = PostalAddressAdded | PostalAddressChanged | PostalAddressRemoved | DefaultPostalAddressSet
Events = Sequence[Event]


def find(addresses: PostalAddresses, postal_id: str) -> PostalAddress:
    """The postal address of that id. Raises NotFound."""
    for address in addresses:
        if address.id == postal_id:
            return address
    raise NotFound(postal_id)


def given_twice(addresses: PostalAddresses, postal_id: str) -> PostalAddresses:
    """The other postal addresses that read like this one, whatever their label, and hold on a day on which it does."""
    one = find(addresses, postal_id)
    return tuple(
        other
        for other in addresses
        if other.id != one.id
        and other.reads_as == one.reads_as
        and overlaps(one.valid_from, one.valid_to, other.valid_from, other.valid_to)
    )


def add(addresses: PostalAddresses, new: PostalAddress, *, private_allowed: bool) -> Events:
    """Add a postal address; the first is the default, a later one if it asks to be (POS-01).

    `private_allowed` says whether this address type has private details: only the person does (CON-06).
    Adding the same one again changes nothing; another one under the same id is refused (POS-01).
    """
    if new.private and not private_allowed:
        raise RuleViolation("CON-06", "private postal addresses belong to the person", "kind")
    _complete(new)
    if any(address.id == new.id for address in addresses):
        if replace(find(addresses, new.id), is_default=new.is_default) == new:
            return []
        raise RuleViolation("POS-01", "another postal address has this id", "id")
    return [
        PostalAddressAdded(
            postal_id=new.id,
            kind=new.kind,
            label=new.label,
            street=new.street,
            postal_code=new.postal_code,
            city=new.city,
            country=new.country,
            supplement=new.supplement,
            is_default=new.is_default or not addresses,
            valid_from=new.valid_from,
            valid_to=new.valid_to,
        )
    ]


def change(addresses: PostalAddresses, changed: PostalAddress) -> Events:
    """Let a postal address read differently, or hold for other days; its kind stays."""
    _complete(changed)
    if find(addresses, changed.id) == changed:
        return []
    return [
        PostalAddressChanged(
            postal_id=changed.id,
            label=changed.label,
            street=changed.street,
            postal_code=changed.postal_code,
            city=changed.city,
            country=changed.country,
            supplement=changed.supplement,
            valid_from=changed.valid_from,
            valid_to=changed.valid_to,
        )
    ]


def remove(addresses: PostalAddresses, postal_id: str) -> Events:
    """Remove a postal address; if it was the default, the oldest other one takes over."""
    gone = find(addresses, postal_id)
    heirs = [address.id for address in addresses if address.id != gone.id]
    heir = heirs[0] if gone.is_default and heirs else None
    return [PostalAddressRemoved(postal_id=postal_id, new_default=heir)]


def set_default(addresses: PostalAddresses, postal_id: str) -> Events:
    """Make a postal address the default; the flag moves (POS-01)."""
    return [] if find(addresses, postal_id).is_default else [DefaultPostalAddressSet(postal_id=postal_id)]


def default_city(addresses: PostalAddresses) -> str:
    """The city of the default postal address; empty if there is none."""
    return next((address.city for address in addresses if address.is_default), "")


def without_private(addresses: PostalAddresses) -> PostalAddresses:
    """What a caller without the right to private data sees.

    If the default is private, the oldest visible one shows as default, so that nothing gives away the private one.
    """
    visible = tuple(address for address in addresses if not address.private)
    if not visible or any(address.is_default for address in visible):
        return visible
    return (replace(visible[0], is_default=True), *visible[1:])


def evolve_postal(addresses: PostalAddresses, event: PostalEvent) -> PostalAddresses:
    """Apply an event of postal addresses."""
    match event:
        case PostalAddressAdded():
            fields = event.model_dump(exclude={"postal_id", "is_default"})
            added = PostalAddress(id=event.postal_id, **fields)
            return _default((*addresses, added), added.id if event.is_default else None)
        case PostalAddressChanged():
            fields = event.model_dump(exclude={"postal_id"})
            return tuple(replace(a, **fields) if a.id == event.postal_id else a for a in addresses)
        case PostalAddressRemoved():
            return _default(tuple(a for a in addresses if a.id != event.postal_id), event.new_default)
        case DefaultPostalAddressSet():
            return _default(addresses, event.postal_id)


def _complete(address: PostalAddress) -> None:
    if not address.street and not address.city:
        raise RuleViolation("POS-02", "a postal address needs at least a street or a city", "city")
    period(address.valid_from, address.valid_to, "POS-01")


def _default(addresses: PostalAddresses, postal_id: str | None) -> PostalAddresses:
    if postal_id is None:
        return addresses
    return tuple(replace(address, is_default=address.id == postal_id) for address in addresses)
