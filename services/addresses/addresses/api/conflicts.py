"""What a conflict tells of the changes that came in between."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from dossier.contracts.addresses import (
    ChannelAdded,
    ChannelChanged,
    ChannelRemoved,
    DefaultChannelSet,
    KeywordAssigned,
    KeywordUnassigned,
)
from dossier.http.problems import changes
from dossier.store import ConflictError

_OF_CHANNELS = {event.event_type for event in (ChannelAdded, ChannelChanged, ChannelRemoved, DefaultChannelSet)}
_OF_KEYWORDS = {event.event_type for event in (KeywordAssigned, KeywordUnassigned)}


def conflict_view(request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """As everywhere, but a keyword may be somebody's own, and a person's channel private: of those only who and when.

    Of all of them, whether private or not, so that nothing tells which are.
    """
    reduced = _OF_KEYWORDS | _OF_CHANNELS if error.stream.startswith("person-") else _OF_KEYWORDS
    return [_reduced(change) if change["type"] in reduced else change for change in changes(request, error)]


def _reduced(change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name not in ("type", "fields")}
