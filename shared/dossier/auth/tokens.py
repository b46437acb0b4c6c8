"""Access tokens: from the text in `Authorization` to a principal (RFC 9068, OIDC)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError

from dossier.auth.clients import client_in, client_of, is_nobody_else
from dossier.auth.keys import KeySource, KeysUnavailable
from dossier.auth.principals import CapabilityTable, Principal
from dossier.http.problems import Problem, unavailable
from dossier.settings import ServiceSettings

ALGORITHMS = ("ES256", "RS256", "PS256", "Ed25519", "EdDSA")
"""Asymmetric signatures only: what can verify a token must not be able to make one."""
TYPES = (None, "jwt", "at+jwt", "application/at+jwt")
LEEWAY_SECONDS = 30
MAX_TOKEN_BYTES = 8_192
_CACHED_TOKENS = 10_000


class Verifies(Protocol):
    """Whoever knows what a token is worth."""

    async def verify(self, token: str) -> Principal:
        """The principal of a valid token. Raises Problem: 401 if the token is refused, 503 without any keys."""
        ...


class TokenVerifier:
    """Verifies tokens of one issuer for one audience; remembers those it has verified until they end."""

    def __init__(self, settings: ServiceSettings, keys: KeySource, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._clock = clock
        self._table = CapabilityTable(settings.capabilities)
        self._user_claim = settings.user_claim
        self._groups_claim = settings.groups_claim
        self._client_claim = settings.client_claim
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": settings.issuer_url},
            aud={"essential": True, "value": settings.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._verified: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._generation = keys.generation

    async def verify(self, token: str) -> Principal:
        """The principal of a valid token. Raises Problem: 401 if the token is refused, 503 without any keys."""
        if self._generation != self._keys.generation:
            # The issuer changed its keys, perhaps because one was lost: what an old key proved counts no more.
            self._verified.clear()
            self._generation = self._keys.generation
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and self._clock() < known[0]:
            return known[1]
        claims = await self._checked(token)
        principal = self._principal(claims)
        self._verified[digest] = (claims["exp"] + LEEWAY_SECONDS, principal)
        if len(self._verified) > _CACHED_TOKENS:
            self._verified.popitem(last=False)
        return principal

    async def _checked(self, token: str) -> dict[str, Any]:
        header = _header(token)
        if header.get("alg") not in ALGORITHMS:
            raise invalid_token("signature-algorithm", "The token is signed in a way that is not accepted.")
        kind = header.get("typ")
        if (kind.lower() if isinstance(kind, str) else kind) not in TYPES:
            raise invalid_token("token-type", "This is no access token.")
        kid = header.get("kid")
        try:
            key = await self._keys.key(kid if isinstance(kid, str) else None, header["alg"])
        except KeysUnavailable:
            raise unavailable("identity-unavailable", "The identity provider does not answer.", seconds=5) from None
        if key is None:
            raise invalid_token("known-key", "The token is signed with a key that is not known.")
        try:
            claims = jwt.decode(token, key, algorithms=[header["alg"]]).claims
            self._claims.validate(claims)
        except ExpiredTokenError:
            raise invalid_token("not-expired", "The token has expired. Get a new one from the issuer.") from None
        except (JoseError, ValueError, TypeError):
            raise invalid_token("valid-token", "The token is not valid here.") from None
        return claims

    def _client(self, claims: dict[str, Any]) -> str | None:
        """Whose own token this may be; None if it is a person's."""
        if not self._client_claim:
            return client_of(claims)
        return client_in(self._client_claim, claims, self._user_claim, self._groups_claim)

    def _principal(self, claims: dict[str, Any]) -> Principal:
        client = self._client(claims)
        service = None if client is None else self._table.service(client)
        if service is not None:
            return service
        if client is not None and is_nobody_else(client, claims):
            raise invalid_token("known-client", "This client is no service of this installation.")
        user, groups = claims.get(self._user_claim), claims.get(self._groups_claim, [])
        if not isinstance(user, str) or not user or not isinstance(groups, list):
            raise invalid_token("user-claim", "The token does not say who the user is.")
        return self._table.user(user, [group for group in groups if isinstance(group, str)])


def invalid_token(rule: str, detail: str) -> Problem:
    """A token that is refused, and why."""
    return Problem(
        401,
        "invalid-token",
        "Not authenticated",
        detail,
        rule=rule,
        field="Authorization",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def _header(token: str) -> dict[str, Any]:
    first = token.partition(".")[0]
    try:
        if len(token) > MAX_TOKEN_BYTES:
            raise ValueError
        decoded = msgspec.json.decode(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        decoded = None
    if not isinstance(decoded, dict):
        raise invalid_token("well-formed-token", "The token cannot be read.")
    return decoded
