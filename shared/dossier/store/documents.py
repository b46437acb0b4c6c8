"""Commit documents: how a commit lies in the database, and how it is read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

import msgspec

from dossier.clock import rfc3339
from dossier.contracts import RecordedEvent, encode
from dossier.contracts.recorded import to_headers
from dossier.entropy import random_bytes
from dossier.ids import split_stream
from dossier.mongo import Document, RawDocument, encoded
from dossier.store import hashing
from dossier.store.errors import TooLargeError, UnencodableError
from dossier.store.model import Committed, Head, NewCommit

COMMITS = "commits"
SHARDS = 16
"""Into how many parts the unpublished commits are split. Fixed for ever: it is stored in them."""
MAX_EVENTS = 100
MAX_BYTES = 512 * 1024
"""Of all Kafka records of a commit; below the producer's and the topics' limits, so that the relay never meets a
commit that it cannot publish."""
RECORD_OVERHEAD = 96
"""Upper bound of what Kafka adds to a record's key, value and headers: lengths, offsets, counts."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit, encoded and bounded, that only has to be inserted."""

    id: str
    hash: bytes
    commit: NewCommit
    raw: RawDocument
    committed: Committed


def shard_of(stream: str) -> int:
    """The relay shard of a stream."""
    return crc32(stream.encode()) % SHARDS


def commit_key(stream: str, commit: int) -> str:
    """The primary key of a commit: text order is commit order, and two writers cannot both have it."""
    return f"{stream}:{commit:010d}"


def key_range(stream: str) -> Document:
    """The filter for all commits of a stream (`;` follows `:`)."""
    return {"_id": {"$gte": f"{stream}:", "$lt": f"{stream};"}}


def draft(commit: NewCommit, head: Head, context: str, now: datetime, part: int = 0, of: int = 0) -> Draft:
    """Encode and bound a commit after `head`. `part` of `of` number the commits of a command on several streams.

    Raises TooLargeError, UnencodableError, and ValueError if the stream's id is none or there are no events.
    """
    split_stream(commit.stream)
    if not commit.events:
        raise ValueError("a commit has at least one event")
    if len(commit.events) > MAX_EVENTS:
        raise TooLargeError(f"{len(commit.events)} events in one commit; at most {MAX_EVENTS}")
    try:
        document = _document(commit, head, context, now)
        if of:
            document |= {"part": part, "of": of}
        if commit.refers:
            document["refers"] = list(commit.refers)
        if commit.noted is not None:
            document["noted"] = dict(commit.noted)
        if commit.metadata.key is not None and part <= 1:  # the key is unique, so one commit carries it for all
            document |= {"key": commit.metadata.key.id, "fingerprint": commit.metadata.key.fingerprint}
        _seal(document)
        raw = encoded(document)
        committed = committed_from(document)
        _bound(committed)
    except ValueError as error:
        raise UnencodableError(f"{commit.stream}: a value cannot be stored") from error
    return Draft(document["_id"], document["hash"], commit, raw, committed)


def _document(commit: NewCommit, head: Head, context: str, now: datetime) -> Document:
    metadata = commit.metadata
    recorded_at = max(rfc3339(now), head.recorded_at)
    return {
        "_id": commit_key(commit.stream, head.commit + 1),
        "stream": commit.stream,
        "commit": head.commit + 1,
        "first": head.version + 1,
        "last": head.version + len(commit.events),
        "context": context,
        "command_id": metadata.command_id,
        "actor": metadata.actor,
        "channel": metadata.channel,
        "correlation_id": metadata.correlation_id,
        "causation_id": metadata.causation_id,
        "batch_id": metadata.batch_id,
        "traceparent": metadata.traceparent,
        "time": rfc3339(metadata.occurred_at) if metadata.occurred_at else recorded_at,
        "recorded_at": recorded_at,
        "events": [
            {"type": event.event_type, "schema": event.schema_version, "data": encode(event).decode()}
            for event in commit.events
        ],
        "prev_hash": head.hash or hashing.GENESIS,
        "pending": shard_of(commit.stream),
    }


def _seal(document: Document) -> None:
    salt = random_bytes()  # without it nobody can find a short payload by trying
    payload_digest = hashing.digest(salt, [item["data"] for item in document["events"]])
    document |= {"salt": salt, "digest": payload_digest, "hash": hashing.chained(document, payload_digest)}


def _bound(committed: Committed) -> None:
    size = sum(record_size(recorded) for recorded in committed.events)
    if size > MAX_BYTES:
        raise TooLargeError(f"{size} bytes in one commit; at most {MAX_BYTES}")


def record_size(recorded: RecordedEvent) -> int:
    """Upper bound of the bytes that the event takes as a Kafka record."""
    headers = sum(len(name) + len(value) + 6 for name, value in to_headers(recorded))
    return RECORD_OVERHEAD + headers + len(recorded.subject) + len(bytes(recorded.data))


def head_from(document: Document) -> Head:
    """The head that a stream has if this is its last commit."""
    return Head(
        document["stream"], document["commit"], document["last"], document["recorded_at"], bytes(document["hash"])
    )


def committed_from(document: Document, *, replayed: bool = False) -> Committed:
    """The answer to the command that made this commit."""
    return Committed(
        document["stream"],
        document["commit"],
        document["first"],
        document["last"],
        document["recorded_at"],
        recorded_events(document),
        replayed,
        bytes(document["hash"]),
    )


def recorded_events(document: Document) -> list[RecordedEvent]:
    """The events of a commit document, as they go to Kafka and into the feed."""
    stream: str = document["stream"]
    first: int = document["first"]
    last: int = document["last"]
    common: dict[str, Any] = {
        "source": f"/{document['context']}",
        "subject": stream,
        "time": document["time"],
        "recordedtime": document["recorded_at"],
        "commitsequence": document["commit"],
        "actor": document["actor"],
        "channel": document["channel"],
        "correlationid": document["correlation_id"],
        "causationid": document["causation_id"],
        "batchid": document["batch_id"],
        "traceparent": document["traceparent"],
    }
    return [
        RecordedEvent(
            id=f"{stream}:{version}",
            type=item["type"],
            sequence=version,
            lastincommit=version == last,
            schemaversion=item["schema"],
            data=msgspec.Raw(item["data"].encode()),
            **common,
        )
        for version, item in enumerate(document["events"], first)
    ]
