"""What other systems keep, over HTTP: repeatable, in any order, recorded and flagged (EXT-01)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dossier.ids import new_id
from dossier.references import UNVERIFIED
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

PROJECT = "/v1/external/erp/projects/P-17"


async def put(service: ServiceUnderTest, path: str, body: Any, expect: int = 200) -> Any:
    token = service.tokens.service("histories")
    return (await service.call("PUT", path, body, token=token, expect=expect)).json()


async def read(service: ServiceUnderTest, kind: str, id: str) -> Any:
    return (await service.call("GET", f"/v1/{kind}/{id}", expect=200)).json()


def project(version: int, **more: Any) -> dict[str, Any]:
    return {"version": version, "code": "P-17", "title": f"Relaunch {version}", **more}


async def test_ext_01_an_update_that_is_not_newer_is_ignored_and_the_answer_says_so(
    engagements: ServiceUnderTest,
) -> None:
    first = await put(engagements, PROJECT, project(2))
    assert (first["applied"], first["source_version"], first["version"]) == (True, 2, 1)
    for late in (project(2, title="Other"), project(1)):
        ignored = await put(engagements, PROJECT, late)
        assert (ignored["applied"], ignored["source_version"], ignored["version"]) == (False, 2, 1)
    assert (await put(engagements, PROJECT, project(7)))["applied"]
    shown = await read(engagements, "projects", first["id"])
    assert (shown["title"], shown["source"]) == ("Relaunch 7", {"system": "erp", "id": "P-17", "version": 7})


async def test_ext_01_updates_at_the_same_moment_end_with_the_newest(engagements: ServiceUnderTest) -> None:
    answers = await asyncio.gather(*(put(engagements, PROJECT, project(n % 6)) for n in range(12)))
    (id,) = {answer["id"] for answer in answers}
    assert (await read(engagements, "projects", id))["title"] == "Relaunch 5"


async def test_ext_01_the_id_is_that_of_system_and_external_id(engagements: ServiceUnderTest) -> None:
    paths = [PROJECT, "/v1/external/erp/projects/P-18", "/v1/external/sap/projects/P-17", PROJECT]
    ids = [(await put(engagements, path, project(1)))["id"] for path in paths]
    assert (len(set(ids)), ids[0]) == (3, ids[3])


async def test_ext_01_people_keep_what_the_source_never_sends(engagements: ServiceUnderTest, owner: Any) -> None:
    id, (anna,) = (await put(engagements, PROJECT, project(1)))["id"], await owner.users(["anna"])
    await engagements.call("PATCH", f"/v1/projects/{id}", {"title": "Typed", "leader": anna}, expect=200)
    await put(engagements, PROJECT, project(2))
    shown = await read(engagements, "projects", id)
    assert (shown["title"], shown["leader"]) == ("Relaunch 2", anna)


async def test_rol_02_a_contact_as_customer_is_recorded_and_flagged_never_lost(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    contact, unknown = await owner.contact(await owner.company()), new_id()
    roles = [
        {"role": "customer", "address": {"type": "contact", "id": contact}},
        {"role": "customer", "address": {"type": "couple", "id": unknown}},
        {"role": "patron", "address": {"type": "contact", "id": contact}},
    ]
    answer = await put(engagements, PROJECT, project(1, roles=roles))
    assert [warning["rule"] for warning in answer["warnings"]] == ["ROL-02", "ROL-02", "ROL-03"]
    assert answer["unverified"] == [f"couple-{unknown}"]
    shown = await read(engagements, "projects", answer["id"])
    assert [(role["role"], role["against"], role["system"]) for role in shown["roles"]] == [
        ("customer", "ROL-02", "erp"),
        ("customer", "ROL-02", "erp"),
        ("patron", "ROL-03", "erp"),
    ]
    noted = await engagements.store.database[UNVERIFIED].find({}).to_list(None)
    assert [note["stream"] for note in noted] == [f"couple-{unknown}"]


async def test_ext_01_the_roles_of_the_source_follow_it_and_those_of_people_stay(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    first, second = await owner.company("Acme"), await owner.company("Beta")
    customer = {"role": "customer", "address": {"type": "company", "id": first}}
    id = (await put(engagements, PROJECT, project(1, roles=[customer])))["id"]
    witness = {"role": "witness", "address": {"type": "company", "id": second}}
    await engagements.call("POST", f"/v1/projects/{id}/roles", witness, expect=201)
    await put(engagements, PROJECT, project(2))
    await put(engagements, PROJECT, project(3, roles=[{**customer, "valid_to": "2026-12-31"}]))
    dated, own = (await read(engagements, "projects", id))["roles"]
    assert (dated["role"], dated["valid_to"], own["role"]) == ("customer", "2026-12-31", "witness")
    await put(engagements, PROJECT, project(4, roles=[]))
    assert [role["role"] for role in (await read(engagements, "projects", id))["roles"]] == ["witness"]


async def test_ext_01_phases_and_invoices_come_in_any_order_with_their_project(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company = await owner.company()
    facts = {"number": "R-1", "project": "P-17", "issued_on": "2026-05-04", "amount": "1080", "currency": "CHF"}
    bill = {"version": 1, "recipient": {"type": "company", "id": company}, **facts}
    phase = await put(engagements, f"{PROJECT}/phases/1", {"version": 1, "title": "Concept"})
    invoice = await put(engagements, "/v1/external/erp/invoices/R-1", bill)
    made = await put(engagements, PROJECT, project(1))
    await put(engagements, "/v1/external/erp/invoices/R-1", {**bill, "version": 2, "state": "paid"})
    assert not (await put(engagements, "/v1/external/erp/invoices/R-1", bill))["applied"]
    await caught_up()
    phases = (await engagements.call("GET", f"/v1/projects/{made['id']}/phases", expect=200)).json()["items"]
    assert [(each["id"], each["title"]) for each in phases] == [(phase["id"], "Concept")]
    shown = await read(engagements, "invoices", invoice["id"])
    assert (shown["project"], shown["amount"], shown["state"]) == (made["id"], "1080.00", "paid")


async def test_only_a_system_that_is_trusted_with_everything_keeps_engagements(engagements: ServiceUnderTest) -> None:
    for token in (engagements.tokens.user("anna"), engagements.tokens.administrator()):
        await engagements.call("PUT", PROJECT, project(1), token=token, expect=403)


@pytest.mark.parametrize(
    ("path", "body", "rule", "field"),
    [
        (PROJECT, {"version": -1, "code": "P", "title": "T"}, "minimum", "version"),
        (PROJECT, {"code": "P", "title": "T"}, "required", "version"),
        (PROJECT, {"version": 1, "code": "P", "title": " "}, "STA-03", "title"),
        ("/v1/external/E R P/projects/1", {"version": 1, "code": "P", "title": "T"}, "format", "system"),
        ("/v1/external/erp/projects/a%20b", {"version": 1, "code": "P", "title": "T"}, "format", "external_id"),
    ],
)
async def test_bad_input_is_named_and_nothing_is_written(
    engagements: ServiceUnderTest, path: str, body: Any, rule: str, field: str
) -> None:
    problem = await put(engagements, path, body, expect=422)
    assert (problem["rule"], problem["field"]) == (rule, field)
    assert await engagements.store.commits.count_documents({}) == 0


async def test_ref_01_while_the_owner_is_away_what_is_sent_is_taken_and_noted(alone: ServiceUnderTest) -> None:
    company, leader = new_id(), new_id()
    roles = [{"role": "customer", "address": {"type": "company", "id": company}}]
    answer = await put(alone, PROJECT, project(1, roles=roles, leader=leader))
    assert (answer["applied"], answer["warnings"]) == (True, [])
    assert answer["unverified"] == [f"company-{company}", f"user-{leader}"]
    again = await put(alone, PROJECT, project(1, roles=roles, leader=leader))
    assert (again["applied"], again["unverified"]) == (False, [])
    noted = await alone.store.database[UNVERIFIED].find({}).to_list(None)
    assert sorted(note["stream"] for note in noted) == answer["unverified"]


async def test_ext_01_a_currency_of_the_past_is_recorded_with_a_warning(engagements: ServiceUnderTest) -> None:
    sent = {"number": "R-1", "recipient": {"type": "company", "id": new_id()}, "issued_on": "1999-04-01"}
    path = "/v1/external/erp/invoices/R-1"
    past = await put(engagements, path, {**sent, "version": 1, "amount": "80.00", "currency": "DEM"})
    assert [warning["rule"] for warning in past["warnings"]] == ["iso-4217"]
    now = await put(engagements, path, {**sent, "version": 2, "amount": "40.90", "currency": "EUR"})
    assert (now["applied"], now["warnings"]) == (True, [])
