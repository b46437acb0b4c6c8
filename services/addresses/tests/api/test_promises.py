"""What holds for every route: a rule, a problem for bad input and nothing written, one command per key."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dossier.auth.groups import ASSISTANTS
from dossier.auth.guard import assert_every_route_has_a_rule, routes
from dossier.ids import derived_id, new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

ID = derived_id("test", "nobody")
LONG = "x" * 256
BAD: list[tuple[str, str, Any, str, str]] = [
    ("POST", "/v1/companies", {}, "required", "name"),
    ("POST", "/v1/companies", {"name": 7}, "type", "name"),
    ("POST", "/v1/companies", {"name": None}, "type", "name"),
    ("POST", "/v1/companies", {"name": ""}, "min-length", "name"),
    ("POST", "/v1/companies", {"name": "  "}, "STA-03", "name"),
    ("POST", "/v1/companies", {"name": LONG}, "max-length", "name"),
    ("POST", "/v1/companies", {"name": "Acme", "colour": "red"}, "known-field", "colour"),
    ("POST", "/v1/companies", {"name": "Acme", "id": "7"}, "format", "id"),
    ("POST", "/v1/companies", {"name": "Acme", "id": ID.upper()}, "format", "id"),
    ("POST", "/v1/companies", {"name": "Acme", "parent": "acme"}, "format", "parent"),
    ("POST", "/v1/companies", {"name": "Acme", "parent": ID}, "ADR-03", "parent"),
    ("PUT", "/v1/companies/acme/name", {"name": "Acme"}, "format", "id"),
    ("PUT", f"/v1/companies/{ID}/name", {"name": "Acme"}, "exists", "id"),
    ("PUT", f"/v1/companies/{ID}/parent", {}, "required", "parent"),
    ("POST", "/v1/persons", {"last_name": " "}, "STA-03", "last_name"),
    ("POST", "/v1/persons", {"last_name": "Muster", "first_name": LONG}, "max-length", "first_name"),
    ("PUT", f"/v1/persons/{ID}/name", {"last_name": "Muster"}, "exists", "id"),
    ("POST", "/v1/contacts", {"last_name": "Muster"}, "required", "company"),
    ("POST", "/v1/contacts", {"company": ID, "last_name": "Muster"}, "CON-01", "company"),
    ("POST", "/v1/contacts", {"company": ID, "valid_from": "01.04.2024"}, "format", "valid_from"),
    ("POST", "/v1/contacts", {"company": ID, "valid_from": 20240401}, "type", "valid_from"),
    ("POST", f"/v1/contacts/{ID}/end", {"valid_to": "2024-02-30"}, "format", "valid_to"),
    ("POST", f"/v1/contacts/{ID}/end", {"valid_to": "2024-02-28"}, "exists", "id"),
    ("POST", f"/v1/contacts/{ID}/job-change", {"company": ID}, "required", "starts_on"),
    ("POST", f"/v1/contacts/{ID}/link-person", {"person": ID}, "CON-03", "person"),
    ("POST", f"/v1/persons/{ID}/channels", {"kind": "X", "value": "1"}, "one-of", "kind"),
    ("POST", f"/v1/persons/{ID}/channels", {"kind": "T", "value": "1"}, "COM-01", "value"),
    ("POST", f"/v1/persons/{ID}/channels", {"kind": "E", "value": "a@b.ch", "is_default": 1}, "type", "is_default"),
    ("POST", f"/v1/cousins/{ID}/deactivate", None, "one-of", "collection"),
    ("POST", "/v1/couples", {"a": {"last_name": "Muster"}}, "required", "b"),
    ("POST", f"/v1/couples/{ID}/separate", {"valid_to": "2024-03-31"}, "exists", "id"),
    ("PUT", f"/v1/couples/{ID}/halves/c/name", {"last_name": "Muster"}, "one-of", "side"),
    ("PATCH", f"/v1/persons/{ID}/facts", {"gender": "male"}, "exists", "id"),
    ("PATCH", f"/v1/persons/{ID}/facts", {"title": 7}, "type", "title"),
    ("PUT", f"/v1/persons/{ID}/alias", {"alias": ""}, "min-length", "alias"),
    ("PUT", f"/v1/persons/{ID}/alias", {"alias": "Eva"}, "exists", "id"),
    ("PUT", f"/v1/companies/{ID}/primary-contact", {"contact": ID}, "CON-01", "contact"),
    ("PUT", f"/v1/persons/{ID}/account-manager", {}, "required", "user"),
    ("POST", f"/v1/persons/{ID}/postal-addresses", {"city": "Bern"}, "required", "country"),
    ("DELETE", f"/v1/persons/{ID}/postal-addresses/{ID}", None, "exists", "postal_address"),
    ("POST", f"/v1/persons/{ID}/channels/{ID}/bounces", {"bounce": "medium"}, "one-of", "bounce"),
    ("PUT", f"/v1/persons/{ID}/channels/{ID}/consent", {"consent": "given"}, "required", "on"),
    ("GET", "/v1/companies?limit=0", None, "minimum", "limit"),
    ("GET", "/v1/companies?cursor=abc", None, "signature", "cursor"),
    ("GET", f"/v1/contacts/{ID}", None, "exists", "id"),
]


@pytest.mark.parametrize(("method", "path", "body", "rule", "field"), BAD)
async def test_bad_input_is_named_by_field_and_rule_and_nothing_is_written(
    addresses: ServiceUnderTest, method: str, path: str, body: Any, rule: str, field: str
) -> None:
    answer = await addresses.call(method, path, body)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert 400 <= answer.status_code < 500
    assert (problem["rule"], problem["field"]) == (rule, field)
    assert await addresses.store.commits.count_documents({}) == 0


async def test_every_route_has_a_rule(addresses: ServiceUnderTest) -> None:
    assert_every_route_has_a_rule(addresses.roles.app)


async def test_who_only_reads_can_change_nothing(addresses: ServiceUnderTest) -> None:
    reader = addresses.tokens.user("emil", (ASSISTANTS,))
    for route in routes(addresses.roles.app):
        if route.method not in ("POST", "PUT", "PATCH", "DELETE") or not route.path.startswith("/v1/"):
            continue
        path = re.sub(r"\{\w*collection\}", "persons", route.path.replace("{side}", "a"))
        path = re.sub(r"\{[^}]*\}", ID, path)
        answer = await addresses.call(route.method, path, {}, token=reader)
        assert answer.status_code in (403, 422), f"{route.method} {path}: {answer.status_code}"
    assert await addresses.store.commits.count_documents({}) == 0


async def test_without_a_token_nothing_is_answered(addresses: ServiceUnderTest) -> None:
    for path in ("/v1/companies", f"/v1/persons/{ID}"):
        answer = await addresses.http.get(path)
        assert (answer.status_code, answer.json()["rule"]) == (401, "bearer-token")


async def test_one_key_is_one_command(addresses: ServiceUnderTest) -> None:
    key = {"Idempotency-Key": "enter-1"}
    first = await addresses.call("POST", "/v1/companies", {"name": "Acme"}, headers=key, expect=201)
    again = await addresses.call("POST", "/v1/companies", {"name": "Acme"}, headers=key, expect=201)
    assert again.json() == first.json() | {"replayed": True}
    assert again.headers["Location"] == first.headers["Location"]
    other = await addresses.call("POST", "/v1/companies", {"name": "Beta"}, headers=key, expect=422)
    assert other.json()["rule"] == "one-key-one-request"
    assert await addresses.store.commits.count_documents({}) == 1
    bruno = addresses.tokens.user("bruno")
    await addresses.call("POST", "/v1/companies", {"name": "Beta"}, headers=key, token=bruno, expect=201)


async def test_the_same_id_is_the_same_address(addresses: ServiceUnderTest) -> None:
    body = {"id": new_id(), "name": "Acme"}
    first = await addresses.call("POST", "/v1/companies", body, expect=201)
    again = await addresses.call("POST", "/v1/companies", body, expect=201)
    assert (first.json()["id"], again.json()["commit"]) == (body["id"], 1)
    other = await addresses.call("POST", "/v1/companies", {**body, "name": "Beta"}, expect=422)
    assert (other.json()["rule"], other.json()["field"]) == ("ADR-01", "id")
    assert await addresses.store.commits.count_documents({}) == 1


async def test_a_conflict_says_what_changed_in_between(addresses: ServiceUnderTest) -> None:
    entered = await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)
    path, seen = entered.headers["Location"], {"If-Match": entered.headers["ETag"]}
    await addresses.call("PUT", f"{path}/name", {"name": "Acme AG"}, headers=seen, expect=200)
    for method, sub, body in [("PUT", "name", {"name": "Acme SA"}), ("PUT", "parent", {"parent": None})]:
        conflict = (await addresses.call(method, f"{path}/{sub}", body, headers=seen, expect=409)).json()
        assert (conflict["rule"], conflict["field"], conflict["commit"]) == ("current-version", "If-Match", 2)
        (change,) = conflict["changes"]
        assert (change["type"], change["fields"]) == ("crm.addresses.company-renamed", ["name"])
        assert change["actor"] == f"user:{addresses.tokens.user_id('anna')}"
    assert (await addresses.call("GET", path)).json()["name"] == "Acme AG"


async def test_every_operation_is_described(addresses: ServiceUnderTest) -> None:
    document = (await addresses.http.get("/openapi.json")).json()
    undescribed = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/") and not operation.get("description")
    ]
    assert undescribed == []


async def test_com_02_the_description_says_what_the_letters_of_channels_mean(addresses: ServiceUnderTest) -> None:
    schemas = (await addresses.http.get("/openapi.json")).json()["components"]["schemas"]
    for model in ("NewChannel", "NewChannelType", "ChannelView", "EffectiveChannel", "TypedChannel"):
        said = schemas[model]["properties"]["kind"]["description"]
        assert "`T` Telephone, `M` Mobile, `F` Fax, `E` Email, `H` Homepage, `L` LinkedIn" in said
    assert "Telephone" not in schemas["PostalAddressView"]["properties"]["kind"]["description"]
