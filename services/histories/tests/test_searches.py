"""Searches over all activities, saved ones, folders and controlling, over HTTP (domain.md 5.3)."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals, ReferenceToAny
from dossier.ids import derived_id, new_id
from dossier.testing.activities import ANNA, BEN
from dossier.testing.services import ServiceUnderTest
from histories.api.controlling import CUSTOMER
from histories.api.models import SilentCustomers
from histories.views import customers, folders
from histories.views.customers import Customers
from oracle.recording import Present
from oracle.telling import company, ids, made, mail, page, person, project, recorded, ref

pytestmark = pytest.mark.backends

SILENT = "/v1/controlling/customers-without-activities?since=2026-01-01"


async def saved(present: Present, of: str, owner: str = ANNA, **facts: Any) -> str:
    return await made(present, "saved-search", adr.SearchSaved(name="Mine", of=of, owner=owner, **facts))


async def put_in(present: Present, folder: str, activity: str) -> str:
    entry = ReferenceToAny(type="activity", id=activity)
    return await made(present, "folder-entry", adr.FolderEntryAdded(folder=folder, entry=entry))


def customer_of(address: str, *more: Any) -> list[Any]:
    role = eng.RoleAssigned(role_id=derived_id("role", address), role="customer", address=ref("company", address))
    return [role, *more]


async def silent(api: ServiceUnderTest, path: str = SILENT, reader: str = "anna") -> dict[str, Any]:
    answer = await api.call("GET", path, token=api.tokens.user(reader), expect=200)
    return SilentCustomers.model_validate_json(answer.content).model_dump()


async def test_rup_07_the_activity_search_finds_what_the_reader_may_see_wherever_it_is(
    api: ServiceUnderTest, present: Present
) -> None:
    acme, eva = await company(present, "Acme AG"), await person(present, "Muster", "Eva")
    secret = await project(present, "P9", "Merger", eng.EngagementRestricted(to=Principals(users=(BEN,))))
    lone = await recorded(present, kind="call")
    one = await recorded(present, address=ref("company", acme), activity_type="offer")
    two = await recorded(present, address=ref("person", eva), project=secret, activity_type="offer")
    assert await ids(api, "/v1/activities", "ben") == [two, one, lone]
    assert await ids(api, "/v1/activities", "cara") == [one, lone]
    assert await ids(api, "/v1/activities?type=offer", "ben") == [two, one]
    assert await ids(api, f"/v1/activities?person={eva}", "ben") == [two]
    assert await ids(api, f"/v1/activities?person={eva}", "cara") == []
    assert await ids(api, "/v1/activities?kind=call", "cara") == [lone]
    says = [[why["says"] for why in row["why"]] for row in (await page(api, "/v1/activities", "cara"))["items"]]
    assert says == [["recorded with Acme AG"], []]


async def test_act_01_the_mail_search_finds_by_sender_and_recipient_or_their_domain(
    api: ServiceUnderTest, present: Present
) -> None:
    one = await recorded(present, **mail("Eva@ACME.example", "office@dossier.example"))
    two = await recorded(present, **mail("bert@acme.example", "eva@acme.example", "info@beta.example"))
    await recorded(present, kind="call")
    expected = {
        "": [two, one],
        "?sender=eva@acme.example": [one],
        "?sender=acme.example": [two, one],
        "?sender=ACME.example&recipient=beta.example": [two],
        "?recipient=EVA@acme.example": [two],
        "?recipient=acme.exampl": [],
    }
    assert {query: await ids(api, f"/v1/mails{query}") for query in expected} == expected
    problem = (await api.call("GET", "/v1/mails?kind=call", expect=422)).json()
    assert (problem["field"], problem["rule"]) == ("kind", "kind")


@pytest.mark.parametrize("asked", ["@", "foo bar", " ", "eva@", "eva@acme@example", "Eva <eva@acme.example>", "@a b"])
@pytest.mark.parametrize("field", ["sender", "recipient"])
async def test_act_01_what_is_no_mail_address_and_no_domain_is_refused(
    api: ServiceUnderTest, field: str, asked: str
) -> None:
    problem = (await api.call("GET", f"/v1/mails?{field}={quote(asked)}", expect=422)).json()
    assert (problem["field"], problem["rule"]) == (field, "mail-address")


@pytest.mark.parametrize(
    "asked", ["host", "@acme.example", "eva@[192.0.2.1]", '"eva m"@acme.example', " eva@büro.example"]
)
async def test_act_01_odd_senders_can_be_asked_for(api: ServiceUnderTest, asked: str) -> None:
    assert await ids(api, f"/v1/mails?sender={quote(asked)}") == []


async def test_fol_01_a_saved_search_is_run_with_parameters_filled_in(api: ServiceUnderTest, present: Present) -> None:
    offer = await recorded(present, activity_type="offer", kind="call")
    visit = await recorded(present, activity_type="offer", kind="meeting")
    await recorded(present, activity_type="contract")
    search = await saved(present, "activities", is_shared=True, parameters={"type": ["offer"], "kind": "call"})
    path = f"/v1/searches/{search}/results"
    assert await ids(api, path, "ben") == [offer]
    assert await ids(api, f"{path}?kind=meeting", "ben") == [visit]
    assert await ids(api, f"{path}?kind=meeting&from=2027-01-01", "ben") == []
    await present.happen(f"saved-search-{search}", adr.SavedSearchChanged(parameters={"type": "offer"}))
    assert await ids(api, path, "ben") == [visit, offer]


async def test_fol_01_a_saved_search_with_unknown_or_wrong_parameters_is_refused(
    api: ServiceUnderTest, present: Present
) -> None:
    refused = {
        await saved(present, "activities", parameters={"colour": "red"}): ("colour", "known-parameter"),
        await saved(present, "activities", parameters={"sender": "eva@acme.example"}): ("sender", "known-parameter"),
        await saved(present, "activities", parameters={"kind": "dance"}): ("kind", "one-of"),
        await saved(present, "addresses", parameters={}): ("id", "FOL-01"),
    }
    for search, (field, rule) in refused.items():
        problem = (await api.call("GET", f"/v1/searches/{search}/results", token=api.tokens.user("anna"))).json()
        assert (problem["status"], problem["field"], problem["rule"]) == (422, field, rule)
    mails = await saved(present, "mails", parameters={"sender": "acme.example"})
    problem = (await api.call("GET", f"/v1/searches/{mails}/results?colour=red", expect=422)).json()
    assert (problem["field"], problem["rule"]) == ("colour", "known-parameter")


async def test_fol_03_a_saved_search_of_somebody_else_or_a_removed_one_does_not_exist(
    api: ServiceUnderTest, present: Present, parked: set[str]
) -> None:
    own = await saved(present, "mails", parameters={})
    path = f"/v1/searches/{own}/results"
    await api.call("GET", path, token=api.tokens.user("anna"), expect=200)
    await api.call("GET", path, token=api.tokens.user("ben"), expect=404)
    await present.happen(f"saved-search-{own}", adr.SavedSearchChanged(is_shared=True))
    await api.call("GET", path, token=api.tokens.user("ben"), expect=200)
    parked.add(f"saved-search-{own}")
    await api.call("GET", path, token=api.tokens.user("ben"), expect=404)
    parked.clear()
    await present.happen(f"saved-search-{own}", adr.SavedSearchRemoved())
    await api.call("GET", path, token=api.tokens.user("anna"), expect=404)


async def test_the_searches_that_ship_are_ready(api: ServiceUnderTest, present: Present) -> None:
    mailed, call = await recorded(present, **mail()), await recorded(present, kind="call")
    shipped = (await api.call("GET", "/v1/searches", expect=200)).json()["items"]
    found = {each["of"]: await ids(api, f"/v1/searches/{each['id']}/results") for each in shipped}
    assert found == {"activities": [call, mailed], "mails": [mailed]}
    filled = {each["of"]: f"/v1/searches/{each['id']}/results?sender=beta.example" for each in shipped}
    assert await ids(api, filled["mails"]) == []
    await api.call("GET", filled["activities"], expect=422)


async def test_fol_01_a_folder_shows_the_activities_in_it_that_the_reader_may_see(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "STRIDE", 2)
    secret = await project(present, "P9", "Merger", eng.EngagementRestricted(to=Principals(users=(BEN,))))
    folder = await made(present, "folder", adr.FolderCreated(name="Event 2026", types=("activity", "person")))
    seen = [await recorded(present) for _ in range(3)]
    hidden = [await recorded(present, project=secret) for _ in range(4)]
    lying = [await put_in(present, folder, activity) for activity in (*seen, *hidden)]
    entry = ReferenceToAny(type="person", id=await person(present, "Muster"))
    await made(present, "folder-entry", adr.FolderEntryAdded(folder=folder, entry=entry))
    path = f"/v1/folders/{folder}/activities"
    assert (await page(api, path))["of"] == {"type": "folder", "id": folder, "name": "Event 2026", "deleted": False}
    assert await ids(api, path, "cara") == seen[::-1]
    assert await ids(api, path, "ben") == [*hidden[::-1], *seen[::-1]]
    first = await page(api, f"{path}?limit=2", "cara")
    second = await page(api, f"{path}?limit=2&cursor={first['next']}", "cara")
    assert ([row["id"] for row in second["items"]], second["next"]) == ([seen[0]], None)
    assert (await page(api, f"{path}?limit=2&cursor={second['previous']}", "cara"))["items"] == first["items"]
    await present.happen(f"folder-entry-{lying[0]}", adr.FolderEntryRemoved())
    assert await ids(api, path, "cara") == seen[:0:-1]


async def test_key_06_a_personal_folder_is_its_owners_alone(api: ServiceUnderTest, present: Present) -> None:
    folder = await made(present, "folder", adr.FolderCreated(name="Mine", types=("activity",), owner=ANNA))
    await put_in(present, folder, await recorded(present))
    path = f"/v1/folders/{folder}/activities"
    assert len(await ids(api, path, "anna")) == 1
    for gone in (path, f"/v1/folders/{new_id()}/activities"):
        await api.call("GET", gone, token=api.tokens.user("ben"), expect=404)


async def test_ctl_01_what_a_contact_did_counts_for_its_company(api: ServiceUnderTest, present: Present) -> None:
    acme, beta, gamma = [await company(present, name) for name in ("Acme AG", "Beta AG", "Gamma AG")]
    for number, each in enumerate((acme, beta)):
        await project(present, f"P{number}", "Move", *customer_of(each))
    await present.happen(f"company-{gamma}", adr.KeywordAssigned(keyword=CUSTOMER, group=new_id()))
    await company(present, "No customer AG")
    contact = await made(present, "contact", adr.ContactRegistered(company=acme, last_name="Muster"))
    await recorded(present, address=ref("contact", contact), occurred_on=date(2026, 1, 1))
    last = await recorded(present, address=ref("company", beta), occurred_on=date(2025, 12, 31))
    found = await silent(api)
    assert [(each["customer"]["name"], each["last"]) for each in found["items"]] == [
        ("Beta AG", {"id": last, "occurred_on": "2025-12-31"}),
        ("Gamma AG", None),
    ]
    unassigned = adr.KeywordUnassigned(keyword=CUSTOMER)
    await present.happen(f"company-{gamma}", unassigned)
    await present.happen(f"company-{beta}", adr.AddressDeactivated())
    assert (await silent(api))["items"] == []


async def test_ctl_01_the_list_is_made_of_what_the_reader_may_see(api: ServiceUnderTest, present: Present) -> None:
    acme, beta = await company(present, "Acme AG"), await company(present, "Beta AG")
    await project(present, "P1", "Move", *customer_of(acme))
    restricted = eng.EngagementRestricted(to=Principals(users=(BEN,)))
    secret = await project(present, "P2", "Merger", *customer_of(beta), restricted)
    await recorded(present, address=ref("company", acme), project=secret, occurred_on=date(2026, 2, 1))

    async def names(reader: str) -> list[str]:
        return [each["customer"]["name"] for each in (await silent(api, reader=reader))["items"]]

    # Acme is silent for whoever cannot see the meeting about Beta's project; that Beta is a customer is as secret.
    assert await names("cara") == ["Acme AG"]
    assert await names("ben") == []
    await present.happen(f"project-{secret}", eng.EngagementOpened())
    assert await names("cara") == []


async def test_ctl_01_pages_follow_each_other_and_cost_no_more_than_they_may(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers, "STRIDE", 2)
    monkeypatch.setattr(customers, "MOST", 4)
    asked, by_role = list[str](), Customers._by_role  # pyright: ignore[reportPrivateUsage]

    async def counted(self: Customers, after: str) -> list[str]:
        asked.append(after)
        return await by_role(self, after)

    monkeypatch.setattr(Customers, "_by_role", counted)
    made_customers = [await company(present, f"Company {number} AG") for number in range(9)]
    for each in made_customers:
        await present.happen(f"company-{each}", adr.KeywordAssigned(keyword=CUSTOMER, group=new_id()))
    for each in made_customers[1:7]:
        await recorded(present, address=ref("company", each), occurred_on=date(2026, 3, 1))
    seen: list[str] = []
    pages, following = 0, ""
    while following is not None:
        found = await silent(api, SILENT + "&limit=1" + (f"&cursor={following}" if following else ""))
        assert len(found["items"]) <= 1
        seen += [each["customer"]["id"] for each in found["items"]]
        pages, following = pages + 1, found["next"]
    assert seen == [made_customers[0], *made_customers[7:]]
    assert pages > 3
    assert len(asked) == pages  # all projects are grouped by customer for it, and so once for a page
