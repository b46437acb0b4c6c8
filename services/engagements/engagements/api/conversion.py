"""A project made from an opportunity, in one transaction over both (OPP-06)."""

from __future__ import annotations

from collections.abc import Sequence

from dossier.auth.guard import require
from dossier.auth.principals import Principal
from dossier.commands import Plan, Step, load, unchanged
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import RuleViolation
from dossier.http.after import After
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Write, Writer
from dossier.ids import new_id, split_stream, stream_id
from dossier.store import Committed
from engagements import access, catalogue
from engagements.aggregates import OPPORTUNITY, PROJECT
from engagements.api.models import NamedAddress, Notice
from engagements.api.naming import Called
from engagements.api.opportunity_models import ConversionAnswer, ProjectWish
from engagements.api.references import KnownStreams, References, one
from engagements.domain import conversion
from engagements.domain.conversion import Wish
from engagements.domain.opportunity import Opportunity
from engagements.domain.project import Project
from engagements.domain.role_types import CUSTOMER
from engagements.domain.roles import CustomerRule, customer_reason

router = Router(prefix="/v1/opportunities/{id}/project", tags=["opportunities"])


@router.post("", status_code=201, dependencies=[require("create")], responses=responses(409))
async def make_project(
    id: Id, body: ProjectWish, write: Write, references: References, known: KnownStreams, after: After, names: Called
) -> ConversionAnswer:
    """Make the project of an opportunity: a company or person becomes customer, a contact brings its company along.

    The contact becomes contact person. A couple is refused unless the body names the customer. A restricted opportunity
    makes a project that is restricted to the same people. Whoever has just made the contact or couple sends
    `Dossier-After` and `Prefer: wait`, as for a query.
    """
    await after.reached(known)
    state = await access.present(write, OPPORTUNITY, id)
    wish = Wish(
        project=body.id or new_id(),
        code=body.code,
        title=body.title,
        leader=body.leader,
        role_ids=(new_id(), new_id()),
        customer=None if body.customer is None else body.customer.reference(),
        instead=() if state.address is None else await known.instead_of(state.address),
    )
    streams = [stream_id("opportunity", id), stream_id("project", wish.project)]
    if (first := await write.answered()) is not None:
        return await names.named(await _answer(write, first, streams))
    await _require_none_yet(write, state, wish)
    rule = (await catalogue.settings(write.store)).customer_rule
    customer = conversion.customer_of(state, wish)
    named = one("leader", "user", body.leader) | ({"customer": customer.stream} if body.customer else {})
    await references.check(stream_id("project", wish.project), named)
    committed = await write.change_all(_plan(write.command.principal, id, wish, rule), streams)
    return await names.named(await _answer(write, committed, streams))


async def _require_none_yet(write: Writer, state: Opportunity, wish: Wish) -> None:
    """Who may see the project that there is hears which it is; all others get the refusal of `conversion.link`."""
    if state.project in (None, wish.project):
        return
    present = await access.project_of(write.store, state)
    if present is not None and access.may_see(present, write.command.principal):
        called = f"{present.code} {present.title}"
        raise RuleViolation("OPP-06", f"the opportunity has a project already: {called} ({state.project})", "project")


def _plan(caller: Principal, id: str, wish: Wish, rule: CustomerRule) -> Plan:
    """Both parts; the project's is decided on what the opportunity says in the same attempt."""
    seen: list[Opportunity] = []
    customer_type = catalogue.SHIPPED_ROLE_TYPES[catalogue.role_type_id(CUSTOMER)]

    def link(state: Opportunity) -> Sequence[Event]:
        seen.append(access.visible(state, caller))
        return conversion.link(state, wish)

    def begin(state: Project) -> Sequence[Event]:
        access.visible(state, caller)
        return conversion.begin(state, seen[-1], id, wish, customer_type=customer_type, rule=rule)

    async def plan() -> Sequence[Step]:
        return [
            (OPPORTUNITY, stream_id("opportunity", id), link),
            (PROJECT, stream_id("project", wish.project), begin),
        ]

    return plan


async def _answer(write: Writer, committed: Sequence[Committed], streams: Sequence[str]) -> ConversionAnswer:
    """What was made, read back: a repeated request is told of the project that the first one made."""
    made = {split_stream(each.stream)[0]: each for each in committed}
    both = [made.get(split_stream(stream)[0]) or unchanged(await write.store.head(stream)) for stream in streams]
    opportunity, project = both
    roles = (await load(write.store, PROJECT, project.stream)).state.roles
    customer = next((role for role in roles if role.role == CUSTOMER), None)
    warnings: tuple[Notice, ...] = ()
    if customer is not None and customer.against is not None:
        warnings = (Notice(rule=customer.against, detail=customer_reason(customer.address, ())),)
    id = split_stream(project.stream)[1]
    return ConversionAnswer(
        opportunity=write.command.answer(opportunity, project, location=f"/v1/projects/{id}"),
        project=Answer(
            id=id, stream=project.stream, commit=project.commit, version=project.last, replayed=project.replayed
        ),
        customer=None if customer is None else NamedAddress.model_validate(customer.address),
        warnings=warnings,
    )
