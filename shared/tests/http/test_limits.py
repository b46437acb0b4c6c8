"""Limits of a service: requests at once, time until an answer begins, and nothing before it has started."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse

from dossier.auth.guard import public
from dossier.http import middleware
from dossier.http.app import create_app
from dossier.http.description import PAGES
from dossier.http.routes import body_limit
from dossier.http.routing import Router
from dossier.runtime import Service
from dossier.settings import ServiceSettings
from dossier.testing.tokens import TokenMaker


class Settings(ServiceSettings):
    service: str = "sample"
    port: int = 0
    mongo_database: str = "sample"


class Limited:
    """A service with a route that answers when told to, and one that streams until told to stop."""

    def __init__(self, **limits: Any) -> None:
        self.release = asyncio.Event()
        self.service = Service(Settings(environment="test", **limits), keys=TokenMaker().keys)
        router = Router(dependencies=[public])

        @router.get("/wait")
        async def wait() -> str:
            await self.release.wait()
            return "done"

        @router.get("/own-timeout")
        async def own_timeout() -> None:
            raise TimeoutError

        @router.post("/large")
        @body_limit(lambda app: app.state.largest)
        async def large(request: Request) -> int:
            return len(await request.body())

        @router.get("/stream")
        async def stream() -> StreamingResponse:
            async def lines() -> Any:
                yield b"first\n"
                await self.release.wait()
                yield b"last\n"

            return StreamingResponse(lines())

        app = create_app(self.service, [router], title="Limited")
        app.state.largest = 4 << 20
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://service.test")

    async def __aenter__(self) -> Limited:
        await self.service.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.http.aclose()
        await self.service.stop()


async def test_more_requests_than_may_wait_are_refused_but_probes_are_not() -> None:
    async with Limited(max_in_flight=3) as limited:
        waiting = [asyncio.create_task(limited.http.get("/wait")) for _ in range(3)]
        await asyncio.sleep(0.05)
        refused = await limited.http.get("/wait")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["type"].endswith("overload")
        assert (await limited.http.get("/livez")).status_code == 200
        limited.release.set()
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200, 200]
        assert (await limited.http.get("/wait")).status_code == 200


async def test_an_answer_that_has_begun_no_longer_counts_and_has_no_deadline() -> None:
    async with Limited(max_in_flight=1, request_seconds=0.2) as limited:
        streaming = asyncio.create_task(limited.http.get("/stream"))
        await asyncio.sleep(0.4)
        limited.release.set()
        assert (await limited.http.get("/wait")).status_code == 200
        assert (await streaming).text == "first\nlast\n"


async def test_a_request_without_an_answer_in_time_is_ended() -> None:
    async with Limited(request_seconds=0.1) as limited:
        answer = await limited.http.get("/wait")
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("timeout")
        assert answer.headers["retry-after"]


async def test_a_large_body_has_the_more_time_the_more_of_it_comes_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slowly(parts: int, size: int, pause: float) -> AsyncIterator[bytes]:
        for _ in range(parts):
            yield bytes(size)
            await asyncio.sleep(pause)

    monkeypatch.setattr(middleware, "SLOWEST_UPLOAD", 1 << 20)
    async with Limited(request_seconds=1.0) as limited:
        came = await limited.http.post("/large", content=slowly(4, 1 << 20, 0.5))
        assert (came.status_code, came.json()) == (200, 4 << 20)
        dribbled = await limited.http.post("/large", content=slowly(1000, 10, 0.01))
        assert dribbled.status_code == 503
        too_large = await limited.http.post("/large", content=slowly(5, 1 << 20, 0))
        assert (too_large.status_code, too_large.json()["limit"]) == (413, 4 << 20)


async def test_a_timeout_of_the_endpoint_s_own_is_a_fault_not_the_limit() -> None:
    async with Limited() as limited:
        assert (await limited.http.get("/own-timeout")).status_code == 500


async def test_before_the_start_and_after_the_stop_only_probes_are_answered() -> None:
    limited = Limited()
    for _ in range(2):
        refused = await limited.http.get("/wait")
        assert refused.status_code == 503
        assert refused.json()["type"].endswith("not-serving")
        assert (await limited.http.get("/livez")).status_code == 200
        await limited.service.start()
        await limited.service.stop()
    await limited.http.aclose()


@pytest.mark.parametrize("environment", ["local", "production"])
async def test_the_description_is_closed_in_production(environment: str) -> None:
    safe = {"issuer_url": "https://issuer.test", "token_key": "dGhpcyBpcyBhIGtleSBmb3IgdGVzdHMgb25seSE="}
    service = Service(Settings(environment=environment, **safe), keys=TokenMaker().keys)
    app = create_app(service, title="Described")
    async with service, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as http:
        for path in (*PAGES, "/openapi.json"):
            assert (await http.get(path)).status_code == (404 if environment == "production" else 200)
