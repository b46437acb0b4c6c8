"""Companies with their subsidiaries on request: whatever the level, each activity once, with its reasons and rights."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals
from dossier.ids import new_id
from dossier.testing.activities import BEN, note
from dossier.testing.services import ServiceUnderTest
from histories.views import families
from histories.views.pages import PART, Pages
from histories.views.readers import Reader
from histories.views.wanted import KINDS, Wanted
from oracle.recording import Present
from oracle.telling import company, ids, made, page, project, recorded, ref, said

pytestmark = pytest.mark.backends


async def test_rup_04_a_parent_shows_its_own_and_on_request_what_is_below_it_at_all_levels(
    api: ServiceUnderTest, present: Present
) -> None:
    holding = await company(present, "Holding AG")
    middle = await company(present, "Middle AG", parent=holding)
    lowest = await company(present, "Lowest AG")
    await present.happen(f"company-{lowest}", adr.CompanyParentSet(parent=middle))
    contact = await made(present, "contact", adr.ContactRegistered(company=lowest, last_name="Muster"))
    own = await recorded(present, address=ref("company", holding))
    below = await recorded(present, address=ref("contact", contact))
    path = f"/v1/companies/{holding}/history"
    assert await ids(api, path) == [own]
    assert await ids(api, f"{path}?include=subsidiaries") == [below, own]
    assert await said(api, f"{path}?include=subsidiaries") == [
        [
            "recorded with Lowest AG, Muster; Lowest AG, Muster is a contact of Lowest AG; "
            "Lowest AG is a subsidiary of Middle AG; Middle AG is a subsidiary of Holding AG"
        ],
        ["recorded with Holding AG"],
    ]
    first, *_ = (await page(api, f"{path}?include=subsidiaries"))["items"]
    assert [hop["events"] for hop in first["why"][0]["hops"][2:]] == [[f"company-{lowest}:2"], [f"company-{middle}:1"]]
    assert await ids(api, f"/v1/companies/{middle}/history?include=subsidiaries") == [below]
    touched = await api.call("GET", f"/v1/companies/{holding}/touchpoints?include=subsidiaries", expect=200)
    assert [point["activity"]["id"] for point in touched.json()["items"]] == [below]


async def test_adr_03_another_parent_moves_what_is_below_at_once(api: ServiceUnderTest, present: Present) -> None:
    former, later = await company(present, "Former AG"), await company(present, "Later AG")
    child = await company(present, "Child AG", parent=former)
    activity = await recorded(present, address=ref("company", child))
    paths = [f"/v1/companies/{parent}/history?include=subsidiaries" for parent in (former, later)]
    assert [await ids(api, path) for path in paths] == [[activity], []]
    await present.happen(f"company-{child}", adr.CompanyParentSet(parent=later))
    assert [await ids(api, path) for path in paths] == [[], [activity]]
    await present.happen(f"company-{child}", adr.CompanyParentSet(parent=None))
    assert [await ids(api, path) for path in paths] == [[], []]


async def test_rup_04_an_activity_with_parent_and_subsidiaries_is_one_row_with_all_reasons(
    api: ServiceUnderTest, present: Present
) -> None:
    holding = await company(present, "Holding AG")
    children = [await company(present, name, parent=holding) for name in ("One AG", "Two AG")]
    further = [ref("company", child) for child in children]
    await recorded(present, address=ref("company", holding), further_addresses=further)
    (row,) = (await page(api, f"/v1/companies/{holding}/history?include=subsidiaries"))["items"]
    assert sorted(why["says"] for why in row["why"]) == [
        "recorded with Holding AG",
        "recorded with One AG; One AG is a subsidiary of Holding AG",
        "recorded with Two AG; Two AG is a subsidiary of Holding AG",
    ]


async def test_rup_07_what_is_below_is_shown_to_those_who_may_see_it(api: ServiceUnderTest, present: Present) -> None:
    holding = await company(present, "Holding AG")
    child = await company(present, "Child AG", parent=holding)
    mandate = await project(present, "P9", "Merger", eng.EngagementRestricted(to=Principals(users=(BEN,))))
    secret = await recorded(present, address=ref("company", child), project=mandate)
    path = f"/v1/companies/{holding}/history?include=subsidiaries"
    assert [await ids(api, path, reader) for reader in ("ben", "cara")] == [[secret], []]


async def test_a_circle_of_parents_is_walked_once(api: ServiceUnderTest, present: Present) -> None:
    first = await company(present, "First AG")
    second = await company(present, "Second AG", parent=first)
    await present.happen(f"company-{first}", adr.CompanyParentSet(parent=second))
    activities = [await recorded(present, address=ref("company", each)) for each in (first, second)]
    for each in (first, second):
        assert await ids(api, f"/v1/companies/{each}/history?include=subsidiaries") == activities[::-1]


async def test_pages_with_subsidiaries_follow_each_other_without_gap_or_repeat(
    api: ServiceUnderTest, present: Present
) -> None:
    holding = await company(present, "Holding AG")
    children = [await company(present, f"Child {number} AG", parent=holding) for number in range(3)]
    days = [date(2026, 1, 1) + timedelta(days=number % 5) for number in range(17)]
    made = [
        (day, await recorded(present, address=ref("company", children[place % 3]), occurred_on=day))
        for place, day in enumerate(days)
    ]
    path, seen = f"/v1/companies/{holding}/history?include=subsidiaries&limit=4", list[str]()
    following: str | None = ""
    while following is not None:
        found = await page(api, path + (f"&cursor={following}" if following else ""))
        seen += [row["id"] for row in found["items"]]
        following = found["next"]
    assert seen == [activity for _, activity in sorted(made, reverse=True)]
    cursor = (await page(api, path))["next"]
    await api.call("GET", f"/v1/companies/{holding}/history?limit=4&cursor={cursor}", expect=400)


async def test_rup_04_only_companies_have_subsidiaries_and_there_is_an_end(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding = await company(present, "Holding AG")
    for number in range(3):
        await company(present, f"Child {number} AG", parent=holding)
    monkeypatch.setattr(families, "MOST_SUBSIDIARIES", 3)
    path = f"/v1/companies/{holding}/history?include=subsidiaries"
    await api.call("GET", path, expect=200)
    monkeypatch.setattr(families, "MOST_SUBSIDIARIES", 2)
    for refused in (path, f"/v1/persons/{new_id()}/history?include=subsidiaries"):
        answer = await api.call("GET", refused, expect=422)
        assert (answer.json()["rule"], answer.json()["field"]) == ("RUP-04", "include")
    await api.call("GET", f"/v1/companies/{holding}/history?include=parents", expect=422)
    await api.call("GET", f"/v1/companies/{new_id()}/history?include=subsidiaries", expect=404)


async def test_a_page_of_many_companies_reads_about_as_many_entries_as_it_shows(present: Present) -> None:
    holding = await company(present, "Holding AG")
    children = [await company(present, f"Child {number} AG", parent=holding) for number in range(PART + 2)]
    first = date(2020, 1, 1)
    spans = [
        present.record(
            f"activity-{new_id()}",
            note(
                address=ref("company", children[number % len(children)]),
                kind=KINDS[number % len(KINDS)],
                occurred_on=first + timedelta(days=number),
            ),
        )
        for number in range(400)
    ]
    await present.apply(*spans)
    pages = Pages(present.projection.collections, Reader([]))
    family = await pages.family(f"company-{holding}", subsidiaries=True)
    assert len(family.parts(PART)) == 2
    for part in family.parts(PART):
        listing = pages.listing(part, Wanted())
        way, _ = await listing.way()
        plan = await listing.query(way, limit=20).explain()
        assert plan["executionStats"]["totalDocsExamined"] <= 20
    entries = await pages.history(family, Wanted(), limit=20)
    assert [entry["dated"][:10] for entry in entries] == [
        (first + timedelta(days=number)).isoformat() for number in range(399, 379, -1)
    ]
