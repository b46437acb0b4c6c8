"""The issuer's signing keys: fetched rarely, at most once at a time, and kept while the issuer is away."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from dossier.telemetry import logs, metrics

log = logs.logger()

TTL_SECONDS = 600.0
COOLDOWN_SECONDS = 30.0
"""Between two fetches, whatever is asked for: a flood of made-up key ids costs the issuer next to nothing."""
STALE_SECONDS = 86_400.0
"""How long known keys are trusted while the issuer does not answer."""
_UNKNOWN_SECONDS = 60.0
_UNKNOWN_KIDS = 1_000
_TIMEOUT = 5.0


class KeysUnavailable(Exception):
    """The issuer does not answer and no keys are known."""


class KeySource(Protocol):
    """Where verification gets its keys. `generation` changes when the set of keys does."""

    generation: int

    async def key(self, kid: str | None, algorithm: str) -> Key | None:
        """The key with this id, or the only one if no id is given; None if it is not known."""
        ...


class StaticKeys:
    """A fixed key set, for tests."""

    def __init__(self, keys: KeySet) -> None:
        self.generation = 0
        self._keys = keys

    async def key(self, kid: str | None, algorithm: str) -> Key | None:
        """See KeySource."""
        return _find(self._keys, kid)


class IssuerKeys:
    """The keys that an OIDC issuer publishes, found through its discovery document."""

    def __init__(
        self,
        issuer: str,
        http: httpx.AsyncClient,
        *,
        https_only: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.generation = 0
        self._issuer = issuer
        self._http = http
        self._https_only = https_only
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = -STALE_SECONDS
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str | None, algorithm: str) -> Key | None:
        """See KeySource. Raises KeysUnavailable."""
        age = self._clock() - self._fetched_at
        if self._keys is None or age > STALE_SECONDS:
            await self._fetch()
            if self._keys is None or self._clock() - self._fetched_at > STALE_SECONDS:
                raise KeysUnavailable
        elif age > TTL_SECONDS and self._may_fetch():
            self._start()  # nobody waits for it: the known keys serve until it is done
        found = _find(self._keys, kid)
        if found is None and kid is not None and self._worth_asking(kid):
            await self._fetch()
            found = _find(self._keys, kid)
            if found is None:
                self._remember_unknown(kid)
        return found

    def _may_fetch(self) -> bool:
        return self._fetching is not None or self._clock() - self._tried_at >= COOLDOWN_SECONDS

    def _worth_asking(self, kid: str) -> bool:
        if self._clock() - self._unknown.get(kid, -_UNKNOWN_SECONDS) < _UNKNOWN_SECONDS:
            return False
        return self._may_fetch()

    def _remember_unknown(self, kid: str) -> None:
        self._unknown[kid] = self._clock()
        self._unknown.move_to_end(kid)
        while len(self._unknown) > _UNKNOWN_KIDS:
            self._unknown.popitem(last=False)

    async def _fetch(self) -> None:
        if self._may_fetch() or self._keys is None:
            # A caller that goes away must not take the others' answer with it.
            await asyncio.shield(self._start())

    def _start(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._tried_at = self._clock()
            self._fetching = asyncio.create_task(self._load())
        return self._fetching

    async def _load(self) -> None:
        try:
            keys = await self._download()
        except (httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
            metrics.TOKEN_FETCHES.labels("failed").inc()
            log.warning("identity.keys-not-fetched", error=error, known=self._keys is not None)
        else:
            metrics.TOKEN_FETCHES.labels("fetched").inc()
            if self._keys is None or keys.as_dict() != self._keys.as_dict():
                self._keys, self.generation = keys, self.generation + 1
            self._fetched_at = self._clock()
        finally:
            self._fetching = None

    async def _download(self) -> KeySet:
        discovery = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if discovery["issuer"] != self._issuer:
            raise ValueError("the discovery document is of another issuer")
        address = str(discovery["jwks_uri"])
        if self._https_only and not address.startswith("https://"):
            raise ValueError("keys only over https")
        return KeySet.import_key_set(await self._get(address))

    async def _get(self, address: str) -> Any:
        answer = await self._http.get(address, timeout=_TIMEOUT, follow_redirects=False)
        answer.raise_for_status()
        return answer.json()


def _find(keys: KeySet | None, kid: str | None) -> Key | None:
    candidates = keys.keys if keys is not None else []
    if kid is None:
        return candidates[0] if len(candidates) == 1 else None
    return next((key for key in candidates if key.kid == kid), None)
