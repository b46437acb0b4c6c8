"""The configurable lists and settings as they stand: what is shipped, and what the installation made of it."""

from __future__ import annotations

from dossier.commands import load
from dossier.http.listing import all_as_standing
from dossier.ids import derived_id, stream_id
from dossier.store import CommitStore
from engagements.aggregates import ROLE_TYPE, SETTINGS, STATUS
from engagements.domain import role_types, statuses
from engagements.domain.role_types import RoleType
from engagements.domain.settings import EngagementSettings
from engagements.domain.statuses import Status

SETTINGS_ID = derived_id(SETTINGS.kind)
"""There is one set of settings, with an id that everybody can derive."""


def role_type_id(code: str) -> str:
    """The id of a role follows from its code, so that a code is there once."""
    return derived_id(ROLE_TYPE.kind, code)


def status_id(name: str) -> str:
    """The id of a shipped stage."""
    return derived_id(STATUS.kind, name)


SHIPPED_ROLE_TYPES = {role_type_id(code): role_types.evolve(RoleType(), it) for code, it in role_types.SHIPPED.items()}
SHIPPED_STATUSES = {status_id(name): statuses.evolve(Status(), it) for name, it in statuses.SHIPPED.items()}


async def role_type(store: CommitStore, code: str) -> RoleType | None:
    """The role with this code, if there is one."""
    id = role_type_id(code)
    state = (await load(store, ROLE_TYPE, stream_id(ROLE_TYPE.kind, id))).state
    return state if state.defined is not None else SHIPPED_ROLE_TYPES.get(id)


async def role_types_standing(store: CommitStore) -> dict[str, RoleType]:
    """All roles by their ids, inactive ones too."""
    return SHIPPED_ROLE_TYPES | dict(await all_as_standing(store, ROLE_TYPE))


async def status(store: CommitStore, id: str) -> Status | None:
    """The stage, if there is one with this id."""
    state = (await load(store, STATUS, stream_id(STATUS.kind, id))).state
    return state if state.defined is not None else SHIPPED_STATUSES.get(id)


async def statuses_standing(store: CommitStore) -> dict[str, Status]:
    """All stages by their ids, inactive ones too."""
    return SHIPPED_STATUSES | dict(await all_as_standing(store, STATUS))


async def settings(store: CommitStore) -> EngagementSettings:
    """How engagements work at this moment."""
    return (await load(store, SETTINGS, stream_id(SETTINGS.kind, SETTINGS_ID))).state
