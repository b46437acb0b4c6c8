"""What day it is says one setting. It is never the same day at both ends of the date line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from addresses.roles import roles
from addresses.settings import Settings
from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.days import today
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all, running

pytestmark = pytest.mark.backends

EAST, WEST = "Pacific/Kiritimati", "Etc/GMT+12"


@pytest.fixture
async def east(mongo_url: str, database_name: str) -> AsyncIterator[ServiceUnderTest]:
    async with running(Settings, roles, mongo_url, database_name, shipped_lists=False, time_zone=EAST) as service:
        yield service


@pytest.fixture
async def west(east: ServiceUnderTest, mongo_url: str, database_name: str) -> AsyncIterator[ServiceUnderTest]:
    """The same addresses, on the day before or even earlier."""
    async with running(
        Settings, roles, mongo_url, database_name, tokens=east.tokens, shipped_lists=False, time_zone=WEST
    ) as service:
        yield service


async def created(service: ServiceUnderTest, path: str, **body: Any) -> str:
    return (await service.call("POST", path, body, expect=201)).json()["id"]


async def test_the_day_is_that_of_the_office_wherever_it_counts(east: ServiceUnderTest, west: ServiceUnderTest) -> None:
    last = today(WEST)
    assert last < today(EAST)
    over = {"valid_to": last.isoformat()}
    acme = await created(east, "/v1/companies", name="Acme")
    contact = await created(east, "/v1/contacts", company=acme, last_name="Muster", **over)
    halves = {"a": {"last_name": "Muster"}, "b": {"last_name": "Huber"}}
    couple = await created(east, "/v1/couples", **halves)
    await east.call("POST", f"/v1/couples/{couple}/separate", over, expect=200)
    end = {"label": "advises", "types": ["company", "contact"]}
    admin = east.tokens.administrator()
    of = (await east.call("POST", "/v1/link-types", {"one": end, "other": end}, token=admin, expect=201)).json()["id"]
    one, other = {"type": "company", "id": acme}, {"type": "contact", "id": contact}
    await created(east, "/v1/links", link_type=of, one=one, other=other, **over)
    place = {"street": "Gasse 1", "city": "Bern", "country": "CH", **over}
    await east.call("POST", f"/v1/companies/{acme}/postal-addresses", place, expect=201)
    await east.call("POST", f"/v1/companies/{acme}/channels", {"kind": "T", "value": "044 668 18 00", **over})
    state = east.roles.app.state
    await state.book.prepare()
    await apply_all(east.store, state.book, state.catalogue)
    for service, holds in ((east, False), (west, True)):

        async def got(path: str, service: ServiceUnderTest = service) -> Any:
            return (await service.call("GET", path, expect=200)).json()

        assert (await got(f"/v1/contacts/{contact}"))["is_current"] is holds
        assert (await got(f"/v1/couples/{couple}"))["is_current"] is holds
        assert [link["is_current"] for link in (await got(f"/v1/companies/{acme}/links"))["items"]] == [holds]
        assert len((await got("/v1/addresses?type=contact"))["items"]) == holds
        page = await got(f"/v1/addresses/company-{acme}")
        assert (page["channels"][0]["usable"], page["postal_address"] is not None) == (holds, holds)
        assert ("Bern" in (await got(f"/v1/companies/{acme}/letter"))["lines"]) is holds


async def test_what_may_not_lie_ahead_is_judged_by_the_office(east: ServiceUnderTest, west: ServiceUnderTest) -> None:
    partner = east.tokens.user("clara", (PARTNERS, CONSULTANTS))
    eva, acme = await created(east, "/v1/persons", last_name="Muster"), await created(east, "/v1/companies", name="A")
    contact = await created(east, "/v1/contacts", company=acme, person=eva)
    born = {"date_of_birth": today(EAST).isoformat()}
    refused = await west.call("PATCH", f"/v1/persons/{eva}/facts", born, token=partner, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("in-the-past", "date_of_birth")
    new = {"last_name": "Muster", "facts": born, "id": new_id()}
    refused = await west.call("POST", "/v1/persons", new, token=partner, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("in-the-past", "facts.date_of_birth")
    await east.call("POST", "/v1/persons", new, token=partner, expect=201)
    await east.call("PATCH", f"/v1/persons/{eva}/facts", born, token=partner, expect=200)
    tomorrow = {"unlinked_on": (today(EAST) + timedelta(days=1)).isoformat()}
    refused = await west.call("POST", f"/v1/contacts/{contact}/unlink-person", tomorrow, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("CON-04", "unlinked_on")
    await east.call("POST", f"/v1/contacts/{contact}/unlink-person", tomorrow, expect=200)
