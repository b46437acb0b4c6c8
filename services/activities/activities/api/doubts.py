"""What is most likely a typing error, or forgotten: it is done all the same, and pointed out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from activities.api.models import Notice
from activities.domain.state import Activity

FAR = timedelta(days=50 * 365)
"""From today on: what is planned lies nearer than about 50 years."""
NOBODYS = Notice(
    rule="ACT-19", detail="nobody is responsible for it though it is due: only the work list of nobody shows it"
)


def of_days(today: date, *, occurred_on: date | None = None, due_on: date | None = None) -> list[Notice]:
    """Warnings for days that somebody just said."""
    told = [("CAL-02", "occurred_on", occurred_on), ("ACT-02", "due_on", due_on)]
    ahead = [(rule, f"{field} lies more than 50 years ahead") for rule, field, day in told if day and day - today > FAR]
    overdue = [("ACT-02", "it is overdue already: due_on lies before today")] if due_on and due_on < today else []
    return [Notice(rule=rule, detail=detail) for rule, detail in (*ahead, *overdue)]


def of_nobody(state: Activity) -> Notice | None:
    """A warning if it is due and nobody's task: neither anybody's own work list shows it nor a team's."""
    is_due = state.facts.due_on is not None and state.completed_on is None and not state.withdrawn
    return NOBODYS if is_due and not state.assignments else None


def of_early(made: Sequence[str], early: dict[str, Activity], today: date) -> list[Notice]:
    """Warnings for early deadlines that were made, among those of the same deadline that the caller sees (DLN-03)."""
    days = {id: state.facts.due_on for id, state in early.items() if not state.withdrawn and state.completed_on is None}
    new = [day for id in made if (day := days.get(id)) is not None]
    past = sum(day < today for day in new)
    told = {
        "one of them lies before today" if past == 1 else f"{past} of them lie before today": past > 0,
        "two early deadlines are of the same day": any(list(days.values()).count(day) > 1 for day in new),
    }
    return [Notice(rule="DLN-03", detail=detail) for detail, holds in told.items() if holds]


def of_done(state: Activity, completed_on: date | None) -> Notice | None:
    """A warning if it was done before, on another day than who completes it again says (ACT-20)."""
    if state.completed_on is None or completed_on in (None, state.completed_on):
        return None
    return Notice(
        rule="ACT-20", detail=f"it was completed on {state.completed_on}, which stays; reopen it to change that"
    )


def of_withdrawn(state: Activity, reason: str) -> Notice | None:
    """A warning if it was withdrawn before, for another reason than who withdraws it again says."""
    if state.withdrawal is None or reason in ("", state.withdrawal.reason):
        return None
    stays = "its reason stays" if state.withdrawal.reason else "to give it a reason, restore it and withdraw it again"
    return Notice(rule="ACT-WITHDRAWN", detail=f"it is withdrawn already; {stays}")
