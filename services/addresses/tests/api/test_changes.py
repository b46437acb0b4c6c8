"""The change log over HTTP: newest first, from what to what, and nothing of what the caller may not see."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def log(service: ServiceUnderTest, path: str, token: str | None = None, query: str = "") -> dict[str, Any]:
    return (await service.call("GET", f"{path}/changes{query}", token=token, expect=200)).json()


async def test_the_change_log_tells_who_when_and_from_what_to_what(addresses: ServiceUnderTest) -> None:
    path = (await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).headers["Location"]
    bruno = addresses.tokens.user("bruno")
    await addresses.call("PUT", f"{path}/name", {"name": "Acme AG"}, token=bruno, expect=200)
    renamed, entered = (await log(addresses, path))["items"]
    assert renamed["fields"] == [{"field": "name", "item": None, "before": "Acme", "after": "Acme AG"}]
    assert renamed["actor"] == f"user:{addresses.tokens.user_id('bruno')}"
    assert (renamed["event"], renamed["channel"]) == ("crm.addresses.company-renamed", "user")
    assert renamed["recorded_at"] > entered["recorded_at"]
    assert entered["fields"] == [{"field": "name", "item": None, "before": None, "after": "Acme"}]


async def test_the_change_log_of_a_contact_names_fields_as_its_page_does(addresses: ServiceUnderTest) -> None:
    company = (await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).json()["id"]
    right = (await addresses.call("POST", "/v1/companies", {"name": "Beta"}, expect=201)).json()["id"]
    entered = await addresses.call("POST", "/v1/contacts", {"company": company, "last_name": "Muster"}, expect=201)
    path = entered.headers["Location"]
    await addresses.call("POST", f"{path}/correct-company", {"company": right, "reason": "mixed up"}, expect=200)
    corrected, entered = (await log(addresses, path))["items"]
    assert corrected["fields"] == [{"field": "company", "item": None, "before": company, "after": right}]
    assert corrected["reason"] == "mixed up"
    assert {changed["field"] for changed in entered["fields"]} == {"company", "last_name"}


async def test_the_change_log_goes_page_by_page(addresses: ServiceUnderTest) -> None:
    path = (await addresses.call("POST", "/v1/persons", {"last_name": "1"}, expect=201)).headers["Location"]
    for number in range(2, 8):
        await addresses.call("PUT", f"{path}/name", {"last_name": str(number)}, expect=200)
    found, query = list[str](), "?limit=3"
    while query:
        page = await log(addresses, path, query=query)
        found += [changed["after"] for item in page["items"] for changed in item["fields"]]
        query = page["next"] and f"?limit=3&cursor={page['next']}"
    assert found == ["7", "6", "5", "4", "3", "2", "1"]


async def test_the_change_log_does_not_tell_of_private_channels(addresses: ServiceUnderTest) -> None:
    path = (await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)).headers["Location"]
    await addresses.call("POST", f"{path}/channels", {"kind": "E", "value": "eva@office.example"}, expect=201)
    before = await log(addresses, path)
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    body = {"kind": "E", "value": "eva@home.example", "private": True, "is_default": True}
    channel = (await addresses.call("POST", f"{path}/channels", body, token=partner, expect=201)).headers["Location"]
    assert await log(addresses, path) == before
    added = (await log(addresses, path, partner))["items"][0]
    assert added["event"] == "crm.addresses.channel-added"
    await addresses.call("DELETE", channel, token=partner, expect=200)
    assert await log(addresses, path) == before
    assert len((await log(addresses, path, partner))["items"]) == 4


async def test_there_is_no_change_log_of_what_does_not_exist(addresses: ServiceUnderTest) -> None:
    await addresses.call("GET", f"/v1/companies/{new_id()}/changes", expect=404)


async def test_the_change_log_does_not_tell_of_private_facts_and_postal_addresses(addresses: ServiceUnderTest) -> None:
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    person = (await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)).headers["Location"]
    company = (await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).headers["Location"]
    await addresses.call("PATCH", f"{person}/facts", {"title": "Dr."}, expect=200)
    before = {path: await log(addresses, path) for path in (person, company)}
    home = {"kind": "private", "street": "Weg 1", "city": "Bern", "country": "CH", "is_default": True}
    for method, path, body in [
        ("PATCH", f"{person}/facts", {"date_of_birth": "1980-05-04", "private_remarks": "allergic to nuts"}),
        ("POST", f"{person}/postal-addresses", home),
        ("PATCH", f"{company}/facts", {"bank_account": {"iban": "CH9300762011623852957"}}),
    ]:
        await addresses.call(method, path, body, token=partner)
    assert {path: await log(addresses, path) for path in (person, company)} == before
    whole = str([await log(addresses, path, partner) for path in (person, company)])
    assert all(word in whole for word in ("1980-05-04", "allergic", "Weg 1", "CH9300762011623852957"))
    # A change of both is told as far as it may be seen.
    both = {"title": "Prof.", "private_remarks": "allergic to cats"}
    await addresses.call("PATCH", f"{person}/facts", both, token=partner, expect=200)
    (newest, *_) = (await log(addresses, person))["items"]
    assert newest["fields"] == [{"field": "title", "item": None, "before": "Dr.", "after": "Prof."}]


async def test_a_conflict_tells_what_the_change_log_tells(addresses: ServiceUnderTest) -> None:
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    path = (await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)).headers["Location"]
    for body in ({"private_remarks": "allergic"}, {"title": "Dr.", "private_remarks": "not allergic"}):
        await addresses.call("PATCH", f"{path}/facts", body, token=partner, expect=200)
    stale = {"If-Match": '"1"'}
    refused = await addresses.call("PUT", f"{path}/name", {"last_name": "Huber"}, headers=stale, expect=409)
    hidden, told = refused.json()["changes"]
    assert sorted(hidden) == ["actor", "commit", "recorded_at"]
    assert (told["type"], told["fields"]) == ("crm.addresses.address-facts-changed", ["title"])
    assert "remarks" not in refused.text


async def test_key_06_the_change_log_tells_of_personal_keywords_to_their_owner_alone(
    addresses: ServiceUnderTest,
) -> None:
    bruno = addresses.tokens.user("bruno")
    path = (await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).headers["Location"]
    group = {"name": "Mine", "types": ["company"], "personal": True}
    groups = "/v1/keyword-groups"
    own = (await addresses.call("POST", groups, group, token=bruno, expect=201)).json()["id"]
    keyword = await addresses.call("POST", f"{groups}/{own}/keywords", {"name": "Difficult"}, token=bruno, expect=201)
    id = keyword.headers["Location"].split("/")[-1]
    before = await log(addresses, path)
    await addresses.call("PUT", f"{path}/keywords/{id}", token=bruno, expect=200)
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    assert await log(addresses, path) == await log(addresses, path, partner) == before
    newest = (await log(addresses, path, bruno))["items"][0]
    assert newest["fields"] == [{"field": "keywords", "item": None, "before": None, "after": [id]}]
    stale = {"If-Match": '"1"'}
    refused = await addresses.call("PUT", f"{path}/name", {"name": "Beta"}, headers=stale, expect=409)
    assert [sorted(change) for change in refused.json()["changes"]] == [["actor", "commit", "recorded_at"]]
