"""From a request to a decision: what the rules need to know is fetched, rights are checked, and the store commits."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from activities.domain.access import Readers, check_left, may_see
from activities.domain.consequences import settled
from activities.domain.corrections import standing
from activities.domain.state import ENGAGEMENT_TYPES, PROJECT_PARTS, Activity, evolve
from dossier.auth.principals import Principal
from dossier.clock import Clock, system_clock
from dossier.commands import NO_EXPECTATION, Aggregate, Loaded, Step, begin, execute, execute_all, load, unchanged
from dossier.contracts import RecordedEvent
from dossier.contracts.activities import ActivityRecorded
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound
from dossier.contracts.tasks import EarlyDeadlineAdded
from dossier.ids import split_stream, stream_id
from dossier.references import ReferenceChecker
from dossier.store import CommitStore, Committed, Metadata, Shared

Decide = Callable[[Activity], Sequence[Event]]
EarlyOnes = Mapping[EarlyDeadlineAdded, Activity]
"""The early deadlines of a deadline in their order, each as it stands; withdrawn ones are none."""
Prepare = Callable[[Activity, EarlyOnes], Awaitable[tuple[Decide, Sequence[Step]]]]
"""From an activity as it stands: what is decided on it, and the parts of others in the same command."""


def _refers(event: Event) -> Iterable[str]:
    """What an activity is a follow-up of, so that it is found from there."""
    earlier = event.follow_up_of if isinstance(event, ActivityRecorded) else None
    return [f"activity-{earlier}"] if earlier else []


ACTIVITY = Aggregate("activity", Activity, evolve, refers=_refers)
AT_ONCE = 50
"""Activities that one request folds at the same moment."""
MOST_FOLLOW_UPS = 200
"""Follow-ups that are told of one activity; histories list all of them."""
_NOWHERE = "project-00000000-0000-4000-8000-000000000000"
"""An engagement that there is not."""


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

    async def names(self, streams: Collection[str]) -> Mapping[str, str]:
        """What these users and groups are called; whoever is not known is absent."""
        ...


@dataclass(frozen=True)
class Order:
    """Who orders a command, how, and against which commit."""

    principal: Principal
    metadata: Metadata
    expected_commit: int | None = None


@dataclass(frozen=True)
class Holding:
    """A guard that a commit holds, and what to look at once the guard was read; `check` raises if it is too late."""

    guard: Shared
    check: Callable[[], Awaitable[object]]


class _NotJudged(Exception):
    """The activity is linked to engagements whose readers were not looked up yet."""

    def __init__(self, engagements: Sequence[str]) -> None:
        self.engagements = engagements


class _Outdated(Exception):
    """What was prepared is for an activity that changed since."""


class _Sight:
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
        """Look up who may see these engagements."""
        self._readers.update(await self._world.readers(engagements))
        self._asked.update(engagements)

    async def learn_in_vain(self) -> None:
        """Before something is refused: look up as much as for what there is, so that the time tells nothing."""
        if not self._asked:
            await self.learn([_NOWHERE])

    @property
    def learned(self) -> bool:
        """Whether anything was looked up."""
        return bool(self._asked)

    def require(self, state: Activity) -> Activity:
        """The state, if it may be seen. Raises NotFound if not, and _NotJudged if that cannot be said yet."""
        if not self._all and state.now is not None and not self._asked.issuperset(state.engagements):
            raise _NotJudged(state.engagements)
        if not self.allows(state):
            raise NotFound("activity")
        return state

    def allows(self, state: Activity) -> bool:
        """Whether the state may be seen, by what was learned of its engagements."""
        return self._all or state.now is None or may_see(state, self._tokens, self._readers)

    def left(self, state: Activity, events: Sequence[Event]) -> Sequence[Event]:
        """The events, if somebody is left who sees it. Raises RuleViolation RGT-05; who is trusted with everything can
        always show it again."""
        if events and not self._all:
            check_left(state, events, self._tokens)
        return events


class Activities:
    """The activities of an installation, as a principal may see and change them.

    What one may not see and what does not exist are the same NotFound, for reading and for every command.
    """

    def __init__(
        self, store: CommitStore, world: World, checker: ReferenceChecker, clock: Clock = system_clock
    ) -> None:
        self.store = store
        self._world = world
        self._checker = checker
        self._clock = clock

    async def read(self, identifier: str, principal: Principal) -> Loaded[Activity]:
        """The activity folded from its events, not from a view: what was written is read. Raises NotFound."""
        loaded = await load(self.store, ACTIVITY, stream_id(ACTIVITY.kind, identifier))
        sight = _Sight(principal, self._world)
        await sight.learn(loaded.state.engagements if loaded.head.exists else ())
        if loaded.head.exists and sight.allows(loaded.state):
            return loaded
        await sight.learn_in_vain()
        raise NotFound("activity")

    async def events(self, identifier: str, principal: Principal) -> Sequence[RecordedEvent]:
        """All events of an activity that the principal may see. Raises NotFound."""
        await self.read(identifier, principal)
        return (await self.store.history(stream_id(ACTIVITY.kind, identifier))).events

    async def check(self, identifier: str, references: Mapping[str, str], principal: Principal) -> None:
        """Check that what a command refers to (field of the request to stream) exists and may be seen.

        Raises RuleViolation REF-01, in the same words and after as much work for what does not exist and what may not
        be seen.
        """
        # A service sends what was decided before: that an address was deleted meanwhile is no reason to lose a mail.
        by_service = principal.user is None
        unseen = await self.hidden(references.values(), principal)
        holder = stream_id(ACTIVITY.kind, identifier)
        await self._checker.check(holder, references, deleted_too=by_service, unseen=unseen)

    async def hidden(self, streams: Iterable[str], principal: Principal) -> set[str]:
        """Those of the engagements and activities among these that the principal may not see."""
        named = [(stream, *split_stream(stream)) for stream in streams]
        engagements = [stream for stream, kind, _ in named if kind in ENGAGEMENT_TYPES]
        activities = {stream: identifier for stream, kind, identifier in named if kind == ACTIVITY.kind}
        seen = await self.seen(activities.values(), principal)
        unseen = {stream for stream, identifier in activities.items() if identifier not in seen}
        return unseen | await _Sight(principal, self._world).hidden(engagements)

    async def readers(self, state: Activity) -> Mapping[str, Readers]:
        """Who may see the engagements it is linked to; one that is not known is absent."""
        return await self._world.readers(state.engagements)

    async def astray(self, state: Activity, principal: Principal) -> list[str]:
        """Its phase and invoice (streams), if they are of another project than its own that the principal may see."""
        own = state.facts.project and stream_id("project", state.facts.project)
        parts = [stream for stream in state.engagements if split_stream(stream)[0] in PROJECT_PARTS]
        if own is None or not parts:
            return []
        others = {part: project for part, project in (await self._world.projects(parts)).items() if project != own}
        hidden = await self.hidden(others.values(), principal)
        return [part for part, project in others.items() if project not in hidden]

    async def called(self, ids: Iterable[str]) -> dict[str, str]:
        """What users and groups among these ids are called, by id, where that is known."""
        streams = [stream_id(kind, each) for each in set(ids) for kind in ("user", "group")]
        return {split_stream(stream)[1]: name for stream, name in (await self._world.names(streams)).items()}

    async def today(self, principal: Principal) -> date:
        """The date where the caller is."""
        return self.today_in(await self.zone(principal))

    def today_in(self, place: tzinfo) -> date:
        """The date there."""
        return self._clock().astimezone(place).date()

    async def zone(self, principal: Principal) -> tzinfo:
        """The zone whose days the caller has; UTC for a service and for a user whose zone is not known."""
        return _place(await self._world.time_zone(principal.user) if principal.user else None)

    async def change(
        self,
        identifier: str,
        order: Order,
        decide: Decide,
        *,
        create: bool = False,
        withdrawn_too: bool = False,
        holding: Holding | None = None,
    ) -> Committed:
        """Decide on an activity that the principal may see, and commit. Raises as `execute`.

        One that was withdrawn is refused (ACT-WITHDRAWN), unless the command is for such, too.
        """
        if order.expected_commit is not None:
            # A conflict tells what changed, so it must not come before the question who asks.
            await self.read(identifier, order.principal)
        sight = _Sight(order.principal, self._world)
        stream = stream_id(ACTIVITY.kind, identifier)

        def decided(state: Activity) -> Sequence[Event]:
            seen = sight.require(state)
            return sight.left(state, settled(state, decide(seen if withdrawn_too else standing(seen))))

        while True:
            try:
                if holding is not None:
                    return await self._holding(holding, stream, decided, order)
                if create:
                    return await begin(self.store, ACTIVITY, stream, decided, order.metadata)
                return await execute(self.store, ACTIVITY, stream, decided, order.metadata, order.expected_commit)
            except _NotJudged as missing:
                await sight.learn(missing.engagements)
            except NotFound:
                if sight.learned:
                    raise
                await sight.learn_in_vain()  # and decide again, as for what is linked to engagements

    async def _holding(self, holding: Holding, stream: str, decided: Decide, order: Order) -> Committed:
        async def plan() -> Sequence[Step]:
            await holding.check()
            return [(ACTIVITY, stream, decided)]

        expected = NO_EXPECTATION if order.expected_commit is None else {stream: order.expected_commit}
        committed = await execute_all(self.store, plan, order.metadata, [holding.guard], expected=expected)
        return committed[0] if committed else unchanged(await self.store.head(stream))

    async def change_prepared(self, identifier: str, order: Order, prepare: Prepare) -> list[Committed]:
        """Change an activity that the principal may see, after something was prepared for the decision.

        It and the others that this concerns are changed in one transaction or not at all; it comes first in the answer.
        Whatever changes it in between, it is prepared anew. Raises as `execute`.
        """
        while True:
            seen = standing((await self.read(identifier, order.principal)).state)
            decide, others = await prepare(seen, await self._early_of(seen))
            stream = stream_id(ACTIVITY.kind, identifier)
            try:
                return await self._commit(stream, order, _of_what_was_seen(seen, decide), others)
            except _Outdated:
                continue

    async def _early_of(self, state: Activity) -> EarlyOnes:
        added = state.task.early
        loaded = await gather(*(load(self.store, ACTIVITY, stream_id(ACTIVITY.kind, each.early)) for each in added))
        return {each: early.state for each, early in zip(added, loaded, strict=True) if not early.state.withdrawn}

    async def _commit(self, stream: str, order: Order, decide: Decide, others: Sequence[Step]) -> list[Committed]:
        if not others:
            return [await execute(self.store, ACTIVITY, stream, decide, order.metadata, order.expected_commit)]
        expected = NO_EXPECTATION if order.expected_commit is None else {stream: order.expected_commit}
        steps = [(ACTIVITY, stream, decide), *others]
        committed = await execute_all(self.store, steps, order.metadata, expected=expected)
        return committed or [unchanged(await self.store.head(stream))]

    async def follow_ups(self, identifier: str, principal: Principal) -> tuple[list[str], bool]:
        """The activities recorded last of those that follow this one up, stand and may be seen, oldest first; whether
        there are more."""
        left = [split_stream(each)[1] for each in await self.store.naming(stream_id(ACTIVITY.kind, identifier))]
        found: list[str] = []
        while left and len(found) <= MOST_FOLLOW_UPS:
            newest = left[: -AT_ONCE - 1 : -1]
            seen = await self.seen(newest, principal)
            found += [each for each in newest if each in seen and not seen[each].withdrawn]
            del left[-AT_ONCE:]
        return found[MOST_FOLLOW_UPS - 1 :: -1], len(found) > MOST_FOLLOW_UPS

    async def seen(self, identifiers: Iterable[str], principal: Principal) -> dict[str, Activity]:
        """Those of these activities that there are and that the principal may see."""
        wanted = list(dict.fromkeys(identifiers))
        there: dict[str, Activity] = {}
        for place in range(0, len(wanted), AT_ONCE):
            some = wanted[place : place + AT_ONCE]
            loaded = await gather(*(load(self.store, ACTIVITY, stream_id(ACTIVITY.kind, each)) for each in some))
            there |= {id: each.state for id, each in zip(some, loaded, strict=True) if each.head.exists}
        sight = _Sight(principal, self._world)
        await sight.learn(sorted({stream for state in there.values() for stream in state.engagements}))
        return {id: state for id, state in there.items() if sight.allows(state)}


def another(identifier: str, decide: Decide) -> Step:
    """The part of another activity in a command."""
    return ACTIVITY, stream_id(ACTIVITY.kind, identifier), lambda state: settled(state, decide(state))


def _of_what_was_seen(seen: Activity, decide: Decide) -> Decide:
    def decided(state: Activity) -> Sequence[Event]:
        if state != seen:
            raise _Outdated
        return settled(state, decide(state))

    return decided


def _place(time_zone: str | None) -> tzinfo:
    try:
        return ZoneInfo(time_zone) if time_zone else UTC
    except (KeyError, ValueError, OSError):
        return UTC
