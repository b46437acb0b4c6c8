"""Names beside ids, as far as the caller may see what is named."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts import addresses as a
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def shown(service: ServiceUnderTest, path: str, name: str = "anna") -> Any:
    return (await service.call("GET", path, token=service.tokens.user(name), expect=200)).json()


async def made(service: ServiceUnderTest, path: str, body: dict[str, Any]) -> str:
    return (await service.call("POST", path, body, expect=201)).headers["Location"]


async def book(owner: Any) -> dict[str, str]:
    """One address of each type; the contact and the couple link the person."""
    company, person = await owner.company("Acme"), await owner.person("Muster")
    linked = a.ContactRegistered(company=company, person=person)
    couple = a.CoupleRegistered(a=a.Half(person=person), b=a.Half(last_name="Beispiel", first_name="Ben"))
    contact = await owner.record("contact", linked)
    return {"company": company, "person": person, "contact": contact, "couple": await owner.record("couple", couple)}


async def witnessed(engagements: ServiceUnderTest, ids: dict[str, str]) -> str:
    """A project in which each of these addresses is a witness."""
    path = await made(engagements, "/v1/projects", {"code": "24-017", "title": "Relaunch"})
    for kind, id in ids.items():
        await made(engagements, f"{path}/roles", {"role": "witness", "address": {"type": kind, "id": id}})
    return path


async def test_del_01_a_role_of_a_deleted_address_says_so(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    ids = await book(owner)
    path = await witnessed(engagements, ids)
    await owner.more("contact", ids["contact"], a.AddressDeleted())
    await caught_up()
    addresses = [role["address"] for role in (await shown(engagements, path))["roles"]]
    deleted = {address["type"]: address["alias"] for address in addresses if address["deleted"]}
    assert (len(addresses), deleted) == (4, {"contact": "Acme, Muster"})


async def test_whoever_has_a_role_is_called_as_the_address_book_says_now(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    ids = await book(owner)
    path = await witnessed(engagements, ids)

    async def called() -> dict[str, str | None]:
        roles = (await shown(engagements, path))["roles"]
        assert {role["role_name"] for role in roles} == {"Witness"}
        return {role["address"]["type"]: role["address"]["alias"] for role in roles}

    assert set((await called()).values()) == {None}
    await caught_up()
    first = {"company": "Acme", "person": "Muster", "contact": "Acme, Muster", "couple": "Muster, Beispiel Ben"}
    assert await called() == first
    await owner.more("company", ids["company"], a.CompanyRenamed(name="Zenith"), a.AliasSet(alias="ZTH"))
    await owner.more("contact", ids["contact"], a.PersonUnlinked(person=ids["person"], unlinked_on="2026-01-01"))
    await owner.more("contact", ids["contact"], a.ContactRenamed(last_name="Neu", supplement="Front desk"))
    await owner.more("person", ids["person"], a.PersonRenamed(last_name="Muster", first_name="Eva"))
    await owner.more("couple", ids["couple"], a.CoupleHalfRenamed(side="b", last_name="Beispiel"))
    await caught_up()
    assert await called() == {
        "company": "ZTH",
        "person": "Muster Eva",
        "contact": "ZTH, Neu",
        "couple": "Muster Eva, Beispiel",
    }
    await owner.more("company", ids["company"], a.AliasGivenUp())
    await caught_up()
    assert (await called())["contact"] == "Zenith, Neu"


async def test_users_groups_keywords_stages_and_what_is_linked_have_names(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company, (anna, bruno) = await owner.company("Acme"), await owner.users(["anna", "bruno"])
    group, (keyword,) = await owner.group(new_id()), await owner.keywords("Tax")
    facts = {"code": "24-017", "title": "Relaunch", "leader": anna, "team": [bruno]}
    project = await made(engagements, "/v1/projects", facts)
    address = {"type": "company", "id": company}
    await made(engagements, f"{project}/roles", {"role": "customer", "address": address})
    id = project.rpartition("/")[2]
    await caught_up()
    chance = {"title": "Succession", "address": address, "seller": anna, "project": id, "closing_on": "2031-05-04"}
    opportunity = await made(engagements, "/v1/opportunities", chance)
    invoice = {"number": "1", "recipient": address, "issued_on": "2026-05-04", "amount": "1", "currency": "CHF"}
    invoice_path = await made(engagements, "/v1/invoices", {**invoice, "project": id})
    await engagements.call("PUT", f"{project}/keywords/{keyword}", expect=200)
    await engagements.call("PUT", f"{project}/restriction", {"users": [anna], "groups": [group]}, expect=200)
    await caught_up()
    seen = await shown(engagements, project)
    assert (seen["leader_name"], seen["names"]) == ("anna", {bruno: "bruno", keyword: "Tax"})
    assert seen["restricted_to"]["names"] == {anna: "anna", group: "Group"}
    seen = await shown(engagements, opportunity)
    named = {name: seen[name] for name in ("seller_name", "project_name", "status_name")}
    assert named == {"seller_name": "anna", "project_name": "24-017 Relaunch", "status_name": "Interest"}
    seen = await shown(engagements, invoice_path)
    assert (seen["project_name"], seen["recipient"]["alias"]) == ("24-017 Relaunch", "Acme")
    (customer,) = (await shown(engagements, "/v1/customers"))["items"]
    assert customer["address"]["alias"] == "Acme"
    (listed,) = (await shown(engagements, f"/v1/projects?leader={anna}"))["items"]
    assert listed["roles"][0]["address"]["alias"] == "Acme"
    (line,) = await shown(engagements, "/v1/opportunities/overview?year=2031")
    assert line["seller_name"] == "anna"


async def test_rgt_05_nothing_is_named_that_the_caller_may_not_see(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company, (anna, bruno) = await owner.company("Acme"), await owner.users(["anna", "bruno"])
    project = await made(engagements, "/v1/projects", {"code": "24-017", "title": "Secret"})
    address, id = {"type": "company", "id": company}, project.rpartition("/")[2]
    await made(engagements, f"{project}/roles", {"role": "customer", "address": address})
    await caught_up()
    opportunity = await made(
        engagements, "/v1/opportunities", {"title": "Succession", "address": address, "project": id}
    )
    (hers,) = await owner.keywords("Annas own", owner=anna)
    await engagements.call("PUT", f"{project}/restriction", {"users": [anna]}, expect=200)
    await caught_up()
    annas = {"token": engagements.tokens.user("anna"), "expect": 200}
    await engagements.call("PUT", f"{opportunity}/keywords/{hers}", **annas)
    await engagements.call("PATCH", opportunity, {"seller": bruno}, **annas)
    for path in (opportunity, f"{opportunity}/changes"):
        answers = {
            name: await engagements.call("GET", path, token=engagements.tokens.user(name)) for name in ("anna", "bruno")
        }
        assert all(word in answers["anna"].text for word in ("Secret", "Annas own", "bruno"))
        assert "bruno" in answers["bruno"].text
        assert not any(word in answers["bruno"].text for word in ("Secret", "Annas own", id, hers))
    newest = (await shown(engagements, f"{opportunity}/changes"))["items"][0]
    assert (newest["actor_name"], newest["names"]) == ("anna", {bruno: "bruno"})
    stale = {"If-Match": '"1"'}
    refused = await engagements.call("PATCH", opportunity, {"title": "X"}, headers=stale, expect=409)
    assert [change.get("actor_name") for change in refused.json()["changes"]] == ["anna", "anna"]


async def test_rol_09_a_conflict_check_says_who_was_found_and_where(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company = await owner.company("Acme")
    address = {"type": "company", "id": company}
    for code, title in (("1", "Open"), ("2", "Hidden")):
        project = await made(engagements, "/v1/projects", {"code": code, "title": title})
        await made(engagements, f"{project}/roles", {"role": "counterparty", "address": address})
    (anna,) = await owner.users(["anna"])
    await engagements.call("PUT", f"{project}/restriction", {"users": [anna]}, expect=200)
    await caught_up()
    asked = {"clients": [address]}
    bruno = engagements.tokens.user("bruno")
    answer = await engagements.call("POST", "/v1/conflict-checks", asked, token=bruno, expect=201)
    check = answer.json()["check"]
    assert check["clients"][0]["alias"] == "Acme"
    (hit,) = check["hits"]
    told = (hit["address"]["alias"], hit["engagement"]["name"], hit["role_name"])
    assert told == ("Acme", "1 Open", "Counterparty")
    assert "Hidden" not in answer.text
