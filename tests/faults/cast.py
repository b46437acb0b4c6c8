"""Who and what there is before the storm, and chance that follows from its seed."""

from __future__ import annotations

import random
from typing import Any

import httpx

from dossier.auth.demo import GROUPS, USERS
from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.ids import derived_id
from faults.client import Clients
from faults.model import put
from faults.system import System
from local_stack.services import DEVELOPMENT_CLIENT_SECRET

USER_IDS = {user.login: user.id for user in USERS}
READERS = ("anna", "bruno", "clara")
"""Users who write and read. Clara is named wherever something is restricted, so that somebody can open it again."""
USER_GROUPS = {user.login: user.groups for user in USERS}
GROUPS_OF_DOORS = (CONSULTANTS, PARTNERS)
MAILBOX = "storm@dossier.example"
TRUSTED = "histories"
"""A service that sees everything, for looking at it afterwards."""


class Cast:
    """Users, groups, companies, contacts and projects."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.companies = [self._id("company", number) for number in range(6)]
        self.contacts = [self._id("contact", number) for number in range(20)]
        self.projects = [self._id("project", number) for number in range(4)]
        self.teams = [self._id("team", number) for number in range(2)]

    def _id(self, kind: str, number: int) -> str:
        return derived_id("storm", str(self.seed), kind, str(number))

    def address(self) -> dict[str, str]:
        """A contact or a company."""
        if self.random.random() < 0.5:
            return {"type": "contact", "id": self.random.choice(self.contacts)}
        return {"type": "company", "id": self.random.choice(self.companies)}

    async def enter(self, clients: Clients) -> None:
        """Make them all known, before the storm."""
        await self._users(clients)
        for number, company in enumerate(self.companies):
            await clients.must("addresses", "/v1/companies", {"id": company, "name": f"Firma {number}"})
        for number, contact in enumerate(self.contacts):
            company = self.companies[number % len(self.companies)]
            body = {"id": contact, "company": company, "last_name": f"Kontakt {number}"}
            await clients.must("addresses", "/v1/contacts", body)
            clients.notes.began(f"contact-{contact}", put(company=company))
        for number, project in enumerate(self.projects):
            body = {"id": project, "code": f"S-{number}", "title": f"Projekt {number}"}
            await clients.must("engagements", "/v1/projects", body)
            clients.notes.began(f"project-{project}", put(restricted_to=None))
        readers = {"users": [USER_IDS["anna"]], "groups": []}
        mailbox: dict[str, Any] = {"mail_address": MAILBOX, "readers": readers}
        await clients.must("email-ingest", "/v1/mailboxes", mailbox, by="dora")

    async def _users(self, clients: Clients) -> None:
        for login, user in USER_IDS.items():
            facts = {"id": user, "name": login.title(), "email": f"{login}@dossier.example", "time_zone": "UTC"}
            await clients.must("directory", "/v1/users", facts, by="dora")
            clients.notes.began(f"user-{user}", put(deputies=frozenset[str]()))
        for login in ("anna", "bruno"):
            # What is due today is told at once, whatever the time of day.
            reminders = {"remind_at": "00:00"}
            await clients.must("notifications", "/v1/preferences", reminders, by=login, method="PATCH")
        for group in GROUPS_OF_DOORS:
            await clients.must("directory", "/v1/groups", {"id": group, "name": GROUPS[group]}, by="dora")
        for number, team in enumerate(self.teams):
            await clients.must("directory", "/v1/groups", {"id": team, "name": f"Team {number}"}, by="dora")
            clients.notes.began(f"group-{team}", put(members=frozenset[str](), leaders=frozenset[str]()))


async def tokens_of(system: System, http: httpx.AsyncClient) -> dict[str, str]:
    """Access tokens of all users by login, and of the trusted service."""
    tokens: dict[str, str] = {}
    for login in USER_IDS:
        answer = await http.get(f"{system.url('issuer')}/dev/token", params={"user": login})
        tokens[login] = answer.raise_for_status().text.strip()
    credentials = {"grant_type": "client_credentials", "client_id": TRUSTED, "client_secret": DEVELOPMENT_CLIENT_SECRET}
    granted = await http.post(f"{system.url('issuer')}/token", data=credentials)
    tokens[TRUSTED] = granted.raise_for_status().json()["access_token"]
    return tokens
