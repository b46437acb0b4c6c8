"""Engagements that other systems keep: `PUT` by system and id there, repeatable, in any order (EXT-01).

The id here is derived from system and id there, so that the same thing is always the same. What such a system sends is
recorded and flagged, never lost: rules are noted on what breaks them, references nobody knows yet are verified later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from dossier.auth.guard import require
from dossier.commands import Aggregate, execute, load
from dossier.contracts.base import Event
from dossier.contracts.engagements import Source
from dossier.http.models import Request
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Write, Writer
from dossier.ids import derived_id, stream_id
from dossier.references import ReferenceChecker
from engagements import catalogue
from engagements.aggregates import INVOICE, PHASE, PROJECT
from engagements.api.external_models import (
    ExternalAnswer,
    ExternalId,
    ExternalInvoice,
    ExternalPhase,
    ExternalProject,
    ExternalRole,
    System,
)
from engagements.api.models import Notice
from engagements.api.opportunity_models import facts_of
from engagements.api.references import References
from engagements.api.values import CURRENCIES
from engagements.domain import invoice, outside, phase, project, roles
from engagements.domain.roles import Role

router = Router(
    prefix="/v1/external/{system}",
    tags=["external"],
    # What it keeps may be restricted here, so it is a system that is trusted with all events.
    dependencies=[require("create"), require("feed")],
    responses=responses(409),
)
_REASONS = {
    "ROL-01": "the last day of the role lies before the first",
    "ROL-02": "the customer is neither a company nor a person",
    "ROL-03": "there is no such role",
    "ROL-06": "this role is no longer offered",
    "iso-4217": "the currency is none of ISO 4217",
}


@router.put("/projects/{external_id}")
async def put_project(
    system: System, external_id: ExternalId, body: ExternalProject, write: Write, references: References
) -> ExternalAnswer:
    """Take over a project. The source wins for what it sends; roles that people assigned here stay."""
    id = project_id(system, external_id)
    kept = None if body.roles is None else await _roles(write, id, system, body.roles)
    source, facts = Source(system=system, id=external_id, version=body.version), _facts(body)
    users = {*body.team, *([body.leader] if body.leader else [])}
    named = {role.address.stream for role in kept or ()} | {f"user-{user}" for user in users}
    keeper = Keeper(write, references, source)
    answer = await keeper.keep(PROJECT, id, lambda p: project.keep_in_step(p, source, facts, kept), named)
    if answer.applied:
        broken = [role.against for role in kept or () if role.against is not None]
        answer.warnings = _notices(broken)
    return answer


@router.put("/projects/{project_external_id}/phases/{external_id}")
async def put_phase(
    system: System,
    project_external_id: ExternalId,
    external_id: ExternalId,
    body: ExternalPhase,
    write: Write,
    references: References,
) -> ExternalAnswer:
    """Take over a phase of one of its projects, which need not be known yet."""
    of, id = project_id(system, project_external_id), derived_id("phase", system, project_external_id, external_id)
    source, facts = Source(system=system, id=external_id, version=body.version), _facts(body)
    keeper = Keeper(write, references, source)
    return await keeper.keep(PHASE, id, lambda p: phase.keep_in_step(p, source, of, facts))


@router.put("/invoices/{external_id}")
async def put_invoice(
    system: System, external_id: ExternalId, body: ExternalInvoice, write: Write, references: References
) -> ExternalAnswer:
    """Take over an invoice; its project, by the id there, need not be known yet."""
    source, facts = Source(system=system, id=external_id, version=body.version), _facts(body)
    if body.project is not None:
        facts["project"] = project_id(system, body.project)
    keeper, named = Keeper(write, references, source), {facts["recipient"].stream}
    id = derived_id("invoice", system, external_id)
    answer = await keeper.keep(INVOICE, id, lambda i: invoice.keep_in_step(i, source, facts), named)
    if answer.applied and body.currency not in CURRENCIES:
        answer.warnings = _notices(["iso-4217"])
    return answer


def project_id(system: str, external_id: str) -> str:
    """The id here of a project there."""
    return derived_id("project", system, external_id)


def _notices(broken: Iterable[str]) -> tuple[Notice, ...]:
    return tuple(Notice(rule=rule, detail=_REASONS[rule]) for rule in broken)


def _facts(body: Request) -> dict[str, Any]:
    return {name: value for name, value in facts_of(body).items() if name not in ("version", "roles")}


async def _roles(write: Writer, id: str, system: str, sent: Sequence[ExternalRole]) -> list[Role]:
    """The roles as they are recorded: ids follow from what they say, and each carries the rule that it breaks."""
    found: list[Role] = []
    offered = {code: await catalogue.role_type(write.store, code) for code in sorted({each.role for each in sent})}
    for each in sent:
        address = each.address.reference()
        number = sum(1 for other in found if (other.role, other.address) == (each.role, address))
        own = derived_id("role", id, system, each.role, address.stream, str(number))
        role = Role(own, each.role, address, each.valid_from, each.valid_to, None, system)
        broken = roles.broken_rule(role, offered[each.role])
        found.append(Role(own, each.role, address, each.valid_from, each.valid_to, broken, system))
    return found


class Keeper:
    """Takes over one update of another system."""

    def __init__(self, write: Writer, references: ReferenceChecker, source: Source) -> None:
        self._write = write
        self._references = references
        self._source = source

    async def keep(
        self,
        aggregate: Aggregate[Any],
        id: str,
        decide: Callable[[Any], Sequence[Event]],
        named: Collection[str] = (),
    ) -> ExternalAnswer:
        """Commit what the update makes of the thing; `named` are the streams it refers to."""
        command, stream, store = self._write.command, stream_id(aggregate.kind, id), self._write.store
        news = outside.is_news((await load(store, aggregate, stream)).state, self._source)
        # Noted before the commit, so that no reference is there that nobody will ever verify.
        unverified = await self._references.take(stream, named) if news else ()
        committed = await execute(
            store, aggregate, stream, decide, command.metadata(), command.expected_commit, create=True
        )
        state = (await load(store, aggregate, stream)).state
        return ExternalAnswer(
            **command.answer(committed).model_dump(),
            applied=bool(committed.events),
            source_version=max(self._source.version, state.source.version if state.source else 0),
            unverified=tuple(sorted(unverified)),
        )
