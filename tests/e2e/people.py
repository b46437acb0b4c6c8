"""A user at work: requests with a token, each query waiting for what this user wrote before."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from typing import Any

import httpx

from e2e.stack import Stack

OFFICE = "office@dossier.example"
CANARY = "Zwitschermann"
"""A name that must be in no log."""


class User:
    """One demo user."""

    def __init__(self, stack: Stack, login: str) -> None:
        self._stack = stack
        self._http = httpx.Client(timeout=30)
        answer = self._http.get(f"{stack.url('issuer')}/dev/token", params={"user": login})
        self._http.headers["Authorization"] = f"Bearer {answer.raise_for_status().text.strip()}"
        self._http.headers["Prefer"] = "wait=10"

    def writes(
        self, service: str, path: str, body: dict[str, Any] | None = None, method: str = "POST"
    ) -> dict[str, Any]:
        """A command that must be taken."""
        answer = self._calls(service, path, body, method)
        assert answer.is_success, answer.text
        self._http.headers["Dossier-After"] = answer.headers["Dossier-After"]
        return answer.json()

    def is_refused(
        self,
        service: str,
        path: str,
        body: dict[str, Any] | None,
        because: tuple[int, str, str | None],
        method: str = "POST",
    ) -> dict[str, Any]:
        """A command that must be refused, with this status, rule and field; what the refusal says."""
        answer = self._calls(service, path, body, method)
        problem = answer.json()
        assert (answer.status_code, problem.get("rule"), problem.get("field")) == because, answer.text
        return problem

    def sends(self, service: str, path: str, body: dict[str, Any]) -> Any:
        """A request of several commands, each answered by itself."""
        return self._told(self._calls(service, path, body, "POST"), 200)

    def attaches(self, activity: str, name: str, media_type: str, content: bytes) -> str:
        """Put a document on an activity; where it is."""
        documents = f"/v1/activities/{activity}/documents"
        headers = {"Content-Type": media_type, "Content-Disposition": f"attachment; filename={name}"}
        answer = self._http.post(f"{self._stack.url('activities')}{documents}", content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        self._http.headers["Dossier-After"] = answer.headers["Dossier-After"]
        return f"{documents}/{answer.json()['document']}"

    def downloads(self, service: str, path: str) -> bytes:
        """The bytes of a file."""
        return self._http.get(f"{self._stack.url(service)}{path}").raise_for_status().content

    def files_mail(self, mail: str, mailbox: str | None = None) -> None:
        """Hand in a mail, as one's own or by a mailbox."""
        at = f"{self._stack.url('email-ingest')}/v1/messages"
        asked = {} if mailbox is None else {"mailbox": mailbox}
        headers = {"Content-Type": "message/rfc822"}
        answer = self._http.post(at, params=asked, content=mail.encode(), headers=headers)
        assert answer.status_code == 202, answer.text

    def lists(self, service: str, path: str) -> list[dict[str, Any]]:
        """All rows of a list, page after page."""
        rows: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            page = self.asks(service, f"{path}{'&' if '?' in path else '?'}limit=200{cursor and f'&cursor={cursor}'}")
            rows += page["items"]
            cursor = page["next"]
        return rows

    def asks(self, service: str, path: str, status: int = 200) -> Any:
        """A query that must be answered with this status."""
        return self._told(self._http.get(f"{self._stack.url(service)}{path}"), status)

    def looks(self, service: str, path: str) -> str | None:
        """What is there for this user, without waiting for anything; none if that is nothing."""
        answer = self._http.get(f"{self._stack.url(service)}{path}", headers={"Dossier-After": "", "Prefer": ""})
        assert answer.status_code in (200, 404), answer.text
        return answer.text if answer.status_code == 200 else None

    def compares(self, typed: dict[str, Any]) -> list[tuple[str, str]]:
        """What an address that is being typed may be a duplicate of: rule and id."""
        answer = self._calls("addresses", "/v1/duplicates", typed, "POST")
        return [(hit["rule"], hit["id"]) for hit in self._told(answer, 200)["items"]]

    def sees(self, path: str) -> dict[str, list[str]]:
        """A page: the codes of the first reason (none where nothing is assigned), by title."""
        rows = self.asks("histories", path)["items"]
        return {row["title"]: [hop["code"] for reason in row["why"][:1] for hop in reason["hops"]] for row in rows}

    def knows_what(self, other: User) -> None:
        """Wait for what another user wrote, too."""
        self._http.headers["Dossier-After"] = other._http.headers["Dossier-After"]

    def _calls(self, service: str, path: str, body: dict[str, Any] | None, method: str) -> httpx.Response:
        return self._http.request(method, f"{self._stack.url(service)}{path}", json=body)

    def _told(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        assert "Dossier-Lacks" not in answer.headers
        return answer.json()


def deliver(stack: Stack, sender: str, subject: str) -> None:
    """Hand in a mail as a mail server does."""
    mail = f"From: {CANARY} <{sender}>\r\nTo: {OFFICE}\r\nSubject: {subject}\r\n\r\nDear {CANARY}.\r\n"
    door = stack.variables["DOSSIER_LMTP_HOST"], int(stack.variables["DOSSIER_LMTP_PORT"])
    with smtplib.LMTP(*door, local_hostname="localhost") as server:
        server.sendmail(sender, [OFFICE], mail)


def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until it holds."""
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.2)
