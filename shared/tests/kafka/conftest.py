"""A broker that lets nobody in without credentials."""

from collections.abc import AsyncIterator

import pytest

from dossier.testing.secured_kafka import SecuredKafka, secured_kafka


@pytest.fixture(scope="session")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SecuredKafka]:
    """One for all tests here."""
    async with secured_kafka(tmp_path_factory.mktemp("kafka")) as running:
        yield running
