"""Corrections by people: an activity that was entered in error, and its place in single histories.

They are events of the activity, so that they outlive whatever is built from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from activities.domain.state import Activity
from dossier.contracts.activities import (
    ActivityRestored,
    ActivityWithdrawn,
    EntryHidden,
    EntryPinned,
    EntryShown,
    EntryUnpinned,
)
from dossier.contracts.base import Event
from dossier.contracts.common import Reference
from dossier.contracts.rules import RuleViolation


def standing(state: Activity) -> Activity:
    """The state, unless it was withdrawn: then nothing else is done with it. Raises RuleViolation ACT-WITHDRAWN."""
    if state.withdrawn:
        raise RuleViolation("ACT-WITHDRAWN", "it was withdrawn as entered in error; restore it first", "withdrawn")
    return state


def withdraw(state: Activity, reason: str) -> Sequence[ActivityWithdrawn]:
    """Say that the activity was entered in error: it is on no page any more, and its events stay."""
    return [] if state.withdrawn else [ActivityWithdrawn(reason=reason)]


def restore(state: Activity, reason: str) -> Sequence[Event]:
    """Say that it was withdrawn in error; it is again wherever it was."""
    return [ActivityRestored(reason=reason)] if state.withdrawn else []


def pin(state: Activity, place: Reference) -> Sequence[Event]:
    """Let the activity stand out in this object's history, if and when that one shows it."""
    return [] if place in state.pinned_on else [EntryPinned(object=place)]


def unpin(state: Activity, place: Reference) -> Sequence[Event]:
    """Let it stand out there no longer."""
    return [EntryUnpinned(object=place)] if place in state.pinned_on else []


def hide(state: Activity, place: Reference, reason: str) -> Sequence[Event]:
    """Do not show the activity in this object's history, whatever rule leads there, now or later."""
    return [] if place in state.hidden_on else [EntryHidden(object=place, reason=reason)]


def show(state: Activity, place: Reference) -> Sequence[Event]:
    """Hide it there no longer."""
    return [EntryShown(object=place)] if place in state.hidden_on else []
