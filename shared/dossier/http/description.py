"""The OpenAPI description: what FastAPI writes, plus problems, the bearer token, and the headers of commands.

Headers are read by hand, because declared ones would cost every command; here they are described all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from dossier.http.problems import ProblemDocument

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "dossier_headers"
_SCHEMAS = "#/components/schemas/"

PAGES = ("/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/favicon-32x32.png")
"""The description for people, and what it needs, all from the process itself."""

HEADERS = {
    "Idempotency-Key": "Requests with the same key are one command; its first answer is given again.",
    "If-Match": 'The `ETag` of the version that was read, such as `"3"`; 409 if there is a newer one.',
    "Dossier-After": "The token of an earlier answer: what was written then.",
    "Dossier-Batch": "UUID of the bulk change or import that this command belongs to.",
    "Correlation-Id": "UUID that connects everything this request causes; one that is absent or malformed is replaced.",
    "Prefer": "`wait=2`: wait up to so many seconds until what `Dossier-After` names can be seen.",
}


def reads(*headers: str) -> Callable[[F], F]:
    """A dependency that reads these headers by itself: `@reads("If-Match")`. They must be in HEADERS."""

    def mark(dependency: F) -> F:
        setattr(dependency, _MARK, [header for header in headers if HEADERS[header]])
        return dependency

    return mark


def describe(app: FastAPI) -> None:
    """Complete the application's description, when it is asked for the first time."""
    framework = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(app, framework())
        return framework()

    app.openapi = openapi


def _complete(app: FastAPI, document: dict[str, Any]) -> None:
    components = document.setdefault("components", {})
    problem = ProblemDocument.model_json_schema(mode="serialization", ref_template=_SCHEMAS + "{model}")
    components.setdefault("schemas", {}).update(problem.pop("$defs"), ProblemDocument=problem)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    document["security"] = [{"token": []}]
    for route in iter_route_contexts(app.routes):
        names = list(dict.fromkeys(_headers(getattr(route, "dependant", None))))
        for method in route.methods or ():
            operation = document["paths"].get(route.path, {}).get(method.lower())
            if operation is not None and names:
                operation.setdefault("parameters", []).extend(map(_parameter, names))


def _headers(dependant: Any) -> Iterator[str]:
    for dependency in dependant.dependencies if dependant is not None else ():
        yield from getattr(dependency.call, _MARK, ())
        yield from _headers(dependency)


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": HEADERS[name], "schema": {"type": "string"}}
