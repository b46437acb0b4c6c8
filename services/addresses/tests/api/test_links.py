"""Links between addresses over HTTP: shown on both, each with its label."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends

BOARD = {
    "one": {"label": "sits on the board of", "types": ["person", "contact"]},
    "other": {"label": "board member", "types": ["company"], "always_shown": True},
}


async def link_type(service: ServiceUnderTest, **more: Any) -> str:
    admin = service.tokens.administrator()
    return (await service.call("POST", "/v1/link-types", BOARD | more, token=admin, expect=201)).json()["id"]


async def company(service: ServiceUnderTest, name: str = "Acme AG") -> str:
    return (await service.call("POST", "/v1/companies", {"name": name}, expect=201)).json()["id"]


async def person(service: ServiceUnderTest, name: str = "Muster") -> str:
    return (await service.call("POST", "/v1/persons", {"last_name": name}, expect=201)).json()["id"]


def between(type: str, eva: str, acme: str, **more: Any) -> dict[str, Any]:
    return {"link_type": type, "one": {"type": "person", "id": eva}, "other": {"type": "company", "id": acme}, **more}


async def links_of(service: ServiceUnderTest, path: str) -> list[dict[str, Any]]:
    await apply_all(service.store, service.roles.app.state.catalogue, service.roles.app.state.book)
    return (await service.call("GET", f"{path}/links", expect=200)).json()["items"]


async def test_rol_08_a_link_shows_on_both_addresses_with_its_label(addresses: ServiceUnderTest) -> None:
    type, eva, acme = await link_type(addresses), await person(addresses), await company(addresses)
    beta = await company(addresses, "Beta AG")
    body = between(type, eva, acme, valid_from="2020-01-01", remark="chair")
    made = await addresses.call("POST", "/v1/links", body, expect=201)
    await addresses.call("POST", "/v1/links", between(type, eva, beta, valid_to="2001-12-31"), expect=201)
    (on_acme,) = await links_of(addresses, f"/v1/companies/{acme}")
    assert on_acme == {
        "id": made.json()["id"],
        "link_type": type,
        "label": "board member",
        "address": {"type": "person", "id": eva, "alias": "Muster"},
        "valid_from": "2020-01-01",
        "valid_to": None,
        "remark": "chair",
        "is_current": True,
    }
    on_eva = await links_of(addresses, f"/v1/persons/{eva}")
    assert {(link["label"], link["address"]["id"], link["is_current"]) for link in on_eva} == {
        ("sits on the board of", acme, True),
        ("sits on the board of", beta, False),
    }
    read = (await addresses.call("GET", made.headers["Location"], expect=200)).json()
    assert (read["one_label"], read["other_label"]) == ("sits on the board of", "board member")


async def test_rol_07_a_renamed_link_type_reads_so_on_every_link(addresses: ServiceUnderTest) -> None:
    type, eva, acme = await link_type(addresses), await person(addresses), await company(addresses)
    await addresses.call("POST", "/v1/links", between(type, eva, acme), expect=201)
    chairs = {"one": {"label": "chairs", "types": ["person"]}}
    await addresses.call("PATCH", f"/v1/link-types/{type}", chairs, token=addresses.tokens.administrator(), expect=200)
    assert [link["label"] for link in await links_of(addresses, f"/v1/persons/{eva}")] == ["chairs"]
    assert [link["label"] for link in await links_of(addresses, f"/v1/companies/{acme}")] == ["board member"]


async def test_rol_07_what_does_not_fit_is_refused(addresses: ServiceUnderTest) -> None:
    type, eva, acme = await link_type(addresses), await person(addresses), await company(addresses)
    both, beta = {"label": "knows", "types": ["person", "company"]}, await company(addresses, "Beta AG")
    knows = await link_type(addresses, one=both, other=both)
    itself = {"link_type": knows, "one": {"type": "person", "id": eva}, "other": {"type": "person", "id": eva}}
    before = await addresses.store.commits.count_documents({})
    for body, field in [
        (between(new_id(), eva, acme), "link_type"),
        (between(type, new_id(), acme), "one"),
        (between(type, eva, new_id()), "other"),
        (itself, "other"),
        ({**between(type, eva, acme), "one": {"type": "company", "id": beta}}, "one"),
        (between(type, eva, acme, valid_from="2024-01-02", valid_to="2024-01-01"), "valid_to"),
    ]:
        refused = await addresses.call("POST", "/v1/links", body, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("ROL-07", field)
    assert await addresses.store.commits.count_documents({}) == before


async def test_rol_07_an_inactive_link_type_is_no_longer_offered(addresses: ServiceUnderTest) -> None:
    type, eva, acme = await link_type(addresses), await person(addresses), await company(addresses)
    await addresses.call("POST", "/v1/links", between(type, eva, acme), expect=201)
    admin, off = addresses.tokens.administrator(), {"is_active": False}
    await addresses.call("PATCH", f"/v1/link-types/{type}", off, token=admin, expect=200)
    assert (await addresses.call("GET", "/v1/link-types", expect=200)).json() == []
    (shown,) = (await addresses.call("GET", "/v1/link-types?inactive=true", expect=200)).json()
    assert (shown["id"], shown["other"]["always_shown"]) == (type, True)
    refused = await addresses.call("POST", "/v1/links", between(type, eva, acme), expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("ROL-07", "link_type")
    assert len(await links_of(addresses, f"/v1/persons/{eva}")) == 1


async def test_rol_07_link_types_are_administered(addresses: ServiceUnderTest) -> None:
    type = await link_type(addresses)
    for method, path in [("POST", "/v1/link-types"), ("PATCH", f"/v1/link-types/{type}")]:
        assert (await addresses.call(method, path, BOARD, expect=403)).json()["rule"] == "capability:administer"


async def test_rol_08_a_link_that_was_taken_away_shows_nowhere(addresses: ServiceUnderTest) -> None:
    type, eva, acme = await link_type(addresses), await person(addresses), await company(addresses)
    path = (await addresses.call("POST", "/v1/links", between(type, eva, acme), expect=201)).headers["Location"]
    ended = {"valid_from": None, "valid_to": "2024-06-30", "remark": "left"}
    await addresses.call("PATCH", path, ended, expect=200)
    (link,) = await links_of(addresses, f"/v1/persons/{eva}")
    assert (link["valid_to"], link["remark"]) == ("2024-06-30", "left")
    for _ in range(2):
        await addresses.call("DELETE", path, expect=200)
    # At once, though the catalogue is behind, and afterwards.
    assert (await addresses.call("GET", f"/v1/persons/{eva}/links", expect=200)).json()["items"] == []
    assert await links_of(addresses, f"/v1/companies/{acme}") == []
    for method in ("GET", "PATCH"):
        await addresses.call(method, path, ended if method == "PATCH" else None, expect=404)


async def test_del_03_what_is_linked_or_lies_in_a_folder_is_not_deleted(addresses: ServiceUnderTest) -> None:
    """Asked of the store, whatever the views have learnt; and what was deleted is not linked or put in any more."""
    admin = addresses.tokens.administrator()
    type, eva, acme = await link_type(addresses), await person(addresses), await company(addresses)
    link = await addresses.call("POST", "/v1/links", between(type, eva, acme), expect=201)
    body = {"name": "Event", "types": ["person", "company"]}
    folder = (await addresses.call("POST", "/v1/folders", body, token=admin, expect=201)).headers["Location"]
    await addresses.call("PUT", f"{folder}/entries/company-{acme}", expect=200)
    for path in (f"/v1/persons/{eva}", f"/v1/companies/{acme}"):
        refused = await addresses.call("DELETE", path, expect=409)
        assert refused.json()["rule"] == "DEL-03"
    await addresses.call("DELETE", link.headers["Location"], expect=200)
    await addresses.call("DELETE", f"{folder}/entries/company-{acme}", expect=200)
    for path in (f"/v1/persons/{eva}", f"/v1/companies/{acme}"):
        await addresses.call("DELETE", path, expect=200)
    again = await addresses.call("POST", "/v1/links", between(type, eva, acme), expect=422)
    assert (again.json()["rule"], again.json()["field"]) == ("ROL-07", "one")
    lost = await addresses.call("PUT", f"{folder}/entries/company-{acme}", expect=422)
    assert (lost.json()["rule"], lost.json()["field"]) == ("FOL-01", "entry")
