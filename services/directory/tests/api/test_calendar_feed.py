"""A user's own calendar feed: its secret is told once, kept as a hash, and good until it is revoked."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

PATH = "/v1/calendar-feed"


@pytest.fixture
async def anna(directory: ServiceUnderTest) -> str:
    """Anna, as the directory knows her."""
    identifier = directory.tokens.user_id("anna")
    body = {"id": identifier, "name": "Anna"}
    await directory.call("POST", "/v1/users", body, token=directory.tokens.administrator(), expect=201)
    return identifier


async def opened(directory: ServiceUnderTest, **headers: str) -> dict[str, Any]:
    answer = await directory.call("POST", PATH, headers=headers, expect=200)
    assert answer.headers["Dossier-After"]
    return answer.json()


def secret_of(answer: dict[str, Any]) -> str:
    return answer["path"].removeprefix("/v1/calendar-feeds/").removesuffix(".ics")


async def kept(directory: ServiceUnderTest, user: str) -> list[tuple[str, dict[str, Any]]]:
    events = await directory.store.read(f"user-{user}", 1)
    return [(event.type.rpartition(".")[2], event.event().model_dump()) for event in events]


async def test_cal_feed_the_secret_has_256_random_bits_and_only_its_hash_is_kept(
    directory: ServiceUnderTest, anna: str
) -> None:
    secrets = [secret_of(await opened(directory)) for _ in range(2)]
    assert {len(secret) for secret in secrets} == {43}  # 256 bits, six in each character
    assert len(set(secrets)) == 2
    hashes = [hashlib.sha256(secret.encode()).hexdigest() for secret in secrets]
    assert await kept(directory, anna) == [("calendar-feed-opened", {"secret_hash": each}) for each in hashes]
    for document in await directory.store.commits.find({}).to_list(None):
        assert not any(secret in str(document) for secret in secrets)


async def test_cal_feed_a_repeated_request_opens_no_second_one_and_tells_no_secret(
    directory: ServiceUnderTest, anna: str
) -> None:
    first, again = [await opened(directory, **{"Idempotency-Key": "a"}) for _ in range(2)]
    assert first["path"] is not None
    assert (again["path"], again["replayed"], again["version"]) == (None, True, first["version"])
    assert len(await kept(directory, anna)) == 1


async def test_cal_feed_it_is_revoked_once_and_ends_when_the_user_leaves(
    directory: ServiceUnderTest, anna: str
) -> None:
    await opened(directory)
    assert (await directory.call("GET", PATH, expect=200)).json() == {"is_open": True}
    for _ in range(2):
        await directory.call("DELETE", PATH, expect=200)
        assert (await directory.call("GET", PATH, expect=200)).json() == {"is_open": False}
    assert [kind for kind, _ in await kept(directory, anna)] == ["calendar-feed-opened", "calendar-feed-closed"]
    await opened(directory)
    for change in ("deactivate", "reactivate"):
        token = directory.tokens.administrator()
        await directory.call("POST", f"/v1/users/{anna}/{change}", token=token, expect=200)
        assert (await directory.call("GET", PATH, expect=200)).json() == {"is_open": False}


async def test_cal_feed_a_user_who_left_opens_none_and_who_is_no_user_has_none(
    directory: ServiceUnderTest, anna: str
) -> None:
    await directory.call("POST", f"/v1/users/{anna}/deactivate", token=directory.tokens.administrator(), expect=200)
    assert (await directory.call("POST", PATH, expect=422)).json()["rule"] == "CAL-FEED"
    service = directory.tokens.service("notifications")
    assert (await directory.call("GET", PATH, token=service, expect=403)).json()["rule"] == "users-only"
    await directory.call("POST", PATH, token=directory.tokens.user("nobody"), expect=404)
