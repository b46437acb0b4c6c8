"""The own view: activities with their dates and rights, users with their preferences, groups, and restrictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from dossier.clock import parse_rfc3339
from dossier.contracts import RecordedEvent
from dossier.contracts.base import Event
from dossier.contracts.directory import (
    MemberAdded,
    MemberRemoved,
    UserAdded,
    UserChanged,
    UserDeactivated,
    UserReactivated,
)
from dossier.contracts.engagements import EngagementOpened, EngagementRestricted
from dossier.ids import split_stream
from dossier.mongo import ASCENDING, Document, IndexModel, by_ids
from dossier.projections.views import ViewProjection
from notifications.domain import preferences, subject
from notifications.domain.planning import Recipient
from notifications.domain.preferences import Preferences
from notifications.domain.subject import Readers, Subject

INDEXES = [
    IndexModel(
        [("users", ASCENDING), ("_id", ASCENDING)], name="users", partialFilterExpression={"users": {"$exists": True}}
    ),
    IndexModel([("members", ASCENDING)], name="members", partialFilterExpression={"members": {"$exists": True}}),
]


@dataclass(frozen=True)
class Inputs:
    """Activities and recipients as they were at one moment, with the versions of the documents they were read from."""

    subjects: Mapping[str, Subject]
    recipients: Mapping[str, Recipient]
    versions: Mapping[str, int]


class KnownView(ViewProjection):
    """One document per stream: `subject` of an activity and the `users` it concerns, `zone` and `active` of a user, the
    `preferences` of a user, the `members` of a group, the `readers` of a restricted engagement."""

    name: ClassVar[str] = "reminders"
    sources: ClassVar[tuple[str, ...]] = ("activities", "directory", "engagements", "notifications")

    async def prepare(self) -> None:
        """See Projection."""
        await self.documents.create_indexes(INDEXES)

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """See ViewProjection."""
        document = document or {}
        match split_stream(event.stream)[0]:
            case "activity":
                known = subject.evolve(
                    _subject(document), event.event(), event.version, parse_rfc3339(event.recordedtime)
                )
                return {"subject": msgspec.to_builtins(known), "users": sorted(known.task.concerned)}
            case "preferences":
                wanted = preferences.evolve(_preferences(document), event.event())
                return {"preferences": msgspec.to_builtins(wanted)}
            case "user":
                return _user(document, event.event())
            case "group":
                return _group(document, event.event())
            case _:
                return _engagement(document, event.event())

    async def inputs(self, activities: Iterable[str]) -> Inputs:
        """What planning needs to know of these activities and of all whom they concern."""
        subjects: dict[str, Subject] = {}
        versions: dict[str, int] = {}
        for activity, document in (await by_ids(self.documents, activities)).items():
            subjects[activity] = _subject(document)
            versions[activity] = document["version"]
        users = {user for known in subjects.values() for user in known.task.concerned}
        streams = [f"{kind}-{user}" for user in users for kind in ("user", "preferences")]
        found = await by_ids(self.documents, streams)
        versions |= {stream: found[stream]["version"] if stream in found else 0 for stream in streams}
        recipients = {
            user: Recipient(
                found[f"user-{user}"]["zone"],
                found[f"user-{user}"]["active"],
                _preferences(found.get(f"preferences-{user}", {})),
            )
            for user in users
            if "zone" in found.get(f"user-{user}", {})
        }
        return Inputs(subjects, recipients, versions)

    async def versions(self, streams: Iterable[str]) -> dict[str, int]:
        """How far each of these streams is known."""
        return await ViewProjection.positions(self, streams)

    async def subjects(self, activities: Iterable[str]) -> dict[str, Subject]:
        """These activities as they are known."""
        found = await by_ids(self.documents, activities, {"subject": 1})
        return {activity: _subject(document) for activity, document in found.items()}

    async def tokens(self, users: Iterable[str]) -> dict[str, frozenset[str]]:
        """What grants are compared with for each of these users: the user and the groups the directory knows."""
        held = {user: {f"user:{user}"} for user in users}
        found = self.documents.find({"members": {"$in": list(held)}}, {"members": 1})
        async for group in found:
            for user in held.keys() & set(group["members"]):
                held[user].add(f"group:{split_stream(group['_id'])[1]}")
        return {user: frozenset(tokens) for user, tokens in held.items()}

    async def readers(self, engagements: Iterable[str]) -> dict[str, Readers]:
        """Who may see these engagements; one that is not known is absent."""
        found = await by_ids(self.documents, engagements, {"readers": 1})
        return {stream: frozenset(each["readers"]) if "readers" in each else None for stream, each in found.items()}

    async def time_zone(self, user: str) -> str | None:
        """The user's time zone, if the user is known."""
        document = await self.get(f"user-{user}")
        return document.get("zone") if document else None

    async def concerning(self, user: str, after: str, limit: int) -> Sequence[str]:
        """Activities that may have something to tell the user, in order of their ids, after one of them."""
        wanted = {"users": user, "_id": {"$gt": after}}
        found = self.documents.find(wanted, {"_id": 1}).sort("_id", ASCENDING).limit(limit)
        return [document["_id"] async for document in found]


def _subject(document: Document) -> Subject:
    return msgspec.convert(document["subject"], Subject) if "subject" in document else Subject()


def _preferences(document: Document) -> Preferences:
    return msgspec.convert(document["preferences"], Preferences) if "preferences" in document else Preferences()


def _user(document: Document, event: Event) -> Document:
    changes: dict[str, Any] = {}
    match event:
        case UserAdded(time_zone=zone):
            changes = {"zone": zone, "active": True}
        case UserChanged(time_zone=str(zone)):
            changes = {"zone": zone}
        case UserDeactivated():
            changes = {"active": False}
        case UserReactivated():
            changes = {"active": True}
        case _:
            pass
    return document | changes


def _group(document: Document, event: Event) -> Document:
    members = set(document.get("members", ()))
    match event:
        case MemberAdded(user=user):
            members.add(user)
        case MemberRemoved(user=user):
            members.discard(user)
        case _:
            pass
    return {"members": sorted(members)}


def _engagement(document: Document, event: Event) -> Document:
    match event:
        case EngagementRestricted(to=to):
            users, groups = (f"user:{user}" for user in to.users), (f"group:{group}" for group in to.groups)
            return {"readers": sorted({*users, *groups})}
        case EngagementOpened():
            return {}
        case _:
            return document
