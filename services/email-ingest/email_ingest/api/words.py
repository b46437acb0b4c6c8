"""What the fields of requests and answers mean."""

from __future__ import annotations

from dossier.http.words import COMMON, Words

WORDS: Words = COMMON | {
    "activity": "Id of the activity that the mail became; null while there is none",
    "address": "Mail address as it stands in the header",
    "defects": "What was wrong with the mail or left out of what is shown",
    "delivery": "Id of the delivery: the same bytes to the same recipient by the same way and user are one",
    "filed_by": "Id of the user who handed it in; null for what mail servers brought",
    "files": "What came with it; filed, these are documents of its activity",
    "groups": "Ids of groups",
    "is_open": "Whether it takes mail",
    "kind": "Which kind of automatic mail it is, which is why it was kept",
    "mail_address": "Mail address, in lower case; its mailbox has an id that follows from it",
    "mailbox": "Id of the mailbox it came in by; null for what a user filed without one",
    "media_type": "Which kind of file it says it is",
    "message": "Id of the message, which several deliveries may bring; null until it was read",
    "name": "Name as it stands in the mail",
    "readers": "Who may read what comes in from now on: one at least, 100 at most (EML-20)",
    "reason": "Status, rule and field of the activity service's refusal; null for none",
    "received_at": "When it was taken (RFC 3339, UTC)",
    "recipients": "Who it was sent to",
    "repeated": "Whether the same bytes were handed in before, so that nothing changed",
    "role": "In which header the recipient stands: to, cc or bcc",
    "sender": "Mail address of the sender, by its own header",
    "sender_name": "Name of the sender, by its own header",
    "sent_at": "When it was sent, by its own header; null if that says nothing",
    "size": "Bytes",
    "state": "`open`: not filed yet; `done`; `refused` by the activity service, for people to look at",
    "subject": "Its subject",
    "text": "What it says",
    "users": "Ids of users",
}
