"""The hierarchy of companies under many hands: never a circle, nothing lost, every refusal with its rule."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from dossier.contracts.addresses import CompanyParentSet
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends

WRITERS = 64
COMPANIES = 24
COMMANDS = 3


async def placed(service: ServiceUnderTest, own: str, parent: str | None) -> dict[str, Any]:
    """Set a parent, again and again while others are faster or the store is slow; the answer or the refusal."""
    same = {"Idempotency-Key": new_id()}
    while True:
        answer = await service.call("PUT", f"/v1/companies/{own}/parent", {"parent": parent}, headers=same)
        if answer.status_code not in {409, 503}:
            return {"status": answer.status_code, "own": own, "parent": parent, **answer.json()}


@pytest.mark.parametrize("seed", [5, 6])
async def test_adr_05_of_64_writers_none_closes_a_circle_and_none_is_lost(
    addresses: ServiceUnderTest, seed: int
) -> None:
    chance = random.Random(seed)
    entered = [await addresses.call("POST", "/v1/companies", {"name": str(n)}, expect=201) for n in range(COMPANIES)]
    ids = [answer.json()["id"] for answer in entered]

    async def writer(wishes: list[tuple[str, str | None]]) -> list[dict[str, Any]]:
        return [await placed(addresses, own, parent) for own, parent in wishes]

    wishes = [
        [
            (own, chance.choice((other, other, other, None)))
            for own, other in (chance.sample(ids, 2) for _ in range(COMMANDS))
        ]
        for _ in range(WRITERS)
    ]
    answers = [answer for each in await asyncio.gather(*map(writer, wishes)) for answer in each]

    taken = [answer for answer in answers if answer["status"] == 200]
    refused = [answer for answer in answers if answer["status"] != 200]
    assert len(answers) == WRITERS * COMMANDS
    assert {(answer["status"], answer["rule"], answer["field"]) for answer in refused} <= {(422, "ADR-05", "parent")}
    assert refused, "a test in which nothing is refused shows nothing"
    assert taken
    above: dict[str, str | None] = {}
    for own in ids:
        parents: list[str | None] = [None]
        for recorded in await addresses.store.read(f"company-{own}"):
            event = recorded.event()
            if isinstance(event, CompanyParentSet):
                parents.append(event.parent)
        # Every commit was acknowledged as what it is, and what was acknowledged without one stood already.
        mine = [(answer["commit"], answer["parent"]) for answer in taken if answer["own"] == own]
        assert set(enumerate(parents[1:], 2)) <= set(mine)
        assert {parent for _, parent in mine} <= set(parents)
        above[own] = parents[-1]
    for start in ids:
        seen, current = {start}, above[start]
        while current is not None:
            assert current not in seen, "a circle"
            seen.add(current)
            current = above[current]


async def created(service: ServiceUnderTest, path: str, **body: Any) -> str:
    return (await service.call("POST", path, body, expect=201)).json()["id"]


async def listed(service: ServiceUnderTest, query: str) -> set[str]:
    await apply_all(service.store, service.roles.app.state.book)
    return {item["id"] for item in (await service.call("GET", query, expect=200)).json()["items"]}


async def test_adr_04_the_parent_shows_on_the_child_and_all_children_on_the_parent(addresses: ServiceUnderTest) -> None:
    top = await created(addresses, "/v1/companies", name="Top")
    children = {await created(addresses, "/v1/companies", name=f"Branch {number}", parent=top) for number in range(3)}
    assert await listed(addresses, f"/v1/companies?parent={top}") == children
    for child in children:
        assert (await addresses.call("GET", f"/v1/companies/{child}", expect=200)).json()["parent"] == top
    gone = children.pop()
    await addresses.call("PUT", f"/v1/companies/{gone}/parent", {"parent": None}, expect=200)
    assert await listed(addresses, f"/v1/companies?parent={top}") == children


async def test_adr_06_a_company_has_many_contacts_and_a_person_many_companies(addresses: ServiceUnderTest) -> None:
    companies = [await created(addresses, "/v1/companies", name=f"Company {number}") for number in range(3)]
    eva = await created(addresses, "/v1/persons", last_name="Muster", first_name="Eva")
    of_eva = {await created(addresses, "/v1/contacts", company=company, person=eva) for company in companies}
    others = {
        await created(addresses, "/v1/contacts", company=companies[0], supplement=f"Desk {number}")
        for number in range(3)
    }
    assert await listed(addresses, f"/v1/contacts?person={eva}") == of_eva
    found = await listed(addresses, f"/v1/contacts?company={companies[0]}")
    assert found > others
    assert len(found) == 4
    items = (await addresses.call("GET", f"/v1/contacts?person={eva}", expect=200)).json()["items"]
    assert {(item["last_name"], "Muster" in item["alias"]) for item in items} == {("Muster", True)}
