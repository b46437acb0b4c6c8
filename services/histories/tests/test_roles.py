"""Which generation is read, and what is set aside in it, as the running service finds out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dossier.auth.guard import assert_every_route_has_a_rule
from dossier.contracts import UndecodableEvent
from dossier.contracts import addresses as adr
from dossier.ids import new_id, stream_id
from dossier.operated import operated_services
from dossier.projections.parking import holds_of
from dossier.projections.pointer import Pointers
from dossier.testing.activities import note
from dossier.testing.services import ServiceUnderTest, running
from histories.roles import roles
from histories.settings import Settings
from histories.views.projection import Histories
from oracle.recording import Present

pytestmark = pytest.mark.backends


@pytest.fixture
async def service(mongo_url: str, database_name: str, present: Present) -> AsyncIterator[ServiceUnderTest]:
    async with running(Settings, roles, mongo_url, database_name) as service:
        yield service


async def test_the_service_has_an_api_and_a_consumer_and_every_route_a_rule(service: ServiceUnderTest) -> None:
    assert set(service.roles.tasks) == {"consumer"}
    assert_every_route_has_a_rule(service.roles.app)
    assert operated_services()["histories"].projections == {"histories": Histories}


async def test_pages_are_read_from_the_live_generation(service: ServiceUnderTest, present: Present) -> None:
    company = new_id()
    await present.happen(stream_id("company", company), adr.CompanyRegistered(name="Acme AG"))
    await service.call("GET", f"/v1/companies/{company}/history", expect=200)
    pointers = Pointers(present.projection.database, Histories.name)
    number = await pointers.begin(Histories.version)
    await pointers.activate(number)
    await pointers.switch(number)
    async with running(Settings, roles, service_url(service), present.projection.database.name) as fresh:
        await fresh.call("GET", f"/v1/companies/{company}/history", expect=404)


async def test_a_stream_that_cannot_be_applied_hides_its_rows_at_once(
    service: ServiceUnderTest, present: Present
) -> None:
    company, activity = new_id(), new_id()
    await present.happen(stream_id("company", company), adr.CompanyRegistered(name="Acme AG"))
    await present.happen(f"activity-{activity}", note(address={"type": "company", "id": company}))
    holds = holds_of(present.projection, budget_seconds=300)
    await holds.set_aside(f"activity-{activity}", "activities", 2, UndecodableEvent("broken"))
    path = f"/v1/companies/{company}/history"
    others = await service.call("GET", path, token=service.tokens.user("ben"), expect=200)
    author = await service.call("GET", path, token=service.tokens.user("anna"), expect=200)
    assert others.json()["items"] == []
    assert [row["marks"] for row in author.json()["items"]] == [["parked"]]


def service_url(service: ServiceUnderTest) -> str:
    """The database server of a service under test."""
    return service.roles.app.state.service.settings.mongo_url
