"""What the work at hand belongs to: carried along in a context variable, never passed through the layers."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class CallContext(NamedTuple):
    """The ids that connect a log line, a commit and an event with the request that caused them."""

    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""


_NONE = CallContext()
_CURRENT: ContextVar[CallContext] = ContextVar("dossier_call", default=_NONE)


def current() -> CallContext:
    """The context of the running task; empty outside of any."""
    return _CURRENT.get()


@contextmanager
def entered(context: CallContext) -> Generator[None]:
    """Work inside belongs to `context`: of a request, or of the event that a consumer handles."""
    token = _CURRENT.set(context)
    try:
        yield
    finally:
        _CURRENT.reset(token)
