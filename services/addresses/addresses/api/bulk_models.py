"""Many addresses in one request."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from addresses.api.couple_models import NewCouple
from addresses.api.models import NewCompany, NewContact, NewPerson
from dossier.http.models import Answer, Request
from dossier.http.problems import ProblemDocument

_Few = Field(max_length=50)


class ManyAddresses(Request):
    """Addresses of all types, at most 50 of each."""

    companies: Annotated[tuple[NewCompany, ...], _Few] = ()
    persons: Annotated[tuple[NewPerson, ...], _Few] = ()
    contacts: Annotated[tuple[NewContact, ...], _Few] = ()
    couples: Annotated[tuple[NewCouple, ...], _Few] = ()


class Entered(BaseModel):
    """The outcome for one of them: the `status` that it would have had alone, and either its answer or its problem."""

    status: int
    answer: Answer | None = None
    problem: ProblemDocument | None = None


class ManyEntered(BaseModel):
    """One for each address, in the order in which they were given."""

    batch_id: str
    companies: list[Entered]
    persons: list[Entered]
    contacts: list[Entered]
    couples: list[Entered]
