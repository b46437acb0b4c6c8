"""Opportunities over HTTP: domain.md 12.1, with real references and views."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dossier.contracts import addresses as a
from dossier.ids import new_id
from dossier.testing.opportunities import opened, read
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends
FORMS = (
    "amount: must be an amount such as 12500.50, with at most 13 digits and two decimals",
    "currency: must be three capital letters",
)


async def statuses(service: ServiceUnderTest) -> dict[str, str]:
    found = (await service.call("GET", "/v1/opportunity-statuses", expect=200)).json()
    return {each["label"]: each["id"] for each in found}


async def test_opp_05_three_open_stages_are_shipped_beside_won_and_lost(engagements: ServiceUnderTest) -> None:
    found = (await engagements.call("GET", "/v1/opportunity-statuses", expect=200)).json()
    assert [(each["outcome"], each["probability"]) for each in found] == [
        ("open", 20),
        ("open", 40),
        ("open", 70),
        ("won", 100),
        ("lost", 0),
    ]


async def test_opp_01_an_opportunity_is_opened_changed_and_read(engagements: ServiceUnderTest, owner: Any) -> None:
    company, (anna,) = await owner.company(), await owner.users(["anna"])
    facts = {"amount": "12500.5", "currency": "CHF", "closing_on": "2026-12-31", "entered_on": "2026-05-04"}
    path = await opened(engagements, "company", company, seller=anna, probability=40, **facts)
    await engagements.call("PATCH", path, {"title": "Succession II", "remarks": "call in May"}, expect=200)
    shown = await read(engagements, path)
    first = (await statuses(engagements))["Interest"]
    named = {"status": first, "status_name": "Interest"}
    stage = {**named, "outcome": "open", "probability": 40, "on": "2026-05-04", "reason": ""}
    assert shown == {
        "type": "opportunity",
        "id": path.rpartition("/")[2],
        "title": "Succession II",
        "address": {"type": "company", "id": company, "alias": None, "deleted": False},
        "entered_on": "2026-05-04",
        "status": first,
        "status_name": "Interest",
        "outcome": "open",
        "probability": 40,
        "amount": "12500.50",
        "currency": "CHF",
        "weighted": "5000.20",
        "closing_on": "2026-12-31",
        "closed_on": None,
        "seller": anna,
        "seller_name": None,
        "project": None,
        "project_name": None,
        "remarks": "call in May",
        "is_active": True,
        "stages": [stage],
        "keywords": [],
        "names": {},
        "restricted_to": None,
    }


async def test_sta_01_an_opportunity_with_an_inactive_company_is_opened_with_a_warning(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    active, inactive = await owner.company(), await owner.company()
    contact = await owner.record("contact", a.ContactRegistered(company=inactive, last_name="Muster"))
    await owner.more("company", inactive, a.AddressDeactivated())
    await caught_up()

    async def warned(method: str, path: str, kind: str, id: str) -> list[str]:
        body = {"title": "New roof", "address": {"type": kind, "id": id}}
        return [each["rule"] for each in (await engagements.call(method, path, body)).json()["warnings"]]

    path = await opened(engagements, "company", active)
    for kind, id, rules in (
        ("company", active, []),
        ("company", inactive, ["STA-01"]),
        ("contact", contact, ["STA-01"]),
    ):
        assert await warned("POST", "/v1/opportunities", kind, id) == rules
        assert await warned("PATCH", path, kind, id) == rules
    await owner.more("company", inactive, a.AddressReactivated())
    await caught_up()
    assert await warned("PATCH", path, "contact", contact) == []


async def test_opp_03_won_closes_and_an_open_stage_reopens(engagements: ServiceUnderTest, owner: Any) -> None:
    path, of = await opened(engagements, "person", await owner.person()), await statuses(engagements)
    undated = await engagements.call("POST", f"{path}/status", {"status": of["Won"]}, expect=422)
    assert (undated.json()["rule"], undated.json()["field"]) == ("OPP-03", "on")
    won = {"status": of["Won"], "on": "2026-05-04"}
    await engagements.call("POST", f"{path}/status", won, expect=200)
    shown = await read(engagements, path)
    assert (shown["is_active"], shown["outcome"], shown["closed_on"]) == (False, "won", "2026-05-04")
    refused = await engagements.call("POST", f"{path}/reactivate", expect=422)
    assert refused.json()["rule"] == "OPP-03"
    lost = {"status": of["Lost"], "on": "2026-06-01", "reason": "budget cut"}
    await engagements.call("POST", f"{path}/status", lost, expect=200)
    await engagements.call("POST", f"{path}/status", {"status": of["Negotiation"]}, expect=200)
    shown = await read(engagements, path)
    assert (shown["is_active"], shown["probability"]) == (True, 70)
    assert [(stage["outcome"], stage["reason"]) for stage in shown["stages"]] == [
        ("open", ""),
        ("won", ""),
        ("lost", "budget cut"),
        ("open", ""),
    ]


async def test_opp_05_the_list_of_stages_is_the_administrators(engagements: ServiceUnderTest, owner: Any) -> None:
    administrator = engagements.tokens.administrator()
    pitch = {"label": "Pitch", "probability": 30, "position": 2}
    await engagements.call("POST", "/v1/opportunity-statuses", pitch, expect=403)
    made = await engagements.call("POST", "/v1/opportunity-statuses", pitch, token=administrator, expect=201)
    path, id = await opened(engagements, "company", await owner.company()), made.json()["id"]
    await engagements.call("POST", f"{path}/status", {"status": id}, expect=200)
    kind = made.headers["Location"]
    await engagements.call("PATCH", kind, {"is_active": False}, token=administrator, expect=200)
    other = await opened(engagements, "company", await owner.company())
    refused = await engagements.call("POST", f"{other}/status", {"status": id}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("OPP-05", "status")
    won = f"/v1/opportunity-statuses/{(await statuses(engagements))['Won']}"
    unsure = await engagements.call("PATCH", won, {"probability": 90}, token=administrator, expect=422)
    assert unsure.json()["rule"] == "OPP-05"
    await engagements.call("PATCH", won, {"label": "Gewonnen"}, token=administrator, expect=200)
    assert "Gewonnen" in await statuses(engagements)


@pytest.mark.parametrize(
    ("more", "rule", "field"),
    [
        ({"amount": 10}, "type", "amount"),
        ({"amount": "10.005", "currency": "CHF"}, "format", "amount"),
        ({"amount": "10"}, "OPP-04", "currency"),
        ({"currency": "CHF"}, "OPP-04", "amount"),
        ({"currency": "Fr."}, "format", "currency"),
        ({"amount": "10", "currency": "QQQ"}, "iso-4217", "currency"),
        ({"probability": 101}, "maximum", "probability"),
        ({"title": " "}, "STA-03", "title"),
        ({"status": new_id()}, "OPP-05", "status"),
        ({"project": new_id()}, "REF-01", "project"),
        ({"address": {"type": "company", "id": new_id()}}, "REF-01", "address"),
        ({"seller": new_id()}, "REF-01", "seller"),
    ],
)
async def test_bad_input_is_named_and_nothing_is_written(
    engagements: ServiceUnderTest, owner: Any, more: Any, rule: str, field: str
) -> None:
    body = {"title": "Succession", "address": {"type": "company", "id": await owner.company()}, **more}
    problem = (await engagements.call("POST", "/v1/opportunities", body, expect=422)).json()
    assert (problem["rule"], problem["field"]) == (rule, field)
    assert rule != "format" or problem["detail"] in FORMS
    assert await engagements.store.commits.count_documents({}) == 0


async def test_opp_02_the_project_is_one_of_that_address(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company = await owner.company()
    contact = await owner.contact(company)
    made = await engagements.call("POST", "/v1/projects", {"code": "1", "title": "Relaunch"}, expect=201)
    project = made.json()["id"]
    path = await opened(engagements, "contact", contact)
    refused = await engagements.call("PATCH", path, {"project": project}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("OPP-02", "project")
    body = {"role": "customer", "address": {"type": "company", "id": company}}
    await engagements.call("POST", f"/v1/projects/{project}/roles", body, expect=201)
    await caught_up()
    await engagements.call("PATCH", path, {"project": project}, expect=200)
    assert (await read(engagements, path))["project"] == project


async def test_opp_06_the_contacts_company_becomes_customer_and_the_contact_contact_person(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company = await owner.company()
    contact = await owner.contact(company)
    path = await opened(engagements, "contact", contact)
    unknown = await engagements.call("POST", f"{path}/project", {"code": "26-1"}, expect=422)
    assert (unknown.json()["rule"], unknown.json()["field"]) == ("ROL-02", "customer")
    await caught_up()
    key = {"Idempotency-Key": "make-1"}
    made = await engagements.call("POST", f"{path}/project", {"code": "26-1"}, headers=key, expect=201)
    again = await engagements.call("POST", f"{path}/project", {"code": "26-1"}, headers=key, expect=201)
    assert again.headers["Location"] == made.headers["Location"]
    project = await read(engagements, made.headers["Location"])
    assert (project["title"], project["opportunity"]) == ("Succession", path.rpartition("/")[2])
    assert [(role["role"], role["address"]["type"], role["address"]["id"]) for role in project["roles"]] == [
        ("customer", "company", company),
        ("contact_person", "contact", contact),
    ]
    assert (await read(engagements, path))["project"] == project["id"]
    second = await engagements.call("POST", f"{path}/project", {"code": "26-2"}, expect=422)
    assert second.json()["rule"] == "OPP-06"


async def test_opp_06_rol_02_a_couple_is_refused_unless_the_customer_is_named(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    persons = [await owner.person(), await owner.person()]
    path = await opened(engagements, "couple", await owner.couple(*persons))
    await caught_up()
    refused = (await engagements.call("POST", f"{path}/project", {"code": "26-1"}, expect=422)).json()
    assert (refused["rule"], refused["field"]) == ("ROL-02", "customer")
    assert all(f"person-{person}" in refused["detail"] for person in persons)
    named = {"code": "26-1", "customer": {"type": "person", "id": persons[0]}}
    made = (await engagements.call("POST", f"{path}/project", named, expect=201)).json()
    assert made["customer"] == {**named["customer"], "alias": "Muster", "deleted": False}


async def test_opp_06_of_many_at_the_same_moment_one_makes_the_project(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path = await opened(engagements, "company", await owner.company())
    attempts = [engagements.call("POST", f"{path}/project", {"code": f"26-{n}"}) for n in range(8)]
    answers = await asyncio.gather(*attempts)
    assert sorted({answer.status_code for answer in answers}) in ([201, 422], [201, 409, 422], [201, 409])
    assert [answer.status_code for answer in answers].count(201) == 1
    projects = (await engagements.call("GET", "/v1/projects", expect=200)).json()["items"]
    assert [project["id"] for project in projects] == [(await read(engagements, path))["project"]]


async def test_rgt_05_a_restricted_opportunity_is_not_there_for_others_and_its_project_neither(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company, (anna,) = await owner.company(), await owner.users(["anna"])
    path = await opened(engagements, "company", company, seller=anna, closing_on="2026-12-31")
    await caught_up()
    of, own = await statuses(engagements), path.rpartition("/")[2]
    await engagements.call("PUT", f"{path}/restriction", {"users": [anna]}, expect=200)
    named = engagements.tokens.user("anna")
    made = await engagements.call("POST", f"{path}/project", {"code": "26-1"}, token=named, expect=201)
    written = await engagements.store.commits.count_documents({})
    bruno = engagements.tokens.user("bruno")
    attempts: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("GET", f"{path}/changes", None),
        ("GET", made.headers["Location"], None),
        ("PATCH", path, {"title": "Mine"}),
        ("PATCH", path, {"title": " "}),
        ("PATCH", path, {"project": new_id()}),
        ("POST", f"{path}/status", {"status": of["Won"]}),
        ("POST", f"{path}/status", {"status": new_id()}),
        ("POST", f"{path}/project", {"code": "26-2"}),
        ("POST", f"{path}/deactivate", None),
        ("POST", f"{path}/reactivate", None),
        ("PUT", f"{path}/restriction", {}),
        ("DELETE", f"{path}/restriction", None),
        ("PUT", f"{path}/keywords/{new_id()}", None),
        ("DELETE", f"{path}/keywords/{new_id()}", None),
    ]
    for method, url, json in attempts:
        for stale in ({}, {"If-Match": '"1"'}):
            hidden = await engagements.call(method, url, json, token=bruno, headers=stale, expect=404)
            absent = url.replace(own, new_id()).replace(made.headers["Location"], f"/v1/projects/{new_id()}")
            nothing = await engagements.call(method, absent, json, token=bruno, headers=stale, expect=404)
            assert hidden.json() | {"correlation_id": ""} == nothing.json() | {"correlation_id": ""}, (method, url)
    again = {"id": own, "title": "Mine", "address": {"type": "company", "id": company}}
    await engagements.call("POST", "/v1/opportunities", again, token=bruno, expect=404)
    assert await engagements.store.commits.count_documents({}) == written
    for url in (
        "/v1/opportunities",
        f"/v1/opportunities?address=company-{company}",
        f"/v1/opportunities?seller={anna}",
    ):
        assert (await engagements.call("GET", url, token=bruno, expect=200)).json()["items"] == [], url
        assert len((await engagements.call("GET", url, token=named, expect=200)).json()["items"]) == 1, url
    await caught_up()
    overview = "/v1/opportunities/overview?year=2026"
    assert (await engagements.call("GET", overview, token=bruno, expect=200)).json() == []
    assert len((await engagements.call("GET", overview, token=named, expect=200)).json()) == 1


async def test_opportunities_are_found_by_address_seller_and_whether_they_are_open(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company, other, (anna,) = await owner.company(), await owner.company(), await owner.users(["anna"])
    of = await statuses(engagements)
    first = await opened(engagements, "company", company, seller=anna)
    second = await opened(engagements, "company", company)
    third = await opened(engagements, "company", other, seller=anna)
    await engagements.call("POST", f"{third}/status", {"status": of["Lost"], "on": "2026-05-04"}, expect=200)
    administrator = engagements.tokens.administrator()
    pitch = {"label": "Pitch", "probability": 30}
    await engagements.call("POST", "/v1/opportunity-statuses", pitch, token=administrator, expect=201)
    await caught_up()

    async def found(query: str) -> list[str]:
        paths: list[str] = []
        url: str | None = f"/v1/opportunities?limit=1{query}"
        while url is not None:
            page = (await engagements.call("GET", url, expect=200)).json()
            paths += [f"/v1/opportunities/{item['id']}" for item in page["items"]]
            url = page["next"] and f"/v1/opportunities?limit=1{query}&cursor={page['next']}"
        return paths

    assert await found("") == [first, second, third]
    assert await found(f"&address=company-{company}") == [first, second]
    assert await found(f"&address=company-{company}&address=company-{other}") == [first, second, third]
    assert await found(f"&seller={anna}") == [first, third]
    assert await found("&open=true") == [first, second]
    assert await found("&open=false") == [third]
    assert await found(f"&seller={anna}&open=true") == [first]


async def test_opp_07_the_overview_adds_up_a_year_by_seller_and_leaves_out_what_has_no_closing_date(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company, (anna, bruno) = await owner.company(), await owner.users(["anna", "bruno"])
    of = await statuses(engagements)
    chf = {"seller": anna, "closing_on": "2026-12-31", "currency": "CHF"}
    await opened(engagements, "company", company, **chf, amount="10000", probability=40)
    await opened(engagements, "company", company, **chf, amount="0.10", probability=45)
    await opened(engagements, "company", company, **{**chf, "currency": "EUR"}, amount="100", probability=10)
    await opened(engagements, "company", company, seller=anna, amount="7", currency="CHF")
    await opened(engagements, "company", company, seller=bruno, closing_on="2027-01-01")
    won = await opened(engagements, "company", company, seller=bruno, amount="50", currency="CHF")
    await engagements.call("POST", f"{won}/status", {"status": of["Won"], "on": "2026-03-01"}, expect=200)
    await caught_up()
    lines = (await engagements.call("GET", "/v1/opportunities/overview?year=2026", expect=200)).json()
    found = {(line["seller"], line["currency"], line["outcome"]): line for line in lines}
    assert {key: (line["count"], line["amount"], line["weighted"]) for key, line in found.items()} == {
        (anna, "CHF", "open"): (2, "10000.10", "4000.05"),
        (anna, "EUR", "open"): (1, "100.00", "10.00"),
        (bruno, "CHF", "won"): (1, "50.00", "50.00"),
    }
    next_year = (await engagements.call("GET", "/v1/opportunities/overview?year=2027", expect=200)).json()
    assert [(line["seller"], line["count"], line["amount"]) for line in next_year] == [(bruno, 1, "0.00")]
