"""The conversation of a mail, as the mail gateway learns of it."""

from __future__ import annotations

from pydantic import Field

from activities.api.desk import AtDesk
from activities.domain import conversing
from dossier.auth.guard import require
from dossier.contracts.base import Count, Id
from dossier.contracts.rules import RuleViolation
from dossier.http.models import Answer, Request
from dossier.http.problems import responses
from dossier.http.routing import Router

router = Router(
    prefix="/v1/activities/{id}", tags=["access"], dependencies=[require("write")], responses=responses(409)
)


class ThreadMail(Request):
    """The conversation that the mail belongs to, and the how manieth word of it this is."""

    thread: Id
    revision: Count = Field(gt=0)


@router.post("/thread")
async def thread(id: Id, body: ThreadMail, desk: AtDesk) -> Answer:
    """Put the mail into another conversation, if this is newer than what was said before. Only the mail gateway knows.

    Of a mail that was withdrawn it is kept, too.
    """
    if desk.principal.user is not None:
        raise RuleViolation("ACT-MAIL", "conversations are told by the mail gateway")
    return await desk.change(id, lambda state: conversing.thread(state, body.thread, body.revision), withdrawn_too=True)
