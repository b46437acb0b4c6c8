"""Couples on pages: what was done with a couple is the persons' too, for the days of their membership (CON-11)."""

from __future__ import annotations

from datetime import date

import pytest

from dossier.contracts import AddressRef
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.testing.services import ServiceUnderTest
from oracle.recording import Present
from oracle.telling import ids, made, opened, page, person, recorded, said

pytestmark = pytest.mark.backends

MARCH, APRIL, MAY = (date(2026, month, 10) for month in (3, 4, 5))


async def couple(present: Present, a: adr.Half, b: adr.Half, valid_from: date | None = None) -> AddressRef:
    identifier = await made(present, "couple", adr.CoupleRegistered(a=a, b=b, valid_from=valid_from))
    return AddressRef(type="couple", id=identifier)


async def at_each_date(present: Present, address: AddressRef) -> list[str]:
    return [await recorded(present, address=address, occurred_on=day) for day in (MARCH, APRIL, MAY)]


async def test_con_11_a_couple_is_called_by_both_halves_each_linked_or_typed(
    api: ServiceUnderTest, present: Present
) -> None:
    eva = await person(present, "Muster", "Eva")
    both = await couple(present, adr.Half(person=eva), adr.Half(last_name="Beispiel", first_name="Bert"))
    activity = await recorded(present, address=both)
    found = await page(api, f"/v1/couples/{both.id}/history")
    assert found["of"] == {"type": "couple", "id": both.id, "name": "Muster Eva, Beispiel Bert", "deleted": False}
    assert [row["id"] for row in found["items"]] == [activity]
    await present.happen(f"person-{eva}", adr.PersonRenamed(last_name="Moser", first_name="Eva"))
    await present.happen(both.stream, adr.CoupleHalfRenamed(side="b", last_name="Bond"))
    assert (await page(api, f"/v1/couples/{both.id}/history"))["of"]["name"] == "Moser Eva, Bond"
    await present.happen(both.stream, adr.AliasSet(alias="The two"))
    assert await said(api, f"/v1/persons/{eva}/history") == [
        ["recorded with The two; Moser Eva is one half of The two"]
    ]
    await present.happen(both.stream, adr.AliasGivenUp())
    assert (await page(api, f"/v1/couples/{both.id}/history"))["of"]["name"] == "Moser Eva, Bond"


async def test_con_11_a_separation_leaves_with_the_persons_what_is_dated_within_the_membership(
    api: ServiceUnderTest, present: Present
) -> None:
    eva, adam = await person(present, "Muster", "Eva"), await person(present, "Muster", "Adam")
    both = await couple(present, adr.Half(person=eva), adr.Half(person=adam), valid_from=APRIL)
    before, on_first_day, later = await at_each_date(present, both)
    pages = [f"/v1/persons/{each}/history" for each in (eva, adam)]
    assert [await ids(api, path) for path in pages] == [[later, on_first_day]] * 2
    await present.happen(both.stream, adr.CoupleSeparated(valid_to=APRIL))
    assert [await ids(api, path) for path in pages] == [[on_first_day]] * 2
    corrected = adr.CoupleDatesCorrected(valid_from=None, valid_to=MARCH)
    await present.happen(both.stream, corrected)
    assert [await ids(api, path) for path in pages] == [[before]] * 2
    assert len(await ids(api, f"/v1/couples/{both.id}/history")) == 3


async def test_con_11_unlinking_one_half_keeps_what_is_dated_before_and_the_next_person_takes_over(
    api: ServiceUnderTest, present: Present
) -> None:
    eva, adam, carl = [await person(present, name) for name in ("Eva", "Adam", "Carl")]
    both = await couple(present, adr.Half(person=eva), adr.Half(person=adam))
    before, on_the_day, later = await at_each_date(present, both)
    unlinked = adr.CouplePersonUnlinked(side="b", person=adam, unlinked_on=APRIL, last_name="Adam")
    await present.happen(both.stream, unlinked, adr.CouplePersonLinked(side="b", person=carl))
    assert await ids(api, f"/v1/persons/{adam}/history") == [before]
    assert await ids(api, f"/v1/persons/{carl}/history") == [later, on_the_day]
    assert await ids(api, f"/v1/persons/{eva}/history") == [later, on_the_day, before]


async def test_con_11_a_half_that_is_linked_later_brings_the_whole_history(
    api: ServiceUnderTest, present: Present
) -> None:
    eva, adam = await person(present, "Eva"), await person(present, "Adam")
    both = await couple(present, adr.Half(person=eva), adr.Half(last_name="Adam"))
    activities = await at_each_date(present, both)
    await present.happen(both.stream, adr.CouplePersonLinked(side="b", person=adam))
    assert await ids(api, f"/v1/persons/{adam}/history") == activities[::-1]


async def test_con_11_a_corrected_half_moves_everything_or_away_if_nobody_is_linked(
    api: ServiceUnderTest, present: Present
) -> None:
    wrong, right = await person(present, "Wrong"), await person(present, "Right")
    both = await couple(present, adr.Half(person=wrong), adr.Half(last_name="Adam"))
    activities = await at_each_date(present, both)
    await present.happen(both.stream, adr.CoupleHalfCorrected(side="a", half=adr.Half(person=right)))
    assert await ids(api, f"/v1/persons/{wrong}/history") == []
    assert await ids(api, f"/v1/persons/{right}/history") == activities[::-1]
    await present.happen(both.stream, adr.CoupleHalfCorrected(side="a", half=adr.Half(last_name="Nobody")))
    assert await ids(api, f"/v1/persons/{right}/history") == []


async def test_rup_05_a_couple_shows_its_own_and_not_what_its_persons_did(
    api: ServiceUnderTest, present: Present
) -> None:
    eva = await person(present, "Eva")
    both = await couple(present, adr.Half(person=eva), adr.Half(last_name="Adam"))
    await recorded(present, address={"type": "person", "id": eva})
    assert await ids(api, f"/v1/couples/{both.id}/history") == []


async def test_the_hops_compose_a_couples_opportunity_is_on_the_persons_page_and_says_why(
    api: ServiceUnderTest, present: Present
) -> None:
    eva = await person(present, "Muster", "Eva")
    both = await couple(present, adr.Half(person=eva), adr.Half(last_name="Adam"))
    chance = await made(present, "opportunity", opened(both))
    await recorded(present, opportunity=chance)
    assert await said(api, f"/v1/persons/{eva}/history") == [
        [
            "recorded with New roof; New roof is an opportunity of Muster Eva, Adam; "
            "Muster Eva is one half of Muster Eva, Adam"
        ]
    ]


async def test_the_hops_compose_a_couple_that_is_customer_brings_the_project_to_its_persons(
    api: ServiceUnderTest, present: Present
) -> None:
    eva = await person(present, "Eva")
    both = await couple(present, adr.Half(person=eva), adr.Half(last_name="Adam"), valid_from=APRIL)
    role = eng.RoleAssigned(role_id=eva, role="customer", address=both, valid_to=APRIL, against="ROL-02")
    project = await made(present, "project", eng.ProjectRegistered(code="P1", title="Move"), role)
    activities = [await recorded(present, project=project, occurred_on=day) for day in (MARCH, APRIL, MAY)]
    assert await ids(api, f"/v1/persons/{eva}/history") == [activities[1]]
