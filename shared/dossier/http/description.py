"""The OpenAPI description: what FastAPI writes, plus problems, the bearer token, and the headers of commands.

Headers are read by hand, because declared ones would cost every command; here they are described all the same.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, iter_route_contexts

from dossier.contracts.base import UUID_PATTERN
from dossier.http.problems import ProblemDocument
from dossier.http.words import COMMON, Words, explain

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
ANSWER_HEADERS = {
    "ETag": "The version of what was changed, for `If-Match` of the next command.",
    "Dossier-After": "What was written, for queries that are to show it.",
    "Location": "Where the new thing is found.",
}
INTRODUCTION = """Requests carry a bearer token of the installation's issuer; the development issuer of a local stack
gives one at `/dev/token?user=anna`. Whatever is refused is answered by a problem document (RFC 9457) that names the
field and the rule.

Commands answer `Dossier-After`: a query that sends it back, with `Prefer: wait=2`, shows what was written. An
`Idempotency-Key` makes it safe to send a command again, and `If-Match` refuses it if something else came in between.
"""
"""What is to be known before any operation is called."""

_OF_ANSWERS = ("ETag", "Dossier-After")
_OF_COMMANDS = frozenset({"Idempotency-Key", "If-Match", "Dossier-Batch"})


def reads(*headers: str) -> Callable[[F], F]:
    """A dependency that reads these headers by itself: `@reads("If-Match")`. They must be in HEADERS."""

    def mark(dependency: F) -> F:
        setattr(dependency, _MARK, [header for header in headers if HEADERS[header]])
        return dependency

    return mark


def describe(app: FastAPI, words: Words = COMMON) -> None:
    """Complete the application's description, when it is asked for the first time; `words` explain its fields."""
    framework, at_work = app.openapi, threading.Lock()

    def openapi() -> dict[str, Any]:
        with at_work:
            if app.openapi_schema is None:
                _complete(app, framework(), words)
            return framework()

    app.openapi = openapi


def serve(app: FastAPI) -> None:
    """Answer with the description, made in a thread: that takes a second, in which others want their answers too."""

    async def description(request: Request) -> JSONResponse:
        return await asyncio.to_thread(lambda: JSONResponse(app.openapi()))

    app.openapi_url = "/openapi.json"
    app.add_route(app.openapi_url, description, include_in_schema=False)


def operation_id(route: APIRoute) -> str:
    """What a generated client calls the operation: such as `companies_register`, or `projects_keywords_assign`.

    The tag and the function, behind the first word of the path where that is another one than the tag.
    """
    words = [word for word in route.path.split("/") if word and word != "v1" and "{" not in word]
    return "_".join(dict.fromkeys([*words[:1], *map(str, route.tags[:1]), route.name])).replace("-", "_")


def _complete(app: FastAPI, document: dict[str, Any], words: Words) -> None:
    document["info"]["description"] = INTRODUCTION
    components = document.setdefault("components", {})
    problem = ProblemDocument.model_json_schema(mode="serialization", ref_template=_SCHEMAS + "{model}")
    schemas = components.setdefault("schemas", {})
    schemas.update(problem.pop("$defs"), ProblemDocument=problem)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    components["parameters"] = {name: _parameter(name) for name in HEADERS}
    components["headers"] = {name: _carried(name) for name in ANSWER_HEADERS}
    document["security"] = [{"token": []}]
    for route in iter_route_contexts(app.routes):
        names = list(dict.fromkeys(_headers(getattr(route, "dependant", None))))
        for method in route.methods or ():
            operation = document["paths"].get(route.path, {}).get(method.lower())
            if operation is not None and names:
                begins = "{" not in str(route.path)
                _describe_headers(operation, names, schemas, reads_only=method == "GET", begins=begins)
            if operation is not None:
                _name_body(operation, route, schemas)
            if operation is not None and method == "GET" and _sets_headers(route):
                operation["responses"]["200"]["headers"] = {"ETag": _reference("headers", "ETag")}
    explain(schemas, words)
    _leave_ids_out(schemas)


def _leave_ids_out(schema: Any) -> None:
    """In samples of requests, ids that may be absent are: one that is made up for a sample names nothing."""
    if isinstance(schema, list):
        for each in cast("list[Any]", schema):
            _leave_ids_out(each)
    elif isinstance(schema, dict):
        fields = cast("dict[str, Any]", schema)
        if {"pattern": UUID_PATTERN, "type": "string"} in (fields.get("anyOf") or ()):
            fields.setdefault("examples", [None])
        for each in fields.values():
            _leave_ids_out(each)


def _describe_headers(
    operation: dict[str, Any], names: list[str], schemas: dict[str, Any], *, reads_only: bool, begins: bool
) -> None:
    """Of the headers that dependencies read, those that mean something here; and what a command's answer carries."""
    if reads_only:  # shares a dependency with commands
        names = [name for name in names if name not in _OF_COMMANDS]
    elif "Idempotency-Key" in names:
        if begins and "201" in operation["responses"]:
            names = [name for name in names if name != "If-Match"]
        for status, answer in operation["responses"].items():
            if status.startswith("2") and not _tells_of_many(answer, schemas):
                carried = [*_OF_ANSWERS, "Location"] if status == "201" else _OF_ANSWERS
                answer["headers"] = {name: _reference("headers", name) for name in carried}
    operation.setdefault("parameters", []).extend(_reference("parameters", name) for name in names)


def _tells_of_many(answer: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether it answers a batch of commands: each of them in its body, and none in its headers."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return "batch_id" in schemas.get(schema.get("$ref", "").removeprefix(_SCHEMAS), {}).get("properties", {})


def _sets_headers(route: Any) -> bool:
    """Whether a read sets a header: those that tell of one thing give its version."""
    return getattr(getattr(route, "dependant", None), "response_param_name", None) is not None


def _reference(of: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{of}/{name}"}


def _name_body(operation: dict[str, Any], route: Any, schemas: dict[str, Any]) -> None:
    """The request body by the name of its model; the framework writes it out in each operation, as `Body`."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for parameter in getattr(getattr(route, "dependant", None), "body_params", ()):
        name = getattr(parameter.field_info.annotation, "__name__", "")
        if "properties" in content.get("schema", {}):
            schemas.setdefault(name, content["schema"] | {"title": name})
            content["schema"] = {"$ref": _SCHEMAS + name}


def _headers(dependant: Any) -> Iterator[str]:
    for dependency in dependant.dependencies if dependant is not None else ():
        yield from getattr(dependency.call, _MARK, ())
        yield from _headers(dependency)


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": HEADERS[name], "schema": {"type": "string"}}


def _carried(name: str) -> dict[str, Any]:
    return {"description": ANSWER_HEADERS[name], "schema": {"type": "string"}}
