"""How an activity enters the history and how its fields are put right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from activities.domain import recording
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import (
    TEXT_LIMIT,
    ActivityChanges,
    ActivityCorrected,
    Assignment,
    Mail,
    Sighting,
)
from dossier.contracts.common import AddressRef
from dossier.contracts.rules import RuleViolation
from dossier.ids import new_id
from dossier.testing.activities import ANNA, BEN, note
from dossier.testing.gwt import Scenarios

ACTIVITY = Scenarios(Activity, evolve)
MEYER, ACME = AddressRef(type="contact", id=new_id()), AddressRef(type="company", id=new_id())
CHRISTMAS = date(2026, 12, 24)
ANNA_AT_CHRISTMAS = Assignment(user=ANNA, follow_up_on=CHRISTMAS)
ANNA_EARLIER = Assignment(user=ANNA, follow_up_on=date(2026, 12, 1))
NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def test_act_01_an_activity_needs_no_address() -> None:
    ACTIVITY.given().when(lambda state: recording.record(state, note())).then(note())


def test_act_08_writing_a_note_makes_nobody_responsible() -> None:
    after = ACTIVITY.given().when(lambda state: recording.record(state, note())).then(note())
    assert after.state.facts.entered_by == ANNA
    assert after.state.assignments == ()


def test_act_09_further_addresses_need_a_primary_one() -> None:
    draft = note(further_addresses=(MEYER,))
    ACTIVITY.given().when(lambda state: recording.record(state, draft)).refused("ACT-09", "address")


def test_act_09_an_address_named_twice_counts_once() -> None:
    draft = note(address=MEYER, further_addresses=(ACME, MEYER, ACME))
    once = note(address=MEYER, further_addresses=(ACME,))
    ACTIVITY.given().when(lambda state: recording.record(state, draft)).then(once)


def test_act_02_a_responsible_user_named_twice_counts_once() -> None:
    anna, ben = Assignment(user=ANNA), Assignment(user=BEN, follow_up_on=date(2026, 6, 1))
    draft = note(responsible=anna, further_responsible=(ben, anna))
    once = note(responsible=anna, further_responsible=(ben,))
    ACTIVITY.given().when(lambda state: recording.record(state, draft)).then(once)


@pytest.mark.parametrize("main", [None, CHRISTMAS])
def test_act_02_the_follow_up_date_of_a_user_named_twice_is_kept(main: date | None) -> None:
    twice = note(responsible=Assignment(user=ANNA, follow_up_on=main), further_responsible=(ANNA_AT_CHRISTMAS,))
    once = note(responsible=ANNA_AT_CHRISTMAS, further_responsible=())
    ACTIVITY.given().when(lambda state: recording.record(state, twice)).then(once)


@pytest.mark.parametrize(
    ("main", "further", "field"),
    [
        (ANNA_EARLIER, (ANNA_AT_CHRISTMAS,), "further_responsible.0.follow_up_on"),
        (None, (ANNA_EARLIER, ANNA_AT_CHRISTMAS), "further_responsible.1.follow_up_on"),
    ],
)
def test_act_02_two_follow_up_dates_of_one_user_are_refused(
    main: Assignment | None, further: tuple[Assignment, ...], field: str
) -> None:
    draft = note(responsible=main, further_responsible=further)
    ACTIVITY.given().when(lambda state: recording.record(state, draft)).refused("ACT-02", field)


def test_act_id_recording_the_same_again_changes_nothing_even_after_corrections() -> None:
    corrected = ActivityCorrected(changes=ActivityChanges(title="Other"))
    ACTIVITY.given(note(), corrected).when(lambda state: recording.record(state, note())).then()


def test_act_id_another_activity_cannot_take_the_id() -> None:
    ACTIVITY.given(note()).when(lambda state: recording.record(state, note(title="Other"))).refused("ACT-ID", "id")


def test_act_mail_only_a_mail_is_sighted() -> None:
    sighting = Sighting(delivery=new_id(), source="lmtp")
    draft = note(sighting=sighting)
    ACTIVITY.given().when(lambda state: recording.record(state, draft)).refused("ACT-MAIL", "sighting")
    mail = note(kind="email", mail=Mail(message=new_id(), sender="a@example.com"), sighting=sighting)
    assert ACTIVITY.given(mail).state.sightings == (sighting,)


def test_act_mail_only_what_is_of_the_kind_email_has_the_head_of_a_mail() -> None:
    draft = note(kind="call", mail=Mail(message=new_id(), sender="a@example.com"))
    ACTIVITY.given().when(lambda state: recording.record(state, draft)).refused("ACT-MAIL", "mail")
    ACTIVITY.given(draft).when(lambda state: recording.record(state, draft)).then()  # from before


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ends_at": NINE}, "starts_at"),
        ({"starts_at": NINE, "ends_at": NINE - timedelta(seconds=1)}, "ends_at"),
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"duration_minutes": recording.MOST_MINUTES + 1}, "duration_minutes"),
        ({"starts_at": NINE, "ends_at": NINE + timedelta(hours=1), "duration_minutes": 59}, "duration_minutes"),
    ],
)
def test_cal_01_times_that_contradict_each_other_are_refused(fields: dict[str, object], field: str) -> None:
    ACTIVITY.given().when(lambda state: recording.record(state, note(**fields))).refused("CAL-01", field)
    changes = ActivityChanges.model_validate(fields)
    ACTIVITY.given(note()).when(lambda state: recording.correct(state, changes, "")).refused("CAL-01", field)


def test_act_title_a_machine_is_cut_and_a_person_is_told() -> None:
    assert recording.fitting_title("x" * 300, by_machine=True) == "x" * 255
    assert recording.fitting_title("", by_machine=True) == ""
    assert recording.fitting_title("x" * 255, by_machine=False) == "x" * 255
    for title in ("x" * 256, "  "):
        with pytest.raises(RuleViolation, match="ACT-TITLE"):
            recording.fitting_title(title, by_machine=False)


def test_act_text_the_longest_text_in_an_event_is_64_k() -> None:
    assert recording.fits("ä" * TEXT_LIMIT)
    assert not recording.fits("ä" * (TEXT_LIMIT + 1))


def test_only_fields_that_differ_are_corrected() -> None:
    changes = ActivityChanges(title="Offer", priority="high")
    correction = ActivityCorrected(changes=ActivityChanges(priority="high"), reason="asked")
    after = ACTIVITY.given(note()).when(lambda state: recording.correct(state, changes, "asked")).then(correction)
    assert (after.state.facts.title, after.state.facts.priority) == ("Offer", "high")
    after.when(lambda state: recording.correct(state, changes, "again")).then()


def test_cal_03_clearing_the_times_takes_it_out_of_the_calendar_and_nothing_else() -> None:
    meeting = note(starts_at=NINE, ends_at=NINE, all_day=True)
    cleared = ActivityChanges(starts_at=None, ends_at=None, all_day=False)
    after = (
        ACTIVITY.given(meeting)
        .when(lambda state: recording.correct(state, cleared, ""))
        .then(ActivityCorrected(changes=cleared, reason=""))
    )
    assert after.state.facts == note()


def test_what_does_not_exist_cannot_be_corrected() -> None:
    ACTIVITY.given().when(lambda state: recording.correct(state, ActivityChanges(title="x"), "")).not_found()
