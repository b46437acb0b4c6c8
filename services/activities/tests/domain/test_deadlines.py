"""Deadlines: what they need, their early ones, and the review by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from activities.domain import deadlines, recording, tasks
from activities.domain.consequences import settled
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import (
    ActivityChanges,
    ActivityCompleted,
    ActivityCorrected,
    ActivityRecorded,
    ActivityWithdrawn,
    Assignment,
    DueMoved,
    FollowUpMoved,
    ResponsibleAssigned,
    ResponsibleRemoved,
)
from dossier.contracts.attachments import DocumentAttached, DocumentRenamed, StoredFile
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.tasks import (
    EarlyDeadlineAdded,
    EarlyDeadlineMade,
    ReviewDemanded,
    ReviewGiven,
    ReviewWaived,
)
from dossier.ids import new_id
from dossier.testing.activities import ANNA, BEN, CARA, note
from dossier.testing.gwt import Given, Outcome, Scenarios

ACTIVITY = Scenarios(Activity, evolve)
MAY, JUNE, JULY = date(2026, 5, 4), date(2026, 6, 1), date(2026, 7, 1)
PARENT = new_id()
EARLY = EarlyDeadlineAdded(early=new_id(), days_before=7)
MADE = EarlyDeadlineMade(deadline=PARENT, days_before=7)
ASKED, APPROVED = ReviewDemanded(reviewer=BEN), ReviewGiven(reviewer=BEN, approved=True)

APPEAL = DocumentAttached(
    document=new_id(),
    file=StoredFile(stored_object="x", name="Appeal.pdf", media_type="application/pdf", size=1, sha256="0" * 64),
)


def deadline(kind: str = "deadline", **more: Any) -> ActivityRecorded:
    return note(activity_type=kind, **{"due_on": JUNE, "responsible": Assignment(user=ANNA), **more})


def decided(given: Given[Activity], decide: Any) -> Outcome[Activity]:
    return given.when(lambda state: settled(state, decide(state)))


def approve(state: Activity) -> Sequence[Event]:
    return deadlines.review(state, by=BEN, approved=True, remark="")


@pytest.mark.parametrize("kind", ["deadline", "deadline_with_review"])
@pytest.mark.parametrize("field", ["due_on", "responsible"])
def test_dln_02_a_deadline_has_a_due_date_and_somebody_responsible(kind: str, field: str) -> None:
    draft = deadline(kind, **{field: None})
    decided(ACTIVITY.given(), lambda state: recording.record(state, draft)).refused("DLN-02", field)
    changes = ActivityChanges(activity_type=kind)
    plain = ACTIVITY.given(draft.model_copy(update={"activity_type": None}))
    decided(plain, lambda state: recording.correct(state, changes, "")).refused("DLN-02", field)


def test_dln_02_a_deadline_keeps_them() -> None:
    given = ACTIVITY.given(deadline())
    decided(given, lambda state: tasks.move_due(state, None)).refused("DLN-02", "due_on")
    decided(given, lambda state: tasks.remove(state, ANNA)).refused("DLN-02", "responsible")
    demoted = decided(given, lambda state: tasks.assign(state, ANNA, main=False, follow_up_on=None))
    demoted.refused("DLN-02", "responsible")
    plain = ACTIVITY.given(note(due_on=JUNE, responsible=Assignment(user=ANNA)))
    decided(plain, lambda state: tasks.move_due(state, None)).then(DueMoved(due_on=None))
    decided(plain, lambda state: tasks.remove(state, ANNA)).then(ResponsibleRemoved(user=ANNA))


def test_dln_03_early_ones_lie_7_days_before_and_7_days_further_each() -> None:
    given = ACTIVITY.given(deadline())
    assert deadlines.next_distance(()) == 7
    after = decided(given, lambda state: deadlines.add_early(state, [EARLY], ())).then(EARLY)
    assert deadlines.next_distance([EARLY]) == 14
    decided(after, lambda state: deadlines.add_early(state, [EARLY], [EARLY])).then()
    decided(after, lambda state: deadlines.add_early(state, [EARLY], ())).then()


def test_dln_03_only_an_open_deadline_has_early_ones() -> None:
    done = ACTIVITY.given(deadline(), ActivityCompleted(completed_on=MAY))
    for given in (ACTIVITY.given(note(due_on=JUNE)), done):
        decided(given, lambda state: deadlines.add_early(state, [EARLY], ())).refused("DLN-03", "early")


def test_dln_03_there_are_at_most_20_and_each_id_is_one() -> None:
    many = [EarlyDeadlineAdded(early=new_id(), days_before=7) for _ in range(21)]
    decided(ACTIVITY.given(deadline()), lambda state: deadlines.add_early(state, many, ())).refused("DLN-03", "early")
    twice = [EARLY, EARLY.model_copy(update={"days_before": 14})]
    refused = decided(ACTIVITY.given(deadline()), lambda state: deadlines.add_early(state, twice, ()))
    refused.refused("ACT-ID", "early.1.id")


def test_dln_03_withdrawn_ones_take_no_place_as_far_as_all_are_still_looked_at() -> None:
    made = [EarlyDeadlineAdded(early=new_id(), days_before=7) for _ in range(100)]
    many = ACTIVITY.given(deadline(), *made[:99])
    decided(many, lambda state: deadlines.add_early(state, [EARLY], made[:19])).then(EARLY)
    decided(many, lambda state: deadlines.add_early(state, [EARLY], made[:20])).refused("DLN-03", "early")
    full = ACTIVITY.given(deadline(), *made)
    decided(full, lambda state: deadlines.add_early(state, [EARLY], ())).refused("DLN-03", "early")


@pytest.mark.parametrize(
    ("early", "title"),
    [
        ({}, "Draft"),
        ({"title": "Early deadline: Offer"}, None),
        ({"title": "Early deadline: Appeal"}, None),
        ({"visibility": "granted"}, None),
        ({"project": new_id()}, None),
    ],
)
def test_act_18_dln_03_a_title_of_its_own_comes_again_unless_it_is_hidden(
    early: dict[str, object], title: str | None
) -> None:
    renamed = ActivityCorrected(changes=ActivityChanges(title="Appeal"))
    of, child = ACTIVITY.given(deadline(), renamed).state, ACTIVITY.given(note(**{"title": "Draft", **early})).state
    assert deadlines.next_title(child, of, of.facts) == title


def test_act_18_dln_03_a_title_comes_again_for_those_who_see_it_already() -> None:
    of = ACTIVITY.given(deadline(visibility="granted"), ReviewDemanded(reviewer=BEN)).state
    for more, title in ((), "Draft"), ((Assignment(user=CARA),), None):
        child = ACTIVITY.given(note(title="Draft", visibility="granted")).state
        next_one = of.facts.model_copy(update={"further_responsible": more})
        assert deadlines.next_title(child, of, next_one) == title


def test_dln_03_responsible_links_and_rights_are_copied_as_they_are_now() -> None:
    acme = AddressRef(type="company", id=new_id())
    facts = deadline(
        entered_by=CARA,
        address=acme,
        visibility="granted",
        further_responsible=(Assignment(user=BEN, follow_up_on=MAY),),
        responsible=Assignment(user=ANNA, follow_up_on=MAY),
        text="Secret",
    )
    early = deadlines.early_one(facts, MAY, None, BEN)
    named = "Early deadline: Offer"
    assert (early.title, early.address, early.due_on, early.entered_by) == (named, acme, MAY, BEN)
    assert (early.responsible, early.further_responsible) == (Assignment(user=ANNA), (Assignment(user=BEN),))
    assert (early.activity_type, early.text) == (None, "")
    made = ACTIVITY.given().when(lambda state: deadlines.make_early(state, early, MADE, "early.0.id"))
    assert made.then(early, MADE).state.readers == {f"user:{user}" for user in (ANNA, BEN, CARA)}
    renamed = deadlines.early_one(facts, MAY, "First draft", BEN)
    assert renamed.title == "First draft"


def test_dln_03_an_early_one_takes_no_other_activitys_id() -> None:
    early = deadlines.early_one(deadline(), MAY, None, ANNA)
    given = ACTIVITY.given(early, MADE)
    given.when(lambda state: deadlines.make_early(state, early, MADE, "early.0.id")).then()
    taken = ACTIVITY.given(note()).when(lambda state: deadlines.make_early(state, early, MADE, "early.0.id"))
    taken.refused("ACT-ID", "early.0.id")


def test_dln_04_an_early_one_shifts_by_as_many_days_unless_it_is_completed_or_undated() -> None:
    early = note(due_on=MAY)

    def follow(state: Activity) -> Sequence[Event]:
        return deadlines.follow(state, JUNE, date(2026, 6, 11), 7)

    ACTIVITY.given(early, MADE).when(follow).then(DueMoved(due_on=date(2026, 5, 14)))
    for after in (ActivityCompleted(completed_on=MAY), ActivityWithdrawn(), DueMoved(due_on=None)):
        ACTIVITY.given(early, MADE, after).when(follow).then()
    dated_again = ACTIVITY.given(early, MADE).when(lambda state: deadlines.follow(state, None, JUNE, 7))
    dated_again.then(DueMoved(due_on=date(2026, 5, 25)))
    first = ACTIVITY.given(note(due_on=date.min), MADE)
    moved = first.when(lambda state: deadlines.follow(state, JULY, JUNE, 7))
    moved.then(DueMoved(due_on=date(1900, 1, 1)))  # a refusal would tell of those that are hidden


def test_dln_04_a_deadline_with_early_ones_stays_dated_whatever_its_type_is_now() -> None:
    retyped = ActivityCorrected(changes=ActivityChanges(activity_type=None))
    given = ACTIVITY.given(deadline(), EARLY, retyped)
    decided(given, lambda state: tasks.move_due(state, None, [EARLY])).refused("DLN-04", "on")
    decided(given, lambda state: tasks.move_due(state, None)).then(DueMoved(due_on=None))


def test_dln_05_completing_an_early_one_says_nothing_of_the_deadline() -> None:
    early = ACTIVITY.given(note(due_on=MAY), MADE)
    decided(early, lambda state: tasks.complete(state, MAY)).then(ActivityCompleted(completed_on=MAY))


def test_dln_01_a_deadline_with_review_is_not_done_before_a_second_person_approved_it() -> None:
    given = ACTIVITY.given(deadline("deadline_with_review"))
    decided(given, lambda state: tasks.complete(state, MAY)).refused("DLN-01", "review")
    asked = decided(given, lambda state: deadlines.demand_review(state, BEN)).then(ASKED)
    decided(asked, lambda state: tasks.complete(state, MAY)).refused("DLN-01", "review")
    denied = ReviewGiven(reviewer=BEN, approved=False, remark="Wrong court")
    open_still = decided(
        asked, lambda state: deadlines.review(state, by=BEN, approved=False, remark="Wrong court")
    ).then(denied)
    decided(open_still, lambda state: tasks.complete(state, MAY)).refused("DLN-01", "review")
    approved = decided(open_still, lambda state: deadlines.review(state, by=BEN, approved=True, remark="")).then(
        APPROVED
    )
    decided(approved, lambda state: deadlines.review(state, by=BEN, approved=True, remark="")).then()
    decided(approved, lambda state: tasks.complete(state, MAY)).then(ActivityCompleted(completed_on=MAY))


@pytest.mark.parametrize("by", [ANNA, CARA])
def test_dln_01_only_the_reviewer_reviews(by: str) -> None:
    asked = ACTIVITY.given(deadline("deadline_with_review"), ASKED)
    asked.when(lambda state: deadlines.review(state, by=by, approved=True, remark="")).refused("DLN-01", "reviewer")


def test_dln_01_the_reviewer_is_a_second_person() -> None:
    given = ACTIVITY.given(deadline())
    decided(given, lambda state: deadlines.demand_review(state, ANNA)).refused("DLN-01", "reviewer")
    draft = deadline("deadline_with_review")
    decided(ACTIVITY.given(), lambda state: recording.record(state, draft, ANNA)).refused("DLN-01", "reviewer")
    recorded = decided(ACTIVITY.given(), lambda state: recording.record(state, draft, BEN)).then(draft, ASKED)
    taken = decided(recorded, lambda state: tasks.assign(state, BEN, main=True, follow_up_on=None))
    taken.refused("DLN-01", "responsible")
    helped = decided(recorded, lambda state: tasks.assign(state, BEN, main=False, follow_up_on=None))
    helped.then(ResponsibleAssigned(assignment=Assignment(user=BEN), main=False))


@pytest.mark.parametrize(
    ("decide", "event"),
    [
        (lambda state: tasks.move_due(state, JULY), DueMoved(due_on=JULY)),
        (
            lambda state: recording.correct(state, ActivityChanges(title="Other court"), ""),
            ActivityCorrected(changes=ActivityChanges(title="Other court"), reason=""),
        ),
        (lambda _: [APPEAL], APPEAL),
    ],
)
def test_dln_01_what_changes_after_approval_is_reviewed_again(decide: Any, event: Event) -> None:
    approved = ACTIVITY.given(deadline("deadline_with_review"), ASKED, APPROVED)
    after = decided(approved, decide).then(event, ASKED)
    decided(after, lambda state: tasks.complete(state, MAY)).refused("DLN-01", "review")


def test_dln_01_a_document_that_is_only_renamed_leaves_the_approval() -> None:
    approved = ACTIVITY.given(deadline("deadline_with_review"), APPEAL, ASKED, APPROVED)
    renamed = DocumentRenamed(document=APPEAL.document, name="Appeal 1.pdf")
    assert decided(approved, lambda _: [renamed]).then(renamed).state.task.is_approved


def test_dln_01_what_a_review_is_not_about_leaves_the_approval() -> None:
    approved = ACTIVITY.given(deadline("deadline_with_review"), ASKED, APPROVED)
    moved = decided(approved, lambda state: tasks.move_follow_up(state, ANNA, MAY))
    assert moved.then(FollowUpMoved(user=ANNA, follow_up_on=MAY)).state.task.is_approved
    urgent = ActivityChanges(priority="high")
    corrected = decided(approved, lambda state: recording.correct(state, urgent, ""))
    assert corrected.then(ActivityCorrected(changes=urgent, reason="")).state.task.is_approved


def test_dln_01_a_plain_deadline_can_be_reviewed_and_freed_of_it() -> None:
    asked = decided(ACTIVITY.given(deadline()), lambda state: deadlines.demand_review(state, BEN)).then(ASKED)
    decided(asked, lambda state: deadlines.demand_review(state, BEN)).then()
    decided(asked, lambda state: tasks.complete(state, MAY)).refused("DLN-01", "review")
    free = decided(asked, deadlines.waive_review).then(ReviewWaived())
    decided(free, deadlines.waive_review).then()
    decided(free, lambda state: tasks.complete(state, MAY)).then(ActivityCompleted(completed_on=MAY))
    strict = ACTIVITY.given(deadline("deadline_with_review"), ASKED)
    strict.when(deadlines.waive_review).refused("DLN-01", "activity_type")


def test_dln_01_only_a_deadline_is_reviewed() -> None:
    ACTIVITY.given(note()).when(lambda state: deadlines.demand_review(state, BEN)).refused("DLN-01", "activity_type")
    ACTIVITY.given().when(lambda state: recording.record(state, note(), BEN)).refused("DLN-01", "reviewer")


def test_dln_01_the_reviewer_sees_what_is_to_be_reviewed() -> None:
    hidden = deadline("deadline_with_review", visibility="granted")
    assert ACTIVITY.given(hidden, ASKED).state.readers == {f"user:{ANNA}", f"user:{BEN}"}
    assert ACTIVITY.given(hidden, ASKED).state.insiders == {f"user:{ANNA}"}


@pytest.mark.parametrize("kind", ["deadline", "deadline_with_review"])
def test_dln_03_an_early_deadline_becomes_no_deadline_itself(kind: str) -> None:
    early = note(due_on=MAY, responsible=Assignment(user=ANNA))
    changes = ActivityChanges(activity_type=kind)
    corrected = decided(ACTIVITY.given(early, MADE), lambda state: recording.correct(state, changes, ""))
    corrected.refused("DLN-03", "activity_type")


def test_dln_03_one_that_is_a_deadline_since_before_that_gets_no_early_ones() -> None:
    given = ACTIVITY.given(deadline(), MADE)
    decided(given, lambda state: deadlines.add_early(state, [EARLY], [])).refused("DLN-03", "early")
    decided(given, lambda state: tasks.move_due(state, JULY)).then(DueMoved(due_on=JULY))
