"""The calendar feed between its owner and who serves it: the directory's own HTTP feed is what histories ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from directory.roles import roles as directory_roles
from directory.settings import Settings as DirectorySettings
from dossier.contracts import RecordedEvent
from dossier.feed.client import FeedClient
from dossier.mongo import Database
from dossier.projections.feeds import read_stream
from dossier.projections.model import Span
from dossier.runtime import Roles, Service
from dossier.testing.services import ServiceUnderTest, running
from dossier.testing.tokens import TokenMaker
from histories.api.requests import Live
from histories.roles import application
from histories.settings import Settings as HistoriesSettings
from histories.views.projection import Histories
from oracle.comparison import histories as projected
from oracle.recording import apply

pytestmark = pytest.mark.backends

FEED = "/v1/calendar-feed"


@pytest.fixture
async def directory(mongo_url: str, database_name: str) -> AsyncIterator[ServiceUnderTest]:
    async with running(DirectorySettings, directory_roles, mongo_url, f"{database_name}_d") as service:
        yield service
        await service.store.commits.database.client.drop_database(f"{database_name}_d")


@pytest.fixture
async def projection(database: Database) -> Histories:
    made = projected(database, 1)
    await made.prepare()
    return made


@pytest.fixture
async def histories(
    mongo_url: str, database_name: str, projection: Histories, directory: ServiceUnderTest
) -> AsyncIterator[ServiceUnderTest]:
    """Histories that know what was applied, and ask the directory over HTTP for what is newer."""
    headers = directory.tokens.service_headers("histories")
    asking = httpx.AsyncClient(transport=httpx.ASGITransport(directory.roles.app), headers=headers)
    feed = FeedClient("http://directory.test", asking)

    async def find_live() -> Live:
        return Live(projection, frozenset())

    async def newer(stream: str, after: int) -> list[RecordedEvent]:
        return await read_stream(feed, stream, after)

    def roles(service: Service[HistoriesSettings]) -> Roles:
        return Roles(application(service, find_live, newer))

    async with asking, running(HistoriesSettings, roles, mongo_url, database_name, tokens=TokenMaker()) as service:
        yield service


async def test_cal_feed_revoking_closes_the_feed_before_histories_have_heard_of_it(
    directory: ServiceUnderTest, histories: ServiceUnderTest, projection: Histories
) -> None:
    anna = directory.tokens.user_id("anna")
    stream = f"user-{anna}"
    body = {"id": anna, "name": "Anna"}
    await directory.call("POST", "/v1/users", body, token=directory.tokens.administrator(), expect=201)
    path = (await directory.call("POST", FEED, expect=200)).json()["path"]
    assert (await histories.http.get(path)).status_code == 404  # nobody has told yet
    await apply(projection, [Span(stream, await directory.store.read(stream))])
    opened = await histories.http.get(path)
    assert opened.status_code == 200
    assert "X-WR-CALNAME:Dossier Anna" in opened.text
    await directory.call("DELETE", FEED, expect=200)
    assert (await histories.http.get(path)).status_code == 404
    again = (await directory.call("POST", FEED, expect=200)).json()["path"]
    assert again != path
    assert [(await histories.http.get(each)).status_code for each in (path, again)] == [404, 404]
    await apply(projection, [Span(stream, await directory.store.read(stream, 2))])
    assert [(await histories.http.get(each)).status_code for each in (path, again)] == [404, 200]
