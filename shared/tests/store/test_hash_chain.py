"""`verify` proves that nothing was changed, and takes nobody's word for an erasure (design section 4)."""

from typing import Any

import pytest

from dossier.contracts.addresses import PersonRegistered, PersonRenamed
from dossier.ids import new_id, stream_id
from dossier.store import CommitStore, NewCommit, verify
from dossier.testing.store_behaviour import company, metadata, renamed, together


async def filled(store: CommitStore) -> str:
    """Three commits of a person, and a command on two companies."""
    stream = stream_id("person", new_id())
    for event in (
        PersonRegistered(last_name="Meier"),
        PersonRenamed(last_name="Huber"),
        PersonRenamed(last_name="Hub"),
    ):
        await store.append(NewCommit(stream, await store.head(stream), [event], metadata()))
    await store.append_all(together((company(), None), (company(), None)))
    return stream


async def test_an_untouched_store_is_sound(store: CommitStore) -> None:
    await filled(store)
    report = await verify(store.database)
    assert report.sound
    assert (report.streams, report.commits, report.events) == (3, 5, 5)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"$set": {"events.0.data": '{"last_name":"Maier"}'}}, "has another payload"),
        ({"$set": {"events.0.type": "crm.addresses.person-registered"}}, "has another envelope"),
        ({"$set": {"actor": "user:somebody-else"}}, "has another envelope"),
        ({"$set": {"time": "2020-01-01T00:00:00.000000Z"}}, "has another envelope"),
        ({"$set": {"recorded_at": "2020-01-01T00:00:00.000000Z"}}, "was recorded before the commit before"),
        ({"$set": {"prev_hash": bytes(32)}}, "does not chain to the commit before"),
        ({"$set": {"first": 3, "last": 3}}, "does not follow the version before"),
        ({"$set": {"last": 3}}, "has another number of events"),
        ({"$set": {"commit": 7}}, "has another number in its key"),
        ({"$set": {"salt": bytes(16)}}, "has another payload"),
    ],
)
async def test_any_change_is_found(store: CommitStore, change: dict[str, Any], what: str) -> None:
    stream = await filled(store)
    await store.commits.update_one({"_id": f"{stream}:0000000002"}, change)
    faults = (await verify(store.database)).faults
    assert (f"{stream}:0000000002", what) in [(fault.commit, fault.what) for fault in faults]


async def test_a_change_that_is_hashed_anew_shows_in_the_next_commit(store: CommitStore) -> None:
    stream = await filled(store)
    replaced = await store.commits.find_one({"_id": f"{stream}:0000000003"})
    assert replaced is not None
    await store.commits.update_one({"_id": f"{stream}:0000000002"}, {"$set": {"hash": replaced["hash"]}})
    faults = {(fault.commit[-1], fault.what) for fault in (await verify(store.database)).faults}
    assert faults == {("2", "has another envelope"), ("3", "does not chain to the commit before")}


async def test_a_missing_commit_is_found(store: CommitStore) -> None:
    stream = await filled(store)
    await store.commits.delete_one({"_id": f"{stream}:0000000002"})
    assert "does not follow the commit before" in [fault.what for fault in (await verify(store.database)).faults]


async def test_a_command_that_lost_one_of_its_commits_is_found(store: CommitStore) -> None:
    await filled(store)
    await store.commits.delete_one({"part": 2})
    assert [fault.what for fault in (await verify(store.database)).faults] == ["lacks other commits of its command"]


async def test_without_salt_the_chain_holds_and_the_payload_is_not_proved(store: CommitStore) -> None:
    """What erasure would leave: structure, versions and hashes stay, and the stream goes on.

    It is a fault all the same: no event records erasures yet, so this may as well be somebody who hides a change.
    """
    stream = await filled(store)
    await store.commits.update_one(
        {"_id": f"{stream}:0000000002"},
        {"$set": {"events.0.data": '{"last_name":"redacted"}'}, "$unset": {"salt": ""}},
    )
    await store.append(NewCommit(stream, await store.head(stream), [PersonRenamed(last_name="New")], metadata()))
    faults = [(fault.commit, fault.what) for fault in (await verify(store.database)).faults]
    assert faults == [(f"{stream}:0000000002", "has no salt, so that nothing proves its payload")]
    assert (await store.read(stream, after=1))[0].event() == PersonRenamed(last_name="redacted")


async def test_equal_events_have_different_hashes(store: CommitStore) -> None:
    """So that after redaction nobody finds out by trying what was erased."""
    command = metadata()
    for _ in range(2):
        stream = company()
        await store.append(NewCommit(stream, await store.head(stream), renamed("same"), command))
    assert len(await store.commits.distinct("digest")) == 2
