"""Routers whose operations are described as all of ours are."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from dossier.http.description import operation_id
from dossier.http.problems import ALWAYS, responses


class Router(APIRouter):
    """An APIRouter whose routes applications take as they are; FastAPI would build each anew, in 5 ms, to include it.

    What inclusion would add is here from the start: the operation's name, and the problems that any may answer.
    """

    def __init__(self, *, responses: dict[int | str, dict[str, Any]] | None = None, **named: Any) -> None:
        """As of APIRouter; `responses` are further ones."""
        described = _ALWAYS | (responses or {})
        super().__init__(responses=described, generate_unique_id_function=operation_id, **named)


_ALWAYS = responses(*ALWAYS)
