"""A mailbox: a channel mail comes in by. Its readers get the right to what comes in, never anybody the headers name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dossier.contracts.base import Event
from dossier.contracts.common import Grant, GrantOrigin, Principals
from dossier.contracts.emails import MailboxClosed, MailboxOpened, MailboxReadersChanged
from dossier.contracts.rules import NotFound, RuleViolation

READERS_MOST = 100
"""So that a mail's command, which names them all, is never too large to be sent."""


@dataclass(frozen=True)
class Mailbox:
    """State of a mailbox stream."""

    mail_address: str = ""
    readers: Principals = field(default_factory=Principals)
    is_open: bool = False


def evolve(state: Mailbox, event: Event) -> Mailbox:
    """Fold one event into the state."""
    match event:
        case MailboxOpened():
            return Mailbox(event.mail_address, event.readers, is_open=True)
        case MailboxReadersChanged():
            return replace(state, readers=event.readers)
        case MailboxClosed():
            return replace(state, is_open=False)
        case _:
            return state


def open_mailbox(state: Mailbox, mail_address: str, readers: Principals) -> list[Event]:
    """Open a mailbox; somebody has to be able to read it (EML-20)."""
    if state.is_open:
        raise RuleViolation("EML-20", "A mailbox with this address is already open.", "mail_address")
    _require_readers(readers)
    return [MailboxOpened(mail_address=mail_address, readers=readers)]


def change_readers(state: Mailbox, readers: Principals) -> list[Event]:
    """Name other readers for what comes in from now on."""
    if not state.is_open:
        raise NotFound
    _require_readers(readers)
    return [] if readers == state.readers else [MailboxReadersChanged(readers=readers)]


def close_mailbox(state: Mailbox) -> list[Event]:
    """Take no more mail."""
    return [MailboxClosed()] if state.is_open else []


def _require_readers(readers: Principals) -> None:
    if not readers.users and not readers.groups:
        raise RuleViolation("EML-20", "A mailbox needs at least one user or group that may read it.", "readers")
    if len(readers.users) + len(readers.groups) > READERS_MOST:
        detail = f"A mailbox has at most {READERS_MOST} readers: give the right to a group."
        raise RuleViolation("EML-20", detail, "readers")


def grants_of(readers: Principals, origin: GrantOrigin) -> tuple[Grant, ...]:
    """The rights of the readers, with the channel or person they come from."""
    users = tuple(Grant(to="user", id=user, origin=origin) for user in readers.users)
    return users + tuple(Grant(to="group", id=group, origin=origin) for group in readers.groups)
