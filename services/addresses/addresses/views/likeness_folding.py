"""How events make the documents in which duplicates are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from addresses.domain.likeness import endings, forms, human
from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as events
from dossier.contracts.base import REDACTED, Event
from dossier.mongo import Document

COMPARED_KINDS = frozenset("ETM")
"""Letters of channels whose values tell two addresses to be one: mail, telephone, mobile."""
MOST_FORMER = 10
_DERIVED = ("keys", "last", "first", "human", "values", "private_values")


def folded_document(document: Document | None, recorded: RecordedEvent) -> Document | None:
    """The document after the event, or none if there is nothing (more) to be like."""
    event = recorded.event()
    match event:
        case events.AddressDeleted() | events.DuplicateReconsidered():
            return None
        case events.DuplicateDismissed():
            return {"kind": "no-duplicate"}
        case events.AddressSettingsChanged():
            kept = document or {"kind": "address-settings"}
            return kept if event.duplicate_check is None else kept | {"duplicate_check": event.duplicate_check}
        case _:
            changed = _change(document or {}, event)
            if changed is None:
                return document
            after = {**(document or {"kind": recorded.stream[:-37], "is_active": True}), **changed}
            kept = {name: value for name, value in after.items() if name not in _DERIVED and value is not None}
            return {**kept, **_derived(kept)}


def half_key(half: Mapping[str, Any]) -> str:
    """One side of a couple: the person, or exactly the typed name (DUP-06)."""
    if half.get("person"):
        return f"person-{half['person']}"
    return name_key(half["last_name"], half["first_name"])


def name_key(last_name: str, first_name: str) -> str:
    """A typed side of a couple, as typed."""
    return f"{last_name}\n{first_name}"


def _change(document: Document, event: Event) -> Mapping[str, Any] | None:
    """The fields that the event changes; none if it says nothing of likeness. A field of None goes."""
    match event:
        case events.CompanyRegistered():
            return {"names": [event.name, ""], "parent": event.parent}
        case events.CompanyRenamed():
            return _renamed(document, event.name, "")
        case events.CompanyParentSet():
            return {"parent": event.parent}
        case events.PersonRegistered():
            return {"names": [event.last_name, event.first_name]}
        case events.PersonRenamed():
            return _renamed(document, event.last_name, event.first_name)
        case events.ContactRenamed():
            return {**_renamed(document, event.last_name, event.first_name), "supplement": event.supplement}
        case events.AddressDeactivated() | events.AddressReactivated():
            return {"is_active": isinstance(event, events.AddressReactivated)}
        case _:
            return _of_contact(event) or _of_couple(document, event) or _of_channels(document, event)


def _of_contact(event: Event) -> Mapping[str, Any] | None:
    match event:
        case events.ContactRegistered():
            return {
                "names": [event.last_name, event.first_name],
                "supplement": event.supplement,
                "company": event.company,
                "person": event.person,
            }
        case events.PersonLinked():
            return {"names": ["", ""], "person": event.person}
        case events.PersonUnlinked():
            return {"names": [event.last_name, event.first_name], "person": None}
        case events.PersonLinkCorrected():
            return {"names": [event.last_name, event.first_name], "person": event.person}
        case events.AffiliationCorrected():
            return {"company": event.company}
        case _:
            return None


def _of_couple(document: Document, event: Event) -> Mapping[str, Any] | None:
    match event:
        case events.CoupleRegistered():
            return _sides(event.a.model_dump(), event.b.model_dump())
        case events.CoupleHalfRenamed() | events.CouplePersonUnlinked():
            half = {"person": None, "last_name": event.last_name, "first_name": event.first_name}
        case events.CouplePersonLinked():
            half = {"person": event.person, "last_name": "", "first_name": ""}
        case events.CoupleHalfCorrected():
            half = event.half.model_dump()
        case _:
            return None
    return _sides(*(half if side == event.side else document[side] for side in ("a", "b")))


def _sides(a: Mapping[str, Any], b: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"a": a, "b": b, "halves": [half_key(a), half_key(b)]}


def _of_channels(document: Document, event: Event) -> Mapping[str, Any] | None:
    channels: dict[str, list[Any]] = dict(document.get("channels", {}))
    match event:
        case events.ChannelAdded(kind=kind) if kind in COMPARED_KINDS:
            channels[event.channel_id] = [event.normalised, event.private]
        case events.ChannelChanged() if event.channel_id in channels:
            channels[event.channel_id] = [event.normalised, channels[event.channel_id][1]]
        case events.ChannelRemoved() if event.channel_id in channels:
            del channels[event.channel_id]
        case _:
            return None
    return {"channels": channels}


def _renamed(document: Document, last_name: str, first_name: str) -> Mapping[str, Any]:
    names, present = [last_name, first_name], document["names"]
    former = [name for name in (present, *document.get("former", ())) if any(name) and name != names]
    return {"names": names, "former": former[:MOST_FORMER]}


def _derived(document: Document) -> Mapping[str, Any]:
    """What is looked for, from what is known. Empty ones are left out, so that no index holds them."""
    names = [name for name in (document.get("names"), *document.get("former", ())) if name and REDACTED not in name]
    last = _forms(last for last, _ in names)
    first = _forms(first for _, first in names)
    channels = [each for each in document.get("channels", {}).values() if each[0] != REDACTED]
    derived = {
        "keys": sorted({f"l{end}" for end in endings(last)} | {f"f{end}" for end in endings(first)}),
        "last": "\n".join(last),
        "first": "\n".join(first),
        "human": sorted({key for last, first in names if (key := human(last, first))}),
        "values": sorted({value for value, private in channels if not private}),
        "private_values": sorted({value for value, private in channels if private}),
    }
    return {name: value for name, value in derived.items() if value}


def _forms(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(form for name in names for form in forms(name)))
