"""Who sees what: no page, touchpoint, name or reason shows what a reader has no right to (design section 8, RUP-07)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts import AddressRef, Grant, Reference
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import GrantOrigin, Principals
from dossier.ids import new_id, stream_id
from dossier.testing.activities import ANNA, BEN, CARA, DORA, note
from dossier.testing.services import ServiceUnderTest
from oracle.recording import Present

pytestmark = pytest.mark.backends

TEAM = new_id()
BY_CHANNEL = GrantOrigin(kind="channel", id="office")


@pytest.fixture
async def acme(present: Present) -> str:
    identifier = new_id()
    await present.happen(stream_id("company", identifier), adr.CompanyRegistered(name="Acme AG"))
    return identifier


async def recorded(present: Present, company: str, **facts: Any) -> str:
    activity = new_id()
    await present.happen(f"activity-{activity}", note(address={"type": "company", "id": company}, **facts))
    return activity


async def restricted_project(present: Present, company: str, *readers: str) -> str:
    project = new_id()
    role = eng.RoleAssigned(role_id=new_id(), role="customer", address=AddressRef(type="company", id=company))
    restricted = eng.EngagementRestricted(to=Principals(users=readers, groups=(TEAM,)))
    registered = eng.ProjectRegistered(code="P9", title="Secret merger")
    await present.happen(stream_id("project", project), registered, role, restricted)
    return project


async def seen(api: ServiceUnderTest, path: str, reader: str, *groups: str) -> list[str]:
    answer = await api.call("GET", path, token=api.tokens.user(reader, groups), expect=200)
    return [row.get("id") or row["activity"]["id"] for row in answer.json()["items"]]


async def test_a_granted_activity_is_seen_by_grants_responsible_participants_and_author(
    api: ServiceUnderTest, present: Present, acme: str
) -> None:
    grant = Grant(to="group", id=TEAM, origin=BY_CHANNEL)
    activity = await recorded(
        present,
        acme,
        visibility="granted",
        grants=(grant,),
        participants=(BEN,),
        responsible=act.Assignment(user=CARA),
    )
    for path in (f"/v1/companies/{acme}/history", f"/v1/companies/{acme}/touchpoints"):
        for reader in ("anna", "ben", "cara"):
            assert await seen(api, path, reader) == [activity]
        assert await seen(api, path, "dora") == []
        assert await seen(api, path, "dora", TEAM) == [activity]


async def test_a_grant_from_two_channels_outlives_the_end_of_one(
    api: ServiceUnderTest, present: Present, acme: str
) -> None:
    path = f"/v1/companies/{acme}/history"
    grants = [Grant(to="user", id=DORA, origin=GrantOrigin(kind="channel", id=channel)) for channel in ("a", "b")]
    activity = await recorded(present, acme, visibility="granted", grants=grants[:1])
    sighting = act.Sighting(delivery=new_id(), source="lmtp")
    await present.happen(f"activity-{activity}", act.MailSighted(sighting=sighting, grants=(grants[1],)))
    await present.happen(f"activity-{activity}", act.GrantsRevoked(grants=(grants[0],)))
    assert await seen(api, path, "dora") == [activity]
    await present.happen(f"activity-{activity}", act.GrantsRevoked(grants=(grants[1],)))
    assert await seen(api, path, "dora") == []


async def test_administrators_and_services_see_no_more_than_others(
    api: ServiceUnderTest, present: Present, acme: str
) -> None:
    await recorded(present, acme, visibility="granted")
    for token in (api.tokens.administrator(), api.tokens.service("notifications")):
        answer = await api.call("GET", f"/v1/companies/{acme}/history", token=token, expect=200)
        assert answer.json()["items"] == []


async def test_what_is_linked_to_a_restricted_project_needs_both_rights(
    api: ServiceUnderTest, present: Present, acme: str
) -> None:
    project = await restricted_project(present, acme, BEN, ANNA)
    path = f"/v1/companies/{acme}/history"
    grant = Grant(to="user", id=CARA, origin=BY_CHANNEL)
    both = await recorded(present, acme, project=project, visibility="granted", grants=(grant,))
    public = await recorded(present, acme, project=project)
    assert await seen(api, path, "anna") == [public, both]
    assert await seen(api, path, "ben") == [public]
    assert await seen(api, path, "cara") == []
    assert await seen(api, path, "cara", TEAM) == [public, both]
    answer = await api.call("GET", path, token=api.tokens.user("anna"))
    assert answer.json()["items"][0]["marks"] == ["restricted"]


async def test_a_restricted_project_has_no_page_for_others_and_its_activities_do_not_exist(
    api: ServiceUnderTest, present: Present, acme: str
) -> None:
    project = await restricted_project(present, acme, BEN)
    activity = await recorded(present, acme, project=project)
    hidden = (f"/v1/projects/{project}/history", f"/v1/projects/{project}/touchpoints", f"/v1/activities/{activity}")
    absent = await api.call("GET", f"/v1/projects/{new_id()}/history", token=api.tokens.user("cara"))
    for path in hidden:
        await api.call("GET", path, token=api.tokens.user("ben"), expect=200)
        refused = await api.call("GET", path, token=api.tokens.user("cara"), expect=404)
        assert refused.json().keys() == absent.json().keys()
        assert refused.json()["detail"] == absent.json()["detail"]


async def test_a_later_restriction_holds_for_everything_already_linked(
    api: ServiceUnderTest, present: Present, acme: str
) -> None:
    project = new_id()
    await present.happen(stream_id("project", project), eng.ProjectRegistered(code="P1", title="Move"))
    activity = await recorded(present, acme, project=project)
    path = f"/v1/companies/{acme}/history"
    assert await seen(api, path, "cara") == [activity]
    await present.happen(stream_id("project", project), eng.EngagementRestricted(to=Principals(users=(BEN,))))
    assert await seen(api, path, "cara") == []
    await present.happen(stream_id("project", project), eng.EngagementOpened())
    assert await seen(api, path, "cara") == [activity]


async def test_an_activity_on_a_project_that_is_not_known_yet_is_shown_to_insiders_only(
    api: ServiceUnderTest, present: Present, acme: str
) -> None:
    project = new_id()
    activity = await recorded(present, acme, project=project, responsible=act.Assignment(user=BEN))
    path = f"/v1/companies/{acme}/history"
    assert [await seen(api, path, reader) for reader in ("anna", "ben", "cara")] == [[activity], [activity], []]
    await present.happen(stream_id("project", project), eng.ProjectRegistered(code="P1", title="Move"))
    assert await seen(api, path, "cara") == [activity]


async def test_a_former_link_to_a_restricted_project_is_no_reason_for_those_who_may_not_know_of_it(
    api: ServiceUnderTest, present: Present, acme: str
) -> None:
    project = await restricted_project(present, acme, BEN)
    activity = await recorded(present, acme, project=project)
    unlinked = act.ActivityUnlinked(object=Reference(type="project", id=project))
    await present.happen(f"activity-{activity}", unlinked)
    path = f"/v1/activities/{activity}"
    told = await api.call("GET", path, token=api.tokens.user("ben"), expect=200)
    hidden = await api.call("GET", path, token=api.tokens.user("cara"), expect=200)
    assert project in told.text
    assert "Secret merger" in told.text
    assert project not in hidden.text
    assert "Secret" not in hidden.text


async def test_while_an_activity_is_parked_only_author_and_responsible_see_it_marked(
    api: ServiceUnderTest, present: Present, acme: str, parked: set[str]
) -> None:
    activity = await recorded(present, acme, responsible=act.Assignment(user=BEN), participants=(CARA,))
    other = await recorded(present, acme)
    parked.add(f"activity-{activity}")
    path = f"/v1/companies/{acme}/history"
    assert [await seen(api, path, reader) for reader in ("anna", "ben")] == [[other, activity]] * 2
    assert [await seen(api, path, reader) for reader in ("cara", "dora")] == [[other]] * 2
    await api.call("GET", f"/v1/activities/{activity}", token=api.tokens.user("cara"), expect=404)
    answer = await api.call("GET", f"/v1/activities/{activity}", token=api.tokens.user("anna"), expect=200)
    assert answer.json()["marks"] == ["parked"]


async def test_while_a_project_is_parked_what_is_linked_to_it_is_shown_to_author_and_responsible_only(
    api: ServiceUnderTest, present: Present, acme: str, parked: set[str]
) -> None:
    project = new_id()
    await present.happen(stream_id("project", project), eng.ProjectRegistered(code="P1", title="Secret soon"))
    activity = await recorded(present, acme, project=project, responsible=act.Assignment(user=BEN))
    parked.add(stream_id("project", project))
    for path in (f"/v1/companies/{acme}/history", f"/v1/projects/{project}/history"):
        assert [await seen(api, path, reader) for reader in ("anna", "ben")] == [[activity]] * 2
        assert await seen(api, path, "cara") == []
        answer = await api.call("GET", path, token=api.tokens.user("anna"))
        assert "Secret soon" not in answer.text


def test_users_of_these_tests_are_those_of_the_tokens(api: ServiceUnderTest) -> None:
    assert api.tokens.user_id("anna") == ANNA
