"""An activity as it is shown to somebody: its fields, and what it has to do with others that may be seen as well."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from pydantic import BaseModel, Field

from activities.api.document_models import DocumentHead
from activities.api.document_views import heads
from activities.api.naming import names_in
from activities.domain import documents
from activities.domain.state import Activity
from activities.domain.task_side import TaskSide
from activities.handling import Activities
from dossier.auth.principals import Principal
from dossier.commands import Loaded
from dossier.contracts.activities import ActivityRecorded, Sighting
from dossier.contracts.base import Id
from dossier.contracts.common import Reference
from dossier.contracts.tasks import EarlyDeadlineAdded, EarlyDeadlineMade, RecurrenceSet
from dossier.ids import derived_id


class DelegationView(BaseModel):
    """To whom the task is offered, who is not responsible yet."""

    to: Id
    by: Id
    note: str


class ReviewView(BaseModel):
    """Who checks the deadline; `approved` is none until it was checked as it stands now."""

    reviewer: Id
    approved: bool | None
    remark: str


class EarlyView(BaseModel):
    """An early deadline of this one."""

    id: Id
    days_before: int
    due_on: date | None
    completed_on: date | None


class EarlyOfView(BaseModel):
    """The deadline that this is an early one of."""

    deadline: Id
    title: str
    days_before: int


class RecurrenceView(BaseModel):
    """How the task recurs: this is so many-th of its series, and `occurs_on` its day by the rule."""

    rule: str
    series: Id
    occurrence: int
    occurs_on: date


class ActivityView(ActivityRecorded):
    """An activity as it stands now; `commit` goes into `If-Match` of the next command.

    Others are told of as far as the caller may see them; withdrawn ones are no early deadlines or follow-ups.
    `withdrawn`: it was entered in error and is on no page. In the histories of `pinned_on` it stands at the top, in
    those of `hidden_on` not at all.
    """

    id: Id
    commit: int
    version: int
    sighting: Sighting | None = Field(default=None, exclude=True)
    sightings: tuple[Sighting, ...] = ()
    completed_on: date | None = None
    documents: tuple[DocumentHead, ...] = ()
    withdrawn: bool = False
    pinned_on: tuple[Reference, ...] = ()
    hidden_on: tuple[Reference, ...] = ()
    delegation: DelegationView | None = None
    review: ReviewView | None = None
    early_deadlines: tuple[EarlyView, ...] = ()
    early_deadline_of: EarlyOfView | None = None
    recurrence: RecurrenceView | None = None
    previous_occurrence: Id | None = None
    next_occurrence: Id | None = None
    follow_ups: tuple[Id, ...] = ()
    more_follow_ups: bool = False
    names: dict[str, str] = Field(default_factory=dict)


async def shown(
    identifier: str, loaded: Loaded[Activity], activities: Activities, principal: Principal
) -> ActivityView:
    """The activity for this principal."""
    state, task = loaded.state, loaded.state.task
    follow_ups, more = await activities.follow_ups(identifier, principal)
    following = task.following.activity if task.following else None
    deadline = task.early_of.deadline if task.early_of else None
    named = (state.facts.follow_up_of, task.previous, following, deadline, *(each.early for each in task.early))
    seen = await activities.seen((each for each in named if each), principal)
    visible = frozenset(seen)
    standing = frozenset(each for each, other in seen.items() if not other.withdrawn)
    unseen = await activities.hidden([place.stream for place in (*state.pinned_on, *state.hidden_on)], principal)
    hidden = await activities.hidden_keywords(principal) if state.facts.keywords else ()
    keywords = tuple(each for each in state.facts.keywords if each not in hidden)
    follow_up_of = _among(visible, state.facts.follow_up_of)
    view = ActivityView(
        **dict(state.facts.model_copy(update={"follow_up_of": follow_up_of, "keywords": keywords})),
        id=identifier,
        commit=loaded.head.commit,
        version=loaded.head.version,
        sightings=state.sightings,
        completed_on=state.completed_on,
        documents=heads(documents.shown(state.documents)),
        withdrawn=state.withdrawn,
        pinned_on=tuple(place for place in state.pinned_on if place.stream not in unseen),
        hidden_on=tuple(place for place in state.hidden_on if place.stream not in unseen),
        delegation=_delegation(task),
        review=_review(task),
        early_deadlines=tuple(_early(each, seen[each.early]) for each in task.early if each.early in standing),
        early_deadline_of=_early_of(task.early_of, seen) if task.early_of else None,
        recurrence=_recurrence(task),
        previous_occurrence=_among(visible, task.previous),
        next_occurrence=_among(visible, following),
        follow_ups=tuple(follow_ups),
        more_follow_ups=more,
    )
    return view.model_copy(update={"names": await names_in(view, activities)})


def _early_of(made: EarlyDeadlineMade, seen: Mapping[str, Activity]) -> EarlyOfView | None:
    deadline = seen.get(made.deadline)
    return deadline and EarlyOfView(**dict(made), title=deadline.facts.title)


def _among(visible: AbstractSet[str], identifier: str | None) -> str | None:
    return identifier if identifier in visible else None


def _delegation(task: TaskSide) -> DelegationView | None:
    return DelegationView(**dict(task.offer)) if task.offer else None


def _review(task: TaskSide) -> ReviewView | None:
    if task.reviewer is None:
        return None
    given = task.review
    return ReviewView(
        reviewer=task.reviewer, approved=given.approved if given else None, remark=given.remark if given else ""
    )


def _recurrence(task: TaskSide) -> RecurrenceView | None:
    recurs = task.recurrence
    if recurs is None:
        return None
    return RecurrenceView(
        rule=recurs.rule, series=series_of(recurs), occurrence=recurs.occurrence, occurs_on=recurs.occurs_on
    )


def series_of(recurs: RecurrenceSet) -> str:
    """What a series is called: not by its first occurrence, which the caller may not see."""
    return derived_id("series", recurs.series)


def _early(early: EarlyDeadlineAdded, state: Activity) -> EarlyView:
    return EarlyView(
        id=early.early,
        days_before=early.days_before,
        due_on=state.facts.due_on,
        completed_on=state.completed_on,
    )
