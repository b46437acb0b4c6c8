"""What a user wants to be reminded of, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from dossier.contracts.base import Event
from dossier.contracts.notifications import ReminderPreferencesChanged


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """A user's preferences as they stand; these defaults hold until the user chooses (T7: 09:00 of the recipient).

    `lead_days` is how many days before the due date its reminder comes; a follow-up is its own early warning.
    """

    remind_at: time = time(9)
    due: bool = True
    follow_up: bool = True
    lead_days: int = 0


def change(state: Preferences, wanted: ReminderPreferencesChanged) -> Sequence[Event]:
    """Let the user be reminded in another way; what already is so is left out."""
    different = {name: value for name, value in _set(wanted).items() if value != getattr(state, name)}
    return [ReminderPreferencesChanged(**different)] if different else []


def evolve(state: Preferences, event: Event) -> Preferences:
    """Apply an event. Raises TypeError for one of another aggregate."""
    if not isinstance(event, ReminderPreferencesChanged):
        raise TypeError(type(event).__name__)
    return replace(state, **_set(event))


def _set(event: ReminderPreferencesChanged) -> dict[str, Any]:
    return {name: value for name in event.model_fields_set if (value := getattr(event, name)) is not None}
