"""A project made from an opportunity (OPP-06): who is customer of it, and who else has a role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.engagements import EngagementRestricted, OpportunityChanged, ProjectRegistered
from dossier.contracts.rules import RuleViolation
from engagements.domain import project, roles
from engagements.domain.opportunity import Opportunity
from engagements.domain.project import Project
from engagements.domain.role_types import CONTACT_PERSON, CUSTOMER, ORDERING_PARTY, RoleType
from engagements.domain.roles import CustomerRule, Role, customer_reason


@dataclass(frozen=True)
class Wish:
    """The project that is wanted, with ids for it and its two roles; `title` empty: the opportunity's.

    `customer` is who the caller names, `instead` the company of a contact or the persons of a couple, as far as known.
    """

    project: str
    code: str
    title: str
    leader: str | None
    role_ids: tuple[str, str]
    customer: AddressRef | None = None
    instead: Sequence[AddressRef] = ()


def link(state: Opportunity, wish: Wish) -> Sequence[Event]:
    """The opportunity's part: it is linked to the project that is made. One project an opportunity.

    Raises RuleViolation OPP-06 in words that do not say why: who may see the other project was told before.
    """
    if state.project == wish.project:
        return []
    if state.project is not None:
        raise RuleViolation("OPP-06", "you cannot make a project of this opportunity", "project")
    return [OpportunityChanged(project=wish.project)]


def begin(
    state: Project,
    opportunity: Opportunity,
    opportunity_id: str,
    wish: Wish,
    *,
    customer_type: RoleType,
    rule: CustomerRule,
) -> Sequence[Event]:
    """The project's part: registered, with its roles, and restricted to the same people as the opportunity.

    A company or person is customer itself, a contact's company is customer and the contact its contact person. A couple
    is refused (ROL-02) unless the caller names the customer.
    """
    if state.registered is not None and state.opportunity == opportunity_id:
        return []
    title = wish.title or opportunity.title
    new = ProjectRegistered(code=wish.code, title=title, leader=wish.leader, opportunity=opportunity_id)
    events = [*project.register(state, new)]
    customer, address = customer_of(opportunity, wish), _address(opportunity)
    first = Role(wish.role_ids[0], CUSTOMER, customer)
    events += roles.assign((), first, customer_type, rule=rule, instead=wish.instead)
    if customer != address:
        other = CONTACT_PERSON if address.type in ("contact", "couple") else ORDERING_PARTY
        events.append(roles.assigned(Role(wish.role_ids[1], other, address)))
    if opportunity.restricted_to is not None:
        events.append(EngagementRestricted(to=opportunity.restricted_to))
    return events


def customer_of(opportunity: Opportunity, wish: Wish) -> AddressRef:
    """Who is to be customer. Raises RuleViolation ROL-02 if nobody can be said to be."""
    address = _address(opportunity)
    if wish.customer is not None:
        return wish.customer
    if address.type in ("company", "person"):
        return address
    if address.type == "contact" and len(wish.instead) == 1:
        return wish.instead[0]
    raise RuleViolation("ROL-02", customer_reason(address, wish.instead), "customer")


def _address(opportunity: Opportunity) -> AddressRef:
    if opportunity.address is None:
        raise TypeError("an opportunity has an address")
    return opportunity.address
