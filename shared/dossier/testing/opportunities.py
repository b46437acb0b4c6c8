"""Opportunities over HTTP, for tests."""

from __future__ import annotations

from typing import Any

from dossier.testing.services import ServiceUnderTest


async def opened(service: ServiceUnderTest, kind: str, id: str, **more: Any) -> str:
    """Open an opportunity of an address; its path."""
    body = {"title": "Succession", "address": {"type": kind, "id": id}, **more}
    return (await service.call("POST", "/v1/opportunities", body, expect=201)).headers["Location"]


async def read(service: ServiceUnderTest, path: str, name: str = "anna") -> Any:
    """What a user is shown there."""
    return (await service.call("GET", path, token=service.tokens.user(name), expect=200)).json()
