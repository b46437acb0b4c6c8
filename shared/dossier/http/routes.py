"""What is known of a request's route once it has been matched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, NamedTuple, TypeVar

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

F = TypeVar("F", bound=Callable[..., Any])
Scope = MutableMapping[str, Any]

DEFAULT_BODY_LIMIT = 1 << 20
"""Bytes of a request body, unless the route says otherwise."""
_LIMIT = "dossier_body_limit"
_ADDS = "dossier_adds"


def body_limit(size: int | Callable[[FastAPI], int]) -> Callable[[F], F]:
    """The endpoint accepts bodies up to `size` bytes: `@body_limit(32 << 20)`, below the router's decorator.

    A function says it of an application, where settings decide. A larger body than usual may take longer to come.
    """

    def mark(endpoint: F) -> F:
        setattr(endpoint, _LIMIT, size)
        return endpoint

    return mark


def adds(field: str) -> Callable[[F], F]:
    """The endpoint adds a part, found below the request's path by the id in this field of the event."""

    def mark(endpoint: F) -> F:
        setattr(endpoint, _ADDS, field)
        return endpoint

    return mark


def added(scope: Scope) -> str:
    """The field of the event with the id of the part that the matched route adds; empty if it adds none."""
    return getattr(scope.get("endpoint"), _ADDS, "")


class Success(NamedTuple):
    """What a route answers when all is well: the status, and the model of the body if it has one."""

    status: int
    model: type[BaseModel] | None


def success(scope: Scope) -> Success:
    """What the matched route answers when all is well."""
    route = _route(scope)
    model = getattr(route, "response_model", None)
    is_model = isinstance(model, type) and issubclass(model, BaseModel)
    return Success(getattr(route, "status_code", None) or 200, model if is_model else None)


def accepted_size(scope: Scope) -> int:
    """How many bytes of body the matched route accepts."""
    size: int | Callable[[FastAPI], int] = getattr(scope.get("endpoint"), _LIMIT, DEFAULT_BODY_LIMIT)
    return size(scope["app"]) if callable(size) else size


def template(scope: Scope) -> str:
    """Path template of the matched route with all prefixes, such as `/companies/{id}`; empty if none matched.

    A route that was included with a prefix knows only its own part; FastAPI keeps the whole in its part of the scope.
    """
    path: str = getattr(_route(scope), "path_format", "")
    return path


def parameters(scope: Scope) -> set[str]:
    """The names of the query parameters that the matched route and its dependencies declare."""
    return set(_declared(getattr(_route(scope), "dependant", None)))


def methods_at(app: FastAPI, path: str) -> list[str]:
    """The methods that some route has at this path."""
    found = [route for route in iter_route_contexts(app.routes) if route.path_regex and route.path_regex.match(path)]
    return sorted({method for route in found for method in route.methods or ()})


def _route(scope: Scope) -> Any:
    return scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")


def _declared(dependant: Any) -> Iterator[str]:
    if dependant is not None:
        for field in dependant.query_params:
            yield from _names(field)
        for dependency in dependant.dependencies:
            yield from _declared(dependency)


def _names(field: Any) -> Iterator[str]:
    """A parameter's name; a model stands for as many parameters as it has fields."""
    annotation = field.field_info.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from (each.alias or name for name, each in annotation.model_fields.items())
    else:
        yield field.alias
