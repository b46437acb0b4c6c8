"""Rules of the person, by their ids."""

from __future__ import annotations

from addresses.domain import person
from addresses.domain.person import Person
from dossier.contracts.addresses import PersonRegistered, PersonRenamed
from dossier.testing.gwt import Scenarios

persons = Scenarios(Person, person.evolve)
EVA = PersonRegistered(last_name="Muster", first_name="Eva")


def test_adr_07_a_person_exists_without_a_company() -> None:
    eva = persons.given().when(lambda p: person.register(p, " Muster", "Eva ")).then(EVA)
    eva.when(lambda p: person.register(p, "Muster", "Eva")).then()
    eva.when(lambda p: person.register(p, "Muster", "Max")).refused("ADR-01", "id")


def test_sta_03_a_person_needs_a_last_name() -> None:
    persons.given().when(lambda p: person.register(p, " ", "Eva")).refused("STA-03", "last_name")
    persons.given(EVA).when(lambda p: person.rename(p, "", "Eva")).refused("STA-03", "last_name")


def test_con_09_a_person_is_renamed_in_one_place() -> None:
    renamed = persons.given(EVA).when(lambda p: person.rename(p, "Huber", "Eva"))
    huber = renamed.then(PersonRenamed(last_name="Huber", first_name="Eva"))
    assert (huber.state.last_name, huber.state.first_name) == ("Huber", "Eva")
    huber.when(lambda p: person.rename(p, "Huber", "Eva")).then()
