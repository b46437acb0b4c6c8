"""Work lists: what is open for me, by which date; what I wait for; what is open in a team; for whom I stand in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dossier.contracts import Event, Grant, tasks
from dossier.contracts import activities as act
from dossier.contracts import directory as d
from dossier.contracts import engagements as eng
from dossier.contracts.common import GrantOrigin, Principals
from dossier.ids import new_id
from dossier.testing.activities import ANNA, BEN, CARA, DORA, note
from dossier.testing.clock import ManualClock
from dossier.testing.services import ServiceUnderTest
from histories.api.worklist_models import WorkList, WorkListsOverview
from oracle.recording import Present
from oracle.telling import company, made, project

pytestmark = pytest.mark.backends

TODAY = date(2026, 5, 4)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def by(user: str, follow_up_on: date | None = None) -> act.Assignment:
    return act.Assignment(user=user, follow_up_on=follow_up_on)


async def task(present: Present, *events: Event, **facts: Any) -> str:
    """An open item of Anna's, unless the facts say otherwise."""
    return await made(present, "activity", note(**({"responsible": by(ANNA)} | facts)), *events)


async def read(api: ServiceUnderTest, path: str, reader: str = "anna", *groups: str) -> dict[str, Any]:
    answer = await api.call("GET", f"/v1/work-lists{path}", token=api.tokens.user(reader, groups), expect=200)
    return (WorkList if path else WorkListsOverview).model_validate_json(answer.content).model_dump()


async def ids(api: ServiceUnderTest, path: str, reader: str = "anna", *groups: str) -> list[str]:
    return [row["id"] for row in (await read(api, path, reader, *groups))["items"]]


async def test_act_03_the_list_holds_what_is_dated_up_to_today_and_always_what_is_undated(
    api: ServiceUnderTest, present: Present
) -> None:
    undated = await task(present)
    today = await task(present, due_on=TODAY)
    late = await task(present, due_on=YESTERDAY)
    early_warning = await task(present, due_on=TOMORROW, responsible=by(ANNA, TODAY))
    further = await task(present, responsible=by(BEN), further_responsible=(by(ANNA, YESTERDAY),))
    await task(present, due_on=TOMORROW)
    await task(present, responsible=by(BEN))
    await task(present, act.ActivityCompleted(completed_on=TODAY))
    items = (await read(api, "/mine"))["items"]
    assert [row["id"] for row in items] == [late, further, today, early_warning, undated]
    assert [row["section"] for row in items] == ["overdue", "overdue", "today", "today", "undated"]


async def test_within_a_day_the_most_urgent_comes_first(api: ServiceUnderTest, present: Present) -> None:
    priorities = ("normal", "high", "low", "high")
    due = [await task(present, due_on=TODAY, priority=priority) for priority in priorities]
    undated = [await task(present, priority=priority) for priority in priorities]
    late = await task(present, due_on=YESTERDAY, priority="low")
    in_order = [late, *([each[1], each[3], each[0], each[2]] for each in (due, undated))]
    expected = [late, *in_order[1], *in_order[2]]
    assert await ids(api, "/mine") == expected
    assert await ids(api, "/mine?by=due") == expected
    told, cursor = list[str](), ""
    while cursor is not None:
        page = await read(api, f"/mine?limit=2{cursor and f'&cursor={cursor}'}")
        told, cursor = told + [row["id"] for row in page["items"]], page["next"]
    assert told == expected


async def test_act_02_what_is_due_and_nobody_is_responsible_for_is_a_list_of_its_own(
    api: ServiceUnderTest, present: Present
) -> None:
    assert (await read(api, ""))["nobody"] is False
    later, first = [await made(present, "activity", note(due_on=day)) for day in (TOMORROW, TODAY)]
    hidden = await made(present, "activity", note(due_on=TODAY, visibility="granted", entered_by=BEN))
    await made(present, "activity", note())
    await task(present, due_on=TODAY)
    assert await ids(api, "/nobody") == [first, later]
    assert await ids(api, "/nobody", "ben") == [first, hidden, later]
    assert (await read(api, ""))["nobody"] is True
    (row,) = (await read(api, "/nobody?limit=1"))["items"]
    assert (row["user"], row["responsible"], row["on"]) == (None, None, TODAY.isoformat())
    await present.happen(f"activity-{first}", act.ResponsibleAssigned(assignment=by(BEN), main=True))
    await present.happen(f"activity-{later}", act.ActivityCompleted(completed_on=TODAY))
    assert await ids(api, "/nobody") == []
    assert (await read(api, ""))["nobody"] is False


async def test_act_04_the_until_date_is_today_and_the_days_of_preview_and_all_switches_it_off(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_two_days = await task(present, due_on=TODAY + timedelta(days=2))
    in_three_days = await task(present, due_on=TODAY + timedelta(days=3))
    assert await ids(api, "/mine") == []
    service = api.roles.app.state.service
    monkeypatch.setattr(service, "settings", service.settings.model_copy(update={"work_list_days": 2}))
    assert await ids(api, "/mine") == [in_two_days]
    assert (await read(api, "/mine"))["until"] == "2026-05-06"
    assert await ids(api, "/mine?all=true") == [in_two_days, in_three_days]
    for contradiction in ("all=true", "show=overdue", "show=completed"):
        path = f"/v1/work-lists/mine?until=2026-05-04&{contradiction}"
        refused = await api.call("GET", path, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("ACT-04", "until")


async def test_act_07_the_until_date_is_inclusive(api: ServiceUnderTest, present: Present) -> None:
    due = await task(present, due_on=TODAY + timedelta(days=7))
    assert await ids(api, "/mine?until=2026-05-10") == []
    assert await ids(api, "/mine?until=2026-05-11") == [due]
    assert await ids(api, "/mine?until=9999-12-31") == [due]


async def test_act_03_today_is_the_day_where_the_reader_is(
    api: ServiceUnderTest, present: Present, clock: ManualClock
) -> None:
    tomorrow = await task(present, due_on=TOMORROW)
    await present.happen(f"user-{ANNA}", d.UserAdded(name="Anna"))
    assert await ids(api, "/mine") == []
    await present.happen(f"user-{ANNA}", d.UserChanged(time_zone="Asia/Tokyo"))  # where the fifth of May has begun
    assert await ids(api, "/mine") == [tomorrow]
    await present.happen(f"user-{ANNA}", d.UserChanged(time_zone="Mars/Phobos"))
    assert (await read(api, "/mine"))["today"] == TODAY.isoformat()
    clock.advance(days=1)
    assert await ids(api, "/mine?show=overdue") == []
    clock.advance(days=1)
    assert await ids(api, "/mine?show=overdue") == [tomorrow]


async def test_dlg_01_what_is_offered_stands_on_the_list_of_whom_it_is_offered_to_until_the_answer(
    api: ServiceUnderTest, present: Present
) -> None:
    offer = tasks.DelegationOffered(to=BEN, by=ANNA, note="Please")
    later, first = [await task(present, offer, due_on=day) for day in (TOMORROW, TODAY)]
    await task(present, offer, act.ActivityCompleted(completed_on=TODAY))
    assert await ids(api, "/offered", "ben") == [first, later]
    assert await ids(api, "/mine?all=true", "ben") == []
    assert ((await read(api, "", "ben"))["offered"], (await read(api, ""))["offered"]) == (True, False)
    for each, answer in ((first, "accepted"), (later, "declined")):
        await present.happen(f"activity-{each}", tasks.DelegationAnswered(by=BEN, answer=answer))
    assert await ids(api, "/offered", "ben") == []
    assert (await read(api, "", "ben"))["offered"] is False


async def test_dln_01_what_is_to_be_reviewed_stands_on_the_reviewers_list_until_it_is_approved(
    api: ServiceUnderTest, present: Present
) -> None:
    demanded = tasks.ReviewDemanded(reviewer=BEN)
    deadline = await task(present, demanded, due_on=TODAY)
    waived = await task(present, demanded, due_on=TODAY)
    await present.happen(f"activity-{waived}", tasks.ReviewWaived())
    for approved, listed in ((False, [deadline]), (True, [])):
        await present.happen(f"activity-{deadline}", tasks.ReviewGiven(reviewer=BEN, approved=approved))
        assert await ids(api, "/reviews", "ben") == listed
        assert (await read(api, "", "ben"))["reviews"] is bool(listed)
    await present.happen(f"activity-{deadline}", demanded)  # it was changed after it had been approved
    assert await ids(api, "/reviews", "ben") == [deadline]


async def test_dln_03_an_early_deadline_says_whose_it_is_to_whom_may_see_that(
    api: ServiceUnderTest, present: Present
) -> None:
    shown = await task(present, due_on=TOMORROW, title="Appeal", responsible=by(BEN))
    hidden = await task(present, due_on=TOMORROW, visibility="granted", responsible=by(BEN), entered_by=BEN)
    made_of = {
        await task(present, tasks.EarlyDeadlineMade(deadline=each, days_before=7), due_on=TODAY): each
        for each in (shown, hidden)
    }
    for row in (await read(api, "/mine"))["items"]:
        expected = {"id": shown, "title": "Appeal"} if made_of[row["id"]] == shown else None
        assert row["early_deadline_of"] == expected


async def test_act_05_the_overview_says_whether_there_is_anything_open(api: ServiceUnderTest, present: Present) -> None:
    assert not (await read(api, ""))["mine"]
    identifier = await task(present, due_on=date(2030, 1, 1))
    assert (await read(api, ""))["mine"]
    assert (await read(api, ""))["waiting"] is False
    await present.happen(f"activity-{identifier}", act.ActivityCompleted(completed_on=TODAY))
    assert not (await read(api, ""))["mine"]


async def test_a_list_goes_by_deadline_or_follow_up_on_request(api: ServiceUnderTest, present: Present) -> None:
    one = await task(present, due_on=TODAY, responsible=by(ANNA, YESTERDAY))
    two = await task(present, due_on=YESTERDAY, responsible=by(ANNA, TODAY))
    three = await task(present, responsible=by(ANNA, TODAY))
    assert await ids(api, "/mine?by=due") == [two, one, three]
    assert await ids(api, "/mine?by=follow_up") == [one, two, three]
    assert await ids(api, "/mine?by=due&show=overdue") == [two]
    assert [row["on"] for row in (await read(api, "/mine?by=due"))["items"]] == ["2026-05-03", "2026-05-04", None]


async def test_act_20_completed_items_are_listed_on_request_newest_first(
    api: ServiceUnderTest, present: Present
) -> None:
    first = await task(present, act.ActivityCompleted(completed_on=YESTERDAY))
    second = await task(present, act.ActivityCompleted(completed_on=TODAY))
    await task(present)
    assert await ids(api, "/mine?show=completed") == [second, first]
    assert {row["section"] for row in (await read(api, "/mine?show=completed"))["items"]} == {"completed"}


async def test_waiting_for_others_are_open_items_i_entered_or_handed_on(
    api: ServiceUnderTest, present: Present
) -> None:
    entered = await task(present, responsible=by(BEN), due_on=TODAY)
    await task(present, responsible=by(ANNA), further_responsible=(by(BEN),))
    await task(present, act.ActivityCompleted(completed_on=TODAY), responsible=by(BEN))
    later = await task(present, responsible=by(CARA), due_on=TOMORROW)
    assert await ids(api, "/waiting") == [entered, later]
    assert await ids(api, "/waiting", "ben") == []


async def test_a_row_names_address_project_and_people(api: ServiceUnderTest, present: Present) -> None:
    for user, name in ((ANNA, "Anna"), (BEN, "Ben")):
        await present.happen(f"user-{user}", d.UserAdded(name=name))
    acme = await company(present, "Acme AG")
    atlas = await project(present, "P1", "Atlas")
    address = {"type": "company", "id": acme}
    await task(
        present, address=address, project=atlas, further_responsible=(by(BEN, TODAY),), due_on=TOMORROW, priority="high"
    )
    (row,) = (await read(api, "/mine", "ben"))["items"]
    named = {field: row[field]["name"] for field in ("user", "responsible", "entered_by", "primary_address", "project")}
    assert named == {
        "user": "Ben", "responsible": "Anna", "entered_by": "Anna", "primary_address": "Acme AG", "project": "P1 Atlas"
    }  # fmt: skip
    assert (row["on"], row["due_on"], row["follow_up_on"]) == ("2026-05-04", "2026-05-05", "2026-05-04")
    assert [other["name"] for other in row["further_responsible"]] == ["Ben"]
    assert row["priority"] == "high"


@pytest.mark.parametrize("query", ["?all=true", "?show=completed", "?all=true&by=follow_up"])
async def test_pages_join_without_gap_or_repetition_in_a_list_of_several_users(
    api: ServiceUnderTest, present: Present, query: str
) -> None:
    await present.happen(f"group-{new_id()}", d.GroupCreated(name="Team"), *map(joined, (ANNA, BEN)), leads(CARA))
    for number in range(7):
        due = TODAY + timedelta(days=number % 3) if number % 4 else None
        done = (act.ActivityCompleted(completed_on=TODAY + timedelta(days=number % 2)),) if "completed" in query else ()
        further = (by(BEN, due),) if number % 2 else ()
        await task(present, *done, responsible=by(ANNA, due), further_responsible=further)
    whole = (await read(api, f"/team{query}", "cara"))["items"]
    assert len(whole) == 10
    read_so_far: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = await read(api, f"/team{query}&limit=1{cursor and f'&cursor={cursor}'}", "cara")
        read_so_far += page["items"]
        cursor = page["next"]
    assert read_so_far == whole


def joined(user: str) -> Event:
    return d.MemberAdded(user=user)


def leads(user: str) -> Event:
    return d.LeaderAppointed(user=user)


async def team(present: Present, *events: Event) -> str:
    return await made(present, "group", d.GroupCreated(name="Team"), *events)


async def test_act_19_a_leader_sees_the_open_items_of_the_members_of_the_groups_led(
    api: ServiceUnderTest, present: Present
) -> None:
    first = await team(present, joined(ANNA), joined(BEN), leads(CARA))
    second = await team(present, joined(DORA), leads(CARA))
    of_anna, of_dora = await task(present), await task(present, responsible=by(DORA))
    await task(present, responsible=by(CARA))
    assert await ids(api, "/team", "cara") == [of_anna, of_dora]
    assert await ids(api, f"/team?group={second}", "cara") == [of_dora]
    assert await ids(api, f"/users/{ANNA}", "cara") == [of_anna]
    teams = {team["group"]["id"]: team["members"] for team in (await read(api, "", "cara"))["teams"]}
    assert {group: {user["id"] for user in members} for group, members in teams.items()} == {
        first: {ANNA, BEN},
        second: {DORA},
    }
    await present.happen(f"group-{first}", d.MemberRemoved(user=ANNA))
    assert await ids(api, "/team", "cara") == [of_dora]
    await present.happen(f"group-{second}", d.GroupDeactivated())
    assert await ids(api, "/team", "cara") == []
    await present.happen(f"group-{second}", d.GroupReactivated())
    assert await ids(api, "/team", "cara") == [of_dora]
    await present.happen(f"group-{second}", d.LeaderDismissed(user=CARA))
    assert await ids(api, "/team", "cara") == []


async def test_act_19_nobody_else_sees_the_list_of_another_whether_there_is_such_a_user_or_not(
    api: ServiceUnderTest, present: Present
) -> None:
    group = await team(present, joined(ANNA), joined(BEN), leads(CARA))
    await task(present)
    paths = (f"/users/{ANNA}", f"/users/{new_id()}", f"/team?group={group}", f"/team?group={new_id()}")
    refusals = [await api.call("GET", f"/v1/work-lists{path}", token=api.tokens.user("ben")) for path in paths]
    assert {refusal.status_code for refusal in refusals} == {404}
    assert len({refusal.json()["detail"] for refusal in refusals}) == 1
    assert [refusal.json()["field"] for refusal in refusals] == ["user", "user", "group", "group"]
    assert await ids(api, "/team", "ben") == []


async def test_not_17_a_deputy_sees_the_represented_users_list_within_the_dates_both_inclusive(
    api: ServiceUnderTest, present: Present, clock: ManualClock
) -> None:
    appointed = d.DeputyAppointed(deputy=BEN, first_day=TODAY, last_day=TOMORROW)
    await present.happen(f"user-{ANNA}", d.UserAdded(name="Anna"), appointed)
    item = await task(present)
    path = f"/v1/work-lists/users/{ANNA}"
    clock.advance(days=-1)
    await api.call("GET", path, token=api.tokens.user("ben"), expect=404)
    for _ in range(2):
        clock.advance(days=1)
        assert await ids(api, f"/users/{ANNA}", "ben") == [item]
        assert [user["id"] for user in (await read(api, "", "ben"))["represents"]] == [ANNA]
    clock.advance(days=1)
    await api.call("GET", path, token=api.tokens.user("ben"), expect=404)
    await present.happen(f"user-{ANNA}", d.DeputyAppointed(deputy=BEN))
    assert await ids(api, f"/users/{ANNA}", "ben") == [item]
    await present.happen(f"user-{ANNA}", d.DeputyDismissed(deputy=BEN))
    await api.call("GET", path, token=api.tokens.user("ben"), expect=404)


async def test_rgt_09_a_deputy_has_the_leaders_role_towards_the_team_and_no_right_on_the_leader(
    api: ServiceUnderTest, present: Present
) -> None:
    await team(present, joined(ANNA), joined(CARA), leads(CARA))
    await present.happen(f"user-{CARA}", d.UserAdded(name="Cara"), d.DeputyAppointed(deputy=DORA))
    of_anna = await task(present)
    of_cara = await task(present, responsible=by(CARA), entered_by=CARA)
    hidden = await task(present, responsible=by(CARA), entered_by=CARA, visibility="granted")
    assert await ids(api, "/team", "dora") == [of_anna]
    assert await ids(api, "/team", "cara") == [of_anna, of_cara, hidden]
    assert await ids(api, f"/users/{CARA}", "dora") == [of_cara]  # the list, and not what only Cara may see


async def test_rgt_09_who_leads_or_stands_in_is_not_believed_of_what_is_set_aside(
    api: ServiceUnderTest, present: Present, parked: set[str]
) -> None:
    group = await team(present, joined(ANNA), leads(CARA))
    await present.happen(f"user-{ANNA}", d.UserAdded(name="Anna"), d.DeputyAppointed(deputy=BEN))
    path = f"/v1/work-lists/users/{ANNA}"
    for reader, stream in (("cara", f"group-{group}"), ("ben", f"user-{ANNA}")):
        await api.call("GET", path, token=api.tokens.user(reader), expect=200)
        parked.add(stream)
        await api.call("GET", path, token=api.tokens.user(reader), expect=404)


async def test_rgt_10_a_list_shows_what_its_reader_may_see_restricted_engagements_included(
    api: ServiceUnderTest, present: Present
) -> None:
    await team(present, joined(ANNA), leads(CARA))
    secret = await made(
        present,
        "project",
        eng.ProjectRegistered(code="P9", title="Secret"),
        eng.EngagementRestricted(to=Principals(users=(BEN,))),
    )
    on_secret = await task(present, project=secret, further_responsible=(by(BEN),))
    grant = Grant(to="user", id=CARA, origin=GrantOrigin(kind="person", id=ANNA))
    granted = await task(present, visibility="granted", grants=(grant,))
    private = await task(present, visibility="granted")
    assert await ids(api, "/mine") == [granted, private]
    assert await ids(api, "/mine", "ben") == [on_secret]
    assert await ids(api, "/team", "cara") == [granted]


async def test_while_a_stream_is_parked_only_author_and_responsible_have_it_on_lists_marked(
    api: ServiceUnderTest, present: Present, parked: set[str]
) -> None:
    await team(present, joined(ANNA), leads(CARA))
    item = await task(present)
    parked.add(f"activity-{item}")
    assert await ids(api, "/team", "cara") == []
    assert (await read(api, "/mine"))["items"][0]["marks"] == ["parked"]


async def test_a_service_has_no_work_list(api: ServiceUnderTest) -> None:
    refused = await api.call("GET", "/v1/work-lists/mine", token=api.tokens.service("notifications"), expect=403)
    assert refused.json()["rule"] == "users-only"
