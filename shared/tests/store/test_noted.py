"""What a commit notes is found by one jump, however long the stream."""

from dossier.ids import new_id
from dossier.store import CommitStore, NewCommit
from dossier.testing.store_behaviour import company, metadata, renamed


async def test_of_a_long_stream_one_commit_is_looked_at(store: CommitStore) -> None:
    long, others = company(), [company() for _ in range(3)]
    for number in range(20):
        for stream in (long, *others):
            head = await store.head(stream)
            await store.append(NewCommit(stream, head, renamed("x"), metadata(), noted={"number": number}))
    profiled = store.database["system.profile"]
    await store.database.command("profile", 2)
    told = [await store.noted(stream) for stream in (long, f"company-{new_id()}")]
    await store.database.command("profile", 0)
    assert told == [{"number": 19}, None]
    asked = await profiled.find({"op": "command", "command.aggregate": store.commits.name}).to_list(None)
    assert [(each["docsExamined"], each["keysExamined"] <= 2) for each in asked] == [(1, True), (0, True)]
