"""A change says what changes: what is absent stays, null takes away."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def made(service: ServiceUnderTest, path: str, **body: Any) -> Any:
    return await service.call("POST", path, body, expect=201)


async def person(service: ServiceUnderTest) -> str:
    return (await made(service, "/v1/persons", last_name="Muster")).headers["Location"]


async def test_com_01_a_channel_keeps_what_a_change_does_not_say(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    facts = {"label": "direct", "value": "044 668 18 00", "valid_from": "2024-01-01", "valid_to": "2024-12-31"}
    channel = (await made(addresses, f"{path}/channels", kind="T", **facts)).headers["Location"]
    for said in ({"value": "044 668 18 01"}, {"label": " desk "}, {"valid_to": None}):
        await addresses.call("PATCH", channel, said, expect=200)
    (kept,) = (await addresses.call("GET", path, expect=200)).json()["channels"]
    assert {name: kept[name] for name in (*facts, "normalised")} == {
        "label": "desk",
        "value": "044 668 18 01",
        "valid_from": "2024-01-01",
        "valid_to": None,
        "normalised": "+41446681801",
    }
    before = (await addresses.call("PATCH", channel, {}, expect=200)).json()["version"]
    again = await addresses.call("PATCH", channel, {"label": "desk"}, expect=200)
    assert again.json()["version"] == before


async def test_com_08_forbidding_again_without_a_source_keeps_the_source(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    channel = (await made(addresses, f"{path}/channels", kind="T", value="044 668 18 00")).headers["Location"]
    for body, source in [({"source": "by letter"}, "by letter"), (None, "by letter"), ({"source": "again"}, "again")]:
        await addresses.call("POST", f"{channel}/forbid-contact", body, expect=200)
        (shown,) = (await addresses.call("GET", path, expect=200)).json()["channels"]
        assert (shown["forbidden"], shown["forbidden_source"]) == (True, source)


async def test_pos_01_a_postal_address_keeps_what_a_change_does_not_say(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    facts = {"street": "Seestrasse 1", "city": "Bern", "country": "CH", "label": "Office", "valid_from": "2024-01-01"}
    postal = (await made(addresses, f"{path}/postal-addresses", **facts)).headers["Location"]
    await addresses.call("PATCH", postal, {"street": "Hafen 3", "valid_from": None}, expect=200)
    (kept,) = (await addresses.call("GET", path, expect=200)).json()["postal_addresses"]
    assert {name: kept[name] for name in facts} == {**facts, "street": "Hafen 3", "valid_from": None}
    refused = (await addresses.call("PATCH", postal, {"country": None}, expect=422)).json()
    assert refused["field"] == "country"


async def test_rol_07_a_link_keeps_what_a_change_does_not_say_and_has_a_change_log(
    addresses: ServiceUnderTest,
) -> None:
    ends = {"one": {"label": "advises", "types": ["company"]}, "other": {"label": "client", "types": ["company"]}}
    admin = addresses.tokens.administrator()
    kind = (await addresses.call("POST", "/v1/link-types", ends, token=admin, expect=201)).json()["id"]
    acme, beta = [(await made(addresses, "/v1/companies", name=name)).json()["id"] for name in ("Acme", "Beta")]
    facts = {"valid_from": "2024-01-01", "valid_to": None, "remark": "since the merger"}
    link = await made(
        addresses,
        "/v1/links",
        link_type=kind,
        one={"type": "company", "id": acme},
        other={"type": "company", "id": beta},
        **facts,
    )
    path = link.headers["Location"]
    await addresses.call("PATCH", path, {"valid_to": "2024-06-30"}, expect=200)
    shown = (await addresses.call("GET", path, expect=200)).json()
    assert {name: shown[name] for name in facts} == {**facts, "valid_to": "2024-06-30"}
    refused = (await addresses.call("PATCH", path, {"valid_to": "2023-12-31"}, expect=422)).json()
    assert refused["rule"] == "ROL-07"
    await addresses.call("DELETE", path, expect=200)
    log = (await addresses.call("GET", f"{path}/changes", expect=200)).json()["items"]
    assert [each["event"].rpartition(".")[2] for each in log] == ["link-removed", "link-changed", "addresses-linked"]
    assert log[1]["fields"] == [{"field": "valid_to", "item": None, "before": None, "after": "2024-06-30"}]
