"""Inbox, event stream, reminders to come and preferences over HTTP: everybody's own, and only what one may see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from dossier.auth.guard import assert_every_route_has_a_rule
from dossier.contracts.activities import (
    ActivityChanges,
    ActivityCompleted,
    ActivityCorrected,
    ActivityLinked,
    Assignment,
    DueMoved,
)
from dossier.contracts.common import Principals, Reference
from dossier.contracts.engagements import EngagementOpened, EngagementRestricted, ProjectRegistered
from dossier.ids import new_id
from dossier.testing.activities import ANNA, ATLAS, BEN, note
from dossier.testing.tokens import bearer
from notifications.api import stream as stream_api
from notifications.roles import roles


class Client:
    """Calls the service as one of its users."""

    def __init__(self, office: Any, app: Any, http: httpx.AsyncClient) -> None:
        self.office = office
        self.app = app
        self.http = http

    async def send(
        self, method: str, path: str, body: Any = None, *, by: str = "anna", **headers: str
    ) -> httpx.Response:
        own = self.office.tokens.headers(by)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, json=body, headers=own | named)

    async def inbox(self, by: str = "anna") -> list[dict[str, Any]]:
        answer = await self.send("GET", "/v1/inbox", by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def remind(self, on: date | None = None, user: str = ANNA, **fields: Any) -> str:
        """A task of the user's, told if it is due; the activity."""
        activity = f"activity-{new_id()}"
        task = note(responsible=Assignment(user=user), due_on=on or self.office.past, **fields)
        await self.office.happens(activity, task)
        await self.office.fire()
        return activity

    async def frames(self, number: int, *, by: str = "anna", after: int | None = None) -> list[dict[str, str]]:
        """The first frames of the event stream, comments left out."""
        app, token = self.app, self.office.tokens.headers(by)["Authorization"]
        return await first_frames(app, token, after, number)


async def first_frames(app: Any, token: str, after: int | None, number: int) -> list[dict[str, str]]:
    """Speaks ASGI itself: httpx waits for the end of an answer, and this one has none."""
    headers = [(b"authorization", token.encode()), (b"host", b"test")]
    headers += [(b"last-event-id", str(after).encode())] if after is not None else []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/v1/inbox/stream", "raw_path": b"/v1/inbox/stream", "query_string": b"", "root_path": "",
        "headers": headers, "client": ("test", 1), "server": ("test", 80), "state": {},
    }  # fmt: skip
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not gone.is_set() and not sent.is_set():
            sent.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 200) == 200, message
        await chunks.put(message.get("body", b""))

    sent = asyncio.Event()
    serving = asyncio.create_task(app(scope, receive, send))
    frames: list[dict[str, str]] = []
    try:
        async with asyncio.timeout(20):
            while len(frames) < number:
                for block in (await chunks.get()).decode().split("\n\n"):
                    fields = dict(
                        line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":")
                    )
                    frames += [fields] if fields else []
    finally:
        gone.set()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    return frames


@pytest.fixture
async def client(office: Any) -> AsyncIterator[Client]:
    app = roles(office.service).app
    app.state.reading.view._planner._live_since = datetime(2020, 1, 1, tzinfo=UTC)
    await app.state.store.start()
    await app.state.bell.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notifications") as http:
        yield Client(office, app, http)
    await app.state.bell.stop()
    await app.state.store.stop()


async def test_not_01_an_entry_says_what_it_is_about_in_todays_words(client: Client) -> None:
    activity = await client.remind(title="Offer")
    await client.office.happens(activity, ActivityCorrected(changes=ActivityChanges(title="Contract")))
    (entry,) = await client.inbox()
    assert entry["title"] == "Contract"
    assert (entry["activity"], entry["anchor"], entry["on"]) == (activity[9:], "due", "2026-01-05")
    assert (entry["state"], entry["unsure"]) == ("open", False)
    assert entry["overdue_from"] == "2026-01-05T23:00:00Z"


async def test_an_inbox_is_its_users_own(client: Client) -> None:
    await client.remind()
    (entry,) = await client.inbox()
    assert await client.inbox(by="ben") == []
    for action in ("read", "dismiss"):
        assert (await client.send("POST", f"/v1/inbox/{entry['id']}/{action}", by="ben")).status_code == 404
        assert (await client.send("POST", f"/v1/inbox/{'0' * 32}/{action}")).status_code == 404
    assert (await client.inbox())[0]["state"] == "open"


async def test_not_12_what_is_dismissed_does_not_come_back(client: Client) -> None:
    activity = await client.remind()
    (entry,) = await client.inbox()
    for _ in range(2):
        assert (await client.send("POST", f"/v1/inbox/{entry['id']}/read")).status_code == 204
    assert (await client.inbox())[0]["state"] == "read"
    for _ in range(2):
        assert (await client.send("POST", f"/v1/inbox/{entry['id']}/dismiss")).status_code == 204
    assert (await client.send("POST", f"/v1/inbox/{entry['id']}/read")).status_code == 404
    await client.office.happens(activity, DueMoved(due_on=client.office.future))
    await client.office.happens(activity, DueMoved(due_on=client.office.past))
    await client.office.fire()
    assert await client.inbox() == []


async def test_rgt_10_who_may_no_longer_see_the_activity_sees_no_entry(client: Client) -> None:
    activity, project = await client.remind(), f"project-{ATLAS}"
    (entry,) = await client.inbox()
    upcoming = await client.remind(client.office.future)
    await client.office.happens(project, ProjectRegistered(code="A", title="Atlas"))
    for stream in (activity, upcoming):
        await client.office.happens(stream, ActivityLinked(object=Reference(type="project", id=ATLAS)))
    assert len(await client.inbox()) == 1
    await client.office.happens(project, EngagementRestricted(to=Principals(users=(BEN,))))
    assert await client.inbox() == []
    assert (await client.send("GET", "/v1/reminders")).json()["items"] == []
    assert (await client.send("POST", f"/v1/inbox/{entry['id']}/read")).status_code == 404
    assert await client.frames(2, after=0) == [{"id": "0"}, {"id": "1"}]
    await client.office.happens(project, EngagementOpened())
    assert len(await client.inbox()) == 1


async def test_pages_go_on_behind_what_may_not_be_seen(client: Client) -> None:
    project = f"project-{ATLAS}"
    await client.office.happens(project, ProjectRegistered(code="A", title="Atlas"))
    seen = [await client.remind()]
    hidden = [await client.remind(project=ATLAS) for _ in range(4)]
    seen.append(await client.remind())
    await client.office.happens(project, EngagementRestricted(to=Principals(users=(BEN,))))
    assert len(hidden) == 4
    first = (await client.send("GET", "/v1/inbox?limit=1")).json()
    second = (await client.send("GET", f"/v1/inbox?limit=1&cursor={first['next']}")).json()
    assert [f"activity-{page['items'][0]['activity']}" for page in (first, second)] == seen[::-1]
    assert second["next"] is None
    assert (await client.send("GET", f"/v1/inbox?cursor={first['next']}", by="ben")).status_code == 400


async def test_the_next_reminders_can_be_previewed(client: Client) -> None:
    later = await client.remind(date(2126, 2, 1))
    sooner = await client.remind(date(2126, 1, 1))
    page = (await client.send("GET", "/v1/reminders")).json()
    assert [f"activity-{item['activity']}" for item in page["items"]] == [sooner, later]
    assert page["items"][0]["at"] == "2126-01-01T08:00:00Z"
    assert (await client.send("GET", "/v1/reminders", by="ben")).json()["items"] == []


async def test_the_stream_tells_what_happens_from_now_on(client: Client) -> None:
    await client.remind()
    watching = asyncio.create_task(client.frames(3))
    await asyncio.sleep(0.3)
    activity = await client.remind()
    await asyncio.sleep(0.7)
    await client.office.happens(activity, ActivityCompleted(completed_on=client.office.past))
    hello, told, ended = await watching
    assert hello == {"id": "1"}
    assert (told["id"], told["event"], json.loads(told["data"])["state"]) == ("2", "told", "open")
    assert (ended["id"], ended["event"], json.loads(ended["data"])["state"]) == ("3", "ended", "ended")


async def test_the_stream_goes_on_behind_the_last_event_without_a_gap(client: Client) -> None:
    for _ in range(3):
        await client.remind()
    (entry, *_) = await client.inbox()
    await client.send("POST", f"/v1/inbox/{entry['id']}/read")
    frames = await client.frames(4, after=1)
    assert [(frame["id"], frame.get("event")) for frame in frames] == [
        ("1", None), ("2", "told"), ("3", "told"), ("4", "read"),
    ]  # fmt: skip
    assert (await client.frames(1, by="ben"))[0] == {"id": "0"}


async def test_an_id_that_was_never_given_counts_as_the_last_one_that_was(client: Client) -> None:
    await client.remind()
    watching = asyncio.create_task(client.frames(2, after=7))
    await asyncio.sleep(0.3)
    await client.remind()
    assert [(frame["id"], frame.get("event")) for frame in await watching] == [("1", None), ("2", "told")]


async def test_the_stream_ends_with_its_lifetime(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_api, "LIFETIME_SECONDS", 0.0)
    answer = await client.send("GET", "/v1/inbox/stream")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text == "id: 0\n\n"


async def test_preferences_are_chosen_kept_and_guarded(client: Client) -> None:
    usual = (await client.send("GET", "/v1/preferences")).json()
    assert usual == {
        "remind_at": "09:00:00", "due": True, "follow_up": True, "lead_days": 0, "time_zone": "Europe/Zurich",
    }  # fmt: skip
    first = await client.send("PATCH", "/v1/preferences", {"remind_at": "07:30", "lead_days": 2}, Idempotency_Key="a")
    assert first.status_code == 200, first.text
    again = await client.send("PATCH", "/v1/preferences", {"remind_at": "07:30", "lead_days": 2}, Idempotency_Key="a")
    assert again.json() == first.json() | {"replayed": True}
    stale = await client.send("PATCH", "/v1/preferences", {"due": False}, If_Match='"0"')
    assert stale.status_code == 409
    now = await client.send("GET", "/v1/preferences")
    assert (now.json()["remind_at"], now.json()["lead_days"], now.headers["etag"]) == ("07:30:00", 2, '"1"')
    assert (await client.send("GET", "/v1/preferences", by="ben")).json() == usual


@pytest.mark.parametrize(
    "body",
    [
        {"remind_at": "25:00"},
        {"remind_at": "09:00:30"},
        {"remind_at": "09:00Z"},
        {"remind_at": None},
        {"lead_days": -1},
        {"lead_days": 61},
        {"lead_days": "2"},
        {"due": "yes"},
        {"snooze": True},
    ],
)
async def test_bad_preferences_are_refused_and_nothing_is_written(client: Client, body: Any) -> None:
    answer = await client.send("PATCH", "/v1/preferences", body)
    assert answer.status_code == 422, answer.text
    document = answer.json()
    named = document.get("errors") or [document]
    assert named[0]["field"] == next(iter(body))
    assert await client.app.state.store.commits.count_documents({}) == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/inbox?limit=0", 422), ("/v1/inbox?cursor=x", 400), ("/v1/reminders?cursor=x", 400)],
)
async def test_bad_queries_are_refused(client: Client, path: str, status: int) -> None:
    assert (await client.send("GET", path)).status_code == status


async def test_services_and_strangers_have_no_inbox(client: Client) -> None:
    service = bearer(client.office.tokens.service("histories"))
    for path in ("/v1/inbox", "/v1/reminders", "/v1/preferences", "/v1/inbox/stream"):
        assert (await client.http.get(path, headers=service)).status_code == 403
        assert (await client.http.get(path)).status_code == 401
    assert (await client.send("GET", "/feed")).status_code == 403


def test_every_route_has_a_rule(client: Client) -> None:
    assert_every_route_has_a_rule(client.app)
