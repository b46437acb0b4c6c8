"""The sample service over HTTP: one for all tests of a module, its store emptied before each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from dossier.testing.sample import SampleSettings, roles
from dossier.testing.services import ServiceUnderTest, running


@pytest.fixture(scope="module")
async def shared_sample(mongo_url: str) -> AsyncIterator[ServiceUnderTest]:
    name = f"test_{uuid4().hex[:12]}"
    async with running(SampleSettings, roles, mongo_url, name) as service:
        yield service
        await service.roles.app.state.service.mongo.client.drop_database(name)


@pytest.fixture
async def sample(shared_sample: ServiceUnderTest) -> ServiceUnderTest:
    await shared_sample.store.commits.delete_many({})
    return shared_sample
