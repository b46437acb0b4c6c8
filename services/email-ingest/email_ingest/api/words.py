"""What the fields of requests and answers mean."""

from __future__ import annotations

from dossier.http.words import COMMON, Words

WORDS: Words = COMMON | {
    "activity": "Id of the activity that the mail became; null while there is none",
    "delivery": "Id of the delivery: the same bytes to the same recipient by the same way and user are one",
    "filed_by": "Id of the user who handed it in; null for what mail servers brought",
    "groups": "Ids of groups",
    "is_open": "Whether it takes mail",
    "mail_address": "Mail address, in lower case; its mailbox has an id that follows from it",
    "mailbox": "Id of the mailbox it came in by; null for what a user filed without one",
    "message": "Id of the message, which several deliveries may bring; null until it was read",
    "reason": "Status, rule and field of the activity service's refusal; null for none",
    "received_at": "When it was taken (RFC 3339, UTC)",
    "readers": "Who may read what comes in from now on: one at least, 100 at most (EML-20)",
    "repeated": "Whether the same bytes were handed in before, so that nothing changed",
    "state": "`open`: not filed yet; `done`; `refused` by the activity service, for people to look at",
    "users": "Ids of users",
}
