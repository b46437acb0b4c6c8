"""From a command to a commit: execute and execute_all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from dossier.commands import Aggregate, Decide, Held, Step, begin, execute, execute_all, load
from dossier.contracts import Event
from dossier.contracts.addresses import CompanyRegistered, CompanyRenamed
from dossier.contracts.rules import Gone, NotFound, RuleViolation
from dossier.ids import new_id
from dossier.mongo import Database, Mongo
from dossier.store import (
    CommitStore,
    Committed,
    ConflictError,
    History,
    IdempotencyKey,
    KeyReusedError,
    Reservation,
    ReservedError,
    TooLargeError,
)
from dossier.store.documents import MAX_EVENTS
from dossier.testing.store_behaviour import commit, company, metadata, renamed

Names = tuple[str, ...]


def evolve(names: Names, event: Event) -> Names:
    match event:
        case CompanyRegistered(name=name) | CompanyRenamed(name=name):
            return (*names, name)
        case _:
            return names


COMPANY: Aggregate[Names] = Aggregate("company", tuple, evolve)


class Rename:
    """A decision that counts how often it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[Names] = []

    def __call__(self, state: Names) -> Sequence[Event]:
        self.seen.append(state)
        return [] if self.name in state else renamed(self.name)


class CountingStore(CommitStore):
    """Counts how often a stream is read."""

    reads = 0

    async def history(self, stream: str) -> History:
        self.reads += 1
        return await super().history(stream)


@pytest.fixture
async def store(mongo: Mongo, database: Database) -> AsyncIterator[CountingStore]:
    store = CountingStore(mongo, database, "addresses", reservation_key=b"only for tests")
    await store.start()
    yield store
    await store.stop()


@pytest.fixture
async def stream(store: CommitStore) -> str:
    stream = company()
    await execute(store, COMPANY, stream, lambda _: [CompanyRegistered(name="first")], metadata(), create=True)
    return stream


def key(fingerprint: str = "print", name: str = "") -> IdempotencyKey:
    return IdempotencyKey("user:1|POST /x", name or new_id(), fingerprint)


async def names(store: CommitStore, stream: str) -> Names:
    return (await load(store, COMPANY, stream)).state


async def test_what_is_begun_is_written_before_anything_is_read(store: CountingStore) -> None:
    decide, stream = Rename("first"), company()
    committed = await begin(store, COMPANY, stream, decide, metadata())
    assert (committed.commit, decide.seen, store.reads) == (1, [()], 0)
    assert await names(store, stream) == ("first",)


async def test_what_was_begun_before_is_decided_on_as_it_stands(store: CommitStore, stream: str) -> None:
    decide = Rename("first")
    committed = await begin(store, COMPANY, stream, decide, metadata())
    assert (committed.events, decide.seen) == ((), [(), ("first",)])


async def test_a_refusal_is_judged_on_what_there_is(store: CommitStore, stream: str) -> None:
    def decide(state: Names) -> Sequence[Event]:
        if state:
            return renamed("second")
        raise RuleViolation("X-01", "not on nothing")

    assert (await begin(store, COMPANY, stream, decide, metadata())).commit == 2
    with pytest.raises(RuleViolation, match="not on nothing"):
        await begin(store, COMPANY, company(), decide, metadata())


async def test_of_many_that_begin_the_same_one_does(store: CommitStore) -> None:
    stream = company()
    committed = await asyncio.gather(*(begin(store, COMPANY, stream, Rename("first"), metadata()) for _ in range(20)))
    assert sum(bool(each.events) for each in committed) == 1


async def test_begun_again_with_the_same_key_it_is_the_first_answer(store: CommitStore) -> None:
    stream, same = company(), key()
    for name in ("first", "second"):
        committed = await begin(store, COMPANY, stream, Rename(name), metadata(key=same))
        assert (committed.commit, committed.replayed) == (1, name == "second")


async def test_a_command_is_decided_on_the_folded_stream(store: CommitStore, stream: str) -> None:
    decide = Rename("second")
    committed = await execute(store, COMPANY, stream, decide, metadata())
    assert decide.seen == [("first",)]
    assert (committed.commit, committed.last) == (2, 2)
    assert await names(store, stream) == ("first", "second")


async def test_what_does_not_exist_is_not_found_unless_it_is_created(store: CommitStore) -> None:
    with pytest.raises(NotFound):
        await execute(store, COMPANY, company(), Rename("x"), metadata())
    assert (await execute(store, COMPANY, company(), Rename("x"), metadata(), create=True)).commit == 1


async def test_no_events_commit_nothing_and_answer_the_present_head(store: CommitStore, stream: str) -> None:
    committed = await execute(store, COMPANY, stream, Rename("first"), metadata())
    assert (committed.commit, committed.last, list(committed.events)) == (1, 1, [])
    assert (await store.head(stream)).commit == 1


async def test_a_refusal_writes_nothing(store: CommitStore, stream: str) -> None:
    def refuse(_: Names) -> Sequence[Event]:
        raise RuleViolation("ADR-01", "no")

    with pytest.raises(RuleViolation):
        await execute(store, COMPANY, stream, refuse, metadata())
    assert (await store.head(stream)).commit == 1


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
async def test_another_commit_than_expected_is_a_conflict_that_tells_what_came_since(
    store: CommitStore, stream: str, expected: int
) -> None:
    await execute(store, COMPANY, stream, Rename("second"), metadata(), expected_commit=1)
    with pytest.raises(ConflictError) as conflict:
        await execute(store, COMPANY, stream, Rename("third"), metadata(), expected_commit=expected)
    assert [event.commitsequence for event in conflict.value.since] == [n for n in (1, 2) if n > expected]
    assert conflict.value.actual.commit == 2
    assert await names(store, stream) == ("first", "second")


async def test_rivals_without_expectation_are_all_decided_on_what_came_before(store: CommitStore, stream: str) -> None:
    await asyncio.gather(*(execute(store, COMPANY, stream, Rename(f"n{i}"), metadata()) for i in range(8)))
    assert sorted(await names(store, stream)) == ["first", *(f"n{i}" for i in range(8))]


async def test_of_rivals_with_the_same_expectation_one_wins(store: CommitStore, stream: str) -> None:
    rivals = (execute(store, COMPANY, stream, Rename(f"n{i}"), metadata(), expected_commit=1) for i in range(8))
    results = await asyncio.gather(*rivals, return_exceptions=True)
    conflicts = [result for result in results if isinstance(result, ConflictError)]
    assert len(conflicts) == 7
    assert all(len(conflict.since) == 1 for conflict in conflicts)


async def test_a_repeated_request_is_not_decided_again(store: CommitStore, stream: str) -> None:
    again, name = Rename("second"), new_id()
    first = await execute(store, COMPANY, stream, Rename("second"), metadata(key(name=name)), expected_commit=1)
    second = await execute(store, COMPANY, stream, again, metadata(key(name=name)), expected_commit=1)
    assert (second.commit, second.replayed, again.seen) == (first.commit, True, [])


async def test_a_repeated_request_of_the_same_moment_gives_one_answer(store: CommitStore, stream: str) -> None:
    name = new_id()
    rivals = (execute(store, COMPANY, stream, Rename(f"n{i}"), metadata(key(name=name))) for i in range(8))
    answers = await asyncio.gather(*rivals)
    assert {answer.commit for answer in answers} == {2}
    assert len(await names(store, stream)) == 2


class AfterRival(CommitStore):
    """Before it reads a stream for the first time, the very same request is carried out by somebody else."""

    rival: Callable[[], Awaitable[object]] | None = None

    async def history(self, stream: str) -> History:
        rival, self.rival = self.rival, None
        if rival is not None:
            await rival()
        return await super().history(stream)


@pytest.fixture
async def overtaken(mongo: Mongo, database: Database) -> AsyncIterator[AfterRival]:
    store = AfterRival(mongo, database, "addresses", reservation_key=b"only for tests")
    await store.start()
    yield store
    await store.stop()


def _refuses(error: Exception) -> Decide[Names]:
    """Renames, and may not do so a second time."""

    def decide(state: Names) -> Sequence[Event]:
        if "second" in state:
            raise error
        return renamed("second")

    return decide


SECOND_TIME = {
    "refused": _refuses(RuleViolation("ADR-01", "once only")),
    "not found": _refuses(NotFound("x")),
    "gone": _refuses(Gone("x")),
    "nothing to do": Rename("second"),
}


@pytest.mark.parametrize("decide", SECOND_TIME.values(), ids=SECOND_TIME)
@pytest.mark.parametrize("expected", [None, 1])
async def test_a_request_that_its_repetition_overtook_gives_the_first_answer(
    store: CommitStore, overtaken: AfterRival, stream: str, decide: Decide[Names], expected: int | None
) -> None:
    same = key()
    overtaken.rival = lambda: execute(store, COMPANY, stream, decide, metadata(same))
    answer = await execute(overtaken, COMPANY, stream, decide, metadata(same), expected)
    assert (answer.commit, answer.replayed) == (2, True)
    assert await names(store, stream) == ("first", "second")


@pytest.mark.parametrize("decide", SECOND_TIME.values(), ids=SECOND_TIME)
async def test_a_request_on_several_streams_that_its_repetition_overtook_gives_the_first_answer(
    store: CommitStore, overtaken: AfterRival, stream: str, decide: Decide[Names]
) -> None:
    same, begun = key(), company()
    steps: list[Step] = [(COMPANY, stream, decide), (COMPANY, begun, decide)]
    overtaken.rival = lambda: execute_all(store, steps, metadata(same))
    answer = await execute_all(overtaken, steps, metadata(same))
    assert [(one.stream, one.commit, one.replayed) for one in answer] == [(stream, 2, True), (begun, 1, True)]


async def test_a_reserving_request_that_its_repetition_overtook_gives_the_first_answer(
    store: CommitStore, overtaken: AfterRival
) -> None:
    same, first, second = key(), company(), company()  # each gave it an id of its own

    async def begin(store: CommitStore, stream: str) -> Committed:
        taken = [Reservation("number", "7", stream)]
        return await execute(store, COMPANY, stream, Rename("x"), metadata(same), create=True, reserve=lambda: taken)

    overtaken.rival = lambda: begin(store, first)
    answer = await begin(overtaken, second)
    assert (answer.stream, answer.replayed) == (first, True)


async def test_a_refusal_that_no_repetition_made_stays_one(store: CommitStore, stream: str) -> None:
    await execute(store, COMPANY, stream, Rename("second"), metadata(key()))
    with pytest.raises(RuleViolation):
        await execute(store, COMPANY, stream, SECOND_TIME["refused"], metadata(key()))


async def test_the_same_key_with_another_request_is_refused(store: CommitStore, stream: str) -> None:
    name = new_id()
    await execute(store, COMPANY, stream, Rename("second"), metadata(key(name=name)))
    with pytest.raises(KeyReusedError):
        await execute(store, COMPANY, stream, Rename("third"), metadata(key("another", name)))


async def test_a_command_on_several_streams_commits_all_and_repeats_all(store: CommitStore, stream: str) -> None:
    steps: list[Step] = [(COMPANY, stream, Rename("ended")), (COMPANY, company(), Rename("started"))]
    same = key()
    first = await execute_all(store, steps, metadata(same))
    again = await execute_all(store, steps, metadata(same))
    assert [(one.stream, one.commit) for one in first] == [(stream, 2), (steps[1][1], 1)]
    assert [(one.stream, one.commit, one.replayed) for one in again] == [(stream, 2, True), (steps[1][1], 1, True)]


async def test_streams_without_events_are_not_in_the_answer(store: CommitStore, stream: str) -> None:
    steps: list[Step] = [(COMPANY, stream, Rename("first")), (COMPANY, company(), Rename("new"))]
    assert [one.stream for one in await execute_all(store, steps, metadata())] == [steps[1][1]]
    assert await execute_all(store, steps[:1], metadata()) == []


async def test_a_command_on_several_streams_keeps_to_what_its_caller_saw(store: CommitStore, stream: str) -> None:
    await execute(store, COMPANY, stream, Rename("second"), metadata())
    steps: list[Step] = [(COMPANY, stream, Rename("ended")), (COMPANY, company(), Rename("started"))]
    with pytest.raises(ConflictError) as conflict:
        await execute_all(store, steps, metadata(), expected={stream: 1})
    assert [event.commitsequence for event in conflict.value.since] == [2]
    assert len(await execute_all(store, steps, metadata(), expected={stream: 2})) == 2


async def test_an_invariant_over_many_streams_holds_among_rivals(store: CommitStore) -> None:
    """At most two companies: each rival counts before it decides, the guard makes the counts true."""
    streams = [company() for _ in range(6)]

    async def one_more(stream: str) -> None:
        async def plan() -> list[Step]:
            count = await store.commits.count_documents({"stream": {"$in": streams}, "commit": 1})
            if count == 2:
                raise RuleViolation("TEST", "full")
            return [(COMPANY, stream, Rename("x"))]

        await execute_all(store, plan, metadata(), guards=("companies",))

    results = await asyncio.gather(*map(one_more, streams), return_exceptions=True)
    assert [type(result).__name__ for result in results if result is not None] == ["RuleViolation"] * 4


async def test_a_value_is_reserved_with_the_command(store: CommitStore) -> None:
    first, second = company(), company()
    await execute_all(store, [(COMPANY, first, Rename("x"))], metadata(), (), [Reservation("login", "ada", first)])
    with pytest.raises(ReservedError):
        await execute_all(
            store, [(COMPANY, second, Rename("x"))], metadata(), (), [Reservation("login", "ada", second)]
        )


async def test_what_a_command_reserves_is_said_after_each_decision(store: CommitStore, stream: str) -> None:
    """Rivals rename one stream: only the name of the last one stays reserved."""

    async def rename(name: str) -> None:
        former: list[str] = []

        def decide(names: Names) -> Sequence[Event]:
            former[:] = [names[-1]]
            return renamed(name)

        await execute(
            store,
            COMPANY,
            stream,
            decide,
            metadata(),
            reserve=lambda: [
                Reservation("name", name, stream),
                Reservation("name", former[0], stream, given_up=True),
            ],
        )

    names = [f"name {number}" for number in range(4)]
    await asyncio.gather(*map(rename, names))
    last = (await load(store, COMPANY, stream)).state[-1]
    assert [name for name in names if await store.holder("name", name)] == [last]


async def test_a_command_without_events_reserves_nothing(store: CommitStore, stream: str) -> None:
    mine = Reservation("name", "first", stream)
    await execute(store, COMPANY, stream, Rename("first"), metadata(), reserve=lambda: [mine])
    assert await store.holder("name", "first") is None


async def test_a_command_works_beside_direct_appends(store: CommitStore, stream: str) -> None:
    await store.append(commit(stream, await store.head(stream)))
    assert (await execute(store, COMPANY, stream, Rename("y"), metadata())).commit == 3


async def test_a_held_stream_is_read_once(store: CountingStore, stream: str) -> None:
    held, before = Held(store, COMPANY, stream), store.reads
    assert await held.change(Rename("second"), metadata()) == ("first", "second")
    assert await held.change(Rename("second"), metadata()) == ("first", "second")
    assert await held.change(Rename("third"), metadata()) == await held.state()
    assert store.reads == before + 1
    assert (await load(store, COMPANY, stream)).state == ("first", "second", "third")


async def test_a_held_stream_is_read_again_when_somebody_else_was_faster(store: CountingStore, stream: str) -> None:
    held = Held(store, COMPANY, stream)
    await held.state()
    await execute(store, COMPANY, stream, Rename("between"), metadata())
    before = store.reads
    assert await held.change(Rename("after"), metadata()) == ("first", "between", "after")
    assert store.reads == before + 1


async def test_a_refused_commit_leaves_no_trace_in_a_held_stream(store: CountingStore, stream: str) -> None:
    held = Held(store, COMPANY, stream)
    with pytest.raises(TooLargeError):
        await held.change(lambda _: [CompanyRenamed(name="x")] * (MAX_EVENTS + 1), metadata())
    assert await held.change(Rename("next"), metadata()) == ("first", "next")


async def test_a_held_stream_may_begin(store: CountingStore) -> None:
    stream = company()
    held = Held(store, COMPANY, stream)
    assert await held.change(lambda _: [CompanyRegistered(name="new")], metadata()) == ("new",)
    assert (await load(store, COMPANY, stream)).state == ("new",)


async def test_a_commit_notes_what_its_events_make_of_the_stream(store: CommitStore) -> None:
    aggregate: Aggregate[Names] = Aggregate("company", tuple, evolve, notes=lambda names: {"names": list(names)})
    stream = company()
    await begin(store, aggregate, stream, Rename("a"), metadata())
    await execute(store, aggregate, stream, Rename("b"), metadata())
    await execute_all(store, [(aggregate, stream, Rename("c"))], metadata())
    assert await store.noted(stream) == {"names": ["a", "b", "c"]}
