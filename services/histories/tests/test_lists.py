"""On whose lists an activity stands, as its events say."""

from __future__ import annotations

from datetime import date

import pytest

from dossier.contracts import Event, tasks
from dossier.contracts import activities as act
from dossier.ids import new_id, stream_id
from dossier.testing.activities import ANNA, BEN, CARA, DORA, note
from dossier.testing.recorded import recorded
from histories.domain.activities import fold_activity, new_entry
from histories.domain.calendar import first_and_last
from histories.domain.documents import Entry

DUE, LATER = date(2026, 5, 8), date(2026, 5, 20)


def after(first: Event, *events: Event, actor: str = f"user:{ANNA}") -> Entry:
    entry = new_entry(stream_id("activity", new_id()))
    fold_activity(entry, recorded(entry["_id"], first, *events, actor=actor))
    return entry


def lists(entry: Entry) -> dict[str, dict[str, str]]:
    """The lists, with the day alone."""
    return {
        user: {name: place.partition(" ")[0] for name, place in names.items()} for user, names in entry["lists"].items()
    }


def by(user: str, follow_up_on: date | None = None) -> act.Assignment:
    return act.Assignment(user=user, follow_up_on=follow_up_on)


def test_act_02_without_responsible_or_due_or_once_completed_it_is_no_task() -> None:
    assert after(note())["next"] is None
    assert after(note(due_on=DUE))["next"] is not None
    assert after(note(responsible=by(BEN)))["next"] is not None
    assert after(note(responsible=by(BEN)), act.ActivityCompleted(completed_on=DUE))["next"] is None


def test_act_03_the_date_is_the_earlier_of_due_and_the_users_own_follow_up_date() -> None:
    entry = after(note(responsible=by(BEN, LATER), further_responsible=(by(CARA, date(2026, 5, 5)),), due_on=DUE))
    assert lists(entry)[BEN] == {"date": "2026-05-08", "due": "2026-05-08", "follow_up": "2026-05-20"}
    assert lists(entry)[CARA] == {"date": "2026-05-05", "due": "2026-05-08", "follow_up": "2026-05-05"}


def test_act_03_undated_is_later_than_every_day() -> None:
    assert lists(after(note(responsible=by(BEN))))[BEN] == {"date": "~", "due": "~", "follow_up": "~"}
    assert date.max.isoformat() < "~"


def test_act_20_what_is_completed_leaves_the_open_lists_of_all_and_reopened_comes_back() -> None:
    task = note(responsible=by(BEN), further_responsible=(by(CARA),), due_on=DUE)
    done = act.ActivityCompleted(completed_on=LATER)
    assert lists(after(task, done)) == {BEN: {"done": "2026-05-20"}, CARA: {"done": "2026-05-20"}}
    assert lists(after(task, done, act.ActivityReopened())) == lists(after(task))


def test_what_was_withdrawn_is_on_no_list_and_comes_back_when_it_is_restored() -> None:
    task = note(responsible=by(BEN), due_on=DUE, all_day=True)
    withdrawn = after(task, act.ActivityWithdrawn())
    assert (withdrawn["lists"], withdrawn["next"]) == ({}, None)
    assert lists(after(task, act.ActivityWithdrawn(), act.ActivityRestored())) == lists(after(task))


def test_act_02_what_is_due_and_nobody_is_responsible_for_stands_on_the_list_of_nobody() -> None:
    task, of_nobody = note(due_on=DUE), {"nobody": {"due": "2026-05-08"}}
    taken, done = act.ResponsibleAssigned(assignment=by(BEN), main=False), act.ActivityCompleted(completed_on=LATER)
    assert lists(after(task)) == of_nobody
    assert lists(after(task, taken)).keys() == {ANNA, BEN}
    assert lists(after(task, taken, act.ResponsibleRemoved(user=BEN))) == of_nobody
    assert lists(after(task, done)) == lists(after(task, act.ActivityWithdrawn())) == lists(after(note())) == {}


def test_within_a_day_what_is_urgent_comes_first_but_among_what_is_done_or_in_a_calendar() -> None:
    places: dict[str, list[str]] = {name: [] for name in ("date", "next")}
    for priority in ("high", "normal", "low"):
        task = note(responsible=by(BEN), due_on=DUE, priority=priority, all_day=True)
        entry, done = after(task), after(task, act.ActivityCompleted(completed_on=LATER))
        places["date"].append(entry["lists"][BEN]["date"])
        places["next"].append(str(entry["next"]))
        assert entry["lists"][ANNA]["calendar"] == f"2026-05-04 {entry['_id'][-36:]}"
        assert done["lists"][BEN]["done"] == f"2026-05-20 {done['_id'][-36:]}"
    assert places["date"] == places["next"] == sorted(places["date"])
    assert {place[:10] for place in places["date"]} == {"2026-05-08"}
    urgent = act.ActivityCorrected(changes=act.ActivityChanges(priority="high"))
    assert after(note(due_on=DUE), urgent)["next"] < min(places["next"][1:])


def test_act_08_who_entered_it_waits_for_the_responsible_one_and_is_not_responsible() -> None:
    assert lists(after(note(responsible=by(BEN), due_on=DUE)))[ANNA] == {"waiting": "2026-05-08"}
    assert "waiting" not in lists(after(note(responsible=by(ANNA), further_responsible=(by(BEN),))))[ANNA]
    assert ANNA not in lists(after(note(due_on=DUE)))


def test_act_18_who_makes_somebody_else_responsible_waits_for_that_one() -> None:
    task = note(responsible=by(ANNA), entered_by=DORA)
    handed_on = act.ResponsibleAssigned(assignment=by(BEN), main=True)
    assert lists(after(task, handed_on)).keys() == {ANNA, BEN, DORA}
    assert lists(after(task, handed_on))[ANNA] == {"waiting": "~"}
    assert lists(after(task, handed_on, actor=f"user:{BEN}")).keys() == {BEN, DORA}


@pytest.mark.parametrize("answer", ["accepted", "declined", "withdrawn"])
def test_act_18_an_offer_is_waited_for_once_it_is_accepted(answer: str) -> None:
    task = note(responsible=by(ANNA), entered_by=None)
    offered = tasks.DelegationOffered(to=BEN, by=ANNA)
    answered = tasks.DelegationAnswered.model_validate({"by": BEN, "answer": answer})
    taken = [act.ResponsibleAssigned(assignment=by(BEN), main=True)] if answer == "accepted" else []
    told = lists(after(task, offered, answered, *taken, actor=f"user:{BEN}"))
    assert told[ANNA].keys() == ({"waiting"} if answer == "accepted" else {"date", "due", "follow_up"})


@pytest.mark.parametrize(
    "filled", [{"starts_at": "2026-05-06T09:00:00+02:00"}, {"duration_minutes": 30}, {"all_day": True}]
)
def test_cal_01_it_is_in_the_calendar_with_from_or_duration_or_all_day(filled: dict[str, object]) -> None:
    assert "calendar" in lists(after(note(**filled)))[ANNA]
    assert lists(after(note())) == {}


def test_cal_02_the_calendar_goes_by_the_date_and_by_who_entered_it_or_takes_part() -> None:
    entry = after(note(all_day=True, due_on=DUE, participants=(CARA,), responsible=by(BEN)))
    told = {user: {name for name in names if name[:3] in ("cal", "ent")} for user, names in lists(entry).items()}
    assert told == {ANNA: {"calendar"}, CARA: {"calendar"}, BEN: {"entrusted"}}
    assert lists(entry)[ANNA]["calendar"] == "2026-05-04"


def test_cal_03_clearing_the_calendar_fields_takes_it_out_of_the_calendar() -> None:
    cleared = act.ActivityChanges(all_day=False, duration_minutes=None, starts_at=None, ends_at=None)
    entry = after(note(all_day=True), act.ActivityCorrected(changes=cleared))
    assert lists(entry) == {}
    assert entry["own"]["title"] == "Offer"


def test_cal_01_what_lasts_longer_than_a_day_stands_by_its_last_day() -> None:
    entry = after(note(starts_at="2026-05-04T22:00:00-05:00", ends_at="2026-05-09T08:00:00+02:00"))
    assert lists(entry)[ANNA] == {"calendar_long": "2026-05-09"}
    assert first_and_last(entry["own"]) == (date(2026, 5, 5), date(2026, 5, 9))
    assert lists(after(note(starts_at="9999-12-30T22:00:00Z", duration_minutes=5256000)))[ANNA] == {
        "calendar": "9999-12-30"
    }
