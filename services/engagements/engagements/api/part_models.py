"""Requests and answers about phases and invoices."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dossier.contracts.base import Id
from dossier.contracts.engagements import InvoiceState, Source
from dossier.http.field_errors import form
from dossier.http.models import Changes, Request
from engagements.api.list_models import Position
from engagements.api.models import Address, NamedAddress, OwnId, Title
from engagements.api.opportunity_models import money_text
from engagements.api.values import AsText, Currency
from engagements.domain.invoice import Invoice
from engagements.domain.phase import Phase

PhaseCode = Annotated[str, Field(max_length=50, examples=["1"])]
Number = Annotated[str, Field(min_length=1, max_length=50, examples=["2026-0815"])]
_SIGNED = form(r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$", "an amount such as 1080.00 or -80.50, with at most 13 digits")
SignedAmount = Annotated[
    str, AsText, Field(pattern=_SIGNED, description="Negative: a credit note", examples=["1080.00"])
]


class NewPhase(Request):
    """A phase to add to a project."""

    id: OwnId = None
    code: PhaseCode = ""
    title: Title
    position: Position = 0


class PhaseFacts(Changes):
    """Facts to change; what is absent stays."""

    code: PhaseCode = ""
    title: Title = ""
    position: Position = 0


class PhaseView(BaseModel):
    """A phase as it stands."""

    type: Literal["phase"] = "phase"
    id: str
    project: str | None
    project_name: str | None = None
    code: str
    title: str
    position: int
    is_active: bool
    source: Source | None


class NewInvoice(Request):
    """An invoice to make known. The recipient can be of any type; without a project it is open to everybody."""

    id: OwnId = None
    number: Number
    project: Id | None = None
    recipient: Address
    issued_on: date
    amount: SignedAmount
    currency: Currency
    state: InvoiceState = "open"
    title: Annotated[str, Field(max_length=255)] = ""


class InvoiceFacts(Changes):
    """Facts to change; what is absent stays. Only the project can be taken away, by null."""

    number: Number = ""
    project: Id | None = None
    recipient: Address | None = None
    issued_on: date | None = None
    amount: SignedAmount = ""
    currency: Currency = ""
    state: InvoiceState = "open"
    title: Annotated[str, Field(max_length=255)] = ""


class InvoiceView(BaseModel):
    """An invoice as it stands."""

    type: Literal["invoice"] = "invoice"
    id: str
    number: str
    project: str | None
    project_name: str | None = None
    recipient: NamedAddress | None
    issued_on: date | None
    amount: str | None
    currency: str
    state: InvoiceState
    title: str
    source: Source | None


_PHASE = ("project", "code", "title", "position", "is_active", "source")
_INVOICE = ("number", "project", "recipient", "issued_on", "currency", "state", "title", "source")


def shown_phase(id: str, state: Phase) -> PhaseView:
    """The phase for an answer."""
    return PhaseView(id=id, **{name: getattr(state, name) for name in _PHASE})


def shown_invoice(id: str, state: Invoice) -> InvoiceView:
    """The invoice for an answer."""
    return InvoiceView(id=id, amount=money_text(state.amount), **{name: getattr(state, name) for name in _INVOICE})
