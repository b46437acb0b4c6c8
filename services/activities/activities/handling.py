"""From a request to a decision: what the rules need to know is fetched, rights are checked, and the store commits."""

from __future__ import annotations

from asyncio import gather
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from functools import reduce
from zoneinfo import ZoneInfo

from activities.domain import keywords
from activities.domain.access import Readers
from activities.domain.consequences import check_reviewed, settled
from activities.domain.corrections import standing
from activities.domain.state import ENGAGEMENT_TYPES, PROJECT_PARTS, Activity, evolve
from activities.sight import Noted, NotJudged, Sight, World, noted, noted_of, notes
from dossier.auth.principals import Principal
from dossier.clock import Clock, system_clock
from dossier.commands import NO_EXPECTATION, Aggregate, Loaded, Step, begin, execute, execute_all, load, unchanged
from dossier.contracts import RecordedEvent
from dossier.contracts.activities import ActivityRecorded
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound
from dossier.ids import split_stream, stream_id
from dossier.references import ReferenceChecker
from dossier.store import CommitStore, Committed, ConflictError, Guard, Metadata, Shared

Decide = Callable[[Activity], Sequence[Event]]


@dataclass(frozen=True)
class Others:
    """Further activities as they stand: any of them, and those that who gives the order may see."""

    fold: Callable[[Sequence[str]], Awaitable[Sequence[Activity]]]
    seen: Callable[[Iterable[str]], Awaitable[Mapping[str, Activity]]]


Prepare = Callable[[Activity, Others], Awaitable[tuple[Decide, Sequence[Step]]]]
"""From an activity as it stands: what is decided on it, and the parts of others in the same command."""


def _refers(event: Event) -> Iterable[str]:
    """What an activity is a follow-up of, so that it is found from there."""
    earlier = event.follow_up_of if isinstance(event, ActivityRecorded) else None
    return [f"activity-{earlier}"] if earlier else []


ACTIVITY = Aggregate("activity", Activity, evolve, refers=_refers, notes=notes)
AT_ONCE = 50
"""Activities that one request folds at the same moment."""
MOST_FOLLOW_UPS = 200
"""Follow-ups that are told of one activity; histories list all of them."""


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


class _Outdated(Exception):
    """What was prepared is for an activity that changed since."""


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
        return await self._read(identifier, Sight(principal, self._world))

    async def _read(self, identifier: str, sight: Sight) -> Loaded[Activity]:
        folded: dict[str, Loaded[Activity]] = {}
        await self._admit(identifier, sight, folded)
        loaded = folded.get(identifier) or await load(self.store, ACTIVITY, stream_id(ACTIVITY.kind, identifier))
        await sight.learn(loaded.state.engagements)  # it may have changed since
        sight.require(loaded.state)
        return loaded

    async def _admit(self, identifier: str, sight: Sight, folded: dict[str, Loaded[Activity]] | None = None) -> None:
        """Raise NotFound unless there is such an activity to be seen: hidden or missing, after as much work."""
        found = (await self._noted([identifier], folded)).get(identifier)
        if found is not None:
            await sight.learn(found.engagements)
            if sight.allows(found):
                return
        await sight.learn_in_vain()
        raise NotFound("activity")

    async def _noted(
        self, identifiers: Sequence[str], folded: dict[str, Loaded[Activity]] | None = None
    ) -> dict[str, Noted]:
        """What decides who sees those of these activities that there are, whatever their past.

        Those that nobody changed since commits note that are folded, and put into `folded` for whoever reads them next.
        """
        last = await gather(*(self.store.noted(stream_id(ACTIVITY.kind, each)) for each in identifiers))
        known = {id: noted(each) for id, each in zip(identifiers, last, strict=True) if each is not None}
        async for id, loaded in self._loaded([id for id, each in known.items() if each is None]):
            known[id] = noted_of(loaded.state)
            if folded is not None:
                folded[id] = loaded
        return {id: each for id, each in known.items() if each is not None}

    async def _loaded(self, identifiers: Sequence[str]) -> AsyncGenerator[tuple[str, Loaded[Activity]]]:
        """These activities, some folded at the same moment."""
        for place in range(0, len(identifiers), AT_ONCE):
            some = identifiers[place : place + AT_ONCE]
            streams = (stream_id(ACTIVITY.kind, each) for each in some)
            loaded = await gather(*(load(self.store, ACTIVITY, stream) for stream in streams))
            for each in zip(some, loaded, strict=True):
                yield each

    async def events(self, identifier: str, principal: Principal) -> Sequence[RecordedEvent]:
        """All events of an activity that the principal may see. Raises NotFound."""
        sight = Sight(principal, self._world)
        await self._admit(identifier, sight)
        events = (await self.store.history(stream_id(ACTIVITY.kind, identifier))).events
        await _require(events, sight)  # it may have changed since
        return events

    async def check(self, identifier: str, references: Mapping[str, str], principal: Principal) -> None:
        """Check that what a command refers to (field of the request to stream) exists and may be seen.

        Raises RuleViolation REF-01, in the same words and after as much work for what does not exist and what may not
        be seen; while the owner of engagements is away, for all that are not known here.
        """
        # A service sends what was decided before: that an address was deleted meanwhile is no reason to lose a mail.
        by_service = principal.user is None
        unseen = await self.hidden(references.values(), principal)
        hideable = (
            () if by_service else [each for each in references.values() if split_stream(each)[0] in ENGAGEMENT_TYPES]
        )
        holder = stream_id(ACTIVITY.kind, identifier)
        await self._checker.check(holder, references, deleted_too=by_service, unseen=unseen, hideable=hideable)

    async def check_keywords(
        self, asked: Sequence[str], there: Sequence[str], principal: Principal, field: str
    ) -> None:
        """Check the keywords that an activity is to have beside those that are there. Raises RuleViolation."""
        if not set(asked).issubset(there):
            keywords.check(asked, there, await self._world.keyword_groups(), principal.user, field)

    async def hidden_keywords(self, principal: Principal) -> frozenset[str]:
        """The keywords that somebody else keeps to oneself."""
        return keywords.of_others(await self._world.keyword_groups(), principal.user)

    async def hidden(self, streams: Iterable[str], principal: Principal) -> set[str]:
        """Those of the engagements and activities among these that the principal may not see."""
        named = [(stream, *split_stream(stream)) for stream in streams]
        engagements = [stream for stream, kind, _ in named if kind in ENGAGEMENT_TYPES]
        activities = {stream: identifier for stream, kind, identifier in named if kind == ACTIVITY.kind}
        seen = await self.seen(activities.values(), principal)
        unseen = {stream for stream, identifier in activities.items() if identifier not in seen}
        return unseen | await Sight(principal, self._world).hidden(engagements)

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
        return self.today_in(await self.zone(principal.user))

    def today_in(self, place: tzinfo) -> date:
        """The date there."""
        return self._clock().astimezone(place).date()

    async def zone(self, user: str | None) -> tzinfo:
        """The zone whose days the user has; UTC for a service and for a user whose zone is not known."""
        return _place(await self._world.time_zone(user) if user else None)

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
        sight = Sight(order.principal, self._world)
        if not create:
            # A conflict tells what changed, so it must not come before the question who asks.
            await self._admit(identifier, sight)
        stream = stream_id(ACTIVITY.kind, identifier)

        def decided(state: Activity) -> Sequence[Event]:
            seen = sight.require(state)
            events = settled(state, decide(seen if withdrawn_too else standing(seen)))
            check_reviewed(state, events, order.principal.tokens)
            return sight.left(state, events)

        while True:
            try:
                if create:
                    return await begin(self.store, ACTIVITY, stream, decided, order.metadata)
                return await self._decided(stream, decided, order, holding, sight)
            except NotJudged as missing:
                await sight.learn(missing.engagements)
            except NotFound:
                if sight.learned:
                    raise
                await sight.learn_in_vain()  # and decide again, as for what is linked to engagements

    async def _decided(
        self, stream: str, decided: Decide, order: Order, holding: Holding | None, sight: Sight
    ) -> Committed:
        async with _judged(sight):
            if holding is not None:
                return await self._holding(holding, stream, decided, order)
            return await execute(self.store, ACTIVITY, stream, decided, order.metadata, order.expected_commit)

    async def _holding(self, holding: Holding, stream: str, decided: Decide, order: Order) -> Committed:
        async def plan() -> Sequence[Step]:
            await holding.check()
            return [(ACTIVITY, stream, decided)]

        expected = NO_EXPECTATION if order.expected_commit is None else {stream: order.expected_commit}
        committed = await execute_all(self.store, plan, order.metadata, [holding.guard], expected=expected)
        return committed[0] if committed else unchanged(await self.store.head(stream))

    async def change_prepared(
        self, identifier: str, order: Order, prepare: Prepare, *, withdrawn_too: bool = False
    ) -> list[Committed]:
        """Change an activity that the principal may see, after something was prepared for the decision.

        It and the others that this concerns are changed in one transaction or not at all; it comes first in the answer.
        Whatever changes it in between, it is prepared anew. One that was withdrawn is refused (ACT-WITHDRAWN), unless
        the command is for such, too. A repeated request has its first answer, whatever it would change by now. Raises
        as `execute`.
        """
        while True:
            sight = Sight(order.principal, self._world)
            seen = (await self._read(identifier, sight)).state
            if (key := order.metadata.key) and (first := await self.store.answered(key)):
                return first
            if not withdrawn_too:
                standing(seen)
            guards = _family(identifier, seen, by_itself=withdrawn_too)
            with suppress(_Outdated):
                async with _judged(sight):
                    return await self._prepared(identifier, order, seen, prepare, guards, sight)

    async def _prepared(
        self,
        identifier: str,
        order: Order,
        seen: Activity,
        prepare: Prepare,
        guards: Sequence[Guard],
        sight: Sight,
    ) -> list[Committed]:
        stream = stream_id(ACTIVITY.kind, identifier)
        others = Others(self._folded, lambda ids: self.seen(ids, order.principal))

        async def plan() -> Sequence[Step]:
            decide, more = await prepare(seen, others)
            return [(ACTIVITY, stream, _of_what_was_seen(seen, decide, sight)), *more]

        steps = plan if guards else await plan()
        if not callable(steps) and len(steps) == 1:
            ((_, _, decide),) = steps
            return [await execute(self.store, ACTIVITY, stream, decide, order.metadata, order.expected_commit)]
        expected = NO_EXPECTATION if order.expected_commit is None else {stream: order.expected_commit}
        committed = await execute_all(self.store, steps, order.metadata, guards, expected=expected)
        return committed or [unchanged(await self.store.head(stream))]

    async def _folded(self, identifiers: Sequence[str]) -> list[Activity]:
        return [each.state async for _, each in self._loaded(identifiers)]

    async def follow_ups(self, identifier: str, principal: Principal) -> tuple[list[str], bool]:
        """Those that follow this one up, stand and may be seen: the last, oldest first, and whether there are more."""
        sight, told = Sight(principal, self._world), list[str]()
        named = (await self.store.naming(stream_id(ACTIVITY.kind, identifier)))[::-1]
        while named and len(told) <= MOST_FOLLOW_UPS:
            some, named = named[: MOST_FOLLOW_UPS + 1], named[MOST_FOLLOW_UPS + 1 :]
            told += await self._standing([split_stream(each)[1] for each in some], sight)
        return told[:MOST_FOLLOW_UPS][::-1], len(told) > MOST_FOLLOW_UPS

    async def _standing(self, identifiers: Sequence[str], sight: Sight) -> list[str]:
        """Those of these activities that stand and may be seen, in the same order."""
        visible = await self._visible(identifiers, sight)
        unsaid = [id for id, each in visible.items() if each.withdrawn is None]
        gone = {id async for id, loaded in self._loaded(unsaid) if loaded.state.withdrawn}
        return [id for id, each in visible.items() if not each.withdrawn and id not in gone]

    async def seen(self, identifiers: Iterable[str], principal: Principal) -> dict[str, Activity]:
        """Those of these activities that there are and that the principal may see."""
        sight = Sight(principal, self._world)
        folded: dict[str, Loaded[Activity]] = {}
        visible = await self._visible(list(dict.fromkeys(identifiers)), sight, folded)
        async for id, loaded in self._loaded([id for id in visible if id not in folded]):
            folded[id] = loaded
        return {id: folded[id].state for id in visible if sight.allows(folded[id].state)}

    async def _visible(
        self, identifiers: Sequence[str], sight: Sight, folded: dict[str, Loaded[Activity]] | None = None
    ) -> dict[str, Noted]:
        """What is noted of those of these activities that there are and that may be seen, in the same order.

        None of them that a commit notes is read; what that still tells is said in docs/adr/store-noted.md.
        """
        there = await self._noted(identifiers, folded)
        await sight.learn(sorted({stream for each in there.values() for stream in each.engagements}))
        return {id: each for id, each in there.items() if sight.allows(each)}


def another(identifier: str, decide: Decide) -> Step:
    """The part of another activity in a command."""
    return ACTIVITY, stream_id(ACTIVITY.kind, identifier), lambda state: settled(state, decide(state))


async def _require(told: Sequence[RecordedEvent], sight: Sight) -> None:
    """Raise NotFound unless an activity with this past, which is to be told of, may be seen."""
    state = reduce(evolve, (each.event() for each in told), Activity())
    await sight.learn(state.engagements)
    sight.require(state)


@asynccontextmanager
async def _judged(sight: Sight) -> AsyncGenerator[None]:
    """A conflict in here tells what changed, so it must be seen by what it is after that."""
    try:
        yield
    except ConflictError as conflict:
        if conflict.history:
            await _require(conflict.history, sight)
        raise


def _family(identifier: str, seen: Activity, *, by_itself: bool) -> list[Guard]:
    """What keeps a deadline and its early ones from being changed at once, each by what the other was.

    A deadline is looked at where an early one goes or comes `by_itself`, which no commit of the deadline's tells.
    """
    if seen.task.early_of is not None:
        return [f"early-deadlines-{seen.task.early_of.deadline}"] if by_itself else []
    return [Shared(f"early-deadlines-{identifier}")] if seen.task.early else []


def _of_what_was_seen(seen: Activity, decide: Decide, sight: Sight) -> Decide:
    def decided(state: Activity) -> Sequence[Event]:
        if state != seen:
            raise _Outdated
        return sight.left(state, settled(state, decide(state)))

    return decided


def _place(time_zone: str | None) -> tzinfo:
    try:
        return ZoneInfo(time_zone) if time_zone else UTC
    except (KeyError, ValueError, OSError):
        return UTC
