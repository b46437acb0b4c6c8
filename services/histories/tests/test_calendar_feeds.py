"""The secret calendar feed, as two independent readers of iCalendar understand it."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import httpx
import icalendar
import pytest
import vobject

from dossier.contracts import Event, Grant, tasks
from dossier.contracts import activities as act
from dossier.contracts import directory as d
from dossier.contracts import engagements as eng
from dossier.contracts.common import GrantOrigin, Principals
from dossier.ids import new_id
from dossier.projections.feeds import FeedUnreachable
from dossier.testing.activities import ANNA, BEN, note
from dossier.testing.services import ServiceUnderTest
from histories.views import calendar
from oracle.recording import Present
from oracle.telling import company, made, project, recorded, ref

pytestmark = pytest.mark.backends

SECRET, OTHER = "s" * 43, "t" * 43
NOT_FOUND = "There is nothing here that you may see."
TEAM = new_id()


def opened(secret: str) -> Event:
    return d.CalendarFeedOpened(secret_hash=hashlib.sha256(secret.encode()).hexdigest())


@pytest.fixture
async def anna(present: Present) -> str:
    return await present.happen(f"user-{ANNA}", d.UserAdded(name="Anna"), opened(SECRET))


async def fetch(api: ServiceUnderTest, secret: str = SECRET, query: str = "", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.http.get(f"/v1/calendar-feeds/{secret}.ics{query}", headers=named)


async def understood(api: ServiceUnderTest, query: str = "") -> list[dict[str, Any]]:
    """The components, as both readers have them."""
    answer = await fetch(api, query=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    first = [_of_icalendar(each) for each in icalendar.Calendar.from_ical(answer.content).subcomponents]
    second = [
        _of_vobject(each) for each in vobject.readOne(answer.text).getChildren() if each.name in ("VEVENT", "VTODO")
    ]
    assert sorted(first, key=_identity) == sorted(second, key=_identity)
    return first


def _identity(component: dict[str, Any]) -> str:
    return component["uid"]


def _of_icalendar(component: Any) -> dict[str, Any]:
    found = {"kind": component.name, "uid": str(component["uid"]), "summary": str(component["summary"])}
    for name in ("dtstart", "dtend", "due"):
        found[name] = component[name].dt if name in component else None
    return found


def _of_vobject(component: Any) -> dict[str, Any]:
    found = {"kind": component.name, "uid": component.uid.value, "summary": component.summary.value}
    for name in ("dtstart", "dtend", "due"):
        child = getattr(component, name, None)
        found[name] = child.value if child is not None else None
    return found


async def titles(api: ServiceUnderTest, query: str = "") -> list[str]:
    return [component["summary"] for component in await understood(api, query)]


async def test_cal_feed_meetings_are_events_at_their_time_or_on_their_days(
    api: ServiceUnderTest, present: Present, anna: str
) -> None:
    acme = await company(present, "Acme; AG, \\ Sons")
    address = ref("company", acme)
    await recorded(
        present,
        address=address,
        kind="meeting",
        title="Büro, Umbau; 2. Teil\nnew line " + "long " * 30,
        starts_at="2026-05-04T09:00:00+02:00",
        ends_at="2026-05-04T10:30:00+02:00",
    )
    await recorded(present, title="Fair", all_day=True, occurred_on=date(2026, 5, 6))
    await recorded(present, title="No time", duration_minutes=30)
    await recorded(present, title="Long ago", all_day=True, occurred_on=date(2025, 5, 6))
    found = {each["summary"][:4]: each for each in await understood(api)}
    assert found.keys() == {"Büro", "Fair", "No t"}
    assert {each["kind"] for each in found.values()} == {"VEVENT"}
    assert found["Büro"]["dtstart"].isoformat() == "2026-05-04T07:00:00+00:00"
    assert found["Büro"]["dtend"].isoformat() == "2026-05-04T08:30:00+00:00"
    assert found["Büro"]["summary"].startswith("Büro, Umbau; 2. Teil\nnew line long long")
    assert (found["Fair"]["dtstart"], found["Fair"]["dtend"]) == (date(2026, 5, 6), date(2026, 5, 7))
    assert "Acme\\; AG\\, \\\\ Sons" in (await fetch(api)).text


async def test_cal_feed_a_full_calendar_is_told_for_a_shorter_time_around_today(
    api: ServiceUnderTest, present: Present, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "MOST_ENTRIES", 3)
    for day in (date(2026, 3, 1), date(2026, 5, 2), date(2026, 5, 8), date(2026, 9, 1)):
        await recorded(present, title=f"{day:%m-%d}", all_day=True, occurred_on=day)
    assert await titles(api) == ["05-02", "05-08"]
    for number in range(4):
        await recorded(present, title=f"Today {number}", all_day=True, occurred_on=date(2026, 5, 4))
    assert len([title for title in await titles(api) if title.startswith("Today")]) == 3


async def test_cal_feed_open_tasks_come_on_request_as_todos_or_as_events(
    api: ServiceUnderTest, present: Present, anna: str
) -> None:
    mine = act.Assignment(user=ANNA)
    await recorded(present, title="Dated", responsible=mine, due_on=date(2026, 5, 9))
    await recorded(present, title="Undated", responsible=mine)
    done = await recorded(present, title="Done", responsible=mine)
    await present.happen(f"activity-{done}", act.ActivityCompleted(completed_on=date(2026, 5, 4)))
    assert await understood(api) == []
    todos = {each["summary"]: (each["kind"], each["due"]) for each in await understood(api, "?tasks=todo")}
    assert todos == {"Dated": ("VTODO", date(2026, 5, 9)), "Undated": ("VTODO", None)}
    events = {each["summary"]: (each["kind"], each["dtstart"]) for each in await understood(api, "?tasks=event")}
    assert events == {"Dated": ("VEVENT", date(2026, 5, 9))}


async def test_cal_feed_a_task_is_due_on_its_due_date_and_says_when_it_is_followed_up(
    api: ServiceUnderTest, present: Present, anna: str
) -> None:
    mine = act.Assignment(user=ANNA, follow_up_on=date(2026, 5, 5))
    deadline = await recorded(present, title="Appeal", responsible=mine, due_on=date(2026, 5, 9))
    await recorded(present, title="Followed up", responsible=mine)
    early = note(title="Early", responsible=act.Assignment(user=ANNA), due_on=date(2026, 5, 8))
    await made(present, "activity", early, tasks.EarlyDeadlineMade(deadline=deadline, days_before=1))
    days = {"Appeal": date(2026, 5, 9), "Followed up": date(2026, 5, 5), "Early": date(2026, 5, 8)}
    assert {each["summary"]: each["due"] for each in await understood(api, "?tasks=todo")} == days
    assert {each["summary"]: each["dtstart"] for each in await understood(api, "?tasks=event")} == days
    text = (await fetch(api, query="?tasks=todo")).text
    assert (text.count("DESCRIPTION"), text.count("Follow-up: 2026-05-05")) == (2, 1)
    assert "Early deadline of: Appeal" in text


async def test_cal_feed_it_holds_exactly_what_the_user_may_see_now(
    api: ServiceUnderTest, present: Present, anna: str, parked: set[str]
) -> None:
    team = await made(present, "group", d.GroupCreated(name="Team"), d.MemberAdded(user=ANNA))
    readers = Principals(groups=(team,))
    secret = await project(present, "P9", "Secret", eng.EngagementRestricted(to=readers))
    grant = Grant(to="group", id=team, origin=GrantOrigin(kind="channel", id="office"))
    seen_by_team = note(title="On secret", all_day=True, project=secret, entered_by=BEN, participants=(ANNA,))
    await made(present, "activity", seen_by_team)
    await recorded(present, title="Private", all_day=True, visibility="granted", grants=(grant,))
    assert sorted(await titles(api)) == ["On secret", "Private"]
    assert (await fetch(api)).text.count("CLASS:PRIVATE") == 2
    parked.add(f"group-{team}")  # a later event may say that Anna left it
    assert await titles(api) == ["Private"]
    parked.clear()
    await present.happen(f"group-{team}", d.MemberRemoved(user=ANNA))
    assert await titles(api) == ["Private"]
    await present.happen(f"project-{secret}", eng.EngagementOpened())
    assert sorted(await titles(api)) == ["On secret", "Private"]
    parked.add(f"project-{secret}")
    assert await titles(api) == ["Private"]


async def test_cal_feed_a_revoked_or_renewed_secret_is_good_for_nothing_at_once(
    api: ServiceUnderTest, present: Present, anna: str
) -> None:
    """Whether or not the revocation has arrived here: the directory is asked."""
    assert (await fetch(api)).status_code == 200
    renewed = present.record(f"user-{ANNA}", opened(OTHER))
    assert [(await fetch(api, secret)).status_code for secret in (SECRET, OTHER)] == [404, 404]
    await present.apply(renewed)
    assert [(await fetch(api, secret)).status_code for secret in (SECRET, OTHER)] == [404, 200]
    for ending in (d.CalendarFeedClosed(), d.UserDeactivated()):
        await present.happen(f"user-{ANNA}", opened(SECRET))
        assert (await fetch(api)).status_code == 200
        revoked = present.record(f"user-{ANNA}", ending)
        assert (await fetch(api)).status_code == 404
        await present.apply(revoked)
        assert (await fetch(api)).status_code == 404


async def test_cal_feed_wrong_and_revoked_secrets_are_answered_alike(
    api: ServiceUnderTest, present: Present, anna: str
) -> None:
    await present.happen(f"user-{ANNA}", d.CalendarFeedClosed())
    answers = [await fetch(api, secret) for secret in (SECRET, OTHER, "x", "%00", "x" * 200)]
    assert {answer.status_code for answer in answers} == {404}
    assert {(answer.json()["rule"], answer.json()["detail"]) for answer in answers} == {("exists", NOT_FOUND)}


async def test_cal_feed_while_the_directory_cannot_be_asked_nothing_is_told(
    api: ServiceUnderTest, present: Present, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(stream: str, after: int) -> list[Any]:
        raise FeedUnreachable

    monkeypatch.setattr(api.roles.app.state, "newer", away)
    answer = await fetch(api)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert (await fetch(api, OTHER)).status_code == 404


async def test_cal_feed_an_unchanged_calendar_is_not_sent_again(
    api: ServiceUnderTest, present: Present, anna: str
) -> None:
    meeting = await recorded(present, title="Talk", all_day=True)
    first, again = await fetch(api), await fetch(api)
    assert (first.headers["etag"], first.content) == (again.headers["etag"], again.content)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}'):
        unchanged = await fetch(api, if_none_match=known)
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    await present.happen(f"activity-{meeting}", act.ActivityCorrected(changes=act.ActivityChanges(title="Walk")))
    changed = await fetch(api, if_none_match=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert "SEQUENCE:2" in changed.text
