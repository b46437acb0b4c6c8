"""Changes of a group's members. They are the most of what providers send, and of a group of thousands too slow for the
library, which compares and copies every entry for each operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

Op = Literal["add", "remove", "replace"]
_MEMBERS = re.compile(
    r"(?:urn:ietf:params:scim:schemas:core:2\.0:Group:)?members(?:\[value eq \"([^\"\\]+)\"\])?", re.IGNORECASE
)


@dataclass(frozen=True)
class Change:
    """Users who join, leave, or are all who stay. A removal that names nobody is of everybody."""

    op: Op
    users: Sequence[str]


def parted(sent: Any) -> tuple[list[Change], Any]:
    """The changes of members, and the request with its other operations, if it has any.

    A request that does something else with members, or that cannot be read, is left whole.
    """
    operations = sent.get("Operations") if isinstance(sent, dict) else None
    if not isinstance(operations, list) or not operations:
        return [], sent
    changes = [(operation, _change(operation)) for operation in operations]
    others = [operation for operation, change in changes if change is None]
    if any("members" in str(operation).lower() for operation in others):
        return [], sent
    understood = [change for _, change in changes if change is not None]
    return understood, {**sent, "Operations": others} if others else None


def applied(changes: Iterable[Change], members: Iterable[str]) -> list[str]:
    """The members after the changes, in the order in which they joined."""
    after = dict.fromkeys(members)
    for change in changes:
        if change.op == "replace" or (change.op == "remove" and not change.users):
            after.clear()
        for user in change.users:
            if change.op == "remove":
                after.pop(user, None)
            else:
                after[user] = None
    return list(after)


def _change(operation: Any) -> Change | None:
    match operation:
        case {"op": str(name), "path": str(path)} if found := _MEMBERS.fullmatch(path):
            op, user, value = name.lower(), found[1], operation.get("value")
        case _:
            return None
    if op == "remove" and user is not None and value is None:
        return Change("remove", [user])
    if user is not None or op not in ("add", "remove", "replace"):
        return None
    if op == "remove" and value is None:
        return Change("remove", [])
    entries = [value] if isinstance(value, dict) else value
    if not _are_members(entries) or (op == "remove" and not entries):
        return None
    return Change(op, [entry["value"] for entry in entries])


def _are_members(entries: Any) -> TypeGuard[list[dict[str, str]]]:
    return isinstance(entries, list) and all(
        isinstance(entry, dict) and isinstance(entry.get("value"), str) for entry in entries
    )
