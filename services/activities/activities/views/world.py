"""What activities need to know of the others: which addresses, engagements, users and groups there are, who may see an
engagement, and where a user is. The name of nobody is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from activities.domain.access import Readers
from dossier.contracts import RecordedEvent
from dossier.contracts.directory import UserAdded, UserChanged
from dossier.contracts.engagements import EngagementOpened, EngagementRestricted
from dossier.mongo import Document
from dossier.projections.views import ViewProjection


class WorldView(ViewProjection):
    """One small document for each stream of the other write sides.

    `readers` of an engagement are those it is restricted to, absent while it is open; `time_zone` is a user's. An
    address that was deleted stays known, because what was said with it stays said.
    """

    name: ClassVar[str] = "world"
    version: ClassVar[int] = 1
    sources: ClassVar[tuple[str, ...]] = ("addresses", "engagements", "directory")

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """See ViewProjection. Events that say nothing of this leave a document that says: it exists."""
        document = document or {}
        match event.event() if event.type in _TELLING else None:
            case EngagementRestricted(to=to):
                users, groups = (f"user:{user}" for user in to.users), (f"group:{group}" for group in to.groups)
                document["readers"] = sorted({*users, *groups})
            case EngagementOpened():
                document.pop("readers", None)
            case UserAdded(time_zone=time_zone) | UserChanged(time_zone=str(time_zone)):
                document["time_zone"] = time_zone
            case _:
                pass
        return document

    async def known(self, stream: str) -> bool:
        """Whether the stream exists, as far as is known here."""
        return await self.get(stream) is not None

    async def readers(self, engagements: Sequence[str]) -> Mapping[str, Readers]:
        """Who may see these engagements; one that is not known is absent."""
        if not engagements:
            return {}
        found = self.documents.find({"_id": {"$in": list(engagements)}}, {"readers": 1})
        return {
            document["_id"]: frozenset(document["readers"]) if "readers" in document else None
            async for document in found
        }

    async def time_zone(self, user: str) -> str | None:
        """The user's time zone, if the user is known."""
        document = await self.get(f"user-{user}")
        return document.get("time_zone") if document else None


_TELLING = frozenset(kind.event_type for kind in (EngagementRestricted, EngagementOpened, UserAdded, UserChanged))
