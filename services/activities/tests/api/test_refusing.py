"""What is hidden is refused like what there is not, whatever its past, and whoever is away."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from activities import handling
from activities.domain.access import may_see
from activities.domain.state import Activity, evolve
from activities.sight import noted, notes
from activities.views.world import WorldView
from dossier.contracts.activities import Assignment
from dossier.contracts.common import Principals
from dossier.contracts.engagements import EngagementRestricted, ProjectRegistered
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.store import CommitStore
from dossier.testing.activities import ANNA, ATLAS, BEN, CARA, SECRET, note
from dossier.testing.recorded import recorded

PATH = "/v1/activities"
HIDDEN: dict[str, Any] = {"visibility": "granted"}


async def test_rgt_10_a_project_one_may_not_see_is_like_one_that_does_not_exist_while_its_service_is_away(
    client: Any, service: Any
) -> None:
    service.http._transport = httpx.AsyncHTTPTransport()  # nobody listens at the owners' addresses
    told = []
    for project in (SECRET, new_id()):
        for path, body in (
            (PATH, {"kind": "note", "title": "x", "project": project}),
            (f"{PATH}/{await client.record()}/links", {"object": {"type": "project", "id": project}}),
        ):
            answer = await client.send("POST", path, body, Correlation_Id="")
            told.append((answer.status_code, answer.json()["rule"], answer.json()["detail"]))
    assert told == [(422, "REF-01", told[0][2])] * 4
    assert await client.record(project=ATLAS), "what is known here needs nobody"
    assert await client.record(by="service:email-ingest", project=new_id()), "what was decided before is not lost"


@pytest.fixture
def folded(store: CommitStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The streams whose past was read."""
    read: list[str] = []
    original = store.history

    async def history(stream: str) -> Any:
        read.append(stream)
        return await original(stream)

    monkeypatch.setattr(store, "history", history)
    return read


@pytest.mark.parametrize(
    ("method", "part", "body"),
    [
        ("GET", "", None),
        ("GET", "/changes", None),
        ("GET", "/documents", None),
        ("POST", "/corrections", {"changes": {"title": "Mine"}}),
        ("POST", "/complete", {}),
        ("PUT", "/due", {"on": "2026-05-04"}),
    ],
)
async def test_rgt_10_the_past_of_what_is_hidden_is_not_read(
    client: Any, folded: list[str], method: str, part: str, body: Any
) -> None:
    hidden = await client.record(**HIDDEN)
    for by_project in (False, True):
        if by_project:
            hidden = await client.record(by="ben", project=SECRET)
        folded.clear()
        for headers in ({}, {"If_Match": '"1"'}):
            answer = await client.send(method, f"{PATH}/{hidden}{part}", body, by="cara", **headers)
            assert answer.status_code == 404
        assert folded == []


async def test_rgt_10_nor_is_it_where_something_refers_to_it(client: Any, folded: list[str]) -> None:
    hidden = await client.record(**HIDDEN)
    folded.clear()
    body = {"kind": "note", "title": "x", "follow_up_of": hidden}
    assert await client.refused("POST", PATH, body, by="cara") == ("REF-01", "follow_up_of")
    assert folded == []


async def test_rgt_10_what_was_just_shown_or_hidden_is_so_at_once(client: Any, world: WorldView) -> None:
    identifier = await client.record(**HIDDEN)
    path = f"{PATH}/{identifier}"
    for method, part, body, seen in (
        ("POST", "grants", {"grants": [{"to": "user", "id": CARA}]}, True),
        ("POST", "grants/revoke", {"grants": [{"to": "user", "id": CARA}]}, False),
        ("POST", "responsible", {"user": CARA}, True),
        ("POST", "links", {"object": {"type": "project", "id": ATLAS}}, True),
    ):
        await client.do(method, f"{path}/{part}", body)
        assert await client.sees(identifier, "cara") is seen
    restricted = EngagementRestricted(to=Principals(users=(ANNA,)))
    history = recorded(f"project-{ATLAS}", ProjectRegistered(code="A", title="Atlas"), restricted)
    await world.apply([Span(f"project-{ATLAS}", history)])
    assert [await client.sees(identifier, name) for name in ("anna", "cara")] == [True, False]


@pytest.mark.parametrize("kept", [{}, {"noted": {"meaning": 0}}])
async def test_rgt_10_what_no_commit_notes_is_judged_by_its_past(
    client: Any, store: CommitStore, kept: dict[str, Any]
) -> None:
    identifier = await client.record(**HIDDEN)
    await store.commits.update_many({}, {"$set": kept} if kept else {"$unset": {"noted": 1}})
    assert [await client.sees(identifier, name) for name in ("anna", "cara")] == [True, False]
    assert (await client.send("PUT", f"{PATH}/{identifier}/due", {"on": "2026-05-04"}, by="cara")).status_code == 404


async def test_what_no_commit_notes_is_folded_once_and_several_at_the_same_moment(
    client: Any, store: CommitStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await client.record(kind="call", project=ATLAS)
    ids = [await client.record(follow_up_of=call, project=ATLAS) for _ in range(4)]
    await store.commits.update_many({}, {"$unset": {"noted": 1}})
    folding, most, read, original = 0, 0, list[str](), store.history

    async def history(stream: str) -> Any:
        nonlocal folding, most
        read.append(stream)
        folding += 1
        most = max(most, folding)
        await asyncio.sleep(0)
        try:
            return await original(stream)
        finally:
            folding -= 1

    monkeypatch.setattr(store, "history", history)
    monkeypatch.setattr(handling, "AT_ONCE", 3)
    assert (await client.read(call))["follow_ups"] == ids
    assert (await client.read(ids[0]))["follow_up_of"] == call
    assert sorted(read) == sorted([f"activity-{id}" for id in (call, *ids, ids[0], call)])
    assert most == 3


OLDER = {"$set": {"noted.meaning": 1}, "$unset": {"noted.withdrawn": 1}}
"""Makes of what commits note what they noted before they told what was withdrawn."""


async def test_rgt_10_what_older_commits_note_of_who_sees_it_is_gone_by(
    client: Any, store: CommitStore, folded: list[str]
) -> None:
    hidden = await client.record(**HIDDEN)
    await store.commits.update_many({}, OLDER)
    folded.clear()
    assert [await client.sees(hidden, name) for name in ("cara", "anna")] == [False, True]
    assert folded == [f"activity-{hidden}"], "once, for who sees it"


@pytest.mark.parametrize("kept", [OLDER, {"$unset": {"noted": 1}}])
async def test_of_follow_ups_that_note_too_little_no_more_are_folded_than_it_takes(
    client: Any, store: CommitStore, folded: list[str], monkeypatch: pytest.MonkeyPatch, kept: dict[str, Any]
) -> None:
    call = await client.record(kind="call")
    ids = [await client.record(follow_up_of=call, **(HIDDEN if place == 4 else {})) for place in range(9)]
    await client.do("POST", f"{PATH}/{ids[8]}/withdraw", {})
    await store.commits.update_many({}, kept)
    monkeypatch.setattr(handling, "MOST_FOLLOW_UPS", 2)
    folded.clear()
    view = await client.read(call, by="ben")
    assert (view["follow_ups"], view["more_follow_ups"]) == (ids[6:8], True)
    needed = [call, *ids[3:4], *(ids[4:5] if kept is not OLDER else []), *ids[5:]]
    assert sorted(folded) == sorted(f"activity-{id}" for id in needed)


def test_rgt_10_a_note_says_of_everybody_what_the_past_says() -> None:
    for fields in (
        {},
        HIDDEN,
        {**HIDDEN, "participants": (BEN,)},
        {"project": ATLAS, "responsible": Assignment(user=BEN)},
        {**HIDDEN, "project": ATLAS, "entered_by": None},
    ):
        state = evolve(Activity(), note(**fields))
        told = noted(notes(state))
        assert told is not None
        for user in (ANNA, BEN, CARA):
            for engagements in ({}, {f"project-{ATLAS}": None}, {f"project-{ATLAS}": frozenset({f"user:{user}"})}):
                mine = frozenset({f"user:{user}"})
                assert may_see(told, mine, engagements) == may_see(state, mine, engagements)
