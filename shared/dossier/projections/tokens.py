"""Read your own writes: what a caller has written, as a signed token, and waiting until a projection has applied it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping

import msgspec

from dossier.projections.model import Projection

MAX_STREAMS = 32
"""A token is a header, so it is bounded: it speaks for the streams that were written last."""

_SIGNATURE_BYTES = 16
_BACK_OFF = (0.005, 0.01, 0.02, 0.04)
_DECODER = msgspec.msgpack.Decoder(dict[str, int])


class InvalidToken(ValueError):
    """The token was not issued with this key, or was changed on its way."""


def issue(key: bytes, marks: Mapping[str, int], merge: str | None = None) -> str:
    """A token for the versions a command made of streams, with those of an earlier token merged into it.

    The higher version of a stream counts. Beyond MAX_STREAMS the earliest written are dropped. Raises InvalidToken for
    a bad `merge` and ValueError for an empty key.
    """
    merged = read(key, merge) if merge else {}
    for stream, version in marks.items():
        merged[stream] = max(version, merged.pop(stream, 0))
    kept = dict(list(merged.items())[-MAX_STREAMS:])
    payload = msgspec.msgpack.encode(kept)
    return base64.urlsafe_b64encode(_signature(key, payload) + payload).rstrip(b"=").decode()


def read(key: bytes, token: str) -> dict[str, int]:
    """The streams and versions the token speaks of, the latest written last. Raises InvalidToken."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidToken("not a token") from None
    signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(key, payload)):
        raise InvalidToken("not a token of this installation")
    return _DECODER.decode(payload)


async def wait(projection: Projection, marks: Mapping[str, int], seconds: float) -> dict[str, int]:
    """Wait until the projection has applied these versions, at most so long; returns what is still lacking.

    With `seconds` 0 it only looks. Streams the projection does not read are not waited for. Read afterwards through the
    same projection object: another generation may be behind.
    """
    wanted = {stream: version for stream, version in marks.items() if projection.follows(stream)}
    deadline = time.monotonic() + seconds
    attempt = 0
    while wanted:
        applied = await projection.positions(wanted)
        wanted = {stream: version for stream, version in wanted.items() if applied.get(stream, 0) < version}
        pause = min(_BACK_OFF[min(attempt, len(_BACK_OFF) - 1)], deadline - time.monotonic())
        if not wanted or pause <= 0:
            break
        await asyncio.sleep(pause)
        attempt += 1
    return wanted


def _signature(key: bytes, payload: bytes) -> bytes:
    if not key:
        raise ValueError("tokens need a key")
    return hmac.digest(key, b"dossier-after\0" + payload, hashlib.sha256)[:_SIGNATURE_BYTES]
