"""What the fields of requests and answers mean."""

from __future__ import annotations

from dossier.http.words import ACTIVITY, COMMON, Words

WORDS: Words = (
    COMMON
    | ACTIVITY
    | {
        "address": "The primary address, by type and id; null for none",
        "MailRecipient.address": "Mail address as it stands in the header",
        "CorrectActivity.changes": "The fields to correct; what is absent stays",
        "delivery": "Id of the delivery at the mail gateway",
        "entered_by": "Id of the user who entered it; the caller unless a service says otherwise",
        "follow_up_of": "Id of the activity that this one follows up",
        "follow_up_on": "The user's own follow-up date; null for none",
        "further_addresses": "More addresses it is about",
        "further_responsible": "More users who are responsible, each with an own follow-up date",
        "grants": "Users and groups who may see it, each with the reason (a channel, a person, a rule)",
        "GrantOrigin.kind": "What gave the right: a channel, a person or a rule",
        "GrantOrigin.id": "Which channel, person or rule",
        "Grant.id": "Id of the user or group",
        "NewGrant.id": "Id of the user or group",
        "in_reply_to": "Message-ID of the mail that it answers",
        "invoice": "Id of the invoice; null for none",
        "keywords": "Ids of keywords (KEY-07)",
        "mail": "Of a mail: who sent it to whom, and its thread",
        "Mail.message": "Id of the message at the mail gateway",
        "main": "Whether the user becomes the main one, in place of the former",
        "message_id": "Message-ID of the mail",
        "name": "Name as it stands in the header",
        "new_primary": "The address that becomes the primary one instead; null for none",
        "object": "What it is linked to, by type and id",
        "on": "The day; null for none",
        "opportunity": "Id of the opportunity; null for none",
        "origin": "What made or took the link: a person, or a rule",
        "Grant.origin": "Why the right exists, so that it can be taken back",
        "NewGrant.origin": "Why the right exists; the caller unless a service says otherwise",
        "participants": "Ids of users who took part",
        "phase": "Id of the phase; null for none",
        "primary": "Whether it becomes the primary address",
        "project": "Id of the project; null for none",
        "reason": "Why it is corrected",
        "recipients": "Who it was sent to",
        "references": "Message-IDs of the mails before it in the thread",
        "MailRecipient.role": "In which header the recipient stands: to, cc or bcc",
        "sent_at": "When it was sent, by its own header",
        "sighting": "The delivery by which the mail came in",
        "sightings": "All deliveries by which the mail came in",
        "source": "The door it came in by",
        "stored_object": "Where the raw mail is kept",
        "text_cut": "Whether the text was longer than 64 KB and the rest is a stored object",
        "text_object": "Where the whole text is kept, if it was cut",
        "to": "Whether a user or a group has the right",
        "user": "Id of the user",
        "visibility": "Whether everybody may see it, or those with a grant only (RGT-05)",
    }
)
