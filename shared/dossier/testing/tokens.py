"""Access tokens for tests, without an issuer: a key pair of one's own, and a key source that knows it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from dossier.auth.groups import ADMINISTRATORS, CONSULTANTS
from dossier.auth.keys import StaticKeys
from dossier.ids import derived_id

ISSUER = "https://issuer.test"
AUDIENCE = "dossier"


class TokenMaker:
    """Signs tokens that a service with `keys` and these settings accepts.

    maker = TokenMaker()
    service = Service(Settings(issuer_url=maker.issuer, …), keys=maker.keys)
    await client.get("/companies", headers=maker.headers("anna"))
    """

    def __init__(self, issuer: str = ISSUER, audience: str = AUDIENCE) -> None:
        self.issuer = issuer
        self.audience = audience
        self.key = ECKey.generate_key("P-256", {"kid": "test", "use": "sig", "alg": "ES256"})
        self.keys = StaticKeys(KeySet([self.key]))

    @staticmethod
    def user_id(name: str) -> str:
        """The user id behind a test's name for a user."""
        return derived_id("user", name)

    def user(self, name: str = "anna", groups: Iterable[str] = (CONSULTANTS,), **claims: Any) -> str:
        """A user's token; groups by id. `claims` add to or replace the usual ones."""
        return self.sign({"sub": self.user_id(name), "groups": list(groups), "client_id": "test-client", **claims})

    def administrator(self, name: str = "dora") -> str:
        """A token of a user who may do everything but see private data."""
        return self.user(name, (ADMINISTRATORS,))

    def service(self, name: str, **claims: Any) -> str:
        """A service's own token."""
        return self.sign({"sub": name, "client_id": name, **claims})

    def headers(self, name: str = "anna", groups: Iterable[str] = (CONSULTANTS,)) -> dict[str, str]:
        """Request headers of a user."""
        return bearer(self.user(name, groups))

    def service_headers(self, name: str, **claims: Any) -> dict[str, str]:
        """Request headers of a service."""
        return bearer(self.service(name, **claims))

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A token with these claims, valid for ten minutes from now unless they say otherwise."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": self.audience, "iat": now, "exp": now + 600}
        head = {"alg": "ES256", "kid": "test", "typ": "at+jwt", **header}
        return jwt.encode(head, {**usual, **claims}, self.key, algorithms=[head["alg"]])


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}
