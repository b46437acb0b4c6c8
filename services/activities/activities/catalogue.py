"""The list of activity types as it stands: what is shipped, and what the installation made of it."""

from __future__ import annotations

from activities.domain import types
from activities.domain.types import ActivityType
from dossier.commands import Aggregate, load
from dossier.contracts.activities import ActivityKind
from dossier.http.listing import all_as_standing
from dossier.ids import derived_id, stream_id
from dossier.store import CommitStore

TYPE = Aggregate("activity-type", ActivityType, types.evolve)


def type_id(code: str) -> str:
    """The id of a type follows from its code, so that a code is there once."""
    return derived_id(TYPE.kind, code)


SHIPPED = {type_id(code): types.evolve(ActivityType(), defined) for code, defined in types.SHIPPED.items()}


async def types_standing(store: CommitStore) -> dict[str, ActivityType]:
    """All types by their ids, inactive ones too."""
    return SHIPPED | dict(await all_as_standing(store, TYPE))


async def require_offered(store: CommitStore, code: str, kind: ActivityKind, field: str) -> None:
    """Raise RuleViolation ACT-21 at `field` unless new activities of this kind can be of the type."""
    id = type_id(code)
    state = (await load(store, TYPE, stream_id(TYPE.kind, id))).state
    types.offered(state if state.defined is not None else SHIPPED.get(id), kind, field)
