"""Reading what one has just written: the headers of a query that waits for its own commands.

    @router.get("/companies/{id}/history", dependencies=[require("read")])
    async def history(id: Id, after: After) -> …:
        await after.reached(projection)
        …read through the same projection…

A query that carries `Dossier-After: TOKEN` and `Prefer: wait=2` waits up to two seconds; what its projection has not
applied by then is named in the header `Dossier-Lacks`.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Request, Response

from dossier.http.description import reads
from dossier.http.problems import Problem
from dossier.projections import tokens
from dossier.projections.model import Projection

MAX_WAIT_SECONDS = 10.0
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,4})\"?\s*(?=$|[,;])", re.IGNORECASE)


def prefer_wait(request: Request, limit: float = MAX_WAIT_SECONDS) -> float:
    """Seconds of `Prefer: wait=N` (RFC 7240), at most `limit`; 0 if there is no such wish."""
    match = _WAIT.search(", ".join(request.headers.getlist("prefer")))
    return 0.0 if match is None else min(float(match[1]), limit)


def after_token(key: bytes, request: Request) -> str | None:
    """The request's `Dossier-After`, if it is one of ours. Raises Problem if it is forged or damaged."""
    given = request.headers.get("dossier-after")
    if not given:
        return None
    try:
        tokens.read(key, given)
    except ValueError:
        detail = "Send the header as an earlier answer gave it, or leave it out."
        raise Problem(400, "header", "Malformed header", detail, rule="signature", field="Dossier-After") from None
    return given


class AfterContext:
    """What the caller wants to find in the answer, and how long it is ready to wait for it."""

    def __init__(self, request: Request, response: Response) -> None:
        key: bytes = request.app.state.service.token_key
        token = after_token(key, request)
        self.marks = tokens.read(key, token) if token else {}
        self.seconds = prefer_wait(request)
        self._response = response

    async def reached(self, projection: Projection) -> dict[str, int]:
        """Wait for the projection; what it still lacks is returned and named in the answer's header."""
        if not self.marks:
            return {}
        lacking = await tokens.wait(projection, self.marks, self.seconds)
        if self.seconds:
            self._response.headers["Preference-Applied"] = f"wait={self.seconds:.0f}"
        if lacking:
            self._response.headers["Dossier-Lacks"] = ", ".join(f"{s}:{version}" for s, version in lacking.items())
        return lacking


@reads("Dossier-After", "Prefer")
async def after(request: Request, response: Response) -> AfterContext:
    """Dependency: what the query is to wait for. Raises Problem if the token is forged."""
    return AfterContext(request, response)


After = Annotated[AfterContext, Depends(after)]
