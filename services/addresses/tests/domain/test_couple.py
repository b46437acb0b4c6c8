"""Rules of the couple, by their ids."""

from __future__ import annotations

from datetime import date

import pytest

from addresses.domain import address, couple
from addresses.domain.couple import Couple
from dossier.contracts.addresses import (
    AddressDeactivated,
    CoupleDatesCorrected,
    CoupleHalfCorrected,
    CoupleHalfRenamed,
    CouplePersonLinked,
    CouplePersonUnlinked,
    CoupleRegistered,
    CoupleSeparated,
    Half,
)
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

couples = Scenarios(Couple, couple.evolve)
EVA, MAX = new_id(), new_id()
ANNA, BERT = Half(last_name="Muster", first_name="Anna"), Half(last_name="Beispiel", first_name="Bert")
LINKED_EVA, LINKED_MAX, NOBODY = Half(person=EVA), Half(person=MAX), Half()
MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)
MIXED = CoupleRegistered(a=LINKED_EVA, b=BERT, valid_from=APRIL)


@pytest.mark.parametrize("a", [ANNA, LINKED_EVA])
@pytest.mark.parametrize("b", [BERT, LINKED_MAX])
def test_con_11_each_side_is_linked_or_typed_independently(a: Half, b: Half) -> None:
    entered = couples.given().when(lambda c: couple.register(c, a, b, None))
    after = entered.then(CoupleRegistered(a=a, b=b, valid_from=None))
    assert (after.state.a, after.state.b) == (a, b)
    after.when(lambda c: couple.register(c, a, b, None)).then()
    after.when(lambda c: couple.register(c, a, b, MAY)).refused("ADR-01", "id")


def test_con_11_each_side_needs_a_person_or_a_name_and_not_both() -> None:
    nothing = couples.given()
    blank = Half(last_name=" ")
    nothing.when(lambda c: couple.register(c, ANNA, blank, None)).refused("CON-11", "b.last_name")
    nothing.when(lambda c: couple.register(c, NOBODY, BERT, None)).refused("CON-11", "a.last_name")
    both = Half(person=EVA, last_name="Muster")
    nothing.when(lambda c: couple.register(c, both, BERT, None)).refused("CON-11", "a.last_name")


def test_con_11_the_two_sides_are_two_persons() -> None:
    couples.given().when(lambda c: couple.register(c, LINKED_EVA, LINKED_EVA, None)).refused("CON-11", "b.person")
    given = couples.given(MIXED)
    given.when(lambda c: couple.link_person(c, "b", EVA)).refused("CON-11", "person")
    given.when(lambda c: couple.correct_half(c, "b", LINKED_EVA, "")).refused("CON-11", "person")


def test_con_11_a_typed_name_changes_and_a_linked_one_is_the_persons() -> None:
    given = couples.given(MIXED)
    renamed = given.when(lambda c: couple.rename_half(c, "b", " Huber ", "Bert"))
    after = renamed.then(CoupleHalfRenamed(side="b", last_name="Huber", first_name="Bert"))
    assert after.state.b == Half(last_name="Huber", first_name="Bert")
    after.when(lambda c: couple.rename_half(c, "b", "Huber", "Bert")).then()
    after.when(lambda c: couple.rename_half(c, "b", "", " ")).refused("CON-11", "last_name")
    after.when(lambda c: couple.rename_half(c, "a", "Muster", "Eva")).refused("CON-11", "last_name")


def test_con_11_a_person_is_linked_later_and_the_typed_name_gives_way() -> None:
    given = couples.given(MIXED)
    linked = given.when(lambda c: couple.link_person(c, "b", MAX)).then(CouplePersonLinked(side="b", person=MAX))
    assert linked.state.b == LINKED_MAX
    linked.when(lambda c: couple.link_person(c, "b", MAX)).then()
    linked.when(lambda c: couple.link_person(c, "b", new_id())).refused("CON-11", "person")


def test_con_11_after_unlinking_the_name_stays_as_typed_text() -> None:
    given = couples.given(MIXED)
    unlinked = given.when(lambda c: couple.unlink_person(c, "a", EVA, MAY, ANNA))
    event = CouplePersonUnlinked(side="a", person=EVA, unlinked_on=MAY, last_name="Muster", first_name="Anna")
    assert unlinked.then(event).state.a == ANNA
    given.when(lambda c: couple.unlink_person(c, "a", MAX, MAY, ANNA)).refused("CON-11", "side")
    given.when(lambda c: couple.unlink_person(c, "b", None, MAY, NOBODY)).then()


def test_con_11_a_side_that_was_wrong_from_the_start_is_corrected() -> None:
    given = couples.given(MIXED)
    corrected = given.when(lambda c: couple.correct_half(c, "a", ANNA, " mixed up "))
    after = corrected.then(CoupleHalfCorrected(side="a", half=ANNA, reason="mixed up"))
    assert after.state.a == ANNA
    after.when(lambda c: couple.correct_half(c, "a", ANNA, "")).then()
    given.when(lambda c: couple.correct_half(c, "a", NOBODY, "")).refused("CON-11", "last_name")
    to_max = given.when(lambda c: couple.correct_half(c, "a", LINKED_MAX, ""))
    to_max.then(CoupleHalfCorrected(side="a", half=LINKED_MAX, reason=""))


def test_con_11_a_couple_separates_on_a_date() -> None:
    separated = couples.given(MIXED).when(lambda c: couple.separate(c, MAY)).then(CoupleSeparated(valid_to=MAY))
    assert separated.state.is_current(MAY)
    assert not separated.state.is_current(date(2024, 6, 1))
    separated.when(lambda c: couple.separate(c, MAY)).then()
    separated.when(lambda c: couple.separate(c, APRIL)).refused("CON-11", "valid_to")
    couples.given(MIXED).when(lambda c: couple.separate(c, MARCH)).refused("CON-11", "valid_to")


def test_con_11_dates_recorded_wrongly_are_corrected() -> None:
    separated = couples.given(MIXED, CoupleSeparated(valid_to=MAY))
    event = CoupleDatesCorrected(valid_from=MARCH, valid_to=None, reason="together after all")
    again = separated.when(lambda c: couple.correct_dates(c, MARCH, None, " together after all")).then(event)
    again.when(lambda c: couple.correct_dates(c, MARCH, None, "")).then()
    again.when(lambda c: couple.separate(c, APRIL)).then(CoupleSeparated(valid_to=APRIL))
    separated.when(lambda c: couple.correct_dates(c, MAY, APRIL, "")).refused("CON-11", "valid_to")


def test_adr_09_a_couple_is_deactivated_like_any_address() -> None:
    inactive = couples.given(MIXED).when(address.deactivate).then(AddressDeactivated())
    assert not inactive.state.is_current(MAY)
