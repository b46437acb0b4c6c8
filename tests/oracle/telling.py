"""What tests of pages say happened, and what they read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from dossier.contracts import AddressRef, Event
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.ids import derived_id, new_id
from dossier.testing.activities import note
from dossier.testing.services import ServiceUnderTest
from histories.api.models import HistoryPage
from oracle.recording import Present

ROOF = derived_id("thread", "roof")


def ref(kind: Any, identifier: str) -> AddressRef:
    return AddressRef(type=kind, id=identifier)


async def made(present: Present, kind: str, *events: Event) -> str:
    """A new object of this kind, to which this happened."""
    identifier = new_id()
    await present.happen(f"{kind}-{identifier}", *events)
    return identifier


async def company(present: Present, name: str, parent: str | None = None) -> str:
    return await made(present, "company", adr.CompanyRegistered(name=name, parent=parent))


async def person(present: Present, last_name: str, first_name: str = "") -> str:
    return await made(present, "person", adr.PersonRegistered(last_name=last_name, first_name=first_name))


async def project(present: Present, code: str, title: str, *more: Event) -> str:
    return await made(present, "project", eng.ProjectRegistered(code=code, title=title), *more)


def opened(address: AddressRef, **facts: Any) -> eng.OpportunityOpened:
    given: dict[str, Any] = {"title": "New roof", "entered_on": date(2026, 1, 5), "status": new_id(), "probability": 50}
    return eng.OpportunityOpened(address=address, **(given | facts))


def invoiced(recipient: AddressRef, **facts: Any) -> eng.InvoiceRegistered:
    given: dict[str, Any] = {"number": "R-7", "issued_on": date(2026, 1, 5), "amount": Decimal(100), "currency": "CHF"}
    return eng.InvoiceRegistered(recipient=recipient, **(given | facts))


async def recorded(present: Present, **facts: Any) -> str:
    """An activity with these facts; its id."""
    return await made(present, "activity", note(**facts))


def mail(sender: str = "eva@acme.example", *to: str, thread: str | None = ROOF) -> dict[str, Any]:
    """The facts of a mail, of a conversation unless told otherwise."""
    recipients = tuple(act.MailRecipient(role="to", address=address) for address in to)
    head = act.Mail(message=new_id(), sender=sender, recipients=recipients, thread=thread)
    return {"kind": "email", "medium": "email", "mail": head}


async def page(api: ServiceUnderTest, path: str, reader: str | None = None) -> dict[str, Any]:
    token = api.tokens.user(reader) if reader else None
    answer = await api.call("GET", path, expect=200, token=token)
    return HistoryPage.model_validate_json(answer.content).model_dump()


async def ids(api: ServiceUnderTest, path: str, reader: str | None = None) -> list[str]:
    return [row["id"] for row in (await page(api, path, reader))["items"]]


async def said(api: ServiceUnderTest, path: str) -> list[list[str]]:
    """The reasons of each row, in words."""
    return [[why["says"] for why in row["why"]] for row in (await page(api, path))["items"]]
