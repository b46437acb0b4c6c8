"""What others are called, as their events say: the facts that names are composed of (`dossier.naming`)."""

from __future__ import annotations

from typing import Any

from dossier.contracts import addresses as a
from dossier.contracts import directory as d
from dossier.contracts.base import Event
from dossier.mongo import Document

_TYPED = {"last_name", "first_name"}
_WHOLE = (
    a.CompanyRegistered,
    a.CompanyRenamed,
    a.PersonRegistered,
    a.PersonRenamed,
    a.ContactRegistered,
    a.ContactRenamed,
    a.AffiliationCorrected,
    a.PersonLinked,
    a.PersonLinkCorrected,
    a.CoupleRegistered,
    a.AliasSet,
    d.UserAdded,
    d.GroupCreated,
    d.GroupRenamed,
)
_FACTS = {"name", "alias", "last_name", "first_name", "supplement", "company", "person", "a", "b"}

TELLING = (
    *_WHOLE,
    a.AliasGivenUp,
    a.AddressFactsChanged,
    a.PersonUnlinked,
    a.CoupleHalfRenamed,
    a.CouplePersonLinked,
    a.CouplePersonUnlinked,
    a.CoupleHalfCorrected,
    d.UserChanged,
)
"""The events that say what something is called."""


def called_after(facts: Document, event: Event) -> Document:
    """The facts after the event."""
    match event:
        case a.AliasGivenUp():
            return {name: value for name, value in facts.items() if name != "alias"}
        case a.AddressFactsChanged() if "last_name" in facts:
            return facts | event.model_dump(mode="json", exclude_unset=True, include={"supplement"})
        case d.UserChanged(name=str(name)):
            return facts | {"name": name}
        case a.PersonUnlinked():
            return facts | event.model_dump(mode="json", include=_TYPED) | {"person": None}
        case a.CoupleHalfRenamed() | a.CouplePersonUnlinked():
            return facts | {event.side: event.model_dump(mode="json", include=_TYPED)}
        case a.CouplePersonLinked():
            return facts | {event.side: {"person": event.person}}
        case a.CoupleHalfCorrected():
            return facts | {event.side: event.half.model_dump(mode="json")}
        case _ if isinstance(event, _WHOLE):
            said: dict[str, Any] = event.model_dump(mode="json", include=_FACTS)
            return facts | said
        case _:
            return facts
