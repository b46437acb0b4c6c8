"""Today is the day at the office, and what was won or lost was so by then."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.days import today
from dossier.testing.services import ServiceUnderTest, running
from engagements.roles import roles
from engagements.settings import Settings

pytestmark = pytest.mark.backends

FIRST, LAST = "Pacific/Kiritimati", "Etc/GMT+12"
"""Between these two it is never the same day."""


async def opened(service: ServiceUnderTest, owner: Any) -> str:
    body = {"title": "Succession", "address": {"type": "company", "id": await owner.company()}}
    return (await service.call("POST", "/v1/opportunities", body, expect=201)).headers["Location"]


async def test_opp_03_what_is_won_was_not_won_on_a_day_to_come(mongo_url: str, database_name: str, owner: Any) -> None:
    async with running(
        Settings, roles, mongo_url, database_name, time_zone=LAST, tokens=owner.service.tokens
    ) as service:
        stages = {s["label"]: s["id"] for s in (await service.call("GET", "/v1/opportunity-statuses")).json()}
        path = await opened(service, owner)
        for outcome in ("Won", "Lost"):
            tomorrow = {"status": stages[outcome], "on": today(FIRST).isoformat()}
            refused = (await service.call("POST", f"{path}/status", tomorrow, expect=422)).json()
            assert (refused["rule"], refused["field"]) == ("OPP-03", "on")
        assert (await service.call("GET", path)).json()["outcome"] == "open"
        await service.call("POST", f"{path}/status", {**tomorrow, "on": today(LAST).isoformat()}, expect=200)


@pytest.mark.parametrize("zone", [FIRST, LAST])
async def test_an_opportunity_is_entered_on_the_day_at_the_office(
    mongo_url: str, database_name: str, owner: Any, zone: str
) -> None:
    async with running(
        Settings, roles, mongo_url, database_name, time_zone=zone, tokens=owner.service.tokens
    ) as service:
        before = today(zone)
        shown = (await service.call("GET", await opened(service, owner))).json()
        assert before.isoformat() <= shown["entered_on"] <= today(zone).isoformat()
