"""Reading Kafka records so that none can stop or lose its batch.

FastStream's own parser decodes all header values of a batch as UTF-8 when it builds the message. One null or binary
value makes it fail, and its fallback with it: the batch is neither committed nor read again, and the next one commits
past it. So the message is built without looking at headers, and each record is then read on its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaMessage

from dossier.contracts import RecordedEvent
from dossier.contracts.recorded import from_headers
from dossier.ids import split_stream

Raw = ConsumerRecord[Any, Any]
Records = tuple[Raw, ...]


class Arrival(NamedTuple):
    """One record. `stream` is none if its key is no stream id, `event` is none if the rest cannot be read."""

    topic: str
    stream: str | None
    event: RecordedEvent | None


async def tolerant_parser(records: Records, original: Callable[[Records], Awaitable[KafkaMessage]]) -> KafkaMessage:
    """FastStream's message for the batch, made without its headers; rejecting it still rewinds every partition."""
    message = await original((replace(records[0], headers=()),))
    message.raw_message = records
    return message


async def pass_through(message: KafkaMessage) -> Any:
    """The decoder: hands the handler the records as they came."""
    return message.raw_message


def read_record(record: Raw) -> Arrival:
    """What the record says, as far as it can be read. Never raises."""
    stream = _stream(record.key)
    if stream is None:
        return Arrival(record.topic, None, None)
    try:
        event = from_headers(_texts(record.headers), _bytes(record.value))
    except Exception:  # whatever a hostile record makes the reader do, the feed has the truth
        return Arrival(record.topic, stream, None)
    readable = event.stream == stream and 0 < event.version < 2**63 and bool(event.data)
    return Arrival(record.topic, stream, event if readable else None)


def read_records(records: Sequence[Raw]) -> list[Arrival]:
    """Each record read on its own."""
    return [read_record(record) for record in records]


def _stream(key: Any) -> str | None:
    try:
        stream = _bytes(key).decode()
        split_stream(stream)
    except (TypeError, ValueError):
        return None
    return stream


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("no bytes")
    return value


def _texts(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in headers:
        try:
            texts[name] = _bytes(value).decode()
        except (TypeError, UnicodeDecodeError):
            continue
    return texts
