"""What the directory says of the one who reads: which day it is there, which teams are led, whom one stands in for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from dossier.clock import Clock
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.mongo import Collection, Document
from histories.domain.documents import Node
from histories.views.collections import LED, MEMBERS, REPRESENTED

MOST_MEMBERS = 200
"""Members whose lists are merged into one."""


class Team(NamedTuple):
    """A group that the reader leads, or a leader whom the reader stands in for."""

    group: str
    leaders: list[str]
    members: list[str]


class People:
    """Questions about users and groups, which go by their ids.

    Of those that are set aside (`parked`) nobody is a member, leader or deputy: a later event may have ended that.
    """

    def __init__(self, nodes: Collection, parked: Iterable[str]) -> None:
        self._nodes = nodes
        self._certain: Document = {"_id": {"$nin": sorted(parked)}}

    async def zone(self, user: str | None) -> tzinfo:
        """The user's time zone; UTC for a service, a user nobody has told of, and a zone nobody knows."""
        node = await self._user(user) if user else None
        try:
            return ZoneInfo(node["facts"]["time_zone"] if node else "UTC")
        except (KeyError, ValueError, OSError):
            return ZoneInfo("UTC")

    async def knows(self, user: str) -> bool:
        """Whether the directory told of the user."""
        return await self._user(user) is not None

    async def today(self, user: str | None, clock: Clock) -> date:
        """The date where the user is."""
        return clock().astimezone(await self.zone(user)).date()

    async def represented(self, user: str, today: date) -> list[str]:
        """Those whom the user stands in for on this day, both days of a deputyship inclusive (NOT-17)."""
        standing_in = {"facts.deputies.user": user, **self._certain}
        found = self._nodes.find(standing_in, {"facts.deputies": 1}).hint(REPRESENTED)
        day = today.isoformat()
        return sorted([node["_id"][-36:] async for node in found if _stands_in(node["facts"]["deputies"], user, day)])

    async def teams(self, user: str, represented: Iterable[str]) -> list[Team]:
        """The active groups that the user leads, or somebody whom the user stands in for.

        A deputy has the leader's role towards the team and no right on the leader (RGT-09): a represented leader who is
        a member too is left out.
        """
        wanted = [user, *represented]
        led = {"facts.leaders": {"$in": wanted}, "facts.is_active": {"$ne": False}, **self._certain}
        found = self._nodes.find(led, {"facts": 1}).hint(LED).sort("_id")
        return [_team(node, user, set(wanted)) async for node in found]

    async def team(self, user: str, group: str | None, today: date) -> list[str]:
        """The members of a group, or of all groups, that the user may see the lists of (ACT-19).

        Raises NotFound for a group that the user does not lead, and RuleViolation ACT-19 for too many members at once.
        """
        teams = await self.teams(user, await self.represented(user, today))
        chosen = [team for team in teams if group in (None, team.group)]
        if group is not None and not chosen:
            raise NotFound(group)
        members = sorted({member for team in chosen for member in team.members})
        if len(members) > MOST_MEMBERS:
            raise RuleViolation("ACT-19", f"more than {MOST_MEMBERS} members: choose a smaller group", "group")
        return members

    async def require_list_of(self, user: str, reader: str, today: date) -> None:
        """Raises NotFound unless the reader is the user, stands in for the user, or leads a group the user is in."""
        if user == reader:
            return
        represented = await self.represented(reader, today)
        if user in represented:
            return
        if any(user in team.members for team in await self.teams(reader, represented)):
            return
        raise NotFound(user)

    async def groups(self, user: str) -> list[str]:
        """The groups the user is a member of."""
        found = self._nodes.find({"facts.members": user, **self._certain}, {"_id": 1}).hint(MEMBERS).sort("_id")
        return [node["_id"][-36:] async for node in found]

    async def _user(self, user: str) -> Node | None:
        return cast("Node | None", await self._nodes.find_one({"_id": f"user-{user}"}, {"facts": 1}))


def _stands_in(deputies: list[dict[str, Any]], user: str, day: str) -> bool:
    return any(
        deputy["user"] == user
        and (deputy["first_day"] is None or deputy["first_day"] <= day)
        and (deputy["last_day"] is None or day <= deputy["last_day"])
        for deputy in deputies
    )


def _team(node: Document, user: str, wanted: set[str]) -> Team:
    facts = node["facts"]
    leading = wanted & set(facts["leaders"])
    # Who leads the group in person sees all of it; a deputy of its leader not that leader.
    hidden: set[str] = set() if user in leading else leading
    return Team(node["_id"][-36:], facts["leaders"], [m for m in facts.get("members", ()) if m not in hidden])
