"""Channel types, layouts and settings over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from addresses.shipping import ship_lists
from dossier.ids import derived_id, new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def administer(service: ServiceUnderTest, method: str, path: str, body: Any, expect: int = 201) -> Any:
    answer = await service.call(method, path, body, token=service.tokens.administrator(), expect=expect)
    return answer.json()


async def layout(service: ServiceUnderTest, name: str, **more: Any) -> str:
    body = {"name": name, "address_type": "company", "lines": "%company%", **more}
    return (await administer(service, "POST", "/v1/layouts", body))["id"]


async def defaults(service: ServiceUnderTest) -> list[tuple[str, str]]:
    found = (await service.call("GET", "/v1/layouts?inactive=true", expect=200)).json()
    return [(layout["address_type"], layout["name"]) for layout in found if layout["is_default"]]


async def test_com_12_built_in_channel_types_are_shipped_and_stay(addresses: ServiceUnderTest) -> None:
    await ship_lists(addresses.store)
    shipped = (await addresses.call("GET", "/v1/channel-types", expect=200)).json()
    assert [(each["kind"], each["label"], each["is_built_in"]) for each in shipped] == [
        ("T", "Telephone", True),
        ("M", "Mobile", True),
        ("F", "Fax", True),
        ("E", "Email", True),
        ("H", "Homepage", True),
        ("L", "LinkedIn", True),
    ]
    path = f"/v1/channel-types/{shipped[0]['id']}"
    refused = await administer(addresses, "PATCH", path, {"is_active": False}, 422)
    assert (refused["rule"], refused["field"]) == ("COM-12", "is_active")
    refused = await administer(addresses, "PATCH", path, {"kind": "X"}, 422)
    assert (refused["rule"], refused["field"]) == ("known-field", "kind")
    await administer(addresses, "DELETE", path, None, 405)  # there is no such command
    await administer(addresses, "PATCH", path, {"label": "Phone", "position": None}, 200)
    assert (await addresses.call("GET", path, expect=200)).json()["label"] == "Phone"


async def test_com_03_self_made_channel_types_have_any_letter(addresses: ServiceUnderTest) -> None:
    switchboard = await administer(addresses, "POST", "/v1/channel-types", {"label": "Switchboard", "kind": "T"})
    signal = await administer(addresses, "POST", "/v1/channel-types", {"label": "Signal", "kind": "S", "position": -1})
    listed = (await addresses.call("GET", "/v1/channel-types", expect=200)).json()
    assert [(each["id"], each["kind"], each["is_built_in"]) for each in listed] == [
        (signal["id"], "S", False),
        (switchboard["id"], "T", False),
    ]
    await administer(addresses, "PATCH", f"/v1/channel-types/{signal['id']}", {"is_active": False}, 200)
    offered = (await addresses.call("GET", "/v1/channel-types", expect=200)).json()
    assert [each["id"] for each in offered] == [switchboard["id"]]
    assert len((await addresses.call("GET", "/v1/channel-types?inactive=true")).json()) == 2


async def test_lay_02_only_administrators_edit_lists(addresses: ServiceUnderTest) -> None:
    for method, path in [
        ("POST", "/v1/layouts"),
        ("PATCH", f"/v1/layouts/{new_id()}"),
        ("POST", "/v1/channel-types"),
        ("PATCH", f"/v1/channel-types/{new_id()}"),
        ("PATCH", "/v1/address-settings"),
    ]:
        assert (await addresses.call(method, path, {}, expect=403)).json()["rule"] == "capability:administer"


async def test_lay_02_a_new_default_takes_over_from_the_former_one(addresses: ServiceUnderTest) -> None:
    first = await layout(addresses, "First", is_default=True)
    await layout(addresses, "Of persons", address_type="person", is_default=True)
    assert await defaults(addresses) == [("company", "First"), ("person", "Of persons")]
    second = await layout(addresses, "Second")
    assert await defaults(addresses) == [("company", "First"), ("person", "Of persons")]
    for _ in range(2):
        await administer(addresses, "PATCH", f"/v1/layouts/{second}", {"is_default": True}, 200)
        assert await defaults(addresses) == [("company", "Second"), ("person", "Of persons")]
    await layout(addresses, "Third", is_default=True)
    assert await defaults(addresses) == [("company", "Third"), ("person", "Of persons")]
    for field in ("is_default", "is_active"):
        third = next(
            each["id"] for each in (await addresses.call("GET", "/v1/layouts")).json() if each["name"] == "Third"
        )
        refused = await administer(addresses, "PATCH", f"/v1/layouts/{third}", {field: False}, 422)
        assert (refused["rule"], refused["field"]) == ("LAY-02", field)
    await administer(addresses, "PATCH", f"/v1/layouts/{first}", {"is_active": False}, 200)
    await administer(addresses, "PATCH", f"/v1/layouts/{new_id()}", {"is_default": True}, 404)


async def test_lay_02_of_many_new_defaults_one_stays(addresses: ServiceUnderTest) -> None:
    ids = [await layout(addresses, f"Layout {number}") for number in range(6)]
    admin = addresses.tokens.administrator()
    answers = await asyncio.gather(
        *(addresses.call("PATCH", f"/v1/layouts/{id}", {"is_default": True}, token=admin) for id in ids)
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len(await defaults(addresses)) == 1


async def test_lay_03_a_template_is_checked_when_it_is_saved(addresses: ServiceUnderTest) -> None:
    body = {"name": "Bad", "address_type": "company", "lines": "%company%\n%surname%"}
    refused = await administer(addresses, "POST", "/v1/layouts", body, 422)
    assert (refused["rule"], refused["field"]) == ("LAY-03", "lines")
    assert "surname" in refused["detail"]
    sly = await administer(addresses, "POST", "/v1/layouts", {**body, "lines": "%<script>%"}, 422)
    assert "script" not in sly["detail"]
    assert await addresses.store.commits.count_documents({}) == 0


async def test_gen_02_settings_are_read_and_changed(addresses: ServiceUnderTest) -> None:
    shipped = {
        "alias_with_city": False,
        "genders": [],
        "default_gender": "unspecified",
        "default_language": "en",
        "duplicate_check": True,
    }
    found = await addresses.call("GET", "/v1/address-settings", expect=200)
    assert found.json() == shipped
    change = {"genders": ["diverse"], "default_gender": "diverse", "default_language": "de"}
    await administer(addresses, "PATCH", "/v1/address-settings", change, 200)
    again = await administer(addresses, "PATCH", "/v1/address-settings", change, 200)
    assert again["commit"] == 1
    assert again["id"] == derived_id("address-settings")
    assert (await addresses.call("GET", "/v1/address-settings")).json() == shipped | change
    refused = await administer(addresses, "PATCH", "/v1/address-settings", {"genders": []}, 422)
    assert (refused["rule"], refused["field"]) == ("GEN-01", "default_gender")


async def test_gen_02_genders_and_their_salutations_can_be_read(addresses: ServiceUnderTest) -> None:
    change = {"genders": ["diverse"], "default_gender": "diverse"}
    admin = addresses.tokens.administrator()
    await addresses.call("PATCH", "/v1/address-settings", change, token=admin, expect=200)
    found = (await addresses.call("GET", "/v1/genders", expect=200)).json()
    assert [(each["gender"], each["is_built_in"], each["is_default"]) for each in found] == [
        ("male", True, False),
        ("female", True, False),
        ("unspecified", True, False),
        ("diverse", False, True),
    ]
    _, female, unspecified, diverse = [each["wordings"] for each in found]
    assert female["de"] == {"form_of_address": "Frau", "salutation": "Sehr geehrte Frau %title% %last_name%"}
    assert female["en"] == {"form_of_address": "Ms", "salutation": "Dear Ms %last_name%"}
    assert diverse == unspecified
    assert diverse["fr"] == {"form_of_address": "", "salutation": "Bonjour %title% %first_name% %last_name%"}
