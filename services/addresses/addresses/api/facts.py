"""Facts of an address: one route per type, as each has its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from addresses.aggregates import ADDRESSES
from addresses.api.days import facts_not_ahead
from addresses.api.fact_models import AnyFacts, CompanyFacts, ContactFacts, CoupleFacts, PersonFacts, given, private_in
from addresses.api.private import needs_private
from addresses.book_settings import book_settings
from addresses.domain import contact, facts
from addresses.domain.address import Address
from addresses.domain.contact import Contact
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.base import Event, Id
from dossier.contracts.common import AddressType
from dossier.http.days import Today
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Write, Writer

router = Router(prefix="/v1", tags=["addresses"])

Decision = Callable[[Any], Sequence[Event]]


@router.patch("/companies/{id}/facts", dependencies=[require("write")], responses=responses(409))
async def change_company(id: Id, body: CompanyFacts, write: Write, caller: Caller, today: Today) -> Answer:
    """Change facts of a company: only those that are sent; null takes one away. The bank account is private data."""
    return await _change(write, caller, today, "company", id, body)


@router.patch("/persons/{id}/facts", dependencies=[require("write")], responses=responses(409))
async def change_person(id: Id, body: PersonFacts, write: Write, caller: Caller, today: Today) -> Answer:
    """Change facts of a person. Birth date, bank account and private remarks are private data."""
    return await _change(write, caller, today, "person", id, body)


@router.patch("/contacts/{id}/facts", dependencies=[require("write")], responses=responses(409))
async def change_contact(id: Id, body: ContactFacts, write: Write, caller: Caller, today: Today) -> Answer:
    """Change facts of a contact. Gender, title and salutation only while no person is linked."""
    return await _change(write, caller, today, "contact", id, body)


@router.patch("/couples/{id}/facts", dependencies=[require("write")], responses=responses(409))
async def change_couple(id: Id, body: CoupleFacts, write: Write, caller: Caller, today: Today) -> Answer:
    """Change facts of a couple: only those that are sent; null takes one away. The bank account is private data."""
    return await _change(write, caller, today, "couple", id, body)


def decision(address_type: AddressType, sent: Mapping[str, object], own_genders: Collection[str]) -> Decision:
    """The decision on the facts of a request, given the installation's own words for genders."""

    def decide(state: Address) -> Sequence[Event]:
        if isinstance(state, Contact):
            return contact.change_facts(state, sent, own_genders)
        return facts.change(state.facts, address_type, sent, own_genders)

    return decide


async def _change(
    write: Writer, caller: Principal, today: date, address_type: AddressType, id: str, body: AnyFacts
) -> Answer:
    sent = given(body)
    facts_not_ahead(sent, today)
    private = private_in(sent)
    if private is not None:
        needs_private(caller, private)
    own = (await book_settings(write.store)).genders if sent.get("gender") is not None else ()
    return await write.change(ADDRESSES[address_type], id, decision(address_type, sent, own))
