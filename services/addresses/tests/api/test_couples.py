"""Couples over HTTP (CON-11)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends

TYPED = {"last_name": "Beispiel", "first_name": "Bert"}


async def person(service: ServiceUnderTest, last_name: str, first_name: str) -> str:
    body = {"last_name": last_name, "first_name": first_name}
    return (await service.call("POST", "/v1/persons", body, expect=201)).json()["id"]


async def couple(service: ServiceUnderTest, a: dict[str, Any], b: dict[str, Any], **more: Any) -> str:
    entered = await service.call("POST", "/v1/couples", {"a": a, "b": b, **more}, expect=201)
    return entered.headers["Location"]


async def shown(service: ServiceUnderTest, path: str) -> dict[str, Any]:
    return (await service.call("GET", path, expect=200)).json()


async def refused(service: ServiceUnderTest, method: str, path: str, body: Any) -> tuple[str, str]:
    problem = (await service.call(method, path, body, expect=422)).json()
    return problem["rule"], problem["field"]


async def test_con_11_one_side_linked_and_one_typed(addresses: ServiceUnderTest) -> None:
    anna = await person(addresses, "Muster", "Anna")
    path = await couple(addresses, {"person": anna}, TYPED, valid_from="2020-05-01")
    found = await shown(addresses, path)
    assert found["type"] == "couple"
    assert found["a"] == {"person": anna, "last_name": "Muster", "first_name": "Anna"}
    assert found["b"] == {"person": None, **TYPED}
    await addresses.call("PUT", f"/v1/persons/{anna}/name", {"last_name": "Huber"}, expect=200)
    assert (await shown(addresses, path))["a"]["last_name"] == "Huber"


async def test_con_11_sides_are_two_and_exist(addresses: ServiceUnderTest) -> None:
    anna = await person(addresses, "Muster", "Anna")
    linked = {"person": anna}
    for body, field in [
        ({"a": linked, "b": linked}, "b.person"),
        ({"a": {"person": new_id()}, "b": TYPED}, "a.person"),
        ({"a": {**linked, **TYPED}, "b": TYPED}, "a.last_name"),
        ({"a": TYPED, "b": {"last_name": " "}}, "b.last_name"),
    ]:
        assert await refused(addresses, "POST", "/v1/couples", body) == ("CON-11", field)
    path = await couple(addresses, linked, TYPED)
    assert await refused(addresses, "POST", f"{path}/halves/b/link-person", linked) == ("CON-11", "person")
    assert await refused(addresses, "POST", f"{path}/halves/b/correct", linked) == ("CON-11", "person")
    assert await refused(addresses, "POST", f"{path}/halves/b/link-person", {"person": new_id()}) == (
        "CON-11",
        "person",
    )
    assert await refused(addresses, "PUT", f"{path}/halves/c/name", TYPED) == ("one-of", "side")


async def test_con_11_a_side_is_renamed_linked_and_unlinked(addresses: ServiceUnderTest) -> None:
    bert = await person(addresses, "Beispiel", "Bert")
    path = await couple(addresses, {"last_name": "Muster"}, TYPED)
    b = f"{path}/halves/b"
    await addresses.call("PUT", f"{b}/name", {"last_name": "Bsp", "first_name": "B."}, expect=200)
    assert (await shown(addresses, path))["b"] == {"person": None, "last_name": "Bsp", "first_name": "B."}
    await addresses.call("POST", f"{b}/link-person", {"person": bert}, expect=200)
    assert await refused(addresses, "PUT", f"{b}/name", TYPED) == ("CON-11", "last_name")
    await addresses.call("POST", f"{b}/unlink-person", {"unlinked_on": "2024-03-31"}, expect=200)
    assert (await shown(addresses, path))["b"] == {"person": None, **TYPED}
    again = await addresses.call("POST", f"{b}/unlink-person", expect=200)
    assert again.json()["version"] == 4
    await addresses.call("POST", f"{b}/correct", {"person": bert, "reason": "mixed up"}, expect=200)
    assert (await shown(addresses, path))["b"]["person"] == bert


async def test_con_11_a_couple_separates_and_its_dates_are_corrected(addresses: ServiceUnderTest) -> None:
    path = await couple(addresses, {"last_name": "Muster"}, TYPED, valid_from="2020-05-01")
    assert await refused(addresses, "POST", f"{path}/separate", {"valid_to": "2019-01-01"}) == ("CON-11", "valid_to")
    await addresses.call("POST", f"{path}/separate", {"valid_to": "2024-03-31"}, expect=200)
    found = await shown(addresses, path)
    assert (found["valid_to"], found["is_active"], found["is_current"]) == ("2024-03-31", True, False)
    assert await refused(addresses, "POST", f"{path}/separate", {"valid_to": "2024-05-31"}) == ("CON-11", "valid_to")
    dates = {"valid_from": None, "valid_to": None, "reason": "together after all"}
    await addresses.call("POST", f"{path}/correct-dates", dates, expect=200)
    assert (await shown(addresses, path))["is_current"]


async def test_adr_09_a_couple_is_an_address_like_the_others(addresses: ServiceUnderTest) -> None:
    body = {"id": new_id(), "a": {"last_name": "Muster"}, "b": TYPED}
    first = await addresses.call("POST", "/v1/couples", body, expect=201)
    again = await addresses.call("POST", "/v1/couples", body, expect=201)
    assert (again.json()["id"], again.json()["commit"]) == (body["id"], 1)
    assert await refused(addresses, "POST", "/v1/couples", {**body, "valid_from": "2020-01-01"}) == ("ADR-01", "id")
    path = first.headers["Location"]
    mail = {"kind": "E", "value": "both@home.example"}
    await addresses.call("POST", f"{path}/channels", mail, expect=201)
    await addresses.call("POST", f"{path}/postal-addresses", {"city": "Bern", "country": "CH"}, expect=201)
    await addresses.call("POST", f"{path}/deactivate", expect=200)
    found = await shown(addresses, path)
    assert not found["is_active"]
    assert (
        [c["is_default"] for c in found["channels"]] == [a["is_default"] for a in found["postal_addresses"]] == [True]
    )
    await addresses.call("GET", f"/v1/couples/{new_id()}", expect=404)


async def test_sta_01_couples_are_listed_as_all_other_addresses(addresses: ServiceUnderTest) -> None:
    eva = await person(addresses, "Muster", "Eva")
    typed = {"last_name": "Beispiel", "first_name": "Bert"}
    paths = [
        (await addresses.call("POST", "/v1/couples", {"a": half, "b": typed}, expect=201)).headers["Location"]
        for half in ({"person": eva}, {"last_name": "Huber"}, {"last_name": "Keller"})
    ]
    await addresses.call("POST", f"{paths[2]}/deactivate", expect=200)
    await apply_all(addresses.store, addresses.roles.app.state.book)

    async def got(query: str) -> dict[str, Any]:
        return (await addresses.call("GET", f"/v1/couples{query}", expect=200)).json()

    linked, other = (await got(""))["items"]
    assert (linked["alias"], linked["a"]["person"], linked["b"]["last_name"]) == (
        "Muster Eva, Beispiel Bert",
        eva,
        "Beispiel",
    )
    assert (other["alias"], other["is_active"]) == ("Huber, Beispiel Bert", True)
    first = await got("?inactive=true&limit=2")
    rest = await got(f"?inactive=true&limit=2&cursor={first['next']}")
    assert [f"/v1/couples/{item['id']}" for item in first["items"] + rest["items"]] == sorted(paths)
    assert [item["id"] for item in (await got(f"?person={eva}"))["items"]] == [linked["id"]]
