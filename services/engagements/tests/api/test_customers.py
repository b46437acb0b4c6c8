"""Customers by deed: the account type follows what was done, as far as the caller may see it."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts.addresses import AffiliationCorrected
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def customer_of_project(service: ServiceUnderTest, kind: str, id: str) -> str:
    body = {"code": "24-017", "title": "Relaunch"}
    path = (await service.call("POST", "/v1/projects", body, expect=201)).headers["Location"]
    role = {"role": "customer", "address": {"type": kind, "id": id}}
    await service.call("POST", f"{path}/roles", role, expect=201)
    return path


async def won(service: ServiceUnderTest, kind: str, id: str) -> str:
    body = {"title": "Succession", "address": {"type": kind, "id": id}}
    path = (await service.call("POST", "/v1/opportunities", body, expect=201)).headers["Location"]
    statuses = (await service.call("GET", "/v1/opportunity-statuses")).json()
    (status,) = [each["id"] for each in statuses if each["outcome"] == "won"]
    await service.call("POST", f"{path}/status", {"status": status, "on": "2026-05-04"}, expect=200)
    return path


async def customers(service: ServiceUnderTest, query: str = "", name: str = "bruno") -> dict[str, list[str]]:
    """All customers, two on a page."""
    found: dict[str, list[str]] = {}
    url: str | None = f"/v1/customers?limit=2{query}"
    while url is not None:
        page = (await service.call("GET", url, token=service.tokens.user(name), expect=200)).json()
        for item in page["items"]:
            assert item["address"]["id"] not in found
            found[item["address"]["id"]] = item["by"]
        url = page["next"] and f"/v1/customers?limit=2{query}&cursor={page['next']}"
    return found


async def test_whoever_has_a_project_or_won_opportunity_is_a_customer(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    by_project, by_both, no_customer = await owner.company(), await owner.person(), await owner.company()
    await customer_of_project(engagements, "company", by_project)
    for _ in range(2):
        await customer_of_project(engagements, "person", by_both)
    path = await won(engagements, "person", by_both)
    open_one = {"title": "Audit", "address": {"type": "company", "id": no_customer}}
    await engagements.call("POST", "/v1/opportunities", open_one, expect=201)
    await caught_up()
    both = {by_project: ["project"], by_both: ["opportunity", "project"]}
    assert await customers(engagements) == both
    assert await customers(engagements, f"&address=person-{by_both}") == {by_both: both[by_both]}
    assert await customers(engagements, f"&address=company-{no_customer}") == {}
    statuses = (await engagements.call("GET", "/v1/opportunity-statuses")).json()
    await engagements.call("POST", f"{path}/status", {"status": statuses[0]["id"]}, expect=200)
    await caught_up()
    assert (await customers(engagements))[by_both] == ["project"]


async def test_what_a_contact_won_counts_for_its_company_wherever_that_is(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    first, second = await owner.company(), await owner.company()
    contact = await owner.contact(first)
    await won(engagements, "contact", contact)
    await caught_up()
    assert await customers(engagements) == {first: ["opportunity"]}
    await owner.more("contact", contact, AffiliationCorrected(company=second))
    await caught_up()
    assert await customers(engagements) == {second: ["opportunity"]}
    assert await customers(engagements, f"&address=company-{second}") == {second: ["opportunity"]}
    assert await customers(engagements, f"&address=contact-{contact}") == {}


async def test_rgt_05_a_restricted_engagement_makes_no_customer_for_those_who_may_not_see_it(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    secret, partly, (anna,) = await owner.company(), await owner.company(), await owner.users(["anna"])
    hidden = [
        await customer_of_project(engagements, "company", secret),
        await won(engagements, "company", secret),
        await won(engagements, "company", partly),
    ]
    await customer_of_project(engagements, "company", partly)
    for path in hidden:
        await engagements.call("PUT", f"{path}/restriction", {"users": [anna]}, expect=200)
    await caught_up()
    assert await customers(engagements) == {partly: ["project"]}
    assert await customers(engagements, f"&address=company-{secret}") == {}
    both = ["opportunity", "project"]
    assert await customers(engagements, name="anna") == {secret: both, partly: both}
