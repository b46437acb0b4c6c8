"""What a principal may see of activities: by what their events say, and by what their last commits note of that.

The note is there so that what is hidden takes no longer to refuse than what there is not, however long its past.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

from activities.domain.access import Readers, Seen, check_left, may_see
from activities.domain.keywords import KeywordGroup
from activities.domain.state import Activity, evolve
from dossier.auth.principals import Principal
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound
from dossier.ids import NOBODY, stream_id

_MEANING = 2
"""Raise it whenever `Activity.readers`, `insiders`, `engagements` or `withdrawn` come to mean something else: what was
noted before is then not gone by."""
_OF_SIGHT_ALONE = 1
"""What was noted under this number means the same, but does not say whether it was withdrawn."""


@dataclass(frozen=True)
class Noted:
    """What a commit notes of an activity: who sees it (see `Seen`), and whether it was withdrawn, none if unsaid."""

    readers: Readers
    insiders: frozenset[str]
    engagements: tuple[str, ...]
    withdrawn: bool | None


def notes(state: Activity) -> Mapping[str, Any]:
    """What a commit that leaves the activity like this notes of it."""
    noted: dict[str, Any] = {"meaning": _MEANING}
    if state.readers is not None:
        noted["readers"] = sorted(state.readers)
    if state.engagements:
        noted |= {"engagements": list(state.engagements), "insiders": sorted(state.insiders)}
    if state.withdrawn:
        noted["withdrawn"] = True
    return noted


def noted_of(state: Activity) -> Noted:
    """What a commit that leaves the activity like this would note of it."""
    return Noted(state.readers, state.insiders, state.engagements, state.withdrawn)


def noted(document: Mapping[str, Any]) -> Noted | None:
    """What was noted, if it was, and means what it means now."""
    meaning = document.get("meaning")
    if meaning not in (_MEANING, _OF_SIGHT_ALONE):
        return None
    readers = frozenset(document["readers"]) if "readers" in document else None
    insiders, engagements = frozenset(document.get("insiders", ())), tuple(document.get("engagements", ()))
    return Noted(readers, insiders, engagements, document.get("withdrawn", False) if meaning == _MEANING else None)


class World(Protocol):
    """What this service knows of the others."""

    async def readers(self, engagements: Sequence[str]) -> Mapping[str, Readers]:
        """Who may see these engagements; one that is not known is absent."""
        ...

    async def parked(self, engagements: Sequence[str]) -> set[str]:
        """Those of which later events are not known, one of which may have restricted them."""
        ...

    async def projects(self, engagements: Sequence[str]) -> Mapping[str, str]:
        """The projects (streams) that these phases and invoices are of; one that has none is absent."""
        ...

    async def time_zone(self, user: str) -> str | None:
        """The user's time zone, if the user is known."""
        ...

    async def keyword_groups(self) -> Sequence[KeywordGroup]:
        """All groups of keywords."""
        ...

    async def names(self, streams: Collection[str]) -> Mapping[str, str]:
        """What these users and groups are called; whoever is not known is absent."""
        ...


class NotJudged(Exception):
    """The activity is linked to engagements whose readers were not looked up yet."""

    def __init__(self, engagements: Sequence[str]) -> None:
        self.engagements = engagements


class Sight:
    """What a principal may see. The mail gateway and its like are trusted with everything (capability `feed`)."""

    def __init__(self, principal: Principal, world: World) -> None:
        self._all = principal.service is not None and principal.may("feed")
        self._tokens = frozenset(principal.tokens)
        self._world = world
        self._asked: set[str] = set()
        self._readers: dict[str, Readers] = {}

    async def hidden(self, engagements: Sequence[str]) -> set[str]:
        """Which of these engagements may not be seen. Of one that is not known yet nothing is there to be seen, and
        one that is set aside is there for nobody."""
        if self._all or not engagements:
            return set()
        parked, _ = await gather(self._world.parked(engagements), self.learn(engagements))
        readers = ((stream, self._readers.get(stream)) for stream in engagements)
        unseen = {stream for stream, allowed in readers if allowed is not None and allowed.isdisjoint(self._tokens)}
        return unseen | parked

    async def learn(self, engagements: Sequence[str]) -> None:
        """Look up who may see these engagements, as far as that was not done before."""
        if missing := [each for each in engagements if each not in self._asked]:
            self._readers.update(await self._world.readers(missing))
            self._asked.update(missing)

    async def learn_in_vain(self) -> None:
        """Before something is refused: look up as much as for what there is, so that the time tells nothing."""
        if not self._asked:
            await self.learn([stream_id("project", NOBODY)])

    @property
    def learned(self) -> bool:
        """Whether anything was looked up."""
        return bool(self._asked)

    def require(self, state: Activity) -> Activity:
        """The state, if it may be seen. Raises NotFound if not, and NotJudged if that cannot be said yet."""
        if not self._all and state.now is not None and not self._asked.issuperset(state.engagements):
            raise NotJudged(state.engagements)
        if state.now is not None and not self.allows(state):
            raise NotFound("activity")
        return state

    def allows(self, state: Seen) -> bool:
        """Whether an activity like this may be seen, by what was learned of its engagements."""
        return self._all or may_see(state, self._tokens, self._readers)

    def left(self, state: Activity, events: Sequence[Event]) -> Sequence[Event]:
        """The events, if somebody is left who sees it. Raises RuleViolation RGT-05, and NotJudged if that cannot be
        said yet; who is trusted with everything can always show it again."""
        if not events or self._all or state.now is None:
            return events
        engagements = reduce(evolve, events, state).engagements
        if not self._asked.issuperset(engagements):
            raise NotJudged(engagements)
        check_left(state, events, self._tokens, self._readers)
        return events
