"""The hash chain of a stream: every commit vouches for its content and for all commits before it.

    digest = SHA-256(salt ‖ payload)            payload: the events' data
    hash   = SHA-256(previous hash ‖ envelope ‖ digest)

The envelope holds everything that never changes but the payload. This is prepared for erasure, which does not exist
yet: it would replace personal fields of the payload and remove the salt. The digest stays, so the chain still holds,
and without the salt the digest says nothing about what was erased. Key and fingerprint of the request and the trace are
not covered: they may be dropped with age. Nor is what a commit notes, which follows from the payloads.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec

GENESIS = bytes(32)
"""The previous hash of a stream's first commit."""
COVERED = (
    "stream",
    "commit",
    "first",
    "last",
    "context",
    "command_id",
    "actor",
    "channel",
    "correlation_id",
    "causation_id",
    "batch_id",
    "time",
    "recorded_at",
    "part",
    "of",
)
_encode = msgspec.json.Encoder().encode


def digest(salt: bytes, data: Sequence[str]) -> bytes:
    """What stands for the payload. JSON text holds no raw line feed, so joining by it is unambiguous."""
    return sha256(salt + "\n".join(data).encode()).digest()


def chained(document: dict[str, Any], payload_digest: bytes) -> bytes:
    """The hash of a commit document that has all fields but its own hash."""
    types = [(item["type"], item["schema"]) for item in document["events"]]
    envelope = _encode([[document.get(name) for name in COVERED], types])
    return sha256(document["prev_hash"] + envelope + payload_digest).digest()
