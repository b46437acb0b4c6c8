"""What other services know of an address, as they show it to the reader.

They are asked with the reader's own token: each applies the reader's rights itself, as on its own pages, and the export
has none to decide.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from dossier.contracts.rules import Gone, NotFound
from dossier.http.client import CallerAuth
from dossier.http.problems import MEDIA_TYPE, unavailable
from dossier.settings import ServiceSettings

PAGE = 200
_PASSED_ON = ("Dossier-After", "Prefer")
_TIMEOUT = httpx.Timeout(30.0, connect=2.0)
"""The reader may wait ten seconds for what was just written; between two parts of a document less is always enough."""
_NOT_FOUND = {404: NotFound, 410: Gone}

Fields = dict[str, Any]


class Others:
    """The HTTP APIs of other services, for one reader. `headers` are those of the reader's request."""

    def __init__(self, http: httpx.AsyncClient, settings: ServiceSettings, headers: Mapping[str, str]) -> None:
        self._http = http
        self._auth = CallerAuth(headers["authorization"])
        self._headers = {name: headers[name] for name in _PASSED_ON if name in headers}
        self.addresses = settings.addresses_url
        self.engagements = settings.engagements_url
        self._activities = settings.activities_url

    async def one(self, url: str, **parameters: str | Sequence[str]) -> Fields:
        """One answer. Raises NotFound, Gone, and Problem 503 if the service does not give it now."""
        try:
            answer = await self._http.get(
                url, params=parameters, headers=self._headers, auth=self._auth, timeout=_TIMEOUT
            )
        except httpx.HTTPError:
            raise _away() from None
        if answer.headers.get("content-type") == MEDIA_TYPE and answer.status_code in _NOT_FOUND:
            raise _NOT_FOUND[answer.status_code]
        if answer.status_code != 200:
            raise _away()
        return answer.json()

    async def page(self, url: str, **parameters: str | Sequence[str]) -> Listed:
        """A list, of which the first page is read. Raises as `one`."""
        return Listed(self, url, parameters, await self.one(url, limit=str(PAGE), **parameters))

    async def text(self, activity: str) -> str | None:
        """The whole of a long text; None if it is not to be had."""
        with suppress(httpx.HTTPError):
            url = f"{self._activities}/v1/activities/{activity}/text"
            answer = await self._http.get(url, auth=self._auth, timeout=_TIMEOUT)
            if answer.status_code == 200:
                return answer.text
        return None

    @asynccontextmanager
    async def document(self, activity: str, document: str, version: int) -> AsyncGenerator[httpx.Response]:
        """The answer with the bytes of a document, read as they are taken. Raises httpx.HTTPError."""
        url = f"{self._activities}/v1/activities/{activity}/documents/{document}/content"
        asked = self._http.stream("GET", url, params={"version": str(version)}, auth=self._auth, timeout=_TIMEOUT)
        async with asked as answer:
            yield answer


class Listed:
    """A list of another service, page by page."""

    def __init__(self, others: Others, url: str, parameters: Mapping[str, str | Sequence[str]], first: Fields) -> None:
        self._others = others
        self._url = url
        self._parameters = parameters
        self._page = first

    async def items(self) -> AsyncIterator[Fields]:
        """Everything in it. Raises as `Others.one`: what comes after is not all."""
        page = self._page
        while True:
            for item in page["items"]:
                yield item
            if page["next"] is None:
                return
            page = await self._others.one(self._url, limit=str(PAGE), cursor=page["next"], **self._parameters)


def _away() -> Exception:
    return unavailable("owner-away", "A service that knows a part of this dossier does not answer.", 10)
