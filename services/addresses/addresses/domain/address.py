"""What all address types have in common: facts, own channels and postal addresses, activity, manager."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from addresses.domain.channels import Channel, evolve_channels
from addresses.domain.facts import NO_FACTS, Facts, evolve_facts
from addresses.domain.keywords import Assigned, evolve_assigned
from addresses.domain.postal import PostalAddress, evolve_postal
from dossier.contracts.addresses import (
    AccountManagerSet,
    AddressDeactivated,
    AddressDeleted,
    AddressFactsChanged,
    AddressReactivated,
    AliasGivenUp,
    AliasSet,
    DefaultPostalAddressSet,
    KeywordAssigned,
    KeywordUnassigned,
    LayoutChosen,
    PostalAddressAdded,
    PostalAddressChanged,
    PostalAddressRemoved,
)
from dossier.contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class Address:
    """The part of the state that company, person, contact and couple share (ADR-02).

    `manual_alias` is the alias that somebody typed; none: the computed one stands. Letters are laid out by the template
    `layout`, or by `own_lines`; with neither by the default one.
    """

    is_active: bool = True
    is_deleted: bool = False
    facts: Facts = NO_FACTS
    account_manager: str | None = None
    manual_alias: str | None = None
    channels: tuple[Channel, ...] = ()
    postal_addresses: tuple[PostalAddress, ...] = ()
    keywords: tuple[Assigned, ...] = ()
    layout: str | None = None
    own_lines: str | None = None


S = TypeVar("S", bound=Address)


def deactivate(state: Address) -> Sequence[Event]:
    """Keep the address, but offer it no longer (STA-01)."""
    return [AddressDeactivated()] if state.is_active else []


def reactivate(state: Address) -> Sequence[Event]:
    """Offer the address again."""
    return [] if state.is_active else [AddressReactivated()]


def set_account_manager(state: Address, user: str | None) -> Sequence[Event]:
    """Let another user look after the address, or nobody (ADR-10)."""
    return [] if user == state.account_manager else [AccountManagerSet(user=user)]


def delete(_state: Address) -> Sequence[Event]:
    """Delete the address, to which nothing refers (DEL-01, DEL-03). Its id stays known for ever."""
    return [AddressDeleted()]


def evolve_address(state: S, event: Event) -> S:
    """Apply an event that every address type can have. Raises TypeError for one it cannot."""
    match event:
        case AddressDeactivated() | AddressReactivated():
            return replace(state, is_active=isinstance(event, AddressReactivated))
        case AddressDeleted():
            return replace(state, is_deleted=True)
        case AddressFactsChanged():
            return replace(state, facts=evolve_facts(state.facts, event))
        case AccountManagerSet():
            return replace(state, account_manager=event.user)
        case AliasSet():
            return replace(state, manual_alias=event.alias)
        case AliasGivenUp():
            return replace(state, manual_alias=None)
        case KeywordAssigned() | KeywordUnassigned():
            return replace(state, keywords=evolve_assigned(state.keywords, event))
        case LayoutChosen():
            return replace(state, layout=event.layout, own_lines=event.own_lines)
        case PostalAddressAdded() | PostalAddressChanged() | PostalAddressRemoved() | DefaultPostalAddressSet():
            return replace(state, postal_addresses=evolve_postal(state.postal_addresses, event))
        case _:
            return replace(state, channels=evolve_channels(state.channels, event))
