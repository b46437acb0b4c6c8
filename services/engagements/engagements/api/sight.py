"""What of an engagement a caller may see beyond the engagement itself: links to others, and personal keywords."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.commands import Aggregate
from dossier.contracts.rules import NotFound
from dossier.http.writing import Store
from dossier.ids import stream_id
from dossier.store import CommitStore
from engagements.access import may_see, states, visible
from engagements.aggregates import OPPORTUNITY, PROJECT
from engagements.api.references import KnownStreams
from engagements.domain.engagement import Engagement
from engagements.views.known import Known

E = TypeVar("E", bound=Engagement)
_LINKS = (("project", PROJECT), ("opportunity", OPPORTUNITY))


@dataclass(frozen=True)
class Seen:
    """What may be seen: streams of linked engagements that are `hidden`, and the `groups` whose keywords are not."""

    hidden: frozenset[str]
    groups: frozenset[str]

    def linked(self, kind: str, id: str | None) -> str | None:
        """The id of a linked engagement, none if the caller may not know of it."""
        return None if id is None or stream_id(kind, id) in self.hidden else id

    def keywords(self, state: Engagement) -> list[str]:
        """The keywords that are everybody's or the caller's own (KEY-06)."""
        return [each.id for each in state.keywords if each.group in self.groups]

    def shown(self, state: Engagement) -> dict[str, Any]:
        """What the change log compares: the facts of the state, as far as the caller may see them."""
        facts = {name: value for name, value in vars(state).items() if name not in ("registered", "opened", "stages")}
        facts["keywords"] = self.keywords(state)
        for kind, _ in _LINKS:
            if kind in facts:
                facts[kind] = self.linked(kind, facts[kind])
        return facts


class Sight:
    """Looks up what one caller may see."""

    def __init__(self, store: CommitStore, known: Known, caller: Principal) -> None:
        self._store = store
        self._known = known
        self._caller = caller

    async def of(self, engagements: Sequence[Engagement]) -> Seen:
        """What may be seen with these engagements."""
        owners = await self._known.owners_of_groups(key.group for state in engagements for key in state.keywords)
        groups = frozenset(group for group, owner in owners.items() if self.owns(owner))
        hidden: set[str] = set()
        for kind, aggregate in _LINKS:
            ids = {id for state in engagements if (id := getattr(state, kind, None)) is not None}
            streams = sorted(stream_id(kind, id) for id in ids)
            for stream, state in zip(streams, await states(self._store, aggregate, streams), strict=True):
                if not may_see(state, self._caller):
                    hidden.add(stream)
        return Seen(frozenset(hidden), groups)

    async def history(self, aggregate: Aggregate[E], id: str) -> Callable[[E], object]:
        """What the change log shows of each state the engagement ever had. Raises NotFound if it may not be seen."""
        state, past = aggregate.initial(), [aggregate.initial()]
        for recorded in (await self._store.history(stream_id(aggregate.kind, id))).events:
            state = aggregate.evolve(state, recorded.event())
            past.append(state)
        if len(past) == 1:
            raise NotFound(id)
        visible(state, self._caller)
        return (await self.of(past)).shown

    def owns(self, owner: str | None) -> bool:
        """Whether keywords of this owner's group are there for the caller (KEY-06)."""
        return owner is None or owner == self._caller.user or self._caller.may("feed")


async def _sight(store: Store, known: KnownStreams, caller: Caller) -> Sight:
    return Sight(store, known, caller)


OwnSight = Annotated[Sight, Depends(_sight)]
