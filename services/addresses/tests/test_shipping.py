"""The lists that ship: the same everywhere, once, and people's own after that."""

from __future__ import annotations

import asyncio

import pytest

from addresses.roles import roles
from addresses.settings import Settings
from addresses.shipping import ship_lists, shipped_lists
from dossier.ids import derived_id
from dossier.testing.services import ServiceUnderTest, apply_all, running

pytestmark = pytest.mark.backends


async def test_adr_11_and_mai_02_the_shipped_groups_are_offered(addresses: ServiceUnderTest) -> None:
    assert await ship_lists(addresses.store) == len(shipped_lists())
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    found = (await addresses.call("GET", "/v1/keyword-groups", expect=200)).json()["items"]
    groups = {
        group["name"]: (group["is_exclusive"], group["types"], [keyword["name"] for keyword in group["keywords"]])
        for group in found
    }
    everybody = ["company", "person", "contact", "couple"]
    assert groups["Account type"] == (False, everybody, ["Lead", "Customer", "Supplier", "Others", "Employee"])
    assert groups["Mailing list"] == (False, everybody, ["Newsletter", "Christmas card"])
    assert groups["Industry"][:2] == (True, ["company"])
    categories = ["Category 1", "Category 2", "Category 3"]
    assert groups["Contacts by category"] == (False, ["contact"], categories)
    assert groups["Persons by category"] == (False, ["person"], categories)


async def test_adr_08_and_adr_11_one_company_is_customer_and_supplier(addresses: ServiceUnderTest) -> None:
    await ship_lists(addresses.store)
    acme = (await addresses.call("POST", "/v1/companies", {"name": "Acme AG"}, expect=201)).headers["Location"]
    for name in ("Customer", "Supplier"):
        keyword = derived_id("keyword", "account-type", name)
        await addresses.call("PUT", f"{acme}/keywords/{keyword}", expect=200)
    assigned = (await addresses.call("GET", f"{acme}/keywords", expect=200)).json()
    assert [keyword["name"] for keyword in assigned] == ["Customer", "Supplier"]


async def test_mai_01_a_mailing_list_is_a_keyword_by_hand_and_several_at_once(addresses: ServiceUnderTest) -> None:
    await ship_lists(addresses.store)
    eva = (await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)).json()["stream"]
    group = derived_id("keyword-group", "mailing-list")
    for name in ("Newsletter", "Christmas card"):
        keyword = derived_id("keyword", "mailing-list", name)
        folder = f"/v1/keyword-groups/{group}/keywords/{keyword}/entries"
        await addresses.call("PUT", f"{folder}/{eva}", expect=200)
        await apply_all(addresses.store, addresses.roles.app.state.catalogue)
        (entry,) = (await addresses.call("GET", folder, expect=200)).json()["items"]
        assert f"person-{entry['entry']['id']}" == eva
    on_eva = (await addresses.call("GET", f"/v1/persons/{eva.removeprefix('person-')}/keywords", expect=200)).json()
    assert [keyword["name"] for keyword in on_eva] == ["Newsletter", "Christmas card"]


async def test_shipping_again_or_at_once_changes_nothing(addresses: ServiceUnderTest) -> None:
    written = await asyncio.gather(*(ship_lists(addresses.store) for _ in range(3)))
    assert sum(written) == len(shipped_lists()) == await addresses.store.commits.count_documents({})
    assert await ship_lists(addresses.store) == 0


async def test_what_people_made_of_a_shipped_list_stays(addresses: ServiceUnderTest) -> None:
    await ship_lists(addresses.store)
    path, admin = f"/v1/keyword-groups/{derived_id('keyword-group', 'industry')}", addresses.tokens.administrator()
    await addresses.call("PATCH", path, {"name": "Branch", "is_exclusive": False}, token=admin, expect=200)
    before = (await addresses.call("GET", path, expect=200)).json()
    assert await ship_lists(addresses.store) == 0
    assert (await addresses.call("GET", path, expect=200)).json() == before


async def test_a_name_that_people_took_before_stays_theirs(addresses: ServiceUnderTest) -> None:
    body = {"name": "Industry", "types": ["company"]}
    admin = addresses.tokens.administrator()
    own = (await addresses.call("POST", "/v1/keyword-groups", body, token=admin, expect=201)).headers["Location"]
    assert await ship_lists(addresses.store) == len(shipped_lists()) - 1
    assert (await addresses.call("GET", own, expect=200)).json()["keywords"] == []


async def test_the_service_ships_its_lists_when_it_starts(mongo_url: str, database_name: str) -> None:
    for _ in range(2):
        async with running(Settings, roles, mongo_url, database_name) as service:
            assert await service.store.commits.count_documents({}) == len(shipped_lists())
            assert len((await service.call("GET", "/v1/layouts", expect=200)).json()) == 4
            assert len((await service.call("GET", "/v1/link-types", expect=200)).json()) == 5
            settings = (await service.call("GET", "/v1/address-settings", expect=200)).json()
            assert settings["genders"] == ["diverse"]
