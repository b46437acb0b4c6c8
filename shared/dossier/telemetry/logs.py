"""Structured logs on stdout, one JSON object a line, without personal data.

What may hold personal data is removed by construction, not by care: fields whose name is in the deny-list or marked
personal in the contracts; values that are no numbers and no single words (bodies, documents, sentences, names with a
blank in them); the texts of exceptions (only type and place stay); what libraries put into their messages, unless it
is such a word; and whatever looks like a mail address, a phone number or a token.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO, TextIO, cast

import msgspec
import structlog
from pydantic import BaseModel

from dossier import contracts
from dossier.clock import rfc3339, system_clock
from dossier.contracts.base import personal_fields
from dossier.telemetry import context, tracing

Fields = MutableMapping[str, Any]
REMOVED = "[removed]"

_WORDS = frozenset(
    (
        "address",
        "addresses",
        "attachment",
        "attachments",
        "authorization",
        "bcc",
        "birth_date",
        "body",
        "cc",
        "city",
        "company",
        "content",
        "cookie",
        "credentials",
        "data",
        "description",
        "detail",
        "display_name",
        "document",
        "email",
        "emails",
        "filename",
        "first_name",
        "full_name",
        "headers",
        "input",
        "label",
        "last_name",
        "mail",
        "message_id",
        "name",
        "note",
        "notes",
        "number",
        "password",
        "payload",
        "person",
        "phone",
        "postal_code",
        "query",
        "recipient",
        "recipients",
        "remark",
        "remarks",
        "secret",
        "sender",
        "snippet",
        "street",
        "subject",
        "text",
        "title",
        "token",
        "url",
        "value",
        "values",
    )
)
_OURS = frozenset({"event", "level", "timestamp", "service", "logger", "error", "error_at", "error_cause"})
"""Written here or constant by convention."""
_SHORT_REASONS = frozenset({"reason"})
"""Marked personal in a contract, where it is a sentence; in a log it is a word of ours, and a sentence is removed."""
_WORD = re.compile(r"[\w.:/,;=#\[\]()+-]{0,300}|\d+(?: \d+)*")
_PRIVATE_TEXT = re.compile(
    r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+"  # mail address
    r"|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"  # JSON web token
    r"|(?i:bearer|basic)\s+[\w.~+/=-]{8,}"  # credentials
    r"|(?<![\w-])\+\d[\d ()./-]{6,}\d"  # phone number, international
)
_FRAMES = 12


def configure(service: str, level: str = "INFO", out: TextIO | None = None) -> None:
    """Send everything this process logs as JSON to `out` (stdout); of the libraries' records warnings and worse."""
    global _requests
    stream, threshold = out or sys.stdout, logging.getLevelNamesMapping()[level]
    lines = cast("BinaryIO", _Lines(stream.buffer))
    _requests = _RequestLines(service, lines) if threshold <= logging.INFO else None
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_service(service),
        add_context,
        describe_exception,
        remove_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(_encode)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(lines),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _LibraryFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(_encode_text),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)
    logging.captureWarnings(True)


def logger() -> Any:
    """A logger. Events are constant words (`"relay.lease-lost"`), facts are fields with plain values."""
    return structlog.get_logger()


def request(method: str, route: str, status: int, milliseconds: float) -> None:
    """One answered request. A way of its own, because it is written for every command.

    All it is given are words of ours and numbers; the deny-list has nothing to remove.
    """
    if _requests is not None:
        _requests.write(method, route, status, milliseconds)


class _Lines:
    """Where lines go. What cannot be written (the disk is full, nobody reads any more) is lost, and work goes on.

    Libraries' records need no such care: `logging` keeps to itself what goes wrong there.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, data: bytes) -> None:
        """See io."""
        with suppress(OSError):
            self._out.write(data)

    def flush(self) -> None:
        """See io."""
        with suppress(OSError):
            self._out.flush()


class _RequestLines:
    def __init__(self, service: str, lines: BinaryIO) -> None:
        self._service = service
        self._out = structlog.BytesLogger(lines)

    def write(self, method: str, route: str, status: int, milliseconds: float) -> None:
        fields: Fields = {
            "event": "http.request",
            "level": "info",
            "timestamp": rfc3339(system_clock()),
            "service": self._service,
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": milliseconds,
        }
        self._out.info(msgspec.json.encode(add_context(None, "", fields)))


_requests: _RequestLines | None = None


def personal_names() -> frozenset[str]:
    """Names of all fields that the contracts mark personal, at any depth."""
    names: set[str] = set()
    pending: list[type[BaseModel]] = [contracts.Value]
    seen: set[type[BaseModel]] = set()
    while pending:
        model = pending.pop()
        if model not in seen:
            seen.add(model)
            names |= personal_fields(model)
            pending.extend(model.__subclasses__())
    return frozenset(names)


def remove_personal_data(_logger: Any, _method: str, fields: Fields) -> Fields:
    """The deny-list: see the module's promise."""
    for name, value in fields.items():
        if name in _OURS:
            fields[name] = _without_private_text(str(value))
        elif name in _DENIED:
            fields[name] = REMOVED
        else:
            fields[name] = _plain(value)
    return fields


def add_context(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Correlation, causation and trace of the work at hand."""
    here = context.current()
    if here.correlation_id:
        fields.setdefault("correlation_id", here.correlation_id)
    if here.causation_id:
        fields.setdefault("causation_id", here.causation_id)
    position = tracing.traceparent()
    if position:
        fields.setdefault("trace_id", position[3:35])
        fields.setdefault("span_id", position[36:52])
    return fields


def describe_exception(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Replace an exception by its type and where it came from; its text may quote data and stays out."""
    given = fields.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        fields["error"] = error_type(error)
        fields["error_at"] = _places(error.__traceback__)
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is not None:
            fields["error_cause"] = error_type(cause)
    fields.pop("stack_info", None)
    return fields


def error_type(error: BaseException) -> str:
    """The name of an exception's class with its module; of a group, of all its members."""
    if isinstance(error, BaseExceptionGroup):
        members = sorted({error_type(member) for member in error.exceptions})
        return f"{type(error).__name__}({', '.join(members)})"
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


class _LibraryFormatter(structlog.stdlib.ProcessorFormatter):
    """Makes the arguments of a library's message harmless: the message is the library's, its arguments may be data."""

    def format(self, record: logging.LogRecord) -> str:
        clean = logging.makeLogRecord(record.__dict__)
        if isinstance(record.args, Mapping):
            clean.args = {name: _argument(value) for name, value in record.args.items()}
        elif record.args:
            clean.args = tuple(map(_argument, record.args))
        return super().format(clean)


def _argument(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else _plain(str(value))


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _without_private_text(value) if _WORD.fullmatch(value) else REMOVED
    if isinstance(value, BaseException):
        return error_type(value)
    if isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(item, int) for item in value):
        return list(value)
    return f"[{type(value).__name__}]"


def _without_private_text(text: str) -> str:
    if "@" in text or "+" in text or "eyJ" in text or " " in text:  # what none of the patterns can do without
        return _PRIVATE_TEXT.sub(REMOVED, text)
    return text


def _name_service(service: str) -> structlog.typing.Processor:
    def add(_logger: Any, _method: str, fields: Fields) -> Mapping[str, Any]:
        fields["service"] = service
        return fields

    return add


def _encode(fields: Any, **_options: Any) -> bytes:
    return msgspec.json.encode(fields)


def _encode_text(fields: Any, **_options: Any) -> str:
    return msgspec.json.encode(fields).decode()


_DENIED = (_WORDS | personal_names()) - _OURS - _SHORT_REASONS
