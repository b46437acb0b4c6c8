"""Companies and persons over HTTP: hierarchy, names, active or not, lists."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from dossier.auth.groups import ASSISTANTS
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends


async def company(service: ServiceUnderTest, name: str, **more: Any) -> str:
    return (await service.call("POST", "/v1/companies", {"name": name, **more}, expect=201)).json()["id"]


async def parents(service: ServiceUnderTest, ids: list[str]) -> dict[str, str | None]:
    return {id: (await service.call("GET", f"/v1/companies/{id}", expect=200)).json()["parent"] for id in ids}


async def test_a_company_is_entered_renamed_and_read_as_it_stands(addresses: ServiceUnderTest) -> None:
    entered = await addresses.call("POST", "/v1/companies", {"name": " Acme AG "}, expect=201)
    path = entered.headers["Location"]
    assert path == f"/v1/companies/{entered.json()['id']}"
    renamed = await addresses.call("PUT", f"{path}/name", {"name": "Acme Holding AG"}, expect=200)
    found = await addresses.call("GET", path, expect=200)
    assert found.json()["name"] == "Acme Holding AG"
    assert found.headers["ETag"] == renamed.headers["ETag"] == '"2"'


async def test_adr_03_a_company_has_one_parent_or_none(addresses: ServiceUnderTest) -> None:
    group = await company(addresses, "Group")
    branch = await company(addresses, "Branch", parent=group)
    other = await company(addresses, "Other")
    assert await parents(addresses, [branch]) == {branch: group}
    for parent in (other, None, None):
        await addresses.call("PUT", f"/v1/companies/{branch}/parent", {"parent": parent}, expect=200)
        assert await parents(addresses, [branch]) == {branch: parent}
    for method, path, body in [
        ("PUT", f"/v1/companies/{branch}/parent", {"parent": new_id()}),
        ("POST", "/v1/companies", {"name": "Orphan", "parent": new_id()}),
    ]:
        refused = await addresses.call(method, path, body, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("ADR-03", "parent")
    await addresses.call("PUT", f"/v1/companies/{new_id()}/parent", {"parent": group}, expect=404)


async def test_adr_05_a_circle_is_refused(addresses: ServiceUnderTest) -> None:
    top = await company(addresses, "Top")
    middle = await company(addresses, "Middle", parent=top)
    bottom = await company(addresses, "Bottom", parent=middle)
    for parent in (top, middle, bottom):
        refused = await addresses.call("PUT", f"/v1/companies/{top}/parent", {"parent": parent}, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("ADR-05", "parent")


async def test_adr_05_two_commands_that_would_close_a_circle_together_are_not_both_taken(
    addresses: ServiceUnderTest,
) -> None:
    for _ in range(10):
        one, other = await company(addresses, "One"), await company(addresses, "Other")
        answers = await asyncio.gather(
            addresses.call("PUT", f"/v1/companies/{one}/parent", {"parent": other}),
            addresses.call("PUT", f"/v1/companies/{other}/parent", {"parent": one}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_adr_05_many_writers_at_once_never_close_a_circle(addresses: ServiceUnderTest) -> None:
    chance = random.Random(5)
    ids = [await company(addresses, f"Company {number}") for number in range(6)]

    async def place() -> int:
        own, parent = chance.sample(ids, 2)
        answer = await addresses.call("PUT", f"/v1/companies/{own}/parent", {"parent": parent})
        return answer.status_code

    # 409: after a dozen rounds of rivals that were faster, the caller is asked to try again.
    assert {await answer for answer in asyncio.as_completed([place() for _ in range(24)])} <= {200, 422, 409}
    above = await parents(addresses, ids)
    for start in ids:
        seen, current = [start], above[start]
        while current is not None:
            assert current not in seen, "a circle"
            seen.append(current)
            current = above[current]


async def test_adr_07_a_person_lives_without_a_company(addresses: ServiceUnderTest) -> None:
    entered = await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)
    found = (await addresses.call("GET", entered.headers["Location"], expect=200)).json()
    assert (found["type"], found["last_name"], found["first_name"]) == ("person", "Muster", "")


async def test_sta_02_activity_is_switched_only_with_the_capability(addresses: ServiceUnderTest) -> None:
    path = f"/v1/companies/{await company(addresses, 'Acme')}"
    reader = addresses.tokens.user("emil", (ASSISTANTS,))
    await addresses.call("POST", f"{path}/deactivate", token=reader, expect=403)
    await addresses.call("POST", f"{path}/deactivate", expect=200)
    assert not (await addresses.call("GET", path)).json()["is_active"]
    await addresses.call("POST", f"{path}/reactivate", expect=200)
    assert (await addresses.call("GET", path)).json()["is_active"]


async def test_sta_01_lists_offer_what_is_active(addresses: ServiceUnderTest) -> None:
    top = await company(addresses, "Top")
    people = {"last_name": "Muster", "first_name": "Eva"}
    made = [
        await addresses.call("POST", path, body, expect=201)
        for path, body in (
            ("/v1/companies", {"name": "Branch", "parent": top}),
            ("/v1/persons", people),
            ("/v1/contacts", {"company": top, **people}),
        )
        for _ in range(2)
    ]
    for each in made[::2]:
        await addresses.call("POST", f"{each.headers['Location']}/deactivate", expect=200)
    await apply_all(addresses.store, addresses.roles.app.state.book)
    queries = (f"/v1/companies?parent={top}", "/v1/persons?limit=50", f"/v1/contacts?company={top}")
    for query, inactive, active in zip(queries, made[::2], made[1::2], strict=True):
        offered, all_ = [
            [item["id"] for item in (await addresses.call("GET", each, expect=200)).json()["items"]]
            for each in (query, f"{query}&inactive=true")
        ]
        assert (offered, all_) == ([active.json()["id"]], [inactive.json()["id"], active.json()["id"]])


async def test_a_list_goes_page_by_page_and_can_be_filtered(addresses: ServiceUnderTest) -> None:
    group = await company(addresses, "Group")
    ids = [await company(addresses, f"Branch {number}", parent=group) for number in range(5)]
    await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)
    await apply_all(addresses.store, addresses.roles.app.state.book)
    query, found = f"/v1/companies?parent={group}&limit=2", list[str]()
    cursor = ""
    while cursor is not None:
        page = (await addresses.call("GET", query + (f"&cursor={cursor}" if cursor else ""), expect=200)).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert sorted(found) == sorted(ids)
    assert len((await addresses.call("GET", "/v1/companies", expect=200)).json()["items"]) == 6
    (person,) = (await addresses.call("GET", "/v1/persons", expect=200)).json()["items"]
    assert person["last_name"] == "Muster"


async def test_a_list_says_what_it_lacks_of_the_callers_own_writing(addresses: ServiceUnderTest) -> None:
    entered = await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)
    headers = {"Dossier-After": entered.headers["Dossier-After"]}
    behind = await addresses.call("GET", "/v1/companies", headers=headers, expect=200)
    assert behind.headers["Dossier-Lacks"] == f"{entered.json()['stream']}:1"
    await apply_all(addresses.store, addresses.roles.app.state.book)
    abreast = await addresses.call("GET", "/v1/companies", headers=headers, expect=200)
    assert "Dossier-Lacks" not in abreast.headers


@pytest.mark.parametrize(
    "query", ["companies?parent", "contacts?company", "contacts?person", "couples?person", "folders?parent"]
)
async def test_a_list_of_what_belongs_to_nothing_is_refused(addresses: ServiceUnderTest, query: str) -> None:
    refused = await addresses.call("GET", f"/v1/{query}={new_id()}", expect=422)
    assert refused.json()["field"] == query.partition("?")[2]
