"""Pages of the demo, as any client reads them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from dossier.settings import ServiceSettings

_ROWS = 12
_PATIENCE_SECONDS = 60.0
"""In which all of the demo has to arrive on the page; it takes a second or two where nothing else runs."""


async def first_page(settings: ServiceSettings, url: str, last: str) -> dict[str, Any]:
    """The newest entries of a history, once the activity `last` is among them (or patience ends).

    Raises httpx.HTTPError.
    """
    give_up = time.monotonic() + _PATIENCE_SECONDS
    async with _as_anna(settings) as http:
        while True:
            answer = await http.get(url, params={"limit": _ROWS})
            arrived = answer.is_success and last in {row["id"] for row in answer.json()["items"]}
            if arrived or time.monotonic() > give_up:
                page: dict[str, Any] = answer.raise_for_status().json()
                return page
            await asyncio.sleep(0.2)


async def work_list(settings: ServiceSettings, url: str) -> list[dict[str, Any]]:
    """What is open for Anna, the most urgent first. Raises httpx.HTTPError."""
    async with _as_anna(settings) as http:
        return (await http.get(url, params={"limit": _ROWS})).raise_for_status().json()["items"]


@asynccontextmanager
async def _as_anna(settings: ServiceSettings) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as http:
        token = (await http.get(f"{settings.issuer_url}/dev/token?user=anna")).raise_for_status().text.strip()
        http.headers["Authorization"] = f"Bearer {token}"
        yield http
