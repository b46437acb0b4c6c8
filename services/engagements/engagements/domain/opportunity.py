"""Opportunities (domain.md 12.1): the chance of a mandate, its stages, and how it ends.

Own rule ids: OPP-01 any address has them, OPP-02 the linked project is one of that address, OPP-03 won or lost closes,
OPP-04 amounts, OPP-05 the list of stages, OPP-06 a project made from one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.engagements import OpportunityChanged, OpportunityOpened, OpportunityStatusSet, Outcome
from dossier.contracts.rules import RuleViolation
from engagements.domain import engagement, money
from engagements.domain.engagement import Engagement
from engagements.domain.project import Project
from engagements.domain.statuses import CERTAIN, Status
from engagements.domain.texts import needed


@dataclass(frozen=True)
class Stage:
    """Where the opportunity was from a day on; `probability` as it was set then, in percent."""

    status: str
    outcome: Outcome
    probability: int
    on: date
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Opportunity(Engagement):
    """An opportunity as it stands; `opened` is none until it exists. `stages` are all it was at, in order."""

    opened: OpportunityOpened | None = None
    title: str = ""
    address: AddressRef | None = None
    entered_on: date | None = None
    status: str = ""
    outcome: Outcome = "open"
    probability: int = 0
    amount: Decimal | None = None
    currency: str | None = None
    closing_on: date | None = None
    seller: str | None = None
    project: str | None = None
    remarks: str = ""
    is_active: bool = True
    stages: tuple[Stage, ...] = ()

    @property
    def weighted(self) -> Decimal | None:
        """Amount times probability (OPP-04)."""
        return None if self.amount is None else money.weighted(self.amount, self.probability)

    @property
    def closed_on(self) -> date | None:
        """The day it was won or lost."""
        return self.stages[-1].on if self.stages and self.outcome != "open" else None


def open_one(state: Opportunity, new: OpportunityOpened, status: Status | None) -> Sequence[Event]:
    """Open an opportunity with any address (OPP-01), at an open stage. Opening the same one again changes nothing."""
    event = new.model_copy(update={"title": needed(new.title, "title", "an opportunity")})
    if state.opened == event:
        return []
    if state.opened is not None:
        raise RuleViolation("STA-03", "another opportunity has this id", "id")
    if _offered(status).outcome != "open":
        raise RuleViolation("OPP-05", "an opportunity begins at an open stage", "status")
    money.require_currency(new.amount, new.currency)
    return [event]


def change(state: Opportunity, facts: Mapping[str, Any]) -> Sequence[Event]:
    """Change facts of an opportunity; `facts` holds only what is to change.

    One that is won or lost has its probability and is inactive until it is reopened by an open stage (OPP-03).
    """
    if "title" in facts:
        facts = {**facts, "title": needed(facts["title"], "title", "an opportunity")}
    for field in ("address", "entered_on"):
        if field in facts and facts[field] is None:
            raise RuleViolation("OPP-01", "an opportunity has an address and a date of entry", field)
    changed = {field: value for field, value in facts.items() if getattr(state, field) != value}
    if state.outcome != "open":
        for field in ("probability", "is_active"):
            if field in changed:
                raise RuleViolation("OPP-03", f"it is {state.outcome}: reopen it by an open status", field)
    amounts: dict[str, Any] = {"amount": state.amount, "currency": state.currency} | changed
    money.require_currency(amounts["amount"], amounts["currency"])
    return [OpportunityChanged(**changed)] if changed else []


def as_seen(state: Opportunity, facts: Mapping[str, Any], seen: str | None) -> Mapping[str, Any]:
    """The facts, with what they say of the project judged by the link that the caller has `seen` (RGT-05).

    Who may not see the link was shown none. A null is that one sent back, and takes nothing away. Another project would
    take away what the caller knows nothing of, perhaps the only trace of it: refused, in the words of every refusal of
    a link (OPP-02). One that was linked since the caller has seen it stays too.
    """
    wanted = facts.get("project")
    if state.project == seen or wanted == state.project:
        return facts
    if wanted is not None and state.project is not None:
        raise _no_link()
    return {field: value for field, value in facts.items() if field != "project" or value is not None}


def set_status(
    state: Opportunity,
    id: str,
    status: Status | None,
    *,
    on: date | None,
    today: date,
    probability: int | None = None,
    reason: str = "",
) -> Sequence[Event]:
    """Bring the opportunity to another stage (OPP-05); won or lost needs the day, which has come, and closes it
    (OPP-03).

    An open stage reopens a closed one. Without a probability it is the one that the stage proposes.
    """
    if status is None or id != state.status:
        status = _offered(status)
    if on is None and status.outcome != "open":
        raise RuleViolation("OPP-03", f"say on which day it was {status.outcome}", "on")
    if on is not None and status.outcome != "open" and on > today:
        raise RuleViolation("OPP-03", f"it cannot be {status.outcome} on a day that is still to come", "on")
    certain = CERTAIN.get(status.outcome)
    if certain is not None and probability not in (None, certain):
        raise RuleViolation("OPP-03", f"what is {status.outcome} has a probability of {certain} %", "probability")
    chosen = status.probability if probability is None else probability
    last = state.stages[-1] if state.stages else None
    since = last.on if last is not None and last.status == id else today
    stage = Stage(id, status.outcome, chosen, on or since, reason)
    if stage == last and (state.status, state.probability) == (id, chosen):
        return []
    return [OpportunityStatusSet(status=id, outcome=stage.outcome, probability=chosen, on=stage.on, reason=reason)]


def require_project_of(addresses: Collection[AddressRef], project: Project | None) -> None:
    """The linked project is one in which the opportunity's address has a role (OPP-02).

    `addresses` are the address itself, a contact's company, a couple's persons. Raises RuleViolation OPP-02.
    """
    if project is None or all(role.address not in addresses for role in project.roles):
        raise _no_link()


def evolve(state: Opportunity, event: Event) -> Opportunity:
    """The opportunity after the event. Raises TypeError for an event an opportunity cannot have."""
    match event:
        case OpportunityOpened():
            facts = {field: getattr(event, field) for field in OpportunityOpened.model_fields}
            first = Stage(event.status, "open", event.probability, event.entered_on)
            return replace(state, opened=event, stages=(first,), **facts)
        case OpportunityChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case OpportunityStatusSet():
            return _at(state, event)
        case _:
            if (common := engagement.evolve(state, event)) is not None:
                return common
            raise TypeError(f"{event.event_type} is no event of an opportunity")


def _at(state: Opportunity, event: OpportunityStatusSet) -> Opportunity:
    # Between open stages one that somebody put aside by hand stays put aside.
    active = event.outcome == "open" and (state.is_active or state.outcome != "open")
    return replace(
        state,
        status=event.status,
        outcome=event.outcome,
        probability=event.probability,
        is_active=active,
        stages=(*state.stages, Stage(event.status, event.outcome, event.probability, event.on, event.reason)),
    )


def _no_link() -> RuleViolation:
    # One sentence for all reasons, so that none of them tells that there is a project that may not be seen.
    detail = "you cannot link this project: the address must have a role in it, and what is linked be yours to see"
    return RuleViolation("OPP-02", detail, "project")


def _offered(status: Status | None) -> Status:
    if status is None:
        raise RuleViolation("OPP-05", "there is no such status; GET /v1/opportunity-statuses lists them", "status")
    if not status.is_active:
        raise RuleViolation("OPP-05", "this status is no longer offered", "status")
    return status
