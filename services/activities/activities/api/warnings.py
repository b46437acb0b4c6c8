"""What the answer to a command points out without refusing the command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from activities.api.desk import Desk
from activities.api.doubts import of_days, of_nobody
from activities.api.models import Notice, WarnedAnswer
from activities.api.moments import left, others, today
from activities.domain.access import is_kept_out
from activities.domain.state import Activity, evolve
from activities.handling import Activities
from dossier.auth.principals import Principal
from dossier.contracts.activities import (
    ActivityRecorded,
    ActivityUnlinked,
    ResponsibleAssigned,
    ResponsibleRemoved,
    Visibility,
)
from dossier.contracts.common import Grant
from dossier.contracts.tasks import DelegationAnswered
from dossier.http.models import Answer
from dossier.ids import split_stream
from dossier.store import CommitStore, Committed

_NOWHERE = Notice(
    rule="ACT-01",
    detail="It is on no page: it belongs to no address and no engagement, is nobody's task and is in no calendar",
)
_SEEN_BY: Mapping[Visibility, str] = {"everyone": "everybody", "granted": "those with access to them only"}


def with_warnings(answer: Answer, *warnings: Notice | None) -> WarnedAnswer:
    """The answer, with those of these that there are."""
    return WarnedAnswer(**answer.model_dump(), warnings=tuple(each for each in warnings if each is not None))


async def of_recorded(draft: ActivityRecorded, committed: Committed, desk: Desk) -> list[Notice]:
    """The warnings for an activity that is recorded like this; most have none."""
    begun = evolve(Activity(), draft)
    unseeing = await kept_out([assignment.user for assignment in begun.assignments], begun, desk.activities)
    withdrawn = await follows_withdrawn(draft, committed, desk)
    astray = await of_projects(begun, desk.activities, desk.principal)
    doubts = of_days(await today(committed, desk), occurred_on=draft.occurred_on, due_on=draft.due_on)
    told = (unseeing, _of_place(begun), withdrawn, *astray, *doubts)
    return [each for each in told if each is not None]


async def follows_withdrawn(draft: ActivityRecorded, committed: Committed, desk: Desk) -> Notice | None:
    """A warning if it follows up what was entered in error."""
    seen = await others([draft.follow_up_of], committed, desk) if draft.follow_up_of else {}
    if not any(earlier.withdrawn for earlier in seen.values()):
        return None
    return Notice(rule="ACT-WITHDRAWN", detail="what it follows up was withdrawn as entered in error")


async def too_late(state: Activity, committed: Committed, desk: Desk) -> Notice | None:
    """A warning if it is an early deadline that is due after its deadline, as far as the caller sees that (DLN-03)."""
    made, due_on = state.task.early_of, state.facts.due_on
    seen = await others([made.deadline], committed, desk) if made else {}
    for deadline in seen.values():
        if due_on and deadline.facts.due_on and due_on > deadline.facts.due_on and not state.completed_on:
            return Notice(rule="DLN-03", detail=f"it is due after its deadline, which is on {deadline.facts.due_on}")
    return None


async def of_projects(state: Activity, activities: Activities, principal: Principal) -> list[Notice]:
    """A warning for a phase or invoice of another project than its own, if the caller may see that one."""
    kinds = [split_stream(stream)[0] for stream in await activities.astray(state, principal)]
    return [Notice(rule="ACT-10", detail=f"the {kind} is of another project than this one") for kind in kinds]


def of_replaced(committed: Committed) -> Notice | None:
    """A warning if what it was linked to by this took the place of another: there is one for each kind (ACT-10)."""
    for recorded in committed.events:
        if isinstance(event := recorded.event(), ActivityUnlinked):
            kind = event.object.type
            return Notice(rule="ACT-10", detail=f"it no longer belongs to the former {kind}: an activity has one")
    return None


async def of_left(committed: Committed, store: CommitStore) -> Notice | None:
    """A warning if what this took it off was the last page or work list that showed it."""
    events = [recorded.event() for recorded in committed.events]
    if not any(isinstance(event, ActivityUnlinked | ResponsibleRemoved) for event in events):
        return None
    state = await left(committed, store)
    removed = any(isinstance(event, ResponsibleRemoved) for event in events)
    return _of_place(state) if removed or not state.links else None


async def of_taken_over(before: Activity, committed: Committed, activities: Activities) -> list[Notice]:
    """Warnings for who was mainly responsible and had to yield (ACT-02), and for an offer that lapsed (DLG-02)."""
    events = [recorded.event() for recorded in committed.events]
    if not any(isinstance(event, ResponsibleAssigned) for event in events):
        return []
    former, offer, told = before.facts.responsible, before.task.offer, list[tuple[str, str, str]]()
    for event in events:
        match event:
            case ResponsibleAssigned(main=True) if former and former.user != event.assignment.user:
                detail = "it is no longer the task of who was mainly responsible; `main` false adds a further one"
                told.append(("ACT-02", detail, former.user))
            case DelegationAnswered(answer="lapsed") if offer:
                told.append(("DLG-02", "it is no longer offered to whom it was", offer.to))
            case _:
                pass
    names = await activities.called([user for _, _, user in told])
    return [
        Notice(rule=rule, detail=detail, users=(user,), names={user: names[user]} if user in names else {})
        for rule, detail, user in told
    ]


def of_grants_that_stay(asked: Sequence[Grant], state: Activity) -> list[Notice]:
    """Warnings for grants that were to be taken back and are not there, or are somebody else's (RGT-10)."""
    there = {(grant.to, grant.id) for grant in state.facts.grants}
    absent = [grant for grant in dict.fromkeys(asked) if grant not in state.facts.grants]
    others = [grant for grant in absent if (grant.to, grant.id) in there]
    told = {
        f"{len(others)} of these are granted by somebody or something else, and stay: name that origin": len(others),
        f"{len(absent) - len(others)} of these are not granted": len(absent) - len(others),
    }
    return [Notice(rule="RGT-10", detail=detail) for detail, number in told.items() if number]


def _of_place(state: Activity) -> Notice | None:
    """A warning if it is in the work list of nobody, or on no page at all.

    Not in a history, the list of mails without address, a work list or a calendar.
    """
    facts = state.facts
    in_calendar = facts.starts_at is not None or facts.duration_minutes is not None or facts.all_day
    shown = state.links or state.assignments or facts.kind == "email" or in_calendar
    return of_nobody(state) or (None if shown else _NOWHERE)


async def kept_out(
    users: Iterable[str], state: Activity, activities: Activities, who: str = "responsible user"
) -> Notice | None:
    """A warning if some of these users certainly do not see it: no work list and no reminder tells them of it."""
    asked = dict.fromkeys(users)
    engagements = await activities.readers(state) if asked else {}
    unseeing = tuple(user for user in asked if is_kept_out(user, engagements))
    if not unseeing:
        return None
    names = await activities.called(unseeing)
    return Notice(rule="RGT-10", detail=f"the {who} may not see it", users=unseeing, names=names)


async def reading_only(user: str, desk: Desk, who: str = "responsible user") -> Notice | None:
    """A warning if the user, who is not the caller, may change nothing, so neither work on it nor have it done."""
    if user == desk.principal.user or not (users := await desk.workers.reading_only([user])):
        return None
    names = await desk.activities.called(users)
    detail = f"by the groups in the directory the {who} may read, and change nothing"
    return Notice(rule="RGT-01", detail=detail, users=tuple(users), names=names)


async def left_behind(committed: Committed, visibility: Visibility, desk: Desk) -> Notice | None:
    """A warning if early deadlines that the caller sees are not seen like their deadline then (DLN-04)."""
    early = [each.early for each in (await left(committed, desk.store)).task.early]
    seen = (await others(early, committed, desk)).values()
    apart = [each for each in seen if not each.withdrawn and each.facts.visibility != visibility]
    if not apart:
        return None
    detail = f"{len(apart)} of its early deadlines stay as they are, seen by {_SEEN_BY[apart[0].facts.visibility]}"
    return Notice(rule="DLN-04", detail=f"{detail}: change each by itself")
