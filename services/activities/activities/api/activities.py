"""Activities: record, read, put right, link."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, tzinfo
from typing import NamedTuple

from fastapi import Response
from fastapi.responses import PlainTextResponse

from activities.api.desk import AtDesk, Desk
from activities.api.doubts import of_days
from activities.api.fields import below
from activities.api.models import CorrectActivity, Corrections, LinkObject, RecordActivity, UnlinkObject, WarnedAnswer
from activities.api.moments import left, today
from activities.api.shown import ActivityView, shown
from activities.api.warnings import of_left, of_projects, of_recorded, of_replaced, with_warnings
from activities.catalogue import require_offered
from activities.domain import linking, recording
from activities.domain.keywords import with_hidden
from activities.domain.span import check_day
from activities.domain.state import PROJECT_PARTS, Activity
from activities.drafts import changed, drafted, grant_references, references, user_references
from activities.handling import Decide
from dossier.auth.guard import require
from dossier.contracts.activities import ActivityChanges, ActivityRecorded, LinkOrigin
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound, RuleViolation, Unseen
from dossier.http.commands import etag
from dossier.http.problems import responses
from dossier.http.routes import body_limit
from dossier.http.routing import Router
from dossier.ids import new_id, stream_id
from dossier.store import Committed

LARGEST = 5 << 20
"""Bytes of an activity to record: a mail's text may have a million characters, each of four bytes."""

router = Router(prefix="/v1/activities", tags=["activities"])


@router.post("", status_code=201, dependencies=[require("create")])
@body_limit(LARGEST)
async def record(body: RecordActivity, desk: AtDesk) -> WarnedAnswer:
    """Record what was said, written, agreed or is due. The same again, under the same id, changes nothing."""
    new = await prepared(body, desk)
    committed = await desk.begin(new.identifier, new.decide)
    return with_warnings(desk.answer(committed, created=True), *await of_recorded(new.draft, committed, desk))


class Prepared(NamedTuple):
    """An activity as it is to enter the history, its id, and the decision that lets it."""

    identifier: str
    draft: ActivityRecorded
    decide: Decide


async def prepared(body: RecordActivity, desk: Desk) -> Prepared:
    """The activity that a request asks for. Raises RuleViolation.

    Sent again it is the one that was recorded, whatever became since of what it refers to (PHO-04).
    """
    identifier = body.id or new_id()
    place = await _place(body, desk)
    today = desk.activities.today_in(place)
    draft = await drafted(body, stream_id("activity", identifier), desk.principal, today, place, desk.texts)
    try:
        check_day(draft, place)
        await _check(identifier, body, draft, desk)
    except RuleViolation:
        if body.id is None or not await _is_recorded(body.id, draft, desk):
            raise

    def decide(state: Activity) -> Sequence[Event]:
        return recording.record(state, draft, body.reviewer)

    return Prepared(identifier, draft, decide)


async def _check(identifier: str, body: RecordActivity, draft: ActivityRecorded, desk: Desk) -> None:
    """Check what it refers to. Raises RuleViolation."""
    # A mailbox may be open to a group that is gone: that is no reason to lose a mail.
    granted = grant_references(draft.grants) if desk.principal.user else {}
    reviewer = {"reviewer": f"user-{body.reviewer}"} if body.reviewer else {}
    await desk.check(identifier, references(draft) | granted | reviewer)
    await desk.activities.check_keywords(draft.keywords, (), desk.principal, "keywords")
    if body.activity_type is not None:
        await require_offered(desk.store, body.activity_type, body.kind, "activity_type")
    if body.follow_up_of is not None:
        await _earlier(body.follow_up_of, desk)


async def _is_recorded(identifier: str, draft: ActivityRecorded, desk: Desk) -> bool:
    """Whether there is an activity for the caller to see that began as this draft."""
    try:
        return not recording.differing(await desk.see(identifier), draft)
    except NotFound:
        return False


async def _place(body: RecordActivity, desk: Desk) -> tzinfo:
    """Where the caller's days are, which is looked up only for what does not say its day, or says hours beside it."""
    if body.occurred_on is not None and body.starts_at is None:
        return UTC
    return await desk.activities.zone(desk.principal.user)


async def _earlier(identifier: str, desk: Desk) -> None:
    try:
        await desk.see(identifier)
    except NotFound:
        raise Unseen("REF-01", "there is no such activity that you may refer to", "follow_up_of") from None


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, desk: AtDesk, response: Response) -> ActivityView:
    """The activity as it stands at this moment."""
    loaded = await desk.activities.read(id, desk.principal)
    response.headers["ETag"] = etag(loaded.head.commit)
    return await shown(id, loaded, desk.activities, desk.principal)


@router.get("/{id}/text", dependencies=[require("read")], response_class=PlainTextResponse)
async def read_text(id: Id, desk: AtDesk, response: Response) -> str:
    """The whole text, also where the activity itself shows only its beginning."""
    facts = (await desk.see(id)).facts
    response.headers["X-Content-Type-Options"] = "nosniff"
    return await desk.texts.whole(facts.text_object) if facts.text_object else facts.text


@router.post("/{id}/corrections", dependencies=[require("write")], responses=responses(409))
async def correct(id: Id, body: CorrectActivity, desk: AtDesk) -> WarnedAnswer:
    """Put own fields right. A warning says if a day is most likely a typing error."""
    with below("changes", Corrections.model_fields):
        committed = await _corrected(id, body, desk)
    said = body.changes.occurred_on if "occurred_on" in body.changes.model_fields_set else None
    return with_warnings(desk.answer(committed), *of_days(await today(committed, desk), occurred_on=said))


async def _corrected(id: str, body: CorrectActivity, desk: Desk) -> Committed:
    facts = (await desk.see(id)).facts
    await desk.check(id, user_references("participants", body.changes.participants))
    named = "keywords" in body.changes.model_fields_set
    hidden = await desk.activities.hidden_keywords(desk.principal) if named else ()
    there = [each for each in facts.keywords if each not in hidden]
    await desk.activities.check_keywords(body.changes.keywords, there, desk.principal, "keywords")
    if body.changes.activity_type not in (None, facts.activity_type):
        await require_offered(desk.store, body.changes.activity_type, facts.kind, "activity_type")
    changes = await changed(body, stream_id("activity", id), desk.principal, desk.texts)
    place = await desk.activities.zone(desk.principal.user)

    def decide(state: Activity) -> Sequence[Event]:
        return recording.correct(state, _kept(changes, state, hidden), body.reason, place)

    return await desk.commit(id, decide)


def _kept(changes: ActivityChanges, state: Activity, hidden: Collection[str]) -> ActivityChanges:
    """The changes, which leave the keywords there that the caller is not shown."""
    if changes.keywords is None:
        return changes
    return changes.model_copy(update={"keywords": with_hidden(changes.keywords, state.facts.keywords, hidden)})


@router.post("/{id}/links", dependencies=[require("write")], responses=responses(409))
async def link(id: Id, body: LinkObject, desk: AtDesk) -> WarnedAnswer:
    """Let it belong to one more address, or to a project, phase, opportunity or invoice. A rule yields to a person.

    It has one of each but of addresses: another one replaces the former, which a warning says (ACT-10).
    """
    _origin(body.origin, desk)
    await desk.check(id, {"object": body.object.stream})
    by_hand_to_project = body.origin != "rule" and body.object.type in ("project", *PROJECT_PARTS)
    committed = await desk.commit(
        id,
        lambda state: linking.link(state, body.object, primary=body.primary, origin=body.origin),
        withdrawn_too=body.origin == "rule",
    )
    answer, instead = desk.answer(committed), of_replaced(committed)
    if not by_hand_to_project:
        return with_warnings(answer, instead)
    linked = await left(committed, desk.store)
    return with_warnings(answer, instead, *await of_projects(linked, desk.activities, desk.principal))


@router.post("/{id}/unlinks", dependencies=[require("write")], responses=responses(409))
async def unlink(id: Id, body: UnlinkObject, desk: AtDesk) -> WarnedAnswer:
    """Let it no longer belong to an object. A warning says if it is on no page then (ACT-01)."""
    _origin(body.origin, desk)

    def decide(state: Activity) -> Sequence[Event]:
        return linking.unlink(state, body.object, new_primary=body.new_primary, origin=body.origin, reason=body.reason)

    committed = await desk.commit(id, decide, withdrawn_too=body.origin == "rule")
    return with_warnings(desk.answer(committed), await of_left(committed, desk.store))


def _origin(origin: LinkOrigin, desk: Desk) -> None:
    if origin == "rule" and desk.principal.user is not None:
        raise RuleViolation("ACT-10", "a person links as a person", "origin")
