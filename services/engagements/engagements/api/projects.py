"""Projects: make known, change, restrict, read."""

from __future__ import annotations

from fastapi import APIRouter, Response

from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.contracts.common import Principals
from dossier.http.listing import listed_as_standing
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.writing import Store, Write, standing
from dossier.ids import new_id, stream_id
from engagements import access
from engagements.aggregates import PROJECT
from engagements.api.models import NewProject, ProjectFacts, ProjectView, Restriction, shown
from engagements.api.references import References, people
from engagements.domain import project

router = APIRouter(prefix="/v1/projects", tags=["projects"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewProject, write: Write, references: References) -> Answer:
    """Make a project known; it is open to everybody until it is restricted."""
    own_id = body.id or new_id()
    if body.leader is not None:
        await references.check(stream_id("project", own_id), {"leader": stream_id("user", body.leader)})
    caller = write.command.principal
    return await write.create(
        PROJECT,
        own_id,
        lambda p: project.register(access.visible(p, caller), body.code, body.title, body.leader),
    )


@router.get("", dependencies=[require("read")])
async def list_projects(store: Store, paging: Paging, caller: Caller) -> Page[ProjectView]:
    """The projects that the caller may see, by id. A page may hold fewer than its limit."""
    page = await listed_as_standing(store, PROJECT, paging)
    visible = [shown(id, state) for id, state in page.items if access.may_see(state, caller)]
    return Page(items=visible, next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response, caller: Caller) -> ProjectView:
    """The project as it stands at this moment."""
    return shown(id, access.visible(await standing(store, PROJECT, id, response), caller))


@router.patch("/{id}", dependencies=[require("write")], responses=responses(409))
async def change(id: Id, body: ProjectFacts, write: Write, references: References) -> Answer:
    """Change code, title or leader."""
    if body.leader is not None:
        await access.present(write, id)
        await references.check(stream_id("project", id), {"leader": stream_id("user", body.leader)})
    return await access.change(write, id, lambda p: project.change(p, body.model_dump(exclude_unset=True)))


@router.post("/{id}/deactivate", dependencies=[require("deactivate")], responses=responses(409))
async def deactivate(id: Id, write: Write) -> Answer:
    """Keep the project readable, but offer it no longer."""
    return await access.change(write, id, lambda p: project.change(p, {"is_active": False}))


@router.post("/{id}/reactivate", dependencies=[require("deactivate")], responses=responses(409))
async def reactivate(id: Id, write: Write) -> Answer:
    """Offer the project again."""
    return await access.change(write, id, lambda p: project.change(p, {"is_active": True}))


@router.put("/{id}/restriction", dependencies=[require("write")], responses=responses(409))
async def restrict(id: Id, body: Restriction, write: Write, references: References) -> Answer:
    """Let only these users and groups see the project, and what is linked to it."""
    to = Principals(users=body.users, groups=body.groups)
    project.restrict(await access.present(write, id), to)
    named = people("users", "user", body.users) | people("groups", "group", body.groups)
    await references.check(stream_id("project", id), named)
    return await access.change(write, id, lambda p: project.restrict(p, to))


@router.delete("/{id}/restriction", dependencies=[require("write")], responses=responses(409))
async def open_to_all(id: Id, write: Write) -> Answer:
    """Let everybody see the project again."""
    return await access.change(write, id, project.open_to_all)
