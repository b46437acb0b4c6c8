"""Phases of projects: add, change, read. Who may see the project may see its phases."""

from __future__ import annotations

from fastapi import Response

from dossier.auth.guard import Caller, require
from dossier.commands import load
from dossier.contracts.base import Id
from dossier.contracts.engagements import PhaseAdded
from dossier.contracts.rules import NotFound
from dossier.http.changes import Change, change_log
from dossier.http.commands import etag
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write
from dossier.ids import new_id, stream_id
from engagements import access
from engagements.aggregates import PHASE, PROJECT
from engagements.api.finding import Find
from engagements.api.models import WarnedAnswer
from engagements.api.naming import Called
from engagements.api.part_models import NewPhase, PhaseFacts, PhaseView, shown_phase
from engagements.api.warnings import Warn
from engagements.domain import phase

router = Router(prefix="/v1/phases", tags=["phases"])
of_projects = Router(prefix="/v1/projects/{id}/phases", tags=["phases"])


@of_projects.post("", status_code=201, dependencies=[require("create")])
async def add(id: Id, body: NewPhase, write: Write, response: Response, warn: Warn) -> WarnedAnswer:
    """Add a phase to a project."""
    await access.present(write, PROJECT, id)
    own_id = body.id or new_id()
    await access.require_free(write, PHASE, own_id)
    new = PhaseAdded(project=id, **body.model_dump(exclude={"id"}))
    answer = await write.create(PHASE, own_id, lambda p: phase.add(p, new))
    response.headers["Location"] = f"/v1/phases/{answer.id}"
    return await warn.of_phase(answer, id, new.code)


@of_projects.get("", dependencies=[require("read")])
async def list_phases(id: Id, find: Find, store: Store, caller: Caller, names: Called) -> Page[PhaseView]:
    """The phases of a project, by id."""
    project = await load(store, PROJECT, stream_id("project", id))
    if not project.head.exists:
        raise NotFound(id)
    access.visible(project.state, caller)
    page = await find.page(PHASE, access.rights_of_project(store, caller), project=id)
    items = await names.all([shown_phase(own, state) for own, state in page.items])
    return Page(items=items, next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response, caller: Caller, names: Called) -> PhaseView:
    """The phase as it stands at this moment."""
    loaded = await access.known_part(store, PHASE, id, caller)
    response.headers["ETag"] = etag(loaded.head.commit)
    return await names.named(shown_phase(id, loaded.state))


@router.get("/{id}/changes", dependencies=[require("read")])
async def changes(id: Id, store: Store, paging: Paging, caller: Caller, names: Called) -> Page[Change]:
    """Who changed what of the phase, newest first."""
    await access.known_part(store, PHASE, id, caller)
    page = await change_log(store, PHASE, id, paging)
    await names.changes(page.items)
    return page


@router.patch("/{id}", dependencies=[require("write")], responses=responses(409))
async def change(id: Id, body: PhaseFacts, write: Write, warn: Warn) -> WarnedAnswer:
    """Change code, title or position."""
    facts, project = body.model_dump(exclude_unset=True), (await access.present_part(write, PHASE, id)).project
    answer = await access.change_part(write, PHASE, id, lambda p: phase.change(p, facts))
    return await warn.of_phase(answer, project, facts.get("code"))


@router.post("/{id}/deactivate", dependencies=[require("deactivate")], responses=responses(409))
async def deactivate(id: Id, write: Write) -> Answer:
    """Keep the phase readable, but offer it no longer."""
    return await access.change_part(write, PHASE, id, lambda p: phase.change(p, {"is_active": False}))


@router.post("/{id}/reactivate", dependencies=[require("deactivate")], responses=responses(409))
async def reactivate(id: Id, write: Write) -> Answer:
    """Offer the phase again."""
    return await access.change_part(write, PHASE, id, lambda p: phase.change(p, {"is_active": True}))
