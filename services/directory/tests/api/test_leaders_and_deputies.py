"""Team leaders and deputies over HTTP (RGT-09)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from directory.roll import Rolls
from dossier.auth.groups import ASSISTANTS
from dossier.ids import new_id
from dossier.testing.clock import ManualClock
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def administer(service: ServiceUnderTest, method: str, path: str, body: Any = None, **more: Any) -> Any:
    return await service.call(method, path, body, token=service.tokens.administrator(), **more)


async def user(service: ServiceUnderTest, name: str, time_zone: str = "Europe/Zurich") -> str:
    body = {"name": name, "time_zone": time_zone}
    return (await administer(service, "POST", "/v1/users", body, expect=201)).json()["id"]


async def shown(service: ServiceUnderTest, path: str) -> Any:
    return (await service.call("GET", path, expect=200)).json()


async def test_rgt_09_a_group_has_leaders(directory: ServiceUnderTest) -> None:
    eva, max_ = await user(directory, "Eva"), await user(directory, "Max")
    group = (await administer(directory, "POST", "/v1/groups", {"name": "Team"}, expect=201)).headers["Location"]
    for leader in (eva, max_, eva):
        await administer(directory, "PUT", f"{group}/leaders/{leader}", expect=200)
    assert (await shown(directory, group))["leaders"] == [eva, max_]
    assert (await directory.call("GET", group, expect=200)).headers["ETag"] == '"3"'
    await administer(directory, "DELETE", f"{group}/leaders/{eva}", expect=200)
    assert (await shown(directory, group))["leaders"] == [max_]
    assert (await shown(directory, group))["members"] == []


async def test_rgt_09_only_who_is_here_leads_or_stands_in(directory: ServiceUnderTest) -> None:
    eva, gone = await user(directory, "Eva"), await user(directory, "Gone")
    await administer(directory, "POST", f"/v1/users/{gone}/deactivate", expect=200)
    group = (await administer(directory, "POST", "/v1/groups", {"name": "Team"}, expect=201)).headers["Location"]
    commits = await directory.store.commits.count_documents({})
    for nobody in (gone, new_id()):
        for path, field in ((f"{group}/leaders/{nobody}", "user"), (f"/v1/users/{eva}/deputies/{nobody}", "deputy")):
            problem = (await administer(directory, "PUT", path, {}, expect=422)).json()
            assert (problem["rule"], problem["field"]) == ("RGT-09", field)
    assert (await administer(directory, "PUT", f"/v1/users/{new_id()}/deputies/{eva}", {})).status_code == 404
    assert await directory.store.commits.count_documents({}) == commits


async def test_rgt_09_deputies_are_shown_with_their_days_and_whom_one_represents_today(
    directory: ServiceUnderTest,
) -> None:
    eva, max_, lea = [await user(directory, name) for name in ("Eva", "Max", "Lea")]
    days = {"first_day": "2026-07-01", "last_day": "2026-07-14"}
    await administer(directory, "PUT", f"/v1/users/{eva}/deputies/{max_}", days, expect=200)
    await administer(directory, "PUT", f"/v1/users/{eva}/deputies/{lea}", expect=200)
    assert (await shown(directory, f"/v1/users/{eva}"))["deputies"] == [
        {"user": max_, **days},
        {"user": lea, "first_day": None, "last_day": None},
    ]
    clock = ManualClock(datetime(2026, 6, 30, 21, 59, tzinfo=UTC))
    rolls: Rolls = directory.roles.app.state.rolls
    directory.roles.app.state.rolls = Rolls(rolls.users, rolls.groups, clock)

    async def represents(deputy: str) -> list[str]:
        one = (await shown(directory, f"/v1/users/{deputy}"))["represents"]
        listed = {each["id"]: each for each in (await shown(directory, "/v1/users"))["items"]}
        assert listed[deputy]["represents"] == one
        return one

    assert (await represents(max_), await represents(lea)) == ([], [eva])
    clock.now = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)  # the first of July in Zurich
    assert await represents(max_) == [eva]
    clock.now = datetime(2026, 7, 14, 21, 59, tzinfo=UTC)
    assert await represents(max_) == [eva]
    await administer(directory, "PATCH", f"/v1/users/{max_}", {"time_zone": "Pacific/Auckland"}, expect=200)
    assert await represents(max_) == []
    await administer(directory, "DELETE", f"/v1/users/{eva}/deputies/{lea}", expect=200)
    assert await represents(lea) == []


async def test_rgt_09_one_appoints_an_own_deputy_and_administrators_any(directory: ServiceUnderTest) -> None:
    eva, max_ = await user(directory, "Eva"), await user(directory, "Max")
    own = directory.tokens.user(groups=(ASSISTANTS,), sub=eva)
    path = f"/v1/users/{eva}/deputies/{max_}"
    refused = await directory.call("PUT", path, {}, token=directory.tokens.user(sub=max_))
    assert (refused.status_code, refused.json()["rule"]) == (403, "capability:administer")
    await directory.call("PUT", path, {"last_day": "2026-07-14"}, token=own, expect=200)
    refused = await directory.call("DELETE", path, token=directory.tokens.user(sub=max_))
    assert refused.status_code == 403
    await directory.call("DELETE", path, token=own, expect=200)
    assert (await directory.call("PUT", f"/v1/users/{max_}/deputies/{eva}", {}, token=own)).status_code == 403
    assert (await shown(directory, f"/v1/users/{eva}"))["deputies"] == []


@pytest.mark.parametrize(
    ("body", "rule", "field"),
    [
        ({"first_day": "2026-07-02", "last_day": "2026-07-01"}, "RGT-09", "last_day"),
        ({"first_day": "yesterday"}, "format", "first_day"),
        ({"from": "2026-07-02"}, "known-field", "from"),
    ],
)
async def test_rgt_09_days_that_cannot_be_are_named(
    directory: ServiceUnderTest, body: Any, rule: str, field: str
) -> None:
    eva, max_ = await user(directory, "Eva"), await user(directory, "Max")
    problem = (await administer(directory, "PUT", f"/v1/users/{eva}/deputies/{max_}", body, expect=422)).json()
    assert (problem["rule"], problem["field"]) == (rule, field)
    itself = (await administer(directory, "PUT", f"/v1/users/{eva}/deputies/{eva}", {}, expect=422)).json()
    assert (itself["rule"], itself["field"]) == ("RGT-09", "deputy")


async def test_a_stale_version_of_a_deputyship_is_told_what_changed(directory: ServiceUnderTest) -> None:
    eva, max_ = await user(directory, "Eva"), await user(directory, "Max")
    path, seen = f"/v1/users/{eva}/deputies/{max_}", {"If-Match": '"1"'}
    await administer(directory, "PUT", path, {}, headers=seen, expect=200)
    conflict = await administer(directory, "PUT", path, {"last_day": "2026-07-14"}, headers=seen, expect=409)
    assert [change["fields"] for change in conflict.json()["changes"]] == [["deputy", "first_day", "last_day"]]
