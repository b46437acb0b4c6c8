"""The description of an API is made once, and nobody waits for it who did not ask for it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest
from fastapi import applications

from dossier.http.app import create_app
from dossier.testing.services import ServiceUnderTest


async def test_it_is_made_once_while_everything_else_goes_on(
    sample: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    framework, made = applications.get_openapi, list[bool]()
    begun, others_answered = threading.Event(), threading.Event()

    def patient(**facts: Any) -> dict[str, Any]:
        begun.set()
        made.append(others_answered.wait(20))
        return framework(**facts)

    monkeypatch.setattr(applications, "get_openapi", patient)
    app = create_app(sample.roles.app.state.service, title="Sample")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as http:
        asked = [asyncio.create_task(http.get("/openapi.json")) for _ in range(2)]
        assert await asyncio.to_thread(begun.wait, 20)
        assert (await http.get("/livez")).status_code == 200
        others_answered.set()
        one, other = [(await each).json() for each in asked]
    assert made == [True], "made by two, or while nobody else was answered"
    assert one == other
    assert one["info"]["description"]
    assert one["components"]["securitySchemes"]
