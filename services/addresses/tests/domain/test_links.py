"""Rules of links between addresses, by their ids."""

from __future__ import annotations

from datetime import date

from addresses.domain import links
from addresses.domain.links import Link, LinkType
from dossier.contracts.addresses import (
    AddressesLinked,
    LinkChanged,
    LinkEnd,
    LinkRemoved,
    LinkTypeChanged,
    LinkTypeDefined,
)
from dossier.contracts.common import AddressRef
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

types = Scenarios(LinkType, links.evolve_type)
all_links = Scenarios(Link, links.evolve)
TYPE = new_id()
SITS = LinkEnd(label="sits on the board of", types=("person", "contact"))
MEMBER = LinkEnd(label="board member", types=("company",))
BOARD = LinkTypeDefined(one=SITS, other=MEMBER)
EVA, ACME = AddressRef(type="person", id=new_id()), AddressRef(type="company", id=new_id())
LINKED = AddressesLinked(link_type=TYPE, one=EVA, other=ACME, valid_from=date(2020, 1, 1), remark="chair")
BOARD_TYPE = links.evolve_type(LinkType(), BOARD)


def test_rol_07_a_link_type_has_two_labelled_ends() -> None:
    padded = LinkEnd(label=" sits on the board of ", types=("person", "contact", "person"))
    once = types.given().when(lambda t: links.define(t, padded, MEMBER)).then(BOARD)
    once.when(lambda t: links.define(t, SITS, MEMBER)).then()
    once.when(lambda t: links.define(t, MEMBER, SITS)).refused("ROL-07", "id")
    nowhere = LinkEnd(label="nowhere", types=())
    types.given().when(lambda t: links.define(t, SITS, nowhere)).refused("ROL-07", "other.types")
    nameless = LinkEnd(label=" ", types=("person",))
    types.given().when(lambda t: links.define(t, nameless, MEMBER)).refused("STA-03", "one.label")


def test_rol_07_a_link_type_is_labelled_otherwise() -> None:
    chair = LinkEnd(label="chairs", types=("person",))
    wanted = LinkTypeChanged(one=chair, other=MEMBER, is_active=None)
    after = types.given(BOARD).when(lambda t: links.change_type(t, wanted)).then(LinkTypeChanged(one=chair))
    assert (after.state.one, after.state.other, after.state.is_active) == (chair, MEMBER, True)


def test_rol_07_addresses_stand_at_ends_that_admit_them() -> None:
    once = all_links.given().when(lambda k: links.link(k, LINKED, BOARD_TYPE)).then(LINKED)
    once.when(lambda k: links.link(k, LINKED, BOARD_TYPE)).then()
    backwards = LINKED.model_copy(update={"one": ACME, "other": EVA})
    all_links.given().when(lambda k: links.link(k, backwards, BOARD_TYPE)).refused("ROL-07", "one")
    with_person = LINKED.model_copy(update={"other": AddressRef(type="person", id=new_id())})
    all_links.given().when(lambda k: links.link(k, with_person, BOARD_TYPE)).refused("ROL-07", "other")
    once.when(lambda k: links.link(k, backwards, BOARD_TYPE)).refused("ROL-07", "id")


def test_rol_07_an_address_is_not_linked_with_itself() -> None:
    anything = LinkEnd(label="advises", types=("company", "person"))
    advises = links.evolve_type(LinkType(), LinkTypeDefined(one=anything, other=anything))
    itself = LINKED.model_copy(update={"other": EVA})
    all_links.given().when(lambda k: links.link(k, itself, advises)).refused("ROL-07", "other")


def test_rol_07_an_inactive_type_makes_no_more_links() -> None:
    inactive = links.evolve_type(BOARD_TYPE, LinkTypeChanged(is_active=False))
    all_links.given().when(lambda k: links.link(k, LINKED, inactive)).refused("ROL-07", "link_type")
    all_links.given(LINKED).when(lambda k: links.link(k, LINKED, inactive)).then()


def test_rol_08_a_link_reads_by_its_label_on_either_address() -> None:
    assert links.seen_from(LINKED, BOARD_TYPE, EVA.stream) == ("sits on the board of", ACME)
    assert links.seen_from(LINKED, BOARD_TYPE, ACME.stream) == ("board member", EVA)


def test_rol_07_a_link_holds_for_days_and_can_be_taken_away() -> None:
    until = LinkChanged(valid_from=date(2020, 1, 1), valid_to=date(2024, 6, 30), remark="")
    given = all_links.given(LINKED)
    after = given.when(
        lambda k: links.change(k, {"valid_from": until.valid_from, "valid_to": until.valid_to, "remark": " "})
    ).then(until)
    after.when(lambda k: links.change(k, {})).then()
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2024, 6, 30), date(2024, 7, 1)]
    assert [after.state.is_current(day) for day in days] == [False, True, True, False]
    after.when(lambda k: links.change(k, {"valid_from": date(2021, 1, 1), "valid_to": date(2020, 1, 1)})).refused(
        "ROL-07", "valid_to"
    )
    gone = after.when(links.remove).then(LinkRemoved())
    gone.when(links.remove).then()
    never = LINKED.model_copy(update={"valid_to": date(2019, 1, 1)})
    all_links.given().when(lambda k: links.link(k, never, BOARD_TYPE)).refused("ROL-07", "valid_to")
