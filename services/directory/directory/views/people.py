"""Users and groups as lists show them."""

from __future__ import annotations

from typing import Any, ClassVar

from dossier.contracts import RecordedEvent
from dossier.contracts.base import Event
from dossier.contracts.directory import (
    GroupCreated,
    GroupRenamed,
    MemberAdded,
    MemberRemoved,
    UserAdded,
    UserChanged,
    UserDeactivated,
    UserReactivated,
)
from dossier.mongo import Document
from dossier.projections.views import ViewProjection


class People(ViewProjection):
    """One document per user and group, its fields named as in the events."""

    name: ClassVar[str] = "people"
    sources: ClassVar[tuple[str, ...]] = ("directory",)
    view: ClassVar[str] = "entries"

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The document after the event."""
        before = document or {}
        return {**before, **_change(before, event.event())}


def _change(before: Document, event: Event) -> dict[str, Any]:
    match event:
        case UserAdded():
            return {"is_active": True, **event.model_dump(mode="json")}
        case UserChanged():
            return event.model_dump(mode="json", exclude_unset=True)
        case UserDeactivated() | UserReactivated():
            return {"is_active": isinstance(event, UserReactivated)}
        case GroupCreated():
            return {"name": event.name, "members": []}
        case GroupRenamed():
            return {"name": event.name}
        case MemberAdded():
            return {"members": [*before["members"], event.user]}
        case MemberRemoved():
            return {"members": [user for user in before["members"] if user != event.user]}
        case _:
            return {}
