"""What all address types have in common: being active, and own communication channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from addresses.domain.channels import Channel, evolve_channels
from addresses.domain.keywords import Assigned, evolve_assigned
from dossier.contracts.addresses import (
    AddressDeactivated,
    AddressReactivated,
    KeywordAssigned,
    KeywordUnassigned,
    LayoutChosen,
)
from dossier.contracts.base import Event

DEFAULT_LAYOUT = LayoutChosen()


@dataclass(frozen=True, kw_only=True)
class Address:
    """The part of the state that company, person and contact share (ADR-02)."""

    is_active: bool = True
    channels: tuple[Channel, ...] = ()
    keywords: tuple[Assigned, ...] = ()
    layout: LayoutChosen = DEFAULT_LAYOUT


S = TypeVar("S", bound=Address)


def deactivate(state: Address) -> Sequence[Event]:
    """Keep the address, but offer it no longer (STA-01)."""
    return [AddressDeactivated()] if state.is_active else []


def reactivate(state: Address) -> Sequence[Event]:
    """Offer the address again."""
    return [] if state.is_active else [AddressReactivated()]


def evolve_address(state: S, event: Event) -> S:
    """Apply an event that every address type can have. Raises TypeError for one it cannot."""
    match event:
        case AddressDeactivated():
            return replace(state, is_active=False)
        case AddressReactivated():
            return replace(state, is_active=True)
        case KeywordAssigned() | KeywordUnassigned():
            return replace(state, keywords=evolve_assigned(state.keywords, event))
        case LayoutChosen():
            return replace(state, layout=event)
        case _:
            return replace(state, channels=evolve_channels(state.channels, event))
