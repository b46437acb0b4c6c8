"""Lines of the feed: events as they lie in the store become CloudEvents (structured mode) without being decoded.

Between the events there are cursor lines, `{"cursor":"…"}`: whoever has read all before one goes on from there. The
last line of an answer is a cursor line that says `"end":true`; an answer without it was cut off.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import msgspec

from dossier.contracts.recorded import RecordedEvent
from dossier.mongo import Document

CURSOR_MARK = b'\n{"cursor":"'
"""How a cursor line begins, seen from the end of the line before. No event contains it: JSON escapes line ends."""

_OF_THE_COMMIT = ("context", "stream", "commit", "first", "last", "time", "recorded_at", "actor", "channel")
_OF_ITS_ORIGIN = ("correlation_id", "causation_id", "batch_id", "traceparent")
FIELDS: Document = dict.fromkeys((*_OF_THE_COMMIT, *_OF_ITS_ORIGIN, "events"), 1)
"""What lines are made of."""

_encoder = msgspec.json.Encoder()


class Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The attributes of RecordedEvent in the form of a structured-mode event, made from the store's own JSON text."""

    specversion: str
    datacontenttype: str
    source: str
    subject: str
    time: str
    recordedtime: str
    commitsequence: int
    actor: str
    channel: str
    correlationid: str
    causationid: str
    id: str
    sequence: int
    lastincommit: bool
    type: str
    schemaversion: int
    data: msgspec.Raw
    batchid: str = ""
    traceparent: str = ""


class CursorLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A position in the answer."""

    cursor: str
    end: bool = False


class Version(msgspec.Struct, frozen=True):
    """A line of the heads: the version of a stream's last event."""

    stream: str
    version: int


def event_lines(commit: Document, after: int = 0) -> list[Line]:
    """The events of a commit after version `after`. Raises if the document is damaged."""
    stream: str = commit["stream"]
    last: int = commit["last"]
    number, time, recorded_at = commit["commit"], commit["time"], commit["recorded_at"]
    actor, channel, source = commit["actor"], commit["channel"], "/" + commit["context"]
    correlation, causation = commit["correlation_id"], commit["causation_id"]
    batch, trace = commit["batch_id"], commit["traceparent"]
    # By position: a third of the time that names take, and this is the hot path of every rebuild.
    return [
        Line(
            *("1.0", "application/json", source, stream, time, recorded_at, number, actor, channel),
            *(correlation, causation, f"{stream}:{version}", version, version == last),
            *(item["type"], item["schema"], msgspec.Raw(item["data"].encode()), batch, trace),
        )
        for version, item in enumerate(commit["events"], commit["first"])
        if version > after
    ]


def encoded_lines(lines: Sequence[Line]) -> bytes:
    """The lines as bytes, each with its line end."""
    return _encoder.encode_lines(lines)


def cursor_line(position: str, *, end: bool = False) -> bytes:
    """The line that ends what may be read at once."""
    return _encoder.encode(CursorLine(cursor_of(position), end)) + b"\n"


def cursor_of(position: str) -> str:
    """The opaque form of a position; empty is the beginning."""
    return base64.urlsafe_b64encode(position.encode()).decode()


def position_of(cursor: str) -> str:
    """What `cursor_of` hid. Raises ValueError."""
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("no cursor") from error


_events = msgspec.json.Decoder(RecordedEvent)


def readable_events(lines: bytes) -> tuple[Sequence[RecordedEvent], int]:
    """The events of some lines, and how many of the lines are none.

    A line that cannot be read leaves a gap in its stream, which the reader of the stream sees and stops at; the other
    streams must not wait for it.
    """
    try:
        return _events.decode_lines(lines), 0
    except (msgspec.DecodeError, msgspec.ValidationError):
        pass
    events: list[RecordedEvent] = []
    unreadable = 0
    for line in lines.splitlines():
        try:
            events.append(_events.decode(line))
        except (msgspec.DecodeError, msgspec.ValidationError):
            unreadable += 1
    return events, unreadable
