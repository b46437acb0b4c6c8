"""What operators are told of the store: races, and commands that came twice."""

import pytest

from dossier.ids import new_id
from dossier.store import CommitStore, ConflictError
from dossier.store.model import IdempotencyKey
from dossier.telemetry import metrics
from dossier.testing.store_behaviour import commit, company


async def test_a_lost_race_and_a_repeated_command_are_counted(store: CommitStore) -> None:
    def counted() -> list[float]:
        both = metrics.APPEND_CONFLICTS, metrics.DEDUPE_HITS
        return [each.labels(store.context)._value.get() for each in both]

    stream, key = company(), IdempotencyKey("user:anna", new_id(), "the request")
    conflicts, repeated = counted()
    for _ in range(2):
        await store.append(commit(stream, None, key=key))
    assert counted() == [conflicts, repeated + 1]
    with pytest.raises(ConflictError):
        await store.append(commit(stream, None))
    assert counted() == [conflicts + 1, repeated + 1]
