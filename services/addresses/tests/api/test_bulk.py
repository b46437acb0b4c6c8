"""Many addresses in one request: each by itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

PATH = "/v1/addresses/bulk"
KINDS = ("companies", "persons", "contacts", "couples")


async def entered(service: ServiceUnderTest, body: dict[str, Any], **options: Any) -> dict[str, Any]:
    """What became of each."""
    return (await service.call("POST", PATH, body, expect=200, **options)).json()


def statuses(found: dict[str, Any]) -> dict[str, list[int]]:
    """Of each type, as far as there are any."""
    return {kind: [one["status"] for one in found[kind]] for kind in KINDS if found[kind]}


def a_world() -> dict[str, Any]:
    """One of each type, and what they refer to."""
    acme, group, eva = new_id(), new_id(), new_id()
    mail = {"kind": "E", "value": "eva@acme.example"}
    return {
        "couples": [{"id": new_id(), "a": {"person": eva}, "b": {"last_name": "Frei"}}],
        "contacts": [{"id": new_id(), "company": acme, "person": eva, "channels": [mail]}],
        "companies": [{"id": acme, "name": "Acme AG", "parent": group}, {"id": group, "name": "Group AG"}],
        "persons": [{"id": eva, "last_name": "Muster", "first_name": "Eva"}],
    }


async def test_all_types_are_entered_as_one_batch_and_may_refer_to_one_another(addresses: ServiceUnderTest) -> None:
    world = a_world()
    found = await entered(addresses, world)
    for kind in KINDS:
        assert [one["answer"]["id"] for one in found[kind]] == [one["id"] for one in world[kind]]
    (given,) = world["contacts"]
    contact = (await addresses.call("GET", f"/v1/contacts/{given['id']}", expect=200)).json()
    assert (contact["company"], contact["person"]) == (given["company"], given["person"])
    commits = addresses.roles.app.state.store.commits
    commands = [commit["command_id"] async for commit in commits.find({"batch_id": found["batch_id"]})]
    assert len(set(commands)) == len(commands) == 5


async def test_what_is_refused_of_one_is_told_in_its_place_and_keeps_no_other_back(addresses: ServiceUnderTest) -> None:
    taken = new_id()
    wrong = {"last_name": "Muster", "channels": [{"kind": "E", "value": "no address"}]}
    found = await entered(
        addresses,
        {
            "contacts": [{"company": new_id(), "supplement": "Reception"}],
            "persons": [{"id": taken, "last_name": "Muster"}, wrong],
            "companies": [{"name": "Acme AG"}],
        },
    )
    assert statuses(found) == {"contacts": [422], "persons": [201, 422], "companies": [201]}
    problem = found["contacts"][0]["problem"]
    assert (problem["rule"], problem["field"]) == ("CON-01", "company")
    assert found["persons"][1]["problem"]["field"] == "channels.0.value"
    (other,) = (await entered(addresses, {"persons": [{"id": taken, "last_name": "Other"}]}))["persons"]
    assert (other["status"], other["problem"]["rule"]) == (422, "ADR-01")


async def test_a_malformed_one_refuses_the_request_and_nothing_is_written(addresses: ServiceUnderTest) -> None:
    identifier = new_id()
    body = {"persons": [{"id": identifier, "last_name": "Muster"}], "companies": [{"name": "A"}, {"name": ""}]}
    problem = (await addresses.call("POST", PATH, body, expect=422)).json()
    assert problem["field"] == "companies.1.name"
    await addresses.call("GET", f"/v1/persons/{identifier}", expect=404)


@pytest.mark.parametrize("by", ["ids", "key"])
async def test_a_request_that_is_sent_again_changes_nothing(addresses: ServiceUnderTest, by: str) -> None:
    world = a_world() if by == "ids" else {"persons": [{"last_name": "Muster"}], "companies": [{"name": "A"}]}
    headers = {"Idempotency-Key": new_id()} if by == "key" else {}
    first = await entered(addresses, world, headers=headers)
    again = await asyncio.gather(*(entered(addresses, world, headers=headers) for _ in range(3)))
    for found in again:
        for kind in world:
            streams = [one["answer"]["stream"] for one in first[kind]]
            assert [(one["answer"]["stream"], one["answer"]["commit"]) for one in found[kind]] == [
                (stream, 1) for stream in streams
            ]


async def test_a_request_with_a_key_is_answered_again_when_its_channel_type_is_no_longer_offered(
    addresses: ServiceUnderTest,
) -> None:
    administrator, key = addresses.tokens.administrator(), {"Idempotency-Key": "k"}
    new_type = {"label": "Switchboard", "kind": "T"}
    made = await addresses.call("POST", "/v1/channel-types", new_type, token=administrator, expect=201)
    channel = {"channel_type": made.json()["id"], "value": "+41 44 123 45 67"}
    world = {"persons": [{"last_name": "Muster", "channels": [channel]}]}
    first = await entered(addresses, world, headers=key)
    path = f"/v1/persons/{first['persons'][0]['answer']['id']}"
    added = await addresses.call("POST", f"{path}/channels", channel, headers=key, expect=201)
    gone = {"is_active": False}
    await addresses.call("PATCH", made.headers["Location"], gone, token=administrator, expect=200)
    assert statuses(await entered(addresses, world)) == {"persons": [422]}
    (again,) = (await entered(addresses, world, headers=key))["persons"]
    assert again == {**first["persons"][0], "answer": first["persons"][0]["answer"] | {"replayed": True}}
    once_more = await addresses.call("POST", f"{path}/channels", channel, headers=key, expect=201)
    assert (once_more.json()["commit"], once_more.json()["replayed"]) == (added.json()["commit"], True)
    assert once_more.headers["Location"] == added.headers["Location"]


async def test_adr_03_a_ring_of_parents_is_refused_and_other_companies_are_entered(addresses: ServiceUnderTest) -> None:
    one, other = new_id(), new_id()
    ring = [{"id": one, "name": "One", "parent": other}, {"id": other, "name": "Other", "parent": one}]
    found = await entered(addresses, {"companies": [*ring, {"name": "Apart"}]})
    assert statuses(found) == {"companies": [422, 422, 201]}
    assert found["companies"][0]["problem"]["rule"] == "ADR-03"


async def test_private_data_needs_the_capability_for_each(addresses: ServiceUnderTest) -> None:
    private = {"kind": "E", "value": "eva@home.example", "private": True}
    persons = [{"last_name": "Muster", "channels": [private]}, {"last_name": "Frei"}]
    found = await entered(addresses, {"persons": persons}, token=addresses.tokens.user("bruno"))
    assert statuses(found) == {"persons": [403, 201]}


async def test_del_03_none_of_many_refers_to_what_is_deleted_at_that_moment(addresses: ServiceUnderTest) -> None:
    for _ in range(6):
        (acme,) = (await entered(addresses, {"companies": [{"name": "Acme AG"}]}))["companies"]
        company = acme["answer"]["id"]
        contacts = [{"company": company, "supplement": f"Desk {number}"} for number in range(20)]
        made, deleted = await asyncio.gather(
            entered(addresses, {"contacts": contacts}), addresses.call("DELETE", f"/v1/companies/{company}")
        )
        assert deleted.status_code in (200, 409)
        assert set(statuses(made)["contacts"]) == ({422} if deleted.is_success else {201})
