"""The FastAPI application of a service: routers, limits, problems, probes, API description."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi_swagger import patch_fastapi

from dossier.http import problems, replaying
from dossier.http.description import PAGES, describe, serve
from dossier.http.health import health_router
from dossier.http.middleware import Frame
from dossier.http.routing import Router
from dossier.http.words import COMMON, Words
from dossier.store.errors import ConflictError

if TYPE_CHECKING:
    from dossier.service import Service

ConflictView = Callable[[Request, ConflictError], Awaitable[list[dict[str, Any]]]]
"""What a caller may see of the changes that came in between; must not tell of what the caller may not read.

Raises NotFound if the caller may no longer know that there is anything.
"""


def create_app(
    service: Service[Any],
    routers: Sequence[Router] = (),
    *,
    title: str,
    conflict_view: ConflictView | None = None,
    words: Words = COMMON,
) -> FastAPI:
    """The application of a service, with problems for every error and the probes of its process.

    The description (`/openapi.json`, `/docs`) is closed in production; `words` say in it what the fields mean.
    """
    described = service.settings.environment != "production"
    app = FastAPI(
        title=f"Dossier {title}",
        version=_version(),
        openapi_url=None,  # the framework would make it while everything else waits
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        # Ours is the Frame; the framework's own would run beside it and record exception texts.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        separate_input_output_schemas=False,
    )
    app.state.service = service
    app.state.conflict_view = conflict_view
    problems.install(app, replaying.answer)
    app.add_middleware(Frame, limits=service)
    for router in routers:
        app.router.routes.extend(router.routes)
    # Last, because routes are tried in order and commands should not pay for probes.
    app.router.routes.extend(health_router(service.readiness, lambda: service.serving).routes)
    describe(app, words)
    if described:
        serve(app)
        patch_fastapi(
            app, PAGES[0], False, swagger_js_url=PAGES[1], swagger_css_url=PAGES[2], swagger_favicon_url=PAGES[3]
        )
    return app


def _version() -> str:
    try:
        return version("dossier")
    except PackageNotFoundError:
        return "0"
