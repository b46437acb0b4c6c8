"""The hierarchy of companies under many hands: never a circle, nothing lost, every refusal with its rule."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from dossier.contracts.addresses import CompanyParentSet
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

WRITERS = 64
COMPANIES = 24
COMMANDS = 3


async def placed(service: ServiceUnderTest, own: str, parent: str | None) -> dict[str, Any]:
    """Set a parent, again and again while others are faster; the answer or the refusal."""
    while True:
        answer = await service.call("PUT", f"/v1/companies/{own}/parent", {"parent": parent})
        if answer.status_code != 409:
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
        # Every acknowledged command is the commit that its answer names; nothing else was written.
        mine = [answer for answer in taken if answer["own"] == own]
        assert all(parents[answer["commit"] - 1] == answer["parent"] for answer in mine)
        assert {answer["commit"] for answer in mine} | {1} >= set(range(1, len(parents) + 1))
        above[own] = parents[-1]
    for start in ids:
        seen, current = {start}, above[start]
        while current is not None:
            assert current not in seen, "a circle"
            seen.add(current)
            current = above[current]
