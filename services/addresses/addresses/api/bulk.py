"""Entering many addresses with one request: each by itself, as if it came alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from fastapi import Request

from addresses.api.bulk_models import Entered, ManyAddresses, ManyEntered
from addresses.api.companies import enter_company
from addresses.api.contacts import enter_contact
from addresses.api.couples import enter_couple
from addresses.api.entering import Enter, Enterer
from addresses.api.models import NewCompany
from addresses.api.persons import enter_person
from dossier.auth.guard import require
from dossier.http.models import Answer
from dossier.http.problems import ProblemDocument, to_problem
from dossier.http.replaying import earlier
from dossier.http.routing import Router
from dossier.http.writing import Writer

B = TypeVar("B")
Entering = Callable[[B, Enterer], Awaitable[Answer]]

router = Router(prefix="/v1/addresses", tags=["addresses"])


@router.post("/bulk", dependencies=[require("create")])
async def enter_many(body: ManyAddresses, enter: Enter, request: Request) -> ManyEntered:
    """Enter addresses, each or not: what a rule refuses of one is told in its place and keeps no other back.

    The form is judged as a whole: a field that is misspelt or of another type is a 422 of the request, and enters none.

    They may refer to one another. None is compared with what is there, and all have one `batch_id`. A request that is
    sent again changes nothing if its addresses have ids, or with its `Idempotency-Key`. There is no `Dossier-After`:
    each answer has its version.
    """
    many = Many(enter, request)
    # What others refer to comes first.
    companies, persons = await asyncio.gather(
        many.companies(body.companies), many.of("person", enter_person, _numbered(body.persons))
    )
    contacts, couples = await asyncio.gather(
        many.of("contact", enter_contact, _numbered(body.contacts)),
        many.of("couple", enter_couple, _numbered(body.couples)),
    )
    return ManyEntered(batch_id=many.batch_id, companies=companies, persons=persons, contacts=contacts, couples=couples)


class Many:
    """The addresses of one request. What is entered at the same moment shares reads and commits."""

    def __init__(self, enter: Enterer, request: Request) -> None:
        self._enter = enter
        self._request = request
        self.batch_id = enter.write.command.batch_id

    async def of(self, kind: str, enter: Entering[B], bodies: Mapping[int, B]) -> list[Entered]:
        """What became of each, in order; they are numbered by their places in the request."""
        entering = (self._one(f"{kind}{number}", enter, body) for number, body in bodies.items())
        return list(await asyncio.gather(*entering))

    async def companies(self, bodies: Sequence[NewCompany]) -> list[Entered]:
        """The same of companies, parents before subsidiaries. A ring of them is left to the rules."""
        entered: dict[int, Entered] = {}
        while left := [number for number in range(len(bodies)) if number not in entered]:
            coming = {bodies[number].id for number in left} - {None}
            ready = [number for number in left if bodies[number].parent not in coming] or left
            answers = await self.of("company", enter_company, {number: bodies[number] for number in ready})
            entered.update(zip(ready, answers, strict=True))
        return [entered[number] for number in range(len(bodies))]

    async def _one(self, place: str, enter: Entering[B], body: B) -> Entered:
        write = self._enter.write.part(place, self.batch_id)
        try:
            answer = await _once(write, enter(body, replace(self._enter, write=write)))
        except Exception as error:
            problem = await to_problem(error, self._request)
            if problem.status_code == 500:  # an error of ours is nobody's answer
                raise
            return Entered(status=problem.status_code, problem=ProblemDocument.model_validate(problem.document))
        return Entered(status=201, answer=answer)


async def _once(write: Writer, entering: Awaitable[Answer]) -> Answer:
    """What it answers, or the first answer if this was entered before and is refused by now."""
    try:
        return await entering
    except Exception as error:
        if (first := await earlier(write.store, write.command, error)) is None:
            raise
        return write.command.answer(*first)


def _numbered(bodies: Sequence[B]) -> dict[int, B]:
    return dict(enumerate(bodies))
