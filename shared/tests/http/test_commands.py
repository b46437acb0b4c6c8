"""What a command brings along, and what its answer gives back."""

from __future__ import annotations

from typing import Any

from dossier.ids import is_id, new_id
from dossier.projections import tokens
from dossier.testing.services import ServiceUnderTest

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def commits(sample: ServiceUnderTest) -> list[dict[str, Any]]:
    return [document async for document in sample.store.commits.find().sort("_id", 1)]


def after(sample: ServiceUnderTest, token: str) -> dict[str, int]:
    return tokens.read(sample.roles.app.state.service.token_key, token)


async def test_a_commit_names_who_did_it_how_and_in_which_context(sample: ServiceUnderTest) -> None:
    correlation, batch, cause = new_id(), new_id(), f"contact-{new_id()}:7"
    headers = {"Correlation-Id": correlation, "Causation-Id": cause, "Dossier-Batch": batch, "traceparent": TRACE}
    answer = await sample.call("POST", "/groups", {"name": "A"}, headers=headers, expect=201)
    (commit,) = await commits(sample)
    assert commit["actor"] == f"user:{sample.tokens.user_id('anna')}"
    assert commit["channel"] == "user"
    assert commit["correlation_id"] == correlation == answer.headers["correlation-id"]
    assert commit["causation_id"] == cause
    assert commit["batch_id"] == batch
    assert commit["traceparent"] == TRACE


async def test_ids_of_the_caller_that_might_hold_personal_data_are_replaced(sample: ServiceUnderTest) -> None:
    headers = {"Correlation-Id": "zebulon", "Causation-Id": "z@canary.example", "traceparent": "z"}
    answer = await sample.call("POST", "/groups", {"name": "A"}, headers=headers, expect=201)
    (commit,) = await commits(sample)
    assert is_id(commit["correlation_id"])
    assert commit["correlation_id"] == answer.headers["correlation-id"]
    assert not commit.get("causation_id")
    assert not commit.get("traceparent")


async def test_a_service_may_say_by_which_channel_a_command_came_in_a_user_may_not(sample: ServiceUnderTest) -> None:
    headers = {"Dossier-Channel": "mail"}
    token = sample.tokens.service("email-ingest")
    await sample.call("POST", "/groups", {"name": "A"}, token=token, headers=headers, expect=201)
    await sample.call("POST", "/groups", {"name": "B"}, headers=headers, expect=201)
    assert {(commit["actor"].partition(":")[0], commit["channel"]) for commit in await commits(sample)} == {
        ("service", "mail"),
        ("user", "user"),
    }


async def test_the_same_key_and_request_give_the_first_answer_again(sample: ServiceUnderTest) -> None:
    key = {"Idempotency-Key": '"order-1"'}
    first = await sample.call("POST", "/groups", {"name": "A"}, headers=key, expect=201)
    again = await sample.call("POST", "/groups", {"name": "A"}, headers={"Idempotency-Key": "order-1"}, expect=201)
    assert again.json() == first.json() | {"replayed": True}
    for header in ("etag", "location", "dossier-after"):
        assert again.headers[header] == first.headers[header]
    assert len(await commits(sample)) == 1


async def test_a_key_belongs_to_one_principal_and_one_route(sample: ServiceUnderTest) -> None:
    key = {"Idempotency-Key": "k"}
    made = (await sample.call("POST", "/groups", {"name": "A"}, headers=key, expect=201)).json()
    await sample.call("POST", "/groups", {"name": "A"}, token=sample.tokens.user("bruno"), headers=key, expect=201)
    await sample.call("PUT", f"/groups/{made['id']}/name", {"name": "B"}, headers=key, expect=200)
    assert len(await commits(sample)) == 3


async def test_the_same_body_for_another_thing_is_another_request(sample: ServiceUnderTest) -> None:
    ids = [(await sample.call("POST", "/groups", {"name": name}, expect=201)).json()["id"] for name in "AB"]
    key = {"Idempotency-Key": "k"}
    await sample.call("PUT", f"/groups/{ids[0]}/name", {"name": "C"}, headers=key, expect=200)
    other = await sample.call("PUT", f"/groups/{ids[1]}/name", {"name": "C"}, headers=key)
    assert other.json()["rule"] == "one-key-one-request"


async def test_the_caller_may_choose_the_id(sample: ServiceUnderTest) -> None:
    identifier = new_id()
    answer = await sample.call("POST", "/groups", {"id": identifier, "name": "A"}, expect=201)
    assert answer.json() == {
        "id": identifier,
        "stream": f"group-{identifier}",
        "commit": 1,
        "version": 1,
        "replayed": False,
        "part": None,
    }
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/groups/{identifier}"


async def test_the_answer_s_token_holds_what_the_caller_wrote_before(sample: ServiceUnderTest) -> None:
    first = await sample.call("POST", "/groups", {"name": "A"}, expect=201)
    token = first.headers["dossier-after"]
    second = await sample.call("POST", "/groups", {"name": "B"}, headers={"Dossier-After": token}, expect=201)
    assert after(sample, second.headers["dossier-after"]) == {
        first.json()["stream"]: 1,
        second.json()["stream"]: 1,
    }


async def test_an_etag_of_an_answer_is_the_version_of_the_next_command(sample: ServiceUnderTest) -> None:
    made = await sample.call("POST", "/groups", {"name": "A"}, expect=201)
    path = f"/groups/{made.json()['id']}/name"
    renamed = await sample.call("PUT", path, {"name": "B"}, headers={"If-Match": made.headers["etag"]}, expect=200)
    assert renamed.headers["etag"] == '"2"'
    unchanged = await sample.call("PUT", path, {"name": "B"}, headers={"If-Match": renamed.headers["etag"]}, expect=200)
    assert unchanged.headers["etag"] == '"2"'
    assert len(await commits(sample)) == 2
