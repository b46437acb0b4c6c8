"""Automatic mail that was kept: what came, why it is no activity, and filing it by hand (EML-01)."""

from __future__ import annotations

from fastapi import Request
from pydantic import BaseModel

from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.activities import MailRecipient
from dossier.contracts.base import Id
from dossier.contracts.emails import MailKind
from dossier.contracts.rules import NotFound
from dossier.disposable import ChildDisturbed
from dossier.http.models import Page
from dossier.http.paging import Paging
from dossier.http.problems import responses, unavailable
from dossier.http.routing import Router
from dossier.mongo import Document
from email_ingest.accepting import Acceptance, Accepted, Envelope
from email_ingest.api.messages import DeliveryView, accepted_view, stored
from email_ingest.parsing.child import Parsers, Parts
from email_ingest.views.kept import Kept

router = Router(prefix="/v1/kept", tags=["kept mail"])


class KeptRow(BaseModel):
    """A mail that was kept; `kind` is why: people do not write such mail, so it became no activity."""

    message: str
    kind: MailKind
    subject: str
    sender: str
    sender_name: str
    sent_at: str | None
    received_at: str
    mailbox: str | None


class KeptFile(BaseModel):
    """A file that came with the mail."""

    name: str
    media_type: str
    size: int


class KeptMail(KeptRow):
    """The mail with what it says."""

    recipients: tuple[MailRecipient, ...]
    text: str
    files: tuple[KeptFile, ...]
    defects: tuple[str, ...]


@router.get("", dependencies=[require("read")])
async def list_kept(request: Request, caller: Caller, paging: Paging) -> Page[KeptRow]:
    """Bounces, out-of-office answers, lists and other automatic mail that came in by mailboxes of the caller's.

    Newest first. Who may read what came in by a mailbox sees it here, as it first came in there, until it is filed.
    """
    of = ("kept", *caller.tokens)
    found = await _kept(request).listed(caller.tokens, paging.position(*of), paging.limit + 1)
    return paging.page(
        [KeptRow.model_validate(each) for each in found], lambda row: (row.received_at, row.message), *of
    )


@router.get("/{message}", dependencies=[require("read")], responses=responses(404, 503))
async def read(message: Id, request: Request, caller: Caller) -> KeptMail:
    """The mail that was kept, as it first came to the caller, read anew from its raw bytes.

    One that takes more than a second of processor time is shown by its headers; filed, it is read with more patience.
    """
    kept, acceptance = await _found(request, message, caller), _acceptance(request)
    raw = Parts(kept["size"], lambda: acceptance.parts(kept["delivery"]))
    parsers: Parsers = request.app.state.parsers
    try:
        async with parsers.one() as parser:
            mail = await parser.parse(raw)
    except ChildDisturbed:
        raise unavailable("not-read", "The mail could not be read just now. Ask again.") from None
    defects = dict.fromkeys((*kept["defects"], *mail.defects))
    return KeptMail.model_validate({**kept, "text": mail.text, "files": kept["attachments"], "defects": [*defects]})


@router.post("/{message}/file", status_code=202, dependencies=[require("create")], responses=responses(404, 503))
async def file(message: Id, request: Request, caller: Caller) -> DeliveryView:
    """Make an activity of the mail, as if the caller had handed it in: soon after it is one, and no longer kept.

    The caller may read it, and so may everybody who was granted it as kept mail. Again changes nothing.
    """
    acceptance = _acceptance(request)
    envelope = Envelope("http", f"user:{caller.user}", filed_by=caller.user, brings=message)
    if await acceptance.facts(envelope.delivery_of()) is not None:
        return await accepted_view(request, Accepted(envelope.delivery_of(), repeated=True))
    kept = await _found(request, message, caller)
    return await accepted_view(request, await stored(request, await acceptance.raw(kept["delivery"]), envelope))


async def _found(request: Request, message: str, caller: Principal) -> Document:
    if (found := await _kept(request).read(message, caller.tokens)) is None:
        raise NotFound(message)
    return found


def _kept(request: Request) -> Kept:
    return request.app.state.kept


def _acceptance(request: Request) -> Acceptance:
    return request.app.state.acceptance
