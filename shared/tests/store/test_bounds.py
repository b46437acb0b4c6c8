"""What the store accepts, Kafka accepts too (design section 4)."""

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from dossier.contracts.addresses import CompanyRenamed
from dossier.contracts.recorded import to_headers
from dossier.store import CommitStore, TooLargeError
from dossier.store.documents import MAX_BYTES, record_size
from dossier.testing.store_behaviour import commit, company


def long_event(size: int) -> CompanyRenamed:
    """An event of about so many bytes; no real one is as long, so it is made without validation."""
    return CompanyRenamed.model_construct({"name"}, name="ä" * (size // 2))


@pytest.mark.parametrize("size", [0, 100, 20_000, 400_000])
async def test_the_bound_covers_the_record_as_kafka_encodes_it(store: CommitStore, size: int) -> None:
    (recorded,) = (await store.append(commit(company(), None, long_event(size)))).events
    encoded = DefaultRecordBatchBuilder.estimate_size_in_bytes(
        recorded.subject.encode(), bytes(recorded.data), to_headers(recorded)
    )
    assert size < encoded <= record_size(recorded) + 64, "64: the batch header, which the estimate holds"


@pytest.mark.parametrize("events", [1, 4])
async def test_a_commit_beyond_512_kb_is_refused_as_a_whole(store: CommitStore, events: int) -> None:
    stream = company()
    with pytest.raises(TooLargeError):
        await store.append(commit(stream, None, *[long_event(MAX_BYTES // events)] * events))
    assert not (await store.head(stream)).exists
    fits = [long_event((MAX_BYTES - 2_000 * events) // events)] * events
    assert (await store.append(commit(stream, None, *fits))).last == events
