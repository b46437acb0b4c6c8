"""Events of engagements: projects with phases, opportunities, invoices, as references. Topic `crm.engagements`.

Streams: `project-…`, `phase-…`, `opportunity-…`, `invoice-…`; `role-type-…`, `opportunity-status-…`,
`engagement-settings-…` (one, with a derived id), `conflict-check-…`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from dossier.contracts.base import Count, Event, Id, Order, Personal, Value, event
from dossier.contracts.common import AddressRef, Principals, Reference

Amount = Annotated[Decimal, Field(max_digits=15, decimal_places=2)]
"""An amount of money, written as text in JSON so that no digit is lost."""
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
"""ISO 4217."""
Probability = Annotated[int, Field(ge=0, le=100)]
"""In percent."""
ProjectState = Literal["planned", "running", "paused", "closed"]
InvoiceState = Literal["draft", "open", "paid", "cancelled"]
Outcome = Literal["open", "won", "lost"]


class Source(Value):
    """The other system that keeps this engagement, its id there, and how new that system's word is."""

    system: str = Field(max_length=50)
    id: str = Field(max_length=100)
    version: Count


@event("engagements")
class ProjectRegistered(Event):
    """A project became known, here or from another system."""

    code: str = Field(max_length=50)
    title: str = Field(max_length=255)
    leader: Id | None = None
    state: ProjectState = "running"
    team: tuple[Id, ...] = ()
    opportunity: Id | None = None
    source: Source | None = None


@event("engagements")
class ProjectChanged(Event):
    """Facts of a project changed; only the fields that are set did."""

    code: str | None = Field(default=None, max_length=50)
    title: str | None = Field(default=None, max_length=255)
    leader: Id | None = None
    is_active: bool | None = None
    state: ProjectState | None = None
    team: tuple[Id, ...] | None = None
    source: Source | None = None


@event("engagements")
class RoleAssigned(Event):
    """An address took a role in the project (ROL-01). Dates are inclusive; none means always.

    `against` names the rule that this breaks, where it is recorded all the same: another system said so, or the
    installation warns instead of refusing (ROL-02). `system` is the other system that keeps the role, if one does.
    """

    role_id: Id
    role: str = Field(max_length=50)
    address: AddressRef
    valid_from: date | None = None
    valid_to: date | None = None
    against: str | None = Field(default=None, max_length=20)
    system: str | None = Field(default=None, max_length=50)


@event("engagements")
class RoleDatesChanged(Event):
    """The validity of a role changed."""

    role_id: Id
    valid_from: date | None
    valid_to: date | None


@event("engagements")
class RoleRemoved(Event):
    """The role was assigned by mistake and is gone."""

    role_id: Id


@event("engagements")
class PhaseAdded(Event):
    """A project has another phase."""

    project: Id
    code: str = Field(default="", max_length=50)
    title: str = Field(max_length=255)
    position: Order = 0
    source: Source | None = None


@event("engagements")
class PhaseChanged(Event):
    """Facts of a phase changed; only the fields that are set did. Its project stays."""

    code: str | None = Field(default=None, max_length=50)
    title: str | None = Field(default=None, max_length=255)
    position: Order | None = None
    is_active: bool | None = None
    source: Source | None = None


@event("engagements")
class OpportunityOpened(Event):
    """There is a chance of a mandate with an address."""

    title: str = Field(max_length=255)
    address: AddressRef
    entered_on: date
    status: Id
    probability: Probability
    amount: Amount | None = None
    currency: Currency | None = None
    closing_on: date | None = None
    seller: Id | None = None
    project: Id | None = None
    remarks: Personal[str] = Field(default="", max_length=10_000)


@event("engagements")
class OpportunityChanged(Event):
    """Facts of an opportunity changed; only the fields that are set did. Another `address`: the first was wrong."""

    title: str | None = Field(default=None, max_length=255)
    address: AddressRef | None = None
    entered_on: date | None = None
    probability: Probability | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    closing_on: date | None = None
    seller: Id | None = None
    project: Id | None = None
    remarks: Personal[str] | None = Field(default=None, max_length=10_000)
    is_active: bool | None = None


@event("engagements")
class OpportunityStatusSet(Event):
    """The opportunity is at another stage. `outcome` is what the status meant at that moment: won or lost closes it."""

    status: Id
    outcome: Outcome
    probability: Probability
    on: date
    reason: str = Field(default="", max_length=1000)


@event("engagements")
class InvoiceRegistered(Event):
    """An invoice became known, here or from another system."""

    number: str = Field(max_length=50)
    project: Id | None = None
    recipient: AddressRef
    issued_on: date
    amount: Amount
    currency: Currency
    state: InvoiceState = "open"
    title: str = Field(default="", max_length=255)
    source: Source | None = None


@event("engagements")
class InvoiceChanged(Event):
    """Facts of an invoice changed; only the fields that are set did."""

    number: str | None = Field(default=None, max_length=50)
    project: Id | None = None
    recipient: AddressRef | None = None
    issued_on: date | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    state: InvoiceState | None = None
    title: str | None = Field(default=None, max_length=255)
    source: Source | None = None


@event("engagements")
class EngagementRestricted(Event):
    """Only these users and groups may see the engagement and what is linked to it."""

    to: Principals


@event("engagements")
class EngagementOpened(Event):
    """Everybody may see the engagement again."""


@event("engagements")
class EngagementKeywordAssigned(Event):
    """A project or opportunity has the keyword (KEY-07), in place of others of the same exclusive group (KEY-04)."""

    keyword: Id
    group: Id
    instead_of: tuple[Id, ...] = ()


@event("engagements")
class EngagementKeywordUnassigned(Event):
    """The project or opportunity has the keyword no longer."""

    keyword: Id


@event("engagements")
class RoleTypeDefined(Event):
    """Addresses can play another role in projects (ROL-06). `code` is what role assignments carry."""

    code: str = Field(max_length=50)
    label: str = Field(max_length=100)
    is_adverse: bool = False
    position: Order = 0


@event("engagements")
class RoleTypeChanged(Event):
    """A role is renamed, counts otherwise in conflict checks, or is no longer offered. Only set fields changed."""

    label: str | None = Field(default=None, max_length=100)
    is_adverse: bool | None = None
    position: Order | None = None
    is_active: bool | None = None


@event("engagements")
class OpportunityStatusDefined(Event):
    """Opportunities can be at another stage; reaching it proposes the probability."""

    label: str = Field(max_length=100)
    outcome: Outcome
    probability: Probability
    position: Order = 0


@event("engagements")
class OpportunityStatusChanged(Event):
    """A stage is called otherwise, proposes another probability, or is no longer offered; its outcome stays."""

    label: str | None = Field(default=None, max_length=100)
    probability: Probability | None = None
    position: Order | None = None
    is_active: bool | None = None


@event("engagements")
class EngagementSettingsChanged(Event):
    """Engagements work differently; `customer_rule`: is a contact or couple as customer refused (ROL-02)?"""

    customer_rule: Literal["refuse", "warn"]


ConflictSide = Literal["client", "counterparty", "other", "term"]
"""What of the question led to a hit: a client, a counterparty, the further address, or the search term."""


class ConflictHit(Value):
    """An address that was found in a role, and in which engagement; `adverse` says what the role meant then."""

    side: ConflictSide
    address: AddressRef
    engagement: Reference
    role: str = Field(max_length=50)
    adverse: bool


@event("engagements")
class ConflictChecked(Event):
    """Somebody checked parties for conflicts of interest (ROL-09): what was asked, and what was found."""

    project: Id | None = None
    clients: tuple[AddressRef, ...] = ()
    counterparties: tuple[AddressRef, ...] = ()
    other: AddressRef | None = None
    term: Personal[str] = Field(default="", max_length=255)
    with_hierarchy: bool = False
    hits: tuple[ConflictHit, ...] = ()
