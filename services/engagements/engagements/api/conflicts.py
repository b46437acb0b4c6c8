"""Conflict checks: ask, and read again what was found (ROL-09).

What was found is recorded whole. It is told by the rights of whoever reads: an engagement that may not be seen is left
out, except that administrators, who decide on mandates, hear that there is one and whom to ask. The answer says which
of the two it is, and that does not depend on what there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response

from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.commands import load
from dossier.contracts.base import Id
from dossier.contracts.engagements import ConflictChecked, ConflictHit
from dossier.contracts.rules import NotFound
from dossier.http.after import After
from dossier.http.models import Page
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, Writer, standing
from dossier.ids import new_id, split_stream, stream_id
from dossier.store import CommitStore
from engagements import access, catalogue
from engagements.access import may_see, states
from engagements.aggregates import CONFLICT_CHECK, INVOICE, OPPORTUNITY, PROJECT
from engagements.api.conflict_models import CheckAnswer, CheckView, HitView, Question, RestrictedHit
from engagements.api.finding import Find
from engagements.api.models import NamedAddress
from engagements.api.naming import Called
from engagements.api.references import KnownStreams, OwnRegister, References
from engagements.domain import conflicts
from engagements.domain.conflicts import ConflictCheck
from engagements.parties import PartyFinder

router = Router(prefix="/v1/conflict-checks", tags=["conflict checks"])


@router.post("", status_code=201, dependencies=[require("create")])
async def check(
    body: Question,
    write: Write,
    references: References,
    known: KnownStreams,
    register: OwnRegister,
    after: After,
    names: Called,
) -> CheckAnswer:
    """Look for parties over all engagements, and record what was found. It sees what the own views have heard of.

    Whoever has just written sends `Dossier-After` and `Prefer: wait`, as for a query.
    """
    own_id, caller = body.id or new_id(), write.command.principal
    await _require_free(write, own_id)
    asked = await _asked(body, write.store, caller)
    if await write.answered() is None:
        conflicts.require_question(asked)
        await references.check(stream_id(CONFLICT_CHECK.kind, own_id), _named(body))
    await after.reached(known)
    await after.reached(register)
    hits = await PartyFinder(write.store, known, register).hits(asked)
    checked = asked.model_copy(update={"hits": tuple(hits)})
    answer = await write.create(CONFLICT_CHECK, own_id, lambda state: conflicts.record(state, checked))
    recorded = (await load(write.store, CONFLICT_CHECK, answer.stream)).state
    return CheckAnswer(recorded=answer, check=await names.named(await _shown(write.store, answer.id, recorded, caller)))


@router.get("", dependencies=[require("read")])
async def list_checks(
    find: Find, store: Store, caller: Caller, names: Called, project: Id | None = None
) -> Page[CheckView]:
    """The checks that the caller may see, by id: all, or those of a project."""
    page = await find.page(CONFLICT_CHECK, access.rights_of_project(store, caller, _project), project=project)
    items = await names.all([await _shown(store, id, state, caller) for id, state in page.items])
    return Page(items=items, next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response, caller: Caller, names: Called) -> CheckView:
    """A check as it was recorded. One for a project is there for those who may see the project."""
    state = await standing(store, CONFLICT_CHECK, id, response)
    if await access.hidden_projects(store, [_project(state)], caller):
        raise NotFound(id)
    return await names.named(await _shown(store, id, state, caller))


async def _asked(body: Question, store: CommitStore, caller: Principal) -> ConflictChecked:
    clients = [each.reference() for each in body.clients]
    counterparties = [each.reference() for each in body.counterparties]
    if body.project is not None:
        for role in (await access.visible_project(store, body.project, caller)).roles:
            kind = await catalogue.role_type(store, role.role)
            (counterparties if kind is not None and kind.is_adverse else clients).append(role.address)
    return ConflictChecked(
        project=body.project,
        clients=tuple(dict.fromkeys(clients)),
        counterparties=tuple(dict.fromkeys(counterparties)),
        other=None if body.other is None else body.other.reference(),
        term=body.term.strip(),
        with_hierarchy=body.with_hierarchy,
    )


def _named(body: Question) -> dict[str, str]:
    """What the request refers to: field → stream."""
    sides = {"clients": body.clients, "counterparties": body.counterparties}
    named = {
        f"{side}.{n}": each.reference().stream for side, several in sides.items() for n, each in enumerate(several)
    }
    return named | ({} if body.other is None else {"other": body.other.reference().stream})


async def _require_free(write: Writer, id: str) -> None:
    state = (await load(write.store, CONFLICT_CHECK, stream_id(CONFLICT_CHECK.kind, id))).state
    if await access.hidden_projects(write.store, [_project(state)], write.command.principal):
        raise NotFound(id)


def _project(state: ConflictCheck) -> str | None:
    return None if state.asked is None else state.asked.project


async def _shown(store: CommitStore, id: str, state: ConflictCheck, caller: Principal) -> CheckView:
    if state.asked is None:
        raise NotFound(id)
    asked, whole = state.asked, caller.may("administer") or caller.may("feed")
    leaders = await _hidden(store, asked.hits, caller)
    hits = [
        HitView.model_validate(hit).model_copy(update={"conflict": conflicts.is_conflict(hit)})
        for hit in asked.hits
        if hit.engagement.stream not in leaders
    ]
    restricted = [
        RestrictedHit(side=hit.side, conflict=conflicts.is_conflict(hit), leader=leaders[hit.engagement.stream])
        for hit in asked.hits
        if whole and hit.engagement.stream in leaders
    ]
    return CheckView(
        id=id,
        project=asked.project,
        clients=[NamedAddress.model_validate(each) for each in asked.clients],
        counterparties=[NamedAddress.model_validate(each) for each in asked.counterparties],
        other=None if asked.other is None else NamedAddress.model_validate(asked.other),
        term=asked.term,
        with_hierarchy=asked.with_hierarchy,
        covers="everything" if whole else "visible",
        hits=hits,
        restricted=restricted,
    )


async def _hidden(store: CommitStore, hits: Sequence[ConflictHit], caller: Principal) -> dict[str, str | None]:
    """The engagements that the caller may not see, each with the user who can be asked about it."""
    streams = sorted({hit.engagement.stream for hit in hits})
    hidden: dict[str, str | None] = {}
    for aggregate, person in ((PROJECT, "leader"), (OPPORTUNITY, "seller")):
        own = [stream for stream in streams if split_stream(stream)[0] == aggregate.kind]
        for stream, state in zip(own, await states(store, aggregate, own), strict=True):
            if not may_see(state, caller):
                hidden[stream] = getattr(state, person)
    invoices = [stream for stream in streams if split_stream(stream)[0] == INVOICE.kind]
    for stream, state in zip(invoices, await states(store, INVOICE, invoices), strict=True):
        project = await access.project_of(store, state)
        if project is not None and not may_see(project, caller):
            hidden[stream] = project.leader
    return hidden
