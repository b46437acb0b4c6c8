"""What a conflict tells of the changes that came in between."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from dossier.contracts import addresses as events
from dossier.http.problems import changes
from dossier.store import ConflictError

_OF_FACTS = {events.AddressFactsChanged.event_type}
_OF_PERSONS = _OF_FACTS | {
    event.event_type
    for event in (
        events.ChannelAdded,
        events.ChannelChanged,
        events.ChannelRemoved,
        events.DefaultChannelSet,
        events.ChannelContactForbidden,
        events.ChannelContactAllowed,
        events.ChannelConsentRecorded,
        events.ChannelBounced,
        events.ChannelReached,
        events.PostalAddressAdded,
        events.PostalAddressChanged,
        events.PostalAddressRemoved,
        events.DefaultPostalAddressSet,
    )
}


def conflict_view(request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """As everywhere, but facts, and a person's channels and postal addresses, may be private.

    Of those only who and when, private or not.
    """
    reduced = _OF_PERSONS if error.stream.startswith("person-") else _OF_FACTS
    return [_reduced(change) if change["type"] in reduced else change for change in changes(request, error)]


def _reduced(change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name not in ("type", "fields")}
