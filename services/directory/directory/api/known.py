"""The users that commands refer to."""

from __future__ import annotations

from directory.aggregates import USER
from directory.domain.user import User
from dossier.commands import load
from dossier.contracts.rules import RuleViolation
from dossier.ids import stream_id
from dossier.store import CommitStore


async def known_user(store: CommitStore, user: str, rule: str, field: str) -> User:
    """The user, who may have left. Raises RuleViolation `rule` if there is none."""
    loaded = await load(store, USER, stream_id("user", user))
    if not loaded.head.exists:
        raise RuleViolation(rule, "there is no such user", field)
    return loaded.state


async def active_user(store: CommitStore, user: str, rule: str, field: str) -> None:
    """Raises RuleViolation `rule` if there is no such user, or the user has left."""
    if not (await known_user(store, user, rule, field)).is_active:
        raise RuleViolation(rule, "the user has left", field)
