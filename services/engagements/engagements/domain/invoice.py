"""Invoices as references: made elsewhere, known here, so that history and activities can refer to them (INV-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.engagements import InvoiceChanged, InvoiceRegistered, InvoiceState, Source
from dossier.contracts.rules import RuleViolation
from engagements.domain import outside
from engagements.domain.texts import needed


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """An invoice as it stands; `registered` is none until it exists. The amount may be negative: a credit note."""

    registered: InvoiceRegistered | None = None
    number: str = ""
    project: str | None = None
    recipient: AddressRef | None = None
    issued_on: date | None = None
    amount: Decimal = Decimal(0)
    currency: str = ""
    state: InvoiceState = "open"
    title: str = ""
    source: Source | None = None


def register(state: Invoice, new: InvoiceRegistered) -> Sequence[Event]:
    """Make an invoice known; any type of address can be its recipient (ROL-04). The same one again changes nothing."""
    event = new.model_copy(update={"number": needed(new.number, "number", "an invoice")})
    if state.registered == event:
        return []
    if state.registered is not None:
        raise RuleViolation("STA-03", "another invoice has this id", "id")
    return [event]


def change(state: Invoice, facts: Mapping[str, Any]) -> Sequence[Event]:
    """Change facts of an invoice; `facts` holds only what is to change. Of all of them only the project can be none."""
    for field in ("recipient", "issued_on"):
        if field in facts and facts[field] is None:
            raise RuleViolation("INV-01", "an invoice has a recipient and a date", field)
    changed = {field: value for field, value in _texts(facts).items() if getattr(state, field) != value}
    return [InvoiceChanged(**changed)] if changed else []


def keep_in_step(state: Invoice, source: Source, facts: Mapping[str, Any]) -> Sequence[Event]:
    """Take over what another system says of the invoice; nothing if that is not newer (EXT-01)."""
    if not outside.is_news(state, source):
        return []
    facts = _texts(facts)
    if state.registered is not None:
        return outside.changed(state, source, facts, InvoiceChanged)
    return [InvoiceRegistered(**facts, source=source)]


def evolve(state: Invoice, event: Event) -> Invoice:
    """The invoice after the event. Raises TypeError for an event an invoice cannot have."""
    match event:
        case InvoiceRegistered():
            facts = {field: getattr(event, field) for field in InvoiceRegistered.model_fields}
            return replace(state, registered=event, **facts)
        case InvoiceChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case _:
            raise TypeError(f"{event.event_type} is no event of an invoice")


def _texts(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**facts, "number": needed(facts["number"], "number", "an invoice")} if "number" in facts else facts
