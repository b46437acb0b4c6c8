"""Which addresses a stream names, be it of this service or of another, as its events tell (DEL-03).

What is named is kept by slot, so that an event that takes a slot over, or gives it up, says what is named no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dossier.contracts import activities, addresses, engagements
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Reference

Slots = Mapping[str, str | None]
"""What an event puts into which slot; none empties it."""
_ADDRESSES = ("company", "person", "contact", "couple")


def named(event: Event) -> Slots:
    """The slots that the event fills or empties. What a whole stream's end means is `ends`."""
    return _by_address(event) or _by_list(event) or _by_engagement(event) or _by_activity(event)


def begun(event: Event) -> Iterable[str]:
    """The streams that the event begins to name."""
    return (stream for stream in named(event).values() if stream is not None)


def ends(event: Event) -> bool:
    """Whether the stream names nothing more after the event."""
    return isinstance(event, (addresses.AddressDeleted, addresses.LinkRemoved, addresses.FolderEntryRemoved))


def _by_address(event: Event) -> Slots:
    match event:
        case addresses.CompanyRegistered() | addresses.CompanyParentSet():
            return {"parent": _of("company", event.parent)}
        case addresses.PrimaryContactSet():
            return {"primary_contact": _of("contact", event.contact)}
        case addresses.ContactRegistered():
            return {"company": _of("company", event.company), "person": _of("person", event.person)}
        case addresses.PersonLinked() | addresses.PersonLinkCorrected():
            return {"person": _of("person", event.person)}
        case addresses.PersonUnlinked():
            return {"person": None}
        case addresses.AffiliationCorrected():
            return {"company": _of("company", event.company)}
        case addresses.CoupleRegistered():
            return {"a": _of("person", event.a.person), "b": _of("person", event.b.person)}
        case addresses.CouplePersonLinked():
            return {event.side: _of("person", event.person)}
        case addresses.CouplePersonUnlinked():
            return {event.side: None}
        case addresses.CoupleHalfCorrected():
            return {event.side: _of("person", event.half.person)}
        case _:
            return {}


def _by_list(event: Event) -> Slots:
    match event:
        case addresses.AddressesLinked():
            return {"one": event.one.stream, "other": event.other.stream}
        case addresses.FolderEntryAdded() if event.entry.type in _ADDRESSES:
            return {"entry": event.entry.stream}
        case _:
            return {}


def _by_engagement(event: Event) -> Slots:
    match event:
        case engagements.RoleAssigned():
            return {f"role:{event.role_id}": event.address.stream}
        case engagements.RoleRemoved():
            return {f"role:{event.role_id}": None}
        case engagements.OpportunityOpened():
            return {"address": event.address.stream}
        case engagements.OpportunityChanged(address=AddressRef() as address):
            return {"address": address.stream}
        case engagements.InvoiceRegistered():
            return {"recipient": event.recipient.stream}
        case engagements.InvoiceChanged(recipient=AddressRef() as recipient):
            return {"recipient": recipient.stream}
        case _:
            return {}


def _by_activity(event: Event) -> Slots:
    match event:
        case activities.ActivityRecorded():
            of = (event.address, *event.further_addresses)
            return {address.stream: address.stream for address in of if address is not None}
        case activities.ActivityLinked() if _is_address(event.object):
            return {event.object.stream: event.object.stream}
        case activities.ActivityUnlinked() if _is_address(event.object):
            return {event.object.stream: None}
        case _:
            return {}


def _is_address(object: Reference) -> bool:
    return object.type in _ADDRESSES


def _of(kind: str, identifier: str | None) -> str | None:
    return None if identifier is None else f"{kind}-{identifier}"
