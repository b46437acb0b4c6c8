"""Many activities in one request."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from activities.api.models import WarnedAnswer
from dossier.contracts.base import Id
from dossier.days import Day
from dossier.http.models import Request
from dossier.http.problems import ProblemDocument

MOST = 200
MOST_DAYS = 3660


def _each_once(activities: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(activities)) < len(activities):
        raise PydanticCustomError("each_once", "names an activity twice")
    return activities


Chosen = Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST), AfterValidator(_each_once)]


class CompleteMany(Request):
    """Activities that are done, and the day: today in the caller's time zone unless it is said."""

    activities: Chosen
    completed_on: Day | None = None


class ShiftMany(Request):
    """Activities whose due date, or whose follow-up date of the caller, moves: by so many `days`, or to a day or none.

    By days each moves from where it stands, at most ten years.
    """

    activities: Chosen
    date: Literal["due", "follow_up"]
    days: Annotated[int, Field(ge=-MOST_DAYS, le=MOST_DAYS)] | None = None
    on: Day | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.days is not None) == ("on" in self.model_fields_set):
            raise PydanticCustomError("one_of", "says either by how many days or to which day")
        return self


class Changed(BaseModel):
    """The outcome for one of them: the `status` that it would have had alone, and either its answer or its problem."""

    id: Id
    status: int
    answer: WarnedAnswer | None = None
    problem: ProblemDocument | None = None


class ManyChanged(BaseModel):
    """One for each activity, in the order in which they were given."""

    batch_id: str
    items: list[Changed]
