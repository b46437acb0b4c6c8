"""Who stands in for whom, and when: appointed by administrators, or by the represented user."""

from __future__ import annotations

from directory.aggregates import USER
from directory.api.known import active_user
from directory.api.models import NewDeputy
from directory.domain import user
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.base import Id
from dossier.contracts.directory import DeputyAppointed
from dossier.http.models import Answer
from dossier.http.problems import Problem, responses
from dossier.http.routing import Router
from dossier.http.writing import Write

router = Router(prefix="/v1/users/{id}/deputies", tags=["deputies"], dependencies=[require("read")])


_ALWAYS = NewDeputy()


@router.put("/{deputy}", responses=responses(409))
async def appoint(id: Id, deputy: Id, caller: Caller, write: Write, body: NewDeputy = _ALWAYS) -> Answer:
    """Let somebody stand in for the user, without a body on any day. The same deputy again has the new days.

    This needs the capability `administer`, except for one's own deputies.
    """
    _oneself_or_administrator(caller, id)
    await active_user(write.store, deputy, "RGT-09", "deputy")
    wanted = DeputyAppointed(deputy=deputy, **body.model_dump())
    return await write.change(USER, id, lambda u: user.appoint_deputy(u, id, wanted))


@router.delete("/{deputy}", responses=responses(409))
async def dismiss(id: Id, deputy: Id, caller: Caller, write: Write) -> Answer:
    """The deputy stands in for the user no longer. This needs `administer`, except for one's own deputies."""
    _oneself_or_administrator(caller, id)
    return await write.change(USER, id, lambda u: user.dismiss_deputy(u, deputy))


def _oneself_or_administrator(caller: Principal, id: str) -> None:
    """A deputy gets the role of the represented user and no right on the user (RGT-09): each may lend their own."""
    if caller.user != id and not caller.may("administer"):
        detail = "Only administrators, and the user whom the deputy stands in for, may do this."
        raise Problem(403, "not-allowed", "Not allowed", detail, rule="capability:administer")
