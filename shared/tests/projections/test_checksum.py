"""A checksum depends on what is there, not on how it came there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dossier.mongo import Database
from dossier.projections.checksum import checksum, checksum_of, differences, digest_of, still_different

ONE = {"_id": "a", "version": 1, "names": ["x", "y"], "at": datetime(2026, 5, 4, tzinfo=UTC), "no": None}


def test_the_order_of_fields_does_not_matter_and_that_of_items_does() -> None:
    assert digest_of(ONE) == digest_of(dict(reversed(ONE.items())))
    assert digest_of(ONE) != digest_of({**ONE, "names": ["y", "x"]})
    assert digest_of(ONE) != digest_of({**ONE, "version": 2})
    assert digest_of({"a": None}) != digest_of({})


def test_two_equal_documents_do_not_cancel_each_other_out() -> None:
    assert checksum_of([ONE, ONE]) != checksum_of([])
    assert checksum_of([ONE, ONE]).documents == 2


@pytest.mark.backends
async def test_collections_with_the_same_documents_have_the_same_checksum(database: Database) -> None:
    documents = [{"_id": number, "value": number % 7} for number in range(50)]
    await database["left"].insert_many([dict(document) for document in documents])
    await database["right"].insert_many([dict(document) for document in reversed(documents)])
    assert await checksum(database["left"]) == await checksum(database["right"]) == checksum_of(documents)
    assert await differences(database["left"], database["right"]) == []


@pytest.mark.backends
async def test_documents_whose_fields_came_in_another_order_are_equal(database: Database) -> None:
    await database["left"].insert_one(dict(ONE))
    await database["right"].insert_one({"_id": "a"} | dict(reversed(ONE.items())))
    assert await differences(database["left"], database["right"]) == []
    assert await differences(database["left"], database["right"], ["version"]) == []
    await database["right"].update_one({"_id": "a"}, {"$set": {"version": 2}})
    assert await differences(database["left"], database["right"]) == ["a"]
    assert await differences(database["left"], database["right"], ["version"]) == []


@pytest.mark.backends
async def test_what_differs_is_named(database: Database) -> None:
    left, right = database["left"], database["right"]
    await left.insert_many([{"_id": number, "value": 0} for number in range(6)])
    await right.insert_many([{"_id": number, "value": int(number == 3)} for number in range(2, 9)])
    assert await differences(left, right) == [0, 1, 3, 6, 7, 8]
    await right.update_one({"_id": 3}, {"$set": {"value": 0}})
    await left.delete_many({"_id": {"$lt": 2}})
    assert list(await still_different(left, right, [0, 1, 3, 6])) == [6]
