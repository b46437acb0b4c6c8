"""What the answer to a command points out without refusing the command."""

from __future__ import annotations

from collections.abc import Iterable

from activities.api.models import Notice, WarnedAnswer
from activities.domain.access import is_kept_out
from activities.domain.state import Activity, evolve
from activities.handling import Activities
from dossier.contracts.activities import ActivityRecorded
from dossier.http.models import Answer


def with_warnings(answer: Answer, *warnings: Notice | None) -> WarnedAnswer:
    """The answer, with those of these that there are."""
    return WarnedAnswer(**answer.model_dump(), warnings=tuple(each for each in warnings if each is not None))


async def of_recorded(draft: ActivityRecorded, activities: Activities) -> Notice | None:
    """A warning of the responsible users with whom the activity entered the history: most have none."""
    if draft.responsible is None and not draft.further_responsible:
        return None
    begun = evolve(Activity(), draft)
    return await kept_out([assignment.user for assignment in begun.assignments], begun, activities)


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
