"""What is known of a request's route once it has been matched."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar

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
    included = scope.get("fastapi", {}).get("effective_route_context")
    path: str = getattr(included or scope.get("route"), "path_format", "")
    return path
