"""What a conflict tells of the changes that came in between."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from dossier.contracts.addresses import ChannelAdded, ChannelChanged, ChannelRemoved, DefaultChannelSet
from dossier.http.problems import changes
from dossier.store import ConflictError

_OF_CHANNELS = {event.event_type for event in (ChannelAdded, ChannelChanged, ChannelRemoved, DefaultChannelSet)}


def conflict_view(request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """As everywhere, but a person's channels may be private: of those only who and when, private or not."""
    told = changes(request, error)
    if not error.stream.startswith("person-"):
        return told
    return [_reduced(change) if change["type"] in _OF_CHANNELS else change for change in told]


def _reduced(change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name not in ("type", "fields")}
