"""The user's calendar feed: a secret address under which a calendar application reads without signing in.

Of the secret only a hash is kept, so that whoever reads the store or the topic cannot read the calendar.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from directory.domain.user import User
from dossier.contracts.base import Event
from dossier.contracts.directory import CalendarFeedClosed, CalendarFeedOpened
from dossier.contracts.rules import RuleViolation


def hashed(secret: str) -> str:
    """What is kept of a secret. It is random enough that nothing more is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_feed(state: User, secret: str) -> Sequence[Event]:
    """Open the feed under a secret; one that was open before is closed with that.

    Raises RuleViolation CAL-FEED for a user who left.
    """
    if not state.is_active:
        raise RuleViolation("CAL-FEED", "a user who left has no calendar feed")
    return [CalendarFeedOpened(secret_hash=hashed(secret))]


def close_feed(state: User) -> Sequence[Event]:
    """Close the feed; its address is good for nothing from now on."""
    return [CalendarFeedClosed()] if state.calendar_feed is not None else []
