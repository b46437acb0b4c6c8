"""How SCIM answers: its media type, and its own form of errors (RFC 7644, section 3.12)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from scim2_models import Error, SCIMException
from scim2_models.base import BaseModel as ScimModel
from starlette.exceptions import HTTPException

from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.problems import to_problem
from dossier.store.errors import ConflictError, ReservedError, StoreError

MEDIA_TYPE = "application/scim+json"
_MEANT = (HTTPException, RequestValidationError, RuleViolation, NotFound, StoreError)
_FLAG = "aadoptscim"
"""Entra ID is told to follow the standard by a parameter at the end of the address, and may send it along."""


class ScimRoute(APIRoute):
    """A route whose refusals have SCIM's form; they say the same as the problems of other routes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See APIRoute."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            _drop_flag(request)
            try:
                return await handler(request)
            except SCIMException as error:
                return refusal(error.to_error())
            except ValidationError as error:
                return refusal(Error.from_validation_errors(error)[0])
            except _MEANT as error:
                return await _told(error, request)

        return answer


def refusal(error: Error, headers: Mapping[str, str] | None = None) -> Response:
    """The error as an answer."""
    return Response(error.model_dump_json(), error.status or 400, headers, MEDIA_TYPE)


def answer(model: ScimModel, status: int = 200, headers: Mapping[str, str] | None = None, **dumping: Any) -> Response:
    """The model as an answer."""
    return Response(model.model_dump_json(**dumping), status, headers, MEDIA_TYPE)


async def _told(error: Exception, request: Request) -> Response:
    problem = await to_problem(error, request)
    status, scim_type = _in_words_of_scim(error, problem.status_code)
    said = problem.document
    place = ", ".join(str(said[name]) for name in ("rule", "field") if name in said)
    detail = f"{said.get('detail') or said['title']}{f' ({place})' if place else ''}"
    return refusal(Error(status=status, scim_type=scim_type, detail=detail), problem.headers)


def _in_words_of_scim(error: Exception, status: int) -> tuple[int, str | None]:
    match error:
        case ReservedError():
            return 409, "uniqueness"
        case ConflictError():
            return 412 if error.history else 409, None
        case _:
            return {422: (400, "invalidValue"), 410: (404, None)}.get(status, (status, None))


def _drop_flag(request: Request) -> None:
    query: bytes = request.scope["query_string"]
    if _FLAG.encode() in query.lower():
        kept = [part for part in query.split(b"&") if not part.lower().startswith(_FLAG.encode())]
        request.scope["query_string"] = b"&".join(kept)
