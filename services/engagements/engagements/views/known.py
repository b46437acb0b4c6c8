"""What exists elsewhere: addresses (with the company of a contact), users and groups. As much as references need."""

from __future__ import annotations

from typing import ClassVar

from dossier.contracts import RecordedEvent
from dossier.contracts.addresses import AffiliationCorrected, ContactRegistered
from dossier.contracts.common import AddressRef
from dossier.mongo import Document
from dossier.projections.views import ViewProjection


class Known(ViewProjection):
    """One document per stream of others; a contact's has its `company`."""

    name: ClassVar[str] = "known"
    sources: ClassVar[tuple[str, ...]] = ("addresses", "directory")
    view: ClassVar[str] = "streams"

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The document after the event."""
        match event.event():
            case ContactRegistered(company=company) | AffiliationCorrected(company=company):
                return {**(document or {}), "company": company}
            case _:
                return document or {}

    async def exists(self, stream: str) -> bool:
        """Whether an event of the stream has arrived here."""
        return await self.get(stream) is not None

    async def company_of(self, address: AddressRef) -> str | None:
        """The company of a contact, where it is known here."""
        found = await self.get(address.stream) if address.type == "contact" else None
        return None if found is None else found.get("company")
