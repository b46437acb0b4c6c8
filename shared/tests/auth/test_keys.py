"""The issuer's keys: fetched rarely, once at a time, kept while the issuer is away, closed to floods of made-up ids."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, KeySet

from dossier.auth.keys import COOLDOWN_SECONDS, STALE_SECONDS, TTL_SECONDS, IssuerKeys, KeysUnavailable

ISSUER = "https://issuer.test"


class Issuer:
    """An issuer that counts what it is asked; reached through httpx without a socket."""

    def __init__(self, *kids: str) -> None:
        self.away = False
        self.fetches = 0
        self.named = ISSUER
        self.jwks_uri = f"{ISSUER}/jwks"
        self.publish(*kids)
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.now = 1_000_000.0
        self.keys = IssuerKeys(ISSUER, self.http, https_only=True, clock=lambda: self.now)

    def publish(self, *kids: str) -> None:
        self._set = KeySet([ECKey.generate_key("P-256", {"kid": kid}) for kid in kids]).as_dict(private=False)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.01)
        if self.away:
            raise httpx.ConnectError("away")
        if request.url.path == "/jwks":
            self.fetches += 1
            return httpx.Response(200, json=dict(self._set))
        return httpx.Response(200, json={"issuer": self.named, "jwks_uri": self.jwks_uri})

    async def knows(self, kid: str) -> bool:
        return await self.keys.key(kid, "ES256") is not None


async def settled() -> None:
    await asyncio.sleep(0.1)


async def test_a_hundred_callers_at_once_cost_one_fetch() -> None:
    issuer = Issuer("a")
    assert all(await asyncio.gather(*(issuer.knows("a") for _ in range(100))))
    assert issuer.fetches == 1


async def test_a_caller_that_goes_away_does_not_take_the_fetch_with_it() -> None:
    issuer = Issuer("a")
    first = asyncio.create_task(issuer.knows("a"))
    second = asyncio.create_task(issuer.knows("a"))
    await asyncio.sleep(0.001)
    first.cancel()
    assert await second
    assert issuer.fetches == 1


async def test_after_their_time_keys_are_renewed_in_the_background() -> None:
    issuer = Issuer("a")
    assert await issuer.knows("a")
    issuer.publish("b")
    issuer.now += TTL_SECONDS + 1
    assert await issuer.knows("a")
    await settled()
    assert not await issuer.knows("a")
    assert await issuer.knows("b")
    assert issuer.fetches == 2


async def test_a_new_key_is_found_at_once() -> None:
    issuer = Issuer("a")
    assert await issuer.knows("a")
    generation = issuer.keys.generation
    issuer.publish("a", "b")
    issuer.now += COOLDOWN_SECONDS
    assert await issuer.knows("b")
    assert issuer.keys.generation == generation + 1


async def test_a_flood_of_made_up_ids_costs_one_fetch_per_cooldown() -> None:
    issuer = Issuer("a")
    assert await issuer.knows("a")
    issuer.now += COOLDOWN_SECONDS
    for number in range(500):
        assert not await issuer.knows(f"made-up-{number}")
    assert issuer.fetches == 2
    issuer.now += COOLDOWN_SECONDS
    await asyncio.gather(*(issuer.knows(f"other-{number}") for number in range(500)))
    assert issuer.fetches == 3


async def test_an_id_that_was_unknown_a_moment_ago_is_not_asked_for_again() -> None:
    issuer = Issuer("a")
    assert await issuer.knows("a")
    issuer.now += COOLDOWN_SECONDS
    assert not await issuer.knows("x")
    issuer.now += COOLDOWN_SECONDS
    assert not await issuer.knows("x")
    assert issuer.fetches == 2
    issuer.now += COOLDOWN_SECONDS
    assert not await issuer.knows("x")
    assert issuer.fetches == 3


async def test_known_keys_serve_while_the_issuer_is_away_but_not_for_ever() -> None:
    issuer = Issuer("a")
    assert await issuer.knows("a")
    issuer.away = True
    issuer.now += STALE_SECONDS - 60
    assert await issuer.knows("a")
    await settled()
    assert await issuer.knows("a")
    issuer.now += 120
    with pytest.raises(KeysUnavailable):
        await issuer.knows("a")


async def test_without_any_keys_verification_is_not_possible_until_the_issuer_is_back() -> None:
    issuer = Issuer("a")
    issuer.away = True
    with pytest.raises(KeysUnavailable):
        await issuer.knows("a")
    issuer.away = False
    assert await issuer.knows("a")


@pytest.mark.parametrize(
    "fault", [{"named": "https://other.test"}, {"jwks_uri": "http://issuer.test/jwks"}, {"jwks_uri": None}]
)
async def test_a_discovery_document_that_cannot_be_trusted_gives_no_keys(fault: dict[str, Any]) -> None:
    issuer = Issuer("a")
    for name, value in fault.items():
        setattr(issuer, name, value)
    with pytest.raises(KeysUnavailable):
        await issuer.knows("a")
