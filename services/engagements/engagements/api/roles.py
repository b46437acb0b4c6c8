"""External roles: which address is customer, ordering party, witness … of a project."""

from __future__ import annotations

from fastapi import APIRouter

from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.writing import Write
from dossier.ids import new_id, stream_id
from engagements import access
from engagements.api.models import NewRole, RoleDates
from engagements.api.references import KnownStreams, References
from engagements.domain import project
from engagements.domain.project import Role

router = APIRouter(prefix="/v1/projects/{id}/roles", tags=["roles"])


@router.post("", status_code=201, dependencies=[require("write")], responses=responses(409))
async def assign(id: Id, body: NewRole, write: Write, references: References, known: KnownStreams) -> Answer:
    """Give an address a role. A contact or a couple cannot be customer."""
    address = body.address.reference()
    new = Role(body.id or new_id(), body.role, address, body.valid_from, body.valid_to)
    company = await known.company_of(address)
    # What is refused by itself is refused before anybody is asked about the address.
    project.assign_role(await access.present(write, id), new, company)
    await references.check(stream_id("project", id), {"address": address.stream})
    return await access.change(write, id, lambda p: project.assign_role(p, new, company), adds=("role_id", new.id))


@router.put("/{role}", dependencies=[require("write")], responses=responses(409))
async def change_dates(id: Id, role: Id, body: RoleDates, write: Write) -> Answer:
    """Say from when to when the role holds; without dates always."""
    return await access.change(write, id, lambda p: project.change_role_dates(p, role, body.valid_from, body.valid_to))


@router.delete("/{role}", dependencies=[require("write")], responses=responses(409))
async def remove(id: Id, role: Id, write: Write) -> Answer:
    """Take back a role that was assigned by mistake."""
    return await access.change(write, id, lambda p: project.remove_role(p, role))
