"""The development issuer: what it gives to whom, that its key lasts, and that production refuses it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from dossier.auth.demo import BY_LOGIN, GROUPS, USERS
from dossier.auth.guard import assert_every_route_has_a_rule
from dossier.auth.issuer import DEVELOPMENT_GRANT, Issuer, IssuerSettings, issuer_app
from dossier.auth.keys import IssuerKeys
from dossier.auth.tokens import TokenVerifier
from dossier.http.client import TokenSource, service_client
from dossier.ids import is_id
from dossier.settings import ServiceSettings, UnsafeSettings, require_production_safety

URL = "http://issuer.test"
SECRET = "development-only-client-secret"


class Settings(ServiceSettings):
    service: str = "histories"
    port: int = 0
    mongo_database: str = "histories"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "issuer"


def issuer(folder: Path) -> Issuer:
    return Issuer(IssuerSettings(environment="local", issuer_url=URL, issuer_folder=folder))


@pytest.fixture
async def http(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = issuer_app(issuer(folder))
    assert_every_route_has_a_rule(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        yield client


def settings(**more: Any) -> Settings:
    return Settings(environment="local", issuer_url=URL, client_secret=SECRET, **more)


def verifier(http: httpx.AsyncClient) -> TokenVerifier:
    return TokenVerifier(settings(), IssuerKeys(URL, http, https_only=False))


async def test_a_demo_user_s_token_is_accepted_by_services(http: httpx.AsyncClient) -> None:
    token = (await http.get("/dev/token", params={"user": "clara"})).text.strip()
    principal = await verifier(http).verify(token)
    assert principal.user == BY_LOGIN["clara"].id
    assert principal.may("private")


async def test_the_development_grant_gives_the_same(http: httpx.AsyncClient) -> None:
    form = {"grant_type": DEVELOPMENT_GRANT, "user": "emil"}
    answer = (await http.post("/token", data=form)).json()
    assert (await verifier(http).verify(answer["access_token"])).capabilities == {"read"}


async def test_a_service_gets_its_own_token_once_and_keeps_it(http: httpx.AsyncClient) -> None:
    tokens = TokenSource(settings(), http)
    first = await tokens.token()
    assert await tokens.token() == first
    principal = await verifier(http).verify(first)
    assert principal.service == "histories"
    assert principal.may("feed")


@pytest.mark.parametrize(("scope", "asked"), [("", None), ("api://dossier/.default", "api://dossier/.default")])
async def test_a_scope_is_asked_for_where_the_issuer_wants_one(scope: str, asked: str | None) -> None:
    forms: list[dict[str, list[str]]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"token_endpoint": f"{URL}/token"})
        forms.append(parse_qs(request.content.decode()))
        return httpx.Response(200, json={"access_token": "x", "expires_in": 60})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as issuer:
        assert await TokenSource(settings(token_scope=scope), issuer).token() == "x"
    assert [form.get("scope", [None])[0] for form in forms] == [asked]


async def test_a_service_s_client_fetches_another_token_when_one_is_refused(http: httpx.AsyncClient) -> None:
    seen: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(401 if len(seen) == 1 else 200)

    client = service_client(TokenSource(settings(), http))
    client._transport = httpx.MockTransport(answer)
    client._mounts = {}
    assert (await client.get("http://addresses.test/companies")).status_code == 200
    assert len(set(seen)) == 2


REFUSED = [
    ({"grant_type": "client_credentials", "client_id": "histories", "client_secret": "x"}, 401, "invalid_client"),
    ({"grant_type": "client_credentials", "client_id": "somebody", "client_secret": SECRET}, 401, "invalid_client"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"grant_type": DEVELOPMENT_GRANT, "user": "zebulon"}, 400, "invalid_grant"),
]


@pytest.mark.parametrize(("form", "status", "error"), REFUSED)
async def test_requests_for_tokens_that_are_refused(
    http: httpx.AsyncClient, form: dict[str, str], status: int, error: str
) -> None:
    answer = await http.post("/token", data=form)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


async def test_an_unknown_demo_user_is_told_who_there_is(http: httpx.AsyncClient) -> None:
    answer = await http.get("/dev/token", params={"user": "zebulon"})
    assert answer.status_code == 404
    assert "anna" in answer.json()["detail"]
    assert "zebulon" not in answer.text


async def test_tokens_survive_a_restart(folder: Path, http: httpx.AsyncClient) -> None:
    token = issuer(folder).user_token(BY_LOGIN["anna"])
    assert (await verifier(http).verify(token)).user == BY_LOGIN["anna"].id
    assert [file.name for file in folder.iterdir()] == ["signing-key.json"]
    assert (folder / "signing-key.json").stat().st_mode & 0o077 == 0


def test_the_public_keys_are_public_only(folder: Path) -> None:
    assert "d" not in issuer(folder).key.as_dict(private=False)


def test_it_does_not_run_in_production() -> None:
    for environment in ({"DOSSIER_ENVIRONMENT": "production"}, {}):
        variables = {name: value for name, value in os.environ.items() if not name.startswith("DOSSIER_")}
        command = [sys.executable, "-m", "dossier.auth.issuer"]
        run = subprocess.run(command, env=variables | environment, capture_output=True, text=True, timeout=60)
        assert run.returncode == 2
        assert "production" in run.stderr


GOOD_KEY = "dGhpcyBpcyBhIGtleSBmb3IgdGVzdHMgb25seSE="
UNSAFE = [
    ({"issuer_url": "http://issuer.test"}, "DOSSIER_ISSUER_URL"),
    ({"token_key": ""}, "DOSSIER_TOKEN_KEY"),
    ({"token_key": "short"}, "DOSSIER_TOKEN_KEY"),
    ({"token_key": "a" * 64}, "DOSSIER_TOKEN_KEY"),
    ({"token_key": "development-only-token-key-0123456789abcdef"}, "DOSSIER_TOKEN_KEY"),
    ({"client_secret": SECRET}, "DOSSIER_CLIENT_SECRET"),
]


@pytest.mark.parametrize(("fault", "variable"), UNSAFE)
def test_services_refuse_development_settings_in_production(fault: dict[str, Any], variable: str) -> None:
    safe: dict[str, Any] = {"issuer_url": "https://issuer.test", "token_key": GOOD_KEY, "client_secret": "s3cret"}
    require_production_safety(Settings(environment="production", **safe))
    with pytest.raises(UnsafeSettings, match=variable) as refusal:
        require_production_safety(Settings(environment="production", **(safe | fault)))
    assert not any(value and value in str(refusal.value) for value in fault.values())
    require_production_safety(Settings(environment="local", **(safe | fault)))


def test_demo_users_and_groups_have_ids_that_the_directory_accepts() -> None:
    assert all(is_id(identifier) for identifier in [*GROUPS, *(user.id for user in USERS)])
    assert all(group in GROUPS for user in USERS for group in user.groups)
