"""What the fields of answers mean."""

from __future__ import annotations

from dossier.http.words import ACTIVITY, COMMON, Words

WORDS: Words = (
    COMMON
    | ACTIVITY
    | {
        "activity": "The activity, as a row of a page",
        "by": "The user who did it",
        "code": "The rule, such as `contact-of-company`",
        "events": "The events behind it, as `stream:version`",
        "excerpt": "The beginning of the text, at most 300 characters",
        "hidden_on": "In whose histories it is not shown",
        "hops": "The steps from the activity to the object, in order",
        "mail": "Of a mail: who sent it, and its thread; null for what is no mail",
        "marks": "`restricted`: not everybody sees it; `parked`: what is known of it may be out of date",
        "name": "What it is called; null: not known yet, or not for this reader",
        "of": "Whose page it is",
        "pinned_on": "In whose histories it stands at the top",
        "primary_address": "The primary address; null for none",
        "says": "The reason in words",
        "shown_on": "Every object on whose page it is",
        "since": "Since when this is on record",
        "ReasonHop.to": "The object that the step leads to",
        "until": "Until when this was on record; null: it still holds",
        "why": "Why it is here: every way that leads from it to the object",
    }
)
