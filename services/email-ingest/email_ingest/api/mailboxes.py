"""Mailboxes: open one, name its readers, close it."""

from __future__ import annotations

from fastapi import Response
from pydantic import BaseModel, Field

from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.contracts.common import Principals
from dossier.contracts.rules import RuleViolation
from dossier.http.listing import listed_as_standing
from dossier.http.models import Answer, Page, Request
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.mail_address import normalise_mail_address
from email_ingest.domain import mailbox as rules
from email_ingest.domain.mailbox import Mailbox
from email_ingest.identity import mailbox_id_of
from email_ingest.mailboxes import MAILBOX

router = Router(prefix="/v1/mailboxes", tags=["mailboxes"])


class Readers(Request):
    """Who may read what comes in by the mailbox: at least one user or group."""

    users: tuple[Id, ...] = ()
    groups: tuple[Id, ...] = ()

    def principals(self) -> Principals:
        """As a value of the contract."""
        return Principals(users=self.users, groups=self.groups)


class NewMailbox(Request):
    """A mailbox to open."""

    mail_address: str = Field(max_length=320, examples=["office@example.com"])
    readers: Readers


class MailboxView(BaseModel):
    """A mailbox as it stands."""

    id: str
    mail_address: str
    readers: Principals
    is_open: bool


@router.post("", status_code=201, dependencies=[require("administer")])
async def open_mailbox(body: NewMailbox, write: Write) -> Answer:
    """Open a mailbox. There is one per mail address; its id follows from the address."""
    try:
        mail_address = normalise_mail_address(body.mail_address)
    except ValueError:
        raise RuleViolation("EML-20", "This is no mail address.", "mail_address") from None
    readers = body.readers.principals()
    return await write.create(
        MAILBOX, mailbox_id_of(mail_address), lambda state: rules.open_mailbox(state, mail_address, readers)
    )


@router.get("", dependencies=[require("administer")])
async def list_mailboxes(store: Store, paging: Paging) -> Page[MailboxView]:
    """All mailboxes by id, closed ones too."""
    page = await listed_as_standing(store, MAILBOX, paging)
    return Page(items=[_shown(id, state) for id, state in page.items], next=page.next)


@router.get("/{id}", dependencies=[require("administer")])
async def read(id: Id, store: Store, response: Response) -> MailboxView:
    """The mailbox as it stands at this moment."""
    return _shown(id, await standing(store, MAILBOX, id, response))


@router.put("/{id}/readers", dependencies=[require("administer")], responses=responses(409))
async def change_readers(id: Id, body: Readers, write: Write) -> Answer:
    """Name other readers for what comes in from now on; what came in before keeps its readers."""
    return await write.change(MAILBOX, id, lambda state: rules.change_readers(state, body.principals()))


@router.post("/{id}/close", dependencies=[require("administer")], responses=responses(409))
async def close(id: Id, write: Write) -> Answer:
    """Take no more mail by this mailbox."""
    return await write.change(MAILBOX, id, rules.close_mailbox)


def _shown(id: str, state: Mailbox) -> MailboxView:
    return MailboxView(id=id, mail_address=state.mail_address, readers=state.readers, is_open=state.is_open)
