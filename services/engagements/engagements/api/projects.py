"""Projects: make known, change, read. Restricting and keywords are in `engagements`, roles in `roles`."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.contracts.engagements import ProjectRegistered
from dossier.http.changes import Change, change_log
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.ids import new_id, stream_id
from engagements import access
from engagements.aggregates import PROJECT
from engagements.api.finding import AddressStream, Find, SearchText
from engagements.api.keywords import keyword_filter
from engagements.api.models import NewProject, ProjectFacts, ProjectView, WarnedAnswer, shown
from engagements.api.naming import Called
from engagements.api.references import KnownStreams, References, one, people
from engagements.api.sight import OwnSight
from engagements.api.warnings import Warn
from engagements.domain import project
from engagements.views.register import beginning_with

router = Router(prefix="/v1/projects", tags=["projects"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewProject, write: Write, references: References, warn: Warn) -> WarnedAnswer:
    """Make a project known; it is open to everybody until it is restricted."""
    own_id = body.id or new_id()
    named = one("leader", "user", body.leader) | people("team", "user", body.team)
    await references.check(stream_id("project", own_id), named)
    caller = write.command.principal
    new = ProjectRegistered(**body.model_dump(exclude={"id"}))
    answer = await write.create(PROJECT, own_id, lambda p: project.register(access.visible(p, caller), new))
    return await warn.of_project(answer, new.code)


@router.get("", dependencies=[require("read")])
async def list_projects(
    find: Find,
    sight: OwnSight,
    known: KnownStreams,
    caller: Caller,
    names: Called,
    address: AddressStream | None = None,
    leader: Id | None = None,
    keyword: Id | None = None,
    q: SearchText | None = None,
) -> Page[ProjectView]:
    """The projects that the caller may see, by id: all, or those with an address in a role, by leader or keyword.

    `q` finds those whose code and title have words that begin with its words, capitals and accents aside.
    """
    wanted = await keyword_filter(keyword, known, sight)
    filters: dict[str, Any] = {"parties": address, "leader": leader, "keywords": wanted}
    if q is not None:
        filters["$and"] = beginning_with(q)
    page = await find.page(PROJECT, access.own_rights(caller), **filters)
    seen = await sight.of([state for _, state in page.items])
    items = await names.all([shown(id, state, seen) for id, state in page.items])
    return Page(items=items, next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response, caller: Caller, sight: OwnSight, names: Called) -> ProjectView:
    """The project as it stands at this moment."""
    state = access.visible(await standing(store, PROJECT, id, response), caller)
    return await names.named(shown(id, state, await sight.of([state])))


@router.get("/{id}/changes", dependencies=[require("read")])
async def changes(id: Id, store: Store, paging: Paging, sight: OwnSight, names: Called) -> Page[Change]:
    """Who changed what of the project, newest first."""
    page = await change_log(store, PROJECT, id, paging, await sight.history(PROJECT, id))
    await names.changes(page.items)
    return page


@router.patch("/{id}", dependencies=[require("write")], responses=responses(409))
async def change(id: Id, body: ProjectFacts, write: Write, references: References, warn: Warn) -> WarnedAnswer:
    """Change code, title, state, leader or team."""
    named = one("leader", "user", body.leader) | people("team", "user", body.team)
    if named:
        await access.present(write, PROJECT, id)
        await references.check(stream_id("project", id), named)
    facts = body.model_dump(exclude_unset=True)
    answer = await access.change(write, PROJECT, id, lambda p: project.change(p, facts))
    return await warn.of_project(answer, facts.get("code"))


@router.post("/{id}/deactivate", dependencies=[require("deactivate")], responses=responses(409))
async def deactivate(id: Id, write: Write) -> Answer:
    """Keep the project readable, but offer it no longer."""
    return await access.change(write, PROJECT, id, lambda p: project.change(p, {"is_active": False}))


@router.post("/{id}/reactivate", dependencies=[require("deactivate")], responses=responses(409))
async def reactivate(id: Id, write: Write) -> Answer:
    """Offer the project again."""
    return await access.change(write, PROJECT, id, lambda p: project.change(p, {"is_active": True}))
