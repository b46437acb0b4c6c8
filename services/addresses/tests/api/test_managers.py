"""Who looks after an address, and whom of a company to turn to first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

BODIES: dict[str, dict[str, Any]] = {
    "companies": {"name": "Beta"},
    "persons": {"last_name": "Muster"},
    "contacts": {"supplement": "Reception"},
    "couples": {"a": {"last_name": "Muster"}, "b": {"last_name": "Beispiel"}},
}


async def created(service: ServiceUnderTest, path: str, **body: Any) -> str:
    return (await service.call("POST", path, body, expect=201)).json()["id"]


@pytest.mark.parametrize("collection", sorted(BODIES))
async def test_adr_10_any_user_looks_after_any_address(with_directory: ServiceUnderTest, collection: str) -> None:
    service, body = with_directory, BODIES[collection]
    if collection == "contacts":
        body = {**body, "company": await created(service, "/v1/companies", name="Acme")}
    path = f"/v1/{collection}/{await created(service, f'/v1/{collection}', **body)}"
    anna, bruno = service.tokens.user_id("anna"), service.tokens.user_id("bruno")
    for user in (anna, bruno, bruno, None):
        await service.call("PUT", f"{path}/account-manager", {"user": user}, expect=200)
        assert (await service.call("GET", path)).json()["account_manager"] == user
    assert (await service.call("GET", path)).headers["ETag"] == '"4"'
    await service.call("PUT", f"/v1/{collection}/{new_id()}/account-manager", {"user": new_id()}, expect=404)
    refused = await service.call("PUT", f"{path}/account-manager", {"user": new_id()}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("REF-01", "user")


async def test_adr_10_while_the_directory_is_away_a_user_is_taken_on_trust(addresses: ServiceUnderTest) -> None:
    path = f"/v1/companies/{await created(addresses, '/v1/companies', name='Acme')}"
    user = new_id()
    await addresses.call("PUT", f"{path}/account-manager", {"user": user}, expect=200)
    assert (await addresses.call("GET", path)).json()["account_manager"] == user


async def primary(service: ServiceUnderTest, company: str) -> str | None:
    return (await service.call("GET", f"/v1/companies/{company}", expect=200)).json()["primary_contact"]


async def test_con_01_the_primary_contact_is_one_of_the_company(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme")
    beta = await created(addresses, "/v1/companies", name="Beta")
    eva = await created(addresses, "/v1/contacts", company=acme, last_name="Muster")
    other = await created(addresses, "/v1/contacts", company=beta, last_name="Huber")
    path = f"/v1/companies/{acme}/primary-contact"
    for contact in (eva, None, eva):
        await addresses.call("PUT", path, {"contact": contact}, expect=200)
        assert await primary(addresses, acme) == contact
    for contact in (other, new_id()):
        refused = await addresses.call("PUT", path, {"contact": contact}, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("CON-01", "contact")
    await addresses.call("PUT", f"/v1/companies/{new_id()}/primary-contact", {"contact": None}, expect=404)


async def test_con_01_a_contact_that_was_of_another_company_is_no_longer_the_primary_one(
    addresses: ServiceUnderTest,
) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme")
    beta = await created(addresses, "/v1/companies", name="Beta")
    eva = await created(addresses, "/v1/contacts", company=acme, last_name="Muster")
    await addresses.call("PUT", f"/v1/companies/{acme}/primary-contact", {"contact": eva}, expect=200)
    corrected = await addresses.call("POST", f"/v1/contacts/{eva}/correct-company", {"company": beta}, expect=200)
    assert corrected.json()["id"] == eva
    assert await primary(addresses, acme) is None
    again = await addresses.call("POST", f"/v1/contacts/{eva}/correct-company", {"company": beta}, expect=200)
    assert again.json()["version"] == corrected.json()["version"]
    await addresses.call("POST", f"/v1/contacts/{new_id()}/correct-company", {"company": beta}, expect=404)


async def test_con_01_also_if_both_commands_come_at_the_same_moment(addresses: ServiceUnderTest) -> None:
    for _ in range(10):
        acme = await created(addresses, "/v1/companies", name="Acme")
        beta = await created(addresses, "/v1/companies", name="Beta")
        eva = await created(addresses, "/v1/contacts", company=acme, last_name="Muster")
        await asyncio.gather(
            addresses.call("PUT", f"/v1/companies/{acme}/primary-contact", {"contact": eva}),
            addresses.call("POST", f"/v1/contacts/{eva}/correct-company", {"company": beta}),
        )
        assert await primary(addresses, acme) is None
