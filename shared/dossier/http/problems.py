"""Problem details (RFC 9457) for every error.

A problem names the field and the rule, and never repeats what was sent: no values, no personal data. The texts of
exceptions and of the validation library are not used, because both may quote input.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from dossier.contracts.rules import Gone, NotFound, Removed, RuleViolation
from dossier.http.field_errors import NAME, field_errors
from dossier.http.routes import methods_at, parameters
from dossier.ids import split_stream
from dossier.mongo import ConnectionFailure, ExecutionTimeout
from dossier.store.errors import (
    ConflictError,
    GuardChangedError,
    KeyReusedError,
    OutcomeUnknownError,
    ReservedError,
    StoreUnavailableError,
    TooLargeError,
    UnencodableError,
)
from dossier.telemetry import context

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:problem-type:dossier:"
_SHOWN_ERRORS = 20


class Problem(HTTPException):
    """An answer that is an error. `type` is a short kebab-case word, `detail` a sentence without input.

    `rule` names the rule that was broken (CON-01, `max-length`), `field` the offending field or header; further
    members go into the document as they are.
    """

    def __init__(
        self,
        status: int,
        type: str,
        title: str,
        detail: str = "",
        *,
        rule: str | None = None,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(status, detail or title, dict(headers or {}))
        members: dict[str, Any] = {
            "type": _TYPE + type,
            "title": title,
            "status": status,
            "detail": detail,
            "rule": rule,
        }
        members |= {"field": field, **extra}
        self.document = {name: value for name, value in members.items() if value not in (None, "")}

    def response(self) -> Response:
        """The problem as an HTTP answer."""
        correlation_id = context.current().correlation_id
        document = self.document | ({"correlation_id": correlation_id} if correlation_id else {})
        return Response(msgspec.json.encode(document), self.status_code, self.headers, MEDIA_TYPE)


class FieldError(BaseModel):
    """One offending field: `in` says whether of the body, path, query or headers."""

    field: str
    rule: str
    detail: str
    location: str = Field(alias="in")


class ChangeSince(BaseModel):
    """What came in between: who changed which fields, and when; of private ones not more than that."""

    actor: str
    actor_name: str | None = None
    recorded_at: str = Field(json_schema_extra={"format": "date-time"})
    type: str | None = None
    commit: int
    fields: list[str] | None = None


class Holder(BaseModel):
    """What has the value that a command wanted for something else."""

    type: str
    id: str
    name: str


class ProblemDocument(BaseModel):
    """Problem details as of RFC 9457: `rule` and `field` say what was wrong, `errors` lists several.

    A conflict (409) has the current `commit` and the `changes` since the one that was named; a body that is too large
    (413) has the `limit` in bytes; what is taken has its `holder`, as far as the caller may see it.
    """

    type: str
    title: str
    status: int
    detail: str | None = None
    rule: str | None = None
    field: str | None = None
    errors: list[FieldError] | None = None
    commit: int | None = None
    changes: list[ChangeSince] | None = None
    limit: int | None = None
    holder: Holder | None = None
    correlation_id: str | None = None


Handler = Callable[[Request, Exception], Awaitable[Response]]
NamingView = Callable[[Request, str], Awaitable[str | None]]
"""What a stream is called, in `app.state.naming_view` of a service that names what holds a value that is taken; None if
the caller may not know of it."""


async def plainly(request: Request, error: Exception) -> Response:
    """The problem of an exception as an HTTP answer."""
    return (await to_problem(error, request)).response()


def install(app: FastAPI, answer: Handler = plainly) -> None:
    """Answer every exception that has a meaning with its problem."""
    for kind in (HTTPException, RequestValidationError, ConflictError, *_DOMAIN):
        app.add_exception_handler(kind, answer)


async def to_problem(error: Exception, request: Request) -> Problem:
    """The problem that an exception stands for; an exception without a meaning is an internal error."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _plain(error, request)
    if isinstance(error, ConflictError):
        return await _conflict(error, request)
    for kind, make in _DOMAIN.items():
        if isinstance(error, kind):
            return await _with_holder(make(error, request), error, request)
    return internal()


async def _with_holder(problem: Problem, error: Exception, request: Request) -> Problem:
    """The problem, with what holds the value that is taken, if the service says so to this caller."""
    stream = error.holder if isinstance(error, RuleViolation | ReservedError) else None
    named: NamingView | None = getattr(request.app.state, "naming_view", None)
    if stream is not None and named is not None and (name := await named(request, stream)):
        type, id = split_stream(stream)
        problem.document["holder"] = {"type": type, "id": id, "name": name}
    return problem


def internal() -> Problem:
    """Something broke that should not; the log has it under the correlation id."""
    return Problem(500, "internal", "Internal error", "Something went wrong on our side.")


def unavailable(kind: str, detail: str, seconds: int = 1) -> Problem:
    """Try again later."""
    return Problem(503, kind, "Not available now", detail, headers={"Retry-After": str(seconds)})


def require_known_parameters(request: Request) -> None:
    """A misspelt filter must not look like one that found everything. Raises Problem 422 (`known-parameter`)."""
    if not request.scope["query_string"]:
        return
    unknown = set(request.query_params) - parameters(request.scope)
    if unknown:
        errors = [
            {
                "field": name if NAME.fullmatch(name) else "query",
                "rule": "known-parameter",
                "detail": "is not a parameter of this request",
                "in": "query",
            }
            for name in sorted(unknown)[:_SHOWN_ERRORS]
        ]
        raise _invalid_fields(errors)


def not_found(field: str | None = None, detail: str = "There is nothing here that you may see.") -> Problem:
    """There is nothing, or nothing that the caller may see: both look the same. `detail` is for what may be seen."""
    return Problem(404, "not-found", "Not found", detail, rule="exists", field=field)


def _missing(_error: Exception, request: Request) -> Problem:
    return not_found(_last(request))


def _last(request: Request) -> str | None:
    """What the address names last."""
    return next(reversed(request.path_params), None)


def _removed(_error: Exception, request: Request) -> Problem:
    return Problem(
        404, "removed", "Removed", "It was removed. Restore it first.", rule="restored", field=_last(request)
    )


def _gone(_error: Exception, request: Request) -> Problem:
    field = _last(request)
    return Problem(410, "deleted", "Deleted", "This was deleted. Its id stays known.", rule="DEL-01", field=field)


def _refused(error: Exception, _request: Request) -> Problem:
    assert isinstance(error, RuleViolation)
    return Problem(422, "rule", "Refused by a rule", error.detail, rule=error.rule, field=error.field)


async def _conflict(error: ConflictError, request: Request) -> Problem:
    if isinstance(error, GuardChangedError):
        return Problem(409, "conflict", "Changed in the meantime", "Read again and repeat.", rule="current-version")
    visible = getattr(request.app.state, "conflict_view", None) or changes
    try:
        told = await visible(request, error)
    except tuple(_DOMAIN) as other:  # hidden meanwhile, or the database went away
        return await to_problem(other, request)
    ahead = error.expected.commit > error.actual.commit
    return Problem(
        409,
        "conflict",
        "Not the current version" if ahead else "Changed in the meantime",
        "There is no such version yet. Send the ETag as an answer gave it."
        if ahead
        else "It is no longer as that version was. Read again and repeat the command with the new version.",
        rule="current-version",
        field="If-Match",
        commit=error.actual.commit,
        changes=told,
    )


async def changes(_request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """What came in between: who, when, and the names of the fields; values are read with the caller's own rights."""
    return [
        {
            "actor": event.actor,
            "recorded_at": event.recordedtime,
            "type": event.type,
            "commit": event.commitsequence,
            "fields": sorted(msgspec.json.decode(event.data, type=dict[str, msgspec.Raw])),
        }
        for event in error.since
    ]


def _reserved(error: Exception, _request: Request) -> Problem:
    assert isinstance(error, ReservedError)
    return Problem(
        409, "taken", "Already taken", "This value belongs to something else.", rule="unique", field=error.kind
    )


def _key_reused(_error: Exception, _request: Request) -> Problem:
    return Problem(
        422,
        "key-reused",
        "Idempotency key reused",
        "This key was used for another request. Use a new key for each command.",
        rule="one-key-one-request",
        field="Idempotency-Key",
    )


def _too_large(_error: Exception, _request: Request) -> Problem:
    return Problem(
        413, "too-large", "Too large", "The command makes more than one commit can hold.", rule="commit-size"
    )


def _unencodable(_error: Exception, _request: Request) -> Problem:
    return Problem(422, "invalid", "Invalid request", "A text holds what no text can hold.", rule="text-encoding")


def _unknown_outcome(_error: Exception, _request: Request) -> Problem:
    detail = "The outcome is unknown. Send the same request with the same Idempotency-Key again."
    return unavailable("outcome-unknown", detail)


def _no_store(_error: Exception, _request: Request) -> Problem:
    return unavailable("store-unavailable", "The database does not answer. Nothing was written.")


_DOMAIN = {
    RuleViolation: _refused,
    Removed: _removed,
    Gone: _gone,
    NotFound: _missing,
    ReservedError: _reserved,
    KeyReusedError: _key_reused,
    TooLargeError: _too_large,
    UnencodableError: _unencodable,
    OutcomeUnknownError: _unknown_outcome,
    StoreUnavailableError: _no_store,
    ConnectionFailure: _no_store,
    ExecutionTimeout: _no_store,
}


def _plain(error: HTTPException, request: Request) -> Problem:
    if error.status_code == 404:
        return Problem(404, "no-such-route", "Not found", "There is no such route.", rule="known-route")
    if error.status_code == 405:
        allowed = ", ".join(methods_at(request.app, request.url.path))
        detail = f"Here one may use {allowed}."
        headers = {"Allow": allowed}
        return Problem(405, "method-not-allowed", "Method not allowed", detail, rule="allowed-method", headers=headers)
    if error.status_code == 400:
        return Problem(400, "malformed", "Malformed request", "The body cannot be read.", rule="json", field="body")
    return Problem(error.status_code, "http", "Refused", headers=error.headers)


def _invalid(error: RequestValidationError) -> Problem:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return Problem(400, "malformed", "Malformed request", "The body is no valid JSON.", rule="json", field="body")
    if isinstance(error.body, bytes) and any(item["loc"] == ("body",) for item in found):
        return Problem(
            415,
            "content-type",
            "Unsupported content type",
            "Send the body as application/json.",
            rule="content-type",
            field="Content-Type",
        )
    return _invalid_fields(field_errors(found, _SHOWN_ERRORS))


def _invalid_fields(errors: Sequence[Mapping[str, str]]) -> Problem:
    first = errors[0]
    return Problem(
        422,
        "invalid",
        "Invalid request",
        f"{first['field']}: {first['detail']}",
        rule=first["rule"],
        field=first["field"],
        errors=errors,
    )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: these errors, described in OpenAPI as problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {status: {"description": _TITLES.get(status, "Problem"), "content": content} for status in statuses}


_TITLES: Mapping[int, str] = {
    400: "Malformed request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Changed in the meantime",
    410: "Deleted",
    413: "Too large",
    415: "Unsupported content type",
    422: "Invalid, or refused by a rule",
    503: "Not available now",
}
ALWAYS: Sequence[int] = (400, 401, 403, 404, 410, 413, 415, 422, 503)
"""What any route of any service may answer."""
