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

_encode = msgspec.json.Encoder().encode
_OPENING = b'{"specversion":"1.0","datacontenttype":"application/json","source":'
_OF_THE_COMMIT = (
    (b',"subject":', "stream"),
    (b',"time":', "time"),
    (b',"recordedtime":', "recorded_at"),
    (b',"commitsequence":', "commit"),
    (b',"actor":', "actor"),
    (b',"channel":', "channel"),
    (b',"correlationid":', "correlation_id"),
    (b',"causationid":', "causation_id"),
)
_IF_THERE = ((b',"batchid":', "batch_id"), (b',"traceparent":', "traceparent"))
_FIELDS = ("context", "first", "last", "events", *(field for _, field in (*_OF_THE_COMMIT, *_IF_THERE)))
FIELDS: Document = dict.fromkeys(_FIELDS, 1)
"""What lines are made of."""


class CursorLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A position in the answer."""

    cursor: str
    end: bool = False


class Version(msgspec.Struct, frozen=True):
    """A line of the heads: the version of a stream's last event."""

    stream: str
    version: int


def event_lines(commit: Document, after: int = 0) -> list[bytes]:
    """The events of a commit after version `after`, each with its line end. Raises if the document is damaged."""
    parts = [_OPENING, _encode(f"/{commit['context']}")]
    for name, field in _OF_THE_COMMIT:
        parts += (name, _encode(commit[field]))
    for name, field in _IF_THERE:
        if commit[field]:
            parts += (name, _encode(commit[field]))
    opening = b"".join(parts)
    stream: str = commit["stream"]
    last: int = commit["last"]
    return [
        b'%b,"id":%b,"sequence":%d,"lastincommit":%b,"type":%b,"schemaversion":%d,"data":%b}\n'
        % (
            opening,
            _encode(f"{stream}:{version}"),
            version,
            b"true" if version == last else b"false",
            _encode(item["type"]),
            item["schema"],
            item["data"].encode(),
        )
        for version, item in enumerate(commit["events"], commit["first"])
        if version > after
    ]


def cursor_line(position: str, *, end: bool = False) -> bytes:
    """The line that ends what may be read at once."""
    return _encode(CursorLine(cursor_of(position), end)) + b"\n"


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
