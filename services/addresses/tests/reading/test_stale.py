"""Controlling: addresses that were not updated since a day (CTL-02)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from addresses.views import stale
from addresses.views.stale import unchanged
from dossier.clock import rfc3339
from dossier.contracts import addresses as adr
from dossier.contracts.base import Event
from dossier.days import OFFICE, begins, today
from dossier.ids import new_id, stream_id
from dossier.projections.model import Span
from dossier.testing.recorded import recorded
from oracle.book_present import Present

pytestmark = pytest.mark.backends

SINCE = date(2023, 1, 1)
MIDNIGHT = datetime(2022, 12, 31, 23, tzinfo=UTC)
"""At the office the day begins an hour before it does in Greenwich."""
OLD = MIDNIGHT - timedelta(days=400)
INSTANT = timedelta(microseconds=1)


async def entered(present: Present, name: str, at: datetime, *more: Event, changed: datetime | None = None) -> str:
    """A company that was registered and, with what is `more`, changed at these moments; its id."""
    stream = stream_id("company", new_id())
    events = recorded(stream, adr.CompanyRegistered(name=name), at=at)
    await present.book.apply([Span(stream, [*events, *recorded(stream, *more, after=1, at=changed or at)])])
    return stream[-36:]


async def listed(present: Present, query: str = f"since={SINCE}") -> list[str]:
    page = await present.get(f"/v1/controlling/addresses-not-updated?{query}")
    return [row["alias"] for row in page["items"]]


async def test_ctl_02_the_key_date_begins_at_midnight_of_the_office(present: Present) -> None:
    assert begins(SINCE, OFFICE) == MIDNIGHT
    await entered(present, "In the new year", MIDNIGHT)
    await entered(present, "In the old year", MIDNIGHT - INSTANT)
    assert await listed(present) == ["In the old year"]
    assert await listed(present, "since=2022-12-31") == []
    assert await listed(present, "since=2023-01-02") == ["In the old year", "In the new year"]


async def test_ctl_02_any_change_of_its_own_updates_an_address_and_the_longest_unchanged_comes_first(
    present: Present,
) -> None:
    renamed = adr.CompanyRenamed(name="Beta")
    await entered(present, "Alpha", OLD, renamed, changed=OLD + timedelta(days=2))
    await entered(present, "Gamma", OLD + timedelta(days=1))
    await entered(present, "Delta", OLD, adr.CompanyRenamed(name="Updated"), changed=MIDNIGHT)
    gone = await entered(present, "Gone", OLD, adr.AddressDeleted(), changed=OLD)
    page = await present.get(f"/v1/controlling/addresses-not-updated?since={SINCE}&inactive=true")
    assert [row["alias"] for row in page["items"]] == ["Gamma", "Beta"]
    assert gone not in str(page)
    assert page["items"][0]["changed_at"] == "2021-11-27T23:00:00.000000Z"
    assert page["since"] == str(SINCE)


async def test_ctl_02_without_a_day_it_is_january_three_years_ago(present: Present) -> None:
    first = date(today(OFFICE).year - 3, 1, 1)
    await entered(present, "Before", begins(first, OFFICE) - INSTANT)
    await entered(present, "On it", begins(first, OFFICE))
    assert await listed(present, "") == ["Before"]


async def test_ctl_02_the_list_is_narrowed_like_a_search(present: Present) -> None:
    anna = present.service.tokens.user_id("anna")
    await entered(present, "Anna's", OLD, adr.AccountManagerSet(user=anna))
    await entered(present, "Nobody's", OLD)
    await entered(present, "Asleep", OLD, adr.AddressDeactivated())
    assert await listed(present, f"since={SINCE}&account_manager=me") == ["Anna's"]
    assert await listed(present, f"since={SINCE}&q=nob&type=company") == ["Nobody's"]
    assert await listed(present, f"since={SINCE}&type=person") == []
    assert sorted(await listed(present, f"since={SINCE}&inactive=true")) == ["Anna's", "Asleep", "Nobody's"]


@pytest.mark.parametrize("most", [2, 4, 100])
async def test_ctl_02_pages_lead_to_the_end_however_few_are_looked_at(
    present: Present, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(stale, "STRIDE", 2)
    monkeypatch.setattr(stale, "MOST", most)
    for number in range(9):
        await entered(present, f"{'Odd' if number % 2 else 'Even'} {number}", OLD)
    for query, names in (("q=odd", {f"Odd {number}" for number in (1, 3, 5, 7)}), ("q=even&limit=2", None)):
        found: list[Any] = []
        cursor = ""
        while cursor is not None:
            path = f"/v1/controlling/addresses-not-updated?since={SINCE}&{query}"
            page = await present.get(path + (f"&cursor={cursor}" if cursor else ""))
            found += [row["alias"] for row in page["items"]]
            cursor = page["next"]
        assert sorted(found) == sorted(names or {f"Even {number}" for number in (0, 2, 4, 6, 8)})


async def test_ctl_02_no_address_is_looked_at_that_was_updated(present: Present) -> None:
    for at in (OLD, MIDNIGHT - INSTANT, MIDNIGHT, MIDNIGHT + INSTANT):
        await entered(present, f"{at}", at)
    before = rfc3339(MIDNIGHT)
    for after, left in ((("", ""), 2), ((rfc3339(OLD), "company.."), 1), ((before, ""), 0)):
        plan = await unchanged(present.book, before, after).explain()
        assert plan["queryPlanner"]["rejectedPlans"] == []
        assert plan["executionStats"]["nReturned"] == left
        assert plan["executionStats"]["totalKeysExamined"] <= 2


@pytest.mark.parametrize("since", ["2023-02-30", "2023", "0001-01-01"])
async def test_what_is_no_day_of_an_office_is_refused(present: Present, since: str) -> None:
    refused = await present.get(f"/v1/controlling/addresses-not-updated?since={since}", expect=422)
    assert refused["field"] == "since"
