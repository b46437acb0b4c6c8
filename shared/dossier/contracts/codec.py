"""From event to JSON and back, through the upcasters."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from pydantic import ValidationError

from dossier.contracts.base import EVENTS, UPCASTERS, Event

_DIGITS = bytes(ord("0") if chr(byte) in "0123456789" else ord(" ") for byte in range(256))
_LONG_NUMBER = b"0" * 19
"""What a whole number that may lie beyond 64 bits holds, once all digits are the same. Every event is looked at, and
this is found ten times faster than by a pattern."""
_LARGEST = 2**63 - 1


class UnknownEvent(Exception):
    """The type or schema version is not in the registry of this build."""


class UndecodableEvent(Exception):
    """The bytes are no valid event of their type. The message names fields, never values."""


def encode(event: Event) -> bytes:
    """JSON of the fields that were set; what was left at its default stays out.

    Raises ValueError for a number that could not be read back: it would keep everybody from the rest of the stream.
    """
    raw = event.model_dump_json(exclude_unset=True).encode()
    if _may_be_beyond(raw) and not _is_storable(msgspec.json.decode(raw)):
        raise ValueError(f"{event.event_type}: a number beyond 64 bits")
    return raw


def upcast(event_type: str, schema: int, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Lift decoded JSON to the newest schema version; returns that version and the data."""
    while (step := UPCASTERS.get((event_type, schema))) is not None:
        data, schema = step(data), schema + 1
    return schema, data


def decode_fields(event_type: str, schema: int, raw: bytes | msgspec.Raw) -> dict[str, Any]:
    """Newest-version fields as plain JSON values: the hot path of projections, without validation.

    Raises UnknownEvent and UndecodableEvent.
    """
    try:
        data = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise UndecodableEvent(f"{event_type} v{schema}: not JSON") from error
    if _may_be_beyond(raw) and not _is_storable(data):
        raise UndecodableEvent(f"{event_type} v{schema}: a number beyond 64 bits")
    if not isinstance(data, dict):
        raise UndecodableEvent(f"{event_type} v{schema}: not an object")
    schema, fields = upcast(event_type, schema, data)
    if (event_type, schema) not in EVENTS:
        raise UnknownEvent(f"{event_type} v{schema}")
    return fields


def decode(event_type: str, schema: int, raw: bytes | msgspec.Raw) -> Event:
    """The validated event. Raises UnknownEvent and UndecodableEvent."""
    fields = decode_fields(event_type, schema, raw)
    newest = schema
    while (event_type, newest) in UPCASTERS:
        newest += 1
    try:
        return EVENTS[event_type, newest].model_validate_json(msgspec.json.encode(fields))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, item["loc"])) for item in error.errors(include_input=False))
        raise UndecodableEvent(f"{event_type} v{schema}: {places}") from None


def _may_be_beyond(raw: bytes | msgspec.Raw) -> bool:
    return _LONG_NUMBER in bytes(raw).translate(_DIGITS)


def _is_storable(value: object) -> bool:
    """Whether all whole numbers fit into 64 bits: what does not, no read model could hold."""
    if isinstance(value, dict):
        return all(map(_is_storable, cast("dict[str, object]", value).values()))
    if isinstance(value, list):
        return all(map(_is_storable, cast("list[object]", value)))
    return not isinstance(value, int) or -_LARGEST - 1 <= value <= _LARGEST
