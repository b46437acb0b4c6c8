"""What all address types have in common: being active, and own communication channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from addresses.domain.channels import Channel, evolve_channels
from dossier.contracts.addresses import AddressDeactivated, AddressDeleted, AddressReactivated
from dossier.contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class Address:
    """The part of the state that company, person and contact share (ADR-02)."""

    is_active: bool = True
    is_deleted: bool = False
    channels: tuple[Channel, ...] = ()


S = TypeVar("S", bound=Address)


def deactivate(state: Address) -> Sequence[Event]:
    """Keep the address, but offer it no longer (STA-01)."""
    return [AddressDeactivated()] if state.is_active else []


def reactivate(state: Address) -> Sequence[Event]:
    """Offer the address again."""
    return [] if state.is_active else [AddressReactivated()]


def delete(_state: Address) -> Sequence[Event]:
    """Delete the address, to which nothing refers (DEL-01, DEL-03). Its id stays known for ever."""
    return [AddressDeleted()]


def evolve_address(state: S, event: Event) -> S:
    """Apply an event that every address type can have. Raises TypeError for one it cannot."""
    match event:
        case AddressDeactivated():
            return replace(state, is_active=False)
        case AddressReactivated():
            return replace(state, is_active=True)
        case AddressDeleted():
            return replace(state, is_deleted=True)
        case _:
            return replace(state, channels=evolve_channels(state.channels, event))
