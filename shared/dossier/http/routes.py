"""What is known of a request's route once it has been matched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

F = TypeVar("F", bound=Callable[..., Any])
Scope = MutableMapping[str, Any]

DEFAULT_BODY_LIMIT = 1 << 20
"""Bytes of a request body, unless the route says otherwise."""
_LIMIT = "dossier_body_limit"


def body_limit(size: int) -> Callable[[F], F]:
    """The endpoint accepts bodies up to `size` bytes: `@body_limit(32 << 20)`, below the router's decorator."""

    def mark(endpoint: F) -> F:
        setattr(endpoint, _LIMIT, size)
        return endpoint

    return mark


def accepted_size(scope: Scope) -> int:
    """How many bytes of body the matched route accepts."""
    return getattr(scope.get("endpoint"), _LIMIT, DEFAULT_BODY_LIMIT)


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
        yield from (field.alias for field in dependant.query_params)
        for dependency in dependant.dependencies:
            yield from _declared(dependency)
