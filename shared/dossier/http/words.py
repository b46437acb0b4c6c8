"""What the fields of requests and answers mean: in one place for a service, because one name means one thing there.

A key is the name of a field, or `Model.field` where a model means something else by it. A description that stands at
the field itself comes first. Each service has its own words in `api/words.py`: `WORDS = COMMON | {…}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Words = dict[str, str]

COMMON: Words = {
    "Answer.id": "What the command was about, or began",
    "actor": "Who did it: `user:` and id, or `service:` and name",
    "actor_name": "What the user is called now, as far as that is known here",
    "batch": "The bulk change or import that it belongs to",
    "Change.event": "Type of the event",
    "Change.fields": "What it changed of what the caller may see",
    "Change.names": "What ids in `fields` are called now",
    "Change.reason": "What was given as the reason",
    "changes": "What came in since the version that the command named (409)",
    "ChangeSince.fields": "Which fields changed; null if it is none of the caller's business",
    "ChangeSince.type": "Type of the event; null if it is none of the caller's business",
    "channel": "The way it came in: user, import, mail, api or rule",
    "commit": "Number of the stream's latest commit, for `If-Match` of the next command",
    "ChangeSince.commit": "Number of the commit that brought it",
    "ProblemDocument.commit": "Number of the current commit (409)",
    "correlation_id": "Names the request in the logs",
    "ReferenceAnswer.deleted": "Whether it was deleted; its id stays known for ever",
    "ReferenceAnswer.exists": "Whether it is, or was, there",
    "detail": "A sentence that says what is wrong, without repeating what was sent",
    "errors": "All offending fields, where there are several",
    "FieldChange.after": "Its value since then; null for none",
    "FieldChange.before": "Its value until then; null for none",
    "FieldChange.field": "Which field, with its path in the thing",
    "FieldChange.item": "Id of the part of a list that the field belongs to",
    "FieldError.field": "Which field, with its path in the request",
    "ProblemDocument.field": "The offending field, parameter or header",
    "streams": "The streams to tell the versions of",
    "id": "UUID in lower case",
    "in": "Whether the field is in body, path, query or header",
    "items": "What is on this page",
    "holder": "What has the value that is taken; absent where the caller may not see it",
    "Holder.name": "What it is called",
    "limit": "The most that is accepted, in bytes (413)",
    "next": "Cursor of the following page; null on the last",
    "occurred_at": "When it happened in the world (RFC 3339, UTC)",
    "part": "Id of what the command added to the thing; null if it adds no part",
    "recorded_at": "When it was entered (RFC 3339, UTC)",
    "replayed": "Whether this is the first answer to an earlier request with the same `Idempotency-Key`",
    "rule": "The rule that was broken: an id such as CON-01, or a word such as `max-length`",
    "ProblemDocument.status": "HTTP status",
    "stream": "Type and id of the stream, such as `company-018f…`",
    "title": "What it is called",
    "ProblemDocument.title": "The kind of problem, in words",
    "type": "What kind of thing it is",
    "ProblemDocument.type": "The kind of problem, as a URN",
    "version": "Number of the stream's latest event",
}

ACTIVITY: Words = {
    "activity_type": "Code of the configurable type, as `GET /v1/activity-types` lists it; null for none",
    "all_day": "Whether it fills its days, whatever the hours say",
    "completed_on": "The day the task was done; null while it is open (NOT-10)",
    "direction": "Whether it came in or went out; null where that means nothing",
    "documents": "The documents on it, each in its newest version (ACT-15)",
    "due_on": "The day it is due; null: no task, or an undated one",
    "duration_minutes": "How long it took, in minutes; null where nobody said",
    "ends_at": "When it ends (RFC 3339), at midnight with the day before; null where nobody said",
    "entered_by": "Who entered it",
    "kind": "Appointment, meeting, call, email, document or note; for ever",
    "media_type": "Media type, as the first bytes say",
    "medium": "By which medium; it follows from the kind unless it is said",
    "occurred_on": "The day it is about, which governs roll-up rules",
    "priority": "How urgent it is",
    "responsible": "Who is mainly responsible; null for nobody",
    "sender": "Mail address of the sender, as it stands in the header",
    "sender_name": "Name of the sender, as it stands in the header",
    "size": "In bytes",
    "starts_at": "When it begins (RFC 3339); null where nobody said",
    "text": "The text, of several lines",
    "thread": "Id of the conversation that the mail belongs to",
}
"""What activities say of themselves, in every service that shows them."""


def explain(schemas: Mapping[str, Any], words: Words) -> None:
    """Give every field that has no description the one that the words have for it."""
    for model, schema in schemas.items():
        for name, field in schema.get("properties", {}).items():
            text = words.get(f"{model}.{name}") or words.get(name)
            if text is not None:
                field.setdefault("description", text)
