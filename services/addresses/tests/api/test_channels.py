"""Channels over HTTP; private ones do not exist for callers without the right."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import CONSULTANTS, HR, PARTNERS
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def person(service: ServiceUnderTest) -> str:
    entered = await service.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)
    return entered.headers["Location"]


async def add(service: ServiceUnderTest, path: str, token: str | None = None, **body: Any) -> str:
    added = await service.call("POST", f"{path}/channels", body, token=token, expect=201)
    return added.headers["Location"]


async def channels(service: ServiceUnderTest, path: str, token: str | None = None) -> list[dict[str, Any]]:
    return (await service.call("GET", path, token=token, expect=200)).json()["channels"]


@pytest.mark.parametrize("collection", ["companies", "persons", "contacts"])
async def test_com_01_02_05_every_type_has_own_channels_and_one_default_per_kind(
    addresses: ServiceUnderTest, collection: str
) -> None:
    company = (await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).json()["id"]
    bodies = {
        "companies": {"name": "Beta"},
        "persons": {"last_name": "Muster"},
        "contacts": {"company": company, "supplement": "Reception"},
    }
    path = (await addresses.call("POST", f"/v1/{collection}", bodies[collection], expect=201)).headers["Location"]
    first = await add(addresses, path, kind="T", value="044 668 18 00", label="main")
    second = await add(addresses, path, kind="T", value="+41 44 668 18 01")
    await add(addresses, path, kind="E", value="Info@Office.Example")
    assert [(c["normalised"], c["is_default"]) for c in await channels(addresses, path)] == [
        ("+41446681800", True),
        ("+41446681801", False),
        ("info@office.example", True),
    ]
    await addresses.call("POST", f"{second}/make-default", expect=200)
    await addresses.call("PUT", second, {"value": "044 668 18 02", "label": "desk"}, expect=200)
    assert [(c["value"], c["is_default"]) for c in await channels(addresses, path)][:2] == [
        ("044 668 18 00", False),
        ("044 668 18 02", True),
    ]
    await addresses.call("DELETE", second, expect=200)
    assert [c["is_default"] for c in await channels(addresses, path)] == [True, True]
    await addresses.call("DELETE", second, expect=404)
    await addresses.call("DELETE", first, expect=200)


async def test_com_01_a_value_that_cannot_be_is_refused_at_its_field(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    for kind, value in (("T", "call me"), ("E", "eva at home"), ("H", "two words")):
        refused = await addresses.call("POST", f"{path}/channels", {"kind": kind, "value": value}, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("COM-01", "value")
        assert value not in refused.text


async def test_con_06_private_channels_live_on_persons_only(addresses: ServiceUnderTest) -> None:
    company = (await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).headers["Location"]
    partner = addresses.tokens.user("clara", (PARTNERS,))
    body = {"kind": "E", "value": "info@office.example", "private": True}
    refused = await addresses.call("POST", f"{company}/channels", body, token=partner, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("CON-06", "private")


async def test_com_10_a_private_channel_exists_only_for_callers_with_the_right(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    partner = addresses.tokens.user("clara", (PARTNERS,))
    reader = addresses.tokens.user("gina", (HR,))
    private = await add(addresses, path, partner, kind="E", value="eva@home.example", private=True)
    public = await add(addresses, path, kind="E", value="eva@office.example")

    assert [c["value"] for c in await channels(addresses, path, partner)] == ["eva@home.example", "eva@office.example"]
    assert [c["value"] for c in await channels(addresses, path, reader)] == ["eva@home.example", "eva@office.example"]
    (visible,) = await channels(addresses, path)
    assert (visible["value"], visible["is_default"]) == ("eva@office.example", True)

    unknown = f"{path}/channels/{new_id()}"
    for method, suffix, body in [
        ("PUT", "", {"value": "x@y.example"}),
        ("DELETE", "", None),
        ("POST", "/make-default", None),
    ]:
        hidden = await addresses.call(method, private + suffix, body, expect=404)
        absent = await addresses.call(method, unknown + suffix, body, expect=404)
        assert hidden.json() | {"correlation_id": ""} == absent.json() | {"correlation_id": ""}
    body = {"kind": "M", "value": "079 123 45 67", "private": True}
    assert (await addresses.call("POST", f"{path}/channels", body, expect=403)).json()["rule"] == "capability:private"
    await addresses.call("DELETE", private, token=partner, expect=200)
    await addresses.call("DELETE", public, expect=200)


async def test_com_10_a_conflict_does_not_tell_of_private_channels(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    await add(addresses, path, partner, kind="E", value="eva@home.example", private=True)
    stale = {"If-Match": '"1"'}
    conflict = await addresses.call("PUT", f"{path}/name", {"last_name": "Huber"}, headers=stale, expect=409)
    (between,) = conflict.json()["changes"]
    assert "type" not in between
    assert "fields" not in between
    assert "home" not in conflict.text
