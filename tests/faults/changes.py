"""Activities that all callers record and change at once: fields, links, corrections, their place, who sees them."""

from __future__ import annotations

from typing import Any

from dossier.ids import new_id
from faults.cast import READERS, USER_IDS, Cast
from faults.client import Clients
from faults.model import Effect, assigned, joined, left, linked, moved, put, unlinked

Change = tuple[str, str, dict[str, Any], Effect]
"""The end of its path, its method, its body, and what it means."""
_BEGUN: dict[str, Any] = {
    "addresses": (),
    "project": None,
    "completed_on": None,
    "due_on": None,
    "main": None,
    "further": frozenset[str](),
    "visibility": "everyone",
    "grants": frozenset[str](),
    "author": USER_IDS["anna"],
    "withdrawn": False,
    "pinned": frozenset[str](),
    "hidden": frozenset[str](),
    "documents": {},
    "working": frozenset[tuple[str, str]](),
    "offered_to": None,
    "reviewer": None,
    "approved": None,
    "early": frozenset[str](),
    "early_of": None,
    "recurrence": None,
}
"""What is so of an activity of which nothing else was said."""


def recorded(**facts: Any) -> Effect:
    """It entered the history with these facts, and nothing else is known of it."""
    return put(**(_BEGUN | facts))


def stream_of(reference: dict[str, str]) -> str:
    """The stream of a reference."""
    return f"{reference['type']}-{reference['id']}"


class Changes:
    """What callers do to activities that are everybody's."""

    def __init__(self, clients: Clients, cast: Cast) -> None:
        self._clients = clients
        self._cast = cast
        self._random = cast.random
        self._number = 0

    async def record(self) -> None:
        """Another activity."""
        activity, address, title = new_id(), self._cast.address(), self.title()
        body = {
            "id": activity,
            "kind": self._random.choice(("call", "meeting", "note")),
            "title": title,
            "occurred_on": f"2026-0{self._random.randint(1, 9)}-1{self._random.randint(0, 9)}",
            "address": address,
        }
        means = {f"activity-{activity}": recorded(title=title, addresses=(stream_of(address),))}
        if await self._clients.send("record", "/v1/activities", body, means=means):
            self._clients.notes.activities.append(activity)

    async def change(self) -> None:
        """Something about one of the last activities."""
        if not self._clients.notes.activities:
            return
        activity = self._random.choice(self._clients.notes.activities[-200:])
        changes = [*self._fields(), *self._links(), *self._places(), *self._doors()]
        tail, method, body, effect = self._random.choice(changes)
        path = f"/v1/activities/{activity}/{tail}"
        await self._clients.send(tail, path, body, means={f"activity-{activity}": effect}, method=method)

    async def move_contact(self) -> None:
        """A contact was with another company all the time."""
        contact, company = self._random.choice(self._cast.contacts), self._random.choice(self._cast.companies)
        path, body = f"/v1/contacts/{contact}/correct-company", {"company": company, "reason": "storm"}
        means = {f"contact-{contact}": put(company=company)}
        await self._clients.send("correct-company", path, body, means=means, service="addresses")

    def title(self) -> str:
        """Words that nothing else is called."""
        self._number += 1
        return f"Nummer {self._number}"

    def _fields(self) -> list[Change]:
        title, due, user = self.title(), f"2027-03-{self._random.randint(1, 28):02}", self._user()
        main = self._random.random() < 0.5
        return [
            ("corrections", "POST", {"changes": {"title": title}}, put(title=title)),
            ("complete", "POST", {"completed_on": "2026-10-05"}, put(completed_on="2026-10-05")),
            ("reopen", "POST", {}, put(completed_on=None)),
            ("due", "PUT", {"on": due}, put(due_on=due)),
            ("responsible", "POST", {"user": user, "main": main}, assigned(user, main=main)),
        ]

    def _links(self) -> list[Change]:
        address, other, project = self._cast.address(), self._cast.address(), self._random.choice(self._cast.projects)
        to_project = {"object": {"type": "project", "id": project}}
        changes: list[Change] = [
            ("links", "POST", {"object": address}, linked(stream_of(address))),
            ("unlinks", "POST", {"object": address}, unlinked(stream_of(address))),
            ("links", "POST", to_project, put(project=project)),
        ]
        if address != other:
            effect = moved(stream_of(address), stream_of(other))
            changes += [("move", "POST", {"former": address, "to": other, "reason": "storm"}, effect)] * 2
        return changes

    def _places(self) -> list[Change]:
        place = self._cast.address()
        body, stream = {"object": place}, stream_of(place)
        return [
            ("pin", "POST", body, joined("pinned", stream)),
            ("unpin", "POST", body, left("pinned", stream)),
            ("hide", "POST", body, joined("hidden", stream)),
            ("show", "POST", body, left("hidden", stream)),
            ("withdraw", "POST", {"reason": "storm"}, put(withdrawn=True)),
            *[("restore", "POST", {"reason": "storm"}, put(withdrawn=False))] * 2,
        ]

    def _doors(self) -> list[Change]:
        user = self._user()
        visibility, grants = self._random.choice(("everyone", "granted")), {"grants": [{"to": "user", "id": user}]}
        return [
            ("visibility", "PUT", {"visibility": visibility}, put(visibility=visibility)),
            ("grants", "POST", grants, joined("grants", f"user:{user}")),
            ("grants/revoke", "POST", grants, left("grants", f"user:{user}")),
        ]

    def _user(self) -> str:
        return USER_IDS[self._random.choice(READERS)]
