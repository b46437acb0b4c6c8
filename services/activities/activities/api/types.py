"""The list of types an activity can be of, as the administrator keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from activities import catalogue
from activities.api.task_models import NewType, TypeFacts, TypeView
from activities.catalogue import TYPE, type_id
from activities.domain import types
from activities.domain.types import ActivityType
from dossier.auth.guard import require
from dossier.commands import Step
from dossier.contracts.activity_types import ActivityTypeDefined
from dossier.contracts.base import Event, Id
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, Writer
from dossier.ids import stream_id

router = Router(prefix="/v1/activity-types", tags=["lists"])
Decide = Callable[[ActivityType, Iterable[str]], Sequence[Event]]


@router.get("", dependencies=[require("read")])
async def list_types(store: Store) -> list[TypeView]:
    """All types, in their order; inactive ones too."""
    found = (await catalogue.types_standing(store)).items()
    views = [TypeView.model_validate(state).model_copy(update={"id": id}) for id, state in found]
    return sorted(views, key=lambda view: (view.position, view.code))


@router.post("", status_code=201, dependencies=[require("administer")])
async def define_type(body: NewType, write: Write) -> Answer:
    """Let activities be of another type. Its code, which is for ever, gives the id."""
    new = ActivityTypeDefined(**body.model_dump())
    id = type_id(body.code)
    location = f"/v1/activity-types/{id}"
    return await _change(write, id, lambda state, others: types.define(state, new, others), location)


@router.patch("/{id}", dependencies=[require("administer")], responses=responses(409))
async def change_type(id: Id, body: TypeFacts, write: Write) -> Answer:
    """Rename a type, offer it for other kinds, or offer it no longer."""
    shipped = catalogue.SHIPPED.get(id)
    code, facts = None if shipped is None else shipped.code, body.model_dump(exclude_unset=True)
    return await _change(write, id, lambda state, others: types.change(state, code, facts, others))


async def _change(write: Writer, id: str, decide: Decide, location: str | None = None) -> Answer:
    """Change one type, while no other gets its label."""

    async def plan() -> list[Step]:
        others = [state.label for other, state in (await catalogue.types_standing(write.store)).items() if other != id]
        return [(TYPE, stream_id(TYPE.kind, id), lambda state: decide(state, others))]

    committed = await write.change_all(plan, [stream_id(TYPE.kind, id)], [TYPE.kind])
    return write.command.answer(*committed, location=location)
