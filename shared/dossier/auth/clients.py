"""Whether a token is a client's own, of a service that calls for itself, or a person's, got through a client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OF_PERSONS = (
    "acct",
    "amr",
    "auth_time",
    "email",
    "family_name",
    "given_name",
    "name",
    "nickname",
    "nonce",
    "preferred_username",
    "scp",
    "session_state",
    "sid",
    "unique_name",
    "upn",
)
"""What issuers say of people and their sessions alone; `scp` holds the rights that a person lent to a client."""


def client_of(claims: Mapping[str, Any]) -> str | None:
    """The client, if it is the subject itself (RFC 9068, section 5)."""
    client = claims.get("client_id") or claims.get("azp")
    return client if isinstance(client, str) and claims["sub"] == client else None


def client_in(claim: str, claims: Mapping[str, Any], user_claim: str, groups_claim: str) -> str | None:
    """The client that `claim` names, unless anything about the token is a person's.

    Issuers that give a client a subject of its own also write the client's id into the tokens of everybody who signs
    in through it, so the claim alone proves nothing.
    """
    client, subject = claims.get(claim), claims["sub"]
    if not isinstance(client, str) or not client:
        return None
    if subject == client:
        return client
    of_person = {name for name in (*_OF_PERSONS, groups_claim) if claims.get(name)}
    if is_nobody_else(client, claims):
        of_person.discard("preferred_username")
    return None if of_person or claims.get(user_claim, subject) != subject else client


def is_nobody_else(client: str, claims: Mapping[str, Any]) -> bool:
    """Whether the issuer says in so many words that the client is the subject: Keycloak by a name, Entra by a type."""
    by_name = claims.get("preferred_username") == f"service-account-{client.lower()}"
    return client == claims["sub"] or by_name or claims.get("idtyp") == "app"
