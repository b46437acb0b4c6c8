"""Rules of the contact, by their ids."""

from __future__ import annotations

from datetime import date

import pytest

from addresses.domain import contact
from addresses.domain.contact import Contact, Names
from dossier.contracts.addresses import (
    AddressDeactivated,
    AffiliationCorrected,
    AffiliationDatesCorrected,
    AffiliationEnded,
    ContactPositionChanged,
    ContactRegistered,
    ContactRenamed,
    PersonLinkCorrected,
    PersonLinked,
    PersonUnlinked,
)
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

contacts = Scenarios(Contact, contact.evolve)
ACME, BETA, EVA, MAX, OWN, NEXT = (new_id() for _ in range(6))
TYPED = ContactRegistered(company=ACME, last_name="Muster", first_name="Eva", supplement="")
LINKED = ContactRegistered(company=ACME, person=EVA, last_name="", first_name="", supplement="")
PAYABLES = ContactRegistered(company=ACME, last_name="", first_name="", supplement="Accounts payable")
NAMELESS = ContactRegistered(company=ACME)
MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 1), date(2024, 5, 31)


@pytest.mark.parametrize("new", [TYPED, LINKED, PAYABLES], ids=["CON-02", "CON-03", "CON-08"])
def test_con_01_a_contact_belongs_to_exactly_one_company(new: ContactRegistered) -> None:
    begun = contacts.given().when(lambda c: contact.register(c, new)).then(new)
    assert begun.state.company == ACME
    begun.when(lambda c: contact.register(c, new)).then()
    begun.when(lambda c: contact.register(c, new.model_copy(update={"company": BETA}))).refused("ADR-01", "id")


def test_con_03_a_linked_contact_has_no_typed_name() -> None:
    both = LINKED.model_copy(update={"last_name": "Muster"})
    contacts.given().when(lambda c: contact.register(c, both)).refused("CON-03", "last_name")


def test_con_08_without_any_name_the_supplement_identifies() -> None:
    contacts.given().when(lambda c: contact.register(c, NAMELESS)).refused("CON-08", "last_name")
    for unseen in ("  ", "\u200b"):
        blank = NAMELESS.model_copy(update={"supplement": unseen})
        contacts.given().when(lambda c, new=blank: contact.register(c, new)).refused("CON-08", "last_name")
    contacts.given(PAYABLES).when(lambda c: contact.rename(c, Names())).refused("CON-08", "last_name")


def test_con_09_renaming_a_standalone_contact_changes_its_typed_name() -> None:
    huber = Names("Huber", "Eva")
    renamed = contacts.given(TYPED).when(lambda c: contact.rename(c, huber))
    after = renamed.then(ContactRenamed(last_name="Huber", first_name="Eva", supplement=""))
    assert after.state.names == huber
    after.when(lambda c: contact.rename(c, huber)).then()


def test_con_04_the_name_is_not_editable_while_a_person_is_linked() -> None:
    contacts.given(LINKED).when(lambda c: contact.rename(c, Names("Huber"))).refused("CON-04", "last_name")
    supplement = contacts.given(LINKED).when(lambda c: contact.rename(c, Names(supplement="Board")))
    supplement.then(ContactRenamed(last_name="", first_name="", supplement="Board"))


def test_con_05_function_and_department_live_on_the_contact() -> None:
    changed = contacts.given(LINKED).when(lambda c: contact.change_position(c, "CFO", "Finance"))
    after = changed.then(ContactPositionChanged(function="CFO", department="Finance"))
    after.when(lambda c: contact.change_position(c, "CFO", "Finance")).then()


def test_con_04_a_person_is_linked_later_and_the_typed_name_gives_way() -> None:
    linked = contacts.given(TYPED).when(lambda c: contact.link_person(c, EVA)).then(PersonLinked(person=EVA))
    assert (linked.state.person, linked.state.names) == (EVA, Names())
    linked.when(lambda c: contact.link_person(c, EVA)).then()
    linked.when(lambda c: contact.link_person(c, MAX)).refused("CON-04", "person")


def test_con_04_after_unlinking_the_last_known_name_stays_as_typed_text() -> None:
    unlinked = contacts.given(LINKED).when(lambda c: contact.unlink_person(c, EVA, MARCH, Names("Muster", "Eva")))
    event = PersonUnlinked(person=EVA, unlinked_on=MARCH, last_name="Muster", first_name="Eva")
    after = unlinked.then(event)
    assert (after.state.person, after.state.names) == (None, Names("Muster", "Eva"))
    after.when(lambda c: contact.unlink_person(c, EVA, MARCH, Names())).then()
    contacts.given(LINKED).when(lambda c: contact.unlink_person(c, MAX, MARCH, Names())).refused("CON-04")


def test_con_04_a_wrong_person_is_corrected() -> None:
    corrected = contacts.given(LINKED).when(lambda c: contact.correct_person(c, MAX, Names(), "mixed up"))
    event = PersonLinkCorrected(person=MAX, last_name="", first_name="", reason="mixed up")
    assert corrected.then(event).state.person == MAX


def test_con_04_a_link_that_should_not_have_been_becomes_a_typed_name() -> None:
    given = contacts.given(LINKED)
    event = PersonLinkCorrected(person=None, last_name="Meier", first_name="Eva", reason="")
    after = given.when(lambda c: contact.correct_person(c, None, Names("Meier", "Eva"), "")).then(event)
    assert (after.state.person, after.state.names.last_name) == (None, "Meier")
    given.when(lambda c: contact.correct_person(c, None, Names(), "")).refused("CON-08", "last_name")
    given.when(lambda c: contact.correct_person(c, MAX, Names("Meier"), "")).refused("CON-03", "last_name")
    given.when(lambda c: contact.correct_person(c, EVA, Names(), "")).then()
    after.when(lambda c: contact.correct_person(c, EVA, Names(), "")).refused("CON-04", "person")


def test_con_10_an_affiliation_ends_after_its_last_day() -> None:
    ended = contacts.given(LINKED).when(lambda c: contact.end(c, MARCH))
    after = ended.then(AffiliationEnded(valid_to=MARCH, successor=None))
    assert after.state.is_current(MARCH)
    assert not after.state.is_current(APRIL)
    after.when(lambda c: contact.end(c, MARCH)).then()
    after.when(lambda c: contact.end(c, MAY)).refused("CON-10", "valid_to")


def test_con_10_a_planned_end_can_come_earlier() -> None:
    planned = contacts.given(LINKED.model_copy(update={"valid_to": MAY}))
    planned.when(lambda c: contact.end(c, MARCH)).then(AffiliationEnded(valid_to=MARCH, successor=None))


def test_con_10_an_affiliation_does_not_end_before_it_began() -> None:
    begun = contacts.given(LINKED.model_copy(update={"valid_from": APRIL}))
    begun.when(lambda c: contact.end(c, MARCH)).refused("CON-10", "valid_to")
    backwards = LINKED.model_copy(update={"valid_from": APRIL, "valid_to": MARCH})
    contacts.given().when(lambda c: contact.register(c, backwards)).refused("CON-10", "valid_to")
    contacts.given(LINKED).when(lambda c: contact.correct_dates(c, APRIL, MARCH, "")).refused("CON-10", "valid_to")


def test_con_10_changing_job_ends_one_contact_and_begins_another_of_the_same_human() -> None:
    old = contacts.given(LINKED)
    old.when(lambda c: contact.end(c, MARCH, NEXT)).then(AffiliationEnded(valid_to=MARCH, successor=NEXT))
    begun = contact.begin_after(old.state, OWN, BETA, APRIL, "COO", "")
    assert (begun.company, begun.person, begun.valid_from, begun.predecessor) == (BETA, EVA, APRIL, OWN)


def test_con_10_a_standalone_contact_takes_its_typed_name_along() -> None:
    begun = contact.begin_after(contacts.given(TYPED).state, OWN, BETA, APRIL, "", "")
    contacts.given().when(lambda c: contact.register(c, begun)).then(begun)
    assert (begun.last_name, begun.first_name, begun.person) == ("Muster", "Eva", None)


def test_con_10_a_job_change_learnt_of_later_names_the_successor_once() -> None:
    ended = contacts.given(LINKED, AffiliationEnded(valid_to=MARCH))
    followed = ended.when(lambda c: contact.end(c, MARCH, NEXT)).then(AffiliationEnded(valid_to=MARCH, successor=NEXT))
    followed.when(lambda c: contact.end(c, MARCH, NEXT)).then()
    followed.when(lambda c: contact.end(c, MARCH, new_id())).refused("CON-10", "valid_to")
    ended.when(lambda c: contact.end(c, MAY, NEXT)).refused("CON-10", "valid_to")


def test_con_10_no_job_change_within_a_company_nor_of_a_nameless_post() -> None:
    within = contacts.given(LINKED).when(lambda c: [contact.begin_after(c, OWN, ACME, APRIL, "", "")])
    within.refused("CON-10", "company")
    contacts.given(PAYABLES).when(lambda c: [contact.begin_after(c, OWN, BETA, APRIL, "", "")]).refused("CON-10")


def test_con_10_dates_recorded_wrongly_are_corrected() -> None:
    ended = contacts.given(LINKED, AffiliationEnded(valid_to=MARCH))
    event = AffiliationDatesCorrected(valid_from=None, valid_to=None, reason="stays after all")
    again = ended.when(lambda c: contact.correct_dates(c, None, None, "stays after all")).then(event)
    again.when(lambda c: contact.correct_dates(c, None, None, "")).then()
    again.when(lambda c: contact.end(c, MAY)).then(AffiliationEnded(valid_to=MAY, successor=None))


def test_con_01_a_wrong_company_is_corrected() -> None:
    event = AffiliationCorrected(company=BETA, reason="wrong branch")
    corrected = contacts.given(LINKED).when(lambda c: contact.correct_company(c, BETA, " wrong branch ")).then(event)
    assert corrected.state.company == BETA
    corrected.when(lambda c: contact.correct_company(c, BETA, "")).then()


def test_sta_01_an_inactive_contact_is_not_offered() -> None:
    assert not contacts.given(LINKED, AddressDeactivated()).state.is_current(MARCH)
