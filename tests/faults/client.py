"""Clients of the storm: a command is repeated with its key until its outcome is known; every outcome is noted."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from dossier.ids import new_id
from faults.model import Effect, Means, Outcome, Place

GIVE_UP = 60.0
"""Seconds after which an outcome stays unknown."""
PART = 64 * 1024
NAME = "storm.bin"
NOTHING: Means = {}


@dataclass(frozen=True)
class Paper:
    """A version of a document, and what its bytes are known by."""

    activity: str
    document: str
    number: int
    sha256: str


@dataclass
class Notes:
    """What the clients were told."""

    beginnings: list[Outcome] = field(default_factory=list[Outcome])
    """What there was before the storm, or came by itself."""
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    """Of all commands that were not refused, in the order in which they were known."""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    """Idempotency key to what was asked."""
    surprises: list[str] = field(default_factory=list[str])
    activities: list[str] = field(default_factory=list[str])
    """Activities that everybody may change."""
    reminders: dict[str, str] = field(default_factory=dict[str, str])
    """Activity to the user who has to be reminded of it."""
    papers: list[Paper] = field(default_factory=list[Paper])
    cut: int = 0
    """Uploads that had begun, ended without an answer and were sent again."""
    broken_off: int = 0
    """Uploads that their senders left in the middle."""
    mails: set[str] = field(default_factory=set[str])
    """Message-IDs that were answered with 250."""
    offered: int = 0

    def began(self, stream: str, effect: Effect) -> None:
        """Note how something began without a command of its own."""
        self.beginnings.append(Outcome("", "begun", (stream, 0), {stream: effect}))

    @property
    def acknowledged(self) -> dict[str, Place]:
        """Idempotency key to where the command ended."""
        return {outcome.key: outcome.told for outcome in self.outcomes if outcome.told is not None}

    @property
    def unknown(self) -> set[str]:
        """Keys of commands that nobody ever heard of."""
        return {outcome.key for outcome in self.outcomes if outcome.told is None}

    @property
    def kinds(self) -> Counter[str]:
        """How many commands of each kind were acknowledged."""
        return Counter(outcome.what for outcome in self.outcomes if outcome.told is not None)


class File:
    """The bytes of a version; `seconds` is how long they take on their way, `begun` says whether they are on it."""

    def __init__(self, content: bytes, name: str = NAME, *, seconds: float = 0.0) -> None:
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.name = name
        self.begun = False
        self._content = content
        self._seconds = seconds

    async def parts(self) -> AsyncIterator[bytes]:
        """A part at a time."""
        starts = range(0, len(self._content), PART)
        for start in starts:
            self.begun = True
            yield self._content[start : start + PART]
            await asyncio.sleep(self._seconds / len(starts))


class Clients:
    """Users of the installation, who send what they want and note what they hear."""

    def __init__(
        self, http: httpx.AsyncClient, url: Callable[[str], str], tokens: Mapping[str, str], notes: Notes
    ) -> None:
        self.http = http
        self.notes = notes
        self._url = url
        self._tokens = tokens

    async def send(
        self,
        what: str,
        path: str,
        body: Mapping[str, Any] | File | None = None,
        *,
        means: Means = NOTHING,
        by: str = "anna",
        service: str = "activities",
        method: str = "POST",
    ) -> dict[str, Any] | None:
        """The answer to a command that was done. Repeats it until that is known, or it is time to give up."""
        key, unanswered = new_id(), False
        self.notes.offered += 1
        give_up = asyncio.get_running_loop().time() + GIVE_UP
        while asyncio.get_running_loop().time() < give_up:
            answer = await self._once(method, service, path, body, by, key)
            if answer is not None and answer.is_success:
                told = answer.json()
                self.notes.outcomes.append(Outcome(key, what, (told["stream"], told["version"]), means))
                return told
            if answer is not None and answer.status_code in (404, 409, 422):
                if not (unanswered and _hidden(answer)):
                    self.notes.refused[key] = what
                    return None
                break
            if answer is not None and answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                self.notes.surprises.append(f"{answer.status_code} {what} {service}{path}: {answer.text[:300]}")
            unanswered = True
            self.notes.cut += isinstance(body, File) and body.begun
            await asyncio.sleep(0.2)
        self.notes.outcomes.append(Outcome(key, what, None, means))
        return None

    async def _once(
        self, method: str, service: str, path: str, body: Mapping[str, Any] | File | None, by: str, key: str
    ) -> httpx.Response | None:
        try:
            if isinstance(body, File):
                body.begun = False
                return await self.upload(path, body.parts(), body.name, by, key)
            headers = self.headers(by) | {"Idempotency-Key": f'"{key}"'}
            return await self.http.request(method, self._url(service) + path, headers=headers, json=body)
        except httpx.HTTPError:
            return None

    async def upload(
        self, path: str, parts: AsyncIterator[bytes], name: str = NAME, by: str = "anna", key: str | None = None
    ) -> httpx.Response:
        """Send a document once. Raises what reading the parts raises, and HTTPError."""
        headers = self.headers(by) | {"Idempotency-Key": f'"{key or new_id()}"'}
        headers |= {"Content-Disposition": f"attachment; filename={name}"}
        return await self.http.post(self._url("activities") + path, headers=headers, content=parts)

    async def get(self, service: str, path: str, *, by: str = "anna") -> httpx.Response:
        """Ask once. Raises HTTPError."""
        return await self.http.get(self._url(service) + path, headers=self.headers(by))

    async def ask(self, service: str, path: str, *, by: str = "anna", patience: float = GIVE_UP) -> httpx.Response:
        """The answer to a question, repeated until it is one. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while True:
                try:
                    answer = await self.get(service, path, by=by)
                except httpx.HTTPError:
                    answer = None
                if answer is not None and answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return answer
                await asyncio.sleep(0.2)

    async def must(
        self, service: str, path: str, body: Mapping[str, Any], *, by: str = "anna", method: str = "POST"
    ) -> None:
        """A command before the storm, when nothing keeps it from being done."""
        answer = await self.http.request(method, self._url(service) + path, json=body, headers=self.headers(by))
        assert answer.is_success, f"{service}{path}: {answer.status_code} {answer.text}"

    def headers(self, by: str) -> dict[str, str]:
        """Who calls: a user by login, or a service by its name."""
        return {"Authorization": f"Bearer {self._tokens[by]}"}


def _hidden(answer: httpx.Response) -> bool:
    """Whether the caller may not see what the command is about, by now: then it hears nothing of what was done."""
    return answer.status_code == httpx.codes.NOT_FOUND or answer.json().get("rule") == "REF-01"
