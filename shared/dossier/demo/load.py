"""Writes the demo through the public interfaces: HTTP as the demo users, and LMTP for the mails."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from dossier.auth.demo import USERS
from dossier.demo.basis import MAILBOX, Call
from dossier.demo.correspondence import sample_mails
from dossier.demo.plan import Plan
from dossier.ids import derived_id
from dossier.settings import ServiceSettings

Progress = Callable[[str, int, int], None]
"""Told (what, done, of how many)."""

_AT_ONCE = 16
_MAIL_SESSIONS = 4
_ATTEMPTS = 5
_UNAVAILABLE = 503


class DemoRefusedError(Exception):
    """A service refused a call of the demo; the text is its problem document."""


class Demo:
    """Loads a plan once; a second time finds it there and does nothing."""

    def __init__(self, plan: Plan, settings: ServiceSettings, lmtp: tuple[str, int], progress: Progress) -> None:
        self._plan = plan
        self._settings = settings
        self._lmtp = lmtp
        self._progress = progress
        self._tokens: dict[str, str] = {}

    async def load(self) -> bool:
        """Write everything. False: it was there already. Raises DemoRefusedError and httpx.HTTPError."""
        async with httpx.AsyncClient(timeout=60) as http:
            await self._sign_in(http)
            last = self._plan.last_call()
            if await self._is_there(http, last):
                return False
            for what, calls in self._plan.phases():
                await self._send_all(http, what, calls)
                if what == "mailboxes":
                    await self._send_mails()
            await self._send(http, last)
        return True

    async def _sign_in(self, http: httpx.AsyncClient) -> None:
        for user in USERS:
            answer = await http.get(f"{self._settings.issuer_url}/dev/token", params={"user": user.login})
            self._tokens[user.login] = answer.raise_for_status().text.strip()

    async def _is_there(self, http: httpx.AsyncClient, call: Call) -> bool:
        assert call.body is not None
        url = f"{self._base(call.service)}{call.path}/{call.body['id']}"
        return (await http.get(url, headers=self._headers(call))).is_success

    async def _send_all(self, http: httpx.AsyncClient, what: str, calls: Sequence[Call]) -> None:
        waiting, done = iter(calls), 0

        async def work() -> None:
            nonlocal done
            for call in waiting:
                await self._send(http, call)
                done += 1
                self._progress(what, done, len(calls))

        await asyncio.gather(*(work() for _ in range(_AT_ONCE)))

    async def _send(self, http: httpx.AsyncClient, call: Call) -> None:
        sent = call.request
        sent["headers"] = {**sent.get("headers", {}), **self._headers(call), "Idempotency-Key": f'"{key_of(call)}"'}
        url = f"{self._base(call.service)}{call.path}"
        for attempt in range(_ATTEMPTS):
            with suppress(httpx.TransportError):
                answer = await http.request(call.method, url, **sent)
                if answer.is_success:
                    return
                if answer.status_code != _UNAVAILABLE:
                    raise DemoRefusedError(f"{_words(call)}: {answer.status_code} {answer.text}")
            await asyncio.sleep(attempt)
        raise DemoRefusedError(f"{_words(call)}: no answer after {_ATTEMPTS} attempts")

    def _headers(self, call: Call) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[call.login]}"}

    def _base(self, service: str) -> str:
        urls: dict[str, Any] = self._settings.model_dump()
        return str(urls[f"{service.replace('-', '_')}_url"]).rstrip("/")

    async def _send_mails(self) -> None:
        mails = sample_mails()[: self._plan.size.mails]
        shares = [mails[number::_MAIL_SESSIONS] for number in range(_MAIL_SESSIONS)]
        await asyncio.gather(*(asyncio.to_thread(self._send_share, share) for share in shares))
        self._progress("mails", len(mails), len(mails))

    def _send_share(self, mails: Sequence[Path]) -> None:
        with smtplib.LMTP(*self._lmtp, local_hostname="localhost") as session:
            for mail in mails:
                session.sendmail("demo@mail.example", [MAILBOX], mail.read_bytes())


def key_of(call: Call) -> str:
    """Calls can be repeated: the key of one follows from what it is about."""
    return derived_id("demo-call", call.method, call.path, str((call.body or {}).get("id", "")))


def _words(call: Call) -> str:
    return f"{call.method} {call.service}{call.path}"
