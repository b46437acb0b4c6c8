"""Handing in a raw mail over HTTP, and asking what became of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.problems import Problem, responses
from dossier.http.routes import body_limit
from dossier.mail_address import normalise_mail_address
from email_ingest.accepting import Acceptance, Envelope, NotAcceptedError
from email_ingest.identity import activity_id_of
from email_ingest.lmtp import SIZE_MOST
from email_ingest.mailboxes import Mailboxes

router = APIRouter(prefix="/v1", tags=["messages"])

_RAW_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class DeliveryView(BaseModel):
    """A mail that is ours. Once it is filed (`done`), `message` and for human mail `activity` are known."""

    delivery: str
    state: Literal["open", "done"]
    repeated: bool = False
    message: str | None = None
    activity: str | None = None


@router.post(
    "/messages",
    status_code=202,
    dependencies=[require("create")],
    openapi_extra=_RAW_BODY,
    responses=responses(413, 415, 422, 503),
)
@body_limit(SIZE_MOST)
async def hand_in(
    request: Request,
    caller: Caller,
    mailbox: Annotated[
        str | None, Query(max_length=320, description="Mail address of the mailbox it came in by")
    ] = None,
) -> DeliveryView:
    """Store a raw RFC 5322 message durably; it is filed soon after. Handing in the same bytes again changes nothing.

    A user who files a mail may read it, and so may the readers of the mailbox. A service must name the mailbox.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "message/rfc822":
        raise Problem(
            415, "media-type", "Unsupported media type", "Send the mail as message/rfc822.", rule="EML-11",
            field="Content-Type",
        )  # fmt: skip
    raw = await request.body()
    if not raw.strip():
        raise RuleViolation("EML-11", "The body is empty: it has to be the raw mail.", "body")
    envelope = await _envelope(caller, mailbox, request.app.state.mailboxes)
    acceptance: Acceptance = request.app.state.acceptance
    try:
        accepted = await acceptance.accept(raw, envelope)
    except NotAcceptedError:
        raise Problem(503, "not-stored", "Not stored", "The mail is not stored for certain. Send it again.") from None
    return await _view(acceptance, accepted.delivery, repeated=accepted.repeated)


@router.get("/deliveries/{id}", dependencies=[require("read")], responses=responses(404))
async def delivery(id: Id, request: Request, caller: Caller) -> DeliveryView:
    """What became of a mail that the caller handed in."""
    acceptance: Acceptance = request.app.state.acceptance
    found = await acceptance.facts(id)
    if found is None or (caller.user is not None and found["filed_by"] != caller.user):
        raise NotFound(id)
    return await _view(acceptance, id)


async def _envelope(caller: Principal, mailbox: str | None, mailboxes: Mailboxes) -> Envelope:
    if mailbox is None:
        if caller.user is None:
            raise RuleViolation("EML-20", "A service has to name the mailbox the mail came in by.", "mailbox")
        return Envelope("http", f"user:{caller.user}", filed_by=caller.user)
    try:
        mail_address = normalise_mail_address(mailbox)
    except ValueError:
        raise RuleViolation("EML-20", "This is no mail address.", "mailbox") from None
    identifier = await mailboxes.open_at(mail_address)
    if identifier is None:
        raise RuleViolation("EML-20", "There is no open mailbox with this address.", "mailbox")
    return Envelope("http", mail_address, mailbox=identifier, filed_by=caller.user)


async def _view(acceptance: Acceptance, delivery: str, *, repeated: bool = False) -> DeliveryView:
    facts = await acceptance.facts(delivery) or {}
    message = facts.get("message")
    return DeliveryView(
        delivery=delivery,
        state="open" if facts.get("open") else "done",
        repeated=repeated,
        message=message,
        activity=activity_id_of(message) if message and facts.get("files") else None,
    )
