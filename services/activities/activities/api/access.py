"""Who may see an activity, and the further deliveries of a mail, which bring readers along."""

from __future__ import annotations

from activities.api.desk import AtDesk
from activities.api.models import ChangeGrants, ChangeVisibility, SightMail, WarnedAnswer
from activities.api.moments import found
from activities.api.warnings import left_behind, of_grants_that_stay, with_warnings
from activities.domain import access
from activities.drafts import grant_references, granted, revoked
from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.contracts.rules import RuleViolation
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router

router = Router(
    prefix="/v1/activities/{id}", tags=["access"], dependencies=[require("write")], responses=responses(409)
)


@router.put("/visibility")
async def change_visibility(id: Id, body: ChangeVisibility, desk: AtDesk) -> WarnedAnswer:
    """Let everybody see it, or only its grants, responsible users, participants and author.

    You are one of them, or in a group that is: nobody hides from oneself what others wrote (RGT-05).
    The early deadlines of a deadline stay as they are (DLN-04), which a warning says.
    """
    committed = await desk.commit(id, lambda state: access.change_visibility(state, body.visibility))
    return with_warnings(desk.answer(committed), await left_behind(committed, body.visibility, desk))


@router.post("/grants")
async def add_grants(id: Id, body: ChangeGrants, desk: AtDesk) -> Answer:
    """Let more users or groups see it."""
    grants = granted(body.grants, desk.principal)
    await desk.check(id, grant_references(grants))
    return await desk.change(id, lambda state: access.add_grants(state, grants))


@router.post("/grants/revoke")
async def revoke_grants(id: Id, body: ChangeGrants, desk: AtDesk) -> WarnedAnswer:
    """Take grants back; the same right from another origin stays, which a warning says.

    You see it still afterwards, as with its visibility (RGT-05).
    """
    grants = revoked(body.grants, desk.principal)
    committed = await desk.commit(id, lambda state: access.revoke_grants(state, grants))
    before = await found(committed, desk.store)
    return with_warnings(desk.answer(committed), *of_grants_that_stay(grants, before))


@router.post("/sightings")
async def sight(id: Id, body: SightMail, desk: AtDesk) -> Answer:
    """Note that the mail came by another road, too. Only the mail gateway knows."""
    if desk.principal.user is not None:
        raise RuleViolation("ACT-MAIL", "deliveries are noted by the mail gateway")
    grants = granted(body.grants, desk.principal)
    # What came by another road is kept of a mail that was withdrawn, too: it counts once that is restored.
    return await desk.change(id, lambda state: access.sight(state, body.sighting, grants), withdrawn_too=True)
