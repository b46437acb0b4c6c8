"""`/livez`, `/readyz`, `/metrics`: for the platform, without personal data, without a token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response

from dossier.auth.guard import public
from dossier.http.description import operation_id
from dossier.telemetry import logs, metrics

log = logs.logger()

Check = Callable[[], Awaitable[object]]
"""Raises if what it asks about is not ready."""

CACHED_SECONDS = 2.0
FAILURE_CACHED_SECONDS = 0.25
"""Shorter, so that a process that has just started is found ready soon."""
CHECK_SECONDS = 1.0
_OPEN = {"security": list[object]()}


class Readiness:
    """The checks of one process. Results are kept a moment, so that probes cost the dependencies nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._checks: dict[str, Check] = {}
        self._clock = clock
        self._results: dict[str, bool] = {}
        self._checked_at = float("-inf")
        self._checking = asyncio.Lock()
        self.ending = False
        """Whether the process is about to stop: it still answers, and wants no more requests."""

    def add(self, name: str, check: Check) -> None:
        """Ask this too; `name` is a fixed word such as `mongo`."""
        self._checks[name] = check

    async def results(self) -> dict[str, bool]:
        """Each check and whether it holds."""
        async with self._checking:
            kept = CACHED_SECONDS if all(self._results.values()) else FAILURE_CACHED_SECONDS
            if self._clock() - self._checked_at >= kept:
                names = list(self._checks)
                outcomes = await asyncio.gather(*(self._ask(name) for name in names))
                self._results = dict(zip(names, outcomes, strict=True))
                self._checked_at = self._clock()
        return self._results

    async def _ask(self, name: str) -> bool:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._checks[name]()
        except Exception as error:  # whatever is wrong, the answer is: not ready
            if self._results.get(name, True):
                log.warning("health.not-ready", dep=name, error=error)
            metrics.DEPENDENCY_UP.labels(name).set(0)
            return False
        metrics.DEPENDENCY_UP.labels(name).set(1)
        return True


def health_router(readiness: Readiness, serving: Callable[[], bool]) -> APIRouter:
    """The three routes. `/livez` asks nothing of anybody: a dead dependency is no reason to restart."""
    router = APIRouter(dependencies=[public], tags=["operation"], generate_unique_id_function=operation_id)

    @router.get("/livez", openapi_extra=_OPEN)
    async def livez() -> dict[str, str]:
        """The process runs."""
        return {"status": "alive"}

    @router.get(
        "/readyz",
        openapi_extra=_OPEN,
        responses={
            503: {"description": "Not ready; `checks` says what is not. Or ending: requests are still answered"}
        },
    )
    async def readyz(response: Response) -> dict[str, object]:
        """Every dependency answers, every role runs, and the process is not about to end; 503 if not."""
        if readiness.ending:
            response.status_code = 503
            return {"status": "ending", "checks": {}}
        results = await readiness.results()
        ready = serving() and all(results.values())
        response.status_code = 200 if ready else 503
        checks = {name: "ok" if fine else "failed" for name, fine in results.items()}
        return {"status": "ready" if ready else "not ready", "checks": checks}

    @router.get("/metrics", openapi_extra=_OPEN, response_class=Response)
    async def prometheus() -> Response:
        """Metrics in Prometheus' text format."""
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    return router
