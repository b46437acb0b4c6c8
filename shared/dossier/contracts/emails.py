"""Events of the mail gateway. Topic `crm.emails`.

Streams: `mailbox-…` (a channel mail comes in by, with its readers) and `message-…` (a mail, whatever road it took: its
id is derived from the message's identity, so that two deliveries of one mail meet in one stream). Deliveries are
records; a delivery's id is derived from source, bytes, envelope recipient and the user who files it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from dossier.contracts.activities import MailRecipient
from dossier.contracts.base import Count, Event, Id, Personal, Value, event
from dossier.contracts.common import AddressRef, Grant, Principals

MailKind = Literal["human", "auto_reply", "auto_generated", "bulk", "bounce", "read_receipt", "feedback", "calendar"]
MailSource = Literal["lmtp", "smtp", "http", "outlook"]


class Attachment(Value):
    """A file that came with a mail; its bytes are in the stored mail, and in a document of the activity (EML-11)."""

    name: Personal[str] = Field(max_length=255)
    media_type: str = Field(max_length=100)
    size: Count
    sha256: str = Field(max_length=64)


class Delivery(Value):
    """One arrival of a mail by one road, as it was durably accepted."""

    id: Id
    source: MailSource
    mailbox: Id | None = None
    filed_by: Id | None = None
    envelope_sender: Personal[str] = Field(default="", max_length=320)
    envelope_recipient: Personal[str] = Field(default="", max_length=320)
    sha256: str = Field(max_length=64)
    size: Count
    received_at: AwareDatetime


class Match(Value):
    """A mail address and the one address entry whose own channel it is (EML-16)."""

    mail_address: Personal[str] = Field(max_length=320)
    address: AddressRef


@event("emails")
class MailboxOpened(Event):
    """A mailbox or dropbox takes mail; what comes in by it may be read by its readers."""

    mail_address: Personal[str] = Field(max_length=320)
    readers: Principals


@event("emails")
class MailboxReadersChanged(Event):
    """Other users or groups read what comes in from now on."""

    readers: Principals


@event("emails")
class MailboxClosed(Event):
    """The mailbox takes no more mail."""


@event("emails")
class MessageReceived(Event):
    """A mail arrived that was not known, or only as automatic mail that was kept. Headers are claims of the sender."""

    kind: MailKind
    subject: Personal[str] = Field(default="", max_length=2000)
    sender: Personal[str] = Field(default="", max_length=320)
    sender_name: Personal[str] = Field(default="", max_length=500)
    recipients: tuple[MailRecipient, ...] = ()
    sent_at: AwareDatetime | None = None
    message_id: str = Field(default="", max_length=998)
    in_reply_to: str = Field(default="", max_length=998)
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    delivery: Delivery


@event("emails")
class MessageDecided(Event):
    """What becomes of the mail, decided once: `request` is the exact command that is sent until it is acknowledged.

    Of a long text it has the beginning, and `text_object` names the whole, which is sent in its place. `activity`
    follows from the message's identity by a secret key. Automatic mail that nobody files is kept without an activity.
    Decided again only to file what was kept, and under a fresh id should something else have that of the activity.
    """

    outcome: Literal["file", "keep"]
    activity: Id | None = None
    request: Personal[str] = ""
    text_object: str | None = None
    matches: tuple[Match, ...] = ()
    ambiguous: Personal[tuple[str, ...]] = ()


@event("emails")
class MessageFiled(Event):
    """The activity service acknowledged the command."""

    activity: Id


@event("emails")
class AttachmentsFiled(Event):
    """The files that came with the mail are documents of its activity (EML-11). So many were not taken: `left_out`."""

    left_out: Count = 0


@event("emails")
class MessageSighted(Event):
    """The same mail came by another road; its grants are sent on until acknowledged."""

    delivery: Delivery
    grants: tuple[Grant, ...] = ()


@event("emails")
class SightingFiled(Event):
    """The activity service acknowledged a sighting."""

    delivery: Id


@event("emails")
class LateLinkDecided(Event):
    """A channel that appeared later matches the mail: an automatic link is sent until acknowledged (EML-22)."""

    match: Match


@event("emails")
class LateLinkFiled(Event):
    """The activity service acknowledged an automatic link (or kept what a person had unlinked)."""

    address: AddressRef


@event("emails")
class ThreadDecided(Event):
    """A mail that came later tells of another conversation: sent until acknowledged, `revision` by `revision`."""

    thread: Id
    revision: Count


@event("emails")
class ThreadFiled(Event):
    """The activity service acknowledged the conversation of that revision."""

    revision: Count


@event("emails")
class MessageRefused(Event):
    """The activity service refused the command for good; somebody has to look. `reason` names rule and field only."""

    reason: str = Field(max_length=500)
