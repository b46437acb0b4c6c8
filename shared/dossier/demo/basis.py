"""What all parts of the demo share: who writes, what a call is, and how much there is of everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dossier.auth.demo import USERS

AUTHORS = tuple(user for user in USERS if user.login in ("anna", "bruno", "clara"))
INSIDERS = tuple(user for user in AUTHORS if user.login != "bruno")
"""Who may know of the restricted projects."""
TASK_EVERY = 20
"""Every how manieth activity is a task."""
MAILBOX = "office@dossier.example"
HISTORY_DAYS = 3 * 365
SHOWN = "Alpina Bau AG"
"""The company to look at first: a subsidiary with projects, job changers, and contacts who write mails."""
FIRST_WRITER = 60
"""The first contact who has the address of a sender of the sample mails."""


@dataclass(frozen=True)
class File:
    """A file that a call brings, by its name (of plain letters)."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """One request to a service, sent as the user with this login: with a JSON body, a file, or neither."""

    service: str
    path: str
    body: dict[str, Any] | None
    login: str
    method: str = "POST"
    file: File | None = None

    @property
    def request(self) -> dict[str, Any]:
        """What it sends, as the HTTP client takes it."""
        if self.file is None:
            return {} if self.body is None else {"json": self.body}
        named = {"Content-Disposition": f'attachment; filename="{self.file.name}"'}
        return {"content": self.file.content, "headers": named}


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    persons: int = 60
    contacts: int = 150
    job_changes: int = 12
    projects: int = 24
    activities: int = 3000
    mails: int = 200


@dataclass(frozen=True)
class Post:
    """A contact, its company, and between how many days ago something may have happened with it there."""

    contact: str
    company: str
    earliest: int = HISTORY_DAYS
    latest: int = 0


@dataclass(frozen=True)
class Chance:
    """An opportunity: its address, that address's company (or none), the amount, and how it ended."""

    id: str
    address: dict[str, str]
    company: str | None
    amount: int
    outcome: str
