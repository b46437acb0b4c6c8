"""Principals and their capabilities (design: "Who may see and do what")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from dossier.auth.groups import DEFAULT_TABLE, EVERYONE
from dossier.ids import derived_id, is_id

Capability = Literal["read", "write", "create", "deactivate", "administer", "export", "private", "feed", "provision"]
CAPABILITIES: frozenset[Capability] = frozenset(get_args(Capability))


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: a user with groups, or a service. Exactly one of `user` and `service` is set."""

    user: str | None
    service: str | None
    groups: frozenset[str]
    capabilities: frozenset[Capability]

    @property
    def actor(self) -> str:
        """How the principal is named on commits: `user:<id>` or `service:<name>`."""
        return f"user:{self.user}" if self.user is not None else f"service:{self.service}"

    @property
    def tokens(self) -> list[str]:
        """What grants are compared with: `user:<id>` and `group:<id>`. A service has none."""
        own = [f"user:{self.user}"] if self.user is not None else []
        return own + [f"group:{group}" for group in sorted(self.groups)]

    def may(self, capability: Capability) -> bool:
        """Whether the principal has the capability."""
        return capability in self.capabilities


def directory_id(kind: Literal["user", "group"], claim: str) -> str:
    """The id of a user or group in the directory.

    Issuers that name them by a UUID are taken at their word; any other name has one id derived from it, always the
    same, so that the directory can be fed with it.
    """
    return claim if is_id(claim) else derived_id(kind, claim)


class CapabilityTable:
    """From groups to capabilities. An entry of the table replaces the shipped one of the same group.

    A group allows `x` by listing `x`, and denies it by `-x`. Rights add up over groups and allow beats deny
    (RGT-01, RGT-04): a denial takes away only what everyone has without a group.
    """

    def __init__(self, overrides: Mapping[str, Iterable[str]] | None = None) -> None:
        """Raises ValueError if the table names a capability that does not exist."""
        merged = {_key(name): tuple(entry) for name, entry in {**DEFAULT_TABLE, **(overrides or {})}.items()}
        self._allowed = {name: _capabilities(e for e in entry if e[:1] != "-") for name, entry in merged.items()}
        self._denied = {name: _capabilities(e[1:] for e in entry if e[:1] == "-") for name, entry in merged.items()}

    def user(self, claim: str, groups: Iterable[str]) -> Principal:
        """The principal of a user with these groups, both as the issuer names them."""
        ids = frozenset(directory_id("group", group) for group in groups)
        none: frozenset[Capability] = frozenset()
        allowed = none.union(*(self._allowed.get(group, none) for group in ids))
        denied = none.union(*(self._denied.get(group, none) for group in ids))
        return Principal(directory_id("user", claim), None, ids, (self._allowed[EVERYONE] - denied) | allowed)

    def service(self, client: str) -> Principal | None:
        """The principal of a service; None if the client is no service of this installation."""
        capabilities = self._allowed.get(f"service:{client}")
        return None if capabilities is None else Principal(None, client, frozenset(), capabilities)


def _key(name: str) -> str:
    return name if name == EVERYONE or name.startswith("service:") else directory_id("group", name)


def _capabilities(names: Iterable[str]) -> frozenset[Capability]:
    found = frozenset(names)
    unknown = found - CAPABILITIES
    if unknown:
        raise ValueError(f"no such capability: {', '.join(sorted(unknown))}")
    return cast("frozenset[Capability]", found)
