"""An address book that things happen in, and somebody who reads it over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from addresses.views.book import AddressBook
from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.contracts import addresses as adr
from dossier.contracts.base import Event
from dossier.ids import new_id
from dossier.store import Metadata, NewCommit
from dossier.testing.services import ServiceUnderTest, apply_all


@dataclass
class Present:
    """The book as it is now. Events are committed as the write side would, and applied at once."""

    service: ServiceUnderTest

    @property
    def book(self) -> AddressBook:
        return self.service.roles.app.state.book

    async def happen(self, stream: str, *events: Event) -> str:
        """Commit the events to the stream and apply them; returns the id."""
        store = self.service.store
        about = Metadata(actor="rule:test", channel="rule", correlation_id=stream, command_id=new_id())
        await store.append(NewCommit(stream, await store.head(stream), events, about))
        await apply_all(store, self.book)
        return stream[-36:]

    async def add(self, kind: str, *events: Event) -> str:
        """Begin a stream; returns its id."""
        return await self.happen(f"{kind}-{new_id()}", *events)

    async def company(self, name: str = "Acme AG", *events: Event) -> str:
        return await self.add("company", adr.CompanyRegistered(name=name), *events)

    async def person(self, last_name: str = "Muster", first_name: str = "Eva", *events: Event) -> str:
        return await self.add("person", adr.PersonRegistered(last_name=last_name, first_name=first_name), *events)

    async def get(self, path: str, *, private: bool = False, expect: int = 200, user: str = "anna") -> Any:
        """What a consultant reads, or with `private` a partner."""
        token = self.service.tokens.user(user, (PARTNERS if private else CONSULTANTS,))
        return (await self.service.call("GET", path, token=token, expect=expect)).json()

    async def found(self, query: str, **options: Any) -> list[str]:
        """Aliases that a search finds, in order."""
        answer = await self.get(f"/v1/addresses?{query}", **options)
        return [item["alias"] for item in answer["items"]]


def channel(kind: str, value: str, normalised: str = "", **more: Any) -> adr.ChannelAdded:
    """A channel, the default of its kind unless it says otherwise."""
    facts = {"channel_id": new_id(), "is_default": True, **more}
    return adr.ChannelAdded(kind=kind, value=value, normalised=normalised or value, **facts)


def postal(city: str, kind: adr.PostalKind = "visit", **more: Any) -> adr.PostalAddressAdded:
    """A postal address, the default unless it says otherwise."""
    facts = {"postal_id": new_id(), "country": "CH", "is_default": True, **more}
    return adr.PostalAddressAdded(kind=kind, city=city, **facts)
