"""What calendars answer."""

from __future__ import annotations

from dossier.contracts.activities import ActivityKind, Medium
from histories.api.models import Day, Mark, Moment, Reference, Shown


class CalendarEntry(Shown):
    """An activity with calendar character. If it is not `all_day`, `first_day` and `last_day` are days in UTC."""

    id: str
    kind: ActivityKind
    activity_type: str | None
    medium: Medium
    title: str
    all_day: bool
    first_day: Day
    last_day: Day
    starts_at: Moment | None
    ends_at: Moment | None
    duration_minutes: int | None
    completed_on: Day | None
    participants: list[Reference]
    responsible: Reference | None
    entered_by: Reference | None
    primary_address: Reference | None
    project: Reference | None
    marks: list[Mark]
    recorded_at: Moment
    version: int


class CalendarPeriod(Shown):
    """The entries of a period, by their beginning. Days are those of `time_zone`, the reader's."""

    user: Reference
    time_zone: str
    items: list[CalendarEntry]
