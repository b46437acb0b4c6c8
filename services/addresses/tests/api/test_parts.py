"""What is added to an address: its id in the answer, and a word if it is there already."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends

MAIL = {"kind": "E", "value": "Eva@acme.example"}
PLACE = {"street": "Seestrasse 1", "postal_code": "8002", "city": "Zürich", "country": "CH"}


async def company(service: ServiceUnderTest, **more: Any) -> str:
    body = {"name": "Acme", **more}
    return (await service.call("POST", "/v1/companies", body, expect=201)).headers["Location"]


async def warned(
    service: ServiceUnderTest, path: str, body: Any, *, method: str = "POST", token: str | None = None
) -> list[tuple[str, list[str], dict[str, str]]]:
    """Rules, parts and names of what an answer warns of."""
    answer = (await service.call(method, path, body, token=token)).json()
    return [(each["rule"], each["parts"], each["names"]) for each in answer["warnings"]]


async def test_what_is_added_is_named_in_the_answer(addresses: ServiceUnderTest) -> None:
    path, admin = await company(addresses), addresses.tokens.administrator()
    group = {"name": "Industry", "types": ["company"]}
    keywords = await addresses.call("POST", "/v1/keyword-groups", group, token=admin, expect=201)
    for where, body in [
        (f"{path}/channels", MAIL),
        (f"{path}/postal-addresses", PLACE),
        (f"{keywords.headers['Location']}/keywords", {"name": "Chemistry"}),
    ]:
        key = {"Idempotency-Key": new_id()}
        made = await addresses.call("POST", where, body, token=admin, headers=key, expect=201)
        assert made.headers["Location"] == f"{where}/{made.json()['part']}"
        # The same request again tells the part of the first, although it would have made another id.
        again = await addresses.call("POST", where, body, token=admin, headers=key, expect=201)
        assert (again.json()["part"], again.json()["replayed"]) == (made.json()["part"], True)
    renamed = await addresses.call("PUT", f"{path}/name", {"name": "Acme AG"}, expect=200)
    assert renamed.json()["part"] is None


async def test_com_01_the_same_channel_twice_is_warned_of(addresses: ServiceUnderTest) -> None:
    path = await company(addresses)
    first = (await addresses.call("POST", f"{path}/channels", {**MAIL, "label": "direct"}, expect=201)).json()
    assert first["warnings"] == []
    again = {"kind": "E", "value": "eva@ACME.example"}
    assert await warned(addresses, f"{path}/channels", again) == [
        ("COM-01", [first["part"]], {first["part"]: "direct"})
    ]
    other = await addresses.call("POST", f"{path}/channels", {"kind": "E", "value": "else@acme.example"}, expect=201)
    assert other.json()["warnings"] == []
    ((rule, parts, _),) = await warned(addresses, other.headers["Location"], {"value": MAIL["value"]}, method="PATCH")
    assert (rule, len(parts)) == ("COM-01", 2)
    over = {"value": MAIL["value"], "valid_to": "2001-12-31"}
    await addresses.call("PATCH", other.headers["Location"], over, expect=200)
    before = {"kind": "E", "value": MAIL["value"], "valid_from": "1999-01-01", "valid_to": "2000-01-01"}
    assert [len(parts) for _, parts, _ in await warned(addresses, f"{path}/channels", before)] == [3]
    last = await addresses.call(
        "POST", f"{await company(addresses)}/channels", {**before, "valid_to": None}, expect=201
    )
    assert last.json()["warnings"] == []


async def test_com_01_channels_that_hold_at_different_times_are_two(addresses: ServiceUnderTest) -> None:
    path = await company(addresses)
    for dates in ({"valid_to": "2020-12-31"}, {"valid_from": "2021-01-01"}):
        assert await warned(addresses, f"{path}/channels", {**MAIL, **dates}) == []


async def test_com_01_and_pos_01_a_new_address_is_looked_through(addresses: ServiceUnderTest) -> None:
    body = {"name": "Acme", "channels": [MAIL, MAIL], "postal_addresses": [PLACE, {**PLACE, "city": "ZÜRICH"}]}
    found = await warned(addresses, "/v1/companies", body)
    assert [(rule, len(parts)) for rule, parts, _ in found] == [("COM-01", 2), ("POS-01", 2)]
    contact = {
        "company": (await company(addresses)).rpartition("/")[2],
        "last_name": "Muster",
        "channels": [MAIL, MAIL],
    }
    assert [rule for rule, *_ in await warned(addresses, "/v1/contacts", contact)] == ["COM-01"]


async def test_con_06_a_private_channel_is_not_told_of_by_a_warning(addresses: ServiceUnderTest) -> None:
    eva = (await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)).headers["Location"]
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    home = {**PLACE, "kind": "private"}
    await addresses.call("POST", f"{eva}/channels", {**MAIL, "private": True}, token=partner, expect=201)
    await addresses.call("POST", f"{eva}/postal-addresses", home, token=partner, expect=201)
    for path, body, rule in [(f"{eva}/channels", MAIL, "COM-01"), (f"{eva}/postal-addresses", PLACE, "POS-01")]:
        assert await warned(addresses, path, body) == []
        assert [(each[0], len(each[1])) for each in await warned(addresses, path, body, token=partner)] == [(rule, 2)]


async def test_pos_01_the_same_postal_address_twice_is_warned_of(addresses: ServiceUnderTest) -> None:
    path = await company(addresses)
    first = (await addresses.call("POST", f"{path}/postal-addresses", PLACE, expect=201)).json()
    named = {first["part"]: "Seestrasse 1, Zürich"}
    again = {**PLACE, "street": "SEESTRASSE 1", "label": "Warehouse"}
    assert await warned(addresses, f"{path}/postal-addresses", again) == [("POS-01", [first["part"]], named)]
    elsewhere = await addresses.call("POST", f"{path}/postal-addresses", {**PLACE, "city": "Bern"}, expect=201)
    assert elsewhere.json()["warnings"] == []
    moved = await warned(addresses, elsewhere.headers["Location"], PLACE, method="PATCH")
    assert [(rule, len(parts)) for rule, parts, _ in moved] == [("POS-01", 2)]


async def test_a_repeated_command_warns_as_the_first_did(addresses: ServiceUnderTest) -> None:
    path = await company(addresses, channels=[MAIL])
    key = {"Idempotency-Key": "once"}
    first, again = [
        (await addresses.call("POST", f"{path}/channels", MAIL, headers=key, expect=201)).json() for _ in range(2)
    ]
    assert again == first | {"replayed": True}
    assert [each["rule"] for each in first["warnings"]] == ["COM-01"]


async def test_rol_07_the_same_link_twice_is_warned_of(addresses: ServiceUnderTest) -> None:
    end = {"label": "advises", "types": ["company"]}
    admin = addresses.tokens.administrator()
    kinds = [
        (await addresses.call("POST", "/v1/link-types", {"one": end, "other": end}, token=admin)).json()["id"]
        for _ in range(2)
    ]
    one, other = [
        {"type": "company", "id": (await company(addresses, name=name)).rpartition("/")[2]} for name in ("Acme", "Beta")
    ]
    body = {"link_type": kinds[0], "one": one, "other": other, "valid_to": "2020-12-31"}

    async def made(**more: Any) -> dict[str, Any]:
        state = addresses.roles.app.state
        await apply_all(addresses.store, state.catalogue, state.book)
        return (await addresses.call("POST", "/v1/links", {**body, **more}, expect=201)).json()

    first = await made()
    assert first["warnings"] == []
    assert (await made(link_type=kinds[1]))["warnings"] == []
    assert (await made(one=other, other=one))["warnings"] == []
    later = await made(valid_from="2021-01-01", valid_to=None)
    assert later["warnings"] == []
    (warning,) = (await made(valid_from="2020-12-31"))["warnings"]
    assert (warning["rule"], warning["links"]) == ("ROL-07", [first["id"]])
    assert warning["names"] == {first["id"]: "Acme advises Beta"}
    longer = {"valid_from": "2020-12-31", "valid_to": None}
    (warning,) = (await addresses.call("PATCH", f"/v1/links/{later['id']}", longer, expect=200)).json()["warnings"]
    assert first["id"] in warning["links"]
    assert later["id"] not in warning["links"]
