"""Identifiers: UUIDv7 for new things, derived UUIDs for identities, and ids of streams."""

from __future__ import annotations

import re
import time
import uuid

from dossier.contracts.base import UUID_PATTERN
from dossier.entropy import random_bytes

_UUID = re.compile(UUID_PATTERN)
_NAMESPACE = uuid.UUID("6f1c1f0e-5b0a-5c7e-9b53-0d0551e70000")

NIL = "00000000-0000-0000-0000-000000000000"
"""The UUID that stands for none."""
NOBODY = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has: what is looked up in vain, so that the time of an answer tells nothing."""


def new_id() -> str:
    """A fresh UUIDv7 (RFC 9562): sortable by the millisecond it was made in."""
    raw = int(time.time() * 1000).to_bytes(6, "big") + random_bytes()[:10]
    number = int.from_bytes(raw, "big")
    number = number & ~(0xF << 76) | (0x7 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=number))


def derived_id(kind: str, *parts: str) -> str:
    """The same UUID for the same identity, always: uniqueness by construction (UUIDv5)."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join((kind, *parts))))


def is_id(text: str) -> bool:
    """Whether the text is a canonical lower-case UUID."""
    return _UUID.match(text) is not None


def stream_id(kind: str, identifier: str) -> str:
    """The stream of an aggregate: its type and id, for instance `contact-018f…`."""
    return f"{kind}-{identifier}"


def split_stream(stream: str) -> tuple[str, str]:
    """Type and id of a stream. Raises ValueError if the text is no stream id."""
    kind, identifier = stream[:-37], stream[-36:]
    if stream[-37:-36] != "-" or not kind or not is_id(identifier):
        raise ValueError("not a stream id")
    return kind, identifier
