"""Who may change anything at all, as far as the groups tell that the directory has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from dossier.auth.principals import CapabilityTable


class Groups(Protocol):
    """Who is in which group."""

    async def groups_of(self, users: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The groups that each of these users is in; who is in none is absent."""
        ...


class Workers:
    """Tells whom it makes sense to hand a task to.

    What a user may do is said by the groups of the user's own token, which is not there while others act. Of who is in
    no group here nothing is known.
    """

    def __init__(self, directory: Groups, table: CapabilityTable) -> None:
        self._directory = directory
        self._table = table

    async def reading_only(self, users: Iterable[str]) -> list[str]:
        """Those of these users whose groups do not let them change anything (RGT-01)."""
        asked = list(dict.fromkeys(users))
        groups = await self._directory.groups_of(asked)
        return [user for user in asked if user in groups and not self._table.user(user, groups[user]).may("write")]
