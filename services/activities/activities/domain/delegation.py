"""Delegating a task: it is offered, and whoever it is offered to is not responsible before accepting (DLG-01…03)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from activities.domain import tasks
from activities.domain.state import Activity
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import DelegationAnswered, DelegationOffered

Answer = Literal["accepted", "declined", "withdrawn"]


def offer(state: Activity, to: str, *, by: str, note: str) -> Sequence[Event]:
    """Offer one's task to another user; the same offer again changes nothing. Raises RuleViolation DLG-01."""
    main = state.facts.responsible
    if main is None or main.user != by:
        raise RuleViolation("DLG-01", "a task is offered by who is mainly responsible for it", "responsible")
    if state.completed_on is not None:
        raise RuleViolation("DLG-01", "what is done cannot be offered", "completed_on")
    if to == by:
        raise RuleViolation("DLG-01", "one offers a task to another user, not to oneself", "to")
    if to == state.task.reviewer:
        raise RuleViolation("DLN-01", "who reviews it cannot be mainly responsible for it", "to")
    wanted = DelegationOffered(to=to, by=by, note=note)
    if state.task.offer is None:
        return [wanted]
    if state.task.offer == wanted:
        return []
    raise RuleViolation("DLG-01", "it is offered already; take that back first", "to")


def answer(state: Activity, said: Answer, *, by: str, reason: str) -> Sequence[Event]:
    """Accept or decline what one was offered, or take one's offer back.

    Who accepts becomes mainly responsible at once, and keeps an own follow-up date there may be. Raises RuleViolation
    DLG-02 if there is no offer, or if it is for somebody else to say this.
    """
    waiting = state.task.offer
    if waiting is None:
        raise RuleViolation("DLG-02", "nothing is offered, or no longer", "delegation")
    if by != (waiting.by if said == "withdrawn" else waiting.to):
        raise RuleViolation(
            "DLG-02", "who it is offered to accepts or declines, who offered it takes it back", "answer"
        )
    answered = DelegationAnswered(by=by, answer=said, reason=reason)
    if said != "accepted":
        return [answered]
    return [answered, *tasks.assign(state, by, main=True, follow_up_on=None)]
