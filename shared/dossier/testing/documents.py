"""Documents of an activity over HTTP, for tests."""

from __future__ import annotations

from typing import Any

import httpx

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20
NEWER = b"%PDF-1.7\nnewer"


class Desk:
    """What callers do with the documents of one activity; `client` is the service with its tokens."""

    def __init__(self, client: Any, activity: str) -> None:
        self.client = client
        self.activity = activity

    @property
    def path(self) -> str:
        """Where its documents are."""
        return f"/v1/activities/{self.activity}/documents"

    async def call(
        self, method: str, path: str = "", content: Any = None, *, by: str = "anna", name: str = "", **headers: str
    ) -> httpx.Response:
        """A request below `path`: a dict is sent as JSON, anything else as it is, with `name` as that of the file."""
        own = self.client.tokens.headers(by)
        if name:
            own["Content-Disposition"] = f'attachment; filename="{name}"'
        named = {each.replace("_", "-"): value for each, value in headers.items()}
        url = f"{self.path}{path}"
        if isinstance(content, dict):
            return await self.client.http.request(method, url, json=content, headers=own | named)
        return await self.client.http.request(method, url, content=content, headers=own | named)

    async def attach(self, content: bytes = PDF, name: str = "Offer.pdf", **more: Any) -> str:
        """Put a document on the activity; its id."""
        answer = await self.call("POST", "", content, name=name, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()["document"]

    async def content(self, document: str, query: str = "", **more: Any) -> httpx.Response:
        """The bytes of a document, or what keeps them back."""
        return await self.call("GET", f"/{document}/content{query}", **more)

    async def shown(self, document: str) -> dict[str, Any]:
        """A document as it stands."""
        answer = await self.call("GET", f"/{document}")
        assert answer.status_code == 200, answer.text
        return answer.json()
