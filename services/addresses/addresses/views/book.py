"""The address book as lists show it: one small document per address, no channels and nothing private."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from addresses.domain.checks import overlaps
from dossier.contracts import RecordedEvent
from dossier.contracts.addresses import (
    AddressDeactivated,
    AddressDeleted,
    AddressReactivated,
    AffiliationCorrected,
    AffiliationDatesCorrected,
    AffiliationEnded,
    CompanyParentSet,
    CompanyRegistered,
    CompanyRenamed,
    ContactPositionChanged,
    ContactRegistered,
    ContactRenamed,
    PersonLinkCorrected,
    PersonLinked,
    PersonRegistered,
    PersonRenamed,
    PersonUnlinked,
)
from dossier.contracts.base import Event
from dossier.mongo import ASCENDING, Document, IndexModel
from dossier.projections.views import ViewProjection

_NO_NAME = {"last_name": "", "first_name": ""}


class AddressBook(ViewProjection):
    """Documents carry the fields of their events under the same names; dates as ISO text."""

    name: ClassVar[str] = "book"
    sources: ClassVar[tuple[str, ...]] = ("addresses",)
    view: ClassVar[str] = "addresses"

    async def prepare(self) -> None:
        """Contacts are found by company and by person, companies by their parent."""
        await self.documents.create_indexes(
            [
                IndexModel([(field, ASCENDING), ("_id", ASCENDING)], name=field)
                for field in ("company", "person", "parent")
            ]
        )

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The document after the event; a deleted address is in no list."""
        if event.type == AddressDeleted.event_type:
            return None
        return {**(document or {"is_active": True}), **_change(event.event())}

    async def coinciding(
        self, contact_id: str, person: str, company: str, first: date | None, last: date | None
    ) -> list[str]:
        """Ids of the person's other contacts in the company that share a day with the period."""
        found = self.documents.find({"person": person, "company": company})
        return [
            other["_id"].removeprefix("contact-")
            async for other in found
            if other["_id"] != f"contact-{contact_id}"
            and overlaps(first, last, _day(other["valid_from"]), _day(other["valid_to"]))
        ]


def _change(event: Event) -> Mapping[str, Any]:
    match event:
        case CompanyRegistered() | PersonRegistered() | ContactRegistered() | ContactPositionChanged():
            return event.model_dump(mode="json")
        case CompanyRenamed() | PersonRenamed() | ContactRenamed() | CompanyParentSet():
            return event.model_dump(mode="json")
        case PersonUnlinked() | PersonLinkCorrected():
            person = event.person if isinstance(event, PersonLinkCorrected) else None
            return {"person": person, "last_name": event.last_name, "first_name": event.first_name}
        case PersonLinked():
            return _NO_NAME | {"person": event.person}
        case AffiliationEnded():
            return {"valid_to": event.valid_to.isoformat()}
        case AffiliationDatesCorrected():
            return event.model_dump(mode="json", exclude={"reason"})
        case AffiliationCorrected():
            return {"company": event.company}
        case AddressDeactivated() | AddressReactivated():
            return {"is_active": isinstance(event, AddressReactivated)}
        case _:
            return {}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
