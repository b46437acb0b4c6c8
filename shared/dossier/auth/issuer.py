"""The development issuer: tokens for demo users and for our services, on one machine only.

    python -m dossier.auth.issuer                        # on DOSSIER_PORT, 8110 unless set
    curl -s localhost:8110/dev/token?user=anna           # prints an access token

It speaks as much OIDC as services need (discovery, keys, client credentials) and gives a token of any demo user to
whoever asks. It refuses to start where DOSSIER_ENVIRONMENT is production, and production settings refuse its tokens.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import uvloop
from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from dossier.auth.demo import BY_LOGIN, USERS, DemoUser
from dossier.auth.groups import SERVICES
from dossier.auth.guard import public
from dossier.http import problems
from dossier.http.problems import Problem
from dossier.ids import new_id
from dossier.runtime import listen, serve
from dossier.settings import Environment, LogLevel, UnsafeSettings, from_environment
from dossier.telemetry import logs

USER_SECONDS = 12 * 3600
"""A working day, so that nobody who tries Dossier out meets an expired token."""
SERVICE_SECONDS = 3600
DEVELOPMENT_GRANT = "urn:dossier:development"
_ALGORITHM = "ES256"


class IssuerSettings(BaseSettings):
    """Read from environment variables with the prefix `DOSSIER_`."""

    model_config = SettingsConfigDict(env_prefix="DOSSIER_", extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Environment = Field(default="production", description="`production` is refused")
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8110, description="Its HTTP port")
    log_level: LogLevel = Field(default="INFO", description="What is logged: this, and what is more serious")
    issuer_url: str = Field(default="http://127.0.0.1:8110", description="What it calls itself in tokens")
    issuer_folder: Path = Field(
        default=Path(".local/issuer"), description="Keeps the signing key, so that tokens survive a restart"
    )
    audience: str = Field(default="dossier", description="What its tokens are meant for")
    client_secret: SecretStr = Field(
        default=SecretStr("development-only-client-secret"), description="The one secret of all services"
    )


class Issuer:
    """Signs tokens with the key of its folder."""

    def __init__(self, settings: IssuerSettings) -> None:
        self.settings = settings
        self.key = stable_key(settings.issuer_folder)

    def user_token(self, user: DemoUser) -> str:
        """An access token of a demo user."""
        claims = {"sub": user.id, "client_id": "development", "groups": list(user.groups)}
        return self._sign(claims, USER_SECONDS)

    def service_token(self, client: str) -> str:
        """An access token of one of our services for itself."""
        return self._sign({"sub": client, "client_id": client}, SERVICE_SECONDS)

    def _sign(self, claims: dict[str, Any], seconds: int) -> str:
        now = int(time.time())
        usual = {"iss": self.settings.issuer_url, "aud": self.settings.audience, "jti": new_id()}
        times = {"iat": now, "nbf": now, "exp": now + seconds}
        header = {"alg": _ALGORITHM, "kid": self.key.kid, "typ": "at+jwt"}
        return jwt.encode(header, {**usual, **times, **claims}, self.key, algorithms=[_ALGORITHM])


def stable_key(folder: Path) -> ECKey:
    """The signing key kept in the folder, made there the first time; only its owner can read the file."""
    file = folder / "signing-key.json"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": _ALGORITHM}, auto_kid=True)
        draft = folder / f".signing-key-{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as written:
            json.dump(key.as_dict(private=True), written)
        draft.replace(file)
    return ECKey.import_key(json.loads(file.read_text()))


def issuer_app(issuer: Issuer) -> FastAPI:
    """The issuer over HTTP."""
    app = FastAPI(title="Dossier development issuer", docs_url=None, redoc_url=None)
    problems.install(app)
    app.include_router(_described(issuer), dependencies=[public])
    app.include_router(_tokens(issuer), dependencies=[public])
    return app


def _described(issuer: Issuer) -> APIRouter:
    router = APIRouter(tags=["OpenID Connect"])
    base = issuer.settings.issuer_url.rstrip("/")
    keys = KeySet([issuer.key]).as_dict(private=False)

    @router.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": issuer.settings.issuer_url,
            "jwks_uri": f"{base}/jwks",
            "token_endpoint": f"{base}/token",
            "grant_types_supported": ["client_credentials", DEVELOPMENT_GRANT],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": [_ALGORITHM],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
        }

    @router.get("/jwks")
    async def jwks() -> dict[str, Any]:
        """The public keys."""
        return dict(keys)

    return router


def _tokens(issuer: Issuer) -> APIRouter:
    router = APIRouter(tags=["Tokens"])

    @router.post("/token")
    async def token(
        request: Request,
        grant_type: Annotated[str, Form()],
        client_id: Annotated[str, Form()] = "",
        client_secret: Annotated[str, Form()] = "",
        user: Annotated[str, Form()] = "",
    ) -> JSONResponse:
        """A token for a service (client_credentials) or for a demo user (urn:dossier:development, `user`)."""
        if grant_type == DEVELOPMENT_GRANT:
            found = BY_LOGIN.get(user)
            return _refused("invalid_grant") if found is None else _granted(issuer.user_token(found), USER_SECONDS)
        if grant_type != "client_credentials":
            return _refused("unsupported_grant_type")
        client, secret = _basic(request) or (client_id, client_secret)
        expected = issuer.settings.client_secret.get_secret_value()
        if client not in SERVICES or not hmac.compare_digest(secret.encode(), expected.encode()):
            return _refused("invalid_client", 401)
        return _granted(issuer.service_token(client), SERVICE_SECONDS)

    @router.get("/dev/token", response_class=PlainTextResponse)
    async def development_token(user: str) -> PlainTextResponse:
        """An access token of a demo user as plain text: `$(curl -s localhost:8110/dev/token?user=anna)`."""
        found = BY_LOGIN.get(user)
        if found is None:
            known = f"There are: {', '.join(BY_LOGIN)}."
            raise Problem(404, "not-found", "Not found", known, rule="demo-user", field="user")
        return PlainTextResponse(issuer.user_token(found) + "\n")

    @router.get("/dev/users")
    async def development_users() -> list[dict[str, Any]]:
        """The demo users."""
        return [{"login": user.login, "id": user.id, "name": user.name, "groups": user.groups} for user in USERS]

    return router


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret


def _granted(token: str, seconds: int) -> JSONResponse:
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _refused(error: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": error}, status)


async def _serve(settings: IssuerSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(issuer_app(Issuer(settings)), listen(settings.host, settings.port), stop)


def main() -> None:
    """Run until SIGTERM or SIGINT; ends with 2 where the settings are for production."""
    try:
        settings = from_environment(IssuerSettings)
    except UnsafeSettings as error:
        print(f"settings: {error}", file=sys.stderr)
        sys.exit(2)
    if settings.environment == "production":
        print("the development issuer does not run where DOSSIER_ENVIRONMENT is production", file=sys.stderr)
        sys.exit(2)
    logs.configure("issuer", settings.log_level)
    try:
        uvloop.run(_serve(settings))
    except OSError as error:
        print(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
