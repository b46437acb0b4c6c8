"""Which context owns a stream, by the kind of aggregate its id names."""

from __future__ import annotations

CONTEXTS: dict[str, str] = {
    "company": "addresses",
    "person": "addresses",
    "contact": "addresses",
    "couple": "addresses",
    "keyword-group": "addresses",
    "folder": "addresses",
    "folder-entry": "addresses",
    "saved-search": "addresses",
    "link-type": "addresses",
    "link": "addresses",
    "channel-type": "addresses",
    "layout": "addresses",
    "address-settings": "addresses",
    "opportunity": "engagements",
    "project": "engagements",
    "phase": "engagements",
    "invoice": "engagements",
    "role-type": "engagements",
    "opportunity-status": "engagements",
    "engagement-settings": "engagements",
    "conflict-check": "engagements",
    "activity": "activities",
    "activity-type": "activities",
    "contents": "activities",
    "mailbox": "emails",
    "message": "emails",
    "preferences": "notifications",
    "user": "directory",
    "group": "directory",
    "no-duplicate": "addresses",
}
"""The kind of aggregate (the first part of a stream id) to the context whose topic and feed carry it."""


def context_of(stream: str) -> str | None:
    """The context that owns the stream; none for a kind that this build does not know."""
    return CONTEXTS.get(stream[:-37])
