"""The services for tests of exports: one set for all of them, as they begin with hundreds of indexes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dossier.ids import new_id
from dossier.mongo import Mongo
from exports.world import OWNERS, World, world


@pytest.fixture(scope="package")
async def office(mongo_url: str, mongo: Mongo) -> AsyncIterator[World]:
    name = f"exports_{new_id()[-12:]}"
    async with world(mongo_url, mongo, name) as made:
        clara = {"id": made.tokens.user_id("clara"), "name": "Clara Keller"}
        await made.does("directory", "/v1/users", clara, token=made.dora())
        yield made
    for database in (name, *(f"{name}_{owner}" for owner in OWNERS)):
        await mongo.client.drop_database(database)
