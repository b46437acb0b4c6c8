"""Calendars of a period: whose they are, what is in them, and which days those are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier.contracts import activities as act
from dossier.contracts import directory as d
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals
from dossier.testing.activities import ANNA, BEN, CARA
from dossier.testing.services import ServiceUnderTest
from histories.api.calendar_models import CalendarPeriod
from histories.domain.calendar import first_and_last, overlaps
from oracle.recording import Present
from oracle.telling import company, project, recorded, ref

pytestmark = pytest.mark.backends

MAY = "from=2026-05-01&to=2026-05-31"


async def read(api: ServiceUnderTest, query: str = MAY, reader: str = "anna") -> dict[str, Any]:
    answer = await api.call("GET", f"/v1/calendar?{query}", token=api.tokens.user(reader), expect=200)
    return CalendarPeriod.model_validate_json(answer.content).model_dump()


async def ids(api: ServiceUnderTest, query: str = MAY, reader: str = "anna") -> list[str]:
    return [row["id"] for row in (await read(api, query, reader))["items"]]


async def test_cal_01_what_has_from_duration_or_all_day_is_in_the_calendar_by_its_beginning(
    api: ServiceUnderTest, present: Present
) -> None:
    late = await recorded(present, starts_at="2026-05-04T15:00:00+02:00", ends_at="2026-05-04T16:00:00+02:00")
    early = await recorded(present, starts_at="2026-05-04T09:00:00+02:00", duration_minutes=30)
    all_day = await recorded(present, all_day=True)
    before = await recorded(present, duration_minutes=30, occurred_on=date(2026, 5, 3))
    await recorded(present)
    rows = (await read(api))["items"]
    assert [row["id"] for row in rows] == [before, all_day, early, late]
    assert [row["all_day"] for row in rows] == [True, True, False, False]
    assert (rows[2]["starts_at"], rows[2]["ends_at"]) == ("2026-05-04T07:00:00Z", "2026-05-04T07:30:00Z")


async def test_cal_01_what_fills_days_from_one_on_lasts_as_long_as_its_duration(
    api: ServiceUnderTest, present: Present
) -> None:
    trip = await recorded(present, all_day=True, starts_at="2026-05-04T00:00:00+02:00", duration_minutes=3 * 24 * 60)
    [row] = (await read(api))["items"]
    assert (row["first_day"], row["last_day"]) == ("2026-05-04", "2026-05-06")
    found = [await ids(api, f"from=2026-05-{day}&to=2026-05-{day}") for day in ("03", "04", "05", "06", "07")]
    assert found == [[], [trip], [trip], [trip], []]


@pytest.mark.parametrize(
    ("own", "last"),
    [
        ({"starts_at": "2026-05-04T00:00:00Z", "ends_at": "2026-05-05T00:00:00Z"}, 4),
        ({"starts_at": "2026-05-04T00:00:00Z", "ends_at": "2026-05-05T00:00:00Z", "duration_minutes": 1440}, 4),
        ({"starts_at": "2026-05-04T00:00:00Z", "ends_at": "2026-05-05T00:01:00Z"}, 5),
        ({"starts_at": "2026-05-04T00:00:00Z", "ends_at": "2026-05-04T00:00:00Z"}, 4),
        ({"starts_at": "2026-05-04T22:00:00Z", "ends_at": "2026-05-05T00:00:00+02:00"}, 4),
        ({"duration_minutes": 2880}, 5),
        ({"duration_minutes": 90}, 4),
        ({}, 4),
    ],
)
def test_cal_01_the_same_days_however_they_are_said(own: dict[str, Any], last: int) -> None:
    own = {"occurred_on": "2026-05-04", "all_day": True, **own}
    assert first_and_last(own) == (date(2026, 5, 4), date(2026, 5, last))


@pytest.mark.parametrize(
    ("minutes", "last"),
    [
        (None, date(2026, 5, 4)), (1, date(2026, 5, 4)), (1440, date(2026, 5, 4)), (1441, date(2026, 5, 5)),
        (2**60, date.max),
    ],
)  # fmt: skip
def test_cal_01_a_day_that_is_begun_counts(minutes: int | None, last: date) -> None:
    own = {"starts_at": "2026-05-04T08:00:00+02:00", "all_day": True, "duration_minutes": minutes}
    assert first_and_last(own) == (date(2026, 5, 4), last)


async def test_cal_02_a_calendar_is_of_who_entered_it_or_takes_part_and_on_request_of_the_responsible_one(
    api: ServiceUnderTest, present: Present
) -> None:
    meeting = await recorded(
        present, all_day=True, participants=(CARA,), responsible=act.Assignment(user=BEN), due_on=date(2026, 6, 30)
    )
    assert [await ids(api, MAY, reader) for reader in ("anna", "ben", "cara", "dora")] == [[meeting], [], [meeting], []]
    assert await ids(api, f"{MAY}&include=responsible", "ben") == [meeting]
    assert await ids(api, f"{MAY}&include=responsible", "anna") == [meeting]
    assert await ids(api, "from=2026-06-01&to=2026-06-30") == []  # the date counts, not the due date


async def test_cal_03_clearing_the_fields_takes_it_out_of_the_calendar_and_not_out_of_the_history(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    meeting = await recorded(present, all_day=True, address=ref("company", acme))
    assert await ids(api) == [meeting]
    await present.happen(f"activity-{meeting}", act.ActivityCorrected(changes=act.ActivityChanges(all_day=False)))
    assert await ids(api) == []
    answer = await api.call("GET", f"/v1/companies/{acme}/history", expect=200)
    assert [row["id"] for row in answer.json()["items"]] == [meeting]


async def test_cal_01_days_are_those_of_the_readers_time_zone(api: ServiceUnderTest, present: Present) -> None:
    meeting = await recorded(present, starts_at="2026-05-04T23:30:00Z", duration_minutes=20)
    day = "from=2026-05-{0}&to=2026-05-{0}"
    assert [await ids(api, day.format(number)) for number in ("03", "04", "05")] == [[], [meeting], []]
    await present.happen(f"user-{ANNA}", d.UserAdded(name="Anna"))
    assert (await read(api))["time_zone"] == "Europe/Zurich"
    assert [await ids(api, day.format(number)) for number in ("04", "05")] == [[], [meeting]]
    await present.happen(f"user-{ANNA}", d.UserChanged(time_zone="America/New_York"))
    assert [await ids(api, day.format(number)) for number in ("04", "05")] == [[meeting], []]


async def test_cal_01_what_lasts_many_days_is_on_each_of_them(api: ServiceUnderTest, present: Present) -> None:
    fair = await recorded(
        present, all_day=True, starts_at="2026-04-20T00:00:00+02:00", ends_at="2026-05-03T00:00:00+02:00"
    )
    night = await recorded(present, starts_at="2026-05-01T22:00:00Z", ends_at="2026-05-02T04:00:00Z")
    for day, expected in (
        ("2026-04-19", []),
        ("2026-04-25", [fair]),
        ("2026-05-02", [fair, night]),
        ("2026-05-03", []),
    ):
        assert await ids(api, f"from={day}&to={day}") == expected


async def test_rgt_10_anothers_calendar_shows_what_the_reader_may_see(api: ServiceUnderTest, present: Present) -> None:
    secret = await project(present, "P9", "Secret", eng.EngagementRestricted(to=Principals(users=(ANNA,))))
    hidden = await recorded(present, all_day=True, project=secret)
    private = await recorded(present, all_day=True, visibility="granted")
    public = await recorded(present, all_day=True)
    assert set(await ids(api)) == {hidden, private, public}
    for user in (ANNA, BEN):
        await present.happen(f"user-{user}", d.UserAdded(name="Somebody"))
    assert await ids(api, f"{MAY}&of={ANNA}", "ben") == [public]
    assert await ids(api, f"{MAY}&of={BEN}", "anna") == []


async def test_the_calendar_of_a_user_whom_there_is_not_is_not_found(api: ServiceUnderTest, present: Present) -> None:
    await recorded(present, all_day=True, entered_by=CARA)
    refused = await api.call("GET", f"/v1/calendar?{MAY}&of={CARA}", expect=404)
    assert (refused.json()["rule"], refused.json()["field"]) == ("exists", "of")
    assert await ids(api, f"{MAY}&of={CARA}", "cara") != []  # one's own, however little the directory has told
    await present.happen(f"user-{CARA}", d.UserAdded(name="Cara"))
    assert (await read(api, f"{MAY}&of={CARA}"))["user"]["name"] == "Cara"


async def test_while_an_activity_is_parked_it_is_in_the_authors_calendar_only_marked(
    api: ServiceUnderTest, present: Present, parked: set[str]
) -> None:
    meeting = await recorded(present, all_day=True, participants=(CARA,))
    parked.add(f"activity-{meeting}")
    assert await ids(api, MAY, "cara") == []
    assert (await read(api))["items"][0]["marks"] == ["parked"]


@pytest.mark.parametrize(
    ("query", "rule", "field"),
    [
        ("from=2026-05-02&to=2026-05-01", "date-order", "from"),
        ("from=2026-01-01&to=2027-01-02", "CAL-01", "to"),
        ("from=0001-01-01&to=0001-01-02", "CAL-01", "from"),
        ("from=9999-12-30&to=9999-12-31", "CAL-01", "from"),
    ],
)
async def test_cal_01_bad_periods_are_refused(api: ServiceUnderTest, query: str, rule: str, field: str) -> None:
    refused = (await api.call("GET", f"/v1/calendar?{query}", expect=422)).json()
    assert (refused["rule"], refused["field"]) == (rule, field)


def test_cal_01_at_the_ends_of_the_calendar_the_day_that_was_said_counts() -> None:
    early, late = "0001-01-01T09:00:00+14:00", "9999-12-31T23:00:00-12:00"
    assert first_and_last({"starts_at": early, "ends_at": late}) == (date.min, date.max)


moments = st.datetimes(
    min_value=datetime(2026, 4, 25),  # noqa: DTZ001 (the strategy gives the zone)
    max_value=datetime(2026, 5, 12),  # noqa: DTZ001
    timezones=st.timezones(),
)


@given(start=moments, lasts=st.timedeltas(timedelta(0), timedelta(days=5)), place=st.timezones(), timed=st.booleans())
def test_cal_01_every_entry_of_a_day_lies_in_the_days_that_are_looked_through(
    start: datetime, lasts: timedelta, place: Any, timed: bool
) -> None:
    """The index is by days in UTC or of the entry itself; what is looked through must hold all of the reader's day."""
    day = date(2026, 5, 4)
    end = (start + lasts).isoformat()
    own: dict[str, Any] = {
        "starts_at": start.isoformat(),
        "ends_at": end,
        "all_day": not timed,
        "occurred_on": "2026-05-04",
    }
    if not overlaps(own, day, day, place):
        return
    first, last = first_and_last(own)
    if last - first <= timedelta(days=1):
        assert day - timedelta(days=2) <= first < day + timedelta(days=2)
    else:
        assert last >= day - timedelta(days=1)
