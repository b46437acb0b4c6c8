"""What is taken is refused with a word of who has it, where the caller may see that."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends

FOLDER, GROUP = {"types": ["person"]}, {"types": ["company"]}


async def taken(service: ServiceUnderTest, path: str, body: dict[str, Any], token: str | None, expect: int) -> Any:
    """The holder that the refusal names, if any."""
    return (await service.call("POST", path, body, token=token, expect=expect)).json().get("holder")


async def test_key_01_a_taken_name_of_a_group_or_keyword_says_who_has_it(addresses: ServiceUnderTest) -> None:
    admin, bruno = addresses.tokens.administrator(), addresses.tokens.user("bruno")
    for token, more in ((admin, GROUP), (bruno, {**GROUP, "personal": True})):
        made = await addresses.call("POST", "/v1/keyword-groups", {"name": "Wine", **more}, token=token, expect=201)
        holder = {"type": "keyword-group", "id": made.json()["id"], "name": "Wine"}
        assert await taken(addresses, "/v1/keyword-groups", {"name": " wine", **more}, token, 409) == holder
        path = f"{made.headers['Location']}/keywords"
        red = (await addresses.call("POST", path, {"name": "Red"}, token=token, expect=201)).json()["part"]
        assert await taken(addresses, path, {"name": "RED"}, token, 422) == {
            "type": "keyword",
            "id": red,
            "name": "Red",
        }


async def test_key_06_of_a_keyword_in_somebody_elses_group_nothing_is_said(addresses: ServiceUnderTest) -> None:
    ids: dict[str, str] = {}
    for name in ("anna", "bruno"):
        token, body = addresses.tokens.user(name), {"name": "Mine", "personal": True, **GROUP}
        made = await addresses.call("POST", "/v1/keyword-groups", body, token=token, expect=201)
        ids[name] = made.json()["id"]
    red = {"name": "Red", "id": new_id()}
    path = "/v1/keyword-groups/{}/keywords"
    await addresses.call("POST", path.format(ids["bruno"]), red, token=addresses.tokens.user("bruno"), expect=201)
    assert await taken(addresses, path.format(ids["anna"]), red, addresses.tokens.user("anna"), 409) is None


async def test_an_id_that_is_taken_says_by_what(addresses: ServiceUnderTest) -> None:
    admin, bruno = addresses.tokens.administrator(), addresses.tokens.user("bruno")
    ends = {"one": {"label": "owns", "types": ["company"]}, "other": {"label": "belongs to", "types": ["company"]}}
    search = {"of": "addresses", "parameters": {}, "is_shared": True}
    for path, body, kind, name in [
        ("/v1/folders", {"name": "Event", **FOLDER}, "folder", "Event"),
        ("/v1/keyword-groups", {"name": "Wine", **GROUP}, "keyword-group", "Wine"),
        ("/v1/saved-searches", {"name": "Suppliers", **search}, "saved-search", "Suppliers"),
        ("/v1/link-types", ends, "link-type", "owns / belongs to"),
        ("/v1/channel-types", {"label": "Pager", "kind": "P"}, "channel-type", "Pager"),
    ]:
        id = (await addresses.call("POST", path, body, token=admin, expect=201)).json()["id"]
        other = {**body, "id": id, "one": {**ends["one"], "label": "has"}} if "one" in body else {**body, "id": id}
        other |= {field: "Other" for field in ("name", "label") if field in body}
        holder = {"type": kind, "id": id, "name": name}
        assert await taken(addresses, path, other, admin, 422) == holder, path
    for path, body in [("/v1/folders", FOLDER), ("/v1/saved-searches", {**search, "is_shared": False})]:
        mine = {"name": "Mine", "id": new_id(), **body}
        own = {**mine, "personal": True} if path == "/v1/folders" else mine
        await addresses.call("POST", path, own, token=bruno, expect=201)
        assert await taken(addresses, path, {**mine, "name": "Other"}, admin, 422) is None, path


async def test_adr_01_an_id_that_another_address_has_says_which(addresses: ServiceUnderTest) -> None:
    id = (await addresses.call("POST", "/v1/companies", {"name": "Acme AG"}, expect=201)).json()["id"]
    await apply_all(addresses.store, addresses.roles.app.state.book)
    holder = {"type": "company", "id": id, "name": "Acme AG"}
    assert await taken(addresses, "/v1/companies", {"name": "Beta AG", "id": id}, None, 422) == holder
