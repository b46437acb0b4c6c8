"""Whose fault an exception is: the infrastructure's (wait and go on) or the data's and ours (set the stream aside)."""

from __future__ import annotations

import httpx
from aiokafka.errors import KafkaError

from dossier.mongo import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from dossier.projections.feeds import FeedUnreachable
from dossier.store.errors import StoreUnavailableError

_OUTAGES = (
    ConnectionFailure,
    ExecutionTimeout,
    WriteConcernError,
    StoreUnavailableError,
    FeedUnreachable,
    KafkaError,
    httpx.TransportError,
    OSError,
    TimeoutError,
)
_UNREACHABLE = frozenset((6, 7, 64, 89, 91, 133, 189, 202, 384, 9001, 10058, 10107, 11600, 13435, 13436))
_INTERRUPTED = frozenset((43, 50, 112, 136, 175, 234, 262, 317, 358, 11601, 11602, 13388, 14031))
_CODES = _UNREACHABLE | _INTERRUPTED
"""MongoDB error codes of hosts, elections, shutdowns, interruptions, lost cursors, write conflicts and full disks."""


def is_outage(error: BaseException) -> bool:
    """Whether trying again later, with the same data, may well succeed."""
    if isinstance(error, BulkWriteError):
        written: list[dict[str, int]] = error.details.get("writeErrors") or []
        return all(item.get("code") in _CODES for item in written)
    if isinstance(error, _OUTAGES):
        return True
    if isinstance(error, OperationFailure) and error.code in _CODES:
        return True
    return isinstance(error, PyMongoError) and (
        error.timeout
        or error.has_error_label("RetryableWriteError")
        or error.has_error_label("TransientTransactionError")
    )
