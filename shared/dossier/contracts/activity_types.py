"""Events of the types an activity can be of: what it is about. Topic `crm.activities`, stream `activity-type-…`."""

from __future__ import annotations

from pydantic import Field

from dossier.contracts.activities import ActivityKind
from dossier.contracts.base import Event, Order, event


@event("activities")
class ActivityTypeDefined(Event):
    """Activities can be of another type. `code` is its name in events, for ever; no `kinds`: it is for all of them."""

    code: str = Field(max_length=50)
    label: str = Field(max_length=100)
    kinds: tuple[ActivityKind, ...] = ()
    position: Order = 0


@event("activities")
class ActivityTypeChanged(Event):
    """A type is called otherwise, is for other kinds, or is no longer offered. A field that is not set did not change.

    What has an inactive type keeps it.
    """

    label: str | None = Field(default=None, max_length=100)
    kinds: tuple[ActivityKind, ...] | None = None
    position: Order | None = None
    is_active: bool | None = None


DEADLINE, REVIEWED_DEADLINE = "deadline", "deadline_with_review"
SHIPPED = {
    defined.code: defined
    for defined in (
        ActivityTypeDefined(code="advice", label="Advice", position=1),
        ActivityTypeDefined(code="offer", label="Offer", position=2),
        ActivityTypeDefined(code="contract", label="Contract", position=3),
        ActivityTypeDefined(code="complaint", label="Complaint", position=4),
        ActivityTypeDefined(code=DEADLINE, label="Deadline", position=5),
        ActivityTypeDefined(code=REVIEWED_DEADLINE, label="Deadline with review", position=6),
    )
}
"""What every installation has from the start, by code."""
