"""The stages an opportunity can be at (OPP-05): shipped ones, and what an installation makes of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dossier.contracts.base import Event
from dossier.contracts.engagements import OpportunityStatusChanged, OpportunityStatusDefined, Outcome
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.contracts.texts import is_blank

SHIPPED = {
    "interest": OpportunityStatusDefined(label="Interest", outcome="open", probability=20, position=1),
    "offer": OpportunityStatusDefined(label="Offer made", outcome="open", probability=40, position=2),
    "negotiation": OpportunityStatusDefined(label="Negotiation", outcome="open", probability=70, position=3),
    "won": OpportunityStatusDefined(label="Won", outcome="won", probability=100, position=4),
    "lost": OpportunityStatusDefined(label="Lost", outcome="lost", probability=0, position=5),
}
"""What every installation has from the start, by the name their ids are derived from."""
FIRST = "interest"
"""Where an opportunity begins if nobody says otherwise."""
CERTAIN: dict[Outcome, int] = {"won": 100, "lost": 0}


@dataclass(frozen=True, kw_only=True)
class Status:
    """A stage as it stands; `defined` is none until it exists. Reaching it proposes the probability, in percent."""

    defined: OpportunityStatusDefined | None = None
    label: str = ""
    outcome: Outcome = "open"
    probability: int = 0
    position: int = 0
    is_active: bool = True


def define(state: Status, new: OpportunityStatusDefined) -> Sequence[Event]:
    """Offer another stage. What is won is certain and what is lost is not to be had, whatever they are called."""
    _labelled(new.label)
    _certain(new.outcome, new.probability)
    if state.defined == new:
        return []
    if state.defined is not None:
        raise RuleViolation("OPP-05", "another status has this id", "id")
    return [new]


def change(state: Status, shipped: OpportunityStatusDefined | None, facts: dict[str, Any]) -> Sequence[Event]:
    """Rename a stage, let it propose another probability, or offer it no longer; its outcome stays.

    `shipped` is what it was from the start, if it is a shipped one. Raises NotFound for one that does not exist.
    """
    if state.defined is None and shipped is None:
        raise NotFound("status")
    begun: list[Event] = []
    if state.defined is None and shipped is not None:
        begun, state = [shipped], evolve(state, shipped)
    if "label" in facts:
        _labelled(facts["label"])
    _certain(state.outcome, facts.get("probability", state.probability))
    changed = {field: value for field, value in facts.items() if getattr(state, field) != value}
    return [*begun, OpportunityStatusChanged(**changed)] if changed else []


def evolve(state: Status, event: Event) -> Status:
    """The stage after the event. Raises TypeError for an event a status cannot have."""
    match event:
        case OpportunityStatusDefined():
            facts = {field: getattr(event, field) for field in OpportunityStatusDefined.model_fields}
            return replace(state, defined=event, **facts)
        case OpportunityStatusChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case _:
            raise TypeError(f"{event.event_type} is no event of an opportunity status")


def _labelled(label: str) -> None:
    if is_blank(label):
        raise RuleViolation("OPP-05", "a status needs a label", "label")


def _certain(outcome: Outcome, probability: int) -> None:
    if CERTAIN.get(outcome, probability) != probability:
        raise RuleViolation("OPP-05", f"what is {outcome} has a probability of {CERTAIN[outcome]} %", "probability")
