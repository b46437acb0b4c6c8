"""The checkers of the storm can fail: each safeguard, taken away, makes them go red.

The storm's own callers work with two real services, without a storm; then everything is looked at as after one.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from activities import sight
from activities.domain import series
from activities.domain.state import Activity
from activities.roles import roles as activities_roles
from activities.settings import Settings
from dossier.contracts import Event
from dossier.contracts.addresses import CompanyRegistered, ContactRegistered
from dossier.contracts.common import Principals
from dossier.contracts.directory import UserAdded
from dossier.contracts.engagements import EngagementRestricted, ProjectRegistered
from dossier.contracts.tasks import RecurrenceSet
from dossier.files.gridfs import GridFiles
from dossier.files.uploads import Upload, Uploads
from dossier.ids import new_id
from dossier.mongo import DESCENDING, Database
from dossier.projections.model import Span
from dossier.testing.recorded import recorded
from dossier.testing.services import ServiceUnderTest, apply_all, running
from dossier.testing.tokens import TokenMaker
from faults.cast import READERS, TRUSTED, USER_GROUPS, USER_IDS, Cast
from faults.changes import Changes
from faults.checks import commits_by_key, standing_faults, told_otherwise
from faults.client import Clients, Notes
from faults.model import Facts, Outcome, must_be, put
from faults.papers import Papers
from faults.standing import led, seen
from faults.storm import idle
from faults.tasks import Tasks
from histories.views.projection import Histories
from histories.views.readers import Reader
from histories.views.texts import Texts
from oracle.reading import reading

pytestmark = pytest.mark.backends


@dataclass
class Ground:
    """Two services with a cast, and clients who note what they are told."""

    clients: Clients
    cast: Cast
    activities: ServiceUnderTest
    database: Database
    histories: Histories

    async def work(self, rounds: int = 12) -> None:
        """What the callers of the storm do, one after the other."""
        changes, papers, tasks = (kind(self.clients, self.cast) for kind in (Changes, Papers, Tasks))
        for _ in range(rounds):
            await changes.record()
            for _ in range(4):
                await changes.change()
                await papers.work()
            await tasks.story()
        await changes.record()
        activity = self.clients.notes.activities[-1]  # only its author is to see it
        body, means = {"visibility": "granted"}, {f"activity-{activity}": put(visibility="granted")}
        await self.clients.send("visibility", f"/v1/activities/{activity}/visibility", body, means=means, method="PUT")

    async def arrive(self) -> None:
        """Let everything that was recorded arrive on the pages."""
        await apply_all(self.activities.store, self.histories)

    async def faults(self) -> list[str]:
        """What the checkers find."""
        notes = self.clients.notes
        there, doubled = await commits_by_key([self.database])
        expected = must_be((*notes.beginnings, *notes.outcomes), there)
        own = {stream: facts for stream, facts in expected.items() if stream.startswith("activity-")}
        return [
            *notes.surprises,
            *doubled,
            *told_otherwise(notes, there),
            *await standing_faults(self.clients, self.database, own, there),
            *await seen(self.clients, expected),
        ]


def world(cast: Cast) -> dict[str, list[Event]]:
    """What other services told. One project is restricted to Anna and Clara."""
    restricted = EngagementRestricted(to=Principals(users=(USER_IDS["anna"], USER_IDS["clara"])))
    secret, *others = cast.projects
    return {
        **{f"user-{USER_IDS[login]}": [UserAdded(name=login)] for login in READERS},
        **{f"company-{each}": [CompanyRegistered(name="Acme")] for each in cast.companies},
        **{
            f"contact-{each}": [ContactRegistered(company=cast.companies[0], last_name="Meyer")]
            for each in cast.contacts
        },
        **{f"project-{each}": [ProjectRegistered(code="P", title="Project")] for each in others},
        f"project-{secret}": [ProjectRegistered(code="S", title="Secret"), restricted],
    }


@pytest.fixture
async def ground(mongo_url: str, database_name: str, database: Database) -> AsyncIterator[Ground]:
    cast, tokens, histories, texts = Cast(1), TokenMaker(), Histories(), Texts()
    for view in (histories, texts):
        view.attach(database, 1)
        await view.prepare()
    told = [Span(stream, recorded(stream, *events)) for stream, events in world(cast).items()]
    await histories.apply(told)
    await histories.advance({span.stream: span.last for span in told})

    own = f"{database_name}_activities"
    async with (
        running(Settings, activities_roles, mongo_url, own, tokens=tokens) as activities,
        reading(mongo_url, database_name, histories, texts, tokens=tokens) as pages,
        _http(activities=activities, histories=pages) as http,
    ):
        await activities.roles.app.state.world.prepare()
        await activities.roles.app.state.world.apply(told)
        notes = Notes()
        for project, to in zip(cast.projects, [restriction(), None, None, None], strict=True):
            notes.began(f"project-{project}", put(restricted_to=to))
        of_users = {login: tokens.sign(_claims(login)) for login in READERS}
        clients = Clients(http, "http://{}".format, of_users | {TRUSTED: tokens.service(TRUSTED)}, notes)
        yield Ground(clients, cast, activities, activities.store.database, histories)


def restriction() -> frozenset[str]:
    return frozenset(f"user:{USER_IDS[login]}" for login in ("anna", "clara"))


def _claims(login: str) -> dict[str, Any]:
    return {"sub": USER_IDS[login], "groups": list(USER_GROUPS[login]), "client_id": "test-client"}


def _http(**services: ServiceUnderTest) -> httpx.AsyncClient:
    transports = {
        f"http://{name}": httpx.ASGITransport(service.roles.app, raise_app_exceptions=False)
        for name, service in services.items()
    }
    return httpx.AsyncClient(mounts=transports)


async def test_the_checkers_find_nothing_wrong_with_the_services_themselves(ground: Ground) -> None:
    await ground.work()
    await ground.arrive()
    assert await ground.faults() == []
    assert len(ground.clients.notes.papers) > 10


Break = Callable[[pytest.MonkeyPatch], None]


def every_completion_opens_another(patch: pytest.MonkeyPatch) -> None:
    def awaited(state: Activity) -> RecurrenceSet | None:
        return state.task.recurrence

    patch.setattr(series, "awaited", awaited)


def a_review_lasts_whatever_changes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("activities.domain.consequences._reviewed_anew", lambda before, after: ())


def early_deadlines_stay_behind(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("activities.domain.deadlines.follow", lambda child, former, due_on, days_before: ())


def files_lose_their_end(patch: pytest.MonkeyPatch) -> None:
    put = GridFiles.put

    async def short(self: GridFiles, name: str, parts: AsyncIterable[bytes]) -> None:
        async def cut() -> AsyncIterator[bytes]:
            async for part in parts:
                yield part[:-1]

        await put(self, name, cut())

    patch.setattr(GridFiles, "put", short)


def what_is_not_used_stays(patch: pytest.MonkeyPatch) -> None:
    async def finish(self: Uploads, upload: Upload, *, used: bool) -> None:
        return

    patch.setattr(Uploads, "finish", finish)


def everybody_sees_activities(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sight, "may_see", lambda state, tokens, engagements: True)


def everybody_sees_pages(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Reader, "seen", lambda self, withdrawn_too=False: [{}])


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (every_completion_opens_another, "were done and opened|nobody opened"),
        (a_review_lasts_whatever_changes, "done without a review"),
        (early_deadlines_stay_behind, "due_on is .* and must be"),
        (files_lose_their_end, "/content.* and must be"),
        (what_is_not_used_stays, "bytes in parts"),
        (everybody_sees_activities, "activities answers .* 200 .* must answer 404"),
        (everybody_sees_pages, "histories answers .* 200 .* must answer 404"),
    ],
)
async def test_a_safeguard_that_is_taken_away_is_noticed(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, broken: Break, said: str
) -> None:
    broken(monkeypatch)
    await ground.work()
    await ground.arrive()
    assert any(re.search(said, fault) for fault in await ground.faults())


async def test_a_change_that_is_lost_is_noticed(ground: Ground) -> None:
    await ground.work(2)
    await ground.database["commits"].find_one_and_delete({"first": {"$gt": 1}}, sort=[("recorded_at", DESCENDING)])
    assert any("must be" in fault for fault in await ground.faults())


async def test_an_activity_that_is_lost_is_noticed(ground: Ground) -> None:
    await ground.work(1)
    await ground.database["commits"].delete_many({"stream": f"activity-{ground.clients.notes.activities[0]}"})
    assert any("is lost" in fault for fault in await ground.faults())


async def test_an_activity_that_is_there_twice_is_noticed(ground: Ground) -> None:
    await ground.work(1)
    await ground.clients.must("activities", "/v1/activities", {"kind": "note", "title": "Nummer 1"})
    assert any("nobody asked for" in fault for fault in await ground.faults())


async def test_pages_that_lag_behind_are_noticed(ground: Ground) -> None:
    await ground.work(3)
    await ground.arrive()
    await ground.work(3)
    assert any("histories answers" in fault or "the page of" in fault for fault in await ground.faults())


async def test_a_deputy_or_leader_who_is_not_told_so_is_noticed(ground: Ground) -> None:
    nobody: dict[str, Facts] = {f"user-{USER_IDS['anna']}": {"deputies": frozenset()}}
    assert await led(ground.clients, nobody) == []
    deputy = {f"user-{USER_IDS['anna']}": {"deputies": frozenset({USER_IDS["bruno"]})}}
    leader = {f"group-{new_id()}": {"leaders": frozenset({USER_IDS["bruno"]})}}
    for wanted in (deputy, leader):
        assert [fault.split()[0] for fault in await led(ground.clients, wanted)] == ["bruno"]


async def test_a_command_that_ended_elsewhere_or_was_refused_and_done_is_noticed() -> None:
    there = {"a": ("activity-1", 3), "b": ("activity-1", 4)}
    notes = Notes(outcomes=[Outcome("a", "pin", ("activity-1", 2), {})], refused={"b": "hide", "c": "show"})
    assert told_otherwise(notes, there) == [
        "hide b was refused and is there",
        "command a was told ('activity-1', 2), is at ('activity-1', 3)",
    ]


async def test_a_storm_that_did_nothing_is_noticed() -> None:
    assert len(idle(Notes())) > 10


async def test_what_is_unknown_counts_if_it_is_there() -> None:
    outcomes = [
        Outcome("a", "corrections", ("activity-1", 2), {"activity-1": put(title="told")}),
        Outcome("b", "corrections", None, {"activity-1": put(title="unknown")}),
    ]
    assert must_be(outcomes, {"a": ("activity-1", 2)}) == {"activity-1": {"title": "told"}}
    both = {"a": ("activity-1", 2), "b": ("activity-1", 3)}
    assert must_be(outcomes, both) == {"activity-1": {"title": "unknown"}}
    assert must_be(outcomes, {**both, "b": ("activity-1", 1)}) == {"activity-1": {"title": "told"}}
