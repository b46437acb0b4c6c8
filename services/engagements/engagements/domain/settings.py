"""How engagements work in this installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dossier.contracts.base import Event
from dossier.contracts.engagements import EngagementSettingsChanged
from engagements.domain.roles import CustomerRule


@dataclass(frozen=True)
class EngagementSettings:
    """`customer_rule`: is a contact or couple as customer refused, or recorded with a warning (ROL-02)?"""

    customer_rule: CustomerRule = "refuse"


def change(state: EngagementSettings, customer_rule: CustomerRule) -> Sequence[Event]:
    """Let the installation work otherwise."""
    return [] if state.customer_rule == customer_rule else [EngagementSettingsChanged(customer_rule=customer_rule)]


def evolve(state: EngagementSettings, event: Event) -> EngagementSettings:
    """The settings after the event. Raises TypeError for an event settings cannot have."""
    match event:
        case EngagementSettingsChanged():
            return EngagementSettings(event.customer_rule)
        case _:
            raise TypeError(f"{event.event_type} is no event of the settings")
