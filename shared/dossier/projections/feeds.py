"""The owners' feeds, as the machinery asks them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import msgspec

from dossier.contracts import RecordedEvent


class Feed(Protocol):
    """What `dossier.feed.client.FeedClient` offers: the record of one context, asked over HTTP."""

    def events(self, cursor: str = "") -> AsyncIterator[tuple[Sequence[RecordedEvent], str]]:
        """Every event, stream by stream, in batches with the cursor to go on from."""
        ...

    def heads(self) -> AsyncIterator[dict[str, int]]:
        """The version of every stream, in batches."""
        ...

    async def stream(self, stream: str, after: int = 0) -> list[RecordedEvent]:
        """The events of one stream after a version; none for a stream that does not exist."""
        ...

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The versions of these streams; one that does not exist is absent."""
        ...


class FeedUnreachable(Exception):
    """The owner does not answer now. What is lacking is healed when it does."""


class FeedUnreadable(Exception):
    """The owner's answer for this stream cannot be read by this build."""


Feeds = Mapping[str, Feed]
"""The feeds by context."""


async def read_stream(feed: Feed, stream: str, after: int) -> list[RecordedEvent]:
    """One stream's events after a version. Raises FeedUnreachable and FeedUnreadable."""
    try:
        return await feed.stream(stream, after)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FeedUnreadable(type(error).__name__) from error
    except Exception as error:
        raise FeedUnreachable(type(error).__name__) from error


async def read_head(feed: Feed, stream: str) -> int:
    """The version of one stream; 0 if there is none. Raises FeedUnreachable."""
    try:
        return (await feed.versions([stream])).get(stream, 0)
    except Exception as error:
        raise FeedUnreachable(type(error).__name__) from error
