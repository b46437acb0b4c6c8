"""Handing in a raw mail over HTTP, and asking what became of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel

from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.commands import load
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.models import Page
from dossier.http.paging import Paging
from dossier.http.problems import Problem, responses, unavailable
from dossier.http.routes import body_limit
from dossier.http.routing import Router
from dossier.ids import stream_id
from dossier.mail_address import normalise_mail_address
from dossier.mongo import Document
from email_ingest.accepting import Acceptance, Accepted, Envelope, NotAcceptedError, State, state_of
from email_ingest.domain.message import Message
from email_ingest.filing import MESSAGE
from email_ingest.lmtp import SIZE_MOST
from email_ingest.mailboxes import Mailboxes
from email_ingest.parsing.raw import has_headers

router = Router(prefix="/v1", tags=["messages"])

_RAW_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class DeliveryView(BaseModel):
    """A mail that is ours. Once it is `done`, `message` is known, and `activity` as soon as there is one.

    `refused`: the activity service does not take it; it is on the list of refused mail.
    """

    delivery: str
    state: State
    repeated: bool = False
    message: str | None = None
    activity: str | None = None


class DeliveryRow(BaseModel):
    """A mail that came in. What it says is only for its readers, and not here.

    `reason` is status, rule and field of the refusal, if the activity service refused it.
    """

    delivery: str
    state: State
    message: str | None
    mailbox: str | None
    filed_by: str | None
    received_at: str
    reason: str | None


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

    A user who files a mail may read it, and so may the readers of the mailbox. A service must name the mailbox. What
    has no header field at all is refused.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "message/rfc822":
        raise Problem(
            415, "media-type", "Unsupported media type", "Send the mail as message/rfc822.", rule="EML-11",
            field="Content-Type",
        )  # fmt: skip
    raw = await request.body()
    if not raw.strip():
        raise RuleViolation("EML-11", "The body is empty: it has to be the raw mail.", "body")
    if not has_headers(raw):
        raise RuleViolation("EML-11", "The body has no header field: it has to be the raw mail.", "body")
    envelope = await _envelope(caller, mailbox, request.app.state.mailboxes)
    return await accepted_view(request, await stored(request, raw, envelope))


async def stored(request: Request, raw: bytes, envelope: Envelope) -> Accepted:
    """The mail, durably stored. Raises Problem 503 when that is not certain."""
    acceptance: Acceptance = request.app.state.acceptance
    try:
        return await acceptance.accept(raw, envelope)
    except NotAcceptedError:
        raise unavailable("not-stored", "The mail is not stored for certain. Send it again.") from None


async def accepted_view(request: Request, accepted: Accepted) -> DeliveryView:
    """What is told of a mail that was just taken."""
    return await _view(request, accepted.delivery, repeated=accepted.repeated)


@router.get("/deliveries/{id}", dependencies=[require("read")], responses=responses(404))
async def delivery(id: Id, request: Request, caller: Caller) -> DeliveryView:
    """What became of a mail that the caller handed in."""
    acceptance: Acceptance = request.app.state.acceptance
    found = await acceptance.facts(id)
    if found is None or (caller.user is not None and found["filed_by"] != caller.user):
        raise NotFound(id)
    return await _view(request, id)


@router.get("/messages", dependencies=[require("administer")])
async def list_messages(request: Request, paging: Paging, state: State | None = None) -> Page[DeliveryRow]:
    """Mail that came in, newest first: all, or what is not filed yet (`open`), filed (`done`), or `refused`.

    At what is refused somebody has to look; its raw bytes are kept.
    """
    acceptance: Acceptance = request.app.state.acceptance
    of = ("messages", str(state))
    found = await acceptance.listed(state, paging.position(*of), paging.limit + 1)
    return paging.page(list(map(_row, found)), lambda item: (item.received_at, item.delivery), *of)


def _row(delivery: Document) -> DeliveryRow:
    return DeliveryRow(
        delivery=delivery["_id"],
        state=state_of(delivery),
        message=delivery.get("message"),
        mailbox=delivery["mailbox"],
        filed_by=delivery["filed_by"],
        received_at=delivery["received_at"],
        reason=delivery.get("refused"),
    )


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


async def _view(request: Request, delivery: str, *, repeated: bool = False) -> DeliveryView:
    acceptance: Acceptance = request.app.state.acceptance
    facts = await acceptance.facts(delivery) or {}
    message = facts.get("message")
    standing = Message()
    if message:
        # Another delivery of the mail may have made it an activity since this one was done.
        standing = (await load(request.app.state.store, MESSAGE, stream_id("message", message))).state
    done = "refused" if standing.refused else "done"
    return DeliveryView(
        delivery=delivery,
        state="open" if facts.get("open") else done,
        repeated=repeated,
        message=message,
        activity=standing.decided.activity if standing.filed and standing.decided else None,
    )
