"""Bad input: each a problem document (RFC 9457) that names the field and the rule, repeats nothing, writes nothing."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest

from dossier.auth.groups import ASSISTANTS
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest
from dossier.testing.tokens import bearer

CANARY = "Zebulon Quagmire <zq@canary.example>"
JSON = {"Content-Type": "application/json"}


def problem(answer: Any, status: int, kind: str, rule: str | None, field: str | None) -> dict[str, Any]:
    """The answer is this problem, and nothing of what was sent is in it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == f"urn:problem-type:dossier:{kind}"
    assert document["status"] == status
    assert document["title"]
    assert (document.get("rule"), document.get("field")) == (rule, field)
    assert document["correlation_id"] == answer.headers["correlation-id"]
    assert "Zebulon" not in answer.text
    assert "canary.example" not in answer.text
    return document


async def nothing_written(sample: ServiceUnderTest) -> bool:
    return await sample.store.commits.count_documents({}) == 0


BODIES = [
    ({"name": "A", CANARY: 1}, "known-field", "body"),
    ({"name": "A", "nickname": CANARY}, "known-field", "nickname"),
    ({}, "required", "name"),
    ({"name": 7}, "type", "name"),
    ({"name": True}, "type", "name"),
    ({"name": None}, "type", "name"),
    ({"name": ""}, "min-length", "name"),
    ({"name": "A\x00B"}, "one-line", "name"),
    ({"name": "A\r\nSet-Cookie: x"}, "one-line", "name"),
    ({"name": CANARY * 10}, "max-length", "name"),
    ({"name": "A", "id": CANARY}, "format", "id"),
    ({"name": "A", "id": new_id().upper()}, "format", "id"),
    ({"name": "A", "size": "3"}, "type", "size"),
    ({"name": "A", "size": True}, "type", "size"),
    ({"name": "A", "size": 3.0}, "type", "size"),
    ({"name": "A", "size": 11}, "maximum", "size"),
    ({"name": "A", "size": -1}, "minimum", "size"),
    ({"name": "A", "members": CANARY}, "type", "members"),
    ({"name": "A", "members": [CANARY]}, "format", "members.0"),
    (CANARY, "type", "body"),
    ([{"name": "A"}], "type", "body"),
    (None, "required", "body"),
]


@pytest.mark.parametrize(("body", "rule", "field"), BODIES)
async def test_a_body_that_breaks_a_rule(sample: ServiceUnderTest, body: Any, rule: str, field: str) -> None:
    content = None if body is None else json.dumps(body)
    headers = JSON | sample.tokens.headers()
    answer = await sample.http.post("/groups", content=content, headers=headers)
    document = problem(answer, 422, "invalid", rule, field)
    assert document["errors"][0]["in"] == "body"
    assert await nothing_written(sample)


RAW = [
    (b"{", 400, "malformed", "json", "body"),
    (b'{"name": "A"', 400, "malformed", "json", "body"),
    (b"\xff\xfe", 400, "malformed", "json", "body"),
    (b"[" * 100_000, 400, "malformed", "json", "body"),
    (b'{"name": "A", "size": ' + b"9" * 5_000 + b"}", 400, "malformed", "json", "body"),
    (b'{"name": "\\ud800"}', 422, "invalid", "text-encoding", "body"),
    (b'{"name": "A", "size": NaN}', 422, "invalid", "type", "size"),
    (b"{" + b" " * (1 << 20) + b"}", 413, "body-too-large", "max-body", "body"),
]


@pytest.mark.parametrize(("content", "status", "kind", "rule", "field"), RAW, ids=range(len(RAW)))
async def test_a_body_that_is_no_json(
    sample: ServiceUnderTest, content: bytes, status: int, kind: str, rule: str, field: str
) -> None:
    answer = await sample.http.post("/groups", content=content, headers=JSON | sample.tokens.headers())
    problem(answer, status, kind, rule, field)
    assert await nothing_written(sample)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_a_content_type_that_is_not_json(sample: ServiceUnderTest, content_type: str) -> None:
    headers = {"Content-Type": content_type} | sample.tokens.headers()
    answer = await sample.http.post("/groups", content=b'{"name": "A"}', headers=headers)
    problem(answer, 415, "content-type", "content-type", "Content-Type")
    assert await nothing_written(sample)


async def test_a_body_that_is_compressed(sample: ServiceUnderTest) -> None:
    headers = JSON | {"Content-Encoding": "gzip"} | sample.tokens.headers()
    answer = await sample.http.post("/groups", content=gzip.compress(b'{"name": "A"}'), headers=headers)
    problem(answer, 415, "content-encoding", "content-encoding", "Content-Encoding")
    assert await nothing_written(sample)


async def test_a_body_that_does_not_say_how_large_it_is_is_cut_off_at_the_limit(sample: ServiceUnderTest) -> None:
    async def endless() -> Any:
        while True:
            yield b" " * 65_536

    answer = await sample.http.post("/groups", content=endless(), headers=JSON | sample.tokens.headers())
    problem(answer, 413, "body-too-large", "max-body", "body")


async def test_a_route_may_accept_larger_bodies(sample: ServiceUnderTest) -> None:
    assert (await sample.call("POST", "/odd/large", {"text": "x" * (2 << 20)}, expect=200)).json() == 2 << 20
    refused = await sample.call("POST", "/odd/large", {"text": "x" * (4 << 20)})
    problem(refused, 413, "body-too-large", "max-body", "body")


HEADERS = [
    ("Idempotency-Key", "", "key-form"),
    ("Idempotency-Key", "x" * 201, "key-form"),
    ("Idempotency-Key", "two words", "key-form"),
    ("If-Match", "3", "version-form"),
    ("If-Match", 'W/"3"', "version-form"),
    ("If-Match", "*", "version-form"),
    ("Dossier-Batch", "Zebulon", "id-form"),
    ("Dossier-After", "Zebulon", "signature"),
    ("Dossier-After", "4BHJBNYUz4RZye4z7hzqeIHZLGNvbXBhbnk", "signature"),
]


@pytest.mark.parametrize(("name", "value", "rule"), HEADERS)
async def test_a_malformed_header(sample: ServiceUnderTest, name: str, value: str, rule: str) -> None:
    answer = await sample.call("POST", "/groups", {"name": "A"}, headers={name: value})
    problem(answer, 400, "header", rule, name)
    assert await nothing_written(sample)


async def test_only_services_choose_among_the_channels_there_are(sample: ServiceUnderTest) -> None:
    service = sample.tokens.service("email-ingest")
    headers = {"Dossier-Channel": "pigeon"}
    answer = await sample.call("POST", "/groups", {"name": "A"}, token=service, headers=headers)
    problem(answer, 400, "header", "one-of", "Dossier-Channel")
    assert await nothing_written(sample)


async def test_an_unknown_id(sample: ServiceUnderTest) -> None:
    answer = await sample.call("PUT", f"/groups/{new_id()}/name", {"name": "B"})
    problem(answer, 404, "not-found", "exists", "id")
    assert await nothing_written(sample)


async def test_an_id_that_is_none(sample: ServiceUnderTest) -> None:
    answer = await sample.call("PUT", "/groups/Zebulon/name", {"name": "B"})
    document = problem(answer, 422, "invalid", "format", "id")
    assert document["errors"][0]["in"] == "path"


async def test_a_refusal_by_a_rule_of_the_domain(sample: ServiceUnderTest) -> None:
    made = (await sample.call("POST", "/groups", {"name": "A"}, expect=201)).json()
    answer = await sample.call("PUT", f"/groups/{made['id']}/name", {"name": "nothing"})
    problem(answer, 422, "rule", "SAMPLE-01", "name")


async def test_a_stale_version_is_told_what_changed_since_but_no_values(sample: ServiceUnderTest) -> None:
    made = (await sample.call("POST", "/groups", {"name": "A"}, expect=201)).json()
    path = f"/groups/{made['id']}/name"
    await sample.call("PUT", path, {"name": CANARY}, headers={"If-Match": '"1"'}, expect=200)
    answer = await sample.call("PUT", path, {"name": "C"}, headers={"If-Match": '"1"'})
    document = problem(answer, 409, "conflict", "current-version", "If-Match")
    assert document["commit"] == 2
    (change,) = document["changes"]
    assert change["actor"] == f"user:{sample.tokens.user_id('anna')}"
    assert change["fields"] == ["name"]
    assert change["type"] == "crm.directory.group-renamed"
    assert change["recorded_at"]
    future = await sample.call("PUT", path, {"name": "C"}, headers={"If-Match": '"9"'})
    told = problem(future, 409, "conflict", "current-version", "If-Match")
    assert told["detail"].startswith("There is no such version yet.")
    assert (told["commit"], told["changes"]) == (2, [])
    assert await sample.store.commits.count_documents({}) == 2


async def test_a_key_that_is_used_for_another_request(sample: ServiceUnderTest) -> None:
    key = {"Idempotency-Key": "k"}
    await sample.call("POST", "/groups", {"name": "A"}, headers=key, expect=201)
    answer = await sample.call("POST", "/groups", {"name": "B"}, headers=key)
    problem(answer, 422, "key-reused", "one-key-one-request", "Idempotency-Key")
    assert await sample.store.commits.count_documents({}) == 1


async def test_routes_and_methods_that_do_not_exist(sample: ServiceUnderTest) -> None:
    problem(await sample.call("GET", "/Zebulon"), 404, "no-such-route", "known-route", None)
    problem(await sample.call("GET", "/groups/"), 404, "no-such-route", "known-route", None)
    answer = await sample.call("DELETE", "/groups")
    problem(answer, 405, "method-not-allowed", "allowed-method", None)
    assert answer.headers["allow"] == "GET, POST"
    assert answer.json()["detail"] == "Here one may use GET, POST."


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "below=-1"])
async def test_a_query_that_breaks_a_rule(sample: ServiceUnderTest, query: str) -> None:
    answer = await sample.call("GET", f"/groups?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["in"] == "query"
    assert answer.json()["field"] == query.partition("=")[0]


async def test_tokens_that_are_missing_forged_or_expired(sample: ServiceUnderTest) -> None:
    maker, body = sample.tokens, {"name": "A"}
    anonymous = await sample.http.post("/groups", json=body)
    problem(anonymous, 401, "unauthenticated", "bearer-token", "Authorization")
    assert anonymous.headers["www-authenticate"] == "Bearer"
    valid = maker.user()
    refused = [
        ("Zebulon", "well-formed-token"),
        (valid[:-6] + "AAAAAA", "valid-token"),
        (maker.user(exp=int(time.time()) - 60), "not-expired"),
        (maker.user(iss="https://zebulon.test"), "valid-token"),
    ]
    for token, rule in refused:
        answer = await sample.http.post("/groups", json=body, headers=bearer(token))
        problem(answer, 401, "invalid-token", rule, "Authorization")
        assert "invalid_token" in answer.headers["www-authenticate"]
    reader = await sample.call("POST", "/groups", body, token=maker.user("emil", (ASSISTANTS,)))
    problem(reader, 403, "not-allowed", "capability:create", None)
    assert await nothing_written(sample)


@pytest.mark.parametrize(("what", "status", "kind"), [("x", 500, "internal"), ("model", 500, "internal")])
async def test_what_nobody_expected_says_nothing(sample: ServiceUnderTest, what: str, status: int, kind: str) -> None:
    problem(await sample.call("POST", f"/odd/break/{what}", {"name": CANARY}), status, kind, None, None)


async def test_a_database_that_is_away(sample: ServiceUnderTest) -> None:
    answer = await sample.call("POST", "/odd/break/database", {"name": CANARY})
    problem(answer, 503, "store-unavailable", None, None)
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(("parameter", "field"), [("belov", "belov"), (CANARY, "query")])
async def test_a_query_parameter_that_the_route_does_not_know_is_named(
    sample: ServiceUnderTest, parameter: str, field: str
) -> None:
    query = {"below": "3", "limit": "2", parameter: CANARY}
    answer = await sample.http.get("/groups", params=query, headers=sample.tokens.headers())
    document = problem(answer, 422, "invalid", "known-parameter", field)
    assert document["errors"][0]["in"] == "query"
    known = await sample.http.get("/groups", params={"below": "3", "limit": "2"}, headers=sample.tokens.headers())
    assert known.json()["items"] == [0, 1]
    command = await sample.http.post("/groups?dry=1", json={"name": "A"}, headers=sample.tokens.headers())
    problem(command, 422, "invalid", "known-parameter", "dry")
    assert await nothing_written(sample)


async def test_an_id_of_another_form_is_told_its_form(sample: ServiceUnderTest) -> None:
    body = {"name": "A", "id": new_id().upper()}
    answer = await sample.http.post("/groups", json=body, headers=sample.tokens.headers())
    assert problem(answer, 422, "invalid", "format", "id")["detail"] == "id: must be a UUID in lower case"
