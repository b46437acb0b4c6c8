"""Access tokens: what is accepted, what is refused, and by which rule."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from dossier.auth.groups import CONSULTANTS
from dossier.auth.keys import StaticKeys
from dossier.auth.tokens import LEEWAY_SECONDS, TokenVerifier
from dossier.http.problems import Problem
from dossier.ids import new_id
from dossier.settings import ServiceSettings
from dossier.testing.tokens import TokenMaker

HOUR = 3600


class Settings(ServiceSettings):
    service: str = "sample"
    port: int = 0
    mongo_database: str = "sample"


@pytest.fixture
def maker() -> TokenMaker:
    return TokenMaker()


def settings(maker: TokenMaker, **more: Any) -> Settings:
    return Settings(environment="test", issuer_url=maker.issuer, audience=maker.audience, **more)


@pytest.fixture
def verifier(maker: TokenMaker) -> TokenVerifier:
    return TokenVerifier(settings(maker), maker.keys)


async def refused(verifier: TokenVerifier, token: str, rule: str) -> None:
    with pytest.raises(Problem) as refusal:
        await verifier.verify(token)
    assert refusal.value.status_code == 401
    assert refusal.value.document["rule"] == rule


async def test_a_user_s_token_gives_user_groups_and_capabilities(maker: TokenMaker, verifier: TokenVerifier) -> None:
    principal = await verifier.verify(maker.user("anna", (CONSULTANTS,)))
    assert principal.user == maker.user_id("anna")
    assert principal.groups == {CONSULTANTS}
    assert principal.may("create")
    assert principal.service is None


async def test_a_client_s_own_token_is_a_service_s(maker: TokenMaker, verifier: TokenVerifier) -> None:
    principal = await verifier.verify(maker.service("histories"))
    assert (principal.user, principal.service) == (None, "histories")
    assert principal.may("feed")
    await refused(verifier, maker.service("somebody"), "known-client")


async def test_a_user_s_token_got_through_a_service_s_client_stays_a_user_s(
    maker: TokenMaker, verifier: TokenVerifier
) -> None:
    principal = await verifier.verify(maker.user("anna", client_id="histories", azp="histories"))
    assert principal.user == maker.user_id("anna")
    assert not principal.may("feed")


UUID = "0b7f4a52-1c1e-4f0e-9a53-3d9a7d1e0c11"
KEYCLOAK = {"client_claim": "azp"}
ENTRA = {"client_claim": "azp", "user_claim": "oid", "capabilities": {f"service:{UUID}": ["read", "feed"]}}
OKTA = {"client_claim": "cid", "user_claim": "uid"}
SERVICES = [
    (KEYCLOAK, {"sub": UUID, "azp": "histories"}, "histories"),
    (
        KEYCLOAK,
        {"sub": UUID, "azp": "histories", "preferred_username": "service-account-histories", "groups": [], "acr": "1"},
        "histories",
    ),
    (ENTRA, {"sub": "other-uuid", "oid": "other-uuid", "azp": UUID, "roles": [], "idtyp": "app"}, UUID),
    (OKTA, {"sub": "histories", "cid": "histories", "scp": ["dossier"]}, "histories"),
]


@pytest.mark.parametrize(("issuer", "claims", "name"), SERVICES)
async def test_a_client_s_own_token_is_a_service_s_whatever_its_issuer_calls_it(
    maker: TokenMaker, issuer: dict[str, Any], claims: dict[str, Any], name: str
) -> None:
    principal = await TokenVerifier(settings(maker, **issuer), maker.keys).verify(maker.sign(claims))
    assert (principal.user, principal.service) == (None, name)
    assert principal.may("feed")


PEOPLE = [
    (KEYCLOAK, {"sub": UUID, "azp": "front-end"}),
    *[
        (KEYCLOAK, {"sub": UUID, "azp": "histories", **about})
        for about in (
            {"preferred_username": "anna"},
            {"preferred_username": "service-account-activities"},
            {"email": "anna@firm.test"},
            {"groups": [CONSULTANTS]},
            {"sid": "1"},
            {"auth_time": 1},
            {"preferred_username": "service-account-histories", "name": "Anna"},
        )
    ],
    (ENTRA, {"sub": "pairwise", "oid": UUID, "azp": UUID}),
    (ENTRA, {"sub": UUID, "oid": UUID, "azp": UUID + "0", "scp": "access"}),
    (OKTA, {"sub": "anna@firm.test", "uid": "00u1", "cid": "histories", "scp": ["dossier"]}),
    (OKTA, {"sub": "anna@firm.test", "uid": "00u1", "cid": "histories"}),
]


@pytest.mark.parametrize(("issuer", "claims"), PEOPLE)
async def test_a_person_s_token_got_through_a_service_s_client_stays_a_person_s(
    maker: TokenMaker, issuer: dict[str, Any], claims: dict[str, Any]
) -> None:
    principal = await TokenVerifier(settings(maker, **issuer), maker.keys).verify(maker.sign(claims))
    assert principal.service is None
    assert principal.user
    assert not principal.may("feed")


@pytest.mark.parametrize(
    ("issuer", "claims"),
    [
        (KEYCLOAK, {"sub": UUID, "azp": "somebody", "preferred_username": "service-account-somebody"}),
        (OKTA, {"sub": "somebody", "cid": "somebody"}),
        (ENTRA, {"sub": "other", "oid": "other", "azp": "another application", "idtyp": "app", "roles": []}),
    ],
)
async def test_a_client_that_is_no_service_is_no_user_either(
    maker: TokenMaker, issuer: dict[str, Any], claims: dict[str, Any]
) -> None:
    await refused(TokenVerifier(settings(maker, **issuer), maker.keys), maker.sign(claims), "known-client")


CLAIMS = [
    ({"iss": "https://other.test"}, "valid-token"),
    ({"iss": "https://issuer.test/"}, "valid-token"),
    ({"aud": "other"}, "valid-token"),
    ({"aud": ["other"]}, "valid-token"),
    ({"aud": None}, "valid-token"),
    ({"exp": -LEEWAY_SECONDS - HOUR}, "not-expired"),
    ({"exp": None}, "valid-token"),
    ({"exp": "tomorrow"}, "valid-token"),
    ({"exp": float("nan")}, "valid-token"),
    ({"nbf": LEEWAY_SECONDS + HOUR}, "valid-token"),
    ({"sub": ""}, "valid-token"),
    ({"sub": 7}, "valid-token"),
    ({"groups": CONSULTANTS}, "user-claim"),
]


def from_now(claims: dict[str, Any]) -> dict[str, Any]:
    """Whole numbers for times are seconds from this moment."""
    now = int(time.time())
    return {
        name: now + value if name in ("exp", "nbf") and type(value) is int else value for name, value in claims.items()
    }


@pytest.mark.parametrize(("claims", "rule"), CLAIMS)
async def test_claims_that_are_refused(
    maker: TokenMaker, verifier: TokenVerifier, claims: dict[str, Any], rule: str
) -> None:
    await refused(verifier, maker.sign({"sub": new_id(), "groups": [], **from_now(claims)}), rule)


@pytest.mark.parametrize("claims", [{"aud": ["other", "dossier"]}, {"exp": -5}, {"nbf": 5}])
async def test_claims_within_bounds_are_accepted(
    maker: TokenMaker, verifier: TokenVerifier, claims: dict[str, Any]
) -> None:
    assert (await verifier.verify(maker.user(**from_now(claims)))).user


def test_the_leeway_is_at_most_a_minute() -> None:
    assert LEEWAY_SECONDS <= 60


@pytest.mark.parametrize("kind", ["dpop+jwt", "logout+jwt", "id_token", 7])
async def test_other_kinds_of_token_are_refused(maker: TokenMaker, verifier: TokenVerifier, kind: Any) -> None:
    await refused(verifier, _with_header(maker, {"typ": kind}), "token-type")


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT"])
async def test_access_tokens_may_name_their_type(maker: TokenMaker, verifier: TokenVerifier, kind: str) -> None:
    claims = {"sub": new_id(), "groups": []}
    assert (await verifier.verify(maker.sign(claims, typ=kind))).user == claims["sub"]


async def test_signatures_that_anybody_could_make_are_refused(maker: TokenMaker, verifier: TokenVerifier) -> None:
    await refused(verifier, _with_header(maker, {"alg": "none"}), "signature-algorithm")
    public = json.dumps(maker.key.as_dict(private=False)).encode()
    shared = OctKey.import_key(public)
    claims = {"iss": maker.issuer, "aud": maker.audience, "sub": new_id(), "exp": int(time.time()) + 60}
    forged = jwt.encode({"alg": "HS256", "kid": "test"}, claims, shared, algorithms=["HS256"])
    await refused(verifier, forged, "signature-algorithm")


async def test_a_key_of_somebody_else_under_a_known_id_is_refused(maker: TokenMaker, verifier: TokenVerifier) -> None:
    await refused(verifier, TokenMaker().user(), "valid-token")


async def test_a_changed_payload_is_refused(maker: TokenMaker, verifier: TokenVerifier) -> None:
    head, payload, signature = maker.user("emil", ()).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["groups"] = [CONSULTANTS]
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    await refused(verifier, f"{head}.{changed}.{signature}", "valid-token")


@pytest.mark.parametrize("text", ["x", "a.b.c", "..", "é.é.é", "W10.e30.x", "x" * 10_000, "W1tb" * 1_000])
async def test_what_is_no_token_at_all(verifier: TokenVerifier, text: str) -> None:
    await refused(verifier, text, "well-formed-token")


async def test_a_token_without_key_id_is_accepted_only_if_there_is_one_key(maker: TokenMaker) -> None:
    claims = {"sub": new_id(), "groups": []}
    unnamed = _without_kid(maker, claims)
    one = TokenVerifier(settings(maker), maker.keys)
    assert (await one.verify(unnamed)).user == claims["sub"]
    other = ECKey.generate_key("P-256", {"kid": "other"})
    two = TokenVerifier(settings(maker), StaticKeys(KeySet([maker.key, other])))
    await refused(two, unnamed, "known-key")


async def test_a_verified_token_is_remembered_until_it_ends(maker: TokenMaker) -> None:
    start = now = time.time()
    verifier = TokenVerifier(settings(maker), maker.keys, clock=lambda: now)
    token = maker.user(exp=int(start) + 100)
    first = await verifier.verify(token)
    assert await verifier.verify(token) is first
    now = start + 100 + LEEWAY_SECONDS + 1
    await refused(verifier, token, "not-expired")


async def test_what_a_withdrawn_key_has_proved_counts_no_more(maker: TokenMaker) -> None:
    keys = StaticKeys(KeySet([maker.key]))
    verifier = TokenVerifier(settings(maker), keys)
    token = maker.user()
    await verifier.verify(token)
    keys._keys = KeySet([ECKey.generate_key("P-256", {"kid": "next"})])
    keys.generation += 1
    await refused(verifier, token, "known-key")


async def test_the_claims_for_user_and_groups_are_settings(maker: TokenMaker) -> None:
    verifier = TokenVerifier(settings(maker, user_claim="uid", groups_claim="roles"), maker.keys)
    identifier = new_id()
    principal = await verifier.verify(maker.user(uid=identifier, roles=[CONSULTANTS], groups=["x"]))
    assert principal.user == identifier
    assert principal.groups == {CONSULTANTS}
    await refused(verifier, maker.user(), "user-claim")


def _with_header(maker: TokenMaker, changes: dict[str, Any]) -> str:
    _, payload, signature = maker.user().split(".")
    header = {"alg": "ES256", "kid": "test", "typ": "at+jwt"} | changes
    return f"{base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b'=').decode()}.{payload}.{signature}"


def _without_kid(maker: TokenMaker, claims: dict[str, Any]) -> str:
    usual = {"iss": maker.issuer, "aud": maker.audience, "exp": int(time.time()) + 60}
    return jwt.encode({"alg": "ES256"}, usual | claims, maker.key, algorithms=["ES256"])
