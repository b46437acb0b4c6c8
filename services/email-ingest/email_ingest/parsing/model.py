"""What is understood of a mail. Plain values only, so that it crosses the process border as JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["to", "cc", "bcc"]


class ParsedRecipient(msgspec.Struct, frozen=True):
    """One addressee as the headers say."""

    role: Role
    address: str
    name: str = ""


class ParsedAttachment(msgspec.Struct, frozen=True):
    """A part that is a file: cleaned display name, declared type, decoded size in bytes, SHA-256 in hex."""

    name: str
    media_type: str
    size: int
    sha256: str


class ParsedMail(msgspec.Struct, frozen=True):
    """A mail as its bytes say, cleaned: no control characters, no lone surrogates, all lengths capped.

    `sent_at` is RFC 3339 in UTC or empty; `fingerprint` is a hash over the normalised text and the attachments.
    `defects` names what was wrong or left out, never what it said.
    """

    subject: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[ParsedRecipient, ...] = ()
    sent_at: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    attachments: tuple[ParsedAttachment, ...] = ()
    kind: str = "human"
    fingerprint: str = ""
    defects: tuple[str, ...] = ()
