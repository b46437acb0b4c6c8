"""Postal addresses over HTTP; private ones do not exist for callers without the right."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

OFFICE = {"kind": "visit", "street": "Seestrasse 1", "postal_code": "8002", "city": "Zürich", "country": "CH"}
HOME = {"kind": "private", "city": "Pristina", "country": "XK"}


async def entered(service: ServiceUnderTest, collection: str = "persons") -> str:
    body = {"last_name": "Muster"} if collection == "persons" else {"name": "Acme"}
    return (await service.call("POST", f"/v1/{collection}", body, expect=201)).headers["Location"]


async def own(service: ServiceUnderTest, path: str, token: str | None = None) -> list[dict[str, Any]]:
    return (await service.call("GET", path, token=token, expect=200)).json()["postal_addresses"]


def partner(service: ServiceUnderTest) -> str:
    return service.tokens.user("clara", (PARTNERS, CONSULTANTS))


async def test_pos_01_several_postal_addresses_one_default(addresses: ServiceUnderTest) -> None:
    path = await entered(addresses, "companies")
    office = await addresses.call("POST", f"{path}/postal-addresses", OFFICE, expect=201)
    warehouse = {"id": new_id(), "kind": "delivery", "city": " Basel ", "country": "CH", "label": "Warehouse"}
    second = await addresses.call("POST", f"{path}/postal-addresses", warehouse, expect=201)
    again = await addresses.call("POST", f"{path}/postal-addresses", warehouse, expect=201)
    assert again.json()["version"] == second.json()["version"]
    assert second.headers["Location"] == f"{path}/postal-addresses/{warehouse['id']}"
    assert [(a["city"], a["is_default"]) for a in await own(addresses, path)] == [("Zürich", True), ("Basel", False)]
    await addresses.call("POST", f"{second.headers['Location']}/make-default", expect=200)
    moved = {"street": "Hafen 3", "city": "Basel", "country": "CH", "valid_to": "2030-12-31"}
    await addresses.call("PATCH", second.headers["Location"], moved, expect=200)
    assert [(a["street"], a["kind"], a["is_default"]) for a in await own(addresses, path)] == [
        ("Seestrasse 1", "visit", False),
        ("Hafen 3", "delivery", True),
    ]
    await addresses.call("DELETE", second.headers["Location"], expect=200)
    assert [a["is_default"] for a in await own(addresses, path)] == [True]
    await addresses.call("DELETE", office.headers["Location"], expect=200)
    assert await own(addresses, path) == []


@pytest.mark.parametrize(
    ("change", "rule", "field"),
    [
        ({"country": "AA"}, "POS-02", "country"),
        ({"country": "ch"}, "format", "country"),
        ({"country": None}, "type", "country"),
        ({"street": " ", "city": " "}, "POS-02", "city"),
        ({"kind": "holiday"}, "one-of", "kind"),
        ({"valid_from": "2024-02-01", "valid_to": "2024-01-01"}, "POS-01", "valid_to"),
    ],
)
async def test_pos_02_what_cannot_be_is_refused_at_its_field(
    addresses: ServiceUnderTest, change: dict[str, Any], rule: str, field: str
) -> None:
    path = await entered(addresses)
    refused = await addresses.call("POST", f"{path}/postal-addresses", {**OFFICE, **change}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == (rule, field)
    assert await own(addresses, path) == []


async def test_con_06_private_postal_addresses_live_on_persons_only(addresses: ServiceUnderTest) -> None:
    path = await entered(addresses, "companies")
    refused = await addresses.call("POST", f"{path}/postal-addresses", HOME, token=partner(addresses), expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("CON-06", "kind")


async def test_pos_03_a_private_postal_address_exists_only_for_callers_with_the_right(
    addresses: ServiceUnderTest,
) -> None:
    path = await entered(addresses)
    assert (await addresses.call("POST", f"{path}/postal-addresses", HOME, expect=403)).json()["field"] == "kind"
    home = await addresses.call("POST", f"{path}/postal-addresses", HOME, token=partner(addresses), expect=201)
    await addresses.call("POST", f"{path}/postal-addresses", OFFICE, expect=201)
    private = home.headers["Location"]
    assert [(a["city"], a["is_default"]) for a in await own(addresses, path)] == [("Zürich", True)]
    assert [(a["city"], a["is_default"]) for a in await own(addresses, path, partner(addresses))] == [
        ("Pristina", True),
        ("Zürich", False),
    ]
    unknown = f"{path}/postal-addresses/{new_id()}"
    for method, suffix, body in [("PATCH", "", OFFICE_FACTS), ("DELETE", "", None), ("POST", "/make-default", None)]:
        hidden = await addresses.call(method, private + suffix, body, expect=404)
        absent = await addresses.call(method, unknown + suffix, body, expect=404)
        assert hidden.json() | {"correlation_id": ""} == absent.json() | {"correlation_id": ""}
    stale = {"If-Match": '"1"'}
    conflict = await addresses.call("PUT", f"{path}/name", {"last_name": "Huber"}, headers=stale, expect=409)
    # Of the private one only who and when.
    hidden, told = conflict.json()["changes"]
    assert sorted(hidden) == ["actor", "commit", "recorded_at"]
    assert told["type"] == "crm.addresses.postal-address-added"
    assert "Pristina" not in conflict.text
    await addresses.call("DELETE", private, token=partner(addresses), expect=200)


OFFICE_FACTS = {name: value for name, value in OFFICE.items() if name != "kind"}
