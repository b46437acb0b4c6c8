"""Rows of the feature table: what is due, for whom, and when it comes again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from dossier.auth.demo import BY_LOGIN
from dossier.days import OFFICE, today
from e2e.entering import activity, company, history, record, word
from e2e.people import User
from e2e.stack import Stack

pytestmark = [pytest.mark.backends, pytest.mark.slow]
ANNA, BRUNO, CLARA, EMIL = (BY_LOGIN[login].id for login in ("anna", "bruno", "clara", "emil"))


def task(user: User, title: str, of: str, due_on: date | None = None, **more: Any) -> str:
    """An open item of a user, due or undated; its id."""
    due = {} if due_on is None else {"due_on": str(due_on)}
    return activity(user, title, kind="note", responsible={"user": of}, **due, **more)


def listed(user: User, one: str, at: str = "mine") -> list[str]:
    """The titles with the word on a work list."""
    items = user.lists("histories", f"/v1/work-lists/{at}")
    return [each["title"].removesuffix(f" {one}") for each in items if one in each["title"]]


def shown(user: User, id: str) -> dict[str, Any]:
    return user.asks("activities", f"/v1/activities/{id}")


def test_row_27_act_02_03_20_an_undated_open_item_is_pending_until_it_is_completed(anna: User) -> None:
    one, acme = word(), company(anna, f"Acme {word()}")
    item = task(anna, f"Ask {one}", ANNA, address={"type": "company", "id": acme})
    record(anna, f"No task {one}", "company", acme)
    assert listed(anna, one) == ["Ask"]
    anna.writes("activities", f"/v1/activities/{item}/complete")
    assert listed(anna, one) == []
    assert listed(anna, one, "mine?show=completed") == ["Ask"]
    assert set(history(anna, "company", acme)) == {f"Ask {one}", f"No task {one}"}
    anna.writes("activities", f"/v1/activities/{item}/reopen")
    assert listed(anna, one) == ["Ask"]


def test_row_28_act_08_who_enters_a_task_for_another_does_not_have_it_on_the_list(anna: User, bruno: User) -> None:
    one = word()
    item = task(anna, f"For Bruno {one}", BRUNO, today(OFFICE))
    bruno.knows_what(anna)
    assert (listed(anna, one), listed(bruno, one)) == ([], ["For Bruno"])
    assert (listed(anna, one, "waiting"), listed(bruno, one, "waiting")) == (["For Bruno"], [])
    assert shown(anna, item)["entered_by"] == ANNA


def test_row_29_act_04_07_the_last_day_of_the_list_is_in_it(anna: User) -> None:
    one = word()
    for days in (6, 7, 9):
        task(anna, f"in {days} {one}", ANNA, today(OFFICE) + timedelta(days=days))
    follow_up = {"user": ANNA, "follow_up_on": str(today(OFFICE) + timedelta(days=5))}
    activity(anna, f"earlier {one}", kind="note", due_on=str(today(OFFICE) + timedelta(days=30)), responsible=follow_up)
    until = today(OFFICE) + timedelta(days=7)
    assert listed(anna, one) == []
    assert listed(anna, one, f"mine?until={until}") == ["earlier", "in 6", "in 7"]
    assert listed(anna, one, f"mine?until={until}&by=due") == ["in 6", "in 7"]
    assert listed(anna, one, "mine?all=true") == ["earlier", "in 6", "in 7", "in 9"]


def test_row_30_dln_01_02_03_04_05_early_deadlines_move_along_and_take_nothing_else(anna: User, bruno: User) -> None:
    due = today(OFFICE) + timedelta(days=60)
    lacking = {"kind": "note", "title": "Appeal", "activity_type": "deadline"}
    because = (422, "DLN-02", "due_on")
    anna.is_refused("activities", "/v1/activities", lacking, because)
    deadline = task(anna, "Appeal", ANNA, due, activity_type="deadline")
    at = f"/v1/activities/{deadline}"
    first, second = anna.writes("activities", f"{at}/early-deadlines", {"early": [{}, {}]})["made"]

    def dated(id: str) -> tuple[str, str]:
        told = shown(anna, id)
        return told["due_on"], told["responsible"]["user"]

    assert dated(first) == (str(due - timedelta(days=7)), ANNA)
    assert dated(second) == (str(due - timedelta(days=14)), ANNA)
    anna.writes("activities", f"{at}/responsible", {"user": BRUNO})
    anna.writes("activities", f"/v1/activities/{second}/complete")
    anna.writes("activities", f"{at}/due", {"on": str(due + timedelta(days=10))}, "PUT")
    assert dated(deadline) == (str(due + timedelta(days=10)), BRUNO)
    assert dated(first) == (str(due + timedelta(days=3)), ANNA)
    assert dated(second) == (str(due - timedelta(days=14)), ANNA)
    assert shown(anna, deadline)["completed_on"] is None
    anna.writes("activities", f"{at}/reviewer", {"user": CLARA}, "PUT")
    bruno.knows_what(anna)
    bruno.is_refused("activities", f"{at}/complete", {}, (422, "DLN-01", "review"))


def test_row_31_act_18_22_completing_one_of_a_series_opens_exactly_the_next(anna: User) -> None:
    one, first = word(), date(today(OFFICE).year + 1, 1, 31)
    item = task(anna, f"Report {one}", ANNA, first)
    at = f"/v1/activities/{item}"
    anna.writes("activities", f"{at}/recurrence", {"rule": "FREQ=MONTHLY;BYMONTHDAY=-1"}, "PUT")
    for _ in range(2):
        anna.writes("activities", f"{at}/complete")
    following = shown(anna, item)["next_occurrence"]
    assert shown(anna, following)["due_on"] == str(date(first.year, 3, 1) - timedelta(days=1))
    assert listed(anna, one, "mine?all=true") == ["Report"]
    assert listed(anna, one, "mine?show=completed") == ["Report"]


@pytest.fixture
def team(anna: User, dora: User) -> Iterator[str]:
    """A group of Anna and Bruno, led by Clara; its id. Whoever stands in for Clara does no longer afterwards."""
    group = dora.writes("directory", "/v1/groups", {"name": f"Team {word()}"})["id"]
    for place in (f"members/{ANNA}", f"members/{BRUNO}", f"leaders/{CLARA}"):
        dora.writes("directory", f"/v1/groups/{group}/{place}", method="PUT")
    yield group
    dora.writes("directory", f"/v1/users/{CLARA}/deputies/{EMIL}", method="DELETE")
    dora.writes("directory", f"/v1/groups/{group}/deactivate")


def test_row_57_act_19_not_17_rgt_09_a_leader_sees_the_teams_list_and_so_does_a_deputy(
    stack: Stack, anna: User, clara: User, dora: User, team: str
) -> None:
    one, emil = word(), User(stack, "emil")
    task(anna, f"Bruno's {one}", BRUNO, today(OFFICE))
    task(anna, f"Clara's {one}", CLARA, today(OFFICE))
    task(anna, f"secret {one}", CLARA, today(OFFICE), visibility="granted")
    at = f"team?group={team}"

    def asks(user: User, path: str, status: int) -> None:
        user.knows_what(dora)
        user.asks("histories", f"/v1/work-lists/{path}", status)

    clara.knows_what(anna)
    assert listed(clara, one) == ["Clara's", "secret"]
    asks(clara, at, 200)
    assert listed(clara, one, at) == ["Bruno's"]
    asks(emil, at, 404)
    asks(emil, f"users/{CLARA}", 404)
    days = {"first_day": str(today(OFFICE) - timedelta(days=1)), "last_day": str(today(OFFICE) + timedelta(days=1))}
    dora.writes("directory", f"/v1/users/{CLARA}/deputies/{EMIL}", days, "PUT")
    asks(emil, at, 200)
    assert listed(emil, one, at) == ["Bruno's"]
    assert listed(emil, one, f"users/{CLARA}") == ["Clara's"]
    over = {"last_day": str(today(OFFICE) - timedelta(days=2))}
    dora.writes("directory", f"/v1/users/{CLARA}/deputies/{EMIL}", over, "PUT")
    asks(emil, at, 404)
    asks(emil, f"users/{CLARA}", 404)
    asks(anna, at, 404)
