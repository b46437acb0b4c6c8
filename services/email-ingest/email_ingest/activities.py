"""What the gateway asks of the activity service. Every call is repeatable: it carries a key derived from the mail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import httpx

from dossier.contracts.common import AddressRef, Grant
from dossier.contracts.emails import Delivery

AT_ONCE = 32
"""Requests under way: enough that the service can put many into one insert; more would not be answered sooner."""
_JSON = {"Content-Type": "application/json"}
_FINAL = frozenset({400, 404, 409, 413, 415, 422})

_PASSING = frozenset({"current-version", "known-route"})
"""Rules of refusals that pass: others were faster, or the service is older and does not know the command yet."""


class RefusedError(Exception):
    """The service refused the command for good. The text names status, rule and field, never a value."""

    def __init__(self, status: int, rule: str, field: str) -> None:
        super().__init__(f"{status} {rule} {field}".strip()[:500])
        self.status = status
        self.rule = rule

    @property
    def id_is_taken(self) -> bool:
        """Whether another activity has the id of the one to record."""
        return self.rule == "ACT-ID"


class UnavailableError(Exception):
    """No acknowledgement: the same command has to be sent again."""


class Activities:
    """Client of the activity service; `http` sends this service's own access token."""

    def __init__(self, base_url: str, http: httpx.AsyncClient) -> None:
        self._base = base_url.rstrip("/")
        self._http = http
        self._under_way = asyncio.Semaphore(AT_ONCE)

    async def record(self, request: str, key: str) -> None:
        """Send the committed command as it stands."""
        await self._post("/v1/activities", request, key)

    async def attach(self, activity: str, document: str, name: str, content: bytes) -> None:
        """Put a file that came with a mail on its activity; the same again changes nothing."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }
        await self._post(f"/v1/activities/{activity}/documents?document={document}", content, document, headers)

    async def sight(self, activity: str, delivery: Delivery, grants: Sequence[Grant]) -> None:
        """Tell of a further delivery and the readers of its channel."""
        body = {
            "sighting": {"delivery": delivery.id, "source": delivery.source},
            "grants": [grant.model_dump(mode="json") for grant in grants],
        }
        await self._post(f"/v1/activities/{activity}/sightings", json.dumps(body), delivery.id)

    async def link(self, activity: str, address: AddressRef) -> None:
        """Link automatically; a no-op there if a person unlinked the object before."""
        body = {"object": address.model_dump(), "origin": "rule"}
        await self._post(f"/v1/activities/{activity}/links", json.dumps(body), f"{activity}:{address.stream}")

    async def thread(self, activity: str, thread: str, revision: int) -> None:
        """Put a mail into another conversation; a no-op there if a higher revision was told before."""
        body = {"thread": thread, "revision": revision}
        await self._post(f"/v1/activities/{activity}/thread", json.dumps(body), f"{activity}:thread:{revision}")

    async def _post(self, path: str, body: str | bytes, key: str, of: Mapping[str, str] = _JSON) -> None:
        headers = {**of, "Idempotency-Key": f'"{key}"', "Dossier-Channel": "mail"}
        try:
            async with self._under_way:
                answer = await self._http.post(self._base + path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise UnavailableError(type(error).__name__) from error
        if answer.is_success:
            return
        if answer.status_code in _FINAL and (refusal := _refusal(answer)).rule not in _PASSING:
            raise refusal
        raise UnavailableError(str(answer.status_code))


def _refusal(answer: httpx.Response) -> RefusedError:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    rule, field = (str(problem.get(name, "")) for name in ("rule", "field")) if isinstance(problem, dict) else ("", "")
    return RefusedError(answer.status_code, rule, field)
