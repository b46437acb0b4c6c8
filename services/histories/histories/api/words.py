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
        "conversation": "How many mails of its thread the row stands for; null: it stands for itself",
        "count": "How many rows of this page are of the day",
        "customer": "The customer",
        "day": "The day",
        "days": "The days of this page, in its order",
        "events": "The events behind it, as `stream:version`",
        "excerpt": "The beginning of the text, at most 300 characters",
        "Hit.field": "Where the words are",
        "Hit.marks": "Where in the piece the words are: from and to, in characters",
        "Hit.text": "A piece of what is written there, at most 300 characters",
        "hits": "Where the words are that were searched for; none without a search",
        "hidden_on": "In whose histories it is not shown",
        "hops": "The steps from the activity to the object, in order",
        "last": "The last activity before the day that the reader sees; null: there is none",
        "mail": "Of a mail: who sent it, and its thread; null for what is no mail",
        "marks": "`restricted`: not everybody sees it; `parked`: what is known of it may be out of date",
        "name": "What it is called; null: not known yet, or not for this reader",
        "of": "Whose page it is",
        "parameters": "What can be filled in",
        "pinned_on": "In whose histories it stands at the top",
        "previous": "The cursor of the page before; null on the first",
        "primary_address": "The primary address; null for none",
        "says": "The reason in words",
        "shown_on": "Every object on whose page it is",
        "since": "Since when this is on record",
        "ReasonHop.to": "The object that the step leads to",
        "ShippedSearch.of": "What it is of, as saved searches say it",
        "SilentCustomers.since": "The day",
        "until": "Until when this was on record; null: it still holds",
        "valid_from": "The first day for which it holds; null: from the beginning",
        "valid_to": "The last day for which it holds; null: it still does",
        "why": "Why it is here: every way that leads from it to the object",
    }
)
