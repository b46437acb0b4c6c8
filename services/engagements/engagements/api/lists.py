"""The configurable lists and the settings: what roles and stages there are, and how strict the customer rule is."""

from __future__ import annotations

from typing import TypeVar

from dossier.auth.guard import require
from dossier.commands import Aggregate, Decide, execute
from dossier.contracts.base import Id
from dossier.contracts.engagements import OpportunityStatusDefined, RoleTypeDefined
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, Writer
from dossier.ids import new_id, stream_id
from engagements import catalogue
from engagements.aggregates import ROLE_TYPE, SETTINGS, STATUS
from engagements.api.list_models import (
    NewRoleType,
    NewStatus,
    RoleTypeFacts,
    RoleTypeView,
    SettingsBody,
    SettingsView,
    StatusFacts,
    StatusView,
)
from engagements.domain import role_types, settings, statuses

S = TypeVar("S")

router = Router(prefix="/v1", tags=["lists"])


@router.get("/role-types", dependencies=[require("read")])
async def list_role_types(store: Store) -> list[RoleTypeView]:
    """All roles, in their order; inactive ones too."""
    found = (await catalogue.role_types_standing(store)).items()
    views = [RoleTypeView.model_validate(state).model_copy(update={"id": id}) for id, state in found]
    return sorted(views, key=lambda view: (view.position, view.code))


@router.post("/role-types", status_code=201, dependencies=[require("administer")])
async def define_role_type(body: NewRoleType, write: Write) -> Answer:
    """Offer another role. Its code, which is for ever, gives the id."""
    new = RoleTypeDefined(**body.model_dump())
    return await write.create(ROLE_TYPE, catalogue.role_type_id(body.code), lambda r: role_types.define(r, new))


@router.patch("/role-types/{id}", dependencies=[require("administer")], responses=responses(409))
async def change_role_type(id: Id, body: RoleTypeFacts, write: Write) -> Answer:
    """Rename a role, let it count otherwise in conflict checks, or offer it no longer."""
    shipped = catalogue.SHIPPED_ROLE_TYPES.get(id)
    code, facts = None if shipped is None else shipped.code, body.model_dump(exclude_unset=True)
    return await _change(write, ROLE_TYPE, id, lambda r: role_types.change(r, code, facts))


@router.get("/opportunity-statuses", dependencies=[require("read")])
async def list_statuses(store: Store) -> list[StatusView]:
    """All stages of opportunities, in their order; inactive ones too."""
    found = (await catalogue.statuses_standing(store)).items()
    views = [StatusView.model_validate(state).model_copy(update={"id": id}) for id, state in found]
    return sorted(views, key=lambda view: (view.position, view.id))


@router.post("/opportunity-statuses", status_code=201, dependencies=[require("administer")])
async def define_status(body: NewStatus, write: Write) -> Answer:
    """Offer another stage."""
    new = OpportunityStatusDefined(**body.model_dump(exclude={"id"}))
    return await write.create(STATUS, body.id or new_id(), lambda s: statuses.define(s, new))


@router.patch("/opportunity-statuses/{id}", dependencies=[require("administer")], responses=responses(409))
async def change_status(id: Id, body: StatusFacts, write: Write) -> Answer:
    """Rename a stage, let it propose another probability, or offer it no longer."""
    shipped = catalogue.SHIPPED_STATUSES.get(id)
    begun, facts = None if shipped is None else shipped.defined, body.model_dump(exclude_unset=True)
    return await _change(write, STATUS, id, lambda s: statuses.change(s, begun, facts))


@router.get("/engagement-settings", dependencies=[require("read")])
async def read_settings(store: Store) -> SettingsView:
    """How engagements work."""
    return SettingsView(customer_rule=(await catalogue.settings(store)).customer_rule)


@router.put("/engagement-settings", dependencies=[require("administer")], responses=responses(409))
async def change_settings(body: SettingsBody, write: Write) -> Answer:
    """Let engagements work otherwise."""
    rule = body.customer_rule
    return await _change(write, SETTINGS, catalogue.SETTINGS_ID, lambda s: settings.change(s, rule))


async def _change(write: Writer, aggregate: Aggregate[S], id: str, decide: Decide[S]) -> Answer:
    """Change what may be shipped, so that its stream begins with its first change."""
    command, stream = write.command, stream_id(aggregate.kind, id)
    expected = command.expected_commit
    return command.answer(
        await execute(write.store, aggregate, stream, decide, command.metadata(), expected, create=True)
    )
