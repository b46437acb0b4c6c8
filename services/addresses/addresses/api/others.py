"""What other services own, as one caller may see it: asked with the caller's own token, they apply its rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import httpx
from fastapi import Depends, Request

from dossier.contracts.common import ReferenceToAny
from dossier.http.client import CallerAuth
from dossier.http.problems import MEDIA_TYPE
from dossier.references import ASK_SECONDS, owners

_PATHS = {"project": "projects", "opportunity": "opportunities", "activity": "activities"}
_NOT_FOR_THE_CALLER = (403, 404, 410)

Verdict = Literal["seen", "unseen", "unknown"]


class Others:
    """Asks for one caller; `authorization` is the header of the caller's request, `urls` says who owns a type."""

    def __init__(self, http: httpx.AsyncClient, urls: Mapping[str, str], authorization: str) -> None:
        self._http = http
        self._urls = urls
        self._auth = CallerAuth(authorization)

    async def sight(self, thing: ReferenceToAny) -> Verdict:
        """Whether the caller may see it: `unseen` is what does not exist, too; `unknown` if the owner does not answer.

        Addresses are for everybody to see, and whether they exist is known here.
        """
        if thing.type not in _PATHS:
            return "seen"
        url = f"{self._urls[thing.type]}/v1/{_PATHS[thing.type]}/{thing.id}"
        try:
            answer = await self._http.get(url, auth=self._auth, timeout=ASK_SECONDS)
        except httpx.HTTPError:
            return "unknown"
        if answer.status_code in _NOT_FOR_THE_CALLER and answer.headers.get("content-type") == MEDIA_TYPE:
            return "unseen"  # said by a service of ours, not by something in between
        return "seen" if answer.status_code == 200 else "unknown"


async def _others(request: Request) -> Others:
    service = request.app.state.service
    return Others(service.http, owners(service.settings), request.headers["authorization"])


AskOthers = Annotated[Others, Depends(_others)]
