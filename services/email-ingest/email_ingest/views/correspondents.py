"""Whose mail addresses are whose: own channels of addresses, and the mail addresses of our users.

Only own channels are here, so a mail is matched where its channel lives and never through an inherited one (EML-16).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from dossier.contracts import RecordedEvent, decode_fields
from dossier.contracts.common import AddressRef
from dossier.ids import split_stream
from dossier.mail_address import normalise_mail_address
from dossier.mongo import ASCENDING, Document
from dossier.projections.views import ViewProjection
from email_ingest.domain.matching import Owner
from email_ingest.mailboxes import Mailboxes

_ADDED = frozenset({"crm.addresses.channel-added", "crm.addresses.channel-changed"})
_USER_EVENTS = frozenset({"crm.directory.user-added", "crm.directory.user-changed"})


class CorrespondentsView(ViewProjection):
    """One document per address or user that has a mail address of its own.

    `mails` are the mail addresses. `fresh` are those the late linker has not looked at yet.
    """

    name: ClassVar[str] = "correspondents"
    version: ClassVar[int] = 1
    sources: ClassVar[tuple[str, ...]] = ("addresses", "directory")

    async def prepare(self) -> None:
        """Indexes of the two look-ups: by mail address, and what the late linker has to do."""
        await self.documents.create_index([("mails", ASCENDING)])
        await self.documents.create_index([("fresh", ASCENDING)], partialFilterExpression={"fresh": {"$exists": True}})

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """Keep the mail channels; everything else of an address does not matter here."""
        if event.type in _USER_EVENTS:
            return _user(document, decode_fields(event.type, event.schemaversion, event.data))
        if event.type == "crm.addresses.channel-removed":
            removed = decode_fields(event.type, event.schemaversion, event.data)["channel_id"]
            channels = {key: value for key, value in _channels(document).items() if key != removed}
            return _with_channels(document, channels)
        if event.type == "crm.addresses.address-deleted":
            return None
        if event.type not in _ADDED:
            return document
        fields = decode_fields(event.type, event.schemaversion, event.data)
        known = _channels(document)
        if fields.get("kind", "E" if fields["channel_id"] in known else "") != "E":
            return document
        mail: str = fields["normalised"]
        channel = {"mail": mail, "from": fields.get("valid_from"), "to": fields.get("valid_to")}
        changed = _with_channels(document, {**known, fields["channel_id"]: channel})
        return None if changed is None else {**changed, "fresh": sorted({*changed.get("fresh", ()), mail})}


class Correspondents:
    """Questions about mail addresses."""

    def __init__(self, view: CorrespondentsView, mailboxes: Mailboxes) -> None:
        self._view = view
        self._mailboxes = mailboxes

    async def owners(self, mail_addresses: Sequence[str]) -> dict[str, list[Owner]]:
        """The address entries whose own channel each mail address is, in order of id."""
        wanted = set(mail_addresses)
        owners: dict[str, list[Owner]] = defaultdict(list)
        query = {"mails": {"$in": sorted(wanted)}, "staff": {"$exists": False}}
        async for document in self._view.documents.find(query).sort("_id", ASCENDING):
            kind, identifier = split_stream(document["_id"])
            address = AddressRef.model_validate({"type": kind, "id": identifier})
            for mail, channel in _by_mail(document).items():
                if mail in wanted:
                    owners[mail].append(Owner(address, _day(channel["from"]), _day(channel["to"])))
        return owners

    async def ours(self, mail_addresses: Sequence[str]) -> frozenset[str]:
        """Which of the mail addresses belong to our users or are our mailboxes."""
        query = {"mails": {"$in": sorted(set(mail_addresses))}, "staff": True}
        users = [mail async for user in self._view.documents.find(query) for mail in user["mails"]]
        boxes = [mail for mail in set(mail_addresses) if await self._mailboxes.is_ours(mail)]
        return frozenset(users) & frozenset(mail_addresses) | frozenset(boxes)


def _channels(document: Document | None) -> dict[str, Any]:
    return dict(document.get("channels", {})) if document else {}


def _with_channels(document: Document | None, channels: dict[str, Any]) -> Document | None:
    if not channels:
        return None
    mails = sorted({channel["mail"] for channel in channels.values()})
    fresh = [mail for mail in (document or {}).get("fresh", ()) if mail in mails]
    return {"channels": channels, "mails": mails, **({"fresh": fresh} if fresh else {})}


def _by_mail(document: Document) -> dict[str, Any]:
    return {channel["mail"]: channel for channel in document["channels"].values()}


def _user(document: Document | None, fields: dict[str, Any]) -> Document | None:
    if "email" not in fields:
        return document
    try:
        return {"staff": True, "mails": [normalise_mail_address(fields["email"])]} if fields["email"] else None
    except ValueError:
        return None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
