"""Which mail a delivery brings. A Message-ID is a hint, never an identity: honest senders reuse it, attackers forge it.

Two deliveries are the same mail only if Message-ID, sender, date, subject and content agree. The identity becomes the
id of the message's stream, so two deliveries at the same moment meet in one stream by construction; only this service
writes such streams. Its activity's id follows from it too, but by a secret key: anybody may record activities under ids
of their own, and must not be able to tell, and take, the one that a mail will have.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from dossier.ids import derived_id
from email_ingest.parsing import ParsedMail

_PREFIX = re.compile(r"^(?:(?:re|aw|antw|fwd?|wg|tr|sv|vs|rif|ref)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def message_id_of(mail: ParsedMail) -> str:
    """The id of the message's stream: the same for the same mail, whatever road it took."""
    return derived_id(
        "message", mail.message_id, mail.sender, mail.sent_at, bare_subject(mail.subject), mail.fingerprint
    )


def activity_id_of(message: str, key: bytes, attempt: int = 0) -> str:
    """The id of the activity that files the message; another one for each attempt, should an id be taken after all."""
    secret = hmac.new(key, f"activity-of-message\x1f{message}\x1f{attempt}".encode(), hashlib.sha256).hexdigest()
    return derived_id("activity-of-message", secret)


def document_id_of(message: str, name: str, sha256: str) -> str:
    """The id of the document that a file becomes which came with the message, whatever delivery brings it."""
    return derived_id("attachment-of-message", message, name, sha256)


def thread_id_of(message_id: str) -> str:
    """The conversation that began with the mail of this Message-ID (EML-19)."""
    return derived_id("thread", message_id)


def mailbox_id_of(mail_address: str) -> str:
    """The id of the mailbox with this (normalised) mail address: there can be only one."""
    return derived_id("mailbox", mail_address)


def bare_subject(subject: str) -> str:
    """The subject without reply and forward prefixes, folded."""
    return " ".join(_PREFIX.sub("", subject).split()).casefold()
