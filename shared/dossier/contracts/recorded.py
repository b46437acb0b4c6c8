"""A recorded event: the envelope around the data, the same in the store, on Kafka and in the feed.

As a msgspec structure its JSON form is a CloudEvents 1.0 structured-mode event (one line of the feed); on Kafka
the same attributes travel as `ce_` headers with the data as value (binary mode).
"""

from __future__ import annotations

import msgspec

from dossier.contracts.base import Event
from dossier.contracts.codec import decode

_JSON = b"application/json"


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as it was committed. Times are RFC 3339 in UTC with microseconds and `Z`.

    `sequence` is the event's version in its stream (from 1, no gaps), `commitsequence` the commit's number in the
    stream, `time` when it happened in the world, `recordedtime` when the server recorded it.
    """

    id: str
    source: str
    type: str
    subject: str
    time: str
    recordedtime: str
    sequence: int
    commitsequence: int
    lastincommit: bool
    schemaversion: int
    actor: str
    channel: str
    correlationid: str
    causationid: str
    data: msgspec.Raw
    batchid: str = ""
    traceparent: str = ""

    @property
    def stream(self) -> str:
        """The stream id, for instance `contact-018f…`."""
        return self.subject

    @property
    def version(self) -> int:
        """The event's version in its stream."""
        return self.sequence

    def event(self) -> Event:
        """The validated event of the newest schema version."""
        return decode(self.type, self.schemaversion, self.data)


_DECODER = msgspec.json.Decoder(RecordedEvent)
_ENCODER = msgspec.json.Encoder()
_INTEGERS = ("sequence", "commitsequence", "schemaversion")
_TEXTS = (
    "id",
    "source",
    "type",
    "subject",
    "time",
    "recordedtime",
    "actor",
    "channel",
    "correlationid",
    "causationid",
)


HEADER_NAMES = (
    "content-type",
    "ce_specversion",
    *(f"ce_{name}" for name in (*_TEXTS, *_INTEGERS, "lastincommit", "batchid")),
    "traceparent",
)
"""Every header a record may carry, in the order they are written."""


def to_line(recorded: RecordedEvent) -> bytes:
    """One NDJSON line of the feed, without the line end."""
    return b'{"specversion":"1.0","datacontenttype":"application/json",' + _ENCODER.encode(recorded)[1:]


def from_line(line: bytes) -> RecordedEvent:
    """Read one line of the feed. Raises msgspec.DecodeError or msgspec.ValidationError."""
    return _DECODER.decode(line)


def to_headers(recorded: RecordedEvent) -> list[tuple[str, bytes]]:
    """CloudEvents binary-mode headers of a Kafka record; the record's key is the stream, its value the data."""
    headers = [("content-type", _JSON), ("ce_specversion", b"1.0")]
    headers += [(f"ce_{name}", str(getattr(recorded, name)).encode()) for name in _TEXTS + _INTEGERS]
    headers.append(("ce_lastincommit", b"true" if recorded.lastincommit else b"false"))
    if recorded.batchid:
        headers.append(("ce_batchid", recorded.batchid.encode()))
    if recorded.traceparent:
        headers.append(("traceparent", recorded.traceparent.encode()))
    return headers


def from_headers(headers: dict[str, str], value: bytes) -> RecordedEvent:
    """Read a Kafka record. Raises KeyError or ValueError on a header that is missing or no number."""
    return RecordedEvent(
        id=headers["ce_id"],
        source=headers["ce_source"],
        type=headers["ce_type"],
        subject=headers["ce_subject"],
        time=headers["ce_time"],
        recordedtime=headers["ce_recordedtime"],
        sequence=int(headers["ce_sequence"]),
        commitsequence=int(headers["ce_commitsequence"]),
        lastincommit=headers["ce_lastincommit"] == "true",
        schemaversion=int(headers["ce_schemaversion"]),
        actor=headers["ce_actor"],
        channel=headers["ce_channel"],
        correlationid=headers["ce_correlationid"],
        causationid=headers["ce_causationid"],
        batchid=headers.get("ce_batchid", ""),
        traceparent=headers.get("traceparent", ""),
        data=msgspec.Raw(value),
    )
