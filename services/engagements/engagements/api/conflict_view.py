"""What a conflict (409) tells of the changes that came in between."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from dossier.contracts.engagements import EngagementKeywordAssigned, EngagementKeywordUnassigned
from dossier.http.problems import changes
from dossier.store import ConflictError

_OF_KEYWORDS = {event.event_type for event in (EngagementKeywordAssigned, EngagementKeywordUnassigned)}


def conflict_view(request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """As everywhere, but a keyword may be personal (KEY-06): of those only who and when, personal or not."""
    return [_reduced(change) if change["type"] in _OF_KEYWORDS else change for change in changes(request, error)]


def _reduced(change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name not in ("type", "fields")}
