"""Calling other services: a token of one's own, the caller's correlation id and trace, short time limits."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator
from functools import cache

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from dossier.settings import ServiceSettings
from dossier.telemetry import context, tracing

_TIMEOUT = httpx.Timeout(10.0, connect=2.0)
_CONNECTIONS = 100
_KEEP_SECONDS = 4.0
"""An idle connection is given up long before the other side does it, for a command on it would be lost."""
_EARLY_SECONDS = 60.0
"""A token is renewed this long before it ends, or after half of its life if that is sooner."""


class TokenSource:
    """Access tokens for the service itself (client credentials), fetched once at a time and kept until they end."""

    def __init__(self, settings: ServiceSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http
        self._endpoint = ""
        self._token = ""
        self._renew_at = 0.0
        self._fetching = asyncio.Lock()

    async def token(self) -> str:
        """A valid token. Raises httpx.HTTPError if the issuer gives none."""
        if time.monotonic() >= self._renew_at:
            async with self._fetching:
                if time.monotonic() >= self._renew_at:
                    await self._fetch()
        return self._token

    def forget(self, token: str) -> None:
        """This token was refused: fetch another one next time."""
        if token == self._token:
            self._renew_at = 0.0

    async def _fetch(self) -> None:
        if not self._endpoint:
            issuer = self._settings.issuer_url.rstrip("/")
            described = await self._http.get(f"{issuer}/.well-known/openid-configuration")
            self._endpoint = described.raise_for_status().json()["token_endpoint"]
        credentials = (self._settings.client, self._settings.client_secret.get_secret_value())
        form = {"grant_type": "client_credentials", "audience": self._settings.audience}
        if self._settings.token_scope:
            form["scope"] = self._settings.token_scope
        answer = (await self._http.post(self._endpoint, data=form, auth=credentials)).raise_for_status().json()
        seconds = float(answer.get("expires_in", _EARLY_SECONDS))
        self._token = answer["access_token"]
        self._renew_at = time.monotonic() + max(seconds - _EARLY_SECONDS, seconds / 2)


class ServiceAuth(httpx.Auth):
    """Adds the service's token and the ids of the work at hand; fetches a new token once if one is refused."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See httpx.Auth."""
        request.headers.update(_ids())
        token = await self._tokens.token()
        request.headers["Authorization"] = f"Bearer {token}"
        answer = yield request
        if answer.status_code == 401:
            self._tokens.forget(token)
            request.headers["Authorization"] = f"Bearer {await self._tokens.token()}"
            yield request


class CallerAuth(httpx.Auth):
    """Asks for a caller, with the caller's own token: who is asked applies the caller's rights and nobody else's.

    `authorization` is the header as the caller sent it. For single requests: `http.get(url, auth=CallerAuth(…))`.
    """

    def __init__(self, authorization: str) -> None:
        self._authorization = authorization

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See httpx.Auth."""
        request.headers.update(_ids())
        request.headers["Authorization"] = self._authorization
        yield request


def _ids() -> dict[str, str]:
    """Headers that say what work a request belongs to."""
    here = context.current()
    ids = {
        "Correlation-Id": here.correlation_id,
        "Causation-Id": here.causation_id,
        "traceparent": tracing.traceparent(),
    }
    return {name: value for name, value in ids.items() if value}


class PooledTransport(AiohttpTransport):
    """Connections of aiohttp below httpx, for httpx's own pool looks at all of them several times a request."""

    def __init__(self, ca_file: str = "") -> None:
        trusted = _trusted(ca_file)
        super().__init__(verify=trusted, trust_env=False, client=lambda: _session(trusted))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.AsyncBaseTransport. Whatever goes wrong on the way is an httpx.TransportError."""
        try:
            return await super().handle_async_request(request)
        except aiohttp.ClientError as error:
            raise httpx.NetworkError(type(error).__name__, request=request) from error


@cache
def _trusted(ca_file: str) -> ssl.SSLContext:
    """The authorities that are trusted: public ones, the system's and the firm's own. Read once: it takes 25 ms."""
    trusted = httpx.create_ssl_context(trust_env=False)
    trusted.load_default_certs()
    if ca_file:
        trusted.load_verify_locations(ca_file)
    return trusted


def _session(trusted: ssl.SSLContext) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_SECONDS, ssl=trusted)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def plain_client(ca_file: str = "") -> httpx.AsyncClient:
    """A client without a token, for the issuer. No proxies from the environment: all of this is inside."""
    return httpx.AsyncClient(timeout=_TIMEOUT, transport=PooledTransport(ca_file), trust_env=False)


def service_client(tokens: TokenSource, ca_file: str = "") -> httpx.AsyncClient:
    """A client that speaks for the service itself."""
    auth = ServiceAuth(tokens)
    return httpx.AsyncClient(timeout=_TIMEOUT, transport=PooledTransport(ca_file), trust_env=False, auth=auth)
