"""Conflict checks over HTTP (ROL-09): what is found, recorded, and told to whom."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def project(service: ServiceUnderTest, *roles: tuple[str, str, str], **more: Any) -> str:
    body = {"code": "24-017", "title": "Relaunch", **more}
    id = (await service.call("POST", "/v1/projects", body, expect=201)).json()["id"]
    for role, kind, address in roles:
        new = {"role": role, "address": {"type": kind, "id": address}}
        await service.call("POST", f"/v1/projects/{id}/roles", new, expect=201)
    return id


def company(id: str) -> dict[str, str]:
    return {"type": "company", "id": id}


def called(addresses: list[Any]) -> dict[str, str]:
    return {address["id"]: address["alias"] for address in addresses}


async def checked(service: ServiceUnderTest, token: str | None = None, **body: Any) -> Any:
    return (await service.call("POST", "/v1/conflict-checks", body, token=token, expect=201)).json()["check"]


def found(check: Any) -> list[tuple[str, str, str, bool]]:
    return [(hit["side"], hit["engagement"]["id"], hit["role"], hit["conflict"]) for hit in check["hits"]]


async def test_rol_09_adverse_and_client_roles_are_found_recorded_and_read_again(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    acme, beta, eva = await owner.company(), await owner.company("Beta"), await owner.person()
    against = await project(engagements, ("counterparty", "company", acme), ("witness", "person", eva))
    acting = await project(engagements, ("customer", "company", beta))
    chance = {"title": "Succession", "address": company(beta)}
    opportunity = (await engagements.call("POST", "/v1/opportunities", chance, expect=201)).json()["id"]
    await caught_up()
    other = {"type": "person", "id": eva}
    check = await checked(engagements, clients=[company(acme)], counterparties=[company(beta)], other=other)
    assert sorted(found(check)) == sorted(
        [
            ("client", against, "counterparty", True),
            ("counterparty", acting, "customer", True),
            ("counterparty", opportunity, "opportunity", True),
            ("other", against, "witness", False),
        ]
    )
    again = (await engagements.call("GET", f"/v1/conflict-checks/{check['id']}", expect=200)).json()
    assert again == check


async def test_rol_09_a_project_brings_its_own_addresses_and_is_no_hit_itself(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    acme, beta = await owner.company(), await owner.company("Beta")
    own = await project(engagements, ("customer", "company", acme), ("counterparty", "company", beta))
    other = await project(engagements, ("customer", "company", beta))
    await caught_up()
    check = await checked(engagements, project=own)
    assert [called(check[side]) for side in ("clients", "counterparties")] == [{acme: "Acme"}, {beta: "Beta"}]
    assert found(check) == [("counterparty", other, "customer", True)]
    await caught_up()
    listed = (await engagements.call("GET", f"/v1/conflict-checks?project={own}", expect=200)).json()["items"]
    assert listed == [check]


async def test_rol_09_the_family_of_companies_their_contacts_and_the_same_human_are_found(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    mother = await owner.company("Mother")
    daughter, sister = await owner.company("Daughter", mother), await owner.company("Sister", mother)
    contact = await owner.contact(sister)
    against = await project(engagements, ("counterparty", "contact", contact))
    eva, adam = await owner.person("Eva"), await owner.person("Adam")
    couple = await owner.couple(eva, adam)
    private = await project(engagements, ("counterparty", "couple", couple))
    await caught_up()
    assert found(await checked(engagements, clients=[company(daughter)])) == []
    whole = await checked(engagements, clients=[company(daughter)], with_hierarchy=True)
    assert found(whole) == [("client", against, "counterparty", True)]
    assert called([whole["hits"][0]["address"]]) == {contact: "Sister, Muster"}
    human = await checked(engagements, clients=[{"type": "person", "id": adam}])
    assert found(human) == [("client", private, "counterparty", True)]


async def test_rol_09_a_term_finds_names_without_capitals_accents_and_spelling_of_umlauts(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    muller = await owner.company("Müller Söhne AG")
    acting = await project(engagements, ("customer", "company", muller))
    await caught_up()
    for term in ("MUELLER", "muller sohne", "söh"):
        assert found(await checked(engagements, term=term)) == [("term", acting, "customer", False)], term
    assert found(await checked(engagements, term="mullerei")) == []


async def test_rol_09_rgt_05_hits_in_restricted_engagements_are_left_out_and_administrators_told_whom_to_ask(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    acme, (anna,) = await owner.company(), await owner.users(["anna"])
    secret = await project(engagements, ("counterparty", "company", acme), leader=anna)
    await engagements.call("PUT", f"/v1/projects/{secret}/restriction", {"users": [anna]}, expect=200)
    await caught_up()
    by_bruno = await checked(engagements, engagements.tokens.user("bruno"), clients=[company(acme)])
    assert (by_bruno["covers"], by_bruno["hits"], by_bruno["restricted"]) == ("visible", [], [])
    nothing = await checked(engagements, engagements.tokens.user("bruno"), clients=[company(await owner.company())])
    assert {**by_bruno, "id": "", "clients": []} == {**nothing, "id": "", "clients": []}
    url = f"/v1/conflict-checks/{by_bruno['id']}"
    told = (await engagements.call("GET", url, token=engagements.tokens.administrator(), expect=200)).json()
    assert told["restricted"] == [{"side": "client", "conflict": True, "leader": anna, "leader_name": "anna"}]
    assert (told["covers"], told["hits"]) == ("everything", [])
    assert secret not in str(told)
    by_anna = (await engagements.call("GET", url, token=engagements.tokens.user("anna"), expect=200)).json()
    assert found(by_anna) == [("client", secret, "counterparty", True)]


async def test_rgt_05_a_check_for_a_restricted_project_is_there_for_those_who_see_the_project(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    acme, (anna,) = await owner.company(), await owner.users(["anna"])
    secret = await project(engagements, ("customer", "company", acme))
    await caught_up()
    check = await checked(engagements, project=secret)
    await caught_up()
    await engagements.call("PUT", f"/v1/projects/{secret}/restriction", {"users": [anna]}, expect=200)
    bruno, named = engagements.tokens.user("bruno"), engagements.tokens.user("anna")
    url, again = f"/v1/conflict-checks/{check['id']}", {"id": check["id"], "term": "acme"}
    await engagements.call("GET", url, token=bruno, expect=404)
    await engagements.call("GET", url, token=named, expect=200)
    await engagements.call("POST", "/v1/conflict-checks", again, token=bruno, expect=404)
    for query in ("", f"?project={secret}"):
        lists = [
            (await engagements.call("GET", f"/v1/conflict-checks{query}", token=token, expect=200)).json()["items"]
            for token in (bruno, named)
        ]
        assert [len(items) for items in lists] == [0, 1]
    refused = await engagements.call("POST", "/v1/conflict-checks", {"project": secret}, token=bruno, expect=422)
    unknown = await engagements.call("POST", "/v1/conflict-checks", {"project": new_id()}, token=bruno, expect=422)
    assert refused.json() | {"correlation_id": ""} == unknown.json() | {"correlation_id": ""}


@pytest.mark.parametrize(
    ("body", "rule", "field"),
    [
        ({}, "ROL-09", "clients"),
        ({"term": "x"}, "ROL-09", "term"),
        ({"clients": [company(new_id())]}, "REF-01", "clients.0"),
        ({"counterparties": [company(new_id())]}, "REF-01", "counterparties.0"),
        ({"other": company(new_id())}, "REF-01", "other"),
    ],
)
async def test_rol_09_a_check_asks_for_somebody_who_exists(
    engagements: ServiceUnderTest, body: Any, rule: str, field: str
) -> None:
    problem = (await engagements.call("POST", "/v1/conflict-checks", body, expect=422)).json()
    assert (problem["rule"], problem["field"]) == (rule, field)
    assert await engagements.store.commits.count_documents({}) == 0
