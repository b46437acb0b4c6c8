"""Which event types this build knows."""

from __future__ import annotations

from dossier.contracts import EVENTS, UnknownEvent
from dossier.contracts.base import UPCASTERS


def require_known(event_type: str, schema: int) -> None:
    """Pass over an event that has no bearing on a history.

    Raises UnknownEvent if the type or schema version is not in the registry: then nobody can say what bearing it has.
    """
    if (event_type, schema) not in EVENTS and (event_type, schema) not in UPCASTERS:
        raise UnknownEvent(f"{event_type} v{schema}")
