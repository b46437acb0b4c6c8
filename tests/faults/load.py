"""The load of the storm: callers in closed loops, some of whom work with documents, and a mail server."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx

from dossier.ids import new_id
from faults.cast import MAILBOX, USER_IDS, Cast, tokens_of
from faults.changes import Changes, recorded
from faults.client import Clients, Notes
from faults.doors import Doors
from faults.papers import Papers
from faults.system import System
from faults.tasks import Tasks

CALLERS = 6
WITH_PAPERS = 2
"""Callers beside them who do nothing but send and fetch documents."""
Step = Callable[[], Awaitable[None]]


class Load:
    """All that goes on in the installation."""

    def __init__(self, system: System, seed: int, notes: Notes) -> None:
        self._system = system
        self._seed = seed
        self._cast = Cast(seed)
        self._random = self._cast.random
        self.notes = notes
        self.tokens: dict[str, str] = {}
        self.stopping = asyncio.Event()

    async def prepare(self) -> None:
        """Everybody and everything the callers speak of, before the storm."""
        async with httpx.AsyncClient(timeout=20) as http:
            self.tokens = await tokens_of(self._system, http)
            await self._cast.enter(Clients(http, self._system.url, self.tokens, self.notes))

    async def run(self) -> None:
        """Until `stopping` is set; every command that was begun is brought to an end first."""
        limits = httpx.Limits(max_connections=2 * (CALLERS + WITH_PAPERS))
        async with httpx.AsyncClient(timeout=httpx.Timeout(8, connect=2), limits=limits) as http:
            clients = Clients(http, self._system.url, self.tokens, self.notes)
            steps, papers = self._steps(clients), {Papers(clients, self._cast).work: 1}
            callers = [self._caller(steps) for _ in range(CALLERS)]
            await asyncio.gather(*callers, *(self._caller(papers) for _ in range(WITH_PAPERS)), self._mail_server())

    def _steps(self, clients: Clients) -> dict[Step, int]:
        """What a caller does next, and how often."""
        changes, doors, tasks = Changes(clients, self._cast), Doors(clients, self._cast), Tasks(clients, self._cast)

        async def remind() -> None:
            await self._remind(clients, changes.title())

        return {
            changes.record: 38,
            changes.change: 40,
            tasks.story: 6,
            doors.restrict: 4,
            doors.regroup: 2,
            doors.stand_in: 2,
            remind: 8,
            changes.move_contact: 4,
        }

    async def _caller(self, steps: dict[Step, int]) -> None:
        while not self.stopping.is_set():
            await self._random.choices(list(steps), list(steps.values()))[0]()
            await asyncio.sleep(0)  # a step may find nothing to do yet

    async def _remind(self, clients: Clients, title: str) -> None:
        """A task that is due today: its reminder has to come, once."""
        activity, login = new_id(), self._random.choice(("anna", "bruno"))
        user, today = USER_IDS[login], datetime.now(UTC).date().isoformat()
        body = {"id": activity, "kind": "note", "title": title, "responsible": {"user": user}, "due_on": today}
        means = {f"activity-{activity}": recorded(title=title, main=user, due_on=today)}
        if await clients.send("reminder", "/v1/activities", body, means=means):
            self.notes.reminders[activity] = login

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
