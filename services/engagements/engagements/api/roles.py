"""External roles: which address is customer, ordering party, witness … of a project, and where an address has roles."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel

from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.contracts.common import AddressRef
from dossier.http.after import After
from dossier.http.models import Answer, Page
from dossier.http.problems import responses
from dossier.http.routes import adds
from dossier.http.routing import Router
from dossier.http.writing import Write, Writer
from dossier.ids import new_id, stream_id
from engagements import access, catalogue
from engagements.aggregates import PROJECT
from engagements.api.finding import AddressStream, Find
from engagements.api.models import NewRole, Notice, RoleDates, RoleView, WarnedAnswer
from engagements.api.naming import Called
from engagements.api.references import KnownStreams, References
from engagements.domain import roles
from engagements.domain.project import Project
from engagements.domain.role_types import CUSTOMER
from engagements.domain.roles import Role

router = Router(prefix="/v1/projects/{id}/roles", tags=["roles"])
of_addresses = Router(prefix="/v1/roles", tags=["roles"])


class RolesInProject(BaseModel):
    """The roles of an address in one project."""

    project: str
    code: str
    title: str
    is_active: bool
    roles: list[RoleView]


@router.post("", status_code=201, dependencies=[require("write")], responses=responses(409))
@adds("role_id")
async def assign(
    id: Id, body: NewRole, write: Write, references: References, known: KnownStreams, after: After
) -> WarnedAnswer:
    """Give an address a role. A contact or a couple cannot be customer, or only with a warning, as the settings say.

    The reason names who can. Whoever has just made the contact or couple sends `Dossier-After` and `Prefer: wait`, as
    for a query.
    """
    await after.reached(known)
    address = body.address.reference()
    new = Role(body.id or new_id(), body.role, address, body.valid_from, body.valid_to)
    instead = await known.instead_of(address)
    state = await access.present(write, PROJECT, id)
    offered, rule = await catalogue.role_type(write.store, body.role), (await catalogue.settings(write.store))
    # What is refused by itself is refused before anybody is asked about the address.
    roles.assign(state.roles, new, offered, rule=rule.customer_rule, instead=instead)
    await references.check(stream_id("project", id), {"address": address.stream})
    answer = await access.change(
        write,
        PROJECT,
        id,
        lambda p: roles.assign(p.roles, new, offered, rule=rule.customer_rule, instead=instead),
        adds=("role_id", new.id),
    )
    given = replace(new, id=answer.part or new.id)
    warnings = _against(given, roles.broken_rule(given, offered), instead) + _overlapping(state, given)
    warnings += await _on_both_sides(write, state, given)
    return WarnedAnswer(**answer.model_dump(), warnings=warnings)


@router.patch("/{role}", dependencies=[require("write")], responses=responses(409))
async def change_dates(id: Id, role: Id, body: RoleDates, write: Write) -> WarnedAnswer:
    """Say from when to when the role holds; what is absent stays, null takes a day away."""
    said = body.model_dump(exclude_unset=True)
    state = await access.present(write, PROJECT, id)
    answer = await access.change(write, PROJECT, id, lambda p: roles.change_dates(p.roles, role, said))
    dated = replace(roles.find(state.roles, role), **said)
    return WarnedAnswer(**answer.model_dump(), warnings=_overlapping(state, dated))


@router.delete("/{role}", dependencies=[require("write")], responses=responses(409))
async def remove(id: Id, role: Id, write: Write) -> Answer:
    """Take back a role that was assigned by mistake."""
    return await access.change(write, PROJECT, id, lambda p: roles.remove(p.roles, role))


@of_addresses.get("", dependencies=[require("read")])
async def of_address(find: Find, caller: Caller, names: Called, address: AddressStream) -> Page[RolesInProject]:
    """The projects in which an address has roles, as far as the caller may see them."""
    page = await find.page(PROJECT, access.own_rights(caller), parties=address)
    found = [_in_project(id, state, address) for id, state in page.items]
    return Page(items=await names.all([item for item in found if item.roles]), next=page.next)


def _in_project(id: str, state: Project, address: str) -> RolesInProject:
    own = [RoleView.model_validate(role) for role in state.roles if role.address.stream == address]
    return RolesInProject(project=id, code=state.code, title=state.title, is_active=state.is_active, roles=own)


def _overlapping(state: Project, one: Role) -> tuple[Notice, ...]:
    detail = "the address has this role already on some of these days"
    return (Notice(rule="ROL-01", detail=detail),) if roles.overlapping(state.roles, one) else ()


async def _on_both_sides(write: Writer, state: Project, one: Role) -> tuple[Notice, ...]:
    """A word if the new role makes the address customer and adversary in the same project."""

    async def is_adverse(code: str) -> bool:
        kind = await catalogue.role_type(write.store, code)
        return kind is not None and kind.is_adverse

    others = {each.role for each in state.roles if each.address == one.address and each.id != one.id}
    if one.role == CUSTOMER:
        both = any([await is_adverse(code) for code in sorted(others)])
    else:
        both = CUSTOMER in others and await is_adverse(one.role)
    detail = "the address is customer of this project and stands on the other side too"
    return (Notice(rule="ROL-09", detail=detail),) if both else ()


def _against(new: Role, broken: str | None, instead: list[AddressRef]) -> tuple[Notice, ...]:
    if broken != "ROL-02":
        return ()
    return (Notice(rule=broken, detail=roles.customer_reason(new.address, instead)),)
