"""A typed alias over HTTP: it stands until somebody gives it up (beyond ALI-02)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from addresses.book_settings import SETTINGS
from dossier.contracts.addresses import AddressSettingsChanged
from dossier.contracts.base import Event
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

Record = Callable[[ServiceUnderTest, str, Sequence[Event]], Awaitable[None]]


async def created(service: ServiceUnderTest, path: str, **body: Any) -> str:
    return (await service.call("POST", path, body, expect=201)).json()["id"]


async def alias(service: ServiceUnderTest, path: str) -> str | None:
    return (await service.call("GET", path, expect=200)).json()["manual_alias"]


async def test_ali_02_an_alias_is_typed_and_given_up(addresses: ServiceUnderTest) -> None:
    path = f"/v1/companies/{await created(addresses, '/v1/companies', name='Acme AG')}"
    assert await alias(addresses, path) is None
    await addresses.call("PUT", f"{path}/alias", {"alias": " The Acme "}, expect=200)
    again = await addresses.call("PUT", f"{path}/alias", {"alias": "The Acme"}, expect=200)
    assert (await alias(addresses, path), again.json()["version"]) == ("The Acme", 2)
    blank = (await addresses.call("PUT", f"{path}/alias", {"alias": " "}, expect=422)).json()
    assert (blank["rule"], blank["field"]) == ("STA-03", "alias")
    await addresses.call("DELETE", f"{path}/alias", expect=200)
    assert (await addresses.call("DELETE", f"{path}/alias", expect=200)).json()["version"] == 3
    assert await alias(addresses, path) is None


async def test_ali_02_every_command_on_a_contributing_field_says_what_becomes_of_it(
    addresses: ServiceUnderTest,
) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme AG")
    beta = await created(addresses, "/v1/companies", name="Beta AG")
    eva = await created(addresses, "/v1/persons", last_name="Muster", first_name="Eva")
    max_ = await created(addresses, "/v1/persons", last_name="Meier", first_name="Max")
    contact = await created(addresses, "/v1/contacts", company=acme, last_name="M.")
    sides = {"a": {"last_name": "Muster"}, "b": {"last_name": "Beispiel"}}
    couple = f"/v1/couples/{await created(addresses, '/v1/couples', **sides)}"
    commands: list[tuple[str, str, str, dict[str, Any]]] = [
        (f"/v1/companies/{acme}", "PUT", "name", {"name": "Acme SA"}),
        (f"/v1/persons/{max_}", "PUT", "name", {"last_name": "Maier"}),
        (f"/v1/contacts/{contact}", "PUT", "name", {"last_name": "M.", "supplement": "Board"}),
        (f"/v1/contacts/{contact}", "POST", "link-person", {"person": max_}),
        (f"/v1/contacts/{contact}", "POST", "correct-person", {"person": eva}),
        (f"/v1/contacts/{contact}", "POST", "unlink-person", {}),
        (f"/v1/contacts/{contact}", "POST", "correct-company", {"company": beta}),
        (couple, "PUT", "halves/a/name", {"last_name": "Huber"}),
        (couple, "POST", "halves/a/link-person", {"person": eva}),
        (couple, "POST", "halves/a/unlink-person", {}),
        (couple, "POST", "halves/b/correct", {"person": max_}),
    ]
    for path, method, command, body in commands:
        await addresses.call("PUT", f"{path}/alias", {"alias": "Typed"}, expect=200)
        seen = (await addresses.call("GET", path)).headers["ETag"]
        refused = (await addresses.call(method, f"{path}/{command}", body, expect=422)).json()
        assert (refused["rule"], refused["field"]) == ("ALI-02", "alias"), command
        unknown = await addresses.call(method, f"{path}/{command}", {**body, "alias": "maybe"}, expect=422)
        assert (unknown.json()["rule"], unknown.json()["field"]) == ("one-of", "alias")
        assert (await addresses.call("GET", path)).headers["ETag"] == seen
        await addresses.call(method, f"{path}/{command}", {**body, "alias": "recompute"}, expect=200)
        assert await alias(addresses, path) is None, command
    await addresses.call("PUT", f"{couple}/alias", {"alias": "Typed"}, expect=200)
    kept = {"last_name": "Muster", "alias": "keep"}
    await addresses.call("PUT", f"{couple}/halves/a/name", kept, expect=200)
    assert await alias(addresses, couple) == "Typed"


async def test_ali_02_what_does_not_contribute_asks_nothing(addresses: ServiceUnderTest) -> None:
    path = f"/v1/companies/{await created(addresses, '/v1/companies', name='Acme AG')}"
    await addresses.call("PUT", f"{path}/alias", {"alias": "Typed"}, expect=200)
    await addresses.call("PATCH", f"{path}/facts", {"supplement": "c/o"}, expect=200)
    await addresses.call("POST", f"{path}/postal-addresses", {"city": "Bern", "country": "CH"}, expect=201)
    await addresses.call("PUT", f"{path}/name", {"name": "Acme AG"}, expect=200)
    assert await alias(addresses, path) == "Typed"


async def test_ali_04_with_the_city_setting_moving_the_company_contributes(
    addresses: ServiceUnderTest, record: Record
) -> None:
    path = f"/v1/companies/{await created(addresses, '/v1/companies', name='Acme AG')}"
    other = f"/v1/persons/{await created(addresses, '/v1/persons', last_name='Muster')}"
    await record(addresses, SETTINGS, [AddressSettingsChanged(alias_with_city=True)])
    for each in (path, other):
        await addresses.call("PUT", f"{each}/alias", {"alias": "Typed"}, expect=200)
    bern, chur = {"city": "Bern", "country": "CH"}, {"city": "Chur", "country": "CH"}
    refused = (await addresses.call("POST", f"{path}/postal-addresses", bern, expect=422)).json()
    assert (refused["rule"], refused["field"]) == ("ALI-02", "alias")
    added = await addresses.call("POST", f"{path}/postal-addresses?alias=keep", bern, expect=201)
    first = added.headers["Location"]
    # Neither another street, nor a second postal address, nor a person's address is part of an alias.
    await addresses.call("PATCH", first, {**bern, "street": "Gasse 1"}, expect=200)
    second = (await addresses.call("POST", f"{path}/postal-addresses", chur, expect=201)).headers["Location"]
    await addresses.call("POST", f"{other}/postal-addresses", bern, expect=201)
    for method, command, body in [
        ("PATCH", first, chur),
        ("POST", f"{second}/make-default", None),
        ("DELETE", first, None),
    ]:
        assert (await addresses.call(method, command, body, expect=422)).json()["rule"] == "ALI-02"
    await addresses.call("POST", f"{second}/make-default?alias=recompute", expect=200)
    assert (await alias(addresses, path), await alias(addresses, other)) == (None, "Typed")
