"""External roles over HTTP, with real references."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dossier.contracts.addresses import AffiliationCorrected
from dossier.ids import new_id
from dossier.projections import tokens
from dossier.references import UNVERIFIED
from dossier.store import Metadata, NewCommit
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends


async def project(service: ServiceUnderTest) -> str:
    registered = await service.call("POST", "/v1/projects", {"code": "24-017", "title": "Relaunch"}, expect=201)
    return registered.headers["Location"]


def role(kind: str, id: str, name: str = "customer", **more: Any) -> dict[str, Any]:
    return {"role": name, "address": {"type": kind, "id": id}, **more}


async def roles_of(service: ServiceUnderTest, path: str) -> list[dict[str, Any]]:
    return (await service.call("GET", path, expect=200)).json()["roles"]


async def test_rol_02_a_company_or_a_person_is_customer(engagements: ServiceUnderTest, owner: Any) -> None:
    path = await project(engagements)
    company, person = await owner.company(), await owner.person()
    for kind, id in (("company", company), ("person", person)):
        await engagements.call("POST", f"{path}/roles", role(kind, id), expect=201)
    found = await roles_of(engagements, path)
    assert [(r["role"], r["address"]["type"], r["address"]["id"]) for r in found] == [
        ("customer", "company", company),
        ("customer", "person", person),
    ]


async def test_rol_02_a_contact_is_refused_as_customer_and_its_company_named(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path = await project(engagements)
    first, second = await owner.company(), await owner.company()
    contact = await owner.contact(first)
    unknown = await engagements.call("POST", f"{path}/roles", role("contact", contact), expect=422)
    assert "use its company" in unknown.json()["detail"]
    stream = f"contact-{contact}"
    head = await owner.service.store.head(stream)
    metadata = Metadata(actor="rule:test", channel="rule", correlation_id=contact, command_id=new_id())
    await owner.service.store.append(NewCommit(stream, head, [AffiliationCorrected(company=second)], metadata))
    await apply_all(owner.service.store, engagements.roles.app.state.known)
    known = (await engagements.call("POST", f"{path}/roles", role("contact", contact), expect=422)).json()
    assert (known["rule"], known["field"]) == ("ROL-02", "address")
    assert f"company-{second}" in known["detail"]
    assert await roles_of(engagements, path) == []


async def test_rol_02_who_has_just_made_the_contact_hears_of_its_company(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    path, company = await project(engagements), await owner.company()
    contact = await owner.contact(company)
    token = tokens.issue(engagements.roles.app.state.service.token_key, {f"contact-{contact}": 1})

    async def a_moment_later() -> None:
        await asyncio.sleep(0.2)
        await caught_up()

    headers = {"Dossier-After": token, "Prefer": "wait=10"}
    refused, _ = await asyncio.gather(
        engagements.call("POST", f"{path}/roles", role("contact", contact), headers=headers, expect=422),
        a_moment_later(),
    )
    assert f"company-{company}" in refused.json()["detail"]


async def test_rol_02_a_couple_is_refused_as_customer_and_its_persons_named(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    path, persons = await project(engagements), [await owner.person(), await owner.person()]
    couple = await owner.couple(*persons)
    await caught_up()
    refused = (await engagements.call("POST", f"{path}/roles", role("couple", couple), expect=422)).json()
    assert (refused["rule"], refused["field"]) == ("ROL-02", "address")
    assert all(f"person-{person}" in refused["detail"] for person in persons)


async def test_rol_02_an_administrator_turns_the_refusal_into_a_warning(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    path, company = await project(engagements), await owner.company()
    contact = await owner.contact(company)
    await caught_up()
    warn = {"customer_rule": "warn"}
    await engagements.call("PUT", "/v1/engagement-settings", warn, expect=403)
    administrator = engagements.tokens.administrator()
    await engagements.call("PUT", "/v1/engagement-settings", warn, token=administrator, expect=200)
    assert (await engagements.call("GET", "/v1/engagement-settings")).json() == warn
    assigned = (await engagements.call("POST", f"{path}/roles", role("contact", contact), expect=201)).json()
    (warning,) = assigned["warnings"]
    assert warning["rule"] == "ROL-02"
    assert f"company-{company}" in warning["detail"]
    (recorded,) = await roles_of(engagements, path)
    assert recorded["against"] == "ROL-02"
    right = await engagements.call("POST", f"{path}/roles", role("company", company), expect=201)
    assert right.json()["warnings"] == []


async def test_rol_06_own_roles_are_added_renamed_and_offered_no_longer(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path, contact = await project(engagements), await owner.contact(await owner.company())
    administrator = engagements.tokens.administrator()
    expert = {"code": "expert", "label": "Expert", "is_adverse": True, "position": 9}
    await engagements.call("POST", "/v1/role-types", expert, expect=403)
    made = await engagements.call("POST", "/v1/role-types", expert, token=administrator, expect=201)
    again = await engagements.call("POST", "/v1/role-types", {**expert, "label": "X"}, token=administrator, expect=422)
    assert (again.json()["rule"], again.json()["field"]) == ("ROL-06", "code")
    await engagements.call("POST", f"{path}/roles", role("contact", contact, "expert"), expect=201)
    kind = made.headers["Location"]
    await engagements.call("PATCH", kind, {"label": "Appraiser", "is_active": False}, token=administrator, expect=200)
    refused = await engagements.call("POST", f"{path}/roles", role("contact", contact, "expert"), expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("ROL-06", "role")
    found = {each["code"]: each for each in (await engagements.call("GET", "/v1/role-types", expect=200)).json()}
    assert (found["expert"]["label"], found["expert"]["is_active"]) == ("Appraiser", False)
    assert list(found)[:2] == ["customer", "ordering_party"]
    assert len(await roles_of(engagements, path)) == 1


async def test_rol_06_a_shipped_role_is_renamed_and_the_customer_is_always_offered(
    engagements: ServiceUnderTest,
) -> None:
    administrator = engagements.tokens.administrator()
    ids = {each["code"]: each["id"] for each in (await engagements.call("GET", "/v1/role-types")).json()}
    witness, customer = f"/v1/role-types/{ids['witness']}", f"/v1/role-types/{ids['customer']}"
    await engagements.call("PATCH", witness, {"label": "Zeuge"}, token=administrator, expect=200)
    stale = {"If-Match": '"7"'}
    await engagements.call("PATCH", witness, {"label": "X"}, token=administrator, headers=stale, expect=409)
    labels = {each["code"]: each["label"] for each in (await engagements.call("GET", "/v1/role-types")).json()}
    assert (labels["witness"], len(labels)) == ("Zeuge", len(ids))
    refused = await engagements.call("PATCH", customer, {"is_active": False}, token=administrator, expect=422)
    assert refused.json()["rule"] == "ROL-06"
    await engagements.call("PATCH", f"/v1/role-types/{new_id()}", {"label": "X"}, token=administrator, expect=404)


async def test_roles_are_found_from_the_address_as_far_as_the_projects_may_be_seen(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company, (anna,) = await owner.company(), await owner.users(["anna"])
    paths = [await project(engagements) for _ in range(3)]
    for path in paths[:2]:
        for name in ("customer", "invoice_recipient"):
            await engagements.call("POST", f"{path}/roles", role("company", company, name), expect=201)
    other = role("company", await owner.company())
    await engagements.call("POST", f"{paths[2]}/roles", other, expect=201)
    await caught_up()
    # Restricted after the view has heard of the project: what is told is decided by the record.
    await engagements.call("PUT", f"{paths[1]}/restriction", {"users": [anna]}, expect=200)

    async def found(name: str) -> list[tuple[str, list[str]]]:
        url = f"/v1/roles?address=company-{company}"
        items = (await engagements.call("GET", url, token=engagements.tokens.user(name), expect=200)).json()["items"]
        return [(f"/v1/projects/{item['project']}", [r["role"] for r in item["roles"]]) for item in items]

    both = ["customer", "invoice_recipient"]
    assert await found("anna") == [(paths[0], both), (paths[1], both)]
    assert await found("bruno") == [(paths[0], both)]
    bad = (await engagements.call("GET", "/v1/roles?address=firm-1", expect=422)).json()
    assert bad["field"] == "address"


@pytest.mark.parametrize(
    "name", ["ordering_party", "invoice_recipient", "counterparty", "consultant", "witness", "contact_person"]
)
async def test_rol_04_a_contact_takes_any_other_role(engagements: ServiceUnderTest, owner: Any, name: str) -> None:
    path = await project(engagements)
    contact = await owner.contact(await owner.company())
    await engagements.call("POST", f"{path}/roles", role("contact", contact, name), expect=201)
    assert [r["role"] for r in await roles_of(engagements, path)] == [name]


async def test_rol_01_a_role_has_dates_and_can_be_taken_back(engagements: ServiceUnderTest, owner: Any) -> None:
    path = await project(engagements)
    body = role("company", await owner.company(), valid_from="2024-01-01")
    assigned = (await engagements.call("POST", f"{path}/roles", body, expect=201)).headers["Location"]
    dates = {"valid_to": "2024-06-30"}
    await engagements.call("PATCH", assigned, dates, expect=200)
    (found,) = await roles_of(engagements, path)
    assert (found["valid_from"], found["valid_to"]) == ("2024-01-01", "2024-06-30")
    backwards = {"valid_from": "2024-06-30", "valid_to": "2024-01-01"}
    refused = await engagements.call("PATCH", assigned, backwards, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("ROL-01", "valid_to")
    await engagements.call("DELETE", assigned, expect=200)
    assert await roles_of(engagements, path) == []
    await engagements.call("DELETE", assigned, expect=404)


async def test_ref_01_an_address_that_does_not_exist_is_refused(engagements: ServiceUnderTest) -> None:
    path = await project(engagements)
    refused = await engagements.call("POST", f"{path}/roles", role("company", new_id()), expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("REF-01", "address")
    leader = {"code": "24-018", "title": "Relaunch", "leader": new_id()}
    refused = await engagements.call("POST", "/v1/projects", leader, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("REF-01", "leader")
    for field in ("users", "groups"):
        refused = await engagements.call("PUT", f"{path}/restriction", {field: [new_id()]}, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("REF-01", f"{field}.0")


async def test_commands_go_on_while_the_owner_is_away_and_the_reference_is_noted(alone: ServiceUnderTest) -> None:
    path = await project(alone)
    company = new_id()
    await alone.call("POST", f"{path}/roles", role("company", company), expect=201)
    noted = await alone.store.database[UNVERIFIED].find({}).to_list(None)
    assert [(note["stream"], note["state"]) for note in noted] == [(f"company-{company}", "unverified")]


async def test_what_is_known_here_is_not_asked_for(alone: ServiceUnderTest, owner: Any) -> None:
    path = await project(alone)
    company = await owner.company()
    await apply_all(owner.service.store, alone.roles.app.state.known)
    await alone.call("POST", f"{path}/roles", role("company", company), expect=201)
    assert await alone.store.database[UNVERIFIED].count_documents({}) == 0
