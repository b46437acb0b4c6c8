"""Commands that reach several activities in one transaction: what recurs, and deadlines with their early ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import reduce

from activities.domain import corrections, deadlines, recurrence, series, tasks
from activities.domain.series import Following
from activities.domain.state import Activity, evolve
from activities.handling import Decide, Others, Prepare, another
from activities.occurrences import upcoming
from dossier.commands import Step
from dossier.contracts.activities import ActivityRecorded
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import EarlyDeadlineAdded, EarlyDeadlineMade
from dossier.ids import new_id

EarlyOnes = Mapping[EarlyDeadlineAdded, Activity]
"""The early deadlines of a deadline in their order, each as it stands; withdrawn ones are none."""


@dataclass(frozen=True)
class Early:
    """An early deadline that is wanted: under which id, how many days before (None: the next one), called how."""

    id: str
    days_before: int | None = None
    title: str | None = None


def completing(identifier: str, completed_on: date, today: date, place: tzinfo) -> Prepare:
    """Mark a task done, and a deadline's open early ones with it; if it recurs, open the next one with its own.

    The next one has its hours at the same time of day in this place.

    Raises RuleViolation ACT-20 for a day that is still to come.
    """
    if completed_on > today:
        raise RuleViolation("ACT-20", "what is done was done today or before", "completed_on")

    async def prepare(state: Activity, others: Others) -> tuple[Decide, Sequence[Step]]:
        recurs = series.awaited(state)
        along = () if state.completed_on else state.task.early
        done = [another(each.early, lambda child: deadlines.complete_along(child, completed_on)) for each in along]
        days = await upcoming(recurrence.parsed(recurs.rule), recurs.occurs_on) if recurs else ()
        later = next((day for day in days if recurs and day > recurs.occurs_on), None)
        if recurs is None or later is None:
            return lambda now: tasks.complete(now, completed_on), done
        following = Following(new_id(), later)
        opened = _opened(state, await _early_ones(state, others), identifier, following, place)
        return lambda now: series.complete(now, completed_on, following), [*done, *opened]

    return prepare


def moving(due_on: date | None, *, apart: Collection[str] = ()) -> Prepare:
    """Move a due date, and with it by as many days the early deadlines that are not completed (DLN-04).

    Those that are moved `apart`, by a command of their own, stay where they are. To no date it moves while no open
    early one is there that the caller sees: those that are hidden keep their dates, and follow again as soon as there
    is one, so that nothing is lost and nothing told.
    """

    async def prepare(state: Activity, others: Others) -> tuple[Decide, Sequence[Step]]:
        if due_on is None:
            early = await _seen(await _early_ones(state, others), others)
            follow = [each for each, child in early.items() if child.completed_on is None]
            return lambda now: tasks.move_due(now, None, follow), ()
        along = [each for each in state.task.early if each.early not in apart] if due_on != state.facts.due_on else ()
        moved = [another(each.early, _following(state, due_on, each.days_before)) for each in along]
        return lambda now: tasks.move_due(now, due_on), moved

    return prepare


def _following(deadline: Activity, due_on: date, days_before: int) -> Decide:
    return lambda child: deadlines.follow(child, deadline.facts.due_on, due_on, days_before)


def withdrawing(reason: str) -> Prepare:
    """Say that an activity was entered in error; a deadline takes its open early ones along, whoever sees them."""

    async def prepare(state: Activity, others: Others) -> tuple[Decide, Sequence[Step]]:
        if state.task.early_of is not None:
            (deadline,) = await others.fold([state.task.early_of.deadline])
            return lambda now: deadlines.withdraw_early(now, reason, deadline), ()
        along = [another(each.early, deadlines.withdraw_along) for each in state.task.early]
        return lambda now: corrections.withdraw(now, reason), () if state.withdrawn else along

    return prepare


def restoring(reason: str) -> Prepare:
    """Say that an activity was withdrawn in error; a deadline brings back the early ones that went with it."""

    async def prepare(state: Activity, others: Others) -> tuple[Decide, Sequence[Step]]:
        if state.task.early_of is not None:
            (deadline,) = await others.fold([state.task.early_of.deadline])
            early = await _early_ones(deadline, others)
            return lambda now: deadlines.restore_early(now, reason, deadline, early), ()
        along = [another(each.early, deadlines.restore_along) for each in state.task.early]
        return lambda now: corrections.restore(now, reason), along if state.withdrawn else ()

    return prepare


def adding_early(identifier: str, wanted: Sequence[Early], author: str | None) -> Prepare:
    """Let a deadline have early ones, each an activity of its own (DLN-03).

    One without a distance is the next one after those that the caller sees, so that it may lie on the day of another
    that is hidden: what is there is not told by what is left free. Only that there are 20 already tells of all.
    """

    async def prepare(state: Activity, others: Others) -> tuple[Decide, Sequence[Step]]:
        early = await _early_ones(state, others)
        added = _distances(state, await _seen(early, others), wanted)
        made = [
            _early_step(identifier, state.facts, each, asked.title, author, f"early.{place}.id")
            for place, (asked, each) in enumerate(zip(wanted, added, strict=True))
            if each not in state.task.early
        ]
        return lambda now: deadlines.add_early(now, added, early), made

    return prepare


def recurring(identifier: str, rule: str, *, skip_short_months: bool) -> Prepare:
    """Let a task recur from its due date on."""

    async def prepare(state: Activity, _others: Others) -> tuple[Decide, Sequence[Step]]:
        starts_on = series.start_of(state)
        checked = recurrence.checked(rule, starts_on, skip_short_months=skip_short_months)
        days = await upcoming(checked, starts_on)
        return lambda now: series.recur(now, identifier, checked, days), ()

    return prepare


async def _early_ones(deadline: Activity, others: Others) -> EarlyOnes:
    added = deadline.task.early
    states = await others.fold([each.early for each in added])
    return {each: child for each, child in zip(added, states, strict=True) if not child.withdrawn}


async def _seen(early: EarlyOnes, others: Others) -> EarlyOnes:
    seen = await others.seen(each.early for each in early)
    return {each: child for each, child in early.items() if each.early in seen}


def _opened(state: Activity, early: EarlyOnes, identifier: str, following: Following, place: tzinfo) -> list[Step]:
    """The next occurrence and its early deadlines, at the distances and with the titles that this one's have.

    Their ids are new ones that nobody can tell, and take, before; that there is one next is noted by who opens it.
    """
    begun = series.next_one(state, identifier, following, place)
    next_facts = reduce(evolve, begun, Activity()).facts
    titles = {
        EarlyDeadlineAdded(early=new_id(), days_before=each.days_before): deadlines.next_title(child, state, next_facts)
        for each, child in early.items()
    }
    children = [
        _early_step(following.activity, next_facts, each, title, next_facts.entered_by, "early")
        for each, title in titles.items()
    ]
    return [another(following.activity, lambda _new: [*begun, *titles]), *children]


def _distances(
    state: Activity, standing: Iterable[EarlyDeadlineAdded], wanted: Sequence[Early]
) -> list[EarlyDeadlineAdded]:
    """The early deadlines with their distances; one that is there already keeps its own."""
    there = {early.early: early for early in state.task.early}
    added: list[EarlyDeadlineAdded] = []
    for early in wanted:
        present = there.get(early.id)
        days = early.days_before or (present.days_before if present else deadlines.next_distance([*standing, *added]))
        added.append(EarlyDeadlineAdded(early=early.id, days_before=days))
    return added


def _early_step(
    deadline: str, facts: ActivityRecorded, early: EarlyDeadlineAdded, title: str | None, author: str | None, field: str
) -> Step:
    made = EarlyDeadlineMade(deadline=deadline, days_before=early.days_before)

    def decide(child: Activity) -> Sequence[Event]:
        due_on = tasks.later(facts.due_on, -early.days_before) if facts.due_on else None
        draft = deadlines.early_one(facts, due_on, title, author)
        return deadlines.make_early(child, draft, made, field)

    return another(early.early, decide)
