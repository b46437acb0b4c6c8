"""Which type has which fact, and how facts change."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest

from addresses.aggregates import ADDRESSES
from addresses.api.fact_models import CompanyFacts, ContactFacts, CoupleFacts, PersonFacts
from addresses.domain import contact, facts
from addresses.domain.contact import Contact
from addresses.domain.facts import FACTS, GENDERS, HUMAN, PRIVATE, Facts
from addresses.domain.person import Person, evolve
from dossier.contracts.addresses import (
    AddressFactsChanged,
    BankAccount,
    ContactRegistered,
    PersonLinked,
    PersonRegistered,
)
from dossier.contracts.common import AddressType
from dossier.http.models import Request
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

persons = Scenarios(Person, evolve)
contacts = Scenarios(Contact, contact.evolve)
EVA = PersonRegistered(last_name="Muster", first_name="Eva")
PERSON = new_id()
ACCOUNT = BankAccount(iban="CH9300762011623852957")
SOME: dict[str, Any] = {
    "correspondence_language": "fr",
    "customer_number": "K-17",
    "commercial_register_number": "CHE-123.456.788",
    "free_reference": "old:4711",
    "supplement": "c/o Huber",
    "attention_of": "Frau Huber",
    "gender": "female",
    "title": "Dr.",
    "form_of_address": "Frau",
    "salutation": "Liebe Eva",
    "remarks": "pays late",
    "private_remarks": "collects stamps",
    "date_of_birth": date(1980, 2, 29),
    "bank_account": ACCOUNT,
}
MODELS: dict[AddressType, type[Request]] = {
    "company": CompanyFacts,
    "person": PersonFacts,
    "contact": ContactFacts,
    "couple": CoupleFacts,
}


def test_the_table_names_every_fact_that_an_event_can_hold_and_every_type() -> None:
    assert set().union(*FACTS.values()) == set(AddressFactsChanged.model_fields) == set(SOME)
    assert set(FACTS) == set(get_args(AddressType)) == set(ADDRESSES)
    assert FACTS["contact"].isdisjoint(PRIVATE)


@pytest.mark.parametrize("address_type", get_args(AddressType))
def test_a_request_of_a_type_has_the_facts_of_the_table(address_type: AddressType) -> None:
    assert set(MODELS[address_type].model_fields) == FACTS[address_type]


@pytest.mark.parametrize("name", sorted(SOME))
@pytest.mark.parametrize("address_type", get_args(AddressType))
def test_adr_01_a_type_has_its_own_facts_and_no_others(address_type: AddressType, name: str) -> None:
    aggregate = ADDRESSES[address_type]
    given = Scenarios(aggregate.initial, aggregate.evolve).given()
    outcome = given.when(lambda a: facts.change(a.facts, address_type, {name: SOME[name]}))
    if name not in FACTS[address_type]:
        outcome.refused("ADR-01", name)
        return
    after = outcome.then(AddressFactsChanged(**{name: SOME[name]}))
    assert getattr(after.state.facts, name) == SOME[name]
    after.when(lambda a: facts.change(a.facts, address_type, {name: SOME[name]})).then()
    gone = after.when(lambda a: facts.change(a.facts, address_type, {name: None})).then(
        AddressFactsChanged(**{name: None})
    )
    assert gone.state.facts == Facts()


def test_adr_01_only_what_changes_is_recorded() -> None:
    eva = persons.given(EVA, AddressFactsChanged(title="Dr.", salutation="Liebe Eva"))
    changes = {"title": "Prof.", "salutation": " Liebe Eva ", "supplement": "  "}
    (event,) = facts.change(eva.state.facts, "person", changes)
    assert isinstance(event, AddressFactsChanged)
    assert event.model_fields_set == {"title"}
    assert eva.when(lambda _: [event]).then(event).state.facts.salutation == "Liebe Eva"


def test_gen_01_a_gender_that_nobody_told_is_unspecified() -> None:
    assert facts.of_human(persons.given(EVA).state.facts).gender == "unspecified"
    assert facts.of_human(persons.given(EVA, AddressFactsChanged(gender="male")).state.facts).gender == "male"


def test_gen_02_genders_are_the_built_in_words_and_the_installations_own() -> None:
    eva = persons.given(EVA)
    for word in (*GENDERS, "diverse"):
        own = eva.when(lambda p, word=word: facts.change(p.facts, "person", {"gender": word}, ["diverse"]))
        own.then(AddressFactsChanged(gender=word))
    eva.when(lambda p: facts.change(p.facts, "person", {"gender": "diverse"})).refused("GEN-02", "gender")


TYPED = ContactRegistered(company=new_id(), last_name="Muster", first_name="Eva")


@pytest.mark.parametrize("name", sorted(HUMAN))
def test_con_03_what_is_told_of_a_human_is_the_persons_while_one_is_linked(name: str) -> None:
    standalone = contacts.given(TYPED)
    event = AddressFactsChanged(**{name: SOME[name]})
    known = standalone.when(lambda c: contact.change_facts(c, {name: SOME[name]}, ())).then(event)
    linked = known.when(lambda c: contact.link_person(c, PERSON))
    after = linked.then(PersonLinked(person=PERSON), AddressFactsChanged(**{name: None}))
    assert after.state.facts == Facts()
    after.when(lambda c: contact.change_facts(c, {name: SOME[name]}, ())).refused("CON-03", name)
    after.when(lambda c: contact.change_facts(c, {name: None}, ())).then()
    after.when(lambda c: contact.change_facts(c, {"remarks": "busy"}, ())).then(AddressFactsChanged(remarks="busy"))


def test_con_10_a_job_change_takes_along_what_is_told_of_the_human() -> None:
    old = contacts.given(TYPED, AddressFactsChanged(title="Dr.", correspondence_language="fr", remarks="busy"))
    (along,) = contact.facts_taken_along(old.state)
    assert along == AddressFactsChanged(title="Dr.", correspondence_language="fr")
    assert contact.facts_taken_along(contacts.given(TYPED).state) == []


def test_an_erased_fact_stays_readable_as_redacted() -> None:
    erased = persons.given(EVA, AddressFactsChanged(date_of_birth="redacted", bank_account="redacted"))
    assert (erased.state.facts.date_of_birth, erased.state.facts.bank_account) == ("redacted", "redacted")
