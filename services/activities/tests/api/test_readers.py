"""Who can see this, and why: the answer agrees with who does see it."""

from __future__ import annotations

from typing import Any

from activities.views.world import WorldView
from dossier.contracts.base import REDACTED
from dossier.contracts.common import Principals
from dossier.contracts.directory import UserAdded, UserChanged
from dossier.contracts.engagements import EngagementRestricted, ProjectRegistered
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.store import Head, NewCommit
from dossier.testing.activities import ANNA, BEN, CARA, DORA, SECRET, TEAM
from dossier.testing.recorded import recorded
from dossier.testing.store_behaviour import metadata

PATH = "/v1/activities"
USERS = {"anna": ANNA, "ben": BEN, "cara": CARA, "dora": DORA}


async def told(client: Any, identifier: str, by: str = "anna") -> dict[str, Any]:
    answer = await client.send("GET", f"{PATH}/{identifier}/readers", by=by)
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines(readers: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [(line["who"]["id"] or line["who"]["type"], line["because"]) for line in readers["lines"]]


def admitted(readers: dict[str, Any]) -> set[str]:
    """The users without groups who see it, going by the answer alone."""
    names = {line["who"]["id"] or "everyone" for line in readers["lines"]}
    seen = set(USERS.values()) if "everyone" in names else names & set(USERS.values())
    for restriction in readers["restrictions"]:
        seen &= {who["id"] for who in restriction["who"]}
    return seen


async def seeing(client: Any, identifier: str) -> set[str]:
    return {user for name, user in USERS.items() if await client.sees(identifier, name)}


async def test_rgt_10_what_everybody_sees_is_one_line(client: Any) -> None:
    identifier = await client.record(responsible={"user": BEN})
    readers = await told(client, identifier)
    assert (readers["visibility"], lines(readers)) == ("everyone", [("everyone", "visibility")])
    assert readers["restrictions"] == []


async def test_rgt_10_users_and_groups_are_named(client: Any) -> None:
    grants = [{"to": "user", "id": CARA}, {"to": "group", "id": TEAM}]
    identifier = await client.record(visibility="granted", grants=grants)
    names = {ANNA: "Anna Muster", CARA: "Cara Graf", TEAM: "Team"}
    assert (await told(client, identifier))["names"] == names
    assert (await client.read(identifier))["names"] == names


async def test_who_is_renamed_is_named_anew_and_who_was_erased_not_at_all(client: Any, world: WorldView) -> None:
    identifier = await client.record(responsible={"user": BEN})
    past = [UserAdded(name="Ben Frei"), UserChanged(name="Ben Sommer"), UserChanged(name=REDACTED)]
    _, renamed, erased = recorded(f"user-{BEN}", *past)
    await world.apply([Span(f"user-{BEN}", [renamed])])
    assert (await client.read(identifier))["names"] == {ANNA: "Anna Muster", BEN: "Ben Sommer"}
    await world.apply([Span(f"user-{BEN}", [erased])])
    assert (await client.read(identifier))["names"] == {ANNA: "Anna Muster"}


async def test_rgt_10_each_reason_is_a_line_and_a_grant_says_its_origin(client: Any) -> None:
    identifier = await client.record(
        visibility="granted",
        responsible={"user": BEN},
        further_responsible=[{"user": ANNA}],
        participants=[CARA],
        grants=[{"to": "group", "id": TEAM}, {"to": "user", "id": BEN}],
    )
    readers = await told(client, identifier, by="cara")
    assert lines(readers) == [
        (ANNA, "author"),
        (BEN, "responsible"),
        (ANNA, "responsible"),
        (CARA, "participant"),
        (TEAM, "grant"),
        (BEN, "grant"),
    ]
    grant = readers["lines"][4]
    assert grant["origin"] == {"kind": "person", "id": ANNA}
    assert grant["says"] == "granted by Anna Muster"
    assert admitted(readers) == await seeing(client, identifier) == {ANNA, BEN, CARA}


async def test_rgt_10_what_came_in_by_a_mailbox_says_so_and_no_id(client: Any) -> None:
    mailbox = {"kind": "channel", "id": new_id()}
    grants = [{"to": "user", "id": ANNA, "origin": mailbox}]
    identifier = await client.record(by="service:email-ingest", visibility="granted", grants=grants)
    (line,) = (await told(client, identifier))["lines"]
    assert (line["says"], line["origin"]) == ("it came in by a mailbox that they may read", mailbox)


async def test_rgt_10_who_is_asked_to_take_it_over_or_to_review_it_sees_it_for_that(client: Any) -> None:
    deadline = {"activity_type": "deadline_with_review", "due_on": "2026-06-30", "responsible": {"user": ANNA}}
    identifier = await client.record(visibility="granted", reviewer=BEN, **deadline)
    await client.do("POST", f"{PATH}/{identifier}/delegation", {"to": CARA})
    readers = await told(client, identifier)
    assert lines(readers) == [(ANNA, "author"), (ANNA, "responsible"), (CARA, "offered"), (BEN, "reviewer")]
    assert admitted(readers) == await seeing(client, identifier) == {ANNA, BEN, CARA}


async def test_rgt_10_a_restricted_project_is_a_door_of_its_own(client: Any) -> None:
    identifier = await client.record(by="ben", project=SECRET)
    readers = await told(client, identifier, by="ben")
    (door,) = readers["restrictions"]
    assert (door["object"], door["known"]) == ({"type": "project", "id": SECRET}, True)
    assert {(who["type"], who["id"]) for who in door["who"]} == {("user", BEN), ("group", TEAM)}
    assert admitted(readers) == await seeing(client, identifier) == {BEN}


async def test_rgt_10_of_an_engagement_that_is_not_known_yet_it_says_so(client: Any, owners: Any, world: Any) -> None:
    project = new_id()
    stream, begun = f"project-{project}", ProjectRegistered(code="N", title="New")
    await owners.append(NewCommit(stream, Head(stream), [begun], metadata()))
    identifier = await client.record(project=project, responsible={"user": BEN})
    readers = await told(client, identifier)
    (door,) = readers["restrictions"]
    assert (door["known"], admitted(readers)) == (False, await seeing(client, identifier)) == (False, {ANNA, BEN})
    events = recorded(stream, begun, EngagementRestricted(to=Principals(users=(BEN,))))
    await world.apply([Span(stream, events)])
    assert admitted(await told(client, identifier, by="ben")) == await seeing(client, identifier) == {BEN}


async def test_rgt_10_it_is_for_those_who_see_the_activity(client: Any) -> None:
    identifier = await client.record(visibility="granted")
    assert (await client.send("GET", f"{PATH}/{identifier}/readers", by="ben")).status_code == 404
    assert (await client.send("GET", f"{PATH}/{new_id()}/readers", by="ben")).status_code == 404
