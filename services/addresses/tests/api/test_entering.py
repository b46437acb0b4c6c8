"""An address is entered with all that is known of it in one commit, and once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from addresses.book_settings import SETTINGS
from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.contracts.addresses import AddressSettingsChanged
from dossier.contracts.base import Event
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

Record = Callable[[ServiceUnderTest, str, Sequence[Event]], Awaitable[None]]
NAMES: dict[str, dict[str, Any]] = {
    "companies": {"name": "Acme"},
    "persons": {"last_name": "Muster"},
    "contacts": {"last_name": "Muster"},
    "couples": {"a": {"last_name": "Muster"}, "b": {"last_name": "Beispiel"}},
}


async def whole(service: ServiceUnderTest, collection: str) -> dict[str, Any]:
    body = {
        **NAMES[collection],
        "id": new_id(),
        "facts": {"customer_number": "K-17", "correspondence_language": "it"},
        "channels": [{"kind": "T", "value": "044 668 18 00"}, {"kind": "T", "value": "044 668 18 01"}],
        "postal_addresses": [{"city": "Zürich", "country": "CH"}, {"city": "Chur", "country": "CH"}],
        "account_manager": service.tokens.user_id("anna"),
    }
    if collection == "contacts":
        company = (await service.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).json()["id"]
        return {**body, "company": company}
    return body


@pytest.mark.parametrize("collection", sorted(NAMES))
async def test_adr_02_an_address_is_entered_whole_in_one_commit_and_once(
    with_directory: ServiceUnderTest, collection: str
) -> None:
    service = with_directory
    body = await whole(service, collection)
    entered = await service.call("POST", f"/v1/{collection}", body, expect=201)
    assert (entered.json()["commit"], entered.json()["version"]) == (1, 7)
    path = entered.headers["Location"]
    found = (await service.call("GET", path, expect=200)).json()
    assert (found["facts"]["customer_number"], found["account_manager"]) == ("K-17", service.tokens.user_id("anna"))
    assert [(c["normalised"], c["is_default"]) for c in found["channels"]] == [
        ("+41446681800", True),
        ("+41446681801", False),
    ]
    assert [(a["city"], a["is_default"]) for a in found["postal_addresses"]] == [("Zürich", True), ("Chur", False)]
    again = await service.call("POST", f"/v1/{collection}", body, expect=201)
    assert again.json() == entered.json()
    # The request is known again after later changes, too.
    await service.call("DELETE", f"{path}/channels/{found['channels'][0]['id']}", expect=200)
    later = await service.call("POST", f"/v1/{collection}", body, expect=201)
    assert (later.json()["id"], later.json()["commit"]) == (body["id"], 2)
    assert len((await service.call("GET", path)).json()["channels"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {"customer_number": "K-18"}},
        {"channels": []},
        {"channels": [{"kind": "T", "value": "044 668 18 00"}]},
        {"postal_addresses": [{"city": "Bern", "country": "CH"}]},
        {"account_manager": None},
    ],
)
async def test_adr_01_another_request_under_the_same_id_is_refused(
    with_directory: ServiceUnderTest, change: dict[str, Any]
) -> None:
    body = await whole(with_directory, "persons")
    await with_directory.call("POST", "/v1/persons", body, expect=201)
    refused = await with_directory.call("POST", "/v1/persons", {**body, **change}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("ADR-01", "id")
    assert await with_directory.store.commits.count_documents({}) == 1


@pytest.mark.parametrize(
    ("change", "rule", "field"),
    [
        ({"facts": {"gender": "diverse"}}, "GEN-02", "facts.gender"),
        ({"facts": {"remarks": "x"}}, "known-field", "facts.remarks"),
        ({"channels": [{"kind": "T", "value": "call me"}]}, "COM-01", "channels.0.value"),
        ({"channels": [{"value": "call me"}]}, "COM-01", "channels.0.kind"),
        ({"channels": [{"channel_type": new_id(), "value": "1"}]}, "COM-03", "channels.0.channel_type"),
        ({"postal_addresses": [{"country": "CH"}]}, "POS-02", "postal_addresses.0.city"),
        ({"postal_addresses": [{"city": "X", "country": "XX"}]}, "POS-02", "postal_addresses.0.country"),
        ({"account_manager": new_id()}, "REF-01", "account_manager"),
    ],
)
async def test_a_part_that_cannot_be_is_refused_at_its_place_and_nothing_is_written(
    with_directory: ServiceUnderTest, change: dict[str, Any], rule: str, field: str
) -> None:
    body = {"last_name": "Muster", **change}
    refused = await with_directory.call("POST", "/v1/persons", body, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == (rule, field)
    assert await with_directory.store.commits.count_documents({}) == 0


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"facts": {"date_of_birth": "1980-01-01"}}, "facts.date_of_birth"),
        ({"channels": [{"kind": "E", "value": "eva@home.example", "private": True}]}, "channels.0.private"),
        ({"postal_addresses": [{"kind": "private", "city": "Chur", "country": "CH"}]}, "postal_addresses.0.kind"),
    ],
)
async def test_con_06_who_may_not_see_private_data_enters_none(
    addresses: ServiceUnderTest, part: dict[str, Any], field: str
) -> None:
    body = {"last_name": "Muster", **part}
    refused = await addresses.call("POST", "/v1/persons", body, expect=403)
    assert (refused.json()["rule"], refused.json()["field"]) == ("capability:private", field)
    assert await addresses.store.commits.count_documents({}) == 0
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    await addresses.call("POST", "/v1/persons", body, token=partner, expect=201)


async def test_gen_01_a_repeated_request_is_the_same_whatever_the_default_gender_is_by_now(
    addresses: ServiceUnderTest, record: Record
) -> None:
    body = {"id": new_id(), "last_name": "Muster"}
    await record(addresses, SETTINGS, [AddressSettingsChanged(default_gender="male")])
    path = (await addresses.call("POST", "/v1/persons", body, expect=201)).headers["Location"]
    await record(addresses, SETTINGS, [AddressSettingsChanged(default_gender="female")])
    again = await addresses.call("POST", "/v1/persons", body, expect=201)
    assert again.json()["commit"] == 1
    assert (await addresses.call("GET", path)).json()["facts"]["gender"] == "male"


async def test_com_10_a_repeated_request_does_not_tell_what_else_was_entered(addresses: ServiceUnderTest) -> None:
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    public: dict[str, Any] = {
        "id": new_id(),
        "last_name": "Muster",
        "facts": {"title": "Dr."},
        "channels": [{"kind": "E", "value": "eva@office.example"}],
        "postal_addresses": [{"city": "Chur", "country": "CH"}],
    }
    home = {"kind": "E", "value": "eva@home.example", "private": True}
    whole = {
        **public,
        "facts": {**public["facts"], "private_remarks": "collects stamps"},
        "channels": [home, *public["channels"]],
        "postal_addresses": [{"kind": "private", "city": "Bern", "country": "CH"}, *public["postal_addresses"]],
    }
    path = (await addresses.call("POST", "/v1/persons", whole, token=partner, expect=201)).headers["Location"]
    await addresses.call("POST", "/v1/persons", whole, token=partner, expect=201)
    await addresses.call("POST", "/v1/persons", public, expect=201)
    assert (await addresses.call("POST", "/v1/persons", public, token=partner, expect=422)).json()["rule"] == "ADR-01"
    shown = (await addresses.call("GET", path, expect=200)).json()
    other = {**public, "id": new_id()}
    entered = await addresses.call("POST", "/v1/persons", other, expect=201)
    alike = (await addresses.call("GET", entered.headers["Location"], expect=200)).json()
    for parts in ("channels", "postal_addresses"):
        assert [{**part, "id": ""} for part in shown[parts]] == [{**part, "id": ""} for part in alike[parts]]


async def test_gen_01_the_default_gender_needs_no_other_word(addresses: ServiceUnderTest, record: Record) -> None:
    await record(addresses, SETTINGS, [AddressSettingsChanged(default_gender="diverse")])
    entered = await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)
    assert (await addresses.call("GET", entered.headers["Location"])).json()["facts"]["gender"] == "diverse"
