"""What activities need to know of the others: which addresses, engagements, users, groups and keywords there are, who
may see an engagement, where a user is, and what users and groups are called. Names of addresses are not kept."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from activities.domain.access import Readers
from activities.domain.keywords import KeywordGroup
from dossier.contracts import RecordedEvent
from dossier.contracts.addresses import (
    AddressDeleted,
    KeywordAdded,
    KeywordChanged,
    KeywordGroupChanged,
    KeywordGroupCreated,
)
from dossier.contracts.base import REDACTED, Event
from dossier.contracts.directory import (
    GroupCreated,
    GroupRenamed,
    MemberAdded,
    MemberRemoved,
    UserAdded,
    UserChanged,
)
from dossier.contracts.engagements import (
    EngagementOpened,
    EngagementRestricted,
    InvoiceChanged,
    InvoiceRegistered,
    PhaseAdded,
)
from dossier.ids import split_stream
from dossier.mongo import Document, aggregate
from dossier.projections.parking import Parking
from dossier.projections.views import ViewProjection


class WorldView(ViewProjection):
    """One small document for each stream of the other write sides.

    `readers` of an engagement are those it is restricted to, absent while it is open; `project` is that of a phase or
    invoice; `time_zone` is a user's, `called` the name of a user or group, `members` those of a group. An address that
    was deleted keeps a document that says so. That of a group of keywords has what `KeywordGroup` says.
    """

    name: ClassVar[str] = "neighbours"
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
            case PhaseAdded(project=project) | InvoiceRegistered(project=project):
                document["project"] = project
            case InvoiceChanged(project=project) as changed if "project" in changed.model_fields_set:
                document["project"] = project
            case AddressDeleted():
                document["deleted"] = True
            case UserAdded() | UserChanged() as user:
                document |= user.model_dump(include={"time_zone"}, exclude_none=True) | _called(user.name)
            case GroupCreated(name=name) | GroupRenamed(name=name):
                document |= _called(name)
            case MemberAdded(user=user):
                document["members"] = sorted({*document.get("members", ()), user})
            case MemberRemoved(user=user):
                document["members"] = [each for each in document.get("members", ()) if each != user]
            case KeywordGroupCreated() | KeywordGroupChanged() | KeywordAdded() | KeywordChanged() as told:
                _tell_of_keywords(document, told)
            case _:
                pass
        return document

    async def known(self, stream: str) -> bool:
        """Whether the stream exists and is not deleted, as far as is known here."""
        document = await self.get(stream)
        return document is not None and "deleted" not in document

    async def readers(self, engagements: Sequence[str]) -> Mapping[str, Readers]:
        """Who may see these engagements; one that is not known is absent, and so is one that is set aside: a later
        event may have restricted it.

        A phase, and an invoice that has one, follow their project: while that one is absent, they are absent too.
        Whatever they are, it takes two commands at once, so that the time tells nothing.
        """
        if not engagements:
            return {}
        known, parked = await gather(self._engagements(engagements), Parking(self).everything_hidden())
        readers: dict[str, Readers] = {}
        for stream, fields in known.items():
            project = f"project-{fields['project']}" if fields.get("project") else None
            above = fields["above"][0] if fields["above"] else None
            if parked.isdisjoint({stream, project}) and (project is None or above is not None):
                readers[stream] = _both(_readers(fields), _readers(above or {}))
        return readers

    async def parked(self, engagements: Sequence[str]) -> set[str]:
        """Those of these engagements that are set aside."""
        return await Parking(self).hidden(engagements)

    async def projects(self, engagements: Sequence[str]) -> Mapping[str, str]:
        """The projects (streams) that these phases and invoices are of; one that has none, or none known, is absent."""
        known = await self._engagements(engagements)
        return {stream: f"project-{fields['project']}" for stream, fields in known.items() if fields.get("project")}

    async def time_zone(self, user: str) -> str | None:
        """The user's time zone, if the user is known."""
        document = await self.get(f"user-{user}")
        return document.get("time_zone") if document else None

    async def names(self, streams: Collection[str]) -> Mapping[str, str]:
        """What these users and groups are called; whoever is not known is absent, and so is who was erased."""
        found = self.documents.find({"_id": {"$in": sorted(streams)}, "called": {"$gt": ""}}, {"called": 1})
        return {document["_id"]: document["called"] async for document in found}

    async def groups_of(self, users: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The groups that each of these users is in; who is in none is absent."""
        a_group = {"$gte": "group-", "$lt": "group."}  # they are few, so they are found by their ids
        found: dict[str, set[str]] = {}
        async for document in self.documents.find({"_id": a_group, "members": {"$in": sorted(users)}}, {"members": 1}):
            for user in set(users).intersection(document["members"]):
                found.setdefault(user, set()).add(split_stream(document["_id"])[1])
        return {user: frozenset(groups) for user, groups in found.items()}

    async def keyword_groups(self) -> list[KeywordGroup]:
        """All groups of keywords, of which there are few."""
        found = self.documents.find({"_id": {"$gt": "keyword-group-", "$lt": "keyword-group."}, "absent": None})
        fields = ("is_exclusive", "types", "owner", "is_active", "keywords")
        return [KeywordGroup(group["_id"], *(group[field] for field in fields)) async for group in found]

    async def _engagements(self, streams: Sequence[str]) -> Mapping[str, Document]:
        """What is known of these engagements, each with what is known of its project as `above`."""
        pipeline: list[Document] = [
            {"$match": {"_id": {"$in": list(streams)}}},
            {"$project": {"readers": 1, "project": 1, "above": {"$concat": ["project-", "$project"]}}},
            {"$lookup": {"from": self.documents.name, "localField": "above", "foreignField": "_id", "as": "above"}},
        ]
        return {document["_id"]: document async for document in await aggregate(self.documents, pipeline)}


def _tell_of_keywords(group: Document, event: Event) -> None:
    match event:
        case KeywordGroupCreated():
            facts = event.model_dump(mode="json", include={"is_exclusive", "types", "owner"})
            group |= {**facts, "is_active": True, "keywords": {}}
        case KeywordGroupChanged():
            group |= event.model_dump(mode="json", include={"is_exclusive", "types", "is_active"}, exclude_none=True)
        case KeywordAdded(keyword=keyword):
            group["keywords"][keyword] = True
        case KeywordChanged(keyword=keyword, is_active=bool(is_active)):
            group["keywords"][keyword] = is_active
        case _:
            pass


def _called(name: str | None) -> Document:
    return {} if name is None else {"called": "" if name == REDACTED else name}


def _readers(engagement: Document) -> Readers:
    return frozenset(engagement["readers"]) if "readers" in engagement else None


def _both(readers: Readers, others: Readers) -> Readers:
    """Those who are among both, where each may be everybody."""
    return others if readers is None else readers if others is None else readers & others


_TELLING = frozenset(
    kind.event_type
    for kind in (
        EngagementRestricted,
        EngagementOpened,
        PhaseAdded,
        InvoiceRegistered,
        InvoiceChanged,
        UserAdded,
        UserChanged,
        GroupCreated,
        GroupRenamed,
        MemberAdded,
        MemberRemoved,
        AddressDeleted,
        KeywordGroupCreated,
        KeywordGroupChanged,
        KeywordAdded,
        KeywordChanged,
    )
)
