"""What the fields of answers mean."""

from __future__ import annotations

from dossier.http.words import ACTIVITY, COMMON, Words

WORDS: Words = (
    COMMON
    | ACTIVITY
    | {
        "activity": "The activity, as a row of a page",
        "count": "How many the reader sees",
        "first_day": "The day on which it begins, in UTC if it has hours",
        "follow_up_on": "The day on which this user follows it up; null for none",
        "further_responsible": "Who else is responsible",
        "group": "The group that is led",
        "last_day": "The day on which it ends, in UTC if it has hours",
        "members": "Its members whose lists are open to the reader",
        "mine": "Whether anything open is on the reader's own list (ACT-05)",
        "month": "The month, such as `2026-05`",
        "months": "Activities by month, oldest first, this month last; null with subsidiaries",
        "next_task": "The open task that comes first; null for none",
        "on": "The day it stands under; null: undated",
        "participants": "Who of the house takes part",
        "project": "The project it is linked to; null for none",
        "represents": "Users whom the reader stands in for today (NOT-17)",
        "section": "Overdue, today, coming, undated or completed, as days are where the reader is",
        "teams": "Groups that the reader leads, or stands in for a leader of",
        "time_zone": "The zone whose days the period has",
        "today": "The day it is where the reader is",
        "WorkList.until": "The last day of the list, inclusive; null: it has no end (ACT-07)",
        "user": "Whose list or calendar it is",
        "waiting": "Whether others are to do anything for the reader",
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
