"""Facts over HTTP; private ones do not exist for callers without the right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from addresses.book_settings import SETTINGS
from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.contracts.addresses import AddressSettingsChanged
from dossier.contracts.base import Event
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

Record = Callable[[ServiceUnderTest, str, Sequence[Event]], Awaitable[None]]
IBAN = "CH93 0076 2011 6238 5295 7"
PRIVATE: dict[str, Any] = {
    "date_of_birth": "1980-02-29",
    "bank_account": {"iban": IBAN, "bic": "UBSWCHZH80A", "holder": "Eva Muster"},
    "private_remarks": "collects stamps",
}
PUBLIC: dict[str, dict[str, Any]] = {
    "companies": {"commercial_register_number": "CHE-1", "attention_of": "Board", "remarks": "pays late"},
    "persons": {"gender": "female", "title": "Dr.", "salutation": "Liebe Eva", "supplement": "c/o Huber"},
    "contacts": {"gender": "male", "attention_of": "Desk", "remarks": "prefers mail"},
    "couples": {"form_of_address": "Familie", "supplement": "c/o Huber", "remarks": "since 1999"},
}
SHARED = {"correspondence_language": "fr", "customer_number": "K-17", "free_reference": "old:4711"}


async def entered(service: ServiceUnderTest, collection: str) -> str:
    bodies: dict[str, dict[str, Any]] = {
        "companies": {"name": "Acme"},
        "persons": {"last_name": "Muster"},
        "couples": {"a": {"last_name": "Muster"}, "b": {"last_name": "Beispiel"}},
    }
    if collection == "contacts":
        company = (await service.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).json()["id"]
        bodies["contacts"] = {"company": company, "last_name": "Muster"}
    return (await service.call("POST", f"/v1/{collection}", bodies[collection], expect=201)).headers["Location"]


def partner(service: ServiceUnderTest) -> str:
    return service.tokens.user("clara", (PARTNERS, CONSULTANTS))


@pytest.mark.parametrize("collection", sorted(PUBLIC))
async def test_adr_02_every_type_has_its_facts(addresses: ServiceUnderTest, collection: str) -> None:
    path = await entered(addresses, collection)
    facts = {**SHARED, **PUBLIC[collection]}
    changed = await addresses.call("PATCH", f"{path}/facts", facts, expect=200)
    again = await addresses.call("PATCH", f"{path}/facts", facts, expect=200)
    assert again.json()["version"] == changed.json()["version"]
    found = (await addresses.call("GET", path, expect=200)).json()["facts"]
    assert {name: found[name] for name in facts} == facts
    await addresses.call("PATCH", f"{path}/facts", {"customer_number": None}, expect=200)
    found = (await addresses.call("GET", path, expect=200)).json()["facts"]
    assert (found["customer_number"], found["free_reference"]) == (None, "old:4711")


@pytest.mark.parametrize(
    ("collection", "body", "rule", "field"),
    [
        ("companies", {"gender": "male"}, "known-field", "gender"),
        ("persons", {"remarks": "x"}, "known-field", "remarks"),
        ("contacts", {"bank_account": None}, "known-field", "bank_account"),
        ("couples", {"title": "Dr."}, "known-field", "title"),
        ("persons", {"gender": "diverse"}, "GEN-02", "gender"),
        ("persons", {"gender": "Female"}, "format", "gender"),
        ("persons", {"correspondence_language": "xx"}, "language", "correspondence_language"),
        ("persons", {"date_of_birth": "2999-01-01"}, "in-the-past", "date_of_birth"),
        ("persons", {"bank_account": {"iban": "CH93 0076 2011 6238 5295 8"}}, "iban", "bank_account.iban"),
        ("couples", {"bank_account": {"iban": IBAN, "bic": "no"}}, "bic", "bank_account.bic"),
    ],
)
async def test_adr_01_what_a_type_cannot_have_is_refused_at_its_field(
    addresses: ServiceUnderTest, collection: str, body: dict[str, Any], rule: str, field: str
) -> None:
    path = await entered(addresses, collection)
    written = await addresses.store.commits.count_documents({})
    refused = await addresses.call("PATCH", f"{path}/facts", body, token=partner(addresses), expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == (rule, field)
    assert "is not valid" not in refused.json()["detail"]
    assert await addresses.store.commits.count_documents({}) == written


async def test_com_10_private_facts_exist_only_for_callers_with_the_right(addresses: ServiceUnderTest) -> None:
    path = await entered(addresses, "persons")
    for name, value in PRIVATE.items():
        for sent in (value, None):
            refused = await addresses.call("PATCH", f"{path}/facts", {name: sent}, expect=403)
            assert (refused.json()["rule"], refused.json()["field"]) == ("capability:private", name)
    before = (await addresses.call("GET", path, expect=200)).json()
    empty = (await addresses.call("GET", path, token=partner(addresses), expect=200)).json()["private"]
    assert empty == dict.fromkeys(PRIVATE)
    await addresses.call("PATCH", f"{path}/facts", PRIVATE, token=partner(addresses), expect=200)
    assert (await addresses.call("GET", path, expect=200)).json() == before
    assert before["private"] is None
    told = (await addresses.call("GET", path, token=partner(addresses), expect=200)).json()["private"]
    assert told["bank_account"]["iban"] == IBAN.replace(" ", "")
    assert (told["date_of_birth"], told["private_remarks"]) == ("1980-02-29", "collects stamps")


@pytest.mark.parametrize("collection", ["companies", "couples"])
async def test_com_10_a_bank_account_is_private_whoever_holds_it(addresses: ServiceUnderTest, collection: str) -> None:
    path = await entered(addresses, collection)
    account = {"bank_account": {"iban": IBAN}}
    await addresses.call("PATCH", f"{path}/facts", account, expect=403)
    await addresses.call("PATCH", f"{path}/facts", account, token=partner(addresses), expect=200)
    assert "CH93" not in (await addresses.call("GET", path, expect=200)).text
    assert "CH93" in (await addresses.call("GET", path, token=partner(addresses), expect=200)).text
    stale = {"If-Match": '"1"'}
    conflict = await addresses.call("POST", f"{path}/deactivate", headers=stale, expect=409)
    (between,) = conflict.json()["changes"]
    assert set(between) == {"actor", "recorded_at", "commit"}


async def test_gen_01_a_new_human_is_unspecified_unless_the_settings_say_otherwise(
    addresses: ServiceUnderTest, record: Record
) -> None:
    for collection in ("persons", "contacts"):
        path = await entered(addresses, collection)
        assert (await addresses.call("GET", path)).json()["facts"]["gender"] == "unspecified"
    company = (await addresses.call("GET", path)).json()["company"]
    post = await addresses.call("POST", "/v1/contacts", {"company": company, "supplement": "Reception"}, expect=201)
    assert (await addresses.call("GET", post.headers["Location"])).json()["facts"]["gender"] is None
    await record(addresses, SETTINGS, [AddressSettingsChanged(genders=("diverse",), default_gender="diverse")])
    for collection in ("persons", "contacts"):
        path = await entered(addresses, collection)
        assert (await addresses.call("GET", path)).json()["facts"]["gender"] == "diverse"
    named = {"company": company, "last_name": "Huber", "facts": {"gender": "male"}}
    told = await addresses.call("POST", "/v1/contacts", named, expect=201)
    assert (await addresses.call("GET", told.headers["Location"])).json()["facts"]["gender"] == "male"


async def test_gen_02_the_installations_own_words_are_genders(addresses: ServiceUnderTest, record: Record) -> None:
    path = await entered(addresses, "persons")
    await record(addresses, SETTINGS, [AddressSettingsChanged(genders=("diverse", "two_spirit"))])
    await addresses.call("PATCH", f"{path}/facts", {"gender": "two_spirit"}, expect=200)
    refused = await addresses.call("PATCH", f"{path}/facts", {"gender": "other"}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("GEN-02", "gender")


async def test_con_03_a_linked_contact_has_no_facts_of_a_human(addresses: ServiceUnderTest) -> None:
    path = await entered(addresses, "contacts")
    person = (await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)).json()["id"]
    await addresses.call("PATCH", f"{path}/facts", {"title": "Dr.", "remarks": "busy"}, expect=200)
    await addresses.call("POST", f"{path}/link-person", {"person": person}, expect=200)
    facts = (await addresses.call("GET", path)).json()["facts"]
    assert (facts["title"], facts["gender"], facts["remarks"]) == (None, None, "busy")
    refused = await addresses.call("PATCH", f"{path}/facts", {"title": "Dr."}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("CON-03", "title")
    company = (await addresses.call("GET", path)).json()["company"]
    linked = {"company": company, "person": person, "facts": {"gender": "male"}}
    refused = await addresses.call("POST", "/v1/contacts", linked, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("CON-03", "facts.gender")


async def test_con_10_a_job_change_takes_the_human_along(addresses: ServiceUnderTest) -> None:
    path = await entered(addresses, "contacts")
    await addresses.call("PATCH", f"{path}/facts", {"title": "Dr.", "remarks": "busy"}, expect=200)
    beta = (await addresses.call("POST", "/v1/companies", {"name": "Beta"}, expect=201)).json()["id"]
    body = {"company": beta, "starts_on": "2024-04-01"}
    changed = await addresses.call("POST", f"{path}/job-change", body, expect=201)
    facts = (await addresses.call("GET", changed.headers["Location"])).json()["facts"]
    assert (facts["title"], facts["remarks"]) == ("Dr.", None)
