"""What users enter in these tests, and where they look for it afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from e2e.people import User

COLLECTIONS = {"company": "companies", "person": "persons", "contact": "contacts", "couple": "couples"}
"""Where each type of address is found, by type."""
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def word() -> str:
    """A word that is nowhere else in the stack: names with it are found alone."""
    return uuid.uuid4().hex.translate(_LETTERS).title()


def path(kind: str, id: str) -> str:
    """Where an address is read and changed."""
    return f"/v1/{COLLECTIONS[kind]}/{id}"


def entered(user: User, kind: str, **body: Any) -> str:
    """An address; its id."""
    return user.writes("addresses", f"/v1/{COLLECTIONS[kind]}", body)["id"]


def company(user: User, name: str = "Acme AG", **more: Any) -> str:
    return entered(user, "company", name=name, **more)


def person(user: User, last_name: str, first_name: str = "", **more: Any) -> str:
    return entered(user, "person", last_name=last_name, first_name=first_name, **more)


def contact(user: User, of: str, **more: Any) -> str:
    return entered(user, "contact", company=of, **more)


def record(user: User, title: str, kind: str, id: str, **more: Any) -> str:
    """A call with an address; its id."""
    return activity(user, title, address={"type": kind, "id": id}, **more)


def activity(user: User, title: str, **more: Any) -> str:
    """A call, or what `kind` says; its id."""
    return user.writes("activities", "/v1/activities", {"kind": "call", "title": title, **more})["id"]


def project(user: User, title: str, **more: Any) -> str:
    """A project under a code of its own; its id."""
    return user.writes("engagements", "/v1/projects", {"code": word()[:20], "title": title, **more})["id"]


def shows_to(user: User, what: str, id: str, *readers: str) -> None:
    """Let nobody but these users see a project (`projects`) or the like."""
    user.writes("engagements", f"/v1/{what}/{id}/restriction", {"users": list(readers), "groups": []}, "PUT")


def opportunity(user: User, title: str, kind: str, id: str, **more: Any) -> str:
    body = {"title": title, "address": {"type": kind, "id": id}, **more}
    return user.writes("engagements", "/v1/opportunities", body)["id"]


def keywords(user: User, group: str) -> dict[str, str]:
    """The ids of the keywords that a shared group offers, by name."""
    groups = user.asks("addresses", "/v1/keyword-groups?limit=200")["items"]
    return {each["name"]: each["id"] for found in groups if found["name"] == group for each in found["keywords"]}


def page(user: User, kind: str, id: str, query: str = "") -> dict[str, Any]:
    """Everything that the user sees of an address."""
    return user.asks("addresses", f"/v1/addresses/{kind}-{id}{query}")


def found(user: User, query: str) -> list[str]:
    """The aliases that a search lists."""
    return [row["alias"] for row in user.asks("addresses", f"/v1/addresses?{query}")["items"]]


def history(user: User, kind: str, id: str, query: str = "") -> dict[str, list[str]]:
    """The titles on an address's page of activities, each with the way on which it came there."""
    return user.sees(f"{path(kind, id)}/history{query}")


def changes(user: User, kind: str, id: str) -> list[dict[str, Any]]:
    """The change log of an address, newest first."""
    return user.asks("addresses", f"{path(kind, id)}/changes")["items"]


def aliases(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """How the addresses of a list are called."""
    return [row["alias"] for row in rows]


def values(shown: Mapping[str, Any]) -> list[str]:
    """The values of all effective channels on a page."""
    return [channel["value"] for channel in shown["channels"]]


def defaults(shown: Mapping[str, Any]) -> dict[str, str]:
    """The channel in use of each kind on a page."""
    return {channel["kind"]: channel["value"] for channel in shown["channels"] if channel["is_default"]}
