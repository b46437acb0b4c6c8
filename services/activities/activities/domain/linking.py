"""What an activity belongs to: one primary and further addresses, and one each of project, phase, opportunity, invoice.

A person decides; a rule only adds what nobody decided. So a rule never links again what a person unlinked, never
replaces what is there, and takes back only what a rule linked.
"""

from __future__ import annotations

from collections.abc import Sequence

from activities.domain.state import Activity, address_of
from dossier.contracts.activities import ActivityLinked, ActivityUnlinked, LinkOrigin
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Reference
from dossier.contracts.rules import RuleViolation


def link(state: Activity, linked: Reference, *, primary: bool, origin: LinkOrigin, reason: str = "") -> Sequence[Event]:
    """Let the activity belong to one more object (ACT-09, ACT-10). The first address is the primary one.

    Linking what is linked changes nothing, unless a person makes it primary. Raises RuleViolation ACT-10 if something
    other than an address is to be primary.
    """
    address = address_of(linked)
    if primary and address is None:
        raise RuleViolation("ACT-10", "only an address can be primary", "primary")
    if origin == "rule" and (linked.stream in state.kept_apart | state.links):
        return []
    if address is None:
        return _link_engagement(state, linked, origin)
    first = state.facts.address is None
    becomes_primary = first or (primary and origin == "person")
    if linked.stream in state.links and (not becomes_primary or state.facts.address == address):
        return []
    return [ActivityLinked(object=linked, primary=becomes_primary, origin=origin, reason=reason)]


def _link_engagement(state: Activity, linked: Reference, origin: LinkOrigin) -> Sequence[Event]:
    """There is one place per type: a person's choice replaces what is there, visibly; a rule's does not."""
    former: str | None = getattr(state.facts, linked.type)
    if former == linked.id or (former is not None and origin == "rule"):
        return []
    made = ActivityLinked(object=linked, origin=origin)
    if former is None:
        return [made]
    return [ActivityUnlinked(object=Reference(type=linked.type, id=former), origin=origin), made]


def unlink(
    state: Activity, linked: Reference, *, new_primary: AddressRef | None, origin: LinkOrigin, reason: str = ""
) -> Sequence[Event]:
    """Let the activity no longer belong to the object; what is not linked changes nothing.

    After the primary address, `new_primary` takes over, or else the first of the further ones. Raises RuleViolation
    ACT-09 if `new_primary` is not one of them.
    """
    if linked.stream not in state.links or (origin == "rule" and linked.stream not in state.by_rule):
        return []
    address = address_of(linked)
    if address is None or address != state.facts.address:
        if new_primary is not None:
            raise RuleViolation("ACT-09", "only after the primary address another one takes over", "new_primary")
        return [ActivityUnlinked(object=linked, origin=origin, reason=reason)]
    further = state.facts.further_addresses
    if new_primary is not None and new_primary not in further:
        raise RuleViolation("ACT-09", "the new primary address is not linked", "new_primary")
    successor = new_primary or (further[0] if further else None)
    return [ActivityUnlinked(object=linked, new_primary=successor, origin=origin, reason=reason)]


def move(state: Activity, former: AddressRef, to: AddressRef, reason: str) -> Sequence[Event]:
    """Let the activity belong to another address instead, which is the primary one if the former was.

    Moving what was moved changes nothing. Raises RuleViolation ACT-MOVE if it does not belong to `former`, or both are
    the same.
    """
    if former == to:
        raise RuleViolation("ACT-MOVE", "it belongs to this address already", "to")
    if former not in state.addresses:
        if to in state.addresses:
            return []
        raise RuleViolation("ACT-MOVE", "it does not belong to this address", "former")
    was_primary = former == state.facts.address
    linked = link(state, Reference(type=to.type, id=to.id), primary=was_primary, origin="person", reason=reason)
    return [*linked, ActivityUnlinked(object=Reference(type=former.type, id=former.id), reason=reason)]
