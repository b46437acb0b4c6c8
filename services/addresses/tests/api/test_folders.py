"""Folders and saved searches over HTTP."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx
import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends


async def folder(service: ServiceUnderTest, name: str, token: str | None = None, **more: Any) -> str:
    body = {"name": name, "types": ["person", "company"], **more}
    token = token or service.tokens.administrator()
    return (await service.call("POST", "/v1/folders", body, token=token, expect=201)).json()["id"]


async def person(service: ServiceUnderTest, name: str = "Muster") -> str:
    return (await service.call("POST", "/v1/persons", {"last_name": name}, expect=201)).json()["stream"]


async def inside(service: ServiceUnderTest, id: str, token: str | None = None) -> list[str]:
    await apply_all(service.store, service.roles.app.state.catalogue)
    found, cursor = list[str](), ""
    while cursor is not None:
        path = f"/v1/folders/{id}/entries?limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = (await service.call("GET", path, token=token, expect=200)).json()
        found += [f"{item['entry']['type']}-{item['entry']['id']}" for item in page["items"]]
        cursor = page["next"]
    return sorted(found)


async def test_fol_01_a_folder_holds_exactly_what_was_put_in_by_hand(addresses: ServiceUnderTest) -> None:
    id, other = await folder(addresses, "Event 2025"), await folder(addresses, "Other")
    entries = [await person(addresses, f"Muster {number}") for number in range(5)]
    for entry in (*entries, entries[0]):
        await addresses.call("PUT", f"/v1/folders/{id}/entries/{entry}", expect=200)
    await addresses.call("PUT", f"/v1/folders/{other}/entries/{entries[0]}", expect=200)
    assert await inside(addresses, id) == sorted(entries)
    for _ in range(2):
        await addresses.call("DELETE", f"/v1/folders/{id}/entries/{entries[1]}", expect=200)
    assert await inside(addresses, id) == sorted({*entries} - {entries[1]})
    assert await inside(addresses, other) == [entries[0]]
    await addresses.call("PUT", f"/v1/folders/{id}/entries/{entries[1]}", expect=200)
    assert await inside(addresses, id) == sorted(entries)
    nobody = await addresses.call("PUT", f"/v1/folders/{id}/entries/person-{new_id()}", expect=422)
    assert (nobody.json()["rule"], nobody.json()["field"]) == ("FOL-01", "entry")
    await addresses.call("DELETE", f"/v1/folders/{id}/entries/person-{new_id()}", expect=404)


async def test_fol_01_many_who_put_in_the_same_at_once_put_it_in_once(addresses: ServiceUnderTest) -> None:
    id, entry = await folder(addresses, "Event 2025"), await person(addresses)
    puts = [addresses.call("PUT", f"/v1/folders/{id}/entries/{entry}") for _ in range(8)]
    assert {answer.status_code for answer in await asyncio.gather(*puts)} == {200}
    assert await addresses.store.commits.count_documents({"stream": {"$regex": "^folder-entry-"}}) == 1


async def test_fol_02_a_folder_refuses_other_types(addresses: ServiceUnderTest) -> None:
    id = await folder(addresses, "Event 2025", types=["company"])
    refused = await addresses.call("PUT", f"/v1/folders/{id}/entries/{await person(addresses)}", expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("FOL-02", "entry")
    bad = await addresses.call("PUT", f"/v1/folders/{id}/entries/user-{new_id()}", expect=422)
    assert (bad.json()["rule"], bad.json()["field"]) == ("format", "entry")


async def test_fol_02_what_is_in_stays_when_the_folder_admits_its_type_no_longer(addresses: ServiceUnderTest) -> None:
    id, entry = await folder(addresses, "Event 2025"), await person(addresses)
    await addresses.call("PUT", f"/v1/folders/{id}/entries/{entry}", expect=200)
    types = {"types": ["company"]}
    await addresses.call("PATCH", f"/v1/folders/{id}", types, token=addresses.tokens.administrator(), expect=200)
    assert await inside(addresses, id) == [entry]


async def test_fol_03_a_hidden_folder_can_still_be_reached(addresses: ServiceUnderTest) -> None:
    id, admin = await folder(addresses, "Event 2025"), addresses.tokens.administrator()
    await addresses.call("PATCH", f"/v1/folders/{id}", {"is_active": False}, token=admin, expect=200)
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    assert (await addresses.call("GET", "/v1/folders", expect=200)).json()["items"] == []
    (listed,) = (await addresses.call("GET", "/v1/folders?inactive=true", expect=200)).json()["items"]
    assert (await addresses.call("GET", f"/v1/folders/{id}", expect=200)).json() == listed
    assert await inside(addresses, id) == []


async def test_fol_05_folders_lie_in_folders_and_never_in_themselves(addresses: ServiceUnderTest) -> None:
    admin = addresses.tokens.administrator()
    top = await folder(addresses, "Top")
    middle = await folder(addresses, "Middle", parent=top)
    bottom = await folder(addresses, "Bottom", parent=middle)
    for parent in (top, middle, bottom):
        refused = await addresses.call("PATCH", f"/v1/folders/{top}", {"parent": parent}, token=admin, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("FOL-05", "parent")
    lost = await addresses.call("PATCH", f"/v1/folders/{top}", {"parent": new_id()}, token=admin, expect=422)
    assert (lost.json()["rule"], lost.json()["field"]) == ("FOL-05", "parent")
    await addresses.call("PATCH", f"/v1/folders/{bottom}", {"parent": None, "name": "Root"}, token=admin, expect=200)
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    (below,) = (await addresses.call("GET", f"/v1/folders?parent={top}", expect=200)).json()["items"]
    assert below["id"] == middle
    assert (await addresses.call("GET", f"/v1/folders/{bottom}")).json()["parent"] is None


async def test_fol_05_many_movers_at_once_never_close_a_circle(addresses: ServiceUnderTest) -> None:
    chance, admin = random.Random(6), addresses.tokens.administrator()
    ids = [await folder(addresses, f"Folder {number}") for number in range(5)]

    async def move() -> int:
        own, parent = chance.sample(ids, 2)
        return (await addresses.call("PATCH", f"/v1/folders/{own}", {"parent": parent}, token=admin)).status_code

    assert {await answer for answer in asyncio.as_completed([move() for _ in range(20)])} <= {200, 422, 409}
    above = {id: (await addresses.call("GET", f"/v1/folders/{id}")).json()["parent"] for id in ids}
    for start in ids:
        seen, current = [start], above[start]
        while current is not None:
            assert current not in seen, "a circle"
            seen.append(current)
            current = above[current]


async def test_fol_05_a_personal_folder_does_not_exist_for_others(addresses: ServiceUnderTest) -> None:
    bruno, admin = addresses.tokens.user("bruno"), addresses.tokens.administrator()
    mine, entry = await folder(addresses, "Mine", bruno, personal=True), await person(addresses)
    await addresses.call("PUT", f"/v1/folders/{mine}/entries/{entry}", token=bruno, expect=200)
    assert await inside(addresses, mine, bruno) == [entry]
    for token in (addresses.tokens.user("anna"), admin):
        for method, path, body in [
            ("GET", f"/v1/folders/{mine}", None),
            ("PATCH", f"/v1/folders/{mine}", {"name": "Yours"}),
            ("GET", f"/v1/folders/{mine}/entries", None),
            ("PUT", f"/v1/folders/{mine}/entries/{entry}", None),
            ("DELETE", f"/v1/folders/{mine}/entries/{entry}", None),
        ]:
            hidden = await addresses.call(method, path, body, token=token, headers={"If-Match": '"7"'})
            assert (hidden.status_code, hidden.json()["rule"]) == (404, "exists"), f"{method} {path}"
        assert (await addresses.call("GET", "/v1/folders", token=token, expect=200)).json()["items"] == []
    below = {"name": "Below", "types": ["person"], "parent": mine}
    refused = await addresses.call("POST", "/v1/folders", below, token=admin, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("FOL-05", "parent")
    await addresses.call("POST", "/v1/folders", {**below, "personal": True}, token=bruno, expect=201)
    for method, path, body in [("POST", "/v1/folders", {**below, "parent": None}), ("PATCH", None, {"name": "X"})]:
        path = path or f"/v1/folders/{await folder(addresses, 'Shared')}"
        problem = (await addresses.call(method, path, body, expect=403)).json()
        assert problem["rule"] == "capability:administer"
        assert ('"personal": true' in problem["detail"]) == (method == "POST")  # who makes it may keep it to oneself


async def test_key_07_what_other_services_own_is_put_in_and_verified_later(addresses: ServiceUnderTest) -> None:
    """Nobody answers for projects here: the reference is taken, and noted; who may take it out is not known."""
    id, project = await folder(addresses, "Projects", types=["project"]), f"project-{new_id()}"
    await addresses.call("PUT", f"/v1/folders/{id}/entries/{project}", expect=200)
    assert await addresses.store.database["unverified_references"].count_documents({"stream": project}) == 1
    for entry in (project, f"project-{new_id()}"):
        refused = await addresses.call("DELETE", f"/v1/folders/{id}/entries/{entry}", expect=503)
        assert refused.json()["type"].endswith("owner-away")


async def test_key_07_only_addresses_are_listed_here(addresses: ServiceUnderTest) -> None:
    """Who may see what other services own, they know and not this one."""
    id, entries = await folder(addresses, "Mixed", types=["project", "person"]), [await person(addresses)]
    for entry in (*entries, f"project-{new_id()}", f"project-{new_id()}"):
        await addresses.call("PUT", f"/v1/folders/{id}/entries/{entry}", expect=200)
    for token in (None, addresses.tokens.administrator(), addresses.tokens.service("histories")):
        assert await inside(addresses, id, token) == entries


def search(**more: Any) -> dict[str, Any]:
    return {"name": "Suppliers", "of": "addresses", "parameters": {"q": "mus", "order": "relevance"}, **more}


async def saved(service: ServiceUnderTest, token: str | None = None, **more: Any) -> httpx.Response:
    return await service.call("POST", "/v1/saved-searches", search(**more), token=token, expect=201)


@pytest.mark.parametrize("number", [2**63, -(2**64), 10**400, 2**53], ids=["2^63", "-2^64", "10^400", "2^53"])
async def test_fol_01_a_parameter_is_a_number_that_everybody_can_read(addresses: ServiceUnderTest, number: int) -> None:
    body = search(of="activities", parameters={"completed": number})
    refused = (await addresses.call("POST", "/v1/saved-searches", body, expect=422)).json()
    assert refused["field"].startswith("parameters")
    assert (await addresses.call("GET", "/v1/saved-searches", expect=200)).json()["items"] == []


async def test_a_saved_search_is_ones_own_until_it_is_shared(addresses: ServiceUnderTest) -> None:
    path = (await saved(addresses)).headers["Location"]
    bruno, catalogue = addresses.tokens.user("bruno"), addresses.roles.app.state.catalogue
    await addresses.call("GET", path, token=bruno, expect=404)
    await addresses.call("PATCH", path, {"name": "X"}, token=bruno, expect=404)
    await addresses.call("DELETE", path, token=bruno, expect=404)
    await addresses.call("PATCH", path, {"is_shared": True, "parameters": {"q": "acme"}}, expect=200)
    await apply_all(addresses.store, catalogue)
    (listed,) = (await addresses.call("GET", "/v1/saved-searches?of=addresses", token=bruno)).json()["items"]
    assert (listed["parameters"], listed["owner"]) == ({"q": "acme"}, addresses.tokens.user_id("anna"))
    assert (await addresses.call("GET", "/v1/saved-searches?of=activities", token=bruno)).json()["items"] == []
    assert (await addresses.call("PATCH", path, {"name": "X"}, token=bruno, expect=403)).json()["rule"] == "owner"
    await addresses.call("DELETE", path, token=bruno, expect=403)
    await addresses.call("PATCH", path, {"is_shared": False}, expect=200)
    # Not even while the catalogue is behind.
    assert (await addresses.call("GET", "/v1/saved-searches", token=bruno, expect=200)).json()["items"] == []
    await addresses.call("GET", path, token=bruno, expect=404)


async def test_a_saved_search_is_forgotten(addresses: ServiceUnderTest) -> None:
    own, shared = (await saved(addresses)).headers["Location"], (await saved(addresses, is_shared=True)).headers
    for _ in range(2):
        await addresses.call("DELETE", own, expect=200)
    await addresses.call("GET", own, expect=404)
    await addresses.call("PATCH", own, {"name": "X"}, expect=404)
    await addresses.call("DELETE", shared["Location"], token=addresses.tokens.administrator(), expect=200)
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    assert (await addresses.call("GET", "/v1/saved-searches", expect=200)).json()["items"] == []


async def test_a_saved_search_holds_nothing_strange(addresses: ServiceUnderTest) -> None:
    body = search(parameters={"q": {"$gt": ""}})
    refused = await addresses.call("POST", "/v1/saved-searches", body, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("type", "parameters.q")
    refused = await addresses.call("POST", "/v1/saved-searches", {**body, "of": "mails"}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("type", "parameters.q")
    service = addresses.tokens.service("engagements")
    assert (await addresses.call("POST", "/v1/saved-searches", search(), token=service, expect=403)).json()[
        "rule"
    ] == "user"
