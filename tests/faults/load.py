"""Clients of the storm: a command is repeated with its key until its outcome is known; every outcome is noted."""

from __future__ import annotations

import asyncio
import random
import smtplib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from dossier.ids import derived_id, new_id
from faults.system import USER_IDS, System

MAILBOX = "storm@dossier.example"


@dataclass
class Notes:
    """What the clients were told."""

    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """Idempotency key to (stream, version it ended at)."""
    unknown: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    surprises: list[str] = field(default_factory=list[str])
    activities: list[str] = field(default_factory=list[str])
    reminders: dict[str, str] = field(default_factory=dict[str, str])
    """Activity to the user who has to be reminded of it."""
    mails: set[str] = field(default_factory=set[str])
    """Message-IDs that were answered with 250."""
    offered: int = 0


class Load:
    """A handful of callers in closed loops, and a mail server."""

    def __init__(self, system: System, seed: int, notes: Notes) -> None:
        self._system = system
        self._random = random.Random(seed)
        self._seed = seed
        self.notes = notes
        self._contacts: list[str] = []
        self._companies: list[str] = []
        self._tokens: dict[str, str] = {}
        self._number = 0
        self.stopping = asyncio.Event()

    async def prepare(self) -> None:
        """Users, companies, contacts and the mailbox, before the storm."""
        async with httpx.AsyncClient(timeout=20) as http:
            for login in ("anna", "bruno", "clara", "dora"):
                answer = await http.get(f"{self._system.url('issuer')}/dev/token", params={"user": login})
                self._tokens[login] = answer.raise_for_status().text.strip()
            for login, user in USER_IDS.items():
                facts = {"id": user, "name": login.title(), "email": f"{login}@dossier.example", "time_zone": "UTC"}
                await self._must(http, "directory", "/v1/users", facts, "dora")
            for login in ("anna", "bruno"):
                # What is due today is told at once, whatever the time of day.
                await self._must(http, "notifications", "/v1/preferences", {"remind_at": "00:00"}, login, "PATCH")
            for number in range(6):
                company = derived_id("storm", str(self._seed), "company", str(number))
                self._companies.append(company)
                await self._must(http, "addresses", "/v1/companies", {"id": company, "name": f"Firma {number}"}, "anna")
            for number in range(20):
                contact = derived_id("storm", str(self._seed), "contact", str(number))
                self._contacts.append(contact)
                company = self._companies[number % len(self._companies)]
                body = {"id": contact, "company": company, "last_name": f"Kontakt {number}"}
                await self._must(http, "addresses", "/v1/contacts", body, "anna")
            readers = {"users": [USER_IDS["anna"]], "groups": []}
            await self._must(
                http, "email-ingest", "/v1/mailboxes", {"mail_address": MAILBOX, "readers": readers}, "dora"
            )

    async def run(self, callers: int = 6) -> None:
        """Until `stopping` is set; every command that was begun is brought to an end first."""
        limits = httpx.Limits(max_connections=callers * 2)
        async with httpx.AsyncClient(timeout=httpx.Timeout(8, connect=2), limits=limits) as http:
            await asyncio.gather(*(self._caller(http) for _ in range(callers)), self._mail_server())

    async def _caller(self, http: httpx.AsyncClient) -> None:
        while not self.stopping.is_set():
            step = self._random.choices(
                (self._record, self._change, self._remind, self._move_contact), (50, 35, 10, 5)
            )[0]
            await step(http)

    async def _record(self, http: httpx.AsyncClient) -> None:
        activity = new_id()
        contact = self._random.choice(self._contacts)
        body = {
            "id": activity,
            "kind": self._random.choice(("call", "meeting", "note")),
            "title": f"Nummer {self._next()}",
            "occurred_on": f"2026-0{self._random.randint(1, 9)}-1{self._random.randint(0, 9)}",
            "address": {"type": "contact", "id": contact},
        }
        if await self._send(http, "activities", "/v1/activities", body):
            self.notes.activities.append(activity)

    async def _change(self, http: httpx.AsyncClient) -> None:
        if not self.notes.activities:
            return
        path = f"/v1/activities/{self._random.choice(self.notes.activities[-200:])}"
        company = {"type": "company", "id": self._random.choice(self._companies)}
        choices: list[tuple[str, dict[str, Any]]] = [
            ("/corrections", {"changes": {"title": f"Korrigiert {self._next()}"}}),
            ("/links", {"object": company}),
            ("/unlinks", {"object": company}),
            ("/complete", {}),
            ("/reopen", {}),
        ]
        tail, body = self._random.choice(choices)
        await self._send(http, "activities", path + tail, body)

    async def _remind(self, http: httpx.AsyncClient) -> None:
        """A task that is due today: its reminder has to come, once."""
        activity, login = new_id(), self._random.choice(("anna", "bruno"))
        body = {
            "id": activity,
            "kind": "note",
            "title": f"Erinnerung {self._next()}",
            "responsible": {"user": USER_IDS[login]},
            "due_on": datetime.now(UTC).date().isoformat(),
        }
        if await self._send(http, "activities", "/v1/activities", body):
            self.notes.reminders[activity] = login

    async def _move_contact(self, http: httpx.AsyncClient) -> None:
        contact, company = self._random.choice(self._contacts), self._random.choice(self._companies)
        path = f"/v1/contacts/{contact}/correct-company"
        await self._send(http, "addresses", path, {"company": company, "reason": "storm"})

    async def _send(self, http: httpx.AsyncClient, service: str, path: str, body: dict[str, Any]) -> bool:
        """Repeat with one key until the answer is definite; a storm that ends first leaves it unknown."""
        key = new_id()
        self.notes.offered += 1
        headers = {"Authorization": f"Bearer {self._tokens['anna']}", "Idempotency-Key": f'"{key}"'}
        give_up = asyncio.get_running_loop().time() + 60
        while asyncio.get_running_loop().time() < give_up:
            try:
                answer = await http.post(self._system.url(service) + path, json=body, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
                continue
            if answer.is_success:
                told = answer.json()
                self.notes.acknowledged[key] = (told["stream"], told["version"])
                return True
            if answer.status_code in (409, 422, 404):
                self.notes.refused.add(key)
                return False
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                self.notes.surprises.append(f"{answer.status_code} {service}{path}: {answer.text[:300]}")
            await asyncio.sleep(0.2)
        self.notes.unknown.add(key)
        return False

    async def _mail_server(self) -> None:
        """Queues like a mail server: sends again until it hears 250."""
        number = 0
        while not self.stopping.is_set():
            number += 1
            identifier = f"{self._seed}.{number}@storm.example"
            while not self.stopping.is_set():
                if await asyncio.to_thread(self._deliver, identifier):
                    self.notes.mails.add(identifier)
                    break
                await asyncio.sleep(0.3)
            await asyncio.sleep(0.15)

    def _deliver(self, identifier: str) -> bool:
        head = f"From: kunde@storm.example\r\nTo: {MAILBOX}\r\nSubject: Mail {identifier}\r\n"
        raw = f"{head}Message-ID: <{identifier}>\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n\r\nText {identifier}\r\n"
        try:
            with smtplib.LMTP("127.0.0.1", self._system.ports["lmtp"]) as session:
                session.sock.settimeout(5)
                return not session.sendmail("kunde@storm.example", [MAILBOX], raw.encode())
        except (OSError, smtplib.SMTPException):
            return False

    def _next(self) -> int:
        self._number += 1
        return self._number

    async def _must(
        self, http: httpx.AsyncClient, service: str, path: str, body: dict[str, Any], login: str, method: str = "POST"
    ) -> None:
        headers = {"Authorization": f"Bearer {self._tokens[login]}"}
        answer = await http.request(method, self._system.url(service) + path, json=body, headers=headers)
        assert answer.is_success, f"{service}{path}: {answer.status_code} {answer.text}"
