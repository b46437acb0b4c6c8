"""What every commit store does, as tests to inherit: `class TestX(CommitStoreBehaviour)` with a fixture `store`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dossier.clock import rfc3339
from dossier.contracts import Event
from dossier.contracts.addresses import CompanyRegistered, CompanyRenamed
from dossier.ids import new_id, stream_id
from dossier.store import (
    CommitStore,
    ConflictError,
    Guard,
    GuardChangedError,
    Head,
    IdempotencyKey,
    KeyReusedError,
    Metadata,
    NewCommit,
    Reservation,
    ReservedError,
    Shared,
    TooLargeError,
    UnencodableError,
)


def metadata(key: IdempotencyKey | None = None, occurred_at: datetime | None = None) -> Metadata:
    """Metadata of a new command."""
    return Metadata(
        actor="user:test",
        channel="user",
        correlation_id=new_id(),
        command_id=new_id(),
        key=key,
        occurred_at=occurred_at,
    )


def company() -> str:
    """A stream that does not exist yet."""
    return stream_id("company", new_id())


def renamed(*names: str) -> list[Event]:
    """One event per name."""
    return [CompanyRenamed(name=name) for name in names]


def commit(stream: str, expected: Head | None, *events: Event, key: IdempotencyKey | None = None) -> NewCommit:
    """A commit of a new command; without expected head for a new stream."""
    return NewCommit(stream, expected or Head(stream), events or renamed("x"), metadata(key))


def together(*parts: tuple[str, Head | None], key: IdempotencyKey | None = None) -> list[NewCommit]:
    """One command on several streams."""
    about = metadata(key)
    return [NewCommit(stream, expected or Head(stream), renamed("x"), about) for stream, expected in parts]


class CommitStoreBehaviour:
    """The promises of design section 4 that need no failing server."""

    async def test_what_the_last_commit_notes_is_told_without_reading_the_stream(self, store: CommitStore) -> None:
        noting, silent, stream = company(), company(), company()
        for number in range(3):
            for each in (noting, silent, f"{noting[:-1]}{'0' if noting[-1] != '0' else '1'}"):
                about = {"number": number} if each != silent else None
                await store.append(NewCommit(each, await store.head(each), renamed("x"), metadata(), noted=about))
        told = await asyncio.gather(*(store.noted(each) for each in (noting, stream, silent, noting)))
        assert told == [{"number": 2}, None, {}, {"number": 2}]

    async def test_events_come_back_in_order_with_all_attributes(self, store: CommitStore) -> None:
        stream, occurred = company(), datetime(2024, 2, 29, 12, tzinfo=UTC)
        events = [CompanyRegistered(name="Müller & Söhne"), CompanyRenamed(name="北")]
        about = metadata(occurred_at=occurred)
        committed = await store.append(NewCommit(stream, Head(stream), events, about))
        read = await store.read(stream)
        assert (committed.commit, committed.first, committed.last) == (1, 1, 2)
        assert [one.event() for one in read] == events
        assert [(one.id, one.sequence, one.lastincommit) for one in read] == [
            (f"{stream}:1", 1, False),
            (f"{stream}:2", 2, True),
        ]
        assert [(one.actor, one.correlationid, one.time) for one in read] == [
            ("user:test", about.correlation_id, rfc3339(occurred))
        ] * 2
        assert [bytes(one.data) for one in committed.events] == [bytes(one.data) for one in read]

    async def test_read_after_a_version_gives_the_rest_even_of_a_commit(self, store: CommitStore) -> None:
        stream = company()
        await store.append(commit(stream, None, *renamed("a", "b", "c")))
        await store.append(commit(stream, await store.head(stream), *renamed("d")))
        assert [one.sequence for one in await store.read(stream, after=1)] == [2, 3, 4]
        assert await store.read(stream, after=4) == []

    async def test_a_stream_that_does_not_exist_has_head_zero(self, store: CommitStore) -> None:
        stream = company()
        assert await store.head(stream) == Head(stream, 0, 0)
        assert (await store.history(stream)).head == Head(stream, 0, 0)

    @pytest.mark.parametrize("wrong", [(0, 0), (1, 3), (2, 4), (2, 6), (3, 5), (7, 5), (3, 6)])
    async def test_only_the_head_can_be_continued(self, store: CommitStore, wrong: tuple[int, int]) -> None:
        """Stale, in the middle of a commit, or beyond the end: all conflicts, and nothing is written."""
        stream = company()
        await store.append(commit(stream, None, *renamed("a", "b", "c")))
        await store.append(commit(stream, Head(stream, 1, 3), *renamed("d", "e")))
        with pytest.raises(ConflictError) as conflict:
            await store.append(commit(stream, Head(stream, *wrong)))
        assert conflict.value.actual.position == (2, 5)
        assert (await store.append(commit(stream, Head(stream, 2, 5)))).commit == 3

    async def test_of_many_writers_on_one_head_one_wins(self, store: CommitStore) -> None:
        stream = company()
        await store.append(commit(stream, None))
        head = await store.head(stream)
        attempts = (store.append(commit(stream, head)) for _ in range(20))
        results = await asyncio.gather(*attempts, return_exceptions=True)
        assert sum(isinstance(result, ConflictError) for result in results) == 19
        assert (await store.head(stream)).commit == 2

    async def test_the_same_key_and_request_gives_the_first_answer(self, store: CommitStore) -> None:
        key = IdempotencyKey("user:1|POST /companies", new_id(), "print")
        first = await store.append(commit(company(), None, key=key))
        again = await store.append(commit(company(), None, key=key))
        assert (again.stream, again.commit, again.replayed, first.replayed) == (first.stream, 1, True, False)
        assert [one.stream for one in await store.answered(key) or []] == [first.stream]

    async def test_one_key_at_the_same_moment_commits_once(self, store: CommitStore) -> None:
        key = IdempotencyKey("user:1|POST /companies", new_id(), "print")
        answers = await asyncio.gather(*(store.append(commit(company(), None, key=key)) for _ in range(10)))
        assert len({answer.stream for answer in answers}) == 1
        assert sorted(answer.replayed for answer in answers) == [False] + [True] * 9

    async def test_the_same_key_for_another_request_is_refused(self, store: CommitStore) -> None:
        key = IdempotencyKey("user:1|POST /companies", new_id(), "print")
        await store.append(commit(company(), None, key=key))
        other, stream = IdempotencyKey(key.scope, key.key, "another"), company()
        with pytest.raises(KeyReusedError):
            await store.append(commit(stream, None, key=other))
        with pytest.raises(KeyReusedError):
            await store.answered(other)
        assert not (await store.head(stream)).exists

    async def test_a_key_belongs_to_its_principal_and_route(self, store: CommitStore) -> None:
        name = new_id()
        for scope in ("user:1|POST /companies", "user:2|POST /companies", "user:1|POST /persons"):
            committed = await store.append(commit(company(), None, key=IdempotencyKey(scope, name, "print")))
            assert not committed.replayed

    async def test_a_key_covers_all_streams_of_its_command(self, store: CommitStore) -> None:
        key = IdempotencyKey("user:1|POST /moves", new_id(), "print")
        first = await store.append_all(together((company(), None), (company(), None), key=key))
        again = await store.append_all(together((company(), None), (company(), None), key=key))
        assert [(one.stream, one.commit) for one in again] == [(one.stream, one.commit) for one in first]
        assert all(one.replayed for one in again)

    async def test_several_streams_commit_together_or_not_at_all(self, store: CommitStore) -> None:
        taken, free = company(), company()
        await store.append(commit(taken, None))
        with pytest.raises(ConflictError) as conflict:
            await store.append_all(together((free, None), (taken, None)))
        assert conflict.value.stream == taken
        assert not (await store.head(free)).exists
        both = await store.append_all(together((free, None), (taken, await store.head(taken))))
        assert [(one.stream, one.commit) for one in both] == [(free, 1), (taken, 2)]

    async def test_one_command_writes_a_stream_once(self, store: CommitStore) -> None:
        stream = company()
        with pytest.raises(ValueError, match="one commit a stream"):
            await store.append_all(together((stream, None), (stream, None)))

    async def test_a_guard_lets_one_of_two_decisions_pass(self, store: CommitStore) -> None:
        for _ in range(2):  # a guard that never changed, and one that did
            seen = await store.guard("hierarchy")
            attempts = [store.append_all([commit(company(), None)], {"hierarchy": seen}) for _ in range(2)]
            results = await asyncio.gather(*attempts, return_exceptions=True)
            assert sum(isinstance(result, GuardChangedError) for result in results) == 1
            assert await store.guard("hierarchy") == seen + 1

    async def test_who_hold_a_guard_do_not_exclude_one_another(self, store: CommitStore) -> None:
        for _ in range(2):  # a guard that never changed, and one that did
            held: dict[Guard, int] = {Shared("deleting"): await store.guard(Shared("deleting"))}
            for _ in range(2):  # those of later see the same number: a guard that was held has not changed
                await asyncio.gather(*(store.append_all([commit(company(), None)], held) for _ in range(20)))
            await store.append_all([commit(company(), None)], {"deleting": await store.guard("deleting")})
            assert await store.guard(Shared("deleting")) == held[Shared("deleting")] + 1

    async def test_who_holds_a_guard_and_who_changes_it_exclude_one_another(self, store: CommitStore) -> None:
        held, seen = await store.guards([Shared("set"), "set"])
        await store.append_all([commit(company(), None)], {Shared("set"): held})
        with pytest.raises(GuardChangedError):
            await store.append_all([commit(company(), None)], {"set": seen})
        await store.append_all([commit(company(), None)], {"set": await store.guard("set")})
        late = company()
        with pytest.raises(GuardChangedError):
            await store.append_all([commit(late, None)], {Shared("set"): held})
        assert not (await store.head(late)).exists

    async def test_of_many_who_hold_a_guard_and_one_who_changes_it_at_the_same_moment_one_side_passes(
        self, store: CommitStore
    ) -> None:
        for number in range(6):
            guard = f"set-{number}"
            held, seen = await store.guards([Shared(guard), guard])
            holders = [store.append_all([commit(company(), None)], {Shared(guard): held}) for _ in range(8)]
            changer = store.append_all([commit(company(), None)], {guard: seen})
            *results, changed = await asyncio.gather(*holders, changer, return_exceptions=True)
            failed = [isinstance(result, GuardChangedError) for result in results]
            assert isinstance(changed, GuardChangedError) or all(failed)
            assert not (all(failed) and isinstance(changed, GuardChangedError))

    async def test_one_who_holds_a_changed_guard_spoils_nobody_elses_commit(self, store: CommitStore) -> None:
        held, other = await store.guards([Shared("changed"), Shared("other")])
        await store.append_all([commit(company(), None)], {"changed": 0})
        taken = company()
        await store.append(commit(taken, None))
        attempts = [store.append_all([commit(company(), None)], {Shared("other"): other}) for _ in range(5)]
        attempts.append(store.append_all([commit(company(), None)], {Shared("changed"): held, Shared("other"): other}))
        attempts.append(store.append_all([commit(taken, None)], {Shared("other"): other}))
        *good, late, second = await asyncio.gather(*attempts, return_exceptions=True)
        assert [isinstance(one, list) for one in good] == [True] * 5
        assert isinstance(late, GuardChangedError)
        assert isinstance(second, ConflictError)
        assert not isinstance(second, GuardChangedError)

    async def test_a_value_is_reserved_for_one_stream(self, store: CommitStore) -> None:
        first, second = company(), company()
        await store.append_all([commit(first, None)], reservations=[Reservation("login", "ada", first)])
        with pytest.raises(ReservedError) as refusal:
            await store.append_all([commit(second, None)], reservations=[Reservation("login", "ada", second)])
        assert (refusal.value.kind, refusal.value.holder) == ("login", first)
        assert not (await store.head(second)).exists
        await store.append_all(
            [commit(first, await store.head(first))], reservations=[Reservation("login", "ada", first)]
        )
        await store.append_all([commit(second, None)], reservations=[Reservation("mailbox", "ada", second)])

    async def test_of_two_claims_of_one_moment_one_passes(self, store: CommitStore) -> None:
        streams = [company() for _ in range(5)]
        claims = (
            store.append_all([commit(stream, None)], reservations=[Reservation("login", "bob", stream)])
            for stream in streams
        )
        results = await asyncio.gather(*claims, return_exceptions=True)
        assert sum(isinstance(result, ReservedError) for result in results) == 4
        assert sum([(await store.head(stream)).exists for stream in streams]) == 1

    async def test_a_value_that_is_given_up_is_free_for_others(self, store: CommitStore) -> None:
        first, second = company(), company()
        await store.append_all([commit(first, None)], reservations=[Reservation("login", "kim", first)])
        assert await store.holder("login", "kim") == first
        not_mine = Reservation("login", "kim", second, given_up=True)
        await store.append_all([commit(second, None)], reservations=[not_mine])
        assert await store.holder("login", "kim") == first
        mine = [Reservation("login", "kim", first, given_up=True), Reservation("login", "kym", first)]
        await store.append_all([commit(first, await store.head(first))], reservations=mine)
        assert (await store.holder("login", "kim"), await store.holder("login", "kym")) == (None, first)
        await store.append_all(
            [commit(second, await store.head(second))], reservations=[Reservation("login", "kim", second)]
        )
        assert await store.holder("login", "kim") == second

    async def test_a_reservation_without_its_commit_is_taken_over(self, store: CommitStore) -> None:
        gone, heir = company(), company()
        await store.append_all([commit(gone, None)], reservations=[Reservation("login", "eve", gone)])
        await store.commits.delete_one({"stream": gone})  # as after a restore from a backup
        assert await store.holder("login", "eve") is None
        await store.append_all([commit(heir, None)], reservations=[Reservation("login", "eve", heir)])

    async def test_a_commit_has_at_most_100_events(self, store: CommitStore) -> None:
        stream = company()
        with pytest.raises(TooLargeError):
            await store.append(commit(stream, None, *renamed(*"x" * 101)))
        assert (await store.append(commit(stream, None, *renamed(*"x" * 100)))).last == 100

    @pytest.mark.parametrize("place", ["event", "metadata"])
    async def test_what_cannot_be_stored_spoils_nobody_elses_commit(self, store: CommitStore, place: str) -> None:
        good = [commit(company(), None) for _ in range(30)]
        stream, half_a_pair = company(), "\ud800"
        bad = commit(stream, None, CompanyRenamed.model_construct({"name"}, name=half_a_pair))
        if place == "metadata":
            bad = NewCommit(stream, Head(stream), renamed("x"), replace(metadata(), correlation_id=half_a_pair))
        results = await asyncio.gather(*map(store.append, [*good[:15], bad, *good[15:]]), return_exceptions=True)
        assert isinstance(results[15], UnencodableError)
        assert not (await store.head(stream)).exists
        assert all([(await store.head(one.stream)).exists for one in good])

    async def test_a_conflict_spoils_nobody_elses_commit(self, store: CommitStore) -> None:
        taken = company()
        await store.append(commit(taken, None))
        good = [commit(company(), None) for _ in range(30)]
        results = await asyncio.gather(
            *map(store.append, [*good[:15], commit(taken, None), *good[15:]]), return_exceptions=True
        )
        assert [type(result).__name__ for result in results if isinstance(result, Exception)] == ["ConflictError"]

    async def test_a_cancelled_request_does_not_cancel_the_others(self, store: CommitStore) -> None:
        commits = [commit(company(), None) for _ in range(20)]
        tasks = [asyncio.create_task(store.append(one)) for one in commits]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results[::2])
        assert not any(isinstance(result, BaseException) for result in results[1::2])
        assert all([(await store.head(one.stream)).exists for one in commits]), "all had joined the same insert"

    async def test_recorded_time_never_goes_back_in_a_stream(self, store: CommitStore) -> None:
        stream, times = company(), [datetime(2024, 1, 1, tzinfo=UTC)]
        slow = CommitStore(store.mongo, store.database, store.context, lambda: times[-1])
        first = await slow.append(commit(stream, None))
        times.append(times[0] - timedelta(hours=1))
        second = await slow.append(commit(stream, await slow.head(stream)))
        assert second.recorded_at == first.recorded_at

    async def test_a_stopped_store_has_written_what_it_took(self, store: CommitStore) -> None:
        other = CommitStore(store.mongo, store.database, store.context)
        streams = [company() for _ in range(10)]
        tasks = [asyncio.create_task(other.append(commit(stream, None))) for stream in streams]
        await asyncio.sleep(0)
        await other.stop()
        assert all([(await store.head(stream)).exists for stream in streams])
        await asyncio.gather(*tasks)
