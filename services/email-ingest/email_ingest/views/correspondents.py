"""Whose mail addresses are whose: own channels of addresses, and the mail addresses of our users.

Only own channels are here, so a mail is matched where its channel lives and never through an inherited one (EML-16).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from dossier.contracts import RecordedEvent, decode_fields
from dossier.contracts.common import AddressRef
from dossier.ids import split_stream
from dossier.mail_address import normalise_mail_address
from dossier.mongo import ASCENDING, Document
from dossier.projections.views import ViewProjection
from dossier.store.gathering import Gathering, room_for
from email_ingest.domain.matching import Owner
from email_ingest.mailboxes import Mailboxes

_ADDED = frozenset({"crm.addresses.channel-added", "crm.addresses.channel-changed"})
_TOGETHER, _LANES = 64, 2
_USER_EVENTS = frozenset({"crm.directory.user-added", "crm.directory.user-changed"})


class CorrespondentsView(ViewProjection):
    """One document per address or user that has a mail address of its own.

    `mails` are the mail addresses. `fresh` are those the late linker has not looked at yet.
    """

    name: ClassVar[str] = "correspondents"
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


@dataclass(frozen=True)
class Known:
    """Whose some mail addresses are: which are our users' or our mailboxes, and who else has which as own channels."""

    ours: frozenset[str]
    owners: Mapping[str, Sequence[Owner]]
    """By mail address, in order of the owners' ids."""


class Correspondents:
    """Whose mail addresses are whose."""

    def __init__(self, view: CorrespondentsView, mailboxes: Mailboxes) -> None:
        self._view = view
        self._mailboxes = mailboxes
        self._found: Gathering[frozenset[str], list[Document]] = Gathering(self._read, room_for(_TOGETHER), _LANES)

    async def known(self, mail_addresses: Iterable[str]) -> Known:
        """What is known now. Of many mails that ask at the same moment, one read."""
        wanted = frozenset(mail_addresses)
        found = await self._found.ask(wanted)
        users = {mail for document in found if "staff" in document for mail in document["mails"]}
        boxes = {mail for mail in wanted if await self._mailboxes.is_ours(mail)}
        owners: dict[str, list[Owner]] = defaultdict(list)
        for document in found:
            for mail, owner in _own_channels(document):
                if mail in wanted:
                    owners[mail].append(owner)
        return Known(wanted & users | boxes, owners)

    async def _read(self, requests: Sequence[frozenset[str]]) -> list[list[Document]]:
        every = sorted(frozenset[str]().union(*requests))
        found = await self._view.documents.find({"mails": {"$in": every}}).sort("_id", ASCENDING).to_list(None)
        return [[document for document in found if not wanted.isdisjoint(document["mails"])] for wanted in requests]


def _own_channels(document: Document) -> Iterator[tuple[str, Owner]]:
    if "staff" in document:
        return
    kind, identifier = split_stream(document["_id"])
    address = AddressRef.model_validate({"type": kind, "id": identifier})
    # The last of several channels with the same mail address counts.
    for mail, channel in {channel["mail"]: channel for channel in document["channels"].values()}.items():
        yield mail, Owner(address, _day(channel["from"]), _day(channel["to"]))


def _channels(document: Document | None) -> dict[str, Any]:
    return dict(document.get("channels", {})) if document else {}


def _with_channels(document: Document | None, channels: dict[str, Any]) -> Document | None:
    if not channels:
        return None
    mails = sorted({channel["mail"] for channel in channels.values()})
    fresh = [mail for mail in (document or {}).get("fresh", ()) if mail in mails]
    return {"channels": channels, "mails": mails, **({"fresh": fresh} if fresh else {})}


def _user(document: Document | None, fields: dict[str, Any]) -> Document | None:
    if "email" not in fields:
        return document
    try:
        return {"staff": True, "mails": [normalise_mail_address(fields["email"])]} if fields["email"] else None
    except ValueError:
        return None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
