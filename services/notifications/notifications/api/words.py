"""What the fields of requests and answers mean."""

from __future__ import annotations

from dossier.http.words import COMMON, Words

WORDS: Words = COMMON | {
    "activity": "Id of the activity it reminds of",
    "anchor": "Which of its dates it is about: the due date or the user's own follow-up date",
    "at": "When it comes, or came (RFC 3339)",
    "due": "Whether to be reminded of due dates",
    "follow_up": "Whether to be reminded of one's own follow-up dates",
    "lead_days": "How many days before the date",
    "on": "The date that it is about",
    "remind_at": "Wall time in the user's own zone, to the minute",
    "state": "`open`, `read`, `dismissed` by the user, or `ended` because the task is done or moved",
    "time_zone": "IANA name of the user's zone, as the directory has it; null while that is not known here",
    "told_at": "When it was told (RFC 3339)",
    "unsure": "Whether the activity could not be asked for its present state when it came",
}
