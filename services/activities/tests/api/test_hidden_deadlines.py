"""Early deadlines that the caller of a command may not see: they are kept, and nothing tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.testing.activities import ANNA

PATH = "/v1/activities"
DEADLINE = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}


async def hidden_before(client: Any, days_before: int) -> tuple[str, str]:
    """A deadline that everybody sees, and its early one that Anna alone sees; their ids."""
    id = await client.record(**DEADLINE)
    asked = {"early": [{"days_before": days_before}]}
    (early,) = (await client.do("POST", f"{PATH}/{id}/early-deadlines", asked, expect=201))["made"]
    await client.do("PUT", f"{PATH}/{early}/visibility", {"visibility": "granted"})
    return id, early


async def test_dln_03_rgt_10_the_next_distance_tells_nothing_of_a_hidden_early_deadline(client: Any) -> None:
    id, _ = await hidden_before(client, 40)
    for by, days_before in (("ben", 7), ("ben", 14), ("anna", 47)):
        (made,) = (await client.do("POST", f"{PATH}/{id}/early-deadlines", {}, by=by, expect=201))["made"]
        assert (await client.read(made, by=by))["early_deadline_of"]["days_before"] == days_before


async def test_dln_04_rgt_10_a_date_is_cleared_as_if_there_were_no_hidden_early_deadline(client: Any) -> None:
    id, early = await hidden_before(client, 7)
    await client.do("POST", f"{PATH}/{id}/corrections", {"changes": {"activity_type": None}})
    assert await client.refused("PUT", f"{PATH}/{id}/due", {"on": None}) == ("DLN-04", "on")
    await client.do("PUT", f"{PATH}/{id}/due", {"on": None}, by="ben")
    assert (await client.read(early))["due_on"] == "2026-06-23"
    await client.do("PUT", f"{PATH}/{id}/due", {"on": "2026-07-30"}, by="ben")
    assert (await client.read(early))["due_on"] == "2026-07-23"


@pytest.mark.parametrize("by", ["anna", "ben"])
async def test_dln_04_rgt_10_a_date_is_moved_to_the_end_of_the_calendar_as_if_there_were_no_early_deadline(
    client: Any, by: str
) -> None:
    id, early = await hidden_before(client, 7)
    await client.do("PUT", f"{PATH}/{id}/due", {"on": "1900-01-03"}, by=by)
    assert (await client.read(early))["due_on"] == "1900-01-01"


async def test_dln_04_a_date_is_cleared_when_all_early_deadlines_are_done(client: Any) -> None:
    id = await client.record(**DEADLINE)
    asked = {"early": [{"days_before": 7}]}
    (early,) = (await client.do("POST", f"{PATH}/{id}/early-deadlines", asked, expect=201))["made"]
    await client.do("POST", f"{PATH}/{id}/corrections", {"changes": {"activity_type": None}})
    assert await client.refused("PUT", f"{PATH}/{id}/due", {"on": None}) == ("DLN-04", "on")
    await client.do("POST", f"{PATH}/{early}/complete", {})
    await client.do("PUT", f"{PATH}/{id}/due", {"on": None})
    assert (await client.read(early))["due_on"] == "2026-06-23"
