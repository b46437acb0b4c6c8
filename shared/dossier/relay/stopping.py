"""Waiting that a stop cuts short.

The loops of the relay end by this word and not by cancelling alone: PyMongo's async client may take a cancellation for
a lost connection and go on.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for `seconds`, or until `stop` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
