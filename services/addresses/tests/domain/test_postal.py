"""Rules of postal addresses, by their ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from addresses.domain import postal
from addresses.domain.company import Company
from addresses.domain.company import evolve as evolve_company
from addresses.domain.person import Person
from addresses.domain.person import evolve as evolve_person
from addresses.domain.postal import PostalAddress
from dossier.contracts.addresses import (
    CompanyRegistered,
    DefaultPostalAddressSet,
    PersonRegistered,
    PostalAddressAdded,
    PostalAddressChanged,
    PostalAddressRemoved,
)
from dossier.ids import new_id
from dossier.testing.gwt import Given, Scenarios

companies = Scenarios(Company, evolve_company)
persons = Scenarios(Person, evolve_person)
ACME, EVA = CompanyRegistered(name="Acme"), PersonRegistered(last_name="Muster")
OFFICE = PostalAddress(id=new_id(), kind="visit", street="Seestrasse 1", city="Zürich", country="CH")
WAREHOUSE = PostalAddress(id=new_id(), kind="delivery", city="Basel", country="CH")
HOME = PostalAddress(id=new_id(), kind="private", city="Bern", country="CH")


def added(new: PostalAddress, *, is_default: bool) -> PostalAddressAdded:
    fields = {name: getattr(new, name) for name in PostalAddressAdded.model_fields if hasattr(new, name)}
    return PostalAddressAdded(**{**fields, "postal_id": new.id, "is_default": is_default})


def with_two() -> Given[Company]:
    return companies.given(ACME, added(OFFICE, is_default=True), added(WAREHOUSE, is_default=False))


def defaults(given: Given[Company]) -> list[str]:
    return [address.id for address in given.state.postal_addresses if address.is_default]


def test_pos_01_several_postal_addresses_and_the_first_is_the_default() -> None:
    first = companies.given(ACME).when(lambda c: postal.add(c.postal_addresses, OFFICE, private_allowed=False))
    one = first.then(added(OFFICE, is_default=True))
    second = one.when(lambda c: postal.add(c.postal_addresses, WAREHOUSE, private_allowed=False))
    two = second.then(added(WAREHOUSE, is_default=False))
    assert defaults(two) == [OFFICE.id]
    two.when(lambda c: postal.add(c.postal_addresses, OFFICE, private_allowed=False)).then()
    other = replace(OFFICE, city="Genf")
    two.when(lambda c: postal.add(c.postal_addresses, other, private_allowed=False)).refused("POS-01", "id")


def test_pos_01_the_default_moves_and_is_inherited() -> None:
    moved = with_two().when(lambda c: postal.set_default(c.postal_addresses, WAREHOUSE.id))
    after = moved.then(DefaultPostalAddressSet(postal_id=WAREHOUSE.id))
    assert defaults(after) == [WAREHOUSE.id]
    after.when(lambda c: postal.set_default(c.postal_addresses, WAREHOUSE.id)).then()
    asks = replace(HOME, kind="billing", is_default=True)
    taken = after.when(lambda c: postal.add(c.postal_addresses, asks, private_allowed=False))
    assert defaults(taken.then(added(asks, is_default=True))) == [asks.id]
    removed = after.when(lambda c: postal.remove(c.postal_addresses, WAREHOUSE.id))
    left = removed.then(PostalAddressRemoved(postal_id=WAREHOUSE.id, new_default=OFFICE.id))
    assert defaults(left) == [OFFICE.id]
    none = left.when(lambda c: postal.remove(c.postal_addresses, OFFICE.id))
    assert none.then(PostalAddressRemoved(postal_id=OFFICE.id)).state.postal_addresses == ()
    left.when(lambda c: postal.remove(c.postal_addresses, WAREHOUSE.id)).not_found()


def test_pos_02_a_postal_address_reads_differently_and_needs_a_street_or_a_city() -> None:
    given = with_two()
    moved = replace(OFFICE, street="Bahnhofstrasse 2", is_default=True, valid_from=date(2024, 1, 1))
    event = PostalAddressChanged(
        postal_id=OFFICE.id,
        label="",
        street="Bahnhofstrasse 2",
        postal_code="",
        city="Zürich",
        country="CH",
        supplement="",
        valid_from=date(2024, 1, 1),
    )
    after = given.when(lambda c: postal.change(c.postal_addresses, moved)).then(event)
    assert after.state.postal_addresses[0] == moved
    after.when(lambda c: postal.change(c.postal_addresses, moved)).then()
    nowhere = replace(moved, street="", city="")
    given.when(lambda c: postal.change(c.postal_addresses, nowhere)).refused("POS-02", "city")
    new = replace(nowhere, id=new_id())
    given.when(lambda c: postal.add(c.postal_addresses, new, private_allowed=False)).refused("POS-02", "city")
    backwards = replace(moved, valid_to=date(2023, 1, 1))
    given.when(lambda c: postal.change(c.postal_addresses, backwards)).refused("POS-01", "valid_to")


def test_con_06_private_postal_addresses_belong_to_the_person() -> None:
    refused = companies.given(ACME).when(lambda c: postal.add(c.postal_addresses, HOME, private_allowed=False))
    refused.refused("CON-06", "kind")
    allowed = persons.given(EVA).when(lambda p: postal.add(p.postal_addresses, HOME, private_allowed=True))
    allowed.then(added(HOME, is_default=True))


def test_pos_03_without_the_right_nothing_gives_away_a_private_postal_address() -> None:
    eva = persons.given(EVA, added(HOME, is_default=True), added(OFFICE, is_default=False)).state
    assert postal.without_private(eva.postal_addresses) == (replace(OFFICE, is_default=True),)
    alone = persons.given(EVA, added(HOME, is_default=True)).state
    assert postal.without_private(alone.postal_addresses) == ()
    public = persons.given(EVA, added(OFFICE, is_default=True), added(HOME, is_default=False)).state
    assert postal.without_private(public.postal_addresses) == (replace(OFFICE, is_default=True),)
