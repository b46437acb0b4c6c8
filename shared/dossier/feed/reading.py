"""Answers of the feed as streams of bytes, read from the store with majority concern."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from dossier.feed.lines import FIELDS, Line, cursor_line, encoded_lines, event_lines
from dossier.mongo import ASCENDING, Collection, Cursor, Document, aggregate
from dossier.store.documents import key_range
from dossier.store.reads import HEADS_INDEX, LAST_OF_EACH
from dossier.telemetry import logs, metrics

log = logs.logger()

BATCH = 500
"""Commits in one answer of the database, which itself keeps below 16 MB."""
FIRST_SIZE = 100
CHUNK_BYTES = 512 * 1024
"""What is encoded and sent at once: few milliseconds of work, in which the process does nothing else."""
HEADS_BATCH = 5_000

UNREADABLE = metrics.counter("crm_feed_unreadable_total", "Commits that the feed left out as damaged", ("context",))
Chunks = AsyncGenerator[bytes]
Stopping = Callable[[], bool]


async def all_events(commits: Collection, after: str, stopping: Stopping) -> Chunks:
    """Every event behind the commit with the key `after`, stream by stream, each commit whole.

    The next commits are on their way while some are being sent. An answer that ends because the process stops has no
    end line.
    """
    cursor = _commits(commits, {"_id": {"$gt": after}})
    size = FIRST_SIZE
    coming = asyncio.ensure_future(cursor.to_list(size))
    try:
        while (documents := await coming) and not stopping():
            coming = asyncio.ensure_future(cursor.to_list(size))
            after = documents[-1]["_id"]
            lines = encoded_lines(_lines(documents))
            yield lines + cursor_line(after)
            size = _fitting(len(documents), len(lines))
        if not documents:
            yield cursor_line(after, end=True)
    finally:
        # Apart, because a caller that went away has this generator cancelled.
        await asyncio.shield(asyncio.ensure_future(_closed(coming, cursor)))


async def _closed(coming: asyncio.Future[list[Document]], cursor: Cursor) -> None:
    await asyncio.wait({coming})
    await cursor.close()


def _fitting(count: int, size: int) -> int:
    """How many such commits make a chunk."""
    return min(max(count * CHUNK_BYTES // max(size, 1), 1), BATCH)


async def stream_events(commits: Collection, stream: str, after: int) -> Chunks:
    """The events of one stream after a version."""
    cursor = _commits(commits, key_range(stream) | {"last": {"$gt": after}})
    size = FIRST_SIZE
    while documents := await cursor.to_list(size):
        lines = encoded_lines(_lines(documents, after))
        yield lines
        size = _fitting(len(documents), len(lines))
    yield cursor_line("", end=True)


def _commits(commits: Collection, wanted: Document) -> Cursor:
    return commits.find(wanted, FIELDS, batch_size=BATCH, sort=[("_id", ASCENDING)], hint="_id_")


async def all_heads(commits: Collection, after: str, stopping: Stopping) -> Chunks:
    """The version of every stream behind `after`, in order of the streams."""
    pipeline = [{"$match": {"stream": {"$gt": after}}}, *LAST_OF_EACH]
    cursor: Any = await aggregate(commits, pipeline, hint=HEADS_INDEX, batchSize=HEADS_BATCH)
    try:
        while not stopping():
            heads: list[Document] = await cursor.to_list(HEADS_BATCH)
            if not heads:
                yield cursor_line(after, end=True)
                return
            after = heads[-1]["_id"]
            lines = [f'{{"stream":"{head["_id"]}","version":{head["version"]}}}\n' for head in heads]
            yield "".join(lines).encode() + cursor_line(after)
    finally:
        await asyncio.shield(asyncio.ensure_future(cursor.close()))


async def versions(commits: Collection, streams: Sequence[str]) -> dict[str, int]:
    """The versions of these streams; one that does not exist is absent."""
    pipeline = [{"$match": {"stream": {"$in": list(streams)}}}, *LAST_OF_EACH]
    found: list[Document] = await (await aggregate(commits, pipeline, hint=HEADS_INDEX)).to_list(None)
    return {head["_id"]: head["version"] for head in found}


def _lines(documents: Sequence[Document], after: int = 0) -> list[Line]:
    lines: list[Line] = []
    for document in documents:
        try:
            lines += event_lines(document, after)
        except (KeyError, TypeError, AttributeError) as error:
            # The reader sees the gap and sets the stream aside; the others must not wait for it.
            UNREADABLE.labels(document.get("context", "")).inc()
            log.error("feed.commit-unreadable", commit=document["_id"], reason=type(error).__name__)
    return lines
