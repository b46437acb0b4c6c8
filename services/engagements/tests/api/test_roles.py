"""External roles over HTTP, with real references."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts.addresses import AffiliationCorrected
from dossier.ids import new_id
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
    couple = await engagements.call("POST", f"{path}/roles", role("couple", new_id()), expect=422)
    assert couple.json()["rule"] == "ROL-02"
    assert await roles_of(engagements, path) == []


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
    dates = {"valid_from": "2024-01-01", "valid_to": "2024-06-30"}
    await engagements.call("PUT", assigned, dates, expect=200)
    (found,) = await roles_of(engagements, path)
    assert (found["valid_from"], found["valid_to"]) == ("2024-01-01", "2024-06-30")
    backwards = {"valid_from": "2024-06-30", "valid_to": "2024-01-01"}
    refused = await engagements.call("PUT", assigned, backwards, expect=422)
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
