"""A clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Stands still until it is moved. Give it where a `Clock` is wanted."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        """Move on by a span (`minutes=5`), as of datetime.timedelta; returns the new moment."""
        self.now += timedelta(**span)
        return self.now
