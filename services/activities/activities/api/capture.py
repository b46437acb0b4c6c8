"""Notes that were taken on the go and are sent when there is a network again (PHO-01, PHO-04)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, JsonValue, ValidationError

from activities.api.activities import prepared
from activities.api.desk import AtDesk, Desk
from activities.api.models import Notice, RecordActivity, WarnedAnswer
from activities.api.warnings import of_recorded, with_warnings
from activities.domain import recording
from dossier.auth.guard import require
from dossier.contracts.activities import ActivityRecorded
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http import models
from dossier.http.problems import ProblemDocument, to_problem
from dossier.http.routing import Router
from dossier.ids import is_id
from dossier.store import Committed

MOST_DRAFTS = 200
Outcome = Literal["recorded", "already-there", "conflict", "refused"]

router = Router(prefix="/v1/activities", tags=["activities"])


class Drafts(models.Request):
    """Drafts, each as the body of `POST /v1/activities`, with its own `id` and `occurred_on`.

    Each is read by itself, so that one that cannot be read keeps no other back.
    """

    drafts: Annotated[tuple[JsonValue, ...], Field(min_length=1, max_length=MOST_DRAFTS)]


class Drafted(BaseModel):
    """What became of a draft: `status` is what it would have been answered alone.

    `already-there`: it was sent before. `conflict`: another activity has its id, and `differs` names the fields in
    which that one began otherwise; it is at `commit`.
    """

    outcome: Outcome
    id: Id | None = None
    status: int
    answer: WarnedAnswer | None = None
    problem: ProblemDocument | None = None
    differs: list[str] | None = None
    commit: int | None = None


class ManyDrafted(BaseModel):
    """One for each draft, in the order in which they were given."""

    batch_id: str
    drafts: list[Drafted]


@router.post("/drafts", dependencies=[require("create")])
async def take_drafts(body: Drafts, desk: AtDesk, request: Request) -> ManyDrafted:
    """Record what was noted on the go, each draft or not: what is refused of one is told in its place.

    A draft has an id of the client's making, so that sent twice it is one activity, whatever was done with that since.
    A draft may be the follow-up of another one. All have one `batch_id`. There is no `Dossier-After`: each answer has
    its version.
    """
    many = _Many(desk, request)
    taken: dict[int, Drafted] = {}
    while left := [place for place in range(len(body.drafts)) if place not in taken]:
        coming = {_text(body.drafts[place], "id") for place in left} - {None}
        # What others follow comes first; a ring of them is left to the rules.
        ready = [place for place in left if _text(body.drafts[place], "follow_up_of") not in coming] or left
        outcomes = await asyncio.gather(*(many.take(place, body.drafts[place]) for place in ready))
        taken.update(zip(ready, outcomes, strict=True))
    return ManyDrafted(batch_id=desk.batch_id, drafts=[taken[place] for place in sorted(taken)])


class _Many:
    """The drafts of one request. What is recorded at the same moment shares reads and commits."""

    def __init__(self, desk: Desk, request: Request) -> None:
        self._desk = desk
        self._request = request

    async def take(self, place: int, draft: JsonValue) -> Drafted:
        """What became of one."""
        desk = self._desk.part(f"draft{place}", self._desk.batch_id)
        try:
            body = _read(draft)
            recording.offline(body.id, body.occurred_on)
            new = await prepared(body, desk)
        except Exception as error:
            return await self._refused(error, desk, _text(draft, "id"))
        try:
            committed = await desk.begin(new.identifier, new.decide)
        except RuleViolation as error:
            refused = await self._refused(error, desk, new.identifier)
            return await _conflicting(refused, new.draft, desk) if error.rule == "ACT-ID" else refused
        except NotFound as error:  # another activity, which the caller may not see
            refused = await self._refused(error, desk, new.identifier)
            return refused.model_copy(update={"outcome": "conflict"})
        except Exception as error:
            return await self._refused(error, desk, new.identifier)
        warnings = await of_recorded(new.draft, committed, desk)
        return _taken(committed, desk, new.identifier, *warnings)

    async def _refused(self, error: Exception, desk: Desk, identifier: str | None) -> Drafted:
        """The refusal, unless this was sent before, under a key, and gives way to what came of it."""
        if (first := await desk.earlier(error)) is not None:
            return _taken(first, desk, identifier)
        problem = await to_problem(error, self._request)
        if problem.status_code == 500:  # an error of ours is nobody's answer
            raise error
        document = ProblemDocument.model_validate(problem.document)
        return Drafted(outcome="refused", id=identifier, status=problem.status_code, problem=document)


def _taken(committed: Committed, desk: Desk, identifier: str | None, *warnings: Notice | None) -> Drafted:
    outcome: Outcome = "recorded" if committed.events and not committed.replayed else "already-there"
    answer = with_warnings(desk.answer(committed), *warnings)
    return Drafted(outcome=outcome, id=identifier, status=201, answer=answer)


async def _conflicting(refused: Drafted, event: ActivityRecorded, desk: Desk) -> Drafted:
    assert refused.id is not None
    there = await desk.activities.read(refused.id, desk.principal)
    differs = recording.differing(there.state, event, await desk.activities.hidden_keywords(desk.principal))
    told = {"outcome": "conflict", "differs": differs, "commit": there.head.commit}
    return refused.model_copy(update=told)


def _read(draft: JsonValue) -> RecordActivity:
    """The draft as a request. Raises RequestValidationError."""
    try:
        return RecordActivity.model_validate(draft)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None


def _text(draft: JsonValue, field: str) -> str | None:
    """A field of a draft that may be anything."""
    given = draft.get(field) if isinstance(draft, dict) else None
    return given if isinstance(given, str) and is_id(given) else None
