"""Documents of an activity, and the records of what was read in them."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.mongo import Collection
from dossier.store import CommitStore
from dossier.testing.documents import Desk


@pytest.fixture
async def desk(client: Any) -> Desk:
    return Desk(client, await client.record())


@pytest.fixture
def records(store: CommitStore) -> Collection:
    return store.database["contents"]
